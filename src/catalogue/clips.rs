//! Clips, where they were found, and the evidence of them.

use std::collections::BTreeMap;

use sqlx::{AnyConnection, Connection, Row};

use super::{Catalogue, CatalogueError, numbering};
use crate::evidence::{ClipFacts, Evidence};

/// A file that was looked at before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFile {
    /// Size, time and inode when it was read.
    pub stamp: String,
    pub sha256: String,
}

/// Evidence as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEvidence {
    pub sha256: String,
    /// Where its clip was found, the latest place first.
    pub paths: Vec<String>,
    /// What was asked, by which version with which models: see [`super::key`].
    pub observation: String,
    /// The evidence, to be read by [`serde_json`], several side by side.
    pub json: String,
}

impl Catalogue {
    pub fn known_file(&mut self, path: &str) -> Result<Option<KnownFile>, CatalogueError> {
        self.run(async |connection| {
            let query = sqlx::query("SELECT stamp, sha256 FROM file WHERE path = $1").bind(path);
            let row = query.fetch_optional(connection).await?;
            row.map(|row| Ok(KnownFile { stamp: row.try_get(0)?, sha256: row.try_get(1)? })).transpose()
        })
    }

    /// Whether any clip is this long: a new file that is not cannot be a copy of one.
    pub fn has_clip_of(&mut self, bytes: u64) -> Result<bool, CatalogueError> {
        self.run(async |connection| {
            let query = sqlx::query("SELECT 1 FROM clip WHERE bytes = $1 LIMIT 1").bind(integer(bytes));
            Ok(query.fetch_optional(connection).await?.is_some())
        })
    }

    pub fn has_evidence(&mut self, sha256: &str, observation: &str) -> Result<bool, CatalogueError> {
        self.run(async |connection| {
            let query = sqlx::query("SELECT 1 FROM evidence WHERE sha256 = $1 AND observation = $2");
            Ok(query.bind(sha256).bind(observation).fetch_optional(connection).await?.is_some())
        })
    }

    /// Notes where a clip that is known already was found.
    pub fn add_file(&mut self, path: &str, file: &KnownFile) -> Result<(), CatalogueError> {
        let is_file = self.home.is_file();
        self.run(async |connection| {
            let mut step = connection.begin().await?;
            numbering(&mut step, is_file).await?;
            let insert = sqlx::query(ADD_FILE).bind(path).bind(&file.stamp).bind(&file.sha256);
            insert.execute(&mut *step).await?;
            step.commit().await
        })
    }

    /// Keeps the evidence of a clip, and where it was found, at once or not at all. Evidence that is there
    /// already stays as it is.
    pub fn add_evidence(
        &mut self,
        path: &str,
        file: &KnownFile,
        observation: &str,
        evidence: &Evidence,
    ) -> Result<(), CatalogueError> {
        let json = serde_json::to_string(evidence).map_err(self.unreadable("evidence"))?;
        let is_file = self.home.is_file();
        self.run(async |connection| {
            let mut step = connection.begin().await?;
            numbering(&mut step, is_file).await?;
            insert_evidence(&mut step, path, file, observation, &evidence.clip, &json).await?;
            step.commit().await
        })
    }

    /// The newest evidence of the next clips behind the digest `after`, in the order of their digests, a page at
    /// a time: a year's does not fit into memory. With an observation, only what that one brought.
    pub fn evidence_after(
        &mut self,
        after: &str,
        observation: Option<&str>,
    ) -> Result<Vec<StoredEvidence>, CatalogueError> {
        let of_observation = if observation.is_some() { "AND other.observation = $2" } else { "" };
        let text = format!(
            "SELECT evidence.sha256, evidence.observation, evidence.json FROM evidence \
             WHERE evidence.sha256 > $1 AND evidence.n = (SELECT MAX(other.n) FROM evidence AS other \
                 WHERE other.sha256 = evidence.sha256 {of_observation}) \
             ORDER BY evidence.sha256 LIMIT {PAGE}"
        );
        let (rows, places) = self.run(async |connection| {
            let query = sqlx::query(&text).bind(after);
            let query = match observation {
                Some(observation) => query.bind(observation),
                None => query,
            };
            let rows = query.fetch_all(&mut *connection).await?;
            let row = |row: &sqlx::any::AnyRow| -> Result<[String; 3], sqlx::Error> {
                Ok([row.try_get(0)?, row.try_get(1)?, row.try_get(2)?])
            };
            let rows = rows.iter().map(row).collect::<Result<Vec<_>, _>>()?;
            let last = rows.last().map_or(after, |[sha256, ..]| sha256);
            let query = sqlx::query(
                "SELECT sha256, path FROM file WHERE sha256 > $1 AND sha256 <= $2 ORDER BY n DESC, path",
            );
            let places = query.bind(after).bind(last).fetch_all(connection).await?;
            let place = |row: &sqlx::any::AnyRow| Ok((row.try_get(0)?, row.try_get(1)?));
            Ok((rows, places.iter().map(place).collect::<Result<Vec<(String, String)>, sqlx::Error>>()?))
        })?;
        let mut paths: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (sha256, path) in places {
            paths.entry(sha256).or_default().push(path);
        }
        let mut stored = |[sha256, observation, json]: [String; 3]| {
            let paths = paths.remove(&sha256).unwrap_or_default();
            StoredEvidence { sha256, paths, observation, json }
        };
        Ok(rows.into_iter().map(&mut stored).collect())
    }
}

/// A clip, where it was found and what was observed of it, as steps of a transaction.
pub(super) async fn insert_evidence(
    step: &mut AnyConnection,
    path: &str,
    file: &KnownFile,
    observation: &str,
    clip: &ClipFacts,
    json: &str,
) -> Result<(), sqlx::Error> {
    let insert = sqlx::query(
        "INSERT INTO clip (sha256, sm3, bytes, name, duration_s) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (sha256) DO NOTHING",
    );
    let insert = insert
        .bind(&file.sha256)
        .bind(clip.sm3.as_deref().unwrap_or_default())
        .bind(integer(clip.bytes))
        .bind(&clip.name)
        .bind(clip.duration_s);
    insert.execute(&mut *step).await?;
    let insert = sqlx::query(ADD_FILE).bind(path).bind(&file.stamp).bind(&file.sha256);
    insert.execute(&mut *step).await?;
    let insert = sqlx::query(
        "INSERT INTO evidence (n, sha256, observation, json) \
         VALUES ((SELECT COALESCE(MAX(n), 0) + 1 FROM evidence), $1, $2, $3) \
         ON CONFLICT (sha256, observation) DO NOTHING",
    );
    insert.bind(&file.sha256).bind(observation).bind(json).execute(&mut *step).await?;
    Ok(())
}

const ADD_FILE: &str = "INSERT INTO file (n, path, stamp, sha256) \
    VALUES ((SELECT COALESCE(MAX(n), 0) + 1 FROM file), $1, $2, $3) ON CONFLICT (path) \
    DO UPDATE SET n = excluded.n, stamp = excluded.stamp, sha256 = excluded.sha256";

/// Evidence that is held at once.
const PAGE: usize = 200;

/// Databases count in signed integers; no file is that long.
pub(super) fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
