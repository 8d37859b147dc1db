//! Costs over the API.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};

use crate::http::api::table::import_rows;
use crate::http::api::table::params::ImportParams;
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::json::{Json, Query};
use crate::http::state::State;
use crate::operations::actor::Actor;
use crate::operations::campaign_rows::CampaignRowsQuery;
use crate::operations::cost;
use crate::operations::cost::body::{CostChange, CostImportResult, CostPage, CostView, NewCosts};
use crate::operations::import::body::ImportRequest;
use crate::operations::import::query::ImportQuery;

/// Import costs
///
/// Send rows as JSON: an array, or `{"rows": […]}`. Or send a table as ad managers export it
/// (`Content-Type: text/csv`, also for a workbook). Its columns may have names in any known
/// language, or names that `column` maps. Amounts of a table are in major units. With
/// `dry_run=true` the answer is the same, but nothing is stored. Either all rows are stored or
/// none. A row with a known `event_id` replaces the earlier one. In a table, a row without an
/// `event_id` gets one from its campaign, network, link, days and note, so you can send a file
/// again. Lines that are sums of other lines are skipped; the answer lists them with the cause.
#[utoipa::path(
    operation_id = "import_costs",
    tag = "costs",
    params(ImportQuery, ("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 128, pattern = "^[!-~]+$", description = "Makes a repeat return the first result")),
    request_body(content((NewCosts = "application/json"), (String = "text/csv")), description = "At most 16 MiB"),
    responses(
        (status = 200, description = "With `dry_run`: what the import would change", body = CostImportResult),
        (status = 201, description = "How many rows were new, changed or unchanged, and the rows", body = CostImportResult),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/costs")]
pub(in crate::http) async fn import(
    state: web::Data<State>,
    actor: Actor,
    request: HttpRequest,
    Query(params): Query<ImportParams>,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    let operation =
        async |rows: &ImportRequest<'_>| cost::import(&state.context, &actor, rows).await;
    import_rows((&state, &request), body, &params.0, operation).await
}

/// List costs
#[utoipa::path(
    operation_id = "list_costs",
    tag = "costs",
    params(CampaignRowsQuery),
    responses(
        (status = 200, description = "A page of costs", body = CostPage),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/costs")]
pub(in crate::http) async fn list(
    state: web::Data<State>,
    actor: Actor,
    Query(query): Query<CampaignRowsQuery>,
) -> Result<HttpResponse, Problem> {
    let page = cost::list(&state.context, &actor, query).await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Read a cost
#[utoipa::path(
    operation_id = "read_cost",
    tag = "costs",
    params(("id" = String, Path, description = "Id of the cost")),
    responses(
        (status = 200, description = "The cost", body = CostView),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/costs/{id}")]
pub(in crate::http) async fn read(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let cost = cost::read(&state.context, &actor, &id).await?;
    Ok(HttpResponse::Ok().json(cost))
}

/// Update a cost
///
/// The rules are those of the import. A later import of the same `event_id` replaces the cost.
#[utoipa::path(
    operation_id = "update_cost",
    tag = "costs",
    params(("id" = String, Path, description = "Id of the cost")),
    request_body = CostChange,
    responses(
        (status = 200, description = "The cost as it is now", body = CostView),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[patch("/costs/{id}")]
pub(in crate::http) async fn update(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
    body: Json<CostChange>,
) -> Result<HttpResponse, Problem> {
    let cost = cost::update(&state.context, &actor, &id, body.value).await?;
    Ok(HttpResponse::Ok().json(cost))
}

/// Delete a cost
#[utoipa::path(
    operation_id = "delete_cost",
    tag = "costs",
    params(("id" = String, Path, description = "Id of the cost")),
    responses(
        (status = 200, body = CostView, description = "The deleted object"),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[delete("/costs/{id}")]
pub(in crate::http) async fn delete(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let deleted = cost::delete(&state.context, &actor, &id).await?;
    Ok(HttpResponse::Ok().json(deleted))
}
