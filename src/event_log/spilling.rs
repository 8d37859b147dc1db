//! The log in Redis with the log on disk behind it: what Redis does not confirm in time is spilled.
//!
//! # Invariants
//! - An append is durable in one of the two when it returns, little later than the deadline.
//! - After Redis refused an entry or missed a deadline, appends go to the disk at once. When Redis
//!   accepts entries again, `drain` moves them there, in order.
//! - An append that Redis accepted but answered too late is in both. Readers tolerate repeats.
//! - Entries are read, acknowledged and dead-lettered in Redis only.

pub(super) mod log;

mod outage;
mod position;

pub use self::log::{SpillStatus, SpillingLog};
