//! Sound that is no clear Mandarin: what nobody said is not written down, and what cannot be heard
//! is nobody's fault.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;
mod making;

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};

use common::{check, sample, verdicts};
use making::record;

const RATE_HZ: u32 = 16_000;
const LENGTH_S: f64 = 20.0;

/// The announcement's verdict and what was written down, by the demonstration model.
fn heard(clip: &Path) -> (String, String) {
    let (_, report) = check(clip, &["--accept-demo-model", "--no-digest"]);
    let speech = report["observations"]["speech"].as_array().unwrap();
    let text = speech.iter().map(|segment| segment["text"].as_str().unwrap()).collect();
    (verdicts(&report, "announcement").first().map(|verdict| verdict.to_string()).unwrap(), text)
}

/// Writes samples, given as functions of the time in seconds, -1 to 1.
fn sound(folder: &Path, name: &str, mut at: impl FnMut(f64) -> f64) -> PathBuf {
    let path = folder.join(name);
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE_HZ,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(&path, spec).unwrap();
    for n in 0..(LENGTH_S * f64::from(RATE_HZ)) as u32 {
        file.write_sample((at(f64::from(n) / f64::from(RATE_HZ)).clamp(-1.0, 1.0) * 32_000.0) as i16)
            .unwrap();
    }
    file.finalize().unwrap();
    path
}

/// White noise, -1 to 1, always the same.
fn noise() -> impl FnMut() -> f64 {
    let mut state = 1_u32;
    move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / f64::from(1_u32 << 23) - 1.0
    }
}

/// A tune of plucked notes over a bass, with harmonics that fall off as strings' do.
fn music(at_s: f64) -> f64 {
    let notes_hz = [262.0, 330.0, 392.0, 523.0, 440.0, 392.0, 330.0, 294.0];
    let pluck = |frequency_hz: f64, since_s: f64| -> f64 {
        let harmonics = (1..6).map(|n| (TAU * frequency_hz * f64::from(n) * since_s).sin() / f64::from(n));
        harmonics.sum::<f64>() * (-3.0 * since_s).exp()
    };
    let (beat, bar) = ((at_s / 0.3) as usize, at_s % 1.2);
    0.25 * pluck(notes_hz[beat % notes_hz.len()], at_s % 0.3) + 0.2 * pluck(131.0, bar)
}

#[test]
fn music_wind_and_knocks_are_not_words() {
    let folder = tempfile::tempdir().unwrap();
    let mut white = noise();
    let mut low = 0.0;
    let wind = |at_s: f64| {
        low = 0.98 * low + 0.1 * white();
        low * (0.6 + 0.4 * (TAU * 0.3 * at_s).sin())
    };
    let mut white = noise();
    let knocks = |at_s: f64| white() * 0.8 * (-60.0 * (at_s % 0.7)).exp();
    let clips = [
        sound(folder.path(), "music.wav", music),
        sound(folder.path(), "wind.wav", wind),
        sound(folder.path(), "knocks.wav", knocks),
    ];
    for clip in clips {
        let (verdict, text) = heard(&clip);
        assert_eq!(text, "", "{}", clip.display());
        assert_ne!(verdict, "pass", "{}", clip.display());
    }
}

/// The sound of a sample, as a raw stream.
fn track(name: &str) -> String {
    format!("filesrc location=\"{}\" ! decodebin ! audioconvert ! audioresample", sample(name).display())
}

#[test]
fn overdriven_and_telephone_sound_is_still_heard() {
    let folder = tempfile::tempdir().unwrap();
    let track = track("compliant.mp4");
    let overdriven = format!(
        "{track} ! audio/x-raw,format=F32LE ! audioamplify amplification=12 clipping-method=clip ! \
         audioconvert ! audio/x-raw,format=S16LE ! wavenc ! FILE"
    );
    let telephone = format!("{track} ! audio/x-raw,format=S16LE,rate=8000 ! mulawenc ! wavenc ! FILE");
    for (name, description) in [("overdriven.wav", overdriven), ("telephone.wav", telephone)] {
        let (verdict, text) = heard(&record(folder.path(), name, &description));
        assert_eq!(verdict, "pass", "{name}: {text}");
    }
}

#[test]
fn another_language_is_neither_written_down_nor_held_against_anybody() {
    let (verdict, text) = heard(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sounds/foreign.m4a"));
    assert_eq!((verdict.as_str(), text.as_str()), ("review", ""));
}

#[test]
fn an_announcement_under_another_voice_is_not_said_to_be_missing() {
    let folder = tempfile::tempdir().unwrap();
    let mixed = format!(
        "audiomixer name=mix ! audioconvert ! audio/x-raw,format=S16LE,rate=16000,channels=1 ! wavenc ! FILE \
         {} ! mix. {} ! mix.",
        track("compliant.mp4"),
        track("no-announcement.mp4"),
    );
    let (verdict, text) = heard(&record(folder.path(), "two.wav", &mixed));
    assert_ne!(verdict, "fail", "{text}");
}
