//! Whether the right people took the recording in.

use crate::lang::{Prose, Text};
use crate::records::{Clip, Extract};

use super::recorded::{Judged, NotAssessed, SURE, UNSURE, extract, from_row, lacks, means, row, settled};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params, Verdict};

pub static CHECK: Check = Check {
    id: "deposit-witness",
    title: Text::new("移交接收", "deposit witness"),
    explain: Text::new(
        "核对每段录像由谁接收存储，是否为规定的部门或人员，人数是否足够。录制人自己收、自己存，事后无法证明原样。依据是台账的接收人登记；登记的人是否真在场，本项看不到。",
        "Who took each recording in, whether that is the department or person the regulation names, and whether there were enough of them. What its maker keeps alone can hardly be shown to be unaltered. It rests on the ledger's entry; whether those people were really present cannot be seen.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[
        Param {
            name: "receivers",
            kind: Kind::Texts,
            default: Default::Texts(&[]),
            reason: Text::new(
                "可以接收的部门或人员，用台账中的说法。默认为空：台账登记了接收人即可。",
                "Departments or persons who may take it in, as the ledger names them. Empty, the default: any named person.",
            ),
        },
        Param {
            name: "persons",
            kind: Kind::Number { min: 1.0, max: 10.0 },
            default: Default::Number(1.0),
            reason: Text::new(
                "接收下载的最少人数。多数制度不要求人数，默认一人。",
                "How many must take part. Most regulations name no number: one.",
            ),
        },
        Param {
            name: "officers_may",
            kind: Kind::Flag,
            default: Default::Flag(false),
            reason: Text::new(
                "是否由录制的执法人员自己存入。条文写明由执法人员存储、上传的才为真；否则录制人自收自存的，交人工核对。",
                "Whether the officers who recorded it may deposit it themselves. True only where the article has them do it; else what its maker alone took in goes to a person.",
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
    let row = row(extract)?;
    let receivers = params.texts("receivers");
    let mut people = row.received_by.clone();
    people.sort();
    people.dedup();
    let persons = params.number("persons");
    let unit = row.received_unit.as_deref();
    if people.is_empty() && (persons > 1.0 || unit.is_none()) {
        let why = lacks(extract, "clips", "received_by", Some(row.at));
        return Err(NotAssessed(why.sentence("未能检查：", "Not assessed: ")));
    }
    let named = [unit.unwrap_or_default().to_owned(), people.join("、")];
    let named: Vec<&str> = named.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
    let named = named.join(" ");
    let right = receivers.is_empty()
        || unit
            .into_iter()
            .chain(people.iter().map(String::as_str))
            .any(|entry| receivers.iter().any(|receiver| means(entry, receiver)))
        || (params.flag("officers_may") && people.iter().any(|person| is_officer(extract, row, person)));
    let enough = people.len() as f64 >= persons || persons <= 1.0;
    let wanted = receivers.join("、");
    let told = |verdict, confidence, zh: String, en: String| {
        Outcome::new(verdict, confidence, from_row(extract, row.at, zh, en))
    };
    let outcome = if !right && unit.is_none() {
        let unit = lacks(extract, "clips", "received_unit", Some(row.at));
        return Err(NotAssessed(Prose::new(
            format!("登记的接收人是 {named}，应为{wanted}；{}，看不出是否为规定的部门或人员。", unit.zh),
            format!("Not assessed: {named} took it in, {wanted} should; {}.", unit.en),
        )));
    } else if !right {
        told(
            Verdict::Fail,
            SURE,
            format!("登记由{named}接收，不是规定的{wanted}"),
            format!("{named} took it in, not {wanted}"),
        )
    } else if !enough {
        told(
            Verdict::Fail,
            SURE,
            format!("登记由{named}接收，只有 {} 人，应为 {persons} 人以上", people.len()),
            format!("{named} took it in: {} persons of at least {persons}", people.len()),
        )
    } else if !params.flag("officers_may")
        && !people.is_empty()
        && people.iter().all(|person| Some(person) == row.user.as_ref())
    {
        told(
            Verdict::Review,
            UNSURE,
            format!("录制人{named}自己接收，请人工核对是否移交"),
            format!("{named} recorded it and took it in: was it handed over? Please check"),
        )
    } else {
        told(Verdict::Pass, SURE, format!("登记由{named}接收"), format!("{named} took it in"))
    };
    Ok(outcome.measure_against("receiving_persons", people.len() as f64, persons))
}

fn is_officer(extract: &Extract, row: &Clip, person: &String) -> bool {
    row.user.as_ref() == Some(person) || extract.event.is_some_and(|event| event.officers.contains(person))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Value;
    use super::super::testing::records::*;
    use super::*;

    fn of(params: &[(&'static str, Value)], row: serde_json::Value) -> Outcome {
        judged(&CHECK, params, json!({"events": [event_row(json!({}))], "clips": [clip_row(row)]}))
    }

    fn unit(name: &str) -> (&'static str, Value) {
        ("receivers", Value::Texts(vec![name.to_owned()]))
    }

    #[test]
    fn the_named_department_and_number_of_persons_take_it_in() {
        let two = [unit("劳动保障监察大队"), ("persons", Value::Number(2.0))];
        for (row, verdict) in [
            (json!({"received_unit": "劳动保障监察大队", "received_by": "王芳、李强"}), Verdict::Pass),
            (
                json!({"received_unit": "县劳动保障监察大队", "received_by": "王芳、李强、张伟"}),
                Verdict::Pass,
            ),
            (json!({"received_unit": "劳动保障监察大队", "received_by": "王芳"}), Verdict::Fail),
            (json!({"received_unit": "劳动保障监察大队", "received_by": "王芳、王芳"}), Verdict::Fail),
            (json!({"received_unit": "办公室", "received_by": "王芳、李强"}), Verdict::Fail),
            (json!({"received_by": "王芳、李强"}), Verdict::NotAssessed),
            (json!({"received_unit": "劳动保障监察大队"}), Verdict::NotAssessed),
        ] {
            let outcome = of(&two, row.clone());
            assert_eq!(outcome.verdict, verdict, "{row}: {outcome:?}");
        }
    }

    #[test]
    fn where_nobody_is_named_any_person_will_do_but_its_maker() {
        assert_eq!(of(&[], json!({"received_by": "赵敏"})).verdict, Verdict::Pass);
        assert_eq!(of(&[], json!({"user": "李强", "received_by": "李强"})).verdict, Verdict::Review);
        let outcome = of(&[], json!({}));
        assert_eq!(outcome.verdict, Verdict::NotAssessed);
        assert!(outcome.summary.zh.contains("接收人"), "{}", outcome.summary.zh);
    }

    #[test]
    fn officers_may_where_the_article_lets_them() {
        let officers = [unit("行政执法人员"), ("officers_may", Value::Flag(true))];
        assert_eq!(of(&officers, json!({"user": "李强", "received_by": "李强"})).verdict, Verdict::Pass);
        assert_eq!(of(&officers, json!({"received_by": "王芳"})).verdict, Verdict::Pass);
        assert_eq!(
            of(&officers, json!({"received_unit": "保洁公司", "received_by": "某人"})).verdict,
            Verdict::Fail
        );
    }
}
