//! Work for several machines, in PostgreSQL: who looks at which clip, for how long, and who may say what came of it.
//!
//! All SQL of it is here. A job is `waiting`, `leased`, `done` (its evidence is kept) or `lost` (nothing of its file
//! could be kept; a later scan looks again). These hold whatever dies when:
//!
//! - a job is leased to one worker at a time: the row is locked while it is given out (`FOR UPDATE SKIP LOCKED`), and
//!   each lease has a number higher than the one before;
//! - a lease that is not renewed expires by the database's own clock, and the job is given out again; one that could not
//!   be renewed because the database was down is left to its holder for as long again;
//! - evidence and the end of the lease commit in one transaction, which names the lease's number: a worker whose lease
//!   expired and was given to another is refused, and nothing of its result is kept.

use sqlx::{AnyConnection, Connection, Row};

use super::clips::insert_evidence;
use super::{Catalogue, CatalogueError, KnownFile, numbering};
use crate::evidence::Evidence;

/// The database's clock: workers' own may differ.
const NOW_MS: &str = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";

/// When the database came up. A lease that expired while it was down says nothing about its holder.
const UP_SINCE_MS: &str = "CAST(EXTRACT(EPOCH FROM pg_postmaster_start_time()) * 1000 AS BIGINT)";

/// A clip that a worker was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub job: i64,
    pub number: i64,
    pub path: String,
    pub observation: String,
    /// How often it was given out, this time among them.
    pub attempts: i64,
}

/// How many jobs stand how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JobCounts {
    pub waiting: i64,
    pub leased: i64,
    pub done: i64,
    pub lost: i64,
}

/// What came of a clip.
#[derive(Debug, Clone, Copy)]
pub enum Outcome<'a> {
    Observed(&'a KnownFile, &'a Evidence),
    /// Nothing can be kept of it, and why.
    Lost(&'a str),
}

impl Catalogue {
    /// Puts down clips to be observed by a question; those that were lost wait again. Returns how many are new
    /// or wait again.
    pub fn enqueue(
        &mut self,
        paths: &[String],
        observation: &str,
        question: &str,
    ) -> Result<u64, CatalogueError> {
        let is_file = self.home.is_file();
        self.run(async |connection| {
            let mut step = connection.begin().await?;
            numbering(&mut step, is_file).await?;
            let mut count = 0;
            for path in paths {
                let insert = sqlx::query(
                    "INSERT INTO job (n, path, observation, question, state, attempts, lease, worker, expires_ms, why) \
                     VALUES ((SELECT COALESCE(MAX(n), 0) + 1 FROM job), $1, $2, $3, 'waiting', 0, 0, '', 0, '') \
                     ON CONFLICT (path, observation) DO UPDATE SET state = 'waiting', attempts = 0, why = '' \
                     WHERE job.state IN ('lost', 'done')",
                );
                let insert = insert.bind(path).bind(observation).bind(question);
                count += insert.execute(&mut *step).await?.rows_affected();
            }
            step.commit().await?;
            Ok(count)
        })
    }

    /// The questions of jobs that are not ended: observation and question.
    pub fn open_questions(&mut self) -> Result<Vec<(String, String)>, CatalogueError> {
        self.run(async |connection| {
            let query = sqlx::query(
                "SELECT DISTINCT observation, question FROM job WHERE state IN ('waiting', 'leased') ORDER BY observation",
            );
            let rows = query.fetch_all(connection).await?;
            rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
        })
    }

    /// The next clip of a question, for so long; `None` where all are taken or ended.
    pub fn lease(
        &mut self,
        observation: &str,
        worker: &str,
        ms: i64,
    ) -> Result<Option<Lease>, CatalogueError> {
        let text = format!(
            "UPDATE job SET state = 'leased', lease = lease + 1, attempts = attempts + 1, worker = $2, \
                 expires_ms = {NOW_MS} + $3 \
             WHERE n = (SELECT n FROM job WHERE observation = $1 \
                 AND (state = 'waiting' \
                     OR (state = 'leased' AND GREATEST(expires_ms, {UP_SINCE_MS} + $3) < {NOW_MS})) \
                 ORDER BY n LIMIT 1 FOR UPDATE SKIP LOCKED) \
             RETURNING n, lease, path, attempts"
        );
        self.run(async |connection| {
            let query = sqlx::query(&text).bind(observation).bind(worker).bind(ms);
            let row = query.fetch_optional(connection).await?;
            let lease = |row: sqlx::any::AnyRow| {
                Ok(Lease {
                    job: row.try_get(0)?,
                    number: row.try_get(1)?,
                    path: row.try_get(2)?,
                    observation: observation.to_owned(),
                    attempts: row.try_get(3)?,
                })
            };
            row.map(lease).transpose()
        })
    }

    /// Goes on holding a lease; `false` where it is another's by now.
    pub fn renew(&mut self, lease: &Lease, ms: i64) -> Result<bool, CatalogueError> {
        let text = format!(
            "UPDATE job SET expires_ms = {NOW_MS} + $3 WHERE n = $1 AND lease = $2 AND state = 'leased'"
        );
        self.run(async |connection| {
            let query = sqlx::query(&text).bind(lease.job).bind(lease.number).bind(ms);
            Ok(query.execute(connection).await?.rows_affected() > 0)
        })
    }

    /// Ends a lease with what came of it, at once or not at all. `false`, and nothing kept, where it is another's by
    /// now; saying the same twice is fine.
    pub fn finish(&mut self, lease: &Lease, outcome: Outcome) -> Result<bool, CatalogueError> {
        let (state, why) = match outcome {
            Outcome::Observed(..) => ("done", ""),
            Outcome::Lost(why) => ("lost", why),
        };
        let json = match outcome {
            Outcome::Observed(_, evidence) => serde_json::to_string(evidence),
            Outcome::Lost(_) => Ok(String::new()),
        };
        let json = json.map_err(self.unreadable("evidence"))?;
        self.run(async |connection| {
            let mut step = connection.begin().await?;
            let end = sqlx::query(
                "UPDATE job SET state = $3, why = $4 WHERE n = $1 AND lease = $2 AND state = 'leased'",
            );
            let end = end.bind(lease.job).bind(lease.number).bind(state).bind(why);
            if end.execute(&mut *step).await?.rows_affected() == 0 {
                // The connection may have gone while it was told that this was kept.
                return is_ended(&mut step, lease, state).await;
            }
            if let Outcome::Observed(file, evidence) = outcome {
                numbering(&mut step, false).await?;
                insert_evidence(&mut step, &lease.path, file, &lease.observation, &evidence.clip, &json)
                    .await?;
            }
            step.commit().await?;
            Ok(true)
        })
    }

    /// How the jobs stand; of one question or of all.
    pub fn job_counts(&mut self, observation: Option<&str>) -> Result<JobCounts, CatalogueError> {
        self.run(async |connection| {
            let query = sqlx::query(
                "SELECT state, COUNT(*) FROM job WHERE $1 = '' OR observation = $1 GROUP BY state ORDER BY state",
            );
            let mut counts = JobCounts::default();
            for row in query.bind(observation.unwrap_or_default()).fetch_all(connection).await? {
                let (state, count): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
                match state.as_str() {
                    "waiting" => counts.waiting = count,
                    "leased" => counts.leased = count,
                    "done" => counts.done = count,
                    _ => counts.lost += count,
                }
            }
            Ok(counts)
        })
    }
}

async fn is_ended(step: &mut AnyConnection, lease: &Lease, state: &str) -> Result<bool, sqlx::Error> {
    let query = sqlx::query("SELECT 1 FROM job WHERE n = $1 AND lease = $2 AND state = $3");
    let query = query.bind(lease.job).bind(lease.number).bind(state);
    Ok(query.fetch_optional(step).await?.is_some())
}
