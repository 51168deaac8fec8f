//! The contract of `pingcha check`: exit statuses, files, sameness, and what bad input gets.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;

use std::fs;
use std::path::Path;

use common::{check, pingcha, run, sample};
use serde_json::Value;

const QUICK: [&str; 2] = ["--speech", "off"];

#[test]
fn two_runs_give_the_same_bytes_whatever_the_jobs() {
    let clips = ["compliant.mp4", "cut-copy.mp4", "silent.mp4"].map(sample);
    let reports = |jobs: &str| {
        let (_, stdout, _) = run(pingcha().arg("check").args(&clips).args([
            "--format",
            "json",
            "--accept-demo-model",
            "--jobs",
            jobs,
        ]));
        stdout
    };
    let (one, two) = (reports("1"), reports("2"));
    assert_eq!(one, two);
    assert_eq!(one.lines().count(), 3);
}

#[test]
fn a_folder_gets_the_json_the_page_and_the_stills() {
    let folder = tempfile::tempdir().unwrap();
    let (status, stdout, _) =
        run(pingcha().arg("check").arg(sample("cut.mp4")).args(QUICK).arg("--out").arg(folder.path()));
    assert_eq!(status, 1);
    assert_eq!(stdout.lines().count(), 2);
    let report: Value =
        serde_json::from_slice(&fs::read(folder.path().join("cut.mp4.report.json")).unwrap()).unwrap();
    assert_eq!(report["schema"], "pingcha.report/1");
    let stills: Vec<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|finding| finding["stills"].as_array().unwrap())
        .map(|still| still["file"].as_str().unwrap())
        .collect();
    assert!(stills.len() >= 2);
    for still in stills {
        assert!(fs::read(folder.path().join(still)).unwrap().starts_with(b"\xff\xd8"), "{still} is a JPEG");
    }
    let page = fs::read_to_string(folder.path().join("cut.mp4.report.html")).unwrap();
    assert!(page.contains("疑似剪接") && page.contains("data:image/jpeg;base64,"));
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with(".pingcha-")), "{left:?}");
}

#[test]
fn wrong_use_is_status_2_and_names_what_is_wrong() {
    let clip = sample("silent.mp4");
    let cases: [(&[&str], &str); 5] = [
        (&["--policy", "no-such-policy"], "no-such-policy"),
        (&["--no-such-flag"], "--no-such-flag"),
        (&["--records", "ledger.xlsx"], "ledger.xlsx"),
        (&["--models", "/no/such/folder"], "/no/such/folder"),
        (&["--format", "json,html"], "--out"),
    ];
    for (args, named) in cases {
        let (status, stdout, stderr) = run(pingcha().arg("check").arg(&clip).args(args));
        assert_eq!((status, stdout.as_str()), (2, ""), "{args:?}");
        assert!(stderr.contains(named), "{args:?}: {stderr}");
    }
    let (status, _, stderr) = run(pingcha().arg("check").arg(env!("CARGO_MANIFEST_DIR")));
    assert_eq!(status, 2, "a folder is not a clip: {stderr}");
}

#[test]
fn a_policy_with_a_wrong_key_is_status_2_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.toml");
    let (_, toml, _) = run(pingcha().args(["policy", "show", "jiangyuan-culture-tourism", "--toml"]));
    fs::write(&file, toml.replacen("check = \"continuity\"", "check = \"continuty\"", 1)).unwrap();
    let (status, _, stderr) = run(pingcha()
        .arg("check")
        .arg(sample("silent.mp4"))
        .arg("--policy")
        .arg(&file)
        .args(["--lang", "en"]));
    assert_eq!(status, 2);
    assert!(stderr.contains("continuty") && stderr.contains("continuity"), "{stderr}");
}

/// A file of these bytes, checked.
fn check_bytes(name: &str, bytes: &[u8]) -> (i32, Value) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    check(&path, &QUICK)
}

fn assert_unreadable(what: &str, (status, report): (i32, Value)) {
    assert_eq!(status, 4, "{what}");
    assert_eq!(report["verdict"], "unreadable", "{what}");
    assert!(!report["unreadable"].as_str().unwrap().is_empty(), "{what}");
    assert!(
        report["findings"].as_array().unwrap().iter().all(|finding| finding["verdict"] != "pass"),
        "{what}"
    );
}

#[test]
fn what_cannot_be_read_is_status_4_with_a_report() {
    assert_unreadable("nothing there", check(Path::new("/no/such/clip.mp4"), &QUICK));
    assert_unreadable("empty", check_bytes("empty.mp4", b""));
    assert_unreadable("text", check_bytes("text.mp4", "只是文字，不是录像。\n".repeat(50).as_bytes()));
    assert_unreadable("no index", check(&sample("truncated.mp4"), &QUICK));
    let noise: Vec<u8> = (0..200_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    assert_unreadable("noise", check_bytes("noise.mp4", &noise));
    let header_only = &fs::read(sample("truncated-data.mp4")).unwrap()[..64];
    assert_unreadable("header only", check_bytes("header.mp4", header_only));
}

#[test]
fn damaged_clips_are_never_compliant() {
    let whole = fs::read(sample("truncated-data.mp4")).unwrap();
    for keep in [whole.len() / 3, whole.len() / 2, whole.len() - 1000] {
        let (status, report) = check_bytes("cut-short.mp4", &whole[..keep]);
        assert_ne!(status, 0, "{keep} bytes");
        assert_ne!(report["verdict"], "compliant");
    }
    let transport = fs::read(sample("gap.ts")).unwrap();
    let mut holed = transport.clone();
    holed[200_000..260_000].fill(0);
    let (status, report) = check_bytes("holed.ts", &holed);
    assert!(status == 1 || status == 3 || status == 4, "{status}: {report}");
}

#[test]
fn one_bad_clip_does_not_stop_the_others() {
    let (status, stdout, stderr) = run(pingcha()
        .arg("check")
        .arg("/no/such/clip.mp4")
        .arg(sample("silent.mp4"))
        .args(QUICK)
        .args(["--format", "json"]));
    assert_eq!(status, 4);
    let reports: Vec<Value> = stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(reports[0]["verdict"], "unreadable");
    assert_eq!(reports[1]["clip"]["name"], "silent.mp4");
    assert!(stderr.contains("/no/such/clip.mp4"));
}

#[test]
fn two_clips_of_one_name_do_not_overwrite_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("silent.mp4");
    fs::copy(sample("silent.mp4"), &copy).unwrap();
    let out = folder.path().join("reports");
    let (status, _, stderr) =
        run(pingcha().arg("check").arg(sample("silent.mp4")).arg(&copy).arg("--out").arg(&out).args(QUICK));
    assert_eq!(status, 2);
    assert!(stderr.contains("silent.mp4") && !out.exists());
}

#[test]
fn thorough_finds_what_the_quick_way_finds() {
    for name in ["cut-copy.mp4", "freeze.mp4", "black.mp4"] {
        let kinds = |args: &[&str]| -> Vec<Value> {
            let (_, report) = check(&sample(name), args);
            let breaks = report["observations"]["discontinuities"].as_array().unwrap().clone();
            breaks.into_iter().map(|found| found["kind"].clone()).collect()
        };
        assert_eq!(kinds(&["--speech", "off", "--thorough"]), kinds(&QUICK), "{name}");
    }
}

#[test]
fn a_folder_of_pipelines_stands_in_for_the_built_in_ones() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("decode")).unwrap();
    fs::write(folder.path().join("decode/video-x-h264.launch"), "no-such-decoder").unwrap();
    let (_, report) =
        check(&sample("silent.mp4"), &["--speech", "off", "--pipelines", folder.path().to_str().unwrap()]);
    assert_ne!(report["verdict"], "compliant");
    let said = report.to_string();
    assert!(said.contains("no-such-decoder") || said.contains("管线"), "{said}");
}

#[test]
fn evidence_knows_no_regulation() {
    let (status, stdout, _) = run(pingcha().arg("observe").arg(sample("cut-copy.mp4")).args(QUICK));
    assert_eq!(status, 0);
    let evidence: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(evidence["schema"], "pingcha.evidence/1");
    assert_eq!(evidence["discontinuities"][0]["kind"], "cut");
    for word in ["article", "clause", "verdict", "第十一条"] {
        assert!(!stdout.contains(word), "{word}");
    }
}
