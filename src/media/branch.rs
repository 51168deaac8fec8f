//! What hangs on each stream of the demuxer: a probe that notes packets, and a decoder.

use std::path::PathBuf;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};

use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use gstreamer_pbutils as gst_pbutils;
use gstreamer_video as gst_video;

use super::gate::{PictureGate, SoundGate};
use super::pass::{Event, Note};
use super::sparse::{Completed, Sparse};
use super::{MediaError, Packet, Picture, Pipelines, Sound, StreamInfo, StreamKind};
use crate::lang::Prose;
use crate::time::Pts;

/// 8K in either orientation. Larger pictures need gigabytes to decode and no body camera makes them.
const MAX_PIXELS: u64 = 8192 * 4608;

/// What one stream's branch does.
pub(super) struct Branch {
    pub info: StreamInfo,
    pub packets: bool,
    pub pictures: Option<PictureGate>,
    pub sound: Option<SoundGate>,
    /// What gives out the file, if it leaves something out of pictures.
    pub sparse: Option<Arc<Sparse>>,
}

impl Branch {
    /// Hangs the branch on a pad of the demuxer.
    pub fn attach(
        self,
        pipeline: &gst::Pipeline,
        pad: &gst::Pad,
        pipelines: &Pipelines,
        notes: &SyncSender<Note>,
    ) -> Result<(), MediaError> {
        let tail = match self.undecodable() {
            Some(reason) => {
                if self.pictures.is_some() || self.sound.is_some() {
                    let _ = notes.send(Note::Event(Event::Undecodable { kind: self.info.kind, reason }));
                }
                Tail::discarding()?
            }
            None => self.tail(pad, pipelines, notes)?,
        };
        self.watch(pad, notes.clone());
        tail.link(pipeline, pad)
    }

    /// Why this stream's pictures or sound cannot be decoded, before it is tried.
    fn undecodable(&self) -> Option<Prose> {
        if self.info.kind != StreamKind::Video {
            return None;
        }
        let (width, height) = (self.info.width, self.info.height);
        if u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Some(Prose::new(
                format!("画面尺寸 {width}×{height} 超出可处理范围"),
                format!("pictures of {width}×{height} are larger than can be handled"),
            ));
        }
        None
    }

    fn tail(
        &self,
        pad: &gst::Pad,
        pipelines: &Pipelines,
        notes: &SyncSender<Note>,
    ) -> Result<Tail, MediaError> {
        let (name, sink, after) = match (self.info.kind, &self.pictures, &self.sound) {
            (StreamKind::Video, Some(gate), _) => {
                (VIDEO_DECODER, picture_sink(gate.clone(), notes.clone()), pipelines.pictures()?)
            }
            (StreamKind::Audio, _, Some(gate)) => {
                (AUDIO_DECODER, sound_sink(gate.clone(), notes.clone()), pipelines.sound()?)
            }
            _ => return Tail::discarding(),
        };
        let Some(caps) = pad.current_caps() else { return Tail::discarding() };
        match decoder(&caps, pipelines)? {
            Some(decoder) => {
                Tail::decoding(format!("{name}{}", self.info.index), &format!("{decoder} ! {after}"), sink)
            }
            None => {
                let reason = missing_decoder(&caps);
                let _ = notes.send(Note::Event(Event::Undecodable { kind: self.info.kind, reason }));
                Tail::discarding()
            }
        }
    }

    /// Notes packets and headers as they pass, and lets through what the gates admit.
    fn watch(self, pad: &gst::Pad, notes: SyncSender<Note>) {
        let state = Mutex::new(self);
        pad.add_probe(gst::PadProbeType::BUFFER | gst::PadProbeType::EVENT_DOWNSTREAM, move |pad, probe| {
            let mut branch = state.lock().unwrap_or_else(PoisonError::into_inner);
            match &mut probe.data {
                Some(gst::PadProbeData::Buffer(buffer)) => branch.packet(pad, buffer, &notes),
                Some(gst::PadProbeData::Event(event)) => {
                    branch.event(event, &notes);
                    gst::PadProbeReturn::Ok
                }
                _ => gst::PadProbeReturn::Ok,
            }
        });
    }

    fn packet(
        &mut self,
        pad: &gst::Pad,
        buffer: &mut gst::Buffer,
        notes: &SyncSender<Note>,
    ) -> gst::PadProbeReturn {
        let segment = pad.sticky_event::<gst::event::Segment>(0);
        let running = |time: Option<gst::ClockTime>| {
            presentation_time(segment.as_ref().map(|event| event.segment())?, time?)
        };
        // AVI times its pictures by decoding order only, which is their presentation order there.
        let pts = running(buffer.pts().or(buffer.dts()));
        let flags = buffer.flags();
        let key = !flags.contains(gst::BufferFlags::DELTA_UNIT);
        if self.packets {
            let packet = Packet {
                stream: self.info.index,
                kind: self.info.kind,
                pts,
                dts: running(buffer.dts()),
                duration_ns: buffer.duration().map(gst::ClockTime::nseconds),
                bytes: buffer.size(),
                key,
                broken: flags.contains(gst::BufferFlags::CORRUPTED),
                buffer: buffer.clone(),
            };
            if notes.send(Note::Event(Event::Packet(packet))).is_err() {
                return gst::PadProbeReturn::Drop;
            }
        }
        let admitted = match (&mut self.pictures, &self.sound) {
            (Some(gate), _) => gate.admits(key, pts, buffer.size()),
            (None, Some(gate)) => gate.admits(pts, buffer.duration().map_or(0, gst::ClockTime::nseconds)),
            (None, None) => false,
        };
        let complete = match &self.sparse {
            Some(sparse) => complete(sparse, buffer, admitted, notes),
            None => true,
        };
        if admitted && complete { gst::PadProbeReturn::Ok } else { gst::PadProbeReturn::Drop }
    }

    fn event(&mut self, event: &gst::EventRef, notes: &SyncSender<Note>) {
        match event.view() {
            gst::EventView::Caps(caps) => {
                let info = StreamInfo::from_caps(self.info.index, caps.caps());
                if info != self.info {
                    self.info = info.clone();
                    let _ = notes.send(Note::Event(Event::Stream(info)));
                }
            }
            gst::EventView::Tag(tags) if self.info.kind == StreamKind::Video => {
                let orientation = tags.tag().get::<gst::tags::ImageOrientation>();
                if let Some(degrees) = orientation.and_then(|tag| rotation_deg(tag.get())) {
                    let _ = notes.send(Note::Event(Event::Rotation(degrees)));
                }
            }
            _ => {}
        }
    }
}

/// Puts the whole picture in the place of a packet that goes to the decoder; whether it is whole now.
fn complete(sparse: &Sparse, packet: &mut gst::Buffer, admitted: bool, notes: &SyncSender<Note>) -> bool {
    let lost = |zh: String, en: String| {
        let _ = notes.send(Note::Event(Event::Warning(Prose::new(zh, en))));
        false
    };
    match sparse.complete(packet, admitted) {
        Ok(Completed::AsItIs) => true,
        Ok(Completed::Read(whole)) => {
            *packet = whole;
            true
        }
        Ok(Completed::Unknown) => lost(
            "有画面与索引所列的对不上，未解码".to_owned(),
            "a picture is none of those that the index lists, and was not decoded".to_owned(),
        ),
        Err(error) => lost(format!("有画面无法读取：{error}"), format!("a picture cannot be read: {error}")),
    }
}

/// Bins of decoders are named so that an error inside can be laid at their door.
const VIDEO_DECODER: &str = "decoder-of-video-";
const AUDIO_DECODER: &str = "decoder-of-audio-";

/// What stands behind one stream's pad: one element or a bin with a `sink` pad.
struct Tail(gst::Element);

impl Tail {
    fn discarding() -> Result<Self, MediaError> {
        let sink = element("fakesink")?;
        sink.set_property("sync", false);
        sink.set_property("async", false);
        Ok(Self(sink))
    }

    /// A bin that decodes. An error inside does not reach the demuxer, so that the other streams
    /// go on; [`retire_decoder`] takes the bin away.
    fn decoding(name: String, description: &str, sink: gst_app::AppSink) -> Result<Self, MediaError> {
        let failed = |detail: String| MediaError::Pipeline { name: description.to_owned(), detail };
        let guard = element("errorignore")?;
        guard.set_property("ignore-error", true);
        guard.set_property("ignore-notnegotiated", true);
        guard.set_property_from_str("convert-to", "ok");
        let decoder =
            gst::parse::bin_from_description(description, true).map_err(|error| failed(error.to_string()))?;
        let elements = [guard, element("queue")?, decoder.upcast(), sink.upcast()];
        let bin = gst::Bin::with_name(&name);
        bin.add_many(&elements).map_err(|error| failed(error.to_string()))?;
        gst::Element::link_many(&elements).map_err(|error| failed(error.to_string()))?;
        let head = elements[0].static_pad("sink").ok_or_else(|| failed("no sink pad".to_owned()))?;
        let ghost = gst::GhostPad::builder_with_target(&head)
            .map_err(|error| failed(error.to_string()))?
            .name("sink")
            .build();
        bin.add_pad(&ghost).map_err(|error| failed(error.to_string()))?;
        Ok(Self(bin.upcast()))
    }

    fn link(self, pipeline: &gst::Pipeline, pad: &gst::Pad) -> Result<(), MediaError> {
        let failed = |detail: String| MediaError::Pipeline { name: media_type(pad), detail };
        pipeline.add(&self.0).map_err(|error| failed(error.to_string()))?;
        self.0.sync_state_with_parent().map_err(|error| failed(error.to_string()))?;
        let head = self.0.static_pad("sink").ok_or_else(|| failed("no sink pad".to_owned()))?;
        pad.link(&head).map_err(|error| failed(format!("{error:?}")))?;
        Ok(())
    }
}

/// If `culprit` lies inside a decoder's bin, replaces that bin by a sink that discards, so that the
/// other streams can be read to their end. Answers whose decoder it was.
pub(super) fn retire_decoder(culprit: &gst::Object, pipeline: &gst::Pipeline) -> Option<StreamKind> {
    let mut object = culprit.clone();
    let kind = loop {
        match object.name() {
            name if name.starts_with(VIDEO_DECODER) => break StreamKind::Video,
            name if name.starts_with(AUDIO_DECODER) => break StreamKind::Audio,
            _ => object = object.parent()?,
        }
    };
    let bin = object.downcast::<gst::Bin>().ok()?;
    let head = bin.static_pad("sink")?;
    let pipeline = pipeline.clone();
    // Only while nothing is being pushed can the pad change its peer without an error upstream.
    head.peer()?.add_probe(gst::PadProbeType::IDLE, move |pad, _| {
        let _ = pad.unlink(&head);
        if let Ok(tail) = Tail::discarding() {
            let _ = tail.link(&pipeline, pad);
            // A decoder may fail at the very end, and the end is told only once.
            if let (true, Some(head)) = (pad.sticky_event::<gst::event::Eos>(0).is_some(), pad.peer()) {
                head.send_event(gst::event::Eos::new());
            }
        }
        let pipeline = pipeline.clone();
        bin.call_async(move |bin| {
            let _ = bin.set_state(gst::State::Null);
            let _ = pipeline.remove(bin);
        });
        gst::PadProbeReturn::Remove
    });
    Some(kind)
}

/// The description of a decoder for these caps: the one that the pipelines name, else the installed
/// one of the highest rank; `None` when there is none.
fn decoder(caps: &gst::Caps, pipelines: &Pipelines) -> Result<Option<String>, MediaError> {
    let media_type = caps.structure(0).map(|structure| structure.name().to_string()).unwrap_or_default();
    if let Some(named) = pipelines.decoder(&media_type)? {
        return Ok(Some(named));
    }
    if media_type.ends_with("/x-raw") {
        return Ok(Some("identity".to_owned()));
    }
    let decoders =
        gst::ElementFactory::factories_with_type(gst::ElementFactoryType::DECODER, gst::Rank::MARGINAL);
    let best = decoders
        .iter()
        .filter(|factory| factory.can_sink_all_caps(caps))
        .max_by(|a, b| a.rank().cmp(&b.rank()).then_with(|| b.name().cmp(&a.name())));
    Ok(best.map(|factory| factory.name().to_string()))
}

fn missing_decoder(caps: &gst::Caps) -> Prose {
    let what = gst_pbutils::pb_utils_get_decoder_description(caps).to_string();
    MediaError::MissingPlugin { path: PathBuf::new(), what, package: "gstreamer1.0-libav" }.prose()
}

fn element(factory: &'static str) -> Result<gst::Element, MediaError> {
    gst::ElementFactory::make(factory).build().map_err(|_| MediaError::Pipeline {
        name: factory.to_owned(),
        detail:
            "the element is not installed; install gstreamer1.0-plugins-base and gstreamer1.0-plugins-bad"
                .to_owned(),
    })
}

fn sink(
    notes: SyncSender<Note>,
    mut hand_over: impl FnMut(&gst::Sample) -> Option<Event> + Send + 'static,
) -> gst_app::AppSink {
    let callbacks = gst_app::AppSinkCallbacks::builder()
        .new_sample(move |sink| {
            let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
            match hand_over(&sample) {
                Some(event) => notes
                    .send(Note::Event(event))
                    .map(|()| gst::FlowSuccess::Ok)
                    .map_err(|_| gst::FlowError::Flushing),
                None => Ok(gst::FlowSuccess::Ok),
            }
        })
        .build();
    gst_app::AppSink::builder().sync(false).async_(false).max_buffers(2).callbacks(callbacks).build()
}

fn picture_sink(gate: PictureGate, notes: SyncSender<Note>) -> gst_app::AppSink {
    sink(notes, move |sample| {
        let pts = sample_time(sample)?;
        // Pictures before time zero were cut off by an edit list.
        if pts < Pts::ZERO || !gate.hands_over(pts) {
            return None;
        }
        let info = gst_video::VideoInfo::from_caps(sample.caps()?).ok()?;
        let pixel_aspect = f64::from(info.par().numer()) / f64::from(info.par().denom().max(1));
        let frame = gst_video::VideoFrame::from_buffer_readable(sample.buffer_owned()?, &info).ok()?;
        Some(Event::Picture(Picture { pts, pixel_aspect, frame }))
    })
}

fn sound_sink(gate: SoundGate, notes: SyncSender<Note>) -> gst_app::AppSink {
    let mut heard_until: Option<Pts> = None;
    sink(notes, move |sample| {
        let stamped = sample_time(sample)?;
        let map = sample.buffer()?.map_readable().ok()?;
        let samples: Vec<i16> =
            map.as_slice().chunks_exact(2).map(|bytes| i16::from_le_bytes([bytes[0], bytes[1]])).collect();
        let pts = after(stamped, heard_until);
        let length_ns = samples.len() as i64 * 1_000_000_000 / i64::from(Sound::SAMPLE_RATE_HZ);
        let end = pts.checked_add(length_ns)?;
        heard_until = Some(end);
        gate.hands_over(pts, end).then_some(Event::Sound(Sound { pts, samples }))
    })
}

/// Time of a run of sound that is stamped `stamped` and follows sound up to `heard_until`. Sound
/// cannot overlap itself: where stamps say so (AVI headers with a wrong byte rate do), the samples
/// themselves are the better clock.
fn after(stamped: Pts, heard_until: Option<Pts>) -> Pts {
    const ROUNDING_NS: i64 = 20_000_000;
    match heard_until {
        Some(end) if end.checked_since(stamped).is_some_and(|overlap_ns| overlap_ns > ROUNDING_NS) => end,
        _ => stamped,
    }
}

fn sample_time(sample: &gst::Sample) -> Option<Pts> {
    presentation_time(sample.segment()?, sample.buffer()?.pts()?)
}

/// Where a buffer's time lies on the clip's presentation line: edit lists and the container's
/// start time are in the segment.
fn presentation_time(segment: &gst::Segment, time: gst::ClockTime) -> Option<Pts> {
    let segment = segment.downcast_ref::<gst::ClockTime>()?;
    match segment.to_running_time_full(time)? {
        gst::Signed::Positive(time) => i64::try_from(time.nseconds()).ok().map(Pts::from_nanoseconds),
        gst::Signed::Negative(time) => {
            i64::try_from(time.nseconds()).ok().map(|ns| Pts::from_nanoseconds(-ns))
        }
    }
}

fn media_type(pad: &gst::Pad) -> String {
    let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
    caps.structure(0).map(|structure| structure.name().to_string()).unwrap_or_default()
}

fn rotation_deg(orientation: &str) -> Option<u16> {
    match orientation {
        "rotate-0" => Some(0),
        "rotate-90" => Some(90),
        "rotate-180" => Some(180),
        "rotate-270" => Some(270),
        _ => None,
    }
}
