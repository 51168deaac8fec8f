//! Clips that are checked together: segments of one recording are found whatever the order, and what
//! parts them stands in the report of the later one.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;

use std::collections::BTreeMap;
use std::fs;

use common::{check, pingcha, run, sample, verdicts};
use serde_json::Value;

/// The truth's visit: two segments 20 s apart, the second begins with the reason.
const FIRST: &str = "J1_010203_20250314093011_0001.MP4";
const SECOND: &str = "J1_010203_20250314093051_0002.MP4";
/// Of another camera.
const STRANGER: &str = "turned.mp4";

/// The JSON of each clip's report by the clip's name.
fn checked_together(clips: &[&str], args: &[&str]) -> BTreeMap<String, String> {
    let (_, stdout, _) = run(pingcha()
        .arg("check")
        .args(clips.iter().map(|name| sample(name)))
        .args(["--format", "json", "--no-digest", "--accept-demo-model"])
        .args(args));
    let name = |line: &str| -> String {
        let report: Value = serde_json::from_str(line).unwrap();
        report["clip"]["name"].as_str().unwrap().to_owned()
    };
    stdout.lines().map(|line| (name(line), line.to_owned())).collect()
}

fn finding<'r>(report: &'r Value, check: &str) -> &'r Value {
    report["findings"].as_array().unwrap().iter().find(|finding| finding["check"] == check).unwrap()
}

#[test]
fn the_hole_of_a_visit_is_found_and_its_reason_heard_whatever_the_order() {
    let reports = checked_together(&[FIRST, STRANGER, SECOND], &["--jobs", "1"]);
    assert_eq!(reports, checked_together(&[SECOND, FIRST, STRANGER], &["--jobs", "2"]));
    let truth: Value = serde_json::from_slice(&fs::read(sample("truth.json")).unwrap()).unwrap();
    let hole = &truth["visits"][0]["holes"][0];
    let report = |name: &str| -> Value { serde_json::from_str(&reports[name]).unwrap() };

    let second = report(SECOND);
    assert_eq!(verdicts(&second, "session-continuity"), ["pass", "pass"]);
    assert_eq!(verdicts(&second, "interruption-explanation"), ["pass"]);
    assert_eq!(verdicts(&second, "announcement"), ["not-applicable"], "the visit began in the first clip");
    let joint = finding(&second, "session-continuity");
    assert!(joint["summary"].as_str().unwrap().contains(hole["after"].as_str().unwrap()));
    let apart_s = (joint["measures"]["hole_s"].as_f64().unwrap() - hole["gap_s"].as_f64().unwrap()).abs();
    assert!(apart_s <= joint["measures"]["hole_uncertainty_s"].as_f64().unwrap(), "{joint}");

    let first = report(FIRST);
    assert_eq!(verdicts(&first, "announcement"), ["pass"]);
    assert_eq!(verdicts(&first, "session-continuity"), ["not-applicable", "not-applicable"]);
    assert!(finding(&first, "session-continuity")["summary"].as_str().unwrap().contains(SECOND));
    assert!(
        verdicts(&report(STRANGER), "session-continuity").iter().all(|verdict| *verdict == "not-applicable")
    );
}

#[test]
fn a_segment_alone_has_nothing_to_join() {
    let (_, second) = check(&sample(SECOND), &["--speech", "off", "--no-digest"]);
    assert_eq!(verdicts(&second, "session-continuity"), ["not-applicable"; 2]);
}

/// Without words a hole is for a person, and so is one that only the file names show.
#[test]
fn what_is_not_certain_is_for_a_person() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["Q1_000001_20250314093011_0001.MP4", "Q1_000001_20250314093200_0003.MP4"];
    for name in names {
        fs::copy(sample("mpeg4.avi"), folder.path().join(name)).unwrap();
    }
    let (status, stdout, _) = run(pingcha()
        .arg("check")
        .args(names.map(|name| folder.path().join(name)))
        .args(["--format", "json", "--no-digest", "--speech", "off"]));
    assert_ne!(status, 0);
    let second: Value = serde_json::from_str(stdout.lines().last().unwrap()).unwrap();
    assert!(verdicts(&second, "session-continuity").iter().all(|verdict| *verdict == "review"));
}

/// A policy names the files of its own cameras.
#[test]
fn file_names_are_read_as_the_policy_says() {
    let folder = tempfile::tempdir().unwrap();
    let (_, toml, _) = run(pingcha().args(["policy", "show", "jiangyuan-culture-tourism", "--toml"]));
    let own = toml.replacen("[[clause]]", "file_names = [\"第{sequence}段@{device}\"]\n\n[[clause]]", 1);
    let file = folder.path().join("own.toml");
    fs::write(&file, &own).unwrap();
    let names = ["第1段@T7.MP4", "第2段@T7.MP4"];
    fs::copy(sample(FIRST), folder.path().join(names[0])).unwrap();
    fs::copy(sample(SECOND), folder.path().join(names[1])).unwrap();
    let (_, stdout, _) = run(pingcha()
        .arg("check")
        .args(names.map(|name| folder.path().join(name)))
        .args(["--format", "json", "--no-digest", "--speech", "off", "--policy"])
        .arg(&file));
    let second: Value = serde_json::from_str(stdout.lines().last().unwrap()).unwrap();
    let joint = finding(&second, "session-continuity");
    assert_eq!((&joint["verdict"], &joint["measures"]["hole_s"]), (&"review".into(), &20.0.into()));

    fs::write(&file, own.replace("{device}", "{devise}")).unwrap();
    let (status, _, stderr) =
        run(pingcha().arg("check").arg(sample(FIRST)).arg("--policy").arg(&file).args(["--lang", "en"]));
    assert_eq!(status, 2);
    assert!(stderr.contains("{devise}"), "{stderr}");
}
