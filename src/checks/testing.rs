//! Written-down evidence for the checks' own tests.

use std::collections::BTreeMap;

use super::{Case, Check, Outcome, Params};
use crate::evidence::{AbsenceReason, ClipFacts, Evidence, Observation, SCHEMA};

/// Evidence of a clip of which nothing was observed.
pub fn blank_evidence() -> Evidence {
    let absent = AbsenceReason::NotAsked;
    Evidence {
        schema: SCHEMA.to_owned(),
        clip: ClipFacts {
            name: "clip.mp4".to_owned(),
            bytes: 1_000_000,
            duration_s: 60.0,
            ..ClipFacts::default()
        },
        container: Observation::Absent(absent.into()),
        timeline: Observation::Absent(absent.into()),
        picture: Observation::Absent(absent.into()),
        sound: Observation::Absent(absent.into()),
        clock: Observation::Absent(absent.into()),
        speech: Observation::Absent(absent.into()),
        discontinuities: Vec::new(),
        models: Vec::new(),
        unreadable: None,
        damage: Vec::new(),
        limits: Vec::new(),
    }
}

/// Judges by a check's default parameters what `write` puts into blank evidence.
pub fn judge(check: &'static Check, write: impl FnOnce(&mut Evidence)) -> Outcome {
    let mut evidence = blank_evidence();
    write(&mut evidence);
    let params =
        Params::resolve(check.params, BTreeMap::new()).expect("the check's parameters have defaults");
    check.judge(&Case::alone(&evidence), &params)
}
