//! The third pass: listening for words in the stretches that were asked for.

use std::collections::VecDeque;
use std::path::Path;

use super::first_pass::PATIENCE;
use super::speech::quietest_s;
use super::{Listening, Request, SpeechScope, Tools, on_media_line};
use crate::evidence::{
    Absence, AbsenceReason, Channel, DiscontinuityKind, Evidence, ModelUse, Observation, SoundFacts,
    SpeechFacts, SpeechSegment,
};
use crate::lang::Prose;
use crate::media::{Event, Pass, PictureChoice, Pipelines, Sound, SoundChoice, Wants};
use crate::time::{Pts, Span, joined};

/// Sound is recognised in pieces of about this length, so that memory stays flat however long the
/// clip; a piece ends at the next pause.
const PIECE_S: f64 = 60.0;

/// A pause in speech at which a piece may end.
const PAUSE_S: f64 = 0.3;

/// Talk without a pause is divided at the quietest moment of the last so many seconds of a piece:
/// long enough to hold the end of a word.
const DIVIDED_WITHIN_S: f64 = 2.0;

/// Fills `evidence.speech`, and names the model.
pub(super) fn listen(
    path: &Path,
    request: &Request,
    tools: &mut Tools,
    origin: Pts,
    evidence: &mut Evidence,
) {
    let stretches = stretches(request, evidence);
    evidence.speech = match hear(path, request, tools, origin, evidence, stretches) {
        Ok((facts, model)) => {
            evidence.models.push(model);
            Observation::Observed(facts)
        }
        Err(absence) => Observation::Absent(absence),
    };
}

/// What is listened to, before voice activity is looked at.
fn stretches(request: &Request, evidence: &Evidence) -> Vec<Span> {
    let end_s = evidence.clip.duration_s;
    match request.speech {
        SpeechScope::Off => Vec::new(),
        SpeechScope::Full => vec![Span::new(0.0, end_s)],
        SpeechScope::Around { opening_s, after_break_s } => {
            let mut stretches = vec![Span::new(0.0, opening_s.min(end_s))];
            let breaks = evidence.discontinuities.iter().filter(|found| is_interruption(found.kind));
            stretches
                .extend(breaks.map(|found| Span::new(found.end_s, (found.end_s + after_break_s).min(end_s))));
            joined(stretches, 0.0).into_iter().filter(|span| span.duration_s() > 0.0).collect()
        }
    }
}

/// Breaks after which an officer may be heard to explain.
fn is_interruption(kind: DiscontinuityKind) -> bool {
    use DiscontinuityKind as Kind;
    match kind {
        Kind::Cut
        | Kind::Insert
        | Kind::Gap
        | Kind::Freeze
        | Kind::Black
        | Kind::AudioLoss
        | Kind::ClockJump => true,
        Kind::ResolutionChange | Kind::Truncated => false,
    }
}

fn hear(
    path: &Path,
    request: &Request,
    tools: &mut Tools,
    origin: Pts,
    evidence: &Evidence,
    listened: Vec<Span>,
) -> Result<(SpeechFacts, ModelUse), Absence> {
    if request.speech == SpeechScope::Off || !request.channels.contains(&Channel::Speech) {
        return Err(AbsenceReason::NotAsked.into());
    }
    let sound = match &evidence.sound {
        Observation::Observed(sound) => sound,
        Observation::Absent(absence) => return Err(absence.clone()),
    };
    let pipelines = tools.pipelines.clone();
    let listening = tools.listening()?;
    let model = listening.model.clone();
    let voice: Vec<Span> = sound.voice.iter().flat_map(|&voice| within(voice, &listened)).collect();
    let mut segments = Vec::new();
    let pieces = pieces(&voice);
    if !pieces.is_empty() {
        segments =
            recognise(path, &pipelines, listening, origin, &pieces, &voice, stamps_agree(evidence, sound))?;
    }
    let demonstration_model = listening.demonstration;
    Ok((SpeechFacts { listened, segments, demonstration_model }, model))
}

/// Whether packets can be chosen by their time: in some files only the decoded samples tell it.
fn stamps_agree(evidence: &Evidence, sound: &SoundFacts) -> bool {
    const DISAGREEMENT_S: f64 = 1.0;
    let stamped = evidence.timeline.seen().and_then(|timeline| timeline.audio.as_ref());
    stamped.is_some_and(|track| (track.end_s - sound.end_s).abs() < DISAGREEMENT_S)
}

/// The parts of `span` that lie within `stretches`.
fn within(span: Span, stretches: &[Span]) -> Vec<Span> {
    let overlapping = stretches.iter().filter(|stretch| stretch.overlaps(span));
    overlapping
        .map(|stretch| Span::new(span.start_s.max(stretch.start_s), span.end_s.min(stretch.end_s)))
        .collect()
}

/// Voice-active stretches put together to pieces of bounded length, each ending at a pause where
/// there is one.
fn pieces(voice: &[Span]) -> Vec<Span> {
    let mut pieces: Vec<Span> = Vec::new();
    for &span in voice {
        match pieces.last_mut() {
            Some(piece) if span.end_s - piece.start_s <= PIECE_S => piece.end_s = span.end_s,
            _ => pieces.push(span),
        }
    }
    let pieces = pieces.into_iter().flat_map(|piece| {
        let parts = (piece.duration_s() / PIECE_S).ceil().max(1.0) as usize;
        let part_s = piece.duration_s() / parts as f64;
        (0..parts).map(move |part| {
            let start_s = piece.start_s + part as f64 * part_s;
            Span::new(start_s, start_s + part_s)
        })
    });
    pieces.collect()
}

fn recognise(
    path: &Path,
    pipelines: &Pipelines,
    listening: &mut Listening,
    origin: Pts,
    pieces: &[Span],
    voice: &[Span],
    stamps_agree: bool,
) -> Result<Vec<SpeechSegment>, Absence> {
    let stretches = pieces.iter().map(|piece| on_media_line(piece.widened(PAUSE_S), origin)).collect();
    let wants = Wants {
        packets: false,
        pictures: PictureChoice::None,
        sound: match stamps_agree {
            true => SoundChoice::Within(stretches),
            false => SoundChoice::All,
        },
        patience: PATIENCE,
    };
    let failed = |detail: Prose| Absence { reason: AbsenceReason::NotDecodable, detail: Some(detail) };
    let mut pass = Pass::open(path, wants, pipelines).map_err(|error| failed(error.prose()))?;
    let mut waiting: VecDeque<Span> = pieces.iter().copied().collect();
    let mut heard = Buffer::default();
    let mut segments = Vec::new();
    // A damaged end was already reported by the first pass; what came before it counts.
    while let Ok(Some(event)) = pass.next() {
        let Event::Sound(sound) = event else { continue };
        heard.take(&sound, origin);
        while waiting.front().is_some_and(|due| heard.end_s() >= due.end_s + PAUSE_S) {
            segments.extend(heard.next_piece(&mut waiting).map(|due| heard.listen(listening, due, voice)));
            heard.forget_before(waiting.front().map_or(f64::INFINITY, |next| next.start_s - PAUSE_S));
        }
    }
    while let Some(due) = heard.next_piece(&mut waiting) {
        segments.push(heard.listen(listening, due, voice));
    }
    let segments = segments.into_iter().flatten().collect();
    Ok(segments)
}

/// Samples of the piece at hand.
#[derive(Default)]
struct Buffer {
    start_s: f64,
    samples: Vec<i16>,
}

impl Buffer {
    fn end_s(&self) -> f64 {
        self.start_s + self.samples.len() as f64 / f64::from(Sound::SAMPLE_RATE_HZ)
    }

    /// Appends, with silence where the sound has a hole; a long hole starts the buffer anew.
    fn take(&mut self, sound: &Sound, origin: Pts) {
        let at_s = sound.pts.seconds(origin);
        let hole_s = at_s - self.end_s();
        if self.samples.is_empty() || !(0.0..PIECE_S).contains(&(hole_s + PAUSE_S)) {
            self.start_s = at_s;
            self.samples.clear();
        } else if hole_s > 0.0 {
            let missing = (hole_s * f64::from(Sound::SAMPLE_RATE_HZ)).round() as usize;
            self.samples.resize(self.samples.len() + missing, 0);
        }
        self.samples.extend_from_slice(&sound.samples);
    }

    fn forget_before(&mut self, at_s: f64) {
        let past = ((at_s - self.start_s) * f64::from(Sound::SAMPLE_RATE_HZ)).max(0.0);
        let past = (past as usize).min(self.samples.len());
        self.samples.drain(..past);
        self.start_s += past as f64 / f64::from(Sound::SAMPLE_RATE_HZ);
    }

    /// Takes the next piece from those that wait. Where the following one joins without a pause, the
    /// border between them moves to a quiet moment, so that no word is cut in two.
    fn next_piece(&self, waiting: &mut VecDeque<Span>) -> Option<Span> {
        let mut piece = waiting.pop_front()?;
        if let Some(next) = waiting.front_mut().filter(|next| next.start_s <= piece.end_s) {
            let within = Span::new(piece.start_s.max(piece.end_s - DIVIDED_WITHIN_S), piece.end_s);
            piece.end_s = quietest_s(self.start_s, &self.samples, within);
            next.start_s = piece.end_s;
        }
        Some(piece)
    }

    fn listen(&self, listening: &mut Listening, piece: Span, voice: &[Span]) -> Vec<SpeechSegment> {
        let voice: Vec<Span> = voice.iter().flat_map(|&span| within(span, &[piece])).collect();
        listening.listener.listen(self.start_s, &self.samples, &voice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_end_at_pauses_and_long_talk_is_divided() {
        let voice =
            [Span::new(1.0, 20.0), Span::new(21.0, 55.0), Span::new(57.0, 70.0), Span::new(80.0, 230.0)];
        let pieces = pieces(&voice);
        assert_eq!(pieces[..2], [Span::new(1.0, 55.0), Span::new(57.0, 70.0)]);
        assert_eq!(pieces.len(), 5);
        assert!(pieces.iter().all(|piece| piece.duration_s() <= PIECE_S + 1e-9));
    }

    #[test]
    fn talk_without_a_pause_is_divided_where_it_is_quietest() {
        let samples = (0..60 * 16_000).map(|n| if (932_800..940_800).contains(&n) { 3 } else { 3000 });
        let buffer = Buffer { start_s: 10.0, samples: samples.collect() };
        let mut waiting = VecDeque::from([Span::new(10.0, 69.0), Span::new(69.0, 120.0)]);
        let piece = buffer.next_piece(&mut waiting).unwrap();
        assert!((68.3..=68.8).contains(&piece.end_s), "{piece:?}");
        assert_eq!(waiting, [Span::new(piece.end_s, 120.0)]);
        let mut apart = VecDeque::from([Span::new(10.0, 69.0), Span::new(70.0, 120.0)]);
        assert_eq!(buffer.next_piece(&mut apart), Some(Span::new(10.0, 69.0)));
    }

    #[test]
    fn holes_in_the_sound_keep_later_samples_at_their_time() {
        let sound = |at_s: f64| Sound { pts: Pts::from_seconds(at_s), samples: vec![7; 16_000] };
        let mut buffer = Buffer::default();
        buffer.take(&sound(1.0), Pts::ZERO);
        buffer.take(&sound(2.5), Pts::ZERO);
        assert_eq!((buffer.start_s, buffer.end_s()), (1.0, 3.5));
        buffer.forget_before(2.5);
        assert_eq!(buffer.samples, vec![7; 16_000]);
    }
}
