//! Checks whether the store can be read and written now.
//!
//! A probe commits one small change, so it also notices a full disk, a server that became read-only
//! and a server that is down. It has its own deadline.
//!
//! # Invariants
//! - A writer that only waits for its turn is [`Error::Busy`], not a fault: on SQLite all writers
//!   take turns, and a maintenance command may be running. Reads must still work.
//!
//! # Out of scope
//! Who probes, and how often. Each probe writes.

use std::time::Duration;

use tokio::time::timeout;

use super::handle::Store;
use crate::drivers::sql::{Error, Tx, execute, fetch, statements};

/// How long a probe may take.
pub const PROBE_DEADLINE: Duration = Duration::from_secs(2);

/// How long a probe waits for its turn to write. The rest of [`PROBE_DEADLINE`] is for the write.
const TURN_DEADLINE: Duration = Duration::from_secs(1);

statements! {
    sql READ = "SELECT writes FROM store_probe WHERE id = 1";
    // The value changes each time, because a database may skip a write without a change.
    sql WRITE = "INSERT INTO store_probe (id, writes) VALUES (1, 1) \
        ON CONFLICT (id) DO UPDATE SET writes = store_probe.writes + 1";
}

impl Store {
    /// Reads from the store and writes to it, within [`PROBE_DEADLINE`].
    ///
    /// # Errors
    /// The database's error; [`Error::Busy`] when reads work and another program writes;
    /// [`Error::Deadline`] when the database did not answer.
    pub async fn probe(&self) -> Result<(), Error> {
        let probed = timeout(PROBE_DEADLINE, self.probe_once()).await;
        probed.unwrap_or(Err(Error::Deadline(PROBE_DEADLINE)))
    }

    /// Reads from the store and writes to it once, before a program starts.
    ///
    /// # Errors
    /// The database's error.
    pub async fn verify(&self) -> Result<(), Error> {
        self.probe_once().await
    }

    async fn probe_once(&self) -> Result<(), Error> {
        let mut tx = self.read().await?;
        let _: Option<(i64,)> = fetch!(optional(i64,), &mut tx, READ)?;
        drop(tx);
        let mut tx = self.turn_to_write().await?;
        write(&mut tx).await?;
        tx.commit().await
    }

    /// Writers on PostgreSQL do not take turns, so a slow beginning is a fault.
    async fn turn_to_write(&self) -> Result<Tx, Error> {
        if !self.writes_in_turns() {
            return self.write().await;
        }
        let turn = timeout(TURN_DEADLINE, self.write()).await;
        turn.unwrap_or(Err(Error::Busy(TURN_DEADLINE)))
    }
}

async fn write(tx: &mut Tx) -> Result<(), Error> {
    execute!(tx, WRITE)?;
    Ok(())
}
