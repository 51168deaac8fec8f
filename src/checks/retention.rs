//! Whether the recording is kept as long as it must be.

use crate::lang::{Prose, Text};
use crate::records::{CaseFile, Due, Extract, Ground, Kept, Rule, Standing, due, list, numbers, stretches};

use super::recorded::{
    Judged, NotAssessed, SURE, UNSURE, extract, from_row, lacks, listed, moment, row, settled,
};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params};

pub static CHECK: Check = Check {
    id: "retention",
    title: Text::new("保存期限", "retention"),
    explain: Text::new(
        "核对每段录像的应保存到期日：期内是否仍在，有没有提前删除，到期的列出待清理。有长期保存事由的，一律按长期保存。依据是录制日期、台账、案卷保管期限和现存文件目录；期限按自然月计算，月末和闰年按民用历法。评查程序本身不删除任何文件，也不判断资料有无保存意义。",
        "Works out until when each recording must be kept: is it still there, was it deleted early, what is now due for clearing? A ground for long-term preservation always wins. It rests on the recording's date, the ledger, the case file's term and the list of existing files; months are calendar months, with month ends and leap years as the civil calendar has them. Nothing is ever deleted by this program, and whether a recording is worth keeping is not its question.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[
        Param {
            name: "months",
            kind: Kind::Number { min: 0.0, max: 1200.0 },
            default: Default::None,
            reason: Text::new(
                "最短保存月数，按自然月；0表示条文只规定随案卷保存，没有自己的月数。各制度不同，必须写明。",
                "Calendar months that it must be kept at least; 0 where the article only names the case file's term. It differs from one regulation to the next, so it must be set.",
            ),
        },
        Param {
            name: "with_case_file",
            kind: Kind::Choice(&["none", "evidence", "all"]),
            default: Default::Text("none"),
            reason: Text::new(
                "哪些录像随案卷期限保存：none 条文无此规定，evidence 作为证据或入卷的，all 全部。案卷期限较长时从长。",
                "Which recordings are kept as long as the case file: none, those used in evidence, or all. The longer term wins.",
            ),
        },
    ],
    judge: Judge::Decides(judge),
};

fn judge(case: &Case, params: &Params) -> Outcome {
    settled(weigh(case, params))
}

/// How the whole ledger stands.
#[derive(Default)]
struct Tally {
    early: Vec<String>,
    clearing: Vec<(u32, u32)>,
    clearing_count: usize,
}

fn weigh(case: &Case, params: &Params) -> Judged {
    let extract = extract(case)?;
    let row = row(extract)?;
    let rule = rule(params);
    let recorded = extract.own.as_ref().map(|own| own.start.date());
    let due = due(extract.matcher.holds(), row, extract.event, recorded, rule).map_err(|lack| {
        NotAssessed(lacks(extract, lack.sheet, lack.column, lack.at).sentence("未能检查：", "Not assessed: "))
    })?;
    let until = kept_until(due);
    let tally = tally(extract, rule);
    let outcome = if !tally.early.is_empty() {
        let early = listed(&tally.early);
        Outcome::fail(
            SURE,
            Prose::new(
                format!(
                    "台账中有 {} 段录像在期限届满前清除：{}。本段{}。",
                    tally.early.len(),
                    early.zh,
                    until.zh
                ),
                format!(
                    "{} recordings of the ledger were deleted before their term was over: {}. This one {}.",
                    tally.early.len(),
                    early.en,
                    until.en
                ),
            ),
        )
    } else if let Some(deleted) = row.deleted {
        Outcome::review(
            UNSURE,
            from_row(
                extract,
                row.at,
                format!("本段{}；台账登记已于 {} 清除，但文件仍在，请核对", until.zh, moment(deleted)),
                format!(
                    "This clip {}; the ledger says that it was deleted at {}, yet here it is: please check",
                    until.en,
                    moment(deleted)
                ),
            ),
        )
    } else {
        let as_of = extract.records.rows.book.first().and_then(|book| book.as_of);
        let clearing = match (as_of, tally.clearing_count) {
            (None, _) => Prose::new(
                "；台账没有截止日期，未列到期可清理的录像",
                "; the records have no day up to which they go, so none due for clearing are listed",
            ),
            (Some(_), 0) => Prose::default(),
            (Some(as_of), count) => Prose::new(
                format!(
                    "；到 {as_of} 台账中有 {count} 段到期，可由管理人员决定是否清理（第{}行）",
                    numbers(&tally.clearing)
                ),
                format!(
                    "; on {as_of} {count} recordings are due for clearing, if a person decides so (rows {})",
                    numbers(&tally.clearing)
                ),
            ),
        };
        Outcome::pass(
            SURE,
            from_row(
                extract,
                row.at,
                format!("本段{}，文件仍在{}", until.zh, clearing.zh),
                format!("This clip {} and is there{}", until.en, clearing.en),
            ),
        )
    };
    Ok(outcome
        .measure("deleted_early", tally.early.len() as f64)
        .measure("due_for_clearing", tally.clearing_count as f64))
}

/// The term that a clause names.
pub fn rule(params: &Params) -> Rule {
    Rule {
        months: params.number("months") as u32,
        case_file: match params.text("with_case_file") {
            "all" => CaseFile::All,
            "evidence" => CaseFile::Evidence,
            _ => CaseFile::None,
        },
    }
}

/// A term in words.
pub fn kept_until(due: Due) -> Prose {
    let ground = match due.ground {
        Ground::Months => Text::new("", ""),
        Ground::CaseFile => Text::new("随案卷", " as the case file"),
        Ground::Hold => Text::new("有长期保存事由，", " on a ground for long-term preservation"),
    };
    match due.kept {
        Kept::Until(day) => Prose::new(
            format!("{}应保存至 {day}", ground.zh),
            format!("must be kept until {day}{}", ground.en),
        ),
        Kept::ForGood => {
            Prose::new(format!("{}应长期保存", ground.zh), format!("must be kept for good{}", ground.en))
        }
    }
}

/// What a clip that is gone cannot tell in a report of its own: the ledger's other rows.
fn tally(extract: &Extract, rule: Rule) -> Tally {
    let as_of = extract.records.rows.book.first().and_then(|book| book.as_of);
    let mut tally = Tally::default();
    let mut clearing = Vec::new();
    for line in list(extract.matcher, rule, as_of) {
        match line.standing {
            // A file that is at hand was not deleted.
            Some(Standing::DeletedEarly) if !line.at_hand => {
                let file = line.clip.file.as_deref().unwrap_or_default();
                tally.early.push(format!("{file}（第{}行）", line.clip.at.row));
            }
            Some(Standing::DueForClearing) => clearing.push(line.clip.at.row),
            _ => {}
        }
    }
    tally.clearing_count = clearing.len();
    tally.clearing = stretches(clearing.into_iter());
    tally
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::records::*;
    use super::super::{Value, Verdict};
    use super::*;

    fn months(months: f64) -> Vec<(&'static str, Value)> {
        vec![("months", Value::Number(months))]
    }

    #[test]
    fn the_clip_is_there_and_what_is_due_is_listed() {
        let sheets = json!({
            "book": [{"as_of": "2025-09-15"}],
            "clips": [clip_row(json!({"recorded_from": "2025-03-14 09:30"})), ledger_row("new.mp4", json!({"recorded_from": "2025-03-15 09:30"}))],
        });
        let outcome = judged(&CHECK, &months(6.0), sheets);
        assert_eq!(outcome.verdict, Verdict::Pass);
        assert!(outcome.summary.zh.contains("2025-09-14"), "{}", outcome.summary.zh);
        assert_eq!(outcome.measures["due_for_clearing"], 1.0);
    }

    #[test]
    fn one_that_was_deleted_early_fails_the_ledger() {
        for (deleted, verdict) in
            [("2025-09-14 23:59:59", Verdict::Fail), ("2025-09-15 00:00:00", Verdict::Pass)]
        {
            let gone =
                ledger_row("gone.mp4", json!({"recorded_from": "2025-03-14 09:00", "deleted": deleted}));
            let outcome = judged(&CHECK, &months(6.0), json!({"clips": [clip_row(json!({})), gone]}));
            assert_eq!(outcome.verdict, verdict, "{deleted}: {outcome:?}");
        }
    }

    #[test]
    fn a_hold_wins_over_any_term() {
        let gone = ledger_row(
            "gone.mp4",
            json!({"recorded_from": "2020-03-14 09:00", "deleted": "2025-01-01 00:00:00"}),
        );
        let sheets = json!({"clips": [clip_row(json!({})), gone], "holds": [{"file": "gone.mp4", "ground": "可能上访"}]});
        assert_eq!(judged(&CHECK, &months(6.0), sheets).verdict, Verdict::Fail);
    }

    #[test]
    fn with_the_case_file_its_term_is_needed() {
        let with_case_file =
            [("months", Value::Number(0.0)), ("with_case_file", Value::Text("all".to_owned()))];
        let sheets = |event: serde_json::Value| json!({"events": [event], "clips": [clip_row(json!({}))]});
        let outcome = judged(&CHECK, &with_case_file, sheets(event_row(json!({}))));
        assert_eq!(outcome.verdict, Verdict::NotAssessed);
        assert!(outcome.summary.zh.contains("案卷保管至"), "{}", outcome.summary.zh);
        assert_eq!(
            judged(&CHECK, &with_case_file, sheets(event_row(json!({"kept_until": "永久"})))).verdict,
            Verdict::Pass
        );
    }

    #[test]
    fn a_clip_that_the_ledger_says_was_deleted_goes_to_a_person() {
        let sheets = json!({"clips": [clip_row(json!({"recorded_from": "2025-03-14 09:30", "deleted": "2025-04-01 09:00"}))]});
        assert_eq!(judged(&CHECK, &months(6.0), sheets).verdict, Verdict::Review);
    }
}
