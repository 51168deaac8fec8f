//! The font of the burnt-in clock: how a camera's files draw its digits, and how like them those of another file are.
//!
//! Shapes are compared digit by digit, whatever their size: by the correlation of their strokes, which is the ink less what is around it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::evidence::{DigitShape, INK_MARKS};

/// Fewer digits that both have say too little: single ones are alike in many fonts, as every 1 is a stroke.
pub const MIN_DIGITS: usize = 4;

/// Digits less like the camera's than this are of another font. Of 138 pairs of a profile and a drawn clip of its font at
/// other sizes, colours and bit rates the least alike had 0.90 (docs/accuracy.md).
pub const MIN_LIKENESS: f64 = 0.88;

/// A shape's digit may stand so many rows and columns off its middle.
const MAX_SHIFT: isize = 1;

/// What all digits of all fonts share is ink about the middle. Strokes are what is more, or less, than the mean of so many rows and columns
/// to either side: they are some three rows thick.
const AROUND: (isize, isize) = (2, 4);

/// How a font draws digits.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Font {
    /// Of the files that it was learned from, the least likeness of one to the others; absent where fewer than two could be held
    /// against each other.
    #[serde(default)]
    pub least_likeness: Option<f64>,
    pub digits: BTreeMap<char, Shape>,
}

/// The ink in each cell of a [`DigitShape`], 0 to 1.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Shape(Vec<f32>);

impl TryFrom<String> for Shape {
    type Error = String;

    fn try_from(rows: String) -> Result<Self, String> {
        let wrong = || {
            let marks: String = INK_MARKS.iter().collect();
            let (rows, columns) = (DigitShape::ROWS, DigitShape::COLUMNS);
            format!("a digit is drawn in {rows} rows of {columns} marks out of \"{marks}\"")
        };
        DigitShape::ink_of(&rows).map(Self).ok_or_else(wrong)
    }
}

impl Shape {
    /// As [`DigitShape::rows`].
    pub fn rows(&self) -> String {
        DigitShape::rows_of(&self.0)
    }

    fn mean(shapes: &[&Self]) -> Self {
        let count = shapes.len().max(1) as f32;
        let cell = |at: usize| shapes.iter().filter_map(|shape| shape.0.get(at)).sum::<f32>() / count;
        Self((0..DigitShape::ROWS * DigitShape::COLUMNS).map(cell).collect())
    }

    /// Correlation of the strokes, -1 to 1, where it is greatest of all small shifts.
    fn likeness(&self, other: &Self) -> f64 {
        let own = self.strokes(0, 0);
        let shifts = (-MAX_SHIFT..=MAX_SHIFT)
            .flat_map(|down| (-MAX_SHIFT..=MAX_SHIFT).map(move |right| (down, right)));
        let likenesses = shifts.map(|(down, right)| correlation(&own, &other.strokes(down, right)));
        likenesses.fold(-1.0, f64::max)
    }

    /// Of each cell its ink less the mean of those around it, of the shape moved so many rows down and columns to the right.
    fn strokes(&self, down: isize, right: isize) -> Vec<f64> {
        let cells = (0..DigitShape::ROWS as isize).flat_map(|row| {
            (0..DigitShape::COLUMNS as isize).map(move |column| (row - down, column - right))
        });
        let (rows, columns) = AROUND;
        let area = ((2 * rows + 1) * (2 * columns + 1)) as f64;
        let stroke = |(row, column): (isize, isize)| {
            let near = (row - rows..=row + rows)
                .flat_map(|y| (column - columns..=column + columns).map(move |x| (y, x)));
            self.at(row, column) - near.map(|(y, x)| self.at(y, x)).sum::<f64>() / area
        };
        cells.map(stroke).collect()
    }

    /// No ink lies outside.
    fn at(&self, row: isize, column: isize) -> f64 {
        let inside = (0..DigitShape::ROWS as isize).contains(&row)
            && (0..DigitShape::COLUMNS as isize).contains(&column);
        let cell = inside.then(|| self.0.get(row as usize * DigitShape::COLUMNS + column as usize));
        cell.flatten().copied().map_or(0.0, f64::from)
    }
}

/// Of values about zero; 0 where there are none.
fn correlation(some: &[f64], others: &[f64]) -> f64 {
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let scale = (product(some, some) * product(others, others)).sqrt();
    if scale > 0.0 { product(some, others) / scale } else { 0.0 }
}

impl Font {
    /// What files have in common that draw digits so; `None` where too few digits were seen in all of them together.
    pub fn learn(files: &[&[DigitShape]]) -> Option<Self> {
        let files: Vec<Self> = files.iter().map(|digits| Self::of(digits)).collect();
        let all: Vec<&Self> = files.iter().collect();
        let font = Self::mean(&all);
        let likeness_to_others = |at: usize| {
            let others: Vec<&Self> =
                all.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, file)| *file).collect();
            Self::mean(&others).likeness(&files[at])
        };
        let least_likeness = (0..files.len()).filter_map(likeness_to_others).reduce(f64::min);
        (font.digits.len() >= MIN_DIGITS).then_some(Self { least_likeness, ..font })
    }

    fn of(digits: &[DigitShape]) -> Self {
        let shape = |drawn: &DigitShape| {
            let digit = char::from_digit(u32::from(drawn.digit), 10)?;
            Some((digit, Shape(DigitShape::ink_of(&drawn.rows)?)))
        };
        Self { least_likeness: None, digits: digits.iter().filter_map(shape).collect() }
    }

    fn mean(fonts: &[&Self]) -> Self {
        let shape = |digit: char| {
            let shapes: Vec<&Shape> = fonts.iter().filter_map(|font| font.digits.get(&digit)).collect();
            (!shapes.is_empty()).then(|| (digit, Shape::mean(&shapes)))
        };
        Self { least_likeness: None, digits: ('0'..='9').filter_map(shape).collect() }
    }

    /// Whether the files that it was learned from draw digits alike.
    pub fn is_habit(&self) -> bool {
        self.least_likeness.is_none_or(|least| least >= MIN_LIKENESS)
    }

    /// How like digits are to the font's, -1 to 1; `None` where fewer than [`MIN_DIGITS`] can be compared.
    pub fn likeness_of(&self, digits: &[DigitShape]) -> Option<f64> {
        self.likeness(&Self::of(digits))
    }

    /// The mean over the digits that both have, less the one that is least alike: it may be misread, or the scene may show in it.
    fn likeness(&self, other: &Self) -> Option<f64> {
        let common =
            self.digits.iter().filter_map(|(digit, own)| Some(own.likeness(other.digits.get(digit)?)));
        let mut likenesses: Vec<f64> = common.collect();
        likenesses.sort_by(f64::total_cmp);
        let all_but_least = likenesses.get(1..).filter(|_| likenesses.len() >= MIN_DIGITS)?;
        Some(all_but_least.iter().sum::<f64>() / all_but_least.len() as f64)
    }

    /// What is wrong with a font that was written by hand.
    pub fn fault(&self) -> Option<String> {
        if let Some(digit) = self.digits.keys().find(|digit| !digit.is_ascii_digit()) {
            return Some(format!("its font has a shape for \"{digit}\", which is no digit"));
        }
        let least = self.least_likeness.filter(|least| !(-1.0..=1.0).contains(least))?;
        Some(format!("its font has a least_likeness of {least}, which is not between -1 and 1"))
    }
}

#[cfg(test)]
mod tests;
