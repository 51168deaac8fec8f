//! The command line: one file per subcommand.

mod annual;
mod catalogue;
mod check;
mod decode;
mod footage;
mod hook;
mod judge;
mod judged_by;
mod listing;
mod models;
mod observe;
mod policy;
mod profile;
mod progress;
mod records;
mod retention;
mod reviewing;
mod scan;
mod search;
mod serve;
mod watch;
mod worker;
mod write;

use std::ffi::OsString;
use std::io::{IsTerminal, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};

use crate::engine::{self, SpeechChoice, decoder::Decoder};
use crate::evidence::{Evidence, Region};
use crate::lang::{Lang, Prose};
use crate::media::Pipelines;
use crate::models::{Model, ModelStore, speech_model};
use crate::observe::speech::ModelEars;
use crate::observe::{self as observing, Request, clock, speech};
use crate::report::{ClipVerdict, Report, Style};

/// Reviews enforcement body-camera recordings against the regulation, clause by clause
#[derive(Debug, Parser)]
#[command(name = "pingcha", version, max_term_width = 100)]
struct Cli {
    /// Language of reports and messages; identifiers stay English
    #[arg(long, global = true, value_enum, default_value_t = Lang::Zh)]
    lang: Lang,
    /// Folder of speech and text models; else PINGCHA_MODELS, else `models` near the program
    #[arg(long, global = true, value_name = "DIR")]
    models: Option<PathBuf>,
    /// Speech model to listen with, by its name in `pingcha models list` or any ggml file; else the
    /// first that is installed
    #[arg(long, global = true, value_name = "NAME|FILE")]
    speech_model: Option<PathBuf>,
    /// Folder of pipeline descriptions that stand in for the built-in ones
    #[arg(long, global = true, value_name = "DIR")]
    pipelines: Option<PathBuf>,
    /// Where the burnt-in clock stands: left, top, width and height as shares of the picture, such as
    /// 0.6,0,0.4,0.1; else it is searched for
    #[arg(long, global = true, value_name = "L,T,W,H", value_parser = region)]
    clock_place: Option<Region>,
    /// How the burnt-in clock writes the time, such as %d/%m/%Y %H:%M:%S, where that would be ambiguous
    #[arg(long, global = true, value_name = "PATTERN", value_parser = clock_format)]
    clock_format: Option<clock::Format>,
    /// Go on only where the processes that decode can be confined in full
    #[arg(long, global = true)]
    require_sandbox: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check clips against a regulation and report clause by clause
    Check(check::CheckArgs),
    /// Check all recordings in folders, and keep what was found in a catalogue; goes on where it stopped
    Scan(scan::ScanArgs),
    /// Observe clips that `scan --enqueue` put down in PostgreSQL, on any number of machines
    Worker(worker::WorkerArgs),
    /// Check recordings in a folder as they are completed there
    Watch(watch::WatchArgs),
    /// Answer checks over HTTP: a clip's path or upload in, state and report out
    Serve(serve::ServeArgs),
    /// Look into a catalogue or after it: list clips, verify its log, copy it, see how work stands
    Catalogue(catalogue::CatalogueArgs),
    /// Judge everything in a catalogue again, without its footage
    Judge(judge::JudgeArgs),
    /// Write the year's review: a workbook, a page and JSON
    Annual(annual::AnnualArgs),
    /// List until when each recording must be kept, and how that stands; nothing is deleted
    Retention(retention::RetentionArgs),
    /// Print what can be seen and heard in a clip as JSON, judged by nothing
    Observe(observe::ObserveArgs),
    /// List, show or lint policies
    Policy(policy::PolicyArgs),
    #[command(hide = true)]
    Decode(decode::DecodeArgs),
    /// Learn what a camera's untouched files look like
    Profile(profile::ProfileArgs),
    /// Write a template for the records beside the footage, or check filled ones
    Records(records::RecordsArgs),
    /// List, fetch or verify the speech and text models
    Models(models::ModelsArgs),
}

/// The contract's exit statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Compliant = 0,
    Violation = 1,
    WrongUse = 2,
    Review = 3,
    Unreadable = 4,
}

impl Status {
    fn of(verdict: ClipVerdict) -> Self {
        match verdict {
            ClipVerdict::Compliant => Self::Compliant,
            ClipVerdict::Violation => Self::Violation,
            ClipVerdict::Review => Self::Review,
            ClipVerdict::Unreadable => Self::Unreadable,
        }
    }

    /// Of several clips the worst counts: 2, then 4, 1, 3, 0.
    fn severity(self) -> u8 {
        match self {
            Self::Compliant => 0,
            Self::Review => 1,
            Self::Violation => 2,
            Self::Unreadable => 3,
            Self::WrongUse => 4,
        }
    }

    fn worst(statuses: impl IntoIterator<Item = Status>) -> Self {
        statuses.into_iter().max_by_key(|status| status.severity()).unwrap_or(Self::Compliant)
    }
}

/// Something that makes a command impossible as it was given.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.en)]
struct WrongUse(Prose);

/// Parses the command line, runs it, and maps the outcome to an exit status.
pub fn main() -> ExitCode {
    let filter =
        tracing_subscriber::EnvFilter::try_from_env("PINGCHA_LOG").unwrap_or_else(|_| "error".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let cli = Cli::parse();
    match run(&cli) {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            let message = match error.downcast_ref::<WrongUse>() {
                Some(WrongUse(prose)) => prose.get(cli.lang).to_owned(),
                None => format!("{error:#}"),
            };
            eprintln!("pingcha: {message}");
            ExitCode::from(Status::WrongUse as u8)
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<u8> {
    match &cli.command {
        Command::Check(args) => check::run(args, cli),
        Command::Scan(args) => scan::run(args, cli),
        Command::Worker(args) => worker::run(args, cli),
        Command::Watch(args) => watch::run(args, cli),
        Command::Serve(args) => serve::run(args, cli),
        Command::Catalogue(args) => catalogue::run(args, cli),
        Command::Judge(args) => judge::run(args, cli),
        Command::Annual(args) => annual::run(args, cli),
        Command::Retention(args) => retention::run(args, cli),
        Command::Observe(args) => observe::run(args, cli),
        Command::Decode(args) => decode::run(args, cli),
        Command::Policy(args) => policy::run(args, cli.lang),
        Command::Profile(args) => profile::run(args, cli),
        Command::Records(args) => records::run(args, cli.lang),
        Command::Models(args) => models::run(args, cli.models.as_deref(), cli.lang),
    }
}

impl Cli {
    fn pipelines(&self) -> anyhow::Result<Pipelines> {
        match &self.pipelines {
            None => Ok(Pipelines::default()),
            Some(folder) => Pipelines::overridden_by(folder).map_err(|error| WrongUse(error.prose()).into()),
        }
    }

    /// A folder of models that was named must be usable; one that was only hoped for may be absent.
    fn model_store(&self) -> anyhow::Result<Result<ModelStore, Prose>> {
        match (ModelStore::locate(self.models.as_deref()), &self.models) {
            (Ok(store), _) => Ok(Ok(store)),
            (Err(error), Some(_)) => Err(WrongUse(Prose::new(error.to_string(), error.to_string())).into()),
            (Err(error), None) => Ok(Err(Prose::new(error.to_string(), error.to_string()))),
        }
    }

    /// The speech model that was chosen. One that was named must be usable.
    fn speech_model(&self) -> anyhow::Result<Option<Model>> {
        let Some(choice) = &self.speech_model else { return Ok(None) };
        let store = self.model_store()?.ok();
        let model = speech_model(store.as_ref(), choice)
            .map_err(|error| WrongUse(Prose::new(error.to_string(), error.to_string())))?;
        speech::inspect(&model.path).map_err(|error| WrongUse(error.prose()))?;
        Ok(Some(model))
    }

    /// Says before it begins what listening to whole clips takes, by what docs/performance.md measured.
    fn say_what_listening_takes(&self, speech: SpeechChoice) {
        let said = Prose::new(
            "--speech full 识别整段录像：每小时讲话，base 级语音模型约需 5 分钟 CPU 时间，small 级约 20 分钟",
            "--speech full listens to all of each clip: for an hour of talk some 5 minutes of CPU time with a speech model of \
             base's size, some 20 with one of small's",
        );
        if speech == SpeechChoice::Full {
            eprintln!("pingcha: {}", said.get(self.lang));
        }
    }

    fn clock(&self) -> clock::Known {
        clock::Known { place: self.clock_place, format: self.clock_format }
    }

    /// What looks into clips, listening with the speech model that was chosen. Nothing is started or loaded yet.
    fn decoder(&self, speech_model: Option<Model>) -> anyhow::Result<Decoder> {
        self.pipelines()?;
        let mut arguments: Vec<OsString> = Vec::new();
        let folders = [("--models", &self.models), ("--pipelines", &self.pipelines)];
        for (name, folder) in folders.into_iter().filter_map(|(name, folder)| Some((name, folder.as_ref()?)))
        {
            arguments.extend([OsString::from(name), folder.clone().into_os_string()]);
        }
        arguments.push("decode".into());
        let ears = Arc::new(ModelEars::new(self.model_store()?, speech_model));
        Ok(Decoder { arguments, ears, clock: self.clock(), required: self.require_sandbox })
    }

    /// What evidence rests on besides the clip and what is asked.
    fn basis(&self, speech_model: Option<&Model>) -> anyhow::Result<Vec<String>> {
        Ok(observing::basis(self.model_store()?.as_ref().ok(), speech_model, &self.clock()))
    }
}

/// As many as this machine has.
fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Observes one clip; fails only where no clip can be observed on this machine.
fn observed(decoder: &Decoder, clip: &Path, request: &Request) -> anyhow::Result<Evidence> {
    decoder.observe(clip, request).map_err(|error| WrongUse(error.prose()).into())
}

/// Fetches the pictures that a report's findings point to; where they cannot be had the report says so.
fn illustrated(report: &mut Report, clip: &Path, decoder: &Decoder, lang: Lang) {
    let faces = report.faces;
    if let Err(why) = engine::illustrate_with(report, |wanted| decoder.stills(clip, wanted, faces)) {
        let limit =
            Prose::new(format!("未能截取画面：{}", why.zh), format!("no stills could be taken: {}", why.en));
        report.limits.push(limit.get(lang).to_owned());
    }
}

fn region(text: &str) -> Result<Region, String> {
    let shares: Option<Vec<f32>> = text.split(',').map(|share| share.trim().parse().ok()).collect();
    match shares.as_deref() {
        Some(&[left, top, width, height])
            if [left, top].iter().all(|share| (0.0..1.0).contains(share))
                && [width, height].iter().all(|share| (0.01..=1.0).contains(share)) =>
        {
            Ok(Region { left, top, width, height })
        }
        _ => Err("four shares of the picture from 0 to 1: left, top, width, height".to_owned()),
    }
}

fn clock_format(pattern: &str) -> Result<clock::Format, String> {
    clock::Format::of(pattern).ok_or_else(|| "no date and time as a camera writes them".to_owned())
}

/// How many clips got which verdict.
fn counts(verdicts: &[ClipVerdict]) -> Prose {
    let of = |verdict| verdicts.iter().filter(|&&found| found == verdict).count();
    let [compliant, review, violation, unreadable] = ClipVerdict::ALL.map(of);
    let all = verdicts.len();
    Prose::new(
        format!(
            "共 {all} 个录像：符合 {compliant}，不符合 {violation}，待复核 {review}，无法读取 {unreadable}"
        ),
        format!(
            "{all} clips: {compliant} compliant, {violation} with violations, {review} for review, \
             {unreadable} unreadable"
        ),
    )
}

/// How text for people is dressed on standard output.
fn style() -> Style {
    let colour = stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    Style { colour, ..Style::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn the_clock_can_be_told() {
        let place = region("0.6, 0, 0.4,0.1").unwrap();
        assert_eq!((place.left, place.top, place.width, place.height), (0.6, 0.0, 0.4, 0.1));
        for wrong in ["", "0.6,0,0.4", "0.6,0,0.4,0.1,0", "60,0,40,10", "0,0,0,0", "a,b,c,d", "NaN,0,1,1"] {
            assert!(region(wrong).is_err(), "{wrong}");
        }
        assert!(clock_format("%d/%m/%Y %H:%M:%S").is_ok() && clock_format("%d/%m/%Y").is_err());
    }

    #[test]
    fn the_worst_clip_decides_the_status() {
        use Status::{Compliant, Review, Unreadable, Violation, WrongUse};
        assert_eq!(Status::worst([Compliant, Review]), Review);
        assert_eq!(Status::worst([Violation, Review]), Violation);
        assert_eq!(Status::worst([Unreadable, Violation]), Unreadable);
        assert_eq!(Status::worst([Unreadable, WrongUse]), WrongUse);
    }
}
