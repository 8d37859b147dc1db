//! Days on which an unconfigured proxy hid the addresses of clicks, with their number over all
//! workspaces.
//!
//! # Invariants
//! A row has only the count of a day. It shows that figures of that day are too low, not who
//! clicked.

use crate::drivers::sql::{Error, Tx, execute, statements, value};

statements! {
    sql ADD = "INSERT INTO hidden_origin_day (day, clicks) VALUES ($1, $2) \
        ON CONFLICT (day) DO UPDATE SET clicks = hidden_origin_day.clicks + excluded.clicks";
    sql MARK = "INSERT INTO hidden_origin_day (day, clicks) VALUES ($1, $2) \
        ON CONFLICT (day) DO NOTHING";
    sql ANY = "SELECT count(*) FROM hidden_origin_day WHERE day >= $1 AND day <= $2";
}

/// Adds clicks to a day.
///
/// # Errors
/// When the store does not answer.
pub async fn add(tx: &mut Tx, day: i64, clicks: u64) -> Result<(), Error> {
    let clicks = i64::try_from(clicks).unwrap_or(i64::MAX);
    execute!(tx, ADD, day, clicks)?;
    Ok(())
}

/// Ensures that a day with such clicks has a row, although the clicks may already be counted. No
/// click counts twice; if the day has other clicks, these may be missing.
///
/// # Errors
/// When the store does not answer.
pub async fn mark(tx: &mut Tx, day: i64, clicks: u64) -> Result<(), Error> {
    let clicks = i64::try_from(clicks).unwrap_or(i64::MAX);
    execute!(tx, MARK, day, clicks)?;
    Ok(())
}

/// How many of these days had such clicks, including the last day.
///
/// # Errors
/// When the store does not answer.
pub async fn days(tx: &mut Tx, first: i64, last: i64) -> Result<i64, Error> {
    let days = value!(i64, tx, ANY, first, last)?;
    Ok(days.unwrap_or(0))
}
