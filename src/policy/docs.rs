//! Holds the part of `docs/policies.md` that lists the checks against their declarations.

use std::fmt::Write as _;

use super::values;
use crate::checks::{Basis, CHECKS, Check, Default, Kind, Param};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/policies.md");
const BEGIN: &str = "<!-- checks: begin -->\n";
const END: &str = "<!-- checks: end -->\n";
/// Set to anything, the test writes the part instead of comparing it.
const WRITE: &str = "PINGCHA_WRITE_DOCS";

#[test]
fn the_documentation_lists_the_checks_as_declared() {
    let document = std::fs::read_to_string(PATH).unwrap();
    let (before, rest) = document.split_once(BEGIN).unwrap();
    let (written, after) = rest.split_once(END).unwrap();
    let declared: String = CHECKS.iter().map(|check| section(check)).collect();
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(PATH, format!("{before}{BEGIN}{declared}\n{END}{after}")).unwrap();
    } else {
        let differs = written.lines().zip(declared.lines()).find(|(written, declared)| written != declared);
        assert_eq!(differs, None, "run again with {WRITE}=1 to write the documentation");
        assert_eq!(written.lines().count(), declared.lines().count() + 1);
    }
}

fn section(check: &Check) -> String {
    let basis = match check.basis {
        Basis::Footage => "the footage",
        Basis::Session => "a visit's segments",
        Basis::Records => "the records",
        Basis::Ledger => "the records as a whole",
        Basis::Concerned => "the records, as a whole or as far as they concern the clip",
    };
    let mut section = format!("\n### `{}` {} · {}\n\n", check.id, check.title.zh, check.title.en);
    let explain = if check.explain.en.is_empty() { String::new() } else { format!(" {}", check.explain.en) };
    writeln!(section, "Judged by {basis}.{explain}").unwrap();
    if !check.params.is_empty() {
        section.push_str("\n| parameter | takes | default | what it does and why |\n|---|---|---|---|\n");
        for param in check.params {
            let (takes, default) = (cell(&takes(param)), cell(&default(param.default)));
            writeln!(section, "| `{}` | {takes} | {default} | {} |", param.name, cell(param.reason.en))
                .unwrap();
        }
    }
    section
}

fn takes(param: &Param) -> String {
    let takes = values::expected(param).en;
    match param.kind {
        Kind::Number { min, max } => format!("{takes}, {min} to {max}"),
        _ => takes,
    }
}

fn default(default: Default) -> String {
    match default {
        Default::Number(number) => number.to_string(),
        Default::Flag(flag) => flag.to_string(),
        Default::Text(text) => format!("\"{text}\""),
        Default::Texts([]) | Default::NoPhrases => "none".to_owned(),
        Default::Texts(texts) => {
            texts.iter().map(|text| format!("\"{text}\"")).collect::<Vec<_>>().join(", ")
        }
        Default::None => "must be set".to_owned(),
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
