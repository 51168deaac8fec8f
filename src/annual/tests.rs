//! A year made by hand.

use jiff::civil::date;

use super::*;
use crate::checks::Verdict;
use crate::lang::Lang;
use crate::policy::{self, DEFAULT_POLICY};
use crate::report::ClipVerdict;

fn clip(year: &mut Year, n: u8, device: &str, verdict: Verdict, clause: &str) {
    let place = year.clauses.iter().position(|line| line.check == clause).unwrap();
    let finding = FindingLine::new(place as u16, (verdict, 0.9), Some((61.0, 62.5)), None, "说明".into());
    year.clauses[place].tally[verdict as usize] += 1;
    year.clips.push(ClipLine {
        name: format!("{n}.mp4").into(),
        sha256: format!("{n:064x}"),
        sm3: None,
        path: String::new(),
        duration_s: 1_800.0,
        starts_at: date(2025, 3, 14).at(9, 0, 0, 0),
        device: (!device.is_empty()).then(|| device.into()),
        officers: vec!["李强".into(), "王芳".into()],
        unit: None,
        event: None,
        verdict: ClipVerdict::of(&[verdict], false),
        own: ClipVerdict::of(&[verdict], false),
        findings: vec![finding],
        limits: Vec::new(),
        link: None,
    });
}

fn year() -> Year {
    let policy = policy::load(DEFAULT_POLICY).unwrap();
    let mut year = Year::new(2025, &policy, Lang::Zh);
    for n in 0..3 {
        clip(&mut year, n, "J1", Verdict::Pass, "inserted-content");
    }
    clip(&mut year, 3, "J2", Verdict::Fail, "inserted-content");
    clip(&mut year, 4, "", Verdict::Review, "announcement");
    year
}

#[test]
fn clips_are_counted_for_each_officer_and_under_none_last() {
    let year = year();
    assert_eq!((year.hours(), year.tally().0), (2.5, [3, 1, 1, 0]));
    let devices: Vec<(String, usize)> =
        year.devices().into_iter().map(|(name, tally)| (name, tally.all())).collect();
    assert_eq!(devices, [("J1".to_owned(), 3), ("J2".to_owned(), 1), (String::new(), 1)]);
    let officers: Vec<usize> = year.officers().iter().map(|(_, tally)| tally.all()).collect();
    assert_eq!(officers, [5, 5]);
    assert_eq!(year.months().map(|month| month.all()), [0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let problems: Vec<&str> = year.problems().map(|problem| &*problem.clip.name).collect();
    assert_eq!(problems, ["3.mp4", "4.mp4"]);
    assert_eq!(year.to_decide(&year.clips[4]), "第八条 执法告知 1:01.0：说明");
}

#[test]
fn a_deduction_is_the_share_that_fails_and_nothing_open_costs() {
    let year = year();
    let scores = Score::all(&year);
    let [announcement, inserted] = scores.as_slice() else { panic!("{}", scores.len()) };
    assert_eq!((announcement.full, announcement.deduction, announcement.is_veto), (50.0, 0.0, false));
    assert_eq!((inserted.full, inserted.deduction, inserted.is_veto), (50.0, 12.5, true));
    assert_eq!((inserted.failed, inserted.judged), (1, 4));
}

#[test]
fn one_failure_of_the_ledger_takes_the_full_score() {
    let mut year = year();
    let covered = year.clauses.iter().position(|clause| clause.check == "event-coverage").unwrap();
    year.clauses[covered].tally[Verdict::Fail as usize] += 1;
    year.clauses[covered].tally[Verdict::Pass as usize] += 9;
    let scores = Score::all(&year);
    let full: Vec<f64> = scores.iter().map(|score| score.full).collect();
    assert_eq!(full, [33.4, 33.3, 33.3]);
    assert_eq!(scores[2].deduction, 33.3);
}

#[test]
fn a_stratum_without_an_open_finding_gives_at_least_one() {
    let sample = Sample::draw(&year(), "seed", 0.05);
    let chosen: Vec<(usize, Chosen)> = sample.clips.clone();
    assert_eq!(chosen.len(), 3);
    assert_eq!(chosen[1..], [(3, Chosen::Drawn), (4, Chosen::Review)]);
    assert_eq!(sample.strata.iter().map(|stratum| stratum.clips).sum::<usize>(), 5);
    assert!(Sample::draw(&year(), "seed", 1.0).clips.len() == 5);
    assert!(Sample::draw(&year(), "seed", 0.0).clips.len() == 1);
}
