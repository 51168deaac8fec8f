//! What is said: voice-active sound in, words with times and probabilities out.
//!
//! The recogniser hears one short window at a time and is told nothing: no text of the window
//! before, no phrase that it is hoped to hear. Guards drop what a recogniser makes up on noise.

mod driving;
mod ears;
mod ggml;
mod guard;
mod normalise;
mod pace;
mod whisper;
mod window;

pub use ears::{Ears, Hearing, ModelEars};
pub use ggml::{ModelFileError, inspect};
pub use whisper::Whisper;
pub use window::{Lengths, quietest_s};

use crate::evidence::{SpeechSegment, Word};
use crate::time::{Span, round_to_microsecond};

use super::voice::SAMPLE_RATE_HZ;

/// An engine that turns sound into words. It keeps nothing from one call to the next, so that the
/// order of calls does not matter.
pub trait Recogniser: Send {
    /// Recognises one window of 16 kHz mono sound, no longer than the longest of [`Recogniser::lengths`].
    /// Times count from the window's first sample. No words is a good answer to sound without
    /// speech.
    fn recognise(&mut self, samples: &[i16]) -> Result<Vec<Word>, RecogniserError>;

    /// What windows it hears well.
    fn lengths(&self) -> Lengths;
}

/// The engine failed on a window; what it heard before stays valid.
#[derive(Debug, thiserror::Error)]
#[error("speech recognition failed: {0}")]
pub struct RecogniserError(pub String);

impl<R: Recogniser + ?Sized> Recogniser for Box<R> {
    fn recognise(&mut self, samples: &[i16]) -> Result<Vec<Word>, RecogniserError> {
        (**self).recognise(samples)
    }

    fn lengths(&self) -> Lengths {
        (**self).lengths()
    }
}

/// Listens to stretches of sound with one recogniser.
pub struct Listener<R> {
    recogniser: R,
}

impl<R: Recogniser> Listener<R> {
    pub fn new(recogniser: R) -> Self {
        Self { recogniser }
    }

    /// The speech in one stretch of 16 kHz mono sound whose first sample sounds at clip time
    /// `at_s`; `voice` are the voice-active stretches in clip time, other sound is not listened
    /// to. Segments come in order of time. A window on which the recogniser fails, or whose text
    /// cannot have been said, gives no segment: that somebody spoke there still stands in `voice`.
    pub fn listen(&mut self, at_s: f64, samples: &[i16], voice: &[Span]) -> Vec<SpeechSegment> {
        window::windows(at_s, samples, voice, self.recogniser.lengths())
            .into_iter()
            .filter_map(|window| {
                let words = match self.recogniser.recognise(&samples[window.clone()]) {
                    Ok(words) => words,
                    Err(error) => {
                        tracing::warn!(%error, "window left out");
                        return None;
                    }
                };
                let window_at_s = at_s + window.start as f64 / SAMPLE_RATE_HZ;
                segment(window_at_s, window.len() as f64 / SAMPLE_RATE_HZ, words)
            })
            .collect()
    }
}

/// Tidies one window's words and moves them to clip time; `None` when nothing is left or the
/// guards do not believe it.
fn segment(at_s: f64, duration_s: f64, words: Vec<Word>) -> Option<SpeechSegment> {
    let heard = normalise::tidied(words);
    if let Some(reason) = guard::disbelief(&heard, duration_s) {
        if !heard.is_empty() {
            tracing::debug!(at_s, ?reason, "recognised text not believed");
        }
        return None;
    }
    let words: Vec<Word> = heard
        .into_iter()
        .map(|word| Word {
            start_s: round_to_microsecond(at_s + word.start_s),
            end_s: round_to_microsecond(at_s + word.end_s),
            ..word
        })
        .collect();
    let confidence = words.iter().map(|word| word.probability).sum::<f32>() / words.len() as f32;
    Some(SpeechSegment {
        start_s: words.first()?.start_s,
        end_s: words.last()?.end_s,
        text: normalise::joined_text(&words),
        confidence,
        words,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says one fixed line to every window, a character every 0.2 s.
    struct Parrot(&'static str);

    impl Recogniser for Parrot {
        fn recognise(&mut self, _: &[i16]) -> Result<Vec<Word>, RecogniserError> {
            Ok(self
                .0
                .chars()
                .enumerate()
                .map(|(n, ch)| Word {
                    start_s: n as f64 * 0.2,
                    end_s: n as f64 * 0.2 + 0.2,
                    text: ch.to_string(),
                    probability: 0.9,
                })
                .collect())
        }

        fn lengths(&self) -> Lengths {
            LENGTHS
        }
    }

    const LENGTHS: Lengths = Lengths { longest_s: 10.0, filled_s: 0.0 };

    struct Broken;

    impl Recogniser for Broken {
        fn recognise(&mut self, _: &[i16]) -> Result<Vec<Word>, RecogniserError> {
            Err(RecogniserError("out of memory".into()))
        }

        fn lengths(&self) -> Lengths {
            LENGTHS
        }
    }

    #[test]
    fn words_stand_in_clip_time_and_simplified() {
        let sound = vec![800_i16; 5 * 16_000];
        let segments =
            Listener::new(Parrot("執法全程，錄音")).listen(100.0, &sound, &[Span::new(101.0, 103.0)]);
        assert_eq!(segments.len(), 1);
        assert_eq!(segments[0].text, "执法全程录音");
        assert!((100.8..=101.0).contains(&segments[0].start_s), "{segments:?}");
        assert_eq!(segments[0].words.len(), 6);
    }

    #[test]
    fn nothing_is_heard_without_voice_or_from_a_broken_engine() {
        let sound = vec![800_i16; 5 * 16_000];
        assert_eq!(Listener::new(Parrot("你好")).listen(0.0, &sound, &[]), vec![]);
        assert_eq!(Listener::new(Broken).listen(0.0, &sound, &[Span::new(0.0, 5.0)]), vec![]);
        assert_eq!(Listener::new(Parrot("")).listen(0.0, &sound, &[Span::new(0.0, 5.0)]), vec![]);
    }
}
