//! Whether what must be kept for good is.

use crate::lang::{Prose, Text};
use crate::records::{At, Disc, Extract, Hold};

use super::recorded::{
    Judged, NotAssessed, Particulars, SURE, UNSURE, extract, from_row, letters, listed, means, says, settled,
    sheet, stops,
};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params, Verdict};

pub static CHECK: Check = Check {
    id: "long-term-preservation",
    title: Text::new("长期保存", "long-term preservation"),
    explain: Text::new(
        "核对有长期保存事由的录像是否已刻录光盘或转存专门硬盘，份数和标签项目是否符合规定。这类录像多涉及争议，超过一般期限后仍会用到。依据是台账登记的事由、光盘编号和标签；录像中疑似出现异议、阻碍、辱骂的，由“文明用语”提示人工，是否构成事由由人认定。光盘能否读出，本项看不到。",
        "Whether recordings with a ground for long-term preservation were put on disc or a dedicated disk, in as many copies and with such labels as required. They tend to concern disputes and are wanted after the ordinary term. It rests on the grounds, disc numbers and labels in the ledger; dispute, obstruction or abuse in the footage is hinted at by the conduct check, and a person decides whether it is a ground. Whether a disc can still be read cannot be seen.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[
        Param {
            name: "grounds",
            kind: Kind::Texts,
            default: Default::None,
            reason: Text::new(
                "长期保存的事由，用条文的说法。各制度不同，必须写明。",
                "The grounds, in the article's words. They differ from one regulation to the next, so they must be set.",
            ),
        },
        Param {
            name: "signs",
            kind: Kind::Texts,
            default: Default::Texts(&[]),
            reason: Text::new(
                "案件清单、台账的其他栏目中表明可能有上述事由的词；有而没有登记事由的，交人工核对。默认为空：只看登记的事由。",
                "Words in other columns of the case list and the ledger that tell of a ground; where one stands and no ground is entered, a person should check. Empty, the default: only grounds that are entered count.",
            ),
        },
        Param {
            name: "copies",
            kind: Kind::Number { min: 1.0, max: 10.0 },
            default: Default::Number(1.0),
            reason: Text::new(
                "最少份数。条文写明一式两份的为2，未写明的为一份。",
                "Copies at least: two where the article says so, else one.",
            ),
        },
        Param {
            name: "label",
            kind: Kind::Texts,
            default: Default::Texts(&[]),
            reason: Text::new(
                "光盘标签或封套必须标明的项目。默认为空：条文没有规定标签。",
                "What the label must say. Empty, the default, where the article does not say.",
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
    sheet(extract, "holds")?;
    let (lookup, names) = (extract.matcher.lookup(), extract.names());
    let holds: Vec<&Hold> = lookup.holds(&names, extract.event);
    let Some(first) = holds.first() else { return without_hold(extract, params.texts("signs")) };
    sheet(extract, "discs")?;
    let discs: Vec<&Disc> = lookup.discs(&names, extract.event);
    let copies: u32 = discs.iter().map(|disc| disc.copies.unwrap_or(1)).sum();
    let wanted = params.number("copies");
    let label = params.texts("label");
    let labels: Vec<(&Disc, Particulars)> =
        discs.iter().map(|disc| (*disc, Particulars::of(extract, *disc, label))).collect();
    let grounds = params.texts("grounds");
    let entered: Vec<&str> = holds.iter().filter_map(|hold| hold.ground.as_deref()).collect();
    let listed_ground = entered.iter().any(|entry| grounds.iter().any(|ground| means(entry, ground)));
    let told = |verdict, confidence, zh: String, en: String| {
        Outcome::new(verdict, confidence, from_row(extract, first.at, zh, en))
    };
    let empty = labels.iter().find(|(_, label)| !label.empty.is_empty());
    let absent = labels.iter().find(|(_, label)| !label.absent.is_empty());
    let outcome = if f64::from(copies) < wanted {
        told(
            Verdict::Fail,
            SURE,
            format!("应长期保存，登记的光盘或硬盘有 {copies} 份，应为 {wanted} 份"),
            format!("To be kept for good: {copies} copies of {wanted} are in the ledger"),
        )
    } else if let Some((disc, label)) = empty {
        let empty = listed(&label.empty);
        Outcome::fail(
            SURE,
            from_row(
                extract,
                disc.at,
                format!("光盘标签缺少{}", empty.zh),
                format!("The disc's label lacks {}", empty.en),
            ),
        )
    } else if let Some((_, label)) = absent {
        let absent = listed(&label.absent);
        return Err(NotAssessed(Prose::new(
            format!("未能检查：光盘登记没有“{}”栏。", absent.zh),
            format!("Not assessed: the ledger of discs has no column {}.", absent.en),
        )));
    } else if !listed_ground {
        told(
            Verdict::Review,
            UNSURE,
            format!(
                "已保存 {copies} 份；登记的事由（{}）不是条文的说法，是否属于所列情形请人工核对",
                entered.join("、")
            ),
            format!(
                "{copies} copies are kept; whether the ground entered ({}) is one that the article lists is for a person to check",
                entered.join(", ")
            ),
        )
    } else {
        told(
            Verdict::Pass,
            SURE,
            format!("因{}长期保存，登记有 {copies} 份", entered.join("、")),
            format!("Kept for good ({}): {copies} copies are in the ledger", entered.join(", ")),
        )
    };
    Ok(outcome.measure_against("copies_kept", f64::from(copies), wanted))
}

/// No ground is entered as such; the case list or the ledger may tell of one all the same.
fn without_hold(extract: &Extract, signs: &[String]) -> Judged {
    for (at, entry) in entries(extract) {
        let plain = letters(entry);
        if let Some(sign) = signs.iter().find(|sign| says(&plain, sign)) {
            return Ok(Outcome::review(
                UNSURE,
                from_row(
                    extract,
                    at,
                    format!(
                        "台账没有登记长期保存事由，但有“{entry}”的记载（{sign}），是否应长期保存请人工核对"
                    ),
                    format!(
                        "No ground for keeping it for good is entered, yet \"{entry}\" is ({sign}); whether it must be kept is for a person to check"
                    ),
                ),
            ));
        }
    }
    Ok(Outcome::not_applicable(Prose::new(
        "台账没有登记本段录像的长期保存事由。",
        "The ledger names no ground for keeping this clip for good.",
    )))
}

/// What is written down of the clip, its event and its stops, in free words.
fn entries<'a>(extract: &'a Extract) -> impl Iterator<Item = (At, &'a str)> {
    let of_event = extract.event.into_iter().flat_map(|event| {
        let texts = [&event.case, &event.matter, &event.reason, &event.special, &event.unsuitable];
        let texts = texts.into_iter().flatten().chain(&event.kind).chain(&event.stages);
        texts.map(|text| (event.at, text.as_str()))
    });
    let of_clip = extract.clip.into_iter().flat_map(|row| {
        let texts = [&row.title, &row.category, &row.case, &row.content, &row.special];
        texts.into_iter().flatten().map(|text| (row.at, text.as_str()))
    });
    let of_stops = stops(extract).into_iter().filter_map(|stop| Some((stop.at, stop.reason.as_deref()?)));
    of_event.chain(of_clip).chain(of_stops)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Value;
    use super::super::testing::records::*;
    use super::*;

    fn params() -> [(&'static str, Value); 3] {
        let texts = |texts: &[&str]| Value::Texts(texts.iter().map(|&text| text.to_owned()).collect());
        [
            ("grounds", texts(&["对现场执法有异议，可能投诉、上访", "其他重大、敏感情况"])),
            ("copies", Value::Number(2.0)),
            ("label", texts(&["制作单位", "制作人", "制作时间", "执法活动或者案件名称", "标号"])),
        ]
    }

    fn of(hold: serde_json::Value, discs: serde_json::Value) -> Outcome {
        judged(
            &CHECK,
            &params(),
            json!({"events": [event_row(json!({}))], "clips": [clip_row(json!({}))], "holds": [hold], "discs": discs}),
        )
    }

    fn disc() -> serde_json::Value {
        json!({"file": CLIP, "copies": 2, "made_by_unit": "某局", "made_by": "赵敏", "made": "2025-03-20 10:00", "title": "某案", "number": "1号"})
    }

    #[test]
    fn two_labelled_copies_are_kept() {
        let hold = json!({"file": CLIP, "ground": "对现场执法有异议"});
        assert_eq!(of(hold.clone(), json!([disc()])).verdict, Verdict::Pass);
        let single = {
            let mut disc = disc();
            disc["copies"] = json!(1);
            disc
        };
        assert_eq!(of(hold.clone(), json!([single.clone()])).verdict, Verdict::Fail);
        assert_eq!(of(hold.clone(), json!([single.clone(), single])).verdict, Verdict::Pass);
        assert_eq!(of(hold.clone(), json!([])).verdict, Verdict::Fail);
        let mut unlabelled = disc();
        unlabelled["made_by"] = json!("");
        let outcome = of(hold, json!([unlabelled]));
        assert!(outcome.verdict == Verdict::Fail && outcome.summary.zh.contains("制作人"), "{outcome:?}");
    }

    #[test]
    fn an_events_hold_concerns_its_clips_and_other_grounds_go_to_a_person() {
        let by_event = json!({"event": "E1", "ground": "对现场执法有异议，投诉"});
        let mut of_event = disc();
        of_event["file"] = json!("");
        of_event["event"] = json!("E1");
        assert_eq!(of(by_event, json!([of_event])).verdict, Verdict::Pass);
        assert_eq!(of(json!({"file": CLIP, "ground": "领导要求"}), json!([disc()])).verdict, Verdict::Review);
    }

    #[test]
    fn a_ground_that_the_records_tell_of_elsewhere_goes_to_a_person() {
        let signs = ["阻碍", "强制措施"].map(str::to_owned).to_vec();
        let params = [params().as_slice(), &[("signs", Value::Texts(signs))]].concat();
        let of = |event: serde_json::Value, stop_reason: &str| {
            let stop = json!({"event": "E1", "stopped": "2025-03-14 09:50", "reason": stop_reason});
            let sheets = json!({"events": [event_row(event)], "clips": [clip_row(json!({}))], "holds": [], "interruptions": [stop]});
            judged(&CHECK, &params, sheets).verdict
        };
        assert_eq!(of(json!({}), "电量不足"), Verdict::NotApplicable);
        assert_eq!(of(json!({}), "当事人阻碍执法"), Verdict::Review);
        assert_eq!(of(json!({"kind": "实施行政强制措施"}), ""), Verdict::Review);
        assert_eq!(of(json!({"special": "无阻碍"}), ""), Verdict::NotApplicable);
    }

    #[test]
    fn without_a_ground_it_does_not_apply_and_without_the_sheet_nobody_knows() {
        assert_eq!(of(json!({"file": "b.mp4", "ground": "异议"}), json!([])).verdict, Verdict::NotApplicable);
        assert_eq!(
            judged(&CHECK, &params(), json!({"clips": [clip_row(json!({}))]})).verdict,
            Verdict::NotAssessed
        );
    }
}
