//! Deciding, packet by packet, what is worth decoding.

use std::collections::VecDeque;

use super::{FromKeyFrame, PictureChoice, Sampling, SoundChoice};
use crate::time::Pts;

/// Packets this far past a stretch's end are still decoded: sound decoders hold back a packet or two.
const SOUND_MARGIN_NS: i64 = 500_000_000;

/// Sound decoders need some packets before the first good sample (AAC: one; MP3: its bit reservoir).
const SOUND_LEAD_IN_NS: i64 = 300_000_000;

/// Chooses the video packets that go to the decoder and the decoded pictures that are handed over.
#[derive(Debug, Clone)]
pub(super) struct PictureGate {
    choice: Choice,
}

#[derive(Debug, Clone)]
enum Choice {
    All,
    KeyFrames {
        sampling: Sampling,
        /// Stretches that did not begin yet.
        whole: VecDeque<FromKeyFrame>,
        /// When the one that did ends, counted from the first picture.
        whole_until: Option<Pts>,
        /// Time of the first picture; an edit list may cut pictures off before zero.
        first: Option<Pts>,
        /// The last key frame taken by its turn, and its coded size.
        last_taken: Option<(Pts, usize)>,
    },
    KeyFramesWithin {
        stretches: Vec<(Pts, Pts)>,
    },
    Within {
        ranges: Vec<DecodeRange>,
        /// Until when packets are decoded.
        until: Option<Pts>,
    },
}

/// One stretch with the key frame that decoding has to start from.
#[derive(Debug, Clone, Copy)]
struct DecodeRange {
    key_frame: Pts,
    start: Pts,
    end: Pts,
    /// Until when packets are decoded: pictures that are presented later may be what the last ones are predicted from. A
    /// key frame alone needs no other packet.
    decoded_until: Pts,
}

impl PictureGate {
    /// `None` when no pictures are wanted at all.
    pub fn new(choice: &PictureChoice) -> Option<Self> {
        let choice = match choice {
            PictureChoice::None => return None,
            PictureChoice::All => Choice::All,
            PictureChoice::KeyFrames { sampling, whole } => Choice::KeyFrames {
                sampling: *sampling,
                whole: whole.iter().copied().collect(),
                whole_until: None,
                first: None,
                last_taken: None,
            },
            PictureChoice::KeyFramesWithin { stretches } => {
                Choice::KeyFramesWithin { stretches: stretches.clone() }
            }
            PictureChoice::Within { stretches, order } => {
                let ranges = stretches.iter().map(|&(start, end)| {
                    let key_frame = key_frame_before(&order.key_frames, start);
                    let ahead_ns = if end == key_frame { 0 } else { order.ahead_ns };
                    let decoded_until = end.checked_add(ahead_ns).unwrap_or(end);
                    DecodeRange { key_frame, start, end, decoded_until }
                });
                Choice::Within { ranges: ranges.collect(), until: None }
            }
        };
        Some(Self { choice })
    }

    /// Whether a packet of so many bytes goes to the decoder. Packets come in coding order.
    pub fn admits(&mut self, key: bool, pts: Option<Pts>, bytes: usize) -> bool {
        match &mut self.choice {
            Choice::All => true,
            Choice::KeyFrames { sampling, whole, whole_until, first, last_taken } => {
                let Some(pts) = pts else { return key };
                let first = *first.get_or_insert(pts.max(Pts::ZERO));
                let passed_ns = pts.checked_since(first).unwrap_or(i64::MAX);
                let passed = Pts::from_nanoseconds(passed_ns);
                while let Some(next) = whole.front().filter(|next| key && passed >= next.from).copied() {
                    whole.pop_front();
                    let until = passed.checked_add(next.lasting_ns);
                    *whole_until = (*whole_until).max(Some(until.unwrap_or(Pts::from_nanoseconds(i64::MAX))));
                }
                let due = key
                    && last_taken.is_none_or(|(last, last_bytes)| {
                        let since_ns = pts.checked_since(last).unwrap_or(i64::MAX);
                        sampling.is_due(passed_ns, since_ns, last_bytes, bytes)
                    });
                if due {
                    *last_taken = Some((pts, bytes));
                }
                due || whole_until.is_some_and(|until| passed < until)
            }
            Choice::KeyFramesWithin { stretches } => {
                key && pts.is_some_and(|pts| stretches.iter().any(|&(from, to)| from <= pts && pts <= to))
            }
            Choice::Within { ranges, until } => {
                let Some(pts) = pts else { return until.is_some() };
                if key {
                    let begun = ranges.iter().filter(|range| range.key_frame <= pts && pts <= range.end);
                    *until = begun.map(|range| range.decoded_until).max();
                }
                until.is_some_and(|until| pts <= until)
            }
        }
    }

    /// Whether a decoded picture was asked for, or was only needed to decode others.
    pub fn hands_over(&self, pts: Pts) -> bool {
        match &self.choice {
            Choice::All | Choice::KeyFrames { .. } | Choice::KeyFramesWithin { .. } => true,
            Choice::Within { ranges, .. } => {
                ranges.iter().any(|range| range.start <= pts && pts <= range.end)
            }
        }
    }
}

impl Sampling {
    /// Whether a key frame is due, `passed_ns` after the clip's first picture and `since_ns` after the last one
    /// taken; after a step back time starts anew.
    fn is_due(&self, passed_ns: i64, since_ns: i64, last_bytes: usize, bytes: usize) -> bool {
        let interval_ns = match self.opening {
            Some((lasting_ns, interval_ns)) if passed_ns <= lasting_ns => interval_ns,
            _ => self.usual_interval_ns,
        };
        let ratio = (bytes.max(1) as f64 / last_bytes.max(1) as f64).ln().abs().exp();
        since_ns < 0
            || since_ns >= interval_ns
            || (since_ns >= self.min_interval_ns && ratio >= self.size_ratio)
    }
}

/// The last key frame at or before `start`; the clip's first, when none is.
fn key_frame_before(key_frames: &[Pts], start: Pts) -> Pts {
    let after = key_frames.partition_point(|&key| key <= start);
    key_frames.get(after.saturating_sub(1)).copied().unwrap_or(start)
}

/// Chooses the sound packets that go to the decoder and the samples that are handed over.
#[derive(Debug, Clone)]
pub(super) struct SoundGate {
    /// `None`: everything.
    stretches: Option<Vec<(Pts, Pts)>>,
}

impl SoundGate {
    pub fn new(choice: &SoundChoice) -> Option<Self> {
        match choice {
            SoundChoice::None => None,
            SoundChoice::All => Some(Self { stretches: None }),
            SoundChoice::Within(stretches) => Some(Self { stretches: Some(stretches.clone()) }),
        }
    }

    /// Whether a packet goes to the decoder. Files of uncompressed sound hold seconds in a packet, so
    /// that it counts how far one reaches.
    pub fn admits(&self, pts: Option<Pts>, duration_ns: u64) -> bool {
        let (Some(stretches), Some(pts)) = (&self.stretches, pts) else { return true };
        let reaches = i64::try_from(duration_ns).ok().and_then(|ns| pts.checked_add(ns)).unwrap_or(pts);
        stretches.iter().any(|&(start, end)| {
            start.checked_add(-SOUND_LEAD_IN_NS).unwrap_or(start) <= reaches
                && pts <= end.checked_add(SOUND_MARGIN_NS).unwrap_or(end)
        })
    }

    /// Whether a run of decoded samples overlaps what was asked for.
    pub fn hands_over(&self, start: Pts, end: Pts) -> bool {
        let Some(stretches) = &self.stretches else { return true };
        stretches.iter().any(|&(from, to)| start < to && from < end)
    }
}

#[cfg(test)]
mod tests {
    use super::super::CodingOrder;
    use super::*;

    fn at(seconds: f64) -> Pts {
        Pts::from_seconds(seconds)
    }

    fn coded(key_frames_s: &[f64], ahead_ns: i64) -> CodingOrder {
        CodingOrder { key_frames: key_frames_s.iter().map(|&s| at(s)).collect(), ahead_ns }
    }

    fn both_ends() -> Vec<FromKeyFrame> {
        [(0.0, 100_000_000), (7.5, i64::MAX)]
            .map(|(from_s, lasting_ns)| FromKeyFrame { from: at(from_s), lasting_ns })
            .to_vec()
    }

    #[test]
    fn key_frames_are_thinned_by_time_and_go_on_after_a_step_back() {
        let choice = PictureChoice::KeyFrames { sampling: Sampling::each(2_000_000_000), whole: Vec::new() };
        let mut gate = PictureGate::new(&choice).unwrap();
        let taken: Vec<bool> =
            [0.0, 1.0, 2.0, 3.0, 4.0, 0.5].iter().map(|&s| gate.admits(true, Some(at(s)), 1000)).collect();
        assert_eq!(taken, [true, false, true, false, true, true]);
        assert!(!gate.admits(false, Some(at(9.0)), 1000));
    }

    #[test]
    fn the_opening_is_seen_closely_and_another_size_comes_before_its_turn() {
        let sampling = Sampling {
            min_interval_ns: 900_000_000,
            usual_interval_ns: 10_000_000_000,
            opening: Some((4_000_000_000, 2_000_000_000)),
            size_ratio: 1.4,
        };
        let mut gate = PictureGate::new(&PictureChoice::KeyFrames { sampling, whole: Vec::new() }).unwrap();
        let sizes = [10, 10, 10, 10, 10, 13, 15, 15, 15, 10, 10];
        let taken: Vec<usize> =
            (0..11).filter(|&n| gate.admits(true, Some(at(n as f64)), sizes[n])).collect();
        assert_eq!(taken, [0, 2, 4, 6, 9]);
        assert!(!gate.admits(true, Some(at(18.9)), 10) && gate.admits(true, Some(at(19.0)), 10));
    }

    #[test]
    fn both_ends_are_decoded_whole_from_a_key_frame_on() {
        let choice = PictureChoice::KeyFrames { sampling: Sampling::each(900_000_000), whole: both_ends() };
        let mut gate = PictureGate::new(&choice).unwrap();
        let mut taken = |key, seconds| gate.admits(key, Some(at(seconds)), 1000);
        assert!(taken(true, 0.0) && taken(false, 0.04) && !taken(false, 0.2));
        assert!(taken(true, 2.0) && !taken(false, 7.6));
        assert!(taken(true, 8.0) && taken(false, 8.04));
    }

    #[test]
    fn the_ends_of_a_clip_count_from_its_first_picture() {
        let choice = PictureChoice::KeyFrames { sampling: Sampling::each(900_000_000), whole: both_ends() };
        let mut gate = PictureGate::new(&choice).unwrap();
        let mut taken = |key, seconds| gate.admits(key, Some(at(36_000.0 + seconds)), 1000);
        assert!(taken(true, 0.0) && taken(false, 0.04) && !taken(false, 0.2));
        assert!(taken(true, 8.0) && taken(false, 8.04));
    }

    #[test]
    fn a_stretch_is_decoded_from_the_key_frame_before_it() {
        let choice = PictureChoice::Within {
            stretches: vec![(at(3.5), at(4.5))],
            order: coded(&[0.0, 2.0, 4.0, 6.0], CodingOrder::MOST_AHEAD_NS),
        };
        let mut gate = PictureGate::new(&choice).unwrap();
        assert!(!gate.admits(true, Some(at(0.0)), 1000));
        assert!(!gate.admits(false, Some(at(1.0)), 1000));
        assert!(gate.admits(true, Some(at(2.0)), 1000));
        assert!(gate.admits(false, Some(at(2.04)), 1000));
        assert!(gate.admits(true, Some(at(4.0)), 1000));
        assert!(gate.admits(false, Some(at(4.9)), 1000));
        assert!(!gate.admits(false, Some(at(5.1)), 1000));
        assert!(!gate.admits(true, Some(at(6.0)), 1000));
        assert!(!gate.hands_over(at(2.04)) && gate.hands_over(at(4.0)) && !gate.hands_over(at(4.9)));
    }

    #[test]
    fn of_a_stretch_that_is_a_key_frame_nothing_else_is_decoded() {
        let choice = PictureChoice::Within {
            stretches: [2.0, 4.0, 5.5].map(|s| (at(s), at(s))).to_vec(),
            order: coded(&[0.0, 2.0, 4.0], CodingOrder::MOST_AHEAD_NS),
        };
        let mut gate = PictureGate::new(&choice).unwrap();
        let taken = [(true, 0.0), (true, 2.0), (false, 2.04), (true, 4.0), (false, 4.04), (false, 6.1)]
            .map(|(key, s)| gate.admits(key, Some(at(s)), 1000));
        assert_eq!(
            taken,
            [false, true, false, true, true, false],
            "two stretches may begin at one key frame"
        );
    }

    #[test]
    fn behind_a_stretch_only_what_its_pictures_may_be_predicted_from_is_decoded() {
        let admitted = |ahead_ns| {
            let stretches = vec![(at(0.5), at(1.0))];
            let choice = PictureChoice::Within { stretches, order: coded(&[0.0, 4.0], ahead_ns) };
            let mut gate = PictureGate::new(&choice).unwrap();
            [(true, 0.0), (false, 1.0), (false, 1.08), (false, 1.12), (false, 0.96)]
                .map(|(key, s)| gate.admits(key, Some(at(s)), 1000))
        };
        assert_eq!(admitted(0), [true, true, false, false, true]);
        assert_eq!(admitted(80_000_000), [true, true, true, false, true]);
    }

    #[test]
    fn key_frames_of_chosen_stretches_only() {
        let choice = PictureChoice::KeyFramesWithin { stretches: vec![(at(3.0), at(5.0))] };
        let mut gate = PictureGate::new(&choice).unwrap();
        let taken = [(true, 2.0), (true, 4.0), (false, 4.04), (true, 6.0)]
            .map(|(key, s)| gate.admits(key, Some(at(s)), 1000));
        assert_eq!(taken, [false, true, false, false]);
    }

    #[test]
    fn sound_starts_a_little_early_for_the_decoder() {
        let gate = SoundGate::new(&SoundChoice::Within(vec![(at(10.0), at(12.0))])).unwrap();
        assert!(gate.admits(Some(at(9.8)), 0) && !gate.admits(Some(at(9.0)), 64_000_000));
        assert!(gate.admits(Some(at(0.0)), 30_000_000_000), "a packet that reaches into the stretch");
        assert!(!gate.hands_over(at(9.8), at(9.9)) && gate.hands_over(at(9.95), at(10.05)));
    }
}
