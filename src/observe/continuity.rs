//! Fusing what the observers found into breaks of the recording: many signs of one cause are one
//! [`Discontinuity`], each sign with its own figure.

mod joins;
#[cfg(test)]
mod tests;

use super::clues::{Clue, Origin};
use super::joints::HABITUAL;
use super::picture::{Change, Motion};
use crate::evidence::{
    ClockDifference, ClockFacts, ClockJump, Discontinuity, DiscontinuityKind as Kind, PictureSample,
    SLOW_PICTURES, Sign, SoundFacts, Timeline,
};
use crate::time::{Span, round_to_microsecond};

/// Sound that is lost for less than this at either end is the recorder starting or stopping.
const EDGE_S: f64 = 1.0;

/// Streams that end further apart than this do not belong to one undisturbed recording; devices
/// stop sound and picture within one GOP of each other.
const MAX_LENGTH_DIFFERENCE_S: f64 = 1.5;

/// Another clock for a while is foreign pictures, or a camera whose settings were changed midway.
const OTHER_CLOCK: f32 = 0.6;

/// A clock that is read to the second cannot show a smaller leap for certain.
const MIN_CLOCK_STEP_S: f64 = 0.9;

/// A picture step this many times the usual one is a join that no motion of the camera explains.
const MIN_STEP_RATIO: f64 = 4.0;

/// Two opposite leaps that cancel to within a displayed second or so enclose foreign pictures.
const MAX_INSERT_REMAINDER_S: f64 = 1.5;

/// Stops of the picture and losses of sound from this length on are certain; coding smears either end of
/// one second by some 0.1 s.
const CERTAIN_S: f64 = 0.8;
/// Confidence of the others: below what the policies take for proven, so that a person looks.
const UNSURE_STOP: f32 = 0.6;

/// A clock that turns through so much of what may be no stop but coding shows that it is none: what is taken for a stop may reach as far
/// behind it again.
const MOSTLY_TURNED: f64 = 0.5;
/// Between readings further apart than a second and a picture or two it may have stood.
const NEAR_READING_S: f64 = 1.1;

const FROZEN: &str = "frozen-s";

/// An encoder that refines a picture which stands still, or leaves out what hardly changes, smears either end of a stop by so much.
const SMEARED_S: f64 = 0.15;
/// A second may be drawn so much sooner or later than the clock's line says, and brought out so much later by the codec.
const TURNING_S: f64 = 0.1;

/// Events this close belong to one cause.
const SAME_CAUSE_S: f64 = 1.0;

/// What the observers bring together.
pub struct Signs<'a> {
    pub duration_s: f64,
    pub timeline: &'a Timeline,
    /// Key frames that came before the camera's own distance was over.
    pub early_key_frames: &'a [EarlyKeyFrame],
    pub key_frames_s: &'a [f64],
    /// What the first pass noticed.
    pub clues: &'a [Clue],
    pub samples: &'a [PictureSample],
    pub motion: &'a Motion,
    /// Stretches whose sampled pictures are all black.
    pub sampled_blacks: &'a [Span],
    pub sound: Option<&'a SoundFacts>,
    pub clock: Option<&'a ClockFacts>,
    /// Bytes that the structure promises and the file lacks, or a reading that broke off.
    pub cut_short: Option<Sign>,
}

/// A key frame off the camera's cadence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EarlyKeyFrame {
    pub at_s: f64,
    /// Pictures by which it came early.
    pub frames: u32,
}

/// All breaks, in order of time.
pub fn fuse(signs: &Signs) -> Vec<Discontinuity> {
    let mut found = gaps(signs);
    found.extend(blacks(signs));
    found.extend(freezes(signs));
    found.extend(sound_losses(signs, &found));
    let steps = clock_steps(signs, &mut found);
    found.extend(steps);
    let others = other_clocks(signs, &mut found);
    found.extend(others);
    found.extend(signs.timeline.resolution_changes.iter().map(|change| {
        let size = vec![sign("width", f64::from(change.width)), sign("height", f64::from(change.height))];
        discontinuity(Kind::ResolutionChange, Span::new(change.at_s, change.at_s), 0.95, size)
    }));
    let joined = joins::joins(signs, &mut found);
    found.extend(joined);
    found.extend(ends(signs));
    tell_once(&mut found);
    found.sort_by(|a, b| a.at_s.total_cmp(&b.at_s).then(a.kind.cmp(&b.kind)));
    found
}

fn gaps(signs: &Signs) -> Vec<Discontinuity> {
    let mut found: Vec<Discontinuity> = Vec::new();
    let tracks = [("picture-gap-s", &signs.timeline.video), ("sound-gap-s", &signs.timeline.audio)];
    for (name, track) in tracks {
        let Some(track) = track else { continue };
        for &gap in &track.gaps {
            let own = sign(name, gap.duration_s());
            match found.iter_mut().find(|other| span(other).widened(SAME_CAUSE_S).overlaps(gap)) {
                Some(other) => other.signs.push(own),
                None => found.push(discontinuity(Kind::Gap, gap, 0.95, vec![own])),
            }
        }
        for &at_s in &track.backward_steps_s {
            let own = sign("time-stamps-step-back", 1.0);
            found.push(discontinuity(Kind::Gap, Span::new(at_s, at_s), 0.7, vec![own]));
        }
    }
    found
}

fn blacks(signs: &Signs) -> Vec<Discontinuity> {
    let spans = signs.motion.blacks.iter().chain(signs.sampled_blacks).copied().collect();
    crate::time::joined(spans, SAME_CAUSE_S)
        .into_iter()
        .map(|black| discontinuity(Kind::Black, black, 0.95, vec![sign("black-s", black.duration_s())]))
        .collect()
}

fn freezes(signs: &Signs) -> Vec<Discontinuity> {
    let stopped = signs.clock.map_or(&[][..], |clock| &clock.stopped);
    let frozen = signs.motion.freezes.iter().filter_map(|stop| {
        let freeze = stop.span;
        // A still scene of which an encoder keeps no noise looks stopped but for its clock.
        let clock_ran = signs.clock.is_some_and(|clock| ran_through(clock, freeze));
        let clock_stood = stopped.iter().any(|span| span.overlaps(freeze));
        let turned_s = signs.clock.map_or(0.0, |clock| turned_s(clock, freeze));
        if stop.may_be_coding && !clock_stood && turned_s >= MOSTLY_TURNED * freeze.duration_s() {
            return None;
        }
        let mut own = vec![sign(FROZEN, freeze.duration_s())];
        if clock_stood {
            own.push(sign("clock-stood-still", 1.0));
        }
        let certain = freeze.duration_s() >= CERTAIN_S && !clock_ran && !stop.may_be_coding;
        Some(discontinuity(Kind::Freeze, freeze, if certain { 0.95 } else { UNSURE_STOP }, own))
    });
    let slow = signs.motion.slow.iter().map(|&slow| {
        discontinuity(Kind::Freeze, slow, UNSURE_STOP, vec![sign(SLOW_PICTURES, slow.duration_s())])
    });
    frozen.chain(slow).collect()
}

/// Of many stops that coding may have made leaves the longest alone, which says how many there are: an encoder that repeats what hardly
/// changes does so all the time, and at one of them a person sees what it is. Until here each explains the step behind it.
fn tell_once(found: &mut Vec<Discontinuity>) {
    let is_unsure = |stop: &Discontinuity| {
        let nothing_else = stop.signs.iter().all(|sign| sign.name == FROZEN);
        stop.kind == Kind::Freeze && stop.confidence == UNSURE_STOP && nothing_else
    };
    let count = found.iter().filter(|stop| is_unsure(stop)).count();
    if count <= HABITUAL {
        return;
    }
    let length_s = |stop: &Discontinuity| span(stop).duration_s();
    let unsure = found.iter().filter(|stop| is_unsure(stop));
    let longest = unsure.max_by(|a, b| length_s(a).total_cmp(&length_s(b))).cloned();
    found.retain(|stop| !is_unsure(stop));
    found.extend(longest.map(|mut stop| {
        stop.signs.push(sign("stops-alike", count as f64));
        stop
    }));
}

/// Whether the clock shows another second at the end of a stretch than where it began.
fn ran_through(clock: &ClockFacts, stretch: Span) -> bool {
    let mut within = clock.readings.iter().filter(|reading| reading.fits && stretch.contains(reading.at_s));
    let (first, last) = (within.next(), within.next_back());
    clock.fit.is_some()
        && first.zip(last).is_some_and(|(first, last)| {
            last.at_s - first.at_s >= MIN_CLOCK_STEP_S && last.text != first.text
        })
}

/// Seconds that the clock turns by its line within a stretch, while all pictures that were read, or looked at, near to each
/// other show what the line says. It does not within a stop, but what was taken for one may go on behind it.
fn turned_s(clock: &ClockFacts, stretch: Span) -> f64 {
    let Some(fit) = &clock.fit else { return 0.0 };
    let read = clock.readings.iter().map(|reading| (reading.at_s, reading.fits));
    let mut shown: Vec<(f64, bool)> = read.chain(clock.vouched_s.iter().map(|&at_s| (at_s, true))).collect();
    // Before the clip begins there is nothing to smear.
    let from_s = if stretch.start_s > 0.0 { stretch.start_s + SMEARED_S } else { 0.0 };
    shown.retain(|(at_s, _)| (from_s..=stretch.end_s - SMEARED_S).contains(at_s));
    shown.sort_by(|a, b| a.0.total_cmp(&b.0));
    let second = |at_s: f64| (fit.offset_s + at_s * (1.0 + fit.drift_ppm / 1e6)).floor();
    let runs = shown.chunk_by(|a, b| a.1 && b.1 && b.0 - a.0 <= NEAR_READING_S);
    let turned_s = runs.map(|run| {
        // Right at a turn both seconds are what the line says.
        second(run[run.len() - 1].0 - TURNING_S) - second(run[0].0 + TURNING_S)
    });
    turned_s.map(|turned_s| turned_s.max(0.0)).sum()
}

fn sound_losses(signs: &Signs, found: &[Discontinuity]) -> Vec<Discontinuity> {
    let Some(sound) = signs.sound else { return Vec::new() };
    let explained =
        |loss: Span| found.iter().any(|gap| gap.kind == Kind::Gap && span(gap).widened(0.1).overlaps(loss));
    let at_edge = |loss: Span| {
        loss.duration_s() < EDGE_S && (loss.start_s < EDGE_S || loss.end_s > signs.duration_s - EDGE_S)
    };
    let losses = sound.losses.iter().copied().filter(|&loss| !explained(loss) && !at_edge(loss));
    losses
        .map(|loss| {
            let confidence = if loss.duration_s() >= CERTAIN_S { 0.95 } else { 0.6 };
            discontinuity(Kind::AudioLoss, loss, confidence, vec![sign("silent-s", loss.duration_s())])
        })
        .collect()
}

/// Leaps of the burnt-in clock. One that happens at a break found otherwise is a sign of that
/// break; one that goes back over a stretch without the clock, or a pair that cancels, encloses
/// foreign pictures; a leap forward where the pictures are joined is a cut.
fn clock_steps(signs: &Signs, found: &mut [Discontinuity]) -> Vec<Discontinuity> {
    let Some(clock) = signs.clock else { return Vec::new() };
    let jumps: Vec<ClockJump> =
        clock.jumps.iter().copied().filter(|jump| jump.by_s.abs() >= MIN_CLOCK_STEP_S).collect();
    let mut steps = Vec::new();
    let mut index = 0;
    while let Some(&jump) = jumps.get(index) {
        index += 1;
        let reach = Span::new(jump.at_s, jump.at_s).widened(jump.uncertainty_s + SAME_CAUSE_S);
        let own = sign("clock-step-s", jump.by_s);
        if let Some(other) = found.iter_mut().find(|other| span(other).widened(0.1).overlaps(reach)) {
            other.signs.push(own);
            other.confidence = other.confidence.max(jump.confidence);
            continue;
        }
        let back = jumps.get(index).filter(|next| (next.by_s + jump.by_s).abs() <= MAX_INSERT_REMAINDER_S);
        if let Some(&next) = back {
            index += 1;
            let own = vec![own, sign("clock-step-back-s", next.by_s)];
            let between = Span::new(place(signs.motion, jump), place(signs.motion, next));
            steps.push(discontinuity(Kind::Insert, between, 0.85, own));
        } else if let Some(foreign) = clock_away(clock, signs.motion, jump) {
            let own = vec![own, sign("without-clock-s", foreign.duration_s())];
            steps.push(discontinuity(Kind::Insert, foreign, 0.85, own));
        } else {
            steps.push(clock_step(signs, jump, own));
        }
    }
    steps
}

/// Stretches with another clock: foreign pictures bring their own overlay along. Where they enclose or touch
/// what was found otherwise, they are a sign of that.
fn other_clocks(signs: &Signs, found: &mut [Discontinuity]) -> Vec<Discontinuity> {
    let changes = signs.clock.map_or(&[][..], |clock| &clock.changes);
    let mut inserts = Vec::new();
    for change in changes {
        let name = match change.what {
            ClockDifference::Place => "clock-place-changed",
            ClockDifference::Format => "clock-format-changed",
            ClockDifference::Face => "clock-face-changed",
        };
        let stretch = Span::new(change.start_s, change.end_s);
        let joint = |other: &&mut Discontinuity| {
            matches!(other.kind, Kind::Cut | Kind::Insert | Kind::ClockJump)
                && span(other).widened(SAME_CAUSE_S).overlaps(stretch)
        };
        match found.iter_mut().find(joint) {
            Some(other) => other.signs.push(sign(name, 1.0)),
            None => inserts.push(discontinuity(Kind::Insert, stretch, OTHER_CLOCK, vec![sign(name, 1.0)])),
        }
    }
    inserts
}

/// A clock that went on from where it stood, later by just the time that it was not to be seen: the
/// pictures between are not the camera's.
fn clock_away(clock: &ClockFacts, motion: &Motion, jump: ClockJump) -> Option<Span> {
    let foreign_s = -jump.by_s;
    let reach = Span::new(jump.at_s - jump.uncertainty_s, jump.at_s + jump.uncertainty_s);
    let away = clock.missing.iter().find(|missing| missing.overlaps(reach.widened(SAME_CAUSE_S)))?;
    let spacing_s = (reach.duration_s() - foreign_s).max(SAME_CAUSE_S);
    if foreign_s < MIN_CLOCK_STEP_S || away.duration_s() > foreign_s + spacing_s {
        return None;
    }
    let joins = joins(motion, reach.widened(SAME_CAUSE_S));
    let pair = joins
        .iter()
        .flat_map(|start| joins.iter().map(move |end| (start, end)))
        .find(|(start, end)| (end.at_s - start.at_s - foreign_s).abs() <= MAX_INSERT_REMAINDER_S / 2.0);
    Some(pair.map_or(Span::new(away.start_s, away.start_s + foreign_s), |(start, end)| {
        Span::new(start.at_s, end.at_s)
    }))
}

fn clock_step(signs: &Signs, jump: ClockJump, own: Sign) -> Discontinuity {
    let mut own = vec![own];
    let reach = Span::new(jump.at_s - jump.uncertainty_s, jump.at_s + jump.uncertainty_s);
    let looked_at = signs.motion.changes.iter().any(|change| reach.contains(change.at_s));
    let join = joins(signs.motion, reach).into_iter().max_by(|a, b| a.ratio.total_cmp(&b.ratio));
    let numbers = signs.clues.iter().find(|clue| clue.origin == Origin::Numbers && reach.overlaps(clue.span));
    let place_s = numbers.map_or(jump.at_s, |clue| clue.span.start_s);
    let at_s = join.map_or(place_s, |join| join.at_s);
    own.extend(numbers.map(|clue| sign(clue.name, clue.value)));
    if let Some(join) = join {
        own.push(sign("picture-step-ratio", (join.ratio * 100.0).round() / 100.0));
    }
    if let Some(key) = signs.early_key_frames.iter().find(|key| reach.contains(key.at_s)) {
        own.push(sign("key-frame-early-frames", f64::from(key.frames)));
    }
    // A clock that is set leaps over an unbroken picture; a cut breaks the picture. Where the
    // pictures were not looked at, a leap forward is taken for what it mostly is.
    let corroborated = own.len() > 1;
    let kind = if jump.by_s > 0.0 && (corroborated || !looked_at) { Kind::Cut } else { Kind::ClockJump };
    let confidence = match corroborated {
        true => jump.confidence.max(0.9),
        false => jump.confidence,
    };
    discontinuity(kind, Span::new(at_s, at_s), confidence, own)
}

/// Where pictures were joined.
#[derive(Debug, Clone, Copy)]
struct Join {
    at_s: f64,
    /// Its step between neighbouring pictures over the usual one.
    ratio: f64,
}

/// Where the pictures of a stretch were joined, in order of time: joints that no movement explains, or,
/// where there are none, steps between neighbouring pictures that stand out from the others.
fn joins(motion: &Motion, reach: Span) -> Vec<Join> {
    let joints = motion.joints.iter().filter(|joint| reach.contains(joint.at_s));
    let joints: Vec<Join> =
        joints.map(|joint| Join { at_s: joint.at_s, ratio: joint.strength() * MIN_STEP_RATIO }).collect();
    if joints.is_empty() { steps(motion, reach) } else { joints }
}

/// Steps between neighbouring pictures of a stretch that stand out from the others.
fn steps(motion: &Motion, reach: Span) -> Vec<Join> {
    let near: Vec<&Change> = motion.changes.iter().filter(|change| reach.contains(change.at_s)).collect();
    let mut steps: Vec<f64> = near.iter().map(|change| change.mean_step).collect();
    steps.sort_by(f64::total_cmp);
    let Some(&usual) = steps.get(steps.len() / 2) else { return Vec::new() };
    let ratio = |change: &Change| change.mean_step / usual.max(f64::MIN_POSITIVE);
    near.iter()
        .filter(|change| ratio(change) >= MIN_STEP_RATIO)
        .map(|change| Join { at_s: change.at_s, ratio: ratio(change) })
        .collect()
}

/// The time of a leap: that of the largest join within its reach, where there is one.
fn place(motion: &Motion, jump: ClockJump) -> f64 {
    let reach = Span::new(jump.at_s - jump.uncertainty_s, jump.at_s + jump.uncertainty_s);
    let largest = joins(motion, reach).into_iter().max_by(|a, b| a.ratio.total_cmp(&b.ratio));
    largest.map_or(jump.at_s, |join| join.at_s)
}

/// Gives each leap of the clock the time of the break that it was found to belong to.
pub fn sharpen(jumps: &mut [ClockJump], found: &[Discontinuity]) {
    for jump in jumps {
        let reach = Span::new(jump.at_s - jump.uncertainty_s, jump.at_s + jump.uncertainty_s);
        let owner = found.iter().find(|found| {
            let by = |sign: &Sign| sign.name == "clock-step-s" && (sign.value - jump.by_s).abs() < 1e-3;
            found.signs.iter().any(by)
        });
        let at_s = match owner {
            // Behind inserted pictures the clock goes on where it stood.
            Some(found) if found.kind == Kind::Insert && jump.by_s < 0.0 => found.end_s,
            Some(found) if matches!(found.kind, Kind::Cut | Kind::Insert | Kind::ClockJump) => found.at_s,
            _ => continue,
        };
        if reach.widened(SAME_CAUSE_S).contains(at_s) && at_s != jump.at_s {
            jump.at_s = at_s;
            jump.uncertainty_s = 0.0;
        }
    }
}

/// A file that ends before its structure says, or whose streams end apart.
fn ends(signs: &Signs) -> Vec<Discontinuity> {
    let end = Span::new(signs.duration_s, signs.duration_s);
    let mut found = Vec::new();
    if let Some(own) = &signs.cut_short {
        found.push(discontinuity(Kind::Truncated, end, 0.95, vec![own.clone()]));
    }
    if let (Some(video), Some(audio)) = (&signs.timeline.video, &signs.timeline.audio) {
        // A container's sound times may be wrong where its samples are all there.
        let audio_end_s = signs.sound.map_or(audio.end_s, |sound| sound.end_s.max(audio.end_s));
        let missing_s = video.end_s - audio_end_s;
        let own = vec![sign("sound-ends-early-s", missing_s)];
        if missing_s > MAX_LENGTH_DIFFERENCE_S {
            found.push(discontinuity(Kind::AudioLoss, Span::new(audio_end_s, video.end_s), 0.9, own));
        } else if -missing_s > MAX_LENGTH_DIFFERENCE_S && signs.cut_short.is_none() {
            let own = vec![sign("picture-ends-early-s", -missing_s)];
            found.push(discontinuity(Kind::Gap, Span::new(video.end_s, audio_end_s), 0.9, own));
        }
    }
    found
}

fn span(discontinuity: &Discontinuity) -> Span {
    Span::new(discontinuity.at_s, discontinuity.end_s)
}

fn sign(name: &str, value: f64) -> Sign {
    Sign { name: name.to_owned(), value: round_to_microsecond(value) }
}

fn discontinuity(kind: Kind, span: Span, confidence: f32, signs: Vec<Sign>) -> Discontinuity {
    Discontinuity {
        at_s: round_to_microsecond(span.start_s),
        end_s: round_to_microsecond(span.end_s),
        kind,
        confidence,
        signs,
        waveform: None,
    }
}
