//! The clock that the camera burnt into the picture: found, read, and held against time stamps.
//!
//! Pictures are offered in order of time. The first few are searched for the clock's place; of
//! every further one only the clock's lines are kept, small, and at the end as many of them are
//! read as the question takes ([`plan`]). Key frames are enough to see most leaps;
//! [`Observer::wanted`] says which stretches are worth decoding whole, to tell the clock's rate and
//! to place a leap between two pictures.

mod account;
mod band;
mod changes;
mod examine;
mod face;
mod find;
mod fit;
mod format;
mod glyphs;
mod ink;
mod place;
mod plan;
mod reading;
mod seen;
mod shapes;
mod taught;
mod wanted;

use serde::{Deserialize, Serialize};

use crate::evidence::{ClockFacts, DigitShape, Region};
use crate::media::Picture;
use crate::observe::text::{LineImage, TextError, TextReader};
use crate::time::Span;

use account::Account;
use examine::Confusion;
use find::{Candidate, Look, Planes, Scope};
use format::{Layout, LayoutKind};
use glyphs::{Foretold, Glyphs, Lesson};
use place::{Place, Proof};
use seen::{Seen, compared};

pub use seen::{LineReading, learn, read_line};
pub use wanted::{EVERY_DIGIT_S, TURNS_S};

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

/// Lines that the recogniser reads before the clip's own digits are learnt from them: fewer would not
/// show that they tick.
const LESSONS: usize = 6;

/// Digits that were misread are corrected in so many rounds: a second may show what the first left unclear.
const MAX_MENDINGS: usize = 3;

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
    /// Pictures without a clock in its place, searched whole.
    elsewhere: Vec<Look>,
    known: Known,
    /// Digits of the clock, by their number, that cannot be relied on.
    unsure: Vec<usize>,
    /// Digits that the recogniser was found to take for others.
    confusions: Vec<Confusion>,
    /// Digits that no second has shown yet, and that would tell more.
    untaught: Vec<char>,
}

/// What is known of a camera's clock beforehand, where it is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Known {
    /// Nothing outside counts as the clock.
    pub place: Option<Region>,
    pub format: Option<Format>,
}

/// How a clock writes the time, as far as it matters to what it shows: the order of its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Format(LayoutKind);

impl Format {
    /// By a strftime pattern such as `%d/%m/%Y %H:%M:%S`; `None` where no camera writes the time so.
    pub fn of(pattern: &str) -> Option<Self> {
        Layout::kind_of(pattern).map(Self)
    }
}

/// The clock's lines in one picture; none where the clock had not been found by then.
struct Kept {
    at_s: f64,
    lines: Vec<LineImage>,
    /// Cut at a place that is not confirmed yet.
    guessed: bool,
    /// Once it has been read.
    seen: Option<Seen>,
    /// Whether it looks as the clock's line says, where it was compared without being read.
    vouched: Option<bool>,
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
            elsewhere: Vec::new(),
            known: Known::default(),
            unsure: Vec::new(),
            confusions: Vec::new(),
            untaught: Vec::new(),
        }
    }

    /// Tells the observer what is known of the clock.
    pub fn knowing(self, known: Known) -> Self {
        Self { known, ..self }
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
        if let Some(place) = self.look_at_guess(at_s, planes)? {
            self.settle(place);
            return Ok(());
        }
        let scope = match self.known.place {
            Some(region) => Scope::Within(region),
            None if LOOKS_EVERYWHERE.contains(&self.looks.len()) => Scope::Everywhere,
            None => Scope::Edges,
        };
        let seen = find::look(self.reader, at_s, planes, scope)?;
        tracing::debug!(at_s, lines = ?seen.lines.iter().map(|line| &line.text).collect::<Vec<_>>(), "looked for a clock");
        self.looks.push(seen);
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

    /// Reads what stands where the last look saw a time: a running clock with a date needs no second search.
    fn look_at_guess(&mut self, at_s: f64, planes: Planes<'_>) -> Result<Option<Place>, TextError> {
        let Some(last) = self.looks.last().filter(|last| last.candidates.iter().any(Candidate::has_date))
        else {
            return Ok(None);
        };
        let Some(again) = find::look_again(self.reader, at_s, planes, last)? else { return Ok(None) };
        let pair = [last.clone(), again];
        let place = place::decide(&pair, Proof::Running);
        if place.is_some() {
            let [_, again] = pair;
            self.looks.push(again);
        }
        Ok(place)
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
        self.kept.push(Kept { at_s, lines, guessed, seen, vouched: None });
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
        let facts = account.facts(&self.kept, &self.unsure, duration_s);
        let foretold = account.foretold(&self.kept);
        let glyphs = Glyphs::learnt(&lessons(&self.kept, &account), &foretold);
        let vouched = self.kept.iter().filter(|kept| kept.seen.is_none() && kept.vouched == Some(true));
        Ok(ClockFacts {
            region: place.region(),
            other_text: place.other_text(&self.looks),
            changes: self.changes(&account, glyphs.as_ref(), &foretold, &facts.missing),
            digits: self.digits(glyphs.as_ref(), &foretold),
            vouched_s: vouched.map(|kept| kept.at_s).collect(),
            ..facts
        })
    }

    /// How the clock's digits are drawn; none where too few pictures show what is known.
    fn digits(&self, glyphs: Option<&Glyphs>, foretold: &[Foretold]) -> Vec<DigitShape> {
        let same = |glyphs: &&Glyphs| foretold.iter().all(|known| known.digits.len() == glyphs.digits());
        glyphs.filter(same).map_or(Vec::new(), |glyphs| ink::digits(glyphs, foretold, &self.unsure))
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
        let mut glyphs: Option<Glyphs> = None;
        let mut learnt_from = 0;
        // Where a thorough look goes on to read what is left.
        let mut read_on = self.thorough.then_some(0);
        let (mut mended, mut examined, mut completed) = (0, false, false);
        let mut earlier: Option<(usize, Vec<Option<Seen>>)> = None;
        loop {
            let account = Account::of(&self.kept, self.known.format.map(|Format(kind)| kind));
            let telling = account.telling(&self.kept);
            if !telling.is_empty() {
                for picture in telling {
                    // What stands out is read again before it counts.
                    self.read_again(&account, picture, &alphabet)?;
                }
                continue;
            }
            // Each line that the recogniser reads may teach a digit that was not known before.
            let recognised = self.recognised();
            if recognised >= LESSONS && recognised > learnt_from {
                learnt_from = recognised;
                glyphs = Glyphs::learnt(&lessons(&self.kept, &account), &account.foretold(&self.kept));
                if let Some(glyphs) =
                    glyphs.as_ref().filter(|_| account.steps().is_some_and(|s| s.resolution_s >= 1.0))
                {
                    self.compare(glyphs);
                }
                continue;
            }
            let next = plan::next(&times, &account.known, &account.lines_wanted(), account.steps());
            let compared = next
                .and_then(|next| glyphs.as_ref().and_then(|glyphs| compared(glyphs, &self.kept[next].lines)));
            let exhausted = next.is_some() && compared.is_none() && self.recognised() >= self.most_readings();
            let Some(next) = next.filter(|_| !exhausted) else {
                if let Some(from) = read_on {
                    read_on = self.read_on(from, &account, glyphs.as_ref(), &alphabet)?;
                } else if let Some(earlier) = earlier.take_if(|_| !examined)
                    && account.leaps_of_minutes() > earlier.0
                {
                    // What makes the clock leap was no correction.
                    self.kept.iter_mut().zip(earlier.1).for_each(|(kept, seen)| kept.seen = seen);
                    self.confusions.clear();
                    (mended, learnt_from) = (MAX_MENDINGS, 0);
                } else if !examined {
                    let seen = self.kept.iter().map(|kept| kept.seen.clone()).collect();
                    examined = !self.examine(&account, glyphs.as_ref(), mended < MAX_MENDINGS);
                    if !examined {
                        // What was learnt from the misread digits is learnt anew.
                        earlier = Some((account.leaps_of_minutes(), seen));
                        (mended, learnt_from) = (mended + 1, 0);
                    }
                } else if exhausted
                    || !self.doubt(&account, glyphs.as_ref(), &alphabet)?
                        && (std::mem::replace(&mut completed, true)
                            || !self.complete(&account, glyphs.as_ref()))
                {
                    return Ok(Some(account));
                }
                continue;
            };
            self.kept[next].seen = Some(match compared {
                Some(seen) => seen,
                None => self.recognise(&account, next, &alphabet)?,
            });
        }
    }
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

#[cfg(test)]
mod tests;
