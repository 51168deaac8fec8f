//! What the records hold that no clip's report can speak of: recordings that are gone, and rows that name no
//! recording.

use super::terms::Terms;
use super::year::{LedgerLine, Year};
use crate::checks::Verdict;
use crate::lang::{Lang, Prose};
use crate::records::{Records, Row, State, numbers, stretches};

/// Stretches of row numbers that a sentence names; the sheet of terms has them all.
const NAMED: usize = 20;

impl Year {
    /// Adds a line for each clause that such rows bear on, to what was found of the records as a whole.
    pub fn add_rows_of_no_clip(&mut self, records: &Records, terms: Option<&Terms>) {
        let mut lines = Vec::new();
        let mut last = None;
        for (place, clause) in self.clauses.iter().enumerate().filter(|(_, clause)| clause.is_in_scope()) {
            // Of two articles that say the same each row counts once.
            if last.replace(clause.check) == Some(clause.check) {
                continue;
            }
            let Ok(place) = u16::try_from(place) else { continue };
            let found = match clause.check {
                "retention" => terms.map(|terms| retention(records, terms)).unwrap_or_default(),
                "access-log" => {
                    nameless(records, "viewings", &records.rows.viewings, |row| row.file.is_none())
                }
                "evidence-copy" => {
                    nameless(records, "copies", &records.rows.copies, |row| row.file.is_none())
                }
                _ => continue,
            };
            lines.extend(found.into_iter().map(|(verdict, recordings, said)| LedgerLine {
                clause: place,
                verdict,
                summary: said.get(self.lang).into(),
                recordings,
            }));
        }
        self.ledger.extend(lines);
    }
}

type Found = Vec<(Verdict, usize, Prose)>;

/// How the terms of the ledger's recordings stand, those that are not at hand among them.
fn retention(records: &Records, terms: &Terms) -> Found {
    let of = |state: State| {
        let rows = terms.lines.iter().filter(move |line| line.state == state);
        (terms.count(state), rows_text(records, "clips", rows.map(|line| line.row)))
    };
    [
        (
            Verdict::Fail,
            of(State::DeletedEarly),
            "保存期限届满前清除",
            "were deleted before their term was over",
        ),
        (
            Verdict::Review,
            of(State::Missing),
            "应在库而未见，请人工核查",
            "should be there and were not found: please check",
        ),
        (
            Verdict::NotAssessed,
            of(State::Unknown),
            "台账缺少推算保存期限所需的栏目，未能检查",
            "lack what their term is worked out from, and were not assessed",
        ),
    ]
    .into_iter()
    .filter(|(_, (count, _), _, _)| *count > 0)
    .map(|(verdict, (count, rows), zh, en)| {
        let said = Prose::new(
            format!("台账中有 {count} 段录像{zh}（{}）。", rows.get(Lang::Zh)),
            format!("{count} recordings of the ledger {en} ({}).", rows.get(Lang::En)),
        );
        (verdict, count, said)
    })
    .collect()
}

/// Rows of a sheet that do not name their recording.
fn nameless<R: Row>(records: &Records, sheet: &str, rows: &[R], is_nameless: fn(&R) -> bool) -> Found {
    let rows = rows.iter().filter(|row| is_nameless(row)).map(|row| row.at().row);
    let count = rows.clone().count();
    if count == 0 {
        return Vec::new();
    }
    let rows = rows_text(records, sheet, rows);
    let said = Prose::new(
        format!("有 {count} 次登记没有写明是哪段录像（{}）。", rows.zh),
        format!("{count} entries do not say of which recording they are ({}).", rows.en),
    );
    vec![(Verdict::Fail, count, said)]
}

fn rows_text(records: &Records, sheet: &str, rows: impl Iterator<Item = u32>) -> Prose {
    let name = records.sheet(sheet).map(|found| found.name.as_str()).unwrap_or_default();
    let stretches = stretches(rows);
    let more = stretches.len() > NAMED;
    let shown = numbers(&stretches[..stretches.len().min(NAMED)]);
    Prose::new(
        format!("“{name}”表第{shown}行{}", if more { "等" } else { "" }),
        format!("sheet \"{name}\", rows {shown}{}", if more { " and others" } else { "" }),
    )
}
