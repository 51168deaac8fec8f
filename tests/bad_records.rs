//! Bad records through the built program: what people, office programs and broken disks do to ledgers. Each is named by
//! sheet, row and column, nothing is guessed, and what cannot be used ends with status 2.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;

use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

use common::{pingcha, run, sample};
use encoding_rs::GB18030;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};

/// A way to spoil records: writes them into a folder and says where they are.
type Spoil = Box<dyn Fn(&Path) -> PathBuf>;

struct Case {
    name: &'static str,
    spoil: Spoil,
    status: i32,
    /// What is said of it, in English.
    said: &'static [&'static str],
}

fn case(
    name: &'static str,
    status: i32,
    said: &'static [&'static str],
    spoil: impl Fn(&Path) -> PathBuf + 'static,
) -> Case {
    Case { name, spoil: Box::new(spoil), status, said }
}

/// A workbook with one sheet of events with these rows below the headings number, arrival, departure, closed and
/// photographs.
fn events(rows: &'static [[&str; 5]]) -> impl Fn(&Path) -> PathBuf {
    move |folder| {
        workbook(folder, |sheet| {
            for (row, cells) in (1..).zip(rows) {
                for (column, cell) in (0..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
                    sheet.write(row, column, *cell).unwrap();
                }
            }
        })
    }
}

fn workbook(folder: &Path, fill: impl Fn(&mut Worksheet)) -> PathBuf {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name("执法活动").unwrap();
    for (column, heading) in (0..).zip(["活动编号", "到达时间", "离开时间", "结案日期", "照片数"])
    {
        sheet.write(0, column, heading).unwrap();
    }
    fill(sheet);
    let path = folder.join("台账.xlsx");
    workbook.save(&path).unwrap();
    path
}

fn file(name: &'static str, bytes: impl Into<Vec<u8>>) -> impl Fn(&Path) -> PathBuf {
    let bytes = bytes.into();
    move |folder| {
        let path = folder.join(name);
        fs::write(&path, &bytes).unwrap();
        path
    }
}

/// Text with an error in its third line.
const LEDGER: &str =
    "文件名,活动编号,存入时间\nJ1_0001.mp4,E1,2025-03-14 16:20\nJ1_0002.mp4,E1,2025-02-30 16:20\n";

fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(bytes).collect()
}

/// An archive of these files.
fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = zip::ZipWriter::new(&mut bytes);
    for (name, content) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap();
    bytes.into_inner()
}

/// A good workbook with another file in its archive.
fn with_another(folder: &Path, name: &str, other: &str) -> PathBuf {
    let good = fs::read(workbook(folder, |sheet| {
        sheet.write(1, 0, "E1").unwrap();
    }))
    .unwrap();
    let mut good = zip::ZipArchive::new(Cursor::new(good)).unwrap();
    let names: Vec<String> = good.file_names().map(|name| name.unwrap().into_owned()).collect();
    let mut files = Vec::new();
    for name in names {
        let mut content = Vec::new();
        good.by_name(&name).unwrap().read_to_end(&mut content).unwrap();
        files.push((name, content));
    }
    files.push((other.to_owned(), b"x".to_vec()));
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|(name, content)| (name.as_str(), content.as_slice())).collect();
    let path = folder.join(name);
    fs::write(&path, archive(&files)).unwrap();
    path
}

const ODS: &str = "application/vnd.oasis.opendocument.spreadsheet";

fn ods(cells: &str, manifest_more: &str) -> Vec<u8> {
    let spaces: String = ["office", "table", "text"]
        .map(|name| format!(r#" xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0""#))
        .concat();
    let content = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><office:document-content{spaces} office:version="1.2"><office:body><office:spreadsheet><table:table table:name="执法活动">{cells}</table:table></office:spreadsheet></office:body></office:document-content>"#
    );
    let manifest = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2"><manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS}"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml">{manifest_more}</manifest:file-entry></manifest:manifest>"#
    );
    archive(&[
        ("mimetype", ODS.as_bytes()),
        ("content.xml", content.as_bytes()),
        ("META-INF/manifest.xml", manifest.as_bytes()),
    ])
}

fn ods_row(cells: &[(&str, &str)]) -> String {
    let cell = |(attributes, text): &(&str, &str)| {
        format!(
            r#"<table:table-cell office:value-type="string" {attributes}><text:p>{text}</text:p></table:table-cell>"#
        )
    };
    format!("<table:table-row>{}</table:table-row>", cells.iter().map(cell).collect::<String>())
}

fn cases() -> Vec<Case> {
    let compound = [&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1][..], &[0; 600]].concat();
    let encrypted = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let good_xls = fs::read(sample("records/gulou.xls")).unwrap();
    let merged_ods = ods_row(&[("", "活动编号"), ("", "当事人")])
        + &ods_row(&[("", "E1"), (r#"table:number-rows-spanned="2""#, "甲")])
        + &ods_row(&[("", "E2")]);
    vec![
        case(
            "a wrong type in each kind of column",
            2,
            &[
                r#"sheet "执法活动", row 2, column B（到达时间）: "上午" is not a known way to write a date"#,
                r#"sheet "执法活动", row 2, column D（结案日期）: "尚未" is not a known way to write a date"#,
                r#"sheet "执法活动", row 2, column E（照片数）: "三张" is no number"#,
                r#"sheet "执法活动", row 3, column E（照片数）: "2.5" is no count"#,
                "4 errors: the records cannot be used",
            ],
            events(&[["E1", "上午", "", "尚未", "三张"], ["E2", "", "", "", "2.5"]]),
        ),
        case(
            "dates as text in many ways, as serial numbers and as date cells",
            0,
            &["the records can be used"],
            |folder| {
                workbook(folder, |sheet| {
                    let format = Format::new().set_num_format("yyyy/m/d h:mm");
                    let moment = ExcelDateTime::parse_from_str("2025-03-14T09:30:00").unwrap();
                    for (row, number) in (1..).zip(["E1", "E2", "E3", "E4"]) {
                        sheet.write(row, 0, number).unwrap();
                    }
                    sheet.write(1, 1, "2025年3月14日9时30分").unwrap();
                    sheet.write(2, 1, "２０２５／３／１４　９：３０").unwrap();
                    sheet.write(3, 1, 45_730.0 + 9.5 / 24.0).unwrap();
                    sheet.write_datetime_with_format(4, 1, &moment, &format).unwrap();
                })
            },
        ),
        case(
            "numbers that are no dates",
            2,
            &[
                "row 2, column B（到达时间）: the number 20250314 is no date",
                "row 3, column D（结案日期）: the number 3.15 is no date",
            ],
            |folder| {
                workbook(folder, |sheet| {
                    sheet.write(1, 0, "E1").unwrap();
                    sheet.write(1, 1, 20_250_314.0).unwrap();
                    sheet.write(2, 0, "E2").unwrap();
                    sheet.write(2, 3, 3.15).unwrap();
                })
            },
        ),
        case(
            "dates that could mean something else",
            2,
            &[
                r#"row 2, column B（到达时间）: "14/03/2025 09:30" is not a known way"#,
                r#"row 2, column C（离开时间）: "3月14日" is not a known way"#,
                r#"row 3, column B（到达时间）: "2025-03-14" has no time of day"#,
            ],
            events(&[["E1", "14/03/2025 09:30", "3月14日", "", ""], ["E2", "2025-03-14", "", "", ""]]),
        ),
        case(
            "impossible dates",
            2,
            &[
                r#"row 2, column B（到达时间）: there is no such date or time as "2025-02-29 09:00""#,
                r#"row 2, column C（离开时间）: there is no such date or time as "2025-04-31 09:00""#,
                r#"row 3, column B（到达时间）: there is no such date or time as "2025-03-14 24:01""#,
                r#"row 3, column D（结案日期）: there is no such date or time as "2025-13-01""#,
            ],
            events(&[
                ["E1", "2025-02-29 09:00", "2025-04-31 09:00", "", ""],
                ["E2", "2025-03-14 24:01", "", "2025-13-01", ""],
            ]),
        ),
        case(
            "times that run backwards",
            2,
            &[
                r#"sheet "执法活动", row 3, column C（离开时间）: time runs backwards: departure 2025-03-14T09:59:59 is before arrival 2025-03-14T10:00:00"#,
            ],
            events(&[
                ["E1", "2025-03-14 10:00", "2025-03-14 10:00", "", ""],
                ["E2", "2025-03-14 10:00", "2025-03-14 09:59:59", "", ""],
            ]),
        ),
        case(
            "doubled and missing keys",
            2,
            &[
                r#"row 4, column A（活动编号）: "e1" is the same as in row 2"#,
                "row 5, column A（活动编号）: must not be empty",
            ],
            events(&[
                ["E1", "", "", "", "1"],
                ["E2", "", "", "", ""],
                ["E1", "", "", "", ""],
                ["", "", "", "", "3"],
            ]),
        ),
        case(
            "empty rows keep the numbers of the others",
            2,
            &["row 9, column E（照片数）: \"x\" is no number", "events (\"执法活动\"): 2 rows"],
            events(&[
                ["E1", "", "", "", ""],
                ["", "", "", "", ""],
                [" ", "　", "", "", ""],
                ["", "", "", "", ""],
                ["", "", "", "", ""],
                ["", "", "", "", ""],
                ["", "", "", "", ""],
                ["E2", "", "", "", "x"],
            ]),
        ),
        case(
            "merged cells in the data",
            2,
            &[r#"sheet "执法活动", row 2, column B: B2:B3 are merged cells"#],
            |folder| {
                workbook(folder, |sheet| {
                    sheet.write(1, 0, "E1").unwrap();
                    sheet.write(2, 0, "E2").unwrap();
                    sheet.merge_range(1, 1, 2, 1, "2025-03-14 09:30", &Format::new()).unwrap();
                })
            },
        ),
        case(
            "merged cells in ODS",
            2,
            &[r#"sheet "执法活动", row 2, column B: B2:B3 are merged cells"#],
            file("台账.ods", ods(&merged_ods, "")),
        ),
        case(
            "cells in error",
            2,
            &["row 2, column E（照片数）: the cell is in error: #DIV/0!"],
            |folder| {
                workbook(folder, |sheet| {
                    sheet.write(1, 0, "E1").unwrap();
                    let formula = rust_xlsxwriter::Formula::new("=1/0").set_result("#DIV/0!");
                    sheet.write_formula(1, 4, formula).unwrap();
                })
            },
        ),
        case("macros", 2, &["holds macros"], |folder| with_another(folder, "台账.xlsm", "xl/vbaProject.bin")),
        case(
            "a password",
            2,
            &["protected by a password"],
            file("台账.xlsx", [compound.clone(), encrypted].concat()),
        ),
        case(
            "a password of ODS",
            2,
            &["protected by a password"],
            file("台账.ods", ods("", r#"<manifest:encryption-data manifest:checksum="x"/>"#)),
        ),
        case("a broken XLS", 2, &["damaged"], file("台账.xls", compound)),
        case("an XLS cut short", 2, &["damaged"], file("台账.xls", good_xls[..good_xls.len() / 2].to_vec())),
        case("a broken archive", 2, &["damaged"], |folder| {
            let path = workbook(folder, |sheet| {
                sheet.write(1, 0, "E1").unwrap();
            });
            let bytes = fs::read(&path).unwrap();
            fs::write(&path, &bytes[..bytes.len() * 2 / 3]).unwrap();
            path
        }),
        case("no workbook at all", 2, &["not a workbook"], file("台账.xlsx", b"Dear colleagues")),
        case("an empty file", 2, &["not a workbook"], file("台账.xlsx", b"")),
        case("broken JSON", 2, &["not valid JSON"], file("台账.json", b"{\"clips\": [")),
        case(
            "UTF-8",
            2,
            &[
                r#"sheet "录像", row 3, column C（存入时间）: there is no such date or time as "2025-02-30 16:20""#,
            ],
            file("录像.csv", LEDGER),
        ),
        case(
            "GB18030",
            2,
            &[
                r#"sheet "录像", row 3, column C（存入时间）: there is no such date or time as "2025-02-30 16:20""#,
            ],
            file("录像.csv", GB18030.encode(LEDGER).0),
        ),
        case(
            "UTF-16, either way round",
            2,
            &[
                r#"sheet "录像", row 3, column C（存入时间）: there is no such date or time as "2025-02-30 16:20""#,
            ],
            file("录像.csv", utf_16(LEDGER, u16::to_le_bytes)),
        ),
        case(
            "UTF-16, the other way round",
            2,
            &[
                r#"sheet "录像", row 3, column C（存入时间）: there is no such date or time as "2025-02-30 16:20""#,
            ],
            file("录像.csv", utf_16(LEDGER, u16::to_be_bytes)),
        ),
        case(
            "bytes of no encoding",
            2,
            &["neither UTF-8 nor GB18030"],
            file("录像.csv", b"\xff\xff\x80\x80"),
        ),
        case(
            "200,000 rows and a fault in the last",
            2,
            &[
                r#"sheet "录像", row 200002, column A（文件名）: "j1_0.mp4" is the same as in row 2"#,
                r#"sheet "录像", row 200002, column C（存入时间）: there is no such date or time as "2025-13-14 09:30""#,
                "clips (\"录像\"): 200001 rows",
            ],
            |folder| {
                let rows = (0..200_000).map(|row| format!("J1_{row}.mp4,E{},2025-03-14 09:30\n", row / 3));
                let text = "文件名,活动编号,存入时间\n".to_owned() + &rows.collect::<String>();
                file("录像.csv", text + "J1_0.mp4,E0,2025-13-14 09:30\n")(folder)
            },
        ),
    ]
}

#[test]
fn each_is_named_by_sheet_row_and_column_and_what_cannot_be_used_is_status_2() {
    for Case { name, spoil, status, said } in cases() {
        let folder = tempfile::tempdir().unwrap();
        let path = spoil(folder.path());
        let (found, stdout, stderr) =
            run(pingcha().args(["records", "check"]).arg(&path).args(["--lang", "en"]));
        let told = stdout + &stderr;
        assert_eq!(found, status, "{name}: {told}");
        for said in said {
            assert!(told.contains(said), "{name}: {said}\n{told}");
        }
        assert!(!told.contains("panicked"), "{name}: {told}");
        if status == 2 {
            // Nor is any clip judged by them, and nothing is left behind.
            let out = folder.path().join("out");
            let args = ["--speech", "off", "--no-digest", "--lang", "en", "--out"];
            let (found, stdout, stderr) = run(pingcha()
                .arg("check")
                .arg(sample("silent.mp4"))
                .args(args)
                .arg(&out)
                .arg("--records")
                .arg(&path));
            assert_eq!((found, stdout.as_str()), (2, ""), "{name}: {stderr}");
            assert!(!out.exists() || fs::read_dir(&out).unwrap().count() == 0, "{name}");
        }
    }
}
