use crate::evidence::Channel;
use crate::lang::Text;

use super::{Basis, Check, Judge};

pub static CHECK: Check = Check {
    id: "conduct",
    title: Text::new("文明用语", "conduct"),
    explain: Text::new("", ""),
    basis: Basis::Footage,
    needs: &[Channel::Speech],
    params: &[],
    judge: Judge::NotYet(Text::new("本版本尚不能检查此项。", "this version cannot check it yet.")),
};
