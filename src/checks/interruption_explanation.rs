use crate::evidence::{Channel, Discontinuity, DiscontinuityKind, Evidence};
use crate::lang::{MinutesSeconds, Prose, Text};
use crate::session::SAME_VISIT_S;
use crate::time::Span;

use super::params::Phrase;
use super::said::{Standing, Weighed, names, weigh, with_places, without_demonstration};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params, Verdict};

pub static CHECK: Check = Check {
    id: "interruption-explanation",
    title: Text::new("中断说明", "interruption explained"),
    explain: Text::new(
        "检查片内每次疑似录制中断（画面疑似剪接、时间戳空缺、水印时钟跳变），以及与一并检查的前一段之间的中断之后，\
         重新开始记录的规定时间内是否以语音说明中断原因。\
         画面冻结、黑屏、声音中断属记录质量问题，不视为中止录制，另行评查。相隔很近的几处迹象视为同一次中断。\
         依据语音转写按读音比对；说话清楚而没有说明的，判不符合；中断本身把握不大或者听不清的，请人工核查；没有听到的时段，不作判断。\
         没有中断的，本项不适用；前一段没有一并检查的，不知有无中断。",
        "Whether the reason is spoken within the window after each suspected interruption: inside the clip (suspected cut, \
         skipping time stamps, leap of the burnt-in clock), and before it, where the clip before was checked together with it \
         and a hole lies between the two. A frozen or black picture and lost sound are faults of quality, \
         not a stop of the recording, and are judged elsewhere. Signs close together are one interruption. The transcript is \
         compared by sound. Clear speech without the reason fails; where the interruption itself is doubtful or speech was \
         not understood a person should check; where nothing was listened to it is not assessed. Without an interruption it \
         does not apply; whether one lies before a clip whose predecessor was not given is not known.",
    ),
    basis: Basis::Footage,
    needs: &[Channel::Timeline, Channel::Sound, Channel::Speech],
    params: &[
        Param {
            name: "parts",
            kind: Kind::Phrases,
            default: Default::None,
            reason: Text::new(
                "中断说明的各部分及其说法；必备的一般只有原因。",
                "The parts of the explanation with the wordings that count; usually only the reason is required.",
            ),
        },
        Param {
            name: "window_s",
            kind: Kind::Number { min: 5.0, max: 1800.0 },
            default: Default::Number(60.0),
            reason: Text::new(
                "须在恢复录制后的这段时间内（秒）说明。条文要求“重新开始记录时”说明；60 秒留出设备启动和说话的时间。",
                "It must be spoken within this time after recording resumes, in seconds. The article says “when recording \
                 starts again”; 60 s leave time for the camera to start and the officer to speak.",
            ),
        },
        Param {
            name: "same_visit_s",
            kind: Kind::Number { min: 60.0, max: 86_400.0 },
            default: Default::Number(SAME_VISIT_S),
            reason: Text::new(
                "与前一段相隔不超过多少秒算中断；再久视为另一次执法。",
                "Most seconds after the clip before that count as an interruption; after longer it is another visit.",
            ),
        },
    ],
    judge: Judge::Decides(judge),
};

/// Kinds that stop the recording, as opposed to spoiling it.
const STOPS: [DiscontinuityKind; 3] =
    [DiscontinuityKind::Cut, DiscontinuityKind::Gap, DiscontinuityKind::ClockJump];
/// Signs no further apart than this are one interruption: a cut and the leap of the clock that goes
/// with it are placed by key frames, which lie up to two seconds apart on either side.
const SAME_INTERRUPTION_S: f64 = 4.0;
/// An interruption that is less sure than this is not held against anybody by itself.
const SURE_INTERRUPTION: f64 = 0.75;
const REVIEW_CONFIDENCE: f64 = 0.5;
/// A hole between two clips that a steady clock shows.
const STOP_CONFIDENCE: f64 = 0.9;

/// One stop of the recording, as all its signs show it.
struct Interruption {
    span: Span,
    confidence: f64,
}

fn judge(case: &Case, params: &Params) -> Outcome {
    let evidence = case.evidence;
    let mut interruptions = interruptions(&evidence.discontinuities);
    if let Some(stop) = case.place.before.as_ref().and_then(|join| join.stop(params.number("same_visit_s"))) {
        let confidence = if stop.sure { STOP_CONFIDENCE } else { REVIEW_CONFIDENCE };
        interruptions.insert(0, Interruption { span: Span::default(), confidence });
    }
    if interruptions.is_empty() {
        return Outcome::not_applicable(Prose::new(
            "片内未发现录制中断。",
            "No interruption of the recording was found inside the clip.",
        ));
    }
    let parts = params.phrases("parts");
    let window_s = params.number("window_s");
    let answers: Vec<Answer> =
        interruptions.iter().map(|interruption| answer(evidence, interruption, parts, window_s)).collect();
    let mut outcome = summary(&answers);
    for answer in &answers {
        outcome = outcome
            .span(answer.span, Prose::new("疑似录制中断", "suspected interruption"))
            .still(answer.span.end_s);
        outcome = with_places(outcome, &answer.weighed.parts);
    }
    let explained = answers.iter().filter(|answer| answer.verdict == Verdict::Pass).count();
    outcome = outcome.measure("interruptions", answers.len() as f64).measure_against(
        "interruptions_explained",
        explained as f64,
        answers.len() as f64,
    );
    let longest_s = answers.iter().filter_map(|answer| answer.explained_after_s).reduce(f64::max);
    if let Some(longest_s) = longest_s {
        outcome = outcome.measure_against("explained_after_s", longest_s, window_s);
    }
    let by_voice_alone = answers.iter().all(|answer| answer.weighed.standing == Standing::NobodySpoke);
    without_demonstration(outcome, evidence, by_voice_alone)
}

/// Signs of stops, those close together joined.
fn interruptions(discontinuities: &[Discontinuity]) -> Vec<Interruption> {
    let mut found: Vec<Interruption> = Vec::new();
    let mut stops: Vec<&Discontinuity> =
        discontinuities.iter().filter(|one| STOPS.contains(&one.kind)).collect();
    stops.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    for stop in stops {
        let confidence = f64::from(stop.confidence);
        match found.last_mut() {
            Some(last) if stop.at_s - last.span.end_s <= SAME_INTERRUPTION_S => {
                last.span.end_s = last.span.end_s.max(stop.end_s);
                last.confidence = last.confidence.max(confidence);
            }
            _ => {
                found.push(Interruption { span: Span::new(stop.at_s, stop.end_s.max(stop.at_s)), confidence })
            }
        }
    }
    found
}

/// One interruption's verdict with its grounds.
struct Answer<'a> {
    span: Span,
    verdict: Verdict,
    confidence: f64,
    /// From the end of the interruption to the first required part.
    explained_after_s: Option<f64>,
    weighed: Weighed<'a>,
}

fn answer<'a>(
    evidence: &Evidence,
    interruption: &Interruption,
    parts: &'a [Phrase],
    window_s: f64,
) -> Answer<'a> {
    let resumed_s = interruption.span.end_s;
    let end_s = (resumed_s + window_s).min(evidence.clip.duration_s.max(resumed_s));
    let weighed = weigh(evidence, parts, Span::new(resumed_s, end_s), false);
    let understood = weighed.attention.understood_share;
    let (verdict, confidence) = match weighed.standing {
        Standing::Whole => (Verdict::Pass, interruption.confidence.max(REVIEW_CONFIDENCE)),
        Standing::NotListened => (Verdict::NotAssessed, 0.0),
        Standing::SoundLost if weighed.attention.lost_share > 0.9 => (Verdict::NotAssessed, 0.0),
        Standing::Missing | Standing::NobodySpoke | Standing::Late
            if interruption.confidence >= SURE_INTERRUPTION && weighed.clear =>
        {
            (Verdict::Fail, interruption.confidence * understood)
        }
        _ => (Verdict::Review, REVIEW_CONFIDENCE),
    };
    let explained_after_s = (weighed.standing == Standing::Whole)
        .then(|| {
            let required = weighed.parts.iter().filter(|part| part.phrase.required);
            required.filter_map(|part| Some(part.found.as_ref()?.span.start_s - resumed_s)).reduce(f64::max)
        })
        .flatten();
    Answer { span: interruption.span, verdict, confidence, explained_after_s, weighed }
}

/// The worst of all interruptions, each counted by name.
fn summary(answers: &[Answer]) -> Outcome {
    let worst = answers.iter().map(|answer| answer.verdict).max().unwrap_or(Verdict::NotApplicable);
    let confidence = answers
        .iter()
        .filter(|answer| answer.verdict == worst)
        .map(|answer| answer.confidence)
        .fold(1.0, f64::min);
    let at = |verdict: Verdict| -> Vec<String> {
        let those = answers.iter().filter(|answer| answer.verdict == verdict);
        those.map(|answer| MinutesSeconds(answer.span.start_s).to_string()).collect()
    };
    let lacking = lacking(answers, worst);
    let (zh, en) = match worst {
        Verdict::Pass | Verdict::NotApplicable => (
            format!("{} 处疑似中断之后均说明了原因。", answers.len()),
            format!("The reason is given after each of the {} suspected interruptions.", answers.len()),
        ),
        Verdict::Fail => (
            format!(
                "{} 处疑似中断之后，说话清楚或无人说话，未在规定时间内听到{}。",
                at(worst).join("、"),
                lacking.zh
            ),
            format!(
                "After the suspected interruption at {}, {} was not said in time.",
                at(worst).join(", "),
                lacking.en
            ),
        ),
        Verdict::Review => (
            format!(
                "{} 处疑似中断之后，{}听不清、不完整，或中断本身尚不确定，须人工核查。",
                at(worst).join("、"),
                lacking.zh
            ),
            format!(
                "After the suspected interruption at {}, {} is unclear or incomplete, or the interruption itself is doubtful; a person should check.",
                at(worst).join(", "),
                lacking.en
            ),
        ),
        Verdict::NotAssessed => (
            format!("{} 处疑似中断之后的声音没有听到，不能判断。", at(worst).join("、")),
            format!(
                "What follows the suspected interruption at {} was not listened to.",
                at(worst).join(", ")
            ),
        ),
    };
    Outcome::new(worst, confidence, Prose::new(zh, en))
}

/// Names of the required parts that some interruption of this verdict lacks.
fn lacking(answers: &[Answer], verdict: Verdict) -> Prose {
    let mut lacking: Vec<&str> = Vec::new();
    for answer in answers.iter().filter(|answer| answer.verdict == verdict) {
        for part in answer.weighed.parts.iter().filter(|part| part.phrase.required) {
            if !lacking.contains(&part.phrase.name.as_str()) {
                lacking.push(&part.phrase.name);
            }
        }
    }
    names(&lacking)
}

#[cfg(test)]
mod tests {
    use super::super::said::written::*;
    use super::*;
    use crate::session::{Between, Place, Source};

    const CHAT: &str = "老板最近生意怎么样还可以周末的客人比较多门口的灯箱是什么时候换的";
    const REASON: &str = "因电量不足录制中断现恢复录音录像";

    fn judged(clip: Clip) -> Outcome {
        let reason = ("中断原因", &["因电量不足", "由于设备故障", "存储空间不足"][..]);
        judged_by(&CHECK, clip, parts("parts", &[reason]))
    }

    fn cut_at_60(clip: Clip) -> Clip {
        clip.interrupted(60.0, 60.0, DiscontinuityKind::Cut, 0.9)
    }

    #[test]
    fn not_applicable_without_an_interruption() {
        assert_eq!(judged(clip(120.0).says(3.0, CHAT)).verdict, Verdict::NotApplicable);
        let frozen = clip(120.0).interrupted(60.0, 64.0, DiscontinuityKind::Freeze, 0.9);
        assert_eq!(judged(frozen).verdict, Verdict::NotApplicable);
    }

    /// A clip that begins 20 s after the one before it ended.
    fn after_a_hole(clip: Clip, sure: bool) -> Outcome {
        let between = Between { seconds_s: 20.0, uncertainty_s: 0.2, source: Source::Clock, steady: sure };
        let join = crate::checks::testing::join(between);
        let place = Place { given: 2, timed: true, before: Some(join), after: None };
        let reason = ("中断原因", &["因电量不足", "由于设备故障"][..]);
        let params = Params::resolve(CHECK.params, parts("parts", &[reason])).unwrap();
        CHECK.judge(&Case { place: &place, ..Case::alone(clip.evidence()) }, &params)
    }

    #[test]
    fn a_hole_before_the_clip_is_an_interruption() {
        assert_eq!(after_a_hole(clip(120.0).says(3.0, REASON), true).verdict, Verdict::Pass);
        assert_eq!(after_a_hole(clip(120.0).says(3.0, CHAT), true).verdict, Verdict::Fail);
        assert_eq!(after_a_hole(clip(120.0).says(3.0, CHAT), false).verdict, Verdict::Review);
        let both = after_a_hole(cut_at_60(clip(120.0).says(3.0, REASON).says(63.0, REASON)), true);
        assert_eq!((both.verdict, both.measures["interruptions"]), (Verdict::Pass, 2.0));
    }

    #[test]
    fn pass_when_the_reason_follows() {
        let outcome = judged(cut_at_60(clip(120.0).says(3.0, CHAT).says(63.0, REASON)));
        assert_eq!(outcome.verdict, Verdict::Pass, "{outcome:?}");
        assert!((outcome.measures["explained_after_s"] - 3.0).abs() < 1e-9);
    }

    #[test]
    fn a_cut_and_its_clock_leap_are_one_interruption() {
        let outcome = judged(cut_at_60(clip(120.0).says(63.0, REASON)).interrupted(
            61.0,
            61.0,
            DiscontinuityKind::ClockJump,
            0.8,
        ));
        assert_eq!(outcome.measures["interruptions"], 1.0);
        assert_eq!(outcome.verdict, Verdict::Pass);
    }

    #[test]
    fn fail_when_clear_speech_or_silence_follows_a_sure_interruption() {
        let outcome = judged(cut_at_60(clip(120.0).says(63.0, CHAT)));
        assert_eq!(outcome.verdict, Verdict::Fail, "{outcome:?}");
        assert_eq!(judged(cut_at_60(clip(120.0).says(3.0, REASON))).verdict, Verdict::Fail, "said before");
    }

    #[test]
    fn fail_when_one_of_two_is_unexplained() {
        let two = cut_at_60(clip(300.0).says(63.0, REASON).says(203.0, CHAT)).interrupted(
            200.0,
            200.0,
            DiscontinuityKind::Gap,
            1.0,
        );
        let outcome = judged(two);
        assert_eq!(outcome.verdict, Verdict::Fail, "{outcome:?}");
        assert!(outcome.summary.zh.contains("3:20.0") && !outcome.summary.zh.contains("1:00.0"));
    }

    #[test]
    fn review_in_the_band_between() {
        assert_eq!(judged(cut_at_60(clip(120.0).mumbles(63.0, CHAT))).verdict, Verdict::Review);
        let doubtful = clip(120.0).says(63.0, CHAT).interrupted(60.0, 60.0, DiscontinuityKind::Cut, 0.5);
        assert_eq!(judged(doubtful).verdict, Verdict::Review);
        assert_eq!(
            judged(cut_at_60(clip(120.0).says(63.0, REASON).demonstration())).verdict,
            Verdict::Review
        );
    }

    #[test]
    fn not_assessed_where_nothing_was_listened_to() {
        let deaf = cut_at_60(clip(120.0).says(63.0, CHAT).listened_only(0.0, 50.0));
        assert_eq!(judged(deaf).verdict, Verdict::NotAssessed);
        assert_eq!(judged(cut_at_60(clip(120.0)).without_model()).verdict, Verdict::NotAssessed);
    }
}
