//! The model itself, on a picture with one face (tests/pictures/README.md).

use opencv::core::{Point, Rect, Scalar, Vector};
use opencv::imgcodecs::{IMREAD_COLOR, imdecode};

use super::*;

fn finder() -> FaceFinder {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/models"));
    FaceFinder::load(&ModelStore::open(folder).unwrap()).unwrap()
}

fn picture() -> Mat {
    let jpeg = include_bytes!("../../../tests/pictures/face.jpg");
    imdecode(&Vector::from_slice(jpeg), IMREAD_COLOR).unwrap()
}

/// Brow to chin.
const FACE: Rect = Rect { x: 90, y: 33, width: 45, height: 55 };

fn is_on(face: &Face, place: Rect) -> bool {
    let (x, y) = (face.left + face.width / 2.0, face.top + face.height / 2.0);
    place.contains(Point::new(x as i32, y as i32))
        && (face.width - place.width as f32).abs() < place.width as f32 * 0.4
}

#[test]
fn a_face_is_found_whichever_way_the_picture_is_turned() {
    let (finder, picture) = (finder(), picture());
    let upright = finder.find(&picture).unwrap();
    assert!(upright.len() == 1 && is_on(&upright[0], FACE), "{upright:?}");
    for turn in TURNS {
        let mut turned = Mat::default();
        rotate(&picture, &mut turned, turn).unwrap();
        let found = finder.find(&turned).unwrap();
        let place = match turn {
            ROTATE_90_CLOCKWISE => {
                Rect::new(picture.rows() - FACE.y - FACE.height, FACE.x, FACE.height, FACE.width)
            }
            ROTATE_180 => Rect::new(
                picture.cols() - FACE.x - FACE.width,
                picture.rows() - FACE.y - FACE.height,
                FACE.width,
                FACE.height,
            ),
            _ => Rect::new(FACE.y, picture.cols() - FACE.x - FACE.width, FACE.height, FACE.width),
        };
        assert!(found.len() == 1 && is_on(&found[0], place), "{turn}: {found:?} {place:?}");
    }
}

#[test]
fn a_small_face_is_found() {
    let mut small = Mat::default();
    let quarter = Size::new(picture().cols() / 3, picture().rows() / 3);
    imgproc::resize(&picture(), &mut small, quarter, 0.0, 0.0, imgproc::INTER_AREA).unwrap();
    let found = finder().find(&small).unwrap();
    let place = Rect::new(FACE.x / 3, FACE.y / 3, FACE.width / 3, FACE.height / 3);
    assert!(found.len() == 1 && is_on(&found[0], place), "{found:?}");
}

#[test]
fn no_face_is_found_where_none_is() {
    let finder = finder();
    let clock =
        imdecode(&Vector::from_slice(include_bytes!("../../../tests/pictures/line.png")), IMREAD_COLOR)
            .unwrap();
    assert_eq!(finder.find(&clock).unwrap(), []);
    let grey = Mat::new_rows_cols_with_default(90, 161, opencv::core::CV_8UC3, Scalar::all(90.0)).unwrap();
    assert_eq!(finder.find(&grey).unwrap(), []);
    assert_eq!(finder.find(&Mat::default()).unwrap(), []);
}

#[test]
fn the_model_is_named() {
    assert_eq!(finder().model().role, "face-detection");
}
