//! The built program on every sample clip, held against what is known to be true of it.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;

use std::sync::OnceLock;

use common::{check, sample, verdicts};
use rayon::prelude::*;
use serde_json::Value;

/// Breaks are found to this accuracy; a freeze or a black is seen at frame borders.
const BREAK_ERROR_S: f64 = 0.15;

/// The truth names the whole missing end; the report can only name its start.
const END_NOT_KNOWN: &str = "truncated-data.mp4";

/// Every clip's truth and its report, each checked once for all tests: by picture, clock, sound
/// and structure. What is said is looked at in `speech.rs`.
fn clips() -> &'static [(Value, Value)] {
    static CLIPS: OnceLock<Vec<(Value, Value)>> = OnceLock::new();
    CLIPS.get_or_init(|| {
        let text = std::fs::read_to_string(sample("truth.json")).unwrap();
        let truth: Value = serde_json::from_str(&text).unwrap();
        let checked = truth["clips"].as_array().unwrap().par_iter().map(|clip| {
            let policy = clip["expected"]["policy"].as_str().unwrap();
            let file = sample(clip["file"].as_str().unwrap());
            let (_, report) = check(&file, &["--policy", policy, "--speech", "off", "--lang", "en"]);
            (clip.clone(), report)
        });
        checked.collect()
    })
}

#[test]
fn every_break_is_found_at_its_place_and_no_other() {
    for (clip, report) in clips() {
        let name = clip["file"].as_str().unwrap();
        let list = |value: &Value| value.as_array().unwrap().clone();
        let expected = list(&clip["discontinuities"]);
        let found = list(&report["observations"]["discontinuities"]);
        assert_eq!(found.len(), expected.len(), "{name}: {found:?}");
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found["kind"], expected["kind"], "{name}");
            let apart =
                |field: &str| (found[field].as_f64().unwrap() - expected[field].as_f64().unwrap()).abs();
            assert!(apart("at_s") <= BREAK_ERROR_S, "{name}: {found} for {expected}");
            if name != END_NOT_KNOWN {
                assert!(apart("end_s") <= BREAK_ERROR_S, "{name}: {found} for {expected}");
            }
        }
    }
}

#[test]
fn findings_are_what_the_truth_allows() {
    // Rests on speech, which `speech.rs` looks at.
    let spoken = [
        "announcement",
        "purpose-statement",
        "credential-display",
        "rights-notice",
        "location-statement",
        "interruption-explanation",
    ];
    for (clip, report) in clips() {
        let name = clip["file"].as_str().unwrap();
        for (check, allowed) in clip["expected"]["findings"].as_object().unwrap() {
            if spoken.contains(&check.as_str()) {
                continue;
            }
            for verdict in verdicts(report, check) {
                let allowed = allowed.as_array().unwrap();
                assert!(
                    allowed.iter().any(|allowed| allowed == verdict),
                    "{name}: {check} is {verdict}, not {allowed:?}"
                );
            }
        }
    }
}

#[test]
fn the_burnt_in_clock_is_read_as_it_was_drawn() {
    for (clip, report) in clips() {
        let (name, drawn) = (clip["file"].as_str().unwrap(), &clip["clock"]);
        if drawn.is_null() || clip["readable"] == false {
            continue;
        }
        let clock = &report["observations"]["clock"];
        assert_eq!(clock["format"], drawn["format"], "{name}");
        let start = |value: &Value| value.as_str().unwrap().parse::<jiff::civil::DateTime>().unwrap();
        let apart = start(&clock["starts_at"]).duration_since(start(&drawn["start"])).as_secs_f64().abs();
        assert!(apart <= 1.0, "{name}: starts at {}, drawn {}", clock["starts_at"], drawn["start"]);
        let (found, leaps) = (clock["jumps"].as_array().unwrap(), drawn["jumps"].as_array().unwrap());
        let (drift, within) = (clock["drift_ppm"].as_f64(), clock["drift_uncertainty_ppm"].as_f64());
        if let (Some(drift), Some(within)) = (drift, within) {
            let apart = (drift - drawn["rate_ppm"].as_f64().unwrap()).abs();
            assert!(apart <= within + 0.1, "{name}: {drift} ± {within} ppm, drawn {}", drawn["rate_ppm"]);
        }
        assert_eq!(found.len(), leaps.len(), "{name}: {found:?}");
        for (found, leap) in found.iter().zip(leaps) {
            let apart = |field: &str| (found[field].as_f64().unwrap() - leap[field].as_f64().unwrap()).abs();
            assert!(apart("by_s") < 1.0, "{name}: {found} for {leap}");
            assert!(
                apart("at_s") <= found["uncertainty_s"].as_f64().unwrap() + BREAK_ERROR_S,
                "{name}: {found} for {leap}"
            );
        }
    }
}

#[test]
fn streams_are_described_as_they_are() {
    for (clip, report) in clips() {
        let name = clip["file"].as_str().unwrap();
        if clip["readable"] == false {
            continue;
        }
        let (found, drawn) = (&report["clip"]["video"], &clip["video"]);
        // The report gives the coded size and the turn, the truth what is seen.
        let turned = drawn["turned_deg"].as_u64().unwrap_or(0) % 180 != 0;
        let (width, height) = if turned { ("height", "width") } else { ("width", "height") };
        assert_eq!(found["codec"], drawn["codec"], "{name}");
        assert_eq!((&found["width"], &found["height"]), (&drawn[width], &drawn[height]), "{name}");
        assert_eq!(report["clip"]["sha256"], clip["sha256"], "{name}");
        let apart =
            (report["clip"]["duration_s"].as_f64().unwrap() - clip["duration_s"].as_f64().unwrap()).abs();
        assert!(apart < 0.1, "{name}: {}", report["clip"]["duration_s"]);
    }
}

/// Without the clock the pictures' own signs must find the cut and the insert.
#[test]
fn cut_and_insert_show_without_the_clock() {
    use pingcha::evidence::{Channel, DiscontinuityKind as Kind};
    use pingcha::observe::{Request, SpeechScope, Tools, observe};

    let request = Request {
        channels: [Channel::Container, Channel::Timeline, Channel::Picture, Channel::Sound].into(),
        speech: SpeechScope::Off,
        digests: false,
        thorough: false,
    };
    let no_models = Err(pingcha::lang::Prose::new("无", "none"));
    let mut tools = Tools::new(pingcha::media::Pipelines::default(), no_models, None);
    for (name, kind, at_s, end_s) in
        [("cut.mp4", Kind::Cut, 15.0, 15.0), ("insert.mp4", Kind::Insert, 11.0, 16.0)]
    {
        let found = observe(&sample(name), &request, &mut tools).discontinuities;
        let [found] = found.as_slice() else { panic!("{name}: {found:?}") };
        assert_eq!(found.kind, kind, "{name}");
        assert!((found.at_s - at_s).abs() <= BREAK_ERROR_S, "{name}: {found:?}");
        assert!((found.end_s - end_s).abs() <= BREAK_ERROR_S, "{name}: {found:?}");
    }
}
