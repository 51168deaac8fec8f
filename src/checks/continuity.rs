use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params};
use crate::evidence::{Channel, Discontinuity, DiscontinuityKind};
use crate::lang::{MinutesSeconds, Prose, Text};
use crate::time::Span;

pub static CHECK: Check = Check {
    id: "continuity",
    title: Text::new("连续录制", "continuity"),
    explain: Text::new(
        "核对一段录像内部是否不间断：时间戳空缺、画面冻结、黑屏、声音中断、水印时钟相对时间戳的跳变、镜头运动无法解释的画面拼接、\
         背景声与电源哼声的突变、编码器给画面的编号中断、文件不完整。每一处列出时间、种类、各项迹象及其数值；只有一种迹象的提请人工查看，来源不同的两种迹象\
         同时出现才作为疑似剪接判定。水印时钟未读出时，静止场景或不足一秒的删减可能漏检；由人最后认定。",
        "Checks that the inside of one clip is unbroken: time stamps that skip, frozen or black pictures, lost sound, leaps of \
         the burnt-in clock against the time stamps, neighbouring pictures that no movement of the camera joins, steps of \
         the background sound and of the mains hum, numbers that the encoder gives its pictures and that do not go on, a file cut \
         short. Each place is listed with its time, its kind and every \
         sign's figure. One kind of sign alone is for a person to look at; two of different origin at one place make a \
         suspected cut. Without a readable burnt-in clock a removal in a still room, or of less than a second, may be \
         missed; a person decides.",
    ),
    basis: Basis::Footage,
    needs: &[Channel::Timeline, Channel::Picture],
    params: &[
        Param {
            name: "min_gap_s",
            kind: Kind::Number { min: 0.0, max: 60.0 },
            default: Default::Number(0.2),
            reason: Text::new(
                "短于此的时间戳空缺多为编码丢帧；GA/T 947.2-2015 允许分段间丢失 0.04 秒",
                "shorter holes in the time stamps are dropped frames; GA/T 947.2-2015 allows 0.04 s between segments",
            ),
        },
        Param {
            name: "min_freeze_s",
            kind: Kind::Number { min: 0.0, max: 60.0 },
            default: Default::Number(0.9),
            reason: Text::new(
                "更短的重复画面是编码器跟不上；一秒的冻结看到时会短一两帧",
                "shorter repeats are an encoder that fell behind; of a stop of one second a picture or two may not show",
            ),
        },
        Param {
            name: "min_black_s",
            kind: Kind::Number { min: 0.0, max: 60.0 },
            default: Default::Number(0.5),
            reason: Text::new(
                "更短的黑屏是衣物或手掠过镜头",
                "shorter blacks are a hand or a sleeve before the lens",
            ),
        },
        Param {
            name: "min_audio_loss_s",
            kind: Kind::Number { min: 0.0, max: 60.0 },
            default: Default::Number(0.8),
            reason: Text::new(
                "更短的静音可能来自降噪；一秒的静音经音频编码后两端各模糊约 0.1 秒",
                "shorter silences may come from noise gating; coding smears either end of one second by some 0.1 s",
            ),
        },
        Param {
            name: "fail_confidence",
            kind: Kind::Number { min: 0.0, max: 1.0 },
            default: Default::Number(0.8),
            reason: Text::new("低于此置信度的迹象只提请人工查看", "weaker signs are shown to a person only"),
        },
    ],
    judge: Judge::Decides(judge),
};

fn judge(case: &Case, params: &Params) -> Outcome {
    let breaks: Vec<&Discontinuity> =
        case.evidence.discontinuities.iter().filter(|found| matters(found, params)).collect();
    let strongest = breaks.iter().map(|found| f64::from(found.confidence)).fold(0.0, f64::max);
    let fail_confidence = params.number("fail_confidence");
    let proven = breaks
        .iter()
        .any(|found| f64::from(found.confidence) >= fail_confidence && breaks_recording(found.kind));
    let outcome = match (breaks.as_slice(), proven) {
        ([], _) => unbroken(case),
        (breaks, true) => Outcome::fail(strongest, summary(breaks)),
        (breaks, false) => Outcome::review(strongest.min(fail_confidence), summary(breaks)),
    };
    let outcome = breaks.iter().fold(outcome, |outcome, found| {
        let outcome = outcome.span(Span::new(found.at_s, found.end_s), label(found, case));
        stills(found).into_iter().fold(outcome, Outcome::still)
    });
    outcome.measure_against("discontinuities", breaks.len() as f64, 0.0).measure_against(
        "strongest-confidence",
        strongest,
        fail_confidence,
    )
}

/// Without a readable clock nothing but picture, sound and structure speaks for continuity.
fn unbroken(case: &Case) -> Outcome {
    let clock_fits = case.evidence.clock.seen().is_some_and(|clock| clock.fit.is_some());
    match clock_fits {
        true => Outcome::pass(
            0.95,
            Prose::new(
                "未发现间断；水印时钟与时间戳一致。",
                "No break was found; the burnt-in clock agrees with the time stamps.",
            ),
        ),
        false => Outcome::pass(
            0.7,
            Prose::new(
                "未发现间断；水印时钟未读出，不能据以排除短暂删减。",
                "No break was found; no burnt-in clock was read that would rule out a short removal.",
            ),
        ),
    }
}

/// Containers round time stamps to the millisecond; a gap of just the least length counts.
const ROUNDING_S: f64 = 0.002;

fn matters(found: &Discontinuity, params: &Params) -> bool {
    use DiscontinuityKind as Kind;
    let length_s = found.end_s - found.at_s;
    match found.kind {
        // Foreign pictures are the business of `inserted-content`, but they break the recording too.
        Kind::Cut | Kind::Insert | Kind::ClockJump | Kind::ResolutionChange | Kind::Truncated => true,
        // A step back in the time stamps has no length.
        Kind::Gap => length_s == 0.0 || length_s >= params.number("min_gap_s") - ROUNDING_S,
        Kind::Freeze => length_s >= params.number("min_freeze_s"),
        Kind::Black => length_s >= params.number("min_black_s"),
        Kind::AudioLoss => length_s >= params.number("min_audio_loss_s"),
    }
}

/// Kinds that show a break when they are certain. A file cut short by a loss of power and a change
/// of size are for a person to weigh.
fn breaks_recording(kind: DiscontinuityKind) -> bool {
    !matches!(kind, DiscontinuityKind::Truncated | DiscontinuityKind::ResolutionChange)
}

/// What it is, and what the clock showed on either side; the signs with their figures are listed with the
/// observations.
fn label(found: &Discontinuity, case: &Case) -> Prose {
    let text = found.text();
    let readings = case.evidence.clock.seen().map_or(&[][..], |clock| &clock.readings);
    let before = readings.iter().rev().find(|reading| reading.at_s < found.at_s);
    let after = readings.iter().find(|reading| reading.at_s > found.end_s);
    match (before, after) {
        (Some(before), Some(after)) => Prose::new(
            format!("{}（水印时钟：前 {}，后 {}）", text.zh, before.text, after.text),
            format!("{} (burnt-in clock: {} before, {} after)", text.en, before.text, after.text),
        ),
        _ => text.into(),
    }
}

fn summary(breaks: &[&Discontinuity]) -> Prose {
    const NAMED: usize = 3;
    let named = |zh: bool| -> Vec<String> {
        let place = |found: &&Discontinuity| {
            let text = found.text();
            format!("{} {}", MinutesSeconds(found.at_s), if zh { text.zh } else { text.en })
        };
        breaks.iter().take(NAMED).map(place).collect()
    };
    let (more_zh, more_en) = match breaks.len() > NAMED {
        true => (" 等", " and more"),
        false => ("", ""),
    };
    let found = if breaks.len() == 1 { "break was found" } else { "breaks were found" };
    Prose::new(
        format!("发现 {} 处间断：{}{more_zh}。", breaks.len(), named(true).join("、")),
        format!("{} {found}: {}{more_en}.", breaks.len(), named(false).join(", ")),
    )
}

/// The last picture before and the first after.
fn stills(found: &Discontinuity) -> Vec<f64> {
    const BESIDE_S: f64 = 0.1;
    match found.kind {
        DiscontinuityKind::AudioLoss => Vec::new(),
        DiscontinuityKind::Truncated => vec![(found.at_s - BESIDE_S).max(0.0)],
        _ => vec![(found.at_s - BESIDE_S).max(0.0), found.end_s + BESIDE_S],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::Verdict;
    use crate::evidence::{AbsenceReason, ClockFacts, ClockFit, Observation, PictureFacts, Timeline};

    fn judged(found: &[(f64, f64, DiscontinuityKind, f32)]) -> Outcome {
        crate::checks::testing::judge(&CHECK, |evidence| {
            evidence.timeline = Observation::Observed(Timeline::default());
            evidence.picture = Observation::Observed(PictureFacts::default());
            evidence.discontinuities = found
                .iter()
                .map(|&(at_s, end_s, kind, confidence)| Discontinuity {
                    at_s,
                    end_s,
                    kind,
                    confidence,
                    signs: vec![],
                    waveform: None,
                })
                .collect();
        })
    }

    #[test]
    fn nothing_found_passes_and_a_clock_that_fits_makes_it_surer() {
        let without = judged(&[]);
        let with = crate::checks::testing::judge(&CHECK, |evidence| {
            evidence.timeline = Observation::Observed(Timeline::default());
            evidence.picture = Observation::Observed(PictureFacts::default());
            let fit = ClockFit { offset_s: 0.0, drift_ppm: 0.0, drift_uncertainty_ppm: 9.0, residual_s: 0.0 };
            evidence.clock = Observation::Observed(ClockFacts { fit: Some(fit), ..ClockFacts::default() });
        });
        assert_eq!((without.verdict, with.verdict), (Verdict::Pass, Verdict::Pass));
        assert!(with.confidence > without.confidence);
    }

    #[test]
    fn a_certain_cut_fails_with_stills_on_both_sides() {
        let outcome = judged(&[(61.0, 61.0, DiscontinuityKind::Cut, 0.95)]);
        assert_eq!(outcome.verdict, Verdict::Fail);
        assert_eq!(outcome.stills_at_s, [60.9, 61.1]);
        assert!(outcome.summary.zh.contains("疑似剪接"));
    }

    #[test]
    fn an_uncertain_one_is_for_a_person() {
        assert_eq!(judged(&[(61.0, 61.0, DiscontinuityKind::Cut, 0.6)]).verdict, Verdict::Review);
        assert_eq!(judged(&[(61.0, 61.0, DiscontinuityKind::Truncated, 0.95)]).verdict, Verdict::Review);
    }

    #[test]
    fn what_is_shorter_than_the_policy_names_does_not_count() {
        assert_eq!(judged(&[(5.0, 5.8, DiscontinuityKind::Freeze, 0.9)]).verdict, Verdict::Pass);
        assert_eq!(judged(&[(5.0, 6.0, DiscontinuityKind::Freeze, 0.9)]).verdict, Verdict::Fail);
        assert_eq!(judged(&[(5.0, 5.1, DiscontinuityKind::Gap, 0.95)]).verdict, Verdict::Pass);
    }

    #[test]
    fn without_pictures_it_is_not_assessed() {
        let outcome = crate::checks::testing::judge(&CHECK, |evidence| {
            evidence.timeline = Observation::Observed(Timeline::default());
            evidence.picture = Observation::Absent(AbsenceReason::NotDecodable.into());
        });
        assert_eq!(outcome.verdict, Verdict::NotAssessed);
    }
}
