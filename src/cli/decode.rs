//! `pingcha decode`: the child process that looks into one clip. For this program's own use.

use std::path::PathBuf;

use clap::Args;

use super::{Cli, Status};
use crate::engine::decoder;

#[derive(Debug, Args)]
pub struct DecodeArgs {
    clip: PathBuf,
}

pub(super) fn run(args: &DecodeArgs, cli: &Cli) -> anyhow::Result<u8> {
    decoder::serve(&args.clip, cli.pipelines()?, cli.model_store()?)?;
    Ok(Status::Compliant as u8)
}
