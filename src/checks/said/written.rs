//! Evidence written down by hand, for the tests of the checks of spoken words.

use std::collections::BTreeMap;

use super::super::params::{Phrase, Value};
use super::super::{Case, Check, Outcome, Params};
use crate::evidence::*;
use crate::time::{Span, joined};

/// How long a character takes to say.
const CHARACTER_S: f64 = 0.2;

/// A clip in the making.
pub struct Clip {
    evidence: Evidence,
}

/// A clip with sound throughout, in which nobody has spoken yet and everything was listened to.
pub fn clip(duration_s: f64) -> Clip {
    let whole = Span::new(0.0, duration_s);
    Clip {
        evidence: Evidence {
            timeline: Observation::Observed(Timeline::default()),
            sound: Observation::Observed(SoundFacts::default()),
            speech: Observation::Observed(SpeechFacts { listened: vec![whole], ..SpeechFacts::default() }),
            ..Evidence::blank(ClipFacts { duration_s, ..ClipFacts::default() }, AbsenceReason::NotAsked)
        },
    }
}

impl Clip {
    /// Clear speech, a character every 0.2 s.
    pub fn says(self, at_s: f64, text: &str) -> Self {
        self.segment(at_s, text, 0.9)
    }

    /// The same, hardly understood.
    pub fn mumbles(self, at_s: f64, text: &str) -> Self {
        self.segment(at_s, text, 0.3)
    }

    fn segment(mut self, at_s: f64, text: &str, probability: f32) -> Self {
        let words: Vec<Word> = text
            .chars()
            .enumerate()
            .map(|(n, ch)| {
                let start_s = at_s + n as f64 * CHARACTER_S;
                Word { start_s, end_s: start_s + CHARACTER_S, text: ch.to_string(), probability }
            })
            .collect();
        let end_s = words.last().map_or(at_s, |word| word.end_s);
        if let Observation::Observed(speech) = &mut self.evidence.speech {
            speech.segments.push(SpeechSegment {
                start_s: at_s,
                end_s,
                text: text.into(),
                confidence: probability,
                words,
            });
            speech.segments.sort_by(|a, b| a.start_s.total_cmp(&b.start_s));
        }
        self.voice_without_words(at_s, end_s)
    }

    pub fn voice_without_words(mut self, start_s: f64, end_s: f64) -> Self {
        if let Observation::Observed(sound) = &mut self.evidence.sound {
            sound.voice.push(Span::new(start_s, end_s));
            sound.voice = joined(std::mem::take(&mut sound.voice), 0.0);
        }
        self
    }

    pub fn sound_lost(mut self, start_s: f64, end_s: f64) -> Self {
        if let Observation::Observed(sound) = &mut self.evidence.sound {
            sound.losses.push(Span::new(start_s, end_s));
        }
        self
    }

    pub fn listened_only(mut self, start_s: f64, end_s: f64) -> Self {
        if let Observation::Observed(speech) = &mut self.evidence.speech {
            speech.listened = vec![Span::new(start_s, end_s)];
        }
        self
    }

    pub fn demonstration(mut self) -> Self {
        if let Observation::Observed(speech) = &mut self.evidence.speech {
            speech.demonstration_model = true;
        }
        self
    }

    pub fn without_sound_track(mut self) -> Self {
        self.evidence.sound = Observation::Absent(AbsenceReason::NoSoundTrack.into());
        self.evidence.speech = Observation::Absent(AbsenceReason::NoSoundTrack.into());
        self
    }

    pub fn without_model(mut self) -> Self {
        self.evidence.speech = Observation::Absent(AbsenceReason::NoModel.into());
        self
    }

    pub fn interrupted(mut self, at_s: f64, end_s: f64, kind: DiscontinuityKind, confidence: f32) -> Self {
        self.evidence.discontinuities.push(Discontinuity {
            at_s,
            end_s,
            kind,
            confidence,
            signs: Vec::new(),
            waveform: None,
        });
        self
    }

    /// These things were seen, of pictures that were looked at throughout.
    pub fn sees(self, things: impl IntoIterator<Item = SeenThing>) -> Self {
        let watched = vec![Span::new(0.0, self.evidence.clip.duration_s)];
        let things = things.into_iter().collect();
        self.sight(Observation::Observed(SightFacts { watched, things, ..SightFacts::default() }))
    }

    pub fn sees_sign(self, at_s: f64, text: &str, confidence: f32) -> Self {
        let sign = SeenSign {
            at_s,
            seen: Span::new(at_s, at_s + 3.0),
            text: text.to_owned(),
            confidence,
            region: Region::default(),
            height_px: 40.0,
        };
        self.sight(Observation::Observed(SightFacts { signs: vec![sign], ..SightFacts::default() }))
    }

    pub fn sight(mut self, sight: Observation<SightFacts>) -> Self {
        self.evidence.sight = sight;
        self
    }

    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }
}

/// One phrase parameter: names with their wordings, all required.
pub fn parts(param: &'static str, parts: &[(&str, &[&str])]) -> BTreeMap<&'static str, Value> {
    let phrases = parts
        .iter()
        .map(|(name, any)| Phrase {
            name: (*name).into(),
            any: any.iter().map(|text| (*text).into()).collect(),
            required: true,
        })
        .collect();
    BTreeMap::from([(param, Value::Phrases(phrases))])
}

pub fn judged_by(check: &'static Check, clip: Clip, set: BTreeMap<&'static str, Value>) -> Outcome {
    let params = Params::resolve(check.params, set).unwrap();
    check.judge(&Case::alone(&clip.evidence), &params)
}
