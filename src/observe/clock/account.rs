//! What the pictures read so far amount to.

mod mend;

use std::cmp::Ordering;

use super::Kept;
use super::band::{Band, Reading, drawing_slack_s};
use super::fit::{self, Explained, Standing};
use super::format::{Layout, LayoutKind, Shown};
use super::glyphs::Foretold;
use super::plan::{Knowledge, Steps};
use crate::evidence::{ClockDoubt, ClockFacts, ClockReading};
use crate::time::{Span, round_to_microsecond};
use mend::{UsualLine, count_past_midnight, mend_dates};

/// This many pictures in a row without a readable clock are a stretch; one alone is a bad picture.
const MISSING_PICTURES: usize = 2;

/// A clock that went or came back between two pictures no further apart than this was lost in a few pictures, or
/// between key frames as cameras set them.
const UNSEEN_S: f64 = 4.0;

/// Pictures further apart than this do not follow each other.
const NEIGHBOURS_S: f64 = 0.25;

/// A line known to a second rarely stands in the outermost tenths of it.
const UNLIKELY_SHARE: f64 = 0.1;

/// The scene behind the clock hardly changes from picture to picture: digits are learnt from pictures this far
/// apart, and from no more than so many.
const FORETOLD_INTERVAL_S: f64 = 0.3;
const MAX_FORETOLD: usize = 64;

/// Cameras draw a second up to some pictures late, and a codec takes one more to bring it out: nearer to its turn than
/// this a picture does not teach what the second looks like.
const TURN_S: f64 = 0.15;

/// Between two readings of one line that are no further apart, pictures show what the line says: little longer than a
/// displayed second.
const ENCLOSED_S: f64 = 1.1;

/// A picture before the first reading, or behind the last, is held against their line this far.
const NEAR_AN_END_S: f64 = 2.5;

const MINUTE_S: f64 = 60.0;

/// A minute, less what time stamps and readings to the second leave open.
const MINUTE_LEAP_S: f64 = 57.0;

/// How far pictures that follow each other are apart where none were seen: more than usual.
const UNKNOWN_INTERVAL_S: f64 = 0.08;

pub struct Account {
    pub kind: Option<LayoutKind>,
    /// Another kind that explains as many pictures.
    rival: Option<LayoutKind>,
    pub layout: Option<Layout>,
    pub readings: Vec<Reading>,
    /// For each reading, the kept picture it comes from.
    pictures: Vec<usize>,
    pub explained: Explained,
    pub known: Vec<Knowledge>,
}

impl Account {
    /// `known`: how the clock writes the time, where that is known beforehand.
    pub fn of(kept: &[Kept], known: Option<LayoutKind>) -> Self {
        let (kind, rival) = known.map_or_else(|| kinds(kept), |kind| (Some(kind), None));
        let account = Self::of_kind(kept, kind, rival);
        let leaps = |account: &Self| account.explained.jumps(&account.readings).len();
        let Some(rival) = rival.filter(|_| leaps(&account) > 0) else { return account };
        // Read the one way the date rolls at midnight, the other way it leaps by a month.
        let other = Self::of_kind(kept, Some(rival), None);
        match leaps(&account).cmp(&leaps(&other)) {
            Ordering::Less => Self { rival: None, ..account },
            Ordering::Equal => account,
            Ordering::Greater => other,
        }
    }

    fn of_kind(kept: &[Kept], kind: Option<LayoutKind>, rival: Option<LayoutKind>) -> Self {
        let slack_s = drawing_slack_s(picture_interval_s(kept).unwrap_or(UNKNOWN_INTERVAL_S));
        let layout = kind.and_then(|kind| usual_layout(kept, kind));
        let usual = kind.zip(layout).map(|(kind, layout)| UsualLine::of(kept, kind, layout));
        let (mut readings, mut pictures) = (Vec::new(), Vec::new());
        let mut after_gap = false;
        for (picture, kept) in kept.iter().enumerate() {
            let Some(seen) = &kept.seen else { continue };
            let Some((shown_s, confidence)) = usual.as_ref().and_then(|usual| usual.time(kept.at_s, seen))
            else {
                after_gap = true;
                continue;
            };
            let resolution_s = layout.map_or(1.0, |layout| layout.resolution_s());
            readings.push(Reading { at_s: kept.at_s, shown_s, resolution_s, slack_s, confidence, after_gap });
            pictures.push(picture);
            after_gap = false;
        }
        if kind.is_some_and(|(date, ..)| date.is_none()) {
            count_past_midnight(&mut readings);
        } else {
            mend_dates(&mut readings);
        }
        let explained = fit::explain(&mut readings);
        let mut known: Vec<Knowledge> = kept
            .iter()
            .map(|kept| if kept.seen.is_some() { Knowledge::Unreadable } else { Knowledge::Unread })
            .collect();
        for (&picture, &standing) in pictures.iter().zip(&explained.standings) {
            known[picture] = match standing {
                Standing::On(run) => Knowledge::On(run),
                Standing::Stopped => Knowledge::Stopped,
                Standing::Misread => Knowledge::Off,
            };
        }
        Self { kind, rival, layout, readings, pictures, explained, known }
    }

    pub fn steps(&self) -> Option<Steps> {
        let reading = self.readings.first()?;
        Some(Steps { resolution_s: reading.resolution_s, slack_s: reading.slack_s })
    }

    /// The lines of which more is wanted: the longest, for its rate, and those that it leaps from and to, for the size of the leaps.
    pub fn lines_wanted(&self) -> Vec<(usize, &Band)> {
        let runs = &self.explained.runs;
        let Some(longest) = self.explained.longest(&self.readings) else { return Vec::new() };
        let others = (0..runs.len()).filter(|&number| number != longest);
        let others = others.map(|number| (number, &runs[number].band));
        std::iter::once((longest, &runs[longest].free)).chain(others).collect()
    }

    /// Whether some reading that stands on a line was had from this picture.
    pub fn stands(&self, picture: usize) -> bool {
        matches!(self.known.get(picture), Some(Knowledge::On(_)))
    }

    /// What the line of a picture was understood as, with its confidence; `None` where the reading was
    /// mended since.
    pub fn understood<'k>(&self, picture: usize, kept: &'k Kept) -> Option<(&'k Shown, f32)> {
        let reading = self.pictures.iter().position(|&other| other == picture)?;
        let shown = kept.seen.as_ref()?.way(self.kind?)?;
        let Reading { shown_s, confidence, .. } = self.readings[reading];
        (shown.shown_s == shown_s).then_some((shown, confidence))
    }

    /// Pictures whose readings stand alone, next to a leap or in a stop, or on a line of which no
    /// picture was read by the recogniser: comparison is not enough for those.
    pub fn telling(&self, kept: &[Kept]) -> Vec<usize> {
        let compared = |picture: usize| kept[picture].seen.as_ref().is_some_and(|seen| seen.compared);
        let mut telling: Vec<usize> = Vec::new();
        for (&picture, standing) in self.pictures.iter().zip(&self.explained.standings) {
            if !matches!(standing, Standing::On(_)) {
                telling.push(picture);
            }
        }
        for run in &self.explained.runs {
            if run.members.iter().all(|&member| compared(self.pictures[member])) {
                telling.extend(run.members.iter().map(|&member| self.pictures[member]));
            }
        }
        for (last, first) in self.explained.partings(&self.readings) {
            telling.extend([self.pictures[last], self.pictures[first]]);
        }
        telling.retain(|&picture| compared(picture));
        telling.sort_unstable();
        telling.dedup();
        telling
    }

    /// The stretches between neighbouring readings that no one line explains, and those in which the clock went or came
    /// back.
    pub fn doubts(&self, kept: &[Kept]) -> Vec<Span> {
        let read: Vec<usize> = (0..kept.len()).filter(|&at| self.known[at] != Knowledge::Unread).collect();
        let doubtful = |(from, to): (usize, usize), alone_s: f64| {
            let span = Span::new(kept[from].at_s, kept[to].at_s);
            let agree = match (self.known[from], self.known[to]) {
                (Knowledge::On(a), Knowledge::On(b)) => a == b,
                (Knowledge::Unreadable, Knowledge::Unreadable) => true,
                (Knowledge::Unreadable, _) | (_, Knowledge::Unreadable) => span.duration_s() <= alone_s,
                (a, b) => (a, b) == (Knowledge::Stopped, Knowledge::Stopped),
            };
            (!agree).then_some(span)
        };
        let pairs = |read: &[usize]| read.windows(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>();
        let mut doubts: Vec<Span> =
            pairs(&read).into_iter().filter_map(|pair| doubtful(pair, UNSEEN_S)).collect();
        let time_known: Vec<usize> =
            read.into_iter().filter(|&at| self.known[at] != Knowledge::Unreadable).collect();
        doubts.extend(pairs(&time_known).into_iter().filter_map(|pair| doubtful(pair, 0.0)));
        doubts.sort_by(|a, b| a.start_s.total_cmp(&b.start_s).then(a.end_s.total_cmp(&b.end_s)));
        doubts.dedup();
        let partings = self.explained.partings(&self.readings);
        doubts.extend(
            partings
                .into_iter()
                .map(|(last, first)| Span::new(self.readings[last].at_s, self.readings[first].at_s)),
        );
        doubts
    }

    /// How often the clock leaps by so much that a digit of its minute, hour or date, if misread, may feign it.
    pub fn leaps_of_minutes(&self) -> usize {
        self.explained.jumps(&self.readings).iter().filter(|jump| jump.by_s.abs() >= MINUTE_LEAP_S).count()
    }

    /// Whether two of the clock's lines, by their numbers, may be whole minutes apart: they show the same seconds.
    pub fn same_seconds(&self, one: usize, other: usize, at_s: f64) -> bool {
        let (Some(one), Some(other)) = (self.explained.runs.get(one), self.explained.runs.get(other)) else {
            return false;
        };
        let ((low, high), (other_low, other_high)) = (one.band.clock_at(at_s), other.band.clock_at(at_s));
        let (least, most) = (other_low - high, other_high - low);
        (most / MINUTE_S).floor() * MINUTE_S >= least
    }

    /// When readings were had that agree with no others.
    pub fn misfits_s(&self) -> impl Iterator<Item = f64> {
        let standings = self.readings.iter().zip(&self.explained.standings);
        standings.filter(|(_, standing)| **standing == Standing::Misread).map(|(reading, _)| reading.at_s)
    }

    /// The digits that the clock showed at a time between two readings of one line, where its time is known
    /// well enough.
    pub fn foretold_digits(&self, at_s: f64) -> Option<Vec<char>> {
        self.digits_between(at_s, |(low, high)| {
            let unlikely_s = UNLIKELY_SHARE * (high - low);
            (low + unlikely_s, high - unlikely_s)
        })
    }

    /// The digits that the clock shows at a time which `narrowed` makes of the earliest and the latest that it can be.
    fn digits_between(&self, at_s: f64, narrowed: impl Fn((f64, f64)) -> (f64, f64)) -> Option<Vec<char>> {
        let (layout, steps) = (self.layout?, self.steps()?);
        // Only what lies between two readings that agree is sure: a clock may have stood still for a while.
        let after = self.readings.partition_point(|reading| reading.at_s < at_s);
        let at = |reading: usize| (self.readings.get(reading)?.at_s == at_s).then_some(reading);
        let before = at(after).or(after.checked_sub(1))?;
        let run = match (self.explained.standings.get(before)?, self.explained.standings.get(after)?) {
            (Standing::On(one), Standing::On(other)) if one == other => &self.explained.runs[*one],
            _ => return None,
        };
        let (low, high) = narrowed(run.band.clock_at(at_s));
        let step = |clock_s: f64| (clock_s / steps.resolution_s).floor();
        let (earliest, latest) = (step(low), step(high));
        (earliest == latest && steps.resolution_s >= 1.0)
            .then(|| layout.digits(earliest * steps.resolution_s))?
    }

    /// The digits that the clock may have shown at a time, by its line there: those of one displayed second, or of
    /// two where its turn is near. None where the readings before and behind, as far as they agree with any, do not
    /// stand on one line.
    pub fn likely_digits(&self, at_s: f64) -> Vec<Vec<char>> {
        let on_line = |&(standing, _): &(&Standing, &Reading)| *standing != Standing::Misread;
        let all = || self.explained.standings.iter().zip(&self.readings);
        let before = all().rev().filter(on_line).find(|(_, reading)| reading.at_s <= at_s);
        let after = all().filter(on_line).find(|(_, reading)| reading.at_s >= at_s);
        let near = |end: (&Standing, &Reading)| (end.1.at_s - at_s).abs() <= NEAR_AN_END_S;
        let standing = match (before, after) {
            (Some((one, _)), Some((other, _))) if one == other => one,
            (Some(end), None) | (None, Some(end)) if near(end) => end.0,
            _ => return Vec::new(),
        };
        let (Standing::On(run), Some(layout), Some(steps)) = (standing, self.layout, self.steps()) else {
            return Vec::new();
        };
        if steps.resolution_s < 1.0 {
            return Vec::new();
        }
        let (low, high) = self.explained.runs[*run].band.clock_at(at_s);
        let steps_of = |clock_s: f64| (clock_s / steps.resolution_s).floor();
        let (earliest, latest) = (steps_of(low), steps_of(high));
        let shown = if earliest == latest { vec![earliest] } else { vec![earliest, latest] };
        shown.into_iter().filter_map(|step| layout.digits(step * steps.resolution_s)).collect()
    }

    /// Whether a picture shows what the line says: it was read so, or looks so.
    pub fn agrees(&self, picture: usize, kept: &Kept) -> bool {
        let looks_so = kept.seen.is_none() && kept.vouched == Some(true);
        !kept.lines.is_empty() && (looks_so || self.stands(picture))
    }

    /// Whether a picture shows what the line says, by itself or by those around it.
    pub fn shows(&self, picture: usize, kept: &Kept) -> bool {
        self.agrees(picture, kept) || !kept.lines.is_empty() && self.is_enclosed(kept)
    }

    /// Whether a picture that was not read, and does not look otherwise, stands between two readings of one line that are
    /// near to each other.
    fn is_enclosed(&self, kept: &Kept) -> bool {
        let after = self.readings.partition_point(|reading| reading.at_s < kept.at_s);
        let Some(before) = after.checked_sub(1) else { return false };
        let Some(pair) = self.readings.get(before..=after) else { return false };
        let near = pair[1].at_s - pair[0].at_s <= ENCLOSED_S && !pair[1].after_gap;
        let same =
            matches!(self.explained.standings[before..=after], [Standing::On(a), Standing::On(b)] if a == b);
        kept.seen.is_none() && kept.vouched != Some(false) && near && same
    }

    /// Pictures of which it is known what they show, none of them near the turn of a second, evenly over the clip.
    pub fn foretold<'k>(&self, kept: &'k [Kept]) -> Vec<Foretold<'k>> {
        let mut last_s = f64::NEG_INFINITY;
        let mut all: Vec<Foretold> = Vec::new();
        for (picture, kept) in kept.iter().enumerate() {
            if kept.at_s - last_s < FORETOLD_INTERVAL_S || !self.shows(picture, kept) {
                continue;
            }
            let beyond = |(low, high)| (low - TURN_S, high + TURN_S);
            let Some(digits) = self.digits_between(kept.at_s, beyond) else { continue };
            last_s = kept.at_s;
            all.push(Foretold { lines: &kept.lines, digits });
        }
        let step = all.len().div_ceil(MAX_FORETOLD).max(1);
        all.into_iter().step_by(step).collect()
    }

    /// `unsure`: the digits, by their number, that cannot be relied on.
    pub fn facts(&self, kept: &[Kept], unsure: &[usize], duration_s: f64) -> ClockFacts {
        let layout = self.layout;
        let text_of = |picture: usize, shown_s: f64| {
            let seen = kept[picture].seen.as_ref()?;
            let shown = seen.way(self.kind?)?;
            let read: String = seen.text.chars().skip(shown.begin).take(shown.end - shown.begin).collect();
            let written = layout.and_then(|layout| layout.written(shown_s));
            let digits = layout.and_then(|layout| layout.digits(shown_s)).unwrap_or_default();
            Some(masked(&written.unwrap_or_else(|| with_digits(&read, &digits)), unsure))
        };
        let readings = self.readings.iter().zip(&self.pictures).zip(&self.explained.standings);
        let readings = readings.map(|((reading, &picture), standing)| ClockReading {
            at_s: reading.at_s,
            text: text_of(picture, reading.shown_s).unwrap_or_default(),
            shown_s: reading.shown_s,
            confidence: reading.confidence,
            fits: matches!(standing, Standing::On(_)),
        });
        let missing = if self.readings.is_empty() {
            vec![Span::new(0.0, round_to_microsecond(duration_s))]
        } else {
            missing(kept, &self.known)
        };
        ClockFacts {
            format: layout.map(|layout| layout.pattern()),
            other_format: self.rival.and_then(|kind| usual_layout(kept, kind)).map(|layout| layout.pattern()),
            readings: readings.collect(),
            fit: self.explained.fit(&self.readings),
            jumps: self.explained.jumps(&self.readings),
            stopped: self.explained.stopped.clone(),
            missing,
            unsure: layout.filter(|_| !unsure.is_empty()).map(|layout| {
                let date = layout.date_digits();
                match unsure.iter().all(|digit| date.contains(digit)) {
                    true => ClockDoubt::Date,
                    false => ClockDoubt::Time,
                }
            }),
            pictures: self.known.iter().filter(|&&known| known != Knowledge::Unread).count() as u32,
            ..ClockFacts::default()
        }
    }
}

/// The text with those digits in the place of its own, where it has as many: readings may have been mended.
fn with_digits(text: &str, digits: &[char]) -> String {
    if text.chars().filter(char::is_ascii_digit).count() != digits.len() {
        return text.to_owned();
    }
    let mut digits = digits.iter();
    text.chars().map(|c| if c.is_ascii_digit() { *digits.next().unwrap_or(&c) } else { c }).collect()
}

/// The text with a question mark in the place of each digit of those numbers.
fn masked(text: &str, unsure: &[usize]) -> String {
    let mut digit = 0;
    let mask = |character: char| {
        let hidden = character.is_ascii_digit() && unsure.contains(&digit);
        digit += usize::from(character.is_ascii_digit());
        if hidden { '?' } else { character }
    };
    text.chars().map(mask).collect()
}

/// The kind of layout that explains most pictures, and another that explains as many: then day and
/// month cannot be told apart. The first in declared order of equals is taken.
fn kinds(kept: &[Kept]) -> (Option<LayoutKind>, Option<LayoutKind>) {
    let mut votes: Vec<(LayoutKind, usize)> = Vec::new();
    let seen = kept.iter().filter_map(|kept| kept.seen.as_ref());
    for kind in seen.flat_map(|seen| &seen.ways).map(|shown| shown.layout.kind()) {
        match votes.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => votes.push((kind, 1)),
        }
    }
    // A time alone may be what is left of one with a date that could not be read, and one of 24 hours of one of twelve.
    for ((date, _, half_day, _), count) in &mut votes {
        *count *= if date.is_some() { 2 } else { 1 } * if *half_day { 2 } else { 1 };
    }
    votes.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let rival = match votes[..] {
        [(_, first), (kind, second), ..] if first == second => Some(kind),
        _ => None,
    };
    (votes.first().map(|&(kind, _)| kind), rival)
}

/// The layout of that kind as it was read most often: single marks may be misread.
fn usual_layout(kept: &[Kept], kind: LayoutKind) -> Option<Layout> {
    let mut layouts: Vec<Layout> = kept
        .iter()
        .filter_map(|kept| kept.seen.as_ref())
        .flat_map(|seen| &seen.ways)
        .map(|shown| shown.layout)
        .filter(|layout| layout.kind() == kind)
        .collect();
    layouts.sort();
    let count = |layout: &Layout| layouts.iter().filter(|other| *other == layout).count();
    layouts.iter().rev().max_by_key(|layout| count(layout)).copied()
}

/// Stretches of pictures that were read and showed no time.
fn missing(kept: &[Kept], known: &[Knowledge]) -> Vec<Span> {
    let mut stretches = Vec::new();
    let mut run: Vec<f64> = Vec::new();
    let times = kept.iter().map(|kept| kept.at_s);
    let read = times.zip(known.iter().copied()).filter(|&(_, known)| known != Knowledge::Unread);
    for (at_s, known) in read.chain([(f64::INFINITY, Knowledge::Off)]) {
        if known == Knowledge::Unreadable {
            run.push(at_s);
            continue;
        }
        if run.len() >= MISSING_PICTURES {
            stretches.push(Span::new(run[0], run[run.len() - 1]));
        }
        run.clear();
    }
    stretches
}

/// How far pictures that follow each other are apart; `None` where none were seen.
pub fn picture_interval_s(kept: &[Kept]) -> Option<f64> {
    let gaps = kept.windows(2).map(|pair| pair[1].at_s - pair[0].at_s);
    let mut near: Vec<f64> = gaps.filter(|&gap_s| gap_s <= NEIGHBOURS_S).collect();
    near.sort_by(f64::total_cmp);
    near.get(near.len() / 2).copied()
}

#[cfg(test)]
mod tests;
