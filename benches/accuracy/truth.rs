//! `truth.json`: what is known of the recordings in a folder. Only `file` and `checks` are needed.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub struct Truth {
    /// Policies whose clauses are judged; the first one that has a check answers for it.
    #[serde(default = "policies")]
    pub policies: Vec<String>,
    pub recordings: Vec<Recording>,
}

/// The first prints the whole announcement and asks for the other words, the second asks for the
/// reason of an interruption, the third for the agency and who its officers are.
fn policies() -> Vec<String> {
    ["gulou-emergency", "jiangyuan-culture-tourism", "zhanhe-education-sports"].map(str::to_owned).to_vec()
}

#[derive(Debug, Deserialize)]
pub struct Recording {
    /// Beside `truth.json`.
    pub file: String,
    /// Everything that is said, if it is known.
    pub text: Option<String>,
    /// By check id.
    pub checks: BTreeMap<String, Said>,
    #[serde(default)]
    pub slots: BTreeMap<String, Fill>,
    #[serde(default)]
    pub condition: Condition,
}

/// Whether the words that a check asks for are said whole, and when.
#[derive(Debug, Deserialize)]
pub struct Said {
    pub said: bool,
    /// When its first word begins, in seconds.
    pub start_s: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Fill {
    One(String),
    Several(Vec<String>),
}

impl Fill {
    pub fn values(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Several(values) => values,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
pub struct Condition {
    pub noise: Option<String>,
    pub snr_db: Option<i32>,
    /// Set where something else than Mandarin is spoken.
    pub language: Option<String>,
    #[serde(default)]
    pub voice: String,
    #[serde(default)]
    pub codec: String,
}

impl Truth {
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join("truth.json");
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!(
                "{} cannot be read; make the recordings with benches/accuracy/make_speech.py, or label your own \
                 (docs/accuracy.md)",
                path.display()
            )
        })?;
        serde_json::from_str(&text)
            .with_context(|| format!("{} is not what docs/accuracy.md describes", path.display()))
    }
}
