use crate::lang::Text;

use super::{Basis, Check, Judge};

pub static CHECK: Check = Check {
    id: "companion-photos",
    title: Text::new("配套照片", "companion photographs"),
    explain: Text::new("", ""),
    basis: Basis::Records,
    needs: &[],
    params: &[],
    judge: Judge::NotYet(Text::new(
        "尚未读取台账，本条无法核对。",
        "records are not read yet, so this clause cannot be held against anything.",
    )),
};
