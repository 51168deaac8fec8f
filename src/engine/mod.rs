//! From a question to an answer: plan what to observe, observe, judge, illustrate.

pub mod batch;
mod illustrate;
mod judge;
mod plan;

pub use illustrate::illustrate;
pub use judge::{Context, Judging, judge, judge_in, naming, places};
pub use plan::{SpeechChoice, for_records, plan};
