//! What operators ask: alive, ready, metrics.

use std::time::Duration;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use tokio::time::timeout;

use super::State;
use super::error::Problem;
use super::process;
use crate::store;

/// How long a scrape waits for the store; the last figure stays.
const BACKLOG_DEADLINE: Duration = Duration::from_millis(500);

/// Whether the parts that requests need do answer.
#[derive(Debug, Serialize)]
struct Readiness {
    ready: bool,
    store: &'static str,
    log: &'static str,
    /// Entries kept on disk until Redis takes them, where the log is in Redis.
    #[serde(skip_serializing_if = "Option::is_none")]
    spill_depth: Option<u64>,
}

/// Alive: the process answers. Says nothing about store or log.
#[get("/healthz")]
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// Ready: the store answers, and what arrives is kept: in Redis or, while that is away, on disk. A
/// redirect of a cached link works even when this says no.
#[get("/readyz")]
pub(super) async fn ready(state: web::Data<State>) -> HttpResponse {
    let word = |ok: bool| if ok { "ok" } else { "unavailable" };
    let store = async {
        let mut tx = state.store.read().await?;
        store::workspace::first(&mut tx).await.map(drop)
    };
    let store = store.await;
    let spill = state.log.spill();
    let log = match spill {
        _ if state.log.is_failing() => "failing",
        Some(spill) if !spill.redis_is_well => "spilling",
        _ => "ok",
    };
    let ready = (store.is_ok() || !state.settings.needs_store) && log != "failing";
    let body = Readiness {
        ready,
        store: word(store.is_ok()),
        log,
        spill_depth: spill.map(|spill| spill.depth),
    };
    if ready {
        HttpResponse::Ok().json(body)
    } else {
        HttpResponse::ServiceUnavailable().json(body)
    }
}

/// How many requests could not be read and wait.
async fn inbox_backlog(state: &State) -> Result<i64, store::Error> {
    let mut tx = state.store.read().await?;
    store::inbox::backlog(&mut tx).await
}

/// Metrics as `OpenMetrics` text; for the admin listener only.
#[get("/metrics")]
pub(super) async fn metrics(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    if let Some(spill) = state.log.spill() {
        let depth = i64::try_from(spill.depth).unwrap_or(i64::MAX);
        state.metrics.spill_depth.set(depth);
    }
    for (gauge, depth) in [
        (&state.metrics.log_depth, state.log.depth().await),
        (&state.metrics.dead_letters, state.log.dead_depth().await),
    ] {
        // A log that does not answer leaves the last figure; readiness tells of it.
        if let Ok(depth) = depth {
            gauge.set(i64::try_from(depth).unwrap_or(i64::MAX));
        }
    }
    state
        .metrics
        .show_last_deliveries(state.sources.last_deliveries().into_iter());
    if let Ok(Ok(backlog)) = timeout(BACKLOG_DEADLINE, inbox_backlog(&state)).await {
        state.metrics.inbox_backlog.set(backlog);
    }
    let text = state
        .metrics
        .encode_with(&process::facts())
        .unwrap_or_default();
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        .body(text))
}
