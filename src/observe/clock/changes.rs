//! Stretches in which the clock is another: it stands elsewhere, or writes the time otherwise. Foreign pictures
//! bring their own overlay along.

use super::account::Account;
use super::find::{Look, Planes, Scope};
use super::glyphs::{Foretold, Glyphs};
use super::seen::{MIN_CONFIDENCE, Seen};
use super::taught::Taught;
use super::{Kept, Observer, face, find, format, place};
use crate::evidence::{ClockChange, ClockDifference};
use crate::media::Picture;
use crate::observe::text::TextError;
use crate::time::Span;

/// One picture may be misread.
const MIN_PICTURES: usize = 2;

/// Stretches without the clock in which it is looked for elsewhere.
const MAX_SEARCHES: usize = 3;

impl Observer<'_> {
    /// Moments at which the clock was not where it usually is, one for each long stretch: pictures of them are
    /// worth searching whole.
    pub fn lost(&mut self, duration_s: f64) -> Result<Vec<f64>, TextError> {
        let Some(account) = self.account()? else { return Ok(Vec::new()) };
        let mut missing = account.facts(&self.kept, &[], duration_s).missing;
        missing.sort_by(|a, b| b.duration_s().total_cmp(&a.duration_s()));
        missing.truncate(MAX_SEARCHES);
        let middle = |span: Span| (span.start_s + span.end_s) / 2.0;
        Ok(missing.into_iter().map(middle).collect())
    }

    /// Searches a picture for a clock that stands elsewhere than the clip's.
    pub fn search(&mut self, at_s: f64, picture: &Picture) -> Result<(), TextError> {
        self.search_planes(at_s, Planes { luma: picture.luma(), chroma: picture.chroma() })
    }

    pub(super) fn search_planes(&mut self, at_s: f64, planes: Planes<'_>) -> Result<(), TextError> {
        self.elsewhere.push(find::look(self.reader, at_s, planes, Scope::Everywhere)?);
        Ok(())
    }

    /// All stretches with another clock, in order of time; none where the usual one was never read. `missing`: those
    /// without it.
    pub(super) fn changes(
        &self,
        account: &Account,
        glyphs: Option<&Glyphs>,
        foretold: &[Foretold],
        missing: &[Span],
    ) -> Vec<ClockChange> {
        if account.readings.is_empty() {
            return Vec::new();
        }
        let mut changes = readings(&self.kept, account);
        changes.extend(faces(&self.kept, account, glyphs, foretold));
        for look in &self.elsewhere {
            let Some(stretch) = missing.iter().find(|missing| missing.contains(look.at_s)) else { continue };
            if let Some(text) = self.clock_elsewhere(look) {
                changes.push(change(*stretch, ClockDifference::Place, text));
            }
        }
        changes.sort_by(|a, b| a.start_s.total_cmp(&b.start_s));
        changes
    }

    /// A date with a time in a picture, elsewhere than the clock's place.
    fn clock_elsewhere(&self, look: &Look) -> Option<String> {
        let usual = self.place.as_ref()?;
        let dated = |line: &&find::Sighting| {
            format::parse(&line.text).iter().any(|shown| shown.layout.date.is_some())
        };
        let there = place::decide(std::slice::from_ref(look), place::Proof::OnceWithDate)?;
        let line = look.lines.iter().find(dated)?;
        (!there.overlaps(usual)).then(|| line.text.clone())
    }
}

fn change(span: Span, what: ClockDifference, text: String) -> ClockChange {
    ClockChange { start_s: span.start_s, end_s: span.end_s, what, text }
}

/// Pictures in a row that were read as a time of another format.
fn readings(kept: &[Kept], account: &Account) -> Vec<ClockChange> {
    let read: Vec<(f64, &Seen, Option<ClockDifference>)> = kept
        .iter()
        .filter_map(|kept| Some((kept.at_s, kept.seen.as_ref().filter(|seen| !seen.text.is_empty())?)))
        .map(|(at_s, seen)| (at_s, seen, difference(seen, account)))
        .collect();
    let alike = read.chunk_by(|a, b| a.2 == b.2).filter(|run| run.len() >= MIN_PICTURES);
    alike
        .filter_map(|run| {
            let (first, last) = (&run[0], &run[run.len() - 1]);
            Some(change(Span::new(first.0, last.0), first.2?, first.1.text.clone()))
        })
        .collect()
}

/// Stretches in which the digits look otherwise.
fn faces(
    kept: &[Kept],
    account: &Account,
    glyphs: Option<&Glyphs>,
    foretold: &[Foretold],
) -> Vec<ClockChange> {
    let (Some(glyphs), Some(layout)) = (glyphs, account.layout) else { return Vec::new() };
    let stretches = Taught::by(glyphs, &layout, foretold)
        .map_or(Vec::new(), |taught| face::stretches(kept, account, &layout, &taught));
    stretches.into_iter().map(|stretch| change(stretch.span, ClockDifference::Face, stretch.text)).collect()
}

fn difference(seen: &Seen, account: &Account) -> Option<ClockDifference> {
    let (date, date_last, ..) = account.kind?;
    let usual = |way: &&format::Shown| (way.layout.date, way.layout.date_last) == (date, date_last);
    let way = seen.ways.first().filter(|_| !seen.ways.iter().any(|way| usual(&way)))?;
    let (_, confidence) = seen.as_kind(way.layout.kind())?;
    // A time alone may be what is left of one whose date could not be read.
    let dated = way.layout.date.is_some();
    (dated && confidence >= MIN_CONFIDENCE).then_some(ClockDifference::Format)
}
