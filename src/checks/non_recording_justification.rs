use crate::lang::Text;

use super::{Basis, Check, Judge};

pub static CHECK: Check = Check {
    id: "non-recording-justification",
    title: Text::new("未记录说明", "absence of recording justified"),
    explain: Text::new("", ""),
    basis: Basis::Records,
    needs: &[],
    params: &[],
    judge: Judge::NotYet(Text::new(
        "尚未读取台账，本条无法核对。",
        "records are not read yet, so this clause cannot be held against anything.",
    )),
};
