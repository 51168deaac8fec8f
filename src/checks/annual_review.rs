//! Whether the year's review took place and left a record.

use crate::lang::{Prose, Text};
use crate::records::Review;

use super::recorded::{
    Judged, NotAssessed, SURE, UNSURE, extract, from_row, lacks, says_none, settled, sheet,
};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params};

pub static CHECK: Check = Check {
    id: "annual-review",
    title: Text::new("年度评查", "annual review"),
    explain: Text::new(
        "核对每年是否按规定次数组织音像记录资料评查，并留有记录。依据是台账的评查登记；评查质量由人判断。",
        "Whether the recordings were reviewed as many times a year as required, with a record of it. It rests on the ledger of reviews; how good a review was is for a person to say.",
    ),
    basis: Basis::Ledger,
    needs: &[],
    params: &[Param {
        name: "reviews_per_year",
        kind: Kind::Number { min: 1.0, max: 12.0 },
        default: Default::Number(1.0),
        reason: Text::new(
            "每年最少次数。条文写明“至少组织一次”。",
            "Times a year at least. The articles say once.",
        ),
    }],
    judge: Judge::Decides(judge),
};

fn judge(case: &Case, params: &Params) -> Outcome {
    settled(weigh(case, params))
}

fn weigh(case: &Case, params: &Params) -> Judged {
    let extract = extract(case)?;
    sheet(extract, "reviews")?;
    let book = extract.records.rows.book.first();
    let year = extract
        .own
        .as_ref()
        .map(|own| own.start.year())
        .or(book.and_then(|book| book.year).and_then(|year| i16::try_from(year).ok()));
    let Some(year) = year else {
        return Err(NotAssessed(Prose::new(
            "未能检查：不知道本段录像属于哪一年。",
            "Not assessed: nobody knows of which year this clip is.",
        )));
    };
    let reviews: Vec<&Review> = extract
        .records
        .rows
        .reviews
        .iter()
        .filter(|review| review.date.is_some_and(|date| date.year() == year))
        .collect();
    let wanted = params.number("reviews_per_year");
    let held = reviews.len() as f64;
    let unrecorded = reviews.iter().find(|review| review.record.as_deref().is_none_or(says_none));
    let as_of = book.and_then(|book| book.as_of);
    let outcome = if held < wanted {
        match as_of {
            Some(as_of) if as_of.year() > year || as_of == jiff::civil::date(year, 12, 31) => Outcome::fail(
                SURE,
                Prose::new(
                    format!("{year} 年登记评查 {held} 次，应至少 {wanted} 次。"),
                    format!("{held} reviews are entered for {year}, of at least {wanted}."),
                ),
            ),
            Some(as_of) => Outcome::not_applicable(Prose::new(
                format!("{year} 年登记评查 {held} 次；台账只到 {as_of}，这一年还没有过完。"),
                format!(
                    "{held} reviews are entered for {year}; the records go up to {as_of} only, and the year is not over."
                ),
            )),
            None => {
                let why = lacks(extract, "book", "as_of", book.map(|book| book.at));
                return Err(NotAssessed(Prose::new(
                    format!("未能检查：{year} 年登记评查 {held} 次；{}，不知这一年是否已过完。", why.zh),
                    format!(
                        "Not assessed: {held} reviews are entered for {year}; {}, so nobody knows whether the year is over.",
                        why.en
                    ),
                )));
            }
        }
    } else if let Some(review) = unrecorded {
        Outcome::review(
            UNSURE,
            from_row(
                extract,
                review.at,
                format!("{year} 年登记评查 {held} 次，但没有登记评查记录，请人工核对"),
                format!("{held} reviews are entered for {year}, yet no record of one: please check"),
            ),
        )
    } else {
        Outcome::pass(
            SURE,
            Prose::new(
                format!("{year} 年登记评查 {held} 次，有记录。"),
                format!("{held} reviews are entered for {year}, with their records."),
            ),
        )
    };
    Ok(outcome.measure_against("reviews_held", held, wanted))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Verdict;
    use super::super::testing::records::*;
    use super::*;

    fn of(reviews: serde_json::Value, as_of: &str) -> Outcome {
        judged(
            &CHECK,
            &[],
            json!({"book": [{"unit": "某局", "as_of": as_of}], "clips": [clip_row(json!({}))], "reviews": reviews}),
        )
    }

    #[test]
    fn a_year_has_its_review_or_is_not_over() {
        let review = |date: &str, record: &str| json!([{"date": date, "record": record}]);
        for (reviews, as_of, verdict) in [
            (review("2025-12-31", "评查1号"), "2025-12-31", Verdict::Pass),
            (review("2025-01-01", ""), "2025-12-31", Verdict::Review),
            (review("2024-12-31", "评查1号"), "2025-12-31", Verdict::Fail),
            (review("2026-01-01", "评查1号"), "2026-01-02", Verdict::Fail),
            (json!([]), "2025-12-30", Verdict::NotApplicable),
            (json!([]), "", Verdict::NotAssessed),
        ] {
            let outcome = of(reviews.clone(), as_of);
            assert_eq!(outcome.verdict, verdict, "{reviews} {as_of}: {outcome:?}");
        }
    }

    #[test]
    fn without_the_sheet_it_is_not_assessed() {
        let outcome = judged(&CHECK, &[], json!({"clips": [clip_row(json!({}))]}));
        assert!(
            outcome.verdict == Verdict::NotAssessed && outcome.summary.zh.contains("评查"),
            "{outcome:?}"
        );
    }
}
