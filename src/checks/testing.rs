//! Written-down evidence for the checks' own tests.

use std::collections::BTreeMap;

use super::{Case, Check, Outcome, Params};
use crate::evidence::{AbsenceReason, ClipFacts, Evidence};
use crate::session::{Between, Join};

/// Evidence of a clip of which nothing was observed.
pub fn blank_evidence() -> Evidence {
    let clip =
        ClipFacts { name: "clip.mp4".to_owned(), bytes: 1_000_000, duration_s: 60.0, ..ClipFacts::default() };
    Evidence::blank(clip, AbsenceReason::NotAsked)
}

/// Judges by a check's default parameters what `write` puts into blank evidence.
pub fn judge(check: &'static Check, write: impl FnOnce(&mut Evidence)) -> Outcome {
    let mut evidence = blank_evidence();
    write(&mut evidence);
    let params =
        Params::resolve(check.params, BTreeMap::new()).expect("the check's parameters have defaults");
    check.judge(&Case::alone(&evidence), &params)
}

/// What parts a clip from the one before it, of the same camera and by records that agree.
pub fn join(between: Between) -> Join {
    Join {
        before: "J1_0001.MP4".to_owned(),
        same_device: true,
        between: Some(between),
        records_disagree: false,
        missing_numbers: None,
        before_damaged: false,
    }
}
