use crate::evidence::Channel;
use crate::lang::Text;

use super::{Basis, Check, Judge};

pub static CHECK: Check = Check {
    id: "continuity",
    title: Text::new("连续录制", "continuity"),
    explain: Text::new("", ""),
    basis: Basis::Footage,
    needs: &[Channel::Timeline],
    params: &[],
    judge: Judge::NotYet(Text::new("本版本尚不能检查此项。", "this version cannot check it yet.")),
};
