//! What a digit looks like, apart from the scene behind it, and how like two looks are.

use super::glyphs::Cell;
use crate::observe::statistics;
use crate::observe::text::LineImage;

/// Cells are placed by where the recogniser saw their digits, which is good to its step of 8 pixels and a little: the most
/// pixels to the left or right that a digit is looked for.
pub const MAX_SHIFT: i32 = 10;

/// Noise of coding, as a standard deviation of grey levels, as in the lines that are compared.
const CODING_NOISE: f32 = 10.0;

/// Where the digits' own differences are less than this share of all there are, the scene shows.
const MIN_SHARE_OF_DIGITS: f32 = 0.5;

/// Part of a line around a digit's middle, as wide as digits are looked for.
pub struct Patch {
    pixels: Vec<f32>,
    width: i32,
}

/// Pixels, from a digit's middle and the line's top, in which digits differ, with weights.
pub struct Telling(Vec<(i32, i32, f32)>);

impl Patch {
    /// The mean of several pictures; `None` where there are none of the cell's size.
    pub fn mean<'a>(
        cell: &Cell,
        reach: i32,
        pictures: impl Iterator<Item = &'a [LineImage]>,
    ) -> Option<Self> {
        let (mut sum, mut count): (Vec<f32>, f32) = (Vec::new(), 0.0);
        for patch in pictures.filter_map(|lines| Self::cut(cell, reach, lines)) {
            match count > 0.0 {
                true => sum.iter_mut().zip(patch).for_each(|(sum, pixel)| *sum += pixel),
                false => sum = patch,
            }
            count += 1.0;
        }
        let pixels = sum.iter().map(|sum| sum / count).collect();
        (count > 0.0).then(|| Self { pixels, width: Self::width(reach) })
    }

    /// Of each pixel the level that this share of several pictures is darker than; `None` where there are none of the cell's size.
    pub fn quantile<'a>(
        cell: &Cell,
        reach: i32,
        pictures: impl Iterator<Item = &'a [LineImage]>,
        share: f64,
    ) -> Option<Self> {
        let cut: Vec<Vec<f32>> = pictures.filter_map(|lines| Self::cut(cell, reach, lines)).collect();
        let level = |at: usize| {
            let levels: Vec<f64> = cut.iter().map(|pixels| f64::from(pixels[at])).collect();
            statistics::quantile(&levels, share) as f32
        };
        let pixels = (0..cut.first()?.len()).map(level).collect();
        Some(Self { pixels, width: Self::width(reach) })
    }

    fn width(reach: i32) -> i32 {
        2 * (reach + MAX_SHIFT + 1)
    }

    fn cut(cell: &Cell, reach: i32, lines: &[LineImage]) -> Option<Vec<f32>> {
        let (pixels, row) = lines.get(cell.line())?.pixels();
        if row != cell.row() || row == 0 {
            return None;
        }
        let width = Self::width(reach);
        let left = cell.middle() as i32 - width / 2;
        let columns = |line: &[u8]| -> Vec<f32> {
            let at = |x: i32| f32::from(line[(left + x).clamp(0, row as i32 - 1) as usize]);
            (0..width).map(at).collect()
        };
        Some(pixels.chunks_exact(row).flat_map(columns).collect())
    }

    /// The pixel so far to the right of the digit's middle and from the line's top; beyond the edge, the nearest.
    pub fn at(&self, x: i32, y: i32) -> f32 {
        let rows = self.rows();
        let x = (x + self.width / 2).clamp(0, self.width - 1);
        self.pixels[(y.clamp(0, rows - 1) * self.width + x) as usize]
    }

    pub fn rows(&self) -> i32 {
        self.pixels.len() as i32 / self.width
    }

    /// How far it reaches to either side of the digit's middle.
    pub fn half_width(&self) -> i32 {
        self.width / 2
    }

    /// The pixels of `telling`, from a middle that lies half pixels to the right and whole ones down.
    pub fn shape(&self, telling: &Telling, half_steps: i32, down: i32) -> Vec<f32> {
        let (right, between) = (half_steps.div_euclid(2), half_steps.rem_euclid(2) == 1);
        let pixel = |&(x, y, _): &(i32, i32, f32)| {
            let pixel = self.at(x + right, y + down);
            if between { (pixel + self.at(x + right + 1, y + down)) / 2.0 } else { pixel }
        };
        telling.0.iter().map(pixel).collect()
    }
}

impl Telling {
    /// The pixels, of every second row, in which digits differ by more than pictures of one digit do. `taught`: of each digit
    /// its mean and the pictures that show it. `None` where there are none.
    pub fn between(cell: &Cell, reach: i32, taught: &[(&Patch, &[&[LineImage]])]) -> Option<Self> {
        let all: usize = taught.iter().map(|(_, pictures)| pictures.len()).sum();
        let freedom = all.saturating_sub(taught.len()).max(1) as f32;
        let rows = taught.first().map(|(mean, _)| mean.rows())?;
        let mut within = vec![0.0_f32; (rows * 2 * reach) as usize];
        let place = |x: i32, y: i32| (y * 2 * reach + x + reach) as usize;
        let pixels = || (0..rows).step_by(2).flat_map(|y| (-reach..reach).map(move |x| (x, y)));
        for (mean, pictures) in taught {
            for lines in *pictures {
                let Some(patch) = Patch::mean(cell, reach, std::iter::once(*lines)) else { continue };
                for (x, y) in pixels() {
                    within[place(x, y)] += (patch.at(x, y) - mean.at(x, y)).powi(2) / freedom;
                }
            }
        }
        let count = taught.len() as f32;
        let weighed = pixels().filter_map(|(x, y)| {
            let mean = taught.iter().map(|(patch, _)| patch.at(x, y)).sum::<f32>() / count;
            let squares = taught.iter().map(|(patch, _)| (patch.at(x, y) - mean).powi(2)).sum::<f32>();
            let between = squares / (count - 1.0).max(1.0);
            let share = between / (between + within[place(x, y)] + CODING_NOISE.powi(2));
            (share > MIN_SHARE_OF_DIGITS).then_some((x, y, share))
        });
        let telling: Vec<(i32, i32, f32)> = weighed.collect();
        (!telling.is_empty()).then_some(Self(telling))
    }

    /// Weighted correlation of two shapes, -1 to 1.
    pub fn correlation(&self, one: &[f32], other: &[f32]) -> f32 {
        let (of_one, of_other) = (self.mean(one), self.mean(other));
        let (mut both, mut ones, mut others) = (0.0, 0.0, 0.0);
        for ((a, b), (.., weight)) in one.iter().zip(other).zip(&self.0) {
            let (a, b) = (a - of_one, b - of_other);
            both += weight * a * b;
            ones += weight * a * a;
            others += weight * b * b;
        }
        let scale = (ones * others).sqrt();
        if scale > 0.0 { both / scale } else { 0.0 }
    }

    /// The mixture of two shapes that comes nearest to a third, at any contrast and brightness: the share of the first. Only
    /// where the two differ does the third have a say in it.
    pub fn share(&self, shape: &[f32], first: &[f32], second: &[f32]) -> f32 {
        let product = |one: &[f32], other: &[f32]| {
            let (of_one, of_other) = (self.mean(one), self.mean(other));
            let both = one.iter().zip(other).zip(&self.0);
            both.map(|((a, b), (.., weight))| weight * (a - of_one) * (b - of_other)).sum::<f32>()
        };
        let (firsts, seconds, both) =
            (product(first, first), product(second, second), product(first, second));
        let (to_first, to_second) = (product(shape, first), product(shape, second));
        // Least squares of the third by the two, solved by Cramer's rule.
        let parts = (to_first * seconds - to_second * both, to_second * firsts - to_first * both);
        let sum = parts.0 + parts.1;
        if sum > 0.0 { parts.0 / sum } else { 0.0 }
    }

    fn mean(&self, shape: &[f32]) -> f32 {
        let sum: f32 = self.0.iter().map(|(.., weight)| weight).sum();
        shape.iter().zip(&self.0).map(|(pixel, (.., weight))| pixel * weight).sum::<f32>() / sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mixture_is_told_where_two_shapes_differ_at_any_contrast() {
        let telling = Telling((0..6).map(|x| (x, 0, 1.0)).collect());
        // They differ in the last pixel alone.
        let (first, second) = ([0.0, 90.0, 10.0, 80.0, 20.0, 0.0], [0.0, 90.0, 10.0, 80.0, 20.0, 60.0]);
        let mixed = |share: f32, contrast: f32, brightness: f32| -> Vec<f32> {
            let both = first.iter().zip(&second);
            both.map(|(a, b)| brightness + contrast * (share * a + (1.0 - share) * b)).collect()
        };
        for share in [0.0, 0.3, 1.0] {
            for (contrast, brightness) in [(1.0, 0.0), (0.4, 70.0)] {
                let found = telling.share(&mixed(share, contrast, brightness), &first, &second);
                assert!((found - share).abs() < 1e-3, "{found} for {share}");
            }
        }
        assert!(telling.correlation(&mixed(1.0, 0.4, 70.0), &first) > 0.999);
        assert!(telling.correlation(&mixed(0.0, 1.0, 0.0), &first) < 0.9);
    }
}
