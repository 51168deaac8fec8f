use crate::lang::Text;

use super::{Basis, Check, Judge};

pub static CHECK: Check = Check {
    id: "original-integrity",
    title: Text::new("原始完整性", "original's integrity"),
    explain: Text::new("", ""),
    basis: Basis::Records,
    needs: &[],
    params: &[],
    judge: Judge::NotYet(Text::new(
        "尚未读取台账，本条无法核对。",
        "records are not read yet, so this clause cannot be held against anything.",
    )),
};
