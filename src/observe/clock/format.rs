//! What a burnt-in clock shows, in the many ways that cameras write it.
//!
//! A line is parted into numbers, marks and words; dates and times are then looked for as runs of
//! fields. A recogniser's habits are forgiven as *faults*, and counted: a mark read as another or
//! not at all, a space lost between date and time.

mod grammar;
mod tokens;

#[cfg(test)]
mod tests;

use jiff::civil;

use grammar::Cursor;
use tokens::{ENGLISH_DAYS, Kind, Token, tokens};

/// The order of a date's fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[allow(clippy::enum_variant_names)] // an order is known by what comes first
pub enum DateOrder {
    YearFirst,
    DayFirst,
    MonthFirst,
}

/// Which side of the time something stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    Before,
    After,
}

/// How a clock writes the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Layout {
    pub date: Option<DateOrder>,
    /// The date stands behind the time.
    pub date_last: bool,
    /// Between the fields of the date; `年` for 年月日.
    pub separator: char,
    pub weekday: Option<WeekdayStyle>,
    /// The weekday stands behind date and time.
    pub weekday_last: bool,
    /// Where AM, PM, 上午 or 下午 stands, on a 12-hour clock.
    pub half_day: Option<Side>,
    /// 0, 2 or 3.
    pub fraction_digits: u8,
    /// 时分秒 instead of colons.
    pub chinese_time: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WeekdayStyle {
    /// 星期五, Friday.
    Full,
    /// 周五, Fri.
    Short,
}

/// What two readings of one clock share, whatever a recogniser makes of the marks between.
pub type LayoutKind = (Option<DateOrder>, bool, bool, u8);

impl Layout {
    pub fn kind(&self) -> LayoutKind {
        (self.date, self.date_last, self.half_day.is_some(), self.fraction_digits)
    }

    /// The step in which the clock counts, in seconds.
    pub fn resolution_s(&self) -> f64 {
        10_f64.powi(-i32::from(self.fraction_digits))
    }

    /// What clocks share that write the time by a strftime pattern; `None` where it is no date or time that a
    /// camera writes.
    pub fn kind_of(pattern: &str) -> Option<LayoutKind> {
        // No other order of its fields is a date.
        let moment = civil::date(2025, 12, 31).at(23, 58, 59, 0);
        let written = jiff::fmt::strtime::format(pattern, moment).ok()?;
        match parse(&written)[..] {
            [shown] if shown.begin == 0 && shown.end == written.chars().count() => Some(shown.layout.kind()),
            _ => None,
        }
    }

    /// As a strftime pattern.
    pub fn pattern(&self) -> String {
        let mut time = match (self.half_day.is_some(), self.chinese_time) {
            (true, false) => "%I:%M:%S".to_owned(),
            (true, true) => "%I时%M分%S秒".to_owned(),
            (false, false) => "%H:%M:%S".to_owned(),
            (false, true) => "%H时%M分%S秒".to_owned(),
        };
        if self.fraction_digits > 0 {
            time += &format!(".%{}f", self.fraction_digits);
        }
        match self.half_day {
            Some(Side::Before) => time = format!("%p{time}"),
            Some(Side::After) => time += " %p",
            None => {}
        }
        let Some(order) = self.date else { return time };
        let mark = self.separator;
        let mut date = match (order, mark) {
            (DateOrder::YearFirst, '年') => "%Y年%m月%d日".to_owned(),
            (DateOrder::YearFirst, _) => format!("%Y{mark}%m{mark}%d"),
            (DateOrder::DayFirst, _) => format!("%d{mark}%m{mark}%Y"),
            (DateOrder::MonthFirst, _) => format!("%m{mark}%d{mark}%Y"),
        };
        let weekday = match self.weekday {
            Some(WeekdayStyle::Full) => " %A",
            Some(WeekdayStyle::Short) => " %a",
            None => "",
        };
        if self.weekday_last {
            return format!("{date} {time}{weekday}");
        }
        date += weekday;
        if self.date_last { format!("{time} {date}") } else { format!("{date} {time}") }
    }
}

impl Layout {
    /// How a clock of this layout writes a time: a reading with its marks mended. `None` where names
    /// of days or halves of the day come in, whose language the layout does not say.
    pub fn written(&self, shown_s: f64) -> Option<String> {
        if self.weekday.is_some() || self.half_day.is_some() {
            return None;
        }
        Some(moment(shown_s)?.strftime(&self.pattern()).to_string())
    }

    /// The digits of a time as a clock of this layout shows it, in order.
    pub fn digits(&self, shown_s: f64) -> Option<Vec<char>> {
        digits_of(&self.pattern(), shown_s)
    }

    /// Which of its digits are the date's.
    pub fn date_digits(&self) -> std::ops::Range<usize> {
        const DIGITS: usize = 8;
        let all = self.digits(0.0).map_or(0, |digits| digits.len());
        match (self.date, self.date_last) {
            (None, _) => 0..0,
            (Some(_), false) => 0..DIGITS.min(all),
            (Some(_), true) => all.saturating_sub(DIGITS)..all,
        }
    }

    /// How many digits stand before those of the seconds.
    pub fn digits_before_seconds(&self) -> Option<usize> {
        let pattern = self.pattern();
        let (before, _) = pattern.split_once("%S")?;
        digits_of(before, 0.0).map(|digits| digits.len())
    }
}

fn digits_of(pattern: &str, shown_s: f64) -> Option<Vec<char>> {
    let numbers =
        ["%A", "%a", "%p"].iter().fold(pattern.to_owned(), |numbers, word| numbers.replace(word, ""));
    let written = moment(shown_s)?.strftime(&numbers).to_string();
    Some(written.chars().filter(char::is_ascii_digit).collect())
}

/// The civil time that lies so many seconds after 1970-01-01 00:00:00.
fn moment(shown_s: f64) -> Option<civil::DateTime> {
    let shown = jiff::SignedDuration::from_millis((shown_s * 1e3).round() as i64);
    civil::date(1970, 1, 1).at(0, 0, 0, 0).checked_add(shown).ok()
}

/// One way to understand a line of text as a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shown {
    pub layout: Layout,
    /// Civil seconds since 1970-01-01 00:00:00; since midnight without a date.
    pub shown_s: f64,
    /// The characters it was read from: first, and one past the last.
    pub begin: usize,
    pub end: usize,
    /// What had to be forgiven.
    pub faults: u32,
}

/// All the ways to understand `text` as a time that are as good as the best: several only where
/// day and month cannot be told apart.
pub fn parse(text: &str) -> Vec<Shown> {
    let tokens = tokens(text);
    let mut ways: Vec<Shown> = Vec::new();
    let starts = |token: &Token| matches!(token.kind, Kind::Number { .. } | Kind::HalfDay { .. });
    for start in (0..tokens.len()).filter(|&start| starts(&tokens[start])) {
        for order in [DateOrder::YearFirst, DateOrder::DayFirst, DateOrder::MonthFirst] {
            ways.extend(Cursor::new(&tokens, start).date_and_time(order));
            ways.extend(Cursor::new(&tokens, start).time_and_date(order));
        }
        ways.extend(Cursor::new(&tokens, start).time_alone());
    }
    let rank = |way: &Shown| (way.layout.date.is_none(), way.faults, std::cmp::Reverse(way.end - way.begin));
    let best = ways.iter().map(rank).min();
    ways.retain(|way| Some(rank(way)) == best);
    ways.dedup_by(|a, b| a.shown_s == b.shown_s && a.layout.kind() == b.layout.kind());
    ways
}

/// The text with the name of the day where it was taken for a digit: it is none of the clock's digits.
pub fn with_weekday(text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    tokens::with_weekday(&mut characters);
    characters.into_iter().collect()
}

/// Everything that the text of clocks of these layouts is made of, for a recogniser that is to read
/// nothing else.
pub fn symbols(layouts: impl IntoIterator<Item = Layout>) -> String {
    let mut symbols = "0123456789:-/. 年月日时分秒".to_owned();
    let (mut weekday, mut half_day) = (false, false);
    for layout in layouts {
        weekday |= layout.weekday.is_some();
        half_day |= layout.half_day.is_some();
    }
    if weekday {
        symbols += "星期周一二三四五六天";
        symbols.extend(ENGLISH_DAYS.iter().flat_map(|day| [day.to_string(), day.to_lowercase()]));
    }
    if half_day {
        symbols += "上下午AaPpMm";
    }
    symbols
}
