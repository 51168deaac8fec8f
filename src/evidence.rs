//! What the observers saw and heard: plain facts with times and raw scores, no regulation in it.
//!
//! Evidence is versioned and serialisable, so that a clip can be judged again without decoding it.
//! Every `*_s` is seconds from the first presented frame. Raw scores stay beside what was made of
//! them, so that a threshold can move without looking at the footage again.

mod clock;
mod container;
mod digits;
mod discontinuity;
mod sight;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use clock::{
    ClockChange, ClockDifference, ClockDoubt, ClockFacts, ClockFit, ClockJump, ClockReading, Region,
};
pub use container::{ContainerFacts, EditList, EncoderString, StructurePart, TrackFacts};
pub use digits::{DigitShape, INK_MARKS};
pub use discontinuity::{Discontinuity, DiscontinuityKind, SLOW_PICTURES, Sign, Waveform};
pub use sight::{FacesSeen, ReadLine, SeenSign, SeenThing, SightFacts, ThingKind};

use crate::lang::{Prose, Text};
use crate::time::Span;

/// Changes whenever a field changes its meaning; evidence of another version is observed anew.
pub const SCHEMA: &str = "pingcha.evidence/1";

/// Everything that was observed of one clip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    pub schema: String,
    pub clip: ClipFacts,
    pub container: Observation<ContainerFacts>,
    pub timeline: Observation<Timeline>,
    pub picture: Observation<PictureFacts>,
    pub sound: Observation<SoundFacts>,
    pub clock: Observation<ClockFacts>,
    pub speech: Observation<SpeechFacts>,
    /// Things held up, and signs.
    #[serde(default = "sight_not_asked")]
    pub sight: Observation<SightFacts>,
    /// Breaks that the observers found between them, in order of time.
    pub discontinuities: Vec<Discontinuity>,
    /// The models that took part.
    pub models: Vec<ModelUse>,
    /// Set when no picture and no sound could be had from the clip at all.
    pub unreadable: Option<Prose>,
    /// Damage met on the way: a clip with an entry here is never compliant without a person's look.
    pub damage: Vec<Prose>,
    /// What was not looked at, and why.
    pub limits: Vec<Prose>,
    #[serde(default)]
    pub isolation: Isolation,
}

/// How what decoded the clip was kept from the rest of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Isolation {
    /// Not at all: the program itself decoded.
    #[default]
    None,
    /// In a process of its own, of which something could not be taken away; `limits` says what.
    Partial,
    /// In a process of its own that reads the clip, writes nothing, and reaches neither network nor other
    /// programs.
    Full,
}

/// The parts of [`Evidence`] that a check can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Channel {
    Container,
    Timeline,
    Picture,
    Sound,
    Clock,
    Speech,
    Sight,
}

impl Evidence {
    /// Of a clip of which nothing was observed, for this reason.
    pub fn blank(clip: ClipFacts, why: AbsenceReason) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            clip,
            container: Observation::Absent(why.into()),
            timeline: Observation::Absent(why.into()),
            picture: Observation::Absent(why.into()),
            sound: Observation::Absent(why.into()),
            clock: Observation::Absent(why.into()),
            speech: Observation::Absent(why.into()),
            sight: Observation::Absent(why.into()),
            discontinuities: Vec::new(),
            models: Vec::new(),
            unreadable: None,
            damage: Vec::new(),
            limits: Vec::new(),
            isolation: Isolation::default(),
        }
    }

    /// From JSON no more than tells which clip it is, when it was taken, and whether it could be read to its end; the
    /// other channels are not even taken apart. Fails on what is no evidence as far as it is read.
    pub fn outline(json: &str) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Outline {
            clip: ClipFacts,
            container: Observation<ContainerFacts>,
            clock: Observation<ClockFacts>,
            unreadable: Option<Prose>,
        }
        let Outline { clip, container, clock, unreadable } = serde_json::from_str(json)?;
        let blank = Self::blank(clip, AbsenceReason::NotAsked);
        Ok(Self { container, clock, unreadable, ..blank })
    }

    /// Why a channel holds nothing, or `None` when it was observed.
    pub fn absence(&self, channel: Channel) -> Option<&Absence> {
        match channel {
            Channel::Container => self.container.absence(),
            Channel::Timeline => self.timeline.absence(),
            Channel::Picture => self.picture.absence(),
            Channel::Sound => self.sound.absence(),
            Channel::Clock => self.clock.absence(),
            Channel::Speech => self.speech.absence(),
            Channel::Sight => self.sight.absence(),
        }
    }
}

/// Of evidence that was stored before there was such a channel.
fn sight_not_asked() -> Observation<SightFacts> {
    Observation::Absent(AbsenceReason::NotAsked.into())
}

/// A channel's facts, or why there are none. "Could not look" is never an empty list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Observation<T> {
    Observed(T),
    Absent(Absence),
}

impl<T> Observation<T> {
    pub fn seen(&self) -> Option<&T> {
        match self {
            Self::Observed(facts) => Some(facts),
            Self::Absent(_) => None,
        }
    }

    pub fn absence(&self) -> Option<&Absence> {
        match self {
            Self::Observed(_) => None,
            Self::Absent(absence) => Some(absence),
        }
    }
}

/// Why a channel was not observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Absence {
    pub reason: AbsenceReason,
    /// What a reader can do about it, or what exactly went wrong.
    pub detail: Option<Prose>,
}

impl From<AbsenceReason> for Absence {
    fn from(reason: AbsenceReason) -> Self {
        Self { reason, detail: None }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AbsenceReason {
    /// Nothing in the policy or the command asked for it.
    NotAsked,
    /// The clip has no picture track.
    NoPictureTrack,
    /// The clip has no sound track.
    NoSoundTrack,
    /// A model that is needed is not installed or cannot be used.
    NoModel,
    /// There is a track, but it cannot be decoded here.
    NotDecodable,
    /// The clip could not be read.
    Unreadable,
}

impl AbsenceReason {
    pub fn text(self) -> Text {
        match self {
            Self::NotAsked => Text::new("未要求检查此项", "it was not asked for"),
            Self::NoPictureTrack => Text::new("文件没有视频轨", "the clip has no picture track"),
            Self::NoSoundTrack => Text::new("文件没有音频轨", "the clip has no sound track"),
            Self::NoModel => {
                Text::new("所需模型未安装或不可用", "the model it needs is not installed or cannot be used")
            }
            Self::NotDecodable => Text::new("该轨道无法解码", "the track cannot be decoded here"),
            Self::Unreadable => Text::new("文件无法读取", "the clip could not be read"),
        }
    }
}

impl Absence {
    /// The reason and, where there is one, the detail, as one phrase.
    pub fn prose(&self) -> Prose {
        let reason = self.reason.text();
        match &self.detail {
            Some(detail) => Prose::new(
                format!("{}（{}）", reason.zh, detail.zh),
                format!("{} ({})", reason.en, detail.en),
            ),
            None => reason.into(),
        }
    }
}

/// The file and its streams.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct ClipFacts {
    /// File name without its folder.
    pub name: String,
    pub bytes: u64,
    /// Read of the file to observe it, each time that it was, for its digests too; absent where a reading broke off.
    #[serde(default)]
    pub bytes_read: Option<u64>,
    /// Lower-case hexadecimal; absent when digests were not asked for or the file could not be read.
    pub sha256: Option<String>,
    /// GB/T 32905 (SM3), lower-case hexadecimal.
    pub sm3: Option<String>,
    /// From the first presented frame to the end of the last; 0 when nothing could be read.
    pub duration_s: f64,
    /// `mp4`, `mov`, `matroska`, `avi`, `mpegts`, `mpegps`, or what else the demuxer calls itself.
    pub container: Option<String>,
    pub video: Option<VideoFacts>,
    pub audio: Option<AudioFacts>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VideoFacts {
    /// `h264`, `h265`, `mjpeg`, `mpeg4`, or the demuxer's media type.
    pub codec: String,
    /// Coded size in pixels.
    pub width: u32,
    pub height: u32,
    /// Median rate of presentation, frames a second.
    pub frame_rate: f64,
    /// Width of one pixel over its height; 1.0 for square pixels.
    pub pixel_aspect: f64,
    /// Clockwise turn that makes the picture upright: 0, 90, 180 or 270 degrees.
    pub rotation_deg: u16,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AudioFacts {
    /// `aac`, `pcm`, `g711-mulaw`, `g711-alaw`, `mp3`, `adpcm`, or the demuxer's media type.
    pub codec: String,
    pub sample_rate_hz: u32,
    pub channels: u32,
}

/// What packet times, sizes and flags say, without decoding.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Timeline {
    pub video: Option<TrackTimeline>,
    pub audio: Option<TrackTimeline>,
    /// Some picture is presented in another order than it is coded.
    pub b_frames: bool,
    /// Distances between key frames, frame counts, in order; equal neighbours counted together.
    pub key_frame_cadence: Vec<CadenceRun>,
    /// Number of different parameter sets or codec headers met in the picture track.
    pub parameter_sets: u32,
    /// Times, after the first picture, at which a parameter set comes with another content.
    pub parameter_set_changes_s: Vec<f64>,
    /// Where the coded picture size changes.
    pub resolution_changes: Vec<ResolutionChange>,
    /// What the first parameter sets say; absent where the codec has none that are read.
    #[serde(default)]
    pub coding: Option<PictureCoding>,
}

/// How the pictures are coded, as the first parameter sets have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PictureCoding {
    /// `profile_idc` of H.264, `general_profile_idc` of H.265; `None` of other codecs.
    pub profile: Option<u8>,
    /// `level_idc`, `general_level_idc`: 31 is level 3.1 of H.264, 93 is level 3.1 of H.265.
    pub level: Option<u8>,
    /// SHA-256 of the first set of each kind and number, lower-case hexadecimal.
    pub parameter_sets_sha256: String,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct TrackTimeline {
    pub packets: u64,
    pub start_s: f64,
    pub end_s: f64,
    /// Median distance between presented packets.
    pub packet_interval_s: f64,
    /// Stretches with no packet, longer than the packets' own rhythm explains.
    pub gaps: Vec<Span>,
    /// Times at which presentation time went back although the stream has no B-frames.
    pub backward_steps_s: Vec<f64>,
    /// Times presented twice.
    pub duplicates_s: Vec<f64>,
    /// Packets without any time stamp.
    pub untimed_packets: u64,
    pub bits_per_s: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CadenceRun {
    pub frames: u32,
    pub times: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResolutionChange {
    pub at_s: f64,
    pub width: u32,
    pub height: u32,
}

/// Figures of the decoded pictures.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct PictureFacts {
    /// Longest distance between two pictures that were looked at.
    pub sampling_interval_s: f64,
    pub samples: Vec<PictureSample>,
    /// Stretches in which the picture repeats itself exactly.
    pub freezes: Vec<Span>,
    pub blacks: Vec<Span>,
    /// Pictures the decoder gave up on.
    pub undecodable: u64,
}

/// One picture's figures, of its luma at reduced size.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct PictureSample {
    pub at_s: f64,
    /// Mean luma, 0 (black) to 1 (white).
    pub brightness: f32,
    /// Standard deviation of luma, 0 to 0.5.
    pub contrast: f32,
    /// Variance of the Laplacian of luma (0–255 scale) at 480 lines or fewer.
    pub sharpness: f32,
    /// Share of pixels in deep shadow (luma < 32 of 255).
    pub dark: f32,
    /// Share of pixels burnt out (luma > 233 of 255, where video's white is 235).
    pub burnt: f32,
    /// Step of luma (0–255) from one pixel to the next at 180 lines that one pixel in a hundred exceeds: how sharp
    /// its sharpest edges are. A sensor's noise weighs little at this size. Absent in older evidence.
    #[serde(default)]
    pub definition: Option<f32>,
}

/// Figures of the sound, mixed to one channel at 16 kHz.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct SoundFacts {
    /// Level of each whole second from time 0, dB relative to full scale; -120 for digital silence.
    pub level_dbfs: Vec<f32>,
    /// Share of samples at full scale.
    pub clipped: f64,
    /// Where the decoded sound ends.
    pub end_s: f64,
    /// Stretches without any sound signal: digital silence or a dead microphone.
    pub losses: Vec<Span>,
    /// Voice-active stretches.
    pub voice: Vec<Span>,
    /// Share of the sound's energy at 50 Hz and its harmonics, in its middle moments; absent in older evidence.
    #[serde(default)]
    pub hum_share: Option<f64>,
    /// Distance of the loud moments from the soft ones: levels of 50 ms that one in twenty exceeds and one in ten
    /// does not reach. Absent in older evidence and without sound.
    #[serde(default)]
    pub dynamics_db: Option<f64>,
    /// Median level of voice-active seconds over that of the others; absent without voice.
    pub speech_to_noise_db: Option<f64>,
    pub undecodable: u64,
}

/// What was said, where it was listened to.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct SpeechFacts {
    /// Stretches that were asked to be listened to.
    pub listened: Vec<Span>,
    pub segments: Vec<SpeechSegment>,
    /// The model is for demonstration: what it says cannot carry a verdict.
    pub demonstration_model: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SpeechSegment {
    pub start_s: f64,
    pub end_s: f64,
    /// Simplified script, without punctuation the recogniser guessed.
    pub text: String,
    /// Mean probability of its tokens, 0 to 1.
    pub confidence: f32,
    pub words: Vec<Word>,
}

/// One recognised unit (for Chinese: usually a character) with its own time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Word {
    pub start_s: f64,
    pub end_s: f64,
    pub text: String,
    pub probability: f32,
}

/// A model that took part in the observation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModelUse {
    /// `speech`, `text-detection`, `text-recognition`.
    pub role: String,
    pub name: String,
    pub sha256: String,
    /// How a speech model was driven: `whisper`, `short-windows`; `None` for the others.
    pub preset: Option<String>,
}
