//! What is said, heard with the demonstration model on the samples.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;

use common::{check, sample, verdicts};

#[test]
fn the_whole_announcement_is_heard_and_a_missing_one_is_not_passed() {
    let judged = |name: &str| {
        let (_, report) = check(&sample(name), &["--accept-demo-model"]);
        verdicts(&report, "announcement").first().map(|verdict| verdict.to_string()).unwrap()
    };
    assert_eq!(judged("compliant.mp4"), "pass");
    for name in ["no-announcement.mp4", "partial-announcement.mp4"] {
        let verdict = judged(name);
        assert!(verdict == "fail" || verdict == "review", "{name}: {verdict}");
    }
    assert_eq!(judged("silent.mp4"), "not-assessed");
}

#[test]
fn the_demonstration_model_carries_no_verdict_by_itself() {
    let (_, report) = check(&sample("compliant.mp4"), &[]);
    assert_eq!(verdicts(&report, "announcement"), ["review"]);
    let limits = report["limits"].to_string();
    assert!(limits.contains("演示模型"), "{limits}");
    assert!(report["models"].as_array().unwrap().iter().any(|model| model["role"] == "speech"));
}

#[test]
fn speech_that_was_not_listened_to_is_not_assessed() {
    let (_, report) = check(&sample("compliant.mp4"), &["--speech", "off"]);
    assert_eq!(verdicts(&report, "announcement"), ["not-assessed"]);
}
