//! `pingcha annual`: the year's review as a workbook, a page and JSON.

use std::collections::HashMap;
use std::io::{self, BufWriter, Write, stdout};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::records::RecordsInput;
use super::search::files_in;
use super::write::{temporary_in, write_whole, write_with};
use super::{Cli, Status, WrongUse, style};
use crate::annual::{self, Links, Review, Sample, Score, Terms};
use crate::catalogue::{Catalogue, PresentReport};
use crate::checks::Verdict;
use crate::engine;
use crate::lang::Prose;
use crate::policy::{self, DEFAULT_POLICY};
use crate::records::Records;
use crate::report::{Format, Report, render};

#[derive(Debug, Args)]
pub struct AnnualArgs {
    /// The year that is reviewed
    #[arg(value_name = "YEAR", value_parser = clap::value_parser!(i16).range(1970..=9999))]
    year: i16,
    /// The clips and their results: a catalogue's file, or postgres://…
    #[arg(long, value_name = "FILE|ADDRESS")]
    catalogue: String,
    /// The regulation by which they were judged: its id, or a policy file
    #[arg(long, value_name = "ID|FILE", default_value = DEFAULT_POLICY)]
    policy: String,
    /// Folder for annual.xlsx, annual.html and annual.json
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    records: RecordsInput,
    /// Folder of reports that `scan --out` wrote, for the lines to lead to; else pages without pictures are
    /// written beside the workbook
    #[arg(long, value_name = "DIR")]
    reports: Option<PathBuf>,
    /// How many recordings of each stratum reviewers look at, in percent; those with a finding to decide are
    /// all among them
    #[arg(long, value_name = "PERCENT", default_value_t = 5.0, value_parser = percent)]
    sample: f64,
    /// By what the sample is drawn, such as a number thrown before witnesses; else the year
    #[arg(long, value_name = "TEXT")]
    seed: Option<String>,
}

fn percent(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|share| (0.0..=100.0).contains(share)).ok_or_else(|| "0 to 100".to_owned())
}

pub(super) fn run(args: &AnnualArgs, cli: &Cli) -> anyhow::Result<u8> {
    let policy = policy::load(&args.policy).map_err(|error| WrongUse(error.prose()))?;
    let records = args.records.load()?;
    let mut catalogue = Catalogue::open_existing(&args.catalogue).map_err(|error| WrongUse(error.prose()))?;
    let out = &args.out;
    std::fs::create_dir_all(out).map_err(|error| {
        let out = out.display();
        WrongUse(Prose::new(format!("{out} 无法建立：{error}"), format!("{out} cannot be made: {error}")))
    })?;
    let links = match &args.reports {
        Some(folder) => Reports::found(folder, out)?,
        None => Reports::Made { out: out.clone() },
    };
    let mut year = annual::gather(&mut catalogue, &policy, args.year, cli.lang, &links)?;
    if year.clips.is_empty() {
        eprintln!("pingcha: {}", nothing(args, &year).get(cli.lang));
    }
    let records = records.filter(|(records, _)| fits(records, &year, cli));
    let (mut terms, mut unrecorded) = (None, Vec::new());
    if let Some((records, calendar)) = &records {
        let today = jiff::Timestamp::now().to_zoned(engine::naming(&policy).zone).date();
        let matcher = annual::matched(&year, records, calendar);
        terms = Terms::new(&matcher, &policy, records, today);
        unrecorded = annual::unrecorded(&matcher, records, year.year);
        year.add_rows_of_no_clip(records, terms.as_ref());
    }
    let seed = args.seed.clone().unwrap_or_else(|| args.year.to_string());
    let review = Review {
        sample: Sample::draw(&year, &seed, args.sample / 100.0),
        scores: Score::all(&year),
        terms,
        unrecorded,
        year,
    };
    write_all(&review, records.as_ref().map(|(records, _)| records), out)?;
    catalogue.log("annual", &format!("{} by {}", args.year, policy.id))?;
    let said = summary(&review, out);
    writeln!(stdout().lock(), "{}", said.get(cli.lang))?;
    let clips = review.year.clips.iter().map(|clip| Status::of(clip.verdict));
    let fails = review.year.ledger.iter().any(|line| line.verdict == Verdict::Fail);
    let ledger = fails.then_some(Status::Violation);
    // An empty year is more likely a wrong name than a year in order.
    Ok(clips.chain(ledger).max_by_key(|status| status.severity()).unwrap_or(Status::Review) as u8)
}

/// What the results rest on is what the terms must be worked out from.
fn fits(records: &Records, year: &annual::Year, cli: &Cli) -> bool {
    let fits = year.records.iter().all(|(_, sha256)| *sha256 == records.sha256);
    if !fits || year.records.is_empty() && !year.clips.is_empty() {
        let said = Prose::new(
            "所给台账与判定各段录像时所用的不同；请先用 pingcha judge --records 重新判定",
            "these records are not those that the recordings were judged with; run pingcha judge --records first",
        );
        eprintln!("pingcha: {}", said.get(cli.lang));
    }
    fits
}

/// The workbook takes as long as all else together, so both go on at once.
fn write_all(review: &Review, records: Option<&Records>, out: &Path) -> anyhow::Result<()> {
    let (workbook, others) = rayon::join(
        || write_workbook(review, records, out).context("annual.xlsx could not be written"),
        || {
            write_json(review, out).context("annual.json could not be written")?;
            let page = annual::page(review, records)?;
            write_whole(&out.join("annual.html"), page.as_bytes()).context("annual.html could not be written")
        },
    );
    workbook.and(others)
}

fn write_workbook(review: &Review, records: Option<&Records>, out: &Path) -> anyhow::Result<()> {
    write_with(&out.join("annual.xlsx"), |file| {
        Ok(annual::workbook(review, records, BufWriter::new(file), out)?)
    })
}

fn write_json(review: &Review, out: &Path) -> anyhow::Result<()> {
    write_with(&out.join("annual.json"), |file| {
        let mut to = BufWriter::new(file);
        annual::json(review, &mut to)?;
        Ok(to.flush()?)
    })
}

/// What a clip's line leads to.
enum Reports {
    /// Reports that lie there already, seen from the review's folder, by the clip's name.
    Found { by_name: HashMap<String, Vec<String>> },
    /// A page of each clip, made from its stored report.
    Made { out: PathBuf },
}

impl Reports {
    fn found(folder: &Path, out: &Path) -> anyhow::Result<Self> {
        let unreadable = |error: io::Error| {
            let folder = folder.display();
            WrongUse(Prose::new(
                format!("{folder} 无法读取：{error}"),
                format!("{folder} cannot be read: {error}"),
            ))
        };
        let folder = folder.canonicalize().map_err(unreadable)?;
        let out = out.canonicalize()?;
        let mut by_name: HashMap<String, Vec<String>> = HashMap::new();
        for path in files_in(&folder).map_err(unreadable)?.files {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let clip = [".report.html", ".report.json"].iter().find_map(|end| name.strip_suffix(end));
            if let Some(clip) = clip {
                by_name.entry(clip.to_owned()).or_default().push(relative(&path, &out));
            }
        }
        Ok(Self::Found { by_name })
    }
}

/// A file as seen from a folder, both absolute.
fn relative(file: &Path, folder: &Path) -> String {
    let common = file.components().zip(folder.components()).take_while(|(one, other)| one == other).count();
    let up = folder.components().skip(common).map(|_| "..".to_owned());
    let down = file.components().skip(common).map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

impl Links for Reports {
    fn link(&self, present: &PresentReport, name: &str) -> anyhow::Result<Option<String>> {
        match self {
            // Of several clips of a name, the report lies in folders like the clip's own.
            Self::Found { by_name } => {
                let found = by_name.get(name).map(Vec::as_slice).unwrap_or_default();
                let page = |link: &&String| link.ends_with(".html");
                Ok(found.iter().max_by_key(|link| (alike(link, &present.path), page(link))).cloned())
            }
            Self::Made { out } => {
                let report: Report = serde_json::from_str(&present.json)?;
                let Some(sha256) = &report.clip.sha256 else { return Ok(None) };
                // Not all in one folder: a year's would be slow to list.
                let link = format!("reports/{}/{sha256}.html", &sha256[..2]);
                let page = render(&report, Format::Html, &style())?;
                let path = out.join(&link);
                let folder = path.parent().unwrap_or(out);
                std::fs::create_dir_all(folder)?;
                // Whole or not at all; not synced to the disk one by one, as it can be made again.
                let mut file = temporary_in(folder)?;
                file.write_all(&page)?;
                file.persist(&path).with_context(|| format!("{} could not be written", path.display()))?;
                Ok(Some(link))
            }
        }
    }
}

/// Folders that two paths have in common at their ends, the file's own aside.
fn alike(link: &str, path: &str) -> usize {
    let folders = |path: &str| path.rsplit('/').skip(1).map(str::to_owned).collect::<Vec<_>>();
    folders(link).iter().zip(&folders(path)).take_while(|(one, other)| one == other).count()
}

fn nothing(args: &AnnualArgs, year: &annual::Year) -> Prose {
    let left_out = &year.left_out;
    let (policy, wanted) = (&year.policy.id, args.year);
    let (undated, others, unjudged) =
        (left_out.undated.len(), left_out.other_years, left_out.unjudged.len() + left_out.outdated.len());
    Prose::new(
        format!(
            "评查库中没有 {wanted} 年按 {policy} 判定的录像（时间不明 {undated}，其他年度 {others}，未按现行规则判定 {unjudged}）"
        ),
        format!(
            "the catalogue has no recordings of {wanted} judged by {policy} ({undated} of unknown date, {others} of other \
             years, {unjudged} not judged by it as it is now)"
        ),
    )
}

fn summary(review: &Review, out: &Path) -> Prose {
    let verdicts: Vec<_> = review.year.clips.iter().map(|clip| clip.own).collect();
    let counts = super::counts(&verdicts);
    let (out, sample) = (out.display(), review.sample.clips.len());
    Prose::new(
        format!(
            "{}；人工评查样本 {sample} 段；已写入 {out} 的 annual.xlsx、annual.html、annual.json。",
            counts.zh
        ),
        format!(
            "{}; {sample} recordings for reviewers; annual.xlsx, annual.html and annual.json are in {out}.",
            counts.en
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_found_from_where_the_review_lies() {
        let from = |file: &str, folder: &str| relative(Path::new(file), Path::new(folder));
        assert_eq!(from("/a/reports/x.html", "/a/annual"), "../reports/x.html");
        assert_eq!(from("/a/b/x.html", "/a"), "b/x.html");
    }

    #[test]
    fn of_reports_of_one_name_the_one_in_like_folders_is_nearest() {
        let links = ["r/J1/0314/a.mp4.report.html", "r/J2/0314/a.mp4.report.html"];
        let nearest = links.iter().max_by_key(|link| alike(link, "/footage/J2/0314/a.mp4")).unwrap();
        assert_eq!(*nearest, links[1]);
    }
}
