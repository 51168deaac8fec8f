//! Records beside the footage: the worked years of all five regulations against their truth, and the
//! built program on ledgers good and bad.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;
mod making;

use std::fs;
use std::path::{Path, PathBuf};

use common::{check, pingcha, run, sample};
use making::{AAC, H264, recording};
use pingcha::checks::Verdict;
use pingcha::engine::{Context, Judging, judge_in, naming};
use pingcha::evidence::{AbsenceReason, ClipFacts, Evidence};
use pingcha::policy;
use pingcha::records::{Calendar, Matcher, Names, Records, Subject, load};
use pingcha::session::Place;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

fn worked_years() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/records")
}

fn truth() -> Value {
    serde_json::from_slice(&fs::read(worked_years().join("truth.json")).unwrap()).unwrap()
}

/// A clip of which only name, length and digest are known.
fn evidence(clip: &Value) -> Evidence {
    let facts = ClipFacts {
        name: clip["name"].as_str().unwrap().to_owned(),
        duration_s: clip["duration_s"].as_f64().unwrap(),
        sha256: clip["sha256"].as_str().map(str::to_owned),
        ..ClipFacts::default()
    };
    Evidence::blank(facts, AbsenceReason::NotAsked)
}

/// The verdicts of the checks on records, by check, in the order of the policy's clauses.
fn verdicts(evidence: &Evidence, records: &Records, policy: &policy::Policy) -> Value {
    let calendar = Calendar::official();
    let naming = naming(policy);
    let matcher = Matcher::new(records, &calendar, vec![Subject::of(evidence, &naming)], &naming.zone);
    let extract = matcher.extract(0).unwrap();
    let context = Context { place: &Place::ALONE, profile: None, records: Some(&extract) };
    let report = judge_in(evidence, context, policy, Judging::default());
    let mut verdicts = json!({});
    for (clause, finding) in policy.clauses.iter().zip(&report.findings) {
        assert_eq!(clause.check.id, finding.check);
        if clause.check.basis.is_records() {
            let entry = &mut verdicts[clause.check.id];
            if entry.is_null() {
                *entry = json!([]);
            }
            entry.as_array_mut().unwrap().push(serde_json::to_value(finding.verdict).unwrap());
            // Whatever could not be judged says what lacks.
            assert!(
                finding.verdict != Verdict::NotAssessed || finding.summary.contains("未能检查"),
                "{}",
                finding.summary
            );
        }
    }
    verdicts
}

#[test]
fn the_worked_years_are_judged_as_their_truth_says() {
    let mut wrong = Vec::new();
    for (id, year) in truth().as_object().unwrap() {
        let policy = policy::load(id).unwrap();
        let path = worked_years().join(year["records"].as_str().unwrap());
        let records = load(&path, &Names::usual()).unwrap_or_else(|error| panic!("{error}"));
        let clips = year["clips"].as_array().unwrap();
        assert!(clips.len() >= 7, "{id}");
        for clip in clips {
            let found = verdicts(&evidence(clip), &records, &policy);
            for (check, expected) in clip["verdicts"].as_object().unwrap() {
                if &found[check] != expected {
                    wrong.push(format!("{id} {} {check}: {} for {expected}", clip["name"], found[check]));
                }
            }
            assert_eq!(found.as_object().unwrap().len(), clip["verdicts"].as_object().unwrap().len(), "{id}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_check_on_records_meets_every_side_of_its_question_in_the_worked_years() {
    let mut seen: std::collections::BTreeMap<String, std::collections::BTreeSet<String>> = Default::default();
    for year in truth().as_object().unwrap().values() {
        // What only the year's review can say of the ledger is held against the truth in tests/annual.rs.
        for (check, verdict) in year["ledger"].as_object().unwrap() {
            seen.entry(check.clone()).or_default().insert(verdict.as_str().unwrap().to_owned());
        }
        for clip in year["clips"].as_array().unwrap() {
            for (check, verdicts) in clip["verdicts"].as_object().unwrap() {
                let verdicts =
                    verdicts.as_array().unwrap().iter().map(|verdict| verdict.as_str().unwrap().to_owned());
                seen.entry(check.clone()).or_default().extend(verdicts);
            }
        }
    }
    let all = pingcha::checks::CHECKS.iter().filter(|check| check.basis.is_records());
    for check in all {
        let verdicts = &seen[check.id];
        assert!(verdicts.contains("pass") && verdicts.contains("fail"), "{}: {verdicts:?}", check.id);
    }
}

/// A small clip, and the records of its event: the row bears another name and the file's own digest.
struct Visit {
    folder: tempfile::TempDir,
    clip: PathBuf,
    records: Value,
}

fn visit() -> Visit {
    let folder = tempfile::tempdir().unwrap();
    let clip = recording(folder.path(), "J1_000001_20250314093000_0001.mp4", "mp4mux", H264, AAC);
    let digest: String =
        Sha256::digest(fs::read(&clip).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect();
    let records = json!({
        "book": [{"unit": "江源区文广旅局", "as_of": "2025-12-31"}],
        "执法活动": [{"活动编号": "E1", "执法活动种类": "日常执法检查", "到达时间": "2025-03-14 09:30", "离开时间": "2025-03-14 09:31",
                     "返回单位时间": "2025-03-14 11:00", "涉密情形": "无"}],
        "clips": [{"文件名": "another-name.mp4", "完整性校验值": digest, "活动编号": "E1",
                   "存入时间": "2025-03-14 16:00", "接收人": "赵敏", "存储位置": "采集器1号",
                   "录制开始时间": "2025-03-14 09:30", "录制结束时间": "2025-03-14 09:31"},
                  {"文件名": "other.mp4", "活动编号": "E1"}],
        "interruptions": [], "viewings": [], "copies": [],
    });
    Visit { folder, clip, records }
}

impl Visit {
    fn written(&self) -> PathBuf {
        let path = self.folder.path().join("records.json");
        fs::write(&path, self.records.to_string()).unwrap();
        path
    }

    fn checked(&self) -> (i32, Value) {
        check(&self.clip, &["--records", self.written().to_str().unwrap(), "--speech", "off"])
    }
}

fn finding<'r>(report: &'r Value, check: &str) -> &'r Value {
    report["findings"].as_array().unwrap().iter().find(|finding| finding["check"] == check).unwrap()
}

#[test]
fn with_records_their_clauses_are_in_scope_and_the_clip_is_found_by_its_digest() {
    let (_, report) = visit().checked();
    assert_eq!(report["scope"], json!(["footage", "records"]));
    assert_eq!(report["records"]["name"], "records.json");
    assert_eq!(report["records"]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(report["records"]["matched_by"], "digest");
    assert_eq!((&report["records"]["clip_row"], &report["records"]["event"]), (&json!(1), &json!("E1")));
    let policy = policy::load(policy::DEFAULT_POLICY).unwrap();
    assert_eq!(report["findings"].as_array().unwrap().len(), policy.clauses.len());
    for check in ["deposit-deadline", "deposit-witness", "storage-target", "retention", "original-integrity"]
    {
        assert_eq!(finding(&report, check)["verdict"], "pass", "{}", finding(&report, check));
    }
    // What matches nothing is told.
    let limits = report["limits"].to_string();
    assert!(limits.contains("有 1 段没有一并检查（第2行）") && !limits.contains("未提供台账"), "{limits}");
}

/// An event without a recording is nobody's own fault: it stands in the report, and beside it what the clip is by itself.
#[test]
fn what_is_wrong_with_the_ledger_does_not_make_a_clip_worse_by_itself() {
    let mut visit = visit();
    let (_, whole) = visit.checked();
    let other = json!({"活动编号": "E2", "执法活动种类": "日常执法检查", "到达时间": "2025-04-14 09:30", "离开时间": "2025-04-14 09:31"});
    visit.records["执法活动"].as_array_mut().unwrap().push(other);
    let (status, report) = visit.checked();
    let coverage = finding(&report, "event-coverage");
    assert_eq!((&coverage["verdict"], &coverage["of_records_as_a_whole"]), (&json!("fail"), &json!(true)));
    assert_eq!((status, &report["verdict"]), (1, &json!("violation")));
    assert_eq!(report["own_verdict"], whole["own_verdict"]);
    assert_ne!(report["own_verdict"], json!("violation"));
    assert!(finding(&report, "deposit-deadline")["of_records_as_a_whole"].is_null());
}

#[test]
fn a_field_that_is_missing_is_not_assessed_and_a_fault_is_status_1() {
    let mut visit = visit();
    let row = visit.records["clips"][0].as_object_mut().unwrap();
    row["存储位置"] = json!("");
    row["存入时间"] = json!("2025-03-15 16:00");
    row.remove("接收人");
    let (status, report) = visit.checked();
    assert_eq!((status, &report["verdict"]), (1, &json!("violation")));
    assert_eq!(finding(&report, "deposit-deadline")["verdict"], "fail");
    let storage = finding(&report, "storage-target");
    assert_eq!(storage["verdict"], "not-assessed");
    assert!(storage["summary"].as_str().unwrap().contains("存储位置"), "{storage}");
    assert!(finding(&report, "deposit-witness")["summary"].as_str().unwrap().contains("没有“接收人”栏"));
}

#[test]
fn a_clip_that_no_row_speaks_of_is_told_so() {
    let mut visit = visit();
    visit.records = json!({"clips": [{"file": "x.mp4"}], "events": [{"number": "E1"}]});
    let (_, report) = visit.checked();
    assert_eq!(report["records"]["matched_by"], Value::Null);
    let limits = report["limits"].to_string();
    assert!(
        limits.contains("台账中没有找到本段录像") && limits.contains("没有找到本段录像所属的执法活动"),
        "{limits}"
    );
    assert_eq!(finding(&report, "storage-target")["verdict"], "not-assessed");
}

#[test]
fn faulty_records_are_status_2_with_every_problem_and_no_report() {
    let mut visit = visit();
    visit.records["clips"][0]["存入时间"] = json!("2025-02-30 16:00");
    visit.records["执法活动"][0]["离开时间"] = json!("2025-03-14 08:00");
    let path = visit.written();
    let (status, stdout, stderr) =
        run(pingcha().arg("check").arg(&visit.clip).arg("--records").arg(&path).args(["--lang", "en"]));
    assert_eq!((status, stdout.as_str()), (2, ""));
    for said in [
        "row 1, column 存入时间: there is no such date or time as \"2025-02-30 16:00\"",
        "time runs backwards",
    ] {
        assert!(stderr.contains(said), "{stderr}");
    }
    let (status, stdout, _) = run(pingcha().args(["records", "check"]).arg(&path).args(["--lang", "en"]));
    assert_eq!(status, 2);
    assert!(
        stdout.contains("time runs backwards") && stdout.contains("2 errors: the records cannot be used"),
        "{stdout}"
    );
    let (status, _, stderr) = run(pingcha().args(["records", "check", "/no/such/台账.xlsx"]));
    assert!(status == 2 && stderr.contains("台账.xlsx"), "{stderr}");
}

#[test]
fn the_template_is_written_and_checks_clean() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("台账.xlsx");
    let (status, _, stderr) = run(pingcha().args(["records", "template", "--out"]).arg(&path));
    assert_eq!(status, 0, "{stderr}");
    let (status, stdout, _) = run(pingcha().args(["records", "check"]).arg(&path));
    assert!(status == 0 && stdout.contains("可以使用"), "{stdout}");
}

#[test]
fn worked_years_check_clean_and_fill_the_annex() {
    let folder = tempfile::tempdir().unwrap();
    for year in truth().as_object().unwrap().values() {
        let path = worked_years().join(year["records"].as_str().unwrap());
        let (status, stdout, stderr) = run(pingcha().args(["records", "check"]).arg(&path));
        assert_eq!(status, 0, "{stdout}{stderr}");
    }
    let annex = folder.path().join("清单.xlsx");
    let source = worked_years().join("pingdingshan.ods");
    let (status, _, stderr) = run(pingcha().args(["records", "annex"]).arg(&source).arg("--out").arg(&annex));
    assert_eq!(status, 0, "{stderr}");
    let records = load(&annex, &Names::usual()).unwrap();
    assert_eq!(records.rows.matters.len(), load(&source, &Names::usual()).unwrap().rows.clips.len());
}

#[test]
fn a_sites_own_calendar_and_names_are_used_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("wrong.toml");
    fs::write(&wrong, "colour = 1").unwrap();
    let records = worked_years().join("zhanhe.xlsx");
    for option in ["--calendar", "--record-names"] {
        let (status, _, stderr) = run(pingcha()
            .arg("check")
            .arg(sample("silent.mp4"))
            .arg("--records")
            .arg(&records)
            .arg(option)
            .arg(&wrong));
        assert!(
            status == 2 && stderr.contains("wrong.toml") && stderr.contains("colour"),
            "{option}: {stderr}"
        );
    }
    let names = folder.path().join("names.toml");
    fs::write(&names, "[sheets]\nclips = [\"库存\"]\n").unwrap();
    let csv = folder.path().join("库存.csv");
    fs::write(&csv, "file,deposited\na.mp4,2025-03-14 09:30\n").unwrap();
    let (status, stdout, stderr) =
        run(pingcha().args(["records", "check"]).arg(&csv).arg("--record-names").arg(&names));
    assert!(status == 0 && stdout.contains("1 行"), "{stdout}{stderr}");
}
