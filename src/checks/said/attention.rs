//! How well a stretch of a clip was listened to and understood: what decides whether the absence
//! of a wording means anything.

use crate::evidence::{Evidence, SoundFacts, SpeechFacts};
use crate::time::{Span, joined};

/// Speech whose mean token probability reaches this was understood. At it the demonstration
/// recogniser errs in some two syllables of five, where a wording of nine syllables still shows as
/// something like it ([`super::MISSING_DISTANCE`]); below it text is mostly made up.
pub const CLEAR_CONFIDENCE: f64 = 0.5;
/// Where this much of the speech was understood, a missing wording was not said: the rest is too
/// little for it to hide in, as a whole announcement takes the better part of ten seconds.
pub const CLEAR_SHARE: f64 = 0.75;
/// Rounding at the ends of stretches does not make them unheard.
const SLACK_S: f64 = 0.5;
/// A stretch whose sound is lost for more than this share is not judged by what was not heard.
const LOST_SHARE: f64 = 0.1;
/// Fewer voiced seconds than this in a stretch are a cough or a call from the street, not speech.
pub const LEAST_VOICE_S: f64 = 0.5;
/// Words may stand a little outside of the voice-active stretch they were heard in.
const WORD_MARGIN_S: f64 = 0.3;

/// Figures of one stretch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attention {
    /// Share that was listened to for words, 0 to 1; 1 when all but rounding was.
    pub listened_share: f64,
    /// Share in which there was no sound signal at all.
    pub lost_share: f64,
    /// Voice-active seconds.
    pub voice_s: f64,
    /// Share of the voice-active time whose words were understood; 1 without voice.
    pub understood_share: f64,
}

impl Attention {
    pub fn to(evidence: &Evidence, stretch: Span) -> Self {
        let none = (SpeechFacts::default(), SoundFacts::default());
        let speech = evidence.speech.seen().unwrap_or(&none.0);
        let sound = evidence.sound.seen().unwrap_or(&none.1);
        let duration_s = stretch.duration_s().max(f64::MIN_POSITIVE);
        let unheard_s = stretch.duration_s() - covered_s(&speech.listened, stretch);
        let voice_s = covered_s(&sound.voice, stretch);
        let clear: Vec<Span> = speech
            .segments
            .iter()
            .filter(|segment| f64::from(segment.confidence) >= CLEAR_CONFIDENCE)
            .map(|segment| Span::new(segment.start_s, segment.end_s).widened(WORD_MARGIN_S))
            .collect();
        let clear = joined(clear, 0.0);
        let understood_s: f64 =
            clear.iter().map(|&span| covered_s(&sound.voice, intersection(span, stretch))).sum();
        Self {
            listened_share: if unheard_s <= SLACK_S { 1.0 } else { 1.0 - unheard_s / duration_s },
            lost_share: covered_s(&sound.losses, stretch) / duration_s,
            voice_s,
            understood_share: if voice_s > 0.0 { (understood_s / voice_s).min(1.0) } else { 1.0 },
        }
    }

    pub fn listened(&self) -> bool {
        self.listened_share >= 1.0
    }

    /// Nobody spoke, and there was sound to say so by.
    pub fn silent(&self) -> bool {
        self.voice_s < LEAST_VOICE_S && !self.lost()
    }

    pub fn lost(&self) -> bool {
        self.lost_share > LOST_SHARE
    }

    /// What was said there was understood throughout.
    pub fn clear(&self) -> bool {
        self.listened() && !self.lost() && self.understood_share >= CLEAR_SHARE
    }
}

/// Seconds of `stretch` that `spans` cover.
fn covered_s(spans: &[Span], stretch: Span) -> f64 {
    joined(spans.to_vec(), 0.0).into_iter().map(|span| intersection(span, stretch).duration_s()).sum()
}

/// What two spans share; an empty span when that is nothing.
fn intersection(a: Span, b: Span) -> Span {
    let start_s = a.start_s.max(b.start_s);
    Span::new(start_s, a.end_s.min(b.end_s).max(start_s))
}
