//! Convolutions of each channel with a kernel of its own.

use rten_simd::SimdOp;
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, NdTensorView};

use super::VECTORS;
use super::laying::{Convolution, Laying, Padded};
use super::sums::{WeightedSums, block};

/// The kernels and how they are laid over a picture.
#[derive(Debug)]
pub(super) struct Depthwise {
    laying: Laying,
    weights: Vec<f32>,
    /// One for each channel.
    biases: Vec<f32>,
}

impl Depthwise {
    /// `None` where it is something else.
    pub(super) fn of(convolution: Convolution<'_>) -> Option<Self> {
        let is_depthwise = convolution.is_depthwise();
        let Convolution { laying, weights, biases, .. } = convolution;
        is_depthwise.then_some(Self { laying, weights, biases })
    }

    /// Of `[batch, channels, rows, columns]`; `None` where it has other channels, or is smaller than the kernel.
    pub(super) fn run(&self, input: NdTensorView<f32, 4>) -> Option<NdTensor<f32, 4>> {
        let [batch, channels, rows, columns] = input.shape();
        let [out_rows, out_columns] = self.laying.result(rows, columns)?;
        if channels != self.biases.len() {
            return None;
        }
        let input = input.to_contiguous();
        let mut padded = Padded::new(&self.laying, 1, rows, columns);
        let taps = padded.taps(&self.laying);
        let [runs, run_rows] = self.laying.runs(out_rows);
        let length = ((run_rows - 1) * padded.row_length + out_columns).next_multiple_of(block(VECTORS));
        let mut run = vec![0.0; length];
        let mut result = Vec::with_capacity(batch * channels * out_rows * out_columns);
        for (at, plane) in input.data().chunks_exact((rows * columns).max(1)).enumerate() {
            let channel = at % channels;
            padded.fill(0, plane);
            let (weights, _) = self.weights[channel * taps.len()..][..taps.len()].as_chunks();
            let biases = &self.biases[channel..=channel];
            for from in 0..runs {
                let values = &padded.values[from * self.laying.strides[0] * padded.row_length..];
                let sums = WeightedSums::<1, VECTORS> {
                    values,
                    taps: &taps,
                    weights,
                    biases,
                    sums: &mut run,
                    length,
                };
                sums.dispatch();
                run.chunks(padded.row_length)
                    .take(run_rows)
                    .for_each(|row| result.extend_from_slice(&row[..out_columns]));
            }
        }
        Some(NdTensor::from_data([batch, channels, out_rows, out_columns], result))
    }
}

#[cfg(test)]
mod tests {
    use super::super::laying::tests::numbers;
    use super::*;

    #[test]
    fn every_kernel_stride_and_width_is_as_defined() {
        for (kernel, strides, padding) in [
            ([3, 3], [1, 1], [1, 1, 1, 1]),
            ([5, 5], [1, 1], [2, 2, 2, 2]),
            ([5, 5], [2, 1], [2, 2, 2, 2]),
            ([3, 3], [1, 2], [1, 1, 1, 1]),
            ([3, 3], [2, 2], [1, 1, 1, 1]),
            ([1, 4], [3, 3], [0, 2, 1, 0]),
        ] {
            let dims = [3, 1, kernel[0] as i64, kernel[1] as i64];
            let plain = Convolution::of_numbers(Laying { kernel, strides, padding }, 3, &dims);
            let depthwise = Depthwise::of(plain.clone()).unwrap();
            for columns in [5, 16, 17, 40, 71] {
                let input = numbers([2, 3, 7, columns]);
                // Whole numbers and halves: exact in any order.
                let found = depthwise.run(input.view()).unwrap();
                assert_eq!(found, plain.plainly(&input), "{kernel:?} {strides:?} {columns}");
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let convolution = Depthwise {
            laying: Laying { kernel: [3, 3], strides: [1, 1], padding: [0; 4] },
            weights: vec![1.0; 18],
            biases: vec![0.0; 2],
        };
        assert_eq!(convolution.run(NdTensor::zeros([1, 3, 8, 8]).view()), None);
        assert_eq!(convolution.run(NdTensor::zeros([1, 2, 2, 8]).view()), None);
        assert!(convolution.run(NdTensor::zeros([0, 2, 8, 8]).view()).is_some());
    }
}
