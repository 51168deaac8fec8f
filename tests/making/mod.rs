//! Media made at run time, with the GStreamer that the program itself reads with.

#![allow(dead_code)] // each test crate uses its share

use std::fs;
use std::path::{Path, PathBuf};

use gst::prelude::*;
use gstreamer as gst;

/// Length of the clips made here.
pub const LENGTH_S: f64 = 3.0;

/// Three seconds of a moving ball, raw, at 30 pictures a second.
pub const PICTURES: &str = "videotestsrc num-buffers=90 pattern=ball ! \
    video/x-raw,format=I420,width=320,height=240,framerate=30/1";

/// Three seconds of a tone, raw.
pub const TONE: &str = "audiotestsrc num-buffers=30 samplesperbuffer=1600 volume=0.2 ! \
    audio/x-raw,format=S16LE,rate=16000,channels=1,layout=interleaved";

/// H.264 as cameras write it: no B-frames, a key frame a second.
pub const H264: &str = "x264enc key-int-max=30 speed-preset=ultrafast tune=zerolatency ! h264parse";
pub const AAC: &str = "audioconvert ! avenc_aac ! aacparse";
pub const MP3: &str = "lamemp3enc ! mpegaudioparse";

/// Runs a pipeline that writes `folder/name` through a sink that stands for `FILE`.
pub fn record(folder: &Path, name: &str, description: &str) -> PathBuf {
    record_later(folder, name, description, &[])
}

/// As [`record`]; what leaves each of the named elements is that many seconds late.
pub fn record_later(folder: &Path, name: &str, description: &str, late_s: &[(&str, i64)]) -> PathBuf {
    gst::init().unwrap();
    let path = folder.join(name);
    let sink = format!("filesink location=\"{}\"", path.display());
    let pipeline = gst::parse::launch(&description.replace("FILE", &sink)).unwrap();
    let pipeline = pipeline.downcast::<gst::Pipeline>().unwrap();
    for (element, seconds) in late_s {
        pipeline.by_name(element).unwrap().static_pad("src").unwrap().set_offset(seconds * 1_000_000_000);
    }
    pipeline.set_state(gst::State::Playing).unwrap();
    let ends = [gst::MessageType::Eos, gst::MessageType::Error];
    let end = pipeline.bus().unwrap().timed_pop_filtered(gst::ClockTime::from_seconds(60), &ends);
    pipeline.set_state(gst::State::Null).unwrap();
    match end.as_ref().map(|message| message.view()) {
        Some(gst::MessageView::Eos(_)) => path,
        Some(gst::MessageView::Error(error)) => panic!("{description}: {}", error.error()),
        _ => panic!("{description}: did not end"),
    }
}

/// Pictures and sound in one file.
pub fn recording(folder: &Path, name: &str, muxer: &str, video: &str, audio: &str) -> PathBuf {
    record(folder, name, &both(muxer, video, audio))
}

/// Describes pictures and sound in one file; `pictures` and `tone` can be made late.
pub fn both(muxer: &str, video: &str, audio: &str) -> String {
    format!(
        "{muxer} name=mux ! FILE \
         {PICTURES} ! identity name=pictures ! {video} ! queue ! mux. \
         {TONE} ! identity name=tone ! {audio} ! queue ! mux."
    )
}

/// A policy that asks for unbroken recording and for sound, and for nothing that wants a voice or a clock.
pub fn policy(folder: &Path) -> PathBuf {
    let path = folder.join("unbroken.toml");
    let toml = r#"
id = "unbroken"
title = "不间断"
source = "tests"
time_zone = "Asia/Shanghai"
[[clause]]
article = "第一条"
text = "不间断录制。"
check = "continuity"
[[clause]]
article = "第二条"
text = "同步录音。"
check = "sound-quality"
"#;
    fs::write(&path, toml).unwrap();
    path
}

/// An MP4 file whose fields can be overwritten.
#[derive(Clone)]
pub struct Mp4(pub Vec<u8>);

impl Mp4 {
    pub fn read(path: &Path) -> Self {
        Self(fs::read(path).unwrap())
    }

    /// Offset of the box at `path` (`moov/trak/mdia/mdhd`); of several tracks, of the one numbered
    /// `track` from 0.
    pub fn find(&self, path: &str, track: usize) -> usize {
        let (mut from, mut to) = (0, self.0.len());
        for name in path.split('/') {
            let nth = if name == "trak" { track } else { 0 };
            (from, to) =
                self.children(from, to).filter(|(at, _)| self.name(*at) == name.as_bytes()).nth(nth).unwrap();
            from += 8;
        }
        from - 8
    }

    fn children(&self, mut at: usize, to: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        std::iter::from_fn(move || {
            let bytes = self.u32(at) as usize;
            let found = (at, at + bytes);
            at += bytes;
            (found.1 <= to && bytes >= 8).then_some(found)
        })
    }

    fn name(&self, at: usize) -> &[u8] {
        &self.0[at + 4..at + 8]
    }

    pub fn u32(&self, at: usize) -> u32 {
        self.0.get(at..at + 4).map_or(0, |bytes| u32::from_be_bytes(bytes.try_into().unwrap()))
    }

    /// Overwrites four bytes at `offset` in the box.
    pub fn set(mut self, path: &str, track: usize, offset: usize, value: u32) -> Self {
        let at = self.find(path, track) + offset;
        self.0[at..at + 4].copy_from_slice(&value.to_be_bytes());
        self
    }

    pub fn write(&self, folder: &Path, name: &str) -> PathBuf {
        let path = folder.join(name);
        fs::write(&path, &self.0).unwrap();
        path
    }
}
