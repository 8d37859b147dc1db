//! What the cells of a file say of something that holds for all of it: the decimal mark, the order
//! of its days.
//!
//! # Invariants
//! What cells contradict each other about is refused once, with one cell of each kind; so is what
//! the request says against them.

use crate::export_file::error::TableError;
use crate::export_file::shown_names::short;
use crate::export_file::table::ExportTable;

/// A cell, and what it says.
#[derive(Clone, Debug)]
pub(super) struct CellEvidence<T> {
    says: T,
    place: String,
}

/// Cells of columns, each with its line and the name of its column.
pub(super) fn cells_of<'a>(
    table: &'a ExportTable,
    columns: &'a [&'a str],
) -> impl Iterator<Item = (u64, &'a str, &'a str)> {
    let places = columns
        .iter()
        .filter_map(|column| table.header.places.get(*column));
    places.flatten().flat_map(|place| {
        let name = table.header.cells[place.at].as_str();
        let rows = table.rows.iter();
        rows.filter_map(move |(line, cells)| Some((*line, name, cells.get(place.at)?.as_str())))
    })
}

/// A cell as it is shown.
pub(super) fn shown(line: u64, name: &str, cell: &str) -> String {
    format!(
        "line {line} has {:?} in the column {:?}",
        short(cell),
        short(name)
    )
}

/// What the cells say, where they say anything.
///
/// # Errors
/// When some say one thing and some another.
pub(super) fn of_cells<'a, T: Copy + PartialEq>(
    cells: impl Iterator<Item = (u64, &'a str, &'a str)>,
    vote: impl Fn(&str) -> Option<T>,
    (what, remedy): (&str, &str),
) -> Result<Option<CellEvidence<T>>, TableError> {
    let mut found: Option<CellEvidence<T>> = None;
    for (line, name, cell) in cells {
        let Some(says) = vote(cell) else {
            continue;
        };
        let Some(first) = &found else {
            let place = shown(line, name, cell);
            found = Some(CellEvidence { says, place });
            continue;
        };
        if first.says != says {
            return Err(TableError::new(format!(
                "{}, and {}: these differ in {what}, which is one for a whole file. Export it again as it is, \
                 without a spreadsheet in between; {remedy}",
                first.place,
                shown(line, name, cell)
            )));
        }
    }
    Ok(found)
}

impl<T: Copy + PartialEq> CellEvidence<T> {
    /// What it says, which the request may say as well.
    ///
    /// # Errors
    /// When the request says something else.
    pub(super) fn with(&self, said: Option<T>, what: &str) -> Result<T, TableError> {
        match said {
            Some(said) if said != self.says => Err(TableError::new(format!(
                "{}, which is against {what} that the request says; leave it out",
                self.place
            ))),
            _ => Ok(self.says),
        }
    }
}
