//! Postbacks: a plain URL that a tracker or shop calls, with a key in its path.
//!
//! # Invariants
//! - A 200 means that the call is durable.
//! - An unknown click is answered with 404 only if the source's settings say so, because senders
//!   disable a URL that answers errors.

use actix_web::{HttpRequest, HttpResponse, get, post, web};

use crate::http::error::{Problem, ProblemDetails};
use crate::http::state::State;
use crate::http::webhook::{body_of, delivery, find, record};
use crate::operations::delivery::{proves_sender, require_known_click};
use crate::operations::error::{Error, Noun};
use crate::provider::{ProviderKind, postback};
use crate::recorder::Recorder;

/// Receive a postback
///
/// Send parameters in the query or, by POST, in a form or JSON object: `click_id` (or `cid`,
/// `clickid`, `subid`), `status` (`lead`, `sale`, `rejected`, `rebill`), `txid`, `amount` and
/// `currency`. Other common names of these also work. The source's `webhook_url` has the key in its
/// path.
#[utoipa::path(
    operation_id = "receive_postback",
    tag = "conversions",
    security(()),
    params(
        ("source_id" = String, Path, description = "Id of the source"),
        ("key" = String, Path, description = "Its key"),
    ),
    responses(
        (status = 200, description = "Stored durably", content_type = "text/plain", body = String),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/postback/{source_id}/{key}")]
pub(super) async fn by_get(
    state: web::Data<State>,
    recorder: web::Data<Recorder>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    receive(&state, &recorder, &request, path.into_inner(), None).await
}

/// Receive a postback by POST
#[utoipa::path(
    operation_id = "receive_postback_by_post",
    tag = "conversions",
    security(()),
    params(
        ("source_id" = String, Path, description = "Id of the source"),
        ("key" = String, Path, description = "Its key"),
    ),
    request_body(content = serde_json::Value, description = "Parameters as a form or a JSON object; they override the query", content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "Stored durably", content_type = "text/plain", body = String),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/postback/{source_id}/{key}")]
pub(super) async fn by_post(
    state: web::Data<State>,
    recorder: web::Data<Recorder>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    receive(
        &state,
        &recorder,
        &request,
        path.into_inner(),
        Some(payload),
    )
    .await
}

async fn receive(
    state: &State,
    recorder: &Recorder,
    request: &HttpRequest,
    (source_id, key): (String, String),
    payload: Option<web::Payload>,
) -> Result<HttpResponse, Problem> {
    let source = find(state, request, &source_id).await?;
    if source.kind != ProviderKind::Postback {
        return Err(Error::NotFound(Noun::Source).into());
    }
    let mut delivery = delivery(state, &source, request, Vec::new());
    delivery.headers.push((postback::PATH_KEY.to_owned(), key));
    // The key is in the path; if it is wrong, the body is not read.
    if proves_sender(&state.context, &source, &delivery) {
        if let Some(payload) = payload {
            delivery.body = body_of(state, request, payload).await?.take();
        }
        require_known_click(&state.context, &source, &delivery).await?;
    }
    record(state, recorder, &source, &delivery).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/plain")
        .body(postback::answer(&delivery).unwrap_or_else(|| "OK".to_owned())))
}
