//! Which rows speak of which clip: by digest, then by file name, then by device and time.

use std::collections::{BTreeSet, HashMap};

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::Records;
use super::calendar::Calendar;
use super::due::Holds;
use super::extract::Extract;
use super::lookup::{ByEvent, Lookup, Once};
use super::sheets::{At, Clip, Event};
use crate::evidence::Evidence;
use crate::lang::Text;
use crate::session::{self, Naming, Source};

/// A ledger kept to the minute, and a camera that records up to half a minute before the button is
/// pressed: a row and a clip of one device that begin no further apart are the same.
const BEGINS_WITHIN_S: i64 = 120;
/// Recordings of an event begin some time before arrival and end some time after departure.
const AROUND_EVENT_S: i64 = 1_800;

/// How a clip and a row were found to be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchedBy {
    Digest,
    FileName,
    DeviceAndTime,
}

impl MatchedBy {
    /// As reports write it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Digest => "digest",
            Self::FileName => "file-name",
            Self::DeviceAndTime => "device-and-time",
        }
    }

    pub fn text(self) -> Text {
        match self {
            Self::Digest => Text::new("校验值", "digest"),
            Self::FileName => Text::new("文件名", "file name"),
            Self::DeviceAndTime => Text::new("设备和时间", "device and time"),
        }
    }
}

/// Where a recording's times are from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeSource {
    Clip(Source),
    Ledger,
}

impl TimeSource {
    pub fn text(self) -> Text {
        match self {
            Self::Clip(source) => source.text(),
            Self::Ledger => Text::new("台账", "the ledger"),
        }
    }

    /// A container's time may have been changed by copying.
    pub fn is_firm(self) -> bool {
        self != Self::Clip(Source::Container)
    }
}

/// From when until when something was recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    pub name: String,
    pub start: DateTime,
    pub end: DateTime,
    pub source: TimeSource,
    /// By what its device may be known, as [`device_key`] writes it.
    pub devices: Vec<String>,
}

/// What a clip is known by: small, so that a year's clips can be held against the records at once.
#[derive(Debug, Clone)]
pub struct Subject {
    name: String,
    digests: [Option<String>; 2],
    taken: session::Taken,
}

impl Subject {
    /// A clip of which only name, digests and times are at hand.
    pub fn new(name: String, digests: [Option<String>; 2], taken: session::Taken) -> Self {
        Self { name, digests, taken }
    }

    pub fn of(evidence: &Evidence, naming: &Naming) -> Self {
        let clip = &evidence.clip;
        Self {
            name: clip.name.clone(),
            digests: [clip.sha256.clone(), clip.sm3.clone()],
            taken: session::taken(evidence, naming),
        }
    }
}

/// All clips that are judged together, held against the records.
#[derive(Debug)]
pub struct Matcher<'r> {
    records: &'r Records,
    calendar: &'r Calendar,
    zone: TimeZone,
    clips: Vec<Given<'r>>,
    recorded: BTreeSet<At>,
    eventless: BTreeSet<Date>,
    rows_without_clip: Vec<(u32, u32)>,
    holds: Holds,
    /// By the ledger's row: its event, and whether a clip was given for it.
    rows: Vec<RowMatch<'r>>,
    by_event: ByEvent,
    lookup: Lookup<'r>,
    once: Once,
}

#[derive(Debug)]
struct Given<'r> {
    name: String,
    row: Option<(usize, MatchedBy)>,
    event: Option<&'r Event>,
    own: Option<Recording>,
    devices: Vec<String>,
}

#[derive(Debug, Clone, Copy)]
struct RowMatch<'r> {
    event: Option<&'r Event>,
    /// The clip's place among those given.
    given: Option<usize>,
}

/// A row of the ledger with what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct LedgerRow<'r> {
    pub clip: &'r Clip,
    pub event: Option<&'r Event>,
    /// Its file is among those given.
    pub at_hand: bool,
    /// The day of the recording, as the file tells it.
    pub recorded: Option<Date>,
}

impl<'r> Matcher<'r> {
    pub fn new(records: &'r Records, calendar: &'r Calendar, clips: Vec<Subject>, zone: &TimeZone) -> Self {
        let lookup = Lookup::new(records, AROUND_EVENT_S);
        let rows = &records.rows.clips;
        let mut row_matches: Vec<RowMatch> =
            rows.iter().map(|row| RowMatch { event: event_of_row(&lookup, row), given: None }).collect();
        let index = Index::new(rows);
        let clips: Vec<Given> = clips
            .into_iter()
            .enumerate()
            .map(|(number, subject)| {
                let taken = &subject.taken;
                let devices: Vec<String> = taken.devices.iter().map(|device| device_key(device)).collect();
                let row = index.find(&subject, &devices);
                let clip = row.map(|(place, _)| &rows[place]);
                let mut own = recording(&subject.name, taken).or_else(|| clip.and_then(ledger_times));
                let of_row = clip.and_then(|clip| clip.device.as_deref()).map(device_key);
                if let Some(own) = &mut own {
                    own.devices = devices.iter().cloned().chain(of_row).collect();
                }
                let user = clip.and_then(|clip| clip.user.as_deref());
                let event = row
                    .and_then(|(place, _)| row_matches[place].event)
                    .or_else(|| event_at(&lookup, own.as_ref()?, &devices, user));
                if let Some((place, _)) = row {
                    row_matches[place] = RowMatch { event, given: Some(number) };
                }
                Given { name: subject.name, row, event, own, devices }
            })
            .collect();
        let mut by_event = ByEvent::new();
        for (place, clip) in clips.iter().enumerate() {
            if let Some(event) = clip.event {
                by_event.entry(event.at).or_default().clips.push(place);
            }
        }
        for (place, row) in row_matches.iter().enumerate() {
            if let (Some(event), None) = (row.event, row.given) {
                by_event.entry(event.at).or_default().rows.push(place);
            }
        }
        let recorded = (clips.iter().filter_map(|clip| clip.event))
            .chain(row_matches.iter().filter_map(|row| row.event))
            .map(|event| event.at)
            .collect();
        let of_clips = clips.iter().filter(|clip| clip.event.is_none()).filter_map(|clip| clip.own.as_ref());
        let of_rows = rows.iter().zip(&row_matches).filter(|(_, matched)| matched.event.is_none());
        let eventless = (of_clips.map(|own| own.start.date()))
            .chain(of_rows.filter_map(|(row, _)| Some(row.recorded_from?.date())))
            .collect();
        let without_clip = rows.iter().zip(&row_matches).filter(|(_, matched)| matched.given.is_none());
        let rows_without_clip = stretches(without_clip.map(|(row, _)| row.at.row));
        let zone = zone.clone();
        let holds = Holds::new(records);
        Self {
            records,
            calendar,
            zone,
            clips,
            recorded,
            eventless,
            rows_without_clip,
            holds,
            rows: row_matches,
            by_event,
            lookup,
            once: Once::default(),
        }
    }

    /// The ledger's recordings, in its order.
    pub fn ledger(&self) -> impl Iterator<Item = LedgerRow<'_>> {
        self.records.rows.clips.iter().zip(&self.rows).map(|(clip, matched)| {
            let own = matched.given.and_then(|number| self.clips[number].own.as_ref());
            LedgerRow {
                clip,
                event: matched.event,
                at_hand: matched.given.is_some(),
                recorded: own.map(|own| own.start.date()),
            }
        })
    }

    /// Names of the clips that the ledger does not have.
    pub fn clips_without_row(&self) -> impl Iterator<Item = &str> {
        self.clips.iter().filter(|clip| clip.row.is_none()).map(|clip| clip.name.as_str())
    }

    /// Which of them have a ground for being kept for good.
    pub fn holds(&self) -> &Holds {
        &self.holds
    }

    /// Events that some recording belongs to, given or in the ledger.
    pub fn recorded(&self) -> &BTreeSet<At> {
        &self.recorded
    }

    /// The rows of the records by what finds them.
    pub fn lookup(&self) -> &Lookup<'r> {
        &self.lookup
    }

    /// Answers about the records as a whole.
    pub fn once(&self) -> &Once {
        &self.once
    }

    /// What the records say of the clip at that place.
    pub fn extract(&self, place: usize) -> Option<Extract<'_>> {
        let given = self.clips.get(place)?;
        let rows = &self.records.rows.clips;
        let mut recordings = Vec::new();
        let mut untimed = Vec::new();
        if let Some(members) = given.event.and_then(|event| self.by_event.get(&event.at)) {
            for clip in members.clips.iter().map(|&place| &self.clips[place]) {
                match &clip.own {
                    Some(own) => recordings.push(own.clone()),
                    None => untimed.push(clip.name.clone()),
                }
            }
            for row in members.rows.iter().map(|&place| &rows[place]) {
                match ledger_times(row) {
                    Some(recording) => recordings.push(recording),
                    None => untimed.push(row.file.clone().unwrap_or_default()),
                }
            }
            recordings.sort_by(|a, b| a.start.cmp(&b.start).then(a.name.cmp(&b.name)));
        }
        Some(Extract {
            matcher: self,
            records: self.records,
            calendar: self.calendar,
            zone: &self.zone,
            name: &given.name,
            clip: given.row.map(|(place, _)| &rows[place]),
            matched_by: given.row.map(|(_, by)| by),
            event: given.event,
            own: given.own.clone(),
            recordings,
            untimed,
            devices: &given.devices,
            recorded: &self.recorded,
            eventless: &self.eventless,
            rows_without_clip: &self.rows_without_clip,
        })
    }
}

/// Numbers in rising order as stretches of those that follow each other.
pub fn stretches(numbers: impl Iterator<Item = u32>) -> Vec<(u32, u32)> {
    let mut stretches: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match stretches.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => stretches.push((number, number)),
        }
    }
    stretches
}

/// Stretches in words: `3、7–12`.
pub fn numbers(stretches: &[(u32, u32)]) -> String {
    let one = |(first, last): &(u32, u32)| match first == last {
        true => first.to_string(),
        false => format!("{first}–{last}"),
    };
    stretches.iter().map(one).collect::<Vec<_>>().join("、")
}

/// The ledger's rows by what finds them.
struct Index<'r> {
    rows: &'r [Clip],
    by_digest: HashMap<&'r str, usize>,
    by_name: HashMap<String, Vec<usize>>,
    /// Places of rows with a device and a beginning, in order of time.
    by_device: HashMap<String, Vec<(DateTime, usize)>>,
}

impl<'r> Index<'r> {
    fn new(rows: &'r [Clip]) -> Self {
        let mut by_digest = HashMap::new();
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        let mut by_device: HashMap<String, Vec<(DateTime, usize)>> = HashMap::new();
        for (place, row) in rows.iter().enumerate() {
            if let Some(digest) = &row.digest {
                by_digest.insert(digest.as_str(), place);
            }
            if let Some(file) = &row.file {
                by_name.entry(stem(file)).or_default().push(place);
            }
            if let (Some(device), Some(start)) = (&row.device, row.recorded_from) {
                by_device.entry(device_key(device)).or_default().push((start, place));
            }
        }
        by_device.values_mut().for_each(|rows| rows.sort_unstable());
        Self { rows, by_digest, by_name, by_device }
    }

    /// A row that fits, and none that fits as well.
    fn find(&self, subject: &Subject, devices: &[String]) -> Option<(usize, MatchedBy)> {
        let mut digests = subject.digests.iter().flatten();
        if let Some(&place) = digests.find_map(|digest| self.by_digest.get(digest.as_str())) {
            return Some((place, MatchedBy::Digest));
        }
        let named = self.by_name.get(&stem(&subject.name)).map(Vec::as_slice).unwrap_or_default();
        let same = |place: &usize| {
            self.rows[*place].file.as_deref().is_some_and(|file| same_file(file, &subject.name))
        };
        if let Some(place) = only(named.iter().copied().filter(same)) {
            return Some((place, MatchedBy::FileName));
        }
        if !named.is_empty() {
            return None;
        }
        let own = recording(&subject.name, &subject.taken)?;
        let within = SignedDuration::from_secs(BEGINS_WITHIN_S);
        let (from, until) = (own.start.saturating_sub(within), own.start.saturating_add(within));
        let mut near: Vec<usize> = Vec::new();
        for rows in devices.iter().filter_map(|device| self.by_device.get(device)) {
            let first = rows.partition_point(|(start, _)| *start < from);
            near.extend(
                rows[first..].iter().take_while(|(start, _)| *start <= until).map(|(_, place)| place),
            );
        }
        near.sort_unstable();
        near.dedup();
        Some((only(near.into_iter())?, MatchedBy::DeviceAndTime))
    }
}

/// The event that a row of the ledger names, else the one that its device or user was at.
fn event_of_row<'r>(lookup: &Lookup<'r>, row: &Clip) -> Option<&'r Event> {
    if let Some(number) = &row.event {
        return lookup.event(number);
    }
    let devices: Vec<String> = row.device.iter().map(|device| device_key(device)).collect();
    event_at(lookup, &ledger_times(row)?, &devices, row.user.as_deref())
}

/// The only event at that time of that device or that user.
fn event_at<'r>(
    lookup: &Lookup<'r>,
    recording: &Recording,
    devices: &[String],
    user: Option<&str>,
) -> Option<&'r Event> {
    let fits = |event: &&Event| {
        let Some((start, end)) = event.bounds() else { return false };
        let during = seconds_between(recording.start, end) >= -AROUND_EVENT_S
            && seconds_between(start, recording.end) >= -AROUND_EVENT_S;
        let by_device = event.devices.iter().any(|device| devices.contains(&device_key(device)));
        let by_user = user.is_some_and(|user| event.officers.iter().any(|officer| officer == user));
        let nobody = event.devices.is_empty() && event.officers.is_empty();
        during && (by_device || by_user || nobody || (devices.is_empty() && user.is_none()))
    };
    only(lookup.events_between(recording.start, recording.end).into_iter().filter(fits))
}

impl Event {
    /// From when until when it went on, where both are known: arrival to departure, else the
    /// inspection's or the hearing's own ends.
    pub fn bounds(&self) -> Option<(DateTime, DateTime)> {
        Some((self.arrival.or(self.hearing_start)?, self.end()?))
    }

    /// When it was over: the latest that is written down.
    pub fn end(&self) -> Option<DateTime> {
        [self.departure, self.inspection_end, self.hearing_end].into_iter().flatten().max()
    }
}

/// By the finest of a clip's own records that has a date.
fn recording(name: &str, taken: &session::Taken) -> Option<Recording> {
    let times = taken.times.first()?;
    Some(Recording {
        name: name.to_owned(),
        start: session::civil(times.start_s)?,
        end: session::civil(times.end_s)?,
        source: TimeSource::Clip(times.source),
        devices: Vec::new(),
    })
}

fn ledger_times(row: &Clip) -> Option<Recording> {
    Some(Recording {
        name: row.file.clone().unwrap_or_default(),
        start: row.recorded_from?,
        end: row.recorded_until?,
        source: TimeSource::Ledger,
        devices: row.device.iter().map(|device| device_key(device)).collect(),
    })
}

/// Seconds from `one` to `other`.
pub fn seconds_between(one: DateTime, other: DateTime) -> i64 {
    other.duration_since(one).as_secs()
}

/// A device's number without what people leave out or add: letters and digits of any script, capital.
pub fn device_key(number: &str) -> String {
    number.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// One file by either of two names: folders and letters' case aside, and the ending where one lacks it.
pub fn same_file(one: &str, other: &str) -> bool {
    let (one, other) = (base(one), base(other));
    one == other || ((!one.contains('.') || !other.contains('.')) && stem(&one) == stem(&other))
}

pub fn base(name: &str) -> String {
    name.rsplit(['/', '\\']).next().unwrap_or(name).trim().to_lowercase()
}

pub fn stem(name: &str) -> String {
    let base = base(name);
    base.rsplit_once('.').map_or(base.as_str(), |(stem, _)| stem).to_owned()
}

fn only<T>(mut found: impl Iterator<Item = T>) -> Option<T> {
    found.next().filter(|_| found.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_the_same_without_folder_case_or_a_missing_ending() {
        for (one, other, same) in [
            ("D:\\录像\\A1.MP4", "a1.mp4", true),
            ("a1", "A1.mp4", true),
            ("a1.mov", "a1.mp4", false),
            ("a1.mp4", "a2.mp4", false),
        ] {
            assert_eq!(same_file(one, other), same, "{one} {other}");
        }
    }

    #[test]
    fn numbers_are_told_as_stretches() {
        assert_eq!(numbers(&stretches([2, 3, 4, 7, 9, 10].into_iter())), "2–4、7、9–10");
        assert_eq!(numbers(&stretches(std::iter::empty())), "");
    }
}
