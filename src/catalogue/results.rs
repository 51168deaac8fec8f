//! What was made of clips: one result for each key, ever, and which of them count at present.

use std::collections::BTreeMap;

use sqlx::{Connection, Row};

use super::{Catalogue, CatalogueError, numbering};
use crate::report::Report;

/// A clip's present result by a policy, without its report.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultRow {
    pub key: String,
    pub sha256: String,
    /// `compliant`, `violation`, `review` or `unreadable`.
    pub verdict: String,
}

/// Reports that are held at once.
const PAGE: usize = 500;

/// A result to be kept.
#[derive(Debug, Clone, Copy)]
pub struct NewResult<'a> {
    pub key: &'a str,
    pub sha256: &'a str,
    pub report: &'a Report,
}

/// One finding of a present result.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingRow {
    pub sha256: String,
    pub check: String,
    pub article: String,
    pub verdict: String,
    pub confidence: f64,
    pub summary: String,
}

/// A clip with its present report, as it is kept: to be read by [`serde_json`], several side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct PresentReport {
    pub sha256: String,
    /// Where the clip was found last.
    pub path: String,
    pub json: String,
}

impl Catalogue {
    /// The present reports by a policy of the next clips behind the digest `after`, in the order of their
    /// digests, a page at a time.
    pub fn present_after(&mut self, after: &str, policy: &str) -> Result<Vec<PresentReport>, CatalogueError> {
        let text = format!(
            "SELECT current.sha256, (SELECT file.path FROM file WHERE file.sha256 = current.sha256 \
                 ORDER BY file.n DESC LIMIT 1), result.json \
             FROM current JOIN result ON result.key = current.key \
             WHERE current.sha256 > $1 AND current.policy = $2 ORDER BY current.sha256 LIMIT {PAGE}"
        );
        self.run(async |connection| {
            let rows = sqlx::query(&text).bind(after).bind(policy).fetch_all(connection).await?;
            let row = |row: &sqlx::any::AnyRow| {
                let path: Option<String> = row.try_get(1)?;
                let path = path.unwrap_or_default();
                Ok(PresentReport { sha256: row.try_get(0)?, path, json: row.try_get(2)? })
            };
            rows.iter().map(row).collect()
        })
    }

    /// Names of the clips that have no result by a policy, in their order.
    pub fn without_result(&mut self, policy: &str) -> Result<Vec<String>, CatalogueError> {
        self.run(async |connection| {
            let query = sqlx::query(
                "SELECT clip.name FROM clip WHERE NOT EXISTS (SELECT 1 FROM current \
                 WHERE current.sha256 = clip.sha256 AND current.policy = $1) ORDER BY clip.name, clip.sha256",
            );
            let rows = query.bind(policy).fetch_all(connection).await?;
            rows.iter().map(|row| row.try_get(0)).collect()
        })
    }

    /// The present result of a clip by a policy.
    pub fn present(&mut self, sha256: &str, policy: &str) -> Result<Option<ResultRow>, CatalogueError> {
        Ok(self.present_within(sha256, sha256, policy)?.pop())
    }

    /// The present results by a policy of the clips from one digest to another, both included, in the digests' order.
    pub fn present_within(
        &mut self,
        first: &str,
        last: &str,
        policy: &str,
    ) -> Result<Vec<ResultRow>, CatalogueError> {
        self.run(async |connection| {
            let query = sqlx::query(
                "SELECT result.key, result.sha256, result.verdict FROM current \
                 JOIN result ON result.key = current.key \
                 WHERE current.sha256 >= $1 AND current.sha256 <= $2 AND current.policy = $3 \
                 ORDER BY current.sha256",
            );
            let rows = query.bind(first).bind(last).bind(policy).fetch_all(connection).await?;
            rows.iter().map(result_row).collect()
        })
    }

    /// The findings of all present results by a policy, clip by clip in their clauses' order.
    pub fn findings(&mut self, policy: &str) -> Result<Vec<FindingRow>, CatalogueError> {
        self.run(async |connection| {
            let query = sqlx::query(
                "SELECT current.sha256, finding.check_id, finding.article, finding.verdict, finding.confidence, \
                 finding.summary FROM current JOIN finding ON finding.key = current.key \
                 WHERE current.policy = $1 ORDER BY current.sha256, finding.n",
            );
            let rows = query.bind(policy).fetch_all(connection).await?;
            let row = |row: &sqlx::any::AnyRow| {
                Ok(FindingRow {
                    sha256: row.try_get(0)?,
                    check: row.try_get(1)?,
                    article: row.try_get(2)?,
                    verdict: row.try_get(3)?,
                    confidence: row.try_get(4)?,
                    summary: row.try_get(5)?,
                })
            };
            rows.iter().map(row).collect()
        })
    }

    /// The reports of some keys, as they are kept: to be read by [`serde_json`].
    pub fn reports(&mut self, keys: &[&str]) -> Result<BTreeMap<String, String>, CatalogueError> {
        if keys.is_empty() {
            return Ok(BTreeMap::new());
        }
        let places: Vec<String> = (1..=keys.len()).map(|n| format!("${n}")).collect();
        let text = format!("SELECT key, json FROM result WHERE key IN ({})", places.join(", "));
        self.run(async |connection| {
            let query = keys.iter().fold(sqlx::query(&text), |query, key| query.bind(*key));
            let rows = query.fetch_all(connection).await?;
            rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
        })
    }

    /// Keeps results, and makes them the present ones, all at once or none. Where a key has its result
    /// already, that one stays.
    pub fn add_results(&mut self, results: &[NewResult]) -> Result<(), CatalogueError> {
        let json = |new: &NewResult| serde_json::to_string(new.report);
        let written: Result<Vec<String>, _> = results.iter().map(json).collect();
        let written = written.map_err(self.unreadable("report"))?;
        let is_file = self.home.is_file();
        self.run(async |connection| {
            let mut step = connection.begin().await?;
            numbering(&mut step, is_file).await?;
            for (NewResult { key, sha256, report }, json) in results.iter().zip(&written) {
                let insert = sqlx::query(
                    "INSERT INTO result (n, key, sha256, policy, verdict, json) \
                     VALUES ((SELECT COALESCE(MAX(n), 0) + 1 FROM result), $1, $2, $3, $4, $5) \
                     ON CONFLICT (key) DO NOTHING",
                );
                let insert = insert
                    .bind(*key)
                    .bind(*sha256)
                    .bind(&report.policy.id)
                    .bind(report.verdict.id())
                    .bind(json);
                let is_new = insert.execute(&mut *step).await?.rows_affected() > 0;
                if is_new && !report.findings.is_empty() {
                    // One statement for all: a statement each takes longer than judging does.
                    let text = insert_findings(report.findings.len());
                    let insert =
                        (0i64..).zip(&report.findings).fold(sqlx::query(&text), |insert, (n, finding)| {
                            insert
                                .bind(*key)
                                .bind(n)
                                .bind(&finding.check)
                                .bind(&finding.article)
                                .bind(finding.verdict.id())
                                .bind(finding.confidence)
                                .bind(&finding.summary)
                        });
                    insert.execute(&mut *step).await?;
                }
                let point = sqlx::query(
                    "INSERT INTO current (sha256, policy, key) VALUES ($1, $2, $3) \
                     ON CONFLICT (sha256, policy) DO UPDATE SET key = excluded.key",
                );
                point.bind(*sha256).bind(&report.policy.id).bind(*key).execute(&mut *step).await?;
            }
            step.commit().await
        })
    }
}

fn insert_findings(count: usize) -> String {
    const COLUMNS: usize = 7;
    let row = |n: usize| {
        let places: Vec<String> = (1..=COLUMNS).map(|column| format!("${}", n * COLUMNS + column)).collect();
        format!("({})", places.join(", "))
    };
    let rows: Vec<String> = (0..count).map(row).collect();
    format!(
        "INSERT INTO finding (key, n, check_id, article, verdict, confidence, summary) VALUES {}",
        rows.join(", ")
    )
}

fn result_row(row: &sqlx::any::AnyRow) -> Result<ResultRow, sqlx::Error> {
    Ok(ResultRow { key: row.try_get(0)?, sha256: row.try_get(1)?, verdict: row.try_get(2)? })
}
