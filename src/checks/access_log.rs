//! Whether every viewing is written down and approved.

use crate::lang::{Prose, Text};
use crate::records::Viewing;

use super::recorded::{
    Judged, NotAssessed, Particulars, SURE, UNSURE, extract, lacks, listed, means, settled, sheet,
};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params};

pub static CHECK: Check = Check {
    id: "access-log",
    title: Text::new("查阅登记", "access log"),
    explain: Text::new(
        "核对每次查阅、调取是否登记了规定的项目并经批准。依据是台账的查阅登记；没有登记的查阅，本项无从发现。",
        "Whether every viewing and retrieval is entered with the particulars required and was approved. It rests on the ledger of viewings; a viewing that nobody wrote down cannot be found.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[
        Param {
            name: "fields",
            kind: Kind::Texts,
            default: Default::None,
            reason: Text::new(
                "每次查阅必须登记的项目。必须写明。",
                "Particulars of each viewing. They must be set.",
            ),
        },
        Param {
            name: "approvers",
            kind: Kind::Texts,
            default: Default::Texts(&[]),
            reason: Text::new(
                "应当批准的部门或人员，缺一不可。默认为空：条文没有指定。",
                "Those who must all approve. Empty, the default, where the article names nobody.",
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
    sheet(extract, "viewings")?;
    let viewings: Vec<&Viewing> = extract.matcher.lookup().viewings(&extract.names());
    if viewings.is_empty() {
        return Ok(Outcome::not_applicable(Prose::new(
            "台账没有登记本段录像的查阅。",
            "The ledger names no viewing of this clip.",
        )));
    }
    let approvers = params.texts("approvers");
    if !approvers.is_empty() && !extract.records.has("viewings", "approved_by") {
        let why = lacks(extract, "viewings", "approved_by", None);
        return Err(NotAssessed(why.sentence("未能检查：", "Not assessed: ")));
    }
    let (mut lacking, mut doubtful) = (Vec::new(), Vec::new());
    for viewing in &viewings {
        let particulars = Particulars::of(extract, *viewing, params.texts("fields"));
        if let Some(field) = particulars.absent.first() {
            return Err(NotAssessed(Prose::new(
                format!("未能检查：“查阅”表没有“{field}”栏。"),
                format!("Not assessed: the ledger of viewings has no column {field}."),
            )));
        }
        let entered = &viewing.approved_by;
        let answered = |approver: &&String| entered.iter().any(|entry| means(entry, approver));
        let missing: Vec<&String> = approvers.iter().filter(|approver| !answered(approver)).collect();
        let mut parts = particulars.empty;
        if entered.len() < approvers.len() {
            // Fewer names than must approve: somebody's approval is not there.
            parts.extend(missing.iter().map(|approver| format!("{approver}的批准")));
        } else if !missing.is_empty() {
            doubtful.push(format!("第{}行由{}批准", viewing.at.row, entered.join("、")));
        }
        if !parts.is_empty() {
            lacking.push(format!("第{}行缺{}", viewing.at.row, parts.join("、")));
        }
    }
    let count = viewings.len();
    Ok(match (lacking.is_empty(), doubtful.is_empty()) {
        (true, true) => Outcome::pass(
            SURE,
            Prose::new(
                format!("登记查阅 {count} 次，项目齐全并经批准。"),
                format!("{count} viewings are entered, each complete and approved."),
            ),
        ),
        (true, false) => {
            let (shown, wanted) = (listed(&doubtful), approvers.join("、"));
            Outcome::review(
                UNSURE,
                Prose::new(
                    format!("登记查阅 {count} 次，批准人是否为{wanted}请人工核对：“查阅”表{}。", shown.zh),
                    format!("{count} viewings are entered; whether those who approved are {wanted} is for a person to check: {}.", shown.en),
                ),
            )
        }
        (false, _) => {
            let shown = listed(&lacking);
            Outcome::fail(
                SURE,
                Prose::new(
                    format!("登记查阅 {count} 次，不全：“查阅”表{}。", shown.zh),
                    format!("{count} viewings are entered, some not complete: {}.", shown.en),
                ),
            )
        }
    }
    .measure("viewings", count as f64)
    .measure_against("viewings_incomplete", lacking.len() as f64, 0.0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::records::*;
    use super::super::{Value, Verdict};
    use super::*;

    fn of(viewings: serde_json::Value) -> Outcome {
        let texts = |texts: &[&str]| Value::Texts(texts.iter().map(|&text| text.to_owned()).collect());
        let params = [
            ("fields", texts(&["查阅人", "查阅事由", "查阅时间"])),
            ("approvers", texts(&["法制办公室", "主管领导"])),
        ];
        judged(&CHECK, &params, json!({"clips": [clip_row(json!({}))], "viewings": viewings}))
    }

    #[test]
    fn every_viewing_is_complete_and_approved_by_all() {
        let viewing = |fields: serde_json::Value| {
            let mut viewing = json!({"file": CLIP, "viewer": "陈静", "reason": "执法监督", "viewed": "2025-05-06 14:00", "approved_by": "法制办公室、主管领导"});
            viewing.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            viewing
        };
        assert_eq!(of(json!([viewing(json!({}))])).verdict, Verdict::Pass);
        for lacking in [
            json!({"viewer": ""}),
            json!({"reason": ""}),
            json!({"viewed": ""}),
            json!({"approved_by": "法制办公室"}),
        ] {
            let outcome = of(json!([viewing(json!({})), viewing(lacking.clone())]));
            assert_eq!(outcome.verdict, Verdict::Fail, "{lacking}");
            assert!(outcome.summary.zh.contains("第2行"), "{}", outcome.summary.zh);
        }
        // Two that approved, by names that do not tell whether they are the two.
        let other = of(json!([viewing(json!({"approved_by": "法制科、李副局长"}))]));
        assert_eq!(other.verdict, Verdict::Review, "{other:?}");
        // A viewing of another clip, or of nobody knows which, says nothing of this one.
        for file in ["b.mp4", ""] {
            let outcome = of(json!([viewing(json!({"file": file, "viewer": ""}))]));
            assert_eq!(outcome.verdict, Verdict::NotApplicable, "{file}");
        }
    }

    #[test]
    fn without_the_sheet_or_a_column_it_is_not_assessed() {
        assert_eq!(
            of(json!([{"file": CLIP, "viewer": "陈静", "approved_by": "主管领导"}])).verdict,
            Verdict::NotAssessed
        );
        let params = [("fields", Value::Texts(vec!["查阅人".to_owned()]))];
        assert_eq!(
            judged(&CHECK, &params, json!({"clips": [clip_row(json!({}))]})).verdict,
            Verdict::NotAssessed
        );
    }
}
