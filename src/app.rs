//! The assembly: opens every part, spawns every long task by name, and stops them in the order
//! in which data flows.
//!
//! Holds: nothing is spawned anywhere else. On a stop the listener closes first, then the
//! recorder's queue drains into the log, then the worker takes what the log holds, then the
//! store closes; so nothing that was answered is lost, and what the log still holds is taken at
//! the next start.

mod first_start;
mod node;
mod opening;
mod role;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{App as Actix, HttpServer, web};
use anyhow::Context;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, DAY_MS};
use crate::config::Config;
use crate::enrich::visitor::Pseudonyms;
use crate::event_log::EventLog;
use crate::http::{self, Faces, State};
use crate::link_cache::Cursor;
use crate::metric::Metrics;
use crate::network::Registry;
use crate::recorder::{self, Recorder};
use crate::resolver::Healing;
use crate::vault::Vault;
use crate::worker::Worker;
use crate::worker::retention::{self, ClicksDays};

pub use first_start::{FirstKey, first_key, make_key};
pub use opening::{bind, make_data_dir, open_store};
pub use role::Role;

use opening::{connect_store, limits, resolver, settings};

/// How often old rows are dropped.
const RETENTION_EVERY: Duration = Duration::from_hours(1);

/// How long the worker may go on after the listener has closed. What it does not reach stays in
/// the log.
const DRAIN_DEADLINE: Duration = Duration::from_secs(30);

/// How often the spill is looked at, and Redis asked whether it is well again.
const DRAIN_EVERY: Duration = Duration::from_millis(100);

/// How long a wait for changed links lasts before it begins anew.
const FOLLOW_WAIT: Duration = Duration::from_secs(5);

/// How often the store is asked for changed links.
const HEAL_EVERY: Duration = Duration::from_secs(5);

/// Connections of the admin listener are few.
const ADMIN_WORKERS: usize = 1;

/// Every part, opened and not running yet.
#[derive(Debug)]
pub struct App {
    /// What handlers work with.
    pub state: web::Data<State>,
    /// Turns the log into rows.
    pub worker: Worker,
    role: Role,
    /// Whether this process runs the worker.
    ingest: bool,
    http_workers: usize,
    admin: Option<TcpListener>,
    shutdown_deadline: Duration,
    clicks_days: ClicksDays,
}

impl App {
    /// Opens every part that the role needs.
    ///
    /// # Errors
    /// When one cannot be opened; the message names it.
    pub async fn open(config: &Config, role: Role, clock: Clock) -> anyhow::Result<App> {
        anyhow::ensure!(
            role == Role::All || config.shares_log(),
            "programs that share the work share a log in Redis; set `log.url`, or run `leadline serve`"
        );
        make_data_dir(config)?;
        let store = if role.needs_store() {
            open_store(config).await?
        } else {
            connect_store(config).await?
        };
        let consumer = node::name(&config.data.dir, clock.now())
            .context("cannot use the file `node` in the data folder")?;
        let log = EventLog::open(&config.log_settings(&consumer))
            .await
            .context("cannot open the log")?;
        let registry = Arc::new(Registry::embedded()?);
        let vault = Arc::new(Vault::open(&config.data.dir)?);
        let pseudonyms = Pseudonyms::open(&config.data.dir, clock.now())
            .context("cannot use visitor.key in the data folder")?;
        let metrics = Metrics::default();
        let worker = Worker::new(
            log.clone(),
            store.clone(),
            registry.clone(),
            clock.clone(),
            metrics.clone(),
            config.worker.batch,
        );
        let resolver = resolver(config, &store)?;
        let admin = match config.admin_listen()? {
            Some(address) => Some(bind(address, "admin.listen")?),
            None => None,
        };
        let state = State {
            store,
            log,
            resolver,
            registry,
            vault,
            pseudonyms: Arc::new(pseudonyms),
            clock,
            limits: limits(config),
            metrics,
            progress: worker.progress(),
            settings: settings(config, role)?,
        };
        Ok(App {
            state: web::Data::new(state),
            worker,
            role,
            ingest: role.ingests() && config.worker.ingest,
            http_workers: config.server.workers,
            admin,
            shutdown_deadline: config.shutdown_deadline(),
            clicks_days: config.retention.clicks_days.clone(),
        })
    }

    /// The parts, for who assembles them otherwise: tests step the worker themselves.
    pub fn into_parts(self) -> (web::Data<State>, Worker) {
        (self.state, self.worker)
    }

    /// Serves on `listener`, where the role has one, until `stop`, then stops in data order.
    ///
    /// # Errors
    /// When a listener cannot be served.
    pub async fn run(
        self,
        listener: Option<TcpListener>,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        let App { state, worker, .. } = self;
        let store = state.store.clone();
        let mut tasks = vec![spawn("spill", drain_spill(state.clone(), stop.clone()))];
        if self.role.listens() {
            tasks.push(spawn("links", follow_links(state.clone(), stop.clone())));
            tasks.push(spawn("link edits", heal_links(state.clone(), stop.clone())));
        }
        if self.role.needs_store() {
            tasks.push(spawn(
                "retention",
                retain(state.clone(), self.clicks_days, stop.clone()),
            ));
        }
        let drained = CancellationToken::new();
        let ingest = self.ingest.then(|| {
            // A worker that ends before its time takes the service down with it: running on without
            // it would look healthy and be useless.
            let (guard, drained) = (stop.clone().drop_guard(), drained.clone());
            spawn("ingest", async move {
                let _guard = guard;
                worker.run(drained).await;
            })
        });
        if let Some(admin) = self.admin {
            let server = serve_admin(state.clone(), admin, stop.clone())?;
            tasks.push(spawn("admin", async move {
                if let Err(error) = server.await {
                    tracing::error!(task = "admin", %error, "a task failed");
                }
            }));
        }
        match listener {
            Some(listener) => {
                let deadline = self.shutdown_deadline;
                let faces = self.role.faces();
                let server = serve(state, faces, listener, self.http_workers, deadline, &stop);
                server?.await.context("the listener failed")?;
            }
            None => stop.cancelled().await,
        }
        // A listener that ended by itself ends the rest as well.
        stop.cancel();
        let mut whole = true;
        for task in tasks {
            whole &= end(task, self.shutdown_deadline).await;
        }
        drained.cancel();
        if let Some(ingest) = ingest {
            whole &= end(ingest, DRAIN_DEADLINE).await;
        }
        store.close().await;
        anyhow::ensure!(
            whole,
            "a task did not end as it should; the lines above name it"
        );
        Ok(())
    }
}

/// The public listener, not awaited yet; ends in order when `stop` is cancelled.
///
/// # Errors
/// When it cannot be served.
pub fn serve(
    state: web::Data<State>,
    faces: Faces,
    listener: TcpListener,
    workers: usize,
    deadline: Duration,
    stop: &CancellationToken,
) -> anyhow::Result<actix_web::dev::Server> {
    let document = web::Data::new(http::openapi::Document(http::openapi::text()?));
    let (broken, stopped) = (stop.clone(), stop.clone());
    let mut server = HttpServer::new(move || {
        Actix::new()
            .app_data(state.clone())
            .app_data(web::Data::new(record(&state.log, broken.clone())))
            .app_data(document.clone())
            .configure(|config| http::routes(config, faces))
    })
    .disable_signals()
    .shutdown_timeout(deadline.as_secs())
    .shutdown_signal(stopped.cancelled_owned());
    if workers > 0 {
        server = server.workers(workers);
    }
    Ok(server.listen(listener)?.run())
}

/// The recorder of one answering thread, with its flusher on that very thread. A flusher that breaks
/// stops the service: without it no click would be kept.
fn record(log: &EventLog, stop: CancellationToken) -> Recorder {
    let (recorder, flusher) = recorder::new();
    let log = log.fork();
    actix_web::rt::spawn(async move {
        let guard = stop.drop_guard();
        flusher.run(log).await;
        guard.disarm();
    });
    recorder
}

fn serve_admin(
    state: web::Data<State>,
    listener: TcpListener,
    stop: CancellationToken,
) -> anyhow::Result<actix_web::dev::Server> {
    let server = HttpServer::new(move || {
        Actix::new()
            .app_data(state.clone())
            .configure(http::admin_routes)
    });
    Ok(server
        .workers(ADMIN_WORKERS)
        .disable_signals()
        .shutdown_timeout(1)
        .shutdown_signal(stop.cancelled_owned())
        .listen(listener)?
        .run())
}

/// Brings back from disk what Redis did not take in time.
async fn drain_spill(state: web::Data<State>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let pause = match state.log.drain(state.clock.now()).await {
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

/// Fills the link cache, and hears at once of links that other programs change. The feed's end is looked
/// up first: what was read before that could miss a change, and would be dropped again.
async fn follow_links(state: web::Data<State>, stop: CancellationToken) {
    let mut cursor = Cursor::default();
    let begun = state.resolver.follow(&mut cursor, Duration::ZERO).await;
    tracing::debug!(?begun, "the feed of changed links");
    match state.resolver.preload(state.settings.preload_links).await {
        Ok(count) => tracing::debug!(count, "links are in memory"),
        Err(error) => tracing::debug!(%error, "links are read when they are asked for"),
    }
    while !stop.is_cancelled() {
        let followed = tokio::select! {
            () = stop.cancelled() => return,
            followed = state.resolver.follow(&mut cursor, FOLLOW_WAIT) => followed,
        };
        if let Err(error) = followed {
            tracing::debug!(%error, "the feed of changed links does not answer");
            tokio::time::sleep(DRAIN_EVERY).await;
        }
    }
}

/// Finds changes of links that nobody told of.
async fn heal_links(state: web::Data<State>, stop: CancellationToken) {
    let mut healing = Healing::since(state.clock.now().plus_ms(-DAY_MS));
    loop {
        if let Err(error) = state.resolver.heal(&mut healing, state.clock.now()).await {
            tracing::debug!(%error, "the store does not tell of changed links");
        }
        state.limits.forget_idle();
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(HEAL_EVERY) => {}
        }
    }
}

async fn retain(state: web::Data<State>, days: ClicksDays, stop: CancellationToken) {
    loop {
        if let Err(error) = retention::step(&state.store, &state.clock, &days).await {
            tracing::warn!(%error, "old rows could not be dropped; the next try is in an hour");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(RETENTION_EVERY) => {}
        }
    }
}

/// A long task and its name.
struct Task {
    name: &'static str,
    handle: JoinHandle<()>,
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that spawns long tasks"
)]
fn spawn(name: &'static str, task: impl Future<Output = ()> + Send + 'static) -> Task {
    Task {
        name,
        handle: tokio::spawn(task),
    }
}

/// Waits for a task's end; names it and gives `false` when it does not come, or came by a panic.
async fn end(task: Task, deadline: Duration) -> bool {
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

/// Cancelled by SIGTERM or SIGINT.
///
/// # Errors
/// When signals cannot be listened to.
pub fn stop_signal() -> anyhow::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    drop(spawn("signals", async move {
        #[cfg(unix)]
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
        tracing::info!("stopping: finishing what was answered");
        stopped.cancel();
    }));
    Ok(stop)
}
