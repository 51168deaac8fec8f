//! From a question to an answer: plan what to observe, observe, judge, illustrate.

pub mod batch;
mod blur;
pub mod decoder;
mod illustrate;
mod judge;
mod limits;
mod plan;
pub mod stored;
pub mod work;

pub use illustrate::{Shown, StillsError, illustrate, illustrate_with};
pub use judge::{Context, Judging, judge, judge_in, naming, places};
pub use plan::{SpeechChoice, for_records, plan};
