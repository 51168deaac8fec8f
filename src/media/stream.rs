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

impl StreamInfo {
    pub(super) fn from_caps(index: usize, caps: &gst::CapsRef) -> Self {
        let mut info = Self {
            index,
            kind: StreamKind::Other,
            codec: String::new(),
            width: 0,
            height: 0,
            nominal_frame_rate: 0.0,
            pixel_aspect: 1.0,
            sample_rate_hz: 0,
            channels: 0,
            codec_header: Vec::new(),
        };
        let Some(structure) = caps.structure(0) else { return info };
        let media_type = structure.name().as_str();
        info.kind = match media_type {
            name if name.starts_with("video/") || name.starts_with("image/") => StreamKind::Video,
            name if name.starts_with("audio/") => StreamKind::Audio,
            _ => StreamKind::Other,
        };
        info.codec = codec_name(media_type, structure);
        let size =
            |field: &str| structure.get::<i32>(field).ok().and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
        let ratio = |field: &str| {
            let fraction = structure.get::<gst::Fraction>(field).ok()?;
            (fraction.numer() > 0 && fraction.denom() > 0)
                .then(|| f64::from(fraction.numer()) / f64::from(fraction.denom()))
        };
        info.width = size("width");
        info.height = size("height");
        info.sample_rate_hz = size("rate");
        info.channels = size("channels");
        info.nominal_frame_rate = ratio("framerate").unwrap_or(0.0);
        info.pixel_aspect = ratio("pixel-aspect-ratio").unwrap_or(1.0);
        info.codec_header = structure
            .get::<gst::Buffer>("codec_data")
            .ok()
            .and_then(|buffer| buffer.map_readable().ok().map(|map| map.as_slice().to_vec()))
            .unwrap_or_default();
        info
    }
}

/// The report's name for a codec; GStreamer's media type where it has none of its own.
fn codec_name(media_type: &str, structure: &gst::StructureRef) -> String {
    let version = structure.get::<i32>("mpegversion").unwrap_or(0);
    // The third version is Microsoft's; later ones are MPEG-4 under another name.
    let divx = structure.get::<i32>("divxversion").unwrap_or(0);
    let layer = structure.get::<i32>("layer").unwrap_or(0);
    match (media_type, version, layer) {
        ("video/x-h264", ..) => "h264",
        ("video/x-h265", ..) => "h265",
        ("image/jpeg", ..) => "mjpeg",
        ("video/mpeg", 4, _) | ("video/x-xvid", ..) => "mpeg4",
        ("video/x-divx", ..) if divx > 3 => "mpeg4",
        ("video/mpeg", 1 | 2, _) => "mpeg2",
        ("audio/mpeg", 1, 3) => "mp3",
        ("audio/mpeg", 1, _) => "mp2",
        ("audio/mpeg", 2 | 4, _) => "aac",
        ("audio/x-raw", ..) => "pcm",
        ("audio/x-mulaw", ..) => "g711-mulaw",
        ("audio/x-alaw", ..) => "g711-alaw",
        ("audio/x-adpcm", ..) => "adpcm",
        _ => media_type,
    }
    .to_owned()
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
