//! What the burnt-in clock asks to see more of after the first pass: every picture of a few seconds
//! here and there, which tells its rate from a leap, and where it leaps to a picture.

use std::path::Path;

use super::first_pass::PATIENCE;
use super::{clock, on_media_line, timeline};
use crate::evidence::ClockFacts;
use crate::media::{Event, Pass, Picture, PictureChoice, Pipelines, SoundChoice, Wants};
use crate::observe::text::TextError;
use crate::time::{Pts, Span};

/// Each round narrows a doubtful stretch to a quarter: half an hour comes down to seconds in five.
const MAX_ROUNDS: usize = 6;

/// Where the clock is searched anew, a stretch as long holds a picture of any camera.
const ONE_PICTURE_S: f64 = 0.2;

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
        offer(path, pipelines, timeline, origin, stretches, |at_s, picture| clock.picture(at_s, picture))?;
    }
    let lost = clock.lost(timeline.duration_s)?;
    if !lost.is_empty() {
        let stretches = lost.iter().map(|&at_s| Span::new(at_s, at_s + ONE_PICTURE_S)).collect();
        let mut searched: Vec<f64> = Vec::new();
        offer(path, pipelines, timeline, origin, stretches, |at_s, picture| {
            // The first that comes of each stretch is enough.
            if searched.last().is_some_and(|last_s| at_s - last_s <= ONE_PICTURE_S) {
                return Ok(());
            }
            searched.push(at_s);
            clock.search(at_s, picture)
        })?;
    }
    clock.finish(timeline.duration_s)
}

/// Decodes stretches and hands their pictures on. A clip that breaks off while it is read again was reported by the
/// first pass.
fn offer(
    path: &Path,
    pipelines: &Pipelines,
    timeline: &timeline::Observed,
    origin: Pts,
    stretches: Vec<Span>,
    mut take: impl FnMut(f64, &Picture) -> Result<(), TextError>,
) -> Result<(), TextError> {
    let wants = Wants {
        packets: false,
        pictures: PictureChoice::Within {
            stretches: stretches.into_iter().map(|span| on_media_line(span, origin)).collect(),
            order: timeline.coding_order(),
        },
        sound: SoundChoice::None,
        patience: PATIENCE,
    };
    let Ok(mut pass) = Pass::open(path, wants, pipelines) else { return Ok(()) };
    while let Ok(Some(event)) = pass.next() {
        if let Event::Picture(picture) = event {
            take(picture.pts.seconds(origin), &picture)?;
        }
    }
    Ok(())
}
