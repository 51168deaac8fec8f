//! Many real clips: what a second core brings, and how much memory decoding takes.
//!
//! `cargo bench --bench batch -- [--clips N]` scans copies of the samples, of which no two hold the same bytes: one clip at
//! a time on one core, one at a time where it may use others, two at a time and three. Times on the wall say something on a
//! machine that does nothing else.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a bench may

#[path = "common/mod.rs"]
#[allow(dead_code)]
mod common;
#[path = "common/program.rs"]
mod program;

use program::{Cores, measured_on};

const SAMPLES: [&str; 6] =
    ["compliant.mp4", "cut.mp4", "freeze.mp4", "clock-jump.mp4", "h265.mp4", "no-announcement.mp4"];

fn main() {
    let mut args = std::env::args().skip_while(|arg| arg != "--clips");
    let clips: usize = args.nth(1).map_or(60, |count| count.parse().expect("--clips takes a number"));
    let folder = tempfile::tempdir().unwrap();
    let footage = folder.path().join("footage");
    std::fs::create_dir(&footage).unwrap();
    for n in 0..clips {
        let name = SAMPLES[n % SAMPLES.len()];
        let mut bytes = std::fs::read(common::sample(name)).unwrap();
        // A box that players skip makes another file of it.
        bytes.extend([0, 0, 0, 12]);
        bytes.extend(b"free");
        bytes.extend((n as u32).to_be_bytes());
        std::fs::write(footage.join(format!("{n:03}-{name}")), bytes).unwrap();
    }
    println!("{clips} clips");
    println!(
        "{:<20}{:>9}{:>9}{:>12}{:>12}{:>14}",
        "", "wall s", "CPU s", "parent MB", "a child MB", "together MB"
    );
    let mut walls = Vec::new();
    for (name, jobs, cores) in [
        ("1, one core", "1", Cores::One),
        ("1", "1", Cores::All),
        ("2", "2", Cores::All),
        ("3", "3", Cores::All),
    ] {
        let catalogue = folder.path().join(format!("{name}.db"));
        let scan =
            ["scan", footage.to_str().unwrap(), "--catalogue", catalogue.to_str().unwrap(), "--jobs", jobs];
        let run = measured_on(&scan, cores);
        println!(
            "{:<20}{:>9.1}{:>9.1}{:>12}{:>12}{:>14}",
            format!("--jobs {name}"),
            run.wall.as_secs_f64(),
            run.cpu.as_secs_f64(),
            run.most_mb,
            run.child_mb,
            run.together_mb
        );
        walls.push(run.wall.as_secs_f64());
    }
    println!("two at a time are {:.2} times as fast as one on one core,", walls[0] / walls[2]);
    println!("and {:.2} times as fast as one that may use both;", walls[1] / walls[2]);
    println!("three at a time are {:.2} times as fast as one on one core", walls[0] / walls[3]);
}
