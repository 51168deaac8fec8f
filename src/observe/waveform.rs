//! The outline of the sound, kept small while the clip is heard so that the stretches around breaks can be
//! shown afterwards.

use crate::evidence::Waveform;
use crate::media::Sound;
use crate::time::{Span, round_to_microsecond};

/// One peak is kept for this many samples: 20 ms, about the length of a click or the border of a syllable.
const SAMPLES_PER_PEAK: usize = Sound::SAMPLE_RATE_HZ as usize / 50;
const PEAK_S: f64 = SAMPLES_PER_PEAK as f64 / Sound::SAMPLE_RATE_HZ as f64;

/// A day of peaks; time stamps of a damaged file reach years.
const MAX_PEAKS: usize = 24 * 3600 * 50;

/// Shown on either side of a break: enough to hear in it a word broken off, or one room's noise and another's.
const MARGIN_S: f64 = 3.0;

/// Steps that a drawing holds; of a longer stretch the largest of several peaks are shown as one.
const MAX_STEPS: usize = 400;

/// Loudest sample of each 20 ms since the first sample.
#[derive(Debug, Default)]
pub struct Peaks {
    peaks: Vec<u16>,
}

impl Peaks {
    /// `first` is the number of the first sample, counted from the first one heard.
    pub fn samples(&mut self, first: usize, samples: &[i16]) {
        let mut at = first;
        let mut rest = samples;
        while !rest.is_empty() && at / SAMPLES_PER_PEAK < MAX_PEAKS {
            let (now, later) = rest.split_at((SAMPLES_PER_PEAK - at % SAMPLES_PER_PEAK).min(rest.len()));
            let loudest = now.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or_default();
            let index = at / SAMPLES_PER_PEAK;
            if self.peaks.len() <= index {
                self.peaks.resize(index + 1, 0);
            }
            self.peaks[index] = self.peaks[index].max(loudest);
            at += now.len();
            rest = later;
        }
    }

    /// The first sample lies at `start_s` of the clip.
    pub fn from(self, start_s: f64) -> Outline {
        Outline { start_s, peaks: self.peaks }
    }
}

/// The outline of a clip's sound.
#[derive(Debug)]
pub struct Outline {
    start_s: f64,
    peaks: Vec<u16>,
}

impl Outline {
    /// The sound around `span`. `None` where nothing was heard.
    pub fn around(&self, span: Span) -> Option<Waveform> {
        let index = |at_s: f64| ((at_s - self.start_s).max(0.0) / PEAK_S) as usize;
        let (from, to) = (index(span.start_s - MARGIN_S), index(span.end_s + MARGIN_S).min(self.peaks.len()));
        let within = self.peaks.get(from..to).filter(|peaks| !peaks.is_empty())?;
        let together = within.len().div_ceil(MAX_STEPS);
        let share = |peaks: &[u16]| {
            let loudest = peaks.iter().copied().max().unwrap_or_default();
            (f32::from(loudest) / f32::from(i16::MAX) * 1e4).round().min(1e4) / 1e4
        };
        Some(Waveform {
            start_s: round_to_microsecond(self.start_s + from as f64 * PEAK_S),
            step_s: round_to_microsecond(together as f64 * PEAK_S),
            peaks: within.chunks(together).map(share).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(seconds: usize, start_s: f64) -> Outline {
        let mut peaks = Peaks::default();
        let rate = Sound::SAMPLE_RATE_HZ as usize;
        // Uneven pieces; each second is one louder than the last.
        let all: Vec<i16> = (0..seconds * rate).map(|n| (n / rate + 1) as i16 * 100).collect();
        for (n, piece) in all.chunks(1013).enumerate() {
            peaks.samples(n * 1013, piece);
        }
        peaks.from(start_s)
    }

    #[test]
    fn a_moment_is_shown_with_three_seconds_on_either_side() {
        let shown = heard(20, 0.5).around(Span::new(10.5, 10.5)).unwrap();
        assert_eq!((shown.start_s, shown.step_s, shown.peaks.len()), (7.5, 0.02, 300));
        // 7.5 s of the clip is the start of the eighth second of sound.
        let share = |level: f32| (level / f32::from(i16::MAX) * 1e4).round() / 1e4;
        assert_eq!((shown.peaks[0], shown.peaks[299]), (share(800.0), share(1300.0)));
    }

    #[test]
    fn a_long_break_is_drawn_with_fewer_steps_and_the_ends_are_cut() {
        let shown = heard(60, 0.0).around(Span::new(1.0, 58.0)).unwrap();
        assert_eq!((shown.start_s, shown.step_s), (0.0, 0.16));
        assert_eq!(shown.peaks.len(), 375);
    }

    #[test]
    fn where_nothing_was_heard_nothing_is_shown() {
        assert_eq!(heard(5, 0.0).around(Span::new(30.0, 31.0)), None);
        assert_eq!(Peaks::default().from(0.0).around(Span::new(0.0, 1.0)), None);
    }
}
