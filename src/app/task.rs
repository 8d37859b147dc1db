//! The long tasks beside listeners and ingest: what each does over and over until it is stopped.
//!
//! Holds: each ends soon after the stop; a failure is told and tried again, it never ends the task.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::clock::DAY_MS;
use crate::enrich::geo::GeoLookup;
use crate::http::State;
use crate::link_resolver::ReconcileCursor;
use crate::link_resolver::domains::{DomainNotes, FormerDomain};
use crate::redis_links::FeedCursor;
use crate::worker::retention::{self, RetentionTimes};
use crate::worker::{customers, erasure, recredit, report_cache};

/// How often old rows are dropped.
const RETENTION_EVERY: Duration = Duration::from_hours(1);

/// How often the spill is looked at, and Redis asked whether it is well again.
const DRAIN_EVERY: Duration = Duration::from_millis(100);

/// How long a wait for changed links lasts before it begins anew.
const FOLLOW_WAIT: Duration = Duration::from_secs(5);

/// How often the store is asked for changed links.
const RECONCILE_EVERY: Duration = Duration::from_secs(5);

/// How often domains are read anew.
const DOMAINS_EVERY: Duration = Duration::from_secs(5);

/// How often sources are read anew.
const SOURCES_EVERY: Duration = Duration::from_secs(5);

/// How often geo databases are looked at.
const PLACES_EVERY: Duration = Duration::from_mins(1);

/// How often the keys of pseudonyms are looked at.
const KEYS_EVERY: Duration = Duration::from_secs(10);

/// How long others may write between two batches of conversions that are taken up as customers.
const CUSTOMERS_PAUSE: Duration = Duration::from_millis(50);

/// How long a failed batch of them waits.
const CUSTOMERS_RETRY: Duration = Duration::from_mins(1);

/// How long others may write between two batches of conversions that are credited anew.
const RECREDIT_PAUSE: Duration = Duration::from_millis(50);

/// How often conversions that are to be credited anew are looked for.
const RECREDIT_EVERY: Duration = Duration::from_secs(2);

/// How long a failed batch of them waits.
const RECREDIT_RETRY: Duration = Duration::from_mins(1);

/// How often days are packed for reports.
const REPORT_DAYS_EVERY: Duration = Duration::from_mins(1);

/// How often it is asked whether somebody is not erased to the end.
const ERASING_EVERY: Duration = Duration::from_secs(2);

/// A long task and its name.
pub(super) struct Task {
    name: &'static str,
    handle: JoinHandle<()>,
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that spawns long tasks"
)]
pub(super) fn spawn(name: &'static str, task: impl Future<Output = ()> + Send + 'static) -> Task {
    Task {
        name,
        handle: tokio::spawn(task),
    }
}

/// Waits for a task's end; names it and gives `false` when it does not come, or came by a panic.
pub(super) async fn end(task: Task, deadline: Duration) -> bool {
    match timeout(deadline, task.handle).await {
        Ok(Ok(())) => tracing::debug!(task = task.name, "ended"),
        Ok(Err(error)) => {
            tracing::error!(task = task.name, %error, "a task broke");
            return false;
        }
        Err(_) => {
            tracing::error!(task = task.name, "a task did not end in time; left behind");
            return false;
        }
    }
    true
}

/// Brings back from disk what Redis did not take in time, and looks after Redis.
pub(super) async fn drain_spill(state: web::Data<State>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = state.context.log.watch().await {
            tracing::debug!(%error, "the log in Redis cannot be looked after");
        }
        let pause = match state.context.log.drain(state.context.clock.now()).await {
            Ok(0) => DRAIN_EVERY,
            Ok(_) => continue,
            Err(error) => {
                tracing::debug!(%error, "the spill waits on disk");
                DRAIN_EVERY
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Fills the link cache, and hears at once of links that other programs change. The feed's end is
/// looked up first: what was read before that could miss a change, and would be dropped again.
pub(super) async fn follow_links(state: web::Data<State>, stop: CancellationToken) {
    let mut cursor = FeedCursor::default();
    let begun = state
        .context
        .resolver
        .follow(&mut cursor, Duration::ZERO)
        .await;
    tracing::debug!(?begun, "the feed of changed links");
    match state
        .context
        .resolver
        .preload(state.settings.preload_links)
        .await
    {
        Ok(count) => tracing::debug!(count, "links are in memory"),
        Err(error) => tracing::debug!(%error, "links are read when they are asked for"),
    }
    while !stop.is_cancelled() {
        let followed = tokio::select! {
            () = stop.cancelled() => return,
            followed = state.context.resolver.follow(&mut cursor, FOLLOW_WAIT) => followed,
        };
        if let Err(error) = followed {
            tracing::debug!(%error, "the feed of changed links does not answer");
            tokio::time::sleep(DRAIN_EVERY).await;
        }
    }
}

/// Finds changes of links that nobody told of.
pub(super) async fn reconcile_links(state: web::Data<State>, stop: CancellationToken) {
    let mut cursor = ReconcileCursor::since(state.context.clock.now().plus_ms(-DAY_MS));
    loop {
        if let Err(error) = state
            .context
            .resolver
            .reconcile(&mut cursor, state.context.clock.now())
            .await
        {
            tracing::debug!(%error, "the store does not tell of changed links");
        }
        state.limits.forget_idle();
        tokio::select! {
            () = stop.cancelled() => return,
            () = state.context.resolver.missed() => {}
            () = tokio::time::sleep(RECONCILE_EVERY) => {}
        }
    }
}

/// Finishes erasures that broke off, and empties SQLite's log of what was erased: once at the
/// start, as the program before may have ended too early, and wherever a reader was in the way.
pub(super) async fn finish_erasing(state: web::Data<State>, stop: CancellationToken) {
    state.context.store.ask_for_scrub();
    while !stop.is_cancelled() {
        match state.context.eraser().finish(&stop).await {
            Ok(true) => tracing::info!("an erasure that had broken off was finished"),
            Ok(false) => {}
            Err(error) => tracing::debug!(%error, "erasures are finished later"),
        }
        if let Err(error) = erasure::scrub_again(&state.context.store).await {
            tracing::debug!(%error, "SQLite's log is emptied later");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(ERASING_EVERY) => {}
        }
    }
}

/// Drops old rows, and what the log was read of.
pub(super) async fn retain(state: web::Data<State>, kept: RetentionTimes, stop: CancellationToken) {
    loop {
        if let Err(error) = retention::step(&state.context.store, &state.context.clock, &kept).await
        {
            tracing::warn!(%error, "old rows could not be dropped; the next try is in an hour");
        }
        if let Err(error) = state.context.log.delete_read().await {
            tracing::warn!(%error, "what was read stays in the log; the next try is in an hour");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(RETENTION_EVERY) => {}
        }
    }
}

/// Takes up customers from conversions that were told before there were customers; ends when all
/// are.
pub(super) async fn backfill_customers(state: web::Data<State>, stop: CancellationToken) {
    let mut after = None;
    while !stop.is_cancelled() {
        let pause = match customers::backfill(&state.context.store, after).await {
            Ok(None) => return,
            Ok(last) => {
                after = last;
                CUSTOMERS_PAUSE
            }
            Err(error) => {
                tracing::warn!(%error, "customers of before wait to be taken up");
                CUSTOMERS_RETRY
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Credits anew what was credited by other rules, or with other windows of a campaign.
pub(super) async fn recredit(state: web::Data<State>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let terms = state.context.terms;
        let pause = match recredit::step(&state.context.store, &state.context.registry, terms).await
        {
            Ok(0) => RECREDIT_EVERY,
            Ok(count) => {
                tracing::debug!(count, "conversions were credited anew");
                RECREDIT_PAUSE
            }
            Err(error) => {
                tracing::warn!(%error, "conversions wait to be credited anew");
                RECREDIT_RETRY
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Packs for reports the days that were written to since.
pub(super) async fn pack_report_days(state: web::Data<State>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match report_cache::step(&state.context.store).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "days wait to be packed for reports"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(REPORT_DAYS_EVERY) => {}
        }
    }
}

/// Has every domain in memory, and tells at the start of links that people may miss.
pub(super) async fn refresh_domains(state: web::Data<State>, stop: CancellationToken) {
    if let Ok(notes) = state
        .context
        .resolver
        .domains()
        .notes(&state.context.store)
        .await
    {
        report_domains(&state, &notes);
    }
    loop {
        if let Err(error) = state.context.resolver.refresh_domains().await {
            tracing::debug!(%error, "the store does not tell of domains; the known ones are used");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(DOMAINS_EVERY) => {}
        }
    }
}

fn report_domains(state: &State, notes: &DomainNotes) {
    let table = state.context.domains();
    let default = &table.default_domain().address.host;
    for former in &notes.former {
        let FormerDomain {
            host,
            links,
            answering,
        } = former;
        tracing::warn!(
            domain = %host, links, answering,
            "links stand on {host}, which this configuration does not name: {links}. They are shown \
             with it; on {default}, {answering} of them answer as well. To give them that address: \
             leadline domain move {host} {default}. To keep {host}: add it to `server.domains`"
        );
    }
    for link in &notes.reserved {
        tracing::warn!(
            "the link {}/{} has a slug that pages of the service will take; make another one, and \
             archive this one",
            link.domain,
            link.slug
        );
    }
}

/// Has every source in memory, as it stands in the store.
pub(super) async fn refresh_sources(state: web::Data<State>, stop: CancellationToken) {
    loop {
        if let Err(error) = state.context.sources.refresh().await {
            tracing::debug!(%error, "the store does not tell of sources; the known ones are used");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(SOURCES_EVERY) => {}
        }
    }
}

/// Takes up geo databases that have changed.
pub(super) async fn refresh_places(places: Arc<GeoLookup>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PLACES_EVERY) => {}
        }
        let places = places.clone();
        // Reading a large file takes seconds.
        let _ = tokio::task::spawn_blocking(move || places.refresh()).await;
    }
}

/// Has the key of pseudonyms ready before its day begins.
pub(super) async fn prepare_keys(state: web::Data<State>, stop: CancellationToken) {
    loop {
        if let Err(error) = state.pseudonyms.prepare(state.context.clock.now()).await {
            tracing::debug!(%error, "the next key of pseudonyms is not known yet");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(KEYS_EVERY) => {}
        }
    }
}
