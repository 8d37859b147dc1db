//! Opens a SQLite file.
//!
//! # Invariants
//! A connection whose transaction SQLite ended by itself leaves the pool.

use std::path::Path;
use std::str::FromStr;

use sqlx::Connection;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use super::error::Error;
use super::options::ACQUIRE_DEADLINE;
use crate::drivers::file_access;

/// Rows that SQLite's thread reads ahead of its caller. A switch between the threads costs more
/// than reading some rows.
const ROWS_AT_ONCE: usize = 1024;

/// The reading and the writing connections to the file at `url`. If the file is missing, it is
/// created.
pub(super) async fn open(url: &str, connections: u32) -> Result<(SqlitePool, SqlitePool), Error> {
    let options = read_url(url)?;
    check_files(options.get_filename())?;
    let options = options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // Deleted rows are overwritten, not only freed.
        .pragma("secure_delete", "ON")
        .busy_timeout(ACQUIRE_DEADLINE)
        .row_buffer_size(ROWS_AT_ONCE);
    let write = pool(1).connect_with(options.clone()).await?;
    let options = options.read_only(true).create_if_missing(false);
    let read = pool(connections.max(1)).connect_lazy_with(options);
    Ok((read, write))
}

/// Reads the address.
pub(super) fn read_url(url: &str) -> Result<SqliteConnectOptions, Error> {
    SqliteConnectOptions::from_str(url).map_err(|error| Error::unusable(&error))
}

/// Checks that the store's files can be written, and removes other users' permissions. SQLite
/// creates its log and its index with the permissions of the file.
fn check_files(path: &Path) -> Result<(), Error> {
    let folder = path.parent().filter(|folder| folder.is_dir());
    let exists = path.is_file();
    let place = if exists { Some(path) } else { folder };
    if let Some(reason) = place.and_then(file_access::refusal) {
        let path = path.display().to_string();
        return Err(Error::File { path, reason });
    }
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        let file = Path::new(&name);
        if exists && file_access::make_private(file) {
            tracing::warn!(file = %file.display(), "other users could read this file; they no longer can");
        }
    }
    Ok(())
}

/// A pool that discards connections with an open transaction. If SQLite ended a transaction by
/// itself, the driver counts it as open and would not begin another one.
fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_DEADLINE)
        .before_acquire(|connection, _| {
            let is_free = !connection.is_in_transaction();
            Box::pin(async move { Ok(is_free) })
        })
}
