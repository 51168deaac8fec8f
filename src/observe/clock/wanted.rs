//! Which stretches of a clip are worth decoding whole for the clock's sake.

use super::account::{Account, picture_interval_s};
use super::band::WORKING_RATES;
use super::{NEIGHBOUR_INTERVALS, Observer};
use crate::observe::text::TextError;
use crate::time::{Span, joined};

/// A little more than two seconds: it holds two turns of the displayed second, so that a turn at
/// another time than expected is seen again and is no misreading.
pub const TURNS_S: f64 = 2.2;

/// Where the turns of the second are looked at: at the start, in the middle and at the end, which
/// tells a leap from a rate where the pictures between do not.
const TURNS: usize = 3;

/// Long enough for two pictures as far apart as those that teach are.
const LESSON_S: f64 = 0.5;

/// So long each digit of the seconds takes to come again.
pub const EVERY_DIGIT_S: f64 = 10.0;

/// What is seen of three seconds that follow each other, and each of which teaches, and a step.
const THREE_LESSONS_S: f64 = 2.0 + LESSON_S + STEP_S;

/// In such steps it is looked for a stretch that teaches more.
const STEP_S: f64 = 0.2;

/// Decoding begins at key frames, which stand up to this far from where a stretch was wanted.
const NEARBY_S: f64 = 4.0;

/// And where the rate seems to be wrong, which some leaps look like by three.
const TURNS_OF_WRONG_RATE: usize = 7;

/// A doubtful stretch up to this length is decoded whole, a longer one looked at in so many places
/// first. Editors put key frames up to 10 s apart.
const MAX_DOUBT_S: f64 = 12.0;
const PLACES_IN_DOUBT: usize = 3;

/// Decoding whole stretches is dear: no more than this in all.
const MAX_WANTED_S: f64 = 60.0;

impl Observer<'_> {
    /// The stretches of which every picture is worth offering: around turns of the second, which tell
    /// the clock's rate, and between readings that disagree, which tells where and by how much it
    /// leaps. None where no clock was found, or where more would tell nothing new: to be asked again
    /// after the pictures were offered.
    pub fn wanted(&mut self, duration_s: f64) -> Result<Vec<Span>, TextError> {
        let Some(account) = self.account()? else { return Ok(Vec::new()) };
        let mut wanted = doubtful(&account, self, duration_s);
        if account.steps().is_some_and(|steps| steps.resolution_s >= 1.0) {
            wanted.extend(self.unseen_turns(&account, duration_s));
        }
        wanted = joined(wanted, 0.0);
        wanted.retain(|&span| !self.has_seen(span, duration_s));
        if wanted.is_empty() {
            // What was seen by then may teach enough.
            wanted = self.untaught_seconds(&account);
            wanted.retain(|&span| !self.has_seen(span, duration_s));
        }
        let mut left_s = MAX_WANTED_S - self.asked.iter().map(|span| span.duration_s()).sum::<f64>();
        wanted.retain(|span| {
            left_s -= span.duration_s();
            left_s >= 0.0
        });
        self.asked.extend(&wanted);
        Ok(wanted)
    }

    /// A few pictures of the first second that shows each digit which is still to be learnt.
    fn untaught_seconds(&self, account: &Account) -> Vec<Span> {
        let Some((line, middles_s)) = self.untaught_middles_s(account) else { return Vec::new() };
        let shown = middles_s.into_iter().filter(|&at_s| at_s < line.end_s);
        shown.map(|at_s| Span::new(at_s, at_s).widened(LESSON_S / 2.0)).collect()
    }

    /// The stretch in which the clock's longest line stands, and the middles of the first seconds of it that show digits
    /// which are still to be learnt. They come again every ten seconds.
    fn untaught_middles_s(&self, account: &Account) -> Option<(Span, Vec<f64>)> {
        let run = &account.explained.runs[account.explained.longest(&account.readings)?];
        let (first, last) = (*run.members.first()?, *run.members.last()?);
        let line = Span::new(account.readings[first].at_s, account.readings[last].at_s);
        let (low, high) = run.band.clock_at(line.start_s);
        let shown = self.untaught.iter().filter_map(|digit| digit.to_digit(10));
        let middle_s = |digit| (f64::from(digit) + 0.5 - (low + high) / 2.0).rem_euclid(EVERY_DIGIT_S);
        Some((line, shown.map(|digit| line.start_s + middle_s(digit)).collect()))
    }

    /// Of the stretches in which turns of the second are looked at, those that were not seen yet, nor others as long
    /// nearby: where exactly they lie is all the same, and so between the clip's ends they lie where they teach most.
    fn unseen_turns(&self, account: &Account, duration_s: f64) -> Vec<Span> {
        let count = number_of_turns(account);
        let interval_s = picture_interval_s(&self.kept).unwrap_or(0.0);
        let seen: Vec<Span> = self
            .kept
            .chunk_by(|a, b| b.at_s - a.at_s <= NEIGHBOUR_INTERVALS * interval_s)
            .map(|run| Span::new(run[0].at_s, run[run.len() - 1].at_s))
            .collect();
        let least_s = TURNS_S - NEIGHBOUR_INTERVALS * interval_s;
        let clip = Span::new(0.0, duration_s);
        let nearby_s = NEARBY_S.min(duration_s / (2 * count) as f64);
        let mut wanted: Vec<Span> = turns(clip, count).collect();
        wanted.retain(|turn| {
            let nearby = turn.widened(nearby_s);
            let shared_s = |run: &Span| run.end_s.min(nearby.end_s) - run.start_s.max(nearby.start_s);
            !seen.iter().any(|run| shared_s(run) >= least_s)
        });
        let (_, middles_s) = self.untaught_middles_s(account).unwrap_or((clip, Vec::new()));
        let between = |turn: &Span| turn.start_s > clip.start_s && turn.end_s < clip.end_s;
        for turn in wanted.iter_mut().filter(|turn| between(turn)) {
            *turn = where_most_is_shown(*turn, nearby_s, &middles_s);
        }
        wanted
    }

    /// Whether every picture of a stretch was offered, or at least asked for.
    fn has_seen(&self, span: Span, duration_s: f64) -> bool {
        let inside = |asked: &Span| asked.start_s <= span.start_s && span.end_s <= asked.end_s;
        if joined(self.asked.clone(), 0.0).iter().any(inside) {
            return true;
        }
        let Some(interval_s) = picture_interval_s(&self.kept) else { return false };
        let end_s = span.end_s.min(duration_s);
        let times = self.kept.iter().map(|kept| kept.at_s).filter(|&at_s| span.contains(at_s));
        let (mut last_s, mut widest_s) = (span.start_s, 0.0_f64);
        for at_s in times.chain([end_s]) {
            widest_s = widest_s.max(at_s - last_s);
            last_s = at_s;
        }
        widest_s <= NEIGHBOUR_INTERVALS * interval_s
    }
}

/// A stretch up to `nearby_s` away, long enough for three seconds to teach, that shows most of those whose middles these
/// are, and that come again every ten seconds; the nearest of several.
fn where_most_is_shown(stretch: Span, nearby_s: f64, middles_s: &[f64]) -> Span {
    if middles_s.is_empty() {
        return stretch;
    }
    let steps = (nearby_s / STEP_S) as i32;
    let moved = |step: i32| {
        let start_s = stretch.start_s + f64::from(step) * STEP_S;
        Span::new(start_s, stretch.end_s.max(stretch.start_s + THREE_LESSONS_S) - stretch.start_s + start_s)
    };
    let shows = |span: Span| {
        let first_s = span.start_s + LESSON_S / 2.0;
        let shown = |middle_s: &&f64| {
            first_s + (**middle_s - first_s).rem_euclid(EVERY_DIGIT_S) <= span.end_s - LESSON_S / 2.0
        };
        middles_s.iter().filter(shown).count()
    };
    let nearest_first = (0..=steps).flat_map(|step| [step, -step]).map(moved);
    nearest_first.rev().max_by_key(|&span| shows(span)).unwrap_or(stretch)
}

/// Stretches of a few seconds around what no one line explains.
fn doubtful(account: &Account, observer: &Observer, duration_s: f64) -> Vec<Span> {
    let mut stretches: Vec<Span> =
        account.misfits_s().map(|at_s| Span::new(at_s, at_s).widened(TURNS_S)).collect();
    for doubt in account.doubts(&observer.kept) {
        if doubt.duration_s() <= MAX_DOUBT_S {
            stretches.push(doubt);
        } else {
            let step_s = doubt.duration_s() / (PLACES_IN_DOUBT + 1) as f64;
            stretches.extend((1..=PLACES_IN_DOUBT).map(|place| {
                let start_s = doubt.start_s + step_s * place as f64 - TURNS_S / 2.0;
                Span::new(start_s, start_s + TURNS_S)
            }));
        }
    }
    stretches.iter().map(|span| Span::new(span.start_s, span.end_s.min(duration_s))).collect()
}

fn number_of_turns(account: &Account) -> usize {
    let line = account.explained.longest(&account.readings);
    let (slow, fast) = line.map_or(WORKING_RATES, |number| account.explained.runs[number].free.rate_errors());
    if fast < WORKING_RATES.0 || slow > WORKING_RATES.1 { TURNS_OF_WRONG_RATE } else { TURNS }
}

/// Stretches that hold two turns each, evenly over the clip, its ends among them.
fn turns(clip: Span, count: usize) -> impl Iterator<Item = Span> {
    let last_s = (clip.end_s - TURNS_S).max(clip.start_s);
    let step_s = (last_s - clip.start_s) / (count - 1) as f64;
    (0..count).map(move |turn| {
        let start_s = clip.start_s + step_s * turn as f64;
        Span::new(start_s, (start_s + TURNS_S).min(clip.end_s))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_is_moved_to_where_most_untaught_digits_are_shown() {
        let stretch = Span::new(300.0, 302.2);
        let moved = |middles_s: &[f64]| where_most_is_shown(stretch, 4.0, middles_s);
        assert_eq!(moved(&[]), stretch);
        assert_eq!(moved(&[1.1, 8.0]).start_s, 300.0, "one is shown as it is, the other is too far for both");
        let three = moved(&[3.5, 4.5, 5.5]);
        assert!(three.start_s <= 303.25 && three.end_s >= 305.75, "{three:?}");
        assert!(three.duration_s() < 3.0);
        let before = moved(&[7.5, 8.5]);
        assert!(before.start_s <= 297.25 && before.end_s >= 298.75, "{before:?}");
    }
}
