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

/// Attempts to empty SQLite's log before the erasure continues without it.
const SCRUB_TRIES: u32 = 3;

/// How long others may write between two attempts.
const SCRUB_PAUSE: Duration = Duration::from_millis(20);

impl Eraser<'_> {
    /// Erases a person of a workspace. Afterwards nobody is known by these identifiers.
    ///
    /// # Errors
    /// [`Error::TooLarge`]: nothing was erased. When the store does not answer: the next call of
    /// [`Eraser::finish`] completes the erasure.
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

    /// Erases everything on the list, until it is empty or `stop` is cancelled; then empties
    /// SQLite's log. Returns whether anything was listed.
    ///
    /// # Errors
    /// When the store does not answer. The rest stays on the list.
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

/// Removes erased rows from SQLite's log, after they were deleted. A reader that still uses the log
/// delays this; then [`scrub_again`] follows.
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
/// When the store does not answer, or a reader still uses the log. Then it stays due.
pub async fn scrub_again(store: &Store) -> Result<(), store::Error> {
    if store.is_scrub_due() {
        store.scrub().await?;
        tracing::info!("SQLite's log no longer holds what was erased");
    }
    Ok(())
}
