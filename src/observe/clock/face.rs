//! Stretches in which the clock's digits look otherwise: foreign pictures bring letters of their own along, also where the
//! time that they show runs on.
//!
//! Digits of date, hour and minute stand still. At each moment of a clip their mean look in the pictures before is held
//! against that in the pictures behind; where it changes, the clip is parted, and parts that look otherwise than most of it
//! are told.

use super::Kept;
use super::account::Account;
use super::format::Layout;
use super::shapes::MAX_SHIFT;
use super::taught::Taught;
use crate::observe::text::LineImage;
use crate::time::Span;

/// So many pictures on either side of a moment are compared: the scene behind the digits averages out.
const SIDE_PICTURES: usize = 8;

/// The scene behind fewer, or behind those of a shorter time, may be taken for the digits'.
const MIN_SIDE_PICTURES: usize = 3;
const MIN_SIDE_S: f64 = 2.0;

/// Pictures nearer to each other show the same scene.
const INTERVAL_S: f64 = 0.3;

/// Digits that show the same on both sides: fewer may be misread.
const MIN_DIGITS: usize = 4;

/// The median of such digits' correlation: in drawn clips of one face it was 0.78 and more, in those of two below 0.55
/// (docs/accuracy.md).
const MAX_LIKENESS: f32 = 0.6;

/// A stretch with another face.
#[derive(Debug, Clone, PartialEq)]
pub struct Stretch {
    /// From the first picture that shows it to the last.
    pub span: Span,
    /// What was read there.
    pub text: String,
}

/// A picture of which it is known what the clock shows.
struct Shown<'k> {
    at_s: f64,
    lines: &'k [LineImage],
    digits: Vec<char>,
}

/// The stretches in another face than most pictures show, in order of time.
pub fn stretches(kept: &[Kept], account: &Account, layout: &Layout, taught: &Taught) -> Vec<Stretch> {
    let shown = shown(kept, account);
    let likeness = |some: &[Shown<'_>], others: &[Shown<'_>]| likeness(some, others, layout, taught);
    let profile: Vec<f32> = (0..shown.len())
        .map(|at| {
            let (before, behind) = shown.split_at(at);
            let before = &before[at.saturating_sub(SIDE_PICTURES)..];
            likeness(before, &behind[..behind.len().min(SIDE_PICTURES)]).unwrap_or(1.0)
        })
        .collect();
    let parts = parts(&shown, &profile);
    let least = profile.iter().copied().fold(1.0, f32::min);
    let begins_s: Vec<f64> = parts.iter().filter_map(|part| Some(part.first()?.at_s)).collect();
    tracing::debug!(least, ?begins_s, "looks of the clock's digits");
    // The face that most pictures show, the first of equals.
    let is_other = |some: &[Shown<'_>], part: &[Shown<'_>]| {
        likeness(some, part).is_some_and(|likeness| likeness < MAX_LIKENESS)
    };
    let alike = |some: &[Shown<'_>]| -> usize {
        parts.iter().filter(|part| !is_other(some, part)).map(|part| part.len()).sum()
    };
    let Some(usual) = parts.iter().rev().max_by_key(|part| alike(part)) else { return Vec::new() };
    let stretch = |part: &&[Shown]| {
        let span = Span::new(part.first()?.at_s, part.last()?.at_s);
        let seen = kept.iter().filter(|kept| span.contains(kept.at_s)).filter_map(|kept| kept.seen.as_ref());
        let text =
            seen.clone().find(|seen| !seen.ways.is_empty()).or_else(|| seen.clone().next())?.text.clone();
        Some(Stretch { span, text })
    };
    parts.iter().filter(|part| is_other(usual, part)).filter_map(stretch).collect()
}

fn shown<'k>(kept: &'k [Kept], account: &Account) -> Vec<Shown<'k>> {
    let mut shown: Vec<Shown> = Vec::new();
    for kept in kept.iter().filter(|kept| !kept.lines.is_empty()) {
        let due = shown.last().is_none_or(|last| kept.at_s - last.at_s >= INTERVAL_S);
        if let Some(digits) = account.foretold_digits(kept.at_s).filter(|_| due) {
            shown.push(Shown { at_s: kept.at_s, lines: &kept.lines, digits });
        }
    }
    shown
}

/// The pictures, parted where those before are least like those behind.
fn parts<'s, 'k>(shown: &'s [Shown<'k>], profile: &[f32]) -> Vec<&'s [Shown<'k>]> {
    let (mut parts, mut rest, mut begin) = (Vec::new(), shown, 0);
    for (at, like) in profile.iter().enumerate() {
        let around = at.saturating_sub(MIN_SIDE_PICTURES)..profile.len().min(at + MIN_SIDE_PICTURES + 1);
        let least = profile[around].iter().copied().fold(f32::INFINITY, f32::min);
        if *like < MAX_LIKENESS && *like <= least {
            let (part, behind) = rest.split_at(at - begin);
            (rest, begin) = (behind, at);
            parts.push(part);
        }
    }
    parts.push(rest);
    parts
}

/// How like the digits that stand still are in some pictures to what they are in others: the median of those that show the
/// same in enough of both; `None` where there are too few.
fn likeness<'k>(some: &[Shown<'k>], others: &[Shown<'k>], layout: &Layout, taught: &Taught) -> Option<f32> {
    let before_seconds = layout.digits_before_seconds()?;
    let hour_of = |shown: &Shown| -> Option<Vec<char>> {
        let hour = before_seconds.checked_sub(4)?..before_seconds.checked_sub(2)?;
        Some([shown.digits.get(layout.date_digits())?, shown.digits.get(hour)?].concat())
    };
    // With the name of the day, or an hour of one digit, the others may move.
    let hour = hour_of(others.first()?)?;
    let of_digit = |digit: usize| {
        let symbol = others.first()?.digits.get(digit)?;
        let showing = |side: &[Shown<'k>]| -> Option<Vec<&'k [LineImage]>> {
            let shows = |shown: &&Shown| {
                shown.digits.get(digit) == Some(symbol) && hour_of(shown).as_ref() == Some(&hour)
            };
            let same: Vec<&Shown> = side.iter().filter(shows).collect();
            let lasts_s = same.last()?.at_s - same.first()?.at_s;
            (same.len() >= MIN_SIDE_PICTURES && lasts_s >= MIN_SIDE_S)
                .then(|| same.iter().map(|shown| shown.lines).collect())
        };
        taught.alike(digit, &showing(some)?, &showing(others)?, MAX_SHIFT)
    };
    let still = (0..before_seconds).chain(layout.date_digits().filter(|&digit| digit >= before_seconds));
    let mut likenesses: Vec<f32> = still.filter_map(of_digit).collect();
    likenesses.sort_by(f32::total_cmp);
    (likenesses.len() >= MIN_DIGITS).then(|| likenesses[likenesses.len() / 2])
}
