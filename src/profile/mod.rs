//! Camera profiles: what one camera's untouched files look like, and where another file departs from it.
//!
//! Learned from evidence, held against evidence; no media is touched. A profile is a TOML file that
//! people can read and correct.

mod features;
mod font;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::evidence::{DigitShape, Evidence};
use crate::figures::hexadecimal;
use crate::lang::{Prose, Text};
use features::{ALTERNATIVES, FIGURES, FOLLOW_SETTINGS, FONT, Feature, Features, TEXTS};

pub use features::{EDIT_LISTS, Kind, in_chinese, without_digits};
pub use font::{Font, Shape};

pub const SCHEMA: &str = "pingcha.profile/1";

/// Fewer files than this may share by chance what the camera does otherwise on other days.
pub const ENOUGH_FILES: u32 = 3;

/// A feature that took more values than this share of the files is no habit of the camera.
const LARGEST_VARIETY: f64 = 0.5;

/// Figures vary with scene and length: outside this factor of what was seen they depart.
const FIGURE_LEEWAY: f64 = 2.0;

const MAX_FILE_BYTES: u64 = 1 << 20;

/// What a camera's files look like.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    pub schema: String,
    /// What people call the camera.
    pub name: String,
    /// Untouched files that it rests on.
    pub files: u32,
    /// The values that each feature took.
    #[serde(default)]
    pub texts: BTreeMap<String, Vec<String>>,
    /// The range that each figure had.
    #[serde(default)]
    pub figures: BTreeMap<String, Range>,
    /// How the burnt-in clock is drawn; absent where too little of it was seen.
    #[serde(default)]
    pub font: Option<Font>,
    /// Of the profile file's bytes, lower-case hexadecimal; empty until it is written.
    #[serde(skip)]
    pub sha256: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    pub min: f64,
    pub max: f64,
}

/// One feature in which a file is not as the camera's files are.
#[derive(Debug, Clone, PartialEq)]
pub struct Departure {
    /// The feature's key in a profile file.
    pub id: &'static str,
    pub what: Text,
    pub kind: Kind,
    pub expected: String,
    pub found: String,
}

#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    #[error("{path} cannot be read: {source}")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{path} is no camera profile: {why}")]
    Faulty { path: PathBuf, why: String },
}

impl ProfileError {
    pub fn prose(&self) -> Prose {
        let zh = match self {
            Self::Unreadable { path, source } => format!("{} 无法读取：{source}", path.display()),
            Self::Faulty { path, why } => format!("{} 不是可用的记录仪特征文件：{why}", path.display()),
        };
        Prose::new(zh, self.to_string())
    }
}

impl Profile {
    /// What these untouched files of one camera have in common. Evidence of files that could not be
    /// read is left out.
    pub fn learn(name: &str, clips: &[Evidence]) -> Self {
        let readable: Vec<&Evidence> =
            clips.iter().filter(|evidence| evidence.unreadable.is_none()).collect();
        let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut figures: BTreeMap<String, Range> = BTreeMap::new();
        for features in readable.iter().map(|evidence| Features::of(evidence)) {
            for (&id, value) in &features.texts {
                texts.entry(id.to_owned()).or_default().insert(value.clone());
            }
            for (&id, &value) in &features.figures {
                let range = figures.entry(id.to_owned()).or_insert(Range { min: value, max: value });
                *range = Range { min: range.min.min(value), max: range.max.max(value) };
            }
        }
        Self {
            schema: SCHEMA.to_owned(),
            name: name.to_owned(),
            files: u32::try_from(readable.len()).unwrap_or(u32::MAX),
            texts: texts.into_iter().map(|(id, values)| (id, values.into_iter().collect())).collect(),
            figures,
            font: Font::learn(&readable.iter().filter_map(|evidence| digits(evidence)).collect::<Vec<_>>()),
            sha256: String::new(),
        }
    }

    /// Reads a profile file.
    pub fn load(path: &Path) -> Result<Self, ProfileError> {
        use std::io::Read as _;

        let unreadable = |source| ProfileError::Unreadable { path: path.to_owned(), source };
        let mut text = String::new();
        let file = std::fs::File::open(path).map_err(unreadable)?;
        file.take(MAX_FILE_BYTES).read_to_string(&mut text).map_err(unreadable)?;
        Self::parse(&text).map_err(|why| ProfileError::Faulty { path: path.to_owned(), why })
    }

    /// Reads a profile's text; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut profile: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        if profile.schema != SCHEMA {
            return Err(format!("its schema is \"{}\", not \"{SCHEMA}\"", profile.schema));
        }
        let known = |id: &String, all: &[Feature]| all.iter().any(|feature| feature.id == id);
        let unknown = (profile.texts.keys().filter(|id| !known(id, &TEXTS)))
            .chain(profile.figures.keys().filter(|id| !known(id, &FIGURES)))
            .next();
        if let Some(id) = unknown {
            return Err(format!("unknown feature \"{id}\""));
        }
        if let Some(fault) = profile.font.as_ref().and_then(Font::fault) {
            return Err(fault);
        }
        profile.sha256 = hexadecimal(&Sha256::digest(text.as_bytes()));
        Ok(profile)
    }

    /// The profile as a commented TOML file.
    pub fn to_toml(&self) -> String {
        write::to_toml(self)
    }

    /// Whether it rests on enough files to tell the camera's habits from chance.
    pub fn is_sure(&self) -> bool {
        self.files >= ENOUGH_FILES
    }

    /// Whether the camera's own files hold this text, whatever its digits.
    pub fn holds_text(&self, place: &str, text: &str) -> bool {
        let wanted = format!("{place}: {}", without_digits(text));
        let texts = self.texts.get("texts").map_or(&[][..], Vec::as_slice);
        let handlers = ["picture_handler", "sound_handler"].into_iter().filter_map(|id| self.texts.get(id));
        texts.iter().any(|value| value.split("; ").any(|held| held == wanted))
            || place.ends_with("/hdlr") && handlers.flatten().any(|handler| handler == text)
    }

    /// Where a file is not as the camera's files are; a feature that varies among them, or that the
    /// file's evidence does not tell, is not compared.
    pub fn departures(&self, evidence: &Evidence) -> Vec<Departure> {
        let features = Features::of(evidence);
        let mut departures: Vec<(&Feature, Departure)> = Vec::new();
        for feature in &TEXTS {
            let (Some(expected), Some(found)) = (self.texts.get(feature.id), features.texts.get(feature.id))
            else {
                continue;
            };
            if self.is_habit(expected) && !expected.contains(found) {
                let expected = expected.join(ALTERNATIVES);
                departures.push((feature, feature.departure(expected, found.clone())));
            }
        }
        let set = |departures: &[(&Feature, Departure)]| {
            departures.iter().any(|(feature, _)| feature.kind == Kind::Setting)
        };
        if set(&departures) {
            departures.retain(|(feature, _)| !FOLLOW_SETTINGS.contains(&feature.id));
        }
        for feature in &FIGURES {
            let (Some(range), Some(&found)) =
                (self.figures.get(feature.id), features.figures.get(feature.id))
            else {
                continue;
            };
            if found < range.min / FIGURE_LEEWAY || found > range.max * FIGURE_LEEWAY {
                let expected = format!("{:.0}–{:.0}", range.min, range.max);
                departures.push((feature, feature.departure(expected, format!("{found:.0}"))));
            }
        }
        let mut departures: Vec<Departure> = departures.into_iter().map(|(_, departure)| departure).collect();
        departures.extend(self.font_departure(evidence));
        departures
    }

    fn font_departure(&self, evidence: &Evidence) -> Option<Departure> {
        let font = self.font.as_ref().filter(|font| font.is_habit())?;
        let likeness = font.likeness_of(digits(evidence)?)?;
        let least = font.least_likeness.unwrap_or(font::MIN_LIKENESS);
        (likeness < font::MIN_LIKENESS)
            .then(|| FONT.departure(format!("{least:.2}–1.00"), format!("{likeness:.2}")))
    }

    fn is_habit(&self, values: &[String]) -> bool {
        values.len() == 1 || values.len() as f64 <= f64::from(self.files) * LARGEST_VARIETY
    }
}

/// How the digits of a file's clock are drawn; `None` where none were seen.
fn digits(evidence: &Evidence) -> Option<&[DigitShape]> {
    evidence.clock.seen().map(|clock| clock.digits.as_slice()).filter(|digits| !digits.is_empty())
}

impl Feature {
    fn departure(&self, expected: String, found: String) -> Departure {
        Departure { id: self.id, what: self.name, kind: self.kind, expected, found }
    }
}

#[cfg(test)]
mod tests;
