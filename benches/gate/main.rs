//! The gate: a change that makes a stage dearer does not pass.
//!
//! `cargo bench --bench gate` measures and writes `target/bench.json`; `-- --gate` also compares with
//! `benches/baseline.json` and fails, naming the stage; `-- --accept REASON` makes what was measured the new
//! baseline. `--counted` and `--timed` measure only that part; `--wide` lets ratios double, for machines that nobody knows.
//! docs/performance.md explains the figures.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a bench may

mod baseline;
#[path = "../common/mod.rs"]
mod common;
mod counted;
#[path = "../clip/measure.rs"]
#[allow(dead_code)] // its tables show more
mod measure;
mod timed;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use baseline::{Figures, Verdict};

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let given = |name: &str| arguments.iter().any(|argument| argument == name);
    let behind = |name: &str| arguments.iter().skip_while(|argument| *argument != name).nth(1).cloned();
    if let Some(part) = behind("--part") {
        // This very program, run under callgrind.
        counted::run(&part, &folder())?;
        return Ok(ExitCode::SUCCESS);
    }
    // `cargo test --benches` runs this too, without the option that `cargo bench` gives.
    if !given("--bench") {
        return Ok(ExitCode::SUCCESS);
    }
    let mut figures = Figures { compiler: baseline::compiler(), ..Figures::default() };
    if !given("--timed") {
        figures.instructions = counted::all(&folder())?;
    }
    if !given("--counted") {
        figures.ratios = timed::all()?;
    }
    let kept = folder().join("bench.json");
    figures.clone().write(&kept)?;
    let baseline = repository().join("benches/baseline.json");
    if given("--accept") {
        let reason = behind("--accept").filter(|reason| !reason.starts_with('-'));
        figures.accept(&baseline, reason.as_deref())?;
        println!("{} holds what was measured now.", baseline.display());
        return Ok(ExitCode::SUCCESS);
    }
    let allowance = if given("--wide") { baseline::WIDE_ALLOWANCE } else { baseline::RATIO_ALLOWANCE };
    let compared = Figures::read(&baseline)?.compare(&figures, allowance);
    baseline::print(&compared);
    println!("{} holds the figures.", kept.display());
    let worse = compared.iter().filter(|line| line.verdict == Verdict::Worse);
    let worse: Vec<&str> = worse.map(|line| line.stage.as_str()).collect();
    if given("--gate") && !worse.is_empty() {
        eprintln!(
            "Dearer than the baseline allows: {}. Where that is meant: make gate-accept REASON='…'",
            worse.join(", ")
        );
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where what is made for the bench lies.
fn folder() -> PathBuf {
    let folder = repository().join("target");
    std::fs::create_dir_all(&folder).expect("target/ can be made");
    folder
}
