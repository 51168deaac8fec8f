//! Clues to joins in packet times and sizes.

use super::{Stamp, Track};
use crate::observe::clues::{Clue, Origin, strongest};
use crate::observe::statistics::median;
use crate::time::{Pts, Span};

/// Share of intervals that must agree before the others are off the rhythm: a recorder that stamps
/// packets when they happen to come has none.
const STEADY_SHARE: f64 = 0.98;
/// Agreement of intervals: containers round to the millisecond.
const STEADY_WITHIN_S: f64 = 0.001_2;
/// An interval this far off is a joint of two rhythms and not rounding …
const OFF_RHYTHM_S: f64 = 0.003;
/// … and of more than this many a minute the rhythm is to blame.
const MAX_OFF_RHYTHM_A_MINUTE: f64 = 2.0;

/// Coded pictures on either side that a picture's size is held against: about half a second.
const NEIGHBOURS: usize = 12;
/// A predicted picture this many times the usual size could not be predicted. In a hand-held
/// recording sizes vary by a factor of two or so from picture to picture.
const SIZE_RATIO: f64 = 2.5;
/// Pictures on either side of a key frame whose mean sizes are compared.
const BESIDE_KEY: usize = 4;
/// Such a clue is never as strong as one that stands out.
const WEAKEST: f64 = 0.9;
/// Where sizes hardly vary, as in a still room, this ratio stands out already …
const STEADY_SIZE_RATIO: f64 = 1.25;
/// … when it is this many standard deviations of their logarithm, none taken for less than 0.04.
const SPREADS: f64 = 6.0;
const MIN_SPREAD: f64 = 0.04;
/// Standard deviation of a normal distribution over its median absolute deviation.
const NORMAL_SPREAD: f64 = 1.483;
/// For streams of key frames only: a step in size this many times the usual step between two.
const STEP_RATIO: f64 = 6.0;
/// The least such step, as a share of the size.
const MIN_STEP_SHARE: f64 = 0.04;
/// Pictures coded in this share of their neighbours' size repeat the one before; they may be all that shows
/// of a sensor that stands still this long, because an encoder goes on refining the picture.
const REPEAT_SHARE: f64 = 0.1;
const STOP_S: f64 = 1.0;
/// They are rarer than large pictures, and looked at before these.
const REPEAT_STRENGTH: f64 = 30.0;
/// As many pictures of exactly one size follow each other by chance in no recording with a sensor's noise.
const SAME_SIZES: usize = 4;
/// Where the level of sizes changes from one half second to the next by this many times what it usually does,
/// and by a seventh at least, other things are filmed.
const LEVEL_RATIO: f64 = 4.0;
const MIN_LEVEL_STEP: f64 = 0.15;

impl Track {
    /// Intervals off an otherwise exact rhythm: where packets of two recordings meet.
    pub(super) fn off_rhythm(&self, origin: Pts, name: &'static str) -> Vec<Clue> {
        let mut times: Vec<f64> = self.packets.iter().map(|stamp| stamp.pts.seconds(origin)).collect();
        times.sort_by(f64::total_cmp);
        let steps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let usual_s = median(&steps);
        let steady = steps.iter().filter(|&&step_s| (step_s - usual_s).abs() <= STEADY_WITHIN_S).count();
        if usual_s <= 0.0 || (steady as f64) < STEADY_SHARE * steps.len() as f64 {
            return Vec::new();
        }
        let off = times.windows(2).filter_map(|pair| {
            let by_s = pair[1] - pair[0] - usual_s;
            let clue = || Clue::at(pair[1], Origin::Structure, name, by_s * 1e3, 2.0);
            (by_s.abs() >= OFF_RHYTHM_S).then(clue)
        });
        let off: Vec<Clue> = off.collect();
        let minutes = (steps.len() as f64 * usual_s / 60.0).max(1.0);
        if off.len() as f64 > MAX_OFF_RHYTHM_A_MINUTE * minutes { Vec::new() } else { off }
    }

    /// Pictures whose coded size stands out from their neighbours'.
    pub(super) fn size_clues(&self, origin: Pts) -> Vec<Clue> {
        let predicted: Vec<(f64, f64)> = self
            .packets
            .iter()
            .filter(|stamp| !stamp.key)
            .map(|stamp| (stamp.pts.seconds(origin), f64::from(stamp.bytes)))
            .collect();
        if predicted.is_empty() {
            let mut clues = self.step_clues(origin);
            clues.extend(self.same_sizes(origin));
            return clues;
        }
        let sizes: Vec<f64> = predicted.iter().map(|&(_, bytes)| bytes).collect();
        let (mut large, mut repeats) = (Vec::new(), Vec::new());
        for (n, &(at_s, bytes)) in predicted.iter().enumerate() {
            let near = around(&sizes, n);
            let usual = median(&near).max(1.0);
            let ratio = bytes / usual;
            // Robust standard deviation of the logarithm of the sizes around.
            let off: Vec<f64> = near.iter().map(|near| (near.max(1.0) / usual).ln().abs()).collect();
            let spread = (NORMAL_SPREAD * median(&off)).max(MIN_SPREAD);
            let stands_out = if ratio >= STEADY_SIZE_RATIO { ratio.ln() / spread / SPREADS } else { 0.0 };
            let strength = stands_out.max(ratio / SIZE_RATIO);
            let next = sizes.get(n + 1).copied().unwrap_or(f64::MAX);
            let name = "picture-size-ratio";
            if strength >= 1.0 {
                large.push(Clue::at(at_s, Origin::Picture, name, ratio, strength));
            } else if ratio <= REPEAT_SHARE && next <= REPEAT_SHARE * usual {
                let repeat = Clue::at(at_s, Origin::Picture, name, ratio, REPEAT_STRENGTH);
                repeats.push(Clue { span: repeat.span.widened(STOP_S), ..repeat });
            }
        }
        let mut clues = strongest(large, 0.5);
        clues.extend(strongest(repeats, STOP_S));
        clues.extend(level_steps(&predicted));
        clues.extend(self.key_frame_clues(origin));
        clues
    }

    /// Key frames across which the size of pictures changes most. Where whole groups of pictures were taken
    /// out, the joint is at a key frame, and nothing else in the packets shows it: these say which key frames
    /// to look at first, no more.
    fn key_frame_clues(&self, origin: Pts) -> Vec<Clue> {
        let packets = &self.packets;
        let change = |key: usize| -> Option<(f64, f64)> {
            let mean = |stamps: &[Stamp]| {
                let all: f64 = stamps.iter().map(|stamp| f64::from(stamp.bytes)).sum();
                (all / stamps.len().max(1) as f64).max(1.0)
            };
            let before = packets.get(key.checked_sub(BESIDE_KEY)?..key)?;
            let after = packets.get(key + 1..key + 1 + BESIDE_KEY)?;
            let predicted = before.iter().chain(after).all(|stamp| !stamp.key);
            let ratio = (mean(after) / mean(before)).ln().abs().exp();
            predicted.then(|| (packets[key].pts.seconds(origin), ratio))
        };
        let keys = (0..packets.len()).filter(|&n| packets[n].key);
        let clue = |(at_s, ratio): (f64, f64)| {
            Clue::at(
                at_s,
                Origin::Picture,
                "picture-size-ratio",
                ratio,
                (ratio / (2.0 * SIZE_RATIO)).min(WEAKEST),
            )
        };
        keys.filter_map(change).map(clue).collect()
    }

    /// Pictures that are each coded by themselves and come out alike to the byte, many in a row, are one picture.
    fn same_sizes(&self, origin: Pts) -> Vec<Clue> {
        let runs = self.packets.chunk_by(|a, b| a.bytes == b.bytes).filter(|run| run.len() >= SAME_SIZES);
        let clue = |run: &[Stamp]| Clue {
            span: Span::new(run[0].pts.seconds(origin), run[run.len() - 1].pts.seconds(origin)),
            origin: Origin::Picture,
            name: "pictures-of-one-size",
            value: run.len() as f64,
            strength: REPEAT_STRENGTH,
        };
        runs.map(clue).collect()
    }

    fn step_clues(&self, origin: Pts) -> Vec<Clue> {
        let steps: Vec<(f64, f64)> = self
            .packets
            .windows(2)
            .map(|pair| {
                let share = f64::from(pair[1].bytes) / f64::from(pair[0].bytes.max(1));
                (pair[1].pts.seconds(origin), share.max(f64::MIN_POSITIVE).ln().abs())
            })
            .collect();
        let sizes: Vec<f64> = steps.iter().map(|&(_, step)| step).collect();
        let clues = steps.iter().enumerate().filter_map(|(n, &(at_s, step))| {
            let usual = median(&around(&sizes, n)).max(MIN_STEP_SHARE / STEP_RATIO);
            let ratio = step / usual;
            let clue =
                || Clue::at(at_s, Origin::Picture, "picture-size-step-ratio", ratio, ratio / STEP_RATIO);
            (ratio >= STEP_RATIO).then(clue)
        });
        strongest(clues.collect(), 0.5)
    }
}

/// Where the sizes of predicted pictures go from one level to another. An encoder that keeps to a rate smooths
/// the size of the very picture that it could not predict, but not of those that follow.
fn level_steps(predicted: &[(f64, f64)]) -> Vec<Clue> {
    let level = |pictures: &[(f64, f64)]| {
        median(&pictures.iter().map(|&(_, bytes)| bytes.max(1.0).ln()).collect::<Vec<_>>())
    };
    let borders = NEIGHBOURS..predicted.len().saturating_sub(NEIGHBOURS);
    let steps: Vec<(f64, f64)> = borders
        .map(|n| {
            let (before, after) = (&predicted[n - NEIGHBOURS..n], &predicted[n..n + NEIGHBOURS]);
            (predicted[n].0, (level(after) - level(before)).abs())
        })
        .collect();
    let usual = median(&steps.iter().map(|&(_, step)| step).collect::<Vec<_>>());
    let limit = MIN_LEVEL_STEP.max(LEVEL_RATIO * usual);
    let clue = |&(at_s, step): &(f64, f64)| {
        Clue::at(at_s, Origin::Picture, "picture-size-level-ratio", step.exp(), step / limit)
    };
    strongest(steps.iter().filter(|(_, step)| *step >= limit).map(clue).collect(), 1.0)
}

/// The neighbours of one value, itself left out.
fn around(values: &[f64], n: usize) -> Vec<f64> {
    let (from, to) = (n.saturating_sub(NEIGHBOURS), (n + NEIGHBOURS + 1).min(values.len()));
    let (before, after) = (&values[from..n], values.get(n + 1..to).unwrap_or_default());
    [before, after].concat()
}

#[cfg(test)]
mod tests {
    use super::super::Stamp;
    use super::*;

    fn track(stamps: impl IntoIterator<Item = (f64, u32, bool)>) -> Track {
        let stamp = |(at_s, bytes, key)| {
            let pts = Pts::from_seconds(at_s);
            Stamp { pts, dts: Some(pts), duration_ns: 40_000_000, bytes, key }
        };
        Track { packets: stamps.into_iter().map(stamp).collect(), ..Track::default() }
    }

    #[test]
    fn an_interval_off_an_exact_rhythm_is_a_clue_and_a_recorder_without_one_gives_none() {
        let at_s = |n: u32| f64::from(n) * 0.064 + if n >= 300 { 0.021 } else { 0.0 };
        let clues =
            track((0..600).map(|n| (at_s(n), 200, true))).off_rhythm(Pts::ZERO, "sound-rhythm-step-ms");
        assert_eq!(clues.len(), 1);
        assert!((clues[0].value - 21.0).abs() < 0.1 && (clues[0].span.start_s - at_s(300)).abs() < 1e-6);

        let jittered = |n: u32| f64::from(n) * 0.04 + f64::from(n * 7 % 5) * 0.004;
        let clues = track((0..600).map(|n| (jittered(n), 200, n == 0)))
            .off_rhythm(Pts::ZERO, "picture-rhythm-step-ms");
        assert_eq!(clues, []);
    }

    #[test]
    fn a_picture_that_could_not_be_predicted_is_a_clue() {
        let stamps = (0..200).map(|n| {
            let bytes = if n == 90 { 9000 } else { 1500 + n * 37 % 900 };
            (f64::from(n) * 0.04, if n % 50 == 0 { 20_000 } else { bytes }, n % 50 == 0)
        });
        let clues = track(stamps).size_clues(Pts::ZERO);
        let standing_out: Vec<&Clue> = clues.iter().filter(|clue| clue.strength >= 1.0).collect();
        assert_eq!(standing_out.len(), 1);
        assert!((standing_out[0].span.start_s - 3.6).abs() < 1e-6 && standing_out[0].value > 4.0);
        // The key frames between are there to be looked at if there is time.
        assert!(clues.iter().any(|clue| clue.strength < 1.0 && clue.span.start_s == 4.0));
    }

    #[test]
    fn another_level_of_sizes_is_a_clue_where_it_begins() {
        let stamps = (0..200).map(|n| {
            let level = if n >= 90 { 4600 } else { 7300 };
            (f64::from(n) * 0.04, if n % 50 == 0 { 20_000 } else { level + n * 37 % 500 }, n % 50 == 0)
        });
        let clues = track(stamps).size_clues(Pts::ZERO);
        let level: Vec<&Clue> = clues.iter().filter(|clue| clue.name == "picture-size-level-ratio").collect();
        assert_eq!(level.len(), 1);
        assert!((level[0].span.start_s - 3.6).abs() < 0.1 && level[0].strength >= 1.0, "{level:?}");
    }

    #[test]
    fn in_a_still_room_a_smaller_step_stands_out() {
        let stamps = (0..200).map(|n| {
            let bytes = if n == 90 { 3300 } else { 2000 + n * 37 % 90 };
            (f64::from(n) * 0.04, if n % 50 == 0 { 20_000 } else { bytes }, n % 50 == 0)
        });
        let clues = track(stamps).size_clues(Pts::ZERO);
        assert!(clues.iter().any(|clue| clue.strength >= 1.0 && (clue.span.start_s - 3.6).abs() < 1e-6));
    }

    #[test]
    fn key_frames_of_one_size_in_a_row_are_a_clue_to_a_stop() {
        let stamps = (0..200).map(|n| {
            let bytes = if (90..120).contains(&n) { 40_100 } else { 40_000 + n * 131 % 997 };
            (f64::from(n) * 0.04, bytes, true)
        });
        let clues = track(stamps).size_clues(Pts::ZERO);
        let stop = clues.iter().find(|clue| clue.name == "pictures-of-one-size").unwrap();
        assert!((stop.span.start_s - 3.6).abs() < 0.05 && (stop.span.end_s - 4.76).abs() < 0.05, "{stop:?}");
    }

    #[test]
    fn where_every_picture_is_a_key_frame_a_step_in_size_is_a_clue() {
        let stamps = (0..200)
            .map(|n| (f64::from(n) * 0.04, 40_000 + n * 131 % 300 + if n >= 90 { 9000 } else { 0 }, true));
        let clues = track(stamps).size_clues(Pts::ZERO);
        assert_eq!(clues.len(), 1);
        assert!((clues[0].span.start_s - 3.6).abs() < 1e-6);
    }
}
