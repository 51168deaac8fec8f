//! Looking for lines of text in one picture that read as a time.

use opencv::core::{Mat, MatTraitConst, Size};
use opencv::imgproc;

use super::format::{self, Shown};
use crate::evidence::Region;
use crate::media::Plane;
use crate::observe::text::{LineImage, TextBox, TextError, TextReader, bgr_of, grey_of, window};

/// Overlays stand at the upper or lower edge. A fifth of the height takes two lines of the largest
/// fonts (80 px at 1080 lines), and costs two fifths of a whole picture.
const STRIP_SHARE: f64 = 0.2;

/// Width that pictures are looked at: text 14 px high on a 1080-line picture keeps the 9 px that the
/// detector needs.
const LOOK_WIDTH_PX: f32 = 1280.0;

/// Looked at first, at a quarter of the cost: enough for letters from some 25 px on at 1080 lines, as most
/// cameras draw them.
const GLANCE_WIDTH_PX: f32 = 640.0;

/// Small pictures have small letters: on a busy ground they are found only when enlarged.
const MAX_ENLARGEMENT: f32 = 2.0;

/// A time is at least this many times wider than high, even on a line of its own.
const MIN_ASPECT: f32 = 2.2;

/// Burnt-in text is level.
const MAX_ANGLE_DEG: f32 = 5.0;

/// Reading a line costs some 30 ms; a picture full of signs must not cost seconds.
const MAX_LINES: usize = 12;

/// Device and officer numbers stand on the next lines, this many at most.
pub const NEAR_IN_LINES: f32 = 4.0;

/// As a share of the line's height, the standard deviation of the blur: 1 pixel of the recogniser's 48.
/// Of 48 crops, half of them in bitmap faces, 32 were read right without and 42 at 1.2 pixels; of 60
/// others 53 at 0.8, 53 at 1.2, 39 at 2.
const SOFTENING: f64 = 1.0 / 48.0;

/// A picture's luma and its two planes of colour (Cb, Cr), half its size each way.
#[derive(Clone, Copy)]
pub struct Planes<'a> {
    pub luma: Plane<'a>,
    pub chroma: (Plane<'a>, Plane<'a>),
}

/// A rectangle in picture pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
}

impl Area {
    pub fn height(&self) -> f32 {
        self.bottom - self.top
    }

    pub fn middle(&self) -> f32 {
        (self.top + self.bottom) / 2.0
    }

    pub fn union(&self, other: &Area) -> Area {
        Area {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// Whether text there may belong to a clock here: within a few lines above or below.
    pub fn is_near(&self, clock: &Area) -> bool {
        (self.middle() - clock.middle()).abs() < (NEAR_IN_LINES + 0.5) * clock.height()
    }

    /// Share of the lower one's height at which two areas stand side by side.
    fn beside(&self, other: &Area) -> f32 {
        let shared = self.bottom.min(other.bottom) - self.top.max(other.top);
        shared / self.height().min(other.height()).max(1.0)
    }

    /// Whether `other` is the same burnt-in line in another picture: the detector's boxes differ by
    /// a fraction of a letter, and a line that is not of fixed width may move one of its ends.
    pub fn same_place(&self, other: &Area) -> bool {
        let height = self.height().max(other.height());
        (self.middle() - other.middle()).abs() < 0.3 * height
            && self.height().min(other.height()) > 0.6 * height
            && ((self.left - other.left).abs() < 0.8 * height
                || (self.right - other.right).abs() < 0.8 * height)
    }
}

/// One line of text in one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    pub area: Area,
    pub text: String,
    /// Middle of each character, as a share of the area's width.
    positions: Vec<f32>,
}

/// Text that reads as a time, in one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The lines it takes: one, or two for a date above or below its time.
    pub parts: Vec<Area>,
    pub shown: Vec<Shown>,
}

impl Candidate {
    pub fn has_date(&self) -> bool {
        self.shown.iter().any(|shown| shown.layout.date.is_some())
    }
}

/// What one picture showed.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    pub at_s: f64,
    pub width: usize,
    pub height: usize,
    pub lines: Vec<Sighting>,
    pub candidates: Vec<Candidate>,
}

/// Where a clock is looked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scope {
    Edges,
    /// At the edges, and if nothing is there, everywhere.
    Everywhere,
    /// Only there.
    Within(Region),
}

/// Looks for times in a picture. The first date with a time ends the search; later pictures show whether it is a
/// clock.
pub fn look(reader: &TextReader, at_s: f64, planes: Planes<'_>, scope: Scope) -> Result<Look, TextError> {
    let (width, height) = (planes.luma.width, planes.luma.height);
    let strip = ((height as f64 * STRIP_SHARE).ceil() as usize).max(32).min(height);
    let rows = |top: usize, bottom: usize| Area {
        left: 0.0,
        top: top as f32,
        right: width as f32,
        bottom: bottom as f32,
    };
    let places = match scope {
        Scope::Within(region) => vec![Area {
            left: region.left * width as f32,
            top: region.top * height as f32,
            right: (region.left + region.width) * width as f32,
            bottom: (region.top + region.height) * height as f32,
        }],
        _ => vec![rows(0, strip), rows(height - strip, height)],
    };
    let mut lines = Vec::new();
    for width_px in [GLANCE_WIDTH_PX, LOOK_WIDTH_PX] {
        lines.clear();
        for place in &places {
            lines.extend(read_lines(reader, planes, place, width_px)?);
            let candidates = candidates(&lines);
            if candidates.iter().any(Candidate::has_date) {
                return Ok(Look { at_s, width, height, lines, candidates });
            }
        }
    }
    let mut candidates = candidates(&lines);
    if let Some(cut_off) = candidates.iter().find_map(|time| beyond_strip(time, strip as f32, height as f32))
    {
        lines.extend(read_lines(reader, planes, &rows(cut_off.start, cut_off.end), LOOK_WIDTH_PX)?);
        candidates = self::candidates(&lines);
    }
    if candidates.is_empty() && scope == Scope::Everywhere {
        lines = read_lines(reader, planes, &rows(0, height), LOOK_WIDTH_PX)?;
        // A time alone in the middle of the picture is a clock on the wall.
        candidates = self::candidates(&lines).into_iter().filter(Candidate::has_date).collect();
    }
    Ok(Look { at_s, width, height, lines, candidates })
}

/// The rows beside a time at the inner border of a strip, in which its date may stand: with the device's number three lines
/// of large letters take more than a strip.
fn beyond_strip(time: &Candidate, strip: f32, height: f32) -> Option<std::ops::Range<usize>> {
    /// A line and the space before it, in heights of the line.
    const NEXT_LINE: f32 = 2.0;
    let area = time.parts.first()?;
    let reach = NEXT_LINE * area.height();
    let rows = |top: f32, bottom: f32| top.max(0.0) as usize..bottom.min(height) as usize;
    if area.top >= height - strip && area.top - reach < height - strip {
        return Some(rows(area.top - reach, area.top));
    }
    (area.bottom <= strip && area.bottom + reach > strip).then(|| rows(area.bottom, area.bottom + reach))
}

/// What stands in this picture where another look saw lines of text; `None` in a picture of another size.
pub fn look_again(
    reader: &TextReader,
    at_s: f64,
    planes: Planes<'_>,
    earlier: &Look,
) -> Result<Option<Look>, TextError> {
    let (width, height) = (planes.luma.width, planes.luma.height);
    if (width, height) != (earlier.width, earlier.height) {
        return Ok(None);
    }
    let lines = earlier.lines.iter().map(|line| sighting(reader, planes.luma, line.area));
    let lines = lines.collect::<Result<Vec<_>, _>>()?;
    Ok(Some(Look { at_s, width, height, candidates: candidates(&lines), lines }))
}

/// The lines of text in a part of a picture that is looked at as if it were `width_px` wide. Beside a date with a
/// time only what stands near it is read.
fn read_lines(
    reader: &TextReader,
    planes: Planes<'_>,
    place: &Area,
    width_px: f32,
) -> Result<Vec<Sighting>, TextError> {
    let luma = planes.luma;
    let (_, top, _, bottom) = pixels_of(place, luma.width, luma.height);
    // Colours change every second row.
    let top = top & !1;
    let picture = bgr_of(luma, planes.chroma, top, bottom)?;
    let scale = (width_px / luma.width as f32).min(MAX_ENLARGEMENT);
    let mut areas = joined_lines(reader.detect(&picture, scale)?);
    areas.truncate(MAX_LINES);
    let mut lines: Vec<Sighting> = Vec::new();
    let mut clock: Option<Area> = None;
    for area in areas {
        let area = Area { top: area.top + top as f32, bottom: area.bottom + top as f32, ..area };
        let outside = area.right <= place.left || place.right <= area.left;
        if outside || clock.is_some_and(|clock| !area.is_near(&clock)) {
            continue;
        }
        let line = sighting(reader, luma, area)?;
        if format::parse(&line.text).iter().any(|shown| shown.layout.date.is_some()) {
            clock.get_or_insert(area);
        }
        lines.push(line);
    }
    Ok(lines)
}

fn sighting(reader: &TextReader, luma: Plane<'_>, area: Area) -> Result<Sighting, TextError> {
    let (left, top, right, bottom) = pixels_of(&area, luma.width, luma.height);
    let read = reader.read(&cut(window(luma, left, top, right, bottom))?)?;
    Ok(Sighting { area, positions: read.characters.iter().map(|c| c.position).collect(), text: read.text })
}

/// A line of text for the recogniser, its strokes softened.
pub fn cut(line: Plane<'_>) -> Result<LineImage, TextError> {
    LineImage::new(&softened(&grey_of(line)?)?)
}

/// The recogniser knows photographed print: it takes the steps of a camera chip's bitmap letters for
/// strokes, and reads them far better a little out of focus, others as well.
pub fn softened(line: &Mat) -> Result<Mat, TextError> {
    let mut soft = Mat::default();
    let deviation = f64::from(line.rows()) * SOFTENING;
    imgproc::gaussian_blur_def(line, &mut soft, Size::default(), deviation)?;
    Ok(soft)
}

pub fn pixels_of(area: &Area, width: usize, height: usize) -> (usize, usize, usize, usize) {
    let within = |value: f32, limit: usize| (value.max(0.0) as usize).min(limit);
    (
        within(area.left.floor(), width.saturating_sub(1)),
        within(area.top.floor(), height.saturating_sub(1)),
        within(area.right.ceil(), width).max(1),
        within(area.bottom.ceil(), height).max(1),
    )
}

/// Level lines of text, widest for their height first; boxes that a wide space parted are joined.
fn joined_lines(mut boxes: Vec<TextBox>) -> Vec<Area> {
    boxes.retain(|text| text.angle_deg.abs() <= MAX_ANGLE_DEG && text.width > text.height);
    boxes.sort_by(|a, b| a.bounds().0.total_cmp(&b.bounds().0));
    let mut lines: Vec<Area> = Vec::new();
    for text in boxes {
        let (left, top, right, bottom) = text.bounds();
        let area = Area { left, top, right, bottom };
        let before = lines.iter_mut().find(|line| {
            let height = line.height().max(area.height());
            line.beside(&area) > 0.7
                && line.height().min(area.height()) > 0.6 * height
                && area.left - line.right < 1.2 * height
        });
        match before {
            Some(line) => *line = line.union(&area),
            None => lines.push(area),
        }
    }
    let aspect = |area: &Area| (area.right - area.left) / area.height().max(1.0);
    lines.retain(|area| aspect(area) >= MIN_ASPECT);
    lines.sort_by(|a, b| aspect(b).total_cmp(&aspect(a)).then(a.top.total_cmp(&b.top)));
    lines
}

/// Lines, and pairs of lines one above the other, that read as a time.
fn candidates(lines: &[Sighting]) -> Vec<Candidate> {
    let mut found = Vec::new();
    for line in lines {
        let shown = format::parse(&line.text);
        if let Some(first) = shown.first() {
            found.push(Candidate { parts: vec![trimmed(line, first)], shown });
        }
    }
    for upper in lines {
        for lower in lines {
            let height = upper.area.height().max(lower.area.height());
            let below = lower.area.middle() - upper.area.middle();
            let aligned = upper.area.left < lower.area.right && lower.area.left < upper.area.right;
            if !aligned || below < 0.5 * height || below > 2.0 * height {
                continue;
            }
            let has_date = |text: &str| format::parse(text).iter().any(|shown| shown.layout.date.is_some());
            if has_date(&upper.text) || has_date(&lower.text) {
                continue;
            }
            let shown = format::parse(&format!("{} {}", upper.text, lower.text));
            if shown.iter().any(|shown| shown.layout.date.is_some()) {
                found.push(Candidate { parts: vec![upper.area, lower.area], shown });
            }
        }
    }
    found
}

/// The part of a line that holds the time. Other text on the line, such as a device number, would
/// only cost time and bring misreadings.
fn trimmed(line: &Sighting, shown: &Shown) -> Area {
    let (area, last) = (line.area, line.positions.len());
    let (width, pad) = (area.right - area.left, 0.6 * area.height());
    let at = |character: usize| area.left + width * line.positions[character];
    let left = if shown.begin == 0 { area.left } else { (at(shown.begin) - pad).max(area.left) };
    let right = if shown.end >= last { area.right } else { (at(shown.end - 1) + pad).min(area.right) };
    Area { left, right, ..area }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn line(text: &str, left: f32, top: f32) -> Sighting {
        let count = text.chars().count() as f32;
        Sighting {
            area: Area { left, top, right: left + 10.0 * count, bottom: top + 20.0 },
            text: text.to_owned(),
            positions: (0..text.chars().count()).map(|at| (at as f32 + 0.5) / count).collect(),
        }
    }

    pub fn picture(at_s: f64, lines: Vec<Sighting>) -> Look {
        Look { at_s, width: 640, height: 360, candidates: candidates(&lines), lines }
    }

    #[test]
    fn only_the_time_of_a_longer_line_is_kept() {
        let sighting = line("执法07号 2025-03-14 09:12:40 冀A12345", 0.0, 10.0);
        let area = candidates(std::slice::from_ref(&sighting))[0].parts[0];
        assert!(area.left > 45.0 && area.left < 60.0, "{area:?}");
        assert!(area.right > 245.0 && area.right < 265.0, "{area:?}");
    }

    #[test]
    fn parted_boxes_are_joined() {
        let text = |centre_x: f32, width: f32| TextBox {
            centre_x,
            centre_y: 20.0,
            width,
            height: 20.0,
            angle_deg: 0.0,
            score: 0.9,
        };
        let lines = joined_lines(vec![text(200.0, 90.0), text(90.0, 100.0), text(500.0, 90.0)]);
        assert_eq!(lines.len(), 2);
        assert_eq!((lines[0].left, lines[0].right), (40.0, 245.0));
    }
}
