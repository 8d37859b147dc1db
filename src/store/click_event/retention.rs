//! Deletes old clicks, class by class, oldest first. Their sums in reports stay.
//!
//! # Invariants
//! - Clicks and the progress of deletion change in one transaction, some at a time. So the work
//!   resumes where it stopped, and its cost depends on the clicks that became old, not on all
//!   clicks.
//! - A day that is partly deleted counts as deleted.
//! - On PostgreSQL the table of an empty month is dropped.
//!
//! # Out of scope
//! How long clicks are stored.

use super::flood;
use crate::click::ClickClass;
use crate::clock::{DAY_MS, Millis, QUARTER_HOUR_MS};
use crate::drivers::sql::{Error, Tx, execute, run, statements, value};
use crate::id::ClickId;
use crate::store::page::DROPPED_AT_ONCE;
use crate::store::text_column::read_id;

statements! {
    sql OLDEST = "SELECT min(id) FROM click";
    sql DONE = "SELECT done_until FROM click_retention WHERE class = $1";
    sql NOTE = "INSERT INTO click_retention (class, done_until) VALUES ($1, $2) \
        ON CONFLICT (class) DO UPDATE SET done_until = excluded.done_until";
    sql DROP = "DELETE FROM click WHERE id >= $1 AND id < $2 AND class = $3";
    sql SOME = "SELECT id FROM click WHERE id >= $1 AND id < $2 ORDER BY id LIMIT 1 OFFSET $3";
    sql DROP_AGENTS = "DELETE FROM agent WHERE id IN (SELECT id FROM agent \
        WHERE seen_on < $1 LIMIT $2)";
    sql LEFT = "SELECT count(*) FROM click WHERE id < $1 AND class = $2";
    postgres DROP_MONTHS = "SELECT drop_empty_click_months($1)";
}

/// The result of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetentionStep {
    /// All clicks before the requested time are already deleted.
    Done,
    /// This many clicks were deleted; more may follow.
    Some(u64),
}

/// Deletes the next clicks of a class that are older than `before`, oldest first: some clicks of
/// one day.
///
/// # Errors
/// When the store does not answer; then nothing is deleted.
pub async fn delete_next(
    tx: &mut Tx,
    class: ClickClass,
    before: Millis,
) -> Result<RetentionStep, Error> {
    let from = match value!(i64, tx, DONE, class.as_str())? {
        Some(done) => Millis(done),
        None => match oldest(tx).await? {
            Some(oldest) => oldest,
            None => return Ok(RetentionStep::Done),
        },
    };
    let mut until = day_after(from).min(before);
    if until <= from {
        return Ok(RetentionStep::Done);
    }
    let dropped = if class == ClickClass::Flood {
        until = until.min(from.quarter_hour().plus_ms(QUARTER_HOUR_MS));
        flood::delete(tx, from, until).await?
    } else {
        until = some_before(tx, from, until).await?;
        let (first, end) = (ClickId::least_text(from), ClickId::least_text(until));
        execute!(tx, DROP, &first, &end, class.as_str())?
    };
    execute!(tx, NOTE, class.as_str(), until.0)?;
    Ok(RetentionStep::Some(dropped))
}

/// A time before which only some clicks of any class exist; `until` if there are few.
async fn some_before(tx: &mut Tx, from: Millis, until: Millis) -> Result<Millis, Error> {
    let (first, end) = (ClickId::least_text(from), ClickId::least_text(until));
    let next = value!(String, tx, SOME, &first, &end, DROPPED_AT_ONCE)?;
    let next = next.map(|id| read_id::<crate::id::ClickIdKind>(&id));
    let next = next.transpose()?.map(|id| id.time());
    // All clicks of one millisecond are deleted together.
    Ok(next.map_or(until, |at| at.max(from.plus_ms(1))))
}

/// Deletes some user agents that only clicks before `before` may use; 0 when none is left.
///
/// # Errors
/// When the store does not answer.
pub async fn delete_agents(tx: &mut Tx, before: Millis) -> Result<u64, Error> {
    Ok(execute!(tx, DROP_AGENTS, before.day(), DROPPED_AT_ONCE)?)
}

/// Drops empty tables of months before `before`.
///
/// # Errors
/// When the store does not answer.
pub async fn drop_months(tx: &mut Tx, before: Millis) -> Result<(), Error> {
    if let Tx::Postgres(tx) = tx {
        run!(tx, sqlx::query(DROP_MONTHS).bind(before.0), execute)?;
    }
    Ok(())
}

/// How many clicks of a class are older than `before`: the proof that they are deleted.
///
/// # Errors
/// When the store does not answer.
pub async fn remaining(tx: &mut Tx, class: ClickClass, before: Millis) -> Result<i64, Error> {
    let left = value!(i64, tx, LEFT, ClickId::least_text(before), class.as_str())?;
    Ok(left.unwrap_or(0))
}

/// Whether every person's click since `from` is still stored.
///
/// # Errors
/// When the store does not answer.
pub async fn is_whole(tx: &mut Tx, from: Millis) -> Result<bool, Error> {
    for class in [ClickClass::Human, ClickClass::LikelyHuman] {
        let done = value!(i64, tx, DONE, class.as_str())?;
        if done.is_some_and(|done| done > from.0) {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn oldest(tx: &mut Tx) -> Result<Option<Millis>, Error> {
    let oldest = value!(Option<String>, tx, OLDEST)?.flatten();
    let time = |id: String| read_id::<crate::id::ClickIdKind>(&id).map(|id| id.time());
    oldest.map(time).transpose()
}

fn day_after(moment: Millis) -> Millis {
    Millis((moment.0.div_euclid(DAY_MS) + 1) * DAY_MS)
}
