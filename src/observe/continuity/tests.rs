//! Fusing, on plain facts.

use super::*;
use crate::evidence::TrackTimeline;

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
fn opposite_leaps_enclose_an_insert() {
    let found =
        fused(Timeline::default(), Motion::default(), clock(&[(20.0, 500.0), (25.0, -500.0)]), &[]);
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
        motion.changes.push(Change { from_s: at_s - 0.04, at_s, changed_share: 0.9, mean_step: 60.0, ..Change::default() });
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
fn a_leap_at_a_freeze_is_a_sign_of_the_freeze() {
    let motion = Motion { freezes: vec![Span::new(16.0, 20.0)], ..Motion::default() };
    let found = fused(Timeline::default(), motion, clock(&[(20.2, 4.0)]), &[]);
    assert_eq!((found.len(), found[0].kind, found[0].signs.len()), (1, Kind::Freeze, 2));
}

#[test]
fn a_hole_in_both_tracks_is_one_gap() {
    let track = |start_s, end_s| {
        Some(TrackTimeline {
            gaps: vec![Span::new(start_s, end_s)],
            end_s: 60.0,
            ..TrackTimeline::default()
        })
    };
    let timeline =
        Timeline { video: track(10.0, 12.0), audio: track(10.02, 12.01), ..Timeline::default() };
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
