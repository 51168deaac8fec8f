//! Dates and times as people write them. Day and month are never guessed: the year comes first, as it
//! does in Chinese offices, and anything else is refused.

use jiff::civil::{Date, Time};

use crate::lang::Prose;

/// A date, and the time of day where one is written: `2025-03-14 09:30`, `2025/3/14 9:30:05`,
/// `2025.3.14`, `2025年3月14日9时30分`, `20250314093000`, `2025-03-14T09:30:00`.
pub fn read(text: &str) -> Result<(Date, Option<Time>), Prose> {
    let plain = half_width(text.trim());
    let numbers = numbers(&plain).ok_or_else(|| unreadable(text))?;
    let (date, time) = match numbers.as_slice() {
        [year, month, day] => ((year, month, day), None),
        [year, month, day, hour, minute] => ((year, month, day), Some((*hour, *minute, 0))),
        [year, month, day, hour, minute, second] => ((year, month, day), Some((*hour, *minute, *second))),
        _ => return Err(unreadable(text)),
    };
    let (year, month, day) = date;
    if !(1900..=2199).contains(year) {
        return Err(unreadable(text));
    }
    let impossible = |_| {
        Prose::new(
            format!("没有“{text}”这个日期或时刻"),
            format!("there is no such date or time as \"{text}\""),
        )
    };
    let date = Date::new(*year, narrow(*month), narrow(*day)).map_err(impossible)?;
    let time = time
        .map(|(hour, minute, second)| Time::new(narrow(hour), narrow(minute), narrow(second), 0))
        .transpose()
        .map_err(impossible)?;
    Ok((date, time))
}

fn narrow(number: i16) -> i8 {
    i8::try_from(number).unwrap_or(i8::MAX)
}

/// Full-width digits and marks, which Chinese input methods write, as half-width ones.
fn half_width(text: &str) -> String {
    text.chars()
        .map(|c| match u32::from(c) {
            code @ 0xff01..=0xff5e => char::from_u32(code - 0xfee0).unwrap_or(c),
            0x3000 => ' ',
            _ => c,
        })
        .collect()
}

/// Year, month, day and what follows of a time, where the marks between them are the usual ones.
fn numbers(text: &str) -> Option<Vec<i16>> {
    /// What stands behind each number in turn; the last one may stand alone.
    const MARKS: [&[&str]; 6] = [
        &["-", "/", ".", "年"],
        &["-", "/", ".", "月"],
        &["日 ", "号 ", "日", "号", " ", "T"],
        &[":", "时", "点"],
        &[":", "分"],
        &["秒"],
    ];
    if let Some(numbers) = run_of_digits(text) {
        return Some(numbers);
    }
    let mut rest = text;
    let mut numbers = Vec::new();
    for marks in MARKS {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        if digits.is_empty() || digits.len() > 4 {
            return None;
        }
        numbers.push(digits.parse().ok()?);
        rest = &rest[digits.len()..];
        if let Some(after) = marks.iter().find_map(|mark| rest.strip_prefix(mark)) {
            rest = after.trim_start();
        } else if !rest.is_empty() {
            return None;
        }
        if rest.is_empty() {
            break;
        }
    }
    // 2025年3月14日9时: minutes that are not written are not known to be nought.
    rest.is_empty().then_some(numbers)
}

/// `20250314`, `202503140930`, `20250314093000`.
fn run_of_digits(text: &str) -> Option<Vec<i16>> {
    if !matches!(text.len(), 8 | 12 | 14) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = text.split_at(4);
    let pairs =
        rest.as_bytes().chunks(2).map(|pair| i16::from(pair[0] - b'0') * 10 + i16::from(pair[1] - b'0'));
    Some(std::iter::once(year.parse().ok()?).chain(pairs).collect())
}

fn unreadable(text: &str) -> Prose {
    let shown: String = text.chars().take(40).collect();
    Prose::new(
        format!("“{shown}”不是认得的日期写法；应写如 2025-03-14 09:30"),
        format!("\"{shown}\" is not a known way to write a date; write such as 2025-03-14 09:30"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time};

    #[test]
    fn usual_writings_are_read() {
        let at = Some(time(9, 30, 0, 0));
        for (text, expected) in [
            ("2025-03-14 09:30", at),
            ("2025/3/14 9:30", at),
            ("2025.3.14 9:30:00", at),
            ("2025-03-14T09:30:00", at),
            ("2025年3月14日9时30分", at),
            ("2025年03月14日 9点30分", at),
            ("２０２５年３月１４日　９：３０", at),
            ("202503140930", at),
            ("20250314093000", at),
            ("2025年3月14日", None),
            ("20250314", None),
            (" 2025-3-14 ", None),
        ] {
            assert_eq!(read(text), Ok((date(2025, 3, 14), expected)), "{text}");
        }
    }

    #[test]
    fn what_could_mean_something_else_is_refused() {
        for text in [
            "14/03/2025",
            "03-14-2025",
            "3月14日",
            "2025-3",
            "2025-03-14 9",
            "25-03-14",
            "昨天",
            "",
            "2025-03-14 09:30 PM",
            "2025--3-14",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn impossible_dates_are_named() {
        for text in [
            "2025-02-29",
            "2025-13-01",
            "2025-04-31 09:00",
            "2025-03-14 24:01",
            "2025-03-14 09:60",
            "2025-03-14 300:00",
        ] {
            assert!(read(text).unwrap_err().en.contains(text), "{text}");
        }
        assert!(read("2024-02-29").is_ok());
    }

    proptest::proptest! {
        #[test]
        fn reading_never_panics(text in "\\PC{0,24}") {
            let _ = read(&text);
        }

        #[test]
        fn what_is_written_is_read_back(days in 0..50_000i32, second in 0..86_400i64) {
            let moment = date(2000, 1, 1).at(0, 0, 0, 0)
                + jiff::SignedDuration::from_secs(i64::from(days) * 86_400 + second);
            let text = moment.strftime("%Y年%-m月%-d日%-H时%M分%S秒").to_string();
            proptest::prop_assert_eq!(read(&text), Ok((moment.date(), Some(moment.time()))));
        }
    }
}
