//! The packets' own times in MPEG transport streams.
//!
//! GStreamer's demuxer (`tsdemux`) places packets by the program clock reference. Where that clock
//! skips by more than half a second, it starts a new line whose place it guesses from the bytes'
//! pace, and a stretch that was never written all but disappears. So the time stamp of each PES
//! packet (ISO/IEC 13818-1, 2.4.3.7), which the demuxer reports beside, is put back in its place.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use gst::prelude::*;
use gstreamer as gst;

pub(super) const DEMUXER: &str = "tsdemux";

/// Time stamps have 33 bits of a 90 kHz clock: they start anew every 26.5 hours.
const STAMP_BITS: u32 = 33;

/// The demuxer rounds its own sums; lines that lie closer than this are one.
const ROUNDING_NS: i64 = 1_000_000;

/// B-frames are sent up to this much out of their order.
const REORDER_NS: i64 = 500_000_000;

/// A step ahead that is longer was no recording's pause, and one further back than the reordering
/// is a clock that started anew: there the demuxer's own line is the better one.
const LONGEST_PAUSE_NS: i64 = 3_600_000_000_000;

/// Stamps that wait for their packets: at the start the demuxer holds back a second or so of them,
/// later one. More are of packets that never come.
const MOST_WAITING: usize = 4096;

/// Lines that are remembered: streams follow each other onto a new one within seconds.
const MOST_LINES: usize = 64;

/// Makes the demuxer report its packets' time stamps, and puts them back. The reports come as
/// messages: see [`Times::take_report`].
pub(super) fn keep_times(demuxer: &gst::Element, times: &Arc<Mutex<Times>>) {
    demuxer.set_property("emit-stats", true);
    let times = times.clone();
    demuxer.connect_pad_added(move |_, pad| {
        // Pads are named `<kind>_<generation>_<PID in hexadecimal>`.
        let Some(pid) = pad.name().rsplit('_').next().and_then(|pid| u32::from_str_radix(pid, 16).ok())
        else {
            return;
        };
        let times = times.clone();
        pad.add_probe(gst::PadProbeType::BUFFER | gst::PadProbeType::BUFFER_LIST, move |_, probe| {
            let mut times = times.lock().unwrap_or_else(PoisonError::into_inner);
            match &mut probe.data {
                Some(gst::PadProbeData::Buffer(buffer)) => times.put_back(pid, buffer.make_mut()),
                Some(gst::PadProbeData::BufferList(list)) => {
                    list.make_mut().foreach_mut(|mut buffer, _| {
                        times.put_back(pid, buffer.make_mut());
                        std::ops::ControlFlow::Continue(Some(buffer))
                    });
                }
                _ => {}
            }
            gst::PadProbeReturn::Ok
        });
    });
}

/// What is known of one program's time stamps.
#[derive(Debug, Default)]
pub(super) struct Times {
    streams: HashMap<u32, Stream>,
    lines: VecDeque<Line>,
    /// The last stamp of any stream, with the clock's wraps counted.
    last_ticks: Option<i64>,
}

#[derive(Debug, Default)]
struct Stream {
    /// Stamps of packets that the demuxer has begun and not yet handed over.
    waiting: VecDeque<i64>,
    /// Stamp and line of the last packet handed over.
    last: Option<(i64, Line)>,
}

/// A stretch over which the demuxer's times keep the same distance from the stamps.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Line {
    /// The demuxer's time less the stamp.
    distance_ns: i64,
    /// What has to be added to the demuxer's times.
    correction_ns: i64,
}

impl Times {
    /// Notes a stamp, if `message` is the demuxer's report of one; answers whether it is a report.
    pub fn take_report(&mut self, message: &gst::MessageRef) -> bool {
        let Some(report) = message.structure().filter(|structure| structure.name() == DEMUXER) else {
            return false;
        };
        if let (Ok(pid), Ok(stamp)) = (report.get::<u32>("pid"), report.get::<u64>("pts")) {
            self.note(pid, stamp);
        }
        true
    }

    /// A packet of stream `pid` begins whose stamp is `stamp`, in 90 kHz ticks.
    fn note(&mut self, pid: u32, stamp: u64) {
        let period = 1_i64 << STAMP_BITS;
        let stamp = (stamp & ((1 << STAMP_BITS) - 1)) as i64;
        let ticks = match self.last_ticks {
            Some(last) => last + (stamp - last + period / 2).rem_euclid(period) - period / 2,
            None => stamp,
        };
        self.last_ticks = Some(ticks);
        let waiting = &mut self.streams.entry(pid).or_default().waiting;
        if waiting.len() == MOST_WAITING {
            waiting.pop_front();
        }
        waiting.push_back(ticks * 100_000 / 9);
    }

    fn put_back(&mut self, pid: u32, buffer: &mut gst::BufferRef) {
        let Some(demuxed) = buffer.pts() else { return };
        let Ok(demuxed_ns) = i64::try_from(demuxed.nseconds()) else { return };
        let correction_ns = self.correction_ns(pid, demuxed_ns);
        let corrected = |time: gst::ClockTime| {
            gst::ClockTime::from_nseconds(time.nseconds().saturating_add_signed(correction_ns))
        };
        buffer.set_pts(corrected(demuxed));
        buffer.set_dts(buffer.dts().map(corrected));
    }

    /// What has to be added to the time that the demuxer gave the next packet of stream `pid`.
    fn correction_ns(&mut self, pid: u32, demuxed_ns: i64) -> i64 {
        let stream = self.streams.entry(pid).or_default();
        let known = |distance_ns: i64, line: &Line| (distance_ns - line.distance_ns).abs() <= ROUNDING_NS;
        // Usually one waits. Damaged packets are dropped, and their stamps are left over.
        let at = match &stream.last {
            Some((_, line)) => {
                let on_line = stream.waiting.iter().position(|stamp| known(demuxed_ns - stamp, line));
                on_line.or(stream.waiting.len().checked_sub(1))
            }
            None => (!stream.waiting.is_empty()).then_some(0),
        };
        let Some(stamp) = at.and_then(|at| stream.waiting.drain(..=at).next_back()) else {
            return stream.last.map_or(0, |(_, line)| line.correction_ns);
        };
        let distance_ns = demuxed_ns - stamp;
        let line = match self.lines.iter().rev().find(|line| known(distance_ns, line)) {
            Some(line) => *line,
            None => {
                let line = new_line(stream.last, self.lines.back(), stamp, distance_ns);
                if self.lines.len() == MOST_LINES {
                    self.lines.pop_front();
                }
                self.lines.push_back(line);
                line
            }
        };
        stream.last = Some((stamp, line));
        line.correction_ns
    }
}

fn new_line(last: Option<(i64, Line)>, newest: Option<&Line>, stamp: i64, distance_ns: i64) -> Line {
    let correction_ns = match (last, newest) {
        (Some((last_stamp, line)), _) => {
            let goes_on = (-REORDER_NS..=LONGEST_PAUSE_NS).contains(&(stamp - last_stamp));
            line.correction_ns + if goes_on { line.distance_ns - distance_ns } else { 0 }
        }
        (None, Some(line)) => line.correction_ns,
        (None, None) => 0,
    };
    Line { distance_ns, correction_ns }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE: u32 = 0x100;
    const SOUND: u32 = 0x101;

    /// Times after correction, in seconds, of packets given by stream, stamp and demuxer's time.
    fn corrected(packets: &[(u32, f64, f64)]) -> Vec<f64> {
        let mut times = Times::default();
        let correct = |&(pid, stamp_s, demuxed_s): &(u32, f64, f64)| {
            times.note(pid, (stamp_s * 90_000.0).round() as u64);
            demuxed_s + times.correction_ns(pid, (demuxed_s * 1e9).round() as i64) as f64 / 1e9
        };
        packets.iter().map(correct).map(|seconds| (seconds * 1e3).round() / 1e3).collect()
    }

    #[test]
    fn a_hole_that_the_demuxer_closed_is_opened_again_in_all_streams() {
        let packets = [
            (PICTURE, 10.0, 0.0),
            (SOUND, 10.0, 0.0),
            (PICTURE, 10.04, 0.04),
            (PICTURE, 12.08, 0.5),
            (SOUND, 10.06, 0.06),
            (SOUND, 12.1, 0.52),
            (PICTURE, 12.12, 0.54),
        ];
        assert_eq!(corrected(&packets), [0.0, 0.0, 0.04, 2.08, 0.06, 2.1, 2.12]);
    }

    #[test]
    fn the_clock_wraps_after_26_hours_without_a_step() {
        let end_s = (1_u64 << STAMP_BITS) as f64 / 90_000.0;
        let packets = [(PICTURE, end_s - 0.04, 0.0), (PICTURE, 0.0, 0.04), (PICTURE, 3.0, 0.08)];
        assert_eq!(corrected(&packets), [0.0, 0.04, 3.04]);
    }

    #[test]
    fn a_clock_that_starts_anew_follows_the_demuxer() {
        let packets =
            [(PICTURE, 100.0, 0.0), (PICTURE, 103.0, 1.0), (PICTURE, 5.0, 1.04), (PICTURE, 5.04, 1.08)];
        assert_eq!(corrected(&packets), [0.0, 3.0, 3.04, 3.08]);
    }

    #[test]
    fn stamps_of_dropped_packets_are_passed_over() {
        let mut times = Times::default();
        for ticks in [0, 3_600, 7_200] {
            times.note(PICTURE, ticks);
        }
        assert_eq!(times.correction_ns(PICTURE, 0), 0);
        assert_eq!(times.correction_ns(PICTURE, 80_000_000), 0);
        assert!(times.streams[&PICTURE].waiting.is_empty());
    }
}
