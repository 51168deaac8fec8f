//! `pingcha worker`: this machine's share of the work that `scan --enqueue` put down.

use std::path::Path;
use std::time::Duration;

use clap::Args;

use super::footage::Roots;
use super::scan::{stopped_by_signals, waiting};
use super::write::machine;
use super::{Cli, Status, WrongUse, observed};
use crate::catalogue::Catalogue;
use crate::engine::decoder::Decoder;
use crate::engine::work::{Asked, Step, Worker};
use crate::lang::Prose;
use crate::observe::{self, clock};
use crate::report::visible;

#[derive(Debug, Args)]
pub struct WorkerArgs {
    /// Where the work is: postgres://…
    #[arg(long, value_name = "ADDRESS")]
    catalogue: String,
    #[command(flatten)]
    roots: Roots,
    /// Clips observed side by side; else one for each processor
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Wait for more work instead of ending where there is none
    #[arg(long)]
    stay: bool,
    /// A clip of which nothing is heard for so long is given to another worker
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..))]
    lease: u32,
}

pub(super) fn run(args: &WorkerArgs, cli: &Cli) -> anyhow::Result<u8> {
    let speech_model = cli.speech_model()?;
    let models = cli.model_store()?;
    let decoder = cli.decoder(speech_model.clone())?;
    let mut catalogue = Catalogue::open_existing(&args.catalogue).map_err(|error| WrongUse(error.prose()))?;
    refuse_file(&catalogue)?;
    catalogue.tell_of_waiting(waiting);
    let stop = stopped_by_signals()?;
    let worker = Worker {
        name: format!("{}:{}", machine(), std::process::id()),
        jobs: args.jobs.map_or_else(super::processors, usize::from),
        lease: Duration::from_secs(args.lease.into()),
        stay: args.stay,
        basis: &|clock: &clock::Known| observe::basis(models.as_ref().ok(), speech_model.as_ref(), clock),
        locate: &|path: &str| args.roots.locate(path),
        observe: &|clip: &Path, asked: &Asked| {
            let decoder = Decoder { clock: asked.clock, ..decoder.clone() };
            observed(&decoder, clip, &asked.request)
        },
    };
    let say = |line: String| eprintln!("pingcha: {}", visible(&line));
    worker.work(catalogue, &stop, |step| match step {
        Step::Observed(path, evidence) => match &evidence.unreadable {
            Some(why) => say(format!("{path}: {}", why.get(cli.lang))),
            None => say(format!("{path}: {:.0} s", evidence.clip.duration_s)),
        },
        Step::Lost(path, why) => say(format!("{path}: {}", why.get(cli.lang))),
        Step::Refused(path) => {
            let late = Prose::new("租约已归他人，结果未采用", "the lease is another's by now; the result was refused");
            say(format!("{path}: {}", late.get(cli.lang)));
        }
        Step::Unfit => {
            let unfit = Prose::new(
                "有任务是用其他版本或其他模型提出的，本机不能承担",
                "there is work that was asked by another version or with other models; this machine leaves it alone",
            );
            say(unfit.get(cli.lang).to_owned());
        }
    })?;
    Ok(Status::Compliant as u8)
}

/// Machines share a server, not a file.
pub(super) fn refuse_file(catalogue: &Catalogue) -> Result<(), WrongUse> {
    match catalogue.is_file() {
        false => Ok(()),
        true => Err(WrongUse(Prose::new(
            "多机协同需要 PostgreSQL 评查库（postgres://…）",
            "work for several machines needs a catalogue in PostgreSQL (postgres://…)",
        ))),
    }
}
