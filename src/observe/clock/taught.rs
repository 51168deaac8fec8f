//! Digits that the ticking of the seconds taught beyond doubt, and whether the clock's others look like them.
//!
//! A recogniser that takes a face's 3 for an 8 does so every time. In the seconds that shows, for they would not
//! count; in a minute or a date, which stand still for as long as the clip lasts, nothing shows it but the digit's
//! own look, held against digits of the seconds that are known by when they were shown.
//!
//! Only shapes are compared, whatever the scene behind: where the ten digits differ among themselves, by correlation; and
//! two that are much alike, as a 3 and an 8 of a bitmap face are, only where these two differ.

use super::format::Layout;
use super::glyphs::{Cell, Foretold, Glyphs};
use super::shapes::{MAX_SHIFT, Patch, Telling};
use crate::observe::text::LineImage;

/// With fewer digits known there is too little to choose from.
const MIN_TAUGHT: usize = 5;

/// A digit that looks so much like one of the seconds, and is that one rather than any other, is that one. Of some 1,500
/// digits of 123 drawn clips (docs/accuracy.md) 1,200 did, all of them rightly but for neighbours that were taken for them.
const MIN_LIKENESS: f32 = 0.85;

/// Where two digits differ, a picture of the one is it by a share of 1, and by 0 the other: see [`Taught::share`].
const MIN_SHARE: f32 = 0.7;

/// Where two digits were not taught in one place, the likeness to one must be so much more than to the other.
const MIN_MARGIN: f32 = 0.15;

/// What the recogniser is nearly sure of needs less: of the seven digits above that were misread, none looked most like what
/// was read.
const LEANING_LIKENESS: f32 = 0.6;
const LEANING_SHARE: f32 = 0.65;

/// What looks so much like another digit than the one that was read was misread.
const MIN_LIKENESS_TO_ANOTHER: f32 = 0.9;

/// And plainly so, whatever the recogniser says, where it is the other by such a share, and by no more than that the one
/// that was read.
const PLAIN_SHARE: f32 = 0.85;
const MAX_SHARE_OF_READ: f32 = 0.3;

/// What is mistaken for another digit stands where that one would, within this share of the digits' usual distance: what
/// stands further off is a neighbour, or part of one.
const SAME_PLACE: f32 = 0.25;

/// One picture alone may show the turn of a second, or a leap: it contradicts nothing.
const MIN_PICTURES_OF_ANOTHER: usize = 2;

/// Digits that are as like as two pictures of one digit, or nearly (so many times as far from 1), may be the same.
const SAME_DIGIT_FACTOR: f32 = 2.0;

/// Likeness of two pictures of one digit where none was seen in two places.
const USUAL_LIKENESS: f32 = 0.95;

/// Two digits do not stand nearer to each other than this share of their usual distance: what is found there is the
/// neighbour.
const MIN_DISTANCE: f32 = 0.7;

/// Two lines of a clock may be cut a little differently.
const MAX_SHIFT_DOWN: i32 = 2;

/// What a digit's look says of how it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// It looks like that digit, and like no other.
    Confirmed,
    /// It looks more like that digit than like any other.
    Leaning,
    /// It looks like that other one, and not like the one that was read.
    Another(char),
    /// It plainly is that other one.
    Plainly(char),
    /// It looks like none, or like several, or the seconds did not show it.
    Open,
}

pub struct Taught<'g> {
    glyphs: &'g Glyphs,
    /// Usual distance of digits in pixels of the line.
    pitch: f32,
    /// Half of it: a digit reaches so far to either side of its middle.
    reach: i32,
    telling: Telling,
    known: Vec<Known>,
    /// Least likeness of two pictures that may be of one digit.
    same: f32,
}

/// A digit of the seconds.
struct Known {
    symbol: char,
    /// Which digit of the clock showed it.
    digit: usize,
    line: usize,
    /// In how many pictures it was seen.
    pictures: usize,
    patch: Patch,
    /// Its telling pixels.
    shape: Vec<f32>,
}

/// How like a digit's picture is to one of the seconds.
#[derive(Clone, Copy)]
struct Likeness<'t> {
    /// -1 to 1.
    like: f32,
    /// How far to the right of the middle of its cell that is, in half pixels, and how far down in whole ones.
    half_steps: i32,
    down: i32,
    known: &'t Known,
}

impl Likeness<'_> {
    /// In pixels to the right.
    fn shift(&self) -> f32 {
        self.half_steps as f32 / 2.0
    }
}

impl<'g> Taught<'g> {
    /// By pictures of which it is known what they show; `None` where too few digits were taught.
    pub fn by(glyphs: &'g Glyphs, layout: &Layout, foretold: &[Foretold]) -> Option<Self> {
        let seconds = layout.digits_before_seconds()?;
        let pitch = glyphs.pitch()?;
        let reach = pitch as i32 / 2;
        let patches = |digit: usize| -> Vec<(char, usize, Vec<&[LineImage]>)> {
            let shows = |symbol: char| {
                let showing = foretold.iter().filter(|known| known.digits.get(digit) == Some(&symbol));
                showing.map(|known| known.lines).collect::<Vec<_>>()
            };
            let line = glyphs.cell(digit).map_or(0, Cell::line);
            ('0'..='9')
                .map(|symbol| (symbol, line, shows(symbol)))
                .filter(|(.., all)| !all.is_empty())
                .collect()
        };
        let mut known: Vec<Known> = Vec::new();
        for digit in [seconds + 1, seconds] {
            let cell = glyphs.cell(digit)?;
            for (symbol, line, pictures) in patches(digit) {
                let patch = Patch::mean(cell, reach, pictures.iter().copied())?;
                known.push(Known { symbol, digit, line, pictures: pictures.len(), patch, shape: Vec::new() });
            }
        }
        let units = patches(seconds + 1);
        if units.len() < MIN_TAUGHT {
            return None;
        }
        let taught: Vec<(&Patch, &[&[LineImage]])> = known
            .iter()
            .zip(&units)
            .map(|(known, (.., pictures))| (&known.patch, pictures.as_slice()))
            .collect();
        let telling = Telling::between(glyphs.cell(seconds + 1)?, reach, &taught)?;
        for known in &mut known {
            known.shape = known.patch.shape(&telling, 0, 0);
        }
        let mut taught = Self { glyphs, pitch: pitch as f32, reach, telling, known, same: 0.0 };
        let (ones, tens) = taught.known.split_at(units.len());
        let in_both = ones.iter().filter_map(|one| {
            let other = tens.iter().find(|other| other.symbol == one.symbol)?;
            Some(taught.likeness(&other.patch, one, other.line, &|_| true)?.like)
        });
        let mut in_both: Vec<f32> = in_both.collect();
        in_both.sort_by(f32::total_cmp);
        let usual = in_both.get(in_both.len() / 2).copied().unwrap_or(USUAL_LIKENESS);
        taught.same = 1.0 - SAME_DIGIT_FACTOR * (1.0 - usual);
        Some(taught)
    }

    /// What the digit number `at`, which was read as `read` and can only be one of `possible`, looks like in pictures that
    /// all show the same there. `held`: columns where digits beside it stand, which it does not.
    pub fn look(
        &self,
        at: usize,
        read: char,
        possible: &[char],
        pictures: &[&[LineImage]],
        held: &[f32],
    ) -> Option<Look> {
        let cell = self.glyphs.cell(at)?;
        let patch = Patch::mean(cell, self.reach, pictures.iter().copied())?;
        let middle = cell.middle() as f32;
        let free = |shift: f32| {
            held.iter().all(|column| (middle + shift - column).abs() >= MIN_DISTANCE * self.pitch)
        };
        let likenesses: Vec<Likeness> = self
            .likenesses(&patch, cell.line(), &free)
            .filter(|likeness| possible.contains(&likeness.known.symbol))
            .collect();
        let most_like = |symbol: char| {
            let of_symbol = likenesses.iter().filter(|likeness| likeness.known.symbol == symbol);
            of_symbol.max_by(|a, b| a.like.total_cmp(&b.like))
        };
        let Some(most) = likenesses.iter().max_by(|a, b| a.like.total_cmp(&b.like)) else {
            return Some(Look::Open);
        };
        let nearest = most.known.symbol;
        let others = possible.iter().filter(|&&symbol| symbol != nearest && most_like(symbol).is_some());
        let shares = others.map(|&other| self.share(&patch, &likenesses, nearest, other));
        let least_share = shares.fold(1.0, f32::min);
        if nearest == read {
            return Some(match (most.like, least_share) {
                (like, share) if like >= MIN_LIKENESS && share >= MIN_SHARE => Look::Confirmed,
                (like, share) if like >= LEANING_LIKENESS && share >= LEANING_SHARE => Look::Leaning,
                _ => Look::Open,
            });
        }
        let seen = self.known.iter().filter(|known| known.symbol == nearest).map(|known| known.pictures);
        let in_place = |other: &Likeness| (other.shift() - most.shift()).abs() <= SAME_PLACE * self.pitch;
        let is_another = most.like >= MIN_LIKENESS_TO_ANOTHER
            && least_share >= MIN_SHARE
            && most_like(read).is_some_and(in_place)
            && seen.sum::<usize>() >= MIN_PICTURES_OF_ANOTHER;
        let plainly = || {
            self.share(&patch, &likenesses, nearest, read) >= PLAIN_SHARE
                && self.share(&patch, &likenesses, read, nearest) <= MAX_SHARE_OF_READ
        };
        Some(match is_another {
            true if plainly() => Look::Plainly(nearest),
            true => Look::Another(nearest),
            false => Look::Open,
        })
    }

    /// How much a digit's picture is `one` rather than `other`, only where these differ: 1 where it is just that one, 0 where it
    /// is just the other, whatever its contrast. By those of the seconds' places that showed both; where none did well, 1 or 0
    /// as the likenesses themselves are far enough apart or not.
    fn share(&self, patch: &Patch, likenesses: &[Likeness], one: char, other: char) -> f32 {
        let of = |symbol: char| likenesses.iter().filter(move |likeness| likeness.known.symbol == symbol);
        let pairs = of(one).filter_map(|likeness| {
            let beside = |known: &&Known| known.symbol == other && known.digit == likeness.known.digit;
            Some((likeness, self.known.iter().find(beside)?))
        });
        let most = |symbol: char| of(symbol).map(|likeness| likeness.like).fold(-1.0, f32::max);
        let best = pairs.max_by(|a, b| a.0.like.total_cmp(&b.0.like));
        // Where the digit looks otherwise than in its best place, the difference does not tell either.
        let Some((likeness, beside)) = best.filter(|(likeness, _)| likeness.like >= most(one) - MIN_MARGIN)
        else {
            return if most(one) - most(other) >= MIN_MARGIN { 1.0 } else { 0.0 };
        };
        let shape = patch.shape(&self.telling, likeness.half_steps, likeness.down);
        self.telling.share(&shape, &likeness.known.shape, &beside.shape)
    }

    /// The column where the digit number `at` stands, if it looks like the one that was read there.
    pub fn column(&self, at: usize, read: char, pictures: &[&[LineImage]]) -> Option<f32> {
        let cell = self.glyphs.cell(at)?;
        let patch = Patch::mean(cell, self.reach, pictures.iter().copied())?;
        let of_read = self.known.iter().filter(|known| known.symbol == read);
        let found = of_read.filter_map(|known| self.likeness(&patch, known, cell.line(), &|_| true));
        let most = found.max_by(|a, b| a.like.total_cmp(&b.like))?;
        (most.like >= MIN_LIKENESS).then_some(cell.middle() as f32 + most.shift())
    }

    /// Whether the digit number `at` looks the same in some pictures and in others.
    pub fn same(&self, at: usize, some: &[&[LineImage]], others: &[&[LineImage]]) -> bool {
        self.alike(at, some, others, 0).is_some_and(|alike| alike >= self.same)
    }

    /// The most that the digit number `at` is like in some pictures to what it is in others, -1 to 1, where it may have
    /// moved by so many pixels to either side: behind letters that are not all as wide digits do.
    pub fn alike(
        &self,
        at: usize,
        some: &[&[LineImage]],
        others: &[&[LineImage]],
        max_shift: i32,
    ) -> Option<f32> {
        let patch = |pictures: &[&[LineImage]]| {
            Patch::mean(self.glyphs.cell(at)?, self.reach, pictures.iter().copied())
        };
        let (some, others) = (patch(some)?.shape(&self.telling, 0, 0), patch(others)?);
        let likenesses = (-max_shift..=max_shift)
            .map(|right| self.telling.correlation(&some, &others.shape(&self.telling, 2 * right, 0)));
        likenesses.reduce(f32::max)
    }

    /// How like a digit's picture is to each of those that the seconds taught, at shifts that are `free`.
    fn likenesses(
        &self,
        patch: &Patch,
        line: usize,
        free: &dyn Fn(f32) -> bool,
    ) -> impl Iterator<Item = Likeness<'_>> {
        self.known.iter().filter_map(move |known| self.likeness(patch, known, line, free))
    }

    /// The most that a picture, of that line, is like a digit, wherever in it the digit may stand; `None` where no shift is
    /// `free`.
    fn likeness<'t>(
        &self,
        patch: &Patch,
        known: &'t Known,
        line: usize,
        free: &dyn Fn(f32) -> bool,
    ) -> Option<Likeness<'t>> {
        let at = |half_steps: i32, down: i32| Likeness {
            like: self.telling.correlation(&patch.shape(&self.telling, half_steps, down), &known.shape),
            half_steps,
            down,
            known,
        };
        let max_down = if known.line == line { 0 } else { MAX_SHIFT_DOWN };
        let whole = (-max_down..=max_down)
            .flat_map(|down| (-MAX_SHIFT..=MAX_SHIFT).map(move |right| (2 * right, down)))
            .filter(|&(half_steps, _)| free(half_steps as f32 / 2.0))
            .map(|(half_steps, down)| at(half_steps, down));
        let most = whole.max_by(|a, b| a.like.total_cmp(&b.like))?;
        let near = [most.half_steps - 1, most.half_steps + 1].map(|half_steps| at(half_steps, most.down));
        Some(near.into_iter().fold(most, |best, other| if other.like > best.like { other } else { best }))
    }
}

/// Digits that the seconds showed in no picture, or in too few to contradict what was read.
pub fn untaught(layout: &Layout, foretold: &[Foretold]) -> Vec<char> {
    let Some(seconds) = layout.digits_before_seconds() else { return Vec::new() };
    let of_second = |known: &&Foretold, symbol: char| {
        known.digits[seconds..].iter().take(2).any(|digit| *digit == symbol)
    };
    let pictures = |symbol: char| foretold.iter().filter(|known| of_second(known, symbol)).count();
    ('0'..='9').filter(|symbol| pictures(*symbol) < MIN_PICTURES_OF_ANOTHER).collect()
}

#[cfg(test)]
mod tests {
    use super::super::format;
    use super::super::glyphs::tests::{line, spots};
    use super::super::glyphs::{Foretold, Glyphs, Lesson};
    use super::*;

    const ALL: [char; 10] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

    /// A line of the clock at 09:30:1… for each of `seconds`, over a scene of its own, and what is said that it shows.
    fn ticking(minute: char, seconds: &str) -> Vec<(String, Vec<LineImage>)> {
        let shown = |(scene, second)| {
            (format!("09:3{minute}:1{second}"), vec![line(&format!("09:30:1{second}"), scene as u32)])
        };
        seconds.chars().enumerate().map(shown).collect()
    }

    /// Hands over what these lines teach; `None` where that is too little.
    fn with_taught<T>(said: &[(String, Vec<LineImage>)], then: impl FnOnce(&Taught) -> T) -> Option<T> {
        let spots = spots();
        let lessons: Vec<Lesson> = said
            .iter()
            .map(|(text, lines)| Lesson { lines, text, spots: &spots, begin: 0, end: 8, confidence: 0.9 })
            .collect();
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect();
        let foretold: Vec<Foretold> =
            said.iter().map(|(text, lines)| Foretold { lines, digits: digits(text) }).collect();
        let glyphs = Glyphs::learnt(&lessons, &[]).unwrap();
        Taught::by(&glyphs, &format::parse("09:30:11")[0].layout, &foretold).map(|taught| then(&taught))
    }

    /// What is found of the minute's second digit, which is a 0, when it is read as `read` while the seconds show
    /// `seconds`.
    fn minute(read: char, seconds: &str) -> Option<Look> {
        let said = ticking(read, seconds);
        let pictures: Vec<&[LineImage]> = said.iter().map(|(_, lines)| lines.as_slice()).collect();
        with_taught(&said, |taught| taught.look(3, read, &ALL, &pictures, &[]))?
    }

    #[test]
    fn a_minute_that_does_not_look_like_its_digit_is_found() {
        assert_eq!(minute('8', "01234567890123456789"), Some(Look::Plainly('0')));
        assert_eq!(minute('0', "01234567890123456789"), Some(Look::Confirmed));
    }

    #[test]
    fn the_same_digit_looks_the_same_over_another_scene() {
        let said = ticking('0', "01234567890123456789");
        let (same, other) = ([line("09:30:12", 70)], [line("09:37:12", 71)]);
        let is_same =
            |others: &[LineImage]| with_taught(&said, |taught| taught.same(3, &[&said[0].1], &[others]));
        assert_eq!((is_same(&same), is_same(&other)), (Some(true), Some(false)));
    }

    #[test]
    fn what_was_not_taught_is_not_put_in_its_place() {
        assert_eq!(minute('8', "012345670123456701234567"), Some(Look::Open), "no 8 to compare with");
        assert_eq!(minute('8', "1234567812345671234567"), Some(Look::Open), "nor what it is");
        assert_eq!(minute('8', "0101010101010101"), None, "two digits are too few");
    }

    #[test]
    fn one_picture_contradicts_nothing() {
        // The tens of the seconds show a 1 alone.
        assert_eq!(minute('8', "12345678123456780"), Some(Look::Open));
        assert_eq!(minute('8', "123456781234567800"), Some(Look::Plainly('0')));
    }

    #[test]
    fn two_digits_that_are_much_alike_are_told_where_they_differ() {
        // Of these the shapes differ in one row of eight.
        let looks = |shown: char, read: char| {
            let said: Vec<(String, Vec<LineImage>)> = "01234567890123456789"
                .chars()
                .enumerate()
                .map(|(scene, second)| {
                    let drawn = format!("09:3{shown}:1{second}");
                    (format!("09:3{read}:1{second}"), vec![line(&drawn, scene as u32)])
                })
                .collect();
            let pictures: Vec<&[LineImage]> = said.iter().map(|(_, lines)| lines.as_slice()).collect();
            with_taught(&said, |taught| taught.look(3, read, &ALL, &pictures, &[])).flatten()
        };
        for (one, other) in [('6', '7'), ('7', '6')] {
            assert_eq!(looks(one, one), Some(Look::Confirmed));
            assert_ne!(looks(one, other), Some(Look::Confirmed));
        }
    }

    #[test]
    fn what_a_digit_cannot_be_is_not_looked_for() {
        let said = ticking('8', "01234567890123456789");
        let pictures: Vec<&[LineImage]> = said.iter().map(|(_, lines)| lines.as_slice()).collect();
        let look = with_taught(&said, |taught| taught.look(3, '8', &['8', '9'], &pictures, &[])).flatten();
        assert_ne!(look, Some(Look::Plainly('0')));
    }

    #[test]
    fn seconds_that_were_not_seen_are_told() {
        let untaught_by = |seconds: &str| {
            let said = ticking('0', seconds);
            let layout = format::parse("09:30:11")[0].layout;
            let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect();
            let foretold: Vec<Foretold> =
                said.iter().map(|(text, lines)| Foretold { lines, digits: digits(text) }).collect();
            untaught(&layout, &foretold)
        };
        assert_eq!(untaught_by("0246802468"), ['3', '5', '7', '9'], "the tens show a 1");
        assert_eq!(untaught_by("01234567890123456"), ['7', '8', '9'], "one picture is not enough");
        assert!(untaught_by("01234567890123456789").is_empty());
    }

    #[test]
    fn what_stands_beside_is_not_looked_at() {
        let said = ticking('0', "01234567890123456789");
        let pictures: Vec<&[LineImage]> = said.iter().map(|(_, lines)| lines.as_slice()).collect();
        let looks =
            |held: &[f32]| with_taught(&said, |taught| taught.look(3, '0', &ALL, &pictures, held)).flatten();
        let column = with_taught(&said, |taught| taught.column(3, '0', &pictures)).flatten().unwrap();
        assert_eq!((looks(&[]), looks(&[column])), (Some(Look::Confirmed), Some(Look::Open)));
    }
}
