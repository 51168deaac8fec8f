//! The catalogue: what was observed of each clip and what was made of it, so that nothing is done twice and
//! a year can be judged again or reviewed without its footage.
//!
//! One schema in two homes: a SQLite file inside one machine, or PostgreSQL for several. The statements are
//! the same for both. A clip is known by its SHA-256, evidence by clip and [observation key](observation_key),
//! a result by everything that it rests on.

mod clips;
mod copy;
mod home;
mod jobs;
mod log;
mod results;
mod reviews;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use sqlx::{AnyConnection, Connection, Executor, Row};

pub use clips::{KnownFile, StoredEvidence};
pub use home::{Home, HomeError};
pub use jobs::{JobCounts, Lease, Outcome};
pub use log::LogEntry;
pub use results::{FindingRow, NewResult, PresentReport, ResultRow};
pub use reviews::{Decision, Decisions, NewReview, Reviewed};

use crate::figures::hexadecimal;
use crate::lang::Prose;

/// Each brings the schema from one version to the next.
const MIGRATIONS: [&str; 3] =
    [include_str!("schema/0001.sql"), include_str!("schema/0002.sql"), include_str!("schema/0003.sql")];
const VERSION: i64 = MIGRATIONS.len() as i64;

/// Another program's transaction is waited for this long: they are short, but disks may stall.
const BUSY_MS: u32 = 60_000;

/// Keys are digests, so that whatever is written touches the indices all over. With SQLite's 2 MB of pages in memory each
/// is read again from the file, and with its 1,000 pages of log each is written back at every second step: judging
/// 20,000 clips spent a quarter of its time in the kernel.
const CACHE_KIB: u32 = 32 << 10;
const CHECKPOINT_PAGES: u32 = 8_000;

/// "File opened that is not a database file" (sqlite.org, "Result and Error Codes").
const SQLITE_NOTADB: &str = "26";

/// Names of PostgreSQL's advisory locks, any numbers that nobody else takes: held while the schema is brought
/// up, and while an entry is added to the log.
const SCHEMA_LOCK: &str = "SELECT pg_advisory_xact_lock(7246891)";
const LOG_LOCK: &str = "SELECT pg_advisory_xact_lock(7246892)";
/// While rows are numbered.
const NUMBER_LOCK: &str = "SELECT pg_advisory_xact_lock(7246893)";

/// "Insertion failed because database is full", and PostgreSQL's `disk_full`.
const SQLITE_FULL: &str = "13";
const POSTGRES_FULL: &str = "53100";
/// PostgreSQL goes down, is down, or comes up (its manual, appendix A).
const POSTGRES_AWAY: [&str; 3] = ["57P01", "57P02", "57P03"];

/// A database that is gone is waited for so long, and asked again this often: well within any lease, so that whoever holds one
/// renews it before others may take it over.
const AWAY_PATIENCE: Duration = Duration::from_secs(600);
const ASKED_AGAIN: Duration = Duration::from_millis(500);

/// An open catalogue.
pub struct Catalogue {
    home: Home,
    runtime: tokio::runtime::Runtime,
    /// `None` once a lost one could not be opened again.
    connection: Option<AnyConnection>,
    /// Told when a database without room, or one that is gone, is waited for.
    waiting: fn(&CatalogueError),
}

/// Why a catalogue cannot be used, or no longer.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    #[error(transparent)]
    Home(#[from] HomeError),
    #[error(
        "the catalogue {home} is of version {found}, made by a newer pingcha; this one knows up to {VERSION}"
    )]
    Newer { home: String, found: i64 },
    #[error("{home} is not a catalogue of pingcha")]
    NotACatalogue { home: String },
    #[error("the catalogue {home} failed: {source}")]
    Failed {
        home: String,
        #[source]
        source: sqlx::Error,
    },
    #[error("the catalogue {home} holds {what} that cannot be read: {source}")]
    Unreadable {
        home: String,
        what: &'static str,
        #[source]
        source: serde_json::Error,
    },
    #[error("no thread for the catalogue: {0}")]
    Runtime(#[from] std::io::Error),
}

impl CatalogueError {
    fn code(&self) -> Option<String> {
        match self {
            Self::Failed { source, .. } => source.as_database_error()?.code().map(|code| code.into_owned()),
            _ => None,
        }
    }

    /// There is no room on its disk.
    pub fn is_full(&self) -> bool {
        self.code().is_some_and(|code| code == SQLITE_FULL || code == POSTGRES_FULL)
    }

    /// The database cannot be reached, or no longer.
    pub fn is_away(&self) -> bool {
        let gone = matches!(
            self,
            Self::Failed {
                source: sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed,
                ..
            }
        );
        gone || self
            .code()
            .is_some_and(|code| POSTGRES_AWAY.contains(&code.as_str()) || code.starts_with("08"))
    }

    pub fn prose(&self) -> Prose {
        let zh = match self {
            Self::Home(error) => return error.prose(),
            Self::Newer { home, found } => {
                format!("评查库 {home} 的版本是 {found}，由更新的 pingcha 建立；本程序只支持到 {VERSION}")
            }
            Self::NotACatalogue { home } => format!("{home} 不是 pingcha 的评查库"),
            Self::Failed { home, source } => format!("评查库 {home} 出错：{source}"),
            Self::Unreadable { home, what, source } => {
                format!("评查库 {home} 中的 {what} 无法读取：{source}")
            }
            Self::Runtime(error) => format!("无法为评查库启动线程：{error}"),
        };
        Prose::new(zh, self.to_string())
    }
}

impl Catalogue {
    /// Opens the catalogue at an address: a file, which is made if it is not there, or `postgres://…`.
    pub fn open(address: &str) -> Result<Self, CatalogueError> {
        Self::at(Home::of(address)?)
    }

    /// As [`open`](Self::open), but refuses to make one: an address that was misspelt must not look like an
    /// empty year.
    pub fn open_existing(address: &str) -> Result<Self, CatalogueError> {
        let home = Home::of(address)?;
        home.must_exist()?;
        Self::at(home)
    }

    fn at(home: Home) -> Result<Self, CatalogueError> {
        sqlx::any::install_default_drivers();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let connection = runtime.block_on(AnyConnection::connect(&home.url()));
        let connection = connection.map_err(|source| failure(&home, source))?;
        let mut catalogue = Self { home, runtime, connection: Some(connection), waiting: |_| () };
        catalogue.prepare()?;
        Ok(catalogue)
    }

    pub fn is_file(&self) -> bool {
        self.home.is_file()
    }

    /// Has somebody told when [`patiently`](Self::patiently) waits.
    pub fn tell_of_waiting(&mut self, waiting: fn(&CatalogueError)) {
        self.waiting = waiting;
    }

    /// Takes a step that may be taken again: while the disk is full, for as long as that lasts, and while the database
    /// is gone, for ten minutes.
    pub fn patiently<T>(
        &mut self,
        mut step: impl FnMut(&mut Self) -> Result<T, CatalogueError>,
    ) -> Result<T, CatalogueError> {
        let begun = Instant::now();
        let mut told = false;
        loop {
            match step(self) {
                Err(error) if error.is_full() || (error.is_away() && begun.elapsed() < AWAY_PATIENCE) => {
                    if !told {
                        (self.waiting)(&error);
                        told = true;
                    }
                    std::thread::sleep(ASKED_AGAIN);
                    // A connection with a step half taken is of no use any more. Where there is none to be had
                    // yet, the step says so.
                    let _ = self.reconnect();
                }
                other => return other,
            }
        }
    }

    fn reconnect(&mut self) -> Result<(), CatalogueError> {
        let home = &self.home;
        self.connection = None;
        let connection = self.runtime.block_on(AnyConnection::connect(&home.url()));
        self.connection = Some(connection.map_err(|source| failure(home, source))?);
        self.settle()
    }

    /// Settings of the connection.
    fn settle(&mut self) -> Result<(), CatalogueError> {
        if self.home.is_file() {
            // Nothing that was committed is lost when the power fails.
            let settings = format!(
                "PRAGMA busy_timeout = {BUSY_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                 PRAGMA foreign_keys = ON; PRAGMA cache_size = -{CACHE_KIB}; \
                 PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}"
            );
            for setting in settings.split("; ") {
                self.run(async |connection| {
                    connection.execute(setting).await?;
                    Ok(())
                })?;
            }
        }
        Ok(())
    }

    /// Settings of the connection, and the schema brought up to this program's version.
    fn prepare(&mut self) -> Result<(), CatalogueError> {
        self.settle()?;
        let found = self.version()?;
        if found > VERSION {
            return Err(CatalogueError::Newer { home: self.home.to_string(), found });
        }
        let is_file = self.home.is_file();
        self.run(async |connection| {
            let mut step = connection.begin().await?;
            if !is_file {
                // Two programs that start at once must not both bring the schema up.
                step.execute(SCHEMA_LOCK).await?;
            }
            step.execute("CREATE TABLE IF NOT EXISTS pingcha_schema (version BIGINT NOT NULL)").await?;
            let row = step.fetch_one("SELECT COALESCE(MAX(version), 0) FROM pingcha_schema").await?;
            let from: i64 = row.try_get(0)?;
            for (n, migration) in (1..).zip(MIGRATIONS).filter(|(n, _)| *n > from) {
                for statement in statements(migration) {
                    step.execute(statement.as_str()).await?;
                }
                sqlx::query("INSERT INTO pingcha_schema (version) VALUES ($1)")
                    .bind(n)
                    .execute(&mut *step)
                    .await?;
            }
            step.commit().await
        })
    }

    /// Version of the schema, 0 of an empty database. One with tables of something else is refused.
    fn version(&mut self) -> Result<i64, CatalogueError> {
        let tables = match self.home.is_file() {
            true => "SELECT name FROM sqlite_master WHERE type = 'table'",
            false => {
                "SELECT CAST(table_name AS TEXT) FROM information_schema.tables \
                 WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
            }
        };
        let names = self.run(async |connection| {
            let rows = connection.fetch_all(tables).await?;
            rows.iter().map(|row| row.try_get::<String, _>(0)).collect::<Result<Vec<_>, _>>()
        })?;
        if names.iter().any(|name| name == "pingcha_schema") {
            return self.run(async |connection| {
                let row =
                    connection.fetch_one("SELECT COALESCE(MAX(version), 0) FROM pingcha_schema").await?;
                row.try_get(0)
            });
        }
        if !names.is_empty() {
            return Err(CatalogueError::NotACatalogue { home: self.home.to_string() });
        }
        Ok(0)
    }

    fn run<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut AnyConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, CatalogueError> {
        let home = &self.home;
        let connection = self.connection.as_mut().ok_or(sqlx::Error::WorkerCrashed);
        let connection = connection.map_err(|source| failure(home, source))?;
        self.runtime.block_on(work(connection)).map_err(|source| failure(home, source))
    }

    fn unreadable(&self, what: &'static str) -> impl Fn(serde_json::Error) -> CatalogueError {
        let home = self.home.to_string();
        move |source| CatalogueError::Unreadable { home: home.clone(), what, source }
    }
}

/// Whoever has a SQLite file open last brings its log into it and removes that: the file can be copied then.
impl Drop for Catalogue {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            // What was committed is safe in the log all the same.
            let _ = self.runtime.block_on(connection.close());
        }
    }
}

/// Rows are numbered by what is there: whoever comes second must see what the first wrote. SQLite has one writer
/// at a time anyway.
async fn numbering(step: &mut AnyConnection, is_file: bool) -> Result<(), sqlx::Error> {
    if !is_file {
        step.execute(NUMBER_LOCK).await?;
    }
    Ok(())
}

/// SQLite finds out that a file is no database when it first reads it.
fn failure(home: &Home, source: sqlx::Error) -> CatalogueError {
    let code = source.as_database_error().and_then(|error| error.code());
    match home.is_file() && code.is_some_and(|code| code == SQLITE_NOTADB) {
        true => CatalogueError::NotACatalogue { home: home.to_string() },
        false => CatalogueError::Failed { home: home.to_string(), source },
    }
}

/// The statements of a migration, without comments.
fn statements(migration: &str) -> Vec<String> {
    let text: Vec<&str> = migration.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    let text = text.join("\n");
    text.split(';').map(str::trim).filter(|statement| !statement.is_empty()).map(str::to_owned).collect()
}

/// A name for everything that something rests on: the SHA-256 of its parts, none of which can run into the
/// next.
pub fn key(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    hexadecimal(&digest.finalize())
}
