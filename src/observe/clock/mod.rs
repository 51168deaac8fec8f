//! The clock that the camera burnt into the picture: found, read, and held against time stamps.
//!
//! Pictures are offered in order of time. The first few are searched for the clock's place; of
//! every further one only the clock's lines are kept, small, and at the end as many of them are
//! read as the question takes ([`plan`]). Key frames are enough to see most leaps;
//! [`Observer::wanted`] says which stretches are worth decoding whole, to tell the clock's rate and
//! to place a leap between two pictures.

mod band;
mod find;
mod fit;
mod format;
mod plan;

use crate::evidence::{ClockFacts, ClockReading};
use crate::media::Picture;
use crate::observe::text::{Alphabet, Character, LineImage, TextError, TextReader};
use crate::time::{Span, joined, round_to_microsecond};

use band::Reading;
use find::{Look, Place, Planes, Proof};
use fit::{Explained, Standing};
use format::{Layout, LayoutKind, Shown};
use plan::Knowledge;

/// Pictures that are searched for a clock before it is given up. Searches stand at the pictures
/// 0, 1, 3, 7, 15 …, so that a clock which comes on late is found as well.
const MAX_LOOKS: usize = 10;

/// Whole pictures are searched at the first and the third look only: at the edges a clock is found
/// at a third of the cost.
const LOOKS_EVERYWHERE: [usize; 2] = [0, 2];

/// Looks are at least this far apart: in between, a moving scene moves and a clock ticks.
const MIN_LOOK_INTERVAL_S: f64 = 0.9;

/// Memory for kept lines: some 2,000 of them, more than an hour of key frames. When it is full,
/// every second one is dropped.
const KEPT_BYTES: usize = 48 << 20;

/// A reading whose weakest digit is less sure than this is none.
const MIN_CONFIDENCE: f32 = 0.35;

/// This many pictures in a row without a readable clock are a stretch; one alone is a bad picture.
const MISSING_PICTURES: usize = 2;

/// A little more than a second: it holds a turn of the displayed second.
const TURN_S: f64 = 1.2;

/// Decoding whole stretches is dear: no more than this between two readings that disagree, and in
/// all. Editors put key frames up to 10 s apart.
const MAX_DOUBT_S: f64 = 12.0;
const MAX_WANTED_S: f64 = 40.0;

/// Two pictures nearer than this are one, offered twice.
const SAME_PICTURE_S: f64 = 1e-4;

/// Looks for the clock, and reads it.
pub struct Observer<'r> {
    reader: &'r TextReader,
    looks: Vec<Look>,
    /// Where a time was seen once; its lines are kept until a second look confirms it.
    guess: Option<Place>,
    place: Option<Place>,
    kept: Vec<Kept>,
    kept_bytes: usize,
    /// Pictures that were offered.
    offered: usize,
    /// One picture in this many is kept.
    stride: usize,
}

/// The clock's lines in one picture; none where the clock had not been found by then.
struct Kept {
    at_s: f64,
    lines: Vec<LineImage>,
    /// Cut at a place that is not confirmed yet.
    guessed: bool,
    /// Once it has been read.
    seen: Option<Seen>,
}

/// What a kept picture's lines said.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    text: String,
    /// As in [`format::parse`].
    ways: Vec<Shown>,
    /// Of each character; 1 for marks and spaces, which say nothing about the time.
    confidences: Vec<f32>,
}

impl<'r> Observer<'r> {
    pub fn new(reader: &'r TextReader) -> Self {
        Self {
            reader,
            looks: Vec::new(),
            guess: None,
            place: None,
            kept: Vec::new(),
            kept_bytes: 0,
            offered: 0,
            stride: 1,
        }
    }

    /// Takes a picture, presented `at_s` seconds after the clip's first. They come in order of time,
    /// but those of the stretches that [`Observer::wanted`] named may follow later.
    pub fn picture(&mut self, at_s: f64, picture: &Picture) -> Result<(), TextError> {
        self.planes(at_s, Planes { luma: picture.luma(), chroma: picture.chroma() })
    }

    fn planes(&mut self, at_s: f64, planes: Planes<'_>) -> Result<(), TextError> {
        let luma = planes.luma;
        let number = self.offered;
        self.offered += 1;
        if luma.width == 0 || luma.height == 0 {
            return Ok(());
        }
        if self.place.is_none() && self.is_due(number, at_s) {
            self.look(at_s, planes)?;
        }
        let looked = self.looks.last().is_some_and(|look| look.at_s == at_s);
        match self.place.as_ref().or(self.guess.as_ref()) {
            Some(place) if looked || number.is_multiple_of(self.stride) => {
                let lines = place.cut(luma)?;
                self.keep(at_s, lines);
            }
            None if looked => self.keep(at_s, Vec::new()),
            _ => {}
        }
        Ok(())
    }

    /// Whether to search this picture: 0, 1, 3, 7 …; after a promising one, the next that is a while
    /// later.
    fn is_due(&self, number: usize, at_s: f64) -> bool {
        let looks = self.looks.len();
        let turn = number + 1 >= 1 << looks.min(MAX_LOOKS) || self.guess.is_some();
        let later = self.looks.last().is_none_or(|look| at_s - look.at_s >= MIN_LOOK_INTERVAL_S);
        looks < MAX_LOOKS && turn && later
    }

    fn look(&mut self, at_s: f64, planes: Planes<'_>) -> Result<(), TextError> {
        let everywhere = LOOKS_EVERYWHERE.contains(&self.looks.len());
        self.looks.push(find::look(self.reader, at_s, planes, everywhere)?);
        if let Some(place) = find::place(&self.looks, Proof::Twice) {
            self.settle(place);
        } else if let Some(guess) = find::place(&self.looks[self.looks.len() - 1..], Proof::Once)
            && !self.guess.as_ref().is_some_and(|known| known.agrees_with(&guess))
        {
            self.forget_guessed();
            self.guess = Some(guess);
        }
        Ok(())
    }

    /// Takes the clock's place as known. What was kept on a guess stays if the guess was right.
    fn settle(&mut self, place: Place) {
        if !self.guess.take().is_some_and(|guess| guess.agrees_with(&place)) {
            self.forget_guessed();
        }
        self.kept.iter_mut().for_each(|kept| kept.guessed = false);
        self.place = Some(place);
    }

    fn forget_guessed(&mut self) {
        self.kept.retain(|kept| !kept.guessed);
    }

    fn keep(&mut self, at_s: f64, lines: Vec<LineImage>) {
        self.kept_bytes += lines.iter().map(LineImage::bytes).sum::<usize>();
        let seen = lines.is_empty().then(Seen::nothing);
        let guessed = self.place.is_none() && !lines.is_empty();
        self.kept.push(Kept { at_s, lines, guessed, seen });
        if self.kept_bytes > KEPT_BYTES {
            let mut number = 0;
            self.kept.retain(|_| {
                number += 1;
                number % 2 == 1
            });
            self.stride *= 2;
            self.kept_bytes = self.kept.iter().flat_map(|kept| &kept.lines).map(LineImage::bytes).sum();
        }
    }

    /// The stretches of which every picture is worth offering: around the turn of a second at the
    /// start, in the middle and at the end, which tells the clock's rate, and between readings that
    /// disagree, which tells where and by how much it leaps. None where no clock was found.
    pub fn wanted(&mut self, duration_s: f64) -> Result<Vec<Span>, TextError> {
        let Some(account) = self.account()? else { return Ok(Vec::new()) };
        let mut wanted: Vec<Span> = account.doubts(&self.times()).collect();
        wanted.retain(|span| span.duration_s() <= MAX_DOUBT_S);
        let mut left_s = MAX_WANTED_S;
        wanted.retain(|span| {
            left_s -= span.duration_s();
            left_s >= 0.0
        });
        let last_s = (duration_s - TURN_S).max(0.0);
        wanted.extend([0.0, last_s / 2.0, last_s].map(|start_s| Span::new(start_s, start_s + TURN_S)));
        Ok(joined(wanted, 0.0))
    }

    /// Reads what is needed and says what the clock did. `duration_s` is the clip's length.
    pub fn finish(mut self, duration_s: f64) -> Result<ClockFacts, TextError> {
        let account = self.account()?;
        let (Some(account), Some(place)) = (account, &self.place) else {
            return Ok(ClockFacts {
                missing: vec![Span::new(0.0, duration_s)],
                pictures: self.looks.len() as u32,
                ..ClockFacts::default()
            });
        };
        Ok(ClockFacts {
            region: place.region(),
            other_text: place.other_text(&self.looks),
            ..account.facts(&self.kept, duration_s)
        })
    }

    /// Reads pictures until more would tell nothing new; `None` when no clock was found.
    fn account(&mut self) -> Result<Option<Account>, TextError> {
        if self.place.is_none()
            && let Some(place) = find::place(&self.looks, Proof::OnceWithDate)
        {
            self.settle(place);
        }
        let Some(place) = &self.place else { return Ok(None) };
        let alphabet = self.reader.alphabet(&place.symbols);
        self.kept.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
        self.kept.dedup_by(|later, earlier| later.at_s - earlier.at_s < SAME_PICTURE_S);
        let times = self.times();
        loop {
            let account = Account::of(&self.kept);
            let line = account.explained.longest(&account.readings);
            let line = line.map(|number| (number, &account.explained.runs[number].free));
            let Some(next) = plan::next(&times, &account.known, line, account.resolution_s()) else {
                return Ok(Some(account));
            };
            self.kept[next].seen = Some(read(self.reader, &alphabet, &self.kept[next].lines)?);
        }
    }

    fn times(&self) -> Vec<f64> {
        self.kept.iter().map(|kept| kept.at_s).collect()
    }
}

/// What the clock's lines in one picture say.
fn read(reader: &TextReader, alphabet: &Alphabet, lines: &[LineImage]) -> Result<Seen, TextError> {
    let mut seen = Seen::nothing();
    for line in lines {
        let read = reader.read_within(line, alphabet)?;
        if !seen.text.is_empty() {
            seen.text.push(' ');
            seen.confidences.push(1.0);
        }
        seen.text += &read.text;
        let confidence = |c: &Character| if c.symbol.is_ascii_digit() { c.confidence } else { 1.0 };
        seen.confidences.extend(read.characters.iter().map(confidence));
    }
    seen.ways = format::parse(&seen.text);
    Ok(seen)
}

impl Seen {
    fn nothing() -> Self {
        Self { text: String::new(), ways: Vec::new(), confidences: Vec::new() }
    }

    /// The line as a clock of that kind shows it, with its confidence; `None` when it is no such time
    /// or too unsure.
    fn as_kind(&self, kind: LayoutKind) -> Option<(&Shown, f32)> {
        let shown = self.ways.iter().find(|shown| shown.layout.kind() == kind)?;
        let characters = self.confidences.get(shown.begin..shown.end)?;
        let weakest = characters.iter().copied().fold(1.0, f32::min);
        (weakest >= MIN_CONFIDENCE).then_some((shown, weakest))
    }
}

/// What the pictures read so far amount to.
struct Account {
    kind: Option<LayoutKind>,
    /// Another kind that explains as many pictures.
    rival: Option<LayoutKind>,
    readings: Vec<Reading>,
    /// For each reading, the kept picture it comes from.
    pictures: Vec<usize>,
    explained: Explained,
    known: Vec<Knowledge>,
}

impl Account {
    fn of(kept: &[Kept]) -> Self {
        let (kind, rival) = kinds(kept);
        let (mut readings, mut pictures) = (Vec::new(), Vec::new());
        let mut after_gap = false;
        for (picture, kept) in kept.iter().enumerate() {
            let Some(seen) = &kept.seen else { continue };
            let Some((shown, confidence)) = kind.and_then(|kind| seen.as_kind(kind)) else {
                after_gap = true;
                continue;
            };
            let (shown_s, resolution_s) = (shown.shown_s, shown.layout.resolution_s());
            readings.push(Reading { at_s: kept.at_s, shown_s, resolution_s, confidence, after_gap });
            pictures.push(picture);
            after_gap = false;
        }
        if kind.is_some_and(|(date, ..)| date.is_none()) {
            count_past_midnight(&mut readings);
        }
        let explained = fit::explain(&readings);
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
        Self { kind, rival, readings, pictures, explained, known }
    }

    fn resolution_s(&self) -> f64 {
        self.readings.first().map_or(1.0, |reading| reading.resolution_s)
    }

    /// The stretches between neighbouring readings that no one line explains.
    fn doubts(&self, at_s: &[f64]) -> impl Iterator<Item = Span> {
        let time_known =
            |&picture: &usize| !matches!(self.known[picture], Knowledge::Unread | Knowledge::Unreadable);
        let read: Vec<usize> = (0..at_s.len()).filter(time_known).collect();
        let doubtful = |pair: &[usize]| {
            let (from, to) = (pair[0], pair[1]);
            let agree = match (self.known[from], self.known[to]) {
                (Knowledge::On(a), Knowledge::On(b)) => a == b,
                (a, b) => (a, b) == (Knowledge::Stopped, Knowledge::Stopped),
            };
            (!agree).then(|| Span::new(at_s[from], at_s[to]))
        };
        read.windows(2).filter_map(doubtful).collect::<Vec<_>>().into_iter()
    }

    fn facts(&self, kept: &[Kept], duration_s: f64) -> ClockFacts {
        let layout = self.kind.and_then(|kind| usual_layout(kept, kind));
        let text_of = |picture: usize| {
            let seen = kept[picture].seen.as_ref()?;
            let (shown, _) = seen.as_kind(self.kind?)?;
            let read: String = seen.text.chars().skip(shown.begin).take(shown.end - shown.begin).collect();
            Some(layout.and_then(|layout| layout.written(shown.shown_s)).unwrap_or(read))
        };
        let readings = self.readings.iter().zip(&self.pictures).zip(&self.explained.standings);
        let readings = readings.map(|((reading, &picture), standing)| ClockReading {
            at_s: reading.at_s,
            text: text_of(picture).unwrap_or_default(),
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
            pictures: self.known.iter().filter(|&&known| known != Knowledge::Unread).count() as u32,
            ..ClockFacts::default()
        }
    }
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

/// A clock without a date starts anew at midnight: its readings are put on the day that time stamps
/// say.
fn count_past_midnight(readings: &mut [Reading]) {
    const DAY_S: f64 = 86_400.0;
    for at in 1..readings.len() {
        let expected_s = readings[at - 1].shown_s + readings[at].at_s - readings[at - 1].at_s;
        let days = ((expected_s - readings[at].shown_s) / DAY_S).round();
        readings[at].shown_s += days * DAY_S;
    }
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

#[cfg(test)]
mod tests;
