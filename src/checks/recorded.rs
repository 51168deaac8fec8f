//! What the checks on records have in common: what the records say of a clip, and saying what they lack.

use std::sync::LazyLock;

use jiff::civil::{Date, DateTime};

use super::{Case, Outcome, Params};
use crate::lang::Prose;
use crate::records::{At, Clip, Event, Extract, Interruption, Names, Row, Spot, device_key};

/// People keep ledgers: what follows from two entries is surer than what one word says.
pub const SURE: f64 = 0.9;
pub const UNSURE: f64 = 0.6;
/// Rows that a sentence names one by one; the others are counted.
const NAMED: usize = 5;

/// Why nothing could be judged, as a sentence.
#[derive(Debug)]
pub struct NotAssessed(pub Prose);

pub type Judged = Result<Outcome, NotAssessed>;

pub fn settled(judged: Judged) -> Outcome {
    judged.unwrap_or_else(|NotAssessed(why)| Outcome::not_assessed(why))
}

/// What the records say of the clip.
pub fn extract<'a>(case: &Case<'a>) -> Result<&'a Extract<'a>, NotAssessed> {
    case.records.ok_or_else(|| {
        NotAssessed(Prose::new("没有提供台账，未能检查。", "Not assessed: no records were given."))
    })
}

/// The clip's row in the ledger.
pub fn row<'a>(extract: &'a Extract) -> Result<&'a Clip, NotAssessed> {
    extract.clip.ok_or_else(|| match sheet_is_missing(extract, "clips") {
        Some(why) => NotAssessed(why),
        None => NotAssessed(Prose::new(
            "台账中没有找到本段录像（按校验值、文件名、设备和时间）。",
            "The ledger has no row for this clip (by digest, file name, device and time).",
        )),
    })
}

/// The event that the clip was recorded at.
pub fn event<'a>(extract: &'a Extract) -> Result<&'a Event, NotAssessed> {
    extract.event.ok_or_else(|| match sheet_is_missing(extract, "events") {
        Some(why) => NotAssessed(why),
        None => NotAssessed(Prose::new(
            "案件清单中没有找到本段录像所属的执法活动（按活动编号、设备和时间）。",
            "The case list has no event that this clip belongs to (by event number, device and time).",
        )),
    })
}

/// Rows of a sheet that must be there for anything to be said.
pub fn sheet(extract: &Extract, id: &str) -> Result<(), NotAssessed> {
    sheet_is_missing(extract, id).map_or(Ok(()), |why| Err(NotAssessed(why)))
}

fn sheet_is_missing(extract: &Extract, id: &str) -> Option<Prose> {
    let sheet = crate::records::SHEETS.iter().find(|sheet| sheet.id == id)?;
    extract.records.sheet(id).is_none().then(|| {
        Prose::new(
            format!("台账没有“{}”表，未能检查。", sheet.title.zh),
            format!("Not assessed: the records have no sheet \"{}\" ({}).", sheet.title.zh, sheet.title.en),
        )
    })
}

/// A value that a check cannot do without, of one of the row's columns.
pub fn needed<R: Row, T>(
    extract: &Extract,
    row: &R,
    column: &str,
    value: Option<T>,
) -> Result<T, NotAssessed> {
    value.ok_or_else(|| {
        NotAssessed(
            lacks(extract, R::SHEET.id, column, Some(row.at())).sentence("未能检查：", "Not assessed: "),
        )
    })
}

/// What the records lack: the sheet, the column, or what stands in a cell.
pub fn lacks(extract: &Extract, sheet: &str, column: &str, at: Option<At>) -> Prose {
    let declared = crate::records::SHEETS.iter().find(|declared| declared.id == sheet);
    let title = declared.map_or(sheet, |sheet| sheet.title.zh);
    let heading = declared
        .and_then(|sheet| sheet.columns.iter().find(|declared| declared.id == column))
        .map_or(column, |column| column.title.zh);
    match (extract.records.sheet(sheet), at) {
        (None, _) => {
            Prose::new(format!("台账没有“{title}”表"), format!("the records have no sheet \"{title}\""))
        }
        (Some(_), Some(at)) if extract.records.has(sheet, column) => {
            let spot = extract.records.spot(at, column).prose();
            Prose::new(format!("{}为空", spot.zh), format!("{} is empty", spot.en))
        }
        (Some(found), _) => Prose::new(
            format!("“{}”表没有“{heading}”栏", found.name),
            format!("the sheet \"{}\" has no column \"{heading}\"", found.name),
        ),
    }
}

/// The stops of this clip's event, and those of its device while the event or the clip went on.
pub fn stops<'a>(extract: &'a Extract) -> Vec<&'a Interruption> {
    let mut devices = extract.devices.to_vec();
    devices.extend(extract.clip.and_then(|row| row.device.as_deref()).map(device_key));
    let stops = extract.matcher.lookup().stops(extract.event, &devices);
    stops.into_iter().filter(|stop| stop.event.is_some() || is_meanwhile(extract, stop)).collect()
}

fn is_meanwhile(extract: &Extract, stop: &Interruption) -> bool {
    let during = |start: DateTime, end: DateTime| {
        [stop.stopped, stop.resumed].into_iter().flatten().any(|at| start <= at && at <= end)
    };
    extract.event.and_then(Event::bounds).is_some_and(|(start, end)| during(start, end))
        || extract.own.as_ref().is_some_and(|own| during(own.start, own.end))
}

/// Where the row stands, to be added to a sentence: `（“录像”表第3行）`.
pub fn cited(extract: &Extract, at: At) -> Prose {
    let spot: Spot = extract.records.spot(at, "");
    let spot = spot.prose();
    Prose::new(format!("（{}）", spot.zh), format!(" ({})", spot.en))
}

/// The sentence with where it is taken from, and a full stop.
pub fn from_row(extract: &Extract, at: At, zh: impl AsRef<str>, en: impl AsRef<str>) -> Prose {
    let cited = cited(extract, at);
    Prose::new(format!("{}{}。", zh.as_ref(), cited.zh), format!("{}{}.", en.as_ref(), cited.en))
}

/// The names by which articles call what the sheets hold.
static NAMES: LazyLock<Names> = LazyLock::new(Names::usual);

/// Which particulars a row has, as an article names them.
#[derive(Debug, Default)]
pub struct Particulars {
    /// The column is there and the cell is empty.
    pub empty: Vec<String>,
    /// The records have no such column.
    pub absent: Vec<String>,
}

impl Particulars {
    pub fn of<R: Row>(extract: &Extract, row: &R, fields: &[String]) -> Self {
        let mut particulars = Self::default();
        for field in fields {
            match NAMES.column_of(R::SHEET.id, field) {
                Some(column) if row.has(column) => {}
                Some(column) if extract.records.has(R::SHEET.id, column) => {
                    particulars.empty.push(field.clone())
                }
                _ => particulars.absent.push(field.clone()),
            }
        }
        particulars
    }

    /// Those that neither row has.
    pub fn and(self, other: Self) -> Self {
        let lacks =
            |other: &Self, field: &String| other.empty.contains(field) || other.absent.contains(field);
        // A column that only one sheet has is there.
        let (absent, empty): (Vec<String>, Vec<String>) = (self.empty.iter().chain(&self.absent))
            .filter(|field| lacks(&other, field))
            .cloned()
            .partition(|field| self.absent.contains(field) && other.absent.contains(field));
        Self { empty, absent }
    }
}

/// The column of a sheet that an article calls by that name.
pub fn column_of(sheet: &str, field: &str) -> Option<&'static str> {
    NAMES.column_of(sheet, field)
}

/// Things named one by one, as many as a sentence holds, the others counted.
pub fn listed(names: &[String]) -> Prose {
    let shown = names.iter().take(NAMED).cloned().collect::<Vec<_>>();
    let rest = names.len().saturating_sub(NAMED);
    let (zh, en) = match rest {
        0 => (String::new(), String::new()),
        rest => (format!("等{}项", names.len()), format!(" and {rest} more")),
    };
    Prose::new(format!("{}{zh}", shown.join("、")), format!("{}{en}", shown.join(", ")))
}

/// An event by its number and row: `ZF-003（第4行）`.
pub fn event_name(event: &Event) -> String {
    format!("{}（第{}行）", event.number.as_deref().unwrap_or("？"), event.at.row)
}

/// A moment as people write it, seconds only where there are any.
pub fn moment(moment: DateTime) -> String {
    let form = if moment.second() == 0 { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" };
    moment.strftime(form).to_string()
}

/// Whether an entry means what an article says: the same words, one within the other, or one of the
/// things that the article names with a few words between. A word such as 设备 or 执法 out of an article's
/// 设备故障 or 阻碍执法 says nothing yet, and what an entry denies (非设备故障) it does not say.
pub fn means(entry: &str, article: &str) -> bool {
    let entry = letters(entry);
    if entry.chars().count() < 2 {
        return false;
    }
    let parts = article.replace("或者", "、").replace("以及", "、");
    let parts = parts.split(['、', '，', '；', '或', '和', '等', '及']).map(letters);
    std::iter::once(letters(article))
        .chain(parts)
        .filter(|part| part.chars().count() >= 2)
        .any(|part| says(&entry, &part) || is_most_of(&entry, &part) || spread(&entry, &part))
}

/// Whether the words stand in the entry and are not denied there.
pub fn says(entry: &str, words: &str) -> bool {
    const DENIALS: [&str; 9] = ["不", "非", "未", "无", "没", "没有", "不是", "不属于", "不存在"];
    const ABOUT: [&str; 2] = ["涉及", "发生"];
    let denied = |before: &str| {
        let before = ABOUT.iter().find_map(|about| before.strip_suffix(about)).unwrap_or(before);
        DENIALS.iter().any(|denial| before.ends_with(denial))
    };
    entry.match_indices(words).any(|(at, _)| !denied(&entry[..at]))
}

/// Whether the entry stands in the article's words and is more than half of them.
fn is_most_of(entry: &str, words: &str) -> bool {
    words.contains(entry) && 2 * entry.chars().count() > words.chars().count()
}

/// The part's characters stand in the entry in their order, with others among them, at most as many.
fn spread(entry: &str, part: &str) -> bool {
    if entry.contains(part) {
        return false;
    }
    let part: Vec<char> = part.chars().collect();
    let (mut met, mut between) = (0, 0);
    for c in entry.chars() {
        match part.get(met) {
            Some(wanted) if *wanted == c => met += 1,
            // 设备没有故障 holds 设备故障 and says the opposite.
            Some(_) if met > 0 && matches!(c, '不' | '非' | '未' | '无' | '没') => return false,
            Some(_) if met > 0 => between += 1,
            _ => {}
        }
    }
    part.len() >= 4 && met == part.len() && between <= part.len()
}

pub fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// An entry that says that there is nothing: `无`, `否`, `没有`.
pub fn says_none(entry: &str) -> bool {
    let entry = entry.trim().trim_end_matches(['。', '.', '；', ';']).to_lowercase();
    const NONE: [&str; 14] = [
        "无",
        "否",
        "没有",
        "不涉及",
        "未涉及",
        "正常",
        "无特殊情形",
        "/",
        "-",
        "—",
        "－",
        "none",
        "no",
        "n/a",
    ];
    entry.is_empty() || NONE.contains(&entry.as_str())
}

/// The last day up to which the records go.
pub fn as_of(extract: &Extract) -> Option<Date> {
    extract.records.rows.book.first().and_then(|book| book.as_of)
}

/// What is answered of the records as a whole, worked out once for all clips. `question` tells apart what one
/// check asks of the same records.
pub fn once(extract: &Extract, question: &str, params: &Params, work: impl FnOnce() -> Outcome) -> Outcome {
    extract.matcher.once().get(format!("{question} {params:?}"), work).as_ref().clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_written_in_several_ways() {
        for (entry, none) in [
            ("无", true),
            ("无。", true),
            (" 不涉及", true),
            ("None", true),
            ("", true),
            ("无线电故障", false),
        ] {
            assert_eq!(says_none(entry), none, "{entry}");
        }
    }

    #[test]
    fn entries_are_held_against_the_articles_words() {
        for (entry, article, same) in [
            ("设备故障", "设备故障、损坏", true),
            ("因设备故障无法使用", "设备故障、损坏", true),
            ("天气情况恶劣", "天气恶劣等自然原因", true),
            ("调查取证", "调查取证", true),
            ("现场执法检查", "现场执法", true),
            ("局主管领导刘某", "局主管领导", true),
            ("主管领导", "局主管领导", true),
            ("忘记开机", "设备故障、损坏", false),
            ("商业秘密", "涉及国家秘密、商业秘密或者个人隐私", true),
            ("", "电量不足", false),
            ("电", "电量不足", false),
            ("没电了", "电量不足", false),
            ("当事人谩骂执法人员", "拒绝、阻碍执法，或者谩骂、侮辱、殴打执法人员", true),
            // Words of the article that are no ground by themselves.
            ("设备", "设备故障、损坏", false),
            ("原因", "客观原因无法记录", false),
            ("情况", "情况紧急", false),
            ("执法", "拒绝、阻碍执法，或者谩骂、侮辱、殴打执法人员", false),
            // What is denied.
            ("非设备故障", "设备故障、损坏", false),
            ("设备没有故障", "设备故障、损坏", false),
            ("当事人未拒绝", "逃避、拒绝、阻碍执法", false),
            ("不是电量不足，是设备损坏", "设备故障、损坏", true),
            ("不可抗力", "其他不可抗力", true),
        ] {
            assert_eq!(means(entry, article), same, "{entry} {article}");
        }
    }
}
