use crate::evidence::Channel;
use crate::lang::Text;

use super::{Basis, Check, Judge};

pub static CHECK: Check = Check {
    id: "sound-quality",
    title: Text::new("声音质量", "sound quality"),
    explain: Text::new("", ""),
    basis: Basis::Footage,
    needs: &[Channel::Sound],
    params: &[],
    judge: Judge::NotYet(Text::new("本版本尚不能检查此项。", "this version cannot check it yet.")),
};
