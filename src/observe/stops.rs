//! Stops: stretches in which the sensor, or what lies between it and the encoder, gave the same picture again and again.
//!
//! A repeated picture is not coded as one: an encoder first refines it, for a second and more where it has few bits, and codes it
//! anew at each key frame. What a stop lacks throughout is the sensor's noise and any movement of the view.

mod refined;

use std::ops::Range;

use super::cadence::to_new_pictures;
use super::neighbours::Fit;
use super::picture::{Change, shown_until};
use super::statistics::{median, quantile};
use crate::time::{Span, joined};

/// A sensor's noise, or a running clock's digit, changes more of a picture than this share; the
/// last digit alone of a 14-pixel clock covers about 0.0002 of a 480-line picture.
const REPEAT_CHANGED_SHARE: f64 = 0.0001;

/// While an encoder refines a repeated picture luma moves by less than this on average (0–255);
/// a hand-held camera moves it by several steps.
const STILL_MEAN_STEP: f64 = 0.3;

/// Freezes count from this length; encoders repeat single pictures when they fall behind.
const MIN_FREEZE_S: f64 = 0.5;
/// A picture that an encoder refines does not move (pixels at reduced size; the measured movement of a picture
/// against itself may be off by 0.03 where a block's correlation falls off unevenly) …
const REFINED_MATCHED: f64 = 0.995;
const REFINED_SHIFT: f64 = 0.05;
/// … and changes by no more than this share of a high quantile of the steps around it, in which a stop
/// of some seconds does not weigh.
const REFINED_SHARE_OF_USUAL: f64 = 0.35;
const USUAL_QUANTILE: f64 = 0.85;
/// Half of a stop's steps and more lie this far below a sensor's noise around it, which is a low quantile
/// of these: even where nothing else moves …
const REFINED_SHARE_OF_NOISE: f64 = 0.5;
const NOISE_QUANTILE: f64 = 0.25;
/// … and below anything that noise leaves at reduced size (luma, 0–255), for all that is seen around may be
/// somebody who walks past; or far below the quietest around, with pictures among them that repeat the one
/// before as no sensor's noise does.
const REFINED_STEP: f64 = 0.08;
const REFINED_SHARE_OF_QUIETEST: f64 = 0.2;
const REPEATING_STEP: f64 = 0.02;
const REPEATING_QUANTILE: f64 = 0.1;
const QUIETEST_QUANTILE: f64 = 0.05;
/// Fewer steps around than this are nothing to go by.
const MIN_AROUND: usize = 12;
/// "Around" reaches this far to either side.
const USUAL_REACH_S: f64 = 4.0;
/// Or behind them the picture changes by this many times the usual step at once: the view has moved on meanwhile.
const MOVED_ON_RATIO: f64 = 1.6;
/// Such a picture, if it is as unlike, ends a stop; one that a key frame codes anew does not.
const UNLIKE: f64 = 0.9;
/// A stretch that is only told by the noise that is missing lasts this long.
const MIN_NOISELESS_S: f64 = 0.8;
/// Another stop, near which all else is loud, ends with a picture that differs by this many times as much as those
/// that follow it.
const SUDDEN_RATIO: f64 = 2.0;
const FOLLOWING: usize = 6;
/// Pictures before a stretch among which a leap counts as its beginning.
const LEADING: usize = 3;
/// Nor is a stop what is as quiet as the quietest half second this near: between two passers-by an encoder with
/// few bits leaves little of the noise.
const QUIET_REACH_S: f64 = 15.0;
/// Share of the picture with texture below which nothing is said of stops: of a covered lens only the
/// overlay is seen, and that stands still.
const MIN_SEEN: f64 = 0.2;

/// One key frame inside a freeze is coded anew and may differ; the freeze goes on behind it …
const FREEZE_BRIDGE_S: f64 = 0.1;
/// … where it stood so long on either side (key frames half a second apart, less what the encoder refines). A sensor that is
/// slower than its encoder, as at night, gives each picture several times, for less than this down to four a second.
const MIN_BRIDGED_S: f64 = 0.3;

/// Of a stop that an encoder refines three pictures in four change that little; of a sensor that gives each picture three times
/// two in three do.
const MOSTLY_STILL: f64 = 0.75;

/// A picture that is held longer than this stands still, whatever comes before and behind it: no camera takes less than one a
/// second.
const MAX_SLOW_INTERVAL_S: f64 = 1.1;
/// So many in a row are no single stops.
const MIN_SLOW: usize = 3;

/// A sensor's noise never gives a picture twice: in seventeen recordings at most one in a thousand outside of stops, where bits were
/// scarce one to four in a hundred.
const MANY_REPEATS: f64 = 0.005;

/// What an encoder adds to a repeated picture is fine detail, which is gone at reduced size: the steps at full size are this
/// many times as large, against those at reduced size, as usual. Noise and movement change both alike: in three recordings the
/// first refined picture had 2.5 times the usual ratio and more, the last live one 1.6 at most.
const REFINING_RATIO: f64 = 1.8;

/// A stretch in which the picture stood still though the recording went on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stop {
    pub span: Span,
    /// An encoder without bits does the like: pictures are repeated elsewhere in the clip as well, or none is repeated exactly and
    /// the view does not move around the stretch either, so that only missing noise tells.
    pub may_be_coding: bool,
}

/// Stretches that stand still and repeat a picture exactly for long enough in their midst. An
/// encoder first refines a repeated picture, and codes it anew at each key frame: so the edges are
/// those of the stillness, and single pictures that differ are bridged.
///
/// An encoder with bits to spare may refine a repeated picture for a second and more. Then the view does
/// not move by a hundredth of a pixel, and far less changes than around.
///
/// `slow` are stretches that [`slow`] found: there a repeated picture is no stop.
pub fn freezes(changes: &[Change], slow: &[Span]) -> Vec<Stop> {
    let new = to_new_pictures(changes);
    let usual: Vec<Usual> = changes.iter().map(|change| Usual::around(&new, change.at_s)).collect();
    let lasting = |mut spans: Vec<Span>, least_s: f64| -> Vec<Span> {
        spans.retain(|span| span.duration_s() >= least_s && !slow.iter().any(|slow| slow.overlaps(*span)));
        spans
    };
    let repeats = lasting(runs(changes, &|n| is_repeat(&changes[n])), MIN_FREEZE_S);
    let exact: Vec<Span> = runs(changes, &|n| is_still(&changes[n]))
        .into_iter()
        .filter(|stretch| repeats.iter().any(|repeat| repeat.overlaps(*stretch)))
        .collect();

    let unmoved = |n: usize, limit: f64| is_unmoved(&changes[n]) && changes[n].small_step <= limit;
    let still = mostly(changes, &|n| unmoved(n, REFINED_SHARE_OF_USUAL * usual[n].step));
    // Where somebody crosses the picture of a camera that is held still, all of its noise is that small.
    let noiseless = mostly(changes, &|n| unmoved(n, REFINED_SHARE_OF_NOISE * usual[n].noise));
    let ends: Vec<f64> = (0..changes.len())
        .filter(|&n| changes[n].fit.is_some_and(|fit| fit.matched < UNLIKE) && leaps(changes, &usual, n))
        .map(|n| changes[n].at_s)
        .collect();
    let mut candidates = lasting(parted(still, &ends), MIN_FREEZE_S);
    candidates.extend(lasting(parted(noiseless, &ends), MIN_NOISELESS_S));
    let surroundings = |stretch: Span, stops: &[Span]| Surroundings::of(changes, &new, stretch, stops);
    let sudden: Vec<Span> = candidates
        .iter()
        .copied()
        .filter(|&stretch| {
            surroundings(stretch, &exact)
                .is_some_and(|seen| seen.level <= REFINED_SHARE_OF_NOISE * seen.noise)
                && ends_suddenly(changes, stretch)
        })
        .collect();
    let is_stop = |stretch: &Span| {
        let others = sudden.iter().filter(|other| !other.overlaps(*stretch));
        let stops: Vec<Span> = exact.iter().chain(others).copied().collect();
        let leaps_to = |n: usize| has_moved_on(changes, &usual, n);
        // Foreign pictures of a quieter scene begin with a leap as well; a stop begins with the last picture there was.
        let moved_on =
            || next(changes, *stretch).is_some_and(leaps_to) && !before(changes, *stretch).any(leaps_to);
        surroundings(*stretch, &stops).is_some_and(|seen| seen.show_a_stop(moved_on))
    };
    let quiet = candidates.iter().copied().filter(is_stop);
    let refined = lasting(parted(refined::stretches(&new), &ends), MIN_NOISELESS_S);
    let stops = joined(exact.iter().copied().chain(quiet).chain(refined).collect(), FREEZE_BRIDGE_S);
    let seen: Vec<Span> = stops.iter().copied().filter(|stop| is_seen(changes, *stop)).collect();
    let begun = seen.into_iter().map(|stop| Span::new(begun_s(changes, stop), stop.end_s)).collect();
    let begun = joined(begun, FREEZE_BRIDGE_S);
    let elsewhere =
        new.iter().filter(|change| !change.black && !begun.iter().any(|stop| stop.contains(change.at_s)));
    let repeats_elsewhere = refined::repeats(elsewhere) >= MANY_REPEATS;
    let by_noise_alone = |stop: Span| {
        !exact.iter().any(|exact| exact.overlaps(stop)) && stands_still_around(changes, stop, &stops)
    };
    let stop = |span: Span| Stop { span, may_be_coding: repeats_elsewhere || by_noise_alone(span) };
    begun.into_iter().map(stop).collect()
}

/// Whether the view hardly moves around a stretch, outside of stops.
fn stands_still_around(changes: &[Change], stretch: Span, stops: &[Span]) -> bool {
    let reach = stretch.widened(USUAL_REACH_S);
    let around = changes
        .iter()
        .filter(|change| reach.contains(change.at_s) && !stops.iter().any(|stop| stop.contains(change.at_s)));
    let shifts = around.filter_map(|change| change.fit).map(|fit| fit.shift.0.hypot(fit.shift.1));
    median(&shifts.collect::<Vec<_>>()) <= REFINED_SHIFT
}

/// Stretches in which a new picture comes once or twice a second and is repeated meanwhile: three such pictures and more.
pub fn slow(changes: &[Change]) -> Vec<Span> {
    let repeats = runs(changes, &|n| is_repeat(&changes[n]));
    let mut held = runs(changes, &|n| is_still(&changes[n]));
    held.retain(|span| {
        (MIN_BRIDGED_S..=MAX_SLOW_INTERVAL_S).contains(&span.duration_s())
            && repeats.iter().any(|repeat| repeat.overlaps(*span))
    });
    let joined = joined(held.clone(), FREEZE_BRIDGE_S);
    let is_slow = |stretch: &Span| held.iter().filter(|held| held.overlaps(*stretch)).count() >= MIN_SLOW;
    joined.into_iter().filter(is_slow).collect()
}

/// Nothing moves, or an encoder refines what stands still.
fn is_still(change: &Change) -> bool {
    change.mean_step < STILL_MEAN_STEP
}

fn is_repeat(change: &Change) -> bool {
    change.changed_share < REPEAT_CHANGED_SHARE
}

/// Stretches of changes of which each is still; two of them are one where a picture between was coded anew, but shows no
/// other view.
fn runs(changes: &[Change], still: &dyn Fn(usize) -> bool) -> Vec<Span> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for n in (0..changes.len()).filter(|&n| still(n)) {
        match runs.last_mut() {
            Some(run) if run.end == n && follows(changes, n) => run.end += 1,
            _ => runs.push(n..n + 1),
        }
    }
    let span = |run: &Range<usize>| Span::new(changes[run.start].from_s, shown_until(changes, run.end - 1));
    let mut spans: Vec<(Span, usize)> = Vec::new();
    for run in runs {
        let next = span(&run);
        match spans.last_mut() {
            Some((last, end))
                if next.start_s - last.end_s <= FREEZE_BRIDGE_S
                    && last.duration_s().min(next.duration_s()) >= MIN_BRIDGED_S
                    && changes[*end..run.start].iter().all(is_coded_anew) =>
            {
                (last.end_s, *end) = (next.end_s, run.end);
            }
            _ => spans.push((next, run.end)),
        }
    }
    spans.into_iter().map(|(span, _)| span).collect()
}

/// Stretches of changes of which most are still, with no long pause between these; where less than most are, the runs of them.
fn mostly(changes: &[Change], still: &dyn Fn(usize) -> bool) -> Vec<Span> {
    let still_at: Vec<usize> = (0..changes.len()).filter(|&n| still(n)).collect();
    let spans = still_at.iter().map(|&n| Span::new(changes[n].from_s, shown_until(changes, n))).collect();
    let is_mostly_still = |stretch: &Span| {
        let all = changes.iter().filter(|change| stretch.contains(change.at_s)).count();
        let still = still_at.iter().filter(|&&n| stretch.contains(changes[n].at_s)).count();
        still as f64 >= MOSTLY_STILL * all as f64
    };
    let (mut mostly, rarely): (Vec<Span>, Vec<Span>) =
        joined(spans, FREEZE_BRIDGE_S).into_iter().partition(is_mostly_still);
    let runs = runs(changes, still);
    mostly.extend(runs.into_iter().filter(|run| rarely.iter().any(|stretch| stretch.overlaps(*run))));
    mostly
}

/// Whether no other picture lies between a change and the one before it.
fn follows(changes: &[Change], n: usize) -> bool {
    n > 0 && changes[n].from_s == changes[n - 1].at_s
}

/// A picture that shows the same view as the one before, in other coding.
fn is_coded_anew(change: &Change) -> bool {
    change.fit.is_none_or(|fit| fit.matched >= UNLIKE && stays(fit))
}

/// The view does not move by more than a refined picture's measured movement may be off.
fn stays(fit: Fit) -> bool {
    fit.shift.0.abs().max(fit.shift.1.abs()) <= REFINED_SHIFT
}

/// How much more the picture changes at full size than at reduced size.
fn detail_ratio(change: &Change) -> f64 {
    change.mean_step / change.small_step.max(REPEATING_STEP)
}

/// When a stop began: with the first of the pictures before it that an encoder did no more than refine.
fn begun_s(changes: &[Change], stop: Span) -> f64 {
    let first = changes.partition_point(|change| change.from_s < stop.start_s);
    let from = changes.partition_point(|change| change.at_s < stop.start_s - USUAL_REACH_S);
    let usual = median(&changes[from..first].iter().map(detail_ratio).collect::<Vec<_>>());
    let refines =
        |change: &Change| change.fit.is_some_and(stays) && detail_ratio(change) >= REFINING_RATIO * usual;
    let mut start_s = stop.start_s;
    for change in changes[from..first].iter().rev() {
        if change.at_s < start_s || !refines(change) {
            break;
        }
        start_s = change.from_s;
    }
    start_s
}

/// Whether there is a picture to stand still: of a lens that is covered a codec leaves no noise either.
fn is_seen(changes: &[Change], stop: Span) -> bool {
    let within = changes.iter().filter(|change| stop.contains(change.at_s));
    median(&within.map(|change| change.fit.map_or(0.0, |fit| fit.seen)).collect::<Vec<_>>()) >= MIN_SEEN
}

/// What is usual around a time.
struct Usual {
    /// [`USUAL_QUANTILE`] of the steps.
    step: f64,
    /// What a sensor's noise makes of them: [`NOISE_QUANTILE`].
    noise: f64,
}

impl Usual {
    fn around(changes: &[Change], at_s: f64) -> Self {
        let from = changes.partition_point(|change| change.at_s < at_s - USUAL_REACH_S);
        let to = changes.partition_point(|change| change.at_s <= at_s + USUAL_REACH_S);
        let mut steps: Vec<f64> = changes[from..to].iter().map(|change| change.small_step).collect();
        steps.sort_by(f64::total_cmp);
        let at = |share: f64| steps.get((steps.len() as f64 * share) as usize).copied().unwrap_or_default();
        Self { step: at(USUAL_QUANTILE), noise: at(NOISE_QUANTILE) }
    }
}

/// Steps within a stretch and around it, outside of other stops.
struct Surroundings {
    /// Median within.
    level: f64,
    /// Pictures within repeat the one before as no sensor's noise does, …
    repeats: bool,
    /// … or one does.
    repeats_once: bool,
    /// Quantiles of what is around.
    noise: f64,
    quietest: f64,
    /// The quietest half second in a wider reach.
    quiet: f64,
}

impl Surroundings {
    /// Around a stretch only `new` pictures count. `None` where there are too few.
    fn of(changes: &[Change], new: &[Change], stretch: Span, stops: &[Span]) -> Option<Self> {
        let steps = |reach: Span, inside: bool| -> Vec<f64> {
            let changes = if inside { changes } else { new };
            let counts = |at_s: f64| match stretch.contains(at_s) {
                true => inside,
                false => !inside && reach.contains(at_s) && !stops.iter().any(|stop| stop.contains(at_s)),
            };
            changes.iter().filter(|change| counts(change.at_s)).map(|change| change.small_step).collect()
        };
        let (inside, around) = (steps(stretch, true), steps(stretch.widened(USUAL_REACH_S), false));
        let elsewhere = steps(stretch.widened(QUIET_REACH_S), false);
        (around.len() >= MIN_AROUND).then(|| Self {
            level: median(&inside),
            repeats: quantile(&inside, REPEATING_QUANTILE) <= REPEATING_STEP,
            repeats_once: inside.iter().any(|&step| step <= REPEATING_STEP),
            noise: quantile(&around, NOISE_QUANTILE),
            quietest: quantile(&around, QUIETEST_QUANTILE),
            quiet: elsewhere.chunks_exact(MIN_AROUND).map(median).fold(f64::MAX, f64::min),
        })
    }

    /// Whether less changes within than a sensor's noise alone changes around. Somebody who walks through the picture
    /// of a camera on a stand makes the rest look still; its noise goes on.
    fn show_a_stop(&self, moved_on: impl FnOnce() -> bool) -> bool {
        let far_below = if self.repeats { REFINED_SHARE_OF_QUIETEST * self.quietest } else { 0.0 };
        self.level <= REFINED_SHARE_OF_NOISE * self.noise.min(self.quiet)
            && (self.level <= REFINED_STEP.max(far_below) || self.repeats_once && moved_on())
    }
}

/// The change from a stretch's last picture to the first one behind it.
fn next(changes: &[Change], stretch: Span) -> Option<usize> {
    changes.iter().position(|change| change.from_s < stretch.end_s && stretch.end_s <= change.at_s)
}

/// The changes that lead up to a stretch's first picture.
fn before(changes: &[Change], stretch: Span) -> impl Iterator<Item = usize> {
    let end = changes.partition_point(|change| change.at_s <= stretch.start_s);
    end.saturating_sub(LEADING)..end
}

fn leaps(changes: &[Change], usual: &[Usual], n: usize) -> bool {
    changes[n].small_step >= MOVED_ON_RATIO * usual[n].step
}

/// Whether a picture is far from the one before.
fn has_moved_on(changes: &[Change], usual: &[Usual], n: usize) -> bool {
    changes[n].fit.is_some_and(|fit| fit.matched < REFINED_MATCHED) && leaps(changes, usual, n)
}

/// Whether the first picture behind a stretch makes up for what was missed: it differs by more than those that follow it.
/// Where somebody comes into the picture it is the other way round.
fn ends_suddenly(changes: &[Change], stretch: Span) -> bool {
    let Some(first) = next(changes, stretch) else { return false };
    let following = changes.get(first + 1..first + 1 + FOLLOWING).unwrap_or_default();
    let steps: Vec<f64> = following.iter().map(|change| change.small_step).collect();
    !steps.is_empty() && changes[first].small_step >= SUDDEN_RATIO * median(&steps)
}

/// The spans, each ended where a time lies within it, and begun anew.
fn parted(spans: Vec<Span>, at: &[f64]) -> Vec<Span> {
    let mut parts = Vec::new();
    for span in spans {
        let mut start_s = span.start_s;
        for &at_s in at.iter().filter(|&&at_s| span.start_s < at_s && at_s < span.end_s) {
            parts.push(Span::new(start_s, at_s));
            start_s = at_s;
        }
        parts.push(Span::new(start_s, span.end_s));
    }
    parts
}

/// A picture that an encoder refines, or repeats.
fn is_unmoved(change: &Change) -> bool {
    change.fit.is_some_and(|fit| fit.matched >= REFINED_MATCHED && fit.seen >= MIN_SEEN && stays(fit))
}

#[cfg(test)]
mod tests;
