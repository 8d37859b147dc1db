//! A customer: the person whom conversions have in common by their identifiers.
//!
//! # Invariants
//! - A customer, its id included, follows from the ledger alone. Every order of arrival ends in the
//!   same customers.
//! - Money is not part of it; sums come from the ledger.
//!
//! # Out of scope
//! Storage, HTTP.

pub mod lifetime;
mod record;
mod touch;

pub use record::{Customer, customer_id_of};
pub use touch::{CustomerTouch, touches};
