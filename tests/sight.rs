//! What is seen in the samples: the credential that is held up in one, and in no other.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;
mod making;

use std::path::Path;

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

#[test]
fn a_plaque_is_read_and_a_sign_on_its_side_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let plaque = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures/plaque.png");
    let sign = plaque.with_file_name("sign.png");
    for (name, file, direction, on_side) in [
        ("plaque", &plaque, "identity", false),
        ("sign", &sign, "identity", false),
        ("lying", &sign, "90r", true),
        ("lying-otherwise", &sign, "90l", true),
    ] {
        let description = format!(
            "compositor name=both background=black sink_0::xpos=300 sink_0::ypos=30 ! \
             video/x-raw,format=I420,width=854,height=480 ! {} ! mp4mux ! FILE \
             filesrc location=\"{}\" ! pngdec ! imagefreeze num-buffers=75 ! video/x-raw,framerate=25/1 ! \
             videoconvert ! videoflip video-direction={direction} ! both.sink_0",
            making::H264,
            file.display()
        );
        let clip = making::record(folder.path(), &format!("{name}.mp4"), &description);
        let (_, stdout, _) = run(pingcha().arg("observe").arg(clip).args(["--speech", "off", "--no-digest"]));
        let evidence: Value = serde_json::from_str(&stdout).unwrap();
        let sight = &evidence["sight"]["observed"];
        let signs = sight["signs"].as_array().unwrap();
        let texts: Vec<&str> = signs.iter().map(|sign| sign["text"].as_str().unwrap()).collect();
        assert!(texts.iter().any(|text| text.contains("青山区市场监督管理")), "{name}: {texts:?}");
        assert_eq!(!sight["on_side_at_s"].as_array().unwrap().is_empty(), on_side, "{name}: {sight}");
    }
}
