//! Reading of every format, and of everything that people and programs do to ledgers.

use std::fs;
use std::io::Write as _;

use jiff::civil::date;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};
use serde_json::json;

use super::*;
use crate::evidence::{AbsenceReason, ClipFacts, Evidence};
use crate::lang::Lang;
use crate::session::{DEFAULT_PATTERNS, Naming, Pattern};

type Fill<'a> = &'a dyn Fn(&mut Worksheet);

/// A workbook with what `fill` writes into its sheets.
fn workbook(sheets: &[(&str, Fill)]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("台账.xlsx");
    let mut workbook = Workbook::new();
    for (name, fill) in sheets {
        let sheet = workbook.add_worksheet();
        sheet.set_name(*name).unwrap();
        fill(sheet);
    }
    workbook.save(&path).unwrap();
    (folder, path)
}

fn table(sheet: &mut Worksheet, from: u32, rows: &[&[&str]]) {
    for (row, cells) in (from..).zip(rows) {
        for (column, cell) in (0..).zip(*cells) {
            sheet.write(row, column, *cell).unwrap();
        }
    }
}

fn reading(path: &Path) -> Reading {
    read(path, &Names::usual()).unwrap()
}

/// The errors, in English, each on a line.
fn errors(reading: &Reading) -> String {
    let errors = reading.problems.iter().filter(|problem| problem.is_error());
    errors.map(|problem| problem.line(Lang::En)).collect::<Vec<_>>().join("\n")
}

/// The only error of a sheet of events with these rows below the headings number, arrival and departure.
fn event_error(rows: &[&[&str]]) -> String {
    let (_folder, path) = workbook(&[("执法活动", &|sheet| {
        table(sheet, 0, &[&["活动编号", "到达时间", "离开时间", "照片数"]]);
        table(sheet, 1, rows);
    })]);
    errors(&reading(&path))
}

#[test]
fn the_template_has_every_column_and_no_data() {
    for lang in [Lang::Zh, Lang::En] {
        let bytes = template(lang).unwrap();
        assert_eq!(bytes, template(lang).unwrap(), "the same template is the same bytes");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.xlsx");
        fs::write(&path, bytes).unwrap();
        let reading = reading(&path);
        assert_eq!(reading.problems, [], "{lang:?}");
        for sheet in SHEETS {
            let found = reading.records.sheet(sheet.id).unwrap_or_else(|| panic!("{}", sheet.id));
            assert_eq!(found.columns.len(), sheet.columns.len(), "{}", sheet.id);
        }
        assert!(reading.records.rows.counts().iter().all(|&count| count == 0), "examples are not data");
    }
}

#[test]
fn example_rows_of_the_template_can_be_read_as_data() {
    let cells = |sheet: &'static Sheet| {
        let fields = sheet.columns.iter().map(|column| (column.id.to_owned(), json!(column.example)));
        json!([fields.collect::<serde_json::Map<_, _>>()])
    };
    let sheets: serde_json::Map<_, _> =
        SHEETS.iter().map(|&sheet| (sheet.id.to_owned(), cells(sheet))).collect();
    let reading = Records::from_json(sheets, &Names::usual());
    assert!(!reading.is_faulty(), "{}", errors(&reading));
    assert!(reading.records.rows.counts().iter().all(|&count| count == 1));
}

#[test]
fn titles_notes_and_unknown_columns_stand_aside() {
    let (_folder, path) = workbook(&[
        ("执法活动清单（2025）", &|sheet| {
            sheet.merge_range(0, 0, 0, 3, "某局 2025 年执法活动清单", &Format::new()).unwrap();
            table(
                sheet,
                1,
                &[
                    &["填表人：赵敏"],
                    &["*活动编号", "当事人", "到达时间（时分）", "天气"],
                    &["E1", "甲", "2025/3/14 9:30", "晴"],
                ],
            );
        }),
        ("通讯录", &|sheet| table(sheet, 0, &[&["姓名", "电话"]])),
    ]);
    let reading = reading(&path);
    assert_eq!(errors(&reading), "");
    let notes: Vec<String> = reading.problems.iter().map(|problem| problem.line(Lang::Zh)).collect();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes.iter().any(|note| note.contains("第3行D（天气）栏")), "{notes:?}");
    let [event] = reading.records.rows.events.as_slice() else { panic!() };
    assert_eq!(event.arrival, Some(date(2025, 3, 14).at(9, 30, 0, 0)));
    assert_eq!(event.at.row, 4);
    assert_eq!(
        reading.records.spot(event.at, "arrival").prose().zh,
        "“执法活动清单（2025）”表第4行C（到达时间（时分））栏"
    );
}

#[test]
fn dates_come_as_cells_serials_and_text() {
    let (_folder, path) = workbook(&[("录像", &|sheet| {
        table(
            sheet,
            0,
            &[&["文件名", "存入时间"], &["a.mp4"], &["b.mp4"], &["c.mp4", "2025年3月14日9时30分"]],
        );
        let format = Format::new().set_num_format("yyyy/m/d h:mm");
        let moment = ExcelDateTime::parse_from_str("2025-03-14T09:30:00").unwrap();
        sheet.write_datetime_with_format(1, 1, &moment, &format).unwrap();
        sheet.write_number(2, 1, 45_730.0 + 9.5 / 24.0).unwrap();
    })]);
    let reading = reading(&path);
    assert_eq!(errors(&reading), "");
    let deposited: Vec<_> = reading.records.rows.clips.iter().map(|clip| clip.deposited).collect();
    assert_eq!(deposited, [Some(date(2025, 3, 14).at(9, 30, 0, 0)); 3]);
}

#[test]
fn every_problem_is_told_at_once_by_sheet_row_and_column() {
    let errors = event_error(&[
        &["E1", "2025-02-29 09:00", "2025-03-14 10:00"],
        &["E1", "2025-03-14 09:00", "2025-03-14 10:00"],
        &[],
        &["", "2025-03-14 09:00", "昨天下午", "三张"],
        &["E4", "2025-03-14 10:00", "2025-03-14 09:00"],
        &["E5", "14/03/2025 09:00", "2025-03-14"],
    ]);
    let expected = [
        "row 2, column B（到达时间）: there is no such date or time as \"2025-02-29 09:00\"",
        "row 3, column A（活动编号）: \"e1\" is the same as in row 2",
        "row 5, column A（活动编号）: must not be empty",
        "row 5, column C（离开时间）: \"昨天下午\" is not a known way to write a date",
        "row 5, column D（照片数）: \"三张\" is no number",
        "row 6, column C（离开时间）: time runs backwards",
        "row 7, column B（到达时间）: \"14/03/2025 09:00\" is not a known way to write a date",
        "row 7, column C（离开时间）: \"2025-03-14\" has no time of day",
    ];
    let lines: Vec<&str> = errors.lines().collect();
    assert_eq!(lines.len(), expected.len(), "{errors}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(
            line.starts_with("error: sheet \"执法活动\", ") && line.contains(expected),
            "{line}\n{expected}"
        );
    }
}

#[test]
fn merged_cells_in_the_data_are_refused() {
    let (_folder, path) = workbook(&[("执法活动", &|sheet| {
        table(sheet, 0, &[&["活动编号", "当事人"], &["E1"], &["E2"]]);
        sheet.merge_range(1, 1, 2, 1, "甲", &Format::new()).unwrap();
    })]);
    let errors = errors(&reading(&path));
    assert!(errors.contains("B2:B3 are merged cells"), "{errors}");
}

#[test]
fn sheets_without_headings_or_twice_are_refused() {
    let headings = |sheet: &mut Worksheet| table(sheet, 0, &[&["文件名", "存入时间"]]);
    let (_folder, path) = workbook(&[("录像", &headings), ("视频台账", &headings)]);
    assert!(errors(&reading(&path)).contains("the same kind of sheet as \"录像\""));
    let (_folder, path) = workbook(&[("录像", &|sheet| table(sheet, 0, &[&["甲", "乙"], &["1", "2"]]))]);
    assert!(errors(&reading(&path)).contains("no row of headings was found"));
    let (_folder, path) = workbook(&[("录像", &|sheet| table(sheet, 0, &[&["存入时间", "上传时间"]]))]);
    let errors_told = errors(&reading(&path));
    assert!(
        errors_told.contains("the same as column A（存入时间）")
            && errors_told.contains("\"文件名\" (file) is missing"),
        "{errors_told}"
    );
    let (_folder, path) = workbook(&[("通讯录", &headings)]);
    assert!(errors(&reading(&path)).contains("no sheet of a known name"));
}

#[test]
fn files_that_are_no_records_are_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        load(&path, &Names::usual()).unwrap_err().to_string()
    };
    let compound = [&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1][..], &[0; 600]].concat();
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let archive = |file: &str| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        let mut writer = zip::ZipWriter::new(&mut bytes);
        for file in ["xl/workbook.xml", file] {
            writer.start_file(file, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(b"x").unwrap();
        }
        writer.finish().unwrap();
        bytes.into_inner()
    };
    for (name, bytes, said) in [
        ("locked.xlsx", [compound.clone(), name].concat(), "protected by a password"),
        ("broken.xls", compound, "damaged"),
        ("macros.xlsm", archive("xl/vbaProject.bin"), "holds macros"),
        ("broken.xlsx", archive("xl/other.xml"), "damaged"),
        ("cut.xlsx", archive("x")[..40].to_vec(), "damaged"),
        ("letter.xlsx", b"Dear colleagues".to_vec(), "not a workbook"),
        ("empty.xlsx", Vec::new(), "not a workbook"),
        ("list.json", b"[]".to_vec(), "must be an object"),
        ("broken.json", b"{\"clips\": [".to_vec(), "not valid JSON"),
        ("rows.json", b"{\"clips\": [1]}".to_vec(), "must be a list of objects"),
        ("nested.json", b"{\"clips\": [{\"file\": {\"a\": 1}}]}".to_vec(), "the cell is in error"),
        ("clips.csv", b"\xff\xff\x80\x80".to_vec(), "neither UTF-8 nor GB18030"),
    ] {
        let error = refused(name, &bytes);
        assert!(error.contains(said) && error.contains(name), "{name}: {error}");
    }
    assert!(matches!(
        load(Path::new("/no/such/file.xlsx"), &Names::usual()),
        Err(RecordsError::Unreadable { .. })
    ));
}

#[test]
fn workbooks_that_are_cut_short_are_refused() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/records");
    let folder = tempfile::tempdir().unwrap();
    for name in ["gulou.xls", "pingdingshan.ods", "zhanhe.xlsx"] {
        let whole = fs::read(samples.join(name)).unwrap();
        for tenth in 0..10 {
            let path = folder.path().join(name);
            fs::write(&path, &whole[..whole.len() * tenth / 10]).unwrap();
            assert!(
                matches!(load(&path, &Names::usual()), Err(RecordsError::Refused { .. })),
                "{name} {tenth}"
            );
        }
    }
}

#[test]
fn a_folder_of_csv_files_is_one_ledger_in_any_encoding() {
    let folder = tempfile::tempdir().unwrap();
    let (gb, _, _) = encoding_rs::GB18030.encode(
        "活动编号,当事人,执法人员,到达时间\nE1,\"某某店，\"\"老字号\"\"\",\"李强、王芳\",2025-03-14 09:30\n",
    );
    fs::write(folder.path().join("执法活动.csv"), gb).unwrap();
    fs::write(folder.path().join("录像.csv"), "\u{feff}文件名\t活动编号\na.mp4\tE1\nb.mp4\tE9\n").unwrap();
    fs::write(folder.path().join("readme.txt"), "not read").unwrap();
    let reading = reading(folder.path());
    assert_eq!(errors(&reading), "");
    assert_eq!(reading.records.rows.events[0].party.as_deref(), Some("某某店，\"老字号\""));
    assert_eq!(reading.records.rows.events[0].officers, ["李强", "王芳"]);
    let notes: Vec<String> = reading.problems.iter().map(|problem| problem.line(Lang::En)).collect();
    assert_eq!(notes, ["note: sheet \"录像\", row 3, column B（活动编号）: no other sheet has \"E9\""]);
}

#[test]
fn a_folder_may_hold_json_files_one_a_sheet_or_several() {
    let folder = tempfile::tempdir().unwrap();
    let write =
        |name: &str, json: serde_json::Value| fs::write(folder.path().join(name), json.to_string()).unwrap();
    write("录像.json", json!([{"file": "a.mp4", "event": "E1"}, {"file": "b.mp4", "event": "E9"}]));
    write("其他.json", json!({"events": [{"number": "E1"}], "devices": [{"number": "J1"}]}));
    fs::write(folder.path().join("评查.csv"), "评查日期\n2025-12-10\n").unwrap();
    let reading = reading(folder.path());
    assert_eq!(errors(&reading), "");
    let rows = &reading.records.rows;
    assert_eq!([rows.clips.len(), rows.events.len(), rows.devices.len(), rows.reviews.len()], [2, 1, 1, 1]);
    let notes: Vec<String> = reading.problems.iter().map(|problem| problem.line(Lang::En)).collect();
    assert_eq!(notes, ["note: sheet \"录像\", row 2, column event: no other sheet has \"E9\""]);
}

#[test]
fn two_hundred_thousand_rows_are_read() {
    const ROWS: usize = 200_000;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("录像.csv");
    let mut text = "文件名,活动编号,存入时间\n".to_owned();
    for row in 0..ROWS {
        text += &format!("J1_{row}.mp4,E{},2025-03-14 09:30\n", row / 3);
    }
    text += "J1_0.mp4,E0,2025-13-14 09:30\n";
    fs::write(&path, text).unwrap();
    let reading = reading(&path);
    assert_eq!(reading.records.rows.clips.len(), ROWS + 1);
    let errors = errors(&reading);
    assert!(errors.contains("row 200002, column A") && errors.contains("row 200002, column C"), "{errors}");
}

#[test]
fn problems_without_end_are_counted() {
    let rows: Vec<_> =
        (0..10_100).map(|row| json!({"file": format!("{row}.mp4"), "deposited": "never"})).collect();
    let reading = Records::from_json(json!({"clips": rows}).as_object().unwrap().clone(), &Names::usual());
    assert_eq!((reading.problems.len(), reading.uncounted), (10_000, 100));
}

fn naming() -> Naming {
    Naming {
        patterns: DEFAULT_PATTERNS.iter().map(|text| Pattern::parse(text).unwrap()).collect(),
        zone: jiff::tz::TimeZoneDatabase::bundled().get("Asia/Shanghai").unwrap(),
    }
}

fn evidence(name: &str, digest: char) -> Evidence {
    let clip = ClipFacts {
        name: name.to_owned(),
        duration_s: 600.0,
        sha256: Some(digest.to_string().repeat(64)),
        ..ClipFacts::default()
    };
    Evidence::blank(clip, AbsenceReason::NotAsked)
}

#[test]
fn clips_are_matched_by_digest_then_name_then_device_and_time() {
    let sheets = json!({
        "events": [{"number": "E1", "arrival": "2025-03-14 09:30", "departure": "2025-03-14 09:40", "officers": "李强"}],
        "clips": [
            {"file": "renamed.mp4", "digest": "a".repeat(64), "event": "E1"},
            {"file": "J1_000001_20250314093000_0001.mp4", "event": "E1"},
            {"file": "dock-0007.mp4", "device": "j-1", "user": "李强", "recorded_from": "2025-03-14 09:32:00", "recorded_until": "2025-03-14 09:40"},
            {"file": "far.mp4", "device": "J1", "recorded_from": "2025-03-15 09:32:01"},
        ],
    });
    let records = Records::from_json(sheets.as_object().unwrap().clone(), &Names::usual()).records;
    let calendar = Calendar::official();
    let found = |name: &str, digest: char| {
        let evidence = evidence(name, digest);
        let matcher =
            Matcher::new(&records, &calendar, vec![Subject::of(&evidence, &naming())], &naming().zone);
        let extract = matcher.extract(0).unwrap();
        (
            extract.clip.map(|row| row.at.row),
            extract.matched_by,
            extract.event.is_some(),
            extract.rows_without_clip.to_vec(),
        )
    };
    // The digest wins over the name of another row.
    assert_eq!(
        found("J1_000001_20250314093000_0001.mp4", 'a'),
        (Some(1), Some(MatchedBy::Digest), true, vec![(2, 4)])
    );
    assert_eq!(
        found("j1_000001_20250314093000_0001.MP4", 'b'),
        (Some(2), Some(MatchedBy::FileName), true, vec![(1, 1), (3, 4)])
    );
    // 120 s away: the same; and its event is found by user and time.
    assert_eq!(found("J1_000009_20250314093000_0001.mp4", 'b').1, Some(MatchedBy::DeviceAndTime));
    assert!(found("J1_000009_20250314093000_0001.mp4", 'b').2);
    assert_eq!(found("J1_000009_20250314092959_0001.mp4", 'b').0, None);
    assert_eq!(found("holiday.mp4", 'b'), (None, None, false, vec![(1, 4)]));
}

#[test]
fn rows_that_fit_equally_are_not_guessed_between() {
    let sheets = json!({"clips": [
        {"file": "1.mp4", "device": "J1", "recorded_from": "2025-03-14 09:30:10"},
        {"file": "2.mp4", "device": "J1", "recorded_from": "2025-03-14 09:30:20"},
    ]});
    let records = Records::from_json(sheets.as_object().unwrap().clone(), &Names::usual()).records;
    let calendar = Calendar::official();
    let evidence = evidence("J1_000001_20250314093000_0001.mp4", 'b');
    let matcher = Matcher::new(&records, &calendar, vec![Subject::of(&evidence, &naming())], &naming().zone);
    assert_eq!(matcher.extract(0).unwrap().clip, None);
}

proptest::proptest! {
    #[test]
    fn reading_json_never_panics(names in proptest::collection::vec("[a-z_]{1,9}|到达时间|文件名|活动编号", 4), cell in "\\PC{0,12}") {
        let row: serde_json::Map<_, _> = names.iter().map(|name| (name.clone(), json!(cell))).collect();
        let sheets = json!({"clips": [row.clone()], "events": [row], "不认得": []});
        Records::from_json(sheets.as_object().unwrap().clone(), &Names::usual());
    }
}
