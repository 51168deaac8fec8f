//! Records as text: CSV files, one a sheet, and JSON files.

use std::io::Read;
use std::path::Path;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, GB18030, UTF_8};
use serde_json::Value;

use super::collect::Collector;
use super::problem::{RecordsError, Severity, Spot};
use super::value::Raw;
use crate::lang::Prose;

/// One CSV file is one sheet, named by its file.
pub fn csv(path: &Path, into: &mut Collector) -> Result<(), RecordsError> {
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let bytes = read(path)?;
    if !into.begin(&name) {
        return Ok(());
    }
    let text = decode(&bytes).map_err(|why| RecordsError::Refused { path: path.to_owned(), why })?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    loop {
        let line = u32::try_from(reader.position().line()).unwrap_or(u32::MAX);
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {
                let line = record.position().map_or(line, |at| u32::try_from(at.line()).unwrap_or(u32::MAX));
                let cells =
                    (0..).zip(&record).map(|(column, text)| (column, Raw::Text(text.to_owned()))).collect();
                if !into.row(line, cells) {
                    break;
                }
            }
            Err(error) => {
                let why = error.to_string();
                let message = Prose::new(format!("不是有效的 CSV：{why}"), format!("not valid CSV: {why}"));
                into.problem(
                    Spot { sheet: name.clone(), row: line, ..Spot::default() },
                    Severity::Error,
                    message,
                );
                break;
            }
        }
    }
    into.end();
    Ok(())
}

/// Commas, tabs or semicolons: whichever the first line with any has most of.
fn delimiter(text: &str) -> u8 {
    let counts = |line: &str| {
        [b',', b'\t', b';'].map(|mark| (line.bytes().filter(|&byte| byte == mark).count(), mark))
    };
    let first = text.lines().map(counts).find(|counts| counts.iter().any(|(count, _)| *count > 0));
    // Of equal counts the comma wins.
    first.into_iter().flatten().rev().max_by_key(|(count, _)| *count).map_or(b',', |(_, mark)| mark)
}

/// Text in UTF-8, UTF-16 with its mark, or GB18030, found out by itself.
fn decode(bytes: &[u8]) -> Result<String, Prose> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, _, wrong) = encoding.decode(&bytes[mark..]);
        return if wrong { Err(undecodable(encoding)) } else { Ok(text.into_owned()) };
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let guess = detector.guess(Some(b"cn"), Utf8Detection::Deny);
    let encoding = if guess == encoding_rs::GBK { GB18030 } else { guess };
    // What is neither of the two that the records may have is not decoded into something likely.
    if encoding != GB18030 {
        return Err(undecodable(encoding));
    }
    let (text, _, wrong) = encoding.decode(bytes);
    if wrong { Err(undecodable(UTF_8)) } else { Ok(text.into_owned()) }
}

fn undecodable(encoding: &'static Encoding) -> Prose {
    let name = encoding.name();
    Prose::new(
        format!("编码不是 UTF-8 或 GB18030（像是 {name}），或文件已损坏；请另存为 UTF-8"),
        format!("neither UTF-8 nor GB18030 (it looks like {name}), or damaged; save it as UTF-8"),
    )
}

/// An object of sheets, each a list of objects: `{"events": [{"number": "E1", …}], …}`; or one such list, in a file that
/// bears the sheet's name.
pub fn json(path: &Path, into: &mut Collector) -> Result<(), RecordsError> {
    let refused =
        |zh: String, en: String| RecordsError::Refused { path: path.to_owned(), why: Prose::new(zh, en) };
    let bytes = read(path)?;
    let text = decode(&bytes).map_err(|why| RecordsError::Refused { path: path.to_owned(), why })?;
    let value: Value = serde_json::from_str(&text)
        .map_err(|error| refused(format!("不是有效的 JSON：{error}"), format!("not valid JSON: {error}")))?;
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let sheets = match value {
        Value::Object(sheets) => sheets,
        // A list is the sheet that its file is named for.
        list @ Value::Array(_) if into.knows(&name) => std::iter::once((name, list)).collect(),
        _ => {
            return Err(refused(
                "JSON 应为对象：表名对应一组记录；只有一组记录的，文件名应为表名".to_owned(),
                "the JSON must be an object of sheets, each a list, or a list in a file that is named for its sheet".to_owned(),
            ));
        }
    };
    items(sheets, into);
    Ok(())
}

pub(super) fn items(sheets: serde_json::Map<String, Value>, into: &mut Collector) {
    for (name, rows) in sheets {
        if !into.begin(&name) {
            continue;
        }
        let wrong = |into: &mut Collector, row: u32| {
            let spot = Spot { sheet: name.clone(), row, ..Spot::default() };
            let message = Prose::new("应为一组记录，每条是一个对象", "must be a list of objects, one a row");
            into.problem(spot, Severity::Error, message);
        };
        let Value::Array(rows) = rows else {
            wrong(into, 0);
            continue;
        };
        for (number, row) in (1..).zip(rows) {
            match row {
                Value::Object(values) => {
                    into.item(number, values.into_iter().map(|(name, value)| (name, raw(value))).collect());
                }
                _ => wrong(into, number),
            }
        }
        into.end();
    }
}

fn raw(value: Value) -> Raw {
    match value {
        Value::Null => Raw::Empty,
        Value::Bool(flag) => Raw::Flag(flag),
        Value::Number(number) => number.as_f64().map_or_else(|| Raw::Wrong(number.to_string()), Raw::Number),
        Value::String(text) => Raw::Text(text),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            Raw::Text(items.join("、"))
        }
        other => Raw::Wrong(other.to_string().chars().take(40).collect()),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, RecordsError> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path);
    file.and_then(|file| file.take(super::MAX_FILE_BYTES).read_to_end(&mut bytes))
        .map_err(|source| RecordsError::Unreadable { path: path.to_owned(), source })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_found_out() {
        let text = "活动编号,到达时间,当事人\nZF-001,2025-03-14 09:30,某某网吧\n";
        let (gb, _, _) = GB18030.encode(text);
        let utf16: Vec<u8> =
            [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        for bytes in
            [text.as_bytes().to_vec(), format!("\u{feff}{text}").into_bytes(), gb.into_owned(), utf16]
        {
            assert_eq!(decode(&bytes).unwrap().trim_start_matches('\u{feff}'), text);
        }
        assert!(decode(b"\xff\xff\x80 not any text").is_err());
    }

    #[test]
    fn delimiters_are_found_out() {
        assert_eq!(delimiter("a,b;c,d"), b',');
        assert_eq!(delimiter("标题\na\tb\tc"), b'\t');
        assert_eq!(delimiter("a;b"), b';');
        assert_eq!(delimiter("a"), b',');
    }
}
