//! The clicks of a day, of a campaign or of a workspace's links without one, packed for reports.
//!
//! Packed twice: the sums by placement and class, which are all that most reports need, and every
//! cell, for those that tell more apart.
//!
//! Holds: they are those of the packed days of the owner's placements; what is not packed there is
//! not in them. Must not know: what rows a report has.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cells::Sum;
use super::days;
use crate::drivers::sql::{fetch, statements};
use crate::id::WorkspaceId;
use crate::store::report_day::{self, OwnDay, Part};
use crate::store::{Error, Tx};

statements! {
    sql CELLS = "SELECT d.placement_id, d.cells FROM click_day d \
        JOIN placement p ON p.id = d.placement_id WHERE p.campaign_id = $1 AND d.day = $2 ORDER BY d.placement_id";
    sql CELLS_OF_NONE = "SELECT d.placement_id, d.cells FROM click_day d \
        JOIN placement p ON p.id = d.placement_id \
        WHERE p.workspace_id = $1 AND p.campaign_id IS NULL AND d.day = $2 ORDER BY d.placement_id";
}

/// The sums of a day.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Totals<'a> {
    /// Names of classes.
    #[serde(borrow)]
    pub(super) classes: Vec<&'a str>,
    /// Placement, place of the class, and sums.
    pub(super) sums: Vec<(i64, u32, Sum)>,
}

impl Totals<'_> {
    /// Reads what [`pack`] wrote.
    pub(super) fn read(bytes: &[u8]) -> Result<Totals<'_>, Error> {
        report_day::unpack(Part::Clicks, bytes)
    }
}

/// Each placement of a day with its cells as they are packed.
pub(super) type AllCells<'a> = Vec<(i64, &'a [u8])>;

/// Reads what [`pack_cells`] wrote.
pub(super) fn read_cells(bytes: &[u8]) -> Result<AllCells<'_>, Error> {
    report_day::unpack(Part::Cells, bytes)
}

async fn of_day(tx: &mut Tx, of: &OwnDay) -> Result<Vec<(i64, Vec<u8>)>, Error> {
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
pub async fn pack_cells(tx: &mut Tx, of: &OwnDay) -> Result<Option<Vec<u8>>, Error> {
    let rows = of_day(tx, of).await?;
    let cells = rows
        .iter()
        .map(|(placement, bytes)| (*placement, &bytes[..]));
    let cells: AllCells<'_> = cells.collect();
    let day = (!cells.is_empty()).then_some(cells);
    report_day::packed(Part::Cells, day.as_ref())
}

/// The sums of an open day, packed.
///
/// # Errors
/// When the store does not answer.
pub async fn pack(tx: &mut Tx, of: &OwnDay) -> Result<Option<Vec<u8>>, Error> {
    let rows = of_day(tx, of).await?;
    let mut totals: BTreeMap<(i64, &str), Sum> = BTreeMap::new();
    for (placement, bytes) in &rows {
        let mut cells = days::read(bytes)?;
        let names = cells.names().to_vec();
        for cell in cells.by_ref() {
            let total = totals
                .entry((*placement, names[cell.names[3]]))
                .or_default();
            for (total, part) in total.iter_mut().zip(cell.sum) {
                *total += part;
            }
        }
        days::end(&cells)?;
    }
    let mut classes: Vec<&str> = totals.keys().map(|(_, class)| *class).collect();
    classes.sort_unstable();
    classes.dedup();
    let place = |class: &str| classes.binary_search(&class).unwrap_or_default();
    let sum = |((placement, class), sum): (&(i64, &str), &Sum)| {
        (
            *placement,
            u32::try_from(place(class)).unwrap_or_default(),
            *sum,
        )
    };
    let sums = totals.iter().map(sum).collect();
    let day = (!rows.is_empty()).then_some(Totals { classes, sums });
    report_day::packed(Part::Clicks, day.as_ref())
}
