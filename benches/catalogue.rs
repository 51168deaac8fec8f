//! Many clips without their footage: how fast a year is judged, listed and taken up again, and its review written.
//!
//! `cargo bench --bench catalogue -- [--clips N]` fills a catalogue with evidence of the samples under other names
//! and dates, writes a ledger with twice as many rows, and runs the built program on them. Prints seconds, CPU seconds
//! and the most memory of each command. The files that the catalogue knows are there, and empty; one clip more is new.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a bench may

#[path = "common/mod.rs"]
#[allow(dead_code)]
mod common;

#[path = "common/program.rs"]
mod program;

use std::path::Path;
use std::time::Instant;

use pingcha::catalogue::{Catalogue, KnownFile, key};
use pingcha::engine::batch::{Question, stamp};
use pingcha::engine::{self, SpeechChoice};
use pingcha::evidence::{Evidence, Observation};
use pingcha::lang::Prose;
use pingcha::media::Pipelines;
use pingcha::observe::{self, Tools, observe};
use pingcha::policy;
use program::{begun_after, measured};

const POLICY: &str = "jiangyuan-culture-tourism";
const SAMPLES: [&str; 4] = ["compliant.mp4", "cut.mp4", "freeze.mp4", "clock-jump.mp4"];
const DAY_S: i64 = 86_400;

fn main() {
    let mut args = std::env::args().skip_while(|arg| arg != "--clips");
    let clips: usize = args.nth(1).map_or(2_000, |count| count.parse().expect("--clips takes a number"));
    let folder = tempfile::tempdir().unwrap();
    let catalogue = folder.path().join("year.db");
    let footage = folder.path().join("footage");
    std::fs::create_dir(&footage).unwrap();
    let begun = Instant::now();
    fill(&catalogue, &footage.canonicalize().unwrap(), clips);
    let bytes = std::fs::metadata(&catalogue).unwrap().len();
    println!("{clips} clips in {} MB, made in {:.0} s", bytes >> 20, begun.elapsed().as_secs_f64());
    println!("{:<28}{:>9}{:>9}{:>9}", "", "wall s", "CPU s", "MB");
    let (db, out) = (catalogue.to_str().unwrap(), folder.path().join("review"));
    let out = out.to_str().unwrap();
    std::fs::create_dir_all(folder.path().join("reports")).unwrap();
    let reports = folder.path().join("reports");
    let reports = reports.to_str().unwrap();
    let ledger = folder.path().join("ledger");
    let rows = write_ledger(&ledger, clips);
    let ledger = ledger.to_str().unwrap();
    let with_ledger = format!("judge, ledger of {rows} rows");
    let scan = ["scan", footage.to_str().unwrap(), "--catalogue", db, "--policy", POLICY, "--speech", "off"];
    for (name, args) in [
        ("judge, on one core", vec!["judge", "--catalogue", db, "--policy", POLICY]),
        ("judge, nothing changed", vec!["judge", "--catalogue", db, "--policy", POLICY]),
        ("list", vec!["catalogue", "list", db, "--policy", POLICY]),
        ("list, one verdict", vec!["catalogue", "list", db, "--policy", POLICY, "--verdict", "violation"]),
        (
            "list, one check, one month",
            vec![
                "catalogue",
                "list",
                db,
                "--policy",
                POLICY,
                "--check",
                "continuity",
                "--from",
                "2025-03-01",
                "--to",
                "2025-03-31",
            ],
        ),
        ("scan, all is done", scan.to_vec()),
        (
            "annual, reports elsewhere",
            vec!["annual", "2025", "--catalogue", db, "--policy", POLICY, "--out", out, "--reports", reports],
        ),
        (
            "annual with a page a clip",
            vec!["annual", "2025", "--catalogue", db, "--policy", POLICY, "--out", out],
        ),
        (with_ledger.as_str(), vec!["judge", "--catalogue", db, "--policy", POLICY, "--records", ledger]),
        (
            "annual with the ledger",
            vec![
                "annual",
                "2025",
                "--catalogue",
                db,
                "--policy",
                POLICY,
                "--records",
                ledger,
                "--out",
                out,
                "--reports",
                reports,
            ],
        ),
    ] {
        let run = measured(&args);
        println!("{name:<28}{:>9.1}{:>9.1}{:>9}", run.wall.as_secs_f64(), run.cpu.as_secs_f64(), run.most_mb);
        if name.starts_with("judge, on") {
            println!("{:<28}{:>9.0} clips a CPU second", "", clips as f64 / run.cpu.as_secs_f64());
        }
    }
    std::fs::copy(common::sample(SAMPLES[0]), footage.join("new.mp4")).unwrap();
    println!(
        "{:<28}{:>9.1}  until the new clip is begun",
        "scan, one is new",
        begun_after(&scan).as_secs_f64()
    );
    for file in ["annual.xlsx", "annual.html", "annual.json"] {
        println!("{file}: {} MB", std::fs::metadata(Path::new(out).join(file)).unwrap().len() >> 20);
    }
}

/// Each clip is a sample under another name and on another day, and has another digest.
fn fill(path: &Path, footage: &Path, clips: usize) {
    let policy = policy::load(POLICY).unwrap();
    let request = engine::plan(&policy, SpeechChoice::Off, true, false);
    let mut tools = Tools::new(
        Pipelines::default(),
        common::models().map_err(|error| Prose::new("", error.to_string())),
        None,
    );
    let samples: Vec<Evidence> =
        SAMPLES.iter().map(|name| observe(&common::sample(name), &request, &mut tools)).collect();
    let models = common::models().ok();
    let basis = observe::basis(models.as_ref(), None, &observe::clock::Known::default());
    let observation = Question { request: &request, basis, jobs: 1, rehash: false }.observation();
    let mut catalogue = Catalogue::open(path.to_str().unwrap()).unwrap();
    for n in 0..clips {
        let evidence = another(&samples[n % samples.len()], n);
        let sha256 = evidence.clip.sha256.clone().unwrap();
        let place = footage.join(&evidence.clip.name);
        std::fs::write(&place, "").unwrap();
        let file = KnownFile { stamp: stamp(&place).unwrap(), sha256 };
        catalogue.add_evidence(place.to_str().unwrap(), &file, &observation, &evidence).unwrap();
    }
}

/// When the clip of that number begins, and its name.
fn named(n: usize) -> (jiff::civil::DateTime, String) {
    let day = (n % 365) as i64;
    let date = jiff::civil::date(2025, 1, 1).checked_add(jiff::Span::new().days(day)).unwrap();
    let (device, officer) = (n % 40, 10_000 + n % 80);
    let minute = n / 365 % 540;
    let start = date.at(8 + (minute / 60) as i8, (minute % 60) as i8, 11, 0);
    (start, format!("J{device}_{officer}_{}_{n:06}.MP4", start.strftime("%Y%m%d%H%M%S")))
}

/// A ledger of CSV files with a row for each clip, as many for clips that are not there, and an event for each of these
/// visits; returns the number of rows. A third of the rows is found by digest, a third by name, a third by
/// device and time.
fn write_ledger(folder: &Path, clips: usize) -> usize {
    std::fs::create_dir_all(folder).unwrap();
    let mut rows =
        "文件名,完整性校验值,活动编号,设备编号,使用人员,录制开始时间,录制结束时间,存入时间,接收人,存储位置\n"
            .to_owned();
    let mut events =
        "活动编号,执法活动种类,执法人员,所用设备,到达时间,检查结束时间,离开时间,返回单位时间,涉密情形\n"
            .to_owned();
    for n in 0..2 * clips {
        let (start, name) = named(n % clips);
        let start = if n < clips { start } else { start.checked_sub(jiff::Span::new().years(1)).unwrap() };
        let digest = if n % 3 == 0 && n < clips { key(&["clip", &n.to_string()]) } else { String::new() };
        let file = if n % 3 == 1 && n < clips { name } else { format!("dock-{n}.MP4") };
        let after = |minutes: i64| {
            start
                .checked_add(jiff::Span::new().minutes(minutes))
                .unwrap()
                .strftime("%Y-%m-%d %H:%M:%S")
                .to_string()
        };
        let (device, user) = (n % 40, n % 80);
        rows += &format!(
            "{file},{digest},E{n},J{device},人员{user},{},{},{},赵敏,采集器1号\n",
            after(0),
            after(1),
            after(90)
        );
        events += &format!(
            "E{n},日常执法检查,人员{user},J{device},{},{},{},{},无\n",
            after(0),
            after(1),
            after(1),
            after(60)
        );
    }
    let as_of = "单位,年度,截止日期\n某局,2025,2025-12-31\n".to_owned();
    for (sheet, text) in [("录像", rows), ("执法活动", events), ("基本信息", as_of)] {
        std::fs::write(folder.join(format!("{sheet}.csv")), text).unwrap();
    }
    2 * clips
}

fn another(sample: &Evidence, n: usize) -> Evidence {
    let mut evidence = sample.clone();
    let (_, name) = named(n);
    let (day, minute) = ((n % 365) as i64, n / 365 % 540);
    evidence.clip.name = name;
    evidence.clip.sha256 = Some(key(&["clip", &n.to_string()]));
    evidence.clip.sm3 = None;
    if let Observation::Observed(clock) = &mut evidence.clock {
        // The samples' clocks show 2025-03-14.
        let later_s = ((day - 72) * DAY_S) as f64 + minute as f64 * 60.0;
        clock.fit.iter_mut().for_each(|fit| fit.offset_s += later_s);
        clock.readings.iter_mut().for_each(|reading| reading.shown_s += later_s);
    }
    evidence
}
