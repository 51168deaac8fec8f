//! One table over as many sheets as it needs, laid out to be read, filtered and printed.

use std::borrow::Cow;

use jiff::civil::DateTime;
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Url, Workbook, Worksheet,
    XlsxError,
};

use crate::checks::Verdict;
use crate::lang::{Lang, MinutesSeconds, Text};
use crate::records::inert;
use crate::report::{ClipVerdict, clip_verdict_text, is_invisible, verdict_text, visible};

/// Rows of a sheet, and characters of a cell (Excel's limits).
const MAX_ROWS: u32 = 1_048_576;
const MAX_CELL_CHARS: usize = 32_767;
/// Links of a sheet (Excel's limit); where there are more, the address stands as text.
const MAX_LINKS: u32 = 65_530;
/// Rows of a table that are fitted to their text by us. Each costs memory until the workbook is written; further ones are left
/// to the spreadsheet.
const FITTED_ROWS: u32 = 50_000;
/// Of deflate, 1 to 9: what 6, the usual one, saves besides in size costs as much time as all the rest.
const COMPRESSION: u8 = 3;
/// A table with as many columns is wider than a screen.
const WIDE_COLUMNS: usize = 13;
/// A4, as spreadsheets number paper.
const A4: u8 = 9;

pub struct Column {
    pub title: Text,
    /// Characters of the default font.
    pub width: f64,
    /// Stands on paper, too; columns that do not are the last ones of their table.
    is_printed: bool,
}

pub const fn column(zh: &'static str, en: &'static str, width: f64) -> Column {
    Column { title: Text::new(zh, en), width, is_printed: true }
}

/// A column to be looked up in, which would only take room on paper.
pub const fn unprinted(zh: &'static str, en: &'static str, width: f64) -> Column {
    Column { title: Text::new(zh, en), width, is_printed: false }
}

/// What a cell shows.
pub enum Cell<'a> {
    Text(Cow<'a, str>),
    /// Digests and paths, on one line however long.
    Code(&'a str),
    Count(usize),
    Number(f64),
    Share(f64),
    Moment(DateTime),
    /// A time in a clip.
    At(f64),
    Verdict(Verdict),
    ClipVerdict(ClipVerdict),
    /// A file beside the workbook, and what is shown for it.
    Link(Option<&'a str>, &'a str),
    /// Not known.
    Blank,
    /// To be filled in by hand.
    Empty,
}

pub fn text<'a>(text: impl Into<Cow<'a, str>>) -> Cell<'a> {
    Cell::Text(text.into())
}

/// Text that is not known stays out.
pub fn known<'a>(text: Option<impl AsRef<str> + 'a>) -> Cell<'a> {
    text.map_or(Cell::Blank, |text| Cell::Text(text.as_ref().to_owned().into()))
}

/// The workbook, its formats, and the language of its words.
pub struct Book {
    workbook: Workbook,
    pub lang: Lang,
    pub formats: Formats,
    /// Stands at the foot of each printed page.
    footer: String,
    max_rows: u32,
}

pub struct Formats {
    pub title: Format,
    pub heading: Format,
    pub plain: Format,
    code: Format,
    pub count: Format,
    moment: Format,
    number: Format,
    share: Format,
    link: Format,
    verdicts: [Format; 4],
    pub by_hand: Format,
}

impl Formats {
    fn new() -> Self {
        let plain = Format::new().set_border(FormatBorder::Thin).set_text_wrap().set_align(FormatAlign::Top);
        let centred = plain.clone().set_align(FormatAlign::Center);
        let coloured = |colour: u32| plain.clone().set_bold().set_font_color(Color::RGB(colour));
        Self {
            title: Format::new().set_bold().set_font_size(16),
            heading: plain
                .clone()
                .set_bold()
                .set_background_color(Color::RGB(0xD9E2F3))
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::VerticalCenter),
            code: Format::new().set_border(FormatBorder::Thin).set_align(FormatAlign::Top),
            moment: plain.clone().set_num_format("yyyy-mm-dd hh:mm:ss").set_align(FormatAlign::Left),
            count: centred.clone(),
            number: centred.clone().set_num_format("0.0"),
            share: centred.set_num_format("0 %"),
            link: plain
                .clone()
                .set_font_color(Color::RGB(0x1D3C63))
                .set_underline(rust_xlsxwriter::FormatUnderline::Single),
            verdicts: [coloured(0x98201C), coloured(0x855300), coloured(0x4D5866), coloured(0x1D6339)],
            by_hand: plain.clone().set_background_color(Color::RGB(0xFFF9E5)),
            plain,
        }
    }

    /// In the colours of the reports: to be put right, to be looked at, not known, in order.
    fn of(&self, verdict: Verdict) -> &Format {
        match verdict {
            Verdict::Fail => &self.verdicts[0],
            Verdict::Review => &self.verdicts[1],
            Verdict::NotAssessed => &self.verdicts[2],
            Verdict::Pass => &self.verdicts[3],
            Verdict::NotApplicable => &self.plain,
        }
    }

    fn of_clip(&self, verdict: ClipVerdict) -> &Format {
        match verdict {
            ClipVerdict::Violation => &self.verdicts[0],
            ClipVerdict::Review => &self.verdicts[1],
            ClipVerdict::Unreadable => &self.verdicts[2],
            ClipVerdict::Compliant => &self.verdicts[3],
        }
    }
}

impl Book {
    /// `scratch` holds what does not fit into memory until the workbook is written.
    pub fn new(lang: Lang, title: &str, scratch: &std::path::Path) -> Result<Self, XlsxError> {
        let mut workbook = Workbook::new();
        workbook.set_tempdir(scratch)?;
        workbook.set_zip_compression_level(COMPRESSION);
        // A file holds no time of its making: the same year is the same bytes.
        let made = ExcelDateTime::from_ymd(2025, 1, 1)?;
        workbook
            .set_properties(&DocProperties::new().set_title(&*cell_text(title)).set_creation_datetime(&made));
        // `&` begins a code in headers and footers.
        let footer = format!("&L{}&R&P / &N", cell_text(title).replace('&', "&&"));
        Ok(Self { workbook, lang, formats: Formats::new(), footer, max_rows: MAX_ROWS })
    }

    /// A sheet that is laid out by hand; to be given back by [`add`](Self::add).
    pub fn sheet(&self, name: Text) -> Result<Worksheet, XlsxError> {
        let mut sheet = Worksheet::new();
        sheet.set_name(name.get(self.lang))?;
        on_paper(&mut sheet, name.get(self.lang));
        sheet.set_footer(&self.footer);
        Ok(sheet)
    }

    pub fn add(&mut self, sheet: Worksheet) {
        self.workbook.push_worksheet(sheet);
    }

    /// A sheet with one table that is written row by row and not held in memory.
    pub fn table(&mut self, name: Text, columns: &'static [Column]) -> Result<Table<'_>, XlsxError> {
        let mut table = Table {
            sheet: self.workbook.new_worksheet_with_constant_memory()?,
            book: self,
            name,
            columns,
            part: 1,
            row: 0,
            links: 0,
        };
        table.begin()?;
        Ok(table)
    }

    pub fn save(mut self, to: impl std::io::Write + std::io::Seek + Send) -> Result<(), XlsxError> {
        self.workbook.save_to_writer(to)
    }
}

pub struct Table<'b> {
    book: &'b mut Book,
    sheet: Worksheet,
    name: Text,
    columns: &'static [Column],
    part: u32,
    /// The next to be written.
    row: u32,
    links: u32,
}

impl Table<'_> {
    fn begin(&mut self) -> Result<(), XlsxError> {
        let lang = self.book.lang;
        let name = match self.part {
            1 => self.name.get(lang).to_owned(),
            part => format!("{}{part}", self.name.get(lang)),
        };
        self.sheet.set_name(&name)?;
        on_paper(&mut self.sheet, &name);
        self.sheet.set_landscape();
        self.sheet.set_footer(&self.book.footer).set_repeat_rows(0, 0)?;
        // In a wide table whose row it is stays in sight.
        let kept = if self.columns.len() >= WIDE_COLUMNS { 2 } else { 0 };
        self.sheet.set_freeze_panes(1, kept)?;
        for (place, column) in (0..).zip(self.columns) {
            self.sheet.set_column_width(place, column.width)?;
            self.sheet.write_with_format(0, place, column.title.get(lang), &self.book.formats.heading)?;
        }
        let deepest = self.columns.iter().map(|column| lines(column.title.get(lang), column.width)).max();
        self.sheet.set_row_height(0, height(deepest.unwrap_or(1)))?;
        (self.row, self.links) = (1, 0);
        Ok(())
    }

    pub fn row(&mut self, cells: &[Cell]) -> Result<(), XlsxError> {
        if self.row == self.book.max_rows {
            self.end()?;
            self.sheet = self.book.workbook.new_worksheet_with_constant_memory()?;
            self.part += 1;
            self.begin()?;
        }
        let shown = cells.iter().zip(self.columns).map(|(cell, column)| match cell {
            Cell::Text(text) => lines(text, column.width),
            Cell::Link(_, shown) => lines(shown, column.width),
            _ => 1,
        });
        let fitted = self.row <= FITTED_ROWS && self.part == 1;
        let lines = if fitted { shown.max().unwrap_or(1) } else { 1 };
        if lines > 1 {
            self.sheet.set_row_height(self.row, height(lines))?;
        }
        for (place, cell) in (0..).zip(cells) {
            write(&mut self.sheet, self.row, place, cell, self.book, &mut self.links)?;
        }
        self.row += 1;
        Ok(())
    }

    /// A line below the table that takes its whole width.
    pub fn note(&mut self, text: &str) -> Result<(), XlsxError> {
        let width: f64 = self.columns.iter().map(|column| column.width).sum();
        let last = u16::try_from(self.columns.len() - 1).unwrap_or(u16::MAX);
        self.sheet.set_row_height(self.row, height(lines(text, width)))?;
        self.sheet.merge_range(self.row, 0, self.row, last, &cell_text(text), &self.book.formats.plain)?;
        self.row += 1;
        Ok(())
    }

    /// Puts the last part into the workbook.
    pub fn finish(mut self) -> Result<(), XlsxError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), XlsxError> {
        if self.row == 1 {
            self.note(Text::new("没有。", "None.").get(self.book.lang))?;
        }
        let last = u16::try_from(self.columns.len() - 1).unwrap_or(u16::MAX);
        self.sheet.autofilter(0, 0, self.row - 1, last)?;
        let printed = self.columns.iter().filter(|column| column.is_printed).count();
        if let Some(last) = printed.checked_sub(1).filter(|_| printed < self.columns.len()) {
            self.sheet.set_print_area(0, 0, self.row - 1, u16::try_from(last).unwrap_or(u16::MAX))?;
        }
        let full = std::mem::replace(&mut self.sheet, Worksheet::new());
        self.book.workbook.push_worksheet(full);
        Ok(())
    }
}

/// A4, as wide as the paper, with the sheet's name on each page.
fn on_paper(sheet: &mut Worksheet, name: &str) {
    /// In inches: what office printers can do.
    const SIDE: f64 = 0.4;
    const TOP: f64 = 0.8;
    const BOTTOM: f64 = 0.6;
    const MARK: f64 = 0.3;
    sheet.set_paper_size(A4).set_print_fit_to_pages(1, 0).set_print_center_horizontally(true);
    sheet.set_margins(SIDE, SIDE, TOP, BOTTOM, MARK, MARK);
    sheet.set_header(format!("&C&\"-,Bold\"&14{}", name.replace('&', "&&")));
}

fn write(
    sheet: &mut Worksheet,
    row: u32,
    place: u16,
    cell: &Cell,
    book: &Book,
    links: &mut u32,
) -> Result<(), XlsxError> {
    let (formats, lang) = (&book.formats, book.lang);
    match cell {
        Cell::Text(text) => sheet.write_with_format(row, place, &*cell_text(text), &formats.plain)?,
        Cell::Code(text) => sheet.write_with_format(row, place, &*cell_text(text), &formats.code)?,
        Cell::Count(count) => sheet.write_with_format(row, place, *count as f64, &formats.count)?,
        Cell::Number(number) => sheet.write_with_format(row, place, *number, &formats.number)?,
        Cell::Share(share) => sheet.write_with_format(row, place, *share, &formats.share)?,
        Cell::Moment(moment) => sheet.write_datetime_with_format(row, place, *moment, &formats.moment)?,
        Cell::At(at_s) => {
            sheet.write_with_format(row, place, MinutesSeconds(*at_s).to_string(), &formats.plain)?
        }
        Cell::Verdict(verdict) => {
            sheet.write_with_format(row, place, verdict_text(*verdict).get(lang), formats.of(*verdict))?
        }
        Cell::ClipVerdict(verdict) => {
            let text = clip_verdict_text(*verdict).get(lang);
            sheet.write_with_format(row, place, text, formats.of_clip(*verdict))?
        }
        Cell::Link(Some(to), shown) if *links < MAX_LINKS => {
            *links += 1;
            let url = Url::new(format!("file:///{to}")).set_text(&*cell_text(shown));
            sheet.write_url_with_format(row, place, url, &formats.link)?
        }
        Cell::Link(Some(to), _) => sheet.write_with_format(row, place, &*cell_text(to), &formats.plain)?,
        Cell::Link(None, _) | Cell::Blank => sheet.write_blank(row, place, &formats.plain)?,
        Cell::Empty => sheet.write_blank(row, place, &formats.by_hand)?,
    };
    Ok(())
}

/// Lines that a text takes in a column: spreadsheets do not all fit rows to their text by themselves. Chinese
/// characters are twice as wide as the default font's digits, in which widths are told.
pub fn lines(text: &str, width: f64) -> usize {
    /// Cells keep some room at both sides.
    const PADDING: f64 = 1.5;
    let columns = |line: &str| line.chars().map(|c| if c.is_ascii() { 1.0 } else { 2.0 }).sum::<f64>();
    let room = (width - PADDING).max(1.0);
    text.lines().map(|line| (columns(line) / room).ceil().max(1.0) as usize).sum::<usize>().max(1)
}

/// Height of a row of so many lines, in points.
pub fn height(lines: usize) -> f64 {
    /// Of the default font, and the most that a row can have (Excel's limit).
    const LINE: f64 = 16.5;
    const MOST: f64 = 409.0;
    (LINE * lines as f64).min(MOST)
}

/// Text from recordings and ledgers as a cell may hold it: no formula, nothing invisible but ends of lines, not
/// too long. Most text is all that already.
pub fn cell_text(text: &str) -> Cow<'_, str> {
    let is_plain = |text: &str| text.chars().all(|c| c == '\n' || !is_invisible(c));
    let shown = match is_plain(text) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.split('\n').map(visible).collect::<Vec<_>>().join("\n")),
    };
    let shown = match inert(&shown) {
        Cow::Borrowed(_) => shown,
        Cow::Owned(inert) => Cow::Owned(inert),
    };
    // A character takes a byte at least.
    if shown.len() < MAX_CELL_CHARS {
        return shown;
    }
    match shown.char_indices().nth(MAX_CELL_CHARS - 1) {
        Some((end, _)) if shown[end..].chars().nth(1).is_some() => Cow::Owned(format!("{}…", &shown[..end])),
        _ => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_sheet_is_followed_by_another() {
        static COLUMNS: [Column; 2] = [column("甲", "one", 10.0), column("乙", "two", 10.0)];
        let folder = tempfile::tempdir().unwrap();
        let mut book = Book::new(Lang::En, "t", folder.path()).unwrap();
        book.max_rows = 3;
        let mut table = book.table(Text::new("表", "Rows"), &COLUMNS).unwrap();
        for n in 0..5 {
            table.row(&[Cell::Count(n), text(format!("=row {n}"))]).unwrap();
        }
        table.finish().unwrap();
        let mut bytes = std::io::Cursor::new(Vec::new());
        book.save(&mut bytes).unwrap();
        let mut read: calamine::Xlsx<_> = calamine::Reader::new(bytes).unwrap();
        let mut rows = Vec::new();
        for name in ["Rows", "Rows2", "Rows3"] {
            let sheet = calamine::Reader::worksheet_range(&mut read, name).unwrap();
            assert_eq!(sheet.get_value((0, 1)).unwrap().to_string(), "two");
            rows.extend(sheet.rows().skip(1).map(|row| format!("{} {}", row[0], row[1])));
        }
        assert_eq!(rows, (0..5).map(|n| format!("{n} '=row {n}")).collect::<Vec<_>>());
    }

    #[test]
    fn rows_are_as_high_as_their_text() {
        assert_eq!(
            (lines("", 10.0), lines("abc", 10.0), lines("一二三四五", 10.0), lines("a\nb", 10.0)),
            (1, 1, 2, 2)
        );
        assert_eq!(height(1_000), 409.0);
    }

    #[test]
    fn no_cell_is_a_formula_or_too_long() {
        assert_eq!(cell_text("=HYPERLINK(\"x\")"), "'=HYPERLINK(\"x\")");
        assert_eq!(cell_text("a\u{202e}b"), "a[U+202E]b");
        assert_eq!(cell_text("one\ntwo\tthree\r"), "one\ntwo three ");
        let long = "长".repeat(40_000);
        assert_eq!(cell_text(&long).chars().count(), MAX_CELL_CHARS);
        assert_eq!(cell_text(&long[..3 * MAX_CELL_CHARS]), long[..3 * MAX_CELL_CHARS]);
    }
}
