//! Stops that an encoder goes on refining for seconds, a little in each picture, with repeats between.
//!
//! What it adds is fine detail (see [`super::REFINING_RATIO`]); noise and movement change the picture at every scale. And no sensor
//! that lives gives the same picture twice, but an encoder with few bits, which does so all over the clip.

use super::{Change, REFINING_RATIO, REPEATING_STEP, USUAL_REACH_S};
use super::{detail_ratio, is_repeat, mostly, stays};
use crate::observe::statistics::quantile;
use crate::time::Span;

/// What noise and movement make of the ratio around: a low quantile, as half of what is around may be stops.
const USUAL_QUANTILE: f64 = 0.25;
/// Share of pictures in such a stop that repeat the one before: in eighteen recordings 0.1 to 0.8.
const MIN_REPEATS: f64 = 0.08;
/// And so many times their share elsewhere in the clip.
const OVER_ELSEWHERE: f64 = 5.0;

/// Stretches of `new` pictures of which most are refined or repeated.
pub(super) fn stretches(new: &[Change]) -> Vec<Span> {
    let usual: Vec<f64> = new.iter().map(|change| usual_ratio(new, change.at_s)).collect();
    let refined = |n: usize| {
        let change = &new[n];
        let refines = || change.fit.is_some_and(stays) && detail_ratio(change) >= REFINING_RATIO * usual[n];
        change.small_step <= REPEATING_STEP || refines()
    };
    let found = mostly(new, &refined);
    let is_stop = |stretch: &Span| {
        let (inside, elsewhere): (Vec<&Change>, Vec<&Change>) =
            new.iter().partition(|change| stretch.contains(change.at_s));
        let elsewhere: Vec<&Change> = elsewhere
            .into_iter()
            .filter(|change| !found.iter().any(|other| other.contains(change.at_s)))
            .collect();
        repeats(inside.into_iter()) >= MIN_REPEATS.max(OVER_ELSEWHERE * repeats(elsewhere.into_iter()))
    };
    found.iter().copied().filter(is_stop).collect()
}

/// Share of changes that lead to the same picture again.
pub(super) fn repeats<'a>(changes: impl Iterator<Item = &'a Change>) -> f64 {
    let (mut repeats, mut all) = (0, 0);
    for change in changes {
        all += 1;
        repeats += usize::from(is_repeat(change));
    }
    f64::from(repeats as u32) / f64::from((all as u32).max(1))
}

fn usual_ratio(new: &[Change], at_s: f64) -> f64 {
    let from = new.partition_point(|change| change.at_s < at_s - USUAL_REACH_S);
    let to = new.partition_point(|change| change.at_s <= at_s + USUAL_REACH_S);
    let moving = new[from..to].iter().filter(|change| change.small_step > REPEATING_STEP);
    quantile(&moving.map(detail_ratio).collect::<Vec<_>>(), USUAL_QUANTILE)
}
