//! Until when a recording must be kept, and how that stands: what `retention` judges by, and what a list
//! of due dates is made of. Nothing is ever deleted.

use std::collections::HashSet;

use jiff::civil::Date;

use super::Records;
use super::calendar::{months_after, over};
use super::matching::{Matcher, base, stem};
use super::sheets::{At, Clip, Event};
use super::value::Term;
use crate::lang::Text;

/// Which recordings are kept as long as the case file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseFile {
    None,
    /// Those that are used in evidence.
    Evidence,
    /// Those, and those that were filed with it.
    Filed,
    All,
}

/// The regulation's term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// 0 where only the case file's term is named.
    pub months: u32,
    pub case_file: CaseFile,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// To the end of that day.
    Until(Date),
    ForGood,
}

/// Until when, and on what ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    pub kept: Kept,
    pub ground: Ground,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// The regulation's own months.
    Months,
    CaseFile,
    /// A ground for long-term preservation.
    Hold,
}

/// What the records lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lack {
    pub sheet: &'static str,
    pub column: &'static str,
    pub at: Option<At>,
}

/// How a recording's term stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Kept, and must be.
    Kept,
    /// Kept beyond its term: may be cleared, if not worth keeping.
    DueForClearing,
    DeletedEarly,
    /// Deleted when its term was over.
    Cleared,
}

/// Which recordings have a ground for being kept for good.
#[derive(Debug, Default)]
pub struct Holds {
    files: HashSet<String>,
    /// Of entries that name a file without its ending.
    stems: HashSet<String>,
    events: HashSet<String>,
    /// Files that were copied as evidence, without their endings.
    copied: HashSet<String>,
}

impl Holds {
    pub fn new(records: &Records) -> Self {
        let copies = records.rows.copies.iter().filter_map(|copy| copy.file.as_deref());
        let mut holds = Self { copied: copies.map(stem).collect(), ..Self::default() };
        for hold in &records.rows.holds {
            // A hold that names a file concerns that file only.
            match (&hold.file, &hold.event) {
                (Some(file), _) if base(file).contains('.') => holds.files.insert(base(file)),
                (Some(file), _) => holds.stems.insert(stem(file)),
                (None, Some(event)) => holds.events.insert(event.clone()),
                (None, None) => false,
            };
        }
        holds
    }

    /// As its row says; where that says nothing, whether a copy of it was made as evidence.
    fn is_evidence(&self, clip: &Clip) -> bool {
        let copied = || clip.file.as_deref().is_some_and(|file| self.copied.contains(&stem(file)));
        clip.is_evidence.unwrap_or_else(copied)
    }

    fn concern(&self, clip: &Clip, event: Option<&Event>) -> bool {
        let by_file = clip
            .file
            .as_deref()
            .is_some_and(|file| self.files.contains(&base(file)) || self.stems.contains(&stem(file)));
        let by_event =
            event.and_then(|event| event.number.as_ref()).is_some_and(|number| self.events.contains(number));
        by_file || by_event
    }
}

/// Until when the recording must be kept. `recorded` is the day of the recording where the clip itself
/// tells it; else the ledger must.
pub fn due(
    holds: &Holds,
    clip: &Clip,
    event: Option<&Event>,
    recorded: Option<Date>,
    rule: Rule,
) -> Result<Due, Lack> {
    if holds.concern(clip, event) {
        return Ok(Due { kept: Kept::ForGood, ground: Ground::Hold });
    }
    let own = (rule.months > 0)
        .then(|| {
            let recorded =
                clip.recorded_from.or(clip.recorded_until).map(|moment| moment.date()).or(recorded);
            let recorded =
                recorded.ok_or(Lack { sheet: "clips", column: "recorded_from", at: Some(clip.at) })?;
            Ok(months_after(recorded, rule.months).map_or(Kept::ForGood, Kept::Until))
        })
        .transpose()?;
    let with_case_file = match rule.case_file {
        CaseFile::None => false,
        CaseFile::All => true,
        CaseFile::Evidence => holds.is_evidence(clip),
        CaseFile::Filed => {
            holds.is_evidence(clip) || clip.filed.or(event.and_then(|event| event.filed)).is_some()
        }
    };
    let own = own.map(|kept| Due { kept, ground: Ground::Months });
    if !with_case_file {
        return own.ok_or(Lack { sheet: "events", column: "kept_until", at: event.map(|event| event.at) });
    }
    let case_file = event.and_then(|event| event.kept_until).ok_or(Lack {
        sheet: "events",
        column: "kept_until",
        at: event.map(|event| event.at),
    })?;
    let case_file = Due {
        kept: match case_file {
            Term::Until(day) => Kept::Until(day),
            Term::ForGood => Kept::ForGood,
        },
        ground: Ground::CaseFile,
    };
    Ok(match own {
        Some(own) if later(own.kept, case_file.kept) => own,
        _ => case_file,
    })
}

fn later(one: Kept, other: Kept) -> bool {
    match (one, other) {
        (Kept::Until(one), Kept::Until(other)) => one > other,
        (Kept::ForGood, Kept::Until(_)) => true,
        (_, Kept::ForGood) => false,
    }
}

/// How a recording's term stands at the end of the day `on`.
pub fn standing(due: Due, deleted: Option<jiff::civil::DateTime>, on: Date) -> Standing {
    let Kept::Until(last) = due.kept else {
        return if deleted.is_some() { Standing::DeletedEarly } else { Standing::Kept };
    };
    match deleted {
        Some(deleted) if over(last).is_some_and(|over| deleted >= over) => Standing::Cleared,
        Some(_) => Standing::DeletedEarly,
        None if on > last => Standing::DueForClearing,
        None => Standing::Kept,
    }
}

/// One line of the list of due dates: a recording of the ledger.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line<'r> {
    pub clip: &'r Clip,
    pub event: Option<&'r Event>,
    /// Its file is among those at hand; one that is not may lie elsewhere.
    pub at_hand: bool,
    pub due: Result<Due, Lack>,
    /// `None` where nobody knows until when it must be kept, or on which day to look.
    pub standing: Option<Standing>,
}

/// How one recording stands, the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Cleared,
    Kept,
    DueForClearing,
    /// The ledger lacks what the term is worked out from.
    Unknown,
    /// Must be kept, and is not among the clips at hand.
    Missing,
    DeletedEarly,
}

impl State {
    /// The worst first.
    pub const ALL: [Self; 6] =
        [Self::DeletedEarly, Self::Missing, Self::Unknown, Self::DueForClearing, Self::Kept, Self::Cleared];

    pub fn of(line: &Line) -> Self {
        match line.standing {
            Some(Standing::DeletedEarly) => Self::DeletedEarly,
            Some(Standing::Cleared) => Self::Cleared,
            Some(Standing::DueForClearing) => Self::DueForClearing,
            Some(Standing::Kept) if line.at_hand => Self::Kept,
            Some(Standing::Kept) => Self::Missing,
            None => Self::Unknown,
        }
    }

    /// As JSON has it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Cleared => "cleared",
            Self::Kept => "kept",
            Self::DueForClearing => "due-for-clearing",
            Self::Unknown => "unknown",
            Self::Missing => "missing",
            Self::DeletedEarly => "deleted-early",
        }
    }

    pub fn text(self) -> Text {
        match self {
            Self::Cleared => Text::new("到期后已清理", "cleared after its term"),
            Self::Kept => Text::new("在库", "kept"),
            Self::DueForClearing => Text::new("到期，可清理", "due for clearing"),
            Self::Unknown => Text::new("期限不明", "term unknown"),
            Self::Missing => Text::new("应在库而未见", "should be there, not found"),
            Self::DeletedEarly => Text::new("期内已删除", "deleted early"),
        }
    }
}

/// Until when each recording of the ledger must be kept, and how that stands on the day `on`. Without a
/// day only deletions can be judged.
pub fn list<'r>(matcher: &'r Matcher<'_>, rule: Rule, on: Option<Date>) -> impl Iterator<Item = Line<'r>> {
    matcher.ledger().map(move |row| {
        let due = due(matcher.holds(), row.clip, row.event, row.recorded, rule);
        let known = on.or(row.clip.deleted.map(|deleted| deleted.date()));
        let standing = due.ok().zip(known).map(|(due, on)| standing(due, row.clip.deleted, on));
        Line { clip: row.clip, event: row.event, at_hand: row.at_hand, due, standing }
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::super::{Calendar, Names};
    use super::*;
    use crate::session::Naming;

    fn records(sheets: serde_json::Value) -> Records {
        let reading = Records::from_json(sheets.as_object().unwrap().clone(), &Names::usual());
        assert!(!reading.is_faulty(), "{:#?}", reading.problems);
        reading.records
    }

    fn first(records: &Records, rule: Rule) -> Result<Due, Lack> {
        due(&Holds::new(records), &records.rows.clips[0], records.rows.events.first(), None, rule)
    }

    const SIX_MONTHS: Rule = Rule { months: 6, case_file: CaseFile::None };
    const YEAR_OR_CASE_FILE: Rule = Rule { months: 12, case_file: CaseFile::Evidence };
    const CASE_FILE: Rule = Rule { months: 0, case_file: CaseFile::All };

    #[test]
    fn the_longer_term_wins_and_a_hold_wins_always() {
        let clip = json!({"file": "a.mp4", "recorded_from": "2025-08-31 09:00", "is_evidence": "是"});
        let event = json!({"number": "E1", "kept_until": "2035-04-01"});
        let plain = records(json!({"clips": [clip], "events": [event]}));
        let until = |day| Kept::Until(day);
        assert_eq!(
            first(&plain, SIX_MONTHS),
            Ok(Due { kept: until(date(2026, 2, 28)), ground: Ground::Months })
        );
        assert_eq!(
            first(&plain, YEAR_OR_CASE_FILE),
            Ok(Due { kept: until(date(2035, 4, 1)), ground: Ground::CaseFile })
        );
        let short =
            records(json!({"clips": [clip], "events": [{"number": "E1", "kept_until": "2025-12-31"}]}));
        assert_eq!(
            first(&short, YEAR_OR_CASE_FILE),
            Ok(Due { kept: until(date(2026, 8, 31)), ground: Ground::Months })
        );
        for hold in [json!({"file": "A.MP4", "ground": "异议"}), json!({"event": "E1", "ground": "异议"})]
        {
            let held = records(json!({"clips": [clip], "events": [event], "holds": [hold]}));
            assert_eq!(first(&held, SIX_MONTHS), Ok(Due { kept: Kept::ForGood, ground: Ground::Hold }));
        }
        let other =
            records(json!({"clips": [clip], "events": [event], "holds": [{"file": "b.mp4", "event": "E1"}]}));
        assert_eq!(first(&other, SIX_MONTHS).unwrap().ground, Ground::Months);
    }

    #[test]
    fn what_is_evidence_or_filed_is_kept_as_the_case_file() {
        let of = |clip: serde_json::Value, event: serde_json::Value, copies: serde_json::Value, rule| {
            let mut row = json!({"file": "a.mp4", "recorded_from": "2025-08-31 09:00"});
            row.as_object_mut().unwrap().extend(clip.as_object().unwrap().clone());
            let mut of = json!({"number": "E1", "kept_until": "2035-04-01"});
            of.as_object_mut().unwrap().extend(event.as_object().unwrap().clone());
            first(&records(json!({"clips": [row], "events": [of], "copies": copies})), rule).unwrap().ground
        };
        let filed = Rule { months: 24, case_file: CaseFile::Filed };
        let none = || json!({});
        assert_eq!(of(none(), none(), json!([]), filed), Ground::Months);
        assert_eq!(of(json!({"filed": "2025-10-01"}), none(), json!([]), filed), Ground::CaseFile);
        assert_eq!(of(none(), json!({"filed": "2025-10-01"}), json!([]), filed), Ground::CaseFile);
        assert_eq!(of(none(), json!({"filed": "2025-10-01"}), json!([]), YEAR_OR_CASE_FILE), Ground::Months);
        let copy = json!([{"file": "A.mp4", "maker": "赵敏"}]);
        assert_eq!(of(none(), none(), copy.clone(), YEAR_OR_CASE_FILE), Ground::CaseFile);
        assert_eq!(of(json!({"is_evidence": "否"}), none(), copy, YEAR_OR_CASE_FILE), Ground::Months);
    }

    #[test]
    fn what_is_lacking_is_named() {
        let clip = json!({"file": "a.mp4", "deposited": "2025-08-31 09:00"});
        let bare = records(json!({"clips": [clip], "events": [{"number": "E1", "party": "甲"}]}));
        assert_eq!(first(&bare, SIX_MONTHS).unwrap_err().column, "recorded_from");
        assert_eq!(first(&bare, CASE_FILE).unwrap_err().column, "kept_until");
    }

    #[test]
    fn deletion_is_early_until_the_last_day_is_over() {
        let due = Due { kept: Kept::Until(date(2025, 9, 14)), ground: Ground::Months };
        let on = date(2026, 1, 1);
        for (deleted, expected) in [
            (Some(date(2025, 9, 14).at(23, 59, 59, 0)), Standing::DeletedEarly),
            (Some(date(2025, 9, 15).at(0, 0, 0, 0)), Standing::Cleared),
            (None, Standing::DueForClearing),
        ] {
            assert_eq!(standing(due, deleted, on), expected);
        }
        assert_eq!(standing(due, None, date(2025, 9, 14)), Standing::Kept);
        assert_eq!(standing(due, None, date(2025, 9, 15)), Standing::DueForClearing);
        let good = Due { kept: Kept::ForGood, ground: Ground::Hold };
        assert_eq!(standing(good, None, on), Standing::Kept);
        assert_eq!(standing(good, Some(on.at(0, 0, 0, 0)), on), Standing::DeletedEarly);
    }

    #[test]
    fn the_list_says_of_every_recording_how_it_stands() {
        let records = records(json!({"clips": [
            {"file": "old.mp4", "recorded_from": "2025-03-14 09:00"},
            {"file": "new.mp4", "recorded_from": "2025-09-14 09:00"},
            {"file": "gone.mp4", "recorded_from": "2025-03-14 09:00", "deleted": "2025-04-01 09:00"},
            {"file": "unknown.mp4"},
        ]}));
        let calendar = Calendar::official();
        let naming = Naming { patterns: Vec::new(), zone: jiff::tz::TimeZone::UTC };
        let matcher = Matcher::new(&records, &calendar, Vec::new(), &naming.zone);
        let standings = |on| -> Vec<_> { list(&matcher, SIX_MONTHS, on).map(|line| line.standing).collect() };
        assert_eq!(
            standings(Some(date(2025, 12, 31))),
            [Some(Standing::DueForClearing), Some(Standing::Kept), Some(Standing::DeletedEarly), None]
        );
        assert_eq!(standings(None), [None, None, Some(Standing::DeletedEarly), None]);
        assert!(list(&matcher, SIX_MONTHS, None).all(|line| !line.at_hand));
    }
}
