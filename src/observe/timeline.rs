//! What packet times, sizes and key flags say, without decoding anything.

mod clues;

use super::clues::Clue;
use super::continuity::EarlyKeyFrame;
use super::statistics::{median, quantile};
use crate::evidence::{CadenceRun, Timeline, TrackTimeline};
use crate::media::{CodingOrder, Packet, StreamKind};
use crate::time::{Pts, Span, joined};

/// A hole in the time stamps counts from this length on. The camera standard GA/T 947.2-2015 lets
/// 0.04 s be lost between segments; half of the 0.2 s that matter to a viewer leaves room for one
/// frame dropped by a busy encoder.
const MIN_GAP_S: f64 = 0.1;

/// A hole must also exceed the stream's own irregularity by this factor, so that variable frame
/// rate is not a row of gaps.
const GAP_OVER_RHYTHM: f64 = 1.5;

/// Share of intervals that are the stream's own rhythm; longer ones are outliers.
const RHYTHM_QUANTILE: f64 = 0.99;

/// A coded picture smaller than this share of the clip's median non-key picture may repeat the one
/// before it: an encoder codes a repeated picture as skipped blocks, in a few dozen bytes.
const STILL_BYTES_SHARE: f64 = 0.2;

/// Runs of suspiciously small pictures shorter than this are rate control, not a stopped sensor.
const MIN_STILL_RUN_S: f64 = 0.3;

/// Collects packets; [`Observer::finish`] makes a [`Timeline`] of them.
#[derive(Default)]
pub struct Observer {
    video: Track,
    audio: Track,
    audio_codec: String,
}

#[derive(Default)]
struct Track {
    stream: Option<usize>,
    packets: Vec<Stamp>,
    untimed: u64,
    bytes: u64,
    broken: u64,
}

#[derive(Clone, Copy)]
struct Stamp {
    pts: Pts,
    dts: Option<Pts>,
    duration_ns: u64,
    bytes: u32,
    key: bool,
}

/// How coding order and presentation order go together.
#[derive(Default)]
struct Order {
    /// Pictures shown before one that was coded before them.
    reordered: u32,
    /// Times that step back where no reordering explains it.
    backward: Vec<Pts>,
}

/// The timeline and what the other observers need of it.
pub struct Observed {
    pub timeline: Timeline,
    /// Presentation times of all key frames, in order.
    pub key_frames: Vec<Pts>,
    /// How much later than some picture one is presented that is coded before it.
    pub ahead_ns: i64,
    /// Stretches whose coded pictures are so small that they may repeat each other.
    pub still_candidates: Vec<Span>,
    /// Key frames off the camera's cadence.
    pub early_key_frames: Vec<EarlyKeyFrame>,
    /// Packets whose time or size hints at a join.
    pub clues: Vec<Clue>,
    /// End of the last picture, or of the last sound in a clip without pictures.
    pub duration_s: f64,
    /// Median presentation rate, frames a second; 0 without pictures.
    pub frame_rate: f64,
    /// Packets that the demuxer marked as damaged.
    pub broken_packets: u64,
}

impl Observed {
    /// Times of the key frames in seconds after `origin`, in order.
    pub fn key_frames_s(&self, origin: Pts) -> Vec<f64> {
        self.key_frames.iter().map(|key| key.seconds(origin)).collect()
    }

    /// What decoding a part of the pictures goes by.
    pub fn coding_order(&self) -> CodingOrder {
        CodingOrder { key_frames: self.key_frames.clone(), ahead_ns: self.ahead_ns }
    }
}

impl Observer {
    /// Sound codecs whose packets may differ in length are held against their own durations.
    pub fn audio_codec(&mut self, codec: &str) {
        self.audio_codec = codec.to_owned();
    }

    pub fn packet(&mut self, packet: &Packet) {
        let track = match packet.kind {
            StreamKind::Video => &mut self.video,
            StreamKind::Audio => &mut self.audio,
            StreamKind::Other => return,
        };
        if *track.stream.get_or_insert(packet.stream) != packet.stream {
            return;
        }
        track.bytes += packet.bytes as u64;
        track.broken += u64::from(packet.broken);
        match packet.pts {
            None => track.untimed += 1,
            Some(pts) => track.packets.push(Stamp {
                pts,
                dts: packet.dts,
                duration_ns: packet.duration_ns.unwrap_or(0),
                bytes: u32::try_from(packet.bytes).unwrap_or(u32::MAX),
                key: packet.key,
            }),
        }
    }

    /// The time that the clip's own seconds count from: its first presented picture, or its first
    /// sound in a clip without pictures. Times below zero were cut off by an edit list.
    pub fn origin(&self) -> Option<Pts> {
        let first =
            |track: &Track| track.packets.iter().map(|stamp| stamp.pts).filter(|&pts| pts >= Pts::ZERO).min();
        first(&self.video).or_else(|| first(&self.audio))
    }

    /// Longest stretch of pictures without a key frame, to the last picture; 0 without pictures.
    pub fn longest_key_frame_distance_s(&self) -> f64 {
        let packets = &self.video.packets;
        let keys = packets.iter().filter(|stamp| stamp.key).chain(packets.last());
        let times: Vec<f64> = keys.map(|stamp| stamp.pts.seconds(Pts::ZERO)).collect();
        times.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max)
    }

    pub fn finish(self, origin: Pts) -> Observed {
        let video = self.video.describe(origin, false);
        let own_durations = matches!(self.audio_codec.as_str(), "pcm" | "g711-mulaw" | "g711-alaw" | "adpcm");
        let audio = self.audio.describe(origin, own_durations);
        let end_s = video.as_ref().or(audio.as_ref()).map_or(0.0, |track| track.end_s);
        let interval_s = video.as_ref().map_or(0.0, |track| track.packet_interval_s);
        let mut key_frames: Vec<Pts> =
            self.video.packets.iter().filter(|stamp| stamp.key).map(|stamp| stamp.pts).collect();
        key_frames.sort();
        let mut clues = self.video.size_clues(origin);
        clues.extend(self.video.off_rhythm(origin, "picture-rhythm-step-ms"));
        if !own_durations {
            clues.extend(self.audio.off_rhythm(origin, "sound-rhythm-step-ms"));
        }
        Observed {
            key_frames,
            ahead_ns: self.video.ahead_ns(),
            clues,
            still_candidates: self.video.still_candidates(origin),
            early_key_frames: self.video.early_key_frames(origin),
            duration_s: end_s.max(0.0),
            frame_rate: if interval_s > 0.0 { round_rate(1.0 / interval_s) } else { 0.0 },
            broken_packets: self.video.broken + self.audio.broken,
            timeline: Timeline {
                b_frames: self.video.order().reordered > 0,
                key_frame_cadence: self.video.cadence(),
                video,
                audio,
                ..Timeline::default()
            },
        }
    }
}

impl Track {
    /// How much later than some picture one is presented that is coded before it, within [`CodingOrder::MOST_AHEAD_NS`],
    /// which stands for anything where packets have no times.
    fn ahead_ns(&self) -> i64 {
        if self.untimed > 0 {
            return CodingOrder::MOST_AHEAD_NS;
        }
        let mut latest: Option<Pts> = None;
        let ahead = self.packets.iter().map(|stamp| {
            let latest = *latest.insert(latest.map_or(stamp.pts, |latest| latest.max(stamp.pts)));
            latest.checked_since(stamp.pts).unwrap_or(i64::MAX)
        });
        ahead.max().unwrap_or(0).min(CodingOrder::MOST_AHEAD_NS)
    }

    /// `None` for a track without a single timed packet.
    fn describe(&self, origin: Pts, own_durations: bool) -> Option<TrackTimeline> {
        let mut presented: Vec<&Stamp> = self.packets.iter().filter(|stamp| stamp.pts >= Pts::ZERO).collect();
        presented.sort_by_key(|stamp| stamp.pts);
        let first = *presented.first()?;
        let times: Vec<f64> = presented.iter().map(|stamp| stamp.pts.seconds(origin)).collect();
        let intervals: Vec<f64> =
            times.windows(2).map(|pair| pair[1] - pair[0]).filter(|&s| s > 0.0).collect();
        let interval_s = usual_interval(&intervals);
        let start_s = first.pts.seconds(origin);
        let last_s = times.last().copied().unwrap_or(start_s);
        let last_duration_s = presented.last().map_or(0.0, |stamp| stamp.duration_ns as f64 / 1e9);
        // A muxer may give the last packet any duration; the rhythm is the safer guide.
        let end_s = last_s + if interval_s > 0.0 { interval_s } else { last_duration_s };
        let covered_s = |index: usize| match own_durations {
            true => presented[index].duration_ns as f64 / 1e9,
            false => interval_s,
        };
        let longest_usual = GAP_OVER_RHYTHM * quantile(&intervals, RHYTHM_QUANTILE);
        let gaps = times
            .windows(2)
            .enumerate()
            .filter(|(index, pair)| {
                let step = pair[1] - pair[0];
                step - covered_s(*index) >= MIN_GAP_S
                    && (own_durations || step > longest_usual.min(step_cap(interval_s)))
            })
            .map(|(index, pair)| {
                Span::new(crate::time::round_to_microsecond(pair[0] + covered_s(index)), pair[1])
            })
            .collect();
        let backward = self.order().backward;
        let duplicates = presented.windows(2).filter(|pair| pair[0].pts == pair[1].pts);
        let length_s = end_s - start_s;
        Some(TrackTimeline {
            packets: self.packets.len() as u64 + self.untimed,
            start_s,
            end_s: crate::time::round_to_microsecond(end_s),
            packet_interval_s: crate::time::round_to_microsecond(interval_s),
            gaps,
            backward_steps_s: backward.iter().map(|pts| pts.seconds(origin)).collect(),
            duplicates_s: duplicates.map(|pair| pair[1].pts.seconds(origin)).collect(),
            untimed_packets: self.untimed,
            bits_per_s: if length_s > 0.0 { (self.bytes as f64 * 8.0 / length_s).round() } else { 0.0 },
        })
    }

    /// Tells pictures that are coded out of their order (B-frames) from time stamps that step back.
    ///
    /// A B-frame lies between the two latest pictures that were ahead of all others when they came.
    /// Matroska gives no decoding times; where there are any, they must not step back either.
    fn order(&self) -> Order {
        let mut order = Order::default();
        let (mut ahead, mut ahead_before): (Option<Pts>, Option<Pts>) = (None, None);
        let mut last_dts = None;
        for stamp in &self.packets {
            let decoded_later = stamp.dts.is_none() || last_dts <= stamp.dts;
            last_dts = stamp.dts;
            match ahead {
                Some(latest) if stamp.pts < latest => {
                    if decoded_later && ahead_before.is_none_or(|before| before < stamp.pts) {
                        order.reordered += 1;
                        continue;
                    }
                    order.backward.push(stamp.pts);
                    ahead_before = None;
                }
                Some(latest) if latest < stamp.pts => ahead_before = ahead,
                _ => {}
            }
            ahead = Some(stamp.pts);
        }
        order
    }

    /// Pictures from one key frame to the next, in coding order, equal neighbours counted together.
    fn cadence(&self) -> Vec<CadenceRun> {
        let keys: Vec<usize> =
            self.packets.iter().enumerate().filter(|(_, stamp)| stamp.key).map(|(index, _)| index).collect();
        let mut runs: Vec<CadenceRun> = Vec::new();
        for pair in keys.windows(2) {
            let frames = u32::try_from(pair[1] - pair[0]).unwrap_or(u32::MAX);
            match runs.last_mut() {
                Some(run) if run.frames == frames => run.times += 1,
                _ => runs.push(CadenceRun { frames, times: 1 }),
            }
        }
        runs
    }

    /// Key frames that came before the clip's usual distance was over. None where there is no usual
    /// distance: most distances must be equal.
    fn early_key_frames(&self, origin: Pts) -> Vec<EarlyKeyFrame> {
        let cadence = self.cadence();
        let Some(usual) = cadence.iter().max_by_key(|run| run.times) else { return Vec::new() };
        let all: u32 = cadence.iter().map(|run| run.times).sum();
        if usual.times * 2 <= all {
            return Vec::new();
        }
        let keys: Vec<usize> =
            self.packets.iter().enumerate().filter(|(_, stamp)| stamp.key).map(|(index, _)| index).collect();
        keys.windows(2)
            .filter_map(|pair| {
                let frames = u32::try_from(pair[1] - pair[0]).ok()?;
                let early = usual.frames.checked_sub(frames).filter(|&early| early > 0)?;
                Some(EarlyKeyFrame { at_s: self.packets[pair[1]].pts.seconds(origin), frames: early })
            })
            .collect()
    }

    /// Runs of pictures that are coded far below the usual size, or, where every picture is a key
    /// frame, in exactly the same number of bytes.
    fn still_candidates(&self, origin: Pts) -> Vec<Span> {
        let delta_bytes: Vec<f64> =
            self.packets.iter().filter(|stamp| !stamp.key).map(|stamp| f64::from(stamp.bytes)).collect();
        let all_key = delta_bytes.is_empty();
        let still_bytes = STILL_BYTES_SHARE * median(&delta_bytes);
        let still = |pair: &[Stamp]| match (all_key, pair[1].key) {
            (true, _) => pair[1].bytes == pair[0].bytes,
            // A key frame in the middle of a still run is as large as any; it does not end the run.
            (false, true) => f64::from(pair[0].bytes) < still_bytes,
            (false, false) => f64::from(pair[1].bytes) < still_bytes,
        };
        let spans = self
            .packets
            .windows(2)
            .filter(|pair| still(pair))
            .map(|pair| Span::new(pair[0].pts.seconds(origin), pair[1].pts.seconds(origin)))
            .filter(|span| span.start_s < span.end_s)
            .collect();
        joined(spans, 0.0).into_iter().filter(|span| span.duration_s() >= MIN_STILL_RUN_S).collect()
    }
}

/// The median interval, freed from the container's rounding: Matroska writes whole milliseconds, and
/// of 33, 33 and 34 ms the mean is the rate. 0 for an empty list.
fn usual_interval(intervals: &[f64]) -> f64 {
    const ROUNDING_S: f64 = 0.001_1;
    let median_s = median(intervals);
    let near = intervals.iter().filter(|&&interval_s| (interval_s - median_s).abs() <= ROUNDING_S);
    let (sum_s, count) = near.fold((0.0, 0u32), |(sum_s, count), interval_s| (sum_s + interval_s, count + 1));
    if count > 0 { sum_s / f64::from(count) } else { 0.0 }
}

/// In a short clip one gap can itself be the 99th percentile; no rhythm explains a step of this
/// many usual intervals.
fn step_cap(interval_s: f64) -> f64 {
    const UNEXPLAINABLE_INTERVALS: f64 = 5.0;
    UNEXPLAINABLE_INTERVALS * interval_s
}

/// Frame rates are written to a thousandth: 29.97, 23.976.
fn round_rate(rate: f64) -> f64 {
    (rate * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(stamps: impl IntoIterator<Item = (f64, u32, bool)>) -> Track {
        let packets = stamps
            .into_iter()
            .map(|(seconds, bytes, key)| {
                let pts = Pts::from_seconds(seconds);
                Stamp { pts, dts: Some(pts), duration_ns: 40_000_000, bytes, key }
            })
            .collect();
        Track { packets, ..Track::default() }
    }

    fn steady(frames: u32) -> impl Iterator<Item = (f64, u32, bool)> {
        (0..frames).map(|n| (f64::from(n) * 0.04, if n % 25 == 0 { 9000 } else { 1000 }, n % 25 == 0))
    }

    #[test]
    fn steady_footage_has_no_gap() {
        let described = track(steady(250)).describe(Pts::ZERO, false).unwrap();
        assert_eq!(described.gaps, []);
        assert_eq!((described.packet_interval_s, described.end_s), (0.04, 10.0));
    }

    #[test]
    fn a_gap_spans_what_is_missing() {
        let stamps = steady(250).map(|(s, bytes, key)| (if s < 4.0 { s } else { s + 2.0 }, bytes, key));
        let described = track(stamps).describe(Pts::ZERO, false).unwrap();
        assert_eq!(described.gaps, [Span::new(4.0, 6.0)]);
    }

    #[test]
    fn variable_frame_rate_is_not_a_row_of_gaps() {
        let mut at_s = 0.0;
        let stamps: Vec<_> = (0..200)
            .map(|n| {
                at_s += if n % 7 == 0 { 0.2 } else { 0.05 };
                (at_s, 1000, n == 0)
            })
            .collect();
        assert_eq!(track(stamps).describe(Pts::ZERO, false).unwrap().gaps, []);
    }

    #[test]
    fn time_stamps_that_step_back_or_repeat_are_named() {
        let mut stamps: Vec<_> = steady(50).collect();
        stamps[30].0 = 0.5;
        stamps[40].0 = stamps[39].0;
        let described = track(stamps).describe(Pts::ZERO, false).unwrap();
        assert_eq!(described.backward_steps_s, [0.5]);
        assert_eq!(described.duplicates_s, [39.0 * 0.04]);
    }

    /// Presentation times in frames, in coding order.
    fn coded(frames: &[u32], with_dts: bool) -> Track {
        let mut coded = track(frames.iter().map(|&n| (f64::from(n) * 0.04, 1000, n == 0)));
        for (n, stamp) in coded.packets.iter_mut().enumerate() {
            stamp.dts = with_dts.then(|| Pts::from_seconds(n as f64 * 0.04 - 0.08));
        }
        coded
    }

    #[test]
    fn b_frames_are_no_step_back_with_or_without_decoding_times() {
        let pyramid = [0, 4, 2, 1, 3, 8, 6, 5, 7, 12, 10, 9, 11];
        for with_dts in [true, false] {
            let track = coded(&pyramid, with_dts);
            let order = track.order();
            assert_eq!((order.reordered, order.backward, track.ahead_ns()), (9, vec![], 120_000_000));
        }
        let leading = [2, 0, 1, 5, 3, 4];
        assert_eq!(coded(&leading, false).order().backward, []);
    }

    #[test]
    fn a_step_back_among_b_frames_is_named_once() {
        let mut stepping = [0, 2, 1, 20, 19, 22, 21].map(|n| n + 2).to_vec();
        stepping.extend([4, 6, 5, 8, 7]);
        let order = coded(&stepping, false).order();
        assert_eq!((order.reordered, order.backward), (5, vec![Pts::from_seconds(0.16)]));
    }

    #[test]
    fn whole_milliseconds_do_not_change_the_rate() {
        let stamps = (0..90).map(|n| ((f64::from(n) * 1000.0 / 30.0).round() / 1000.0, 1000, n == 0));
        let described = track(stamps).describe(Pts::ZERO, false).unwrap();
        assert!((1.0 / described.packet_interval_s - 30.0).abs() < 0.02, "{}", described.packet_interval_s);
        assert!((described.end_s - 3.0).abs() < 0.001);
    }

    #[test]
    fn cadence_counts_pictures_between_key_frames() {
        let mut stamps: Vec<_> = steady(100).collect();
        stamps[60].2 = true;
        let runs: Vec<_> = track(stamps).cadence().iter().map(|run| (run.frames, run.times)).collect();
        assert_eq!(runs, [(25, 2), (10, 1), (15, 1)]);
    }

    #[test]
    fn skipped_pictures_are_a_candidate_across_their_key_frame() {
        let stamps = steady(250)
            .map(|(s, bytes, key)| (s, if (4.0..6.0).contains(&s) && !key { 40 } else { bytes }, key));
        let candidates = track(stamps).still_candidates(Pts::ZERO);
        assert_eq!(candidates.len(), 1);
        assert!((candidates[0].start_s - 4.0).abs() <= 0.05 && (candidates[0].end_s - 6.0).abs() <= 0.05);
    }
}
