//! The pure parts, by the instructions that they take under callgrind: the same on any day and any machine of
//! one kind.
//!
//! The parts run in this very program, started again under valgrind; what they work on is made beforehand and
//! not counted: a part itself tells callgrind where it begins and ends, which no stripped name and no inlined
//! function changes. `gungraun` does the same with a runner that must be installed in exactly its version from
//! outside of the lock file; reading one number off callgrind needs no more than this.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};
use pingcha::checks::{Case, find};
use pingcha::engine::{self, Judging, SpeechChoice};
use pingcha::evidence::Evidence;
use pingcha::media::{Event, Picture, Pipelines};
use pingcha::observe::continuity::{Signs, fuse};
use pingcha::observe::picture::{Change, Motion, MotionObserver};
use pingcha::observe::text::{TextReader, bgr_of};
use pingcha::observe::voice::VoiceActivity;
use pingcha::observe::{Tools, observe};
use pingcha::policy::{self, DEFAULT_POLICY, Policy};
use pingcha::records::{Calendar, Matcher, Names, Records, Subject, load};
use pingcha::report::{Format, Report, Style, render};
use pingcha::session::Taken;
use valgrind_requests::callgrind;

use crate::common::{SOUND, key_frames, models, read, sample};

const PARTS: [&str; 10] = [
    "evidence read",
    "announcement compared by sound",
    "signs fused",
    "clip judged",
    "report as JSON",
    "report as HTML",
    "ledger matched",
    "voices told from sound",
    "neighbouring pictures compared",
    "text searched for",
];

const EVIDENCE: &str = "gate-evidence.json";

/// Instructions of each part; nothing, said aloud, where valgrind is not installed.
pub fn all(folder: &Path) -> anyhow::Result<BTreeMap<String, u64>> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("Instructions were not counted: valgrind is not installed (Debian: valgrind).");
        return Ok(BTreeMap::new());
    }
    let policy = policy::load(DEFAULT_POLICY)?;
    let request = engine::plan(&policy, SpeechChoice::Auto, true, false);
    let mut tools = Tools::new(Pipelines::default(), Ok(models()?), None);
    let evidence = observe(&sample("cut.mp4"), &request, &mut tools);
    std::fs::write(folder.join(EVIDENCE), serde_json::to_vec(&evidence)?)?;
    PARTS.iter().map(|part| Ok(((*part).to_owned(), count(part)?))).collect()
}

fn count(part: &str) -> anyhow::Result<u64> {
    let done = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--instr-atstart=no"])
        .arg(std::env::current_exe()?)
        .args(["--part", part])
        .output()?;
    let said = String::from_utf8_lossy(&done.stderr);
    let collected = said.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok());
    match collected {
        Some(count) if done.status.success() && count > 0 => Ok(count),
        _ => bail!("'{part}' could not be counted: {said}"),
    }
}

/// Runs one part once, in [`counted_part`].
pub fn run(part: &str, folder: &Path) -> anyhow::Result<()> {
    let json = std::fs::read(folder.join(EVIDENCE))?;
    let evidence: Evidence = serde_json::from_slice(&json)?;
    let policy = policy::load(DEFAULT_POLICY)?;
    match part {
        "evidence read" => drop(counted_part(|| serde_json::from_slice::<Evidence>(&json))?),
        "announcement compared by sound" => announcement(&evidence, &policy)?,
        "signs fused" => fused(&evidence),
        "clip judged" => drop(counted_part(|| engine::judge(&evidence, &policy, Judging::default()))),
        "report as JSON" => rendered(&evidence, &policy, Format::Json)?,
        "report as HTML" => rendered(&evidence, &policy, Format::Html)?,
        "ledger matched" => matched(&policy)?,
        "voices told from sound" => voices()?,
        "neighbouring pictures compared" => neighbours()?,
        "text searched for" => text()?,
        other => bail!("there is no part '{other}'"),
    }
    Ok(())
}

/// Has callgrind count `work`, on whichever thread it is done.
fn counted_part<T>(work: impl FnOnce() -> T) -> T {
    callgrind::start_instrumentation();
    let done = black_box(black_box(work)());
    callgrind::stop_instrumentation();
    done
}

fn announcement(evidence: &Evidence, policy: &Policy) -> anyhow::Result<()> {
    let check = find("announcement").context("there is no such check")?;
    let clause = policy.clauses.iter().find(|clause| clause.check.id == check.id);
    let params = &clause.context("the policy has no such clause")?.params;
    counted_part(|| check.judge(&Case::alone(evidence), params));
    Ok(())
}

/// With a minute of pictures that were seen one by one.
fn fused(evidence: &Evidence) {
    let change = |n: u32| {
        let at_s = f64::from(n) / 25.0;
        let step = 2.0 + f64::from(n % 7) / 10.0;
        Change {
            from_s: at_s - 0.04,
            at_s,
            changed_share: 0.3,
            mean_step: step,
            small_step: step / 2.0,
            ..Change::default()
        }
    };
    let motion = Motion { changes: (1..1_500).map(change).collect(), ..Motion::default() };
    let picture = evidence.picture.seen();
    let signs = Signs {
        duration_s: evidence.clip.duration_s,
        timeline: evidence.timeline.seen().expect("the sample has packets"),
        early_key_frames: &[],
        key_frames_s: &[],
        clues: &[],
        samples: picture.map(|picture| picture.samples.as_slice()).unwrap_or_default(),
        motion: &motion,
        sampled_blacks: &[],
        sound: evidence.sound.seen(),
        clock: evidence.clock.seen(),
        cut_short: None,
    };
    counted_part(|| fuse(&signs));
}

fn rendered(evidence: &Evidence, policy: &Policy, format: Format) -> anyhow::Result<()> {
    let report: Report = engine::judge(evidence, policy, Judging::default());
    counted_part(|| render(&report, format, &Style::default()))?;
    Ok(())
}

/// A worked year's ledger against a thousand clips.
fn matched(policy: &Policy) -> anyhow::Result<()> {
    let path = sample("records").join("jiangyuan.xlsx");
    let records: Records = load(&path, &Names::usual())?;
    let calendar = Calendar::official();
    let zone = engine::naming(policy).zone;
    let rows = records.rows.clips.iter().filter_map(|clip| clip.file.clone()).cycle();
    let subject = |(n, name): (usize, String)| {
        let name = if n % 3 == 0 { format!("other {n}.mp4") } else { name };
        Subject::new(name, [None, None], Taken::default())
    };
    let subjects: Vec<Subject> = rows.take(1_000).enumerate().map(subject).collect();
    counted_part(|| Matcher::new(&records, &calendar, subjects, &zone));
    Ok(())
}

/// What the sample's sound holds of voices.
fn voices() -> anyhow::Result<()> {
    let mut samples = Vec::new();
    read(&sample("compliant.mp4"), SOUND, |event| {
        if let Event::Sound(sound) = event {
            samples.extend(sound.samples);
        }
    })?;
    counted_part(|| {
        let mut voice = VoiceActivity::new();
        voice.samples(0.0, &samples);
        voice.finish()
    });
    Ok(())
}

fn pictures(name: &str) -> anyhow::Result<Vec<Picture>> {
    let mut pictures: Vec<Picture> = Vec::new();
    read(&sample(name), key_frames(), |event| {
        if let Event::Picture(picture) = event {
            pictures.push(picture);
        }
    })?;
    Ok(pictures)
}

/// How one picture follows from the one before.
fn neighbours() -> anyhow::Result<()> {
    let pictures = pictures("compliant.mp4")?;
    let [one, other, ..] = pictures.as_slice() else { bail!("the sample has no pictures") };
    let mut observer = MotionObserver::default();
    observer.picture(0.0, one, false)?;
    counted_part(|| observer.picture(0.04, other, false))?;
    Ok(())
}

/// Where text stands in a picture at a quarter of its size.
fn text() -> anyhow::Result<()> {
    let pictures = pictures("compliant.mp4")?;
    let first = pictures.first().context("the sample has no pictures")?;
    let whole = bgr_of(first.luma(), first.chroma(), 0, first.height())?;
    let reader = TextReader::load(&models()?)?;
    counted_part(|| reader.detect(&whole, 0.25))?;
    Ok(())
}
