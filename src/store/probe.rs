//! Finds out whether the store reads and writes now.
//!
//! A probe commits one small change, so it also notices a full disk, a server that turned read-only
//! and a server that went away. It has a deadline of its own.
//!
//! # Invariants
//! - A writer that only has to wait is [`Error::Busy`], not a fault: on SQLite everybody writes in
//!   turns, and a maintenance command may be at work. Reads must go on meanwhile.
//!
//! # Out of scope
//! Who probes, and how often: each probe writes.

use std::time::Duration;

use tokio::time::timeout;

use super::handle::Store;
use crate::drivers::sql::{Error, Tx, execute, fetch, statements};

/// How long a probe may take.
pub const PROBE_DEADLINE: Duration = Duration::from_secs(2);

/// How long a probe waits for its turn to write; the rest of [`PROBE_DEADLINE`] is for the write.
const TURN_DEADLINE: Duration = Duration::from_secs(1);

statements! {
    sql READ = "SELECT writes FROM store_probe WHERE id = 1";
    // The value changes each time: a row that stays as it is may not be written at all.
    sql WRITE = "INSERT INTO store_probe (id, writes) VALUES (1, 1) \
        ON CONFLICT (id) DO UPDATE SET writes = store_probe.writes + 1";
}

impl Store {
    /// Reads from the store and writes to it, within [`PROBE_DEADLINE`].
    ///
    /// # Errors
    /// What the database said, [`Error::Busy`] when it reads and somebody else writes, or
    /// [`Error::Deadline`] when it said nothing.
    pub async fn probe(&self) -> Result<(), Error> {
        let probed = timeout(PROBE_DEADLINE, self.probe_once()).await;
        probed.unwrap_or(Err(Error::Deadline(PROBE_DEADLINE)))
    }

    /// Reads from the store and writes to it once, for a program that is about to start.
    ///
    /// # Errors
    /// What the database said.
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

    /// On PostgreSQL nobody waits for a turn: a beginning that takes long is a fault.
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
