//! Endpoints for operators: alive, ready, metrics.

use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use tokio::time::timeout;

use crate::http::error;
use crate::http::health_state::HealthState;
use crate::http::process;
use crate::http::state::State;
use crate::store;

/// How long a scrape waits for the store. After that, the last figure stays.
const BACKLOG_DEADLINE: Duration = Duration::from_millis(500);

/// The state of the parts that requests need.
#[derive(Debug, Serialize)]
struct Readiness {
    ready: bool,
    store: &'static str,
    log: &'static str,
    /// Entries that wait on disk for Redis, if the log is in Redis.
    #[serde(skip_serializing_if = "Option::is_none")]
    spill_depth: Option<u64>,
    /// What is wrong, or may go wrong. A program with problems can still be ready.
    problems: Vec<Problem>,
}

#[derive(Debug, Serialize)]
struct Problem {
    part: &'static str,
    code: &'static str,
    says: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// Alive: the process answers. It does not check the store or the log.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// Ready: the store accepts writes, and the log accepts entries, in Redis or on disk. Both are
/// tested. A redirect of a cached link works even if this fails.
pub(super) async fn ready(state: web::Data<State>) -> HttpResponse {
    answer_ready(&state.health, Audience::Anybody).await
}

/// The same on the admin listener, with the messages of servers and the system.
pub(super) async fn ready_in_detail(health: web::Data<HealthState>) -> HttpResponse {
    answer_ready(&health, Audience::Operator).await
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Audience {
    Anybody,
    Operator,
}

async fn answer_ready(health: &HealthState, audience: Audience) -> HttpResponse {
    let report = health.readiness.report().await;
    let problems = report.problems.into_iter().map(|problem| Problem {
        part: problem.part.into(),
        code: problem.code,
        says: problem.says,
        detail: problem.detail.filter(|_| audience == Audience::Operator),
    });
    let body = Readiness {
        ready: report.ready,
        store: report.store.into(),
        log: report.log.into(),
        spill_depth: report.spill_depth,
        problems: problems.chain(hidden_origins(health)).collect(),
    };
    if report.ready {
        HttpResponse::Ok().json(body)
    } else {
        HttpResponse::ServiceUnavailable().json(body)
    }
}

/// How many unreadable requests wait.
async fn inbox_backlog(health: &HealthState) -> Result<i64, store::Error> {
    let mut tx = health.context.store.read().await?;
    store::inbox::backlog(&mut tx).await
}

/// A problem that makes figures wrong but stops nothing.
fn hidden_origins(health: &HealthState) -> Option<Problem> {
    let origins = health.hidden_origins.as_ref()?;
    let says = "a proxy that is not in `server.trusted_proxies` forwards clicks; set it, as \
                docs/proxies.md says";
    origins.is_any().then(|| Problem {
        part: "proxies",
        code: "untrusted_proxy",
        says: says.to_owned(),
        detail: None,
    })
}

/// Metrics as `OpenMetrics` text; for the admin listener only.
pub(super) async fn metrics(
    health: web::Data<HealthState>,
) -> Result<HttpResponse, error::Problem> {
    let (metrics, log) = (&health.context.metrics, &health.context.log);
    let spill = log.spill();
    if let Some(spill) = &spill {
        let depth = i64::try_from(spill.depth).unwrap_or(i64::MAX);
        metrics.spill_depth.set(depth);
    }
    let takes_entries = spill.is_none_or(|spill| spill.redis_is_well);
    metrics.redis_takes_entries.set(takes_entries.into());
    if let Some(condition) = log.redis_condition() {
        metrics.redis_may_evict.set(condition.may_evict().into());
    }
    let counted = [
        (&metrics.log_lost, log.lost()),
        (&metrics.log_cut_off_bytes, log.cut_off_bytes()),
    ];
    for (counter, count) in counted {
        counter.inner().store(count, Ordering::Relaxed);
    }
    for (gauge, depth) in [
        (&metrics.log_depth, log.depth().await),
        (&metrics.dead_letters, log.dead_depth().await),
    ] {
        // If the log does not answer, the last figure stays; readiness reports it.
        if let Ok(depth) = depth {
            gauge.set(i64::try_from(depth).unwrap_or(i64::MAX));
        }
    }
    metrics.show_last_deliveries(health.context.sources.last_deliveries().into_iter());
    if let Ok(Ok(backlog)) = timeout(BACKLOG_DEADLINE, inbox_backlog(&health)).await {
        metrics.inbox_backlog.set(backlog);
    }
    let text = metrics.encode_with(&process::facts()).unwrap_or_default();
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        .body(text))
}
