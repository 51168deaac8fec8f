//! Whether the recording lies where the regulation wants it.

use crate::lang::Text;

use super::recorded::{Judged, SURE, UNSURE, extract, from_row, means, needed, row, settled};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params};

pub static CHECK: Check = Check {
    id: "storage-target",
    title: Text::new("存储位置", "storage target"),
    explain: Text::new(
        "核对每段录像是否存入规定的专用电脑、硬盘、采集设备或服务器。散存在个人电脑或存储卡上的资料难以统一管理。依据是台账或采集站登记的存储位置；本项不连接该设备，文件是否仍在其中由“保存期限”核对。",
        "Whether each recording was put on the dedicated computer, disk, station or server. What is scattered over private computers and cards cannot be managed. It rests on the place noted in the ledger or the dock's log; the device itself is not visited, and whether the file is still there belongs to the retention check.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[Param {
        name: "targets",
        kind: Kind::Texts,
        default: Default::None,
        reason: Text::new(
            "规定的存储设备，用台账中的说法；登记的位置须为其中之一。各制度不同，必须写明。",
            "The storage that the regulation names, as the ledger calls it; one of them must be noted. It differs from one regulation to the next, so it must be set.",
        ),
    }],
    judge: Judge::Decides(judge),
};

fn judge(case: &Case, params: &Params) -> Outcome {
    settled(weigh(case, params))
}

fn weigh(case: &Case, params: &Params) -> Judged {
    let extract = extract(case)?;
    let row = row(extract)?;
    let location = needed(extract, row, "location", row.location.as_deref())?;
    let targets = params.texts("targets");
    let wanted = targets.join("、");
    let private = PRIVATE.iter().find(|word| location.contains(*word));
    Ok(match targets.iter().any(|target| means(location, target)) {
        true if private.is_some() => Outcome::review(
            UNSURE,
            from_row(
                extract,
                row.at,
                format!("登记存储于“{location}”，是否为单位专用请人工核对"),
                format!(
                    "Stored on \"{location}\" by the ledger; whether that is the agency's is for a person to check"
                ),
            ),
        ),
        true => Outcome::pass(
            SURE,
            from_row(
                extract,
                row.at,
                format!("登记存储于“{location}”"),
                format!("Stored on \"{location}\" by the ledger"),
            ),
        ),
        false => Outcome::fail(
            SURE,
            from_row(
                extract,
                row.at,
                format!("登记存储于“{location}”，不是规定的{wanted}"),
                format!("Stored on \"{location}\" by the ledger, which is none of {wanted}"),
            ),
        ),
    })
}

/// Words that tell of somebody's own computer or disk.
const PRIVATE: [&str; 4] = ["个人", "私人", "自用", "自备"];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::records::*;
    use super::super::{Value, Verdict};
    use super::*;

    #[test]
    fn the_place_is_one_of_those_named() {
        let targets =
            [("targets", Value::Texts(["办公电脑", "移动硬盘", "采集器"].map(str::to_owned).to_vec()))];
        for (location, verdict) in [
            ("采集器1号", Verdict::Pass),
            ("专用移动硬盘A", Verdict::Pass),
            ("李强的个人移动硬盘", Verdict::Review),
            ("李强的笔记本", Verdict::Fail),
            ("", Verdict::NotAssessed),
        ] {
            let outcome =
                judged(&CHECK, &targets, json!({"clips": [clip_row(json!({"location": location}))]}));
            assert_eq!(outcome.verdict, verdict, "{location}: {outcome:?}");
        }
    }
}
