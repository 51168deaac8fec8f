//! What a burnt-in clock shows, in the many ways that cameras write it.
//!
//! A line is parted into numbers, marks and words; dates and times are then looked for as runs of
//! fields. A recogniser's habits are forgiven as *faults*, and counted: a mark read as another or
//! not at all, a space lost between date and time.

use jiff::civil;

/// The order of a date's fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
        match self.weekday {
            Some(WeekdayStyle::Full) => date += " %A",
            Some(WeekdayStyle::Short) => date += " %a",
            None => {}
        }
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
        let epoch = civil::date(1970, 1, 1).at(0, 0, 0, 0);
        let shown = jiff::SignedDuration::from_millis((shown_s * 1e3).round() as i64);
        epoch.checked_add(shown).ok().map(|moment| moment.strftime(&self.pattern()).to_string())
    }
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

/// More forgiving would see times in device numbers.
const MAX_FAULTS: u32 = 2;

/// A time alone has few digits to be sure by, so its colons must be there.
const MAX_FAULTS_WITHOUT_DATE: u32 = 0;

/// Cameras that lost their clock start at 1970 or 2000.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2099;

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

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    /// Number of digits and their value; longer runs than a clock's keep their first 16 digits.
    Number {
        length: usize,
        digits: [u8; 16],
    },
    Mark(char),
    Space,
    HalfDay {
        afternoon: bool,
    },
    Weekday(WeekdayStyle),
    Foreign,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Token {
    kind: Kind,
    begin: usize,
    end: usize,
}

const ENGLISH_DAYS: [&str; 7] =
    ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];

fn tokens(text: &str) -> Vec<Token> {
    let characters = plain(text);
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        let (kind, length) = token_at(&characters, at);
        tokens.push(Token { kind, begin: at, end: at + length });
        at += length;
    }
    tokens
}

fn token_at(characters: &[char], at: usize) -> (Kind, usize) {
    let rest = &characters[at..];
    let run = |of: fn(&char) -> bool| rest.iter().take_while(|c| of(c)).count();
    match rest {
        [digit, ..] if digit.is_ascii_digit() => {
            let length = run(char::is_ascii_digit);
            let mut digits = [0; 16];
            for (slot, digit) in digits.iter_mut().zip(&rest[..length]) {
                *slot = *digit as u8 - b'0';
            }
            (Kind::Number { length, digits }, length)
        }
        ['星', '期', day, ..] if is_weekday(*day) => (Kind::Weekday(WeekdayStyle::Full), 3),
        ['周', day, ..] if is_weekday(*day) => (Kind::Weekday(WeekdayStyle::Short), 2),
        ['上', '午', ..] => (Kind::HalfDay { afternoon: false }, 2),
        ['下', '午', ..] => (Kind::HalfDay { afternoon: true }, 2),
        [letter, ..] if letter.is_ascii_alphabetic() => {
            let length = run(char::is_ascii_alphabetic);
            let word: String = rest[..length].iter().collect::<String>().to_ascii_uppercase();
            let kind = match word.as_str() {
                "AM" => Kind::HalfDay { afternoon: false },
                "PM" => Kind::HalfDay { afternoon: true },
                // ISO 8601 puts a T between date and time.
                "T" => Kind::Space,
                day if ENGLISH_DAYS.contains(&day) => Kind::Weekday(WeekdayStyle::Full),
                day if day.len() == 3 && ENGLISH_DAYS.iter().any(|full| full.starts_with(day)) => {
                    Kind::Weekday(WeekdayStyle::Short)
                }
                _ => Kind::Foreign,
            };
            (kind, length)
        }
        [mark @ ('-' | '/' | '.' | ':' | '年' | '月' | '日' | '时' | '分' | '秒'), ..] => {
            (Kind::Mark(*mark), 1)
        }
        [' ', ..] => (Kind::Space, run(|&c| c == ' ')),
        _ => (Kind::Foreign, 1),
    }
}

fn is_weekday(day: char) -> bool {
    "一二三四五六日天".contains(day)
}

/// The text with full-width and look-alike characters as plain ones, one for one.
fn plain(text: &str) -> Vec<char> {
    let mut characters: Vec<char> = text
        .chars()
        .map(|c| match c {
            '：' | '；' | ';' | '∶' => ':',
            '／' => '/',
            '－' | '–' | '—' | '−' => '-',
            '．' | '・' | '·' | ',' | '，' | '。' => '.',
            '点' | '時' => '时',
            '\u{3000}' | '\t' => ' ',
            '０'..='９' => char::from(b'0' + (c as u32 - '０' as u32) as u8),
            other => other,
        })
        .collect();
    // Letters that stand among digits and marks are digits.
    for at in 0..characters.len() {
        let digit = match characters[at] {
            'O' | 'o' | 'Q' | 'D' => '0',
            'I' | 'l' | '|' => '1',
            _ => continue,
        };
        let numeric =
            |c: Option<&char>| c.is_some_and(|c| c.is_ascii_digit() || "-/.:年月日时分".contains(*c));
        let before = at.checked_sub(1).and_then(|before| characters.get(before));
        if numeric(before) || numeric(characters.get(at + 1)) {
            characters[at] = digit;
        }
    }
    characters
}

/// Reads fields from tokens, counting faults on the way.
#[derive(Clone)]
struct Cursor<'a> {
    tokens: &'a [Token],
    next: usize,
    /// Digits of the next token that are already used.
    used: usize,
    faults: u32,
    begin: usize,
    end: usize,
    layout: Layout,
}

struct Time {
    hour: i8,
    minute: i8,
    second: i8,
    fraction_s: f64,
}

impl<'a> Cursor<'a> {
    fn new(tokens: &'a [Token], start: usize) -> Self {
        let layout = Layout {
            date: None,
            date_last: false,
            separator: '-',
            weekday: None,
            half_day: None,
            fraction_digits: 0,
            chinese_time: false,
        };
        let begin = tokens.get(start).map_or(0, |token| token.begin);
        Self { tokens, next: start, used: 0, faults: 0, begin, end: begin, layout }
    }

    fn date_and_time(mut self, order: DateOrder) -> Option<Shown> {
        self.layout.date = Some(order);
        let date = self.date(order)?;
        self.between_date_and_time();
        let time = self.time()?;
        self.shown(Some(date), &time, MAX_FAULTS)
    }

    fn time_and_date(mut self, order: DateOrder) -> Option<Shown> {
        self.layout.date = Some(order);
        self.layout.date_last = true;
        let time = self.time()?;
        self.between_date_and_time();
        let date = self.date(order)?;
        self.weekday();
        self.shown(Some(date), &time, MAX_FAULTS)
    }

    fn time_alone(mut self) -> Option<Shown> {
        let time = self.time()?;
        self.shown(None, &time, MAX_FAULTS_WITHOUT_DATE)
    }

    fn date(&mut self, order: DateOrder) -> Option<civil::Date> {
        let (year, month, day);
        match order {
            DateOrder::YearFirst => {
                self.skip_to_year();
                year = self.field(4)?;
                self.date_mark('年')?;
                month = self.field(2)?;
                self.date_mark('月')?;
                day = self.field(2)?;
                self.take_mark('日');
            }
            DateOrder::DayFirst => {
                day = self.field(2)?;
                self.date_mark('-')?;
                month = self.field(2)?;
                self.date_mark('-')?;
                year = self.field(4)?;
            }
            DateOrder::MonthFirst => {
                month = self.field(2)?;
                self.date_mark('-')?;
                day = self.field(2)?;
                self.date_mark('-')?;
                year = self.field(4)?;
            }
        }
        let year = i16::try_from(year).ok().filter(|year| YEARS.contains(year))?;
        civil::Date::new(year, month as i8, day as i8).ok()
    }

    fn time(&mut self) -> Option<Time> {
        let mut afternoon = self.half_day(Side::Before);
        let hour = self.field(2)?;
        self.time_mark('时')?;
        let minute = self.field(2)?;
        self.time_mark('分')?;
        let second = self.field(2)?;
        self.take_mark('秒');
        let fraction_s = self.fraction();
        if afternoon.is_none() {
            afternoon = self.half_day(Side::After);
        }
        let hour = match afternoon {
            Some(afternoon) if (1..=12).contains(&hour) => hour % 12 + if afternoon { 12 } else { 0 },
            None if hour < 24 => hour,
            _ => return None,
        };
        (minute < 60 && second < 60).then_some(Time {
            hour: hour as i8,
            minute: minute as i8,
            second: second as i8,
            fraction_s,
        })
    }

    fn shown(self, date: Option<civil::Date>, time: &Time, max_faults: u32) -> Option<Shown> {
        let glued = self.used > 0;
        let faults = self.faults + if glued { 2 } else { 0 };
        if faults > max_faults {
            return None;
        }
        let epoch = civil::date(1970, 1, 1);
        let midnight_s = date.map_or(0, |date| date.duration_since(epoch).as_secs());
        let seconds = i64::from(time.hour) * 3600 + i64::from(time.minute) * 60 + i64::from(time.second);
        Some(Shown {
            layout: self.layout,
            shown_s: (midnight_s + seconds) as f64 + time.fraction_s,
            begin: self.begin,
            end: self.end,
            faults,
        })
    }

    fn peek(&self) -> Option<Kind> {
        self.tokens.get(self.next).map(|token| token.kind)
    }

    fn advance(&mut self) {
        if let Some(token) = self.tokens.get(self.next) {
            self.end = token.end;
        }
        self.next += 1;
        self.used = 0;
    }

    /// A number glued to the front of a year, such as a device number, is passed over.
    fn skip_to_year(&mut self) {
        if let Some(Kind::Number { length, .. }) = self.peek()
            && length > 4
            && !matches!(length, 6 | 8 | 10 | 12 | 14 | 16)
        {
            self.faults += 1;
            self.used = length - 4;
            self.begin += self.used;
        }
    }

    /// A number of `width` digits; one digit less where it stands alone (`9:05:01`).
    fn field(&mut self, width: usize) -> Option<u32> {
        if self.used == 0 {
            self.spaces();
        }
        let Some(Kind::Number { length, digits }) = self.peek() else { return None };
        let left = length.checked_sub(self.used)?;
        let take = if left >= width {
            width
        } else if width == 2 && length == 1 {
            1
        } else {
            return None;
        };
        let taken = digits.get(self.used..self.used + take)?;
        let value = taken.iter().fold(0, |value, &digit| value * 10 + u32::from(digit));
        self.end = self.tokens.get(self.next)?.begin + self.used + take;
        self.used += take;
        if self.used == length {
            self.advance();
        }
        Some(value)
    }

    fn spaces(&mut self) -> bool {
        let found = matches!(self.peek(), Some(Kind::Space));
        if found {
            // Does not lengthen what was read: a trailing space is not part of it.
            self.next += 1;
        }
        found
    }

    fn take_mark(&mut self, wanted: char) {
        if self.used == 0 && self.peek() == Some(Kind::Mark(wanted)) {
            self.advance();
        }
    }

    /// The mark between two fields, with spaces around it; `None` when something else stands there.
    fn mark(&mut self) -> Option<Option<char>> {
        if self.used > 0 {
            return Some(None);
        }
        self.spaces();
        match self.peek() {
            Some(Kind::Mark(mark)) => {
                self.advance();
                self.spaces();
                Some(Some(mark))
            }
            Some(Kind::Number { .. }) => Some(None),
            _ => None,
        }
    }

    fn date_mark(&mut self, chinese: char) -> Option<()> {
        match self.mark()? {
            Some(mark @ ('-' | '/' | '.')) => self.layout.separator = mark,
            Some(mark) if mark == chinese => self.layout.separator = '年',
            _ => self.faults += 1,
        }
        Some(())
    }

    fn time_mark(&mut self, chinese: char) -> Option<()> {
        match self.mark()? {
            Some(':') => {}
            Some(mark) if mark == chinese => self.layout.chinese_time = true,
            _ => self.faults += 1,
        }
        Some(())
    }

    fn between_date_and_time(&mut self) {
        if self.used > 0 {
            return;
        }
        self.weekday();
        self.spaces();
        if let Some(Kind::Mark('-' | '.' | ':' | '/')) = self.peek() {
            self.faults += 1;
            self.advance();
        }
    }

    fn weekday(&mut self) {
        let here = self.clone();
        self.spaces();
        match self.peek() {
            Some(Kind::Weekday(style)) if self.used == 0 => {
                self.layout.weekday = Some(style);
                self.advance();
            }
            _ => *self = here,
        }
    }

    fn half_day(&mut self, side: Side) -> Option<bool> {
        let here = self.clone();
        if self.used == 0 {
            self.spaces();
            if let Some(Kind::HalfDay { afternoon }) = self.peek() {
                self.layout.half_day = Some(side);
                self.advance();
                return Some(afternoon);
            }
        }
        *self = here;
        None
    }

    /// Hundredths or thousandths behind a point. Behind a colon stands a frame number: passed over.
    fn fraction(&mut self) -> f64 {
        let [Some(mark), Some(number)] = [self.tokens.get(self.next), self.tokens.get(self.next + 1)] else {
            return 0.0;
        };
        let (Kind::Mark(mark @ ('.' | ':')), Kind::Number { length: length @ (2 | 3), digits }) =
            (mark.kind, number.kind)
        else {
            return 0.0;
        };
        if self.used > 0 {
            return 0.0;
        }
        self.advance();
        self.advance();
        if mark == ':' {
            return 0.0;
        }
        self.layout.fraction_digits = length as u8;
        let value = digits[..length].iter().fold(0.0, |value, &digit| value * 10.0 + f64::from(digit));
        value / 10_f64.powi(length as i32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(year: i16, month: i8, day: i8, hour: i8, minute: i8, second: i8) -> f64 {
        let zone = jiff::tz::TimeZone::UTC;
        let time = civil::datetime(year, month, day, hour, minute, second, 0).to_zoned(zone).unwrap();
        time.timestamp().as_second() as f64
    }

    fn one(text: &str) -> Shown {
        let ways = parse(text);
        assert_eq!(ways.len(), 1, "{text}: {ways:?}");
        ways[0]
    }

    #[test]
    fn formats_that_cameras_write() {
        let moment = seconds(2025, 3, 14, 9, 30, 11);
        for (text, pattern) in [
            ("2025-03-14 09:30:11", "%Y-%m-%d %H:%M:%S"),
            ("2025/03/14 09:30:11", "%Y/%m/%d %H:%M:%S"),
            ("2025.03.14 09:30:11", "%Y.%m.%d %H:%M:%S"),
            ("2025年03月14日 09:30:11", "%Y年%m月%d日 %H:%M:%S"),
            ("2025年3月14日9:30:11", "%Y年%m月%d日 %H:%M:%S"),
            ("2025年03月14日 09时30分11秒", "%Y年%m月%d日 %H时%M分%S秒"),
            ("2025-03-14 星期五 09:30:11", "%Y-%m-%d %A %H:%M:%S"),
            ("2025-03-14 周五 09:30:11", "%Y-%m-%d %a %H:%M:%S"),
            ("2025-03-14 Fri 09:30:11", "%Y-%m-%d %a %H:%M:%S"),
            ("14/03/2025 09:30:11", "%d/%m/%Y %H:%M:%S"),
            ("03-14-2025 09:30:11", "%m-%d-%Y %H:%M:%S"),
            ("2025-03-14 09:30:11 AM", "%Y-%m-%d %I:%M:%S %p"),
            ("2025-03-14 上午 09:30:11", "%Y-%m-%d %p%I:%M:%S"),
            ("2025-03-14T09:30:11", "%Y-%m-%d %H:%M:%S"),
            ("09:30:11 2025/03/14", "%H:%M:%S %Y/%m/%d"),
        ] {
            let shown = one(text);
            assert_eq!((shown.shown_s, shown.layout.pattern().as_str()), (moment, pattern), "{text}");
            assert_eq!(shown.faults, 0, "{text}");
        }
    }

    #[test]
    fn afternoon_noon_and_midnight() {
        assert_eq!(one("2025-03-14 下午 03:05:09").shown_s, seconds(2025, 3, 14, 15, 5, 9));
        assert_eq!(one("2025-03-14 12:05:09 AM").shown_s, seconds(2025, 3, 14, 0, 5, 9));
        assert_eq!(one("2025-03-14 12:05:09PM").shown_s, seconds(2025, 3, 14, 12, 5, 9));
        assert_eq!(parse("2025-03-14 13:05:09 PM"), []);
    }

    #[test]
    fn a_recognisers_habits_are_forgiven() {
        let moment = seconds(2025, 3, 14, 9, 30, 11);
        for text in [
            "2025-03-1409:30:11",
            "2025-03-14 09.30:11",
            "2O25-03-14 O9:30:l1",
            "2025-03-14 09:3011",
            "2025－03－14　09：30：11",
            "202503-14 09:30:11",
        ] {
            assert_eq!(one(text).shown_s, moment, "{text}");
        }
    }

    #[test]
    fn text_beside_the_clock_stays_outside() {
        let shown = one("J1_010203 2025-03-14 09:12:40 #7");
        assert_eq!((shown.begin, shown.end), (10, 29));
        assert_eq!(shown.shown_s, seconds(2025, 3, 14, 9, 12, 40));
        let unit = one("执法01 2025-03-14 09:12:40 速度35");
        assert_eq!(unit.shown_s, seconds(2025, 3, 14, 9, 12, 40));
    }

    #[test]
    fn hundredths_and_frame_numbers() {
        let shown = one("2025-03-14 09:30:11.25");
        assert_eq!(shown.shown_s, seconds(2025, 3, 14, 9, 30, 11) + 0.25);
        assert_eq!(
            (shown.layout.resolution_s(), shown.layout.pattern()),
            (0.01, "%Y-%m-%d %H:%M:%S.%2f".into())
        );
        assert_eq!(one("2025-03-14 09:30:11:24").layout.fraction_digits, 0);
    }

    #[test]
    fn readings_are_written_as_the_clock_writes_them() {
        let written = |text: &str| one(text).layout.written(one(text).shown_s);
        assert_eq!(written("2025-03-1409:30:11").as_deref(), Some("2025-03-14 09:30:11"));
        assert_eq!(written("2025年03月14日09:30:11.25").as_deref(), Some("2025年03月14日 09:30:11.25"));
        assert_eq!(written("2025-03-14 周五 09:30:11"), None);
    }

    #[test]
    fn day_and_month_may_be_ambiguous() {
        let ways = parse("03/04/2025 09:30:11");
        let orders: Vec<_> = ways.iter().map(|way| way.layout.date).collect();
        assert_eq!(orders, [Some(DateOrder::DayFirst), Some(DateOrder::MonthFirst)]);
    }

    #[test]
    fn a_time_without_date_counts_from_midnight() {
        assert_eq!(one("09:30:11").shown_s, 34_211.0);
        assert_eq!(one("09:30:11").layout.pattern(), "%H:%M:%S");
    }

    #[test]
    fn other_text_is_no_time() {
        for text in [
            "",
            "J1_010203",
            "16010012",
            "电话 0375-2862000",
            "8:00-18:00",
            "192.168.10.12",
            "N34.12345 E113.23456",
            "25:61:00",
            "2025-03-14",
            "0375-28620001",
        ] {
            assert_eq!(parse(text), [], "{text}");
        }
    }

    #[test]
    fn an_impossible_date_is_not_read_as_one() {
        for text in ["2025-13-14 09:30:11", "2025-02-30 09:30:11"] {
            assert!(parse(text).iter().all(|shown| shown.layout.date.is_none()), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[0-9OIl:./年月日时分秒AMPM上下午星期五 -]{0,40}") {
            for shown in parse(&text) {
                proptest::prop_assert!(shown.begin < shown.end && shown.end <= text.chars().count());
            }
        }
    }
}
