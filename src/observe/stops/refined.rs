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
/// Share of pictures in such a stop that repeat the one before: in 22 of them 0.05 to 0.8; in what looked like it, none.
const MIN_REPEATS: f64 = 0.04;
/// And so many times their share elsewhere in the clip.
const OVER_ELSEWHERE: f64 = 5.0;

/// It begins with refining: so many of the first pictures, key frames aside (3 to 12 in those stops). A scene that becomes quiet under an encoder with few
/// bits does not.
const MIN_REFINED: usize = 3;
const BEGINNING_S: f64 = 0.4;

/// Stretches of `new` pictures of which most are refined or repeated, from one that is refined on.
pub(super) fn stretches(new: &[Change]) -> Vec<Span> {
    let refines: Vec<bool> =
        new.iter().map(|change| refines(change, usual_ratio(new, change.at_s))).collect();
    let mut found = mostly(new, &|n| refines[n] || new[n].small_step <= REPEATING_STEP);
    // An encoder that begins with a coarse picture refines it as well.
    let first_s = new.first().map_or(0.0, |change| change.from_s);
    found.retain(|stretch| stretch.start_s > first_s);
    let elsewhere =
        new.iter().filter(|change| !change.black && !found.iter().any(|other| other.contains(change.at_s)));
    let least = MIN_REPEATS.max(OVER_ELSEWHERE * repeats(elsewhere));
    let is_stop = |stretch: &Span| {
        let inside = || new.iter().zip(&refines).filter(|(change, _)| stretch.contains(change.at_s));
        let begins = inside().take_while(|(change, _)| change.at_s <= stretch.start_s + BEGINNING_S);
        begins.filter(|(change, refines)| **refines && !change.key).count() >= MIN_REFINED
            && repeats(inside().map(|(change, _)| change)) >= least
    };
    found.into_iter().filter(is_stop).collect()
}

fn refines(change: &Change, usual_ratio: f64) -> bool {
    change.small_step > REPEATING_STEP
        && change.fit.is_some_and(stays)
        && detail_ratio(change) >= REFINING_RATIO * usual_ratio
}

/// Share of changes that lead to the same picture again.
pub(super) fn repeats<'a>(changes: impl Iterator<Item = &'a Change>) -> f64 {
    let (mut repeats, mut all) = (0, 0usize);
    for change in changes {
        all += 1;
        repeats += usize::from(is_repeat(change));
    }
    repeats as f64 / all.max(1) as f64
}

fn usual_ratio(new: &[Change], at_s: f64) -> f64 {
    let from = new.partition_point(|change| change.at_s < at_s - USUAL_REACH_S);
    let to = new.partition_point(|change| change.at_s <= at_s + USUAL_REACH_S);
    let moving = new[from..to].iter().filter(|change| change.small_step > REPEATING_STEP);
    quantile(&moving.map(detail_ratio).collect::<Vec<_>>(), USUAL_QUANTILE)
}
