//! The whole observer, on pictures drawn here: a clock over a scene that moves.

use opencv::core::{Mat, MatTraitConst, MatTraitConstManual, Point, Scalar};
use opencv::imgproc;

use super::*;
use crate::evidence::ClockDifference;
use crate::media::Plane;
use crate::observe::text::tests::{grey_png, reader};

const WIDTH: usize = 640;
const HEIGHT: usize = 360;

/// The symbols of `glyphs.png`, in order, and the size of their cells.
const GLYPHS: &str = "0123456789-: ";
const CELL: (usize, usize) = (16, 32);

/// Grey where a glyph leaves the scene as it is.
const CLEAR: u8 = 128;

/// 2025-03-14 09:30:00.
pub const START_S: f64 = 1_741_944_600.0;

pub struct Stage {
    glyphs: Vec<u8>,
    luma: Vec<u8>,
}

impl Stage {
    pub fn new() -> Self {
        let sheet = grey_png(include_bytes!("../../../tests/pictures/glyphs.png"));
        assert_eq!((sheet.cols(), sheet.rows()), ((CELL.0 * GLYPHS.len()) as i32, CELL.1 as i32));
        Self { glyphs: sheet.data_bytes().unwrap().to_vec(), luma: vec![0; WIDTH * HEIGHT] }
    }

    /// A scene of soft waves that pans with time.
    pub fn scene(&mut self, at_s: f64) {
        for (index, pixel) in self.luma.iter_mut().enumerate() {
            let (x, y) = ((index % WIDTH) as f64 + 23.0 * at_s, (index / WIDTH) as f64 - 11.0 * at_s);
            let wave = (x / 17.0).sin() * (y / 23.0).cos() + 0.5 * (x / 5.0 + y / 7.0).sin();
            *pixel = (110.0 + 40.0 * wave) as u8;
        }
    }

    pub fn write(&mut self, text: &str, left: usize, top: usize) {
        let sheet_width = CELL.0 * GLYPHS.len();
        for (place, symbol) in text.chars().enumerate() {
            let glyph = GLYPHS.chars().position(|known| known == symbol).unwrap();
            for y in 0..CELL.1 {
                for x in 0..CELL.0 {
                    let drawn = self.glyphs[y * sheet_width + glyph * CELL.0 + x];
                    if drawn.abs_diff(CLEAR) > 8 {
                        self.luma[(top + y) * WIDTH + left + place * CELL.0 + x] = drawn;
                    }
                }
            }
        }
    }

    /// In letters of another face.
    fn write_otherwise(&mut self, text: &str, left: i32, baseline: i32) {
        let (origin, scale) = (Point::new(left, baseline), 0.8);
        let mut picture =
            Mat::new_rows_cols_with_data_mut(HEIGHT as i32, WIDTH as i32, &mut self.luma).unwrap();
        for (grey, thickness) in [(10.0, 5), (245.0, 2)] {
            let (face, ink) = (imgproc::FONT_HERSHEY_TRIPLEX, Scalar::all(grey));
            imgproc::put_text(
                &mut picture,
                text,
                origin,
                face,
                scale,
                ink,
                thickness,
                imgproc::LINE_AA,
                false,
            )
            .unwrap();
        }
    }

    pub fn show(&self, observer: &mut Observer, at_s: f64) {
        self.with_planes(|planes| observer.planes(at_s, planes).unwrap());
    }

    fn with_planes(&self, take: impl FnOnce(Planes<'_>)) {
        let no_colour = vec![128; WIDTH * HEIGHT / 4];
        let plane = |data, width, height| Plane { data, stride: width, width, height };
        let half = plane(&no_colour, WIDTH / 2, HEIGHT / 2);
        take(Planes { luma: plane(&self.luma, WIDTH, HEIGHT), chroma: (half, half) });
    }
}

pub fn civil(clock_s: f64, pattern: &str) -> String {
    let epoch = jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0);
    let moment = epoch.checked_add(jiff::SignedDuration::from_secs(clock_s.floor() as i64)).unwrap();
    moment.strftime(pattern).to_string()
}

#[test]
fn a_leap_and_a_stretch_without_clock_are_found() {
    let reader = reader();
    let mut observer = Observer::new(&reader, false);
    let mut stage = Stage::new();
    let clock = |at_s: f64| START_S + 0.36 + at_s + if at_s > 13.0 { 6.0 } else { 0.0 };
    for number in 0..16 {
        let at_s = f64::from(number) * 2.0;
        stage.scene(at_s);
        if !(20.0..=24.0).contains(&at_s) {
            stage.write(&civil(clock(at_s), "%Y-%m-%d %H:%M:%S"), 320, 10);
        }
        stage.show(&mut observer, at_s);
    }
    let facts = observer.finish(32.0).unwrap();
    assert_eq!(facts.format.as_deref(), Some("%Y-%m-%d %H:%M:%S"));
    assert_eq!(facts.other_format, None);
    assert!((10..=16).contains(&facts.pictures), "{}", facts.pictures);
    let region = facts.region.unwrap();
    assert!((0.45..0.52).contains(&region.left) && region.top < 0.08 && region.width > 0.45, "{region:?}");
    for reading in &facts.readings {
        assert_eq!((reading.shown_s, reading.fits), (clock(reading.at_s).floor(), true), "{reading:?}");
    }
    assert_eq!(facts.readings.len() as u32, facts.pictures - 3);
    assert_eq!(facts.missing, [Span::new(20.0, 24.0)]);
    assert_eq!((facts.jumps.len(), facts.jumps[0].at_s, facts.jumps[0].uncertainty_s), (1, 13.0, 1.0));
    assert!((facts.jumps[0].by_s - 6.0).abs() < 1.0, "{:?}", facts.jumps);
}

#[test]
fn a_closer_look_places_the_leap_between_two_pictures() {
    let reader = reader();
    let mut observer = Observer::new(&reader, false);
    let mut stage = Stage::new();
    let clock = |at_s: f64| START_S + 0.36 + at_s + if at_s > 7.1 { 2.6 } else { 0.0 };
    let mut show = |observer: &mut Observer, at_s: f64| {
        stage.scene(at_s);
        stage.write(&civil(clock(at_s), "%Y-%m-%d %H:%M:%S"), 320, 10);
        stage.show(observer, at_s);
    };
    // Key frames as an editor writes them, too few to tell a leap from a misreading.
    for at_s in [0.0, 6.0, 12.0] {
        show(&mut observer, at_s);
    }
    let wanted = observer.wanted(12.04).unwrap();
    assert_eq!(wanted.len(), 2, "{wanted:?}");
    assert_eq!((wanted[0].start_s, wanted[1].end_s), (0.0, 12.04));
    assert!(wanted[1].contains(7.1), "{wanted:?}");
    for number in 0..=300 {
        let at_s = f64::from(number) * 0.04;
        if wanted.iter().any(|span| span.contains(at_s)) {
            show(&mut observer, at_s);
        }
    }
    let facts = observer.finish(12.04).unwrap();
    assert_eq!(facts.jumps.len(), 1, "{:?}", facts.jumps);
    let jump = facts.jumps[0];
    assert!(
        (jump.at_s - 7.1).abs() < 0.03 && jump.uncertainty_s < 0.03 && (jump.by_s - 2.6).abs() < 0.3,
        "{jump:?}"
    );
}

/// A clip of 40 s with a key frame every 2 s, of which `draw` draws what lies between 20 and 28 s otherwise.
fn with_foreign_pictures(draw: impl Fn(&mut Stage, f64)) -> ClockFacts {
    let reader = reader();
    let mut observer = Observer::new(&reader, false);
    let mut stage = Stage::new();
    let picture = |stage: &mut Stage, at_s: f64| {
        stage.scene(at_s);
        match (20.0..=28.0).contains(&at_s) {
            true => draw(stage, START_S + at_s),
            false => stage.write(&civil(START_S + at_s, "%Y-%m-%d %H:%M:%S"), 320, 10),
        }
    };
    for number in 0..20 {
        let at_s = f64::from(number) * 2.0;
        picture(&mut stage, at_s);
        stage.show(&mut observer, at_s);
    }
    for at_s in observer.lost(40.0).unwrap() {
        picture(&mut stage, at_s);
        stage.with_planes(|planes| observer.search_planes(at_s, planes).unwrap());
    }
    observer.finish(40.0).unwrap()
}

fn changes(facts: &ClockFacts) -> Vec<(ClockDifference, f64, f64)> {
    facts.changes.iter().map(|change| (change.what, change.start_s, change.end_s)).collect()
}

#[test]
fn a_clock_that_stands_elsewhere_for_a_while_is_noticed() {
    let facts = with_foreign_pictures(|stage, clock_s| {
        stage.write(&civil(clock_s, "%Y-%m-%d %H:%M:%S"), 16, 320);
    });
    assert_eq!(facts.missing, [Span::new(20.0, 28.0)]);
    assert_eq!(changes(&facts), [(ClockDifference::Place, 20.0, 28.0)]);
    assert!(facts.changes[0].text.contains("09:30:2"), "{:?}", facts.changes);
}

#[test]
fn a_clock_that_writes_otherwise_for_a_while_is_noticed() {
    let facts = with_foreign_pictures(|stage, clock_s| {
        stage.write(&civil(clock_s, "%d-%m-%Y %H:%M:%S"), 320, 10);
    });
    // Not all of them are read surely enough, or at all.
    let changes = changes(&facts);
    assert!(!changes.is_empty(), "{facts:?}");
    for (what, start_s, end_s) in changes {
        assert!(what == ClockDifference::Format && 20.0 <= start_s && end_s <= 28.0, "{:?}", facts.changes);
    }
}

#[test]
fn a_clock_in_other_letters_for_a_while_is_noticed() {
    let reader = reader();
    let mut observer = Observer::new(&reader, false);
    let mut stage = Stage::new();
    let mut show = |observer: &mut Observer, at_s: f64| {
        let text = civil(START_S + 0.36 + at_s, "%Y-%m-%d %H:%M:%S");
        stage.scene(at_s);
        match (20.0..=28.0).contains(&at_s) {
            true => stage.write_otherwise(&text, 322, 36),
            false => stage.write(&text, 320, 10),
        }
        stage.show(observer, at_s);
    };
    for number in 0..40 {
        show(&mut observer, f64::from(number));
    }
    // When the seconds turn is seen there.
    for span in observer.wanted(40.0).unwrap() {
        for number in 0..400 {
            let at_s = f64::from(number) / 10.0;
            if span.contains(at_s) {
                show(&mut observer, at_s);
            }
        }
    }
    let facts = observer.finish(40.0).unwrap();
    assert_eq!((facts.jumps.len(), facts.missing.len()), (0, 0), "its time runs on: {facts:?}");
    let [change] = &facts.changes[..] else { panic!("{:?}", facts.changes) };
    // To the pictures that are compared, some tenths of a second apart.
    let span = (20.0..20.35).contains(&change.start_s) && (27.65..=28.0).contains(&change.end_s);
    assert!(change.what == ClockDifference::Face && span, "{change:?}");
    assert!(change.text.contains("09:30:2"), "{change:?}");
}

#[test]
fn an_honest_clock_has_not_changed() {
    let facts =
        with_foreign_pictures(|stage, clock_s| stage.write(&civil(clock_s, "%Y-%m-%d %H:%M:%S"), 320, 10));
    assert_eq!((changes(&facts), facts.missing.len()), (vec![], 0));
    let seen = facts.readings.len() + facts.vouched_s.len();
    assert!(facts.pictures < 15 && seen >= 18, "{} read, {seen} seen", facts.pictures);
}

#[test]
fn what_is_known_of_the_clock_is_kept_to() {
    let reader = reader();
    let mut stage = Stage::new();
    let read = |stage: &mut Stage, known: Known, format: &str| {
        let mut observer = Observer::new(&reader, false).knowing(known);
        for number in 0..4 {
            let at_s = f64::from(number) * 2.0;
            stage.scene(at_s);
            stage.write(&civil(START_S + at_s, "%Y-%m-%d %H:%M:%S"), 320, 10);
            stage.write(&civil(START_S + at_s - 864_000.0, format), 16, 320);
            stage.show(&mut observer, at_s);
        }
        observer.finish(8.0).unwrap()
    };
    let place = Some(Region { left: 0.0, top: 0.8, width: 0.6, height: 0.2 });
    let facts = read(&mut stage, Known { place, format: None }, "%d-%m-%Y %H:%M:%S");
    assert_eq!((facts.format.as_deref(), facts.other_format.is_some()), (Some("%d-%m-%Y %H:%M:%S"), true));
    assert!(facts.region.unwrap().top > 0.8, "{:?}", facts.region);
    let format = Format::of("%m-%d-%Y %H:%M:%S");
    let facts = read(&mut stage, Known { place, format }, "%d-%m-%Y %H:%M:%S");
    assert_eq!((facts.format.as_deref(), facts.other_format), (Some("%m-%d-%Y %H:%M:%S"), None));
}

#[test]
fn two_lines_make_one_clock() {
    let reader = reader();
    let mut observer = Observer::new(&reader, false);
    let mut stage = Stage::new();
    for number in 0..4 {
        let at_s = f64::from(number) * 2.0;
        stage.scene(at_s);
        stage.write(&civil(START_S + at_s, "%Y-%m-%d"), 16, 290);
        stage.write(&civil(START_S + at_s, "%H:%M:%S"), 16, 322);
        stage.show(&mut observer, at_s);
    }
    let facts = observer.finish(8.0).unwrap();
    assert_eq!(facts.format.as_deref(), Some("%Y-%m-%d %H:%M:%S"));
    let shown: Vec<f64> = facts.readings.iter().map(|reading| reading.shown_s - START_S).collect();
    assert_eq!(shown, [0.0, 2.0, 4.0, 6.0]);
}

#[test]
fn without_a_clock_the_whole_clip_is_missing_it() {
    let reader = reader();
    let mut observer = Observer::new(&reader, false);
    let mut stage = Stage::new();
    for number in 0..3 {
        let at_s = f64::from(number) * 2.0;
        stage.scene(at_s);
        stage.show(&mut observer, at_s);
    }
    let facts = observer.finish(6.0).unwrap();
    let none = ClockFacts { missing: vec![Span::new(0.0, 6.0)], pictures: 2, ..ClockFacts::default() };
    assert_eq!(facts, none);
}
