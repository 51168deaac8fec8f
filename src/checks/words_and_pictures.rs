//! What the checks share that rest on words and on pictures alike: either is enough, both confirm each other.

use super::said::{Duty, judge_parts};
use super::{Outcome, Phrase, Verdict};
use crate::evidence::{AbsenceReason, Channel, Evidence};
use crate::lang::Prose;
use crate::time::Span;

/// The answer by what was said in a stretch.
pub fn by_words(evidence: &Evidence, duty: &Duty, parts: &[Phrase], stretch: Span) -> Outcome {
    let unheard = [Channel::Sound, Channel::Speech].iter().find_map(|&channel| evidence.absence(channel));
    match unheard {
        Some(absence) => {
            Outcome::not_assessed(absence.prose().sentence("未能听取说明：", "Words were not assessed: "))
        }
        None => judge_parts(evidence, duty, parts, stretch),
    }
}

/// That answer where the pictures were not searched: it says so, unless nobody asked for them or words were enough.
pub fn without_pictures(spoken: Outcome, evidence: &Evidence) -> Outcome {
    let why = evidence.absence(Channel::Sight).filter(|absence| absence.reason != AbsenceReason::NotAsked);
    match (spoken.verdict, why) {
        (Verdict::Pass, _) | (_, None) => spoken,
        (_, Some(absence)) => {
            also(spoken, absence.prose().sentence("未能查看画面：", " The picture was not looked at: "))
        }
    }
}

/// A pass by what was seen, as sure as `seen` (0 to 1). Where words pass as well the two are independent, and
/// together surer. `summary` is told whether they do.
pub fn passed_by_pictures(spoken: Outcome, seen: f64, summary: impl FnOnce(bool) -> Prose) -> Outcome {
    let also_heard = spoken.verdict == Verdict::Pass;
    let mut outcome = spoken;
    outcome.confidence = if also_heard { 1.0 - (1.0 - seen) * (1.0 - outcome.confidence) } else { seen };
    outcome.verdict = Verdict::Pass;
    outcome.summary = summary(also_heard);
    if !also_heard {
        // What was not sure to be said is no part of this answer.
        outcome.spans.clear();
    }
    outcome
}

/// Adds a sentence.
pub fn also(mut outcome: Outcome, more: Prose) -> Outcome {
    outcome.summary.zh.push_str(&more.zh);
    outcome.summary.en.push_str(&more.en);
    outcome
}
