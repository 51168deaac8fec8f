//! What the burnt-in clock showed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::digits::DigitShape;
use crate::lang::Text;
use crate::time::Span;

/// The clock that the camera burnt into the picture.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct ClockFacts {
    /// strftime pattern of what is shown, such as `%Y-%m-%d %H:%M:%S`; absent when no clock was found.
    pub format: Option<String>,
    /// Another pattern that explains the readings as well (day and month cannot be told apart).
    pub other_format: Option<String>,
    /// Where it stands, in shares of width and height.
    pub region: Option<Region>,
    pub readings: Vec<ClockReading>,
    /// The clock's line against presentation time; absent with fewer than two readings that agree.
    pub fit: Option<ClockFit>,
    /// Steps of the clock against presentation time.
    pub jumps: Vec<ClockJump>,
    /// Stretches in which the clock stood still while time stamps went on.
    pub stopped: Vec<Span>,
    /// Stretches looked at in which no clock could be read.
    pub missing: Vec<Span>,
    /// Stretches in which it was another than in the rest of the clip.
    #[serde(default)]
    pub changes: Vec<ClockChange>,
    /// Pictures that were looked at for a clock.
    pub pictures: u32,
    /// When further pictures were presented that were not read, but look just as the clock's line says.
    #[serde(default)]
    pub vouched_s: Vec<f64>,
    /// What of the readings is not sure, although they agree with each other.
    #[serde(default)]
    pub unsure: Option<ClockDoubt>,
    /// How its digits are drawn, each that was surely seen once, in ascending order.
    #[serde(default)]
    pub digits: Vec<DigitShape>,
    /// Other text found beside the clock: device number, officer number, unit.
    pub other_text: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Region {
    pub left: f32,
    pub top: f32,
    pub width: f32,
    pub height: f32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClockReading {
    pub at_s: f64,
    /// As the clock writes it; marks that were misread or lost are mended, digits that are not sure are `?`.
    pub text: String,
    /// Civil seconds since 1970-01-01 00:00:00 as shown, no time zone; since midnight for a clock
    /// without a date.
    pub shown_s: f64,
    /// 0 to 1, from the recogniser.
    pub confidence: f32,
    /// Whether the reading agrees with the fitted line (to the displayed second).
    pub fits: bool,
}

/// `shown_s = offset_s + (1 + drift_ppm / 10⁶) · t`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClockFit {
    pub offset_s: f64,
    pub drift_ppm: f64,
    /// Half width of the interval of drifts that the displayed seconds allow.
    pub drift_uncertainty_ppm: f64,
    /// Largest disagreement of a fitting reading, beyond the displayed second.
    pub residual_s: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClockJump {
    /// Between the last reading before and the first after; `at_s` is the middle.
    pub at_s: f64,
    pub uncertainty_s: f64,
    /// Seconds the clock leapt beyond what passed; negative when it went back.
    pub by_s: f64,
    pub confidence: f32,
}

/// Digits that stand still for as long as the clip lasts have nothing to confirm them but their look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClockDoubt {
    /// The time of day is sure, the date is not.
    Date,
    /// How the time goes on is sure, which hour or minute it is is not.
    Time,
}

/// A stretch in which the clock was another than in the rest of the clip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClockChange {
    /// From the first picture in which it was seen so to the last.
    pub start_s: f64,
    pub end_s: f64,
    pub what: ClockDifference,
    /// What was read there.
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClockDifference {
    /// It stands elsewhere in the picture.
    Place,
    /// It writes the time otherwise.
    Format,
    /// Its digits look otherwise.
    Face,
}

impl ClockDifference {
    pub fn text(self) -> Text {
        match self {
            Self::Place => Text::new("水印时钟换了位置", "the burnt-in clock stands elsewhere"),
            Self::Format => Text::new("水印时钟换了格式", "the burnt-in clock writes the time otherwise"),
            Self::Face => Text::new("水印时钟换了字体", "the burnt-in clock is written in other letters"),
        }
    }
}
