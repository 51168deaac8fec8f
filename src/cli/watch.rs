//! `pingcha watch`: checks files as an ingest system completes them.
//!
//! The folder is looked through again and again rather than listened to: events do not cross network mounts, and
//! those that came while nobody listened would be lost. What was done is known by the reports: a clip that has none, or
//! one older than the clip, is due. So a restart knows what is left.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context;
use clap::Args;
use rayon::prelude::*;

use super::check::Checker;
use super::hook::Hook;
use super::judged_by::{JudgedBy, Loaded};
use super::scan::stopped_by_signals;
use super::search::{Wanted, files_in};
use super::write::{ReportFiles, remove_leftovers, with_room};
use super::{Cli, Status, WrongUse, observed, style};
use crate::engine::batch::stamp;
use crate::engine::{self, SpeechChoice};
use crate::evidence::Evidence;
use crate::lang::Prose;
use crate::report::{Format, visible};

/// A file that seems to be cut short or without its index is given so many times the rest: a copy that stalled.
const DOUBTFUL_RESTS: u32 = 6;

#[derive(Debug, Args)]
pub struct WatchArgs {
    /// Folder into which recordings are put
    dir: PathBuf,
    /// Folder for the reports, laid out as the footage is
    #[arg(long, value_name = "DIR", required = true)]
    out: PathBuf,
    #[command(flatten)]
    judged_by: JudgedBy,
    #[command(flatten)]
    hook: Hook,
    /// How reports are written besides JSON
    #[arg(long, value_enum, value_delimiter = ',')]
    format: Vec<Format>,
    /// A file is complete when its size and time stay for so long
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    rest: u32,
    /// Clips checked side by side; else one for each processor
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Only files whose path below DIR matches; else those with a recording's ending
    #[arg(long, value_name = "GLOB")]
    pattern: Vec<String>,
    /// What is listened to for words
    #[arg(long, value_enum, default_value_t)]
    speech: SpeechChoice,
    /// Check what is complete by now, and end
    #[arg(long)]
    once: bool,
}

/// A file that waits to be complete.
struct Waiting {
    stamp: String,
    since: Instant,
    /// Looked at while it was so, and cut short.
    doubtful: bool,
}

pub(super) fn run(args: &WatchArgs, cli: &Cli) -> anyhow::Result<u8> {
    let Loaded { policy, profile, records, judging } = args.judged_by.load(cli.lang)?;
    let wanted = Wanted::new(&args.pattern).map_err(|error| {
        WrongUse(Prose::new(format!("--pattern 有误：{error}"), format!("--pattern is wrong: {error}")))
    })?;
    let unreadable = |folder: &Path, error: std::io::Error| {
        let folder = folder.display();
        WrongUse(Prose::new(
            format!("{folder} 无法读取：{error}"),
            format!("{folder} cannot be read: {error}"),
        ))
    };
    let dir = args.dir.canonicalize().map_err(|error| unreadable(&args.dir, error))?;
    std::fs::create_dir_all(&args.out).with_context(|| format!("{} cannot be made", args.out.display()))?;
    remove_leftovers(&args.out);
    let mut request = engine::plan(&policy, args.speech, true, false);
    if records.is_some() {
        request = engine::for_records(request);
    }
    let formats = super::scan::formats(&args.format);
    let checker = Checker { policy, judging, decoder: cli.decoder(cli.speech_model()?)? };
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(args.jobs.map_or_else(super::processors, usize::from))
        .build()?;
    let stop = stopped_by_signals()?;
    let rest = Duration::from_secs(args.rest.into());
    let mut waiting: BTreeMap<PathBuf, Waiting> = BTreeMap::new();

    while !stop.load(Ordering::Relaxed) {
        // A mount may be away for a while.
        let files = match files_in(&dir) {
            Ok(found) => found.files,
            Err(error) if args.once => return Err(unreadable(&dir, error).into()),
            Err(error) => {
                eprintln!("pingcha: {}: {error}", dir.display());
                Vec::new()
            }
        };
        let reports = |file: &Path| {
            let below = file.parent().and_then(|folder| folder.strip_prefix(&dir).ok());
            args.out.join(below.unwrap_or(Path::new("")))
        };
        let due = |file: &PathBuf| wanted.takes(&dir, file) && !is_done(file, &reports(file), &formats);
        let due: Vec<PathBuf> =
            files.into_iter().filter(|file| !file.starts_with(&args.out) && due(file)).collect();
        waiting.retain(|file, _| due.contains(file));
        let mut ready = Vec::new();
        for file in due {
            let Some(stamp) = stamp(&file) else { continue };
            let known = waiting.entry(file.clone()).or_insert_with(|| Waiting {
                stamp: stamp.clone(),
                since: Instant::now(),
                doubtful: false,
            });
            if known.stamp != stamp {
                *known = Waiting { stamp, since: Instant::now(), doubtful: false };
            }
            let patience = if known.doubtful { rest * DOUBTFUL_RESTS } else { rest };
            if known.since.elapsed() >= patience {
                ready.push((file, known.stamp.clone(), known.doubtful));
            }
        }
        let looked: Vec<anyhow::Result<(PathBuf, bool)>> = threads.install(|| {
            let ready = ready.into_par_iter().filter(|_| !stop.load(Ordering::Relaxed));
            ready
                .map(|(file, before, waited)| {
                    let evidence = observed(&checker.decoder, &file, &request)?;
                    // Somebody goes on writing, or a copy stands still half-way.
                    if stamp(&file).as_ref() != Some(&before) || (!waited && is_doubtful(&evidence)) {
                        return Ok((file, true));
                    }
                    let folder = reports(&file);
                    with_room(&folder, || std::fs::create_dir_all(&folder))
                        .with_context(|| format!("{} cannot be made", folder.display()))?;
                    let place = Default::default();
                    let matcher = records.as_ref().map(|(records, calendar)| {
                        let naming = engine::naming(&checker.policy);
                        let subject = crate::records::Subject::of(&evidence, &naming);
                        crate::records::Matcher::new(records, calendar, vec![subject], &naming.zone)
                    });
                    let extract = matcher.as_ref().and_then(|matcher| matcher.extract(0));
                    let context = engine::Context {
                        place: &place,
                        profile: profile.as_ref(),
                        records: extract.as_ref(),
                    };
                    let mut report = checker.report(&file, &evidence, context);
                    let written = ReportFiles::new(&folder, &file).write(&mut report, &formats, &style())?;
                    let said = format!("{}: {}", file.display(), report.verdict.id());
                    println!("{}", visible(&said));
                    if let Some(json) = written.first() {
                        args.hook.run(json, &file, report.verdict);
                    }
                    Ok((file, false))
                })
                .collect()
        });
        for file in looked {
            let (file, doubtful) = file?;
            if let (Some(known), true) = (waiting.get_mut(&file), doubtful) {
                known.doubtful = true;
            }
        }
        if args.once && waiting.values().all(|known| known.since.elapsed() >= rest && !known.doubtful) {
            break;
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    Ok(Status::Compliant as u8)
}

/// Whether all reports of a clip are there, and none is older than the clip.
fn is_done(file: &Path, folder: &Path, formats: &[Format]) -> bool {
    let reports = ReportFiles::new(folder, file);
    if !reports.are_there(formats) {
        return false;
    }
    // A clip that was put there in the future, by a clock that is wrong, would never be done.
    let came = came_at(file).filter(|came| *came <= SystemTime::now());
    came.is_none_or(|came| reports.all_newer_than(formats, came))
}

/// When a file last came to be what it is under its name: copies keep the time at which they were written to, and are
/// new all the same.
fn came_at(file: &Path) -> Option<SystemTime> {
    let metadata = std::fs::metadata(file).ok()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let since =
            Duration::new(u64::try_from(metadata.ctime()).ok()?, u32::try_from(metadata.ctime_nsec()).ok()?);
        SystemTime::UNIX_EPOCH.checked_add(since)
    }
    #[cfg(not(unix))]
    metadata.modified().ok()
}

/// As a file looks of which the end has not come yet.
fn is_doubtful(evidence: &Evidence) -> bool {
    use crate::evidence::DiscontinuityKind::Truncated;
    evidence.unreadable.is_some() || evidence.discontinuities.iter().any(|found| found.kind == Truncated)
}
