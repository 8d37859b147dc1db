//! The header of a file: found by the names in it, never by its number.
//!
//! # Invariants
//! A name that nobody knows is not guessed: whoever sends the file says what it is.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::column_name::ColumnName;
use super::content::{CellLayout, FileContent};
use super::error::TableError;
use super::format::{ExportFormat, ExportKind, FORMATS};
use super::options::ReadOptions;
use super::shown_names::{listed, short};
use crate::money::Currency;

/// Most lines that may stand before the header.
const BEFORE_HEADER: usize = 30;

/// Fewest known columns that make a line a header.
const FEWEST: usize = 2;

/// Most columns of a file.
const MOST_COLUMNS: usize = 2000;

/// Fewest tables under titles of their own that make a file one of several tables, and how many
/// lines are looked at.
const FEWEST_TABLES: usize = 3;
const MOST_TITLED: usize = 1000;

/// What Meta calls the only figure of a file, which the line before the header names.
const OF_TITLE: &str = "primary";

/// Where a column stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct ColumnPlace {
    pub(super) at: usize,
    /// What its name says of its money, as in `Amount spent (EUR)`.
    pub(super) currency: Option<Currency>,
}

/// The header of a file.
#[derive(Debug)]
pub(super) struct TableHeader {
    pub(super) layout: CellLayout,
    pub(super) line: u64,
    pub(super) cells: Vec<String>,
    pub(super) names: Vec<ColumnName>,
    pub(super) format: &'static ExportFormat,
    pub(super) places: HashMap<String, Vec<ColumnPlace>>,
    /// The lines before it.
    pub(super) before: Vec<String>,
}

impl TableHeader {
    /// Names of columns that nothing is taken from.
    pub(super) fn left_out(&self) -> Vec<String> {
        let taken: HashSet<usize> = self
            .places
            .values()
            .flatten()
            .map(|place| place.at)
            .collect();
        let cells = self.cells.iter().enumerate();
        cells
            .filter(|(at, cell)| !cell.is_empty() && !taken.contains(at))
            .map(|(_, cell)| short(cell))
            .collect()
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.places.contains_key(column)
    }

    /// Refuses a line with more cells than names: `5,50` without quotes is two cells.
    pub(super) fn fits(&self, line: u64, cells: &[String]) -> Result<(), TableError> {
        let count = cells.iter().rposition(|cell| !cell.is_empty());
        let count = count.map_or(0, |last| last + 1);
        // In a sheet each cell stands in its column.
        if count <= self.cells.len() || matches!(self.layout, CellLayout::Sheet(_)) {
            return Ok(());
        }
        Err(TableError::new(format!(
            "line {line} has {count} cells, and the header, line {}, has {}: put numbers with a comma in quotes, or \
             export with another separator",
            self.line,
            self.cells.len()
        )))
    }
}

/// A column's name from a request: ours, or another one that files of one's own may have.
///
/// # Errors
/// When it is neither.
pub fn column_called(kind: ExportKind, name: &str) -> Result<String, TableError> {
    let plain = ColumnName::of(name).plain;
    let any = FORMATS.any(kind);
    let is_own = any.columns().find(|column| *column == plain);
    let found = is_own.or_else(|| any.column(&plain).flatten().map(|(column, _)| column));
    found.map(str::to_owned).ok_or_else(|| {
        let columns: Vec<&str> = any.columns().collect();
        TableError::new(format!(
            "{:?} is not a column that can be mapped; those are {}",
            short(name),
            columns.join(", ")
        ))
    })
}

/// The line that names most columns.
///
/// # Errors
/// When none names two, or one that the request names is not there.
pub(super) fn find(
    content: &FileContent,
    options: &ReadOptions,
) -> Result<TableHeader, TableError> {
    let layouts = content.layouts(options.sheet.as_deref())?;
    let mut best: Option<(usize, usize, TableHeader)> = None;
    let mut likely: (u64, Vec<String>) = (1, Vec::new());
    for layout in &layouts {
        let mut lines = content.lines(*layout);
        let mut before: Vec<String> = Vec::new();
        for _ in 0..BEFORE_HEADER {
            let Ok(Some((line, cells))) = lines.read() else {
                break;
            };
            let filled = cells.iter().filter(|cell| !cell.is_empty()).count();
            if filled > likely.1.iter().filter(|cell| !cell.is_empty()).count() {
                likely = (line, cells.clone());
            }
            if (FEWEST..=MOST_COLUMNS).contains(&filled) && cells.len() <= MOST_COLUMNS {
                let (columns, score, mut header) = judged(&cells, before.last(), options);
                let is_better = best
                    .as_ref()
                    .is_none_or(|(most, known, _)| (columns, score) > (*most, *known));
                // A network's own form without figures is refused with what it is.
                let fewest = FEWEST + usize::from(header.format.instead.is_none());
                let is_own = !header.format.is_any() && columns > 0 && score >= fewest;
                if (columns >= FEWEST || is_own) && is_better {
                    (header.layout, header.line) = (*layout, line);
                    header.before.clone_from(&before);
                    best = Some((columns, score, header));
                }
            }
            before.push(cells.join(" ").trim().to_owned());
        }
    }
    let Some((_, _, header)) = best else {
        return Err(
            several_tables(content, &layouts).unwrap_or_else(|| not_found(options, &likely))
        );
    };
    all_mapped(&header, &options.columns)?;
    Ok(header)
}

/// How many columns and names of a line are known, and what it is as a header.
fn judged(
    cells: &[String],
    title: Option<&String>,
    options: &ReadOptions,
) -> (usize, usize, TableHeader) {
    let mut names: Vec<ColumnName> = cells.iter().map(|cell| ColumnName::of(cell)).collect();
    for (name, cell) in names.iter_mut().zip(cells) {
        name.currency = name.currency.or_else(|| currency_of_sign(cell));
    }
    let of_title = title.map(|title| ColumnName::of(&format!("{OF_TITLE}: {title}")));
    let is_known = |name: &ColumnName| {
        let mut formats = FORMATS.of(options.kind);
        formats.any(|format| format.column(&name.plain).is_some())
    };
    if let Some(of_title) = of_title.filter(is_known) {
        let figures = names.iter_mut().filter(|name| name.plain == OF_TITLE);
        figures.for_each(|name| *name = of_title.clone());
    }
    // Of forms that know as many names the one with more columns is taken.
    let known = |format: &ExportFormat| {
        let known = names.iter().filter_map(|name| format.column(&name.plain));
        known.fold((0, 0), |(known, columns), column| {
            (known + 1, columns + usize::from(column.is_some()))
        })
    };
    let any = FORMATS.any(options.kind);
    let (mut score, mut format) = ((0, 0), any);
    for other in FORMATS.of(options.kind) {
        let known = known(other);
        if known > score {
            (score, format) = (known, other);
        }
    }
    let mut places = places(&names, format, any);
    for (column, name) in options.kept.iter().chain(&options.columns) {
        if let Some(at) = place_of(cells, &names, name) {
            for others in places.values_mut() {
                others.retain(|place| place.at != at);
            }
            let currency = names[at].currency;
            places.insert(column.clone(), vec![ColumnPlace { at, currency }]);
        }
    }
    places.retain(|_, places| !places.is_empty());
    let is_evidence = |column: &str| {
        options.kind == ExportKind::Costs && matches!(column, "impressions" | "clicks")
    };
    let columns = places.keys().filter(|column| !is_evidence(column)).count();
    let header = TableHeader {
        layout: CellLayout::Separator(b','),
        line: 1,
        cells: cells.to_vec(),
        names,
        format,
        places,
        before: Vec::new(),
    };
    (columns, score.0, header)
}

/// `GBP` of `Cost (£)`.
fn currency_of_sign(cell: &str) -> Option<Currency> {
    let bare = cell.trim().trim_end_matches([')', ']']);
    let (_, sign) = bare.rsplit_once(['(', '['])?;
    FORMATS.sign(sign.trim())
}

/// Where the columns stand: by the form's names, and by those that hold everywhere.
fn places(
    names: &[ColumnName],
    format: &ExportFormat,
    any: &ExportFormat,
) -> HashMap<String, Vec<ColumnPlace>> {
    let mut ranked: BTreeMap<(&str, bool, usize), ColumnPlace> = BTreeMap::new();
    for (at, name) in names.iter().enumerate() {
        let (found, is_any) = match format.column(&name.plain) {
            Some(found) => (found, false),
            None => (any.column(&name.plain).flatten(), true),
        };
        if let Some((column, rank)) = found {
            // Of a name that stands there twice the first is taken.
            ranked.entry((column, is_any, rank)).or_insert(ColumnPlace {
                at,
                currency: name.currency,
            });
        }
    }
    let mut places: HashMap<String, Vec<ColumnPlace>> = HashMap::new();
    for ((column, ..), place) in ranked {
        places.entry(column.to_owned()).or_default().push(place);
    }
    places
}

fn place_of(cells: &[String], names: &[ColumnName], wanted: &str) -> Option<usize> {
    let wanted = wanted.trim();
    let exact = cells.iter().position(|cell| cell == wanted);
    exact.or_else(|| {
        let plain = ColumnName::of(wanted).plain;
        names
            .iter()
            .position(|name| !plain.is_empty() && name.plain == plain)
    })
}

fn all_mapped(header: &TableHeader, columns: &BTreeMap<String, String>) -> Result<(), TableError> {
    for (column, name) in columns {
        if place_of(&header.cells, &header.names, name).is_none() {
            return Err(TableError::new(format!(
                "line {}, the header, has no column {:?} for {column}; it has {}",
                header.line,
                short(name),
                listed(&header.cells)
            )));
        }
    }
    Ok(())
}

/// Refuses a file of several tables under each other, such as Meta's of an audience.
fn several_tables(content: &FileContent, layouts: &[CellLayout]) -> Option<TableError> {
    let mut lines = content.lines(*layouts.first()?);
    let (mut titles, mut before): (Vec<String>, Option<String>) = (Vec::new(), None);
    for _ in 0..MOST_TITLED {
        let Ok(Some((_, cells))) = lines.read() else {
            break;
        };
        let filled: Vec<&String> = cells.iter().filter(|cell| !cell.is_empty()).collect();
        match filled[..] {
            [only] => before = Some(only.clone()),
            _ => titles.extend(before.take()),
        }
    }
    (titles.len() >= FEWEST_TABLES).then(|| {
        TableError::new(format!(
            "it has several tables under each other ({}), as Meta's file of an audience has: who the people are, not \
             what posts were shown and liked. Export the posts (Content), or one figure for each day (Views)",
            listed(&titles)
        ))
    })
}

fn not_found(options: &ReadOptions, (line, cells): &(u64, Vec<String>)) -> TableError {
    let (wanted, example) = match options.kind {
        ExportKind::Costs => ("a day and an amount", "amount"),
        ExportKind::Engagement => ("a day and a figure", "likes"),
    };
    if cells.iter().all(String::is_empty) {
        return TableError::new(format!(
            "it has no line with columns for {wanted}; is it empty?"
        ));
    }
    TableError::new(format!(
        "no line has known names of columns for {wanted}; line {line} has {}. Say what they are: `column=day=…` \
         and `column={example}=…` (--column day=… --column {example}=…); docs/costs.md lists the names that are \
         known",
        listed(cells)
    ))
}
