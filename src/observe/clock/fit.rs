//! Which readings run on one line, which are misread, where the clock leaps or stands still.

use super::band::{ANY_RATES, BACKWARD_RATES, Band, Rates, Reading, WORKING_RATES};
use crate::evidence::{ClockFit, ClockJump};
use crate::time::{Span, round_to_microsecond};

/// What a reading has to do with the clock's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// On the line of that number.
    On(usize),
    /// On no line that another reading shares.
    Misread,
    /// The clock still showed what it showed before.
    Stopped,
}

/// A stretch in which the clock ran on one line.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Indices of its readings, in order of time.
    pub members: Vec<usize>,
    /// Its lines at the rates that the explanation allows.
    pub band: Band,
    /// Its lines at any rate: what its own readings say of the rate.
    pub free: Band,
}

/// Readings explained.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// In order of time; a new one begins with each leap.
    pub runs: Vec<Run>,
    /// For each reading.
    pub standings: Vec<Standing>,
    pub stopped: Vec<Span>,
    /// How unsteadily the clock is drawn, as a share of the most that is allowed for.
    pub unsteadiness: f64,
}

/// The price of calling a reading misread, and of a new line. Two readings that agree with each
/// other are worth a line of their own (1.9 < 2), one is not; and a clock that leaps away and back
/// must do so for four readings before two leaps are the simpler explanation.
///
/// Two pictures of the same displayed second are misread alike, and so are two that show the same tenth of one, so a
/// misreading repeated costs nothing more, and a new line must be seen to tick. But what is taken for right once is no misreading when
/// it comes again: a line explains the whole of a displayed second.
const PRICE_OF_MISREADING: f64 = 1.0;
const PRICE_OF_LINE: f64 = 1.9;

/// Leaps smaller than this are the unsteadiness of drawing.
const MIN_LEAP_S: f64 = 0.25;

/// The price of saying that the clock's rate is wrong beyond what a working clock's can be: less than
/// that of one leap more. Where the phase is known at three places, a leap of a second fits no steady
/// rate and a steady rate no single leap; where it is not, naming the time of a leap would say more
/// than is known.
const PRICE_OF_BAD_RATE: f64 = 1.5;

/// How unsteadily a clock is drawn, as shares of the most that is allowed for, with the price of saying so. A clock of
/// which every turn comes when the first ones promise is drawn within a picture; one that is drawn late, now more and
/// now less, is a simpler explanation than a leap, but a small leap is a better one than that and a wrong rate.
const UNSTEADINESS: [(f64, f64); 3] = [(1.0 / 3.0, 0.0), (2.0 / 3.0, 0.5), (1.0, 0.9)];

/// Explains readings, which come in order of time, at the least price, and puts their slack down to what that takes.
pub fn explain(readings: &mut [Reading]) -> Explained {
    let (still, stopped) = standing_still(readings);
    let moving: Vec<usize> = (0..readings.len()).filter(|&index| !still[index]).collect();
    let (mut least, mut runs, mut unsteadiness) = (f64::INFINITY, Vec::new(), 1.0);
    for (rates, rate_price) in
        [(WORKING_RATES, 0.0), (ANY_RATES, PRICE_OF_BAD_RATE), (BACKWARD_RATES, PRICE_OF_BAD_RATE)]
    {
        for (share, price) in UNSTEADINESS {
            // One line is the least that anything costs.
            if least <= PRICE_OF_LINE + rate_price + price {
                break;
            }
            let drawn = drawn(readings, share);
            let (lines, found) = cheapest_runs(&drawn, &moving, rates);
            if lines + rate_price + price < least {
                (least, runs, unsteadiness) = (lines + rate_price + price, found, share);
            }
        }
    }
    readings.copy_from_slice(&drawn(readings, unsteadiness));
    let mut standings: Vec<Standing> =
        still.iter().map(|&still| if still { Standing::Stopped } else { Standing::Misread }).collect();
    for (number, run) in runs.iter().enumerate() {
        for &member in &run.members {
            standings[member] = Standing::On(number);
        }
    }
    Explained { runs, standings, stopped, unsteadiness }
}

/// The readings of a clock that is drawn so unsteadily.
fn drawn(readings: &[Reading], share: f64) -> Vec<Reading> {
    readings.iter().map(|reading| Reading { slack_s: reading.slack_s * share, ..*reading }).collect()
}

/// A clock that could not be read for so long, and shows what it showed, may have been put back.
const MAX_UNREAD_S: f64 = 1.0;

/// Marks readings that repeat the one before although more than two displayed seconds passed: a clock
/// that is put back by less than a second shows one for up to two.
fn standing_still(readings: &[Reading]) -> (Vec<bool>, Vec<Span>) {
    let mut still = vec![false; readings.len()];
    let mut stopped = Vec::new();
    let mut first = 0;
    while first < readings.len() {
        let shown_s = readings[first].shown_s;
        let goes_on = |pair: &&[Reading]| {
            let unread = pair[1].after_gap && pair[1].at_s - pair[0].at_s > MAX_UNREAD_S;
            pair[1].shown_s == shown_s && !unread
        };
        let same = 1 + readings[first..].windows(2).take_while(goes_on).count();
        let last = first + same - 1;
        let lasted_s = readings[last].at_s - readings[first].at_s;
        if lasted_s > 2.0 * (readings[first].resolution_s + readings[first].slack_s) {
            // Even the first of them may have been old by then.
            still[first..=last].fill(true);
            stopped.push(Span::new(readings[first].at_s, readings[last].at_s));
        }
        first = last + 1;
    }
    (still, stopped)
}

/// What readings have in common that are misread alike: the second that they show, or its tenth where that is shown. Key frames
/// at whole seconds all show the same tenth.
fn misread_alike(reading: &Reading) -> i64 {
    const TENTHS: f64 = 10.0;
    match reading.resolution_s >= 1.0 {
        true => reading.shown_s.floor() as i64,
        false => (reading.shown_s.rem_euclid(1.0) * TENTHS + reading.resolution_s).floor() as i64,
    }
}

/// How the cheapest explanation of the first readings ends.
#[derive(Clone, Copy)]
enum Ending {
    Misread,
    RunFrom(usize),
}

/// The cheapest explanation by lines of such rates, with its price.
fn cheapest_runs(readings: &[Reading], order: &[usize], rates: Rates) -> (f64, Vec<Run>) {
    let count = order.len();
    let shown = |at: usize| misread_alike(&readings[order[at]]);
    let mut prices = vec![f64::INFINITY; count + 1];
    let mut endings: Vec<Ending> = vec![Ending::Misread; count + 1];
    prices[0] = 0.0;
    for from in 0..count {
        let repeats = from > 0 && matches!(endings[from], Ending::Misread) && shown(from) == shown(from - 1);
        let price = prices[from] + if repeats { 0.0 } else { PRICE_OF_MISREADING };
        if price < prices[from + 1] {
            (prices[from + 1], endings[from + 1]) = (price, Ending::Misread);
        }
        let mut band = Band::through(&readings[order[from]], rates);
        let mut price = prices[from] + PRICE_OF_LINE;
        let mut misread = None;
        for at in from + 1..count {
            // Explaining more never costs less: nothing is to be gained.
            if price >= prices[count] {
                break;
            }
            match band.narrowed(&readings[order[at]]) {
                Some(narrowed) => {
                    (band, misread) = (narrowed, None);
                    if price < prices[at + 1] {
                        (prices[at + 1], endings[at + 1]) = (price, Ending::RunFrom(from));
                    }
                }
                None if misread == Some(shown(at)) => {}
                None => {
                    misread = Some(shown(at));
                    price += PRICE_OF_MISREADING;
                }
            }
        }
    }
    let mut runs = Vec::new();
    let mut at = count;
    while at > 0 {
        match endings[at] {
            Ending::Misread => at -= 1,
            Ending::RunFrom(from) => {
                runs.push(Run::along(readings, &order[from..at], rates));
                at = from;
            }
        }
    }
    runs.reverse();
    (prices[count], runs)
}

impl Run {
    /// The run that begins with the first of `order` and takes in every further reading that fits.
    fn along(readings: &[Reading], order: &[usize], rates: Rates) -> Self {
        let mut members = vec![order[0]];
        let mut band = Band::through(&readings[order[0]], rates);
        for &index in &order[1..] {
            if let Some(narrowed) = band.narrowed(&readings[index]) {
                band = narrowed;
                members.push(index);
            }
        }
        let free_rates = if rates == WORKING_RATES { ANY_RATES } else { rates };
        let start = Band::through(&readings[members[0]], free_rates);
        let mut others = members[1..].iter();
        let free = others.try_fold(start, |band, &member| band.narrowed(&readings[member]));
        Self { free: free.unwrap_or_else(|| band.clone()), members, band }
    }
}

impl Explained {
    /// The number of the run that lasts longest.
    pub fn longest(&self, readings: &[Reading]) -> Option<usize> {
        let lasts = |run: &Run| match (run.members.first(), run.members.last()) {
            (Some(&first), Some(&last)) => readings[last].at_s - readings[first].at_s,
            _ => 0.0,
        };
        // The first of equals, so that the answer does not hang on an iterator's habit.
        (0..self.runs.len()).rev().max_by(|&a, &b| lasts(&self.runs[a]).total_cmp(&lasts(&self.runs[b])))
    }

    /// The line of the longest run.
    pub fn fit(&self, readings: &[Reading]) -> Option<ClockFit> {
        let run = &self.runs[self.longest(readings)?];
        let members: Vec<Reading> = run.members.iter().map(|&member| readings[member]).collect();
        let (offset_s, rate_error) = steadiest(&members, &run.free).middle();
        // Whoever is drawn steadily for a while may yet be late.
        let loose = through_all(&drawn(&members, 1.0 / self.unsteadiness), ANY_RATES);
        let (slow, fast) = loose.as_ref().unwrap_or(&run.free).rate_errors();
        let beyond = |index: &usize| {
            let reading = &readings[*index];
            let clock_s = offset_s + (1.0 + rate_error) * reading.at_s;
            (reading.shown_s - clock_s).max(clock_s - reading.shown_s - reading.resolution_s).max(0.0)
        };
        Some(ClockFit {
            offset_s: round_to_microsecond(offset_s),
            drift_ppm: in_ppm(rate_error),
            drift_uncertainty_ppm: in_ppm((fast - rate_error).max(rate_error - slow)),
            residual_s: round_to_microsecond(run.members.iter().map(beyond).fold(0.0, f64::max)),
        })
    }

    /// Where one line ends and another begins.
    pub fn jumps(&self, readings: &[Reading]) -> Vec<ClockJump> {
        self.runs.windows(2).filter_map(|pair| jump(&pair[0], &pair[1], readings)).collect()
    }

    /// The readings that last and first tell neighbouring lines apart. Readings to the second stand on
    /// both of them for a while.
    pub fn partings(&self, readings: &[Reading]) -> Vec<(usize, usize)> {
        self.runs.windows(2).filter_map(|pair| parting(&pair[0], &pair[1], readings)).collect()
    }
}

/// The last reading of `before` that the other line cannot explain as well, and the first of `after`.
fn parting(before: &Run, after: &Run, readings: &[Reading]) -> Option<(usize, usize)> {
    let beyond = |band: &Band, members: Vec<usize>| {
        let mut band = band.clone();
        members.into_iter().find(|&member| match band.narrowed(&readings[member]) {
            Some(narrowed) => {
                band = narrowed;
                false
            }
            None => true,
        })
    };
    let last = beyond(&after.band, before.members.iter().rev().copied().collect());
    let first = beyond(&before.band, after.members.clone());
    Some((last.or(before.members.last().copied())?, first.or(after.members.first().copied())?))
}

/// The lines through all of them, if there are any.
fn through_all(readings: &[Reading], rates: Rates) -> Option<Band> {
    let (first, others) = readings.split_first()?;
    others.iter().try_fold(Band::through(first, rates), |band, reading| band.narrowed(reading))
}

/// The lines through all readings at the least unsteadiness of drawing that leaves any: of turns that come late by
/// chance, each by anything up to some most, that is the likeliest line.
fn steadiest(readings: &[Reading], free: &Band) -> Band {
    // To a thousandth of the slack: 0.06 ms at 25 pictures a second.
    const HALVINGS: usize = 10;
    let rates = free.rate_errors();
    let (mut low, mut high) = (0.0, 1.0);
    let mut band = through_all(readings, rates);
    for _ in 0..HALVINGS {
        let middle = (low + high) / 2.0;
        match through_all(&drawn(readings, middle), rates) {
            Some(found) => (band, high) = (Some(found), middle),
            None => low = middle,
        }
    }
    band.unwrap_or_else(|| free.clone())
}

fn in_ppm(share: f64) -> f64 {
    (share * 1e7).round() / 10.0
}

fn jump(before: &Run, after: &Run, readings: &[Reading]) -> Option<ClockJump> {
    let (last, first) = parting(before, after, readings)?;
    let (last, first) = (&readings[last], &readings[first]);
    let at_s = (last.at_s + first.at_s) / 2.0;
    let middle = |(low, high): (f64, f64)| (low + high) / 2.0;
    let by_s = middle(after.band.clock_at(at_s)) - middle(before.band.clock_at(at_s));
    // Each reading that confirms the shorter of the two lines halves the doubt; and no leap is
    // surer than the readings that show it.
    let confirmed = before.members.len().min(after.members.len()).min(64) as i32;
    let confidence = (1.0 - 0.5_f32.powi(confirmed)) * last.confidence.min(first.confidence);
    (by_s.abs() >= MIN_LEAP_S).then_some(ClockJump {
        at_s: round_to_microsecond(at_s),
        uncertainty_s: round_to_microsecond((first.at_s - last.at_s) / 2.0),
        by_s: (by_s * 1e3).round() / 1e3,
        confidence,
    })
}

#[cfg(test)]
mod tests;
