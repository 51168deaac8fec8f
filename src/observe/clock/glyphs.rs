//! The clip's own digits, learnt from lines that the recogniser read, and compared with further ones.
//!
//! An overlay stands at the same pixels in every picture, so each digit of the clock has a cell of
//! its own, and two pictures that show the same digit there differ only by what is behind it. Pixels
//! that differ much among lines of one reading are the scene's and weigh little.

use super::format;
use crate::observe::text::LineImage;

/// With fewer lines the scene's pixels cannot be told from the digits'.
const MIN_LINES: usize = 4;

/// Noise of coding, as a standard deviation of grey levels: what is more alike is alike by chance.
const CODING_NOISE: f32 = 10.0;

/// Digits stand no further than this from where the recogniser sees them, half of its step and a little.
const MAX_STEP_PX: f32 = 5.0;

/// A digit must be this many times nearer (in squared grey levels) than the next.
const MIN_NEARNESS: f32 = 1.6;

/// And no further than this many times what the lines that it was learnt from are from each other.
/// Another digit differs in whole strokes: some ten times as much.
const MAX_STRANGENESS: f32 = 3.0;

/// Where a character of a line that was read stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    /// Which of the clock's lines.
    pub line: usize,
    /// Its middle, as a share of that line's width.
    pub position: f32,
}

/// A line of a clock that was read, to learn from.
pub struct Lesson<'a> {
    pub lines: &'a [LineImage],
    /// All characters of its lines.
    pub text: &'a str,
    pub spots: &'a [Spot],
    /// Where in the text its time stands.
    pub begin: usize,
    pub end: usize,
    /// Of the least sure digit.
    pub confidence: f32,
}

/// A clock's lines in a picture of which it is known what it shows.
pub struct Foretold<'a> {
    pub lines: &'a [LineImage],
    /// Of its time, in order.
    pub digits: Vec<char>,
}

/// The digits of one clock.
pub struct Glyphs {
    /// What the clock's lines say, some digits or others.
    text: Vec<char>,
    cells: Vec<Cell>,
    confidence: f32,
}

/// The place of one digit.
pub struct Cell {
    /// Which character of the text.
    character: usize,
    line: usize,
    /// Columns of the line.
    left: usize,
    right: usize,
    /// Length of the line's rows when it was learnt.
    row: usize,
    digits: Vec<(char, Vec<f32>)>,
    /// Of each pixel.
    weights: Vec<f32>,
    /// Mean squared distance of the lessons from their own digits.
    spread: f32,
}

impl Glyphs {
    /// Where the digits stand is learnt from `lessons`, what they look like from `foretold` too, which may be more. `None` where
    /// there are too few lessons, or they do not stand in the same way.
    pub fn learnt(lessons: &[Lesson], foretold: &[Foretold]) -> Option<Self> {
        let digits_of = |lesson: &Lesson| -> Vec<usize> {
            let characters: Vec<char> = lesson.text.chars().collect();
            (lesson.begin..lesson.end.min(lesson.spots.len()))
                .filter(|&at| characters.get(at).is_some_and(char::is_ascii_digit))
                .collect()
        };
        let all: Vec<(&Lesson, Vec<usize>)> =
            lessons.iter().map(|lesson| (lesson, digits_of(lesson))).collect();
        let same = |a: &(&Lesson, Vec<usize>), b: &(&Lesson, Vec<usize>)| {
            a.1.len() == b.1.len() && same_size(a.0.lines, b.0.lines)
        };
        let usual = all.iter().rev().max_by_key(|one| all.iter().filter(|other| same(one, other)).count())?;
        let alike: Vec<_> = all.iter().filter(|one| same(one, usual)).collect();
        if alike.len() < MIN_LINES {
            return None;
        }
        let foretold: Vec<&Foretold> = foretold
            .iter()
            .filter(|known| known.digits.len() == usual.1.len() && same_size(known.lines, usual.0.lines))
            .collect();
        // The text with most marks: marks are rather lost than invented.
        let fullest = alike.iter().rev().max_by_key(|(lesson, _)| lesson.end - lesson.begin)?;
        let middles: Vec<Spot> = (0..usual.1.len())
            .map(|digit| {
                let spots = alike.iter().map(|(lesson, digits)| lesson.spots[digits[digit]]);
                let mut positions: Vec<f32> = spots.clone().map(|spot| spot.position).collect();
                positions.sort_by(f32::total_cmp);
                let line = spots.map(|spot| spot.line).next().unwrap_or(0);
                Spot { line, position: positions[positions.len() / 2] }
            })
            .collect();
        let middles = straightened(&middles, &fullest.1, fullest.0, usual.0.lines);
        let cells = middles.iter().enumerate().map(|(digit, middle)| {
            let near = middles.iter().filter(|other| other.line == middle.line && *other != middle);
            let pitch = near.map(|other| (other.position - middle.position).abs()).fold(1.0, f32::min);
            let read = alike.iter().map(|(lesson, digits)| {
                let symbol = lesson.text.chars().nth(digits[digit]).unwrap_or('0');
                (symbol, lesson.lines.get(middle.line))
            });
            let known = foretold.iter().map(|known| (known.digits[digit], known.lines.get(middle.line)));
            Cell::learnt(fullest.1[digit], *middle, pitch, read.chain(known))
        });
        let mut confidences: Vec<f32> = alike.iter().map(|(lesson, _)| lesson.confidence).collect();
        confidences.sort_by(f32::total_cmp);
        Some(Self {
            cells: cells.collect::<Option<_>>()?,
            text: fullest.0.text.chars().collect(),
            confidence: confidences[confidences.len() / 2],
        })
    }

    /// What the lines say and how sure that is (no surer than what it was learnt from); `None` where
    /// some digit is like none that is known, or like two.
    pub fn read(&self, lines: &[LineImage]) -> Option<(String, f32)> {
        let mut text = self.text.clone();
        for cell in &self.cells {
            *text.get_mut(cell.character)? = cell.nearest(lines.get(cell.line)?)?;
        }
        let text: String = text.into_iter().collect();
        (!format::parse(&text).is_empty()).then_some((text, self.confidence))
    }
}

impl Glyphs {
    /// How many digits the clock has.
    pub fn digits(&self) -> usize {
        self.cells.len()
    }

    /// Where the digit of that number stands.
    pub fn cell(&self, digit: usize) -> Option<&Cell> {
        self.cells.get(digit)
    }

    /// Usual distance in pixels of two digits that follow each other without a mark between them.
    pub fn pitch(&self) -> Option<usize> {
        let follow =
            |pair: &&[Cell]| pair[0].line == pair[1].line && pair[0].character + 1 == pair[1].character;
        let apart = |pair: &[Cell]| pair[1].middle().abs_diff(pair[0].middle());
        let mut all: Vec<usize> = self.cells.windows(2).filter(follow).map(apart).collect();
        all.sort_unstable();
        all.get(all.len() / 2).copied()
    }

    /// Whether the lines look as if they showed these digits, as far as these are known.
    pub fn say(&self, lines: &[LineImage], digits: &[char]) -> bool {
        let nearest = |(cell, digit): (&Cell, &char)| {
            let distances = lines.get(cell.line).and_then(|line| cell.distances(line));
            // A digit that was never seen is unlike all others.
            distances.is_some_and(|known| {
                known.iter().position(|(_, symbol)| symbol == digit).is_none_or(|nearer| nearer == 0)
            })
        };
        self.cells.iter().zip(digits).all(nearest)
            && self.strangeness(lines, digits).is_none_or(|strangeness| strangeness <= MAX_STRANGENESS)
    }

    /// Whether the lines surely show these digits: all of them known, and none nearer.
    pub fn show(&self, lines: &[LineImage], digits: &[char]) -> bool {
        let surely = |(cell, digit): (&Cell, &char)| {
            let distances = lines.get(cell.line).and_then(|line| cell.distances(line));
            let nearest = distances.and_then(|known| known.first().copied());
            nearest.is_some_and(|(far, symbol)| symbol == *digit && far <= MAX_STRANGENESS * cell.spread)
        };
        digits.len() == self.cells.len() && self.cells.iter().zip(digits).all(surely)
    }

    /// The text of the clock's lines where they show these digits, and how sure it is.
    pub fn saying(&self, digits: &[char]) -> (String, f32) {
        let mut text = self.text.clone();
        for (cell, digit) in self.cells.iter().zip(digits) {
            if let Some(character) = text.get_mut(cell.character) {
                *character = *digit;
            }
        }
        (text.into_iter().collect(), self.confidence)
    }

    /// How far the lines are from how these digits look, over how far these are from each other: some 1 of the
    /// clock's own digits. `None` where that cannot be said.
    pub fn strangeness(&self, lines: &[LineImage], digits: &[char]) -> Option<f32> {
        if digits.len() != self.cells.len() {
            return None;
        }
        let (mut sum, mut known) = (0.0, 0.0);
        for (cell, digit) in self.cells.iter().zip(digits) {
            let distances = cell.distances(lines.get(cell.line)?)?;
            if let Some((distance, _)) = distances.iter().find(|(_, symbol)| symbol == digit) {
                (sum, known) = (sum + distance / cell.spread, known + 1.0);
            }
        }
        (known > 0.0).then_some(sum / known)
    }
}

/// Spots are good to the recogniser's step of 8 pixels, and letters of one width stand at one distance: where digits and
/// the marks between them do, to within that step, each is put where the others say.
fn straightened(middles: &[Spot], characters: &[usize], fullest: &Lesson, lines: &[LineImage]) -> Vec<Spot> {
    let text: Vec<char> = fullest.text.chars().collect();
    let belong = |&(a, _): &(usize, usize), &(b, _): &(usize, usize)| {
        let between = characters[a]..=characters[b];
        middles[a].line == middles[b].line
            && text.get(between).is_some_and(|run| run.iter().all(|c| is_of_number(*c)))
    };
    let mut straight = middles.to_vec();
    let digits: Vec<(usize, usize)> = characters.iter().copied().enumerate().collect();
    for group in digits.chunk_by(belong) {
        let Some(line) = lines.get(middles[group[0].0].line) else { continue };
        let tolerance = MAX_STEP_PX / line.pixels().1.max(1) as f32;
        let count = group.len() as f32;
        let mean = |of: &dyn Fn(&(usize, usize)) -> f32| group.iter().map(of).sum::<f32>() / count;
        let (number, place) = (mean(&|&(_, at)| at as f32), mean(&|&(digit, _)| middles[digit].position));
        let spread = mean(&|&(_, at)| (at as f32 - number).powi(2));
        let both = mean(&|&(digit, at)| (at as f32 - number) * (middles[digit].position - place));
        if spread <= 0.0 {
            continue;
        }
        let at = |at: usize| place + (at as f32 - number) * both / spread;
        if group
            .iter()
            .all(|&(digit, character)| (at(character) - middles[digit].position).abs() <= tolerance)
        {
            group.iter().for_each(|&(digit, character)| straight[digit].position = at(character));
        }
    }
    straight
}

/// Marks that stand between the digits of a date or a time.
fn is_of_number(character: char) -> bool {
    character.is_ascii_digit() || matches!(character, '-' | '/' | '.' | ':')
}

fn same_size(some: &[LineImage], others: &[LineImage]) -> bool {
    some.len() == others.len() && some.iter().zip(others).all(|(a, b)| a.pixels().1 == b.pixels().1)
}

impl Cell {
    fn learnt<'a>(
        character: usize,
        middle: Spot,
        pitch: f32,
        samples: impl Iterator<Item = (char, Option<&'a LineImage>)>,
    ) -> Option<Self> {
        let samples: Vec<(char, &LineImage)> =
            samples.map(|(symbol, line)| Some((symbol, line?))).collect::<Option<_>>()?;
        let row = samples.first()?.1.pixels().1;
        let column = |position: f32| ((position * row as f32).round().max(0.0) as usize).min(row);
        let (left, right) = (column(middle.position - pitch / 2.0), column(middle.position + pitch / 2.0));
        let mut cell = Self {
            character,
            line: middle.line,
            left,
            right,
            row,
            digits: Vec::new(),
            weights: Vec::new(),
            spread: 0.0,
        };
        let cut: Vec<(char, Vec<f32>)> =
            samples.iter().map(|(symbol, line)| Some((*symbol, cell.cut(line)?))).collect::<Option<_>>()?;
        let area = cut.first().map(|(_, pixels)| pixels.len()).filter(|&area| area > 0)?;
        for symbol in '0'..='9' {
            let own: Vec<&Vec<f32>> =
                cut.iter().filter(|(s, _)| *s == symbol).map(|(_, pixels)| pixels).collect();
            if !own.is_empty() {
                let mean = |at: usize| own.iter().map(|pixels| pixels[at]).sum::<f32>() / own.len() as f32;
                cell.digits.push((symbol, (0..area).map(mean).collect()));
            }
        }
        // Variance within the digits, of each pixel; one degree of freedom goes to each digit's mean.
        let freedom = (cut.len() - cell.digits.len()).max(1) as f32;
        let mut variance = vec![0.0; area];
        for (symbol, pixels) in &cut {
            let mean = cell.digits.iter().find(|(s, _)| s == symbol).map(|(_, mean)| mean)?;
            for (at, variance) in variance.iter_mut().enumerate() {
                *variance += (pixels[at] - mean[at]).powi(2) / freedom;
            }
        }
        cell.weights = variance.iter().map(|variance| 1.0 / (variance + CODING_NOISE.powi(2))).collect();
        let sum: f32 = cell.weights.iter().sum();
        let spread =
            variance.iter().zip(&cell.weights).map(|(variance, weight)| variance * weight).sum::<f32>();
        cell.spread = (spread / sum).max(CODING_NOISE.powi(2));
        Some(cell)
    }

    /// Which of the clock's lines it is in.
    pub fn line(&self) -> usize {
        self.line
    }

    /// Column of its middle.
    pub fn middle(&self) -> usize {
        (self.left + self.right) / 2
    }

    /// Length of the rows of its line.
    pub fn row(&self) -> usize {
        self.row
    }

    /// Its pixels in a line; `None` where the line is of another size.
    fn cut(&self, line: &LineImage) -> Option<Vec<f32>> {
        let (pixels, row) = line.pixels();
        let rows = (row == self.row).then(|| pixels.chunks_exact(row))?;
        Some(rows.flat_map(|row| &row[self.left..self.right]).map(|&pixel| f32::from(pixel)).collect())
    }

    fn nearest(&self, line: &LineImage) -> Option<char> {
        let distances = self.distances(line)?;
        let &(best, symbol) = distances.first()?;
        let alone = distances.get(1).is_none_or(|&(next, _)| next >= MIN_NEARNESS * best);
        (alone && best <= MAX_STRANGENESS * self.spread).then_some(symbol)
    }

    /// Of a line from each digit that is known, the nearest first: weighted means of squared grey levels.
    fn distances(&self, line: &LineImage) -> Option<Vec<(f32, char)>> {
        let pixels = self.cut(line)?;
        let sum: f32 = self.weights.iter().sum();
        let distance = |mean: &[f32]| {
            let squares =
                pixels.iter().zip(mean).zip(&self.weights).map(|((a, b), weight)| (a - b) * (a - b) * weight);
            squares.sum::<f32>() / sum
        };
        let mut distances: Vec<(f32, char)> =
            self.digits.iter().map(|(symbol, mean)| (distance(mean), *symbol)).collect();
        distances.sort_by(|a, b| a.0.total_cmp(&b.0));
        Some(distances)
    }
}

#[cfg(test)]
pub mod tests {
    use opencv::core::{CV_8UC1, Mat, MatTraitManual};

    use super::*;

    const TIME: &str = "09:30:1";
    const CELL_PX: usize = 24;

    /// A line of eight cells, 48 pixels high, over a scene that is different each time. Each digit lights
    /// rows of its own; 6 and 7 differ in one alone.
    pub fn line(text: &str, scene: u32) -> LineImage {
        let width = CELL_PX * text.len();
        let mut picture = Mat::new_rows_cols_with_default(48, width as i32, CV_8UC1, 0.0.into()).unwrap();
        let bytes = picture.data_bytes_mut().unwrap();
        let mut noise = scene.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
        for (at, byte) in bytes.iter_mut().enumerate() {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (row, cell) = (at / width / 4, at % width / CELL_PX);
            let symbol = u32::from(text.as_bytes()[cell]);
            let inked = (4..20).contains(&(at % width % CELL_PX));
            *byte = match inked {
                true if (symbol * 37 + 11) >> (row % 8) & 1 == 1 => 245,
                true => 10,
                false => (60 + scene * 23 % 120) as u8 + (noise >> 27) as u8,
            };
        }
        LineImage::new(&picture).unwrap()
    }

    pub fn spots() -> Vec<Spot> {
        (0..8).map(|at| Spot { line: 0, position: (at as f32 + 0.5) / 8.0 }).collect()
    }

    fn taught(digits: &str) -> (Vec<(String, Vec<LineImage>)>, Vec<Spot>) {
        let said = digits.chars().enumerate().map(|(scene, digit)| {
            let text = format!("{TIME}{digit}");
            let lines = vec![line(&text, scene as u32)];
            (text, lines)
        });
        (said.collect(), spots())
    }

    fn learnt(digits: &str) -> Option<Glyphs> {
        let (said, spots) = taught(digits);
        let lessons: Vec<Lesson> = said
            .iter()
            .map(|(text, lines)| Lesson { lines, text, spots: &spots, begin: 0, end: 8, confidence: 0.9 })
            .collect();
        Glyphs::learnt(&lessons, &[])
    }

    #[test]
    fn known_digits_are_read_over_another_scene() {
        // Each twice: from one alone nothing is known of the scene behind it.
        let glyphs = learnt("123456789123456789").unwrap();
        for digit in 1..=9 {
            let text = format!("{TIME}{digit}");
            assert_eq!(glyphs.read(&[line(&text, 77 + digit)]), Some((text, 0.9)));
        }
    }

    #[test]
    fn a_digit_that_was_never_seen_is_not_guessed() {
        let glyphs = learnt("12345").unwrap();
        assert_eq!(glyphs.read(&[line(&format!("{TIME}8"), 40)]), None);
        assert_eq!(glyphs.read(&[line("08:30:11", 40)]), None);
    }

    #[test]
    fn lines_say_what_was_foretold_or_not() {
        let glyphs = learnt("123456789123456789").unwrap();
        let said =
            |text: &str, digits: &str| glyphs.say(&[line(text, 91)], &digits.chars().collect::<Vec<_>>());
        assert!(said("09:30:15", "093015"));
        assert!(!said("09:30:15", "093016"), "another second");
        assert!(!said("        ", "093015"), "no clock at all");
        assert!(!said("09:31:15", "093015"), "another minute, of which no digit was seen");
        assert!(said("09:30:10", "093010"), "a digit that was never seen is not doubted");
    }

    #[test]
    fn lines_of_another_size_and_too_few_lessons_are_refused() {
        let glyphs = learnt("12345").unwrap();
        assert_eq!(glyphs.read(&[line("2025-03-14 09:30:11", 3)]), None);
        assert_eq!(glyphs.read(&[]), None);
        assert!(learnt("123").is_none());
    }
}
