//! The first sheet, and the figures that its charts are drawn from.

use rust_xlsxwriter::{Chart, ChartType, Color, Worksheet, XlsxError};

use super::table::{Book, cell_text};
use super::{FIGURES, title};
use crate::annual::Review;
use crate::annual::facts::{Group, VERDICTS, facts, groups};
use crate::lang::{Lang, Text};
use crate::report::verdict_text;

/// Bars of one chart that can be told apart.
const BARS: usize = 20;
/// Rows that a chart of this height covers, in the default row height of 20 pixels.
const CHART_HEIGHT: u32 = 300;
const CHART_ROWS: u32 = 16;
const CHART_WIDTH: u32 = 900;

pub fn overview(book: &mut Book, review: &Review) -> Result<(), XlsxError> {
    let (lang, formats) = (book.lang, &book.formats);
    let mut sheet = book.sheet(Text::new("总览", "Overview"))?;
    for (place, width) in (0..).zip([16.0, 22.0, 50.0, 10.0, 10.0, 10.0, 10.0, 10.0]) {
        sheet.set_column_width(place, width)?;
    }
    sheet.merge_range(0, 0, 0, 7, &cell_text(&title(review)), &formats.title)?;
    sheet.set_row_height(0, 28)?;
    let mut row = 2;
    for fact in facts(review) {
        sheet.merge_range(row, 0, row, 1, fact.name.get(lang), &formats.heading)?;
        sheet.merge_range(row, 2, row, 7, &cell_text(&fact.value), &formats.plain)?;
        // Merged cells do not grow with their text.
        let lines = fact.value.chars().count().div_ceil(55).max(1);
        sheet.set_row_height(row, 16.0 * lines as f64)?;
        row += 1;
    }
    row = clause_table(&mut sheet, book, review, row + 1)?;
    for (n, group) in groups(review).iter().enumerate() {
        row += 1;
        sheet.insert_chart(row, 0, &chart(group, place_of(review, n), lang))?;
        row += CHART_ROWS;
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
        for (place, text) in (0..).zip([clause.article.as_str(), clause.title, &clause.text]) {
            sheet.write_with_format(row, place, cell_text(text), &formats.plain)?;
        }
        for (place, (verdict, _)) in (3..).zip(VERDICTS) {
            match clause.is_in_scope() {
                true => sheet.write_with_format(row, place, clause.count(verdict) as f64, &formats.plain)?,
                false => sheet.write_with_format(row, place, "—", &formats.plain)?,
            };
        }
    }
    Ok(row + 1)
}

/// The tables behind the charts, one below the other.
pub fn figures(book: &mut Book, review: &Review) -> Result<(), XlsxError> {
    let (lang, formats) = (book.lang, &book.formats);
    let mut sheet = book.sheet(FIGURES)?;
    sheet.set_column_width(0, 36)?;
    for (n, group) in groups(review).iter().enumerate() {
        let top = place_of(review, n);
        sheet.write_with_format(top, 0, group.title.get(lang), &formats.heading)?;
        for (place, (title, _)) in (1..).zip(&group.series) {
            sheet.write_with_format(top, place, *title, &formats.heading)?;
            sheet.set_column_width(place, 14)?;
        }
        for (row, (name, counts)) in (top + 1..).zip(&group.rows) {
            sheet.write_with_format(row, 0, cell_text(name), &formats.plain)?;
            for (place, count) in (1..).zip(counts) {
                sheet.write_with_format(row, place, *count as f64, &formats.plain)?;
            }
        }
    }
    book.add(sheet);
    Ok(())
}

/// Row of the headings of a group's figures.
fn place_of(review: &Review, group: usize) -> u32 {
    groups(review)[..group].iter().map(|group| group.rows.len() as u32 + 2).sum()
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
    if !group.is_over_time {
        chart.x_axis().set_reverse();
    }
    let bars = group.rows.len().min(BARS) as u32;
    let height = if group.is_over_time { CHART_HEIGHT } else { CHART_HEIGHT.min(120 + 24 * bars) };
    chart.set_width(CHART_WIDTH).set_height(height);
    chart
}
