//! Finding required wordings in what was heard, by sound.
//!
//! Text and wording become syllables ([`pinyin`]); each required part is aligned with the
//! transcript ([`align`]), where alike sounds cost little and missing words cost much. What was
//! found is graded here into the bands of pass, review and fail.

mod align;
mod attention;
mod cues;
mod heard;
mod parts;
mod pinyin;
mod prose;
mod together;

pub use align::{Match, Wording};
pub use cues::{cue_hits, unheard};
pub use heard::Heard;
pub use parts::{
    Duty, MissingMeans, Standing, Weighed, due_at_the_start, judge_parts, weigh, with_places,
    without_demonstration,
};
pub use prose::{names, span_text};

use super::params::Phrase;
use crate::evidence::Evidence;
use crate::time::Span;

/// A part counts as said up to this distance. Wordings in which one syllable of five is corrupted
/// as recognisers corrupt them lie below it nineteen times in twenty, and two minutes of other talk
/// never came near (0.38 at the least for nine syllables). `bands.rs` measures it: with all the
/// conditions below, 95 % of wordings count as said when one syllable in ten is corrupted, 82 %
/// at one in five, and of partial or altered ones less than 0.5 %.
pub const WHOLE_DISTANCE: f64 = 0.3;
/// … if no two required syllables in a row are lost. Most words have two, so 2.0 is a word that is
/// missing, and less than that a word with another's sounds; 1.3 is one syllable lost and its
/// neighbour misheard for one that is alike.
pub const WHOLE_PAIR: f64 = 1.3;
/// The first and the last two syllables must be surer: where a word is left out there, the talk
/// that goes before or comes after lends its syllables.
pub const WHOLE_EDGE: f64 = 1.0;
/// What the recogniser itself holds for less likely than not is a guess, and guesses lean towards
/// wordings that it was taught: of two partial announcements that passed in street noise and a crowd
/// at 5 dB, one was such a guess.
const WHOLE_CONFIDENCE: f64 = 0.5;
/// From this distance on, a part was not said: with three syllables in ten corrupted, nineteen
/// whole wordings in twenty lie below it, and what ten minutes of other talk hold by chance lies
/// above it ninety-five times in a hundred for nine syllables or more.
pub const MISSING_DISTANCE: f64 = 0.42;
/// The same for wordings of fewer than [`LONG_SYLLABLES`]: more of them is found by chance.
pub const SHORT_MISSING_DISTANCE: f64 = 0.34;
const LONG_SYLLABLES: usize = 6;
/// Two or three syllables alone (我叫, 您好, 这里是) are found everywhere if they may be garbled:
/// one of them may be taken for one that is alike.
const WHOLE_ISLET: f64 = 0.3;
/// Sums of costs are held against thresholds that they may meet exactly.
const ROUNDING: f64 = 1e-6;
/// A wording shorter than this can hide in a recogniser's error: its absence alone is never sure.
pub const SURE_SYLLABLES: usize = 4;
/// Cues are looked for in everything that is said, so they must sound right throughout: this
/// allows regional merges, and one wrong sound in a longer cue.
const CUE_DISTANCE: f64 = 0.15;
const CUE_PAIR: f64 = 0.6;
/// A cue of fewer syllables than this meets its homophones too often to go by sound alone: half
/// of its characters must be right as well.
const SHORT_CUE_SYLLABLES: usize = 5;

/// How surely one part of a wording was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Said as required.
    Whole,
    /// Something like it was said: in part, altered, or not clearly heard.
    Unsure,
    /// Nothing like it was said.
    Missing,
}

impl Match {
    pub fn grade(&self) -> Grade {
        let missing = if self.syllables < LONG_SYLLABLES { SHORT_MISSING_DISTANCE } else { MISSING_DISTANCE };
        if self.distance >= missing {
            Grade::Missing
        } else if self.distance <= WHOLE_DISTANCE
            && self.worst_pair <= WHOLE_PAIR + ROUNDING
            && self.worst_edge <= WHOLE_EDGE + ROUNDING
            && self.worst_islet <= WHOLE_ISLET + ROUNDING
            && self.altered_by.is_none()
            && self.confidence >= WHOLE_CONFIDENCE
            && !self.open_missing
        {
            Grade::Whole
        } else {
            Grade::Unsure
        }
    }
}

/// From the clip's start to the end of a window, or of the clip where that is shorter.
pub fn opening(evidence: &Evidence, window_s: f64) -> Span {
    let duration_s = evidence.clip.duration_s;
    Span::new(0.0, if duration_s > 0.0 { window_s.min(duration_s) } else { window_s })
}

/// The best match of any of a part's wordings, with that wording: the best grade, then the
/// smallest distance, then the longest wording, then the first place.
fn best(phrase: &Phrase, heard: &Heard) -> Option<(Wording, Match)> {
    let matches = phrase.any.iter().filter_map(|text| {
        let wording = Wording::new(text)?;
        let found = wording.best(heard)?;
        Some((wording, found))
    });
    matches.min_by(|(_, a), (_, b)| {
        (a.grade().cmp(&b.grade()))
            .then(a.distance.total_cmp(&b.distance))
            .then(b.syllables.cmp(&a.syllables))
            .then(a.units.cmp(&b.units))
    })
}

/// Every place where a cue was heard, in order of time; overlapping wordings count once.
pub fn cues(phrase: &Phrase, heard: &Heard) -> Vec<Match> {
    let mut hits: Vec<Match> = Vec::new();
    for text in &phrase.any {
        let Some(wording) = Wording::new(text) else { continue };
        for hit in wording.all(heard, CUE_DISTANCE) {
            let right = hit.text.chars().filter(|&ch| text.contains(ch)).count();
            let alike = hit.syllables >= SHORT_CUE_SYLLABLES || right * 2 >= hit.syllables;
            let overlaps = |other: &Match| hit.units.0 < other.units.1 && other.units.0 < hit.units.1;
            if hit.worst_pair <= CUE_PAIR && alike && !hits.iter().any(overlaps) {
                hits.push(hit);
            }
        }
    }
    hits.sort_by_key(|hit| hit.units);
    hits
}

#[cfg(test)]
mod bands;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub mod written;
