//! Finding the model files that observers need.

use std::path::PathBuf;

/// A model file that is installed and whose digest is the one its manifest names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    pub role: Role,
    pub name: String,
    pub path: PathBuf,
    /// Lower-case hexadecimal.
    pub sha256: String,
    /// Made for demonstration and tests: what it hears cannot carry a verdict by itself.
    pub demonstration: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Speech,
    TextDetection,
    TextRecognition,
}
