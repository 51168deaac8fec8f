//! Finding the clock's place: text that reads as a time and stands at the same pixels in several
//! pictures, while the scene behind it moves.

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

/// Small pictures have small letters: on a busy ground they are found only when enlarged.
const MAX_ENLARGEMENT: f32 = 2.0;

/// A time is at least this many times wider than high, even on a line of its own.
const MIN_ASPECT: f32 = 2.2;

/// Burnt-in text is level.
const MAX_ANGLE_DEG: f32 = 5.0;

/// Reading a line costs some 30 ms; a picture full of signs must not cost seconds.
const MAX_LINES: usize = 12;

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
    fn height(&self) -> f32 {
        self.bottom - self.top
    }

    fn middle(&self) -> f32 {
        (self.top + self.bottom) / 2.0
    }

    fn union(&self, other: &Area) -> Area {
        Area {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// Share of the lower one's height at which two areas stand side by side.
    fn beside(&self, other: &Area) -> f32 {
        let shared = self.bottom.min(other.bottom) - self.top.max(other.top);
        shared / self.height().min(other.height()).max(1.0)
    }

    /// Whether `other` is the same burnt-in line in another picture: the detector's boxes differ by
    /// a fraction of a letter, and a line that is not of fixed width may move one of its ends.
    fn same_place(&self, other: &Area) -> bool {
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

/// Where the clock stands, in shares of the picture's width and height.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    pub parts: Vec<Region>,
    /// What its text is made of.
    pub symbols: String,
}

/// How sure a clock's place must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A time was seen there in two pictures or more.
    Twice,
    /// One picture will do, if it showed a date as well.
    OnceWithDate,
    Once,
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

/// Looks for times in a picture: at its upper and lower edge, and if asked and nothing is there,
/// everywhere.
pub fn look(reader: &TextReader, at_s: f64, planes: Planes<'_>, everywhere: bool) -> Result<Look, TextError> {
    let (width, height) = (planes.luma.width, planes.luma.height);
    let strip = ((height as f64 * STRIP_SHARE).ceil() as usize).max(32).min(height);
    let mut lines = read_lines(reader, planes, 0, strip)?;
    lines.extend(read_lines(reader, planes, height - strip, height)?);
    let mut candidates = candidates(&lines);
    if candidates.is_empty() && everywhere {
        lines = read_lines(reader, planes, 0, height)?;
        candidates = self::candidates(&lines);
    }
    Ok(Look { at_s, width, height, lines, candidates })
}

fn read_lines(
    reader: &TextReader,
    planes: Planes<'_>,
    top: usize,
    bottom: usize,
) -> Result<Vec<Sighting>, TextError> {
    // Colours change every second row.
    let (luma, top) = (planes.luma, top & !1);
    let picture = bgr_of(luma, planes.chroma, top, bottom)?;
    let scale = (LOOK_WIDTH_PX / luma.width as f32).min(MAX_ENLARGEMENT);
    let mut areas = joined_lines(reader.detect(&picture, scale)?);
    areas.truncate(MAX_LINES);
    areas
        .into_iter()
        .map(|area| {
            let inside = pixels_of(&area, luma.width, bottom - top);
            let line = cut(window(luma, inside.0, top + inside.1, inside.2, top + inside.3))?;
            let read = reader.read(&line)?;
            let shift = top as f32;
            Ok(Sighting {
                area: Area { top: area.top + shift, bottom: area.bottom + shift, ..area },
                text: read.text,
                positions: read.characters.iter().map(|c| c.position).collect(),
            })
        })
        .collect()
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

fn pixels_of(area: &Area, width: usize, height: usize) -> (usize, usize, usize, usize) {
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

/// The clock's place, from what several pictures showed: the best group of candidates that stand at
/// the same pixels.
pub fn place(looks: &[Look], proof: Proof) -> Option<Place> {
    let mut best: Option<(Rank, Place)> = None;
    for (at, look) in looks.iter().enumerate() {
        for candidate in &look.candidates {
            let again = |other: &Look| {
                let same_size = (other.width, other.height) == (look.width, look.height);
                let found = other.candidates.iter().find(|c| same_size && same_lines(c, candidate)).cloned();
                found.map(|c| (other.at_s, c))
            };
            let group: Vec<(f64, Candidate)> = looks[at..].iter().filter_map(again).collect();
            let with_date = candidate.shown.iter().any(|shown| shown.layout.date.is_some());
            let proven = match proof {
                Proof::Twice => group.len() >= 2,
                Proof::OnceWithDate => group.len() >= 2 || with_date,
                Proof::Once => true,
            };
            if !proven {
                continue;
            }
            let rank = Rank {
                signs: u32::from(ticks(&group)) + u32::from(with_date),
                seen: group.len(),
                nearness: nearness_to_edge(&candidate.parts, look.height),
            };
            if best.as_ref().is_none_or(|(so_far, _)| rank > *so_far) {
                best = Some((rank, shares(&group, look.width, look.height)));
            }
        }
    }
    best.map(|(_, place)| place)
}

/// What speaks for a candidate, most telling first: it ticks and has a date, as hardly a clock in
/// the scene does; it was seen more often; it stands nearer to the picture's edge.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
struct Rank {
    signs: u32,
    seen: usize,
    nearness: f32,
}

fn same_lines(a: &Candidate, b: &Candidate) -> bool {
    a.parts.len() == b.parts.len() && a.parts.iter().zip(&b.parts).all(|(a, b)| a.same_place(b))
}

/// Whether the time shown goes on with presentation time.
fn ticks(group: &[(f64, Candidate)]) -> bool {
    const MORE_THAN_A_DISPLAYED_SECOND_S: f64 = 1.5;
    group.windows(2).any(|pair| {
        let [(before_s, before), (after_s, after)] = pair else { return false };
        before.shown.iter().any(|b| {
            after.shown.iter().any(|a| {
                let passed_s = a.shown_s - b.shown_s;
                passed_s != 0.0 && (passed_s - (after_s - before_s)).abs() <= MORE_THAN_A_DISPLAYED_SECOND_S
            })
        })
    })
}

/// 1 at the upper or lower edge, 0 in the middle.
fn nearness_to_edge(parts: &[Area], height: usize) -> f32 {
    let from_middle = |area: &Area| (area.middle() / height as f32 - 0.5).abs() * 2.0;
    parts.iter().map(from_middle).fold(0.0, f32::max)
}

/// The lines' common place with a small margin, as shares of the picture.
fn shares(group: &[(f64, Candidate)], width: usize, height: usize) -> Place {
    let lines = group.first().map_or(0, |(_, candidate)| candidate.parts.len());
    let parts = (0..lines).filter_map(|line| {
        let all = group.iter().map(|(_, candidate)| candidate.parts[line]);
        let area = all.reduce(|a, b| a.union(&b))?;
        let margin = 0.08 * area.height();
        let share = |value: f32, whole: usize| (value / whole as f32).clamp(0.0, 1.0);
        let (left, top) = (share(area.left - 2.0 * margin, width), share(area.top - margin, height));
        let (right, bottom) = (share(area.right + 2.0 * margin, width), share(area.bottom + margin, height));
        Some(Region { left, top, width: right - left, height: bottom - top })
    });
    let layouts = group.iter().flat_map(|(_, candidate)| &candidate.shown).map(|shown| shown.layout);
    Place { parts: parts.collect(), symbols: format::symbols(layouts) }
}

impl Place {
    /// The clock's lines cut out of a picture.
    pub fn cut(&self, luma: Plane<'_>) -> Result<Vec<LineImage>, TextError> {
        let (width, height) = (luma.width as f32, luma.height as f32);
        self.parts
            .iter()
            .map(|part| {
                let area = Area {
                    left: part.left * width,
                    top: part.top * height,
                    right: (part.left + part.width) * width,
                    bottom: (part.top + part.height) * height,
                };
                let (left, top, right, bottom) = pixels_of(&area, luma.width, luma.height);
                cut(window(luma, left, top, right, bottom))
            })
            .collect()
    }

    /// Whether another look found the same place.
    pub fn agrees_with(&self, other: &Place) -> bool {
        let agree = |(a, b): (&Region, &Region)| {
            let shared = |a_start: f32, a_length: f32, b_start: f32, b_length: f32| {
                (a_start + a_length).min(b_start + b_length) - a_start.max(b_start)
            };
            shared(a.left, a.width, b.left, b.width) > 0.8 * a.width.max(b.width)
                && shared(a.top, a.height, b.top, b.height) > 0.6 * a.height.max(b.height)
        };
        self.parts.len() == other.parts.len() && self.parts.iter().zip(&other.parts).all(agree)
    }

    /// The rectangle around all its lines.
    pub fn region(&self) -> Option<Region> {
        self.parts.iter().copied().reduce(|a, b| {
            let (left, top) = (a.left.min(b.left), a.top.min(b.top));
            let right = (a.left + a.width).max(b.left + b.width);
            let bottom = (a.top + a.height).max(b.top + b.height);
            Region { left, top, width: right - left, height: bottom - top }
        })
    }

    /// Text that stands near the clock, the same in each of two pictures or more: a device number,
    /// an officer's number, a unit. In the order in which it is written.
    pub fn other_text(&self, looks: &[Look]) -> Vec<String> {
        const NEAR_IN_LINES: f32 = 4.0;
        let Some(region) = self.region() else { return Vec::new() };
        let line_height = self.parts.first().map_or(0.0, |part| part.height);
        let near = |look: &Look, line: &Sighting| {
            let middle = line.area.middle() / look.height as f32;
            let reach = NEAR_IN_LINES * line_height;
            let in_two_lines = self.parts.len() > 1
                && self.parts.iter().any(|part| {
                    let inside = (line.area.left + line.area.right) / 2.0 / look.width as f32;
                    (part.top..part.top + part.height).contains(&middle)
                        && (part.left..part.left + part.width).contains(&inside)
                });
            region.top - reach < middle && middle < region.top + region.height + reach && !in_two_lines
        };
        let seen: Vec<(usize, &Sighting, String)> = looks
            .iter()
            .enumerate()
            .flat_map(|(at, look)| {
                look.lines.iter().filter(move |line| near(look, line)).map(move |line| (at, line))
            })
            .map(|(at, line)| (at, line, without_time(&line.text)))
            .filter(|(.., text)| !text.is_empty())
            .collect();
        let mut found: Vec<(f32, String)> = Vec::new();
        for (at, line, text) in &seen {
            let again = seen.iter().any(|(other_at, other, other_text)| {
                other_at != at && same_letters(other_text, text) && other.area.same_place(&line.area)
            });
            match found.iter_mut().find(|(_, known)| same_letters(known, text)) {
                // Marks are rather lost than invented.
                Some((_, known)) if visible(text) > visible(known) => *known = text.clone(),
                None if again => found.push((line.area.top, text.clone())),
                _ => {}
            }
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        found.into_iter().map(|(_, text)| text).collect()
    }
}

fn visible(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

/// Whether two readings of one line differ in nothing but marks, which are easily misread.
fn same_letters(a: &str, b: &str) -> bool {
    let letters = |c: &char| c.is_alphanumeric();
    a.chars().filter(letters).eq(b.chars().filter(letters))
}

/// A line's text without the time in it.
fn without_time(text: &str) -> String {
    let Some(shown) = format::parse(text).into_iter().next() else { return text.trim().to_owned() };
    let characters: Vec<char> = text.chars().collect();
    let before: String = characters[..shown.begin].iter().collect();
    let after: String = characters[shown.end..].iter().collect();
    format!("{} {}", before.trim(), after.trim()).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, left: f32, top: f32) -> Sighting {
        let count = text.chars().count() as f32;
        Sighting {
            area: Area { left, top, right: left + 10.0 * count, bottom: top + 20.0 },
            text: text.to_owned(),
            positions: (0..text.chars().count()).map(|at| (at as f32 + 0.5) / count).collect(),
        }
    }

    fn picture(at_s: f64, lines: Vec<Sighting>) -> Look {
        Look { at_s, width: 640, height: 360, candidates: candidates(&lines), lines }
    }

    #[test]
    fn a_time_at_the_same_pixels_is_the_clock() {
        let looks = [
            picture(0.0, vec![line("J1_010203", 400.0, 35.0), line("2025-03-14 09:12:40", 400.0, 10.0)]),
            picture(2.0, vec![line("2025-03-14 09:12:42", 402.0, 11.0), line("J1_010203", 400.0, 35.0)]),
        ];
        let place = place(&looks, Proof::Twice).unwrap();
        let region = place.region().unwrap();
        assert!(
            region.left > 0.6 && region.left < 0.63 && region.top > 0.015 && region.top < 0.03,
            "{region:?}"
        );
        assert_eq!(place.other_text(&looks), ["J1_010203"]);
    }

    #[test]
    fn a_clock_in_the_scene_does_not_win() {
        // A wall clock that a still camera sees at the same pixels, and text that moves.
        let looks = [0.0, 2.0, 4.0].map(|at_s| {
            let second = 40 + at_s as u32;
            picture(
                at_s,
                vec![
                    line(&format!("08:15:{second}"), 100.0, 150.0),
                    line(&format!("2025-03-14 09:12:{second}"), 20.0, 330.0),
                    line("2019-01-01 00:00:00", 30.0 * at_s as f32, 100.0),
                ],
            )
        });
        assert!(place(&looks, Proof::Twice).unwrap().region().unwrap().top > 0.9);
    }

    #[test]
    fn moving_text_is_no_overlay() {
        let looks = [0.0, 2.0]
            .map(|at_s| picture(at_s, vec![line("2025-03-14 09:12:40", 200.0, 50.0 + 15.0 * at_s as f32)]));
        assert_eq!(place(&looks, Proof::Twice), None);
        assert!(place(&looks[..1], Proof::OnceWithDate).is_some());
    }

    #[test]
    fn a_date_above_its_time_makes_two_parts() {
        let looks = [0, 2].map(|second| {
            picture(
                f64::from(second),
                vec![line("2025年03月14日", 20.0, 10.0), line(&format!("09:12:4{second}"), 20.0, 34.0)],
            )
        });
        let place = place(&looks, Proof::Twice).unwrap();
        assert_eq!(place.parts.len(), 2);
        assert!(place.parts[0].top < place.parts[1].top);
        assert_eq!(place.other_text(&looks), Vec::<String>::new());
    }

    #[test]
    fn only_the_time_of_a_longer_line_is_kept() {
        let sighting = line("执法07号 2025-03-14 09:12:40 冀A12345", 0.0, 10.0);
        let area = candidates(std::slice::from_ref(&sighting))[0].parts[0];
        assert!(area.left > 45.0 && area.left < 60.0, "{area:?}");
        assert!(area.right > 245.0 && area.right < 265.0, "{area:?}");
        assert_eq!(without_time(&sighting.text), "执法07号 冀A12345");
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
