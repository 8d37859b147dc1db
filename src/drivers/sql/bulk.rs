//! Runs statements on many rows at once. Each database gets its own SQL.
//!
//! # Invariants
//! Both texts take the same columns in the same order. PostgreSQL gets one array for each column,
//! SQLite one JSON array of rows. That suits some hundred rows in a batch.
//!
//! # Out of scope
//! Thousands of rows: clicks have their own, faster way.

use serde::Serialize;

use super::error::Error;

/// Runs a statement on rows, with one closure for each column; `all` returns the resulting rows.
macro_rules! bulk {
    (execute, $tx:expr, $bulk:expr, $rows:expr, [$($column:expr),* $(,)?]) => {
        match $tx {
            $crate::drivers::sql::tx::Tx::Sqlite(tx) => {
                let rows = $crate::drivers::sql::bulk::json_rows($rows.iter().map(|row| ($(($column)(row),)*)))?;
                $crate::drivers::sql::query::run!(tx, sqlx::query($bulk.sqlite).bind(rows), execute).map(|_| ())
            }
            $crate::drivers::sql::tx::Tx::Postgres(tx) => $crate::drivers::sql::query::run!(
                tx,
                sqlx::query($bulk.postgres)$(.bind($rows.iter().map($column).collect::<Vec<_>>()))*,
                execute
            )
            .map(|_| ()),
        }
    };
    (all $row:ty, $tx:expr, $bulk:expr, $rows:expr, [$($column:expr),* $(,)?]) => {
        match $tx {
            $crate::drivers::sql::tx::Tx::Sqlite(tx) => {
                let rows = $crate::drivers::sql::bulk::json_rows($rows.iter().map(|row| ($(($column)(row),)*)))?;
                $crate::drivers::sql::query::run!(
                    tx,
                    sqlx::query_as::<_, $row>($bulk.sqlite).bind(rows),
                    fetch_all
                )
            }
            $crate::drivers::sql::tx::Tx::Postgres(tx) => $crate::drivers::sql::query::run!(
                tx,
                sqlx::query_as::<_, $row>($bulk.postgres)
                    $(.bind($rows.iter().map($column).collect::<Vec<_>>()))*,
                fetch_all
            ),
        }
    };
}

pub(crate) use bulk;

/// The rows as JSON, which is the parameter of SQLite's statement.
pub(crate) fn json_rows(rows: impl Iterator<Item = impl Serialize>) -> Result<String, Error> {
    let rows: Vec<_> = rows.collect();
    serde_json::to_string(&rows).map_err(|error| Error::Corrupt {
        what: "rows",
        value: error.to_string(),
    })
}
