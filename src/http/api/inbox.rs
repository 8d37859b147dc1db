//! The inbox over the API.
//!
//! # Invariants
//! The request of a delivery contains personal data, so only keys with the scope `admin` can read
//! it.

use actix_web::{HttpResponse, get, post, web};

use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::json::Query;
use crate::http::state::State;
use crate::operations::actor::Actor;
use crate::operations::inbox;
use crate::operations::inbox::body::{
    DeliveryRequest, InboxPage, InboxQuery, ReplayQuery, ReplayResult,
};
use crate::recorder::Recorder;

/// List webhook deliveries
#[utoipa::path(
    operation_id = "list_deliveries",
    tag = "sources",
    params(InboxQuery),
    responses(
        (status = 200, description = "A page of deliveries", body = InboxPage),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/inbox")]
pub(in crate::http) async fn list(
    state: web::Data<State>,
    actor: Actor,
    Query(query): Query<InboxQuery>,
) -> Result<HttpResponse, Problem> {
    let page = inbox::list(&state.context, &actor, query).await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Read the request of a delivery
///
/// It shows why the request could not be read. It contains personal data, so the key needs the
/// scope `admin`.
#[utoipa::path(
    operation_id = "read_delivery_request",
    tag = "sources",
    params(("id" = String, Path, description = "Id of the request")),
    responses(
        (status = 200, description = "The request as it arrived", body = DeliveryRequest),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/inbox/{id}/request")]
pub(in crate::http) async fn request(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let request = inbox::request(&state.context, &actor, &id).await?;
    Ok(HttpResponse::Ok().json(request))
}

/// Replay a delivery
///
/// Replay it after you have fixed the cause. What it reported before does not count twice.
#[utoipa::path(
    operation_id = "replay_delivery",
    tag = "sources",
    params(("id" = String, Path, description = "Id of the request")),
    responses(
        (status = 200, description = "How many requests are read again", body = ReplayResult),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/inbox/{id}/replay")]
pub(in crate::http) async fn replay(
    state: web::Data<State>,
    recorder: web::Data<Recorder>,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let result = inbox::replay(&state.context, &recorder, &actor, &id).await?;
    Ok(HttpResponse::Ok().json(result))
}

/// Replay many deliveries
///
/// Replays up to 500 requests that could not be read, oldest first.
#[utoipa::path(
    operation_id = "replay_deliveries",
    tag = "sources",
    params(ReplayQuery),
    responses(
        (status = 200, description = "How many requests are read again", body = ReplayResult),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/inbox/replay")]
pub(in crate::http) async fn replay_all(
    state: web::Data<State>,
    recorder: web::Data<Recorder>,
    actor: Actor,
    Query(query): Query<ReplayQuery>,
) -> Result<HttpResponse, Problem> {
    let result = inbox::replay_all(&state.context, &recorder, &actor, query).await?;
    Ok(HttpResponse::Ok().json(result))
}
