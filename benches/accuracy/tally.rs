//! Counting right and wrong answers.

use pingcha::checks::Verdict;

/// Answers of one check, apart by whether its words were said.
#[derive(Debug, Default)]
pub struct Tally {
    pub said: Answers,
    pub not_said: Answers,
}

#[derive(Debug, Default)]
pub struct Answers {
    pub pass: usize,
    pub review: usize,
    /// Failed, or left open because nothing was heard.
    pub missing: usize,
}

impl Answers {
    pub fn count(&self) -> usize {
        self.pass + self.review + self.missing
    }
}

impl Tally {
    pub fn note(&mut self, said: bool, verdict: Verdict) {
        let answers = if said { &mut self.said } else { &mut self.not_said };
        match verdict {
            Verdict::Pass => answers.pass += 1,
            Verdict::Review => answers.review += 1,
            Verdict::Fail | Verdict::NotAssessed | Verdict::NotApplicable => answers.missing += 1,
        }
    }

    /// Of the passes, those where the words were said.
    pub fn precision(&self) -> f64 {
        share(self.said.pass, self.said.pass + self.not_said.pass)
    }

    /// Of the recordings in which the words were said, those that pass.
    pub fn recall(&self) -> f64 {
        share(self.said.pass, self.said.count())
    }

    /// Harmonic mean of precision and recall.
    pub fn f1(&self) -> f64 {
        share(2 * self.said.pass, self.said.pass + self.not_said.pass + self.said.count())
    }

    pub fn false_pass(&self) -> f64 {
        share(self.not_said.pass, self.not_said.count())
    }
}

/// Not a number where there is nothing to count.
pub fn share(part: usize, of: usize) -> f64 {
    if of == 0 { f64::NAN } else { part as f64 / of as f64 }
}

/// The value below which this share of the values lies; not a number without any.
pub fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(((values.len() as f64 - 1.0).max(0.0) * share).round() as usize).copied().unwrap_or(f64::NAN)
}
