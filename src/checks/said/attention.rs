//! How well a stretch of a clip was listened to and understood: what decides whether the absence
//! of a wording means anything.

use crate::evidence::{Evidence, SoundFacts, SpeechFacts, SpeechSegment};
use crate::time::{Span, joined};

/// Speech whose mean token probability reaches this was understood. At it the demonstration
/// recogniser errs in some two syllables of five, where a wording of nine syllables still shows as
/// something like it ([`super::MISSING_DISTANCE`]); below it text is mostly made up.
pub const CLEAR_CONFIDENCE: f64 = 0.5;
/// Where this much of the speech was understood, a missing wording was not said: the rest is too
/// little for it to hide in, as a whole announcement takes the better part of ten seconds.
pub const CLEAR_SHARE: f64 = 0.75;
/// Text with fewer syllables a second than this leaves out part of what was said: careful Mandarin
/// runs at three and more, pauses within an utterance included.
const SLOWEST_SYLLABLES_PER_S: f64 = 2.5;
/// Syllables follow each other no faster than this in speech that is meant to be understood.
const FASTEST_SYLLABLE_S: f64 = 0.12;
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
    /// Most voice-active seconds between two utterances that were understood.
    pub longest_unclear_s: f64,
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
            .filter(|segment| f64::from(segment.confidence) >= CLEAR_CONFIDENCE && is_complete(segment))
            .map(|segment| Span::new(segment.start_s, segment.end_s).widened(WORD_MARGIN_S))
            .collect();
        let clear = joined(clear, 0.0);
        let longest_unclear_s =
            between(&clear, stretch).map(|gap| covered_s(&sound.voice, gap)).fold(0.0, f64::max);
        let understood_s: f64 =
            clear.iter().map(|&span| covered_s(&sound.voice, intersection(span, stretch))).sum();
        Self {
            listened_share: if unheard_s <= SLACK_S { 1.0 } else { 1.0 - unheard_s / duration_s },
            lost_share: covered_s(&sound.losses, stretch) / duration_s,
            voice_s,
            understood_share: if voice_s > 0.0 { (understood_s / voice_s).min(1.0) } else { 1.0 },
            longest_unclear_s,
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

    /// What was said there was understood: throughout, or at least so that nothing of so many
    /// syllables can hide in what was not.
    pub fn clear(&self, syllables: usize) -> bool {
        let room = self.longest_unclear_s >= FASTEST_SYLLABLE_S * syllables as f64;
        self.listened() && !self.lost() && (self.understood_share >= CLEAR_SHARE || !room)
    }
}

/// Whether a text is as long as its sound calls for.
fn is_complete(segment: &SpeechSegment) -> bool {
    segment.text.chars().count() as f64 >= SLOWEST_SYLLABLES_PER_S * (segment.end_s - segment.start_s)
}

/// What lies between these spans and before and after them, within `stretch`.
fn between(spans: &[Span], stretch: Span) -> impl Iterator<Item = Span> + '_ {
    let starts = std::iter::once(stretch.start_s).chain(spans.iter().map(|span| span.end_s));
    let ends = spans.iter().map(|span| span.start_s).chain(std::iter::once(stretch.end_s));
    starts
        .zip(ends)
        .filter(|(start_s, end_s)| start_s < end_s)
        .map(|(start_s, end_s)| Span::new(start_s, end_s))
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

#[cfg(test)]
mod tests {
    use super::super::written::clip;
    use super::*;

    const WHOLE: Span = Span::new(0.0, 60.0);

    #[test]
    fn a_long_wording_cannot_hide_in_short_unclear_pieces() {
        let talk = "今天天气很好我们慢慢说话";
        let clip = clip(60.0)
            .says(1.0, talk)
            .mumbles(10.0, talk)
            .says(20.0, talk)
            .mumbles(30.0, talk)
            .says(40.0, talk);
        let attention = Attention::to(clip.evidence(), WHOLE);
        assert!(attention.understood_share < CLEAR_SHARE, "{attention:?}");
        assert!((attention.longest_unclear_s - 2.4).abs() < 0.7, "{attention:?}");
        assert!(attention.clear(30));
        assert!(!attention.clear(9));
    }

    #[test]
    fn unclear_pieces_without_clear_speech_between_are_one() {
        let talk = "今天天气很好我们慢慢说话";
        let clip = clip(60.0).mumbles(10.0, talk).mumbles(20.0, talk).voice_without_words(30.0, 34.0);
        assert!(!Attention::to(clip.evidence(), WHOLE).clear(30));
    }

    #[test]
    fn shares_are_of_the_stretch_asked_about() {
        let clip = clip(60.0).says(1.0, "今天天气很好").listened_only(0.0, 30.0).sound_lost(30.0, 60.0);
        let first = Attention::to(clip.evidence(), Span::new(0.0, 20.0));
        assert!(first.listened() && !first.lost() && !first.silent() && first.clear(9));
        let last = Attention::to(clip.evidence(), Span::new(40.0, 60.0));
        assert!(!last.listened() && last.lost() && !last.silent(), "{last:?}");
    }
}
