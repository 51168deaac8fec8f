//! Measures one clip, stage by stage; says nothing about how it is shown.

use std::path::Path;

use anyhow::{Context, anyhow};
use pingcha::engine::{self, Judging, SpeechChoice};
use pingcha::evidence::{ClipFacts, Evidence};
use pingcha::media::Pipelines;
use pingcha::models::{ModelStore, Role};
use pingcha::observe::faces::FaceFinder;
use pingcha::observe::speech::Whisper;
use pingcha::observe::text::TextReader;
use pingcha::observe::{Request, Tools, container, digest, observe};
use pingcha::policy::{self, DEFAULT_POLICY, Policy};
use pingcha::report::{Format, Report, Style, render};

use crate::common::{PACKETS, PICTURES, SOUND, cpu_time, key_frames, read};

/// A median needs three runs; short stages are run until they have taken this much, so that one
/// interruption does not count.
const LEAST_RUNS: usize = 3;
const MOST_RUNS: usize = 25;
const ENOUGH_S: f64 = 1.0;
/// A stage that takes as long as this is run once.
const LONG_S: f64 = 20.0;

/// What others' tools are held against.
pub const WITHOUT_SPEECH: &str = "whole check without speech";

/// What was measured of one clip.
pub struct Measured {
    pub clip: ClipFacts,
    /// Name of the model that listened, where one did.
    pub speech_model: Option<String>,
    pub rows: Vec<Row>,
}

/// One stage. Stages overlap: the later ones hold most of the earlier ones.
pub struct Row {
    pub stage: &'static str,
    /// CPU seconds of each run, user and system, of all threads, in order of size.
    pub cpu_s: Vec<f64>,
    /// Whether the stage grows with the clip, so that comparing it with the clip's length says something.
    pub per_clip: bool,
}

impl Row {
    pub fn median_s(&self) -> f64 {
        self.cpu_s[self.cpu_s.len() / 2]
    }

    pub fn least_s(&self) -> f64 {
        self.cpu_s[0]
    }

    pub fn most_s(&self) -> f64 {
        self.cpu_s[self.cpu_s.len() - 1]
    }
}

/// Measures every stage on one clip. Fails when the clip cannot be read, for then nothing is
/// measured that a good clip would cost.
pub fn measure(clip: &Path, models: &ModelStore) -> anyhow::Result<Measured> {
    let policy = policy::load(DEFAULT_POLICY)?;
    let mut tools = Tools::new(Pipelines::default(), Ok(models.clone()), None);
    let finder = FaceFinder::load(models)?;
    let whole = |speech| engine::plan(&policy, speech, true, false);
    let without_speech = whole(SpeechChoice::Off);
    let without_digests = Request { digests: false, ..without_speech.clone() };
    let thorough = Request { thorough: true, ..without_digests.clone() };
    let with_speech = whole(SpeechChoice::Auto);

    let mut rows = vec![Row { per_clip: false, ..row("loading the models", || load(models))? }];
    let mut add = |row: Row| rows.push(row);
    add(row("structure", || Ok(container::read(clip)?))?);
    add(row("digests, SHA-256 and SM3", || Ok(digest::of(clip)?))?);
    add(row("packets", || Ok(read(clip, PACKETS, |_| ())?))?);
    add(row("sound to 16 kHz", || Ok(read(clip, SOUND, |_| ())?))?);
    add(row("key frames", || Ok(read(clip, key_frames(), |_| ())?))?);
    add(row("every picture", || Ok(read(clip, PICTURES, |_| ())?))?);
    add(row("every picture, thoroughly", || observed(clip, &thorough, &mut tools))?);
    add(row("first pass and closer look", || observed(clip, &without_digests, &mut tools))?);
    add(row(WITHOUT_SPEECH, || check(clip, &without_speech, &policy, &mut tools, &finder))?);
    add(row("whole check, opening heard", || check(clip, &with_speech, &policy, &mut tools, &finder))?);

    let evidence = observed(clip, &with_speech, &mut tools)?;
    let mut report = engine::judge(&evidence, &policy, Judging::default());
    engine::illustrate(&mut report, clip, &tools.pipelines, Some(&finder))?;
    add(row("judging the evidence", || Ok(engine::judge(&evidence, &policy, Judging::default())))?);
    add(row("report as JSON and HTML", || written(&report))?);

    let listener = evidence.models.iter().find(|model| model.role == Role::Speech.id());
    Ok(Measured { speech_model: listener.map(|model| model.name.clone()), clip: evidence.clip, rows })
}

/// Runs one stage several times.
fn row<T>(stage: &'static str, mut work: impl FnMut() -> anyhow::Result<T>) -> anyhow::Result<Row> {
    let mut cpu_s = Vec::new();
    let enough = |cpu_s: &[f64]| {
        let sum_s: f64 = cpu_s.iter().sum();
        sum_s >= LONG_S || (cpu_s.len() >= LEAST_RUNS && (cpu_s.len() >= MOST_RUNS || sum_s >= ENOUGH_S))
    };
    while !enough(&cpu_s) {
        let before = cpu_time();
        std::hint::black_box(work()).with_context(|| format!("'{stage}' cannot be measured"))?;
        cpu_s.push((cpu_time() - before).as_secs_f64());
    }
    cpu_s.sort_by(f64::total_cmp);
    Ok(Row { stage, cpu_s, per_clip: true })
}

/// As each process does once.
fn load(models: &ModelStore) -> anyhow::Result<(TextReader, Whisper)> {
    Ok((TextReader::load(models)?, Whisper::load(&models.installed(Role::Speech)?)?))
}

fn observed(clip: &Path, request: &Request, tools: &mut Tools) -> anyhow::Result<Evidence> {
    let evidence = observe(clip, request, tools);
    match &evidence.unreadable {
        Some(why) => Err(anyhow!("{}: {}", clip.display(), why.en)),
        None => Ok(evidence),
    }
}

/// What `pingcha check --out` does with a clip, but for writing the files.
fn check(
    clip: &Path,
    request: &Request,
    policy: &Policy,
    tools: &mut Tools,
    finder: &FaceFinder,
) -> anyhow::Result<Vec<u8>> {
    let evidence = observed(clip, request, tools)?;
    let mut report = engine::judge(&evidence, policy, Judging::default());
    engine::illustrate(&mut report, clip, &tools.pipelines, Some(finder))?;
    written(&report)
}

fn written(report: &Report) -> anyhow::Result<Vec<u8>> {
    let mut bytes = render(report, Format::Json, &Style::default())?;
    bytes.extend(render(report, Format::Html, &Style::default())?);
    Ok(bytes)
}
