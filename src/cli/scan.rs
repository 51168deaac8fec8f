//! `pingcha scan`: folders in, a catalogue of evidence and results out, and a report for each clip.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use anyhow::Context;
use clap::Args;

use super::footage::Roots;
use super::hook::Hook;
use super::judged_by::{JudgedBy, Loaded};
use super::progress::Progress;
use super::search::{Found, Wanted, files_in};
use super::write::{ReportFiles, remove_leftovers, with_room};
use super::{Cli, Status, WrongUse, observed, style};
use crate::catalogue::{Catalogue, CatalogueError, StoredEvidence};
use crate::engine::batch::{self, Footage, Question, Step};
use crate::engine::decoder::Decoder;
use crate::engine::stored::{self, Bench, Stored};
use crate::engine::work::Asked;
use crate::engine::{self, SpeechChoice};
use crate::lang::Prose;
use crate::report::{Format, Report};

#[derive(Debug, Args)]
pub struct ScanArgs {
    /// Folders that are searched for recordings
    #[arg(required = true, value_name = "DIR")]
    dirs: Vec<PathBuf>,
    /// Where evidence and results are kept: a file, or postgres://…
    #[arg(long, value_name = "FILE|ADDRESS")]
    catalogue: String,
    #[command(flatten)]
    judged_by: JudgedBy,
    #[command(flatten)]
    roots: Roots,
    #[command(flatten)]
    hook: Hook,
    /// Put down what is to be observed for `pingcha worker` to do, and end; a later scan judges and reports
    #[arg(long, conflicts_with = "out")]
    enqueue: bool,
    /// Folder for the reports, laid out as the footage is
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// How reports are written besides JSON
    #[arg(long, value_enum, value_delimiter = ',')]
    format: Vec<Format>,
    /// Clips observed side by side; else one for each processor
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Only files whose path below DIR matches, such as '2025-03/**/*.mp4'; else those with a recording's ending
    #[arg(long, value_name = "GLOB")]
    pattern: Vec<String>,
    /// Read files again of which size, time and inode are as they were
    #[arg(long)]
    rehash: bool,
    /// Decode every picture
    #[arg(long)]
    thorough: bool,
    /// What is listened to for words
    #[arg(long, value_enum, default_value_t)]
    speech: SpeechChoice,
}

pub(super) fn run(args: &ScanArgs, cli: &Cli) -> anyhow::Result<u8> {
    let Loaded { policy, profile, records, judging } = args.judged_by.load(cli.lang)?;
    let (files, found) = footage(args)?;
    let speech_model = cli.speech_model()?;
    let basis = cli.basis(speech_model.as_ref())?;
    let decoder = cli.decoder(speech_model)?;
    let mut catalogue = Catalogue::open(&args.catalogue).map_err(|error| WrongUse(error.prose()))?;
    let mut request = engine::plan(&policy, args.speech, true, args.thorough);
    if records.is_some() {
        request = engine::for_records(request);
    }
    let question = Question {
        request: &request,
        basis,
        jobs: args.jobs.map_or_else(super::processors, usize::from),
        rehash: args.rehash,
    };
    let bench = Bench { policy: &policy, profile: profile.as_ref(), records: records.as_ref(), judging };
    catalogue.tell_of_waiting(waiting);
    let stop = stopped_by_signals()?;
    if args.enqueue {
        print!("{}", found.told().get(cli.lang));
        return enqueue(&files, &question, &mut catalogue, &stop, cli);
    }
    if let Some(out) = &args.out {
        remove_leftovers(out);
    }
    catalogue.log("scan", &format!("{} files by {}", files.len(), policy.id))?;

    cli.say_what_listening_takes(args.speech);
    let mut progress = Progress::new(files.len(), cli.lang);
    let look = |clip: &Path| observed(&decoder, clip, &request);
    let lost = batch::observe_new(&files, &question, look, &mut catalogue, &stop, |step| match step {
        Step::Known(_) => progress.known(),
        Step::Observed(file, evidence) => {
            let alone = engine::judge(evidence, bench.policy, bench.judging);
            progress.observed(evidence, &alone);
            if let Some(why) = &evidence.unreadable {
                progress.say(&format!("{}: {}", file.path.display(), why.get(cli.lang)));
            }
        }
        Step::Lost(file, evidence) => {
            progress.lost();
            progress.say(&format!("{}: {}", file.path.display(), batch::why(evidence).get(cli.lang)));
        }
    })?;
    if stop.load(Ordering::Relaxed) {
        progress.interrupted();
        return Ok(Status::Review as u8);
    }

    let delivery = Reports {
        out: args.out.as_deref(),
        formats: formats(&args.format),
        hook: &args.hook,
        files: files.iter().map(|file| (file.kept_as.clone(), file)).collect(),
        several_roots: args.dirs.len() > 1,
        decoder: &decoder,
        lang: cli.lang,
    };
    let only: BTreeSet<String> = delivery.files.keys().cloned().collect();
    let threads = rayon::ThreadPoolBuilder::new().num_threads(question.jobs).build()?;
    let mut verdicts = Vec::new();
    progress.judging();
    let observation = question.observation();
    let which = Stored { observation: Some(&observation), only: Some(&only) };
    let whole = threads.install(|| {
        stored::judge_stored(&bench, &mut catalogue, which, &delivery, &stop, |judged| {
            verdicts.push(judged.verdict);
        })
    })?;
    if !whole {
        progress.interrupted();
        return Ok(Status::Review as u8);
    }
    for (file, evidence) in &lost {
        let mut report = engine::judge(evidence, &policy, judging);
        delivery.write(file, &mut report)?;
        verdicts.push(report.verdict);
    }
    progress.finished(&verdicts, &found);
    Ok(Status::worst(verdicts.into_iter().map(Status::of)) as u8)
}

/// Puts down what was not observed yet for workers. Names that are no UTF-8 cannot be told to another machine: the
/// scan that judges looks at these itself.
fn enqueue(
    files: &[Footage],
    question: &Question,
    catalogue: &mut Catalogue,
    stop: &AtomicBool,
    cli: &Cli,
) -> anyhow::Result<u8> {
    super::worker::refuse_file(catalogue)?;
    let unknown = batch::unknown(files, question, catalogue, stop, |_| ())?;
    let paths = unknown.iter().map(|file| &file.kept_as).filter(|path| !path.starts_with('"'));
    let paths: Vec<String> = paths.cloned().collect();
    let asked = serde_json::to_string(&Asked { request: question.request.clone(), clock: cli.clock() })?;
    let observation = question.observation();
    catalogue.log("enqueue", &format!("{} files", paths.len()))?;
    let count = catalogue.patiently(|catalogue| catalogue.enqueue(&paths, &observation, &asked))?;
    let all = files.len();
    let said = Prose::new(
        format!("共 {all} 个录像，{count} 个已排入任务。"),
        format!("{count} of {all} clips were put down to be observed."),
    );
    println!("{}", said.get(cli.lang));
    Ok(Status::Compliant as u8)
}

/// Said once while a database is waited for.
pub(super) fn waiting(error: &CatalogueError) {
    let why = error.prose();
    eprintln!("pingcha: {}；等待恢复 / {}; waiting", why.zh, why.en);
}

/// All recordings in the folders, each once, and what else was found there.
fn footage(args: &ScanArgs) -> Result<(Vec<Footage>, Found), WrongUse> {
    let wanted = Wanted::new(&args.pattern).map_err(|error| {
        WrongUse(Prose::new(format!("--pattern 有误：{error}"), format!("--pattern is wrong: {error}")))
    })?;
    let mut names: BTreeSet<&OsStr> = BTreeSet::new();
    for dir in args.dirs.iter().filter(|_| args.dirs.len() > 1 && args.out.is_some()) {
        if !names.insert(dir.file_name().unwrap_or(dir.as_os_str())) {
            let dir = dir.display();
            return Err(WrongUse(Prose::new(
                format!("{dir}：有两个同名文件夹，报告会互相覆盖；请分别扫描"),
                format!(
                    "{dir}: two folders have this name and their reports would overwrite each other; scan them apart"
                ),
            )));
        }
    }
    // Reports may be put below the footage: they are none of it.
    let out = args.out.as_ref().and_then(|out| out.canonicalize().ok());
    let (mut files, mut all) = (BTreeMap::new(), Found::default());
    for root in &args.dirs {
        let unreadable = |error: std::io::Error| {
            let root = root.display();
            WrongUse(Prose::new(
                format!("{root} 无法读取：{error}"),
                format!("{root} cannot be read: {error}"),
            ))
        };
        // The catalogue outlives the folder in which the command was given.
        let root = root.canonicalize().map_err(unreadable)?;
        let mut found = files_in(&root).map_err(unreadable)?;
        found.files.retain(|path| out.as_ref().is_none_or(|out| !path.starts_with(out)));
        found.keep(&wanted, &root);
        for path in &found.files {
            let kept_as = args.roots.kept_as(path);
            let footage = || Footage { path: path.clone(), root: root.clone(), kept_as };
            files.entry(path.clone()).or_insert_with(footage);
        }
        all.add(found);
    }
    Ok((files.into_values().collect(), all))
}

/// Set by the first signal.
static STOP: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Whether a signal asked for an end: nothing is waited for any more.
pub(super) fn is_stopping() -> bool {
    STOP.get().is_some_and(|stop| stop.load(Ordering::Relaxed))
}

/// The clips at hand are finished, and no other is begun; a second signal ends the program at once.
pub(super) fn stopped_by_signals() -> std::io::Result<Arc<AtomicBool>> {
    let stop = Arc::clone(STOP.get_or_init(Arc::default));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register_conditional_default(signal, Arc::clone(&stop))?;
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}

pub(super) fn formats(asked: &[Format]) -> Vec<Format> {
    let mut formats = asked.to_vec();
    formats.push(Format::Json);
    formats.sort();
    formats.dedup();
    formats
}

/// Where reports go.
struct Reports<'a> {
    out: Option<&'a Path>,
    formats: Vec<Format>,
    hook: &'a Hook,
    files: BTreeMap<String, &'a Footage>,
    several_roots: bool,
    decoder: &'a Decoder,
    lang: crate::lang::Lang,
}

impl stored::Delivery for Reports<'_> {
    fn is_there(&self, stored: &StoredEvidence) -> bool {
        let there = |file: &Footage, out: &Path| {
            ReportFiles::new(&self.folder(out, file), &file.path).are_there(&self.formats)
        };
        self.out.is_none_or(|out| self.places(stored).all(|file| there(file, out)))
    }

    /// To every place where the clip lies; a copy bears its own name.
    fn deliver(&self, stored: &StoredEvidence, report: &mut Report) -> anyhow::Result<()> {
        let mut places = self.places(stored);
        if let Some(first) = places.next() {
            self.write(first, report)?;
        }
        for file in places {
            let mut copy = report.clone();
            copy.clip.name = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            self.write(file, &mut copy)?;
        }
        Ok(())
    }
}

impl Reports<'_> {
    fn places<'s>(&'s self, stored: &'s StoredEvidence) -> impl Iterator<Item = &'s Footage> {
        stored.paths.iter().filter_map(|path| self.files.get(path).copied())
    }

    fn write(&self, file: &Footage, report: &mut Report) -> anyhow::Result<()> {
        let Some(out) = self.out else { return Ok(()) };
        super::illustrated(report, &file.path, self.decoder, self.lang);
        let folder = self.folder(out, file);
        with_room(&folder, || std::fs::create_dir_all(&folder))
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        let written = ReportFiles::new(&folder, &file.path).write(report, &self.formats, &style())?;
        // Before the result is kept: a kill between the two runs it again, and never not at all.
        if let Some(json) = written.first() {
            self.hook.run(json, &file.path, report.verdict);
        }
        Ok(())
    }

    /// As the footage is laid out below its root.
    fn folder(&self, out: &Path, file: &Footage) -> PathBuf {
        let below = file.path.parent().and_then(|folder| folder.strip_prefix(&file.root).ok());
        let root = file.root.file_name().filter(|_| self.several_roots);
        out.join(root.map_or(PathBuf::new(), PathBuf::from)).join(below.unwrap_or(Path::new("")))
    }
}
