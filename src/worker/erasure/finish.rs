//! Finishes erasures, and removes what was erased from SQLite's log.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::begin::{ErasureCounts, ErasureSubject, begin};
use super::eraser::Eraser;
use super::error::Error;
use super::portions;
use crate::clock::Millis;
use crate::id::WorkspaceId;
use crate::store::{self, Store, erasure_queue};

/// Attempts to empty SQLite's log before the erasure goes on without.
const SCRUB_TRIES: u32 = 3;

/// How long others may write between two of these attempts.
const SCRUB_PAUSE: Duration = Duration::from_millis(20);

impl Eraser<'_> {
    /// Erases a person of a workspace. Afterwards nobody is known by these marks.
    ///
    /// # Errors
    /// [`Error::TooLarge`]: nothing was erased. When the store does not answer: the next call of
    /// [`Eraser::finish`] completes what was begun.
    pub async fn erase(
        self,
        workspace: WorkspaceId,
        person: &ErasureSubject,
        now: Millis,
    ) -> Result<ErasureCounts, Error> {
        let mut tx = self.store.ingest().await?;
        let counts = begin(&mut tx, self.vault, workspace, person, now).await?;
        tx.commit().await?;
        self.finish(&CancellationToken::new()).await?;
        Ok(counts)
    }

    /// Erases everything that is noted, until nothing is left or `stop`; then empties SQLite's log.
    /// Gives whether anything was noted.
    ///
    /// # Errors
    /// When the store does not answer. What is left stays noted.
    pub async fn finish(self, stop: &CancellationToken) -> Result<bool, store::Error> {
        let mut read = self.store.read().await?;
        let is_any = erasure_queue::is_any(&mut read).await?;
        drop(read);
        if is_any {
            while !stop.is_cancelled() && !portions::erase_next(self).await? {}
            scrub(self.store).await;
        }
        Ok(is_any)
    }
}

/// Removes what was erased from SQLite's log. The rows are deleted already. A reader that still
/// holds the log delays this, and [`scrub_again`] follows.
async fn scrub(store: &Store) {
    store.ask_for_scrub();
    for _ in 1..SCRUB_TRIES {
        if store.scrub().await.is_ok() {
            return;
        }
        tokio::time::sleep(SCRUB_PAUSE).await;
    }
    if let Err(error) = store.scrub().await {
        tracing::warn!(%error, "SQLite's log still holds what was erased; the next attempt follows");
    }
}

/// Empties SQLite's log if that is due.
///
/// # Errors
/// When the store does not answer, or a reader still holds the log. It stays due then.
pub async fn scrub_again(store: &Store) -> Result<(), store::Error> {
    if store.is_scrub_due() {
        store.scrub().await?;
        tracing::info!("SQLite's log no longer holds what was erased");
    }
    Ok(())
}
