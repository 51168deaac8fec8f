//! What a catalogue holds, judged: each clip in its place among all others, without its footage.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use rayon::prelude::*;
use serde::Deserialize;

use super::judge::{Context, Judging, judge_in, naming};
use crate::catalogue::{self, Catalogue, NewResult, ResultRow, StoredEvidence};
use crate::checks::Verdict;
use crate::evidence::Evidence;
use crate::policy::Policy;
use crate::profile::Profile;
use crate::records::{Calendar, Matcher, Records, Subject};
use crate::report::{ClipVerdict, PolicyReference, Report};
use crate::session::{self, Naming, Place, Segment};

/// By what everything in a catalogue is judged.
pub struct Bench<'a> {
    pub policy: &'a Policy,
    pub profile: Option<&'a Profile>,
    pub records: Option<&'a (Records, Calendar)>,
    pub judging: Judging,
}

impl Bench<'_> {
    /// The key of a result: everything that it rests on.
    /// `all` is a digest of all clips that are judged together.
    fn key(&self, stored: &StoredEvidence, Placed { name, place, .. }: &Placed, all: &str) -> String {
        let Judging { lang, accept_demonstration_model, show_personal, faces } = self.judging;
        catalogue::key(&[
            env!("CARGO_PKG_VERSION"),
            &stored.sha256,
            name,
            &stored.observation,
            &self.policy.sha256,
            self.profile.map_or("", |profile| &profile.sha256),
            // Which clips are there decides what the records say of each.
            &self.records.map_or(String::new(), |(records, _)| format!("{} {all}", records.sha256)),
            &format!("{lang:?} {accept_demonstration_model} {show_personal} {faces:?} {place:?}"),
        ])
    }
}

/// One clip's new result.
pub struct Judged {
    /// Where the clip was found last.
    pub path: String,
    pub verdict: ClipVerdict,
    /// Its verdict by the same policy until now.
    pub before: Option<ClipVerdict>,
    /// Clauses that say something else of it than until now; none of a clip that had no result.
    pub changes: Vec<Change>,
}

/// A clause that came to another verdict about a clip, came in, or fell away.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// As the regulation counts: `第八条`.
    pub article: String,
    /// The check's id.
    pub check: String,
    pub before: Option<Verdict>,
    pub now: Option<Verdict>,
}

/// What a report judges otherwise than the one that is kept, clause by clause. An article may ask for the same check more
/// than once: the first is held against the first.
fn changes(old: &str, new: &Report) -> anyhow::Result<Vec<Change>> {
    type Clauses<'r> = BTreeMap<(&'r str, &'r str, usize), Verdict>;
    fn clauses<'r>(findings: impl Iterator<Item = (&'r str, &'r str, Verdict)>) -> Clauses<'r> {
        let mut clauses = Clauses::new();
        for (article, check, verdict) in findings {
            let nth = |n: &usize| !clauses.contains_key(&(article, check, *n));
            let n = (0..).find(nth).unwrap_or_default();
            clauses.insert((article, check, n), verdict);
        }
        clauses
    }
    let old = told(old)?;
    let before =
        clauses(old.findings.iter().map(|finding| (&*finding.article, &*finding.check, finding.verdict)));
    let now =
        clauses(new.findings.iter().map(|finding| (&*finding.article, &*finding.check, finding.verdict)));
    let all: BTreeSet<_> = before.keys().chain(now.keys()).collect();
    let change = |clause: &(&str, &str, usize)| {
        let (before, now) = (before.get(clause).copied(), now.get(clause).copied());
        let (article, check, _) = clause;
        (before != now).then(|| Change {
            article: (*article).to_owned(),
            check: (*check).to_owned(),
            before,
            now,
        })
    };
    Ok(all.into_iter().filter_map(change).collect())
}

/// What else is to be made of reports.
pub trait Delivery: Sync {
    /// Whether what was made of a clip's present result is still there.
    fn is_there(&self, stored: &StoredEvidence) -> bool;

    /// Comes before the report is kept, so that what is kept was delivered.
    fn deliver(&self, stored: &StoredEvidence, report: &mut Report) -> anyhow::Result<()>;
}

/// Results are kept in the catalogue, and nowhere else.
pub struct Nowhere;

impl Delivery for Nowhere {
    fn is_there(&self, _: &StoredEvidence) -> bool {
        true
    }

    fn deliver(&self, _: &StoredEvidence, _: &mut Report) -> anyhow::Result<()> {
        Ok(())
    }
}

/// Judges the evidence of the catalogue, of the paths in `only` or of all, each clip in its place among them. `stop` ends
/// it when the clips at hand are done; `false` where it did.
pub fn judge_stored(
    bench: &Bench,
    catalogue: &mut Catalogue,
    Stored { observation, only }: Stored,
    delivery: &impl Delivery,
    stop: &AtomicBool,
    mut on: impl FnMut(Judged),
) -> anyhow::Result<bool> {
    let naming = naming(bench.policy);
    let is_stopped = || stop.load(Ordering::Relaxed);
    let (mut clips, mut segments, mut subjects) = (Vec::new(), Vec::new(), Vec::new());
    let mut all = String::new();
    pages(catalogue, observation, only, |_, page| {
        if is_stopped() {
            return Ok(ControlFlow::Break(()));
        }
        for (stored, outline) in page.iter().zip(outlines(&page)?) {
            segments.push(Segment::of(&outline, &naming));
            all = catalogue::key(&[&all, &stored.sha256, &stored.observation]);
            if bench.records.is_some() {
                subjects.push(Subject::of(&outline, &naming));
            }
            clips.push((stored.sha256.clone(), outline.clip.name));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let matcher =
        bench.records.map(|(records, calendar)| Matcher::new(records, calendar, subjects, &naming.zone));
    let placed = clips.into_iter().zip(session::places(segments)).enumerate();
    let mut places: HashMap<String, Placed> =
        placed.map(|(number, ((sha256, name), place))| (sha256, Placed { number, name, place })).collect();
    pages(catalogue, observation, only, |catalogue, page| {
        if is_stopped() {
            return Ok(ControlFlow::Break(()));
        }
        let (Some(first), Some(last)) = (page.first(), page.last()) else {
            return Ok(ControlFlow::Continue(()));
        };
        let present = catalogue.present_within(&first.sha256, &last.sha256, &bench.policy.id)?;
        let mut present: HashMap<String, ResultRow> =
            present.into_iter().map(|result| (result.sha256.clone(), result)).collect();
        let mut clips = Vec::new();
        for stored in &page {
            // What came into the catalogue meanwhile is judged by whoever brought it.
            let Some(placed) = places.remove(&stored.sha256) else { continue };
            let key = bench.key(stored, &placed, &all);
            clips.push(Clip { stored, placed, key, present: present.remove(&stored.sha256), old: None });
        }
        let outdated = clips.iter().filter(|clip| !clip.is_present());
        let outdated = outdated.filter_map(|clip| Some(clip.present.as_ref()?.key.as_str()));
        let mut reports = catalogue.reports(&outdated.collect::<Vec<_>>())?;
        for clip in &mut clips {
            clip.old = clip.present.as_ref().and_then(|present| reports.remove(&present.key));
        }
        let judged: Vec<anyhow::Result<Came>> = clips
            .par_iter()
            .map(|clip| {
                if is_stopped() {
                    return Ok(Came::Left);
                }
                let there = || delivery.is_there(clip.stored);
                if clip.is_present() && there() {
                    return Ok(Came::Same);
                }
                let Placed { number, place, .. } = &clip.placed;
                let extract = matcher.as_ref().and_then(|matcher| matcher.extract(*number));
                let context = Context { place, profile: bench.profile, records: extract.as_ref() };
                let evidence = read(clip.stored, |json| serde_json::from_str(json))?;
                let mut report = judge_in(&evidence, context, bench.policy, bench.judging);
                // What it rests on may have changed without bearing on it.
                if clip.says(&report)? && there() {
                    return Ok(Came::Same);
                }
                let changes = clip.old.as_ref().map_or(Ok(Vec::new()), |old| changes(old, &report))?;
                delivery.deliver(clip.stored, &mut report)?;
                Ok(Came::New(Box::new(report), changes))
            })
            .collect();
        let judged = judged.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
        let new = clips.iter().zip(&judged).filter_map(|(clip, report)| {
            Some(NewResult { key: &clip.key, sha256: &clip.stored.sha256, report: report.report()? })
        });
        let new: Vec<NewResult> = new.collect();
        catalogue.patiently(|catalogue| catalogue.add_results(&new))?;
        for (clip, came) in clips.into_iter().zip(judged) {
            let before = clip.present.and_then(|present| ClipVerdict::of_id(&present.verdict));
            let (verdict, changes) = match came {
                Came::New(report, changes) => (Some(report.verdict), changes),
                Came::Same => (before, Vec::new()),
                Came::Left => continue,
            };
            let path = clip.stored.paths.first().cloned().unwrap_or_default();
            on(Judged { path, verdict: verdict.unwrap_or(ClipVerdict::Review), before, changes });
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(!is_stopped())
}

/// What came of a clip.
enum Came {
    /// What its clauses say otherwise than until now stands beside it.
    New(Box<Report>, Vec<Change>),
    /// The present result is as good.
    Same,
    /// The end was asked for.
    Left,
}

impl Came {
    fn report(&self) -> Option<&Report> {
        match self {
            Self::New(report, _) => Some(report),
            Self::Same | Self::Left => None,
        }
    }
}

/// Which evidence is judged.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stored<'a> {
    /// Only what this question brought; else each clip's newest.
    pub observation: Option<&'a str>,
    /// Only clips that were found at one of these paths.
    pub only: Option<&'a BTreeSet<String>>,
}

/// What each clip of a catalogue is known by.
pub fn subjects(catalogue: &mut Catalogue, naming: &Naming) -> anyhow::Result<Vec<Subject>> {
    let mut subjects = Vec::new();
    pages(catalogue, None, None, |_, page| {
        subjects.extend(outlines(&page)?.iter().map(|outline| Subject::of(outline, naming)));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(subjects)
}

/// A clip among all that are judged together.
struct Placed {
    /// Its number among them.
    number: usize,
    name: String,
    place: Place,
}

/// A clip on its way to its result.
struct Clip<'a> {
    stored: &'a StoredEvidence,
    placed: Placed,
    key: String,
    present: Option<ResultRow>,
    /// The present report, where it rests on something else, as it is kept.
    old: Option<String>,
}

impl Clip<'_> {
    fn is_present(&self) -> bool {
        self.present.as_ref().is_some_and(|present| present.key == self.key)
    }

    /// Whether the present report says the same as a new one, but for pictures, which are taken from the clip when a report
    /// is delivered.
    fn says(&self, new: &Report) -> anyhow::Result<bool> {
        let Some(old) = &self.old else { return Ok(false) };
        // Most often only the policy is another: then the rest need not be read.
        if told(old)?.policy != new.policy {
            return Ok(false);
        }
        let mut old: Report = serde_json::from_str(old).context(UNREADABLE_REPORT)?;
        for still in old.findings.iter_mut().flat_map(|finding| &mut finding.stills) {
            (still.file, still.jpeg, still.faces_blurred) = (None, None, None);
        }
        Ok(old == *new)
    }
}

const UNREADABLE_REPORT: &str = "a report in the catalogue cannot be read";

/// A report as far as the next one is held against it: the rest is not even taken apart.
#[derive(Deserialize)]
struct Told<'j> {
    policy: PolicyReference,
    #[serde(borrow)]
    findings: Vec<ToldFinding<'j>>,
}

#[derive(Deserialize)]
struct ToldFinding<'j> {
    #[serde(borrow)]
    article: Cow<'j, str>,
    #[serde(borrow)]
    check: Cow<'j, str>,
    verdict: Verdict,
}

fn told(report: &str) -> anyhow::Result<Told<'_>> {
    serde_json::from_str(report).context(UNREADABLE_REPORT)
}

/// The stored evidence page by page; of the paths in `only`, where that is given.
fn pages(
    catalogue: &mut Catalogue,
    observation: Option<&str>,
    only: Option<&BTreeSet<String>>,
    mut each: impl FnMut(&mut Catalogue, Vec<StoredEvidence>) -> anyhow::Result<ControlFlow<()>>,
) -> anyhow::Result<()> {
    let mut after = String::new();
    loop {
        let mut page = catalogue.evidence_after(&after, observation)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.sha256.clone();
        for stored in &mut page {
            stored.paths.retain(|path| only.is_none_or(|only| only.contains(path)));
        }
        page.retain(|stored| !stored.paths.is_empty());
        if each(catalogue, page)?.is_break() {
            return Ok(());
        }
    }
}

/// What clips are put in order and held against records by.
fn outlines(page: &[StoredEvidence]) -> anyhow::Result<Vec<Evidence>> {
    page.par_iter().map(|stored| read(stored, Evidence::outline)).collect()
}

/// A clip's evidence, or its outline, under the name that the clip has now.
fn read(
    stored: &StoredEvidence,
    from_json: impl Fn(&str) -> Result<Evidence, serde_json::Error>,
) -> anyhow::Result<Evidence> {
    let path = stored.paths.first().map(String::as_str).unwrap_or_default();
    let mut evidence = from_json(&stored.json)
        .with_context(|| format!("the evidence of {path} in the catalogue cannot be read"))?;
    if let Some(name) = name_of(path) {
        evidence.clip.name = name;
    }
    Ok(evidence)
}

/// A clip's name by its path in the catalogue. `None` of a path that had to be written out, see [`path_text`](super::batch::path_text).
fn name_of(path: &str) -> Option<String> {
    let written_out = path.starts_with('"');
    Some(Path::new(path).file_name()?.to_str()?.to_owned()).filter(|_| !written_out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::judge;
    use crate::evidence::{AbsenceReason, ClipFacts};
    use crate::policy::{self, DEFAULT_POLICY};

    #[test]
    fn changes_are_told_clause_by_clause() {
        let evidence = Evidence::blank(ClipFacts::default(), AbsenceReason::NotAsked);
        let judging = Judging { lang: crate::lang::Lang::En, ..Judging::default() };
        let old = judge(&evidence, &policy::load(DEFAULT_POLICY).unwrap(), judging);
        let kept = serde_json::to_string(&old).unwrap();
        assert_eq!(changes(&kept, &old).unwrap(), []);
        let mut new = old.clone();
        let gone = new.findings.remove(0);
        // The same check twice for one article: only one of them changed.
        new.findings[0].verdict = Verdict::Fail;
        let twice = new.findings[0].clone();
        new.findings.push(twice);
        let change = |finding: &crate::report::Finding, before, now| Change {
            article: finding.article.clone(),
            check: finding.check.clone(),
            before,
            now,
        };
        let was = old.findings[1].verdict;
        let mut expected = [
            change(&gone, Some(gone.verdict), None),
            change(&old.findings[1], Some(was), Some(Verdict::Fail)),
            change(&old.findings[1], None, Some(Verdict::Fail)),
        ];
        let mut found = changes(&kept, &new).unwrap();
        expected.sort();
        found.sort();
        assert_eq!(found, expected);
    }
}
