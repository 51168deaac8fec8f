//! The review as one page that prints on A4: no script, no outside resource.

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256};

use super::Review;
use super::facts::{BARS, Fact, Group, NOT_ENTERED, VERDICTS, facts, groups};
use super::sections::{Section, sections};
use super::workbook::title;
use super::year::{ClipLine, Problem};
use crate::lang::{Lang, MinutesSeconds, Text};
use crate::records::Records;
use crate::report::{clip_verdict_text, verdict_text, visible};

/// Rows of a list; the workbook has them all.
const ROWS: usize = 300;

/// Sizes of the drawing, in its own units.
const WIDTH: f64 = 900.0;
const NAMES: f64 = 230.0;
const NUMBERS: f64 = 60.0;
const BAR: f64 = 18.0;
const STEP: f64 = 26.0;

#[derive(Template)]
#[template(path = "annual.html")]
struct Page<'a> {
    tag: &'static str,
    title: String,
    style: &'static str,
    style_digest: String,
    words: Words,
    facts: Vec<Fact>,
    lang: Lang,
    charts: Vec<Drawing>,
    clauses: Vec<Clause<'a>>,
    verdicts: Vec<&'static str>,
    ledger: Vec<Row>,
    problems: Vec<Row>,
    more_problems: String,
    sample: Vec<Row>,
    more_sample: String,
    sections: Vec<Section>,
    open: Vec<Row>,
    more_open: String,
}

struct Words {
    charts: &'static str,
    clauses: &'static str,
    ledger: &'static str,
    problems: &'static str,
    sample: &'static str,
    open: &'static str,
    none: &'static str,
    article: &'static str,
    item: &'static str,
    clause: &'static str,
    clip: &'static str,
    verdict: &'static str,
    at: &'static str,
    summary: &'static str,
    why: &'static str,
    clips: &'static str,
    outside: &'static str,
}

struct Clause<'a> {
    article: &'a str,
    title: &'a str,
    text: String,
    counts: Option<Vec<usize>>,
}

/// Cells of a table; the first may lead to a clip's report.
pub struct Row {
    pub link: Option<String>,
    pub class: &'static str,
    pub cells: Vec<String>,
}

struct Drawing {
    title: &'static str,
    more: String,
    height: f64,
    key: Vec<Key>,
    bars: Vec<Bar>,
}

struct Key {
    name: &'static str,
    class: String,
    x: f64,
}

struct Bar {
    name: String,
    middle: f64,
    total: usize,
    total_x: f64,
    parts: Vec<Part>,
}

struct Part {
    class: String,
    x: f64,
    y: f64,
    width: f64,
    title: String,
}

/// The review as a page, with what the records say of events and terms where they are at hand.
pub fn page(review: &Review, records: Option<&Records>) -> Result<String, askama::Error> {
    let year = &review.year;
    let lang = year.lang;
    let style = include_str!("../../templates/annual.css");
    let problems = year.problems().map(|problem| row(problem, lang));
    let chosen = review.sample.clips.iter().map(|&(place, chosen)| {
        let clip = &year.clips[place];
        let why = year.to_decide(clip);
        let why = if why.is_empty() { chosen.text().get(lang).to_owned() } else { why };
        of_clip(clip, lang, vec![clip_verdict_text(clip.own).get(lang).to_owned(), why])
    });
    let open = year.not_assessed().into_iter().map(|(clause, why, clips)| Row {
        link: None,
        class: "not-assessed",
        cells: vec![format!("{} {}", clause.article, clause.title), visible(why), clips.to_string()],
    });
    let ledger = year.ledger.iter().map(|line| {
        let clause = &year.clauses[usize::from(line.clause)];
        let cells =
            [&clause.article, clause.title, verdict_text(line.verdict).get(lang), &visible(&line.summary)];
        Row { link: None, class: line.verdict.id(), cells: cells.map(str::to_owned).to_vec() }
    });
    let (problems, more_problems) = first(problems, lang);
    let (sample, more_sample) = first(chosen, lang);
    let (open, more_open) = first(open, lang);
    let mut facts = facts(review);
    for fact in &mut facts {
        fact.value = visible(&fact.value);
    }
    let page = Page {
        tag: if lang == Lang::Zh { "zh-CN" } else { "en" },
        title: visible(&title(review)),
        style,
        style_digest: BASE64.encode(Sha256::digest(style.as_bytes())),
        words: words(lang),
        facts,
        lang,
        charts: groups(review).iter().map(|group| draw(group, lang)).collect(),
        clauses: year.clauses.iter().map(clause).collect(),
        verdicts: VERDICTS.map(|(verdict, _)| verdict_text(verdict).get(lang)).to_vec(),
        ledger: ledger.collect(),
        problems,
        more_problems,
        sample,
        more_sample,
        sections: sections(review, records),
        open,
        more_open,
    };
    page.render()
}

fn clause(clause: &super::ClauseLine) -> Clause<'_> {
    let counts = VERDICTS.map(|(verdict, _)| clause.count(verdict)).to_vec();
    Clause {
        article: &clause.article,
        title: clause.title,
        text: visible(&clause.text),
        counts: clause.is_in_scope().then_some(counts),
    }
}

fn row(problem: Problem, lang: Lang) -> Row {
    let Problem { clip, finding, clause, articles } = problem;
    let at = finding.span_s().map_or_else(String::new, |(start_s, _)| MinutesSeconds(start_s).to_string());
    let quote = finding.quote().map(|quote| match lang {
        Lang::Zh => format!("（“{}”）", visible(quote)),
        Lang::En => format!(" (\"{}\")", visible(quote)),
    });
    let decided = finding.decided(lang).map(|decided| match lang {
        Lang::Zh => format!("\n人工复核：{}", visible(&decided)),
        Lang::En => format!("\nReviewed: {}", visible(&decided)),
    });
    let summary = visible(&finding.summary);
    let cells = vec![
        format!("{articles} {}", clause.title),
        verdict_text(finding.verdict).get(lang).to_owned(),
        at,
        format!("{summary}{}{}", quote.unwrap_or_default(), decided.unwrap_or_default()),
    ];
    Row { class: finding.verdict.id(), ..of_clip(clip, lang, cells) }
}

fn of_clip(clip: &ClipLine, lang: Lang, cells: Vec<String>) -> Row {
    let unknown = || NOT_ENTERED.get(lang).to_owned();
    let officers = if clip.officers.is_empty() { unknown() } else { visible(&clip.officers()) };
    let moment = clip.starts_at.strftime("%Y-%m-%d %H:%M");
    let shown = format!("{}\n{moment} · {officers}", visible(&clip.name));
    let cells = std::iter::once(shown).chain(cells).collect();
    Row { link: clip.link.clone(), class: "", cells }
}

/// As many rows as the page shows, and how many more there are, in words.
pub fn first(mut rows: impl Iterator<Item = Row>, lang: Lang) -> (Vec<Row>, String) {
    let shown: Vec<Row> = rows.by_ref().take(ROWS).collect();
    let more = rows.count();
    let said = match (more, lang) {
        (0, _) => String::new(),
        (_, Lang::Zh) => format!("其余 {more} 行见工作簿。"),
        (_, Lang::En) => format!("The workbook has {more} more."),
    };
    (shown, said)
}

/// Bars that lie one below the other, each of coloured parts.
fn draw(group: &Group, lang: Lang) -> Drawing {
    let rows: Vec<_> = group.rows.iter().take(BARS).collect();
    let longest = rows.iter().map(|(_, counts)| counts.iter().sum::<usize>()).max().unwrap_or(0).max(1);
    let scale = (WIDTH - NAMES - NUMBERS) / longest as f64;
    let top = STEP + 8.0;
    let kind = if group.series.len() == VERDICTS.len() { "finding" } else { "clip" };
    let bar = |(n, (name, counts)): (usize, &&(String, Vec<usize>))| {
        let y = top + STEP * n as f64;
        let mut x = NAMES;
        let mut parts = Vec::new();
        for (class, (&count, (title, _))) in
            counts.iter().zip(&group.series).enumerate().filter(|(_, (count, _))| **count > 0)
        {
            let width = count as f64 * scale;
            parts.push(Part {
                class: format!("{kind}{class}"),
                x: crate::figures::tenths(x),
                y,
                width: crate::figures::tenths(width),
                title: format!("{title} {count}"),
            });
            x += width;
        }
        Bar {
            name: shortened(&visible(name)),
            middle: y + BAR / 2.0,
            total: counts.iter().sum(),
            total_x: crate::figures::tenths(x + 6.0),
            parts,
        }
    };
    let mut x = NAMES;
    let mut key = Vec::new();
    for (class, (name, _)) in group.series.iter().enumerate() {
        key.push(Key { name, class: format!("{kind}{class}"), x: crate::figures::tenths(x) });
        x += 40.0 + 15.0 * name.chars().map(|c| if c.is_ascii() { 0.55 } else { 1.0 }).sum::<f64>();
    }
    let more = match (group.rows.len().saturating_sub(BARS), lang) {
        (0, _) => String::new(),
        (more, Lang::Zh) => format!("其余 {more} 项见工作簿。"),
        (more, Lang::En) => format!("The workbook has {more} more."),
    };
    Drawing {
        title: group.title.get(lang),
        more,
        height: top + STEP * rows.len() as f64,
        key,
        bars: rows.iter().enumerate().map(bar).collect(),
    }
}

/// As many characters as the room beside the bars takes; Chinese ones are twice as wide.
fn shortened(name: &str) -> String {
    const COLUMNS: usize = 30;
    let mut used = 0;
    let mut short = String::new();
    for c in name.chars() {
        used += if c.is_ascii() { 1 } else { 2 };
        if used > COLUMNS {
            return format!("{short}…");
        }
        short.push(c);
    }
    short
}

fn words(lang: Lang) -> Words {
    let get = |zh: &'static str, en: &'static str| Text::new(zh, en).get(lang);
    Words {
        charts: get("统计图", "charts"),
        clauses: get("逐条统计", "clause by clause"),
        ledger: get("台账整体事项", "the records as a whole"),
        problems: get("问题清单", "problems"),
        sample: get("人工评查样本", "sample for reviewers"),
        open: get("未能评查", "not judged"),
        none: get("没有。", "None."),
        article: get("条款", "article"),
        item: get("评查项目", "item"),
        clause: get("规定原文", "clause"),
        clip: get("录像", "recording"),
        verdict: get("结论", "verdict"),
        at: get("位置", "at"),
        summary: get("说明", "summary"),
        why: get("原因", "why"),
        clips: get("段数", "recordings"),
        outside: get("没有台账，不在评查范围", "out of scope without records"),
    }
}
