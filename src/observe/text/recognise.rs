//! What a line says: the network's score of each symbol at each place, read as connectionist
//! temporal classification (CTC) has it.

use opencv::core::{
    Mat, MatTraitConst, MatTraitConstManual, ROTATE_90_CLOCKWISE, Rect, Size, Vector, hconcat, rotate,
};
use opencv::imgproc;
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, NdTensorView};

use super::{TextError, TextModel, normalised, unusable};

/// Pixels of the line's height that the network is made for.
const LINE_HEIGHT_PX: usize = 48;

/// The network wants a multiple of this width.
const WIDTH_MULTIPLE: usize = 32;

/// A longer line is squeezed into this: 75 Chinese characters at the network's height.
const MAX_WIDTH_PX: usize = 3_600;

/// Class of "nothing here" in the network's output.
const BLANK: usize = 0;

/// One line of text, cut out and reduced to what the network takes: a few dozen kilobytes that can
/// be kept and read later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineImage {
    width: usize,
    channels: usize,
    bytes: Vec<u8>,
}

impl LineImage {
    /// From a cut of 8-bit grey or BGR that holds one line, with a small margin around it.
    pub fn new(cut: &Mat) -> Result<Self, TextError> {
        let (rows, columns) = (cut.rows().max(1) as usize, cut.cols().max(1) as usize);
        let width = (columns * LINE_HEIGHT_PX).div_ceil(rows).clamp(LINE_HEIGHT_PX / 2, MAX_WIDTH_PX);
        let mut scaled = Mat::default();
        let size = Size::new(width as i32, LINE_HEIGHT_PX as i32);
        let filter = if rows > LINE_HEIGHT_PX { imgproc::INTER_AREA } else { imgproc::INTER_LINEAR };
        imgproc::resize(cut, &mut scaled, size, 0.0, 0.0, filter)?;
        Ok(Self { width, channels: scaled.channels() as usize, bytes: scaled.data_bytes()?.to_vec() })
    }

    /// Its pixels, row by row in the network's height, and the length of a row.
    pub fn pixels(&self) -> (&[u8], usize) {
        (&self.bytes, self.width * self.channels)
    }

    /// The same line, turned by half a circle.
    pub fn turned(&self) -> Self {
        let pixels = self.bytes.chunks_exact(self.channels.max(1)).rev();
        Self { bytes: pixels.flatten().copied().collect(), ..*self }
    }

    /// A line that lies on its side, its top to the left, as `count` symbols that stand upright beside each other: how a line of symbols
    /// one below the other is read.
    pub(super) fn stood_up(&self, count: usize) -> Result<Self, TextError> {
        let strip = self.picture()?;
        let length = self.width as f64 / count.max(1) as f64;
        let mut row = Vector::<Mat>::new();
        for n in 0..count.max(1) {
            let (from, to) = ((n as f64 * length) as i32, ((n + 1) as f64 * length) as i32);
            let symbol = Mat::roi(&strip, Rect::new(from, 0, (to - from).max(1), LINE_HEIGHT_PX as i32))?;
            let (mut upright, mut scaled) = (Mat::default(), Mat::default());
            rotate(&symbol, &mut upright, ROTATE_90_CLOCKWISE)?;
            let size = Size::new(LINE_HEIGHT_PX as i32, LINE_HEIGHT_PX as i32);
            imgproc::resize(&upright, &mut scaled, size, 0.0, 0.0, imgproc::INTER_LINEAR)?;
            row.push(scaled);
        }
        let mut line = Mat::default();
        hconcat(&row, &mut line)?;
        Self::new(&line)
    }

    /// How much is drawn where a line would be parted into `count` symbols of the same length: mean standard deviation of luma
    /// along the cuts.
    pub(super) fn drawn_at_cuts(&self, count: usize) -> f64 {
        let column_deviation = |column: usize| {
            let values = (0..LINE_HEIGHT_PX)
                .filter_map(|row| self.bytes.get((row * self.width + column) * self.channels));
            let (sum, squares) = values.fold((0.0, 0.0), |(sum, squares), &value| {
                let value = f64::from(value);
                (sum + value, squares + value * value)
            });
            let mean = sum / LINE_HEIGHT_PX as f64;
            (squares / LINE_HEIGHT_PX as f64 - mean * mean).max(0.0).sqrt()
        };
        let cut = |n: usize| column_deviation((n * self.width / count).min(self.width.saturating_sub(1)));
        (1..count).map(cut).sum::<f64>() / count.saturating_sub(1).max(1) as f64
    }

    /// Its length in heights.
    pub(super) fn aspect(&self) -> f32 {
        self.width as f32 / LINE_HEIGHT_PX as f32
    }

    /// The memory it takes.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn tensor(&self) -> Result<NdTensor<f32, 4>, TextError> {
        normalised(&self.picture()?, self.padded_width())
    }

    fn picture(&self) -> Result<Mat, TextError> {
        let columns = (self.width * self.channels) as i32;
        let flat = Mat::new_rows_cols_with_data(LINE_HEIGHT_PX as i32, columns, &self.bytes)?;
        Ok(flat.reshape(self.channels as i32, LINE_HEIGHT_PX as i32)?.try_clone()?)
    }

    fn padded_width(&self) -> usize {
        self.width.div_ceil(WIDTH_MULTIPLE) * WIDTH_MULTIPLE
    }
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Line {
    pub text: String,
    /// Mean of the characters' confidences, 0 to 1; 0 for an empty line.
    pub confidence: f32,
    /// One for each `char` of `text`.
    pub characters: Vec<Character>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Character {
    pub symbol: char,
    /// The network's probability, 0 to 1.
    pub confidence: f32,
    /// Its middle, as a share of the line's width.
    pub position: f32,
}

/// The classes of the network's output.
pub(super) struct Symbols(Vec<char>);

/// A choice of symbols, for reading a line that holds nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alphabet(Vec<usize>);

impl Symbols {
    /// From the model's own metadata: one symbol a line under `character`; the blank stands before
    /// them and the space after.
    pub(super) fn of(model: &TextModel) -> Result<Self, TextError> {
        let listed = model
            .network
            .metadata("character")
            .ok_or_else(|| unusable(&model.installed, "it does not name its characters"))?;
        let symbols = listed.lines().map(|line| line.chars().next().unwrap_or(' '));
        Ok(Self(std::iter::once('\0').chain(symbols).chain([' ']).collect()))
    }

    pub(super) fn alphabet(&self, symbols: &str) -> Alphabet {
        let known = self.0.iter().enumerate();
        Alphabet(
            known
                .filter(|&(class, &s)| class != BLANK && symbols.contains(s))
                .map(|(class, _)| class)
                .collect(),
        )
    }

    /// Best path: at each place the best class, repeats joined, blanks dropped.
    pub(super) fn decode(
        &self,
        scores: NdTensorView<f32, 3>,
        line: &LineImage,
        within: Option<&Alphabet>,
    ) -> Line {
        let [_, places, classes] = scores.shape();
        let place_width = line.padded_width() as f32 / places.max(1) as f32 / line.width as f32;
        let mut characters: Vec<Character> = Vec::new();
        let mut last = BLANK;
        // Where the current symbol began, so that its position is the middle of its run.
        let mut begun = 0;
        for place in 0..places {
            let row = scores.slice((0, place));
            let score = |class: usize| if class < classes { row[[class]] } else { 0.0 };
            let better = |best: usize, class: usize| if score(class) > score(best) { class } else { best };
            let best = match within {
                Some(Alphabet(allowed)) => allowed.iter().copied().fold(BLANK, better),
                None => (0..classes).fold(BLANK, better),
            };
            if best != BLANK {
                if best != last {
                    begun = place;
                    let symbol = self.0.get(best).copied().unwrap_or(char::REPLACEMENT_CHARACTER);
                    characters.push(Character { symbol, confidence: score(best), position: 0.0 });
                }
                if let Some(character) = characters.last_mut() {
                    character.confidence = character.confidence.max(score(best));
                    character.position = (begun + place + 1) as f32 / 2.0 * place_width;
                }
            }
            last = best;
        }
        let sum: f32 = characters.iter().map(|c| c.confidence).sum();
        Line {
            text: characters.iter().map(|c| c.symbol).collect(),
            confidence: if characters.is_empty() { 0.0 } else { sum / characters.len() as f32 },
            characters,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbols() -> Symbols {
        Symbols(vec!['\0', '0', 'O', '1', ' '])
    }

    fn line_of(places: usize) -> LineImage {
        LineImage { width: places * 8, channels: 1, bytes: vec![0; places * 8 * LINE_HEIGHT_PX] }
    }

    /// Scores with the given classes best, each at 0.6, the second of each pair at 0.3.
    fn scores(best: &[(usize, usize)]) -> NdTensor<f32, 3> {
        let mut scores = NdTensor::zeros([1, best.len(), 5]);
        for (place, &(first, second)) in best.iter().enumerate() {
            scores[[0, place, second]] = 0.3;
            scores[[0, place, first]] = 0.6;
        }
        scores
    }

    #[test]
    fn repeats_join_unless_a_blank_parts_them() {
        let best = [(1, 0), (1, 0), (0, 1), (1, 0), (4, 0), (3, 0), (0, 0), (0, 0)];
        let line = symbols().decode(scores(&best).view(), &line_of(8), None);
        assert_eq!(line.text, "00 1");
        assert_eq!(line.characters[0].position, 1.0 / 8.0);
        assert!((line.confidence - 0.6).abs() < 1e-6);
    }

    #[test]
    fn an_alphabet_takes_the_best_of_its_own() {
        let best = [(2, 1), (0, 1), (3, 0)];
        let (symbols, line) = (symbols(), line_of(3));
        assert_eq!(symbols.decode(scores(&best).view(), &line, None).text, "O1");
        let within = symbols.decode(scores(&best).view(), &line, Some(&symbols.alphabet("01")));
        assert_eq!(within.text, "01");
        assert_eq!(within.characters[0].confidence, 0.3);
    }

    #[test]
    fn a_turned_line_ends_with_its_first_pixel() {
        let line = LineImage { width: 2, channels: 3, bytes: (0..12).collect() };
        assert_eq!(line.turned().bytes, [9, 10, 11, 6, 7, 8, 3, 4, 5, 0, 1, 2]);
        assert_eq!(line.turned().turned(), line);
    }

    #[test]
    fn lines_are_brought_to_the_networks_height() {
        let cut = Mat::new_rows_cols_with_data(20, 100, &vec![9_u8; 2_000]).unwrap().try_clone().unwrap();
        let line = LineImage::new(&cut).unwrap();
        assert_eq!((line.width, line.padded_width(), line.bytes()), (240, 256, 240 * 48));
        let tensor = line.tensor().unwrap();
        assert_eq!(tensor.shape(), [1, 3, 48, 256]);
        assert_eq!(tensor[[0, 2, 47, 255]], 0.0);
        assert_eq!(tensor[[0, 2, 47, 239]], 9.0 / 127.5 - 1.0);
    }
}
