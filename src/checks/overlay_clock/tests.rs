use super::*;
use crate::checks::{Verdict, testing};
use crate::evidence::{Absence, AbsenceReason, ClockChange, ClockDifference, ClockJump, Observation};

/// A clock read every 2 s over 40 s, without a fault.
fn clock() -> ClockFacts {
    let reading = |n: u32| ClockReading {
        at_s: f64::from(n) * 2.0,
        text: format!("2025-03-14 09:30:{:02}", 11 + 2 * n),
        shown_s: 1_741_944_611.0 + f64::from(n) * 2.0,
        confidence: 0.99,
        fits: true,
    };
    let fit = ClockFit {
        offset_s: 1_741_944_611.36,
        drift_ppm: -1_200.0,
        drift_uncertainty_ppm: 7_500.0,
        residual_s: 0.0,
    };
    ClockFacts {
        format: Some("%Y-%m-%d %H:%M:%S".to_owned()),
        readings: (0..20).map(reading).collect(),
        fit: Some(fit),
        pictures: 20,
        ..ClockFacts::default()
    }
}

fn judged(clock: ClockFacts) -> Outcome {
    testing::judge(&CHECK, |evidence| {
        evidence.clip.duration_s = 40.0;
        evidence.clock = Observation::Observed(clock);
    })
}

fn with_fit(drift_ppm: f64, drift_uncertainty_ppm: f64) -> Verdict {
    let fit = ClockFit { offset_s: 0.0, drift_ppm, drift_uncertainty_ppm, residual_s: 0.0 };
    judged(ClockFacts { fit: Some(fit), ..clock() }).verdict
}

fn with_jump(by_s: f64, confidence: f32) -> Outcome {
    judged(ClockFacts {
        jumps: vec![ClockJump { at_s: 17.0, uncertainty_s: 1.0, by_s, confidence }],
        ..clock()
    })
}

#[test]
fn a_clock_that_runs_well_passes() {
    let outcome = judged(clock());
    assert_eq!(outcome.verdict, Verdict::Pass);
    assert!(outcome.summary.zh.contains("20 次读数"), "{}", outcome.summary.zh);
    assert_eq!(outcome.thresholds["drift_ppm"], 35.0);
}

#[test]
fn a_leap_fails_and_quotes_both_readings() {
    let outcome = with_jump(6.0, 0.95);
    assert_eq!(outcome.verdict, Verdict::Fail);
    for text in ["疑似", "09:30:27", "09:30:29", "多 6.0 秒"] {
        assert!(outcome.summary.zh.contains(text), "{}", outcome.summary.zh);
    }
    assert_eq!(outcome.stills_at_s, [16.0, 18.0]);
    assert!(with_jump(-6.0, 0.95).summary.zh.contains("少 6.0 秒"));
}

#[test]
fn a_reading_of_the_first_picture_behind_a_leap_is_behind_it() {
    let mut facts = clock();
    let behind = facts.readings[8].clone();
    let before = facts.readings[7].text.clone();
    facts.jumps = vec![ClockJump { at_s: behind.at_s, uncertainty_s: 0.0, by_s: 6.0, confidence: 0.95 }];
    let outcome = judged(facts);
    assert!(
        outcome.summary.zh.contains(&format!("由“{before}”到“{}”", behind.text)),
        "{}",
        outcome.summary.zh
    );
}

#[test]
fn a_date_that_rolls_wrongly_is_named() {
    let outcome = with_jump(86_400.0, 0.95);
    assert_eq!(outcome.verdict, Verdict::Fail);
    assert!(outcome.summary.zh.contains("+1 天，疑似日期进位有误"), "{}", outcome.summary.zh);
    assert!(!with_jump(86_000.0, 0.95).summary.zh.contains("日期"));
}

#[test]
fn another_clock_for_a_while_is_for_a_person() {
    let change = ClockChange {
        start_s: 10.0,
        end_s: 14.0,
        what: ClockDifference::Place,
        text: "2025-03-14 09:30:21".to_owned(),
    };
    let outcome = judged(ClockFacts { changes: vec![change], ..clock() });
    assert_eq!(outcome.verdict, Verdict::Review);
    assert!(outcome.summary.zh.contains("疑似水印时钟换了位置"), "{}", outcome.summary.zh);
}

#[test]
fn a_small_or_unsure_leap_is_for_a_person() {
    assert_eq!(with_jump(1.1, 0.95).verdict, Verdict::Review);
    assert_eq!(with_jump(6.0, 0.5).verdict, Verdict::Review);
}

#[test]
fn a_digit_that_nothing_rests_on_is_told_and_no_fault() {
    for (doubt, told) in [(ClockDoubt::Date, "日期未能可靠读出"), (ClockDoubt::Time, "时、分未能可靠读出")]
    {
        let outcome = judged(ClockFacts { unsure: Some(doubt), ..clock() });
        assert_eq!(outcome.verdict, Verdict::Pass);
        assert!(outcome.summary.zh.contains(told), "{}", outcome.summary.zh);
        let stopped = vec![Span::new(10.0, 20.0)];
        let faulty = judged(ClockFacts { unsure: Some(doubt), stopped, ..clock() });
        assert_eq!(faulty.verdict, Verdict::Fail, "what is sure of it still counts");
    }
}

#[test]
fn drift_counts_only_where_the_readings_rule_out_a_right_rate() {
    assert_eq!(with_fit(20_000.0, 28_000.0), Verdict::Pass);
    assert_eq!(with_fit(29_800.0, 7_200.0), Verdict::Fail);
    assert_eq!(with_fit(-29_800.0, 7_200.0), Verdict::Fail);
    assert_eq!(with_fit(600.0, 100.0), Verdict::Review);
    assert_eq!(with_fit(60.0, 30.0), Verdict::Pass);
}

#[test]
fn a_clock_that_runs_backward_is_called_that() {
    let fit = ClockFit { offset_s: 0.0, drift_ppm: -2e6, drift_uncertainty_ppm: 9_000.0, residual_s: 0.0 };
    let outcome = judged(ClockFacts { fit: Some(fit), ..clock() });
    assert_eq!(outcome.verdict, Verdict::Fail);
    assert!(outcome.summary.zh.contains("疑似倒走"), "{}", outcome.summary.zh);
}

#[test]
fn a_clock_that_stands_still_is_late_after_its_second() {
    let stopped =
        |end_s: f64| judged(ClockFacts { stopped: vec![Span::new(10.0, end_s)], ..clock() }).verdict;
    assert_eq!(stopped(12.0), Verdict::Review);
    assert_eq!(stopped(14.0), Verdict::Fail);
}

#[test]
fn a_clock_that_was_not_found_is_for_a_person() {
    let none = ClockFacts { pictures: 10, missing: vec![Span::new(0.0, 40.0)], ..ClockFacts::default() };
    assert_eq!(judged(none).verdict, Verdict::Review);
}

#[test]
fn a_clock_gone_for_long_is_for_a_person() {
    let gone = |end_s: f64| judged(ClockFacts { missing: vec![Span::new(10.0, end_s)], ..clock() }).verdict;
    assert_eq!((gone(14.0), gone(30.0)), (Verdict::Pass, Verdict::Review));
}

#[test]
fn a_last_reading_that_deviates_is_for_a_person_and_one_in_the_middle_is_not() {
    let misread = |index: usize| {
        let mut clock = clock();
        clock.readings[index].fits = false;
        judged(clock).verdict
    };
    assert_eq!((misread(7), misread(19)), (Verdict::Pass, Verdict::Review));
}

#[test]
fn readings_that_do_not_agree_are_for_a_person() {
    let mut clock = clock();
    clock.fit = None;
    assert_eq!(judged(clock).verdict, Verdict::Review);
}

#[test]
fn what_was_not_looked_at_is_not_assessed() {
    assert_eq!(judged(ClockFacts::default()).verdict, Verdict::NotAssessed);
    let absent = testing::judge(&CHECK, |evidence| {
        evidence.clock = Observation::Absent(Absence::from(AbsenceReason::NoModel));
    });
    assert_eq!(absent.verdict, Verdict::NotAssessed);
}
