//! What the clock's lines said in one picture.

use opencv::core::Mat;

use super::find;
use super::format::{self, LayoutKind, Shown};
use super::glyphs::{Glyphs, Lesson, Spot};
use crate::observe::text::{Alphabet, Character, LineImage, TextError, TextReader};

/// A reading whose weakest digit is less sure than this is none.
pub const MIN_CONFIDENCE: f32 = 0.65;

/// A time alone with so many digits beside it may have a date that was not understood.
const DIGITS_OF_DATE: usize = 6;

/// What a kept picture's lines said.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    pub text: String,
    /// As in [`format::parse`].
    pub ways: Vec<Shown>,
    /// Of each character; 1 for marks and spaces, which say nothing about the time.
    pub confidences: Vec<f32>,
    /// Where each character stands.
    pub spots: Vec<Spot>,
    /// Had by comparison with other lines, not from the recogniser.
    pub compared: bool,
    /// Characters that the clip's own digits corrected.
    pub corrected: Vec<usize>,
}

/// What a single line says by itself, without the help of other pictures.
#[derive(Debug, Clone, PartialEq)]
pub struct LineReading {
    /// Civil seconds since 1970-01-01 as shown; since midnight without a date.
    pub shown_s: f64,
    /// As in [`ClockFacts::format`].
    pub format: String,
    /// Of the least sure digit, 0 to 1.
    pub confidence: f32,
}

/// Reads a line (8-bit grey, with a small margin around it) as a clock's, in all the ways to understand it (day and month may be either); none
/// where it is no time, or not surely read.
pub fn read_line(reader: &TextReader, line: &Mat) -> Result<Vec<LineReading>, TextError> {
    let line = LineImage::new(&find::softened(line)?)?;
    let layouts = format::parse(&reader.read(&line)?.text).into_iter().map(|shown| shown.layout);
    let alphabet = reader.alphabet(&format::symbols(layouts));
    let seen = read(reader, &alphabet, std::slice::from_ref(&line))?;
    if !seen.corrected.is_empty() {
        // There are no other pictures to hold it against.
        return Ok(Vec::new());
    }
    let whole = |shown: &Shown| shown.layout.date.is_some() || seen.digits_beside(shown) < DIGITS_OF_DATE;
    let sure =
        seen.ways.iter().filter_map(|way| seen.as_kind(way.layout.kind())).filter(|(shown, _)| whole(shown));
    let reading = |(shown, confidence): (&Shown, f32)| LineReading {
        shown_s: shown.shown_s,
        format: shown.layout.pattern(),
        confidence,
    };
    Ok(sure.map(reading).collect())
}

/// Learns a clock's digits from lines of it that the recogniser reads, and gives what compares further ones with them
/// (their text, where it can be told): to measure what that costs. `None` where too few could be read.
pub fn learn(
    reader: &TextReader,
    lines: Vec<LineImage>,
) -> Result<Option<impl Fn(&LineImage) -> Option<String>>, TextError> {
    let alphabet = reader.alphabet(&format::symbols([]));
    let lines: Vec<[LineImage; 1]> = lines.into_iter().map(|line| [line]).collect();
    let seen = lines.iter().map(|line| read(reader, &alphabet, line)).collect::<Result<Vec<_>, _>>()?;
    let mut lessons: Vec<Lesson> = Vec::new();
    for (lines, seen) in lines.iter().zip(&seen) {
        if let Some(&Shown { begin, end, .. }) = seen.ways.first() {
            lessons.push(Lesson { lines, text: &seen.text, spots: &seen.spots, begin, end, confidence: 1.0 });
        }
    }
    let glyphs = Glyphs::learnt(&lessons, &[]);
    Ok(glyphs
        .map(|glyphs| move |line: &LineImage| glyphs.read(std::slice::from_ref(line)).map(|(text, _)| text)))
}

/// What a line says by comparison with others.
pub fn compared(glyphs: &Glyphs, lines: &[LineImage]) -> Option<Seen> {
    let (text, confidence) = glyphs.read(lines)?;
    let confidences = vec![confidence; text.chars().count()];
    Some(Seen { ways: format::parse(&text), text, confidences, compared: true, ..Seen::nothing() })
}

/// What the clock's lines in one picture say.
pub fn read(reader: &TextReader, alphabet: &Alphabet, lines: &[LineImage]) -> Result<Seen, TextError> {
    let mut seen = Seen::nothing();
    for (number, line) in lines.iter().enumerate() {
        let read = reader.read_within(line, alphabet)?;
        if !seen.text.is_empty() {
            seen.text.push(' ');
            seen.confidences.push(1.0);
            seen.spots.push(Spot { line: number, position: 0.0 });
        }
        seen.text += &read.text;
        let confidence = |c: &Character| if c.symbol.is_ascii_digit() { c.confidence } else { 1.0 };
        seen.confidences.extend(read.characters.iter().map(confidence));
        seen.spots.extend(read.characters.iter().map(|c| Spot { line: number, position: c.position }));
    }
    seen.text = format::with_weekday(&seen.text);
    seen.ways = format::parse(&seen.text);
    Ok(seen.without_impossible_eight().with_colons())
}

impl Seen {
    pub fn nothing() -> Self {
        Self {
            text: String::new(),
            ways: Vec::new(),
            confidences: Vec::new(),
            spots: Vec::new(),
            compared: false,
            corrected: Vec::new(),
        }
    }

    /// Where its digits stand, if there are `count`: those of its time, where it reads as one of that kind, or all
    /// of a line that reads as none.
    pub fn digits(&self, kind: LayoutKind, count: usize) -> Option<Vec<usize>> {
        let within = match self.way(kind) {
            Some(shown) => shown.begin..shown.end,
            None if self.ways.is_empty() => 0..usize::MAX,
            None => return None,
        };
        let digits =
            self.text.chars().enumerate().filter(|(at, c)| within.contains(at) && c.is_ascii_digit());
        let digits: Vec<usize> = digits.map(|(at, _)| at).collect();
        (digits.len() == count).then_some(digits)
    }

    /// Puts another digit in the place of one; not where a time of that kind would become none.
    pub fn correct(&mut self, character: usize, digit: char, kind: LayoutKind) {
        let corrected = self.with(character, digit);
        if corrected.is_time(kind) || !self.is_time(kind) {
            *self = corrected;
            self.corrected.push(character);
        }
    }

    /// The same with another digit in the place of one.
    pub fn with(&self, character: usize, digit: char) -> Self {
        let replaced = |(at, c)| if at == character { digit } else { c };
        let text: String = self.text.chars().enumerate().map(replaced).collect();
        Self { ways: format::parse(&text), text, ..self.clone() }
    }

    /// Of few pixels a 3 is often taken for an 8. Where that leaves no time (`09:82:15`), it was one: to be held against the
    /// clip's own digits, for the recogniser does not vouch for it.
    fn without_impossible_eight(self) -> Self {
        if !self.ways.is_empty() {
            return self;
        }
        let eights = self.text.chars().enumerate().filter(|(_, c)| *c == '8').map(|(at, _)| at);
        let mut threes = eights.map(|at| Self { corrected: vec![at], ..self.with(at, '3') });
        let time = threes.find(|seen| !seen.ways.is_empty());
        time.unwrap_or(self)
    }

    /// A colon that was taken for an 8 and understood as a colon is written as one: it is none of the clock's digits.
    fn with_colons(mut self) -> Self {
        while let Some(&Shown { layout, shown_s, begin, end, .. }) = self.ways.first() {
            let digits = self.text.chars().skip(begin).take(end - begin).filter(char::is_ascii_digit).count();
            if layout.digits(shown_s).is_none_or(|meant| digits <= meant.len()) {
                break;
            }
            let eights = self.text.chars().enumerate().skip(begin).filter(|(_, c)| *c == '8');
            let same = |seen: &Self| seen.ways.iter().any(|way| way.shown_s == shown_s);
            let Some(mended) = eights.map(|(at, _)| self.with(at, ':')).find(same) else { break };
            self = mended;
        }
        self
    }

    /// Whether it reads as a time of that kind.
    pub fn is_time(&self, kind: LayoutKind) -> bool {
        self.way(kind).is_some()
    }

    /// Digits in the line that are not of its time.
    fn digits_beside(&self, shown: &Shown) -> usize {
        let outside = |(at, c): &(usize, char)| !(shown.begin..shown.end).contains(at) && c.is_ascii_digit();
        self.text.chars().enumerate().filter(outside).count()
    }

    /// The line as a clock of that kind shows it, with its confidence; `None` when it is no such time
    /// or too unsure.
    pub fn as_kind(&self, kind: LayoutKind) -> Option<(&Shown, f32)> {
        let shown = self.way(kind)?;
        let weakest = self.least_confidence(shown)?;
        (weakest >= MIN_CONFIDENCE).then_some((shown, weakest))
    }

    /// The way to understand it as a time of that kind, however unsure.
    pub fn way(&self, kind: LayoutKind) -> Option<&Shown> {
        self.ways.iter().find(|shown| shown.layout.kind() == kind)
    }

    /// Of the least sure digit of a time.
    pub fn least_confidence(&self, shown: &Shown) -> Option<f32> {
        let characters = self.confidences.get(shown.begin..shown.end)?;
        Some(characters.iter().copied().fold(1.0, f32::min))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Seen {
        let confidences = vec![0.9; text.chars().count()];
        Seen { text: text.to_owned(), ways: format::parse(text), confidences, ..Seen::nothing() }
    }

    #[test]
    fn a_colon_that_was_taken_for_an_eight_is_written_as_one() {
        for text in ["2023年05月08日21841:08", "2023-05-08 21:41808"] {
            let mended = seen(text).with_colons();
            assert!(mended.text.ends_with("21:41:08"), "{}", mended.text);
            assert_eq!(mended.ways[0].shown_s, seen(text).ways[0].shown_s);
        }
        let right = seen("2028-08-18 18:58:08");
        assert_eq!(right.clone().with_colons(), right);
    }

    #[test]
    fn an_eight_that_leaves_no_time_is_a_three_that_nobody_vouches_for() {
        let mended = seen("NO.8 2028-08-06 09:82:15").without_impossible_eight();
        assert_eq!((mended.text.as_str(), &mended.corrected[..]), ("NO.8 2028-08-06 09:32:15", &[19][..]));
        let right = seen("2028-08-06 08:58:18");
        assert_eq!(right.clone().without_impossible_eight(), right);
        let none = seen("NO.88");
        assert_eq!(none.clone().without_impossible_eight(), none);
    }

    #[test]
    fn corrected_digits_are_understood_anew() {
        let mut seen = seen("NO.1 2024-05-06 12:34:85");
        let kind = format::parse("2024-05-06 12:34:35")[0].layout.kind();
        assert_eq!(seen.digits(kind, 15).unwrap()[13], 22, "without a time, all digits of the line");
        seen.correct(22, '3', kind);
        assert_eq!((seen.digits(kind, 15), seen.digits(kind, 14).unwrap().len()), (None, 14));
        assert_eq!(seen.as_kind(kind).unwrap().0.shown_s % 60.0, 35.0);
        seen.correct(10, '4', kind);
        assert_eq!(seen.text, "NO.1 2024-05-06 12:34:35", "there is no month 45");
    }
}
