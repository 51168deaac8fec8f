//! Whether anything was recorded after the fact.

use crate::lang::Text;

use super::{Basis, Check, Default, Judge, Kind, Param};

pub static CHECK: Check = Check {
    id: "late-recording",
    title: Text::new("事后补录", "late recording"),
    explain: Text::new(
        "核对录像的时间是否落在该次执法活动的到达和离开之间；在活动结束之后才开始的录像，疑似事后补录。补录的画面不能证明当时的情形，故各制度均予禁止。依据是案件清单的时间、录像的水印时钟和文件时间；设备时钟本身是否准确由“设备校时”另查，本项不能识别在活动时间之内重演的画面。",
        "Whether a recording's time lies between the arrival and the departure of its event; one that begins after the event ended is suspected of having been made afterwards. Such pictures prove nothing of what happened, and the regulations forbid them. It rests on the times in the case list, the burnt-in clock and the file's times; whether the clock is right is the device clock's check, and a scene staged again within the event's own time cannot be told.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[Param {
        name: "tolerance_s",
        kind: Kind::Number { min: 0.0, max: 1800.0 },
        default: Default::Number(60.0),
        reason: Text::new(
            "允许超出活动结束时间的秒数。清单时间只记到分钟，默认一分钟。",
            "Seconds that a recording may begin after the event's end. The list is kept to the minute: one minute.",
        ),
    }],
    judge: Judge::NotYet(Text::new(
        "尚未读取案件清单，无法核对录像是否在执法活动期间形成。",
        "The case list is not read yet, so there is no event to hold the recording's time against.",
    )),
};
