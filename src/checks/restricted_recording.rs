//! Whether nothing was recorded that must not be, and secrets are marked.

use crate::lang::Text;

use super::{Basis, Check, Default, Judge, Kind, Param};

pub static CHECK: Check = Check {
    id: "restricted-recording",
    title: Text::new("涉密与禁录", "restricted recording"),
    explain: Text::new(
        "核对登记为涉密、涉及隐私或爆炸危险场所的执法活动：禁止记录的是否没有录，录下的涉密内容是否已标注并限制查阅。依据是案件清单和台账的标注、当事人同意的登记；画面中是否出现秘密或隐私，本项不作识别。",
        "For events that the records mark as concerning secrets, privacy or explosive zones: was nothing recorded where it must not be, and is what was recorded marked and its viewing restricted? It rests on the marks in the case list and the ledger and on consent noted there; secrets in the picture are not recognised.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[
        Param {
            name: "grounds",
            kind: Kind::Texts,
            default: Default::None,
            reason: Text::new(
                "条文列出的情形，用条文的说法。各制度不同，必须写明。",
                "The cases that the article lists, in its words. They differ, so they must be set.",
            ),
        },
        Param {
            name: "duty",
            kind: Kind::Choice(&["marked", "not-recorded"]),
            default: Default::Text("marked"),
            reason: Text::new(
                "条文的要求：not-recorded 不得记录，marked 可以不录，录下的须标注、保密。多数制度属后者。",
                "What the article demands: not to record at all, or to mark and restrict what was recorded. Most demand the latter.",
            ),
        },
    ],
    judge: Judge::NotYet(Text::new(
        "尚未读取案件清单和台账，无法核对涉密和禁录情形。",
        "The case list and the ledger are not read yet, so secrets and forbidden places are not known.",
    )),
};
