//! The first sheet, and the figures that its charts are drawn from.

use rust_xlsxwriter::{Chart, ChartType, Color, Worksheet, XlsxError};

use super::table::{Book, cell_text, height, lines};
use super::{FIGURES, title};
use crate::annual::Review;
use crate::annual::facts::{BARS, Group, VERDICTS, facts};
use crate::lang::{Lang, Text};
use crate::report::verdict_text;

/// In pixels; a bar that lies takes as much as its name.
const CHART_WIDTH: u32 = 900;
const CHART_HEIGHT: u32 = 300;
const CHART_EDGES: u32 = 110;
const BAR_HEIGHT: u32 = 26;
/// Up to this many recordings an axis would be marked in fractions of one.
const WHOLE_STEPS: usize = 10;
/// The default height of a row.
const ROW_HEIGHT: u32 = 20;
/// Of the columns; facts span all but the first two.
const WIDTHS: [f64; 8] = [14.0, 16.0, 54.0, 9.0, 9.0, 9.0, 9.0, 9.0];
const FACT_WIDTH: f64 = 99.0;

pub fn overview(book: &mut Book, review: &Review, groups: &[Group]) -> Result<(), XlsxError> {
    let (lang, formats) = (book.lang, &book.formats);
    let mut sheet = book.sheet(Text::new("总览", "Overview"))?;
    for (place, width) in (0..).zip(WIDTHS) {
        sheet.set_column_width(place, width)?;
    }
    sheet.merge_range(0, 0, 0, 7, &cell_text(&title(review)), &formats.title)?;
    sheet.set_row_height(0, 28)?;
    let mut row = 2;
    for fact in facts(review) {
        sheet.merge_range(row, 0, row, 1, fact.name.get(lang), &formats.heading)?;
        sheet.merge_range(row, 2, row, 7, &cell_text(&fact.value), &formats.plain)?;
        sheet.set_row_height(row, height(lines(&fact.value, FACT_WIDTH)))?;
        row += 1;
    }
    row = clause_table(&mut sheet, book, review, row + 1)?;
    for (n, group) in groups.iter().enumerate() {
        row += 1;
        sheet.insert_chart(row, 0, &chart(group, place_of(groups, n), lang))?;
        row += chart_height(group).div_ceil(ROW_HEIGHT);
    }
    book.add(sheet);
    Ok(())
}

fn clause_table(sheet: &mut Worksheet, book: &Book, review: &Review, mut row: u32) -> Result<u32, XlsxError> {
    let (lang, formats) = (book.lang, &book.formats);
    let titles =
        [Text::new("条款", "article"), Text::new("评查项目", "item"), Text::new("规定原文", "clause")];
    for (place, title) in (0..).zip(titles) {
        sheet.write_with_format(row, place, title.get(lang), &formats.heading)?;
    }
    for (place, (verdict, _)) in (3..).zip(VERDICTS) {
        sheet.write_with_format(row, place, verdict_text(verdict).get(lang), &formats.heading)?;
    }
    for clause in &review.year.clauses {
        row += 1;
        sheet.set_row_height(
            row,
            height(lines(&clause.text, WIDTHS[2]).max(lines(&clause.article, WIDTHS[0]))),
        )?;
        for (place, text) in (0..).zip([clause.article.as_str(), clause.title, &clause.text]) {
            sheet.write_with_format(row, place, &*cell_text(text), &formats.plain)?;
        }
        for (place, (verdict, _)) in (3..).zip(VERDICTS) {
            match clause.is_in_scope() {
                true => sheet.write_with_format(row, place, clause.count(verdict) as f64, &formats.count)?,
                false => sheet.write_with_format(row, place, "—", &formats.count)?,
            };
        }
    }
    Ok(row + 1)
}

/// The tables behind the charts, one below the other.
pub fn figures(book: &mut Book, groups: &[Group]) -> Result<(), XlsxError> {
    let (lang, formats) = (book.lang, &book.formats);
    let mut sheet = book.sheet(FIGURES)?;
    sheet.set_column_width(0, 36)?;
    for (n, group) in groups.iter().enumerate() {
        let top = place_of(groups, n);
        sheet.write_with_format(top, 0, group.title.get(lang), &formats.heading)?;
        for (place, (title, _)) in (1..).zip(&group.series) {
            sheet.write_with_format(top, place, *title, &formats.heading)?;
            sheet.set_column_width(place, 14)?;
        }
        for (row, (name, counts)) in (top + 1..).zip(&group.rows) {
            sheet.write_with_format(row, 0, &*cell_text(name), &formats.plain)?;
            for (place, count) in (1..).zip(counts) {
                sheet.write_with_format(row, place, *count as f64, &formats.count)?;
            }
        }
    }
    book.add(sheet);
    Ok(())
}

/// Row of the headings of a group's figures.
fn place_of(groups: &[Group], group: usize) -> u32 {
    groups[..group].iter().map(|group| group.rows.len() as u32 + 2).sum()
}

fn chart(group: &Group, top: u32, lang: Lang) -> Chart {
    // Names of clauses and people are long: bars lie, months stand.
    let kind = if group.is_over_time { ChartType::ColumnStacked } else { ChartType::BarStacked };
    let mut chart = Chart::new(kind);
    let last = top + group.rows.len().min(BARS) as u32;
    let sheet = FIGURES.get(lang);
    for (place, (title, colour)) in (1..).zip(&group.series) {
        let series = chart.add_series();
        series.set_name(*title).set_gap(60).set_overlap(100);
        series.set_categories((sheet, top + 1, 0, last, 0)).set_values((sheet, top + 1, place, last, place));
        series.set_format(
            rust_xlsxwriter::ChartFormat::new()
                .set_solid_fill(rust_xlsxwriter::ChartSolidFill::new().set_color(Color::RGB(*colour))),
        );
    }
    let shown = match group.rows.len() > BARS {
        true => format!("{}（{}{BARS}）", group.title.get(lang), Text::new("前", "first ").get(lang)),
        false => group.title.get(lang).to_owned(),
    };
    chart.title().set_name(shown.as_str());
    chart.legend().set_position(rust_xlsxwriter::ChartLegendPosition::Bottom);
    // The axis of names is `y` where bars lie.
    let counts = if group.is_over_time { chart.y_axis() } else { chart.x_axis() };
    // Spreadsheets begin an axis where they please, and a bar's length is only true from nothing on.
    counts.set_num_format("0").set_min(0);
    if group.longest() <= WHOLE_STEPS {
        counts.set_major_unit(1);
    }
    if !group.is_over_time {
        chart.y_axis().set_reverse();
    }
    chart.set_width(CHART_WIDTH).set_height(chart_height(group));
    chart
}

fn chart_height(group: &Group) -> u32 {
    match group.is_over_time {
        true => CHART_HEIGHT,
        false => CHART_EDGES + BAR_HEIGHT * group.rows.len().min(BARS) as u32,
    }
}
