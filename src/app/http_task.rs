//! Long tasks that belong to HTTP alone: what handlers noted is written, and idle streams are
//! closed.
//!
//! # Invariants
//! Each task ends soon after the stop. A failure is logged and tried again; it never ends the task.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::web;
use tokio_util::sync::CancellationToken;

use crate::http::State;
use crate::http::api::stream::open::OpenStreams;

/// How often the last uses of keys are written.
const KEY_USES_EVERY: Duration = Duration::from_secs(15);

/// How often streams are looked at whose clients take nothing.
const STREAMS_EVERY: Duration = Duration::from_secs(1);

/// How often limits of idle addresses are dropped.
const LIMITS_EVERY: Duration = Duration::from_secs(5);

/// How often clicks whose sender a proxy hides are added to their day.
const HIDDEN_EVERY: Duration = Duration::from_mins(1);

/// Adds clicks whose sender a proxy hides to their day, once more at the end.
pub(super) async fn save_hidden_origins(state: web::Data<State>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(HIDDEN_EVERY) => {}
        }
        let saved = state
            .hidden_origins
            .save(&state.context.store, state.context.clock.now());
        if let Err(error) = saved.await {
            tracing::debug!(%error, "hidden origins are noted later");
        }
        if stop.is_cancelled() {
            return;
        }
    }
}

/// Writes on which day each key was used last.
pub(super) async fn note_key_uses(state: web::Data<State>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(KEY_USES_EVERY) => {}
        }
        if let Err(error) = state.key_uses.flush(&state.context.store).await {
            tracing::debug!(%error, "the last uses of keys are written later");
        }
    }
}

/// Ends streams whose clients take nothing.
pub(super) async fn close_stalled_streams(streams: Arc<OpenStreams>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(STREAMS_EVERY) => {}
        }
        streams.close_stalled(Instant::now());
    }
}

/// Drops limits of addresses that send nothing.
pub(super) async fn drop_idle_limits(state: web::Data<State>, stop: CancellationToken) {
    loop {
        state.limits.drop_idle();
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LIMITS_EVERY) => {}
        }
    }
}
