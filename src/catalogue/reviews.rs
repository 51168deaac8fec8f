//! What people decided about findings. A verdict of the program stays as it is; the decision stands beside it.

use std::collections::BTreeMap;

use serde::Deserialize;
use sqlx::{Connection, Row};

use super::{Catalogue, CatalogueError, log};
use crate::checks::Verdict;

/// A decision to be kept.
#[derive(Debug, Clone, Copy)]
pub struct NewReview<'a> {
    /// Of the clip's content.
    pub sha256: &'a str,
    /// The policy's id.
    pub policy: &'a str,
    pub about: &'a Reviewed,
    pub verdict: Verdict,
    /// Who decided.
    pub reviewer: &'a str,
    pub note: &'a str,
}

/// The finding as it was when it was decided about: where it says something else now, nobody has decided about that. So
/// much can be read of a report's findings without the rest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Reviewed {
    pub check: String,
    pub article: String,
    pub verdict: Verdict,
    pub summary: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub verdict: Verdict,
    /// Who decided.
    pub reviewer: String,
    pub note: String,
    /// When, in UTC.
    pub at: String,
}

/// A clip's findings that were decided about, with the last decision about each.
pub type Decisions = BTreeMap<Reviewed, Decision>;

impl Catalogue {
    /// The content of the clip that was found at a path or has this digest, where the catalogue knows one.
    pub fn clip_at(&mut self, path_or_sha256: &str) -> Result<Option<String>, CatalogueError> {
        self.run(async |connection| {
            let query = sqlx::query(
                "SELECT sha256 FROM file WHERE path = $1 UNION SELECT sha256 FROM clip WHERE sha256 = $1",
            );
            let row = query.bind(path_or_sha256).fetch_optional(connection).await?;
            row.map(|row| row.try_get(0)).transpose()
        })
    }

    /// Keeps decisions as made now, and notes each in the log, all at once or none. Fails where a clip is not known.
    pub fn add_reviews(&mut self, reviews: &[NewReview]) -> Result<(), CatalogueError> {
        let is_file = self.home.is_file();
        self.run(async |connection| {
            let mut step = connection.begin().await?;
            for &NewReview { sha256, policy, about, verdict, reviewer, note } in reviews {
                let (found, decided) = (about.verdict.id(), verdict.id());
                let detail =
                    [sha256, policy, &about.article, &about.check, found, decided, reviewer, note];
                let at = log::append(&mut step, is_file, "review", &detail.join("\t")).await?;
                let insert = sqlx::query(
                    "INSERT INTO review \
                     (n, at, sha256, policy, check_id, article, found, summary, verdict, reviewer, note) \
                     VALUES ((SELECT COALESCE(MAX(n), 0) + 1 FROM review), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                );
                let Reviewed { check, article, summary, .. } = about;
                let texts =
                    [&at, sha256, policy, check, article, found, summary, decided, reviewer, note];
                texts.into_iter().fold(insert, |insert, text| insert.bind(text)).execute(&mut *step).await?;
            }
            step.commit().await
        })
    }

    /// What was decided about findings by a policy, clip by clip.
    pub fn decisions(&mut self, policy: &str) -> Result<BTreeMap<String, Decisions>, CatalogueError> {
        let rows = self.run(async |connection| {
            let query = sqlx::query(
                "SELECT sha256, check_id, article, found, summary, verdict, reviewer, note, at FROM review \
                 WHERE policy = $1 ORDER BY n",
            );
            let rows = query.bind(policy).fetch_all(connection).await?;
            rows.iter().map(columns).collect::<Result<Vec<_>, _>>()
        })?;
        let mut decisions: BTreeMap<String, Decisions> = BTreeMap::new();
        for [sha256, check, article, found, summary, verdict, reviewer, note, at] in rows {
            // Another version of the program may know verdicts that this one does not.
            let Some((found, verdict)) = Verdict::of_id(&found).zip(Verdict::of_id(&verdict)) else {
                continue;
            };
            let about = Reviewed { check, article, verdict: found, summary };
            let decision = Decision { verdict, reviewer, note, at };
            decisions.entry(sha256).or_default().insert(about, decision);
        }
        Ok(decisions)
    }
}

fn columns<const N: usize>(row: &sqlx::any::AnyRow) -> Result<[String; N], sqlx::Error> {
    let mut columns = [const { String::new() }; N];
    for (n, column) in columns.iter_mut().enumerate() {
        *column = row.try_get(n)?;
    }
    Ok(columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::KnownFile;
    use crate::evidence::{AbsenceReason, ClipFacts, Evidence};

    #[test]
    fn the_last_decision_about_a_finding_counts_and_each_is_in_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("year.db");
        let mut catalogue = Catalogue::open(path.to_str().unwrap()).unwrap();
        let evidence = Evidence::blank(ClipFacts::default(), AbsenceReason::NotAsked);
        let file = KnownFile { stamp: "1-1-1".to_owned(), sha256: "aa".to_owned() };
        catalogue.add_evidence("/f/a.mp4", &file, "q", &evidence).unwrap();
        assert_eq!(catalogue.clip_at("/f/a.mp4").unwrap().as_deref(), Some("aa"));
        assert_eq!(catalogue.clip_at("aa").unwrap().as_deref(), Some("aa"));
        assert_eq!(catalogue.clip_at("/f/b.mp4").unwrap(), None);

        let about = |summary: &str| Reviewed {
            check: "continuity".to_owned(),
            article: "第九条".to_owned(),
            verdict: Verdict::Review,
            summary: summary.to_owned(),
        };
        let (one, other) = (about("疑似中断"), about("其他"));
        let of_clip = |sha256, about, verdict| NewReview {
            sha256,
            policy: "p",
            about,
            verdict,
            reviewer: "张三",
            note: "看过原件",
        };
        let review = |about, verdict| of_clip("aa", about, verdict);
        catalogue.add_reviews(&[review(&one, Verdict::Fail)]).unwrap();
        catalogue.add_reviews(&[review(&one, Verdict::Pass), review(&other, Verdict::Fail)]).unwrap();
        let decisions = catalogue.decisions("p").unwrap();
        assert_eq!(decisions["aa"].len(), 2);
        let last = &decisions["aa"][&one];
        assert_eq!((last.verdict, last.reviewer.as_str()), (Verdict::Pass, "张三"));
        assert!(last.at.parse::<jiff::Timestamp>().is_ok());
        assert!(catalogue.decisions("other").unwrap().is_empty());
        let log = catalogue.log_entries().unwrap();
        assert_eq!(log.iter().filter(|entry| entry.what == "review").count(), 3);
        assert_eq!(catalogue.first_broken_entry().unwrap(), None);
        // Nothing is decided about a clip that is not there, and nothing is noted of it.
        assert!(catalogue.add_reviews(&[of_clip("bb", &one, Verdict::Pass)]).is_err());
        assert_eq!(catalogue.log_entries().unwrap().len(), log.len());
    }
}
