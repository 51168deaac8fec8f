//! Whether what must be kept for good is.

use crate::lang::Text;

use super::{Basis, Check, Default, Judge, Kind, Param};

pub static CHECK: Check = Check {
    id: "long-term-preservation",
    title: Text::new("长期保存", "long-term preservation"),
    explain: Text::new(
        "核对有长期保存事由的录像是否已刻录光盘或转存专门硬盘，份数和标签项目是否符合规定。这类录像多涉及争议，超过一般期限后仍会用到。依据是台账登记的事由、光盘编号和标签；录像中疑似出现异议、阻碍、辱骂的，由“文明用语”提示人工，是否构成事由由人认定。光盘能否读出，本项看不到。",
        "Whether recordings with a ground for long-term preservation were put on disc or a dedicated disk, in as many copies and with such labels as required. They tend to concern disputes and are wanted after the ordinary term. It rests on the grounds, disc numbers and labels in the ledger; dispute, obstruction or abuse in the footage is hinted at by the conduct check, and a person decides whether it is a ground. Whether a disc can still be read cannot be seen.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[
        Param {
            name: "grounds",
            kind: Kind::Texts,
            default: Default::None,
            reason: Text::new(
                "长期保存的事由，用条文的说法。各制度不同，必须写明。",
                "The grounds, in the article's words. They differ from one regulation to the next, so they must be set.",
            ),
        },
        Param {
            name: "copies",
            kind: Kind::Number { min: 1.0, max: 10.0 },
            default: Default::Number(1.0),
            reason: Text::new(
                "最少份数。条文写明一式两份的为2，未写明的为一份。",
                "Copies at least: two where the article says so, else one.",
            ),
        },
        Param {
            name: "label",
            kind: Kind::Texts,
            default: Default::Texts(&[]),
            reason: Text::new(
                "光盘标签或封套必须标明的项目。默认为空：条文没有规定标签。",
                "What the label must say. Empty, the default, where the article does not say.",
            ),
        },
    ],
    judge: Judge::NotYet(Text::new(
        "尚未读取台账，无法核对长期保存的事由和光盘。",
        "The ledger is not read yet, so neither grounds nor discs are known.",
    )),
};
