//! Files held against a camera profile.

use super::*;

fn as_evidence(container: ContainerFacts, timeline: Timeline) -> Evidence {
    evidence(Observation::Observed(container), Observation::Observed(timeline))
}

fn judged_by_profile(files: u32, container: ContainerFacts, timeline: Timeline) -> Outcome {
    let untouched: Vec<Evidence> = (0..files).map(|_| as_evidence(camera(), camera_timeline())).collect();
    let profile = Profile::learn("X1", &untouched);
    let params = Params::resolve(CHECK.params, BTreeMap::new()).unwrap();
    let evidence = as_evidence(container, timeline);
    CHECK.judge(&Case { profile: Some(&profile), ..Case::alone(&evidence) }, &params)
}

#[test]
fn pass_a_file_as_the_profile_has_it() {
    let outcome = judged_by_profile(3, camera(), camera_timeline());
    assert_eq!((outcome.verdict, outcome.measures["profile_departures"]), (Verdict::Pass, 0.0));
    assert!(outcome.confidence > PASS_CONFIDENCE && outcome.summary.zh.contains("3 个原始文件"));
    assert!(judged_by_profile(2, camera(), camera_timeline()).confidence < PASS_CONFIDENCE);
}

#[test]
fn fail_another_program_and_another_container_than_the_profiles() {
    let rewritten = ContainerFacts {
        brands: ["isom", "iso2"].map(str::to_owned).to_vec(),
        ..signed("moov/udta/meta/ilst/©too", "Lavf59.27.100")
    };
    let outcome = judged_by_profile(3, rewritten.clone(), camera_timeline());
    assert_eq!(outcome.verdict, Verdict::Fail, "{}", outcome.summary.zh);
    assert!(outcome.summary.zh.contains("疑似") && outcome.summary.zh.contains("Lavf59.27.100"));
    assert!(outcome.spans.iter().any(|span| span.label.zh.contains("应为“mp42 isom mp42”，实为“isom iso2”")));
    let few = judged_by_profile(2, rewritten, camera_timeline());
    assert_eq!(few.verdict, Verdict::Review, "two files are too few to be sure");
}

#[test]
fn review_a_departure_without_another_programs_name() {
    let firmware = ContainerFacts { brands: vec!["mp42".to_owned()], ..camera() };
    assert_eq!(judged_by_profile(3, firmware, camera_timeline()).verdict, Verdict::Review);
    let b_frames = Timeline {
        video: Some(crate::evidence::TrackTimeline::default()),
        b_frames: true,
        ..camera_timeline()
    };
    assert_eq!(
        judged_by_profile(3, camera(), b_frames).verdict,
        Verdict::Pass,
        "not told of the untouched files"
    );
    let longer =
        Timeline { key_frame_cadence: vec![CadenceRun { frames: 250, times: 9 }], ..camera_timeline() };
    assert_eq!(judged_by_profile(3, camera(), longer).verdict, Verdict::Review);
}

#[test]
fn pass_what_the_cameras_own_files_write_is_no_sign() {
    let built_on_ffmpeg = || ContainerFacts {
        brands: ["isom", "isom", "iso2", "avc1", "mp41"].map(str::to_owned).to_vec(),
        ..signed("moov/udta/meta/ilst/©too", "Lavf58.20.100")
    };
    let untouched = [1, 2, 3].map(|_| as_evidence(built_on_ffmpeg(), camera_timeline()));
    let profile = Profile::learn("X1", &untouched);
    let params = Params::resolve(CHECK.params, BTreeMap::new()).unwrap();
    let judged = |text: &str| {
        let mut container = built_on_ffmpeg();
        if let Some(last) = container.encoder_strings.last_mut() {
            last.text = text.to_owned();
        }
        let evidence = as_evidence(container, camera_timeline());
        CHECK.judge(&Case { profile: Some(&profile), ..Case::alone(&evidence) }, &params).verdict
    };
    assert_eq!(judged("Lavf58.20.101"), Verdict::Pass);
    assert_eq!(judged("HandBrake 1.6.1"), Verdict::Fail);
}

#[test]
fn review_a_clock_in_another_font_than_the_profiles() {
    let with_clock = |mark: &str| {
        let rows = [mark; DigitShape::ROWS].join("\n");
        let shape = |digit: u8| DigitShape { digit, pictures: 9, rows: rows.clone() };
        let clock = ClockFacts { digits: (0..=9).map(shape).collect(), ..ClockFacts::default() };
        let evidence = as_evidence(camera(), camera_timeline());
        Evidence { clock: Observation::Observed(clock), ..evidence }
    };
    let (thin, bold) = ("..@@..@@............", "....@@@@@@@@@@......");
    let untouched = [thin; 3].map(with_clock);
    let profile = Profile::learn("X1", &untouched);
    let params = Params::resolve(CHECK.params, BTreeMap::new()).unwrap();
    let judged = |mark: &str| {
        let evidence = with_clock(mark);
        CHECK.judge(&Case { profile: Some(&profile), ..Case::alone(&evidence) }, &params)
    };
    assert_eq!(judged(thin).verdict, Verdict::Pass);
    let other = judged(bold);
    assert_eq!((other.verdict, other.measures["profile_departures"]), (Verdict::Review, 1.0));
    let said = format!("{:?}", other);
    assert!(said.contains("水印时钟字体") && said.contains("font of the burnt-in clock"), "{said}");
}
