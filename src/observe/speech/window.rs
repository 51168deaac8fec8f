//! Cutting voice-active sound into windows for the recogniser, at pauses.
//!
//! The small models do best on one or two phrases at a time, and a word cut in two is lost twice.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::time::Span;

use super::super::voice::SAMPLE_RATE_HZ;
use super::pace::{Levels, STEP_S};

/// Windows up to this length are left whole: the length on which small models were measured to
/// hear best.
const COMFORTABLE_S: f64 = 5.5;
/// No window is cut shorter than this: a syllable or two alone give the recogniser nothing to go by.
const SHORTEST_CUT_S: f64 = 1.0;
/// Voice-active stretches closer than this may share a window, if it stays comfortable.
const JOIN_S: f64 = 0.35;
/// What stays quiet for this long (after averaging) is a pause: the closure of a plosive is over
/// sooner.
const PAUSE_S: f64 = 0.15;
/// Quiet means nearer to the background than to the speech, by this share of the decibels between
/// them …
const QUIET_SHARE: f64 = 0.35;
/// … which are taken from these shares of the steps around …
const BACKGROUND_RANK: f64 = 0.03;
const SPEECH_RANK: f64 = 0.9;
const AROUND_S: f64 = 4.0;
/// … and without this much between them there is nothing to tell pauses by.
const LEAST_RANGE_DB: f64 = 5.0;
/// Sound kept on either side of a window, where there is any: the recogniser hears onsets better
/// with a little air.
const MARGIN_S: f64 = 0.1;

/// A pause longer than this ends a window: over silence recognisers make up words.
const MOST_SILENCE_S: f64 = 2.0;

/// How long the windows are that a recogniser hears well.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Lengths {
    /// None is longer.
    pub longest_s: f64,
    /// Phrases share one up to this length; 0 where each is heard best by itself.
    pub filled_s: f64,
}

/// Ranges of `samples` to recognise, in order, of these `lengths`. `at_s` is
/// the clip time of the first sample, `voice` the voice-active stretches in clip time.
pub fn windows(at_s: f64, samples: &[i16], voice: &[Span], lengths: Lengths) -> Vec<Range<usize>> {
    let end_s = samples.len() as f64 / SAMPLE_RATE_HZ;
    let mut stretches: Vec<Span> = Vec::new();
    for span in voice {
        let span = Span::new((span.start_s - at_s).max(0.0), (span.end_s - at_s).min(end_s));
        if span.duration_s() <= STEP_S {
            continue;
        }
        match stretches.last_mut() {
            Some(last)
                if span.start_s - last.end_s <= JOIN_S && span.end_s - last.start_s <= COMFORTABLE_S =>
            {
                last.end_s = last.end_s.max(span.end_s);
            }
            _ => stretches.push(span),
        }
    }
    let levels = Levels::of(samples);
    let mut windows = Vec::new();
    for (n, stretch) in stretches.iter().enumerate() {
        // Neighbours share the gap between them, so that nothing is heard twice.
        let floor_s = if n == 0 { 0.0 } else { (stretches[n - 1].end_s + stretch.start_s) / 2.0 };
        let ceiling_s = stretches.get(n + 1).map_or(end_s, |next| (stretch.end_s + next.start_s) / 2.0);
        let padded = Span::new(
            (stretch.start_s - MARGIN_S).max(floor_s).min(stretch.start_s),
            (stretch.end_s + MARGIN_S).min(ceiling_s).max(stretch.end_s),
        );
        cut(padded, lengths.longest_s, &levels, &mut windows);
    }
    filled(windows, lengths.filled_s)
        .into_iter()
        .map(|span| {
            let sample = |s: f64| ((s * SAMPLE_RATE_HZ).round() as usize).min(samples.len());
            sample(span.start_s)..sample(span.end_s)
        })
        .filter(|range| !range.is_empty())
        .collect()
}

/// Puts phrases together to windows up to this length.
fn filled(phrases: Vec<Span>, filled_s: f64) -> Vec<Span> {
    let mut windows: Vec<Span> = Vec::with_capacity(phrases.len());
    for phrase in phrases {
        match windows.last_mut() {
            Some(last)
                if phrase.end_s - last.start_s <= filled_s
                    && phrase.start_s - last.end_s <= MOST_SILENCE_S =>
            {
                last.end_s = phrase.end_s;
            }
            _ => windows.push(phrase),
        }
    }
    windows
}

/// The quietest moment of `within`, all in clip time; its end where the samples do not reach.
pub fn quietest_s(at_s: f64, samples: &[i16], within: Span) -> f64 {
    let local = Span::new((within.start_s - at_s).max(0.0), (within.end_s - at_s).max(0.0));
    at_s + Levels::of(samples).quietest(local)
}

/// Cuts one stretch in its pauses, and what is still too long at its quietest place.
fn cut(stretch: Span, longest_s: f64, levels: &Levels, windows: &mut Vec<Span>) {
    let mut rest = stretch;
    for pause in levels.pauses(stretch) {
        let middle_s = (pause.start_s + pause.end_s) / 2.0;
        let long_enough =
            middle_s - rest.start_s >= SHORTEST_CUT_S && rest.end_s - middle_s >= SHORTEST_CUT_S;
        if long_enough {
            split(
                Span::new(rest.start_s, middle_s.min(pause.start_s + MARGIN_S)),
                longest_s,
                levels,
                windows,
            );
            rest.start_s = middle_s.max(pause.end_s - MARGIN_S);
        }
    }
    split(rest, longest_s, levels, windows);
}

/// Cuts what has no pauses but is too long for one window.
fn split(breath: Span, longest_s: f64, levels: &Levels, windows: &mut Vec<Span>) {
    let mut rest = breath;
    while rest.duration_s() > longest_s {
        let from_s = rest.start_s + COMFORTABLE_S / 2.0;
        let to_s = (rest.start_s + longest_s).min(rest.end_s - SHORTEST_CUT_S);
        let cut_s = levels.quietest(Span::new(from_s, to_s));
        windows.push(Span::new(rest.start_s, cut_s));
        rest.start_s = cut_s;
    }
    windows.push(rest);
}

impl Levels {
    fn steps(&self, span: Span) -> Range<usize> {
        let step = |s: f64| ((s / STEP_S).round().max(0.0) as usize).min(self.db.len());
        step(span.start_s)..step(span.end_s).max(step(span.start_s))
    }

    /// The quiet places within a stretch, in order.
    pub fn pauses(&self, stretch: Span) -> Vec<Span> {
        let mut around = self.db[self.steps(stretch.widened(AROUND_S))].to_vec();
        around.sort_by(f64::total_cmp);
        let rank =
            |share: f64| around.get((around.len() as f64 * share) as usize).copied().unwrap_or_default();
        let (background_db, speech_db) = (rank(BACKGROUND_RANK), rank(SPEECH_RANK));
        if speech_db - background_db < LEAST_RANGE_DB {
            return Vec::new();
        }
        let quiet_db = background_db + QUIET_SHARE * (speech_db - background_db);
        let mut pauses = Vec::new();
        let mut quiet_from: Option<usize> = None;
        for n in self.steps(stretch) {
            if self.db[n] <= quiet_db {
                quiet_from.get_or_insert(n);
            } else if let Some(from) = quiet_from.take() {
                let pause = Span::new(from as f64 * STEP_S, n as f64 * STEP_S);
                if pause.duration_s() >= PAUSE_S {
                    pauses.push(pause);
                }
            }
        }
        pauses
    }

    /// The quietest moment of a span, the first of equals; its end when it is empty.
    fn quietest(&self, span: Span) -> f64 {
        let steps = self.steps(span);
        let start = steps.start;
        let quietest = self.db[steps].iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1));
        quietest.map_or(span.end_s, |(n, _)| (start + n) as f64 * STEP_S)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LENGTHS: Lengths = Lengths { longest_s: 10.0, filled_s: 0.0 };
    const FILLED: Lengths = Lengths { filled_s: 10.0, ..LENGTHS };

    fn sound(parts: &[(f64, i16)]) -> Vec<i16> {
        let mut samples = Vec::new();
        for &(seconds, level) in parts {
            let count = (seconds * SAMPLE_RATE_HZ) as usize;
            samples.extend((0..count).map(|n| if n % 20 < 10 { level } else { -level }));
        }
        samples
    }

    #[test]
    fn a_short_stretch_stays_whole_with_a_margin() {
        let samples = sound(&[(10.0, 3000)]);
        assert_eq!(windows(0.0, &samples, &[Span::new(2.0, 5.0)], LENGTHS), vec![30_400..81_600]);
    }

    #[test]
    fn a_long_stretch_is_cut_in_its_pause() {
        let samples = sound(&[(4.0, 3000), (0.3, 20), (4.0, 3000)]);
        let cut = windows(50.0, &samples, &[Span::new(50.0, 58.3)], LENGTHS);
        assert_eq!(cut.len(), 2);
        let at_s = cut[0].end as f64 / SAMPLE_RATE_HZ;
        assert!((4.0..4.3).contains(&at_s), "{at_s}");
    }

    #[test]
    fn one_breath_stays_whole_up_to_the_longest_window() {
        assert_eq!(windows(0.0, &sound(&[(9.0, 3000)]), &[Span::new(0.0, 9.0)], LENGTHS).len(), 1);
        assert!(windows(0.0, &sound(&[(25.0, 3000)]), &[Span::new(0.0, 25.0)], LENGTHS).len() >= 3);
    }

    #[test]
    fn phrases_share_a_window_until_it_is_full_or_a_long_pause_comes() {
        let sounds = [(3.0, 3000), (0.5, 20), (3.0, 3000), (0.5, 20), (4.0, 3000), (2.5, 20), (1.5, 3000)];
        let samples = sound(&sounds);
        let voice =
            [(0.0, 3.0), (3.5, 6.5), (7.0, 11.0), (13.5, 15.0)].map(|(start, end)| Span::new(start, end));
        assert_eq!(windows(0.0, &samples, &voice, LENGTHS).len(), 4);
        let shared = windows(0.0, &samples, &voice, FILLED);
        assert_eq!(shared.len(), 3, "two and two would be longer than ten seconds: {shared:?}");
        assert!(shared[0].start == 0 && shared[0].end as f64 / SAMPLE_RATE_HZ > 6.5, "{shared:?}");
    }

    #[test]
    fn voice_outside_the_sound_is_no_window() {
        let samples = sound(&[(2.0, 3000)]);
        assert!(windows(10.0, &samples, &[Span::new(0.0, 9.0), Span::new(13.0, 20.0)], LENGTHS).is_empty());
        assert!(windows(0.0, &[], &[Span::new(0.0, 1.0)], LENGTHS).is_empty());
    }

    proptest! {
        #[test]
        fn windows_are_ordered_disjoint_and_short(
            levels in proptest::collection::vec((0.05_f64..3.0, 0_i16..8000), 1..12),
            spans in proptest::collection::vec((0.0_f64..40.0, 0.0_f64..30.0), 0..6),
            at_s in -5.0_f64..100.0,
        ) {
            let samples = sound(&levels);
            let voice = crate::time::joined(
                spans.into_iter().map(|(start, long)| Span::new(at_s + start, at_s + start + long)).collect(), 0.0);
            for lengths in [LENGTHS, FILLED] {
                let cut = windows(at_s, &samples, &voice, lengths);
                for pair in cut.windows(2) {
                    prop_assert!(pair[0].end <= pair[1].start);
                }
                for window in cut {
                    prop_assert!(window.end <= samples.len());
                    prop_assert!(window.len() as f64 / SAMPLE_RATE_HZ <= lengths.longest_s + 0.01);
                }
            }
        }
    }
}
