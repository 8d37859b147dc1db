//! Every part of the program: opened, run, and stopped in order.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use anyhow::Context as _;
use tokio_util::sync::CancellationToken;

use super::files::FileLimits;
use super::http_state::http_state;
use super::opening::{self, create_data_dir};
use super::role::Role;
use super::serving::{serve, serve_admin};
use super::task::{self, Task, end, spawn};
use super::{http_task, log_age, master_key};
use crate::clock::Clock;
use crate::config::Config;
use crate::enrich::geo::GeoLookup;
use crate::http::extract::client::HiddenOrigins;
use crate::http::{HealthState, State};
use crate::metric::Metrics;
use crate::network::NetworkRegistry;
use crate::operations::context::Context;
use crate::operations::report::journey_shares::JourneyShares;
use crate::readiness::Readiness;
use crate::sources::Sources;
use crate::worker::retention::RetentionTimes;
use crate::worker::{self, Worker};

/// How long the worker may continue after the listener has closed. The rest stays in the log.
const DRAIN_DEADLINE: Duration = Duration::from_secs(30);

/// Every part, opened but not running yet.
#[derive(Debug)]
pub struct App {
    /// The context of operations and tasks.
    pub context: Arc<Context>,
    health: Arc<HealthState>,
    /// The state of handlers; `None` for a role without a public listener.
    state: Option<web::Data<State>>,
    /// Turns the log into rows.
    pub worker: Worker,
    role: Role,
    /// Whether this process runs the worker.
    ingest: bool,
    http_workers: usize,
    /// The limits of open files and connections.
    pub files: FileLimits,
    admin: Option<TcpListener>,
    shutdown_deadline: Duration,
    /// The retention times.
    pub kept: RetentionTimes,
    places: Arc<GeoLookup>,
}

/// The state that health checks report.
fn health(context: &Arc<Context>, role: Role) -> HealthState {
    let origins = || Arc::new(HiddenOrigins::new(context.metrics.hidden_origins.clone()));
    let (store, log) = (context.store.clone(), context.log.clone());
    HealthState {
        context: context.clone(),
        readiness: Readiness::new(store, log, role.needs_store()),
        hidden_origins: role.listens().then(origins),
    }
}

/// The state of handlers; `None` for a role without a public listener.
async fn served_state(
    config: &Config,
    files: &FileLimits,
    health: &Arc<HealthState>,
) -> anyhow::Result<Option<web::Data<State>>> {
    let Some(origins) = health.hidden_origins.clone() else {
        return Ok(None);
    };
    let pseudonyms = opening::pseudonyms(config, health.context.clock.now()).await?;
    let state = http_state(config, files, health.clone(), origins, pseudonyms);
    Ok(Some(web::Data::new(state)))
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
        let context = Arc::new(Context {
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
        });
        let health = Arc::new(health(&context, role));
        let state = served_state(config, &files, &health).await?;
        Ok(App {
            context,
            health,
            state,
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

    /// The state of handlers, and the worker, for tests that run the worker step by step; `None`
    /// for a role without a public listener.
    pub fn into_parts(self) -> Option<(web::Data<State>, Worker)> {
        self.state.map(|state| (state, self.worker))
    }

    /// Serves on `listener`, if the role has one, until `stop`. Then stops in the order of the data
    /// flow.
    ///
    /// # Errors
    /// When a listener cannot be served.
    pub async fn run(
        self,
        listener: Option<TcpListener>,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        let mut tasks = self.background_tasks(&stop);
        let App { state, worker, .. } = self;
        let store = self.context.store.clone();
        let drained = CancellationToken::new();
        let ingest = self.ingest.then(|| {
            // A worker that ends early stops the service: without a worker the service would look
            // healthy but be useless.
            let (guard, drained) = (stop.clone().drop_guard(), drained.clone());
            spawn("ingest", async move {
                let _guard = guard;
                Box::pin(worker.run(drained)).await;
            })
        });
        if let Some(admin) = self.admin {
            let server = serve_admin(self.health, admin, stop.clone())?;
            tasks.push(spawn("admin", async move {
                if let Err(error) = server.await {
                    tracing::error!(task = "admin", %error, "a task failed");
                }
            }));
        }
        match listener.zip(state) {
            Some((listener, state)) => {
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
        // A listener that ends on its own also stops the rest.
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
    /// The tasks of the role besides listening and ingest.
    fn background_tasks(&self, stop: &CancellationToken) -> Vec<Task> {
        let context = &self.context;
        let (log, clock) = (context.log.clone(), context.clock.clone());
        let mut tasks = vec![spawn("spill", task::drain_spill(log, clock, stop.clone()))];
        if self.role.needs_store() {
            tasks.extend(self.store_tasks(stop));
        }
        if let Some(state) = &self.state {
            tasks.extend(self.listener_tasks(state, stop));
        }
        if self.ingest {
            tasks.extend(self.ingest_tasks(stop));
        }
        tasks
    }

    /// The tasks of every role with a store.
    fn store_tasks(&self, stop: &CancellationToken) -> [Task; 2] {
        let context = self.context.clone();
        let kept = self.kept.clone();
        let (store, log, clock) = (
            context.store.clone(),
            context.log.clone(),
            context.clock.clone(),
        );
        [
            spawn(
                "retention",
                task::retain(store, log, clock, kept, stop.clone()),
            ),
            spawn("erasures", task::finish_erasing(context, stop.clone())),
        ]
    }

    /// The tasks of a role with a public listener.
    fn listener_tasks(&self, state: &web::Data<State>, stop: &CancellationToken) -> Vec<Task> {
        let context = &self.context;
        let (links, clock) = (|| context.resolver.clone(), || context.clock.clone());
        let preloaded = state.settings.preload_links;
        let domains = task::refresh_domains(links(), context.store.clone(), stop.clone());
        let keys = task::prepare_keys(state.pseudonyms.clone(), clock(), stop.clone());
        let mut tasks = vec![
            spawn(
                "links",
                task::follow_links(links(), preloaded, stop.clone()),
            ),
            spawn(
                "link edits",
                task::reconcile_links(links(), clock(), stop.clone()),
            ),
            spawn("domains", domains),
            spawn("visitor keys", keys),
            spawn(
                "limits",
                http_task::drop_idle_limits(state.clone(), stop.clone()),
            ),
            spawn(
                "hidden origins",
                http_task::save_hidden_origins(state.clone(), stop.clone()),
            ),
        ];
        if self.role.surfaces().api {
            let stalled = http_task::close_stalled_streams(state.streams.clone(), stop.clone());
            tasks.extend([
                spawn(
                    "sources",
                    task::refresh_sources(context.clone(), stop.clone()),
                ),
                spawn(
                    "key uses",
                    http_task::note_key_uses(state.clone(), stop.clone()),
                ),
                spawn("streams", stalled),
            ]);
        }
        tasks
    }

    /// The tasks of a program that runs the worker.
    fn ingest_tasks(&self, stop: &CancellationToken) -> [Task; 5] {
        let context = &self.context;
        let store = || context.store.clone();
        let (registry, terms) = (context.registry.clone(), context.terms);
        let recredit = task::recredit(store(), registry, terms, stop.clone());
        let places = task::refresh_places(self.places.clone(), stop.clone());
        [
            spawn("log age", log_age::watch(context.clone(), stop.clone())),
            spawn("customers", task::backfill_customers(store(), stop.clone())),
            spawn("credits", recredit),
            spawn(
                "report days",
                task::rebuild_report_cache(store(), stop.clone()),
            ),
            spawn("places", places),
        ]
    }
}
