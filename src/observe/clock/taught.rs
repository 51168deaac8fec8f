//! Digits that the ticking of the seconds taught beyond doubt, and whether the clock's others look like them.
//!
//! A recogniser that takes a face's 3 for an 8 does so every time. In the seconds that shows, for they would not
//! count; in a minute or a date, which stand still for as long as the clip lasts, nothing shows it but the digit's
//! own look, held against digits of the seconds that are known by when they were shown.
//!
//! Only shapes are compared, whatever the scene behind: where the ten digits differ among themselves, by correlation.

use super::format::Layout;
use super::glyphs::{Cell, Foretold, Glyphs};
use crate::observe::text::LineImage;

/// With fewer digits known there is too little to choose from.
const MIN_TAUGHT: usize = 5;

/// A digit that looks so much like one of the seconds, and so much less like any other, is that one. Of some 1,100
/// digits of 89 drawn clips (docs/accuracy.md) 850 did, all of them rightly.
const MIN_LIKENESS: f32 = 0.85;
const MIN_MARGIN: f32 = 0.15;

/// What looks so much like another digit than the one that was read was misread.
const MIN_LIKENESS_TO_ANOTHER: f32 = 0.9;

/// What is mistaken for another digit stands where that one would, within this share of the digits' usual distance: what
/// stands further off is a neighbour, or part of one.
const SAME_PLACE: f32 = 0.25;

/// One picture alone may show the turn of a second, or a leap: it contradicts nothing.
const MIN_PICTURES_OF_ANOTHER: usize = 2;

/// Digits that are as like as two pictures of one digit, or nearly (so many times as far from 1), may be the same.
const SAME_DIGIT_FACTOR: f32 = 2.0;

/// Likeness of two pictures of one digit where none was seen in two places.
const USUAL_LIKENESS: f32 = 0.95;

/// Cells are placed by where the recogniser saw their digits, which is good to its step of 8 pixels and a little.
const MAX_SHIFT: i32 = 10;

/// Two digits do not stand nearer to each other than this share of their usual distance: what is found there is the
/// neighbour.
const MIN_DISTANCE: f32 = 0.7;

/// Two lines of a clock may be cut a little differently.
const MAX_SHIFT_DOWN: i32 = 2;

/// Noise of coding, as a standard deviation of grey levels, as in the lines that are compared.
const CODING_NOISE: f32 = 10.0;

/// Where the digits' own differences are less than this share of all there are, the scene shows.
const MIN_SHARE_OF_DIGITS: f32 = 0.5;

/// What a digit's look says of how it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// It looks like that digit, and like no other.
    Confirmed,
    /// It looks like that other one, and not like the one that was read.
    Another(char),
    /// It looks like none, or like several, or the seconds did not show it.
    Open,
}

pub struct Taught<'g> {
    glyphs: &'g Glyphs,
    /// Usual distance of digits in pixels of the line.
    pitch: f32,
    /// Half of it: a digit reaches so far to either side of its middle.
    reach: i32,
    /// Pixels, from a digit's middle and the line's top, in which digits differ, with weights.
    telling: Vec<(i32, i32, f32)>,
    known: Vec<Known>,
    /// Least likeness of two pictures that may be of one digit.
    same: f32,
}

/// A digit of the seconds.
struct Known {
    symbol: char,
    line: usize,
    /// In how many pictures it was seen.
    pictures: usize,
    patch: Patch,
    /// Its telling pixels.
    shape: Vec<f32>,
}

/// How like a digit's picture is to one of the seconds.
struct Likeness {
    /// -1 to 1.
    like: f32,
    /// How far to the right of the middle of its cell that is, in pixels.
    shift: f32,
    symbol: char,
}

/// Part of a line around a digit's middle, as wide as digits are looked for.
struct Patch {
    pixels: Vec<f32>,
    width: i32,
}

impl Patch {
    /// The mean of several pictures; `None` where there are none of the cell's size.
    fn mean<'a>(cell: &Cell, reach: i32, pictures: impl Iterator<Item = &'a [LineImage]>) -> Option<Self> {
        let half = reach + MAX_SHIFT + 1;
        let width = 2 * half;
        let (mut sum, mut count): (Vec<f32>, f32) = (Vec::new(), 0.0);
        for lines in pictures {
            let (pixels, row) = lines.get(cell.line())?.pixels();
            if row != cell.row() || row == 0 {
                continue;
            }
            let left = cell.middle() as i32 - half;
            let columns = |line: &[u8]| -> Vec<f32> {
                let at = |x: i32| f32::from(line[(left + x).clamp(0, row as i32 - 1) as usize]);
                (0..width).map(at).collect()
            };
            let patch = pixels.chunks_exact(row).flat_map(columns);
            match count > 0.0 {
                true => sum.iter_mut().zip(patch).for_each(|(sum, pixel)| *sum += pixel),
                false => sum = patch.collect(),
            }
            count += 1.0;
        }
        (count > 0.0).then(|| Self { pixels: sum.iter().map(|sum| sum / count).collect(), width })
    }

    fn at(&self, x: i32, y: i32) -> f32 {
        let rows = self.pixels.len() as i32 / self.width;
        let x = (x + self.width / 2).clamp(0, self.width - 1);
        self.pixels[(y.clamp(0, rows - 1) * self.width + x) as usize]
    }

    /// The pixels of `telling`, from a middle that lies half steps to the right and whole ones down.
    fn shape(&self, telling: &[(i32, i32, f32)], half_steps: i32, down: i32) -> Vec<f32> {
        let (right, between) = (half_steps.div_euclid(2), half_steps.rem_euclid(2) == 1);
        let pixel = |&(x, y, _): &(i32, i32, f32)| {
            let pixel = self.at(x + right, y + down);
            if between { (pixel + self.at(x + right + 1, y + down)) / 2.0 } else { pixel }
        };
        telling.iter().map(pixel).collect()
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
                known.push(Known { symbol, line, pictures: pictures.len(), patch, shape: Vec::new() });
            }
        }
        let units = patches(seconds + 1);
        if units.len() < MIN_TAUGHT {
            return None;
        }
        let telling = telling(glyphs.cell(seconds + 1)?, reach, &known[..units.len()], &units)?;
        for known in &mut known {
            known.shape = known.patch.shape(&telling, 0, 0);
        }
        let mut taught = Self { glyphs, pitch: pitch as f32, reach, telling, known, same: 0.0 };
        let (ones, tens) = taught.known.split_at(units.len());
        let in_both = ones.iter().filter_map(|one| {
            let other = tens.iter().find(|other| other.symbol == one.symbol)?;
            Some(taught.likeness(&other.patch, one, other.line, &|_| true).like)
        });
        let mut in_both: Vec<f32> = in_both.collect();
        in_both.sort_by(f32::total_cmp);
        let usual = in_both.get(in_both.len() / 2).copied().unwrap_or(USUAL_LIKENESS);
        taught.same = 1.0 - SAME_DIGIT_FACTOR * (1.0 - usual);
        Some(taught)
    }

    /// Digits that no second taught.
    pub fn missing(&self) -> impl Iterator<Item = char> {
        ('0'..='9').filter(|symbol| !self.known.iter().any(|known| known.symbol == *symbol))
    }

    /// What the digit number `at`, which was read as `read`, looks like in pictures that all show the same there.
    /// `held`: columns where digits beside it stand, which it does not.
    pub fn look(&self, at: usize, read: char, pictures: &[&[LineImage]], held: &[f32]) -> Option<Look> {
        let cell = self.glyphs.cell(at)?;
        let patch = Patch::mean(cell, self.reach, pictures.iter().copied())?;
        let middle = cell.middle() as f32;
        let free = |shift: f32| {
            held.iter().all(|column| (middle + shift - column).abs() >= MIN_DISTANCE * self.pitch)
        };
        let likeness = self.likenesses(&patch, cell.line(), &free);
        let &Likeness { like: most, shift, symbol: nearest } =
            likeness.iter().max_by(|a, b| a.like.total_cmp(&b.like))?;
        let others = likeness.iter().filter(|other| other.symbol != nearest);
        let alone = others.map(|other| other.like).all(|like| most - like >= MIN_MARGIN);
        let seen = self.known.iter().filter(|known| known.symbol == nearest).map(|known| known.pictures);
        let in_place =
            |other: &Likeness| other.symbol == read && (other.shift - shift).abs() <= SAME_PLACE * self.pitch;
        let other_known = likeness.iter().any(in_place) && seen.sum::<usize>() >= MIN_PICTURES_OF_ANOTHER;
        Some(match alone {
            true if nearest == read && most >= MIN_LIKENESS => Look::Confirmed,
            true if nearest != read && most >= MIN_LIKENESS_TO_ANOTHER && other_known => {
                Look::Another(nearest)
            }
            _ => Look::Open,
        })
    }

    /// The column where the digit number `at` stands, if it looks like the one that was read there.
    pub fn column(&self, at: usize, read: char, pictures: &[&[LineImage]]) -> Option<f32> {
        let cell = self.glyphs.cell(at)?;
        let patch = Patch::mean(cell, self.reach, pictures.iter().copied())?;
        let of_read = self.known.iter().filter(|known| known.symbol == read);
        let found = of_read.map(|known| self.likeness(&patch, known, cell.line(), &|_| true));
        let Likeness { like, shift, .. } = found.max_by(|a, b| a.like.total_cmp(&b.like))?;
        (like >= MIN_LIKENESS).then_some(cell.middle() as f32 + shift)
    }

    /// Whether the digit number `at` looks the same in some pictures and in others.
    pub fn same(&self, at: usize, some: &[&[LineImage]], others: &[&[LineImage]]) -> bool {
        let shape = |pictures: &[&[LineImage]]| {
            let patch = Patch::mean(self.glyphs.cell(at)?, self.reach, pictures.iter().copied())?;
            Some(patch.shape(&self.telling, 0, 0))
        };
        let both = shape(some).zip(shape(others));
        both.is_some_and(|(some, others)| correlation(&some, &others, &self.telling) >= self.same)
    }

    /// How like a digit's picture is to each of those that the seconds taught, at shifts that are `free`.
    fn likenesses(&self, patch: &Patch, line: usize, free: &dyn Fn(f32) -> bool) -> Vec<Likeness> {
        let mut all: Vec<Likeness> = Vec::new();
        for known in &self.known {
            let likeness = self.likeness(patch, known, line, free);
            match all.iter_mut().find(|other| other.symbol == known.symbol) {
                Some(other) if other.like < likeness.like => *other = likeness,
                Some(_) => {}
                None => all.push(likeness),
            }
        }
        all
    }

    /// The most that a picture, of that line, is like a digit, wherever in it the digit may stand; -1 where no shift is
    /// `free`.
    fn likeness(&self, patch: &Patch, known: &Known, line: usize, free: &dyn Fn(f32) -> bool) -> Likeness {
        let at = |half_steps: i32, down: i32| Likeness {
            like: correlation(&patch.shape(&self.telling, half_steps, down), &known.shape, &self.telling),
            shift: half_steps as f32 / 2.0,
            symbol: known.symbol,
        };
        let max_down = if known.line == line { 0 } else { MAX_SHIFT_DOWN };
        let whole = (-max_down..=max_down)
            .flat_map(|down| (-MAX_SHIFT..=MAX_SHIFT).map(move |right| (2 * right, down)))
            .filter(|&(half_steps, _)| free(half_steps as f32 / 2.0))
            .map(|(half_steps, down)| (at(half_steps, down), half_steps, down));
        let nowhere = Likeness { like: -1.0, shift: 0.0, symbol: known.symbol };
        let Some((most, half_steps, down)) = whole.max_by(|a, b| a.0.like.total_cmp(&b.0.like)) else {
            return nowhere;
        };
        let near = [half_steps - 1, half_steps + 1].map(|half_steps| at(half_steps, down));
        near.into_iter().fold(most, |best, other| if other.like > best.like { other } else { best })
    }
}

/// The pixels, of every second row, in which digits differ by more than pictures of one digit do.
fn telling(
    cell: &Cell,
    reach: i32,
    known: &[Known],
    pictures: &[(char, usize, Vec<&[LineImage]>)],
) -> Option<Vec<(i32, i32, f32)>> {
    let all: usize = pictures.iter().map(|(.., pictures)| pictures.len()).sum();
    let freedom = all.saturating_sub(known.len()).max(1) as f32;
    let rows = known.first().map(|known| known.patch.pixels.len() as i32 / known.patch.width)?;
    let mut within = vec![0.0_f32; (rows * 2 * reach) as usize];
    let place = |x: i32, y: i32| (y * 2 * reach + x + reach) as usize;
    let pixels = || (0..rows).step_by(2).flat_map(|y| (-reach..reach).map(move |x| (x, y)));
    for (known, (.., pictures)) in known.iter().zip(pictures) {
        for lines in pictures {
            let Some(patch) = Patch::mean(cell, reach, std::iter::once(*lines)) else { continue };
            for (x, y) in pixels() {
                within[place(x, y)] += (patch.at(x, y) - known.patch.at(x, y)).powi(2) / freedom;
            }
        }
    }
    let count = known.len() as f32;
    let weighed = pixels().filter_map(|(x, y)| {
        let mean = known.iter().map(|known| known.patch.at(x, y)).sum::<f32>() / count;
        let squares = known.iter().map(|known| (known.patch.at(x, y) - mean).powi(2)).sum::<f32>();
        let between = squares / (count - 1.0).max(1.0);
        let share = between / (between + within[place(x, y)] + CODING_NOISE.powi(2));
        (share > MIN_SHARE_OF_DIGITS).then_some((x, y, share))
    });
    let telling: Vec<(i32, i32, f32)> = weighed.collect();
    (!telling.is_empty()).then_some(telling)
}

/// Weighted correlation of two shapes, -1 to 1.
fn correlation(one: &[f32], other: &[f32], telling: &[(i32, i32, f32)]) -> f32 {
    let sum: f32 = telling.iter().map(|(.., weight)| weight).sum();
    let mean =
        |shape: &[f32]| shape.iter().zip(telling).map(|(p, (.., weight))| p * weight).sum::<f32>() / sum;
    let (of_one, of_other) = (mean(one), mean(other));
    let (mut both, mut ones, mut others) = (0.0, 0.0, 0.0);
    for ((a, b), (.., weight)) in one.iter().zip(other).zip(telling) {
        let (a, b) = (a - of_one, b - of_other);
        both += weight * a * b;
        ones += weight * a * a;
        others += weight * b * b;
    }
    let scale = (ones * others).sqrt();
    if scale > 0.0 { both / scale } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::super::format;
    use super::super::glyphs::tests::{line, spots};
    use super::super::glyphs::{Foretold, Glyphs, Lesson};
    use super::*;

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
        with_taught(&said, |taught| taught.look(3, read, &pictures, &[]))?
    }

    #[test]
    fn a_minute_that_does_not_look_like_its_digit_is_found() {
        assert_eq!(minute('8', "01234567890123456789"), Some(Look::Another('0')));
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
        assert_eq!(minute('8', "123456781234567800"), Some(Look::Another('0')));
    }

    #[test]
    fn what_stands_beside_is_not_looked_at() {
        let said = ticking('0', "01234567890123456789");
        let pictures: Vec<&[LineImage]> = said.iter().map(|(_, lines)| lines.as_slice()).collect();
        let looks =
            |held: &[f32]| with_taught(&said, |taught| taught.look(3, '0', &pictures, held)).flatten();
        let column = with_taught(&said, |taught| taught.column(3, '0', &pictures)).flatten().unwrap();
        assert_eq!((looks(&[]), looks(&[column])), (Some(Look::Confirmed), Some(Look::Open)));
    }
}
