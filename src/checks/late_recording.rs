use crate::lang::Text;

use super::{Basis, Check, Judge};

pub static CHECK: Check = Check {
    id: "late-recording",
    title: Text::new("事后补录", "recorded after the fact"),
    explain: Text::new("", ""),
    basis: Basis::Records,
    needs: &[],
    params: &[],
    judge: Judge::NotYet(Text::new(
        "尚未读取台账，本条无法核对。",
        "records are not read yet, so this clause cannot be held against anything.",
    )),
};
