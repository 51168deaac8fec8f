//! Which of the kept pictures is worth reading next.
//!
//! Two readings that agree with the time stamps between them prove that the stretch lost no time,
//! so most pictures need not be read: a coarse grid first, then halving where neighbours disagree,
//! then those pictures that tell most about the clock's rate.

use super::band::Band;

/// Readings spread evenly over the clip, as parts of it: enough to see a clock that runs, or is gone or another one for
/// a good while. Both ends first, then halving what lies between, so that few readings span it all.
const GRID: [f64; 9] = [0.0, 1.0, 0.5, 0.25, 0.75, 0.125, 0.625, 0.375, 0.875];

/// Lines that the recogniser reads: at some 0.05 s each, three seconds of one core for the worst clip …
pub const MAX_READINGS: usize = 64;

/// … and as many again of those that were had by comparison and have to be read before they count.
pub const MAX_READINGS_AGAIN: usize = 64;

/// A reading that parts the possible times of the clock less evenly than this tells too little.
const MIN_GAIN_S: f64 = 0.04;

/// What is known of one kept picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knowledge {
    Unread,
    /// Read, and no time was found in it.
    Unreadable,
    /// Its time stands on the line of that number.
    On(usize),
    /// Its time is that of the reading before.
    Stopped,
    /// Its time stands on no line.
    Off,
}

/// What a clock's readings are good to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Steps {
    /// The step in which the clock counts.
    pub resolution_s: f64,
    /// As in [`Reading::slack_s`](super::band::Reading).
    pub slack_s: f64,
}

/// The next picture to read; `None` when more would tell nothing new. `lines` are those whose rate or place is wanted, each
/// with its number and what is known of it.
pub fn next(
    at_s: &[f64],
    known: &[Knowledge],
    lines: &[(usize, &Band)],
    steps: Option<Steps>,
) -> Option<usize> {
    grid(at_s, known).or_else(|| between_disagreeing(known)).or_else(|| {
        let steps = steps?;
        lines.iter().find_map(|&(run, band)| most_telling(at_s, known, run, band, steps))
    })
}

fn grid(at_s: &[f64], known: &[Knowledge]) -> Option<usize> {
    spread(at_s).find(|&index| known[index] == Knowledge::Unread)
}

/// The pictures nearest to evenly spread times; pictures are not evenly spread.
fn spread(at_s: &[f64]) -> impl Iterator<Item = usize> {
    let ends = at_s.first().copied().zip(at_s.last().copied());
    ends.into_iter().flat_map(move |(first_s, last_s)| {
        GRID.iter().map(move |part| {
            let wanted_s = first_s + (last_s - first_s) * part;
            let after = at_s.partition_point(|&at_s| at_s < wanted_s).min(at_s.len() - 1);
            let before = after.saturating_sub(1);
            if wanted_s - at_s[before] < at_s[after] - wanted_s { before } else { after }
        })
    })
}

/// The middle of the widest unread stretch between two readings that no one line explains.
fn between_disagreeing(known: &[Knowledge]) -> Option<usize> {
    let read: Vec<usize> = (0..known.len()).filter(|&index| known[index] != Knowledge::Unread).collect();
    let disagree = |a: Knowledge, b: Knowledge| match (a, b) {
        (Knowledge::On(a), Knowledge::On(b)) => a != b,
        (Knowledge::Unreadable, Knowledge::Unreadable) | (Knowledge::Stopped, Knowledge::Stopped) => false,
        _ => true,
    };
    let stops =
        |at: Option<usize>| at.and_then(|at| read.get(at)).is_some_and(|&at| known[at] == Knowledge::Stopped);
    let mut widest: Option<(usize, usize)> = None;
    for (number, pair) in read.windows(2).enumerate() {
        let (from, to) = (pair[0], pair[1]);
        // A clock that leaps back shows a second twice, and others between.
        let twice = stops(Some(number))
            && stops(Some(number + 1))
            && !stops(number.checked_sub(1))
            && !stops(Some(number + 2));
        if to - from > 1
            && (twice || disagree(known[from], known[to]))
            && widest.is_none_or(|(a, b)| to - from > b - a)
        {
            widest = Some((from, to));
        }
    }
    widest.map(|(from, to)| (from + to) / 2)
}

/// The unread picture on the line of `run` at which the clock may show either of two times, and
/// which it shows halves what is unknown of its rate.
fn most_telling(at_s: &[f64], known: &[Knowledge], run: usize, band: &Band, steps: Steps) -> Option<usize> {
    let on_run = |&known: &Knowledge| known == Knowledge::On(run);
    let (first, last) = (known.iter().position(on_run)?, known.iter().rposition(on_run)?);
    let mut best: Option<(f64, usize)> = None;
    for (index, &at_s) in at_s.iter().enumerate().take(last).skip(first) {
        if known[index] != Knowledge::Unread {
            continue;
        }
        let (low, high) = band.clock_at(at_s);
        let turn = ((low + high) / 2.0 / steps.resolution_s).round() * steps.resolution_s;
        let gain = (turn - low).min(high - turn) - steps.slack_s;
        if gain >= MIN_GAIN_S * steps.resolution_s && best.is_none_or(|(most, _)| gain > most) {
            best = Some((gain, index));
        }
    }
    best.map(|(_, index)| index)
}

#[cfg(test)]
mod tests {
    use super::super::band::{ANY_RATES, Reading, WORKING_RATES, drawing_slack_s};
    use super::*;

    const STEPS: Option<Steps> = Some(Steps { resolution_s: 1.0, slack_s: 0.06 });

    #[test]
    fn a_grid_comes_first_and_holds_both_ends() {
        let at_s: Vec<f64> = (0..300).map(|n| f64::from(n) * 2.0).collect();
        let mut known = vec![Knowledge::Unread; 300];
        let mut order = Vec::new();
        while let Some(index) = next(&at_s, &known, &[], STEPS) {
            order.push(index);
            known[index] = Knowledge::On(0);
        }
        assert_eq!((order.len(), &order[..2]), (GRID.len(), &[0, 299][..]));
    }

    #[test]
    fn disagreement_is_halved_down_to_neighbours() {
        let at_s: Vec<f64> = (0..300).map(|n| f64::from(n) * 2.0).collect();
        let mut known = vec![Knowledge::Unread; 300];
        while let Some(index) = next(&at_s, &known, &[], STEPS) {
            known[index] = Knowledge::On(usize::from(index > 137));
        }
        assert_eq!((known[137], known[138]), (Knowledge::On(0), Knowledge::On(1)));
        assert!(known.iter().filter(|&&k| k != Knowledge::Unread).count() < GRID.len() + 10);
    }

    #[test]
    fn what_was_seen_twice_is_a_stop_when_nothing_else_was_seen_between() {
        let at_s: Vec<f64> = (0..33).map(f64::from).collect();
        let mut known = vec![Knowledge::On(0); 33];
        known[12..=16].fill(Knowledge::Unread);
        (known[12], known[16]) = (Knowledge::Stopped, Knowledge::Stopped);
        assert_eq!(next(&at_s, &known, &[], STEPS), Some(14));
        known[14] = Knowledge::Stopped;
        assert_eq!(next(&at_s, &known, &[], STEPS), None);
    }

    #[test]
    fn reading_ends_where_everything_was_read() {
        let mut known = vec![Knowledge::Unread; 100];
        let at_s: Vec<f64> = (0..100).map(f64::from).collect();
        while let Some(index) = next(&at_s, &known, &[], STEPS) {
            known[index] = Knowledge::Off;
        }
        assert!(!known.contains(&Knowledge::Unread));
        assert_eq!(next(&[], &[], &[], STEPS), None);
    }

    #[test]
    fn pictures_near_the_turn_of_a_second_tell_the_rate() {
        // Key frames every 2 s and all pictures of the first and the last second.
        let mut at_s: Vec<f64> = (0..25).map(|n| f64::from(n) * 0.04).collect();
        at_s.extend((1..150).map(|n| f64::from(n) * 2.0));
        at_s.extend((1..25).map(|n| 298.0 + f64::from(n) * 0.04));
        let read = |index: usize| Reading {
            at_s: at_s[index],
            shown_s: (50.36 + at_s[index]).floor(),
            resolution_s: 1.0,
            slack_s: drawing_slack_s(0.04),
            confidence: 1.0,
            after_gap: false,
        };
        let mut known = vec![Knowledge::Unread; at_s.len()];
        let mut band: Option<Band> = None;
        while let Some(index) =
            next(&at_s, &known, &band.iter().map(|band| (0, band)).collect::<Vec<_>>(), STEPS)
        {
            known[index] = Knowledge::On(0);
            let reading = read(index);
            band = Some(match band {
                Some(band) => band.narrowed(&reading).unwrap(),
                None => Band::through(&reading, ANY_RATES),
            });
        }
        let (slow, fast) = band.unwrap().rate_errors();
        assert!(fast - slow < 2.5e-3, "{slow} {fast}");
        let count = known.iter().filter(|&&k| k != Knowledge::Unread).count();
        assert!(count < GRID.len() + 15, "{count}");
    }

    #[test]
    fn both_lines_of_a_leap_are_told_to_a_picture() {
        // Every picture of the first two seconds, key frames until the end; it leaps at 9.5 s.
        let mut at_s: Vec<f64> = (0..50).map(|n| f64::from(n) * 0.04).collect();
        at_s.extend((1..30).map(|n| f64::from(n) * 3.0));
        let read = |index: usize| Reading {
            at_s: at_s[index],
            shown_s: (50.36 + at_s[index] + if at_s[index] > 9.5 { 7.0 } else { 0.0 }).floor(),
            resolution_s: 1.0,
            slack_s: drawing_slack_s(0.04),
            confidence: 1.0,
            after_gap: false,
        };
        let number = |index: usize| usize::from(at_s[index] > 9.5);
        let mut known = vec![Knowledge::Unread; at_s.len()];
        let mut bands: [Option<Band>; 2] = [None, None];
        loop {
            let lines: Vec<(usize, &Band)> =
                [1, 0].into_iter().filter_map(|run| Some((run, bands[run].as_ref()?))).collect();
            let Some(index) = next(&at_s, &known, &lines, STEPS) else { break };
            known[index] = Knowledge::On(number(index));
            let (band, reading) = (&mut bands[number(index)], read(index));
            *band = Some(match band.take() {
                Some(band) => band.narrowed(&reading).unwrap(),
                None => Band::through(&reading, WORKING_RATES),
            });
        }
        let (low, high) = bands[0].as_ref().unwrap().clock_at(9.5);
        assert!(high - low < 0.25, "{low} {high}");
    }
}
