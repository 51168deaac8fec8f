//! Groups of text followed from picture to picture.

use crate::time::Span;

use super::glance::Group;

/// A thing that was not found in this many looks in a row is gone.
const MISSED_LOOKS: u32 = 1;

/// Nor was it missed, but gone, after a longer time than this without it, one look where they are a second apart: another card may
/// be held up in its place.
const MISSED_S: f64 = 2.5;

/// Between two looks a thing moves by no more than this, in its own diagonals …
const MAX_MOVE: f32 = 0.45;
/// … and its diagonal changes by no more than this factor: a card that is held up beside a sign is not the sign.
const MAX_CHANGE: f32 = 1.6;

/// Nor is it what has so many times as many lines, and so many more: a card that is held up beside a sign makes one group with it.
const OTHER_LINES: usize = 2;

/// More lines than this make nothing likelier to be held up.
const ENOUGH_LINES: usize = 6;

/// Looks of a thing that are kept to be read.
const MAX_KEPT: usize = 3;

/// Something with text, seen once or more.
#[derive(Debug, Clone)]
pub struct Track {
    pub sightings: Vec<Sighting>,
    /// The looks in which it can be read best, the best first.
    pub best: Vec<(f64, Group)>,
    /// Whether no picture before it was looked at.
    pub from_start: bool,
    pub missed: u32,
}

#[derive(Debug, Clone, Copy)]
pub struct Sighting {
    pub at_s: f64,
    pub size: f32,
    pub middle: (f32, f32),
    pub lines: usize,
    /// Whether some of it stood in its place before.
    pub stood: bool,
}

impl Sighting {
    fn of(at_s: f64, group: &Group) -> Self {
        Self {
            at_s,
            size: group.size(),
            middle: group.middle(),
            lines: group.lines.len(),
            stood: group.stood(at_s),
        }
    }

    /// How little a group, that is seen `at_s`, differs from this; `None` where it is another thing.
    fn distance(&self, at_s: f64, group: &Group) -> Option<f32> {
        let size = self.size.max(group.size()).max(1e-3);
        let (x, y) = group.middle();
        let moved = (x - self.middle.0).hypot(y - self.middle.1) / size;
        let change = (self.size / group.size().max(1e-3)).max(group.size() / self.size.max(1e-3));
        let (fewer, more) = (self.lines.min(group.lines.len()), self.lines.max(group.lines.len()));
        let other = more >= OTHER_LINES * fewer && more >= fewer + OTHER_LINES;
        // In the place of what stood still there is something new.
        let other = other || (self.stood && !group.stood(at_s));
        (moved <= MAX_MOVE && change <= MAX_CHANGE && !other).then_some(moved + change.ln() / 2.0)
    }
}

/// Whether something of this size and place may be held up to the camera: large, before the middle.
fn may_be_held(size: f32, middle: (f32, f32)) -> bool {
    const LEAST: f32 = 0.1;
    size >= LEAST && (0.15..0.85).contains(&middle.0)
}

impl Group {
    pub fn may_be_held(&self) -> bool {
        may_be_held(self.size(), self.middle())
    }
}

impl Track {
    pub fn seen(&self) -> Span {
        let at = |sighting: Option<&Sighting>| sighting.map_or(0.0, |sighting| sighting.at_s);
        Span::new(at(self.sightings.first()), at(self.sightings.last()))
    }

    pub fn size(&self) -> f32 {
        self.sightings.iter().map(|sighting| sighting.size).fold(0.0, f32::max)
    }

    /// The largest over the first.
    pub fn growth(&self) -> f32 {
        self.sightings.first().map_or(1.0, |first| self.size() / first.size.max(1e-3))
    }

    /// By where it was last.
    pub fn may_be_held(&self) -> bool {
        self.sightings.last().is_some_and(|last| may_be_held(last.size, last.middle))
    }

    pub fn most_lines(&self) -> usize {
        self.sightings.iter().map(|sighting| sighting.lines).max().unwrap_or(0)
    }

    /// What is held up has several lines, is large, stands before the middle and does not stay: the likelier it
    /// is to be that, the sooner it is read.
    pub fn interest(&self) -> f32 {
        /// What stays so long belongs to the scene, and what is there from the start may: weights by rank, only
        /// their order matters.
        const LASTING_S: f64 = 12.0;
        const LASTING: f32 = 0.3;
        const FROM_START: f32 = 0.6;
        let off = self.sightings.iter().map(|s| (s.middle.0 - 0.5).abs()).fold(1.0, f32::min);
        let lasting = if self.seen().duration_s() > LASTING_S { LASTING } else { 1.0 };
        let from_start = if self.from_start { FROM_START } else { 1.0 };
        (self.most_lines().min(ENOUGH_LINES) as f32).sqrt() * self.size() * (1.0 - off) * lasting * from_start
    }

    fn take(&mut self, at_s: f64, group: Group) {
        self.sightings.push(Sighting::of(at_s, &group));
        self.missed = 0;
        self.best.push((at_s, group));
        // Of a sign that a card was held up beside the look with the card tells more.
        let lines = |group: &Group| group.lines.len().min(ENOUGH_LINES);
        self.best.sort_by(|(_, a), (_, b)| {
            lines(b).cmp(&lines(a)).then(b.legibility().total_cmp(&a.legibility()))
        });
        self.best.truncate(MAX_KEPT);
    }

    /// Whether it can go on in a look at this time.
    fn goes_on(&self, at_s: f64) -> bool {
        self.missed == 0 || self.sightings.last().is_some_and(|last| at_s - last.at_s <= MISSED_S)
    }

    /// Whether a group that is seen at some time, near to when this was, is this.
    pub fn continues(&self, at_s: f64, group: &Group) -> bool {
        const NEAR_S: f64 = 2.5;
        let mut near = self.sightings.iter().filter(|sighting| (sighting.at_s - at_s).abs() < NEAR_S);
        near.any(|sighting| sighting.distance(at_s, group).is_some())
    }

    /// Cuts off what was another thing in the same place: sightings before and after the one at `at_s`, from the
    /// first on that differs from it.
    pub fn trim_to(&mut self, at_s: f64) {
        const SAME_SIZE: f32 = 1.35;
        const SAME_PLACE: f32 = 0.25;
        let Some(own) = self.sightings.iter().position(|sighting| sighting.at_s == at_s) else { return };
        let read = self.sightings[own];
        let same = |sighting: &Sighting| {
            let ratio = sighting.size / read.size.max(1e-3);
            let (x, y) = (sighting.middle.0 - read.middle.0, sighting.middle.1 - read.middle.1);
            (1.0 / SAME_SIZE..=SAME_SIZE).contains(&ratio) && x.hypot(y) <= SAME_PLACE * read.size
        };
        let after = self.sightings[own..].iter().position(|sighting| !same(sighting));
        if let Some(after) = after {
            self.sightings.truncate(own + after);
        }
        if let Some(before) = self.sightings[..own].iter().rposition(|sighting| !same(sighting)) {
            self.from_start = false;
            self.sightings.drain(..=before);
        }
    }

    /// One more sighting, at any time.
    pub fn add(&mut self, at_s: f64, group: &Group) {
        self.insert(Sighting::of(at_s, group));
    }

    pub fn insert(&mut self, sighting: Sighting) {
        let place = self.sightings.partition_point(|known| known.at_s < sighting.at_s);
        self.sightings.insert(place, sighting);
    }

    /// How near the other stood to this at nearly the same time, middle to middle in diagonals of the larger; `None` where it was
    /// another time.
    pub fn apart(&self, other: &Self) -> Option<f32> {
        const NEAR_S: f64 = 1.1;
        let apart = |one: &Sighting, other: &Sighting| {
            let moved = (one.middle.0 - other.middle.0).hypot(one.middle.1 - other.middle.1);
            ((one.at_s - other.at_s).abs() <= NEAR_S).then(|| moved / one.size.max(other.size).max(1e-3))
        };
        let own = self.sightings.iter();
        own.flat_map(|one| other.sightings.iter().filter_map(move |other| apart(one, other))).reduce(f32::min)
    }
}

/// All things seen so far.
#[derive(Debug, Default)]
pub struct Tracks {
    pub open: Vec<Track>,
    pub closed: Vec<Track>,
    last_look_s: Option<f64>,
}

impl Tracks {
    /// The groups of a look. Gives back whether something came that may be held up.
    pub fn look(&mut self, at_s: f64, groups: Vec<Group>) -> bool {
        let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
        for (g, group) in groups.iter().enumerate() {
            let distances = self.open.iter().enumerate().filter(|(_, track)| track.goes_on(at_s));
            pairs.extend(
                distances
                    .filter_map(|(t, track)| Some((track.sightings.last()?.distance(at_s, group)?, g, t))),
            );
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut goes_to: Vec<Option<usize>> = vec![None; groups.len()];
        let mut taken = vec![false; self.open.len()];
        for (_, g, t) in pairs {
            if goes_to[g].is_none() && !taken[t] {
                goes_to[g] = Some(t);
                taken[t] = true;
            }
        }
        let mut new = Vec::new();
        for (group, to) in groups.into_iter().zip(goes_to) {
            match to {
                Some(t) => self.open[t].take(at_s, group),
                None => {
                    let mut track = Track {
                        sightings: Vec::new(),
                        best: Vec::new(),
                        from_start: self.last_look_s.is_none(),
                        missed: 0,
                    };
                    track.take(at_s, group);
                    new.push(track);
                }
            }
        }
        for (track, _) in self.open.iter_mut().zip(&taken).filter(|(_, taken)| !**taken) {
            track.missed += 1;
        }
        let came = new.iter().any(Track::may_be_held);
        let (gone, mut open): (Vec<Track>, Vec<Track>) =
            std::mem::take(&mut self.open).into_iter().partition(|track| track.missed > MISSED_LOOKS);
        self.closed.extend(gone);
        open.extend(new);
        self.open = open;
        self.last_look_s = Some(at_s);
        came
    }

    /// Nothing moved since the last look: what was there still is.
    pub fn same(&mut self, at_s: f64) {
        let (gone, open): (Vec<Track>, Vec<Track>) =
            std::mem::take(&mut self.open).into_iter().partition(|track| track.missed > 0);
        self.closed.extend(gone);
        self.open = open;
        for track in &mut self.open {
            if let Some(&last) = track.sightings.last() {
                track.sightings.push(Sighting { at_s, ..last });
            }
        }
        self.last_look_s = Some(at_s);
    }

    pub fn last_look_s(&self) -> Option<f64> {
        self.last_look_s
    }

    /// Hands over what was followed, in order of time; more may come.
    pub fn drain(&mut self) -> Vec<Track> {
        let mut all: Vec<Track> = self.closed.drain(..).chain(self.open.drain(..)).collect();
        all.sort_by(|a, b| a.seen().start_s.total_cmp(&b.seen().start_s));
        all
    }
}
