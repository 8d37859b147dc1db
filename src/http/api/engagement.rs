//! Engagement numbers over the API.

use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};

use crate::http::api::table::import_rows;
use crate::http::api::table::params::ImportParams;
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::json::Query;
use crate::http::state::State;
use crate::operations::actor::Actor;
use crate::operations::campaign_rows::CampaignRowsQuery;
use crate::operations::engagement;
use crate::operations::engagement::body::{
    EngagementImportResult, EngagementPage, EngagementView, NewEngagements,
};
use crate::operations::import::body::ImportRequest;
use crate::operations::import::query::ImportQuery;

/// Import engagement numbers
///
/// Send rows as JSON: an array, or `{"rows": […]}`. Or send a table as networks export it
/// (`Content-Type: text/csv`, also for a workbook). Its columns may have names in any known
/// language, or names that `column` maps. With `dry_run=true` the answer is the same, but nothing
/// is stored. Totals of the same campaign, network, post and day replace earlier ones, figure by
/// figure, so you can send a file again. A link names a post, or a permalink that `PATCH
/// /posts/{id}` has set. A row with neither stands for all posts on the network.
#[utoipa::path(
    operation_id = "import_engagement",
    tag = "costs",
    params(ImportQuery, ("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 128, pattern = "^[!-~]+$", description = "Makes a repeat return the first result")),
    request_body(content((NewEngagements = "application/json"), (String = "text/csv")), description = "At most 16 MiB"),
    responses(
        (status = 200, description = "With `dry_run`: what the import would change", body = EngagementImportResult),
        (status = 201, description = "How many rows were new, changed or unchanged, and the rows", body = EngagementImportResult),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/engagement")]
pub(in crate::http) async fn import(
    state: web::Data<State>,
    actor: Actor,
    request: HttpRequest,
    Query(params): Query<ImportParams>,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    let operation =
        async |rows: &ImportRequest<'_>| engagement::import(&state.context, &actor, rows).await;
    import_rows((&state, &request), body, &params.0, operation).await
}

/// List engagement numbers
#[utoipa::path(
    operation_id = "list_engagement",
    tag = "costs",
    params(CampaignRowsQuery),
    responses(
        (status = 200, description = "A page of engagement numbers", body = EngagementPage),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/engagement")]
pub(in crate::http) async fn list(
    state: web::Data<State>,
    actor: Actor,
    Query(query): Query<CampaignRowsQuery>,
) -> Result<HttpResponse, Problem> {
    let page = engagement::list(&state.context, &actor, query).await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Read engagement numbers
#[utoipa::path(
    operation_id = "read_engagement",
    tag = "costs",
    params(("id" = String, Path, description = "Id of the row")),
    responses(
        (status = 200, description = "The numbers of a post or network, and a day", body = EngagementView),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/engagement/{id}")]
pub(in crate::http) async fn read(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let engagement = engagement::read(&state.context, &actor, &id).await?;
    Ok(HttpResponse::Ok().json(engagement))
}

/// Delete engagement numbers
#[utoipa::path(
    operation_id = "delete_engagement",
    tag = "costs",
    params(("id" = String, Path, description = "Id of the row")),
    responses(
        (status = 200, body = EngagementView, description = "The deleted object"),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[delete("/engagement/{id}")]
pub(in crate::http) async fn delete(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let deleted = engagement::delete(&state.context, &actor, &id).await?;
    Ok(HttpResponse::Ok().json(deleted))
}
