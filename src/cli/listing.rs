//! `pingcha catalogue list`: the clips of a catalogue, with what was found, for tables and scripts.

use std::io::Write;

use clap::{Args, ValueEnum};
use jiff::civil::{Date, DateTime};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Cli, WrongUse};
use crate::catalogue::{Catalogue, Decision, Decisions, PresentReport, Reviewed};
use crate::checks::Verdict;
use crate::lang::Prose;
use crate::policy::{self, DEFAULT_POLICY};
use crate::report::{ClipVerdict, visible};

#[derive(Debug, Args)]
pub struct ListArgs {
    /// A catalogue's file, or postgres://…
    #[arg(value_name = "FILE|ADDRESS")]
    catalogue: String,
    /// The regulation by which they were judged: its id, or a policy file
    #[arg(long, value_name = "ID|FILE", default_value = DEFAULT_POLICY)]
    policy: String,
    /// Only clips of this verdict; once for each
    #[arg(long, value_name = "VERDICT", value_parser = clip_verdict)]
    verdict: Vec<ClipVerdict>,
    /// Only clips of which this check says what `--finding` names
    #[arg(long, value_name = "CHECK")]
    check: Option<String>,
    /// What that check says
    #[arg(long, value_name = "VERDICT", requires = "check", default_value = "fail", value_parser = finding_verdict)]
    finding: Verdict,
    /// Only clips recorded on this day or later; those of which nothing tells the day are left out
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<Date>,
    /// Only clips recorded on this day or earlier; those of which nothing tells the day are left out
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Option<Date>,
    /// Only clips with something for a person to look at that nobody has decided about
    #[arg(long)]
    undecided: bool,
    /// A line for each clip, its fields parted by tabs; or a JSON object for each
    #[arg(long, value_enum, default_value_t)]
    format: Lines,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Lines {
    #[default]
    Text,
    Json,
}

fn clip_verdict(text: &str) -> Result<ClipVerdict, String> {
    ClipVerdict::of_id(text).ok_or_else(|| one_of(&ClipVerdict::ALL.map(ClipVerdict::id)))
}

fn finding_verdict(text: &str) -> Result<Verdict, String> {
    Verdict::of_id(text).ok_or_else(|| one_of(&Verdict::ALL.map(Verdict::id)))
}

pub(super) fn one_of(ids: &[&str]) -> String {
    format!("one of {}", ids.join(", "))
}

/// What a list needs of a report.
#[derive(Debug, Deserialize)]
struct Brief {
    clip: BriefClip,
    verdict: ClipVerdict,
    findings: Vec<Reviewed>,
}

#[derive(Debug, Deserialize)]
struct BriefClip {
    duration_s: f64,
    #[serde(default)]
    taken: BriefTaken,
}

#[derive(Debug, Default, Deserialize)]
struct BriefTaken {
    starts_at: Option<String>,
}

/// One clip of the list.
#[derive(Debug, Serialize)]
struct Row {
    path: String,
    sha256: String,
    /// Civil time where the policy's agency is, where anything tells.
    starts_at: Option<String>,
    duration_s: f64,
    verdict: ClipVerdict,
    /// Checks that fail, and those that want a person's look.
    fail: Vec<String>,
    review: Vec<String>,
    /// What people decided about them.
    decided: Vec<Decided>,
}

#[derive(Debug, Serialize)]
struct Decided {
    check: String,
    article: String,
    verdict: Verdict,
    reviewer: String,
    note: String,
    at: String,
}

impl ListArgs {
    fn takes(&self, brief: &Brief) -> bool {
        let by_verdict = self.verdict.is_empty() || self.verdict.contains(&brief.verdict);
        let says = |check: &String| {
            brief.findings.iter().any(|found| found.check == *check && found.verdict == self.finding)
        };
        by_verdict && self.check.as_ref().is_none_or(says) && self.is_within(brief)
    }

    fn is_within(&self, brief: &Brief) -> bool {
        if self.from.is_none() && self.to.is_none() {
            return true;
        }
        let taken = brief.clip.taken.starts_at.as_ref().and_then(|text| text.parse::<DateTime>().ok());
        taken.is_some_and(|taken| {
            let day = taken.date();
            self.from.is_none_or(|from| day >= from) && self.to.is_none_or(|to| day <= to)
        })
    }

    fn row(&self, present: &PresentReport, decisions: &Decisions) -> Result<Option<Row>, serde_json::Error> {
        let brief: Brief = serde_json::from_str(&present.json)?;
        let (mut decided, mut undecided) = (Vec::new(), false);
        for finding in &brief.findings {
            match decisions.get(finding).cloned() {
                Some(Decision { verdict, reviewer, note, at }) => {
                    let Reviewed { check, article, .. } = finding.clone();
                    decided.push(Decided { check, article, verdict, reviewer, note, at });
                }
                None => undecided |= finding.verdict == Verdict::Review,
            }
        }
        if !self.takes(&brief) || (self.undecided && !undecided) {
            return Ok(None);
        }
        let of = |verdict: Verdict| {
            let mut checks: Vec<String> = brief
                .findings
                .iter()
                .filter(|found| found.verdict == verdict)
                .map(|found| found.check.clone())
                .collect();
            checks.dedup();
            checks
        };
        Ok(Some(Row {
            path: present.path.clone(),
            sha256: present.sha256.clone(),
            duration_s: brief.clip.duration_s,
            verdict: brief.verdict,
            fail: of(Verdict::Fail),
            review: of(Verdict::Review),
            decided,
            starts_at: brief.clip.taken.starts_at,
        }))
    }
}

pub(super) fn run(args: &ListArgs, cli: &Cli, out: &mut impl Write) -> anyhow::Result<()> {
    let policy = policy::load(&args.policy).map_err(|error| WrongUse(error.prose()))?;
    if let Some(check) = &args.check
        && crate::checks::find(check).is_none()
    {
        return Err(WrongUse(Prose::new(
            format!("没有名为 {check} 的检查项"),
            format!("there is no check {check}"),
        ))
        .into());
    }
    let mut catalogue = Catalogue::open_existing(&args.catalogue).map_err(|error| WrongUse(error.prose()))?;
    let decisions = catalogue.decisions(&policy.id)?;
    let nothing = Decisions::new();
    let (mut rows, mut after) = (Vec::new(), String::new());
    loop {
        let page = catalogue.present_after(&after, &policy.id)?;
        let Some(last) = page.last() else { break };
        after = last.sha256.clone();
        let row =
            |present: &PresentReport| args.row(present, decisions.get(&present.sha256).unwrap_or(&nothing));
        let taken: Result<Vec<_>, _> = page.par_iter().map(row).collect();
        rows.extend(taken?.into_iter().flatten());
    }
    rows.sort_by(|a: &Row, b| (&a.path, &a.sha256).cmp(&(&b.path, &b.sha256)));
    for row in &rows {
        match args.format {
            Lines::Json => writeln!(out, "{}", serde_json::to_string(row)?)?,
            Lines::Text => writeln!(
                out,
                "{}\t{}\t{:.1}\t{}\t{}\t{}\t{}",
                visible(&row.path),
                row.starts_at.as_deref().map_or("—".to_owned(), visible),
                row.duration_s,
                row.verdict.id(),
                listed(&row.fail),
                listed(&row.review),
                listed(&row.decided.iter().map(Decided::brief).collect::<Vec<_>>()),
            )?,
        }
    }
    let unjudged = catalogue.without_result(&policy.id)?.len();
    if unjudged > 0 {
        let id = &policy.id;
        let said = Prose::new(
            format!("另有 {unjudged} 个录像尚未按 {id} 评查"),
            format!("{unjudged} more clips have not been judged by {id}"),
        );
        eprintln!("pingcha: {}", said.get(cli.lang));
    }
    Ok(())
}

impl Decided {
    fn brief(&self) -> String {
        format!("{}={}", self.check, self.verdict.id())
    }
}

fn listed(checks: &[String]) -> String {
    if checks.is_empty() { "—".to_owned() } else { checks.join(",") }
}
