//! Observing: media in, [`Evidence`] out. Knows no regulation.
//!
//! The first pass over the clip reads packets, sparse key frames and the sound; what it leaves in
//! doubt is looked at closely in a second pass, and words are listened for in a third, each over
//! the stretches that matter only.

pub mod background;
mod cadence;
pub mod clock;
pub mod clues;
pub mod coding;
pub mod container;
pub mod continuity;
pub mod digest;
pub mod faces;
pub mod joints;
pub mod neighbours;
mod network;
pub mod picture;
pub mod sight;
pub mod sound;
pub mod speech;
pub mod text;
pub mod timeline;
pub mod voice;
mod waveform;

mod clock_look;
mod closer_look;
mod first_pass;
mod listening;
mod overlay;
mod reduced;
mod sampled;
mod sight_look;
mod statistics;
mod stops;

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::evidence::{
    Absence, AbsenceReason, AudioFacts, Channel, ClipFacts, ContainerFacts, Evidence, ModelUse, Observation,
    Sign, Timeline, VideoFacts,
};
use crate::lang::Prose;
use crate::media::{MediaError, Pipelines, StreamInfo, StreamKind};
use crate::models::{Model, ModelStore, Role};
use crate::time::Span;

use faces::FaceFinder;
use first_pass::FirstPass;
use speech::{Ears, Hearing, ModelEars, Recogniser};
use text::TextReader;

/// What is asked of the observers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    pub channels: BTreeSet<Channel>,
    pub speech: SpeechScope,
    /// Compute SHA-256 and SM3 of the file.
    pub digests: bool,
    /// Decode every picture, for the one disputed clip.
    pub thorough: bool,
}

/// What is listened to for words.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum SpeechScope {
    Off,
    /// The first `opening_s` seconds, and `after_break_s` seconds after each break.
    Around {
        opening_s: f64,
        after_break_s: f64,
    },
    Full,
}

/// What observing needs besides the clip. Models are loaded when they are first needed.
pub struct Tools {
    pub pipelines: Pipelines,
    /// What is known of the burnt-in clock beforehand.
    pub clock: clock::Known,
    models: Result<ModelStore, Prose>,
    ears: Arc<dyn Ears>,
    reader: Option<Result<TextReader, Prose>>,
    faces: Option<Option<Arc<FaceFinder>>>,
    listener: Option<Result<Listening, Prose>>,
}

/// A speech recogniser in use.
struct Listening {
    listener: speech::Listener<Box<dyn Recogniser>>,
    model: ModelUse,
    demonstration: bool,
}

impl Tools {
    pub fn new(
        pipelines: Pipelines,
        models: Result<ModelStore, Prose>,
        chosen_speech: Option<Model>,
    ) -> Self {
        let ears = Arc::new(ModelEars::new(models.clone(), chosen_speech));
        Self::listening_with(ears, pipelines, models)
    }

    pub fn listening_with(
        ears: Arc<dyn Ears>,
        pipelines: Pipelines,
        models: Result<ModelStore, Prose>,
    ) -> Self {
        Self {
            pipelines,
            clock: clock::Known::default(),
            models,
            ears,
            reader: None,
            faces: None,
            listener: None,
        }
    }

    fn reader(&mut self) -> Result<&TextReader, Absence> {
        let models = &self.models;
        let loaded = self.reader.get_or_insert_with(|| {
            let store = models.as_ref().map_err(Clone::clone)?;
            TextReader::load(store).map_err(|error| Prose::new(error.to_string(), error.to_string()))
        });
        loaded.as_ref().map_err(|detail| no_model(detail.clone()))
    }

    /// Finds faces; `None` where its model is missing, for nothing that must be judged hangs on it.
    fn faces(&mut self) -> Option<Arc<FaceFinder>> {
        let models = &self.models;
        let load = || FaceFinder::load(models.as_ref().ok()?).ok().map(Arc::new);
        self.faces.get_or_insert_with(load).clone()
    }

    fn listening(&mut self) -> Result<&mut Listening, Absence> {
        let ears = &self.ears;
        let loaded = self.listener.get_or_insert_with(|| {
            let Hearing { recogniser, model, demonstration } = ears.hearing()?;
            Ok(Listening { listener: speech::Listener::new(recogniser), model, demonstration })
        });
        loaded.as_mut().map_err(|detail| no_model(detail.clone()))
    }
}

/// What evidence rests on besides the clip and what is asked: SHA-256 of every model that may take part, in
/// the order of their roles, and what was told of the clock.
pub fn basis(
    models: Option<&ModelStore>,
    chosen_speech: Option<&Model>,
    clock: &clock::Known,
) -> Vec<String> {
    let installed = |role| models?.installed(role).ok().map(|model| model.sha256);
    let speech = chosen_speech.map(|model| model.sha256.clone());
    let seeing = [Role::TextDetection, Role::TextRecognition, Role::FaceDetection].into_iter().map(installed);
    let digests = std::iter::once(speech.or_else(|| installed(Role::Speech))).chain(seeing);
    let digests = digests.map(|digest| digest.unwrap_or_else(|| "none".to_owned()));
    digests.chain([format!("{clock:?}")]).collect()
}

/// What evidence says of a model that took part.
fn model_use(model: &Model) -> ModelUse {
    ModelUse {
        role: model.role.id().to_owned(),
        name: model.name.clone(),
        sha256: model.sha256.clone(),
        preset: model.preset.map(|preset| preset.id().to_owned()),
    }
}

fn no_model(detail: Prose) -> Absence {
    Absence { reason: AbsenceReason::NoModel, detail: Some(detail) }
}

/// Observes one clip. Whatever goes wrong with the clip is written in the evidence.
pub fn observe(path: &Path, request: &Request, tools: &mut Tools) -> Evidence {
    let looked: Result<Evidence, Infallible> =
        beside_digests(path, request.digests, || Ok(look(path, request, tools)));
    match looked {
        Ok(evidence) => evidence,
        Err(never) => match never {},
    }
}

/// Takes the digests while `look` goes on, and notes whether the file held still meanwhile. No byte of the clip is
/// taken for anything but a byte here.
pub fn beside_digests<E>(
    path: &Path,
    wanted: bool,
    look: impl FnOnce() -> Result<Evidence, E>,
) -> Result<Evidence, E> {
    std::thread::scope(|scope| {
        let digests = wanted.then(|| scope.spawn(|| digest::of(path)));
        let before = digest::FileState::of(path).ok();
        let mut evidence = look()?;
        match digests.map(|thread| thread.join()) {
            Some(Ok(Ok(digests))) => {
                evidence.clip.sha256 = Some(digests.sha256);
                evidence.clip.sm3 = Some(digests.sm3);
                evidence.clip.bytes_read = evidence.clip.bytes_read.map(|bytes| bytes + digests.bytes);
            }
            Some(Ok(Err(error))) => {
                evidence.clip.bytes_read = None;
                evidence.limits.push(error.prose());
            }
            Some(Err(_)) => {
                evidence.clip.bytes_read = None;
                evidence.limits.push(Prose::new("未能计算校验值", "the digests could not be computed"))
            }
            None => evidence.limits.push(Prose::new("按要求未计算校验值", "digests were not asked for")),
        }
        if let Some(change) = before.and_then(|before| before.change_since(path)) {
            evidence.damage.push(digest::DigestError::Changed(change).prose());
        }
        Ok(evidence)
    })
}

/// What can be seen and heard in a clip, without its digests.
pub fn look(path: &Path, request: &Request, tools: &mut Tools) -> Evidence {
    tools.pipelines = tools.pipelines.metered();
    let mut evidence = looked_into(path, request, tools);
    evidence.clip.bytes_read = tools.pipelines.meter().bytes();
    evidence
}

fn looked_into(path: &Path, request: &Request, tools: &mut Tools) -> Evidence {
    let container = container::read_metered(path, tools.pipelines.meter());
    let mut evidence = blank(path);
    if let Ok(facts) = &container {
        evidence.clip.container = (!facts.format.is_empty()).then(|| facts.format.clone());
        // Without its index the demuxer can only search to the end, or wait for ever; a damaged one it reports or
        // reads in part, as it happens.
        let why = match is_iso(&facts.format) {
            true if facts.index_missing => Some(index_missing()),
            true if facts.index_damaged => Some(index_damaged(facts)),
            _ => None,
        };
        if let Some(why) = why {
            evidence.container = Observation::Observed(facts.clone());
            return unreadable(evidence, why);
        }
    }
    let promised_s = container.as_ref().ok().and_then(|facts| facts.duration_s);
    let first = match FirstPass::run(path, request, promised_s, tools) {
        Ok(first) => first,
        Err(error) => {
            if let Ok(facts) = container {
                evidence.container = Observation::Observed(facts);
            }
            return unreadable(evidence, error.prose());
        }
    };
    assemble(path, request, tools, evidence, container.unwrap_or_default(), first)
}

/// Puts the passes' facts together, taking the further passes that they call for.
fn assemble(
    path: &Path,
    request: &Request,
    tools: &mut Tools,
    mut evidence: Evidence,
    mut container: ContainerFacts,
    mut first: FirstPass,
) -> Evidence {
    let closer = closer_look::look(path, request, &tools.pipelines, &mut first);
    let look_again = sight_look::Again { origin: first.origin, order: first.timeline.coding_order() };
    let cut_short = cut_short(&container, first.failure.as_ref());
    let key_frames_s = first.timeline.key_frames_s(first.origin);
    let mut timeline = first.timeline.timeline;
    timeline.parameter_sets = first.coding.parameter_sets;
    timeline.parameter_set_changes_s = first.coding.parameter_set_changes_s;
    timeline.resolution_changes = first.coding.resolution_changes;
    timeline.coding = first.coding.coding;
    container.encoder_strings.extend(first.coding.encoder_strings);
    container.encoder_strings.sort();
    container.encoder_strings.dedup();

    evidence.clip.duration_s = first.timeline.duration_s;
    evidence.clip.video =
        first.video.as_ref().map(|info| video_facts(info, first.timeline.frame_rate, first.rotation_deg));
    evidence.clip.audio = first.audio.as_ref().map(audio_facts);
    evidence.discontinuities = continuity::fuse(&continuity::Signs {
        duration_s: first.timeline.duration_s,
        timeline: &timeline,
        early_key_frames: &first.timeline.early_key_frames,
        key_frames_s: &key_frames_s,
        clues: &first.clues,
        samples: first.picture.seen().map_or(&[], |picture| &picture.samples),
        motion: &closer.motion,
        sampled_blacks: &closer.sampled_blacks,
        sound: first.sound.seen(),
        clock: first.clock.seen(),
        cut_short,
    });
    if let Some(outline) = &first.outline {
        for found in &mut evidence.discontinuities {
            found.waveform = outline.around(Span::new(found.at_s, found.end_s));
        }
    }
    evidence.picture = first.picture;
    if let Observation::Observed(picture) = &mut evidence.picture {
        picture.freezes = closer.motion.freezes.iter().map(|stop| stop.span).collect();
        picture.blacks = closer.motion.blacks;
    }
    evidence.limits.extend(first.limits);
    evidence.limits.extend(closer.limits);
    evidence.models.extend(first.models);
    evidence.damage.extend(first.failure.map(|error| error.prose()));
    evidence.damage.extend(first.damage);
    evidence.damage.extend(container.missing_bytes.map(missing_bytes));
    let unread = unread_tracks(&container, first.video.as_ref(), first.audio.as_ref(), &timeline);
    evidence.container = Observation::Observed(container);
    evidence.timeline = Observation::Observed(timeline);
    evidence.sound = first.sound;
    evidence.clock = first.clock;
    for (kind, why) in unread {
        without_track(&mut evidence, kind, why);
    }
    if let Observation::Observed(clock) = &mut evidence.clock {
        continuity::sharpen(&mut clock.jumps, &evidence.discontinuities);
    }
    listening::listen(path, request, tools, first.origin, &mut evidence);
    evidence.sight = sight_look::finish(path, &tools.pipelines, first.sight, &look_again, &evidence);
    evidence
}

/// Of a clip of which nothing could be observed yet.
fn blank(path: &Path) -> Evidence {
    let clip = ClipFacts {
        name: path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
        bytes: std::fs::metadata(path).map_or(0, |metadata| metadata.len()),
        ..ClipFacts::default()
    };
    Evidence::blank(clip, AbsenceReason::Unreadable)
}

/// The evidence of a clip that cannot be read.
pub fn unread(path: &Path, why: Prose) -> Evidence {
    unreadable(blank(path), why)
}

fn unreadable(mut evidence: Evidence, why: Prose) -> Evidence {
    evidence.unreadable = Some(why);
    evidence
}

/// Tracks that the structure names and nothing could be read of: headers that lie hide them. Without
/// this a clip would seem to have been recorded without sound.
fn unread_tracks(
    container: &ContainerFacts,
    video: Option<&StreamInfo>,
    audio: Option<&StreamInfo>,
    timeline: &Timeline,
) -> Vec<(StreamKind, Prose)> {
    let mut unread = Vec::new();
    if (container.picture_tracks > 0 || video.is_some()) && timeline.video.is_none() {
        let why = Prose::new("视频轨无法读出", "nothing can be read of the picture track");
        unread.push((StreamKind::Video, why));
    }
    if (container.sound_tracks > 0 || audio.is_some()) && timeline.audio.is_none() {
        let why = Prose::new("音频轨无法读出", "nothing can be read of the sound track");
        unread.push((StreamKind::Audio, why));
    }
    unread
}

/// Puts down a track's damage, and lets nothing that rests on it pass for observed or for not recorded.
fn without_track(evidence: &mut Evidence, kind: StreamKind, why: Prose) {
    let absent = Absence { reason: AbsenceReason::NotDecodable, detail: Some(why.clone()) };
    match kind {
        StreamKind::Video => {
            evidence.picture = Observation::Absent(absent.clone());
            evidence.clock = Observation::Absent(absent.clone());
            evidence.sight = Observation::Absent(absent);
        }
        _ => evidence.sound = Observation::Absent(absent),
    }
    evidence.damage.push(why);
}

fn is_iso(format: &str) -> bool {
    matches!(format, "mp4" | "mov")
}

fn index_missing() -> Prose {
    Prose::new(
        "文件缺少索引（moov），多因断电未正常结束录制，无法播放；请用设备厂商工具修复后另行核验，并保留原件",
        "the index (moov) is missing, as after a loss of power, so the file cannot be played; have a copy repaired \
         with the camera maker's tool and keep the original",
    )
}

fn index_damaged(facts: &ContainerFacts) -> Prose {
    let problems = facts.problems.join("; ");
    Prose::new(
        format!(
            "文件索引（moov）已损坏，无法播放（{problems}）；请用设备厂商工具修复副本后另行核验，并保留原件"
        ),
        format!(
            "the index (moov) is damaged, so the file cannot be played ({problems}); have a copy repaired with the \
             camera maker's tool and keep the original"
        ),
    )
}

fn missing_bytes(bytes: u64) -> Prose {
    Prose::new(
        format!("文件不完整，缺少 {bytes} 字节"),
        format!("the file is cut short: {bytes} bytes are missing"),
    )
}

fn cut_short(container: &ContainerFacts, failure: Option<&MediaError>) -> Option<Sign> {
    let sign = |name: &str, value: f64| Some(Sign { name: name.to_owned(), value });
    match (container.missing_bytes, failure) {
        (Some(bytes), _) => sign("missing-bytes", bytes as f64),
        (None, Some(_)) => sign("reading-broke-off", 1.0),
        (None, None) => None,
    }
}

fn video_facts(info: &StreamInfo, frame_rate: f64, rotation_deg: u16) -> VideoFacts {
    VideoFacts {
        codec: info.codec.clone(),
        width: info.width,
        height: info.height,
        frame_rate: if frame_rate > 0.0 { frame_rate } else { info.nominal_frame_rate },
        pixel_aspect: info.pixel_aspect,
        rotation_deg,
    }
}

fn audio_facts(info: &StreamInfo) -> AudioFacts {
    AudioFacts { codec: info.codec.clone(), sample_rate_hz: info.sample_rate_hz, channels: info.channels }
}

/// Seconds of a span as presentation times on the media's own line.
fn on_media_line(span: Span, origin: crate::time::Pts) -> (crate::time::Pts, crate::time::Pts) {
    use crate::time::Pts;
    let at = |seconds: f64| {
        let offset_ns = Pts::from_seconds(seconds).nanoseconds();
        origin.checked_add(offset_ns).unwrap_or(origin)
    };
    (at(span.start_s), at(span.end_s))
}
