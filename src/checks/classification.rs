//! Whether the recording is sorted and described as required.

use crate::lang::{Prose, Text};
use crate::records::over;

use super::recorded::{
    Judged, NotAssessed, Particulars, SURE, as_of, extract, from_row, listed, moment, needed, row, settled,
};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params, Verdict};

pub static CHECK: Check = Check {
    id: "classification",
    title: Text::new("分类整理", "classification"),
    explain: Text::new(
        "核对每段录像是否按规定的项目分类登记，并在期限内完成。没有案件名称、当事人和日期的文件，日后难以找到，也难以作证。依据是台账各栏和文件名；把说明以字幕压入原始录像等于改动原件，只应作在副本上，本项只看登记和文件名，不检查字幕内容。",
        "Whether each recording carries the particulars that the regulation sorts by, and in time. A file without case, party and date is hard to find and to use in evidence. It rests on the ledger's columns and the file's name; a subtitle burnt into the original would itself be an edit and belongs on a copy, so subtitles are not looked at.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[
        Param {
            name: "fields",
            kind: Kind::Texts,
            default: Default::None,
            reason: Text::new(
                "必须登记齐全的项目，用台账的栏目名。各制度不同，必须写明。",
                "Particulars that must be filled in, by the ledger's column names. They differ from one regulation to the next, so they must be set.",
            ),
        },
        Param {
            name: "working_days",
            kind: Kind::Number { min: 0.0, max: 60.0 },
            default: Default::Number(0.0),
            reason: Text::new(
                "存入后完成分类的工作日数；0表示条文没有期限。",
                "Working days after the deposit; 0 where the article sets no time.",
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
    let fields = params.texts("fields");
    let mut particulars = Particulars::of(extract, row, fields);
    if let Some(event) = extract.event {
        particulars = particulars.and(Particulars::of(extract, event, fields));
    }
    let told =
        |verdict, zh: String, en: String| Outcome::new(verdict, SURE, from_row(extract, row.at, zh, en));
    let working_days = params.number("working_days") as u32;
    let last = match (working_days, row.deposited) {
        (0, _) | (_, None) => None,
        (days, Some(deposited)) => Some(
            extract
                .calendar
                .after(deposited.date(), days)
                .map_err(|beyond| NotAssessed(beyond.prose().sentence("未能检查：", "Not assessed: "))),
        ),
    };
    if !particulars.empty.is_empty() {
        let empty = listed(&particulars.empty);
        return Ok(match (as_of(extract), last) {
            (Some(as_of), Some(Ok(last))) if as_of <= last && row.classified.is_none() => told(
                Verdict::NotApplicable,
                format!("尚未登记{}；分类期限到 {last} 为止，台账截至 {as_of}，期限未到", empty.zh),
                format!(
                    "Not entered yet: {}. The time runs until {last}; on {as_of}, up to which the records go, it was not over",
                    empty.en
                ),
            ),
            _ => told(Verdict::Fail, format!("没有登记{}", empty.zh), format!("Not entered: {}", empty.en)),
        });
    }
    if !particulars.absent.is_empty() {
        let absent = listed(&particulars.absent);
        return Err(NotAssessed(Prose::new(
            format!("未能检查：台账没有“{}”栏。", absent.zh),
            format!("Not assessed: the records have no column {}.", absent.en),
        )));
    }
    let all = listed(fields);
    if working_days == 0 {
        return Ok(told(
            Verdict::Pass,
            format!("{}均已登记", all.zh),
            format!("All are entered: {}", all.en),
        ));
    }
    let deposited = needed(extract, row, "deposited", row.deposited)?;
    let Some(last) = last.transpose()? else { return needed(extract, row, "deposited", None) };
    let (zh, en) = (
        format!("{} 存入，{working_days} 个工作日到 {last} 为止", moment(deposited)),
        format!("Deposited at {}; {working_days} working days run until {last}", moment(deposited)),
    );
    match (row.classified, as_of(extract)) {
        (Some(classified), _) if over(last).is_some_and(|over| classified < over) => Ok(told(
            Verdict::Pass,
            format!("{}均已登记；{zh}，{} 完成分类", all.zh, moment(classified)),
            format!("All are entered: {}. {en}; sorted at {}", all.en, moment(classified)),
        )),
        (Some(classified), _) => Ok(told(
            Verdict::Fail,
            format!("{zh}，{} 才完成分类", moment(classified)),
            format!("{en}; sorted at {} only", moment(classified)),
        )),
        // All is entered, and what is entered was by then.
        (None, Some(as_of)) if as_of <= last => Ok(told(
            Verdict::Pass,
            format!("{}均已登记；{zh}，台账截至 {as_of}", all.zh),
            format!("All are entered: {}. {en}; the records go up to {as_of}", all.en),
        )),
        _ => needed(extract, row, "classified", None),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Value;
    use super::super::testing::records::*;
    use super::*;

    fn fields(names: &[&str]) -> (&'static str, Value) {
        ("fields", Value::Texts(names.iter().map(|&name| name.to_owned()).collect()))
    }

    #[test]
    fn particulars_stand_in_the_ledger_or_the_case_list() {
        let params = [fields(&["案件名称", "当事人", "记录日期", "存储日期"])];
        let row = json!({"recorded_from": "2025-03-14 09:30", "deposited": "2025-03-14 12:00"});
        let whole = json!({"events": [event_row(json!({"case": "某案", "party": "甲"}))], "clips": [clip_row(row.clone())]});
        assert_eq!(judged(&CHECK, &params, whole).verdict, Verdict::Pass);
        let empty = json!({"events": [event_row(json!({"case": "某案", "party": ""}))], "clips": [clip_row(row.clone())]});
        let outcome = judged(&CHECK, &params, empty);
        assert_eq!(outcome.verdict, Verdict::Fail);
        assert!(outcome.summary.zh.contains("当事人"), "{}", outcome.summary.zh);
        let absent = json!({"events": [event_row(json!({"case": "某案"}))], "clips": [clip_row(row)]});
        assert_eq!(judged(&CHECK, &params, absent).verdict, Verdict::NotAssessed);
    }

    #[test]
    fn what_is_not_due_yet_is_told_so() {
        let params = [fields(&["名称"]), ("working_days", Value::Number(2.0))];
        // Deposited on Friday 2025-03-14: the second working day is Tuesday 18.
        for (title, classified, as_of, verdict) in [
            ("", "", "2025-03-18", Verdict::NotApplicable),
            ("", "", "2025-03-19", Verdict::Fail),
            ("", "", "", Verdict::Fail),
            ("", "2025-03-14 17:00", "2025-03-18", Verdict::Fail),
            ("某次检查", "", "2025-03-18", Verdict::Pass),
            ("某次检查", "", "2025-03-19", Verdict::NotAssessed),
        ] {
            let row = json!({"title": title, "deposited": "2025-03-14 16:00", "classified": classified});
            let sheets = json!({"book": [{"unit": "某局", "as_of": as_of}], "clips": [clip_row(row)]});
            let outcome = judged(&CHECK, &params, sheets);
            assert_eq!(outcome.verdict, verdict, "{title} {classified} {as_of}: {outcome:?}");
        }
    }

    /// Thursday 2025-02-06: Friday, and Saturday 8, a make-up day; then a month's end and a leap day.
    #[test]
    fn two_working_days_over_make_up_saturdays_month_ends_and_leap_days() {
        let params = [fields(&["名称"]), ("working_days", Value::Number(2.0))];
        for (deposited, classified, verdict) in [
            ("2025-02-06 16:00", "2025-02-08 23:59:59", Verdict::Pass),
            ("2025-02-06 16:00", "2025-02-09 00:00:00", Verdict::Fail),
            ("2025-07-30 16:00", "2025-08-01 23:59:59", Verdict::Pass),
            ("2025-07-30 16:00", "2025-08-02 00:00:00", Verdict::Fail),
            ("2024-02-27 16:00", "2024-02-29 23:59:59", Verdict::Pass),
            ("2024-02-27 16:00", "2024-03-01 00:00:00", Verdict::Fail),
        ] {
            let row = json!({"title": "某次检查", "deposited": deposited, "classified": classified});
            let outcome = judged(&CHECK, &params, json!({"clips": [clip_row(row)]}));
            assert_eq!(outcome.verdict, verdict, "{deposited} {classified}: {outcome:?}");
        }
    }

    /// Deposited on Sunday 2025-01-26, a working day; two working days later is Wednesday February 5:
    /// Monday 27 counts, then come the holidays.
    #[test]
    fn two_working_days_over_the_spring_festival() {
        let params = [fields(&["名称"]), ("working_days", Value::Number(2.0))];
        for (classified, verdict) in [
            ("2025-02-05 23:59:59", Verdict::Pass),
            ("2025-02-06 00:00:00", Verdict::Fail),
            ("", Verdict::NotAssessed),
        ] {
            let row = json!({"title": "某次检查", "deposited": "2025-01-26 16:00", "classified": classified});
            let outcome = judged(&CHECK, &params, json!({"clips": [clip_row(row)]}));
            assert_eq!(outcome.verdict, verdict, "{classified}: {outcome:?}");
        }
    }
}
