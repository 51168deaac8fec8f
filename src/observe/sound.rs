//! Level, clipping and loss of the sound; voice activity comes from [`super::voice`].

use super::background::{self, Background};
use super::clues::Clue;
use super::voice;
use super::waveform::{Outline, Peaks};
use crate::evidence::SoundFacts;
use crate::media::Sound;
use crate::time::{Pts, Span, joined, round_to_microsecond};

/// Samples up to this size are silence of the recorder, not of the room: even a quiet room's
/// microphone noise is louder than two steps of sixteen bits (-84 dBFS).
const SILENT_SAMPLE: u16 = 2;

/// Sound counts as lost from this length on. Shorter stretches occur in noise-gated microphones.
const MIN_LOSS_S: f64 = 0.5;

/// A hole between two runs of sound that lasts longer than this is lost sound; decoders' rounding
/// stays far below it.
const MIN_HOLE_S: f64 = 0.1;

/// A sample this close to full scale was clipped.
const CLIPPED_SAMPLE: u16 = 32_700;

/// Level written for digital silence; sixteen bits reach down to -96 dB.
const SILENCE_DBFS: f32 = -120.0;

/// Levels are kept for this many seconds, a week: time stamps of a damaged file reach years.
const MAX_LEVELS: usize = 7 * 24 * 3600;

const SAMPLES_PER_SECOND: usize = Sound::SAMPLE_RATE_HZ as usize;

/// Hears a clip's sound once, in order.
pub struct Observer {
    /// Seconds here count from zero of the presentation line, not from the clip's origin.
    start_s: Option<f64>,
    /// Where the next sample should lie.
    next_s: f64,
    /// Sum of squares and number of samples of each second.
    energy: Vec<(f64, u32)>,
    samples: u64,
    clipped: u64,
    silent_since_s: Option<f64>,
    losses: Vec<Span>,
    voice: voice::VoiceActivity,
    background: background::Observer,
    peaks: Peaks,
}

/// What the sound of a clip says.
pub struct Heard {
    pub facts: SoundFacts,
    /// Where the recording may have been joined.
    pub clues: Vec<Clue>,
    pub outline: Outline,
}

impl Default for Observer {
    fn default() -> Self {
        Self {
            start_s: None,
            next_s: 0.0,
            energy: Vec::new(),
            samples: 0,
            clipped: 0,
            silent_since_s: None,
            losses: Vec::new(),
            voice: voice::VoiceActivity::new(),
            background: background::Observer::default(),
            peaks: Peaks::default(),
        }
    }
}

impl Observer {
    /// Whether any sound came yet.
    pub fn began(&self) -> bool {
        self.start_s.is_some()
    }

    pub fn sound(&mut self, sound: &Sound) {
        let at_s = sound.pts.seconds(Pts::ZERO);
        match self.start_s {
            None => self.start_s = Some(at_s),
            Some(_) if at_s - self.next_s > MIN_HOLE_S => {
                self.end_silence(self.next_s);
                self.losses.push(Span::new(self.next_s, at_s));
            }
            Some(_) => {}
        }
        let start_s = self.start_s.unwrap_or(at_s);
        self.voice.samples(at_s, &sound.samples);
        let first = ((at_s - start_s).max(0.0) * SAMPLES_PER_SECOND as f64).round() as usize;
        self.background.samples(first, &sound.samples);
        self.peaks.samples(first, &sound.samples);
        for (index, &sample) in sound.samples.iter().enumerate() {
            let sample_s = at_s + index as f64 / SAMPLES_PER_SECOND as f64;
            self.sample(sample, sample_s, (sample_s - start_s).max(0.0) as usize);
        }
        self.next_s = at_s + sound.samples.len() as f64 / SAMPLES_PER_SECOND as f64;
    }

    fn sample(&mut self, sample: i16, at_s: f64, second: usize) {
        if self.energy.len() <= second && second < MAX_LEVELS {
            self.energy.resize(second + 1, (0.0, 0));
        }
        if let Some((sum, count)) = self.energy.get_mut(second) {
            let level = f64::from(sample) / f64::from(i16::MAX);
            *sum += level * level;
            *count += 1;
        }
        self.samples += 1;
        self.clipped += u64::from(sample.unsigned_abs() >= CLIPPED_SAMPLE);
        match sample.unsigned_abs() <= SILENT_SAMPLE {
            true => {
                self.silent_since_s.get_or_insert(at_s);
            }
            false => self.end_silence(at_s),
        }
    }

    fn end_silence(&mut self, at_s: f64) {
        if let Some(since_s) = self.silent_since_s.take()
            && at_s - since_s >= MIN_LOSS_S
        {
            self.losses.push(Span::new(since_s, at_s));
        }
    }

    /// `None` when no sound came at all.
    pub fn finish(mut self, origin: Pts) -> Option<Heard> {
        let start_s = self.start_s?;
        self.end_silence(self.next_s);
        let shift = origin.seconds(Pts::ZERO);
        let Background { mut clues, dead, hum_share, dynamics_db } = self.background.finish();
        for clue in &mut clues {
            clue.span = moved(clue.span, start_s - shift);
        }
        self.losses.extend(dead.into_iter().map(|span| moved(span, start_s)));
        if start_s - shift >= MIN_LOSS_S {
            self.losses.push(Span::new(shift, start_s));
        }
        let on_clip = |spans: Vec<Span>| -> Vec<Span> {
            let shifted = spans.into_iter().map(|span| {
                Span::new(
                    round_to_microsecond(span.start_s - shift),
                    round_to_microsecond(span.end_s - shift),
                )
            });
            shifted.collect()
        };
        let voice = on_clip(self.voice.finish());
        let levels: Vec<f32> = self.energy.iter().map(|&(sum, count)| dbfs(sum, count)).collect();
        let facts = SoundFacts {
            speech_to_noise_db: speech_to_noise_db(&levels, &voice, start_s - shift),
            level_dbfs: levels,
            clipped: if self.samples == 0 { 0.0 } else { self.clipped as f64 / self.samples as f64 },
            losses: on_clip(joined(self.losses, MIN_HOLE_S)),
            voice,
            hum_share,
            dynamics_db,
            end_s: round_to_microsecond(self.next_s - shift),
            undecodable: 0,
        };
        Some(Heard { facts, clues, outline: self.peaks.from(start_s - shift) })
    }
}

fn moved(span: Span, by_s: f64) -> Span {
    Span::new(span.start_s + by_s, span.end_s + by_s)
}

/// Root mean square level to a tenth of a decibel.
fn dbfs(sum_of_squares: f64, count: u32) -> f32 {
    let mean = sum_of_squares / f64::from(count.max(1));
    let level = if mean > 0.0 { (10.0 * mean.log10()) as f32 } else { SILENCE_DBFS };
    (level.max(SILENCE_DBFS) * 10.0).round() / 10.0
}

/// Median level of seconds that are mostly voice, over that of seconds without any.
fn speech_to_noise_db(levels: &[f32], voice: &[Span], first_second_s: f64) -> Option<f64> {
    let (mut speech, mut noise) = (Vec::new(), Vec::new());
    for (index, &level) in levels.iter().enumerate() {
        let second = Span::new(first_second_s + index as f64, first_second_s + index as f64 + 1.0);
        let voiced_s: f64 = voice
            .iter()
            .map(|span| (span.end_s.min(second.end_s) - span.start_s.max(second.start_s)).max(0.0))
            .sum();
        match voiced_s {
            voiced_s if voiced_s > 0.5 => speech.push(level),
            voiced_s if voiced_s == 0.0 && level > SILENCE_DBFS => noise.push(level),
            _ => {}
        }
    }
    Some(f64::from(median(speech)? - median(noise)?)).map(|db| (db * 10.0).round() / 10.0)
}

fn median(mut values: Vec<f32>) -> Option<f32> {
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hear(parts: &[(f64, Vec<i16>)]) -> SoundFacts {
        let mut observer = Observer::default();
        for (at_s, samples) in parts {
            observer.sound(&Sound { pts: Pts::from_seconds(*at_s), samples: samples.clone() });
        }
        observer.finish(Pts::ZERO).unwrap().facts
    }

    /// Seconds of a room's noise: small, never silent for long.
    fn room(seconds: usize) -> Vec<i16> {
        (0..seconds * SAMPLES_PER_SECOND).map(|n| ((n * 7919 % 61) as i16 - 30) * 3).collect()
    }

    #[test]
    fn a_quiet_room_is_not_a_loss() {
        assert_eq!(hear(&[(0.0, room(3))]).losses, []);
    }

    #[test]
    fn sound_that_starts_after_the_picture_is_a_loss() {
        assert_eq!(hear(&[(1.0, room(2))]).losses, [Span::new(0.0, 1.0)]);
        assert_eq!(hear(&[(0.1, room(2))]).losses, []);
    }

    #[test]
    fn a_time_stamp_years_ahead_costs_no_memory() {
        let heard = hear(&[(0.0, room(2)), (4e9, room(1))]);
        assert_eq!(heard.level_dbfs.len(), 2);
        assert_eq!(heard.losses, [Span::new(2.0, 4e9)]);
    }

    #[test]
    fn digital_silence_is_a_loss_with_its_place() {
        let mut samples = room(2);
        samples.extend(vec![0; 2 * SAMPLES_PER_SECOND]);
        samples.extend(room(1));
        let losses = hear(&[(0.0, samples)]).losses;
        assert_eq!(losses.len(), 1);
        assert!((losses[0].start_s - 2.0).abs() < 0.01 && (losses[0].end_s - 4.0).abs() < 0.01);
    }

    #[test]
    fn a_hole_between_runs_is_a_loss() {
        let losses = hear(&[(0.0, room(1)), (2.5, room(1))]).losses;
        assert_eq!(losses, [Span::new(1.0, 2.5)]);
    }

    #[test]
    fn level_and_clipping_are_measured() {
        let facts = hear(&[(0.0, vec![i16::MAX; SAMPLES_PER_SECOND])]);
        assert_eq!((facts.level_dbfs[0], facts.clipped), (0.0, 1.0));
        let silent = hear(&[(0.0, vec![0; SAMPLES_PER_SECOND])]);
        assert_eq!(silent.level_dbfs[0], SILENCE_DBFS);
    }

    #[test]
    fn nothing_heard_is_not_an_empty_finding() {
        assert!(Observer::default().finish(Pts::ZERO).is_none());
    }
}
