//! Credits anew what was credited by other rules: conversions of before these rules, and those that
//! a change of a campaign's windows or of the configuration reaches.
//!
//! Holds: a step is one bounded transaction under [`Store::ingest`], and each conversion says by
//! which rules it was credited; so breaking off leaves what is done, and the next step goes on
//! behind it. Joins stay as they are. Must not know: what the rules are.

use super::join::Joiner;
use super::time_budget::TimeBudget;
use crate::attribution::AttributionSettings;
use crate::network::NetworkRegistry;
use crate::store::credit::version;
use crate::store::{Error, Store};

/// Conversions that are credited anew in one transaction, beside what takes them back.
pub const AT_ONCE: i64 = 200;

/// Conversions after which it is asked whether the transaction has gone on for long enough.
const AT_A_TIME: usize = 10;

/// Credits some conversions anew; gives how many, 0 when all are credited by these terms.
///
/// # Errors
/// When the store does not answer; what was credited before stays so.
pub async fn step(
    store: &Store,
    registry: &NetworkRegistry,
    terms: AttributionSettings,
) -> Result<usize, Error> {
    // Nobody waits for whoever has nothing to do.
    let mut tx = store.read().await?;
    if version::stale(&mut tx, terms.version(), 1)
        .await?
        .is_empty()
    {
        return Ok(0);
    }
    drop(tx);
    let mut tx = store.ingest().await?;
    let stale = version::stale(&mut tx, terms.version(), AT_ONCE).await?;
    let (turn, mut count) = (TimeBudget::begin(), 0);
    for some in stale.chunks(AT_A_TIME) {
        let joins = Joiner::new(&mut tx, registry, terms);
        joins.reallocate(some.to_vec()).await?;
        count += some.len();
        if turn.is_over() {
            break;
        }
    }
    tx.commit().await?;
    Ok(count)
}
