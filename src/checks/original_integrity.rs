//! Whether the clip is byte for byte what was deposited.

use crate::lang::Text;

use super::{Basis, Check, Judge};

pub static CHECK: Check = Check {
    id: "original-integrity",
    title: Text::new("原件完整", "original integrity"),
    explain: Text::new(
        "核对文件现在的摘要值与存入时登记的是否一致。一致说明存入之后一个字节也没有变过；不一致说明文件已不是存入时的那一份，原因由人查明。依据是文件的 SHA-256 或 SM3 和台账登记值；存入之前的改动不在本项之内，由“编辑痕迹”查看。",
        "Whether the file's digest is the one noted at deposit. If so, not a byte has changed since; if not, it is no longer the file that was deposited, and a person must find out why. It rests on the file's SHA-256 or SM3 and the ledger's value; what happened before the deposit is the edit-traces check's question.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[],
    judge: Judge::NotYet(Text::new(
        "尚未读取台账，没有存入时的摘要值可供核对。",
        "The ledger is not read yet, so there is no digest taken at deposit.",
    )),
};
