//! Checks over HTTP, with the built program and a plain client.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;
mod making;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::cargo::CommandCargoExt;
use common::{pingcha, run};
use making::{AAC, H264, policy, recording};
use serde_json::Value;

struct Served {
    folder: tempfile::TempDir,
    process: Option<Child>,
    address: String,
}

impl Served {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        policy(folder.path());
        fs::create_dir(folder.path().join("nas")).unwrap();
        recording(&folder.path().join("nas"), "clip.mp4", "mp4mux", H264, AAC);
        fs::write(folder.path().join("secret.mp4"), "not below the root").unwrap();
        std::os::unix::fs::symlink(folder.path().join("secret.mp4"), folder.path().join("nas/link.mp4"))
            .unwrap();
        fs::write(folder.path().join("token"), "0123456789abcdef\n").unwrap();
        let mut served = Self { folder, process: None, address: String::new() };
        served.start();
        served
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn start(&mut self) {
        let mut command = Command::cargo_bin("pingcha").unwrap();
        command.args(["serve", "--listen", "127.0.0.1:0", "--speech", "off", "--lang", "en", "--out"]);
        command.arg(self.at("out")).arg("--token").arg(self.at("token"));
        command.arg("--root").arg(format!("nas={}", self.at("nas").display()));
        command.arg("--policy").arg(self.at("unbroken.toml"));
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        self.address = line.trim().trim_start_matches("http://").trim_end_matches('/').to_owned();
        self.process = Some(process);
    }

    fn kill(&mut self) {
        let mut process = self.process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// Status and body.
    fn ask(&self, line: &str, headers: &str, body: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        let head = format!(
            "{line} HTTP/1.1\r\nHost: pingcha\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        // One who is refused may hang up before all was said.
        let _ = stream.write_all(body);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    fn get(&self, path: &str) -> (u16, String) {
        self.ask(&format!("GET {path}"), TOKEN, b"")
    }

    fn post(&self, path: &str) -> (u16, String) {
        let headers = format!("{TOKEN}Content-Type: application/json\r\n");
        self.ask("POST /api/v1/checks", &headers, serde_json::json!({"path": path}).to_string().as_bytes())
    }

    fn verdict(&self, accepted: &str) -> Value {
        let id = serde_json::from_str::<Value>(accepted).unwrap()["id"].as_str().unwrap().to_owned();
        let begun = Instant::now();
        loop {
            let (status, body) = self.get(&format!("/api/v1/checks/{id}"));
            let check: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(status, 200, "{body}");
            if check["state"] == "done" {
                let (status, report) = self.get(check["report"].as_str().unwrap());
                let report: Value = serde_json::from_str(&report).unwrap();
                assert_eq!((status, &report["verdict"]), (200, &check["verdict"]));
                let (status, page) = self.get(&format!("/api/v1/checks/{id}/report.html"));
                assert!(status == 200 && page.contains("<html"));
                return check["verdict"].clone();
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "{body}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if self.process.is_some() {
            self.kill();
        }
    }
}

const TOKEN: &str = "Authorization: Bearer 0123456789abcdef\r\n";

#[test]
fn a_clip_is_asked_for_by_path_or_upload_and_its_report_is_had_also_after_a_kill() {
    let mut served = Served::new();
    let (status, accepted) = served.post("nas:/clip.mp4");
    assert_eq!(status, 202, "{accepted}");
    assert_eq!(served.verdict(&accepted), "compliant");

    let clip = fs::read(served.at("nas/clip.mp4")).unwrap();
    let headers = format!("{TOKEN}Content-Type: application/octet-stream\r\n");
    let (status, accepted) = served.ask("POST /api/v1/checks?name=copy.mp4", &headers, &clip);
    assert_eq!(status, 202, "{accepted}");
    // What was accepted is done, whatever happens to whoever accepted it.
    served.kill();
    served.start();
    assert_eq!(served.verdict(&accepted), "compliant");
    let (_, listed) = served.get("/api/v1/checks");
    assert_eq!(serde_json::from_str::<Value>(&listed).unwrap().as_array().unwrap().len(), 2);
    assert!(served.get("/").1.contains("copy.mp4"));
    let described: Value = serde_json::from_str(&served.get("/api/v1/openapi.json").1).unwrap();
    assert_eq!(described["openapi"], "3.1.0");
}

#[test]
fn what_must_not_be_asked_for_is_refused() {
    let served = Served::new();
    for path in
        ["nas:/../secret.mp4", "nas:/link.mp4", "nas:/nowhere.mp4", "other:/clip.mp4", "/etc/passwd", ""]
    {
        assert_eq!(served.post(path).0, 403, "{path}");
    }
    let ask = |query: &str, headers: &str, body: &[u8]| {
        served.ask(&format!("POST /api/v1/checks{query}"), &format!("{TOKEN}{headers}"), body).0
    };
    assert_eq!(ask("", "Content-Type: application/json\r\n", b"{\"path\": 7}"), 400);
    assert_eq!(ask("?name=a.mp4", "Content-Type: text/plain\r\n", b"x"), 415);
    for name in ["", "?name=", "?name=..%2Fa.mp4", "?name=check.json"] {
        assert_eq!(ask(name, "Content-Type: video/mp4\r\n", b"x"), 400, "{name}");
    }
    assert_eq!(served.get("/api/v1/checks/none").0, 404);
    assert_eq!(served.ask("GET /api/v1/checks", "", b"").0, 401);
    assert_eq!(served.ask("GET /", "Authorization: Bearer 0123456789abcdeX\r\n", b"").0, 401);
    // Nothing was put in line, and nothing lies around.
    assert_eq!(served.get("/api/v1/checks").1, "[]");
    assert_eq!(fs::read_dir(served.at("out")).unwrap().count(), 0);
    let (status, _, complaint) = run(pingcha()
        .args(["serve", "--listen", "0.0.0.0:0", "--lang", "en", "--out"])
        .arg(served.at("out")));
    assert!(status == 2 && complaint.contains("--token"), "{complaint}");
}
