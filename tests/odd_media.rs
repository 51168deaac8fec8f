//! Odd but valid media, made here: the built program reads them as they are meant.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;
mod making;

use std::path::Path;

use common::{check, verdicts};
use making::{AAC, H264, LENGTH_S, MP3, Mp4, PICTURES, TONE, both, policy, record, record_later, recording};
use serde_json::Value;

const B_FRAMES: &str = "x264enc key-int-max=30 bframes=2 b-adapt=false speed-preset=veryfast ! h264parse";
const H265: &str = "x265enc key-int-max=30 speed-preset=ultrafast option-string=bframes=3 ! h265parse";
const ADTS: &str = "audioconvert ! avenc_aac ! aacparse ! audio/mpeg,stream-format=adts";

fn look(clip: &Path) -> (i32, Value) {
    look_with(clip, &[])
}

fn look_with(clip: &Path, more: &[&str]) -> (i32, Value) {
    let policy = policy(clip.parent().unwrap());
    let args = ["--speech", "off", "--no-digest", "--lang", "en", "--policy", policy.to_str().unwrap()];
    check(clip, &[&args, more].concat())
}

/// Nothing is wrong with the clip, and its streams, length and rate are those that were made.
fn assert_sound(clip: &Path, container: &str, video: &str, audio: &str) {
    let (status, report) = look(clip);
    let name = clip.file_name().unwrap().to_string_lossy();
    assert_eq!(report["observations"]["discontinuities"], serde_json::json!([]), "{name}");
    assert_eq!((status, &report["verdict"]), (0, &"compliant".into()), "{name}: {report:#}");
    let facts = &report["clip"];
    assert_eq!(facts["container"], container, "{name}");
    assert_eq!(
        (&facts["video"]["codec"], &facts["audio"]["codec"]),
        (&video.into(), &audio.into()),
        "{name}"
    );
    assert_eq!((&facts["video"]["width"], &facts["video"]["height"]), (&320.into(), &240.into()), "{name}");
    assert!((facts["video"]["frame_rate"].as_f64().unwrap() - 30.0).abs() < 0.05, "{name}: {facts}");
    assert!((facts["duration_s"].as_f64().unwrap() - LENGTH_S).abs() < 0.05, "{name}: {facts}");
}

#[test]
fn containers_and_codecs_of_cameras() {
    let folder = tempfile::tempdir().unwrap();
    let made = [
        ("whole.mp4", "mp4mux", H264, AAC, "mp4 h264 aac"),
        ("fragmented.mp4", "mp4mux fragment-duration=1000", H264, AAC, "mp4 h264 aac"),
        ("pcm.mov", "qtmux", H264, "identity", "mov h264 pcm"),
        ("whole.mkv", "matroskamux", H264, AAC, "matroska h264 aac"),
        ("unfinished.mkv", "matroskamux streamable=true", H264, "identity", "matroska h264 pcm"),
        ("pcm.avi", "avimux", H264, "identity", "avi h264 pcm"),
        ("mp3.avi", "avimux", "avenc_mpeg4", MP3, "avi mpeg4 mp3"),
        ("aac.mpg", "mpegpsmux", H264, ADTS, "mpegps h264 aac"),
    ];
    for (name, muxer, video, audio, expected) in made {
        let expected: Vec<&str> = expected.split(' ').collect();
        let clip = recording(folder.path(), name, muxer, video, audio);
        assert_sound(&clip, expected[0], expected[1], expected[2]);
    }
}

/// Coding order is not presentation order, and Matroska gives no decoding times that would tell.
#[test]
fn b_frames_are_no_break() {
    let folder = tempfile::tempdir().unwrap();
    let made = [
        ("b.mp4", "mp4mux", B_FRAMES, "mp4 h264"),
        ("b.mkv", "matroskamux", B_FRAMES, "matroska h264"),
        ("b.ts", "mpegtsmux", B_FRAMES, "mpegts h264"),
        ("b265.mkv", "matroskamux", H265, "matroska h265"),
    ];
    for (name, muxer, video, expected) in made {
        let (container, codec) = expected.split_once(' ').unwrap();
        assert_sound(&recording(folder.path(), name, muxer, video, AAC), container, codec, "aac");
    }
}

/// Whatever the clip's time stamps start at, its own time starts at 0; else its length would differ.
#[test]
fn time_counts_from_the_first_picture() {
    const TEN_HOURS_S: i64 = 36_000;
    // The muxer adds an hour; 33 bits of 90 kHz are full 1.7 s into the clip.
    const BEFORE_WRAP_S: i64 = 95_442 - 3_600;
    let folder = tempfile::tempdir().unwrap();
    let made = [
        ("ten-hours.ts", "mpegtsmux", TEN_HOURS_S, "mpegts"),
        ("wrap.ts", "mpegtsmux", BEFORE_WRAP_S, "mpegts"),
        ("ten-hours.mkv", "matroskamux offset-to-zero=false", TEN_HOURS_S, "matroska"),
    ];
    for (name, muxer, late_s, container) in made {
        let late = [("pictures", late_s), ("tone", late_s)];
        let clip = record_later(folder.path(), name, &both(muxer, H264, AAC), &late);
        assert_sound(&clip, container, "h264", "aac");
    }
}

#[test]
fn an_edit_list_moves_the_start_and_the_length() {
    let folder = tempfile::tempdir().unwrap();
    let whole = Mp4::read(&recording(folder.path(), "whole.mp4", "mp4mux", H264, AAC));
    // Lengths count in the movie's time scale, starts in the track's.
    let movie = whole.u32(whole.find("moov/mvhd", 0) + 20);
    let starting_at_one_second = |mut mp4: Mp4, track: usize| {
        let scale = mp4.u32(mp4.find("moov/trak/mdia/mdhd", track) + 20);
        mp4 = mp4.set("moov/trak/edts/elst", track, 16, 2 * movie);
        mp4.set("moov/trak/edts/elst", track, 20, scale)
    };
    let both_cut = starting_at_one_second(starting_at_one_second(whole, 0), 1);
    let (status, report) = look(&both_cut.write(folder.path(), "edited.mp4"));
    assert_eq!(status, 0, "{report:#}");
    assert!((report["clip"]["duration_s"].as_f64().unwrap() - 2.0).abs() < 0.1, "{}", report["clip"]);
    assert_eq!(report["observations"]["discontinuities"], serde_json::json!([]));
}

/// No key frame stands where the pictures start to be shown: what is shown counts, and what is not
/// must not be taken for whole.
#[test]
fn an_edit_list_inside_the_only_group_of_pictures_hides_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let one_key_frame = "x264enc key-int-max=300 speed-preset=ultrafast tune=zerolatency ! h264parse";
    let whole = Mp4::read(&recording(folder.path(), "whole.mp4", "mp4mux", one_key_frame, AAC));
    let scale = whole.u32(whole.find("moov/trak/mdia/mdhd", 0) + 20);
    let starting_at = |name: &str, start: u32| {
        let edited = whole.clone().set("moov/trak/edts/elst", 0, 20, start);
        look(&edited.write(folder.path(), name))
    };
    let (status, half_a_second) = starting_at("inside.mp4", scale / 2);
    assert_eq!(status, 0, "{half_a_second:#}");
    assert!((half_a_second["clip"]["duration_s"].as_f64().unwrap() - 2.5).abs() < 0.05);
    // Two seconds of sound are left without pictures.
    let (status, two_seconds) = starting_at("far-inside.mp4", 2 * scale);
    assert_eq!((status, verdicts(&two_seconds, "continuity")), (1, vec!["fail"]));
    let (status, beyond) = starting_at("beyond.mp4", 9 * scale);
    assert_eq!((status, verdicts(&beyond, "continuity")), (3, vec!["not-assessed"]));
    assert!(beyond["limits"].to_string().contains("picture track"), "{}", beyond["limits"]);
}

#[test]
fn narrow_pixels_are_reported_with_their_shape() {
    let folder = tempfile::tempdir().unwrap();
    let narrow = format!("capssetter caps=video/x-raw,pixel-aspect-ratio=4/3 ! {H264}");
    for (name, muxer, container) in
        [("narrow.mp4", "mp4mux", "mp4"), ("narrow.mkv", "matroskamux", "matroska")]
    {
        let clip = recording(folder.path(), name, muxer, &narrow, AAC);
        assert_sound(&clip, container, "h264", "aac");
        // Matroska rounds to whole pixels.
        let aspect = look(&clip).1["clip"]["video"]["pixel_aspect"].as_f64().unwrap();
        assert!((aspect - 4.0 / 3.0).abs() < 0.005, "{name}: {aspect}");
    }
}

#[test]
fn interlaced_pictures_are_counted_whole() {
    let folder = tempfile::tempdir().unwrap();
    let interlaced = "interlace field-pattern=0 ! x264enc interlaced=true key-int-max=15 speed-preset=ultrafast \
                      tune=zerolatency ! h264parse";
    for (name, muxer) in [("fields.mp4", "mp4mux"), ("fields.ts", "mpegtsmux")] {
        let (status, report) = look(&recording(folder.path(), name, muxer, interlaced, AAC));
        assert_eq!(
            (status, &report["observations"]["discontinuities"]),
            (0, &serde_json::json!([])),
            "{name}"
        );
        // Thirty pictures a second become the fields of fifteen.
        assert!((report["clip"]["video"]["frame_rate"].as_f64().unwrap() - 15.0).abs() < 0.05, "{name}");
        assert!((report["clip"]["duration_s"].as_f64().unwrap() - LENGTH_S).abs() < 0.1, "{name}");
    }
}

#[test]
fn a_changing_frame_rate_is_no_break() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = |count: u32, rate: u32| {
        format!(
            "videotestsrc num-buffers={count} pattern=ball ! \
             video/x-raw,format=I420,width=320,height=240,framerate={rate}/1 ! \
             capssetter caps=video/x-raw,framerate=0/1 ! rates."
        )
    };
    for (name, muxer) in [("rates.mp4", "mp4mux"), ("rates.mkv", "matroskamux")] {
        let description = format!(
            "{muxer} name=mux ! FILE concat name=rates ! {H264} ! queue ! mux. {} {} {TONE} ! {AAC} ! queue ! mux.",
            pictures(15, 10),
            pictures(45, 30)
        );
        let (status, report) = look(&record(folder.path(), name, &description));
        assert_eq!(report["observations"]["discontinuities"], serde_json::json!([]), "{name}");
        assert_eq!(status, 0, "{name}");
        assert!(
            (report["clip"]["duration_s"].as_f64().unwrap() - LENGTH_S).abs() < 0.1,
            "{}",
            report["clip"]
        );
    }
}

/// What is sparse or short leaves little to compare; nothing is made up of it.
#[test]
fn few_pictures_few_key_frames_and_two_seconds_are_no_break() {
    let folder = tempfile::tempdir().unwrap();
    let clip = |name: &str, seconds: u32, rate: u32, key_frames: u32| {
        let tone = format!(
            "audiotestsrc num-buffers={} samplesperbuffer=1600 volume=0.2 ! \
             audio/x-raw,format=S16LE,rate=16000,channels=1,layout=interleaved",
            seconds * 10
        );
        let description = format!(
            "mp4mux name=mux ! FILE videotestsrc num-buffers={} pattern=ball ! \
             video/x-raw,format=I420,width=320,height=240,framerate={rate}/1 ! \
             x264enc key-int-max={key_frames} option-string=scenecut=0 speed-preset=ultrafast tune=zerolatency ! \
             h264parse ! queue ! mux. {tone} ! {AAC} ! queue max-size-time=0 max-size-bytes=0 ! mux.",
            seconds * rate
        );
        (record(folder.path(), name, &description), f64::from(seconds))
    };
    let clips = [
        clip("one-a-second.mp4", 90, 1, 10),
        clip("two-seconds.mp4", 2, 25, 25),
        clip("one-key-frame.mp4", 150, 10, 100_000),
        clip("a-key-frame-a-minute.mp4", 150, 10, 600),
    ];
    for (clip, length_s) in clips {
        let name = clip.file_name().unwrap().to_string_lossy().into_owned();
        for more in [&[][..], &["--thorough"]] {
            let (status, report) = look_with(&clip, more);
            assert_eq!(report["observations"]["discontinuities"], serde_json::json!([]), "{name} {more:?}");
            assert_eq!(status, 0, "{name} {more:?}: {report:#}");
            assert!((report["clip"]["duration_s"].as_f64().unwrap() - length_s).abs() < 1.1, "{name}");
        }
    }
}

#[test]
fn sound_without_pictures_is_judged_as_sound_only() {
    let folder = tempfile::tempdir().unwrap();
    let made = [
        ("tone.m4a", format!("{TONE} ! {AAC} ! mp4mux ! FILE"), "aac"),
        ("tone.mp3", format!("{TONE} ! {MP3} ! FILE"), "mp3"),
        ("tone.mpg", format!("{TONE} ! {MP3} ! mpegpsmux ! FILE"), "mp3"),
    ];
    for (name, description, codec) in made {
        let (status, report) = look(&record(folder.path(), name, &description));
        assert_eq!((status, &report["clip"]["video"]), (3, &Value::Null), "{name}");
        assert_eq!(report["clip"]["audio"]["codec"], codec, "{name}");
        assert!(
            (report["clip"]["duration_s"].as_f64().unwrap() - LENGTH_S).abs() < 0.2,
            "{name}: {}",
            report["clip"]
        );
        assert_eq!(verdicts(&report, "continuity"), ["not-assessed"], "{name}");
        assert_eq!(verdicts(&report, "sound-quality"), ["pass"], "{name}");
    }
}

#[test]
fn pictures_without_sound_miss_the_sound_only() {
    let folder = tempfile::tempdir().unwrap();
    let (status, report) =
        look(&record(folder.path(), "mute.mp4", &format!("{PICTURES} ! {H264} ! mp4mux ! FILE")));
    assert_eq!((status, &report["clip"]["audio"]), (1, &Value::Null));
    assert_eq!(verdicts(&report, "continuity"), ["pass"]);
    assert_eq!(verdicts(&report, "sound-quality"), ["fail"]);
}

#[test]
fn sound_that_starts_late_is_missed_where_it_should_be() {
    let folder = tempfile::tempdir().unwrap();
    for (name, muxer) in [("late.mp4", "mp4mux"), ("late.mkv", "matroskamux")] {
        let clip = record_later(folder.path(), name, &both(muxer, H264, AAC), &[("tone", 1)]);
        let (status, report) = look(&clip);
        let breaks = &report["observations"]["discontinuities"];
        assert_eq!(breaks[0]["kind"], "audio-loss", "{name}: {status} {breaks}");
        let time = |field: &str| breaks[0][field].as_f64().unwrap();
        assert!(time("at_s") == 0.0 && (time("end_s") - 1.0).abs() < 0.1, "{name}: {breaks}");
        assert_ne!(status, 0, "{name}");
    }
}
