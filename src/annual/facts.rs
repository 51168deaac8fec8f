//! What the review says of the year as a whole: the same for workbook, page and JSON.

use super::Review;
use super::year::Tally;
use crate::checks::Verdict;
use crate::figures::tenths;
use crate::lang::{Lang, Text};
use crate::records::State;
use crate::report::{ClipVerdict, clip_verdict_text, verdict_text};

pub struct Fact {
    pub name: Text,
    pub value: String,
}

/// One chart: bars by name, each of several counts.
pub struct Group {
    pub title: Text,
    /// In calendar order; else the bars with most problems come first.
    pub is_over_time: bool,
    /// What each count is of, and its colour as 0xRRGGBB.
    pub series: Vec<(&'static str, u32)>,
    pub rows: Vec<(String, Vec<usize>)>,
}

impl Group {
    /// Of its bars, the whole of the longest.
    pub fn longest(&self) -> usize {
        self.rows.iter().map(|(_, counts)| counts.iter().sum()).max().unwrap_or(0)
    }
}

/// From what an auditor looks for to what is in order, with the reports' colours.
const CLIP_VERDICTS: [(ClipVerdict, u32); 4] = [
    (ClipVerdict::Violation, 0x98201C),
    (ClipVerdict::Review, 0xC98A1B),
    (ClipVerdict::Unreadable, 0x4D5866),
    (ClipVerdict::Compliant, 0x8FBFA2),
];
pub const VERDICTS: [(Verdict, u32); 5] = [
    (Verdict::Fail, 0x98201C),
    (Verdict::Review, 0xC98A1B),
    (Verdict::NotAssessed, 0x4D5866),
    (Verdict::Pass, 0x8FBFA2),
    (Verdict::NotApplicable, 0xD5DAE0),
];
/// Bars of one chart that can be told apart.
pub const BARS: usize = 20;
pub const NOT_ENTERED: Text = Text::new("（未登记）", "(not entered)");

pub fn facts(review: &Review) -> Vec<Fact> {
    let year = &review.year;
    let lang = year.lang;
    let zh = lang == Lang::Zh;
    let tally = year.tally();
    let mut facts = Vec::new();
    let mut fact = |name: Text, value: String| facts.push(Fact { name, value });
    let (clips, hours) = (year.clips.len(), tenths(year.hours()));
    fact(
        Text::new("录像", "recordings"),
        if zh {
            format!("{clips} 段，共 {hours} 小时")
        } else {
            format!("{clips}, {hours} hours in all")
        },
    );
    let counts = CLIP_VERDICTS
        .map(|(verdict, _)| format!("{} {}", clip_verdict_text(verdict).get(lang), tally.count(verdict)));
    fact(Text::new("各段结论", "verdicts"), counts.join(if zh { "，" } else { ", " }));
    if !year.ledger.is_empty() {
        let failed = year.ledger.iter().filter(|line| line.verdict == Verdict::Fail).count();
        fact(
            Text::new("台账整体事项", "the records as a whole"),
            if zh {
                format!(
                    "{} 项，其中不符合 {failed} 项；单列一表，不计入各段结论（单段报告的结论计入）",
                    year.ledger.len()
                )
            } else {
                format!(
                    "{} findings, {failed} of them not met; in a sheet of their own, not counted in the recordings' \
                     verdicts here (those of single reports count them)",
                    year.ledger.len()
                )
            },
        );
    }
    fact(
        Text::new("规则", "policy"),
        format!("{}（{}，SHA-256 {}）", year.policy.title, year.policy.id, year.policy.sha256),
    );
    let records = year.records.iter().map(|(name, sha256)| format!("{name}（SHA-256 {sha256}）"));
    let records: Vec<String> = records.collect();
    let none = Text::new(
        "没有随同评查的台账，依据台账的条款未评查",
        "none: clauses that rest on records were not judged",
    );
    fact(
        Text::new("台账", "records"),
        if records.is_empty() { none.get(lang).to_owned() } else { records.join("；") },
    );
    if let Some(terms) = &review.terms {
        let states = State::ALL.map(|state| format!("{} {}", state.text().get(lang), terms.count(state)));
        fact(
            Text::new("保存期限", "retention"),
            format!(
                "{}{}{}",
                terms.on,
                if zh { "：" } else { ": " },
                states.join(if zh { "，" } else { ", " })
            ),
        );
    }
    let sample = &review.sample;
    let (chosen, share, seed) = (sample.clips.len(), tenths(sample.share * 100.0), &sample.seed);
    fact(
        Text::new("人工评查样本", "sample for reviewers"),
        if zh {
            format!(
                "{chosen} 段：有待复核事项的全部列入，其余按单位、人员、设备、结论分层抽取 {share} %，种子“{seed}”"
            )
        } else {
            format!(
                "{chosen}: all with a finding to decide, of the others {share} % of each stratum (unit, officers, \
                 device, verdict), seed \"{seed}\""
            )
        },
    );
    facts.extend(left_out(review));
    facts.push(Fact {
        name: Text::new("程序", "program"),
        value: format!("pingcha {}", env!("CARGO_PKG_VERSION")),
    });
    facts
}

fn left_out(review: &Review) -> Vec<Fact> {
    let left_out = &review.year.left_out;
    let zh = review.year.lang == Lang::Zh;
    let parts = [
        (left_out.undated.len(), Text::new("录制时间不明 {}", "{} of unknown date")),
        (left_out.unjudged.len(), Text::new("未按本规则判定 {}", "{} not judged by this policy")),
        (
            left_out.outdated.len(),
            Text::new("按规则的旧版判定 {}", "{} judged by another version of the policy"),
        ),
        (left_out.other_years, Text::new("其他年度 {}", "{} of other years")),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> =
        parts.map(|(count, text)| text.get(review.year.lang).replace("{}", &count.to_string())).collect();
    let mut facts = Vec::new();
    if !parts.is_empty() {
        facts.push(Fact {
            name: Text::new("未计入的录像（段）", "recordings not counted"),
            value: parts.join(if zh { "，" } else { ", " }),
        });
    }
    if left_out.other_version > 0 {
        let count = left_out.other_version;
        facts.push(Fact {
            name: Text::new("旧版程序的结论", "results of other versions"),
            value: match zh {
                true => format!("{count} 段由其他版本的程序判定，可重新扫描"),
                false => format!("{count} recordings were judged by another version; scan them again"),
            },
        });
    }
    facts
}

/// What is drawn: by month, unit, officer, device and clause.
pub fn groups(review: &Review) -> Vec<Group> {
    let year = &review.year;
    let lang = year.lang;
    let series =
        || CLIP_VERDICTS.map(|(verdict, colour)| (clip_verdict_text(verdict).get(lang), colour)).to_vec();
    let counts = |tally: &Tally| CLIP_VERDICTS.map(|(verdict, _)| tally.count(verdict)).to_vec();
    let months = year.months();
    let months = (1..).zip(&months).map(|(month, tally)| {
        let name = if lang == Lang::Zh { format!("{month}月") } else { format!("{}-{month:02}", year.year) };
        (name, counts(tally))
    });
    let mut groups = vec![Group {
        title: Text::new("按月", "by month"),
        is_over_time: true,
        series: series(),
        rows: months.collect(),
    }];
    for (title, tallies) in [
        (Text::new("按单位", "by department"), year.units()),
        (Text::new("按执法人员", "by officer"), year.officers()),
        (Text::new("按设备", "by device"), year.devices()),
    ] {
        let name = |name: String| if name.is_empty() { NOT_ENTERED.get(lang).to_owned() } else { name };
        let rows = tallies.into_iter().map(|(text, tally)| (name(text), counts(&tally))).collect();
        groups.push(Group { title, is_over_time: false, series: series(), rows: worst_first(rows) });
    }
    let clauses = year.clauses.iter().filter(|clause| clause.is_in_scope()).map(|clause| {
        (
            format!("{} {}", clause.article, clause.title),
            VERDICTS.map(|(verdict, _)| clause.count(verdict)).to_vec(),
        )
    });
    groups.push(Group {
        title: Text::new("按条款", "by clause"),
        is_over_time: false,
        series: VERDICTS.map(|(verdict, colour)| (verdict_text(verdict).get(lang), colour)).to_vec(),
        rows: worst_first(clauses.collect()),
    });
    groups.retain(|group| !group.rows.is_empty());
    groups
}

/// By what fails, then by what is open; ties stay in their order.
fn worst_first(mut rows: Vec<(String, Vec<usize>)>) -> Vec<(String, Vec<usize>)> {
    rows.sort_by(|(_, one), (_, other)| other[..2].cmp(&one[..2]));
    rows
}
