//! The figures that belong to each preset: how long a context a model wants, and how it says that
//! nobody speaks.

use super::Lengths;
use crate::models::Preset;

/// Models trained on 30 s windows invent text in a much shorter context; 512 positions (10 s) were
/// measured to do no harm.
const WHISPERS_LEAST_POSITIONS: i32 = 512;
/// Above it the first token was more likely than not "no speech". Whisper's own limit.
const NO_SPEECH_PROBABILITY: f32 = 0.6;

/// Longer windows cost context; the demonstration model, trained on a phrase or two at a time, hears
/// the first phrase of a longer one and drops the rest: of 11 announcements that were said and yet
/// not heard, 10 lay in windows of 7 s and more.
///
/// Whisper was trained on half a minute at a time, with its pauses, and its least context costs the same for one second of
/// sound as for ten: phrases share a window until it is full.
const WHISPERS_WINDOWS: Lengths = Lengths { longest_s: 10.0, filled_s: 10.0 };
const SHORT_WINDOWS: Lengths = Lengths { longest_s: 6.0, filled_s: 0.0 };

/// How one model is driven.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Driving {
    /// The audio context is never shorter than this many positions of 20 ms.
    pub least_positions: i32,
    pub lengths: Lengths,
    pub silence: Option<SilenceSigns>,
}

/// What a model answers where nobody speaks. Either sign by itself means that there are no words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SilenceSigns {
    /// The "no speech" token is more probable than this.
    pub no_speech_probability: f32,
    /// The text begins with this mark, which follows something said and never opens it.
    pub opening: char,
}

impl Driving {
    pub fn of(preset: Preset) -> Self {
        match preset {
            // That "no speech" is probable discards text of these only where the text is a guess as
            // well, which whisper.cpp sees to: over noise they say so of plain speech, too.
            Preset::Whisper => {
                Self { least_positions: WHISPERS_LEAST_POSITIONS, lengths: WHISPERS_WINDOWS, silence: None }
            }
            Preset::ShortWindows => Self {
                least_positions: 0,
                lengths: SHORT_WINDOWS,
                silence: Some(SilenceSigns { no_speech_probability: NO_SPEECH_PROBABILITY, opening: '。' }),
            },
        }
    }
}

impl SilenceSigns {
    /// Whether a text that came with this probability of "no speech" says that nobody speaks.
    pub fn in_text(&self, text: &str, no_speech_probability: f32) -> bool {
        no_speech_probability > self.no_speech_probability || text.trim_start().starts_with(self.opening)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_sign_of_silence_is_enough() {
        let signs = Driving::of(Preset::ShortWindows).silence.unwrap();
        assert!(signs.in_text("。", 0.1) && signs.in_text(" 。你好", 0.1));
        assert!(signs.in_text("你好。", 0.7));
        assert!(!signs.in_text("你好。", 0.6));
        assert!(!signs.in_text("", 0.0));
    }
}
