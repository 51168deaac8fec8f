//! Rows that name what no other sheet holds. They can be used, so these are notes; nothing is dropped.

use std::collections::BTreeSet;

use super::Records;
use super::matching::{base, device_key, stem};
use super::problem::{Problem, Severity};
use super::sheets::{At, Row};
use crate::lang::Prose;

/// A note for each reference that leads nowhere. Sheets that the file does not have are not asked.
pub fn notes(records: &Records) -> Vec<Problem> {
    let rows = &records.rows;
    let mut notes = Vec::new();
    if records.sheet("events").is_some() {
        let known: BTreeSet<&str> = rows.events.iter().filter_map(|event| event.number.as_deref()).collect();
        let holds = |number: &str| known.contains(number);
        dangling(records, &rows.clips, "event", |row| row.event.as_deref(), holds, &mut notes);
        dangling(records, &rows.interruptions, "event", |row| row.event.as_deref(), holds, &mut notes);
        dangling(records, &rows.holds, "event", |row| row.event.as_deref(), holds, &mut notes);
        dangling(records, &rows.discs, "event", |row| row.event.as_deref(), holds, &mut notes);
    }
    if records.sheet("clips").is_some() {
        let known: BTreeSet<String> =
            rows.clips.iter().filter_map(|clip| clip.file.as_deref().map(base)).collect();
        let stems: BTreeSet<String> =
            rows.clips.iter().filter_map(|clip| clip.file.as_deref().map(stem)).collect();
        let holds = |file: &str| {
            let file = base(file);
            known.contains(&file) || stems.contains(stem(&file).as_str()) && !file.contains('.')
        };
        dangling(records, &rows.viewings, "file", |row| row.file.as_deref(), holds, &mut notes);
        dangling(records, &rows.copies, "file", |row| row.file.as_deref(), holds, &mut notes);
        dangling(records, &rows.holds, "file", |row| row.file.as_deref(), holds, &mut notes);
        dangling(records, &rows.discs, "file", |row| row.file.as_deref(), holds, &mut notes);
    }
    if records.sheet("devices").is_some() {
        let numbers = rows.devices.iter().filter_map(|device| device.number.as_deref());
        let known: BTreeSet<String> = numbers.map(device_key).collect();
        let holds = |number: &str| known.contains(&device_key(number));
        dangling(records, &rows.clips, "device", |row| row.device.as_deref(), holds, &mut notes);
        dangling(records, &rows.handovers, "device", |row| row.device.as_deref(), holds, &mut notes);
    }
    notes
}

fn dangling<R: Row>(
    records: &Records,
    rows: &[R],
    column: &str,
    named: impl Fn(&R) -> Option<&str>,
    holds: impl Fn(&str) -> bool,
    notes: &mut Vec<Problem>,
) {
    for row in rows {
        let Some(name) = named(row).filter(|name| !holds(name)) else { continue };
        notes.push(note(records, row.at(), column, name));
    }
}

fn note(records: &Records, at: At, column: &str, name: &str) -> Problem {
    Problem {
        place: records.spot(at, column),
        severity: Severity::Note,
        message: Prose::new(format!("其他表中没有“{name}”"), format!("no other sheet has \"{name}\"")),
    }
}
