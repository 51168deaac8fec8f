//! Figures of decoded pictures: brightness, sharpness, black, and pictures that repeat themselves.

use opencv::core::{CV_64F, Mat, MatTraitConst, MatTraitConstManual, Size, mean_std_dev};
use opencv::imgproc::{INTER_AREA, laplacian_def, resize};

use super::joints::{self, Candidates, Joint, Resumption};
use super::neighbours::{Fit, Small};
use super::statistics::{median, quantile};
use crate::evidence::PictureSample;
use crate::media::{Picture, Plane};
use crate::time::{Span, joined, round_to_microsecond};

/// Pictures are measured at this many lines or fewer, so that sharpness means the same at every
/// resolution.
const MEASURED_LINES: i32 = 480;

/// Deep shadow and burnt out, on the coded scale of luma (black 16, white 235).
const DARK_LUMA: u8 = 32;
const BURNT_LUMA: u8 = 233;

/// Edges are measured at this many lines: noise is averaged away, and a picture that is out of focus stays so.
const DEFINITION_LINES: i32 = 180;
const DEFINITION_QUANTILE: f64 = 0.99;

/// A picture is black when even its mean lies this close to coded black (16 of 255) …
const BLACK_BRIGHTNESS: f32 = 0.11;
/// … and nothing stands out of it. Night footage has lamps and a clock, which raise contrast.
const BLACK_CONTRAST: f32 = 0.03;
/// No picture is black whose mean luma (0–255) at reduced size lies above this: rounding moves it by less than
/// a step.
const DARK_ENOUGH: f64 = BLACK_BRIGHTNESS as f64 * 255.0 + 1.0;

/// Luma steps up to this size are the codec's, between two codings of one picture.
const REPEAT_LUMA_STEP: u8 = 3;
/// A sensor's noise, or a running clock's digit, changes more of a picture than this share; the
/// last digit alone of a 14-pixel clock covers about 0.0002 of a 480-line picture.
const REPEAT_CHANGED_SHARE: f64 = 0.0001;

/// While an encoder refines a repeated picture luma moves by less than this on average (0–255);
/// a hand-held camera moves it by several steps.
const STILL_MEAN_STEP: f64 = 0.3;

/// Freezes count from this length; encoders repeat single pictures when they fall behind.
const MIN_FREEZE_S: f64 = 0.5;
/// Blacks count from this length; a hand before the lens is shorter.
const MIN_BLACK_S: f64 = 0.3;

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
/// Nor is a stop what is as quiet as the quietest half second this near: between two passers-by an encoder with
/// few bits leaves little of the noise.
const QUIET_REACH_S: f64 = 15.0;
/// Share of the picture with texture below which nothing is said of stops: of a covered lens only the
/// overlay is seen, and that stands still.
const MIN_SEEN: f64 = 0.2;

/// One key frame inside a freeze is coded anew and may differ; the freeze goes on behind it.
const FREEZE_BRIDGE_S: f64 = 0.1;

/// Measures one picture. Fails only when OpenCV cannot allocate.
pub fn measure(at_s: f64, picture: &Picture) -> opencv::Result<PictureSample> {
    measured(at_s, picture).map(|(sample, _)| sample)
}

/// The figures of a picture, and the picture at reduced size, if it can be compared with others.
pub fn measured(at_s: f64, picture: &Picture) -> opencv::Result<(PictureSample, Option<Small>)> {
    let luma = picture.luma();
    let packed = packed(&luma);
    let full = Mat::new_rows_cols_with_data(luma.height as i32, luma.width as i32, packed.as_ref())?;
    let lines = full.rows().min(MEASURED_LINES);
    let columns = (i64::from(full.cols()) * i64::from(lines) / i64::from(full.rows().max(1))).max(1) as i32;
    let mut small = Mat::default();
    resize(&full, &mut small, Size::new(columns, lines), 0.0, 0.0, INTER_AREA)?;

    let (mean, deviation) = mean_and_deviation(&small)?;
    let mut edges = Mat::default();
    laplacian_def(&small, &mut edges, CV_64F)?;
    let (_, edge_deviation) = mean_and_deviation(&edges)?;
    let pixels = small.data_bytes()?;
    let share = |counts: fn(u8) -> bool| {
        pixels.iter().filter(|&&luma| counts(luma)).count() as f32 / pixels.len().max(1) as f32
    };
    let compared = Small::of(pixels, columns as usize, lines as usize);
    let sample = PictureSample {
        at_s,
        brightness: rounded(mean / 255.0),
        contrast: rounded(deviation / 255.0),
        sharpness: rounded(edge_deviation * edge_deviation),
        dark: rounded(f64::from(share(|luma| luma < DARK_LUMA))),
        burnt: rounded(f64::from(share(|luma| luma > BURNT_LUMA))),
        definition: Some(definition(&small)?),
    };
    Ok((sample, compared))
}

/// The step from one pixel to its right or lower neighbour that one in a hundred exceeds.
fn definition(picture: &Mat) -> opencv::Result<f32> {
    let lines = picture.rows().min(DEFINITION_LINES);
    let columns = (picture.cols() * lines / picture.rows().max(1)).max(1);
    let mut small = Mat::default();
    resize(picture, &mut small, Size::new(columns, lines), 0.0, 0.0, INTER_AREA)?;
    let pixels = small.data_bytes()?;
    let columns = columns as usize;
    let mut counts = [0usize; 256];
    for (index, &luma) in pixels.iter().enumerate() {
        let right = pixels.get(index + 1).filter(|_| (index + 1) % columns != 0);
        for &other in right.into_iter().chain(pixels.get(index + columns)) {
            counts[usize::from(luma.abs_diff(other))] += 1;
        }
    }
    let beyond = (counts.iter().sum::<usize>() as f64 * (1.0 - DEFINITION_QUANTILE)) as usize;
    let mut left = beyond;
    for (step, &count) in counts.iter().enumerate().rev() {
        if count > left {
            return Ok(step as f32);
        }
        left -= count;
    }
    Ok(0.0)
}

fn mean_and_deviation(picture: &Mat) -> opencv::Result<(f64, f64)> {
    let (mut mean, mut deviation) = (Mat::default(), Mat::default());
    mean_std_dev(picture, &mut mean, &mut deviation, &Mat::default())?;
    Ok((*mean.at::<f64>(0)?, *deviation.at::<f64>(0)?))
}

/// Four decimals: finer differences are the decoder's, not the picture's.
fn rounded(value: f64) -> f32 {
    ((value * 1e4).round() / 1e4) as f32
}

/// A plane without padding, borrowed when it has none.
fn packed<'a>(plane: &Plane<'a>) -> std::borrow::Cow<'a, [u8]> {
    let bytes = plane.width * plane.height;
    match plane.data.get(..bytes) {
        Some(data) if plane.stride == plane.width => data.into(),
        _ => (0..plane.height).flat_map(|y| plane.row(y)).copied().collect::<Vec<u8>>().into(),
    }
}

pub fn is_black(sample: &PictureSample) -> bool {
    sample.brightness <= BLACK_BRIGHTNESS && sample.contrast <= BLACK_CONTRAST
}

/// Watches pictures that follow each other, every one of a stretch, for repeats and for steps.
#[derive(Default)]
pub struct MotionObserver {
    previous: Option<Seen>,
    changes: Vec<Change>,
    candidates: Candidates,
}

/// A picture that the next one is held against.
struct Seen {
    at_s: f64,
    luma: Vec<u8>,
    small: Option<Small>,
    shift: (f64, f64),
}

/// How one picture differs from the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Change {
    /// Of the picture before.
    pub from_s: f64,
    pub at_s: f64,
    /// Share of pixels whose luma differs by more than a codec's own steps.
    pub changed_share: f64,
    /// Mean absolute difference of luma, 0–255.
    pub mean_step: f64,
    /// The same of the pictures at reduced size, where a sensor's noise is mostly gone.
    pub small_step: f64,
    /// By how much the picture became brighter, 0–255.
    pub brighter: f64,
    /// The later picture is black.
    pub black: bool,
    /// How the picture follows from the one before; `None` where nothing can be made out.
    pub fit: Option<Fit>,
}

/// Pictures of one stretch, seen whole.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Motion {
    pub changes: Vec<Change>,
    pub freezes: Vec<Span>,
    pub blacks: Vec<Span>,
    pub joints: Vec<Joint>,
    pub resumptions: Vec<Resumption>,
}

impl MotionObserver {
    /// The next picture of the stretch. `after_hole` says that pictures between were not decoded.
    ///
    /// A stretch may be seen before or after another, and one picture twice: time puts them in order.
    pub fn picture(&mut self, at_s: f64, picture: &Picture, after_hole: bool) -> opencv::Result<()> {
        let plane = picture.luma();
        let luma = packed(&plane).into_owned();
        let small = Small::of(&luma, plane.width, plane.height);
        if after_hole {
            self.previous = None;
        }
        let mut shift = (0.0, 0.0);
        if let Some(previous) = &self.previous
            && previous.luma.len() == luma.len()
        {
            let mut change = change(previous.at_s, at_s, &previous.luma, &luma);
            if let (Some(before), Some(after)) = (&previous.small, &small) {
                change.small_step = before.difference(after).unwrap_or_default();
                change.brighter = after.brightness() - before.brightness();
                change.fit = before.fit(after, previous.shift);
            }
            // To measure a picture costs more than to see that it is not dark.
            let dark = small.as_ref().is_none_or(|small| small.brightness() <= DARK_ENOUGH);
            change.black = dark && is_black(&measure(at_s, picture)?);
            shift = change.fit.map_or(shift, |fit| fit.shift);
            self.changes.push(change);
            if let (Some(before), Some(after)) = (&previous.small, &small) {
                self.candidates.consider(&self.changes, before, after);
            }
        }
        self.previous = Some(Seen { at_s, luma, small, shift });
        Ok(())
    }

    /// The next picture begins another stretch.
    pub fn end_stretch(&mut self) {
        self.previous = None;
    }

    /// What was seen so far.
    pub fn motion(&mut self) -> Motion {
        self.changes.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
        self.changes.dedup_by(|a, b| a.at_s == b.at_s);
        let blacks = blacks(&self.changes);
        let freezes = freezes(&self.changes)
            .into_iter()
            .filter(|span| !blacks.iter().any(|black| black.overlaps(*span)))
            .collect();
        let (joints, resumptions) = joints::find(&self.changes, &self.candidates);
        Motion { freezes, blacks, changes: self.changes.clone(), joints, resumptions }
    }
}

/// Runs of black pictures, each until the next picture comes.
fn blacks(changes: &[Change]) -> Vec<Span> {
    let black = changes.iter().enumerate().filter(|(_, change)| change.black);
    let spans = black.map(|(n, change)| Span::new(change.at_s, shown_until(changes, n)));
    joined(spans.collect(), 0.0).into_iter().filter(|span| span.duration_s() >= MIN_BLACK_S).collect()
}

/// When the picture of a change gives way to the next one; its own time where no next one was seen.
fn shown_until(changes: &[Change], n: usize) -> f64 {
    let next = changes.get(n + 1).filter(|next| next.from_s == changes[n].at_s);
    next.map_or(changes[n].at_s, |next| next.at_s)
}

/// Stretches that stand still and repeat a picture exactly for long enough in their midst. An
/// encoder first refines a repeated picture, and codes it anew at each key frame: so the edges are
/// those of the stillness, and single pictures that differ are bridged.
///
/// An encoder with bits to spare may refine a repeated picture for a second and more. Then the view does
/// not move by a hundredth of a pixel, and far less changes than around.
fn freezes(changes: &[Change]) -> Vec<Span> {
    let runs = |still: &dyn Fn(&Change) -> bool| -> Vec<Span> {
        let spans = changes
            .iter()
            .enumerate()
            .filter(|(_, change)| still(change))
            .map(|(index, change)| Span::new(change.from_s, shown_until(changes, index)));
        joined(spans.collect(), FREEZE_BRIDGE_S)
    };
    let repeats = runs(&|change| change.changed_share < REPEAT_CHANGED_SHARE);
    let repeats: Vec<Span> = repeats.into_iter().filter(|span| span.duration_s() >= MIN_FREEZE_S).collect();
    let still = runs(&|change| change.mean_step < STILL_MEAN_STEP);
    let exact: Vec<Span> =
        still.into_iter().filter(|stretch| repeats.iter().any(|repeat| repeat.overlaps(*stretch))).collect();
    let refined = runs(&|change| is_refinement(change, usual_step(changes, change.at_s)));
    let refined = refined
        .into_iter()
        .filter(|span| span.duration_s() >= MIN_FREEZE_S && is_below_noise(changes, *span, &exact));
    let stops = joined(exact.iter().copied().chain(refined).collect(), FREEZE_BRIDGE_S);
    stops.into_iter().filter(|stop| is_seen(changes, *stop)).collect()
}

/// Whether there is a picture to stand still: of a lens that is covered a codec leaves no noise either.
fn is_seen(changes: &[Change], stop: Span) -> bool {
    let within = changes.iter().filter(|change| stop.contains(change.at_s));
    median(&within.map(|change| change.fit.map_or(0.0, |fit| fit.seen)).collect::<Vec<_>>()) >= MIN_SEEN
}

/// Whether less changes within a stretch than a sensor's noise alone changes around it, outside of other
/// stops. Somebody who walks through the picture of a camera on a stand makes the rest look still; its noise
/// goes on.
fn is_below_noise(changes: &[Change], stretch: Span, stops: &[Span]) -> bool {
    let steps = |reach: Span, inside: bool| -> Vec<f64> {
        let counts = |at_s: f64| match stretch.contains(at_s) {
            true => inside,
            false => !inside && reach.contains(at_s) && !stops.iter().any(|stop| stop.contains(at_s)),
        };
        changes.iter().filter(|change| counts(change.at_s)).map(|change| change.small_step).collect()
    };
    let (inside, around) = (steps(stretch, true), steps(stretch.widened(USUAL_REACH_S), false));
    if around.len() < MIN_AROUND {
        return false;
    }
    let level = median(&inside);
    let elsewhere = steps(stretch.widened(QUIET_REACH_S), false);
    let quiet = elsewhere.chunks(MIN_AROUND).map(median).fold(f64::MAX, f64::min);
    let repeats = quantile(&inside, REPEATING_QUANTILE) <= REPEATING_STEP;
    let far_below =
        if repeats { REFINED_SHARE_OF_QUIETEST * quantile(&around, QUIETEST_QUANTILE) } else { 0.0 };
    let noise = REFINED_SHARE_OF_NOISE * quantile(&around, NOISE_QUANTILE).min(quiet);
    level <= noise && (level <= REFINED_STEP.max(far_below) || has_moved_on(changes, stretch))
}

/// Whether the first picture behind a stretch is far from its last one.
fn has_moved_on(changes: &[Change], stretch: Span) -> bool {
    let next = changes.iter().find(|change| change.from_s < stretch.end_s && stretch.end_s <= change.at_s);
    next.is_some_and(|change| {
        let unlike = change.fit.is_some_and(|fit| fit.matched < REFINED_MATCHED);
        unlike && change.small_step >= MOVED_ON_RATIO * usual_step(changes, change.at_s)
    })
}

/// The usual step around a time ([`USUAL_QUANTILE`]).
fn usual_step(changes: &[Change], at_s: f64) -> f64 {
    let from = changes.partition_point(|change| change.at_s < at_s - USUAL_REACH_S);
    let to = changes.partition_point(|change| change.at_s <= at_s + USUAL_REACH_S);
    let mut steps: Vec<f64> = changes[from..to].iter().map(|change| change.small_step).collect();
    steps.sort_by(f64::total_cmp);
    steps.get((steps.len() as f64 * USUAL_QUANTILE) as usize).copied().unwrap_or_default()
}

fn is_refinement(change: &Change, usual_step: f64) -> bool {
    change.fit.is_some_and(|fit| {
        fit.matched >= REFINED_MATCHED
            && fit.seen >= MIN_SEEN
            && fit.shift.0.abs().max(fit.shift.1.abs()) <= REFINED_SHIFT
            && change.small_step <= REFINED_SHARE_OF_USUAL * usual_step
    })
}

/// As many differences of luma as a sum of 16 bits, and a count of 8, hold for certain.
const SMALL_SUM: usize = 128;

fn change(from_s: f64, at_s: f64, before: &[u8], after: &[u8]) -> Change {
    let (mut changed, mut sum) = (0u64, 0u64);
    // Sums that fit small integers, so that the compiler can take many pixels at once.
    for (before, after) in before.chunks(SMALL_SUM).zip(after.chunks(SMALL_SUM)) {
        let (mut few, mut part) = (0u8, 0u16);
        for (&a, &b) in before.iter().zip(after) {
            let step = a.abs_diff(b);
            few += u8::from(step > REPEAT_LUMA_STEP);
            part += u16::from(step);
        }
        changed += u64::from(few);
        sum += u64::from(part);
    }
    let pixels = before.len().max(1) as f64;
    Change {
        from_s,
        at_s: round_to_microsecond(at_s),
        changed_share: changed as f64 / pixels,
        mean_step: sum as f64 / pixels,
        ..Change::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_counts_pixels_beyond_the_codecs_steps() {
        let before = vec![100; 1000];
        let mut after = before.clone();
        after[..500].fill(102);
        after[500..510].fill(150);
        let change = change(1.0, 1.04, &before, &after);
        assert_eq!(change.changed_share, 0.01);
        assert_eq!(change.mean_step, 1.5);
    }

    #[test]
    fn freezes_are_bridged_over_a_key_frame_and_short_repeats_dropped() {
        let mut observer = MotionObserver::default();
        let times: Vec<f64> = (0..75).map(|n| f64::from(n) * 0.04).collect();
        for pair in times.windows(2) {
            let moving = pair[0] < 0.4 || pair[0] > 2.0 || (pair[0] - 1.2).abs() < 0.01;
            observer.changes.push(Change {
                from_s: pair[0],
                at_s: pair[1],
                changed_share: if moving { 0.3 } else { 0.0 },
                mean_step: if moving { 5.0 } else { 0.0 },
                fit: Some(Fit { matched: 1.0, shift: (0.0, 0.0), seen: 1.0 }),
                ..Change::default()
            });
        }
        let freezes = observer.motion().freezes;
        assert_eq!(freezes.len(), 1);
        assert!((freezes[0].start_s - 0.4).abs() < 0.05 && (freezes[0].end_s - 2.0).abs() < 0.1);
    }

    /// Pictures 0.04 s apart that do not move, each with its step at reduced size.
    fn unmoved(steps: impl IntoIterator<Item = f64>) -> Vec<Change> {
        let fit = Some(Fit { matched: 1.0, shift: (0.0, 0.0), seen: 1.0 });
        let change = |(n, small_step): (usize, f64)| Change {
            from_s: n as f64 * 0.04,
            at_s: (n + 1) as f64 * 0.04,
            changed_share: 0.01,
            mean_step: 0.5,
            small_step,
            fit,
            ..Change::default()
        };
        let mut changes: Vec<Change> = steps.into_iter().enumerate().map(change).collect();
        for n in 1..changes.len() {
            changes[n].from_s = changes[n - 1].at_s;
        }
        changes
    }

    #[test]
    fn a_stop_that_an_encoder_refines_throughout_is_told_by_the_missing_noise() {
        let stopped = unmoved((0..200).map(|n| if (80..120).contains(&n) { 0.03 } else { 0.16 }));
        let found = freezes(&stopped);
        assert_eq!(found.len(), 1);
        assert!((found[0].start_s - 3.2).abs() < 0.1 && (found[0].end_s - 4.8).abs() < 0.1, "{found:?}");
    }

    #[test]
    fn a_stop_beside_another_is_told_by_the_pictures_that_repeat() {
        let step = |n: usize| match n {
            20..40 => 0.0,
            60..100 => {
                if n.is_multiple_of(3) {
                    0.01
                } else {
                    0.15
                }
            }
            _ => 1.3,
        };
        let mut changes = unmoved((0..200).map(step));
        for change in &mut changes[20..40] {
            (change.changed_share, change.mean_step) = (0.0, 0.0);
        }
        let found = freezes(&changes);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!((found[1].start_s - 2.4).abs() < 0.1 && (found[1].end_s - 4.0).abs() < 0.1, "{found:?}");
        // Noise between two people who walk past is steady.
        let quiet = unmoved((0..200).map(|n| if (60..150).contains(&n) { 0.17 } else { 2.5 }));
        assert_eq!(freezes(&quiet), []);
    }

    #[test]
    fn a_stop_that_a_frugal_encoder_goes_on_refining_is_told_by_the_view_that_has_moved_on() {
        // A key frame in its midst, and behind it the picture of a second later.
        let step = |moved_on: f64| {
            move |n: usize| match n {
                88 => 1.7,
                80..105 => 0.2,
                105 => moved_on,
                _ => 5.0 - (n % 4) as f64,
            }
        };
        let with_end = |moved_on: f64| {
            let mut changes = unmoved((0..200).map(step(moved_on)));
            changes[105].fit = changes[105].fit.map(|fit| Fit { matched: 0.2, ..fit });
            freezes(&changes)
        };
        let found = with_end(13.0);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!((found[0].start_s - 3.2).abs() < 0.05 && (found[0].end_s - 4.2).abs() < 0.05, "{found:?}");
        assert_eq!(with_end(4.0), []);
    }

    #[test]
    fn a_camera_on_a_stand_is_not_stopped_when_somebody_walks_past() {
        let passed = unmoved((0..200).map(|n| if (60..100).contains(&n) { 6.0 } else { 0.16 }));
        assert_eq!(freezes(&passed), []);
        let only_passing = unmoved((0..120).map(|n| if n < 30 { 6.0 } else { 0.16 }));
        assert_eq!(freezes(&only_passing), []);
        assert_eq!(freezes(&unmoved((0..200).map(|_| 0.05))), []);
        // Quiet, somebody passes, quiet again: an encoder with few bits repeats pictures behind each key frame.
        let frugal = |n: usize| if n % 25 < 8 { 0.12 } else { 0.01 };
        let passed = unmoved((0..400).map(|n| if (80..140).contains(&n) { 2.3 } else { frugal(n) }));
        assert_eq!(freezes(&passed), []);
    }

    #[test]
    fn night_with_a_lamp_is_not_black() {
        let night = PictureSample { brightness: 0.09, contrast: 0.08, ..PictureSample::default() };
        let covered = PictureSample { brightness: 0.07, contrast: 0.01, ..PictureSample::default() };
        assert!(!is_black(&night) && is_black(&covered));
    }
}
