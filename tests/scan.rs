//! Many clips: what was done is never done twice, lost or half-written, and one bad clip stops nothing.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;
mod making;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use assert_cmd::Command;
use assert_cmd::cargo::CommandCargoExt;
use common::{pingcha, run};
use making::{AAC, H264, policy, recording};

/// A folder of footage, a policy and a place for the catalogue.
struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    /// With as many short clips; no two hold the same bytes.
    fn with(clips: usize) -> Self {
        let site = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir_all(site.at("footage/day 1")).unwrap();
        policy(site.folder.path());
        let first = recording(&site.at("footage/day 1"), "clip 0.MP4", "mp4mux", H264, AAC);
        let bytes = fs::read(first).unwrap();
        for n in 1..clips {
            // A box that players skip makes another file of it.
            let mut other = bytes.clone();
            other.extend([0, 0, 0, 12]);
            other.extend(b"free");
            other.extend((n as u32).to_be_bytes());
            fs::write(site.at(&format!("footage/day 1/clip {n}.MP4")), other).unwrap();
        }
        site
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn args(&self) -> Vec<String> {
        let at = |path: &str| self.at(path).to_str().unwrap().to_owned();
        let args = ["scan", &at("footage"), "--catalogue", &at("year.db"), "--policy", &at("unbroken.toml")];
        let more =
            ["--out", &at("reports"), "--format", "json", "--speech", "off", "--lang", "en", "--jobs", "2"];
        args.iter().chain(&more).map(|arg| arg.to_string()).collect()
    }

    fn scan(&self) -> (i32, String, String) {
        run(pingcha().args(self.args()))
    }

    /// Without what a kill may leave: temporary files, under names of their own.
    fn whole_reports(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let reports = self.reports().into_iter();
        reports.filter(|(path, _)| path.to_string_lossy().ends_with(".report.json")).collect()
    }

    /// Reports by their path below the folder of reports.
    fn reports(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        collect(&self.at("reports"), &self.at("reports"), &mut found);
        found
    }
}

fn collect(root: &Path, folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => collect(root, &path, found),
            false => {
                found.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
}

#[test]
fn a_second_scan_does_nothing_and_a_new_clip_is_all_that_a_third_one_does() {
    let site = Site::with(3);
    let (status, said, _) = site.scan();
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("3 clips: 3 compliant") && said.contains("3 were observed now"), "{said}");
    let reports = site.reports();
    let expected: Vec<PathBuf> = (0..3).map(|n| format!("day 1/clip {n}.MP4.report.json").into()).collect();
    assert_eq!(reports.keys().cloned().collect::<Vec<_>>(), expected);

    let (_, said, _) = site.scan();
    assert!(said.contains("3 clips") && said.contains("0 were observed now"), "{said}");
    assert_eq!(site.reports(), reports);

    // A clip that was only moved is not observed again; a report that was deleted is written again.
    fs::rename(site.at("footage/day 1/clip 1.MP4"), site.at("footage/moved.MP4")).unwrap();
    fs::remove_file(site.at("reports/day 1/clip 2.MP4.report.json")).unwrap();
    let (_, said, _) = site.scan();
    assert!(said.contains("3 clips") && said.contains("0 were observed now"), "{said}");
    assert!(site.at("reports/day 1/clip 2.MP4.report.json").is_file());
}

#[test]
fn after_a_kill_it_goes_on_and_the_result_is_the_same() {
    let site = Site::with(6);
    site.scan();
    let undisturbed = site.whole_reports();
    fs::remove_dir_all(site.at("reports")).unwrap();
    for entry in fs::read_dir(site.folder.path()).unwrap().map(|entry| entry.unwrap().path()) {
        // The catalogue, and what SQLite keeps beside it.
        if entry.to_string_lossy().contains("year.db") {
            fs::remove_file(entry).unwrap();
        }
    }
    for pause_ms in [300, 900, 1500, 2500] {
        let mut child = start(&site);
        std::thread::sleep(Duration::from_millis(pause_ms));
        child.kill().unwrap();
        child.wait().unwrap();
        let partial = site.reports().keys().any(|path| {
            !path.to_string_lossy().ends_with(".report.json")
                && !path.file_name().unwrap().to_string_lossy().starts_with(".pingcha-")
        });
        assert!(!partial, "{:?}", site.reports().keys());
    }
    let (status, said, _) = site.scan();
    assert_eq!(status, 0);
    assert!(said.contains("6 clips: 6 compliant"), "{said}");
    assert!(site.whole_reports() == undisturbed, "the reports differ");
}

fn start(site: &Site) -> Child {
    let mut command = std::process::Command::cargo_bin("pingcha").unwrap();
    command.args(site.args()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn bad_clips_get_their_reports_and_stop_nothing() {
    let site = Site::with(1);
    fs::write(site.at("footage/empty.mp4"), "").unwrap();
    fs::write(site.at("footage/text.avi"), "no film at all\n".repeat(500)).unwrap();
    fs::write(site.at("footage/-\u{202e}gpj.mp4"), "x").unwrap();
    // The same bytes under another name: a report for each.
    fs::write(site.at("footage/copy.mp4"), "x").unwrap();
    fs::write(site.at("footage/notes.txt"), "not a recording").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let name = std::ffi::OsStr::from_bytes(b"\xff\n.mp4");
        fs::write(site.at("footage").join(name), "y").unwrap();
        std::os::unix::fs::symlink(site.at("footage"), site.at("footage/again")).unwrap();
        std::os::unix::fs::symlink(site.at("nowhere.mp4"), site.at("footage/gone.mp4")).unwrap();
    }
    let (status, said, complaints) = site.scan();
    assert_eq!(status, 4, "{said}{complaints}");
    let bad = if cfg!(unix) { 4 } else { 3 };
    assert!(said.contains(&format!("{} clips: 1 compliant", bad + 1)), "{said}{complaints}");
    assert!(said.contains(&format!("{bad} unreadable")), "{said}");
    assert!(!complaints.contains('\u{202e}'), "{complaints}");
    assert_eq!(site.reports().len(), bad + 2);
}

#[test]
fn stored_evidence_is_judged_again_without_its_footage() {
    let site = Site::with(2);
    site.scan();
    fs::remove_dir_all(site.at("footage")).unwrap();
    let strict = fs::read_to_string(site.at("unbroken.toml")).unwrap()
        + "[[clause]]\narticle = \"第三条\"\ntext = \"有水印时钟。\"\ncheck = \"overlay-clock\"\n";
    fs::write(site.at("strict.toml"), strict).unwrap();
    let judge = |policy: &str| {
        let mut command = pingcha();
        command.arg("judge").arg("--catalogue").arg(site.at("year.db")).args(["--lang", "en"]);
        run(command.arg("--policy").arg(site.at(policy)))
    };
    let (status, said, _) = judge("unbroken.toml");
    assert_eq!(status, 0);
    assert!(said.contains("2 clips: 2 compliant") && said.contains("0 changed"), "{said}");
    // The clock was not looked for then, and is not made up now.
    let (status, said, _) = judge("strict.toml");
    assert_eq!(status, 3, "{said}");
    assert!(said.contains("compliant → review") && said.contains("2 changed"), "{said}");
}

#[test]
fn due_dates_are_listed_for_what_is_kept_missing_and_deleted() {
    let site = Site::with(2);
    site.scan();
    let row = |file: &str, deleted: &str| {
        serde_json::json!({"file": file, "recorded_from": "2025-03-14 09:30", "recorded_until": "2025-03-14 09:40",
                           "deleted": deleted})
    };
    let rows = [row("clip 0.MP4", ""), row("gone.MP4", ""), row("early.MP4", "2025-04-01 09:00")];
    fs::write(site.at("records.json"), serde_json::json!({ "clips": rows }).to_string()).unwrap();
    let listed = |on: &str| {
        let mut command = pingcha();
        command.arg("retention").arg("--catalogue").arg(site.at("year.db")).args(["--lang", "en"]);
        command.args(["--policy", "zhanhe-education-sports", "--on", on]);
        run(command.arg("--records").arg(site.at("records.json")))
    };
    // Six months, to the end of the day.
    let (status, said, complaint) = listed("2025-09-14");
    assert_eq!(status, 1, "{said}{complaint}");
    let lines: Vec<Vec<&str>> = said.lines().map(|line| line.split('\t').collect()).collect();
    let standing = |file: &str| lines.iter().find(|line| line.get(1) == Some(&file)).unwrap()[3];
    assert_eq!(standing("clip 0.MP4"), "kept");
    assert_eq!(standing("gone.MP4"), "should be there, not found");
    assert_eq!(standing("early.MP4"), "deleted early");
    assert_eq!(standing("clip 1.MP4"), "not in the ledger");
    assert!(said.contains("must be kept until 2025-09-14"), "{said}");
    let (_, said, _) = listed("2025-09-15");
    assert!(said.contains("clip 0.MP4\tmust be kept until 2025-09-14\tdue for clearing"), "{said}");

    let mut without = pingcha();
    without.args(["retention", "--catalogue"]).arg(site.at("year.db"));
    assert_eq!(run(&mut without).0, 2);
}

#[test]
fn what_is_no_catalogue_is_refused_and_left_alone() {
    let site = Site::with(1);
    let refused = |catalogue: &Path, command: &mut Command| {
        let (status, _, complaint) = run(command.arg("--catalogue").arg(catalogue));
        assert_eq!(status, 2, "{complaint}");
        complaint
    };
    let clip = site.at("footage/day 1/clip 0.MP4");
    let bytes = fs::read(&clip).unwrap();
    refused(&clip, pingcha().arg("scan").arg(site.at("footage")));
    assert_eq!(fs::read(&clip).unwrap(), bytes);
    refused(&site.at("none.db"), pingcha().arg("judge"));
    assert!(!site.at("none.db").exists());
    let complaint = refused(Path::new("postgres://127.0.0.1:1/none"), pingcha().arg("judge"));
    assert!(complaint.contains("postgres://127.0.0.1:1/none"), "{complaint}");
}
