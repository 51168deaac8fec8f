//! Dates and times as runs of fields.

use jiff::civil;

use super::tokens::{Kind, Token};
use super::{DateOrder, Layout, Shown, Side, WeekdayStyle};

/// More forgiving would see times in device numbers.
const MAX_FAULTS: u32 = 2;

/// A time alone has few digits to be sure by, so its colons must be there.
const MAX_FAULTS_WITHOUT_DATE: u32 = 0;

/// Cameras that lost their clock start at 1970 or 2000.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2099;

/// Reads fields from tokens, counting faults on the way.
#[derive(Clone)]
pub(super) struct Cursor<'a> {
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
    pub fn new(tokens: &'a [Token], start: usize) -> Self {
        let layout = Layout {
            date: None,
            date_last: false,
            separator: '-',
            weekday: None,
            weekday_last: false,
            half_day: None,
            fraction_digits: 0,
            chinese_time: false,
        };
        let begin = tokens.get(start).map_or(0, |token| token.begin);
        Self { tokens, next: start, used: 0, faults: 0, begin, end: begin, layout }
    }

    pub fn date_and_time(mut self, order: DateOrder) -> Option<Shown> {
        self.layout.date = Some(order);
        let date = self.date(order)?;
        self.between_date_and_time();
        let time = self.time()?;
        if self.layout.weekday.is_none() && self.used == 0 {
            self.weekday();
            self.layout.weekday_last = self.layout.weekday.is_some();
        }
        self.shown(Some(date), &time, MAX_FAULTS)
    }

    pub fn time_and_date(mut self, order: DateOrder) -> Option<Shown> {
        self.layout.date = Some(order);
        self.layout.date_last = true;
        let time = self.time()?;
        self.between_date_and_time();
        let date = self.date(order)?;
        self.weekday();
        self.shown(Some(date), &time, MAX_FAULTS)
    }

    pub fn time_alone(mut self) -> Option<Shown> {
        let time = self.time()?;
        self.shown(None, &time, MAX_FAULTS_WITHOUT_DATE)
    }

    fn date(&mut self, order: DateOrder) -> Option<civil::Date> {
        let (year, month, day);
        match order {
            DateOrder::YearFirst => {
                self.skip_to_field(4);
                year = self.field(4)?;
                self.date_mark('年')?;
                month = self.field(2)?;
                self.date_mark('月')?;
                day = self.field(2)?;
                self.take_mark('日');
            }
            DateOrder::DayFirst => {
                self.skip_to_field(2);
                day = self.field(2)?;
                self.date_mark('-')?;
                month = self.field(2)?;
                self.date_mark('-')?;
                year = self.field(4)?;
            }
            DateOrder::MonthFirst => {
                self.skip_to_field(2);
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
        let mut marked = self.time_mark('时')?;
        let minute = self.field(2)?;
        marked |= self.time_mark('分')?;
        // Six digits in a row are a number of another kind.
        if !marked {
            return None;
        }
        let second = self.field(2)?;
        self.take_mark('秒');
        let fraction_s = self.fraction();
        if afternoon.is_none() {
            afternoon = self.half_day(Side::After).or_else(|| self.like_half_day(hour));
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

    /// A number glued to the front of a date, such as a device number, is passed over: a fault.
    fn skip_to_field(&mut self, width: usize) {
        // Behind a time its seconds stand there.
        let Some(Kind::Number { length, digits }) = self.peek().filter(|_| self.used == 0) else { return };
        let first_four = digits[..4].iter().fold(0, |value, digit| value * 10 + i16::from(*digit));
        let next = self.tokens.get(self.next + 1).map(|token| token.kind);
        let glued = match next {
            Some(Kind::Mark('年')) => true,
            // `202503-14` has lost a mark, `20250314-0930` is a date and a time.
            Some(Kind::Mark('-' | '/' | '.')) => !(matches!(length, 6 | 8) && YEARS.contains(&first_four)),
            _ => width == 4 && !matches!(length, 6 | 8 | 10 | 12 | 14 | 16),
        };
        if glued && length > width {
            self.faults += 1;
            self.used = length - width;
            self.begin += self.used;
        }
    }

    /// A number of `width` digits; one digit less where it stands alone (`9:05:01`).
    fn field(&mut self, width: usize) -> Option<u32> {
        if self.used == 0 {
            self.spaces();
        }
        let Some(Kind::Number { length, digits }) = self.peek() else { return None };
        if let Some(digit) = self.behind_dotted_zero(width) {
            return Some(digit);
        }
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

    /// A zero with a dot in it may be read as two characters (`0.7:05:01`): no field of a date or a time is a lone zero.
    fn behind_dotted_zero(&mut self, width: usize) -> Option<u32> {
        let zero = self.tokens.get(self.next..self.next + 3)?;
        let [
            Token { kind: Kind::Number { length: 1, digits: [0, ..] }, .. },
            Token { kind: Kind::Mark('.'), .. },
            Token { kind: Kind::Number { length: 1, digits }, .. },
        ] = zero
        else {
            return None;
        };
        if width != 2 || self.used > 0 {
            return None;
        }
        self.faults += 1;
        self.next += 2;
        self.advance();
        Some(u32::from(digits[0]))
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
        let here = self.clone();
        if self.used == 0 {
            self.spaces();
            if self.peek() == Some(Kind::Mark(wanted)) {
                self.advance();
                return;
            }
        }
        *self = here;
    }

    /// The mark between two fields, with spaces around it; `None` when something else stands there.
    fn mark(&mut self) -> Option<Option<char>> {
        if self.used > 0 {
            return Some(None);
        }
        self.spaces();
        match self.peek() {
            Some(Kind::Mark(mut mark)) => {
                self.advance();
                self.spaces();
                // A speck before 年 or 月 is read as a point.
                if let ('.', Some(Kind::Mark(chinese @ ('年' | '月')))) = (mark, self.peek()) {
                    mark = chinese;
                    self.faults += 1;
                    self.advance();
                    self.spaces();
                }
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

    /// Whether a mark stands there, or what may be one.
    fn time_mark(&mut self, chinese: char) -> Option<bool> {
        if self.colon_among_digits() {
            return Some(true);
        }
        let mark = self.mark()?;
        match mark {
            Some(':') => {}
            Some(mark) if mark == chinese => self.layout.chinese_time = true,
            _ => self.faults += 1,
        }
        Some(mark.is_some())
    }

    /// A bitmap face's colon may be taken for an 8, which leaves an odd number of digits in a row.
    fn colon_among_digits(&mut self) -> bool {
        let Some(Kind::Number { length, digits }) = self.peek() else { return false };
        let like_colon = self.used > 0 && digits.get(self.used) == Some(&8);
        let odd = length.checked_sub(self.used).is_some_and(|left| left % 2 == 1);
        if like_colon && odd {
            self.used += 1;
            self.faults += 1;
        }
        like_colon && odd
    }

    fn between_date_and_time(&mut self) {
        if self.used > 0 {
            return;
        }
        self.weekday();
        if self.layout.weekday.is_none() {
            self.unreadable_weekday();
        }
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

    /// A word between date and time is a weekday, though it could not be read: a fault.
    fn unreadable_weekday(&mut self) {
        const LONGEST_NAME: usize = 9;
        let here = self.clone();
        self.spaces();
        let (first, mut words) = (self.next, 0);
        while matches!(self.peek(), Some(Kind::Foreign)) {
            self.advance();
            words += 1;
        }
        let begin = self.tokens.get(first).map_or(self.end, |token| token.begin);
        let length = self.end.saturating_sub(begin);
        self.layout.weekday = match (words, length) {
            // Latin letters come as one word, Chinese characters one by one.
            (1, 3) | (2, 2) => Some(WeekdayStyle::Short),
            (1, 4..=LONGEST_NAME) | (3, 3) => Some(WeekdayStyle::Full),
            _ => {
                *self = here;
                return;
            }
        };
        self.faults += 1;
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

    /// What looks like AM or PM behind an hour of twelve is that: no camera's number has such letters alone.
    fn like_half_day(&mut self, hour: u32) -> Option<bool> {
        let here = self.clone();
        self.spaces();
        if let Some(Kind::LikeHalfDay { afternoon }) = self.peek()
            && self.used == 0
            && (1..=12).contains(&hour)
        {
            self.layout.half_day = Some(Side::After);
            self.advance();
            return Some(afternoon);
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
