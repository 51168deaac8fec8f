//! Whether every event that calls for a recording has one.

use crate::lang::Text;

use super::{Basis, Check, Default, Judge, Kind, Param};

pub static CHECK: Check = Check {
    id: "event-coverage",
    title: Text::new("应录尽录", "event coverage"),
    explain: Text::new(
        "逐项核对案件清单：凡属规定应当音像记录的执法活动，是否都有对应的录像，有没有挑着录。只看录下来的，永远发现不了没有录的，所以必须从清单查起。依据是案件清单和录像目录，按摘要、文件名、设备和时间对应；清单上没有登记的执法活动，本项看不到。",
        "Goes through the case list: does every event that the regulation wants recorded have a recording, or were some left out? Looking at what was recorded never shows what was not, so the list comes first. It rests on the case list and the catalogue of recordings, matched by digest, file name, device and time; an event that nobody listed cannot be seen.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[Param {
        name: "events",
        kind: Kind::Texts,
        default: Default::Texts(&[]),
        reason: Text::new(
            "应当音像记录的执法活动种类，用清单中的说法。默认为空：清单上的每项执法活动都应有录像（不得任意选择取舍）。",
            "Kinds of event that call for a recording, as the case list names them. Empty, the default: every listed event does, since picking and choosing is what such clauses forbid.",
        ),
    }],
    judge: Judge::NotYet(Text::new(
        "尚未读取案件清单，无法核对哪些执法活动应有录像。",
        "The case list is not read yet, so it is not known which events call for a recording.",
    )),
};
