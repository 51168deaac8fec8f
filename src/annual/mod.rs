//! The year's review: what the catalogue holds of a year, counted, drawn, and written as a workbook, a page
//! and JSON.
//!
//! Everything rests on the reports that the clips have at present; nothing is judged here. A [`Year`] is
//! gathered once, the [`Sample`] drawn and the [`Score`]s proposed from it, and the three renderers only lay
//! out.

mod annex;
mod facts;
mod gather;
mod json;
mod ledger;
mod page;
mod sample;
mod scoring;
mod sections;
mod terms;
#[cfg(test)]
mod tests;
mod workbook;
mod year;

pub use gather::{GatherError, Links, gather};
pub use json::json;
pub use page::page;
pub use sample::{Chosen, Sample, Stratum};
pub use scoring::Score;
pub use terms::{Terms, matched, unrecorded};
pub use workbook::{title, workbook};
pub use year::{ClauseLine, ClipLine, FindingLine, LedgerLine, LeftOut, Problem, Tally, Year};

/// Everything that the year's papers are laid out from.
pub struct Review {
    pub year: Year,
    pub sample: Sample,
    pub scores: Vec<Score>,
    /// Until when each recording of the ledger must be kept; `None` without records.
    pub terms: Option<Terms>,
    /// Places of the year's events without a recording in the case list; empty without records.
    pub unrecorded: Vec<usize>,
}
