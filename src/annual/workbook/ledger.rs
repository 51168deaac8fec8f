//! The sheets of what the records say of themselves: as a whole, of events without a recording, of terms.

use rust_xlsxwriter::XlsxError;

use super::table::{Book, Cell, Column, column, known, text};
use crate::annual::Review;
use crate::checks::retention::kept_until;
use crate::lang::{Lang, Text};
use crate::records::{ANNEX_COLUMNS, AnnexRow, Event, Records};

pub fn ledger(book: &mut Book, review: &Review) -> Result<(), XlsxError> {
    static COLUMNS: [Column; 5] = [
        column("条款", "article", 12.0),
        column("评查项目", "item", 18.0),
        column("结论", "verdict", 10.0),
        column("说明", "summary", 90.0),
        column("涉及录像（段）", "recordings", 12.0),
    ];
    let mut table = book.table(Text::new("台账整体事项", "Records as a whole"), &COLUMNS)?;
    for line in &review.year.ledger {
        let clause = &review.year.clauses[usize::from(line.clause)];
        table.row(&[
            text(&clause.article),
            text(clause.title),
            Cell::Verdict(line.verdict),
            text(&*line.summary),
            Cell::Count(line.recordings),
        ])?;
    }
    table.finish()
}

/// Every event of the year without a recording, to be gone through one by one.
pub fn unrecorded(book: &mut Book, review: &Review, records: Option<&Records>) -> Result<(), XlsxError> {
    static COLUMNS: [Column; 13] = [
        column("台账行", "row", 7.0),
        column("活动编号", "event number", 12.0),
        column("案件名称", "case", 20.0),
        column("当事人", "party", 16.0),
        column("种类", "kind", 16.0),
        column("开始时间", "began at", 18.0),
        column("执法人员", "officers", 14.0),
        column("应否录像", "recording due", 9.0),
        column("未录像事由", "reason", 20.0),
        column("工作记录", "written note", 16.0),
        column("报告或审核人", "reported to", 14.0),
        column("核查结果", "found", 18.0),
        column("核查人、日期", "by, date", 14.0),
    ];
    let lang = book.lang;
    let mut table = book.table(Text::new("未录像的执法活动", "Events without recording"), &COLUMNS)?;
    let Some(records) = records else {
        table.note(Text::new("没有给出台账，未列。", "No records were given.").get(lang))?;
        return table.finish();
    };
    let due = |event: &Event| match event.recording_due {
        Some(true) => text(Text::new("是", "yes").get(lang)),
        Some(false) => text(Text::new("否", "no").get(lang)),
        None => Cell::Blank,
    };
    for event in review.unrecorded.iter().filter_map(|&place| records.rows.events.get(place)) {
        table.row(&[
            Cell::Count(event.at.row as usize),
            known(event.number.as_deref()),
            known(event.case.as_deref()),
            known(event.party.as_deref()),
            text(event.kind.join("、")),
            event.arrival.or(event.hearing_start).map_or(Cell::Blank, Cell::Moment),
            text(event.officers.join("、")),
            due(event),
            known(event.reason.as_deref()),
            known(event.note.as_deref()),
            text(event.reported_to.join("、")),
            Cell::Empty,
            Cell::Empty,
        ])?;
    }
    table.finish()
}

pub fn retention(book: &mut Book, review: &Review, records: Option<&Records>) -> Result<(), XlsxError> {
    static COLUMNS: [Column; 5] = [
        column("台账行", "row", 8.0),
        column("文件", "file", 36.0),
        column("执法活动", "event", 14.0),
        column("保存期限", "kept until", 36.0),
        column("状态", "state", 20.0),
    ];
    let lang = book.lang;
    let mut table = book.table(Text::new("保存期限", "Retention"), &COLUMNS)?;
    let Some((terms, records)) = review.terms.as_ref().zip(records) else {
        table.note(Text::new("没有给出台账，未列。", "No records were given.").get(lang))?;
        return table.finish();
    };
    for (line, clip) in terms.lines.iter().zip(&records.rows.clips) {
        let until = line.due.map(kept_until);
        table.row(&[
            Cell::Count(line.row as usize),
            text(clip.file.as_deref().unwrap_or_default()),
            known(clip.event.as_deref()),
            known(until.as_ref().map(|until| until.get(lang))),
            text(line.state.text().get(lang)),
        ])?;
    }
    table.note(&match lang {
        Lang::Zh => format!("截至 {}。本程序不删除任何文件。", terms.on),
        Lang::En => format!("On {}. Nothing is ever deleted by this program.", terms.on),
    })?;
    table.finish()
}

pub fn annex(book: &mut Book, rows: impl Iterator<Item = AnnexRow>) -> Result<(), XlsxError> {
    static COLUMNS: [Column; ANNEX_COLUMNS] = [
        column("序号", "no.", 6.0),
        column("执法类别", "category", 14.0),
        column("执法事项", "matter", 16.0),
        column("记录环节", "stage", 16.0),
        column("执法场所", "place", 20.0),
        column("记录人", "recorded by", 14.0),
        column("记录开始时间", "starts", 19.0),
        column("记录内容", "content", 24.0),
        column("记录结束时间", "ends", 19.0),
        column("记录存储时间", "kept for", 14.0),
        column("执法记录类别", "class of record", 14.0),
        column("备注", "remark", 36.0),
    ];
    let mut table = book.table(Text::new("音像记录清单", "List of recordings"), &COLUMNS)?;
    for row in rows {
        table.row(&row.each_ref().map(|cell| text(cell.as_str())))?;
    }
    table.finish()
}
