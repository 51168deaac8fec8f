//! From a cell to a value of its column's kind. What cannot be understood is a problem, never a guess.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};

use super::dates;
use super::sheets::Kind;
use crate::lang::Prose;

/// A cell as the file holds it.
#[derive(Debug, Clone, PartialEq)]
pub enum Raw {
    Empty,
    Text(String),
    Number(f64),
    Flag(bool),
    /// A cell that the spreadsheet itself shows as a date.
    Moment(DateTime),
    /// An error value such as `#N/A`, or a value of no use here; as the file writes it.
    Wrong(String),
}

/// Until when something is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term {
    Until(Date),
    ForGood,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(String),
    List(Vec<String>),
    Moment(DateTime),
    Day(Date),
    Count(u32),
    Seconds(f64),
    Flag(bool),
    Digest(String),
    Term(Term),
}

/// Serial day numbers of spreadsheets that stand for dates from 2000 to 2099; other numbers in a column
/// of dates are mistakes.
const SERIAL_DAYS: std::ops::Range<f64> = 36_526.0..73_051.0;
/// Days between the two systems in which spreadsheets count days.
pub const DAYS_1904: f64 = 1_462.0;
/// Hexadecimal digits of SHA-256 and of SM3.
const DIGEST_DIGITS: usize = 64;
/// No cell of a spreadsheet holds more.
const MAX_TEXT_CHARS: usize = 32_767;

/// The value of a cell of that kind; `None` of an empty one. The second is worth a note.
pub fn read(kind: Kind, raw: Raw) -> Result<(Option<Value>, Option<Prose>), Prose> {
    let raw = match raw {
        Raw::Text(text) if text.trim().is_empty() => Raw::Empty,
        Raw::Text(text) if text.chars().count() > MAX_TEXT_CHARS => {
            return Err(Prose::new("文字过长", "the text is too long"));
        }
        Raw::Wrong(shown) => {
            return Err(Prose::new(
                format!("单元格是错误值 {shown}"),
                format!("the cell is in error: {shown}"),
            ));
        }
        raw => raw,
    };
    if raw == Raw::Empty {
        return Ok((None, None));
    }
    let value = match kind {
        Kind::Text => Value::Text(text(&raw)),
        Kind::List => Value::List(names(&text(&raw))),
        Kind::Moment => return moment(&raw).map(|(moment, note)| (Some(Value::Moment(moment)), note)),
        Kind::Day => Value::Day(day(&raw)?),
        Kind::Count => Value::Count(count(&raw)?),
        Kind::Seconds => Value::Seconds(number(&raw)?),
        Kind::Flag => Value::Flag(flag(&raw)?),
        Kind::Digest => Value::Digest(digest(&raw)?),
        Kind::Term if is_for_good(&text(&raw)) => Value::Term(Term::ForGood),
        Kind::Term => Value::Term(Term::Until(day(&raw)?)),
    };
    Ok((Some(value), None))
}

/// As people would read the cell.
pub fn text(raw: &Raw) -> String {
    match raw {
        Raw::Empty => String::new(),
        Raw::Text(text) | Raw::Wrong(text) => text.trim().to_owned(),
        // A device number that a spreadsheet took for a number.
        Raw::Number(number) => number.to_string(),
        Raw::Flag(flag) => flag.to_string(),
        Raw::Moment(moment) => moment.strftime("%Y-%m-%d %H:%M:%S").to_string(),
    }
}

fn names(text: &str) -> Vec<String> {
    let parts = text.split(['、', '，', ',', '；', ';', '\n', '/']).map(str::trim);
    let mut names: Vec<String> = parts.filter(|part| !part.is_empty()).map(str::to_owned).collect();
    // Most lists hold one name, and a ledger many lists.
    names.shrink_to_fit();
    names
}

fn moment(raw: &Raw) -> Result<(DateTime, Option<Prose>), Prose> {
    let midnight = |moment: DateTime| {
        (moment.time() == jiff::civil::Time::midnight()).then(|| {
            Prose::new(
                "时刻恰为零点；如果只填了日期，请补上时刻",
                "the time of day is exactly midnight; if only the date was entered, add the time",
            )
        })
    };
    match raw {
        Raw::Moment(moment) => Ok((*moment, midnight(*moment))),
        Raw::Number(serial) => serial_moment(*serial).map(|moment| (moment, midnight(moment))),
        Raw::Text(text) => match dates::read(text)? {
            (date, Some(time)) => Ok((date.to_datetime(time), None)),
            (_, None) => Err(Prose::new(
                format!("“{text}”没有时刻；应写到时分，如 2025-03-14 09:30"),
                format!("\"{text}\" has no time of day; write such as 2025-03-14 09:30"),
            )),
        },
        other => Err(no_date(&text(other))),
    }
}

fn day(raw: &Raw) -> Result<Date, Prose> {
    match raw {
        Raw::Moment(moment) => Ok(moment.date()),
        Raw::Number(serial) => serial_moment(*serial).map(|moment| moment.date()),
        Raw::Text(text) => dates::read(text).map(|(date, _)| date),
        other => Err(no_date(&text(other))),
    }
}

fn no_date(shown: &str) -> Prose {
    Prose::new(
        format!("“{shown}”不是日期；应写如 2025-03-14 09:30"),
        format!("\"{shown}\" is no date; write such as 2025-03-14 09:30"),
    )
}

/// A spreadsheet's day number, in the 1900 system, to the second.
pub fn serial_moment(serial: f64) -> Result<DateTime, Prose> {
    const SECONDS_PER_DAY: f64 = 86_400.0;
    if !SERIAL_DAYS.contains(&serial) {
        return Err(Prose::new(
            format!("数字 {serial} 不是2000年至2099年间的日期"),
            format!("the number {serial} is no date between 2000 and 2099"),
        ));
    }
    let epoch = jiff::civil::date(1899, 12, 30).at(0, 0, 0, 0);
    let seconds = (serial * SECONDS_PER_DAY).round() as i64;
    epoch.checked_add(jiff::SignedDuration::from_secs(seconds)).map_err(|_| no_date(&serial.to_string()))
}

fn number(raw: &Raw) -> Result<f64, Prose> {
    let number = match raw {
        Raw::Number(number) => Some(*number),
        Raw::Text(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite()).ok_or_else(|| {
        let shown = text(raw);
        Prose::new(format!("“{shown}”不是数字"), format!("\"{shown}\" is no number"))
    })
}

fn count(raw: &Raw) -> Result<u32, Prose> {
    let number = number(raw)?;
    match number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number) {
        true => Ok(number as u32),
        false => Err(Prose::new(
            format!("“{}”不是个数：应为0或正整数", text(raw)),
            format!("\"{}\" is no count: a whole number from 0", text(raw)),
        )),
    }
}

fn flag(raw: &Raw) -> Result<bool, Prose> {
    const YES: [&str; 10] = ["是", "有", "√", "✓", "已", "对", "y", "yes", "true", "1"];
    const NO: [&str; 10] = ["否", "无", "×", "✗", "未", "没有", "n", "no", "false", "0"];
    let shown = match raw {
        Raw::Flag(flag) => return Ok(*flag),
        raw => text(raw),
    };
    let word = shown.to_lowercase();
    match (YES.contains(&word.as_str()), NO.contains(&word.as_str())) {
        (true, _) => Ok(true),
        (_, true) => Ok(false),
        _ => Err(Prose::new(
            format!("“{shown}”看不出是或否；应填“是”或“否”"),
            format!("\"{shown}\" is neither yes nor no; write 是 or 否"),
        )),
    }
}

fn digest(raw: &Raw) -> Result<String, Prose> {
    let shown = text(raw);
    let lower = shown.to_lowercase();
    let digits = ["sha256:", "sha-256:", "sm3:"]
        .iter()
        .find_map(|name| lower.strip_prefix(name))
        .unwrap_or(&lower)
        .trim();
    match digits.len() == DIGEST_DIGITS && digits.chars().all(|c| c.is_ascii_hexdigit()) {
        true => Ok(digits.to_owned()),
        false => Err(Prose::new(
            format!("“{shown}”不是 SHA-256 或 SM3：应为64位十六进制数字"),
            format!("\"{shown}\" is neither SHA-256 nor SM3: 64 hexadecimal digits"),
        )),
    }
}

fn is_for_good(text: &str) -> bool {
    matches!(text, "永久" | "长期" | "永久保存" | "长期保存")
}

/// One row's values by their column's id; each is taken out once.
#[derive(Debug, Default)]
pub struct Cells(pub BTreeMap<&'static str, Value>);

impl Cells {
    pub(super) fn take<T: FromValue>(&mut self, column: &'static str) -> T {
        T::from_value(self.0.remove(column))
    }
}

/// A field of a row's type. [`read`] gives each column values of its own kind only.
pub trait FromValue {
    fn from_value(value: Option<Value>) -> Self;
}

macro_rules! fields {
    ($($variant:pat => $type:ty, $value:ident;)+) => {
        $(impl FromValue for Option<$type> {
            fn from_value(value: Option<Value>) -> Self {
                match value {
                    Some($variant) => Some($value),
                    _ => None,
                }
            }
        })+
    };
}

fields! {
    Value::Text(text) | Value::Digest(text) => String, text;
    Value::Moment(moment) => DateTime, moment;
    Value::Day(day) => Date, day;
    Value::Count(count) => u32, count;
    Value::Seconds(seconds) => f64, seconds;
    Value::Flag(flag) => bool, flag;
    Value::Term(term) => Term, term;
}

impl FromValue for Vec<String> {
    fn from_value(value: Option<Value>) -> Self {
        match value {
            Some(Value::List(names)) => names,
            _ => Vec::new(),
        }
    }
}

/// Whether a field of a row's type holds anything.
pub trait Filled {
    fn is_filled(&self) -> bool;
}

impl<T> Filled for Option<T> {
    fn is_filled(&self) -> bool {
        self.is_some()
    }
}

impl Filled for Vec<String> {
    fn is_filled(&self) -> bool {
        !self.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(kind: Kind, text: &str) -> Result<Option<Value>, Prose> {
        read(kind, Raw::Text(text.to_owned())).map(|(value, _)| value)
    }

    #[test]
    fn serial_numbers_are_dates_to_the_second() {
        // 2025-03-14 09:30:11 is day 45730 of the 1900 system.
        let moment = serial_moment(45_730.0 + (9.0 * 3600.0 + 30.0 * 60.0 + 11.0) / 86_400.0).unwrap();
        assert_eq!(moment, jiff::civil::date(2025, 3, 14).at(9, 30, 11, 0));
        assert!(serial_moment(12.0).is_err() && serial_moment(f64::NAN).is_err());
        let (_, note) = read(Kind::Moment, Raw::Number(45_730.0)).unwrap();
        assert!(note.unwrap().en.contains("midnight"));
    }

    #[test]
    fn a_moment_without_a_time_of_day_is_not_guessed() {
        assert!(read_text(Kind::Moment, "2025-03-14").unwrap_err().en.contains("no time of day"));
        assert!(read_text(Kind::Day, "2025-03-14").is_ok());
        assert!(read_text(Kind::Moment, "2025-02-29 09:00").is_err());
    }

    #[test]
    fn wrong_types_are_named() {
        for (kind, text) in [
            (Kind::Flag, "大概"),
            (Kind::Count, "2.5"),
            (Kind::Count, "-1"),
            (Kind::Seconds, "fast"),
            (Kind::Seconds, "inf"),
            (Kind::Digest, "d41d8cd98f00b204e9800998ecf8427e"),
            (Kind::Day, "昨天"),
        ] {
            let error = read_text(kind, text).unwrap_err();
            assert!(error.zh.contains(text) && error.en.contains(text), "{error:?}");
        }
        assert!(read(Kind::Text, Raw::Wrong("#N/A".to_owned())).is_err());
    }

    #[test]
    fn usual_writings_are_understood() {
        assert_eq!(read_text(Kind::Flag, "√").unwrap(), Some(Value::Flag(true)));
        assert_eq!(read_text(Kind::Flag, "  ").unwrap(), None);
        assert_eq!(
            read_text(Kind::List, "李强、王芳, 张伟").unwrap(),
            Some(Value::List(vec!["李强".into(), "王芳".into(), "张伟".into()]))
        );
        let digest = "A".repeat(64);
        assert_eq!(
            read_text(Kind::Digest, &format!("SM3:{digest}")).unwrap(),
            Some(Value::Digest("a".repeat(64)))
        );
        assert_eq!(read_text(Kind::Term, "永久").unwrap(), Some(Value::Term(Term::ForGood)));
        assert_eq!(read(Kind::Text, Raw::Number(10203.0)).unwrap().0, Some(Value::Text("10203".into())));
    }
}
