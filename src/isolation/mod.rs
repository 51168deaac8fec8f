//! Keeping what decodes foreign bytes apart from everything else.
//!
//! A [`Child`] is a process of the same program that does one task. It [confines](confine::confine) itself before it
//! touches the first byte that it was not given by us, and answers over a pipe; whoever started it watches that
//! it lives and makes headway, and learns how it died. What the task is, this room does not know.

mod calls;
mod child;
pub mod confine;
mod frames;

pub use child::{Child, Death, Limits, Mouth, Says};
pub use confine::{Level, Reach, confine};
pub use frames::{FrameError, MAX_FRAME_BYTES, read, write};
