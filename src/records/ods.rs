//! Merged cells of an ODS workbook, which the library that reads its values does not tell.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Seek};

use calamine::Dimensions;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Blocks of each sheet, by its name. Rows and columns count from 0.
pub type Blocks = HashMap<String, Vec<Dimensions>>;

/// The blocks of merged cells of the workbook in that archive. What cannot be understood has none: the values'
/// own reader says what is wrong with it.
pub fn merged<R: Read + Seek>(archive: &mut zip::ZipArchive<R>) -> Blocks {
    archive.by_name("content.xml").map(|content| blocks(BufReader::new(content))).unwrap_or_default()
}

fn blocks(content: impl BufRead) -> Blocks {
    let mut reader = Reader::from_reader(content);
    let (mut found, mut buffer) = (Blocks::new(), Vec::new());
    let (mut sheet, mut row, mut column) = (String::new(), 0_u32, 0_u32);
    // How often the row that is being read stands there.
    let mut times = 1;
    loop {
        buffer.clear();
        let event = match reader.read_event_into(&mut buffer) {
            Ok(Event::Eof) | Err(_) => return found,
            Ok(event) => event,
        };
        match &event {
            Event::Start(start) | Event::Empty(start) => match start.local_name().as_ref() {
                "table" => (sheet, row) = (text(start, "name").unwrap_or_default(), 0),
                "table-row" => (column, times) = (0, number(start, "number-rows-repeated")),
                "table-cell" | "covered-table-cell" => {
                    let (across, down) =
                        (number(start, "number-columns-spanned"), number(start, "number-rows-spanned"));
                    if across > 1 || down > 1 {
                        let end = (row.saturating_add(down - 1), column.saturating_add(across - 1));
                        let block = Dimensions { start: (row, column), end };
                        found.entry(sheet.clone()).or_default().push(block);
                    }
                    column = column.saturating_add(number(start, "number-columns-repeated"));
                }
                _ => {}
            },
            Event::End(_) => {}
            _ => continue,
        }
        let row_ends = match &event {
            Event::End(end) => end.local_name().as_ref() == "table-row",
            Event::Empty(start) => start.local_name().as_ref() == "table-row",
            _ => false,
        };
        if row_ends {
            row = row.saturating_add(times);
        }
    }
}

fn text(start: &BytesStart, name: &str) -> Option<String> {
    let mut attributes = start.attributes().flatten();
    let attribute = attributes.find(|attribute| attribute.key.local_name().as_ref() == name)?;
    let value = attribute.value.into_owned();
    Some(quick_xml::escape::unescape(&value).map(|text| text.into_owned()).unwrap_or(value))
}

/// A count of rows or columns, 1 where none is given.
fn number(start: &BytesStart, name: &str) -> u32 {
    text(start, name).and_then(|text| text.parse().ok()).filter(|&count| count > 0).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_behind_repeated_rows_and_columns() {
        let content = r#"<t:table t:name="录像 &amp; 其他"><t:table-row t:number-rows-repeated="3"/><t:table-row>
            <t:table-cell t:number-columns-repeated="2"/><t:table-cell t:number-columns-spanned="2" t:number-rows-spanned="3"/>
            <t:covered-table-cell/></t:table-row><t:table-row><t:table-cell t:number-rows-spanned="2"/></t:table-row></t:table>
            <t:table t:name="空"><t:table-row><t:table-cell/></t:table-row></t:table>"#;
        let found = blocks(content.as_bytes());
        let of = |sheet: &str| -> Vec<_> {
            found.get(sheet).into_iter().flatten().map(|block| (block.start, block.end)).collect()
        };
        assert_eq!(of("录像 & 其他"), [((3, 2), (5, 3)), ((4, 0), (5, 0))]);
        assert!(of("空").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn reading_never_panics(content in "(<|/|>|t:|table|-row|-cell| |name=|\"|number-rows-repeated=|4294967295|é){0,40}") {
            blocks(content.as_bytes());
        }
    }
}
