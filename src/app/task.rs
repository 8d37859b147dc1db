//! The long tasks besides listeners and ingest.
//!
//! # Invariants
//! - A task takes only the parts that it needs.
//! - A task ends soon after the stop. It logs a failure and tries again; a failure never ends it.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::attribution::AttributionSettings;
use crate::clock::{Clock, DAY_MS};
use crate::enrich::geo::GeoLookup;
use crate::event_log::EventLog;
use crate::link_resolver::domains::{DomainNotes, FormerDomain};
use crate::link_resolver::{LinkResolver, ReconcileCursor};
use crate::network::NetworkRegistry;
use crate::operations::context::Context;
use crate::redis_links::FeedCursor;
use crate::store::Store;
use crate::visitor_key::Pseudonyms;
use crate::worker::retention::{self, RetentionTimes};
use crate::worker::{customers, erasure, recredit, report_cache};

/// How often old rows are deleted.
const RETENTION_EVERY: Duration = Duration::from_hours(1);

/// How often the spill is drained and an unhealthy Redis is probed.
const DRAIN_EVERY: Duration = Duration::from_millis(100);

/// How long one wait for changed links lasts.
const FOLLOW_WAIT: Duration = Duration::from_secs(5);

/// How often changed links are read from the store.
const RECONCILE_EVERY: Duration = Duration::from_secs(5);

/// How often domains are read again.
const DOMAINS_EVERY: Duration = Duration::from_secs(5);

/// How often sources are read again.
const SOURCES_EVERY: Duration = Duration::from_secs(5);

/// How often geo databases are checked for changes.
const PLACES_EVERY: Duration = Duration::from_mins(1);

/// How often the keys of pseudonyms are checked.
const KEYS_EVERY: Duration = Duration::from_secs(10);

/// How long others may write between two batches of backfilled customers.
const CUSTOMERS_PAUSE: Duration = Duration::from_millis(50);

/// How long a failed batch waits.
const CUSTOMERS_RETRY: Duration = Duration::from_mins(1);

/// How long others may write between two batches of re-credited conversions.
const RECREDIT_PAUSE: Duration = Duration::from_millis(50);

/// How often the service checks for conversions with outdated credits.
const RECREDIT_EVERY: Duration = Duration::from_secs(2);

/// How long a failed batch waits.
const RECREDIT_RETRY: Duration = Duration::from_mins(1);

/// How often the report cache is rebuilt.
const REPORT_DAYS_EVERY: Duration = Duration::from_mins(1);

/// How often the service checks for unfinished erasures.
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

/// Waits for the end of a task. Logs its name and returns `false` if the task panicked or does not
/// end.
pub(super) async fn end(task: Task, deadline: Duration) -> bool {
    match timeout(deadline, task.handle).await {
        Ok(Ok(())) => tracing::debug!(task = task.name, "ended"),
        Ok(Err(error)) => {
            tracing::error!(task = task.name, %error, "a task panicked");
            return false;
        }
        Err(_) => {
            tracing::error!(
                task = task.name,
                "a task did not end in time; the program ends without it"
            );
            return false;
        }
    }
    true
}

/// Moves the spill from disk to Redis, and watches Redis.
pub(super) async fn drain_spill(log: EventLog, clock: Clock, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = log.watch().await {
            tracing::debug!(%error, "the log in Redis cannot be watched");
        }
        let pause = match log.drain(clock.now()).await {
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

/// Fills the link cache, and immediately applies changes of other programs. The position in the
/// feed is read first: otherwise a change after the links were read could be missed.
pub(super) async fn follow_links(links: LinkResolver, preloaded: usize, stop: CancellationToken) {
    let mut cursor = FeedCursor::default();
    let begun = links.follow(&mut cursor, Duration::ZERO).await;
    tracing::debug!(?begun, "position in the feed of changed links");
    match links.preload(preloaded).await {
        Ok(count) => tracing::debug!(count, "links are cached"),
        Err(error) => {
            tracing::debug!(%error, "links cannot be preloaded; each is read with its first click");
        }
    }
    while !stop.is_cancelled() {
        let followed = tokio::select! {
            () = stop.cancelled() => return,
            followed = links.follow(&mut cursor, FOLLOW_WAIT) => followed,
        };
        if let Err(error) = followed {
            tracing::debug!(%error, "the feed of changed links does not answer");
            tokio::time::sleep(DRAIN_EVERY).await;
        }
    }
}

/// Finds changed links that the feed missed.
pub(super) async fn reconcile_links(links: LinkResolver, clock: Clock, stop: CancellationToken) {
    let mut cursor = ReconcileCursor::since(clock.now().plus_ms(-DAY_MS));
    loop {
        if let Err(error) = links.reconcile(&mut cursor, clock.now()).await {
            tracing::debug!(%error, "changed links cannot be read from the store");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = links.missed() => {}
            () = tokio::time::sleep(RECONCILE_EVERY) => {}
        }
    }
}

/// Finishes interrupted erasures, and removes erased rows from SQLite's log. It runs at the start,
/// because the last run may have ended too early, and after a reader blocked it.
pub(super) async fn finish_erasing(context: Arc<Context>, stop: CancellationToken) {
    context.store.ask_for_scrub();
    while !stop.is_cancelled() {
        match context.eraser().finish(&stop).await {
            Ok(true) => tracing::info!("an interrupted erasure was finished"),
            Ok(false) => {}
            Err(error) => {
                tracing::debug!(%error, "erasures cannot be finished now; the next attempt follows");
            }
        }
        if let Err(error) = erasure::scrub_again(&context.store).await {
            tracing::debug!(%error, "SQLite's log cannot be emptied now; the next attempt follows");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(ERASING_EVERY) => {}
        }
    }
}

/// Deletes old rows, and processed entries of the log.
pub(super) async fn retain(
    store: Store,
    log: EventLog,
    clock: Clock,
    kept: RetentionTimes,
    stop: CancellationToken,
) {
    loop {
        if let Err(error) = retention::step(&store, &clock, &kept).await {
            tracing::warn!(%error, "old rows cannot be deleted; the next attempt is in an hour");
        }
        if let Err(error) = log.delete_read().await {
            tracing::warn!(%error, "processed entries cannot be deleted from the log; the next attempt is in an hour");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(RETENTION_EVERY) => {}
        }
    }
}

/// Assigns customers to conversions that were written before customers existed; ends when all have
/// one.
pub(super) async fn backfill_customers(store: Store, stop: CancellationToken) {
    let mut after = None;
    while !stop.is_cancelled() {
        let pause = match customers::backfill(&store, after).await {
            Ok(None) => return,
            Ok(last) => {
                after = last;
                CUSTOMERS_PAUSE
            }
            Err(error) => {
                tracing::warn!(%error, "old conversions wait for their customers; the next attempt is in a minute");
                CUSTOMERS_RETRY
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Re-credits conversions that were credited by other rules or windows.
pub(super) async fn recredit(
    store: Store,
    registry: Arc<NetworkRegistry>,
    terms: AttributionSettings,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        let pause = match recredit::step(&store, &registry, terms).await {
            Ok(0) => RECREDIT_EVERY,
            Ok(count) => {
                tracing::debug!(count, "conversions were re-credited");
                RECREDIT_PAUSE
            }
            Err(error) => {
                tracing::warn!(%error, "conversions wait to be re-credited; the next attempt is in a minute");
                RECREDIT_RETRY
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Rebuilds the report cache for days that changed.
pub(super) async fn rebuild_report_cache(store: Store, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match report_cache::step(&store).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(%error, "the report cache cannot be rebuilt; the next attempt is in a minute");
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(REPORT_DAYS_EVERY) => {}
        }
    }
}

/// Keeps domains in memory, and warns at the start of links that people may miss.
pub(super) async fn refresh_domains(links: LinkResolver, store: Store, stop: CancellationToken) {
    if let Ok(notes) = links.domains().notes(&store).await {
        report_domains(&links, &notes);
    }
    loop {
        if let Err(error) = links.refresh_domains().await {
            tracing::debug!(%error, "domains cannot be read from the store; the known ones are used");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(DOMAINS_EVERY) => {}
        }
    }
}

fn report_domains(links: &LinkResolver, notes: &DomainNotes) {
    let table = links.domains().snapshot();
    let default = &table.default_domain().address.host;
    for former in &notes.former {
        let FormerDomain {
            host,
            links,
            answering,
        } = former;
        tracing::warn!(
            domain = %host, links, answering,
            "{links} links are on {host}, which is not in the configuration. {answering} of them \
             answer on {default} as well. To move them there: leadline domain move {host} \
             {default}. To keep {host}: add it to `server.domains`"
        );
    }
    for link in &notes.reserved {
        tracing::warn!(
            "the link {}/{} has a slug that is reserved for pages of the service; create another link, \
             and archive this one",
            link.domain,
            link.slug
        );
    }
}

/// Keeps every source in memory.
pub(super) async fn refresh_sources(context: Arc<Context>, stop: CancellationToken) {
    loop {
        if let Err(error) = context.sources.refresh().await {
            tracing::debug!(%error, "sources cannot be read from the store; the known ones are used");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(SOURCES_EVERY) => {}
        }
    }
}

/// Reloads geo databases that have changed.
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

/// Prepares the key of pseudonyms before its day begins.
pub(super) async fn prepare_keys(
    pseudonyms: Arc<Pseudonyms>,
    clock: Clock,
    stop: CancellationToken,
) {
    loop {
        if let Err(error) = pseudonyms.prepare(clock.now()).await {
            tracing::debug!(%error, "the next key of pseudonyms cannot be prepared yet");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(KEYS_EVERY) => {}
        }
    }
}
