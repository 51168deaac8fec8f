//! Finding and fetching the model files that observers need, and making sure that they are the
//! ones meant.

mod digests;
mod download;
mod manifest;
mod pull;
mod store;

use std::path::PathBuf;

use digests::Digests;
pub use manifest::{Entry, Manifest};
pub use pull::{PullError, Pulled, Source, pull};
pub use store::{FOLDER_VARIABLE, ModelStore, speech_model};

/// A model file that may be used: its digest is the one its manifest names, or a person named the
/// file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    pub role: Role,
    /// The manifest's, or the file name of a model that is in no manifest.
    pub name: String,
    pub path: PathBuf,
    /// Lower-case hexadecimal.
    pub sha256: String,
    /// How a speech model is driven; `None` for models that have one way only.
    pub preset: Option<Preset>,
    /// Made for demonstration and tests: what it hears cannot carry a verdict by itself.
    pub demonstration: bool,
}

impl Model {
    fn of_entry(entry: &Entry, path: PathBuf, digests: Digests) -> Self {
        Self {
            role: entry.role,
            name: entry.name.clone(),
            path,
            sha256: digests.sha256,
            preset: entry.preset(),
            demonstration: entry.demonstration,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Speech,
    TextDetection,
    TextRecognition,
    FaceDetection,
}

impl Role {
    /// As manifests and reports write it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Speech => "speech",
            Self::TextDetection => "text-detection",
            Self::TextRecognition => "text-recognition",
            Self::FaceDetection => "face-detection",
        }
    }
}

/// How a speech model is driven. The figures that belong to each are the recogniser's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// OpenAI's models and what is fine-tuned from them: trained on windows of 30 s, so they are
    /// always shown a long one.
    #[default]
    Whisper,
    /// Trained on windows as long as the sound, and to say so where nobody speaks.
    ShortWindows,
}

impl Preset {
    /// As manifests and reports write it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Whisper => "whisper",
            Self::ShortWindows => "short-windows",
        }
    }
}

/// What can go wrong with model files. Each message says which file and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    #[error(
        "no folder of models was found; name it with --models or {FOLDER_VARIABLE} (it holds {})",
        manifest::MANIFEST_FILE
    )]
    NoFolder,
    #[error("{path}: cannot be read: {error}")]
    Read { path: PathBuf, error: std::io::Error },
    #[error("{path}: {detail}")]
    Manifest { path: PathBuf, detail: String },
    #[error("{folder}: no model for {} is installed; put one of these files there: {files}", .role.id())]
    NotInstalled { folder: PathBuf, role: Role, files: String },
    #[error("no model is called '{name}'; there are: {known}")]
    UnknownName { name: String, known: String },
    #[error("'{choice}' is neither a file nor one of the speech models: {known}")]
    UnknownChoice { choice: String, known: String },
    #[error("'{name}' is a model for {}, not for speech", .role.id())]
    AnotherRole { name: String, role: Role },
    #[error("model '{name}' is not installed ({path} is missing); fetch it with: pingcha models pull {name}")]
    Missing { name: String, path: PathBuf },
    #[error("{path}: {found} bytes, but the manifest says {expected}; the file is cut short or another one")]
    WrongSize { path: PathBuf, expected: u64, found: u64 },
    #[error(
        "{path}: its {digest} is {found}, but the manifest says {expected}; the file is damaged or another one"
    )]
    WrongDigest { path: PathBuf, digest: &'static str, expected: String, found: String },
    #[error("{path}: the manifest gives no digest, so the file cannot be trusted")]
    NoDigest { path: PathBuf },
}
