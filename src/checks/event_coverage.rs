//! Whether every event that calls for a recording has one.

use std::collections::BTreeSet;

use crate::lang::{Prose, Text};
use crate::records::{Event, Extract};

use super::recorded::{
    Judged, NotAssessed, SURE, UNSURE, event_name, extract, lacks, listed, means, once, says_none, settled,
    sheet,
};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params};

pub static CHECK: Check = Check {
    id: "event-coverage",
    title: Text::new("应录尽录", "event coverage"),
    explain: Text::new(
        "逐项核对案件清单：凡属规定应当音像记录的执法活动，是否都有对应的录像，有没有挑着录。只看录下来的，永远发现不了没有录的，所以必须从清单查起。依据是案件清单和录像目录，按摘要、文件名、设备和时间对应；清单上没有登记的执法活动，本项看不到。",
        "Goes through the case list: does every event that the regulation wants recorded have a recording, or were some left out? Looking at what was recorded never shows what was not, so the list comes first. It rests on the case list and the catalogue of recordings, matched by digest, file name, device and time; an event that nobody listed cannot be seen.",
    ),
    basis: Basis::Ledger,
    needs: &[],
    params: &[
        Param {
            name: "events",
            kind: Kind::Texts,
            default: Default::Texts(&[]),
            reason: Text::new(
                "应当音像记录的执法活动种类，用清单中的说法。默认为空：清单上的每项执法活动都应有录像（不得任意选择取舍）。列有“其他……”的，各种都算。",
                "Kinds of event that call for a recording, as the case list names them. Empty, the default: every listed event does, since picking and choosing is what such clauses forbid. With an entry that begins with 其他 (others) all kinds do.",
            ),
        },
        Param {
            name: "reasons_excuse",
            kind: Kind::Flag,
            default: Default::Flag(true),
            reason: Text::new(
                "没有录像但登记了事由的，是否不算缺录；事由是否成立由“未录说明”核对。制度没有规定可以不录的，设为假，登记了事由也交人工判断。",
                "Whether an event without a recording is excused by a reason on record, which is judged by non-recording-justification. False where the regulation knows no exception: then a reason goes to a person.",
            ),
        },
    ],
    judge: Judge::Decides(judge),
};

fn judge(case: &Case, params: &Params) -> Outcome {
    settled(extract(case).map(|extract| once(extract, CHECK.id, params, || settled(weigh(extract, params)))))
}

/// The case list, sorted by whether there is a recording.
#[derive(Default)]
struct Tally {
    due: usize,
    missing: Vec<String>,
    /// Without a recording, with a reason on record.
    reasoned: Vec<String>,
    /// Without a recording, of a kind that the article does not list or that is not entered.
    doubtful: Vec<String>,
    /// Without a recording that is known to be its own, on a day with recordings of no event.
    perhaps: Vec<String>,
}

fn weigh(extract: &Extract, params: &Params) -> Judged {
    sheet(extract, "events")?;
    let events = &extract.records.rows.events;
    let kinds = params.texts("events");
    if !kinds.is_empty() && !extract.records.has("events", "kind") {
        let why = lacks(extract, "events", "kind", None);
        return Err(NotAssessed(why.sentence("未能检查：", "Not assessed: ")));
    }
    let tally = tally(extract, events, kinds);
    let outcome = if !tally.missing.is_empty() {
        let missing = listed(&tally.missing);
        Outcome::fail(
            SURE,
            Prose::new(
                format!(
                    "案件清单中有 {} 次应录像的执法活动没有录像，也没有登记事由：{}。",
                    tally.missing.len(),
                    missing.zh
                ),
                format!(
                    "{} events of the case list that call for a recording have neither one nor a reason: {}.",
                    tally.missing.len(),
                    missing.en
                ),
            ),
        )
    } else if !tally.perhaps.is_empty()
        || !tally.doubtful.is_empty()
        || (!tally.reasoned.is_empty() && !params.flag("reasons_excuse"))
    {
        let open: Vec<String> =
            [&tally.perhaps, &tally.doubtful, &tally.reasoned].into_iter().flatten().cloned().collect();
        let open = listed(&open);
        Outcome::review(
            UNSURE,
            Prose::new(
                format!(
                    "案件清单中有执法活动没有对应的录像，应否录像或录像是否属于它，请人工核对：{}。",
                    open.zh
                ),
                format!(
                    "Some events have no recording of their own; whether one was due, or which of the others is theirs, is for a person to check: {}.",
                    open.en
                ),
            ),
        )
    } else if tally.due == 0 {
        Outcome::not_applicable(Prose::new(
            "案件清单中没有应录像的执法活动。",
            "The case list has no event that calls for a recording.",
        ))
    } else {
        let (zh, en) = match tally.reasoned.len() {
            0 => (String::new(), String::new()),
            count => {
                (format!("，{count} 次没有录像但登记了事由"), format!(", {count} have none but a reason"))
            }
        };
        Outcome::pass(
            SURE,
            Prose::new(
                format!("案件清单中应录像的执法活动 {} 次，均有录像{zh}。", tally.due),
                format!("All {} events of the case list that call for a recording have one{en}.", tally.due),
            ),
        )
    };
    Ok(outcome.measure("events_due", tally.due as f64).measure_against(
        "events_without_recording",
        (tally.missing.len() + tally.perhaps.len()) as f64,
        0.0,
    ))
}

fn tally(extract: &Extract, events: &[Event], kinds: &[String]) -> Tally {
    let mut tally = Tally::default();
    let matters = &extract.records.rows.matters;
    let listed: BTreeSet<&str> = matters.iter().filter_map(|matter| matter.matter.as_deref()).collect();
    for event in events {
        let due = due(event, kinds, &listed);
        if due == Some(true) {
            tally.due += 1;
        }
        if due == Some(false) || extract.recorded.contains(&event.at) {
            continue;
        }
        let name = event_name(event);
        let day = event.arrival.or(event.hearing_start).map(|start| start.date());
        if is_excused(event) {
            tally.reasoned.push(name);
        } else if due.is_none() {
            tally.doubtful.push(name);
        } else if day.is_some_and(|day| extract.eventless.contains(&day)) {
            tally.perhaps.push(name);
        } else {
            tally.missing.push(name);
        }
    }
    tally
}

/// Whether the event calls for a recording; `None` where neither article, nor list of matters, nor case list says.
fn due(event: &Event, kinds: &[String], matters: &BTreeSet<&str>) -> Option<bool> {
    let any_kind = kinds.is_empty() || kinds.iter().any(|kind| kind.starts_with("其他"));
    if any_kind {
        return Some(event.recording_due != Some(false));
    }
    let listed = event.kind.iter().any(|entry| kinds.iter().any(|kind| means(entry, kind)))
        || event.matter.as_deref().is_some_and(|matter| matters.contains(matter));
    if listed { Some(true) } else { event.recording_due }
}

/// A reason not to record is on record, or recording was forbidden there.
fn is_excused(event: &Event) -> bool {
    let says = |text: &Option<String>| text.as_deref().is_some_and(|text| !says_none(text));
    says(&event.reason)
        || says(&event.unsuitable)
        || event.explosive_zone == Some(true)
        || event.secrets.iter().any(|secret| !says_none(secret))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::records::*;
    use super::super::{Value, Verdict};
    use super::*;

    fn of(other: serde_json::Value, params: &[(&'static str, Value)]) -> Outcome {
        let sheets = json!({"events": [event_row(json!({"kind": "现场执法"})), other], "clips": [clip_row(json!({}))]});
        judged(&CHECK, params, sheets)
    }

    fn kinds() -> [(&'static str, Value); 1] {
        [("events", Value::Texts(vec!["现场执法".to_owned(), "调查取证".to_owned()]))]
    }

    #[test]
    fn every_event_has_a_recording_or_a_reason() {
        let second = |more: serde_json::Value| {
            let mut event = json!({"number": "E2", "kind": "调查取证", "arrival": "2025-03-20 09:00", "departure": "2025-03-20 10:00"});
            event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            event
        };
        let outcome = of(second(json!({})), &kinds());
        assert_eq!(outcome.verdict, Verdict::Fail);
        assert!(outcome.summary.zh.contains("E2（第2行）"), "{}", outcome.summary.zh);
        assert_eq!(of(second(json!({"reason": "情况紧急"})), &kinds()).verdict, Verdict::Pass);
        assert_eq!(of(second(json!({"secrets": "商业秘密"})), &kinds()).verdict, Verdict::Pass);
        assert_eq!(of(second(json!({"secrets": "无"})), &kinds()).verdict, Verdict::Fail);
        let strict = [kinds()[0].clone(), ("reasons_excuse", Value::Flag(false))];
        assert_eq!(of(second(json!({"reason": "情况紧急"})), &strict).verdict, Verdict::Review);
    }

    #[test]
    fn a_kind_that_is_not_listed_is_asked_about() {
        let second = |due: &str| json!({"number": "E2", "kind": "电话回访", "arrival": "2025-03-20 09:00", "recording_due": due});
        assert_eq!(of(second(""), &kinds()).verdict, Verdict::Review);
        assert_eq!(of(second("否"), &kinds()).verdict, Verdict::Pass);
        assert_eq!(of(second("是"), &kinds()).verdict, Verdict::Fail);
        // The list of matters calls for it.
        let listed =
            json!({"number": "E2", "kind": "电话回访", "matter": "询问证人", "arrival": "2025-03-20 09:00"});
        let with_matters = |matter: &str| {
            let sheets = json!({
                "events": [event_row(json!({"kind": "现场执法"})), listed],
                "clips": [clip_row(json!({}))],
                "matters": [{"matter": matter}],
            });
            judged(&CHECK, &kinds(), sheets).verdict
        };
        assert_eq!([with_matters("询问证人"), with_matters("听证")], [Verdict::Fail, Verdict::Review]);
        // Where everything must be recorded, the kind does not matter.
        assert_eq!(of(second(""), &[]).verdict, Verdict::Fail);
    }

    #[test]
    fn a_recording_in_the_ledger_counts_and_one_of_no_event_leaves_it_open() {
        let second = json!({"number": "E2", "kind": "调查取证", "arrival": "2025-03-20 09:00", "departure": "2025-03-20 10:00", "officers": "李强"});
        let with = |row: serde_json::Value| {
            judged(
                &CHECK,
                &kinds(),
                json!({"events": [event_row(json!({"kind": "现场执法"})), second], "clips": [clip_row(json!({})), row]}),
            )
        };
        assert_eq!(with(json!({"file": "b.mp4", "event": "E2"})).verdict, Verdict::Pass);
        let by_time = json!({"file": "b.mp4", "user": "李强", "recorded_from": "2025-03-20 09:00", "recorded_until": "2025-03-20 10:00"});
        assert_eq!(with(by_time).verdict, Verdict::Pass);
        let of_none = json!({"file": "b.mp4", "user": "赵敏", "recorded_from": "2025-03-20 14:00", "recorded_until": "2025-03-20 15:00"});
        assert_eq!(with(of_none).verdict, Verdict::Review);
    }

    #[test]
    fn without_a_case_list_or_kinds_it_is_not_assessed() {
        assert_eq!(
            judged(&CHECK, &kinds(), json!({"clips": [clip_row(json!({}))]})).verdict,
            Verdict::NotAssessed
        );
        let outcome = judged(
            &CHECK,
            &kinds(),
            json!({"events": [event_row(json!({}))], "clips": [clip_row(json!({}))]}),
        );
        assert!(
            outcome.verdict == Verdict::NotAssessed && outcome.summary.zh.contains("执法活动种类"),
            "{outcome:?}"
        );
    }
}
