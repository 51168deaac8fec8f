//! How far a view that hardly moves did move, to some hundredths of a pixel, by least squares over the gradients of both
//! pictures (B. D. Lucas and T. Kanade, *An Iterative Image Registration Technique*, 1981; one step, as movements are below a
//! pixel). Blocks in which something else moves are left out.

use super::{BLOCK, MIN_BLOCKS, Small};
use crate::observe::statistics::median;

/// A block counts where no more of it is left, as a mean square, than this many times the median block's.
const MOST_LEFT: f64 = 4.0;
/// Blocks are left out, and the movement is measured again, so often.
const ROUNDS: usize = 3;
/// Gradients (luma a pixel, mean square) below this tell no movement.
const MIN_GRADIENT: f64 = 0.2;

/// The movement of a view that hardly moves.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Drift {
    /// In pixels at [`super::SMALL_WIDTH`]; too small where the view moves by more than half of one.
    pub shift: (f64, f64),
    /// What the movement and each block's brightness leave of the later picture in the median block: root mean square of luma,
    /// 0–255.
    pub left: f64,
}

/// A block's sums of products about their means: of the gradients across (x) and down (y), and of the change (t).
#[derive(Clone, Copy)]
struct Moments {
    xx: f64,
    xy: f64,
    yy: f64,
    xt: f64,
    yt: f64,
    tt: f64,
}

impl Small {
    /// How the view drifted until `later`. `None` where either picture has too little texture, or the size changed.
    pub fn drift(&self, later: &Self) -> Option<Drift> {
        if (self.width, self.height) != (later.width, later.height) {
            return None;
        }
        let rows = (0..self.height / BLOCK).map(|row| row * BLOCK);
        let places = rows.flat_map(|y| (0..self.width / BLOCK).map(move |column| (column * BLOCK, y)));
        let blocks: Vec<Moments> = places.map(|(x, y)| self.moments(later, x, y)).collect();
        let mut counted: Vec<&Moments> = blocks.iter().collect();
        let mut drift = Drift::default();
        for _ in 0..ROUNDS {
            if counted.len() < MIN_BLOCKS {
                return None;
            }
            let shift = solved(&counted)?;
            let left: Vec<f64> = blocks.iter().map(|block| block.left(shift)).collect();
            let usual = median(&left);
            drift = Drift { shift, left: (usual / INNER_PIXELS).max(0.0).sqrt() };
            counted = blocks
                .iter()
                .zip(&left)
                .filter(|(_, left)| **left <= MOST_LEFT * usual)
                .map(|(block, _)| block)
                .collect();
        }
        Some(drift)
    }

    /// Of the pixels of a block that have neighbours in it.
    fn moments(&self, later: &Self, x: usize, y: usize) -> Moments {
        // Of both pictures: their sum, whose gradients are those of their mean, and the change between them.
        let (mut both, mut changes) = ([[0i16; BLOCK]; BLOCK], [[0i16; BLOCK]; BLOCK]);
        for (row, (both, changes)) in both.iter_mut().zip(&mut changes).enumerate() {
            let start = (y + row) * self.width + x;
            let (before, after) = (&self.luma[start..start + BLOCK], &later.luma[start..start + BLOCK]);
            for n in 0..BLOCK {
                let (before, after) = (i16::from(before[n]), i16::from(after[n]));
                (both[n], changes[n]) = (before + after, after - before);
            }
        }
        let mut sums = [0i32; 3];
        let mut products = [0i32; 6];
        for row in 1..=INNER_SIDE {
            let (above, here, below) = (&both[row - 1], &both[row], &both[row + 1]);
            // Each 0 at its end, which adds nothing. Both gradients are four times as large as they are a pixel.
            let (mut across, mut down, mut change) = ([0i16; BLOCK], [0i16; BLOCK], [0i16; BLOCK]);
            for n in 0..INNER_SIDE {
                across[n] = here[n + 2].wrapping_sub(here[n]);
                down[n] = below[n + 1].wrapping_sub(above[n + 1]);
                change[n] = changes[row][n + 1];
            }
            for (sum, values) in sums.iter_mut().zip([&across, &down, &change]) {
                *sum =
                    sum.wrapping_add(values.iter().map(|&value| i32::from(value)).fold(0, i32::wrapping_add));
            }
            let pairs = [
                (&across, &across),
                (&across, &down),
                (&down, &down),
                (&across, &change),
                (&down, &change),
                (&change, &change),
            ];
            for (product, (a, b)) in products.iter_mut().zip(pairs) {
                let of_row = a.iter().zip(b).map(|(&a, &b)| i32::from(a) * i32::from(b));
                *product = product.wrapping_add(of_row.fold(0, i32::wrapping_add));
            }
        }
        let [across, down, change] = sums.map(f64::from);
        let about =
            |product: i32, a: f64, b: f64, scale: f64| (f64::from(product) - a * b / INNER_PIXELS) / scale;
        Moments {
            xx: about(products[0], across, across, 16.0),
            xy: about(products[1], across, down, 16.0),
            yy: about(products[2], down, down, 16.0),
            xt: about(products[3], across, change, 4.0),
            yt: about(products[4], down, change, 4.0),
            tt: about(products[5], change, change, 1.0),
        }
    }
}

/// Pixels of a block that have neighbours in it, in a row and in all. Their sums of products fit 32 bits: 196 × 510².
const INNER_SIDE: usize = BLOCK - 2;
const INNER_PIXELS: f64 = (INNER_SIDE * INNER_SIDE) as f64;

impl Moments {
    /// What a movement leaves of the change, as a sum of squares.
    fn left(&self, (x, y): (f64, f64)) -> f64 {
        self.tt
            + 2.0 * (x * self.xt + y * self.yt)
            + x * x * self.xx
            + 2.0 * x * y * self.xy
            + y * y * self.yy
    }
}

/// The movement that leaves least of all blocks together; `None` where they have edges in one direction alone, or none.
fn solved(blocks: &[&Moments]) -> Option<(f64, f64)> {
    let sum = |of: fn(&Moments) -> f64| blocks.iter().map(|block| of(block)).sum::<f64>();
    let (xx, xy, yy) = (sum(|m| m.xx), sum(|m| m.xy), sum(|m| m.yy));
    let (xt, yt) = (sum(|m| m.xt), sum(|m| m.yt));
    let determinant = xx * yy - xy * xy;
    let least = MIN_GRADIENT * INNER_PIXELS * blocks.len() as f64;
    // The smaller eigenvalue is at least the determinant over the trace.
    (determinant >= least * (xx + yy))
        .then(|| ((xy * yt - yy * xt) / determinant, (xy * xt - xx * yt) / determinant))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A scene of waves, moved by so many pixels, under sensor noise of some steps.
    fn scene(x_px: f64, y_px: f64, brightness: f64, seed: u32) -> Small {
        let (width, height) = (160, 96);
        let luma = |n: usize| {
            let (x, y) = ((n % width) as f64 - x_px, (n / width) as f64 - y_px);
            let noise = f64::from((n as u32).wrapping_mul(2_654_435_761).wrapping_add(seed * 40_503) >> 24)
                / 128.0
                - 1.0;
            let waves =
                (x / 5.0).sin() * (y / 7.0).cos() + 0.5 * (x / 11.0 + y / 6.0).sin() + (y / 17.0).sin();
            (120.0 + brightness + 25.0 * waves + noise).round() as u8
        };
        Small { width, height, luma: (0..width * height).map(luma).collect() }
    }

    #[test]
    fn a_tenth_of_a_pixel_is_seen_under_noise_and_another_exposure() {
        let before = scene(0.0, 0.0, 0.0, 1);
        for (x, y) in [(0.1, 0.0), (-0.05, 0.12), (0.0, 0.0)] {
            let drift = before.drift(&scene(x, y, 6.0, 2)).unwrap();
            assert!((drift.shift.0 - x).hypot(drift.shift.1 - y) < 0.015, "{drift:?}");
            assert!(drift.left < 3.0, "{drift:?}");
        }
    }

    #[test]
    fn somebody_who_walks_past_moves_no_view_and_another_scene_leaves_much() {
        let before = scene(0.0, 0.0, 0.0, 1);
        let mut passed = scene(0.0, 0.0, 0.0, 2);
        for y in 0..96 {
            for x in 40..90 {
                passed.luma[y * 160 + x] = if (x + y) % 9 < 5 { 40 } else { 200 };
            }
        }
        let drift = before.drift(&passed).unwrap();
        assert!(drift.shift.0.hypot(drift.shift.1) < 0.02, "{drift:?}");
        let elsewhere = before.drift(&scene(40.0, 23.0, 0.0, 2)).unwrap();
        assert!(elsewhere.left > 3.0 * drift.left, "{elsewhere:?}");
    }

    #[test]
    fn bare_walls_and_other_sizes_tell_nothing() {
        let wall = Small { width: 160, height: 96, luma: vec![90; 160 * 96] };
        assert_eq!(wall.drift(&wall), None);
        let other = Small { width: 160, height: 128, luma: vec![90; 160 * 128] };
        assert_eq!(wall.drift(&other), None);
        let stripes = Small { luma: (0..160 * 96).map(|n| ((n % 8) * 20) as u8).collect(), ..wall };
        assert_eq!(stripes.drift(&stripes), None);
    }
}
