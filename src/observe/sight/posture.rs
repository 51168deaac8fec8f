//! How the camera was worn, by the people before it: faces upside down or on their side, and none upright.

use std::sync::Arc;

use opencv::core::Mat;

use crate::evidence::FacesSeen;
use crate::observe::faces::{Bearing, FaceError, FaceFinder};

/// A look takes some 30 ms: the first picture is looked at, and then one at this many times the last one's time, a little
/// apart at least. Of ten minutes these are ten.
const TIMES_LATER: f64 = 2.0;
const MIN_INTERVAL_S: f64 = 2.5;

/// Who is upright in so many pictures stays so.
const ENOUGH: u32 = 3;

/// Looks for faces now and then; for none without a finder.
#[derive(Default)]
pub struct Posture {
    finder: Option<Arc<FaceFinder>>,
    due_s: f64,
    seen: FacesSeen,
}

impl Posture {
    pub fn by(finder: Option<Arc<FaceFinder>>) -> Self {
        Self { finder, ..Self::default() }
    }

    /// Whether the next picture is to be looked at.
    pub fn is_due(&self, at_s: f64) -> bool {
        self.finder.is_some() && at_s >= self.due_s && self.seen.upright < ENOUGH
    }

    /// Looks at a picture of 8-bit BGR whose turn has come.
    pub fn picture(&mut self, at_s: f64, picture: &Mat) -> Result<(), FaceError> {
        let Some(finder) = &self.finder else { return Ok(()) };
        self.due_s = (at_s * TIMES_LATER).max(at_s + MIN_INTERVAL_S);
        match finder.bearing(picture)? {
            Some(Bearing::Upright) => self.seen.upright += 1,
            Some(Bearing::OnTheirSide) => self.seen.on_side_at_s.push(at_s),
            Some(Bearing::UpsideDown) => self.seen.upside_down_at_s.push(at_s),
            None => {}
        }
        Ok(())
    }

    pub fn finish(self) -> FacesSeen {
        self.seen
    }
}
