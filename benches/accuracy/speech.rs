//! Required words: every recording is observed and judged as `pingcha check --speech full` does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Context;
use pingcha::checks::{Value, Verdict};
use pingcha::engine::{self, Judging};
use pingcha::evidence::{Channel, Discontinuity, DiscontinuityKind, Evidence};
use pingcha::lang::Lang;
use pingcha::media::Pipelines;
use pingcha::models::{self, ModelStore};
use pingcha::observe::{Request, SpeechScope, Tools, observe};
use pingcha::policy::{self, Policy};
use pingcha::report::{Finding, Report};

use super::Arguments;
use super::common::cpu_time;
use super::tally::{Tally, quantile, share};
use super::truth::{Recording, Truth};

/// A slot counts as found when its value differs from what was heard by at most this share of
/// characters.
const SLOT_ERRORS: f64 = 0.34;

pub fn measure(arguments: &Arguments) -> anyhow::Result<()> {
    let data = arguments.data("accuracy");
    let truth = Truth::read(&data)?;
    let policies: Vec<Policy> = truth.policies.iter().map(|id| policy::load(id)).collect::<Result<_, _>>()?;
    let store = ModelStore::open(&arguments.models)?;
    let model =
        arguments.model.as_deref().map(|choice| models::speech_model(Some(&store), choice)).transpose()?;
    let mut tools = Tools::new(Pipelines::default(), Ok(store), model);
    let mut details = arguments.details.as_deref().map(Details::create).transpose()?;
    let mut results = Results::default();
    let begun = cpu_time();
    for recording in &truth.recordings {
        let heard =
            Heard::from(&data, recording, &policies, &mut tools).with_context(|| recording.file.clone())?;
        if let Some(details) = &mut details {
            details.write(recording, &heard)?;
        }
        results.note(recording, &heard);
    }
    results.cpu_s = (cpu_time() - begun).as_secs_f64();
    results.print();
    Ok(())
}

/// One recording as pingcha understood it.
struct Heard {
    duration_s: f64,
    voice_s: f64,
    model: String,
    text: String,
    findings: BTreeMap<String, Finding>,
    /// Everything that any finding quotes, and what it takes for open words.
    quoted: Vec<String>,
    /// By check: whether the transcript holds every required part to the letter.
    literal: BTreeMap<String, bool>,
}

impl Heard {
    fn from(
        folder: &Path,
        recording: &Recording,
        policies: &[Policy],
        tools: &mut Tools,
    ) -> anyhow::Result<Self> {
        let request = Request {
            channels: BTreeSet::from([Channel::Sound, Channel::Speech]),
            speech: SpeechScope::Full,
            digests: false,
            thorough: false,
        };
        let mut evidence = observe(&folder.join(&recording.file), &request, tools);
        if let Some(why) = &evidence.unreadable {
            anyhow::bail!("{}", why.en);
        }
        let speech = evidence.speech.seen().context("nothing was listened to; is a model installed?")?;
        let text = speech.segments.iter().map(|segment| segment.text.as_str()).collect::<String>();
        let voice_s =
            evidence.sound.seen().map_or(0.0, |sound| sound.voice.iter().map(|span| span.duration_s()).sum());
        let model = evidence.models.iter().map(|model| model.name.as_str()).collect();
        // An explanation is only asked for after an interruption: these recordings begin with one.
        if recording.checks.contains_key("interruption-explanation") {
            evidence.discontinuities.push(interruption());
        }
        let all = findings(&evidence, policies);
        let quotes = all.iter().flat_map(|finding| &finding.quotes);
        let quoted = quotes.flat_map(|quote| quote.fills.iter().chain([&quote.text])).cloned().collect();
        let mut findings = BTreeMap::new();
        for finding in all {
            findings.entry(finding.check.clone()).or_insert(finding);
        }
        let literal = |check: &String| (check.clone(), literally(policies, check, &text));
        Ok(Self {
            duration_s: evidence.clip.duration_s,
            voice_s,
            model,
            literal: recording.checks.keys().map(literal).collect(),
            text,
            findings,
            quoted,
        })
    }
}

fn interruption() -> Discontinuity {
    Discontinuity {
        at_s: 0.0,
        end_s: 0.0,
        kind: DiscontinuityKind::Gap,
        confidence: 0.95,
        signs: Vec::new(),
        waveform: None,
    }
}

/// What all policies' clauses find, in the policies' order.
fn findings(evidence: &Evidence, policies: &[Policy]) -> Vec<Finding> {
    let judging = Judging { lang: Lang::Zh, accept_demonstration_model: true, ..Judging::default() };
    let judged = |policy| -> Report { engine::judge(evidence, policy, judging) };
    policies.iter().flat_map(|policy| judged(policy).findings).collect()
}

/// The naive way: every required part stands in the transcript, in one of its wordings without
/// open words.
fn literally(policies: &[Policy], check: &str, text: &str) -> bool {
    let clause = policies.iter().flat_map(|policy| &policy.clauses).find(|clause| clause.check.id == check);
    let Some(clause) = clause else { return false };
    let parts = clause.params.iter().filter_map(|(_, value)| match value {
        Value::Phrases(phrases) => Some(phrases),
        _ => None,
    });
    parts
        .flatten()
        .filter(|phrase| phrase.required)
        .all(|phrase| phrase.any.iter().any(|wording| text.contains(wording.trim_matches('×'))))
}

/// One line for each recording and check, to look into what went wrong.
struct Details(BufWriter<File>);

impl Details {
    fn create(path: &Path) -> anyhow::Result<Self> {
        let mut file = BufWriter::new(File::create(path)?);
        writeln!(
            file,
            "file\tcheck\tsaid\tverdict\tstart_s\tfound_s\tnoise\tsnr_db\tvoice\tcodec\ttext\theard\tsummary"
        )?;
        Ok(Self(file))
    }

    fn write(&mut self, recording: &Recording, heard: &Heard) -> anyhow::Result<()> {
        for (check, truth) in &recording.checks {
            let finding = heard.findings.get(check);
            let condition = &recording.condition;
            writeln!(
                self.0,
                "{}\t{check}\t{}\t{:?}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
                recording.file,
                truth.said,
                finding.map(|finding| finding.verdict),
                seconds(truth.start_s),
                seconds(finding.and_then(found_s)),
                condition.noise.as_deref().unwrap_or("-"),
                condition.snr_db.map_or_else(|| "-".to_owned(), |db| db.to_string()),
                condition.voice,
                condition.codec,
                recording.text.as_deref().unwrap_or_default(),
                heard.text,
                finding.map_or("", |finding| &finding.summary),
            )?;
        }
        Ok(())
    }
}

/// Where the first words of a finding begin.
fn found_s(finding: &Finding) -> Option<f64> {
    finding.quotes.iter().map(|quote| quote.start_s).reduce(f64::min)
}

fn seconds(at_s: Option<f64>) -> String {
    at_s.map_or_else(|| "-".to_owned(), |at_s| format!("{at_s:.2}"))
}

#[derive(Default)]
struct Results {
    recordings: usize,
    model: String,
    seconds: f64,
    voice_s: f64,
    cpu_s: f64,
    /// By check and condition.
    tallies: BTreeMap<String, BTreeMap<&'static str, Tally>>,
    literal: BTreeMap<String, Tally>,
    start_errors_s: BTreeMap<String, Vec<f64>>,
    /// By slot: found, said.
    slots: BTreeMap<String, (usize, usize)>,
    /// By group of recordings: wrong characters, characters said.
    errors: BTreeMap<String, (usize, usize)>,
    foreign: Foreign,
}

/// Recordings in which another language is spoken.
#[derive(Default)]
struct Foreign {
    recordings: usize,
    voice_s: f64,
    /// Written down as if they had been said.
    characters: usize,
    announcement: Tally,
}

const ALL: &str = "all";
const LOUD: &str = "10 dB and better";
const NOISY: &str = "5 dB";

impl Results {
    fn note(&mut self, recording: &Recording, heard: &Heard) {
        self.recordings += 1;
        self.seconds += heard.duration_s;
        self.voice_s += heard.voice_s;
        self.model.clone_from(&heard.model);
        let condition = &recording.condition;
        if condition.language.is_some() {
            return self.foreign.note(heard);
        }
        let loudness = if condition.snr_db.is_some_and(|db| db < 10) { NOISY } else { LOUD };
        for (check, truth) in &recording.checks {
            let finding = heard.findings.get(check);
            let verdict = finding.map_or(Verdict::NotAssessed, |finding| finding.verdict);
            let tallies = self.tallies.entry(check.clone()).or_default();
            for group in [ALL, loudness] {
                tallies.entry(group).or_default().note(truth.said, verdict);
            }
            let literally = if heard.literal[check] { Verdict::Pass } else { Verdict::Fail };
            self.literal.entry(check.clone()).or_default().note(truth.said, literally);
            if let (Some(start_s), Some(finding), Verdict::Pass) = (truth.start_s, finding, verdict) {
                let errors = self.start_errors_s.entry(check.clone()).or_default();
                errors.extend(found_s(finding).map(|found_s| (found_s - start_s).abs()));
            }
        }
        for (slot, fill) in &recording.slots {
            let counts = self.slots.entry(slot.clone()).or_default();
            for value in fill.values() {
                counts.0 += usize::from(is_filled(value, heard));
                counts.1 += 1;
            }
        }
        if let Some(text) = &recording.text {
            let wrong = errors(text, &heard.text);
            let noise = condition.noise.as_deref().unwrap_or("no noise");
            let level = condition.snr_db.map_or_else(String::new, |db| format!(", {db} dB"));
            let voice = condition.voice.split('-').next().unwrap_or_default();
            let groups =
                [ALL.to_owned(), format!("{noise}{level}"), condition.codec.clone(), voice.to_owned()];
            for group in groups.into_iter().filter(|group| !group.is_empty()) {
                let counts = self.errors.entry(group).or_default();
                counts.0 += wrong;
                counts.1 += text.chars().count();
            }
        }
    }

    fn print(&mut self) {
        let cost = self.cpu_s / self.voice_s.max(1.0) * 60.0;
        println!(
            "{} recordings, {:.1} minutes, {:.1} of them voice; model {}\n{:.1} CPU s, {cost:.2} a minute of voice\n",
            self.recordings,
            self.seconds / 60.0,
            self.voice_s / 60.0,
            self.model,
            self.cpu_s,
        );
        println!(
            "| check | condition | said: pass, review, missing | not said: pass, review, missing | precision | recall | F1 | false pass |"
        );
        println!("|---|---|---:|---:|---:|---:|---:|---:|");
        for (check, tallies) in &self.tallies {
            for (group, tally) in tallies {
                print_row(check, group, tally);
            }
            print_row(check, "all, to the letter", &self.literal[check]);
        }
        println!("\n| check | start found within, median | 9 of 10 |\n|---|---:|---:|");
        for (check, errors) in &mut self.start_errors_s {
            println!("| {check} | {:.2} s | {:.2} s |", quantile(errors, 0.5), quantile(errors, 0.9));
        }
        println!("\n| open words | found | said | recall |\n|---|---:|---:|---:|");
        for (slot, &(found, said)) in &self.slots {
            println!("| {slot} | {found} | {said} | {:.2} |", share(found, said));
        }
        println!("\n| recordings | characters | character error rate |\n|---|---:|---:|");
        for (group, &(wrong, characters)) in &self.errors {
            println!("| {group} | {characters} | {:.3} |", share(wrong, characters));
        }
        self.foreign.print();
    }
}

impl Foreign {
    fn note(&mut self, heard: &Heard) {
        self.recordings += 1;
        self.voice_s += heard.voice_s;
        self.characters += heard.text.chars().count();
        let verdict = heard.findings.get("announcement").map_or(Verdict::NotAssessed, |found| found.verdict);
        self.announcement.note(false, verdict);
    }

    fn print(&self) {
        let answers = &self.announcement.not_said;
        println!(
            "\n| another language | voice | characters written | announcement: pass, review, missing |\n|---:|---:|---:|---:|\n\
             | {} | {:.0} s | {} | {}, {}, {} |",
            self.recordings, self.voice_s, self.characters, answers.pass, answers.review, answers.missing
        );
    }
}

fn print_row(check: &str, group: &str, tally: &Tally) {
    let Tally { said, not_said } = tally;
    println!(
        "| {check} | {group} | {}, {}, {} | {}, {}, {} | {:.3} | {:.3} | {:.3} | {:.3} |",
        said.pass,
        said.review,
        said.missing,
        not_said.pass,
        not_said.review,
        not_said.missing,
        tally.precision(),
        tally.recall(),
        tally.f1(),
        tally.false_pass(),
    );
}

/// Whether a finding quotes the value, but for some characters.
fn is_filled(value: &str, heard: &Heard) -> bool {
    let wanted: Vec<char> = value.chars().collect();
    heard.quoted.iter().any(|quoted| {
        let quoted: Vec<char> = quoted.chars().collect();
        within(&wanted, &quoted) as f64 <= SLOT_ERRORS * wanted.len() as f64
    })
}

/// Edits between two texts (Levenshtein).
fn errors(said: &str, heard: &str) -> usize {
    strsim::levenshtein(said, heard)
}

/// Fewest edits between `wanted` and any stretch of `text` (Sellers).
fn within(wanted: &[char], text: &[char]) -> usize {
    let mut row: Vec<usize> = vec![0; text.len() + 1];
    for (i, character) in wanted.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in text.iter().enumerate() {
            let best = (diagonal + usize::from(character != other)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], best);
        }
    }
    row.into_iter().min().unwrap_or(wanted.len())
}
