//! A table that was read: its rows with the values of named columns.
//!
//! # Invariants
//! A cell has no value if it is empty or says that nothing is reported.

use std::ops::RangeInclusive;

use super::content::CellLayout;
use super::file_read::{ColumnRead, FileRead, PassedOver};
use super::format::ExportFormat;
use super::header::{ColumnPlace, TableHeader};
use super::shown_names::short;
use super::{dates, number};
use crate::clock::day::DateOrder;
use crate::money::Currency;
use crate::money::number_text::DecimalMark;

/// A table.
#[derive(Debug)]
pub struct ExportTable {
    pub(super) header: TableHeader,
    pub(super) rows: Vec<(u64, Vec<String>)>,
    pub(super) encoding: &'static str,
    /// The sheet that was read, and the other sheets of the workbook.
    pub(super) sheet: Option<String>,
    pub(super) other_sheets: Vec<String>,
    /// The day for which a workbook writes the number 0, in days since 1970-01-01.
    pub(super) day_zero: Option<i64>,
    pub(super) decimal: Option<DecimalMark>,
    pub(super) dates: Option<DateOrder>,
    /// The days of all rows, if no column has days.
    pub(super) range: Option<dates::DayRange>,
    /// Which settings come only from an earlier request.
    pub(super) as_before: Vec<&'static str>,
    pub(super) passed_over: Vec<PassedOver>,
}

/// A row of a table.
#[derive(Clone, Copy, Debug)]
pub struct ExportRow<'a> {
    table: &'a ExportTable,
    pub(super) cells: &'a [String],
}

impl<'a> ExportRow<'a> {
    /// The values in all cells that have this column's names, in the order of the names. Empty and
    /// unreported values are left out.
    pub fn all(self, column: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.found(column).map(|(text, _)| text)
    }

    /// The value of a column.
    pub fn get(self, column: &str) -> Option<&'a str> {
        self.all(column).next()
    }

    /// First and last day of the whole file, if its rows have no days.
    pub fn range_of_file(self) -> Option<RangeInclusive<i64>> {
        let (first, last) = self.table.range?;
        Some(first..=last)
    }

    /// The value of a column, as an owned text.
    pub fn text(self, column: &str) -> Option<String> {
        self.get(column).map(str::to_owned)
    }

    /// The value of a column, with the currency in the name of the column.
    pub fn money(self, column: &str) -> Option<(&'a str, Option<Currency>)> {
        self.found(column).next()
    }

    /// The name in the file of the column that contains the value.
    pub fn called(self, column: &str) -> Option<&'a str> {
        let places = self.table.header.places.get(column)?;
        let has_value = |at: usize| self.cells.get(at).is_some_and(|cell| !cell.is_empty());
        let place = places.iter().find(|place| has_value(place.at))?;
        Some(self.table.header.cells[place.at].as_str())
    }

    /// The decimal mark of the file.
    pub fn decimal(self) -> Option<DecimalMark> {
        self.table.decimal
    }

    /// Whether the file itself says that none of these figures is reported. A dash says so. In a
    /// network's own format, an empty cell says so too.
    pub fn reports_none(self, figures: &[&str]) -> bool {
        let all_empty = figures.iter().all(|figure| self.get(figure).is_none());
        let has_dash = || {
            let places = figures
                .iter()
                .filter_map(|column| self.table.header.places.get(*column));
            let mut cells = places
                .flatten()
                .filter_map(|place| self.cells.get(place.at));
            cells.any(|cell| number::is_not_reported(cell))
        };
        all_empty && (!self.table.format().is_any() || has_dash())
    }

    fn found(self, column: &str) -> impl Iterator<Item = (&'a str, Option<Currency>)> + use<'a> {
        let places: &'a [ColumnPlace] = self
            .table
            .header
            .places
            .get(column)
            .map_or(&[], Vec::as_slice);
        let cells = self.cells;
        places.iter().filter_map(move |place| {
            let text = cells.get(place.at)?.as_str();
            let is_value = !text.is_empty() && !number::is_not_reported(text);
            is_value.then_some((text, place.currency))
        })
    }
}

impl ExportTable {
    /// The rows with their line numbers, in order.
    pub fn rows(&self) -> impl Iterator<Item = (u64, ExportRow<'_>)> {
        self.rows.iter().map(|(line, cells)| {
            let row = ExportRow { table: self, cells };
            (*line, row)
        })
    }

    /// The skipped lines.
    pub fn passed_over(&self) -> &[PassedOver] {
        &self.passed_over
    }

    /// The names of ignored columns.
    pub fn left_out(&self) -> Vec<String> {
        self.header.left_out()
    }

    /// The format of the table.
    pub fn format(&self) -> &'static ExportFormat {
        self.header.format
    }

    /// How the table was read.
    pub fn how(&self) -> FileRead {
        let mut columns: Vec<(usize, ColumnRead)> = Vec::new();
        for (column, places) in &self.header.places {
            for place in places {
                let example = self.rows.iter().find_map(|(_, cells)| {
                    let cell = cells.get(place.at)?;
                    (!cell.is_empty()).then(|| short(cell))
                });
                let read = ColumnRead {
                    column: column.clone(),
                    header: short(&self.header.cells[place.at]),
                    example,
                };
                columns.push((place.at, read));
            }
        }
        columns.sort_by_key(|(at, _)| *at);
        let separator = match self.header.layout {
            CellLayout::Separator(separator) => Some(char::from(separator).to_string()),
            CellLayout::Sheet(_) => None,
        };
        FileRead {
            format: self.format().title.clone(),
            language: self.format().language.clone(),
            encoding: self.encoding.to_owned(),
            separator,
            sheet: self.sheet.as_deref().map(short),
            other_sheets: self.other_sheets.iter().map(|it| short(it)).collect(),
            header_line: self.header.line,
            decimal: self.decimal,
            dates: self.dates,
            as_before: self
                .as_before
                .iter()
                .map(|mark| (*mark).to_owned())
                .collect(),
            columns: columns.into_iter().map(|(_, read)| read).collect(),
        }
    }
}
