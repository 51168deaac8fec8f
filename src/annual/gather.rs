//! From the catalogue's reports to a [`Year`].

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use jiff::civil::DateTime;
use rayon::prelude::*;
use serde::Deserialize;

use super::year::{ClipLine, FindingLine, LedgerLine, Year};
use crate::catalogue::{Catalogue, CatalogueError, Decisions, PresentReport, Reviewed};
use crate::checks::{Basis, Verdict};
use crate::lang::Lang;
use crate::policy::Policy;
use crate::report::{Clip, ClipVerdict, PolicyReference, RecordsReference, Tool};

/// Finds, or makes, what a clip's line in the review leads to.
pub trait Links: Sync {
    /// The report of the clip of that name, seen from the folder that the review is written to.
    fn link(&self, present: &PresentReport, name: &str) -> anyhow::Result<Option<String>>;
}

/// A report as far as a year's review speaks of it: the rest is not even taken apart.
#[derive(Deserialize)]
struct Told<'j> {
    tool: Tool,
    clip: Clip,
    policy: PolicyReference,
    #[serde(default)]
    records: Option<RecordsReference>,
    verdict: ClipVerdict,
    #[serde(default)]
    own_verdict: Option<ClipVerdict>,
    #[serde(borrow)]
    findings: Vec<ToldFinding<'j>>,
    limits: Vec<String>,
}

#[derive(Deserialize)]
struct ToldFinding<'j> {
    #[serde(borrow)]
    check: Cow<'j, str>,
    #[serde(borrow)]
    article: Cow<'j, str>,
    #[serde(borrow)]
    clause: Cow<'j, str>,
    verdict: Verdict,
    confidence: f64,
    #[serde(borrow)]
    summary: Cow<'j, str>,
    spans: Vec<ToldSpan>,
    #[serde(borrow)]
    quotes: Vec<ToldQuote<'j>>,
}

impl ToldFinding<'_> {
    fn reviewed(&self) -> Reviewed {
        Reviewed {
            check: self.check.to_string(),
            article: self.article.to_string(),
            verdict: self.verdict,
            summary: self.summary.to_string(),
        }
    }
}

#[derive(Deserialize)]
struct ToldSpan {
    start_s: f64,
    end_s: f64,
}

#[derive(Deserialize)]
struct ToldQuote<'j> {
    #[serde(borrow)]
    text: Cow<'j, str>,
}

/// Why a year could not be gathered.
#[derive(Debug, thiserror::Error)]
pub enum GatherError {
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error("the report of {clip} in the catalogue cannot be read: {source}")]
    Report {
        clip: String,
        #[source]
        source: serde_json::Error,
    },
    #[error(transparent)]
    Link(anyhow::Error),
}

/// The clips of `year` with their present reports by the policy.
pub fn gather(
    catalogue: &mut Catalogue,
    policy: &Policy,
    year: i16,
    lang: Lang,
    links: &impl Links,
) -> Result<Year, GatherError> {
    let mut gathering = Gathering {
        year: Year::new(year, policy, lang),
        strings: Strings::default(),
        ledger: BTreeMap::new(),
        records: BTreeSet::new(),
        decisions: catalogue.decisions(&policy.id)?,
    };
    let mut after = String::new();
    loop {
        let page = catalogue.present_after(&after, &policy.id)?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.sha256);
        let read: Vec<_> = page.par_iter().map(|present| gathering.read(present, links)).collect();
        for (present, read) in page.iter().zip(read) {
            gathering.add(present, read?);
        }
    }
    gathering.year.left_out.unjudged = catalogue.without_result(&policy.id)?;
    Ok(gathering.finished())
}

/// A report, and where in time and in the papers it belongs.
enum Read<'j> {
    OfTheYear(Box<Told<'j>>, DateTime, Option<String>),
    OfAnother,
    Undated(String),
    Outdated(String),
}

struct Gathering {
    year: Year,
    strings: Strings,
    ledger: BTreeMap<(u16, Verdict, Arc<str>), usize>,
    records: BTreeSet<(String, String)>,
    /// Of each clip, by its SHA-256.
    decisions: BTreeMap<String, Decisions>,
}

impl Gathering {
    fn read<'j>(&self, present: &'j PresentReport, links: &impl Links) -> Result<Read<'j>, GatherError> {
        let report: Told = serde_json::from_str(&present.json)
            .map_err(|source| GatherError::Report { clip: present.path.clone(), source })?;
        let Some(starts_at) = report.clip.taken.starts_at.as_ref().and_then(|text| text.parse().ok()) else {
            return Ok(Read::Undated(report.clip.name));
        };
        let starts_at: DateTime = starts_at;
        if starts_at.year() != self.year.year {
            return Ok(Read::OfAnother);
        }
        if report.policy.sha256 != self.year.policy.sha256 {
            return Ok(Read::Outdated(report.clip.name));
        }
        let link = links.link(present, &report.clip.name).map_err(GatherError::Link)?;
        Ok(Read::OfTheYear(Box::new(report), starts_at, link))
    }

    fn add(&mut self, present: &PresentReport, read: Read) {
        let left_out = &mut self.year.left_out;
        let (report, starts_at, link) = match read {
            Read::OfTheYear(report, starts_at, link) => (*report, starts_at, link),
            Read::OfAnother => return left_out.other_years += 1,
            Read::Undated(name) => return left_out.undated.push(name.into()),
            Read::Outdated(name) => return left_out.outdated.push(name.into()),
        };
        if report.tool.version != env!("CARGO_PKG_VERSION") {
            left_out.other_version += 1;
        }
        let mut lines = Vec::with_capacity(report.findings.len());
        let mut clauses = Clauses::default();
        let mut decisions = self.decisions.remove(&present.sha256).unwrap_or_default();
        for finding in report.findings {
            let Some(clause) = clauses.of(&finding, &self.year) else { continue };
            let about = (!decisions.is_empty()).then(|| finding.reviewed());
            let mut line = FindingLine::new(
                clause,
                (finding.verdict, finding.confidence as f32),
                finding.spans.first().map(|span| (span.start_s, span.end_s)),
                finding.quotes.into_iter().next().map(|quote| self.strings.of(&quote.text)),
                self.strings.of(&finding.summary),
            );
            line.decision = about.and_then(|about| decisions.remove(&about)).map(Box::new);
            if self.year.clause(&line).basis == Basis::Ledger {
                *self.ledger.entry((clause, line.verdict, Arc::clone(&line.summary))).or_default() += 1;
            } else {
                self.year.clauses[usize::from(clause)].tally[line.verdict as usize] += 1;
                lines.push(line);
            }
        }
        let own = report.own_verdict.unwrap_or(report.verdict);
        let records = report.records;
        if let Some(records) = &records {
            self.records.insert((records.name.clone(), records.sha256.clone()));
        }
        let taken = report.clip.taken;
        let strings = &mut self.strings;
        self.year.clips.push(ClipLine {
            name: report.clip.name.into(),
            sha256: present.sha256.clone(),
            sm3: report.clip.sm3,
            path: present.path.clone(),
            duration_s: report.clip.duration_s,
            starts_at,
            device: taken.device.map(|device| strings.of(&device)),
            officers: taken.officers.into_iter().map(|officer| strings.of(&officer)).collect(),
            unit: taken.unit.map(|unit| strings.of(&unit)),
            event: records.and_then(|records| records.event).map(|event| strings.of(&event)),
            verdict: report.verdict,
            own,
            findings: lines,
            limits: report.limits.into_iter().map(|limit| strings.of(&limit)).collect(),
            link,
        });
    }

    fn finished(mut self) -> Year {
        self.year.clips.sort_by(|one, other| {
            let order = one.starts_at.cmp(&other.starts_at).then_with(|| one.name.cmp(&other.name));
            order.then_with(|| one.sha256.cmp(&other.sha256))
        });
        self.year.left_out.undated.sort();
        self.year.left_out.outdated.sort();
        for ((clause, verdict, summary), clips) in self.ledger {
            self.year.clauses[usize::from(clause)].tally[verdict as usize] += 1;
            self.year.ledger.push(LedgerLine { clause, verdict, summary, recordings: clips });
        }
        self.year.records = self.records.into_iter().collect();
        self.year
    }
}

/// Findings follow the policy's clauses in order, though clauses out of scope have none.
#[derive(Default)]
struct Clauses {
    next: usize,
}

impl Clauses {
    fn of(&mut self, finding: &ToldFinding, year: &Year) -> Option<u16> {
        let rest = year.clauses.iter().enumerate().skip(self.next);
        let same = |clause: &super::ClauseLine| {
            clause.check == finding.check
                && clause.article == finding.article
                && clause.text == finding.clause
        };
        let (place, _) = rest.into_iter().find(|(_, clause)| same(clause))?;
        self.next = place + 1;
        u16::try_from(place).ok()
    }
}

/// A year's reports say the same few things over and over.
#[derive(Default)]
struct Strings(HashSet<Arc<str>>);

impl Strings {
    fn of(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        self.0.insert(Arc::clone(&new));
        new
    }
}
