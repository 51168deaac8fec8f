//! Pictures looked at one by one, some way apart: their figures, and how much of each is in the next.
//!
//! The first pass samples sparsely, for a recording whose clock is read from end to end has lost nothing between two
//! readings. Where no clock vouches for it, all key frames are looked at after all ([`fill`]).

mod clues;

use std::path::Path;

use super::clues::Clue;
use super::first_pass::{FirstPass, KEY_FRAME_INTERVAL_NS, PATIENCE};
use super::neighbours::Small;
use super::{on_media_line, picture};
use crate::evidence::{Observation, PictureSample};
use crate::media::{Event, Pass, Picture, PictureChoice, Pipelines, Sampling, SoundChoice, Wants};
use crate::time::{Span, round_to_microsecond};

/// Rounding of times must not lose the picture that a stretch begins with.
const TO_THE_PICTURE_S: f64 = 1e-3;

/// What sampled pictures show.
#[derive(Debug, Default)]
pub(super) struct Sampler {
    pub samples: Vec<PictureSample>,
    /// How much of each sampled picture is in the next one, and the time between them.
    pub likenesses: Vec<(Span, f64)>,
    /// Pictures that could not be measured.
    pub unmeasured: u64,
    /// The last one sampled, at reduced size.
    pub last: Option<Small>,
}

impl Sampler {
    /// Takes a picture, presented `at_s` seconds after the clip's first, if its turn has come; whether it had.
    pub fn picture(&mut self, at_s: f64, picture: &Picture) -> bool {
        let interval_s = KEY_FRAME_INTERVAL_NS as f64 / 1e9;
        if self.samples.last().is_some_and(|last| at_s - last.at_s < interval_s) {
            return false;
        }
        let Ok((sample, small)) = picture::measured(at_s, picture) else {
            self.unmeasured += 1;
            return true;
        };
        let pair = self.last.as_ref().zip(small.as_ref());
        if let (Some((before, after)), Some(last)) = (pair, self.samples.last()) {
            let likeness = before.likeness(after);
            self.likenesses.extend(likeness.map(|likeness| (Span::new(last.at_s, at_s), likeness)));
        }
        self.last = small;
        self.samples.push(sample);
        true
    }

    /// The longest stretch of a clip of this length that no looked-at picture stands in.
    pub fn interval_s(&self, duration_s: f64) -> f64 {
        let times = self.samples.iter().map(|sample| sample.at_s).chain([duration_s]);
        let mut previous_s = 0.0;
        let mut longest_s: f64 = 0.0;
        for at_s in times {
            longest_s = longest_s.max(at_s - previous_s);
            previous_s = at_s;
        }
        round_to_microsecond(longest_s)
    }
}

/// Looks at the key frames that the first pass left out, where it left any out. Those that it saw are seen again:
/// each is held against the one before it. A clip that breaks off was reported by the first pass; what was seen until
/// then counts where it is more.
pub(super) fn fill(path: &Path, pipelines: &Pipelines, first: &mut FirstPass) {
    let Some(known) = first.picture.seen().filter(|known| left_out(first, &known.samples)) else { return };
    let known = known.samples.len();
    let sampling = Sampling::each(KEY_FRAME_INTERVAL_NS);
    let pictures = PictureChoice::KeyFrames { sampling, whole: Vec::new() };
    let wants = Wants { packets: false, pictures, sound: SoundChoice::None, patience: PATIENCE };
    let Ok(mut pass) = Pass::open(path, wants, pipelines) else { return };
    let mut sampler = Sampler::default();
    while let Ok(Some(event)) = pass.next() {
        if let Event::Picture(picture) = event {
            sampler.picture(picture.pts.seconds(first.origin), &picture);
        }
    }
    if let Observation::Observed(picture) = &mut first.picture
        && sampler.samples.len() > known
    {
        picture.sampling_interval_s = sampler.interval_s(first.timeline.duration_s);
        picture.samples = sampler.samples;
        picture.undecodable = sampler.unmeasured;
        first.likenesses = sampler.likenesses;
    }
}

/// Looks at the key frames of some stretches, which begin and end with sampled ones, and puts what they show in the
/// place of what was known of these; whether there was anything to look at.
pub(super) fn narrow(path: &Path, pipelines: &Pipelines, first: &mut FirstPass, stretches: &[Span]) -> bool {
    if stretches.is_empty() {
        return false;
    }
    let on_line = stretches.iter().map(|span| on_media_line(span.widened(TO_THE_PICTURE_S), first.origin));
    let pictures = PictureChoice::KeyFramesWithin { stretches: on_line.collect() };
    let wants = Wants { packets: false, pictures, sound: SoundChoice::None, patience: PATIENCE };
    let Ok(mut pass) = Pass::open(path, wants, pipelines) else { return false };
    let mut samplers: Vec<Sampler> = stretches.iter().map(|_| Sampler::default()).collect();
    while let Ok(Some(event)) = pass.next() {
        let Event::Picture(picture) = event else { continue };
        let at_s = picture.pts.seconds(first.origin);
        let within = |span: &Span| span.widened(TO_THE_PICTURE_S).contains(at_s);
        if let Some(place) = stretches.iter().position(within) {
            samplers[place].picture(at_s, &picture);
        }
    }
    let Observation::Observed(known) = &mut first.picture else { return false };
    for (span, sampler) in stretches.iter().zip(samplers) {
        let within = |at_s: f64| span.widened(TO_THE_PICTURE_S).contains(at_s);
        if known.samples.iter().filter(|sample| within(sample.at_s)).count() > sampler.samples.len() {
            continue;
        }
        known.samples.retain(|sample| !within(sample.at_s));
        known.samples.extend(sampler.samples);
        first.likenesses.retain(|(between, _)| !(within(between.start_s) && within(between.end_s)));
        first.likenesses.extend(sampler.likenesses);
    }
    known.samples.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    first.likenesses.sort_by(|a, b| a.0.start_s.total_cmp(&b.0.start_s));
    true
}

/// Whether there are key frames with no sampled picture near.
fn left_out(first: &FirstPass, samples: &[PictureSample]) -> bool {
    let interval_s = KEY_FRAME_INTERVAL_NS as f64 / 1e9;
    first.timeline.key_frames.iter().any(|key| {
        let at_s = key.seconds(first.origin);
        let next = samples.partition_point(|sample| sample.at_s < at_s - interval_s);
        samples.get(next).is_none_or(|sample| sample.at_s > at_s + interval_s)
    })
}

/// Clues to joins in what was sampled.
pub(super) fn clues(first: &FirstPass) -> Vec<Clue> {
    let mut clues = first.picture.seen().map_or(Vec::new(), |picture| clues::sample_clues(&picture.samples));
    clues.extend(clues::likeness_clues(&first.likenesses));
    clues
}
