//! Cuts a network before and after what is not left to `rten`.

use std::collections::{HashMap, HashSet};

use rten_onnx::onnx::{DataType, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto};

use super::dense::Dense;
use super::depthwise::Depthwise;
use super::laying::Convolution;
use super::pointwise::Pointwise;
use super::{NetworkError, Part, Work};

/// What runs one after the other.
pub(super) fn work(file: &ModelProto, graph: &GraphProto) -> Result<Vec<Work>, NetworkError> {
    let constants = constants(graph);
    let nodes: Vec<&NodeProto> = graph.node.iter().filter(|node| !is_constant(node)).collect();
    let mut work = Vec::new();
    // ONNX has its nodes in the order in which they can be run.
    let (mut begun, mut at) = (0, 0);
    while at < nodes.len() {
        let Some((own, taken)) = own(graph, &constants, &nodes[at..]) else {
            at += 1;
            continue;
        };
        work.extend(part(file, graph, &constants, &nodes, begun..at)?.map(Work::Part));
        work.push(own);
        at += taken;
        begun = at;
    }
    work.extend(part(file, graph, &constants, &nodes, begun..nodes.len())?.map(Work::Part));
    Ok(work)
}

/// What is not left to `rten` and begins with the first of the nodes, and how many of them it is.
fn own(
    graph: &GraphProto,
    constants: &HashMap<&str, Constant<'_>>,
    nodes: &[&NodeProto],
) -> Option<(Work, usize)> {
    if let Some(own) = convolution(graph, constants, nodes) {
        return Some(own);
    }
    let found = Pointwise::of(nodes, constants, |name| is_value_of(&graph.output, name))?;
    let (input, output) = (found.input.to_owned(), found.output.to_owned());
    Some((Work::Pointwise { input, output, pointwise: found.pointwise }, found.nodes))
}

/// A convolution that is not left to `rten`, with a normalisation that follows it.
fn convolution(
    graph: &GraphProto,
    constants: &HashMap<&str, Constant<'_>>,
    nodes: &[&NodeProto],
) -> Option<(Work, usize)> {
    let (node, later) = nodes.split_first()?;
    let (input, result) = (node.input.first()?.clone(), node.output.first()?);
    let found = Convolution::of(node, constants).filter(Convolution::is_ours)?;
    let normalised = later.first().filter(|next| {
        next.input.first() == Some(result)
            && !is_value_of(&graph.output, result)
            && !names(later[1..].iter().flat_map(|node| &node.input)).any(|name| name == result)
    });
    let normalised = normalised.and_then(|next| Some((found.clone().normalised(next, constants)?, next)));
    let (found, output, taken) = match normalised {
        Some((found, next)) => (found, next.output.first()?.clone(), 2),
        None => (found, result.clone(), 1),
    };
    let work = match found.is_depthwise() {
        true => Work::Depthwise { input, output, convolution: Depthwise::of(found)? },
        false => Work::Dense { input, output, convolution: Dense::of(found)? },
    };
    Some((work, taken))
}

/// What the file holds under a name.
#[derive(Clone, Copy)]
pub(super) enum Constant<'a> {
    Initializer(&'a TensorProto),
    Node(&'a NodeProto),
}

impl<'a> Constant<'a> {
    pub(super) fn tensor(self) -> Option<&'a TensorProto> {
        match self {
            Self::Initializer(tensor) => Some(tensor),
            Self::Node(node) => node.attribute.iter().find_map(|attribute| attribute.t.as_ref()),
        }
    }
}

fn constants(graph: &GraphProto) -> HashMap<&str, Constant<'_>> {
    let initializers = graph.initializer.iter();
    let initializers =
        initializers.filter_map(|tensor| Some((tensor.name.as_deref()?, Constant::Initializer(tensor))));
    let nodes = graph.node.iter().filter(|node| is_constant(node));
    let nodes = nodes.filter_map(|node| Some((node.output.first()?.as_str(), Constant::Node(node))));
    initializers.chain(nodes).collect()
}

fn is_constant(node: &NodeProto) -> bool {
    node.op_type.as_deref() == Some("Constant")
}

/// A constant's values; `None` where they are no such numbers.
pub(super) fn floats(tensor: &TensorProto) -> Option<Vec<f32>> {
    if tensor.data_type != Some(DataType::FLOAT) {
        return None;
    }
    match &tensor.raw_data {
        Some(raw) => {
            let raw = raw.borrow();
            let (values, rest) = raw.as_chunks::<4>();
            rest.is_empty().then(|| values.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect())
        }
        None => Some(tensor.float_data.clone()),
    }
}

fn is_value_of(values: &[ValueInfoProto], name: &str) -> bool {
    values.iter().any(|value| value.name.as_deref() == Some(name))
}

/// The nodes of `range` as a network of its own; `None` where there are none.
fn part(
    file: &ModelProto,
    graph: &GraphProto,
    constants: &HashMap<&str, Constant<'_>>,
    nodes: &[&NodeProto],
    range: std::ops::Range<usize>,
) -> Result<Option<Part>, NetworkError> {
    let own = &nodes[range.clone()];
    if own.is_empty() {
        return Ok(None);
    }
    let made: HashSet<&str> = names(own.iter().flat_map(|node| &node.output)).collect();
    let needed_later: HashSet<&str> = names(nodes[range.end..].iter().flat_map(|node| &node.input)).collect();
    let mut inputs: Vec<&str> = Vec::new();
    let mut part = GraphProto::default();
    let mut taken = HashSet::new();
    for name in names(own.iter().flat_map(|node| &node.input)) {
        if made.contains(name) || !taken.insert(name) {
            continue;
        }
        match constants.get(name) {
            Some(Constant::Initializer(tensor)) => part.initializer.push((*tensor).clone()),
            Some(Constant::Node(node)) => part.node.push((*node).clone()),
            None => inputs.push(name),
        }
    }
    let leaves = |name: &&str| needed_later.contains(name) || is_value_of(&graph.output, name);
    let mut outputs: Vec<&str> = made.into_iter().filter(leaves).collect();
    outputs.sort_unstable();
    part.node.extend(own.iter().map(|node| (*node).clone()));
    part.input = inputs.iter().map(|name| value(graph, name)).collect();
    part.output = outputs.iter().map(|name| value(graph, name)).collect();
    let part = ModelProto {
        ir_version: file.ir_version,
        graph: Some(part),
        opset_import: file.opset_import.clone(),
        ..ModelProto::default()
    };
    let model = rten::ModelOptions::with_all_ops().prepack_weights(true).load(part.write_buf()?)?;
    let with_ids = |names: Vec<&str>| -> Result<Vec<_>, NetworkError> {
        names.into_iter().map(|name| Ok((name.to_owned(), model.node_id(name)?))).collect()
    };
    let (inputs, outputs) = (with_ids(inputs)?, with_ids(outputs)?);
    Ok(Some(Part { model: Box::new(model), inputs, outputs }))
}

/// Those that are given: an input that may be left out has an empty name.
fn names<'a>(names: impl Iterator<Item = &'a String>) -> impl Iterator<Item = &'a str> {
    names.map(String::as_str).filter(|name| !name.is_empty())
}

/// As the file has it, where it says more than its name.
fn value(graph: &GraphProto, name: &str) -> ValueInfoProto {
    let known = graph.input.iter().chain(&graph.output).find(|value| value.name.as_deref() == Some(name));
    known.cloned().unwrap_or_else(|| ValueInfoProto { name: Some(name.to_owned()), r#type: None })
}
