//! Not believing what cannot have been said. Recognisers of Whisper's kind answer noise with
//! fluent text, with one phrase over and over, or with lines learnt from video subtitles.

use crate::evidence::Word;

use super::normalise::joined_text;

/// More syllables than this in a second nobody speaks: fast Mandarin news runs at 6 to 7, the
/// fastest trained speakers at 10.
const FASTEST_SYLLABLES_PER_S: f64 = 11.0;
/// Short windows get this much more, because their borders cut into the first and last syllable.
const SYLLABLES_ALLOWANCE: f64 = 2.0;
/// Mean probability below which the text is guesswork: the recogniser chose each token against
/// better than even odds on average.
const LEAST_PROBABILITY: f32 = 0.2;
/// A unit of up to this many characters, said this often in a row, is a loop of the decoder.
const LONGEST_LOOP_UNIT: usize = 8;
const LOOP_TIMES: usize = 4;

/// Lines that Whisper's public models write over noise and silence: credits and calls to
/// subscribe, from the subtitles they were trained on. Nobody says them on duty.
const INVENTIONS: [&str; 9] = [
    "字幕由",
    "字幕志愿者",
    "字幕制作",
    "请不吝点赞",
    "打赏支持",
    "明镜与点点",
    "谢谢观看",
    "感谢收看",
    "欢迎订阅",
];

/// Why a window's text is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disbelief {
    Empty,
    TooFast,
    Guesswork,
    Loop,
    Invention,
}

/// `None` when the words can have been said in `duration_s` seconds of sound.
pub fn disbelief(words: &[Word], duration_s: f64) -> Option<Disbelief> {
    let text: Vec<char> = joined_text(words).chars().collect();
    if text.is_empty() {
        return Some(Disbelief::Empty);
    }
    // Latin letters and digits take less than a syllable each; only Chinese is counted.
    let syllables = text.iter().filter(|ch| !ch.is_ascii()).count() as f64;
    if syllables > FASTEST_SYLLABLES_PER_S * duration_s + SYLLABLES_ALLOWANCE {
        return Some(Disbelief::TooFast);
    }
    let mean = words.iter().map(|word| word.probability).sum::<f32>() / words.len() as f32;
    if mean < LEAST_PROBABILITY {
        return Some(Disbelief::Guesswork);
    }
    if loops(&text) {
        return Some(Disbelief::Loop);
    }
    let text: String = text.into_iter().collect();
    INVENTIONS.iter().any(|line| text.contains(line)).then_some(Disbelief::Invention)
}

/// Whether one unit repeats so often that it makes up most of the text.
fn loops(text: &[char]) -> bool {
    (1..=LONGEST_LOOP_UNIT).any(|unit| {
        let mut run = 0;
        text.len() >= unit * LOOP_TIMES
            && (unit..text.len()).any(|at| {
                run = if text[at] == text[at - unit] { run + 1 } else { 0 };
                run >= unit * (LOOP_TIMES - 1) && run + unit > text.len() / 2
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, probability: f32) -> Vec<Word> {
        text.chars().map(|ch| Word { start_s: 0.0, end_s: 0.0, text: ch.to_string(), probability }).collect()
    }

    #[test]
    fn plain_speech_is_believed() {
        assert_eq!(disbelief(&said("本次执法全程录音录像", 0.8), 2.0), None);
        assert_eq!(disbelief(&said("好好好", 0.8), 0.6), None);
        assert_eq!(disbelief(&said("不行不行不行", 0.8), 1.5), None);
    }

    #[test]
    fn what_cannot_be_is_not_believed() {
        assert_eq!(disbelief(&[], 2.0), Some(Disbelief::Empty));
        assert_eq!(
            disbelief(&said("为保护您的合法权益监督我们的执法行为", 0.9), 1.0),
            Some(Disbelief::TooFast)
        );
        assert_eq!(disbelief(&said("本次执法", 0.1), 2.0), Some(Disbelief::Guesswork));
        assert_eq!(disbelief(&said("的的的的的的", 0.9), 2.0), Some(Disbelief::Loop));
        assert_eq!(disbelief(&said("执法行为执法行为执法行为执法行为", 0.9), 4.0), Some(Disbelief::Loop));
        assert_eq!(disbelief(&said("请不吝点赞订阅转发", 0.9), 4.0), Some(Disbelief::Invention));
    }
}
