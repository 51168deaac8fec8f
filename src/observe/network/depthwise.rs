//! Convolutions of each channel with a kernel of its own.

use std::collections::HashMap;

use rten_onnx::onnx::{AttributeProto, NodeProto};
use rten_simd::ops::{BitOps, NumOps};
use rten_simd::{Isa, SimdOp};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, NdTensorView};

use super::cut::{Constant, floats};
use super::{MAX_BLOCK, VECTORS};

/// The kernels and how they are laid over a picture.
#[derive(Debug)]
pub(super) struct Depthwise {
    channels: usize,
    /// Rows and columns.
    kernel: [usize; 2],
    strides: [usize; 2],
    /// Above, left, below, right.
    padding: [usize; 4],
    weights: Vec<f32>,
    biases: Vec<f32>,
}

impl Depthwise {
    /// `None` where a node is something else.
    pub(super) fn of(node: &NodeProto, constants: &HashMap<&str, Constant<'_>>) -> Option<Self> {
        if node.op_type.as_deref() != Some("Conv") {
            return None;
        }
        let tensor = |at: usize| constants.get(node.input.get(at)?.as_str())?.tensor();
        let (weights, biases) = (tensor(1)?, tensor(2)?);
        let [channels, 1, rows, columns] = *weights.dims.as_slice() else { return None };
        let attribute = |name: &str| node.attribute.iter().find(|a| a.name.as_deref() == Some(name));
        let numbers = |name: &str| attribute(name).map(|attribute| attribute.ints.as_slice());
        let plain = numbers("dilations").is_none_or(|dilations| dilations.iter().all(|&by| by == 1))
            && attribute("auto_pad").is_none_or(|attribute| attribute.s.as_deref() == Some("NOTSET"));
        let groups = attribute("group").and_then(|attribute: &AttributeProto| attribute.i);
        if !plain || groups != Some(channels) || channels < 2 {
            return None;
        }
        let size = |value: i64| usize::try_from(value).ok();
        let sizes = |values: &[i64]| -> Option<Vec<usize>> { values.iter().map(|&v| size(v)).collect() };
        let strides = numbers("strides").map_or(Some(vec![1, 1]), sizes)?;
        let padding = numbers("pads").map_or(Some(vec![0; 4]), sizes)?;
        let convolution = Self {
            channels: size(channels)?,
            kernel: [size(rows)?, size(columns)?],
            strides: strides.try_into().ok().filter(|strides: &[usize; 2]| strides.iter().all(|&s| s > 0))?,
            padding: padding.try_into().ok()?,
            weights: floats(weights)?,
            biases: floats(biases)?,
        };
        let [rows, columns] = convolution.kernel;
        let whole = rows > 0
            && columns > 0
            && convolution.weights.len() == convolution.channels * rows * columns
            && convolution.biases.len() == convolution.channels;
        whole.then_some(convolution)
    }

    /// Of `[batch, channels, rows, columns]`; `None` where it has other channels, or is smaller than the kernel.
    pub(super) fn run(&self, input: NdTensorView<f32, 4>) -> Option<NdTensor<f32, 4>> {
        let [batch, channels, rows, columns] = input.shape();
        let [above, left, below, right] = self.padding;
        let out =
            |length: usize, kernel: usize, stride: usize| Some(length.checked_sub(kernel)? / stride + 1);
        let out_rows = out(rows + above + below, self.kernel[0], self.strides[0])?;
        let out_columns = out(columns + left + right, self.kernel[1], self.strides[1])?;
        if channels != self.channels {
            return None;
        }
        let input = input.to_contiguous();
        let planes = input.data();
        let mut padded = Padded::new(rows + above + below, columns + left + right, self.strides[1]);
        let taps = padded.taps(self.kernel);
        // Rows that follow each other are computed in one go, with what stands between them.
        let (runs, run_rows) = if self.strides[0] == 1 { (1, out_rows) } else { (out_rows, 1) };
        let run_length = (run_rows - 1) * padded.row_length + out_columns;
        let mut run = vec![0.0; run_length.next_multiple_of(MAX_BLOCK)];
        let mut result = Vec::with_capacity(batch * channels * out_rows * out_columns);
        for (at, plane) in planes.chunks_exact((rows * columns).max(1)).enumerate() {
            let channel = at % channels;
            padded.fill(plane, columns, above, left);
            let weights = &self.weights[channel * taps.len()..][..taps.len()];
            for from in 0..runs {
                let values = &padded.values[from * self.strides[0] * padded.row_length..];
                let bias = self.biases[channel];
                WeightedSums { values, taps: &taps, weights, bias, sums: &mut run }.dispatch();
                run.chunks(padded.row_length)
                    .take(run_rows)
                    .for_each(|row| result.extend_from_slice(&row[..out_columns]));
            }
        }
        Some(NdTensor::from_data([batch, channels, out_rows, out_columns], result))
    }
}

/// A channel with its padding. Columns that are `stride` apart stand beside each other, so that those a column of the kernel
/// meets are always neighbours.
struct Padded {
    values: Vec<f32>,
    stride: usize,
    /// From one row to the next, and from the columns of one phase to those of the next.
    row_length: usize,
    phase_length: usize,
}

impl Padded {
    fn new(rows: usize, columns: usize, stride: usize) -> Self {
        let phase_length = columns.div_ceil(stride);
        let row_length = phase_length * stride;
        // The last block may reach beyond the last row.
        Self { values: vec![0.0; rows * row_length + MAX_BLOCK], stride, row_length, phase_length }
    }

    /// Where each of a kernel's values meets the first of the result's.
    fn taps(&self, [rows, columns]: [usize; 2]) -> Vec<usize> {
        let tap = |row: usize, column: usize| {
            row * self.row_length + column % self.stride * self.phase_length + column / self.stride
        };
        (0..rows).flat_map(|row| (0..columns).map(move |column| tap(row, column))).collect()
    }

    /// Only what is no padding is written.
    fn fill(&mut self, plane: &[f32], columns: usize, above: usize, left: usize) {
        let rows = self.values.chunks_exact_mut(self.row_length).skip(above);
        for (row, values) in rows.zip(plane.chunks_exact(columns.max(1))) {
            if self.stride == 1 {
                row[left..left + columns].copy_from_slice(values);
                continue;
            }
            for (column, &value) in (left..).zip(values) {
                row[column % self.stride * self.phase_length + column / self.stride] = value;
            }
        }
    }
}

/// Each sum is of the values at `taps` behind its own place, by their weights.
struct WeightedSums<'a> {
    values: &'a [f32],
    taps: &'a [usize],
    weights: &'a [f32],
    bias: f32,
    /// A multiple of `MAX_BLOCK`.
    sums: &'a mut [f32],
}

impl SimdOp for WeightedSums<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let ops = isa.f32();
        let block = VECTORS * ops.len();
        for (at, sums) in self.sums.chunks_exact_mut(block).enumerate() {
            let values = &self.values[at * block..];
            let mut vectors = [ops.splat(self.bias); VECTORS];
            for (&tap, &weight) in self.taps.iter().zip(self.weights) {
                let weight = ops.splat(weight);
                let met = ops.load_many::<VECTORS>(&values[tap..]);
                for (sum, met) in vectors.iter_mut().zip(met) {
                    *sum = ops.mul_add(met, weight, *sum);
                }
            }
            for (sum, place) in vectors.into_iter().zip(sums.chunks_exact_mut(ops.len())) {
                ops.store(sum, place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Value by value, as ONNX defines it.
    fn plainly(convolution: &Depthwise, input: &NdTensor<f32, 4>, shape: [usize; 4]) -> NdTensor<f32, 4> {
        let [_, _, rows, columns] = input.shape();
        let [above, left, ..] = convolution.padding;
        let [kernel_rows, kernel_columns] = convolution.kernel;
        NdTensor::from_fn(shape, |[n, channel, y, x]| {
            let mut sum = convolution.biases[channel];
            for (ky, kx) in (0..kernel_rows).flat_map(|ky| (0..kernel_columns).map(move |kx| (ky, kx))) {
                let (row, column) = (y * convolution.strides[0] + ky, x * convolution.strides[1] + kx);
                if (above..above + rows).contains(&row) && (left..left + columns).contains(&column) {
                    sum += input[[n, channel, row - above, column - left]]
                        * convolution.weights[(channel * kernel_rows + ky) * kernel_columns + kx];
                }
            }
            sum
        })
    }

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
            for columns in [5, 16, 17, 40, 71] {
                let weights = kernel[0] * kernel[1] * 3;
                let convolution = Depthwise {
                    channels: 3,
                    kernel,
                    strides,
                    padding,
                    weights: (0..weights).map(|at| (at % 11) as f32 - 4.0).collect(),
                    biases: vec![0.5, -1.0, 2.0],
                };
                let input = NdTensor::from_fn([2, 3, 7, columns], |[n, c, y, x]| {
                    ((n * 5 + c * 3 + y * 7 + x * 11) % 13) as f32
                });
                let found = convolution.run(input.view()).unwrap();
                // Whole numbers and halves: exact in any order.
                assert_eq!(
                    found,
                    plainly(&convolution, &input, found.shape()),
                    "{kernel:?} {strides:?} {columns}"
                );
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let convolution = Depthwise {
            channels: 2,
            kernel: [3, 3],
            strides: [1, 1],
            padding: [0; 4],
            weights: vec![1.0; 18],
            biases: vec![0.0; 2],
        };
        assert_eq!(convolution.run(NdTensor::zeros([1, 3, 8, 8]).view()), None);
        assert_eq!(convolution.run(NdTensor::zeros([1, 2, 2, 8]).view()), None);
        assert!(convolution.run(NdTensor::zeros([0, 2, 8, 8]).view()).is_some());
    }
}
