//! The log in Redis with the log on disk behind it: what Redis does not confirm in time is spilled.
//!
//! Holds: an append is durable in one of the two when it returns, after little more than the
//! deadline at the latest. Once Redis has refused an entry or missed a deadline, appends go to the
//! disk at once, until `drain` has seen Redis take an entry again and brings them back, in order.
//! An append that Redis took but answered too late stands in both; whoever reads must not mind
//! doubles. What is read, acknowledged and buried is that of Redis alone.

pub(super) mod log;

mod outage;
mod position;

pub use self::log::{SpillStatus, SpillingLog};
