//! The clock that the camera burnt into the picture: found, read, and held against time stamps.
//!
//! Pictures are offered in order of time. The first few are searched for the clock's place; of
//! every further one only the clock's lines are kept, small, and at the end as many of them are
//! read as the question takes ([`plan`]). Key frames are enough to see most leaps;
//! [`Observer::wanted`] says which stretches are worth decoding whole, to tell the clock's rate and
//! to place a leap between two pictures.

mod account;
mod band;
mod find;
mod fit;
mod format;
mod glyphs;
mod place;
mod plan;
mod wanted;

use opencv::core::Mat;

use crate::evidence::ClockFacts;
use crate::media::Picture;
use crate::observe::text::{Alphabet, Character, LineImage, TextError, TextReader};
use crate::time::Span;

use account::{Account, picture_interval_s};
use find::{Look, Planes};
use format::{LayoutKind, Shown};
use glyphs::{Glyphs, Lesson, Spot};
use place::{Place, Proof};

pub use wanted::TURNS_S;

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
const MIN_CONFIDENCE: f32 = 0.65;

/// A time alone with so many digits beside it may have a date that was not understood.
const DIGITS_OF_DATE: usize = 6;

/// Pictures are neighbours when they are no further apart than this many times the usual distance.
const NEIGHBOUR_INTERVALS: f64 = 2.5;

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
    /// Read every picture that is kept.
    thorough: bool,
    /// Stretches that [`Observer::wanted`] named.
    asked: Vec<Span>,
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
    /// Where each character stands.
    spots: Vec<Spot>,
    /// Had by comparison with other lines, not from the recogniser.
    compared: bool,
}

impl<'r> Observer<'r> {
    /// `thorough` reads every picture that is offered, not only as many as the question takes.
    pub fn new(reader: &'r TextReader, thorough: bool) -> Self {
        Self {
            reader,
            looks: Vec::new(),
            guess: None,
            place: None,
            kept: Vec::new(),
            kept_bytes: 0,
            offered: 0,
            stride: 1,
            thorough,
            asked: Vec::new(),
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
            Some(place) if looked || !self.asked.is_empty() || number.is_multiple_of(self.stride) => {
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
        if let Some(place) = place::decide(&self.looks, Proof::Twice) {
            self.settle(place);
        } else if let Some(guess) = place::decide(&self.looks[self.looks.len() - 1..], Proof::Once)
            && !self.guess.as_ref().is_some_and(|known| known.agrees_with(&guess))
        {
            self.forget_guessed();
            self.guess = Some(guess);
        }
        Ok(())
    }

    /// Takes the clock's place as known. What was kept on a guess stays if the guess was right; then
    /// the guess's own pixels are kept to, so that all lines are cut alike.
    fn settle(&mut self, mut place: Place) {
        match self.guess.take().filter(|guess| guess.agrees_with(&place)) {
            Some(guess) => place.parts = guess.parts,
            None => self.forget_guessed(),
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
            && let Some(place) = place::decide(&self.looks, Proof::OnceWithDate)
        {
            self.settle(place);
        }
        let Some(place) = &self.place else { return Ok(None) };
        let alphabet = self.reader.alphabet(&place.symbols);
        self.kept.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
        self.kept.dedup_by(|later, earlier| later.at_s - earlier.at_s < SAME_PICTURE_S);
        let times: Vec<f64> = self.kept.iter().map(|kept| kept.at_s).collect();
        let mut glyphs = None;
        loop {
            let account = Account::of(&self.kept);
            let telling = account.telling(&self.kept);
            if !telling.is_empty() {
                for picture in telling {
                    // What stands out is read again before it counts.
                    self.read_again(picture, &alphabet)?;
                }
                continue;
            }
            let line = account.explained.longest(&account.readings);
            let line = line.map(|number| (number, &account.explained.runs[number].free));
            let next = plan::next(&times, &account.known, line, account.steps());
            // The first readings are the recogniser's, spread over the clip; then all that neighbours
            // each other is compared with them.
            let enough = self.recognised() >= plan::GRID;
            if glyphs.is_none() && (enough || next.is_none_or(|next| !plan::is_of_grid(&times, next))) {
                let learnt = glyphs.insert(Glyphs::learnt(&lessons(&self.kept, &account)));
                if let Some(learnt) =
                    learnt.as_ref().filter(|_| account.steps().is_some_and(|s| s.resolution_s >= 1.0))
                {
                    self.compare(learnt);
                }
                if self.thorough {
                    self.read_all(learnt.as_ref(), &alphabet)?;
                }
                continue;
            }
            let Some(next) = next else { return Ok(Some(account)) };
            let compared =
                glyphs.as_ref().and_then(Option::as_ref).and_then(|g| compared(g, &self.kept[next].lines));
            match compared {
                Some(seen) => self.kept[next].seen = Some(seen),
                None if self.recognised() >= self.most_readings() => return Ok(Some(account)),
                None => self.kept[next].seen = Some(read(self.reader, &alphabet, &self.kept[next].lines)?),
            }
        }
    }

    /// Reads by the recogniser whatever comparison leaves open.
    fn read_all(&mut self, glyphs: Option<&Glyphs>, alphabet: &Alphabet) -> Result<(), TextError> {
        for kept in self.kept.iter_mut().filter(|kept| kept.seen.is_none()) {
            if glyphs.and_then(|glyphs| glyphs.read(&kept.lines)).is_none() {
                kept.seen = Some(read(self.reader, alphabet, &kept.lines)?);
            }
        }
        Ok(())
    }

    fn recognised(&self) -> usize {
        let by_recogniser = |seen: &&Seen| !seen.compared && !seen.text.is_empty();
        self.kept.iter().filter_map(|kept| kept.seen.as_ref()).filter(by_recogniser).count()
    }

    fn most_readings(&self) -> usize {
        if self.thorough { usize::MAX } else { plan::MAX_READINGS }
    }

    /// Reads a line by the recogniser that was compared before; past the limit it counts no more.
    fn read_again(&mut self, picture: usize, alphabet: &Alphabet) -> Result<(), TextError> {
        let most = self.most_readings().saturating_add(plan::MAX_READINGS_AGAIN);
        let seen = match self.recognised() < most {
            true => read(self.reader, alphabet, &self.kept[picture].lines)?,
            false => Seen::nothing(),
        };
        self.kept[picture].seen = Some(seen);
        Ok(())
    }

    /// Reads by comparison what neighbours each other, or everything if asked to be thorough. Of a
    /// displayed second that many pictures share, the first and the last say all.
    fn compare(&mut self, glyphs: &Glyphs) {
        let near_s =
            picture_interval_s(&self.kept).map_or(0.0, |interval_s| NEIGHBOUR_INTERVALS * interval_s);
        let near = |a: &Kept, b: &Kept| b.at_s - a.at_s <= near_s;
        let count = self.kept.len();
        let neighbours: Vec<bool> = (0..count)
            .map(|at| {
                let before = at > 0 && near(&self.kept[at - 1], &self.kept[at]);
                before || (at + 1 < count && near(&self.kept[at], &self.kept[at + 1]))
            })
            .collect();
        let texts: Vec<Option<Seen>> = (0..count)
            .map(|at| {
                (neighbours[at] || self.thorough).then(|| compared(glyphs, &self.kept[at].lines)).flatten()
            })
            .collect();
        let same = |a: usize, b: usize| match (&texts[a], &texts[b]) {
            (Some(first), Some(second)) => first.text == second.text && near(&self.kept[a], &self.kept[b]),
            _ => false,
        };
        let inside = |at: usize| at > 0 && at + 1 < count && same(at - 1, at) && same(at, at + 1);
        let wanted: Vec<bool> = (0..count).map(|at| self.kept[at].seen.is_none() && !inside(at)).collect();
        for ((kept, text), wanted) in self.kept.iter_mut().zip(texts).zip(wanted) {
            if wanted {
                kept.seen = text;
            }
        }
    }
}

/// What a single line says by itself, without the help of other pictures.
#[derive(Debug, Clone, PartialEq)]
pub struct LineReading {
    /// Civil seconds since 1970-01-01 as shown; since midnight without a date.
    pub shown_s: f64,
    /// As in [`ClockFacts::format`].
    pub format: String,
    /// Of the least sure digit, 0 to 1.
    pub confidence: f32,
}

/// Reads a line (8-bit grey, with a small margin around it) as a clock's, in all the ways to understand it (day and month may be either); none
/// where it is no time, or not surely read.
pub fn read_line(reader: &TextReader, line: &Mat) -> Result<Vec<LineReading>, TextError> {
    let line = LineImage::new(&find::softened(line)?)?;
    let layouts = format::parse(&reader.read(&line)?.text).into_iter().map(|shown| shown.layout);
    let alphabet = reader.alphabet(&format::symbols(layouts));
    let seen = read(reader, &alphabet, std::slice::from_ref(&line))?;
    let whole = |shown: &Shown| shown.layout.date.is_some() || seen.digits_beside(shown) < DIGITS_OF_DATE;
    let sure =
        seen.ways.iter().filter_map(|way| seen.as_kind(way.layout.kind())).filter(|(shown, _)| whole(shown));
    let reading = |(shown, confidence): (&Shown, f32)| LineReading {
        shown_s: shown.shown_s,
        format: shown.layout.pattern(),
        confidence,
    };
    Ok(sure.map(reading).collect())
}

/// The lines that the recogniser read and that agree with others.
fn lessons<'k>(kept: &'k [Kept], account: &Account) -> Vec<Lesson<'k>> {
    let lesson = |(picture, kept): (usize, &'k Kept)| {
        let (shown, confidence) = account.understood(picture, kept).filter(|_| account.stands(picture))?;
        let seen = kept.seen.as_ref().filter(|seen| !seen.compared)?;
        let (begin, end) = (shown.begin, shown.end);
        Some(Lesson { lines: &kept.lines, text: &seen.text, spots: &seen.spots, begin, end, confidence })
    };
    kept.iter().enumerate().filter_map(lesson).collect()
}

/// What a line says by comparison with others.
fn compared(glyphs: &Glyphs, lines: &[LineImage]) -> Option<Seen> {
    let (text, confidence) = glyphs.read(lines)?;
    let confidences = vec![confidence; text.chars().count()];
    Some(Seen { ways: format::parse(&text), text, confidences, spots: Vec::new(), compared: true })
}

/// What the clock's lines in one picture say.
fn read(reader: &TextReader, alphabet: &Alphabet, lines: &[LineImage]) -> Result<Seen, TextError> {
    let mut seen = Seen::nothing();
    for (number, line) in lines.iter().enumerate() {
        let read = reader.read_within(line, alphabet)?;
        if !seen.text.is_empty() {
            seen.text.push(' ');
            seen.confidences.push(1.0);
            seen.spots.push(Spot { line: number, position: 0.0 });
        }
        seen.text += &read.text;
        let confidence = |c: &Character| if c.symbol.is_ascii_digit() { c.confidence } else { 1.0 };
        seen.confidences.extend(read.characters.iter().map(confidence));
        seen.spots.extend(read.characters.iter().map(|c| Spot { line: number, position: c.position }));
    }
    seen.ways = format::parse(&seen.text);
    Ok(seen)
}

impl Seen {
    fn nothing() -> Self {
        Self {
            text: String::new(),
            ways: Vec::new(),
            confidences: Vec::new(),
            spots: Vec::new(),
            compared: false,
        }
    }

    /// Digits in the line that are not of its time.
    fn digits_beside(&self, shown: &Shown) -> usize {
        let outside = |(at, c): &(usize, char)| !(shown.begin..shown.end).contains(at) && c.is_ascii_digit();
        self.text.chars().enumerate().filter(outside).count()
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

#[cfg(test)]
mod tests;
