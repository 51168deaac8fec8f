//! What the clip's own digits say of readings: they correct some, complete others, and show which cannot be relied on.

use super::account::Account;
use super::format::{self, LayoutKind};
use super::glyphs::Glyphs;
use super::plan::Knowledge;
use super::seen::Seen;
use super::taught::{Look, Taught};
use super::{Kept, Observer};
use crate::observe::text::LineImage;

/// The scene behind a digit has averaged out over so many pictures.
const MAX_PICTURES: usize = 24;

/// A digit that cannot be told in fewer pictures says nothing of the others that show it.
const MIN_UNCLEAR_PICTURES: usize = 3;

/// A digit that its look does not confirm rests on the recogniser, which must have been this sure of it once.
const MIN_SURENESS: f32 = 0.9;

/// A digit of the clock in pictures in a row that all show the same there.
struct Still {
    digit: usize,
    symbol: char,
    pictures: Vec<usize>,
}

impl Observer<'_> {
    /// Holds digits against those that the seconds taught, which tells those that cannot be relied on, and corrects what
    /// was misread for a while and made the clock leap, if it may; whether anything was.
    pub(super) fn examine(&mut self, account: &Account, glyphs: Option<&Glyphs>, correct: bool) -> bool {
        let (Some(kind), Some(layout)) = (account.kind, account.layout) else { return false };
        let count = layout.digits(0.0).map_or(0, |digits| digits.len());
        let foretold = account.foretold(&self.kept);
        let taught = glyphs
            .filter(|glyphs| glyphs.digits() == count)
            .and_then(|glyphs| Taught::by(glyphs, &layout, &foretold));
        let seconds = layout.digits_before_seconds().unwrap_or(count);
        let date = layout.date_digits();
        let stills = stills(&self.kept, account, kind, count);
        let mut unsure: Vec<usize> = Vec::new();
        let mut undecided = false;
        for digit in (0..count).filter(|&digit| digit < seconds || date.contains(&digit)) {
            let of_digit = || stills.iter().filter(|still| still.digit == digit);
            let most = of_digit().map(|still| still.pictures.len()).max().unwrap_or(0);
            for still in of_digit() {
                let look = taught
                    .as_ref()
                    .and_then(|taught| taught.look(digit, still.symbol, &self.pictures_of(still)));
                undecided |= matches!(look, Some(Look::Untaught | Look::Unclear));
                let counts = still.pictures.len() >= MIN_UNCLEAR_PICTURES.min(most);
                match look {
                    Some(Look::Confirmed) => {}
                    Some(Look::Unclear) if counts => unsure.push(digit),
                    Some(Look::Unclear) => {}
                    Some(Look::Likely | Look::Untaught) | None => {
                        let contested = account.date_contested && date.contains(&digit);
                        if counts && (contested || !self.was_sure(still, kind, count)) {
                            unsure.push(digit);
                        }
                    }
                }
            }
        }
        unsure.dedup();
        let misread =
            taught.as_ref().filter(|_| correct).map(|taught| self.leaps_unseen(&stills, taught, account));
        let misread = misread.unwrap_or_default();
        let corrections: Vec<(usize, usize, char)> = misread
            .iter()
            .flat_map(|(still, other)| {
                still.pictures.iter().filter_map(|&picture| {
                    let seen = self.kept[picture].seen.as_ref()?;
                    let character = *seen.digits(kind, count)?.get(still.digit)?;
                    let read = seen.text.chars().nth(character)?;
                    (read != *other).then_some((picture, character, *other))
                })
            })
            .collect();
        let missing = taught.iter().flat_map(Taught::missing).filter(|_| undecided).collect();
        self.unsure = unsure;
        for &(picture, character, digit) in &corrections {
            if let Some(seen) = &mut self.kept[picture].seen {
                seen.correct(character, digit, kind);
            }
        }
        self.untaught = missing;
        !corrections.is_empty()
    }

    /// Pictures in which the time could not be read, or was read as one that the clock cannot have shown, but which
    /// surely show what its line says; whether there were any.
    pub(super) fn complete(&mut self, account: &Account, glyphs: Option<&Glyphs>) -> bool {
        let (Some(glyphs), Some(kind)) = (glyphs, account.kind) else { return false };
        let mut any = false;
        for (picture, kept) in self.kept.iter_mut().enumerate() {
            // What reads as a time of another kind is another clock.
            let of_kind =
                |seen: &Seen| seen.ways.is_empty() || seen.ways.iter().any(|way| way.layout.kind() == kind);
            let may_be_it = kept.seen.as_ref().is_some_and(of_kind);
            if !may_be_it || kept.lines.is_empty() || account.stands(picture) {
                continue;
            }
            let likely = account.likely_digits(kept.at_s);
            let mut shown = likely.iter().filter(|digits| glyphs.show(&kept.lines, digits));
            if let (Some(digits), None) = (shown.next(), shown.next()) {
                let (text, confidence) = glyphs.saying(digits);
                let confidences = vec![confidence; text.chars().count()];
                let ways = format::parse(&text);
                any |= !ways.is_empty();
                kept.seen = Some(Seen { ways, text, confidences, compared: true, ..Seen::nothing() });
            }
        }
        any
    }

    /// Stretches on two of the clock's lines, one behind the other, in which a digit was read otherwise though it looks
    /// the same in both: it was misread in the shorter one, and the clock did not leap.
    fn leaps_unseen<'s>(
        &self,
        stills: &'s [Still],
        taught: &Taught,
        account: &Account,
    ) -> Vec<(&'s Still, char)> {
        let line = |still: &Still| {
            let on_line = |&picture: &usize| match account.known[picture] {
                Knowledge::On(run) => Some(run),
                _ => None,
            };
            still.pictures.iter().find_map(on_line)
        };
        let unseen = stills.windows(2).filter_map(|pair| {
            let [one, other] = pair else { return None };
            let leaps = one.digit == other.digit && one.symbol != other.symbol && line(one) != line(other);
            if !leaps || !taught.same(one.digit, &self.pictures_of(one), &self.pictures_of(other)) {
                return None;
            }
            let one_is_longer = one.pictures.len() >= other.pictures.len();
            Some(if one_is_longer { (other, one.symbol) } else { (one, other.symbol) })
        });
        unseen.collect()
    }

    fn pictures_of(&self, still: &Still) -> Vec<&[LineImage]> {
        let step = still.pictures.len().div_ceil(MAX_PICTURES).max(1);
        still.pictures.iter().step_by(step).map(|&picture| self.kept[picture].lines.as_slice()).collect()
    }

    /// Whether the recogniser ever was sure of it.
    fn was_sure(&self, still: &Still, kind: LayoutKind, count: usize) -> bool {
        let surest = still.pictures.iter().filter_map(|&picture| {
            let seen = self.kept[picture].seen.as_ref().filter(|seen| !seen.compared)?;
            let character = *seen.digits(kind, count)?.get(still.digit)?;
            let read = seen.text.chars().nth(character)?;
            (read == still.symbol).then(|| seen.confidences.get(character).copied())?
        });
        surest.fold(0.0, f32::max) >= MIN_SURENESS
    }
}

/// All digits by what the clock's line says that they show, or what was read of them where it says nothing.
fn stills(kept: &[Kept], account: &Account, kind: LayoutKind, count: usize) -> Vec<Still> {
    let shown = |(picture, kept): (usize, &Kept)| {
        let read = || {
            let seen = kept.seen.as_ref().filter(|_| account.stands(picture))?;
            let characters: Vec<char> = seen.text.chars().collect();
            seen.digits(kind, count)?.into_iter().map(|at| characters.get(at).copied()).collect()
        };
        let digits: Vec<char> = account.foretold_digits(kept.at_s).or_else(read)?;
        (digits.len() == count && account.agrees(picture, kept)).then_some((picture, digits))
    };
    let shown: Vec<(usize, Vec<char>)> = kept.iter().enumerate().filter_map(shown).collect();
    let stretches = |digit: usize| {
        shown.chunk_by(move |a, b| a.1[digit] == b.1[digit]).map(move |stretch| Still {
            digit,
            symbol: stretch[0].1[digit],
            pictures: stretch.iter().map(|(picture, _)| *picture).collect(),
        })
    };
    (0..count).flat_map(stretches).collect()
}
