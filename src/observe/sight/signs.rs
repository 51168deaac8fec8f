//! Signs: text in the scene that neither the camera burnt in nor somebody holds up.

use crate::evidence::{ClockFacts, ReadLine, Region, SeenSign};
use crate::time::Span;

use super::Told;
use super::tracks::Sighting;
use crate::observe::overlay;

/// Text is taken for a sign from this confidence on …
const MIN_CONFIDENCE: f32 = 0.7;
/// … and from two Chinese characters, or a figure with 号 behind it.
const MIN_CHINESE: usize = 2;

/// … and no more than so many digits.
const MAX_DIGITS: usize = 6;

/// Near the clock, in multiples of its height: device, officer and unit stand on the lines beside it.
const BESIDE_CLOCK: f32 = 4.5;
/// Lines beside the clock are no higher than so many times its own: they are drawn in one face.
const ALIKE: f32 = 1.8;
/// Overlays stand in the outer part of a picture, this share of its height …
const MARGIN: f32 = 0.17;
/// … and do not move with the scene: by less than this share of the width …
const UNMOVED: f32 = 0.006;
/// … for at least this long.
const UNMOVED_S: f64 = 6.0;
/// What moved by so much was no overlay, wherever it stood, if as many lines of the same size were found: the middle of a group
/// moves as well where one of its lines was not.
const MOVED: f32 = 0.03;
const SAME_SIZE: f32 = 1.05;

/// Whether text moved with the scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Motion {
    Moved,
    /// For as long as it takes to tell.
    Unmoved,
    Unknown,
}

/// The signs among a group's lines.
pub(super) fn of(told: &Told, aspect: f32) -> Vec<(SeenSign, Motion)> {
    let Some((_, group)) = told.track.best.iter().find(|(at_s, _)| *at_s == told.at_s) else {
        return Vec::new();
    };
    if !told.told.words.is_empty() {
        // Labels of a card that was not told: what stands beside them may be a person's.
        return Vec::new();
    }
    let motion = motion(told);
    let mut order: Vec<usize> = (0..group.lines.len()).collect();
    order.sort_by(|&a, &b| group.lines[b].height_px.total_cmp(&group.lines[a].height_px));
    let mut read: Vec<usize> = order.into_iter().take(told.lines.len()).collect();
    read.sort_unstable();
    let sign = |(line, n): (&ReadLine, usize)| {
        let found = &group.lines[n];
        let sign = SeenSign {
            at_s: told.at_s,
            seen: told.track.seen(),
            text: line.text.clone(),
            confidence: line.confidence,
            region: Region {
                left: found.left.max(0.0),
                top: (found.top / aspect).max(0.0),
                width: found.right - found.left,
                height: (found.bottom - found.top) / aspect,
            },
            height_px: (found.height_px * 10.0).round() / 10.0,
        };
        (sign, motion)
    };
    told.lines.iter().zip(read).filter(|(line, _)| is_sign(line)).map(sign).collect()
}

fn is_sign(line: &ReadLine) -> bool {
    let chinese = line.text.chars().filter(|symbol| ('一'..='鿿').contains(symbol)).count();
    let house = line.text.trim_end_matches('号');
    let is_number = house.len() < line.text.len() && house.chars().any(|symbol| symbol.is_ascii_digit());
    // Numbers of people and cards stand on things, not on houses.
    let digits = line.text.chars().filter(char::is_ascii_digit).count();
    digits <= MAX_DIGITS && line.confidence >= MIN_CONFIDENCE && (chinese >= MIN_CHINESE || is_number)
}

fn motion(told: &Told) -> Motion {
    let sightings = &told.track.sightings;
    let (Some(first), Some(last)) = (sightings.first(), sightings.last()) else { return Motion::Unknown };
    let near = |sighting: &Sighting, share: f32| {
        let (x, y) = (sighting.middle.0 - first.middle.0, sighting.middle.1 - first.middle.1);
        x.abs() < share && y.abs() < share
    };
    let alike = |sighting: &&Sighting| {
        let change = sighting.size.max(first.size) / sighting.size.min(first.size).max(1e-3);
        sighting.lines == first.lines && change < SAME_SIZE
    };
    if sightings.iter().filter(alike).any(|sighting| !near(sighting, MOVED)) {
        Motion::Moved
    } else if last.at_s - first.at_s >= UNMOVED_S && sightings.iter().all(|sighting| near(sighting, UNMOVED))
    {
        Motion::Unmoved
    } else {
        Motion::Unknown
    }
}

/// In order of time, each once, without what the camera burnt in.
pub(super) fn settled(
    mut signs: Vec<(SeenSign, Motion)>,
    clock: Option<&ClockFacts>,
    aspect: f32,
    duration_s: f64,
) -> Vec<SeenSign> {
    let places: Vec<(String, Region)> =
        signs.iter().map(|(sign, _)| (sign.text.clone(), sign.region)).collect();
    let elsewhere = |sign: &SeenSign| {
        let same = places.iter().filter(|(text, _)| *text == sign.text);
        same.map(|(_, region)| apart(region, &sign.region)).fold(0.0, f32::max) > MOVED
    };
    signs.retain(|(sign, motion)| {
        let region = &sign.region;
        let outer = region.top < MARGIN || region.top + region.height > 1.0 - MARGIN;
        let beside_clock = clock.is_some_and(|clock| belongs_to(sign, clock, aspect));
        let overlay = beside_clock || (outer && *motion == Motion::Unmoved);
        *motion == Motion::Moved || elsewhere(sign) || !overlay
    });
    // The surest reading of each stands for it.
    signs.sort_by(|(a, _), (b, _)| b.confidence.total_cmp(&a.confidence));
    let mut kept: Vec<SeenSign> = Vec::new();
    for (sign, _) in signs {
        match kept.iter_mut().find(|known| known.text == sign.text) {
            Some(known) => {
                known.seen = Span::new(
                    known.seen.start_s.min(sign.seen.start_s),
                    known.seen.end_s.max(sign.seen.end_s).min(duration_s),
                );
            }
            None => kept.push(sign),
        }
    }
    kept.sort_by(|a, b| a.at_s.total_cmp(&b.at_s).then(a.region.top.total_cmp(&b.region.top)));
    kept
}

/// From middle to middle, in shares of width and height.
fn apart(one: &Region, other: &Region) -> f32 {
    let middle = |region: &Region| (region.left + region.width / 2.0, region.top + region.height / 2.0);
    let ((x, y), (other_x, other_y)) = (middle(one), middle(other));
    (x - other_x).hypot(y - other_y)
}

/// Whether text stands beside the burnt-in clock, or is what the clock's observer read there.
fn belongs_to(sign: &SeenSign, clock: &ClockFacts, aspect: f32) -> bool {
    let same = |other: &String| other.contains(&sign.text) || sign.text.contains(other.as_str());
    let beside = |place: &Region| {
        let below = (sign.region.top + sign.region.height / 2.0 - place.top - place.height / 2.0).abs();
        let extent = |region: &Region| (region.left, region.left + region.width);
        let in_row = below <= place.height / 2.0;
        let in_line = in_row || overlay::aligned(extent(&sign.region), extent(place), place.height * aspect);
        let alike = sign.region.height < ALIKE * place.height;
        below <= BESIDE_CLOCK * place.height && in_line && alike
    };
    clock.region.as_ref().is_some_and(beside) || clock.other_text.iter().any(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str, left: f32, top: f32) -> SeenSign {
        SeenSign {
            at_s: 3.0,
            seen: Span::new(2.0, 9.0),
            text: text.to_owned(),
            confidence: 0.9,
            region: Region { left, top, width: 0.2, height: 0.04 },
            height_px: 30.0,
        }
    }

    #[test]
    fn the_cameras_own_lines_are_no_signs() {
        let region = Some(Region { left: 0.6, top: 0.02, width: 0.38, height: 0.04 });
        let clock = ClockFacts { region, other_text: vec!["J1_010203".to_owned()], ..ClockFacts::default() };
        let signs = vec![
            (seen("便民超市", 0.4, 0.4), Motion::Unknown),
            (seen("文化执法大队", 0.6, 0.08), Motion::Unknown),
            (seen("某某市执法局", 0.05, 0.93), Motion::Unmoved),
            (seen("便民超市", 0.398, 0.4), Motion::Unknown),
        ];
        let kept = settled(signs, Some(&clock), 0.5625, 60.0);
        assert_eq!(kept.iter().map(|sign| sign.text.as_str()).collect::<Vec<_>>(), ["便民超市"]);
    }

    #[test]
    fn what_moves_with_the_scene_is_a_sign_beside_the_clock_as_well() {
        let region = Some(Region { left: 0.6, top: 0.02, width: 0.38, height: 0.04 });
        let clock = ClockFacts { region, ..ClockFacts::default() };
        let kept = |signs| settled(signs, Some(&clock), 0.5625, 60.0).len();
        assert_eq!(kept(vec![(seen("悦来宾馆", 0.6, 0.08), Motion::Moved)]), 1);
        assert_eq!(kept(vec![(seen("悦来宾馆", 0.66, 0.08), Motion::Unknown)]), 1, "not in line with it");
        let passing = [0.6, 0.2].map(|left| (seen("悦来宾馆", left, 0.08), Motion::Unknown));
        assert_eq!(kept(passing.to_vec()), 1, "seen in two places");
        let standing = [0.6, 0.601].map(|left| (seen("文化执法大队", left, 0.08), Motion::Unknown));
        assert_eq!(kept(standing.to_vec()), 0);
    }

    #[test]
    fn house_numbers_are_signs_and_latin_scraps_are_not() {
        let line = |text: &str, confidence| ReadLine { text: text.to_owned(), confidence };
        assert!(is_sign(&line("128号", 0.9)) && is_sign(&line("悦来宾馆", 0.9)));
        assert!(
            !is_sign(&line("OPEN", 0.9)) && !is_sign(&line("悦来宾馆", 0.4)) && !is_sign(&line("一", 0.9))
        );
    }
}
