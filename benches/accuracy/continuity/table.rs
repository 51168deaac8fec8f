//! Counting what was found, missed and invented, by what was done and how well it could be seen.

use std::collections::BTreeMap;

use pingcha::evidence::DiscontinuityKind as Kind;

use super::super::tally::{quantile, share};
use super::{Done, FAIL_CONFIDENCE, Found, Recording, TOLERANCE_S};

/// What one detector made of all recordings.
pub struct Table {
    name: &'static str,
    pub cpu_s: f64,
    footage_s: f64,
    unedited_s: f64,
    /// On unedited footage.
    false_fails: usize,
    false_reviews: usize,
    false_kinds: BTreeMap<Kind, usize>,
    rows: BTreeMap<String, Row>,
    /// Reported anywhere, by kind: right, wrong.
    precision: BTreeMap<Kind, (usize, usize)>,
}

#[derive(Default)]
struct Row {
    done: usize,
    /// A break is reported there, of whatever kind.
    found: usize,
    right_kind: usize,
    proven: usize,
    errors_s: Vec<f64>,
}

impl Table {
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            cpu_s: 0.0,
            footage_s: 0.0,
            unedited_s: 0.0,
            false_fails: 0,
            false_reviews: 0,
            false_kinds: BTreeMap::new(),
            rows: BTreeMap::new(),
            precision: BTreeMap::new(),
        }
    }

    pub fn note(&mut self, recording: &Recording, found: &[Found]) {
        self.footage_s += recording.duration_s;
        for done in &recording.events {
            let best = match_of(done, found);
            for name in rows_of(recording, done) {
                let row = self.rows.entry(name).or_default();
                row.done += 1;
                let Some(best) = best else { continue };
                row.found += 1;
                row.right_kind += usize::from(best.kind == done.kind);
                row.proven += usize::from(best.confidence >= FAIL_CONFIDENCE);
                row.errors_s.push((best.at_s - done.at_s).abs());
                if done.end_s > done.at_s && best.kind == done.kind {
                    row.errors_s.push((best.end_s - done.end_s).abs());
                }
            }
        }
        for found in found {
            let wrong = is_false(recording, found);
            let counts = self.precision.entry(found.kind).or_default();
            counts.0 += usize::from(!wrong);
            counts.1 += usize::from(wrong);
        }
        if recording.unedited {
            self.unedited_s += recording.duration_s;
            self.false_fails += found.iter().filter(|found| found.confidence >= FAIL_CONFIDENCE).count();
            self.false_reviews += found.iter().filter(|found| found.confidence < FAIL_CONFIDENCE).count();
            for found in found {
                *self.false_kinds.entry(found.kind).or_default() += 1;
            }
        }
    }

    pub fn print(mut self) {
        println!("\n## {}\n", self.name);
        println!("| what was done | n | recall | as its kind | as proven | error, median | 95 % |");
        println!("|---|---:|---:|---:|---:|---:|---:|");
        for (name, row) in &mut self.rows {
            let errors = &mut row.errors_s;
            println!(
                "| {name} | {} | {:.3} | {:.3} | {:.3} | {:.3} s | {:.3} s |",
                row.done,
                share(row.found, row.done),
                share(row.right_kind, row.done),
                share(row.proven, row.done),
                quantile(errors, 0.5),
                quantile(errors, 0.95),
            );
        }
        println!("\n| reported | right | wrong | precision |\n|---|---:|---:|---:|");
        for (kind, (right, wrong)) in &self.precision {
            println!("| {kind:?} | {right} | {wrong} | {:.3} |", share(*right, right + wrong));
        }
        let hours = self.unedited_s / 3600.0;
        println!(
            "\n{:.2} h unedited: {} false alarms as fail ({:.2} an hour), {} as review ({:.2} an hour) {:?}",
            hours,
            self.false_fails,
            self.false_fails as f64 / hours,
            self.false_reviews,
            self.false_reviews as f64 / hours,
            self.false_kinds,
        );
        if self.cpu_s > 0.0 {
            println!("{:.2} h in all, {:.0} CPU s", self.footage_s / 3600.0, self.cpu_s);
        }
    }
}

/// The report of something done: its own kind before others, then the nearest.
pub fn match_of<'f>(done: &Done, found: &'f [Found]) -> Option<&'f Found> {
    let near = found.iter().filter(|found| answers(done, found));
    near.min_by(|a, b| {
        let rank = |found: &Found| (found.kind != done.kind, (found.at_s - done.at_s).abs());
        let (a, b) = (rank(a), rank(b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    })
}

/// Whether this report is of what was done. Joins of pictures answer for one another: a cut told as
/// an insert or as a leap of the clock still shows the place to a person.
fn answers(done: &Done, found: &Found) -> bool {
    let joins = |kind: Kind| {
        matches!(kind, Kind::Cut | Kind::Insert | Kind::ClockJump | Kind::Gap | Kind::ResolutionChange)
    };
    let kinds_agree = found.kind == done.kind || (joins(done.kind) && joins(found.kind));
    let overlaps = found.at_s <= done.end_s + TOLERANCE_S && found.end_s >= done.at_s - TOLERANCE_S;
    kinds_agree && overlaps
}

/// A report that answers for nothing done.
pub fn is_false(recording: &Recording, found: &Found) -> bool {
    !recording.events.iter().any(|done| answers(done, found))
}

/// The lines of the table that a thing done counts in.
fn rows_of(recording: &Recording, done: &Done) -> Vec<String> {
    let sight = match (recording.clock, recording.steady) {
        (true, _) => "clock visible",
        (false, true) => "no clock, still room",
        (false, false) => "no clock, moving camera",
    };
    let mut rows = Vec::new();
    match (done.kind, done.removed_s) {
        (Kind::Cut, Some(removed_s)) => {
            let length = match removed_s {
                ..1.0 => "under 1 s",
                ..10.0 => "1 to 10 s",
                _ => "10 s and more",
            };
            rows.push(format!("cut, {length}, {sight}"));
            rows.push(format!("cut, 1 s and more, by {}", recording.how));
            if removed_s < 1.0 {
                rows.pop();
            }
        }
        (Kind::Insert, _) if done.forged => rows.push("insert, forged clock".to_owned()),
        (Kind::Insert, _) => {
            rows.push(format!("insert, {sight}"));
            rows.push(format!("insert, not forged, by {}", recording.how));
        }
        (kind, _) => rows.push(format!("{kind:?}").to_lowercase()),
    }
    rows
}
