//! What the clip's own digits say of readings: they correct some, complete others, and show which cannot be relied on.
//!
//! Two witnesses speak for a digit that stands still: the recogniser, which reads it in several pictures over scenes of
//! their own, and its look, held against the digits of the seconds. Either one is enough where the other does not
//! contradict it, and along one line of the clock a digit need not be seen surely more than once: the rest is counting.

use super::account::Account;
use super::format::{self, LayoutKind};
use super::glyphs::Glyphs;
use super::plan::Knowledge;
use super::seen::{self, MIN_CONFIDENCE, Seen};
use super::taught::{self, Look, Taught};
use super::{Kept, Observer};
use crate::observe::text::{Alphabet, LineImage, TextError};

/// The scene behind a digit has averaged out over so many pictures.
const MAX_PICTURES: usize = 24;

/// A digit seen in fewer pictures, where others show it in more, says nothing against it.
const MIN_CONTRADICTING_PICTURES: usize = 3;

/// The recogniser is a witness where it has read a digit in so many pictures, with this confidence on average; a picture
/// in which it read another one counts as none. Of some 1,500 digits of 123 drawn clips (docs/accuracy.md) 93 % had as
/// much; of the seven that were misread one did (a 3 read as an 8 at 0.994, which plainly looked like a 3), the others had
/// less than 0.96.
const MIN_VOTES: usize = 3;
const MIN_SUPPORT: f32 = 0.98;

/// With so much it is half a witness, which another half one makes whole: a look that leans to the same digit.
const LEANING_SUPPORT: f32 = 0.75;

/// A digit of the clock in pictures in a row that all show the same there.
struct Still {
    digit: usize,
    symbol: char,
    pictures: Vec<usize>,
    /// Which of the clock's lines they stand on.
    line: Option<usize>,
}

/// A digit of the clock that the recogniser takes for another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confusion {
    digit: usize,
    read: char,
    shown: char,
}

/// What the witnesses say of a digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Testimony {
    Sure,
    /// None speaks for it.
    Open,
    /// The recogniser reads it surely, and it looks like another one.
    Contested,
    /// The recogniser is not sure of it, and it looks like that other one.
    Misread(char),
}

impl Testimony {
    /// `support`: as in [`Observer::support`].
    fn of(support: f32, look: Option<Look>) -> Self {
        match look {
            Some(Look::Plainly(other)) => Self::Misread(other),
            Some(Look::Another(_)) if support >= MIN_SUPPORT => Self::Contested,
            Some(Look::Another(other)) => Self::Misread(other),
            Some(Look::Confirmed) => Self::Sure,
            Some(Look::Leaning) if support >= LEANING_SUPPORT => Self::Sure,
            _ if support >= MIN_SUPPORT => Self::Sure,
            _ => Self::Open,
        }
    }
}

impl Observer<'_> {
    /// Hears both witnesses on each digit that stands still, which tells those that cannot be relied on, and corrects what
    /// was misread, if it may; whether anything was.
    pub(super) fn examine(&mut self, account: &Account, glyphs: Option<&Glyphs>, correct: bool) -> bool {
        let (Some(kind), Some(layout)) = (account.kind, account.layout) else { return false };
        let count = layout.digits(0.0).map_or(0, |digits| digits.len());
        let foretold = account.foretold(&self.kept);
        let taught = glyphs
            .filter(|glyphs| glyphs.digits() == count)
            .and_then(|glyphs| Taught::by(glyphs, &layout, &foretold));
        let seconds = layout.digits_before_seconds().unwrap_or(count);
        let date = layout.date_digits();
        let stands_still = |digit: usize| digit < seconds || date.contains(&digit);
        let mut stills = stills(&self.kept, account, kind, count);
        stills.retain(|still| stands_still(still.digit));
        let testimonies = self.testimonies(&stills, taught.as_ref(), kind, count);
        let mut misread: Vec<(&Still, char)> = Vec::new();
        if let Some(taught) = taught.as_ref().filter(|_| correct) {
            misread.extend(self.leaps_unseen(&stills, taught, account));
            misread.extend(stills.iter().zip(&testimonies).filter_map(
                |(still, testimony)| match testimony {
                    Testimony::Misread(other) => Some((still, *other)),
                    _ => None,
                },
            ));
        }
        // What stands on no line was misread elsewhere as well, and alike.
        let around = |still: &Still| {
            let alone = stills.iter().filter(|other| other.digit == still.digit).count() == 1;
            let first = still.pictures.first().copied().filter(|_| !alone).unwrap_or(0);
            let last = still.pictures.last().copied().filter(|_| !alone);
            first..last.map_or(self.kept.len(), |last| last + 1)
        };
        let corrections: Vec<(usize, usize, char)> = misread
            .iter()
            .flat_map(|(still, other)| {
                around(still).filter_map(|picture| {
                    let seen = self.kept[picture].seen.as_ref()?;
                    let character = *seen.digits(kind, count)?.get(still.digit)?;
                    let read = seen.text.chars().nth(character)?;
                    (read == still.symbol).then_some((picture, character, *other))
                })
            })
            .collect();
        let unsure = unsure(&stills, &testimonies, count);
        let untaught = if unsure.is_empty() { Vec::new() } else { taught::untaught(&layout, &foretold) };
        (self.unsure, self.untaught) = (unsure, untaught);
        self.confusions.extend(misread.iter().map(|(still, shown)| Confusion {
            digit: still.digit,
            read: still.symbol,
            shown: *shown,
        }));
        for &(picture, character, digit) in &corrections {
            let at_s = self.kept[picture].at_s;
            if let Some(seen) = &mut self.kept[picture].seen {
                tracing::trace!(at_s, seen.text, character, %digit, "corrected");
                seen.correct(character, digit, kind);
            }
        }
        !corrections.is_empty()
    }

    /// Reads a picture's lines by the recogniser. Where it sees a digit that it was found to take for another, and the
    /// clock's line says that other one, that is meant.
    pub(super) fn recognise(
        &self,
        account: &Account,
        picture: usize,
        alphabet: &Alphabet,
    ) -> Result<Seen, TextError> {
        let kept = &self.kept[picture];
        let mut seen = seen::read(self.reader, alphabet, &kept.lines)?;
        tracing::trace!(kept.at_s, seen.text, ?seen.confidences, "read");
        let Some(kind) = account.kind.filter(|_| !self.confusions.is_empty()) else { return Ok(seen) };
        let Some(said) = account.likely_digits(kept.at_s).into_iter().next() else { return Ok(seen) };
        for confusion in self.confusions.iter().filter(|one| said.get(one.digit) == Some(&one.shown)) {
            let places = seen.digits(kind, said.len());
            let character = places.and_then(|places| places.get(confusion.digit).copied());
            let read = character.and_then(|at| seen.text.chars().nth(at));
            if let Some(character) = character.filter(|_| read == Some(confusion.read)) {
                seen.correct(character, confusion.shown, kind);
            }
        }
        Ok(seen)
    }

    fn testimonies(
        &self,
        stills: &[Still],
        taught: Option<&Taught>,
        kind: LayoutKind,
        count: usize,
    ) -> Vec<Testimony> {
        // Where each digit stands, by the stretch that shows it longest.
        let column = |digit: usize| {
            let of_digit = stills.iter().filter(|still| still.digit == digit);
            let still = of_digit.max_by_key(|still| still.pictures.len())?;
            taught?.column(digit, still.symbol, &self.pictures_of(still))
        };
        let columns: Vec<Option<f32>> = (0..count).map(column).collect();
        let testimony = |still: &Still| {
            let beside = [still.digit.checked_sub(1), Some(still.digit + 1)];
            let held = beside.iter().flatten().filter_map(|&digit| columns.get(digit).copied().flatten());
            let held: Vec<f32> = held.collect();
            let possible = self.possible(still, kind, count);
            if possible[..] == [still.symbol] {
                return Testimony::Sure;
            }
            let look = taught.and_then(|taught| {
                taught.look(still.digit, still.symbol, &possible, &self.pictures_of(still), &held)
            });
            Testimony::of(self.support(still, kind, count), look)
        };
        stills.iter().map(testimony).collect()
    }

    /// Pictures in which the time could not be read, or was read as one that the clock cannot have shown, but which
    /// surely show what its line says; whether there were any.
    pub(super) fn complete(&mut self, account: &Account, glyphs: Option<&Glyphs>) -> bool {
        let (Some(glyphs), Some(kind), Some(layout)) = (glyphs, account.kind, account.layout) else {
            return false;
        };
        let foretold = account.foretold(&self.kept);
        let taught = Taught::by(glyphs, &layout, &foretold);
        let completed = |(picture, kept): (usize, &Kept)| {
            // What reads as a time of another kind is another clock.
            let seen = kept.seen.as_ref().filter(|seen| seen.ways.is_empty() || seen.is_time(kind))?;
            if kept.lines.is_empty() || account.stands(picture) {
                return None;
            }
            let likely = account.likely_digits(kept.at_s);
            let shows = |digits: &&Vec<char>| {
                glyphs.show(&kept.lines, digits)
                    || taught.as_ref().is_some_and(|taught| looks_like(taught, kept, seen, digits, kind))
            };
            let mut shown = likely.iter().filter(shows);
            let (Some(digits), None) = (shown.next(), shown.next()) else { return None };
            let (text, confidence) = glyphs.saying(digits);
            let ways = format::parse(&text);
            let confidences = vec![confidence; text.chars().count()];
            let is_time = !ways.is_empty();
            is_time.then(|| (picture, Seen { ways, text, confidences, compared: true, ..Seen::nothing() }))
        };
        let completed: Vec<(usize, Seen)> = self.kept.iter().enumerate().filter_map(completed).collect();
        let any = !completed.is_empty();
        for (picture, seen) in completed {
            self.kept[picture].seen = Some(seen);
        }
        any
    }

    /// Stretches on two of the clock's lines, one behind the other, in which a digit was read otherwise though it looks
    /// the same in both: it was misread in the shorter one, and the clock did not leap. Where seconds leap as well, it did.
    fn leaps_unseen<'s>(
        &self,
        stills: &'s [Still],
        taught: &Taught,
        account: &Account,
    ) -> Vec<(&'s Still, char)> {
        let unseen = stills.windows(2).filter_map(|pair| {
            let [one, other] = pair else { return None };
            let leaps = one.digit == other.digit && one.symbol != other.symbol && one.line != other.line;
            let at_s = self.kept[*other.pictures.first()?].at_s;
            if !leaps
                || !account.same_seconds(one.line?, other.line?, at_s)
                || !taught.same(one.digit, &self.pictures_of(one), &self.pictures_of(other))
            {
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

    /// What a digit can be, the others being what they are: no month begins with an 8.
    fn possible(&self, still: &Still, kind: LayoutKind, count: usize) -> Vec<char> {
        let read = still.pictures.iter().find_map(|&picture| {
            let seen = self.kept[picture].seen.as_ref()?;
            let character = *seen.digits(kind, count)?.get(still.digit)?;
            seen.is_time(kind).then_some((seen, character))
        });
        let can_be = |digit: &char| {
            *digit == still.symbol || read.is_none_or(|(seen, at)| seen.with(at, *digit).is_time(kind))
        };
        ('0'..='9').filter(can_be).collect()
    }

    /// How surely the recogniser reads a digit in several pictures, 0 to 1; 0 where it read it in too few.
    fn support(&self, still: &Still, kind: LayoutKind, count: usize) -> f32 {
        let vote = |&picture: &usize| {
            let seen = self.kept[picture].seen.as_ref().filter(|seen| !seen.compared)?;
            let character = *seen.digits(kind, count)?.get(still.digit)?;
            let read = seen.text.chars().nth(character).filter(|_| !seen.corrected.contains(&character))?;
            let confidence = seen.confidences.get(character).copied()?;
            Some(if read == still.symbol { confidence } else { 0.0 })
        };
        let votes: Vec<f32> = still.pictures.iter().filter_map(vote).collect();
        match votes.len() {
            few if few < MIN_VOTES => 0.0,
            count => votes.iter().sum::<f32>() / count as f32,
        }
    }
}

/// Whether a picture was read as those digits, and surely, but for some that look like these and not like what was read.
fn looks_like(taught: &Taught, kept: &Kept, seen: &Seen, digits: &[char], kind: LayoutKind) -> bool {
    let Some(places) = seen.digits(kind, digits.len()) else { return false };
    let characters: Vec<char> = seen.text.chars().collect();
    let is_shown = |(digit, (&at, &shown)): (usize, (&usize, &char))| {
        let (Some(&read), Some(&confidence)) = (characters.get(at), seen.confidences.get(at)) else {
            return false;
        };
        if read == shown {
            return confidence >= MIN_CONFIDENCE;
        }
        let look = taught.look(digit, read, &[read, shown], &[&kept.lines], &[]);
        matches!(look, Some(Look::Another(other) | Look::Plainly(other)) if other == shown)
    };
    places.iter().zip(digits).enumerate().all(is_shown)
}

/// The digits, by their number, that cannot be relied on: those that on one of the clock's lines are sure in no picture, or
/// look like others.
fn unsure(stills: &[Still], testimonies: &[Testimony], count: usize) -> Vec<usize> {
    let of_digit = |digit: usize| {
        let all: Vec<(&Still, Testimony)> = stills
            .iter()
            .zip(testimonies.iter().copied())
            .filter(|(still, _)| still.digit == digit)
            .collect();
        let most = all.iter().map(|(still, _)| still.pictures.len()).max().unwrap_or(0);
        let counts = |still: &Still| still.pictures.len() >= MIN_CONTRADICTING_PICTURES.min(most);
        let alone = |still: &Still| {
            let on_line = all.iter().filter(|(other, _)| other.line == still.line);
            on_line.clone().all(|(_, testimony)| *testimony != Testimony::Sure)
        };
        all.iter().filter(|(still, _)| counts(still)).any(|(still, testimony)| match testimony {
            Testimony::Sure => false,
            Testimony::Open => alone(still),
            Testimony::Contested | Testimony::Misread(_) => true,
        })
    };
    (0..count).filter(|&digit| of_digit(digit)).collect()
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
        (digits.len() == count && account.shows(picture, kept)).then_some((picture, digits))
    };
    let shown: Vec<(usize, Vec<char>)> = kept.iter().enumerate().filter_map(shown).collect();
    let stretches = |digit: usize| {
        shown.chunk_by(move |a, b| a.1[digit] == b.1[digit]).map(move |stretch| Still {
            digit,
            symbol: stretch[0].1[digit],
            line: stretch.iter().find_map(|&(picture, _)| match account.known[picture] {
                Knowledge::On(run) => Some(run),
                _ => None,
            }),
            pictures: stretch.iter().map(|(picture, _)| *picture).collect(),
        })
    };
    (0..count).flat_map(stretches).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{START_S, Stage, civil};
    use super::*;
    use crate::observe::text::TextReader;
    use crate::observe::text::tests::reader;

    fn still(digit: usize, line: usize, pictures: usize) -> Still {
        Still { digit, symbol: '0', pictures: (0..pictures).collect(), line: Some(line) }
    }

    #[test]
    fn either_witness_is_enough_and_none_outvotes_the_other() {
        for (support, look, expected) in [
            (0.99, None, Testimony::Sure),
            (0.99, Some(Look::Open), Testimony::Sure),
            (0.99, Some(Look::Another('3')), Testimony::Contested),
            (0.99, Some(Look::Plainly('3')), Testimony::Misread('3')),
            (0.0, Some(Look::Confirmed), Testimony::Sure),
            (0.0, Some(Look::Another('3')), Testimony::Misread('3')),
            (0.0, Some(Look::Open), Testimony::Open),
            (0.0, None, Testimony::Open),
            (0.95, Some(Look::Open), Testimony::Open),
            (0.7, Some(Look::Leaning), Testimony::Open),
            (0.95, Some(Look::Leaning), Testimony::Sure),
        ] {
            assert_eq!(Testimony::of(support, look), expected, "{support} {look:?}");
        }
    }

    #[test]
    fn a_digit_is_sure_along_a_line_by_one_stretch_of_it() {
        let sure = |of: &[(Still, Testimony)]| {
            let stills: Vec<Still> =
                of.iter().map(|(one, _)| Still { pictures: one.pictures.clone(), ..*one }).collect();
            let testimonies: Vec<Testimony> = of.iter().map(|(_, testimony)| *testimony).collect();
            unsure(&stills, &testimonies, 2).is_empty()
        };
        use Testimony::{Contested, Open, Sure};
        assert!(sure(&[(still(0, 0, 9), Sure), (still(0, 0, 9), Open)]), "the next minute is counted");
        assert!(!sure(&[(still(0, 0, 9), Sure), (still(0, 1, 9), Open)]), "behind a leap it is not");
        assert!(!sure(&[(still(0, 0, 9), Sure), (still(1, 0, 9), Open)]), "another digit says nothing");
        assert!(!sure(&[(still(0, 0, 9), Sure), (still(0, 0, 9), Contested)]));
        assert!(sure(&[(still(0, 0, 9), Sure), (still(0, 1, 2), Open)]), "two pictures say little");
    }

    /// A clip of nine seconds in all of which the minute is 33, as the recogniser reads it too.
    fn observed(reader: &TextReader) -> Observer<'_> {
        let mut observer = Observer::new(reader, false);
        let mut stage = Stage::new();
        for number in 0..5 {
            let at_s = 2.0 * f64::from(number);
            stage.scene(at_s);
            stage.write(&civil(START_S + 180.0 + at_s, "%Y-%m-%d %H:%M:%S"), 320, 10);
            stage.show(&mut observer, at_s);
        }
        observer
    }

    #[test]
    fn what_the_recogniser_confuses_is_corrected_where_the_line_says_so() {
        const MINUTE: usize = 11;
        let reader = reader();
        let mut observer = observed(&reader);
        let account = observer.account().unwrap().unwrap();
        let alphabet = reader.alphabet(&format::symbols([]));
        let text = |observer: &mut Observer, account: &Account, read: char, shown: char| {
            observer.confusions = vec![Confusion { digit: MINUTE, read, shown }];
            observer.recognise(account, 2, &alphabet).unwrap().text
        };
        assert!(text(&mut observer, &account, '3', '8').contains("09:33:04"), "the line says that it is a 3");
        // The same pictures, of which it is known by now that they show 09:38.
        let kind = account.kind.unwrap();
        for kept in &mut observer.kept {
            let seen = kept.seen.as_mut().unwrap();
            let minute = seen.digits(kind, 14).unwrap()[MINUTE];
            seen.correct(minute, '8', kind);
        }
        let account = Account::of(&observer.kept, None);
        assert!(text(&mut observer, &account, '3', '8').contains("09:38:04"));
        assert!(
            text(&mut observer, &account, '5', '8').contains("09:33:04"),
            "it is not known to read an 8 as 3"
        );
    }

    #[test]
    fn what_was_compared_and_does_not_fit_is_read_before_it_counts() {
        let reader = reader();
        let mut observer = observed(&reader);
        let kind = observer.account().unwrap().unwrap().kind.unwrap();
        let seen = observer.kept[2].seen.as_mut().unwrap();
        let tens = seen.digits(kind, 14).unwrap()[12];
        *seen = Seen { compared: true, ..seen.with(tens, '5') };
        assert!(seen.text.contains("09:33:54"), "{}", seen.text);
        let account = observer.account().unwrap().unwrap();
        let seen = observer.kept[2].seen.as_ref().unwrap();
        assert!(!seen.compared && seen.text.contains("09:33:04"), "{seen:?}");
        assert!(account.stands(2));
    }
}
