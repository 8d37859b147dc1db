//! Re-credits conversions that were credited by other rules: those from before these rules, and
//! those affected by a change of a campaign's windows or of the configuration.
//!
//! # Invariants
//! - A step is one bounded transaction under [`Store::ingest`]. Each conversion has the version of
//!   the rules it was credited by, so the next step goes on where the last one ended.
//! - Joins stay as they are.
//!
//! # Out of scope
//! The rules themselves.

use super::join::Joiner;
use super::time_budget::TimeBudget;
use crate::attribution::AttributionSettings;
use crate::network::NetworkRegistry;
use crate::store::credit::version;
use crate::store::{Error, Store};

/// Conversions that one transaction re-credits at most, their refunds not counted.
pub const AT_ONCE: i64 = 200;

/// Conversions that are re-credited between two looks at the time budget.
const AT_A_TIME: usize = 10;

/// Re-credits some conversions; gives how many, 0 when all are credited by these terms.
///
/// # Errors
/// When the store does not answer. What was credited before stays so.
pub async fn step(
    store: &Store,
    registry: &NetworkRegistry,
    terms: AttributionSettings,
) -> Result<usize, Error> {
    // Without work no writing transaction is opened, so no one waits for it.
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
