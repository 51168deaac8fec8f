//! `pingcha serve`: checks asked for over HTTP.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::Args;

use super::check::Checker;
use super::footage::Roots;
use super::hook::Hook;
use super::judged_by::{JudgedBy, Loaded};
use super::scan::stopped_by_signals;
use super::write::{ReportFiles, remove_leftovers};
use super::{Cli, Status, WrongUse, observed, style};
use crate::engine::{self, SpeechChoice};
use crate::lang::Prose;
use crate::records::{Matcher, Subject};
use crate::report::{ClipVerdict, Format};
use crate::serve::{Service, Store};

const GIB: u64 = 1 << 30;

#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Where to listen; beyond this machine only with --token
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8470")]
    listen: SocketAddr,
    /// File that holds what every request must bear: Authorization: Bearer …
    #[arg(long, value_name = "FILE")]
    token: Option<PathBuf>,
    /// Folder for uploads and reports; what waits there is done after a restart
    #[arg(long, value_name = "DIR", required = true)]
    out: PathBuf,
    /// Clips below may be asked for by their path, NAME:/path below it
    #[command(flatten)]
    roots: Roots,
    #[command(flatten)]
    judged_by: JudgedBy,
    #[command(flatten)]
    hook: Hook,
    /// What is listened to for words
    #[arg(long, value_enum, default_value_t)]
    speech: SpeechChoice,
    /// Clips checked side by side; else one for each processor
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// The largest upload
    #[arg(long, value_name = "GIB", default_value_t = 16, value_parser = clap::value_parser!(u64).range(1..=1024))]
    most: u64,
}

pub(super) fn run(args: &ServeArgs, cli: &Cli) -> anyhow::Result<u8> {
    let Loaded { policy, profile, records, judging } = args.judged_by.load(cli.lang)?;
    let token = token(args)?;
    let mut request = engine::plan(&policy, args.speech, true, false);
    if records.is_some() {
        request = engine::for_records(request);
    }
    let store = Store::open(&args.out).with_context(|| format!("{} cannot be used", args.out.display()))?;
    remove_leftovers(&args.out);
    let checker = Checker { policy, judging, decoder: cli.decoder(cli.speech_model()?)? };
    let roots = args.roots.clone();
    let check = |clip: &Path, folder: &Path| -> anyhow::Result<ClipVerdict> {
        let evidence = observed(&checker.decoder, clip, &request)?;
        let place = Default::default();
        let matcher = records.as_ref().map(|(records, calendar)| {
            let naming = engine::naming(&checker.policy);
            Matcher::new(records, calendar, vec![Subject::of(&evidence, &naming)], &naming.zone)
        });
        let extract = matcher.as_ref().and_then(|matcher| matcher.extract(0));
        let context = engine::Context { place: &place, profile: profile.as_ref(), records: extract.as_ref() };
        let mut report = checker.report(clip, &evidence, context);
        let written =
            ReportFiles::new(folder, clip).write(&mut report, &[Format::Json, Format::Html], &style())?;
        if let Some(json) = written.first() {
            args.hook.run(json, clip, report.verdict);
        }
        Ok(report.verdict)
    };
    let service = Service {
        store: Arc::new(store),
        locate: Arc::new(move |path: &str| roots.allowed(path)),
        token,
        most_bytes: args.most * GIB,
        jobs: args.jobs.map_or_else(super::processors, usize::from),
        check: &check,
    };
    let stop = stopped_by_signals()?;
    let ready = |address: SocketAddr| println!("http://{address}/");
    let listening = || format!("{} cannot be listened on", args.listen);
    service.serve(args.listen, &stop, ready).with_context(listening)?;
    Ok(Status::Compliant as u8)
}

/// Beyond this machine nobody is served who does not bear a token.
fn token(args: &ServeArgs) -> anyhow::Result<Option<String>> {
    const SHORTEST: usize = 16;
    let refuse = |zh: String, en: String| Err(WrongUse(Prose::new(zh, en)).into());
    let Some(path) = &args.token else {
        return match args.listen.ip().is_loopback() {
            true => Ok(None),
            false => refuse(
                "在本机以外提供服务需要 --token".to_owned(),
                "to be reached from beyond this machine takes --token".to_owned(),
            ),
        };
    };
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    match text.trim() {
        token if token.len() >= SHORTEST => Ok(Some(token.to_owned())),
        _ => refuse(
            format!("{}：令牌至少 {SHORTEST} 个字符", path.display()),
            format!("{}: a token has {SHORTEST} characters or more", path.display()),
        ),
    }
}
