//! A parameter's value, read against the check's declaration.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::names::{Unit, unit};
use super::reader::{Entry, Reader};
use crate::checks::{Check, Default, Kind, Param, Phrase, Value};
use crate::lang::Prose;

const PHRASE_KEYS: [&str; 3] = ["name", "any", "required"];
/// Stands for open words in a phrase.
pub(super) const OPEN_WORDS: char = '×';

/// Reports the parameters without a default that `given` does not set.
pub(super) fn report_missing(reader: &mut Reader, check: &Check, given: &DeTable, at: &Range<usize>) {
    for param in check.params {
        if param.default == Default::None && !given.contains_key(param.name) {
            let takes = expected(param);
            reader.missing(
                at,
                format!("检查项 {} 须设参数 {}（{}）", check.id, param.name, takes.zh),
                format!("{} needs the parameter {}: {}", check.id, param.name, takes.en),
            );
        }
    }
}

/// The value of `param`, or `None` when it was reported as wrong.
pub(super) fn read(reader: &mut Reader, param: &Param, entry: &Entry) -> Option<Value> {
    let value = entry.get_ref();
    match (param.kind, value) {
        (Kind::Number { min, max }, DeValue::Integer(_) | DeValue::Float(_)) => {
            number(reader, param, entry, min, max).map(Value::Number)
        }
        (Kind::Flag, DeValue::Boolean(flag)) => Some(Value::Flag(*flag)),
        (Kind::Text, DeValue::String(_)) => reader.text(entry, param.name).map(Value::Text),
        (Kind::Choice(words), DeValue::String(word)) if words.contains(&word.as_ref()) => {
            Some(Value::Text(word.to_string()))
        }
        (Kind::Texts, DeValue::Array(array)) => {
            if array.is_empty() && param.default == Default::None {
                must_not_be_empty(reader, param.name, &entry.span());
                return None;
            }
            reader.texts(array, param.name).map(Value::Texts)
        }
        (Kind::Phrases, DeValue::Array(array)) => {
            if array.is_empty() {
                must_not_be_empty(reader, param.name, &entry.span());
                return None;
            }
            let mut phrases: Vec<Phrase> = Vec::new();
            let mut whole = true;
            for entry in array.iter() {
                match phrase(reader, param.name, entry) {
                    Some(phrase) if phrases.iter().any(|other| other.name == phrase.name) => {
                        let name = phrase.name;
                        reader.error(
                            &entry.span(),
                            format!("{} 中有两个“{name}”", param.name),
                            format!("{} has two entries called \"{name}\"", param.name),
                        );
                        whole = false;
                    }
                    Some(phrase) => phrases.push(phrase),
                    None => whole = false,
                }
            }
            whole.then_some(Value::Phrases(phrases))
        }
        _ => {
            let (takes, found) = (expected(param), found(value));
            reader.error(
                &entry.span(),
                format!("{} 应为{}，而不是{}", param.name, takes.zh, found.zh),
                format!("{} must be {}, not {}", param.name, takes.en, found.en),
            );
            None
        }
    }
}

fn number(reader: &mut Reader, param: &Param, entry: &Entry, min: f64, max: f64) -> Option<f64> {
    let Unit { zh, en, whole } = unit(param.name);
    let number = match entry.get_ref() {
        DeValue::Integer(digits) => {
            i64::from_str_radix(digits.as_str(), digits.radix()).ok().map(|n| n as f64)
        }
        DeValue::Float(digits) => digits.as_str().parse().ok(),
        _ => None,
    };
    match number {
        Some(number) if (min..=max).contains(&number) && !(whole && number.fract() != 0.0) => Some(number),
        _ => {
            let given = found(entry.get_ref());
            let (whole_zh, whole_en) = if whole { ("整", "whole ") } else { ("", "") };
            reader.error(
                &entry.span(),
                format!("{} 应为{min}到{max}之间的{whole_zh}{zh}，而不是{}", param.name, given.zh),
                format!(
                    "{} must be {en}, a {whole_en}number from {min} to {max}, not {}",
                    param.name, given.en
                ),
            );
            None
        }
    }
}

fn phrase(reader: &mut Reader, param: &str, entry: &Entry) -> Option<Phrase> {
    let at = entry.span();
    let Some(table) = entry.get_ref().as_table() else {
        let found = found(entry.get_ref());
        reader.error(
            &at,
            format!("{param} 的每一项应写作 {{ name = \"…\", any = [\"…\"] }}，而不是{}", found.zh),
            format!("each of {param} must be {{ name = \"…\", any = [\"…\"] }}, not {}", found.en),
        );
        return None;
    };
    reader.known_keys(table, &PHRASE_KEYS, "用语", "a phrase");
    let name = reader.required_text(table, "name", &at);
    let required = match table.get("required").map(|entry| (entry, entry.get_ref().as_bool())) {
        None => Some(true),
        Some((_, Some(flag))) => Some(flag),
        Some((entry, None)) => {
            let found = found(entry.get_ref());
            reader.error(
                &entry.span(),
                format!("required 应为 true 或 false，而不是{}", found.zh),
                format!("required must be true or false, not {}", found.en),
            );
            None
        }
    };
    Some(Phrase { name: name?, any: wordings(reader, table, &at)?, required: required? })
}

fn wordings(reader: &mut Reader, table: &DeTable, at: &Range<usize>) -> Option<Vec<String>> {
    let Some(entry) = table.get("any") else {
        reader.missing(at, "缺少 any（算数的说法）", "any is missing: the wordings that count");
        return None;
    };
    let Some(array) = entry.get_ref().as_array() else {
        let found = found(entry.get_ref());
        reader.error(
            &entry.span(),
            format!("any 应为文字的列表，而不是{}", found.zh),
            format!("any must be a list of texts, not {}", found.en),
        );
        return None;
    };
    if array.is_empty() {
        must_not_be_empty(reader, "any", &entry.span());
        return None;
    }
    let wordings = reader.texts(array, "any")?;
    if let Some(open) = wordings.iter().find(|wording| !wording.chars().any(is_spoken)) {
        reader.error(
            &entry.span(),
            format!("“{open}”没有固定的字，任何话都算说过"),
            format!("\"{open}\" has no words of its own: anything would count"),
        );
        return None;
    }
    Some(wordings)
}

fn is_spoken(c: char) -> bool {
    c.is_alphanumeric() && c != OPEN_WORDS
}

fn must_not_be_empty(reader: &mut Reader, name: &str, at: &Range<usize>) {
    reader.error(at, format!("{name} 不能为空"), format!("{name} must not be empty"));
}

/// What a parameter takes, as a phrase that ends a sentence.
pub(super) fn expected(param: &Param) -> Prose {
    match param.kind {
        Kind::Number { .. } => {
            let Unit { zh, en, .. } = unit(param.name);
            Prose::new(zh, en)
        }
        Kind::Flag => Prose::new("true 或 false", "true or false"),
        Kind::Text => Prose::new("文字（加引号）", "a text in quotes"),
        Kind::Choice(words) => {
            Prose::new(format!("{}之一", words.join("、")), format!("one of {}", words.map_quoted()))
        }
        Kind::Texts => Prose::new("文字的列表", "a list of texts"),
        Kind::Phrases => {
            Prose::new("用语的列表 { name, any, required }", "a list of phrases { name, any, required }")
        }
    }
}

/// What was found instead, shortened to what fits a message.
pub(super) fn found(value: &DeValue) -> Prose {
    /// Longest piece of a text that is quoted back.
    const SHOWN: usize = 40;
    match value {
        DeValue::String(text) => {
            let shown: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
            let dots = if text.chars().count() > SHOWN { "…" } else { "" };
            Prose::new(format!("“{shown}{dots}”"), format!("\"{shown}{dots}\""))
        }
        DeValue::Integer(digits) => Prose::new(format!(" {digits}"), digits.to_string()),
        DeValue::Float(digits) => Prose::new(format!(" {digits}"), digits.to_string()),
        DeValue::Boolean(flag) => Prose::new(format!(" {flag}"), flag.to_string()),
        DeValue::Datetime(_) => Prose::new("日期", "a date"),
        DeValue::Array(_) => Prose::new("列表", "a list"),
        DeValue::Table(_) => Prose::new("表", "a table"),
    }
}

trait Quoted {
    fn map_quoted(&self) -> String;
}

impl Quoted for [&str] {
    fn map_quoted(&self) -> String {
        self.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
    }
}
