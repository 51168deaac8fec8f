//! `pingcha judge`: everything in a catalogue is judged again, without its footage.

use std::io::{Write, stdout};
use std::time::Instant;

use clap::Args;

use super::judged_by::{JudgedBy, Loaded};
use super::{Cli, Status, WrongUse};
use crate::catalogue::Catalogue;
use crate::engine::batch::{self, Bench, Nowhere};
use crate::lang::Prose;
use crate::report::{ClipVerdict, visible};

#[derive(Debug, Args)]
pub struct JudgeArgs {
    /// Where the evidence is kept: a file, or postgres://…
    #[arg(long, value_name = "FILE|ADDRESS")]
    catalogue: String,
    #[command(flatten)]
    judged_by: JudgedBy,
}

pub(super) fn run(args: &JudgeArgs, cli: &Cli) -> anyhow::Result<u8> {
    let Loaded { policy, profile, records, judging } = args.judged_by.load(cli.lang)?;
    let mut catalogue = Catalogue::open_existing(&args.catalogue).map_err(|error| WrongUse(error.prose()))?;
    let bench = Bench { policy: &policy, profile: profile.as_ref(), records: records.as_ref(), judging };
    catalogue.log("judge", &policy.id)?;
    let begun = Instant::now();
    let mut verdicts = Vec::new();
    let mut changed = Vec::new();
    batch::judge_stored(&bench, &mut catalogue, None, None, &Nowhere, |judged| {
        if let Some(before) = judged.before.filter(|before| *before != judged.verdict) {
            changed.push(format!("{}: {} → {}", judged.path, before.id(), judged.verdict.id()));
        }
        verdicts.push(judged.verdict);
    })?;
    changed.sort();
    let mut out = stdout().lock();
    for line in &changed {
        writeln!(out, "{}", visible(line))?;
    }
    let said = summary(&verdicts, changed.len(), begun.elapsed().as_secs_f64());
    writeln!(out, "{}", said.get(cli.lang))?;
    Ok(Status::worst(verdicts.into_iter().map(Status::of)) as u8)
}

fn summary(verdicts: &[ClipVerdict], changed: usize, elapsed_s: f64) -> Prose {
    let counts = super::counts(verdicts);
    Prose::new(
        format!("{}；结论有变 {changed} 个，用时 {elapsed_s:.1} 秒。", counts.zh),
        format!("{}; {changed} changed, in {elapsed_s:.1} s.", counts.en),
    )
}
