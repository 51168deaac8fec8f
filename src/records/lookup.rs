//! The rows of the records by what finds them, so that a year's clips need not go through all rows each.

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, ToSpan};

use super::Records;
use super::matching::{device_key, same_file, stem};
use super::sheets::{At, Copy, Device, Disc, Event, Handover, Hold, Interruption, Viewing};

/// An event that is said to have gone on for longer is a mistake, and is looked at for any day.
const MAX_EVENT_DAYS: i32 = 31;

/// Places of rows by what they name, in the order of the rows.
type Places<'r> = HashMap<&'r str, Vec<usize>>;
/// The same by what was made of it.
type OwnedPlaces = HashMap<String, Vec<usize>>;

/// Rows by numbers, names, devices and days.
#[derive(Debug)]
pub struct Lookup<'r> {
    records: &'r Records,
    events: HashMap<&'r str, usize>,
    /// By each day on which an event and the time around it goes on.
    events_by_day: HashMap<Date, Vec<usize>>,
    /// Events whose days cannot be told one by one.
    long_events: Vec<usize>,
    devices: HashMap<String, usize>,
    handovers: OwnedPlaces,
    viewings: OwnedPlaces,
    copies: OwnedPlaces,
    holds: OwnedPlaces,
    holds_of_events: Places<'r>,
    discs: OwnedPlaces,
    discs_of_events: Places<'r>,
    stops_of_events: Places<'r>,
    /// Stops that name no event.
    stops_of_devices: OwnedPlaces,
}

impl<'r> Lookup<'r> {
    /// `around_s` is what an event's recordings may lie before it or after it.
    pub fn new(records: &'r Records, around_s: i64) -> Self {
        let rows = &records.rows;
        let (events_by_day, long_events) = by_day(&rows.events, around_s);
        let number = |event: &'r Event| event.number.as_deref();
        let mut devices = HashMap::new();
        for (place, device) in rows.devices.iter().enumerate() {
            if let Some(number) = &device.number {
                devices.entry(device_key(number)).or_insert(place);
            }
        }
        let nameless = |file: Option<&str>, event: Option<&'r str>| event.filter(|_| file.is_none());
        Self {
            records,
            events: rows
                .events
                .iter()
                .enumerate()
                .filter_map(|(place, event)| Some((number(event)?, place)))
                .collect(),
            events_by_day,
            long_events,
            devices,
            handovers: places(&rows.handovers, |row| row.device.as_deref().map(device_key)),
            viewings: places(&rows.viewings, |row| row.file.as_deref().map(stem)),
            copies: places(&rows.copies, |row| row.file.as_deref().map(stem)),
            holds: places(&rows.holds, |row| row.file.as_deref().map(stem)),
            holds_of_events: places(&rows.holds, |row| nameless(row.file.as_deref(), row.event.as_deref())),
            discs: places(&rows.discs, |row| row.file.as_deref().map(stem)),
            discs_of_events: places(&rows.discs, |row| nameless(row.file.as_deref(), row.event.as_deref())),
            stops_of_events: places(&rows.interruptions, |row| row.event.as_deref()),
            stops_of_devices: places(&rows.interruptions, |row| {
                row.device.as_deref().filter(|_| row.event.is_none()).map(device_key)
            }),
        }
    }

    pub fn event(&self, number: &str) -> Option<&'r Event> {
        self.events.get(number).map(|&place| &self.records.rows.events[place])
    }

    /// Events that may go on at some time between the two, in the order of the case list.
    pub fn events_between(&self, start: DateTime, end: DateTime) -> Vec<&'r Event> {
        let events = &self.records.rows.events;
        let Some(days) = days(start.date(), end.date()) else { return events.iter().collect() };
        let of_days = days.iter().filter_map(|day| self.events_by_day.get(day)).flatten();
        let mut places: Vec<usize> = of_days.chain(&self.long_events).copied().collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().map(|place| &events[place]).collect()
    }

    /// The device of that number, however it is written.
    pub fn device(&self, number: &str) -> Option<&'r Device> {
        self.devices.get(&device_key(number)).map(|&place| &self.records.rows.devices[place])
    }

    pub fn handovers(&self, device: &str) -> impl Iterator<Item = &'r Handover> {
        let rows = &self.records.rows.handovers;
        at(&self.handovers, &device_key(device)).iter().map(|&place| &rows[place])
    }

    /// Viewings that name the file by one of its names.
    pub fn viewings(&self, names: &[&str]) -> Vec<&'r Viewing> {
        of_file(&self.viewings, &self.records.rows.viewings, names, |row| row.file.as_deref())
    }

    pub fn copies(&self, names: &[&str]) -> Vec<&'r Copy> {
        of_file(&self.copies, &self.records.rows.copies, names, |row| row.file.as_deref())
    }

    /// Holds of the file, or of its event as a whole.
    pub fn holds(&self, names: &[&str], event: Option<&Event>) -> Vec<&'r Hold> {
        let rows = &self.records.rows.holds;
        let mut found = of_file(&self.holds, rows, names, |row| row.file.as_deref());
        found.extend(of_event(&self.holds_of_events, rows, event));
        found
    }

    pub fn discs(&self, names: &[&str], event: Option<&Event>) -> Vec<&'r Disc> {
        let rows = &self.records.rows.discs;
        let mut found = of_file(&self.discs, rows, names, |row| row.file.as_deref());
        found.extend(of_event(&self.discs_of_events, rows, event));
        found
    }

    /// Stops of the event, and those of one of the devices that name no event, in the ledger's order.
    pub fn stops(&self, event: Option<&Event>, devices: &[String]) -> Vec<&'r Interruption> {
        let number = event.and_then(|event| event.number.as_deref());
        let of_event = number.and_then(|number| self.stops_of_events.get(number)).into_iter().flatten();
        let of_devices = devices.iter().flat_map(|key| at(&self.stops_of_devices, key));
        let mut places: Vec<usize> = of_event.chain(of_devices).copied().collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().map(|place| &self.records.rows.interruptions[place]).collect()
    }
}

fn by_day(events: &[Event], around_s: i64) -> (HashMap<Date, Vec<usize>>, Vec<usize>) {
    let around = SignedDuration::from_secs(around_s);
    let (mut by_day, mut long) = (HashMap::<Date, Vec<usize>>::new(), Vec::new());
    for (place, event) in events.iter().enumerate() {
        let Some((start, end)) = event.bounds() else { continue };
        let span = (start.saturating_sub(around).date(), end.saturating_add(around).date());
        match days(span.0, span.1) {
            Some(days) => days.into_iter().for_each(|day| by_day.entry(day).or_default().push(place)),
            None => long.push(place),
        }
    }
    (by_day, long)
}

/// Each day from one to the other; `None` where they are too many.
fn days(first: Date, last: Date) -> Option<Vec<Date>> {
    let count = first.until(last).ok()?.get_days();
    (0..=MAX_EVENT_DAYS)
        .contains(&count)
        .then(|| first.series(1.day()).take_while(|day| *day <= last).collect())
}

fn places<'r, R, K: std::hash::Hash + Eq>(
    rows: &'r [R],
    key: impl Fn(&'r R) -> Option<K>,
) -> HashMap<K, Vec<usize>> {
    let mut places: HashMap<K, Vec<usize>> = HashMap::new();
    for (place, row) in rows.iter().enumerate() {
        if let Some(key) = key(row) {
            places.entry(key).or_default().push(place);
        }
    }
    places
}

fn at<'p>(places: &'p OwnedPlaces, key: &str) -> &'p [usize] {
    places.get(key).map(Vec::as_slice).unwrap_or_default()
}

fn of_file<'r, R>(
    places: &OwnedPlaces,
    rows: &'r [R],
    names: &[&str],
    file: impl Fn(&R) -> Option<&str>,
) -> Vec<&'r R> {
    let mut found: BTreeMap<usize, &R> = BTreeMap::new();
    for name in names {
        let same = |row: &R| file(row).is_some_and(|file| same_file(file, name));
        let of_name = at(places, &stem(name)).iter().map(|&place| (place, &rows[place]));
        found.extend(of_name.filter(|(_, row)| same(row)));
    }
    found.into_values().collect()
}

fn of_event<'r, R>(places: &Places, rows: &'r [R], event: Option<&Event>) -> impl Iterator<Item = &'r R> {
    let number = event.and_then(|event| event.number.as_deref());
    let places = number.and_then(|number| places.get(number)).map(Vec::as_slice).unwrap_or_default();
    places.iter().map(|&place| &rows[place]).collect::<Vec<_>>().into_iter()
}

/// Answers about the records as a whole, each worked out once whatever the number of clips.
#[derive(Default)]
pub struct Once(Mutex<HashMap<String, Arc<dyn Any + Send + Sync>>>);

impl Once {
    /// What `work` makes, or made when it was asked for by this key before.
    pub fn get<T: Any + Send + Sync>(&self, key: String, work: impl FnOnce() -> T) -> Arc<T> {
        // A key belongs to one question, and so to one type; what another type left is made anew.
        let known = |once: &Self| once.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(known) = known(self).and_then(|known| known.downcast::<T>().ok()) {
            return known;
        }
        let new = Arc::new(work());
        let kept: Arc<dyn Any + Send + Sync> = Arc::clone(&new) as _;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, kept);
        new
    }
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once").finish_non_exhaustive()
    }
}

/// What belongs to one event.
#[derive(Debug, Default)]
pub struct Members {
    /// Places of clips that were given.
    pub clips: Vec<usize>,
    /// Places of the ledger's rows for which no clip was given.
    pub rows: Vec<usize>,
}

/// What belongs to each event.
pub type ByEvent = HashMap<At, Members>;

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::super::Names;
    use super::*;

    fn records(sheets: serde_json::Value) -> Records {
        Records::from_json(sheets.as_object().unwrap().clone(), &Names::usual()).records
    }

    #[test]
    fn events_are_found_on_each_of_their_days_and_a_mistaken_one_on_any() {
        let records = records(json!({"events": [
            {"number": "E1", "arrival": "2025-03-14 23:50", "departure": "2025-03-15 01:00"},
            {"number": "E2", "arrival": "2025-03-14 00:10", "departure": "2025-03-14 01:00"},
            {"number": "E3", "arrival": "2015-03-14 09:00", "departure": "2025-03-14 09:30"},
        ]}));
        let lookup = Lookup::new(&records, 1_800);
        let on = |day: i8| {
            let day = date(2025, 3, day);
            let found = lookup.events_between(day.at(0, 0, 0, 0), day.at(23, 59, 59, 0));
            found.iter().filter_map(|event| event.number.as_deref()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!([on(12), on(13), on(14), on(15), on(16)], ["E3", "E2 E3", "E1 E2 E3", "E1 E3", "E3"]);
        let years = lookup.events_between(date(2020, 1, 1).at(0, 0, 0, 0), date(2030, 1, 1).at(0, 0, 0, 0));
        assert_eq!(years.len(), 3);
    }

    #[test]
    fn rows_are_found_by_a_files_names_and_by_its_event() {
        let records = records(json!({
            "events": [{"number": "E1", "party": "甲"}],
            "holds": [{"event": "E1"}, {"file": "a"}, {"file": "A.MP4", "event": "E9"}, {"file": "a.mov", "event": "E1"}],
            "interruptions": [{"device": "J-1"}, {"event": "E1", "device": "J2"}, {"event": "E9", "device": "J1"}],
        }));
        let lookup = Lookup::new(&records, 1_800);
        let event = lookup.event("E1");
        let rows = |rows: Vec<&Hold>| rows.iter().map(|row| row.at.row).collect::<Vec<_>>();
        assert_eq!(rows(lookup.holds(&["x/a.mp4", "a.mp4"], event)), [2, 3, 1]);
        assert_eq!(rows(lookup.holds(&["b.mp4"], None)), Vec::<u32>::new());
        let stops = lookup.stops(event, &["J1".to_owned()]);
        assert_eq!(stops.iter().map(|stop| stop.at.row).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn an_answer_is_worked_out_once_for_each_key() {
        let once = Once::default();
        let count = std::cell::Cell::new(0);
        let ask = |key: &str| {
            *once.get(key.to_owned(), || {
                count.set(count.get() + 1);
                count.get()
            })
        };
        assert_eq!([ask("a"), ask("b"), ask("a")], [1, 2, 1]);
        assert_eq!(*once.get("a".to_owned(), || "text"), "text");
    }
}
