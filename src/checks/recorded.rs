//! What the checks on records have in common: what the records say of a clip, and saying what they lack.

use std::sync::LazyLock;

use jiff::civil::DateTime;

use super::{Case, Outcome};
use crate::lang::Prose;
use crate::records::{At, Clip, Event, Extract, Interruption, Names, Row, Spot, device_key, same_file};

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

/// Whether a row that names this file is about the clip.
pub fn is_clip(extract: &Extract, file: &str) -> bool {
    same_file(extract.name, file)
        || extract.clip.and_then(|row| row.file.as_deref()).is_some_and(|own| same_file(own, file))
}

/// Whether a row is about the clip, or names no file and so is about all of them.
pub fn is_about(extract: &Extract, file: Option<&str>) -> bool {
    file.is_none_or(|file| is_clip(extract, file))
}

/// Whether a stop is one of this clip's event, or of its device while the event or the clip went on.
pub fn is_of_clip(extract: &Extract, stop: &Interruption) -> bool {
    if let (Some(number), Some(event)) = (&stop.event, extract.event) {
        return event.number.as_ref() == Some(number);
    }
    let of_device = stop.device.as_deref().map(device_key).is_some_and(|key| {
        extract.devices.contains(&key)
            || extract
                .clip
                .and_then(|row| row.device.as_deref())
                .is_some_and(|device| device_key(device) == key)
    });
    let during = |start: DateTime, end: DateTime| {
        [stop.stopped, stop.resumed].into_iter().flatten().any(|at| start <= at && at <= end)
    };
    let meanwhile = extract.event.and_then(Event::bounds).is_some_and(|(start, end)| during(start, end))
        || extract.own.as_ref().is_some_and(|own| during(own.start, own.end));
    stop.event.is_none() && of_device && meanwhile
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
/// things that the article names with a few words between.
pub fn means(entry: &str, article: &str) -> bool {
    let entry = letters(entry);
    let whole = letters(article);
    if entry.chars().count() < 2 {
        return false;
    }
    let parts = article.split(['、', '，', '；', '或', '和', '等', '及']).map(letters);
    entry.contains(&whole)
        || whole.contains(&entry)
        || parts
            .filter(|part| part.chars().count() >= 2)
            .any(|part| entry.contains(&part) || spread(&entry, &part))
}

/// The part's characters stand in the entry in their order, with at most as many others among them.
fn spread(entry: &str, part: &str) -> bool {
    let part: Vec<char> = part.chars().collect();
    let (mut met, mut between) = (0, 0);
    for c in entry.chars() {
        match part.get(met) {
            Some(wanted) if *wanted == c => met += 1,
            Some(_) if met > 0 => between += 1,
            _ => {}
        }
    }
    part.len() >= 4 && met == part.len() && between <= part.len()
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// An entry that says that there is nothing: `无`, `否`, `没有`.
pub fn says_none(entry: &str) -> bool {
    matches!(entry.trim(), "无" | "否" | "没有" | "不涉及" | "/" | "-" | "—" | "none" | "no")
}

#[cfg(test)]
mod tests {
    use super::*;

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
        ] {
            assert_eq!(means(entry, article), same, "{entry} {article}");
        }
    }
}
