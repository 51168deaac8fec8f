//! The sound behind the voices: what a room or a street sounds like by itself. Where two recordings are
//! joined the noise changes its colour and the mains hum its phase; a dead microphone leaves the room
//! altogether.
//!
//! The phase of mains hum as a witness to cuts: D. P. Nicolalde Rodríguez, J. A. Apolinário and L. W. P.
//! Biscainho, *Audio Authenticity: Detecting ENF Discontinuity With High Precision Phase Analysis*, IEEE
//! TIFS 5(3), 2010. Mains of 50 Hz are looked for.

use std::f64::consts::{PI, TAU};

use super::clues::{Clue, Origin, strongest};
use super::statistics::{median, quantile};
use crate::media::Sound;
use crate::time::{Span, joined};

const RATE_HZ: usize = Sound::SAMPLE_RATE_HZ as usize;

/// Sound is summed up over this long; what is found lies at the border of two such blocks.
const BLOCK_S: f64 = 0.05;
const BLOCK: usize = RATE_HZ / 20;
/// Six hours; time stamps of a damaged file reach years.
const MAX_BLOCKS: usize = 6 * 3600 * 20;

/// Mains hum and its harmonics, in multiples of 50 Hz.
const TONES: [usize; 4] = [1, 2, 3, 4];
/// Samples of one period of 50 Hz.
const PERIOD: usize = RATE_HZ / 50;

/// Borders between bands of noise, in hertz.
const BORDERS_HZ: [f64; 4] = [200.0, 600.0, 1500.0, 3500.0];
const BANDS: usize = BORDERS_HZ.len() + 1;

/// Hum is followed over this many windows on either side of a border, 0.4 s each: long enough to stand
/// above the noise, short enough for the mains' wandering (some 0.02 Hz) to look straight.
const WINDOWS: usize = 6;
const WINDOW_BLOCKS: usize = 8;
/// Phases must keep to a straight line within this on both sides, or there is no hum to go by.
const MAX_PHASE_SCATTER: f64 = 0.3;
/// The loudest window over the softest: talk at the hum's frequency changes more.
const MAX_LOUDNESS_RATIO: f64 = 3.0;
/// A step of the phase that neither noise nor wandering makes.
const MIN_PHASE_STEP: f64 = 0.8;
/// On either side of a step the mains have one frequency, but for their wandering; noise has any.
const MAX_FREQUENCY_STEP_HZ: f64 = 0.05;
/// Where the hum really steps it is seen to from the borders this near as well, whose windows are nearly the same; noise makes
/// one of the size once in a while, at a single border.
const STEP_REACH_BLOCKS: usize = 3;
const MIN_BORDERS: usize = 2;
/// From fewer than this it is no more than a clue.
const BORDERS_OF_A_SIGN: usize = 3;
const MOST_OF_A_CLUE: f64 = 1.4;

/// The floor of each band is taken over this long on either side of a border; talk leaves pauses in it.
const FLOOR_BLOCKS: usize = 80;
/// And over this long right beside it.
const BESIDE_BLOCKS: usize = 16;
/// Share of the blocks that lie below the floor.
const FLOOR_QUANTILE: f64 = 0.1;
/// Floors of one place differ by less than this, root mean square over the bands …
const MIN_FLOOR_STEP_DB: f64 = 5.0;
/// … and by less than this times what is usual in the clip.
const FLOOR_OVER_USUAL: f64 = 2.0;

/// What a microphone that hears nothing leaves is no louder than this: the amplifier's hiss …
const DEAD_DBFS: f64 = -68.0;
/// … and at least this much below the softest that is heard elsewhere in the clip.
const DEAD_BELOW_FLOOR_DB: f64 = 10.0;
/// Of what is heard, this share is left out below: single blocks fall between two sounds.
const SOFTEST_QUANTILE: f64 = 0.02;
const MIN_DEAD_S: f64 = 0.5;

#[derive(Debug, Clone, Copy, Default)]
struct Block {
    /// Cosine and sine sums of each tone.
    tones: [(f32, f32); TONES.len()],
    /// Energy of each band.
    bands: [f32; BANDS],
    sum: f32,
    squares: f32,
    samples: u32,
}

/// Hears the sound once, in order.
pub struct Observer {
    blocks: Vec<Block>,
    waves: Vec<(f32, f32)>,
    smoothing: [f32; BORDERS_HZ.len()],
    smooth: [f32; BORDERS_HZ.len()],
}

/// What was made out. Seconds count from the first sample that was heard.
#[derive(Debug, Default)]
pub struct Background {
    pub clues: Vec<Clue>,
    /// Stretches in which the microphone seems dead.
    pub dead: Vec<Span>,
    /// Share of the energy at the mains' frequency and its harmonics, median over all blocks.
    pub hum_share: Option<f64>,
    /// Distance of loud moments from soft ones.
    pub dynamics_db: Option<f64>,
}

impl Default for Observer {
    fn default() -> Self {
        let wave = |n: usize| {
            let angle = TAU * n as f64 / PERIOD as f64;
            (angle.cos() as f32, angle.sin() as f32)
        };
        let smoothing = BORDERS_HZ.map(|hz| (1.0 - (-TAU * hz / RATE_HZ as f64).exp()) as f32);
        Self {
            blocks: Vec::new(),
            waves: (0..PERIOD).map(wave).collect(),
            smoothing,
            smooth: Default::default(),
        }
    }
}

impl Observer {
    /// `first` is the number of the first sample, counted from the first one heard.
    pub fn samples(&mut self, first: usize, samples: &[i16]) {
        for (n, &sample) in (first..).zip(samples) {
            let index = n / BLOCK;
            if index >= MAX_BLOCKS {
                return;
            }
            if self.blocks.len() <= index {
                self.blocks.resize(index + 1, Block::default());
            }
            let block = &mut self.blocks[index];
            let value = f32::from(sample) / f32::from(i16::MAX);
            for (tone, sums) in TONES.iter().zip(&mut block.tones) {
                let (cosine, sine) = self.waves[n * tone % PERIOD];
                sums.0 += value * cosine;
                sums.1 += value * sine;
            }
            let mut below = 0.0;
            for (band, (smooth, share)) in self.smooth.iter_mut().zip(self.smoothing).enumerate() {
                *smooth += share * (value - *smooth);
                block.bands[band] += (*smooth - below) * (*smooth - below);
                below = *smooth;
            }
            block.bands[BANDS - 1] += (value - below) * (value - below);
            block.sum += value;
            block.squares += value * value;
            block.samples += 1;
        }
    }

    pub fn finish(self) -> Background {
        let mut clues = hum_steps(&self.blocks);
        clues.extend(floor_steps(&self.blocks));
        let heard: Vec<&Block> = self.blocks.iter().filter(|block| block.samples > 0).collect();
        let hum: Vec<f64> = heard.iter().filter_map(|block| hum_share(block)).collect();
        let levels: Vec<f64> = heard.iter().map(|block| level_dbfs(block)).collect();
        let dynamics_db = (levels.len() >= MIN_BLOCKS)
            .then(|| quantile(&levels, LOUD_QUANTILE) - quantile(&levels, SOFT_QUANTILE));
        Background {
            clues,
            dead: dead(&self.blocks),
            hum_share: (hum.len() >= MIN_BLOCKS).then(|| (median(&hum) * 1e3).round() / 1e3),
            dynamics_db: dynamics_db.map(|db| (db * 10.0).round() / 10.0),
        }
    }
}

/// Loud and soft moments, as shares of all.
const LOUD_QUANTILE: f64 = 0.95;
const SOFT_QUANTILE: f64 = 0.1;
/// Of fewer blocks nothing is said: a second.
const MIN_BLOCKS: usize = 20;

/// Share of a block's energy at the mains' frequency and its harmonics; `None` of silence.
fn hum_share(block: &Block) -> Option<f64> {
    let tones: f64 = block.tones.iter().map(|&(c, s)| f64::from(c).powi(2) + f64::from(s).powi(2)).sum();
    let squares = f64::from(block.squares);
    // A tone's sums over n samples have the size amplitude × n / 2, its energy is amplitude² × n / 2.
    (squares > 1e-6).then(|| (2.0 * tones / f64::from(block.samples.max(1)) / squares).min(1.0))
}

/// Level without any constant part, dB relative to full scale.
fn level_dbfs(block: &Block) -> f64 {
    let count = f64::from(block.samples.max(1));
    let mean = f64::from(block.sum) / count;
    10.0 * (f64::from(block.squares) / count - mean * mean).max(1e-12).log10()
}

/// Stretches far below anything else that the microphone heard.
fn dead(blocks: &[Block]) -> Vec<Span> {
    let heard = blocks.iter().filter(|block| block.samples > 0).map(level_dbfs);
    let alive: Vec<f64> = heard.filter(|&level| level > DEAD_DBFS).collect();
    if alive.is_empty() {
        return Vec::new();
    }
    let softest = quantile(&alive, SOFTEST_QUANTILE);
    let limit = DEAD_DBFS.min(softest - DEAD_BELOW_FLOOR_DB);
    let silent =
        blocks.iter().enumerate().filter(|(_, block)| block.samples > 0 && level_dbfs(block) <= limit);
    let spans = silent.map(|(n, _)| Span::new(n as f64 * BLOCK_S, (n + 1) as f64 * BLOCK_S)).collect();
    joined(spans, BLOCK_S / 2.0).into_iter().filter(|span| span.duration_s() >= MIN_DEAD_S).collect()
}

fn hum_steps(blocks: &[Block]) -> Vec<Clue> {
    let reach = WINDOWS * WINDOW_BLOCKS;
    let mut clues = Vec::new();
    for (tone, &multiple) in TONES.iter().enumerate() {
        let mut sums = vec![(0.0, 0.0)];
        for block in blocks {
            let (cosine, sine) = block.tones[tone];
            let last = sums[sums.len() - 1];
            sums.push((last.0 + f64::from(cosine), last.1 + f64::from(sine)));
        }
        // Phase of the tone's own change in a window where the mains' frequency is so far off.
        let max_bend = TAU * MAX_FREQUENCY_STEP_HZ * multiple as f64 * WINDOW_BLOCKS as f64 * BLOCK_S;
        let step = |border: usize| -> Option<(usize, f64, f64)> {
            let before = Line::through(&sums, border - reach)?;
            let after = Line::through(&sums, border)?;
            // Windows stand at −5.5, −4.5 … −0.5 before the border and at 0.5, 1.5 … behind it.
            let half = WINDOWS as f64 / 2.0;
            let step = wrapped(after.mean - after.slope * half - (before.mean + before.slope * half));
            let certain = step.abs() / MIN_PHASE_STEP - before.scatter - after.scatter;
            let steps = step.abs() >= MIN_PHASE_STEP && (after.slope - before.slope).abs() <= max_bend;
            steps.then_some((border, step, certain))
        };
        let steps: Vec<(usize, f64, f64)> =
            (reach..blocks.len().saturating_sub(reach)).filter_map(step).collect();
        for (n, &(border, step, certain)) in steps.iter().enumerate() {
            let near =
                &steps[n.saturating_sub(STEP_REACH_BLOCKS)..steps.len().min(n + STEP_REACH_BLOCKS + 1)];
            let agree = |other: &&(usize, f64, f64)| {
                other.0.abs_diff(border) <= STEP_REACH_BLOCKS && other.1.signum() == step.signum()
            };
            let strength = match near.iter().filter(agree).count() {
                ..MIN_BORDERS => continue,
                MIN_BORDERS..BORDERS_OF_A_SIGN => certain.min(MOST_OF_A_CLUE),
                _ => certain,
            };
            let at_s = border as f64 * BLOCK_S;
            clues.push(Clue::at(at_s, Origin::Sound, "hum-phase-step-rad", step, strength));
        }
    }
    strongest(clues, 1.0)
}

/// Phases of a tone over a row of windows, as a straight line.
struct Line {
    /// At the middle of the row.
    mean: f64,
    /// A window.
    slope: f64,
    /// Root mean square distance from the line.
    scatter: f64,
}

impl Line {
    /// `None` where there is no steady tone.
    fn through(sums: &[(f64, f64)], start: usize) -> Option<Self> {
        let mut phases = [0.0; WINDOWS];
        let (mut softest, mut loudest) = (f64::MAX, 0.0f64);
        for window in 0..WINDOWS {
            let (from, to) =
                (sums[start + window * WINDOW_BLOCKS], sums[start + (window + 1) * WINDOW_BLOCKS]);
            let (cosine, sine) = (to.0 - from.0, to.1 - from.1);
            let loudness = cosine.hypot(sine);
            (softest, loudest) = (softest.min(loudness), loudest.max(loudness));
            let phase = sine.atan2(cosine);
            phases[window] = match window {
                0 => phase,
                _ => phases[window - 1] + wrapped(phase - phases[window - 1]),
            };
        }
        if softest <= 0.0 || loudest > MAX_LOUDNESS_RATIO * softest {
            return None;
        }
        let middle = (WINDOWS - 1) as f64 / 2.0;
        let mean = phases.iter().sum::<f64>() / WINDOWS as f64;
        let place = |window: usize| window as f64 - middle;
        let (mut product, mut square) = (0.0, 0.0);
        for (window, phase) in phases.iter().enumerate() {
            product += place(window) * (phase - mean);
            square += place(window) * place(window);
        }
        let slope = product / square;
        let off = |window: usize| phases[window] - mean - slope * place(window);
        let scatter = ((0..WINDOWS).map(|n| off(n) * off(n)).sum::<f64>() / WINDOWS as f64).sqrt();
        (scatter <= MAX_PHASE_SCATTER).then_some(Self { mean, slope, scatter })
    }
}

/// An angle between −π and π.
fn wrapped(angle: f64) -> f64 {
    (angle + PI).rem_euclid(TAU) - PI
}

fn floor_steps(blocks: &[Block]) -> Vec<Clue> {
    let floor = |range: std::ops::Range<usize>| -> Option<[f64; BANDS]> {
        let mut floors = [0.0; BANDS];
        for (band, floor) in floors.iter_mut().enumerate() {
            let energies = blocks[range.clone()].iter().filter(|block| block.samples > 0);
            let levels: Vec<f64> =
                energies.map(|block| 10.0 * f64::from(block.bands[band]).max(1e-9).log10()).collect();
            if levels.is_empty() {
                return None;
            }
            *floor = quantile(&levels, FLOOR_QUANTILE);
        }
        Some(floors)
    };
    // Every 0.25 s.
    let borders = (FLOOR_BLOCKS..blocks.len().saturating_sub(FLOOR_BLOCKS)).step_by(5);
    let steps: Vec<(f64, f64)> = borders
        .filter_map(|border| {
            let (before, after) =
                (floor(border - FLOOR_BLOCKS..border)?, floor(border..border + FLOOR_BLOCKS)?);
            // The floor of a quiet room outlasts its end by most of its length: what lies beside the border
            // must differ as well, and tells the place.
            let beside = (floor(border - BESIDE_BLOCKS..border)?, floor(border..border + BESIDE_BLOCKS)?);
            let step_db = difference_db(&before, &after).min(difference_db(&beside.0, &beside.1));
            Some((border as f64 * BLOCK_S, step_db))
        })
        .collect();
    let all: Vec<f64> = steps.iter().map(|&(_, step_db)| step_db).collect();
    let usual_db = median(&all);
    let limit_db = MIN_FLOOR_STEP_DB.max(FLOOR_OVER_USUAL * usual_db);
    let clue = |&(at_s, step_db): &(f64, f64)| Clue {
        // Half a floor's length either way the step looks nearly as large.
        span: Span::new(at_s - 0.3, at_s + 0.3),
        origin: Origin::Sound,
        name: "background-step-db",
        value: step_db,
        strength: step_db / limit_db,
    };
    strongest(
        steps.iter().filter(|(_, step_db)| *step_db >= limit_db).map(clue).collect(),
        FLOOR_BLOCKS as f64 * BLOCK_S,
    )
}

/// Root mean square difference over the bands.
fn difference_db(before: &[f64; BANDS], after: &[f64; BANDS]) -> f64 {
    let squares: f64 = before.iter().zip(after).map(|(a, b)| (a - b) * (a - b)).sum();
    (squares / BANDS as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds of noise of a level, with hum of a phase.
    fn room(seconds: f64, noise: f64, hum: f64, phase: f64, state: &mut u32) -> Vec<i16> {
        let count = (seconds * RATE_HZ as f64) as usize;
        let sample = |n: usize| {
            *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let random = f64::from(*state >> 8) / f64::from(1u32 << 24) - 0.5;
            let tone = (TAU * 100.0 * n as f64 / RATE_HZ as f64 + phase).sin();
            (noise * random + hum * tone) as i16
        };
        (0..count).map(sample).collect()
    }

    fn heard(parts: &[Vec<i16>]) -> Background {
        let mut observer = Observer::default();
        observer.samples(0, &parts.concat());
        observer.finish()
    }

    #[test]
    fn hum_that_loses_its_phase_is_a_clue_at_the_place() {
        let mut state = 7;
        let parts = [room(6.0, 600.0, 60.0, 0.0, &mut state), room(6.0, 600.0, 60.0, 2.0, &mut state)];
        let clues = heard(&parts).clues;
        let hum = clues.iter().find(|clue| clue.name == "hum-phase-step-rad").unwrap();
        assert!((hum.span.start_s - 6.0).abs() <= 0.2, "{hum:?}");
        assert!((hum.value.abs() - 2.0).abs() < 0.5, "{hum:?}");
    }

    #[test]
    fn an_undisturbed_room_with_or_without_hum_gives_no_clue() {
        for hum in [0.0, 80.0] {
            assert_eq!(heard(&[room(20.0, 600.0, hum, 0.3, &mut 11)]).clues, []);
        }
    }

    #[test]
    fn hum_and_steady_noise_are_measured() {
        let hum = heard(&[room(4.0, 200.0, 4000.0, 0.0, &mut 5)]);
        assert!(hum.hum_share.unwrap() > 0.9, "{:?}", hum.hum_share);
        let noise = heard(&[room(4.0, 6000.0, 0.0, 0.0, &mut 5)]);
        assert!(noise.hum_share.unwrap() < 0.1 && noise.dynamics_db.unwrap() < 2.0);
        let uneven = heard(&[room(3.0, 200.0, 0.0, 0.0, &mut 5), room(3.0, 6000.0, 0.0, 0.0, &mut 7)]);
        assert!(uneven.dynamics_db.unwrap() > 20.0);
    }

    #[test]
    fn another_rooms_noise_is_a_clue() {
        let parts = [room(8.0, 200.0, 0.0, 0.0, &mut 3), room(8.0, 900.0, 0.0, 0.0, &mut 5)];
        let clues = heard(&parts).clues;
        let step = clues.iter().find(|clue| clue.name == "background-step-db").unwrap();
        assert!(step.span.widened(0.3).contains(8.0) && step.value > 10.0, "{step:?}");
    }

    #[test]
    fn a_dead_microphone_is_told_from_a_quiet_room() {
        let quiet = [
            room(4.0, 60.0, 0.0, 0.0, &mut 3),
            room(2.0, 40.0, 0.0, 0.0, &mut 3),
            room(4.0, 60.0, 0.0, 0.0, &mut 3),
        ];
        assert_eq!(heard(&quiet).dead, []);
        let dead = [
            room(4.0, 200.0, 0.0, 0.0, &mut 3),
            room(2.0, 8.0, 0.0, 0.0, &mut 3),
            room(4.0, 200.0, 0.0, 0.0, &mut 3),
        ];
        let found = heard(&dead).dead;
        assert_eq!(found.len(), 1);
        assert!((found[0].start_s - 4.0).abs() < 0.06 && (found[0].end_s - 6.0).abs() < 0.06, "{found:?}");
    }
}
