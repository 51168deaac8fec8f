//! Readings of which a digit that stands still was misread, put on the line that the others tell.

use super::super::Kept;
use super::super::band::Reading;
use super::super::format::{Layout, LayoutKind};
use super::super::seen::{MIN_CONFIDENCE, Seen};

pub const DAY_S: f64 = 86_400.0;

const MINUTE_S: f64 = 60.0;

/// A time this near to the line of the others needs no other hour or minute.
const NEAR_LINE_S: f64 = 20.0;

/// Of a minute, an hour or a date that wavers, only what the recogniser is less sure of is put on the line that the others
/// tell. Of seven digits that were misread in most pictures of drawn clips (docs/accuracy.md) five had less on average.
const MENDED_BELOW: f32 = 0.95;

/// A digit wavers that is read now as the line says and now otherwise, so many times to and fro: a leap changes it once, and
/// foreign pictures between twice.
const MIN_CHANGES: usize = 3;

/// More digits that are misread at once are another time.
const MAX_MENDED: usize = 2;

/// The line that most of the clip's readings stand on, before any is explained.
pub struct UsualLine {
    kind: LayoutKind,
    layout: Layout,
    /// Clock less presentation time.
    ahead_s: Option<f64>,
    /// Of each digit of the time, whether it stands still and is read now so and now otherwise.
    wavering: Vec<bool>,
}

impl UsualLine {
    pub fn of(kept: &[Kept], kind: LayoutKind, layout: Layout) -> Self {
        let read = kept.iter().filter_map(|kept| {
            let seen = kept.seen.as_ref()?;
            let shown = seen.way(kind)?;
            Some((shown.shown_s - kept.at_s, seen.least_confidence(shown)?))
        });
        let read: Vec<(f64, f32)> = read.collect();
        let weight = |of: f64| -> f32 {
            read.iter().filter(|(other, _)| (other - of).abs() <= NEAR_LINE_S).map(|(_, sure)| sure).sum()
        };
        // The first of equals, so that the answer does not hang on an iterator's habit.
        let usual = read.iter().rev().max_by(|a, b| weight(a.0).total_cmp(&weight(b.0)));
        let ahead_s = usual.map(|(ahead_s, _)| *ahead_s);
        let mut line = Self { kind, layout, ahead_s, wavering: Vec::new() };
        let by_recogniser = |kept: &Kept| kept.seen.clone().filter(|seen| !seen.compared);
        let agreements: Vec<Vec<bool>> = kept
            .iter()
            .filter_map(|kept| {
                let (_, digits) = line.meant(kept.at_s, &by_recogniser(kept)?)?;
                Some(digits.iter().map(|digit| digit.read == digit.meant).collect())
            })
            .collect();
        let changes =
            |digit: usize| agreements.windows(2).filter(|pair| pair[0][digit] != pair[1][digit]).count();
        let (seconds, date) = (layout.digits_before_seconds().unwrap_or(0), layout.date_digits());
        let count = agreements.first().map_or(0, Vec::len);
        let stands_still = |digit: usize| digit < seconds || date.contains(&digit);
        line.wavering =
            (0..count).map(|digit| stands_still(digit) && changes(digit) >= MIN_CHANGES).collect();
        line
    }

    /// The time that a line shows, with its confidence; `None` where it is none of the clock's kind, or too unsure. Of
    /// digits that waver only those count that are as they were read: others are what the line says.
    pub fn time(&self, at_s: f64, seen: &Seen) -> Option<(f64, f32)> {
        let as_read = seen.as_kind(self.kind).map(|(shown, confidence)| (shown.shown_s, confidence));
        match as_read {
            Some((shown_s, _)) if !self.is_off(at_s, shown_s) => as_read,
            _ => self.mended(at_s, seen).or(as_read),
        }
    }

    fn mended(&self, at_s: f64, seen: &Seen) -> Option<(f64, f32)> {
        let (mended_s, digits) = self.meant(at_s, seen)?;
        let doubtful = |(digit, place): &(usize, &Place)| {
            self.wavering.get(*digit) == Some(&true) && place.confidence < MENDED_BELOW
        };
        let (doubtful, others): (Vec<_>, Vec<_>) = digits.iter().enumerate().partition(doubtful);
        let mended = doubtful.iter().filter(|(_, place)| place.read != place.meant).count();
        let as_meant = others.iter().all(|(_, place)| place.read == place.meant);
        let confidence = others.iter().map(|(_, place)| place.confidence).fold(1.0, f32::min);
        (as_meant && confidence >= MIN_CONFIDENCE && mended <= MAX_MENDED).then_some((mended_s, confidence))
    }

    /// The time near the usual line that has the seconds which were read, with all digits of its time as they were read and as
    /// that time would have them.
    fn meant(&self, at_s: f64, seen: &Seen) -> Option<(f64, Vec<Place>)> {
        let expected_s = self.ahead_s? + at_s;
        let second_s = seen.way(self.kind)?.shown_s.rem_euclid(MINUTE_S);
        let meant_s = ((expected_s - second_s) / MINUTE_S).round() * MINUTE_S + second_s;
        if (meant_s - expected_s).abs() > NEAR_LINE_S {
            return None;
        }
        let digits = self.layout.digits(meant_s)?;
        let characters: Vec<char> = seen.text.chars().collect();
        let places = seen.digits(self.kind, digits.len())?.into_iter().zip(digits).map(|(at, meant)| {
            Some(Place { read: *characters.get(at)?, meant, confidence: *seen.confidences.get(at)? })
        });
        Some((meant_s, places.collect::<Option<_>>()?))
    }

    fn is_off(&self, at_s: f64, shown_s: f64) -> bool {
        self.ahead_s.is_some_and(|ahead_s| (shown_s - at_s - ahead_s).abs() > NEAR_LINE_S)
    }
}

/// A digit of a reading.
struct Place {
    read: char,
    meant: char,
    confidence: f32,
}

/// A date does not change between midnights: a reading that is whole days off, while its time of day
/// goes on, has a misread date and gets that of the surest readings. What else it says is not touched.
/// Where so many say otherwise that the date is unsure, their confidence tells.
pub fn mend_dates(readings: &mut [Reading]) {
    const GOES_ON_S: f64 = 600.0;
    // With more readings of other dates the usual one is no surer than its share of them.
    const UNCONTESTED_SHARE: f32 = 0.8;
    let line_s = |reading: &Reading| reading.shown_s - reading.at_s;
    let weight = |of: &Reading| -> f32 {
        let same_day = readings.iter().filter(|other| (line_s(other) - line_s(of)).abs() < DAY_S / 2.0);
        same_day.map(|other| other.confidence).sum()
    };
    // The first of equals, so that the answer does not hang on an iterator's habit.
    let Some(usual_s) = readings.iter().rev().max_by(|a, b| weight(a).total_cmp(&weight(b))).map(line_s)
    else {
        return;
    };
    let day = |at_s: f64| ((usual_s + at_s) / DAY_S).floor();
    let (sum, agreeing) = readings.iter().fold((0.0, 0.0), |(sum, agreeing), reading| {
        let agrees = (line_s(reading) - usual_s).abs() < DAY_S / 2.0;
        (sum + reading.confidence, agreeing + if agrees { reading.confidence } else { 0.0 })
    });
    let (first_s, last_s) =
        (readings.first().map_or(0.0, |r| r.at_s), readings.last().map_or(0.0, |r| r.at_s));
    if day(first_s - GOES_ON_S) != day(last_s + GOES_ON_S) {
        return;
    }
    let contested = agreeing < UNCONTESTED_SHARE * sum;
    for reading in readings {
        let off_s = line_s(reading) - usual_s;
        let days = (off_s / DAY_S).round();
        if days != 0.0 && (off_s - days * DAY_S).abs() < GOES_ON_S {
            reading.shown_s -= days * DAY_S;
        }
        if contested {
            reading.confidence = reading.confidence.min(agreeing / sum);
        }
    }
}

/// A clock without a date starts anew at midnight: its readings are put on the day that time stamps
/// say.
pub fn count_past_midnight(readings: &mut [Reading]) {
    for at in 1..readings.len() {
        let expected_s = readings[at - 1].shown_s + readings[at].at_s - readings[at - 1].at_s;
        let days = ((expected_s - readings[at].shown_s) / DAY_S).round();
        readings[at].shown_s += days * DAY_S;
    }
}
