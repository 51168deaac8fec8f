//! Which of the kept lines are read, and how: by the recogniser, by comparison with the clip's own digits, or not at all.

use super::account::{Account, picture_interval_s};
use super::glyphs::Glyphs;
use super::seen::{Seen, compared};
use super::{Kept, NEIGHBOUR_INTERVALS, Observer, plan};
use crate::observe::text::{Alphabet, TextError};

/// Stretches that look otherwise than the clock's line says, of which one picture is read, at some 0.05 s each.
const MAX_DOUBTED: usize = 8;

/// A displayed second lasts no longer than this, drawn late or put back by a little.
const LONGEST_SECOND_S: f64 = 1.1;

/// A second is not shown for less than this between two looks of another one.
const FLICKER_S: f64 = 0.2;

/// A stretch in which pictures follow each other has holes no longer than this, where one or another could not be
/// read by comparison.
const STRETCH_INTERVALS: f64 = 10.0;

impl Observer<'_> {
    /// Holds pictures that were not read against what the clock's line says of them: they were decoded
    /// anyway, and comparing costs next to nothing. One of each stretch that looks otherwise is read;
    /// whether there was any.
    pub(super) fn doubt(
        &mut self,
        account: &Account,
        glyphs: Option<&Glyphs>,
        alphabet: &Alphabet,
    ) -> Result<bool, TextError> {
        let Some(glyphs) = glyphs else { return Ok(false) };
        let mut stretches: Vec<Vec<usize>> = Vec::new();
        let mut in_stretch = false;
        for (picture, kept) in self.kept.iter_mut().enumerate().filter(|(_, kept)| kept.seen.is_none()) {
            let Some(digits) = account.foretold_digits(kept.at_s) else { continue };
            let looks_otherwise = kept.vouched.is_none() && {
                let says = glyphs.say(&kept.lines, &digits);
                kept.vouched = Some(says);
                !says
            };
            match stretches.last_mut() {
                Some(stretch) if looks_otherwise && in_stretch => stretch.push(picture),
                _ if looks_otherwise => stretches.push(vec![picture]),
                _ => {}
            }
            in_stretch = looks_otherwise;
        }
        // The longest first: a single picture may be spoilt by what is behind the clock.
        stretches.sort_by_key(|stretch| std::cmp::Reverse(stretch.len()));
        stretches.truncate(MAX_DOUBTED);
        for stretch in &stretches {
            let middle = stretch[stretch.len() / 2];
            self.kept[middle].seen = Some(self.recognise(account, middle, alphabet)?);
        }
        Ok(!stretches.is_empty())
    }

    /// Reads by the recogniser the first picture from `from` on that comparison leaves open and that does not look as the clock's
    /// line says; gives back where to go on, if there was one.
    pub(super) fn read_on(
        &mut self,
        from: usize,
        account: &Account,
        glyphs: Option<&Glyphs>,
        alphabet: &Alphabet,
    ) -> Result<Option<usize>, TextError> {
        for picture in from..self.kept.len() {
            let kept = &mut self.kept[picture];
            if kept.seen.is_some() || glyphs.is_some_and(|glyphs| glyphs.read(&kept.lines).is_some()) {
                continue;
            }
            let foretold = account.foretold_digits(kept.at_s);
            if glyphs.zip(foretold).is_some_and(|(glyphs, digits)| glyphs.say(&kept.lines, &digits)) {
                kept.vouched = Some(true);
                continue;
            }
            self.kept[picture].seen = Some(self.recognise(account, picture, alphabet)?);
            return Ok(Some(picture + 1));
        }
        Ok(None)
    }

    pub(super) fn recognised(&self) -> usize {
        let by_recogniser = |seen: &&Seen| !seen.compared && !seen.text.is_empty();
        self.kept.iter().filter_map(|kept| kept.seen.as_ref()).filter(by_recogniser).count()
    }

    pub(super) fn most_readings(&self) -> usize {
        if self.thorough { usize::MAX } else { plan::MAX_READINGS }
    }

    /// Reads a line by the recogniser that was compared before; past the limit it counts no more.
    pub(super) fn read_again(
        &mut self,
        account: &Account,
        picture: usize,
        alphabet: &Alphabet,
    ) -> Result<(), TextError> {
        let most = self.most_readings().saturating_add(plan::MAX_READINGS_AGAIN);
        let seen = match self.recognised() < most {
            true => self.recognise(account, picture, alphabet)?,
            false => Seen::nothing(),
        };
        self.kept[picture].seen = Some(seen);
        Ok(())
    }

    /// Reads by comparison what neighbours each other, or everything if asked to be thorough.
    pub(super) fn compare(&mut self, glyphs: &Glyphs) {
        let interval_s = picture_interval_s(&self.kept).unwrap_or(0.0);
        let near = |a: &Kept, b: &Kept| b.at_s - a.at_s <= NEIGHBOUR_INTERVALS * interval_s;
        let neighbours: Vec<bool> = (0..self.kept.len())
            .map(|at| {
                let before = at > 0 && near(&self.kept[at - 1], &self.kept[at]);
                before || self.kept.get(at + 1).is_some_and(|after| near(&self.kept[at], after))
            })
            .collect();
        let text = |at: usize| {
            let kept = &self.kept[at];
            let seen = kept.seen.clone().or_else(|| compared(glyphs, &kept.lines))?;
            (!seen.text.is_empty()).then_some((at, seen))
        };
        let all = self.thorough;
        let texts: Vec<(usize, Seen)> =
            (0..self.kept.len()).filter(|&at| neighbours[at] || all).filter_map(text).collect();
        // Of pictures that show the same second, those tell something that stand next to another one. The ends
        // of a stretch do not, unless the clock may have stood still.
        let follow = |a: &(usize, Seen), b: &(usize, Seen)| {
            self.kept[b.0].at_s - self.kept[a.0].at_s <= STRETCH_INTERVALS * interval_s
        };
        let mut wanted: Vec<(usize, Seen)> = Vec::new();
        for stretch in texts.chunk_by(follow) {
            let seconds: Vec<&[(usize, Seen)]> = stretch.chunk_by(|a, b| a.1.text == b.1.text).collect();
            let lasts = |second: &[(usize, Seen)]| {
                self.kept[second[second.len() - 1].0].at_s - self.kept[second[0].0].at_s
            };
            // No clock goes back for a moment: between two looks of one second, what looks like another is as good as either.
            let flickers: Vec<bool> = (0..seconds.len())
                .map(|at| {
                    let text = |at: usize| seconds.get(at).map(|second| &second[0].1.text);
                    let around = at.checked_sub(1).and_then(text);
                    around.is_some() && around == text(at + 1) && lasts(seconds[at]) < FLICKER_S
                })
                .collect();
            let turns = seconds.len() - 1;
            for (number, second) in seconds.iter().enumerate() {
                let (first, last) = (&second[0], &second[second.len() - 1]);
                if flickers[number] {
                    continue;
                }
                let stands = all || lasts(second) > LONGEST_SECOND_S;
                if stands || number > 0 {
                    wanted.push(first.clone());
                }
                if stands || number < turns {
                    wanted.push(last.clone());
                }
            }
        }
        for (at, seen) in wanted {
            self.kept[at].seen.get_or_insert(seen);
        }
    }
}
