//! What holds for a whole file: its numbers, its days, and the lines that are no rows.
//!
//! # Invariants
//! Afterwards a day that can be read stands there as `2026-03-29`, and nothing else was changed but
//! ids of posts, which became addresses.

use std::collections::HashMap;

use super::dates::{self, Range};
use super::format::{FORMATS, Kind};
use super::header::listed;
use super::number::{self, Decided};
use super::totals::Label;
use super::{Options, PassedOver, Table, TableError};
use crate::clock::Millis;
use crate::clock::day::Order;
use crate::money::written::DecimalMark;

/// Columns of days.
const DAYS: [&str; 3] = ["day", "from", "to"];

/// What engagement counts.
const FIGURES: [&str; 5] = ["impressions", "likes", "reposts", "replies", "followers"];

/// Makes the rows of a table ready to be read.
pub(super) fn prepare(table: &mut Table, options: &Options) -> Result<(), TableError> {
    has_figures(table, options.kind)?;
    pass_over_footer(table);
    if table.rows.is_empty() {
        return Err(TableError::new(format!(
            "line {} is the header, and no row follows it; export the days that have figures",
            table.header.line
        )));
    }
    table.decimal = options.decimal.or_else(|| decimal(table));
    let range = dates::range(table.header.before.iter().map(String::as_str));
    table.dates = options.dates.or_else(|| order(table, range));
    has_days(table, range)?;
    name_years(table, options.year)?;
    rewrite_days(table);
    is_by_day(table, range)?;
    complete_addresses(table);
    Ok(())
}

fn has_figures(table: &Table, kind: Kind) -> Result<(), TableError> {
    let (is_there, figure) = match kind {
        Kind::Costs => {
            let known = ["amount", "minutes", "hours"];
            (known.iter().any(|it| table.header.has(it)), "amount")
        }
        Kind::Engagement => (FIGURES.iter().any(|it| table.header.has(it)), "impressions"),
    };
    if is_there {
        return Ok(());
    }
    let why = if table.format().is_any() {
        String::new()
    } else {
        format!(
            " (it looks like {}: {})",
            table.format().title,
            table.format().source
        )
    };
    Err(TableError::new(format!(
        "line {}, the header, has no column that figures are taken from{why}; it has {}. Say which one it is: \
         column={figure}=… (--column {figure}=…)",
        table.header.line,
        listed(&table.header.cells)
    )))
}

/// Passes over the lines behind the last row that have one cell only: Microsoft's copyright.
fn pass_over_footer(table: &mut Table) {
    let is_note = |cells: &[String]| {
        let mut filled = cells.iter().filter(|cell| !cell.is_empty());
        let (Some(only), None) = (filled.next(), filled.next()) else {
            return false;
        };
        cells[0] == *only
            && Label::of(only) == Label::None
            && dates::read(only, Some(Order::Mdy)).is_none()
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

/// Cells of a column under all of its names.
fn cells<'a>(table: &'a Table, column: &str) -> impl Iterator<Item = &'a str> + Clone {
    let places = table
        .header
        .places
        .get(column)
        .map_or(&[][..], Vec::as_slice);
    let rows = table.rows.iter();
    rows.flat_map(move |(_, cells)| places.iter().filter_map(|it| cells.get(it.at)))
        .map(String::as_str)
}

/// The decimal mark by the file's numbers, and where they leave it open by its language.
fn decimal(table: &Table) -> Option<DecimalMark> {
    let numbers = cells(table, "amount").chain(cells(table, "hours"));
    let counts = ["impressions", "clicks", "minutes"];
    let counts = counts.iter().flat_map(|column| cells(table, column));
    match number::decided(numbers, counts) {
        Decided::Mark(mark) => Some(mark),
        Decided::Nothing => FORMATS.decimal(table.format().language.as_deref()),
        Decided::Contradiction => None,
    }
}

/// The order of days by those that can be read in one way, by the range of the file, and by whose
/// file it is.
fn order(table: &Table, range: Option<Range>) -> Option<Order> {
    let days = || DAYS.iter().flat_map(|column| cells(table, column));
    match dates::decided(days()) {
        dates::Decided::Order(order) => Some(order),
        dates::Decided::Nothing => {
            let of_range = dates::of_range(&days(), range);
            let of_format = || {
                let language = table.format().language.as_deref();
                table.format().dates.or_else(|| FORMATS.dates(language))
            };
            of_range.or_else(of_format)
        }
        dates::Decided::Contradiction => None,
    }
}

/// Each row has its day, or the file is of one.
fn has_days(table: &mut Table, range: Option<Range>) -> Result<(), TableError> {
    let has = |column| table.header.has(column);
    if has("day") || (has("from") && has("to")) {
        return Ok(());
    }
    let line = table.header.line;
    let longer = table.header.names.iter().zip(&table.header.cells);
    let mut longer = longer.filter(|(name, _)| FORMATS.is_longer_than_a_day(&name.plain));
    if let Some((_, cell)) = longer.next() {
        return Err(TableError::new(format!(
            "line {line}, the header, has {cell:?} instead of a day; export it again with a row for each day"
        )));
    }
    match range {
        Some((first, last)) if first == last => {
            table.day = Some(Millis::of_day(first).date());
            Ok(())
        }
        Some((first, last)) => Err(TableError::new(format!(
            "line {line}, the header, has no column of days, so that each row is of all days from {} to {}; \
             export it again broken down by day",
            Millis::of_day(first).date(),
            Millis::of_day(last).date()
        ))),
        None => Err(TableError::new(format!(
            "line {line}, the header, has no column of days{}; it has {}. Export it again broken down by day, or \
             say which column it is: column=day=… (--column day=…)",
            if has("from") {
                ", and of a range only the first one"
            } else {
                ""
            },
            listed(&table.header.cells)
        ))),
    }
}

/// Adds the years that TikTok leaves out.
fn name_years(table: &mut Table, year: Option<i16>) -> Result<(), TableError> {
    let Some(at) = table
        .header
        .places
        .get("day")
        .and_then(|it| Some(it.first()?.at))
    else {
        return Ok(());
    };
    let mut without = Vec::new();
    for (index, (line, cells)) in table.rows.iter().enumerate() {
        let cell = cells.get(at).map(String::as_str).unwrap_or_default();
        if let Some(day) = dates::without_year(cell) {
            if year.is_none() {
                return Err(TableError::new(format!(
                    "line {line} has the day {cell:?} without a year; say that of the file's last day: year=… \
                     (--year …)"
                )));
            }
            without.push((index, day));
        }
    }
    let days: Vec<(i8, i8)> = without.iter().map(|(_, day)| *day).collect();
    let dated = dates::with_years(&days, year.unwrap_or_default());
    for ((index, _), day) in without.iter().zip(dated) {
        if let Some(day) = day {
            table.rows[*index].1[at] = Millis::of_day(day).date();
        }
    }
    Ok(())
}

/// Writes each day that can be read as `2026-03-29`. The end of a range is its last day: midnight
/// after it is not.
fn rewrite_days(table: &mut Table) {
    let places = |column: &str| table.header.places.get(column).cloned().unwrap_or_default();
    let (from, to) = (places("from"), places("to"));
    for column in DAYS {
        for place in places(column) {
            for (_, cells) in &mut table.rows {
                let Some(cell) = cells.get(place.at) else {
                    continue;
                };
                if let Some(day) = dates::read(cell, table.dates) {
                    let day = Millis::of_day(day).date();
                    let is_end = column == "to" && dates::is_midnight(cell);
                    cells[place.at] = if is_end { format!("{day} 00:00") } else { day };
                }
            }
        }
    }
    let (Some(from), Some(to)) = (from.first(), to.first()) else {
        return;
    };
    for (_, cells) in &mut table.rows {
        let day = |at: usize| dates::read(cells.get(at)?, table.dates);
        if let (Some(first), Some(end)) = (day(from.at), day(to.at))
            && cells[to.at].ends_with(" 00:00")
        {
            let last = if end > first { end - 1 } else { end };
            cells[to.at] = Millis::of_day(last).date();
        }
    }
}

/// Refuses a file whose only day in each row is the first one of its whole range.
fn is_by_day(table: &Table, range: Option<Range>) -> Result<(), TableError> {
    let Some((first, last)) = range.filter(|(first, last)| first != last) else {
        return Ok(());
    };
    if !table.format().first_day_of_range {
        return Ok(());
    }
    let day = Millis::of_day(first).date();
    let mut rows: HashMap<Vec<&str>, usize> = HashMap::new();
    for (_, row) in table.rows() {
        if row.get("day").is_some_and(|it| it != day) {
            return Ok(());
        }
        let names = row.all("campaign").chain(row.get("note")).collect();
        *rows.entry(names).or_default() += 1;
    }
    if rows.values().any(|count| *count > 1) {
        return Ok(());
    }
    let (line, _) = &table.rows[0];
    Err(TableError::new(format!(
        "line {line} and all others have the day {day}, the first one of a range until {}: each is a sum over the \
         range. Export it again with the time range broken down by day",
        Millis::of_day(last).date()
    )))
}

/// Makes addresses of the ids of posts, where the network's file has only these.
fn complete_addresses(table: &mut Table) {
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
                !cell.is_empty() && !cell.contains('/') && Label::of(cell) == Label::None
            });
            if let Some(cell) = cell {
                cell.insert_str(0, before);
            }
        }
    }
}
