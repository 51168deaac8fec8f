use super::*;

/// At 25 pictures a second.
const SLACK_S: f64 = 0.06;

/// Readings of `clock` at each of `times`.
fn read(times: impl Iterator<Item = f64>, clock: impl Fn(f64) -> f64) -> Vec<Reading> {
    times
        .map(|at_s| Reading {
            at_s,
            shown_s: clock(at_s).floor(),
            resolution_s: 1.0,
            slack_s: SLACK_S,
            confidence: 0.99,
            after_gap: false,
        })
        .collect()
}

fn every_2_s(count: u32) -> impl Iterator<Item = f64> {
    (0..count).map(|n| f64::from(n) * 2.0)
}

#[test]
fn a_good_clock_is_one_line() {
    let readings = read(every_2_s(150), |t| 34_211.36 + t);
    let explained = explain(&mut readings.clone());
    assert_eq!(explained.runs.len(), 1);
    assert_eq!((explained.jumps(&readings), explained.stopped.clone()), (vec![], vec![]));
    let fit = explained.fit(&readings).unwrap();
    assert!(
        fit.drift_ppm.abs() <= fit.drift_uncertainty_ppm && fit.drift_uncertainty_ppm < 5_000.0,
        "{fit:?}"
    );
    assert!((fit.offset_s - 34_211.36).abs() < 0.7 && fit.residual_s <= SLACK_S, "{fit:?}");
}

#[test]
fn a_misread_digit_is_no_leap() {
    let mut readings = read(every_2_s(20), |t| 100.36 + t);
    readings[7].shown_s += 50.0;
    readings[8].shown_s += 50.0;
    readings[15].shown_s -= 3.0;
    let explained = explain(&mut readings.clone());
    assert_eq!(explained.runs.len(), 1);
    for index in [7, 8, 15] {
        assert_eq!(explained.standings[index], Standing::Misread);
    }
}

#[test]
fn a_second_misread_in_many_pictures_is_one_misreading() {
    let mut readings = read(every_2_s(10).chain((450..470).map(|n| f64::from(n) * 0.04)), |t| 100.5 + t);
    readings[10..20].iter_mut().for_each(|reading| reading.shown_s -= 9.0);
    let explained = explain(&mut readings.clone());
    assert_eq!((explained.runs.len(), explained.standings[12]), (1, Standing::Misread));
}

#[test]
fn a_tenth_misread_in_all_key_frames_is_one_misreading() {
    // Key frames at whole seconds all show the same tenth; behind them every picture is read, and rightly.
    let hundredths = |at_s: f64| ((100.32 + at_s) * 100.0).round() / 100.0;
    let read = |at_s: f64, shown_s: f64| Reading {
        at_s,
        shown_s,
        resolution_s: 0.01,
        slack_s: SLACK_S,
        confidence: 0.9,
        after_gap: false,
    };
    let mut readings: Vec<Reading> =
        (0..4).map(|n| f64::from(n) * 3.0).map(|at_s| read(at_s, hundredths(at_s) + 0.5)).collect();
    let behind = (0..25).map(|n| 9.2 + f64::from(n) * 0.04);
    readings.extend(behind.map(|at_s| read(at_s, hundredths(at_s))));
    let explained = explain(&mut readings);
    assert_eq!((explained.runs.len(), explained.standings[0]), (1, Standing::Misread));
    // Had the clock leapt, other tenths would have shown it as well.
    readings.insert(1, read(0.6, hundredths(0.6) + 0.5));
    let jumps = explain(&mut readings).jumps(&readings);
    assert_eq!(jumps.len(), 1);
    assert!((jumps[0].by_s + 0.5).abs() < 0.05, "{jumps:?}");
}

#[test]
fn a_leap_is_found_between_its_readings() {
    let readings = read(every_2_s(20), |t| 100.36 + t + if t > 17.0 { 7.0 } else { 0.0 });
    let explained = explain(&mut readings.clone());
    let jumps = explained.jumps(&readings);
    assert_eq!(jumps.len(), 1);
    assert_eq!((jumps[0].at_s, jumps[0].uncertainty_s), (17.0, 1.0));
    assert!((jumps[0].by_s - 7.0).abs() < 0.8 && jumps[0].confidence > 0.9, "{:?}", jumps[0]);
}

#[test]
fn a_leap_back_and_one_just_before_the_end() {
    let readings = read(every_2_s(20), |t| 100.36 + t - if t > 35.0 { 30.0 } else { 0.0 });
    let jumps = explain(&mut readings.clone()).jumps(&readings);
    assert_eq!(jumps.len(), 1);
    assert!((jumps[0].by_s + 30.0).abs() < 1.1 && jumps[0].confidence > 0.7, "{:?}", jumps[0]);
}

#[test]
fn one_deviating_reading_at_the_end_stays_undecided() {
    let readings = read(every_2_s(20), |t| 100.36 + t + if t > 37.0 { 30.0 } else { 0.0 });
    let explained = explain(&mut readings.clone());
    assert_eq!((explained.runs.len(), explained.standings[19]), (1, Standing::Misread));
}

#[test]
fn a_clock_that_stands_still_and_catches_up() {
    let clock = |t: f64| if (10.0..14.0).contains(&t) { 110.36 } else { 100.36 + t };
    let readings = read((0..80).map(|n| f64::from(n) * 0.5), clock);
    let explained = explain(&mut readings.clone());
    assert_eq!(explained.stopped, vec![Span::new(10.0, 13.5)]);
    assert_eq!(explained.standings[20], Standing::Stopped);
    assert_eq!((explained.runs.len(), explained.jumps(&readings).len()), (1, 0));
}

#[test]
fn a_clock_that_was_out_of_sight_did_not_stand_still() {
    let mut readings = read((0..10).map(f64::from).chain((15..25).map(f64::from)), |t| {
        100.36 + t - if t > 10.0 { 6.0 } else { 0.0 }
    });
    readings[10].after_gap = true;
    let explained = explain(&mut readings.clone());
    assert_eq!((explained.stopped.clone(), explained.jumps(&readings).len()), (vec![], 1));
    readings[10].after_gap = false;
    assert_eq!(explain(&mut readings.clone()).stopped, [Span::new(9.0, 15.0)]);
}

#[test]
fn a_picture_that_could_not_be_read_does_not_end_a_stop() {
    let clock = |t: f64| if (10.0..14.0).contains(&t) { 110.36 } else { 100.36 + t };
    let mut readings = read((0..80).map(|n| f64::from(n) * 0.5), clock);
    readings[22].after_gap = true;
    assert_eq!(explain(&mut readings).stopped, [Span::new(10.0, 13.5)]);
}

/// Key frames, and every picture of a second and a fifth at the start, the middle and the end.
fn with_three_windows() -> impl Iterator<Item = f64> {
    let window = |from_s: f64| (0..30).map(move |n| from_s + f64::from(n) * 0.04);
    let keys = |from: u32, to: u32| (from..to).map(|n| f64::from(n) * 2.0);
    window(0.0).chain(keys(1, 9)).chain(window(18.0)).chain(keys(10, 19)).chain(window(38.0))
}

#[test]
fn drift_is_no_leap() {
    let readings = read(with_three_windows(), |t| 100.36 + 1.03 * t);
    let explained = explain(&mut readings.clone());
    let fit = explained.fit(&readings).unwrap();
    assert_eq!(explained.runs.len(), 1);
    assert!((fit.drift_ppm - 30_000.0).abs() < fit.drift_uncertainty_ppm, "{fit:?}");
    assert!(fit.drift_uncertainty_ppm < 12_000.0, "{fit:?}");
}

#[test]
fn turns_that_come_late_now_and_then_do_not_hide_the_rate() {
    // Five minutes at 25 pictures a second, 200 ppm fast, every third second drawn two pictures late.
    let windows = [0.0, 150.0, 297.6];
    let times = windows.into_iter().flat_map(|from_s| (0..60).map(move |n| from_s + f64::from(n) * 0.04));
    let readings = read(times, |t| {
        let clock_s = 100.36 + 1.0002 * t;
        let late = clock_s.floor() as i64 % 3 == 0 && clock_s.fract() < 0.08;
        if late { clock_s.floor() - 0.5 } else { clock_s }
    });
    let fit = explain(&mut readings.clone()).fit(&readings).unwrap();
    assert!((fit.drift_ppm - 200.0).abs() < fit.drift_uncertainty_ppm, "{fit:?}");
    assert!((fit.drift_ppm - 200.0).abs() < 150.0 && fit.drift_uncertainty_ppm < 1_000.0, "{fit:?}");
}

#[test]
fn a_leap_of_a_third_of_a_second_is_none_of_late_turns_nor_a_wrong_rate() {
    // Two turns of the second at either end and in the middle: one alone could be misread.
    let times =
        [0.0, 18.0, 37.8].into_iter().flat_map(|from_s| (0..55).map(move |n| from_s + f64::from(n) * 0.04));
    let mut readings = read(times, |t| 100.36 + t + if t > 25.0 { 0.34 } else { 0.0 });
    let explained = explain(&mut readings);
    let jumps = explained.jumps(&readings);
    assert_eq!(jumps.len(), 1, "{:?}", explained.fit(&readings));
    assert!((jumps[0].by_s - 0.34).abs() < 0.1, "{:?}", jumps[0]);
}

#[test]
fn a_leap_of_a_second_is_no_drift() {
    let readings = read(with_three_windows(), |t| 100.36 + t + if t > 11.0 { 1.2 } else { 0.0 });
    let jumps = explain(&mut readings.clone()).jumps(&readings);
    assert_eq!((jumps.len(), jumps[0].at_s), (1, 11.0));
    assert!((jumps[0].by_s - 1.2).abs() < 0.2, "{:?}", jumps[0]);
}

#[test]
fn a_displayed_second_of_doubt_is_no_leap() {
    // The clock turns just when key frames are presented, now a little before, now after.
    let readings = read(every_2_s(20), |t| 100.0 + t + if t > 11.0 { 0.05 } else { -0.05 });
    let explained = explain(&mut readings.clone());
    assert_eq!((explained.runs.len(), explained.jumps(&readings).len()), (1, 0));
}

#[test]
fn few_readings_promise_nothing() {
    let nothing = explain(&mut []);
    assert!(nothing.runs.is_empty() && nothing.standings.is_empty() && nothing.stopped.is_empty());
    let readings = read(every_2_s(1), |t| 100.0 + t);
    let explained = explain(&mut readings.clone());
    assert_eq!((explained.fit(&readings), explained.standings), (None, vec![Standing::Misread]));
}

proptest::proptest! {
    #[test]
    fn any_readings_are_explained(values in proptest::collection::vec((0.0..100.0_f64, -50.0..50.0_f64), 0..40)) {
        let mut at_s = 0.0;
        let readings: Vec<Reading> = values
            .iter()
            .map(|&(step_s, shown_s)| {
                at_s += step_s;
                Reading { at_s, shown_s: shown_s.floor(), resolution_s: 1.0, slack_s: SLACK_S, confidence: 0.5, after_gap: false }
            })
            .collect();
        let explained = explain(&mut readings.clone());
        proptest::prop_assert_eq!(explained.standings.len(), readings.len());
        for jump in explained.jumps(&readings) {
            proptest::prop_assert!(jump.by_s.is_finite() && jump.at_s.is_finite());
        }
    }
}
