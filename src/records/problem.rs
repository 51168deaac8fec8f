//! What can be wrong with records, by sheet, row and column.

use std::path::PathBuf;

use crate::lang::{Lang, Prose};

/// One thing that is wrong, or worth knowing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub place: Spot,
    pub severity: Severity,
    pub message: Prose,
}

/// A place in the records, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Spot {
    /// As the file calls it; empty where the file as a whole is meant.
    pub sheet: String,
    /// As a spreadsheet counts; 0 where the sheet as a whole is meant.
    pub row: u32,
    /// Letter and heading; empty where the row as a whole is meant.
    pub column: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The records cannot be used as they are.
    Error,
    /// The records can be used.
    Note,
}

impl Spot {
    pub fn prose(&self) -> Prose {
        let (mut zh, mut en) = (String::new(), String::new());
        if !self.sheet.is_empty() {
            zh += &format!("“{}”表", self.sheet);
            en += &format!("sheet \"{}\"", self.sheet);
        }
        if self.row > 0 {
            zh += &format!("第{}行", self.row);
            en += &format!(", row {}", self.row);
        }
        if !self.column.is_empty() {
            zh += &format!("{}栏", self.column);
            en += &format!(", column {}", self.column);
        }
        Prose::new(zh, en)
    }
}

impl Problem {
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// `错误: “录像”表第3行F（存入时间）栏：…`, on one line whatever the file holds.
    pub fn line(&self, lang: Lang) -> String {
        let severity = match (self.severity, lang) {
            (Severity::Error, Lang::Zh) => "错误",
            (Severity::Error, Lang::En) => "error",
            (Severity::Note, Lang::Zh) => "提示",
            (Severity::Note, Lang::En) => "note",
        };
        let place = self.place.prose();
        let parts = [place.get(lang), self.message.get(lang)];
        let joined: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let mark = if lang == Lang::Zh { "：" } else { ": " };
        let line = format!("{severity}: {}", joined.join(mark));
        line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
    }
}

/// Why records cannot be used. All of these are wrong use: exit status 2.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordsError {
    #[error("{}", self.prose().en)]
    Unreadable { path: PathBuf, source: std::io::Error },
    /// Not a workbook, encrypted, with macros, too large, broken.
    #[error("{}", self.prose().en)]
    Refused { path: PathBuf, why: Prose },
    #[error("{}", self.prose().en)]
    Faulty { path: PathBuf, problems: Vec<Problem> },
}

impl RecordsError {
    /// The error in both languages, one line a problem.
    pub fn prose(&self) -> Prose {
        match self {
            Self::Unreadable { path, source } => Prose::new(
                format!("{}：无法读取：{source}", path.display()),
                format!("{}: cannot be read: {source}", path.display()),
            ),
            Self::Refused { path, why } => Prose::new(
                format!("{}：{}", path.display(), why.zh),
                format!("{}: {}", path.display(), why.en),
            ),
            Self::Faulty { path, problems } => {
                let errors = problems.iter().filter(|problem| problem.is_error());
                let lines = |lang| {
                    let lines: Vec<String> = errors.clone().map(|problem| problem.line(lang)).collect();
                    lines.join("\n")
                };
                Prose::new(
                    format!("{}：台账有误，不能使用：\n{}", path.display(), lines(Lang::Zh)),
                    format!(
                        "{}: the records are faulty and cannot be used:\n{}",
                        path.display(),
                        lines(Lang::En)
                    ),
                )
            }
        }
    }
}
