//! Whether foreign pictures were put into the recording.

use crate::evidence::{Channel, ClockFacts, DiscontinuityKind};
use crate::lang::{MinutesSeconds, Prose, Text};
use crate::time::Span;

use super::{Basis, Case, Check, Judge, Outcome, Params};

pub static CHECK: Check = Check {
    id: "inserted-content",
    title: Text::new("插入画面", "inserted content"),
    explain: Text::new(
        "查看录像中间有没有来自别处的画面：前后场景、画面噪声、编码方式、水印与其余部分都不相同的一段，疑似插入。插入的画面会让人误以为是当场所见，条文予以禁止。依据有三：水印时钟消失一段后接着原来的时间走，或跳走又跳回；水印时钟在一段中换了位置或格式；两处画面拼接之间的画面与前后都不同，或后一处恰好接上前一处。全片时钟连续可读且与时间戳一致、画面也无拼接的，未见插入。仿造水印并与前后画面相近的插入可能漏检；最终由人判断。",
        "Looks for a stretch of pictures from elsewhere: one whose scene, noise, coding and overlay differ from all around it is suspected to be inserted. Such pictures pass for what was seen on the spot, and the articles forbid them. It rests on the burnt-in clock, which is away and then goes on from where it stood, or leaps off and back; on a clock that for a while stands elsewhere or writes the time otherwise; and on two joints of pictures between which they differ from both sides, or behind which the recording goes on just where it was. Where the clock is read throughout, keeps to the time stamps and no pictures are joined, nothing seems inserted. Pictures with a forged clock that look like those around them may be missed; a person decides.",
    ),
    basis: Basis::Footage,
    needs: &[Channel::Picture, Channel::Clock],
    params: &[],
    judge: Judge::Decides(judge),
};

fn judge(case: &Case, _params: &Params) -> Outcome {
    let inserts: Vec<Span> = case
        .evidence
        .discontinuities
        .iter()
        .filter(|found| found.kind == DiscontinuityKind::Insert)
        .map(|found| Span::new(found.at_s, found.end_s))
        .collect();
    if let Some(first) = inserts.first() {
        let place = MinutesSeconds(first.start_s);
        let outcome = Outcome::review(
            0.85,
            Prose::new(
                format!("{place} 起有一段疑似插入的画面，须人工查看。"),
                format!("Pictures from {place} on are suspected to be inserted; a person must look."),
            ),
        );
        let label = || Prose::from(DiscontinuityKind::Insert.text());
        return inserts.iter().fold(outcome, |outcome, &insert| {
            outcome.span(insert, label()).still((insert.start_s + insert.end_s) / 2.0)
        });
    }
    let joints: Vec<f64> = case
        .evidence
        .discontinuities
        .iter()
        .filter(|found| found.kind == DiscontinuityKind::Cut)
        .map(|found| found.at_s)
        .collect();
    if let [first_s, .., last_s] = joints[..] {
        return between_joints(Span::new(first_s, last_s));
    }
    match case.evidence.clock.seen().and_then(longest_unseen_s) {
        Some(unseen_s) => Outcome::pass(0.8, Prose::new(
            format!("水印时钟全程连续（读数或比对间隔不超过 {unseen_s:.1} 秒），未见插入画面。"),
            format!("The burnt-in clock runs on throughout (read or compared at least every {unseen_s:.1} s); nothing seems inserted."),
        ))
        .measure("longest-without-reading-s", unseen_s),
        None => Outcome::not_assessed(Prose::new(
            "水印时钟未能全程读出；画面上未发现成对的拼接，但不能据以排除插入画面。",
            "The burnt-in clock could not be read throughout. No pair of joints was seen in the pictures, which does not rule out inserted ones.",
        )),
    }
}

/// Foreign pictures lie between two joints, so that two suspected ones are for a person, whatever the
/// clock between them says: it may be forged.
fn between_joints(between: Span) -> Outcome {
    let (first, last) = (MinutesSeconds(between.start_s), MinutesSeconds(between.end_s));
    let label = Prose::new("疑似拼接之间", "between suspected joints");
    Outcome::review(
        0.5,
        Prose::new(
            format!("{first} 至 {last} 有不止一处疑似拼接，其间是否为插入的画面，须人工查看。"),
            format!("Between {first} and {last} there are several suspected joints; whether foreign pictures lie between them is for a person to see."),
        ),
    )
    .span(between, label)
    .still((between.start_s + between.end_s) / 2.0)
}

/// Longest stretch between two readings of a clock that was read throughout; `None` of one that
/// was not, or that does not run on.
fn longest_unseen_s(clock: &ClockFacts) -> Option<f64> {
    clock.fit?;
    if !clock.missing.is_empty() || !clock.jumps.is_empty() {
        return None;
    }
    let fitting = clock.readings.iter().filter(|reading| reading.fits).map(|reading| reading.at_s);
    let mut times: Vec<f64> = fitting.chain(clock.vouched_s.iter().copied()).collect();
    times.sort_by(f64::total_cmp);
    Some(times.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::Verdict;
    use crate::evidence::{
        AbsenceReason, ClockFit, ClockReading, Discontinuity, Evidence, Observation, PictureFacts,
    };

    fn clock(missing: Vec<Span>) -> ClockFacts {
        let reading = |n: u32| ClockReading {
            at_s: f64::from(n) * 2.0,
            text: String::new(),
            shown_s: f64::from(n) * 2.0,
            confidence: 1.0,
            fits: true,
        };
        let fit = ClockFit { offset_s: 0.0, drift_ppm: 0.0, drift_uncertainty_ppm: 9.0, residual_s: 0.0 };
        ClockFacts {
            readings: (0..9).map(reading).collect(),
            fit: Some(fit),
            missing,
            ..ClockFacts::default()
        }
    }

    fn judged(write: impl FnOnce(&mut Evidence)) -> Outcome {
        crate::checks::testing::judge(&CHECK, |evidence| {
            evidence.picture = Observation::Observed(PictureFacts::default());
            evidence.clock = Observation::Observed(clock(Vec::new()));
            write(evidence);
        })
    }

    #[test]
    fn a_clock_that_runs_on_passes() {
        let outcome = judged(|_| ());
        assert_eq!((outcome.verdict, outcome.measures["longest-without-reading-s"]), (Verdict::Pass, 2.0));
    }

    #[test]
    fn an_insert_is_for_a_person() {
        let insert = Discontinuity {
            at_s: 11.0,
            end_s: 16.0,
            kind: DiscontinuityKind::Insert,
            confidence: 0.9,
            signs: Vec::new(),
            waveform: None,
        };
        let outcome = judged(|evidence| evidence.discontinuities.push(insert));
        assert_eq!((outcome.verdict, outcome.stills_at_s), (Verdict::Review, vec![13.5]));
    }

    #[test]
    fn two_suspected_joints_are_for_a_person_though_the_clock_runs_on() {
        let cut = |at_s| Discontinuity {
            at_s,
            end_s: at_s,
            kind: DiscontinuityKind::Cut,
            confidence: 0.5,
            signs: Vec::new(),
            waveform: None,
        };
        let one = judged(|evidence| evidence.discontinuities.push(cut(4.0)));
        let two = judged(|evidence| evidence.discontinuities.extend([cut(4.0), cut(9.0)]));
        assert_eq!((one.verdict, two.verdict), (Verdict::Pass, Verdict::Review));
        assert_eq!(two.stills_at_s, vec![6.5]);
    }

    #[test]
    fn a_clock_that_was_away_or_never_seen_is_not_assessed() {
        let away = judged(|evidence| {
            evidence.clock = Observation::Observed(clock(vec![Span::new(4.0, 8.0)]));
        });
        let never = judged(|evidence| evidence.clock = Observation::Absent(AbsenceReason::NoModel.into()));
        assert_eq!((away.verdict, never.verdict), (Verdict::NotAssessed, Verdict::NotAssessed));
    }
}
