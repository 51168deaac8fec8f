//! Breaks in the recording, and the signs behind them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::lang::Text;

/// A break in the recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Discontinuity {
    pub at_s: f64,
    pub end_s: f64,
    pub kind: DiscontinuityKind,
    /// 0 to 1.
    pub confidence: f32,
    /// The signs behind it, each with its own figure.
    pub signs: Vec<Sign>,
    /// The sound around it, where there is any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waveform: Option<Waveform>,
}

/// The sign of a stretch in which a new picture comes only once or twice a second.
pub const SLOW_PICTURES: &str = "slow-pictures-s";

impl Discontinuity {
    /// What it is, for people.
    pub fn text(&self) -> Text {
        match self.signs.iter().any(|sign| sign.name == SLOW_PICTURES) {
            true => Text::new("画面每秒仅更新一两次", "new picture only once or twice a second"),
            false => self.kind.text(),
        }
    }
}

/// The outline of a stretch of sound, for a person to look at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Waveform {
    pub start_s: f64,
    /// Time between two peaks.
    pub step_s: f64,
    /// The largest sample of each step, as a share of full scale, 0 to 1.
    pub peaks: Vec<f32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DiscontinuityKind {
    Cut,
    Insert,
    Gap,
    Freeze,
    Black,
    AudioLoss,
    ClockJump,
    ResolutionChange,
    Truncated,
}

impl DiscontinuityKind {
    pub fn text(self) -> Text {
        match self {
            Self::Cut => Text::new("疑似剪接", "suspected cut"),
            Self::Insert => Text::new("疑似插入画面", "suspected inserted pictures"),
            Self::Gap => Text::new("时间戳空缺", "time stamps skip"),
            Self::Freeze => Text::new("画面冻结", "picture frozen"),
            Self::Black => Text::new("黑屏", "black picture"),
            Self::AudioLoss => Text::new("声音中断", "sound lost"),
            Self::ClockJump => Text::new("水印时钟跳变", "burnt-in clock leaps"),
            Self::ResolutionChange => Text::new("分辨率改变", "picture size changes"),
            Self::Truncated => Text::new("文件不完整", "file cut short"),
        }
    }
}

/// One weak sign of a break: what was measured and its figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sign {
    /// Kebab-case name with its unit: `clock-step-s`, `frozen-pictures`, `key-frame-early-frames`.
    pub name: String,
    pub value: f64,
}
