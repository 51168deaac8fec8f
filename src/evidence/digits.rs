//! How the digits of the burnt-in clock are drawn, whatever their size, colour and place.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Marks of a [`DigitShape`], from no ink to all ink. None of them is a space, which editors cut off at the end of a line.
pub const INK_MARKS: [char; 9] = ['.', ':', '-', '=', '+', '*', '#', '%', '@'];

/// How one digit of the clock is drawn: the mean of all pictures in which it was surely seen.
///
/// The shape is a square as high as the clock's digits are, with the digit in its middle: so a narrow digit is narrow in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DigitShape {
    /// 0 to 9.
    pub digit: u8,
    /// Pictures that show it, counted once for each place in which the clock wrote it.
    pub pictures: u32,
    /// [`Self::ROWS`] rows of [`Self::COLUMNS`] marks of [`INK_MARKS`], parted by line ends: `.` has no ink, `@` is all ink.
    pub rows: String,
}

impl DigitShape {
    /// Marks are twice as high as they are wide where people look at them.
    pub const ROWS: usize = 12;
    pub const COLUMNS: usize = 20;

    /// The rows of a shape whose cells hold so much ink, 0 to 1, row by row.
    pub fn rows_of(ink: &[f32]) -> String {
        let most = INK_MARKS.len() - 1;
        let mark = |ink: &f32| INK_MARKS[((ink * most as f32).round().max(0.0) as usize).min(most)];
        let rows = ink.chunks(Self::COLUMNS).map(|row| row.iter().map(mark).collect::<String>());
        rows.collect::<Vec<_>>().join("\n")
    }

    /// How much ink each cell holds, 0 to 1, row by row; `None` of rows that are no shape.
    pub fn ink_of(rows: &str) -> Option<Vec<f32>> {
        let most = (INK_MARKS.len() - 1) as f32;
        let mut ink = Vec::with_capacity(Self::ROWS * Self::COLUMNS);
        for row in rows.trim_end().lines() {
            let before = ink.len();
            for mark in row.chars() {
                ink.push(INK_MARKS.iter().position(|known| *known == mark)? as f32 / most);
            }
            if ink.len() - before != Self::COLUMNS || ink.len() > Self::ROWS * Self::COLUMNS {
                return None;
            }
        }
        (ink.len() == Self::ROWS * Self::COLUMNS).then_some(ink)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ink_that_is_written_down_is_read_again() {
        let ink: Vec<f32> =
            (0..DigitShape::ROWS * DigitShape::COLUMNS).map(|at| (at % 9) as f32 / 8.0).collect();
        let rows = DigitShape::rows_of(&ink);
        assert_eq!(rows.lines().next(), Some(".:-=+*#%@.:-=+*#%@.:"));
        assert_eq!(DigitShape::ink_of(&rows), Some(ink.clone()));
        assert_eq!(DigitShape::ink_of(&format!("{rows}\n")), Some(ink), "as an editor leaves it");
    }

    #[test]
    fn what_is_no_shape_is_refused() {
        let row = ".".repeat(DigitShape::COLUMNS);
        let rows = |count: usize| vec![row.as_str(); count].join("\n");
        assert!(DigitShape::ink_of(&rows(DigitShape::ROWS)).is_some());
        for faulty in [
            String::new(),
            rows(DigitShape::ROWS - 1),
            rows(DigitShape::ROWS + 1),
            rows(DigitShape::ROWS).replacen('.', "x", 1),
            rows(DigitShape::ROWS).replacen('.', "", 1),
            rows(DigitShape::ROWS).replacen('\n', ".\n", 1),
        ] {
            assert_eq!(DigitShape::ink_of(&faulty), None, "{faulty}");
        }
    }
}
