//! Parting a line into numbers, marks and words.

use super::WeekdayStyle;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
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
    /// Two letters that a bitmap face's AM or PM is taken for, or the first of them alone.
    LikeHalfDay {
        afternoon: bool,
    },
    Weekday(WeekdayStyle),
    Foreign,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Token {
    pub kind: Kind,
    pub begin: usize,
    pub end: usize,
}

pub(super) const ENGLISH_DAYS: [&str; 7] =
    ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];

pub(super) fn tokens(text: &str) -> Vec<Token> {
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

/// A Chinese word for the day or its half, with its length. Widely set characters may be read with spaces between, and
/// which day it is need not be readable.
fn chinese_word(rest: &[char]) -> Option<(Kind, usize)> {
    let letters = rest.iter().enumerate().filter(|(_, c)| **c != ' ').take(3);
    let letters: Vec<(usize, char)> = letters.map(|(at, c)| (at, *c)).collect();
    let (kind, last) = match letters[..] {
        [(_, '星'), (_, '期'), (last, day)] if is_weekday(day) => (Kind::Weekday(WeekdayStyle::Full), last),
        [(_, '星'), (last, '期'), ..] => (Kind::Weekday(WeekdayStyle::Full), last),
        [(_, '周'), (last, day), ..] if is_weekday(day) => (Kind::Weekday(WeekdayStyle::Short), last),
        [(_, '上'), (last, '午'), ..] => (Kind::HalfDay { afternoon: false }, last),
        [(_, '下'), (last, '午'), ..] => (Kind::HalfDay { afternoon: true }, last),
        _ => return None,
    };
    Some((kind, last + 1))
}

/// The name of a day that was taken for a digit, as 日 is for an 8, written as 日: digits behind 星期 or 周 are odd in number,
/// with those of the hour. One for one.
pub(super) fn with_weekday(text: &mut [char]) {
    for at in 1..text.len() {
        let behind_name = text[..at].iter().rev().find(|c| **c != ' ').is_some_and(|c| "期周".contains(*c));
        let digits = text[at..].iter().take_while(|c| c.is_ascii_digit()).count();
        if behind_name && digits % 2 == 1 {
            text[at] = '日';
        }
    }
}

fn token_at(characters: &[char], at: usize) -> (Kind, usize) {
    let rest = &characters[at..];
    if let Some(word) = chinese_word(rest) {
        return word;
    }
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
        [letter, ..] if letter.is_ascii_alphabetic() => {
            let length = run(char::is_ascii_alphabetic);
            let word: String = rest[..length].iter().collect::<String>().to_ascii_uppercase();
            if let Some(afternoon) = run_into(&word, rest.get(length)) {
                return (Kind::LikeHalfDay { afternoon }, 2);
            }
            let kind = match word.as_str() {
                "AM" => Kind::HalfDay { afternoon: false },
                "PM" => Kind::HalfDay { afternoon: true },
                // ISO 8601 puts a T between date and time.
                "T" => Kind::Space,
                day if ENGLISH_DAYS.contains(&day) => Kind::Weekday(WeekdayStyle::Full),
                day if day.len() == 3 && ENGLISH_DAYS.iter().any(|full| full.starts_with(day)) => {
                    Kind::Weekday(WeekdayStyle::Short)
                }
                word => {
                    let alone = rest.get(length).is_none_or(|next| *next == ' ');
                    let half_day = like_half_day(word).filter(|_| alone || length > 1);
                    half_day.map_or(Kind::Foreign, |afternoon| Kind::LikeHalfDay { afternoon })
                }
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

/// Whether letters look like PM (or like AM, which is `false`): of few pixels a P is as good as an F, an M as an H, and the
/// last letter of a line is often cut off.
fn like_half_day(word: &str) -> Option<bool> {
    let (first, second) = word.split_at_checked(1)?;
    match (first, second) {
        ("P" | "F", "M" | "H" | "N" | "W") | ("P", "") => Some(true),
        ("A", "M" | "H" | "N" | "W") | ("A", "") => Some(false),
        _ => None,
    }
}

/// PM (or AM, which is `false`) with a device's number read as one word with it, such as `PMJ1_010203`.
fn run_into(word: &str, next: Option<&char>) -> Option<bool> {
    let numbered = word.len() > 2 && next.is_some_and(|next| next.is_ascii_digit() || *next == '_');
    match word.get(..2).filter(|_| numbered)? {
        "PM" => Some(true),
        "AM" => Some(false),
        _ => None,
    }
}

/// 一 is easily taken for a dash.
fn is_weekday(day: char) -> bool {
    "一-二三四五六日天".contains(day)
}

/// The text with full-width and look-alike characters as plain ones, one for one.
fn plain(text: &str) -> Vec<char> {
    let mut characters: Vec<char> = text
        .chars()
        .map(|c| match c {
            '：' | '；' | ';' | '∶' => ':',
            '／' => '/',
            '－' | '–' | '—' | '−' | '=' => '-',
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
    with_weekday(&mut characters);
    characters
}
