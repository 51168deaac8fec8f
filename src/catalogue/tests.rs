//! On SQLite files.

use super::*;
use crate::evidence::{AbsenceReason, ClipFacts, Evidence};
use crate::report::Report;

fn evidence(name: &str, sha256: &str) -> Evidence {
    let clip = ClipFacts {
        name: name.to_owned(),
        bytes: 1000,
        duration_s: 12.5,
        sha256: Some(sha256.to_owned()),
        ..ClipFacts::default()
    };
    Evidence::blank(clip, AbsenceReason::NotAsked)
}

fn report(policy: &str, verdict: &str) -> Report {
    serde_json::from_value(serde_json::json!({
        "schema": "pingcha.report/1",
        "tool": {"name": "pingcha", "version": "0"},
        "lang": "zh",
        "clip": {"name": "a.mp4", "bytes": 1000, "sha256": "aa", "sm3": null, "duration_s": 12.5,
                 "container": "mp4", "video": null, "audio": null},
        "policy": {"id": policy, "title": "…", "sha256": "00"},
        "models": [],
        "scope": ["footage"],
        "verdict": verdict,
        "findings": [{"check": "continuity", "title": "…", "article": "第九条", "clause": "…", "verdict": "fail",
                      "confidence": 0.9, "summary": "…", "spans": [], "quotes": [], "measures": {},
                      "thresholds": {}, "stills": [], "method": "…"}],
        "observations": {"speech": [], "listened": [], "voice": [], "clock": null, "discontinuities": []},
        "limits": []
    }))
    .unwrap()
}

fn file(sha256: &str) -> KnownFile {
    KnownFile { stamp: "1000-1-2".to_owned(), sha256: sha256.to_owned() }
}

fn result<'a>(key: &'a str, sha256: &'a str, report: &'a Report) -> NewResult<'a> {
    NewResult { key, sha256, report }
}

fn opened(folder: &tempfile::TempDir) -> Catalogue {
    Catalogue::open(folder.path().join("年.db").to_str().unwrap()).unwrap()
}

#[test]
fn what_was_kept_is_there_after_it_was_closed() {
    let folder = tempfile::tempdir().unwrap();
    let mut catalogue = opened(&folder);
    catalogue.add_evidence("/f/a.mp4", &file("aa"), "q1", &evidence("a.mp4", "aa")).unwrap();
    catalogue.add_results(&[result("k1", "aa", &report("p", "violation"))]).unwrap();
    drop(catalogue);

    let mut catalogue = opened(&folder);
    assert_eq!(catalogue.known_file("/f/a.mp4").unwrap(), Some(file("aa")));
    assert!(catalogue.has_evidence("aa", "q1").unwrap() && !catalogue.has_evidence("aa", "q2").unwrap());
    assert!(catalogue.has_clip_of(1000).unwrap() && !catalogue.has_clip_of(1001).unwrap());
    let page = catalogue.evidence_after("", None).unwrap();
    assert_eq!(page.len(), 1);
    let kept: Evidence = serde_json::from_str(&page[0].json).unwrap();
    assert_eq!(kept, evidence("a.mp4", "aa"));
    assert_eq!(catalogue.evidence_after("aa", None).unwrap(), []);
    let present = catalogue.present("aa", "p").unwrap().unwrap();
    assert_eq!((present.key.as_str(), present.verdict.as_str()), ("k1", "violation"));
    let kept = catalogue.reports(&["k1", "k2"]).unwrap();
    let kept: Vec<Report> = kept.values().map(|json| serde_json::from_str(json).unwrap()).collect();
    assert_eq!(kept, [report("p", "violation")]);
    let findings = catalogue.findings("p").unwrap();
    assert_eq!((findings.len(), findings[0].check.as_str()), (1, "continuity"));
}

/// As the first version made it: what later migrations change must find it so.
#[test]
fn a_catalogue_of_the_first_version_is_brought_up_and_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("year.db");
    sqlx::any::install_default_drivers();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut connection =
            AnyConnection::connect(&format!("sqlite://{}?mode=rwc", path.display())).await.unwrap();
        let version = "CREATE TABLE pingcha_schema (version BIGINT NOT NULL)".to_owned();
        for statement in [version].into_iter().chain(statements(MIGRATIONS[0])) {
            connection.execute(statement.as_str()).await.unwrap();
        }
        for statement in [
            "INSERT INTO pingcha_schema (version) VALUES (1)",
            "INSERT INTO clip (sha256, sm3, bytes, name, duration_s) VALUES ('aa', '', 1, 'a.mp4', 1.0)",
            "INSERT INTO file (n, path, root, stamp, sha256) VALUES (1, '/f/a.mp4', '/f', 's', 'aa')",
        ] {
            connection.execute(statement).await.unwrap();
        }
        connection.close().await.unwrap();
    });
    let mut catalogue = Catalogue::open(path.to_str().unwrap()).unwrap();
    assert_eq!(catalogue.known_file("/f/a.mp4").unwrap().unwrap().sha256, "aa");
    catalogue.add_evidence("/f/b.mp4", &file("bb"), "q1", &evidence("b.mp4", "bb")).unwrap();
    assert_eq!(catalogue.known_file("/f/b.mp4").unwrap().unwrap().sha256, "bb");
}

#[test]
fn one_key_has_one_result_ever_and_the_newest_key_is_present() {
    let folder = tempfile::tempdir().unwrap();
    let mut catalogue = opened(&folder);
    catalogue.add_evidence("/f/a.mp4", &file("aa"), "q1", &evidence("a.mp4", "aa")).unwrap();
    catalogue.add_results(&[result("k1", "aa", &report("p", "violation"))]).unwrap();
    catalogue.add_results(&[result("k1", "aa", &report("p", "review"))]).unwrap();
    assert_eq!(catalogue.present("aa", "p").unwrap().unwrap().verdict, "violation");
    catalogue.add_results(&[result("k2", "aa", &report("p", "review"))]).unwrap();
    assert_eq!(catalogue.present("aa", "p").unwrap().unwrap().key, "k2");
    assert_eq!(catalogue.findings("p").unwrap().len(), 1);
    assert_eq!(catalogue.present("aa", "other").unwrap(), None);
}

#[test]
fn a_copy_comes_once_with_all_its_places_and_newer_evidence_takes_the_place_of_older() {
    let folder = tempfile::tempdir().unwrap();
    let mut catalogue = opened(&folder);
    for path in ["/f/b.mp4", "/f/a.mp4", "/f/c.mp4"] {
        catalogue.add_evidence(path, &file("aa"), "q1", &evidence("b.mp4", "aa")).unwrap();
    }
    catalogue.add_evidence("/f/a.mp4", &file("aa"), "q2", &evidence("a.mp4", "aa")).unwrap();
    let page = catalogue.evidence_after("", None).unwrap();
    assert_eq!(page.len(), 1);
    assert_eq!(
        (page[0].paths.join(" ").as_str(), page[0].observation.as_str()),
        ("/f/a.mp4 /f/c.mp4 /f/b.mp4", "q2")
    );
    let older = &catalogue.evidence_after("", Some("q1")).unwrap()[0];
    let kept: Evidence = serde_json::from_str(&older.json).unwrap();
    assert_eq!(kept.clip.name, "b.mp4");
}

#[test]
fn a_failed_step_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut catalogue = opened(&folder);
    // A result of a clip that is not there breaks the step with all that it held.
    assert!(catalogue.add_results(&[result("k1", "none", &report("p", "review"))]).is_err());
    assert_eq!(catalogue.reports(&["k1"]).unwrap().len(), 0);
    assert_eq!(catalogue.present("none", "p").unwrap(), None);
    assert_eq!(catalogue.findings("p").unwrap(), []);
}

#[test]
fn a_locked_catalogue_is_told_and_used_again_when_it_is_free() {
    let folder = tempfile::tempdir().unwrap();
    let (mut holder, mut other) = (opened(&folder), opened(&folder));
    holder.statement("BEGIN IMMEDIATE").unwrap();
    // As if a minute had passed.
    other.statement("PRAGMA busy_timeout = 50").unwrap();
    let refused = other.log("scan", "").unwrap_err();
    assert!(refused.to_string().contains("database is locked"), "{refused}");
    assert!(!refused.is_full() && !refused.is_away());
    holder.statement("ROLLBACK").unwrap();
    other.log("scan", "").unwrap();
    assert_eq!(other.log_entries().unwrap().len(), 1);
}

#[test]
fn the_log_shows_what_was_changed_later() {
    let folder = tempfile::tempdir().unwrap();
    let mut catalogue = opened(&folder);
    for n in 0..4 {
        catalogue.log("scan", &format!("{n} clips")).unwrap();
    }
    assert_eq!(catalogue.first_broken_entry().unwrap(), None);
    let change = async |connection: &mut AnyConnection| {
        connection.execute("UPDATE log SET detail = '7 clips' WHERE n = 2").await?;
        Ok(())
    };
    catalogue.run(change).unwrap();
    assert_eq!(catalogue.first_broken_entry().unwrap(), Some(2));
    let remove = async |connection: &mut AnyConnection| {
        connection.execute("DELETE FROM log WHERE n = 2").await?;
        Ok(())
    };
    catalogue.run(remove).unwrap();
    assert_eq!(catalogue.first_broken_entry().unwrap(), Some(2));
}

#[test]
fn what_is_no_catalogue_or_a_newer_one_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let address = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let refusal = |name: &str| Catalogue::open(&address(name)).map(drop).unwrap_err();

    std::fs::write(address("film.mp4"), "not a database, and long enough to be looked at closely".repeat(30))
        .unwrap();
    assert!(matches!(refusal("film.mp4"), CatalogueError::NotACatalogue { .. }), "{:?}", refusal("film.mp4"));

    opened(&folder);
    let mut catalogue = Catalogue::open(&address("newer.db")).unwrap();
    let newer = async |connection: &mut AnyConnection| {
        connection.execute("INSERT INTO pingcha_schema (version) VALUES (99)").await?;
        Ok(())
    };
    catalogue.run(newer).unwrap();
    drop(catalogue);
    assert!(matches!(refusal("newer.db"), CatalogueError::Newer { found: 99, .. }));

    assert!(matches!(
        Catalogue::open_existing(&address("none.db")).map(drop).unwrap_err(),
        CatalogueError::Home(HomeError::Missing(_))
    ));
    assert!(!folder.path().join("none.db").exists());
}

#[test]
fn parts_of_a_key_do_not_run_into_each_other() {
    assert_ne!(key(&["ab", "c"]), key(&["a", "bc"]));
    assert_ne!(key(&["a"]), key(&["a", ""]));
}
