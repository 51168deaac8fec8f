//! When a clip was recorded, by each record that tells: the burnt-in clock, the file's name, the
//! container. Each with what it can be trusted to.
//!
//! All times are civil: seconds since 1970-01-01 00:00 as a clock on the wall shows them.

use jiff::civil;
use jiff::tz::TimeZone;

use crate::evidence::{ClockDoubt, ClockFacts, ClockJump, ClockReading};

pub const DAY_S: f64 = 86_400.0;

/// Containers without a creation time carry their epoch (1904, 1970); cameras of this kind are younger.
const EARLIEST_YEAR: i16 = 2000;

const EPOCH: civil::DateTime = civil::date(1970, 1, 1).at(0, 0, 0, 0);

/// A clock's rate where no line was fitted to it: far worse than the 35 ppm of the camera standard.
const UNKNOWN_RATE_ERROR: f64 = 500e-6;

/// A moment and the half width of what the record leaves open.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    pub at_s: f64,
    pub uncertainty_s: f64,
}

/// Civil seconds of a civil time.
pub fn civil_seconds_of(moment: civil::DateTime) -> f64 {
    moment.duration_since(EPOCH).as_secs_f64()
}

/// The civil time of civil seconds, to the second; `None` out of the calendar's range.
pub fn civil(civil_s: f64) -> Option<civil::DateTime> {
    EPOCH.checked_add(jiff::SignedDuration::from_secs(civil_s.floor() as i64)).ok()
}

/// Civil seconds as people write them; only the time of day for a clock without a date.
pub fn text(civil_s: f64, dated: bool) -> String {
    match EPOCH.checked_add(jiff::SignedDuration::from_secs(civil_s.floor() as i64)) {
        Ok(moment) if dated => moment.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        Ok(moment) => moment.strftime("%H:%M:%S").to_string(),
        Err(_) => format!("{civil_s:.0}"),
    }
}

/// Whether the burnt-in clock shows a date, and one that could be read surely.
pub fn is_dated(clock: &ClockFacts) -> bool {
    clock.unsure.is_none() && clock.format.as_deref().is_some_and(|format| format.contains("%d"))
}

/// What the burnt-in clock stands at when the first picture is presented; `None` where its hour or minute is unsure.
pub fn clock_at_start(clock: &ClockFacts) -> Option<f64> {
    if clock.unsure == Some(ClockDoubt::Time) {
        return None;
    }
    let first = clock.readings.iter().find(|reading| reading.fits)?;
    match &clock.fit {
        // The line holds at the start only where no leap parts it from there.
        Some(fit) if clock.jumps.is_empty() => Some(fit.offset_s),
        _ => Some(first.shown_s - first.at_s),
    }
}

/// What the burnt-in clock stood at when the clip's first picture was taken, by the readings before
/// the first leap. A picture in which the second changes is worth more than the displayed second.
pub fn clock_start(clock: &ClockFacts) -> Option<Moment> {
    // A leap known to the picture is at the first one behind it.
    let before = |at_s: f64, jump: &ClockJump| at_s < jump.at_s && at_s <= jump.at_s - jump.uncertainty_s;
    clock_at(clock, 0.0, |reading| clock.jumps.iter().all(|jump| before(reading.at_s, jump)))
}

/// The same at `end_s`, by the readings behind the last leap.
pub fn clock_end(clock: &ClockFacts, end_s: f64) -> Option<Moment> {
    let leaps = clock.jumps.iter().map(|jump| jump.at_s + jump.uncertainty_s);
    let from_s = leaps.fold(f64::NEG_INFINITY, f64::max);
    clock_at(clock, end_s, |reading| reading.at_s >= from_s)
}

/// Each reading says that the clock stood within the displayed second (or minute); what all of them
/// leave open, carried to `at_s` by the clock's rate, is the answer.
fn clock_at(clock: &ClockFacts, at_s: f64, counts: impl Fn(&ClockReading) -> bool) -> Option<Moment> {
    if clock.unsure == Some(ClockDoubt::Time) {
        return None;
    }
    let shows_seconds =
        clock.format.as_deref().is_none_or(|format| format.contains("%S") || format.contains("%T"));
    let displayed_s = if shows_seconds { 1.0 } else { 60.0 };
    let (rate, rate_error) = match &clock.fit {
        Some(fit) => (1.0 + fit.drift_ppm * 1e-6, fit.drift_uncertainty_ppm * 1e-6),
        None => (1.0, UNKNOWN_RATE_ERROR),
    };
    let (mut low_s, mut high_s) = (f64::NEG_INFINITY, f64::INFINITY);
    for reading in clock.readings.iter().filter(|reading| reading.fits && counts(reading)) {
        let away_s = at_s - reading.at_s;
        let carried_s = reading.shown_s + away_s * rate;
        let error_s = away_s.abs() * rate_error;
        low_s = low_s.max(carried_s - error_s);
        high_s = high_s.min(carried_s + displayed_s + error_s);
    }
    // Readings that agree to the displayed second can still miss each other by a frame or two.
    (low_s.is_finite() && high_s.is_finite())
        .then(|| Moment { at_s: (low_s + high_s) / 2.0, uncertainty_s: ((high_s - low_s) / 2.0).abs() })
}

/// Civil seconds of a container's time as written, its zone aside.
pub fn container_seconds(rfc3339: &str) -> Option<f64> {
    let timestamp: jiff::Timestamp = rfc3339.parse().ok()?;
    let year = timestamp.to_zoned(TimeZone::UTC).year();
    (year >= EARLIEST_YEAR).then_some(timestamp.as_second() as f64)
}

/// The two things that a container's time can mean: local time written as if it were UTC (a habit of
/// cameras), and UTC as the format's standard has it, here as local time.
pub fn container_meanings(written_s: f64, utc_offset_s: f64) -> [f64; 2] {
    [written_s, written_s + utc_offset_s]
}

/// Local time less UTC at that UTC time.
pub fn utc_offset_s(zone: &TimeZone, written_s: f64) -> f64 {
    let timestamp = jiff::Timestamp::from_second(written_s as i64).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    f64::from(zone.to_offset(timestamp).seconds())
}

/// The same time of day, on the day that brings it nearest to `reference_s`.
pub fn nearest_day(time_of_day_s: f64, reference_s: f64) -> f64 {
    time_of_day_s + ((reference_s - time_of_day_s) / DAY_S).round() * DAY_S
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::ClockFit;

    const FULL: &str = "%Y-%m-%d %H:%M:%S";

    fn reading(at_s: f64, shown_s: f64) -> ClockReading {
        ClockReading { at_s, text: String::new(), shown_s, confidence: 0.9, fits: true }
    }

    fn clock(readings: &[(f64, f64)]) -> ClockFacts {
        ClockFacts {
            format: Some(FULL.to_owned()),
            readings: readings.iter().map(|&(at_s, shown_s)| reading(at_s, shown_s)).collect(),
            fit: Some(ClockFit {
                offset_s: 100.24,
                drift_ppm: 0.0,
                drift_uncertainty_ppm: 100.0,
                residual_s: 0.0,
            }),
            ..ClockFacts::default()
        }
    }

    #[test]
    fn the_picture_in_which_the_second_changes_gives_the_phase() {
        let clock = clock(&[(0.0, 100.0), (0.72, 100.0), (0.76, 101.0), (19.72, 119.0), (19.76, 120.0)]);
        let start = clock_start(&clock).unwrap();
        assert!((start.at_s - 100.26).abs() < 1e-3 && start.uncertainty_s < 0.03, "{start:?}");
        let end = clock_end(&clock, 20.0).unwrap();
        assert!((end.at_s - 120.26).abs() < 1e-3 && end.uncertainty_s < 0.03, "{end:?}");
    }

    #[test]
    fn one_reading_leaves_a_second_open_and_none_everything() {
        let start = clock_start(&clock(&[(0.0, 100.0)])).unwrap();
        assert_eq!((start.at_s, start.uncertainty_s), (100.5, 0.5));
        assert_eq!(clock_start(&clock(&[])), None);
        let mut minutes = clock(&[(0.0, 60.0)]);
        minutes.format = Some("%H:%M".to_owned());
        assert_eq!(clock_start(&minutes).unwrap().uncertainty_s, 30.0);
    }

    #[test]
    fn what_is_unsure_is_not_said() {
        let mut clock = clock(&[(0.0, 100.0)]);
        clock.unsure = Some(ClockDoubt::Date);
        assert_eq!((is_dated(&clock), clock_start(&clock).is_some()), (false, true));
        clock.unsure = Some(ClockDoubt::Time);
        assert_eq!((clock_at_start(&clock), clock_start(&clock)), (None, None));
    }

    #[test]
    fn a_leap_parts_the_start_from_the_end() {
        let mut clock = clock(&[(0.0, 100.0), (9.0, 109.0), (11.0, 171.0), (19.0, 179.0)]);
        clock.jumps.push(ClockJump { at_s: 10.0, uncertainty_s: 1.0, by_s: 60.0, confidence: 0.9 });
        assert!((clock_start(&clock).unwrap().at_s - 100.5).abs() < 0.01);
        assert!((clock_end(&clock, 20.0).unwrap().at_s - 180.5).abs() < 0.01);
        clock.jumps[0] = ClockJump { at_s: 11.0, uncertainty_s: 0.0, ..clock.jumps[0] };
        assert!((clock_start(&clock).unwrap().at_s - 100.5).abs() < 0.01);
        assert!((clock_end(&clock, 20.0).unwrap().at_s - 180.5).abs() < 0.01);
    }

    #[test]
    fn a_time_of_day_is_put_on_the_nearest_day() {
        assert_eq!(nearest_day(10.0, 3.0 * DAY_S - 20.0), 3.0 * DAY_S + 10.0);
    }

    #[test]
    fn local_time_is_ahead_of_utc_by_the_zones_offset() {
        let shanghai = jiff::tz::TimeZoneDatabase::bundled().get("Asia/Shanghai").unwrap();
        assert_eq!(utc_offset_s(&shanghai, 1_741_944_611.0), 28_800.0);
    }
}
