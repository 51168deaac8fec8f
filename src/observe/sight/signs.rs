//! Signs: text in the scene that neither the camera burnt in nor somebody holds up.

use crate::evidence::{ClockFacts, ReadLine, Region, SeenSign};
use crate::time::Span;

use super::Told;

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

/// The signs among a group's lines.
pub(super) fn of(told: &Told, aspect: f32) -> Vec<(SeenSign, bool)> {
    let Some((_, group)) = told.track.best.iter().find(|(at_s, _)| *at_s == told.at_s) else {
        return Vec::new();
    };
    if !told.told.words.is_empty() {
        // Labels of a card that was not told: what stands beside them may be a person's.
        return Vec::new();
    }
    let unmoved = unmoved(told);
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
        (sign, unmoved)
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

fn unmoved(told: &Told) -> bool {
    let sightings = &told.track.sightings;
    let (Some(first), Some(last)) = (sightings.first(), sightings.last()) else { return false };
    let still = |sighting: &super::tracks::Sighting| {
        (sighting.middle.0 - first.middle.0).abs() < UNMOVED
            && (sighting.middle.1 - first.middle.1).abs() < UNMOVED
    };
    last.at_s - first.at_s >= UNMOVED_S && sightings.iter().all(still)
}

/// In order of time, each once, without what the camera burnt in.
pub(super) fn settled(
    mut signs: Vec<(SeenSign, bool)>,
    clock: Option<&ClockFacts>,
    duration_s: f64,
) -> Vec<SeenSign> {
    signs.retain(|(sign, unmoved)| {
        let region = &sign.region;
        let outer = region.top < MARGIN || region.top + region.height > 1.0 - MARGIN;
        let burnt_in = clock.is_some_and(|clock| belongs_to(sign, clock)) || (outer && *unmoved);
        !burnt_in
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

/// Whether text stands beside the burnt-in clock, or is what the clock's observer read there.
fn belongs_to(sign: &SeenSign, clock: &ClockFacts) -> bool {
    let same = |other: &String| other.contains(&sign.text) || sign.text.contains(other.as_str());
    let Some(place) = &clock.region else { return clock.other_text.iter().any(same) };
    let reach = BESIDE_CLOCK * place.height;
    let middle = sign.region.top + sign.region.height / 2.0;
    let across =
        sign.region.left < place.left + place.width && place.left < sign.region.left + sign.region.width;
    let alike = sign.region.height < ALIKE * place.height;
    let near = (middle - (place.top + place.height / 2.0)).abs() <= reach;
    (near && across && alike) || clock.other_text.iter().any(same)
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
            (seen("便民超市", 0.4, 0.4), false),
            (seen("文化执法大队", 0.7, 0.08), false),
            (seen("某某市执法局", 0.05, 0.93), true),
            (seen("便民超市", 0.3, 0.4), false),
        ];
        let kept = settled(signs, Some(&clock), 60.0);
        assert_eq!(kept.iter().map(|sign| sign.text.as_str()).collect::<Vec<_>>(), ["便民超市"]);
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
