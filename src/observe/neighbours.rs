//! How each decoded picture follows from the one before it: how far the view moved, and what of the
//! picture no movement explains.
//!
//! Pictures are compared small. The earlier one is divided into blocks; each block with some texture is
//! looked for in the later one by normalised cross-correlation (J. P. Lewis, *Fast Normalized
//! Cross-Correlation*, 1995), which does not mind a change of exposure. What counts is the median over the
//! blocks, so that a person who walks through half of the picture does not count.
//!
//! Sums over a small picture, and of products over a block of it, fit 32 bits; that they do is not looked at for each
//! pixel (`wrapping_add`), so that the compiler takes many at once.

mod drift;

pub use drift::Drift;
use opencv::core::{Mat, MatTraitConst, MatTraitConstManual, Size};
use opencv::imgproc::{INTER_AREA, resize};

use super::statistics::median;
use crate::media::Plane;

/// Pictures are compared at this width.
pub const SMALL_WIDTH: usize = 160;
/// Taller pictures than this at that width (held upright) are not looked at below it.
const MAX_SMALL_HEIGHT: usize = 288;

const BLOCK: usize = 16;
/// The same of a picture at half size.
const HALF_BLOCK: usize = BLOCK / 2;
/// A block whose luma deviates less than this (0–255) is a bare wall: it fits anywhere.
const MIN_TEXTURE: f64 = 3.0;
/// With fewer blocks to go by nothing is said.
const MIN_BLOCKS: usize = 8;

/// Searched around where the last pair's movement would take a block.
const NEAR: i32 = 3;
/// Searched around standing still, at half size, where that did not match.
const FAR: i32 = 12;
/// Blocks that a coarse comparison goes by.
const LIKENESS_BLOCKS: usize = 16;
/// A block whose best correlation stays below this is not in the other picture: among some hundred places that have
/// nothing to do with it the best comes to 0.8.
const FOUND_AGAIN: f64 = 0.85;
/// A median correlation from here on needs no wider search.
const WELL_MATCHED: f64 = 0.9;

/// A picture's luma at [`SMALL_WIDTH`].
#[derive(Debug, Clone, PartialEq)]
pub struct Small {
    width: usize,
    height: usize,
    luma: Vec<u8>,
}

/// How a picture follows from another.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Fit {
    /// Median over the blocks of their best correlation, −1 to 1.
    pub matched: f64,
    /// Median movement, in pixels at [`SMALL_WIDTH`].
    pub shift: (f64, f64),
    /// Share of the picture with enough texture to go by.
    pub seen: f64,
}

impl Small {
    /// From full luma. `None` where OpenCV cannot resize or the picture is too small.
    pub fn of(luma: &Plane) -> Option<Self> {
        let (width, height) = (luma.width, luma.height);
        if width < SMALL_WIDTH / 2 || height < 2 * BLOCK {
            return None;
        }
        let small_height = (height * SMALL_WIDTH / width).clamp(2 * BLOCK, MAX_SMALL_HEIGHT);
        if width.is_multiple_of(SMALL_WIDTH) && height.is_multiple_of(small_height) {
            let luma = means(luma, width / SMALL_WIDTH, height / small_height)?;
            return Some(Self { width: SMALL_WIDTH, height: small_height, luma });
        }
        let packed = luma.packed();
        let full = Mat::new_rows_cols_with_data(height as i32, width as i32, &packed).ok()?;
        let mut small = Mat::default();
        let size = Size::new(SMALL_WIDTH as i32, small_height as i32);
        resize(&full, &mut small, size, 0.0, 0.0, INTER_AREA).ok()?;
        (small.is_continuous()).then_some(())?;
        Some(Self { width: SMALL_WIDTH, height: small_height, luma: small.data_bytes().ok()?.to_vec() })
    }

    fn halved(&self) -> Self {
        let (width, height) = (self.width / 2, self.height / 2);
        let at = |x: usize, y: usize| u32::from(self.luma[y * self.width + x]);
        let mean = |x: usize, y: usize| {
            (at(2 * x, 2 * y) + at(2 * x + 1, 2 * y) + at(2 * x, 2 * y + 1) + at(2 * x + 1, 2 * y + 1) + 2)
                / 4
        };
        let luma = (0..height).flat_map(|y| (0..width).map(move |x| mean(x, y) as u8)).collect();
        Self { width, height, luma }
    }

    /// How much of this picture is in `later`, taken a second or two after it: the median over the blocks with
    /// most texture of their best correlation within a third of the picture, −1 to 1. A coarse and cheap look at
    /// half size. `None` where either has too little texture to go by, or the size changed.
    pub fn likeness(&self, later: &Self) -> Option<f64> {
        if (self.width, self.height) != (later.width, later.height) {
            return None;
        }
        let (half, half_later) = (self.halved(), later.halved());
        let mut blocks = half.textured::<HALF_BLOCK>();
        if blocks.len() < MIN_BLOCKS || half_later.textured::<HALF_BLOCK>().len() < MIN_BLOCKS {
            return None;
        }
        let texture = |&(x, y): &(usize, usize)| Block::<HALF_BLOCK>::of(&half, x, y).texture();
        blocks.sort_by(|a, b| texture(b).total_cmp(&texture(a)));
        blocks.truncate(LIKENESS_BLOCKS);
        let found = half.search::<HALF_BLOCK>(&half_later, &blocks, |_| (0, 0), FAR);
        Some(median(&found.iter().map(|found| found.correlation).collect::<Vec<_>>()))
    }

    /// Where this picture shows what `earlier` did not: the middles of blocks whose like is nowhere within a third of
    /// the picture, in shares of width and height. A coarse look at half size, as [`Small::likeness`] takes it. `None`
    /// of another size.
    pub fn new_since(&self, earlier: &Self) -> Option<Vec<(f32, f32)>> {
        if (self.width, self.height) != (earlier.width, earlier.height) {
            return None;
        }
        let (half, half_earlier) = (self.halved(), earlier.halved());
        let blocks = half.textured::<HALF_BLOCK>();
        let found = half.search::<HALF_BLOCK>(&half_earlier, &blocks, |_| (0, 0), FAR);
        let middle = |&(x, y): &(usize, usize)| {
            let share = |at: usize, whole: usize| (at as f32 + HALF_BLOCK as f32 / 2.0) / whole as f32;
            (share(x, half.width), share(y, half.height))
        };
        let new = blocks.iter().zip(&found).filter(|(_, found)| found.correlation < FOUND_AGAIN);
        Some(new.map(|(block, _)| middle(block)).collect())
    }

    /// Mean absolute difference of luma, 0–255, without any movement. `None` of another size.
    pub fn difference(&self, other: &Self) -> Option<f64> {
        let same = self.width == other.width && self.height == other.height;
        let step = |(a, b): (&u8, &u8)| u32::from(a.abs_diff(*b));
        let sum = || self.luma.iter().zip(&other.luma).map(step).fold(0, u32::wrapping_add);
        same.then(|| f64::from(sum()) / self.luma.len().max(1) as f64)
    }

    pub fn brightness(&self) -> f64 {
        let sum = self.luma.iter().map(|&luma| u32::from(luma)).fold(0, u32::wrapping_add);
        f64::from(sum) / self.luma.len().max(1) as f64
    }

    /// Rows and columns of blocks with texture.
    fn textured<const SIDE: usize>(&self) -> Vec<(usize, usize)> {
        let rows = (0..self.height / SIDE).map(move |row| row * SIDE);
        let all = rows.flat_map(|y| (0..self.width / SIDE).map(move |column| (column * SIDE, y)));
        all.filter(|&(x, y)| Block::<SIDE>::of(self, x, y).texture() >= MIN_TEXTURE).collect()
    }

    /// How `later` follows from this picture; `expected` is the movement of the pair before. `None`
    /// where either has too little texture to go by, as when a hand covers the lens, or the size changed.
    pub fn fit(&self, later: &Self, expected: (f64, f64)) -> Option<Fit> {
        if (self.width, self.height) != (later.width, later.height) {
            return None;
        }
        let blocks = self.textured::<BLOCK>();
        if blocks.len() < MIN_BLOCKS || later.textured::<BLOCK>().len() < MIN_BLOCKS {
            return None;
        }
        let start = (expected.0.round() as i32, expected.1.round() as i32);
        let near = self.search::<BLOCK>(later, &blocks, |_| start, NEAR);
        let all = (self.width / BLOCK) * (self.height / BLOCK);
        let near_fit = Fit::of(&near, all);
        if near_fit.matched >= WELL_MATCHED {
            return Some(near_fit);
        }
        let (half, half_later) = (self.halved(), later.halved());
        let half_blocks: Vec<_> = blocks.iter().map(|&(x, y)| (x / 2, y / 2)).collect();
        let coarse = half.search::<HALF_BLOCK>(&half_later, &half_blocks, |_| (0, 0), FAR);
        let from = |n: usize| (2 * coarse[n].dx.round() as i32, 2 * coarse[n].dy.round() as i32);
        let far = self.search::<BLOCK>(later, &blocks, from, 2);
        let best: Vec<Match> = near
            .iter()
            .zip(&far)
            .map(|(a, b)| if a.correlation >= b.correlation { *a } else { *b })
            .collect();
        Some(Fit::of(&best, all))
    }

    /// The best place of each block within `reach` of where `start` says, in `later`.
    fn search<const SIDE: usize>(
        &self,
        later: &Self,
        blocks: &[(usize, usize)],
        start: impl Fn(usize) -> (i32, i32),
        reach: i32,
    ) -> Vec<Match> {
        let sums = Sums::of(later);
        let best = |(n, &(x, y)): (usize, &(usize, usize))| {
            let block = Block::<SIDE>::of(self, x, y);
            let (start_x, start_y) = start(n);
            let side = (2 * reach + 1) as usize;
            let mut scores = vec![-1.0; side * side];
            for (at, score) in scores.iter_mut().enumerate() {
                let to_x = x as i32 + start_x - reach + (at % side) as i32;
                let to_y = y as i32 + start_y - reach + (at / side) as i32;
                let inside = to_x >= 0
                    && to_y >= 0
                    && to_x as usize + SIDE <= later.width
                    && to_y as usize + SIDE <= later.height;
                if inside {
                    *score = block.correlation(later, &sums, to_x as usize, to_y as usize);
                }
            }
            let top = (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap_or(0);
            let (column, row) = (top % side, top / side);
            let beside = |inside: bool, at: usize| if inside { scores.get(at).copied() } else { None };
            let (left, right) = (beside(column > 0, top.wrapping_sub(1)), beside(column + 1 < side, top + 1));
            let (above, below) =
                (beside(row > 0, top.wrapping_sub(side)), beside(row + 1 < side, top + side));
            Match {
                correlation: scores[top],
                dx: f64::from(start_x - reach + column as i32) + vertex(left, scores[top], right),
                dy: f64::from(start_y - reach + row as i32) + vertex(above, scores[top], below),
            }
        };
        blocks.iter().enumerate().map(best).collect()
    }
}

/// Means of blocks of so many `columns` and `rows` of a plane, rounded as OpenCV's `INTER_AREA` rounds them, in a sixth of its
/// time (0.18 ms for 1080p): most cameras' pictures are a whole number of times as large. `None` of blocks whose sums might not
/// fit 16 bits a column, or of a plane that ends early.
fn means(plane: &Plane, columns: usize, rows: usize) -> Option<Vec<u8>> {
    const MOST_ROWS: usize = u16::MAX as usize / u8::MAX as usize;
    let ends_early = plane.height > 0 && plane.row(plane.height - 1).is_empty();
    if rows > MOST_ROWS || !plane.height.is_multiple_of(rows) || ends_early {
        return None;
    }
    let share = 1.0 / (columns * rows) as f32;
    let mut sums = vec![0u16; plane.width];
    let mut small = Vec::with_capacity(plane.width * plane.height / (columns * rows).max(1));
    for top in (0..plane.height).step_by(rows) {
        sums.fill(0);
        for y in top..top + rows {
            for (sum, &pixel) in sums.iter_mut().zip(plane.row(y)) {
                *sum = sum.wrapping_add(u16::from(pixel));
            }
        }
        small.extend(sums.chunks_exact(columns).map(|sums| {
            let sum = sums.iter().map(|&sum| u32::from(sum)).fold(0, u32::wrapping_add);
            (sum as f32 * share).round_ties_even() as u8
        }));
    }
    Some(small)
}

/// A block of a picture, and the sums that correlation needs. Its rows lie together and their length is known, so that the
/// compiler takes many pixels at once.
struct Block<const SIDE: usize> {
    rows: [[u8; SIDE]; SIDE],
    sums: BlockSums,
}

/// Sums over the pixels of a block.
#[derive(Clone, Copy)]
struct BlockSums {
    luma: i64,
    squares: i64,
}

/// For each corner between pixels the sums of luma and of its square over all pixels above and left of it (a summed-area
/// table; F. Crow, 1984): the same block is looked for in hundreds of places. Of pictures of [`SMALL_WIDTH`] and
/// [`MAX_SMALL_HEIGHT`] they fit 32 bits.
struct Sums {
    columns: usize,
    luma: Vec<u32>,
    squares: Vec<u32>,
}

impl Sums {
    fn of(small: &Small) -> Self {
        let columns = small.width + 1;
        let mut luma = vec![0; columns * (small.height + 1)];
        let mut squares = luma.clone();
        for (y, row) in small.luma.chunks_exact(small.width).enumerate() {
            let (mut sum, mut square) = (0, 0);
            for (x, &pixel) in row.iter().enumerate() {
                let pixel = u32::from(pixel);
                sum += pixel;
                square += pixel * pixel;
                let above = y * columns + x + 1;
                luma[above + columns] = luma[above] + sum;
                squares[above + columns] = squares[above] + square;
            }
        }
        Self { columns, luma, squares }
    }

    /// Those of the block of that side whose first pixel is at `x` and `y`.
    fn within(&self, x: usize, y: usize, side: usize) -> BlockSums {
        let (first, last) = (y * self.columns + x, (y + side) * self.columns + x);
        let within = |sums: &[u32]| {
            i64::from(sums[last + side]) + i64::from(sums[first])
                - i64::from(sums[last])
                - i64::from(sums[first + side])
        };
        BlockSums { luma: within(&self.luma), squares: within(&self.squares) }
    }
}

impl BlockSums {
    /// Variance times the square of the number of pixels.
    fn spread(&self, pixels: i64) -> i64 {
        self.squares * pixels - self.luma * self.luma
    }
}

impl<const SIDE: usize> Block<SIDE> {
    const PIXELS: i64 = (SIDE * SIDE) as i64;

    fn of(small: &Small, x: usize, y: usize) -> Self {
        let mut rows = [[0; SIDE]; SIDE];
        for (n, row) in rows.iter_mut().enumerate() {
            row.copy_from_slice(&small.luma[(y + n) * small.width + x..][..SIDE]);
        }
        let (mut luma, mut squares) = (0u32, 0u32);
        for &pixel in rows.as_flattened() {
            let pixel = u32::from(pixel);
            luma = luma.wrapping_add(pixel);
            squares = squares.wrapping_add(pixel * pixel);
        }
        Self { rows, sums: BlockSums { luma: luma.into(), squares: squares.into() } }
    }

    /// Standard deviation of luma.
    fn texture(&self) -> f64 {
        (self.sums.spread(Self::PIXELS) as f64).sqrt() / Self::PIXELS as f64
    }

    /// With what is at `x` and `y` of another picture, of which these are the sums.
    fn correlation(&self, other: &Small, sums: &Sums, x: usize, y: usize) -> f64 {
        let there = sums.within(x, y, SIDE);
        let products = i64::from(self.products(other, x, y));
        let covariance = products * Self::PIXELS - self.sums.luma * there.luma;
        let spread = self.sums.spread(Self::PIXELS) as f64 * there.spread(Self::PIXELS) as f64;
        if spread > 0.0 { covariance as f64 / spread.sqrt() } else { 0.0 }
    }

    /// Sum of the products of its pixels and of those at `x` and `y` of another picture.
    fn products(&self, other: &Small, x: usize, y: usize) -> u32 {
        let mut products = 0u32;
        let mut start = y * other.width + x;
        for row in &self.rows {
            for (a, b) in row.iter().zip(&other.luma[start..start + SIDE]) {
                products = products.wrapping_add(u32::from(*a) * u32::from(*b));
            }
            start += other.width;
        }
        products
    }
}

#[derive(Clone, Copy)]
struct Match {
    correlation: f64,
    dx: f64,
    dy: f64,
}

impl Fit {
    fn of(matches: &[Match], all: usize) -> Self {
        let median_of = |value: fn(&Match) -> f64| median(&matches.iter().map(value).collect::<Vec<_>>());
        Self {
            matched: median_of(|found| found.correlation),
            shift: (median_of(|found| found.dx), median_of(|found| found.dy)),
            seen: matches.len() as f64 / all.max(1) as f64,
        }
    }
}

/// Where the parabola through three neighbouring scores has its top, from the middle one: within half
/// a pixel.
fn vertex(before: Option<f64>, top: f64, after: Option<f64>) -> f64 {
    let (Some(before), Some(after)) = (before, after) else { return 0.0 };
    let bend = before - 2.0 * top + after;
    if bend < 0.0 { (0.5 * (before - after) / bend).clamp(-0.5, 0.5) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of pixels that have nothing to do with each other.
    fn noise(width: usize, height: usize) -> Vec<u8> {
        let mut seed = 1u32;
        let next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as u8
        };
        std::iter::repeat_with(next).take(width * height).collect()
    }

    #[test]
    fn means_are_those_of_opencv() {
        for (width, height) in [(1920, 1080), (1280, 720), (640, 360), (480, 720)] {
            let luma = noise(width, height);
            let small_height = height * SMALL_WIDTH / width;
            let plane = Plane { data: &luma, stride: width, width, height };
            let own = means(&plane, width / SMALL_WIDTH, height / small_height).unwrap();
            let full = Mat::new_rows_cols_with_data(height as i32, width as i32, &luma).unwrap();
            let mut small = Mat::default();
            let size = Size::new(SMALL_WIDTH as i32, small_height as i32);
            resize(&full, &mut small, size, 0.0, 0.0, INTER_AREA).unwrap();
            assert!(own == small.data_bytes().unwrap(), "{width}x{height}");
        }
        let plane = |data, height| Plane { data, stride: 10, width: 10, height };
        assert_eq!(means(&plane(&[0; 3000], 300), 2, 300), None);
        assert_eq!(means(&plane(&[0; 95], 10), 2, 5), None);
    }

    #[test]
    fn a_view_that_moved_is_found_where_it_moved_to() {
        let (width, height) = (SMALL_WIDTH * 2, 180);
        let luma = noise(width, height);
        let view = |left: usize, top: usize| {
            let rows = (top..top + 90).flat_map(|y| luma[y * width + left..][..SMALL_WIDTH].iter().copied());
            Small { width: SMALL_WIDTH, height: 90, luma: rows.collect() }
        };
        let (before, after) = (view(40, 20), view(42, 19));
        let fit = before.fit(&after, (0.0, 0.0)).unwrap();
        assert!(
            fit.matched > 0.999 && (fit.shift.0 + 2.0).abs() < 0.1 && (fit.shift.1 - 1.0).abs() < 0.1,
            "{fit:?}"
        );
        assert!(before.difference(&before) == Some(0.0) && before.difference(&after).unwrap() > 50.0);
        assert!(before.fit(&view(120, 90), (0.0, 0.0)).unwrap().matched < 0.5);
    }
}
