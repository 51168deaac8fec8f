//! Many clips: what was not observed yet is observed and kept in the catalogue. What comes of it,
//! [`stored`](super::stored) says.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, mpsc};

use crate::catalogue::{self, Catalogue, KnownFile};
use crate::evidence::{Evidence, SCHEMA};
use crate::lang::Prose;
use crate::observe::{Request, digest};

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
    let waiting = unknown(files, question, catalogue, stop, |file| on(Step::Known(file)))?;
    let mut lost = Vec::new();
    let look = |file: &&Footage| Seen::of(&file.path, &observe);
    side_by_side(waiting, question.jobs, stop, look, |file, seen| {
        let Seen { evidence, known } = seen?;
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
        Ok(())
    })?;
    Ok(lost)
}

/// Does the work on several items at a time, and hands over what came of each as it comes. Ends early, with the items
/// at hand done, when `stop` is set or `on` fails.
fn side_by_side<T: Send, R: Send>(
    items: Vec<T>,
    jobs: usize,
    stop: &AtomicBool,
    work: impl Fn(&T) -> R + Sync,
    mut on: impl FnMut(T, R) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let next = Mutex::new(items.into_iter());
    // No more is held than the database can take meanwhile.
    let (done, came) = mpsc::sync_channel(jobs);
    std::thread::scope(|scope| {
        // Dropped when this ends: whoever has something to hand over then ends, too.
        let came = came;
        for _ in 0..jobs.max(1) {
            let (done, next, work) = (done.clone(), &next, &work);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed)
                    && let Some(item) = next.lock().ok().and_then(|mut next| next.next())
                {
                    let result = work(&item);
                    if done.send((item, result)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        came.iter().try_for_each(|(item, result)| on(item, result))
    })
}

/// Those of the files that were not observed yet by this question, in their order. Where `stop` is set meanwhile, some
/// may be among them that were.
pub fn unknown<'f>(
    files: &'f [Footage],
    question: &Question,
    catalogue: &mut Catalogue,
    stop: &AtomicBool,
    mut on_known: impl FnMut(&'f Footage),
) -> anyhow::Result<Vec<&'f Footage>> {
    let observation = question.observation();
    let (mut waiting, mut unread) = (Vec::new(), Vec::new());
    for file in files {
        match first_look(file, question, &observation, catalogue)? {
            FirstLook::Known => on_known(file),
            FirstLook::New => waiting.push(file),
            FirstLook::Unsure(stamp) => unread.push((file, stamp)),
        }
    }
    // It may have been moved or copied: reading it costs less than observing it again.
    let read = |(file, _): &(&Footage, String)| digest::of(&file.path).ok();
    side_by_side(unread, question.jobs, stop, read, |(file, stamp), digests| {
        let known = digests.map(|digests| KnownFile { stamp, sha256: digests.sha256 });
        match known {
            Some(known) if catalogue.has_evidence(&known.sha256, &observation)? => {
                catalogue.patiently(|catalogue| catalogue.add_file(&file.kept_as, &known))?;
                on_known(file);
            }
            _ => waiting.push(file),
        }
        Ok(())
    })?;
    waiting.sort();
    Ok(waiting)
}

/// What can be said of a file without reading it.
enum FirstLook {
    /// It is as it was, and its evidence is in the catalogue.
    Known,
    New,
    /// A clip of this size is known: it may be this one, by this stamp.
    Unsure(String),
}

fn first_look(
    file: &Footage,
    question: &Question,
    observation: &str,
    catalogue: &mut Catalogue,
) -> anyhow::Result<FirstLook> {
    let Ok(metadata) = std::fs::metadata(&file.path) else { return Ok(FirstLook::New) };
    let Some(stamp) = stamp_of(&metadata) else { return Ok(FirstLook::New) };
    if let Some(known) = catalogue.known_file(&file.kept_as)?
        && known.stamp == stamp
        && !question.rehash
    {
        return Ok(match catalogue.has_evidence(&known.sha256, observation)? {
            true => FirstLook::Known,
            false => FirstLook::New,
        });
    }
    Ok(match catalogue.has_clip_of(metadata.len())? {
        true => FirstLook::Unsure(stamp),
        false => FirstLook::New,
    })
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
    stamp_of(&std::fs::metadata(path).ok()?)
}

fn stamp_of(metadata: &std::fs::Metadata) -> Option<String> {
    let changed = metadata.modified().ok()?;
    let changed_ns = jiff::Timestamp::try_from(changed).ok()?.as_nanosecond();
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(metadata);
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

/// Why nothing of a file could be kept.
pub fn why(evidence: &Evidence) -> Prose {
    evidence.unreadable.clone().unwrap_or_else(|| {
        Prose::new(
            "读取期间文件有变动，下次再看",
            "it changed while it was read, and is looked at again next time",
        )
    })
}
