//! Whether the ledger says who had the camera.

use crate::lang::{Prose, Text};
use crate::records::{Device, Extract, Handover, seconds_between};

use super::recorded::{
    Judged, NotAssessed, Particulars, SURE, UNSURE, column_of, extract, from_row, listed, moment, needed,
    settled, sheet,
};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params, Verdict};

pub static CHECK: Check = Check {
    id: "device-ledger",
    title: Text::new("设备台账", "device ledger"),
    explain: Text::new(
        "核对每段录像所用设备在台账中是否有该时间的使用登记，规定的栏目是否填写，一台设备是否由专人管理。录像出自谁手说不清，证明力就会受损。依据是台账、文件名和水印中的设备编号；登记是否与实际一致，本项看不到。",
        "Whether the ledger has an entry for the recording's device at its time, with the particulars required, and one keeper for each device. A recording of unknown hand proves less. It rests on the ledger and on the device number in the file's name and the overlay; whether the entry is true cannot be seen.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[
        Param {
            name: "fields",
            kind: Kind::Texts,
            default: Default::None,
            reason: Text::new(
                "台账必须载明的项目。各制度不同，必须写明。",
                "Particulars that the ledger must hold. They differ from one regulation to the next, so they must be set.",
            ),
        },
        Param {
            name: "one_keeper",
            kind: Kind::Flag,
            default: Default::Flag(false),
            reason: Text::new(
                "每台设备是否须定人管理。条文写明“定人管理”的才为真。",
                "Whether each device must have exactly one keeper. True only where the article says so.",
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
    let (number, known) = device(extract)?;
    let fields = params.texts("fields");
    let (of_device, others): (Vec<String>, Vec<String>) =
        fields.iter().cloned().partition(|field| column_of("devices", field).is_some());
    if params.flag("one_keeper") || !of_device.is_empty() {
        sheet(extract, "devices")?;
        let Some(device) = known else {
            return Ok(Outcome::fail(
                SURE,
                Prose::new(
                    format!("设备台账没有 {number} 这台设备。"),
                    format!("The list of devices has no {number}."),
                ),
            ));
        };
        let outcome = keeper(extract, device, &of_device, params.flag("one_keeper"))?;
        if outcome.verdict != Verdict::Pass || others.is_empty() {
            return Ok(outcome);
        }
    }
    handover(extract, &number, &others)
}

/// The clip's device: its number, and its row where the ledger lists it.
fn device<'a>(extract: &'a Extract) -> Result<(String, Option<&'a Device>), NotAssessed> {
    let lookup = extract.matcher.lookup();
    if let Some(number) = extract.clip.and_then(|row| row.device.as_ref()) {
        return Ok((number.clone(), lookup.device(number)));
    }
    let known = extract.devices.iter().find_map(|number| lookup.device(number));
    match (known, extract.devices.first()) {
        (Some(device), _) => Ok((device.number.clone().unwrap_or_default(), Some(device))),
        (None, Some(number)) => Ok((number.clone(), None)),
        (None, None) => Err(NotAssessed(Prose::new(
            "文件名、水印和台账都没有设备编号，未能检查。",
            "Not assessed: neither file name, picture nor ledger names the device.",
        ))),
    }
}

fn keeper(extract: &Extract, device: &Device, fields: &[String], one: bool) -> Judged {
    let particulars = Particulars::of(extract, device, fields);
    if let Some(field) = particulars.absent.first() {
        return Err(NotAssessed(Prose::new(
            format!("未能检查：设备台账没有“{field}”栏。"),
            format!("Not assessed: the list of devices has no column {field}."),
        )));
    }
    let number = device.number.as_deref().unwrap_or_default();
    let told =
        |verdict, zh: String, en: String| Outcome::new(verdict, SURE, from_row(extract, device.at, zh, en));
    Ok(match (particulars.empty.first(), device.keeper.as_slice()) {
        (Some(field), _) => told(
            Verdict::Fail,
            format!("设备 {number} 没有登记{field}"),
            format!("{field} is not entered for device {number}"),
        ),
        (None, keepers) if one && keepers.len() > 1 => told(
            Verdict::Fail,
            format!("设备 {number} 登记了 {} 名保管人（{}），应定人管理", keepers.len(), keepers.join("、")),
            format!(
                "{} keepers are entered for device {number} ({}), there should be one",
                keepers.len(),
                keepers.join(", ")
            ),
        ),
        (None, keepers) => told(
            Verdict::Pass,
            format!("设备 {number} 由{}保管", keepers.join("、")),
            format!("Device {number} is kept by {}", keepers.join(", ")),
        ),
    })
}

/// Who had the device when the clip was recorded.
fn handover(extract: &Extract, number: &str, fields: &[String]) -> Judged {
    sheet(extract, "handovers")?;
    let Some(own) = &extract.own else {
        return Err(NotAssessed(Prose::new(
            "未能检查：本段录像和台账都没有录制时间。",
            "Not assessed: neither the clip nor the ledger tells when it was recorded.",
        )));
    };
    let entries: Vec<&Handover> = extract.matcher.lookup().handovers(number).collect();
    let covers = |entry: &&&Handover| {
        entry.taken.is_some_and(|taken| seconds_between(own.start, taken) <= CLOCK_S)
            && entry.returned.is_none_or(|returned| seconds_between(returned, own.end) <= CLOCK_S)
    };
    // Of entries that were never closed the last one counts.
    let Some(entry) = entries.iter().filter(covers).max_by_key(|entry| entry.taken) else {
        if let Some(untimed) = entries.iter().find(|entry| entry.taken.is_none()) {
            return needed(extract, *untimed, "taken", None);
        }
        let when = moment(own.start);
        return Ok(Outcome::fail(
            SURE,
            Prose::new(
                format!("“领用交接”表没有设备 {number} 在 {when} 的使用登记。"),
                format!("The handovers have no entry for device {number} at {when}."),
            ),
        ));
    };
    let particulars = Particulars::of(extract, *entry, fields);
    let told = |verdict, confidence, zh: String, en: String| {
        Outcome::new(verdict, confidence, from_row(extract, entry.at, zh, en))
    };
    if !particulars.empty.is_empty() {
        let empty = listed(&particulars.empty);
        return Ok(told(
            Verdict::Fail,
            SURE,
            format!("设备 {number} 的使用登记没有填写{}", empty.zh),
            format!("The entry for device {number} lacks {}", empty.en),
        ));
    }
    if let Some(field) = particulars.absent.first() {
        return Err(NotAssessed(Prose::new(
            format!("未能检查：“领用交接”表没有“{field}”栏。"),
            format!("Not assessed: the handovers have no column {field}."),
        )));
    }
    let user = entry.user.as_deref().unwrap_or_default();
    Ok(match extract.clip.and_then(|row| row.user.as_deref()) {
        Some(other) if !user.is_empty() && other != user => told(
            Verdict::Review,
            UNSURE,
            format!("设备 {number} 登记由{user}领用，录像登记的使用人是{other}，请核对"),
            format!(
                "Device {number} was taken out by {user}, the recording's row names {other}: please check"
            ),
        ),
        _ => told(
            Verdict::Pass,
            SURE,
            format!("设备 {number} 当时由{user}领用"),
            format!("Device {number} was with {user}"),
        ),
    })
}

/// Entries are kept to the minute.
const CLOCK_S: i64 = 60;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Value;
    use super::super::testing::records::*;
    use super::*;

    fn fields(names: &[&str]) -> (&'static str, Value) {
        ("fields", Value::Texts(names.iter().map(|&name| name.to_owned()).collect()))
    }

    fn handed(entry: serde_json::Value) -> Outcome {
        let sheets = json!({"clips": [clip_row(json!({"user": "李强"}))], "handovers": [entry]});
        judged(&CHECK, &[fields(&["使用人员", "交接时间", "记录内容"])], sheets)
    }

    #[test]
    fn an_entry_covers_the_recording() {
        for (taken, returned, verdict) in [
            ("2025-03-14 08:30", "2025-03-14 17:00", Verdict::Pass),
            ("2025-03-14 08:30", "", Verdict::Pass),
            ("2025-03-14 09:31:00", "2025-03-14 17:00", Verdict::Pass),
            ("2025-03-14 09:31:01", "2025-03-14 17:00", Verdict::Fail),
            ("2025-03-14 08:30", "2025-03-14 10:08:59", Verdict::Fail),
        ] {
            let entry = json!({"device": "J1", "user": "李强", "taken": taken, "returned": returned, "content": "检查"});
            let outcome = handed(entry);
            assert_eq!(outcome.verdict, verdict, "{taken} {returned}: {outcome:?}");
        }
    }

    #[test]
    fn entries_are_complete_and_name_the_user() {
        let entry = |user: &str, content: &str| json!({"device": "j-1", "user": user, "taken": "2025-03-14 08:30", "content": content});
        let outcome = handed(entry("李强", ""));
        assert!(outcome.verdict == Verdict::Fail && outcome.summary.zh.contains("记录内容"), "{outcome:?}");
        assert_eq!(handed(entry("王芳", "检查")).verdict, Verdict::Review);
        assert_eq!(
            handed(json!({"device": "J2", "user": "李强", "taken": "2025-03-14 08:30", "content": "检查"}))
                .verdict,
            Verdict::Fail
        );
        let outcome = judged(&CHECK, &[fields(&["使用人员"])], json!({"clips": [clip_row(json!({}))]}));
        assert!(
            outcome.verdict == Verdict::NotAssessed && outcome.summary.zh.contains("领用交接"),
            "{outcome:?}"
        );
    }

    #[test]
    fn each_device_has_one_keeper() {
        let params = [fields(&["保管人"]), ("one_keeper", Value::Flag(true))];
        for (devices, verdict) in [
            (json!([{"number": "J1", "keeper": "张伟"}]), Verdict::Pass),
            (json!([{"number": "J1", "keeper": "张伟、李强"}]), Verdict::Fail),
            (json!([{"number": "J1", "keeper": ""}]), Verdict::Fail),
            (json!([{"number": "J2", "keeper": "张伟"}]), Verdict::Fail),
            (json!([{"number": "J1"}]), Verdict::NotAssessed),
        ] {
            let outcome =
                judged(&CHECK, &params, json!({"clips": [clip_row(json!({}))], "devices": devices.clone()}));
            assert_eq!(outcome.verdict, verdict, "{devices}: {outcome:?}");
        }
    }

    #[test]
    fn the_device_is_known_by_the_file_name_as_well() {
        let params = [fields(&["保管人"])];
        let sheets =
            |name: &str| json!({"clips": [{"file": name}], "devices": [{"number": "J1", "keeper": "张伟"}]});
        assert_eq!(judged_clip(&CHECK, &params, CLIP, sheets(CLIP)).verdict, Verdict::Pass);
        assert_eq!(
            judged_clip(&CHECK, &params, "clip.mp4", sheets("clip.mp4")).verdict,
            Verdict::NotAssessed
        );
    }
}
