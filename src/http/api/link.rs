//! Links over the API.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};

use crate::http::api::idempotency::{created, repeat_key};
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::json::{Json, Query};
use crate::http::state::State;
use crate::operations::actor::Actor;
use crate::operations::link;
use crate::operations::link::body::{LinkChange, LinkPage, LinkQuery, LinkView, NewLink};

/// Create a link
#[utoipa::path(
    operation_id = "create_link",
    tag = "links",
    params(("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 128, pattern = "^[!-~]+$", description = "Makes a repeat return the first result")),
    request_body = NewLink,
    responses(
        (status = 201, description = "The link", body = LinkView),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/links")]
pub(in crate::http) async fn create(
    state: web::Data<State>,
    actor: Actor,
    request: HttpRequest,
    body: Json<NewLink>,
) -> Result<HttpResponse, Problem> {
    let repeat = repeat_key(&request, &body.raw)?;
    let link = link::create(&state.context, &actor, repeat.as_ref(), body.value).await?;
    Ok(created(link))
}

/// List links
#[utoipa::path(
    operation_id = "list_links",
    tag = "links",
    params(LinkQuery),
    responses(
        (status = 200, description = "A page of links", body = LinkPage),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/links")]
pub(in crate::http) async fn list(
    state: web::Data<State>,
    actor: Actor,
    Query(query): Query<LinkQuery>,
) -> Result<HttpResponse, Problem> {
    let page = link::list(&state.context, &actor, query).await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Read a link
#[utoipa::path(
    operation_id = "read_link",
    tag = "links",
    params(("id" = String, Path, description = "Id, slug or short URL (percent-encoded) of the link")),
    responses(
        (status = 200, description = "The link", body = LinkView),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/links/{id}")]
pub(in crate::http) async fn read(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let link = link::read(&state.context, &actor, &id).await?;
    Ok(HttpResponse::Ok().json(link))
}

/// Update a link
///
/// The change takes effect on the next click. Earlier clicks keep the old values.
#[utoipa::path(
    operation_id = "update_link",
    tag = "links",
    params(("id" = String, Path, description = "Id, slug or short URL (percent-encoded) of the link")),
    request_body = LinkChange,
    responses(
        (status = 200, description = "The link as it is now", body = LinkView),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[patch("/links/{id}")]
pub(in crate::http) async fn update(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
    body: Json<LinkChange>,
) -> Result<HttpResponse, Problem> {
    let link = link::update(&state.context, &actor, &id, body.value).await?;
    Ok(HttpResponse::Ok().json(link))
}

/// Archive a link
///
/// The link answers 410 from now on. Its clicks and conversions stay.
#[utoipa::path(
    operation_id = "archive_link",
    tag = "links",
    params(("id" = String, Path, description = "Id, slug or short URL (percent-encoded) of the link")),
    responses(
        (status = 200, description = "The archived link", body = LinkView),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[delete("/links/{id}")]
pub(in crate::http) async fn archive(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let link = link::archive(&state.context, &actor, &id).await?;
    Ok(HttpResponse::Ok().json(link))
}
