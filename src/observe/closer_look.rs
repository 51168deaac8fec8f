//! The second pass: every picture of the stretches that the first pass left in doubt.

use std::collections::BTreeMap;
use std::path::Path;

use super::clues::{Clue, Origin};
use super::first_pass::{FirstPass, PATIENCE};
use super::joints::{Joint, MIN_DISPLACED};
use super::picture::{Motion, MotionObserver, is_black};
use super::sampled;
use super::stops::Stop;
use super::{Request, on_media_line};
use crate::evidence::{Channel, ClockReading, PictureSample};
use crate::lang::{MinutesSeconds, Prose};
use crate::media::{Event, Pass, PictureChoice, Pipelines, SoundChoice, Wants};
use crate::time::{Span, joined, outside};

/// Looked at beyond each doubtful stretch, so that what is usual around it is seen as well.
const MARGIN_S: f64 = 1.5;
/// And before pictures that are coded as repeats: an encoder refines a repeated picture for a GOP or two
/// before its packets become conspicuously small.
const REFINING_S: f64 = 2.5;

/// Looked at beyond each clue: joints are told from what is usual within half a second.
const CLUE_MARGIN_S: f64 = 0.55;

/// So much is decoded to look at clues where a clock vouches for the recording: then only pictures under a forged clock remain
/// to be found, and a look or two at each kind of clue, of 1 to 3 s, find most of these in ten minutes (docs/accuracy.md).
const VOUCHED_FOR_CLUES_S: f64 = 10.0;
/// Foreign pictures that prove anything take as long.
const SHORTEST_INSERT_S: f64 = 1.0;
/// Between pictures that are sampled further apart the key frames are looked at where something stepped, so many
/// times: up to five key frames each, at some 20 ms. Nearer ones are looked at picture by picture as they are.
const WIDE_S: f64 = 4.0;
const MAX_NARROWED: usize = 6;
/// Clues this strong come first, whatever they are of.
const URGENT: f64 = 10.0;

/// A stretch whose end the picture stood still at is looked at this much further …
const FURTHER_S: f64 = 4.0;
const STOOD_WITHIN_S: f64 = 0.2;
/// … and again, but not for ever: a camera that stands still for minutes shows it in its packets.
const MAX_LOOKS: usize = 3;

/// Around a joint the other end of foreign pictures is looked for this far, for so many joints.
const OTHER_END_S: f64 = 10.0;
const MAX_FOLLOWED: usize = 3;
/// Foreign pictures begin with one that correlates less than this with the one before ([`MIN_DISPLACED`] aside): those of another place
/// match to 0.85 by chance. Where a joint is told by a leap of the view alone and its pictures match better, the same view goes on.
const OWN_CORRELATION: f64 = 0.88;
/// Around a joint that is no end of foreign pictures it is looked so far whether it still stands out where more is seen:
/// one near the end of a stretch had few others to be held against.
const AROUND_S: f64 = 2.0;

/// Pixels that are decoded in full for one clip unless `--thorough` asks for all of it, so all of a clip with no more than that
/// which no clock vouches for: a minute of 1080p at 25 pictures a second, at about six times real time ten seconds of one core;
/// nine minutes of 640×360.
const BUDGET_PIXELS: f64 = 60.0 * 25.0 * 1920.0 * 1080.0;

/// A stretch that adjoins one already seen begins this many pictures before, and ends as many behind.
const BESIDE_PICTURES: f64 = 2.5;

/// A pause longer than this between two decoded pictures means that some between were left out.
const HOLE_INTERVALS: f64 = 4.0;

/// What the closer look found.
#[derive(Default)]
pub(super) struct CloserLook {
    pub motion: Motion,
    pub sampled_blacks: Vec<Span>,
    pub limits: Vec<Prose>,
}

pub(super) fn look(
    path: &Path,
    request: &Request,
    pipelines: &Pipelines,
    first: &mut FirstPass,
) -> CloserLook {
    let mut closer = CloserLook::default();
    if !request.channels.contains(&Channel::Picture) {
        return closer;
    }
    if !request.thorough && !clock_vouches(first) && first.motion.is_none() {
        sampled::fill(path, pipelines, first);
    }
    let Some(picture) = first.picture.seen() else { return closer };
    closer.sampled_blacks = black_runs(&picture.samples);
    if let Some(motion) = first.motion.take() {
        // All of it was decoded already.
        closer.motion = motion;
        return closer;
    }
    let mut sampled = sampled::clues(first);
    if !request.thorough && sampled::narrow(path, pipelines, first, &widest(&sampled)) {
        sampled = sampled::clues(first);
    }
    first.clues.extend(sampled);
    let Some(picture) = first.picture.seen() else { return closer };
    let duration_s = first.timeline.duration_s;
    let budget_s = budget_s(first);
    let whole = request.thorough || (duration_s <= budget_s && !clock_vouches(first));
    let mut stretches = match whole {
        true => vec![Span::new(0.0, duration_s)],
        false => {
            let doubtful = doubtful(first, &picture.samples);
            let mut stretches = within_budget(doubtful, budget_s, &mut closer.limits);
            stretches.extend(hinted(&first.clues, duration_s, budget_s, clock_vouches(first)));
            joined(stretches, CLUE_MARGIN_S)
        }
    };
    let mut observer = MotionObserver::default();
    let mut seen: Vec<Span> = Vec::new();
    for round in 0..MAX_LOOKS {
        if stretches.is_empty() {
            return closer;
        }
        tracing::debug!(round, ?stretches, "looked at closely");
        match watch(path, &unseen(&stretches, &seen, first), pipelines, first, &mut observer) {
            Ok(()) => closer.motion = observer.motion(&first.timeline.key_frames_s(first.origin)),
            Err(detail) => {
                closer.limits.push(Prose::new(
                    format!("可疑片段未能逐帧复核：{}", detail.zh),
                    format!("doubtful stretches could not be looked at closely: {}", detail.en),
                ));
                return closer;
            }
        }
        let mut further = beyond_stops(&stretches, &closer.motion.freezes, duration_s);
        if round == 0 {
            further.extend(around_joints(&closer.motion, duration_s));
            further = joined(further, CLUE_MARGIN_S);
        }
        if further == stretches {
            break;
        }
        seen = std::mem::replace(&mut stretches, further);
    }
    if !whole && !clock_vouches(first) {
        let looked_s: f64 = stretches.iter().map(|span| span.duration_s()).sum();
        closer.limits.push(Prose::new(
            format!(
                "无连续可读的水印时钟：{duration_s:.0} 秒中逐帧复核了迹象最明显的 {looked_s:.0} 秒，其余未逐帧查看，不留迹象的删减\
                 可能漏检；画面编号按周期循环，不重新编码而删去整数周期（两个一循环的关键帧编号即为偶数个画面组）的，编号\
                 仍然接续；可用 --thorough 全部解码"
            ),
            format!(
                "no burnt-in clock was read throughout: of {duration_s:.0} s the {looked_s:.0} s with the clearest hints were \
                 looked at picture by picture; a removal elsewhere that leaves no hint may be missed; the pictures' numbers go \
                 round in circles, and go on where whole circles were taken out without coding anew (an even number of groups of \
                 pictures, where key frames are numbered 0 and 1 in turn); --thorough decodes everything"
            ),
        ));
    }
    closer
}

/// Whether a clock was read that runs on one line from end to end.
fn clock_vouches(first: &FirstPass) -> bool {
    first.clock.seen().is_some_and(|clock| {
        clock.fit.is_some()
            && clock.jumps.is_empty()
            && clock.missing.iter().all(|missing| is_bridged(&clock.readings, *missing))
            && clock.stopped.is_empty()
    })
}

/// Whether a stretch in which a clock could not be read lies between two readings too near each other for foreign
/// pictures to stand between them: a bright thing that passes behind the digits.
fn is_bridged(readings: &[ClockReading], missing: Span) -> bool {
    let mut on_line = readings.iter().filter(|reading| reading.fits).map(|reading| reading.at_s);
    let before_s = on_line.clone().rfind(|at_s| *at_s < missing.start_s);
    let after_s = on_line.find(|at_s| *at_s > missing.end_s);
    before_s.zip(after_s).is_some_and(|(before_s, after_s)| after_s - before_s < SHORTEST_INSERT_S)
}

/// Where the other end of foreign pictures would be, whose one end may have been found, and what is around other joints.
fn around_joints(motion: &Motion, duration_s: f64) -> Vec<Span> {
    let foreign = |joint: &Joint| {
        let change = motion.changes.iter().find(|change| change.at_s == joint.at_s);
        let matched = change.and_then(|change| change.fit).map_or(0.0, |fit| fit.matched);
        let others = [joint.drop, joint.step_ratio, joint.left_ratio, joint.light_step];
        let by_leap_alone = others == [0.0; 4];
        !by_leap_alone || matched < OWN_CORRELATION || joint.shift >= MIN_DISPLACED
    };
    let mut strong: Vec<&Joint> = motion.joints.iter().filter(|joint| joint.strength() >= 1.0).collect();
    strong.sort_by(|a, b| b.strength().total_cmp(&a.strength()));
    let reach = |joint: &&Joint| {
        let reach_s = if foreign(joint) { OTHER_END_S } else { AROUND_S };
        Span::new((joint.at_s - reach_s).max(0.0), (joint.at_s + reach_s).min(duration_s))
    };
    strong.iter().take(MAX_FOLLOWED).map(reach).collect()
}

/// The stretches, made longer where the picture still stood when one of them ended or began.
fn beyond_stops(stretches: &[Span], freezes: &[Stop], duration_s: f64) -> Vec<Span> {
    let stood = |at_s: f64| freezes.iter().any(|stop| stop.span.widened(STOOD_WITHIN_S).contains(at_s));
    let longer = stretches.iter().map(|stretch| {
        let before_s = if stood(stretch.start_s) { FURTHER_S } else { 0.0 };
        let after_s = if stood(stretch.end_s) { FURTHER_S } else { 0.0 };
        Span::new((stretch.start_s - before_s).max(0.0), (stretch.end_s + after_s).min(duration_s))
    });
    joined(longer.collect(), 0.0)
}

/// What of the stretches was not seen yet, each with the pictures beside it that it follows from.
fn unseen(stretches: &[Span], seen: &[Span], first: &FirstPass) -> Vec<Span> {
    let beside_s = BESIDE_PICTURES * picture_interval_s(first);
    let new = outside(stretches, seen).into_iter().filter(|span| span.duration_s() > beside_s);
    joined(new.map(|span| span.widened(beside_s)).collect(), 0.0)
}

fn picture_interval_s(first: &FirstPass) -> f64 {
    first.timeline.timeline.video.as_ref().map_or(0.0, |track| track.packet_interval_s)
}

/// How much of the clip is decoded for its [`BUDGET_PIXELS`].
fn budget_s(first: &FirstPass) -> f64 {
    let picture_pixels =
        first.video.as_ref().map_or(0.0, |video| f64::from(video.width) * f64::from(video.height));
    BUDGET_PIXELS / picture_pixels.max(1.0) * picture_interval_s(first)
}

/// Does nothing where there is nothing to see.
fn watch(
    path: &Path,
    stretches: &[Span],
    pipelines: &Pipelines,
    first: &FirstPass,
    observer: &mut MotionObserver,
) -> Result<(), Prose> {
    let wants = Wants {
        packets: false,
        pictures: PictureChoice::Within {
            stretches: stretches.iter().map(|&span| on_media_line(span, first.origin)).collect(),
            order: first.timeline.coding_order(),
        },
        sound: SoundChoice::None,
        patience: PATIENCE,
    };
    if stretches.is_empty() {
        return Ok(());
    }
    let interval_s = picture_interval_s(first);
    observer.end_stretch();
    let mut previous_s: Option<f64> = None;
    let mut pass = Pass::open(path, wants, pipelines).map_err(|error| error.prose())?;
    // A damaged end was already reported by the first pass; what came before it counts.
    while let Ok(Some(event)) = pass.next() {
        if let Event::Picture(picture) = event {
            let at_s = picture.pts.seconds(first.origin);
            let after_hole =
                previous_s.is_some_and(|last_s| at_s - last_s > HOLE_INTERVALS * interval_s.max(0.01));
            observer
                .picture(at_s, &picture, after_hole)
                .map_err(|error| Prose::new(error.to_string(), error.to_string()))?;
            previous_s = Some(at_s);
        }
    }
    Ok(())
}

/// Runs of neighbouring samples that are all black, from the first to the last.
fn black_runs(samples: &[PictureSample]) -> Vec<Span> {
    let runs =
        samples.chunk_by(|a, b| is_black(a) == is_black(b)).filter(|run| run.first().is_some_and(is_black));
    runs.map(|run| Span::new(run[0].at_s, run[run.len() - 1].at_s))
        .filter(|run| run.duration_s() > 0.0)
        .collect()
}

/// Stretches in which something may have happened: pictures coded as repeats, the edges of black,
/// leaps of the clock.
fn doubtful(first: &FirstPass, samples: &[PictureSample]) -> Vec<Span> {
    let still = first.timeline.still_candidates.iter();
    let mut stretches: Vec<Span> =
        still.map(|span| Span::new((span.start_s - REFINING_S).max(0.0), span.end_s)).collect();
    stretches.extend(
        samples
            .windows(2)
            .filter(|pair| is_black(&pair[0]) != is_black(&pair[1]))
            .map(|pair| Span::new(pair[0].at_s, pair[1].at_s)),
    );
    if let Some(clock) = first.clock.seen() {
        let around =
            clock.jumps.iter().map(|jump| Span::new(jump.at_s, jump.at_s).widened(jump.uncertainty_s));
        stretches.extend(around);
        stretches.extend(clock.stopped.iter().copied());
    }
    joined(stretches.into_iter().map(|span| span.widened(MARGIN_S)).collect(), MARGIN_S)
}

/// The stretches of the strongest clues between pictures that were sampled so far apart that what happened between them
/// may be anywhere.
fn widest(clues: &[Clue]) -> Vec<Span> {
    let mut wide: Vec<&Clue> =
        clues.iter().filter(|clue| clue.strength >= 1.0 && clue.span.duration_s() > WIDE_S).collect();
    wide.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    joined(wide.iter().take(MAX_NARROWED).map(|clue| clue.span).collect(), 0.0)
}

/// The strongest clues with what is around them, as far as the budget goes: those of sound and
/// structure first, which what is filmed does not bring about. Those that do not stand out are worth it only
/// where no clock vouches for the recording.
fn hinted(clues: &[Clue], duration_s: f64, budget_s: f64, clock_vouches: bool) -> Vec<Span> {
    let mut left_s = if clock_vouches { VOUCHED_FOR_CLUES_S.min(budget_s) } else { budget_s };
    let mut clues: Vec<&Clue> = clues.iter().filter(|clue| clue.strength >= 1.0 || !clock_vouches).collect();
    clues.sort_by(|a, b| {
        let of_picture = |clue: &Clue| clue.origin == Origin::Picture;
        let later = |clue: &Clue| of_picture(clue) && clue.strength < URGENT;
        later(a).cmp(&later(b)).then(b.strength.total_cmp(&a.strength))
    });
    if clock_vouches {
        // Little is looked at, and one encoder's habit must not take it all: of each kind the strongest in turn.
        let mut before: BTreeMap<&str, usize> = BTreeMap::new();
        let mut in_turn: Vec<(usize, &Clue)> = Vec::new();
        for clue in clues {
            let turn = before.entry(clue.name).or_default();
            in_turn.push((*turn, clue));
            *turn += 1;
        }
        in_turn.sort_by_key(|&(turn, _)| turn);
        clues = in_turn.into_iter().map(|(_, clue)| clue).collect();
    }
    let mut taken: Vec<Span> = Vec::new();
    for clue in clues {
        tracing::debug!(clue.name, clue.value, clue.strength, ?clue.span, "clue");
        let stretch = clue.span.widened(CLUE_MARGIN_S);
        let stretch = Span::new(stretch.start_s.max(0.0), stretch.end_s.min(duration_s));
        let known =
            taken.iter().any(|other| other.contains(stretch.start_s) && other.contains(stretch.end_s));
        if known || stretch.duration_s() > left_s {
            continue;
        }
        left_s -= stretch.duration_s();
        taken.push(stretch);
    }
    taken
}

/// The stretches that fit the budget, in order of time; says what was left out.
fn within_budget(stretches: Vec<Span>, budget_s: f64, limits: &mut Vec<Prose>) -> Vec<Span> {
    let mut left_s = budget_s;
    let mut taken = Vec::new();
    for stretch in stretches {
        if left_s <= 0.0 {
            let from = MinutesSeconds(stretch.start_s);
            limits.push(Prose::new(
                format!("{from} 之后的可疑片段未逐帧复核；可用 --thorough 全部解码"),
                format!("doubtful stretches from {from} on were not looked at closely; --thorough decodes everything"),
            ));
            break;
        }
        let end_s = stretch.end_s.min(stretch.start_s + left_s);
        left_s -= end_s - stretch.start_s;
        taken.push(Span::new(stretch.start_s, end_s));
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::super::neighbours::Fit;
    use super::super::picture::Change;
    use super::*;

    #[test]
    fn of_what_a_clock_vouches_for_each_kind_of_clue_has_its_turn() {
        let clue = |at_s: f64, name, strength| Clue::at(at_s, Origin::Picture, name, 1.0, strength);
        let mut clues: Vec<Clue> = (0..20).map(|n| clue(20.0 * f64::from(n), "repeats", 30.0)).collect();
        clues.push(clue(310.0, "sampled", 1.5));
        let looked = |vouches| hinted(&clues, 600.0, 60.0, vouches).iter().any(|span| span.contains(310.0));
        assert!(looked(true));
        let seen_s: f64 = hinted(&clues, 600.0, 60.0, true).iter().map(|span| span.duration_s()).sum();
        assert!(seen_s <= VOUCHED_FOR_CLUES_S);
    }

    #[test]
    fn the_budget_is_kept_and_what_is_left_out_is_said() {
        let mut limits = Vec::new();
        let stretches = vec![Span::new(0.0, 50.0), Span::new(60.0, 100.0), Span::new(120.0, 130.0)];
        let taken = within_budget(stretches, 60.0, &mut limits);
        assert_eq!(taken, [Span::new(0.0, 50.0), Span::new(60.0, 70.0)]);
        assert_eq!(limits.len(), 1);
        assert!(limits[0].en.contains("2:00.0"));
    }

    #[test]
    fn the_strongest_clues_are_looked_at_and_weak_ones_only_without_a_clock() {
        let clue = |at_s, strength| Clue::at(at_s, Origin::Picture, "picture-size-ratio", 3.0, strength);
        let clues = [clue(10.0, 0.5), clue(50.0, 2.0), clue(90.0, 1.2)];
        let starts = |spans: Vec<Span>| spans.iter().map(|span| span.start_s.round()).collect::<Vec<_>>();
        assert_eq!(starts(hinted(&clues, 100.0, 60.0, false)), [49.0, 89.0, 9.0]);
        assert_eq!(starts(hinted(&clues, 100.0, 60.0, true)), [49.0, 89.0]);
        let many: Vec<Clue> = (0..100).map(|n| clue(f64::from(n) * 5.0, 2.0)).collect();
        let looked_s: f64 = hinted(&many, 500.0, 60.0, false).iter().map(|span| span.duration_s()).sum();
        assert!(looked_s <= 60.0 && looked_s > 58.0, "{looked_s}");
    }

    #[test]
    fn a_moment_without_the_clock_is_bridged_and_two_seconds_are_not() {
        let readings: Vec<ClockReading> = [0.0, 0.16, 0.88, 2.0, 4.0]
            .map(|at_s| ClockReading {
                at_s,
                text: String::new(),
                shown_s: at_s,
                confidence: 0.9,
                fits: true,
            })
            .to_vec();
        assert!(is_bridged(&readings, Span::new(0.2, 0.84)));
        assert!(!is_bridged(&readings, Span::new(2.04, 2.4)), "the next reading is far");
        assert!(!is_bridged(&readings, Span::new(4.1, 4.2)), "nothing follows");
    }

    #[test]
    fn a_stop_at_the_end_of_a_stretch_is_followed() {
        let stretches = [Span::new(10.0, 14.0), Span::new(30.0, 33.0)];
        let stop = |start_s, end_s| Stop { span: Span::new(start_s, end_s), may_be_coding: false };
        let further = beyond_stops(&stretches, &[stop(12.0, 13.9)], 60.0);
        assert_eq!(further, [Span::new(10.0, 18.0), Span::new(30.0, 33.0)]);
        assert_eq!(beyond_stops(&further, &[stop(12.0, 16.0)], 60.0), further);
    }

    #[test]
    fn the_other_end_is_looked_for_around_strong_joints_only() {
        let joint = |at_s, drop| Joint { at_s, drop, ..Joint::default() };
        let joints = vec![joint(5.0, 0.5), joint(30.0, 0.15), joint(55.0, 0.6)];
        let mut motion = Motion { joints, ..Motion::default() };
        assert_eq!(around_joints(&motion, 60.0), [Span::new(45.0, 60.0), Span::new(0.0, 15.0)]);
        let fit = Some(Fit { matched: 0.95, shift: (0.3, 0.0), seen: 1.0 });
        motion.changes.push(Change { at_s: 55.0, fit, ..Change::default() });
        motion.joints[2] = Joint { drop: 0.0, leap_ratio: 8.0, shift: 0.3, moved: true, ..motion.joints[2] };
        assert_eq!(around_joints(&motion, 60.0), [Span::new(53.0, 57.0), Span::new(0.0, 15.0)]);
    }

    #[test]
    fn black_samples_side_by_side_are_one_run() {
        let sample = |at_s, brightness| PictureSample { at_s, brightness, ..PictureSample::default() };
        let samples =
            [sample(0.0, 0.4), sample(1.0, 0.06), sample(2.0, 0.06), sample(3.0, 0.4), sample(4.0, 0.06)];
        assert_eq!(black_runs(&samples), [Span::new(1.0, 2.0)]);
    }
}
