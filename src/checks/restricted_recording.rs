//! Whether nothing was recorded that must not be, and secrets are marked.

use crate::lang::{Prose, Text};
use crate::records::{Event, Extract};

use super::recorded::{
    Judged, NotAssessed, SURE, UNSURE, event, extract, from_row, lacks, letters, means, needed, row,
    says_none, settled,
};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params, Verdict};

pub static CHECK: Check = Check {
    id: "restricted-recording",
    title: Text::new("涉密与禁录", "restricted recording"),
    explain: Text::new(
        "核对登记为涉密、涉及隐私或爆炸危险场所的执法活动：禁止记录的是否没有录，录下的涉密内容是否已标注并限制查阅。依据是案件清单和台账的标注、当事人同意的登记；画面中是否出现秘密或隐私，本项不作识别。",
        "For events that the records mark as concerning secrets, privacy or explosive zones: was nothing recorded where it must not be, and is what was recorded marked and its viewing restricted? It rests on the marks in the case list and the ledger and on consent noted there; secrets in the picture are not recognised.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[
        Param {
            name: "grounds",
            kind: Kind::Texts,
            default: Default::None,
            reason: Text::new(
                "条文列出的情形，用条文的说法。各制度不同，必须写明。",
                "The cases that the article lists, in its words. They differ, so they must be set.",
            ),
        },
        Param {
            name: "duty",
            kind: Kind::Choice(&["marked", "not-recorded"]),
            default: Default::Text("marked"),
            reason: Text::new(
                "条文的要求：not-recorded 不得记录，marked 可以不录，录下的须标注、保密。多数制度属后者。",
                "What the article demands: not to record at all, or to mark and restrict what was recorded. Most demand the latter.",
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
    let event = event(extract)?;
    match params.text("duty") {
        "not-recorded" => forbidden(extract, event, params.texts("grounds")),
        _ => marked(extract, event, params.texts("grounds")),
    }
}

/// Nothing is recorded where it must not be: there is a clip, so none of the cases may be entered.
fn forbidden(extract: &Extract, event: &Event, grounds: &[String]) -> Judged {
    let told = |verdict, confidence, zh: String, en: String| {
        Outcome::new(verdict, confidence, from_row(extract, event.at, zh, en))
    };
    for column in ["explosive_zone", "secrets"] {
        if !extract.records.has("events", column) {
            return needed(extract, event, column, None);
        }
    }
    if event.explosive_zone == Some(true) {
        let numbers = extract.clip.and_then(|row| row.device.as_deref()).into_iter();
        let mut numbers = numbers.chain(extract.devices.iter().map(String::as_str));
        let device = numbers.find_map(|number| extract.matcher.lookup().device(number));
        match device.and_then(|device| device.explosion_proof) {
            Some(true) => {}
            Some(false) => {
                return Ok(told(
                    Verdict::Fail,
                    SURE,
                    "登记为爆炸危险区域，所用设备不防爆，不得录像".to_owned(),
                    "An explosive zone, and the device is not explosion-proof: it must not be recorded"
                        .to_owned(),
                ));
            }
            None => {
                let why = lacks(extract, "devices", "explosion_proof", device.map(|device| device.at));
                return Err(NotAssessed(Prose::new(
                    format!("未能检查：登记为爆炸危险区域，{}。", why.zh),
                    format!("Not assessed: an explosive zone, and {}.", why.en),
                )));
            }
        }
    }
    let secrets: Vec<&String> = event.secrets.iter().filter(|secret| !says_none(secret)).collect();
    let unsuitable = event.unsuitable.as_deref().filter(|text| !says_none(text));
    let listed = secrets
        .iter()
        .find(|secret| matches!(standing(secret, grounds), Standing::Listed | Standing::Unclear));
    if let (Some(other), None) = (secrets.first(), listed) {
        return Ok(told(
            Verdict::Review,
            UNSURE,
            format!("登记涉及{other}，不在条文所列的情形之内，却有录像，请人工核对"),
            format!(
                "{other}, which is entered, is none of the cases listed, yet it was recorded: please check"
            ),
        ));
    }
    if let Some(secret) = listed {
        return match event.consent {
            Some(true) => Ok(told(
                Verdict::Pass,
                SURE,
                format!("涉及{secret}，登记当事人同意录像"),
                format!("{secret} is concerned, and the party agreed"),
            )),
            Some(false) => Ok(told(
                Verdict::Fail,
                SURE,
                format!("涉及{secret}，登记当事人不同意，不得录像"),
                format!("{secret} is concerned and the party did not agree: it must not be recorded"),
            )),
            None => needed(extract, event, "consent", None),
        };
    }
    Ok(match (unsuitable, event.explosive_zone == Some(true)) {
        (Some(reason), _) => told(
            Verdict::Review,
            UNSURE,
            format!("登记有不适宜录像的情形（{reason}），却有录像，请人工核对"),
            format!("Entered as unsuitable ({reason}), yet recorded: please check"),
        ),
        (None, true) => told(
            Verdict::Pass,
            SURE,
            "登记为爆炸危险区域，所用设备防爆".to_owned(),
            "An explosive zone, and the device is explosion-proof".to_owned(),
        ),
        (None, false) => told(
            Verdict::NotApplicable,
            1.0,
            "没有登记不得录像的情形".to_owned(),
            "No case is entered in which it must not be recorded".to_owned(),
        ),
    })
}

/// What concerns secrets is marked, and its viewing restricted.
fn marked(extract: &Extract, event: &Event, grounds: &[String]) -> Judged {
    if !extract.records.has("events", "secrets") {
        return needed(extract, event, "secrets", None);
    }
    let secrets: Vec<&str> =
        event.secrets.iter().map(String::as_str).filter(|secret| !says_none(secret)).collect();
    if secrets.is_empty() {
        return Ok(Outcome::not_applicable(from_row(
            extract,
            event.at,
            "没有登记涉密情形",
            "No secrets are entered",
        )));
    }
    let concerned = secrets.join("、");
    let standings: Vec<Standing> = secrets.iter().map(|secret| standing(secret, grounds)).collect();
    if !standings.contains(&Standing::Listed) {
        return Ok(match standings.contains(&Standing::Unclear) {
            false => Outcome::not_applicable(from_row(
                extract,
                event.at,
                format!("登记的情形（{concerned}）不在本条之内"),
                format!("What is entered ({concerned}) is none of this clause's cases"),
            )),
            true => Outcome::review(
                UNSURE,
                from_row(
                    extract,
                    event.at,
                    format!("登记的情形（{concerned}）看不出是否属于本条，请人工核对"),
                    format!(
                        "Whether what is entered ({concerned}) is one of this clause's cases is for a person to say"
                    ),
                ),
            ),
        });
    }
    let row = row(extract)?;
    for column in ["marked", "restricted"] {
        if !extract.records.has("clips", column) {
            return needed(extract, row, column, None);
        }
    }
    let lacking: Vec<&str> = [(row.marked, "标注"), (row.restricted, "限制查阅")]
        .into_iter()
        .filter_map(|(done, what)| (done != Some(true)).then_some(what))
        .collect();
    Ok(match lacking.is_empty() {
        true => Outcome::pass(
            SURE,
            from_row(
                extract,
                row.at,
                format!("涉及{concerned}，已标注并限制查阅"),
                format!("{concerned} is concerned; it is marked and its viewing restricted"),
            ),
        ),
        false => Outcome::fail(
            SURE,
            from_row(
                extract,
                row.at,
                format!("涉及{concerned}，没有登记{}", lacking.join("、")),
                format!("{concerned} is concerned, and the ledger lacks: {}", lacking.join(", ")),
            ),
        ),
    })
}

/// How an entry stands to the cases of a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Listed,
    /// A secret, but of which kind the entry does not say.
    Unclear,
    Other,
}

fn standing(entry: &str, grounds: &[String]) -> Standing {
    /// Kinds of secret that the regulations tell apart; of another kind than the clause's is none of its cases.
    const KINDS: [&str; 8] =
        ["国家秘密", "商业秘密", "个人隐私", "个人信息", "军事", "技术秘密", "工作秘密", "警务秘密"];
    /// Words that tell of a secret all the same.
    const SIGNS: [&str; 4] = ["密", "隐私", "个人信息", "敏感"];
    let plain = letters(entry);
    if grounds.iter().any(|ground| means(entry, ground)) {
        Standing::Listed
    } else if KINDS.iter().any(|kind| plain.contains(kind)) || !SIGNS.iter().any(|sign| plain.contains(sign))
    {
        Standing::Other
    } else {
        Standing::Unclear
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Value;
    use super::super::testing::records::*;
    use super::*;

    fn grounds(duty: &str) -> [(&'static str, Value); 2] {
        [
            ("grounds", Value::Texts(["国家秘密", "商业秘密", "个人隐私"].map(str::to_owned).to_vec())),
            ("duty", Value::Text(duty.to_owned())),
        ]
    }

    fn recorded(event_more: serde_json::Value, proof: serde_json::Value) -> Outcome {
        let sheets = json!({"events": [event_row(event_more)], "clips": [clip_row(json!({}))], "devices": [{"number": "J1", "explosion_proof": proof}]});
        judged(&CHECK, &grounds("not-recorded"), sheets)
    }

    #[test]
    fn nothing_is_recorded_where_it_must_not_be() {
        for (entered, proof, verdict) in [
            (json!({"explosive_zone": "否", "secrets": "无"}), "否", Verdict::NotApplicable),
            (json!({"explosive_zone": "是", "secrets": "无"}), "否", Verdict::Fail),
            (json!({"explosive_zone": "是", "secrets": "无"}), "是", Verdict::Pass),
            (json!({"explosive_zone": "是", "secrets": "无"}), "", Verdict::NotAssessed),
            (json!({"explosive_zone": "否", "secrets": "商业秘密", "consent": "是"}), "否", Verdict::Pass),
            (json!({"explosive_zone": "否", "secrets": "商业秘密", "consent": "否"}), "否", Verdict::Fail),
            (json!({"explosive_zone": "否", "secrets": "商业秘密"}), "否", Verdict::NotAssessed),
            (json!({"explosive_zone": "否", "secrets": "涉密", "consent": "否"}), "否", Verdict::Fail),
            (json!({"explosive_zone": "否", "secrets": "现场嘈杂", "consent": "否"}), "否", Verdict::Review),
            (
                json!({"explosive_zone": "否", "secrets": "无", "unsuitable": "未成年人"}),
                "否",
                Verdict::Review,
            ),
            (json!({"secrets": "无"}), "否", Verdict::NotAssessed),
        ] {
            let outcome = recorded(entered.clone(), json!(proof));
            assert_eq!(outcome.verdict, verdict, "{entered} {proof}: {outcome:?}");
        }
    }

    #[test]
    fn secrets_are_marked_and_restricted() {
        let of = |secrets: &str, row: serde_json::Value| {
            let sheets =
                json!({"events": [event_row(json!({"secrets": secrets}))], "clips": [clip_row(row)]});
            judged(&CHECK, &grounds("marked"), sheets).verdict
        };
        assert_eq!(of("商业秘密", json!({"marked": "是", "restricted": "是"})), Verdict::Pass);
        assert_eq!(of("商业秘密", json!({"marked": "是", "restricted": "否"})), Verdict::Fail);
        assert_eq!(of("商业秘密", json!({"marked": "是", "restricted": ""})), Verdict::Fail);
        assert_eq!(of("商业秘密", json!({"marked": "是"})), Verdict::NotAssessed);
        assert_eq!(of("无", json!({})), Verdict::NotApplicable);
        assert_eq!(of("", json!({})), Verdict::NotApplicable);
        assert_eq!(of("现场嘈杂", json!({})), Verdict::NotApplicable);
        // Another clause's case, and a secret of which nobody knows the kind.
        assert_eq!(of("工作秘密", json!({})), Verdict::NotApplicable);
        assert_eq!(of("涉密", json!({})), Verdict::Review);
        assert_eq!(of("不涉及商业秘密", json!({})), Verdict::NotApplicable);
    }
}
