//! What an ingest system leans on: files are taken when they are complete, programs are told, and a full disk is waited
//! out.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;
mod making;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::cargo::CommandCargoExt;
use common::{pingcha, run};
use making::{AAC, H264, policy, recording};

fn within_a_minute(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A folder that is watched, and the clip that comes there.
struct Dock {
    folder: tempfile::TempDir,
    clip: Vec<u8>,
}

impl Dock {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("in")).unwrap();
        policy(folder.path());
        let clip = fs::read(recording(folder.path(), "clip.mp4", "mp4mux", H264, AAC)).unwrap();
        Self { folder, clip }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn watch(&self, more: &[&str]) -> Child {
        let mut command = Command::cargo_bin("pingcha").unwrap();
        command.arg("watch").arg(self.at("in")).arg("--out").arg(self.at("out"));
        command.arg("--policy").arg(self.at("unbroken.toml"));
        command.args(["--speech", "off", "--rest", "1", "--lang", "en"]).args(more);
        command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
    }

    fn report(&self, name: &str) -> PathBuf {
        self.at("out").join(format!("{name}.report.json"))
    }
}

fn ended(mut watch: Child) -> String {
    assert!(Command::new("kill").args(["-TERM", &watch.id().to_string()]).status().unwrap().success());
    let mut said = String::new();
    std::io::Read::read_to_string(watch.stdout.as_mut().unwrap(), &mut said).unwrap();
    assert!(watch.wait().unwrap().success());
    said
}

#[test]
fn a_watched_folder_is_checked_as_files_are_completed_and_never_twice() {
    let dock = Dock::new();
    let told = dock.at("told.txt");
    let script = dock.at("tell me.sh");
    fs::write(
        &script,
        "#!/bin/sh\nprintf '%s|%s|%s|%s\\n' \"$1\" \"$2\" \"$3\" \"$PINGCHA_VERDICT\" >> \"$TOLD\"\n",
    )
    .unwrap();
    Command::new("chmod").arg("+x").arg(&script).status().unwrap();
    // An argument that a shell would take apart.
    let hook = ["--on-report", script.to_str().unwrap(), "--on-report", "--queue; rm -rf $HOME"];
    let start = || {
        let mut command = Command::cargo_bin("pingcha").unwrap();
        command.arg("watch").arg(dock.at("in")).arg("--out").arg(dock.at("out")).env("TOLD", &told);
        command.arg("--policy").arg(dock.at("unbroken.toml")).args(hook);
        command.args(["--speech", "off", "--rest", "1", "--lang", "en"]);
        command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
    };
    fs::create_dir(dock.at("in/day 1")).unwrap();
    fs::write(dock.at("in/day 1/first.mp4"), &dock.clip).unwrap();
    fs::write(dock.at("in/later.mp4.part"), &dock.clip).unwrap();
    let watch = start();
    // A file that grows slower than it is looked at is not taken before it is whole.
    let mut growing = fs::File::create(dock.at("in/growing.mp4")).unwrap();
    for piece in dock.clip.chunks(dock.clip.len() / 8 + 1) {
        assert!(!dock.report("growing.mp4").exists(), "taken half-copied");
        growing.write_all(piece).unwrap();
        growing.sync_all().unwrap();
        std::thread::sleep(Duration::from_millis(400));
    }
    within_a_minute("the first two", || {
        dock.report("day 1/first.mp4").exists() && dock.report("growing.mp4").exists()
    });
    let verdict = |name: &str| -> serde_json::Value {
        serde_json::from_slice(&fs::read(dock.report(name)).unwrap()).unwrap()
    };
    assert_eq!(verdict("growing.mp4")["verdict"], "compliant");
    fs::rename(dock.at("in/later.mp4.part"), dock.at("in/later.mp4")).unwrap();
    within_a_minute("the one that was renamed", || dock.report("later.mp4").exists());
    within_a_minute("three calls", || fs::read_to_string(&told).is_ok_and(|told| told.lines().count() == 3));
    assert_eq!(ended(watch).lines().count(), 3);
    let line = format!(
        "--queue; rm -rf $HOME|{}|{}|compliant",
        dock.report("later.mp4").display(),
        dock.at("in/later.mp4").canonicalize().unwrap().display()
    );
    assert!(fs::read_to_string(&told).unwrap().lines().any(|told| told == line), "{line}");

    // Started again, it knows what is done, and takes what came meanwhile.
    fs::write(dock.at("in/meanwhile.mp4"), &dock.clip).unwrap();
    let watch = start();
    within_a_minute("what came meanwhile", || dock.report("meanwhile.mp4").exists());
    assert_eq!(ended(watch).lines().count(), 1);
}

#[test]
fn a_file_that_stands_still_half_copied_is_given_time() {
    let dock = Dock::new();
    let (first, second) = dock.clip.split_at(dock.clip.len() / 2);
    fs::write(dock.at("in/stalled.mp4"), first).unwrap();
    let watch = dock.watch(&[]);
    std::thread::sleep(Duration::from_millis(2_500));
    let mut file = fs::File::options().append(true).open(dock.at("in/stalled.mp4")).unwrap();
    file.write_all(second).unwrap();
    drop(file);
    within_a_minute("the report", || dock.report("stalled.mp4").exists());
    ended(watch);
    let report: serde_json::Value =
        serde_json::from_slice(&fs::read(dock.report("stalled.mp4")).unwrap()).unwrap();
    assert_eq!(report["verdict"], "compliant");
}

/// A file system of a few blocks, where this user may mount one.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=256k", "small"]).arg(at).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(at.to_owned()))
    }

    fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        assert!(Command::new("mount").args(["-o", &options]).arg(&self.0).status().unwrap().success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_waited_out_and_leaves_no_half_file() {
    let dock = Dock::new();
    fs::write(dock.at("in/clip.mp4"), &dock.clip).unwrap();
    let Some(_disk) = SmallDisk::mount(&dock.at("out")) else {
        eprintln!("skipped: this user may not mount a small disk");
        return;
    };
    let ballast = dock.at("out/ballast");
    // As much as goes in.
    assert!(fs::write(&ballast, vec![0; 512 * 1024]).is_err());
    let mut command = Command::cargo_bin("pingcha").unwrap();
    command.arg("scan").arg(dock.at("in")).arg("--out").arg(dock.at("out"));
    command.arg("--catalogue").arg(dock.at("year.db")).arg("--policy").arg(dock.at("unbroken.toml"));
    let errors = dock.at("errors.txt");
    command.args(["--speech", "off", "--lang", "en"]).stderr(fs::File::create(&errors).unwrap());
    let mut scan = command.stdout(Stdio::null()).spawn().unwrap();
    within_a_minute("it says that it waits", || {
        fs::read_to_string(&errors).is_ok_and(|said| said.contains("the disk is full; waiting"))
    });
    assert!(scan.try_wait().unwrap().is_none(), "it waits");
    assert!(!dock.report("clip.mp4").exists());
    fs::remove_file(&ballast).unwrap();
    assert!(scan.wait().unwrap().success());
    let report: serde_json::Value =
        serde_json::from_slice(&fs::read(dock.report("clip.mp4")).unwrap()).unwrap();
    assert_eq!(report["verdict"], "compliant");
    let left = fs::read_dir(dock.at("out")).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(left.collect::<Vec<_>>(), ["clip.mp4.report.json"]);
}

#[test]
fn a_catalogue_that_cannot_be_written_is_told() {
    let dock = Dock::new();
    fs::write(dock.at("in/clip.mp4"), &dock.clip).unwrap();
    let Some(disk) = SmallDisk::mount(&dock.at("disk")) else {
        eprintln!("skipped: this user may not mount a small disk");
        return;
    };
    let scan = || {
        let mut command = pingcha();
        command.arg("scan").arg(dock.at("in")).arg("--catalogue").arg(dock.at("disk/year.db"));
        run(command.args(["--speech", "off", "--lang", "en", "--policy"]).arg(dock.at("unbroken.toml")))
    };
    disk.remount("size=16m");
    assert_eq!(scan().0, 0);
    disk.remount("ro");
    let (status, _, complaint) = scan();
    assert!(status == 2 && complaint.contains("disk/year.db failed"), "{complaint}");
    disk.remount("rw");
    let (status, said, _) = scan();
    assert!(status == 0 && said.contains("0 were observed now"), "{said}");
}

#[test]
fn a_hook_that_fails_is_told_and_changes_nothing() {
    let dock = Dock::new();
    let mut command = pingcha();
    command.arg("check").arg(dock.at("clip.mp4")).arg("--out").arg(dock.at("out"));
    command.arg("--policy").arg(dock.at("unbroken.toml")).args(["--speech", "off", "--format", "json"]);
    let (status, _, complaint) = run(command.args(["--on-report", "/no/such/program"]));
    assert!(status == 0 && complaint.contains("/no/such/program"), "{complaint}");
    assert!(dock.report("clip.mp4").exists());
}
