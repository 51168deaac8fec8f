//! Whether the recording was handed in within the time the regulation allows.

use jiff::civil::DateTime;

use crate::figures::hundredths;
use crate::lang::Text;
use crate::records::{At, Clip, Event, Extract, hours_after, over, seconds_between};

use super::recorded::{
    Judged, NotAssessed, SURE, UNSURE, as_of, extract, from_row, lacks, means, moment, needed, row,
    says_none, settled,
};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params, Verdict};

pub static CHECK: Check = Check {
    id: "deposit-deadline",
    title: Text::new("移交时限", "deposit deadline"),
    explain: Text::new(
        "核对每段录像从应起算的时刻到存入专用设备是否超过规定时限。资料留在个人手中越久，丢失和改动的可能越大。依据是台账或采集站记录的存入时间，以及活动结束、返回单位或录制结束的时间；二十四小时按时钟连续计算，工作日按国务院公布的放假调休安排计算。是否属于边远、连续执法等特殊情形，以台账登记的事由为准，本项不核实事由真假。",
        "Whether each recording was deposited within the regulation's time. The longer it stays in someone's pocket, the easier it is lost or altered. It rests on the deposit time in the ledger or the dock's log, and on when the event or the recording ended or the officers returned; twenty-four hours run by the clock, working days follow the State Council's calendar. Whether a remote or special case really was one is taken from the ledger, not verified.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[
        Param {
            name: "hours",
            kind: Kind::Number { min: 1.0, max: 720.0 },
            default: Default::Number(24.0),
            reason: Text::new(
                "起算之后允许的小时数，按时钟连续计算。五部制度写明的都是24小时。",
                "Hours allowed from the starting point, by the clock. All five regulations say 24.",
            ),
        },
        Param {
            name: "counted_from",
            kind: Kind::Choice(&["return", "recording-end", "activity-end"]),
            default: Default::Text("return"),
            reason: Text::new(
                "从何时起算：return 返回单位，recording-end 录制完成，activity-end 执法活动结束。多数制度自返回单位起算。",
                "Where the hours start. Most regulations count from the return to the office.",
            ),
        },
        Param {
            name: "same_day",
            kind: Kind::Flag,
            default: Default::Flag(false),
            reason: Text::new(
                "当天的执法活动是否须当天存入；为真时，小时数只用于条文列出的例外情形。条文写明“当天”“第一时间”的才为真。",
                "Whether an ordinary day's recordings must be in on that day, the hours being for the exceptions only. True only where the article says so.",
            ),
        },
        Param {
            name: "exceptions",
            kind: Kind::Texts,
            default: Default::Texts(&[]),
            reason: Text::new(
                "条文列出的、才适用上述小时数的情形，用条文的说法；其他录像应在活动结束后即行移交，未在当天移交的交人工判断（same_day 为真的，不符合）。登记的特殊情形须属所列。默认为空：小时数适用于所有录像，任何登记的事由都算特殊情况。",
                "The circumstances, in the article's words, that the hours are for; other recordings are due as soon as the event is over, and one that was not in on that day goes to a person (with same_day it fails). What the ledger names must be one of them. Empty, the default: the hours are for all recordings, and any reason on record counts as special.",
            ),
        },
        Param {
            name: "working_days_special",
            kind: Kind::Number { min: 0.0, max: 30.0 },
            default: Default::Number(0.0),
            reason: Text::new(
                "登记为特殊情况时允许的工作日数；0表示条文没有此项。",
                "Working days allowed where the ledger says special circumstances; 0 where the article knows none.",
            ),
        },
    ],
    judge: Judge::Decides(judge),
};

fn judge(case: &Case, params: &Params) -> Outcome {
    settled(weigh(case, params))
}

/// From when the time runs, and what that moment is called.
struct Start {
    at: DateTime,
    name: Text,
}

fn weigh(case: &Case, params: &Params) -> Judged {
    let extract = extract(case)?;
    let row = row(extract)?;
    let Some(deposited) = row.deposited else { return not_deposited(extract, row, params) };
    let told = |verdict, confidence, zh: String, en: String| {
        Outcome::new(verdict, confidence, from_row(extract, row.at, zh, en))
    };
    if let Some(recorded) = recording_end(extract).filter(|end| deposited < *end) {
        return Ok(told(
            Verdict::Review,
            UNSURE,
            format!("登记的存入时间 {} 早于录制结束 {}，请核对", moment(deposited), moment(recorded)),
            format!(
                "The deposit at {} is before the recording's end at {}: please check",
                moment(deposited),
                moment(recorded)
            ),
        ));
    }
    let special = special(extract, row);
    let exceptions = params.texts("exceptions");
    let listed = |reason: &str| exceptions.iter().any(|exception| means(reason, exception));
    let is_exception = special.is_some_and(|reason| exceptions.is_empty() || listed(reason));
    if is_exception || (exceptions.is_empty() && !params.flag("same_day")) {
        return within_hours(extract, row, params, deposited);
    }
    let ended = needed(extract, row, "recorded_until", activity_end(extract))?;
    let (zh, en) = (
        format!("执法活动于 {} 结束，{} 存入", moment(ended), moment(deposited)),
        format!("The event ended at {}, the deposit was at {}", moment(ended), moment(deposited)),
    );
    if over(ended.date()).is_some_and(|over| deposited < over) {
        return Ok(told(Verdict::Pass, SURE, format!("{zh}，在当天之内"), format!("{en}, on the same day")));
    }
    if let (None, true) = (special, params.flag("same_day")) {
        return Ok(told(
            Verdict::Fail,
            SURE,
            format!("{zh}，不在当天，台账也没有登记特殊情形"),
            format!("{en}, not on the same day, and the ledger names no special circumstances"),
        ));
    }
    // Beyond the hours nothing excuses; within them only the article's own circumstances do.
    let outcome = within_hours(extract, row, params, deposited)?;
    if outcome.verdict != Verdict::Pass {
        return Ok(outcome);
    }
    let (named_zh, named_en) = match special {
        Some(reason) => (
            format!("登记的特殊情形“{reason}”不是条文的说法"),
            format!("\"{reason}\", which the ledger names, is none of the article's circumstances"),
        ),
        None => ("台账没有登记这类情形".to_owned(), "the ledger names no such circumstances".to_owned()),
    };
    let hours = params.number("hours");
    let mut open = told(
        Verdict::Review,
        UNSURE,
        format!("{zh}，不在当天；{hours} 小时只适用于条文所列的情形，{named_zh}，请人工核对"),
        format!(
            "{en}, not on the same day; the {hours} hours are for the circumstances that the article lists, and {named_en}: please check"
        ),
    );
    (open.measures, open.thresholds) = (outcome.measures, outcome.thresholds);
    Ok(open)
}

/// Why the recording could not be handed in as usual, where the ledger or the case list says so.
fn special<'a>(extract: &'a Extract, row: &'a Clip) -> Option<&'a str> {
    let of_event = || extract.event.and_then(|event| event.special.as_deref());
    row.special.as_deref().or_else(of_event).filter(|reason| !says_none(reason))
}

/// No deposit is entered: that is not due while the time runs on beyond what the records cover.
fn not_deposited(extract: &Extract, row: &Clip, params: &Params) -> Judged {
    let from = start(extract, params.text("counted_from")).map(|start| start.at).or(recording_end(extract));
    let deadline = from.and_then(|from| hours_after(from, params.number("hours"), extract.zone));
    if let (Some(as_of), Some(deadline)) = (as_of(extract), deadline)
        && over(as_of).is_some_and(|over| deadline >= over)
    {
        return Ok(Outcome::not_applicable(from_row(
            extract,
            row.at,
            format!("台账截至 {as_of}，到 {} 的移交期限未到", moment(deadline)),
            format!("The records go up to {as_of}; the time until {} is not over", moment(deadline)),
        )));
    }
    needed(extract, row, "deposited", None)
}

/// Held against the hours, and in special circumstances against the working days.
fn within_hours(extract: &Extract, row: &Clip, params: &Params, deposited: DateTime) -> Judged {
    let told = |verdict, confidence, zh: String, en: String| {
        Outcome::new(verdict, confidence, from_row(extract, row.at, zh, en))
    };
    let special = special(extract, row);
    let hours = params.number("hours");
    let Some(start) = start(extract, params.text("counted_from")) else {
        return without_start(extract, row, params, deposited);
    };
    let taken_hours = seconds_between(start.at, deposited) as f64 / SECONDS_PER_HOUR;
    let (zh, en) = (
        format!("{} {}，{} 存入", start.name.zh, moment(start.at), moment(deposited)),
        format!("{} {}, deposit {}", start.name.en, moment(start.at), moment(deposited)),
    );
    let working_days = params.number("working_days_special") as u32;
    let outcome = if hours_after(start.at, hours, extract.zone).is_some_and(|deadline| deposited <= deadline)
    {
        told(Verdict::Pass, SURE, format!("{zh}，在 {hours} 小时之内"), format!("{en}: within {hours} hours"))
    } else if let (Some(reason), true) = (special, working_days > 0) {
        let last = match extract.calendar.after(start.at.date(), working_days) {
            Ok(last) => last,
            Err(beyond) => {
                return Err(NotAssessed(beyond.prose().sentence("未能检查：", "Not assessed: ")));
            }
        };
        let in_time = over(last).is_some_and(|over| deposited < over);
        let (zh, en) = (
            format!("{zh}；登记有特殊情形（{reason}），{working_days} 个工作日到 {last} 为止"),
            format!(
                "{en}; with special circumstances ({reason}) {working_days} working days run until {last}"
            ),
        );
        match in_time {
            true => told(Verdict::Pass, SURE, format!("{zh}，没有超过"), format!("{en}: in time")),
            false => told(Verdict::Fail, SURE, format!("{zh}，已经超过"), format!("{en}: too late")),
        }
    } else {
        let no_reason = working_days > 0;
        told(
            Verdict::Fail,
            SURE,
            format!("{zh}，超过 {hours} 小时{}", if no_reason { "，台账没有登记特殊情形" } else { "" }),
            format!(
                "{en}: more than {hours} hours{}",
                if no_reason { ", and the ledger names no special circumstances" } else { "" }
            ),
        )
    };
    Ok(outcome.measure_against("deposited_after_hours", hundredths(taken_hours), hours))
}

const SECONDS_PER_HOUR: f64 = 3_600.0;

/// Nobody is back before the recording ends: what was in time from then was in time.
fn without_start(extract: &Extract, row: &Clip, params: &Params, deposited: DateTime) -> Judged {
    let hours = params.number("hours");
    let counted_from = params.text("counted_from");
    let earliest = recording_end(extract).filter(|_| counted_from != "recording-end");
    let in_time = earliest
        .and_then(|end| hours_after(end, hours, extract.zone))
        .is_some_and(|deadline| deposited <= deadline);
    if let (Some(end), true) = (earliest, in_time) {
        return Ok(Outcome::pass(
            SURE,
            from_row(
                extract,
                row.at,
                format!(
                    "{} 录制结束，{} 存入；起算时间没有登记，但自录制结束起算也没有超过 {hours} 小时",
                    moment(end),
                    moment(deposited)
                ),
                format!(
                    "The recording ended at {}, the deposit was at {}: within {hours} hours even from then, whenever they were back",
                    moment(end),
                    moment(deposited)
                ),
            ),
        ));
    }
    Err(match (counted_from, extract.event) {
        ("recording-end", _) => lacking(extract, "clips", "recorded_until", Some(row.at)),
        ("activity-end", event) => lacking(extract, "events", "departure", event.map(|event| event.at)),
        (_, event) => lacking(extract, "events", "back", event.map(|event| event.at)),
    })
}

fn start(extract: &Extract, counted_from: &str) -> Option<Start> {
    let event = extract.event;
    Some(match counted_from {
        "recording-end" => {
            Start { at: recording_end(extract)?, name: Text::new("录制结束", "Recording's end") }
        }
        "activity-end" => Start { at: event?.end()?, name: Text::new("执法活动结束", "Event's end") },
        _ => Start { at: event?.back?, name: Text::new("返回单位", "Back at the office") },
    })
}

/// When the recording ended: by the clip itself, or by the ledger where the clip's own time is weak.
fn recording_end(extract: &Extract) -> Option<DateTime> {
    let own = extract.own.as_ref();
    let ledger = extract.clip.and_then(|row| row.recorded_until);
    own.filter(|own| own.source.is_firm()).map(|own| own.end).or(ledger).or(own.map(|own| own.end))
}

/// When the day's work that was recorded was over.
fn activity_end(extract: &Extract) -> Option<DateTime> {
    extract.event.and_then(Event::end).or_else(|| recording_end(extract))
}

fn lacking(extract: &Extract, sheet: &str, column: &str, at: Option<At>) -> NotAssessed {
    NotAssessed(lacks(extract, sheet, column, at).sentence("未能检查：", "Not assessed: "))
}

#[cfg(test)]
mod tests;
