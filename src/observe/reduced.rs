//! Pictures at a smaller size.

use crate::media::Plane;

/// A plane at the size of so many `columns` and `rows`, row by row: each pixel is the mean of the area that it covers. So does
/// OpenCV's `INTER_AREA`, which takes several times as long where the one size is no whole multiple of the other.
/// A plane that ends early counts as 0 there.
pub fn area_means(plane: &Plane, columns: usize, rows: usize) -> Vec<u8> {
    let across = Covered::of(plane.width, columns);
    let down = Covered::of(plane.height, rows);
    // A weight of nothing may lie beyond the last column.
    let mut sums = vec![0.0_f32; plane.width + across.most];
    let mut means = Vec::with_capacity(columns * rows);
    for (first_row, weights) in down.each() {
        sums.fill(0.0);
        for (row, &weight) in (first_row..plane.height).zip(weights) {
            for (sum, &pixel) in sums.iter_mut().zip(plane.row(row)) {
                *sum += weight * f32::from(pixel);
            }
        }
        means.extend(across.each().map(|(first_column, weights)| {
            let covered = weights.iter().zip(&sums[first_column..]);
            let mean = covered.fold(0.5, |mean, (weight, sum)| mean + weight * sum);
            mean as u8
        }));
    }
    means
}

/// Which of a line's pixels each pixel of a shorter line covers, and how much of each.
struct Covered {
    first: Vec<usize>,
    /// Of the first pixel and those behind it, `most` for each; together 1.
    weights: Vec<f32>,
    most: usize,
}

impl Covered {
    fn of(length: usize, shorter: usize) -> Self {
        let ratio = length as f64 / shorter.max(1) as f64;
        let most = ratio.ceil() as usize + 1;
        let starts = (0..shorter).map(|at| at as f64 * ratio);
        let weights = starts.clone().flat_map(|start| {
            let within = move |pixel: f64| (pixel + 1.0).min(start + ratio) - pixel.max(start);
            (0..most).map(move |at| (within(start.floor() + at as f64).max(0.0) / ratio) as f32)
        });
        Self { weights: weights.collect(), first: starts.map(|start| start as usize).collect(), most }
    }

    fn each(&self) -> impl Iterator<Item = (usize, &[f32])> {
        self.first.iter().copied().zip(self.weights.chunks_exact(self.most))
    }
}

#[cfg(test)]
mod tests {
    use opencv::core::{Mat, Size};
    use opencv::imgproc::{INTER_AREA, resize};
    use opencv::prelude::*;

    use super::*;

    #[test]
    fn means_are_those_of_opencv_to_one_step() {
        for ((width, height), (columns, rows)) in [
            ((1920, 1080), (853, 480)),
            ((1280, 720), (512, 288)),
            ((97, 61), (32, 22)),
            ((64, 48), (32, 24)),
            ((40, 30), (40, 30)),
            ((352, 287), (352, 286)),
        ] {
            let stride = width + 13;
            let data: Vec<u8> = (0..stride * height).map(|at| (at * at / 7 % 251) as u8).collect();
            let plane = Plane { data: &data, stride, width, height };
            let found = area_means(&plane, columns, rows);
            let packed: Vec<u8> = (0..height).flat_map(|y| plane.row(y)).copied().collect();
            let full = Mat::new_rows_cols_with_data(height as i32, width as i32, &packed).unwrap();
            let mut expected = Mat::default();
            let size = Size::new(columns as i32, rows as i32);
            resize(&full, &mut expected, size, 0.0, 0.0, INTER_AREA).unwrap();
            let expected = expected.data_bytes().unwrap();
            assert_eq!(found.len(), expected.len());
            let apart = found.iter().zip(expected).map(|(a, b)| a.abs_diff(*b));
            assert!(apart.clone().all(|apart| apart <= 1), "{width}×{height}");
            let others = apart.filter(|&apart| apart > 0).count();
            assert!(others * 100 <= found.len(), "{width}×{height}: {others} of {}", found.len());
        }
    }

    #[test]
    fn what_is_missing_is_nothing_and_no_error() {
        let data = [200; 32];
        let plane = Plane { data: &data, stride: 8, width: 8, height: 8 };
        let found = area_means(&plane, 4, 4);
        assert_eq!(found[..8], [200; 8]);
        assert_eq!(found[8..], [0; 8]);
        assert!(area_means(&Plane { data: &[], stride: 0, width: 0, height: 0 }, 0, 0).is_empty());
    }
}
