use crate::evidence::Channel;
use crate::lang::Text;

use super::{Basis, Check, Judge};

pub static CHECK: Check = Check {
    id: "device-clock",
    title: Text::new("设备时间", "camera's clock"),
    explain: Text::new("", ""),
    basis: Basis::Footage,
    needs: &[Channel::Clock],
    params: &[],
    judge: Judge::NotYet(Text::new("本版本尚不能检查此项。", "this version cannot check it yet.")),
};
