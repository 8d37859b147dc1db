//! Tables that people send to the API: rows of their exports, with what is wrong and what is passed
//! over.
//!
//! # Invariants
//! Nothing is dropped in silence: columns and lines that nothing is taken from are named.
//!
//! # Out of scope
//! How a file becomes a table: [`export_file`](crate::export_file).

pub mod asked;
pub mod cell;
pub mod place;

use std::collections::HashSet;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::OwnedSemaphorePermit;

use crate::export_file::totals::{self, RowKind};
use crate::export_file::{
    ExportRow, ExportTable, FileContent, FileRead, PassedOver, ReadOptions, TableError,
};
use crate::http::State;
use crate::http::api::idempotency::{created, repeat_key};
use crate::http::error::Problem;
use crate::http::extract::bodies::WholeBody;
use crate::operations::actor::Actor;
use crate::operations::error::Error;
use crate::operations::import::bad_rows::{BadRows, RowError};
use crate::operations::repeat;
use crate::provider;
use crate::store::Tx;

/// Largest table, in bytes.
pub const MAX: usize = 16 * 1024 * 1024;

/// Types of tables beside those of text.
const TABLES: [&str; 3] = [
    "application/csv",
    "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
];

/// Most lines that are named as passed over.
const MOST_NAMED: usize = 1000;

/// Gives rows that were made in one moment their ids in the order of the rows.
pub fn sort_ids<T, I: Ord + Copy>(rows: &mut [T], id: impl Fn(&mut T) -> &mut I) {
    let mut ids: Vec<I> = rows.iter_mut().map(|row| *id(row)).collect();
    ids.sort_unstable();
    for (row, sorted) in rows.iter_mut().zip(ids) {
        *id(row) = sorted;
    }
}

/// Whether a request brings a table, and no JSON.
pub fn is_one(request: &HttpRequest) -> bool {
    let kind = request.headers().get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.starts_with("text/") || TABLES.iter().any(|known| kind.starts_with(known))
}

/// The file that a request brings, where it brings one. Workbooks are read one by one and beside
/// everything else; the permit is for as long as it is in memory.
///
/// # Errors
/// [`Error::ExportTable`] where it cannot be read.
pub async fn content(
    state: &State,
    request: &HttpRequest,
    raw: &WholeBody,
) -> Result<Option<(FileContent, Option<OwnedSemaphorePermit>)>, Error> {
    if !is_one(request) {
        return Ok(None);
    }
    let refused = |error: TableError| Error::Table(error.to_string());
    if !FileContent::is_slow(raw) {
        let content = FileContent::read(raw).map_err(refused)?;
        return Ok(Some((content, None)));
    }
    let permit = state.bodies.workbooks.clone().acquire_owned().await;
    let permit = permit.map_err(|_| Error::Broken)?;
    let raw = raw.shared();
    let read = web::block(move || (FileContent::read(&raw), permit)).await;
    let (content, permit) = read.map_err(|_| Error::Broken)?;
    Ok(Some((content.map_err(refused)?, Some(permit))))
}

/// Reads the rows of a JSON body: an array, or an object with `rows`. They are numbered from 1.
///
/// # Errors
/// When it is neither, a row is not of the form of `N`, or nothing can be taken now.
pub fn json_rows<N: DeserializeOwned, T>(
    body: &[u8],
    bad: &mut BadRows,
    read: impl Fn(u64, N) -> Result<T, RowError>,
) -> Result<ReadRows<T>, Error> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Rows<N> {
        rows: Vec<N>,
    }
    let given: Vec<N> = if body.trim_ascii_start().starts_with(b"[") {
        provider::json::read(body)?
    } else {
        provider::json::read::<Rows<N>>(body)?.rows
    };
    let count = given.len();
    let mut rows = Vec::new();
    for (line, new) in (1..).zip(given) {
        rows.extend(bad.sift(line, read(line, new))?);
    }
    Ok(ReadRows {
        rows,
        count,
        columns_left_out: Vec::new(),
        totals_left_out: Vec::new(),
        passed_over: Vec::new(),
        file: None,
    })
}

/// What was read of a body: its rows, and what of a table was passed over.
#[derive(Debug)]
pub struct ReadRows<T> {
    /// The rows that can be read.
    pub rows: Vec<T>,
    /// How many rows there are, sums left out.
    pub count: usize,
    /// Names of columns that nobody asked for.
    pub columns_left_out: Vec<String>,
    /// Lines that are sums of other lines.
    pub totals_left_out: Vec<u64>,
    /// Lines that nothing is taken from, whatever their campaign.
    pub passed_over: Vec<PassedOver>,
    /// How a table was read.
    pub file: Option<FileRead>,
}

/// Lines that nothing is taken from, in their order, at most 1000.
pub fn in_order(mut passed_over: Vec<PassedOver>, others: Vec<PassedOver>) -> Vec<PassedOver> {
    passed_over.extend(others);
    passed_over.sort_by_key(|over| over.line);
    passed_over.truncate(MOST_NAMED);
    passed_over
}

/// Reads the rows of a table that are no sums of others; `figures` are the columns whose values add
/// up, `levels` those that do not.
///
/// # Errors
/// [`Error::ExportTable`] where it is none, and where nothing can be taken now.
pub fn own_rows<T>(
    content: &FileContent,
    options: &ReadOptions,
    (figures, levels): (&[&'static str], &[&'static str]),
    bad: &mut BadRows,
    read: impl Fn(u64, ExportRow<'_>) -> Result<T, RowError>,
) -> Result<ReadRows<T>, Error> {
    let table =
        ExportTable::read(content, options).map_err(|error| Error::Table(error.to_string()))?;
    let all_figures = [figures, levels].concat();
    let mut rows = Vec::new();
    let mut totals_left_out = Vec::new();
    let mut passed_over = table.passed_over().to_vec();
    let mut count = 0;
    for ((line, row), kind) in table.rows().zip(totals::kinds(&table, figures)) {
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
            RowKind::Own => read(line, row),
            RowKind::Unclear(field, problem) => Err(RowError::Bad(field, problem)),
        };
        count += 1;
        rows.extend(bad.sift(line, row)?);
    }
    if count == 0 {
        return Err(none_left(&passed_over));
    }
    Ok(ReadRows {
        rows,
        count,
        columns_left_out: table.left_out(),
        totals_left_out,
        passed_over,
        file: Some(table.how()),
    })
}

fn none_left(passed_over: &[PassedOver]) -> Error {
    let mut causes = HashSet::new();
    let first = passed_over.iter().filter(|over| causes.insert(&over.cause));
    let first = first.map(|over| format!("line {}: {}", over.line, over.cause));
    let first: Vec<String> = first.collect();
    Error::Table(format!(
        "it has no row that can be imported ({}); export the days that have figures",
        first.join("; ")
    ))
}

/// Answers what `effect` gives: 201 when it is kept, 200 when it was only tried.
///
/// # Errors
/// Those of `effect`, which then leaves nothing behind.
pub async fn imported<T: Serialize>(
    (state, actor, request): (&State, &Actor, &HttpRequest),
    raw: &[u8],
    is_dry_run: bool,
    effect: impl AsyncFnOnce(&mut Tx) -> Result<T, Error>,
) -> Result<HttpResponse, Problem> {
    if !is_dry_run {
        let repeat = repeat_key(request, raw)?;
        let made = repeat::create(&state.context, actor, repeat.as_ref(), effect).await?;
        return Ok(created(made));
    }
    // The transaction is dropped, so nothing of it is kept.
    let mut tx = state.context.store.write().await?;
    let value = effect(&mut tx).await?;
    Ok(HttpResponse::Ok().json(value))
}
