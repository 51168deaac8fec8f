//! Written-down evidence for the checks' own tests.

use std::collections::BTreeMap;

use super::{Case, Check, Outcome, Params};
use crate::evidence::{AbsenceReason, ClipFacts, Evidence};
use crate::session::{Between, Join};

/// Evidence of a clip of which nothing was observed.
pub fn blank_evidence() -> Evidence {
    let clip =
        ClipFacts { name: "clip.mp4".to_owned(), bytes: 1_000_000, duration_s: 60.0, ..ClipFacts::default() };
    Evidence::blank(clip, AbsenceReason::NotAsked)
}

/// Judges by a check's default parameters what `write` puts into blank evidence.
pub fn judge(check: &'static Check, write: impl FnOnce(&mut Evidence)) -> Outcome {
    let mut evidence = blank_evidence();
    write(&mut evidence);
    let params =
        Params::resolve(check.params, BTreeMap::new()).expect("the check's parameters have defaults");
    check.judge(&Case::alone(&evidence), &params)
}

/// What parts a clip from the one before it, of the same camera and by records that agree.
pub fn join(between: Between) -> Join {
    Join {
        before: "J1_0001.MP4".to_owned(),
        same_device: true,
        between: Some(between),
        records_disagree: false,
        missing_numbers: None,
        before_damaged: false,
    }
}

/// Written-down records, and a clip to hold them against.
pub mod records {
    use serde_json::{Map, Value as Json};

    use super::super::{Case, Check, Outcome, Params, Value};
    use super::blank_evidence;
    use crate::evidence::Evidence;
    use crate::records::{Calendar, Matcher, Names, Records};
    use crate::session::{DEFAULT_PATTERNS, Naming, Pattern, Place};

    /// Recorded from 2025-03-14 09:30:00 to 10:10:00 by J1.
    pub const CLIP: &str = "J1_000001_20250314093000_0001.mp4";
    const DURATION_S: f64 = 2_400.0;

    pub fn naming() -> Naming {
        Naming {
            patterns: DEFAULT_PATTERNS.iter().map(|text| Pattern::parse(text).unwrap()).collect(),
            zone: jiff::tz::TimeZoneDatabase::bundled().get("Asia/Shanghai").unwrap(),
        }
    }

    /// Evidence of a clip of which name, length and digests are known.
    pub fn evidence(name: &str) -> Evidence {
        let mut evidence = blank_evidence();
        evidence.clip.name = name.to_owned();
        evidence.clip.duration_s = DURATION_S;
        evidence.clip.sha256 = Some("a".repeat(64));
        evidence.clip.sm3 = Some("b".repeat(64));
        evidence
    }

    pub fn read(sheets: Json) -> Records {
        let Json::Object(sheets) = sheets else { panic!("records are an object of sheets") };
        let reading = Records::from_json(sheets, &Names::usual());
        assert!(!reading.is_faulty(), "{:#?}", reading.problems);
        reading.records
    }

    /// The event E1 of that clip, with these fields besides or instead.
    pub fn event_row(fields: Json) -> Json {
        with(
            serde_json::json!({"number": "E1", "arrival": "2025-03-14 09:30", "departure": "2025-03-14 10:10",
                               "officers": ["李强", "王芳"]}),
            fields,
        )
    }

    /// The clip's row.
    pub fn clip_row(fields: Json) -> Json {
        ledger_row(CLIP, fields)
    }

    /// The row of another recording of the event E1.
    pub fn ledger_row(file: &str, fields: Json) -> Json {
        with(serde_json::json!({"file": file, "event": "E1", "device": "J1"}), fields)
    }

    fn with(mut row: Json, fields: Json) -> Json {
        let (Json::Object(row_fields), Json::Object(fields)) = (&mut row, fields) else {
            panic!("a row is an object")
        };
        let fields: Map<String, Json> = fields;
        row_fields.extend(fields);
        row
    }

    pub fn judged(check: &'static Check, params: &[(&'static str, Value)], sheets: Json) -> Outcome {
        judged_clip(check, params, CLIP, sheets)
    }

    pub fn judged_clip(
        check: &'static Check,
        params: &[(&'static str, Value)],
        name: &str,
        sheets: Json,
    ) -> Outcome {
        judged_evidence(check, params, &evidence(name), sheets)
    }

    pub fn judged_evidence(
        check: &'static Check,
        params: &[(&'static str, Value)],
        evidence: &Evidence,
        sheets: Json,
    ) -> Outcome {
        let records = read(sheets);
        let calendar = Calendar::official();
        let matcher = Matcher::new(&records, &calendar, &[evidence], &naming());
        let extract = matcher.extract(0);
        let params =
            Params::resolve(check.params, params.iter().cloned().collect()).expect("parameters are set");
        check.judge(
            &Case { evidence, place: &Place::ALONE, profile: None, records: extract.as_ref() },
            &params,
        )
    }
}
