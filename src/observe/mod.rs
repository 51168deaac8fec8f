//! Observing: media in, [`crate::evidence::Evidence`] out. Knows no regulation.

pub mod clock;
pub mod text;
