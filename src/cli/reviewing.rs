//! `pingcha catalogue review`: what a person decided about a finding.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use clap::Args;
use serde::Deserialize;

use super::listing::one_of;
use super::{Cli, WrongUse};
use crate::catalogue::{Catalogue, NewReview, Reviewed};
use crate::checks::Verdict;
use crate::engine::batch::path_text;
use crate::lang::Prose;
use crate::policy::{self, DEFAULT_POLICY};
use crate::report::visible;

/// What a person can decide; to leave it open is to decide nothing.
const DECISIONS: [Verdict; 3] = [Verdict::Pass, Verdict::Fail, Verdict::NotApplicable];

#[derive(Debug, Args)]
pub struct ReviewArgs {
    /// A catalogue's file, or postgres://…
    #[arg(value_name = "FILE|ADDRESS")]
    catalogue: String,
    /// The clip: its path as `catalogue list` has it, or its SHA-256
    #[arg(value_name = "CLIP")]
    clip: String,
    /// The regulation by which it was judged: its id, or a policy file
    #[arg(long, value_name = "ID|FILE", default_value = DEFAULT_POLICY)]
    policy: String,
    /// The check whose finding was decided about
    #[arg(long, value_name = "CHECK")]
    check: String,
    /// Of this article only, as the report counts it; else of each that asks for the check
    #[arg(long, value_name = "ARTICLE")]
    article: Option<String>,
    /// What was decided
    #[arg(long, value_name = "VERDICT", value_parser = decision)]
    verdict: Verdict,
    /// Who decided
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    by: String,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
}

fn decision(text: &str) -> Result<Verdict, String> {
    let known = Verdict::of_id(text).filter(|verdict| DECISIONS.contains(verdict));
    known.ok_or_else(|| one_of(&DECISIONS.map(Verdict::id)))
}

/// A report, as far as its findings are told apart.
#[derive(Deserialize)]
struct Brief {
    findings: Vec<Reviewed>,
}

pub(super) fn run(args: &ReviewArgs, cli: &Cli, out: &mut impl Write) -> anyhow::Result<()> {
    let policy = policy::load(&args.policy).map_err(|error| WrongUse(error.prose()))?;
    let mut catalogue = Catalogue::open_existing(&args.catalogue).map_err(|error| WrongUse(error.prose()))?;
    let sha256 = match catalogue.clip_at(&args.clip)? {
        Some(sha256) => Some(sha256),
        // Or a file's path as it is written here.
        None => match Path::new(&args.clip).canonicalize() {
            Ok(path) => catalogue.clip_at(&path_text(&path))?,
            Err(_) => None,
        },
    };
    let clip = visible(&args.clip);
    let Some(sha256) = sha256 else {
        return Err(WrongUse(Prose::new(
            format!("评查库中没有 {clip}"),
            format!("the catalogue knows no {clip}"),
        ))
        .into());
    };
    let key = catalogue.present(&sha256, &policy.id)?.map(|result| result.key);
    let report = match &key {
        Some(key) => catalogue.reports(&[key])?.remove(key),
        None => None,
    };
    let report = report.map(|json| serde_json::from_str::<Brief>(&json)).transpose()?;
    let findings = report.map(|report| report.findings).unwrap_or_default();
    let asked = |finding: &&Reviewed| {
        finding.check == args.check && args.article.as_ref().is_none_or(|article| *article == finding.article)
    };
    // Several clauses of an article may have found the same.
    let abouts: BTreeSet<&Reviewed> = findings.iter().filter(asked).collect();
    let review = |about| NewReview {
        sha256: &sha256,
        policy: &policy.id,
        about,
        verdict: args.verdict,
        reviewer: &args.by,
        note: &args.note,
    };
    let reviews: Vec<NewReview> = abouts.into_iter().map(review).collect();
    if reviews.is_empty() {
        let (id, check) = (&policy.id, visible(&args.check));
        return Err(WrongUse(Prose::new(
            format!("{clip} 按 {id} 的评查结果中没有这样的 {check}"),
            format!("what {id} found in {clip} holds no such {check}"),
        ))
        .into());
    }
    catalogue.add_reviews(&reviews)?;
    let by = visible(&args.by);
    for NewReview { about, verdict, .. } in &reviews {
        let said = format!("{} {}: {} → {}", about.article, about.check, about.verdict.id(), verdict.id());
        let said = Prose::new(format!("{said}（{by}）"), format!("{said} ({by})"));
        writeln!(out, "{}", said.get(cli.lang))?;
    }
    Ok(())
}
