//! A program that is run for each finished clip.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use clap::Args;

use crate::report::ClipVerdict;

#[derive(Debug, Clone, Default, Args)]
pub struct Hook {
    /// Program to run when a clip's report is written, with the report's path and the clip's behind its own arguments
    /// and the verdict in PINGCHA_VERDICT; give the option again for each argument. No shell reads it
    #[arg(long = "on-report", value_name = "CMD", allow_hyphen_values = true, requires = "out")]
    command: Vec<OsString>,
}

impl Hook {
    /// Runs it and waits for its end. That it fails is said, and changes nothing about the clip.
    pub fn run(&self, report: &Path, clip: &Path, verdict: ClipVerdict) {
        let Some((program, arguments)) = self.command.split_first() else { return };
        let mut command = Command::new(program);
        command.args(arguments).arg(report).arg(clip).env("PINGCHA_VERDICT", verdict.id());
        let told = match command.stdin(Stdio::null()).status() {
            Ok(status) if status.success() => return,
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        eprintln!("pingcha: --on-report {}: {told} ({})", program.to_string_lossy(), report.display());
    }
}
