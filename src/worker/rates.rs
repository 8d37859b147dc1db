//! Imports exchange rates, and converts the amounts that were waiting for them.
//!
//! # Invariants
//! - Rates and conversions are written in batches, each in its own transaction, so ingest continues
//!   in between. An interrupted import keeps its finished batches; importing the same rates again
//!   completes it.
//! - A converted amount is not converted again.
//!
//! # Out of scope
//! The formats of rate files.

use crate::clock::Millis;
use crate::money::rate::{DayRate, RATE_VALID_DAYS};
use crate::store::UpsertCounts;
use crate::store::exchange_rate;
use crate::store::{Error, Store, conversion, credit};

/// Rates that one transaction writes.
const RATES: usize = 5_000;

/// Conversions that one transaction converts.
const CONVERSIONS: i64 = 200;

/// The progress of an import of rates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoadedRates {
    /// How many rates were new, changed or unchanged.
    pub rates: UpsertCounts,
    /// Conversions that waited for a rate of these days.
    pub converted: u64,
}

/// Writes the rates and converts what was waiting for them. A rate must not occur twice. Calls
/// `on_progress` after each batch.
///
/// # Errors
/// When the store does not answer. Progress that was reported is complete.
pub async fn load(
    store: &Store,
    rates: &[DayRate],
    source: &str,
    now: Millis,
    mut on_progress: impl FnMut(&LoadedRates),
) -> Result<LoadedRates, Error> {
    let mut loaded = LoadedRates::default();
    for batch in rates.chunks(RATES) {
        let mut tx = store.write().await?;
        let put = exchange_rate::upsert(&mut tx, batch, source, now).await?;
        tx.commit().await?;
        loaded.rates.new += put.new;
        loaded.rates.changed += put.changed;
        loaded.rates.unchanged += put.unchanged;
        on_progress(&loaded);
    }
    let Some(span) = span(rates) else {
        return Ok(loaded);
    };
    let mut after = None;
    loop {
        // Ingest waits for this transaction, so whichever of the two credits a conversion last sees
        // the new rates.
        let mut tx = store.ingest().await?;
        let waiting = credit::exchange::waiting(&mut tx, span, after.as_ref(), CONVERSIONS).await?;
        let Some(last) = waiting.last().copied() else {
            return Ok(loaded);
        };
        for (earned_at, id) in &waiting {
            let Some(found) = conversion::by_id(&mut tx, *id).await? else {
                continue;
            };
            let joined_by = found.join.joined_by.as_str();
            let credits = credit::all(&mut tx, *id).await?;
            credit::replace(&mut tx, &found.report, *earned_at, joined_by, &credits).await?;
        }
        tx.commit().await?;
        loaded.converted += waiting.len() as u64;
        on_progress(&loaded);
        after = Some(last);
    }
}

/// The times of conversions to which one of the rates applies.
fn span(rates: &[DayRate]) -> Option<(Millis, Millis)> {
    let days = || rates.iter().map(|rate| rate.day);
    let until = days().max()? + RATE_VALID_DAYS + 1;
    Some((Millis::of_day(days().min()?), Millis::of_day(until)))
}
