//! Neural networks from ONNX files, run by `rten` on one thread, so that the same input gives the same output.
//!
//! `rten` takes depthwise convolutions value by value (robertknight/rten#370): in the small networks here they took
//! 27 % of a search for text and 58 % of reading a line. It writes out what kernels of several places meet, which took half of what was
//! left of a search for text; and it goes over all values for each sum or product with a constant. So a
//! network is cut where it has one of these: the parts between are `rten`'s, these are ours.

mod cut;
mod dense;
mod depthwise;
mod laying;
mod pointwise;
mod sums;

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use rten::{NodeId, RunOptions, ThreadPool, Value};
use rten_onnx::onnx::ModelProto;
use rten_tensor::{NdTensor, NdTensorView, Tensor};

use crate::pulse;
use dense::Dense;
use depthwise::Depthwise;
use pointwise::Pointwise;

/// As many vectors are computed at once: fewer leave the processor waiting for one sum after the other.
const VECTORS: usize = 4;

/// Values that are computed at once, at most: of AVX-512's vectors.
const MAX_BLOCK: usize = sums::block(VECTORS);

/// Why a network cannot be loaded or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    #[error(transparent)]
    Read(#[from] std::io::Error),
    #[error("it is no ONNX file: {0}")]
    Parse(#[from] rten_onnx::protobuf::ProtobufError),
    #[error(transparent)]
    Load(#[from] rten::LoadError),
    #[error(transparent)]
    Run(#[from] rten::RunError),
    #[error("it has no value '{0}'")]
    NoValue(String),
    #[error("its value '{0}' has another shape")]
    Shape(String),
}

/// A loaded network; any number of threads may run it at once.
pub struct Network {
    steps: Vec<Step>,
    input: String,
    outputs: Vec<String>,
    /// What the file says of itself.
    metadata: HashMap<String, String>,
}

/// Something that takes values by name and adds others.
struct Step {
    work: Work,
    /// What it takes and nothing after it does: gone behind it, so that the next values come to where these were, which
    /// the processor still has at hand.
    spent: Vec<String>,
}

enum Work {
    Part(Part),
    Depthwise { input: String, output: String, convolution: Depthwise },
    Dense { input: String, output: String, convolution: Dense },
    Pointwise { input: String, output: String, pointwise: Pointwise },
}

/// A stretch of the network that `rten` runs.
struct Part {
    model: Box<rten::Model>,
    inputs: Vec<(String, NodeId)>,
    outputs: Vec<(String, NodeId)>,
}

/// One thread to run networks on.
pub struct OneThread {
    pool: Arc<ThreadPool>,
    options: RunOptions,
}

impl Default for OneThread {
    fn default() -> Self {
        let pool = Arc::new(ThreadPool::with_num_threads(1));
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&pool)));
        Self { pool, options }
    }
}

impl Network {
    pub fn load(path: &Path) -> Result<Self, NetworkError> {
        let file = ModelProto::parse_buf(&std::fs::read(path)?)?;
        let metadata = file.metadata_props.iter();
        let metadata =
            metadata.filter_map(|entry| Some((entry.key.clone()?, entry.value.clone()?))).collect();
        let graph = file.graph.as_ref().ok_or_else(|| NetworkError::NoValue("graph".to_owned()))?;
        let names = |values: &[rten_onnx::onnx::ValueInfoProto]| -> Vec<String> {
            values.iter().filter_map(|value| value.name.clone()).collect()
        };
        let input = names(&graph.input)
            .into_iter()
            .next()
            .ok_or_else(|| NetworkError::NoValue("input".to_owned()))?;
        let outputs = names(&graph.output);
        let steps = Step::all(cut::work(&file, graph)?, &outputs);
        Ok(Self { steps, input, outputs, metadata })
    }

    /// What the file says of itself under this name.
    pub fn metadata(&self, name: &str) -> Option<&str> {
        self.metadata.get(name).map(String::as_str)
    }

    /// Its first output.
    pub fn run<const N: usize>(
        &self,
        input: NdTensor<f32, 4>,
        thread: &OneThread,
    ) -> Result<NdTensor<f32, N>, NetworkError> {
        let first = self.outputs.first().ok_or_else(|| NetworkError::NoValue("output".to_owned()))?;
        let mut values = self.values(input, thread)?;
        taken(&mut values, first)
    }

    /// All its outputs, of `N` dimensions each, by name.
    pub fn run_all<const N: usize>(
        &self,
        input: NdTensor<f32, 4>,
        thread: &OneThread,
    ) -> Result<HashMap<String, NdTensor<f32, N>>, NetworkError> {
        let mut values = self.values(input, thread)?;
        self.outputs.iter().map(|name| Ok((name.clone(), taken(&mut values, name)?))).collect()
    }

    fn values(
        &self,
        input: NdTensor<f32, 4>,
        thread: &OneThread,
    ) -> Result<HashMap<String, Value>, NetworkError> {
        pulse::beat();
        // Each part would go to the thread and back by itself.
        thread.pool.run(|| self.values_here(input, thread))
    }

    fn values_here(
        &self,
        input: NdTensor<f32, 4>,
        thread: &OneThread,
    ) -> Result<HashMap<String, Value>, NetworkError> {
        let mut values = HashMap::from([(self.input.clone(), Value::from(input))]);
        for Step { work, spent } in &self.steps {
            match work {
                Work::Part(part) => part.run(&mut values, thread)?,
                Work::Depthwise { input, output, convolution } => {
                    convolved(&mut values, input, output, |input| convolution.run(input))?;
                }
                Work::Dense { input, output, convolution } => {
                    convolved(&mut values, input, output, |input| convolution.run(input))?;
                }
                Work::Pointwise { input, output, pointwise } => {
                    let value =
                        if spent.contains(input) { values.remove(input) } else { values.get(input).cloned() };
                    let value = value.ok_or_else(|| NetworkError::NoValue(input.clone()))?;
                    let value: Tensor<f32> =
                        value.try_into().map_err(|_| NetworkError::Shape(input.clone()))?;
                    values.insert(output.clone(), pointwise.run(value).into());
                }
            }
            for name in spent {
                values.remove(name);
            }
        }
        Ok(values)
    }
}

impl Step {
    /// In the order in which they run; `results` is what must be left of them.
    fn all(work: Vec<Work>, results: &[String]) -> Vec<Self> {
        let mut needed: HashSet<String> = results.iter().cloned().collect();
        let mut steps: Vec<Self> = Vec::new();
        for work in work.into_iter().rev() {
            let spent = work.inputs().into_iter().filter(|name| needed.insert((*name).to_owned()));
            let spent = spent.map(str::to_owned).collect();
            steps.push(Self { work, spent });
        }
        steps.reverse();
        steps
    }
}

impl Work {
    fn inputs(&self) -> Vec<&str> {
        match self {
            Self::Part(part) => part.inputs.iter().map(|(name, _)| name.as_str()).collect(),
            Self::Depthwise { input, .. } | Self::Dense { input, .. } | Self::Pointwise { input, .. } => {
                vec![input]
            }
        }
    }
}

impl Part {
    fn run(&self, values: &mut HashMap<String, Value>, thread: &OneThread) -> Result<(), NetworkError> {
        let input = |(name, id): &(String, NodeId)| match values.get(name) {
            Some(value) => Ok((*id, value.into())),
            None => Err(NetworkError::NoValue(name.clone())),
        };
        let inputs = self.inputs.iter().map(input).collect::<Result<Vec<_>, _>>()?;
        let ids: Vec<NodeId> = self.outputs.iter().map(|(_, id)| *id).collect();
        let outputs = self.model.run(inputs, &ids, Some(thread.options.clone()))?;
        values.extend(self.outputs.iter().map(|(name, _)| name.clone()).zip(outputs));
        Ok(())
    }
}

fn convolved(
    values: &mut HashMap<String, Value>,
    input: &str,
    output: &str,
    run: impl FnOnce(NdTensorView<f32, 4>) -> Option<NdTensor<f32, 4>>,
) -> Result<(), NetworkError> {
    let value = values.get(input).ok_or_else(|| NetworkError::NoValue(input.to_owned()))?;
    let result = value.as_view().try_into().ok().and_then(run);
    let result = result.ok_or_else(|| NetworkError::Shape(input.to_owned()))?;
    values.insert(output.to_owned(), result.into());
    Ok(())
}

fn taken<const N: usize>(
    values: &mut HashMap<String, Value>,
    name: &str,
) -> Result<NdTensor<f32, N>, NetworkError> {
    let value = values.remove(name).ok_or_else(|| NetworkError::NoValue(name.to_owned()))?;
    value.try_into().map_err(|_| NetworkError::Shape(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use rten_tensor::prelude::*;

    use super::*;

    /// The networks that come with the program say the same as `rten` alone has them say.
    #[test]
    fn a_network_that_is_cut_says_what_the_whole_one_says() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/models"));
        let thread = OneThread::default();
        for (name, shape) in [
            ("ppocr-v4-det.onnx", [1, 3, 96, 160]),
            ("ppocr-v4-rec.onnx", [1, 3, 48, 224]),
            ("yunet-n.onnx", [1, 3, 96, 160]),
        ] {
            let path = folder.join(name);
            let network = Network::load(&path).unwrap();
            let convolutions =
                network.steps.iter().filter(|step| matches!(step.work, Work::Depthwise { .. }));
            assert!(convolutions.count() > 10, "{name}");
            let input = NdTensor::from_fn(shape, |[_, channel, y, x]| {
                ((channel * 7 + y * 5 + x * 3) % 64) as f32 / 32.0 - 1.0
            });
            let whole = rten::ModelOptions::with_all_ops().load_file(&path).unwrap();
            let expected = whole.run_one(input.view().into(), None).unwrap();
            let values = network.values(input, &thread).unwrap();
            let (expected, found) = (of(expected), of(values[&network.outputs[0]].clone()));
            assert_eq!(expected.len(), found.len(), "{name}");
            let apart = expected.iter().zip(&found).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(apart < 1e-4, "{name}: {apart}");
        }
    }

    fn of(value: Value) -> Vec<f32> {
        let tensor: rten_tensor::Tensor<f32> = value.try_into().unwrap();
        tensor.to_vec()
    }

    #[test]
    fn what_is_no_network_is_said_to_be_none() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(Network::load(folder.path()), Err(NetworkError::Read(_))));
        let path = folder.path().join("text.onnx");
        std::fs::write(&path, "no network at all").unwrap();
        assert!(Network::load(&path).is_err());
        std::fs::write(&path, "").unwrap();
        assert!(matches!(Network::load(&path), Err(NetworkError::NoValue(_))));
    }
}
