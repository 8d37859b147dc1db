//! What reports read of a day, packed: one row for each campaign and day, and one for each
//! workspace and day for everything without a campaign. So a report costs what it shows.
//!
//! Holds: everything here is derived from rows that stand elsewhere. Whoever changes such rows
//! opens their day in the same transaction, under the lock of
//! [`Store::ingest`](crate::store::Store::ingest); an open day is read from those rows until it is
//! packed again. Whoever packs a day claims it, reads it without that lock, and closes it as long
//! as the claim stands: to open a day ends a claim. Must not know: what is packed.

use serde::{Deserialize, Serialize};

use super::{Error, Tx};
use crate::drivers::sql::{Bulk, bulk, bulk_sql, execute, fetch, statements};

statements! {
    sql READ = "SELECT day, bytes FROM report_day \
        WHERE owner = $1 AND part = $2 AND day >= $3 AND day <= $4 ORDER BY day LIMIT $5";
    sql OPEN = "SELECT owner, day FROM report_day \
        WHERE part = $1 AND bytes IS NULL ORDER BY day, owner LIMIT $2";
    sql CLOSE = "UPDATE report_day SET bytes = $5, claim = NULL \
        WHERE owner = $1 AND part = $2 AND day = $3 AND claim = $4";
    sql DROP = "DELETE FROM report_day WHERE owner = $1 AND part = $2 AND day = $3 AND claim = $4";
    sql FORGET = "DELETE FROM report_day WHERE part = $1 AND day >= $2 AND day <= $3";
    bulk CLAIM = bulk_sql!(
        "UPDATE report_day SET claim = a.claim FROM "
        rows(owner TEXT, part TEXT, day BIGINT, claim BIGINT)
        " WHERE report_day.owner = a.owner AND report_day.part = a.part AND report_day.day = a.day \
        AND report_day.bytes IS NULL"
    );
    bulk OPEN_CAMPAIGNS = bulk_sql!(
        "INSERT INTO report_day (owner, part, day) SELECT DISTINCT p.campaign_id, a.part, a.day \
        FROM " rows(placement_id BIGINT, part TEXT, day BIGINT)
        " JOIN placement p ON p.id = a.placement_id WHERE p.campaign_id IS NOT NULL \
        ON CONFLICT (owner, part, day) DO UPDATE SET bytes = NULL, claim = NULL \
        WHERE report_day.bytes IS NOT NULL OR report_day.claim IS NOT NULL"
    );
    // Those of placements without a campaign are their workspace's.
    bulk OPEN_OWNERS = bulk_sql!(
        "INSERT INTO report_day (owner, part, day) SELECT DISTINCT coalesce(p.campaign_id, \
        p.workspace_id), a.part, a.day FROM " rows(placement_id BIGINT, part TEXT, day BIGINT)
        " JOIN placement p ON p.id = a.placement_id WHERE TRUE ON CONFLICT (owner, part, day) \
        DO UPDATE SET bytes = NULL, claim = NULL WHERE report_day.bytes IS NOT NULL \
        OR report_day.claim IS NOT NULL"
    );
}

/// The form of what is packed. Where it changes, a migration opens every day.
const VERSION: u8 = 1;

/// What of a day is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Credits, by the day of their clicks.
    Credits,
    /// Sums of clicks by placement and class.
    Clicks,
    /// Sums of clicks as finely as they are told apart.
    Cells,
    /// Visitors.
    People,
}

impl Part {
    /// Every part.
    pub const ALL: [Part; 4] = [Part::Credits, Part::Clicks, Part::Cells, Part::People];

    /// The word at rest.
    pub fn as_str(self) -> &'static str {
        match self {
            Part::Credits => "credits",
            Part::Clicks => "clicks",
            Part::Cells => "cells",
            Part::People => "people",
        }
    }
}

/// Whose day it is (a campaign; a workspace for what no campaign is known for), and which: UTC,
/// since 1970-01-01.
#[derive(Clone, Debug, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct OwnDay {
    /// Id of the owner.
    pub owner: String,
    /// The day.
    pub day: i64,
}

/// Days that are read at once: a long period is never in memory as a whole.
const AT_ONCE: usize = 64;

/// Days with what is packed of them; `None` for open ones.
pub(super) type Days = Vec<(i64, Option<Vec<u8>>)>;

/// A period that is read some days at a time, in their order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading<'a> {
    owner: &'a str,
    part: Part,
    /// From the first day that was not read yet to the last one; `None` when all were.
    left: Option<(i64, i64)>,
}

impl<'a> Reading<'a> {
    /// The days from `first` to `last`.
    pub(super) fn new(owner: &'a str, part: Part, (first, last): (i64, i64)) -> Reading<'a> {
        Reading {
            owner,
            part,
            left: (first <= last).then_some((first, last)),
        }
    }

    /// The next days that something is known of; none at the end.
    pub(super) async fn next(&mut self, tx: &mut Tx) -> Result<Days, Error> {
        let Some((first, last)) = self.left else {
            return Ok(Days::new());
        };
        let days: Days = fetch!(
            all(i64, Option<Vec<u8>>),
            tx,
            READ,
            self.owner,
            self.part.as_str(),
            first,
            last,
            i64::try_from(AT_ONCE).unwrap_or(i64::MAX)
        )?;
        let read = days.last().filter(|_| days.len() == AT_ONCE);
        self.left = read.map(|(day, _)| (day + 1, last));
        Ok(days)
    }
}

/// Some open days, earliest first.
///
/// # Errors
/// When the store does not answer.
pub async fn open(tx: &mut Tx, part: Part, most: i64) -> Result<Vec<OwnDay>, Error> {
    Ok(fetch!(all OwnDay, tx, OPEN, part.as_str(), most)?)
}

/// Who packs some days, until one of them is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim(i64);

/// Claims open days for one who packs them. Whoever claimed one before packs it in vain.
///
/// # Errors
/// When the store does not answer.
pub async fn claim(tx: &mut Tx, part: Part, days: &[OwnDay]) -> Result<Claim, Error> {
    let claim = Claim(rand::random::<i64>() & i64::MAX);
    bulk!(
        execute,
        tx,
        CLAIM,
        days,
        [
            |day: &OwnDay| day.owner.clone(),
            |_: &OwnDay| part.as_str(),
            |day: &OwnDay| day.day,
            |_: &OwnDay| claim.0,
        ]
    )?;
    Ok(claim)
}

/// Opens days of the campaigns of these placements; a placement without a campaign is nobody's.
pub(super) async fn open_campaigns(
    tx: &mut Tx,
    part: Part,
    placements: &[(i64, i64)],
) -> Result<(), Error> {
    open_by(tx, OPEN_CAMPAIGNS, part, placements).await
}

/// Opens days of the campaigns of these placements, and of the workspaces of those without one.
pub(super) async fn open_owners(
    tx: &mut Tx,
    part: Part,
    placements: &[(i64, i64)],
) -> Result<(), Error> {
    open_by(tx, OPEN_OWNERS, part, placements).await
}

async fn open_by(
    tx: &mut Tx,
    statement: Bulk,
    part: Part,
    placements: &[(i64, i64)],
) -> Result<(), Error> {
    if !placements.is_empty() {
        bulk!(
            execute,
            tx,
            statement,
            placements,
            [
                |row: &(i64, i64)| row.0,
                |_: &(i64, i64)| part.as_str(),
                |row: &(i64, i64)| row.1,
            ]
        )?;
    }
    Ok(())
}

/// Forgets days of every owner, with the rows that they were made of.
pub(super) async fn forget(
    tx: &mut Tx,
    part: Part,
    (first, last): (i64, i64),
) -> Result<(), Error> {
    execute!(tx, FORGET, part.as_str(), first, last)?;
    Ok(())
}

/// The days, which stand in their order, as ranges.
pub(super) fn ranges(days: impl IntoIterator<Item = i64>) -> Vec<(i64, i64)> {
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    for day in days {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == day => *last = day,
            _ => ranges.push((day, day)),
        }
    }
    ranges
}

/// What reports read of a day, as [`close`] writes it; nothing of a day without anything.
pub(super) fn packed(
    part: Part,
    day: Option<&(impl Serialize + Sync)>,
) -> Result<Option<Vec<u8>>, Error> {
    let bytes = day.map(|day| postcard::to_stdvec(&(VERSION, day)));
    bytes.transpose().map_err(|_| corrupt(part))
}

/// Closes a claimed day with what is to be read of it; without anything nothing is kept of it.
/// `false` where the claim ended, because the day was written to or claimed anew: it stays open.
///
/// # Errors
/// When the store does not answer.
pub async fn close(
    tx: &mut Tx,
    part: Part,
    of: &OwnDay,
    claim: Claim,
    packed: Option<Vec<u8>>,
) -> Result<bool, Error> {
    let (owner, part) = (&of.owner, part.as_str());
    let closed = match packed {
        Some(bytes) => execute!(tx, CLOSE, owner, part, of.day, claim.0, bytes)?,
        None => execute!(tx, DROP, owner, part, of.day, claim.0)?,
    };
    Ok(closed > 0)
}

/// What [`packed`] has made.
///
/// # Errors
/// [`Error::Corrupt`] for bytes that are something else, or are cut.
pub(super) fn unpack<'a, T: Deserialize<'a>>(part: Part, bytes: &'a [u8]) -> Result<T, Error> {
    match postcard::take_from_bytes::<(u8, T)>(bytes) {
        Ok(((VERSION, packed), [])) => Ok(packed),
        _ => Err(corrupt(part)),
    }
}

/// That of a part that cannot be read.
pub(super) fn corrupt(part: Part) -> Error {
    Error::Corrupt {
        what: "packed day",
        value: format!("{} that were cut or changed", part.as_str()),
    }
}
