//! How well pingcha detects, held against recordings whose truth is known.
//!
//! `cargo bench --bench accuracy -- speech|clock|fonts|continuity|sight|faces [--data DIR]`; docs/accuracy.md says how to make the
//! recordings, how to label one's own, and what was measured.

mod clock;
#[path = "../common/mod.rs"]
#[allow(dead_code)] // other benches need the rest
mod common;
mod continuity;
mod faces;
mod fonts;
mod sight;
mod speech;
mod tally;
mod truth;

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

#[derive(Debug, Parser)]
struct Arguments {
    /// What is measured
    #[arg(value_enum)]
    topic: Topic,
    /// Folder with recordings and their truth.json, or clips and their clocks.json [default: target/accuracy, target/clocks, target/fonts/report, target/continuity/report, target/sight/report, target/faces]
    #[arg(long)]
    data: Option<PathBuf>,
    /// Folder of models
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/models"))]
    models: PathBuf,
    /// Speech model, by its name in the manifest or as a file; else the installed one
    #[arg(long, value_name = "NAME|FILE")]
    model: Option<PathBuf>,
    /// Write one line a recording and check to this file
    #[arg(long)]
    details: Option<PathBuf>,
    /// Clock, fonts and breaks: only recordings whose file name begins so
    #[arg(long, value_name = "START")]
    only: Option<String>,
    /// Breaks and sight: the clock is not read, so that the other signs stand alone
    #[arg(long)]
    blind: bool,
    /// Breaks: every picture is decoded
    #[arg(long)]
    thorough: bool,
    /// Breaks: other programs beside it, where they are installed
    #[arg(long)]
    peers: bool,
    /// `cargo bench` passes it to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Topic {
    /// Required words: checks, recognition and what it costs
    Speech,
    /// The burnt-in clock: found, read, fitted, its leaps, and what it costs
    Clock,
    /// The burnt-in clock's font, by camera profiles
    Fonts,
    /// Breaks of the recording: cuts, inserts, gaps, freezes, black, loss of sound
    Continuity,
    /// Credentials and signs, pictures and sound fit for use
    Sight,
    /// Faces in stills
    Faces,
}

impl Arguments {
    /// The folder of recordings; `usual` is its name in `target/`.
    fn data(&self, usual: &str) -> PathBuf {
        let target = concat!(env!("CARGO_MANIFEST_DIR"), "/target");
        self.data.clone().unwrap_or_else(|| PathBuf::from(target).join(usual))
    }

    fn takes(&self, file: &str) -> bool {
        self.only.as_ref().is_none_or(|start| file.starts_with(start))
    }
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    match arguments.topic {
        Topic::Speech => speech::measure(&arguments),
        Topic::Clock => clock::measure(&arguments),
        Topic::Fonts => fonts::measure(&arguments),
        Topic::Continuity => continuity::measure(&arguments),
        Topic::Sight => sight::measure(&arguments),
        Topic::Faces => faces::measure(&arguments),
    }
}
