//! Streams, packets and sound as the demuxer hands them over.

use gstreamer as gst;

use crate::time::Pts;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StreamKind {
    Video,
    Audio,
    /// Subtitles, time codes, private data: counted, not read.
    Other,
}

/// One stream of the clip, as its first caps describe it.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamInfo {
    /// Counts from 0 in the order in which the demuxer announces streams.
    pub index: usize,
    pub kind: StreamKind,
    /// `h264`, `h265`, `mjpeg`, `mpeg4`, `aac`, `pcm`, `g711-mulaw`, `g711-alaw`, `mp3`, `adpcm`,
    /// or GStreamer's media type.
    pub codec: String,
    /// Coded size in pixels; 0 for sound.
    pub width: u32,
    pub height: u32,
    /// Nominal frames a second as the headers claim; 0 when they do not.
    pub nominal_frame_rate: f64,
    /// Width of a pixel over its height.
    pub pixel_aspect: f64,
    pub sample_rate_hz: u32,
    pub channels: u32,
    /// Parameter sets or codec set-up that travel outside the packets; empty if there are none.
    pub codec_header: Vec<u8>,
}

/// One coded packet of one stream.
#[derive(Debug, Clone)]
pub struct Packet {
    pub stream: usize,
    pub kind: StreamKind,
    /// `None` when the container gives the packet no time.
    pub pts: Option<Pts>,
    pub dts: Option<Pts>,
    pub duration_ns: Option<u64>,
    pub bytes: usize,
    pub key: bool,
    /// The demuxer says that something before this packet is missing or broken.
    pub broken: bool,
    pub(super) buffer: gst::Buffer,
}

impl Packet {
    /// Calls `read` with the packet's coded bytes; `None` when they cannot be mapped.
    pub fn with_data<R>(&self, read: impl FnOnce(&[u8]) -> R) -> Option<R> {
        self.buffer.map_readable().ok().map(|map| read(map.as_slice()))
    }
}

/// A run of sound: 16 kHz, one channel, signed 16 bits.
#[derive(Debug, Clone, PartialEq)]
pub struct Sound {
    pub pts: Pts,
    pub samples: Vec<i16>,
}

impl Sound {
    pub const SAMPLE_RATE_HZ: u32 = 16_000;
}
