//! Drops what is no longer needed: first-sight notes of past days, old idempotency answers.

use crate::clock::{Clock, DAY_MS, Millis};
use crate::store::{Error, Store, click, idempotency};

/// A pseudonym lives for one UTC day; two days leave room for clicks that wait in the log.
const VISITORS_MS: i64 = 2 * DAY_MS;

/// How long a repeated request gets its first answer.
pub const IDEMPOTENCY_MS: i64 = DAY_MS;

/// Drops everything that is past its time at the clock's now; gives how many rows went.
///
/// # Errors
/// When the store does not answer; nothing was dropped then.
pub async fn step(store: &Store, clock: &Clock) -> Result<u64, Error> {
    let now: Millis = clock.now();
    let mut tx = store.write().await?;
    let mut dropped = click::forget_visitors(&mut tx, now.plus_ms(-VISITORS_MS)).await?;
    dropped += idempotency::forget(&mut tx, now.plus_ms(-IDEMPOTENCY_MS)).await?;
    tx.commit().await?;
    Ok(dropped)
}
