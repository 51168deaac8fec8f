use super::*;
use crate::evidence::{
    AbsenceReason, CadenceRun, ClipFacts, ClockFacts, ContainerFacts, DigitShape, EncoderString, Observation,
    StructurePart, Timeline, TrackFacts, TrackTimeline, VideoFacts,
};

fn clip(number: u32) -> Evidence {
    let part = |name: &str| StructurePart { name: name.to_owned(), offset: 0, bytes: 9 };
    let container = ContainerFacts {
        format: "mp4".to_owned(),
        brands: vec!["mp42".to_owned(), "isom".to_owned()],
        structure: vec![part("ftyp"), part("mdat"), part("moov")],
        encoder_strings: vec![EncoderString {
            place: "moov/udta/AMBA".to_owned(),
            text: format!("Model \"X1\" firmware 2.{number}"),
        }],
        creation_time: Some("2025-03-14T09:30:11Z".to_owned()),
        modification_time: Some("2025-03-14T09:30:11Z".to_owned()),
        index_layout: "mvhd trak".to_owned(),
        time_scale: 1000,
        tracks: vec![TrackFacts {
            kind: "vide".to_owned(),
            handler: "VideoHandle".to_owned(),
            time_scale: 90_000,
            layout: "tkhd mdia(mdhd hdlr)".to_owned(),
        }],
        ..ContainerFacts::default()
    };
    let timeline = Timeline {
        video: Some(TrackTimeline { bits_per_s: 4e6 + f64::from(number) * 1e5, ..TrackTimeline::default() }),
        key_frame_cadence: vec![CadenceRun { frames: 50, times: 9 }],
        ..Timeline::default()
    };
    let clip = ClipFacts {
        name: format!("J1_010203_2025031409301{number}_000{number}.MP4"),
        duration_s: 20.0,
        video: Some(VideoFacts {
            codec: "h264".to_owned(),
            width: 1280,
            height: 720,
            frame_rate: 25.0,
            pixel_aspect: 1.0,
            rotation_deg: 0,
        }),
        ..ClipFacts::default()
    };
    Evidence {
        container: Observation::Observed(container),
        timeline: Observation::Observed(timeline),
        ..Evidence::blank(clip, AbsenceReason::NotAsked)
    }
}

fn container(evidence: &mut Evidence) -> &mut ContainerFacts {
    match &mut evidence.container {
        Observation::Observed(container) => container,
        Observation::Absent(_) => panic!("written down above"),
    }
}

fn learned(files: u32) -> Profile {
    Profile::learn("X1", &(1..=files).map(clip).collect::<Vec<_>>())
}

#[test]
fn another_file_of_the_camera_does_not_depart() {
    assert_eq!(learned(3).departures(&clip(7)), []);
}

#[test]
fn a_departure_names_what_was_expected_and_what_was_found() {
    let mut edited = clip(7);
    container(&mut edited).brands = vec!["isom".to_owned()];
    container(&mut edited).time_scale = 600;
    let departures = learned(3).departures(&edited);
    let [brands, scales] = departures.as_slice() else { panic!("{departures:?}") };
    assert_eq!(
        (brands.expected.as_str(), brands.found.as_str(), brands.kind),
        ("mp42 isom", "isom", Kind::Container)
    );
    assert_eq!(scales.found, "movie 600, picture 90000");
}

#[test]
fn what_varies_among_the_files_is_not_compared() {
    let mut clips: Vec<Evidence> = (1..=4).map(clip).collect();
    for (clip, brand) in clips.iter_mut().zip(["a", "b", "c", "d"]) {
        container(clip).brands = vec![brand.to_owned()];
    }
    assert_eq!(Profile::learn("X1", &clips).departures(&clip(7)), []);
    // Two values in four files are two settings.
    for (clip, brand) in clips.iter_mut().zip(["a", "b", "a", "b"]) {
        container(clip).brands = vec![brand.to_owned()];
    }
    assert_eq!(Profile::learn("X1", &clips).departures(&clip(7)).len(), 1);
}

#[test]
fn another_size_explains_other_parameter_sets() {
    let with_size = |number: u32, width: u32, digest: &str| {
        let mut evidence = clip(number);
        if let Some(video) = &mut evidence.clip.video {
            video.width = width;
        }
        if let Observation::Observed(timeline) = &mut evidence.timeline {
            timeline.coding = Some(crate::evidence::PictureCoding {
                profile: Some(77),
                level: Some(31),
                parameter_sets_sha256: digest.to_owned(),
            });
        }
        evidence
    };
    let profile = Profile::learn("X1", &[1, 2, 3].map(|n| with_size(n, 1280, "aa")));
    let smaller = profile.departures(&with_size(7, 640, "bb"));
    assert_eq!(smaller.iter().map(|departure| departure.kind).collect::<Vec<_>>(), [Kind::Setting]);
    assert_eq!(profile.departures(&with_size(7, 1280, "bb"))[0].kind, Kind::Coding);
}

#[test]
fn figures_have_leeway() {
    let with_rate = |bits_per_s: f64| {
        let mut evidence = clip(7);
        if let Observation::Observed(Timeline { video: Some(video), .. }) = &mut evidence.timeline {
            video.bits_per_s = bits_per_s;
        }
        evidence
    };
    assert_eq!(learned(3).departures(&with_rate(8e6)), []);
    assert_eq!(learned(3).departures(&with_rate(9e6)).len(), 1);
}

#[test]
fn what_is_written_can_be_read_again_and_says_what_it_rests_on() {
    let profile = learned(2);
    let text = profile.to_toml();
    assert!(text.contains("2 个文件") && text.contains("fewer than 3"), "{text}");
    let read = Profile::parse(&text).unwrap();
    assert_eq!((&read.texts, &read.figures, read.files), (&profile.texts, &profile.figures, 2));
    assert_eq!(read.sha256.len(), 64);
    assert!(!read.is_sure() && learned(3).is_sure());
}

#[test]
fn texts_of_the_camera_are_known_whatever_their_digits() {
    let profile = learned(3);
    assert!(profile.holds_text("moov/udta/AMBA", "Model \"X1\" firmware 2.9"));
    assert!(!profile.holds_text("moov/udta/AMBA", "Lavf59.27.100"));
    assert!(profile.holds_text("moov/trak[1]/mdia/hdlr", "VideoHandle"));
}

#[test]
fn what_is_no_profile_is_refused() {
    for (text, why) in [
        ("", "schema"),
        ("schema = \"pingcha.profile/2\"\nname = \"a\"\nfiles = 1", "pingcha.profile/1"),
        ("schema = \"pingcha.profile/1\"\nname = \"a\"\nfiles = 1\n[texts]\nbrand = [\"a\"]", "brand"),
        ("schema = \"pingcha.profile/1\"\nname = \"a\"\nfiles = 1\nmore = 2", "more"),
    ] {
        assert!(Profile::parse(text).unwrap_err().contains(why), "{text}");
    }
}

#[test]
fn unreadable_files_teach_nothing() {
    let mut broken = clip(1);
    broken.unreadable = Some(Prose::new("损坏", "damaged"));
    assert_eq!(Profile::learn("X1", &[broken, clip(2)]).files, 1);
}

/// With digits that are bars of so many columns, each digit's a row higher or lower.
fn with_clock(number: u32, columns: usize) -> Evidence {
    let shape = |digit: u8| {
        let ink = |at: usize| {
            let (row, column) = (at / DigitShape::COLUMNS, at % DigitShape::COLUMNS);
            let lit = row % 12 >= usize::from(digit) && (4..4 + columns).contains(&column);
            if lit { 1.0 } else { 0.0 }
        };
        let ink: Vec<f32> = (0..DigitShape::ROWS * DigitShape::COLUMNS).map(ink).collect();
        DigitShape { digit, pictures: 9, rows: DigitShape::rows_of(&ink) }
    };
    let clock = ClockFacts { digits: (0..=9).map(shape).collect(), ..ClockFacts::default() };
    Evidence { clock: Observation::Observed(clock), ..clip(number) }
}

#[test]
fn another_font_departs_in_its_likeness() {
    let profile = Profile::learn("X1", &[1, 2, 3].map(|number| with_clock(number, 4)));
    assert_eq!(profile.departures(&with_clock(7, 4)), []);
    assert_eq!(profile.departures(&clip(7)), [], "no clock was seen");
    let departures = profile.departures(&with_clock(7, 14));
    let [font] = departures.as_slice() else { panic!("{departures:?}") };
    assert_eq!((font.id, font.kind, font.expected.as_str()), ("font", Kind::Overlay, "1.00–1.00"));
    assert!(font.found.parse::<f64>().unwrap() < 0.8, "{}", font.found);
    // Files that do not agree with each other show no habit.
    let several = Profile::learn("X1", &[with_clock(1, 4), with_clock(2, 14), with_clock(3, 4)]);
    assert_eq!(several.departures(&with_clock(7, 14)), []);
    assert!(several.to_toml().contains("the font is not compared"));
}

#[test]
fn a_font_that_is_written_can_be_read_again_and_seen() {
    let profile = Profile::learn("X1", &[1, 2, 3].map(|number| with_clock(number, 4)));
    let text = profile.to_toml();
    let row = "....@@@@............";
    assert!(text.contains(&format!("0 = \"\"\"\n{row}\n{row}\n")), "{text}");
    assert_eq!(Profile::parse(&text).unwrap().font, profile.font);
    assert!(learned(3).to_toml().contains("fewer than 4 digits were seen"));
    assert_eq!(Profile::parse(&learned(3).to_toml()).unwrap().font, None);
}

#[test]
fn a_font_that_is_none_is_refused() {
    let text = Profile::learn("X1", &[1, 2, 3].map(|number| with_clock(number, 4))).to_toml();
    let row = "....@@@@............";
    for (faulty, why) in [
        (text.replacen(row, "....@@@@...........", 1), "12 rows of 20 marks"),
        (text.replacen(row, "....@@@@...........x", 1), "12 rows of 20 marks"),
        (text.replacen(row, &format!("{row}\n{row}"), 1), "12 rows of 20 marks"),
        (text.replacen(row, &row.repeat(10_000), 1), "12 rows of 20 marks"),
        (text.replacen("\n3 = ", "\nx = ", 1), "no digit"),
        (text.replacen("\n3 = ", "\n33 = ", 1), "33"),
        (text.replacen("least_likeness = 1.0000", "least_likeness = 1.5", 1), "least_likeness"),
        (text.replacen("least_likeness = 1.0000", "least_likeness = nan", 1), "least_likeness"),
        (text.replacen("least_likeness = 1.0000", "colour = \"white\"", 1), "colour"),
    ] {
        assert_ne!(faulty, text);
        let error = Profile::parse(&faulty).unwrap_err();
        assert!(error.contains(why), "{why}: {error}");
    }
}

#[test]
fn what_is_said_in_this_programs_words_is_said_in_chinese() {
    assert_eq!(in_chinese("top left | bottom right"), "左上 | 右下");
    assert_eq!(in_chinese("none"), "无");
    assert_eq!(in_chinese("mp42 isom | none of this"), "mp42 isom | none of this");
}
