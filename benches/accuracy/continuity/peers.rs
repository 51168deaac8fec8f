//! Other programs on the same clips, where they are installed: PySceneDetect and FFmpeg's filters,
//! each with its defaults.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context;
use pingcha::evidence::DiscontinuityKind as Kind;

use super::Found;

pub struct Peer {
    pub name: &'static str,
    run: fn(&Path) -> anyhow::Result<Vec<Found>>,
}

impl Peer {
    pub fn run(&self, clip: &Path) -> anyhow::Result<Vec<Found>> {
        (self.run)(clip).with_context(|| format!("{} on {}", self.name, clip.display()))
    }
}

static ALL: &[(&str, Peer)] = &[
    ("ffmpeg", Peer { name: "FFmpeg scdet, freezedetect, blackdetect, silencedetect", run: ffmpeg }),
    ("scenedetect", Peer { name: "PySceneDetect detect-content", run: detect_content }),
    ("scenedetect", Peer { name: "PySceneDetect detect-adaptive", run: detect_adaptive }),
];

pub fn installed() -> Vec<Peer> {
    let there = |program: &str| {
        Command::new(program).arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
    };
    let found = ALL.iter().filter(|(program, _)| there(program));
    found.map(|(_, peer)| Peer { name: peer.name, run: peer.run }).collect()
}

pub fn print_missing(installed: &[Peer]) {
    for (program, peer) in
        ALL.iter().filter(|(_, peer)| !installed.iter().any(|known| known.name == peer.name))
    {
        println!("\n{} was skipped: `{program}` is not on the path", peer.name);
    }
}

fn found(kind: Kind, at_s: f64, end_s: f64) -> Found {
    Found { kind, at_s, end_s, confidence: 1.0, signs: String::new() }
}

fn ffmpeg(clip: &Path) -> anyhow::Result<Vec<Found>> {
    // With its default of 2 s freezedetect could not see the freezes of one second, nor silencedetect
    // and blackdetect theirs.
    let output = Command::new("ffmpeg")
        .args(["-hide_banner", "-nostats", "-i"])
        .arg(clip)
        .args(["-vf", "scdet,freezedetect=d=0.9,blackdetect=d=0.4", "-af", "silencedetect=d=0.9"])
        .args(["-threads", "1", "-f", "null", "-"])
        .output()?;
    let text = String::from_utf8_lossy(&output.stderr);
    let mut all = Vec::new();
    let (mut freeze_s, mut silence_s) = (None, None);
    for line in text.lines() {
        let figure = |key: &str| -> Option<f64> {
            let rest = line.split(key).nth(1)?.trim_start();
            rest.split(|c: char| !(c.is_ascii_digit() || ".-".contains(c))).next()?.parse().ok()
        };
        if let Some(at_s) = figure("lavfi.scd.time:") {
            all.push(found(Kind::Cut, at_s, at_s));
        }
        if let (Some(from_s), Some(to_s)) = (figure("black_start:"), figure("black_end:")) {
            all.push(found(Kind::Black, from_s, to_s));
        }
        freeze_s = figure("freeze_start:").or(freeze_s);
        if let Some(end_s) = figure("freeze_end:") {
            all.extend(freeze_s.take().map(|start_s| found(Kind::Freeze, start_s, end_s)));
        }
        silence_s = figure("silence_start:").or(silence_s);
        if let Some(end_s) = figure("silence_end:") {
            all.extend(silence_s.take().map(|start_s| found(Kind::AudioLoss, start_s, end_s)));
        }
    }
    Ok(all)
}

fn detect_content(clip: &Path) -> anyhow::Result<Vec<Found>> {
    scene_detect(clip, "detect-content")
}

fn detect_adaptive(clip: &Path) -> anyhow::Result<Vec<Found>> {
    scene_detect(clip, "detect-adaptive")
}

fn scene_detect(clip: &Path, detector: &str) -> anyhow::Result<Vec<Found>> {
    let folder = tempfile::tempdir()?;
    Command::new("scenedetect")
        .arg("-q")
        .arg("-i")
        .arg(clip)
        .args([detector, "list-scenes", "-q", "-s", "-f", "scenes.csv", "-o"])
        .arg(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    let text = std::fs::read_to_string(folder.path().join("scenes.csv")).unwrap_or_default();
    // Scene number, start frame, start time code, start seconds, …; the first scene starts the clip.
    let starts = text.lines().filter_map(|line| line.split(',').nth(3)?.trim().parse::<f64>().ok());
    Ok(starts.filter(|&at_s| at_s > 0.0).map(|at_s| found(Kind::Cut, at_s, at_s)).collect())
}
