//! Clues to joins in pictures that were sampled.

use crate::evidence::PictureSample;
use crate::observe::clues::{Clue, Origin};
use crate::observe::statistics::median;
use crate::time::Span;

/// Sampled pictures whose figures step by this many times the clip's usual step are a clue.
const SAMPLE_STEP_RATIO: f64 = 3.0;
/// Steps of brightness, contrast (0–1) and the logarithm of sharpness that weigh alike.
const SAMPLE_SCALE: [f64; 3] = [0.04, 0.03, 0.3];
/// Steps smaller than this, on that scale, are the camera's exposure at work.
const MIN_SAMPLE_STEP: f64 = 0.5;

/// A sampled picture that is this much less like the one before than usual stands out, where likeness varies
/// by so much less.
const MIN_LIKENESS_DROP: f64 = 0.2;
const LIKENESS_VARIATIONS: f64 = 4.0;

/// Where sampled pictures change more than they usually do from one to the next.
pub(super) fn sample_clues(samples: &[PictureSample]) -> Vec<Clue> {
    let figures = |sample: &PictureSample| {
        [f64::from(sample.brightness), f64::from(sample.contrast), f64::from(sample.sharpness).max(1.0).ln()]
    };
    let steps: Vec<f64> = samples
        .windows(2)
        .map(|pair| {
            let (before, after) = (figures(&pair[0]), figures(&pair[1]));
            (0..3).map(|n| (after[n] - before[n]).abs() / SAMPLE_SCALE[n]).sum::<f64>()
        })
        .collect();
    let usual = median(&steps).max(MIN_SAMPLE_STEP);
    let clues = samples.windows(2).zip(&steps).filter(|(_, step)| **step >= SAMPLE_STEP_RATIO * usual);
    let clues = clues.map(|(pair, step)| Clue {
        span: Span::new(pair[0].at_s, pair[1].at_s),
        origin: Origin::Picture,
        name: "sampled-picture-step-ratio",
        value: step / usual,
        strength: step / usual / SAMPLE_STEP_RATIO,
    });
    clues.collect()
}

/// Where less of a sampled picture is in the next one than is usual in the clip: while the camera turns, and where
/// something between was taken out.
pub(super) fn likeness_clues(likenesses: &[(Span, f64)]) -> Vec<Clue> {
    let all: Vec<f64> = likenesses.iter().map(|&(_, likeness)| likeness).collect();
    let usual = median(&all);
    let varies = median(&all.iter().map(|likeness| (likeness - usual).abs()).collect::<Vec<_>>());
    let limit = MIN_LIKENESS_DROP.max(LIKENESS_VARIATIONS * varies);
    let clue = |&(span, likeness): &(Span, f64)| Clue {
        span,
        origin: Origin::Picture,
        name: "sampled-picture-likeness-drop",
        value: usual - likeness,
        strength: (usual - likeness) / limit,
    };
    likenesses.iter().filter(|(_, likeness)| *likeness < usual).map(clue).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_unlike_the_one_before_is_a_clue_and_the_strongest_drop_comes_first() {
        let like = |n: u32| {
            let likeness = if n == 7 { 0.2 } else { 0.8 - f64::from(n % 3) * 0.02 };
            (Span::new(f64::from(n), f64::from(n + 1)), likeness)
        };
        let clues = likeness_clues(&(0..20).map(like).collect::<Vec<_>>());
        let standing_out: Vec<&Clue> = clues.iter().filter(|clue| clue.strength >= 1.0).collect();
        assert_eq!(standing_out.len(), 1);
        assert_eq!(standing_out[0].span, Span::new(7.0, 8.0));
        assert_eq!(likeness_clues(&[]), []);
    }
}
