use std::collections::BTreeMap;

use super::super::{Value, Verdict};
use super::*;
use crate::evidence::{
    Absence, AbsenceReason, AudioFacts, CadenceRun, ClipFacts, ClockFacts, DigitShape, Evidence, Observation,
    SCHEMA, StructurePart, Timeline,
};

fn absent<T>() -> Observation<T> {
    Observation::Absent(Absence::from(AbsenceReason::NotAsked))
}

fn evidence(container: Observation<ContainerFacts>, timeline: Observation<Timeline>) -> Evidence {
    Evidence {
        schema: SCHEMA.to_owned(),
        clip: ClipFacts { duration_s: 600.0, ..ClipFacts::default() },
        container,
        timeline,
        picture: absent(),
        sound: absent(),
        clock: absent(),
        speech: absent(),
        sight: absent(),
        discontinuities: vec![],
        models: vec![],
        unreadable: None,
        damage: vec![],
        limits: vec![],
        isolation: crate::evidence::Isolation::None,
    }
}

fn parts(names: &[(&str, u64)]) -> Vec<StructurePart> {
    names.iter().map(|&(name, bytes)| StructurePart { name: name.to_owned(), offset: 0, bytes }).collect()
}

fn strings(texts: &[(&str, &str)]) -> Vec<EncoderString> {
    texts
        .iter()
        .map(|&(place, text)| EncoderString { place: place.to_owned(), text: text.to_owned() })
        .collect()
}

/// Ten minutes as a body camera writes them.
fn camera() -> ContainerFacts {
    ContainerFacts {
        format: "mp4".to_owned(),
        brands: ["mp42", "isom", "mp42"].map(str::to_owned).to_vec(),
        structure: parts(&[("ftyp", 24), ("mdat", 400_000_000), ("moov", 300_000)]),
        encoder_strings: strings(&[
            ("moov/trak[1]/mdia/hdlr", "VideoHandle"),
            ("moov/trak[1]/mdia/minf/stbl/stsd/avc1 compressorname", "Ambarella AVC encoder"),
            ("moov/udta/AMBA", "Model X1 firmware 2.0"),
        ]),
        creation_time: Some("2025-03-14T09:30:11Z".to_owned()),
        modification_time: Some("2025-03-14T09:40:12Z".to_owned()),
        duration_s: Some(600.0),
        sample_descriptions: 1,
        ..ContainerFacts::default()
    }
}

fn camera_timeline() -> Timeline {
    Timeline {
        key_frame_cadence: vec![CadenceRun { frames: 50, times: 299 }],
        parameter_sets: 2,
        ..Timeline::default()
    }
}

fn judged_with(container: ContainerFacts, timeline: Timeline, set: &[(&'static str, Value)]) -> Outcome {
    let evidence = evidence(Observation::Observed(container), Observation::Observed(timeline));
    let params = Params::resolve(CHECK.params, set.iter().cloned().collect::<BTreeMap<_, _>>()).unwrap();
    CHECK.judge(&Case::alone(&evidence), &params)
}

fn judged(container: ContainerFacts, timeline: Timeline) -> Outcome {
    judged_with(container, timeline, &[])
}

fn signed(place: &str, text: &str) -> ContainerFacts {
    let mut container = camera();
    container.encoder_strings.extend(strings(&[(place, text)]));
    container
}

#[test]
fn pass_untouched_camera_file() {
    let outcome = judged(camera(), camera_timeline());
    assert_eq!(outcome.verdict, Verdict::Pass);
    assert_eq!(outcome.summary.zh, "文件结构中未见编辑痕迹。");
    assert_eq!(outcome.measures["weak_signs"], 0.0);
    assert_eq!(outcome.thresholds["weak_signs"], 2.0);
    assert_eq!(outcome.confidence, PASS_CONFIDENCE);
}

#[test]
fn pass_camera_in_other_formats() {
    for (format, brands, structure) in [
        ("mov", vec!["qt  ", "qt  "], parts(&[("ftyp", 20), ("wide", 8), ("mdat", 9_000), ("moov", 900)])),
        (
            "mp4",
            vec!["avc1", "avc1", "isom"],
            parts(&[("ftyp", 24), ("free", 100), ("mdat", 9_000), ("moov", 900)]),
        ),
        (
            "mp4",
            vec!["MSNV", "MSNV", "mp42", "isom"],
            parts(&[("ftyp", 28), ("uuid", 148), ("mdat", 9_000), ("moov", 900)]),
        ),
        ("mp4", vec!["XAVC", "XAVC", "mp42", "iso2"], parts(&[("ftyp", 28), ("mdat", 9_000), ("moov", 900)])),
        (
            "avi",
            vec![],
            parts(&[("RIFF AVI ", 9_000), ("LIST hdrl", 200), ("LIST movi", 8_000), ("idx1", 400)]),
        ),
        ("mpegts", vec![], parts(&[("188-byte packets", 18_800)])),
        ("mpegps", vec![], parts(&[("packs", 18_800)])),
    ] {
        let container = ContainerFacts {
            format: format.to_owned(),
            brands: brands.into_iter().map(str::to_owned).collect(),
            structure,
            encoder_strings: strings(&[
                ("moov/trak[1]/mdia/hdlr", "VideoHandler"),
                ("hdrl/strl[1]/strh handler", "MJPG"),
            ]),
            ..ContainerFacts::default()
        };
        let outcome = judged(container, camera_timeline());
        assert_eq!(outcome.verdict, Verdict::Pass, "{format}: {}", outcome.summary.en);
    }
}

#[test]
fn pass_fragmented_camera_file_has_its_index_first() {
    let container = ContainerFacts {
        fragmented: true,
        structure: parts(&[("ftyp", 24), ("moov", 900), ("moof", 100), ("mdat", 9_000)]),
        ..camera()
    };
    let outcome = judged(container, camera_timeline());
    assert_eq!((outcome.verdict, outcome.measures["weak_signs"]), (Verdict::Pass, 0.0));
}

#[test]
fn pass_without_packets_says_so() {
    let evidence = evidence(Observation::Observed(camera()), absent());
    let params = Params::resolve(CHECK.params, BTreeMap::new()).unwrap();
    let outcome = CHECK.judge(&Case::alone(&evidence), &params);
    assert_eq!(outcome.verdict, Verdict::Pass);
    assert!(outcome.confidence < PASS_CONFIDENCE);
    assert!(outcome.summary.zh.contains("未分析编码数据"));
}

#[test]
fn pass_missing_bytes_are_no_trace() {
    let container = ContainerFacts { missing_bytes: Some(9_000), ..camera() };
    assert_eq!(judged(container, camera_timeline()).verdict, Verdict::Pass);
}

#[test]
fn review_each_kind_of_program_by_itself() {
    for (place, text, name) in [
        ("moov/udta/meta/ilst/©too", "Lavf59.27.100", "FFmpeg"),
        ("SEI user data", "x264 - core 164 r3095 - H.264/MPEG-4 AVC codec", "x264"),
        ("SEI user data", "x265 (build 199) - 3.5+1", "x265"),
        ("JPEG comment", "Lavc59.37.100", "FFmpeg"),
        ("MPEG-4 user data", "XviD0069", "Xvid"),
        ("INFO/ISFT", "VirtualDub build 32842/release", "VirtualDub"),
        ("Segment/Info/WritingApp", "mkvmerge v76.0 64-bit", "MKVToolNix"),
        ("SDT service provider", "FFmpeg", "FFmpeg"),
        ("uuid (XMP)", "Adobe Premiere Pro 2023.0", "Adobe Premiere"),
        ("moov/meta/ilst/software", "[{\"TEEditor\":\"2\"}]", "JianYing/CapCut"),
    ] {
        let outcome = judged(signed(place, text), camera_timeline());
        assert_eq!(outcome.verdict, Verdict::Review, "{text}");
        assert!(
            outcome.summary.en.contains(name) && outcome.summary.zh.contains(place),
            "{}",
            outcome.summary.en
        );
        assert!(outcome.summary.zh.starts_with("疑似"));
        assert_eq!(outcome.measures["foreign_encoder_strings"], 1.0);
    }
}

#[test]
fn review_names_each_program_once() {
    let mut container = signed("moov/udta/meta/ilst/©too", "Lavf59.27.100");
    container.encoder_strings.extend(strings(&[
        ("stsd/avc1 compressorname", "Lavc59.37.100 libx264"),
        ("SEI user data", "x264 - core 164"),
    ]));
    let outcome = judged(container, camera_timeline());
    assert_eq!(outcome.measures["foreign_encoder_strings"], 3.0);
    assert_eq!(outcome.summary.zh.matches("FFmpeg").count(), 1, "{}", outcome.summary.zh);
}

#[test]
fn review_long_texts_are_cut_in_the_summary() {
    let outcome = judged(signed("SEI user data", &format!("x264 {}", "a=1 ".repeat(200))), camera_timeline());
    assert!(outcome.summary.zh.chars().count() < 160, "{}", outcome.summary.zh);
}

#[test]
fn pass_when_the_agency_knows_its_cameras_write_the_name() {
    let known = [("camera_programs", Value::Texts(vec!["lavf58.20".to_owned()]))];
    let written_by_camera = signed("moov/udta/meta/ilst/©too", "Lavf58.20.100");
    assert_eq!(judged_with(written_by_camera, camera_timeline(), &known).verdict, Verdict::Pass);
    let written_by_another = signed("moov/udta/meta/ilst/©too", "Lavf59.27.100");
    assert_eq!(judged_with(written_by_another, camera_timeline(), &known).verdict, Verdict::Review);
}

fn edit_list(media_start_s: &[f64]) -> ContainerFacts {
    let list = EditList {
        track: 1,
        media_start_s: media_start_s.to_vec(),
        duration_s: vec![5.0; media_start_s.len()],
    };
    ContainerFacts { edit_lists: vec![list], ..camera() }
}

#[test]
fn review_edit_list_of_several_stretches() {
    let outcome = judged(edit_list(&[0.0, 12.0]), camera_timeline());
    assert_eq!((outcome.verdict, outcome.measures["edit_list_entries"]), (Verdict::Review, 2.0));
}

#[test]
fn review_edit_list_that_hides_the_start() {
    let outcome = judged(edit_list(&[1.0]), camera_timeline());
    assert_eq!((outcome.verdict, outcome.measures["hidden_start_s"]), (Verdict::Review, 1.0));
}

#[test]
fn pass_edit_list_that_delays_or_skips_a_coders_start() {
    let delayed = judged(edit_list(&[-1.0, 0.0]), camera_timeline());
    assert_eq!((delayed.verdict, delayed.measures["weak_signs"]), (Verdict::Pass, 0.0));
    let skipped = judged(edit_list(&[0.064]), camera_timeline());
    assert_eq!((skipped.verdict, skipped.measures["weak_signs"]), (Verdict::Pass, 1.0));
}

#[test]
fn band_around_what_an_edit_list_may_skip() {
    assert_eq!(judged(edit_list(&[HIDDEN_START_S - 0.01]), camera_timeline()).verdict, Verdict::Pass);
    assert_eq!(judged(edit_list(&[HIDDEN_START_S]), camera_timeline()).verdict, Verdict::Review);
}

fn modified(time: &str) -> ContainerFacts {
    ContainerFacts { modification_time: Some(time.to_owned()), ..camera() }
}

#[test]
fn band_around_the_modification() {
    // Created 09:30:11, 600 s long, 60 s of slack.
    let in_time = judged(modified("2025-03-14T09:41:11Z"), camera_timeline());
    assert_eq!((in_time.verdict, in_time.measures["weak_signs"]), (Verdict::Pass, 0.0));
    let late = judged(modified("2025-03-14T09:41:12Z"), camera_timeline());
    assert_eq!((late.verdict, late.measures["weak_signs"]), (Verdict::Pass, 1.0));
    assert_eq!(late.measures["modified_after_recording_s"], 61.0);
    assert!(late.summary.zh.contains("弱迹象"));
}

#[test]
fn pass_modification_of_a_truncated_file_counts_from_its_whole_length() {
    let container = ContainerFacts { duration_s: Some(1_200.0), ..modified("2025-03-14T09:50:30Z") };
    assert_eq!(judged(container, camera_timeline()).measures["weak_signs"], 0.0);
}

#[test]
fn pass_times_that_do_not_parse_say_nothing() {
    let container =
        ContainerFacts { creation_time: Some("yesterday".to_owned()), ..modified("2026-01-01T00:00:00Z") };
    assert_eq!(judged(container, camera_timeline()).measures["weak_signs"], 0.0);
}

#[test]
fn weak_signs_pass_alone_and_are_shown() {
    let index_first =
        ContainerFacts { structure: parts(&[("ftyp", 24), ("moov", 900), ("mdat", 9_000)]), ..camera() };
    let changed = Timeline { parameter_set_changes_s: vec![7.0, 9.0], ..camera_timeline() };
    let long_gop =
        Timeline { key_frame_cadence: vec![CadenceRun { frames: 250, times: 3 }], ..camera_timeline() };
    let ffmpeg_layout = ContainerFacts {
        brands: ["isom", "isom", "iso2", "avc1", "mp41"].map(str::to_owned).to_vec(),
        structure: parts(&[("ftyp", 32), ("free", 8), ("mdat", 9_000), ("moov", 900)]),
        ..camera()
    };
    for (container, timeline, measure, value) in [
        (index_first, camera_timeline(), "index_first", 1.0),
        (camera(), Timeline { b_frames: true, ..camera_timeline() }, "b_frames", 1.0),
        (camera(), long_gop, "key_frame_distance_frames", 250.0),
        (camera(), changed, "parameter_set_changes", 2.0),
        (
            ContainerFacts { sample_descriptions: 2, ..camera() },
            camera_timeline(),
            "sample_descriptions",
            2.0,
        ),
        (ffmpeg_layout, camera_timeline(), "ffmpeg_layout_habits", 2.0),
    ] {
        let outcome = judged(container, timeline);
        assert_eq!((outcome.verdict, outcome.measures["weak_signs"]), (Verdict::Pass, 1.0), "{measure}");
        assert_eq!(outcome.measures[measure], value);
        assert!(outcome.summary.zh.contains("仅有弱迹象"), "{}", outcome.summary.zh);
    }
}

#[test]
fn review_two_weak_signs_together() {
    let timeline = Timeline {
        b_frames: true,
        key_frame_cadence: vec![CadenceRun { frames: 250, times: 3 }],
        ..camera_timeline()
    };
    let outcome = judged(camera(), timeline.clone());
    assert_eq!((outcome.verdict, outcome.confidence), (Verdict::Review, WEAK_CONFIDENCE));
    let patient = [("weak_signs", Value::Number(3.0))];
    assert_eq!(judged_with(camera(), timeline, &patient).verdict, Verdict::Pass);
}

#[test]
fn pass_b_frames_and_the_list_they_force_are_one_sign() {
    let outcome = judged(edit_list(&[0.08]), Timeline { b_frames: true, ..camera_timeline() });
    assert_eq!((outcome.verdict, outcome.measures["weak_signs"]), (Verdict::Pass, 1.0));
}

#[test]
fn parameter_set_changes_are_marked_on_the_time_line() {
    let changed = Timeline { parameter_set_changes_s: vec![7.0], b_frames: true, ..camera_timeline() };
    let outcome = judged(camera(), changed);
    assert_eq!(outcome.verdict, Verdict::Review);
    let spans: Vec<_> = outcome.spans.iter().map(|labelled| labelled.span).collect();
    assert_eq!(spans, [Span::new(7.0, 7.0)]);
}

#[test]
fn not_assessed_without_container() {
    let evidence = evidence(absent(), Observation::Observed(camera_timeline()));
    let params = Params::resolve(CHECK.params, BTreeMap::new()).unwrap();
    assert_eq!(CHECK.judge(&Case::alone(&evidence), &params).verdict, Verdict::NotAssessed);
}

#[test]
fn not_assessed_where_the_structure_was_not_read() {
    let no_index = ContainerFacts { index_missing: true, ..camera() };
    let unknown = ContainerFacts { format: "unknown".to_owned(), ..ContainerFacts::default() };
    let broken = ContainerFacts { problems: vec!["moov: no box at byte 9".to_owned()], ..camera() };
    for container in [no_index, unknown, broken, ContainerFacts::default()] {
        let outcome = judged(container, camera_timeline());
        assert_eq!(outcome.verdict, Verdict::NotAssessed, "{}", outcome.summary.en);
    }
}

#[test]
fn review_signs_in_what_could_be_read_of_a_broken_file() {
    let broken = ContainerFacts {
        problems: vec!["moov: no box".to_owned()],
        ..signed("moov/udta/©swr", "HandBrake 1.6")
    };
    assert_eq!(judged(broken, camera_timeline()).verdict, Verdict::Review);
}

#[test]
fn pass_avi_without_index_is_a_matter_of_continuity() {
    let container =
        ContainerFacts { format: "avi".to_owned(), index_missing: true, ..ContainerFacts::default() };
    assert_eq!(judged(container, camera_timeline()).verdict, Verdict::Pass);
}

#[test]
fn nothing_is_called_tampering_and_nothing_fails() {
    let everything = ContainerFacts {
        structure: parts(&[("ftyp", 24), ("moov", 900), ("free", 8), ("mdat", 9_000)]),
        modification_time: Some("2026-01-01T00:00:00Z".to_owned()),
        ..signed("SEI user data", "x264 - core 164")
    };
    let outcome = judged(everything, Timeline { b_frames: true, ..camera_timeline() });
    assert_eq!(outcome.verdict, Verdict::Review);
    assert!(outcome.summary.zh.starts_with("疑似") && !outcome.summary.zh.contains("篡改"));
}

#[test]
fn weak_sound_priming_is_a_sign_of_its_own() {
    let mut evidence =
        evidence(Observation::Observed(edit_list(&[0.064])), Observation::Observed(camera_timeline()));
    evidence.clip.audio = Some(AudioFacts { codec: "aac".to_owned(), sample_rate_hz: 16_000, channels: 1 });
    let params = Params::resolve(CHECK.params, BTreeMap::new()).unwrap();
    let outcome = CHECK.judge(&Case::alone(&evidence), &params);
    assert_eq!((outcome.measures["weak_signs"], outcome.measures["sound_priming_samples"]), (1.0, 1024.0));
    if let Observation::Observed(timeline) = &mut evidence.timeline {
        timeline.b_frames = true;
    }
    assert_eq!(CHECK.judge(&Case::alone(&evidence), &params).verdict, Verdict::Review, "with B-frames");
}

#[test]
fn weak_key_frames_at_no_fixed_distance() {
    let runs = |distances: &[u32]| Timeline {
        key_frame_cadence: distances.iter().map(|&frames| CadenceRun { frames, times: 1 }).collect(),
        ..Timeline::default()
    };
    let scattered = judged(camera(), runs(&[250, 31, 117, 90, 12, 203]));
    assert!(scattered.measures.contains_key("usual_key_frame_distance_share"));
    let one_cut = judged(camera(), runs(&[50, 50, 50, 23, 50, 50, 50]));
    assert_eq!(one_cut.measures["weak_signs"], 0.0);
    assert_eq!(judged(camera(), runs(&[50, 23])).measures["weak_signs"], 0.0, "too few to tell");
}

#[test]
fn weak_a_file_without_times_is_one_of_ffmpegs_habits() {
    let timeless = |brands: &[&str]| ContainerFacts {
        creation_time: None,
        modification_time: None,
        brands: brands.iter().map(|&brand| brand.to_owned()).collect(),
        ..camera()
    };
    assert_eq!(judged(timeless(&["mp42"]), camera_timeline()).measures["weak_signs"], 0.0);
    let both = timeless(&["isom", "isom", "iso2", "avc1", "mp41"]);
    assert_eq!(judged(both, camera_timeline()).measures["ffmpeg_layout_habits"], 2.0);
}

mod profiled;
