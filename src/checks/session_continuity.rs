//! Whether the segments of one visit follow on without a gap.

use jiff::civil::DateTime;

use crate::evidence::{Channel, Evidence};
use crate::figures::{hundredths, tenths};
use crate::lang::{Prose, Text};
use crate::records::{Interruption, seconds_between};
use crate::session::{Between, Join, PRERECORDING_S, Place, SAME_VISIT_S, Source};
use crate::time::Span;

use super::params::Phrase;
use super::recorded::{UNSURE, means, stops};
use super::said::{Standing, Weighed, opening, weigh, with_places, without_demonstration};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params};

#[cfg(test)]
mod tests;

pub static CHECK: Check = Check {
    id: "session-continuity",
    title: Text::new("分段衔接", "session continuity"),
    explain: Text::new(
        "核对同一次执法的各段录像是否首尾相接；中间断开的，事由是否为条文所允许。一并检查的录像按设备（文件名或画面文字）归并，\
         按时间、序号排列；每一处衔接记在后一段的报告中。依据是两段的水印时钟（取秒数跳变的画面，可精确到约一帧，另计时钟刷新\
         0.1 秒的误差），没有时钟的用文件名时间（精确到秒）、容器创建时间。误差之内看不出的空缺，不作为空缺：以秒计的时钟不能证明\
         0.04 秒的缺失，摘要写明精确到多少。预录造成的重叠不是问题。断开之后听恢复录制的一段话：说明了条文所列事由的为符合；\
         只有条文要求语音说明、说话听得清而没有说、且时钟可靠的，才判不符合；其余（事由未列、序号缺失、只有文件名可依、时钟有跳变、空缺不足 1 秒而可能只是时钟刷新迟缓、\
         相隔数分钟可能已换地点）请人工核查。条文不要求语音说明、台账登记了这次中断且事由为条文所列的，为符合。没有一并检查的录像是否存在，看不到；首段和单独一段，本项不适用。",
        "Whether the segments of one visit follow each other end to end and, where they do not, whether the interruption is one \
         that the article allows. Clips that are checked together are put together by device (file name, or text in the picture) \
         and in order by time and number; each joint stands in the report of the later clip. It rests on both clips' burnt-in \
         clocks (by the pictures in which the second changes, good to about a frame, with 0.1 s for the redrawing of the clock), \
         else on the times in the file names (to the second) or the containers' creation times. What lies within their error is \
         no hole: a clock of seconds cannot prove 0.04 s, and the summary says how fine the look was. An overlap by \
         pre-recording is no fault. After a hole, what is said first is listened to: a reason that the article lists passes; it \
         fails only where the article wants the reason spoken, speech was clear without it, and the clocks are certain. Else (a \
         reason that is not listed, a missing number, file names only, a clock that leaps, less than a second by a clock that may be redrawn late, minutes apart and perhaps elsewhere) \
         a person should check. Where the article does not want the reason spoken, one in the records that the article lists passes. Clips that were not given are not known of. It does not apply to the first segment, or to a \
         single clip.",
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
            kind: Kind::Phrases,
            default: Default::NoPhrases,
            reason: Text::new(
                "条文允许停止或中断的事由及其说法。默认为空：条文没有列举，断开一律交人工判断。",
                "Grounds on which the article allows a stop, with the wordings that count. None, the default, where it lists none: \
                 then every hole goes to a person.",
            ),
        },
        Param {
            name: "spoken_reason",
            kind: Kind::Flag,
            default: Default::Flag(false),
            reason: Text::new(
                "条文要求恢复记录时语音说明原因的为真；否则原因可能写在台账里，没有听到不算不符合。",
                "True where the article wants the reason spoken when recording resumes; else it may stand in the records, and not \
                 hearing it is no fault.",
            ),
        },
        Param {
            name: "window_s",
            kind: Kind::Number { min: 5.0, max: 1800.0 },
            default: Default::Number(60.0),
            reason: Text::new(
                "在后一段开头的这段时间内（秒）听原因，与“中断说明”相同。",
                "The reason is listened for within this time at the start of the later clip, as in `interruption-explanation`.",
            ),
        },
        Param {
            name: "same_place",
            kind: Kind::Flag,
            default: Default::Flag(false),
            reason: Text::new(
                "是否只限同一执法地点之内。条文写明“同一执法地点”的才为真；是否同一地点由人判断，断开不判不符合。",
                "Whether only segments from the same place are held together. True only where the article says so; whether it was \
                 the same place is for a person, so that a hole never fails.",
            ),
        },
        Param {
            name: "same_visit_s",
            kind: Kind::Number { min: 60.0, max: 86_400.0 },
            default: Default::Number(SAME_VISIT_S),
            reason: Text::new(
                "同一设备停录超过多少秒即视为另一次执法。换电池、换卡以分钟计，另一处检查以半小时计。",
                "Seconds without recording after which the same camera began another visit. Changing a battery or card takes \
                 minutes, an inspection elsewhere half an hour.",
            ),
        },
        Param {
            name: "prerecording_s",
            kind: Kind::Number { min: 0.0, max: 120.0 },
            default: Default::Number(PRERECORDING_S),
            reason: Text::new(
                "预录可使两段重叠的最大秒数；设备最多预录约 30 秒。",
                "Most seconds that two segments overlap by pre-recording; cameras pre-record up to about 30 s.",
            ),
        },
    ],
    judge: Judge::Decides(judge),
};

/// Records that leave more open than this cannot show that two segments join.
const JOINS_WITHIN_S: f64 = 2.0;
/// Confidence of a join seen on the clock, and on the names' whole seconds.
const CLOCK_CONFIDENCE: f64 = 0.9;
const NAME_CONFIDENCE: f64 = 0.6;
const REVIEW_CONFIDENCE: f64 = 0.6;
/// A stop in the records, which are kept to the minute, is this hole if it is no further from it.
const ENTERED_WITHIN_S: f64 = 120.0;

/// Said when a recording goes on, whatever the reason: one that the article does not list may have
/// been given.
const RESUMING: [&str; 8] = [
    "录制中断",
    "录像中断",
    "记录中断",
    "恢复录音录像",
    "恢复录制",
    "恢复记录",
    "继续录音录像",
    "重新开始录音录像",
];

fn judge(case: &Case, params: &Params) -> Outcome {
    let place = case.place;
    let Some(join) = &place.before else { return without_neighbour(place) };
    let Some(between) = join.between else {
        return Outcome::not_assessed(match join.before_damaged {
            true => Prose::new(
                format!("前一段 {} 无法读取，不知其何时结束。", join.before),
                format!(
                    "The clip before, {}, could not be read, so nobody knows when it ended.",
                    join.before
                ),
            ),
            false => Prose::new(
                format!("前一段 {} 与本段没有同一种时间记录，无从核对衔接。", join.before),
                format!("The clip before, {}, has no record of time in common with this one.", join.before),
            ),
        });
    };
    let outcome = judge_join(case, params, join, &between);
    let hole_s = between.seconds_s.max(0.0);
    outcome
        .measure_against("hole_s", tenths(hole_s), params.number("max_gap_s"))
        .measure("hole_uncertainty_s", hundredths(between.uncertainty_s))
        .span(
            Span::new(0.0, 0.0),
            Prose::new(format!("前一段：{}", join.before), format!("clip before: {}", join.before)),
        )
}

fn without_neighbour(place: &Place) -> Outcome {
    if place.given <= 1 {
        return Outcome::not_applicable(Prose::new(
            "本条针对同一次执法的多段录像，单独一段不适用。",
            "This clause is about several segments of one visit; it does not apply to one clip alone.",
        ));
    }
    if !place.timed {
        return Outcome::not_assessed(Prose::new(
            "水印时钟、文件名和容器都没有给出录制时间，不知本段与其他录像是否同一次执法。",
            "Neither clock, file name nor container tells when this clip was recorded, so nobody knows whether it \
             belongs to one of the others.",
        ));
    }
    Outcome::not_applicable(match &place.after {
        Some(after) => Prose::new(
            format!("本段是首段；与下一段 {after} 的衔接见其报告。"),
            format!("This is the first segment; its joint with {after} stands in that clip's report."),
        ),
        None => Prose::new(
            "一并检查的录像中没有同一次执法的其他段。",
            "None of the clips that were checked together belongs to the same visit.",
        ),
    })
}

fn judge_join(case: &Case, params: &Params, join: &Join, between: &Between) -> Outcome {
    let before = &join.before;
    let by = between.source.text();
    let (seconds_s, error_s) = (between.seconds_s, between.uncertainty_s);
    let review = |zh: String, en: String| Outcome::review(REVIEW_CONFIDENCE, Prose::new(zh, en));
    if join.records_disagree {
        return review(
            format!("水印时钟、文件名、容器所记时间互相矛盾，与前一段 {before} 是否衔接须人工核对。"),
            format!(
                "Clock, file names and containers contradict each other; whether it joins {before} is for a person to check."
            ),
        );
    }
    if seconds_s - error_s > params.number("same_visit_s") {
        let apart = apart(seconds_s);
        return Outcome::not_applicable(Prose::new(
            format!("与前一段 {before} 相隔约 {}，视为另一次执法。", apart.zh),
            format!("About {} after {before}: taken for another visit.", apart.en),
        ));
    }
    if let Some((first, last)) = join.missing_numbers {
        let count = f64::from(last - first) + 1.0;
        let numbers = if first == last { first.to_string() } else { format!("{first}–{last}") };
        return review(
            format!("前一段 {before} 与本段之间缺少序号 {numbers} 的文件，请补齐后再查，或核实去向。"),
            format!("Between {before} and this clip the file number {numbers} is missing: check together with it, or find out where it went."),
        )
        .measure("missing_numbers", count);
    }
    let overlap_s = -seconds_s;
    if overlap_s - error_s > params.number("prerecording_s") {
        return review(
            format!("与前一段 {before} 的时间重叠 {overlap_s:.0} 秒，超过预录时长，请核对设备时间或文件来源。"),
            format!("Overlaps {before} by {overlap_s:.0} s, more than pre-recording explains; check the camera's clock or where the files come from."),
        )
        .measure_against("overlap_s", tenths(overlap_s), params.number("prerecording_s"));
    }
    if overlap_s > error_s && overlap_s + error_s >= case.evidence.clip.duration_s {
        return review(
            format!("本段的时间全在前一段 {before} 之内，疑为副本或设备时间有误，请核对。"),
            format!(
                "All of this clip lies within the time of {before}: a copy, or a wrong clock; please check."
            ),
        )
        .measure_against("overlap_s", tenths(overlap_s), params.number("prerecording_s"));
    }
    if seconds_s - error_s > params.number("max_gap_s") {
        return judge_hole(case, params, join, between);
    }
    if error_s > JOINS_WITHIN_S {
        return Outcome::not_assessed(Prose::new(
            format!("{}只能精确到 {error_s:.0} 秒，看不出与前一段 {before} 是否衔接。", by.zh),
            format!(
                "By {} alone, good to {error_s:.0} s, nobody can tell whether this clip joins {before}.",
                by.en
            ),
        ));
    }
    let confidence = if between.source == Source::Clock { CLOCK_CONFIDENCE } else { NAME_CONFIDENCE };
    if overlap_s > error_s {
        return Outcome::pass(
            confidence,
            Prose::new(
                format!("与前一段 {before} 重叠 {overlap_s:.1} 秒（预录），没有空缺（依据{}）。", by.zh),
                format!(
                    "Overlaps {before} by {overlap_s:.1} s (pre-recording), without a hole (by {}).",
                    by.en
                ),
            ),
        )
        .measure_against("overlap_s", tenths(overlap_s), params.number("prerecording_s"));
    }
    Outcome::pass(
        confidence,
        Prose::new(
            format!("与前一段 {before} 首尾相接（依据{}，精确到 {error_s:.2} 秒）。", by.zh),
            format!("Follows {before} end to end (by {}, good to {error_s:.2} s).", by.en),
        ),
    )
}

/// A hole that is larger than what the records leave open.
fn judge_hole(case: &Case, params: &Params, join: &Join, between: &Between) -> Outcome {
    let (evidence, grounds) = (case.evidence, params.phrases("grounds"));
    let hole = Prose::new(
        format!(
            "前一段 {} 与本段之间缺 {:.1} 秒（依据{}）",
            join.before,
            between.seconds_s,
            between.source.text().zh
        ),
        format!(
            "{:.1} s are missing between {} and this clip (by {})",
            between.seconds_s,
            join.before,
            between.source.text().en
        ),
    );
    if let (Some((reason, at)), false) =
        (entered(case, grounds, between.seconds_s), params.flag("spoken_reason"))
    {
        return Outcome::pass(
            UNSURE,
            Prose::new(
                format!("{}；台账登记了中断原因“{reason}”（{}），属条文所列。", hole.zh, at.zh),
                format!(
                    "{}; the records give the reason \"{reason}\" ({}), and the article lists it.",
                    hole.en, at.en
                ),
            ),
        );
    }
    let review = |zh: &str, en: &str| {
        Outcome::review(
            REVIEW_CONFIDENCE,
            Prose::new(format!("{}；{zh}。", hole.zh), format!("{}; {en}.", hole.en)),
        )
    };
    let reason =
        [any_of("中断原因", grounds.iter().flat_map(|ground| ground.any.iter().map(String::as_str)))];
    if grounds.is_empty() || evidence.speech.seen().is_none() {
        return review(
            "中断的事由是否允许，须人工核对",
            "whether the interruption is allowed is for a person to check",
        );
    }
    let stretch = opening(evidence, params.number("window_s"));
    let weighed = weigh(evidence, &reason, stretch, false);
    let outcome = match weighed.standing {
        Standing::Whole => {
            let named = ground_said(evidence, grounds, stretch);
            Outcome::pass(
                if join.same_device { CLOCK_CONFIDENCE } else { REVIEW_CONFIDENCE },
                Prose::new(
                    format!("{}；恢复录制时说明了原因{}，属条文所列。", hole.zh, named.zh),
                    format!(
                        "{}; the reason{} was spoken when recording resumed, and the article lists it.",
                        hole.en, named.en
                    ),
                ),
            )
        }
        Standing::Late => review(
            "原因在恢复录制较久之后才说明，须人工核对",
            "the reason was spoken only some time after recording resumed; a person should check",
        ),
        Standing::NotListened => review(
            "恢复录制后的话没有听，原因须人工核听",
            "what was said after recording resumed was not listened to; a person should",
        ),
        _ if resumed(evidence, stretch) => review(
            "听到恢复录制的说法，但没有听到条文所列的原因，须人工核听",
            "words of resuming were heard, but no reason that the article lists; a person should listen",
        ),
        Standing::Missing | Standing::NobodySpoke if is_violation(params, join, between, &weighed) => {
            Outcome::fail(
                CLOCK_CONFIDENCE * weighed.attention.understood_share,
                Prose::new(
                    format!("{}；恢复录制后说话清楚或无人说话，未听到原因。", hole.zh),
                    format!("{}; speech was clear, or nobody spoke, and no reason was heard.", hole.en),
                ),
            )
        }
        Standing::Missing | Standing::NobodySpoke => review(
            "未听到原因，请核对书面记录或是否已更换地点",
            "no reason was heard; check the written records, or whether the place was another",
        ),
        _ => review(
            "恢复录制后的话没有听清，须人工核听",
            "what was said after recording resumed was not understood; a person should listen",
        ),
    };
    let by_voice_alone = weighed.standing == Standing::NobodySpoke;
    without_demonstration(with_places(outcome, &weighed.parts).still(0.0), evidence, by_voice_alone)
}

/// The reason that the records give for this hole, where the article lists it, and where it stands.
fn entered(case: &Case, grounds: &[Phrase], hole_s: f64) -> Option<(String, Prose)> {
    let extract = case.records?;
    let resumed = extract.own.as_ref()?.start;
    let near = |moment: DateTime, ago_s: f64| {
        let before_s = seconds_between(moment, resumed) as f64;
        (before_s - ago_s).abs() <= ENTERED_WITHIN_S
    };
    let of_hole = |stop: &&Interruption| {
        stop.resumed.is_some_and(|at| near(at, 0.0)) || stop.stopped.is_some_and(|at| near(at, hole_s))
    };
    let stop = stops(extract).into_iter().find(of_hole)?;
    let reason = stop.reason.as_deref()?;
    grounds
        .iter()
        .any(|ground| means(reason, &ground.name))
        .then(|| (reason.to_owned(), extract.records.spot(stop.at, "").prose()))
}

/// Whether an unexplained hole is certain, and certainly wanted an explanation.
fn is_violation(params: &Params, join: &Join, between: &Between, weighed: &Weighed) -> bool {
    params.flag("spoken_reason") && !params.flag("same_place") && join.is_sure(between) && weighed.clear
}

/// One part that any of the wordings answers.
fn any_of<'w>(name: &str, wordings: impl Iterator<Item = &'w str>) -> Phrase {
    Phrase { name: name.to_owned(), any: wordings.map(str::to_owned).collect(), required: true }
}

/// The ground that was named, as the article calls it.
fn ground_said(evidence: &Evidence, grounds: &[Phrase], stretch: Span) -> Prose {
    let said = grounds.iter().find(|ground| {
        let ground = [any_of(&ground.name, ground.any.iter().map(String::as_str))];
        weigh(evidence, &ground, stretch, false).standing == Standing::Whole
    });
    said.map_or_else(Prose::default, |ground| {
        Prose::new(format!("（{}）", ground.name), format!(" ({})", ground.name))
    })
}

/// Whether something like "recording goes on" was said.
fn resumed(evidence: &Evidence, stretch: Span) -> bool {
    let resuming = [any_of("恢复录制", RESUMING.into_iter())];
    matches!(weigh(evidence, &resuming, stretch, false).standing, Standing::Whole | Standing::Unsure)
}

/// A long time in words.
fn apart(seconds_s: f64) -> Prose {
    const MINUTE_S: f64 = 60.0;
    const HOUR_S: f64 = 60.0 * MINUTE_S;
    const DAY_S: f64 = 24.0 * HOUR_S;
    let (unit_s, zh, en) = match seconds_s {
        s if s < 2.0 * HOUR_S => (MINUTE_S, "分钟", "minutes"),
        s if s < 2.0 * DAY_S => (HOUR_S, "小时", "hours"),
        _ => (DAY_S, "天", "days"),
    };
    let count = (seconds_s / unit_s).round();
    Prose::new(format!("{count} {zh}"), format!("{count} {en}"))
}
