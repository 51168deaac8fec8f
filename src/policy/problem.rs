//! What can be wrong with a policy, in words that name the line and what to write instead.

use std::fmt;
use std::path::PathBuf;

use crate::lang::{Lang, Prose};

/// One thing that is wrong with a policy file, or worth knowing about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Counted from 1.
    pub line: usize,
    pub severity: Severity,
    pub message: Prose,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The policy cannot be used.
    Error,
    /// The policy can be used; something could not be checked.
    Note,
}

impl Problem {
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// `path:line: error: message`, as compilers write it.
    pub fn line_of(&self, path: &str, lang: Lang) -> String {
        let severity = match (self.severity, lang) {
            (Severity::Error, Lang::Zh) => "错误",
            (Severity::Error, Lang::En) => "error",
            (Severity::Note, Lang::Zh) => "提示",
            (Severity::Note, Lang::En) => "note",
        };
        format!("{path}:{}: {severity}: {}", self.line, self.message.get(lang))
    }
}

/// Why a policy cannot be used. All of these are wrong use: exit status 2.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    #[error("{}", self.prose().en)]
    Unknown {
        name: String,
        /// The id that was probably meant.
        nearest: Option<String>,
    },
    #[error("{}", self.prose().en)]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{}", self.prose().en)]
    TooLarge { path: PathBuf, limit_bytes: u64 },
    #[error("{}", self.prose().en)]
    NotUtf8 { path: PathBuf, line: usize },
    #[error("{}", self.prose().en)]
    Faulty { path: String, problems: Vec<Problem> },
}

impl PolicyError {
    /// The error in both languages, one line a problem.
    pub fn prose(&self) -> Prose {
        match self {
            Self::Unknown { name, nearest } => {
                let (zh, en) = nearest.as_ref().map_or_else(Default::default, |id| {
                    (format!("，是否指 {id}"), format!("; did you mean {id}"))
                });
                Prose::new(
                    format!("没有名为“{name}”的制度或文件{zh}？可用 pingcha policy list 查看"),
                    format!("no policy or file called '{name}'{en}? pingcha policy list shows them"),
                )
            }
            Self::Unreadable { path, source } => Prose::new(
                format!("{}：无法读取：{source}", path.display()),
                format!("{}: cannot be read: {source}", path.display()),
            ),
            Self::TooLarge { path, limit_bytes } => Prose::new(
                format!("{}：超过 {limit_bytes} 字节，不像制度文件", path.display()),
                format!("{}: more than {limit_bytes} bytes, which no policy has", path.display()),
            ),
            Self::NotUtf8 { path, line } => Prose::new(
                format!("{}:{line}：不是 UTF-8 编码，请另存为 UTF-8", path.display()),
                format!("{}:{line}: not UTF-8; save the file as UTF-8", path.display()),
            ),
            Self::Faulty { path, problems } => {
                let all = |lang| {
                    let lines: Vec<_> = problems.iter().map(|problem| problem.line_of(path, lang)).collect();
                    lines.join("\n")
                };
                Prose::new(all(Lang::Zh), all(Lang::En))
            }
        }
    }
}

/// Byte offsets to line numbers.
pub(super) struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    pub(super) fn new(text: &str) -> Self {
        Self { starts: text.match_indices('\n').map(|(at, _)| at + 1).collect() }
    }

    /// The line of the byte at `offset`, counted from 1.
    pub(super) fn of(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start <= offset) + 1
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Note => "note",
        })
    }
}
