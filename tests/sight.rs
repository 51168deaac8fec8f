//! What is seen in the samples: the credential that is held up in one, and in no other.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;

use common::{check, pingcha, run, sample};
use serde_json::Value;

const SEEN: [&str; 4] = ["--speech", "off", "--policy", "gulou-emergency"];

fn finding<'r>(report: &'r Value, check: &str) -> &'r Value {
    report["findings"].as_array().unwrap().iter().find(|finding| finding["check"] == check).unwrap()
}

#[test]
fn a_credential_that_is_held_up_passes_without_a_word_and_its_number_is_masked() {
    // Held up from 12.6 to 17.0 s, by samples/recordings.py.
    let (_, report) = check(&sample("compliant.mp4"), &SEEN);
    let shown = finding(&report, "credential-display");
    assert_eq!(shown["verdict"], "pass", "{shown}");
    let start_s = shown["spans"][0]["start_s"].as_f64().unwrap();
    assert!((start_s - 12.6).abs() <= 1.0, "{start_s}");
    assert!(!shown["stills"][0]["regions"].as_array().unwrap().is_empty());
    let text = report.to_string();
    assert!(!text.contains("07020031") && !text.contains("张伟"));
}

#[test]
fn where_nothing_is_held_up_a_person_looks() {
    let (_, report) = check(&sample("cut.mp4"), &SEEN);
    let shown = finding(&report, "credential-display");
    assert_eq!(shown["verdict"], "review", "{shown}");
    assert_eq!(shown["spans"].as_array().unwrap().len(), 0);
}

#[test]
fn who_may_see_gets_the_number() {
    let observed = |personal: &[&str]| -> Value {
        let clip = sample("compliant.mp4");
        let (_, stdout, _) =
            run(pingcha().arg("observe").arg(clip).args(["--speech", "off", "--no-digest"]).args(personal));
        let evidence: Value = serde_json::from_str(&stdout).unwrap();
        evidence["sight"]["observed"]["things"][0].clone()
    };
    assert_eq!(observed(&["--show-personal"])["number"], "07020031");
    assert_eq!(observed(&[])["number"], "07****31");
}
