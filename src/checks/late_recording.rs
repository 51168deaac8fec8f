//! Whether anything was recorded after the fact.

use crate::lang::{Prose, Text};
use crate::records::seconds_between;

use super::recorded::{Judged, SURE, UNSURE, event, extract, from_row, moment, needed, settled};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params, Verdict};

pub static CHECK: Check = Check {
    id: "late-recording",
    title: Text::new("事后补录", "late recording"),
    explain: Text::new(
        "核对录像的时间是否落在该次执法活动的到达和离开之间；在活动结束之后才开始的录像，疑似事后补录。补录的画面不能证明当时的情形，故各制度均予禁止。依据是案件清单的时间、录像的水印时钟和文件时间；设备时钟本身是否准确由“设备校时”另查，本项不能识别在活动时间之内重演的画面。",
        "Whether a recording's time lies between the arrival and the departure of its event; one that begins after the event ended is suspected of having been made afterwards. Such pictures prove nothing of what happened, and the regulations forbid them. It rests on the times in the case list, the burnt-in clock and the file's times; whether the clock is right is the device clock's check, and a scene staged again within the event's own time cannot be told.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[Param {
        name: "tolerance_s",
        kind: Kind::Number { min: 0.0, max: 1800.0 },
        default: Default::Number(60.0),
        reason: Text::new(
            "允许超出活动结束时间的秒数。清单时间只记到分钟，默认一分钟。",
            "Seconds that a recording may begin after the event's end. The list is kept to the minute: one minute.",
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
    let start = event.arrival.or(event.hearing_start);
    let end = needed(extract, event, "departure", event.end())?;
    let Some(own) = &extract.own else {
        return Ok(Outcome::not_assessed(Prose::new(
            "本段录像和台账都没有录制时间，无从核对。",
            "Not assessed: neither the clip nor the ledger tells when it was recorded.",
        )));
    };
    let tolerance_s = params.number("tolerance_s");
    let after_s = seconds_between(end, own.start) as f64;
    let when = Prose::new(
        format!(
            "录像自 {} 至 {}（依据{}），执法活动{}至 {}",
            moment(own.start),
            moment(own.end),
            own.source.text().zh,
            start.map(|start| format!("自 {} ", moment(start))).unwrap_or_default(),
            moment(end)
        ),
        format!(
            "Recorded from {} to {} (by {}); the event went on{} until {}",
            moment(own.start),
            moment(own.end),
            own.source.text().en,
            start.map(|start| format!(" from {}", moment(start))).unwrap_or_default(),
            moment(end)
        ),
    );
    let told = |verdict, confidence, zh: &str, en: &str| {
        Outcome::new(
            verdict,
            confidence,
            from_row(extract, event.at, format!("{}，{zh}", when.zh), format!("{}: {en}", when.en)),
        )
    };
    let outcome = if after_s > tolerance_s && own.source.is_firm() {
        told(
            Verdict::Fail,
            SURE,
            "活动结束之后才开始录制，疑似事后补录",
            "it began after the end, and is suspected of having been made afterwards",
        )
    } else if after_s > tolerance_s {
        told(
            Verdict::Review,
            UNSURE,
            "活动结束之后才开始录制，但时间只有容器所记，请人工核对",
            "it began after the end, but by the container's time alone: please check",
        )
    } else if seconds_between(own.end, needed(extract, event, "arrival", start)?) as f64 > tolerance_s {
        told(
            Verdict::Review,
            UNSURE,
            "到达之前就已结束，请核对设备时间和清单",
            "it ended before the arrival: check the camera's clock and the list",
        )
    } else {
        told(Verdict::Pass, SURE, "录于活动期间", "it was made meanwhile")
    };
    Ok(outcome.measure_against("after_end_s", after_s.max(0.0), tolerance_s))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::records::*;
    use super::*;

    fn of_event(arrival: &str, departure: &str) -> Outcome {
        judged(
            &CHECK,
            &[],
            json!({"events": [event_row(json!({"arrival": arrival, "departure": departure}))], "clips": [clip_row(json!({}))]}),
        )
    }

    #[test]
    fn a_recording_that_begins_after_the_end_is_suspected() {
        // The clip begins at 09:30:00; a minute is tolerated.
        for (departure, verdict) in [
            ("2025-03-14 10:10", Verdict::Pass),
            ("2025-03-14 09:29:00", Verdict::Pass),
            ("2025-03-14 09:28:59", Verdict::Fail),
        ] {
            let outcome = of_event("2025-03-14 08:00", departure);
            assert_eq!(outcome.verdict, verdict, "{departure}: {outcome:?}");
        }
        let outcome = of_event("2025-03-14 08:00", "2025-03-14 09:00");
        assert!(outcome.summary.zh.contains("疑似事后补录"), "{}", outcome.summary.zh);
    }

    #[test]
    fn one_that_ended_before_the_arrival_goes_to_a_person() {
        assert_eq!(of_event("2025-03-14 14:00", "2025-03-14 15:00").verdict, Verdict::Review);
    }

    /// What began after the end did so whenever the officers had arrived.
    #[test]
    fn the_arrival_matters_only_to_what_is_not_late() {
        for (departure, verdict) in
            [("2025-03-14 09:28:59", Verdict::Fail), ("2025-03-14 09:29:00", Verdict::NotAssessed)]
        {
            assert_eq!(of_event("", departure).verdict, verdict, "{departure}");
        }
    }

    #[test]
    fn without_the_events_times_it_is_not_assessed() {
        let outcome = judged(
            &CHECK,
            &[],
            json!({"events": [{"number": "E1", "arrival": "2025-03-14 09:00"}], "clips": [clip_row(json!({}))]}),
        );
        assert_eq!(outcome.verdict, Verdict::NotAssessed);
        assert!(outcome.summary.zh.contains("离开时间"), "{}", outcome.summary.zh);
    }
}
