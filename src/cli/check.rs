//! `pingcha check`: clips in, a cited report each out.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write, stdout};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use rayon::prelude::*;

use super::hook::Hook;
use super::judged_by::{JudgedBy, Loaded};
use super::write::{ReportFiles, remove_leftovers};
use super::{Cli, Status, WrongUse, illustrated, observed, style};
use crate::engine::decoder::Decoder;
use crate::engine::{self, Judging, SpeechChoice};
use crate::evidence::Evidence;
use crate::lang::Prose;
use crate::policy::Policy;
use crate::records::{Matcher, Subject};
use crate::report::{Format, Report, json, render};

#[derive(Debug, Args)]
pub struct CheckArgs {
    #[arg(required = true, value_name = "CLIP")]
    clips: Vec<PathBuf>,
    #[command(flatten)]
    judged_by: JudgedBy,
    #[command(flatten)]
    hook: Hook,
    /// How reports are written; without --out one format, the default is text
    #[arg(long, value_enum, value_delimiter = ',')]
    format: Vec<Format>,
    /// Folder for the reports; it gets the JSON in any case, and HTML unless --format says else
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Decode every picture, for the one disputed clip
    #[arg(long)]
    thorough: bool,
    /// What is listened to for words
    #[arg(long, value_enum, default_value_t)]
    speech: SpeechChoice,
    /// Leave out SHA-256 and SM3
    #[arg(long)]
    no_digest: bool,
    /// Clips checked side by side; the reports are the same for any number
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    jobs: u16,
}

pub(super) fn run(args: &CheckArgs, cli: &Cli) -> anyhow::Result<u8> {
    let Loaded { policy, profile, records, judging } = args.judged_by.load(cli.lang)?;
    refuse_wrong_use(args)?;
    let formats = formats(args)?;
    if let Some(folder) = &args.out {
        remove_leftovers(folder);
        std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    let decoder = cli.decoder(cli.speech_model()?)?;
    cli.say_what_listening_takes(args.speech);
    let mut request = engine::plan(&policy, args.speech, !args.no_digest, args.thorough);
    if records.is_some() {
        request = engine::for_records(request);
    }

    let threads = rayon::ThreadPoolBuilder::new().num_threads(usize::from(args.jobs)).build()?;
    let evidence = threads.install(|| -> anyhow::Result<Vec<Evidence>> {
        args.clips.par_iter().map(|clip| observed(&decoder, clip, &request)).collect()
    })?;
    // A clip is judged with its neighbours, so only when all have been seen.
    let places = engine::places(&evidence, &policy);
    let matcher = records.as_ref().map(|(records, calendar)| {
        let naming = engine::naming(&policy);
        let subjects = evidence.iter().map(|evidence| Subject::of(evidence, &naming)).collect();
        Matcher::new(records, calendar, subjects, &naming.zone)
    });
    let checker = Checker { policy, judging, decoder };
    let reports: Vec<Report> = threads.install(|| {
        (args.clips.par_iter().zip(&evidence).zip(&places).enumerate())
            .map(|(number, ((clip, evidence), place))| {
                let extract = matcher.as_ref().and_then(|matcher| matcher.extract(number));
                let context = engine::Context { place, profile: profile.as_ref(), records: extract.as_ref() };
                checker.report(clip, evidence, context)
            })
            .collect()
    });
    let mut statuses = Vec::new();
    for (clip, mut report) in args.clips.iter().zip(reports) {
        if let Some(why) = &report.unreadable {
            eprintln!("pingcha: {}: {why}", clip.display());
        }
        statuses.push(Status::of(report.verdict));
        match &args.out {
            Some(folder) => {
                let written = ReportFiles::new(folder, clip).write(&mut report, &formats, &style())?;
                announce(&written)?;
                if let Some(json) = written.first() {
                    args.hook.run(json, clip, report.verdict);
                }
            }
            None => print(&report, formats[0], args.clips.len() > 1)?,
        }
    }
    Ok(Status::worst(statuses) as u8)
}

/// What every clip's evidence is put through.
pub(super) struct Checker {
    pub policy: Policy,
    pub judging: Judging,
    pub decoder: Decoder,
}

impl Checker {
    pub fn report(&self, clip: &Path, evidence: &Evidence, context: engine::Context) -> Report {
        let mut report = engine::judge_in(evidence, context, &self.policy, self.judging);
        illustrated(&mut report, clip, &self.decoder, self.judging.lang);
        report
    }
}

fn refuse_wrong_use(args: &CheckArgs) -> Result<(), WrongUse> {
    let refuse = |zh: String, en: String| Err(WrongUse(Prose::new(zh, en)));
    if let Some(folder) = args.clips.iter().find(|clip| clip.is_dir()) {
        return refuse(
            format!("{} 是文件夹；请给出录像文件", folder.display()),
            format!("{} is a folder; name recordings", folder.display()),
        );
    }
    let mut names = BTreeSet::new();
    let doubled = args.clips.iter().find(|clip| !names.insert(clip.file_name()));
    if let (Some(clip), Some(_)) = (doubled, &args.out) {
        return refuse(
            format!("{}：有两个同名文件，报告会互相覆盖；请分开检查", clip.display()),
            format!(
                "{}: two clips have this name and their reports would overwrite each other; check them apart",
                clip.display()
            ),
        );
    }
    Ok(())
}

/// With a folder the JSON is always written, and a page to read unless other formats are named.
fn formats(args: &CheckArgs) -> Result<Vec<Format>, WrongUse> {
    let mut formats = args.format.clone();
    formats.sort();
    formats.dedup();
    match (&args.out, formats.as_slice()) {
        (Some(_), []) => Ok(vec![Format::Json, Format::Html]),
        (Some(_), _) => {
            formats.insert(0, Format::Json);
            formats.dedup();
            Ok(formats)
        }
        (None, []) => Ok(vec![Format::Text]),
        (None, [Format::Pdf]) if stdout().is_terminal() => Err(WrongUse(Prose::new(
            "PDF 不能显示在终端上；请用 --out 指定文件夹",
            "a PDF cannot be shown on a terminal; give a folder with --out",
        ))),
        (None, [format]) => Ok(vec![*format]),
        (None, _) => Err(WrongUse(Prose::new(
            "多种 --format 需要用 --out 指定文件夹",
            "several formats need a folder given with --out",
        ))),
    }
}

fn announce(written: &[PathBuf]) -> std::io::Result<()> {
    let mut out = stdout().lock();
    written.iter().try_for_each(|path| writeln!(out, "{}", path.display()))
}

fn print(report: &Report, format: Format, several: bool) -> anyhow::Result<()> {
    let bytes = match (format, several) {
        (Format::Json, true) => json::line(report)?,
        _ => render(report, format, &style())?,
    };
    let mut out = stdout().lock();
    out.write_all(&bytes)?;
    if bytes.last() != Some(&b'\n') {
        out.write_all(b"\n")?;
    }
    Ok(())
}
