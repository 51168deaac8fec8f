//! The twelve-column list of recordings of 平顶山市民族宗教事务局's annex 2, filled from the year's clips.

use super::year::{ClipLine, Year};
use crate::records::{AnnexRow, Records, annex_rows};

/// A line for each recording: of the ledger, where there is one; else of each clip, as far as it tells itself.
pub fn annex<'a>(year: &'a Year, records: Option<&'a Records>) -> Box<dyn Iterator<Item = AnnexRow> + 'a> {
    match records {
        Some(records) if !records.rows.clips.is_empty() => Box::new(annex_rows(records)),
        _ => Box::new((1..).zip(&year.clips).map(|(serial, clip)| row(serial, clip))),
    }
}

fn row(serial: usize, clip: &ClipLine) -> AnnexRow {
    let mut row = AnnexRow::default();
    let ends_at = clip.starts_at.saturating_add(jiff::SignedDuration::from_secs_f64(clip.duration_s.round()));
    let moment = |moment: jiff::civil::DateTime| moment.strftime("%Y-%m-%d %H:%M:%S").to_string();
    row[0] = serial.to_string();
    row[5] = clip.officers();
    row[6] = moment(clip.starts_at);
    row[8] = moment(ends_at);
    row[11] = clip.name.to_string();
    row
}
