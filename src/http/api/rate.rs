//! Exchange rates over the API.

use actix_web::{HttpResponse, get, post, web};
use utoipa::ToSchema;

use crate::http::error::{Problem, ProblemDetails};
use crate::http::state::State;
use crate::operations::rate;
use crate::operations::rate::{RateImportResult, RateList};

/// Largest file, in bytes: about ten times the history of all rates since 1999.
const MAX_LIST: usize = 16 * 1024 * 1024;

/// A list of rates as a file.
#[expect(dead_code, reason = "it describes a body, which is read raw")]
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct RateFile(Vec<u8>);

/// Import exchange rates
///
/// Send a file of the European Central Bank unchanged: `eurofxref-hist.csv` or `eurofxref.csv`,
/// with any `Content-Type`. A second import of a file changes nothing. Conversions that waited for
/// these rates are converted; earlier conversions keep their rates. The rates apply to all
/// workspaces.
#[utoipa::path(
    operation_id = "import_rates",
    tag = "rates",
    request_body(content((String = "text/csv"), (RateFile = "application/octet-stream")), description = "At most 16 MiB"),
    responses(
        (status = 200, description = "What the import changed", body = RateImportResult),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/rates")]
pub(in crate::http) async fn import(
    state: web::Data<State>,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    let bodies = &state.bodies.keyed;
    let file = bodies.read(body.into_inner(), 0, MAX_LIST).await?;
    let result = rate::import(&state.context, &file).await?;
    Ok(HttpResponse::Ok().json(result))
}

/// List exchange rates
#[utoipa::path(
    operation_id = "list_rates",
    tag = "rates",
    responses(
        (status = 200, description = "The currencies that have rates", body = RateList),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/rates")]
pub(in crate::http) async fn list(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let rates = rate::list(&state.context).await?;
    Ok(HttpResponse::Ok().json(rates))
}
