//! The burnt-in clock: crops are read one by one, clips observed as `pingcha observe` does.

pub mod truth;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context;
use opencv::core::Mat;
use opencv::{imgcodecs, imgproc};
use pingcha::evidence::{Channel, ClockFacts, ClockJump, ClockReading};
use pingcha::media::Pipelines;
use pingcha::models::ModelStore;
use pingcha::observe::text::TextReader;
use pingcha::observe::{Request, SpeechScope, Tools, clock, observe};

use super::Arguments;
use super::common::cpu_time;
use super::tally::{quantile, share};
use truth::{Clip, Clock, Crop, Truth};

const DAY_S: f64 = 86_400.0;

/// A leap is found when one is reported as near as this beyond its own uncertainty, and as large.
const LEAP_PLACE_S: f64 = 0.3;
const LEAP_SIZE_S: f64 = 0.3;

/// Tesseract reads one crop in this many: its process alone costs more than our reading.
const TESSERACT_EVERY: usize = 4;

pub fn measure(arguments: &Arguments) -> anyhow::Result<()> {
    let folder = arguments.data("clocks");
    let text = std::fs::read_to_string(folder.join("clocks.json"))
        .with_context(|| format!("{}: benches/accuracy/make_clocks.py makes it", folder.display()))?;
    let truth: Truth = serde_json::from_str(&text)?;
    let mut details = match &arguments.details {
        Some(path) => Box::new(BufWriter::new(File::create(path)?)) as Box<dyn Write>,
        None => Box::new(std::io::sink()),
    };
    println!(
        "part {}, seed {}: {} crops, {} clips\n",
        truth.part,
        truth.seed,
        truth.crops.len(),
        truth.clips.len()
    );
    let reader = TextReader::load(&ModelStore::open(&arguments.models)?)?;
    if arguments.only.is_none() {
        crops(&folder, &truth.crops, &reader, &mut details)?;
    }

    let mut tools = Tools::new(Pipelines::default(), Ok(ModelStore::open(&arguments.models)?), None);
    let mut results = Results::default();
    for clip in truth.clips.iter().filter(|clip| arguments.takes(&clip.file)) {
        let begun = cpu_time();
        let request = Request {
            channels: BTreeSet::from([Channel::Clock]),
            speech: SpeechScope::Off,
            digests: false,
            thorough: false,
        };
        let evidence = observe(&folder.join(&clip.file), &request, &mut tools);
        let facts = evidence.clock.seen().with_context(|| format!("{} was not observed", clip.file))?;
        results.note(clip, facts, cpu_time() - begun, &mut details)?;
    }
    results.print();
    Ok(())
}

/// Lines alone, without the clip's help.
fn crops(folder: &Path, crops: &[Crop], reader: &TextReader, details: &mut dyn Write) -> anyhow::Result<()> {
    let (mut own, mut tesseract) = (Lines::default(), Lines::default());
    let installed = Command::new("tesseract").arg("--version").output().is_ok_and(|out| out.status.success());
    for (number, crop) in crops.iter().enumerate() {
        let path = folder.join(&crop.file);
        let picture = imgcodecs::imread(&path, imgcodecs::IMREAD_GRAYSCALE)?;
        let begun = cpu_time();
        let read = clock::read_line(reader, &picture)?;
        own.cpu += cpu_time() - begun;
        let right = read.iter().any(|read| (read.shown_s - crop.shown_s_as_drawn()).abs() < 0.006);
        own.note(!read.is_empty(), right);
        if !right {
            let Crop { file, text, format, font, size_px, .. } = crop;
            writeln!(details, "{file}\t{text}\t{format}\t{font}\t{size_px}\t{read:?}")?;
        }
        if installed && number % TESSERACT_EVERY == 0 {
            let begun = Instant::now();
            let said = read_by_tesseract(&picture)?;
            tesseract.cpu += begun.elapsed();
            let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
            let (said, drawn) = (digits(&said), digits(&crop.text));
            tesseract.note(said.len() == drawn.len(), said == drawn);
        }
    }
    println!("| single lines | given | right of those given | ms each |\n|---|---:|---:|---:|");
    own.print("recogniser (CPU)");
    match installed {
        true => tesseract.print("Tesseract, digits only, as a command (on the wall)"),
        false => println!("| Tesseract | not installed: skipped | | |"),
    }
    Ok(())
}

impl Crop {
    /// As a clock without a date counts.
    fn shown_s_as_drawn(&self) -> f64 {
        if self.format.contains("%d") { self.shown_s } else { self.shown_s.rem_euclid(DAY_S) }
    }
}

/// Tesseract does best on dark letters 40 pixels high on a plain ground.
fn read_by_tesseract(picture: &Mat) -> anyhow::Result<String> {
    use opencv::core::{MatTraitConst, Size};
    let factor = 60.0 / f64::from(picture.rows().max(1));
    let (mut large, mut plain) = (Mat::default(), Mat::default());
    imgproc::resize(picture, &mut large, Size::default(), factor, factor, imgproc::INTER_CUBIC)?;
    imgproc::threshold(&large, &mut plain, 0.0, 255.0, imgproc::THRESH_BINARY_INV | imgproc::THRESH_OTSU)?;
    let file = std::env::temp_dir().join(format!("pingcha-crop-{}.png", std::process::id()));
    imgcodecs::imwrite_def(&file, &plain)?;
    let out = Command::new("tesseract").arg(&file).args(["-", "--psm", "7"]).output()?;
    std::fs::remove_file(&file)?;
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

#[derive(Default)]
struct Lines {
    all: usize,
    given: usize,
    right: usize,
    cpu: Duration,
}

impl Lines {
    fn note(&mut self, given: bool, right: bool) {
        self.all += 1;
        self.given += usize::from(given);
        self.right += usize::from(given && right);
    }

    fn print(&self, name: &str) {
        let ms = self.cpu.as_secs_f64() * 1e3 / self.all.max(1) as f64;
        println!(
            "| {name} | {} of {} ({:.4}) | {} ({:.4}) | {ms:.1} |",
            self.given,
            self.all,
            share(self.given, self.all),
            self.right,
            share(self.right, self.given),
        );
    }
}

/// Found and all there are.
#[derive(Default, Clone, Copy)]
struct Share(usize, usize);

impl Share {
    fn note(&mut self, found: bool) {
        self.0 += usize::from(found);
        self.1 += 1;
    }

    fn print(self, name: &str) {
        println!("| {name} | {} of {} | {:.4} |", self.0, self.1, share(self.0, self.1));
    }
}

/// Readings that are to be relied on: they fit the clock's line, and all their digits are sure.
fn given(facts: &ClockFacts) -> Vec<&ClockReading> {
    facts.readings.iter().filter(|reading| reading.fits && facts.unsure.is_none()).collect()
}

/// Readings that fit the clock's line and say of some digit that it is not sure.
fn given_in_part(facts: &ClockFacts) -> Vec<&ClockReading> {
    facts.readings.iter().filter(|reading| reading.fits && facts.unsure.is_some()).collect()
}

#[derive(Default)]
struct Results {
    formats: Share,
    given: Share,
    /// With a `?` in it.
    in_part: Share,
    /// Of those, such that every digit which they state is right.
    part_right: Share,
    fitting: Share,
    /// Clips of which every digit is sure.
    sure: Share,
    right: Share,
    large_leaps: Share,
    small_leaps: Share,
    stops: Share,
    wrong_rates: Share,
    false_leaps: usize,
    false_stops: usize,
    /// Stretches in another face that are told as a clock that changed, or by a leap where they begin or end.
    other_faces: Share,
    faces_by_leap: usize,
    false_changes: usize,
    watched_s: f64,
    drift_errors_ppm: Vec<f64>,
    within_uncertainty: Share,
    /// By kind of distractor: clips in which nothing that was stated is wrong.
    honest: BTreeMap<String, Share>,
    readings: Vec<f64>,
    cpu_s: f64,
    clips: usize,
}

impl Results {
    fn note(
        &mut self,
        clip: &Clip,
        facts: &ClockFacts,
        cpu: Duration,
        details: &mut dyn Write,
    ) -> anyhow::Result<()> {
        self.clips += 1;
        self.cpu_s += cpu.as_secs_f64();
        if let Some(stretch) = clip.other_face {
            return self.other_face(clip, stretch, facts, details);
        }
        self.false_changes += facts.changes.len();
        let fitting = given(facts);
        let picture_s = 1.0 / clip.frame_rate;
        let right = |shown_s: f64, at_s: f64| {
            clip.clock
                .as_ref()
                .is_some_and(|clock| clock.showed(shown_s, at_s, picture_s, facts.other_format.is_some()))
        };
        let wrong = fitting.iter().filter(|reading| !right(reading.shown_s, reading.at_s)).count();
        let mut remarks = Vec::new();
        if !facts.changes.is_empty() {
            remarks.push(format!("false changes: {:?}", facts.changes));
        }
        if clip.group == "distractor" {
            // What is said of the clock must be so; that nothing is said is honest.
            let format_right =
                facts.format.is_none() || clip.clock.as_ref().is_some_and(|clock| clock.has_format(facts));
            let legible = clip.clock.as_ref().is_some_and(|clock| clock.legible);
            let found = !legible || facts.readings.iter().any(|reading| reading.fits);
            let honest =
                (format_right || fitting.is_empty()) && wrong == 0 && found && facts.jumps.is_empty();
            self.honest.entry(clip.event.clone()).or_default().note(honest);
            let gone = |(from, to): &(f64, f64)| {
                facts.readings.iter().any(|r| r.fits && !(*from..*to).contains(&r.at_s))
            };
            let invisible = clip.clock.as_ref().is_some_and(|clock| clock.shown.iter().all(gone));
            if invisible {
                remarks.push("read where it was not shown".to_owned());
            }
            if !honest {
                remarks.push(format!("not honest: {wrong} wrong"));
            }
        }
        if let Some(clock) = clip.clock.as_ref().filter(|clock| clock.legible) {
            self.legible(clip, clock, facts, &mut remarks);
        }
        if wrong > 0 || !remarks.is_empty() {
            let sample = fitting.iter().find(|reading| !right(reading.shown_s, reading.at_s));
            writeln!(
                details,
                "{}\t{}\t{}\t{} px of {}\t{:.3} bits\t{}\t{:?} {:?}\t{} readings, {} fit, {wrong} wrong, e.g. {:?}\t{}\t{:?}\t{:?}\t{:?}",
                clip.file,
                clip.event,
                clip.font,
                clip.size_px,
                clip.height,
                clip.bits,
                clip.clock.as_ref().map_or("-", |clock| clock.format.as_str()),
                facts.format,
                facts.other_format,
                facts.readings.len(),
                fitting.len(),
                sample.map(|reading| (reading.at_s, &reading.text)),
                remarks.join("; "),
                facts.fit,
                facts.jumps,
                clip.clock.as_ref().map(|clock| (&clock.leaps, &clock.stopped, clock.late_s)),
            )?;
            details.flush()?;
        }
        Ok(())
    }

    fn other_face(
        &mut self,
        clip: &Clip,
        (start_s, end_s): (f64, f64),
        facts: &ClockFacts,
        details: &mut dyn Write,
    ) -> anyhow::Result<()> {
        let told = facts.changes.iter().any(|change| change.start_s < end_s && start_s < change.end_s);
        let near = |jump: &ClockJump, border_s: f64| {
            (jump.at_s - border_s).abs() <= jump.uncertainty_s + LEAP_PLACE_S
        };
        let leaps = facts.jumps.iter().any(|jump| near(jump, start_s) || near(jump, end_s));
        self.other_faces.note(told || leaps);
        self.faces_by_leap += usize::from(leaps && !told);
        writeln!(
            details,
            "{}\t{}\t{}\t{} px of {}\tkey frames {} s\t{start_s:.2} to {end_s:.2}\t{:?}\t{:?}",
            clip.file,
            clip.event,
            clip.font,
            clip.size_px,
            clip.height,
            clip.key_s,
            facts.changes,
            facts.jumps,
        )?;
        Ok(())
    }

    fn legible(&mut self, clip: &Clip, clock: &Clock, facts: &ClockFacts, remarks: &mut Vec<String>) {
        let picture_s = 1.0 / clip.frame_rate;
        let fitting = given(facts);
        let runs = clip.event != "stopped" && clip.event != "backward";
        if clip.group != "distractor" {
            self.formats.note(clock.has_format(facts));
            if !clock.has_format(facts) {
                remarks.push("format".to_owned());
            }
            self.watched_s += clip.duration_s;
            self.readings.push(f64::from(facts.pictures));
            if runs {
                self.given.0 += fitting.len();
                self.given.1 += facts.pictures as usize;
                self.in_part.0 += given_in_part(facts).len();
                self.in_part.1 += facts.pictures as usize;
                self.fitting.0 += facts.readings.iter().filter(|reading| reading.fits).count();
                self.fitting.1 += facts.pictures as usize;
            }
            self.sure.note(facts.unsure.is_none());
            if facts.unsure.is_some() {
                remarks.push(format!(
                    "unsure of {:?}: {:?}",
                    facts.unsure,
                    facts.readings.first().map(|r| &r.text)
                ));
            }
        }
        for reading in &fitting {
            self.right.note(clock.showed(
                reading.shown_s,
                reading.at_s,
                picture_s,
                facts.other_format.is_some(),
            ));
        }
        for reading in given_in_part(facts) {
            let right = clock.showed_what_is_stated(reading, picture_s);
            self.part_right.note(right);
            if !right {
                remarks.push(format!("stated wrongly at {:.2}: {}", reading.at_s, reading.text));
            }
        }
        let mut left: Vec<ClockJump> = facts.jumps.clone();
        for &(at_s, by_s) in &clock.leaps {
            let found = left.iter().position(|jump| {
                (jump.at_s - at_s).abs() <= jump.uncertainty_s + LEAP_PLACE_S
                    && (jump.by_s - by_s).abs() <= LEAP_SIZE_S + picture_s
            });
            let kind = if by_s.abs() >= 1.0 { &mut self.large_leaps } else { &mut self.small_leaps };
            kind.note(found.is_some());
            match found {
                Some(found) => {
                    left.remove(found);
                }
                None => remarks.push(format!("leap by {by_s:.2} at {at_s:.2} missed")),
            }
        }
        for &(start_s, end_s) in &clock.stopped {
            let found = facts.stopped.iter().any(|span| span.start_s < end_s && start_s < span.end_s);
            self.stops.note(found);
            if !found {
                remarks.push("stop missed".to_owned());
            }
        }
        if clock.stopped.is_empty() && !facts.stopped.is_empty() {
            self.false_stops += 1;
            remarks.push("false stop".to_owned());
        }
        if !left.is_empty() {
            self.false_leaps += left.len();
            remarks.push(format!("{} false leaps", left.len()));
        }
        let rate_known = matches!(clip.event.as_str(), "drift" | "rate" | "backward");
        if let (true, Some(fit)) = (rate_known, &facts.fit) {
            let error_ppm = (fit.drift_ppm - clock.rate_ppm).abs();
            self.within_uncertainty.note(error_ppm <= fit.drift_uncertainty_ppm + 0.1);
            if clip.event == "drift" {
                self.drift_errors_ppm.push(error_ppm);
            }
        }
        if matches!(clip.event.as_str(), "rate" | "backward") {
            let found =
                facts.fit.is_some_and(|fit| fit.drift_ppm.abs() > fit.drift_uncertainty_ppm + 1_000.0);
            self.wrong_rates.note(found && facts.jumps.is_empty());
            if !found {
                remarks.push("rate missed".to_owned());
            }
        }
    }

    fn print(&mut self) {
        println!("\n| clips | found | share |\n|---|---:|---:|");
        self.formats.print("clock found, format right");
        self.sure.print("clips of which no digit is unsure");
        self.given.print("readings given, of pictures read");
        self.in_part.print("readings given in part (with a ?), of pictures read");
        self.fitting.print("readings that fit the line, of pictures read");
        self.right.print("readings right, of those given");
        self.part_right.print("readings right in all digits that they state, of those given in part");
        self.large_leaps.print("leaps of 1 s and more");
        self.small_leaps.print("leaps of 0.3 to 1 s");
        self.stops.print("standing still");
        self.wrong_rates.print("2 to 6 % too fast or slow, or backward: as a rate, without a leap");
        self.within_uncertainty.print("true rate within the uncertainty given");
        self.other_faces.print("another face for 3 to 8 s, in clips of their own");
        println!(
            "\nfalse leaps: {}, false stops: {}, false changes of place, format or face: {}, in {:.2} h; of the other faces {} are told by a leap alone",
            self.false_leaps,
            self.false_stops,
            self.false_changes,
            self.watched_s / 3_600.0,
            self.faces_by_leap,
        );
        println!(
            "drift error on 5-minute clips: median {:.1} ppm, 9 of 10 within {:.1} ppm ({} clips)",
            quantile(&mut self.drift_errors_ppm, 0.5),
            quantile(&mut self.drift_errors_ppm, 0.9),
            self.drift_errors_ppm.len(),
        );
        println!(
            "pictures read in a clip: median {:.0}, most {:.0}; {:.2} CPU s a clip, decoding included",
            quantile(&mut self.readings, 0.5),
            quantile(&mut self.readings, 1.0),
            self.cpu_s / self.clips.max(1) as f64,
        );
        println!("\n| distractors | honest | share |\n|---|---:|---:|");
        for (kind, honest) in &self.honest {
            honest.print(kind);
        }
    }
}
