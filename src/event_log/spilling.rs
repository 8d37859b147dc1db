//! The log in Redis with the disk as a fallback: entries that Redis does not confirm in time are
//! spilled.
//!
//! # Invariants
//! - An append is durable in one of the two when it returns, shortly after the deadline at the
//!   latest.
//! - After Redis refused an entry or missed a deadline, appends go to the disk directly. When Redis
//!   accepts entries again, `drain` moves them there, in order.
//! - An append that Redis accepted but answered too late is in both. Readers tolerate repeats.
//! - Entries are read, acknowledged and dead-lettered only in Redis.

pub(super) mod log;

mod outage;
mod position;

pub use self::log::{SpillStatus, SpillingLog};
