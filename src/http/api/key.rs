//! Keys over the API.
//!
//! # Invariants
//! Only the answer to a create holds a token.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};

use crate::http::api::idempotency::{created, repeat_key};
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::json::{Json, Query};
use crate::http::state::State;
use crate::operations::actor::Actor;
use crate::operations::key;
use crate::operations::key::body::{CreatedKey, KeyChange, KeyPage, KeyQuery, KeyView, NewKey};

/// Create a key
///
/// Only this answer has the token; the server stores only its hash. With an `Idempotency-Key`, the
/// answer is also stored for repeats, sealed with `master.key`, like those of all creates.
#[utoipa::path(
    operation_id = "create_key",
    tag = "keys",
    params(("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 128, pattern = "^[!-~]+$", description = "Makes a repeat return the first result")),
    request_body = NewKey,
    responses(
        (status = 201, description = "The key with its token, which only this answer shows", body = CreatedKey),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/keys")]
pub(in crate::http) async fn create(
    state: web::Data<State>,
    actor: Actor,
    request: HttpRequest,
    body: Json<NewKey>,
) -> Result<HttpResponse, Problem> {
    let repeat = repeat_key(&request, &body.raw)?;
    let key = key::create(&state.context, &actor, repeat.as_ref(), body.value).await?;
    Ok(created(key))
}

/// List keys
#[utoipa::path(
    operation_id = "list_keys",
    tag = "keys",
    params(KeyQuery),
    responses(
        (status = 200, description = "A page of keys, without their tokens", body = KeyPage),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/keys")]
pub(in crate::http) async fn list(
    state: web::Data<State>,
    actor: Actor,
    Query(query): Query<KeyQuery>,
) -> Result<HttpResponse, Problem> {
    let page = key::list(&state.context.store, &actor, query).await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Read a key
#[utoipa::path(
    operation_id = "read_key",
    tag = "keys",
    params(("id" = String, Path, description = "Id of the key")),
    responses(
        (status = 200, description = "The key, without its token", body = KeyView),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/keys/{id}")]
pub(in crate::http) async fn read(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let key = key::read(&state.context.store, &actor, &id).await?;
    Ok(HttpResponse::Ok().json(key))
}

/// Update a key
///
/// The change takes effect on the next request with the key. A revoked key cannot change.
#[utoipa::path(
    operation_id = "update_key",
    tag = "keys",
    params(("id" = String, Path, description = "Id of the key")),
    request_body = KeyChange,
    responses(
        (status = 200, description = "The key as it is now", body = KeyView),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[patch("/keys/{id}")]
pub(in crate::http) async fn update(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
    body: Json<KeyChange>,
) -> Result<HttpResponse, Problem> {
    let key = key::update(&state.context.store, &actor, &id, body.value).await?;
    Ok(HttpResponse::Ok().json(key))
}

/// Revoke a key
///
/// The key stops working immediately and permanently. A key cannot revoke itself.
#[utoipa::path(
    operation_id = "revoke_key",
    tag = "keys",
    params(("id" = String, Path, description = "Id of the key")),
    responses(
        (status = 200, description = "The revoked key", body = KeyView),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[delete("/keys/{id}")]
pub(in crate::http) async fn revoke(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let now = state.context.clock.now();
    let key = key::revoke(&state.context.store, &actor, &id, now).await?;
    Ok(HttpResponse::Ok().json(key))
}
