//! Whether copies made as evidence say who made them and when.

use crate::lang::{Prose, Text};
use crate::records::Copy;

use super::recorded::{
    Judged, NotAssessed, Particulars, SURE, UNSURE, extract, from_row, listed, settled, sheet,
};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params};

pub static CHECK: Check = Check {
    id: "evidence-copy",
    title: Text::new("证据副本", "evidence copy"),
    explain: Text::new(
        "核对作为证据复制调取的录像是否附有文字说明，规定的项目是否齐全。依据是台账的复制登记；说明与光盘内容是否一致，可用摘要值核对，其余由人核查。",
        "Whether copies made as evidence come with a note that holds the particulars required. It rests on the ledger of copies; whether the note fits the disc can be checked by digest, the rest by a person.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[Param {
        name: "fields",
        kind: Kind::Texts,
        default: Default::None,
        reason: Text::new(
            "副本说明必须注明的项目。各制度不同，必须写明。",
            "Particulars that the note must hold. They differ, so they must be set.",
        ),
    }],
    judge: Judge::Decides(judge),
};

fn judge(case: &Case, params: &Params) -> Outcome {
    settled(weigh(case, params))
}

fn weigh(case: &Case, params: &Params) -> Judged {
    let extract = extract(case)?;
    sheet(extract, "copies")?;
    let copies: Vec<&Copy> = extract.matcher.lookup().copies(&extract.names());
    if copies.is_empty() {
        let evidence = extract.clip.filter(|row| row.is_evidence == Some(true));
        return Ok(match evidence {
            Some(row) => Outcome::review(
                UNSURE,
                from_row(
                    extract,
                    row.at,
                    "本段登记为作为证据使用，却没有复制登记，请人工核对",
                    "Entered as used in evidence, yet no copy is in the ledger: please check",
                ),
            ),
            None => Outcome::not_applicable(Prose::new(
                "台账没有登记本段录像作为证据复制。",
                "The ledger names no copy of this clip made as evidence.",
            )),
        });
    }
    let mut lacking = Vec::new();
    for copy in &copies {
        let particulars = Particulars::of(extract, *copy, params.texts("fields"));
        if let Some(field) = particulars.absent.first() {
            return Err(NotAssessed(Prose::new(
                format!("未能检查：“证据复制”表没有“{field}”栏。"),
                format!("Not assessed: the ledger of copies has no column {field}."),
            )));
        }
        if !particulars.empty.is_empty() {
            lacking.push(format!("第{}行缺{}", copy.at.row, particulars.empty.join("、")));
        }
    }
    let count = copies.len();
    Ok(match lacking.is_empty() {
        true => Outcome::pass(
            SURE,
            Prose::new(
                format!("登记复制 {count} 次，项目齐全。"),
                format!("{count} copies are entered, each complete."),
            ),
        ),
        false => {
            let shown = listed(&lacking);
            Outcome::fail(
                SURE,
                Prose::new(
                    format!("登记复制 {count} 次，不全：“证据复制”表{}。", shown.zh),
                    format!("{count} copies are entered, some not complete: {}.", shown.en),
                ),
            )
        }
    }
    .measure("evidence_copies", count as f64))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::records::*;
    use super::super::{Value, Verdict};
    use super::*;

    fn of(row: serde_json::Value, copies: serde_json::Value) -> Outcome {
        let fields = ["制作人", "提取人", "提取时间"].map(str::to_owned).to_vec();
        judged(
            &CHECK,
            &[("fields", Value::Texts(fields))],
            json!({"clips": [clip_row(row)], "copies": copies}),
        )
    }

    #[test]
    fn copies_name_maker_extractor_and_time() {
        let copy =
            json!({"file": CLIP, "maker": "赵敏", "extractor": "李强", "extracted": "2025-05-06 15:00"});
        assert_eq!(of(json!({}), json!([copy])).verdict, Verdict::Pass);
        for field in ["maker", "extractor", "extracted"] {
            let mut lacking = copy.clone();
            lacking[field] = json!("");
            assert_eq!(of(json!({}), json!([lacking])).verdict, Verdict::Fail, "{field}");
        }
        assert_eq!(of(json!({}), json!([{"file": CLIP, "maker": "赵敏"}])).verdict, Verdict::NotAssessed);
    }

    #[test]
    fn one_that_is_evidence_without_a_copy_goes_to_a_person() {
        assert_eq!(of(json!({"is_evidence": "是"}), json!([])).verdict, Verdict::Review);
        assert_eq!(of(json!({"is_evidence": "否"}), json!([])).verdict, Verdict::NotApplicable);
        let sheets = json!({"clips": [clip_row(json!({}))]});
        assert_eq!(
            judged(&CHECK, &[("fields", Value::Texts(vec!["制作人".into()]))], sheets).verdict,
            Verdict::NotAssessed
        );
    }
}
