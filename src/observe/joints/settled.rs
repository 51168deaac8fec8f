//! What joins pictures of a camera that stands still, or is held still.
//!
//! Its view comes back from a cut some hundredths of a pixel beside where it was, and light that changes slowly or a thing that was
//! moved have gone on. An encoder is slow to follow so little: a key frame shows at once what the pictures before it had not followed
//! yet. So pictures of one kind are held against each other.

use super::{Change, stretch};
use crate::observe::neighbours::Drift;
use crate::observe::statistics::{median, quantile};

/// Pairs of a kind are held against each other no further apart than this. It holds some groups of pictures of the camera's: where
/// a recording was coded anew, the old key frames still leap.
const REACH_S: f64 = 30.0;
/// How many there must be, of key frames and of others: of a few the largest is often far from the next.
const MIN_KEYS: usize = 10;
const MIN_OTHERS: usize = 100;

/// A view that usually drifts by no more than this, in pixels at reduced size from picture to picture, hardly moves: held still 0.065
/// at most, somebody who stands with the camera 0.11 and more.
const MAX_USUAL_DRIFT: f64 = 0.1;
/// It stands still right before and behind as well: so many pairs on either side drift by no more than this, twice the usual. At the
/// end of a pan they do not.
const BESIDE: usize = 2;
const MAX_DRIFT_BESIDE: f64 = 0.2;
/// What coding alone makes of a drift (pixels), and leaves of a picture (luma).
const CODED_DRIFT: f64 = 0.004;
const CODED_LEFT: f64 = 0.15;
/// A leap this many times the second largest one around is a strong sign, and less is none: twelve takes without a cut, 44 minutes, had
/// leaps of 1.70 at most.
pub(super) const MIN_LEAP_RATIO: f64 = 2.2;
/// A rest this many times the second largest one stands out: 1.34 at most in the same takes.
const MIN_LEFT_RATIO: f64 = 1.45;
/// Brightness that steps by this many times what it usually does, and by so much (luma), is a light put on.
const LIGHT_RATIO: f64 = 3.0;
const LIGHT_STEP: f64 = 1.0;
const LIGHT_QUANTILE: f64 = 0.9;
/// A key frame comes by its turn if it comes this near to it; containers round times to the millisecond.
const BY_TURN_WITHIN_S: f64 = 0.01;
/// Where key frames come more often than this, as where there are no others, that means nothing.
const MIN_TURN_S: f64 = 0.4;
/// What coding alone makes of the mean colour (Cb and Cr, 0–255). A white balance that follows the light does so in small steps: one of
/// this many times the second largest is worth showing, and no proof, as of a lamp or of somebody who comes in.
const CODED_CHROMA: f64 = 0.03;
const MIN_CHROMA_RATIO: f64 = 2.0;
/// What changes between two pictures of a view that stands still is the sensor's noise, if it is as much as this (luma, 0–255): an encoder
/// with few bits leaves none. So much more or less of it behind than before is worth showing.
const MIN_NOISE: f64 = 0.5;
const MIN_NOISE_RATIO: f64 = 1.25;
/// An encoder that begins codes coarsely for so long.
const BEGUN_S: f64 = 0.5;

/// How much a pair of pictures stands out; 0.0 where it does not.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Settled {
    /// The leap of the view, over the second largest of its kind around.
    pub leap_ratio: f64,
    /// What neither movement nor brightness explains, over the second most of its kind around.
    pub left_ratio: f64,
    /// The step of its mean colour, over the second largest of its kind around. Shown beside other signs only, as is the next.
    pub chroma_ratio: f64,
    /// The noise on the noisier side of it over that on the other.
    pub noise_ratio: f64,
    /// Luma (0–255) by which a key frame that comes by its turn is brighter or darker, where that is a light put on.
    pub light_step: f64,
}

/// The changes by kind, as an encoder makes different things of them: those to key frames, and those not
/// right behind one.
pub(super) struct Kinds<'a> {
    changes: &'a [Change],
    /// Each with its leap, see [`leap`].
    key_frames: Vec<(usize, Drift, f64)>,
    others: Vec<(usize, Drift, f64)>,
}

impl<'a> Kinds<'a> {
    pub fn of(changes: &'a [Change]) -> Self {
        let known = |n: usize| Some((n, changes[n].drift?, leap(changes, n)?));
        let (key_frames, others): (Vec<_>, Vec<_>) =
            (0..changes.len()).filter_map(known).partition(|&(n, ..)| changes[n].key);
        Self {
            changes,
            key_frames,
            others: others.into_iter().filter(|&(n, ..)| !changes[n - 1].key).collect(),
        }
    }

    /// How much the pair at `index` stands out.
    pub fn stands_out(&self, index: usize) -> Settled {
        self.held_against_others(index).unwrap_or_default()
    }

    /// Whether the view hardly drifts right before and behind.
    fn stands_still_beside(&self, index: usize) -> bool {
        let beside = index.saturating_sub(BESIDE)..(index + BESIDE + 1).min(self.changes.len());
        let drifts = beside.filter(|&n| n != index).map(|n| self.changes[n].drift);
        drifts.map(|drift| drift.map_or(f64::MAX, length)).all(|length| length <= MAX_DRIFT_BESIDE)
    }

    /// A key frame that comes as long after the one before as key frames usually do.
    fn comes_by_turn(&self, change: &Change) -> bool {
        let at_s = |n: usize| self.changes[n].at_s;
        let place = self.key_frames.partition_point(|&(n, ..)| at_s(n) < change.at_s);
        let apart = |pair: &[(usize, Drift, f64)]| at_s(pair[1].0) - at_s(pair[0].0);
        let usual_s = median(&self.key_frames.windows(2).map(apart).collect::<Vec<_>>());
        let since_s = place.checked_sub(1).map(|before| change.at_s - at_s(self.key_frames[before].0));
        usual_s >= MIN_TURN_S && since_s.is_some_and(|since_s| (since_s - usual_s).abs() < BY_TURN_WITHIN_S)
    }

    /// The noise on the noisier side of a pair over that on the other; 0.0 where that is no more than usual.
    fn noise_ratio(&self, index: usize) -> f64 {
        let noise = |range: std::ops::Range<usize>| {
            let steps =
                self.changes[range].iter().filter(|change| !change.key).map(|change| change.mean_step);
            median(&steps.collect::<Vec<_>>())
        };
        let around = stretch(self.changes, index);
        let (before, behind) = (noise(around.start..index), noise(index + 1..around.end));
        let ratio = before.max(behind) / before.min(behind).max(MIN_NOISE);
        if before.min(behind) >= MIN_NOISE && ratio >= MIN_NOISE_RATIO { ratio } else { 0.0 }
    }

    fn held_against_others(&self, index: usize) -> Option<Settled> {
        let change = self.changes.get(index).filter(|change| change.at_s > BEGUN_S)?;
        let (kind, least) = match change.key {
            true => (&self.key_frames, MIN_KEYS),
            false => (&self.others, MIN_OTHERS),
        };
        let (_, drift, leap) = kind[kind.binary_search_by_key(&index, |&(n, ..)| n).ok()?];
        let at_s = |n: usize| self.changes[n].at_s;
        let from = kind.partition_point(|&(n, ..)| at_s(n) < change.at_s - REACH_S);
        let to = kind.partition_point(|&(n, ..)| at_s(n) <= change.at_s + REACH_S);
        if !self.stands_still_beside(index) {
            return None;
        }
        let near = || kind[from..to].iter().filter(|(n, ..)| n.abs_diff(index) > 1);
        if near().count() < least {
            return None;
        }
        let leap_ratio = over(leap, near().map(|(_, _, leap)| *leap), CODED_DRIFT, MIN_LEAP_RATIO);
        let left_ratio = over(drift.left, near().map(|(_, drift, _)| drift.left), CODED_LEFT, MIN_LEFT_RATIO);
        let chroma_steps = near().map(|&(n, ..)| self.changes[n].chroma_step);
        let chroma_ratio = over(change.chroma_step, chroma_steps, CODED_CHROMA, MIN_CHROMA_RATIO);
        let step = change.brighter.abs();
        let noise_ratio = self.noise_ratio(index);
        let shown = [leap_ratio, left_ratio, chroma_ratio, noise_ratio];
        if shown == [0.0; 4] && step <= LIGHT_STEP {
            return None;
        }
        let drifts: Vec<f64> = near().map(|(_, drift, _)| length(*drift)).collect();
        let lights: Vec<f64> = near().map(|&(n, ..)| self.changes[n].brighter.abs()).collect();
        let lit = step > LIGHT_RATIO * quantile(&lights, LIGHT_QUANTILE) + LIGHT_STEP;
        // That a light is put on just at a key frame which comes by its turn happens once in as many times as a GOP has pictures.
        let by_turn = change.key && self.comes_by_turn(change);
        let light_step = if lit { step } else { 0.0 };
        ((by_turn || !lit) && median(&drifts) <= MAX_USUAL_DRIFT).then_some(Settled {
            leap_ratio,
            left_ratio,
            chroma_ratio,
            noise_ratio,
            light_step,
        })
    }
}

/// Of a movement, in pixels at reduced size.
fn length(drift: Drift) -> f64 {
    drift.shift.0.hypot(drift.shift.1)
}

/// A figure over the second largest of others; 0.0 where that is less than `least`.
fn over(value: f64, others: impl Iterator<Item = f64>, coded: f64, least: f64) -> f64 {
    let (_, second) = others.fold((0.0f64, 0.0f64), |(most, second), other| match other > most {
        true => (other, most),
        false => (most, second.max(other)),
    });
    let ratio = value / (second + coded);
    if ratio >= least { ratio } else { 0.0 }
}

/// How far one drift is from the nearer of those before and after it, in pixels at reduced size.
fn leap(changes: &[Change], n: usize) -> Option<f64> {
    let (before, change, after) = (changes.get(n.checked_sub(1)?)?, changes[n], changes.get(n + 1)?);
    if before.at_s != change.from_s || change.at_s != after.from_s {
        return None;
    }
    let (before, here, after) = (before.drift?.shift, change.drift?.shift, after.drift?.shift);
    let from = |other: (f64, f64)| (here.0 - other.0).hypot(here.1 - other.1);
    Some(from(before).min(from(after)))
}

#[cfg(test)]
mod tests {
    use super::super::super::neighbours::Drift;
    use super::*;

    const INTERVAL_S: f64 = 0.04;
    const GOP: usize = 25;

    /// Held still: the view sways by some hundredths of a pixel, a key frame shows what was not followed yet.
    fn held(count: usize) -> Vec<Change> {
        let change = |n: usize| {
            let key = n % GOP == GOP - 1;
            let sway = 0.01 * (n as f64 * 0.37).sin();
            let (more, left) = if key { (0.04, 2.0) } else { (0.0, 1.0) };
            let drift = Drift { shift: (sway + more, sway * 0.5), left: left + 0.05 * (n % 3) as f64 };
            let at_s = |n: usize| n as f64 * INTERVAL_S;
            Change { from_s: at_s(n), at_s: at_s(n + 1), key, drift: Some(drift), ..Change::default() }
        };
        (0..count).map(change).collect()
    }

    fn standing_out(changes: &[Change]) -> Vec<(usize, Settled)> {
        let kinds = Kinds::of(changes);
        let all = (0..changes.len()).map(|n| (n, kinds.stands_out(n)));
        all.filter(|(_, settled)| *settled != Settled::default()).collect()
    }

    fn with_drift(changes: &mut [Change], n: usize, shift: (f64, f64), left: f64) {
        changes[n].drift = Some(Drift { shift, left });
    }

    #[test]
    fn a_view_that_sways_and_key_frames_that_catch_up_do_not_stand_out() {
        assert_eq!(standing_out(&held(300)), []);
    }

    #[test]
    fn a_leap_and_a_rest_are_seen_at_a_key_frame_and_between() {
        for n in [149, 160] {
            let mut changes = held(300);
            let left = changes[n].drift.unwrap().left;
            with_drift(&mut changes, n, (0.2, -0.1), left);
            let found = standing_out(&changes);
            assert!(
                matches!(found[..], [(at, found)] if at == n && found.leap_ratio > 2.5 && found.left_ratio + found.light_step == 0.0),
                "{found:?}"
            );

            let mut changes = held(300);
            let shift = changes[n].drift.unwrap().shift;
            with_drift(&mut changes, n, shift, 2.0 * left);
            let found = standing_out(&changes);
            assert!(
                matches!(found[..], [(at, found)] if at == n && found.leap_ratio == 0.0 && found.left_ratio > 1.6),
                "{found:?}"
            );
        }
    }

    #[test]
    fn nothing_is_said_of_a_light_put_on_of_a_moving_view_or_by_few_pictures() {
        let mut lit = held(300);
        with_drift(&mut lit, 160, (0.3, 0.2), 9.0);
        lit[160].brighter = 20.0;
        assert_eq!(standing_out(&lit), []);
        // At a key frame it would be chance.
        let mut joined = held(300);
        joined[149].brighter = -20.0;
        let found = standing_out(&joined);
        assert!(matches!(found[..], [(149, found)] if found.light_step == 20.0), "{found:?}");

        let mut walking = held(300);
        for (n, change) in walking.iter_mut().enumerate() {
            let drift = change.drift.as_mut().unwrap();
            drift.shift.0 += 0.4 * (n as f64 * 0.9).sin();
        }
        with_drift(&mut walking, 160, (3.0, 0.0), 9.0);
        assert_eq!(standing_out(&walking), []);

        let mut panned = held(300);
        for (n, shift) in [(157, 0.9), (158, 0.7), (159, 0.6), (160, 0.5), (161, 0.25), (162, 0.1)] {
            panned[n].drift.as_mut().unwrap().shift.0 = shift;
        }
        assert_eq!(standing_out(&panned), []);

        let mut short = held(12);
        with_drift(&mut short, 6, (0.3, 0.2), 9.0);
        assert_eq!(standing_out(&short), []);
    }

    #[test]
    fn a_step_of_the_colour_and_another_noise_are_shown() {
        let mut joined = held(300);
        for (n, change) in joined.iter_mut().enumerate() {
            change.chroma_step = 0.02 * (n % 3) as f64;
            change.mean_step = if n <= 160 { 2.0 } else { 3.0 };
        }
        joined[160].chroma_step = 0.4;
        let found = Kinds::of(&joined).stands_out(160);
        assert!(found.chroma_ratio > 4.0 && found.noise_ratio == 1.5, "{found:?}");
        assert_eq!((found.leap_ratio, found.left_ratio, found.light_step), (0.0, 0.0, 0.0));
        let elsewhere = Kinds::of(&joined).stands_out(100);
        assert_eq!(elsewhere, Settled::default());
    }
}
