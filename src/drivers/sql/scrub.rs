//! Empties SQLite's log, which still holds deleted rows.
//!
//! # Invariants
//! - A scrub has a connection of its own. It holds the writer's lock for [`READERS_DEADLINE`] at
//!   most, beside the copy of what others have not copied yet.
//! - A reader of the old log keeps it from being emptied. The scrub then stays due and is retried.
//! - Only memory knows what is due. Every start empties the log once, so a crash loses nothing.
//! - On PostgreSQL there is nothing to do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::{Database, Error};

/// How long readers may hold up one attempt.
const READERS_DEADLINE: Duration = Duration::from_millis(50);

/// How many scrubs were asked for, and how many of these are done.
#[derive(Clone, Debug, Default)]
pub(super) struct Scrubs(Arc<ScrubCounts>);

#[derive(Debug, Default)]
struct ScrubCounts {
    asked: AtomicU64,
    done: AtomicU64,
}

impl Database {
    /// Asks for SQLite's log to be emptied; it is due until [`Database::scrub`] succeeds.
    pub fn ask_for_scrub(&self) {
        if self.sqlite_writer().is_some() {
            self.scrubs.0.asked.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Whether the log may hold deleted rows.
    pub fn is_scrub_due(&self) -> bool {
        let counts = &self.scrubs.0;
        counts.done.load(Ordering::SeqCst) < counts.asked.load(Ordering::SeqCst)
    }

    /// Empties SQLite's log. Does nothing on PostgreSQL.
    ///
    /// # Errors
    /// When the store does not answer; [`Error::Busy`] when a reader or a writer kept the log from
    /// being emptied.
    pub async fn scrub(&self) -> Result<(), Error> {
        // A request from here on may come too late for this attempt.
        let asked = self.scrubs.0.asked.load(Ordering::SeqCst);
        if let Some(writer) = self.sqlite_writer() {
            let options = (*writer.connect_options()).clone();
            let mut connection = options.busy_timeout(READERS_DEADLINE).connect().await?;
            let emptied = empty(&mut connection).await;
            connection.close().await?;
            emptied?;
        }
        self.scrubs.0.done.fetch_max(asked, Ordering::SeqCst);
        Ok(())
    }
}

/// Copies most of the log while others write, so that writers wait only for the rest.
async fn empty(connection: &mut SqliteConnection) -> Result<(), Error> {
    for mode in [
        "PRAGMA wal_checkpoint(PASSIVE)",
        "PRAGMA wal_checkpoint(TRUNCATE)",
    ] {
        let copied: (i64, i64, i64) = sqlx::query_as(mode).fetch_one(&mut *connection).await?;
        if copied.0 != 0 && mode.ends_with("(TRUNCATE)") {
            return Err(Error::Busy(READERS_DEADLINE));
        }
    }
    Ok(())
}
