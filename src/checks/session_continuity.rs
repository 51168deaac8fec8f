use crate::evidence::Channel;
use crate::lang::Text;

use super::{Basis, Check, Judge};

pub static CHECK: Check = Check {
    id: "session-continuity",
    title: Text::new("分段衔接", "session continuity"),
    explain: Text::new("", ""),
    basis: Basis::Session,
    needs: &[Channel::Timeline],
    params: &[],
    judge: Judge::NotYet(Text::new("本版本尚不能检查此项。", "this version cannot check it yet.")),
};
