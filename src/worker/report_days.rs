//! Packs what reports read of a day, for every day that was written to since it was packed last.
//!
//! Holds: one step takes up what is open as it begins, a few days in each transaction, so that redirects'
//! rows never wait for long; a report is right before and after. Must not know: what is packed.

use crate::store::report_day::{self, OwnDay, Part};
use crate::store::{Error, Store, Tx, click, credit};

/// Days that one transaction packs, each a few milliseconds.
const AT_ONCE: usize = 16;

/// Days of one part that a step packs at most.
const MOST: usize = 1000;

/// Packs what is open, earliest first; whether more is left than one step packs.
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
        for some in days.chunks(AT_ONCE) {
            let mut tx = store.ingest().await?;
            for day in some {
                pack(&mut tx, part, day).await?;
            }
            tx.commit().await?;
        }
        is_more |= days.len() == MOST;
    }
    Ok(is_more)
}

async fn pack(tx: &mut Tx, part: Part, day: &OwnDay) -> Result<(), Error> {
    match part {
        Part::Credits => credit::days::pack(tx, day).await,
        Part::Clicks => click::totals::pack(tx, day).await,
        Part::People => click::people::day::pack(tx, day).await,
    }
}
