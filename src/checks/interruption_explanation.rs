use crate::evidence::Channel;
use crate::lang::Text;

use super::{Basis, Check, Judge};

pub static CHECK: Check = Check {
    id: "interruption-explanation",
    title: Text::new("中断说明", "interruption explained"),
    explain: Text::new("", ""),
    basis: Basis::Footage,
    needs: &[Channel::Speech],
    params: &[],
    judge: Judge::NotYet(Text::new("本版本尚不能检查此项。", "this version cannot check it yet.")),
};
