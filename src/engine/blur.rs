//! Makes faces unrecognisable.

use crate::observe::faces::Face;

/// Of the face's size, on each side: ears, hair and chin tell a person too.
const MARGIN: f32 = 0.25;

/// Blocks across the shorter side, margin and all. A face keeps four of them, far less than any recogniser takes.
const BLOCKS: usize = 6;

/// Channels of a pixel.
const BGR: usize = 3;

/// Replaces each face and what is around it by the mean colours of a few blocks, one flowing into the next. What was
/// there is gone, and cannot be had back from the picture. `pixels` are BGR, row by row, `width` of them in a row.
pub fn blur(pixels: &mut [u8], width: usize, faces: &[Face]) {
    let height = pixels.len() / BGR / width.max(1);
    for face in faces {
        let (across, down) = (face.width * MARGIN, face.height * MARGIN);
        let columns = within(face.left - across, face.left + face.width + across, width);
        let rows = within(face.top - down, face.top + face.height + down, height);
        if columns.1 > columns.0 && rows.1 > rows.0 {
            blur_area(pixels, width, columns, rows);
        }
    }
}

/// The whole pixels that a stretch touches, inside of the picture: from, and up to but without.
fn within(start: f32, end: f32, length: usize) -> (usize, usize) {
    let most = length as f32;
    (start.floor().clamp(0.0, most) as usize, end.ceil().clamp(0.0, most) as usize)
}

fn blur_area(pixels: &mut [u8], width: usize, columns: (usize, usize), rows: (usize, usize)) {
    let (across, down) = (columns.1 - columns.0, rows.1 - rows.0);
    let block = across.min(down).div_ceil(BLOCKS).max(2);
    let grid = (across.div_ceil(block), down.div_ceil(block));
    let mut sums = vec![[0_u32; BGR + 1]; grid.0 * grid.1];
    for y in 0..down {
        for x in 0..across {
            let sum = &mut sums[y / block * grid.0 + x / block];
            let at = ((rows.0 + y) * width + columns.0 + x) * BGR;
            for (sum, &value) in sum.iter_mut().zip(&pixels[at..at + BGR]) {
                *sum += u32::from(value);
            }
            sum[BGR] += 1;
        }
    }
    let means: Vec<[f32; BGR]> = sums
        .iter()
        .map(|&[blue, green, red, count]| [blue, green, red].map(|sum| sum as f32 / count.max(1) as f32))
        .collect();
    for y in 0..down {
        let (above, below, lower) = neighbours(y, block, grid.1);
        for x in 0..across {
            let (left, right, righter) = neighbours(x, block, grid.0);
            let at = ((rows.0 + y) * width + columns.0 + x) * BGR;
            for (channel, value) in pixels[at..at + BGR].iter_mut().enumerate() {
                let mean = |row: usize, column: usize| means[row * grid.0 + column][channel];
                let upper = mean(above, left) * (1.0 - righter) + mean(above, right) * righter;
                let under = mean(below, left) * (1.0 - righter) + mean(below, right) * righter;
                *value = (upper * (1.0 - lower) + under * lower).round() as u8;
            }
        }
    }
}

/// The two blocks between whose middles a pixel lies, and how far it is from the first to the second, 0 to 1.
fn neighbours(pixel: usize, block: usize, blocks: usize) -> (usize, usize, f32) {
    let place = ((pixel as f32 + 0.5) / block as f32 - 0.5).max(0.0);
    let first = (place as usize).min(blocks - 1);
    (first, (first + 1).min(blocks - 1), place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(left: f32, top: f32, width: f32, height: f32) -> Face {
        Face { left, top, width, height, score: 1.0 }
    }

    /// Stripes of black and white, one pixel wide.
    fn stripes(width: usize, height: usize) -> Vec<u8> {
        (0..width * height)
            .flat_map(|pixel| [if (pixel % width).is_multiple_of(2) { 0 } else { 250 }; BGR])
            .collect()
    }

    #[test]
    fn a_face_and_its_margin_are_gone_and_nothing_else_is() {
        let original = stripes(64, 48);
        let mut pixels = original.clone();
        blur(&mut pixels, 64, &[face(20.0, 16.0, 16.0, 16.0)]);
        for (at, (was, is)) in original.iter().zip(&pixels).enumerate() {
            let (x, y) = (at / BGR % 64, at / BGR / 64);
            if (16..40).contains(&x) && (12..36).contains(&y) {
                assert!((100..=150).contains(is), "{x} {y}: {is}");
            } else {
                assert_eq!(was, is, "{x} {y}");
            }
        }
    }

    #[test]
    fn different_faces_of_the_same_blocks_become_the_same() {
        let checked: Vec<u8> = (0..24 * 24)
            .flat_map(|pixel| [if (pixel % 24 + pixel / 24) % 2 == 0 { 0 } else { 250 }; BGR])
            .collect();
        let (mut one, mut other) = (stripes(24, 24), checked);
        for pixels in [&mut one, &mut other] {
            blur(pixels, 24, &[face(4.0, 4.0, 16.0, 16.0)]);
        }
        assert_eq!(one, other);
    }

    #[test]
    fn faces_at_and_beyond_the_edge_are_cut_off() {
        let mut pixels = stripes(32, 32);
        blur(&mut pixels, 32, &[face(-30.0, -5.0, 40.0, 20.0), face(100.0, 100.0, 5.0, 5.0)]);
        assert!((100..=150).contains(&pixels[0]));
        assert_eq!(pixels[32 * 31 * BGR..], stripes(32, 1)[..]);
        blur(&mut [], 0, &[face(0.0, 0.0, 1.0, 1.0)]);
    }
}
