//! What was heard, as one sequence of syllables with times.

use super::pinyin::{Sound, sounds};
use crate::evidence::SpeechSegment;
use crate::time::Span;

/// Two syllables further apart than this belong to different utterances.
const BREAK_S: f64 = 2.5;
/// A pause longer than this mostly stands between phrases, not within one; it costs this much
/// where a wording's end may be borrowed from the next phrase.
const PHRASE_PAUSE_S: f64 = 0.4;
const PAUSE_STRAIN: f32 = 0.5;
/// A word that turns the meaning is looked for this many syllables before a wording …
const LOOK_BACK: usize = 4;
/// … unless a pause like this parts it from the wording.
const LOOK_BACK_PAUSE_S: f64 = 0.8;
/// Words that turn a statement when they stand in it or before it: negation, stopping, another
/// time, only a part.
const ALTERING: [&str; 19] = [
    "不", "没", "未", "勿", "无需", "无须", "并非", "停止", "暂停", "关闭", "取消", "禁止", "拒绝", "上次",
    "下次", "只", "仅", "部分", "假",
];
/// Negations that count by their sound too where they stand inside a wording, because a recogniser
/// may write a homophone.
const ALTERING_SOUNDS: [&str; 2] = ["bu", "mei"];

/// One heard syllable.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    pub sound: Sound,
    pub start_s: f64,
    pub end_s: f64,
    pub probability: f32,
    /// A long pause lies before it.
    pub after_break: bool,
}

/// All that was heard, across the borders of segments.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Heard {
    units: Vec<Unit>,
}

impl Heard {
    pub fn new(segments: &[SpeechSegment]) -> Self {
        let mut units: Vec<Unit> = Vec::new();
        for segment in segments {
            let mut chars = Vec::new();
            let mut times = Vec::new();
            for word in &segment.words {
                let count = word.text.chars().count().max(1) as f64;
                for (n, ch) in word.text.chars().enumerate() {
                    let share = (word.end_s - word.start_s) / count;
                    let start_s = word.start_s + share * n as f64;
                    chars.push(ch);
                    times.push((start_s, start_s + share, word.probability));
                }
            }
            for (at, sound) in sounds(&chars) {
                let (start_s, end_s, probability) = times[at];
                let after_break = units.last().is_some_and(|last| start_s - last.end_s > BREAK_S);
                units.push(Unit { sound, start_s, end_s, probability, after_break });
            }
        }
        Self { units }
    }

    /// What begins within a stretch.
    pub fn within(&self, span: Span) -> Self {
        let inside = |unit: &&Unit| unit.start_s >= span.start_s && unit.start_s < span.end_s;
        Self { units: self.units.iter().filter(inside).cloned().collect() }
    }

    pub fn units(&self) -> &[Unit] {
        &self.units
    }

    pub(super) fn chars(&self, start: usize, end: usize) -> Vec<char> {
        self.units[start..end].iter().map(|unit| unit.sound.ch).collect()
    }

    pub(super) fn text(&self, start: usize, end: usize) -> String {
        self.units[start..end].iter().map(|unit| unit.sound.ch).collect()
    }

    /// From the first of these syllables to the end of the last.
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        match self.units[start..end] {
            [ref first, .., ref last] => Span::new(first.start_s, last.end_s.max(first.start_s)),
            [ref only] => Span::new(only.start_s, only.end_s),
            [] => {
                let at_s = self.units.get(start).or(self.units.last()).map_or(0.0, |unit| unit.start_s);
                Span::new(at_s, at_s)
            }
        }
    }

    /// Mean probability of these syllables; 0 of none.
    pub(super) fn confidence(&self, start: usize, end: usize) -> f64 {
        let units = &self.units[start..end];
        units.iter().map(|unit| f64::from(unit.probability)).sum::<f64>() / units.len().max(1) as f64
    }

    /// What a pause before a syllable adds to the doubt that it belongs to what is before.
    pub(super) fn strain_before(&self, at: usize) -> f32 {
        let pause_s = if at == 0 { 0.0 } else { self.units[at].start_s - self.units[at - 1].end_s };
        if pause_s > PHRASE_PAUSE_S { PAUSE_STRAIN } else { 0.0 }
    }

    /// The first syllable of at most `most` before `end` that no pause parts from it.
    pub(super) fn back_to_pause(&self, end: usize, most: usize, pause_s: f64) -> usize {
        let mut start = end;
        while start > 0
            && end - start < most
            && self.units.get(start).is_none_or(|after| after.start_s - self.units[start - 1].end_s < pause_s)
        {
            start -= 1;
        }
        start
    }

    /// One past the last syllable of at most `most` from `start` that no pause parts from what is
    /// before.
    pub(super) fn on_to_pause(&self, start: usize, most: usize, pause_s: f64) -> usize {
        let mut end = start;
        while end < self.units.len()
            && end - start < most
            && (end == 0 || self.units[end].start_s - self.units[end - 1].end_s < pause_s)
        {
            end += 1;
        }
        end
    }

    /// A word that turns the meaning of what was said from `start` to `end`: in the syllables just
    /// before, or among those inside (`loose`) that the wording does not ask for.
    pub(super) fn altering(&self, start: usize, end: usize, loose: &[usize]) -> Option<String> {
        let before = self.back_to_pause(start, LOOK_BACK, LOOK_BACK_PAUSE_S);
        let said = self.chars(before, end);
        // A word may lie across the border, or share a syllable with the wording: 上次 for 本次.
        let unasked = |at: usize| before + at < start || loose.contains(&(before + at));
        let stands = |word: &&str| {
            let word: Vec<char> = word.chars().collect();
            said.windows(word.len())
                .enumerate()
                .any(|(at, there)| there == word && (at..at + word.len()).any(unasked))
        };
        if let Some(word) = ALTERING.into_iter().find(stands) {
            return Some(word.to_owned());
        }
        let sounds_so =
            |at: usize| ALTERING_SOUNDS.into_iter().any(|sound| self.units[at].sound.reads(sound));
        (start..end)
            .find(|at| loose.contains(at) && sounds_so(*at))
            .map(|at| self.units[at].sound.ch.to_string())
    }
}
