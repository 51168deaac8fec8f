//! Joints: pairs of neighbouring pictures that no movement of the camera makes of one another.
//!
//! A joint is one pair that stands out from all pairs around it, by what remains after the movement
//! between its pictures is taken out, or by a movement that the ones before and after do not lead to. A
//! lens that is touched, a fast pan, somebody close by or a light put on takes several pictures, or leaves
//! the picture's structure alone.

mod settled;

use settled::Kinds;

use super::neighbours::Small;
use super::picture::Change;
use super::statistics::median;

/// Pairs on either side that a pair is held against: about half a second.
const NEIGHBOURS: usize = 12;
/// With fewer there is no telling what is usual.
const MIN_NEIGHBOURS: usize = 6;
/// A pair after a longer pause than this many usual intervals is a gap's affair.
const PAUSE_INTERVALS: f64 = 1.6;

/// Below the neighbours' usual correlation by this much, and …
const MIN_DROP: f64 = 0.12;
/// … by this much below all but the worst two of them, the pictures do not belong together.
const MIN_DROP_BELOW_WORST: f64 = 0.08;
/// From this drop on the sign is strong: the median block finds nothing like itself.
const STRONG_DROP: f64 = 0.35;

/// A leap of the view this many times the neighbours' unsteadiness is none that a hand makes …
const MIN_LEAP_RATIO: f64 = 4.0;
/// … if it is as large as this, in pixels at reduced size; smaller ones are the codec's.
const MIN_LEAP: f64 = 0.08;
/// A movement is only known where the pictures match at least so well.
const MIN_MATCHED: f64 = 0.6;
/// And where as many pairs lead up to it: a camera that is being switched on is moved.
const MIN_BESIDE: usize = 3;
/// Unsteadiness that coding alone gives a picture which stands still.
const STILL_UNSTEADINESS: f64 = 0.015;
const STRONG_LEAP_RATIO: f64 = 5.0;
/// Strength of a leap of the view without any other sign in the pictures.
const MOST_OF_A_LEAP: f64 = 0.9;
/// Where the view really leaps the picture also changes more than all but the worst two of its neighbours by
/// this much. Somebody who walks past a camera that is held still takes the measured movement along with him,
/// while the picture changes no more than before.
const LEAPING_STEP_RATIO: f64 = 1.6;
/// Or by this much more than the next two on either side: a fast pan that begins half a second later gains speed over some pictures,
/// and a picture that was lost makes the next one step twice as far.
const LONE_STEP_RATIO: f64 = 4.0;
const BESIDE_LONE: usize = 2;

/// For a camera that stands still: a step of the picture this many times all but the worst two of the
/// neighbours' …
const MIN_STEP_RATIO: f64 = 3.0;
/// … and as large as this (luma, 0–255: key frames alone make steps of 1), where not mere brightness
/// makes it.
const MIN_STEP: f64 = 2.0;
const MAX_BRIGHTER_SHARE: f64 = 0.5;
const STRONG_STEP_RATIO: f64 = 8.0;

/// Of a view that hardly moves: twelve such takes without a cut, 44 minutes, had rests of 1.34 at most.
const STRONG_LEFT_RATIO: f64 = 1.8;
/// A fiftieth of the range of luma: a lamp, or another time of the day.
const STRONG_LIGHT_STEP: f64 = 5.0;

/// Leaps of the view, or steps of a still picture, of which so many others in the clip are half as strong are this camera's way: it is
/// knocked, or its stabiliser goes by whole pixels.
pub(super) const HABITUAL: usize = 4;
pub(super) const HALF_AS_STRONG: f64 = 0.5;
/// Or of which so many others move the view by the same, a pixel or two of the full picture, to this share of it: no two cuts do.
const ALIKE: usize = 2;
const ALIKE_SHARE: f64 = 0.2;
const MOST_ALIKE: f64 = 0.5;
/// Both ends of something, and what is beside them, count once.
const APART_S: f64 = 0.5;

/// Foreign pictures are looked for between joints up to this far apart.
const MAX_INSERT_S: f64 = 60.0;
/// Behind foreign pictures the recording goes on where it was: the correlation of the pictures on either
/// side of them comes this near to the usual one.
const RESUMED_WITHIN: f64 = 0.12;

/// Or, where foreign pictures show the same place, the view comes back: they are off by so much (pixels at reduced size), and
/// what is behind them by no more than this share of it.
pub(super) const MIN_DISPLACED: f64 = 2.0;
const RETURNED_SHARE: f64 = 0.25;

/// Pairs whose pictures are kept for comparison.
const MAX_KEPT: usize = 1_000;
/// A pair is kept when it is this much worse than the one before it, or leaps by this much.
const KEEP_DROP: f64 = 0.08;
const KEEP_LEAP: f64 = 0.2;

/// The pictures of a pair that may be a joint.
pub struct Kept {
    /// Time of the later one.
    at_s: f64,
    before: Small,
    after: Small,
}

/// Pairs that may turn out to be joints, collected as pictures come.
#[derive(Default)]
pub struct Candidates {
    kept: Vec<Kept>,
}

impl Candidates {
    /// `change` is the newest of `changes`.
    pub fn consider(&mut self, changes: &[Change], before: &Small, after: &Small) {
        let [.., previous, change] = changes else { return };
        if previous.at_s != change.from_s {
            return;
        }
        let (Some(old), Some(new)) = (previous.fit, change.fit) else { return };
        let leap = (new.shift.0 - old.shift.0).hypot(new.shift.1 - old.shift.1);
        let stepped = change.small_step > MIN_STEP && change.small_step > 2.0 * previous.small_step;
        if self.kept.len() < MAX_KEPT
            && (old.matched - new.matched > KEEP_DROP || leap > KEEP_LEAP || stepped)
        {
            self.kept.push(Kept { at_s: change.at_s, before: before.clone(), after: after.clone() });
        }
    }
}

/// One joint of two pictures.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Joint {
    /// Of the first picture behind it.
    pub at_s: f64,
    /// By how much the correlation falls below the usual.
    pub drop: f64,
    /// How far the view leaps, over the usual unsteadiness.
    pub leap_ratio: f64,
    /// How far the view moves, in pixels at reduced size.
    pub shift: f64,
    /// How much the picture changes, over the most that its neighbours do.
    pub step_ratio: f64,
    /// Luma by which a key frame that comes by its turn is brighter or darker in a view that hardly moves.
    pub light_step: f64,
    /// The picture changes enough for its view to have leapt.
    pub moved: bool,
    /// How far a view that hardly moves leaps, over the second largest leap of like pictures.
    pub still_leap_ratio: f64,
    /// What no movement and no light explains in a view that hardly moves, over the second most in like pictures.
    pub left_ratio: f64,
    /// How far the mean colour of a view that hardly moves steps, over the second largest step of like pictures. No sign by itself, as the
    /// next is none.
    pub chroma_ratio: f64,
    /// The noise of a view that hardly moves, on the noisier side over the other.
    pub noise_ratio: f64,
    /// The clip has many like it, which no correlation tells from one another.
    pub habitual: bool,
}

impl Joint {
    /// 1.0 and more for a sign that is strong by itself. A leap of the view is only where the pictures also
    /// differ more than their neighbours do.
    pub fn strength(&self) -> f64 {
        let differs = self.drop > 0.0 || self.step_ratio > 0.0 || self.moved;
        let leap = self.leap_ratio / STRONG_LEAP_RATIO;
        let leap = if differs { leap } else { leap.min(MOST_OF_A_LEAP) };
        let settled = (self.still_leap_ratio / settled::MIN_LEAP_RATIO)
            .max(self.left_ratio / STRONG_LEFT_RATIO)
            .max(self.light_step / STRONG_LIGHT_STEP);
        (self.drop / STRONG_DROP).max(leap).max(self.step_ratio / STRONG_STEP_RATIO).max(settled)
    }

    /// Told by nothing but what a view that hardly moves shows: nothing foreign is in it, something may be missing.
    pub fn by_still_view_alone(&self) -> bool {
        [self.drop, self.leap_ratio, self.step_ratio] == [0.0; 3]
    }

    /// Told by nothing but a step of the picture, which a key frame brings as well.
    pub fn by_step_alone(&self) -> bool {
        [self.drop, self.leap_ratio, self.still_leap_ratio, self.left_ratio, self.light_step] == [0.0; 5]
    }
}

/// Two joints between which the recording was away: behind the second it goes on where it was before
/// the first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resumption {
    pub away_s: f64,
    pub back_s: f64,
    /// Correlation of the pictures on either side.
    pub matched: f64,
}

/// Finds joints and resumptions among changes to new pictures, in order of time.
pub fn find(changes: &[Change], candidates: &Candidates) -> (Vec<Joint>, Vec<Resumption>) {
    let usual_s = median(&changes.iter().map(interval_s).collect::<Vec<_>>());
    let kinds = Kinds::of(changes);
    let all: Vec<(usize, Joint, f64)> = (0..changes.len())
        .filter_map(|index| {
            joint(changes, &kinds, index, usual_s).map(|(joint, usual)| (index, joint, usual))
        })
        .collect();
    // The pairs beside a joint seem to leap as well, to where it leads and from where it came.
    let beside_stronger = |&(index, joint, _): &(usize, Joint, f64)| {
        all.iter()
            .any(|(other, stronger, _)| other.abs_diff(index) == 1 && stronger.strength() > joint.strength())
    };
    let mut joints: Vec<(usize, Joint, f64)> =
        all.iter().filter(|found| !beside_stronger(found)).copied().collect();
    let known: Vec<Joint> = joints.iter().map(|&(_, joint, _)| joint).collect();
    known.iter().for_each(|joint| tracing::debug!(?joint, strength = joint.strength(), "may be a joint"));
    joints.iter_mut().for_each(|(_, joint, _)| joint.habitual = is_habitual(joint, &known));
    let kept = |index: usize| candidates.kept.iter().find(|kept| kept.at_s == changes[index].at_s);
    let found: Vec<(&Kept, Joint, f64)> = joints
        .iter()
        .filter_map(|&(index, joint, usual)| kept(index).map(|kept| (kept, joint, usual)))
        .collect();
    let mut resumptions: Vec<Resumption> = Vec::new();
    for (n, (first, away, usual)) in found.iter().enumerate() {
        let later = found[n + 1..].iter().take_while(|(_, back, _)| back.at_s - away.at_s <= MAX_INSERT_S);
        let resumed = later.filter_map(|(second, back, _)| {
            let fit = first.before.fit(&second.after, (0.0, 0.0))?;
            let inside = first.before.fit(&first.after, (0.0, 0.0))?;
            let matched = fit.matched;
            let (off, left) = (inside.shift.0.hypot(inside.shift.1), fit.shift.0.hypot(fit.shift.1));
            let strong = away.strength().min(back.strength()) >= 1.0;
            let came_back = strong && off >= MIN_DISPLACED && left <= RETURNED_SHARE * off;
            let others = matched > inside.matched + MIN_DROP || came_back;
            (matched >= usual - RESUMED_WITHIN && others).then_some(Resumption {
                away_s: away.at_s,
                back_s: back.at_s,
                matched,
            })
        });
        resumptions.extend(resumed.max_by(|a, b| a.matched.total_cmp(&b.matched)));
    }
    (joints.iter().map(|&(_, joint, _)| joint).collect(), resumptions)
}

/// Whether there are many joints like this one, told by nothing but a leap or a step.
fn is_habitual(joint: &Joint, all: &[Joint]) -> bool {
    let (mut others, mut alike) = (0, 0);
    let mut last_s = f64::NEG_INFINITY;
    for other in all.iter().filter(|other| other.drop == 0.0 && (other.at_s - joint.at_s).abs() > APART_S) {
        if other.strength() >= HALF_AS_STRONG * joint.strength() && other.at_s - last_s > APART_S {
            (others, last_s) = (others + 1, other.at_s);
            alike += usize::from((other.shift - joint.shift).abs() <= ALIKE_SHARE * joint.shift);
        }
    }
    let by_pixels = (MIN_LEAP..=MOST_ALIKE).contains(&joint.shift) && alike >= ALIKE;
    joint.drop == 0.0 && (others >= HABITUAL || by_pixels)
}

/// From the picture before, new or repeated.
fn interval_s(change: &Change) -> f64 {
    change.at_s - change.from_s - change.repeated_s
}

/// The joint at a change, with the correlation usual around it; `None` where there is none.
fn joint(changes: &[Change], kinds: &Kinds, index: usize, usual_s: f64) -> Option<(Joint, f64)> {
    let change = changes.get(index)?;
    let fit = change.fit?;
    let whole = |change: &Change| interval_s(change) <= PAUSE_INTERVALS * usual_s;
    if !whole(change) {
        return None;
    }
    let around = stretch(changes, index);
    let near: Vec<usize> =
        around.filter(|&n| n != index && whole(&changes[n]) && changes[n].fit.is_some()).collect();
    if near.len() < MIN_NEIGHBOURS {
        return None;
    }
    let matched: Vec<f64> = near.iter().filter_map(|&n| changes[n].fit).map(|fit| fit.matched).collect();
    let usual = median(&matched);
    let shift = fit.shift.0.hypot(fit.shift.1);
    let mut joint = Joint { at_s: change.at_s, shift, ..Joint::default() };
    if usual - fit.matched >= MIN_DROP && nth_worst(&matched, 2, true) - fit.matched >= MIN_DROP_BELOW_WORST {
        joint.drop = usual - fit.matched;
    }
    let unsteady: Vec<f64> =
        near.iter().filter(|n| n.abs_diff(index) > 1).filter_map(|&n| leap(changes, &near, n)).collect();
    let beside: Vec<usize> = near.iter().copied().chain([index]).collect();
    if let Some(leap) = leap(changes, &beside, index)
        && unsteady.len() >= MIN_NEIGHBOURS
    {
        let ratio = leap / (nth_worst(&unsteady, 1, false) + STILL_UNSTEADINESS);
        if leap >= MIN_LEAP
            && ratio >= MIN_LEAP_RATIO
            && near.iter().filter(|&&n| n < index).count() >= MIN_BESIDE
        {
            joint.leap_ratio = ratio;
        }
    }
    let steps: Vec<f64> = near.iter().map(|&n| changes[n].small_step).collect();
    let ratio = change.small_step / nth_worst(&steps, 2, false).max(0.1);
    let beside = near.iter().filter(|n| n.abs_diff(index) <= BESIDE_LONE).map(|&n| changes[n].small_step);
    let lone = change.small_step >= LONE_STEP_RATIO * beside.fold(0.1, f64::max);
    joint.moved = joint.leap_ratio > 0.0 && (ratio >= LEAPING_STEP_RATIO || lone);
    let mere_light = change.brighter.abs() > MAX_BRIGHTER_SHARE * change.small_step;
    if ratio >= MIN_STEP_RATIO && change.small_step >= MIN_STEP && !mere_light {
        joint.step_ratio = ratio;
    }
    let settled = kinds.stands_out(index);
    (joint.still_leap_ratio, joint.left_ratio) = (settled.leap_ratio, settled.left_ratio);
    joint.light_step = settled.light_step;
    (joint.chroma_ratio, joint.noise_ratio) = (settled.chroma_ratio, settled.noise_ratio);
    (joint.strength() > 0.0).then_some((joint, usual))
}

/// Changes that follow each other without a hole around one of them.
fn stretch(changes: &[Change], index: usize) -> std::ops::Range<usize> {
    let follows = |n: usize| changes[n].from_s == changes[n - 1].at_s;
    let mut start = index;
    while start > 0 && index - start < NEIGHBOURS && follows(start) {
        start -= 1;
    }
    let mut end = index + 1;
    while end < changes.len() && end - index <= NEIGHBOURS && follows(end) {
        end += 1;
    }
    start..end
}

/// How far one movement is from the mean of those before and after it; `within` are the pairs that count.
fn leap(changes: &[Change], within: &[usize], n: usize) -> Option<f64> {
    let shift = |n: usize| -> Option<(f64, f64)> {
        let fit = within.contains(&n).then(|| changes.get(n)?.fit)??;
        (fit.matched >= MIN_MATCHED).then_some(fit.shift)
    };
    let (before, here, after) = (shift(n.checked_sub(1)?)?, shift(n)?, shift(n + 1)?);
    Some((here.0 - (before.0 + after.0) / 2.0).hypot(here.1 - (before.1 + after.1) / 2.0))
}

/// The value that `n` others are worse than: smaller where `low`, else larger.
fn nth_worst(values: &[f64], n: usize, low: bool) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| if low { a.total_cmp(b) } else { b.total_cmp(a) });
    sorted.get(n.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::neighbours::Fit;
    use super::*;
    use crate::media::Plane;

    const INTERVAL_S: f64 = 0.04;

    /// A hand-held camera: every pair matches well, the view sways.
    fn steady(count: usize) -> Vec<Change> {
        let change = |n: usize| Change {
            from_s: n as f64 * INTERVAL_S,
            at_s: (n + 1) as f64 * INTERVAL_S,
            small_step: 4.0,
            fit: Some(Fit {
                matched: 0.95 - 0.01 * (n % 3) as f64,
                shift: ((n as f64 * 0.3).sin(), (n as f64 * 0.2).cos()),
                seen: 1.0,
            }),
            ..Change::default()
        };
        let mut changes: Vec<Change> = (0..count).map(change).collect();
        for n in 1..count {
            changes[n].from_s = changes[n - 1].at_s;
        }
        changes
    }

    fn joints(changes: &[Change]) -> Vec<Joint> {
        find(changes, &Candidates::default()).0
    }

    #[test]
    fn a_swaying_camera_makes_no_joint() {
        assert_eq!(joints(&steady(100)), []);
    }

    #[test]
    fn one_pair_that_does_not_match_is_a_joint_and_a_fast_pan_is_none() {
        let mut cut = steady(100);
        cut[50].fit = Some(Fit { matched: 0.4, shift: (3.0, -2.0), seen: 1.0 });
        let found = joints(&cut);
        assert_eq!(found.len(), 1);
        assert!(found[0].at_s == cut[50].at_s && found[0].strength() >= 1.0, "{found:?}");

        let mut pan = steady(100);
        for (n, change) in pan[48..55].iter_mut().enumerate() {
            change.fit =
                Some(Fit { matched: 0.4 + 0.02 * n as f64, shift: (12.0 + 4.0 * n as f64, 0.0), seen: 1.0 });
        }
        assert_eq!(joints(&pan), []);
    }

    #[test]
    fn leaps_that_come_again_and_again_are_the_cameras_way() {
        let leaping = |count: usize, further: f64| {
            let mut still = steady(200);
            for (n, change) in still.iter_mut().enumerate() {
                let (turn, leaps) = (n / 30, n % 30 == 29 && n / 30 < count);
                let shift = if leaps { (0.2, further * (turn % 3) as f64) } else { (0.0, 0.0) };
                change.fit = Some(Fit { matched: 0.95, shift, seen: 1.0 });
                change.small_step = if leaps { 9.0 } else { 2.0 };
            }
            joints(&still).iter().map(|joint| joint.habitual).collect::<Vec<bool>>()
        };
        assert_eq!(leaping(3, 0.1), [false; 3]);
        assert_eq!(leaping(6, 0.1), [true; 6]);
        assert_eq!(leaping(3, 0.0), [true; 3]);
        assert_eq!(leaping(2, 0.0), [false; 2]);
    }

    #[test]
    fn a_leap_of_the_view_in_a_still_room_is_a_joint() {
        let mut still = steady(100);
        for change in &mut still {
            change.fit = change.fit.map(|fit| Fit { shift: (fit.shift.0 * 0.02, fit.shift.1 * 0.02), ..fit });
        }
        assert_eq!(joints(&still), []);
        still[40].fit = Some(Fit { matched: 0.95, shift: (0.3, -0.2), seen: 1.0 });
        let found = joints(&still);
        assert!(
            found.iter().any(|joint| joint.at_s == still[40].at_s && joint.leap_ratio > 5.0),
            "{found:?}"
        );
    }

    #[test]
    fn a_leap_is_strong_where_the_picture_changes_with_it() {
        let mut leapt = steady(100);
        leapt[50].fit = Some(Fit { matched: 0.95, shift: (9.0, -7.0), seen: 1.0 });
        let at = |found: &[Joint], at_s: f64| found.iter().find(|joint| joint.at_s == at_s).copied();
        let passer_by = at(&joints(&leapt), leapt[50].at_s).unwrap();
        assert!(passer_by.strength() < 1.0, "{passer_by:?}");
        leapt[50].small_step = 9.0;
        let joined = at(&joints(&leapt), leapt[50].at_s).unwrap();
        assert!(joined.strength() >= 1.0, "{joined:?}");

        // Just before a fast pan: what it changes more is not beside the leap.
        for (n, change) in leapt[54..62].iter_mut().enumerate() {
            change.small_step = 6.0 + 4.0 * n as f64;
        }
        leapt[50].small_step = 18.0;
        let before_a_pan = at(&joints(&leapt), leapt[50].at_s).unwrap();
        assert!(before_a_pan.strength() >= 1.0, "{before_a_pan:?}");
    }

    #[test]
    fn a_view_that_leaps_off_and_comes_back_resumes_and_one_that_leaps_on_does_not() {
        // The same wall, seen from so many pixels to the right.
        let view = |right: usize| {
            let luma = |n: usize| {
                let (x, y) = ((n % 160 + right) / 5, n / 160 / 5);
                (40 + (x * 7919 + y * 104_729 + x * y * 31) % 160) as u8
            };
            let data: Vec<u8> = (0..160 * 90).map(luma).collect();
            Small::of(&Plane { data: &data, stride: 160, width: 160, height: 90 }).unwrap()
        };
        let resumptions = |last: usize| {
            let mut changes = steady(200);
            let leap = |change: &mut Change, by: f64| {
                change.small_step = 20.0;
                change.fit = change.fit.map(|fit| Fit { shift: (by, 0.0), ..fit });
            };
            for change in &mut changes {
                change.fit = change.fit.map(|fit| Fit { shift: (0.0, 0.0), matched: 0.95, ..fit });
            }
            leap(&mut changes[50], 6.0);
            leap(&mut changes[120], last as f64 - 6.0);
            let kept = |n: usize, before, after| Kept {
                at_s: changes[n].at_s,
                before: view(before),
                after: view(after),
            };
            let candidates = Candidates { kept: vec![kept(50, 0, 6), kept(120, 6, last)] };
            find(&changes, &candidates).1
        };
        let found = resumptions(0);
        assert_eq!(found.len(), 1);
        assert!(found[0].away_s < 2.1 && found[0].back_s > 4.7, "{found:?}");
        assert_eq!(resumptions(12), []);
    }

    #[test]
    fn a_light_put_on_is_no_joint() {
        let mut lit = steady(100);
        lit[50].small_step = 60.0;
        lit[50].brighter = 55.0;
        assert_eq!(joints(&lit), []);
    }

    #[test]
    fn a_pause_is_a_gaps_affair_and_too_few_pairs_tell_nothing() {
        let mut paused = steady(100);
        paused[50].from_s -= 1.0;
        paused[50].fit = Some(Fit { matched: 0.3, shift: (0.0, 0.0), seen: 1.0 });
        assert_eq!(joints(&paused), []);
        let mut short = steady(6);
        short[3].fit = Some(Fit { matched: 0.3, shift: (0.0, 0.0), seen: 1.0 });
        assert_eq!(joints(&short), []);
    }
}
