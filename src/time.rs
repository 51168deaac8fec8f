//! Time on a clip's own line: a checked type built on presentation time stamps (PTS).
//!
//! The media layer counts in nanoseconds, as GStreamer does. Evidence and reports hold plain
//! seconds counted from the first presented frame; [`Pts::seconds`] is the one way across.

use serde::{Deserialize, Serialize};

const NANOSECONDS_PER_SECOND: f64 = 1e9;

/// A presentation time stamp: nanoseconds on the clip's presentation line. Signed, because sound
/// may start before the first picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Pts(i64);

impl Pts {
    pub const ZERO: Pts = Pts(0);

    pub const fn from_nanoseconds(nanoseconds: i64) -> Self {
        Self(nanoseconds)
    }

    /// The nearest time stamp to `seconds`; saturates at the ends of the range (± 292 years).
    pub fn from_seconds(seconds: f64) -> Self {
        Self((seconds * NANOSECONDS_PER_SECOND).round() as i64)
    }

    pub const fn nanoseconds(self) -> i64 {
        self.0
    }

    /// `None` when the sum leaves the range, which only a damaged file brings about.
    pub fn checked_add(self, nanoseconds: i64) -> Option<Self> {
        self.0.checked_add(nanoseconds).map(Self)
    }

    /// Nanoseconds from `earlier` to `self`; `None` when the difference leaves the range.
    pub fn checked_since(self, earlier: Pts) -> Option<i64> {
        self.0.checked_sub(earlier.0)
    }

    /// Seconds from `origin` to `self`, rounded to a microsecond so that a report does not show
    /// the noise of binary fractions.
    pub fn seconds(self, origin: Pts) -> f64 {
        round_to_microsecond((self.0 as f64 - origin.0 as f64) / NANOSECONDS_PER_SECOND)
    }
}

/// Rounds seconds to the microsecond: the resolution of every time that is written down.
pub fn round_to_microsecond(seconds: f64) -> f64 {
    (seconds * 1e6).round() / 1e6
}

/// A stretch of a clip, in seconds from the first presented frame.
#[derive(
    Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct Span {
    pub start_s: f64,
    pub end_s: f64,
}

impl Span {
    pub const fn new(start_s: f64, end_s: f64) -> Self {
        Self { start_s, end_s }
    }

    pub fn duration_s(self) -> f64 {
        self.end_s - self.start_s
    }

    pub fn contains(self, at_s: f64) -> bool {
        self.start_s <= at_s && at_s <= self.end_s
    }

    pub fn overlaps(self, other: Span) -> bool {
        self.start_s < other.end_s && other.start_s < self.end_s
    }

    /// The span with `margin_s` on either side, not before the clip's start.
    pub fn widened(self, margin_s: f64) -> Span {
        Span::new((self.start_s - margin_s).max(0.0), self.end_s + margin_s)
    }
}

/// Sorts spans and joins those that overlap or lie at most `bridge_s` apart.
pub fn joined(mut spans: Vec<Span>, bridge_s: f64) -> Vec<Span> {
    spans.sort_by(|a, b| a.start_s.total_cmp(&b.start_s));
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start_s <= last.end_s + bridge_s => {
                last.end_s = last.end_s.max(span.end_s);
            }
            _ => joined.push(span),
        }
    }
    joined
}

/// What of `spans` lies in none of `taken`.
pub fn outside(spans: &[Span], taken: &[Span]) -> Vec<Span> {
    let taken = joined(taken.to_vec(), 0.0);
    let mut left = Vec::new();
    for span in spans {
        let mut from_s = span.start_s;
        for other in taken.iter().filter(|other| other.overlaps(*span)) {
            if other.start_s > from_s {
                left.push(Span::new(from_s, other.start_s));
            }
            from_s = from_s.max(other.end_s);
        }
        if from_s < span.end_s {
            left.push(Span::new(from_s, span.end_s));
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_count_from_the_origin() {
        let origin = Pts::from_seconds(1.4);
        assert_eq!(Pts::from_seconds(3.92).seconds(origin), 2.52);
        assert_eq!(Pts::ZERO.seconds(origin), -1.4);
    }

    #[test]
    fn arithmetic_refuses_to_wrap() {
        assert_eq!(Pts::from_nanoseconds(i64::MAX).checked_add(1), None);
        assert_eq!(Pts::from_nanoseconds(i64::MIN).checked_since(Pts::from_seconds(1.0)), None);
    }

    #[test]
    fn joining_bridges_small_holes_only() {
        let spans = vec![Span::new(4.0, 5.0), Span::new(0.0, 1.0), Span::new(1.2, 2.0)];
        assert_eq!(joined(spans, 0.5), vec![Span::new(0.0, 2.0), Span::new(4.0, 5.0)]);
    }

    #[test]
    fn what_lies_outside_is_what_was_not_taken() {
        let spans = [Span::new(0.0, 10.0), Span::new(20.0, 30.0)];
        let taken = [Span::new(25.0, 40.0), Span::new(2.0, 3.0), Span::new(2.5, 4.0)];
        assert_eq!(
            outside(&spans, &taken),
            [Span::new(0.0, 2.0), Span::new(4.0, 10.0), Span::new(20.0, 25.0)]
        );
        assert_eq!(outside(&spans, &[]), spans);
        assert_eq!(outside(&spans, &[Span::new(0.0, 30.0)]), []);
    }
}
