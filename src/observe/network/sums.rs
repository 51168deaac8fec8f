//! Weighted sums of values that stand at fixed distances: what convolutions are made of.

use rten_simd::ops::{BitOps, NumOps};
use rten_simd::{Isa, SimdOp};

/// For each output channel and each place sums of the values at `taps` behind that place, by their weights. `OUTPUTS` channels are
/// computed at once, of each so many `VECTORS`: each value that is loaded is used for all of these channels.
pub(super) struct WeightedSums<'a, const OUTPUTS: usize, const VECTORS: usize> {
    pub values: &'a [f32],
    pub taps: &'a [usize],
    /// For each group of `OUTPUTS` channels, for each tap, one for each channel of the group.
    pub weights: &'a [[f32; OUTPUTS]],
    /// One for each channel; the last group may have fewer.
    pub biases: &'a [f32],
    /// Of each channel of each group: a multiple of [`block`] long.
    pub sums: &'a mut [f32],
    pub length: usize,
}

/// Values that are computed at once for a channel, at most: of AVX-512's vectors.
pub(super) const fn block(vectors: usize) -> usize {
    vectors * 16
}

impl<const OUTPUTS: usize, const VECTORS: usize> SimdOp for WeightedSums<'_, OUTPUTS, VECTORS> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let ops = isa.f32();
        let groups = self.weights.chunks_exact(self.taps.len()).zip(self.biases.chunks(OUTPUTS));
        // What one block of values meets stays near while all channels are computed from it.
        for at in (0..self.length).step_by(VECTORS * ops.len()) {
            let values = &self.values[at..];
            let planes = self.sums.chunks_exact_mut(OUTPUTS * self.length);
            for ((weights, biases), planes) in groups.clone().zip(planes) {
                let bias = |output: usize| ops.splat(biases.get(output).copied().unwrap_or(0.0));
                let mut sums: [[I::F32; VECTORS]; OUTPUTS] =
                    std::array::from_fn(|output| [bias(output); VECTORS]);
                for (&tap, weights) in self.taps.iter().zip(weights) {
                    let met = ops.load_many::<VECTORS>(&values[tap..]);
                    for (sums, &weight) in sums.iter_mut().zip(weights) {
                        let weight = ops.splat(weight);
                        for (sum, met) in sums.iter_mut().zip(met) {
                            *sum = ops.mul_add(met, weight, *sum);
                        }
                    }
                }
                for (sums, plane) in sums.into_iter().zip(planes.chunks_exact_mut(self.length)) {
                    let places = plane[at..].chunks_exact_mut(ops.len());
                    sums.into_iter().zip(places).for_each(|(sum, place)| ops.store(sum, place));
                }
            }
        }
    }
}
