//! The scoring sheet that two reviewers fill in: what each clause is worth, and what deduction the findings
//! suggest. None of the regulations fixes scores, so every clause in scope weighs the same.

use super::year::{ClauseLine, Year};
use crate::checks::{Basis, Verdict};

/// What all clauses are worth together.
const FULL_SCORE_TENTHS: usize = 1000;

/// Acts that the regulations forbid outright, where others only ask for something to be done: pictures cut in
/// or added later (不得剪接、补录: C11, D8, E12(5)), an original that was changed (C18, D9, A18(2), B18(2)),
/// recording where none may be made (E8, C7(1), D5(1)).
const VETO: [&str; 4] = ["inserted-content", "late-recording", "original-integrity", "restricted-recording"];

pub struct Score {
    /// Place of the clause in [`Year::clauses`].
    pub clause: usize,
    /// Points; all clauses in scope are worth 100 together.
    pub full: f64,
    /// Proposed: the full score by the share of failures, rounded to tenths.
    pub deduction: f64,
    pub failed: usize,
    /// Clips that passed or failed; of a clause about the records as a whole, findings.
    pub judged: usize,
    /// One failure, if reviewers confirm it, decides by itself.
    pub is_veto: bool,
}

impl Score {
    pub fn all(year: &Year) -> Vec<Self> {
        let in_scope: Vec<(usize, &ClauseLine)> =
            year.clauses.iter().enumerate().filter(|(_, clause)| clause.is_in_scope()).collect();
        let count = in_scope.len().max(1);
        let (each, rest) = (FULL_SCORE_TENTHS / count, FULL_SCORE_TENTHS % count);
        let score = |(place, (clause, line)): (usize, (usize, &ClauseLine))| {
            let full = (each + usize::from(place < rest)) as f64 / 10.0;
            // Of single clips, and of the ledger's rows that no clip's report speaks of.
            let of_rows = year.ledger.iter().filter(|found| {
                line.basis != Basis::Ledger
                    && usize::from(found.clause) == clause
                    && found.verdict == Verdict::Fail
            });
            let of_rows: usize = of_rows.map(|found| found.recordings).sum();
            let failed = line.count(Verdict::Fail) + of_rows;
            let judged = failed + line.count(Verdict::Pass);
            let share = match line.basis {
                // One event without a recording is not outweighed by what else the ledger holds.
                Basis::Ledger if failed > 0 => 1.0,
                _ => failed as f64 / judged.max(1) as f64,
            };
            let deduction = crate::figures::tenths(full * share);
            Self { clause, full, deduction, failed, judged, is_veto: VETO.contains(&line.check) }
        };
        in_scope.into_iter().enumerate().map(score).collect()
    }
}
