//! Whether the recording runs from the event's beginning to its end.

use crate::lang::{Prose, Text};
use crate::records::{Event, seconds_between};

use super::recorded::{Judged, SURE, UNSURE, event, extract, from_row, listed, moment, needed, settled};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params, Verdict};

pub static CHECK: Check = Check {
    id: "whole-process",
    title: Text::new("全程记录", "whole process"),
    explain: Text::new(
        "核对记录是否覆盖规定的全程：以案件清单登记的到达、离开（或听证开始、结束）时间，对照该次执法各段录像的起止时间。缺了开头的录像，看不出此前发生过什么，所以开始和结束都要查。依据是案件清单和录像的时间；清单时间由人工登记，只到分钟，登记有误时本项也会有误。画面里何时真正到达现场，本项不作判断。",
        "Whether the recording covers the whole that the regulation names: the arrival and departure (or the hearing's start and end) in the case list, held against the start and end of that event's recordings. A recording that lacks its beginning cannot show what went before, so both ends count. It rests on the case list and the recordings' times; the list is written by hand, to the minute, and an error there is an error here. It does not judge from the picture when the officers really arrived.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[
        Param {
            name: "from",
            kind: Kind::Choice(&["arrival", "hearing-start"]),
            default: Default::Text("arrival"),
            reason: Text::new(
                "全程从何时算起：arrival 到达现场，hearing-start 听证开始。多数制度写明自到达现场时开始，故为默认。",
                "Where the whole begins. Most regulations say on arrival, hence the default.",
            ),
        },
        Param {
            name: "until",
            kind: Kind::Choice(&["departure", "inspection-end", "hearing-end"]),
            default: Default::Text("departure"),
            reason: Text::new(
                "全程到何时为止：departure 离开现场，inspection-end 检查结束，hearing-end 听证结束。多数制度写明至离开现场时结束，故为默认。",
                "Where it ends. Most regulations say on departure, hence the default.",
            ),
        },
        Param {
            name: "tolerance_s",
            kind: Kind::Number { min: 0.0, max: 1800.0 },
            default: Default::Number(120.0),
            reason: Text::new(
                "两端允许相差的秒数。清单时间只记到分钟，开机又需片刻，默认两分钟。",
                "Seconds that either end may differ by. The list is kept to the minute and switching on takes a moment: two minutes.",
            ),
        },
    ],
    judge: Judge::Decides(judge),
};

/// Which end of the recording falls short, and by how many seconds.
struct Short {
    end: Prose,
    by_s: f64,
}

fn judge(case: &Case, params: &Params) -> Outcome {
    settled(weigh(case, params))
}

fn weigh(case: &Case, params: &Params) -> Judged {
    let extract = extract(case)?;
    let event = event(extract)?;
    let of_hearing = params.text("from") == "hearing-start";
    if of_hearing != is_hearing(event) {
        return Ok(Outcome::not_applicable(from_row(
            extract,
            event.at,
            if of_hearing {
                "这次执法活动不是听证，本条不适用"
            } else {
                "这次执法活动是听证，本条不适用"
            },
            if of_hearing { "The event was no hearing" } else { "The event was a hearing" },
        )));
    }
    let start = match of_hearing {
        true => needed(extract, event, "hearing_start", event.hearing_start)?,
        false => needed(extract, event, "arrival", event.arrival)?,
    };
    let end = match params.text("until") {
        "hearing-end" => needed(extract, event, "hearing_end", event.hearing_end)?,
        // The inspection is over at the latest when the officers leave.
        "inspection-end" => {
            needed(extract, event, "inspection_end", event.inspection_end.or(event.departure))?
        }
        _ => needed(extract, event, "departure", event.departure)?,
    };
    let recordings = &extract.recordings;
    let (Some(first), Some(last)) = (
        recordings.iter().min_by_key(|recording| recording.start),
        recordings.iter().max_by_key(|recording| recording.end),
    ) else {
        return Ok(Outcome::not_assessed(Prose::new(
            "这次执法各段录像的起止时间都不知道，无从核对全程。",
            "Not assessed: nobody knows when the event's recordings began and ended.",
        )));
    };
    let tolerance_s = params.number("tolerance_s");
    let late_s = seconds_between(start, first.start) as f64;
    let early_s = seconds_between(last.end, end) as f64;
    let shorts: Vec<Short> = [
        (
            late_s,
            Prose::new(
                format!("{} 开始录制，比应开始的 {} 晚", moment(first.start), moment(start)),
                format!("recording began at {}, {} being due", moment(first.start), moment(start)),
            ),
        ),
        (
            early_s,
            Prose::new(
                format!("{} 结束录制，比应结束的 {} 早", moment(last.end), moment(end)),
                format!("recording ended at {}, {} being due", moment(last.end), moment(end)),
            ),
        ),
    ]
    .into_iter()
    .filter(|(by_s, _)| *by_s > tolerance_s)
    .map(|(by_s, end)| Short { end, by_s })
    .collect();
    let firm = first.source.is_firm() && last.source.is_firm();
    let sources = Prose::new(
        format!("（录像时间依据{}，清单为第{}行）", first.source.text().zh, event.at.row),
        format!(
            " (the recordings' times by {}; row {} of the case list)",
            first.source.text().en,
            event.at.row
        ),
    );
    let told = |verdict: Verdict, confidence: f64, zh: String, en: String| {
        Outcome::new(
            verdict,
            confidence,
            Prose::new(format!("{zh}{}。", sources.zh), format!("{en}{}.", sources.en)),
        )
    };
    let outcome = if shorts.is_empty() {
        told(
            Verdict::Pass,
            SURE,
            format!(
                "{} 段录像自 {} 至 {}，覆盖规定的全程",
                recordings.len(),
                moment(first.start),
                moment(last.end)
            ),
            format!(
                "{} recordings from {} to {} cover the whole",
                recordings.len(),
                moment(first.start),
                moment(last.end)
            ),
        )
    } else {
        let zh: Vec<String> =
            shorts.iter().map(|short| format!("{} {:.0} 秒", short.end.zh, short.by_s)).collect();
        let en: Vec<String> =
            shorts.iter().map(|short| format!("{}: {:.0} s missing", short.end.en, short.by_s)).collect();
        let (zh, en) = (zh.join("；"), en.join("; "));
        match (extract.untimed.is_empty(), firm) {
            (true, true) => told(Verdict::Fail, SURE, zh, en),
            (false, _) => {
                let untimed = listed(&extract.untimed);
                told(
                    Verdict::Review,
                    UNSURE,
                    format!("{zh}；但不知道 {} 录于何时，请人工核对", untimed.zh),
                    format!("{en}; but nobody knows when {} was recorded: please check", untimed.en),
                )
            }
            (_, false) => told(
                Verdict::Review,
                UNSURE,
                format!("{zh}；录像时间只有容器所记，请人工核对"),
                format!("{en}; the recordings' times are the containers' alone: please check"),
            ),
        }
    };
    Ok(outcome.measure_against("starts_late_s", late_s.max(0.0), tolerance_s).measure_against(
        "ends_early_s",
        early_s.max(0.0),
        tolerance_s,
    ))
}

fn is_hearing(event: &Event) -> bool {
    let named = event.kind.iter().chain(&event.matter).any(|text| text.contains("听证"));
    event.hearing_start.is_some() || event.hearing_end.is_some() || (named && event.arrival.is_none())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Value;
    use super::super::testing::records::*;
    use super::*;

    #[test]
    fn both_ends_count_to_the_second() {
        // The clip runs from 09:30:00 to 10:10:00, the tolerance is two minutes.
        for (arrival, departure, verdict) in [
            ("2025-03-14 09:30", "2025-03-14 10:10", Verdict::Pass),
            ("2025-03-14 09:28:00", "2025-03-14 10:12:00", Verdict::Pass),
            ("2025-03-14 09:27:59", "2025-03-14 10:12:00", Verdict::Fail),
            ("2025-03-14 09:28:00", "2025-03-14 10:12:01", Verdict::Fail),
            ("2025-03-14 09:40", "2025-03-14 09:50", Verdict::Pass),
        ] {
            let sheets = json!({"events": [event_row(json!({"arrival": arrival, "departure": departure}))], "clips": [clip_row(json!({}))]});
            let outcome = judged(&CHECK, &[], sheets);
            assert_eq!(outcome.verdict, verdict, "{arrival} {departure}: {outcome:?}");
        }
    }

    #[test]
    fn the_inspections_end_is_another_end() {
        let until = [("until", Value::Text("inspection-end".to_owned()))];
        let sheets = json!({"events": [event_row(json!({"inspection_end": "2025-03-14 10:10", "departure": "2025-03-14 10:40"}))], "clips": [clip_row(json!({}))]});
        assert_eq!(judged(&CHECK, &until, sheets.clone()).verdict, Verdict::Pass);
        assert_eq!(judged(&CHECK, &[], sheets).verdict, Verdict::Fail);
    }

    #[test]
    fn other_recordings_of_the_event_count_and_untimed_ones_leave_it_open() {
        let event = event_row(json!({"arrival": "2025-03-14 09:00"}));
        let other = |more: serde_json::Value| json!({"events": [event], "clips": [clip_row(json!({})), ledger_row("before.mp4", more)]});
        let timed = json!({"recorded_from": "2025-03-14 09:00", "recorded_until": "2025-03-14 09:30"});
        assert_eq!(judged(&CHECK, &[], other(timed)).verdict, Verdict::Pass);
        let outcome = judged(&CHECK, &[], other(json!({})));
        assert_eq!(outcome.verdict, Verdict::Review);
        assert!(outcome.summary.zh.contains("before.mp4"), "{}", outcome.summary.zh);
    }

    #[test]
    fn hearings_and_visits_have_clauses_of_their_own() {
        let hearing = [
            ("from", Value::Text("hearing-start".to_owned())),
            ("until", Value::Text("hearing-end".to_owned())),
        ];
        let visit = json!({"events": [event_row(json!({}))], "clips": [clip_row(json!({}))]});
        assert_eq!(judged(&CHECK, &hearing, visit).verdict, Verdict::NotApplicable);
        let sheets = json!({"events": [{"number": "E1", "kind": "听证", "hearing_start": "2025-03-14 09:31", "hearing_end": "2025-03-14 10:00"}], "clips": [clip_row(json!({}))]});
        assert_eq!(judged(&CHECK, &hearing, sheets.clone()).verdict, Verdict::Pass);
        assert_eq!(judged(&CHECK, &[], sheets).verdict, Verdict::NotApplicable);
    }

    #[test]
    fn what_is_lacking_is_named() {
        let sheets = json!({"events": [{"number": "E1", "party": "甲"}], "clips": [clip_row(json!({}))]});
        let outcome = judged(&CHECK, &[], sheets);
        assert_eq!(outcome.verdict, Verdict::NotAssessed);
        assert!(outcome.summary.zh.contains("到达时间"), "{}", outcome.summary.zh);
        let outcome = judged(&CHECK, &[], json!({"clips": [clip_row(json!({}))]}));
        assert!(outcome.summary.zh.contains("执法活动"), "{}", outcome.summary.zh);
    }
}
