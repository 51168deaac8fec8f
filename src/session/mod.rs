//! Which clips are segments of one recording, and what lies between one and the next.
//!
//! Clips that are judged together are put in order by device and time; each gets its [`Place`]: what
//! parts it from the clip before it. Plain facts from evidence, no media and no regulation: whether a
//! hole is allowed is for the checks.

mod file_name;
mod moment;
mod taken;

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use crate::evidence::{ClockFacts, Evidence};
use crate::lang::Text;

pub use file_name::{DEFAULT_PATTERNS, FileName, Pattern, read as read_name};
pub use moment::{
    DAY_S, Moment, civil, civil_seconds_of, clock_at_start, container_meanings, container_seconds, is_dated,
    nearest_day, text,
};
pub use taken::{Taken, TakenTimes, taken};

/// Cameras redraw the burnt-in clock some frames after its second began, not always as many.
const REDRAWING_S: f64 = 0.1;
/// A file name says in which second a recording began, half a second either way.
const NAMED_SECOND_S: f64 = 0.5;
/// Cameras record up to this long before the button is pressed, and some name the file by the press:
/// two records of one moment may part by it.
pub const PRERECORDING_S: f64 = 30.0;
/// A camera that was off for longer than this began another recording: a visit next door is half an
/// hour's work, and changing a battery or a card takes minutes.
pub const SAME_VISIT_S: f64 = 1_800.0;
/// Whoever films again within this time has not left.
const NOT_LEFT_S: f64 = 300.0;
/// A recording that stops is away for longer than this: cameras need some seconds to start, and one
/// that redraws its clock once a second may do so up to a second late, differently in each clip.
const SHORTEST_STOP_S: f64 = 1.0;
/// Fewer letters and digits than this in the picture are no device number.
const MIN_DEVICE_CHARS: usize = 4;

/// How clips are told apart.
pub struct Naming {
    pub patterns: Vec<Pattern>,
    pub zone: TimeZone,
}

/// A clip among those that it is judged with.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Place {
    /// Clips judged together, this one included.
    pub given: usize,
    /// Some record tells when it was taken.
    pub timed: bool,
    pub before: Option<Join>,
    /// Name of the clip that follows in the same recording; what parts them stands in its place.
    pub after: Option<String>,
}

/// What parts a clip from the one before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    /// Name of the clip before.
    pub before: String,
    /// File name or picture name the same device for both; else only their times go together.
    pub same_device: bool,
    /// The finest that is known of the seconds between; `None` where no record tells both the end of
    /// the one and the start of the other.
    pub between: Option<Between>,
    /// The next best record contradicts it by more than pre-recording explains.
    pub records_disagree: bool,
    /// Of the numbers between those in the two file names, the lowest and the highest that no clip has.
    pub missing_numbers: Option<(u32, u32)>,
    /// The clip before could not be read, or not to its end: what follows its end is not known.
    pub before_damaged: bool,
}

/// Seconds between the end of one clip and the start of the next, negative where they overlap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Between {
    pub seconds_s: f64,
    /// Half the width of what the record leaves open.
    pub uncertainty_s: f64,
    pub source: Source,
    /// The clock ran without a leap in both clips.
    pub steady: bool,
}

/// Records of when a clip was taken, the finest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    Clock,
    FileName,
    Container,
}

impl Source {
    /// As reports write it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Clock => "clock",
            Self::FileName => "file-name",
            Self::Container => "container",
        }
    }

    pub fn text(self) -> Text {
        match self {
            Self::Clock => Text::new("水印时钟", "the burnt-in clock"),
            Self::FileName => Text::new("文件名时间", "the times in the file names"),
            Self::Container => Text::new("容器创建时间", "the containers' creation times"),
        }
    }
}

impl Place {
    /// Of a clip that is judged by itself.
    pub const ALONE: Place = Place { given: 1, timed: false, before: None, after: None };

    /// Name of the clip whose recording this one goes on with: what is due at the start of a visit was
    /// due there, or in one before it.
    pub fn continued(&self) -> Option<&str> {
        let goes_on = |join: &&Join| {
            let same_visit = |between: Between| between.seconds_s - between.uncertainty_s <= SAME_VISIT_S;
            !join.records_disagree && join.between.is_some_and(same_visit)
        };
        self.before.as_ref().filter(goes_on).map(|join| join.before.as_str())
    }
}

impl Join {
    /// A stop of the recording before this clip, where one is proven and lasted no longer than
    /// `same_visit_s`.
    pub fn stop(&self, same_visit_s: f64) -> Option<Stop> {
        let between = self.between?;
        let least_s = between.seconds_s - between.uncertainty_s;
        (least_s > SHORTEST_STOP_S && least_s <= same_visit_s)
            .then(|| Stop { seconds_s: between.seconds_s, sure: self.is_sure(&between) })
    }

    /// Whether a hole is certain enough to be held against anybody: seen on a steady clock of one
    /// device, by records that agree, longer than a stop takes, with no clip missing that might fill
    /// it, before anybody can have left.
    pub fn is_sure(&self, between: &Between) -> bool {
        between.source == Source::Clock
            && between.steady
            && self.same_device
            && !self.records_disagree
            && !self.before_damaged
            && self.missing_numbers.is_none()
            && between.seconds_s - between.uncertainty_s > SHORTEST_STOP_S
            && between.seconds_s <= NOT_LEFT_S
    }
}

/// A recording that was stopped and went on in the next clip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stop {
    pub seconds_s: f64,
    pub sure: bool,
}

/// When a clip began and ended, by one record.
#[derive(Debug, Clone, Copy)]
struct Times {
    source: Source,
    start: Moment,
    /// `None` of a clip that could not be read.
    end: Option<Moment>,
    dated: bool,
    steady: bool,
}

/// All that matters here of a clip's evidence: small, so that a year's clips can be put in order at once.
#[derive(Debug, Clone)]
pub struct Segment {
    /// The clip's file name.
    clip: String,
    name: FileName,
    /// The finest first.
    times: Vec<Times>,
    /// Device as the file name has it, letters and digits only.
    device: Option<String>,
    /// Device as the picture has it, likewise.
    device_in_picture: Option<String>,
    /// It could not be read, or not to its end.
    damaged: bool,
}

/// Each clip's place among all of them, in their order.
pub fn places(clips: Vec<Segment>) -> Vec<Place> {
    let clips = with_devices(clips);
    let mut places: Vec<Place> = clips
        .iter()
        .map(|clip| Place { given: clips.len(), timed: !clip.times.is_empty(), before: None, after: None })
        .collect();
    let mut by_device: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
    for (index, _) in clips.iter().enumerate().filter(|(_, clip)| !clip.times.is_empty()) {
        by_device.entry(clips[index].device.as_deref()).or_default().push(index);
    }
    for mut recording in by_device.into_values() {
        recording.sort_by(|&a, &b| clips[a].order(&clips[b]));
        let numbers: BTreeSet<u32> =
            recording.iter().filter_map(|&index| clips[index].name.sequence).collect();
        let mut recording = recording.into_iter();
        let Some(mut before) = recording.next() else { continue };
        for after in recording {
            let join = join(&clips[before], &clips[after], &numbers);
            if !join.is_elsewhere() {
                places[before].after.get_or_insert_with(|| clips[after].clip.clone());
                places[after].before = Some(join);
            }
            // A clip that lies within another, such as a copy of it, has nothing after it.
            if !clips[after].ends_within(&clips[before]) {
                before = after;
            }
        }
    }
    places
}

/// Knows a clip's device by its name, or by a text in its picture that another clip has as well: one
/// misread character must not make a device of its own.
fn with_devices(mut clips: Vec<Segment>) -> Vec<Segment> {
    let mut known: BTreeSet<String> = clips.iter().filter_map(|clip| clip.device.clone()).collect();
    let mut seen_once = BTreeSet::new();
    for device in clips.iter().filter_map(|clip| clip.device_in_picture.as_ref()) {
        if !seen_once.insert(device) {
            known.insert(device.clone());
        }
    }
    for clip in &mut clips {
        if clip.device.is_none() {
            clip.device = clip.device_in_picture.clone().filter(|device| known.contains(device));
        }
    }
    clips
}

/// The text beside the clock that has most digits, as letters and digits.
fn device_in_picture(evidence: &Evidence) -> Option<String> {
    let texts = &evidence.clock.seen()?.other_text;
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
    let best = texts.iter().map(|text| plain(text)).max_by_key(|text| digits(text))?;
    (best.len() >= MIN_DEVICE_CHARS && digits(&best) > 0).then_some(best)
}

/// Latin letters and digits, capital: `J1_010203` and `j1 010203` are one device.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

impl Segment {
    pub fn of(evidence: &Evidence, naming: &Naming) -> Self {
        let name = read_name(&evidence.clip.name, &naming.patterns);
        let device = name
            .device
            .as_ref()
            .map(|device| plain(&format!("{device}{}", name.officer.as_deref().unwrap_or_default())));
        let device = device.filter(|device| !device.is_empty());
        let times = times(evidence, &name, &naming.zone);
        let cut_short = evidence.container.seen().is_some_and(|container| container.missing_bytes.is_some());
        Self {
            clip: evidence.clip.name.clone(),
            name,
            times,
            device,
            device_in_picture: device_in_picture(evidence),
            damaged: evidence.unreadable.is_some() || cut_short,
        }
    }

    /// Whether it is known to end before `other` does.
    fn ends_within(&self, other: &Self) -> bool {
        let end_s = |clip: &Self| clip.times.first().and_then(|times| times.end).map(|end| end.at_s);
        end_s(self).zip(end_s(other)).is_some_and(|(own_s, other_s)| own_s < other_s)
    }

    /// In order of time, then of number, then of name, whatever order they were given in.
    fn order(&self, other: &Self) -> std::cmp::Ordering {
        let start_s = |clip: &Self| clip.times.first().map_or(f64::INFINITY, |times| times.start.at_s);
        (start_s(self).total_cmp(&start_s(other)))
            .then(self.name.sequence.cmp(&other.name.sequence))
            .then(self.clip.cmp(&other.clip))
    }
}

/// All that the records say, the finest first.
fn times(evidence: &Evidence, name: &FileName, zone: &TimeZone) -> Vec<Times> {
    let readable = evidence.unreadable.is_none();
    let duration_s = evidence.clip.duration_s;
    let lasting = |source, start: Moment, dated| {
        let end = Moment { at_s: start.at_s + duration_s, ..start };
        Times { source, start, end: readable.then_some(end), dated, steady: true }
    };
    let named = name
        .start_s
        .map(|start_s| Moment { at_s: start_s + NAMED_SECOND_S, uncertainty_s: NAMED_SECOND_S })
        .map(|start| lasting(Source::FileName, start, true));
    let written_s = evidence
        .container
        .seen()
        .and_then(|container| container.creation_time.as_deref())
        .and_then(container_seconds);
    let clock = evidence.clock.seen().and_then(|clock| clock_times(clock, duration_s));
    let reference_s = clock.filter(|times| times.dated).or(named).map(|times| times.start.at_s);
    let contained = written_s.map(|written_s| {
        let meanings = container_meanings(written_s, moment::utc_offset_s(zone, written_s));
        let nearest = |reference_s: f64| {
            meanings.into_iter().min_by(|a, b| (a - reference_s).abs().total_cmp(&(b - reference_s).abs()))
        };
        let at_s = reference_s.and_then(nearest).unwrap_or(written_s);
        // Written when the recording began, or when it ended.
        lasting(Source::Container, Moment { at_s, uncertainty_s: duration_s.max(NAMED_SECOND_S) }, true)
    });
    let day_s = named.or(contained).map(|times| times.start.at_s);
    let clock = clock.map(|times| match day_s {
        Some(day_s) if !times.dated => times.on_day(day_s),
        _ => times,
    });
    [clock, named, contained].into_iter().flatten().collect()
}

fn clock_times(clock: &ClockFacts, duration_s: f64) -> Option<Times> {
    Some(Times {
        source: Source::Clock,
        start: moment::clock_start(clock)?,
        end: moment::clock_end(clock, duration_s),
        dated: is_dated(clock),
        steady: clock.jumps.is_empty() && clock.stopped.is_empty(),
    })
}

impl Times {
    /// A clock without a date, put on the day of another record.
    fn on_day(mut self, reference_s: f64) -> Self {
        let shift_s = nearest_day(self.start.at_s, reference_s) - self.start.at_s;
        self.start.at_s += shift_s;
        self.end = self.end.map(|end| Moment { at_s: end.at_s + shift_s, ..end });
        self.dated = true;
        self
    }
}

/// `numbers` are those of all clips of the recording that were given.
fn join(before: &Segment, after: &Segment, numbers: &BTreeSet<u32>) -> Join {
    let all: Vec<Between> = before.times.iter().filter_map(|times| between(times, &after.times)).collect();
    let finest = all.first().copied();
    // The two best records are compared: copying may have changed the third.
    let records_disagree = all.first().zip(all.get(1)).is_some_and(|(one, other)| {
        let leeway_s = one.uncertainty_s + other.uncertainty_s + PRERECORDING_S;
        let same_visit = one.seconds_s.abs().min(other.seconds_s.abs()) <= SAME_VISIT_S;
        same_visit && (one.seconds_s - other.seconds_s).abs() > leeway_s
    });
    let missing_numbers = before.name.sequence.zip(after.name.sequence).and_then(|(first, second)| {
        // Walks over given numbers only, however far apart the two are.
        let lowest = (first.saturating_add(1)..second).find(|number| !numbers.contains(number))?;
        let highest = (lowest..second).rev().find(|number| !numbers.contains(number))?;
        Some((lowest, highest))
    });
    Join {
        before: before.clip.clone(),
        same_device: before.device.is_some(),
        between: finest,
        records_disagree,
        missing_numbers,
        before_damaged: before.damaged,
    }
}

/// What the record of the clip before says together with the same kind of record of the clip after:
/// an error that both share drops out.
fn between(before: &Times, after: &[Times]) -> Option<Between> {
    let after = after.iter().find(|times| times.source == before.source && times.dated == before.dated)?;
    let end = before.end?;
    let redrawing_s = if before.source == Source::Clock { REDRAWING_S } else { 0.0 };
    Some(Between {
        seconds_s: after.start.at_s - end.at_s,
        uncertainty_s: end.uncertainty_s + after.start.uncertainty_s + redrawing_s,
        source: before.source,
        steady: before.steady && after.steady,
    })
}

impl Join {
    /// Two clips of unknown devices that ran at the same time, or far apart, are of two cameras.
    fn is_elsewhere(&self) -> bool {
        !self.same_device
            && self.between.is_none_or(|between| {
                between.seconds_s + between.uncertainty_s < -PRERECORDING_S
                    || between.seconds_s - between.uncertainty_s > SAME_VISIT_S
            })
    }
}

#[cfg(test)]
mod tests;
