//! What was seen that bears text: things held up to the camera, and signs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Region;
use crate::lang::Text;
use crate::time::Span;

/// Things with text and signs, where the pictures were searched for them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct SightFacts {
    /// Pictures that were searched for text.
    pub pictures: u32,
    /// Stretches in which a thing that is held up for two seconds was looked at twice; elsewhere pictures
    /// were searched more sparsely.
    pub watched: Vec<Span>,
    /// Longest time between two pictures that were searched.
    pub interval_s: f64,
    /// In order of time.
    pub things: Vec<SeenThing>,
    /// In order of time.
    pub signs: Vec<SeenSign>,
    /// Places with text that was not read, for there was more than a clip is given time for.
    pub unread: u32,
    /// Times at which writing was seen that can be read clearly only upside down, one for each place with such writing.
    #[serde(default)]
    pub upside_down_at_s: Vec<f64>,
    /// The same of writing that can be read clearly only on its side.
    #[serde(default)]
    pub on_side_at_s: Vec<f64>,
    /// How the people of the pictures stand in them.
    #[serde(default)]
    pub faces: FacesSeen,
}

/// Pictures that were searched for faces and show one, by how it stands in them. Who it is nobody asks.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct FacesSeen {
    /// How many; no more are looked for where there are three.
    pub upright: u32,
    pub on_side_at_s: Vec<f64>,
    pub upside_down_at_s: Vec<f64>,
}

/// A thing with text on it that is not known to belong to the scene.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenThing {
    pub kind: ThingKind,
    /// Half way between the last picture without it and the first with it, a second before that at most …
    pub start_s: f64,
    /// … and half way between the last with it and the first without, a second behind that at most.
    pub end_s: f64,
    /// Half the longer of those two distances: how far start and end may be off.
    pub uncertainty_s: f64,
    /// Time of the picture in which it was read.
    pub at_s: f64,
    /// First and last picture in which it was seen.
    pub seen: Span,
    /// Pictures in which it was seen.
    pub pictures: u32,
    /// Around its text, in the picture at `at_s`.
    pub region: Region,
    /// Diagonal of its text where it is largest, as a share of the picture's width.
    pub size: f32,
    /// The largest diagonal over the first.
    pub growth: f32,
    /// 0 to 1: how sure the kind is, by the words that were read.
    pub confidence: f32,
    /// Words by which the kind was told.
    pub words: Vec<String>,
    pub lines: Vec<ReadLine>,
    /// Of a credential, where they are legible.
    pub name: Option<String>,
    pub number: Option<String>,
}

/// What a thing is, by the words on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ThingKind {
    /// An enforcement officer's credential: card, older or ministry's card, folder.
    Credential,
    IdentityCard,
    DrivingLicence,
    /// A shop's licence or permit.
    Licence,
    /// A record, notice or other paper.
    Document,
    /// A badge of a firm, a school, an event.
    Badge,
    /// Any other card or certificate.
    OtherCard,
    /// Several lines of text that name nothing known.
    Unknown,
}

impl ThingKind {
    pub fn text(self) -> Text {
        match self {
            Self::Credential => Text::new("执法证件", "enforcement credential"),
            Self::IdentityCard => Text::new("居民身份证", "identity card"),
            Self::DrivingLicence => Text::new("驾驶证", "driving licence"),
            Self::Licence => Text::new("证照（营业执照、许可证等）", "licence or permit"),
            Self::Document => Text::new("文书", "paper"),
            Self::Badge => Text::new("工作牌", "work badge"),
            Self::OtherCard => Text::new("其他证卡", "other card"),
            Self::Unknown => Text::new("带文字的物品", "thing with text"),
        }
    }
}

/// A line as it was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReadLine {
    pub text: String,
    /// 0 to 1, from the recogniser.
    pub confidence: f32,
}

/// Text in the scene.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenSign {
    /// Time of the picture in which it was read.
    pub at_s: f64,
    /// First and last picture in which it was seen.
    pub seen: Span,
    pub text: String,
    /// 0 to 1, from the recogniser.
    pub confidence: f32,
    pub region: Region,
    /// Height of its line in picture pixels.
    pub height_px: f32,
}

impl SightFacts {
    /// For those who may not see names and numbers: a letter or two of each is left, and of what was read on things
    /// only the words that tell their kind.
    pub fn masked(&self) -> Self {
        let mut masked = self.clone();
        for thing in &mut masked.things {
            thing.name = thing.name.as_deref().map(|name| mask(name, 1, 0));
            thing.number = thing.number.as_deref().map(|number| mask(number, 2, 2));
            thing.lines.clear();
        }
        masked
    }
}

/// A star for every letter but the first and the last few; for all where few are left.
fn mask(text: &str, first: usize, last: usize) -> String {
    let count = text.chars().count();
    let kept = if count >= 2 * (first + last) || last == 0 { (first, last) } else { (0, 0) };
    let shown = |n: usize| n < kept.0 || n + kept.1 >= count;
    text.chars().enumerate().map(|(n, symbol)| if shown(n) { symbol } else { '*' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_masked() {
        assert_eq!(mask("张伟", 1, 0), "张*");
        assert_eq!(mask("16010012", 2, 2), "16****12");
        assert_eq!(mask("1601", 2, 2), "****");
        assert_eq!(mask("", 2, 2), "");
    }
}
