//! Workbooks: XLSX streamed cell by cell, XLS and ODS by `calamine` as a whole.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use calamine::{
    Data, DataRef, Dimensions, ExcelDateTime, Ods, OdsError, Reader, SheetType, Xls, XlsError, Xlsx,
    XlsxError,
};

use super::collect::Collector;
use super::ods;
use super::problem::RecordsError;
use super::value::{self, Raw};
use crate::lang::Prose;

/// A zip archive that unpacks to more than this was not written by an office program.
const MAX_UNPACKED_BYTES: u64 = 1 << 30;

/// Reads every sheet of the workbook into the collector.
///
/// The library gives up on some broken files by a panic; that must not end the program.
pub fn read(path: &Path, into: &mut Collector) -> Result<(), RecordsError> {
    // What the collector holds by then is thrown away with the error.
    catch_unwind(AssertUnwindSafe(|| read_sheets(path, into))).unwrap_or_else(|_| {
        let why = broken("its structure is not a workbook's");
        Err(RecordsError::Refused { path: path.to_owned(), why })
    })
}

fn read_sheets(path: &Path, into: &mut Collector) -> Result<(), RecordsError> {
    let unreadable = |source| RecordsError::Unreadable { path: path.to_owned(), source };
    let refused = |why: Prose| RecordsError::Refused { path: path.to_owned(), why };
    let mut file = File::open(path).map_err(unreadable)?;
    let mut start = Vec::new();
    file.by_ref().take(8).read_to_end(&mut start).map_err(unreadable)?;
    file.rewind().map_err(unreadable)?;
    match start.as_slice() {
        [b'P', b'K', ..] => archive(file, into).map_err(refused),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => {
            if holds_encrypted_package(&mut file).map_err(unreadable)? {
                return Err(refused(encrypted()));
            }
            file.rewind().map_err(unreadable)?;
            let mut workbook = Xls::new(BufReader::new(file)).map_err(|error| refused(xls(&error)))?;
            into.since_1904 = workbook.has_1904_epoch();
            let merged =
                |workbook: &Xls<_>, name: &str| workbook.merge_cells_by_sheet_name(name).unwrap_or_default();
            whole(&mut workbook, into, merged, &xls).map_err(refused)
        }
        _ => Err(refused(Prose::new(
            "不是工作簿：不是 XLSX、XLS 或 ODS 文件，或者已损坏",
            "not a workbook: neither XLSX, XLS nor ODS, or damaged",
        ))),
    }
}

/// XLSX or ODS, by what the archive holds.
fn archive(file: File, into: &mut Collector) -> Result<(), Prose> {
    let mut archive =
        zip::ZipArchive::new(BufReader::new(&file)).map_err(|error| broken(&error.to_string()))?;
    let unpacked: u128 = (0..archive.len())
        .filter_map(|index| archive.by_index_raw(index).ok().map(|entry| u128::from(entry.size())))
        .sum();
    if unpacked > u128::from(MAX_UNPACKED_BYTES) {
        return Err(Prose::new("解压后过大，不像台账", "unpacks to more than any records hold"));
    }
    let held: Vec<String> =
        archive.file_names().filter_map(|name| name.ok().map(|name| name.into_owned())).collect();
    let holds = |name: &str| held.iter().any(|held| held.ends_with(name));
    if holds("vbaProject.bin") || held.iter().any(|name| name.starts_with("Basic/")) {
        return Err(macros());
    }
    let (is_xlsx, is_ods) = (holds("xl/workbook.xml"), holds("content.xml"));
    if holds("xl/workbook.bin") {
        return Err(Prose::new("XLSB 格式，请另存为 XLSX", "of the XLSB format; save it as XLSX"));
    }
    let merged = if is_ods { ods::merged(&mut archive) } else { ods::Blocks::new() };
    let mut file = file;
    file.rewind().map_err(|error| broken(&error.to_string()))?;
    if is_xlsx {
        streamed(Xlsx::new(BufReader::new(file)).map_err(|error| xlsx(&error))?, into)
    } else if is_ods {
        let mut workbook = Ods::new(BufReader::new(file)).map_err(|error| ods_error(&error))?;
        let of_sheet = |_: &Ods<_>, name: &str| merged.get(name).cloned().unwrap_or_default();
        whole(&mut workbook, into, of_sheet, &ods_error)
    } else {
        Err(Prose::new("压缩文件中没有工作簿", "an archive without a workbook in it"))
    }
}

/// Cell by cell: of a sheet of any length only one row is held.
fn streamed<R: Read + Seek>(mut workbook: Xlsx<R>, into: &mut Collector) -> Result<(), Prose> {
    into.since_1904 = workbook.has_1904_epoch();
    for name in worksheets(workbook.sheets_metadata()) {
        if !into.begin(&name) {
            continue;
        }
        let since_1904 = into.since_1904;
        let mut cells = workbook.worksheet_cells_reader(&name).map_err(|error| xlsx(&error))?;
        let mut row: Vec<(u32, Raw)> = Vec::new();
        let mut number = 0;
        let mut goes_on = true;
        while let Some(cell) = cells.next_cell().map_err(|error| xlsx(&error))? {
            let (at, column) = cell.get_position();
            if at + 1 != number && !row.is_empty() {
                goes_on = into.row(number, std::mem::take(&mut row));
            }
            if !goes_on {
                break;
            }
            number = at + 1;
            row.push((column, raw_ref(cell.get_value(), since_1904)));
        }
        if goes_on && !row.is_empty() {
            into.row(number, row);
        }
        drop(cells);
        let merged = workbook.merge_cells_by_sheet_name(&name).map_err(|error| xlsx(&error))?;
        blocks(&merged, into);
        into.end();
    }
    Ok(())
}

fn whole<R: Read + Seek, W: Reader<R>>(
    workbook: &mut W,
    into: &mut Collector,
    merged: impl Fn(&W, &str) -> Vec<Dimensions>,
    explain: &dyn Fn(&W::Error) -> Prose,
) -> Result<(), Prose> {
    if workbook.vba_project().ok().flatten().is_some() {
        return Err(macros());
    }
    for name in worksheets(workbook.sheets_metadata()) {
        if !into.begin(&name) {
            continue;
        }
        let range = workbook.worksheet_range(&name).map_err(|error| explain(&error))?;
        let (top, left) = range.start().unwrap_or_default();
        for (down, row) in (1..).zip(range.rows()) {
            let cells =
                (left..).zip(row).map(|(column, data)| (column, raw(data, into.since_1904))).collect();
            if !into.row(top + down, cells) {
                break;
            }
        }
        blocks(&merged(workbook, &name), into);
        into.end();
    }
    Ok(())
}

fn worksheets(sheets: &[calamine::Sheet]) -> Vec<String> {
    sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet).map(|sheet| sheet.name.clone()).collect()
}

fn blocks(merged: &[Dimensions], into: &mut Collector) {
    for block in merged.iter().filter(|block| block.start != block.end) {
        into.merged(block.start, block.end);
    }
}

fn raw_ref(data: &DataRef, since_1904: bool) -> Raw {
    match data {
        DataRef::Empty => Raw::Empty,
        DataRef::Int(number) => Raw::Number(*number as f64),
        DataRef::Float(number) => Raw::Number(*number),
        DataRef::String(text) => Raw::Text(text.clone()),
        DataRef::SharedString(text) => Raw::Text((*text).to_owned()),
        DataRef::Bool(flag) => Raw::Flag(*flag),
        DataRef::DateTime(serial) => date_cell(serial, since_1904),
        DataRef::DateTimeIso(text) => Raw::Text(text.clone()),
        DataRef::DurationIso(text) => Raw::Wrong(text.clone()),
        DataRef::Error(error) => Raw::Wrong(error.to_string()),
    }
}

fn raw(data: &Data, since_1904: bool) -> Raw {
    match data {
        Data::Empty => Raw::Empty,
        Data::Int(number) => Raw::Number(*number as f64),
        Data::Float(number) => Raw::Number(*number),
        Data::String(text) => Raw::Text(text.clone()),
        Data::Bool(flag) => Raw::Flag(*flag),
        Data::DateTime(serial) => date_cell(serial, since_1904),
        Data::DateTimeIso(text) => Raw::Text(text.clone()),
        Data::DurationIso(text) => Raw::Wrong(text.clone()),
        Data::Error(error) => Raw::Wrong(error.to_string()),
    }
}

/// A cell that is shown as a date. What is no date of our time stays the number that it is.
fn date_cell(serial: &ExcelDateTime, since_1904: bool) -> Raw {
    let days = serial.as_f64();
    match value::serial_moment(if since_1904 { days + value::DAYS_1904 } else { days }) {
        Ok(moment) if serial.is_datetime() => Raw::Moment(moment),
        _ => Raw::Wrong(days.to_string()),
    }
}

/// Encrypted XLSX is a compound file with a stream of this name, in UTF-16.
fn holds_encrypted_package(file: &mut File) -> std::io::Result<bool> {
    const NAME: &str = "EncryptedPackage";
    let wanted: Vec<u8> = NAME.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes.windows(wanted.len()).any(|window| window == wanted))
}

fn xlsx(error: &XlsxError) -> Prose {
    match error {
        XlsxError::Password => encrypted(),
        other => broken(&other.to_string()),
    }
}

fn xls(error: &XlsError) -> Prose {
    match error {
        XlsError::Password => encrypted(),
        other => broken(&other.to_string()),
    }
}

fn ods_error(error: &OdsError) -> Prose {
    match error {
        OdsError::Password => encrypted(),
        other => broken(&other.to_string()),
    }
}

fn encrypted() -> Prose {
    Prose::new("文件有密码，请解除密码后再用", "protected by a password; remove it first")
}

fn macros() -> Prose {
    Prose::new("文件带有宏，请另存为不带宏的工作簿", "holds macros; save it as a workbook without them")
}

fn broken(why: &str) -> Prose {
    Prose::new(format!("文件已损坏：{why}"), format!("the file is damaged: {why}"))
}
