//! One reading of a clip, from its first packet to its last.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use gstreamer_pbutils as gst_pbutils;

use super::branch::{Branch, retire_decoder};
use super::gate::{PictureGate, SoundGate};
use super::quirks;
use super::sparse::Sparse;
use super::transport;
use super::{MediaError, Meter, Packet, Picture, Pipelines, Sound, StreamInfo, StreamKind};
use crate::lang::Prose;
use crate::pulse;
use crate::time::Pts;

/// A file with more streams than this is not read: a thousand streams are an attack or an accident,
/// never a recording, and each costs a parser and its threads.
const MAX_STREAMS: usize = 32;

/// Events that may wait between the decoders and the observers. Pictures are shared buffers of a
/// pool, so a long queue would only hold memory.
const WAITING_EVENTS: usize = 16;

/// Which pictures are decoded.
#[derive(Debug, Clone, PartialEq)]
pub enum PictureChoice {
    None,
    /// Some of the key frames; and every picture of some stretches, so that what changes from picture to
    /// picture (a clock's seconds) is seen there.
    KeyFrames {
        sampling: Sampling,
        /// In order of time.
        whole: Vec<FromKeyFrame>,
    },
    /// Every picture presented within one of these stretches.
    Within {
        stretches: Vec<(Pts, Pts)>,
        order: CodingOrder,
    },
    /// The key frames within these stretches.
    KeyFramesWithin {
        stretches: Vec<(Pts, Pts)>,
    },
    All,
}

/// What an earlier pass saw of the order in which pictures are coded.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CodingOrder {
    /// Times of all key frames, in order: decoding starts at the one before each stretch.
    pub key_frames: Vec<Pts>,
    /// Some picture is coded behind one that is presented so much later, and none behind one still later.
    pub ahead_ns: i64,
}

impl CodingOrder {
    /// B-frames are coded up to this much out of order.
    pub const MOST_AHEAD_NS: i64 = 500_000_000;
}

/// Which key frames are decoded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// None nearer than this to the last one taken.
    pub min_interval_ns: i64,
    /// The next one from this far on.
    pub usual_interval_ns: i64,
    /// For so long after the first picture another distance holds: how long, and which, in nanoseconds.
    pub opening: Option<(i64, i64)>,
    /// One comes before its turn when its coded size is this many times the last one's, or the last one's this many
    /// times its own: then something else is filmed.
    pub size_ratio: f64,
}

impl Sampling {
    /// Whatever comes, none nearer than this to the last one taken.
    pub const fn each(interval_ns: i64) -> Self {
        Self {
            min_interval_ns: interval_ns,
            usual_interval_ns: interval_ns,
            opening: None,
            size_ratio: f64::INFINITY,
        }
    }
}

/// All pictures from a key frame on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FromKeyFrame {
    /// Counted from the first picture: the first key frame from then on is the one.
    pub from: Pts,
    /// How long after that key frame.
    pub lasting_ns: i64,
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
/// come from the decoders, so an observer that listens to one stream sees the same each time.
#[allow(clippy::large_enum_variant)] // most events are packets and pictures, passed on as they come
pub enum Event {
    /// A stream was found, or its headers changed midway (then with an index seen before).
    Stream(StreamInfo),
    Packet(Packet),
    Picture(Picture),
    Sound(Sound),
    /// Clockwise turn in degrees that the container asks for.
    Rotation(u16),
    /// The stream is there, but it cannot be decoded; reading goes on without it.
    Undecodable {
        kind: StreamKind,
        reason: Prose,
    },
    /// A decoder or demuxer complained, and reading goes on.
    Warning(Prose),
}

/// What reaches the reader of a pass from GStreamer's threads.
#[allow(clippy::large_enum_variant)] // nearly every note is an event
pub(super) enum Note {
    Event(Event),
    Message(gst::Message),
    Failed(MediaError),
}

/// A running pass. Dropping it ends it.
pub struct Pass {
    path: PathBuf,
    pipeline: gst::Pipeline,
    /// Gone once the pass is over, so that no thread of the pipeline waits for a reader.
    notes: Option<Receiver<Note>>,
    /// Brings the pipeline up.
    starter: Option<JoinHandle<()>>,
    patience: Duration,
    meter: Meter,
    packets_seen: bool,
    /// It was read to its end.
    complete: bool,
    /// The first plug-in that was missed. It ends the pass only where nothing else can be read.
    missing: Option<MediaError>,
}

impl Pass {
    /// Starts reading. Fails when the file cannot be opened, is empty, or a pipeline description
    /// does not parse; anything about the file's content comes from [`Pass::next`].
    pub fn open(path: &Path, wants: Wants, pipelines: &Pipelines) -> Result<Self, MediaError> {
        initialise()?;
        let location = regular_file(path)?;
        let unopened = |source: std::io::Error| MediaError::Open { path: path.to_owned(), source };
        let meter = pipelines.meter().clone();
        // Where every picture is wanted, to begin with some of each would only be more reads.
        let in_part = match wants.pictures {
            PictureChoice::All => None,
            _ => pipelines.sparse_source()?,
        };
        let sparse = match &in_part {
            Some(_) => Sparse::open(&location, wants.sound != SoundChoice::None, &meter).map_err(unopened)?,
            None => None,
        };
        let source = match in_part.filter(|_| sparse.is_some()) {
            Some(source) => source,
            None => pipelines.source()?,
        };
        let broken = |detail: String| MediaError::Pipeline { name: "source".to_owned(), detail };
        let pipeline = gst::parse::launch(&source)
            .map_err(|error| broken(error.to_string()))?
            .downcast::<gst::Pipeline>()
            .map_err(|_| broken("it describes a single element".to_owned()))?;
        let named = |name: &str| {
            pipeline.by_name(name).ok_or_else(|| broken(format!("no element is named '{name}'")))
        };
        let source = named("source")?;
        match (&sparse, source.downcast_ref::<gst_app::AppSrc>()) {
            (Some(sparse), Some(source)) => sparse.feed(source),
            _ => {
                source.set_property("location", &location);
                count(&source, &meter);
            }
        }

        let (sender, notes) = sync_channel(WAITING_EVENTS);
        let times = Arc::default();
        quirks::correct(&pipeline, &times);
        listen(&pipeline, sender.clone(), times);
        let hanger = Hanger {
            pipeline: pipeline.downgrade(),
            packets: wants.packets,
            gates: Mutex::new((PictureGate::new(&wants.pictures), SoundGate::new(&wants.sound))),
            sparse,
            pipelines: pipelines.clone(),
            notes: sender.clone(),
        };
        hang_branches(&named("streams")?, hanger, path);

        Ok(Self {
            path: path.to_owned(),
            starter: Some(start(&pipeline, sender).map_err(|error| broken(error.to_string()))?),
            pipeline,
            notes: Some(notes),
            patience: wants.patience,
            meter,
            packets_seen: false,
            complete: false,
            missing: None,
        })
    }

    /// The next event, or `Ok(None)` at the end of the clip. After an error the pass is over; what
    /// came before it stays valid.
    #[allow(clippy::should_implement_trait)] // an iterator of results would go on after an error
    pub fn next(&mut self) -> Result<Option<Event>, MediaError> {
        let outcome = self.wait();
        self.complete |= matches!(outcome, Ok(None));
        if !matches!(outcome, Ok(Some(_))) {
            self.end();
        }
        outcome
    }

    fn wait(&mut self) -> Result<Option<Event>, MediaError> {
        loop {
            let Some(notes) = &self.notes else { return Ok(None) };
            let note = notes.recv_timeout(self.patience);
            pulse::beat();
            match note {
                Ok(Note::Event(event)) => {
                    self.packets_seen |=
                        matches!(event, Event::Packet(_) | Event::Picture(_) | Event::Sound(_));
                    return Ok(Some(event));
                }
                Ok(Note::Failed(error)) => return Err(error),
                Ok(Note::Message(message)) => match message.view() {
                    gst::MessageView::Eos(_) if self.packets_seen => return Ok(None),
                    gst::MessageView::Eos(_) => return self.missing.take().map_or(Ok(None), Err),
                    gst::MessageView::Error(error) => {
                        if let Some(event) = self.survive(error) {
                            return Ok(Some(event));
                        }
                        return Err(self.failure(error));
                    }
                    gst::MessageView::Warning(warning) => {
                        let text = warning.error().to_string();
                        return Ok(Some(Event::Warning(Prose::new(format!("解码警告：{text}"), text))));
                    }
                    gst::MessageView::Element(_) => {
                        if let Ok(missing) = gst_pbutils::MissingPluginMessage::parse(&message) {
                            return Ok(Some(self.go_on_without(&missing)));
                        }
                    }
                    _ => {}
                },
                Err(RecvTimeoutError::Timeout) => {
                    return Err(MediaError::Stalled {
                        path: self.path.clone(),
                        seconds: self.patience.as_secs(),
                    });
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
            }
        }
    }

    /// An error inside one stream's decoder ends that branch only.
    fn survive(&self, error: &gst::message::Error) -> Option<Event> {
        let kind = retire_decoder(error.src()?, &self.pipeline)?;
        let text = error.error().to_string();
        Some(Event::Undecodable { kind, reason: Prose::new(text.clone(), text) })
    }

    /// A stream that no plug-in reads: the others may still be read.
    fn go_on_without(&mut self, missing: &gst_pbutils::MissingPluginMessage) -> Event {
        let (kind, what, package) = describe_missing(missing);
        let error = MediaError::MissingPlugin { path: self.path.clone(), what, package };
        let reason = error.prose();
        self.missing.get_or_insert(error);
        Event::Undecodable { kind, reason }
    }

    fn failure(&mut self, error: &gst::message::Error) -> MediaError {
        if let (false, Some(missing)) = (self.packets_seen, self.missing.take()) {
            return missing;
        }
        let path = self.path.clone();
        let detail = error.error().to_string();
        let not_media = error.error().matches(gst::StreamError::TypeNotFound)
            || error.error().matches(gst::StreamError::WrongType);
        match not_media && !self.packets_seen {
            true => MediaError::NotMedia { path, detail },
            false => MediaError::Damaged { path, detail },
        }
    }

    fn end(&mut self) {
        self.notes = None;
        // A pipeline that is still coming up would come up after all once it had been taken down.
        if let Some(starter) = self.starter.take() {
            let _ = starter.join();
        }
        // Going to NULL can only fail for elements that never came up.
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if !self.complete {
            self.meter.break_off();
        }
        self.end();
    }
}

/// Loads GStreamer once a process; may start programs and write to its cache. Reading a clip does it where it
/// was not done.
pub fn initialise() -> Result<(), MediaError> {
    static OUTCOME: OnceLock<Result<(), String>> = OnceLock::new();
    let outcome = OUTCOME.get_or_init(|| gst::init().map_err(|error| error.to_string()));
    outcome.clone().map_err(|detail| MediaError::Pipeline { name: "GStreamer".to_owned(), detail })
}

/// Opens the file to learn whether it can be read, and gives its absolute path.
fn regular_file(path: &Path) -> Result<PathBuf, MediaError> {
    let unopened = |source: std::io::Error| MediaError::Open { path: path.to_owned(), source };
    let metadata = std::fs::metadata(path).map_err(unopened)?;
    if !metadata.is_file() {
        let detail = if metadata.is_dir() { "it is a folder" } else { "it is not a regular file" };
        return Err(MediaError::NotMedia { path: path.to_owned(), detail: detail.to_owned() });
    }
    File::open(path).map_err(unopened)?;
    if metadata.len() == 0 {
        return Err(MediaError::Empty { path: path.to_owned() });
    }
    std::path::absolute(path).map_err(unopened)
}

/// Counts what `source` gives out.
fn count(source: &gst::Element, meter: &Meter) {
    let Some(pad) = source.static_pad("src") else { return };
    let meter = meter.clone();
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, probe| {
        if let Some(gst::PadProbeData::Buffer(buffer)) = &probe.data {
            meter.add(buffer.size() as u64);
        }
        gst::PadProbeReturn::Ok
    });
}

/// Brings the pipeline up on a thread of its own. A sink changes its state only between two samples,
/// and the sample that it holds may wait for room among the notes: whoever reads the notes must not
/// wait for the sink.
fn start(pipeline: &gst::Pipeline, notes: SyncSender<Note>) -> std::io::Result<JoinHandle<()>> {
    let pipeline = pipeline.clone();
    thread::Builder::new().name("pass-start".to_owned()).spawn(move || {
        if let Err(error) = pipeline.set_state(gst::State::Playing) {
            let detail = error.to_string();
            let _ = notes.send(Note::Failed(MediaError::Pipeline { name: "source".to_owned(), detail }));
        }
    })
}

/// Sends what the pipeline reports down the same channel as its events, so that an error never
/// overtakes what came before it.
fn listen(pipeline: &gst::Pipeline, notes: SyncSender<Note>, times: Arc<Mutex<transport::Times>>) {
    let Some(bus) = pipeline.bus() else { return };
    bus.set_sync_handler(move |_, message| {
        use gst::MessageType as Type;
        if times.lock().unwrap_or_else(PoisonError::into_inner).take_report(message) {
            return gst::BusSyncReply::Drop;
        }
        if matches!(message.type_(), Type::Eos | Type::Error | Type::Warning | Type::Element) {
            let _ = notes.send(Note::Message(message.clone()));
        }
        gst::BusSyncReply::Drop
    });
}

/// Gives every stream that the demuxer finds its branch: the first picture stream and the first
/// sound stream are decoded as wanted, the others are noted.
fn hang_branches(streams: &gst::Element, hanger: Hanger, path: &Path) {
    let path = path.to_owned();
    let hanger = Arc::new(hanger);
    let count = AtomicUsize::new(0);
    streams.connect_pad_added(move |_, pad| {
        let index = count.fetch_add(1, Ordering::Relaxed);
        if index >= MAX_STREAMS {
            let detail = format!("it holds more than {MAX_STREAMS} streams");
            let _ = hanger.notes.send(Note::Failed(MediaError::NotMedia { path: path.clone(), detail }));
            return;
        }
        if pad.current_caps().is_some() {
            return hanger.hang(index, pad);
        }
        // Some parsers settle their caps only after they have seen data.
        let hanger = hanger.clone();
        pad.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, move |pad, probe| match &probe.data {
            Some(gst::PadProbeData::Event(event)) if event.type_() == gst::EventType::Caps => {
                let _ = pad.store_sticky_event(event);
                hanger.hang(index, pad);
                gst::PadProbeReturn::Remove
            }
            _ => gst::PadProbeReturn::Ok,
        });
    });
}

struct Hanger {
    pipeline: gst::glib::WeakRef<gst::Pipeline>,
    packets: bool,
    gates: Mutex<(Option<PictureGate>, Option<SoundGate>)>,
    sparse: Option<Arc<Sparse>>,
    pipelines: Pipelines,
    notes: SyncSender<Note>,
}

impl Hanger {
    fn hang(&self, index: usize, pad: &gst::Pad) {
        let (Some(pipeline), Some(caps)) = (self.pipeline.upgrade(), pad.current_caps()) else { return };
        let info = StreamInfo::from_caps(index, &caps);
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let branch = Branch {
            packets: self.packets && info.kind != StreamKind::Other,
            pictures: if info.kind == StreamKind::Video { gates.0.take() } else { None },
            sound: if info.kind == StreamKind::Audio { gates.1.take() } else { None },
            sparse: self.sparse.clone().filter(|_| info.kind == StreamKind::Video),
            info: info.clone(),
        };
        drop(gates);
        if self.notes.send(Note::Event(Event::Stream(info))).is_err() {
            return;
        }
        if let Err(error) = branch.attach(&pipeline, pad, &self.pipelines, &self.notes) {
            let _ = self.notes.send(Note::Failed(error));
        }
    }
}

/// Whose stream a missing plug-in would read, what it would do, and the Debian package that brings it.
fn describe_missing(message: &gst_pbutils::MissingPluginMessage) -> (StreamKind, String, &'static str) {
    let what = message.description().to_string();
    let detail = message.installer_detail().to_string();
    let kind = match detail.split_once("|decoder-").map_or("", |(_, caps)| caps) {
        caps if caps.starts_with("video/") || caps.starts_with("image/") => StreamKind::Video,
        caps if caps.starts_with("audio/") => StreamKind::Audio,
        _ => StreamKind::Other,
    };
    let package = match detail {
        detail if detail.contains("|decoder-") => "gstreamer1.0-libav",
        detail if detail.contains("mpegts") || detail.contains("mpeg-ps") => "gstreamer1.0-plugins-bad",
        detail if detail.contains("ms-asf") || detail.contains("realmedia") => "gstreamer1.0-plugins-ugly",
        detail if detail.contains("|element-") => "gstreamer1.0-plugins-base",
        _ => "gstreamer1.0-plugins-good",
    };
    (kind, what, package)
}
