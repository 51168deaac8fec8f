//! `pingcha judge`: everything in a catalogue is judged again, without its footage.

use std::collections::BTreeMap;
use std::io::{Write, stdout};
use std::time::Instant;

use clap::Args;

use super::judged_by::{JudgedBy, Loaded};
use super::scan::stopped_by_signals;
use super::{Cli, Status, WrongUse};
use crate::catalogue::Catalogue;
use crate::checks::Verdict;
use crate::engine::stored::{self, Bench, Change, Judged, Nowhere, Stored};
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
    let stop = stopped_by_signals()?;
    let mut tally = Tally::default();
    let whole = stored::judge_stored(&bench, &mut catalogue, Stored::default(), &Nowhere, &stop, |judged| {
        tally.note(judged);
    })?;
    tally.changed.sort();
    let mut out = stdout().lock();
    for line in &tally.changed {
        writeln!(out, "{}", visible(line))?;
    }
    for (change, clips) in &tally.clauses {
        writeln!(out, "{}", visible(clause(change, *clips).get(cli.lang)))?;
    }
    writeln!(out, "{}", tally.summary(begun.elapsed().as_secs_f64()).get(cli.lang))?;
    if !whole {
        let said = Prose::new(
            "已停止：只重新评查了一部分，再次运行即可继续",
            "stopped: only a part was judged again; run it again to go on",
        );
        eprintln!("pingcha: {}", said.get(cli.lang));
        return Ok(Status::Review as u8);
    }
    Ok(Status::worst(tally.verdicts.into_iter().map(Status::of)) as u8)
}

/// What came of all clips.
#[derive(Default)]
struct Tally {
    verdicts: Vec<ClipVerdict>,
    /// A line for each clip of which the verdict is another now.
    changed: Vec<String>,
    /// How many clips each clause says something else of.
    clauses: BTreeMap<Change, usize>,
    first_time: usize,
}

impl Tally {
    fn note(&mut self, judged: Judged) {
        let Judged { path, verdict, before, changes } = judged;
        self.verdicts.push(verdict);
        match before {
            None => self.first_time += 1,
            Some(before) if before != verdict => {
                self.changed.push(format!("{path}: {} → {}", before.id(), verdict.id()));
            }
            Some(_) => {}
        }
        for change in changes {
            *self.clauses.entry(change).or_default() += 1;
        }
    }

    fn summary(&self, elapsed_s: f64) -> Prose {
        let (counts, changed, first) = (super::counts(&self.verdicts), self.changed.len(), self.first_time);
        Prose::new(
            format!("{}；结论有变 {changed} 个，首次评查 {first} 个，用时 {elapsed_s:.1} 秒。", counts.zh),
            format!("{}; {changed} changed, {first} for the first time, in {elapsed_s:.1} s.", counts.en),
        )
    }
}

fn clause(change: &Change, clips: usize) -> Prose {
    let id = |verdict: Option<Verdict>| verdict.map_or("—", Verdict::id);
    let Change { article, check, before, now } = change;
    let said = format!("{article} {check}: {} → {}", id(*before), id(*now));
    Prose::new(format!("{said}：{clips} 个录像"), format!("{said}: {clips} clips"))
}
