//! Breaks of the recording: every clip is observed as `pingcha check --speech off` does, and what is
//! found is held against what was done to it.

mod peers;
mod table;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Context;
use pingcha::evidence::{Channel, Discontinuity, DiscontinuityKind as Kind};
use pingcha::media::Pipelines;
use pingcha::models::ModelStore;
use pingcha::observe::{Request, SpeechScope, Tools, observe};
use serde::Deserialize;

use super::Arguments;
use super::common::cpu_time;
use table::Table;

/// From here on the policies take a break for proven (`continuity`, parameter `fail_confidence`).
const FAIL_CONFIDENCE: f32 = 0.8;

/// A break is found where one is reported this near.
const TOLERANCE_S: f64 = 1.0;

#[derive(Debug, Deserialize)]
struct Truth {
    recordings: Vec<Recording>,
}

#[derive(Debug, Deserialize)]
pub struct Recording {
    file: String,
    duration_s: f64,
    unedited: bool,
    events: Vec<Done>,
    /// How the edit was made.
    how: String,
    clock: bool,
    /// The camera stood on something or was held still.
    steady: bool,
    motion: String,
}

/// One thing that was done to a recording.
#[derive(Debug, Deserialize)]
pub struct Done {
    kind: Kind,
    at_s: f64,
    end_s: f64,
    /// Seconds taken out by a cut.
    removed_s: Option<f64>,
    #[serde(default)]
    forged: bool,
}

/// A break that was reported, by pingcha or by a peer.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    kind: Kind,
    at_s: f64,
    end_s: f64,
    confidence: f32,
    signs: String,
}

impl From<&Discontinuity> for Found {
    fn from(found: &Discontinuity) -> Self {
        let signs = found.signs.iter().map(|sign| format!("{}={:.3}", sign.name, sign.value));
        Self {
            kind: found.kind,
            at_s: found.at_s,
            end_s: found.end_s,
            confidence: found.confidence,
            signs: signs.collect::<Vec<_>>().join(" "),
        }
    }
}

pub fn measure(arguments: &Arguments) -> anyhow::Result<()> {
    let data = arguments.data("continuity/report");
    let truth = read_truth(&data)?;
    let mut tools = Tools::new(Pipelines::default(), Ok(ModelStore::open(&arguments.models)?), None);
    let mut details = arguments.details.as_deref().map(Details::create).transpose()?;
    let mut own = Table::new("pingcha");
    let mut peers = if arguments.peers { peers::installed() } else { Vec::new() };
    let begun = cpu_time();
    for recording in truth.recordings.iter().filter(|recording| arguments.takes(&recording.file)) {
        let path = data.join(&recording.file);
        let found = found_in(&path, arguments, &mut tools).with_context(|| recording.file.clone())?;
        if let Some(details) = &mut details {
            details.write(recording, &found)?;
        }
        own.note(recording, &found);
    }
    own.cpu_s = (cpu_time() - begun).as_secs_f64();
    own.print();
    for peer in &mut peers {
        let mut table = Table::new(peer.name);
        for recording in truth.recordings.iter().filter(|recording| arguments.takes(&recording.file)) {
            let found = peer.run(&data.join(&recording.file))?;
            table.note(recording, &found);
        }
        table.print();
    }
    if arguments.peers {
        peers::print_missing(&peers);
    }
    Ok(())
}

fn read_truth(folder: &Path) -> anyhow::Result<Truth> {
    let path = folder.join("truth.json");
    let text = std::fs::read_to_string(&path).with_context(|| {
        format!("{} cannot be read; make it with benches/accuracy/make_continuity.py", path.display())
    })?;
    serde_json::from_str(&text)
        .with_context(|| format!("{} is not what make_continuity.py writes", path.display()))
}

/// What pingcha reports of one clip and a policy with the default lengths counts.
fn found_in(path: &Path, arguments: &Arguments, tools: &mut Tools) -> anyhow::Result<Vec<Found>> {
    let mut channels =
        BTreeSet::from([Channel::Container, Channel::Timeline, Channel::Picture, Channel::Sound]);
    if !arguments.blind {
        channels.insert(Channel::Clock);
    }
    let request =
        Request { channels, speech: SpeechScope::Off, digests: false, thorough: arguments.thorough };
    let evidence = observe(path, &request, tools);
    if let Some(why) = &evidence.unreadable {
        anyhow::bail!("{}", why.en);
    }
    Ok(evidence.discontinuities.iter().map(Found::from).filter(counts).collect())
}

/// The least lengths of the check `continuity`.
fn counts(found: &Found) -> bool {
    let length_s = found.end_s - found.at_s;
    match found.kind {
        Kind::Gap => length_s == 0.0 || length_s >= 0.198,
        Kind::Freeze => length_s >= 0.9,
        Kind::AudioLoss => length_s >= 0.8,
        Kind::Black => length_s >= 0.5,
        _ => true,
    }
}

/// One line for each thing done, found or not, and for each thing found that was not done.
struct Details(BufWriter<File>);

impl Details {
    fn create(path: &Path) -> anyhow::Result<Self> {
        let mut file = BufWriter::new(File::create(path)?);
        writeln!(file, "file\toutcome\tkind\tat_s\tend_s\tfound\tconfidence\tsigns\thow\tmotion\tclock")?;
        Ok(Self(file))
    }

    fn write(&mut self, recording: &Recording, found: &[Found]) -> anyhow::Result<()> {
        let rest = |recording: &Recording| {
            format!(
                "{}\t{}\t{}",
                recording.how,
                recording.motion,
                if recording.clock { "clock" } else { "-" }
            )
        };
        for done in &recording.events {
            let (outcome, best) = match table::match_of(done, found) {
                Some(best) if best.kind == done.kind => ("found", Some(best)),
                Some(best) => ("as-other", Some(best)),
                None => ("missed", None),
            };
            writeln!(
                self.0,
                "{}\t{outcome}\t{:?} {}{}\t{:.3}\t{:.3}\t{}\t{}\t{}\t{}",
                recording.file,
                done.kind,
                done.removed_s.map_or(String::new(), |removed_s| format!("{removed_s:.1}")),
                if done.forged { "forged" } else { "" },
                done.at_s,
                done.end_s,
                best.map_or(String::new(), |best| format!(
                    "{:?} {:.3}-{:.3}",
                    best.kind, best.at_s, best.end_s
                )),
                best.map_or(0.0, |best| best.confidence),
                best.map_or("", |best| &best.signs),
                rest(recording),
            )?;
        }
        for found in found.iter().filter(|found| table::is_false(recording, found)) {
            writeln!(
                self.0,
                "{}\tfalse\t{:?}\t{:.3}\t{:.3}\t\t{}\t{}\t{}",
                recording.file,
                found.kind,
                found.at_s,
                found.end_s,
                found.confidence,
                found.signs,
                rest(recording),
            )?;
        }
        self.0.flush()?;
        Ok(())
    }
}
