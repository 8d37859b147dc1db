//! Re-credits conversions that were credited by other rules: those from before the current rules,
//! and those affected by a change of a campaign's windows or of the configuration.
//!
//! # Invariants
//! - A step is one bounded transaction under [`Store::ingest`]. Each conversion stores the version
//!   of its rules, so the next step continues where the last one ended.
//! - Joins stay unchanged.
//!
//! # Out of scope
//! The rules themselves.

use super::join::Joiner;
use super::time_budget::TimeBudget;
use crate::attribution::AttributionSettings;
use crate::network::NetworkRegistry;
use crate::store::credit::version;
use crate::store::{Error, Store};

/// Most conversions that one transaction re-credits, without their refunds.
pub const AT_ONCE: i64 = 200;

/// Conversions that are re-credited between two checks of the time budget.
const AT_A_TIME: usize = 10;

/// Re-credits some conversions. Returns how many; 0 when all are credited by the current settings.
///
/// # Errors
/// When the store does not answer. Earlier re-crediting stays.
pub async fn step(
    store: &Store,
    registry: &NetworkRegistry,
    terms: AttributionSettings,
) -> Result<usize, Error> {
    // Without work, no writing transaction begins, so nobody waits for it.
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
    let (budget, mut count) = (TimeBudget::begin(), 0);
    for some in stale.chunks(AT_A_TIME) {
        let joins = Joiner::new(&mut tx, registry, terms);
        joins.reallocate(some.to_vec()).await?;
        count += some.len();
        if budget.is_over() {
            break;
        }
    }
    tx.commit().await?;
    Ok(count)
}
