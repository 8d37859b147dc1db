//! Sources over the API.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};

use crate::http::api::idempotency::{created, repeat_key};
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::json::{Json, Query, Raw};
use crate::http::state::State;
use crate::operations::actor::Actor;
use crate::operations::source;
use crate::operations::source::body::{
    NewSource, SourceChange, SourcePage, SourceQuery, SourceView,
};
use crate::operations::source::sample::{self, SampleResult};

/// Create a source
///
/// The answer has the URL to paste into the sender and, unless you gave one, the secret.
#[utoipa::path(
    operation_id = "create_source",
    tag = "sources",
    params(("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 128, pattern = "^[!-~]+$", description = "Makes a repeat return the first result")),
    request_body = NewSource,
    responses(
        (status = 201, description = "The source with its secret, which only this answer shows", body = SourceView),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/sources")]
pub(in crate::http) async fn create(
    state: web::Data<State>,
    actor: Actor,
    request: HttpRequest,
    body: Json<NewSource>,
) -> Result<HttpResponse, Problem> {
    let repeat = repeat_key(&request, &body.raw)?;
    let source = source::create(&state.context, &actor, repeat.as_ref(), body.value).await?;
    Ok(created(source))
}

/// List sources
#[utoipa::path(
    operation_id = "list_sources",
    tag = "sources",
    params(SourceQuery),
    responses(
        (status = 200, description = "A page of sources", body = SourcePage),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/sources")]
pub(in crate::http) async fn list(
    state: web::Data<State>,
    actor: Actor,
    Query(query): Query<SourceQuery>,
) -> Result<HttpResponse, Problem> {
    let page = source::list(&state.context, &actor, query).await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Read a source
#[utoipa::path(
    operation_id = "read_source",
    tag = "sources",
    params(("id" = String, Path, description = "Id of the source")),
    responses(
        (status = 200, description = "The source", body = SourceView),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/sources/{id}")]
pub(in crate::http) async fn read(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let source = source::read(&state.context, &actor, &id).await?;
    Ok(HttpResponse::Ok().json(source))
}

/// Update a source
#[utoipa::path(
    operation_id = "update_source",
    tag = "sources",
    params(("id" = String, Path, description = "Id of the source")),
    request_body = SourceChange,
    responses(
        (status = 200, description = "The source as it is now", body = SourceView),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[patch("/sources/{id}")]
pub(in crate::http) async fn update(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
    body: Json<SourceChange>,
) -> Result<HttpResponse, Problem> {
    let source = source::update(&state.context, &actor, &id, body.value).await?;
    Ok(HttpResponse::Ok().json(source))
}

/// Archive a source
///
/// Its webhooks answer 410 from now on. What it reported stays.
#[utoipa::path(
    operation_id = "archive_source",
    tag = "sources",
    params(("id" = String, Path, description = "Id of the source")),
    responses(
        (status = 200, description = "The archived source", body = SourceView),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[delete("/sources/{id}")]
pub(in crate::http) async fn archive(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let source = source::archive(&state.context, &actor, &id).await?;
    Ok(HttpResponse::Ok().json(source))
}

/// Test a source with a sample
///
/// Reads a body as the source would read a webhook, and returns what would count. Nothing is
/// stored. Headers that the provider's protocol reads, such as `X-Shopify-Topic`, are taken from
/// this request.
#[utoipa::path(
    operation_id = "test_source",
    tag = "sources",
    params(("id" = String, Path, description = "Id of the source")),
    request_body(content = serde_json::Value, description = "A body as the provider sends it", content_type = "application/json"),
    responses(
        (status = 200, description = "The conversions that the sample would report", body = SampleResult),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/sources/{id}/test")]
pub(in crate::http) async fn test(
    state: web::Data<State>,
    actor: Actor,
    request: HttpRequest,
    id: web::Path<String>,
    Raw(mut body): Raw,
) -> Result<HttpResponse, Problem> {
    let deliver =
        |source: &_| crate::http::webhook::delivery(&state, source, &request, body.take());
    let result = sample::test(&state.context, &actor, &id, deliver).await?;
    Ok(HttpResponse::Ok().json(result))
}
