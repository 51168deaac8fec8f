//! Observing: media in, [`crate::evidence::Evidence`] out. Knows no regulation.

pub mod coding;
pub mod container;
pub mod digest;
