//! `pingcha catalogue`: looking into a catalogue, and after it.

use std::io::{Write, stdout};

use clap::{Args, Subcommand};

use super::listing::{self, ListArgs};
use super::reviewing::{self, ReviewArgs};
use super::{Cli, Status, WrongUse};
use crate::catalogue::{Catalogue, CatalogueError};
use crate::lang::Prose;

#[derive(Debug, Args)]
pub struct CatalogueArgs {
    #[command(subcommand)]
    command: CatalogueCommand,
}

#[derive(Debug, Subcommand)]
enum CatalogueCommand {
    /// List clips: path, when it was recorded, seconds, verdict, checks that fail, checks that want a person's look, and
    /// what people decided
    List(ListArgs),
    /// Keep what a person decided about a finding; the program's verdict stays beside it
    Review(ReviewArgs),
    /// Hold the log of what was done against its chain of digests
    Verify {
        #[arg(value_name = "FILE|ADDRESS")]
        catalogue: String,
    },
    /// Copy everything into an empty catalogue, such as from a file to PostgreSQL
    Copy {
        #[arg(value_name = "FROM")]
        from: String,
        #[arg(value_name = "TO")]
        to: String,
    },
    /// Say how the work for several machines stands
    Jobs {
        #[arg(value_name = "ADDRESS")]
        catalogue: String,
    },
}

pub(super) fn run(args: &CatalogueArgs, cli: &Cli) -> anyhow::Result<u8> {
    let wrong = |error: CatalogueError| WrongUse(error.prose());
    let mut out = stdout().lock();
    match &args.command {
        CatalogueCommand::List(list) => {
            listing::run(list, cli, &mut std::io::BufWriter::new(&mut out))?;
            Ok(Status::Compliant as u8)
        }
        CatalogueCommand::Review(review) => {
            reviewing::run(review, cli, &mut out)?;
            Ok(Status::Compliant as u8)
        }
        CatalogueCommand::Verify { catalogue } => {
            let mut catalogue = Catalogue::open_existing(catalogue).map_err(wrong)?;
            let entries = catalogue.log_entries()?.len();
            let broken = catalogue.first_broken_entry()?;
            let said = match broken {
                None => Prose::new(
                    format!("日志 {entries} 条，链条完整。"),
                    format!("{entries} entries, the chain is whole."),
                ),
                Some(n) => Prose::new(
                    format!("日志自第 {n} 条起与写入时不符：有条目被修改、删除或插入。"),
                    format!(
                        "the log is not as it was written from entry {n} on: one was changed, taken out or put in."
                    ),
                ),
            };
            writeln!(out, "{}", said.get(cli.lang))?;
            Ok(if broken.is_none() { Status::Compliant } else { Status::Violation } as u8)
        }
        CatalogueCommand::Copy { from, to } => {
            let mut source = Catalogue::open_existing(from).map_err(wrong)?;
            let mut target = Catalogue::open(to).map_err(wrong)?;
            if !target.is_empty()? {
                return Err(WrongUse(Prose::new(
                    "目标评查库不是空的；只能复制到空库",
                    "there is something in the target already; a copy goes into an empty catalogue",
                ))
                .into());
            }
            for (table, rows) in source.copy_into(&mut target)? {
                writeln!(out, "{table}\t{rows}")?;
            }
            target.log("copy", "from another home")?;
            Ok(Status::Compliant as u8)
        }
        CatalogueCommand::Jobs { catalogue } => {
            let counts = Catalogue::open_existing(catalogue).map_err(wrong)?.job_counts(None)?;
            let crate::catalogue::JobCounts { waiting, leased, done, lost } = counts;
            writeln!(out, "waiting\t{waiting}\nleased\t{leased}\ndone\t{done}\nlost\t{lost}")?;
            Ok(Status::Compliant as u8)
        }
    }
}
