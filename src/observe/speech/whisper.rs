//! whisper.cpp behind [`Recogniser`]. The only file that knows it.
//!
//! Its own time stamps of tokens are not used. In windows of one phrase, dealing the characters
//! out over the sound ([`pace`]) was measured to be twice as close as its dynamic time warping
//! over attention heads (90 % within 0.22 s against 0.48 s), and it does not depend on the model.

use std::sync::{Arc, Once};

use whisper_rs::{
    FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperSegment, WhisperTokenId,
};

use crate::evidence::Word;
use crate::models::Model;

use super::super::voice::SAMPLE_RATE_HZ;
use super::driving::Driving;
use super::ggml::{self, ModelFileError};
use super::pace::{self, Characters};
use super::{Lengths, Recogniser, RecogniserError};

const LANGUAGE: &str = "zh";
/// One thread a window: whisper.cpp's threads wait for each other spinning, which on a busy
/// machine costs more than it gains. Windows and clips run side by side instead.
const THREADS: i32 = 1;
/// Audio positions a second: one for each two spectra of 10 ms.
const POSITIONS_PER_S: f64 = 50.0;
/// Silence heard after the window's end, as positions: endings are heard better with some.
const TRAILING_POSITIONS: i32 = 24;
/// The audio context is a multiple of this, for the kernels' sake.
const POSITION_BLOCK: i32 = 32;
/// whisper.cpp hears nothing shorter than 0.1 s; this leaves room for rounding.
const SHORTEST_S: f64 = 0.12;
/// Tries again hotter when the text loops (entropy) or is a guess (mean log probability): the
/// values of the original Whisper.
const TEMPERATURE_STEP: f32 = 0.2;
const LEAST_ENTROPY: f32 = 2.4;
const LEAST_LOG_PROBABILITY: f32 = -1.0;
const NO_SPEECH_PROBABILITY: f32 = 0.6;
/// Tokens that can be said in a second: eleven syllables of two tokens.
const TOKENS_PER_S: f64 = 22.0;
const TOKENS_ALLOWANCE: i32 = 8;

/// A loaded model. Each window is heard in a fresh state, so that equal sound gives equal words
/// whatever came before.
pub struct Whisper {
    context: WhisperContext,
    end_of_text: WhisperTokenId,
    most_positions: i32,
    driving: Driving,
}

impl Whisper {
    /// Loads the model, after a look at the file's own structure.
    pub fn load(model: &Model) -> Result<Self, ModelFileError> {
        static SILENCE: Once = Once::new();
        // Without a logging backend built in, the hooks swallow what the library prints.
        SILENCE.call_once(whisper_rs::install_logging_hooks);
        let shape = ggml::inspect(&model.path)?;
        let context =
            WhisperContext::new_with_params(&model.path, WhisperContextParameters::default()).map_err(
                |error| ModelFileError::Refused { path: model.path.clone(), reason: error.to_string() },
            )?;
        Ok(Self {
            end_of_text: context.token_eot(),
            context,
            most_positions: shape.audio_context as i32,
            driving: Driving::of(model.preset.unwrap_or_default()),
        })
    }

    fn positions(&self, duration_s: f64) -> i32 {
        let needed = (duration_s * POSITIONS_PER_S).ceil() as i32 + TRAILING_POSITIONS;
        let blocks = (needed + POSITION_BLOCK - 1) / POSITION_BLOCK * POSITION_BLOCK;
        blocks.max(self.driving.least_positions).min(self.most_positions)
    }

    fn parameters(&self, duration_s: f64) -> FullParams<'static, 'static> {
        let mut parameters = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
        parameters.set_n_threads(THREADS);
        parameters.set_language(Some(LANGUAGE));
        parameters.set_translate(false);
        parameters.set_no_context(true);
        parameters.set_single_segment(true);
        parameters.set_no_timestamps(true);
        parameters.set_suppress_blank(true);
        parameters.set_suppress_nst(true);
        parameters.set_temperature(0.0);
        parameters.set_temperature_inc(TEMPERATURE_STEP);
        parameters.set_entropy_thold(LEAST_ENTROPY);
        parameters.set_logprob_thold(LEAST_LOG_PROBABILITY);
        parameters.set_no_speech_thold(NO_SPEECH_PROBABILITY);
        parameters.set_audio_ctx(self.positions(duration_s));
        parameters.set_max_tokens((duration_s * TOKENS_PER_S) as i32 + TOKENS_ALLOWANCE);
        parameters.set_print_special(false);
        parameters.set_print_progress(false);
        parameters.set_print_realtime(false);
        parameters.set_print_timestamps(false);
        parameters
    }
}

/// One loaded model serves as many clips as there are at a time.
impl Recogniser for Arc<Whisper> {
    fn lengths(&self) -> Lengths {
        self.driving.lengths
    }

    fn recognise(&mut self, samples: &[i16]) -> Result<Vec<Word>, RecogniserError> {
        self.hear(samples)
    }
}

impl Whisper {
    fn hear(&self, samples: &[i16]) -> Result<Vec<Word>, RecogniserError> {
        let duration_s = samples.len() as f64 / SAMPLE_RATE_HZ;
        if duration_s < SHORTEST_S {
            return Ok(Vec::new());
        }
        let failed = |error: whisper_rs::WhisperError| RecogniserError(error.to_string());
        let sound: Vec<f32> = samples.iter().map(|&sample| f32::from(sample) / 32768.0).collect();
        let mut state = self.context.create_state().map_err(failed)?;
        state.full(self.parameters(duration_s), &sound).map_err(failed)?;
        let mut characters = Vec::new();
        let mut no_speech_probability = 0.0_f32;
        for segment in state.as_iter() {
            characters.extend(self.characters(&segment));
            no_speech_probability = no_speech_probability.max(segment.no_speech_probability());
        }
        let text: String = characters.iter().map(|character| character.text.as_str()).collect();
        if self.driving.silence.is_some_and(|signs| signs.in_text(&text, no_speech_probability)) {
            tracing::debug!(text, no_speech_probability, "the model says that nobody speaks");
            return Ok(Vec::new());
        }
        Ok(pace::timed(characters, samples))
    }

    /// The segment's text tokens as whole characters: one character may take several tokens.
    fn characters(&self, segment: &WhisperSegment) -> Vec<Characters> {
        let mut characters = Vec::new();
        let mut bytes: Vec<u8> = Vec::new();
        let mut probability = 1.0_f32;
        for n in 0..segment.n_tokens() {
            let Some(token) = segment.get_token(n) else { continue };
            if token.token_id() >= self.end_of_text {
                continue;
            }
            let Ok(part) = token.to_bytes() else { continue };
            bytes.extend_from_slice(part);
            probability = probability.min(token.token_probability());
            let whole = match std::str::from_utf8(&bytes) {
                Ok(text) => Some(text.to_owned()),
                // A character that still lacks bytes waits for the next token.
                Err(error) if error.error_len().is_none() => None,
                Err(_) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            };
            if let Some(text) = whole {
                characters.push(Characters { text, probability });
                bytes.clear();
                probability = 1.0;
            }
        }
        characters
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::models::ModelStore;

    /// Four seconds of white noise, of a hum with its harmonic, and of nothing.
    fn without_speech() -> [Vec<i16>; 3] {
        let mut state = 1_u32;
        let mut noise = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as i16 / 16
        };
        let hum = |n: usize| {
            let turns = n as f64 / SAMPLE_RATE_HZ * 50.0 * std::f64::consts::TAU;
            (3000.0 * turns.sin() + 1500.0 * (2.0 * turns).sin()) as i16
        };
        let length = 4 * SAMPLE_RATE_HZ as usize;
        [(0..length).map(|_| noise()).collect(), (0..length).map(hum).collect(), vec![0; length]]
    }

    #[test]
    fn the_demonstration_model_says_so_where_nobody_speaks() {
        let store = ModelStore::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("models")).unwrap();
        let demo = store.verify(store.manifest().named("pingcha-demo").unwrap()).unwrap();
        let whisper = Whisper::load(&demo).unwrap();
        for sound in without_speech() {
            assert_eq!(whisper.hear(&sound).unwrap(), []);
        }
    }
}
