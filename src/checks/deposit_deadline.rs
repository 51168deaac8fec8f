//! Whether the recording was handed in within the time the regulation allows.

use crate::lang::Text;

use super::{Basis, Check, Default, Judge, Kind, Param};

pub static CHECK: Check = Check {
    id: "deposit-deadline",
    title: Text::new("移交时限", "deposit deadline"),
    explain: Text::new(
        "核对每段录像从应起算的时刻到存入专用设备是否超过规定时限。资料留在个人手中越久，丢失和改动的可能越大。依据是台账或采集站记录的存入时间，以及活动结束、返回单位或录制结束的时间；二十四小时按时钟连续计算，工作日按国务院公布的放假调休安排计算。是否属于边远、连续执法等特殊情形，以台账登记的事由为准，本项不核实事由真假。",
        "Whether each recording was deposited within the regulation's time. The longer it stays in someone's pocket, the easier it is lost or altered. It rests on the deposit time in the ledger or the dock's log, and on when the event or the recording ended or the officers returned; twenty-four hours run by the clock, working days follow the State Council's calendar. Whether a remote or special case really was one is taken from the ledger, not verified.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[
        Param {
            name: "hours",
            kind: Kind::Number { min: 1.0, max: 720.0 },
            default: Default::Number(24.0),
            reason: Text::new(
                "起算之后允许的小时数，按时钟连续计算。五部制度写明的都是24小时。",
                "Hours allowed from the starting point, by the clock. All five regulations say 24.",
            ),
        },
        Param {
            name: "counted_from",
            kind: Kind::Choice(&["return", "recording-end", "activity-end"]),
            default: Default::Text("return"),
            reason: Text::new(
                "从何时起算：return 返回单位，recording-end 录制完成，activity-end 执法活动结束。多数制度自返回单位起算。",
                "Where the hours start. Most regulations count from the return to the office.",
            ),
        },
        Param {
            name: "same_day",
            kind: Kind::Flag,
            default: Default::Flag(false),
            reason: Text::new(
                "当天的执法活动是否须当天存入；为真时，小时数只用于条文列出的例外情形。条文写明“当天”“第一时间”的才为真。",
                "Whether an ordinary day's recordings must be in on that day, the hours being for the exceptions only. True only where the article says so.",
            ),
        },
        Param {
            name: "working_days_special",
            kind: Kind::Number { min: 0.0, max: 30.0 },
            default: Default::Number(0.0),
            reason: Text::new(
                "登记为特殊情况时允许的工作日数；0表示条文没有此项。",
                "Working days allowed where the ledger says special circumstances; 0 where the article knows none.",
            ),
        },
    ],
    judge: Judge::NotYet(Text::new(
        "尚未读取台账和采集站记录，无法核对存入时间。",
        "The ledger and the dock's log are not read yet, so no deposit time is known.",
    )),
};
