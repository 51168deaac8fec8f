//! Where the coarseness of coding steps at a key frame.
//!
//! An encoder that keeps to a rate goes on, at a key frame, from how coarsely it coded the pictures before: the key frame is
//! finer than these by a habit of its own, and the next picture about as coarse as the last. Where groups of pictures
//! were taken out or put in without coding anew, the encoder had gone on from others. That depends on what is filmed
//! too, and says no more than where to look.

use super::slices::Slice;
use crate::observe::clues::{Clue, Origin};
use crate::observe::statistics::median;
use crate::time::Pts;

/// Pictures before a key frame whose mean its quantiser is held against.
const BEFORE: usize = 4;
/// Key frames with fewer others say nothing of a habit.
const MIN_KEY_FRAMES: usize = 6;
/// The least that a habit is taken to vary, in quantiser steps, of which each makes pictures 12 % coarser.
const LEAST_VARIATION: f64 = 0.5;
/// Standard deviation of a normal distribution over its median absolute deviation.
const NORMAL_SPREAD: f64 = 1.483;
/// So many times what is usual just stands out.
const STANDS_OUT: f64 = 2.0;

/// Takes slices in coding order.
#[derive(Default)]
pub struct Quantisers {
    pictures: Vec<Picture>,
}

#[derive(Clone, Copy)]
struct Picture {
    pts: Pts,
    intra: bool,
    quantiser: i8,
}

impl Quantisers {
    pub fn picture(&mut self, pts: Pts, slice: Slice) {
        let quantiser = slice.quantiser.and_then(|quantiser| i8::try_from(quantiser).ok());
        let picture = quantiser.map(|quantiser| Picture { pts, intra: slice.intra, quantiser });
        self.pictures.extend(picture);
    }

    /// How far each key frame is off the clip's habit.
    pub fn finish(self, origin: Pts) -> Vec<Clue> {
        let steps: Vec<(Pts, [f64; 2])> =
            (0..self.pictures.len()).filter_map(|n| Some((self.pictures[n].pts, self.steps(n)?))).collect();
        if steps.len() < MIN_KEY_FRAMES {
            return Vec::new();
        }
        let off =
            [0, 1].map(|figure| off_habit(&steps.iter().map(|(_, steps)| steps[figure]).collect::<Vec<_>>()));
        let clue = |(n, (pts, _)): (usize, &(Pts, [f64; 2]))| {
            let ratio = off[0][n].max(off[1][n]);
            Clue::at(pts.seconds(origin), Origin::Picture, "quantiser-step-ratio", ratio, ratio / STANDS_OUT)
        };
        steps.iter().enumerate().map(clue).collect()
    }

    /// Of a picture that is predicted from no other between ones that are: its quantiser against those before it, and that
    /// of the next against that of the last.
    fn steps(&self, n: usize) -> Option<[f64; 2]> {
        let key = self.pictures[n];
        let before = self.pictures.get(n.checked_sub(BEFORE)?..n)?;
        let next = self.pictures.get(n + 1)?;
        let last = before.last()?;
        let of_habit = key.intra && !next.intra && before.iter().all(|picture| !picture.intra);
        let mean = before.iter().map(|picture| f64::from(picture.quantiser)).sum::<f64>() / BEFORE as f64;
        let from = |quantiser: i8, other: f64| f64::from(quantiser) - other;
        of_habit.then(|| [from(key.quantiser, mean), from(next.quantiser, f64::from(last.quantiser))])
    }
}

/// How far each is from the median, over what is usual.
fn off_habit(figures: &[f64]) -> Vec<f64> {
    let usual = median(figures);
    let off: Vec<f64> = figures.iter().map(|figure| (figure - usual).abs()).collect();
    let varies = NORMAL_SPREAD * median(&off) + LEAST_VARIATION;
    off.iter().map(|off| off / varies).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_frame_that_does_not_go_on_from_the_pictures_before_it_stands_out() {
        let mut quantisers = Quantisers::default();
        for n in 0..500 {
            let intra = n % 50 == 0;
            // Finer at a key frame by three, wandering slowly; from the sixth on the encoder had come from another scene.
            let quantiser = 26 + n / 120 + n % 2 + if n >= 300 { 5 } else { 0 } - if intra { 3 } else { 0 };
            let slice = Slice { intra, quantiser: Some(quantiser), ..Slice::default() };
            quantisers.picture(Pts::from_seconds(f64::from(n) * 0.04), slice);
        }
        let clues = quantisers.finish(Pts::ZERO);
        let standing_out: Vec<f64> =
            clues.iter().filter(|clue| clue.strength >= 1.0).map(|clue| clue.span.start_s).collect();
        assert_eq!((clues.len(), standing_out), (9, vec![12.0]));
    }

    #[test]
    fn few_key_frames_and_streams_without_quantisers_say_nothing() {
        let mut quantisers = Quantisers::default();
        for n in 0..100 {
            let slice = Slice { intra: n % 50 == 0, quantiser: Some(n % 40), ..Slice::default() };
            quantisers.picture(Pts::from_seconds(f64::from(n) * 0.04), slice);
            quantisers.picture(Pts::from_seconds(f64::from(n) * 0.04), Slice::default());
        }
        assert_eq!(quantisers.finish(Pts::ZERO), []);
    }
}
