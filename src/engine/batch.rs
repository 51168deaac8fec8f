//! Many clips: what was not observed yet is observed and kept in the catalogue, then everything is judged
//! from there, each clip in its place among all others.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, mpsc};

use rayon::prelude::*;

use super::judge::{Context, Judging, judge_in, naming};
use crate::catalogue::{self, Catalogue, KnownFile, NewResult, ResultRow, StoredEvidence};
use crate::evidence::{Evidence, SCHEMA};
use crate::lang::Prose;
use crate::observe::{Request, digest};
use crate::policy::Policy;
use crate::profile::Profile;
use crate::records::{Calendar, Matcher, Records, Subject};
use crate::report::{ClipVerdict, Report};
use crate::session::{self, Naming, Place, Segment};

/// A file to be looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Footage {
    pub path: PathBuf,
    /// The folder in which it was looked for.
    pub root: PathBuf,
    /// The path that the catalogue knows it by: on every machine the same.
    pub kept_as: String,
}

/// What is asked of every clip of a batch.
pub struct Question<'a> {
    pub request: &'a Request,
    /// See [`observe::basis`](crate::observe::basis).
    pub basis: Vec<String>,
    pub jobs: usize,
    /// Read files again of which size, time and inode are as they were.
    pub rehash: bool,
}

impl Question<'_> {
    /// The key of what it brings: evidence of one key is never observed twice.
    pub fn observation(&self) -> String {
        let mut parts = vec![env!("CARGO_PKG_VERSION").to_owned(), SCHEMA.to_owned()];
        parts.push(format!("{:?}", self.request));
        parts.extend(self.basis.iter().cloned());
        catalogue::key(&parts.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

/// How it went with one file.
pub enum Step<'a> {
    /// Observed before, by the same question.
    Known(&'a Footage),
    Observed(&'a Footage, &'a Evidence),
    /// It could not be read at all, or changed meanwhile: nothing of it is kept, and it is tried again the
    /// next time. The evidence says why.
    Lost(&'a Footage, &'a Evidence),
}

/// Observes every file that was not observed yet by this question. `stop` ends it when the clips at hand are
/// done. Returns the evidence of files that could not be kept.
pub fn observe_new(
    files: &[Footage],
    question: &Question,
    observe: impl Fn(&Path) -> anyhow::Result<Evidence> + Sync,
    catalogue: &mut Catalogue,
    stop: &AtomicBool,
    mut on: impl FnMut(Step),
) -> anyhow::Result<Vec<(Footage, Evidence)>> {
    let observation = question.observation();
    let waiting = unknown(files, question, catalogue, |file| on(Step::Known(file)))?;
    let mut lost = Vec::new();
    let next = Mutex::new(waiting.into_iter());
    // No more evidence is held than the database can take meanwhile.
    let (done, came) = mpsc::sync_channel::<anyhow::Result<(&Footage, Seen)>>(question.jobs);
    std::thread::scope(|scope| {
        for _ in 0..question.jobs.max(1) {
            let (done, next, observe) = (done.clone(), &next, &observe);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed)
                    && let Some(file) = next.lock().ok().and_then(|mut next| next.next())
                {
                    if done.send(Seen::of(&file.path, observe).map(|seen| (file, seen))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        for seen in came {
            let (file, Seen { evidence, known }) = match seen {
                Ok(seen) => seen,
                Err(error) => {
                    stop.store(true, Ordering::Relaxed);
                    return Err(error);
                }
            };
            match known {
                Some(known) => {
                    catalogue.patiently(|catalogue| {
                        catalogue.add_evidence(&file.kept_as, &known, &observation, &evidence)
                    })?;
                    on(Step::Observed(file, &evidence));
                }
                None => {
                    on(Step::Lost(file, &evidence));
                    lost.push((file.clone(), evidence));
                }
            }
        }
        Ok(())
    })?;
    Ok(lost)
}

/// Those of the files that were not observed yet by this question.
pub fn unknown<'f>(
    files: &'f [Footage],
    question: &Question,
    catalogue: &mut Catalogue,
    mut on_known: impl FnMut(&'f Footage),
) -> anyhow::Result<Vec<&'f Footage>> {
    let observation = question.observation();
    let mut waiting = Vec::new();
    for file in files {
        match known(file, question, &observation, catalogue)? {
            true => on_known(file),
            false => waiting.push(file),
        }
    }
    Ok(waiting)
}

/// Whether a file's evidence is in the catalogue; notes where a known clip lies now.
fn known(
    file: &Footage,
    question: &Question,
    observation: &str,
    catalogue: &mut Catalogue,
) -> anyhow::Result<bool> {
    let path = &file.kept_as;
    let Some(stamp) = stamp(&file.path) else { return Ok(false) };
    if let Some(known) = catalogue.known_file(path)?
        && known.stamp == stamp
        && !question.rehash
    {
        return Ok(catalogue.has_evidence(&known.sha256, observation)?);
    }
    let bytes = std::fs::metadata(&file.path).map_or(0, |metadata| metadata.len());
    if !catalogue.has_clip_of(bytes)? {
        return Ok(false);
    }
    // It may have been moved or copied: reading it costs less than observing it again.
    let Ok(digests) = digest::of(&file.path) else { return Ok(false) };
    let known = KnownFile { stamp, sha256: digests.sha256 };
    let there = catalogue.has_evidence(&known.sha256, observation)?;
    if there {
        catalogue.add_file(path, &known)?;
    }
    Ok(there)
}

/// What was seen of a file.
pub(super) struct Seen {
    pub evidence: Evidence,
    /// `None` where it cannot be kept: it was not read, or was not the same file all the time.
    pub known: Option<KnownFile>,
}

impl Seen {
    pub fn of(path: &Path, observe: impl Fn(&Path) -> anyhow::Result<Evidence>) -> anyhow::Result<Self> {
        let before = stamp(path);
        let evidence = observe(path)?;
        let unchanged = before.filter(|before| stamp(path).as_ref() == Some(before));
        let known =
            unchanged.zip(evidence.clip.sha256.clone()).map(|(stamp, sha256)| KnownFile { stamp, sha256 });
        Ok(Self { evidence, known })
    }
}

/// Size, time of the last change and inode: while they stay, a file is taken to be the same.
pub fn stamp(path: &Path) -> Option<String> {
    let metadata = std::fs::metadata(path).ok()?;
    let changed = metadata.modified().ok()?;
    let changed_ns = jiff::Timestamp::try_from(changed).ok()?.as_nanosecond();
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(&metadata);
    #[cfg(not(unix))]
    let inode = 0;
    Some(format!("{}-{changed_ns}-{inode}", metadata.len()))
}

/// Paths as the catalogue keeps them. Bytes that are no UTF-8 are written out, so that two odd names stay two.
pub fn path_text(path: &Path) -> String {
    match path.to_str() {
        Some(text) => text.to_owned(),
        None => format!("{path:?}"),
    }
}

/// A clip's name by its path in the catalogue. `None` of a path that had to be written out, see [`path_text`].
fn name_of(path: &str) -> Option<String> {
    let written_out = path.starts_with('"');
    Some(Path::new(path).file_name()?.to_str()?.to_owned()).filter(|_| !written_out)
}

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
    fn key(&self, stored: &StoredEvidence, place: &Place, all: &str) -> String {
        let Judging { lang, accept_demonstration_model, show_personal, faces } = self.judging;
        catalogue::key(&[
            env!("CARGO_PKG_VERSION"),
            &stored.sha256,
            &stored.evidence.clip.name,
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

/// Judges the evidence of the catalogue, of the paths in `only` or of all, each clip in its place among them.
pub fn judge_stored(
    bench: &Bench,
    catalogue: &mut Catalogue,
    observation: Option<&str>,
    only: Option<&BTreeSet<String>>,
    delivery: &impl Delivery,
    mut on: impl FnMut(Judged),
) -> anyhow::Result<()> {
    let naming = naming(bench.policy);
    let (mut segments, mut subjects, mut all) = (Vec::new(), Vec::new(), String::new());
    pages(catalogue, observation, only, |_, page| {
        for stored in &page {
            segments.push(Segment::of(&stored.evidence, &naming));
            all = catalogue::key(&[&all, &stored.sha256, &stored.observation]);
            if bench.records.is_some() {
                subjects.push(Subject::of(&stored.evidence, &naming));
            }
        }
        Ok(())
    })?;
    let matcher =
        bench.records.map(|(records, calendar)| Matcher::new(records, calendar, subjects, &naming.zone));
    let mut places = session::places(segments).into_iter().enumerate();
    pages(catalogue, observation, only, |catalogue, page| {
        let mut clips = Vec::new();
        for stored in &page {
            let (number, place) = places.next().unwrap_or_default();
            let key = bench.key(stored, &place, &all);
            let present = catalogue.present(&stored.sha256, &bench.policy.id)?;
            let old = match &present {
                Some(present) if present.key != key => catalogue.report(&present.key)?,
                _ => None,
            };
            clips.push(Clip { stored, number, place, key, present, old });
        }
        let judged: Vec<anyhow::Result<Option<Report>>> = clips
            .par_iter()
            .map(|clip| {
                let there = || delivery.is_there(clip.stored);
                if clip.is_present() && there() {
                    return Ok(None);
                }
                let extract = matcher.as_ref().and_then(|matcher| matcher.extract(clip.number));
                let context =
                    Context { place: &clip.place, profile: bench.profile, records: extract.as_ref() };
                let mut report = judge_in(&clip.stored.evidence, context, bench.policy, bench.judging);
                // What it rests on may have changed without bearing on it.
                if clip.old.as_ref().is_some_and(|old| same_but_pictures(old, &report)) && there() {
                    return Ok(None);
                }
                delivery.deliver(clip.stored, &mut report)?;
                Ok(Some(report))
            })
            .collect();
        let judged = judged.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
        let new = clips.iter().zip(&judged).filter_map(|(clip, report)| {
            Some(NewResult { key: &clip.key, sha256: &clip.stored.sha256, report: report.as_ref()? })
        });
        let new: Vec<NewResult> = new.collect();
        catalogue.patiently(|catalogue| catalogue.add_results(&new))?;
        for (clip, report) in clips.into_iter().zip(&judged) {
            let before = clip.present.and_then(|present| ClipVerdict::of_id(&present.verdict));
            let verdict = report.as_ref().map(|report| report.verdict).or(before);
            let path = clip.stored.paths.first().cloned().unwrap_or_default();
            on(Judged { path, verdict: verdict.unwrap_or(ClipVerdict::Review), before });
        }
        Ok(())
    })
}

/// What each clip of a catalogue is known by.
pub fn subjects(catalogue: &mut Catalogue, naming: &Naming) -> anyhow::Result<Vec<Subject>> {
    let mut subjects = Vec::new();
    pages(catalogue, None, None, |_, page| {
        subjects.extend(page.iter().map(|stored| Subject::of(&stored.evidence, naming)));
        Ok(())
    })?;
    Ok(subjects)
}

/// A clip on its way to its result.
struct Clip<'a> {
    stored: &'a StoredEvidence,
    /// Its number among all that are judged together.
    number: usize,
    place: Place,
    key: String,
    present: Option<ResultRow>,
    /// The present report, where it rests on something else.
    old: Option<Report>,
}

impl Clip<'_> {
    fn is_present(&self) -> bool {
        self.present.as_ref().is_some_and(|present| present.key == self.key)
    }
}

/// Whether two reports say the same; pictures are taken from the clip when a report is delivered.
fn same_but_pictures(one: &Report, other: &Report) -> bool {
    let plain = |report: &Report| {
        let mut report = report.clone();
        for still in report.findings.iter_mut().flat_map(|finding| &mut finding.stills) {
            (still.file, still.jpeg, still.faces_blurred) = (None, None, None);
        }
        report
    };
    plain(one) == plain(other)
}

/// The stored evidence page by page; of the paths in `only`, where that is given. A clip bears the name that
/// it has now.
fn pages(
    catalogue: &mut Catalogue,
    observation: Option<&str>,
    only: Option<&BTreeSet<String>>,
    mut each: impl FnMut(&mut Catalogue, Vec<StoredEvidence>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut after = String::new();
    loop {
        let mut page = catalogue.evidence_after(&after, observation)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.sha256.clone();
        for stored in &mut page {
            stored.paths.retain(|path| only.is_none_or(|only| only.contains(path)));
            if let Some(name) = stored.paths.first().and_then(|path| name_of(path)) {
                stored.evidence.clip.name = name;
            }
        }
        page.retain(|stored| !stored.paths.is_empty());
        each(catalogue, page)?;
    }
}

/// Why nothing of a file could be kept.
pub fn why(evidence: &Evidence) -> Prose {
    evidence.unreadable.clone().unwrap_or_else(|| {
        Prose::new(
            "读取期间文件有变动，下次再看",
            "it changed while it was read, and is looked at again next time",
        )
    })
}
