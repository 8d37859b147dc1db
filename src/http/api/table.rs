//! Imports over the API: they take JSON rows or a table, and return the result.

pub mod cell;
pub mod params;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use tokio::sync::OwnedSemaphorePermit;

use crate::export_file::FileContent;
use crate::http::api::idempotency::{created, repeat_key};
use crate::http::error::Problem;
use crate::http::extract::bodies::{WholeBody, announced};
use crate::http::state::State;
use crate::operations::error::Error;
use crate::operations::import::body::{ImportBody, ImportRequest, is_table, read_table};
use crate::operations::import::query::ImportQuery;
use crate::operations::import::run::Imported;

/// Largest body of an import, in bytes.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// Reads the rows of a request, lets `operation` import them, and answers its result: 201 when the
/// rows are stored, 200 after a dry run.
///
/// # Errors
/// A body that is too large or not readable; the errors of `operation`.
pub async fn import_rows<T: Serialize>(
    (state, request): (&State, &HttpRequest),
    body: web::Payload,
    query: &ImportQuery,
    operation: impl AsyncFnOnce(&ImportRequest<'_>) -> Result<Imported<T>, Error>,
) -> Result<HttpResponse, Problem> {
    let (body, announced) = (body.into_inner(), announced(request));
    let raw = state.bodies.keyed.read(body, announced, MAX_BODY).await?;
    // A workbook counts against its limit while it is in memory.
    let (body, _permit) = if is_table(content_type(request)) {
        let (content, permit) = table(state, &raw).await?;
        (ImportBody::Table(content), permit)
    } else {
        (ImportBody::Json(&raw), None)
    };
    let repeat = if query.dry_run {
        None
    } else {
        repeat_key(request, &raw)?
    };
    let rows = ImportRequest {
        query,
        body,
        repeat,
    };
    Ok(match operation(&rows).await? {
        Imported::Kept(result) => created(result),
        Imported::Tried(result) => HttpResponse::Ok().json(result),
    })
}

fn content_type(request: &HttpRequest) -> &str {
    let value = request.headers().get(CONTENT_TYPE);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// Reads the file of a table. Workbooks are read on a blocking thread, a few at a time.
async fn table(
    state: &State,
    raw: &WholeBody,
) -> Result<(FileContent, Option<OwnedSemaphorePermit>), Error> {
    if !FileContent::is_slow(raw) {
        return Ok((read_table(raw)?, None));
    }
    let permit = state.bodies.workbooks.clone().acquire_owned().await;
    let permit = permit.map_err(|_| Error::Broken)?;
    let raw = raw.shared();
    let read = web::block(move || (read_table(&raw), permit)).await;
    let (content, permit) = read.map_err(|_| Error::Broken)?;
    Ok((content?, Some(permit)))
}
