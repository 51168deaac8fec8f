//! Whole files, written out here as cameras and programs write them, and damaged.

mod hostile;

use std::io::Cursor;
use std::path::PathBuf;

use super::*;
use crate::evidence::TrackFacts;

fn facts_of(file: &[u8]) -> ContainerFacts {
    read_from(Cursor::new(file), file.len() as u64).unwrap()
}

fn strings(facts: &ContainerFacts) -> Vec<(&str, &str)> {
    facts.encoder_strings.iter().map(|found| (found.place.as_str(), found.text.as_str())).collect()
}

fn parts(facts: &ContainerFacts) -> Vec<&str> {
    facts.structure.iter().map(|part| part.name.as_str()).collect()
}

/// Seconds since 1904 of 2025-03-14 09:30:11 UTC.
const CREATED: u32 = 3_824_789_411;

fn bx(kind: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    [&(body.len() as u32 + 8).to_be_bytes()[..], kind, &body].concat()
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

struct Movie {
    brands: &'static [&'static [u8; 4]],
    modified: u32,
    /// (duration in movie time, media time) pairs; the movie counts 1000, the media 90000 a second.
    edits: Vec<(u32, i32)>,
    compressor: &'static [u8],
    user_data: Vec<u8>,
    /// A further table of the track's samples.
    table: Vec<u8>,
}

impl Default for Movie {
    fn default() -> Self {
        Self {
            brands: &[b"mp42", b"isom", b"mp42"],
            modified: CREATED,
            edits: vec![],
            compressor: b"",
            user_data: vec![],
            table: vec![],
        }
    }
}

impl Movie {
    fn ftyp(&self) -> Vec<u8> {
        let (major, compatible) = self.brands.split_first().unwrap();
        bx(b"ftyp", &[&major[..], &[0; 4], &compatible.iter().flat_map(|&brand| *brand).collect::<Vec<u8>>()])
    }

    fn moov(&self) -> Vec<u8> {
        let mvhd = bx(b"mvhd", &[&words(&[0, CREATED, self.modified, 1000, 20_000]), &[0; 80]]);
        let tkhd = bx(b"tkhd", &[&words(&[7, CREATED, CREATED, 1, 0, 20_000]), &[0; 60]]);
        let edits: Vec<u8> = self
            .edits
            .iter()
            .flat_map(|&(duration, start)| words(&[duration, start as u32, 0x10000]))
            .collect();
        let edts = bx(b"edts", &[&bx(b"elst", &[&words(&[0, self.edits.len() as u32]), &edits])]);
        let mdhd = bx(b"mdhd", &[&words(&[0, CREATED, CREATED, 90_000, 1_800_000, 0])]);
        let hdlr = bx(b"hdlr", &[&words(&[0, 0]), b"vide", &[0; 12], b"VideoHandle\0"]);
        let mut compressor = [0; 32];
        compressor[0] = self.compressor.len() as u8;
        compressor[1..=self.compressor.len()].copy_from_slice(self.compressor);
        let entry = bx(b"avc1", &[&[0; 42], &compressor, &[0, 24, 0xff, 0xff]]);
        let stsd = bx(b"stsd", &[&words(&[0, 1]), &entry]);
        let minf = bx(b"minf", &[&bx(b"stbl", &[&stsd, &self.table])]);
        let mdia = bx(b"mdia", &[&mdhd, &hdlr, &minf]);
        let edts = if self.edits.is_empty() { vec![] } else { edts };
        let udta = if self.user_data.is_empty() { vec![] } else { bx(b"udta", &[&self.user_data]) };
        bx(b"moov", &[&mvhd, &bx(b"trak", &[&tkhd, &edts, &mdia]), &udta])
    }

    fn file(&self) -> Vec<u8> {
        [self.ftyp(), bx(b"mdat", &[&[0x5a; 300]]), self.moov()].concat()
    }
}

fn itunes(items: &[u8]) -> Vec<u8> {
    let hdlr = bx(b"hdlr", &[&words(&[0, 0]), b"mdir", b"appl", &[0; 9]]);
    bx(b"meta", &[&[0; 4], &hdlr, &bx(b"ilst", &[items])])
}

fn data(text: &[u8]) -> Vec<u8> {
    bx(b"data", &[&words(&[1, 0]), text])
}

#[test]
fn a_cameras_mp4() {
    let facts = facts_of(&Movie::default().file());
    assert_eq!(facts.format, "mp4");
    assert_eq!(facts.brands, ["mp42", "isom", "mp42"]);
    assert_eq!(parts(&facts), ["ftyp", "mdat", "moov"]);
    assert_eq!(facts.creation_time.as_deref(), Some("2025-03-14T09:30:11Z"));
    assert_eq!(facts.modification_time, facts.creation_time);
    assert_eq!(facts.duration_s, Some(20.0));
    assert_eq!(facts.sample_descriptions, 1);
    assert_eq!(strings(&facts), [("moov/trak[1]/mdia/hdlr", "VideoHandle")]);
    assert_eq!((facts.missing_bytes, facts.index_missing, facts.fragmented), (None, false, false));
    assert_eq!((facts.index_layout.as_str(), facts.time_scale), ("mvhd trak", 1000));
    let track = TrackFacts {
        kind: "vide".to_owned(),
        handler: "VideoHandle".to_owned(),
        time_scale: 90_000,
        layout: "tkhd mdia(mdhd hdlr minf(stbl(stsd(avc1))))".to_owned(),
    };
    assert_eq!(facts.tracks, [track]);
    assert!(facts.edit_lists.is_empty() && facts.problems.is_empty(), "{facts:?}");
}

#[test]
fn programs_sign_in_many_places() {
    let quicktime = |text: &[u8]| [&(text.len() as u16).to_be_bytes()[..], &[0x55, 0xc4], text].concat();
    let xmp = [&isobmff_xmp_uuid()[..], br#"<x xmp:CreatorTool="Adobe Premiere Pro 2023.0"/>"#].concat();
    let own = bx(
        b"----",
        &[&bx(b"mean", &[&[0; 4], b"com.x"]), &bx(b"name", &[&[0; 4], b"Tool"]), &data(b"Vegas Pro")],
    );
    let user_data = [
        bx(b"\xa9swr", &[&quicktime(b"HandBrake 1.6.1")]),
        bx(b"\xa9xyz", &[&quicktime(b"+33.75+113.30/")]),
        bx(b"AMBA", &[&[0, 1, 2], b"Model X1 firmware 2.0", &[0; 9]]),
        itunes(&[bx(b"\xa9too", &[&data(b"Lavf58.20.100")]), own].concat()),
        vec![0; 4],
    ]
    .concat();
    let movie = Movie { compressor: b"Lavc58 libx264", user_data, ..Movie::default() };
    let facts = facts_of(
        &[movie.file(), bx(b"uuid", &[&xmp]), bx(b"free", &[b"IsoMedia File Produced with GPAC"])].concat(),
    );
    assert_eq!(
        strings(&facts),
        [
            ("moov/trak[1]/mdia/hdlr", "VideoHandle"),
            ("moov/trak[1]/mdia/minf/stbl/stsd/avc1 compressorname", "Lavc58 libx264"),
            ("moov/udta/©swr", "HandBrake 1.6.1"),
            ("moov/udta/AMBA", "Model X1 firmware 2.0"),
            ("moov/udta/meta/ilst/©too", "Lavf58.20.100"),
            ("moov/udta/meta/ilst/---- Tool", "Vegas Pro"),
            ("uuid (XMP)", "Adobe Premiere Pro 2023.0"),
            ("free", "IsoMedia File Produced with GPAC"),
        ]
    );
    assert!(facts.problems.is_empty(), "{:?}", facts.problems);
}

fn isobmff_xmp_uuid() -> [u8; 16] {
    [0xbe, 0x7a, 0xcf, 0xcb, 0x97, 0xa9, 0x42, 0xe8, 0x9c, 0x71, 0x99, 0x94, 0x91, 0xe3, 0xaf, 0xac]
}

#[test]
fn quicktime_metadata_goes_by_its_keys() {
    let key = |name: &[u8]| [&(name.len() as u32 + 8).to_be_bytes()[..], b"mdta", name].concat();
    let keys = bx(
        b"keys",
        &[&words(&[0, 2]), &key(b"com.android.version"), &key(b"com.apple.quicktime.location.ISO6709")],
    );
    let ilst = bx(
        b"ilst",
        &[
            &bx(&1_u32.to_be_bytes(), &[&data(b"Android 9")]),
            &bx(&2_u32.to_be_bytes(), &[&data(b"+33N place")]),
        ],
    );
    let hdlr = bx(b"hdlr", &[&words(&[0, 0]), b"mdta", &[0; 13]]);
    let meta = bx(b"meta", &[&hdlr, &keys, &ilst]);
    let mut moov = Movie::default().moov();
    moov.extend(meta);
    let length = (moov.len() as u32).to_be_bytes();
    moov[..4].copy_from_slice(&length);
    let facts = facts_of(&[Movie::default().ftyp(), moov].concat());
    assert!(strings(&facts).contains(&("moov/meta/ilst/com.android.version", "Android 9")), "{facts:?}");
    assert!(strings(&facts).iter().all(|(place, _)| !place.contains("location")));
}

#[test]
fn edit_lists_are_kept_when_they_do_something() {
    let plain = Movie { edits: vec![(20_000, 0)], ..Movie::default() };
    assert!(facts_of(&plain.file()).edit_lists.is_empty());
    let edited = Movie { edits: vec![(500, -1), (5_000, 90_000), (3_000, 900_000)], ..Movie::default() };
    let list = EditList { track: 1, media_start_s: vec![-1.0, 1.0, 10.0], duration_s: vec![0.5, 5.0, 3.0] };
    assert_eq!(facts_of(&edited.file()).edit_lists, [list]);
}

#[test]
fn times_of_recorders_that_count_from_1970() {
    let mut file = Movie::default().file();
    let at = file.windows(4).position(|window| window == b"mvhd").unwrap() + 8;
    file[at..at + 4].copy_from_slice(&1_741_944_611_u32.to_be_bytes());
    assert_eq!(facts_of(&file).creation_time.as_deref(), Some("2025-03-14T09:30:11Z"));
    file[at..at + 4].copy_from_slice(&[0; 4]);
    // What the movie does not say, its track may.
    assert_eq!(facts_of(&file).creation_time.as_deref(), Some("2025-03-14T09:30:11Z"));
}

#[test]
fn a_later_modification_is_the_latest_of_all_headers() {
    let facts = facts_of(&Movie { modified: CREATED + 86_400, ..Movie::default() }.file());
    assert_eq!(facts.modification_time.as_deref(), Some("2025-03-15T09:30:11Z"));
}

#[test]
fn power_loss_leaves_no_index() {
    let movie = Movie::default();
    let mut mdat = bx(b"mdat", &[&[0x5a; 300]]);
    mdat[..4].copy_from_slice(&[0; 4]);
    let facts = facts_of(&[movie.ftyp(), mdat].concat());
    assert!(facts.index_missing);
    assert_eq!(facts.missing_bytes, None);
    assert!(facts.problems.is_empty());
}

#[test]
fn a_copy_that_broke_off_lacks_bytes() {
    let movie = Movie::default();
    let mut file = [movie.ftyp(), movie.moov(), bx(b"mdat", &[&[0x5a; 300]])].concat();
    file.truncate(file.len() - 120);
    let facts = facts_of(&file);
    assert_eq!((facts.missing_bytes, facts.index_missing), (Some(120), false));
    assert!(facts.problems.is_empty());
}

#[test]
fn fragments_are_seen() {
    let movie = Movie::default();
    let fragment = [bx(b"moof", &[&bx(b"mfhd", &[&[0; 8]])]), bx(b"mdat", &[&[0; 20]])].concat();
    let facts = facts_of(&[movie.ftyp(), movie.moov(), fragment.repeat(100)].concat());
    assert!(facts.fragmented && !facts.index_missing);
    assert_eq!(facts.structure.len(), MAX_PARTS);
}

#[test]
fn broken_boxes_are_named_with_their_place() {
    let movie = Movie::default();
    let mut file = movie.file();
    let at = file.windows(4).position(|window| window == b"tkhd").unwrap() - 4;
    file[at..at + 4].copy_from_slice(&4_u32.to_be_bytes());
    let facts = facts_of(&file);
    assert_eq!(facts.problems, [format!("moov/trak[1]: box 'tkhd' at byte {at} has the impossible size 4")]);
    let facts = facts_of(&[movie.ftyp(), vec![0, 0, 0, 9, 1, 2, 3, 4]].concat());
    assert_eq!(facts.problems, ["no box at byte 24: its type is not text"]);
    assert!(facts.index_missing);
}

#[test]
fn tables_longer_than_their_boxes_and_times_without_unit_are_a_damaged_index() {
    let file = Movie::default().file();
    assert!(!facts_of(&file).index_damaged);
    let at = |name: &[u8; 4]| file.windows(4).position(|window| window == name).unwrap();
    let mut unscaled = file.clone();
    unscaled[at(b"mdhd") + 16..][..4].copy_from_slice(&[0; 4]);
    let facts = facts_of(&unscaled);
    assert!(facts.index_damaged);
    assert_eq!(facts.problems, ["moov/trak[1]: its times have no unit"]);
    let table = bx(b"stsz", &[&[0; 8], &1_000_u32.to_be_bytes(), &[0; 20]]);
    let facts = facts_of(&Movie { table, ..Movie::default() }.file());
    assert!(facts.index_damaged);
    assert_eq!(
        facts.problems,
        ["moov/trak[1]/mdia/minf/stbl/stsz: it declares more entries than it has room for"]
    );
    let of_one_size = bx(b"stsz", &[&[0; 4], &7_u32.to_be_bytes(), &1_000_u32.to_be_bytes()]);
    assert!(!facts_of(&Movie { table: of_one_size, ..Movie::default() }.file()).index_damaged);
}

#[test]
fn space_set_aside_at_the_end_is_no_problem() {
    let facts = facts_of(&[Movie::default().file(), vec![0; 4_096]].concat());
    assert!(facts.problems.is_empty());
    assert_eq!(parts(&facts), ["ftyp", "mdat", "moov"]);
}

fn element(id: u32, body: &[u8]) -> Vec<u8> {
    let id = id.to_be_bytes();
    let start = id.iter().position(|&byte| byte != 0).unwrap();
    [&id[start..], &(0x1000_0000 | body.len() as u32).to_be_bytes(), body].concat()
}

fn matroska(segment_is_open: bool) -> Vec<u8> {
    let info = element(
        0x1549_a966,
        &[
            element(0x4d80, b"Lavf59.27.100"),
            element(0x5741, b"HandBrake 1.6"),
            element(0x4489, &20_000_f64.to_be_bytes()),
            element(0x4461, &763_723_811_000_000_000_i64.to_be_bytes()),
        ]
        .concat(),
    );
    let tag =
        element(0x67c8, &[element(0x45a3, b"ENCODER"), element(0x4487, b"Lavc59.37.100 libx264")].concat());
    let tags = element(0x1254_c367, &element(0x7373, &tag));
    let blocks = element(0xa3, &[0x81, 0, 0, 0x80, 1, 2, 3]).repeat(3);
    let cluster = if segment_is_open {
        [&[0x1f, 0x43, 0xb6, 0x75, 0xff][..], &blocks].concat()
    } else {
        element(0x1f43_b675, &blocks)
    };
    let body = [info, cluster.repeat(2), tags].concat();
    let segment = if segment_is_open {
        [&[0x18, 0x53, 0x80, 0x67, 0xff][..], &body].concat()
    } else {
        element(0x1853_8067, &body)
    };
    [element(0x1a45_dfa3, &element(0x4282, b"matroska")), segment].concat()
}

#[test]
fn matroska_says_who_wrote_it() {
    for open in [false, true] {
        let facts = facts_of(&matroska(open));
        assert_eq!(facts.format, "matroska");
        assert_eq!(
            strings(&facts),
            [
                ("Segment/Info/MuxingApp", "Lavf59.27.100"),
                ("Segment/Info/WritingApp", "HandBrake 1.6"),
                ("Segment/Tags/ENCODER", "Lavc59.37.100 libx264"),
            ]
        );
        assert_eq!(facts.duration_s, Some(20.0));
        assert_eq!(facts.creation_time.as_deref(), Some("2025-03-15T09:30:11Z"));
        assert_eq!(parts(&facts), ["EBML", "Segment", "Info", "Cluster", "Cluster", "Tags"]);
        assert!(facts.problems.is_empty(), "{:?}", facts.problems);
    }
    let mut short = matroska(false);
    short.truncate(short.len() - 60);
    assert_eq!(facts_of(&short).missing_bytes, Some(60));
}

fn chunk(code: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let pad = vec![0; body.len() % 2];
    [&code[..], &(body.len() as u32).to_le_bytes(), body, &pad].concat()
}

fn list(kind: &[u8; 4], parts: &[Vec<u8>]) -> Vec<u8> {
    chunk(b"LIST", &[&kind[..], &parts.concat()].concat())
}

fn avi(with_index: bool) -> Vec<u8> {
    let mut strh = [0; 56];
    strh[..8].copy_from_slice(b"vidsMJPG");
    strh[20..24].copy_from_slice(&1_u32.to_le_bytes());
    strh[24..28].copy_from_slice(&15_u32.to_le_bytes());
    strh[32..36].copy_from_slice(&150_u32.to_le_bytes());
    let strl = list(b"strl", &[chunk(b"strh", &strh), chunk(b"strn", b"front camera\0")]);
    let hdrl = list(b"hdrl", &[chunk(b"avih", &[0; 56]), strl]);
    let info =
        list(b"INFO", &[chunk(b"ISFT", b"Lavf58.20.100\0"), chunk(b"IDIT", b"Fri Mar 14 09:30:11 2025\n\0")]);
    let junk = chunk(b"JUNK", b"\0\0VirtualDub build 32842/release\0\0");
    let movi = list(b"movi", &[chunk(b"00dc", &[0x5a; 101])]);
    let index = if with_index { chunk(b"idx1", &[0; 16]) } else { vec![] };
    chunk(b"RIFF", &[b"AVI ".to_vec(), hdrl, info, junk, movi, index].concat())
}

#[test]
fn avi_says_who_wrote_it() {
    let facts = facts_of(&avi(true));
    assert_eq!(facts.format, "avi");
    assert_eq!(
        strings(&facts),
        [
            ("hdrl/strl[1]/strh handler", "MJPG"),
            ("hdrl/strl[1]/strn", "front camera"),
            ("INFO/ISFT", "Lavf58.20.100"),
            ("JUNK", "VirtualDub build 32842/release"),
        ]
    );
    assert_eq!(facts.creation_time.as_deref(), Some("2025-03-14T09:30:11Z"));
    assert_eq!(facts.duration_s, Some(10.0));
    assert_eq!(parts(&facts), ["RIFF AVI ", "LIST hdrl", "LIST INFO", "JUNK", "LIST movi", "idx1"]);
    assert_eq!((facts.index_missing, facts.missing_bytes), (false, None));
    assert!(facts.problems.is_empty(), "{:?}", facts.problems);
}

#[test]
fn avi_without_index_or_end() {
    assert!(facts_of(&avi(false)).index_missing);
    let mut short = avi(true);
    short.truncate(short.len() - 40);
    let facts = facts_of(&short);
    assert_eq!((facts.missing_bytes, facts.index_missing), (Some(40), true));
    assert!(facts.problems.is_empty());
}

fn transport_stream(packets: usize) -> Vec<u8> {
    let descriptor = [&[0x48, 18, 1, 6][..], b"FFmpeg", &[9], b"Service01"].concat();
    let service = [&[0, 1, 0xfc, 0x80, descriptor.len() as u8][..], &descriptor].concat();
    let mut section = vec![0x42, 0xf0, (8 + service.len() + 4) as u8, 0, 1, 0xc1, 0, 0, 0xff, 1, 0xff];
    section.extend(service);
    section.extend([0; 4]);
    let mut sdt = vec![0x47, 0x40, 0x11, 0x10, 0];
    sdt.extend(section);
    sdt.resize(188, 0xff);
    let mut other = vec![0x47, 0x01, 0x00, 0x10];
    other.resize(188, 0x5a);
    [sdt, other.repeat(packets - 1)].concat()
}

#[test]
fn transport_streams_name_their_service() {
    let facts = facts_of(&transport_stream(50));
    assert_eq!(facts.format, "mpegts");
    assert_eq!(strings(&facts), [("SDT service provider", "FFmpeg"), ("SDT service name", "Service01")]);
    assert_eq!(facts.missing_bytes, None);
    assert!(facts.problems.is_empty(), "{:?}", facts.problems);
    let mut damaged = transport_stream(50);
    damaged.truncate(49 * 188 + 100);
    damaged[20 * 188] = 0;
    let facts = facts_of(&damaged);
    assert_eq!(facts.missing_bytes, Some(88));
    assert_eq!(facts.problems, ["no sync byte at 1 of 49 places looked at, first at byte 3760"]);
}

#[test]
fn text_that_calls_itself_a_film_is_unknown() {
    let facts = facts_of(b"this is no film");
    assert_eq!(facts, ContainerFacts { format: UNKNOWN_FORMAT.to_owned(), ..ContainerFacts::default() });
    assert_eq!(facts_of(b"").format, UNKNOWN_FORMAT);
}

#[test]
fn what_is_no_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    assert!(read(folder.path()).is_err());
    assert!(read(&folder.path().join("nothing.mp4")).is_err());
}

/// The committed samples: format as their truth says, nothing that does not parse, and program names
/// exactly in those that an editing tool wrote.
#[test]
fn samples_read_as_their_truth_says() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/samples"));
    let truth = std::fs::read_to_string(folder.join("truth.json")).unwrap();
    let truth: serde_json::Value = serde_json::from_str(&truth).unwrap();
    for clip in truth["clips"].as_array().unwrap() {
        let name = clip["file"].as_str().unwrap();
        let facts = read(&folder.join(name)).unwrap();
        assert_eq!(facts.format, clip["container"].as_str().unwrap(), "{name}");
        assert!(facts.problems.is_empty(), "{name}: {:?}", facts.problems);
        let signed = facts.encoder_strings.iter().any(|found| found.text.starts_with("Lav"));
        assert_eq!(signed, clip["edited"].as_bool().unwrap(), "{name}: {:?}", facts.encoder_strings);
    }
}
