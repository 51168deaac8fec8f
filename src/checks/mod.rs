//! Judging: each check turns evidence and a clause's parameters into an outcome, on plain data.
//!
//! One file holds everything about a check: its name, what it means to a reader, what it needs,
//! what can be set, how it decides. The framework answers `not-assessed` when a needed channel is
//! absent, before `judge` runs, so that no check can forget to.

mod access_log;
mod announcement;
mod annual_review;
mod archive_deadline;
mod classification;
mod companion_photos;
mod conduct;
mod continuity;
mod credential_display;
mod deposit_deadline;
mod deposit_witness;
mod device_clock;
mod device_ledger;
mod edit_traces;
mod event_coverage;
mod evidence_copy;
mod inserted_content;
mod interruption_explanation;
mod key_stages;
mod late_recording;
mod location_statement;
mod long_term_preservation;
mod non_recording_justification;
mod original_integrity;
mod outcome;
mod overlay_clock;
mod params;
mod picture_quality;
mod purpose_statement;
mod recorded;
mod restricted_recording;
pub mod retention;
mod rights_notice;
mod said;
mod session_continuity;
mod sound_quality;
mod storage_target;
mod table;
#[cfg(test)]
pub(crate) mod testing;
mod whole_process;
mod words_and_pictures;

pub use outcome::{LabelledSpan, Outcome, Quote, Verdict};
pub use params::{Default, Kind, Param, Params, Phrase, Value};
pub use table::{CHECKS, find};

use std::fmt;

use crate::evidence::{Channel, Evidence};
use crate::lang::Text;
use crate::profile::Profile;
use crate::records::Extract;
use crate::session::Place;

/// One duty that a machine can help to check.
pub struct Check {
    /// The contract's identifier, such as `overlay-clock`.
    pub id: &'static str,
    pub title: Text,
    /// What it checks, why, on what evidence, and what it cannot see. Shipped: printed by
    /// `pingcha policy show`, in the report and in the documentation.
    pub explain: Text,
    pub basis: Basis,
    pub needs: &'static [Channel],
    pub params: &'static [Param],
    pub judge: Judge,
}

/// What a duty is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// One clip's sound and picture.
    Footage,
    /// Several clips of one visit.
    Session,
    /// What the ledger, the case list, the dock's log say of the clip.
    Records,
    /// The same as a whole, whatever the clip: what is found stands in the report of each clip, and concerns
    /// none of them more than the others.
    Ledger,
    /// One of these two, as the clause's parameter `concerns` says: its own stops are the clip's, all else is
    /// the ledger's.
    Concerned,
}

impl Basis {
    /// Whether it takes more than footage.
    pub fn is_records(self) -> bool {
        matches!(self, Self::Records | Self::Ledger | Self::Concerned)
    }

    /// What a clause with these parameters is judged by.
    pub fn of(self, params: &Params) -> Self {
        match self {
            Self::Concerned if matches!(params.text("concerns"), "stops" | "unresumed") => Self::Records,
            Self::Concerned => Self::Ledger,
            other => other,
        }
    }
}

pub enum Judge {
    Decides(fn(&Case, &Params) -> Outcome),
    /// The observer or the records it rests on are not read by this version; the text says which.
    NotYet(Text),
}

/// What a check may look at.
pub struct Case<'a> {
    pub evidence: &'a Evidence,
    /// Where the clip stands among those that it is judged with.
    pub place: &'a Place,
    /// What the camera's untouched files look like.
    pub profile: Option<&'a Profile>,
    /// What the records beside the footage say of the clip, where any were given.
    pub records: Option<&'a Extract<'a>>,
}

impl<'a> Case<'a> {
    /// A clip that is judged by itself.
    pub fn alone(evidence: &'a Evidence) -> Self {
        Self { evidence, place: &Place::ALONE, profile: None, records: None }
    }
}

/// A check is known by its id.
impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Check").field(&self.id).finish()
    }
}

impl Check {
    /// Judges one clip by one clause's parameters.
    pub fn judge(&self, case: &Case, params: &Params) -> Outcome {
        for &channel in self.needs {
            if let Some(absence) = case.evidence.absence(channel) {
                return Outcome::not_assessed(absence.prose().sentence("未能检查：", "Not assessed: "));
            }
        }
        match self.judge {
            Judge::Decides(judge) => judge(case, params),
            Judge::NotYet(reason) => Outcome::not_assessed(reason.into()),
        }
    }
}
