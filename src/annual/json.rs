//! `pingcha.annual/1`: the review for other programs. Fields keep their names and meanings; more may be added.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use serde::Serialize;
use serde_json::{Value, json};

use super::Review;
use super::year::{ClipLine, FindingLine, Tally, Year};
use crate::catalogue::Decision;
use crate::checks::{Basis, Verdict};
use crate::figures::tenths;
use crate::records::State;
use crate::report::ClipVerdict;

pub const SCHEMA: &str = "pingcha.annual/1";

/// Writes the review. Findings are listed that fail or wait for a decision; of what was not assessed only the
/// checks; what passed is in the counts.
pub fn json(review: &Review, to: impl Write) -> serde_json::Result<()> {
    let year = &review.year;
    let left_out = &year.left_out;
    let written = Written {
        schema: SCHEMA,
        tool: json!({"name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION")}),
        year: year.year,
        lang: &year.lang,
        policy: &year.policy,
        records: year.records.iter().map(|(name, sha256)| json!({"name": name, "sha256": sha256})).collect(),
        counts: Counts {
            clips: year.clips.len(),
            hours: tenths(year.hours()),
            verdicts: verdicts(&year.tally()),
        },
        clauses: year.clauses.iter().map(clause).collect(),
        months: (1..)
            .zip(&year.months())
            .map(|(month, tally): (u8, _)| json!({"month": month, "verdicts": verdicts(tally)}))
            .collect(),
        units: groups(year.units()),
        officers: groups(year.officers()),
        devices: groups(year.devices()),
        clips: Lines(review),
        ledger: year.ledger.iter().map(|line| ledger(year, line)).collect(),
        sample: sample(review),
        scores: scores(review),
        events_without_recording: review.unrecorded.len(),
        retention: review.terms.as_ref().map(|terms| {
            let counts = State::ALL.map(|state| (state.id(), terms.count(state)));
            json!({"on": terms.on.to_string(), "states": counts.into_iter().collect::<BTreeMap<_, _>>()})
        }),
        left_out: json!({
            "other_years": left_out.other_years,
            "undated": left_out.undated.iter().map(|name| &**name).collect::<Vec<_>>(),
            "outdated": left_out.outdated.iter().map(|name| &**name).collect::<Vec<_>>(),
            "unjudged": left_out.unjudged,
            "other_version": left_out.other_version,
        }),
    };
    serde_json::to_writer(to, &written)
}

#[derive(Serialize)]
struct Written<'a> {
    schema: &'static str,
    tool: Value,
    year: i16,
    lang: &'a crate::lang::Lang,
    policy: &'a crate::report::PolicyReference,
    records: Vec<Value>,
    counts: Counts,
    clauses: Vec<Value>,
    months: Vec<Value>,
    units: Vec<Value>,
    officers: Vec<Value>,
    devices: Vec<Value>,
    clips: Lines<'a>,
    ledger: Vec<Value>,
    sample: Value,
    scores: Vec<Value>,
    events_without_recording: usize,
    retention: Option<Value>,
    left_out: Value,
}

#[derive(Serialize)]
struct Counts {
    clips: usize,
    hours: f64,
    verdicts: Value,
}

/// A year's clips, written one by one.
struct Lines<'a>(&'a Review);

impl Serialize for Lines<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.year.clips.iter().map(|clip| Line::of(&self.0.year, clip)))
    }
}

#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    sha256: &'a str,
    starts_at: String,
    duration_s: f64,
    device: Option<&'a str>,
    officers: Vec<&'a str>,
    unit: Option<&'a str>,
    event: Option<&'a str>,
    /// Without what concerns the records as a whole.
    verdict: ClipVerdict,
    report_verdict: ClipVerdict,
    report: Option<&'a str>,
    findings: Vec<Finding<'a>>,
    /// Checks, each once.
    not_assessed: BTreeSet<&'static str>,
}

#[derive(Serialize)]
struct Finding<'a> {
    check: &'static str,
    article: &'a str,
    verdict: Verdict,
    confidence: f64,
    start_s: Option<f64>,
    end_s: Option<f64>,
    quote: Option<&'a str>,
    summary: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<Value>,
}

impl<'a> Line<'a> {
    fn of(year: &'a Year, clip: &'a ClipLine) -> Self {
        let told = clip.findings.iter().filter(|finding| finding.verdict >= Verdict::Review);
        let open = clip.findings.iter().filter(|finding| finding.verdict == Verdict::NotAssessed);
        Self {
            name: &clip.name,
            sha256: &clip.sha256,
            starts_at: clip.starts_at.to_string(),
            duration_s: clip.duration_s,
            device: clip.device.as_deref(),
            officers: clip.officers.iter().map(|officer| &**officer).collect(),
            unit: clip.unit.as_deref(),
            event: clip.event.as_deref(),
            verdict: clip.own,
            report_verdict: clip.verdict,
            report: clip.link.as_deref(),
            findings: told.map(|finding| Finding::of(year, finding)).collect(),
            not_assessed: open.map(|finding| year.clause(finding).check).collect(),
        }
    }
}

impl<'a> Finding<'a> {
    fn of(year: &'a Year, finding: &'a FindingLine) -> Self {
        let clause = year.clause(finding);
        Self {
            check: clause.check,
            article: &clause.article,
            verdict: finding.verdict,
            confidence: (f64::from(finding.confidence) * 1000.0).round() / 1000.0,
            start_s: finding.span_s().map(|(start_s, _)| start_s),
            end_s: finding.span_s().map(|(_, end_s)| end_s),
            quote: finding.quote(),
            summary: &finding.summary,
            decision: finding.decision.as_deref().map(|decision| {
                let Decision { verdict, reviewer, note, at } = decision;
                json!({"verdict": verdict, "reviewer": reviewer, "note": note, "at": at})
            }),
        }
    }
}

fn verdicts(tally: &Tally) -> Value {
    ClipVerdict::ALL.iter().map(|&verdict| (verdict.id().to_owned(), json!(tally.count(verdict)))).collect()
}

fn groups(groups: Vec<(String, Tally)>) -> Vec<Value> {
    let named = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    groups.iter().map(|(name, tally)| json!({"name": named(name), "verdicts": verdicts(tally)})).collect()
}

fn clause(clause: &super::ClauseLine) -> Value {
    let counts: serde_json::Map<String, Value> =
        Verdict::ALL.iter().map(|&verdict| (verdict.id().to_owned(), json!(clause.count(verdict)))).collect();
    json!({
        "article": clause.article,
        "check": clause.check,
        "clause": clause.text,
        "in_scope": clause.is_in_scope(),
        "of_records_as_a_whole": clause.basis == Basis::Ledger,
        "findings": counts,
    })
}

fn ledger(year: &Year, line: &super::LedgerLine) -> Value {
    let clause = &year.clauses[usize::from(line.clause)];
    json!({
        "check": clause.check,
        "article": clause.article,
        "verdict": line.verdict,
        "summary": *line.summary,
        "clips": line.recordings,
    })
}

fn sample(review: &Review) -> Value {
    let sample = &review.sample;
    let strata = sample.strata.iter().map(|stratum| {
        json!({
            "unit": stratum.unit,
            "officers": stratum.officers,
            "device": stratum.device,
            "verdict": stratum.verdict,
            "clips": stratum.clips,
            "for_review": stratum.for_review,
            "drawn": stratum.drawn,
        })
    });
    let clips = sample.clips.iter().map(|&(place, chosen)| {
        let clip = &review.year.clips[place];
        json!({"name": *clip.name, "sha256": clip.sha256, "why": chosen.id()})
    });
    json!({
        "seed": sample.seed,
        "share": sample.share,
        "order": "SHA-256 of the seed, a colon and the clip's SHA-256 in lower-case hexadecimal",
        "strata": strata.collect::<Vec<_>>(),
        "clips": clips.collect::<Vec<_>>(),
    })
}

fn scores(review: &Review) -> Vec<Value> {
    let score = |score: &super::Score| {
        let clause = &review.year.clauses[score.clause];
        json!({
            "article": clause.article,
            "check": clause.check,
            "full_score": score.full,
            "proposed_deduction": score.deduction,
            "failed": score.failed,
            "judged": score.judged,
            "veto": score.is_veto,
        })
    };
    review.scores.iter().map(score).collect()
}
