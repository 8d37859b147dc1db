//! Sheets as rows of text, and the bounds of what a workbook may hold.
//!
//! # Invariants
//! What a workbook holds is counted before it takes memory; more than [`WorkbookBudget`] is
//! refused.

use crate::clock::Millis;
use crate::export_file::csv_lines::cleaned;
use crate::export_file::error::TableError;

/// Most cells of all sheets together; empty ones before the last one of a row count too.
pub(super) const MOST_CELLS: usize = 1_000_000;

/// Most cells that are looked at, also empty ones behind.
pub(super) const MOST_SEEN: usize = 4_000_000;

/// Most bytes of text of all sheets together.
pub(super) const MOST_TEXT: usize = 16 * 1024 * 1024;

/// Most columns of a sheet.
pub(super) const MOST_COLUMNS: usize = 2000;

/// Most sheets.
pub(super) const MOST_SHEETS: usize = 16;

/// The day 0 of numbers that are days, since 1970-01-01: in most workbooks, and in those of 1904.
pub(super) const DAY_ZERO: i64 = -25_569;
pub(super) const DAY_ZERO_1904: i64 = -24_107;

/// A sheet.
#[derive(Debug)]
pub(in crate::export_file) struct WorkbookSheet {
    pub(in crate::export_file) name: String,
    /// Its rows that are not empty, with their numbers from 1.
    pub(in crate::export_file) rows: Vec<(u64, Vec<String>)>,
    /// The day 0 of its numbers, since 1970-01-01.
    pub(in crate::export_file) day_zero: i64,
}

pub(super) fn broken() -> TableError {
    TableError::new(
        "it is a zip file, or a workbook that cannot be read or has a password; unpack it, or open it and save the sheet \
         with the figures as CSV (UTF-8)",
    )
}

/// What a workbook may still hold.
pub(super) struct WorkbookBudget {
    cells: usize,
    seen: usize,
    text: usize,
}

impl WorkbookBudget {
    pub(super) fn new() -> WorkbookBudget {
        WorkbookBudget {
            cells: MOST_CELLS,
            seen: MOST_SEEN,
            text: MOST_TEXT,
        }
    }

    fn take(left: &mut usize, count: usize) -> Result<(), TableError> {
        *left = left.checked_sub(count).ok_or_else(|| {
            TableError::new(format!(
                "it is a workbook of more than {MOST_CELLS} cells or {} MiB of text; export fewer days or columns at \
                 once, or save the sheet with the figures as CSV (UTF-8)",
                MOST_TEXT / 1024 / 1024
            ))
        })?;
        Ok(())
    }
}

/// The rows of a sheet, filled cell by cell.
pub(super) struct SheetRows<'a> {
    pub(super) rows: Vec<(u64, Vec<String>)>,
    pub(super) budget: &'a mut WorkbookBudget,
}

impl SheetRows<'_> {
    /// Puts a cell at its place, both from 0. Rows come in order.
    pub(super) fn put(&mut self, (row, column): (u32, u32), text: &str) -> Result<(), TableError> {
        WorkbookBudget::take(&mut self.budget.seen, 1)?;
        let text = cleaned(text);
        if text.is_empty() {
            return Ok(());
        }
        let (line, column) = (u64::from(row) + 1, column as usize);
        if column >= MOST_COLUMNS {
            return Err(TableError::new(format!(
                "row {line} of a sheet has a cell beyond column {MOST_COLUMNS}; save the sheet with the figures as CSV \
                 (UTF-8)"
            )));
        }
        match self.rows.last() {
            Some((last, _)) if *last == line => {}
            Some((last, _)) if *last > line => return Err(broken()),
            _ => self.rows.push((line, Vec::new())),
        }
        let Some((_, cells)) = self.rows.last_mut() else {
            return Ok(());
        };
        if column >= cells.len() {
            WorkbookBudget::take(&mut self.budget.cells, column + 1 - cells.len())?;
            cells.resize(column + 1, String::new());
        }
        WorkbookBudget::take(&mut self.budget.text, text.len())?;
        text.clone_into(&mut cells[column]);
        Ok(())
    }
}

/// A number as text that can be read in one way only: never with three digits behind the point.
pub(super) fn number(value: f64) -> String {
    if !value.is_finite() {
        return String::new();
    }
    let text = value.to_string();
    match text.split_once('.') {
        Some((_, fraction)) if fraction.len() == 3 => format!("{text}0"),
        _ => text,
    }
}

/// A day, and the time where it has one, from a number of days.
pub(super) fn day(value: f64, day_zero: i64) -> String {
    const SECONDS: f64 = 86_400.0;
    if !(0.0..3_000_000.0).contains(&value) {
        return number(value);
    }
    #[expect(clippy::cast_possible_truncation, reason = "within the range above")]
    let seconds = (value * SECONDS).round() as i64;
    let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let day = Millis::of_day(day + day_zero).date();
    match (second / 3600, second / 60 % 60, second % 60) {
        (0, 0, 0) => day,
        (hour, minute, second) => format!("{day} {hour:02}:{minute:02}:{second:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_so_that_they_can_be_read_in_one_way() {
        for (value, text) in [
            (1234.5, "1234.5"),
            (1.234, "1.2340"),
            (1200.0, "1200"),
            (-3.0, "-3"),
            (1e15, "1000000000000000"),
            (f64::NAN, ""),
        ] {
            assert_eq!(number(value), text);
        }
        assert_eq!(day(46_266.0, DAY_ZERO), "2026-09-01");
        assert_eq!(day(46_266.5, DAY_ZERO), "2026-09-01 12:00:00");
        assert_eq!(day(44_804.0, DAY_ZERO_1904), "2026-09-01");
        assert_eq!(day(-1.5, DAY_ZERO), "-1.5");
    }

    #[test]
    fn a_cell_takes_the_place_of_those_before_it() {
        let mut budget = WorkbookBudget::new();
        let mut rows = SheetRows {
            rows: Vec::new(),
            budget: &mut budget,
        };
        rows.put((0, 1), " a ").unwrap();
        rows.put((0, 1900), "").unwrap();
        rows.put((4, 0), "b").unwrap();
        assert!(rows.put((1, 0), "c").is_err(), "an earlier row");
        assert!(rows.put((4, 2000), "c").is_err(), "a far column");
        let expected = vec![
            (1, vec![String::new(), "a".to_owned()]),
            (5, vec!["b".to_owned()]),
        ];
        assert_eq!(rows.rows, expected);
        // Each of these rows has 2,000 cells.
        let mut many = (5..1_000).map(|row| rows.put((row, 1_999), "d"));
        let refused = many.find_map(Result::err).unwrap().to_string();
        assert!(refused.contains("1000000 cells"), "{refused}");
    }
}
