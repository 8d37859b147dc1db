//! Rebuilds the report cache for every day that changed since its last rebuild.
//!
//! # Invariants
//! - A step rebuilds the days that are invalid when it begins.
//! - A day of any size is read while others write. The transaction that follows only stores the
//!   result, and only if the day did not change meanwhile; otherwise a later step rebuilds it.
//! - Reports are correct before and after.
//!
//! # Out of scope
//! The content of a cached day.

use crate::store::report_cache::{self, RebuildClaim, ReportDay, ReportPart};
use crate::store::{Error, Store, Tx, click_event, credit};

/// Most days of one part that a step rebuilds.
const MOST: usize = 1000;

/// Rebuilds invalid days, earliest first. Returns whether more are left. A day that cannot be read
/// is logged and skipped.
///
/// # Errors
/// When the store does not answer. Days that were already stored stay.
pub async fn step(store: &Store) -> Result<bool, Error> {
    let mut is_more = false;
    for part in ReportPart::ALL {
        let days = open(store, part).await?;
        if days.is_empty() {
            continue;
        }
        let claim = claim(store, part, &days).await?;
        let mut packed = 0;
        for day in &days {
            let bytes = match read(store, part, day).await {
                Ok(bytes) => bytes,
                Err(error) if !error.is_of_the_entry() => return Err(error),
                Err(error) => {
                    tracing::error!(%error, day.owner, day.day, "a day cannot be cached for reports");
                    continue;
                }
            };
            let mut tx = store.ingest().await?;
            packed += usize::from(report_cache::store(&mut tx, part, day, claim, bytes).await?);
            tx.commit().await?;
        }
        // Unreadable days must not keep the task busy.
        is_more |= days.len() == MOST && packed >= MOST / 2;
    }
    Ok(is_more)
}

/// The invalid days.
async fn open(store: &Store, part: ReportPart) -> Result<Vec<ReportDay>, Error> {
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    report_cache::stale(&mut store.read().await?, part, most).await
}

async fn claim(store: &Store, part: ReportPart, days: &[ReportDay]) -> Result<RebuildClaim, Error> {
    let mut tx = store.ingest().await?;
    let claim = report_cache::claim(&mut tx, part, days).await?;
    tx.commit().await?;
    Ok(claim)
}

/// The current data of a day, packed.
async fn read(store: &Store, part: ReportPart, day: &ReportDay) -> Result<Option<Vec<u8>>, Error> {
    let mut tx = store.read().await?;
    pack(&mut tx, part, day).await
}

async fn pack(tx: &mut Tx, part: ReportPart, day: &ReportDay) -> Result<Option<Vec<u8>>, Error> {
    match part {
        ReportPart::Credits => credit::cache::rebuild(tx, day).await,
        ReportPart::Clicks => click_event::cache::rebuild(tx, day).await,
        ReportPart::Cells => click_event::cache::rebuild_cells(tx, day).await,
        ReportPart::People => click_event::people::cache::rebuild(tx, day).await,
    }
}
