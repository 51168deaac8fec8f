use super::super::format;
use super::super::seen::Seen;
use super::mend::DAY_S;
use super::*;

#[test]
fn digits_that_are_unsure_are_hidden() {
    assert_eq!(masked("2025年03月14日 09:30:11", &[3, 7, 9]), "202?年03月1?日 0?:30:11");
    assert_eq!(masked("09:30:11", &[]), "09:30:11");
}

#[test]
fn a_misread_date_is_mended_and_a_leap_is_not() {
    let reading = |at_s: f64, shown_s: f64, confidence: f32| Reading {
        at_s,
        shown_s,
        resolution_s: 1.0,
        slack_s: 0.06,
        confidence,
        after_gap: false,
    };
    let six_s = 1_741_932_000.0;
    let readings = |at_s: f64, shown_s: f64| {
        let mut all = vec![
            reading(0.0, six_s, 0.9),
            reading(4.0, six_s + 4.0 + 31.0 * DAY_S, 0.6),
            reading(at_s, shown_s, 0.9),
        ];
        mend_dates(&mut all);
        assert_eq!(all[0].confidence < 0.8, at_s == 8.0, "a contested date is unsure");
        all.iter().map(|reading| reading.shown_s - six_s).collect::<Vec<_>>()
    };
    assert_eq!(readings(8.0, six_s + 8.0), [0.0, 4.0, 8.0]);
    assert_eq!(readings(8.0, six_s + 7_208.0), [0.0, 4.0, 7_208.0]);
    // Over midnight the date has to change: nothing is taken for granted.
    assert_eq!(readings(70_000.0, six_s + 70_000.0)[1], 4.0 + 31.0 * DAY_S);
}

#[test]
fn dates_that_roll_rightly_are_one_line_and_wrongly_a_leap_of_days() {
    // 40 s over midnight, as read from lines; `after` is the date that is shown from then on.
    let jumps = |before: &str, after: &str| {
        let kept: Vec<Kept> = (0..20)
            .map(|number| {
                let at_s = f64::from(number) * 2.0;
                let (date, second) = if at_s < 20.0 { (before, 40.0 + at_s) } else { (after, at_s - 20.0) };
                let hour = if at_s < 20.0 { "23:59" } else { "00:00" };
                let text = format!("{date} {hour}:{second:02}");
                let confidences = vec![0.99; text.len()];
                let seen = Seen { ways: format::parse(&text), text, confidences, ..Seen::nothing() };
                Kept { at_s, lines: Vec::new(), guessed: false, seen: Some(seen), vouched: None }
            })
            .collect();
        let account = Account::of(&kept, None);
        let jumps = account.explained.jumps(&account.readings);
        jumps.iter().map(|jump| (jump.by_s / DAY_S).round()).collect::<Vec<_>>()
    };
    for (before, after) in [
        ("2025-03-14", "2025-03-15"),
        ("2025-04-30", "2025-05-01"),
        ("2024-02-28", "2024-02-29"),
        ("2024-02-29", "2024-03-01"),
        ("2025-02-28", "2025-03-01"),
        ("2024-12-31", "2025-01-01"),
    ] {
        assert!(jumps(before, after).is_empty(), "{before} {after}");
    }
    assert_eq!(jumps("2025-03-14", "2025-03-14"), [-1.0], "a date that does not roll");
    assert_eq!(jumps("2025-04-30", "2025-05-02"), [1.0], "30 days taken for 31");
    assert_eq!(jumps("2024-02-28", "2024-03-01"), [1.0], "a leap day forgotten");
    assert_eq!(jumps("2024-12-31", "2024-01-01"), [-366.0], "the year forgotten");
}

#[test]
fn a_clock_without_a_date_runs_past_midnight() {
    let reading = |at_s: f64, shown_s: f64| Reading {
        at_s,
        shown_s,
        resolution_s: 1.0,
        slack_s: 0.06,
        confidence: 1.0,
        after_gap: false,
    };
    let mut readings = vec![reading(0.0, 86_398.0), reading(4.0, 2.0), reading(90_000.0, 3_598.0)];
    count_past_midnight(&mut readings);
    let shown: Vec<f64> = readings.iter().map(|reading| reading.shown_s).collect();
    assert_eq!(shown, [86_398.0, 86_402.0, 176_398.0]);
}

/// The lines of a clock that runs from 09:30:00 on, a picture every 2 s, in which the minute's second digit is read as
/// `minutes` say, with that confidence; what is found to have been shown, in seconds after its start.
fn with_minutes(minutes: &str, confidence: f32) -> Vec<Option<f64>> {
    let kept: Vec<Kept> = minutes
        .chars()
        .enumerate()
        .map(|(number, minute)| {
            let at_s = 2.0 * number as f64;
            let text = format!("2025-03-14 09:3{minute}:{:02}", 2 * number);
            let mut confidences = vec![0.99; text.len()];
            confidences[15] = confidence;
            let seen = Seen { ways: format::parse(&text), text, confidences, ..Seen::nothing() };
            Kept { at_s, lines: Vec::new(), guessed: false, seen: Some(seen), vouched: None }
        })
        .collect();
    let account = Account::of(&kept, None);
    let start_s = kept[0].seen.as_ref().unwrap().ways[0].shown_s;
    (0..kept.len())
        .map(|picture| {
            let reading = account.pictures.iter().position(|&other| other == picture)?;
            Some(account.readings[reading].shown_s - start_s)
        })
        .collect()
}

#[test]
fn a_minute_that_wavers_is_put_on_the_line_and_one_that_leaps_is_not() {
    let ticks: Vec<Option<f64>> = (0..12).map(|number| Some(2.0 * f64::from(number))).collect();
    for confidence in [0.9, 0.4] {
        assert_eq!(with_minutes("333833338838", confidence), ticks, "{confidence}");
    }
    assert_ne!(with_minutes("333833338838", 0.99), ticks, "read surely");
    let leapt = |minutes: &str| with_minutes(minutes, 0.9).iter().flatten().any(|shown_s| *shown_s >= 300.0);
    assert!(leapt("333333888888"), "a leap");
    assert!(leapt("333388883333"), "foreign pictures");
}

#[test]
fn what_was_mended_is_written_as_it_is_understood() {
    assert_eq!(with_digits("2025-03-14 Friday 08:30:11", &['2'; 14]), "2222-22-22 Friday 22:22:22");
    assert_eq!(with_digits("09:30:11 A7", &['2'; 6]), "09:30:11 A7");
}
