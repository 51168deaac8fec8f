//! Level of the sound over time, and dealing recognised characters out over it.
//!
//! Mandarin is spoken at an even pace, one character a syllable. Within one phrase, characters laid
//! evenly over the time in which the sound is up stand where they were said to about 0.1 s.

use crate::evidence::Word;

use super::super::voice::SAMPLE_RATE_HZ;

/// Level is looked at in steps of this length …
pub const STEP_S: f64 = 0.01;
/// … averaged over this, about a syllable's closure.
const SMOOTH_S: f64 = 0.12;
/// The window's background and speech levels, as shares of its steps sorted by level: a window has
/// a margin of background at either end and is otherwise speech.
const BACKGROUND_RANK: f64 = 0.1;
const SPEECH_RANK: f64 = 0.7;

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
/// activity.
pub fn timed(characters: Vec<Characters>, samples: &[i16]) -> Vec<Word> {
    let activity = activity(&Levels::of(samples));
    let total = activity.last().copied().unwrap_or_default();
    let count: usize = characters.iter().map(|part| part.text.chars().count()).sum();
    let duration_s = samples.len() as f64 / SAMPLE_RATE_HZ;
    let at_s = |characters: usize| {
        let reached = total * characters as f64 / count.max(1) as f64;
        let step = activity.partition_point(|&so_far| so_far < reached);
        (step as f64 * STEP_S).min(duration_s)
    };
    let mut said = 0;
    characters
        .into_iter()
        .map(|part| {
            // The first character begins where activity does.
            let start_s = if said == 0 { at_s_of_onset(&activity) } else { at_s(said) };
            said += part.text.chars().count();
            let end_s = at_s(said).max(start_s);
            Word { start_s, end_s, text: part.text, probability: part.probability }
        })
        .collect()
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
