//! Whether the recording is kept as long as it must be.

use crate::lang::{Prose, Text};
use crate::records::{CaseFile, Due, Ground, Kept, Rule, Standing, due, standing};

use super::recorded::{
    Judged, NotAssessed, SURE, UNSURE, as_of, extract, from_row, lacks, moment, row, settled,
};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params};

pub static CHECK: Check = Check {
    id: "retention",
    title: Text::new("保存期限", "retention"),
    explain: Text::new(
        "推算每段录像应保存到哪一天，核对文件是否仍在，到期的注明可以清理。有长期保存事由的，一律按长期保存。依据是录制日期、台账和案卷保管期限；期限按自然月计算，月末和闰年按民用历法。已经不在的录像没有自己的报告：有没有提前删除，由 pingcha retention 和年度评查按整本台账列出。评查程序本身不删除任何文件，也不判断资料有无保存意义。",
        "Works out until when each recording must be kept, whether it is there, and whether it is now due for clearing. A ground for long-term preservation always wins. It rests on the recording's date, the ledger and the case file's term; months are calendar months, with month ends and leap years as the civil calendar has them. A recording that is gone has no report of its own: what was deleted early is listed over the whole ledger by pingcha retention and the year's review. Nothing is ever deleted by this program, and whether a recording is worth keeping is not its question.",
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
            kind: Kind::Choice(&["none", "evidence", "filed", "all"]),
            default: Default::Text("none"),
            reason: Text::new(
                "哪些录像随案卷期限保存：none 条文无此规定，evidence 作为证据的，filed 作为证据或已归档入卷的，all 全部。案卷期限较长时从长。",
                "Which recordings are kept as long as the case file: none, those used in evidence, those used in evidence or filed with it, or all. The longer term wins.",
            ),
        },
    ],
    judge: Judge::Decides(judge),
};

fn judge(case: &Case, params: &Params) -> Outcome {
    settled(weigh(case, params))
}

fn weigh(case: &Case, params: &Params) -> Judged {
    let extract = extract(case)?;
    let row = row(extract)?;
    let recorded = extract.own.as_ref().map(|own| own.start.date());
    let due = due(extract.matcher.holds(), row, extract.event, recorded, rule(params)).map_err(|lack| {
        let why = lacks(extract, lack.sheet, lack.column, lack.at);
        NotAssessed(why.sentence("未能检查：", "Not assessed: "))
    })?;
    let until = kept_until(due);
    if let Some(deleted) = row.deleted {
        return Ok(Outcome::review(
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
        ));
    }
    let on = as_of(extract);
    let is_over = on.is_some_and(|on| standing(due, None, on) == Standing::DueForClearing);
    let over = match on.filter(|_| is_over) {
        Some(on) => Prose::new(
            format!("；到 {on} 已到期，可由管理人员决定是否清理"),
            format!("; on {on} that was over, and a person may decide to clear it"),
        ),
        None => Prose::default(),
    };
    Ok(Outcome::pass(
        SURE,
        from_row(
            extract,
            row.at,
            format!("本段{}，文件仍在{}", until.zh, over.zh),
            format!("This clip {} and is there{}", until.en, over.en),
        ),
    ))
}

/// The term that a clause names.
pub fn rule(params: &Params) -> Rule {
    Rule {
        months: params.number("months") as u32,
        case_file: match params.text("with_case_file") {
            "all" => CaseFile::All,
            "evidence" => CaseFile::Evidence,
            "filed" => CaseFile::Filed,
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::records::*;
    use super::super::{Value, Verdict};
    use super::*;

    fn months(months: f64) -> Vec<(&'static str, Value)> {
        vec![("months", Value::Number(months))]
    }

    /// The clip was recorded on 2025-03-14.
    #[test]
    fn the_clip_is_there_and_told_to_be_due_when_its_last_day_is_over() {
        for (as_of, due) in [("2025-09-14", false), ("2025-09-15", true), ("", false)] {
            let row = clip_row(json!({"recorded_from": "2025-03-14 09:30"}));
            let outcome = judged(
                &CHECK,
                &months(6.0),
                json!({"book": [{"unit": "某局", "as_of": as_of}], "clips": [row]}),
            );
            assert_eq!(outcome.verdict, Verdict::Pass);
            assert!(outcome.summary.zh.contains("2025-09-14"), "{}", outcome.summary.zh);
            assert_eq!(outcome.summary.zh.contains("已到期"), due, "{as_of}: {}", outcome.summary.zh);
        }
    }

    #[test]
    fn terms_end_on_the_same_day_or_the_months_last() {
        for (recorded, term, last) in [
            ("2025-08-31", 6.0, "2026-02-28"),
            ("2023-08-31", 6.0, "2024-02-29"),
            ("2024-02-29", 12.0, "2025-02-28"),
            ("2024-02-29", 36.0, "2027-02-28"),
            ("2025-12-31", 24.0, "2027-12-31"),
        ] {
            let row = clip_row(json!({"recorded_from": format!("{recorded} 09:30")}));
            let outcome = judged(&CHECK, &months(term), json!({"clips": [row]}));
            assert!(outcome.summary.zh.contains(&format!("应保存至 {last}")), "{}", outcome.summary.zh);
        }
    }

    #[test]
    fn what_became_of_others_is_not_this_clips() {
        let gone = ledger_row(
            "gone.mp4",
            json!({"recorded_from": "2025-03-14 09:00", "deleted": "2025-03-20 00:00:00"}),
        );
        let outcome = judged(&CHECK, &months(6.0), json!({"clips": [clip_row(json!({})), gone]}));
        assert_eq!(outcome.verdict, Verdict::Pass);
    }

    #[test]
    fn a_hold_wins_over_any_term() {
        let hold = json!([{"file": CLIP, "ground": "可能上访"}]);
        let outcome = judged(&CHECK, &months(6.0), json!({"clips": [clip_row(json!({}))], "holds": hold}));
        assert!(outcome.summary.zh.contains("应长期保存"), "{}", outcome.summary.zh);
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
