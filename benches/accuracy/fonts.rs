//! The font of the burnt-in clock: camera profiles learned from clips of one font, held against others of it and of other fonts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufWriter, Write};

use anyhow::Context;
use pingcha::evidence::{Channel, Evidence};
use pingcha::media::Pipelines;
use pingcha::models::ModelStore;
use pingcha::observe::{Request, SpeechScope, Tools, observe};
use pingcha::profile::{Kind, Profile};

use super::Arguments;
use super::clock::truth::{Clip, Truth};
use super::tally::{quantile, share};

/// A profile is learned from so many clips of its font, the fewest that are enough for it.
const LEARNED_FROM: usize = 3;

/// Pairs of fonts that are named as the most alike.
const NAMED_PAIRS: usize = 12;

pub fn measure(arguments: &Arguments) -> anyhow::Result<()> {
    let folder = arguments.data("fonts/report");
    let text = std::fs::read_to_string(folder.join("clocks.json")).with_context(|| {
        format!("{}: benches/accuracy/make_clocks.py --group font makes it", folder.display())
    })?;
    let truth: Truth = serde_json::from_str(&text)?;
    let mut details = match &arguments.details {
        Some(path) => Box::new(BufWriter::new(File::create(path)?)) as Box<dyn Write>,
        None => Box::new(std::io::sink()),
    };
    let mut tools = Tools::new(Pipelines::default(), Ok(ModelStore::open(&arguments.models)?), None);
    let request = Request {
        channels: BTreeSet::from([Channel::Clock]),
        speech: SpeechScope::Off,
        digests: false,
        thorough: false,
    };
    let mut clips: Vec<(&Clip, Evidence)> = Vec::new();
    for clip in truth.clips.iter().filter(|clip| arguments.takes(&clip.file)) {
        let evidence = observe(&folder.join(&clip.file), &request, &mut tools);
        let clock = evidence.clock.seen().with_context(|| format!("{} was not observed", clip.file))?;
        writeln!(details, "{}\t{}\t{}", clip.file, clip.font, serde_json::to_string(&clock.digits)?)?;
        details.flush()?;
        clips.push((clip, evidence));
    }
    let fonts: BTreeSet<&str> = clips.iter().map(|(clip, _)| clip.font.as_str()).collect();
    println!("part {}: {} clips of {} fonts\n", truth.part, clips.len(), fonts.len());
    let mut digits: Vec<f64> = clips.iter().map(|(_, evidence)| digits_seen(evidence)).collect();
    println!(
        "digits seen in a clip: fewest {:.0}, one in twenty at most {:.0}, median {:.0}\n",
        quantile(&mut digits, 0.0),
        quantile(&mut digits, 0.05),
        quantile(&mut digits, 0.5),
    );
    let (mut same, mut other) = (Compared::default(), Compared::default());
    let mut pairs: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
    for font in &fonts {
        let own: Vec<usize> = (0..clips.len()).filter(|&at| clips[at].0.font == *font).collect();
        // Each clip is left out once, with the one behind it; the rest is what the camera's untouched files are.
        for begin in 0..own.len() {
            let learned: Vec<usize> =
                (0..LEARNED_FROM.min(own.len())).map(|step| own[(begin + step) % own.len()]).collect();
            let untouched: Vec<Evidence> = learned.iter().map(|&at| clips[at].1.clone()).collect();
            let profile = Profile::learn(font, &untouched);
            for (at, (clip, evidence)) in clips.iter().enumerate() {
                if learned.contains(&at) {
                    continue;
                }
                let kind = if clip.font == *font { &mut same } else { &mut other };
                if let Some(likeness) = kind.note(&profile, evidence) {
                    writeln!(details, "{font}\t{}\t{}\t{likeness:.3}", clip.file, clip.font)?;
                    if clip.font != *font {
                        let (a, b) = (clip.font.as_str(), *font);
                        pairs.entry((a.min(b), a.max(b))).or_default().push(likeness);
                    }
                }
            }
        }
    }
    println!("| held against | compared | told as another | least | 1 % | 5 % | median | 95 % | most |");
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    same.print("clips of the same font");
    other.print("clips of another font");
    let mut pairs: Vec<((&str, &str), f64)> =
        pairs.into_iter().map(|(pair, mut likenesses)| (pair, quantile(&mut likenesses, 0.5))).collect();
    pairs.sort_by(|a, b| b.1.total_cmp(&a.1));
    println!("\n| fonts most alike | median |\n|---|---:|");
    for ((one, other), median) in pairs.iter().take(NAMED_PAIRS) {
        println!("| {one}, {other} | {median:.3} |");
    }
    Ok(())
}

fn digits_seen(evidence: &Evidence) -> f64 {
    evidence.clock.seen().map_or(0.0, |clock| clock.digits.len() as f64)
}

#[derive(Default)]
struct Compared {
    all: usize,
    told: usize,
    likenesses: Vec<f64>,
}

impl Compared {
    /// The likeness, where the two could be compared.
    fn note(&mut self, profile: &Profile, evidence: &Evidence) -> Option<f64> {
        self.all += 1;
        let departs = profile.departures(evidence).iter().any(|departure| departure.kind == Kind::Overlay);
        self.told += usize::from(departs);
        let digits = &evidence.clock.seen()?.digits;
        let likeness = profile.font.as_ref().filter(|font| font.is_habit())?.likeness_of(digits)?;
        self.likenesses.push(likeness);
        Some(likeness)
    }

    fn print(&mut self, name: &str) {
        let compared = self.likenesses.len();
        print!("| {name} | {compared} of {} | {} ({:.3}) |", self.all, self.told, share(self.told, compared));
        for at in [0.0, 0.01, 0.05, 0.5, 0.95, 1.0] {
            print!(" {:.3} |", quantile(&mut self.likenesses, at));
        }
        println!();
    }
}
