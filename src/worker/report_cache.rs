//! Packs what reports read of a day, for every day that was written to since it was packed last.
//!
//! Holds: one step takes up what is open as it begins. A day is read and packed beside those who
//! write, however large it is; its transaction only writes the result, and only where nobody wrote
//! to the day meanwhile. Such a day is packed by a later step. A report is right before and after.
//! Must not know: what is packed.

use crate::store::report_day::{self, Claim, OwnDay, Part};
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
    for part in Part::ALL {
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
                    tracing::error!(%error, day.owner, day.day, "a day cannot be packed for reports");
                    continue;
                }
            };
            let mut tx = store.ingest().await?;
            packed += usize::from(report_day::close(&mut tx, part, day, claim, bytes).await?);
            tx.commit().await?;
        }
        // Days that cannot be packed do not keep this going.
        is_more |= days.len() == MOST && packed >= MOST / 2;
    }
    Ok(is_more)
}

/// What is open.
async fn open(store: &Store, part: Part) -> Result<Vec<OwnDay>, Error> {
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    report_day::open(&mut store.read().await?, part, most).await
}

async fn claim(store: &Store, part: Part, days: &[OwnDay]) -> Result<Claim, Error> {
    let mut tx = store.ingest().await?;
    let claim = report_day::claim(&mut tx, part, days).await?;
    tx.commit().await?;
    Ok(claim)
}

/// A day as it stands, packed.
async fn read(store: &Store, part: Part, day: &OwnDay) -> Result<Option<Vec<u8>>, Error> {
    let mut tx = store.read().await?;
    pack(&mut tx, part, day).await
}

async fn pack(tx: &mut Tx, part: Part, day: &OwnDay) -> Result<Option<Vec<u8>>, Error> {
    match part {
        Part::Credits => credit::days::pack(tx, day).await,
        Part::Clicks => click::campaign_day::pack(tx, day).await,
        Part::Cells => click::campaign_day::pack_cells(tx, day).await,
        Part::People => click::people::day::pack(tx, day).await,
    }
}
