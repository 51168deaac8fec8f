//! The page's lists besides problems and sample: scores, the frame of the sample, what the records lack.

use super::Review;
use super::page::{Row, first};
use crate::lang::{Lang, Text};
use crate::records::{Records, State};
use crate::report::{clip_verdict_text, visible};

/// A list with its heading.
pub struct Section {
    pub title: &'static str,
    pub headings: Vec<&'static str>,
    pub rows: Vec<Row>,
    /// How many more the workbook has.
    pub more: String,
}

/// The lists of the year, those without a line left out.
pub fn sections(review: &Review, records: Option<&Records>) -> Vec<Section> {
    let lists =
        [Some(scores(review)), Some(strata(review)), unrecorded(review, records), terms(review, records)];
    lists.into_iter().flatten().filter(|section| !section.rows.is_empty()).collect()
}

fn section(lang: Lang, title: Text, headings: &[Text], rows: impl Iterator<Item = Vec<String>>) -> Section {
    let plain = |cells: Vec<String>| Row { link: None, class: "", cells };
    let (rows, more) = first(rows.map(plain), lang);
    Section {
        title: title.get(lang),
        headings: headings.iter().map(|text| text.get(lang)).collect(),
        rows,
        more,
    }
}

fn scores(review: &Review) -> Section {
    const HEADINGS: [Text; 7] = [
        Text::new("评查项目", "item"),
        Text::new("满分", "full score"),
        Text::new("建议扣分", "proposed deduction"),
        Text::new("不符合 / 可判定", "not met / judged"),
        Text::new("一票否决", "veto"),
        Text::new("评查人一评分", "first reviewer"),
        Text::new("评查人二评分", "second reviewer"),
    ];
    let lang = review.year.lang;
    let row = |score: &super::Score| {
        let clause = &review.year.clauses[score.clause];
        let veto = match (score.is_veto, score.failed) {
            (false, _) => Text::new("", ""),
            (true, 0) => Text::new("是", "yes"),
            (true, _) => Text::new("是，须核定", "yes; to be decided"),
        };
        vec![
            format!("{} {}", clause.article, clause.title),
            score.full.to_string(),
            score.deduction.to_string(),
            format!("{} / {}", score.failed, score.judged),
            veto.get(lang).to_owned(),
            String::new(),
            String::new(),
        ]
    };
    section(lang, Text::new("评分表", "scores"), &HEADINGS, review.scores.iter().map(row))
}

fn strata(review: &Review) -> Section {
    const HEADINGS: [Text; 7] = [
        Text::new("单位", "department"),
        Text::new("执法人员", "officers"),
        Text::new("设备", "device"),
        Text::new("结论", "verdict"),
        Text::new("录像", "recordings"),
        Text::new("有待复核事项", "to decide"),
        Text::new("抽中", "drawn"),
    ];
    let lang = review.year.lang;
    let rows = review.sample.strata.iter().map(|stratum| {
        vec![
            visible(&stratum.unit),
            visible(&stratum.officers),
            visible(&stratum.device),
            clip_verdict_text(stratum.verdict).get(lang).to_owned(),
            stratum.clips.to_string(),
            stratum.for_review.to_string(),
            stratum.drawn.to_string(),
        ]
    });
    section(lang, Text::new("抽样框", "frame of the sample"), &HEADINGS, rows)
}

fn unrecorded(review: &Review, records: Option<&Records>) -> Option<Section> {
    const HEADINGS: [Text; 5] = [
        Text::new("台账行", "row"),
        Text::new("执法活动", "event"),
        Text::new("开始时间", "began at"),
        Text::new("执法人员", "officers"),
        Text::new("未录像事由", "reason"),
    ];
    let events = &records?.rows.events;
    let rows = review.unrecorded.iter().filter_map(|&place| events.get(place)).map(|event| {
        let began = event.arrival.or(event.hearing_start);
        let named = [event.number.as_deref(), event.case.as_deref(), event.party.as_deref()];
        vec![
            event.at.row.to_string(),
            visible(&named.into_iter().flatten().collect::<Vec<_>>().join(" ")),
            began.map(|began| began.strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default(),
            visible(&event.officers.join("、")),
            visible(event.reason.as_deref().unwrap_or_default()),
        ]
    });
    Some(section(
        review.year.lang,
        Text::new("未录像的执法活动", "events without recording"),
        &HEADINGS,
        rows,
    ))
}

/// Recordings of the ledger that somebody must see to.
fn terms(review: &Review, records: Option<&Records>) -> Option<Section> {
    const HEADINGS: [Text; 4] = [
        Text::new("台账行", "row"),
        Text::new("文件", "file"),
        Text::new("保存期限", "kept until"),
        Text::new("状态", "state"),
    ];
    let lang = review.year.lang;
    let (terms, clips) = (review.terms.as_ref()?, &records?.rows.clips);
    let open = terms.lines.iter().zip(clips).filter(|(line, _)| {
        matches!(line.state, State::DeletedEarly | State::Missing | State::Unknown | State::DueForClearing)
    });
    let rows = open.map(|(line, clip)| {
        let until = line.due.map(crate::checks::retention::kept_until);
        vec![
            line.row.to_string(),
            visible(clip.file.as_deref().unwrap_or_default()),
            until.map(|until| until.get(lang).to_owned()).unwrap_or_default(),
            line.state.text().get(lang).to_owned(),
        ]
    });
    Some(section(lang, Text::new("保存期限：须处理的", "retention: to be seen to"), &HEADINGS, rows))
}
