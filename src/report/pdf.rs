//! The page as PDF, printed by an installed Chromium. The page needs no script and no network, and
//! the browser gets neither.

use std::env;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::RenderError;
use super::inert::visible;

/// Looked for in this order on `PATH`. Debian's package is `chromium`.
pub const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Printing the report of a two-hour clip takes seconds; a browser that hangs must not hang us.
const TIME_LIMIT: Duration = Duration::from_secs(120);
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// Chromium complains at length of services that it does not need; what it died of it calls fatal.
const FATAL: &str = "FATAL";
/// Without such a line, the last ones have to do.
const COMPLAINT_LINES: usize = 3;

/// Prints one self-contained page.
pub fn print(html: &str) -> Result<Vec<u8>, RenderError> {
    let path = env::var_os("PATH").unwrap_or_default();
    let browser = find(&env::split_paths(&path).collect::<Vec<_>>()).ok_or(RenderError::NoBrowser)?;
    print_with(&browser, html, TIME_LIMIT)
}

fn find(folders: &[PathBuf]) -> Option<PathBuf> {
    let candidates = BROWSERS.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    candidates.into_iter().find(|candidate| candidate.is_file())
}

fn print_with(browser: &Path, html: &str, time_limit: Duration) -> Result<Vec<u8>, RenderError> {
    let name = browser.display().to_string();
    let folder = tempfile::tempdir().map_err(RenderError::TemporaryFile)?;
    let (page, pdf, complaints) =
        (folder.path().join("report.html"), folder.path().join("report.pdf"), folder.path().join("stderr"));
    fs::write(&page, html).map_err(RenderError::TemporaryFile)?;
    let stderr = File::create(&complaints).map_err(RenderError::TemporaryFile)?;

    let mut command = Command::new(browser);
    command
        .args(["--headless", "--disable-gpu", "--no-first-run", "--disable-extensions"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--disable-breakpad", "--disable-dev-shm-usage"])
        // No name resolves and every address goes to a proxy that is not there.
        .args(["--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:9"])
        .args(["--no-pdf-header-footer", "--generate-pdf-document-outline"])
        .arg(option("--user-data-dir=", &folder.path().join("profile")))
        .arg(option("--print-to-pdf=", &pdf))
        .arg(option("file://", &page))
        // What it keeps for a user who browses goes with the folder.
        .env("XDG_CONFIG_HOME", folder.path().join("config"))
        .env("XDG_CACHE_HOME", folder.path().join("cache"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(stderr);
    if runs_as_root() {
        // Chromium's sandbox refuses root. The page is our own and runs no script.
        command.arg("--no-sandbox");
    }
    let not_run = |source| RenderError::BrowserNotRun { browser: name.clone(), source };
    let mut child = command.spawn().map_err(not_run)?;
    let Some(status) = wait(&mut child, time_limit).map_err(not_run)? else {
        return Err(RenderError::BrowserTooSlow { browser: name, limit_s: time_limit.as_secs() });
    };
    match fs::read(&pdf) {
        Ok(mut bytes) if status.success() && bytes.starts_with(b"%PDF-") => {
            blank_dates(&mut bytes);
            Ok(bytes)
        }
        _ => Err(RenderError::BrowserFailed {
            browser: name,
            status: status.to_string(),
            message: complaint(&complaints),
        }),
    }
}

fn option(name: &str, path: &Path) -> std::ffi::OsString {
    let mut option = std::ffi::OsString::from(name);
    option.push(path);
    option
}

/// The kernel's answer: who owns this process.
fn runs_as_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// The exit status, or `None` when the time ran out and the browser was ended.
fn wait(child: &mut Child, time_limit: Duration) -> std::io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + time_limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(POLL_INTERVAL);
    }
}

fn complaint(stderr: &Path) -> String {
    let stderr = fs::read(stderr).unwrap_or_default();
    let stderr = String::from_utf8_lossy(&stderr);
    let lines: Vec<_> = stderr.lines().collect();
    let last = &lines[lines.len().saturating_sub(COMPLAINT_LINES)..];
    let shown = lines.iter().find(|line| line.contains(FATAL)).map_or(last, std::slice::from_ref);
    visible(&shown.join("; "))
}

/// A report holds no wall-clock time. White space of the same length keeps every offset in the file.
fn blank_dates(pdf: &mut [u8]) {
    for key in [&b"/CreationDate ("[..], b"/ModDate ("] {
        let found: Vec<usize> = pdf
            .windows(key.len())
            .enumerate()
            .filter(|(_, window)| *window == key)
            .map(|(at, _)| at)
            .collect();
        for at in found {
            if let Some(length) = pdf[at..].iter().position(|&byte| byte == b')') {
                pdf[at..=at + length].fill(b' ');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A stand-in for the browser, so that the tests need none.
    fn browser(script: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("chromium");
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        (folder, file)
    }

    const FIND_OUTPUT: &str =
        r#"for a in "$@"; do case "$a" in --print-to-pdf=*) out="${a#*=}";; esac; done"#;

    #[test]
    fn dates_are_taken_out_and_offsets_stay() {
        let (_folder, browser) = browser(&format!(
            "{FIND_OUTPUT}\nprintf '%%PDF-1.4 <</CreationDate (D:20250314)/ModDate (D:2)/Title (a)>>' > \"$out\""
        ));
        let pdf = print_with(&browser, "<p/>", TIME_LIMIT).unwrap();
        let expected = format!("%PDF-1.4 <<{}/Title (a)>>", " ".repeat(26 + 14));
        assert_eq!(String::from_utf8(pdf).unwrap(), expected);
    }

    #[test]
    fn a_browser_that_hangs_is_ended() {
        let (_folder, browser) = browser("exec sleep 600");
        let error = print_with(&browser, "<p/>", Duration::from_millis(200)).unwrap_err();
        assert!(matches!(error, RenderError::BrowserTooSlow { .. }), "{error}");
    }

    #[test]
    fn what_a_browser_died_of_is_quoted() {
        let (_folder, browser) = browser(
            "echo '[1:FATAL:host.cc] No usable sandbox!' >&2; for n in 1 2 3 4; do echo frame >&2; done",
        );
        let error = print_with(&browser, "<p/>", TIME_LIMIT).unwrap_err().to_string();
        assert!(error.contains("No usable sandbox!") && !error.contains("frame"), "{error}");
    }

    #[test]
    fn without_a_browser_the_package_is_named() {
        let empty = tempfile::tempdir().unwrap();
        assert_eq!(find(&[empty.path().to_owned()]), None);
        assert!(RenderError::NoBrowser.to_string().contains("'chromium'"));
    }

    /// Needs Chromium, which neither the build nor the other tests do:
    /// `cargo test --lib report::pdf -- --ignored`.
    #[test]
    #[ignore = "needs Chromium"]
    fn chromium_prints_the_same_report_to_the_same_bytes() {
        use crate::lang::Lang;
        use crate::report::{Format, Style, fixture, render};

        let report = fixture::violation(Lang::Zh);
        let print = || render(&report, Format::Pdf, &Style::default()).unwrap();
        let pdf = print();
        assert!(pdf.starts_with(b"%PDF-") && pdf == print());
    }
}
