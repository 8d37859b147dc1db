//! Webhooks: a provider's own request, verified over its raw bytes, then put into the log sealed.
//!
//! Holds: the source is looked up before the body is read; what names no source costs nothing more.
//! A 2xx means that the request is durable, whatever becomes of the store; what it tells is read
//! behind the log, and what cannot be read waits in the inbox. Repeats are the worker's business: a
//! sender that repeats gets the same 200. A request that proves no sender leaves a count, and for a
//! while itself.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, post, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::event_log::entry::{Entry, SealedDelivery};
use crate::http::State;
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::bodies::{WholeBody, announced};
use crate::id::DeliveryId;
use crate::metric::{Metrics, label};
use crate::operations::error::{Error, Noun};
use crate::provider::generic::GenericMapping;
use crate::provider::{Delivery, ProviderKind};
use crate::recorder::Recorder;
use crate::sources::ActiveSource;
use crate::store::inbox::{self, DeliveryStatus, Item};
use crate::store::source;
use crate::worker::delivery::reason;

/// What became of a webhook request.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookReceipt {
    /// Requests that are durable now.
    received: usize,
    /// Under which it stands in the inbox.
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
        description = "The provider's own request, signed. For `standard`: an event whose `type` begins with the kind and whose `data` is a report as `POST /conversions` takes it, or that report alone; signed as Standard Webhooks says.",
        content_type = "application/json",
        example = json!({"type": "sale.created", "timestamp": "2026-03-10T12:00:00Z", "data": {"event_id": "order-1001", "click_id": "clk_01m85vy6cvfcc9txcmfk0m8vaa", "customer": {"external_id": "cust-17"}, "value": {"amount": 4999, "currency": "EUR"}}}),
    ),
    responses(
        (status = 200, body = WebhookReceipt, description = "Durable. What it tells is read afterwards; `GET /inbox` shows what became of it"),
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

/// The same, below a path that a sender's libraries add to the URL.
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
    state: &web::Data<State>,
    recorder: &Recorder,
    source: &ActiveSource,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let mut body = body_of(state, request, payload).await?;
    let delivery = delivery(state, source, request, body.take());
    if source.kind.is_ping(&delivery) {
        count(state, &source.id.to_string(), "ping");
        return Ok(HttpResponse::Ok().json(WebhookReceipt {
            received: 0,
            delivery_id: None,
        }));
    }
    let id = take(state, recorder, source, &delivery).await?;
    Ok(HttpResponse::Ok().json(WebhookReceipt {
        received: 1,
        delivery_id: Some(id),
    }))
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

/// The live source of that id. One that is not in memory counts as an unknown one before the store
/// is asked: who makes ids up does not keep it busy.
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
    let source = source.inspect_err(|_| count(state, label::UNKNOWN, "unknown_source"))?;
    if source.is_archived {
        count(state, label::UNKNOWN, "unknown_source");
        return Err(Error::SourceGone.into());
    }
    Ok(source)
}

/// The request with what its provider's protocol looks at.
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

/// The URL as its sender knows it, which some sign; a proxy may have taken the path before ours
/// away.
fn url(state: &State, request: &HttpRequest) -> String {
    let uri = request.uri().to_string();
    let path = state.settings.public_path();
    let below = uri.strip_prefix(path).filter(|rest| rest.starts_with('/'));
    format!("{}{}", state.settings.public_url, below.unwrap_or(&uri))
}

/// Verifies a delivery and makes it durable.
pub(super) async fn take(
    state: &web::Data<State>,
    recorder: &Recorder,
    source: &ActiveSource,
    delivery: &Delivery,
) -> Result<DeliveryId, Problem> {
    let now = state.context.clock.now();
    let id = DeliveryId::new(now);
    let sealed = SealedDelivery {
        id,
        workspace_id: source.workspace_id,
        source_id: source.id,
        received_at: now,
        sealed: state
            .context
            .vault
            .seal_delivery(id, delivery, &delivery.body)?,
    };
    let secrets = source.secrets(now);
    let proven = source
        .kind
        .verify(delivery, &secrets, &source.settings, now)
        .map_err(Problem::Signature);
    let readable = proven.and_then(|it| source.kind.check_form(it).map_err(Problem::from));
    if let Err(problem) = readable {
        Metrics::count(&state.context.metrics.webhooks_rejected, problem.code());
        let is_signature = matches!(problem, Problem::Signature(_));
        let outcome = if is_signature {
            "bad_signature"
        } else {
            "unreadable"
        };
        count(state, &source.id.to_string(), outcome);
        tracing::warn!(source.id = %source.id, code = problem.code(), "a webhook was refused");
        refuse(state, sealed, &problem).await;
        return Err(problem);
    }
    recorder.record(&Entry::Delivery(sealed)).await?;
    count(state, &source.id.to_string(), "verified");
    Ok(id)
}

fn count(state: &State, source: &str, outcome: &'static str) {
    state.context.metrics.count_webhook(source, outcome);
}

/// Leaves a trace of a refused request, within limits. A trace that cannot be written must not turn
/// the answer, which stands already.
async fn refuse(state: &State, sealed: SealedDelivery, problem: &Problem) {
    if !state.limits.allows_refused(sealed.source_id) {
        return;
    }
    let written = async {
        let mut tx = state.context.store.write().await?;
        let (source, at) = (sealed.source_id, sealed.received_at);
        if matches!(problem, Problem::Signature(_)) {
            source::count_unproven(&mut tx, source, at, problem.code()).await?;
        } else {
            source::count_rejected(&mut tx, source, at, problem.code()).await?;
        }
        let item = Item {
            id: sealed.id,
            workspace_id: sealed.workspace_id,
            source_id: source,
            received_at: at,
            status: DeliveryStatus::Refused,
            code: Some(problem.code().to_owned()),
            detail: Some(reason::without_addresses(&problem.to_string())),
            told: 0,
            tries: 1,
            handled_at: at,
            sealed: Some(sealed.sealed),
        };
        inbox::put(&mut tx, &item).await?;
        tx.commit().await
    };
    if let Err(error) = written.await {
        tracing::warn!(%error, "a refused webhook could not be noted");
    }
}
