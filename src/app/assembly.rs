//! Every part of the program: opened, run, and stopped in order.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use anyhow::Context as _;
use tokio_util::sync::CancellationToken;

use super::files::FileLimits;
use super::opening::{self, create_data_dir};
use super::role::Role;
use super::serving::{serve, serve_admin};
use super::task::{self, Task, end, spawn};
use super::{http_state, http_task, log_age, master_key};
use crate::clock::Clock;
use crate::config::Config;
use crate::enrich::geo::GeoLookup;
use crate::http::State;
use crate::metric::Metrics;
use crate::network::NetworkRegistry;
use crate::operations::context::Context;
use crate::operations::report::shares::JourneyShares;
use crate::sources::Sources;
use crate::worker::retention::RetentionTimes;
use crate::worker::{self, Worker};

/// How long the worker may go on after the listener has closed. What it does not reach stays in
/// the log.
const DRAIN_DEADLINE: Duration = Duration::from_secs(30);

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
    /// What the process may have open.
    pub files: FileLimits,
    admin: Option<TcpListener>,
    shutdown_deadline: Duration,
    /// How long things are kept.
    pub kept: RetentionTimes,
    places: Arc<GeoLookup>,
}

impl App {
    /// Opens every part that the role needs.
    ///
    /// # Errors
    /// When one cannot be opened; the message names it.
    pub async fn open(config: &Config, role: Role, clock: Clock) -> anyhow::Result<App> {
        opening::ensure_shared_log(config, role)?;
        let files = FileLimits::raise(config);
        create_data_dir(config)?;
        let store = opening::store(config, role).await?;
        let log = opening::log(config, clock.now()).await?;
        let registry = Arc::new(NetworkRegistry::embedded()?);
        let vault = Arc::new(master_key::open(&config.data.dir, &store, role).await?);
        let pseudonyms = opening::pseudonyms(config, clock.now()).await?;
        let metrics = Metrics::default();
        files.note(&metrics);
        let places = opening::places(config).await?;
        let deps = worker::WorkerDeps {
            log: log.clone(),
            store: store.clone(),
            registry: registry.clone(),
            terms: config.terms(),
            rules: opening::rules(config, &registry, &places),
            vault: vault.clone(),
            clock: clock.clone(),
            metrics: metrics.clone(),
        };
        let worker = Worker::new(deps, config.worker.batch);
        let resolver = opening::merged_resolver(config, &store, role, clock.now()).await?;
        let sources = Sources::new(store.clone(), vault.clone());
        let context = Context {
            store,
            log,
            resolver,
            sources,
            registry,
            vault,
            clock,
            metrics,
            progress: worker.progress(),
            shares: JourneyShares::default(),
            terms: config.terms(),
            public_url: config.public_url()?,
        };
        let state = http_state::http_state(config, &files, role, context, pseudonyms)?;
        Ok(App {
            state: web::Data::new(state),
            worker,
            role,
            ingest: role.ingests() && config.worker.ingest,
            http_workers: config.server.workers,
            files,
            admin: opening::admin_listener(config)?,
            shutdown_deadline: config.shutdown_deadline(),
            kept: opening::kept(config),
            places,
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
        let mut tasks = self.beside(&stop);
        let App { state, worker, .. } = self;
        let store = state.context.store.clone();
        let drained = CancellationToken::new();
        let ingest = self.ingest.then(|| {
            // A worker that ends before its time takes the service down with it: running on without
            // it would look healthy and be useless.
            let (guard, drained) = (stop.clone().drop_guard(), drained.clone());
            spawn("ingest", async move {
                let _guard = guard;
                Box::pin(worker.run(drained)).await;
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
                let surfaces = self.role.surfaces();
                let server = serve(
                    state,
                    surfaces,
                    listener,
                    self.http_workers,
                    deadline,
                    &stop,
                );
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

impl App {
    /// What the role has to do beside listening and ingest.
    fn beside(&self, stop: &CancellationToken) -> Vec<Task> {
        let parts = || (self.state.clone(), stop.clone());
        let (state, stop) = parts();
        let mut tasks = vec![spawn("spill", task::drain_spill(state, stop))];
        if self.role.listens() {
            let (state, stop) = parts();
            tasks.push(spawn("links", task::follow_links(state, stop)));
            let (state, stop) = parts();
            tasks.push(spawn("link edits", task::reconcile_links(state, stop)));
            let (state, stop) = parts();
            tasks.push(spawn("domains", task::refresh_domains(state, stop)));
            let (state, stop) = parts();
            tasks.push(spawn("visitor keys", task::prepare_keys(state, stop)));
            let (state, stop) = parts();
            tasks.push(spawn(
                "hidden origins",
                http_task::save_hidden_origins(state, stop),
            ));
        }
        if self.role.needs_store() {
            let (state, stop) = parts();
            let kept = self.kept.clone();
            tasks.push(spawn("retention", task::retain(state, kept, stop)));
            let (state, stop) = parts();
            tasks.push(spawn("erasures", task::finish_erasing(state, stop)));
        }
        if self.role.surfaces().api {
            let (state, stop) = parts();
            tasks.push(spawn("sources", task::refresh_sources(state, stop)));
            let (state, stop) = parts();
            tasks.push(spawn("key uses", http_task::note_key_uses(state, stop)));
            let (state, stop) = parts();
            tasks.push(spawn(
                "streams",
                http_task::close_stalled_streams(state, stop),
            ));
        }
        if self.ingest {
            let (state, stop) = parts();
            tasks.push(spawn("log age", log_age::watch(state, stop)));
            let (state, stop) = parts();
            tasks.push(spawn("customers", task::backfill_customers(state, stop)));
            let (state, stop) = parts();
            tasks.push(spawn("credits", task::recredit(state, stop)));
            let (state, stop) = parts();
            tasks.push(spawn("report days", task::pack_report_days(state, stop)));
            let (_, stop) = parts();
            let places = self.places.clone();
            tasks.push(spawn("places", task::refresh_places(places, stop)));
        }
        tasks
    }
}
