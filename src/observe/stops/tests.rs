use super::*;

/// Pictures 0.04 s apart that do not move, each with its step at reduced size.
fn unmoved(steps: impl IntoIterator<Item = f64>) -> Vec<Change> {
    let fit = stopped_fit();
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

fn freezes_of(changes: &[Change]) -> Vec<Span> {
    freezes(changes, &slow(changes)).iter().map(|stop| stop.span).collect()
}

/// A hand-held camera of which every picture is given so many times.
fn given(times: usize) -> Vec<Change> {
    let moving = Fit { matched: 0.7, shift: (1.0, -0.5), seen: 1.0 };
    let mut changes = unmoved((0..250).map(|n| if n % times == 0 { 4.0 } else { 0.0 }));
    for (n, change) in changes.iter_mut().enumerate() {
        match n % times == 0 {
            true => change.fit = Some(moving),
            false => (change.changed_share, change.mean_step) = (0.0, 0.0),
        }
    }
    changes
}

#[test]
fn a_sensor_slower_than_its_encoder_is_not_stopped() {
    for times in [2, 3, 5, 12, 25] {
        let changes = given(times);
        assert_eq!(freezes_of(&changes), [], "{times}");
        assert_eq!(slow(&changes).len(), usize::from(times > 8), "{times}");
    }
    let mut stopped = given(3);
    for change in &mut stopped[100..130] {
        *change =
            Change { from_s: change.from_s, at_s: change.at_s, fit: stopped_fit(), ..Change::default() };
    }
    let found = freezes_of(&stopped);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!((found[0].start_s - 4.0).abs() < 0.05 && (found[0].end_s - 5.28).abs() < 0.05, "{found:?}");
}

fn stopped_fit() -> Option<Fit> {
    Some(Fit { matched: 1.0, shift: (0.0, 0.0), seen: 1.0 })
}

#[test]
fn a_stop_that_an_encoder_refines_throughout_is_told_by_the_missing_noise() {
    let stopped = unmoved((0..200).map(|n| if (80..120).contains(&n) { 0.03 } else { 0.16 }));
    let found = freezes_of(&stopped);
    assert_eq!(found.len(), 1);
    assert!((found[0].start_s - 3.2).abs() < 0.1 && (found[0].end_s - 4.8).abs() < 0.1, "{found:?}");
}

#[test]
fn a_stop_begins_with_the_first_picture_that_is_refined() {
    let mut changes = unmoved((0..200).map(|n| if (85..120).contains(&n) { 0.0 } else { 0.4 }));
    for change in &mut changes[85..120] {
        (change.changed_share, change.mean_step) = (0.0, 0.0);
    }
    let late = freezes_of(&changes);
    assert!((late[0].start_s - 3.4).abs() < 1e-9, "{late:?}");
    changes[81..85].iter_mut().for_each(|change| change.mean_step = 1.5);
    let found = freezes_of(&changes);
    assert!((found[0].start_s - 3.24).abs() < 1e-9 && found[0].end_s == late[0].end_s, "{found:?}");
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
    let found = freezes_of(&changes);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!((found[1].start_s - 2.4).abs() < 0.1 && (found[1].end_s - 4.0).abs() < 0.1, "{found:?}");
    // Noise between two people who walk past is steady.
    let quiet = unmoved((0..200).map(|n| if (60..150).contains(&n) { 0.17 } else { 2.5 }));
    assert_eq!(freezes_of(&quiet), []);
}

#[test]
fn a_stop_that_a_frugal_encoder_goes_on_refining_is_told_by_the_view_that_has_moved_on() {
    // A key frame in its midst, and behind it the picture of a second later.
    let step = |moved_on: f64| {
        move |n: usize| match n {
            88 => 1.7,
            89 => 0.0,
            80..105 => 0.2,
            105 => moved_on,
            _ => 5.0 - (n % 4) as f64,
        }
    };
    let unlike = |change: &mut Change| change.fit = change.fit.map(|fit| Fit { matched: 0.2, ..fit });
    let with_end = |moved_on: f64| {
        let mut changes = unmoved((0..200).map(step(moved_on)));
        unlike(&mut changes[105]);
        freezes_of(&changes)
    };
    let found = with_end(13.0);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!((found[0].start_s - 3.2).abs() < 0.05 && (found[0].end_s - 4.2).abs() < 0.05, "{found:?}");
    assert_eq!(with_end(4.0), []);
    // A quiet scene put in between leaps off first.
    let mut foreign = unmoved((0..200).map(step(13.0)));
    foreign[79].small_step = 13.0;
    unlike(&mut foreign[79]);
    unlike(&mut foreign[105]);
    assert_eq!(freezes_of(&foreign), []);
}

#[test]
fn two_stops_near_each_other_are_both_told() {
    // Held still, somebody crosses the picture between and behind; a second each, refined for a third of it.
    let stop = |n: usize| match n {
        0..8 => 0.2 / (n + 1) as f64,
        25 => 1.3,
        _ => 0.01,
    };
    let step = |n: usize| match n {
        100..=125 => stop(n - 100),
        200..=225 => stop(n - 200),
        150..190 | 240..300 => 1.5,
        _ => 0.26,
    };
    let found = freezes_of(&unmoved((0..400).map(step)));
    assert_eq!(found.len(), 2, "{found:?}");
    for (stop, (start_s, end_s)) in found.iter().zip([(4.0, 5.0), (8.0, 9.0)]) {
        assert!((stop.start_s - start_s).abs() < 0.15 && (stop.end_s - end_s).abs() < 0.05, "{found:?}");
    }
}

#[test]
fn a_camera_on_a_stand_is_not_stopped_when_somebody_walks_past() {
    let passed = unmoved((0..200).map(|n| if (60..100).contains(&n) { 6.0 } else { 0.16 }));
    assert_eq!(freezes_of(&passed), []);
    let only_passing = unmoved((0..120).map(|n| if n < 30 { 6.0 } else { 0.16 }));
    assert_eq!(freezes_of(&only_passing), []);
    assert_eq!(freezes_of(&unmoved((0..200).map(|_| 0.05))), []);
    // Quiet, somebody passes, quiet again: an encoder with few bits repeats pictures behind each key frame.
    let frugal = |n: usize| if n % 25 < 8 { 0.12 } else { 0.01 };
    let passed = unmoved((0..400).map(|n| if (80..140).contains(&n) { 2.3 } else { frugal(n) }));
    assert_eq!(freezes_of(&passed), []);
}

#[test]
fn a_stop_may_be_coding_where_missing_noise_alone_tells_it_and_the_view_does_not_move_anyway() {
    let stopped = |shift: (f64, f64)| {
        let mut changes = unmoved((0..200).map(|n| if (80..120).contains(&n) { 0.03 } else { 0.16 }));
        for change in changes.iter_mut().filter(|change| change.small_step > 0.1) {
            change.fit = change.fit.map(|fit| Fit { shift, ..fit });
        }
        let found = freezes(&changes, &[]);
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].may_be_coding
    };
    assert!(stopped((0.0, 0.01)) && !stopped((0.6, -0.3)));
}

/// A camera with few bits that stops for two seconds: fine detail is added at first, and now and then, between repeats.
#[test]
fn a_stop_that_an_encoder_goes_on_refining_is_found_and_a_scene_that_falls_quiet_is_none() {
    let noise = |n: usize| 0.8 + 0.05 * (n % 4) as f64;
    let stopped = |refined: bool| {
        let mut changes = unmoved((0..250).map(noise));
        for (n, change) in changes.iter_mut().enumerate() {
            (change.mean_step, change.changed_share) = (1.2 * change.small_step, 0.1);
            if (100..150).contains(&n) {
                let refining = if n < 106 { refined } else { n % 3 == 0 && refined };
                (change.small_step, change.mean_step) = if refining { (0.2, 1.0) } else { (0.01, 0.012) };
                change.changed_share = if n % 4 == 1 { 0.0 } else { 0.01 };
            }
        }
        changes
    };
    let found = freezes_of(&stopped(true));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!((found[0].start_s - 4.0).abs() < 0.05 && (found[0].end_s - 6.0).abs() < 0.05, "{found:?}");
    assert_eq!(refined::stretches(&stopped(false)), []);
}
