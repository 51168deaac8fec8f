use crate::evidence::Channel;
use crate::lang::Text;

use super::{Basis, Check, Judge};

pub static CHECK: Check = Check {
    id: "inserted-content",
    title: Text::new("插入画面", "inserted content"),
    explain: Text::new("", ""),
    basis: Basis::Footage,
    needs: &[Channel::Picture],
    params: &[],
    judge: Judge::NotYet(Text::new("本版本尚不能检查此项。", "this version cannot check it yet.")),
};
