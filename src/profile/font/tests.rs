use super::*;

/// Strokes of a seven-segment display, of that width and thickness in columns of a shape.
fn digit(digit: u8, width: usize, thick: usize) -> DigitShape {
    let segments: [u8; 10] = [0x77, 0x24, 0x5d, 0x6d, 0x2e, 0x6b, 0x7b, 0x25, 0x7f, 0x6f];
    let lit = segments[digit as usize];
    let left = (DigitShape::COLUMNS - width) / 2;
    let ink = |at: usize| {
        let (row, column) = (at / DigitShape::COLUMNS, at % DigitShape::COLUMNS);
        let inside = (left..left + width).contains(&column);
        let (post_left, post_right) = (column < left + thick, column >= left + width - thick);
        let bars = [(0, row < 2), (3, (5..7).contains(&row)), (6, row >= 10)];
        let posts = [(1, post_left && row < 7), (2, post_right && row < 7)];
        let lower = [(4, post_left && row >= 5), (5, post_right && row >= 5)];
        let on =
            bars.into_iter().chain(posts).chain(lower).any(|(bit, within)| within && lit >> bit & 1 == 1);
        if inside && on { 1.0 } else { 0.0 }
    };
    let ink: Vec<f32> = (0..DigitShape::ROWS * DigitShape::COLUMNS).map(ink).collect();
    DigitShape { digit, pictures: 9, rows: DigitShape::rows_of(&ink) }
}

fn drawn(digits: std::ops::RangeInclusive<u8>, width: usize, thick: usize) -> Vec<DigitShape> {
    digits.map(|number| digit(number, width, thick)).collect()
}

#[test]
fn files_of_one_font_are_alike_and_those_of_another_are_not() {
    let own = [drawn(0..=9, 12, 3), drawn(0..=5, 12, 3), drawn(2..=9, 12, 4)];
    let font = Font::learn(&own.each_ref().map(Vec::as_slice)).unwrap();
    assert!(font.is_habit() && font.least_likeness.is_some_and(|least| least > 0.9), "{font:?}");
    assert!(font.likeness_of(&drawn(0..=9, 12, 3)).unwrap() > 0.95);
    assert!(font.likeness_of(&drawn(0..=9, 18, 2)).unwrap() < MIN_LIKENESS);
}

#[test]
fn a_digit_that_stands_a_cell_off_is_the_same() {
    let font = Font::learn(&[&drawn(0..=9, 12, 3)]).unwrap();
    let moved: Vec<DigitShape> = drawn(0..=9, 12, 3)
        .into_iter()
        .map(|shape| {
            let rows: Vec<String> =
                shape.rows.lines().map(|row| format!(".{}", &row[..row.len() - 1])).collect();
            DigitShape { rows: rows.join("\n"), ..shape }
        })
        .collect();
    assert!(font.likeness_of(&moved).unwrap() > 0.999);
}

#[test]
fn one_digit_that_was_misread_does_not_count() {
    let font = Font::learn(&[&drawn(0..=9, 12, 3)]).unwrap();
    let mut misread = drawn(0..=5, 12, 3);
    misread[4].rows = digit(0, 12, 3).rows;
    assert!(font.likeness_of(&misread).unwrap() > 0.999);
}

#[test]
fn too_few_digits_are_not_compared() {
    let three = drawn(0..=2, 12, 3);
    assert_eq!(Font::learn(&[&three, &three]), None, "nor learned from");
    let font = Font::learn(&[&drawn(0..=9, 12, 3)]).unwrap();
    assert_eq!(font.least_likeness, None, "one file cannot be held against others");
    assert_eq!(font.likeness_of(&three), None);
    let other = Font::learn(&[&drawn(6..=9, 12, 3)]).unwrap();
    assert_eq!(other.likeness_of(&drawn(0..=5, 12, 3)), None, "none in common");
}

#[test]
fn files_of_several_fonts_have_none_in_common() {
    let (one, other) = (drawn(0..=9, 12, 3), drawn(0..=9, 18, 2));
    let font = Font::learn(&[&one, &other, &one]).unwrap();
    assert!(!font.is_habit(), "{:?}", font.least_likeness);
}

#[test]
fn shapes_of_no_shape_say_nothing() {
    let mut faulty = drawn(0..=9, 12, 3);
    faulty.iter_mut().take(7).for_each(|shape| shape.rows = "....".to_owned());
    assert_eq!(Font::learn(&[&faulty]), None);
    faulty.iter_mut().for_each(|shape| *shape = DigitShape { digit: 200, ..digit(1, 12, 3) });
    assert_eq!(Font::learn(&[&faulty]), None);
    let empty = DigitShape::rows_of(&[0.0; DigitShape::ROWS * DigitShape::COLUMNS]);
    let mut blank = drawn(0..=9, 12, 3);
    blank.iter_mut().for_each(|shape| shape.rows.clone_from(&empty));
    assert_eq!(Font::learn(&[&blank]).unwrap().likeness_of(&drawn(0..=9, 12, 3)), Some(0.0));
}
