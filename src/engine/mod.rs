//! From a question to an answer: plan what to observe, observe, judge, illustrate.

mod illustrate;
mod judge;
mod plan;

pub use illustrate::illustrate;
pub use judge::{Judging, judge};
pub use plan::{SpeechChoice, plan};
