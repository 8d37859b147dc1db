//! Webhooks: a provider's own request, passed on to [`crate::operations::delivery`].
//!
//! # Invariants
//! - The source is looked up before the body is read; a request for an unknown source costs nothing
//!   more.
//! - A 2xx means that the delivery is durable, even if the store does not answer.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, post, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::bodies::{WholeBody, announced};
use crate::http::state::State;
use crate::id::DeliveryId;
use crate::metric::label;
use crate::metric::outcome::WebhookOutcome;
use crate::operations::delivery;
use crate::operations::error::{Error, Noun};
use crate::provider::generic::mapping::GenericMapping;
use crate::provider::{Delivery, ProviderKind};
use crate::recorder::Recorder;
use crate::sources::ActiveSource;

/// The receipt of a webhook.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookReceipt {
    /// Number of requests that were stored.
    received: usize,
    /// Its id in the inbox.
    #[schema(value_type = Option<String>, example = "dlv_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery_id: Option<DeliveryId>,
}

/// Receive a webhook
#[utoipa::path(
    operation_id = "receive_webhook",
    tag = "conversions",
    security(()),
    params(("source_id" = String, Path, description = "Id of the source")),
    request_body(
        content = serde_json::Value,
        description = "The provider's own request, signed. For `standard`: an event whose `type` begins with the kind and whose `data` is a report in the form of `POST /conversions`, or only that report; signed by Standard Webhooks.",
        content_type = "application/json",
        example = json!({"type": "sale.created", "timestamp": "2026-03-10T12:00:00Z", "data": {"event_id": "order-1001", "click_id": "clk_01m85vy6cvfcc9txcmfk0m8vaa", "customer": {"external_id": "cust-17"}, "value": {"amount": 4999, "currency": "EUR"}}}),
    ),
    responses(
        (status = 200, body = WebhookReceipt, description = "Stored durably. It is read afterwards; `GET /inbox` shows the result"),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/webhooks/{source_id}")]
pub(super) async fn receive(
    state: web::Data<State>,
    recorder: web::Data<Recorder>,
    request: HttpRequest,
    source_id: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let source = find(&state, &request, &source_id).await?;
    if source.kind == ProviderKind::Postback {
        return Err(Error::NotFound(Noun::Source).into());
    }
    receive_of(&state, &recorder, &source, &request, payload).await
}

/// Receives a webhook at a path that a sender's libraries append to the URL.
pub(super) async fn receive_call(
    state: web::Data<State>,
    recorder: web::Data<Recorder>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let (source_id, call) = path.into_inner();
    let source = find(&state, &request, &source_id).await?;
    if !source.kind.takes_path(call.trim_end_matches('/')) {
        return Err(Problem::RouteNotFound);
    }
    receive_of(&state, &recorder, &source, &request, payload).await
}

async fn receive_of(
    state: &State,
    recorder: &Recorder,
    source: &ActiveSource,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let mut body = body_of(state, request, payload).await?;
    let delivery = delivery(state, source, request, body.take());
    let id = record(state, recorder, source, &delivery).await?;
    Ok(HttpResponse::Ok().json(WebhookReceipt {
        received: usize::from(id.is_some()),
        delivery_id: id,
    }))
}

/// Verifies a delivery and makes it durable.
pub(super) async fn record(
    state: &State,
    recorder: &Recorder,
    source: &ActiveSource,
    delivery: &Delivery,
) -> Result<Option<DeliveryId>, Error> {
    let may_keep = || state.limits.allows_refused(source.id);
    delivery::receive(&state.context, recorder, source, delivery, may_keep).await
}

/// The body of a request without a key.
pub(super) async fn body_of(
    state: &State,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<WholeBody, Problem> {
    let limit = state.settings.body_limit_bytes;
    let payload = payload.into_inner();
    state
        .bodies
        .open
        .read(payload, announced(request), limit)
        .await
}

/// The active source with that id. A source that is not in memory counts as unknown before the
/// store is asked, so that guessed ids do not reach the store.
pub(super) async fn find(
    state: &State,
    request: &HttpRequest,
    id: &str,
) -> Result<Arc<ActiveSource>, Problem> {
    let id = id.parse().ok();
    let mut source = id.and_then(|id| state.context.sources.known(id));
    if source.is_none() {
        let settings = &state.settings;
        let (trusted, header) = (&settings.trusted_proxies, settings.forwarded_header);
        let address = crate::http::extract::client::address(request, trusted, header);
        if !state.limits.allows_unknown_slug(address) {
            return Err(Problem::RateLimited);
        }
        if let Some(id) = id {
            source = state.context.sources.find(id).await?;
        }
    }
    let source = source.ok_or(Error::NotFound(Noun::Source));
    let source = source.inspect_err(|_| count_unknown(state))?;
    if source.is_archived {
        count_unknown(state);
        return Err(Error::SourceGone.into());
    }
    Ok(source)
}

/// The request with the headers that its provider's protocol reads.
pub(super) fn delivery(
    state: &State,
    source: &ActiveSource,
    request: &HttpRequest,
    body: Vec<u8>,
) -> Delivery {
    let mut headers = Vec::new();
    let named = source
        .settings
        .generic
        .iter()
        .flat_map(GenericMapping::headers);
    let known = source.kind.headers().iter().map(|name| (*name).to_owned());
    for name in known.chain(named) {
        let value = request.headers().get(&name);
        if let Some(value) = value.and_then(|value| value.to_str().ok()) {
            headers.push((name, value.to_owned()));
        }
    }
    Delivery {
        method: request.method().to_string(),
        url: url(state, request),
        headers,
        body,
    }
}

/// The URL as its sender knows it: some senders sign it, and a proxy may have removed the path
/// before ours.
fn url(state: &State, request: &HttpRequest) -> String {
    let uri = request.uri().to_string();
    let path = state.context.public_path();
    let below = uri.strip_prefix(path).filter(|rest| rest.starts_with('/'));
    format!("{}{}", state.context.public_url, below.unwrap_or(&uri))
}

fn count_unknown(state: &State) {
    state
        .context
        .metrics
        .count_webhook(label::UNKNOWN, WebhookOutcome::UnknownSource);
}
