//! The only place that knows GStreamer: streams, packets, pictures and sound of one clip.
//!
//! One [`Pass`] reads the file once and hands over what was asked for, each kind without the
//! others. A second pass over the same file can ask for chosen stretches only.

mod branch;
mod error;
mod gate;
mod pass;
mod picture;
mod pipelines;
mod quirks;
mod stream;
mod transport;

pub use error::MediaError;
pub use pass::{Event, FromKeyFrame, Pass, PictureChoice, Sampling, SoundChoice, Wants, initialise};
pub use picture::{Picture, Plane};
pub use pipelines::Pipelines;
pub use stream::{Packet, Sound, StreamInfo, StreamKind};
