//! The policies that are shipped, held against the regulations' texts.

use super::*;

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
            ("zhanhe-education-sports", 24),
            ("baofeng-human-resources", 24),
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
        ("non-recording-justification", "A12 A12 B12 B12 C7 C11 D5"),
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
