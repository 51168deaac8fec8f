mod regulations;

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::regulation::{Place, article_of};
use super::*;
use crate::checks::{CHECKS, Value};

/// A policy without fault: one clause of a text that is not compared with any regulation.
const SOUND: &str = r#"id = "site"
title = "某局制度"
source = "某局"
time_zone = "Asia/Shanghai"
[[clause]]
article = "第八条"
text = "返回单位后24小时内存储。"
check = "deposit-deadline"
"#;

fn problems(text: &str) -> Vec<(usize, String)> {
    lint(Path::new("site.toml"), text)
        .into_iter()
        .filter(Problem::is_error)
        .map(|problem| (problem.line, problem.message.en))
        .collect()
}

/// The one problem of the sound policy with `from` replaced by `to`.
fn problem(from: &str, to: &str) -> (usize, String) {
    assert!(SOUND.contains(from), "{from}");
    let mut problems = problems(&SOUND.replacen(from, to, 1));
    assert_eq!(problems.len(), 1, "{problems:#?}");
    problems.remove(0)
}

/// The one problem of the sound policy with these lines as its parameters; its line counts from the
/// first of them.
fn param_problem(params: &str) -> (usize, String) {
    let (line, message) = problem(
        "check = \"deposit-deadline\"\n",
        &format!("check = \"deposit-deadline\"\n[clause.params]\n{params}\n"),
    );
    (line - 9, message)
}

fn phrases_problem(parts: &str) -> String {
    let clause = format!("check = \"announcement\"\n[clause.params]\nparts = {parts}\n");
    problem("check = \"deposit-deadline\"\n", &clause).1
}

#[test]
fn a_sound_policy_has_nothing_but_a_note_on_the_missing_regulation() {
    let problems = lint(Path::new("site.toml"), SOUND);
    assert_eq!(problems.len(), 1);
    assert_eq!((problems[0].line, problems[0].severity), (1, Severity::Note));
    assert!(problems[0].message.en.contains("no regulation to compare with"));
}

#[test]
fn keys_are_checked() {
    assert_eq!(
        problem("title =", "titel = \"x\"\ntitle ="),
        (2, "a policy has no key \"titel\"; did you mean title?".into())
    );
    assert_eq!(
        problem("article =", "colour = 1\narticle ="),
        (6, "a clause has no key \"colour\"; it has article, text, check, params".into())
    );
    assert_eq!(problem("source = \"某局\"\n", ""), (1, "source is missing".into()));
    assert_eq!(problem("article = \"第八条\"\n", ""), (5, "article is missing".into()));
    assert_eq!(problem("\"某局\"", "7"), (3, "source must be a text in quotes, not 7".into()));
    assert_eq!(problem("\"某局\"", "\" \""), (3, "source must not be empty".into()));
    assert_eq!(problem("\"某局\"", "\"\\u202e\""), (3, "source holds invisible control characters".into()));
    assert_eq!(problem("\"site\"", "\"某局\"").0, 1);
    assert_eq!(problem("第八条", "article 8").0, 6);
}

#[test]
fn time_zones_are_known_names() {
    let (line, message) = problem("Asia/Shanghai", "Asia/Shangai");
    assert_eq!((line, message.contains("such as Asia/Shanghai")), (4, true), "{message}");
    assert_eq!(problem("Asia/Shanghai", "+08:00").0, 4);
}

#[test]
fn checks_are_known_names() {
    assert_eq!(
        problem("deposit-deadline", "deposit-dedline"),
        (8, "unknown check \"deposit-dedline\"; did you mean deposit-deadline?".into())
    );
    assert_eq!(
        problem("deposit-deadline", "weather"),
        (8, "unknown check \"weather\"; docs/policies.md lists them".into())
    );
}

#[test]
fn parameters_are_checked_against_the_declaration() {
    assert_eq!(param_problem("hours = \"24h\""), (1, "hours must be a number of hours, not \"24h\"".into()));
    assert_eq!(
        param_problem("same_day = true\n\nhours_s = 24"),
        (3, "deposit-deadline has no parameter \"hours_s\"; did you mean hours, which takes a number of hours?".into())
    );
    assert_eq!(
        param_problem("hours = 0"),
        (1, "hours must be a number of hours, a number from 1 to 720, not 0".into())
    );
    assert_eq!(param_problem("hours = nan").0, 1);
    assert_eq!(param_problem("hours = 1e999").0, 1);
    assert_eq!(param_problem("hours = 99999999999999999999").0, 1);
    assert_eq!(
        param_problem("working_days_special = 2.5"),
        (
            1,
            "working_days_special must be a number of working days, a whole number from 0 to 30, not 2.5"
                .into()
        )
    );
    assert_eq!(param_problem("same_day = 1"), (1, "same_day must be true or false, not 1".into()));
    assert_eq!(
        param_problem("counted_from = \"home\""),
        (
            1,
            "counted_from must be one of \"return\", \"recording-end\", \"activity-end\", not \"home\""
                .into()
        )
    );
    assert_eq!(
        param_problem("colour = 1"),
        (
            1,
            "deposit-deadline has no parameter \"colour\"; \
             it has hours, counted_from, same_day, exceptions, working_days_special"
                .into()
        )
    );
    assert_eq!(
        problem("deposit-deadline\"\n", "original-integrity\"\nparams.x = 1\n").1,
        "original-integrity has no parameter \"x\"; it has none"
    );
    assert_eq!(problem("deposit-deadline\"\n", "deposit-deadline\"\nparams = 1\n").0, 9);
}

#[test]
fn a_mistaken_unit_names_the_right_one() {
    let (_, message) = problem("deposit-deadline\"\n", "late-recording\"\nparams.tolerance_min = 3\n");
    assert_eq!(
        message,
        "late-recording has no parameter \"tolerance_min\"; did you mean tolerance_s, which takes a number of seconds?"
    );
    let (_, message) = problem("deposit-deadline\"\n", "late-recording\"\nparams.tolerance_s = \"3min\"\n");
    assert_eq!(message, "tolerance_s must be a number of seconds, not \"3min\"");
}

#[test]
fn parameters_without_default_must_be_set() {
    assert_eq!(
        problem("deposit-deadline", "retention"),
        (5, "retention needs the parameter months: a number of months".into())
    );
    assert_eq!(
        problem("deposit-deadline\"\n", "storage-target\"\nparams.targets = []\n"),
        (9, "targets must not be empty".into())
    );
}

#[test]
fn phrases_are_checked() {
    assert_eq!(phrases_problem("[]"), "parts must not be empty");
    assert_eq!(
        phrases_problem("\"您好\""),
        "parts must be a list of phrases { name, any, required }, not \"您好\""
    );
    assert_eq!(
        phrases_problem("[\"您好\"]"),
        "each of parts must be { name = \"…\", any = [\"…\"] }, not \"您好\""
    );
    assert_eq!(phrases_problem("[{ name = \"问候\" }]"), "any is missing: the wordings that count");
    assert_eq!(phrases_problem("[{ name = \"问候\", any = [] }]"), "any must not be empty");
    assert_eq!(
        phrases_problem("[{ name = \"问候\", any = \"您好\" }]"),
        "any must be a list of texts, not \"您好\""
    );
    assert_eq!(phrases_problem("[{ name = \"问候\", any = [1] }]"), "any must be a text in quotes, not 1");
    assert_eq!(
        phrases_problem("[{ name = \"问候\", any = [\"您好\"], requierd = true }]"),
        "a phrase has no key \"requierd\"; did you mean required?"
    );
    assert_eq!(
        phrases_problem("[{ name = \"问候\", any = [\"您好\"], required = \"no\" }]"),
        "required must be true or false, not \"no\""
    );
    assert_eq!(
        phrases_problem("[{ name = \"姓名\", any = [\"×××、××\"] }]"),
        "\"×××、××\" has no words of its own: anything would count"
    );
    assert_eq!(
        phrases_problem("[{ name = \"a\", any = [\"您好\"] }, { name = \"a\", any = [\"你好\"] }]"),
        "parts has two entries called \"a\""
    );
}

#[test]
fn all_problems_are_told_at_once_in_the_order_of_lines() {
    let text = SOUND
        .replace("title = \"某局制度\"", "titel = \"某局制度\"")
        .replace("Asia/Shanghai", "Mars")
        .replace("deposit-deadline", "retention");
    let lines: Vec<_> = problems(&text).iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [1, 2, 4, 5]);
}

#[test]
fn broken_toml_is_told_with_its_line_and_hides_nothing_else() {
    let text = SOUND.replace("source = \"某局\"", "source = \"某局").replace("Asia/Shanghai", "Mars");
    let problems = problems(&text);
    assert_eq!((problems[0].0, problems[0].1.starts_with("not valid TOML")), (3, true), "{problems:#?}");
    assert!(problems.iter().any(|(line, _)| *line == 4), "{problems:#?}");
    assert!(!problems.iter().any(|(_, message)| message.contains("is missing")), "{problems:#?}");
}

#[test]
fn a_clause_stands_once() {
    let clause = &SOUND[SOUND.find("[[clause]]").unwrap()..];
    let spaced = clause.replace("24小时", "24 小时");
    assert_eq!(
        problems(&format!("{SOUND}{spaced}")),
        [(9, "the same clause as on line 5: article, text and check are equal".into())]
    );
    let other = clause.replace("deposit-deadline", "deposit-witness");
    assert_eq!(problems(&format!("{SOUND}{other}")), []);
}

#[test]
fn a_policy_needs_clauses() {
    let head = &SOUND[..SOUND.find("[[clause]]").unwrap()];
    assert_eq!(problems(head), [(1, "no clauses: at least one [[clause]] is needed".into())]);
    assert_eq!(problems(&format!("{head}clause = []\n"))[0], (5, "no clauses".into()));
    assert_eq!(problems(&format!("{head}clause = 1\n"))[0].0, 5);
    assert_eq!(problems(&format!("{head}clause = [1]\n"))[0].0, 5);
}

#[test]
fn the_text_must_stand_in_the_regulation() {
    let of = |id: &str, article: &str, text: &str| {
        let policy = SOUND
            .replace("id = \"site\"", id)
            .replace("第八条", article)
            .replace("返回单位后24小时内存储。", text);
        problems(&policy)
    };
    let own = "id = \"jiangyuan-culture-tourism\"";
    let named = "id = \"site\"\nregulation = \"jiangyuan-culture-tourism\"";
    assert_eq!(of(own, "第十四条", "执法全过程音视频记录最少保存1年，"), []);
    assert_eq!(of(named, "第十四条", "执法全过程音视频记录最少保存 1 年，"), []);
    assert_eq!(of(named, "第十四条", "执法全过程音视频记录最少保存2年，"), [(
        8,
        "this text is not in the regulation: after “全过程音视频记录最少保存” it reads “1年，作为证据使用的记录”"
            .into()
    )]);
    assert_eq!(
        of(own, "第十三条", "执法全过程音视频记录最少保存1年，"),
        [(7, "this text does not stand in 第十三条 but in 第十四条".into())]
    );
    assert_eq!(of(own, "第二十二条", "任何人不得对原始")[0], (6, "the regulation has no 第二十二条".into()));
    assert_eq!(of(own, "第一条", "☃"), [(7, "this text is not in the regulation".into())]);
}

#[test]
fn a_site_may_bring_its_own_regulation() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("site.toml");
    let policy = SOUND.replacen("time_zone", "regulation = \"site.txt\"\ntime_zone", 1);
    std::fs::write(&path, &policy).unwrap();
    let missing = lint_file(&path).unwrap();
    assert_eq!((missing.len(), missing[0].line), (1, 4));
    assert!(missing[0].message.en.starts_with("the regulation cannot be used: "), "{missing:?}");

    std::fs::write(folder.path().join("site.txt"), "第八条 返回单位后\n24 小时内存储。").unwrap();
    assert_eq!(lint_file(&path).unwrap(), []);
    let loaded = load(path.to_str().unwrap()).unwrap();
    assert_eq!(loaded.id, "site");
    assert_eq!(loaded.sha256, sha256(policy.as_bytes()));
}

#[test]
fn files_that_are_no_policies_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        load(path.to_str().unwrap()).unwrap_err()
    };
    assert!(matches!(file("gb.toml", b"id = 1\ntitle = \"\xbe\xd6\""), PolicyError::NotUtf8 { line: 2, .. }));
    assert!(matches!(file("big.toml", &vec![b'#'; 2 << 20]), PolicyError::TooLarge { .. }));
    assert!(matches!(file("empty.toml", b""), PolicyError::Faulty { .. }));
    assert!(matches!(load(folder.path().to_str().unwrap()), Err(PolicyError::Unreadable { .. })));
    assert!(matches!(load("nowhere/at-all.toml"), Err(PolicyError::Unreadable { .. })));
    let unknown = load("gulou-emergancy").unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "no policy or file called 'gulou-emergancy'; did you mean gulou-emergency? pingcha policy list shows them"
    );
    let marked = folder.path().join("marked.toml");
    std::fs::write(&marked, format!("\u{feff}{SOUND}")).unwrap();
    assert!(load(marked.to_str().unwrap()).is_ok(), "a byte order mark is no fault");
}

#[test]
fn a_faulty_policy_is_not_loaded_and_names_every_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("site.toml");
    std::fs::write(&path, SOUND.replace("Asia/Shanghai", "Mars").replace("第八条", "8")).unwrap();
    let error = load(path.to_str().unwrap()).unwrap_err();
    let shown = error.to_string();
    assert!(shown.contains("site.toml:4: error: unknown time zone"), "{shown}");
    assert!(shown.contains("site.toml:6: error: \"8\" names no article"), "{shown}");
    assert!(error.prose().zh.contains("site.toml:4: 错误: 没有时区"), "{}", error.prose().zh);
}

proptest! {
    #[test]
    fn linting_never_panics(text in "\\PC*") {
        lint(Path::new("x.toml"), &text);
    }

    #[test]
    fn linting_a_damaged_policy_never_panics(
        which in 0..5usize,
        cut in any::<prop::sample::Index>(),
        length in 0..40usize,
        junk in "[\\[\\]{}=\"'#.,\\\\\n×a-z0-9_ -]{0,12}",
    ) {
        let toml = embedded()[which].toml;
        let characters: Vec<char> = toml.chars().collect();
        let from = cut.index(characters.len());
        let to = (from + length).min(characters.len());
        let text: String =
            characters[..from].iter().copied().chain(junk.chars()).chain(characters[to..].iter().copied()).collect();
        for problem in lint(Path::new("x.toml"), &text) {
            prop_assert!(problem.line >= 1 && problem.line <= text.lines().count() + 1);
        }
    }

    #[test]
    fn locating_never_panics(whole in "\\PC{0,60}", article in "第?[一二十]{0,2}条?", text in "\\PC{0,20}") {
        Regulation::new(&whole).locate(&article, &text);
    }
}
