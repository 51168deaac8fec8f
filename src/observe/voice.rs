//! Where somebody speaks: voice activity on 16 kHz mono sound, as it streams by.
//!
//! A small neural detector scores every 16 ms; two thresholds, a hang-over and padding make
//! stretches of the scores. Language does not matter to it, and noise or music rarely pass.

use crate::time::{Span, joined, round_to_microsecond};

/// The one sample rate that the detector knows.
pub const SAMPLE_RATE_HZ: f64 = 16_000.0;
/// The detector's frame: 16 ms.
const FRAME_SAMPLES: usize = 256;
const FRAME_S: f64 = FRAME_SAMPLES as f64 / SAMPLE_RATE_HZ;

/// Voice begins at a frame that scores this much. Measured: speech scores 0.8 to 1.0 down to 5 dB
/// over noise, a quiet room 0.2 to 0.35, noise 5 dB under the speech 0.4 to 0.55.
const BEGIN_SCORE: f32 = 0.65;
/// Voice goes on down to this score, so that a weak syllable does not end it: the detector's own
/// recommended threshold.
const KEEP_SCORE: f32 = 0.5;
/// Voice ends after this long below [`KEEP_SCORE`]: longer than the closure of a plosive and the
/// dip between two syllables (0.1 to 0.2 s), shorter than a pause between sentences.
const HANG_OVER_S: f64 = 0.25;
/// A stretch with fewer voiced seconds is a click or a knock: the shortest Mandarin syllable in
/// running speech takes about 0.1 s.
const SHORTEST_S: f64 = 0.1;
/// The detector needs some frames to rise, and unvoiced consonants stand before the vowel.
const PADDING_S: f64 = 0.15;
/// Below this root mean square (of full scale) a frame is silence whatever the detector says:
/// -80 dB, the noise floor of 16-bit sound with margin. Digital silence has no features at all.
const SILENCE_RMS: f64 = 1e-4;
/// Sound that skips by more than this starts a new stretch; less is rounding of time stamps.
const TIME_SLIP_S: f64 = 0.05;

/// Collects voice-active stretches. Feed it sound in order of time, then call
/// [`VoiceActivity::finish`].
pub struct VoiceActivity {
    detector: Box<earshot::Detector>,
    /// Samples that do not fill a frame yet.
    pending: Vec<i16>,
    /// Time of the first pending sample; `None` before the first sound.
    pending_at_s: Option<f64>,
    open: Option<OpenStretch>,
    spans: Vec<Span>,
}

/// A stretch of voice that has not ended yet.
struct OpenStretch {
    start_s: f64,
    last_voice_end_s: f64,
    voiced_s: f64,
}

impl Default for VoiceActivity {
    fn default() -> Self {
        Self::new()
    }
}

impl VoiceActivity {
    pub fn new() -> Self {
        Self {
            detector: Box::default(),
            pending: Vec::with_capacity(FRAME_SAMPLES),
            pending_at_s: None,
            open: None,
            spans: Vec::new(),
        }
    }

    /// Takes the next run of 16 kHz mono samples, the first of which sounds at `at_s`. A run that
    /// does not join the one before starts anew; one that goes back in time is skipped.
    pub fn samples(&mut self, at_s: f64, samples: &[i16]) {
        match self.pending_at_s {
            None => self.pending_at_s = Some(at_s),
            Some(pending_at_s) => {
                let expected_s = pending_at_s + self.pending.len() as f64 / SAMPLE_RATE_HZ;
                if at_s < expected_s - TIME_SLIP_S {
                    return;
                }
                if at_s > expected_s + TIME_SLIP_S {
                    self.close();
                    self.detector.reset();
                    self.pending.clear();
                    self.pending_at_s = Some(at_s);
                }
            }
        }
        let mut rest = samples;
        while self.pending.len() + rest.len() >= FRAME_SAMPLES {
            let (taken, left) = rest.split_at(FRAME_SAMPLES - self.pending.len());
            self.pending.extend_from_slice(taken);
            rest = left;
            self.frame();
            self.pending.clear();
        }
        self.pending.extend_from_slice(rest);
    }

    /// The voice-active stretches, padded and in order. They do not reach before time 0.
    pub fn finish(mut self) -> Vec<Span> {
        self.close();
        let padded = self.spans.iter().map(|span| span.widened(PADDING_S)).collect();
        joined(padded, 0.0)
            .into_iter()
            .map(|span| Span::new(round_to_microsecond(span.start_s), round_to_microsecond(span.end_s)))
            .collect()
    }

    /// Scores the full frame in `pending` and moves time on.
    fn frame(&mut self) {
        let start_s = self.pending_at_s.unwrap_or_default();
        let end_s = start_s + FRAME_S;
        self.pending_at_s = Some(end_s);
        let score = self.detector.predict_i16(&self.pending);
        let score = if rms(&self.pending) < SILENCE_RMS { 0.0 } else { score };
        match &mut self.open {
            None if score >= BEGIN_SCORE => {
                self.open = Some(OpenStretch { start_s, last_voice_end_s: end_s, voiced_s: FRAME_S });
            }
            None => {}
            Some(open) if score >= KEEP_SCORE => {
                open.last_voice_end_s = end_s;
                open.voiced_s += FRAME_S;
            }
            Some(open) if end_s - open.last_voice_end_s > HANG_OVER_S => self.close(),
            Some(_) => {}
        }
    }

    fn close(&mut self) {
        if let Some(open) = self.open.take()
            && open.voiced_s >= SHORTEST_S
        {
            self.spans.push(Span::new(open.start_s, open.last_voice_end_s));
        }
    }
}

/// Root mean square of samples, full scale being 1.
fn rms(samples: &[i16]) -> f64 {
    let sum: f64 = samples.iter().map(|&sample| (f64::from(sample) / 32768.0).powi(2)).sum();
    (sum / samples.len().max(1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    /// Something voice-like: harmonics of a gliding pitch shaped by two formants, in syllables.
    fn babble(seconds: f64, level: f64) -> Vec<i16> {
        let mut phase = 0.0;
        (0..(seconds * SAMPLE_RATE_HZ) as usize)
            .map(|n| {
                let t = n as f64 / SAMPLE_RATE_HZ;
                let pitch_hz = 140.0 + 30.0 * (TAU * 1.1 * t).sin();
                phase += TAU * pitch_hz / SAMPLE_RATE_HZ;
                let syllable = (TAU * 4.0 * t).sin().max(0.0).sqrt();
                let formant_hz = 600.0 + 250.0 * (TAU * 2.0 * t).sin();
                let voice: f64 = (1..25)
                    .map(|h| {
                        let hz = f64::from(h) * pitch_hz;
                        let shape = (-((hz - formant_hz) / 250.0).powi(2)).exp()
                            + 0.5 * (-((hz - 1700.0) / 300.0).powi(2)).exp();
                        shape * (f64::from(h) * phase).sin()
                    })
                    .sum();
                (level * syllable * voice * 8000.0) as i16
            })
            .collect()
    }

    fn spans_of(sound: &[i16]) -> Vec<Span> {
        let mut voice = VoiceActivity::new();
        voice.samples(0.0, sound);
        voice.finish()
    }

    #[test]
    fn silence_and_hiss_hold_no_voice() {
        assert_eq!(spans_of(&vec![0; 160_000]), vec![]);
        let mut state = 1_u32;
        let hiss: Vec<i16> = (0..160_000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                ((state >> 16) as i16) / 40
            })
            .collect();
        let spoken: f64 = spans_of(&hiss).iter().map(|span| span.duration_s()).sum();
        assert!(spoken < 0.5, "{spoken}");
    }

    #[test]
    fn voice_is_found_between_silences() {
        let mut sound = vec![0; 32_000];
        sound.extend(babble(3.0, 0.6));
        sound.extend(vec![0; 32_000]);
        let spans = spans_of(&sound);
        let spoken: f64 = spans.iter().map(|span| span.duration_s()).sum();
        assert!((2.0..3.6).contains(&spoken), "{spans:?}");
        assert!(spans[0].start_s > 1.7 && spans.last().unwrap().end_s < 5.4, "{spans:?}");
    }

    #[test]
    fn how_the_sound_is_portioned_does_not_matter() {
        let sound = babble(4.0, 0.5);
        let mut voice = VoiceActivity::new();
        let mut at = 0;
        for portion in sound.chunks(331) {
            voice.samples(at as f64 / SAMPLE_RATE_HZ, portion);
            at += portion.len();
        }
        assert_eq!(voice.finish(), spans_of(&sound));
    }

    #[test]
    fn a_gap_ends_a_stretch_and_sound_from_the_past_is_skipped() {
        let mut voice = VoiceActivity::new();
        let sound = babble(2.0, 0.6);
        voice.samples(0.0, &sound);
        voice.samples(10.0, &sound);
        voice.samples(3.0, &sound);
        let spans = voice.finish();
        assert!(spans.iter().any(|span| span.end_s < 3.0));
        assert!(spans.iter().any(|span| span.start_s > 9.0));
        assert!(spans.iter().all(|span| span.end_s < 2.5 || span.start_s > 9.5), "{spans:?}");
    }
}
