//! What holds for a whole file: its figures, its decimal mark, and the lines that are no rows.
//!
//! # Invariants
//! Afterwards a day that can be read stands there as `2026-03-29`. Else only two things were
//! changed: ids of posts became addresses, and digits of other scripts those of ASCII.

mod days;
mod evidence;

use super::dates;
use super::error::TableError;
use super::file_read::PassedOver;
use super::format::{ExportKind, FORMATS};
use super::number;
use super::options::ReadOptions;
use super::shown_names::listed;
use super::table::ExportTable;
use super::totals::TotalLabel;
use crate::clock::day::DateOrder;
use crate::money::number_text::DecimalMark;
use evidence::cells_of;

/// Columns of numbers, besides those of [`FIGURES`].
const NUMBERS: [&str; 4] = ["amount", "minutes", "hours", "clicks"];

/// What engagement counts.
const FIGURES: [&str; 5] = ["impressions", "likes", "reposts", "replies", "followers"];

/// Makes the rows of a table ready to be read.
pub(super) fn prepare(table: &mut ExportTable, options: &ReadOptions) -> Result<(), TableError> {
    has_figures(table, options.kind)?;
    pass_over_footer(table);
    if table.rows.is_empty() {
        return Err(TableError::new(format!(
            "line {} is the header, and no row follows it; export the days that have figures",
            table.header.line
        )));
    }
    rewrite_digits(table);
    table.decimal = decimal(table, options)?;
    let range = dates::range(table.header.before.iter().map(String::as_str));
    days::prepare(table, options, range)?;
    complete_addresses(table);
    Ok(())
}

fn has_figures(table: &ExportTable, kind: ExportKind) -> Result<(), TableError> {
    let (is_there, figure) = match kind {
        ExportKind::Costs => {
            let known = ["amount", "minutes", "hours"];
            (
                known.iter().any(|column| table.header.has(column)),
                "amount",
            )
        }
        ExportKind::Engagement => (
            FIGURES.iter().any(|column| table.header.has(column)),
            "impressions",
        ),
    };
    if is_there {
        return Ok(());
    }
    let (line, format) = (table.header.line, table.format());
    if let Some(instead) = &format.instead {
        return Err(TableError::new(format!(
            "line {line} is the header of {:?}, and nothing is taken from this file: {instead}",
            format.title
        )));
    }
    let why = if format.is_any() {
        String::new()
    } else {
        format!(" (it looks like {})", format.title)
    };
    Err(TableError::new(format!(
        "line {line}, the header, has no column that figures are taken from{why}; it has {}. Say which one it is: \
         `column={figure}=…` (--column {figure}=…)",
        listed(&table.header.cells)
    )))
}

/// Passes over the lines behind the last row that have one cell only: Microsoft's copyright.
fn pass_over_footer(table: &mut ExportTable) {
    let is_note = |cells: &[String]| {
        let mut filled = cells.iter().filter(|cell| !cell.is_empty());
        let (Some(only), None) = (filled.next(), filled.next()) else {
            return false;
        };
        cells[0] == *only
            && TotalLabel::of(only) == TotalLabel::None
            && dates::read(only, Some(DateOrder::Mdy)).is_none()
            && dates::without_year(only).is_none()
    };
    if table.header.cells.len() < 3 {
        return;
    }
    let mut notes = Vec::new();
    while let Some((line, cells)) = table.rows.last()
        && is_note(cells)
    {
        notes.push(PassedOver {
            line: *line,
            cause: "it has one cell only, and is a note at the file's end".to_owned(),
        });
        table.rows.pop();
    }
    notes.reverse();
    table.passed_over.extend(notes);
}

/// Writes numbers and days in digits of ASCII.
fn rewrite_digits(table: &mut ExportTable) {
    let columns = days::DAYS.iter().chain(&NUMBERS).chain(&FIGURES);
    let places = columns.filter_map(|column| table.header.places.get(*column));
    let places: Vec<usize> = places.flatten().map(|place| place.at).collect();
    for (_, cells) in &mut table.rows {
        for at in &places {
            if let Some(cell) = cells.get_mut(*at)
                && let Some(plain) = number::in_ascii(cell)
            {
                *cell = plain;
            }
        }
    }
}

/// The decimal mark: by the amounts, as the request says, by the counts, as an earlier request
/// said, or by the language of the header.
fn decimal(
    table: &mut ExportTable,
    options: &ReadOptions,
) -> Result<Option<DecimalMark>, TableError> {
    let what = (
        "their decimal mark",
        "or say what stands before decimals: `decimal=point` or `decimal=comma` (--decimal)",
    );
    let amounts = cells_of(table, &["amount", "hours"]);
    let amounts = evidence::of_cells(amounts, |cell| number::vote(cell, false), what)?;
    if let Some(amounts) = amounts {
        return Ok(Some(amounts.with(options.decimal, "the decimal mark")?));
    }
    if options.decimal.is_some() {
        return Ok(options.decimal);
    }
    let counts = cells_of(table, &["impressions", "clicks", "minutes"]);
    if let Some(mark) = evidence::of_cells(counts, |cell| number::vote(cell, true), what)? {
        return Ok(Some(mark.with(None, "")?));
    }
    let language = table.format().language.as_deref();
    if let Some(mark) = options.kept_marks.decimal(language) {
        table.as_before.push("decimal");
        return Ok(Some(mark));
    }
    Ok(FORMATS.decimal(language))
}

/// Makes addresses of the ids of posts, where the network's file has only these.
fn complete_addresses(table: &mut ExportTable) {
    let Some(before) = &table.header.format.post_address else {
        return;
    };
    let places = table
        .header
        .places
        .get("permalink")
        .cloned()
        .unwrap_or_default();
    for (_, cells) in &mut table.rows {
        for place in &places {
            let cell = cells.get_mut(place.at).filter(|cell| {
                !cell.is_empty() && !cell.contains('/') && TotalLabel::of(cell) == TotalLabel::None
            });
            if let Some(cell) = cell {
                cell.insert_str(0, before);
            }
        }
    }
}
