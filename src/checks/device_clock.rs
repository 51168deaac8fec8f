use super::recorded::{SURE, UNSURE, from_row};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params, Verdict};
use crate::evidence::Channel;
use crate::lang::{Prose, Text};
use crate::records::{At, Extract};
use crate::session::{
    DAY_S, Pattern, clock_at_start, container_meanings, container_seconds, is_dated, read_name, text,
};
use crate::time::Span;

pub static CHECK: Check = Check {
    id: "device-clock",
    title: Text::new("设备时间", "camera's clock"),
    explain: Text::new(
        "核对设备时间准不准：以水印时钟在片头所示时间，与文件名所记时间、容器写入的创建时间相比。创建时间可能是世界时，也可能是\
         当作世界时写入的当地时间，取较近的一种并说明。文件改名、转存会改变这些记录，所以只有文件名所记时间不符、又无其他记录支持\
         水印时钟时，才判不符合；两种记录都出自同一设备，都准不等于与标准时间一致。台账登记了采集站校时的偏差的，以它为准；它与其他记录\
         矛盾的，请人工核对。",
        "Checks whether the camera's clock was right: the time it shows at the clip's start against the time in the file name and \
         the creation time in the container. The latter may be UTC or local time written as if it were; the nearer meaning is \
         taken and named. Renaming and copying change these records, so the clock fails only where the file name contradicts \
         it and nothing else supports it. Both records come from the same camera: that all agree does not prove standard time. \
         Where the ledger has what the dock measured against standard time, that decides; where the others contradict it, a \
         person should check.",
    ),
    basis: Basis::Footage,
    needs: &[Channel::Clock],
    params: &[
        Param {
            name: "max_error_s",
            kind: Kind::Number { min: 1.0, max: 86_400.0 },
            default: Default::Number(30.0),
            reason: Text::new(
                "水印时钟与记录时间最多相差多少；设备可预录至多 30 秒，文件名记的可能是按键时刻",
                "how far clock and records may part; cameras pre-record up to 30 s, and the file name may tell when the button \
                 was pressed",
            ),
        },
        Param {
            name: "utc_offset_s",
            kind: Kind::Number { min: -50_400.0, max: 50_400.0 },
            default: Default::Number(28_800.0),
            reason: Text::new(
                "当地时间与世界时之差；北京时间为 8 小时",
                "local time less UTC; 8 hours for Beijing time",
            ),
        },
        Param {
            name: "file_name_patterns",
            kind: Kind::Texts,
            default: Default::Texts(&["%Y%m%d%H%M%S", "%Y%m%d_%H%M%S", "%Y%m%d-%H%M%S", "%Y-%m-%d_%H-%M-%S"]),
            reason: Text::new(
                "文件名中的时间写法（%Y 年、%m 月、%d 日、%H 时、%M 分、%S 秒），前后可有其他内容；默认为常见执法记录仪的写法",
                "how file names write the time (%Y, %m, %d, %H, %M, %S), with anything around it; by default as common body \
                 cameras do",
            ),
        },
    ],
    judge: Judge::Decides(judge),
};

/// A figure must exceed its limit by this factor to count as certain; between, a person decides.
const CERTAINTY_FACTOR: f64 = 1.2;

/// A record of when the clip was taken.
struct Reference {
    /// Civil seconds since 1970-01-01, local time.
    local_s: f64,
    /// Seconds by which the burnt-in clock is ahead of it.
    error_s: f64,
    name: Text,
    /// How it was understood, where that is in doubt.
    meaning: Text,
}

fn judge(case: &Case, params: &Params) -> Outcome {
    let by_clip = by_clip(case, params);
    let row = case.records.and_then(|extract| Some((extract, extract.clip?)));
    match row.and_then(|(extract, row)| Some((extract, row, row.clock_ahead_s?))) {
        Some((extract, row, ahead_s)) => {
            by_dock(extract, row.at, ahead_s, params.number("max_error_s"), by_clip)
        }
        None => by_clip,
    }
}

/// By what the dock measured against standard time when the clip was deposited.
fn by_dock(extract: &Extract, at: At, ahead_s: f64, limit_s: f64, by_clip: Outcome) -> Outcome {
    let (error_s, others) = (round(ahead_s.abs()), by_clip.summary.clone());
    let contradicted = matches!(by_clip.verdict, Verdict::Fail | Verdict::Review);
    let way = if ahead_s < 0.0 { Text::new("慢", "behind") } else { Text::new("快", "ahead") };
    let (zh, en) = (
        format!("采集站校时，设备时钟{} {error_s} 秒", way.zh),
        format!("By the dock's reference the camera's clock was {error_s} s {}", way.en),
    );
    let told = |verdict, confidence, zh: String, en: String| Outcome {
        verdict,
        confidence,
        summary: from_row(extract, at, zh, en),
        ..by_clip.clone()
    };
    let outcome = if ahead_s.abs() > CERTAINTY_FACTOR * limit_s {
        told(Verdict::Fail, SURE, format!("{zh}，疑似不准"), format!("{en}: it seems to be wrong"))
    } else if ahead_s.abs() > limit_s {
        told(
            Verdict::Review,
            UNSURE,
            format!("{zh}，略超限度，请人工核对"),
            format!("{en}, a little over the limit: please check"),
        )
    } else if contradicted {
        told(
            Verdict::Review,
            UNSURE,
            format!("{zh}；但其他记录与之矛盾，请人工核对：{}", others.zh.trim_end_matches('。')),
            format!(
                "{en}, yet the other records contradict it, please check: {}",
                others.en.trim_end_matches('.')
            ),
        )
    } else {
        told(Verdict::Pass, SURE, zh, en)
    };
    outcome.measure_against("device_ahead_s", round(ahead_s), limit_s)
}

/// By what the clip tells itself.
fn by_clip(case: &Case, params: &Params) -> Outcome {
    let evidence = case.evidence;
    let Some(shown_s) = evidence.clock.seen().and_then(clock_at_start) else {
        return Outcome::not_assessed(Prose::new(
            "未可靠读出水印时钟，无从核对设备时间。",
            "No burnt-in clock could be read surely, so there is nothing to hold against the records.",
        ));
    };
    let clock = evidence.clock.seen();
    let dated = clock.is_some_and(is_dated);
    let by_name =
        file_name_time(&evidence.clip.name, params.texts("file_name_patterns")).map(|local_s| Reference {
            local_s,
            error_s: error_s(shown_s, local_s, dated),
            name: Text::new("文件名所记时间", "the time in the file name"),
            meaning: Text::new("", ""),
        });
    let created = evidence.container.seen().and_then(|container| container.creation_time.as_deref());
    let by_container = created.and_then(container_seconds).map(|written_s| {
        container_time(written_s, shown_s, evidence.clip.duration_s, params.number("utc_offset_s"), dated)
    });
    let ambiguous = clock.is_some_and(|clock| clock.other_format.is_some());
    let mut outcome = compare(shown_s, dated, ambiguous, by_name, by_container, params.number("max_error_s"));
    if outcome.verdict == Verdict::Pass && clock.is_some_and(|clock| clock.unsure.is_some()) {
        let Prose { zh, en } = &outcome.summary;
        let summary = Prose::new(
            format!("{zh}水印日期未能可靠读出，仅核对了时刻，请人工核对日期。"),
            format!(
                "{en} The date could not be read surely, so only the time of day was compared: please check the date."
            ),
        );
        outcome = Outcome { verdict: Verdict::Review, confidence: UNSURE, summary, ..outcome };
    }
    outcome.still(0.0).span(
        Span::new(0.0, 0.0),
        Prose::new(format!("水印时钟：{}", text(shown_s, dated)), format!("clock: {}", text(shown_s, dated))),
    )
}

fn compare(
    shown_s: f64,
    dated: bool,
    ambiguous: bool,
    by_name: Option<Reference>,
    by_container: Option<Reference>,
    limit_s: f64,
) -> Outcome {
    let within = |reference: &Reference| reference.error_s.abs() <= limit_s;
    let supported = by_container.as_ref().is_some_and(within);
    let from_name = by_name.is_some();
    let Some((trusted, other)) = (match (by_name, by_container) {
        (Some(name), container) => Some((name, container)),
        (None, container) => container.map(|container| (container, None)),
    }) else {
        return Outcome::not_assessed(Prose::new(
            "文件名和容器中都没有可用的时间，无从核对设备时间。",
            "Neither the file name nor the container holds a time to hold the clock against.",
        ));
    };
    let error_s = trusted.error_s.abs();
    let compared = comparison(&trusted, shown_s, dated);
    let outcome = if within(&trusted) {
        match other.filter(|other| !within(other)) {
            None => Outcome::pass(0.9, Prose::new(format!("{}。", compared.zh), format!("{}.", compared.en))),
            Some(other) => {
                let second = comparison(&other, shown_s, dated);
                Outcome::review(
                    0.6,
                    both(
                        &compared,
                        &second,
                        "两种记录不一致，请人工核对",
                        "The records disagree: please check",
                    ),
                )
            }
        }
    } else if ambiguous {
        Outcome::review(
            0.5,
            with_note(
                &compared,
                "日期的日、月顺序无法确定，请人工核对",
                "Day and month cannot be told apart: please check",
            ),
        )
    } else if from_name && !supported && error_s > CERTAINTY_FACTOR * limit_s {
        Outcome::fail(0.8, with_note(&compared, "设备时间疑似不准", "The camera's clock seems to be wrong"))
    } else {
        Outcome::review(
            0.6,
            with_note(
                &compared,
                "记录可能因改名或转存而改变，请人工核对",
                "Renaming or copying may have changed the record: please check",
            ),
        )
    };
    outcome.measure_against("clock_error_s", round(trusted.error_s), limit_s)
}

fn comparison(reference: &Reference, shown_s: f64, dated: bool) -> Prose {
    let (clock, record) = (text(shown_s, dated), text(reference.local_s, dated));
    let error_s = round(reference.error_s);
    let (name, meaning) = (reference.name, reference.meaning);
    Prose::new(
        format!(
            "片头水印时钟为 {clock}，{}{}为 {record}，相差 {error_s} 秒（以{}为准）",
            name.zh, meaning.zh, name.zh
        ),
        format!(
            "At its start the clip's clock shows {clock}, {}{} is {record}: {error_s} s apart (trusting {})",
            name.en, meaning.en, name.en
        ),
    )
}

fn with_note(compared: &Prose, zh: &str, en: &str) -> Prose {
    Prose::new(format!("{}；{zh}。", compared.zh), format!("{}. {en}.", compared.en))
}

fn both(first: &Prose, second: &Prose, zh: &str, en: &str) -> Prose {
    Prose::new(format!("{}；{}；{zh}。", first.zh, second.zh), format!("{}. {}. {en}.", first.en, second.en))
}

fn round(seconds: f64) -> f64 {
    // The clock shows whole seconds: a tenth is as fine as makes sense.
    (seconds * 10.0).round() / 10.0
}

/// How far the clock is ahead of a record; the nearest way round the day for a clock without a date.
fn error_s(shown_s: f64, local_s: f64, dated: bool) -> f64 {
    let error_s = shown_s - local_s;
    if dated { error_s } else { error_s - (error_s / DAY_S).round() * DAY_S }
}

/// The container's time by the nearer of its two meanings. Some cameras write it when they begin,
/// some when they end: any moment of the clip is as good.
fn container_time(
    written_s: f64,
    shown_s: f64,
    duration_s: f64,
    utc_offset_s: f64,
    dated: bool,
) -> Reference {
    let [local_s, utc_s] = container_meanings(written_s, utc_offset_s);
    let meanings = [
        (local_s, Text::new("按当地时间理解", " (taken as local time)")),
        (utc_s, Text::new("按世界时理解", " (taken as UTC)")),
    ];
    let [local, utc] = meanings.map(|(local_s, meaning)| {
        let at_start_s = error_s(shown_s, local_s, dated);
        let at_end_s = at_start_s + duration_s;
        let error_s = if at_start_s < 0.0 { at_end_s.min(0.0) } else { at_start_s };
        let name = Text::new("容器创建时间", "the container's creation time");
        Reference { local_s, error_s, name, meaning }
    });
    if utc.error_s.abs() < local.error_s.abs() { utc } else { local }
}

/// The time in a file name, by the first pattern that fits, as civil seconds.
fn file_name_time(name: &str, patterns: &[String]) -> Option<f64> {
    let patterns: Vec<Pattern> =
        patterns.iter().filter_map(|text| Pattern::parse(text).ok()).map(Pattern::anywhere).collect();
    read_name(name, &patterns).start_s
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::testing;
    use crate::evidence::{ClockFacts, ClockFit, ClockReading, ContainerFacts, Observation};

    /// 2025-03-14 09:30:11.
    const START_S: f64 = 1_741_944_611.0;

    fn clock() -> ClockFacts {
        let reading = |at_s: f64| ClockReading {
            at_s,
            text: String::new(),
            shown_s: START_S + at_s,
            confidence: 0.99,
            fits: true,
        };
        ClockFacts {
            format: Some("%Y-%m-%d %H:%M:%S".to_owned()),
            readings: vec![reading(0.0), reading(2.0)],
            fit: Some(ClockFit {
                offset_s: START_S + 0.36,
                drift_ppm: 0.0,
                drift_uncertainty_ppm: 1e5,
                residual_s: 0.0,
            }),
            pictures: 2,
            ..ClockFacts::default()
        }
    }

    fn judged(name: &str, created: Option<&str>, clock: ClockFacts) -> Outcome {
        testing::judge(&CHECK, |evidence| {
            evidence.clip.name = name.to_owned();
            evidence.clip.duration_s = 600.0;
            evidence.clock = Observation::Observed(clock);
            let creation_time = created.map(str::to_owned);
            evidence.container =
                Observation::Observed(ContainerFacts { creation_time, ..ContainerFacts::default() });
        })
    }

    const GOOD_NAME: &str = "J1_010203_20250314093011_0001.MP4";

    #[test]
    fn a_clock_that_the_file_name_confirms_passes_and_names_its_source() {
        let outcome = judged(GOOD_NAME, None, clock());
        assert_eq!((outcome.verdict, outcome.measures["clock_error_s"]), (Verdict::Pass, 0.4));
        assert!(outcome.summary.zh.contains("以文件名所记时间为准"), "{}", outcome.summary.zh);
    }

    #[test]
    fn what_the_dock_measured_decides() {
        use testing::records::{clip_row, evidence, judged_evidence};
        let docked = |name: &str, ahead_s: f64| {
            let mut evidence = evidence(name);
            evidence.clock = Observation::Observed(clock());
            let row = serde_json::json!({"clips": [clip_row(serde_json::json!({"file": name, "clock_ahead_s": ahead_s}))]});
            judged_evidence(&CHECK, &[], &evidence, row)
        };
        for (ahead_s, verdict) in [
            (0.0, Verdict::Pass),
            (-30.0, Verdict::Pass),
            (30.1, Verdict::Review),
            (36.1, Verdict::Fail),
            (-3_600.0, Verdict::Fail),
        ] {
            let outcome = docked(GOOD_NAME, ahead_s);
            assert_eq!(outcome.verdict, verdict, "{ahead_s}: {outcome:?}");
            assert_eq!(outcome.measures["device_ahead_s"], ahead_s);
        }
        // No other record is needed; one that contradicts it goes to a person.
        assert_eq!(docked("a.mp4", 1.0).verdict, Verdict::Pass);
        assert_eq!(docked("J1_010203_20250315093011_0001.MP4", 1.0).verdict, Verdict::Review);
    }

    #[test]
    fn creation_times_are_taken_by_their_nearer_meaning() {
        let local = judged("a.mp4", Some("2025-03-14T09:30:11Z"), clock());
        assert_eq!(local.verdict, Verdict::Pass);
        assert!(local.summary.zh.contains("按当地时间理解"), "{}", local.summary.zh);
        let utc = judged("a.mp4", Some("2025-03-14T01:30:12Z"), clock());
        assert_eq!(utc.verdict, Verdict::Pass);
        assert!(utc.summary.zh.contains("按世界时理解"), "{}", utc.summary.zh);
        let at_the_end = judged("a.mp4", Some("2025-03-14T09:40:11Z"), clock());
        assert_eq!((at_the_end.verdict, at_the_end.measures["clock_error_s"]), (Verdict::Pass, 0.0));
    }

    #[test]
    fn a_clock_that_the_file_name_contradicts_fails_unless_supported() {
        let wrong = "J1_010203_20250315093011_0001.MP4";
        assert_eq!(judged(wrong, None, clock()).verdict, Verdict::Fail);
        assert_eq!(judged(wrong, Some("2025-03-14T09:30:11Z"), clock()).verdict, Verdict::Review);
        let ambiguous = ClockFacts { other_format: Some("%m/%d/%Y %H:%M:%S".to_owned()), ..clock() };
        assert_eq!(judged(wrong, None, ambiguous).verdict, Verdict::Review);
        assert_eq!(judged("J1_010203_20250314093045_0001.MP4", None, clock()).verdict, Verdict::Review);
    }

    #[test]
    fn records_that_disagree_and_a_container_alone_are_for_a_person() {
        assert_eq!(judged(GOOD_NAME, Some("2025-06-01T00:00:00Z"), clock()).verdict, Verdict::Review);
        assert_eq!(judged("a.mp4", Some("2025-06-01T00:00:00Z"), clock()).verdict, Verdict::Review);
    }

    #[test]
    fn without_a_record_or_a_clock_nothing_is_assessed() {
        for (name, created) in
            [("a.mp4", None), ("a.mp4", Some("1904-01-01T00:00:00Z")), ("16010012.mp4", None)]
        {
            assert_eq!(judged(name, created, clock()).verdict, Verdict::NotAssessed, "{name}");
        }
        assert_eq!(judged(GOOD_NAME, None, ClockFacts::default()).verdict, Verdict::NotAssessed);
    }

    #[test]
    fn a_clock_without_a_date_is_compared_by_time_of_day() {
        let mut timed = clock();
        timed.format = Some("%H:%M:%S".to_owned());
        let of_day = START_S.rem_euclid(DAY_S);
        timed.readings.iter_mut().for_each(|reading| reading.shown_s = of_day + reading.at_s);
        if let Some(fit) = &mut timed.fit {
            fit.offset_s = of_day;
        }
        assert_eq!(judged(GOOD_NAME, None, timed).verdict, Verdict::Pass);
    }

    #[test]
    fn times_are_found_in_file_names_of_several_kinds() {
        let defaults: Vec<String> = match CHECK.params[2].default {
            Default::Texts(texts) => texts.iter().map(|&text| text.to_owned()).collect(),
            _ => unreachable!("declared as texts"),
        };
        for (name, found) in [
            (GOOD_NAME, Some(START_S)),
            ("D4_000121_20250314_093011.MP4", Some(START_S)),
            ("20250314093011_001.mp4", Some(START_S)),
            ("VID-20250314-093011.mp4", Some(START_S)),
            ("执法_2025-03-14_09-30-11.mp4", Some(START_S)),
            ("120250314093011.mp4", None),
            ("20251314093011.mp4", None),
            ("compliant.mp4", None),
            ("", None),
        ] {
            assert_eq!(file_name_time(name, &defaults), found, "{name}");
        }
    }
}
