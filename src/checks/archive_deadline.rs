//! Whether the recording was filed in time after the case was closed.

use crate::lang::{Prose, Text};

use super::recorded::{Judged, NotAssessed, SURE, event, extract, from_row, lacks, needed, settled};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params, Verdict};

pub static CHECK: Check = Check {
    id: "archive-deadline",
    title: Text::new("归档时限", "archive deadline"),
    explain: Text::new(
        "核对案件结案之日到音像资料组卷归档是否超过规定的工作日。依据是案件清单的结案日期和台账的归档日期，工作日按国务院公布的放假调休安排计算；超出已知日历的年份会如实说明。卷内材料是否齐全，本项不查。",
        "Whether the recordings were filed within the working days allowed after the case was closed. It rests on the closing date in the case list and the filing date in the ledger; working days follow the State Council's calendar, and years beyond the known calendar are named as such. Whether the file is complete is not looked at.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[Param {
        name: "working_days",
        kind: Kind::Number { min: 1.0, max: 365.0 },
        default: Default::Number(30.0),
        reason: Text::new(
            "结案之后允许的工作日数。三十个工作日是写明此项的制度的规定。",
            "Working days allowed after closing. Thirty is what the regulation that sets a time says.",
        ),
    }],
    judge: Judge::Decides(judge),
};

fn judge(case: &Case, params: &Params) -> Outcome {
    settled(weigh(case, params))
}

fn weigh(case: &Case, params: &Params) -> Judged {
    let extract = extract(case)?;
    let event = event(extract)?;
    let Some(closed) = event.closed.filter(|_| extract.records.has("events", "closed")) else {
        return match extract.records.has("events", "closed") {
            true => Ok(Outcome::not_applicable(from_row(
                extract,
                event.at,
                "案件没有登记结案日期，视为尚未结案",
                "The case has no closing date and is taken to be open",
            ))),
            false => needed(extract, event, "closed", None),
        };
    };
    let working_days = params.number("working_days") as u32;
    let last = extract
        .calendar
        .after(closed, working_days)
        .map_err(|beyond| NotAssessed(beyond.prose().sentence("未能检查：", "Not assessed: ")))?;
    let filed = extract.clip.and_then(|row| row.filed).or(event.filed);
    let (zh, en) = (
        format!("{closed} 结案，{working_days} 个工作日到 {last} 为止"),
        format!("Closed on {closed}; {working_days} working days run until {last}"),
    );
    let told =
        |verdict, zh: String, en: String| Outcome::new(verdict, SURE, from_row(extract, event.at, zh, en));
    let as_of = extract.records.rows.book.first().and_then(|book| book.as_of);
    let outcome = match (filed, as_of) {
        (Some(filed), _) if filed <= last => {
            told(Verdict::Pass, format!("{zh}，{filed} 归档"), format!("{en}; filed on {filed}"))
        }
        (Some(filed), _) => {
            told(Verdict::Fail, format!("{zh}，{filed} 才归档"), format!("{en}; filed on {filed} only"))
        }
        (None, Some(as_of)) if as_of > last => told(
            Verdict::Fail,
            format!("{zh}，到台账截止日期 {as_of} 还没有登记归档"),
            format!("{en}; not filed by {as_of}, up to which the records go"),
        ),
        (None, Some(as_of)) => told(
            Verdict::NotApplicable,
            format!("{zh}，到台账截止日期 {as_of} 期限未到"),
            format!("{en}; on {as_of}, up to which the records go, it was not over"),
        ),
        (None, None) => {
            let why = lacks(extract, "events", "filed", Some(event.at));
            let as_of =
                lacks(extract, "book", "as_of", extract.records.rows.book.first().map(|book| book.at));
            return Err(NotAssessed(Prose::new(
                format!("未能检查：{}；{}，不知期限是否已过。", why.zh, as_of.zh),
                format!("Not assessed: {}; {}, so nobody knows whether the time is over.", why.en, as_of.en),
            )));
        }
    };
    let until = filed.or(as_of).and_then(|day| extract.calendar.between(closed, day).ok());
    Ok(match until {
        Some(days) => {
            outcome.measure_against("filed_after_working_days", f64::from(days), f64::from(working_days))
        }
        None => outcome,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::records::*;
    use super::*;

    fn of(event_more: serde_json::Value, as_of: Option<&str>) -> Outcome {
        let mut sheets = json!({"events": [event_row(event_more)], "clips": [clip_row(json!({}))]});
        if let Some(as_of) = as_of {
            sheets["book"] = json!([{"as_of": as_of}]);
        }
        judged(&CHECK, &[], sheets)
    }

    /// Thirty working days after Monday 2025-01-06 are over on Friday 2025-02-21: the Spring
    /// Festival's eight days (28 January to 4 February) and the weekends do not count, Sunday 26 January and
    /// Saturday 8 February do.
    #[test]
    fn thirty_working_days_over_the_spring_festival() {
        for (filed, verdict) in
            [("2025-02-21", Verdict::Pass), ("2025-02-22", Verdict::Fail), ("2025-01-06", Verdict::Pass)]
        {
            let outcome = of(json!({"closed": "2025-01-06", "filed": filed}), None);
            assert_eq!(outcome.verdict, verdict, "{filed}: {outcome:?}");
        }
    }

    /// Closed on Monday 2024-01-15: Sundays 4 and 18 February are make-up days, Friday 9 February is a working day and
    /// the 10th to the 17th are not, so that the thirtieth is the leap day. Closed on Thursday 2025-09-11: Sunday 28
    /// September and Saturday 11 October count, 1 to 8 October do not.
    #[test]
    fn thirty_working_days_end_on_a_leap_day_and_run_over_the_national_day() {
        for (closed, filed, verdict) in [
            ("2024-01-15", "2024-02-29", Verdict::Pass),
            ("2024-01-15", "2024-03-01", Verdict::Fail),
            ("2025-09-11", "2025-10-29", Verdict::Pass),
            ("2025-09-11", "2025-10-30", Verdict::Fail),
        ] {
            let outcome = of(json!({"closed": closed, "filed": filed}), None);
            assert_eq!(outcome.verdict, verdict, "{closed} {filed}: {outcome:?}");
        }
    }

    #[test]
    fn a_file_that_is_still_missing_is_judged_by_how_far_the_records_go() {
        let closed = json!({"closed": "2025-01-06"});
        assert_eq!(of(closed.clone(), Some("2025-02-21")).verdict, Verdict::NotApplicable);
        assert_eq!(of(closed.clone(), Some("2025-02-22")).verdict, Verdict::Fail);
        let outcome = of(closed, None);
        assert_eq!(outcome.verdict, Verdict::NotAssessed);
        assert!(
            outcome.summary.zh.contains("归档日期") && outcome.summary.zh.contains("基本信息"),
            "{}",
            outcome.summary.zh
        );
    }

    #[test]
    fn an_open_case_and_a_list_without_the_column_are_different_things() {
        let sheets = json!({"events": [event_row(json!({})), {"number": "E2", "closed": "2025-01-06"}], "clips": [clip_row(json!({}))]});
        assert_eq!(judged(&CHECK, &[], sheets).verdict, Verdict::NotApplicable);
        assert_eq!(of(json!({}), None).verdict, Verdict::NotAssessed);
    }

    #[test]
    fn beyond_the_known_calendar_it_says_so() {
        let outcome = of(json!({"closed": "2026-12-25", "filed": "2027-02-01"}), None);
        assert_eq!(outcome.verdict, Verdict::NotAssessed);
        assert!(outcome.summary.en.contains("2027"), "{}", outcome.summary.en);
    }
}
