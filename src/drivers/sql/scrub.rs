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

use sqlx::sqlite::SqlitePool;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::error::Error;

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

impl Scrubs {
    /// Asks for a scrub; it is due until [`Scrubs::run`] succeeds.
    pub(super) fn ask(&self) {
        self.0.asked.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether the log may hold deleted rows.
    pub(super) fn is_due(&self) -> bool {
        self.0.done.load(Ordering::SeqCst) < self.0.asked.load(Ordering::SeqCst)
    }

    /// Empties the log of the file that `writer` leads to.
    ///
    /// # Errors
    /// When SQLite does not answer; [`Error::Busy`] when a reader or a writer kept the log from
    /// being emptied.
    pub(super) async fn run(&self, writer: &SqlitePool) -> Result<(), Error> {
        // A request from here on may come too late for this attempt.
        let asked = self.0.asked.load(Ordering::SeqCst);
        let options = (*writer.connect_options()).clone();
        let mut connection = options.busy_timeout(READERS_DEADLINE).connect().await?;
        let emptied = empty(&mut connection).await;
        connection.close().await?;
        emptied?;
        self.0.done.fetch_max(asked, Ordering::SeqCst);
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
