use super::*;
use crate::evidence::{
    AbsenceReason, ClipFacts, ClockFit, ClockJump, ClockReading, ContainerFacts, Observation,
};
use crate::lang::Prose;

/// 2025-03-14 09:30:11.
const START_S: f64 = 1_741_944_611.0;

fn naming() -> Naming {
    Naming {
        patterns: DEFAULT_PATTERNS.iter().map(|text| Pattern::parse(text).unwrap()).collect(),
        zone: jiff::tz::TimeZoneDatabase::bundled().get("Asia/Shanghai").unwrap(),
    }
}

fn clip(name: &str, duration_s: f64) -> Evidence {
    let clip = ClipFacts { name: name.to_owned(), duration_s, ..ClipFacts::default() };
    Evidence::blank(clip, AbsenceReason::NotAsked)
}

/// With a clock that is read in the first and in the last second, to a frame.
fn clocked(name: &str, start_s: f64, duration_s: f64) -> Evidence {
    let mut evidence = clip(name, duration_s);
    let shown = |at_s: f64| (start_s + at_s).floor();
    let times = (0..25).map(|n| f64::from(n) * 0.04).flat_map(|at_s| [at_s, duration_s - 1.0 + at_s]);
    let mut readings: Vec<ClockReading> = times
        .map(|at_s| ClockReading {
            at_s,
            text: String::new(),
            shown_s: shown(at_s),
            confidence: 0.9,
            fits: true,
        })
        .collect();
    readings.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    evidence.clock = Observation::Observed(ClockFacts {
        format: Some("%Y-%m-%d %H:%M:%S".to_owned()),
        readings,
        fit: Some(ClockFit {
            offset_s: start_s,
            drift_ppm: 0.0,
            drift_uncertainty_ppm: 50.0,
            residual_s: 0.0,
        }),
        ..ClockFacts::default()
    });
    evidence
}

fn placed(clips: &[&Evidence]) -> Vec<Place> {
    super::places(clips.iter().map(|evidence| Segment::of(evidence, &naming())).collect())
}

const FIRST: &str = "J1_010203_20250314093011_0001.MP4";
const SECOND: &str = "J1_010203_20250314093051_0002.MP4";
const OTHER: &str = "J1_010209_20250314093040_0001.MP4";

#[test]
fn a_hole_is_measured_by_the_clock_whatever_the_order_and_who_stands_between() {
    let first = clocked(FIRST, START_S + 0.24, 20.0);
    let second = clocked(SECOND, START_S + 40.24, 18.0);
    let other = clocked(OTHER, START_S + 29.0, 20.0);
    for order in [[&first, &other, &second], [&second, &other, &first], [&other, &second, &first]] {
        let places = placed(&order);
        for (clip, place) in order.iter().zip(&places) {
            match clip.clip.name.as_str() {
                FIRST => assert_eq!((&place.before, place.after.as_deref()), (&None, Some(SECOND))),
                SECOND => {
                    let join = place.before.as_ref().unwrap();
                    let between = join.between.unwrap();
                    assert_eq!((join.before.as_str(), between.source), (FIRST, Source::Clock));
                    assert!(
                        (between.seconds_s - 20.0).abs() < 0.1 && between.uncertainty_s < 0.2,
                        "{between:?}"
                    );
                    assert!(join.stop(SAME_VISIT_S).unwrap().sure);
                }
                _ => assert_eq!((&place.before, &place.after), (&None, &None)),
            }
        }
    }
}

#[test]
fn segments_that_join_have_no_hole_beyond_what_the_clock_can_show() {
    let first = clocked(FIRST, START_S, 40.0);
    let second = clocked(SECOND, START_S + 40.02, 18.0);
    let join = placed(&[&first, &second])[1].before.clone().unwrap();
    let between = join.between.unwrap();
    assert!(between.seconds_s.abs() <= between.uncertainty_s, "{between:?}");
    assert_eq!(join.stop(SAME_VISIT_S), None);
}

#[test]
fn file_names_alone_show_a_hole_but_never_surely() {
    let (first, second) = (clip(FIRST, 20.0), clip(SECOND, 18.0));
    let join = placed(&[&second, &first])[0].before.clone().unwrap();
    let between = join.between.unwrap();
    assert_eq!((between.source, between.seconds_s, between.uncertainty_s), (Source::FileName, 20.0, 1.0));
    assert!(!join.stop(SAME_VISIT_S).unwrap().sure);
}

#[test]
fn container_times_mean_what_lies_nearest_and_say_little() {
    let written = |name: &str, creation_time: &str| {
        let mut evidence = clip(name, 20.0);
        evidence.container = Observation::Observed(ContainerFacts {
            creation_time: Some(creation_time.to_owned()),
            ..ContainerFacts::default()
        });
        evidence
    };
    let first = written("a.mp4", "2025-03-14T09:30:11Z");
    let second = written("b.mp4", "2025-03-14T09:30:31Z");
    let join = placed(&[&first, &second])[1].before.clone().unwrap();
    let between = join.between.unwrap();
    assert_eq!((between.source, between.seconds_s, between.uncertainty_s), (Source::Container, 0.0, 40.0));
    assert!(!join.same_device);
    let utc = written(FIRST, "2025-03-14T01:30:11Z");
    assert!(!placed(&[&utc, &clip(SECOND, 9.0)])[1].before.clone().unwrap().records_disagree);
}

#[test]
fn numbers_that_are_left_out_are_named() {
    let third = "J1_010203_20250314093051_0004.MP4";
    let join = placed(&[&clip(FIRST, 20.0), &clip(third, 9.0)])[1].before.clone().unwrap();
    assert_eq!(join.missing_numbers, Some((2, 3)));
    let next = placed(&[&clip(FIRST, 20.0), &clip(SECOND, 9.0)])[1].before.clone().unwrap();
    assert_eq!(next.missing_numbers, None);
}

#[test]
fn a_renamed_clip_is_known_by_the_text_in_its_picture() {
    let mut renamed = clocked("第二段.mp4", START_S + 40.24, 18.0);
    if let Observation::Observed(clock) = &mut renamed.clock {
        clock.other_text = vec!["江源文旅".to_owned(), "J1_010203".to_owned()];
    }
    let places = placed(&[&renamed, &clocked(FIRST, START_S + 0.24, 20.0)]);
    let join = places[0].before.as_ref().unwrap();
    assert!(join.same_device && (join.between.unwrap().seconds_s - 20.0).abs() < 0.1);
}

#[test]
fn unknown_devices_are_joined_only_where_their_times_adjoin() {
    let first = clocked("a.mp4", START_S, 20.0);
    let adjoining = clocked("b.mp4", START_S + 20.0, 20.0);
    let at_once = clocked("c.mp4", START_S + 1.0, 60.0);
    let next_day = clocked("d.mp4", START_S + DAY_S, 20.0);
    assert!(!placed(&[&first, &adjoining])[1].before.as_ref().unwrap().same_device);
    assert_eq!(placed(&[&clocked("e.mp4", START_S, 60.0), &at_once])[1].before, None);
    assert_eq!(placed(&[&first, &next_day])[1].before, None);
}

#[test]
fn records_that_contradict_each_other_and_leaps_make_a_hole_unsure() {
    let first = clocked(FIRST, START_S, 20.0);
    let set_back = clocked("J1_010203_20250314103051_0002.MP4", START_S + 40.0, 18.0);
    let join = placed(&[&first, &set_back])[1].before.clone().unwrap();
    assert!(join.records_disagree && !join.stop(SAME_VISIT_S).unwrap().sure);
    let mut leaping = clocked(FIRST, START_S, 20.0);
    if let Observation::Observed(clock) = &mut leaping.clock {
        clock.jumps.push(ClockJump { at_s: 10.0, uncertainty_s: 1.0, by_s: 2.0, confidence: 0.9 });
    }
    let join = placed(&[&leaping, &clocked(SECOND, START_S + 40.0, 18.0)])[1].before.clone().unwrap();
    assert!(!join.between.unwrap().steady && !join.stop(SAME_VISIT_S).unwrap().sure);
}

#[test]
fn nothing_is_known_behind_a_clip_that_could_not_be_read() {
    let mut first = clip(FIRST, 0.0);
    first.unreadable = Some(Prose::new("损坏", "damaged"));
    let join = placed(&[&first, &clocked(SECOND, START_S + 40.0, 18.0)])[1].before.clone().unwrap();
    assert!(join.before_damaged && join.between.is_none());
}

#[test]
fn a_clock_without_a_date_takes_the_day_from_the_name() {
    let of_day = |name: &str, start_s: f64| {
        let mut evidence = clocked(name, start_s.rem_euclid(DAY_S), 20.0);
        if let Observation::Observed(clock) = &mut evidence.clock {
            clock.format = Some("%H:%M:%S".to_owned());
        }
        evidence
    };
    let places = placed(&[&of_day(FIRST, START_S), &of_day(SECOND, START_S + 40.0)]);
    let between = places[1].before.as_ref().unwrap().between.unwrap();
    assert!((between.seconds_s - 20.0).abs() < 0.1 && between.source == Source::Clock, "{between:?}");
}

#[test]
fn a_clip_within_another_does_not_make_a_hole_behind_it() {
    let first = clocked("J1_010203_20250314093011_0001.MP4", START_S, 100.0);
    let within = clocked("J1_010203_20250314093031_0002.MP4", START_S + 20.0, 20.0);
    let next = clocked("J1_010203_20250314093151_0003.MP4", START_S + 100.0, 20.0);
    let places = placed(&[&first, &within, &next]);
    let join = places[2].before.as_ref().unwrap();
    assert_eq!(join.before, first.clip.name);
    assert_eq!((join.stop(SAME_VISIT_S), join.missing_numbers, &places[1].after), (None, None, &None));
    assert_eq!(places[0].after.as_deref(), Some(within.clip.name.as_str()));
}

#[test]
fn a_clip_without_any_time_stands_alone() {
    let places = placed(&[&clip("a.mp4", 20.0), &clocked(FIRST, START_S, 20.0)]);
    assert!(!places[0].timed && places[1].timed && places[1].before.is_none());
    assert_eq!(Place::ALONE.given, 1);
}
