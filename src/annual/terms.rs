//! Until when each recording of the ledger must be kept, and how that stands.

use jiff::civil::Date;

use super::year::{ClipLine, Year};
use crate::checks::retention::rule;
use crate::policy::Policy;
use crate::records::{Calendar, Due, Event, Line, Matcher, Records, State, Subject, list};
use crate::session::{Source, Taken, TakenTimes, civil_seconds_of};

pub struct Terms {
    /// The day on which was looked.
    pub on: Date,
    /// One for each row of the ledger's recordings, in their order.
    pub lines: Vec<TermLine>,
}

pub struct TermLine {
    /// Row of the ledger, as a spreadsheet counts.
    pub row: u32,
    /// `None` where nobody knows.
    pub due: Option<Due>,
    pub state: State,
}

impl Terms {
    /// By the policy's clause on retention; `None` where it has none.
    pub fn new(matcher: &Matcher, policy: &Policy, records: &Records, today: Date) -> Option<Self> {
        let clause = policy.clauses.iter().find(|clause| clause.check.id == "retention")?;
        let on = records.rows.book.first().and_then(|book| book.as_of).unwrap_or(today);
        let line =
            |line: Line| TermLine { row: line.clip.at.row, due: line.due.ok(), state: State::of(&line) };
        let lines = list(matcher, rule(&clause.params), Some(on)).map(line).collect();
        Some(Self { on, lines })
    }

    pub fn count(&self, state: State) -> usize {
        self.lines.iter().filter(|line| line.state == state).count()
    }
}

/// The year's clips held against the records.
pub fn matched<'r>(year: &Year, records: &'r Records, calendar: &'r Calendar) -> Matcher<'r> {
    let subjects = year.clips.iter().map(subject).collect();
    // All times are civil already: no zone is asked for.
    Matcher::new(records, calendar, subjects, &jiff::tz::TimeZone::UTC)
}

/// Places of the events of that year, or of no known time, that have no recording, in the case list.
pub fn unrecorded(matcher: &Matcher, records: &Records, year: i16) -> Vec<usize> {
    let of_year = |event: &Event| {
        let began = event.arrival.or(event.hearing_start);
        began.is_none_or(|began| began.year() == year)
    };
    let events = records.rows.events.iter().enumerate();
    let without = events.filter(|(_, event)| of_year(event) && !matcher.recorded().contains(&event.at));
    without.map(|(place, _)| place).collect()
}

fn subject(clip: &ClipLine) -> Subject {
    let start_s = civil_seconds_of(clip.starts_at);
    // Which of its records tells when was settled when it was judged.
    let times = TakenTimes { source: Source::Clock, start_s, end_s: start_s + clip.duration_s };
    let taken = Taken {
        devices: clip.device.iter().map(|device| device.to_string()).collect(),
        times: vec![times],
        ..Taken::default()
    };
    Subject::new(clip.name.to_string(), [Some(clip.sha256.clone()), clip.sm3.clone()], taken)
}
