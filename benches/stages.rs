//! Each stage by itself, on a short sample: what to look at while changing one of them.
//!
//! Criterion is given CPU time instead of time on the wall, so that decoders' threads count and
//! other programs on the machine do not.

mod common;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use criterion::Criterion;
use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use pingcha::engine::{self, Judging, SpeechChoice};
use pingcha::media::{Event, Picture, Pipelines};
use pingcha::models::Role;
use pingcha::observe::faces::FaceFinder;
use pingcha::observe::speech::{Recogniser, Whisper};
use pingcha::observe::text::{LineImage, TextReader, bgr_of, grey_of, window};
use pingcha::observe::voice::{SAMPLE_RATE_HZ, VoiceActivity};
use pingcha::observe::{self, Tools, clock, container, digest, picture};
use pingcha::policy::{self, DEFAULT_POLICY};
use pingcha::report::{Format, Style, render};
use pingcha::time::{Pts, Span};

use common::{PACKETS, SOUND, cpu_time, key_frames, models, read, sample};

fn main() -> anyhow::Result<()> {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .with_measurement(CpuTime)
        .configure_from_args();
    reading(&mut criterion)?;
    hearing(&mut criterion)?;
    seeing(&mut criterion)?;
    judging(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}

/// Runs the stage once to see that it works, for one that fails would look fast.
fn stage<T>(
    criterion: &mut Criterion<CpuTime>,
    name: &str,
    mut work: impl FnMut() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let outcome = work().with_context(|| format!("'{name}' cannot be measured"))?;
    criterion.bench_function(name, |bencher| bencher.iter(|| black_box(work())));
    Ok(outcome)
}

/// The file and its streams.
fn reading(criterion: &mut Criterion<CpuTime>) -> anyhow::Result<()> {
    let clip = sample("compliant.mp4");
    stage(criterion, "structure", || Ok(container::read(&clip)?))?;
    stage(criterion, "digests", || Ok(digest::of(&clip)?))?;
    stage(criterion, "packets", || Ok(read(&clip, PACKETS, |_| ())?))?;
    stage(criterion, "key frames", || Ok(read(&clip, key_frames(), |_| ())?))?;
    stage(criterion, "sound at 16 kHz", || Ok(read(&clip, SOUND, |_| ())?))?;
    Ok(())
}

fn hearing(criterion: &mut Criterion<CpuTime>) -> anyhow::Result<()> {
    let mut samples = Vec::new();
    read(&sample("compliant.mp4"), SOUND, |event| {
        if let Event::Sound(sound) = event {
            samples.extend(sound.samples);
        }
    })?;
    let voice = stage(criterion, "voice activity", || {
        let mut voice = VoiceActivity::new();
        voice.samples(0.0, &samples);
        Ok(voice.finish())
    })?;

    let longest = voice.iter().copied().max_by(|a, b| a.duration_s().total_cmp(&b.duration_s()));
    let spoken = longest.context("nobody speaks in the sample")?;
    let mut whisper = Arc::new(Whisper::load(&models()?.installed(Role::Speech)?)?);
    let window = Span::new(spoken.start_s, spoken.end_s.min(spoken.start_s + whisper.lengths().longest_s));
    let [start, end] = [window.start_s, window.end_s].map(|at_s| (at_s * SAMPLE_RATE_HZ) as usize);
    let name = format!("speech, a window of {:.1} s", window.duration_s());
    let window = &samples[start..end.min(samples.len())];
    stage(criterion, &name, || Ok(whisper.recognise(window)?))?;
    Ok(())
}

fn seeing(criterion: &mut Criterion<CpuTime>) -> anyhow::Result<()> {
    let mut pictures: Vec<Picture> = Vec::new();
    read(&sample("compliant.mp4"), key_frames(), |event| {
        if let Event::Picture(picture) = event {
            pictures.push(picture);
        }
    })?;
    let first = pictures.first().context("the sample has no pictures")?;
    stage(criterion, "picture figures, one picture", || Ok(picture::measure(0.0, first)?))?;

    let reader = TextReader::load(&models()?)?;
    let name = format!("clock, found and read in {} key frames", pictures.len());
    let facts = stage(criterion, &name, || {
        let mut observer = clock::Observer::new(&reader, false);
        let mut last_s = 0.0;
        for picture in &pictures {
            last_s = picture.pts.seconds(Pts::ZERO);
            observer.picture(last_s, picture)?;
        }
        Ok(observer.finish(last_s)?)
    })?;

    let cut = |picture: &Picture| -> anyhow::Result<LineImage> {
        let (luma, place) = (picture.luma(), facts.region.context("no clock was found in the sample")?);
        let pixels = |share: f32, whole: usize| (share * whole as f32) as usize;
        let (left, top) = (pixels(place.left, luma.width), pixels(place.top, luma.height));
        let (right, bottom) =
            (left + pixels(place.width, luma.width), top + pixels(place.height, luma.height));
        Ok(LineImage::new(&grey_of(window(luma, left, top, right, bottom))?)?)
    };
    let lines = pictures.iter().map(cut).collect::<anyhow::Result<Vec<_>>>()?;
    let compare = clock::learn(&reader, lines.clone())?.context("the sample's clock was not learnt")?;
    stage(criterion, "clock, a line compared with the clip's own digits", || {
        compare(&lines[0]).context("the line was not told")
    })?;

    let whole = bgr_of(first.luma(), first.chroma(), 0, first.height())?;
    let boxes = stage(criterion, "text, found in a 1280×720 picture", || Ok(reader.detect(&whole, 1.0)?))?;
    let found = boxes.first().context("no text was found in the sample")?;
    let finder = FaceFinder::load(&models()?)?;
    let mut still = opencv::core::Mat::default();
    let size = opencv::core::Size::new(640, 360);
    opencv::imgproc::resize_def(&whole, &mut still, size)?;
    stage(criterion, "faces, found in a still of 640×360", || Ok(finder.find(&still)?))?;
    let line = LineImage::new(&found.cut(&whole)?)?;
    stage(criterion, "text, a line read", || Ok(reader.read(&line)?))?;
    Ok(())
}

/// What follows once everything has been observed.
fn judging(criterion: &mut Criterion<CpuTime>) -> anyhow::Result<()> {
    let policy = policy::load(DEFAULT_POLICY)?;
    let mut tools = Tools::new(Pipelines::default(), Ok(models()?), None);
    let request = engine::plan(&policy, SpeechChoice::Auto, true, false);
    let clip = sample("cut.mp4");
    let evidence = observe::observe(&clip, &request, &mut tools);
    let mut report = stage(criterion, "judging the evidence", || {
        Ok(engine::judge(&evidence, &policy, Judging::default()))
    })?;
    engine::illustrate(&mut report, &clip, &tools.pipelines, Some(&FaceFinder::load(&models()?)?))?;
    for (name, format) in [("report as JSON", Format::Json), ("report as HTML", Format::Html)] {
        stage(criterion, name, || Ok(render(&report, format, &Style::default())?))?;
    }
    Ok(())
}

/// CPU time of the whole process, shown as criterion shows time.
struct CpuTime;

impl Measurement for CpuTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        cpu_time()
    }

    fn end(&self, start: Duration) -> Duration {
        cpu_time() - start
    }

    fn add(&self, a: &Duration, b: &Duration) -> Duration {
        *a + *b
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        value.as_nanos() as f64
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}
