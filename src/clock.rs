//! Time as a parameter: Unix milliseconds, and the clock that gives them.
//!
//! # Invariants
//! - Every time in Leadline is a [`Millis`]: UTC, `BIGINT` at rest, RFC 3339 outside.
//! - Nothing else reads the system clock, so tests and the demo can set it.

pub mod day;
mod millis;
mod source;

pub use millis::{DAY_MS, Millis, QUARTER_HOUR_MS};
pub use source::Clock;
