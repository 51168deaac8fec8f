//! Values that each go through a few sums and products with constants: as ONNX writes out what stands between convolutions.
//!
//! `rten` goes over all values once for each of them. Here they go through all of them at once, in the same order, so
//! that each result is the same to its last bit.

use std::collections::HashMap;

use rten_onnx::onnx::NodeProto;
use rten_simd::ops::{BitOps, FloatOps, NumOps};
use rten_simd::{Isa, SimdOp};
use rten_tensor::Tensor;
use rten_tensor::prelude::*;

use super::cut::{Constant, floats};
use super::{MAX_BLOCK, VECTORS};

/// What each value goes through.
#[derive(Debug, PartialEq)]
pub(super) struct Pointwise(Vec<Operation>);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Operation {
    Add(f32),
    Multiply(f32),
    Divide(f32),
    Clip(f32, f32),
    /// By what came out of so many operations; 0 is the value itself.
    MultiplyByEarlier(usize),
}

/// Nodes at the beginning of some that are one [`Pointwise`].
pub(super) struct Found<'a> {
    pub input: &'a str,
    pub output: &'a str,
    pub pointwise: Pointwise,
    pub nodes: usize,
}

impl Pointwise {
    /// The most of the first nodes that are one; `None` where that is not more than one of them. `is_result` says whether a value
    /// is one of the network's results.
    pub(super) fn of<'a>(
        nodes: &[&'a NodeProto],
        constants: &HashMap<&str, Constant<'_>>,
        is_result: impl Fn(&str) -> bool,
    ) -> Option<Found<'a>> {
        let first = nodes.first()?;
        let input = first.input.iter().find(|name| !constants.contains_key(name.as_str()))?;
        let mut values = vec![input.as_str()];
        let mut operations: Vec<Operation> = Vec::new();
        for node in nodes {
            let Some(operation) = Operation::of(node, &values, constants) else { break };
            if operation.earlier().is_some() && operations.iter().any(|known| known.earlier().is_some()) {
                // One is kept at a time.
                break;
            }
            values.push(node.output.first()?);
            operations.push(operation);
        }
        let is_used_by = |node: &&NodeProto, value: &str| node.input.iter().any(|input| input == value);
        let stands_alone = |length: &usize| {
            values[1..*length].iter().all(|value| {
                !is_result(value) && !nodes[*length..].iter().any(|node| is_used_by(node, value))
            })
        };
        let nodes = (2..=operations.len()).rev().find(stands_alone)?;
        operations.truncate(nodes);
        Some(Found { input, output: values[nodes], pointwise: Self(operations), nodes })
    }

    pub(super) fn run(&self, values: Tensor<f32>) -> Tensor<f32> {
        let shape = values.shape().to_vec();
        let mut values = values.into_data();
        let in_blocks = values.len() - values.len() % MAX_BLOCK;
        let (blocks, rest) = values.split_at_mut(in_blocks);
        let mut last = [0.0; MAX_BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        Through { operations: &self.0, values: blocks }.dispatch();
        Through { operations: &self.0, values: &mut last }.dispatch();
        rest.copy_from_slice(&last[..rest.len()]);
        Tensor::from_data(&shape, values)
    }
}

impl Operation {
    /// What a node does with the last of the values.
    fn of(node: &NodeProto, values: &[&str], constants: &HashMap<&str, Constant<'_>>) -> Option<Self> {
        let (last, earlier) = values.split_last()?;
        let input = |at: usize| node.input.get(at).map(String::as_str);
        let constant = |at: usize| number(constants.get(input(at)?)?);
        let kind = node.op_type.as_deref()?;
        if kind == "Clip" || kind == "Div" {
            return match (kind, input(0) == Some(last)) {
                ("Clip", true) => Some(Self::Clip(constant(1)?, constant(2)?)),
                ("Div", true) => Some(Self::Divide(constant(1)?)),
                _ => None,
            };
        }
        let other = [1, 0].into_iter().find(|&other| input(1 - other) == Some(last))?;
        let before = earlier.iter().position(|value| input(other) == Some(value));
        match (kind, constant(other), before) {
            ("Add", Some(number), _) => Some(Self::Add(number)),
            ("Mul", Some(number), _) => Some(Self::Multiply(number)),
            ("Mul", None, Some(before)) => Some(Self::MultiplyByEarlier(before)),
            _ => None,
        }
    }

    /// Behind how many operations what it needs is to be kept.
    fn earlier(&self) -> Option<usize> {
        match self {
            Self::MultiplyByEarlier(operations) => Some(*operations),
            _ => None,
        }
    }
}

/// A constant of one value that changes no shape.
fn number(constant: &Constant<'_>) -> Option<f32> {
    let tensor = constant.tensor()?;
    let [number] = floats(tensor)?.try_into().ok()?;
    (tensor.dims.len() <= 1).then_some(number)
}

/// Takes all values through the operations; there are whole blocks of them.
struct Through<'a> {
    operations: &'a [Operation],
    values: &'a mut [f32],
}

impl SimdOp for Through<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let ops = isa.f32();
        let kept = self.operations.iter().find_map(Operation::earlier);
        for block in self.values.chunks_exact_mut(VECTORS * ops.len()) {
            let mut vectors = ops.load_many::<VECTORS>(block);
            let mut earlier = vectors;
            for (at, operation) in self.operations.iter().enumerate() {
                if kept == Some(at) {
                    earlier = vectors;
                }
                let splat = |number| ops.splat(number);
                vectors = match *operation {
                    Operation::Add(by) => vectors.map(|value| ops.add(value, splat(by))),
                    Operation::Multiply(by) => vectors.map(|value| ops.mul(value, splat(by))),
                    Operation::Divide(by) => vectors.map(|value| ops.div(value, splat(by))),
                    Operation::Clip(least, most) => {
                        vectors.map(|value| ops.clamp(value, splat(least), splat(most)))
                    }
                    Operation::MultiplyByEarlier(_) => {
                        std::array::from_fn(|n| ops.mul(vectors[n], earlier[n]))
                    }
                };
            }
            for (value, place) in vectors.into_iter().zip(block.chunks_exact_mut(ops.len())) {
                ops.store(value, place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rten_onnx::onnx::{DataType, TensorProto};

    use super::*;

    fn node(kind: &str, inputs: &[&str], output: &str) -> NodeProto {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        NodeProto {
            op_type: Some(kind.to_owned()),
            input: names(inputs),
            output: names(&[output]),
            ..NodeProto::default()
        }
    }

    /// A hard swish between two scales, as PP-OCRv4 has it, and a node that it is for.
    fn nodes() -> Vec<NodeProto> {
        vec![
            node("Mul", &["sums", "two"], "a"),
            node("Add", &["half", "a"], "b"),
            node("Add", &["b", "three"], "c"),
            node("Clip", &["c", "zero", "six"], "d"),
            node("Mul", &["b", "d"], "e"),
            node("Div", &["e", "six"], "f"),
            node("Conv", &["f", "weights"], "g"),
        ]
    }

    /// What is found in nodes, where the values of `results` are the network's.
    fn found(nodes: &[NodeProto], results: &[&str]) -> Option<(String, String, Pointwise)> {
        let tensors: Vec<TensorProto> =
            [("zero", 0.0), ("half", 0.5), ("two", 2.0), ("three", 3.0), ("six", 6.0_f32)]
                .map(|(name, value)| TensorProto {
                    name: Some(name.to_owned()),
                    dims: vec![1],
                    data_type: Some(DataType::FLOAT),
                    float_data: vec![value],
                    ..TensorProto::default()
                })
                .into();
        let constants =
            tensors.iter().map(|tensor| (tensor.name.as_deref().unwrap(), Constant::Initializer(tensor)));
        let nodes: Vec<&NodeProto> = nodes.iter().collect();
        let found = Pointwise::of(&nodes, &constants.collect(), |name| results.contains(&name))?;
        Some((found.input.to_owned(), found.output.to_owned(), found.pointwise))
    }

    #[test]
    fn what_is_written_out_is_found_and_is_done_in_order() {
        let (input, output, pointwise) = found(&nodes(), &[]).unwrap();
        assert_eq!((input.as_str(), output.as_str()), ("sums", "f"));
        let values: Vec<f32> = (0..203).map(|n| (n as f32 - 100.0) / 17.0).collect();
        let expected = values.iter().map(|value| {
            let b = value * 2.0 + 0.5;
            b * (b + 3.0).clamp(0.0, 6.0) / 6.0
        });
        let expected: Vec<f32> = expected.collect();
        let result = pointwise.run(Tensor::from_data(&[1, 7, 29], values));
        assert_eq!(result.shape(), [1, 7, 29]);
        assert_eq!(result.into_data(), expected);
    }

    #[test]
    fn it_ends_before_what_others_need() {
        assert_eq!(found(&nodes(), &["e"]).unwrap().1, "e");
        let mut nodes = nodes();
        nodes.push(node("Add", &["g", "d"], "h"));
        assert_eq!(found(&nodes, &[]).unwrap().1, "b", "`b` is needed behind `d` too");
        nodes.push(node("Relu", &["a"], "i"));
        assert_eq!(found(&nodes, &[]), None, "one operation is none");
    }

    #[test]
    fn what_changes_shapes_or_is_no_number_is_left() {
        assert_eq!(found(&[node("Mul", &["x", "y"], "a"), node("Add", &["a", "two"], "b")], &[]), None);
        assert_eq!(found(&[node("Div", &["two", "x"], "a"), node("Add", &["a", "two"], "b")], &[]), None);
        assert_eq!(found(&[node("Conv", &["x", "two"], "a")], &[]), None);
    }
}
