//! Convolutions of all channels with kernels of more than one value.
//!
//! `rten` writes out what each place of the kernel meets, and multiplies matrices: for the few output channels of the networks here
//! that took twice as long as the sums themselves.

use rten_simd::SimdOp;
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, NdTensorView};

use super::laying::{Convolution, Laying, Padded};
use super::sums::{WeightedSums, block};

/// Output channels that are computed at once, and vectors of each: with what they are made of they fill the sixteen registers
/// of AVX2.
const OUTPUTS: usize = 4;
const VECTORS: usize = 3;

/// The kernels and how they are laid over pictures.
#[derive(Debug)]
pub(super) struct Dense {
    laying: Laying,
    inputs: usize,
    /// For each group of [`OUTPUTS`] channels, for each input channel and place of the kernel, one for each channel of the group.
    weights: Vec<[f32; OUTPUTS]>,
    biases: Vec<f32>,
}

impl Dense {
    /// `None` where it is something else.
    pub(super) fn of(convolution: Convolution<'_>) -> Option<Self> {
        let is_dense = convolution.is_dense();
        let Convolution { laying, dims, weights, biases, .. } = convolution;
        let inputs = usize::try_from(dims[1]).ok()?;
        is_dense.then(|| Self::new(laying, inputs, &weights, biases))
    }

    /// `weights` by output channel, input channel, row and column.
    fn new(laying: Laying, inputs: usize, weights: &[f32], biases: Vec<f32>) -> Self {
        let taps = inputs * laying.kernel_values();
        let weight = |output: usize, tap: usize| weights.get(output * taps + tap).copied().unwrap_or(0.0);
        let groups = (0..biases.len()).step_by(OUTPUTS);
        let weights = groups.flat_map(|first| {
            (0..taps).map(move |tap| std::array::from_fn(|output| weight(first + output, tap)))
        });
        Self { laying, inputs, weights: weights.collect(), biases }
    }

    /// Of `[batch, channels, rows, columns]`; `None` where it has other channels, or is smaller than the kernel.
    pub(super) fn run(&self, input: NdTensorView<f32, 4>) -> Option<NdTensor<f32, 4>> {
        let [batch, channels, rows, columns] = input.shape();
        let [out_rows, out_columns] = self.laying.result(rows, columns)?;
        if channels != self.inputs {
            return None;
        }
        let input = input.to_contiguous();
        let mut padded = Padded::new(&self.laying, channels, rows, columns);
        let of_kernel = padded.taps(&self.laying);
        let planes = (0..channels).map(|channel| channel * padded.plane_length);
        let taps: Vec<usize> =
            planes.flat_map(|plane| of_kernel.iter().map(move |tap| plane + tap)).collect();
        let [runs, run_rows] = self.laying.runs(out_rows);
        let run_length = ((run_rows - 1) * padded.row_length + out_columns).next_multiple_of(block(VECTORS));
        let outputs = self.biases.len();
        let mut sums = vec![0.0; outputs.next_multiple_of(OUTPUTS) * run_length];
        let mut result = vec![0.0; batch * outputs * out_rows * out_columns];
        let results = result.chunks_exact_mut((outputs * out_rows * out_columns).max(1));
        for (picture, result) in input.data().chunks_exact((channels * rows * columns).max(1)).zip(results) {
            for (at, plane) in picture.chunks_exact(rows * columns).enumerate() {
                padded.fill(at, plane);
            }
            for run in 0..runs {
                let values = &padded.values[run * self.laying.strides[0] * padded.row_length..];
                let (weights, biases) = (&self.weights[..], &self.biases[..]);
                let sums_of = WeightedSums::<OUTPUTS, VECTORS> {
                    values,
                    taps: &taps,
                    weights,
                    biases,
                    sums: &mut sums,
                    length: run_length,
                };
                sums_of.dispatch();
                let planes = result.chunks_exact_mut(out_rows * out_columns);
                for (sums, plane) in sums.chunks_exact(run_length).zip(planes) {
                    let rows = plane[run * out_columns..].chunks_exact_mut(out_columns).take(run_rows);
                    for (row, sums) in rows.zip(sums.chunks(padded.row_length)) {
                        row.copy_from_slice(&sums[..out_columns]);
                    }
                }
            }
        }
        Some(NdTensor::from_data([batch, outputs, out_rows, out_columns], result))
    }
}

#[cfg(test)]
mod tests {
    use super::super::laying::tests::numbers;
    use super::*;

    #[test]
    fn every_kernel_stride_and_number_of_channels_is_as_defined() {
        for (kernel, strides, padding) in [
            ([3, 3], [1, 1], [1, 1, 1, 1]),
            ([3, 3], [2, 2], [1, 1, 1, 1]),
            ([1, 3], [1, 1], [0, 1, 0, 1]),
            ([2, 5], [2, 1], [0, 2, 1, 0]),
        ] {
            for (inputs, outputs, columns) in [(1, 1, 9), (3, 16, 47), (5, 6, 71)] {
                let dims = [outputs, inputs, kernel[0] as i64, kernel[1] as i64];
                let plain = Convolution::of_numbers(Laying { kernel, strides, padding }, 1, &dims);
                let input = numbers([2, inputs as usize, 7, columns]);
                let found = Dense::of(plain.clone()).unwrap().run(input.view()).unwrap();
                // Whole numbers and halves: exact in any order.
                assert_eq!(
                    found,
                    plain.plainly(&input),
                    "{kernel:?} {strides:?} {inputs} {outputs} {columns}"
                );
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let laying = Laying { kernel: [3, 3], strides: [1, 1], padding: [0; 4] };
        let dense = Dense::new(laying, 2, &[1.0; 36], vec![0.0; 2]);
        assert_eq!(dense.run(NdTensor::zeros([1, 3, 8, 8]).view()), None);
        assert_eq!(dense.run(NdTensor::zeros([1, 2, 2, 8]).view()), None);
        assert!(dense.run(NdTensor::zeros([0, 2, 8, 8]).view()).is_some());
    }
}
