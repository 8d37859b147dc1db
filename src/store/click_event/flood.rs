//! Clicks above the bound of one address on one link: a count by placement and quarter-hour,
//! without rows.
//!
//! # Invariants
//! - An entry counts once, however often it arrives, both in this table and in the roll-up, with
//!   the class `flood`. A report from clicks and this table equals one from the roll-up.
//! - The caller holds [`Store::ingest`](crate::store::Store::ingest) while it adds.

use std::collections::BTreeMap;

use super::roll_up::{self, RollUpKey, RollUpSums};
use super::writer::ClickWriter;
use crate::click::{ClickClass, Flood, RawClick};
use crate::clock::Millis;
use crate::drivers::sql::{Error, Tx, bulk, bulk_sql, execute, statements};
use crate::store::orphan;

statements! {
    bulk ADD = bulk_sql!(
        "INSERT INTO click_flood " values(placement_id BIGINT, quarter BIGINT, clicks BIGINT)
        " ON CONFLICT (placement_id, quarter) DO UPDATE SET clicks = click_flood.clicks + \
        excluded.clicks"
    );
    sql DROP = "DELETE FROM click_flood WHERE quarter >= $1 AND quarter < $2";
}

/// Placement, quarter-hour and number of clicks.
type Sum = ((i64, i64), i64);

impl ClickWriter {
    /// Adds the entries that were not counted before. Returns how many clicks these are. `now` is
    /// the worker's time.
    ///
    /// # Errors
    /// When the store does not answer. Then roll back the whole batch and call
    /// [`ClickWriter::clear_cache`].
    pub async fn add_floods(
        &mut self,
        tx: &mut Tx,
        floods: &[&Flood],
        now: Millis,
    ) -> Result<u64, Error> {
        let ids: Vec<_> = floods.iter().map(|flood| flood.id).collect();
        let is_new = orphan::mark_counted(tx, &ids, now).await?;
        let new = floods
            .iter()
            .zip(is_new)
            .filter_map(|(flood, new)| new.then_some(*flood));
        let new: Vec<&Flood> = new.collect();
        if new.is_empty() {
            return Ok(0);
        }
        let hits: Vec<RawClick> = new.iter().map(|flood| flood.as_hit()).collect();
        let hits: Vec<&RawClick> = hits.iter().collect();
        let mut sums: BTreeMap<(i64, i64), i64> = BTreeMap::new();
        for (flood, placed) in new.iter().zip(self.placements_of(tx, &hits).await?) {
            let key = (placed, flood.at.quarter_hour().0);
            *sums.entry(key).or_default() += i64::from(flood.clicks);
        }
        let mut rolled_up = RollUpSums::default();
        for ((placement, quarter), clicks) in &sums {
            let key = RollUpKey {
                placement: *placement,
                quarter: *quarter,
                network_seen: "",
                country: "",
                device: "",
                class: ClickClass::Flood,
            };
            rolled_up.insert(key, [*clicks, 0, 0]);
        }
        roll_up::write(tx, rolled_up).await?;
        let total: i64 = sums.values().sum();
        let sums: Vec<Sum> = sums.into_iter().collect();
        bulk!(
            execute,
            tx,
            ADD,
            sums,
            [|sum: &Sum| sum.0.0, |sum: &Sum| sum.0.1, |sum: &Sum| sum.1,]
        )?;
        Ok(total.unsigned_abs())
    }
}

/// Deletes the counts of these quarter-hours. Their sums in reports stay.
pub(super) async fn delete(tx: &mut Tx, from: Millis, until: Millis) -> Result<u64, Error> {
    Ok(execute!(tx, DROP, from.0, until.0)?)
}
