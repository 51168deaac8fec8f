//! Level of the sound over time, and dealing recognised characters out over it.
//!
//! Mandarin is spoken at an even pace, one character a syllable. Within one phrase, characters laid
//! evenly over the time in which the sound is up stand where they were said to about 0.1 s.

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
/// A pause this close to where two characters meet stands between them: about a syllable.
const NEAR_S: f64 = 0.2;

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
        let step = (STEP_S * SAMPLE_RATE_HZ) as usize;
        let power: Vec<f64> = samples
            .chunks(step)
            .map(|chunk| {
                chunk.iter().map(|&sample| (f64::from(sample) / 32768.0).powi(2)).sum::<f64>()
                    / chunk.len() as f64
            })
            .collect();
        let half = (SMOOTH_S / STEP_S / 2.0) as usize;
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

/// Gives the characters times from the window's first sample, each an equal share of the sound's
/// activity. Where two of them meet near a pause, the pause parts them.
pub fn timed(characters: Vec<Characters>, samples: &[i16]) -> Vec<Word> {
    let levels = Levels::of(samples);
    let activity = activity(&levels);
    let total = activity.last().copied().unwrap_or_default();
    let count: usize = characters.iter().map(|part| part.text.chars().count()).sum();
    let duration_s = samples.len() as f64 / SAMPLE_RATE_HZ;
    let at_s = |characters: usize| {
        let reached = total * characters as f64 / count.max(1) as f64;
        let step = activity.partition_point(|&so_far| so_far < reached);
        (step as f64 * STEP_S).min(duration_s)
    };
    let mut said = 0;
    let ends_s: Vec<f64> = characters
        .iter()
        .map(|part| {
            said += part.text.chars().count();
            at_s(said)
        })
        .collect();
    let pauses = levels.pauses(Span::new(0.0, duration_s));
    let mut start_s = at_s_of_onset(&activity);
    let mut words = Vec::with_capacity(characters.len());
    for (n, part) in characters.into_iter().enumerate() {
        let met_s = ends_s[n];
        let pause = pauses.iter().find(|pause| parted_by(**pause, &ends_s) == Some(n));
        let (end_s, next_s) = pause.map_or((met_s, met_s), |pause| (pause.start_s, pause.end_s));
        let end_s = end_s.max(start_s);
        words.push(Word { start_s, end_s, text: part.text, probability: part.probability });
        start_s = next_s.max(end_s);
    }
    words
}

/// The character after which a pause stands: the one that ends nearest to it, if it ends near, and
/// others follow it.
fn parted_by(pause: Span, ends_s: &[f64]) -> Option<usize> {
    let apart_s = |end_s: f64| (end_s - end_s.clamp(pause.start_s, pause.end_s)).abs();
    let inner = &ends_s[..ends_s.len().saturating_sub(1)];
    let nearest = inner.iter().enumerate().min_by(|(_, a), (_, b)| apart_s(**a).total_cmp(&apart_s(**b)));
    nearest.filter(|&(_, &end_s)| apart_s(end_s) <= NEAR_S).map(|(n, _)| n)
}

/// Running sum over the steps of how far each is up from background to speech, 0 to 1.
fn activity(levels: &Levels) -> Vec<f64> {
    let mut sorted = levels.db.clone();
    sorted.sort_by(f64::total_cmp);
    let rank = |share: f64| sorted.get((sorted.len() as f64 * share) as usize).copied().unwrap_or_default();
    let (background_db, speech_db) = (rank(BACKGROUND_RANK), rank(SPEECH_RANK));
    let range_db = speech_db - background_db;
    levels
        .db
        .iter()
        .scan(0.0, |sum, &db| {
            // Even sound has no ups and downs to go by: every step counts alike.
            *sum +=
                if range_db > 1.0 { ((db - background_db) / range_db * 2.0).clamp(0.0, 1.0) } else { 1.0 };
            Some(*sum)
        })
        .collect()
}

fn at_s_of_onset(activity: &[f64]) -> f64 {
    /// Steps of full activity that make an onset, so that a crackle before it does not count.
    const ONSET: f64 = 1.0;
    activity.partition_point(|&so_far| so_far < ONSET) as f64 * STEP_S
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_parts_the_characters_beside_it() {
        // Two syllables of 0.2 s, half a second of nothing, four more; a quiet margin around.
        let loud = |at_s: f64| (0.2..0.6).contains(&at_s) || (1.1..1.9).contains(&at_s);
        let samples: Vec<i16> = (0..(2.1 * SAMPLE_RATE_HZ) as usize)
            .map(|n| {
                let at_s = n as f64 / SAMPLE_RATE_HZ;
                let tone = (at_s * 300.0 * std::f64::consts::TAU).sin();
                (tone * if loud(at_s) { 8000.0 } else { 20.0 }) as i16
            })
            .collect();
        let characters = "您好本次执法".chars().map(|ch| Characters { text: ch.into(), probability: 0.9 });
        let words = timed(characters.collect(), &samples);
        let near = |a: f64, b: f64| assert!((a - b).abs() < 0.1, "{a} is not {b}: {words:?}");
        near(words[0].start_s, 0.2);
        near(words[1].end_s, 0.6);
        near(words[2].start_s, 1.1);
        near(words[5].end_s, 1.9);
        assert!(words.windows(2).all(|pair| pair[0].end_s <= pair[1].start_s));
    }
}
