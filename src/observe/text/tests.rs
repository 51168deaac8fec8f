//! The models themselves, on one rendered line.

use std::path::Path;

use opencv::core::{ROTATE_90_COUNTERCLOCKWISE, ROTATE_180, Vector, rotate};
use opencv::imgcodecs;

use super::*;

/// A reader on the models that come with the program.
pub fn reader() -> TextReader {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/models"));
    TextReader::load(&ModelStore::open(folder).unwrap()).unwrap()
}

/// A PNG file's pixels in grey.
pub fn grey_png(png: &[u8]) -> Mat {
    imgcodecs::imdecode(&Vector::from_slice(png), imgcodecs::IMREAD_GRAYSCALE).unwrap()
}

#[test]
fn a_line_is_found_and_read() {
    let reader = reader();
    let picture = grey_png(include_bytes!("../../../tests/pictures/line.png"));
    let found = reader.detect(&picture, 1.0).unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    let (left, top, right, bottom) = found[0].bounds();
    assert!(left < 25.0 && right > 285.0 && top < 22.0 && bottom > 40.0, "{found:?}");

    let line = LineImage::new(&found[0].cut(&picture).unwrap()).unwrap();
    let read = reader.read(&line).unwrap();
    // Spaces and the width of colons are a matter of taste to this model.
    assert_eq!(read.text.replace(' ', "").replace('：', ":"), "2025年03月14日09:30:11");
    assert!(read.confidence > 0.9);
    assert!(
        read.characters.windows(2).all(|pair| pair[0].position < pair[1].position),
        "{:?}",
        read.characters
    );

    let digits = reader.read_within(&line, &reader.alphabet("0123456789:")).unwrap();
    assert!(digits.text.ends_with("09:30:11"), "{}", digits.text);
    assert_eq!(reader.sibling().read(&line).unwrap(), read);
}

#[test]
fn a_line_down_the_picture_is_found_and_read() {
    let reader = reader();
    let picture = grey_png(include_bytes!("../../../tests/pictures/plaque.png"));
    let found = reader.detect(&picture, 1.0).unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].runs_down());
    let turned = |picture: &Mat, turn: i32| {
        let mut turned = Mat::default();
        rotate(picture, &mut turned, turn).unwrap();
        turned
    };
    let strip = turned(&found[0].cut(&picture).unwrap(), ROTATE_90_COUNTERCLOCKWISE);
    let (read, on_side) = reader.read_down(&LineImage::new(&strip).unwrap()).unwrap();
    assert_eq!((read.text.as_str(), on_side), ("青山区市场监督管理", false));
    assert!(read.confidence > 0.9, "{}", read.confidence);

    // A line on its side, either way round: what is turned so that its top is to the left is as it should be, or upside down.
    let line = grey_png(include_bytes!("../../../tests/pictures/line.png"));
    let line = reader.detect(&line, 1.0).unwrap()[0].cut(&line).unwrap();
    for strip in [line.clone(), turned(&line, ROTATE_180)] {
        let (read, on_side) = reader.read_down(&LineImage::new(&strip).unwrap()).unwrap();
        assert!(on_side && read.text.starts_with("2025年03月14日"), "{read:?}");
    }
}

#[test]
fn nothing_is_read_where_nothing_is() {
    let reader = reader();
    let blank = Mat::new_rows_cols_with_default(96, 320, opencv::core::CV_8UC1, 90.0.into()).unwrap();
    assert_eq!(reader.detect(&blank, 1.0).unwrap(), Vec::new());
    assert_eq!(reader.read(&LineImage::new(&blank).unwrap()).unwrap().text, "");
    assert_eq!(reader.detect(&Mat::default(), 1.0).unwrap(), Vec::new());
}

#[test]
fn the_models_are_named_for_the_report() {
    let roles = reader().models().map(|model| (model.role, model.sha256.len()));
    assert_eq!(roles, [("text-detection".to_owned(), 64), ("text-recognition".to_owned(), 64)]);
}
