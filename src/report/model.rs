//! `pingcha.report/1`: what other programs read. Fields keep their names and meanings; more may be
//! added. A report holds no wall-clock time, no host name, no thread order: the same input gives
//! the same bytes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::checks::{Quote, Verdict};
use crate::evidence::{Discontinuity, ModelUse};
use crate::lang::Lang;
use crate::time::Span;

pub const SCHEMA: &str = "pingcha.report/1";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    pub schema: String,
    pub tool: Tool,
    pub lang: Lang,
    pub clip: Clip,
    pub policy: PolicyReference,
    pub models: Vec<ModelUse>,
    pub scope: Vec<Scope>,
    pub verdict: ClipVerdict,
    /// Why the clip could not be read, when `verdict` is `unreadable`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
    pub findings: Vec<Finding>,
    pub observations: Observations,
    /// What was not looked at, and why.
    pub limits: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    pub name: String,
    pub version: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Clip {
    pub name: String,
    pub bytes: u64,
    pub sha256: Option<String>,
    pub sm3: Option<String>,
    pub duration_s: f64,
    pub container: Option<String>,
    pub video: Option<Video>,
    pub audio: Option<Audio>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Video {
    pub codec: String,
    pub width: u32,
    pub height: u32,
    pub frame_rate: f64,
    pub pixel_aspect: f64,
    pub rotation_deg: u16,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Audio {
    pub codec: String,
    pub sample_rate_hz: u32,
    pub channels: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyReference {
    pub id: String,
    pub title: String,
    pub sha256: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    Footage,
    Records,
}

/// The clip as a whole. Ordered from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClipVerdict {
    Compliant,
    Review,
    Violation,
    Unreadable,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    pub check: String,
    /// The check's name in the report's language.
    pub title: String,
    pub article: String,
    /// The regulation's own text.
    pub clause: String,
    pub verdict: Verdict,
    pub confidence: f64,
    pub summary: String,
    pub spans: Vec<FindingSpan>,
    pub quotes: Vec<Quote>,
    pub measures: BTreeMap<String, f64>,
    /// What a measure of the same name was held against.
    pub thresholds: BTreeMap<String, f64>,
    pub stills: Vec<Still>,
    /// How the check decides and what it cannot see.
    pub method: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FindingSpan {
    pub start_s: f64,
    pub end_s: f64,
    pub label: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Still {
    pub at_s: f64,
    /// Beside the report, when it was written to a folder; absent in a report that stands alone.
    pub file: Option<String>,
    /// The picture itself, for the renderers that embed it. Not part of the JSON.
    #[serde(skip)]
    pub jpeg: Option<std::sync::Arc<[u8]>>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Observations {
    pub speech: Vec<SpokenLine>,
    /// Stretches that were listened to for words.
    pub listened: Vec<Span>,
    pub voice: Vec<Span>,
    pub clock: Option<Clock>,
    pub discontinuities: Vec<Discontinuity>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SpokenLine {
    pub start_s: f64,
    pub end_s: f64,
    pub text: String,
    pub confidence: f32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Clock {
    pub format: Option<String>,
    /// Civil seconds the clock shows at time 0 (since 1970-01-01 as shown; since midnight without
    /// a date).
    pub offset_s: Option<f64>,
    /// The same as text: `2025-03-14T09:30:11.24`.
    pub starts_at: Option<String>,
    pub drift_ppm: Option<f64>,
    pub drift_uncertainty_ppm: Option<f64>,
    pub readings: u32,
    pub missing: Vec<Span>,
    pub stopped: Vec<Span>,
    pub jumps: Vec<Jump>,
    /// Other text beside the clock, such as a device number.
    pub other_text: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Jump {
    pub at_s: f64,
    pub by_s: f64,
    pub uncertainty_s: f64,
}
