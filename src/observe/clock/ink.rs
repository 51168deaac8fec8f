//! How the clock's digits are drawn: cut out of the scene, brought to one size, the mean of all places that show them.
//!
//! Overlays are drawn in ink that stands out from what lies around it, an edge, a box or the bare scene: it is told by its
//! brightness, as pixels that hang together, stand in the middle of a digit's place and reach neither end of the line.

use super::glyphs::{Foretold, Glyphs};
use super::shapes::Patch;
use crate::evidence::DigitShape;
use crate::observe::statistics::quantile;
use crate::observe::text::LineImage;

/// A digit seen in fewer pictures may be one in which the scene shows.
const MIN_PICTURES: usize = 3;

/// Of several pictures the level that a quarter of them is darker than, for bright ink: the scene behind it changes, and is taken where
/// it is dark. The other way round for dark ink.
const SCENE_SHARE: f64 = 0.25;

/// Ink and what lies around it differ by so many grey levels, or nothing can be told.
const MIN_CONTRAST: f32 = 40.0;

/// Levels of the ink and of what lies around it in a digit's place, as shares of its pixels from the least inked on: strokes cover some
/// fifth of the place, their edge as much and more.
const PLACE_INK_SHARE: f64 = 0.95;
const PLACE_GROUND_SHARE: f64 = 0.1;

/// The same, once the digit is found, of its own pixels and of those in a ring around it.
const OWN_INK_SHARE: f64 = 0.75;
const OWN_GROUND_SHARE: f64 = 0.25;

/// The ring, in pixels from the digit.
const RING_PX: (usize, usize) = (1, 3);

/// What holds so much of the ink is of a stroke.
const HALF: f32 = 0.5;

/// Strokes fade out so many pixels beyond half of their ink.
const FADE_PX: usize = 2;

/// Digits are at least so high, as a share of their line: it is cut around them.
const MIN_HEIGHT: f32 = 0.35;

/// Digits of one clock are of one height, to within this share: what is higher or lower is not all of one, or more.
const HEIGHT_LEEWAY: f32 = 0.12;

/// A digit is no wider than this share of the distance to the next one.
const MAX_WIDTH: f32 = 1.1;

/// A digit's middle is no further than this share of that distance from where the recogniser sees it.
const MAX_OFFSET: f32 = 0.45;

/// Each cell of a shape is the mean of so many points each way.
const POINTS: usize = 4;

/// A digit cut out of its place.
struct Cut {
    digit: u8,
    pictures: usize,
    /// Amounts of ink, 0 to 1, row by row.
    ink: Vec<f32>,
    width: usize,
    /// Where its ink begins and ends, in pixels.
    top: f32,
    bottom: f32,
    left: f32,
    right: f32,
}

/// Pictures that show the same digit in one of the clock's places.
struct Showing<'k> {
    digit: u8,
    place: usize,
    pictures: Vec<&'k [LineImage]>,
}

/// The digits that were surely seen, in ascending order. `unsure`: those of the clock, by their number, that cannot be
/// relied on.
pub fn digits(glyphs: &Glyphs, foretold: &[Foretold], unsure: &[usize]) -> Vec<DigitShape> {
    let showing = showing(glyphs, foretold, unsure);
    let cuts_of = |bright: bool| {
        let cut = |showing: &Showing| cut(glyphs, showing, bright);
        alike_high(showing.iter().filter_map(cut).collect())
    };
    let (bright, dark) = (cuts_of(true), cuts_of(false));
    // An edge has the form of its ink and is larger.
    let found = |cuts: &[Cut]| cuts.len() as f32 / mean_height(cuts).max(1.0);
    let cuts = if found(&bright) >= found(&dark) { bright } else { dark };
    let shape = |digit: u8| {
        let own: Vec<&Cut> = cuts.iter().filter(|cut| cut.digit == digit).collect();
        let pictures: usize = own.iter().map(|cut| cut.pictures).sum();
        if pictures < MIN_PICTURES {
            return None;
        }
        let mut ink = vec![0.0; DigitShape::ROWS * DigitShape::COLUMNS];
        for cut in own {
            let weight = cut.pictures as f32 / pictures as f32;
            ink.iter_mut().zip(cut.square()).for_each(|(sum, ink)| *sum += weight * ink);
        }
        Some(DigitShape { digit, pictures: pictures as u32, rows: DigitShape::rows_of(&ink) })
    };
    (0..=9).filter_map(shape).collect()
}

fn showing<'k>(glyphs: &Glyphs, foretold: &[Foretold<'k>], unsure: &[usize]) -> Vec<Showing<'k>> {
    let places = (0..glyphs.digits()).filter(|place| !unsure.contains(place));
    let both = places.flat_map(|place| (0..=9).map(move |digit| (place, digit)));
    let showing = both.map(|(place, digit)| {
        let symbol = char::from(b'0' + digit);
        let pictures = foretold.iter().filter(|known| known.digits.get(place) == Some(&symbol));
        Showing { digit, place, pictures: pictures.map(|known| known.lines).collect() }
    });
    showing.filter(|showing| !showing.pictures.is_empty()).collect()
}

fn mean_height(cuts: &[Cut]) -> f32 {
    cuts.iter().map(Cut::height).sum::<f32>() / cuts.len().max(1) as f32
}

/// Those of the usual height.
fn alike_high(mut cuts: Vec<Cut>) -> Vec<Cut> {
    let mut heights: Vec<f32> = cuts.iter().map(Cut::height).collect();
    heights.sort_by(f32::total_cmp);
    let Some(&usual) = heights.get(heights.len() / 2) else { return cuts };
    cuts.retain(|cut| (cut.height() - usual).abs() <= HEIGHT_LEEWAY * usual);
    cuts
}

/// The digit, if it is drawn brighter than what lies around it, or darker.
fn cut(glyphs: &Glyphs, showing: &Showing, bright: bool) -> Option<Cut> {
    let pitch = glyphs.pitch()?;
    let reach = pitch as i32 / 2;
    let (share, sign) = if bright { (SCENE_SHARE, 1.0) } else { (1.0 - SCENE_SHARE, -1.0) };
    let pictures = showing.pictures.iter().copied();
    let patch = Patch::quantile(glyphs.cell(showing.place)?, reach, pictures, share)?;
    let pixels = |reach: i32| -> Vec<f32> {
        let places = (0..patch.rows()).flat_map(|y| (-reach..reach).map(move |x| (x, y)));
        places.map(|(x, y)| sign * patch.at(x, y)).collect()
    };
    let (all, width) = (pixels(patch.half_width()), 2 * patch.half_width() as usize);
    let of_place = pixels(reach);
    let ink = inked(&all, level(&of_place, PLACE_GROUND_SHARE), level(&of_place, PLACE_INK_SHARE))?;
    let digit = digit_in(&ink, width, pitch as f32)?;
    // Once it is found, its own ink tells how much is all.
    let (inner, outer) = (widened(&digit, width, RING_PX.0), widened(&digit, width, RING_PX.1));
    let ring = picked(&all, |at| outer[at] && !inner[at]);
    let own = picked(&all, |at| digit[at]);
    let ink = inked(&all, level(&ring, OWN_GROUND_SHARE), level(&own, OWN_INK_SHARE))?;
    let near = widened(&digit_in(&ink, width, pitch as f32)?, width, FADE_PX);
    let ink: Vec<f32> = ink.iter().zip(near).map(|(ink, near)| if near { *ink } else { 0.0 }).collect();
    let row = |row: &[f32]| row.iter().copied().fold(0.0, f32::max);
    let column = |x: usize| ink.iter().skip(x).step_by(width).copied().fold(0.0, f32::max);
    let (top, bottom) = ends(&ink.chunks(width).map(row).collect::<Vec<_>>())?;
    let (left, right) = ends(&(0..width).map(column).collect::<Vec<_>>())?;
    let (digit, pictures) = (showing.digit, showing.pictures.len());
    Some(Cut { digit, pictures, ink, width, top, bottom, left, right })
}

fn picked(pixels: &[f32], of: impl Fn(usize) -> bool) -> Vec<f32> {
    pixels.iter().enumerate().filter(|&(at, _)| of(at)).map(|(_, pixel)| *pixel).collect()
}

fn level(pixels: &[f32], share: f64) -> f32 {
    let pixels: Vec<f64> = pixels.iter().map(|pixel| f64::from(*pixel)).collect();
    quantile(&pixels, share) as f32
}

/// Of each pixel how far it is from the ground's level to that of ink, 0 to 1; `None` where these are too near.
fn inked(pixels: &[f32], ground: f32, ink: f32) -> Option<Vec<f32>> {
    let share = |pixel: &f32| ((pixel - ground) / (ink - ground)).clamp(0.0, 1.0);
    (ink - ground >= MIN_CONTRAST).then(|| pixels.iter().map(share).collect())
}

/// Where half of the ink begins and ends, to a part of a pixel; pixels reach from their number to the next.
fn ends(profile: &[f32]) -> Option<(f32, f32)> {
    let first = profile.iter().position(|&ink| ink >= HALF)?;
    let last = profile.iter().rposition(|&ink| ink >= HALF)?;
    // Between two pixels' middles ink grows evenly.
    let part = |outer: Option<&f32>, inner: f32| {
        let outer = outer.copied().unwrap_or(0.0);
        if inner > outer { (inner - HALF) / (inner - outer) } else { 0.0 }
    };
    let before = first.checked_sub(1).and_then(|at| profile.get(at));
    let begin = first as f32 + 0.5 - part(before, profile[first]);
    let end = last as f32 + 0.5 + part(profile.get(last + 1), profile[last]);
    Some((begin, end))
}

/// The pixels of a digit: those of more than half ink that hang together, are of a digit's height and width, and stand in the
/// middle, or nearest to it.
fn digit_in(ink: &[f32], width: usize, pitch: f32) -> Option<Vec<bool>> {
    let rows = ink.len() / width.max(1);
    let mut left: Vec<bool> = ink.iter().map(|&ink| ink >= HALF).collect();
    let mut best: Option<(f32, Vec<usize>)> = None;
    for start in 0..ink.len() {
        if !std::mem::take(&mut left[start]) {
            continue;
        }
        let (mut members, mut next) = (vec![start], 0);
        while let Some(&at) = members.get(next) {
            next += 1;
            members.extend(around(at, width, rows).filter(|&near| std::mem::take(&mut left[near])));
        }
        if let Some(offset) = offset(&members, width, rows, pitch)
            && best.as_ref().is_none_or(|(least, _)| offset < *least)
        {
            best = Some((offset, members));
        }
    }
    let (_, members) = best?;
    let mut digit = vec![false; ink.len()];
    members.into_iter().for_each(|at| digit[at] = true);
    Some(digit)
}

/// How far the middle of pixels is from that of a digit's place; `None` where they cannot be a digit.
fn offset(members: &[usize], width: usize, rows: usize, pitch: f32) -> Option<f32> {
    let ends = |of: &dyn Fn(usize) -> usize| {
        let all = || members.iter().map(|&at| of(at));
        Some((all().min()?, all().max()?))
    };
    let ((top, bottom), (left, right)) = (ends(&|at| at / width)?, ends(&|at| at % width)?);
    let offset = ((left + right + 1) as f32 - width as f32).abs() / 2.0;
    let fits = top > 0
        && bottom + 1 < rows
        && (bottom + 1 - top) as f32 >= MIN_HEIGHT * rows as f32
        && (right + 1 - left) as f32 <= MAX_WIDTH * pitch
        && offset <= MAX_OFFSET * pitch;
    fits.then_some(offset)
}

/// A pixel's neighbours, those at its corners as well.
fn around(at: usize, width: usize, rows: usize) -> impl Iterator<Item = usize> {
    let (x, y) = (at % width, at / width);
    let rows = y.saturating_sub(1)..=(y + 1).min(rows - 1);
    let columns = x.saturating_sub(1)..=(x + 1).min(width - 1);
    rows.flat_map(move |y| columns.clone().map(move |x| y * width + x)).filter(move |&near| near != at)
}

/// With all within so many pixels.
fn widened(pixels: &[bool], width: usize, by: usize) -> Vec<bool> {
    let rows = pixels.len() / width.max(1);
    let once = |pixels: Vec<bool>| {
        let near = |at: usize| pixels[at] || around(at, width, rows).any(|near| pixels[near]);
        (0..pixels.len()).map(near).collect()
    };
    (0..by).fold(pixels.to_vec(), |pixels, _| once(pixels))
}

impl Cut {
    fn height(&self) -> f32 {
        self.bottom - self.top
    }

    /// The ink in the cells of a [`DigitShape`].
    fn square(&self) -> Vec<f32> {
        let side = self.height();
        let left = (self.left + self.right - side) / 2.0;
        let point = |number: usize, of: usize| (number as f32 + 0.5) / (of * POINTS) as f32 * side;
        let mut cells = Vec::with_capacity(DigitShape::ROWS * DigitShape::COLUMNS);
        for row in 0..DigitShape::ROWS {
            for column in 0..DigitShape::COLUMNS {
                let points = (0..POINTS).flat_map(|down| (0..POINTS).map(move |right| (down, right)));
                let sum: f32 = points
                    .map(|(down, right)| {
                        let x = left + point(column * POINTS + right, DigitShape::COLUMNS);
                        let y = self.top + point(row * POINTS + down, DigitShape::ROWS);
                        self.at(x, y)
                    })
                    .sum();
                cells.push(sum / (POINTS * POINTS) as f32);
            }
        }
        cells
    }

    /// The ink at a point, between the middles of four pixels.
    fn at(&self, x: f32, y: f32) -> f32 {
        let rows = self.ink.len() / self.width;
        let pixel = |x: f32, y: f32| {
            let inside = x >= 0.0 && y >= 0.0 && (x as usize) < self.width && (y as usize) < rows;
            if inside { self.ink[y as usize * self.width + x as usize] } else { 0.0 }
        };
        let (x, y) = (x - 0.5, y - 0.5);
        let (left, top) = (x.floor(), y.floor());
        let (right, down) = (x - left, y - top);
        let row = |y: f32| pixel(left, y) * (1.0 - right) + pixel(left + 1.0, y) * right;
        row(top) * (1.0 - down) + row(top + 1.0) * down
    }
}

#[cfg(test)]
mod tests {
    use opencv::core::{CV_8UC1, Mat, MatTraitManual};

    use super::super::glyphs::{Lesson, Spot};
    use super::*;

    const CELL_PX: usize = 24;
    const TEXT: &str = "09:30:1";

    /// Whether a digit of this font, in a cell of 24 by 48 pixels, has ink there: bars at the segments of a seven-segment display, which is
    /// 12 pixels wide and 24 high.
    fn has_ink(symbol: char, x: usize, y: usize) -> bool {
        let segments: [u8; 10] = [0x77, 0x24, 0x5d, 0x6d, 0x2e, 0x6b, 0x7b, 0x25, 0x7f, 0x6f];
        let Some(lit) = symbol.to_digit(10).map(|digit| segments[digit as usize]) else { return false };
        let (x, y) = (x as i32 - 6, y as i32 - 12);
        let (inside, left, right) = ((0..12).contains(&x) && (0..24).contains(&y), x < 4, x >= 8);
        let bars = [(0, y < 4), (3, (10..14).contains(&y)), (6, y >= 20)];
        let posts = [(1, left && y < 14), (2, right && y < 14), (4, left && y >= 10), (5, right && y >= 10)];
        inside && bars.into_iter().chain(posts).any(|(segment, within)| within && lit >> segment & 1 == 1)
    }

    /// A line over a scene that is different each time, each digit in an edge of two pixels.
    fn line(text: &str, scene: u32, ink: u8, edge: u8) -> LineImage {
        let width = CELL_PX * text.len();
        let mut picture = Mat::new_rows_cols_with_default(48, width as i32, CV_8UC1, 0.0.into()).unwrap();
        let symbols: Vec<char> = text.chars().collect();
        let drawn = |x: i32, y: i32| {
            let cell = symbols.get((x / CELL_PX as i32) as usize).copied().unwrap_or(' ');
            x >= 0 && y >= 0 && has_ink(cell, x as usize % CELL_PX, y as usize)
        };
        let mut noise = scene.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
        for (at, byte) in picture.data_bytes_mut().unwrap().iter_mut().enumerate() {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (x, y) = ((at % width) as i32, (at / width) as i32);
            let edged = (-2..=2).any(|down| (-2..=2).any(|right| drawn(x + right, y + down)));
            *byte = match (drawn(x, y), edged) {
                (true, _) => ink,
                (false, true) => edge,
                _ => (40 + scene * 53 % 140) as u8 + (noise >> 27) as u8,
            };
        }
        LineImage::new(&picture).unwrap()
    }

    fn white(text: &str, scene: u32) -> LineImage {
        line(text, scene, 245, 10)
    }

    /// What is seen of a clock that shows these seconds, of which the second minute's digit is unsure.
    fn seen(seconds: &str, drawn: impl Fn(&str, u32) -> LineImage) -> Vec<DigitShape> {
        let said: Vec<(String, Vec<LineImage>)> = seconds
            .chars()
            .enumerate()
            .map(|(scene, second)| {
                let text = format!("{TEXT}{second}");
                let lines = vec![drawn(&text, scene as u32)];
                (text, lines)
            })
            .collect();
        let spots: Vec<Spot> = (0..8).map(|at| Spot { line: 0, position: (at as f32 + 0.5) / 8.0 }).collect();
        let lessons: Vec<Lesson> = said
            .iter()
            .map(|(text, lines)| Lesson { lines, text, spots: &spots, begin: 0, end: 8, confidence: 0.9 })
            .collect();
        let foretold: Vec<Foretold> = said
            .iter()
            .map(|(text, lines)| Foretold {
                lines,
                digits: text.chars().filter(char::is_ascii_digit).collect(),
            })
            .collect();
        digits(&Glyphs::learnt(&lessons, &[]).unwrap(), &foretold, &[3])
    }

    const ALL_THRICE: &str = "012345678901234567890123456789";

    #[test]
    fn each_digit_is_drawn_as_it_is() {
        let digits = seen(ALL_THRICE, white);
        assert_eq!(digits.iter().map(|shape| shape.digit).collect::<Vec<_>>(), (0..=9).collect::<Vec<_>>());
        for shape in &digits {
            let ink = DigitShape::ink_of(&shape.rows).unwrap();
            // Points of the middle column and those of its left and right posts, in rows of two pixels.
            let at = |row: usize, column: usize| ink[row * DigitShape::COLUMNS + column] > 0.5;
            let lit = |x: usize, y: usize| has_ink(char::from(b'0' + shape.digit), x, y);
            if matches!(shape.digit, 1 | 7) {
                continue; // Narrow ones stand in the middle.
            }
            for (row, y) in [(0, 13), (3, 18), (5, 23), (8, 28), (11, 35)] {
                for (column, x) in [(6, 7), (9, 12), (13, 16)] {
                    assert_eq!(at(row, column), lit(x, y), "{} {row} {column}:\n{}", shape.digit, shape.rows);
                }
            }
        }
    }

    #[test]
    fn dark_ink_in_a_bright_edge_is_the_same() {
        let (bright, dark) =
            (seen(ALL_THRICE, white), seen(ALL_THRICE, |text, scene| line(text, scene, 10, 245)));
        assert_eq!(bright.len(), dark.len());
        for (bright, dark) in bright.iter().zip(&dark) {
            let [bright, dark] =
                [bright, dark].map(|shape| DigitShape::ink_of(&shape.rows).unwrap_or_default());
            let apart = bright.iter().zip(&dark).map(|(a, b)| (a - b).abs()).sum::<f32>();
            assert!(apart / (bright.len() as f32) < 0.05, "{apart}");
        }
    }

    #[test]
    fn what_was_seen_too_rarely_or_cannot_be_told_is_left_out() {
        let digits: Vec<u8> = seen("012345012345", white).iter().map(|shape| shape.digit).collect();
        assert_eq!(digits, [0, 1, 3, 9], "of the seconds each was seen twice; the 0 of the minute is unsure");
        assert_eq!(seen(ALL_THRICE, |_, scene| white("        ", scene)), [], "the scene alone");
    }
}
