//! The report: one model, one file per renderer.

mod model;

pub use model::*;
