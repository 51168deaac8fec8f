//! Whether the clip is byte for byte what was deposited.

use crate::lang::{Prose, Text};

use super::recorded::{Judged, NotAssessed, SURE, extract, from_row, needed, row, settled};
use super::{Basis, Case, Check, Judge, Outcome, Params};

pub static CHECK: Check = Check {
    id: "original-integrity",
    title: Text::new("原件完整", "original integrity"),
    explain: Text::new(
        "核对文件现在的摘要值与存入时登记的是否一致。一致说明存入之后一个字节也没有变过；不一致说明文件已不是存入时的那一份，原因由人查明。依据是文件的 SHA-256 或 SM3 和台账登记值；存入之前的改动不在本项之内，由“编辑痕迹”查看。",
        "Whether the file's digest is the one noted at deposit. If so, not a byte has changed since; if not, it is no longer the file that was deposited, and a person must find out why. It rests on the file's SHA-256 or SM3 and the ledger's value; what happened before the deposit is the edit-traces check's question.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[],
    judge: Judge::Decides(judge),
};

fn judge(case: &Case, _: &Params) -> Outcome {
    settled(weigh(case))
}

fn weigh(case: &Case) -> Judged {
    let extract = extract(case)?;
    let row = row(extract)?;
    let digest = needed(extract, row, "digest", row.digest.as_deref())?;
    let facts = &case.evidence.clip;
    let own: Vec<&str> = [facts.sha256.as_deref(), facts.sm3.as_deref()].into_iter().flatten().collect();
    if own.is_empty() {
        return Err(NotAssessed(Prose::new(
            "没有计算文件的摘要值，未能检查。",
            "Not assessed: the file's digest was not computed.",
        )));
    }
    Ok(match own.contains(&digest) {
        true => Outcome::pass(
            1.0,
            from_row(
                extract,
                row.at,
                "文件与存入时登记的校验值一致",
                "The file's digest is the one noted at deposit",
            ),
        ),
        // Whether a wrong digest was noted or the file is another, the digests do not tell.
        false => Outcome::fail(
            SURE,
            from_row(
                extract,
                row.at,
                "文件与存入时登记的校验值不一致，疑似不是存入时的那一份，请查明原因",
                "The file's digest is not the one noted at deposit: it is suspected not to be the file that was deposited",
            ),
        ),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Verdict;
    use super::super::testing::records::*;
    use super::*;

    #[test]
    fn either_digest_will_do() {
        for (digest, verdict) in [
            ("a".repeat(64), Verdict::Pass),
            (format!("SM3:{}", "B".repeat(64)), Verdict::Pass),
            ("c".repeat(64), Verdict::Fail),
            (String::new(), Verdict::NotAssessed),
        ] {
            let outcome = judged(&CHECK, &[], json!({"clips": [clip_row(json!({"digest": digest}))]}));
            assert_eq!(outcome.verdict, verdict, "{digest}: {outcome:?}");
        }
    }

    #[test]
    fn a_file_whose_digest_was_not_taken_is_not_assessed() {
        let mut evidence = evidence(CLIP);
        (evidence.clip.sha256, evidence.clip.sm3) = (None, None);
        let outcome = judged_evidence(
            &CHECK,
            &[],
            &evidence,
            json!({"clips": [clip_row(json!({"digest": "a".repeat(64)}))]}),
        );
        assert_eq!(outcome.verdict, Verdict::NotAssessed);
        let outcome = judged(&CHECK, &[], json!({"clips": [{"file": "b.mp4"}]}));
        assert!(outcome.summary.zh.contains("没有找到本段录像"), "{}", outcome.summary.zh);
    }
}
