//! The only place that knows GStreamer: streams, packets, pictures and sound of one clip.
//!
//! One [`Pass`] reads the file once and hands over what was asked for, each kind without the
//! others. A second pass over the same file can ask for chosen stretches only. Of an MP4 it reads what it decodes, and of
//! other pictures how they begin.

mod branch;
mod error;
mod gate;
mod meter;
mod pass;
mod picture;
mod pipelines;
mod quirks;
mod sample_table;
mod sparse;
mod stream;
mod transport;

pub use error::MediaError;
pub use meter::Meter;
pub use pass::{
    CodingOrder, Event, FromKeyFrame, Pass, PictureChoice, Sampling, SoundChoice, Wants, initialise,
};
pub use picture::{Picture, Plane};
pub use pipelines::Pipelines;
pub use stream::{Packet, Sound, StreamInfo, StreamKind};
