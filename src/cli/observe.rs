//! `pingcha observe`: the evidence as JSON, no policy.

use std::collections::BTreeSet;
use std::io::{Write, stdout};
use std::path::PathBuf;

use clap::Args;

use super::{Cli, Status, observed};
use crate::engine::SpeechChoice;
use crate::evidence::{Channel, Observation};
use crate::observe::{Request, SpeechScope};

/// Listened to without a policy: what officers say at the start, and after a break.
const OPENING_S: f64 = 180.0;
const AFTER_BREAK_S: f64 = 60.0;

#[derive(Debug, Args)]
pub struct ObserveArgs {
    clip: PathBuf,
    /// What is listened to for words
    #[arg(long, value_enum, default_value_t)]
    speech: SpeechChoice,
    /// Leave out SHA-256 and SM3
    #[arg(long)]
    no_digest: bool,
    /// Decode every picture
    #[arg(long)]
    thorough: bool,
    /// Write names and numbers that were read on credentials; else they are masked
    #[arg(long)]
    show_personal: bool,
}

pub(super) fn run(args: &ObserveArgs, cli: &Cli) -> anyhow::Result<u8> {
    let request = Request {
        channels: BTreeSet::from([
            Channel::Container,
            Channel::Timeline,
            Channel::Picture,
            Channel::Sound,
            Channel::Clock,
            Channel::Speech,
            Channel::Sight,
        ]),
        speech: match args.speech {
            SpeechChoice::Auto => SpeechScope::Around { opening_s: OPENING_S, after_break_s: AFTER_BREAK_S },
            SpeechChoice::Full => SpeechScope::Full,
            SpeechChoice::Off => SpeechScope::Off,
        },
        digests: !args.no_digest,
        thorough: args.thorough,
    };
    cli.say_what_listening_takes(args.speech);
    let mut evidence = observed(&cli.decoder(cli.speech_model()?)?, &args.clip, &request)?;
    if let (false, Observation::Observed(sight)) = (args.show_personal, &mut evidence.sight) {
        *sight = sight.masked();
    }
    let mut out = stdout().lock();
    serde_json::to_writer_pretty(&mut out, &evidence)?;
    writeln!(out)?;
    if let Some(why) = &evidence.unreadable {
        eprintln!("pingcha: {}: {}", args.clip.display(), why.get(cli.lang));
        return Ok(Status::Unreadable as u8);
    }
    Ok(Status::Compliant as u8)
}
