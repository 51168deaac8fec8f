//! How a convolution's kernels are laid over pictures.

use std::collections::HashMap;

use rten_onnx::onnx::{AttributeProto, NodeProto, TensorProto};

use super::MAX_BLOCK;
use super::cut::{Constant, floats};

/// A node that convolves, with what it holds.
#[derive(Clone)]
pub(super) struct Convolution<'a> {
    pub laying: Laying,
    pub groups: i64,
    /// Output channels, input channels of a group, rows, columns.
    pub dims: &'a [i64],
    pub weights: Vec<f32>,
    pub biases: Vec<f32>,
}

/// Where the kernels go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Laying {
    /// Rows and columns.
    pub kernel: [usize; 2],
    pub strides: [usize; 2],
    /// Above, left, below, right.
    pub padding: [usize; 4],
}

impl<'a> Convolution<'a> {
    /// `None` where a node is something else, or its kernels have holes or lie by rules of their own.
    pub fn of(node: &NodeProto, constants: &HashMap<&str, Constant<'a>>) -> Option<Self> {
        if node.op_type.as_deref() != Some("Conv") {
            return None;
        }
        let tensor =
            |at: usize| -> Option<&'a TensorProto> { constants.get(node.input.get(at)?.as_str())?.tensor() };
        let weights = tensor(1)?;
        let attribute = |name: &str| node.attribute.iter().find(|a| a.name.as_deref() == Some(name));
        let numbers = |name: &str| attribute(name).map(|attribute| attribute.ints.as_slice());
        let plain = numbers("dilations").is_none_or(|dilations| dilations.iter().all(|&by| by == 1))
            && attribute("auto_pad").is_none_or(|attribute| attribute.s.as_deref() == Some("NOTSET"));
        let groups = attribute("group").and_then(|attribute: &AttributeProto| attribute.i).unwrap_or(1);
        let size = |value: i64| usize::try_from(value).ok();
        let sizes = |values: &[i64]| -> Option<Vec<usize>> { values.iter().map(|&v| size(v)).collect() };
        let strides = numbers("strides").map_or(Some(vec![1, 1]), sizes)?;
        let padding = numbers("pads").map_or(Some(vec![0; 4]), sizes)?;
        let [outputs, inputs, rows, columns] = *weights.dims.as_slice() else { return None };
        let (dims, weights) = (weights.dims.as_slice(), floats(weights)?);
        let biases = match node.input.len() {
            2 => vec![0.0; size(outputs)?],
            _ => floats(tensor(2)?)?,
        };
        let laying = Laying {
            kernel: [size(rows).filter(|&rows| rows > 0)?, size(columns).filter(|&columns| columns > 0)?],
            strides: strides.try_into().ok().filter(|strides: &[usize; 2]| strides.iter().all(|&s| s > 0))?,
            padding: padding.try_into().ok()?,
        };
        let whole = weights.len() == size(outputs)? * size(inputs)? * laying.kernel_values()
            && biases.len() == size(outputs)?;
        (plain && whole).then_some(Self { laying, groups, dims, weights, biases })
    }

    /// Whether it is one of those that `rten` takes long for: of each channel by itself, or with kernels of several places.
    pub fn is_ours(&self) -> bool {
        self.is_depthwise() || self.is_dense()
    }

    /// Whether each output is of all channels, and of more than one place.
    pub fn is_dense(&self) -> bool {
        self.groups == 1 && self.laying.kernel_values() > 1
    }

    /// Whether each channel has a kernel of its own.
    pub fn is_depthwise(&self) -> bool {
        self.groups > 1 && self.dims[..2] == [self.groups, 1]
    }

    /// Takes in the normalisation that follows: y = scale · (x − mean) / √(variance + ε) + shift for each channel (S. Ioffe and
    /// C. Szegedy, *Batch Normalization*, 2015). `None` where the node is something else.
    pub fn normalised(mut self, node: &NodeProto, constants: &HashMap<&str, Constant<'a>>) -> Option<Self> {
        if node.op_type.as_deref() != Some("BatchNormalization") {
            return None;
        }
        let values = |at: usize| floats(constants.get(node.input.get(at)?.as_str())?.tensor()?);
        let (scale, shift, mean, variance) = (values(1)?, values(2)?, values(3)?, values(4)?);
        let epsilon = node.attribute.iter().find(|a| a.name.as_deref() == Some("epsilon"))?.f?;
        let channels = self.biases.len();
        if [&scale, &shift, &mean, &variance].iter().any(|values| values.len() != channels) {
            return None;
        }
        let of_channel = self.weights.len() / channels.max(1);
        let weights = self.weights.chunks_exact_mut(of_channel.max(1));
        for (channel, weights) in weights.enumerate() {
            let factor = scale[channel] / (variance[channel] + epsilon).sqrt();
            weights.iter_mut().for_each(|weight| *weight *= factor);
            self.biases[channel] = (self.biases[channel] - mean[channel]) * factor + shift[channel];
        }
        Some(self)
    }
}

impl Laying {
    pub fn kernel_values(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Rows and columns of the result; `None` where a picture is smaller than the kernel.
    pub fn result(&self, rows: usize, columns: usize) -> Option<[usize; 2]> {
        let [above, left, below, right] = self.padding;
        let out =
            |length: usize, kernel: usize, stride: usize| Some(length.checked_sub(kernel)? / stride + 1);
        Some([
            out(rows + above + below, self.kernel[0], self.strides[0])?,
            out(columns + left + right, self.kernel[1], self.strides[1])?,
        ])
    }

    /// In how many runs, of how many rows each, a plane of so many rows is computed: rows that follow each other in one go, with
    /// what stands between them.
    pub fn runs(&self, out_rows: usize) -> [usize; 2] {
        if self.strides[0] == 1 { [1, out_rows] } else { [out_rows, 1] }
    }
}

/// Planes with their padding. Columns that are a stride apart stand beside each other, so that those a column of the kernel
/// meets are always neighbours.
pub(super) struct Padded {
    pub values: Vec<f32>,
    columns: usize,
    stride: usize,
    above: usize,
    left: usize,
    /// From one row to the next, and from the columns of one phase to those of the next.
    pub row_length: usize,
    phase_length: usize,
    pub plane_length: usize,
}

impl Padded {
    /// Room for so many planes of this size.
    pub fn new(laying: &Laying, planes: usize, rows: usize, columns: usize) -> Self {
        let [above, left, below, right] = laying.padding;
        let stride = laying.strides[1];
        let phase_length = (left + columns + right).div_ceil(stride);
        let row_length = phase_length * stride;
        let plane_length = (above + rows + below) * row_length;
        // The last block may reach beyond the last row.
        let values = vec![0.0; planes * plane_length + MAX_BLOCK];
        Self { values, columns, stride, above, left, row_length, phase_length, plane_length }
    }

    /// Where each of a kernel's values meets the first of the result's.
    pub fn taps(&self, laying: &Laying) -> Vec<usize> {
        let [rows, columns] = laying.kernel;
        let tap = |row: usize, column: usize| {
            row * self.row_length + column % self.stride * self.phase_length + column / self.stride
        };
        (0..rows).flat_map(|row| (0..columns).map(move |column| tap(row, column))).collect()
    }

    /// Only what is no padding is written.
    pub fn fill(&mut self, at: usize, plane: &[f32]) {
        let Self { columns, stride, left, phase_length, .. } = *self;
        let rows =
            self.values[at * self.plane_length..][..self.plane_length].chunks_exact_mut(self.row_length);
        for (row, values) in rows.skip(self.above).zip(plane.chunks_exact(columns.max(1))) {
            if stride == 1 {
                row[left..left + columns].copy_from_slice(values);
                continue;
            }
            for first in 0..stride.min(columns) {
                let column = left + first;
                let phase = &mut row[column % stride * phase_length + column / stride..];
                for (place, &value) in phase.iter_mut().zip(values[first..].iter().step_by(stride)) {
                    *place = value;
                }
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use rten_tensor::NdTensor;
    use rten_tensor::prelude::*;

    use super::*;

    impl Convolution<'_> {
        /// Of whole numbers.
        pub fn of_numbers(laying: Laying, groups: i64, dims: &[i64; 4]) -> Convolution<'_> {
            let outputs = dims[0] as usize;
            let weights = outputs * dims[1] as usize * laying.kernel_values();
            let weights = (0..weights).map(|at| (at * 5 % 11) as f32 - 4.0).collect();
            let biases = (0..outputs).map(|output| output as f32 - 1.5).collect();
            Convolution { laying, groups, dims, weights, biases }
        }

        /// Value by value, as ONNX defines it.
        pub fn plainly(&self, input: &NdTensor<f32, 4>) -> NdTensor<f32, 4> {
            let [batch, _, rows, columns] = input.shape();
            let [out_rows, out_columns] = self.laying.result(rows, columns).unwrap();
            let [above, left, ..] = self.laying.padding;
            let [_, kernel_columns] = self.laying.kernel;
            let (outputs, inputs) = (self.dims[0] as usize, self.dims[1] as usize);
            let of_group = outputs / self.groups as usize;
            NdTensor::from_fn([batch, outputs, out_rows, out_columns], |[n, output, y, x]| {
                let mut sum = self.biases[output];
                for (at, weight) in
                    self.weights.chunks(self.weights.len() / outputs).nth(output).unwrap().iter().enumerate()
                {
                    let (channel, place) =
                        (at / self.laying.kernel_values(), at % self.laying.kernel_values());
                    let (ky, kx) = (place / kernel_columns, place % kernel_columns);
                    let (row, column) = (y * self.laying.strides[0] + ky, x * self.laying.strides[1] + kx);
                    if (above..above + rows).contains(&row) && (left..left + columns).contains(&column) {
                        let channel = output / of_group * inputs + channel;
                        sum += input[[n, channel, row - above, column - left]] * weight;
                    }
                }
                sum
            })
        }
    }

    /// Pictures of whole numbers.
    pub fn numbers(shape: [usize; 4]) -> NdTensor<f32, 4> {
        NdTensor::from_fn(shape, |[n, c, y, x]| ((n * 5 + c * 3 + y * 7 + x * 11) % 13) as f32)
    }
}
