//! Which clips a person looks at: every one with a finding that a person must decide, and of the others a
//! stratified draw that can be drawn again.
//!
//! Within each stratum (unit, officers, device, verdict) clips are put in the order of
//! SHA-256(`seed` + `:` + the clip's SHA-256 in hexadecimal), and the first ones taken: anybody can draw it
//! again from the seed and the list of clips, with any program.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::year::{ClipLine, Year};
use crate::lang::Text;
use crate::report::ClipVerdict;

pub struct Sample {
    pub seed: String,
    /// Of each stratum, 0 to 1; at least one clip.
    pub share: f64,
    /// The frame: together all clips of the year.
    pub strata: Vec<Stratum>,
    /// Places in [`Year::clips`], in their order, and why each is there.
    pub clips: Vec<(usize, Chosen)>,
}

/// Why a clip is in the sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// A finding waits for a person's decision.
    Review,
    Drawn,
}

impl Chosen {
    pub fn text(self) -> Text {
        match self {
            Self::Review => Text::new("有待复核事项", "to decide"),
            Self::Drawn => Text::new("抽中", "drawn"),
        }
    }

    /// As JSON has it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::Drawn => "drawn",
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub struct Stratum {
    pub unit: String,
    pub officers: String,
    pub device: String,
    pub verdict: ClipVerdict,
    pub clips: usize,
    /// Of them, those that are in the sample for a finding that waits for a decision.
    pub for_review: usize,
    /// Of the others, those that were drawn.
    pub drawn: usize,
}

impl Sample {
    pub fn draw(year: &Year, seed: &str, share: f64) -> Self {
        let mut groups: BTreeMap<(String, String, String, ClipVerdict), Vec<usize>> = BTreeMap::new();
        for (place, clip) in year.clips.iter().enumerate() {
            let text = |name: &Option<std::sync::Arc<str>>| name.as_deref().unwrap_or_default().to_owned();
            let stratum = (text(&clip.unit), clip.officers(), text(&clip.device), clip.own);
            groups.entry(stratum).or_default().push(place);
        }
        let mut strata = Vec::new();
        let mut chosen = Vec::new();
        for ((unit, officers, device, verdict), places) in groups {
            let waits = |place: &usize| year.waits(&year.clips[*place]);
            let (waiting, mut others): (Vec<usize>, Vec<usize>) =
                places.iter().partition(|place| waits(place));
            others.sort_by_cached_key(|&place| lot(seed, &year.clips[place]));
            others.truncate((others.len() as f64 * share).ceil() as usize);
            strata.push(Stratum {
                unit,
                officers,
                device,
                verdict,
                clips: places.len(),
                for_review: waiting.len(),
                drawn: others.len(),
            });
            chosen.extend(waiting.into_iter().map(|place| (place, Chosen::Review)));
            chosen.extend(others.into_iter().map(|place| (place, Chosen::Drawn)));
        }
        chosen.sort_by_key(|&(place, _)| place);
        Self { seed: seed.to_owned(), share, strata, clips: chosen }
    }
}

fn lot(seed: &str, clip: &ClipLine) -> [u8; 32] {
    Sha256::digest(format!("{seed}:{}", clip.sha256)).into()
}
