//! Observing: media in, [`crate::evidence::Evidence`] out. Knows no regulation.

pub mod speech;
pub mod voice;
