//! One reading of a clip, from its first packet to its last.

use std::path::Path;
use std::time::Duration;

use super::{MediaError, Packet, Picture, Pipelines, Sound, StreamInfo};
use crate::lang::Prose;
use crate::time::Pts;

/// Which pictures are decoded.
#[derive(Debug, Clone, PartialEq)]
pub enum PictureChoice {
    None,
    /// Key frames, but none closer than this to the last one taken.
    KeyFrames {
        min_interval_ns: i64,
    },
    /// Every picture presented within one of these stretches. `key_frames` are the times of all
    /// key frames, as an earlier pass saw them; decoding starts at the one before each stretch.
    Within {
        stretches: Vec<(Pts, Pts)>,
        key_frames: Vec<Pts>,
    },
    All,
}

/// Which sound is decoded.
#[derive(Debug, Clone, PartialEq)]
pub enum SoundChoice {
    None,
    Within(Vec<(Pts, Pts)>),
    All,
}

/// What a pass hands over.
#[derive(Debug, Clone, PartialEq)]
pub struct Wants {
    pub packets: bool,
    pub pictures: PictureChoice,
    pub sound: SoundChoice,
    /// A pass that makes no progress for this long is given up.
    pub patience: Duration,
}

/// What happens during a pass. Events of one stream come in order; streams interleave as they
/// come from the demuxer, so an observer that listens to one stream sees the same each time.
pub enum Event {
    Stream(StreamInfo),
    Packet(Packet),
    Picture(Picture),
    Sound(Sound),
    /// Clockwise turn in degrees that the container asks for.
    Rotation(u16),
    /// A decoder or demuxer complained, and reading goes on.
    Warning(Prose),
}

/// A running pass. Dropping it ends it.
pub struct Pass {}

impl Pass {
    pub fn open(path: &Path, wants: Wants, pipelines: &Pipelines) -> Result<Self, MediaError> {
        let _ = (path, wants, pipelines);
        unreachable!("replaced by the media layer")
    }

    /// The next event, or `Ok(None)` at the end of the clip. After an error the pass is over; what
    /// came before it stays valid.
    pub fn next(&mut self) -> Result<Option<Event>, MediaError> {
        unreachable!("replaced by the media layer")
    }
}
