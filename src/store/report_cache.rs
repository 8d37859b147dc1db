//! The report cache: what reports read about a day, in one row for each campaign, and one for each
//! workspace for everything without a campaign. So the cost of a report depends on what it shows.
//!
//! # Invariants
//! - Every row is derived from rows of other tables. A transaction that changes those rows
//!   invalidates their day, under the lock of [`Store::ingest`](crate::store::Store::ingest).
//! - Reports read a stale day from the other tables until it is rebuilt.
//! - A rebuild claims the day, reads it without that lock, and stores it only if the claim still
//!   holds. An invalidation ends the claim.
//!
//! # Out of scope
//! The content of a row.

use serde::{Deserialize, Serialize};

use crate::drivers::sql::{Bulk, Error, Tx, bulk, bulk_sql, execute, fetch, statements};

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
    // Placements without a campaign belong to their workspace.
    bulk OPEN_OWNERS = bulk_sql!(
        "INSERT INTO report_day (owner, part, day) SELECT DISTINCT coalesce(p.campaign_id, \
        p.workspace_id), a.part, a.day FROM " rows(placement_id BIGINT, part TEXT, day BIGINT)
        " JOIN placement p ON p.id = a.placement_id WHERE TRUE ON CONFLICT (owner, part, day) \
        DO UPDATE SET bytes = NULL, claim = NULL WHERE report_day.bytes IS NOT NULL \
        OR report_day.claim IS NOT NULL"
    );
}

/// Version of the packed form. A migration that changes it invalidates every day.
const VERSION: u8 = 1;

/// A part of a day that is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportPart {
    /// Credits, by the day of their clicks.
    Credits,
    /// Sums of clicks by placement and class.
    Clicks,
    /// Sums of clicks at the finest granularity.
    Cells,
    /// Visitors.
    People,
}

impl ReportPart {
    /// Every part.
    pub const ALL: [ReportPart; 4] = [
        ReportPart::Credits,
        ReportPart::Clicks,
        ReportPart::Cells,
        ReportPart::People,
    ];

    /// The word in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            ReportPart::Credits => "credits",
            ReportPart::Clicks => "clicks",
            ReportPart::Cells => "cells",
            ReportPart::People => "people",
        }
    }
}

/// The owner and the day. The owner is a campaign, or a workspace for data without a known
/// campaign. The day is in UTC, since 1970-01-01.
#[derive(Clone, Debug, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct ReportDay {
    /// Id of the owner.
    pub owner: String,
    /// The day.
    pub day: i64,
}

/// Days that are read at once, so a long period is never in memory as a whole.
const AT_ONCE: usize = 64;

/// Days with their packed data; `None` for stale days.
pub(super) type CachedDays = Vec<(i64, Option<Vec<u8>>)>;

/// A period that is read some days at a time, in order.
#[derive(Clone, Copy, Debug)]
pub(super) struct CachedPeriod<'a> {
    owner: &'a str,
    part: ReportPart,
    /// The first and the last day that are not read yet; `None` when all are read.
    left: Option<(i64, i64)>,
}

impl<'a> CachedPeriod<'a> {
    /// The days from `first` to `last`.
    pub(super) fn new(
        owner: &'a str,
        part: ReportPart,
        (first, last): (i64, i64),
    ) -> CachedPeriod<'a> {
        CachedPeriod {
            owner,
            part,
            left: (first <= last).then_some((first, last)),
        }
    }

    /// The next days with data; empty at the end.
    pub(super) async fn next(&mut self, tx: &mut Tx) -> Result<CachedDays, Error> {
        let Some((first, last)) = self.left else {
            return Ok(CachedDays::new());
        };
        let days: CachedDays = fetch!(
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

/// Some stale days, earliest first.
///
/// # Errors
/// When the store does not answer.
pub async fn stale(tx: &mut Tx, part: ReportPart, most: i64) -> Result<Vec<ReportDay>, Error> {
    Ok(fetch!(all ReportDay, tx, OPEN, part.as_str(), most)?)
}

/// The claim of a rebuild on some days. It ends for a day when that day changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RebuildClaim(i64);

/// Claims stale days for a rebuild. An earlier claim of a day ends.
///
/// # Errors
/// When the store does not answer.
pub async fn claim(
    tx: &mut Tx,
    part: ReportPart,
    days: &[ReportDay],
) -> Result<RebuildClaim, Error> {
    let claim = RebuildClaim(rand::random::<i64>() & i64::MAX);
    bulk!(
        execute,
        tx,
        CLAIM,
        days,
        [
            |day: &ReportDay| day.owner.clone(),
            |_: &ReportDay| part.as_str(),
            |day: &ReportDay| day.day,
            |_: &ReportDay| claim.0,
        ]
    )?;
    Ok(claim)
}

/// Invalidates days of the campaigns of these placements. Placements without a campaign are
/// skipped.
pub(super) async fn invalidate_campaigns(
    tx: &mut Tx,
    part: ReportPart,
    placements: &[(i64, i64)],
) -> Result<(), Error> {
    invalidate_by(tx, OPEN_CAMPAIGNS, part, placements).await
}

/// Invalidates days of the campaigns of these placements, and of the workspaces of those without
/// one.
pub(super) async fn invalidate_owners(
    tx: &mut Tx,
    part: ReportPart,
    placements: &[(i64, i64)],
) -> Result<(), Error> {
    invalidate_by(tx, OPEN_OWNERS, part, placements).await
}

async fn invalidate_by(
    tx: &mut Tx,
    statement: Bulk,
    part: ReportPart,
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

/// Deletes days of every owner, together with the rows that they were derived from.
pub(super) async fn delete_days(
    tx: &mut Tx,
    part: ReportPart,
    (first, last): (i64, i64),
) -> Result<(), Error> {
    execute!(tx, FORGET, part.as_str(), first, last)?;
    Ok(())
}

/// The days, which are sorted, as ranges.
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

/// A day's data in the form that [`store`] writes; `None` for a day without data.
pub(super) fn encode(
    part: ReportPart,
    day: Option<&(impl Serialize + Sync)>,
) -> Result<Option<Vec<u8>>, Error> {
    let bytes = day.map(|day| postcard::to_stdvec(&(VERSION, day)));
    bytes.transpose().map_err(|_| corrupt(part))
}

/// Stores a claimed day; a day without data is not stored. Returns `false` if the claim ended,
/// because the day changed or was claimed again: it stays stale.
///
/// # Errors
/// When the store does not answer.
pub async fn store(
    tx: &mut Tx,
    part: ReportPart,
    of: &ReportDay,
    claim: RebuildClaim,
    packed: Option<Vec<u8>>,
) -> Result<bool, Error> {
    let (owner, part) = (&of.owner, part.as_str());
    let closed = match packed {
        Some(bytes) => execute!(tx, CLOSE, owner, part, of.day, claim.0, bytes)?,
        None => execute!(tx, DROP, owner, part, of.day, claim.0)?,
    };
    Ok(closed > 0)
}

/// Reads what [`encode`] wrote.
///
/// # Errors
/// [`Error::Corrupt`] if the bytes have another form, or are truncated.
pub(super) fn decode<'a, T: Deserialize<'a>>(
    part: ReportPart,
    bytes: &'a [u8],
) -> Result<T, Error> {
    match postcard::take_from_bytes::<(u8, T)>(bytes) {
        Ok(((VERSION, packed), [])) => Ok(packed),
        _ => Err(corrupt(part)),
    }
}

/// The error for a part that cannot be read.
pub(super) fn corrupt(part: ReportPart) -> Error {
    Error::Corrupt {
        what: "packed day",
        value: format!("truncated or changed {}", part.as_str()),
    }
}
