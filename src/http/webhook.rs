//! Webhooks: a provider's own request, verified over its raw bytes, then put into the log.
//!
//! Holds: a 2xx means that every conversion of the request is durable; a bad signature leaves
//! nothing but a count. Repeats are the worker's business: a sender that repeats gets the same
//! 200.

use actix_web::{HttpRequest, HttpResponse, post, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::State;
use super::error::{Body, Problem};
use super::json::Raw;
use crate::event_log::entry::Entry;
use crate::id::{ConversionId, SourceId};
use crate::metric::Metrics;
use crate::provider;
use crate::provider::report::Context;
use crate::recorder::Recorder;
use crate::store::source::{self, Source};

/// What became of a webhook request.
#[derive(Debug, Serialize, ToSchema)]
pub struct Received {
    /// Conversions that are durable now.
    received: usize,
}

/// Receive a provider's webhook
#[utoipa::path(
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
        (status = 200, body = Received),
        (status = "4XX", body = Body, content_type = "application/problem+json"),
    ),
)]
#[post("/webhooks/{source_id}")]
pub(super) async fn receive(
    state: web::Data<State>,
    recorder: web::Data<Recorder>,
    request: HttpRequest,
    source_id: web::Path<String>,
    Raw(body): Raw,
) -> Result<HttpResponse, Problem> {
    let id: SourceId = source_id.parse().map_err(|_| Problem::NotFound("source"))?;
    let mut tx = state.store.read().await?;
    let source = source::by_id(&mut tx, id)
        .await?
        .ok_or(Problem::NotFound("source"))?;
    drop(tx);
    if source.archived_at.is_some() {
        return Err(Problem::SourceGone);
    }
    match accept((&state, &recorder), &request, &source, &body).await {
        Ok(received) => {
            count(&state, id, None).await;
            Ok(HttpResponse::Ok().json(Received { received }))
        }
        Err(problem @ (Problem::Signature(_) | Problem::Report(_))) => {
            Metrics::count(&state.metrics.webhooks_rejected, problem.code());
            tracing::warn!(source.id = %id, code = problem.code(), "a webhook was refused");
            count(&state, id, Some(problem.code())).await;
            Err(problem)
        }
        Err(problem) => Err(problem),
    }
}

async fn accept(
    (state, recorder): (&State, &Recorder),
    request: &HttpRequest,
    source: &Source,
    body: &[u8],
) -> Result<usize, Problem> {
    let kind: provider::Kind = source
        .provider
        .parse()
        .map_err(|_| Problem::NotFound("source"))?;
    let secret = state.vault.unseal(&source.sealed_secret)?;
    let settings = provider::Settings::default();
    let now = state.clock.now();
    let delivery = delivery(kind, request, body);
    let verified = kind
        .verify(&delivery, &[secret], &settings, now)
        .map_err(Problem::Signature)?;
    let mut entries = Vec::new();
    for told in kind.read(verified, &settings, now)?.told {
        let provider::Told::Conversion(report) = told else {
            continue;
        };
        let email_hash = |email: &str| state.vault.email_hash(source.workspace_id, email);
        let conversion = report.into_conversion(&Context {
            id: ConversionId::new(now),
            workspace_id: source.workspace_id,
            source_id: Some(source.id),
            now,
            email_hash: &email_hash,
        })?;
        entries.push(Entry::Conversion(conversion));
    }
    recorder.record_all(&entries).await?;
    Ok(entries.len())
}

fn delivery(kind: provider::Kind, request: &HttpRequest, body: &[u8]) -> provider::Delivery {
    let header = |name: &&str| {
        let value = request.headers().get(*name)?.to_str().ok()?;
        Some(((*name).to_owned(), value.to_owned()))
    };
    provider::Delivery {
        method: request.method().to_string(),
        url: request.uri().to_string(),
        headers: kind.headers().iter().filter_map(header).collect(),
        body: body.to_vec(),
    }
}

/// Leaves a trace at the source. A trace that cannot be written must not turn the answer, which
/// stands already.
async fn count(state: &State, id: SourceId, rejection: Option<&str>) {
    let now = state.clock.now();
    let counted = async {
        let mut tx = state.store.write().await?;
        match rejection {
            None => source::count_accepted(&mut tx, id, now).await?,
            Some(code) => source::count_rejected(&mut tx, id, now, code).await?,
        }
        tx.commit().await
    };
    if let Err(error) = counted.await {
        tracing::warn!(source.id = %id, %error, "a webhook could not be counted");
    }
}
