//! Drops what is kept no longer: old clicks by class, what is known of past days' visitors, old sums of
//! orphans, providers' requests, old idempotency answers.
//!
//! Holds: each part is a transaction of its own, and a day's clicks are one, so that redirects' rows
//! are never kept waiting for long; what was not reached is taken up by the next step.

use std::collections::BTreeMap;

use crate::click::ClickClass;
use crate::clock::{Clock, DAY_MS, Millis};
use crate::store::click::retention::{self as clicks, Step};
use crate::store::{Error, Store, click, idempotency, inbox, orphan};

/// So long after its end hardly a click of a day still waits in the log; who clicked, and their sums, are
/// packed.
const PACK_MS: i64 = DAY_MS / 8;

/// How long a repeated request gets its first answer.
pub const IDEMPOTENCY_MS: i64 = DAY_MS;

/// How many days clicks are kept, by class; a class that is not named, or with 0, for ever.
pub type ClicksDays = BTreeMap<ClickClass, u32>;

/// Ids of orphans are needed while their entries may come again: moments, as a rule.
const ORPHANS_SEEN_MS: i64 = 2 * DAY_MS;

/// How long what has no fixed time is kept.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// Clicks.
    pub clicks_days: ClicksDays,
    /// Days that sums of orphans are kept; 0 for ever.
    pub orphans_days: u32,
    /// Days that providers' requests are kept; 0 for ever.
    pub inbox_days: u32,
}

/// How many rows a step dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Clicks.
    pub clicks: u64,
    /// Everything else.
    pub other: u64,
}

/// Drops everything that is past its time at the clock's now.
///
/// # Errors
/// When the store does not answer; what was dropped before stays so.
pub async fn step(store: &Store, clock: &Clock, kept: &Kept) -> Result<Dropped, Error> {
    let now: Millis = clock.now();
    let days = &kept.clicks_days;
    let mut dropped = Dropped::default();
    let mut tx = store.write().await?;
    dropped.other += idempotency::forget(&mut tx, now.plus_ms(-IDEMPOTENCY_MS)).await?;
    tx.commit().await?;
    let mut tx = store.ingest().await?;
    orphan::forget_seen(&mut tx, now.plus_ms(-ORPHANS_SEEN_MS)).await?;
    if kept.orphans_days > 0 {
        let before = now.plus_ms(-i64::from(kept.orphans_days) * DAY_MS);
        dropped.other += orphan::forget(&mut tx, before).await?;
    }
    if kept.inbox_days > 0 {
        let before = now.plus_ms(-i64::from(kept.inbox_days) * DAY_MS);
        dropped.other += inbox::forget(&mut tx, before).await?;
    }
    tx.commit().await?;
    for (class, before) in ends(days, now) {
        loop {
            let mut tx = store.ingest().await?;
            let Step::Day(count) = clicks::drop_next(&mut tx, class, before).await? else {
                break;
            };
            tx.commit().await?;
            dropped.clicks += count;
        }
    }
    // Who clicked is kept as long as people's clicks are.
    if let Some(before) = end_of(days, now, ClickClass::is_person) {
        let mut tx = store.ingest().await?;
        dropped.other += click::people::forget(&mut tx, before).await?;
        tx.commit().await?;
    }
    loop {
        let mut tx = store.ingest().await?;
        let before = now.plus_ms(-PACK_MS);
        let packed = click::people::pack_next(&mut tx, before).await?;
        let packed = click::days::pack_next(&mut tx, before).await? || packed;
        tx.commit().await?;
        if !packed {
            break;
        }
    }
    if let Some(before) = end_of(days, now, |_| true) {
        let mut tx = store.ingest().await?;
        dropped.other += clicks::drop_rest(&mut tx, before).await?;
        tx.commit().await?;
    }
    Ok(dropped)
}

/// Up to when clicks of each class are past their time: whole days, UTC.
pub fn ends(days: &ClicksDays, now: Millis) -> impl Iterator<Item = (ClickClass, Millis)> + '_ {
    let today = now.0.div_euclid(DAY_MS);
    days.iter()
        .filter(|(_, days)| **days > 0)
        .map(move |(class, days)| (*class, Millis((today - i64::from(*days)) * DAY_MS)))
}

/// Up to when clicks of every class of these are; `None` while one is kept for ever.
fn end_of(days: &ClicksDays, now: Millis, of: fn(ClickClass) -> bool) -> Option<Millis> {
    let classes = ClickClass::ALL
        .into_iter()
        .filter(|class| of(*class))
        .count();
    let ends: Vec<Millis> = ends(days, now)
        .filter(|(class, _)| of(*class))
        .map(|(_, end)| end)
        .collect();
    (ends.len() == classes).then(|| ends.into_iter().min())?
}
