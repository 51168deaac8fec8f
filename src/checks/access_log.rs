//! Whether every viewing is written down and approved.

use crate::lang::Text;

use super::{Basis, Check, Default, Judge, Kind, Param};

pub static CHECK: Check = Check {
    id: "access-log",
    title: Text::new("查阅登记", "access log"),
    explain: Text::new(
        "核对每次查阅、调取是否登记了规定的项目并经批准。依据是台账的查阅登记；没有登记的查阅，本项无从发现。",
        "Whether every viewing and retrieval is entered with the particulars required and was approved. It rests on the ledger of viewings; a viewing that nobody wrote down cannot be found.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[
        Param {
            name: "fields",
            kind: Kind::Texts,
            default: Default::None,
            reason: Text::new(
                "每次查阅必须登记的项目。必须写明。",
                "Particulars of each viewing. They must be set.",
            ),
        },
        Param {
            name: "approvers",
            kind: Kind::Texts,
            default: Default::Texts(&[]),
            reason: Text::new(
                "应当批准的部门或人员，缺一不可。默认为空：条文没有指定。",
                "Those who must all approve. Empty, the default, where the article names nobody.",
            ),
        },
    ],
    judge: Judge::NotYet(Text::new(
        "尚未读取查阅登记，本条无法核对。",
        "The ledger of viewings is not read yet.",
    )),
};
