//! A day's clicks for the report cache: of a campaign, or of a workspace's links without a
//! campaign.
//!
//! A day is cached twice: as sums by placement and class, which most reports read, and as all
//! cells, for reports by other dimensions.
//!
//! # Invariants
//! A cached day contains the packed days of its owner's placements. It does not contain sums that
//! are not packed yet.
//!
//! # Out of scope
//! The rows of a report.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cells::CellSum;
use super::packed_days;
use crate::drivers::sql::{Error, Tx, fetch, statements};
use crate::id::WorkspaceId;
use crate::store::report_cache::{self, ReportDay, ReportPart};

statements! {
    sql CELLS = "SELECT d.placement_id, d.cells FROM click_day d \
        JOIN placement p ON p.id = d.placement_id WHERE p.campaign_id = $1 AND d.day = $2 ORDER BY d.placement_id";
    sql CELLS_OF_NONE = "SELECT d.placement_id, d.cells FROM click_day d \
        JOIN placement p ON p.id = d.placement_id \
        WHERE p.workspace_id = $1 AND p.campaign_id IS NULL AND d.day = $2 ORDER BY d.placement_id";
}

/// The sums of a day.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct DayTotals<'a> {
    /// Names of classes.
    #[serde(borrow)]
    pub(super) classes: Vec<&'a str>,
    /// Placement, index of the class, and sums.
    pub(super) sums: Vec<(i64, u32, CellSum)>,
}

impl DayTotals<'_> {
    /// Reads what [`rebuild`] wrote.
    pub(super) fn read(bytes: &[u8]) -> Result<DayTotals<'_>, Error> {
        report_cache::decode(ReportPart::Clicks, bytes)
    }
}

/// Each placement of a day with its packed cells.
pub(super) type PlacementCells<'a> = Vec<(i64, &'a [u8])>;

/// Reads what [`rebuild_cells`] wrote.
pub(super) fn read_cells(bytes: &[u8]) -> Result<PlacementCells<'_>, Error> {
    report_cache::decode(ReportPart::Cells, bytes)
}

async fn of_day(tx: &mut Tx, of: &ReportDay) -> Result<Vec<(i64, Vec<u8>)>, Error> {
    let cells = match of.owner.parse::<WorkspaceId>() {
        Ok(_) => CELLS_OF_NONE,
        Err(_) => CELLS,
    };
    Ok(fetch!(all(i64, Vec<u8>), tx, cells, &of.owner, of.day)?)
}

/// The cells of an open day, packed.
///
/// # Errors
/// When the store does not answer.
pub async fn rebuild_cells(tx: &mut Tx, of: &ReportDay) -> Result<Option<Vec<u8>>, Error> {
    let rows = of_day(tx, of).await?;
    let cells = rows
        .iter()
        .map(|(placement, bytes)| (*placement, &bytes[..]));
    let cells: PlacementCells<'_> = cells.collect();
    let day = (!cells.is_empty()).then_some(cells);
    report_cache::encode(ReportPart::Cells, day.as_ref())
}

/// The sums of an open day, packed.
///
/// # Errors
/// When the store does not answer.
pub async fn rebuild(tx: &mut Tx, of: &ReportDay) -> Result<Option<Vec<u8>>, Error> {
    let rows = of_day(tx, of).await?;
    let mut totals: BTreeMap<(i64, &str), CellSum> = BTreeMap::new();
    for (placement, bytes) in &rows {
        let mut cells = packed_days::read(bytes)?;
        let names = cells.names().to_vec();
        for cell in cells.by_ref() {
            let total = totals
                .entry((*placement, names[cell.names[3]]))
                .or_default();
            for (total, part) in total.iter_mut().zip(cell.sum) {
                *total += part;
            }
        }
        packed_days::end(&cells)?;
    }
    let mut classes: Vec<&str> = totals.keys().map(|(_, class)| *class).collect();
    classes.sort_unstable();
    classes.dedup();
    let place = |class: &str| classes.binary_search(&class).unwrap_or_default();
    let sum = |((placement, class), sum): (&(i64, &str), &CellSum)| {
        (
            *placement,
            u32::try_from(place(class)).unwrap_or_default(),
            *sum,
        )
    };
    let sums = totals.iter().map(sum).collect();
    let day = (!rows.is_empty()).then_some(DayTotals { classes, sums });
    report_cache::encode(ReportPart::Clicks, day.as_ref())
}
