//! Fusing, on plain facts.

use super::super::clues::{Clue, Origin};
use super::super::joints::{Joint, Resumption};
use super::super::stops::Stop;
use super::*;
use crate::evidence::{ClockChange, ClockFit, ClockReading, TrackTimeline};

fn fused(
    timeline: Timeline,
    motion: Motion,
    clock: ClockFacts,
    early: &[EarlyKeyFrame],
) -> Vec<Discontinuity> {
    fuse(&Signs {
        duration_s: 60.0,
        timeline: &timeline,
        early_key_frames: early,
        key_frames_s: &[],
        clues: &[],
        samples: &[],
        motion: &motion,
        sampled_blacks: &[],
        sound: None,
        clock: Some(&clock),
        cut_short: None,
    })
}

fn clock(jumps: &[(f64, f64)]) -> ClockFacts {
    let jumps = jumps
        .iter()
        .map(|&(at_s, by_s)| ClockJump { at_s, uncertainty_s: 1.0, by_s, confidence: 0.9 })
        .collect();
    ClockFacts { jumps, ..ClockFacts::default() }
}

fn stop(start_s: f64, end_s: f64) -> Stop {
    Stop { span: Span::new(start_s, end_s), may_be_coding: false }
}

fn motion(join_s: f64) -> Motion {
    let changes = (0..100).map(|n| {
        let at_s = join_s - 2.0 + f64::from(n) * 0.04;
        let mean_step = if (at_s - join_s).abs() < 0.01 { 40.0 } else { 4.0 };
        Change { from_s: at_s - 0.04, at_s, changed_share: 0.5, mean_step, ..Change::default() }
    });
    Motion { changes: changes.collect(), ..Motion::default() }
}

#[test]
fn a_leap_with_a_step_in_the_picture_is_a_cut_at_the_step() {
    let found = fused(Timeline::default(), motion(20.4), clock(&[(20.0, 6.0)]), &[]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].kind, Kind::Cut);
    assert!((found[0].at_s - 20.4).abs() < 1e-6);
    assert_eq!(found[0].signs[0], sign("clock-step-s", 6.0));
}

#[test]
fn another_clock_for_a_while_is_a_sign_of_an_insert() {
    let change =
        |what| ClockChange { start_s: 21.0, end_s: 24.0, what, text: "2025/03/14 09:30:11".to_owned() };
    let facts = ClockFacts { changes: vec![change(ClockDifference::Format)], ..ClockFacts::default() };
    let found = fused(Timeline::default(), Motion::default(), facts, &[]);
    assert_eq!((found.len(), found[0].kind, found[0].confidence), (1, Kind::Insert, OTHER_CLOCK));
    assert_eq!((found[0].at_s, found[0].end_s), (21.0, 24.0));
    assert_eq!(found[0].signs, [sign("clock-format-changed", 1.0)]);
    // Where the clock leaps away and back as well, it is one more sign of the same.
    let leaps = clock(&[(20.0, 500.0), (25.0, -500.0)]);
    let facts = ClockFacts { changes: vec![change(ClockDifference::Place)], ..leaps };
    let found = fused(Timeline::default(), Motion::default(), facts, &[]);
    assert_eq!((found.len(), found[0].signs.len()), (1, 3));
}

#[test]
fn opposite_leaps_enclose_an_insert() {
    let found = fused(Timeline::default(), Motion::default(), clock(&[(20.0, 500.0), (25.0, -500.0)]), &[]);
    assert_eq!((found.len(), found[0].kind), (1, Kind::Insert));
    assert_eq!((found[0].at_s, found[0].end_s), (20.0, 25.0));
}

#[test]
fn a_leap_forward_over_an_unbroken_picture_is_the_clock_itself() {
    let found = fused(Timeline::default(), motion(90.0), clock(&[(90.5, 30.0)]), &[]);
    assert_eq!(found[0].kind, Kind::Cut);
    let mut unbroken = motion(90.0);
    unbroken.changes.retain(|change| change.mean_step < 10.0);
    let found = fused(Timeline::default(), unbroken, clock(&[(90.5, 30.0)]), &[]);
    assert_eq!(found[0].kind, Kind::ClockJump);
}

#[test]
fn a_clock_that_goes_on_where_it_stood_encloses_an_insert() {
    let mut clock = clock(&[(13.5, -5.0)]);
    clock.jumps[0].uncertainty_s = 3.0;
    clock.missing = vec![Span::new(11.0, 16.0)];
    let mut motion = motion(13.0);
    for change in &mut motion.changes {
        change.mean_step = 4.0;
    }
    for at_s in [11.04, 16.04] {
        motion.changes.push(Change {
            from_s: at_s - 0.04,
            at_s,
            changed_share: 0.9,
            mean_step: 60.0,
            ..Change::default()
        });
    }
    let found = fused(Timeline::default(), motion, clock.clone(), &[]);
    assert_eq!((found.len(), found[0].kind), (1, Kind::Insert));
    assert_eq!((found[0].at_s, found[0].end_s), (11.04, 16.04));
    sharpen(&mut clock.jumps, &found);
    assert_eq!(clock.jumps[0].at_s, 16.04);
}

#[test]
fn a_leap_back_over_an_unbroken_picture_is_the_clock_itself() {
    let found = fused(Timeline::default(), Motion::default(), clock(&[(20.0, -30.0)]), &[]);
    assert_eq!((found.len(), found[0].kind), (1, Kind::ClockJump));
}

#[test]
fn a_stop_that_the_missing_noise_alone_tells_is_for_a_person() {
    let with = |may_be_coding| {
        let freezes = vec![Stop { may_be_coding, ..stop(16.0, 20.0) }];
        let motion = Motion { freezes, ..Motion::default() };
        fused(Timeline::default(), motion, ClockFacts::default(), &[])[0].confidence
    };
    assert!(with(false) > 0.9 && with(true) < 0.7);

    // An encoder that does so again and again is told once, a stop for certain always.
    let many = |count: u32| {
        let of_coding = (0..count).map(|n| Stop {
            may_be_coding: true,
            ..stop(20.0 * f64::from(n), 20.0 * f64::from(n + 1) - 17.0 + f64::from(n % 2))
        });
        let freezes = of_coding.chain([stop(150.0, 152.0)]).collect();
        fused(Timeline::default(), Motion { freezes, ..Motion::default() }, ClockFacts::default(), &[])
    };
    assert_eq!(many(4).len(), 5);
    let told = many(6);
    assert_eq!(told.iter().map(|stop| stop.at_s).collect::<Vec<_>>(), [100.0, 150.0]);
    assert_eq!(told[0].signs[1], sign("stops-alike", 6.0));

    // A clock that runs through it shows that it is none.
    let reading = |at_s: f64| ClockReading {
        at_s,
        text: format!("09:00:{at_s:02.0}"),
        shown_s: at_s,
        confidence: 0.9,
        fits: true,
    };
    let ran_but_for = |stopped: &[Span], may_be_coding, from_s: f64, each_s: f64| {
        let times = (0..).map(|n| from_s + each_s * f64::from(n)).take_while(|at_s| *at_s < 20.0);
        let clock = ClockFacts {
            fit: Some(ClockFit {
                offset_s: 0.0,
                drift_ppm: 0.0,
                drift_uncertainty_ppm: 10.0,
                residual_s: 0.0,
            }),
            readings: times.map(reading).collect(),
            stopped: stopped.to_vec(),
            ..ClockFacts::default()
        };
        let freezes = vec![Stop { may_be_coding, ..stop(16.0, 20.0) }];
        fused(Timeline::default(), Motion { freezes, ..Motion::default() }, clock, &[]).len()
    };
    let ran = |may_be_coding, from_s, each_s| ran_but_for(&[], may_be_coding, from_s, each_s);
    assert_eq!((ran(true, 16.5, 0.7), ran(true, 18.5, 0.7), ran(false, 16.5, 0.7)), (0, 1, 1));
    // Two readings on its line, far from each other, may enclose a stop.
    assert_eq!(ran(true, 16.1, 3.0), 1);
    let first_second = |may_be_coding| {
        let clock = ClockFacts {
            fit: Some(ClockFit {
                offset_s: 7.77,
                drift_ppm: 0.0,
                drift_uncertainty_ppm: 10.0,
                residual_s: 0.0,
            }),
            vouched_s: (0..20).map(|n| f64::from(n) / 15.0).collect(),
            ..ClockFacts::default()
        };
        let freezes = vec![Stop { may_be_coding, ..stop(0.0, 0.933) }];
        fused(Timeline::default(), Motion { freezes, ..Motion::default() }, clock, &[]).len()
    };
    assert_eq!((first_second(true), first_second(false)), (0, 1), "the clock turns at 0.23 s");
    // Nor does one that goes on behind a stop, however far the encoder draws that out.
    assert_eq!(ran_but_for(&[Span::new(15.9, 17.0)], true, 17.1, 0.5), 1);
    let motion = Motion { slow: vec![Span::new(3.0, 9.0)], ..Motion::default() };
    let found = fused(Timeline::default(), motion, ClockFacts::default(), &[]);
    assert_eq!(
        (found.len(), found[0].kind, found[0].signs[0].name.as_str()),
        (1, Kind::Freeze, "slow-pictures-s")
    );
    assert!(found[0].confidence < 0.7 && found[0].text().en.starts_with("new picture only"));
}

#[test]
fn a_leap_at_a_freeze_is_a_sign_of_the_freeze() {
    let motion = Motion { freezes: vec![stop(16.0, 20.0)], ..Motion::default() };
    let found = fused(Timeline::default(), motion, clock(&[(20.2, 4.0)]), &[]);
    assert_eq!((found.len(), found[0].kind, found[0].signs.len()), (1, Kind::Freeze, 2));
}

#[test]
fn a_hole_in_both_tracks_is_one_gap() {
    let track = |start_s, end_s| {
        Some(TrackTimeline { gaps: vec![Span::new(start_s, end_s)], end_s: 60.0, ..TrackTimeline::default() })
    };
    let timeline = Timeline { video: track(10.0, 12.0), audio: track(10.02, 12.01), ..Timeline::default() };
    let found = fused(timeline, Motion::default(), ClockFacts::default(), &[]);
    assert_eq!((found.len(), found[0].kind, found[0].signs.len()), (1, Kind::Gap, 2));
}

#[test]
fn sound_that_ends_early_is_lost_sound() {
    let track = |end_s| Some(TrackTimeline { end_s, ..TrackTimeline::default() });
    let timeline = Timeline { video: track(60.0), audio: track(50.0), ..Timeline::default() };
    let found = fused(timeline, Motion::default(), ClockFacts::default(), &[]);
    assert_eq!((found[0].kind, found[0].at_s, found[0].end_s), (Kind::AudioLoss, 50.0, 60.0));
}

/// What is made of joints, clues and samples, without a clock or with one.
fn joined(motion: &Motion, clues: &[Clue], clock: Option<&ClockFacts>) -> Vec<Discontinuity> {
    fuse(&Signs {
        duration_s: 60.0,
        timeline: &Timeline::default(),
        early_key_frames: &[],
        key_frames_s: &[],
        clues,
        samples: &[],
        motion,
        sampled_blacks: &[],
        sound: None,
        clock,
        cut_short: None,
    })
}

/// A clock read at these times, that never leaps.
fn running(at_s: &[f64]) -> ClockFacts {
    let reading =
        |&at_s: &f64| ClockReading { at_s, text: String::new(), shown_s: at_s, confidence: 1.0, fits: true };
    let fit = ClockFit { offset_s: 0.0, drift_ppm: 0.0, drift_uncertainty_ppm: 9.0, residual_s: 0.0 };
    ClockFacts { readings: at_s.iter().map(reading).collect(), fit: Some(fit), ..ClockFacts::default() }
}

fn joint(at_s: f64, drop: f64, leap_ratio: f64) -> Joint {
    Joint { at_s, drop, leap_ratio, ..Joint::default() }
}

fn hum(at_s: f64, strength: f64) -> Clue {
    Clue::at(at_s, Origin::Sound, "hum-phase-step-rad", 2.1, strength)
}

#[test]
fn a_weak_joint_needs_another_sign_and_a_strong_one_alone_is_for_a_person() {
    let weak = Motion { joints: vec![joint(20.0, 0.15, 0.0)], ..Motion::default() };
    assert_eq!(joined(&weak, &[], None), []);
    let with_sound = joined(&weak, &[hum(20.1, 1.2)], None);
    assert_eq!((with_sound.len(), with_sound[0].kind), (1, Kind::Cut));
    assert!(with_sound[0].confidence < 0.8);

    let strong = Motion { joints: vec![joint(20.0, 0.5, 12.0)], ..Motion::default() };
    let alone = joined(&strong, &[], None);
    assert!((0.5..0.8).contains(&alone[0].confidence));
    let proven = joined(&strong, &[hum(20.1, 1.2)], None);
    assert_eq!((proven.len(), proven[0].at_s), (1, 20.0));
    assert!(proven[0].confidence >= 0.8 && proven[0].signs.len() == 3, "{proven:?}");
}

#[test]
fn a_recording_that_goes_on_where_it_was_encloses_an_insert() {
    let motion = Motion {
        joints: vec![joint(20.0, 0.5, 0.0), joint(24.0, 0.5, 0.0)],
        // The pair beside the second joint matched as well.
        resumptions: vec![Resumption { away_s: 20.0, back_s: 24.04, matched: 0.97 }],
        ..Motion::default()
    };
    let found = joined(&motion, &[], None);
    assert_eq!((found.len(), found[0].kind, found[0].at_s, found[0].end_s), (1, Kind::Insert, 20.0, 24.0));
    assert!(found[0].confidence >= 0.8);
}

#[test]
fn where_the_view_is_often_lost_two_that_match_are_chance() {
    let lost = |strength: f64| {
        let mut joints: Vec<Joint> = [2.0, 6.0, 30.0, 40.0].map(|at_s| joint(at_s, 0.2, 0.0)).into();
        joints.extend([joint(20.0, strength, 0.0), joint(24.0, strength, 0.0)]);
        let resumptions = vec![Resumption { away_s: 20.0, back_s: 24.0, matched: 0.97 }];
        Motion { joints, resumptions, ..Motion::default() }
    };
    let inserts = |motion: &Motion, clues: &[Clue]| {
        joined(motion, clues, None).iter().filter(|found| found.kind == Kind::Insert).count()
    };
    assert_eq!((inserts(&lost(0.3), &[]), inserts(&lost(0.5), &[])), (0, 1));
    assert_eq!(inserts(&lost(0.3), &[hum(20.1, 1.2)]), 1, "the sound says so too");
    let mut rare = lost(0.3);
    rare.joints.remove(0);
    assert_eq!(inserts(&rare, &[]), 1);
}

#[test]
fn a_picture_that_was_coded_badly_is_no_insert() {
    let motion = Motion {
        joints: vec![joint(20.0, 0.2, 0.0)],
        resumptions: vec![Resumption { away_s: 20.0, back_s: 20.04, matched: 0.97 }],
        ..Motion::default()
    };
    assert_eq!(joined(&motion, &[], None), []);
}

#[test]
fn pictures_that_differ_between_two_joints_are_an_insert_and_two_cuts_otherwise() {
    let motion = Motion { joints: vec![joint(20.0, 0.5, 0.0), joint(26.0, 0.5, 0.0)], ..Motion::default() };
    let samples = |inside: f32| -> Vec<PictureSample> {
        let figures = |n: i32| {
            let at_s = f64::from(n) + 0.5;
            let away = (20.0..26.0).contains(&at_s);
            let brightness = if away { inside } else { 0.5 + 0.002 * (n % 3) as f32 };
            let sharpness = if away { 400.0 * inside } else { 200.0 };
            PictureSample { at_s, brightness, contrast: 0.2, sharpness, ..PictureSample::default() }
        };
        (0..60).map(figures).collect()
    };
    let fused = |samples: &[PictureSample]| {
        fuse(&Signs {
            duration_s: 60.0,
            timeline: &Timeline::default(),
            early_key_frames: &[],
            key_frames_s: &[],
            clues: &[],
            samples,
            motion: &motion,
            sampled_blacks: &[],
            sound: None,
            clock: None,
            cut_short: None,
        })
    };
    let kinds = |found: Vec<Discontinuity>| found.iter().map(|found| found.kind).collect::<Vec<_>>();
    assert_eq!(kinds(fused(&samples(0.8))), [Kind::Insert]);
    assert_eq!(kinds(fused(&samples(0.5))), [Kind::Cut, Kind::Cut]);
}

#[test]
fn a_clock_that_runs_on_speaks_against_a_cut() {
    let motion = Motion { joints: vec![joint(20.0, 0.5, 12.0)], ..Motion::default() };
    let found = joined(&motion, &[hum(20.0, 2.0)], Some(&running(&[19.0, 21.0])));
    assert_eq!((found.len(), found[0].kind), (1, Kind::Cut));
    assert!(found[0].confidence <= 0.5);
}

#[test]
fn a_view_that_stands_still_does_not_leap_where_the_clock_lost_nothing() {
    let leap = Joint { at_s: 20.0, still_leap_ratio: 5.0, ..Joint::default() };
    let motion = Motion { joints: vec![leap], ..Motion::default() };
    let around = running(&[4.0, 38.0]);
    assert_eq!(joined(&motion, &[], Some(&around)), []);
    assert_eq!(joined(&motion, &[], Some(&running(&[4.0]))).len(), 1, "it was not read behind");
    let jump = ClockJump { at_s: 21.0, uncertainty_s: 17.0, by_s: 5.0, confidence: 0.9 };
    let leapt = ClockFacts { jumps: vec![jump], ..around.clone() };
    assert!(!joined(&motion, &[], Some(&leapt)).is_empty(), "it leapt between");
    assert_eq!(joined(&motion, &[hum(20.0, 2.0)], Some(&around)).len(), 1, "the sound broke as well");
}

#[test]
fn two_joints_under_a_clock_that_runs_on_are_one_insert_for_a_person() {
    let motion = Motion { joints: vec![joint(20.0, 0.5, 0.0), joint(24.0, 0.5, 0.0)], ..Motion::default() };
    let found = joined(&motion, &[], Some(&running(&[19.0, 21.0, 23.0, 25.0])));
    assert_eq!((found.len(), found[0].kind, found[0].at_s, found[0].end_s), (1, Kind::Insert, 20.0, 24.0));
    assert!(found[0].confidence <= 0.5);
    assert_eq!(joined(&motion, &[], None).len(), 2, "without one they are two cuts");
}

#[test]
fn the_end_of_a_stop_and_the_picture_after_a_gap_are_no_joins() {
    let motion = Motion {
        joints: vec![joint(20.0, 0.5, 12.0), joint(31.5, 0.5, 12.0)],
        freezes: vec![stop(16.0, 20.0)],
        ..Motion::default()
    };
    let track = TrackTimeline { gaps: vec![Span::new(28.0, 30.0)], end_s: 60.0, ..TrackTimeline::default() };
    let timeline = Timeline { video: Some(track), ..Timeline::default() };
    let found = fused(timeline, motion, ClockFacts::default(), &[]);
    let kinds: Vec<Kind> = found.iter().map(|found| found.kind).collect();
    assert_eq!(kinds, [Kind::Freeze, Kind::Gap]);
}

#[test]
fn sound_alone_is_for_a_person_and_only_when_strong() {
    assert_eq!(joined(&Motion::default(), &[hum(20.0, 1.2)], None), []);
    let found = joined(&Motion::default(), &[hum(20.0, 2.0)], None);
    assert_eq!((found.len(), found[0].kind), (1, Kind::Cut));
    assert!(found[0].confidence < 0.8);
}

#[test]
fn broken_numbers_are_for_a_person_and_with_the_sound_proven() {
    let numbers = || Clue::at(20.0, Origin::Numbers, "key-frame-number-off", 1.0, 3.0);
    let alone = joined(&Motion::default(), &[numbers()], None);
    assert_eq!((alone.len(), alone[0].kind), (1, Kind::Cut));
    assert!((0.6..0.8).contains(&alone[0].confidence));
    let heard = joined(&Motion::default(), &[numbers(), hum(20.1, 1.2)], None);
    assert_eq!((heard.len(), heard[0].signs.len()), (1, 2));
    assert!(heard[0].confidence >= 0.8);
    let weak = Motion { joints: vec![joint(20.0, 0.15, 0.0)], ..Motion::default() };
    assert!((0.6..0.8).contains(&joined(&weak, &[numbers()], None)[0].confidence));

    let against = joined(&Motion::default(), &[numbers()], Some(&running(&[19.0, 21.0])));
    assert!(against.len() == 1 && against[0].confidence <= 0.5, "{against:?}");
}

#[test]
fn a_number_is_off_behind_a_gap_that_took_a_key_frame_and_tells_nothing_more() {
    let off = Clue::at(26.0, Origin::Numbers, "key-frame-number-off", 1.0, 3.0);
    let kinds = |gap: Span| -> Vec<Kind> {
        let track = TrackTimeline { gaps: vec![gap], end_s: 60.0, ..TrackTimeline::default() };
        let found = fuse(&Signs {
            duration_s: 60.0,
            timeline: &Timeline { video: Some(track), ..Timeline::default() },
            early_key_frames: &[],
            key_frames_s: &[20.0, 22.0, 26.0, 28.0],
            clues: std::slice::from_ref(&off),
            samples: &[],
            motion: &Motion::default(),
            sampled_blacks: &[],
            sound: None,
            clock: None,
            cut_short: None,
        });
        found.iter().map(|found| found.kind).collect()
    };
    assert_eq!(kinds(Span::new(23.2, 24.2)), [Kind::Gap]);
    assert_eq!(kinds(Span::new(20.5, 21.5)), [Kind::Gap, Kind::Cut]);
}

#[test]
fn a_stop_through_which_the_clock_runs_on_is_for_a_person() {
    let motion = Motion { freezes: vec![stop(16.0, 20.0)], ..Motion::default() };
    let reading = |at_s: f64, shown_s: f64| ClockReading {
        at_s,
        text: format!("{shown_s}"),
        shown_s,
        confidence: 1.0,
        fits: true,
    };
    let fit = Some(ClockFit { offset_s: 0.0, drift_ppm: 0.0, drift_uncertainty_ppm: 9.0, residual_s: 0.0 });
    let running =
        ClockFacts { readings: vec![reading(16.5, 16.0), reading(19.5, 19.0)], fit, ..ClockFacts::default() };
    let standing =
        ClockFacts { readings: vec![reading(16.5, 16.0), reading(19.5, 16.0)], fit, ..ClockFacts::default() };
    for (clock, certain) in [(running, false), (standing, true)] {
        let found = joined(&motion, &[], Some(&clock));
        assert_eq!((found.len(), found[0].kind), (1, Kind::Freeze));
        assert_eq!(found[0].confidence >= 0.8, certain);
    }
}
