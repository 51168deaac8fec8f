//! Whether the ledger says who had the camera.

use crate::lang::Text;

use super::{Basis, Check, Default, Judge, Kind, Param};

pub static CHECK: Check = Check {
    id: "device-ledger",
    title: Text::new("设备台账", "device ledger"),
    explain: Text::new(
        "核对每段录像所用设备在台账中是否有该时间的使用登记，规定的栏目是否填写，一台设备是否由专人管理。录像出自谁手说不清，证明力就会受损。依据是台账、文件名和水印中的设备编号；登记是否与实际一致，本项看不到。",
        "Whether the ledger has an entry for the recording's device at its time, with the particulars required, and one keeper for each device. A recording of unknown hand proves less. It rests on the ledger and on the device number in the file's name and the overlay; whether the entry is true cannot be seen.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[
        Param {
            name: "fields",
            kind: Kind::Texts,
            default: Default::None,
            reason: Text::new(
                "台账必须载明的项目。各制度不同，必须写明。",
                "Particulars that the ledger must hold. They differ from one regulation to the next, so they must be set.",
            ),
        },
        Param {
            name: "one_keeper",
            kind: Kind::Flag,
            default: Default::Flag(false),
            reason: Text::new(
                "每台设备是否须定人管理。条文写明“定人管理”的才为真。",
                "Whether each device must have exactly one keeper. True only where the article says so.",
            ),
        },
    ],
    judge: Judge::NotYet(Text::new(
        "尚未读取台账，无法核对设备使用登记。",
        "The ledger is not read yet, so the device's user is not known.",
    )),
};
