//! Cuts and inserts that show without a clock: joints of pictures, and what sound and structure say at the
//! same place.
//!
//! One sign has many innocent causes and is for a person to look at. Two of different origin at one place
//! hardly have: from two on, one of them strong, a join is taken for proven.

use super::{Kind, SAME_CAUSE_S, Signs, discontinuity, sign, span};
use crate::evidence::{ClockFacts, ClockJump, Discontinuity, Sign};
use crate::figures::hundredths;
use crate::observe::clues::{Clue, Origin};
use crate::observe::joints::{HABITUAL, HALF_AS_STRONG, Joint, Resumption};
use crate::observe::statistics::median;
use crate::time::Span;

/// A weak sign of the pictures alone is no more than a hint and not reported.
const STRONG: f64 = 1.0;

/// Confidence of a join, by how much speaks for it: below 0.8 a person decides.
const ONE_SIGN: f32 = 0.6;
const STRONG_PICTURE: f32 = 0.7;
const TWO_ORIGINS: f32 = 0.85;
const THREE_ORIGINS: f32 = 0.93;
/// The encoder's own numbers break for no reason in what is filmed, but pictures may have been lost on the way into the file.
const NUMBERS_BROKEN: f32 = 0.7;
/// Pictures that differ all at once while a clock that is read on both sides runs on: somebody stepped
/// before the lens, or the clock was forged.
const AGAINST_THE_CLOCK: f32 = 0.5;
/// A clock is read on both sides when a reading that fits lies this near.
const CLOCK_NEAR_S: f64 = 4.0;
/// Of a view that stands still only a removal can be told, and a clock that is on one line on either side, so far away or nearer, has none.
const CLOCK_FAR_S: f64 = 30.0;

/// A step of the picture at a key frame is only taken for a joint from this ratio on.
const MIN_STEP_AT_KEY: f64 = 8.0;
const SAME_PICTURE_S: f64 = 0.01;

/// A clue bears on a joint this near to it.
const CLUE_REACH_S: f64 = 0.35;

/// A stop, a black or a gap ends with another picture; that is no join of its own …
const BESIDE_S: f64 = 0.35;
/// … nor is the key frame that clears up what a decoder shows when packets are missing.
const AFTER_GAP_S: f64 = 2.5;

/// Says little by itself: see [`cut`].
const BACKGROUND: &str = "background-step-db";

/// Clues of sound and structure that are reported without any sign in the pictures.
const LONE_STRENGTH: f64 = 1.5;

/// What is between two joints is held against what is this far outside.
const OUTSIDE_S: f64 = 8.0;
/// The least that brightness, contrast (0–1) and the logarithm of sharpness must differ inside …
const LEAST: [f64; 3] = [0.04, 0.03, 0.35];
/// … and this many times what they vary outside.
const OVER_VARIATION: f64 = 3.0;
/// Figures that must differ.
const MIN_DIFFERENT: usize = 2;
const MAX_INSERT_S: f64 = 40.0;

pub(super) fn joins(signs: &Signs, found: &mut [Discontinuity]) -> Vec<Discontinuity> {
    let mut joints = standing_apart(signs, found);
    for other in found.iter_mut().filter(|other| is_join(other.kind)) {
        let reach = Span::new(other.at_s, other.end_s);
        let own = joints.iter().filter(|joint| at_an_end(reach, joint.at_s));
        let best = own.max_by(|a, b| a.strength().total_cmp(&b.strength())).copied();
        if let Some(joint) = best {
            // A closer figure takes the place of the one that the clock's leap was placed by.
            let own = of_joint(&joint);
            other.signs.retain(|known| own.iter().all(|sign| sign.name != known.name));
            other.signs.extend(own);
            other.confidence = other.confidence.max(if joint.strength() >= STRONG { 0.9 } else { 0.0 });
        }
        joints.retain(|joint| !reach.widened(SAME_CAUSE_S).contains(joint.at_s));
    }
    // Of what a camera does again and again the strongest is shown, for a person to see what it is.
    let habitual = joints.iter().filter(|joint| joint.habitual);
    let strongest = habitual.max_by(|a, b| a.strength().total_cmp(&b.strength())).copied();
    joints.retain(|joint| !joint.habitual || Some(*joint) == strongest);
    let mut joined = inserts(signs, &mut joints);
    joined.extend(joints.iter().filter_map(|joint| cut(signs, joint)));
    let taken: Vec<Span> = joined.iter().chain(found.iter()).map(span).collect();
    let gaps: Vec<Span> = found.iter().filter(|other| other.kind == Kind::Gap).map(span).collect();
    joined.extend(without_pictures(signs, &taken, &gaps));
    joined
}

fn is_join(kind: Kind) -> bool {
    matches!(kind, Kind::Cut | Kind::Insert | Kind::ClockJump | Kind::ResolutionChange)
}

fn at_an_end(reach: Span, at_s: f64) -> bool {
    [reach.start_s, reach.end_s].iter().any(|end_s| (at_s - end_s).abs() <= SAME_CAUSE_S)
}

/// Joints that nothing else explains; of several at one place the strongest.
fn standing_apart(signs: &Signs, found: &[Discontinuity]) -> Vec<Joint> {
    let explains = |other: &&Discontinuity| matches!(other.kind, Kind::Gap | Kind::Freeze | Kind::Black);
    let explained: Vec<Span> = found
        .iter()
        .filter(explains)
        .map(|other| {
            let reach = span(other).widened(BESIDE_S);
            let after_s = if other.kind == Kind::Gap { AFTER_GAP_S } else { 0.0 };
            Span::new(reach.start_s, reach.end_s + after_s)
        })
        .collect();
    let mut joints: Vec<Joint> = signs
        .motion
        .joints
        .iter()
        .filter(|joint| !explained.iter().any(|span| span.contains(joint.at_s)))
        .filter(|joint| !is_refresh(signs, joint))
        .copied()
        .collect();
    joints.sort_by(|a, b| b.strength().total_cmp(&a.strength()));
    let mut apart: Vec<Joint> = Vec::new();
    for joint in joints {
        if !apart.iter().any(|other| (other.at_s - joint.at_s).abs() < CLUE_REACH_S) {
            apart.push(joint);
        }
    }
    apart.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    apart
}

/// A key frame shows a still scene sharper than the pictures before it did, all at once.
fn is_refresh(signs: &Signs, joint: &Joint) -> bool {
    let at_key = signs.key_frames_s.iter().any(|key_s| (key_s - joint.at_s).abs() < SAME_PICTURE_S);
    at_key && joint.by_step_alone() && joint.step_ratio < MIN_STEP_AT_KEY
}

/// Takes the joints of inserts out of `joints`.
fn inserts(signs: &Signs, joints: &mut Vec<Joint>) -> Vec<Discontinuity> {
    let mut resumptions: Vec<Resumption> = signs.motion.resumptions.clone();
    resumptions.sort_by(|a, b| b.matched.total_cmp(&a.matched));
    let mut inserts = Vec::new();
    for resumption in resumptions {
        // The pair beside a joint leaps as well, and only the stronger of them was kept.
        let here = |at_s: f64| {
            let near = joints.iter().filter(|joint| (joint.at_s - at_s).abs() < CLUE_REACH_S);
            near.min_by(|a, b| (a.at_s - at_s).abs().total_cmp(&(b.at_s - at_s).abs())).copied()
        };
        let (Some(away), Some(back)) = (here(resumption.away_s), here(resumption.back_s)) else { continue };
        // A picture or two that were coded badly, between others that follow each other.
        if back.at_s - away.at_s < CLUE_REACH_S || is_chance(signs, &away, &back) {
            continue;
        }
        let mut own = of_joint(&away);
        own.push(sign("resumed-correlation", hundredths(resumption.matched)));
        inserts.push(insert(signs, joints, away, back, own, TWO_ORIGINS));
    }
    let strong: Vec<Joint> = joints.iter().filter(|joint| joint.strength() >= STRONG).copied().collect();
    for pair in strong.windows(2) {
        let (away, back) = (pair[0], pair[1]);
        if back.at_s - away.at_s > MAX_INSERT_S || !joints.contains(&away) {
            continue;
        }
        let different = different_inside(signs, Span::new(away.at_s, back.at_s));
        // A clock that runs on over two such joints was drawn anew between them, or somebody stood before the lens.
        let under_a_clock = away.drop > 0.0
            && back.drop > 0.0
            && signs.clock.is_some_and(|clock| runs_on(clock, away.at_s) && runs_on(clock, back.at_s));
        if different.len() >= MIN_DIFFERENT {
            let own = [of_joint(&away), different].concat();
            inserts.push(insert(signs, joints, away, back, own, STRONG_PICTURE));
        } else if under_a_clock {
            let between = Span::new(away.at_s, back.at_s);
            joints.retain(|joint| !between.contains(joint.at_s));
            inserts.push(discontinuity(Kind::Insert, between, AGAINST_THE_CLOCK, of_joint(&away)));
        }
    }
    inserts
}

/// Whether neither end of what seems foreign is told by more than such a drop as the camera makes elsewhere again and again, and nothing
/// but pictures speaks for either: of many places where a camera pans over something without texture, some two are alike.
fn is_chance(signs: &Signs, away: &Joint, back: &Joint) -> bool {
    let weakest = away.drop.min(back.drop);
    if away.strength().min(back.strength()) >= STRONG || weakest == 0.0 {
        return false;
    }
    let between = Span::new(away.at_s, back.at_s).widened(CLUE_REACH_S);
    let like_them = |other: &&Joint| !between.contains(other.at_s) && other.drop >= HALF_AS_STRONG * weakest;
    let outside = signs.motion.joints.iter().filter(like_them);
    let mut last_s = f64::NEG_INFINITY;
    let apart =
        outside.filter(|other| other.at_s - std::mem::replace(&mut last_s, other.at_s) > CLUE_REACH_S);
    apart.count() >= HABITUAL && [away, back].iter().all(|joint| corroborating(signs, joint.at_s).is_empty())
}

fn insert(
    signs: &Signs,
    joints: &mut Vec<Joint>,
    away: Joint,
    back: Joint,
    mut own: Vec<Sign>,
    confidence: f32,
) -> Discontinuity {
    let between = Span::new(away.at_s, back.at_s);
    joints.retain(|joint| !between.contains(joint.at_s));
    let mut confidence = confidence;
    for end_s in [away.at_s, back.at_s] {
        for clue in corroborating(signs, end_s) {
            own.push(sign(clue.name, hundredths(clue.value)));
            confidence = confidence.max(TWO_ORIGINS);
        }
    }
    discontinuity(Kind::Insert, between, confidence, own)
}

/// Figures of the pictures between two joints that neither side shows.
fn different_inside(signs: &Signs, inside: Span) -> Vec<Sign> {
    let of = |span: Span| -> Vec<[f64; 3]> {
        let within =
            signs.samples.iter().filter(|sample| span.start_s < sample.at_s && sample.at_s < span.end_s);
        within
            .map(|sample| {
                [
                    f64::from(sample.brightness),
                    f64::from(sample.contrast),
                    f64::from(sample.sharpness).max(1.0).ln(),
                ]
            })
            .collect()
    };
    let before = of(Span::new(inside.start_s - OUTSIDE_S, inside.start_s));
    let after = of(Span::new(inside.end_s, inside.end_s + OUTSIDE_S));
    let within = of(inside);
    if before.len() < 2 || after.len() < 2 || within.is_empty() {
        return Vec::new();
    }
    let names = ["brightness-difference", "contrast-difference", "sharpness-difference"];
    let mut different = Vec::new();
    for (n, name) in names.into_iter().enumerate() {
        let column = |rows: &[[f64; 3]]| -> Vec<f64> { rows.iter().map(|row| row[n]).collect() };
        let outside = [column(&before), column(&after)].concat();
        let usual = median(&outside);
        let varies = median(&outside.iter().map(|value| (value - usual).abs()).collect::<Vec<_>>());
        let by = median(&column(&within)) - usual;
        let from_both = [&before, &after].iter().all(|side| {
            let own = median(&column(&within)) - median(&column(side));
            own.abs() >= LEAST[n].max(OVER_VARIATION * varies) && own.signum() == by.signum()
        });
        if from_both {
            different.push(sign(name, hundredths(by)));
        }
    }
    different
}

fn cut(signs: &Signs, joint: &Joint) -> Option<Discontinuity> {
    let mut own = of_joint(joint);
    let strong = joint.strength() >= STRONG;
    let mut clues = corroborating(signs, joint.at_s);
    // Talk that sets in without a pause raises the floor as well.
    clues.retain(|clue| strong || clue.name != BACKGROUND);
    let early = signs.early_key_frames.iter().find(|key| (key.at_s - joint.at_s).abs() < 0.02);
    let mut origins: Vec<Origin> = clues.iter().map(|clue| clue.origin).collect();
    own.extend(clues.iter().map(|clue| sign(clue.name, hundredths(clue.value))));
    if let Some(key) = early {
        own.push(sign("key-frame-early-frames", f64::from(key.frames)));
        origins.push(Origin::Structure);
    }
    origins.sort();
    origins.dedup();
    let nothing_missing = signs.clock.is_some_and(|clock| bridges(clock, joint.at_s));
    let confidence = match (strong, origins.len()) {
        (false, 0) => return None,
        (true, 0) if joint.by_still_view_alone() && nothing_missing => return None,
        (true, 0) => STRONG_PICTURE,
        (false, 1) if origins == [Origin::Numbers] => NUMBERS_BROKEN,
        (false, 1) => ONE_SIGN,
        (true, 1) | (false, _) => TWO_ORIGINS,
        (true, _) => THREE_ORIGINS,
    };
    let against = signs.clock.is_some_and(|clock| runs_on(clock, joint.at_s));
    let confidence = if against { confidence.min(AGAINST_THE_CLOCK) } else { confidence };
    let confidence = if joint.habitual { confidence.min(ONE_SIGN) } else { confidence };
    Some(discontinuity(Kind::Cut, Span::new(joint.at_s, joint.at_s), confidence, own))
}

/// Sound and structure at a place; pictures do not corroborate pictures.
fn corroborating<'a>(signs: &Signs<'a>, at_s: f64) -> Vec<&'a Clue> {
    let near = signs
        .clues
        .iter()
        .filter(|clue| clue.origin != Origin::Picture && clue.span.widened(CLUE_REACH_S).contains(at_s));
    near.collect()
}

/// A clock that was read shortly before and after, on one line.
fn runs_on(clock: &ClockFacts, at_s: f64) -> bool {
    let fits = |side: Span| clock.readings.iter().any(|reading| reading.fits && side.contains(reading.at_s));
    clock.fit.is_some()
        && fits(Span::new(at_s - CLOCK_NEAR_S, at_s))
        && fits(Span::new(at_s, at_s + CLOCK_NEAR_S))
}

/// Whether the clock was read on either side, further away, and no leap of it lies between: then no second is missing there.
fn bridges(clock: &ClockFacts, at_s: f64) -> bool {
    let on_line = || clock.readings.iter().filter(|reading| reading.fits).map(|reading| reading.at_s);
    let before_s =
        on_line().filter(|read_s| (at_s - CLOCK_FAR_S..at_s).contains(read_s)).fold(f64::NAN, f64::max);
    let after_s =
        on_line().filter(|read_s| (at_s..at_s + CLOCK_FAR_S).contains(read_s)).fold(f64::NAN, f64::min);
    let leaps =
        |jump: &ClockJump| (before_s - jump.uncertainty_s..after_s + jump.uncertainty_s).contains(&jump.at_s);
    clock.fit.is_some() && before_s < after_s && !clock.jumps.iter().any(leaps)
}

/// Removed stretches that the pictures do not show, as in a still room.
fn without_pictures(signs: &Signs, taken: &[Span], gaps: &[Span]) -> Vec<Discontinuity> {
    let lone = |clue: &&Clue| {
        let strong = clue.strength >= LONE_STRENGTH && clue.name != BACKGROUND;
        clue.origin != Origin::Picture && strong
    };
    let free = |clue: &&Clue| !taken.iter().any(|span| span.widened(SAME_CAUSE_S).overlaps(clue.span));
    let mut places: Vec<(Span, Vec<&Clue>)> = Vec::new();
    let unexplained = |clue: &&Clue| !is_of_a_gap(signs, clue, gaps);
    for clue in signs.clues.iter().filter(lone).filter(free).filter(unexplained) {
        match places.iter_mut().find(|(span, _)| span.widened(SAME_CAUSE_S).overlaps(clue.span)) {
            Some((_, others)) if others.iter().any(|other| other.name == clue.name) => {}
            Some((_, others)) => others.push(clue),
            None => places.push((clue.span, vec![clue])),
        }
    }
    places.iter().filter_map(|(span, clues)| lone_cut(signs, *span, clues)).collect()
}

/// Whether a key frame's number is off because the one before it was lost in a gap.
fn is_of_a_gap(signs: &Signs, clue: &Clue, gaps: &[Span]) -> bool {
    let at_s = clue.span.start_s;
    let before = signs.key_frames_s.iter().rev().find(|key_s| **key_s < at_s - SAME_PICTURE_S);
    let since = before.map(|&key_s| Span::new(key_s, at_s));
    clue.origin == Origin::Numbers && since.is_some_and(|since| gaps.iter().any(|gap| gap.overlaps(since)))
}

fn lone_cut(signs: &Signs, span: Span, clues: &[&Clue]) -> Option<Discontinuity> {
    let numbers = clues.iter().any(|clue| clue.origin == Origin::Numbers);
    let near = corroborating(signs, span.start_s);
    let others = near.iter().any(|clue| clue.origin != Origin::Numbers && clue.name != BACKGROUND);
    let against = signs.clock.is_some_and(|clock| runs_on(clock, span.start_s));
    let confidence = match (numbers, others) {
        // A forged clock runs on as well, and what is taken out within one second it does not show.
        (true, _) if against => AGAINST_THE_CLOCK,
        (false, _) if against => return None,
        (true, true) => TWO_ORIGINS,
        (true, false) => NUMBERS_BROKEN,
        (false, _) if clues.len() > 1 => STRONG_PICTURE,
        (false, _) => ONE_SIGN,
    };
    let more = near.iter().filter(|other| numbers && !clues.iter().any(|clue| clue.name == other.name));
    let own = clues.iter().chain(more).map(|clue| sign(clue.name, hundredths(clue.value))).collect();
    Some(discontinuity(Kind::Cut, span, confidence, own))
}

fn of_joint(joint: &Joint) -> Vec<Sign> {
    let figures = [
        ("correlation-drop", joint.drop),
        ("view-leap-ratio", joint.leap_ratio),
        ("still-view-leap-ratio", joint.still_leap_ratio),
        ("unexplained-rest-ratio", joint.left_ratio),
        ("light-step-at-key-frame", joint.light_step),
        ("colour-step-ratio", joint.chroma_ratio),
        ("noise-ratio", joint.noise_ratio),
        ("picture-step-ratio", joint.step_ratio),
    ];
    figures
        .into_iter()
        .filter(|(_, figure)| *figure > 0.0)
        .map(|(name, figure)| sign(name, hundredths(figure)))
        .collect()
}
