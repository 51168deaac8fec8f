use std::collections::BTreeMap;

use super::super::said::written::*;
use super::super::{Value, Verdict};
use super::*;
use crate::checks::testing::join as joined;

const CHAT: &str = "老板最近生意怎么样还可以周末的客人比较多门口的灯箱是什么时候换的";
const REASON: &str = "因电量不足录制中断现恢复录音录像";

fn hole(seconds_s: f64) -> Between {
    Between { seconds_s, uncertainty_s: 0.14, source: Source::Clock, steady: true }
}

/// The strictest article: it lists grounds and wants them spoken.
fn strict() -> BTreeMap<&'static str, Value> {
    let grounds = [("电量不足", &["因电量不足", "电池没有电了"][..]), ("设备故障", &["由于设备故障"][..])];
    let mut set = parts("grounds", &grounds);
    set.insert("spoken_reason", Value::Flag(true));
    set
}

fn judged_by(clip: Clip, join: Join, set: BTreeMap<&'static str, Value>) -> Outcome {
    let place = Place { given: 2, timed: true, before: Some(join), after: None };
    let params = Params::resolve(CHECK.params, set).unwrap();
    CHECK.judge(&Case { place: &place, ..Case::alone(clip.evidence()) }, &params)
}

fn judged(clip: Clip, join: Join) -> Outcome {
    judged_by(clip, join, strict())
}

fn without_before(place: Place) -> Outcome {
    let clip = clip(60.0);
    let params = Params::resolve(CHECK.params, BTreeMap::new()).unwrap();
    CHECK.judge(&Case { place: &place, ..Case::alone(clip.evidence()) }, &params)
}

#[test]
fn not_applicable_alone_first_and_among_strangers() {
    assert_eq!(without_before(Place::ALONE).verdict, Verdict::NotApplicable);
    let first = Place { given: 2, timed: true, before: None, after: Some("J1_0002.MP4".to_owned()) };
    let outcome = without_before(first);
    assert_eq!(outcome.verdict, Verdict::NotApplicable);
    assert!(outcome.summary.zh.contains("J1_0002.MP4"), "{}", outcome.summary.zh);
    let stranger = Place { given: 3, timed: true, before: None, after: None };
    assert_eq!(without_before(stranger).verdict, Verdict::NotApplicable);
}

#[test]
fn not_applicable_to_another_visit() {
    assert_eq!(judged(clip(60.0).says(3.0, CHAT), joined(hole(4_000.0))).verdict, Verdict::NotApplicable);
}

#[test]
fn not_assessed_where_no_record_tells() {
    let timeless = Place { given: 2, timed: false, before: None, after: None };
    assert_eq!(without_before(timeless).verdict, Verdict::NotAssessed);
    let unread = Join { between: None, before_damaged: true, ..joined(hole(0.0)) };
    assert_eq!(judged(clip(60.0), unread).verdict, Verdict::NotAssessed);
    let coarse = Between { uncertainty_s: 40.0, source: Source::Container, ..hole(0.0) };
    assert_eq!(judged(clip(60.0), joined(coarse)).verdict, Verdict::NotAssessed);
}

#[test]
fn pass_when_segments_join_as_finely_as_the_clock_tells() {
    let outcome = judged(clip(60.0), joined(hole(0.03)));
    assert_eq!((outcome.verdict, outcome.confidence), (Verdict::Pass, CLOCK_CONFIDENCE));
    assert!(outcome.summary.zh.contains("0.14 秒"), "{}", outcome.summary.zh);
    let by_name = Between { uncertainty_s: 1.0, source: Source::FileName, ..hole(0.0) };
    assert_eq!(judged(clip(60.0), joined(by_name)).confidence, NAME_CONFIDENCE);
}

#[test]
fn pass_when_segments_overlap_by_pre_recording_and_review_beyond() {
    let overlapping = judged(clip(60.0), joined(hole(-12.0)));
    assert_eq!((overlapping.verdict, overlapping.measures["overlap_s"]), (Verdict::Pass, 12.0));
    assert_eq!(judged(clip(60.0), joined(hole(-45.0))).verdict, Verdict::Review);
    assert_eq!(judged(clip(12.0), joined(hole(-12.0))).verdict, Verdict::Review, "a copy of the clip before");
}

#[test]
fn pass_when_a_listed_reason_is_spoken() {
    let outcome = judged(clip(60.0).says(1.0, REASON), joined(hole(20.0)));
    assert_eq!((outcome.verdict, outcome.measures["hole_s"]), (Verdict::Pass, 20.0));
    assert!(outcome.summary.zh.contains("电量不足") && outcome.summary.zh.contains("J1_0001.MP4"));
}

#[test]
fn fail_when_the_reason_must_be_spoken_and_was_not() {
    assert_eq!(judged(clip(60.0).says(1.0, CHAT), joined(hole(20.0))).verdict, Verdict::Fail);
    assert_eq!(judged(clip(60.0), joined(hole(20.0))).verdict, Verdict::Fail, "nobody spoke");
}

#[test]
fn review_when_anything_about_the_hole_is_open() {
    let silent = || clip(60.0).says(1.0, CHAT);
    for (what, join) in [
        ("names only", joined(Between { source: Source::FileName, uncertainty_s: 1.0, ..hole(20.0) })),
        ("a leap", joined(Between { steady: false, ..hole(20.0) })),
        ("unknown device", Join { same_device: false, ..joined(hole(20.0)) }),
        ("contradiction", Join { records_disagree: true, ..joined(hole(20.0)) }),
        ("missing clip", Join { missing_numbers: Some((2, 3)), ..joined(hole(20.0)) }),
        ("cut short", Join { before_damaged: true, ..joined(hole(20.0)) }),
        ("perhaps elsewhere", joined(hole(900.0))),
    ] {
        assert_eq!(judged(silent(), join).verdict, Verdict::Review, "{what}");
    }
    let mut same_place = strict();
    same_place.insert("same_place", Value::Flag(true));
    assert_eq!(judged_by(silent(), joined(hole(20.0)), same_place).verdict, Verdict::Review);
    let mut written = strict();
    written.remove("spoken_reason");
    assert_eq!(judged_by(silent(), joined(hole(20.0)), written).verdict, Verdict::Review);
    assert_eq!(
        judged_by(silent(), joined(hole(20.0)), BTreeMap::new()).verdict,
        Verdict::Review,
        "no grounds"
    );
}

#[test]
fn review_when_the_words_are_open() {
    let other = clip(60.0).says(1.0, "因领导来电话录制中断现恢复录音录像我们接着检查后面的仓库");
    let outcome = judged(other, joined(hole(20.0)));
    assert_eq!(outcome.verdict, Verdict::Review, "{}", outcome.summary.zh);
    assert!(outcome.summary.zh.contains("恢复录制的说法"), "{}", outcome.summary.zh);
    assert_eq!(judged(clip(60.0).mumbles(1.0, CHAT), joined(hole(20.0))).verdict, Verdict::Review);
    assert_eq!(judged(clip(60.0).without_model(), joined(hole(20.0))).verdict, Verdict::Review);
    let deaf = clip(60.0).listened_only(0.0, 1.0).says(5.0, CHAT);
    assert_eq!(judged(deaf, joined(hole(20.0))).verdict, Verdict::Review);
    assert_eq!(
        judged(clip(60.0).says(1.0, REASON).demonstration(), joined(hole(20.0))).verdict,
        Verdict::Review
    );
}

/// The band between: what the clock leaves open is no hole.
#[test]
fn a_hole_counts_from_what_the_clock_can_prove() {
    assert_eq!(judged(clip(60.0).says(1.0, CHAT), joined(hole(0.17))).verdict, Verdict::Pass);
    assert_eq!(judged(clip(60.0).says(1.0, CHAT), joined(hole(0.19))).verdict, Verdict::Review);
    assert_eq!(judged(clip(60.0).says(1.0, CHAT), joined(hole(1.2))).verdict, Verdict::Fail);
}

#[test]
fn missing_numbers_are_counted() {
    let outcome = judged(clip(60.0), Join { missing_numbers: Some((2, 3)), ..joined(hole(0.0)) });
    assert_eq!((outcome.verdict, outcome.measures["missing_numbers"]), (Verdict::Review, 2.0));
    assert!(outcome.summary.zh.contains("2–3"));
}

#[test]
fn a_reason_in_the_records_will_do_where_it_need_not_be_spoken() {
    use crate::checks::testing::records::{CLIP, evidence, naming, read};
    use crate::evidence::{Observation, Timeline};
    use crate::records::{Calendar, Matcher, Subject};

    let mut evidence = evidence(CLIP);
    evidence.timeline = Observation::Observed(Timeline::default());
    let place = Place { given: 2, timed: true, before: Some(joined(hole(90.0))), after: None };
    let judged = |spoken: bool, resumed: &str, reason: &str| {
        let records = read(serde_json::json!({
            "clips": [{"file": CLIP, "device": "J1"}],
            "interruptions": [{"device": "J1", "resumed": resumed, "reason": reason}],
        }));
        let calendar = Calendar::official();
        let matcher =
            Matcher::new(&records, &calendar, vec![Subject::of(&evidence, &naming())], &naming().zone);
        let extract = matcher.extract(0);
        let mut set = strict();
        set.insert("spoken_reason", Value::Flag(spoken));
        let params = Params::resolve(CHECK.params, set).unwrap();
        let case = Case { place: &place, records: extract.as_ref(), ..Case::alone(&evidence) };
        CHECK.judge(&case, &params).verdict
    };
    // The clip begins at 09:30:00.
    assert_eq!(judged(false, "2025-03-14 09:30", "电量不足"), Verdict::Pass);
    assert_eq!(judged(false, "2025-03-14 09:30", "吃饭"), Verdict::Review);
    assert_eq!(judged(false, "2025-03-14 09:40", "电量不足"), Verdict::Review);
    assert_eq!(judged(true, "2025-03-14 09:30", "电量不足"), Verdict::Review);
}
