//! `scan` killed at named points and at any time, and denied room at each write: nothing is lost, doubled or half there.
//!
//! A point is named by a system call and its number: "the third `fdatasync`". strace ends the program there, or lets the
//! call fail. The long runs, with their counts: `cargo test --test faults -- --ignored --nocapture`.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;
mod making;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use assert_cmd::cargo::CommandCargoExt;
use common::{pingcha, run};
use making::{AAC, H264, policy, recording};

/// What a scan does to disks, by the names of system calls (the catalogue's and the reports'), and the numbers at which it
/// is stepped in. A thread counts for itself; two clips make some dozens of writes, and a few of the others.
const CALLS: [(&str, &[usize]); 8] = [
    ("pwrite64", &[1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 21, 26, 34]),
    ("fdatasync", &[1, 2, 3, 4]),
    ("fsync", &[1, 2, 3]),
    ("/^rename", &[1, 2, 3]),
    ("ftruncate", &[1, 2]),
    ("/^unlink", &[1, 2]),
    ("mkdir", &[1, 2]),
    ("write", &[1, 2, 3, 5, 8, 13, 21, 34]),
];

/// Scans that the long run starts in pairs.
const PAIRS: u64 = 20;

struct Site {
    folder: tempfile::TempDir,
    undisturbed: BTreeMap<String, Vec<u8>>,
}

impl Site {
    fn with(clips: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("footage")).unwrap();
        policy(folder.path());
        let first = recording(&folder.path().join("footage"), "clip 0.mp4", "mp4mux", H264, AAC);
        let bytes = fs::read(first).unwrap();
        for n in 1..clips {
            let mut other = bytes.clone();
            other.extend([0, 0, 0, 12]);
            other.extend(b"free");
            other.extend((n as u32).to_be_bytes());
            fs::write(folder.path().join(format!("footage/clip {n}.mp4")), other).unwrap();
        }
        let mut site = Self { folder, undisturbed: BTreeMap::new() };
        assert_eq!(run(pingcha().args(site.args())).0, 0);
        site.undisturbed = site.reports();
        site.wipe();
        site
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn args(&self) -> Vec<String> {
        let at = |path: &str| self.at(path).to_str().unwrap().to_owned();
        let paths =
            [at("footage"), "--catalogue".into(), at("year.db"), "--policy".into(), at("unbroken.toml")];
        let more =
            ["--out".into(), at("reports"), "--speech".into(), "off".into(), "--lang".into(), "en".into()];
        ["scan".to_owned()].into_iter().chain(paths).chain(more).collect()
    }

    /// Starts a scan under strace with an injection, such as `fsync:signal=KILL:when=3`.
    fn injected(&self, injection: &str) -> Option<i32> {
        let program = Command::cargo_bin("pingcha").unwrap().get_program().to_owned();
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("inject={injection}")]);
        command.env("PINGCHA_MODELS", Path::new(env!("CARGO_MANIFEST_DIR")).join("models"));
        command.arg(program).args(self.args()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().unwrap().code()
    }

    fn start(&self) -> std::process::Child {
        let mut command = Command::cargo_bin("pingcha").unwrap();
        command.env("PINGCHA_MODELS", Path::new(env!("CARGO_MANIFEST_DIR")).join("models"));
        command.args(self.args()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    fn reports(&self) -> BTreeMap<String, Vec<u8>> {
        let files = fs::read_dir(self.at("reports")).into_iter().flatten().map(|entry| entry.unwrap().path());
        files
            .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap()))
            .collect()
    }

    fn wipe(&self) {
        let _ = fs::remove_dir_all(self.at("reports"));
        for entry in fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path()) {
            // The catalogue, and what SQLite keeps beside it.
            if entry.to_string_lossy().contains("year.db") {
                fs::remove_file(entry).unwrap();
            }
        }
    }

    /// No report that stands under its name is anything but whole.
    fn assert_none_partial(&self, when: &str) {
        for (name, bytes) in self.reports() {
            let whole = self.undisturbed.get(&name);
            assert!(
                name.starts_with(".pingcha-") || whole == Some(&bytes),
                "{when}: {name}: {} instead of {}",
                String::from_utf8_lossy(&bytes),
                String::from_utf8_lossy(whole.map_or(b"nothing", Vec::as_slice))
            );
        }
    }

    /// After one more scan everything is there, once, and as if nothing had happened.
    fn assert_recovers(&self, when: &str) {
        let (status, said, complaint) = run(pingcha().args(self.args()));
        let all = format!("{} clips: {} compliant", self.undisturbed.len(), self.undisturbed.len());
        assert!(status == 0 && said.contains(&all), "{when}: {said}{complaint}");
        assert!(self.reports() == self.undisturbed, "{when}: the reports differ, or something is left over");
        assert_eq!(run(pingcha().args(["catalogue", "verify"]).arg(self.at("year.db"))).0, 0, "{when}");
    }
}

fn has_strace() -> bool {
    let there = Command::new("strace").arg("-V").output().is_ok_and(|output| output.status.success());
    if !there {
        eprintln!("skipped: strace is not installed");
    }
    there
}

fn killed_at(site: &Site, points: impl IntoIterator<Item = (&'static str, usize)>) -> (usize, usize) {
    let (mut killed, mut passed) = (0, 0);
    for (call, number) in points {
        let point = format!("{call}:signal=KILL:when={number}");
        match site.injected(&point) {
            Some(0) => passed += 1,
            _ => killed += 1,
        }
        site.assert_none_partial(&point);
        site.assert_recovers(&point);
        site.wipe();
    }
    (killed, passed)
}

#[test]
fn a_kill_at_a_named_point_loses_nothing() {
    if !has_strace() {
        return;
    }
    let site = Site::with(2);
    let (killed, _) = killed_at(&site, [("pwrite64", 12), ("fdatasync", 3), ("fsync", 2), ("/^rename", 1)]);
    assert!(killed >= 3, "{killed}");
}

#[test]
fn one_write_without_room_is_made_up_for() {
    if !has_strace() {
        return;
    }
    let site = Site::with(2);
    // The report's own file, and the catalogue's.
    for point in ["fsync:error=ENOSPC:when=1", "pwrite64:error=ENOSPC:when=40"] {
        site.injected(point);
        site.assert_none_partial(point);
        site.assert_recovers(point);
        site.wipe();
    }
}

/// What the long runs do, each by itself: `cargo test --test faults -- --ignored --nocapture`. Every line is printed as soon
/// as it is true.
#[test]
#[ignore = "takes minutes; prints counts"]
fn long_run_killed_at_named_points() {
    assert!(has_strace());
    let site = Site::with(2);
    let (killed, passed) = killed_at(&site, named_points());
    println!("killed at {killed} named points ({passed} more lay beyond the end); {NOTHING_WRONG}");
    assert!(killed >= 25, "{killed}");
}

#[test]
#[ignore = "takes minutes; prints counts"]
fn long_run_denied_room_at_each_write() {
    assert!(has_strace());
    let site = Site::with(2);
    let mut denied = 0;
    // `write` also wakes threads and feeds pipes, which no disk can deny; what reports are written with is denied room by a
    // disk that is full, in `tests/ingest.rs`.
    for (call, number) in named_points().into_iter().filter(|&(call, _)| call != "write") {
        let point = format!("{call}:error=ENOSPC:when={number}");
        site.injected(&point);
        denied += 1;
        site.assert_none_partial(&point);
        site.assert_recovers(&point);
        site.wipe();
    }
    println!("{denied} times one call was denied room; {NOTHING_WRONG}");
}

#[test]
#[ignore = "takes half an hour; prints counts"]
fn long_run_killed_at_any_time() {
    let site = Site::with(2);
    let times = std::env::var("PINGCHA_FAULT_TIMES").ok().and_then(|times| times.parse().ok()).unwrap_or(200);
    for n in 0..times {
        // Spread over a run without an order that the machine could follow.
        let pause = Duration::from_millis(n * 7_919 % 3_000);
        let mut scan = site.start();
        std::thread::sleep(pause);
        scan.kill().unwrap();
        scan.wait().unwrap();
        site.assert_none_partial(&format!("after {pause:?}"));
        if n % 4 == 3 {
            site.assert_recovers(&format!("after {pause:?}"));
            site.wipe();
        }
        if (n + 1) % 20 == 0 {
            println!("killed {} times at any time; {NOTHING_WRONG}", n + 1);
        }
    }
}

#[test]
#[ignore = "takes minutes; prints counts"]
fn long_run_two_at_once() {
    let site = Site::with(2);
    for n in 0..PAIRS {
        let (mut one, mut other) = (site.start(), site.start());
        // Every second time, one of them does not see the end.
        if n % 2 == 1 {
            std::thread::sleep(Duration::from_millis(n * 7_919 % 2_000));
            one.kill().unwrap();
        }
        one.wait().unwrap();
        assert!(other.wait().unwrap().success());
        site.assert_none_partial("two at once");
        site.assert_recovers("two at once");
        site.wipe();
    }
    println!("{PAIRS} times two scans at once, one of them killed every second time; {NOTHING_WRONG}");
}

const NOTHING_WRONG: &str = "0 lost, 0 doubled, 0 partial";

fn named_points() -> Vec<(&'static str, usize)> {
    CALLS.iter().flat_map(|&(call, numbers)| numbers.iter().map(move |&number| (call, number))).collect()
}
