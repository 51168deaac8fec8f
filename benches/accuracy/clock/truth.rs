//! What `make_clocks.py` drew, and whether a reading says so.

use pingcha::evidence::{ClockFacts, ClockReading};
use serde::Deserialize;

use super::DAY_S;

/// Stands in a reading's text for a digit that is not sure.
const UNSURE_DIGIT: char = '?';

#[derive(Deserialize)]
pub struct Truth {
    pub part: String,
    pub seed: u64,
    pub crops: Vec<Crop>,
    pub clips: Vec<Clip>,
}

#[derive(Deserialize)]
pub struct Crop {
    pub file: String,
    pub text: String,
    pub shown_s: f64,
    pub format: String,
    pub font: String,
    pub size_px: u32,
}

#[derive(Deserialize)]
pub struct Clip {
    pub file: String,
    pub group: String,
    pub event: String,
    pub duration_s: f64,
    pub frame_rate: f64,
    pub height: u32,
    pub font: String,
    pub size_px: u32,
    pub bits: f64,
    pub key_s: f64,
    /// From when to when its letters are of another face.
    #[serde(default)]
    pub other_face: Option<(f64, f64)>,
    /// `None` where there is no clock, or none that can be read.
    pub clock: Option<Clock>,
}

/// As `make_clocks.py` draws it.
#[derive(Deserialize)]
pub struct Clock {
    pub format: String,
    pub start_s: f64,
    pub rate_ppm: f64,
    pub leaps: Vec<(f64, f64)>,
    pub stopped: Vec<(f64, f64)>,
    pub shown: Vec<(f64, f64)>,
    pub resolution_s: f64,
    pub late_s: f64,
    pub legible: bool,
}

impl Clock {
    pub fn at(&self, t: f64) -> f64 {
        let stop = self.stopped.iter().find(|(start, end)| (*start..*end).contains(&t));
        let t = stop.map_or(t, |(start, _)| *start);
        let leapt: f64 = self.leaps.iter().filter(|(at_s, _)| t >= *at_s).map(|(_, by_s)| by_s).sum();
        self.start_s + t * (1.0 + self.rate_ppm / 1e6) + leapt
    }

    /// Whether it showed that at `t`, or up to a picture earlier: a new digit takes one to come out. Of a
    /// date that is said to be ambiguous only the time of day counts.
    pub fn showed(&self, shown_s: f64, t: f64, picture_s: f64, ambiguous: bool) -> bool {
        let dated = self.format.contains("%d") && !ambiguous;
        [0.0, picture_s, self.late_s, self.late_s + picture_s].iter().any(|late_s| {
            let drawn_s = ((self.at(t - late_s) + 1e-6) / self.resolution_s).floor() * self.resolution_s;
            let apart_s = shown_s - drawn_s;
            let apart_s = if dated { apart_s } else { apart_s - (apart_s / DAY_S).round() * DAY_S };
            apart_s.abs() < 0.6 * self.resolution_s
        })
    }

    /// Whether every digit that a reading states is one that it showed, a `?` stating nothing.
    pub fn showed_what_is_stated(&self, reading: &ClockReading, picture_s: f64) -> bool {
        let numbers = ["%A", "%a", "%p"].iter().fold(self.format.clone(), |all, word| all.replace(word, ""));
        let stated: Vec<char> =
            reading.text.chars().filter(|c| c.is_ascii_digit() || *c == UNSURE_DIGIT).collect();
        let epoch = jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0);
        [0.0, picture_s, self.late_s, self.late_s + picture_s].iter().any(|late_s| {
            let drawn_s =
                ((self.at(reading.at_s - late_s) + 1e-6) / self.resolution_s).floor() * self.resolution_s;
            let moment = jiff::SignedDuration::from_millis((drawn_s * 1e3).round() as i64);
            let Ok(moment) = epoch.checked_add(moment) else { return false };
            let written = moment.strftime(&numbers).to_string();
            let drawn: Vec<char> = written.chars().filter(char::is_ascii_digit).collect();
            let same = |(stated, drawn): (&char, &char)| *stated == UNSURE_DIGIT || stated == drawn;
            drawn.len() == stated.len() && stated.iter().zip(&drawn).all(same)
        })
    }

    pub fn has_format(&self, facts: &ClockFacts) -> bool {
        [&facts.format, &facts.other_format].into_iter().flatten().any(|format| *format == self.format)
    }
}
