//! The records as far as they concern one clip: what the checks are given.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Records;
use super::calendar::Calendar;
use super::matching::{MatchedBy, Matcher, Recording};
use super::sheets::{At, Clip, Event};

/// The records as far as they concern one clip.
#[derive(Debug, Clone)]
pub struct Extract<'r> {
    /// All clips and rows, for what has no clip of its own.
    pub matcher: &'r Matcher<'r>,
    pub records: &'r Records,
    pub calendar: &'r Calendar,
    pub zone: &'r TimeZone,
    /// The clip's file name.
    pub name: &'r str,
    /// Its row in the ledger.
    pub clip: Option<&'r Clip>,
    pub matched_by: Option<MatchedBy>,
    /// The event that it was recorded at.
    pub event: Option<&'r Event>,
    /// Its own times; `None` where neither the clip nor the ledger tells them.
    pub own: Option<Recording>,
    /// All recordings of the event, this one among them, in order of time.
    pub recordings: Vec<Recording>,
    /// Names of further recordings of the event whose times nobody knows.
    pub untimed: Vec<String>,
    /// By what its device may be known, as [`device_key`] writes it.
    pub devices: &'r [String],
    /// Events that some recording belongs to.
    pub recorded: &'r BTreeSet<At>,
    /// Days of recordings that belong to no event.
    pub eventless: &'r BTreeSet<Date>,
    /// Row numbers of the ledger's recordings for which no clip was given, as stretches.
    pub rows_without_clip: &'r [(u32, u32)],
}

impl<'r> Extract<'r> {
    /// The names by which rows may speak of the clip: its own, and that of its row.
    pub fn names(&self) -> Vec<&'r str> {
        std::iter::once(self.name).chain(self.clip.and_then(|row| row.file.as_deref())).collect()
    }

    /// The department that uses the device, else the one that keeps the records.
    pub fn unit(&self, device: Option<&str>) -> Option<String> {
        let rows = &self.records.rows;
        let named = device.and_then(|number| self.matcher.lookup().device(number));
        let of_book = || rows.book.first().and_then(|book| book.unit.clone());
        named.and_then(|device| device.unit.clone()).or_else(of_book)
    }
}
