use crate::evidence::Channel;
use crate::lang::Text;

use super::{Basis, Check, Judge};

pub static CHECK: Check = Check {
    id: "edit-traces",
    title: Text::new("编辑痕迹", "traces of editing"),
    explain: Text::new("", ""),
    basis: Basis::Footage,
    needs: &[Channel::Container],
    params: &[],
    judge: Judge::NotYet(Text::new("本版本尚不能检查此项。", "this version cannot check it yet.")),
};
