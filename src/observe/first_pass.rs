//! The first pass: every packet, sparse key frames and all of the sound, each read once.

use std::path::Path;
use std::time::Duration;

use super::clues::Clue;
use super::coding::{CodingFacts, CodingObserver};
use super::picture::{Motion, MotionObserver};
use super::sampled::Sampler;
use super::sound;
use super::timeline;
use super::waveform::Outline;
use super::{Request, Tools};
use super::{clock, clock_look, sight};
use crate::evidence::{
    Absence, AbsenceReason, Channel, ClockFacts, ModelUse, Observation, PictureFacts, SoundFacts,
};
use crate::lang::Prose;
use crate::media::{
    Event, FromKeyFrame, MediaError, Packet, Pass, Picture, PictureChoice, Pipelines, Sampling, SoundChoice,
    StreamInfo, StreamKind, Wants,
};
use crate::time::{Pts, Span};

/// Key frames closer together than this add cost, not knowledge: clocks show whole seconds.
pub(super) const KEY_FRAME_INTERVAL_NS: i64 = 900_000_000;

/// Key frames that are decoded of a clip whatever its length, evenly spread, for a key frame of busy 1080p takes some 20
/// to 30 ms; longer clips are sampled this far apart.
const KEY_FRAMES_FOR_PICTURES: f64 = 60.0;
const LONGEST_INTERVAL_NS: i64 = 10_000_000_000;
/// Between them one whose coded size is so many times the last one's, or the last one's so many times its own: in the
/// samples nine in ten key frames that follow each other stay below 1.2, in grain that fills the picture below 1.65.
const OTHER_SIZE_RATIO: f64 = 1.4;

/// Key frames that the clock has the choice of, where only the clock looks at pictures. It reads some ten of
/// them; the others show where to look when two of those disagree.
const KEY_FRAMES_FOR_CLOCK: f64 = 24.0;

/// At either end every picture of as long is seen as holds two changes of the burnt-in clock's second, so that their
/// moment is known to one picture.
const WHOLE_S: f64 = clock::TURNS_S;

/// The end is decoded from a key frame on; cameras put at most this between two.
const USUAL_GOP_S: f64 = 2.1;

/// Cameras write a key frame every one or two seconds (three in some). With more between them a
/// removed stretch could lie unseen.
const MAX_KEY_FRAME_DISTANCE_S: f64 = 4.0;

/// A decoder or demuxer that gives nothing for this long will give nothing more.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Complaints of decoders past this many say nothing new.
const MAX_WARNINGS: usize = 8;

/// What the first pass found.
pub(super) struct FirstPass {
    pub origin: Pts,
    pub video: Option<StreamInfo>,
    pub audio: Option<StreamInfo>,
    pub rotation_deg: u16,
    pub timeline: timeline::Observed,
    pub coding: CodingFacts,
    pub picture: Observation<PictureFacts>,
    pub sound: Observation<SoundFacts>,
    pub outline: Option<Outline>,
    pub clock: Observation<ClockFacts>,
    /// Of a clip with pictures, where they were searched for things and signs.
    pub sight: Result<sight::Observer, Absence>,
    /// Where the recording may have been joined.
    pub clues: Vec<Clue>,
    /// How much of each sampled picture is in the next one, and the time between them.
    pub likenesses: Vec<(Span, f64)>,
    /// Of all pictures, where they had to be decoded for want of key frames.
    pub motion: Option<Motion>,
    pub models: Vec<ModelUse>,
    pub limits: Vec<Prose>,
    pub damage: Vec<Prose>,
    /// Set when the pass broke off before the clip's end.
    pub failure: Option<MediaError>,
}

impl FirstPass {
    /// Fails when not one packet could be read, or none of them decoded for want of a decoder.
    ///
    /// `duration_s` is what the container's headers promise, if they do.
    pub fn run(
        path: &Path,
        request: &Request,
        duration_s: Option<f64>,
        tools: &mut Tools,
    ) -> Result<Self, MediaError> {
        let (pipelines, known) = (tools.pipelines.clone(), tools.clock);
        let mut absences = Vec::new();
        let reads = [Channel::Clock, Channel::Sight].iter().any(|channel| request.channels.contains(channel));
        let faces = request.channels.contains(&Channel::Sight).then(|| tools.faces()).flatten();
        let reader = match reads {
            true => tools.reader().map_err(|absence| absences.push(absence)).ok(),
            false => None,
        };
        let mut models = reader.map(|reader| reader.models().to_vec()).unwrap_or_default();
        models.extend(faces.as_ref().filter(|_| reader.is_some()).map(|faces| faces.model()));
        let asked = |channel| reader.filter(|_| request.channels.contains(&channel));
        let clock = || Some(clock::Observer::new(asked(Channel::Clock)?, request.thorough).knowing(known));
        let sight = || Some(sight::Observer::new(asked(Channel::Sight)?.sibling(), faces.clone()));
        let read = |pictures| Self::read(path, request, duration_s, pictures, &pipelines, clock(), sight());
        let (mut observers, mut failure) = read(sparse_pictures(request, duration_s))?;
        if observers.sees_too_little() {
            // Editors and some phones put minutes between key frames: between them all must be decoded.
            let every = if pictures_wanted(request) { PictureChoice::All } else { PictureChoice::None };
            (observers, failure) = read(every)?;
        }
        let Some(origin) = observers.timeline.origin() else {
            let detail = "it holds neither pictures nor sound".to_owned();
            return Err(MediaError::NotMedia { path: path.to_owned(), detail });
        };
        if let Some(reason) = observers.nothing_decodable() {
            return Err(MediaError::Undecodable { path: path.to_owned(), reason: reason.clone() });
        }
        let mut first = observers.finish(path, &pipelines, origin, models, absences.pop(), failure);
        if reader.is_some() && faces.is_none() && request.channels.contains(&Channel::Sight) {
            first.limits.push(Prose::new(
                "未安装人脸模型：镜头是否颠倒或侧置只凭文字判断",
                "no model that finds faces is installed: whether the camera was upside down or on its side is told by writing alone",
            ));
        }
        Ok(first)
    }

    /// Reads the clip once. An error after the first packet ends the reading and is handed on with
    /// what came before it.
    fn read<'r>(
        path: &Path,
        request: &'r Request,
        promised_s: Option<f64>,
        pictures: PictureChoice,
        pipelines: &Pipelines,
        clock: Option<clock::Observer<'r>>,
        sight: Option<sight::Observer>,
    ) -> Result<(Observers<'r>, Option<MediaError>), MediaError> {
        let sound =
            [Channel::Sound, Channel::Speech].iter().any(|channel| request.channels.contains(channel));
        let sound = if sound { SoundChoice::All } else { SoundChoice::None };
        let mut observers = Observers::new(request, clock, sight);
        observers.every = pictures == PictureChoice::All;
        observers.of_clock = promised_s.map_or(Vec::new(), |promised_s| turns(promised_s).to_vec());
        let watched = observers.every && request.channels.contains(&Channel::Picture);
        observers.motion = watched.then(MotionObserver::default);
        let mut pass =
            Pass::open(path, Wants { packets: true, pictures, sound, patience: PATIENCE }, pipelines)?;
        loop {
            match pass.next() {
                Ok(Some(event)) => observers.event(event),
                Ok(None) => return Ok((observers, None)),
                Err(error) if observers.timeline.origin().is_none() => return Err(error),
                Err(error) => return Ok((observers, Some(error))),
            }
        }
    }
}

fn sparse_pictures(request: &Request, duration_s: Option<f64>) -> PictureChoice {
    match (pictures_wanted(request), request.thorough) {
        (false, _) => PictureChoice::None,
        (true, false) => PictureChoice::KeyFrames {
            sampling: sampling(request, duration_s),
            whole: if request.channels.contains(&Channel::Clock) { whole(duration_s) } else { Vec::new() },
        },
        (true, true) => PictureChoice::All,
    }
}

/// How sparsely key frames are looked at.
fn sampling(request: &Request, duration_s: Option<f64>) -> Sampling {
    let asked = |channel| request.channels.contains(&channel);
    let (number, longest_ns) = match asked(Channel::Picture) || asked(Channel::Sight) {
        true => (KEY_FRAMES_FOR_PICTURES, LONGEST_INTERVAL_NS),
        false => (KEY_FRAMES_FOR_CLOCK, i64::MAX),
    };
    let spread_ns = duration_s.map_or(0, |duration_s| (duration_s / number * 1e9) as i64);
    let in_ns = |seconds: f64| (seconds * 1e9) as i64;
    Sampling {
        min_interval_ns: KEY_FRAME_INTERVAL_NS,
        usual_interval_ns: spread_ns.min(longest_ns).max(KEY_FRAME_INTERVAL_NS),
        opening: asked(Channel::Sight).then(|| (in_ns(sight::OPENING_S), KEY_FRAME_INTERVAL_NS)),
        size_ratio: if asked(Channel::Picture) { OTHER_SIZE_RATIO } else { f64::INFINITY },
    }
}

/// The stretches of which every picture is seen: the clip's start and, where its length is promised, its end.
fn whole(duration_s: Option<f64>) -> Vec<FromKeyFrame> {
    // An edit list may put the first key frame before the first picture.
    let start = FromKeyFrame { from: Pts::from_nanoseconds(i64::MIN), lasting_ns: (WHOLE_S * 1e9) as i64 };
    let from_s = duration_s.map(|duration_s| duration_s - WHOLE_S - USUAL_GOP_S);
    let end = from_s.map(|from_s| FromKeyFrame { from: Pts::from_seconds(from_s), lasting_ns: i64::MAX });
    [start].into_iter().chain(end).collect()
}

/// Where the clock's seconds are seen to turn if every picture is decoded anyway: at either end and in the middle, where all
/// digits pass.
fn turns(duration_s: f64) -> [Span; 3] {
    let middle_s = duration_s / 2.0;
    [
        Span::new(0.0, WHOLE_S),
        Span::new(middle_s, middle_s).widened(clock::EVERY_DIGIT_S / 2.0),
        Span::new(duration_s - WHOLE_S, f64::INFINITY),
    ]
}

fn pictures_wanted(request: &Request) -> bool {
    let seeing = [Channel::Picture, Channel::Clock, Channel::Sight];
    seeing.iter().any(|channel| request.channels.contains(channel))
}

struct Observers<'r> {
    request: &'r Request,
    video: Option<StreamInfo>,
    audio: Option<StreamInfo>,
    rotation_deg: u16,
    timeline: timeline::Observer,
    coding: Option<CodingObserver>,
    /// Announced midway; it holds from the next packet on.
    new_codec_header: Option<Vec<u8>>,
    /// Fixed when the first picture comes.
    origin: Option<Pts>,
    sampler: Sampler,
    /// All pictures come, not only those that were chosen.
    every: bool,
    /// Watches where they do.
    motion: Option<MotionObserver>,
    /// Where they do, the clock sees each one of these stretches.
    of_clock: Vec<Span>,
    sound: sound::Observer,
    clock: Option<clock::Observer<'r>>,
    clock_failure: Option<Prose>,
    sight: Option<sight::Observer>,
    sight_failure: Option<Prose>,
    undecodable: Vec<(StreamKind, Prose)>,
    warnings: Vec<Prose>,
}

impl<'r> Observers<'r> {
    fn new(request: &'r Request, clock: Option<clock::Observer<'r>>, sight: Option<sight::Observer>) -> Self {
        Self {
            request,
            video: None,
            audio: None,
            rotation_deg: 0,
            timeline: timeline::Observer::default(),
            coding: None,
            new_codec_header: None,
            origin: None,
            sampler: Sampler::default(),
            every: false,
            motion: None,
            of_clock: Vec::new(),
            sound: sound::Observer::default(),
            clock,
            clock_failure: None,
            sight,
            sight_failure: None,
            undecodable: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Stream(info) => self.stream(info),
            Event::Packet(packet) => self.packet(&packet),
            Event::Picture(picture) => self.picture(&picture),
            Event::Sound(sound) => self.sound.sound(&sound),
            Event::Rotation(degrees) => self.rotation_deg = degrees,
            Event::Undecodable { kind, reason } => {
                // Noticed by the parser, and again where the stream is to be decoded.
                let known = (kind, reason);
                if self.undecodable.len() < MAX_WARNINGS && !self.undecodable.contains(&known) {
                    self.undecodable.push(known);
                }
            }
            Event::Warning(warning)
                if self.warnings.len() < MAX_WARNINGS && !self.warnings.contains(&warning) =>
            {
                self.warnings.push(warning);
            }
            Event::Warning(_) => {}
        }
    }

    fn stream(&mut self, info: StreamInfo) {
        let known = match info.kind {
            StreamKind::Video => &mut self.video,
            StreamKind::Audio => &mut self.audio,
            StreamKind::Other => return,
        };
        match known {
            Some(known) if known.index != info.index => return,
            // The size that a clip starts with is its size; changes are in the timeline.
            Some(known) if known.width > 0 || known.sample_rate_hz > 0 => {
                if info.kind == StreamKind::Video {
                    self.new_codec_header = Some(info.codec_header);
                }
                return;
            }
            _ => *known = Some(info.clone()),
        }
        match info.kind {
            StreamKind::Video => self.coding = Some(CodingObserver::new(&info.codec, &info.codec_header)),
            _ => self.timeline.audio_codec(&info.codec),
        }
    }

    fn packet(&mut self, packet: &Packet) {
        self.timeline.packet(packet);
        let of_picture = self.video.as_ref().is_some_and(|video| video.index == packet.stream);
        if let (true, Some(coding), Some(pts)) = (of_picture, &mut self.coding, packet.pts) {
            let at_s = pts.seconds(Pts::ZERO);
            if let Some(header) = self.new_codec_header.take() {
                coding.codec_header(Some(at_s), &header);
            }
            packet.with_data(|data| coding.packet(pts, packet.key, data));
        }
    }

    fn picture(&mut self, picture: &Picture) {
        let origin = match self.origin {
            Some(origin) => origin,
            None => *self.origin.insert(self.timeline.origin().unwrap_or(picture.pts)),
        };
        let at_s = picture.pts.seconds(origin);
        let due = self.sampler.picture(at_s, picture);
        if let (true, Some(sight)) = (due, &mut self.sight)
            && let Err(error) = sight.picture(at_s, picture, self.sampler.last.as_ref())
        {
            self.sight_failure = Some(Prose::new(error.to_string(), error.to_string()));
            self.sight = None;
        }
        if let Some(motion) = &mut self.motion
            && motion.picture(at_s, picture, false).is_err()
        {
            self.sampler.unmeasured += 1;
        }
        if self.every && !due && !self.of_clock.iter().any(|span| span.contains(at_s)) {
            return;
        }
        if let Some(clock) = &mut self.clock
            && let Err(error) = clock.picture(at_s, picture)
        {
            self.clock_failure = Some(Prose::new(error.to_string(), error.to_string()));
            self.clock = None;
        }
    }

    /// Whether key frames stand too far apart to see by.
    fn sees_too_little(&self) -> bool {
        pictures_wanted(self.request)
            && !self.request.thorough
            && self.timeline.longest_key_frame_distance_s() > MAX_KEY_FRAME_DISTANCE_S
    }

    /// Why neither pictures nor sound can be had; `None` when either came.
    fn nothing_decodable(&self) -> Option<&Prose> {
        let came = self.origin.is_some() || self.sound.began();
        let mut reasons = self.undecodable.iter().filter(|(kind, _)| *kind != StreamKind::Other);
        reasons.next().filter(|_| !came).map(|(_, reason)| reason)
    }

    fn finish(
        mut self,
        path: &Path,
        pipelines: &Pipelines,
        origin: Pts,
        models: Vec<ModelUse>,
        no_reader: Option<Absence>,
        failure: Option<MediaError>,
    ) -> FirstPass {
        let origin = self.origin.unwrap_or(origin);
        let timeline = std::mem::take(&mut self.timeline).finish(origin);
        let clock = std::mem::take(&mut self.clock);
        let duration_s = timeline.duration_s;
        let mut damage = std::mem::take(&mut self.warnings);
        if timeline.broken_packets > 0 {
            let count = timeline.broken_packets;
            damage.push(Prose::new(format!("{count} 个数据包损坏"), format!("{count} packets are damaged")));
        }
        let limits = self.undecodable.iter().map(|(_, reason)| reason.clone()).collect();
        let coding = self.coding.take().map(|coding| coding.finish(origin)).unwrap_or_default();
        let (sound, mut clues, outline) = match std::mem::take(&mut self.sound).finish(origin) {
            Some(heard) => (Some(heard.facts), heard.clues, Some(heard.outline)),
            None => (None, Vec::new(), None),
        };
        clues.extend(timeline.clues.iter().cloned());
        clues.extend(coding.clues.iter().cloned());
        let sight =
            match (self.absence(StreamKind::Video, Channel::Sight, self.origin.is_none()), self.sight.take())
            {
                (Some(absence), _) => Err(absence),
                (None, Some(sight)) => Ok(sight),
                (None, None) => Err(no_reader.clone().unwrap_or_else(|| {
                    self.sight_failure.take().map_or(AbsenceReason::NotAsked.into(), not_decodable)
                })),
            };
        FirstPass {
            clues,
            sight,
            likenesses: std::mem::take(&mut self.sampler.likenesses),
            motion: self.motion.take().map(|mut motion| motion.motion(&timeline.key_frames_s(origin))),
            picture: match self.absence(StreamKind::Video, Channel::Picture, self.sampler.samples.is_empty())
            {
                Some(absence) => Observation::Absent(absence),
                None => Observation::Observed(PictureFacts {
                    sampling_interval_s: self.sampler.interval_s(duration_s),
                    samples: std::mem::take(&mut self.sampler.samples),
                    undecodable: self.sampler.unmeasured,
                    ..PictureFacts::default()
                }),
            },
            clock: match (self.absence(StreamKind::Video, Channel::Clock, self.origin.is_none()), clock) {
                (Some(absence), _) => Observation::Absent(absence),
                (None, Some(clock)) => match clock_look::finish(path, pipelines, clock, &timeline, origin) {
                    Ok(facts) => Observation::Observed(facts),
                    Err(error) => {
                        Observation::Absent(not_decodable(Prose::new(error.to_string(), error.to_string())))
                    }
                },
                (None, None) => Observation::Absent(no_reader.unwrap_or_else(|| {
                    self.clock_failure.clone().map_or(AbsenceReason::NotAsked.into(), not_decodable)
                })),
            },
            sound: match self.absence(StreamKind::Audio, Channel::Sound, false) {
                Some(absence) => Observation::Absent(absence),
                None => match sound {
                    Some(facts) => Observation::Observed(facts),
                    None => Observation::Absent(AbsenceReason::NotDecodable.into()),
                },
            },
            outline,
            origin,
            video: self.video,
            audio: self.audio,
            rotation_deg: self.rotation_deg,
            timeline,
            coding,
            models,
            limits,
            damage,
            failure,
        }
    }

    /// Why a channel that rests on a kind of stream holds nothing.
    fn absence(&self, kind: StreamKind, channel: Channel, nothing_came: bool) -> Option<Absence> {
        let (stream, missing) = match kind {
            StreamKind::Video => (&self.video, AbsenceReason::NoPictureTrack),
            _ => (&self.audio, AbsenceReason::NoSoundTrack),
        };
        if stream.is_none() && !self.undecodable.iter().any(|(undecodable, _)| *undecodable == kind) {
            return Some(missing.into());
        }
        let wanted = self.request.channels.contains(&channel)
            || (channel == Channel::Sound && self.request.channels.contains(&Channel::Speech));
        if !wanted {
            return Some(AbsenceReason::NotAsked.into());
        }
        if let Some((_, reason)) = self.undecodable.iter().find(|(undecodable, _)| *undecodable == kind) {
            return Some(not_decodable(reason.clone()));
        }
        nothing_came.then(|| AbsenceReason::NotDecodable.into())
    }
}

pub(super) fn not_decodable(detail: Prose) -> Absence {
    Absence { reason: AbsenceReason::NotDecodable, detail: Some(detail) }
}
