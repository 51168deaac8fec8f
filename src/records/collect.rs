//! Rows in, records out: recognises sheets and headings, reads each cell by its column's kind, and
//! collects everything that is wrong.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::names::Names;
use super::problem::{Problem, Severity, Spot};
use super::sheets::{At, Column, Kind, Need, Rows, SHEETS, Sheet};
use super::value::{self, Cells, Raw, Value};
use crate::lang::Prose;

/// Headings stand within this many filled rows of the sheet's top: a title and notes may stand above.
const HEADING_WITHIN_ROWS: u32 = 20;
/// A row with this many known headings is the row of headings.
const MIN_HEADINGS: usize = 2;
/// Rows of a spreadsheet; more come from a broken file.
const MAX_ROWS: u32 = 1 << 20;
/// More problems than anybody mends in one sitting are counted, not kept.
const MAX_PROBLEMS: usize = 10_000;
/// What the template's example rows begin with; they are not read.
pub const EXAMPLE: &str = "例：";

/// A sheet as the file has it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    pub name: String,
    /// Letter and heading of each known column: `F（存入时间）`.
    pub columns: BTreeMap<&'static str, String>,
}

#[derive(Debug)]
pub struct Collector<'n> {
    names: &'n Names,
    pub rows: Rows,
    /// By the sheet's place in [`SHEETS`].
    pub found: Vec<Option<Found>>,
    pub problems: Vec<Problem>,
    /// Problems beyond those that are kept.
    pub uncounted: usize,
    current: Option<Current>,
    /// Keys and the row that has them first.
    keys: HashMap<(u8, String), u32>,
    /// The workbook counts days from 1904.
    pub since_1904: bool,
}

/// The sheet that is being read.
#[derive(Debug)]
struct Current {
    place: usize,
    name: String,
    /// Column of the file and the column of the sheet that it is; empty until the headings were met.
    columns: Vec<(u32, &'static Column)>,
    filled_rows: u32,
    /// Number of the row of headings; everything, before it was met.
    headings_row: u32,
    lacks_headings: bool,
}

impl<'n> Collector<'n> {
    pub fn new(names: &'n Names) -> Self {
        Self {
            names,
            rows: Rows::default(),
            found: SHEETS.iter().map(|_| None).collect(),
            problems: Vec::new(),
            uncounted: 0,
            current: None,
            keys: HashMap::new(),
            since_1904: false,
        }
    }

    pub fn problem(&mut self, place: Spot, severity: Severity, message: Prose) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem { place, severity, message });
        } else {
            self.uncounted += 1;
        }
    }

    fn error(&mut self, place: Spot, zh: impl Into<String>, en: impl Into<String>) {
        self.problem(place, Severity::Error, Prose::new(zh, en));
    }

    /// Whether that is a sheet's name.
    pub fn knows(&self, name: &str) -> bool {
        self.names.sheet(name).is_some()
    }

    /// Begins a sheet; `false` where its name is not known and nothing of it is wanted.
    pub fn begin(&mut self, name: &str) -> bool {
        /// Sheets of explanations.
        const ASIDE: [&str; 4] = ["说明", "填写说明", "readme", "instructions"];
        self.current = None;
        if ASIDE.contains(&name.trim().to_lowercase().as_str()) {
            return false;
        }
        let spot = Spot { sheet: name.to_owned(), ..Spot::default() };
        let Some(place) = self.names.sheet(name) else {
            self.problem(
                spot,
                Severity::Note,
                Prose::new("不认得的表，未读取", "a sheet of this name is not known and was not read"),
            );
            return false;
        };
        if let Some(first) = &self.found[place] {
            let (zh, en) = (
                format!("与“{}”是同一种表，一种表只能有一张", first.name),
                format!("the same kind of sheet as \"{}\"; there can be one of a kind", first.name),
            );
            self.error(spot, zh, en);
            return false;
        }
        self.found[place] = Some(Found { name: name.to_owned(), columns: BTreeMap::new() });
        self.current = Some(Current {
            place,
            name: name.to_owned(),
            columns: Vec::new(),
            filled_rows: 0,
            headings_row: u32::MAX,
            lacks_headings: false,
        });
        true
    }

    /// One row of the sheet that was begun: its number, counted from 1, and its filled cells by column,
    /// counted from 0. `false` when no more rows are wanted.
    pub fn row(&mut self, number: u32, cells: Vec<(u32, Raw)>) -> bool {
        let filled = |raw: &Raw| !matches!(raw, Raw::Empty) && !value::text(raw).is_empty();
        let cells: Vec<(u32, Raw)> = cells.into_iter().filter(|(_, raw)| filled(raw)).collect();
        let Some(mut current) = self.current.take() else { return false };
        if cells.is_empty() {
            self.current = Some(current);
            return true;
        }
        current.filled_rows += 1;
        let goes_on = if number > MAX_ROWS {
            self.error(current.spot(0), format!("超过 {MAX_ROWS} 行"), format!("more than {MAX_ROWS} rows"));
            false
        } else if current.columns.is_empty() {
            self.headings(&mut current, number, &cells)
        } else {
            self.data(&current, number, cells);
            true
        };
        self.current = Some(current);
        goes_on
    }

    /// Ends the sheet that was begun.
    pub fn end(&mut self) {
        let Some(current) = self.current.take() else { return };
        if current.columns.is_empty() && current.filled_rows > 0 && !current.lacks_headings {
            self.without_headings(&current);
        }
    }

    /// A block of cells was merged in the sheet that was begun: only the first of them has a value. Rows
    /// and columns count from 0. Above the data it is a title.
    pub fn merged(&mut self, (top, left): (u32, u32), (bottom, right): (u32, u32)) {
        let Some(current) = self.current.as_ref().filter(|current| bottom >= current.headings_row) else {
            return;
        };
        let block = format!("{}{}:{}{}", letters(left), top + 1, letters(right), bottom + 1);
        let spot = Spot { column: letters(left), ..current.spot(top + 1) };
        self.error(
            spot,
            format!("{block} 是合并单元格，看不出各行各栏的值；请取消合并并逐格填写"),
            format!("{block} are merged cells, so the values of their rows and columns are not known; unmerge and fill in each"),
        );
    }

    /// One item of a list in JSON: its number, counted from 1, and its values by their names.
    pub fn item(&mut self, number: u32, values: Vec<(String, Raw)>) {
        let Some(current) = self.current.take() else { return };
        let mut raw = Vec::new();
        for (name, value) in values {
            let id = self.names.column(current.place, &name);
            let Some(column) =
                id.and_then(|id| SHEETS[current.place].columns.iter().find(|column| column.id == id))
            else {
                let spot = Spot { column: name, ..current.spot(number) };
                self.problem(
                    spot,
                    Severity::Note,
                    Prose::new("不认得的栏，未读取", "a column of this name is not known and was not read"),
                );
                continue;
            };
            if let Some(found) = &mut self.found[current.place] {
                found.columns.entry(column.id).or_insert(name);
            }
            raw.push((column, value));
        }
        self.record(current.place, &current.name, number, raw);
        self.current = Some(current);
    }

    fn without_headings(&mut self, current: &Current) {
        let wanted: Vec<&str> =
            SHEETS[current.place].columns.iter().take(4).map(|column| column.title.zh).collect();
        let wanted = wanted.join("、");
        self.error(
            current.spot(0),
            format!("找不到标题行；应有{wanted}等栏"),
            format!("no row of headings was found; columns such as {wanted} are expected"),
        );
    }

    fn headings(&mut self, current: &mut Current, number: u32, cells: &[(u32, Raw)]) -> bool {
        let sheet = SHEETS[current.place];
        let known: Vec<(u32, String, Option<&'static Column>)> = cells
            .iter()
            .map(|(column, raw)| {
                let heading = value::text(raw);
                let known = self.names.column(current.place, &heading);
                (*column, heading, known.and_then(|id| sheet.columns.iter().find(|column| column.id == id)))
            })
            .collect();
        let recognised = known.iter().filter(|(_, _, column)| column.is_some()).count();
        if recognised < MIN_HEADINGS.min(known.len().max(1)) {
            if current.filled_rows < HEADING_WITHIN_ROWS {
                return true;
            }
            current.lacks_headings = true;
            self.without_headings(current);
            return false;
        }
        current.headings_row = number;
        let mut found = BTreeMap::new();
        for (place, heading, column) in known {
            let spot = Spot { column: letter_and(place, &heading), ..current.spot(number) };
            let Some(column) = column else {
                let message =
                    Prose::new("不认得的栏，未读取", "a column of this name is not known and was not read");
                self.problem(spot, Severity::Note, message);
                continue;
            };
            if let Some(first) = found.get(column.id) {
                let (zh, en) = (format!("与{first}栏重复"), format!("the same as column {first}"));
                self.error(spot, zh, en);
                continue;
            }
            found.insert(column.id, spot.column);
            current.columns.push((place, column));
        }
        for column in sheet.columns.iter().filter(|column| column.need != Need::May) {
            if !found.contains_key(column.id) {
                let (zh, en) = (column.title.zh, column.title.en);
                self.error(
                    current.spot(number),
                    format!("缺少“{zh}”栏"),
                    format!("the column \"{zh}\" ({en}) is missing"),
                );
            }
        }
        if let Some(entry) = &mut self.found[current.place] {
            entry.columns = found;
        }
        true
    }

    fn data(&mut self, current: &Current, number: u32, mut cells: Vec<(u32, Raw)>) {
        if cells.first().is_some_and(|(_, raw)| value::text(raw).starts_with(EXAMPLE)) {
            return;
        }
        let mut raw = Vec::new();
        for (place, column) in &current.columns {
            if let Some(found) = cells.iter_mut().find(|(at, _)| at == place) {
                raw.push((*column, std::mem::replace(&mut found.1, Raw::Empty)));
            }
        }
        self.record(current.place, &current.name, number, raw);
    }

    /// One row with what each of its columns holds.
    fn record(&mut self, place: usize, name: &str, number: u32, raw: Vec<(&'static Column, Raw)>) {
        let sheet = SHEETS[place];
        let at = At { sheet: place as u8, row: number };
        let spot = |this: &Self, id: &str| {
            let column = this.found[place].as_ref().and_then(|found| found.columns.get(id)).cloned();
            Spot { sheet: name.to_owned(), row: number, column: column.unwrap_or_default() }
        };
        let mut cells = Cells::default();
        let mut wrong = BTreeSet::new();
        for (column, raw) in raw {
            let raw = match (raw, column.kind) {
                (Raw::Number(days), Kind::Moment | Kind::Day | Kind::Term) if self.since_1904 => {
                    Raw::Number(days + value::DAYS_1904)
                }
                (raw, _) => raw,
            };
            match value::read(column.kind, raw) {
                Ok((value, note)) => {
                    if let Some(note) = note {
                        self.problem(spot(self, column.id), Severity::Note, note);
                    }
                    if let Some(value) = value {
                        cells.0.insert(column.id, value);
                    }
                }
                Err(message) => {
                    wrong.insert(column.id);
                    self.problem(spot(self, column.id), Severity::Error, message);
                }
            }
        }
        if cells.0.is_empty() && wrong.is_empty() {
            return;
        }
        for column in sheet.columns {
            if column.need != Need::May && !cells.0.contains_key(column.id) && !wrong.contains(column.id) {
                self.error(spot(self, column.id), "不能为空", "must not be empty");
            }
        }
        self.keys(sheet, at, &cells, &spot);
        for &(earlier, later) in sheet.orders {
            if let (Some(first), Some(second)) = (when(cells.0.get(earlier)), when(cells.0.get(later)))
                && second < first
            {
                let title =
                    |id: &str| sheet.columns.iter().find(|column| column.id == id).map(|column| column.title);
                let (first_title, second_title) = (title(earlier), title(later));
                let (zh, en) = first_title.zip(second_title).map_or_else(Default::default, |(a, b)| {
                    (
                        format!("时间倒退：{} {second} 早于{} {first}", b.zh, a.zh),
                        format!("time runs backwards: {} {second} is before {} {first}", b.en, a.en),
                    )
                });
                self.error(spot(self, later), zh, en);
            }
        }
        self.rows.push(at, &mut cells);
    }

    /// Keys stand once; so does a file's name with its digest.
    fn keys(&mut self, sheet: &Sheet, at: At, cells: &Cells, spot: &dyn Fn(&Self, &str) -> Spot) {
        let of = |id: &str| match cells.0.get(id) {
            Some(Value::Text(text) | Value::Digest(text)) => Some(text.to_lowercase()),
            _ => None,
        };
        let key = match sheet.id {
            "clips" => {
                of("file").map(|file| ("file", format!("{file}\0{}", of("digest").unwrap_or_default())))
            }
            _ => {
                let key = sheet.columns.iter().find(|column| column.need == Need::Key);
                key.and_then(|column| of(column.id).map(|text| (column.id, text)))
            }
        };
        let Some((id, key)) = key else { return };
        if let Some(first) = self.keys.get(&(at.sheet, key.clone())) {
            let shown = key.split('\0').next().unwrap_or_default().to_owned();
            let (zh, en) =
                (format!("“{shown}”与第{first}行重复"), format!("\"{shown}\" is the same as in row {first}"));
            self.error(spot(self, id), zh, en);
        } else {
            self.keys.insert((at.sheet, key), at.row);
        }
    }
}

impl Current {
    fn spot(&self, row: u32) -> Spot {
        Spot { sheet: self.name.clone(), row, ..Spot::default() }
    }
}

/// A time that can be compared: of a day, its beginning.
fn when(value: Option<&Value>) -> Option<jiff::civil::DateTime> {
    match value? {
        Value::Moment(moment) => Some(*moment),
        Value::Day(day) => Some(day.at(0, 0, 0, 0)),
        _ => None,
    }
}

/// A column's letters as spreadsheets have them: 0 is A, 26 is AA.
pub fn letters(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column;
    loop {
        letters.push(char::from(b'A' + (rest % 26) as u8));
        if rest < 26 {
            break;
        }
        rest = rest / 26 - 1;
    }
    letters.iter().rev().collect()
}

fn letter_and(column: u32, heading: &str) -> String {
    format!("{}（{heading}）", letters(column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_letters() {
        for (column, expected) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")] {
            assert_eq!(letters(column), expected);
        }
    }
}
