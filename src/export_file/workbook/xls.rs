//! Sheets of workbooks of Excel before 2007 (`.xls`, BIFF8), read cell by cell.
//!
//! # Invariants
//! Memory is taken for cells that are there, never for what a sheet says of its size. What a file
//! holds is bounded by its own length, which is bounded too.

mod records;

use std::io::{Cursor, Read};

use cfb::CompoundFile;

use super::sheet::{
    DAY_ZERO, DAY_ZERO_1904, MOST_CELLS, MOST_SHEETS, SheetRows, WorkbookBudget, WorkbookSheet,
    broken, day, number,
};
use crate::export_file::error::TableError;
use records::{BiffRecord, RecordSegments, records};

/// Kinds of records.
const BOF: u16 = 0x0809;
const END: u16 = 0x000A;

/// What holds for all sheets of a workbook.
#[derive(Default)]
struct WorkbookGlobals {
    day_zero: i64,
    strings: Vec<String>,
    /// Whether cells of each format are days.
    formats: Vec<bool>,
    /// Where shown sheets begin, and their names.
    sheets: Vec<(usize, String)>,
}

/// The sheets of a workbook.
///
/// # Errors
/// When it is none of this kind, has a password, or is too large.
pub(super) fn read(raw: &[u8]) -> Result<Vec<WorkbookSheet>, TableError> {
    // Longer lists of sectors would be read before they are bounded.
    let more_sectors = raw.get(68..72).unwrap_or_default();
    if !matches!(more_sectors, [0xfe | 0xff, 0xff, 0xff, 0xff]) {
        return Err(TableError::new(
            "it is a workbook (.xls) of more than 6 MiB; export fewer days, or save the sheet with the figures as CSV \
             (UTF-8)",
        ));
    }
    let mut file = CompoundFile::open(Cursor::new(raw)).map_err(|_| broken())?;
    let stream = file.open_stream("/Workbook").map_err(|_| broken())?;
    let mut bytes = Vec::new();
    let most = u64::try_from(raw.len()).unwrap_or(u64::MAX);
    stream
        .take(most)
        .read_to_end(&mut bytes)
        .map_err(|_| broken())?;
    let mut globals = globals(&bytes).ok_or_else(broken)??;
    if globals.sheets.len() > MOST_SHEETS || globals.strings.len() > MOST_CELLS {
        return Err(TableError::new(format!(
            "it is a workbook of more than {MOST_SHEETS} sheets or {MOST_CELLS} texts; save the sheet with the figures \
             as CSV (UTF-8)"
        )));
    }
    let mut budget = WorkbookBudget::new();
    let mut sheets = Vec::new();
    for (from, name) in std::mem::take(&mut globals.sheets) {
        let mut rows = SheetRows {
            rows: Vec::new(),
            budget: &mut budget,
        };
        let bytes = bytes.get(from..).unwrap_or_default();
        cells(bytes, &globals, &mut rows).ok_or_else(broken)??;
        sheets.push(WorkbookSheet {
            name,
            rows: rows.rows,
            day_zero: globals.day_zero,
        });
    }
    Ok(sheets)
}

/// What the first part of the stream says; `None` where it is broken.
fn globals(bytes: &[u8]) -> Option<Result<WorkbookGlobals, TableError>> {
    let mut found = WorkbookGlobals {
        day_zero: DAY_ZERO,
        ..WorkbookGlobals::default()
    };
    let mut own_formats: Vec<(u16, bool)> = Vec::new();
    let mut kinds: Vec<u16> = Vec::new();
    for (at, record) in records(bytes).enumerate() {
        let mut data = RecordSegments::of(&record);
        match record.kind {
            BOF if at == 0 && record.u16(0)? == 0x0600 => {}
            _ if at == 0 => return None,
            0x002F => {
                return Some(Err(TableError::new(
                    "it is a workbook with a password; save it without one",
                )));
            }
            0x0022 if record.u16(0)? == 1 => found.day_zero = DAY_ZERO_1904,
            0x0085 => {
                let (from, state, kind) = (data.u32()?, data.u8()?, data.u8()?);
                let count = data.u8()?;
                let name = data.text(usize::from(count))?;
                if state % 4 == 0 && kind == 0 {
                    found.sheets.push((usize::try_from(from).ok()?, name));
                }
            }
            0x041E => {
                let (id, count) = (data.u16()?, data.u16()?);
                own_formats.push((id, is_of_days(&data.text(usize::from(count))?)));
            }
            0x00E0 => kinds.push(record.u16(2)?),
            0x00FC => found.strings = data.strings()?,
            END => break,
            _ => {}
        }
    }
    let is_day = |id: &u16| {
        let own = own_formats.iter().rev().find(|(own, _)| own == id);
        own.map_or(matches!(id, 14..=22 | 27..=36 | 50..=58), |(_, is_day)| {
            *is_day
        })
    };
    found.formats = kinds.iter().map(is_day).collect();
    Some(Ok(found))
}

/// Whether a format shows numbers as days: it names years, months, days or hours outside of quotes.
fn is_of_days(format: &str) -> bool {
    let (mut quoted, mut bracketed, mut escaped) = (false, false, false);
    format.chars().any(|c| {
        let is_plain = !quoted && !bracketed && !escaped;
        escaped = !escaped && matches!(c, '\\' | '_' | '*');
        match c {
            '"' if !bracketed => quoted = !quoted,
            '[' if !quoted => bracketed = true,
            ']' => bracketed = false,
            _ => {}
        }
        is_plain && matches!(c.to_ascii_lowercase(), 'y' | 'm' | 'd' | 'h')
    })
}

/// Reads the cells of a sheet; `None` where it is broken.
fn cells(
    bytes: &[u8],
    globals: &WorkbookGlobals,
    rows: &mut SheetRows<'_>,
) -> Option<Result<(), TableError>> {
    let mut depth = 0_usize;
    let mut of_formula = (0, 0);
    for record in records(bytes) {
        // Charts within a sheet have records of their own.
        match record.kind {
            BOF => depth += 1,
            END if depth <= 1 => break,
            END => depth -= 1,
            _ => {}
        }
        if depth != 1 {
            continue;
        }
        let put = cell(&record, globals, &mut of_formula, rows)?;
        if put.is_err() {
            return Some(put);
        }
    }
    Some(Ok(()))
}

/// Puts what a record has of cells.
fn cell(
    record: &BiffRecord<'_>,
    globals: &WorkbookGlobals,
    of_formula: &mut (u32, u32),
    rows: &mut SheetRows<'_>,
) -> Option<Result<(), TableError>> {
    let place = || Some((u32::from(record.u16(0)?), u32::from(record.u16(2)?)));
    let shown = |format: u16, value: f64| match globals.formats.get(usize::from(format)) {
        Some(true) => day(value, globals.day_zero),
        _ => number(value),
    };
    let text_at = |from: usize| {
        let mut data = RecordSegments::of(record);
        data.skip(from)?;
        let count = data.u16()?;
        data.text(usize::from(count))
    };
    Some(match record.kind {
        0x0203 => rows.put(place()?, &shown(record.u16(4)?, record.f64(6)?)),
        0x027E => rows.put(
            place()?,
            &shown(record.u16(4)?, short_number(record.u32(6)?)),
        ),
        0x00BD => {
            let (row, first) = place()?;
            let count = record.data.len().checked_sub(6)? / 6;
            for nth in 0..count {
                let at = 4 + nth * 6;
                let text = shown(record.u16(at)?, short_number(record.u32(at + 2)?));
                let column = first + u32::try_from(nth).ok()?;
                if let Err(error) = rows.put((row, column), &text) {
                    return Some(Err(error));
                }
            }
            Ok(())
        }
        0x00FD => {
            let string = usize::try_from(record.u32(6)?).ok()?;
            rows.put(place()?, globals.strings.get(string)?)
        }
        0x0204 | 0x00D6 => rows.put(place()?, &text_at(6)?),
        0x0006 => {
            *of_formula = place()?;
            // A text follows in a record of its own; errors and truths are no figures.
            match record.u16(12)? {
                0xffff => Ok(()),
                _ => rows.put(place()?, &shown(record.u16(4)?, record.f64(6)?)),
            }
        }
        0x0207 => rows.put(*of_formula, &text_at(0)?),
        _ => Ok(()),
    })
}

/// A number in 30 bits: whole or the upper part of a fraction, and perhaps of hundredths.
fn short_number(bits: u32) -> f64 {
    let value = if bits & 2 == 0 {
        f64::from_bits(u64::from(bits & !3) << 32)
    } else {
        f64::from(bits.cast_signed() >> 2)
    };
    if bits & 1 == 0 { value } else { value / 100.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_formats_are_told_apart() {
        for (bits, value) in [
            (0x3FF0_0000, 1.0),
            (0x3FF0_0001, 0.01),
            ((1234 << 2) | 2, 1234.0),
            ((1234 << 2) | 3, 12.34),
            ((-5_i32 << 2).cast_unsigned() | 2, -5.0),
        ] {
            assert!((short_number(bits) - value).abs() < 1e-12, "{value}");
        }
        for format in [
            "m/d/yy",
            "yyyy\\-mm\\-dd",
            "[$-409]d-mmm-yy;@",
            "dd.mm.yyyy hh:mm",
        ] {
            assert!(is_of_days(format), "{format}");
        }
        for format in [
            "General",
            "0.00",
            "#,##0.00 \"days\"",
            "[Red]0",
            "0\\d",
            "0.00E+00",
        ] {
            assert!(!is_of_days(format), "{format}");
        }
    }
}
