//! What is recorded beside the footage: ledger, case list, the dock's log. Plain data; no regulation.
//!
//! One workbook (XLSX, XLS, ODS), a folder of CSV or JSON files, or one JSON file holds the sheets of
//! [`SHEETS`]. Reading collects everything that is wrong, by sheet, row and column, and guesses
//! nothing. [`matching`] finds what the records say of one clip, [`calendar`] counts working days.

mod annex;
mod calendar;
mod collect;
mod dates;
mod due;
mod extract;
mod lookup;
mod matching;
mod names;
mod ods;
mod problem;
mod references;
mod sheets;
mod template;
mod text;
mod value;
mod workbook;

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

pub use annex::{AnnexRow, COLUMNS as ANNEX_COLUMNS, annex, inert, rows as annex_rows};
pub use calendar::{Beyond, Calendar, hours_after, months_after, over};
pub use collect::Found;
pub use due::{CaseFile, Due, Ground, Holds, Kept, Lack, Line, Rule, Standing, State, due, list, standing};
pub use extract::Extract;
pub use lookup::{Lookup, Once};
pub use matching::{
    LedgerRow, MatchedBy, Matcher, Recording, Subject, TimeSource, device_key, numbers, same_file,
    seconds_between, stretches,
};
pub use names::Names;
pub use problem::{Problem, RecordsError, Severity, Spot};
pub use sheets::{
    At, Book, Clip, Column, Copy, Device, Disc, Event, Handover, Hold, Interruption, Kind, Matter, Need,
    Review, Row, Rows, SHEETS, Sheet, Viewing,
};
pub use template::template;
pub use value::Term;

use crate::figures::hexadecimal;
use collect::Collector;

/// No ledger of a year comes near this.
const MAX_FILE_BYTES: u64 = 64 << 20;

/// Records that were read without error.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Records {
    pub rows: Rows,
    /// The sheets that the file has, by their place in [`SHEETS`].
    found: Vec<Option<Found>>,
    /// File or folder name, without its folder.
    pub name: String,
    /// Of the file's bytes; of a folder, of its files' names and digests in order.
    pub sha256: String,
}

/// What came of reading.
#[derive(Debug)]
pub struct Reading {
    pub records: Records,
    pub problems: Vec<Problem>,
    /// Problems beyond those that are kept.
    pub uncounted: usize,
}

impl Reading {
    pub fn is_faulty(&self) -> bool {
        self.problems.iter().any(Problem::is_error)
    }
}

/// The records in a file or folder. Fails where they cannot be used, with all problems.
pub fn load(path: &Path, names: &Names) -> Result<Records, RecordsError> {
    let reading = read(path, names)?;
    match reading.is_faulty() {
        true => Err(RecordsError::Faulty { path: path.to_owned(), problems: reading.problems }),
        false => Ok(reading.records),
    }
}

/// Reads a file or folder as far as it can be read. Fails only where nothing can be.
pub fn read(path: &Path, names: &Names) -> Result<Reading, RecordsError> {
    let files = files(path)?;
    let mut collector = Collector::new(names);
    for file in &files {
        let ending = file.extension().map(|end| end.to_string_lossy().to_lowercase()).unwrap_or_default();
        match ending.as_str() {
            "csv" => text::csv(file, &mut collector)?,
            "json" => text::json(file, &mut collector)?,
            _ => workbook::read(file, &mut collector)?,
        }
    }
    let mut reading = finish(collector);
    reading.records.name =
        path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    reading.records.sha256 = digest(path, &files)?;
    Ok(reading)
}

fn finish(mut collector: Collector) -> Reading {
    if collector.found.iter().all(Option::is_none) {
        let message = crate::lang::Prose::new(
            "没有一张认得的表；可用 pingcha records template 生成模板",
            "there is no sheet of a known name; pingcha records template writes an example",
        );
        collector.problem(Spot::default(), Severity::Error, message);
    }
    collector.rows.shrink();
    let records = Records { rows: collector.rows, found: collector.found, ..Records::default() };
    let mut problems = collector.problems;
    problems.extend(references::notes(&records));
    problems.sort_by(|a, b| a.place.cmp(&b.place).then(a.severity.cmp(&b.severity)));
    Reading { records, problems, uncounted: collector.uncounted }
}

/// The files of the records: one, or the CSV and JSON files of a folder, in the order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>, RecordsError> {
    let unreadable = |source| RecordsError::Unreadable { path: path.to_owned(), source };
    let files = if path.is_dir() {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(path).map_err(unreadable)? {
            let file = entry.map_err(unreadable)?.path();
            let is = |ending: &str| file.extension().is_some_and(|end| end.eq_ignore_ascii_case(ending));
            if is("csv") || is("json") {
                files.push(file);
            }
        }
        files.sort();
        files
    } else {
        vec![path.to_owned()]
    };
    for file in &files {
        let bytes = std::fs::metadata(file).map_err(unreadable)?.len();
        if bytes > MAX_FILE_BYTES {
            let why = crate::lang::Prose::new(
                format!("超过 {} MB，不像台账", MAX_FILE_BYTES >> 20),
                format!("more than {} MB, which no records have", MAX_FILE_BYTES >> 20),
            );
            return Err(RecordsError::Refused { path: file.clone(), why });
        }
    }
    Ok(files)
}

fn digest(path: &Path, files: &[PathBuf]) -> Result<String, RecordsError> {
    let of = |file: &PathBuf| {
        let bytes =
            std::fs::read(file).map_err(|source| RecordsError::Unreadable { path: file.clone(), source })?;
        Ok(hexadecimal(&Sha256::digest(&bytes)))
    };
    if !path.is_dir() {
        return of(&path.to_owned());
    }
    let mut whole = Sha256::new();
    for file in files {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        whole.update(format!("{name} {}\n", of(file)?));
    }
    Ok(hexadecimal(&whole.finalize()))
}

impl Records {
    /// From JSON that is at hand: an object of sheets, each a list of objects.
    pub fn from_json(sheets: serde_json::Map<String, serde_json::Value>, names: &Names) -> Reading {
        let mut collector = Collector::new(names);
        text::items(sheets, &mut collector);
        finish(collector)
    }

    /// The sheet of that identifier, where the file has it.
    pub fn sheet(&self, id: &str) -> Option<&Found> {
        let (place, _) = names::find(id)?;
        self.found.get(place)?.as_ref()
    }

    /// Whether the file has that sheet and that column.
    pub fn has(&self, sheet: &str, column: &str) -> bool {
        self.sheet(sheet).is_some_and(|found| found.columns.contains_key(column))
    }

    /// Where a row, or one of its cells, stands. An empty column means the row.
    pub fn spot(&self, at: At, column: &str) -> Spot {
        let found = self.found.get(usize::from(at.sheet)).and_then(Option::as_ref);
        Spot {
            sheet: found.map(|found| found.name.clone()).unwrap_or_default(),
            row: at.row,
            column: found.and_then(|found| found.columns.get(column)).cloned().unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod docs;
#[cfg(test)]
mod tests;
