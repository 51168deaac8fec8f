//! The year's review: the worked years of all five regulations, from catalogue to workbook, page and JSON,
//! held against each other and against their truth.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use calamine::{Data, Range, Reader, Xlsx, open_workbook};
use common::{pingcha, run};
use pingcha::catalogue::{Catalogue, KnownFile};
use pingcha::checks::{Basis, Verdict, find};
use pingcha::evidence::{AbsenceReason, ClipFacts, Evidence, Observation, Timeline};
use pingcha::figures::hexadecimal;
use pingcha::report::verdict_text;
use serde_json::Value;
use sha2::{Digest, Sha256};

fn worked_years() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/records")
}

fn truth() -> Value {
    serde_json::from_slice(&fs::read(worked_years().join("truth.json")).unwrap()).unwrap()
}

/// A catalogue, and a place for the review of it.
struct Office {
    folder: tempfile::TempDir,
}

impl Office {
    /// With clips of which only name, length and digest are known.
    fn with(clips: impl IntoIterator<Item = (String, f64, String)>) -> Self {
        Self::with_timelines(clips, Observation::Absent(AbsenceReason::NotAsked.into()))
    }

    fn with_timelines(
        clips: impl IntoIterator<Item = (String, f64, String)>,
        timeline: Observation<Timeline>,
    ) -> Self {
        let office = Self { folder: tempfile::tempdir().unwrap() };
        let mut catalogue = Catalogue::open(&office.at("year.db")).unwrap();
        for (name, duration_s, sha256) in clips {
            let facts = ClipFacts {
                name: name.clone(),
                duration_s,
                sha256: Some(sha256.clone()),
                ..ClipFacts::default()
            };
            let evidence =
                Evidence { timeline: timeline.clone(), ..Evidence::blank(facts, AbsenceReason::NotAsked) };
            let file = KnownFile { stamp: name.clone(), sha256 };
            catalogue.add_evidence(&format!("/footage/{name}"), &file, "test", &evidence).unwrap();
        }
        office
    }

    fn at(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn run(&self, args: &[&str]) -> (i32, String, String) {
        run(pingcha().args(args).args(["--catalogue", &self.at("year.db")]))
    }

    fn annual(&self, year: &str, more: &[&str]) -> (i32, String, String) {
        self.run(&[&["annual", year, "--out", &self.at("review")][..], more].concat())
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&fs::read(self.at("review/annual.json")).unwrap()).unwrap()
    }

    fn sheet(&self, name: &str) -> Range<Data> {
        let mut book: Xlsx<_> = open_workbook(self.at("review/annual.xlsx")).unwrap();
        book.worksheet_range(name).unwrap()
    }
}

fn numbered(n: usize, name: &str) -> (String, f64, String) {
    (name.to_owned(), 600.0, hexadecimal(&Sha256::digest(n.to_string())))
}

#[test]
fn a_worked_year_of_each_regulation_ends_in_a_workbook() {
    for (id, year) in truth().as_object().unwrap() {
        let clips: Vec<&Value> = year["clips"].as_array().unwrap().iter().collect();
        let text = |clip: &Value, name: &str| clip[name].as_str().unwrap().to_owned();
        let office =
            Office::with(clips.iter().map(|clip| {
                (text(clip, "name"), clip["duration_s"].as_f64().unwrap(), text(clip, "sha256"))
            }));
        let records = worked_years().join(year["records"].as_str().unwrap());
        let records = ["--policy", id, "--records", records.to_str().unwrap()];
        let (_, _, said) = office.run(&[&["judge"], &records[..]].concat());
        assert_eq!(said, "", "{id}");
        let (_, told, said) = office.annual("2025", &records);
        assert_eq!(said, "", "{id}");
        assert!(told.contains("annual.xlsx"), "{told}");

        let json = office.json();
        let of_year = json["clips"].as_array().unwrap();
        assert_eq!(of_year.len(), clips.len(), "{id}: {}", json["left_out"]);
        let counted = counts(&json);
        assert_eq!(counted_of_truth(&clips), counted_of_records(&counted), "{id}");
        agree(&office, &json, &counted);
        // What no clip's report speaks of stands among what was found of the ledger.
        for (check, verdict) in year["ledger"].as_object().unwrap() {
            let found = json["ledger"]
                .as_array()
                .unwrap()
                .iter()
                .any(|line| line["check"] == *check && line["verdict"] == *verdict);
            assert!(found, "{id} {check}: {}", json["ledger"]);
        }
        let beside = ["retention", "access-log", "evidence-copy"];
        for line in json["ledger"].as_array().unwrap().iter().filter(|line| line["verdict"] == "fail") {
            let check = line["check"].as_str().unwrap();
            assert!(!beside.contains(&check) || year["ledger"].get(check).is_some(), "{id}: {line}");
        }

        // Events without a recording: each by its row, not only the first few.
        let unrecorded = json["events_without_recording"].as_u64().unwrap() as usize;
        let listed = office.sheet("未录像的执法活动");
        assert_eq!(
            listed.rows().skip(1).filter(|row| matches!(row[0], Data::Float(_))).count(),
            unrecorded,
            "{id}"
        );
        assert!(unrecorded > 0 || id.starts_with("pingdingshan"), "{id}");

        // The ledger's terms: every row of it, and nothing else.
        let terms = json["retention"]["states"].as_object().unwrap().values();
        let rows = office.sheet("保存期限").height() - 2;
        assert_eq!(terms.map(|count| count.as_u64().unwrap()).sum::<u64>(), rows as u64, "{id}");
        assert!(rows >= clips.len(), "{id}");
    }
}

/// By check: how many findings of which verdict, of the clauses that concern single clips.
type Counts = BTreeMap<String, BTreeMap<String, u64>>;

fn counts(json: &Value) -> Counts {
    let mut counts = Counts::new();
    let of_clips = |clause: &&Value| clause["of_records_as_a_whole"] == false;
    for clause in json["clauses"].as_array().unwrap().iter().filter(of_clips) {
        let of_check = counts.entry(clause["check"].as_str().unwrap().to_owned()).or_default();
        for (verdict, count) in clause["findings"].as_object().unwrap() {
            *of_check.entry(verdict.clone()).or_default() += count.as_u64().unwrap();
        }
    }
    counts
}

/// Of the checks that rest on what the records say of each clip.
fn counted_of_records(counts: &Counts) -> Counts {
    let of_records = |check: &String| matches!(find(check).unwrap().basis, Basis::Records | Basis::Concerned);
    let mut counts: Counts = counts.clone().into_iter().filter(|(check, _)| of_records(check)).collect();
    for of_check in counts.values_mut() {
        of_check.retain(|_, count| *count > 0);
    }
    counts
}

fn counted_of_truth(clips: &[&Value]) -> Counts {
    let mut counts = Counts::new();
    for (check, verdicts) in clips.iter().flat_map(|clip| clip["verdicts"].as_object().unwrap()) {
        // The first clause of this check is about the case list, the second about the clip's stops.
        let of_ledger = usize::from(find(check).unwrap().basis == Basis::Concerned);
        for verdict in verdicts.as_array().unwrap().iter().skip(of_ledger) {
            let of_check = counts.entry(check.clone()).or_default();
            *of_check.entry(verdict.as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    counted_of_records(&counts)
}

/// Workbook, page and JSON say the same.
fn agree(office: &Office, json: &Value, counted: &Counts) {
    let clips = json["clips"].as_array().unwrap();
    let listed = office.sheet("录像清单");
    assert_eq!(listed.height() - 1, clips.len());
    for (row, clip) in listed.rows().skip(1).zip(clips) {
        assert_eq!(row[1].to_string(), clip["name"].as_str().unwrap());
        let report = clip["report"].as_str().unwrap();
        assert!(Path::new(&office.at("review")).join(report).is_file(), "{report}");
    }
    let findings = office.sheet("逐条结果");
    for verdict in Verdict::ALL {
        let shown = verdict_text(verdict).zh;
        let rows = findings.rows().skip(1).filter(|row| row[4] == *shown).count() as u64;
        let expected = counted.values().map(|counts| counts[verdict.id()]).sum::<u64>();
        assert_eq!(rows, expected, "{shown}");
    }
    assert_eq!(office.sheet("台账整体事项").height() - 1, json["ledger"].as_array().unwrap().len().max(1));
    let scores = json["scores"].as_array().unwrap();
    let full: f64 = scores.iter().map(|score| score["full_score"].as_f64().unwrap()).sum();
    assert!((full - 100.0).abs() < 1e-6, "{full}");
    let page = fs::read_to_string(office.at("review/annual.html")).unwrap();
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let page = roxmltree::Document::parse_with_options(&page, options).unwrap();
    let drawings = page.descendants().filter(|node| node.has_tag_name("svg")).count();
    assert_eq!(drawings, 5);
    assert!(!page.descendants().any(|node| node.has_tag_name("script")));
}

#[test]
fn the_sample_can_be_drawn_again_and_holds_all_that_waits_for_a_decision() {
    let office = Office::with((0..60).map(|n| {
        let (device, minute) = (n % 3, n % 60);
        numbered(n, &format!("J{device}_01020{device}_202503140930{minute:02}_{n:04}.MP4"))
    }));
    office.run(&["judge"]);
    office.annual("2025", &["--sample", "10", "--seed", "见证"]);
    let json = office.json();
    let (clips, sample) = (json["clips"].as_array().unwrap(), &json["sample"]);
    let waits = |clip: &Value| {
        clip["findings"].as_array().unwrap().iter().any(|finding| finding["verdict"] == "review")
    };
    let mut expected = BTreeSet::new();
    let mut strata: BTreeMap<(String, String), Vec<&Value>> = BTreeMap::new();
    for clip in clips {
        match waits(clip) {
            true => drop(expected.insert(clip["sha256"].as_str().unwrap().to_owned())),
            false => strata
                .entry((clip["device"].to_string(), clip["verdict"].to_string()))
                .or_default()
                .push(clip),
        }
    }
    for stratum in strata.values_mut() {
        let lot =
            |clip: &Value| hexadecimal(&Sha256::digest(format!("见证:{}", clip["sha256"].as_str().unwrap())));
        stratum.sort_by_key(|clip| lot(clip));
        let taken = (stratum.len() as f64 * 0.1).ceil() as usize;
        expected.extend(stratum[..taken].iter().map(|clip| clip["sha256"].as_str().unwrap().to_owned()));
    }
    let drawn =
        sample["clips"].as_array().unwrap().iter().map(|clip| clip["sha256"].as_str().unwrap().to_owned());
    assert_eq!(drawn.collect::<BTreeSet<_>>(), expected);
    assert!(expected.len() < clips.len());
    assert_eq!(sample["seed"], "见证");
    let frame: u64 =
        sample["strata"].as_array().unwrap().iter().map(|stratum| stratum["clips"].as_u64().unwrap()).sum();
    assert_eq!(frame, clips.len() as u64);
    assert_eq!(office.sheet("人工评查样本").height() - 1, expected.len());
    assert!(office.sheet("抽样框").rows().next_back().unwrap()[0].to_string().contains("见证"));

    // The same year gives the same bytes.
    let files = ["annual.xlsx", "annual.html", "annual.json"];
    let bytes = || files.map(|file| fs::read(office.at("review").to_owned() + "/" + file).unwrap());
    let first = bytes();
    office.annual("2025", &["--sample", "10", "--seed", "见证"]);
    assert!(first == bytes());
}

#[test]
fn a_clip_is_counted_or_named_with_the_reason() {
    let office = Office::with([
        numbered(1, "J1_010203_20250314093011_0001.MP4"),
        numbered(2, "J1_010203_20240314093011_0001.MP4"),
        numbered(3, "visit.mp4"),
        numbered(4, "=1+1_010203_20250401093011_0001.MP4"),
    ]);
    office.run(&["judge"]);
    let mut catalogue = Catalogue::open(&office.at("year.db")).unwrap();
    let (name, duration_s, sha256) = numbered(5, "J1_010203_20250501093011_0001.MP4");
    let facts =
        ClipFacts { name: name.clone(), duration_s, sha256: Some(sha256.clone()), ..ClipFacts::default() };
    let file = KnownFile { stamp: String::new(), sha256 };
    catalogue
        .add_evidence("/late.mp4", &file, "test", &Evidence::blank(facts, AbsenceReason::NotAsked))
        .unwrap();
    drop(catalogue);

    let (status, _, _) = office.annual("2025", &[]);
    assert_eq!(status, 3);
    let json = office.json();
    assert_eq!(json["counts"]["clips"], 2);
    assert_eq!(json["left_out"]["undated"], serde_json::json!(["visit.mp4"]));
    assert_eq!(json["left_out"]["other_years"], 1);
    assert_eq!(json["left_out"]["unjudged"], serde_json::json!([name]));
    let not_judged = office.sheet("未能评查");
    let named = |text: &str| not_judged.rows().any(|row| row[0] == *text);
    assert!(named("visit.mp4") && named(&name));

    // A name from outside is never a formula.
    let names: Vec<String> = office.sheet("录像清单").rows().skip(1).map(|row| row[1].to_string()).collect();
    assert!(names.iter().any(|name| name.starts_with("'=1+1")), "{names:?}");
    let mut book: Xlsx<_> = open_workbook(office.at("review/annual.xlsx")).unwrap();
    for sheet in book.sheet_names() {
        let formulas = book.worksheet_formula(&sheet).unwrap();
        let formulas: Vec<&String> = formulas.used_cells().map(|(_, _, formula)| formula).collect();
        assert!(formulas.iter().all(|formula| formula.starts_with("SUM(")), "{sheet}: {formulas:?}");
    }
}

/// A decision stands beside what was found, for as long as the program finds the same.
#[test]
fn what_a_person_decided_is_kept_listed_and_in_the_review() {
    // Of the camera's file numbers every second is missing.
    let clips = (0..4).map(|n| {
        let number = 2 * n;
        numbered(n, &format!("J1_010201_2025031409{n}500_000{number}.MP4"))
    });
    let office = Office::with_timelines(clips, Observation::Observed(Timeline::default()));
    office.run(&["judge"]);
    office.annual("2025", &[]);
    let json = office.json();
    let waiting = json["clips"].as_array().unwrap().iter().find_map(|clip| {
        let findings = clip["findings"].as_array().unwrap();
        let finding = findings.iter().find(|finding| finding["verdict"] == "review")?;
        Some((clip["name"].as_str().unwrap(), finding["check"].as_str().unwrap()))
    });
    let (name, check) = waiting.expect("a missing number is for a person");
    let catalogue = office.at("year.db");
    let path = format!("/footage/{name}");
    let review = |clip: &str, more: &[&str]| {
        run(pingcha().args(["--lang", "en", "catalogue", "review", &catalogue, clip]).args(more))
    };
    let asked = ["--check", check, "--verdict", "fail", "--by", "张三", "--note", "原件不存"];
    assert_eq!(review("/footage/none.mp4", &asked).0, 2);
    assert_eq!(review(&path, &["--check", "retention", "--verdict", "pass", "--by", "张三"]).0, 2);
    assert_eq!(review(&path, &["--check", check, "--verdict", "review", "--by", "张三"]).0, 2);
    assert_eq!(review(&path, &["--check", check, "--verdict", "pass", "--by", ""]).0, 2);
    let (status, said, _) = review(&path, &asked);
    assert_eq!(status, 0);
    assert!(said.contains(&format!("{check}: review → fail (张三)")), "{said}");

    let list = |more: &[&str]| {
        let args = ["catalogue", "list", &catalogue, "--format", "json"];
        let (_, lines, _) = run(pingcha().args(args).args(more));
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    };
    let decided = |clips: &[Value]| {
        let of_clip = clips.iter().find(|clip| clip["path"] == *path).map(|clip| clip["decided"].clone());
        of_clip.and_then(|decided| decided.as_array().map(Vec::len)).unwrap_or_default()
    };
    assert!(decided(&list(&[])) > 0);
    let undecided = list(&["--undecided"]);
    assert!(undecided.len() < list(&[]).len() && decided(&undecided) == 0, "{undecided:?}");

    // Judged again: the same was found.
    office.run(&["judge"]);
    office.annual("2025", &[]);
    let json = office.json();
    let clip = json["clips"].as_array().unwrap().iter().find(|clip| clip["name"] == *name).unwrap();
    let finding = clip["findings"].as_array().unwrap().iter().find(|finding| finding["check"] == *check);
    let decision = &finding.unwrap()["decision"];
    assert_eq!(
        (&decision["verdict"], &decision["reviewer"], &decision["note"]),
        (&"fail".into(), &"张三".into(), &"原件不存".into())
    );
    let cell = |sheet: &str| {
        let table = office.sheet(sheet);
        table.rows().any(|row| row.iter().any(|cell| cell.to_string().contains("（张三：原件不存）")))
    };
    assert!(cell("问题清单") && cell("人工评查样本"));
    assert!(fs::read_to_string(office.at("review/annual.html")).unwrap().contains("（张三：原件不存）"));
    let (_, _, log) = run(pingcha().args(["catalogue", "verify", &catalogue]));
    assert_eq!(log, "");

    // The next decision takes its place; another judgement of the program does not bear it.
    review(&path, &["--check", check, "--verdict", "pass", "--by", "李四"]);
    assert!(list(&[]).iter().any(|clip| clip["decided"].to_string().contains("李四")));
    assert!(!list(&[]).iter().any(|clip| clip["decided"].to_string().contains("张三")));
    office.run(&["judge", "--lang", "en"]);
    assert_eq!(decided(&list(&[])), 0);
}

#[test]
fn a_year_without_recordings_is_said_to_be_empty() {
    let office = Office::with([numbered(1, "J1_010203_20240314093011_0001.MP4")]);
    office.run(&["judge"]);
    let (status, _, said) = office.annual("2025", &["--lang", "en"]);
    assert_eq!(status, 3);
    assert!(said.contains("no recordings of 2025") && said.contains("1 of other years"), "{said}");
    assert_eq!(office.json()["counts"]["clips"], 0);
    assert_eq!(office.sheet("Recordings").height(), 2);
}

#[test]
fn wrong_use_is_status_2() {
    let office = Office::with([]);
    for args in [
        &["annual", "25", "--out", "x"][..],
        &["annual", "2025", "--out", "x", "--sample", "120"],
        &["annual", "2025", "--out", "x", "--reports", "/no/such/folder"],
        &["annual", "2025", "--out", "x", "--policy", "none"],
    ] {
        let (status, _, said) = office.run(args);
        assert_eq!(status, 2, "{args:?}: {said}");
    }
    let none = office.at("none.db");
    let (status, _, said) = run(pingcha().args(["annual", "2025", "--out", "x", "--catalogue", &none]));
    assert_eq!(status, 2, "{said}");
    assert!(!Path::new(&none).exists());
    // Out of a folder that cannot be written to.
    let (status, _, said) = office.run(&["annual", "2025", "--out", "/proc/x"]);
    assert_eq!(status, 2, "{said}");
}
