//! Whether each event without a recording, and each stop, has its written reason.

use crate::lang::{Prose, Text};
use crate::records::{Event, Extract, Interruption, Recording, device_key, seconds_between};

use super::recorded::{
    Judged, NotAssessed, SURE, UNSURE, event_name, extract, lacks, listed, means, moment, once, says_none,
    settled, sheet, stops,
};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params};

pub static CHECK: Check = Check {
    id: "non-recording-justification",
    title: Text::new("未录说明", "non-recording justification"),
    explain: Text::new(
        "核对没有录像的执法活动和中途停止的记录，是否有书面说明，事由是否属于条文允许的情形，是否报规定的负责人。依据是案件清单和台账登记的事由、报告和审核人；事由是否属实，由人核查。",
        "Whether each event without a recording, and each recording that was stopped, has a written reason, on one of the grounds that the article allows, reported to the person it names. It rests on the reasons and approvals in the case list and the ledger; whether a reason is true is for a person to find out.",
    ),
    basis: Basis::Concerned,
    needs: &[],
    params: &[
        Param {
            name: "grounds",
            kind: Kind::Texts,
            default: Default::None,
            reason: Text::new(
                "条文允许不录或停止的事由。各制度不同，必须写明。",
                "The grounds that the article allows. They differ from one regulation to the next, so they must be set.",
            ),
        },
        Param {
            name: "approver",
            kind: Kind::Text,
            default: Default::None,
            reason: Text::new(
                "应当报告或审核的负责人，用条文的说法。",
                "The person it must be reported to, in the article's words.",
            ),
        },
        Param {
            name: "concerns",
            kind: Kind::Choice(&["both", "events", "stops", "unresumed"]),
            default: Default::Text("both"),
            reason: Text::new(
                "条文所说的是哪种情形：events 整次没有录像（依整本台账），stops 录制中途停止（依本段所属的执法），unresumed 停止后确实无法继续记录的，both 前两者都算，但列入整本台账。条文不分前两者的，写两条，各取其一。",
                "Which the article speaks of: events without any recording, which are the ledger's as a whole; stops of the clip's own event; unresumed, stops after which recording could not go on; or both of the first two, counted as the ledger's. Where the article does not part them, write two clauses.",
            ),
        },
    ],
    judge: Judge::Decides(judge),
};

fn judge(case: &Case, params: &Params) -> Outcome {
    settled(extract(case).and_then(|extract| match params.text("concerns") {
        // The same for every clip.
        "events" => Ok(once(extract, CHECK.id, params, || settled(weigh(extract, params)))),
        _ => weigh(extract, params),
    }))
}

/// What has to be justified: an event without recording, or a stop.
struct Entry<'a> {
    name: String,
    reason: Option<&'a str>,
    note: Option<&'a str>,
    reported_to: &'a [String],
    /// A recording by the same device while it is said to have been stopped.
    contradicted_by: Option<&'a Recording>,
}

fn weigh(extract: &Extract, params: &Params) -> Judged {
    let concerns = params.text("concerns");
    let mut entries = Vec::new();
    if matches!(concerns, "both" | "events") {
        sheet(extract, "events")?;
        let without: Vec<&Event> = without_recording(extract).collect();
        if !without.is_empty() {
            columns(extract, "events", &["reason", "note", "reported_to"])?;
        }
        entries.extend(without.into_iter().map(of_event));
    }
    if matches!(concerns, "stops" | "unresumed") {
        sheet(extract, "interruptions")?;
    }
    if concerns != "events" && extract.records.sheet("interruptions").is_some() {
        let mut stops = stops(extract);
        if concerns == "unresumed" && !stops.is_empty() {
            columns(extract, "interruptions", &["resumed"])?;
            stops.retain(|stop| stop.resumed.is_none());
        }
        if !stops.is_empty() {
            columns(extract, "interruptions", &["reason", "note", "reported_to"])?;
        }
        entries.extend(stops.into_iter().map(|stop| of_stop(extract, stop)));
    }
    if entries.is_empty() {
        return Ok(Outcome::not_applicable(match concerns {
            "stops" => Prose::new(
                "台账没有登记本次执法的录制中断。",
                "The ledger names no stop of this event's recording.",
            ),
            "unresumed" => Prose::new(
                "台账没有登记本次执法中断后没有恢复的录制。",
                "The ledger names no stop of this event's recording after which it was not resumed.",
            ),
            "events" => Prose::new(
                "案件清单中没有未录像的执法活动。",
                "The case list has no event without a recording.",
            ),
            _ => Prose::new(
                "案件清单中没有未录像的执法活动，台账也没有登记本次执法的录制中断。",
                "The case list has no event without a recording, and the ledger names no stop of this event's recording.",
            ),
        }));
    }
    Ok(held(&entries, params))
}

/// Events without a recording, but for those that the case list says call for none.
fn without_recording<'a>(extract: &'a Extract) -> impl Iterator<Item = &'a Event> {
    let events = extract.records.rows.events.iter();
    events.filter(|event| !extract.recorded.contains(&event.at) && event.recording_due != Some(false))
}

fn held(entries: &[Entry], params: &Params) -> Outcome {
    let (grounds, approver) = (params.texts("grounds"), params.text("approver"));
    let mut lacking = Vec::new();
    let mut doubtful = Vec::new();
    for entry in entries {
        let says = |text: Option<&str>| text.is_some_and(|text| !says_none(text));
        let parts: Vec<&str> = [
            (!says(entry.reason), "事由"),
            (!says(entry.note), "书面说明"),
            (entry.reported_to.is_empty(), "报告或审核人"),
        ]
        .into_iter()
        .filter_map(|(lacks, part)| lacks.then_some(part))
        .collect();
        let listed = entry.reason.is_some_and(|reason| grounds.iter().any(|ground| means(reason, ground)));
        let reported = entry.reported_to.iter().any(|person| means(person, approver));
        if !parts.is_empty() {
            lacking.push(format!("{}缺{}", entry.name, parts.join("、")));
        } else if !listed {
            doubtful.push(format!("{}的事由“{}”", entry.name, entry.reason.unwrap_or_default()));
        } else if !reported {
            doubtful.push(format!("{}报告给“{}”", entry.name, entry.reported_to.join("、")));
        } else if let Some(recording) = entry.contradicted_by {
            // Stopping is allowed for as long as the ground lasts.
            let from = moment(recording.start);
            doubtful.push(format!("{}期间同一设备自 {from} 又有录像（{}）", entry.name, recording.name));
        }
    }
    let count = entries.len();
    let outcome = if !lacking.is_empty() {
        let lacking = listed(&lacking);
        Outcome::fail(
            SURE,
            Prose::new(
                format!("未录或停录 {count} 次，说明不全：{}。", lacking.zh),
                format!(
                    "Of {count} that were not recorded or stopped, some lack their justification: {}.",
                    lacking.en
                ),
            ),
        )
    } else if !doubtful.is_empty() {
        let doubtful = listed(&doubtful);
        Outcome::review(
            UNSURE,
            Prose::new(
                format!(
                    "未录或停录 {count} 次，有的与条文的说法（{approver}；事由见条文）或录像不一致，请人工核对：{}。",
                    doubtful.zh
                ),
                format!(
                    "Of {count} that were not recorded or stopped, some differ from the article's words ({approver}) or from the recordings; please check: {}.",
                    doubtful.en
                ),
            ),
        )
    } else {
        Outcome::pass(
            SURE,
            Prose::new(
                format!("未录或停录 {count} 次，均有书面说明，事由属条文所列，并报{approver}。"),
                format!(
                    "All {count} that were not recorded or stopped have a written reason that the article lists, reported to {approver}."
                ),
            ),
        )
    };
    outcome.measure("not_recorded_or_stopped", count as f64)
}

fn of_event(event: &Event) -> Entry<'_> {
    // A forbidden or secret matter is its own reason.
    let forbidden = (event.explosive_zone == Some(true)).then_some("爆炸危险区域");
    let secret = event.secrets.first().map(String::as_str).filter(|secret| !says_none(secret));
    Entry {
        name: event_name(event),
        reason: event.reason.as_deref().or(event.unsuitable.as_deref()).or(secret).or(forbidden),
        note: event.note.as_deref(),
        reported_to: &event.reported_to,
        contradicted_by: None,
    }
}

fn of_stop<'a>(extract: &'a Extract, stop: &'a Interruption) -> Entry<'a> {
    Entry {
        name: format!("中断（第{}行）", stop.at.row),
        reason: stop.reason.as_deref(),
        note: stop.note.as_deref(),
        reported_to: &stop.reported_to,
        contradicted_by: contradiction(extract, stop),
    }
}

/// A recording of the event by the device that is said to have been stopped, which lies in the stop for longer
/// than two entries kept to the minute can differ.
fn contradiction<'a>(extract: &'a Extract, stop: &Interruption) -> Option<&'a Recording> {
    const ENTRIES_DIFFER_S: i64 = 120;
    let stopped = stop.stopped?;
    let device = device_key(stop.device.as_deref()?);
    extract.recordings.iter().filter(|recording| recording.devices.contains(&device)).find(|recording| {
        let until = stop.resumed.map_or(recording.end, |resumed| resumed.min(recording.end));
        seconds_between(recording.start.max(stopped), until) > ENTRIES_DIFFER_S
    })
}

/// The columns without which nothing can be said.
fn columns(extract: &Extract, sheet: &str, needed: &[&str]) -> Result<(), NotAssessed> {
    let missing = needed.iter().find(|column| !extract.records.has(sheet, column));
    match missing {
        Some(column) => {
            let why = lacks(extract, sheet, column, None);
            Err(NotAssessed(why.sentence("未能检查：", "Not assessed: ")))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::records::*;
    use super::super::{Value, Verdict};
    use super::*;

    fn params(concerns: &str) -> [(&'static str, Value); 3] {
        [
            ("grounds", Value::Texts(["设备故障、损坏", "电量不足", "情况紧急"].map(str::to_owned).to_vec())),
            ("approver", Value::Text("局主管领导".to_owned())),
            ("concerns", Value::Text(concerns.to_owned())),
        ]
    }

    fn unrecorded(reason: &str, note: &str, reported_to: &str) -> Outcome {
        let second = json!({"number": "E2", "arrival": "2025-03-20 09:00", "reason": reason, "note": note, "reported_to": reported_to});
        judged(
            &CHECK,
            &params("events"),
            json!({"events": [event_row(json!({})), second], "clips": [clip_row(json!({}))]}),
        )
    }

    #[test]
    fn an_event_without_recording_has_reason_note_and_report() {
        for (reason, note, reported_to, verdict) in [
            ("情况紧急", "工作记录3号", "局主管领导", Verdict::Pass),
            ("因设备故障", "有", "主管领导刘某", Verdict::Review),
            ("因设备故障", "有", "局主管领导刘某", Verdict::Pass),
            ("", "有", "局主管领导", Verdict::Fail),
            ("情况紧急", "", "局主管领导", Verdict::Fail),
            ("情况紧急", "有", "", Verdict::Fail),
            ("情况紧急", "无", "局主管领导", Verdict::Fail),
            ("忘记开机", "有", "局主管领导", Verdict::Review),
        ] {
            let outcome = unrecorded(reason, note, reported_to);
            assert_eq!(outcome.verdict, verdict, "{reason} {note} {reported_to}: {outcome:?}");
        }
    }

    #[test]
    fn a_stop_of_this_event_has_them_too() {
        let stopped = |event_number: &str, reason: &str| {
            let stop = json!({"event": event_number, "stopped": "2025-03-14 09:50", "reason": reason, "note": "有", "reported_to": "局主管领导"});
            judged(&CHECK, &params("stops"), json!({"events": [event_row(json!({}))], "clips": [clip_row(json!({}))], "interruptions": [stop]})).verdict
        };
        assert_eq!(stopped("E1", "电量不足"), Verdict::Pass);
        assert_eq!(stopped("E1", ""), Verdict::Fail);
        assert_eq!(stopped("E9", ""), Verdict::NotApplicable);
        // Known by device and time where no event is named.
        let stop = json!({"device": "J1", "stopped": "2025-03-14 09:50", "reason": "", "note": "有", "reported_to": "局主管领导"});
        let outcome = judged(
            &CHECK,
            &params("both"),
            json!({"events": [event_row(json!({}))], "clips": [clip_row(json!({}))], "interruptions": [stop]}),
        );
        assert_eq!(outcome.verdict, Verdict::Fail);
    }

    /// The clip runs from 09:30:00 to 10:10:00 by J1.
    #[test]
    fn a_stop_lasts_no_longer_than_its_ground() {
        for (stopped, resumed, device, verdict) in [
            ("2025-03-14 10:08:00", "", "J1", Verdict::Pass),
            ("2025-03-14 10:07:59", "", "J1", Verdict::Review),
            ("2025-03-14 09:00", "2025-03-14 09:32:00", "J1", Verdict::Pass),
            ("2025-03-14 09:00", "2025-03-14 09:32:01", "j-1", Verdict::Review),
            ("2025-03-14 09:00", "2025-03-14 09:50:00", "J2", Verdict::Pass),
        ] {
            let stop = json!({"event": "E1", "device": device, "stopped": stopped, "resumed": resumed, "reason": "电量不足", "note": "有", "reported_to": "局主管领导"});
            let sheets = json!({"events": [event_row(json!({}))], "clips": [clip_row(json!({}))], "interruptions": [stop]});
            let outcome = judged(&CHECK, &params("stops"), sheets);
            assert_eq!(outcome.verdict, verdict, "{stopped} {resumed} {device}: {outcome:?}");
        }
    }

    #[test]
    fn where_only_what_could_not_go_on_is_meant_a_stop_that_was_resumed_needs_no_note() {
        let of = |resumed: serde_json::Value| {
            let mut stop = json!({"event": "E1", "stopped": "2025-03-14 10:10", "reason": "电量不足", "note": "", "reported_to": ""});
            stop.as_object_mut().unwrap().extend(resumed.as_object().unwrap().clone());
            let sheets = json!({"events": [event_row(json!({}))], "clips": [clip_row(json!({}))], "interruptions": [stop]});
            judged(&CHECK, &params("unresumed"), sheets).verdict
        };
        assert_eq!(of(json!({"resumed": "2025-03-14 10:12"})), Verdict::NotApplicable);
        assert_eq!(of(json!({"resumed": ""})), Verdict::Fail);
        assert_eq!(of(json!({})), Verdict::NotAssessed);
    }

    #[test]
    fn without_the_sheet_or_the_columns_it_is_not_assessed() {
        let outcome = judged(
            &CHECK,
            &params("stops"),
            json!({"events": [event_row(json!({}))], "clips": [clip_row(json!({}))]}),
        );
        assert_eq!(outcome.verdict, Verdict::NotAssessed);
        let second = json!({"number": "E2", "arrival": "2025-03-20 09:00", "reason": "情况紧急"});
        let outcome = judged(
            &CHECK,
            &params("events"),
            json!({"events": [event_row(json!({})), second], "clips": [clip_row(json!({}))]}),
        );
        assert!(
            outcome.verdict == Verdict::NotAssessed && outcome.summary.zh.contains("工作记录"),
            "{outcome:?}"
        );
    }
}
