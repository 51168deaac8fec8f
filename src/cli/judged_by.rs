//! What clips are judged by, the same for every command that judges.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::WrongUse;
use super::records::RecordsInput;
use crate::engine::Judging;
use crate::lang::Lang;
use crate::policy::{self, DEFAULT_POLICY, Policy};
use crate::profile::Profile;
use crate::records::{Calendar, Records};
use crate::report::Faces;

#[derive(Debug, Args)]
pub struct JudgedBy {
    /// A regulation's id (`pingcha policy list`) or a policy file
    #[arg(long, value_name = "ID|FILE", default_value = DEFAULT_POLICY)]
    policy: String,
    #[command(flatten)]
    records: RecordsInput,
    /// A camera profile to hold the files against (`pingcha profile learn`)
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// Let the offline demonstration model's words carry a verdict
    #[arg(long)]
    accept_demo_model: bool,
    /// Write names and numbers that were read on credentials; else they are masked
    #[arg(long)]
    show_personal: bool,
    /// Make faces in stills unrecognisable
    #[arg(long, value_enum, default_value_t)]
    blur_faces: BlurFaces,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum BlurFaces {
    #[default]
    On,
    Off,
}

/// All of it read, and found to be usable.
pub(super) struct Loaded {
    pub policy: Policy,
    pub profile: Option<Profile>,
    pub records: Option<(Records, Calendar)>,
    pub judging: Judging,
}

impl JudgedBy {
    pub fn load(&self, lang: Lang) -> anyhow::Result<Loaded> {
        let policy = policy::load(&self.policy).map_err(|error| WrongUse(error.prose()))?;
        let profile = self.profile.as_deref().map(Profile::load).transpose();
        let profile = profile.map_err(|error| WrongUse(error.prose()))?;
        let records = self.records.load()?;
        let judging = Judging {
            lang,
            accept_demonstration_model: self.accept_demo_model,
            show_personal: self.show_personal,
            faces: match self.blur_faces {
                BlurFaces::On => Faces::Blurred,
                BlurFaces::Off => Faces::Kept,
            },
        };
        Ok(Loaded { policy, profile, records, judging })
    }
}
