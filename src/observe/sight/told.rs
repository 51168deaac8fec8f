//! Things that were read: what of them is one thing, and how long it was there.

use std::collections::BTreeMap;

use super::reading::{WELL_READ, mean_confidence};
use super::tracks::Track;
use super::{OPENING_S, round, words};
use crate::evidence::{ReadLine, SeenThing, ThingKind};
use crate::time::round_to_microsecond;

/// A thing is taken to have been there for at most so long before it was first seen, and after it was last.
const MAX_UNSEEN_S: f64 = 1.0;

/// A credential that was seen for less than this, or in one picture only, may have been shown for longer.
const SETTLED_S: f64 = 1.0;

/// What is held up does not stay longer.
const UNTOLD_LASTS_S: f64 = 5.0;

/// Smaller text (diagonal, as a share of the picture's width) is not taken for a thing held up; it may be a sign.
const MIN_THING_SIZE: f32 = 0.07;

/// What is read in part was in the same place, middle to middle in its diagonals; what reads like a thing may be raised or lowered.
const SAME_PLACE: f32 = 0.6;
const MAX_MOVE: f32 = 1.5;

/// A line that was misread shares so many of its characters with what it is.
const MIN_SHARED: f32 = 0.4;
/// Of shorter lines too much is alike by chance.
const MIN_CHARACTERS: usize = 3;

/// What was read with this and more on average is what it reads as, a sign for the most part.
const PLAINLY_READ: f32 = 0.85;

/// What stands above the title on the back of a credential.
const HEADING: &str = "人民共和国";

/// A track that was read.
pub(super) struct Told {
    pub track: Track,
    /// Of all that was followed.
    pub growth: f32,
    pub at_s: f64,
    pub lines: Vec<ReadLine>,
    /// The same, a label and its value as one.
    pub rows: Vec<ReadLine>,
    pub told: words::Told,
    /// Whether more pictures around it were asked for.
    pub looked_beside: bool,
}

/// One thing may be lost and found anew while it moves, and read in part each time: where the lines of two that are in one
/// place tell a thing that neither tells alone, they are that; and what reads like a thing that was told is a sighting of it.
pub(super) fn put_together(all: &mut Vec<Told>) {
    let mut at = 0;
    while at < all.len() {
        let other = (0..all.len()).find_map(|other| {
            if other == at {
                return None;
            }
            Some((other, all[at].with(&all[other])?))
        });
        match other {
            Some((other, told)) => {
                let absorbed = all.remove(other);
                at -= usize::from(other < at);
                all[at].take(absorbed, told);
            }
            None => at += 1,
        }
    }
}

impl Told {
    /// What this is together with another that is the same thing and was not told; `None` where it is not the same.
    fn with(&self, other: &Self) -> Option<words::Told> {
        if other.told.kind != ThingKind::Unknown || !other.is_brief() {
            return None;
        }
        let apart = self.track.apart(&other.track)?;
        if self.told.kind != ThingKind::Unknown {
            return (apart <= MAX_MOVE && self.reads_like(other)).then(|| self.told.clone());
        }
        if apart > SAME_PLACE {
            return None;
        }
        let rows: Vec<ReadLine> = self.rows.iter().chain(&other.rows).cloned().collect();
        let together = words::tell(&rows);
        (self.is_brief() && together.kind != ThingKind::Unknown).then_some(together)
    }

    fn take(&mut self, other: Self, told: words::Told) {
        if self.told.kind != told.kind {
            self.looked_beside = false;
        }
        self.told = told;
        self.growth = self.growth.max(other.growth);
        other.track.sightings.iter().for_each(|sighting| self.track.insert(*sighting));
    }

    /// Whether some line of the other is a misreading of one that tells what this is.
    fn reads_like(&self, other: &Self) -> bool {
        let tells = |text: &str| self.told.words.iter().any(|word| text.contains(word.as_str()));
        let telling = || self.lines.iter().map(|line| line.text.as_str()).filter(|text| tells(text));
        other.lines.iter().any(|line| telling().any(|text| is_like(text, &line.text)))
    }

    /// Whether it came and went like something that is held up.
    fn is_brief(&self) -> bool {
        !self.track.from_start && self.track.seen().duration_s() <= UNTOLD_LASTS_S
    }

    /// Whether it may have been held up, by what was read and by its place; clear writing of another kind was not.
    pub(super) fn may_be_held(&self) -> bool {
        let unclear = self.lines.len() > 1 && mean_confidence(self.lines.iter()) < WELL_READ;
        self.track.may_be_held() && (self.told.kind != ThingKind::Unknown || unclear)
    }

    /// Whether it was seen in pictures enough to say how long it was shown.
    pub(super) fn is_settled(&self) -> bool {
        self.track.sightings.len() > 1 && self.track.seen().duration_s() >= SETTLED_S
    }

    /// Whether it came and went in the opening like something held up, and could not be told.
    pub(super) fn may_be_told_beside(&self) -> bool {
        let headed = self.lines.iter().any(|line| line.text.contains(HEADING));
        let unclear = self.lines.len() > 1 && mean_confidence(self.lines.iter()) < PLAINLY_READ;
        self.told.kind == ThingKind::Unknown
            && (unclear || headed || !self.told.words.is_empty())
            && self.track.may_be_held()
            && self.is_brief()
            && self.track.seen().start_s <= OPENING_S
    }

    /// Whether it is a thing that may be held up, and not part of the scene.
    pub(super) fn is_thing(&self) -> bool {
        match self.told.kind {
            ThingKind::Unknown => false,
            _ => self.track.size() >= MIN_THING_SIZE,
        }
    }

    /// `looked_s`: when pictures were looked at, in order.
    pub(super) fn thing(&self, aspect: f32, looked_s: &[f64], duration_s: f64) -> SeenThing {
        let track = &self.track;
        let seen = track.seen();
        let before_s = looked_s[..looked_s.partition_point(|&at_s| at_s < seen.start_s)].last();
        let after_s = looked_s[looked_s.partition_point(|&at_s| at_s <= seen.end_s)..].first();
        let unseen_s = [
            before_s.map_or(0.0, |before_s| seen.start_s - before_s),
            after_s.map_or(0.0, |after_s| after_s - seen.end_s),
        ];
        // Half way to the next look, but no further than things come and go in the time between two key frames.
        let half = |apart_s: f64| (apart_s / 2.0).min(MAX_UNSEEN_S);
        let (start_s, end_s) = (seen.start_s - half(unseen_s[0]), seen.end_s + half(unseen_s[1]));
        let group = track.best.iter().find(|(at_s, _)| *at_s == self.at_s).map(|(_, group)| group);
        SeenThing {
            kind: self.told.kind,
            start_s: round_to_microsecond(start_s.max(0.0)),
            end_s: round_to_microsecond(end_s.min(duration_s.max(seen.end_s))),
            uncertainty_s: round_to_microsecond(unseen_s[0].max(unseen_s[1]) / 2.0),
            at_s: self.at_s,
            seen,
            pictures: u32::try_from(track.sightings.len()).unwrap_or(u32::MAX),
            region: group.map(|group| group.region(aspect)).unwrap_or_default(),
            size: round(track.size()),
            growth: round(self.growth),
            confidence: round(self.told.confidence),
            words: self.told.words.clone(),
            lines: self.lines.clone(),
            name: self.told.name.clone(),
            number: self.told.number.clone(),
        }
    }
}

/// Things that were lost for a moment, put together again: of one kind, one after the other, in one place.
pub(super) fn joined(things: Vec<SeenThing>) -> Vec<SeenThing> {
    const LOST_S: f64 = 1.6;
    const APART: f32 = 0.3;
    let middle = |thing: &SeenThing| {
        (thing.region.left + thing.region.width / 2.0, thing.region.top + thing.region.height / 2.0)
    };
    let mut joined: Vec<SeenThing> = Vec::new();
    for thing in things {
        let (x, y) = middle(&thing);
        let same = joined.iter_mut().rev().find(|last| {
            let (last_x, last_y) = middle(last);
            last.kind == thing.kind
                && thing.seen.start_s - last.seen.end_s <= LOST_S
                && (x - last_x).hypot(y - last_y) <= APART
        });
        let Some(last) = same else {
            joined.push(thing);
            continue;
        };
        last.pictures += thing.pictures;
        last.size = last.size.max(thing.size);
        last.growth = last.growth.max(thing.growth);
        if thing.seen.end_s > last.seen.end_s {
            last.end_s = thing.end_s;
            last.seen.end_s = thing.seen.end_s;
        }
        last.uncertainty_s = last.uncertainty_s.max(thing.uncertainty_s);
        if thing.confidence > last.confidence {
            last.confidence = thing.confidence;
            last.at_s = thing.at_s;
            last.region = thing.region;
            last.words = thing.words;
            last.lines = thing.lines;
        }
        last.name = last.name.take().or(thing.name);
        last.number = last.number.take().or(thing.number);
    }
    joined
}

/// Whether two lines share so many Chinese characters, wherever they stand, as a line and its misreading do. Figures are
/// alike by chance, and the camera's own date stands beside everything.
fn is_like(one: &str, other: &str) -> bool {
    let count = |text: &str| {
        let mut counts: BTreeMap<char, usize> = BTreeMap::new();
        text.chars()
            .filter(|symbol| symbol.is_alphanumeric())
            .for_each(|symbol| *counts.entry(symbol).or_default() += 1);
        counts
    };
    let (one, other) = (count(one), count(other));
    let length = |counts: &BTreeMap<char, usize>| counts.values().sum::<usize>();
    let shared: usize = one.iter().filter_map(|(symbol, count)| Some(*other.get(symbol)?.min(count))).sum();
    let (shorter, longer) = (length(&one).min(length(&other)), length(&one).max(length(&other)));
    shorter >= MIN_CHARACTERS && shared as f32 >= MIN_SHARED * longer as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::sight::tracks::Sighting;

    fn told(at_s: &[f64], middle: (f32, f32), texts: &[&str]) -> Told {
        let sightings = at_s
            .iter()
            .map(|&at_s| Sighting { at_s, size: 0.3, middle, lines: texts.len(), stood: false })
            .collect();
        let lines: Vec<ReadLine> =
            texts.iter().map(|text| ReadLine { text: (*text).to_owned(), confidence: 0.9 }).collect();
        let told = words::tell(&lines);
        let track = Track { sightings, best: Vec::new(), from_start: false, missed: 0 };
        Told { track, growth: 1.0, at_s: at_s[0], rows: lines.clone(), lines, told, looked_beside: true }
    }

    #[test]
    fn what_reads_like_a_credential_beside_it_is_a_sighting_of_it() {
        let middle = (0.5, 0.3);
        let mut all = vec![
            told(&[4.4], middle, &["税身检查社", "单位！地区市德旅"]),
            told(&[4.0], middle, &["税务检查证", "姓名：陈丽娟"]),
            told(&[4.7], middle, &["春晖书店", "营业时间"]),
            told(&[4.7], (0.99, 0.3), &["税身检查社", "单位"]),
            told(&[9.0], middle, &["税身检查社", "单位"]),
        ];
        put_together(&mut all);
        assert_eq!(all.len(), 4);
        let seen =
            all.iter().find(|told| told.told.kind == ThingKind::Credential).map(|told| told.track.seen());
        assert_eq!(seen.map(|seen| (seen.start_s, seen.end_s)), Some((4.0, 4.4)));
    }

    #[test]
    fn lines_that_were_read_one_by_one_tell_a_thing_together() {
        let middle = (0.5, 0.3);
        let mut all = vec![
            told(&[30.0], middle, &["登封市人力资源和社会保障局", "姓名谢永胜"]),
            told(&[30.3], middle, &["上号", "单位", "姓名谢永"]),
        ];
        put_together(&mut all);
        assert_eq!(
            all.iter().map(|told| (told.told.kind, told.looked_beside)).collect::<Vec<_>>(),
            [(ThingKind::Credential, false)]
        );
    }
}
