//! What was done with the catalogue. Each entry holds the digest of itself and the one before, so that one
//! that was changed or taken out later shows.

use jiff::Timestamp;
use sqlx::{AnyConnection, Connection, Executor, Row};

use super::{Catalogue, CatalogueError, LOG_LOCK, key};

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    pub n: i64,
    /// When, in UTC.
    pub at: String,
    pub what: String,
    pub detail: String,
    pub sha256: String,
}

impl LogEntry {
    fn digest(&self, before: &str) -> String {
        key(&[before, &self.n.to_string(), &self.at, &self.what, &self.detail])
    }
}

/// Adds an entry behind all others, as a step of a transaction. Returns when, in UTC.
pub(super) async fn append(
    step: &mut AnyConnection,
    is_file: bool,
    what: &str,
    detail: &str,
) -> Result<String, sqlx::Error> {
    let at = Timestamp::now().to_string();
    // Whoever comes second must see what the first wrote.
    match is_file {
        true => step.execute("UPDATE pingcha_schema SET version = version").await?,
        false => step.execute(LOG_LOCK).await?,
    };
    let last = step.fetch_optional("SELECT n, sha256 FROM log ORDER BY n DESC LIMIT 1").await?;
    let (n, before) = match &last {
        Some(row) => (row.try_get::<i64, _>(0)? + 1, row.try_get::<String, _>(1)?),
        None => (1, String::new()),
    };
    let mut entry =
        LogEntry { n, at, what: what.to_owned(), detail: detail.to_owned(), sha256: String::new() };
    entry.sha256 = entry.digest(&before);
    let insert = sqlx::query("INSERT INTO log (n, at, what, detail, sha256) VALUES ($1, $2, $3, $4, $5)");
    let insert = insert.bind(n).bind(&entry.at).bind(what).bind(detail).bind(&entry.sha256);
    insert.execute(step).await?;
    Ok(entry.at)
}

impl Catalogue {
    /// Adds an entry behind all others.
    pub fn log(&mut self, what: &str, detail: &str) -> Result<(), CatalogueError> {
        let is_file = self.home.is_file();
        self.run(async |connection| {
            let mut step = connection.begin().await?;
            append(&mut step, is_file, what, detail).await?;
            step.commit().await
        })
    }

    pub fn log_entries(&mut self) -> Result<Vec<LogEntry>, CatalogueError> {
        self.run(async |connection| {
            let rows = connection.fetch_all("SELECT n, at, what, detail, sha256 FROM log ORDER BY n").await?;
            let entry = |row: &sqlx::any::AnyRow| {
                Ok(LogEntry {
                    n: row.try_get(0)?,
                    at: row.try_get(1)?,
                    what: row.try_get(2)?,
                    detail: row.try_get(3)?,
                    sha256: row.try_get(4)?,
                })
            };
            rows.iter().map(entry).collect()
        })
    }

    /// Number of the first entry that is not as it was written, if any.
    pub fn first_broken_entry(&mut self) -> Result<Option<i64>, CatalogueError> {
        let entries = self.log_entries()?;
        let before = std::iter::once("").chain(entries.iter().map(|entry| entry.sha256.as_str()));
        let broken = (1..)
            .zip(&entries)
            .zip(before)
            .find(|((n, entry), before)| entry.n != *n || entry.digest(before) != entry.sha256);
        Ok(broken.map(|((n, _), _)| n))
    }
}
