//! The review as a workbook, laid out as an office would.

mod ledger;
mod lists;
mod overview;
mod table;

use std::io::{Seek, Write};
use std::path::Path;

use rust_xlsxwriter::XlsxError;

use super::Review;
use super::annex::annex;
use super::facts::groups;
use crate::lang::{Lang, Text};
use crate::records::Records;
use table::Book;

/// Writes the workbook, with what the records say of the ledger's recordings; `scratch` is a folder for what does
/// not fit into memory meanwhile.
pub fn workbook(
    review: &Review,
    records: Option<&Records>,
    to: impl Write + Seek + Send,
    scratch: &Path,
) -> Result<(), XlsxError> {
    let mut book = Book::new(review.year.lang, &title(review), scratch)?;
    let groups = groups(review);
    overview::overview(&mut book, review, &groups)?;
    lists::problems(&mut book, review)?;
    lists::scores(&mut book, review)?;
    lists::sample(&mut book, review)?;
    lists::strata(&mut book, review)?;
    lists::clips(&mut book, review)?;
    lists::findings(&mut book, review)?;
    ledger::ledger(&mut book, review)?;
    ledger::unrecorded(&mut book, review, records)?;
    lists::deadlines(&mut book, review)?;
    ledger::retention(&mut book, review, records)?;
    ledger::annex(&mut book, annex(&review.year, records))?;
    lists::not_judged(&mut book, review)?;
    overview::figures(&mut book, &groups)?;
    book.save(to)
}

/// What the review is called.
pub fn title(review: &Review) -> String {
    let (year, policy) = (review.year.year, &review.year.policy.title);
    match review.year.lang {
        Lang::Zh => format!("{year} 年度执法音像记录评查（依据《{policy}》）"),
        Lang::En => format!("Review of enforcement recordings, {year} (by {policy})"),
    }
}

/// Sheets that others point to.
const FIGURES: Text = Text::new("统计", "Figures");
