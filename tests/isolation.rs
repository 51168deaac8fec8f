//! Decoding in a child: it can do nothing but read its clip, sees what would be seen without, and its death costs
//! that clip alone.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;
mod making;

use std::fs;
use std::net::{TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::cargo::CommandCargoExt;
use common::{check, pingcha, run, sample};
use making::policy;
use pingcha::evidence::{Evidence, Isolation};
use pingcha::isolation::{Reach, confine};
use pingcha::media::Pipelines;
use pingcha::models::ModelStore;
use pingcha::observe::{Tools, observe};
use serde_json::Value;

/// Runs in a process of its own, started by the next test.
#[test]
#[ignore = "confines the process that runs it"]
fn inside() {
    let folder = PathBuf::from(std::env::var_os("PINGCHA_TEST_FOLDER").unwrap());
    let (own, other) = (folder.join("own"), folder.join("other"));
    let level = confine(&Reach { read: vec![own.clone()], cpu_s: 60, ..Reach::default() });
    // The test harness has a thread of its own, for which files are not restricted.
    assert!(level.calls && level.resources && !level.files, "{level:?}");
    assert_eq!(fs::read(&own).unwrap(), b"own");
    assert!(std::thread::spawn(|| 7).join().is_ok_and(|seven| seven == 7));
    let escapes: [(&str, bool); 12] = [
        ("read another file", fs::read(&other).is_ok()),
        ("list a folder", fs::read_dir(&folder).is_ok()),
        ("read another process", fs::read("/proc/1/environ").is_ok()),
        ("write its file", fs::write(&own, "changed").is_ok()),
        ("make a file", fs::write(folder.join("new"), "new").is_ok()),
        ("remove a file", fs::remove_file(&other).is_ok()),
        ("rename a file", fs::rename(&own, folder.join("moved")).is_ok()),
        ("make a folder", fs::create_dir(folder.join("sub")).is_ok()),
        ("reach a network address", TcpStream::connect("127.0.0.1:5432").is_ok()),
        ("open a datagram socket", UdpSocket::bind("127.0.0.1:0").is_ok()),
        ("reach another program's socket", UnixStream::connect(folder.join("socket")).is_ok()),
        ("start a program", Command::new("true").status().is_ok()),
    ];
    let done: Vec<&str> = escapes.iter().filter(|(_, done)| *done).map(|(what, _)| *what).collect();
    assert!(done.is_empty(), "{done:?}");
}

#[test]
fn a_confined_process_reads_its_file_and_can_do_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("own"), "own").unwrap();
    fs::write(folder.path().join("other"), "other").unwrap();
    let _listening = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "inside", "--ignored", "--test-threads=1", "--nocapture"]);
    let output = command.env("PINGCHA_TEST_FOLDER", folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read(folder.path().join("own")).unwrap(), b"own");
    assert!(folder.path().join("other").exists());
}

#[test]
fn a_child_sees_and_hears_what_is_seen_and_heard_without_one() {
    let store = ModelStore::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("models")).unwrap();
    let clip = sample("cut.mp4");
    let (status, said, complaint) =
        run(pingcha().args(["--require-sandbox", "observe", "--speech", "full"]).arg(&clip));
    assert_eq!(status, 0, "{complaint}");
    let apart: Evidence = serde_json::from_str(&said).unwrap();
    assert_eq!(apart.isolation, Isolation::Full);
    assert!(!apart.speech.seen().unwrap().segments.is_empty());
    let request = pingcha::observe::Request {
        channels: [
            pingcha::evidence::Channel::Container,
            pingcha::evidence::Channel::Timeline,
            pingcha::evidence::Channel::Picture,
            pingcha::evidence::Channel::Sound,
            pingcha::evidence::Channel::Clock,
            pingcha::evidence::Channel::Speech,
            pingcha::evidence::Channel::Sight,
        ]
        .into(),
        speech: pingcha::observe::SpeechScope::Full,
        digests: true,
        thorough: false,
    };
    let mut here = observe(&clip, &request, &mut Tools::new(Pipelines::default(), Ok(store), None));
    assert_eq!(here.isolation, Isolation::None);
    here.isolation = Isolation::Full;
    // As JSON: that is what a child's evidence has been.
    let text = serde_json::to_string(&here).unwrap();
    assert_eq!(serde_json::from_str::<Evidence>(&text).unwrap(), apart);
}

/// A folder of pipelines that spoils H.265, and nothing else.
fn spoilt(folder: &Path, decoder: &str) -> PathBuf {
    let pipelines = folder.join("pipelines");
    fs::create_dir_all(pipelines.join("decode")).unwrap();
    fs::write(pipelines.join("decode/video-x-h265.launch"), decoder).unwrap();
    pipelines
}

/// The process that decodes for `parent`, once there is one that is not `but`.
fn child_of(parent: &Child, but: Option<u32>) -> u32 {
    let begun = Instant::now();
    loop {
        assert!(begun.elapsed() < Duration::from_secs(60), "no child came");
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let Some(id) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
                continue;
            };
            let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
            let mut after_name = stat.rsplit(") ").next().unwrap_or_default().split(' ');
            let (state, of) = (after_name.next(), after_name.next());
            let confined = fs::read_to_string(entry.path().join("status")).unwrap_or_default();
            if of == Some(parent.id().to_string().as_str())
                && state != Some("Z")
                && Some(id) != but
                && confined.contains("Seccomp:\t2")
            {
                return id;
            }
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn signal(process: u32, name: &str) {
    assert!(
        Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status().unwrap().success()
    );
}

/// One clip's decoder hangs and is killed each time that it is tried; the other clip is none the worse.
#[test]
fn the_death_of_a_child_costs_its_clip_one_retry_and_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let pipelines = spoilt(folder.path(), "avdec_h265 max-threads=1 ! identity sleep-time=3600000000");
    let mut command = Command::cargo_bin("pingcha").unwrap();
    command.env("PINGCHA_MODELS", Path::new(env!("CARGO_MANIFEST_DIR")).join("models"));
    command.args(["check", "--speech", "off", "--no-digest", "--lang", "en", "--format", "json"]);
    command.arg("--policy").arg(policy(folder.path())).arg("--pipelines").arg(pipelines);
    command.args([sample("h265.mp4"), sample("mjpeg.avi")]);
    let program = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let first = child_of(&program, None);
    signal(first, "ABRT");
    signal(child_of(&program, Some(first)), "KILL");
    let output = program.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    let reports = String::from_utf8(output.stdout).unwrap();
    let reports: Vec<Value> = reports.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let why = reports[0]["unreadable"].as_str().unwrap();
    assert!(why.contains("died twice") && why.contains("SIGKILL"), "{why}");
    assert_eq!((&reports[0]["verdict"], &reports[0]["isolation"]), (&"unreadable".into(), &"full".into()));
    assert_ne!(reports[1]["verdict"], "unreadable", "{}", reports[1]);
}

#[test]
fn a_decoder_that_eats_memory_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let hoard = "avdec_h265 max-threads=1 ! videoscale ! video/x-raw,width=16000,height=16000 \
                 ! queue max-size-bytes=0 max-size-buffers=0 max-size-time=0 ! identity sleep-time=3600000000";
    let pipelines = spoilt(folder.path(), hoard);
    let policy = policy(folder.path());
    let args = ["--speech", "off", "--no-digest", "--lang", "en", "--policy"];
    let args = [&args[..], &[policy.to_str().unwrap(), "--pipelines", pipelines.to_str().unwrap()]].concat();
    let (status, report) = check(&sample("h265.mp4"), &args);
    assert_eq!(status, 4, "{report:#}");
    assert!(report["unreadable"].as_str().unwrap().contains("died twice"), "{report:#}");
}

/// Whoever looks for a fault sends the log to a file, which a confined process may not write to.
#[test]
fn a_log_that_goes_to_a_file_ends_no_child() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut command = Command::cargo_bin("pingcha").unwrap();
    command.args(["check", "--speech", "off", "--format", "json"]).arg(sample("h265.mp4"));
    command.env("PINGCHA_MODELS", Path::new(env!("CARGO_MANIFEST_DIR")).join("models"));
    command.env("PINGCHA_LOG", "trace").stderr(fs::File::create(&log).unwrap());
    let report: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
    assert_eq!(report["isolation"], "full");
    assert_eq!(report["unreadable"], Value::Null);
    assert!(fs::metadata(&log).unwrap().len() > 0);
}

#[test]
fn nobody_is_left_behind_when_the_program_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let pipelines = spoilt(folder.path(), "avdec_h265 max-threads=1 ! identity sleep-time=3600000000");
    let mut command = Command::cargo_bin("pingcha").unwrap();
    command.args(["check", "--speech", "off", "--policy"]).arg(policy(folder.path()));
    command.arg("--pipelines").arg(pipelines).arg(sample("h265.mp4"));
    let mut program = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let child = child_of(&program, None);
    program.kill().unwrap();
    program.wait().unwrap();
    let begun = Instant::now();
    while Path::new(&format!("/proc/{child}")).exists() {
        let stat = fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        // One that nobody has asked after yet is gone all the same.
        if stat.is_empty() || stat.contains(") Z ") {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{stat}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn pipes_and_devices_are_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.mp4");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in [pipe.as_path(), Path::new("/dev/zero"), Path::new("/dev/tty")] {
        let (status, report) = check(path, &["--speech", "off", "--lang", "en"]);
        assert_eq!(status, 4);
        assert!(report["unreadable"].as_str().unwrap().contains("not a regular file"), "{report:#}");
    }
}
