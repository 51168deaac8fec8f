//! All straight lines that a clock may run on, given what it showed.
//!
//! A clock that shows `s` stands somewhere in `s ≤ clock < s + resolution`. Each reading so leaves
//! a strip of (offset, rate) pairs; together they leave a convex polygon, empty when no one line
//! explains them all. That is exact where a least-squares fit through floored seconds is not: how
//! far a rate is known follows from the readings themselves.

/// One reading of the clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    pub at_s: f64,
    pub shown_s: f64,
    /// The step in which the clock counts.
    pub resolution_s: f64,
    /// How much sooner or later than time stamps say it may have been drawn.
    pub slack_s: f64,
    /// 0 to 1, from the recogniser.
    pub confidence: f32,
    /// Pictures without a readable clock lie between the reading before and this one.
    pub after_gap: bool,
}

/// A camera draws the time while the picture waits to be coded: among the turns of its displayed
/// second, one may be drawn this many pictures later than another, less the one that time stamps
/// cannot tell.
const DRAWING_SLACK_PICTURES: f64 = 3.0;

/// How much sooner or later than the middle of them a turn may be drawn, where pictures follow each
/// other in `picture_interval_s`.
pub fn drawing_slack_s(picture_interval_s: f64) -> f64 {
    DRAWING_SLACK_PICTURES * picture_interval_s / 2.0
}

/// Lowest and highest error of a clock's rate, as a share.
pub type Rates = (f64, f64);

/// A quartz clock is right to 100 ppm and a bad one to 500; a working clock is never further from
/// the right rate than this (86 s a day).
pub const WORKING_RATES: Rates = (-1e-3, 1e-3);

/// No clock that runs forward is further from the right rate than this (2.4 hours a day).
pub const ANY_RATES: Rates = (-0.1, 0.1);

/// A clock that runs backward.
pub const BACKWARD_RATES: Rates = (-2.1, -1.9);

/// Rounding of time stamps and sums.
const EPSILON_S: f64 = 1e-9;

/// The lines `clock(t) = t + base + x + r · (t - origin)` that remain.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    origin_s: f64,
    base_s: f64,
    /// Corners (x, r) of the polygon, in order around it.
    corners: Vec<(f64, f64)>,
}

impl Band {
    /// The lines through one reading whose rate is wrong by so much.
    pub fn through(reading: &Reading, (slow, fast): Rates) -> Self {
        let (low, high) = (-reading.slack_s, reading.resolution_s + reading.slack_s);
        Self {
            origin_s: reading.at_s,
            base_s: reading.shown_s - reading.at_s,
            corners: vec![(low, slow), (high, slow), (high, fast), (low, fast)],
        }
    }

    /// Those of the lines that also go through `reading`; `None` when there are none.
    pub fn narrowed(&self, reading: &Reading) -> Option<Self> {
        let elapsed_s = reading.at_s - self.origin_s;
        let ahead_s = reading.shown_s - reading.at_s - self.base_s;
        let low = ahead_s - reading.slack_s;
        let high = ahead_s + reading.resolution_s + reading.slack_s;
        let above = clipped(&self.corners, |(x, r)| x + r * elapsed_s - low);
        let corners = clipped(&above, |(x, r)| high - x - r * elapsed_s);
        (!corners.is_empty()).then_some(Self { corners, ..*self })
    }

    /// Earliest and latest time that the clock can stand at when `at_s` is presented.
    pub fn clock_at(&self, at_s: f64) -> (f64, f64) {
        let elapsed_s = at_s - self.origin_s;
        let (low, high) = extent(self.corners.iter().map(|&(x, r)| x + r * elapsed_s));
        (at_s + self.base_s + low, at_s + self.base_s + high)
    }

    /// Lowest and highest error of the rate, as a share.
    pub fn rate_errors(&self) -> (f64, f64) {
        extent(self.corners.iter().map(|&(_, r)| r))
    }

    /// The line in the middle of them: clock at time 0, and error of its rate.
    pub fn middle(&self) -> (f64, f64) {
        let (low, high) = self.rate_errors();
        let rate_error = (low + high) / 2.0;
        let at_or_below = clipped(&self.corners, |(_, r)| rate_error + EPSILON_S - r);
        let there = clipped(&at_or_below, |(_, r)| r - rate_error + EPSILON_S);
        let (least, most) = extent(there.iter().map(|&(x, _)| x));
        (self.base_s + (least + most) / 2.0 - rate_error * self.origin_s, rate_error)
    }
}

/// The part of a convex polygon where `inside` is not negative (Sutherland and Hodgman, 1974).
fn clipped(corners: &[(f64, f64)], inside: impl Fn((f64, f64)) -> f64) -> Vec<(f64, f64)> {
    let mut kept = Vec::with_capacity(corners.len() + 1);
    for (at, &corner) in corners.iter().enumerate() {
        let next = corners[(at + 1) % corners.len()];
        let (here, there) = (inside(corner), inside(next));
        if here >= -EPSILON_S {
            kept.push(corner);
        }
        if (here > EPSILON_S && there < -EPSILON_S) || (here < -EPSILON_S && there > EPSILON_S) {
            let share = here / (here - there);
            kept.push((corner.0 + share * (next.0 - corner.0), corner.1 + share * (next.1 - corner.1)));
        }
    }
    kept
}

fn extent(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(at_s: f64, shown_s: f64) -> Reading {
        Reading {
            at_s,
            shown_s,
            resolution_s: 1.0,
            slack_s: drawing_slack_s(0.04),
            confidence: 1.0,
            after_gap: false,
        }
    }

    fn band(clock: impl Fn(f64) -> f64, times: impl Iterator<Item = f64>) -> Band {
        let mut readings = times.map(|at_s| reading(at_s, clock(at_s).floor()));
        let first = Band::through(&readings.next().unwrap(), ANY_RATES);
        readings.fold(first, |band, reading| band.narrowed(&reading).unwrap())
    }

    #[test]
    fn the_true_line_stays_inside() {
        let (offset, rate) = (1_741_944_611.37, 1.000_2);
        let band = band(|t| offset + rate * t, (0..300).map(|n| f64::from(n) * 2.04));
        let (low, high) = band.clock_at(300.0);
        let truth = offset + rate * 300.0;
        assert!(low <= truth && truth <= high, "{low} {truth} {high}");
        let (slow, fast) = band.rate_errors();
        assert!(slow <= 2e-4 && 2e-4 <= fast && fast - slow < 2e-3, "{slow} {fast}");
        let (offset_s, rate_error) = band.middle();
        assert!(
            (offset_s - offset).abs() < 0.5 && (rate_error - 2e-4).abs() < 1e-3,
            "{offset_s} {rate_error}"
        );
    }

    #[test]
    fn a_short_clip_leaves_the_rate_open() {
        let band = band(|t| 100.36 + t, (0..18).map(|n| f64::from(n) * 2.0));
        let (slow, fast) = band.rate_errors();
        assert!(slow < -0.02 && fast > 0.02, "{slow} {fast}");
    }

    #[test]
    fn pictures_around_the_turn_of_a_second_close_it() {
        let ends = (0..50).map(|n| f64::from(n) * 0.04).chain((850..900).map(|n| f64::from(n) * 0.04));
        let band = band(|t| 100.36 + 1.03 * t, ends);
        let (slow, fast) = band.rate_errors();
        assert!(slow > 0.018 && fast < 0.042, "{slow} {fast}");
    }

    #[test]
    fn a_leap_leaves_no_line() {
        let start = Band::through(&reading(0.0, 100.0), ANY_RATES);
        assert_eq!(start.narrowed(&reading(2.0, 105.0)), None);
        assert!(start.narrowed(&reading(2.0, 103.0)).is_some());
    }
}
