//! An order's life: what a provider reported of it, in any order of arrival, and the lines of the
//! ledger that follow.
//!
//! # Invariants
//! - The lines are a function of what was reported, and of nothing else. Deliveries that come late,
//!   twice or in another order end in the same ledger.
//! - Of each part of an order the newest word stands: an older payload never overwrites a newer
//!   one. Click ids add up.
//! - Money is counted in the original currency, in minor units.
//!
//! # Out of scope
//! Any provider's payloads, storage.

mod facts;
mod ledger;
mod observation;

pub use facts::{OrderFacts, apply, evidence};
pub use ledger::{LedgerLine, ledger};
pub use observation::{DisputeState, OrderFact, OrderObservation, RefundState};

#[cfg(test)]
mod tests;
