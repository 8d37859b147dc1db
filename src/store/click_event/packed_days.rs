//! Packed days: one row for each placement and past day, instead of one for each sum.
//!
//! # Invariants
//! - A sum is either in `click_quarter` or packed, never both. A late change to a packed day goes
//!   to `click_quarter`, if needed as a negative number, until it is also packed.
//! - The caller holds [`Store::ingest`](crate::store::Store::ingest).

use std::collections::BTreeMap;

use super::cells::{CellName, CellSum, PackedCells, pack};
use super::visitors_seen::quarter_of_day;
use crate::clock::{DAY_MS, Millis};
use crate::drivers::sql::{Error, Tx, execute, fetch, statements, value, values};
use crate::store::report_cache::{self, ReportPart};

statements! {
    sql OLDEST = "SELECT min(quarter) FROM click_quarter";
    sql PLACEMENTS = "SELECT DISTINCT placement_id FROM click_quarter \
        WHERE quarter >= $1 AND quarter < $2 ORDER BY placement_id LIMIT $3";
    sql OF_DAY = "SELECT quarter, network_seen, country, device, class, clicks, visitors, \
        link_visitors FROM click_quarter WHERE placement_id = $1 AND quarter >= $2 AND quarter < $3";
    sql CLEAR = "DELETE FROM click_quarter WHERE placement_id = $1 AND quarter >= $2 \
        AND quarter < $3";
    sql PACKED = "SELECT cells FROM click_day WHERE placement_id = $1 AND day = $2";
    sql WRITE = "INSERT INTO click_day (placement_id, day, cells) VALUES ($1, $2, $3) \
        ON CONFLICT (placement_id, day) DO UPDATE SET cells = excluded.cells";
    sql DROP = "DELETE FROM click_day WHERE placement_id = $1 AND day = $2";
}

/// Placements that are packed at once. The caller repeats it while its turn lasts.
const AT_ONCE: i64 = 50;

/// A sum of `click_quarter`, or one counted from clicks in the same way.
#[derive(sqlx_macros::FromRow)]
pub(super) struct QuarterRow {
    pub(super) quarter: i64,
    pub(super) network_seen: String,
    pub(super) country: String,
    pub(super) device: String,
    pub(super) class: String,
    pub(super) clicks: i64,
    pub(super) visitors: i64,
    pub(super) link_visitors: i64,
}

impl QuarterRow {
    fn cell(&self) -> (CellName<'_>, CellSum) {
        let name = (
            quarter_of_day(Millis(self.quarter)),
            self.network_seen.as_str(),
            self.country.as_str(),
            self.device.as_str(),
            self.class.as_str(),
        );
        (name, [self.clicks, self.visitors, self.link_visitors])
    }
}

/// The packed cells of a placement's day.
///
/// # Errors
/// [`Error::Corrupt`] if the bytes are not cells.
pub(super) fn read(bytes: &[u8]) -> Result<PackedCells<'_>, Error> {
    PackedCells::new(bytes).ok_or_else(corrupt)
}

/// Checks the end of the cells.
///
/// # Errors
/// [`Error::Corrupt`] if not all cells could be read.
pub(super) fn end(cells: &PackedCells<'_>) -> Result<(), Error> {
    cells.is_whole().then_some(()).ok_or_else(corrupt)
}

fn corrupt() -> Error {
    Error::Corrupt {
        what: "cells of a day",
        value: "truncated or changed bytes".to_owned(),
    }
}

/// Packs part of the oldest unpacked day before `before`. Returns whether there was one.
///
/// # Errors
/// When the store does not answer.
pub async fn pack_next(tx: &mut Tx, before: Millis) -> Result<bool, Error> {
    let oldest = value!(Option<i64>, tx, OLDEST)?;
    let Some(oldest) = oldest.flatten() else {
        return Ok(false);
    };
    let day = Millis(oldest).day();
    if day >= before.day() {
        return Ok(false);
    }
    let (from, to) = (day * DAY_MS, (day + 1) * DAY_MS);
    let placements = values!(i64, tx, PLACEMENTS, from, to, AT_ONCE)?;
    for placement in &placements {
        pack_day(tx, *placement, day).await?;
    }
    let packed: Vec<_> = placements
        .into_iter()
        .map(|placement| (placement, day))
        .collect();
    for part in [ReportPart::Clicks, ReportPart::Cells] {
        report_cache::invalidate_owners(tx, part, &packed).await?;
    }
    Ok(true)
}

async fn pack_day(tx: &mut Tx, placement: i64, day: i64) -> Result<(), Error> {
    let (from, to) = (day * DAY_MS, (day + 1) * DAY_MS);
    let rows = fetch!(all QuarterRow, tx, OF_DAY, placement, from, to)?;
    let before = value!(Vec<u8>, tx, PACKED, placement, day)?;
    let before = before.unwrap_or_default();
    let mut cells: BTreeMap<CellName<'_>, CellSum> = BTreeMap::new();
    let mut add = |name, sum: CellSum| {
        let cell: &mut CellSum = cells.entry(name).or_default();
        for (total, part) in cell.iter_mut().zip(sum) {
            *total += part;
        }
    };
    if !before.is_empty() {
        let mut packed = read(&before)?;
        let names = packed.names().to_vec();
        for cell in packed.by_ref() {
            let [seen, country, device, class] = cell.names.map(|at| names[at]);
            add((cell.quarter, seen, country, device, class), cell.sum);
        }
        end(&packed)?;
    }
    for row in &rows {
        let (name, sum) = row.cell();
        add(name, sum);
    }
    cells.retain(|_, sum| *sum != [0; 3]);
    execute!(tx, CLEAR, placement, from, to)?;
    if cells.is_empty() {
        execute!(tx, DROP, placement, day)?;
    } else {
        execute!(tx, WRITE, placement, day, pack(&cells))?;
    }
    Ok(())
}
