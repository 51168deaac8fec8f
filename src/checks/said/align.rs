//! Local alignment of a required wording with what was heard.

use super::SURE_SYLLABLES;
use super::heard::{Heard, Unit};
use super::pinyin::{Sound, is_weak, sounds};
use crate::time::Span;

/// The mark that stands for an open word in a required wording.
pub const OPEN: char = '×';
/// Three marks stand for a person's name, as regulations print it: two to four syllables, and one
/// more that a recogniser may put in.
const NAME_MARKS: usize = 3;
const NAME: (usize, usize) = (2, 5);
/// Any other run stands for an agency, a place, a number: one mark for a word of at least one
/// syllable, more for at least two; at most a full address.
const LONGEST_OPEN: usize = 20;

/// A required syllable that was not said.
const MISSING: f32 = 1.0;
/// A weak syllable counts half: it is slurred in speech, and the meaning stands without it.
const WEAK_WEIGHT: f32 = 0.5;
/// A syllable said in between: less than a missing one, since variants add words (将, 过程).
const EXTRA: f32 = 0.4;
/// Saying the wording across a long pause.
const BREAK: f32 = 2.0;
/// A trailing open word ends at a pause of this length.
const WORD_PAUSE_S: f64 = 0.6;
/// Longer than this nobody pauses before or between names.
const NAME_PAUSE_S: f64 = 1.2;

/// One wording, ready to be looked for.
#[derive(Debug, Clone)]
pub struct Wording {
    elements: Vec<Element>,
    /// Open words before and after everything else are read off, not aligned.
    leading: Option<Slot>,
    trailing: Option<Slot>,
    /// Sum of the weights of the fixed syllables.
    weight: f32,
}

#[derive(Debug, Clone)]
enum Element {
    Fixed {
        sound: Sound,
        weight: f32,
    },
    /// One syllable of an open word; a needed one costs [`MISSING`] when there is none.
    Open {
        slot: usize,
        needed: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Slot {
    index: usize,
    shortest: usize,
    longest: usize,
}

/// Where and how well a wording was heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// 0 for every required syllable as required, 1 for none.
    pub distance: f64,
    /// Largest cost of two required syllables in a row, with what was put in around them: 2 when a
    /// two-syllable word is missing.
    pub worst_pair: f64,
    /// The same of the first two and the last two syllables.
    pub worst_edge: f64,
    /// Largest loss of a stretch of fewer than four fixed syllables, of four in a wording with open words, between open words or ends; 0
    /// where there is none so short.
    pub worst_islet: f64,
    /// A word said within or just before that turns the meaning, such as 不 or 停止.
    pub altered_by: Option<String>,
    /// Number of fixed syllables required.
    pub syllables: usize,
    pub span: Span,
    /// What was heard there.
    pub text: String,
    /// What the open words were filled with, in order; empty text for one that was not said.
    pub fills: Vec<String>,
    /// An open word that must be there was not said, or only in part.
    pub open_missing: bool,
    /// Mean probability of the heard syllables.
    pub confidence: f64,
    /// Places in the heard sequence, first and one past the last.
    pub units: (usize, usize),
    /// The same without open words at the ends.
    pub(super) core: (usize, usize),
}

impl Wording {
    /// `None` when the text has no syllable besides open words.
    pub fn new(text: &str) -> Option<Self> {
        let chars: Vec<char> = text.chars().collect();
        let mut parts: Vec<Part> = Vec::new();
        let mut at = 0;
        while at < chars.len() {
            let open = chars[at] == OPEN;
            let end = at + chars[at..].iter().take_while(|&&ch| (ch == OPEN) == open).count();
            if open {
                parts.push(match end - at {
                    1 => Part::Open { shortest: 1, longest: LONGEST_OPEN },
                    NAME_MARKS => Part::Open { shortest: NAME.0, longest: NAME.1 },
                    _ => Part::Open { shortest: 2, longest: LONGEST_OPEN },
                });
            } else {
                let fixed: Vec<Sound> = sounds(&chars[at..end]).into_iter().map(|(_, sound)| sound).collect();
                // Marks between two open words (×××、×××) have no sound and do not part them.
                if !fixed.is_empty() {
                    parts.push(Part::Fixed(fixed));
                }
            }
            at = end;
        }
        Self::from_parts(parts)
    }

    fn from_parts(parts: Vec<Part>) -> Option<Self> {
        let mut wording = Self { elements: Vec::new(), leading: None, trailing: None, weight: 0.0 };
        let mut slots = 0;
        let mut pending: Option<Slot> = None;
        for part in parts {
            match part {
                Part::Open { shortest, longest } => {
                    let slot = pending.get_or_insert_with(|| {
                        slots += 1;
                        Slot { index: slots - 1, shortest: 0, longest: 0 }
                    });
                    slot.shortest += shortest;
                    slot.longest += longest;
                }
                Part::Fixed(fixed) => {
                    if let Some(slot) = pending.take() {
                        if wording.elements.is_empty() {
                            wording.leading = Some(slot);
                        } else {
                            let open = |n| Element::Open { slot: slot.index, needed: n < slot.shortest };
                            wording.elements.extend((0..slot.longest).map(open));
                        }
                    }
                    for sound in fixed {
                        let weight = if is_weak(sound.ch) { WEAK_WEIGHT } else { 1.0 };
                        wording.weight += weight;
                        wording.elements.push(Element::Fixed { sound, weight });
                    }
                }
            }
        }
        wording.trailing = pending;
        (!wording.elements.is_empty()).then_some(wording)
    }

    /// Number of fixed syllables.
    pub fn syllables(&self) -> usize {
        self.elements.iter().filter(|element| matches!(element, Element::Fixed { .. })).count()
    }

    /// The place where the wording was heard best; the first of equals. `None` when nothing at all
    /// was heard.
    pub fn best(&self, heard: &Heard) -> Option<Match> {
        let table = Table::fill(&self.elements, heard.units());
        let end = table.ends().min_by(|a, b| a.1.total_cmp(&b.1))?.0;
        Some(self.trace(&table, end, heard))
    }

    /// Every place where the wording was heard at no more than this distance, best first where two
    /// overlap, in order of time.
    pub fn all(&self, heard: &Heard, most_distance: f64) -> Vec<Match> {
        let table = Table::fill(&self.elements, heard.units());
        let mut ends: Vec<(usize, f32)> =
            table.ends().filter(|&(_, cost)| f64::from(cost / self.weight) <= most_distance).collect();
        ends.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        let mut matches: Vec<Match> = Vec::new();
        for (end, _) in ends {
            let candidate = self.trace(&table, end, heard);
            let overlaps =
                |other: &Match| candidate.units.0 < other.units.1 && other.units.0 < candidate.units.1;
            if !matches.iter().any(overlaps) {
                matches.push(candidate);
            }
        }
        matches.sort_by_key(|found| found.units);
        matches
    }

    /// Follows the cheapest way back from where the wording ends.
    fn trace(&self, table: &Table, end: usize, heard: &Heard) -> Match {
        let units = heard.units();
        let (mut i, mut j) = (self.elements.len(), end);
        let total = table.cost(i, j);
        // Of the fixed syllables from the last to the first, and of what lies before each of them.
        let mut losses: Vec<f32> = Vec::new();
        let mut strains: Vec<f32> = Vec::new();
        let mut fills: Vec<(usize, Vec<char>)> = Vec::new();
        let mut loose: Vec<usize> = Vec::new();
        let (mut names_missing, mut names_needed) = (0, 0);
        loop {
            match table.step(i, j) {
                Step::Start => break,
                Step::Pair => {
                    i -= 1;
                    j -= 1;
                    match &self.elements[i] {
                        Element::Fixed { sound, weight } => {
                            strains.push(heard.strain_before(j));
                            let cost = sound.cost(&units[j].sound);
                            if cost >= LOOSE {
                                loose.push(j);
                            }
                            losses.push(cost * weight);
                        }
                        &Element::Open { slot, needed } => {
                            names_needed += usize::from(needed);
                            fill(&mut fills, slot, Some(units[j].sound.ch));
                        }
                    }
                }
                Step::Missing => {
                    i -= 1;
                    match &self.elements[i] {
                        Element::Fixed { weight, .. } => {
                            strains.push(0.0);
                            losses.push(MISSING * weight);
                        }
                        &Element::Open { slot, needed } => {
                            names_needed += usize::from(needed);
                            names_missing += usize::from(needed);
                            fill(&mut fills, slot, None);
                        }
                    }
                }
                Step::Extra => {
                    j -= 1;
                    if let Some(before_last) = strains.last_mut() {
                        *before_last += EXTRA + heard.strain_before(j);
                    }
                    loose.push(j);
                }
            }
        }
        losses.reverse();
        // What lies before the first syllable is no part of the wording.
        strains.pop();
        strains.reverse();
        let (start, fixed_end) = (j, end.max(j));
        let mut found = Match {
            distance: f64::from(total / self.weight).clamp(0.0, 1.0),
            worst_pair: f64::from(worst_pair(&losses, &strains)),
            worst_edge: f64::from(worst_edge(&losses, &strains)),
            worst_islet: f64::from(self.worst_islet(&losses, &strains)),
            altered_by: heard.altering(start, fixed_end, &loose),
            syllables: losses.len(),
            span: heard.span(start, fixed_end),
            text: heard.text(start, fixed_end),
            fills: Vec::new(),
            open_missing: lacks(names_missing, names_needed),
            confidence: heard.confidence(start, fixed_end),
            units: (start, fixed_end),
            core: (start, fixed_end),
        };
        fills.sort_by_key(|(slot, _)| *slot);
        found.fills = fills.into_iter().map(|(_, chars)| chars.into_iter().rev().collect()).collect();
        self.read_outer_slots(&mut found, heard, &[]);
        found
    }

    /// Losses of the fixed syllables and what was put in between them, summed over each stretch that
    /// open words part from the rest.
    fn worst_islet(&self, losses: &[f32], strains: &[f32]) -> f32 {
        let fixed = |element: &Element| matches!(element, Element::Fixed { .. });
        let stretches =
            self.elements.chunk_by(|a, b| fixed(a) == fixed(b)).filter(|stretch| fixed(&stretch[0]));
        // With open words a wording of four syllables has nothing else to be known by: 我们来到×× was
        // found in 我们来得有点早.
        let open_words =
            self.leading.is_some() || self.trailing.is_some() || losses.len() < self.elements.len();
        let longest_islet = SURE_SYLLABLES + usize::from(open_words);
        let mut start = 0;
        let mut worst = 0.0_f32;
        for syllables in stretches.map(<[Element]>::len) {
            let end = start + syllables;
            if syllables < longest_islet {
                let loss: f32 = losses[start..end].iter().sum();
                worst = worst.max(loss + strains[start..end - 1].iter().sum::<f32>());
            }
            start = end;
        }
        worst
    }

    /// Fills open words before and after the fixed ones with what was said up to a pause, or up to
    /// one of the `taken` places, where another wording stands.
    pub(super) fn read_outer_slots(&self, found: &mut Match, heard: &Heard, taken: &[(usize, usize)]) {
        let short = |filled: usize, slot: Slot| lacks(slot.shortest.saturating_sub(filled), slot.shortest);
        let (core_start, core_end) = found.core;
        if let Some(slot) = self.leading {
            let floor = taken.iter().map(|place| place.1).filter(|&end| end <= core_start).max().unwrap_or(0);
            let start = heard.back_to_pause(core_start, slot.longest, WORD_PAUSE_S).max(floor);
            found.open_missing |= short(core_start - start, slot);
            found.units.0 = start;
            put_fill(&mut found.fills, slot.index, heard.text(start, core_start));
        }
        if let Some(slot) = self.trailing {
            let ceiling = taken.iter().map(|place| place.0).filter(|&start| start >= core_end).min();
            // Two names may have a pause between them, and one before them; the shortest filling
            // may cross it.
            let least = heard.on_to_pause(core_end, slot.shortest, NAME_PAUSE_S);
            let end = heard
                .on_to_pause(least, slot.longest - slot.shortest, WORD_PAUSE_S)
                .min(ceiling.unwrap_or(usize::MAX));
            found.open_missing |= short(end - core_end, slot);
            found.units.1 = end;
            put_fill(&mut found.fills, slot.index, heard.text(core_end, end));
        }
        if self.leading.is_some() || self.trailing.is_some() {
            found.span = heard.span(found.units.0, found.units.1);
            found.text = heard.text(found.units.0, found.units.1);
        }
    }

    /// Whether open words stand at an end, so that neighbours can take their place.
    pub(super) fn has_outer_slots(&self) -> bool {
        self.leading.is_some() || self.trailing.is_some()
    }
}

/// Whether open words lack more than a recogniser may drop: of two names one syllable, of one none.
fn lacks(missing: usize, needed: usize) -> bool {
    missing > needed / 4
}

/// Sets the text of open word `index`.
fn put_fill(fills: &mut Vec<String>, index: usize, text: String) {
    if fills.len() <= index {
        fills.resize(index + 1, String::new());
    }
    fills[index] = text;
}

/// A heard syllable this far from the one it stands for is another word.
const LOOSE: f32 = 0.6;

enum Part {
    Fixed(Vec<Sound>),
    Open { shortest: usize, longest: usize },
}

fn fill(fills: &mut Vec<(usize, Vec<char>)>, slot: usize, ch: Option<char>) {
    match fills.iter_mut().find(|(index, _)| *index == slot) {
        Some((_, chars)) => chars.extend(ch),
        None => fills.push((slot, ch.into_iter().collect())),
    }
}

/// Sums of two neighbouring losses; of a single syllable, twice its loss.
fn pairs(losses: &[f32]) -> Vec<f32> {
    match losses {
        [only] => vec![only * 2.0],
        several => several.windows(2).map(|pair| pair[0] + pair[1]).collect(),
    }
}

/// The largest pair. Where something is lost, what was put in around it counts too: it is other
/// talk that stands there instead. `strains[k]` lies between syllables `k` and `k + 1`.
fn worst_pair(losses: &[f32], strains: &[f32]) -> f32 {
    let around = |pair: usize| -> f32 {
        let places = pair.saturating_sub(1)..(pair + 2).min(strains.len());
        strains.get(places).map_or(0.0, |strains| strains.iter().sum())
    };
    let strained = |(pair, &loss): (usize, &f32)| if loss > 0.0 { loss + around(pair) } else { 0.0 };
    pairs(losses).iter().enumerate().map(strained).fold(0.0, f32::max)
}

/// The larger of the first and the last pair, each with what parts its syllables from the rest.
fn worst_edge(losses: &[f32], strains: &[f32]) -> f32 {
    let pairs = pairs(losses);
    let first = pairs.first().unwrap_or(&0.0) + strains.iter().take(2).sum::<f32>();
    let last = pairs.last().unwrap_or(&0.0) + strains.iter().rev().take(2).sum::<f32>();
    first.max(last)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The wording begins here.
    Start,
    /// An element and a heard syllable.
    Pair,
    /// An element that was not heard.
    Missing,
    /// A heard syllable that is not asked for.
    Extra,
}

/// Costs of every prefix of the wording ending at every heard syllable.
struct Table {
    width: usize,
    rows: usize,
    costs: Vec<f32>,
    steps: Vec<Step>,
}

impl Table {
    fn fill(elements: &[Element], units: &[Unit]) -> Self {
        let width = units.len() + 1;
        let rows = elements.len() + 1;
        let mut table =
            Self { width, rows, costs: vec![0.0; width * rows], steps: vec![Step::Start; width * rows] };
        for i in 1..rows {
            let element = &elements[i - 1];
            let missing = match *element {
                Element::Fixed { weight, .. } => MISSING * weight,
                Element::Open { needed: true, .. } => MISSING,
                Element::Open { needed: false, .. } => 0.0,
            };
            for j in 0..width {
                let mut best = (table.cost(i - 1, j) + missing, Step::Missing);
                if j > 0 {
                    let unit = &units[j - 1];
                    let pause = if i > 1 && unit.after_break { BREAK } else { 0.0 };
                    let pair = match element {
                        Element::Fixed { sound, weight } => sound.cost(&unit.sound) * weight,
                        Element::Open { .. } => 0.0,
                    };
                    let extra = (table.cost(i, j - 1) + EXTRA + pause, Step::Extra);
                    let pair = (table.cost(i - 1, j - 1) + pair + pause, Step::Pair);
                    for candidate in [extra, pair] {
                        // Of equals the pair: it explains more of what was heard.
                        if candidate.0 < best.0 || (candidate.0 == best.0 && candidate.1 == Step::Pair) {
                            best = candidate;
                        }
                    }
                }
                table.costs[i * width + j] = best.0;
                table.steps[i * width + j] = best.1;
            }
        }
        table
    }

    fn cost(&self, i: usize, j: usize) -> f32 {
        self.costs[i * self.width + j]
    }

    fn step(&self, i: usize, j: usize) -> Step {
        self.steps[i * self.width + j]
    }

    /// Places where the whole wording may end, with its cost.
    fn ends(&self) -> impl Iterator<Item = (usize, f32)> + '_ {
        let last = self.rows - 1;
        (1..self.width).map(move |j| (j, self.cost(last, j)))
    }
}
