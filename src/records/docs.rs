//! Holds the part of `docs/records.md` that lists the sheets against their declarations.

use std::fmt::Write as _;

use super::sheets::{Kind, Need, SHEETS, Sheet};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/records.md");
const BEGIN: &str = "<!-- sheets: begin -->\n";
const END: &str = "<!-- sheets: end -->\n";
/// Set to anything, the test writes the part instead of comparing it.
const WRITE: &str = "PINGCHA_WRITE_DOCS";

#[test]
fn the_documentation_lists_the_sheets_as_declared() {
    let document = std::fs::read_to_string(PATH).unwrap();
    let (before, rest) = document.split_once(BEGIN).unwrap();
    let (written, after) = rest.split_once(END).unwrap();
    let declared: String = SHEETS.iter().map(|sheet| section(sheet)).collect();
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(PATH, format!("{before}{BEGIN}{declared}\n{END}{after}")).unwrap();
    } else {
        assert_eq!(
            written.trim_end(),
            declared.trim_end(),
            "run again with {WRITE}=1 to write the documentation"
        );
    }
}

fn section(sheet: &Sheet) -> String {
    let mut section = format!("\n### {} · `{}`\n\n{}\n\n", sheet.title.zh, sheet.id, sheet.about.en);
    section.push_str("| column | identifier | holds | |\n|---|---|---|---|\n");
    for column in sheet.columns {
        let need = match column.need {
            Need::Key => "Required, each once. ",
            Need::Must => "Required. ",
            Need::May => "",
        };
        let (title, id, about) = (column.title.zh, column.id, column.about.en);
        writeln!(
            section,
            "| {title} | `{id}` | {} | {} |",
            holds(column.kind),
            format!("{need}{about}").trim()
        )
        .unwrap();
    }
    section
}

fn holds(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::List => "names, parted by 、 or a comma",
        Kind::Moment => "date and time",
        Kind::Day => "date",
        Kind::Count => "whole number",
        Kind::Seconds => "seconds",
        Kind::Flag => "是 or 否",
        Kind::Digest => "64 hexadecimal digits",
        Kind::Term => "date, or 永久",
    }
}
