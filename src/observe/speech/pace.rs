//! Level of the sound over time, and dealing recognised characters out over it.
//!
//! Mandarin is spoken at an even pace, one character a syllable. Within one phrase, characters laid
//! evenly over the time in which the sound is up stand where they were said to about 0.1 s.

use std::ops::Range;

use crate::evidence::Word;
use crate::time::Span;

use super::super::voice::SAMPLE_RATE_HZ;

/// Level is looked at in steps of this length …
pub const STEP_S: f64 = 0.01;
/// … averaged over this, about a syllable's closure.
const SMOOTH_S: f64 = 0.12;
/// The window's background and speech levels, as shares of its steps sorted by level: a window has
/// a margin of background at either end and is otherwise speech.
const BACKGROUND_RANK: f64 = 0.1;
const SPEECH_RANK: f64 = 0.7;
/// Finer, so that neighbouring syllables show as two peaks.
const SYLLABLE_SMOOTH_S: f64 = 0.06;
/// Depth of the dip between two peaks of the level that are two syllables.
const DIP_DB: f64 = 2.0;

/// One or more characters that the recogniser wrote at once.
pub struct Characters {
    pub text: String,
    pub probability: f32,
}

/// Level in steps of [`STEP_S`], decibels relative to full scale, averaged over [`SMOOTH_S`].
pub struct Levels {
    pub db: Vec<f64>,
}

impl Levels {
    pub fn of(samples: &[i16]) -> Self {
        Self::averaged(samples, SMOOTH_S)
    }

    fn averaged(samples: &[i16], smooth_s: f64) -> Self {
        let step = (STEP_S * SAMPLE_RATE_HZ) as usize;
        let power: Vec<f64> = samples
            .chunks(step)
            .map(|chunk| {
                chunk.iter().map(|&sample| (f64::from(sample) / 32768.0).powi(2)).sum::<f64>()
                    / chunk.len() as f64
            })
            .collect();
        let half = (smooth_s / STEP_S / 2.0) as usize;
        let db = (0..power.len())
            .map(|n| {
                let around = &power[n.saturating_sub(half)..(n + half + 1).min(power.len())];
                decibels(around.iter().sum::<f64>() / around.len() as f64)
            })
            .collect();
        Self { db }
    }
}

/// Power relative to full scale in decibels; -200 for none.
fn decibels(power: f64) -> f64 {
    10.0 * power.max(1e-20).log10()
}

/// Gives the characters times from the window's first sample: pauses part the window into phrases,
/// each phrase takes as many characters as it seems to hold, and deals them out evenly over its
/// activity.
pub fn timed(characters: Vec<Characters>, samples: &[i16]) -> Vec<Word> {
    let count: usize = characters.iter().map(|part| part.text.chars().count()).sum();
    let times = times(count, samples);
    let mut said = 0;
    let words = characters.into_iter().filter_map(|part| {
        let own = times.get(said..)?.get(..part.text.chars().count())?;
        said += own.len();
        let (first, last) = (own.first()?, own.last()?);
        Some(Word {
            start_s: first.start_s,
            end_s: last.end_s,
            text: part.text,
            probability: part.probability,
        })
    });
    words.collect()
}

/// So many spans in order, one for each character.
fn times(count: usize, samples: &[i16]) -> Vec<Span> {
    let levels = Levels::of(samples);
    let fine = Levels::averaged(samples, SYLLABLE_SMOOTH_S);
    let activity = levels.activity();
    let phrases = levels.phrases();
    let active = |phrase: &Range<usize>| activity[phrase.end - 1] - activity[phrase.start];
    let all_active: f64 = phrases.iter().map(active).sum();
    let nuclei: Vec<usize> = phrases.iter().map(|phrase| fine.nuclei(phrase.clone())).collect();
    let all_nuclei = nuclei.iter().sum::<usize>().max(1);
    let mut times: Vec<Span> = Vec::with_capacity(count);
    let mut share = 0.0;
    for (n, (phrase, nuclei)) in phrases.iter().zip(nuclei).enumerate() {
        // Two estimates of how many syllables a phrase holds, neither good alone: how long it is, and
        // how often its level peaks.
        let by_length = active(phrase) / all_active.max(f64::MIN_POSITIVE);
        share += (by_length + nuclei as f64 / all_nuclei as f64) / 2.0;
        let so_far = if n + 1 == phrases.len() { count } else { (share * count as f64).round() as usize };
        let own = so_far.min(count).saturating_sub(times.len());
        let at_s = |characters: usize| {
            let reached = activity[phrase.start] + active(phrase) * characters as f64 / own as f64;
            let step = activity[phrase.clone()].partition_point(|&so_far| so_far < reached);
            (phrase.start + step) as f64 * STEP_S
        };
        times.extend((0..own).map(|n| {
            let end_s = at_s(n + 1);
            let start_s = if n == 0 { onset_s(phrase, &activity) } else { at_s(n) };
            Span::new(start_s.min(end_s), end_s)
        }));
    }
    times
}

impl Levels {
    /// Running sum over the steps of how far each is up from background to speech, 0 to 1.
    fn activity(&self) -> Vec<f64> {
        let mut sorted = self.db.clone();
        sorted.sort_by(f64::total_cmp);
        let rank =
            |share: f64| sorted.get((sorted.len() as f64 * share) as usize).copied().unwrap_or_default();
        let (background_db, speech_db) = (rank(BACKGROUND_RANK), rank(SPEECH_RANK));
        let range_db = speech_db - background_db;
        // Even sound has no ups and downs to go by: every step counts alike.
        let up = |db: f64| if range_db > 1.0 { (db - background_db) / range_db * 2.0 } else { 1.0 };
        let steps = self.db.iter().scan(0.0, |sum, &db| {
            *sum += up(db).clamp(0.0, 1.0);
            Some(*sum)
        });
        steps.collect()
    }

    /// Steps between the pauses, in order; at least one phrase where there is any sound.
    fn phrases(&self) -> Vec<Range<usize>> {
        let step = |at_s: f64| ((at_s / STEP_S).round() as usize).min(self.db.len());
        let mut phrases = Vec::new();
        let mut start = 0;
        for pause in self.pauses(Span::new(0.0, self.db.len() as f64 * STEP_S)) {
            phrases.push(start..step(pause.start_s));
            start = step(pause.end_s);
        }
        phrases.push(start..self.db.len());
        phrases.retain(|phrase| !phrase.is_empty());
        phrases
    }

    /// Peaks of the level, parted by dips: syllables have one each, more or less (de Jong and Wempe,
    /// Behavior Research Methods 41, 2009, who ask for dips of 2 dB, as here).
    fn nuclei(&self, phrase: Range<usize>) -> usize {
        let mut peaks = 0;
        let (mut lowest_db, mut highest_db) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut rising = false;
        for &db in &self.db[phrase] {
            if rising {
                highest_db = highest_db.max(db);
                if db < highest_db - DIP_DB {
                    (rising, lowest_db) = (false, db);
                }
            } else {
                lowest_db = lowest_db.min(db);
                if db > lowest_db + DIP_DB {
                    (rising, highest_db) = (true, db);
                    peaks += 1;
                }
            }
        }
        peaks.max(1)
    }
}

/// Where a phrase becomes active.
fn onset_s(phrase: &Range<usize>, activity: &[f64]) -> f64 {
    /// Steps of full activity that make an onset, so that a crackle before it does not count.
    const ONSET: f64 = 1.0;
    let reached = activity[phrase.start] + ONSET;
    let step = activity[phrase.clone()].partition_point(|&so_far| so_far < reached);
    (phrase.start + step) as f64 * STEP_S
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_gets_a_time_whatever_the_sound() {
        let noise: Vec<i16> = (0..16_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 18) as i16).collect();
        for samples in [vec![0; 16_000], vec![5000; 16_000], noise, vec![0; 10], Vec::new()] {
            let characters = "本次执法".chars().map(|ch| Characters { text: ch.into(), probability: 0.9 });
            let words = timed(characters.collect(), &samples);
            assert!(words.len() == 4 || samples.is_empty(), "{words:?}");
            assert!(words.iter().all(|word| word.start_s <= word.end_s && word.end_s <= 1.01), "{words:?}");
        }
    }

    #[test]
    fn a_pause_parts_the_characters_beside_it() {
        // Two syllables of 0.25 s, half a second of nothing, four of 0.2 s; a quiet margin around.
        let loudness = |at_s: f64| match at_s {
            0.2..0.7 => ((at_s - 0.2) / 0.25 * std::f64::consts::PI).sin().abs(),
            1.2..2.0 => ((at_s - 1.2) / 0.2 * std::f64::consts::PI).sin().abs(),
            _ => 0.0,
        };
        let samples: Vec<i16> = (0..(2.2 * SAMPLE_RATE_HZ) as usize)
            .map(|n| {
                let at_s = n as f64 / SAMPLE_RATE_HZ;
                let tone = (at_s * 300.0 * std::f64::consts::TAU).sin();
                (tone * (20.0 + 8000.0 * loudness(at_s))) as i16
            })
            .collect();
        let characters = "您好本次执法".chars().map(|ch| Characters { text: ch.into(), probability: 0.9 });
        let words = timed(characters.collect(), &samples);
        let near = |a: f64, b: f64| assert!((a - b).abs() < 0.1, "{a} is not {b}: {words:?}");
        near(words[0].start_s, 0.2);
        near(words[1].end_s, 0.7);
        near(words[2].start_s, 1.2);
        near(words[5].end_s, 2.0);
        assert!(words.windows(2).all(|pair| pair[0].end_s <= pair[1].start_s));
    }
}
