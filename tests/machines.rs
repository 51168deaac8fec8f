//! Several machines on one catalogue in PostgreSQL: nothing is lost, doubled or mixed up, whoever dies when.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;
mod making;
mod postgres;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::cargo::CommandCargoExt;
use common::{pingcha, run};
use making::{AAC, H264, policy, recording};
use postgres::Server;

/// Footage, a policy and a server.
struct Site {
    folder: tempfile::TempDir,
    server: Server,
    clips: usize,
}

impl Site {
    fn with(clips: usize) -> Option<Self> {
        let site = Self { server: Server::start()?, folder: tempfile::tempdir().unwrap(), clips };
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
        // Another machine has the same share elsewhere.
        std::os::unix::fs::symlink(site.at("footage"), site.at("mount")).unwrap();
        // Decodes as slowly as it takes for a test to step in.
        fs::create_dir_all(site.at("slow/decode")).unwrap();
        let slow = "avdec_h264 max-threads=1 ! identity sleep-time=3600000000";
        fs::write(site.at("slow/decode/video-x-h264.launch"), slow).unwrap();
        Some(site)
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn scan(&self, catalogue: &str, more: &[&str]) -> (i32, String, String) {
        let root = format!("nas={}", self.at("footage").display());
        let mut command = pingcha();
        command.arg("scan").arg(self.at("footage")).args(["--catalogue", catalogue, "--root", &root]);
        command.arg("--policy").arg(self.at("unbroken.toml"));
        run(command.args(["--format", "json", "--speech", "off", "--lang", "en", "--jobs", "2"]).args(more))
    }

    fn enqueue(&self) {
        let (status, said, complaint) = self.scan(&self.server.address(), &["--enqueue"]);
        assert_eq!(status, 0, "{complaint}");
        assert!(said.starts_with(&format!("{} of {}", self.clips, self.clips)), "{said}");
    }

    fn worker(&self, mount: &str, more: &[&str]) -> Child {
        let mut command = Command::cargo_bin("pingcha").unwrap();
        command.env("PINGCHA_MODELS", Path::new(env!("CARGO_MANIFEST_DIR")).join("models"));
        command.args(["worker", "--catalogue", &self.server.address(), "--lang", "en", "--jobs", "1"]);
        command.arg("--root").arg(format!("nas={}", self.at(mount).display())).args(more);
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    }

    fn slow_worker(&self) -> Child {
        self.worker("footage", &["--lease", "2", "--pipelines", self.at("slow").to_str().unwrap()])
    }

    /// Waits until a question to the database has this answer.
    fn until(&self, question: &str, answer: &str) {
        let begun = Instant::now();
        while self.server.psql("pingcha", question) != answer {
            assert!(begun.elapsed() < Duration::from_secs(120), "{question} is not {answer}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Every clip was observed once, and its job is done.
    fn assert_whole(&self) {
        let n = self.clips.to_string();
        let count = |what: &str| self.server.psql("pingcha", &format!("SELECT COUNT(*) FROM {what}"));
        assert_eq!(
            [count("job WHERE state = 'done'"), count("job"), count("evidence"), count("file")],
            [n.as_str(); 4],
            "{}",
            self.server.psql("pingcha", "SELECT * FROM job")
        );
    }

    /// Judges what workers observed, and gives the reports.
    fn reports(&self, catalogue: &str, out: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let (status, said, complaint) = self.scan(catalogue, &["--out", self.at(out).to_str().unwrap()]);
        assert!(status == 0 && said.contains(&format!("{} clips", self.clips)), "{said}{complaint}");
        if catalogue.starts_with("postgres") {
            assert!(said.contains("0 were observed now"), "{said}");
        }
        let folder = self.at(out).join("day 1");
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        files.map(|path| (path.file_name().unwrap().into(), fs::read(&path).unwrap())).collect()
    }
}

fn complaints(worker: Child) -> String {
    let output = worker.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn signal(process: &Child, name: &str) {
    assert!(
        Command::new("kill")
            .args([&format!("-{name}"), &process.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
}

#[test]
fn two_workers_make_what_one_machine_makes() {
    let Some(site) = Site::with(5) else { return };
    let alone = site.reports(site.at("alone.db").to_str().unwrap(), "alone");
    site.enqueue();
    let workers = [site.worker("footage", &[]), site.worker("mount", &[])];
    for worker in workers {
        complaints(worker);
    }
    site.assert_whole();
    assert!(site.reports(&site.server.address(), "together") == alone, "the reports differ");
    // Nothing is left to be put down.
    let (_, said, _) = site.scan(&site.server.address(), &["--enqueue"]);
    assert!(said.starts_with("0 of 5"), "{said}");

    // A copy of one machine's catalogue is as good as the other.
    site.server.psql("postgres", "CREATE DATABASE copy");
    let copy = site.server.database("copy");
    let copied = |to: &str| run(pingcha().args(["catalogue", "copy"]).arg(site.at("alone.db")).arg(to));
    assert_eq!(copied(&copy).0, 0);
    assert_eq!(copied(&copy).0, 2, "only into an empty one");
    let judged = |catalogue: &str| {
        let mut command = pingcha();
        command.args(["judge", "--lang", "en", "--catalogue", catalogue, "--policy"]);
        run(command.arg(site.at("unbroken.toml"))).1
    };
    assert!(judged(&copy).contains("5 clips: 5 compliant"));
    let verified = |catalogue: &str| run(pingcha().args(["catalogue", "verify", catalogue])).0;
    assert_eq!(verified(&copy), 0);
    site.server.psql("copy", "UPDATE log SET detail = 'nothing' WHERE n = 1");
    assert_eq!(verified(&copy), 1);
}

#[test]
fn a_worker_that_was_stopped_beyond_its_lease_is_refused() {
    let Some(site) = Site::with(2) else { return };
    site.enqueue();
    // As slow as to be caught, and no slower.
    let slow = "avdec_h264 max-threads=1 ! identity sleep-time=20000";
    fs::write(site.at("slow/decode/video-x-h264.launch"), slow).unwrap();
    let stopped = site.slow_worker();
    site.until("SELECT COUNT(*) FROM job WHERE state = 'leased'", "1");
    signal(&stopped, "STOP");
    complaints(site.worker("mount", &[]));
    site.assert_whole();
    let before = site.server.psql("pingcha", "SELECT md5(string_agg(json, '' ORDER BY n)) FROM evidence");
    signal(&stopped, "CONT");
    let said = complaints(stopped);
    assert!(said.contains("refused"), "{said}");
    site.assert_whole();
    assert_eq!(
        site.server.psql("pingcha", "SELECT md5(string_agg(json, '' ORDER BY n)) FROM evidence"),
        before
    );
}

#[test]
fn a_clip_at_which_every_worker_dies_ends_as_a_report() {
    let Some(site) = Site::with(1) else { return };
    site.enqueue();
    for attempt in 1..=3 {
        let mut worker = site.slow_worker();
        site.until(&format!("SELECT COUNT(*) FROM job WHERE state = 'leased' AND attempts = {attempt}"), "1");
        worker.kill().unwrap();
        worker.wait().unwrap();
    }
    let said = complaints(site.worker("footage", &["--lease", "2"]));
    assert!(said.contains("not tried again"), "{said}");
    site.assert_whole();
    let (status, said, _) = site.scan(&site.server.address(), &["--out", site.at("out").to_str().unwrap()]);
    assert!(status == 4 && said.contains("1 unreadable"), "{said}");
}

#[test]
fn killed_workers_and_a_killed_server_lose_and_double_nothing() {
    let Some(site) = Site::with(6) else { return };
    let alone = site.reports(site.at("alone.db").to_str().unwrap(), "alone");
    site.enqueue();
    for pause_ms in [150, 700, 1300] {
        let mut worker = site.worker("footage", &["--lease", "1"]);
        std::thread::sleep(Duration::from_millis(pause_ms));
        worker.kill().unwrap();
        worker.wait().unwrap();
    }
    // What the dead held is free by now.
    std::thread::sleep(Duration::from_millis(1_500));
    let survivor = site.worker("mount", &["--lease", "2"]);
    let now_ms = "EXTRACT(EPOCH FROM clock_timestamp()) * 1000";
    site.until(&format!("SELECT COUNT(*) FROM job WHERE state = 'leased' AND expires_ms > {now_ms}"), "1");
    site.server.kill();
    std::thread::sleep(Duration::from_millis(1_500));
    site.server.up();
    complaints(survivor);
    site.assert_whole();
    assert!(site.reports(&site.server.address(), "together") == alone, "the reports differ");
}

/// Kills workers at any time, and the server in every second round.
#[test]
#[ignore = "takes half an hour; prints counts"]
fn long_run() {
    let Some(site) = Site::with(4) else { return };
    let alone = site.reports(site.at("alone.db").to_str().unwrap(), "alone");
    let rounds =
        std::env::var("PINGCHA_FAULT_TIMES").ok().and_then(|times| times.parse().ok()).unwrap_or(50_u64);
    let (mut workers, mut servers) = (0, 0);
    for round in 0..rounds {
        // Spread over a run without an order that the machine could follow.
        let pause = |n: u64| std::thread::sleep(Duration::from_millis((3 * round + n) * 7_919 % 2_500));
        let _ = fs::remove_dir_all(site.at("together"));
        site.server.psql("pingcha", "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
        site.enqueue();
        // A third death at the same clip would end it as a report.
        for n in 0..2 {
            let mut worker = site.worker("footage", &["--lease", "1"]);
            pause(n);
            worker.kill().unwrap();
            worker.wait().unwrap();
            workers += 1;
        }
        let survivors = [site.worker("mount", &["--lease", "2"]), site.worker("footage", &["--lease", "2"])];
        if round % 2 == 1 {
            pause(2);
            site.server.kill();
            site.server.up();
            servers += 1;
        }
        for survivor in survivors {
            complaints(survivor);
        }
        site.assert_whole();
        assert!(
            site.reports(&site.server.address(), "together") == alone,
            "round {round}: the reports differ"
        );
    }
    println!(
        "{workers} workers and {servers} servers killed in {rounds} rounds; 0 lost, 0 doubled, 0 partial"
    );
}

#[test]
fn wrong_homes_are_refused() {
    let Some(site) = Site::with(1) else { return };
    site.server.psql("postgres", "CREATE DATABASE other");
    site.server.psql("other", "CREATE TABLE staff (name TEXT)");
    let (status, _, complaint) = site.scan(&site.server.database("other"), &[]);
    assert!(status == 2 && complaint.contains("not a catalogue"), "{complaint}");
    assert_eq!(
        site.server
            .psql("other", "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'public'"),
        "1"
    );
    let (status, _, complaint) = site.scan(site.at("year.db").to_str().unwrap(), &["--enqueue"]);
    assert!(status == 2 && complaint.contains("PostgreSQL"), "{complaint}");
    let (status, _, complaint) =
        run(pingcha().args(["worker", "--catalogue", &site.server.database("nowhere"), "--lang", "en"]));
    assert!(status == 2 && complaint.contains("nowhere"), "{complaint}");
}
