//! A whole catalogue from one home to another.

use sqlx::any::AnyRow;
use sqlx::{Executor, Row};

use super::{Catalogue, CatalogueError};

/// Rows that are held at once.
const PAGE: i64 = 500;

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Integer,
    Real,
}

enum Value {
    Text(String),
    Integer(i64),
    Real(f64),
}

/// Its name, the columns of its key, and all columns.
type Table = (&'static str, &'static str, &'static [(&'static str, Kind)]);

/// Every table, each behind those that it refers to, with its columns in the order of its key first.
const TABLES: [Table; 9] = {
    use Kind::{Integer, Real, Text};
    [
        (
            "clip",
            "sha256",
            &[("sha256", Text), ("sm3", Text), ("bytes", Integer), ("name", Text), ("duration_s", Real)],
        ),
        ("file", "path", &[("n", Integer), ("path", Text), ("stamp", Text), ("sha256", Text)]),
        (
            "evidence",
            "sha256, observation",
            &[("n", Integer), ("sha256", Text), ("observation", Text), ("json", Text)],
        ),
        (
            "result",
            "key",
            &[
                ("n", Integer),
                ("key", Text),
                ("sha256", Text),
                ("policy", Text),
                ("verdict", Text),
                ("json", Text),
            ],
        ),
        (
            "finding",
            "key, n",
            &[
                ("key", Text),
                ("n", Integer),
                ("check_id", Text),
                ("article", Text),
                ("verdict", Text),
                ("confidence", Real),
                ("summary", Text),
            ],
        ),
        ("current", "sha256, policy", &[("sha256", Text), ("policy", Text), ("key", Text)]),
        (
            "review",
            "n",
            &[
                ("n", Integer),
                ("at", Text),
                ("sha256", Text),
                ("policy", Text),
                ("check_id", Text),
                ("article", Text),
                ("found", Text),
                ("summary", Text),
                ("verdict", Text),
                ("reviewer", Text),
                ("note", Text),
            ],
        ),
        ("log", "n", &[("n", Integer), ("at", Text), ("what", Text), ("detail", Text), ("sha256", Text)]),
        (
            "job",
            "n",
            &[
                ("n", Integer),
                ("path", Text),
                ("observation", Text),
                ("question", Text),
                ("state", Text),
                ("attempts", Integer),
                ("lease", Integer),
                ("worker", Text),
                ("expires_ms", Integer),
                ("why", Text),
            ],
        ),
    ]
};

impl Catalogue {
    /// Whether nothing was ever kept in it.
    pub fn is_empty(&mut self) -> Result<bool, CatalogueError> {
        self.run(async |connection| {
            let query = "SELECT (SELECT COUNT(*) FROM clip) + (SELECT COUNT(*) FROM log) + (SELECT COUNT(*) FROM job)";
            Ok(connection.fetch_one(query).await?.try_get::<i64, _>(0)? == 0)
        })
    }

    /// Copies everything into an empty catalogue, at once or not at all. Returns how many rows each table has.
    pub fn copy_into(&mut self, target: &mut Self) -> Result<Vec<(&'static str, u64)>, CatalogueError> {
        let mut counts = Vec::new();
        target.statement("BEGIN")?;
        for (table, key, columns) in TABLES {
            let mut rows = 0;
            loop {
                let page = self.page(table, key, columns, rows)?;
                if page.is_empty() {
                    break;
                }
                rows += page.len() as i64;
                target.insert(table, columns, page)?;
            }
            counts.push((table, rows.unsigned_abs()));
        }
        target.statement("COMMIT")?;
        Ok(counts)
    }

    pub(super) fn statement(&mut self, text: &str) -> Result<(), CatalogueError> {
        self.run(async |connection| {
            connection.execute(text).await?;
            Ok(())
        })
    }

    fn page(
        &mut self,
        table: &str,
        key: &str,
        columns: &[(&str, Kind)],
        from: i64,
    ) -> Result<Vec<Vec<Value>>, CatalogueError> {
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let text =
            format!("SELECT {} FROM {table} ORDER BY {key} LIMIT {PAGE} OFFSET {from}", names.join(", "));
        self.run(async |connection| {
            let rows = sqlx::query(&text).fetch_all(connection).await?;
            rows.iter().map(|row| values(row, columns)).collect()
        })
    }

    fn insert(
        &mut self,
        table: &str,
        columns: &[(&str, Kind)],
        rows: Vec<Vec<Value>>,
    ) -> Result<(), CatalogueError> {
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let places: Vec<String> = (1..=columns.len()).map(|n| format!("${n}")).collect();
        let text = format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), places.join(", "));
        self.run(async |connection| {
            for row in rows {
                let query = row.into_iter().fold(sqlx::query(&text), |query, value| match value {
                    Value::Text(text) => query.bind(text),
                    Value::Integer(integer) => query.bind(integer),
                    Value::Real(real) => query.bind(real),
                });
                query.execute(&mut *connection).await?;
            }
            Ok(())
        })
    }
}

fn values(row: &AnyRow, columns: &[(&str, Kind)]) -> Result<Vec<Value>, sqlx::Error> {
    let value = |(n, (_, kind)): (usize, &(&str, Kind))| match kind {
        Kind::Text => row.try_get(n).map(Value::Text),
        Kind::Integer => row.try_get(n).map(Value::Integer),
        Kind::Real => row.try_get(n).map(Value::Real),
    };
    columns.iter().enumerate().map(value).collect()
}
