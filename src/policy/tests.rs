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
fn every_embedded_policy_loads_and_lints_clean() {
    for embedded in embedded() {
        let path = Path::new("policies").join(embedded.id);
        assert_eq!(lint(&path, embedded.toml), [], "{}", embedded.id);
        let policy = load(embedded.id).unwrap();
        assert_eq!(policy.id, embedded.id);
        assert_eq!(policy.time_zone, "Asia/Shanghai");
    }
    assert!(load(DEFAULT_POLICY).is_ok());
}

#[test]
fn policies_have_all_their_clauses() {
    let counts: Vec<_> =
        embedded().iter().map(|embedded| (embedded.id, load(embedded.id).unwrap().clauses.len())).collect();
    assert_eq!(
        counts,
        [
            ("zhanhe-education-sports", 23),
            ("baofeng-human-resources", 23),
            ("jiangyuan-culture-tourism", 31),
            ("pingdingshan-ethnic-religious", 25),
            ("gulou-emergency", 24),
        ]
    );
}

#[test]
fn the_folder_and_the_embedded_policies_are_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    let ids: BTreeSet<String> = embedded().iter().map(|embedded| embedded.id.to_owned()).collect();
    assert_eq!(files, ids);
}

#[test]
fn every_clause_quotes_its_article_word_for_word() {
    for embedded in embedded() {
        let regulation = Regulation::new(embedded.regulation);
        let whole = regulation::without_white_space(embedded.regulation);
        for clause in load(embedded.id).unwrap().clauses {
            let text = regulation::without_white_space(&clause.text);
            assert!(whole.contains(&text), "{}: {}", embedded.id, clause.text);
            let article = article_of(&clause.article).unwrap();
            assert_eq!(regulation.locate(article, &clause.text), Place::InArticle, "{}", clause.article);
        }
    }
}

#[test]
fn misprints_of_the_regulations_are_kept() {
    let texts: String = load("gulou-emergency").unwrap().clauses.iter().map(|clause| &*clause.text).collect();
    assert!(texts.contains("以留路送达方式") && texts.contains("参与处路群体性事件"));
}

#[test]
fn every_check_is_used_by_a_policy() {
    let used: BTreeSet<&str> = embedded()
        .iter()
        .flat_map(|embedded| load(embedded.id).unwrap().clauses)
        .map(|clause| clause.check.id)
        .collect();
    let unused: Vec<_> = CHECKS.iter().map(|check| check.id).filter(|id| !used.contains(id)).collect();
    assert_eq!(unused, [] as [&str; 0]);
}

/// What each regulation demands, by check; capital letters as in A `zhanhe…`, B `baofeng…`,
/// C `jiangyuan…`, D `pingdingshan…`, E `gulou…`, numbers are articles, 0 is the annex.
#[test]
fn clauses_rest_on_the_articles_that_demand_them() {
    let demanded = [
        ("announcement", "A9 B9 C8 E12"),
        ("purpose-statement", "A8 B8 E7"),
        ("credential-display", "D7 E12"),
        ("rights-notice", "D7 E7"),
        ("location-statement", "A10 B10 C10 D7 E7 E12"),
        ("key-stages", "A6 B6 C10 D7 E7"),
        ("interruption-explanation", "C11 D8"),
        ("conduct", "A9 B9 E12"),
        ("picture-quality", "A11 B11"),
        ("sound-quality", "A11 B11 C2 C3 D2"),
        ("continuity", "C9 C11 D8 E12"),
        ("session-continuity", "A12 B12 C9 C11 D8 E12"),
        ("inserted-content", "C11 E12"),
        ("edit-traces", "A18 B18 C11 C18 D9 D13"),
        ("overlay-clock", "A7 B7 C5"),
        ("device-clock", "A7 B7 C5"),
        ("whole-process", "A8 B8 C9 D0 D0"),
        ("event-coverage", "A6 B6 C6 C11 D4 D8 E7 E12"),
        ("late-recording", "C11 D8 E12"),
        ("deposit-deadline", "A13 B13 C13 D10 E16"),
        ("deposit-witness", "A13 B13 C13 D9 D10 E16"),
        ("storage-target", "C12 E13 E16"),
        ("classification", "D9 E17"),
        ("archive-deadline", "E18"),
        ("retention", "A15 B15 C14 D11 E22"),
        ("long-term-preservation", "A16 B16 E21"),
        ("device-ledger", "A4 B4 D6"),
        ("non-recording-justification", "A12 B12 C7 C11 D5"),
        ("restricted-recording", "A14 B14 C7 C19 D5 D12 E8"),
        ("access-log", "C16 C17"),
        ("evidence-copy", "C15 E20"),
        ("original-integrity", "A18 B18 C18 D9"),
        ("companion-photos", "A11 B11"),
        ("annual-review", "A17 B17"),
    ];
    assert_eq!(demanded.map(|(check, _)| check).to_vec(), CHECKS.map(|check| check.id).to_vec());
    let policies: Vec<_> = "ABCDE".chars().zip(embedded().iter().map(|e| load(e.id).unwrap())).collect();
    for (check, articles) in demanded {
        let mut cited: Vec<(char, usize)> = policies
            .iter()
            .flat_map(|(letter, policy)| policy.clauses.iter().map(move |clause| (*letter, clause)))
            .filter(|(_, clause)| clause.check.id == check)
            .map(|(letter, clause)| (letter, article_number(&clause.article)))
            .collect();
        cited.sort_unstable();
        let cited: Vec<_> = cited.iter().map(|(letter, number)| format!("{letter}{number}")).collect();
        assert_eq!(cited.join(" "), articles, "{check}");
    }
}

/// `第十二条第（一）项` → 12; an annex → 0.
fn article_number(citation: &str) -> usize {
    const NUMERALS: [&str; 23] = [
        "附件2",
        "一",
        "二",
        "三",
        "四",
        "五",
        "六",
        "七",
        "八",
        "九",
        "十",
        "十一",
        "十二",
        "十三",
        "十四",
        "十五",
        "十六",
        "十七",
        "十八",
        "十九",
        "二十",
        "二十一",
        "二十二",
    ];
    let article = article_of(citation).unwrap();
    let numeral = article.trim_start_matches('第').trim_end_matches('条');
    NUMERALS.iter().position(|&known| known == numeral).unwrap()
}

#[test]
fn regulations_differ_in_their_figures() {
    let value = |id: &str, check: &str, param: &str| {
        let policy = load(id).unwrap();
        let clause = policy.clauses.iter().find(|clause| clause.check.id == check).unwrap();
        clause.params.iter().find(|(name, _)| *name == param).unwrap().1.clone()
    };
    for (id, months) in [
        ("zhanhe-education-sports", 6.0),
        ("baofeng-human-resources", 36.0),
        ("jiangyuan-culture-tourism", 12.0),
        ("gulou-emergency", 24.0),
    ] {
        assert_eq!(value(id, "retention", "months"), Value::Number(months), "{id}");
    }
    assert_eq!(value("jiangyuan-culture-tourism", "deposit-deadline", "same_day"), Value::Flag(true));
    assert_eq!(value("gulou-emergency", "deposit-deadline", "working_days_special"), Value::Number(3.0));
    assert_eq!(value("gulou-emergency", "archive-deadline", "working_days"), Value::Number(30.0));
    assert_eq!(value("baofeng-human-resources", "deposit-witness", "persons"), Value::Number(2.0));
    assert_eq!(value("jiangyuan-culture-tourism", "session-continuity", "max_gap_s"), Value::Number(0.04));
    let whole = value("jiangyuan-culture-tourism", "announcement", "parts");
    let Value::Phrases(parts) = whole else { panic!("{whole:?}") };
    assert_eq!(parts.len(), 6);
    assert!(parts.iter().all(|part| part.required));
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
             it has hours, counted_from, same_day, working_days_special"
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
