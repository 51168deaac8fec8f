//! What a file's name says of a recording: device, officer, start, number.
//!
//! Cameras differ in how they name files, and nobody publishes it; so the forms are data. A pattern
//! describes the whole name without its ending, for example `{device}_{officer}_%Y%m%d%H%M%S_{sequence}`:
//!
//! | | |
//! |---|---|
//! | `%Y` `%m` `%d` `%H` `%M` `%S` | year in four digits, the others in two; they touch no further digit |
//! | `{device}` `{officer}` | letters and digits of any script, and hyphens |
//! | `{sequence}` | the file's number, at most eight digits |
//! | `{any}` | anything, also nothing |
//! | other characters | themselves |

use jiff::civil;

use super::moment::civil_seconds_of;
use crate::lang::Prose;

/// Forms that cameras are known or said to use. The first that fits is taken, so that those which say
/// more stand before those which say less.
pub static DEFAULT_PATTERNS: [&str; 14] = [
    "{device}_{officer}_%Y%m%d%H%M%S_{sequence}",
    "{device}_{officer}_%Y%m%d_%H%M%S_{sequence}",
    "{device}_{officer}_%Y%m%d%H%M%S",
    "{device}_{officer}_%Y%m%d_%H%M%S",
    "{device}_%Y%m%d%H%M%S_{sequence}",
    "{device}_%Y%m%d_%H%M%S_{sequence}",
    "{device}_%Y%m%d%H%M%S",
    "{device}_%Y%m%d_%H%M%S",
    "%Y%m%d%H%M%S_{sequence}",
    "%Y%m%d_%H%M%S_{sequence}",
    "{any}%Y%m%d%H%M%S{any}",
    "{any}%Y%m%d_%H%M%S{any}",
    "{any}%Y%m%d-%H%M%S{any}",
    "{any}%Y-%m-%d_%H-%M-%S{any}",
];

/// Digits that look like a year before this are none: cameras of this kind are younger.
const EARLIEST_YEAR: i16 = 2000;
const LAST_YEAR: i16 = 2099;
const MAX_SEQUENCE_DIGITS: usize = 8;
/// Longest name that is read, in characters: file systems allow 255 bytes.
const MAX_NAME_CHARS: usize = 255;

#[derive(Debug, Clone, PartialEq, Default)]
pub struct FileName {
    pub device: Option<String>,
    pub officer: Option<String>,
    /// Civil seconds since 1970-01-01, as written.
    pub start_s: Option<f64>,
    pub sequence: Option<u32>,
}

/// A form of file names; see the head of this file for how it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern(Vec<Token>);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Token {
    Literal(char),
    Time(TimeField),
    Field(Field),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum TimeField {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Field {
    Device,
    Officer,
    Sequence,
    Any,
}

impl Pattern {
    /// Fails with what is wrong about `text`.
    pub fn parse(text: &str) -> Result<Self, Prose> {
        let mut tokens = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let (token, length) = match first {
                '%' => {
                    let letter = rest[1..].chars().next();
                    (time_field(letter).map(Token::Time), 1 + letter.map_or(0, char::len_utf8))
                }
                '{' => {
                    let length = rest.find('}').map_or(rest.len(), |end| end + 1);
                    (field(&rest[..length]).map(Token::Field), length)
                }
                literal => (Some(Token::Literal(literal)), literal.len_utf8()),
            };
            if let (Some(Token::Field(_)), Some(Token::Field(_))) = (&token, tokens.last()) {
                return Err(Prose::new(
                    "文件名样式中的两个栏目之间须有其他字符，否则不知何处为界",
                    "two fields of a file name pattern need something between them, or nothing tells where one ends",
                ));
            }
            let Some(token) = token else {
                let wrong = &rest[..length];
                return Err(Prose::new(
                    format!(
                        "文件名样式中没有 {wrong}；可用 %Y %m %d %H %M %S {{device}} {{officer}} {{sequence}} {{any}}"
                    ),
                    format!(
                        "a file name pattern has no {wrong}; it takes %Y %m %d %H %M %S {{device}} {{officer}} {{sequence}} {{any}}"
                    ),
                ));
            };
            tokens.push(token);
            rest = &rest[length..];
        }
        Ok(Self(tokens))
    }

    /// The same form with anything before and after it.
    pub fn anywhere(mut self) -> Self {
        let any = Token::Field(Field::Any);
        if !matches!(self.0.first(), Some(Token::Field(_))) {
            self.0.insert(0, any);
        }
        if !matches!(self.0.last(), Some(Token::Field(_))) {
            self.0.push(any);
        }
        self
    }

    /// What the name says, where it has this form. The ending (`.MP4`) is no part of the form.
    pub fn read(&self, name: &str) -> Option<FileName> {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let chars: Vec<char> = stem.chars().collect();
        if chars.len() > MAX_NAME_CHARS {
            return None;
        }
        fit(&self.0, &chars, 0, Reading::default())
    }
}

/// What the name says by the first pattern that fits; nothing where none does.
pub fn read(name: &str, patterns: &[Pattern]) -> FileName {
    patterns.iter().find_map(|pattern| pattern.read(name)).unwrap_or_default()
}

fn time_field(letter: Option<char>) -> Option<TimeField> {
    Some(match letter? {
        'Y' => TimeField::Year,
        'm' => TimeField::Month,
        'd' => TimeField::Day,
        'H' => TimeField::Hour,
        'M' => TimeField::Minute,
        'S' => TimeField::Second,
        _ => return None,
    })
}

fn field(name: &str) -> Option<Field> {
    Some(match name {
        "{device}" => Field::Device,
        "{officer}" => Field::Officer,
        "{sequence}" => Field::Sequence,
        "{any}" => Field::Any,
        _ => return None,
    })
}

/// What was read of a name so far.
#[derive(Clone, Default)]
struct Reading {
    name: FileName,
    year: Option<i16>,
    /// Month, day, hour, minute, second.
    rest: [Option<i8>; 5],
    /// The character before was a digit of the time.
    in_time: bool,
}

/// Fits the tokens to the name from `at` on; shorter fields are tried first, so that what follows
/// decides how long they are.
fn fit(tokens: &[Token], name: &[char], at: usize, mut so_far: Reading) -> Option<FileName> {
    let next_is_digit = name.get(at).is_some_and(char::is_ascii_digit);
    let Some((&token, tokens)) = tokens.split_first() else {
        return (at == name.len()).then(|| so_far.finish()).flatten();
    };
    if so_far.in_time && !matches!(token, Token::Time(_)) && next_is_digit {
        return None;
    }
    match token {
        Token::Literal(literal) => {
            so_far.in_time = false;
            (name.get(at) == Some(&literal)).then(|| fit(tokens, name, at + 1, so_far)).flatten()
        }
        Token::Time(field) => {
            let touches = !so_far.in_time && at > 0 && name[at - 1].is_ascii_digit();
            if touches {
                return None;
            }
            let width = if matches!(field, TimeField::Year) { 4 } else { 2 };
            so_far.time(field, number(name.get(at..at + width)?)?)?;
            fit(tokens, name, at + width, so_far)
        }
        Token::Field(field) => {
            so_far.in_time = false;
            let belongs = |c: &char| match field {
                Field::Device | Field::Officer => c.is_alphanumeric() || *c == '-',
                Field::Sequence => c.is_ascii_digit(),
                Field::Any => true,
            };
            let longest = name[at..].iter().take_while(|c| belongs(c)).count();
            let (least, most) = match field {
                Field::Any => (0, longest),
                Field::Sequence => (1, longest.min(MAX_SEQUENCE_DIGITS)),
                Field::Device | Field::Officer => (1, longest),
            };
            (least..=most).find_map(|length| {
                let mut so_far = so_far.clone();
                so_far.field(field, &name[at..at + length]);
                fit(tokens, name, at + length, so_far)
            })
        }
    }
}

fn number(digits: &[char]) -> Option<u32> {
    digits.iter().try_fold(0u32, |number, digit| {
        number.checked_mul(10)?.checked_add(digit.to_digit(10).filter(|_| digit.is_ascii_digit())?)
    })
}

impl Reading {
    fn time(&mut self, field: TimeField, value: u32) -> Option<()> {
        self.in_time = true;
        let place = match field {
            TimeField::Year => {
                let year = i16::try_from(value).ok()?;
                self.year = Some(year).filter(|year| (EARLIEST_YEAR..=LAST_YEAR).contains(year));
                return self.year.map(|_| ());
            }
            TimeField::Month => 0,
            TimeField::Day => 1,
            TimeField::Hour => 2,
            TimeField::Minute => 3,
            TimeField::Second => 4,
        };
        self.rest[place] = Some(i8::try_from(value).ok()?);
        Some(())
    }

    fn field(&mut self, field: Field, text: &[char]) {
        let owned = || Some(text.iter().collect());
        match field {
            Field::Device => self.name.device = owned(),
            Field::Officer => self.name.officer = owned(),
            Field::Sequence => self.name.sequence = number(text),
            Field::Any => {}
        }
    }

    /// `None` where the digits are no date; a name may hold no time at all.
    fn finish(mut self) -> Option<FileName> {
        if let Some(year) = self.year {
            let [month, day, hour, minute, second] = self.rest;
            let moment = civil::DateTime::new(
                year,
                month?,
                day?,
                hour.unwrap_or(0),
                minute.unwrap_or(0),
                second.unwrap_or(0),
                0,
            );
            self.name.start_s = Some(civil_seconds_of(moment.ok()?));
        }
        Some(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-03-14 09:30:11.
    const START_S: f64 = 1_741_944_611.0;

    fn read_by_default(name: &str) -> FileName {
        let patterns: Vec<Pattern> =
            DEFAULT_PATTERNS.iter().map(|text| Pattern::parse(text).unwrap()).collect();
        read(name, &patterns)
    }

    #[test]
    fn names_of_several_cameras_are_read() {
        for (name, device, officer, start_s, sequence) in [
            ("J1_010203_20250314093011_0001.MP4", Some("J1"), Some("010203"), Some(START_S), Some(1)),
            ("D4_000121_20250314_093011.MP4", Some("D4"), Some("000121"), Some(START_S), None),
            ("DSJ-1A_20250314093011_12.mp4", Some("DSJ-1A"), None, Some(START_S), Some(12)),
            ("20250314093011_001.mp4", None, None, Some(START_S), Some(1)),
            ("20250314_093011_0007.MOV", None, None, Some(START_S), Some(7)),
            ("VID-20250314-093011.mp4", None, None, Some(START_S), None),
            ("执法_2025-03-14_09-30-11.mp4", None, None, Some(START_S), None),
            ("120250314093011.mp4", None, None, None, None),
            ("202503140930111.mp4", None, None, None, None),
            ("20251314093011.mp4", None, None, None, None),
            ("16010012.mp4", None, None, None, None),
            ("compliant.mp4", None, None, None, None),
            ("", None, None, None, None),
        ] {
            let found = read_by_default(name);
            assert_eq!(found.device.as_deref(), device, "{name}");
            assert_eq!(found.officer.as_deref(), officer, "{name}");
            assert_eq!((found.start_s, found.sequence), (start_s, sequence), "{name}");
        }
    }

    #[test]
    fn an_agencys_own_form_is_read() {
        let own = Pattern::parse("{officer}@{device} %Y年%m月%d日%H时%M分%S秒 第{sequence}段").unwrap();
        let found = own.read("张伟@T7 2025年03月14日09时30分11秒 第3段.mp4").unwrap();
        assert_eq!((found.officer.as_deref(), found.device.as_deref()), (Some("张伟"), Some("T7")));
        assert_eq!((found.start_s, found.sequence), (Some(START_S), Some(3)));
        assert_eq!(own.read("张伟@T7.mp4"), None);
    }

    #[test]
    fn what_is_no_pattern_is_named() {
        for (text, wrong) in [
            ("{devise}_%Y", "{devise}"),
            ("%Y%q", "%q"),
            ("abc%", "%"),
            ("{any", "{any"),
            ("{device}{officer}", "two fields"),
        ] {
            assert!(Pattern::parse(text).unwrap_err().en.contains(wrong), "{text}");
        }
    }

    #[test]
    fn hostile_names_end() {
        let pattern = Pattern::parse("{any}a{any}a{device}_%Y").unwrap();
        assert_eq!(pattern.read(&"a".repeat(200)), None);
        assert_eq!(pattern.read(&"a".repeat(10_000)), None);
    }
}
