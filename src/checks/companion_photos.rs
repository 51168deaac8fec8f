//! Whether key stages have photographs beside the film.

use crate::lang::Text;

use super::{Basis, Check, Default, Judge, Kind, Param};

pub static CHECK: Check = Check {
    id: "companion-photos",
    title: Text::new("配套照片", "companion photos"),
    explain: Text::new(
        "核对关键执法节点除录像外是否有照片。录像画面小、压缩重，证据的细节往往要靠照片。依据是台账登记的照片数量；照片拍了什么、是否清楚，本项看不到。",
        "Whether key stages have photographs beside the recording. Film is small and compressed; the detail of an exhibit often needs a photograph. It rests on the number of photographs in the ledger; what they show cannot be seen.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[Param {
        name: "min_photos",
        kind: Kind::Number { min: 1.0, max: 1000.0 },
        default: Default::Number(1.0),
        reason: Text::new(
            "每次执法活动的最少照片数。条文没有写明张数，有照片即可。",
            "Photographs for each event at least. The article names no number, so one will do.",
        ),
    }],
    judge: Judge::NotYet(Text::new(
        "尚未读取台账，无法核对照片。",
        "The ledger is not read yet, so photographs are not known.",
    )),
};
