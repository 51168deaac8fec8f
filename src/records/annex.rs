//! The twelve-column list of recordings of 平顶山市民族宗教事务局's annex 2, filled from the records.

use std::borrow::Cow;
use std::collections::HashMap;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, XlsxError};

use super::sheets::{Clip, Event, Row};
use super::value::Term;
use super::{Matter, Records};

/// Columns of the annex.
pub const COLUMNS: usize = 12;

/// One line of the list, as the annex has its columns.
pub type AnnexRow = [String; COLUMNS];

/// A line for each recording of the ledger, in its order. What the records do not say stays empty.
pub fn rows(records: &Records) -> impl Iterator<Item = AnnexRow> {
    let events = records.rows.events.iter();
    let events: HashMap<&String, &Event> =
        events.filter_map(|event| Some((event.number.as_ref()?, event))).collect();
    records.rows.clips.iter().zip(1..).map(move |(clip, serial)| {
        let event = clip.event.as_ref().and_then(|number| events.get(number)).copied();
        row(serial, clip, event)
    })
}

fn row(serial: u32, clip: &Clip, event: Option<&Event>) -> AnnexRow {
    let of_event = |text: fn(&Event) -> Option<&String>| event.and_then(text).cloned();
    let joined =
        |names: fn(&Event) -> &Vec<String>| event.map(|event| names(event).join("、")).unwrap_or_default();
    let moment = |moment: Option<jiff::civil::DateTime>| {
        moment.map(|moment| moment.strftime("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default()
    };
    let kept = match event.and_then(|event| event.kept_until) {
        Some(Term::Until(day)) => day.to_string(),
        Some(Term::ForGood) => "永久".to_owned(),
        None => String::new(),
    };
    [
        serial.to_string(),
        joined(|event| &event.kind),
        of_event(|event| event.matter.as_ref()).unwrap_or_default(),
        joined(|event| &event.stages),
        clip.place.clone().or_else(|| of_event(|event| event.place.as_ref())).unwrap_or_default(),
        clip.user.clone().unwrap_or_else(|| joined(|event| &event.officers)),
        moment(clip.recorded_from),
        clip.content.clone().or_else(|| of_event(|event| event.case.as_ref())).unwrap_or_default(),
        moment(clip.recorded_until),
        kept,
        clip.category.clone().unwrap_or_default(),
        clip.file.clone().unwrap_or_default(),
    ]
}

/// The list as the bytes of an XLSX file, laid out for A4 across.
pub fn annex(records: &Records, title: &str) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    workbook
        .set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2025, 1, 1)?));
    let cell =
        Format::new().set_border(FormatBorder::Thin).set_text_wrap().set_align(FormatAlign::VerticalCenter);
    let heading = cell.clone().set_bold().set_align(FormatAlign::Center);
    let large = Format::new().set_bold().set_font_size(16).set_align(FormatAlign::Center);
    let page = workbook.add_worksheet();
    page.set_name(<Matter as Row>::SHEET.title.zh)?;
    page.merge_range(0, 0, 0, COLUMNS as u16 - 1, &inert(title), &large)?;
    for (place, column) in (0..).zip(<Matter as Row>::SHEET.columns) {
        page.write_with_format(1, place, column.title.zh, &heading)?;
        page.set_column_width(place, if place == 0 { 5.0 } else { 13.0 })?;
    }
    for (line, row) in (2..).zip(rows(records)) {
        for (place, text) in (0..).zip(row) {
            page.write_with_format(line, place, &*inert(&text), &cell)?;
        }
    }
    page.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_repeat_rows(0, 1)?;
    page.set_freeze_panes(2, 0)?;
    workbook.save_to_buffer()
}

/// Text that a spreadsheet would take for a formula, made plain text.
pub fn inert(text: &str) -> Cow<'_, str> {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Names;
    use super::*;

    #[test]
    fn the_list_is_filled_from_clips_and_events_and_reads_back() {
        let sheets = json!({
            "events": [{"number": "E1", "kind": "行政检查", "matter": "调查取证", "place": "某寺", "officers": ["李强", "王芳"],
                        "stages": "调查笔录", "case": "=HYPERLINK(1)", "kept_until": "永久"}],
            "clips": [{"file": "a.mp4", "event": "E1", "recorded_from": "2025-03-14 09:30", "recorded_until": "2025-03-14 10:00", "category": "场景类"}],
        });
        let records = Records::from_json(sheets.as_object().unwrap().clone(), &Names::usual()).records;
        let row = rows(&records).next().unwrap();
        assert_eq!(
            row[..6],
            ["1", "行政检查", "调查取证", "调查笔录", "某寺", "李强、王芳"].map(str::to_owned)
        );
        assert_eq!(
            row[6..],
            ["2025-03-14 09:30:00", "=HYPERLINK(1)", "2025-03-14 10:00:00", "永久", "场景类", "a.mp4"]
                .map(str::to_owned)
        );

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("清单.xlsx");
        std::fs::write(&path, annex(&records, "音像记录事项清单").unwrap()).unwrap();
        let reading = super::super::read(&path, &Names::usual()).unwrap();
        assert!(!reading.is_faulty(), "{:#?}", reading.problems);
        let [matter] = reading.records.rows.matters.as_slice() else { panic!() };
        assert_eq!(matter.content.as_deref(), Some("'=HYPERLINK(1)"));
        assert_eq!(matter.stage, ["调查笔录"]);
        assert_eq!(matter.class.as_deref(), Some("场景类"));
    }
}
