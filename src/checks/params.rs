//! Parameters of a check: declared with their default and its reason, set by a policy's clause.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::lang::Text;

/// One thing about a check that a policy can set. The unit is the end of the name: `_s` seconds,
/// `_db` decibels, `_ppm` parts per million, `_share` 0 to 1.
pub struct Param {
    pub name: &'static str,
    pub kind: Kind,
    pub default: Default,
    /// What it does and why the default is what it is.
    pub reason: Text,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// A number within these bounds, both included.
    Number {
        min: f64,
        max: f64,
    },
    Flag,
    Text,
    /// One of these words.
    Choice(&'static [&'static str]),
    Texts,
    /// Required wording: a list of [`Phrase`].
    Phrases,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Default {
    Number(f64),
    Flag(bool),
    Text(&'static str),
    Texts(&'static [&'static str]),
    /// An empty list of [`Phrase`].
    NoPhrases,
    /// The clause must set it.
    None,
}

/// One part of a required wording; any of the variants will do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phrase {
    /// Short name shown in findings, in the regulation's language.
    pub name: String,
    /// Wordings that count. `×××` stands for a person's name, any other run of `×` for open words
    /// (an agency, a place, a number).
    pub any: Vec<String>,
    /// A missing part fails the clause; otherwise it is only noted.
    #[serde(default = "yes")]
    pub required: bool,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    Number(f64),
    Flag(bool),
    Text(String),
    Texts(Vec<String>),
    Phrases(Vec<Phrase>),
}

/// A clause's parameters, complete: defaults filled in, every value of its declared kind.
/// Only the policy loader makes them, against the check's declaration.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Params(BTreeMap<&'static str, Value>);

impl Params {
    /// The declaration's defaults with `set` on top. Fails with the name of the first parameter
    /// that is neither set nor has a default.
    pub fn resolve(
        declared: &'static [Param],
        mut set: BTreeMap<&'static str, Value>,
    ) -> Result<Self, &'static str> {
        for param in declared {
            if set.contains_key(param.name) {
                continue;
            }
            let value = match param.default {
                Default::Number(number) => Value::Number(number),
                Default::Flag(flag) => Value::Flag(flag),
                Default::Text(text) => Value::Text(text.to_owned()),
                Default::Texts(texts) => Value::Texts(texts.iter().map(|&t| t.to_owned()).collect()),
                Default::NoPhrases => Value::Phrases(Vec::new()),
                Default::None => return Err(param.name),
            };
            set.insert(param.name, value);
        }
        Ok(Self(set))
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.0.iter().map(|(&name, value)| (name, value))
    }

    pub fn number(&self, name: &str) -> f64 {
        match self.0.get(name) {
            Some(&Value::Number(number)) => number,
            _ => undeclared(name),
        }
    }

    pub fn flag(&self, name: &str) -> bool {
        match self.0.get(name) {
            Some(&Value::Flag(flag)) => flag,
            _ => undeclared(name),
        }
    }

    pub fn text(&self, name: &str) -> &str {
        match self.0.get(name) {
            Some(Value::Text(text)) => text,
            _ => undeclared(name),
        }
    }

    pub fn texts(&self, name: &str) -> &[String] {
        match self.0.get(name) {
            Some(Value::Texts(texts)) => texts,
            _ => undeclared(name),
        }
    }

    pub fn phrases(&self, name: &str) -> &[Phrase] {
        match self.0.get(name) {
            Some(Value::Phrases(phrases)) => phrases,
            _ => undeclared(name),
        }
    }
}

/// A check asked for a parameter that it does not declare: a fault in the check, which no input
/// can bring about, because [`Params::resolve`] fills in all that is declared.
fn undeclared(name: &str) -> ! {
    panic!("a check reads the parameter '{name}' without declaring it, or as another kind");
}
