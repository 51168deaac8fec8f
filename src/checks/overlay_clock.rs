use crate::evidence::Channel;
use crate::lang::Text;

use super::{Basis, Check, Judge};

pub static CHECK: Check = Check {
    id: "overlay-clock",
    title: Text::new("水印时钟", "burnt-in clock"),
    explain: Text::new("", ""),
    basis: Basis::Footage,
    needs: &[Channel::Clock],
    params: &[],
    judge: Judge::NotYet(Text::new("本版本尚不能检查此项。", "this version cannot check it yet.")),
};
