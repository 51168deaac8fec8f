//! Running the built program on the samples.

use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;

#[allow(dead_code)] // not every test crate reads samples
pub fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)
}

pub fn pingcha() -> Command {
    let mut command = Command::cargo_bin("pingcha").unwrap();
    command.env("PINGCHA_MODELS", Path::new(env!("CARGO_MANIFEST_DIR")).join("models"));
    command
}

pub fn run(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code().expect("the program ends by itself"), text(stdout), text(stderr))
}

/// Checks one clip and gives the exit status and the report.
#[allow(dead_code)] // not every test crate checks single clips
pub fn check(clip: &Path, args: &[&str]) -> (i32, Value) {
    let (status, stdout, stderr) =
        run(pingcha().arg("check").arg(clip).args(["--format", "json"]).args(args));
    let report = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}{stderr}"));
    (status, report)
}

/// Verdicts of all findings of one check.
#[allow(dead_code)] // not every test crate asks for single findings
pub fn verdicts<'r>(report: &'r Value, check: &str) -> Vec<&'r str> {
    let findings = report["findings"].as_array().unwrap();
    let own = findings.iter().filter(|finding| finding["check"] == check);
    own.map(|finding| finding["verdict"].as_str().unwrap()).collect()
}
