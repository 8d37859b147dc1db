//! Opening a SQLite file.
//!
//! # Invariants
//! A connection whose transaction SQLite ended by itself leaves the pool.

use std::str::FromStr;

use sqlx::Connection;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use super::Error;
use super::db::ACQUIRE_DEADLINE;

/// Rows that SQLite's thread reads ahead of who asked for them: each time it waits for them costs both
/// threads more than some rows do.
const ROWS_AT_ONCE: usize = 1024;

/// The reading and the writing connections to the file at `url`; it is created when missing.
pub(super) async fn open(url: &str, connections: u32) -> Result<(SqlitePool, SqlitePool), Error> {
    let options = read_url(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(ACQUIRE_DEADLINE)
        .row_buffer_size(ROWS_AT_ONCE);
    let write = pool(1).connect_with(options.clone()).await?;
    let options = options.read_only(true).create_if_missing(false);
    let read = pool(connections.max(1)).connect_lazy_with(options);
    Ok((read, write))
}

/// What the address says.
pub(super) fn read_url(url: &str) -> Result<SqliteConnectOptions, Error> {
    SqliteConnectOptions::from_str(url).map_err(|error| Error::unusable(&error))
}

/// The driver counts a transaction that SQLite ended by itself as open, and would begin no other one.
fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_DEADLINE)
        .before_acquire(|connection, _| {
            let is_free = !connection.is_in_transaction();
            Box::pin(async move { Ok(is_free) })
        })
}
