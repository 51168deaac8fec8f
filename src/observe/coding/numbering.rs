//! Whether the numbers that an encoder gives its pictures go on.
//!
//! Encoders count what they code: IDR pictures of H.264 by a number of which the standard only asks that it differ from
//! the last one's, pictures by `frame_num` and by their order of display. A player does without, so that
//! who takes pictures out of a stream or puts others in, without coding it anew, leaves the numbers as they are.
//! Each rule holds only where the stream itself follows it nearly throughout. All of them count in circles: what was
//! taken out in whole turns does not show, and of IDR pictures numbered 0 and 1 in turn, as is usual, every other cut does.

use std::collections::BTreeMap;

use super::slices::Slice;
use crate::observe::clues::{Clue, Origin, strongest};
use crate::time::{Pts, Span};

/// Share of pictures that must follow a rule before the others break it …
const FOLLOWING_SHARE: f64 = 0.8;
/// … and the least number of them.
const MIN_FOLLOWING: usize = 4;
/// Streams that break a rule more often than this a minute do not keep it.
const MAX_BREAKS_A_MINUTE: f64 = 2.0;
/// Nothing that is filmed brings such a break about; well above what is reported without any other sign.
const STRENGTH: f64 = 3.0;
/// Breaks so near to each other are one.
const APART_S: f64 = 0.5;
/// Pictures that encoders code ahead of others at most, in what cameras and editors commonly write.
const CODED_AHEAD: usize = 4;

/// Takes slices in coding order.
#[derive(Default)]
pub struct Numbers {
    idrs: Vec<(Pts, u32)>,
    last_frame: Option<Frame>,
    /// Pictures held against the one before, and those whose `frame_num` does not follow, with how far off it is.
    frames: usize,
    frames_off: Vec<(Pts, u32)>,
    orders: Vec<Order>,
    first: Option<Pts>,
    last: Option<Pts>,
}

struct Frame {
    number: u32,
    reference: bool,
}

/// Place of a picture in order of display since numbers began anew for the `run`th time.
#[derive(Clone, Copy)]
struct Order {
    pts: Pts,
    run: u32,
    place: i64,
    /// Numbers until they begin at 0 again.
    count: i64,
}

impl Numbers {
    pub fn picture(&mut self, pts: Pts, slice: Slice) {
        self.first = Some(self.first.map_or(pts, |first| first.min(pts)));
        self.last = Some(self.last.map_or(pts, |last| last.max(pts)));
        self.idrs.extend(slice.idr_number.map(|number| (pts, number)));
        self.frame(pts, slice);
        self.order(pts, slice);
    }

    fn frame(&mut self, pts: Pts, slice: Slice) {
        let last = self.last_frame.take();
        let Some((number, count)) = slice.frame else { return };
        if let (Some(last), false) = (last, slice.restarts) {
            // The number goes up behind each picture that others are predicted from (H.264 7.4.3).
            let due = (last.number + u32::from(last.reference)) % count;
            self.frames += 1;
            if number != due {
                self.frames_off.push((pts, (number + count - due) % count));
            }
        }
        self.last_frame = Some(Frame { number, reference: slice.reference });
    }

    fn order(&mut self, pts: Pts, slice: Slice) {
        let Some((number, count)) = slice.order else { return };
        let (number, count) = (i64::from(number), i64::from(count));
        let order = match self.orders.last() {
            Some(last) if !slice.restarts => {
                // The number with these last bits that is nearest to the last picture's.
                let by = (number - last.place).rem_euclid(count);
                let by = if by > count / 2 { by - count } else { by };
                Order { pts, run: last.run, place: last.place.saturating_add(by), count }
            }
            last => {
                Order { pts, run: last.map_or(0, |last| last.run.saturating_add(1)), place: number, count }
            }
        };
        self.orders.push(order);
    }

    /// Where numbers do not go on.
    pub fn finish(self, origin: Pts) -> Vec<Clue> {
        let minutes = match (self.first, self.last) {
            (Some(first), Some(last)) => (last.seconds(first) / 60.0).max(1.0),
            _ => return Vec::new(),
        };
        let clues = |name: &'static str, followed: usize, off: Vec<(Span, f64)>| {
            let all = followed + off.len();
            let kept = followed >= MIN_FOLLOWING
                && followed as f64 >= FOLLOWING_SHARE * all as f64
                && off.len() as f64 <= MAX_BREAKS_A_MINUTE * minutes;
            let off = if kept { off } else { Vec::new() };
            let clue =
                |(span, value)| Clue { span, origin: Origin::Numbers, name, value, strength: STRENGTH };
            strongest(off.into_iter().map(clue).collect(), APART_S)
        };
        let at = |pts: Pts| Span::new(pts.seconds(origin), pts.seconds(origin));
        let frames_off = self.frames_off.iter().map(|&(pts, by)| (at(pts), f64::from(by)));
        let mut found = clues(
            "picture-number-off",
            self.frames.saturating_sub(self.frames_off.len()),
            frames_off.collect(),
        );
        let (followed, off) = idr_breaks(&self.idrs);
        found.extend(clues(
            "key-frame-number-off",
            followed,
            off.into_iter().map(|(pts, by)| (at(pts), by)).collect(),
        ));
        let (followed, off) = order_breaks(self.orders);
        found.extend(clues(
            "picture-order-off",
            followed,
            off.into_iter().map(|(pts, by)| (at(pts), by)).collect(),
        ));
        found
    }
}

/// IDR pictures whose number follows from the last one's, and those whose does not, with how many numbers were left out.
///
/// Most encoders count, up to a number of their own and from 0 again; of others only that no two neighbours are alike.
fn idr_breaks(idrs: &[(Pts, u32)]) -> (usize, Vec<(Pts, f64)>) {
    let mut before_zero: BTreeMap<u32, usize> = BTreeMap::new();
    for pair in idrs.windows(2).filter(|pair| pair[1].1 == 0 && pair[0].1 > 0) {
        *before_zero.entry(pair[0].1).or_default() += 1;
    }
    let highest = before_zero.iter().max_by_key(|&(_, times)| times).map(|(&number, _)| number);
    let due = |number: u32| if Some(number) == highest { 0 } else { number.saturating_add(1) };
    let pairs = || idrs.windows(2);
    let counted = pairs().filter(|pair| pair[1].1 == due(pair[0].1)).count();
    if counted as f64 >= FOLLOWING_SHARE * pairs().len() as f64 {
        let turn = highest.map_or(1 << 16, |highest| i64::from(highest) + 1);
        let off = pairs().filter(|pair| pair[1].1 != due(pair[0].1));
        let by = |pair: &[(Pts, u32)]| (i64::from(pair[1].1) - i64::from(due(pair[0].1))).rem_euclid(turn);
        return (counted, off.map(|pair| (pair[1].0, by(pair) as f64)).collect());
    }
    let alike: Vec<(Pts, f64)> =
        pairs().filter(|pair| pair[0].1 == pair[1].1).map(|pair| (pair[1].0, 1.0)).collect();
    (pairs().len() - alike.len(), alike)
}

/// Pictures that follow the last one shown by the usual step, and the others, with by how many pictures they are off.
fn order_breaks(mut orders: Vec<Order>) -> (usize, Vec<(Pts, f64)>) {
    orders.sort_by_key(|order| (order.pts, order.run));
    // A recording may stop before the pictures come that were to be shown before its last.
    orders.truncate(orders.len().saturating_sub(CODED_AHEAD));
    let pairs = || orders.windows(2).filter(|pair| pair[0].run == pair[1].run);
    let mut times: BTreeMap<i64, usize> = BTreeMap::new();
    for pair in pairs() {
        *times.entry(pair[1].place - pair[0].place).or_default() += 1;
    }
    let Some((&usual, &followed)) = times.iter().max_by_key(|&(_, times)| times) else {
        return (0, Vec::new());
    };
    let off = pairs().filter_map(|pair| {
        let by = pair[1].place - pair[0].place - usual;
        let pictures = by.rem_euclid(pair[1].count) as f64 / usual.abs().max(1) as f64;
        (by != 0).then_some((pair[1].pts, pictures))
    });
    (followed, off.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pictures 0.04 s apart, an IDR picture with each of `idrs` and `between` pictures behind it.
    fn stream(idrs: &[u32], between: u32) -> Vec<Slice> {
        let group = |&number: &u32| {
            let idr = Slice {
                restarts: true,
                idr_number: Some(number),
                frame: Some((0, 16)),
                order: Some((0, 64)),
                reference: true,
                ..Slice::default()
            };
            let others = (1..=between).map(|n| Slice {
                frame: Some((n % 16, 16)),
                order: Some((2 * n % 64, 64)),
                reference: true,
                ..Slice::default()
            });
            std::iter::once(idr).chain(others).collect::<Vec<_>>()
        };
        idrs.iter().flat_map(group).collect()
    }

    fn clues(slices: &[Slice]) -> Vec<(&'static str, f64, f64)> {
        let mut numbers = Numbers::default();
        for (n, slice) in slices.iter().enumerate() {
            numbers.picture(Pts::from_seconds(n as f64 * 0.04), *slice);
        }
        let found = numbers.finish(Pts::ZERO);
        found.iter().map(|clue| (clue.name, clue.value, (clue.span.start_s * 25.0).round())).collect()
    }

    #[test]
    fn an_undisturbed_stream_gives_none_however_its_key_frames_are_numbered() {
        for idrs in [
            [0, 1, 0, 1, 0, 1, 0, 1],
            [0, 0, 0, 0, 0, 0, 0, 0],
            [3, 4, 5, 0, 1, 2, 3, 4],
            [7, 2, 9, 4, 1, 8, 3, 5],
        ] {
            assert_eq!(clues(&stream(&idrs, 24)), [], "{idrs:?}");
        }
    }

    #[test]
    fn key_frames_taken_out_break_the_numbers_of_those_that_are_left() {
        assert_eq!(clues(&stream(&[0, 1, 0, 0, 1, 0, 1], 24)), [("key-frame-number-off", 1.0, 75.0)]);
        let counted = [0, 1, 2, 6, 7, 8, 9, 10];
        assert_eq!(clues(&stream(&counted, 24)), [("key-frame-number-off", 3.0, 75.0)]);
        let of_no_rule = [7, 2, 9, 9, 1, 8, 3, 5];
        assert_eq!(clues(&stream(&of_no_rule, 24)), [("key-frame-number-off", 1.0, 75.0)]);
        // Two of four tell nothing.
        assert_eq!(clues(&stream(&[0, 1, 1, 0, 0], 24)), []);
    }

    #[test]
    fn pictures_taken_out_between_key_frames_break_number_and_order() {
        let mut cut = stream(&[0], 200);
        cut.drain(100..130);
        assert_eq!(clues(&cut), [("picture-number-off", 14.0, 100.0), ("picture-order-off", 30.0, 100.0)]);
        // A whole turn of either number does not show.
        let mut turn = stream(&[0], 200);
        turn.drain(100..132);
        assert_eq!(clues(&turn), []);
    }

    #[test]
    fn pictures_coded_ahead_of_others_and_those_that_nothing_is_predicted_from_break_nothing() {
        // Coded in the order I P b, P b, …: each b is shown before the P that was coded before it.
        let mut numbers = Numbers::default();
        for n in 0..100_u32 {
            let (shown, frame, reference) = match n {
                0 => (0, 0, true),
                n if n % 2 == 1 => (n + 1, (n / 2 + 1) % 16, true),
                n => (n - 1, (n / 2 + 1) % 16, false),
            };
            let slice = Slice {
                restarts: n == 0,
                idr_number: (n == 0).then_some(0),
                frame: Some((frame, 16)),
                order: Some((2 * shown % 64, 64)),
                reference,
                ..Slice::default()
            };
            numbers.picture(Pts::from_seconds(f64::from(shown) * 0.04), slice);
        }
        assert_eq!(numbers.finish(Pts::ZERO), []);
    }

    #[test]
    fn a_stream_that_keeps_to_no_rule_breaks_none() {
        let mut wild = stream(&[0], 300);
        for (n, slice) in wild.iter_mut().enumerate() {
            slice.frame = Some((n as u32 * 7 % 13, 16));
            slice.order = Some((n as u32 * 11 % 61, 64));
        }
        assert_eq!(clues(&wild), []);
    }
}
