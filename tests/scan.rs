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

/// The program, with the models that [`pingcha`] has.
fn program() -> std::process::Command {
    let mut command = std::process::Command::cargo_bin("pingcha").unwrap();
    command.env("PINGCHA_MODELS", Path::new(env!("CARGO_MANIFEST_DIR")).join("models"));
    command
}

fn start(site: &Site) -> Child {
    program().args(site.args()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
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
    // As long as names may be: there is no room for the ending of a report's name.
    let long = format!("{}.mp4", "长".repeat(83));
    fs::write(site.at("footage").join(&long), "z").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let name = std::ffi::OsStr::from_bytes(b"\xff\n.mp4");
        fs::write(site.at("footage").join(name), "y").unwrap();
        std::os::unix::fs::symlink(site.at("footage"), site.at("footage/again")).unwrap();
        std::os::unix::fs::symlink(site.at("footage/round.mp4"), site.at("footage/round.mp4")).unwrap();
        std::os::unix::fs::symlink(site.at("nowhere.mp4"), site.at("footage/gone.mp4")).unwrap();
        let made = std::process::Command::new("mkfifo").arg(site.at("footage/pipe.mp4")).status().unwrap();
        assert!(made.success());
    }
    let (status, said, complaints) = site.scan();
    assert_eq!(status, 4, "{said}{complaints}");
    let bad = if cfg!(unix) { 5 } else { 4 };
    assert!(said.contains(&format!("{} clips: 1 compliant", bad + 1)), "{said}{complaints}");
    assert!(said.contains(&format!("{bad} unreadable")), "{said}");
    assert!(!complaints.contains('\u{202e}'), "{complaints}");
    assert_eq!(site.reports().len(), bad + 2);
    // What was passed by is named.
    assert!(
        said.contains("not named as recordings, or matching no --pattern): 1: ")
            && said.contains("notes.txt"),
        "{said}"
    );
    #[cfg(unix)]
    {
        assert!(said.contains("links to folders): 1: ") && said.contains("footage/again"), "{said}");
        assert!(said.contains("lead nowhere): 2: ") && said.contains("gone.mp4"), "{said}");
        assert!(said.contains("not regular files): 1: ") && said.contains("pipe.mp4"), "{said}");
    }
    // All of it is done now.
    let (_, said, _) = site.scan();
    assert!(said.contains("0 were observed now"), "{said}");
}

#[test]
fn an_interrupted_judging_goes_on_where_it_was() {
    let site = Site::with(3);
    site.scan();
    fs::remove_dir_all(site.at("reports")).unwrap();
    // The first report's hook takes its time, and meanwhile the end is asked for.
    let mut command = program();
    command.args(site.args()).args(["--on-report", "sh", "--on-report", "-c", "--on-report", "sleep 2"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = std::time::Instant::now();
    while site.whole_reports().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(60), "no report came");
        std::thread::sleep(Duration::from_millis(5));
    }
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(3) && complaint.contains("stopped"), "{output:?}");
    // Two were at hand.
    assert!(site.whole_reports().len() < 3);
    let (status, said, _) = site.scan();
    assert!(status == 0 && said.contains("3 clips: 3 compliant"), "{said}");
    assert_eq!(site.whole_reports().len(), 3);
}

#[test]
fn two_scans_at_once_make_what_one_makes() {
    let site = Site::with(4);
    let scans = [start(&site), start(&site), start(&site)];
    for mut scan in scans {
        assert!(scan.wait().unwrap().success());
    }
    let (status, said, _) = site.scan();
    assert!(status == 0 && said.contains("4 clips: 4 compliant"), "{said}");
    assert!(said.contains("0 were observed now"), "{said}");
    let together = site.reports();
    assert_eq!(together.len(), 4, "{:?}", together.keys());
    fs::remove_dir_all(site.at("reports")).unwrap();
    site.scan();
    assert!(site.reports() == together, "the reports differ");
}

#[cfg(target_os = "linux")]
#[test]
fn a_clip_that_grows_or_vanishes_meanwhile_is_told_and_taken_the_next_time() {
    let site = Site::with(2);
    fs::create_dir_all(site.at("slow/decode")).unwrap();
    // As slow as to be caught.
    let slow = "avdec_h264 max-threads=1 ! identity sleep-time=20000";
    fs::write(site.at("slow/decode/video-x-h264.launch"), slow).unwrap();
    let mut command = program();
    let args: Vec<String> =
        site.args().into_iter().map(|arg| if arg == "2" { "1".into() } else { arg }).collect();
    command.args(args).arg("--pipelines").arg(site.at("slow"));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = std::time::Instant::now();
    while !has_children(child.id()) {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing was begun");
        std::thread::sleep(Duration::from_millis(5));
    }
    let (grows, vanishes) = (site.at("footage/day 1/clip 0.MP4"), site.at("footage/day 1/clip 1.MP4"));
    let mut bytes = fs::read(&grows).unwrap();
    bytes.extend([0, 0, 0, 8]);
    bytes.extend(b"free");
    fs::write(&grows, bytes).unwrap();
    fs::remove_file(vanishes).unwrap();
    let output = child.wait_with_output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    assert!(complaint.contains("clip 0.MP4: it changed") && complaint.contains("clip 1.MP4"), "{complaint}");
    assert_eq!(site.whole_reports().len(), 2);
    let (status, said, _) = site.scan();
    assert!(status == 0 && said.contains("1 clips: 1 compliant"), "{said}");
    assert!(said.contains("1 were observed now"), "{said}");
}

#[cfg(target_os = "linux")]
fn has_children(process: u32) -> bool {
    let children = format!("/proc/{process}/task");
    let threads = fs::read_dir(children).into_iter().flatten().flatten();
    threads.into_iter().any(|thread| {
        fs::read_to_string(thread.path().join("children")).is_ok_and(|children| !children.trim().is_empty())
    })
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
    assert!(said.contains("第三条 overlay-clock: — → review: 2 clips"), "{said}");
    let (_, said, _) = judge("unbroken.toml");
    assert!(said.contains("第三条 overlay-clock: review → —: 2 clips"), "{said}");
    assert!(said.contains("review → compliant") && said.contains("0 for the first time"), "{said}");
}

#[test]
fn clips_are_listed_by_what_was_found() {
    let site = Site::with(2);
    fs::rename(site.at("footage/day 1/clip 1.MP4"), site.at("footage/20250314093011_001.mp4")).unwrap();
    fs::write(site.at("footage/bad.mp4"), "no film").unwrap();
    site.scan();
    let list = |more: &[&str]| {
        let mut command = pingcha();
        command.args(["catalogue", "list", "--lang", "en"]).arg(site.at("year.db"));
        run(command.arg("--policy").arg(site.at("unbroken.toml")).args(more))
    };
    let (status, said, complaint) = list(&[]);
    assert_eq!((status, said.lines().count()), (0, 3), "{said}{complaint}");
    let (_, said, _) = list(&["--verdict", "unreadable", "--format", "json"]);
    let row: serde_json::Value = serde_json::from_str(said.trim()).unwrap();
    assert!(row["path"].as_str().unwrap().ends_with("footage/bad.mp4"), "{row}");
    assert_eq!((&row["verdict"], &row["starts_at"]), (&"unreadable".into(), &serde_json::Value::Null));
    let (_, said, _) = list(&["--from", "2025-03-14", "--to", "2025-03-14"]);
    assert!(
        said.contains("20250314093011_001.mp4\t2025-03-14T09:30:11\t3.0\tcompliant\t—\t—\t—\n"),
        "{said}"
    );
    let count = |more: &[&str]| list(more).1.lines().count();
    assert_eq!(count(&["--verdict", "compliant", "--verdict", "review"]), 2);
    assert_eq!(count(&["--check", "continuity", "--finding", "pass"]), 2);
    assert_eq!(count(&["--check", "continuity"]), 0);
    assert_eq!(count(&["--from", "2025-03-14", "--to", "2025-03-14"]), 1, "nothing tells the others' day");
    assert_eq!(count(&["--to", "2025-03-13"]), 0);
    assert_eq!(list(&["--check", "no-such-check"]).0, 2);
    assert_eq!(list(&["--verdict", "good"]).0, 2);
    let mut other = pingcha();
    other.args(["catalogue", "list", "--lang", "en"]).arg(site.at("year.db"));
    let (status, said, complaint) = run(&mut other);
    assert!(status == 0 && said.is_empty() && complaint.contains("3 more clips"), "{said}{complaint}");
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
    for name in ["none.db", "no folder/none.db"] {
        refused(&site.at(name), pingcha().arg("judge"));
    }
    refused(&site.at("no folder/none.db"), pingcha().arg("scan").arg(site.at("footage")));
    assert!(!site.at("none.db").exists());
    let complaint = refused(Path::new("postgres://127.0.0.1:1/none"), pingcha().arg("judge"));
    assert!(complaint.contains("postgres://127.0.0.1:1/none"), "{complaint}");
}
