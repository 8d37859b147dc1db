//! Reads the rows of a body, JSON or a table, and collects what is wrong with them.

use std::collections::HashSet;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::export_file::format::ExportKind;
use crate::export_file::totals::{self, RowKind};
use crate::export_file::{ExportRow, ExportTable, FileContent, FileRead, PassedOver, ReadOptions};
use crate::operations::error::Error;
use crate::operations::import::bad_rows::{BadRows, RowError};
use crate::operations::import::body::ImportBody;
use crate::operations::import::query::ImportQuery;
use crate::operations::import::target::RowNames;
use crate::provider;

/// Most skipped lines that are named.
const MAX_PASSED_OVER: usize = 1000;

/// A row of one noun, before its names are resolved.
pub trait ImportRow: Sized {
    /// Its form in JSON.
    type Json: DeserializeOwned;

    /// The kind of its files.
    const KIND: ExportKind;

    /// Columns of a table whose values can be summed.
    const FIGURES: &'static [&'static str];

    /// Columns of figures whose values cannot be summed.
    const LEVELS: &'static [&'static str];

    /// Reads a row of JSON.
    ///
    /// # Errors
    /// A field that cannot be read.
    fn from_json(line: u64, row: Self::Json, query: &ImportQuery) -> Result<Self, RowError>;

    /// Reads a row of a table.
    ///
    /// # Errors
    /// A column that cannot be read.
    fn from_table(line: u64, row: ExportRow<'_>, query: &ImportQuery) -> Result<Self, RowError>;

    /// The line of the file; for JSON, the number of the row, from 1.
    fn line(&self) -> u64;

    /// The names in the row.
    fn names(&self) -> &RowNames;
}

/// The parsed body: its rows, and the skipped parts of a table.
#[derive(Debug)]
pub struct ParsedRows<R> {
    /// The rows that can be read.
    pub rows: Vec<R>,
    /// The number of rows, without sums.
    pub count: usize,
    /// How a table was read, and what was skipped.
    pub file: FileSummary,
}

/// How a table was read, and what was skipped. For JSON everything is empty.
#[derive(Debug, Default)]
pub struct FileSummary {
    /// Names of ignored columns.
    pub columns_left_out: Vec<String>,
    /// Lines that are sums of other lines.
    pub totals_left_out: Vec<u64>,
    /// Skipped lines, with the cause.
    pub passed_over: Vec<PassedOver>,
    /// How the table was read.
    pub read: Option<FileRead>,
}

impl FileSummary {
    /// Adds lines of other campaigns, and keeps the first 1000 lines in their order.
    pub fn pass_over(&mut self, lines: Vec<PassedOver>) {
        self.passed_over.extend(lines);
        self.passed_over.sort_by_key(|over| over.line);
        self.passed_over.truncate(MAX_PASSED_OVER);
    }
}

/// Reads the rows of a body. `options` say how to read a table.
///
/// # Errors
/// A body that cannot be read at all, or a store that does not answer.
pub fn parse<R: ImportRow>(
    body: &ImportBody<'_>,
    options: &ReadOptions,
    query: &ImportQuery,
    bad: &mut BadRows,
) -> Result<ParsedRows<R>, Error> {
    match body {
        ImportBody::Json(body) => parse_json(body, query, bad),
        ImportBody::Table(content) => parse_table(content, options, query, bad),
    }
}

/// JSON rows are numbered from 1.
fn parse_json<R: ImportRow>(
    body: &[u8],
    query: &ImportQuery,
    bad: &mut BadRows,
) -> Result<ParsedRows<R>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Rows<N> {
        rows: Vec<N>,
    }
    let given: Vec<R::Json> = if body.trim_ascii_start().starts_with(b"[") {
        provider::json::read(body)?
    } else {
        provider::json::read::<Rows<R::Json>>(body)?.rows
    };
    let count = given.len();
    let mut rows = Vec::new();
    for (line, row) in (1..).zip(given) {
        rows.extend(bad.sift(line, R::from_json(line, row, query))?);
    }
    Ok(ParsedRows {
        rows,
        count,
        file: FileSummary::default(),
    })
}

/// Reads the rows that are not sums of other rows.
fn parse_table<R: ImportRow>(
    content: &FileContent,
    options: &ReadOptions,
    query: &ImportQuery,
    bad: &mut BadRows,
) -> Result<ParsedRows<R>, Error> {
    let table =
        ExportTable::read(content, options).map_err(|error| Error::Table(error.to_string()))?;
    let all_figures = [R::FIGURES, R::LEVELS].concat();
    let mut rows = Vec::new();
    let mut totals_left_out = Vec::new();
    let mut passed_over = table.passed_over().to_vec();
    let mut count = 0;
    for ((line, row), kind) in table.rows().zip(totals::kinds(&table, R::FIGURES)) {
        let row = match kind {
            RowKind::Total => {
                totals_left_out.push(line);
                let cause = "it is a sum of other rows".to_owned();
                passed_over.push(PassedOver { line, cause });
                continue;
            }
            RowKind::Own if row.reports_none(&all_figures) => {
                let cause = "its figures are not reported".to_owned();
                passed_over.push(PassedOver { line, cause });
                continue;
            }
            RowKind::Own => R::from_table(line, row, query),
            RowKind::Unclear(field, problem) => Err(RowError::Bad(field, problem)),
        };
        count += 1;
        rows.extend(bad.sift(line, row)?);
    }
    if count == 0 {
        return Err(nothing_left(&passed_over));
    }
    Ok(ParsedRows {
        rows,
        count,
        file: FileSummary {
            columns_left_out: table.left_out(),
            totals_left_out,
            passed_over,
            read: Some(table.how()),
        },
    })
}

fn nothing_left(passed_over: &[PassedOver]) -> Error {
    let mut causes = HashSet::new();
    let first = passed_over.iter().filter(|over| causes.insert(&over.cause));
    let first = first.map(|over| format!("line {}: {}", over.line, over.cause));
    let first: Vec<String> = first.collect();
    Error::Table(format!(
        "it has no row that can be imported ({}); export the days that have figures",
        first.join("; ")
    ))
}

/// Sorts the ids of rows that were created at one time into the order of the rows.
pub fn sort_ids<T, I: Ord + Copy>(rows: &mut [T], id: impl Fn(&mut T) -> &mut I) {
    let mut ids: Vec<I> = rows.iter_mut().map(|row| *id(row)).collect();
    ids.sort_unstable();
    for (row, sorted) in rows.iter_mut().zip(ids) {
        *id(row) = sorted;
    }
}
