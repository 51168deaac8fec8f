//! Whether every viewing is written down and approved.

use crate::lang::{Prose, Text};
use crate::records::Viewing;

use super::recorded::{
    Judged, NotAssessed, Particulars, SURE, extract, is_about, lacks, listed, means, settled, sheet,
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
    let viewings: Vec<&Viewing> = extract
        .records
        .rows
        .viewings
        .iter()
        .filter(|viewing| is_about(extract, viewing.file.as_deref()))
        .collect();
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
    let mut lacking = Vec::new();
    for viewing in &viewings {
        let particulars = Particulars::of(extract, *viewing, params.texts("fields"));
        if let Some(field) = particulars.absent.first() {
            return Err(NotAssessed(Prose::new(
                format!("未能检查：“查阅”表没有“{field}”栏。"),
                format!("Not assessed: the ledger of viewings has no column {field}."),
            )));
        }
        let missing = approvers
            .iter()
            .filter(|&approver| !viewing.approved_by.iter().any(|entry| means(entry, approver)));
        let parts: Vec<String> = particulars
            .empty
            .into_iter()
            .chain(missing.map(|approver| format!("{approver}的批准")))
            .collect();
        if !parts.is_empty() {
            lacking.push(format!("第{}行缺{}", viewing.at.row, parts.join("、")));
        }
    }
    let count = viewings.len();
    Ok(match lacking.is_empty() {
        true => Outcome::pass(
            SURE,
            Prose::new(
                format!("登记查阅 {count} 次，项目齐全并经批准。"),
                format!("{count} viewings are entered, each complete and approved."),
            ),
        ),
        false => {
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
            json!({"file": "", "viewer": ""}),
        ] {
            let outcome = of(json!([viewing(json!({})), viewing(lacking.clone())]));
            assert_eq!(outcome.verdict, Verdict::Fail, "{lacking}");
            assert!(outcome.summary.zh.contains("第2行"), "{}", outcome.summary.zh);
        }
        assert_eq!(
            of(json!([viewing(json!({"file": "b.mp4", "viewer": ""}))])).verdict,
            Verdict::NotApplicable
        );
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
