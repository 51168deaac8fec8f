//! Cues: phrases whose mere occurrence is handed to a person.

use super::super::outcome::{LabelledSpan, Outcome};
use super::super::params::Phrase;
use super::attention::{Attention, CLEAR_SHARE};
use super::{Heard, Match, cues};
use crate::evidence::Evidence;
use crate::lang::Prose;
use crate::time::Span;

/// How sure a cue is before a person has listened.
const CUE_CONFIDENCE: f64 = 0.5;

/// What was heard of a list of cues, in order of time.
#[derive(Default)]
pub struct Hits<'a> {
    /// Names of the phrases that were heard, each once, in the policy's order.
    pub names: Vec<&'a str>,
    pub spans: Vec<LabelledSpan>,
    matches: Vec<Match>,
}

/// Looks for every phrase in all that was heard.
pub fn cue_hits<'a>(evidence: &Evidence, phrases: &'a [Phrase]) -> Hits<'a> {
    let segments = evidence.speech.seen().map_or(&[][..], |speech| &speech.segments);
    let heard = Heard::new(segments);
    let mut found: Vec<(&str, Match)> = Vec::new();
    let mut names = Vec::new();
    for phrase in phrases {
        let hits = cues(phrase, &heard);
        if !hits.is_empty() {
            names.push(phrase.name.as_str());
        }
        found.extend(hits.into_iter().map(|hit| (phrase.name.as_str(), hit)));
    }
    found.sort_by_key(|(_, hit)| hit.units);
    let spans = found
        .iter()
        .map(|(name, hit)| LabelledSpan { span: hit.span, label: Prose::new(*name, *name) })
        .collect();
    Hits { names, spans, matches: found.into_iter().map(|(_, hit)| hit).collect() }
}

impl Hits<'_> {
    /// All hits with quote and time, for a person to review.
    pub fn outcome(self, summary: Prose) -> Outcome {
        let mut outcome = Outcome::review(CUE_CONFIDENCE, summary).measure("hits", self.matches.len() as f64);
        for hit in self.matches {
            outcome = outcome.quote(hit.span.start_s, hit.span.end_s, hit.text);
        }
        outcome.spans = self.spans;
        outcome
    }
}

/// Why the absence of cues in a stretch means nothing, or `None` when it does: all was listened to
/// and understood.
pub fn unheard(evidence: &Evidence, stretch: Span) -> Option<Prose> {
    let attention = Attention::to(evidence, stretch);
    let percent = |share: f64| (share * 100.0).round();
    if !attention.listened() {
        let share = percent(attention.listened_share);
        Some(Prose::new(format!("只听了全片的 {share}%，其余未听。"), format!("only {share} % of it was.")))
    } else if attention.lost() {
        let share = percent(attention.lost_share);
        Some(Prose::new(
            format!("全片有 {share}% 没有声音信号。"),
            format!("{share} % of it has no sound signal."),
        ))
    } else if attention.understood_share < CLEAR_SHARE {
        let share = percent(attention.understood_share);
        Some(Prose::new(
            format!("说话只听清 {share}%。"),
            format!("only {share} % of the speech was understood."),
        ))
    } else {
        None
    }
}
