//! Loads rates of exchange, and turns by them what has waited for them.
//!
//! Holds: rates are written and conversions are turned in batches, each its own transaction, so
//! ingest goes on in between; breaking off leaves what is done, and loading the same rates again
//! does the rest. What was turned already stays as it is. Must not know: what lists of rates look
//! like.

use crate::clock::Millis;
use crate::money::rate::{DayRate, RATE_VALID_DAYS};
use crate::store::exchange_rate::{self, Put};
use crate::store::{Error, Store, conversion, credit};

/// Rates written in one transaction.
const RATES: usize = 5_000;

/// Conversions turned in one transaction.
const CONVERSIONS: i64 = 200;

/// What loading rates has done, so far or at its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoadedRates {
    /// What became of the rates.
    pub rates: Put,
    /// Conversions that had waited for a rate of these days.
    pub converted: u64,
}

/// Writes the rates, none of which comes twice, and turns what has waited for them. `told` hears
/// after each batch how far it is.
///
/// # Errors
/// When the store does not answer; what was told of is done.
pub async fn load(
    store: &Store,
    rates: &[DayRate],
    source: &str,
    now: Millis,
    mut told: impl FnMut(&LoadedRates),
) -> Result<LoadedRates, Error> {
    let mut loaded = LoadedRates::default();
    for batch in rates.chunks(RATES) {
        let mut tx = store.write().await?;
        let put = exchange_rate::put(&mut tx, batch, source, now).await?;
        tx.commit().await?;
        loaded.rates.new += put.new;
        loaded.rates.changed += put.changed;
        loaded.rates.unchanged += put.unchanged;
        told(&loaded);
    }
    let Some(span) = span(rates) else {
        return Ok(loaded);
    };
    let mut after = None;
    loop {
        // Ingest waits meanwhile: a conversion is credited by one of the two, and by the later one
        // with the rates that are there.
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
        told(&loaded);
        after = Some(last);
    }
}

/// When conversions were earned that go by one of the rates.
fn span(rates: &[DayRate]) -> Option<(Millis, Millis)> {
    let days = || rates.iter().map(|rate| rate.day);
    let until = days().max()? + RATE_VALID_DAYS + 1;
    Some((Millis::of_day(days().min()?), Millis::of_day(until)))
}
