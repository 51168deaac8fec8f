//! Prose in the two languages a report can be written in. Identifiers stay English.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The language of a report's prose.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    #[default]
    Zh,
    En,
}

/// One fixed text in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    pub zh: &'static str,
    pub en: &'static str,
}

impl Text {
    pub const fn new(zh: &'static str, en: &'static str) -> Self {
        Self { zh, en }
    }

    pub fn get(self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.zh,
            Lang::En => self.en,
        }
    }
}

/// One composed text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Prose {
    pub zh: String,
    pub en: String,
}

impl Prose {
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// The phrase as a sentence behind an opening.
    pub fn sentence(&self, opening_zh: &str, opening_en: &str) -> Self {
        Self { zh: format!("{opening_zh}{}。", self.zh), en: format!("{opening_en}{}.", self.en) }
    }

    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

impl From<Text> for Prose {
    fn from(text: Text) -> Self {
        Self::new(text.zh, text.en)
    }
}

/// A time in a clip as people write it: `1:02.5`, minutes and seconds to a tenth.
pub struct MinutesSeconds(pub f64);

impl fmt::Display for MinutesSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0.max(0.0) * 10.0).round() as u64;
        write!(f, "{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_carry_when_seconds_round_up() {
        assert_eq!(MinutesSeconds(59.96).to_string(), "1:00.0");
        assert_eq!(MinutesSeconds(754.04).to_string(), "12:34.0");
    }
}
