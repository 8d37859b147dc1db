//! Sheets of workbooks of Excel since 2007 (`.xlsx`), read cell by cell.

use std::io::Cursor;

use calamine::{Data, DataRef, Reader, SheetType, SheetVisible, Xlsx};

use super::parts;
use super::sheet::{
    DAY_ZERO, DAY_ZERO_1904, MOST_SHEETS, SheetRows, WorkbookBudget, WorkbookSheet, broken, day,
    number,
};
use crate::export_file::error::TableError;

/// The sheets of a workbook.
///
/// # Errors
/// When it is none, or too large.
pub(super) fn read(raw: &[u8]) -> Result<Vec<WorkbookSheet>, TableError> {
    let most_sheets = parts::most_sheets(raw)?.min(MOST_SHEETS);
    let mut book = Xlsx::new(Cursor::new(raw)).map_err(|_| broken())?;
    let day_zero = if book.has_1904_epoch() {
        DAY_ZERO_1904
    } else {
        DAY_ZERO
    };
    let is_shown = |sheet: &&calamine::Sheet| {
        sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible
    };
    let names = book.sheets_metadata().iter().filter(is_shown);
    let names: Vec<String> = names.map(|sheet| sheet.name.clone()).collect();
    if names.len() > most_sheets {
        return Err(TableError::new(format!(
            "it is a workbook of more than {most_sheets} sheets of its size; save the one with the figures as CSV (UTF-8)"
        )));
    }
    let mut budget = WorkbookBudget::new();
    let mut sheets = Vec::new();
    for name in names {
        let mut cells = book.worksheet_cells_reader(&name).map_err(|_| broken())?;
        let mut rows = SheetRows {
            rows: Vec::new(),
            budget: &mut budget,
        };
        while let Some(cell) = cells.next_cell().map_err(|_| broken())? {
            match cell.get_value() {
                DataRef::SharedString(text) => rows.put(cell.get_position(), text)?,
                value => rows.put(cell.get_position(), &text(value, day_zero))?,
            }
        }
        sheets.push(WorkbookSheet {
            name,
            rows: rows.rows,
            day_zero,
        });
    }
    Ok(sheets)
}

/// The text of a cell; an error of a formula has none.
fn text(value: &DataRef<'_>, day_zero: i64) -> String {
    match Data::from(value.clone()) {
        Data::Int(value) => value.to_string(),
        Data::Float(value) => number(value),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text,
        Data::Bool(value) => value.to_string(),
        Data::DateTime(value) if value.is_datetime() => day(value.as_f64(), day_zero),
        Data::DateTime(value) => number(value.as_f64()),
        Data::Error(_) | Data::Empty => String::new(),
    }
}
