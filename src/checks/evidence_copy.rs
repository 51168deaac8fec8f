//! Whether copies made as evidence say who made them and when.

use crate::lang::Text;

use super::{Basis, Check, Default, Judge, Kind, Param};

pub static CHECK: Check = Check {
    id: "evidence-copy",
    title: Text::new("证据副本", "evidence copy"),
    explain: Text::new(
        "核对作为证据复制调取的录像是否附有文字说明，规定的项目是否齐全。依据是台账的复制登记；说明与光盘内容是否一致，可用摘要值核对，其余由人核查。",
        "Whether copies made as evidence come with a note that holds the particulars required. It rests on the ledger of copies; whether the note fits the disc can be checked by digest, the rest by a person.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[Param {
        name: "fields",
        kind: Kind::Texts,
        default: Default::None,
        reason: Text::new(
            "副本说明必须注明的项目。各制度不同，必须写明。",
            "Particulars that the note must hold. They differ, so they must be set.",
        ),
    }],
    judge: Judge::NotYet(Text::new(
        "尚未读取复制登记，本条无法核对。",
        "The ledger of copies is not read yet.",
    )),
};
