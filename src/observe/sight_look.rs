//! What remains to be seen of things and signs after the first pass and the listening: the stretches in which
//! somebody speaks of a credential, and those around a credential that one picture alone shows.

use std::path::Path;

use super::first_pass::{PATIENCE, not_decodable};
use super::{on_media_line, sight};
use crate::evidence::{Absence, Evidence, Observation, SightFacts};
use crate::lang::Prose;
use crate::media::{CodingOrder, Event, Pass, PictureChoice, Pipelines, SoundChoice, Wants};
use crate::observe::text::TextError;
use crate::time::{Pts, Span};

/// How a clip is looked at again.
pub(super) struct Again {
    pub origin: Pts,
    pub order: CodingOrder,
}

pub(super) fn finish(
    path: &Path,
    pipelines: &Pipelines,
    observer: Result<sight::Observer, Absence>,
    again: &Again,
    evidence: &Evidence,
) -> Observation<SightFacts> {
    let facts = observer.and_then(|observer| {
        looked(path, pipelines, observer, again, evidence)
            .map_err(|error| not_decodable(Prose::new(error.to_string(), error.to_string())))
    });
    match facts {
        Ok(facts) => Observation::Observed(facts),
        Err(absence) => Observation::Absent(absence),
    }
}

fn looked(
    path: &Path,
    pipelines: &Pipelines,
    mut observer: sight::Observer,
    again: &Again,
    evidence: &Evidence,
) -> Result<SightFacts, TextError> {
    let duration_s = evidence.clip.duration_s;
    let wanted = observer.wanted(duration_s, evidence.speech.seen())?;
    let on_line = |stretches: Vec<Span>| -> Vec<(Pts, Pts)> {
        stretches.into_iter().map(|span| on_media_line(span, again.origin)).collect()
    };
    let whole =
        |stretches| PictureChoice::Within { stretches: on_line(stretches), order: again.order.clone() };
    let key_frames = PictureChoice::KeyFramesWithin { stretches: on_line(wanted.key_frames) };
    for pictures in [key_frames, whole(wanted.whole)] {
        look(path, pipelines, &mut observer, pictures, again.origin)?;
    }
    let beside = whole(observer.wanted_again(duration_s)?);
    look(path, pipelines, &mut observer, beside, again.origin)?;
    observer.finish(duration_s, evidence.clock.seen())
}

/// Hands over the pictures of some stretches; none where there are none.
fn look(
    path: &Path,
    pipelines: &Pipelines,
    observer: &mut sight::Observer,
    pictures: PictureChoice,
    origin: Pts,
) -> Result<(), TextError> {
    if let PictureChoice::KeyFramesWithin { stretches } | PictureChoice::Within { stretches, .. } = &pictures
        && stretches.is_empty()
    {
        return Ok(());
    }
    let wants = Wants { packets: false, pictures, sound: SoundChoice::None, patience: PATIENCE };
    // A clip that breaks off while it is read again was reported by the first pass.
    let Ok(mut pass) = Pass::open(path, wants, pipelines) else { return Ok(()) };
    while let Ok(Some(event)) = pass.next() {
        if let Event::Picture(picture) = event {
            observer.closely(picture.pts.seconds(origin), &picture)?;
        }
    }
    Ok(())
}
