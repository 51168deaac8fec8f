//! What the burnt-in clock asks to see more of after the first pass: every picture of a few seconds
//! here and there, which tells its rate from a leap, and where it leaps to a picture.

use std::path::Path;

use super::first_pass::PATIENCE;
use super::{clock, on_media_line, timeline};
use crate::evidence::ClockFacts;
use crate::media::{Event, Pass, PictureChoice, Pipelines, SoundChoice, Wants};
use crate::observe::text::TextError;
use crate::time::Pts;

/// Each round narrows a doubtful stretch to a quarter: half an hour comes down to seconds in five.
const MAX_ROUNDS: usize = 6;

/// Offers the clock the pictures that it asks for, and says what it did. A clip that breaks off while
/// it is read again was reported by the first pass; what was seen until then counts.
pub(super) fn finish(
    path: &Path,
    pipelines: &Pipelines,
    mut clock: clock::Observer,
    timeline: &timeline::Observed,
    origin: Pts,
) -> Result<ClockFacts, TextError> {
    for _ in 0..MAX_ROUNDS {
        let stretches = clock.wanted(timeline.duration_s)?;
        if stretches.is_empty() {
            break;
        }
        let wants = Wants {
            packets: false,
            pictures: PictureChoice::Within {
                stretches: stretches.iter().map(|&span| on_media_line(span, origin)).collect(),
                key_frames: timeline.key_frames.clone(),
            },
            sound: SoundChoice::None,
            patience: PATIENCE,
        };
        let Ok(mut pass) = Pass::open(path, wants, pipelines) else { break };
        while let Ok(Some(event)) = pass.next() {
            if let Event::Picture(picture) = event {
                clock.picture(picture.pts.seconds(origin), &picture)?;
            }
        }
    }
    clock.finish(timeline.duration_s)
}
