//! The clock's place: text that reads as a time and stands at the same pixels in several pictures, while
//! the scene behind it moves.

use super::find::{Area, Candidate, Look, NEAR_IN_LINES, Sighting, cut, pixels_of};
use super::format;
use crate::evidence::Region;
use crate::media::Plane;
use crate::observe::overlay;
use crate::observe::text::{LineImage, TextError, window};

/// What a camera burns in beside its clock stands in one row with it, or in line with it, or at the picture's edge, within so many
/// of the clock's heights. A sign that a still camera sees may stand anywhere.
const AT_EDGE: f32 = 1.5;

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
    /// A date with a time was seen there in two pictures, and the time had gone on as it should.
    Running,
    /// A time was seen there in two pictures or more.
    Twice,
    /// One picture will do, if it showed a date as well.
    OnceWithDate,
    Once,
}

/// The clock's place, from what several pictures showed: the best group of candidates that stand at
/// the same pixels.
pub fn decide(looks: &[Look], proof: Proof) -> Option<Place> {
    let mut best: Option<(Rank, Place)> = None;
    for (at, look) in looks.iter().enumerate() {
        for candidate in &look.candidates {
            let again = |other: &Look| {
                let same_size = (other.width, other.height) == (look.width, look.height);
                let found = other.candidates.iter().find(|c| same_size && same_lines(c, candidate)).cloned();
                found.map(|c| (other.at_s, c))
            };
            let group: Vec<(f64, Candidate)> = looks[at..].iter().filter_map(again).collect();
            let (with_date, ticks) = (candidate.has_date(), ticks(&group));
            let proven = match proof {
                Proof::Running => with_date && ticks,
                Proof::Twice => group.len() >= 2,
                Proof::OnceWithDate => group.len() >= 2 || with_date,
                Proof::Once => true,
            };
            if !proven {
                continue;
            }
            let rank = Rank {
                signs: u32::from(ticks) + u32::from(with_date),
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
    let area = |line: usize| {
        let all = group.iter().map(|(_, candidate)| candidate.parts[line]);
        all.reduce(|a, b| a.union(&b))
    };
    // Cut alike high, so that the digits of two lines are of one size.
    let tallest = (0..lines).filter_map(area).map(|area| area.height()).fold(0.0, f32::max);
    let parts = (0..lines).filter_map(|line| {
        let area = area(line).map(|area| Area {
            top: area.middle() - tallest / 2.0,
            bottom: area.middle() + tallest / 2.0,
            ..area
        })?;
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

    /// Whether any of its lines stands where one of another place's does.
    pub fn overlaps(&self, other: &Place) -> bool {
        let meet = |a: &Region, b: &Region| {
            a.left < b.left + b.width
                && b.left < a.left + a.width
                && a.top < b.top + b.height
                && b.top < a.top + a.height
        };
        self.parts.iter().any(|part| other.parts.iter().any(|of_other| meet(part, of_other)))
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

    /// Whether a line is written where a camera writes beside its clock.
    fn is_in_line(&self, look: &Look, line: &Sighting) -> bool {
        let (width, height) = (look.width as f32, look.height as f32);
        let line_height = self.parts.first().map_or(0.0, |part| part.height * height);
        let in_row = |part: &Region| {
            (line.area.middle() - (part.top + part.height / 2.0) * height).abs() <= line_height / 2.0
        };
        let of_clock = look.lines.iter().filter(|other| without_time(&other.text) != other.text.trim());
        let lines = of_clock.map(|other| (other.area.left, other.area.right));
        let parts = self.parts.iter().map(|part| (part.left * width, (part.left + part.width) * width));
        let own = (line.area.left, line.area.right);
        let aligned = |other| overlay::aligned(own, other, line_height);
        let from_edge = line.area.left.min(width - line.area.right);
        self.parts.iter().any(in_row) || lines.chain(parts).any(aligned) || from_edge <= AT_EDGE * line_height
    }

    /// Text that stands near the clock, the same in each of two pictures or more: a device number,
    /// an officer's number, a unit. In the order in which it is written.
    pub fn other_text(&self, looks: &[Look]) -> Vec<String> {
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
            let near = region.top - reach < middle && middle < region.top + region.height + reach;
            near && !in_two_lines && self.is_in_line(look, line)
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
    use super::super::find::tests::{line, picture};
    use super::*;

    #[test]
    fn a_time_at_the_same_pixels_is_the_clock() {
        let looks = [
            picture(0.0, vec![line("J1_010203", 400.0, 35.0), line("2025-03-14 09:12:40", 400.0, 10.0)]),
            picture(2.0, vec![line("2025-03-14 09:12:42", 402.0, 11.0), line("J1_010203", 400.0, 35.0)]),
        ];
        let place = decide(&looks, Proof::Twice).unwrap();
        let region = place.region().unwrap();
        assert!(
            region.left > 0.6 && region.left < 0.63 && region.top > 0.015 && region.top < 0.03,
            "{region:?}"
        );
        assert_eq!(place.other_text(&looks), ["J1_010203"]);
    }

    #[test]
    fn a_sign_near_the_clock_is_none_of_the_cameras_lines() {
        let looks = [0, 2].map(|second| {
            let sign = line("悦来宾馆", 200.0, 40.0);
            let unit = line("某某市执法局", 6.0, 40.0);
            let clock = line(&format!("2025-03-14 09:12:4{second}"), 400.0, 10.0);
            picture(f64::from(second), vec![clock, sign, unit])
        });
        assert_eq!(decide(&looks, Proof::Twice).unwrap().other_text(&looks), ["某某市执法局"]);
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
        assert!(decide(&looks, Proof::Twice).unwrap().region().unwrap().top > 0.9);
    }

    #[test]
    fn moving_text_is_no_overlay() {
        let looks = [0.0, 2.0]
            .map(|at_s| picture(at_s, vec![line("2025-03-14 09:12:40", 200.0, 50.0 + 15.0 * at_s as f32)]));
        assert_eq!(decide(&looks, Proof::Twice), None);
        assert!(decide(&looks[..1], Proof::OnceWithDate).is_some());
    }

    #[test]
    fn a_date_above_its_time_makes_two_parts() {
        let looks = [0, 2].map(|second| {
            picture(
                f64::from(second),
                vec![line("2025年03月14日", 20.0, 10.0), line(&format!("09:12:4{second}"), 20.0, 34.0)],
            )
        });
        let place = decide(&looks, Proof::Twice).unwrap();
        assert_eq!(place.parts.len(), 2);
        assert!(place.parts[0].top < place.parts[1].top);
        assert_eq!(place.other_text(&looks), Vec::<String>::new());
    }

    #[test]
    fn what_stands_on_a_line_beside_its_time() {
        assert_eq!(without_time("执法07号 2025-03-14 09:12:40 冀A12345"), "执法07号 冀A12345");
    }
}
