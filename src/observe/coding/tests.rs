//! On coded bytes written out here: real headers of x264, x265, libavcodec and the committed samples.

use proptest::prelude::*;

use super::*;
use crate::observe::clues::Origin;

/// 640×360 main profile, and 1280×720.
const SPS_360P: &[u8] = &hex::<23>("674d401eda0280bfe584000003000400000300c83c58ba80");
const SPS_720P: &[u8] = &hex::<22>("674d401fda014016e840000003004000000c83c60ca8");
/// 1280×720 with a VUI, as x264 writes it.
const SPS_720P_X264: &[u8] = &hex::<25>("674d401feca02802dd080000030008000003019078c18cb000");
const PPS: &[u8] = &[0x68, 0xee, 0x32, 0xc8];
const OTHER_PPS: &[u8] = &[0x68, 0xce, 0x0f, 0xc8];
const IDR: &[u8] = &[0x65, 0x88, 0x84, 0x00, 0xe8];
const DELTA: &[u8] = &[0x41, 0x9a, 0x23, 0x02];
/// 1280×720 of x265, and 640×360.
const H265_SPS_720P: &[u8] =
    &hex::<42>("42010101600000030090000003000003005da00280802d16595952930b9a7080000003000008000000c8400");
const H265_SPS_360P: &[u8] =
    &hex::<42>("42010101600000030090000003000003005aa006b201e1d7964a924cae6808000003000800000300c840");
/// libavcodec's MPEG-4: 1280×720, and its signature.
const MPEG4_HEADER: &[u8] = &hex::<52>(
    "000001b001000001b5891300000100000001202000c48d8800cd28045a1443000001b24c61766335392e33372e31303000000000",
);

const fn hex<const N: usize>(text: &str) -> [u8; N] {
    const fn digit(c: u8) -> u8 {
        match c {
            b'0'..=b'9' => c - b'0',
            _ => c - b'a' + 10,
        }
    }
    let text = text.as_bytes();
    let mut bytes = [0; N];
    let mut n = 0;
    while n < N && 2 * n + 1 < text.len() {
        bytes[n] = digit(text[2 * n]) << 4 | digit(text[2 * n + 1]);
        n += 1;
    }
    bytes
}

fn annex_b(units: &[&[u8]]) -> Vec<u8> {
    units.iter().flat_map(|unit| [&[0, 0, 0, 1], *unit].concat()).collect()
}

fn with_lengths(units: &[&[u8]]) -> Vec<u8> {
    units.iter().flat_map(|unit| [&(unit.len() as u32).to_be_bytes(), *unit].concat()).collect()
}

fn avcc(sps: &[u8], pps: &[u8]) -> Vec<u8> {
    let counted = |unit: &[u8]| [&(unit.len() as u16).to_be_bytes(), unit].concat();
    [&[1, 0x4d, 0x40, 0x1e, 0xff, 0xe1][..], &counted(sps), &[1], &counted(pps)].concat()
}

/// A unit with one message of user data, as an encoder signs.
fn sei(header: &[u8], text: &str) -> Vec<u8> {
    let payload = [&[0xaa; 16], text.as_bytes()].concat();
    let mut unit = header.to_vec();
    unit.push(5);
    unit.extend(std::iter::repeat_n(0xff, payload.len() / 255));
    unit.push((payload.len() % 255) as u8);
    unit.extend(payload);
    unit.push(0x80);
    unit
}

fn texts(facts: &CodingFacts) -> Vec<(&str, &str)> {
    facts.encoder_strings.iter().map(|found| (found.place.as_str(), found.text.as_str())).collect()
}

#[test]
fn a_cameras_stream_has_no_text_and_no_change() {
    let mut observer = CodingObserver::new("h264", &avcc(SPS_360P, PPS));
    for n in 0..100 {
        let key = n % 50 == 0;
        let packet = with_lengths(if key { &[SPS_360P, PPS, IDR] } else { &[DELTA] });
        observer.packet(Pts::from_seconds(f64::from(n) / 25.0), key, &packet);
    }
    let facts = observer.finish(Pts::ZERO);
    let coding = facts.coding.clone().unwrap();
    assert_eq!((coding.profile, coding.level), (Some(SPS_360P[1]), Some(SPS_360P[3])));
    assert_eq!(facts, CodingFacts { parameter_sets: 2, coding: Some(coding), ..CodingFacts::default() });
}

#[test]
fn the_first_parameter_sets_are_digested_wherever_they_stand() {
    let coding = |observer: CodingObserver| observer.finish(Pts::ZERO).coding;
    let in_header = CodingObserver::new("h264", &avcc(SPS_360P, PPS));
    let mut in_packets = CodingObserver::new("h264", &[]);
    in_packets.packet(Pts::from_seconds(0.0), true, &annex_b(&[SPS_360P, PPS, IDR]));
    in_packets.packet(Pts::from_seconds(2.0), true, &annex_b(&[SPS_720P, OTHER_PPS, IDR]));
    assert_eq!(coding(in_header), coding(in_packets));
    let mut other = CodingObserver::new("h265", &[]);
    other.packet(Pts::from_seconds(0.0), true, &annex_b(&[H265_SPS_720P, &[0x28, 0x01, 0xac]]));
    let said = coding(other).unwrap();
    assert_eq!((said.profile, said.level), (Some(1), Some(93)), "Main, level 3.1");
    assert_eq!(coding(CodingObserver::new("h264", &[])), None);
}

#[test]
fn x264_signs_in_the_first_packet() {
    let settings =
        "x264 - core 164 r3095 baee400 - H.264/MPEG-4 AVC codec - options: cabac=1 ref=3 keyint=250";
    let signature = sei(&[6], settings);
    let mut observer = CodingObserver::new("h264", &avcc(SPS_720P_X264, OTHER_PPS));
    observer.packet(Pts::from_seconds(0.0), true, &with_lengths(&[&signature, IDR]));
    assert_eq!(texts(&observer.finish(Pts::ZERO)), [("SEI user data", settings)]);
}

#[test]
fn x265_signs_too_and_binary_user_data_is_no_text() {
    let signature = sei(&[0x4e, 0x01], "x265 (build 199) - 3.5+1-f0c1022b6 - options: cpuid=1");
    let binary = sei(&[0x4e, 0x01], "\u{1}\u{2}vendor\u{3}");
    let mut observer = CodingObserver::new("h265", &[]);
    observer.packet(
        Pts::from_seconds(0.0),
        true,
        &annex_b(&[H265_SPS_720P, &signature, &binary, &[0x28, 0x01, 0xac]]),
    );
    let facts = observer.finish(Pts::ZERO);
    assert_eq!(texts(&facts), [("SEI user data", "x265 (build 199) - 3.5+1-f0c1022b6 - options: cpuid=1")]);
    assert_eq!(facts.parameter_sets, 1);
}

#[test]
fn another_size_midway_is_a_change_with_its_time() {
    let mut observer = CodingObserver::new("h264", &[]);
    observer.packet(Pts::from_seconds(0.0), true, &annex_b(&[SPS_360P, PPS, IDR]));
    observer.packet(Pts::from_seconds(2.0), true, &annex_b(&[SPS_360P, PPS, IDR]));
    observer.packet(Pts::from_seconds(4.0), true, &annex_b(&[SPS_720P, OTHER_PPS, IDR]));
    observer.packet(Pts::from_seconds(6.0), true, &annex_b(&[SPS_720P, OTHER_PPS, IDR]));
    observer.packet(Pts::from_seconds(8.0), true, &annex_b(&[SPS_360P, PPS, IDR]));
    let facts = observer.finish(Pts::ZERO);
    assert_eq!(facts.parameter_sets, 4);
    assert_eq!(facts.parameter_set_changes_s, [4.0, 8.0]);
    let sizes: Vec<_> = facts.resolution_changes.iter().map(|c| (c.at_s, c.width, c.height)).collect();
    assert_eq!(sizes, [(4.0, 1280, 720), (8.0, 640, 360)]);
}

#[test]
fn sets_that_differ_from_the_header_at_the_start_are_no_change_midway() {
    let mut observer = CodingObserver::new("h264", &avcc(SPS_720P, PPS));
    for n in 0..4 {
        observer.packet(Pts::from_seconds(f64::from(n)), true, &with_lengths(&[SPS_720P_X264, PPS, IDR]));
    }
    let facts = observer.finish(Pts::ZERO);
    assert_eq!((facts.parameter_sets, facts.parameter_set_changes_s.len()), (3, 0));
}

#[test]
fn a_new_codec_header_midway_is_a_change() {
    let mut observer = CodingObserver::new("h264", &avcc(SPS_360P, PPS));
    observer.packet(Pts::from_seconds(0.0), true, &with_lengths(&[IDR]));
    observer.codec_header(Some(3.0), &avcc(SPS_720P, PPS));
    observer.packet(Pts::from_seconds(3.0), true, &with_lengths(&[IDR]));
    assert_eq!(observer.finish(Pts::ZERO).parameter_set_changes_s, [3.0]);
}

#[test]
fn start_codes_are_understood_where_the_header_promised_lengths() {
    let mut observer = CodingObserver::new("h264", &avcc(SPS_360P, PPS));
    observer.packet(Pts::from_seconds(0.0), true, &annex_b(&[&[9, 0xf0], SPS_360P, PPS, IDR]));
    observer.packet(Pts::from_seconds(2.0), true, &annex_b(&[&[9, 0xf0], SPS_720P, PPS, IDR]));
    assert_eq!(observer.finish(Pts::ZERO).parameter_set_changes_s, [2.0]);
}

#[test]
fn sizes_come_out_of_real_parameter_sets() {
    let size = |width, height| Some(Size { width, height });
    assert_eq!(picture_size::of_parameter_set(NalSyntax::H264, SPS_360P), size(640, 360));
    assert_eq!(picture_size::of_parameter_set(NalSyntax::H264, SPS_720P), size(1280, 720));
    assert_eq!(picture_size::of_parameter_set(NalSyntax::H264, SPS_720P_X264), size(1280, 720));
    assert_eq!(picture_size::of_parameter_set(NalSyntax::H265, H265_SPS_720P), size(1280, 720));
    assert_eq!(picture_size::of_parameter_set(NalSyntax::H265, H265_SPS_360P), size(854, 480));
    assert_eq!(picture_size::of_parameter_set(NalSyntax::H264, &SPS_360P[..6]), None);
}

#[test]
fn mpeg4_signature_and_size() {
    let mut observer = CodingObserver::new("mpeg4", &[]);
    observer.packet(Pts::from_seconds(0.0), true, &[MPEG4_HEADER, &[0, 0, 1, 0xb6, 1, 2, 3]].concat());
    let facts = observer.finish(Pts::ZERO);
    assert_eq!(texts(&facts), [("MPEG-4 user data", "Lavc59.37.100")]);
    assert_eq!(facts.parameter_sets, 1);
    let layer = &MPEG4_HEADER[20..31];
    assert_eq!(picture_size::of_video_object_layer(layer), Some(Size { width: 1280, height: 720 }));
}

fn jpeg(comment: &[u8], width: u16) -> Vec<u8> {
    let segment = |marker: u8, body: &[u8]| {
        [&[0xff, marker], &(body.len() as u16 + 2).to_be_bytes()[..], body].concat()
    };
    let frame = [&[8, 1, 0x68], &width.to_be_bytes()[..], &[1, 1, 0x11, 0]].concat();
    [
        &[0xff, 0xd8][..],
        &segment(0xe0, b"AVI1\0\0"),
        &segment(0xfe, comment),
        &segment(0xc0, &frame),
        &segment(0xda, &[1; 8]),
    ]
    .concat()
}

#[test]
fn jpeg_comments_and_sizes() {
    let mut observer = CodingObserver::new("mjpeg", &[]);
    observer.packet(Pts::from_seconds(0.0), true, &jpeg(b"Lavc59.37.100\0", 640));
    observer.packet(Pts::from_seconds(0.1), true, &jpeg(b"Lavc59.37.100\0", 640));
    observer.packet(Pts::from_seconds(0.2), true, &jpeg(b"Lavc59.37.100\0", 1280));
    let facts = observer.finish(Pts::ZERO);
    assert_eq!(texts(&facts), [("JPEG comment", "Lavc59.37.100")]);
    assert_eq!(facts.resolution_changes, [ResolutionChange { at_s: 0.2, width: 1280, height: 360 }]);
}

#[test]
fn a_camera_that_writes_the_time_into_each_picture_does_not_flood() {
    let mut observer = CodingObserver::new("mjpeg", &[]);
    for n in 0..500 {
        observer.packet(
            Pts::from_seconds(f64::from(n)),
            true,
            &jpeg(format!("time 09:30:{n:03}").as_bytes(), 640),
        );
    }
    assert_eq!(observer.finish(Pts::ZERO).encoder_strings.len(), MAX_ALIKE);
}

#[test]
fn an_unknown_codec_says_nothing() {
    let mut observer = CodingObserver::new("video/x-vp8", &[1, 2, 3]);
    observer.packet(Pts::from_seconds(0.0), true, &[0, 0, 1, 7, 1, 2, 3]);
    assert_eq!(observer.finish(Pts::ZERO), CodingFacts::default());
}

/// Parameter sets and the beginnings of the pictures of a stream in coding order, with what each picture is shown as.
struct Stream {
    codec: &'static str,
    sets: [&'static str; 2],
    pictures: &'static [(&'static str, u32)],
}

/// x264, every tenth picture an IDR picture: the first three of each group.
const CLOSED: Stream = Stream {
    codec: "h264",
    sets: ["67f4000b919640a11f89c044000003000400000300c83c50a920", "68ebc3c44844"],
    pictures: &[
        ("6588840cfffef686f8", 0),
        ("419a3b10cffdd01b20", 1),
        ("419a4f0864ca610cff", 2),
        ("65888203fffef723fc", 3),
        ("419a3b10cffe9e101b", 4),
        ("419a4f0864ca610cff", 5),
    ],
};
/// x264, groups that do not close, two B-frames: the second group begins with a picture that is no IDR picture.
const OPEN: Stream = Stream {
    codec: "h264",
    sets: ["67f4000b919b28508fc4e022000003000200000300641e28532c", "68ebe3c44844"],
    pictures: &[
        ("6588840033fffef686f814d85323909f9f212dc600893058", 0),
        ("419a216c433ffdd01b20e33b96d8008cfb0a5f4d3b9766cd", 1),
        ("419a423c2193298433fffe9e1c4b565a24a02884954bb800", 2),
        ("419a6349e10f26530219fffe9e100b8b061ab8801a4145da", 3),
        ("419a8449e10f26530219fffe9e100b8b21eab8801a81d95a", 4),
        ("419aa549e10f26530219fffe9e100b8b061ab8801a2272a9", 5),
        ("419ac649e10f26530219fffe9e100b8b061ab8801a41b6f0", 6),
        ("419ae749e10f26530219fffe9e100b9801e281a8015813ec", 7),
        ("419b0849e10f26530219fffe9e100b8b21eab8801a8871ff", 8),
        ("419b2949e10f26530219fffe9e100b8ad9e21a80156458ed", 9),
        ("419b4a49e10f2653021bfffea7840318f707470002c6886c", 10),
        ("4188db00fffef723fc0a6d7986f4e3362eea1230038d2097", 12),
        ("019f8b442bff019d25fb29935ca55e7f30", 11),
        ("419b8f7c99444d2c33fffe9e100b9125281a80118db4fe4a", 15),
        ("419fad78867f007c3a311e03", 13),
        ("019fce6a42bf00e2343181", 14),
        ("419bd049a84168994c0867ffe6bc35b8d763035869230b00", 16),
        ("419bf249e10a5265305112c33ffe9e100b9ea71681a8011a", 18),
        ("019e116a42bf00feb477352bef4c5791", 17),
        ("419a1349e10e8994c0867ffe9e100adc0396e20088cbd65c", 19),
        ("419a3449e10f26530219fffe9e100b93c2b0435002a13d72", 20),
        ("419a5549e10f26530219fffe9e100adbf75e710040b924b4", 21),
    ],
};
/// x265, groups that do not close, two B-frames: the second group begins with a clean random access picture.
const CLEAN_RANDOM_ACCESS: Stream = Stream {
    codec: "h265",
    sets: [
        "4201010408000003009e0800000300001e9002840f2cb2b249265780b7020200040000030004000003006420",
        "4401c172860c4224",
    ],
    pictures: &[
        ("2801af1d80627ffffa", 0),
        ("0201d0195f84318e40", 3),
        ("0201e04497e18490e6", 2),
        ("0001e024fffa2c2980", 1),
        ("0201d03097d7dc4301", 6),
        ("0201e0a225d7f71849", 5),
        ("0001e086fffd22c298", 4),
        ("0201d048b7d7f710c0", 9),
        ("0201e10225dff71849", 8),
        ("0001e0e6fffd22c288", 7),
        ("2a01ac305b49718831", 12),
        ("1201e16225dff7184b", 11),
        ("1001e146fffd22c288", 10),
        ("0201d0795f84318e40", 15),
        ("0201e1c497e184b0e6", 14),
        ("0001e1a4fffa2c2880", 13),
        ("0201d09097d7dc4301", 18),
        ("0201e22225d7f7184b", 17),
        ("0001e206fffd22c288", 16),
        ("0201d0a8b7d7f710c0", 21),
    ],
};

fn bytes(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|n| u8::from_str_radix(&text[2 * n..2 * n + 2], 16).unwrap()).collect()
}

/// Clues in the pictures of a stream that are left when those shown at some places are taken out, `times` over, and the
/// times closed.
fn numbers_off(
    stream: &Stream,
    times: usize,
    without: impl Fn(usize, u32) -> bool,
) -> Vec<(&'static str, f64)> {
    let sets: Vec<Vec<u8>> = stream.sets.iter().map(|text| bytes(text)).collect();
    let mut observer = CodingObserver::new(stream.codec, &annex_b(&[&sets[0], &sets[1]]));
    let shown = stream.pictures.iter().map(|&(_, shown)| shown).max().unwrap() + 1;
    let all: Vec<(usize, u32, &str)> = (0..times)
        .flat_map(|n| stream.pictures.iter().map(move |&(text, place)| (n, n as u32 * shown + place, text)))
        .collect();
    let left = |&&(n, place, _): &&(usize, u32, &str)| !without(n, place);
    let mut places: Vec<u32> = all.iter().filter(left).map(|&(_, place, _)| place).collect();
    places.sort();
    for (_, place, text) in all.iter().filter(left) {
        let at = places.partition_point(|other| other < place);
        observer.packet(Pts::from_seconds(at as f64 * 0.04), false, &annex_b(&[&bytes(text)]));
    }
    let facts = observer.finish(Pts::ZERO);
    let numbers = facts.clues.iter().filter(|clue| clue.origin == Origin::Numbers);
    numbers.map(|clue| (clue.name, clue.value)).collect()
}

#[test]
fn real_encoders_number_their_pictures_without_a_break_and_what_is_taken_out_shows() {
    for stream in [&CLOSED, &OPEN, &CLEAN_RANDOM_ACCESS] {
        assert_eq!(numbers_off(stream, 4, |_, _| false), [], "{:?}", stream.pictures);
    }
    // One group of ten, of which three are known here.
    let one_group = |_: usize, place: u32| (9..12).contains(&place);
    assert_eq!(numbers_off(&CLOSED, 4, one_group), [("key-frame-number-off", 1.0)]);
    let two_groups = |_: usize, place: u32| (9..15).contains(&place);
    assert_eq!(numbers_off(&CLOSED, 4, two_groups), []);
    let five = |n: usize, place: u32| n == 0 && (3..8).contains(&place);
    let off = [("picture-number-off", 5.0), ("picture-order-off", 5.0)];
    assert_eq!(numbers_off(&OPEN, 1, five), off);
    let three = |n: usize, place: u32| n == 0 && (4..7).contains(&place);
    assert_eq!(numbers_off(&CLEAN_RANDOM_ACCESS, 1, three), [("picture-order-off", 3.0)]);
}

#[test]
fn quantisers_are_read_behind_weights_and_commands() {
    let read = |stream: &Stream| -> Vec<Option<i32>> {
        let sets: Vec<Vec<u8>> = stream.sets.iter().map(|text| bytes(text)).collect();
        let observer = CodingObserver::new(stream.codec, &annex_b(&[&sets[0], &sets[1]]));
        let mut reader = slices::Reader::default();
        let slices = stream
            .pictures
            .iter()
            .map(|(text, _)| reader.read(NalSyntax::H264, &bytes(text), &observer.active));
        slices.map(|slice| slice.unwrap().quantiser).collect()
    };
    // As FFmpeg's `trace_headers` has them.
    assert_eq!(read(&CLOSED), [11, 11, 11, 8, 11, 11].map(Some));
    let open = [vec![Some(11); 10], vec![Some(10), Some(8), None, Some(11), None, None, Some(11), Some(11)]]
        .concat();
    assert_eq!(read(&OPEN)[..18], open);
}

fn codec() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("h264"), Just("h265"), Just("mpeg4"), Just("mjpeg"), Just("other")]
}

/// A real packet of some codec with some of its bytes changed.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let originals = vec![
        annex_b(&[SPS_360P, PPS, &sei(&[6], "x264 - core 164"), IDR]),
        with_lengths(&[SPS_720P_X264, PPS, IDR]),
        annex_b(&[&bytes(CLOSED.sets[0]), &bytes(CLOSED.sets[1]), &bytes(CLOSED.pictures[0].0)]),
        annex_b(&[
            &bytes(CLEAN_RANDOM_ACCESS.sets[0]),
            &bytes(CLEAN_RANDOM_ACCESS.sets[1]),
            &bytes(CLEAN_RANDOM_ACCESS.pictures[1].0),
        ]),
        annex_b(&[H265_SPS_720P, H265_SPS_360P, &sei(&[0x4e, 1], "x265 (build 199)")]),
        MPEG4_HEADER.to_vec(),
        jpeg(b"Lavc", 640),
        avcc(SPS_360P, PPS),
    ];
    (
        prop::sample::select(originals),
        prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
    )
        .prop_map(|(mut bytes, changes)| {
            for (index, byte) in changes {
                let at = index.index(bytes.len());
                bytes[at] = byte;
            }
            bytes
        })
}

proptest! {
    #[test]
    fn hostile_bytes_do_no_harm(
        codec in codec(),
        header in prop::collection::vec(any::<u8>(), 0..80),
        packets in prop::collection::vec(prop_oneof![prop::collection::vec(any::<u8>(), 0..300), mutated()], 0..8),
    ) {
        let mut observer = CodingObserver::new(codec, &header);
        for (n, packet) in packets.iter().enumerate() {
            observer.packet(Pts::from_seconds(n as f64), n % 2 == 0, packet);
            observer.codec_header(Some(n as f64), packet);
        }
        let facts = observer.finish(Pts::ZERO);
        prop_assert!(facts.encoder_strings.len() <= MAX_STRINGS);
        prop_assert!(facts.encoder_strings.iter().all(|found| found.text.chars().count() <= text::MAX_CHARS));
    }
}
