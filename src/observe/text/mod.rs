//! Text in pictures: where it stands and what it says. PP-OCRv4 (PaddleOCR).
//!
//! Knows nothing of clocks, cards or signs. Pictures come as OpenCV matrices of 8-bit grey or BGR.

mod detect;
mod pixels;
mod recognise;

use std::sync::Arc;

use opencv::core::{Mat, MatTraitConst, MatTraitConstManual};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

pub use detect::TextBox;
pub use pixels::{bgr_of, grey_of, window};
pub use recognise::{Alphabet, Character, Line, LineImage};

use super::model_use;
use super::network::{Network, OneThread};
use crate::evidence::ModelUse;
use crate::models::{Model, ModelError, ModelStore, Role};

/// Why a picture's text could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error("text model '{name}' cannot be used: {detail}")]
    Unusable { name: String, detail: String },
    #[error("a picture cannot be prepared for reading: {0}")]
    Picture(#[from] opencv::Error),
}

/// From one symbol to the next below it, in widths of their line. How many there are goes by where least is drawn between them.
const CLOSEST_SYMBOLS: f32 = 0.8;
const WIDEST_SYMBOLS: f32 = 1.4;
const COUNTS_TRIED: usize = 2;
/// Confidence from which symbols that were stood up say something: digits of a line on its side came to 0.69.
const STANDS: f32 = 0.8;

/// Finds and reads text. Runs on one thread, so that the same picture gives the same answer.
pub struct TextReader {
    detection: Arc<TextModel>,
    recognition: Arc<TextModel>,
    symbols: Arc<recognise::Symbols>,
    thread: OneThread,
}

/// A loaded model and which one it is.
struct TextModel {
    network: Network,
    installed: Model,
}

impl TextReader {
    /// Lines as long as one that runs down that are read for it, at most.
    pub const READS_DOWN: u32 = COUNTS_TRIED as u32 + 2;

    /// Loads both models: some 50 ms, mostly for their digests.
    pub fn load(store: &ModelStore) -> Result<Self, TextError> {
        let detection = TextModel::load(store.installed(Role::TextDetection)?)?;
        let recognition = TextModel::load(store.installed(Role::TextRecognition)?)?;
        let symbols = recognise::Symbols::of(&recognition)?;
        Ok(Self {
            detection: Arc::new(detection),
            recognition: Arc::new(recognition),
            symbols: Arc::new(symbols),
            thread: OneThread::default(),
        })
    }

    /// A reader with the same models and a thread of its own, for another clip at the same time.
    pub fn sibling(&self) -> Self {
        Self {
            detection: Arc::clone(&self.detection),
            recognition: Arc::clone(&self.recognition),
            symbols: Arc::clone(&self.symbols),
            thread: OneThread::default(),
        }
    }

    /// The models that read.
    pub fn models(&self) -> [ModelUse; 2] {
        [&self.detection.installed, &self.recognition.installed].map(model_use)
    }

    /// The lines of text in a picture, from top to bottom. It is looked at enlarged by `scale`: text
    /// is found best where its letters are then 15 to 40 pixels high, and in colour.
    pub fn detect(&self, picture: &Mat, scale: f32) -> Result<Vec<TextBox>, TextError> {
        detect::detect(picture, scale, |input| self.detection.run(input, &self.thread))
    }

    /// Reads one line.
    pub fn read(&self, line: &LineImage) -> Result<Line, TextError> {
        let scores: NdTensor<f32, 3> = self.recognition.run(line.tensor()?, &self.thread)?;
        Ok(self.symbols.decode(scores.view(), line, None))
    }

    /// Reads a line that runs down the picture, turned so that its top is to the left: symbols that stand one below the other, or a line
    /// that lies on its side; says whether it does.
    ///
    /// The network was trained on lines of symbols that lie with their heads to the left, too, as plaques come when they are turned so. So a
    /// line that lies with its head to the left is read both stood up, in the wrong order, and as it should be.
    /// Takes as long as [`Self::READS_DOWN`] lines.
    pub fn read_down(&self, line: &LineImage) -> Result<(Line, bool), TextError> {
        let most = (line.aspect() / CLOSEST_SYMBOLS).round().max(1.0) as usize;
        let least = (line.aspect() / WIDEST_SYMBOLS).round().max(1.0) as usize;
        let mut counts: Vec<usize> = (least..=most).collect();
        counts.sort_by(|&a, &b| line.drawn_at_cuts(a).total_cmp(&line.drawn_at_cuts(b)));
        let mut standing = Line::default();
        for count in counts.into_iter().take(COUNTS_TRIED) {
            let read = self.read(&line.stood_up(count)?)?;
            if read.confidence > standing.confidence {
                standing = read;
            }
        }
        let stands = standing.confidence >= STANDS;
        let mut lying = self.read(&line.turned())?;
        if !stands {
            let other = self.read(line)?;
            lying = if other.confidence > lying.confidence { other } else { lying };
        }
        let lies = lying.confidence >= if stands { STANDS } else { standing.confidence };
        Ok(if lies { (lying, true) } else { (standing, false) })
    }

    /// Reads one line of which it is known that it holds nothing but these symbols.
    pub fn read_within(&self, line: &LineImage, alphabet: &Alphabet) -> Result<Line, TextError> {
        let scores: NdTensor<f32, 3> = self.recognition.run(line.tensor()?, &self.thread)?;
        Ok(self.symbols.decode(scores.view(), line, Some(alphabet)))
    }

    /// The alphabet of those of `symbols` that the model knows.
    pub fn alphabet(&self, symbols: &str) -> Alphabet {
        self.symbols.alphabet(symbols)
    }
}

impl TextModel {
    fn load(installed: Model) -> Result<Self, TextError> {
        let network = Network::load(&installed.path).map_err(|error| unusable(&installed, error))?;
        Ok(Self { network, installed })
    }

    fn run<const N: usize>(
        &self,
        input: NdTensor<f32, 4>,
        thread: &OneThread,
    ) -> Result<NdTensor<f32, N>, TextError> {
        self.network.run(input, thread).map_err(|error| unusable(&self.installed, error))
    }
}

fn unusable(model: &Model, error: impl std::fmt::Display) -> TextError {
    TextError::Unusable { name: model.name.clone(), detail: error.to_string() }
}

/// The pixels as the models want them: three planes, values from -1 to 1, right of the picture
/// filled with 0 (middle grey) up to `width`.
fn normalised(picture: &Mat, width: usize) -> Result<NdTensor<f32, 4>, TextError> {
    let (rows, columns) = (picture.rows() as usize, picture.cols() as usize);
    let channels = picture.channels() as usize;
    let bytes = picture.data_bytes()?;
    let mut values = vec![0.0; 3 * rows * width];
    for (channel, plane) in values.chunks_exact_mut((rows * width).max(1)).enumerate() {
        let channel = channel.min(channels - 1);
        let lines = plane.chunks_exact_mut(width.max(1)).zip(bytes.chunks_exact((columns * channels).max(1)));
        for (values, pixels) in lines {
            for (value, pixel) in values.iter_mut().zip(pixels.chunks_exact(channels)) {
                *value = f32::from(pixel[channel]) / 127.5 - 1.0;
            }
        }
    }
    Ok(NdTensor::from_data([1, 3, rows, width], values))
}

#[cfg(test)]
pub(super) mod tests;
