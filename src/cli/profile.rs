//! `pingcha profile learn`: untouched files of one camera in, a profile out.

use std::collections::BTreeSet;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};

use super::search::files_in;
use super::{Cli, Status, WrongUse, write};
use crate::evidence::{Channel, Evidence};
use crate::lang::Prose;
use crate::observe::{Request, SpeechScope};
use crate::profile::{ENOUGH_FILES, Profile};

#[derive(Debug, Args)]
pub struct ProfileArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Learn from a folder of untouched files of one camera, and write what they have in common
    Learn {
        dir: PathBuf,
        /// Where the profile is written; else to standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// What the camera is called; else the folder's name
        #[arg(long)]
        name: Option<String>,
    },
}

pub(super) fn run(args: &ProfileArgs, cli: &Cli) -> anyhow::Result<u8> {
    let Action::Learn { dir, out, name } = &args.action;
    let found = files_in(dir).map_err(|error| {
        let dir = dir.display();
        WrongUse(Prose::new(format!("{dir} 无法读取：{error}"), format!("{dir} cannot be read: {error}")))
    })?;
    let evidence = observe_all(&found.files, cli)?;
    let name = name.clone().unwrap_or_else(|| folder_name(dir));
    let profile = Profile::learn(&name, &evidence);
    if profile.files == 0 {
        let dir = dir.display();
        let none = Prose::new(
            format!("{dir} 中没有可读的录像文件"),
            format!("{dir} holds no recording that can be read"),
        );
        return Err(WrongUse(none).into());
    }
    if !profile.is_sure() {
        let few = Prose::new(
            format!("只有 {} 个文件，少于 {ENOUGH_FILES} 个：据此查出的不符只能供核对", profile.files),
            format!(
                "only {} file(s), fewer than {ENOUGH_FILES}: departures will be for review only",
                profile.files
            ),
        );
        eprintln!("pingcha: {}", few.get(cli.lang));
    }
    match out {
        Some(path) => write::write_whole(path, profile.to_toml().as_bytes())
            .with_context(|| format!("{} could not be written", path.display()))?,
        None => stdout().lock().write_all(profile.to_toml().as_bytes())?,
    }
    Ok(Status::Compliant as u8)
}

/// By structure, packets and burnt-in clock; what cannot be read is named and left out.
fn observe_all(files: &[PathBuf], cli: &Cli) -> anyhow::Result<Vec<Evidence>> {
    let request = Request {
        channels: BTreeSet::from([Channel::Container, Channel::Timeline, Channel::Clock]),
        speech: SpeechScope::Off,
        digests: false,
        thorough: false,
    };
    let decoder = cli.decoder(None)?;
    let mut all = Vec::new();
    for file in files {
        let evidence = super::observed(&decoder, file, &request)?;
        match &evidence.unreadable {
            Some(why) => eprintln!("pingcha: {}: {}", file.display(), why.get(cli.lang)),
            None => all.push(evidence),
        }
    }
    Ok(all)
}

fn folder_name(dir: &Path) -> String {
    let whole = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    whole.file_name().map_or_else(|| "camera".to_owned(), |name| name.to_string_lossy().into_owned())
}
