//! The days of a whole file: their order, their years, and whether each row has one.
//!
//! # Invariants
//! Afterwards a day that can be read stands there as `2026-03-29`.

use std::collections::HashMap;

use super::evidence::{self, cells_of};
use crate::clock::Millis;
use crate::clock::day::DateOrder;
use crate::export_file::dates::{self, DayRange};
use crate::export_file::error::TableError;
use crate::export_file::format::{ExportKind, FORMATS};
use crate::export_file::options::ReadOptions;
use crate::export_file::shown_names::listed;
use crate::export_file::table::ExportTable;
use crate::export_file::totals::TotalLabel;

/// Columns of days.
pub(super) const DAYS: [&str; 3] = ["day", "from", "to"];

/// Makes the days of a table ready to be read; `range` is that of the lines before its header.
pub(super) fn prepare(
    table: &mut ExportTable,
    options: &ReadOptions,
    range: Option<DayRange>,
) -> Result<(), TableError> {
    name_numbers(table);
    table.dates = order(table, options, range)?;
    is_decided(table)?;
    has_days(table, options, range)?;
    name_years(table, options.year)?;
    rewrite_days(table);
    is_by_day(table, range)
}

/// Writes numbers that are days in a workbook as `2026-03-29`.
fn name_numbers(table: &mut ExportTable) {
    let Some(day_zero) = table.day_zero else {
        return;
    };
    let places = DAYS
        .iter()
        .filter_map(|column| table.header.places.get(*column));
    for place in places.flatten() {
        for (_, cells) in &mut table.rows {
            let Some(cell) = cells.get_mut(place.at) else {
                continue;
            };
            let whole = cell.split('.').next().unwrap_or_default();
            let is_number = cell
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.');
            // From 1954 to 2119: other numbers are no days.
            if let Ok(number @ 20_000..=80_000) = whole.parse::<i64>()
                && is_number
            {
                *cell = Millis::of_day(number + day_zero).date();
            }
        }
    }
}

/// The order of days: by those that can be read in one way, as the request says, by the range of
/// the file, as an earlier request said, or by whose file it is.
fn order(
    table: &mut ExportTable,
    options: &ReadOptions,
    range: Option<DayRange>,
) -> Result<Option<DateOrder>, TableError> {
    let what = ("the order of day and month", "or make their days alike");
    let cells = cells_of(table, &DAYS);
    if let Some(order) = evidence::of_cells(cells, dates::vote, what)? {
        return Ok(Some(
            order.with(options.dates, "the order of day and month")?,
        ));
    }
    let days: Vec<&str> = cells_of(table, &DAYS).map(|(_, _, cell)| cell).collect();
    let of_range = || dates::of_range(&days.iter().copied(), range);
    if let Some(order) = options.dates.or_else(of_range) {
        return Ok(Some(order));
    }
    let language = table.format().language.as_deref();
    if let Some(order) = options.kept_marks.dates(language) {
        table.as_before.push("dates");
        return Ok(Some(order));
    }
    Ok(table.format().dates.or_else(|| FORMATS.dates(language)))
}

/// Refuses a file with a day that may be two, where nothing says which one it is.
fn is_decided(table: &ExportTable) -> Result<(), TableError> {
    if table.dates.is_some() {
        return Ok(());
    }
    for (line, name, cell) in cells_of(table, &DAYS) {
        if let Some((day_first, month_first)) = dates::two_days(cell) {
            return Err(TableError::new(format!(
                "{}, which is {} with the day first and {} with the month first, and nothing in the file says which. \
                 Say it for the whole file: `dates=dmy` or `dates=mdy` (--dates)",
                evidence::shown(line, name, cell),
                Millis::of_day(day_first).date(),
                Millis::of_day(month_first).date()
            )));
        }
    }
    Ok(())
}

/// Each row has its day or range, or the file is of one.
fn has_days(
    table: &mut ExportTable,
    options: &ReadOptions,
    range: Option<DayRange>,
) -> Result<(), TableError> {
    let has = |column| table.header.has(column);
    let line = table.header.line;
    if has("day") || (has("from") && has("to")) {
        return match options.range {
            None => Ok(()),
            Some(_) => Err(TableError::new(format!(
                "line {line}, the header, has a column of days, so that they are not those of the whole file; leave \
                 out `from` and `to` (--from, --to)"
            ))),
        };
    }
    let longer = table.header.names.iter().zip(&table.header.cells);
    let mut longer = longer.filter(|(name, _)| FORMATS.is_longer_than_a_day(&name.plain));
    if let Some((_, cell)) = longer.next() {
        return Err(TableError::new(format!(
            "line {line}, the header, has {cell:?} instead of a day; export it again with a row for each day"
        )));
    }
    if let Some(said) = options.range {
        return is_of_range(table, said, range);
    }
    match range {
        Some((first, last)) if first == last => {
            table.range = Some((first, last));
            Ok(())
        }
        Some(range) => Err(TableError::new(format!(
            "line {line}, the header, has no column of days, so that each row is of all days {}; {}",
            shown(range),
            by_day(table, options.kind)
        ))),
        None => Err(TableError::new(format!(
            "line {line}, the header, has no column of days{}; it has {}. {}. If a column has the days, say which one: \
             `column=day=…` (--column day=…)",
            if has("from") {
                ", and of a range only the first one"
            } else {
                ""
            },
            listed(&table.header.cells),
            by_day(table, options.kind)
        ))),
    }
}

/// How to get a file with days.
fn by_day(table: &ExportTable, kind: ExportKind) -> String {
    let column = table
        .format()
        .called("day")
        .filter(|_| !table.format().is_any());
    let column = column.map_or_else(String::new, |name| {
        format!(", which gives it the column {name:?}")
    });
    let range = match kind {
        ExportKind::Costs => {
            ", or, where it has one line for each campaign, say its first and last day: `from=…` and `to=…` (--from … \
             --to …)"
        }
        ExportKind::Engagement => "",
    };
    format!("Export it again broken down by day{column}{range}")
}

/// Takes the range that the request says for that of each row: each is then of another campaign.
fn is_of_range(
    table: &mut ExportTable,
    said: DayRange,
    own: Option<DayRange>,
) -> Result<(), TableError> {
    if let Some(own) = own.filter(|own| *own != said) {
        return Err(TableError::new(format!(
            "the lines before the header say that it is of the days {}, and the request says {}",
            shown(own),
            shown(said)
        )));
    }
    let mut before: HashMap<Vec<&str>, u64> = HashMap::new();
    for (line, row) in table.rows() {
        let named = ["campaign", "network", "link"];
        let names: Vec<&str> = named.iter().flat_map(|column| row.all(column)).collect();
        let is_total = names
            .iter()
            .any(|text| TotalLabel::of(text) == TotalLabel::Total);
        if names.is_empty() || is_total {
            continue;
        }
        if let Some(first) = before.insert(names, line) {
            return Err(TableError::new(format!(
                "lines {first} and {line} are of the same campaign, and no column says what tells them apart, so that a \
                 range is not enough. Export it again broken down by day"
            )));
        }
    }
    table.range = Some(said);
    Ok(())
}

fn shown((first, last): DayRange) -> String {
    let [first, last] = [first, last].map(|day| Millis::of_day(day).date());
    format!("from {first} to {last}")
}

/// Adds the years that TikTok leaves out.
fn name_years(table: &mut ExportTable, year: Option<i16>) -> Result<(), TableError> {
    let Some(at) = table
        .header
        .places
        .get("day")
        .and_then(|places| Some(places.first()?.at))
    else {
        return Ok(());
    };
    let mut without = Vec::new();
    for (index, (line, cells)) in table.rows.iter().enumerate() {
        let cell = cells.get(at).map(String::as_str).unwrap_or_default();
        if let Some(day) = dates::without_year(cell) {
            if year.is_none() {
                return Err(TableError::new(format!(
                    "line {line} has the day {cell:?} without a year; say that of the file's last day: `year=…` \
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
fn rewrite_days(table: &mut ExportTable) {
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
fn is_by_day(table: &ExportTable, range: Option<DayRange>) -> Result<(), TableError> {
    let Some((first, last)) = range.filter(|(first, last)| first != last) else {
        return Ok(());
    };
    if !table.format().first_day_of_range {
        return Ok(());
    }
    let day = Millis::of_day(first).date();
    let mut rows: HashMap<Vec<&str>, usize> = HashMap::new();
    for (_, row) in table.rows() {
        if row.get("day").is_some_and(|other| other != day) {
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
