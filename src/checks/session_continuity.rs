//! Whether the segments of one visit follow on without a gap.

use crate::evidence::Channel;
use crate::lang::Text;

use super::{Basis, Check, Default, Judge, Kind, Param};

pub static CHECK: Check = Check {
    id: "session-continuity",
    title: Text::new("分段衔接", "session continuity"),
    explain: Text::new(
        "核对同一次执法的各段录像是否首尾相接；中间断开的，事由是否为条文所允许。设备按固定时长分段属正常，段间缺失才是问题。依据是各段的时间戳、水印时钟和文件名时间；时钟本身有误时，衔接只能由人判断。只有一段录像时本项不适用。",
        "Whether the segments of one visit follow each other end to end and, where they do not, whether the interruption is one that the article allows. Cameras cut recordings into segments of fixed length; what is missing between two is the question. It rests on the segments' time stamps, burnt-in clocks and file names; where the clock is wrong, only a person can judge the join. It does not concern a single clip.",
    ),
    basis: Basis::Session,
    needs: &[Channel::Timeline],
    params: &[
        Param {
            name: "max_gap_s",
            kind: Kind::Number { min: 0.0, max: 60.0 },
            default: Default::Number(0.04),
            reason: Text::new(
                "两段之间允许缺失的秒数。默认取 GA/T 947.2-2015：分段之间丢失不超过0.04秒（25帧时为一帧）。",
                "Seconds that may be missing between two segments. From GA/T 947.2-2015: at most 0.04 s, one frame at 25 a second.",
            ),
        },
        Param {
            name: "grounds",
            kind: Kind::Texts,
            default: Default::Texts(&[]),
            reason: Text::new(
                "条文允许停止或中断的事由。默认为空：条文没有列举，断开一律交人工判断。",
                "Grounds on which the article allows a stop. Empty, the default, where it lists none: then every gap goes to a person.",
            ),
        },
        Param {
            name: "same_place",
            kind: Kind::Flag,
            default: Default::Flag(false),
            reason: Text::new(
                "是否只限同一执法地点之内。条文写明“同一执法地点”的才为真。",
                "Whether only segments from the same place are held together. True only where the article says so.",
            ),
        },
    ],
    judge: Judge::NotYet(Text::new(
        "本版本一次只看一段录像，尚不把同一次执法的各段合在一起判断。",
        "This version looks at one clip at a time and does not yet join the segments of a visit.",
    )),
};
