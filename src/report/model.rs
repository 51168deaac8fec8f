//! `pingcha.report/1`: what other programs read. Fields keep their names and meanings; more may be
//! added. A report holds no wall-clock time, no host name, no thread order: the same input gives
//! the same bytes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::checks::{Quote, Verdict};
use crate::evidence::{Discontinuity, Isolation, ModelUse, Region, SeenSign, ThingKind};
use crate::lang::Lang;
use crate::time::Span;

pub const SCHEMA: &str = "pingcha.report/1";

/// One clip, judged clause by clause. Every time is in seconds from the clip's first presented
/// frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Always `pingcha.report/1`.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    pub tool: Tool,
    /// The language of the prose; identifiers stay English, a regulation's text stays as it is.
    pub lang: Lang,
    pub clip: Clip,
    pub policy: PolicyReference,
    /// The camera profile that the file was held against, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileReference>,
    /// The records beside the footage, where any were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<RecordsReference>,
    /// The models that took part, by role.
    pub models: Vec<ModelUse>,
    /// What was judged: the footage alone, or the records beside it too.
    pub scope: Vec<Scope>,
    pub verdict: ClipVerdict,
    /// The verdict without what was found of the records as a whole, which concerns no clip more than the others;
    /// where records were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_verdict: Option<ClipVerdict>,
    /// Why the clip could not be read, when `verdict` is `unreadable`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
    /// One entry for each clause in scope, in the policy's order.
    pub findings: Vec<Finding>,
    pub observations: Observations,
    /// What was not looked at, and why.
    pub limits: Vec<String>,
    /// How faces are shown in the stills.
    #[serde(default = "Faces::of_old")]
    pub faces: Faces,
    /// How what decoded the clip was kept from the rest of the machine.
    #[serde(default)]
    pub isolation: Isolation,
}

/// The program that wrote the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    pub name: String,
    pub version: String,
}

/// The file that was judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Clip {
    /// File name without its folder.
    pub name: String,
    pub bytes: u64,
    /// Read of the file to observe it, each time that it was, for its digests too; not where a reading broke off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_read: Option<u64>,
    /// Lower-case hexadecimal; `null` when digests were not asked for or the file could not be read.
    pub sha256: Option<String>,
    /// GB/T 32905 (SM3), lower-case hexadecimal; `null` as for `sha256`.
    pub sm3: Option<String>,
    /// From the first presented frame to the end of the last; 0 when nothing could be read.
    pub duration_s: f64,
    /// `mp4`, `mov`, `matroska`, `avi`, `mpegts`, `mpegps`, or what else the demuxer calls itself.
    pub container: Option<String>,
    /// `null` when there is no picture track that could be read.
    pub video: Option<Video>,
    /// `null` when there is no sound track that could be read.
    pub audio: Option<Audio>,
    /// The file is broken somewhere: what is missing may hold anything.
    #[serde(default)]
    pub damaged: bool,
    /// When and by whom it was recorded, as far as anything tells.
    #[serde(default)]
    pub taken: Taken,
}

/// When, with which device and by whom a clip was recorded: by its own clock, name or container, and by the
/// records beside it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Taken {
    /// Civil time where the policy's agency is, as `2025-03-14T09:30:11`.
    pub starts_at: Option<String>,
    /// What tells it: `clock`, `file-name`, `container` or `ledger`.
    pub source: Option<String>,
    /// By the ledger, else by the file's name, else by the text beside the burnt-in clock.
    pub device: Option<String>,
    /// By the ledger, else the case list, else the number in the file's name.
    pub officers: Vec<String>,
    /// The department that uses the device, else the one that keeps the records.
    pub unit: Option<String>,
}

/// The picture track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Video {
    /// `h264`, `h265`, `mjpeg`, `mpeg4`, or the demuxer's media type.
    pub codec: String,
    /// Coded width in pixels.
    pub width: u32,
    /// Coded height in pixels.
    pub height: u32,
    /// Median rate of presentation, frames a second.
    pub frame_rate: f64,
    /// Width of one pixel over its height; 1.0 for square pixels.
    pub pixel_aspect: f64,
    /// Clockwise turn that makes the picture upright: 0, 90, 180 or 270 degrees.
    pub rotation_deg: u16,
}

/// The sound track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Audio {
    /// `aac`, `pcm`, `g711-mulaw`, `g711-alaw`, `mp3`, `adpcm`, or the demuxer's media type.
    pub codec: String,
    pub sample_rate_hz: u32,
    pub channels: u32,
}

/// The regulation, as the policy file that was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyReference {
    pub id: String,
    pub title: String,
    /// Of the policy file's bytes, lower-case hexadecimal.
    pub sha256: String,
}

/// The camera profile, as the profile file that was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProfileReference {
    /// What people call the camera.
    pub name: String,
    /// Untouched files that the profile rests on.
    pub files: u32,
    /// Of the profile file's bytes, lower-case hexadecimal.
    pub sha256: String,
}

/// The ledger and case list that were used, and where they speak of the clip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordsReference {
    /// File or folder name, without its folder.
    pub name: String,
    /// Of the file's bytes; of a folder, of its CSV files' names and digests.
    pub sha256: String,
    /// How the clip's row was found: `digest`, `file-name`, `device-and-time`; `null` when it was not.
    pub matched_by: Option<String>,
    /// Number of the clip's row, as a spreadsheet counts.
    pub clip_row: Option<u32>,
    /// Number of the event that the clip belongs to, as the case list has it.
    pub event: Option<String>,
    /// Number of the event's row.
    pub event_row: Option<u32>,
}

/// What a report judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The clip's sound and picture.
    Footage,
    /// The ledger, the case list, the dock's log.
    Records,
}

/// The clip as a whole. Ordered from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClipVerdict {
    /// No finding fails or needs a look.
    Compliant,
    /// Nothing fails, but something in scope needs a person's look or was not assessed.
    Review,
    /// At least one finding fails.
    Violation,
    /// The clip could not be read at all.
    Unreadable,
}

impl ClipVerdict {
    /// Of a clip that could be read. It is compliant only when something was judged, everything judged passed
    /// and nothing about the file is damaged.
    pub fn of(verdicts: &[Verdict], damaged: bool) -> Self {
        let any = |wanted: Verdict| verdicts.contains(&wanted);
        if any(Verdict::Fail) {
            Self::Violation
        } else if any(Verdict::Review) || any(Verdict::NotAssessed) || !any(Verdict::Pass) || damaged {
            Self::Review
        } else {
            Self::Compliant
        }
    }

    pub const ALL: [Self; 4] = [Self::Compliant, Self::Review, Self::Violation, Self::Unreadable];

    /// As reports write it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Compliant => "compliant",
            Self::Review => "review",
            Self::Violation => "violation",
            Self::Unreadable => "unreadable",
        }
    }

    /// The verdict that is written so.
    pub fn of_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.id() == id)
    }
}

/// One clause's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The check's identifier, such as `overlay-clock`.
    pub check: String,
    /// The check's name in the report's language.
    pub title: String,
    /// As the regulation counts: `第八条`.
    pub article: String,
    /// The regulation's own text, word for word.
    pub clause: String,
    pub verdict: Verdict,
    /// Found of the records as a whole, not of this clip.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub of_records_as_a_whole: bool,
    /// 0 to 1: how sure the verdict is; 0 when nothing was assessed.
    pub confidence: f64,
    /// One sentence in the report's language.
    pub summary: String,
    /// Where in the clip the finding lies.
    pub spans: Vec<FindingSpan>,
    /// Words as they were heard.
    pub quotes: Vec<Quote>,
    /// Named figures, units in the names.
    pub measures: BTreeMap<String, f64>,
    /// What a measure of the same name was held against.
    pub thresholds: BTreeMap<String, f64>,
    /// Pictures that show what the finding says.
    pub stills: Vec<Still>,
    /// How the check decides and what it cannot see.
    pub method: String,
}

/// A stretch of the clip and what is there; a moment when start and end are the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FindingSpan {
    pub start_s: f64,
    pub end_s: f64,
    pub label: String,
}

/// How faces are shown in the stills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Faces {
    /// Those that were found cannot be recognised.
    #[default]
    Blurred,
    /// As they are in the clip.
    Kept,
}

impl Faces {
    /// In reports that do not say.
    fn of_old() -> Self {
        Self::Kept
    }
}

/// One picture of the clip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Still {
    pub at_s: f64,
    /// Beside the report, when it was written to a folder; `null` in a report that stands alone.
    pub file: Option<String>,
    /// What the finding speaks of, drawn into the picture.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<Region>,
    /// Faces that were found and blurred; `null` where there is no picture, and where faces are kept.
    #[serde(default)]
    pub faces_blurred: Option<u32>,
    /// The picture itself, for the renderers that embed it. Not part of the JSON.
    #[serde(skip)]
    pub jpeg: Option<std::sync::Arc<[u8]>>,
}

/// What was seen and heard, whatever the regulation makes of it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Observations {
    pub speech: Vec<SpokenLine>,
    /// Stretches that were listened to for words.
    pub listened: Vec<Span>,
    /// Stretches in which a voice is heard.
    pub voice: Vec<Span>,
    /// The burnt-in clock; `null` when it was not looked for.
    pub clock: Option<Clock>,
    /// Things with text that were held up, and signs; `null` when pictures were not searched for them.
    #[serde(default)]
    pub sight: Option<Sight>,
    /// Breaks in the recording, in order of time.
    pub discontinuities: Vec<Discontinuity>,
}

/// What bears text in the pictures.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Sight {
    /// Pictures that were searched.
    pub pictures: u32,
    /// Stretches that were looked at closely; elsewhere pictures were searched more sparsely.
    pub watched: Vec<Span>,
    pub things: Vec<Thing>,
    pub signs: Vec<SeenSign>,
}

/// A thing with text. Names and numbers are masked unless they were asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Thing {
    pub kind: ThingKind,
    pub start_s: f64,
    pub end_s: f64,
    /// How far start and end may be off, for pictures were looked at one in a second or two.
    pub uncertainty_s: f64,
    /// Time of the picture in which it was read, and where it stands there.
    pub at_s: f64,
    pub region: Region,
    /// 0 to 1: how sure the kind is.
    pub confidence: f32,
    /// Words by which the kind was told.
    pub words: Vec<String>,
    /// Of a credential, where legible.
    pub name: Option<String>,
    pub number: Option<String>,
}

/// One recognised stretch of speech.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SpokenLine {
    pub start_s: f64,
    pub end_s: f64,
    pub text: String,
    /// Mean probability of its tokens, 0 to 1.
    pub confidence: f32,
}

/// The clock that the camera burnt into the picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Clock {
    /// strftime pattern of what is shown; `null` when no clock was found.
    pub format: Option<String>,
    /// Civil seconds the clock shows at time 0 (since 1970-01-01 as shown; since midnight without
    /// a date).
    pub offset_s: Option<f64>,
    /// The same as text: `2025-03-14T09:30:11.24`.
    pub starts_at: Option<String>,
    /// Rate of the clock against presentation time, parts per million; positive when it runs fast.
    pub drift_ppm: Option<f64>,
    /// Half width of the interval of drifts that the displayed seconds allow.
    pub drift_uncertainty_ppm: Option<f64>,
    /// Number of pictures in which the clock was read.
    pub readings: u32,
    /// Stretches looked at in which no clock could be read.
    pub missing: Vec<Span>,
    /// Stretches in which the clock stood still while time stamps went on.
    pub stopped: Vec<Span>,
    pub jumps: Vec<Jump>,
    /// Other text beside the clock, such as a device number.
    pub other_text: Vec<String>,
}

/// A step of the burnt-in clock against presentation time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Jump {
    /// Middle between the last reading before and the first after.
    pub at_s: f64,
    /// Seconds the clock leapt beyond what passed; negative when it went back.
    pub by_s: f64,
    /// Half the distance between those two readings.
    pub uncertainty_s: f64,
}
