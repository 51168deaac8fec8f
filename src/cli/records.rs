//! `pingcha records`: an empty workbook to fill in, every problem of a filled one, and the list that an
//! annex asks for.

use std::fmt::Write as _;
use std::io::{Write as _, stdout};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};

use super::{Status, WrongUse, write};
use crate::lang::{Lang, Prose};
use crate::records::{self, Calendar, Names, Reading, Records, SHEETS};

#[derive(Debug, Args)]
pub struct RecordsArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write an empty workbook with explanations, drop-downs and example rows
    Template {
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Tell everything that is wrong with records, by sheet, row and column
    Check {
        /// A workbook (XLSX, XLS, ODS), a folder of CSV files, or a JSON file
        file: PathBuf,
        #[command(flatten)]
        names: NamesArg,
    },
    /// Write the twelve-column list of recordings of 平顶山市民族宗教事务局's annex 2, filled from records
    Annex {
        file: PathBuf,
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        names: NamesArg,
    },
}

/// How sheets and columns are known.
#[derive(Debug, Args)]
pub struct NamesArg {
    /// Usual names of sheets and columns, in place of the built-in ones (src/records/names.toml)
    #[arg(long, value_name = "FILE")]
    record_names: Option<PathBuf>,
}

impl NamesArg {
    fn read(&self) -> anyhow::Result<Names> {
        let Some(path) = &self.record_names else { return Ok(Names::usual()) };
        Ok(Names::parse(&text_of(path)?).map_err(|why| WrongUse(of_file(path, &why)))?)
    }
}

/// The records, names and calendar that `check` is given.
#[derive(Debug, Args)]
pub struct RecordsInput {
    /// Ledger, case list and dock log beside the footage: a workbook, a folder of CSV files, or JSON
    #[arg(long, value_name = "FILE")]
    records: Option<PathBuf>,
    #[command(flatten)]
    names: NamesArg,
    /// Holidays and make-up workdays, in place of the built-in calendar of 2018 to 2026
    #[arg(long, value_name = "FILE")]
    calendar: Option<PathBuf>,
}

impl RecordsInput {
    /// What was given, or why it cannot be used.
    pub(super) fn load(&self) -> anyhow::Result<Option<(Records, Calendar)>> {
        let Some(path) = &self.records else { return Ok(None) };
        let names = self.names.read()?;
        let records = records::load(path, &names).map_err(|error| WrongUse(error.prose()))?;
        let calendar = match &self.calendar {
            None => Calendar::official(),
            Some(path) => Calendar::parse(&text_of(path)?).map_err(|why| WrongUse(of_file(path, &why)))?,
        };
        Ok(Some((records, calendar)))
    }
}

pub(super) fn run(args: &RecordsArgs, lang: Lang) -> anyhow::Result<u8> {
    match &args.action {
        Action::Template { out } => {
            let bytes = records::template(lang)?;
            write::write_whole(out, &bytes)
                .with_context(|| format!("{} could not be written", out.display()))?;
            Ok(Status::Compliant as u8)
        }
        Action::Check { file, names } => {
            let reading = records::read(file, &names.read()?).map_err(|error| WrongUse(error.prose()))?;
            stdout().lock().write_all(told(&reading, lang).as_bytes())?;
            Ok(if reading.is_faulty() { Status::WrongUse } else { Status::Compliant } as u8)
        }
        Action::Annex { file, out, names } => {
            let records = records::load(file, &names.read()?).map_err(|error| WrongUse(error.prose()))?;
            let title = records.rows.book.first().and_then(|book| book.unit.clone()).unwrap_or_default();
            let bytes = records::annex(&records, &format!("{title}执法音像记录清单"))?;
            write::write_whole(out, &bytes)
                .with_context(|| format!("{} could not be written", out.display()))?;
            Ok(Status::Compliant as u8)
        }
    }
}

/// Each problem on a line, then what was read.
fn told(reading: &Reading, lang: Lang) -> String {
    let mut text = String::new();
    for problem in &reading.problems {
        let _ = writeln!(text, "{}", problem.line(lang));
    }
    if reading.uncounted > 0 {
        let more = reading.uncounted;
        let _ = match lang {
            Lang::Zh => writeln!(text, "另有 {more} 处问题没有列出"),
            Lang::En => writeln!(text, "{more} more problems are not shown"),
        };
    }
    for (sheet, count) in SHEETS.iter().zip(reading.records.rows.counts()) {
        let Some(found) = reading.records.sheet(sheet.id) else { continue };
        let _ = match lang {
            Lang::Zh => writeln!(text, "{}（“{}”）：{count} 行", sheet.title.zh, found.name),
            Lang::En => writeln!(text, "{} (\"{}\"): {count} rows", sheet.title.en, found.name),
        };
    }
    let errors = reading.problems.iter().filter(|problem| problem.is_error()).count();
    let _ = match (lang, errors) {
        (Lang::Zh, 0) => writeln!(text, "可以使用"),
        (Lang::En, 0) => writeln!(text, "the records can be used"),
        (Lang::Zh, _) => writeln!(text, "有 {errors} 处错误，不能使用"),
        (Lang::En, _) => writeln!(text, "{errors} errors: the records cannot be used"),
    };
    text
}

fn text_of(path: &Path) -> Result<String, WrongUse> {
    std::fs::read_to_string(path).map_err(|error| {
        let path = path.display();
        WrongUse(Prose::new(format!("{path}：无法读取：{error}"), format!("{path}: cannot be read: {error}")))
    })
}

fn of_file(path: &Path, why: &Prose) -> Prose {
    Prose::new(format!("{}：{}", path.display(), why.zh), format!("{}: {}", path.display(), why.en))
}
