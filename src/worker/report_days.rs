//! Packs what reports read of a day, for every day that was written to since it was packed last.
//!
//! Holds: one step takes up what is open as it begins, each day in a transaction of its own, so
//! that ingest waits for one day at most; a report is right before and after. Must not know:
//! what is packed.

use crate::store::report_day::{self, OwnDay, Part};
use crate::store::{Error, Store, Tx, click, credit};

/// Days of one part that a step packs at most.
const MOST: usize = 1000;

/// Packs what is open, earliest first; whether more is left than one step packs. A day that cannot
/// be read is told of and left.
///
/// # Errors
/// When the store does not answer; what was packed before stays so.
pub async fn step(store: &Store) -> Result<bool, Error> {
    let mut is_more = false;
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    for part in Part::ALL {
        let mut tx = store.read().await?;
        let days = report_day::open(&mut tx, part, most).await?;
        drop(tx);
        let mut packed = 0;
        for day in &days {
            let mut tx = store.ingest().await?;
            match pack(&mut tx, part, day).await {
                Ok(()) => tx.commit().await?,
                Err(error) if !error.is_of_the_entry() => return Err(error),
                Err(error) => {
                    tracing::error!(%error, day.owner, day.day, "a day cannot be packed for reports");
                    continue;
                }
            }
            packed += 1;
        }
        is_more |= packed == MOST;
    }
    Ok(is_more)
}

async fn pack(tx: &mut Tx, part: Part, day: &OwnDay) -> Result<(), Error> {
    match part {
        Part::Credits => credit::days::pack(tx, day).await,
        Part::Clicks => click::campaign_day::pack(tx, day).await,
        Part::Cells => click::campaign_day::pack_cells(tx, day).await,
        Part::People => click::people::day::pack(tx, day).await,
    }
}
