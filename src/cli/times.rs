//! Times as commands print them.
//!
//! # Invariants
//! Times are in UTC, unless a time zone is named next to them.

use jiff::tz::TimeZone;

use crate::clock::Millis;

/// A time as `2026-03-10 12:00:00Z`.
pub(super) fn second(at: Millis) -> String {
    formatted(at, "%Y-%m-%d %H:%M:%SZ")
}

/// A time as `2026-03-10 12:00`.
pub(super) fn minute(at: Millis) -> String {
    formatted(at, "%Y-%m-%d %H:%M")
}

/// A time in a time zone, as `2026-03-10 12:00`.
pub(super) fn minute_in(zone: &TimeZone, at: Millis) -> String {
    let zoned = at.timestamp().to_zoned_datetime(zone.clone());
    zoned.strftime("%Y-%m-%d %H:%M").to_string()
}

/// The day of a time.
pub(super) fn day(at: Millis) -> String {
    formatted(at, "%Y-%m-%d")
}

fn formatted(at: Millis, format: &str) -> String {
    at.timestamp().strftime(format).to_string()
}
