//! From TOML text to a [`Policy`]: one reading serves loading and linting, so that the two cannot
//! disagree. Everything that is wrong is collected, each with its line.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::Path;

use jiff::tz::TimeZoneDatabase;
use toml::de::{DeArray, DeTable, DeValue};

use super::embedded;
use super::names::nearest;
use super::problem::{Lines, Problem, Severity};
use super::regulation::{Place, Regulation, article_of, without_white_space};
use super::values;
use super::{Clause, Policy};
use crate::checks::{self, Check, Params};
use crate::lang::Prose;
use crate::session::{DEFAULT_PATTERNS, Pattern};

pub(super) type Entry<'t> = toml::Spanned<DeValue<'t>>;

const POLICY_KEYS: [&str; 7] = ["id", "title", "source", "time_zone", "file_names", "regulation", "clause"];
const CLAUSE_KEYS: [&str; 4] = ["article", "text", "check", "params"];

/// What came of a policy file: the policy, unless an error stands among the problems.
pub(super) struct Reading {
    pub policy: Option<Policy>,
    /// In the order of their lines.
    pub problems: Vec<Problem>,
}

/// Reads a policy file's `text`. `path` is where it lies: a regulation named by a relative path is
/// looked for beside it.
pub(super) fn read(path: &Path, text: &str, sha256: String) -> Reading {
    let (document, faults) = DeTable::parse_recoverable(text);
    let mut reader = Reader { lines: Lines::new(text), problems: Vec::new(), whole: faults.is_empty() };
    let policy = reader.policy(path, document.get_ref(), sha256);

    // Where the file is no TOML, the parser goes on with what it took the line for: what that
    // brings about on the same line is not the writer's fault.
    let faults: Vec<Problem> = faults
        .iter()
        .map(|fault| Problem {
            line: reader.lines.of(fault.span().map_or(0, |span| span.start)),
            severity: Severity::Error,
            message: Prose::new(
                format!("不是有效的 TOML：{}", fault.message()),
                format!("not valid TOML: {}", fault.message()),
            ),
        })
        .collect();
    let mut problems = reader.problems;
    problems.retain(|problem| faults.iter().all(|fault| fault.line != problem.line));
    problems.extend(faults);
    problems.sort_by_key(|problem| problem.line);
    let usable = !problems.iter().any(Problem::is_error);
    Reading { policy: policy.filter(|_| usable), problems }
}

/// Collects problems while it reads.
pub(super) struct Reader {
    lines: Lines,
    problems: Vec<Problem>,
    /// The file is TOML throughout: only then is what cannot be found really missing.
    whole: bool,
}

/// A clause's place, to name it when it is met again.
type Seen = HashMap<(String, &'static str, String), usize>;

impl Reader {
    pub(super) fn error(&mut self, at: &Range<usize>, zh: impl Into<String>, en: impl Into<String>) {
        self.report(at, Severity::Error, Prose::new(zh, en));
    }

    fn report(&mut self, at: &Range<usize>, severity: Severity, message: Prose) {
        self.problems.push(Problem { line: self.lines.of(at.start), severity, message });
    }

    /// Something is not there that must be.
    pub(super) fn missing(&mut self, at: &Range<usize>, zh: impl Into<String>, en: impl Into<String>) {
        if self.whole {
            self.error(at, zh, en);
        }
    }

    fn policy(&mut self, path: &Path, table: &DeTable, sha256: String) -> Option<Policy> {
        let top = 0..0;
        self.known_keys(table, &POLICY_KEYS, "制度", "a policy");
        let id = self.required_text(table, "id", &top);
        if let (Some(id), Some(entry)) = (&id, table.get("id"))
            && !id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        {
            self.error(
                &entry.span(),
                format!("id 只能用小写字母、数字和连字符，“{id}”不行"),
                format!("id takes lower-case letters, digits and hyphens, not \"{id}\""),
            );
        }
        let title = self.required_text(table, "title", &top);
        let source = self.required_text(table, "source", &top);
        let time_zone = self.required_text(table, "time_zone", &top);
        if let (Some(name), Some(entry)) = (&time_zone, table.get("time_zone")) {
            self.time_zone(name, &entry.span());
        }
        let file_names = self.file_names(table);
        let regulation = self.regulation(path, table, id.as_deref());
        let clauses = self.clauses(table, regulation.as_ref());
        Some(Policy {
            id: id?,
            title: title?,
            source: source?,
            time_zone: time_zone?,
            file_names,
            clauses,
            sha256,
        })
    }

    /// The file name patterns that the policy sets, else the built-in ones.
    fn file_names(&mut self, table: &DeTable) -> Vec<Pattern> {
        let Some(entry) = table.get("file_names") else {
            return DEFAULT_PATTERNS.iter().filter_map(|text| Pattern::parse(text).ok()).collect();
        };
        let Some(array) = entry.get_ref().as_array().filter(|array| !array.is_empty()) else {
            self.error(
                &entry.span(),
                "file_names 应为文件名样式的列表，如 [\"{device}_%Y%m%d%H%M%S\"]",
                "file_names must be a list of file name patterns such as [\"{device}_%Y%m%d%H%M%S\"]",
            );
            return Vec::new();
        };
        let mut patterns = Vec::new();
        for entry in array.iter() {
            match self.text(entry, "file_names").map(|text| Pattern::parse(&text)) {
                Some(Ok(pattern)) => patterns.push(pattern),
                Some(Err(why)) => self.report(&entry.span(), Severity::Error, why),
                None => {}
            }
        }
        patterns
    }

    fn time_zone(&mut self, name: &str, at: &Range<usize>) {
        // The bundled database, not the machine's: a policy means the same everywhere.
        let zones = TimeZoneDatabase::bundled();
        if zones.get(name).is_ok() {
            return;
        }
        let names: Vec<String> = zones.available().map(|zone| zone.as_str().to_owned()).collect();
        let meant = nearest(name, names.iter().map(String::as_str)).unwrap_or("Asia/Shanghai");
        self.error(
            at,
            format!("没有时区“{name}”；应为 IANA 名称，如 {meant}"),
            format!("unknown time zone \"{name}\"; it takes an IANA name such as {meant}"),
        );
    }

    /// The regulation to hold the clauses' texts against: the one that the policy names (an
    /// embedded policy's id or a file), else the one of its own id.
    fn regulation(&mut self, path: &Path, table: &DeTable, id: Option<&str>) -> Option<Regulation> {
        let Some(entry) = table.get("regulation") else {
            let own = id.and_then(embedded::find);
            if own.is_none() {
                self.report(
                    &(0..0),
                    Severity::Note,
                    Prose::new(
                        "没有可比对的制度原文，条文未核对；可用 regulation = \"原文.txt\" 指明",
                        "there is no regulation to compare with, so the clauses' texts were not checked; \
                         regulation = \"FILE\" names one",
                    ),
                );
            }
            return own.map(|policy| Regulation::new(policy.regulation));
        };
        let name = self.text(entry, "regulation")?;
        if let Some(policy) = embedded::find(&name) {
            return Some(Regulation::new(policy.regulation));
        }
        let file = path.parent().unwrap_or(Path::new("")).join(&name);
        match super::read_text(&file) {
            Ok(file) => Some(Regulation::new(&file.text)),
            Err(error) => {
                let why = error.prose();
                self.error(
                    &entry.span(),
                    format!("制度原文不可用：{}", why.zh),
                    format!("the regulation cannot be used: {}", why.en),
                );
                None
            }
        }
    }

    fn clauses(&mut self, table: &DeTable, regulation: Option<&Regulation>) -> Vec<Clause> {
        let Some(entry) = table.get("clause") else {
            self.missing(
                &(0..0),
                "没有任何条款：至少要有一个 [[clause]]",
                "no clauses: at least one [[clause]] is needed",
            );
            return Vec::new();
        };
        let Some(array) = entry.get_ref().as_array() else {
            self.error(
                &entry.span(),
                "clause 应写作 [[clause]]，每条一个",
                "clause must be written [[clause]], one for each clause",
            );
            return Vec::new();
        };
        if array.is_empty() {
            self.missing(&entry.span(), "没有任何条款", "no clauses");
        }
        let mut seen = Seen::new();
        array.iter().filter_map(|entry| self.clause(entry, regulation, &mut seen)).collect()
    }

    fn clause(&mut self, entry: &Entry, regulation: Option<&Regulation>, seen: &mut Seen) -> Option<Clause> {
        let at = entry.span();
        let Some(table) = entry.get_ref().as_table() else {
            self.error(&at, "条款应写作 [[clause]]", "a clause must be written as a [[clause]] table");
            return None;
        };
        self.known_keys(table, &CLAUSE_KEYS, "条款", "a clause");
        let article = self.required_text(table, "article", &at);
        let text = self.required_text(table, "text", &at);
        let check = self.check(table, &at);
        if let (Some(article), Some(text)) = (&article, &text) {
            self.wording(table, article, text, regulation);
        }
        if let (Some(article), Some(text), Some(check)) = (&article, &text, check) {
            let line = self.lines.of(at.start);
            let key = (article.clone(), check.id, without_white_space(text));
            if let Some(first) = seen.insert(key, line) {
                self.error(
                    &at,
                    format!("与第 {first} 行的条款重复：条、原文和检查项都相同"),
                    format!("the same clause as on line {first}: article, text and check are equal"),
                );
            }
        }
        let params = check.and_then(|check| self.params(table, check, &at));
        Some(Clause { article: article?, text: text?, check: check?, params: params? })
    }

    /// Holds the clause's article and text against the regulation.
    fn wording(&mut self, table: &DeTable, article: &str, text: &str, regulation: Option<&Regulation>) {
        let span_of = |key| table.get(key).map_or(0..0, Entry::span);
        let Some(name) = article_of(article) else {
            self.error(
                &span_of("article"),
                format!("“{article}”不是条号；应如“第八条”“第七条第（一）项”“附件2第1项”"),
                format!("\"{article}\" names no article; write it as 第八条, 第七条第（一）项 or 附件2第1项"),
            );
            return;
        };
        let Some(regulation) = regulation else { return };
        if !regulation.has_article(name) {
            self.error(
                &span_of("article"),
                format!("制度中没有{name}"),
                format!("the regulation has no {name}"),
            );
        }
        match regulation.locate(name, text) {
            Place::InArticle => {}
            Place::Elsewhere("") => self.error(
                &span_of("text"),
                format!("这段文字不在{name}，而在第一条之前"),
                format!("this text does not stand in {name} but before the first article"),
            ),
            Place::Elsewhere(other) => self.error(
                &span_of("text"),
                format!("这段文字不在{name}，而在{other}"),
                format!("this text does not stand in {name} but in {other}"),
            ),
            Place::Nowhere { agrees, .. } if agrees.is_empty() => {
                self.error(&span_of("text"), "制度中没有这段文字", "this text is not in the regulation")
            }
            Place::Nowhere { agrees, instead } => self.error(
                &span_of("text"),
                format!("与制度原文不符：“{agrees}”之后，原文是“{instead}”"),
                format!("this text is not in the regulation: after “{agrees}” it reads “{instead}”"),
            ),
        }
    }

    fn check(&mut self, table: &DeTable, at: &Range<usize>) -> Option<&'static Check> {
        let id = self.required_text(table, "check", at)?;
        let check = checks::find(&id);
        if check.is_none() {
            let (zh, en) = nearest(&id, checks::CHECKS.iter().map(|check| check.id)).map_or_else(
                || ("；可用的检查项见 docs/policies.md".into(), "; docs/policies.md lists them".into()),
                |meant| (format!("；是否指 {meant}"), format!("; did you mean {meant}?")),
            );
            let span = table.get("check").map_or(at.clone(), Entry::span);
            self.error(&span, format!("没有检查项“{id}”{zh}"), format!("unknown check \"{id}\"{en}"));
        }
        check
    }

    /// The clause's parameters; `None` when one of them cannot be used.
    fn params(&mut self, table: &DeTable, check: &'static Check, at: &Range<usize>) -> Option<Params> {
        let problems = self.problems.len();
        let mut set = BTreeMap::new();
        if let Some(entry) = table.get("params") {
            match entry.get_ref().as_table() {
                Some(given) => {
                    for (key, value) in given {
                        match check.params.iter().find(|param| param.name == key.get_ref()) {
                            Some(param) => {
                                if let Some(value) = values::read(self, param, value) {
                                    set.insert(param.name, value);
                                }
                            }
                            None => self.unknown_param(check, key.get_ref(), &key.span()),
                        }
                    }
                    values::report_missing(self, check, given, at);
                }
                None => self.error(
                    &entry.span(),
                    "params 应写作 [clause.params] 表",
                    "params must be written as a table, [clause.params]",
                ),
            }
        } else {
            values::report_missing(self, check, &DeTable::new(), at);
        }
        if self.problems.len() > problems {
            return None;
        }
        Params::resolve(check.params, set).ok()
    }

    fn unknown_param(&mut self, check: &Check, key: &str, at: &Range<usize>) {
        let names: Vec<&str> = check.params.iter().map(|param| param.name).collect();
        let meant = nearest(key, names.iter().copied())
            .and_then(|name| check.params.iter().find(|param| param.name == name));
        let (zh, en) = match meant {
            Some(param) => {
                let takes = values::expected(param);
                (
                    format!("；是否指 {}（{}）", param.name, takes.zh),
                    format!("; did you mean {}, which takes {}?", param.name, takes.en),
                )
            }
            None if names.is_empty() => ("；此项没有参数".into(), "; it has none".into()),
            None => (format!("；它的参数是 {}", names.join("、")), format!("; it has {}", names.join(", "))),
        };
        self.error(
            at,
            format!("检查项 {} 没有参数“{key}”{zh}", check.id),
            format!("{} has no parameter \"{key}\"{en}", check.id),
        );
    }

    pub(super) fn known_keys(&mut self, table: &DeTable, known: &[&str], zh: &str, en: &str) {
        for key in table.keys() {
            let name: &str = key.get_ref();
            if known.contains(&name) {
                continue;
            }
            let (meant_zh, meant_en) = nearest(name, known.iter().copied()).map_or_else(
                || (format!("；可用 {}", known.join("、")), format!("; it has {}", known.join(", "))),
                |meant| (format!("；是否指 {meant}"), format!("; did you mean {meant}?")),
            );
            self.error(
                &key.span(),
                format!("{zh}没有“{name}”这一项{meant_zh}"),
                format!("{en} has no key \"{name}\"{meant_en}"),
            );
        }
    }

    /// The text under `key`, which must be there; `at` is the table's own place.
    pub(super) fn required_text(&mut self, table: &DeTable, key: &str, at: &Range<usize>) -> Option<String> {
        match table.get(key) {
            Some(entry) => self.text(entry, key),
            None => {
                self.missing(at, format!("缺少 {key}"), format!("{key} is missing"));
                None
            }
        }
    }

    /// A text with something in it that can be printed as it is.
    pub(super) fn text(&mut self, entry: &Entry, name: &str) -> Option<String> {
        let Some(text) = entry.get_ref().as_str() else {
            let found = values::found(entry.get_ref());
            self.error(
                &entry.span(),
                format!("{name} 应为文字（加引号），而不是{}", found.zh),
                format!("{name} must be a text in quotes, not {}", found.en),
            );
            return None;
        };
        if text.trim().is_empty() {
            self.error(&entry.span(), format!("{name} 不能为空"), format!("{name} must not be empty"));
            return None;
        }
        if text.contains(is_unprintable) {
            self.error(
                &entry.span(),
                format!("{name} 含有不可见的控制字符"),
                format!("{name} holds invisible control characters"),
            );
            return None;
        }
        Some(text.to_owned())
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, array: &DeArray, name: &str) -> Option<Vec<String>> {
        let texts: Vec<Option<String>> = array.iter().map(|entry| self.text(entry, name)).collect();
        texts.into_iter().collect()
    }
}

/// Control characters and marks that turn the direction of writing: in a terminal or a report they
/// would show something else than what the file says.
fn is_unprintable(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
