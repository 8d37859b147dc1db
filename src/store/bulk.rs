//! Statements on many rows at once: beside opening, the one place where the databases get different
//! SQL.
//!
//! Holds: both dialects take the same columns, in the same order; PostgreSQL as one array each,
//! SQLite as one JSON array of rows. That is for some hundred rows in a batch; the clicks
//! themselves go by [`click::rows`](super::click). Must not know: what is written.

use serde::Serialize;

use crate::store::Error;

/// A statement in both dialects.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bulk {
    pub(super) postgres: &'static str,
    pub(super) sqlite: &'static str,
}

/// Runs a statement on rows, with one closure for each column; `all` gives what it returns.
macro_rules! bulk {
    (execute, $tx:expr, $bulk:expr, $rows:expr, [$($column:expr),* $(,)?]) => {
        match $tx {
            $crate::store::Tx::Sqlite(tx) => {
                let rows = $crate::store::bulk::json($rows.iter().map(|row| ($(($column)(row),)*)))?;
                $crate::store::tx::run!(tx, sqlx::query($bulk.sqlite).bind(rows), execute).map(|_| ())
            }
            $crate::store::Tx::Postgres(tx) => $crate::store::tx::run!(
                tx,
                sqlx::query($bulk.postgres)$(.bind($rows.iter().map($column).collect::<Vec<_>>()))*,
                execute
            )
            .map(|_| ()),
        }
    };
    (all $row:ty, $tx:expr, $bulk:expr, $rows:expr, [$($column:expr),* $(,)?]) => {
        match $tx {
            $crate::store::Tx::Sqlite(tx) => {
                let rows = $crate::store::bulk::json($rows.iter().map(|row| ($(($column)(row),)*)))?;
                $crate::store::tx::run!(
                    tx,
                    sqlx::query_as::<_, $row>($bulk.sqlite).bind(rows),
                    fetch_all
                )
            }
            $crate::store::Tx::Postgres(tx) => $crate::store::tx::run!(
                tx,
                sqlx::query_as::<_, $row>($bulk.postgres)
                    $(.bind($rows.iter().map($column).collect::<Vec<_>>()))*,
                fetch_all
            ),
        }
    };
}

pub(super) use bulk;

/// The rows as SQLite takes them.
pub(super) fn json(rows: impl Iterator<Item = impl Serialize>) -> Result<String, Error> {
    let rows: Vec<_> = rows.collect();
    crate::store::write_json("rows", &rows)
}
