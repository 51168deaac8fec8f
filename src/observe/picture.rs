//! Figures of decoded pictures: brightness, sharpness, black, and pictures that repeat themselves.

use opencv::core::{CV_16S, Mat, MatTraitConst, ToInputArray, mean_std_dev};
use opencv::imgproc::laplacian_def;

use super::cadence;
use super::joints::{self, Candidates, Joint, Resumption};
use super::neighbours::{Drift, Fit, Small};
use super::reduced::area_means;
use super::stops::{self, Stop};
use crate::evidence::PictureSample;
use crate::media::{Picture, Plane};
use crate::time::{Span, joined, round_to_microsecond};

/// Pictures are measured at this many lines or fewer, so that sharpness means the same at every
/// resolution.
const MEASURED_LINES: usize = 480;

/// Deep shadow and burnt out, on the coded scale of luma (black 16, white 235).
const DARK_LUMA: u8 = 32;
const BURNT_LUMA: u8 = 233;

/// Edges are measured at this many lines: noise is averaged away, and a picture that is out of focus stays so.
const DEFINITION_LINES: usize = 180;
const DEFINITION_QUANTILE: f64 = 0.99;

/// A picture is black when even its mean lies this close to coded black (16 of 255) …
const BLACK_BRIGHTNESS: f32 = 0.11;
/// … and nothing stands out of it. Night footage has lamps and a clock, which raise contrast, …
const BLACK_CONTRAST: f32 = 0.03;
/// … and a dark room has edges ([`PictureSample::definition`], steps of luma): a rocket at night came to 9, black pictures without noise to 0.
const BLACK_DEFINITION: f32 = 6.0;
/// No picture is black whose mean luma (0–255) at reduced size lies above this: rounding moves it by less than
/// a step.
const DARK_ENOUGH: f64 = BLACK_BRIGHTNESS as f64 * 255.0 + 1.0;

/// A still scene that was put in begins and ends this near to the joints.
const STILL_END_S: f64 = 0.2;

/// Luma steps up to this size are the codec's, between two codings of one picture.
const REPEAT_LUMA_STEP: u8 = 3;
/// Blacks count from this length; a hand before the lens is shorter.
const MIN_BLACK_S: f64 = 0.3;

/// A view that moves further from one picture to the next (pixels at reduced size) does not drift.
const MAX_DRIFT: f64 = 1.0;
/// Containers round times to the millisecond.
const SAME_PICTURE_S: f64 = 0.005;

/// Measures one picture. Fails only when OpenCV cannot allocate.
pub fn measure(at_s: f64, picture: &Picture) -> opencv::Result<PictureSample> {
    measured(at_s, picture).map(|(sample, _)| sample)
}

/// The figures of a picture, and the picture at reduced size, if it can be compared with others.
pub fn measured(at_s: f64, picture: &Picture) -> opencv::Result<(PictureSample, Option<Small>)> {
    let luma = picture.luma();
    let lines = luma.height.min(MEASURED_LINES);
    let columns = (luma.width * lines / luma.height.max(1)).max(1);
    let pixels = area_means(&luma, columns, lines);
    let small = Mat::new_rows_cols_with_data(lines as i32, columns as i32, &pixels)?;

    let (mean, deviation) = mean_and_deviation(&small)?;
    let mut edges = Mat::default();
    // At most four times a byte either way.
    laplacian_def(&small, &mut edges, CV_16S)?;
    let (_, edge_deviation) = mean_and_deviation(&edges)?;
    let share = |counts: fn(u8) -> bool| {
        pixels.iter().filter(|&&luma| counts(luma)).count() as f32 / pixels.len().max(1) as f32
    };
    let pixels = Plane { data: &pixels, stride: columns, width: columns, height: lines };
    let compared = Small::of(&pixels);
    let sample = PictureSample {
        at_s,
        brightness: rounded(mean / 255.0),
        contrast: rounded(deviation / 255.0),
        sharpness: rounded(edge_deviation * edge_deviation),
        dark: rounded(f64::from(share(|luma| luma < DARK_LUMA))),
        burnt: rounded(f64::from(share(|luma| luma > BURNT_LUMA))),
        definition: Some(definition(&pixels)),
    };
    Ok((sample, compared))
}

/// The step from one pixel to its right or lower neighbour that one in a hundred exceeds.
fn definition(picture: &Plane) -> f32 {
    let lines = picture.height.min(DEFINITION_LINES);
    let columns = (picture.width * lines / picture.height.max(1)).max(1);
    let pixels = area_means(picture, columns, lines);
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
            return step as f32;
        }
        left -= count;
    }
    0.0
}

fn mean_and_deviation(picture: &impl ToInputArray) -> opencv::Result<(f64, f64)> {
    let (mut mean, mut deviation) = (Mat::default(), Mat::default());
    mean_std_dev(picture, &mut mean, &mut deviation, &Mat::default())?;
    Ok((*mean.at::<f64>(0)?, *deviation.at::<f64>(0)?))
}

/// Four decimals: finer differences are the decoder's, not the picture's.
fn rounded(value: f64) -> f32 {
    ((value * 1e4).round() / 1e4) as f32
}

pub fn is_black(sample: &PictureSample) -> bool {
    sample.brightness <= BLACK_BRIGHTNESS
        && sample.contrast <= BLACK_CONTRAST
        && sample.definition.is_none_or(|definition| definition <= BLACK_DEFINITION)
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
    picture: Picture,
    small: Option<Small>,
    chroma: (f64, f64),
    shift: (f64, f64),
}

/// How one picture differs from the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Change {
    /// Of the picture before.
    pub from_s: f64,
    pub at_s: f64,
    /// For so long the picture before was given again, among changes to new pictures ([`super::cadence`]).
    pub repeated_s: f64,
    /// Share of pixels whose luma differs by more than a codec's own steps.
    pub changed_share: f64,
    /// Mean absolute difference of luma, 0–255.
    pub mean_step: f64,
    /// The same of the pictures at reduced size, where a sensor's noise is mostly gone.
    pub small_step: f64,
    /// By how much the picture became brighter, 0–255.
    pub brighter: f64,
    /// How far its mean colour moved (Cb and Cr, 0–255 each): the white balance, or what is seen.
    pub chroma_step: f64,
    /// The later picture is black.
    pub black: bool,
    /// How the picture follows from the one before; `None` where nothing can be made out.
    pub fit: Option<Fit>,
    /// How far the view drifted from the one before, if it hardly moves.
    pub drift: Option<Drift>,
    /// The later picture is a key frame.
    pub key: bool,
}

/// Pictures of one stretch, seen whole.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Motion {
    pub changes: Vec<Change>,
    pub freezes: Vec<Stop>,
    /// In which a new picture comes only once or twice a second, and is repeated meanwhile.
    pub slow: Vec<Span>,
    pub blacks: Vec<Span>,
    pub joints: Vec<Joint>,
    pub resumptions: Vec<Resumption>,
}

impl MotionObserver {
    /// The next picture of the stretch. `after_hole` says that pictures between were not decoded.
    ///
    /// A stretch may be seen before or after another, and one picture twice: time puts them in order.
    pub fn picture(&mut self, at_s: f64, picture: &Picture, after_hole: bool) -> opencv::Result<()> {
        let luma = picture.luma();
        let small = Small::of(&luma);
        if after_hole {
            self.previous = None;
        }
        let chroma = mean_chroma(picture);
        let mut shift = (0.0, 0.0);
        if let Some(previous) = &self.previous
            && (previous.picture.width(), previous.picture.height()) == (luma.width, luma.height)
        {
            let mut change = change(previous.at_s, at_s, &previous.picture.luma(), &luma);
            change.chroma_step = (chroma.0 - previous.chroma.0).hypot(chroma.1 - previous.chroma.1);
            if let (Some(before), Some(after)) = (&previous.small, &small) {
                change.small_step = before.difference(after).unwrap_or_default();
                change.brighter = after.brightness() - before.brightness();
                change.fit = before.fit(after, previous.shift);
                let still = |fit: Fit| fit.shift.0.hypot(fit.shift.1) <= MAX_DRIFT;
                change.drift = change.fit.is_some_and(still).then(|| before.drift(after)).flatten();
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
        self.previous = picture.kept().map(|picture| Seen { at_s, picture, small, chroma, shift });
        Ok(())
    }

    /// The next picture begins another stretch.
    pub fn end_stretch(&mut self) {
        self.previous = None;
    }

    /// What was seen so far, of a clip with key frames at these times, in order.
    pub fn motion(&mut self, key_frames_s: &[f64]) -> Motion {
        self.changes.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
        self.changes.dedup_by(|a, b| a.at_s == b.at_s);
        for change in &mut self.changes {
            let next = key_frames_s.partition_point(|key_s| *key_s < change.at_s - SAME_PICTURE_S);
            change.key = key_frames_s.get(next).is_some_and(|key_s| *key_s <= change.at_s + SAME_PICTURE_S);
        }
        let blacks = blacks(&self.changes);
        let new = cadence::to_new_pictures(&self.changes);
        let (joints, resumptions) = joints::find(&new, &self.candidates);
        // A stop begins with the last picture there was; foreign pictures of a scene that stands still do not.
        let foreign = |stop: &Span| {
            let ends = |at_s: f64, end_s: f64| (at_s - end_s).abs() <= STILL_END_S;
            let encloses =
                |found: &Resumption| ends(found.away_s, stop.start_s) && ends(found.back_s, stop.end_s);
            resumptions.iter().any(encloses)
        };
        let slow = stops::slow(&self.changes);
        let mut freezes = stops::freezes(&self.changes, &slow);
        freezes.retain(|stop| !blacks.iter().any(|black| black.overlaps(stop.span)) && !foreign(&stop.span));
        Motion { freezes, slow, blacks, changes: self.changes.clone(), joints, resumptions }
    }
}

/// Runs of black pictures, each until the next picture comes.
fn blacks(changes: &[Change]) -> Vec<Span> {
    let black = changes.iter().enumerate().filter(|(_, change)| change.black);
    let spans = black.map(|(n, change)| Span::new(change.at_s, shown_until(changes, n)));
    joined(spans.collect(), 0.0).into_iter().filter(|span| span.duration_s() >= MIN_BLACK_S).collect()
}

/// When the picture of a change gives way to the next one; its own time where no next one was seen.
pub(super) fn shown_until(changes: &[Change], n: usize) -> f64 {
    let next = changes.get(n + 1).filter(|next| next.from_s == changes[n].at_s);
    next.map_or(changes[n].at_s, |next| next.at_s)
}

/// One row in so many is enough for a mean.
const CHROMA_ROWS: usize = 4;

/// Mean Cb and Cr of a picture.
fn mean_chroma(picture: &Picture) -> (f64, f64) {
    let mean = |plane: Plane| {
        let rows = (0..plane.height).step_by(CHROMA_ROWS).map(|y| plane.row(y));
        // A row of bytes cannot overflow a sum of 32 bits.
        let sums =
            rows.map(|row| (row.iter().map(|&value| u32::from(value)).fold(0, u32::wrapping_add), row.len()));
        let (sum, count) =
            sums.fold((0u64, 0usize), |(sum, count), (more, len)| (sum + u64::from(more), count + len));
        sum as f64 / count.max(1) as f64
    };
    let (blue, red) = picture.chroma();
    (mean(blue), mean(red))
}

/// How one plane of luma differs from another of its size.
fn change(from_s: f64, at_s: f64, before: &Plane, after: &Plane) -> Change {
    let rows = (0..before.height).map(|y| steps(before.row(y), after.row(y)));
    let (changed, sum) = rows.fold((0, 0), |(changed, sum), (more, steps)| (changed + more, sum + steps));
    let pixels = (before.width * before.height).max(1) as f64;
    Change {
        from_s,
        at_s: round_to_microsecond(at_s),
        changed_share: changed as f64 / pixels,
        mean_step: sum as f64 / pixels,
        ..Change::default()
    }
}

/// Pixels that are compared at once, by the processors' oldest instructions for bytes.
const AT_ONCE: usize = 16;
/// So many ones fit a count of 8 bits; and as many rows of differences a sum of 32.
const MOST_COUNTED: usize = 255;

/// How many pixels differ by more than a codec's own steps, and the sum of all differences. No count and no sum can
/// overflow ([`MOST_COUNTED`]), which is not looked at for each, so that the compiler takes many pixels at once.
fn steps(before: &[u8], after: &[u8]) -> (u64, u64) {
    let (mut changed, mut sum) = (0, 0);
    let is_changed = |step: u8| step > REPEAT_LUMA_STEP;
    let part = AT_ONCE * MOST_COUNTED;
    for (before, after) in before.chunks(part).zip(after.chunks(part)) {
        let ((before, rest_before), (after, rest_after)) =
            (before.as_chunks::<AT_ONCE>(), after.as_chunks::<AT_ONCE>());
        let mut counts = [0u8; AT_ONCE];
        let mut steps_sum = 0u32;
        for (before, after) in before.iter().zip(after) {
            let steps: [u8; AT_ONCE] = std::array::from_fn(|n| before[n].abs_diff(after[n]));
            for (count, &step) in counts.iter_mut().zip(&steps) {
                *count = count.wrapping_add(u8::from(is_changed(step)));
            }
            let of_these = steps.iter().map(|&step| u32::from(step)).fold(0, u32::wrapping_add);
            steps_sum = steps_sum.wrapping_add(of_these);
        }
        changed += counts.iter().map(|&count| u64::from(count)).sum::<u64>();
        sum += u64::from(steps_sum);
        for (a, b) in rest_before.iter().zip(rest_after) {
            changed += u64::from(is_changed(a.abs_diff(*b)));
            sum += u64::from(a.abs_diff(*b));
        }
    }
    (changed, sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_counts_pixels_beyond_the_codecs_steps() {
        // Rows of 500 pixels, with padding that differs and does not count.
        let plane = |data| Plane { data, stride: 510, width: 500, height: 2 };
        let before = vec![100; 1020];
        let mut after = before.clone();
        after[..500].fill(102);
        after[500..510].fill(0);
        after[510..519].fill(150);
        after[1009] = 50;
        let change = change(1.0, 1.04, &plane(&before), &plane(&after));
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
                small_step: if moving { 4.0 } else { 0.0 },
                fit: Some(Fit { matched: 1.0, shift: (0.0, 0.0), seen: 1.0 }),
                ..Change::default()
            });
        }
        let freezes = observer.motion(&[]).freezes;
        assert_eq!(freezes.len(), 1);
        let stop = freezes[0].span;
        assert!((stop.start_s - 0.4).abs() < 0.05 && (stop.end_s - 2.0).abs() < 0.1, "{stop:?}");
    }

    #[test]
    fn night_with_a_lamp_is_not_black() {
        let night = PictureSample { brightness: 0.09, contrast: 0.08, ..PictureSample::default() };
        let covered = PictureSample { brightness: 0.07, contrast: 0.01, ..PictureSample::default() };
        assert!(!is_black(&night) && is_black(&covered));
        let dark_room = PictureSample { definition: Some(9.0), ..covered };
        assert!(!is_black(&dark_room) && is_black(&PictureSample { definition: Some(2.0), ..covered }));
    }
}
