//! The days of a row.

use std::ops::RangeInclusive;

use crate::clock::day::{self, DateOrder};
use crate::operations::import::bad_rows::{RowError, bad};

/// Longest range of days.
const MAX_DAYS: i64 = 3660;

/// The days of a row: one day, or the first and last of a range.
///
/// # Errors
/// A day that is missing or cannot be read, or a range in the wrong order or too long.
pub fn days(
    day: Option<&str>,
    from: Option<&str>,
    to: Option<&str>,
    order: Option<DateOrder>,
) -> Result<RangeInclusive<i64>, RowError> {
    let read =
        |field, text: &str| day::parse(text, order).or_else(|error| bad(field, error.to_string()));
    match (day, from, to) {
        (Some(text), _, _) => {
            let day = read("day", text)?;
            Ok(day..=day)
        }
        (None, Some(from), Some(to)) => {
            let (from, to) = (read("from", from)?, read("to", to)?);
            if to < from {
                return bad("to", "is before `from`");
            }
            if to - from >= MAX_DAYS {
                return bad("to", format!("is more than {MAX_DAYS} days after `from`"));
            }
            Ok(from..=to)
        }
        _ => bad(
            "day",
            "is missing; give it, or both `from` and `to`, and remove lines of totals",
        ),
    }
}
