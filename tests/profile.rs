//! Camera profiles: learned from untouched samples of one writer, held against these and edited ones.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use common::{check, pingcha, run, sample, verdicts};
use pingcha::evidence::{Channel, Evidence};
use pingcha::lang::Prose;
use pingcha::media::Pipelines;
use pingcha::observe::{Request, SpeechScope, Tools, observe};
use pingcha::profile::{Departure, Kind, Profile};
use serde_json::Value;

/// Structure and packets of a sample.
fn observed(name: &str) -> Evidence {
    let request = Request {
        channels: BTreeSet::from([Channel::Container, Channel::Timeline]),
        speech: SpeechScope::Off,
        digests: false,
        thorough: false,
    };
    let mut tools = Tools::new(Pipelines::default(), Err(Prose::default()), None);
    observe(&sample(name), &request, &mut tools)
}

/// Samples that one simulated camera wrote (H.264 in MP4, not cut short), and edited ones of it.
fn files_of_one_camera() -> (Vec<String>, Vec<String>) {
    let truth: Value = serde_json::from_slice(&fs::read(sample("truth.json")).unwrap()).unwrap();
    let mut files = (Vec::new(), Vec::new());
    for clip in truth["clips"].as_array().unwrap() {
        let text = |field: &str| clip[field].as_str().unwrap_or_default();
        let name = text("file").to_owned();
        if !text("camera_name").starts_with("J1_")
            || text("container") != "mp4"
            || name.starts_with("truncated")
        {
            continue;
        }
        if clip["edited"] == true { files.1.push(name) } else { files.0.push(name) }
    }
    files
}

/// Departures that show another writer or encoder.
fn telling(departures: &[Departure]) -> Vec<&Departure> {
    departures.iter().filter(|departure| matches!(departure.kind, Kind::Container | Kind::Coding)).collect()
}

#[test]
fn each_untouched_file_is_as_the_others_and_each_edited_one_is_not() {
    let (untouched, edited) = files_of_one_camera();
    assert!(untouched.len() >= 9 && edited.len() == 3, "{untouched:?} {edited:?}");
    let untouched: Vec<Evidence> = untouched.iter().map(|name| observed(name)).collect();
    for left_out in &untouched {
        let others: Vec<Evidence> =
            untouched.iter().filter(|other| other.clip.name != left_out.clip.name).cloned().collect();
        let departures = Profile::learn("J1", &others).departures(left_out);
        assert!(telling(&departures).is_empty(), "{}: {departures:?}", left_out.clip.name);
    }
    let profile = Profile::learn("J1", &untouched);
    for name in edited {
        let departures = profile.departures(&observed(&name));
        let of_container = departures.iter().filter(|departure| departure.kind == Kind::Container).count();
        assert!(of_container >= 3, "{name}: {departures:?}");
        // A copied stream is coded as the camera coded it.
        let of_coding = departures.iter().filter(|departure| departure.kind == Kind::Coding).count();
        assert_eq!(of_coding > 0, name != "cut-copy.mp4", "{name}: {departures:?}");
    }
}

fn learn(samples: &[&str], folder: &Path) -> (i32, String, String) {
    let clips = folder.join("clips/DCIM");
    fs::create_dir_all(&clips).unwrap();
    for name in samples {
        fs::copy(sample(name), clips.join(name)).unwrap();
    }
    run(pingcha().args(["profile", "learn", "--lang", "en"]).arg(folder.join("clips")))
}

#[test]
fn a_learned_profile_judges_the_edited_and_the_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let (status, toml, stderr) = learn(&["silent.mp4", "clock-jump.mp4", "black.mp4"], folder.path());
    assert_eq!((status, stderr.as_str()), (0, ""));
    let file = folder.path().join("J1.toml");
    fs::write(&file, &toml).unwrap();
    let args = ["--speech", "off", "--no-digest", "--profile", file.to_str().unwrap()];

    let (_, untouched) = check(&sample("freeze.mp4"), &args);
    assert_eq!(verdicts(&untouched, "edit-traces"), ["pass"; 2]);
    assert_eq!((&untouched["profile"]["files"], &untouched["profile"]["name"]), (&3.into(), &"clips".into()));
    let (_, edited) = check(&sample("cut-copy.mp4"), &args);
    assert_eq!(verdicts(&edited, "edit-traces"), ["fail"; 2]);
    let findings = edited["findings"].as_array().unwrap();
    let finding = findings.iter().find(|finding| finding["check"] == "edit-traces").unwrap();
    assert!(finding["spans"].to_string().contains("mp42 isom mp42"), "{finding}");
}

#[test]
fn a_clock_in_another_font_is_told_and_the_cameras_own_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let untouched = ["silent.mp4", "freeze.mp4", "J1_010203_20250314093011_0001.MP4"];
    let (status, toml, _) = learn(&untouched, folder.path());
    assert_eq!(status, 0);
    assert!(toml.contains("[font.digits]"), "{toml}");
    let file = folder.path().join("J1.toml");
    fs::write(&file, &toml).unwrap();
    let args = ["--speech", "off", "--no-digest", "--lang", "en", "--profile", file.to_str().unwrap()];
    // Another camera of the model, whose files are written alike and whose clock is thinner.
    for (clip, verdict, told) in [("black.mp4", "pass", false), ("clock-drift.mp4", "review", true)] {
        let (_, report) = check(&sample(clip), &args);
        let findings = report["findings"].as_array().unwrap();
        let of_check = |finding: &&Value| finding["check"] == "edit-traces";
        for finding in findings.iter().filter(of_check) {
            assert_eq!(finding["verdict"], verdict, "{clip}: {finding}");
            assert_eq!(
                finding["spans"].to_string().contains("font of the burnt-in clock"),
                told,
                "{finding}"
            );
        }
    }
}

#[test]
fn what_cannot_be_learned_or_used_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let (status, toml, stderr) = learn(&["silent.mp4"], folder.path());
    assert_eq!(status, 0);
    assert!(stderr.contains("fewer than 3") && toml.contains("fewer than 3"), "{stderr}{toml}");
    let (status, _, stderr) = run(pingcha().args(["profile", "learn"]).arg(folder.path().join("nothing")));
    assert_eq!(status, 2, "{stderr}");

    let file = folder.path().join("wrong.toml");
    fs::write(&file, toml.replace("brands", "brans")).unwrap();
    let (status, stdout, stderr) =
        run(pingcha().arg("check").arg(sample("silent.mp4")).arg("--profile").arg(&file));
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(stderr.contains("brans"), "{stderr}");
}
