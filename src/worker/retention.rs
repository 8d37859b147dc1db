//! Deletes data after their retention time: clicks by class, visitors of past days, sums of
//! orphans, providers' requests, idempotent answers.
//!
//! # Invariants
//! Transactions end after a time (`worker::time_budget`), however much is left to delete or pack,
//! so no writer waits long. The next step continues.

use std::collections::BTreeMap;

use super::time_budget::TimeBudget;
use crate::click::ClickClass;
use crate::clock::{Clock, DAY_MS, Millis};
use crate::store::click_event::retention::{self as clicks, RetentionStep};
use crate::store::{Error, Store, click_event, idempotency, inbox, orphan};

/// How long after its end a day's visitors and sums are packed. By then hardly any click of the day
/// is still in the log.
const PACK_MS: i64 = DAY_MS / 8;

/// How long a repeated request gets the first answer.
pub const IDEMPOTENCY_MS: i64 = DAY_MS;

/// How many days clicks are stored, by class. Without a value, or with 0, they are never deleted.
pub type ClicksDays = BTreeMap<ClickClass, u32>;

/// How long ids of orphans are stored: as long as their entries may arrive again.
const ORPHANS_SEEN_MS: i64 = 2 * DAY_MS;

/// The configurable retention times.
#[derive(Clone, Debug, Default)]
pub struct RetentionTimes {
    /// Clicks.
    pub clicks_days: ClicksDays,
    /// Days for sums of orphans; 0 means for ever.
    pub orphans_days: u32,
    /// Days for providers' requests; 0 means for ever.
    pub inbox_days: u32,
}

/// How many rows a step deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DroppedRows {
    /// Clicks.
    pub clicks: u64,
    /// Everything else.
    pub other: u64,
}

/// Repeats work in short transactions until it returns `None`, and sums the results.
macro_rules! in_turns {
    ($store:ident, $tx:ident => $some:expr) => {{
        let mut sum = 0;
        let mut is_done = false;
        while !is_done {
            let mut begun = $store.ingest().await?;
            let budget = TimeBudget::begin();
            while !is_done && !budget.is_over() {
                let $tx = &mut begun;
                let some: Option<u64> = $some;
                is_done = some.is_none();
                sum += some.unwrap_or_default();
            }
            begun.commit().await?;
        }
        sum
    }};
}

/// How many were deleted, if any.
fn any(dropped: u64) -> Option<u64> {
    (dropped > 0).then_some(dropped)
}

/// Deletes everything after its retention time.
///
/// # Errors
/// When the store does not answer. Earlier deletions stay.
pub async fn step(
    store: &Store,
    clock: &Clock,
    kept: &RetentionTimes,
) -> Result<DroppedRows, Error> {
    let now: Millis = clock.now();
    let days = &kept.clicks_days;
    let mut dropped = DroppedRows {
        clicks: 0,
        other: delete_requests(store, kept, now).await?,
    };
    for (class, before) in ends(days, now) {
        dropped.clicks += in_turns!(store, tx => match clicks::delete_next(tx, class, before).await? {
            RetentionStep::Some(count) => Some(count),
            RetentionStep::Done => None,
        });
    }
    // Visitors are stored as long as people's clicks.
    if let Some(before) = end_of(days, now, ClickClass::is_person) {
        dropped.other +=
            in_turns!(store, tx => any(click_event::people::delete_before(tx, before).await?));
    }
    let before = now.plus_ms(-PACK_MS);
    in_turns!(store, tx => {
        let is_packed = click_event::people::pack_next(tx, before).await?;
        let is_packed = click_event::packed_days::pack_next(tx, before).await? || is_packed;
        is_packed.then_some(0)
    });
    if let Some(before) = end_of(days, now, |_| true) {
        dropped.other += in_turns!(store, tx => any(clicks::delete_agents(tx, before).await?));
        let mut tx = store.ingest().await?;
        clicks::drop_months(&mut tx, before).await?;
        tx.commit().await?;
    }
    Ok(dropped)
}

/// Deletes stored requests. Returns how many rows, without those that only refer to others.
async fn delete_requests(store: &Store, kept: &RetentionTimes, now: Millis) -> Result<u64, Error> {
    let mut dropped = 0;
    let before = now.plus_ms(-IDEMPOTENCY_MS);
    dropped += in_turns!(store, tx => any(idempotency::delete_before(tx, before).await?));
    let before = now.plus_ms(-ORPHANS_SEEN_MS);
    in_turns!(store, tx => any(orphan::delete_marks_before(tx, before).await?));
    if kept.orphans_days > 0 {
        let before = now.plus_ms(-i64::from(kept.orphans_days) * DAY_MS);
        dropped += in_turns!(store, tx => any(orphan::delete_before(tx, before).await?));
    }
    if kept.inbox_days > 0 {
        let before = now.plus_ms(-i64::from(kept.inbox_days) * DAY_MS);
        in_turns!(store, tx => any(inbox::delete_subjects_before(tx, before).await?));
        dropped += in_turns!(store, tx => any(inbox::delete_before(tx, before).await?));
    }
    Ok(dropped)
}

/// The end of the retention time of each class: whole UTC days.
pub fn ends(days: &ClicksDays, now: Millis) -> impl Iterator<Item = (ClickClass, Millis)> + '_ {
    let today = now.0.div_euclid(DAY_MS);
    days.iter()
        .filter(|(_, days)| **days > 0)
        .map(move |(class, days)| (*class, Millis((today - i64::from(*days)) * DAY_MS)))
}

/// The earliest end among these classes; `None` if one of them is never deleted.
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
