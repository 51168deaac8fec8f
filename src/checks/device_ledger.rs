use crate::lang::Text;

use super::{Basis, Check, Judge};

pub static CHECK: Check = Check {
    id: "device-ledger",
    title: Text::new("设备台账", "device ledger"),
    explain: Text::new("", ""),
    basis: Basis::Records,
    needs: &[],
    params: &[],
    judge: Judge::NotYet(Text::new(
        "尚未读取台账，本条无法核对。",
        "records are not read yet, so this clause cannot be held against anything.",
    )),
};
