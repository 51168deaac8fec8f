//! `pingcha policy list | show | lint`.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::checks::{Basis, Default, Param, Value};
use crate::lang::{Lang, Prose, Text};
use crate::policy::{self, Clause, DEFAULT_POLICY, Policy, PolicyError, Problem};

/// Wrong use, by the contract.
const WRONG_USE: u8 = 2;

#[derive(Debug, Args)]
pub struct PolicyArgs {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
enum PolicyCommand {
    /// List the policies that come with the program
    List,
    /// Print a policy's clauses: article, text, what is checked and how, parameters
    Show {
        /// A policy's id, or a policy file
        #[arg(value_name = "ID|FILE")]
        policy: String,
        /// Print the policy file itself, to be copied and changed
        #[arg(long)]
        toml: bool,
    },
    /// Check a policy file; every problem is named with its line
    Lint { file: PathBuf },
}

/// Runs the subcommand and returns the exit status: 0, or 2 when the policy cannot be used.
pub fn run(args: &PolicyArgs, lang: Lang) -> anyhow::Result<u8> {
    run_to(args, lang, &mut io::stdout().lock(), &mut io::stderr().lock())
}

fn run_to(args: &PolicyArgs, lang: Lang, out: &mut impl Write, err: &mut impl Write) -> anyhow::Result<u8> {
    let done = match &args.command {
        PolicyCommand::List => list(lang, out)?,
        PolicyCommand::Show { policy, toml: true } => show_toml(policy, out)?,
        PolicyCommand::Show { policy, toml: false } => match policy::load(policy) {
            Ok(policy) => Ok(show(&policy, lang, out)?),
            Err(error) => Err(error),
        },
        PolicyCommand::Lint { file } => match policy::lint_file(file) {
            Ok(problems) => return lint(&file.display().to_string(), &problems, lang, out),
            Err(error) => Err(error),
        },
    };
    if let Err(error) = done {
        writeln!(err, "{}", error.prose().get(lang))?;
        return Ok(WRONG_USE);
    }
    Ok(0)
}

/// Outer errors are the output's, inner ones the policy's.
type Done = anyhow::Result<Result<(), PolicyError>>;

fn list(lang: Lang, out: &mut impl Write) -> Done {
    for embedded in policy::embedded() {
        let policy = match policy::load(embedded.id) {
            Ok(policy) => policy,
            Err(error) => return Ok(Err(error)),
        };
        let default =
            if policy.id == DEFAULT_POLICY { Text::new("（默认）", " (default)").get(lang) } else { "" };
        let clauses = match lang {
            Lang::Zh => format!("{} 条", policy.clauses.len()),
            Lang::En => format!("{} clauses", policy.clauses.len()),
        };
        writeln!(out, "{:30} {clauses:>10}  {}{default}", policy.id, policy.title)?;
    }
    Ok(Ok(()))
}

fn show_toml(id_or_path: &str, out: &mut impl Write) -> Done {
    match policy::source(id_or_path) {
        Ok(toml) => {
            out.write_all(toml.as_bytes())?;
            Ok(Ok(()))
        }
        Err(error) => Ok(Err(error)),
    }
}

fn lint(path: &str, problems: &[Problem], lang: Lang, out: &mut impl Write) -> anyhow::Result<u8> {
    for problem in problems {
        writeln!(out, "{}", problem.line_of(path, lang))?;
    }
    let errors = problems.iter().filter(|problem| problem.is_error()).count();
    let verdict = match errors {
        0 => Prose::new(format!("{path}：可以使用"), format!("{path}: can be used")),
        _ => Prose::new(format!("{path}：{errors} 处错误"), format!("{path}: {errors} problem(s)")),
    };
    writeln!(out, "{}", verdict.get(lang))?;
    Ok(if errors == 0 { 0 } else { WRONG_USE })
}

fn show(policy: &Policy, lang: Lang, out: &mut impl Write) -> io::Result<()> {
    let label = |zh, en| Text::new(zh, en).get(lang);
    writeln!(out, "{}\n{}", policy.title, "=".repeat(2 * policy.title.chars().count()))?;
    writeln!(out, "id      {}", policy.id)?;
    writeln!(out, "{}  {}", label("来源  ", "source"), policy.source)?;
    writeln!(out, "{}  {}", label("时区  ", "zone  "), policy.time_zone)?;
    writeln!(out, "SHA-256 {}", policy.sha256)?;
    for clause in &policy.clauses {
        show_clause(clause, lang, out)?;
    }
    Ok(())
}

fn show_clause(clause: &Clause, lang: Lang, out: &mut impl Write) -> io::Result<()> {
    let check = clause.check;
    let basis = match clause.basis() {
        Basis::Footage => Text::new("看录像", "judged by the footage"),
        Basis::Session => Text::new("看同次执法的各段录像", "judged by a visit's segments"),
        Basis::Records => Text::new("看台账", "judged by the records"),
        Basis::Ledger | Basis::Concerned => Text::new("看整本台账", "judged by the records as a whole"),
    };
    let (title, basis) = (check.title.get(lang), basis.get(lang));
    match lang {
        Lang::Zh => writeln!(out, "\n{}  {title}（{}，{basis}）", clause.article, check.id)?,
        Lang::En => writeln!(out, "\n{}  {title} ({}, {basis})", clause.article, check.id)?,
    }
    writeln!(out, "  “{}”", clause.text)?;
    writeln!(out, "  {}", check.explain.get(lang))?;
    for param in check.params {
        show_param(param, clause, lang, out)?;
    }
    Ok(())
}

fn show_param(param: &Param, clause: &Clause, lang: Lang, out: &mut impl Write) -> io::Result<()> {
    let Some((_, value)) = clause.params.iter().find(|(name, _)| *name == param.name) else { return Ok(()) };
    let changed = match (is_default(param.default, value), param.default) {
        (true, _) => Text::new("（默认）", " (default)"),
        (false, Default::None) => Text::new("", ""),
        (false, _) => Text::new("（本条另设）", " (set by this clause)"),
    };
    match value {
        Value::Phrases(phrases) => {
            writeln!(out, "  - {}", param.name)?;
            for phrase in phrases {
                let noted = if phrase.required {
                    Text::new("", "")
                } else {
                    Text::new("（仅提示）", " (noted only)")
                };
                writeln!(out, "      {}{}: {}", phrase.name, noted.get(lang), phrase.any.join(" | "))?;
            }
        }
        value => writeln!(out, "  - {} = {}{}", param.name, plain(value), changed.get(lang))?,
    }
    writeln!(out, "      {}", param.reason.get(lang))
}

fn is_default(default: Default, value: &Value) -> bool {
    match (default, value) {
        (Default::Number(default), Value::Number(number)) => default == *number,
        (Default::Flag(default), Value::Flag(flag)) => default == *flag,
        (Default::Text(default), Value::Text(text)) => default == text,
        (Default::Texts(default), Value::Texts(texts)) => default == texts.as_slice(),
        _ => false,
    }
}

/// As a policy file would write it.
fn plain(value: &Value) -> String {
    let list =
        |texts: &[String]| texts.iter().map(|text| format!("\"{text}\"")).collect::<Vec<_>>().join(", ");
    match value {
        Value::Number(number) => number.to_string(),
        Value::Flag(flag) => flag.to_string(),
        Value::Text(text) => format!("\"{text}\""),
        Value::Texts(texts) => format!("[{}]", list(texts)),
        Value::Phrases(phrases) => {
            phrases.iter().map(|phrase| phrase.name.as_str()).collect::<Vec<_>>().join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: PolicyArgs,
    }

    /// Exit status, standard output, standard error.
    fn run(line: &[&str], lang: Lang) -> (u8, String, String) {
        let line = Line::try_parse_from([&["policy"], line].concat()).unwrap();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let status = run_to(&line.args, lang, &mut out, &mut err).unwrap();
        (status, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
    }

    #[test]
    fn list_names_every_policy_and_the_default() {
        let (status, out, err) = run(&["list"], Lang::Zh);
        assert_eq!((status, err.as_str()), (0, ""));
        assert_eq!(out.lines().count(), policy::embedded().len());
        let default: Vec<_> = out.lines().filter(|line| line.ends_with("（默认）")).collect();
        assert!(default.len() == 1 && default[0].starts_with(DEFAULT_POLICY), "{out}");
    }

    #[test]
    fn show_prints_clauses_with_method_parameters_and_reasons() {
        let (status, out, _) = run(&["show", "baofeng-human-resources"], Lang::Zh);
        assert_eq!(status, 0);
        for part in [
            "第十三条  移交接收（deposit-witness，看台账）",
            "  “行政执法人员应当在每次执法活动结束后，将音像记录设备记录的声像资料交劳动保障监察大队2人",
            "核对每段录像由谁接收存储",
            "  - persons = 2（本条另设）",
            "      接收下载的最少人数。",
            "  - hours = 24（默认）",
            "      告知使用音像记录设备: 本次执法全程录音录像 | ",
            "      保护合法权益（仅提示）: ",
        ] {
            assert!(out.contains(part), "{part}\n{out}");
        }
        let (_, out, _) = run(&["show", "baofeng-human-resources"], Lang::En);
        assert!(
            out.contains("  - persons = 2 (set by this clause)\n      How many must take part."),
            "{out}"
        );
    }

    #[test]
    fn a_copy_is_the_embedded_file_and_lints_clean() {
        let (status, out, _) = run(&["show", "gulou-emergency", "--toml"], Lang::Zh);
        assert_eq!(status, 0);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("copy.toml");
        std::fs::write(&path, &out).unwrap();
        let path = path.to_str().unwrap();
        assert_eq!(run(&["lint", path], Lang::En), (0, format!("{path}: can be used\n"), String::new()));
    }

    #[test]
    fn lint_prints_problems_and_ends_with_2() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("site.toml");
        std::fs::write(&path, "id = \"site\"\ntitel = \"x\"\n").unwrap();
        let path = path.to_str().unwrap();
        let (status, out, _) = run(&["lint", path], Lang::En);
        assert_eq!(status, WRONG_USE);
        assert!(
            out.contains(&format!("{path}:2: error: a policy has no key \"titel\"; did you mean title?")),
            "{out}"
        );
        assert!(out.ends_with(&format!("{path}: 5 problem(s)\n")), "{out}");
    }

    #[test]
    fn what_is_not_there_is_wrong_use() {
        for line in [&["show", "gulou"][..], &["show", "gulou", "--toml"], &["lint", "no-such-file.toml"]] {
            let (status, out, err) = run(line, Lang::Zh);
            assert_eq!((status, out.as_str()), (WRONG_USE, ""), "{line:?}");
            assert!(!err.is_empty(), "{line:?}");
        }
    }
}
