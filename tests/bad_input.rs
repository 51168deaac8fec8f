//! Bad input through the built program: it ends by itself, with the contract's status, a report that
//! names what is wrong, and nothing half-written behind it.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;
mod making;

use std::fs;
use std::path::{Path, PathBuf};

use common::{check, pingcha, run, sample, verdicts};
use making::{AAC, H264, MP3, Mp4, policy, recording};
use serde_json::Value;

fn look(clip: &Path) -> (i32, Value) {
    let policy = policy(clip.parent().unwrap());
    let args = ["--speech", "off", "--no-digest", "--lang", "en", "--policy", policy.to_str().unwrap()];
    check(clip, &args)
}

/// A good clip, to be spoilt.
fn good(folder: &Path) -> Mp4 {
    Mp4::read(&recording(folder, "good.mp4", "mp4mux", H264, AAC))
}

fn limits(report: &Value) -> String {
    report["limits"].to_string()
}

/// What each kind of unreadable file is told, and that its report is whole.
#[test]
fn an_unreadable_file_is_named_with_what_to_do_and_leaves_a_whole_report() {
    let folder = tempfile::tempdir().unwrap();
    let named = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let good = good(folder.path());
    let index = good.find("moov", 0);
    let cases = [
        (folder.path().join("nowhere.mp4"), "cannot be opened"),
        (named("empty.mp4", b""), "empty"),
        (named("letter.mp4", &b"Dear colleagues, no recording is attached.\n".repeat(40)), "not a recording"),
        (named("power-loss.mp4", &good.0[..index]), "index (moov) is missing"),
        (
            good.clone()
                .set("moov/mvhd", 0, 20, 0)
                .set("moov/trak/mdia/mdhd", 0, 20, 0)
                .write(folder.path(), "no-scale.mp4"),
            "damaged",
        ),
        (
            good.clone()
                .set("moov/trak/mdia/minf/stbl/stsz", 0, 16, 0x0fff_ffff)
                .write(folder.path(), "sizes.mp4"),
            "damaged",
        ),
    ];
    for (path, said) in cases {
        let out = tempfile::tempdir().unwrap();
        let (status, _, stderr) = run(pingcha().arg("check").arg(&path).arg("--out").arg(out.path()).args([
            "--speech",
            "off",
            "--no-digest",
            "--lang",
            "en",
            "--format",
            "json",
        ]));
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(status, 4, "{name}: {stderr}");
        assert!(stderr.contains(name) && stderr.contains(said), "{name}: {stderr}");
        let report = fs::read(out.path().join(format!("{name}.report.json"))).unwrap();
        let report: Value = serde_json::from_slice(&report).unwrap();
        assert_eq!((&report["verdict"], report["clip"]["name"].as_str()), (&"unreadable".into(), Some(name)));
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 1, "{name}: nothing else is left");
    }
}

/// Root may read anything, so there is nothing to see then; the wording is that of a missing file.
#[test]
fn a_file_without_permission_is_unreadable() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("locked.mp4");
    fs::write(&path, b"locked").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&path).is_ok() {
        eprintln!("skipped: this user may read any file");
        return;
    }
    let (status, report) = look(&path);
    assert_eq!(status, 4);
    assert!(report["unreadable"].as_str().unwrap().contains("cannot be opened"));
}

#[test]
fn a_stream_of_an_unknown_codec_does_not_take_the_others_with_it() {
    const UNKNOWN: u32 = u32::from_be_bytes(*b"zzzz");
    const CODEC: usize = 20;
    let folder = tempfile::tempdir().unwrap();
    let spoilt = |tracks: &[usize], name: &str| {
        let spoil =
            |mp4: Mp4, &track: &usize| mp4.set("moov/trak/mdia/minf/stbl/stsd", track, CODEC, UNKNOWN);
        look(&tracks.iter().fold(good(folder.path()), spoil).write(folder.path(), name))
    };
    let (status, no_sound) = spoilt(&[1], "sound.mp4");
    assert_eq!((status, verdicts(&no_sound, "continuity")), (3, vec!["pass"]));
    assert_eq!(verdicts(&no_sound, "sound-quality"), ["not-assessed"]);
    assert!(limits(&no_sound).contains("zzzz") && limits(&no_sound).contains("install"), "{no_sound:#}");
    let (status, no_picture) = spoilt(&[0], "pictures.mp4");
    assert_eq!((status, verdicts(&no_picture, "sound-quality")), (3, vec!["pass"]));
    let (status, neither) = spoilt(&[0, 1], "neither.mp4");
    assert_eq!(status, 4);
    assert!(neither["unreadable"].as_str().unwrap().contains("zzzz"));
}

/// Sizes stand in the sample description; the decoder would find its own.
#[test]
fn pictures_of_impossible_size_are_not_decoded() {
    const SIZE: usize = 48;
    let folder = tempfile::tempdir().unwrap();
    let sized = |name: &str, side: u32| {
        let size = side << 16 | side;
        look(
            &good(folder.path())
                .set("moov/trak/mdia/minf/stbl/stsd", 0, SIZE, size)
                .write(folder.path(), name),
        )
    };
    for (name, side) in [("16k.mp4", 16_384), ("64k.mp4", 65_535)] {
        let (status, report) = sized(name, side);
        assert_eq!(status, 3, "{name}");
        assert!(limits(&report).contains("larger than can be handled"), "{name}: {report:#}");
    }
    // The coded pictures know their size.
    let (_, report) = sized("0.mp4", 0);
    assert_eq!(
        (&report["clip"]["video"]["width"], &report["clip"]["video"]["height"]),
        (&320.into(), &240.into())
    );
}

#[test]
fn a_thousand_streams_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let good = good(folder.path());
    let (index, track) = (good.find("moov", 0), good.find("moov/trak", 1));
    let track = good.0[track..track + good.u32(track) as usize].to_vec();
    let mut many = good.clone();
    for number in 3..1_000u32 {
        many.0.extend_from_slice(&track);
        // The track's number stands twelve bytes into its header's payload.
        let header = many.0.len() - track.len() + 8;
        many.0[header + 20..header + 24].copy_from_slice(&number.to_be_bytes());
    }
    let bytes = (many.0.len() - index) as u32;
    many.0[index..index + 4].copy_from_slice(&bytes.to_be_bytes());
    let (status, report) = look(&many.write(folder.path(), "thousand.mp4"));
    assert_eq!(status, 4);
    assert!(report["unreadable"].as_str().unwrap().contains("streams"), "{}", report["unreadable"]);
}

/// Time stamps that no recording has: the report stays finite and the clip is never compliant.
#[test]
fn wild_time_stamps_are_never_compliant() {
    const SCALE: usize = 20;
    const DELTA: usize = 20;
    const LENGTH: usize = 24;
    let folder = tempfile::tempdir().unwrap();
    let good = good(folder.path());
    let (times, media) = ("moov/trak/mdia/minf/stbl/stts", "moov/trak/mdia/mdhd");
    let cases = [
        ("years.mp4", good.clone().set(times, 0, DELTA, u32::MAX)),
        ("centuries.mp4", good.clone().set(times, 0, DELTA, u32::MAX).set(media, 0, SCALE, 1)),
        ("sound-years.mp4", good.clone().set(times, 1, DELTA, u32::MAX).set(media, 1, SCALE, 1)),
        ("coarse.mp4", good.clone().set(media, 0, SCALE, 1)),
        (
            "long.mp4",
            good.clone().set(media, 0, LENGTH, u32::MAX - 1).set("moov/mvhd", 0, LENGTH, u32::MAX - 1),
        ),
        ("never.mp4", good.clone().set("moov/trak/edts/elst", 0, 20, (-2i32).cast_unsigned())),
    ];
    for (name, mp4) in cases {
        let (status, report) = look(&mp4.write(folder.path(), name));
        assert!([1, 3, 4].contains(&status), "{name}: {status}");
        assert_ne!(report["verdict"], "compliant", "{name}");
    }
    // A header that hides the sound track is no recording without sound.
    let (_, long) = look(&folder.path().join("long.mp4"));
    assert_eq!(verdicts(&long, "sound-quality"), ["not-assessed"], "{long:#}");
}

/// A decoder that fails at the very end of its stream must not keep the others from ending.
#[test]
fn sound_that_is_not_what_it_says_leaves_the_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let raw_aac = "audioconvert ! avenc_aac ! aacparse ! audio/mpeg,stream-format=raw";
    let (status, report) = look(&recording(folder.path(), "raw.mpg", "mpegpsmux", H264, raw_aac));
    assert_eq!((status, verdicts(&report, "continuity")), (3, vec!["pass"]), "{report:#}");
    assert_eq!(verdicts(&report, "sound-quality"), ["not-assessed"]);
}

/// Numbers that look random and are the same each time (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

/// Bits flipped anywhere, at the start and at the end of clips of each container.
#[test]
fn flipped_bits_end_with_a_status_and_a_report() {
    const VARIANTS: usize = 4;
    let folder = tempfile::tempdir().unwrap();
    let clips: [PathBuf; 5] = [
        recording(folder.path(), "a.mp4", "mp4mux", H264, AAC),
        recording(folder.path(), "b.mkv", "matroskamux", H264, AAC),
        recording(folder.path(), "c.ts", "mpegtsmux", H264, AAC),
        recording(folder.path(), "d.avi", "avimux", H264, MP3),
        recording(folder.path(), "e.mpg", "mpegpsmux", H264, MP3),
    ];
    let policy = policy(folder.path());
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for clip in &clips {
        let whole = fs::read(clip).unwrap();
        let spoilt: Vec<PathBuf> = (0..VARIANTS)
            .map(|variant| {
                let mut bytes = whole.clone();
                let reach = bytes.len().min(4_096);
                for _ in 0..[1, 4, 20, 100][variant] {
                    let at = match variant % 3 {
                        0 => dice.below(bytes.len()),
                        1 => dice.below(reach),
                        _ => bytes.len() - 1 - dice.below(reach),
                    };
                    bytes[at] ^= 1 << dice.below(8);
                }
                let path =
                    folder.path().join(format!("{variant}-{}", clip.file_name().unwrap().to_string_lossy()));
                fs::write(&path, bytes).unwrap();
                path
            })
            .collect();
        let (status, stdout, stderr) = run(pingcha()
            .arg("check")
            .args(&spoilt)
            .args(["--speech", "off", "--no-digest", "--format", "json", "--jobs", "2", "--policy"])
            .arg(&policy));
        assert!([0, 1, 3, 4].contains(&status), "{clip:?}: {status}: {stderr}");
        assert_eq!(stdout.lines().count(), VARIANTS, "{clip:?}: {stderr}");
        for line in stdout.lines() {
            let report: Value = serde_json::from_str(line).unwrap();
            assert_eq!(report["schema"], "pingcha.report/1");
        }
    }
}

/// The same for footage as cameras write it, cut short anywhere.
#[test]
fn cut_short_anywhere_is_never_compliant() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["fragmented.mp4", "mpeg4.avi"] {
        let whole = fs::read(sample(name)).unwrap();
        for share in [3, 7] {
            let path = folder.path().join(format!("{share}-{name}"));
            fs::write(&path, &whole[..whole.len() * share / 10]).unwrap();
            let (status, report) = look(&path);
            assert!([1, 3, 4].contains(&status), "{share}-{name}: {status} {}", report["verdict"]);
        }
    }
}
