//! Long tasks that belong only to HTTP: writing what handlers recorded, and closing idle streams.
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

/// How often streams with stalled clients are checked.
const STREAMS_EVERY: Duration = Duration::from_secs(1);

/// How often limits of idle addresses are dropped.
const LIMITS_EVERY: Duration = Duration::from_secs(5);

/// How often clicks behind an unconfigured proxy are added to their day.
const HIDDEN_EVERY: Duration = Duration::from_mins(1);

/// Adds clicks behind an unconfigured proxy to their day, and once more at the end.
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
            tracing::debug!(%error, "hidden origins are written later");
        }
        if stop.is_cancelled() {
            return;
        }
    }
}

/// Writes the day on which each key was last used.
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

/// Ends streams whose clients do not read.
pub(super) async fn close_stalled_streams(streams: Arc<OpenStreams>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(STREAMS_EVERY) => {}
        }
        streams.close_stalled(Instant::now());
    }
}

/// Drops the rate limits of idle addresses.
pub(super) async fn drop_idle_limits(state: web::Data<State>, stop: CancellationToken) {
    loop {
        state.limits.drop_idle();
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LIMITS_EVERY) => {}
        }
    }
}
