//! What is seen: credentials held up and things that are none, signs, and whether picture and sound are fit for use. Every
//! clip is observed and judged as `pingcha check --speech off` does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Context;
use pingcha::checks::Verdict;
use pingcha::engine::{self, Judging};
use pingcha::evidence::{Channel, Evidence};
use pingcha::media::Pipelines;
use pingcha::models::ModelStore;
use pingcha::observe::{Request, SpeechScope, Tools, observe};
use pingcha::policy::{self, Policy};
use pingcha::report::{Finding, Report};
use serde::Deserialize;

use super::Arguments;
use super::common::cpu_time;

/// A presentation is found where one is reported that overlaps it, and begins this near to when it does.
const TOLERANCE_S: f64 = 1.0;
/// Signs of this height and more are to be read.
const LEGIBLE_PX: f64 = 24.0;
/// And in view for so long.
const IN_VIEW_S: f64 = 2.0;

#[derive(Debug, Deserialize)]
struct Truth {
    recordings: Vec<Visit>,
    faults: Vec<Fault>,
}

#[derive(Debug, Deserialize)]
struct Visit {
    file: String,
    duration_s: f64,
    height: u32,
    motion: String,
    events: Vec<Held>,
    signs: Vec<Sign>,
}

#[derive(Debug, Deserialize)]
struct Held {
    kind: String,
    style: String,
    start_s: f64,
    end_s: f64,
    width: f64,
    number: String,
}

#[derive(Debug, Deserialize)]
struct Sign {
    text: String,
    height_px: f64,
    seen_s: f64,
}

#[derive(Debug, Deserialize)]
struct Fault {
    file: String,
    picture: String,
    sound: String,
}

pub fn measure(arguments: &Arguments) -> anyhow::Result<()> {
    let data = arguments.data("sight/report");
    let truth = read_truth(&data)?;
    let mut tools = Tools::new(Pipelines::default(), Ok(ModelStore::open(&arguments.models)?), None);
    let policy = policy::load("gulou-emergency")?;
    let mut details = match &arguments.details {
        Some(path) => Some(BufWriter::new(File::create(path)?)),
        None => None,
    };
    let mut tally = Tally::default();
    for visit in truth.recordings.iter().filter(|visit| arguments.takes(&visit.file)) {
        let begun = cpu_time();
        let channels = [Channel::Sight, Channel::Picture, Channel::Clock];
        let channels = if arguments.blind { &channels[..2] } else { &channels[..] };
        let evidence = observed(&data.join(&visit.file), &mut tools, channels)?;
        tally.cpu_s += (cpu_time() - begun).as_secs_f64();
        tally.footage_s += visit.duration_s;
        let report = engine::judge(&evidence, &policy, Judging::default());
        tally.visit(visit, &evidence, &report, details.as_mut())?;
    }
    let mut fit = Fitness::default();
    let quality = policy::load("zhanhe-education-sports")?;
    for fault in truth.faults.iter().filter(|fault| arguments.takes(&fault.file)) {
        let evidence = observed(&data.join(&fault.file), &mut tools, &[Channel::Picture, Channel::Sound])?;
        fit.clip(fault, &evidence, &quality, details.as_mut())?;
    }
    tally.print();
    fit.print();
    Ok(())
}

fn read_truth(folder: &Path) -> anyhow::Result<Truth> {
    let path = folder.join("truth.json");
    let text = std::fs::read_to_string(&path).with_context(|| {
        format!("{} cannot be read; make it with benches/accuracy/make_sight.py", path.display())
    })?;
    serde_json::from_str(&text)
        .with_context(|| format!("{} is not what make_sight.py writes", path.display()))
}

fn observed(path: &Path, tools: &mut Tools, channels: &[Channel]) -> anyhow::Result<Evidence> {
    let mut asked = BTreeSet::from([Channel::Container, Channel::Timeline]);
    asked.extend(channels);
    let request = Request { channels: asked, speech: SpeechScope::Off, digests: false, thorough: false };
    let evidence = observe(path, &request, tools);
    match &evidence.unreadable {
        Some(why) => anyhow::bail!("{}: {}", path.display(), why.en),
        None => Ok(evidence),
    }
}

fn finding<'r>(report: &'r Report, check: &str) -> anyhow::Result<&'r Finding> {
    report.findings.iter().find(|finding| finding.check == check).with_context(|| check.to_owned())
}

#[derive(Default)]
struct Tally {
    cpu_s: f64,
    footage_s: f64,
    found: BTreeMap<String, [u32; 2]>,
    falsely: BTreeMap<String, [u32; 2]>,
    elsewhere: u32,
    late: u32,
    start_errors_s: Vec<f64>,
    numbers: [u32; 2],
    /// Characters of the truth, and edits, of signs that were read at all and of all.
    sign_characters: [usize; 2],
    sign_edits: [usize; 2],
    signs: [u32; 2],
}

impl Tally {
    fn visit(
        &mut self,
        visit: &Visit,
        evidence: &Evidence,
        report: &Report,
        mut details: Option<&mut BufWriter<File>>,
    ) -> anyhow::Result<()> {
        let finding = finding(report, "credential-display")?;
        let passes = finding.verdict == Verdict::Pass;
        let spans: Vec<(f64, f64)> =
            finding.spans.iter().filter(|_| passes).map(|span| (span.start_s, span.end_s)).collect();
        let overlaps = |held: &Held, span: &(f64, f64)| span.0 < held.end_s && held.start_s < span.1;
        for held in &visit.events {
            let hit = spans.iter().find(|span| overlaps(held, span));
            let is_credential = held.kind == "credential";
            let rows = if is_credential { &mut self.found } else { &mut self.falsely };
            for name in [
                held.style.as_str(),
                "all",
                if visit.height > 1000 { "1080p" } else { "720p" },
                &visit.motion,
            ] {
                let row = rows.entry(name.to_owned()).or_default();
                row[0] += u32::from(hit.is_some());
                row[1] += 1;
            }
            if let (true, Some(hit)) = (is_credential, hit) {
                let error_s = (hit.0 - held.start_s).abs();
                self.start_errors_s.push(error_s);
                self.late += u32::from(error_s > TOLERANCE_S);
                let things = evidence.sight.seen().map_or(&[][..], |sight| &sight.things);
                let numbers =
                    things.iter().filter(|thing| thing.start_s < held.end_s && held.start_s < thing.end_s);
                let numbers: Vec<&String> = numbers.filter_map(|thing| thing.number.as_ref()).collect();
                self.numbers[1] += u32::from(!numbers.is_empty());
                self.numbers[0] += u32::from(numbers.iter().any(|number| **number == held.number));
            }
            if let Some(details) = details.as_deref_mut() {
                let outcome = match (is_credential, hit.is_some()) {
                    (true, true) => "found",
                    (true, false) => "missed",
                    (false, true) => "false",
                    (false, false) => "rightly-not",
                };
                let things = evidence.sight.seen().map_or(&[][..], |sight| &sight.things);
                let told: Vec<String> = things
                    .iter()
                    .filter(|thing| thing.start_s < held.end_s && held.start_s < thing.end_s)
                    .map(|thing| {
                        format!(
                            "{:?} {:.2}-{:.2} n{} size {:.2} {:?}",
                            thing.kind, thing.start_s, thing.end_s, thing.pictures, thing.size, thing.words
                        )
                    })
                    .collect();
                writeln!(
                    details,
                    "{}\t{outcome}\t{}\t{:.2}-{:.2}\twidth {:.2}\t{}",
                    visit.file,
                    held.style,
                    held.start_s,
                    held.end_s,
                    held.width,
                    told.join(" | ")
                )?;
            }
        }
        let stray = spans.iter().filter(|span| !visit.events.iter().any(|held| overlaps(held, span)));
        self.elsewhere += stray.count() as u32;
        self.signs(visit, evidence, details)
    }

    fn signs(
        &mut self,
        visit: &Visit,
        evidence: &Evidence,
        mut details: Option<&mut BufWriter<File>>,
    ) -> anyhow::Result<()> {
        let read = evidence.sight.seen().map_or(&[][..], |sight| &sight.signs);
        for sign in visit.signs.iter().filter(|sign| sign.height_px >= LEGIBLE_PX && sign.seen_s >= IN_VIEW_S)
        {
            let distance = |text: &str| strsim::levenshtein(&sign.text, text);
            let best = read.iter().map(|read| (distance(&read.text), &read.text)).min();
            let characters = sign.text.chars().count();
            let near = best.filter(|(edits, _)| edits * 2 <= characters);
            self.signs[1] += 1;
            self.sign_characters[1] += characters;
            self.sign_edits[1] += near.map_or(characters, |(edits, _)| edits);
            if let Some((edits, _)) = near {
                self.signs[0] += 1;
                self.sign_characters[0] += characters;
                self.sign_edits[0] += edits;
            }
            if let Some(details) = details.as_deref_mut() {
                let read = best.map_or("", |(_, text)| text);
                writeln!(
                    details,
                    "{}\tsign\t{}\t{:.0} px\t{:.1} s\t{read}",
                    visit.file, sign.text, sign.height_px, sign.seen_s
                )?;
            }
        }
        Ok(())
    }

    fn print(&mut self) {
        println!("| held up to the camera | found as a credential presented | of |\n|---|---:|---:|");
        for (rows, what) in [(&self.found, "credential"), (&self.falsely, "something else")] {
            for (name, [found, all]) in rows {
                println!("| {what}, {name} | {found} | {all} |");
            }
        }
        let of = |rows: &BTreeMap<String, [u32; 2]>| rows.get("all").copied().unwrap_or_default();
        let ([found, all], [falsely, _]) = (of(&self.found), of(&self.falsely));
        let reported = found + falsely + self.elsewhere;
        println!(
            "\nrecall {:.3}, precision {:.3} ({falsely} things, {} where nothing was held up)",
            ratio(found, all),
            ratio(found, reported),
            self.elsewhere
        );
        self.start_errors_s.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let last = self.start_errors_s.len().saturating_sub(1) as f64;
            self.start_errors_s.get((share * last).round() as usize).copied().unwrap_or(f64::NAN)
        };
        println!(
            "start: median error {:.2} s, nine in ten {:.2} s, beyond {TOLERANCE_S} s {} of {found}",
            at(0.5),
            at(0.9),
            self.late
        );
        println!("numbers read right {} of {} that were read", self.numbers[0], self.numbers[1]);
        let accuracy = |n: usize| 1.0 - self.sign_edits[n] as f64 / self.sign_characters[n].max(1) as f64;
        println!(
            "signs of {LEGIBLE_PX} px and more: {} of {} read; characters right {:.3} of those read, {:.3} of all",
            self.signs[0],
            self.signs[1],
            accuracy(0),
            accuracy(1)
        );
        println!(
            "CPU: {:.2} s for 10 minutes (clock and sight, {:.0} s of footage)",
            self.cpu_s / self.footage_s.max(1e-9) * 600.0,
            self.footage_s
        );
    }
}

fn ratio(part: u32, all: u32) -> f64 {
    f64::from(part) / f64::from(all.max(1))
}

/// Verdicts on picture and sound against what was done to them: fit passes, unfit does not.
#[derive(Default)]
struct Fitness {
    rows: BTreeMap<String, [u32; 2]>,
}

impl Fitness {
    fn clip(
        &mut self,
        fault: &Fault,
        evidence: &Evidence,
        policy: &Policy,
        mut details: Option<&mut BufWriter<File>>,
    ) -> anyhow::Result<()> {
        let report = engine::judge(evidence, policy, Judging::default());
        // This policy judges the sound with the picture or not at all: the check itself is asked.
        let sound = pingcha::checks::find("sound-quality").context("sound-quality")?;
        let params = pingcha::checks::Params::resolve(sound.params, BTreeMap::new())
            .map_err(|error| anyhow::anyhow!("{error:?}"))?;
        let heard = sound.judge(&pingcha::checks::Case::alone(evidence), &params);
        let seen = finding(&report, "picture-quality")?;
        for (what, kind, verdict, summary) in [
            ("picture", &fault.picture, seen.verdict, &seen.summary),
            ("sound", &fault.sound, heard.verdict, &heard.summary.zh),
        ] {
            let is_fit = kind.starts_with("fit");
            let agrees = (verdict == Verdict::Pass) == is_fit;
            for name in [format!("{what}, {kind}"), format!("{what}, all")] {
                let row = self.rows.entry(name).or_default();
                row[0] += u32::from(agrees);
                row[1] += 1;
            }
            if let Some(details) = details.as_deref_mut() {
                let agrees = if agrees { "agrees" } else { "differs" };
                writeln!(details, "{}\t{agrees}\t{what}\t{kind}\t{}\t{summary}", fault.file, verdict.id())?;
            }
        }
        if let Some(details) = details {
            details.flush()?;
        }
        Ok(())
    }

    fn print(&self) {
        println!("\n| fit for use | verdict agrees | of |\n|---|---:|---:|");
        for (name, [agrees, all]) in &self.rows {
            println!("| {name} | {agrees} | {all} |");
        }
    }
}
