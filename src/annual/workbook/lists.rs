//! The tables of the workbook, a sheet each.

use rust_xlsxwriter::XlsxError;

use super::table::{Book, Cell, Column, cell_text, column, height, known, lines, text, unprinted};
use crate::annual::{ClipLine, FindingLine, Problem, Review};
use crate::checks::Verdict;
use crate::lang::{Lang, Text};

/// Checks whose answer is a term that was kept or missed.
const TERMS: [&str; 6] = [
    "deposit-deadline",
    "deposit-witness",
    "classification",
    "archive-deadline",
    "retention",
    "long-term-preservation",
];

pub fn problems(book: &mut Book, review: &Review) -> Result<(), XlsxError> {
    static COLUMNS: [Column; 18] = [
        column("序号", "no.", 5.0),
        column("录像", "recording", 34.0),
        column("录制时间", "recorded at", 18.0),
        column("单位", "department", 12.0),
        column("执法人员", "officers", 10.0),
        column("设备", "device", 8.0),
        column("执法活动", "event", 10.0),
        column("条款", "article", 9.0),
        column("评查项目", "item", 10.0),
        column("结论", "verdict", 8.0),
        column("位置", "at", 7.0),
        column("听到的原话", "heard", 18.0),
        column("问题", "problem", 42.0),
        column("人工复核", "reviewed", 14.0),
        column("整改措施", "measure", 16.0),
        column("责任人", "person", 9.0),
        column("完成日期", "done by", 10.0),
        column("回头看结果", "look-back", 12.0),
    ];
    let lang = book.lang;
    let mut table = book.table(Text::new("问题清单", "Problems"), &COLUMNS)?;
    for (n, problem) in review.year.problems().enumerate() {
        let Problem { clip, finding, clause, articles } = problem;
        table.row(&[
            Cell::Count(n + 1),
            link(clip),
            Cell::Moment(clip.starts_at),
            known(clip.unit.as_deref()),
            text(clip.officers()),
            known(clip.device.as_deref()),
            known(clip.event.as_deref()),
            text(articles),
            text(clause.title),
            Cell::Verdict(finding.verdict),
            at(finding),
            known(finding.quote()),
            text(&*finding.summary),
            finding.decided(lang).map_or(Cell::Empty, text),
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
        ])?;
    }
    table.finish()
}

pub fn clips(book: &mut Book, review: &Review) -> Result<(), XlsxError> {
    static COLUMNS: [Column; 16] = [
        column("序号", "no.", 5.0),
        column("录像", "recording", 34.0),
        column("录制时间", "recorded at", 18.0),
        column("时长（分钟）", "minutes", 9.0),
        column("单位", "department", 12.0),
        column("执法人员", "officers", 10.0),
        column("设备", "device", 8.0),
        column("执法活动", "event", 10.0),
        column("结论", "verdict", 12.0),
        column("报告结论", "verdict of the report", 12.0),
        column("不符合", "not met", 7.0),
        column("待复核", "for review", 7.0),
        column("未评查", "not assessed", 7.0),
        column("未查看的内容", "not looked at", 36.0),
        unprinted("SHA-256", "SHA-256", 20.0),
        unprinted("存放位置", "path", 40.0),
    ];
    let mut table = book.table(Text::new("录像清单", "Recordings"), &COLUMNS)?;
    for (n, clip) in review.year.clips.iter().enumerate() {
        let count = |verdict| clip.findings.iter().filter(|finding| finding.verdict == verdict).count();
        table.row(&[
            Cell::Count(n + 1),
            link(clip),
            Cell::Moment(clip.starts_at),
            Cell::Number(clip.duration_s / 60.0),
            known(clip.unit.as_deref()),
            text(clip.officers()),
            known(clip.device.as_deref()),
            known(clip.event.as_deref()),
            Cell::ClipVerdict(clip.own),
            Cell::ClipVerdict(clip.verdict),
            Cell::Count(count(Verdict::Fail)),
            Cell::Count(count(Verdict::Review)),
            Cell::Count(count(Verdict::NotAssessed)),
            text(clip.limits.join("\n")),
            Cell::Code(&clip.sha256),
            Cell::Code(&clip.path),
        ])?;
    }
    table.finish()
}

pub fn findings(book: &mut Book, review: &Review) -> Result<(), XlsxError> {
    static COLUMNS: [Column; 10] = [
        column("录像", "recording", 34.0),
        column("录制时间", "recorded at", 19.0),
        column("条款", "article", 10.0),
        column("评查项目", "item", 14.0),
        column("结论", "verdict", 9.0),
        column("置信度", "confidence", 8.0),
        column("起", "from", 9.0),
        column("止", "until", 9.0),
        column("听到的原话", "heard", 30.0),
        column("说明", "summary", 60.0),
    ];
    let year = &review.year;
    let mut table = book.table(Text::new("逐条结果", "Findings"), &COLUMNS)?;
    for (clip, finding) in year.findings() {
        let clause = year.clause(finding);
        table.row(&[
            text(&*clip.name),
            Cell::Moment(clip.starts_at),
            text(&clause.article),
            text(clause.title),
            Cell::Verdict(finding.verdict),
            Cell::Share(f64::from(finding.confidence)),
            at(finding),
            finding.span_s().map_or(text(""), |(_, end_s)| Cell::At(end_s)),
            text(finding.quote().unwrap_or_default()),
            text(&*finding.summary),
        ])?;
    }
    table.finish()
}

pub fn sample(book: &mut Book, review: &Review) -> Result<(), XlsxError> {
    static COLUMNS: [Column; 13] = [
        column("序号", "no.", 5.0),
        column("录像", "recording", 34.0),
        column("录制时间", "recorded at", 18.0),
        column("单位", "department", 12.0),
        column("执法人员", "officers", 10.0),
        column("设备", "device", 8.0),
        column("结论", "verdict", 12.0),
        column("列入原因", "why", 11.0),
        column("待复核事项", "to decide", 46.0),
        column("评查人一意见", "first reviewer", 18.0),
        column("评查人二意见", "second reviewer", 18.0),
        column("核定结论", "decision", 12.0),
        column("日期", "date", 11.0),
    ];
    let year = &review.year;
    let lang = book.lang;
    let mut table = book.table(Text::new("人工评查样本", "Sample"), &COLUMNS)?;
    for (n, &(place, chosen)) in review.sample.clips.iter().enumerate() {
        let clip = &year.clips[place];
        table.row(&[
            Cell::Count(n + 1),
            link(clip),
            Cell::Moment(clip.starts_at),
            known(clip.unit.as_deref()),
            text(clip.officers()),
            known(clip.device.as_deref()),
            Cell::ClipVerdict(clip.own),
            text(chosen.text().get(lang)),
            text(year.to_decide(clip)),
            Cell::Empty,
            Cell::Empty,
            Some(year.decided(clip)).filter(|decided| !decided.is_empty()).map_or(Cell::Empty, text),
            Cell::Empty,
        ])?;
    }
    table.finish()
}

pub fn strata(book: &mut Book, review: &Review) -> Result<(), XlsxError> {
    static COLUMNS: [Column; 7] = [
        column("单位", "department", 18.0),
        column("执法人员", "officers", 18.0),
        column("设备", "device", 12.0),
        column("结论", "verdict", 14.0),
        column("录像（段）", "recordings", 10.0),
        column("有待复核事项", "to decide", 12.0),
        column("抽中", "drawn", 10.0),
    ];
    let (lang, sample) = (book.lang, &review.sample);
    let mut table = book.table(Text::new("抽样框", "Sampling frame"), &COLUMNS)?;
    for stratum in &sample.strata {
        table.row(&[
            text(&stratum.unit),
            text(&stratum.officers),
            text(&stratum.device),
            Cell::ClipVerdict(stratum.verdict),
            Cell::Count(stratum.clips),
            Cell::Count(stratum.for_review),
            Cell::Count(stratum.drawn),
        ])?;
    }
    let how = match lang {
        Lang::Zh => format!(
            "种子：{}。每层中有待复核事项的录像全部列入；其余按 SHA-256（种子 + “:” + 录像的 SHA-256，十六进制小写）由小到大排列，\
             取前 {} %（进一取整）。凭种子和“录像清单”可以重新抽出同一样本。",
            sample.seed,
            crate::figures::tenths(sample.share * 100.0)
        ),
        Lang::En => format!(
            "Seed: {}. Of each stratum all recordings with a finding to decide are taken; the others are put in the order of \
             SHA-256 (seed + \":\" + the recording's SHA-256, lower-case hexadecimal) and the first {} % taken, rounded up. The \
             same sample can be drawn again from the seed and the list of recordings.",
            sample.seed,
            crate::figures::tenths(sample.share * 100.0)
        ),
    };
    table.note(&how)?;
    table.finish()
}

pub fn deadlines(book: &mut Book, review: &Review) -> Result<(), XlsxError> {
    static COLUMNS: [Column; 7] = [
        column("录像", "recording", 34.0),
        column("录制时间", "recorded at", 19.0),
        column("执法人员", "officers", 14.0),
        column("条款", "article", 10.0),
        column("评查项目", "item", 16.0),
        column("结论", "verdict", 9.0),
        column("说明", "summary", 80.0),
    ];
    let year = &review.year;
    let mut table = book.table(Text::new("时限", "Deadlines"), &COLUMNS)?;
    for (clip, finding) in year.findings() {
        let clause = year.clause(finding);
        if TERMS.contains(&clause.check) {
            table.row(&[
                text(&*clip.name),
                Cell::Moment(clip.starts_at),
                text(clip.officers()),
                text(&clause.article),
                text(clause.title),
                Cell::Verdict(finding.verdict),
                text(&*finding.summary),
            ])?;
        }
    }
    table.finish()
}

pub fn not_judged(book: &mut Book, review: &Review) -> Result<(), XlsxError> {
    static COLUMNS: [Column; 4] = [
        column("什么", "what", 40.0),
        column("为什么", "why", 80.0),
        column("涉及录像（段）", "recordings", 14.0),
        column("可以怎么办", "what can be done", 50.0),
    ];
    let (year, lang) = (&review.year, book.lang);
    let mut table = book.table(Text::new("未能评查", "Not judged"), &COLUMNS)?;
    for clause in year.clauses.iter().filter(|clause| !clause.is_in_scope() && !year.clips.is_empty()) {
        table.row(&[
            text(format!("{} {}", clause.article, clause.title)),
            text(Text::new("没有台账，本条不在评查范围", "out of scope without records").get(lang)),
            Cell::Count(year.clips.len()),
            text(Text::new("用 --records 给出台账后重新判定", "judge again with --records").get(lang)),
        ])?;
    }
    for (clause, why, clips) in year.not_assessed() {
        let what = format!("{} {}", clause.article, clause.title);
        table.row(&[text(what), text(why), Cell::Count(clips), text("")])?;
    }
    for (limit, clips) in year.limits() {
        let what = Text::new("未查看的内容", "not looked at").get(lang);
        table.row(&[text(what), text(limit), Cell::Count(clips), text("")])?;
    }
    let left_out = &year.left_out;
    let undated = left_out.undated.iter().map(|name| (&**name, UNDATED));
    let outdated = left_out.outdated.iter().map(|name| (&**name, OUTDATED));
    let unjudged = left_out.unjudged.iter().map(|name| (name.as_str(), UNJUDGED));
    for (name, (why, remedy)) in undated.chain(outdated).chain(unjudged) {
        table.row(&[text(name), text(why.get(lang)), Cell::Count(1), text(remedy.get(lang))])?;
    }
    table.finish()
}

const UNDATED: (Text, Text) = (
    Text::new("录制时间不明，未计入本年度", "of unknown date, not counted"),
    Text::new("在台账中登记录制开始时间", "enter the time of recording in the ledger"),
);
const OUTDATED: (Text, Text) = (
    Text::new("按规则文件的另一版本判定，未计入", "judged by another version of the policy, not counted"),
    Text::new("用 pingcha judge 重新判定", "judge again with pingcha judge"),
);
const UNJUDGED: (Text, Text) = (
    Text::new("没有按本规则判定，未计入", "not judged by this policy, not counted"),
    Text::new("用 pingcha judge 判定", "judge with pingcha judge"),
);

/// The scoring sheet, by hand: it ends in sums and signatures.
pub fn scores(book: &mut Book, review: &Review) -> Result<(), XlsxError> {
    const COLUMNS: [Column; 10] = [
        column("条款", "article", 10.0),
        column("评查项目", "item", 16.0),
        column("评查标准（规定原文）", "standard", 56.0),
        column("满分", "full score", 8.0),
        column("建议扣分", "proposed deduction", 9.0),
        column("扣分理由", "reason", 34.0),
        column("一票否决", "veto", 12.0),
        column("评查人一评分", "first reviewer", 12.0),
        column("评查人二评分", "second reviewer", 12.0),
        column("备注", "remark", 18.0),
    ];
    let (lang, formats) = (book.lang, &book.formats);
    let mut sheet = book.sheet(Text::new("评分表", "Scores"))?;
    sheet.set_landscape().set_freeze_panes(1, 0)?.set_repeat_rows(0, 0)?;
    for (place, column) in (0..).zip(&COLUMNS) {
        sheet.set_column_width(place, column.width)?;
        sheet.write_with_format(0, place, column.title.get(lang), &formats.heading)?;
    }
    let mut row = 0;
    for score in &review.scores {
        row += 1;
        let clause = &review.year.clauses[score.clause];
        let deepest = lines(&clause.text, COLUMNS[2].width).max(lines(&clause.article, COLUMNS[0].width));
        sheet.set_row_height(row, height(deepest))?;
        let reason = match (score.failed, lang) {
            (0, _) => String::new(),
            (failed, Lang::Zh) => format!("可判定的 {} 段中 {failed} 段不符合", score.judged),
            (failed, Lang::En) => format!("{failed} of {} that could be judged fail", score.judged),
        };
        let veto = match (score.is_veto, score.failed) {
            (false, _) => Text::new("", ""),
            (true, 0) => Text::new("是", "yes"),
            (true, _) => Text::new("是，疑似触发，须核定", "yes; suspected, to be decided"),
        };
        for (place, text) in [
            (0, clause.article.as_str()),
            (1, clause.title),
            (2, &clause.text),
            (5, &reason),
            (6, veto.get(lang)),
        ] {
            sheet.write_with_format(row, place, &*cell_text(text), &formats.plain)?;
        }
        sheet.write_with_format(row, 3, score.full, &formats.count)?;
        sheet.write_with_format(row, 4, score.deduction, &formats.count)?;
        for place in 7..10 {
            sheet.write_blank(row, place, &formats.by_hand)?;
        }
    }
    let last = row;
    row += 1;
    sheet.write_with_format(row, 2, Text::new("合计", "sum").get(lang), &formats.heading)?;
    for (place, column) in [(3, 'D'), (4, 'E'), (7, 'H'), (8, 'I')] {
        let sum = rust_xlsxwriter::Formula::new(format!("=SUM({column}2:{column}{})", last + 1));
        let of = |value: fn(&crate::annual::Score) -> f64| review.scores.iter().map(value).sum::<f64>();
        let result = match place {
            3 => of(|score| score.full),
            4 => of(|score| score.deduction),
            _ => 0.0,
        };
        sheet.write_formula_with_format(
            row,
            place,
            sum.set_result(crate::figures::tenths(result).to_string()),
            &formats.heading,
        )?;
    }
    let signatures = [
        Text::new("评查人一（签名）、日期", "first reviewer (signature), date"),
        Text::new("评查人二（签名）、日期", "second reviewer (signature), date"),
        Text::new("被评查单位（签章）、日期", "unit under review (seal), date"),
    ];
    for signature in signatures {
        row += 1;
        sheet.set_row_height(row, 30)?;
        sheet.merge_range(row, 0, row, 1, signature.get(lang), &formats.heading)?;
        sheet.merge_range(row, 2, row, 9, "", &formats.by_hand)?;
    }
    row += 1;
    let note = Text::new(
        "各规定没有规定分值：满分 100 分由可评查的条款平分，建议扣分为满分乘以不符合的比例，仅供评查人员参考；\
         “待复核”“未评查”不扣分。一票否决项为规定明令禁止的行为（剪接、补录、更改原件、在禁止场合录制）。",
        "None of the regulations fixes scores: 100 points are shared evenly among the clauses that were judged, and the proposed \
         deduction is the share that fails; reviewers decide. Nothing is deducted for what is open. Veto items are acts that \
         the regulations forbid outright.",
    );
    sheet.merge_range(row, 0, row, 9, note.get(lang), &formats.plain)?;
    sheet.set_row_height(
        row,
        height(lines(note.get(lang), COLUMNS.iter().map(|column| column.width).sum())),
    )?;
    book.add(sheet);
    Ok(())
}

fn link(clip: &ClipLine) -> Cell<'_> {
    match &clip.link {
        Some(to) => Cell::Link(Some(to), &clip.name),
        None => text(&*clip.name),
    }
}

fn at(finding: &FindingLine) -> Cell<'static> {
    finding.span_s().map_or(text(""), |(start_s, _)| Cell::At(start_s))
}
