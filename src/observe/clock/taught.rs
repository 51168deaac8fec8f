//! Digits that the ticking of the seconds taught beyond doubt, and whether the clock's others look like them.
//!
//! A recogniser that takes a face's 3 for an 8 does so every time. In the seconds that shows, for they would not
//! count; in a minute or a date, which stand still for as long as the clip lasts, nothing shows it but the digit's
//! own look, held against digits of the seconds that are known by when they were shown.

use super::format::Layout;
use super::glyphs::{Cell, Glyphs};
use crate::observe::text::LineImage;

/// With fewer digits known there is too little to choose from.
const MIN_TAUGHT: usize = 5;

/// A digit is another one when it is this many times nearer (in squared grey levels) to that one …
const MIN_NEARNESS: f32 = 2.0;

/// … and no further from it than this share of what the seconds' digits are from each other. A 3 and an 8 of one
/// face are a quarter of that apart.
const MAX_DISTANCE_SHARE: f32 = 0.12;

/// Cells are placed by where the recogniser saw their digits: good to half of its step of 8 pixels.
const MAX_SHIFT: i32 = 4;

/// The scene behind a digit has averaged out over so many pictures.
const MAX_PICTURES: usize = 12;

pub struct Taught<'g> {
    glyphs: &'g Glyphs,
    /// The seconds' two cells.
    cells: [&'g Cell; 2],
    /// Usual distance of one digit from another.
    usual: f32,
}

impl<'g> Taught<'g> {
    /// `None` where too few digits were taught.
    pub fn by(glyphs: &'g Glyphs, layout: &Layout) -> Option<Self> {
        let seconds = layout.digits_before_seconds()?;
        let cells = [glyphs.cell(seconds)?, glyphs.cell(seconds + 1)?];
        let means: Vec<&[f32]> = cells[1].digits().map(|(_, mean)| mean).collect();
        if means.len() < MIN_TAUGHT {
            return None;
        }
        let pairs = means.iter().enumerate().flat_map(|(at, a)| means[at + 1..].iter().map(move |b| (a, b)));
        let mut distances: Vec<f32> =
            pairs.map(|(a, b)| distance(cells[1], a, cells[1], b, (0, 0))).collect();
        distances.sort_by(f32::total_cmp);
        Some(Self { glyphs, cells, usual: distances[distances.len() / 2] })
    }

    /// What the digit number `at` is that was read as `read` in some pictures, where it is surely another one: it
    /// looks like that one, and not like what was read, and both are known.
    pub fn misread(&self, at: usize, read: char, pictures: &[&[LineImage]]) -> Option<char> {
        let cell = self.glyphs.cell(at)?;
        let step = pictures.len().div_ceil(MAX_PICTURES).max(1);
        let image = cell.mean(pictures.iter().step_by(step).copied())?;
        let mut nearest: Vec<(f32, char)> = Vec::new();
        for taught in self.cells {
            // Two lines may be scaled a little differently.
            let rows = if taught.line() == cell.line() { 0..=0 } else { -1..=1 };
            for (symbol, mean) in taught.digits() {
                let shifts = rows.clone().flat_map(|y| (-MAX_SHIFT..=MAX_SHIFT).map(move |x| (x, y)));
                let far = shifts.map(|shift| distance(cell, &image, taught, mean, shift));
                let far = far.fold(f32::INFINITY, f32::min);
                match nearest.iter_mut().find(|(_, known)| *known == symbol) {
                    Some((least, _)) => *least = least.min(far),
                    None => nearest.push((far, symbol)),
                }
            }
        }
        nearest.sort_by(|a, b| a.0.total_cmp(&b.0));
        let &(least, symbol) = nearest.first()?;
        if symbol == read || least > MAX_DISTANCE_SHARE * self.usual {
            return None;
        }
        let &(far, _) = nearest.iter().find(|(_, known)| *known == read)?;
        (far >= MIN_NEARNESS * least).then_some(symbol)
    }
}

/// Weighted mean of squared grey levels between two digits' pictures, the second moved by so many columns and
/// rows, where both are; pixels of the scene weigh little in either.
fn distance(a_cell: &Cell, a: &[f32], b_cell: &Cell, b: &[f32], (right, down): (i32, i32)) -> f32 {
    let (a_width, b_width) = (a_cell.width() as i32, b_cell.width() as i32);
    if a_width == 0 || b_width == 0 {
        return f32::INFINITY;
    }
    let rows = (a.len() as i32 / a_width).min(b.len() as i32 / b_width);
    // Cells stand around their digits' middles.
    let right = right + (a_width - b_width) / 2;
    let (mut sum, mut weights) = (0.0, 0.0);
    for y in down.max(0)..rows.min(rows + down) {
        for x in right.max(0)..a_width.min(b_width + right) {
            let (in_a, in_b) = ((y * a_width + x) as usize, ((y - down) * b_width + x - right) as usize);
            let (of_a, of_b) = (a_cell.weights()[in_a], b_cell.weights()[in_b]);
            let weight = of_a * of_b / (of_a + of_b);
            sum += weight * (a[in_a] - b[in_b]).powi(2);
            weights += weight;
        }
    }
    if weights > 0.0 { sum / weights } else { f32::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::super::format;
    use super::super::glyphs::tests::{line, spots};
    use super::super::glyphs::{Glyphs, Lesson};
    use super::*;

    /// What is found of the minute's second digit, which is a 0, when it is read as `read` while the seconds show
    /// `seconds`.
    fn minute(read: char, seconds: &str) -> Option<char> {
        let said: Vec<(String, Vec<LineImage>)> = seconds
            .chars()
            .enumerate()
            .map(|(scene, second)| {
                (format!("09:3{read}:1{second}"), vec![line(&format!("09:30:1{second}"), scene as u32)])
            })
            .collect();
        let spots = spots();
        let lessons: Vec<Lesson> = said
            .iter()
            .map(|(text, lines)| Lesson { lines, text, spots: &spots, begin: 0, end: 8, confidence: 0.9 })
            .collect();
        let glyphs = Glyphs::learnt(&lessons, &[]).unwrap();
        let layout = format::parse("09:30:11")[0].layout;
        let pictures: Vec<&[LineImage]> = said.iter().map(|(_, lines)| lines.as_slice()).collect();
        Taught::by(&glyphs, &layout)?.misread(3, read, &pictures)
    }

    #[test]
    fn a_minute_that_does_not_look_like_its_digit_is_found() {
        assert_eq!(minute('8', "01234567890123456789"), Some('0'));
        assert_eq!(minute('0', "01234567890123456789"), None);
    }

    #[test]
    fn what_was_not_taught_is_not_put_in_its_place() {
        assert_eq!(minute('8', "012345670123456701234567"), None, "no 8 to compare with");
        assert_eq!(minute('8', "123456712345671234567"), None, "nor what it is");
        assert_eq!(minute('8', "0101010101010101"), None, "two digits are too few");
    }
}
