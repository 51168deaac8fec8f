//! Whether the recording lies where the regulation wants it.

use crate::lang::Text;

use super::{Basis, Check, Default, Judge, Kind, Param};

pub static CHECK: Check = Check {
    id: "storage-target",
    title: Text::new("存储位置", "storage target"),
    explain: Text::new(
        "核对每段录像是否存入规定的专用电脑、硬盘、采集设备或服务器。散存在个人电脑或存储卡上的资料难以统一管理。依据是台账或采集站登记的存储位置；本项不连接该设备，文件是否仍在其中由“保存期限”核对。",
        "Whether each recording was put on the dedicated computer, disk, station or server. What is scattered over private computers and cards cannot be managed. It rests on the place noted in the ledger or the dock's log; the device itself is not visited, and whether the file is still there belongs to the retention check.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[Param {
        name: "targets",
        kind: Kind::Texts,
        default: Default::None,
        reason: Text::new(
            "规定的存储设备，用台账中的说法；登记的位置须为其中之一。各制度不同，必须写明。",
            "The storage that the regulation names, as the ledger calls it; one of them must be noted. It differs from one regulation to the next, so it must be set.",
        ),
    }],
    judge: Judge::NotYet(Text::new(
        "尚未读取台账，无法核对存储位置。",
        "The ledger is not read yet, so the place of storage is not known.",
    )),
};
