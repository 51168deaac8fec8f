//! Observing: media in, [`crate::evidence::Evidence`] out. Knows no regulation.
