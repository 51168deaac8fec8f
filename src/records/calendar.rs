//! Working days by the State Council's calendar, and the arithmetic of terms.
//!
//! Terms run as the Civil Code has them: the day on which one starts is not counted (article 201), a
//! term of months ends on the day of the same number or the month's last (202), and its last day is
//! whole (203). Hours run by the clock.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};
use serde::Deserialize;

use super::dates;
use crate::lang::Prose;

/// The calendar that comes with the program: 2018 to 2026, each year with the notice it is from.
const OFFICIAL: &str = include_str!("calendar.toml");
/// A term in working days that is not over by then is a mistake.
const MAX_WORKING_DAYS: u32 = 1_000;

/// Holidays and make-up workdays of the years that are known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calendar {
    /// Each year with the source of its days.
    years: BTreeMap<i16, String>,
    holidays: BTreeSet<Date>,
    /// Weekend days on which people work.
    workdays: BTreeSet<Date>,
}

/// A day lies in a year that the calendar does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beyond {
    pub year: i16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    year: Vec<Year>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Year {
    year: i16,
    source: String,
    /// Days, or stretches `2025-01-28/2025-02-04` with both ends.
    holidays: Vec<String>,
    workdays: Vec<String>,
}

impl Calendar {
    pub fn official() -> Self {
        // A test holds that the embedded calendar can be read.
        Self::parse(OFFICIAL).unwrap_or_default()
    }

    /// A calendar file, in the form of the one that comes with the program. Fails with what is wrong.
    pub fn parse(toml: &str) -> Result<Self, Prose> {
        let wrong = |zh: String, en: String| Prose::new(format!("日历：{zh}"), format!("calendar: {en}"));
        let file: File = toml::from_str(toml).map_err(|error| wrong(error.to_string(), error.to_string()))?;
        let mut calendar = Self::default();
        for year in file.year {
            let number = year.year;
            if calendar.years.insert(number, year.source).is_some() {
                return Err(wrong(format!("{number} 年出现两次"), format!("{number} stands twice")));
            }
            for text in &year.holidays {
                calendar.holidays.extend(days(text, number)?);
            }
            for text in &year.workdays {
                calendar.workdays.extend(days(text, number)?);
            }
        }
        if let Some(day) = calendar.holidays.intersection(&calendar.workdays).next() {
            return Err(wrong(
                format!("{day} 既放假又上班"),
                format!("{day} is a holiday and a working day at once"),
            ));
        }
        Ok(calendar)
    }

    /// The years that are known, each with its source.
    pub fn years(&self) -> &BTreeMap<i16, String> {
        &self.years
    }

    pub fn is_working_day(&self, day: Date) -> Result<bool, Beyond> {
        if !self.years.contains_key(&day.year()) {
            return Err(Beyond { year: day.year() });
        }
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        Ok(if weekend { self.workdays.contains(&day) } else { !self.holidays.contains(&day) })
    }

    /// The last day of a term of that many working days that starts on `start`, itself not counted.
    /// None of none is `start`.
    pub fn after(&self, start: Date, working_days: u32) -> Result<Date, Beyond> {
        let mut day = start;
        let mut left = working_days.min(MAX_WORKING_DAYS);
        while left > 0 {
            day = day.tomorrow().map_err(|_| Beyond { year: day.year() })?;
            left -= u32::from(self.is_working_day(day)?);
        }
        Ok(day)
    }

    /// Working days behind `start` up to `end`, which is counted; 0 where `end` is not behind `start`.
    pub fn between(&self, start: Date, end: Date) -> Result<u32, Beyond> {
        let mut count = 0;
        let mut day = start;
        while day < end {
            day = day.tomorrow().map_err(|_| Beyond { year: day.year() })?;
            count += u32::from(self.is_working_day(day)?);
        }
        Ok(count)
    }
}

impl Beyond {
    pub fn prose(self) -> Prose {
        let year = self.year;
        Prose::new(
            format!("没有{year}年的放假调休安排，算不出工作日；可用 --calendar 指定日历文件"),
            format!("the working days of {year} are not known; --calendar FILE can tell them"),
        )
    }
}

fn days(text: &str, year: i16) -> Result<Vec<Date>, Prose> {
    let wrong = || {
        Prose::new(
            format!("日历：“{text}”不是{year}年的日期或起止日期"),
            format!("calendar: \"{text}\" is neither a day nor a stretch of days of {year}"),
        )
    };
    let (first, last) = text.split_once('/').unwrap_or((text, text));
    let day = |text: &str| dates::read(text).map(|(day, _)| day).map_err(|_| wrong());
    let (first, last) = (day(first)?, day(last)?);
    if first.year() != year || last.year() != year || last < first {
        return Err(wrong());
    }
    Ok(first.series(1.day()).take_while(|day| *day <= last).collect())
}

/// That many hours later by the clock, whatever the zone does to it meanwhile; `None` beyond the
/// calendar's range.
pub fn hours_after(moment: DateTime, hours: f64, zone: &TimeZone) -> Option<DateTime> {
    const SECONDS_PER_HOUR: f64 = 3_600.0;
    let seconds = (hours * SECONDS_PER_HOUR).round() as i64;
    let later =
        moment.to_zoned(zone.clone()).ok()?.checked_add(jiff::SignedDuration::from_secs(seconds)).ok()?;
    Some(later.datetime())
}

/// The last day of a term of that many calendar months.
pub fn months_after(day: Date, months: u32) -> Option<Date> {
    day.checked_add(Span::new().try_months(i64::from(months)).ok()?).ok()
}

/// The first moment at which that day is over.
pub fn over(day: Date) -> Option<DateTime> {
    Some(day.tomorrow().ok()?.at(0, 0, 0, 0))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn shanghai() -> TimeZone {
        jiff::tz::TimeZoneDatabase::bundled().get("Asia/Shanghai").unwrap()
    }

    #[test]
    fn the_embedded_calendar_knows_nine_years_each_with_its_source() {
        let calendar = Calendar::parse(OFFICIAL).unwrap();
        assert_eq!(calendar.years().keys().copied().collect::<Vec<_>>(), (2018..=2026).collect::<Vec<_>>());
        assert!(calendar.years().values().all(|source| source.contains("国办发明电")));
        assert!(
            calendar.workdays.iter().all(|day| matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday))
        );
    }

    /// Working days of each year; they follow from the notices, counted by another program as well.
    #[test]
    fn each_year_has_its_number_of_working_days() {
        let calendar = Calendar::official();
        for (year, count) in [
            (2018, 250),
            (2019, 250),
            (2020, 249),
            (2021, 250),
            (2022, 249),
            (2023, 249),
            (2024, 251),
            (2025, 248),
            (2026, 248),
        ] {
            assert_eq!(
                calendar.between(date(year, 1, 1).yesterday().unwrap(), date(year, 12, 31)),
                Ok(count),
                "{year}"
            );
        }
    }

    #[test]
    fn holidays_and_make_up_days_are_as_announced() {
        let calendar = Calendar::official();
        for (day, works) in [
            (date(2025, 1, 26), true),  // Sunday before the Spring Festival
            (date(2025, 1, 28), false), // New Year's Eve
            (date(2025, 2, 4), false),
            (date(2025, 2, 5), true),
            (date(2025, 2, 8), true), // Saturday after it
            (date(2025, 2, 9), false),
            (date(2020, 2, 1), false), // the make-up day that was cancelled
            (date(2020, 2, 2), false),
            (date(2019, 5, 3), false),  // added by the second notice
            (date(2018, 12, 29), true), // by the next year's notice
            (date(2024, 2, 9), true),   // New Year's Eve was no holiday that year
        ] {
            assert_eq!(calendar.is_working_day(day), Ok(works), "{day}");
        }
    }

    #[test]
    fn terms_in_working_days_run_over_the_spring_festival() {
        let calendar = Calendar::official();
        // Friday 2025-01-24: Sunday 26, Monday 27, then the holidays, Wednesday February 5.
        assert_eq!(calendar.after(date(2025, 1, 24), 3), Ok(date(2025, 2, 5)));
        assert_eq!(calendar.after(date(2025, 1, 24), 0), Ok(date(2025, 1, 24)));
        // Saturday 2025-02-08 counts, Sunday does not.
        assert_eq!(calendar.after(date(2025, 2, 7), 2), Ok(date(2025, 2, 10)));
        assert_eq!(calendar.between(date(2025, 1, 24), date(2025, 2, 5)), Ok(3));
    }

    #[test]
    fn beyond_the_known_years_nothing_is_counted() {
        let calendar = Calendar::official();
        assert_eq!(calendar.after(date(2026, 12, 31), 1), Err(Beyond { year: 2027 }));
        assert_eq!(calendar.is_working_day(date(2017, 12, 31)), Err(Beyond { year: 2017 }));
        assert!(Beyond { year: 2027 }.prose().zh.contains("2027"));
    }

    #[test]
    fn calendar_files_are_checked() {
        let year = |holidays: &str, workdays: &str| {
            format!(
                "[[year]]\nyear = 2027\nsource = \"x\"\nholidays = [{holidays}]\nworkdays = [{workdays}]\n"
            )
        };
        let own = Calendar::parse(&year("\"2027-02-05/2027-02-11\"", "\"2027-01-30\"")).unwrap();
        assert_eq!(own.after(date(2027, 2, 4), 1), Ok(date(2027, 2, 12)));
        for (wrong, named) in [
            (year("\"2026-01-01\"", ""), "2026-01-01"),
            (year("\"2027-02-30\"", ""), "2027-02-30"),
            (year("\"2027-02-05/2027-02-01\"", ""), "2027-02-05/2027-02-01"),
            (year("\"2027-01-30\"", "\"2027-01-30\""), "at once"),
            (year("", "") + &year("", ""), "twice"),
            ("colour = 1".to_owned(), "calendar"),
        ] {
            assert!(Calendar::parse(&wrong).unwrap_err().en.contains(named), "{wrong}");
        }
    }

    #[test]
    fn hours_run_over_midnight_and_over_a_change_of_the_clock() {
        let zone = shanghai();
        assert_eq!(
            hours_after(date(2024, 2, 28).at(23, 59, 59, 0), 24.0, &zone),
            Some(date(2024, 2, 29).at(23, 59, 59, 0))
        );
        assert_eq!(
            hours_after(date(2024, 12, 31).at(9, 0, 0, 0), 24.0, &zone),
            Some(date(2025, 1, 1).at(9, 0, 0, 0))
        );
        let berlin = jiff::tz::TimeZoneDatabase::bundled().get("Europe/Berlin").unwrap();
        assert_eq!(
            hours_after(date(2025, 3, 29).at(12, 0, 0, 0), 24.0, &berlin),
            Some(date(2025, 3, 30).at(13, 0, 0, 0))
        );
    }

    #[test]
    fn months_end_on_the_same_day_or_the_months_last() {
        for (start, months, end) in [
            (date(2025, 3, 14), 6, date(2025, 9, 14)),
            (date(2025, 8, 31), 6, date(2026, 2, 28)),
            (date(2023, 8, 31), 6, date(2024, 2, 29)),
            (date(2024, 2, 29), 12, date(2025, 2, 28)),
            (date(2025, 1, 31), 1, date(2025, 2, 28)),
            (date(2025, 12, 31), 36, date(2028, 12, 31)),
        ] {
            assert_eq!(months_after(start, months), Some(end), "{start} + {months}");
        }
    }

    fn day() -> impl Strategy<Value = Date> {
        // Up to where the longest term of these tests stays within the known years.
        (0..3_150i64).prop_map(|days| date(2018, 1, 1) + days.days())
    }

    proptest! {
        #[test]
        fn a_term_ends_on_a_working_day_and_holds_as_many(start in day(), count in 1..60u32) {
            let calendar = Calendar::official();
            let end = calendar.after(start, count).unwrap();
            prop_assert!(calendar.is_working_day(end).unwrap());
            prop_assert_eq!(calendar.between(start, end), Ok(count));
        }

        #[test]
        fn terms_add_up(start in day(), first in 0..30u32, second in 0..30u32) {
            let calendar = Calendar::official();
            let both = calendar.after(start, first + second);
            prop_assert_eq!(calendar.after(calendar.after(start, first).unwrap(), second), both);
        }

        #[test]
        fn a_later_start_never_ends_earlier(start in day(), count in 0..40u32) {
            let calendar = Calendar::official();
            let tomorrow = start.tomorrow().unwrap();
            prop_assert!(calendar.after(start, count).unwrap() <= calendar.after(tomorrow, count).unwrap());
        }

        #[test]
        fn months_keep_the_day_or_take_the_last(start in day(), months in 0..40u32) {
            let end = months_after(start, months).unwrap();
            prop_assert!(end.day() == start.day() || (end.day() < start.day() && end == end.last_of_month()));
            let passed = i32::from(end.year()) * 12 + i32::from(end.month())
                - i32::from(start.year()) * 12 - i32::from(start.month());
            prop_assert_eq!(passed, months as i32);
        }

        #[test]
        fn parsing_never_panics(text in "\\PC{0,60}") {
            let _ = Calendar::parse(&text);
        }
    }
}
