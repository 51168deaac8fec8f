//! The empty workbook: every sheet with headings, explanations, drop-downs and an example row.

use rust_xlsxwriter::{
    Color, DataValidation, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Note,
    Workbook, Worksheet, XlsxError,
};

use super::collect::EXAMPLE;
use super::sheets::{Column, Kind, Need, SHEETS, Sheet};
use crate::lang::Lang;

/// Rows below the headings that drop-downs and formats reach.
const LAST_ROW: u32 = 20_000;
/// Characters side by side on A4 across that can still be read.
const PAGE_WIDTH: f64 = 150.0;
/// Sheets whose key others name, with that column's letter: what a drop-down offers.
const REFERENCES: [(&str, &str); 2] = [("device", "devices"), ("event", "events")];

/// The template as the bytes of an XLSX file; the same every time.
pub fn template(lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // A file holds no time of its making: the same template is the same bytes.
    let made = ExcelDateTime::from_ymd(2025, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_title("台账").set_creation_datetime(&made));
    explanations(workbook.add_worksheet(), lang)?;
    for sheet in SHEETS {
        fill(workbook.add_worksheet(), sheet, lang)?;
    }
    workbook.save_to_buffer()
}

fn explanations(page: &mut Worksheet, lang: Lang) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    let title = Format::new().set_bold().set_font_size(14);
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let (heading, rules): (&str, &[&str]) = match lang {
        Lang::Zh => (
            "填写说明",
            &[
                "每张表一行标题，从第二行起填写；用不到的表和栏可以空着或删去，带 * 的栏必填。",
                "以“例：”开头的行是示例，读取时跳过，可以删去。",
                "时间写到时分，如 2025-03-14 09:30，也可以是日期单元格；多个名字以顿号相隔。",
                "不要合并单元格，不要使用宏和密码。填好后用 pingcha records check 核对。",
            ],
        ),
        Lang::En => (
            "How to fill it in",
            &[
                "Each sheet has one row of headings; data starts in the second row. Sheets and columns that are not needed may stay empty or be removed; columns marked * are required.",
                "Rows that begin with 例： are examples. They are not read and may be removed.",
                "Write times to the minute, such as 2025-03-14 09:30, or use date cells; part several names by 、 or a comma.",
                "Merge no cells, use no macros and no password. Then check it with pingcha records check.",
            ],
        ),
    };
    page.set_name(if lang == Lang::Zh { "说明" } else { "Instructions" })?;
    page.set_column_width(0, 22)?.set_column_width(1, 24)?.set_column_width(2, 70)?;
    page.write_with_format(0, 0, heading, &title)?;
    let mut row = 2;
    for rule in rules {
        page.merge_range(row, 0, row, 2, rule, &wrapped)?;
        page.set_row_height(row, 30)?;
        row += 1;
    }
    for sheet in SHEETS {
        row += 1;
        page.write_with_format(row, 0, sheet.title.get(lang), &bold)?;
        page.write_with_format(row, 2, sheet.about.get(lang), &wrapped)?;
        row += 1;
        for column in sheet.columns {
            page.write(row, 1, heading_of(column, lang))?;
            let about = [column.about.get(lang), takes(column.kind).get(lang)];
            let about: Vec<&str> = about.into_iter().filter(|text| !text.is_empty()).collect();
            page.write_with_format(row, 2, about.join(if lang == Lang::Zh { "" } else { " " }), &wrapped)?;
            row += 1;
        }
    }
    page.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    Ok(())
}

fn fill(page: &mut Worksheet, sheet: &Sheet, lang: Lang) -> Result<(), XlsxError> {
    let heading = Format::new()
        .set_bold()
        .set_background_color(Color::RGB(0xD9E2F3))
        .set_border(FormatBorder::Thin)
        .set_text_wrap()
        .set_align(FormatAlign::VerticalCenter);
    let example = Format::new().set_italic().set_font_color(Color::Gray);
    page.set_name(sheet.title.get(lang))?;
    for (place, column) in (0..).zip(sheet.columns) {
        page.write_with_format(0, place, heading_of(column, lang), &heading)?;
        let about = column.about.get(lang);
        if !about.is_empty() {
            page.insert_note(0, place, &Note::new(about).add_author_prefix(false))?;
        }
        page.set_column_width(place, width(column))?;
        page.set_column_format(place, &format(column.kind))?;
        let shown = match place {
            0 => format!("{EXAMPLE}{}", column.example),
            _ => column.example.to_owned(),
        };
        page.write_with_format(1, place, shown, &example)?;
        if let Some(choice) = choice(sheet, column, lang)? {
            page.add_data_validation(1, place, LAST_ROW, place, &choice)?;
        }
    }
    page.set_row_height(0, 32)?.set_freeze_panes(1, 1)?;
    let last = u16::try_from(sheet.columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    page.autofilter(0, 0, LAST_ROW, last)?;
    // As many pages side by side as it takes to be read, each with the first column.
    let whole: f64 = sheet.columns.iter().map(width).sum();
    let across = (whole / PAGE_WIDTH).ceil().max(1.0) as u16;
    page.set_landscape().set_paper_size(9).set_print_fit_to_pages(across, 0).set_repeat_rows(0, 0)?;
    if across > 1 {
        page.set_repeat_columns(0, 0)?;
    }
    page.set_header(format!("&C&\"-,Bold\"&14{}", sheet.title.get(lang)));
    Ok(())
}

fn heading_of(column: &Column, lang: Lang) -> String {
    let mark = if column.need == Need::May { "" } else { "*" };
    format!("{mark}{}", column.title.get(lang))
}

fn takes(kind: Kind) -> crate::lang::Text {
    use crate::lang::Text;
    match kind {
        Kind::Text => Text::new("", ""),
        Kind::List => Text::new("可填几个，以顿号相隔。", "Several may be given, parted by 、 or a comma."),
        Kind::Moment => Text::new("日期和时刻。", "Date and time of day."),
        Kind::Day => Text::new("日期。", "A date."),
        Kind::Count => Text::new("整数。", "A whole number."),
        Kind::Seconds => Text::new("秒数。", "Seconds."),
        Kind::Flag => Text::new("是或否。", "是 (yes) or 否 (no)."),
        Kind::Digest => Text::new("", ""),
        Kind::Term => Text::new("", ""),
    }
}

fn width(column: &Column) -> f64 {
    match column.kind {
        Kind::Moment => 20.0,
        Kind::Digest => 30.0,
        Kind::Flag | Kind::Count => 10.0,
        _ if column.id == "file" => 38.0,
        _ => 16.0,
    }
}

fn format(kind: Kind) -> Format {
    match kind {
        Kind::Moment => Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
        Kind::Day | Kind::Term => Format::new().set_num_format("yyyy-mm-dd"),
        Kind::Count => Format::new().set_num_format("0"),
        Kind::Seconds => Format::new().set_num_format("0.0"),
        // Numbers of devices keep their noughts.
        _ => Format::new().set_num_format("@"),
    }
}

/// What a column's cells may be chosen from.
fn choice(sheet: &Sheet, column: &Column, lang: Lang) -> Result<Option<DataValidation>, XlsxError> {
    if column.kind == Kind::Flag {
        return Ok(Some(DataValidation::new().allow_list_strings(&["是", "否"])?));
    }
    let named = REFERENCES.iter().find(|(id, to)| column.id == *id && sheet.id != *to);
    let Some(to) = named.and_then(|(_, to)| SHEETS.iter().find(|sheet| sheet.id == *to)) else {
        return Ok(None);
    };
    let from = Formula::new(format!("='{}'!$A$2:$A${}", to.title.get(lang), LAST_ROW + 1));
    // A number that is not in the other sheet yet is no mistake.
    Ok(Some(DataValidation::new().allow_list_formula(from).show_error_message(false)))
}
