//! The assembly: opens every part, spawns every long task by name, and stops them in the order
//! in which data flows.
//!
//! Holds: nothing is spawned anywhere else. On a stop the listener closes first, then the
//! recorder's queue drains into the log, then the worker takes what the log holds, then the
//! store closes; so nothing that was answered is lost, and what the log still holds is taken at
//! the next start.

mod first_start;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{App as Actix, HttpServer, middleware, web};
use anyhow::Context;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::clock::Clock;
use crate::config::{Config, Prefetch};
use crate::enrich::visitor::Pseudonyms;
use crate::event_log::EventLog;
use crate::http::{self, Settings, State};
use crate::metric::Metrics;
use crate::network::Registry;
use crate::recorder::{self, Flusher};
use crate::resolver::Resolver;
use crate::store::Store;
use crate::vault::Vault;
use crate::worker::{Worker, retention};

pub use first_start::{FirstKey, first_key, make_key};

/// How often old rows are dropped.
const RETENTION_EVERY: Duration = Duration::from_hours(1);

/// How long the worker may go on after the listener has closed. What it does not reach stays in
/// the log.
const DRAIN_DEADLINE: Duration = Duration::from_secs(30);

/// Connections of the admin listener are few.
const ADMIN_WORKERS: usize = 1;

/// Every part, opened and not running yet.
#[derive(Debug)]
pub struct App {
    /// What handlers work with.
    pub state: web::Data<State>,
    /// Turns the log into rows.
    pub worker: Worker,
    flusher: Flusher,
    /// Whether this process runs the worker.
    ingest: bool,
    http_workers: usize,
    admin: Option<TcpListener>,
    shutdown_deadline: Duration,
}

/// Makes the data folder where it is missing, for its owner only.
///
/// # Errors
/// When it cannot be made.
pub fn make_data_dir(config: &Config) -> anyhow::Result<()> {
    let dir = &config.data.dir;
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).with_context(|| {
        format!(
            "cannot make the data folder {}; set `data.dir` to a writable place",
            dir.display()
        )
    })
}

/// Opens the store and brings its schema up to date.
///
/// # Errors
/// When it does not answer or holds another program's schema.
pub async fn open_store(config: &Config) -> anyhow::Result<Store> {
    let store = Store::open(&config.store_url(), config.store.pool_size)
        .await
        .context("cannot open the store; check `store.url`")?;
    store
        .migrate()
        .await
        .context("cannot bring the store's schema up to date")?;
    Ok(store)
}

impl App {
    /// Opens every part.
    ///
    /// # Errors
    /// When one cannot be opened; the message names it.
    pub async fn open(config: &Config, clock: Clock) -> anyhow::Result<App> {
        make_data_dir(config)?;
        let store = open_store(config).await?;
        let log = EventLog::open(&config.log_settings())
            .await
            .context("cannot open the log")?;
        let registry = Arc::new(Registry::embedded()?);
        let vault = Arc::new(Vault::open(&config.data.dir)?);
        let pseudonyms = Pseudonyms::open(&config.data.dir, clock.now())
            .context("cannot use visitor.key in the data folder")?;
        let (recorder, flusher) = recorder::new(config.log.queue_len);
        let metrics = Metrics::default();
        let worker = Worker::new(
            log.clone(),
            store.clone(),
            registry.clone(),
            clock.clone(),
            metrics.clone(),
            config.worker.batch,
        );
        let unknown_ttl = Duration::from_secs(config.cache.unknown_ttl_s);
        let resolver = Resolver::new(store.clone(), config.cache.links_bytes, unknown_ttl);
        let admin = match config.admin_listen()? {
            Some(address) => Some(bind(address, "admin.listen")?),
            None => None,
        };
        let state = State {
            store,
            recorder,
            log,
            resolver,
            registry,
            vault,
            pseudonyms: Arc::new(pseudonyms),
            clock,
            metrics,
            progress: worker.progress(),
            settings: settings(config)?,
        };
        Ok(App {
            state: web::Data::new(state),
            worker,
            flusher,
            ingest: config.worker.ingest,
            http_workers: config.server.workers,
            admin,
            shutdown_deadline: config.shutdown_deadline(),
        })
    }

    /// The parts, for who assembles them otherwise: tests step the worker themselves.
    pub fn into_parts(self) -> (web::Data<State>, Worker, Flusher) {
        (self.state, self.worker, self.flusher)
    }

    /// Serves on `listener` until `stop`, then stops in data order.
    ///
    /// # Errors
    /// When a listener cannot be served.
    pub async fn run(self, listener: TcpListener, stop: CancellationToken) -> anyhow::Result<()> {
        let App {
            state,
            worker,
            flusher,
            ..
        } = self;
        let (store, log) = (state.store.clone(), state.log.clone());
        // A flusher or worker that ends before its time takes the service down with it: running on
        // without it would look healthy and be useless.
        let guard = stop.clone().drop_guard();
        let flusher = spawn("flusher", async move {
            let _guard = guard;
            let _ = flusher.run(log).await;
        });
        let retention = spawn("retention", retain(state.clone(), stop.clone()));
        let drained = CancellationToken::new();
        let ingest = self.ingest.then(|| {
            let (guard, drained) = (stop.clone().drop_guard(), drained.clone());
            spawn("ingest", async move {
                let _guard = guard;
                worker.run(drained).await;
            })
        });
        let admin = match self.admin {
            Some(admin) => {
                let server = serve_admin(state.clone(), admin, stop.clone())?;
                Some(spawn("admin", async move { report("admin", server.await) }))
            }
            None => None,
        };
        let served = serve(
            state,
            listener,
            self.http_workers,
            self.shutdown_deadline,
            stop.clone(),
        );
        served?.await.context("the listener failed")?;
        // A listener that ended by itself ends the rest as well.
        stop.cancel();
        let mut whole = true;
        for task in [Some(retention), admin].into_iter().flatten() {
            whole &= end(task, self.shutdown_deadline).await;
        }
        // With the last state goes the last recorder, and the flusher ends when its queue is empty.
        whole &= end(flusher, DRAIN_DEADLINE).await;
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

/// Takes an address.
///
/// # Errors
/// When it is taken or not this machine's; the message names the configuration key.
pub fn bind(address: std::net::SocketAddr, key: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .with_context(|| format!("cannot listen on {address}; free it, or set `{key}` to another"))
}

fn settings(config: &Config) -> anyhow::Result<Settings> {
    let public_url = config.public_url()?;
    let url = Url::parse(&public_url)?;
    let own = match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (host, _) => host.unwrap_or_default().to_owned(),
    };
    let mut domains = vec![own];
    domains.extend(
        config
            .server
            .domains
            .iter()
            .map(|domain| domain.to_ascii_lowercase()),
    );
    Ok(Settings {
        public_url,
        domains,
        trusted_proxies: config.server.trusted_proxies.clone(),
        forwarded_header: config.server.forwarded_header,
        body_limit_bytes: config.server.body_limit_bytes,
        answer_prefetch: config.server.prefetch == Prefetch::Answer,
        log_deadline: Duration::from_millis(config.log.deadline_ms),
        answer_deadline: Duration::from_millis(config.conversion.answer_deadline_ms),
        window_days: config.report.window_days,
    })
}

fn serve(
    state: web::Data<State>,
    listener: TcpListener,
    workers: usize,
    deadline: Duration,
    stop: CancellationToken,
) -> anyhow::Result<actix_web::dev::Server> {
    let document = web::Data::new(http::openapi::Document(http::openapi::text()?));
    let mut server = HttpServer::new(move || {
        Actix::new()
            .app_data(state.clone())
            .app_data(document.clone())
            .wrap(middleware::from_fn(http::count_problems))
            .configure(http::routes)
    })
    .disable_signals()
    .shutdown_timeout(deadline.as_secs())
    .shutdown_signal(stop.cancelled_owned());
    if workers > 0 {
        server = server.workers(workers);
    }
    Ok(server.listen(listener)?.run())
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

async fn retain(state: web::Data<State>, stop: CancellationToken) {
    loop {
        if let Err(error) = retention::step(&state.store, &state.clock).await {
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

fn report(name: &'static str, ended: std::io::Result<()>) {
    if let Err(error) = ended {
        tracing::error!(task = name, %error, "a task failed");
    }
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
