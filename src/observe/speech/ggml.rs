//! Reading a ggml model file's own structure before whisper.cpp does: that library trusts the file
//! and may end the process on a damaged one.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::lang::Prose;

/// `ggml` as a little-endian number: the head of a file that whisper.cpp can load.
const MAGIC: u32 = 0x6767_6d6c;
/// Vocabulary sizes: multilingual up to large-v2 (English-only models have one token less), and
/// large-v3 with Cantonese.
const MULTILINGUAL_VOCABULARY: u32 = 51_865;
const LARGEST_VOCABULARY: u32 = 51_866;
/// Bounds far beyond any published model, so that a damaged header cannot ask for the moon.
const MOST_LAYERS: u32 = 64;
const WIDEST_STATE: u32 = 4096;
const LONGEST_AUDIO_CONTEXT: u32 = 1500;
const LONGEST_TEXT_CONTEXT: u32 = 448;
const LONGEST_NAME_BYTES: u32 = 256;
/// A file's type is its kind plus so many times the version of its quantisation.
const QUANTISATION_VERSION: u32 = 1000;
/// Bins of the 400-point Fourier transform that the mel filters are laid over.
const SPECTRUM_BINS: u32 = 201;

/// What a model file says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    pub vocabulary: u32,
    pub audio_context: u32,
    pub audio_state: u32,
    pub audio_heads: u32,
    pub audio_layers: u32,
    pub text_context: u32,
    pub text_state: u32,
    pub text_heads: u32,
    pub text_layers: u32,
    pub mel_bands: u32,
    /// ggml's number for the kind of file, without the version of its quantisation.
    weight_type: u32,
}

/// Why a model file cannot be used for Mandarin.
#[derive(Debug, thiserror::Error)]
pub enum ModelFileError {
    #[error("{path}: cannot be read: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("{path}: not a speech model in whisper.cpp's ggml format")]
    AnotherKind { path: PathBuf },
    #[error("{path}: an English-only model; a multilingual one is needed to hear Mandarin")]
    EnglishOnly { path: PathBuf },
    #[error("{path}: damaged or cut short ({what}); fetch the file again")]
    Damaged { path: PathBuf, what: &'static str },
    #[error("{path}: whisper.cpp refuses it: {reason}")]
    Refused { path: PathBuf, reason: String },
}

impl ModelFileError {
    /// The same in both languages, for evidence and reports; without the folder, which is nobody's
    /// business there.
    pub fn prose(&self) -> Prose {
        let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match self {
            Self::Io { path, source } => Prose::new(
                format!("模型文件 {} 无法读取：{source}", name(path)),
                format!("model file {} cannot be read: {source}", name(path)),
            ),
            Self::AnotherKind { path } => Prose::new(
                format!("{} 不是 whisper.cpp 格式的语音模型", name(path)),
                format!("{} is not a speech model in whisper.cpp's format", name(path)),
            ),
            Self::EnglishOnly { path } => Prose::new(
                format!("{} 是仅支持英语的模型，须使用多语言模型", name(path)),
                format!("{} knows English only; a multilingual model is needed", name(path)),
            ),
            Self::Damaged { path, .. } => Prose::new(
                format!("模型文件 {} 已损坏或不完整", name(path)),
                format!("model file {} is damaged or cut short", name(path)),
            ),
            Self::Refused { path, .. } => Prose::new(
                format!("模型文件 {} 无法载入", name(path)),
                format!("model file {} cannot be loaded", name(path)),
            ),
        }
    }
}

/// Walks the whole file, without reading the weights, and returns its shape when every part is
/// there.
pub fn inspect(path: &Path) -> Result<Shape, ModelFileError> {
    let io = |source| ModelFileError::Io { path: path.to_owned(), source };
    let file = File::open(path).map_err(io)?;
    let bytes = file.metadata().map_err(io)?.len();
    walk(&mut BufReader::new(file), bytes).map_err(|flaw| match flaw {
        Flaw::Io(source) if source.kind() == io::ErrorKind::UnexpectedEof => {
            ModelFileError::Damaged { path: path.to_owned(), what: "it ends too early" }
        }
        Flaw::Io(source) => io(source),
        Flaw::AnotherKind => ModelFileError::AnotherKind { path: path.to_owned() },
        Flaw::EnglishOnly => ModelFileError::EnglishOnly { path: path.to_owned() },
        Flaw::Damaged(what) => ModelFileError::Damaged { path: path.to_owned(), what },
    })
}

enum Flaw {
    Io(io::Error),
    AnotherKind,
    EnglishOnly,
    Damaged(&'static str),
}

impl From<io::Error> for Flaw {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn walk(file: &mut (impl Read + Seek), bytes: u64) -> Result<Shape, Flaw> {
    // A file too short to hold even the magic is no model, not a damaged one.
    if bytes < 4 || number(file)? != MAGIC {
        return Err(Flaw::AnotherKind);
    }
    let shape = shape(file)?;
    filters(file, &shape)?;
    vocabulary(file, &shape)?;
    tensors(file, bytes, &shape)?;
    Ok(shape)
}

fn shape(file: &mut impl Read) -> Result<Shape, Flaw> {
    let shape = Shape {
        vocabulary: number(file)?,
        audio_context: number(file)?,
        audio_state: number(file)?,
        audio_heads: number(file)?,
        audio_layers: number(file)?,
        text_context: number(file)?,
        text_state: number(file)?,
        text_heads: number(file)?,
        text_layers: number(file)?,
        mel_bands: number(file)?,
        weight_type: number(file)? % QUANTISATION_VERSION,
    };
    match shape.vocabulary {
        MULTILINGUAL_VOCABULARY..=LARGEST_VOCABULARY => {}
        vocabulary if vocabulary + 1 == MULTILINGUAL_VOCABULARY => return Err(Flaw::EnglishOnly),
        _ => return Err(Flaw::AnotherKind),
    }
    let within = |value: u32, most: u32| (1..=most).contains(&value);
    let sound = within(shape.audio_context, LONGEST_AUDIO_CONTEXT)
        && within(shape.audio_state, WIDEST_STATE)
        && shape.text_state == shape.audio_state
        && within(shape.audio_layers, MOST_LAYERS)
        && within(shape.text_layers, MOST_LAYERS)
        && within(shape.text_context, LONGEST_TEXT_CONTEXT)
        && within(shape.audio_heads, shape.audio_state)
        && within(shape.text_heads, shape.text_state)
        && shape.audio_state.is_multiple_of(shape.audio_heads)
        && shape.text_state.is_multiple_of(shape.text_heads)
        && matches!(shape.mel_bands, 80 | 128)
        && block_of_file(shape.weight_type)
            .is_some_and(|elements| u64::from(shape.audio_state).is_multiple_of(elements));
    if sound { Ok(shape) } else { Err(Flaw::Damaged("its header makes no sense")) }
}

fn filters(file: &mut (impl Read + Seek), shape: &Shape) -> Result<(), Flaw> {
    let (bands, bins) = (number(file)?, number(file)?);
    if bands != shape.mel_bands || bins != SPECTRUM_BINS {
        return Err(Flaw::Damaged("its mel filters do not fit its header"));
    }
    skip(file, u64::from(bands) * u64::from(bins) * 4)
}

fn vocabulary(file: &mut (impl Read + Seek), shape: &Shape) -> Result<(), Flaw> {
    let count = number(file)?;
    if count > shape.vocabulary {
        return Err(Flaw::Damaged("its vocabulary is larger than its header says"));
    }
    for _ in 0..count {
        let length = number(file)?;
        if length > LONGEST_NAME_BYTES {
            return Err(Flaw::Damaged("its vocabulary makes no sense"));
        }
        skip(file, u64::from(length))?;
    }
    Ok(())
}

fn tensors(file: &mut (impl Read + Seek), bytes: u64, shape: &Shape) -> Result<(), Flaw> {
    // Positions, two convolutions and a norm before the encoder's layers, and positions, token
    // weights and a norm before the decoder's.
    let expected = 11 + 15 * shape.audio_layers + 24 * shape.text_layers;
    let mut weights = 0_u64;
    for _ in 0..expected {
        let (dimensions, name_bytes, kind) = (number(file)?, number(file)?, number(file)?);
        if !(1..=4).contains(&dimensions) || name_bytes > LONGEST_NAME_BYTES {
            return Err(Flaw::Damaged("a tensor makes no sense"));
        }
        let mut elements = 1_u64;
        for _ in 0..dimensions {
            elements = elements.saturating_mul(u64::from(number(file)?));
        }
        weights = weights.saturating_add(elements);
        let (block_elements, block_bytes) =
            block(kind).ok_or(Flaw::Damaged("a tensor of an unknown type"))?;
        skip(file, u64::from(name_bytes))?;
        skip(file, (elements / block_elements).saturating_mul(block_bytes))?;
        if file.stream_position()? > bytes {
            return Err(Flaw::Damaged("it ends within its weights"));
        }
    }
    if file.stream_position()? != bytes {
        return Err(Flaw::Damaged("there is more than its weights"));
    }
    // whisper.cpp makes room for what the header says before it reads a weight.
    if weights == shape.weights() { Ok(()) } else { Err(Flaw::Damaged("its weights do not fit its header")) }
}

impl Shape {
    /// How many weights a model of this shape has.
    fn weights(&self) -> u64 {
        let of = |number: u32| u64::from(number);
        let state = of(self.audio_state);
        // Queries, keys, values and output, a bias for all but the keys, and a norm before them.
        let attention = 4 * state * state + 3 * state + 2 * state;
        // Out to four times the width and back, with biases, and a norm before them.
        let perceptron = 8 * state * state + 5 * state + 2 * state;
        let encoder = state * (of(self.audio_context) + 3 * of(self.mel_bands) + 3 * state + 4);
        let decoder = state * (of(self.text_context) + of(self.vocabulary) + 2);
        encoder
            + of(self.audio_layers) * (attention + perceptron)
            + decoder
            + of(self.text_layers) * (2 * attention + perceptron)
    }
}

/// Elements in a block of the type that most weights of a file have, by ggml's number for the kind
/// of file; `None` for kinds on which the library ends the process.
fn block_of_file(kind: u32) -> Option<u64> {
    let tensors = match kind {
        0..=3 | 10..=14 => kind,
        7 => 8,
        8 => 6,
        9 => 7,
        24 => 30,
        _ => return None,
    };
    block(tensors).map(|(elements, _)| elements)
}

/// Elements and bytes of one block of a ggml type.
fn block(kind: u32) -> Option<(u64, u64)> {
    Some(match kind {
        0 => (1, 4),
        1 | 30 => (1, 2),
        2 => (32, 18),
        3 => (32, 20),
        6 => (32, 22),
        7 => (32, 24),
        8 => (32, 34),
        10 => (256, 84),
        11 => (256, 110),
        12 => (256, 144),
        13 => (256, 176),
        14 => (256, 210),
        _ => return None,
    })
}

fn number(file: &mut impl Read) -> Result<u32, Flaw> {
    let mut bytes = [0; 4];
    file.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes))
}

fn skip(file: &mut impl Seek, bytes: u64) -> Result<(), Flaw> {
    let bytes = i64::try_from(bytes).map_err(|_| Flaw::Damaged("a part larger than any file"))?;
    file.seek(SeekFrom::Current(bytes))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    const WIDTH: u32 = 2;
    const POSITIONS: u32 = 10;

    /// A structurally whole model of one layer, without meaning.
    fn model(vocabulary: u32) -> Vec<u8> {
        model_of(&[MAGIC, vocabulary, POSITIONS, WIDTH, 1, 1, 4, WIDTH, 1, 1, 80, 0])
    }

    fn model_of(header: &[u32; 12]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut put = |numbers: &[u32]| file.extend(numbers.iter().flat_map(|n| n.to_le_bytes()));
        put(header);
        put(&[80, 201]);
        put(&vec![0; 80 * 201]);
        put(&[2, 0, 0]);
        for elements in tensors_of(header[1]) {
            put(&[1, 4, 0, elements, 0x7465_7374]);
            put(&vec![0; elements as usize]);
        }
        file
    }

    /// Sizes of the model's tensors, as whisper.cpp makes them.
    fn tensors_of(vocabulary: u32) -> Vec<u32> {
        let (norm, bias, square) = ([WIDTH, WIDTH], WIDTH, WIDTH * WIDTH);
        let attention = [&norm[..], &[square, bias, square, square, bias, square, bias]].concat();
        let perceptron = [&norm[..], &[4 * square, 4 * bias, 4 * square, bias]].concat();
        let convolutions = [3 * 80 * WIDTH, bias, 3 * square, bias];
        let encoder = [&[POSITIONS * WIDTH], &convolutions[..], &norm, &attention, &perceptron].concat();
        let decoder = [&[4 * WIDTH][..], &norm, &attention, &attention, &perceptron].concat();
        [encoder, decoder, vec![vocabulary * WIDTH]].concat()
    }

    fn verdict(file: &[u8]) -> &'static str {
        match walk(&mut Cursor::new(file), file.len() as u64) {
            Ok(_) => "whole",
            Err(Flaw::Io(_) | Flaw::Damaged(_)) => "damaged",
            Err(Flaw::AnotherKind) => "another kind",
            Err(Flaw::EnglishOnly) => "english only",
        }
    }

    #[test]
    fn each_kind_of_file_is_told_apart() {
        assert_eq!(verdict(&model(51_865)), "whole");
        assert_eq!(verdict(&model(51_866)), "whole");
        assert_eq!(verdict(&model(51_864)), "english only");
        assert_eq!(verdict(&model(32_000)), "another kind");
        assert_eq!(verdict(b"GGUF and so on"), "another kind");
        assert_eq!(verdict(b""), "another kind");
    }

    #[test]
    fn a_file_cut_anywhere_or_with_a_tail_is_damaged() {
        let whole = model(51_865);
        for cut in [4, 30, 60, 5000, 64_400, whole.len() - 1] {
            assert_eq!(verdict(&whole[..cut]), "damaged", "cut at {cut}");
        }
        let tailed = [&whole[..], b"tail"].concat();
        assert_eq!(verdict(&tailed), "damaged");
    }

    #[test]
    fn a_header_that_the_weights_do_not_fit_is_damage() {
        let header = [MAGIC, 51_865, POSITIONS, WIDTH, 1, 1, 4, WIDTH, 1, 1, 80, 0];
        let with = |at: usize, value: u32| {
            let mut changed = header;
            changed[at] = value;
            verdict(&model_of(&changed))
        };
        assert_eq!(with(11, 1), "whole");
        // More audio positions than the file brings, and a kind on which whisper.cpp gives up.
        assert_eq!(with(2, 1500), "damaged");
        assert_eq!(with(11, 4), "damaged");
        // A block of 32 does not fit a width of 2.
        assert_eq!(with(11, 2007), "damaged");
    }

    #[test]
    fn the_demonstration_model_is_whole() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/ggml-pingcha-demo-q8_0.bin");
        let shape = inspect(&file).unwrap();
        assert_eq!((shape.audio_layers, shape.text_layers, shape.mel_bands), (4, 3, 80));
    }

    proptest! {
        #[test]
        fn no_damage_makes_it_panic(at in 0_usize..68_000, with in any::<[u8; 4]>()) {
            let mut file = model(51_865);
            for (n, byte) in with.into_iter().enumerate() {
                if let Some(place) = file.get_mut(at + n) {
                    *place = byte;
                }
            }
            verdict(&file);
        }
    }
}
