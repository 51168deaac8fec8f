use serde_json::json;

use super::super::Value;
use super::super::testing::records::*;
use super::*;

type Set = Vec<(&'static str, Value)>;

fn from_return() -> Set {
    Vec::new()
}

fn from_recording() -> Set {
    vec![("counted_from", Value::Text("recording-end".to_owned()))]
}

fn same_day_set() -> Set {
    vec![("same_day", Value::Flag(true))]
}

fn special() -> Set {
    vec![("working_days_special", Value::Number(3.0))]
}

fn exceptions(more: Set) -> Set {
    let listed = ["偏远", "异地执法", "连续执法"].map(str::to_owned).to_vec();
    [more, vec![("exceptions", Value::Texts(listed))]].concat()
}

/// Back at, deposited at, special circumstances.
fn at(params: &Set, back: &str, deposited: &str, reason: &str) -> Outcome {
    let sheets = json!({"events": [event_row(json!({"back": back}))], "clips": [clip_row(json!({"deposited": deposited, "special": reason}))]});
    judged(&CHECK, params, sheets)
}

#[test]
fn twenty_four_hours_run_by_the_clock_to_the_second() {
    // Over a weekend, over midnight: hours are hours.
    for (deposited, verdict) in [
        ("2025-03-15 11:00:00", Verdict::Pass),
        ("2025-03-15 11:00:01", Verdict::Fail),
        ("2025-03-14 23:59:59", Verdict::Pass),
        ("2025-03-17 09:00:00", Verdict::Fail),
    ] {
        let outcome = at(&from_return(), "2025-03-14 11:00", deposited, "");
        assert_eq!(outcome.verdict, verdict, "{deposited}: {outcome:?}");
    }
}

#[test]
fn counted_from_the_recordings_end() {
    // The clip itself ends at 10:10:00.
    for (deposited, verdict) in
        [("2025-03-15 10:10:00", Verdict::Pass), ("2025-03-15 10:10:01", Verdict::Fail)]
    {
        assert_eq!(at(&from_recording(), "2025-03-14 18:00", deposited, "").verdict, verdict, "{deposited}");
    }
}

#[test]
fn the_same_day_ends_at_midnight_and_exceptions_have_their_hours() {
    for (deposited, reason, verdict) in [
        ("2025-03-14 23:59:59", "", Verdict::Pass),
        ("2025-03-15 00:00:00", "", Verdict::Fail),
        ("2025-03-15 00:00:00", "无", Verdict::Fail),
        ("2025-03-15 00:00:00", "偏远地区执法", Verdict::Pass),
        ("2025-03-15 20:00:00", "偏远地区执法", Verdict::Pass),
        ("2025-03-15 20:00:01", "偏远地区执法", Verdict::Fail),
    ] {
        let outcome = at(&same_day_set(), "2025-03-14 20:00", deposited, reason);
        assert_eq!(outcome.verdict, verdict, "{deposited} {reason}: {outcome:?}");
    }
}

/// The hours are for what the article lists, not for any reason.
#[test]
fn special_circumstances_are_the_articles_own() {
    for (deposited, reason, same_day, after_each) in [
        ("2025-03-14 23:59:59", "", Verdict::Pass, Verdict::Pass),
        ("2025-03-15 00:00:00", "", Verdict::Fail, Verdict::Review),
        ("2025-03-15 20:00:00", "偏远地区执法", Verdict::Pass, Verdict::Pass),
        ("2025-03-15 20:00:01", "偏远地区执法", Verdict::Fail, Verdict::Fail),
        ("2025-03-15 20:00:00", "下班晚了", Verdict::Review, Verdict::Review),
        ("2025-03-15 20:00:01", "下班晚了", Verdict::Fail, Verdict::Fail),
        ("2025-03-15 20:00:00", "不偏远", Verdict::Review, Verdict::Review),
        ("2025-03-15 20:00:01", "", Verdict::Fail, Verdict::Fail),
    ] {
        for (params, verdict) in
            [(exceptions(same_day_set()), same_day), (exceptions(Vec::new()), after_each)]
        {
            let outcome = at(&params, "2025-03-14 20:00", deposited, reason);
            assert_eq!(outcome.verdict, verdict, "{deposited} {reason}: {outcome:?}");
        }
    }
}

#[test]
fn hours_run_over_month_ends_leap_days_and_new_year() {
    for (day, back, deposited, verdict) in [
        ("20240228", "2024-02-28 11:00:00", "2024-02-29 11:00:00", Verdict::Pass),
        ("20240228", "2024-02-28 11:00:00", "2024-02-29 11:00:01", Verdict::Fail),
        ("20240229", "2024-02-29 11:00:00", "2024-03-01 11:00:00", Verdict::Pass),
        ("20240229", "2024-02-29 11:00:00", "2024-03-01 11:00:01", Verdict::Fail),
        ("20250228", "2025-02-28 23:59:59", "2025-03-01 23:59:59", Verdict::Pass),
        ("20250430", "2025-04-30 11:00:00", "2025-05-01 11:00:00", Verdict::Pass),
        ("20250430", "2025-04-30 11:00:00", "2025-05-01 11:00:01", Verdict::Fail),
        ("20241231", "2024-12-31 11:00:00", "2025-01-01 11:00:00", Verdict::Pass),
        ("20241231", "2024-12-31 11:00:00", "2025-01-01 11:00:01", Verdict::Fail),
    ] {
        let name = format!("J1_000001_{day}093000_0001.mp4");
        let sheets = json!({
            "events": [{"number": "E1", "back": back}],
            "clips": [{"file": name, "event": "E1", "deposited": deposited}],
        });
        let outcome = judged_clip(&CHECK, &from_return(), &name, sheets);
        assert_eq!(outcome.verdict, verdict, "{back} {deposited}: {outcome:?}");
    }
}

#[test]
fn what_is_not_due_yet_is_told_so() {
    // Back at 11:00 on March 14: the time is over at 11:00 on March 15.
    for (as_of, verdict) in [
        ("2025-03-14", Verdict::NotApplicable),
        ("2025-03-15", Verdict::NotAssessed),
        ("", Verdict::NotAssessed),
    ] {
        let sheets = json!({
            "book": [{"unit": "某局", "as_of": as_of}],
            "events": [event_row(json!({"back": "2025-03-14 11:00"}))],
            "clips": [clip_row(json!({"deposited": ""}))],
        });
        let outcome = judged(&CHECK, &[], sheets);
        assert_eq!(outcome.verdict, verdict, "{as_of}: {outcome:?}");
    }
}

/// A case from before the Spring Festival of 2025: Friday January 24; Sunday 26 and Monday 27 are
/// working days, the third is Wednesday February 5.
#[test]
fn three_working_days_run_over_the_spring_festival_and_make_up_days() {
    let name = "J1_000001_20250124093000_0001.mp4";
    let day = |deposited: &str, reason: &str| {
        let sheets = json!({
            "events": [{"number": "E1", "arrival": "2025-01-24 09:30", "departure": "2025-01-24 10:10", "back": "2025-01-24 11:00"}],
            "clips": [{"file": name, "event": "E1", "deposited": deposited, "special": reason}],
        });
        judged_clip(&CHECK, &special(), name, sheets)
    };
    for (deposited, reason, verdict) in [
        ("2025-01-25 11:00:00", "", Verdict::Pass),
        ("2025-01-25 11:00:01", "", Verdict::Fail),
        ("2025-01-25 11:00:01", "设备送修", Verdict::Pass),
        ("2025-02-05 23:59:59", "设备送修", Verdict::Pass),
        ("2025-02-06 00:00:00", "设备送修", Verdict::Fail),
        ("2025-02-05 12:00:00", "", Verdict::Fail),
    ] {
        let outcome = day(deposited, reason);
        assert_eq!(outcome.verdict, verdict, "{deposited} {reason}: {outcome:?}");
    }
}

#[test]
fn a_make_up_saturday_counts() {
    // Thursday 2025-02-06: Friday, Saturday 8 (make-up), Monday 10.
    let name = "J1_000001_20250206093000_0001.mp4";
    for (deposited, verdict) in
        [("2025-02-10 23:59:59", Verdict::Pass), ("2025-02-11 00:00:00", Verdict::Fail)]
    {
        let sheets = json!({
            "events": [{"number": "E1", "arrival": "2025-02-06 09:30", "departure": "2025-02-06 10:10", "back": "2025-02-06 11:00"}],
            "clips": [{"file": name, "event": "E1", "deposited": deposited, "special": "网络故障"}],
        });
        assert_eq!(judged_clip(&CHECK, &special(), name, sheets).verdict, verdict, "{deposited}");
    }
}

#[test]
fn beyond_the_known_calendar_it_says_so() {
    let name = "J1_000001_20261230093000_0001.mp4";
    let sheets = json!({
        "events": [{"number": "E1", "arrival": "2026-12-30 09:30", "departure": "2026-12-30 10:10", "back": "2026-12-30 11:00"}],
        "clips": [{"file": name, "event": "E1", "deposited": "2027-01-04 09:00", "special": "网络故障"}],
    });
    let outcome = judged_clip(&CHECK, &special(), name, sheets);
    assert_eq!(outcome.verdict, Verdict::NotAssessed);
    assert!(outcome.summary.zh.contains("2027"), "{}", outcome.summary.zh);
}

#[test]
fn a_missing_return_is_named_unless_it_does_not_matter() {
    let sheets = |deposited: &str| json!({"events": [{"number": "E1", "arrival": "2025-03-14 09:30", "departure": "2025-03-14 10:10"}], "clips": [clip_row(json!({"deposited": deposited}))]});
    assert_eq!(judged(&CHECK, &[], sheets("2025-03-15 10:10:00")).verdict, Verdict::Pass);
    let outcome = judged(&CHECK, &[], sheets("2025-03-15 10:10:01"));
    assert_eq!(outcome.verdict, Verdict::NotAssessed);
    assert!(outcome.summary.zh.contains("返回单位时间"), "{}", outcome.summary.zh);
    let outcome = judged(&CHECK, &[], json!({"clips": [clip_row(json!({}))]}));
    assert!(outcome.summary.zh.contains("存入时间"), "{}", outcome.summary.zh);
}

#[test]
fn a_deposit_before_the_recordings_end_goes_to_a_person() {
    assert_eq!(at(&from_return(), "2025-03-14 11:00", "2025-03-14 09:00", "").verdict, Verdict::Review);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]

    /// Whatever day and hour it starts on, a term ends at one second and no other.
    #[test]
    fn a_term_ends_at_its_last_second(day in 0..3_100i64, minute in 0..1_440i64) {
        let back = jiff::civil::date(2018, 1, 1).at(0, 0, 0, 0)
            + jiff::SignedDuration::from_mins(day * 1_440 + minute);
        let judged_at = |deposited: DateTime, params: &Set, reason: &str| {
            let sheets = json!({
                "events": [{"number": "E1", "back": back.to_string()}],
                "clips": [{"file": "visit.mp4", "event": "E1", "deposited": deposited.to_string(), "special": reason}],
            });
            judged_clip(&CHECK, params, "visit.mp4", sheets).verdict
        };
        let second = jiff::SignedDuration::from_secs(1);
        let hours = back + jiff::SignedDuration::from_hours(24);
        proptest::prop_assert_eq!(judged_at(hours, &from_return(), ""), Verdict::Pass);
        proptest::prop_assert_eq!(judged_at(hours + second, &from_return(), ""), Verdict::Fail);
        let last = crate::records::Calendar::official().after(back.date(), 3).unwrap();
        let over = over(last).unwrap();
        proptest::prop_assert_eq!(judged_at(over - second, &special(), "网络故障"), Verdict::Pass);
        // Three working days are never over before the hours are.
        proptest::prop_assert_eq!(judged_at(over.max(hours + second), &special(), "网络故障"), Verdict::Fail);
    }
}
