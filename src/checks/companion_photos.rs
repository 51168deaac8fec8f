//! Whether key stages have photographs beside the film.

use crate::lang::Text;

use super::recorded::{Judged, SURE, extract, from_row, needed, row, settled};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params};

pub static CHECK: Check = Check {
    id: "companion-photos",
    title: Text::new("配套照片", "companion photos"),
    explain: Text::new(
        "核对关键执法节点除录像外是否有照片。录像画面小、压缩重，证据的细节往往要靠照片。依据是台账登记的照片数量；照片拍了什么、是否清楚，本项看不到。",
        "Whether key stages have photographs beside the recording. Film is small and compressed; the detail of an exhibit often needs a photograph. It rests on the number of photographs in the ledger; what they show cannot be seen.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[Param {
        name: "min_photos",
        kind: Kind::Number { min: 1.0, max: 1000.0 },
        default: Default::Number(1.0),
        reason: Text::new(
            "每次执法活动的最少照片数。条文没有写明张数，有照片即可。",
            "Photographs for each event at least. The article names no number, so one will do.",
        ),
    }],
    judge: Judge::Decides(judge),
};

fn judge(case: &Case, params: &Params) -> Outcome {
    settled(weigh(case, params))
}

fn weigh(case: &Case, params: &Params) -> Judged {
    let extract = extract(case)?;
    let of_event = extract.event.and_then(|event| Some((event.at, event.photos?)));
    let of_clip = extract.clip.and_then(|row| Some((row.at, row.photos?)));
    let Some((at, photos)) = of_event.or(of_clip) else {
        return match (extract.event, extract.clip) {
            (Some(event), _) => needed(extract, event, "photos", None),
            _ => needed(extract, row(extract)?, "photos", None),
        };
    };
    let wanted = params.number("min_photos");
    let outcome = match f64::from(photos) >= wanted {
        true => Outcome::pass(
            SURE,
            from_row(
                extract,
                at,
                format!("登记有照片 {photos} 张"),
                format!("{photos} photographs are entered"),
            ),
        ),
        false => Outcome::fail(
            SURE,
            from_row(
                extract,
                at,
                format!("登记有照片 {photos} 张，应有 {wanted} 张以上"),
                format!("{photos} photographs are entered, of at least {wanted}"),
            ),
        ),
    };
    Ok(outcome.measure_against("photographs", f64::from(photos), wanted))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Verdict;
    use super::super::testing::records::*;
    use super::*;

    #[test]
    fn there_are_as_many_as_required() {
        for (of_event, of_clip, verdict) in [
            (json!(1), json!(""), Verdict::Pass),
            (json!(0), json!(3), Verdict::Fail),
            (json!(""), json!(2), Verdict::Pass),
            (json!(""), json!(""), Verdict::NotAssessed),
        ] {
            let sheets = json!({"events": [event_row(json!({"photos": of_event}))], "clips": [clip_row(json!({"photos": of_clip}))]});
            assert_eq!(judged(&CHECK, &[], sheets).verdict, verdict, "{of_event} {of_clip}");
        }
    }
}
