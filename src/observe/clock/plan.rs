//! Which of the kept pictures is worth reading next.
//!
//! Two readings that agree with the time stamps between them prove that the stretch lost no time,
//! so most pictures need not be read: a coarse grid first, then halving where neighbours disagree,
//! then those pictures that tell most about the clock's rate.

use super::band::{Band, DRAWING_SLACK_S};

/// Readings spread evenly over the clip: enough to see a clock that runs, is gone for a while, or
/// is another one for a while.
pub const GRID: usize = 20;

/// At some 30 ms a reading, two seconds of one core for the worst clip.
pub const MAX_READINGS: usize = 64;

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

/// The next picture to read; `None` when more would tell nothing new. `line` is the
/// one whose rate is wanted: its number and what is known of it.
pub fn next(
    at_s: &[f64],
    known: &[Knowledge],
    line: Option<(usize, &Band)>,
    resolution_s: f64,
) -> Option<usize> {
    let read = known.iter().filter(|&&k| k != Knowledge::Unread).count();
    if read >= MAX_READINGS {
        return None;
    }
    grid(at_s, known)
        .or_else(|| between_disagreeing(known))
        .or_else(|| line.and_then(|(run, band)| most_telling(at_s, known, run, band, resolution_s)))
}

/// The next unread picture of those nearest to evenly spread times; pictures are not evenly spread.
fn grid(at_s: &[f64], known: &[Knowledge]) -> Option<usize> {
    let (&first_s, &last_s) = (at_s.first()?, at_s.last()?);
    (0..GRID)
        .map(|step| first_s + (last_s - first_s) * step as f64 / (GRID - 1) as f64)
        .map(|wanted_s| {
            let after = at_s.partition_point(|&at_s| at_s < wanted_s).min(at_s.len() - 1);
            let before = after.saturating_sub(1);
            if wanted_s - at_s[before] < at_s[after] - wanted_s { before } else { after }
        })
        .find(|&index| known[index] == Knowledge::Unread)
}

/// The middle of the widest unread stretch between two readings that no one line explains.
fn between_disagreeing(known: &[Knowledge]) -> Option<usize> {
    let read: Vec<usize> = (0..known.len()).filter(|&index| known[index] != Knowledge::Unread).collect();
    let disagree = |a: Knowledge, b: Knowledge| match (a, b) {
        (Knowledge::On(a), Knowledge::On(b)) => a != b,
        (Knowledge::Unreadable, Knowledge::Unreadable) | (Knowledge::Stopped, Knowledge::Stopped) => false,
        _ => true,
    };
    let mut widest: Option<(usize, usize)> = None;
    for pair in read.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        if to - from > 1 && disagree(known[from], known[to]) && widest.is_none_or(|(a, b)| to - from > b - a)
        {
            widest = Some((from, to));
        }
    }
    widest.map(|(from, to)| (from + to) / 2)
}

/// The unread picture on the line of `run` at which the clock may show either of two times, and
/// which it shows halves what is unknown of its rate.
fn most_telling(
    at_s: &[f64],
    known: &[Knowledge],
    run: usize,
    band: &Band,
    resolution_s: f64,
) -> Option<usize> {
    let on_run = |&known: &Knowledge| known == Knowledge::On(run);
    let (first, last) = (known.iter().position(on_run)?, known.iter().rposition(on_run)?);
    let mut best: Option<(f64, usize)> = None;
    for (index, &at_s) in at_s.iter().enumerate().take(last).skip(first) {
        if known[index] != Knowledge::Unread {
            continue;
        }
        let (low, high) = band.clock_at(at_s);
        let turn = ((low + high) / 2.0 / resolution_s).round() * resolution_s;
        let gain = (turn - low).min(high - turn) - DRAWING_SLACK_S;
        if gain >= MIN_GAIN_S * resolution_s && best.is_none_or(|(most, _)| gain > most) {
            best = Some((gain, index));
        }
    }
    best.map(|(_, index)| index)
}

#[cfg(test)]
mod tests {
    use super::super::band::{ANY_RATE_ERROR, Reading};
    use super::*;

    #[test]
    fn a_grid_comes_first_and_holds_both_ends() {
        let at_s: Vec<f64> = (0..300).map(|n| f64::from(n) * 2.0).collect();
        let mut known = vec![Knowledge::Unread; 300];
        let mut order = Vec::new();
        while let Some(index) = next(&at_s, &known, None, 1.0) {
            order.push(index);
            known[index] = Knowledge::On(0);
        }
        assert_eq!((order.len(), order[0], order[GRID - 1]), (GRID, 0, 299));
    }

    #[test]
    fn disagreement_is_halved_down_to_neighbours() {
        let at_s: Vec<f64> = (0..300).map(|n| f64::from(n) * 2.0).collect();
        let mut known = vec![Knowledge::Unread; 300];
        while let Some(index) = next(&at_s, &known, None, 1.0) {
            known[index] = Knowledge::On(usize::from(index > 137));
        }
        assert_eq!((known[137], known[138]), (Knowledge::On(0), Knowledge::On(1)));
        assert!(known.iter().filter(|&&k| k != Knowledge::Unread).count() < GRID + 8);
    }

    #[test]
    fn reading_ends_even_when_nothing_fits() {
        let mut known = vec![Knowledge::Unread; 5_000];
        let at_s: Vec<f64> = (0..5_000).map(f64::from).collect();
        while let Some(index) = next(&at_s, &known, None, 1.0) {
            known[index] = Knowledge::Off;
        }
        assert_eq!(known.iter().filter(|&&k| k != Knowledge::Unread).count(), MAX_READINGS);
        assert_eq!(next(&[], &[], None, 1.0), None);
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
            confidence: 1.0,
            after_gap: false,
        };
        let mut known = vec![Knowledge::Unread; at_s.len()];
        let mut band: Option<Band> = None;
        while let Some(index) = next(&at_s, &known, band.as_ref().map(|band| (0, band)), 1.0) {
            known[index] = Knowledge::On(0);
            let reading = read(index);
            band = Some(match band {
                Some(band) => band.narrowed(&reading).unwrap(),
                None => Band::through(&reading, ANY_RATE_ERROR),
            });
        }
        let (slow, fast) = band.unwrap().rate_errors();
        assert!(fast - slow < 2.5e-3, "{slow} {fast}");
        let count = known.iter().filter(|&&k| k != Knowledge::Unread).count();
        assert!(count < GRID + 15, "{count}");
    }
}
