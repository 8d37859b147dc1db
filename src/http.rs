//! The HTTP faces: short links at the root, the API under `/api/v1`, health checks.
//!
//! Holds: every route is on this page; handlers extract, call a lower floor and answer. Whatever
//! arrives from outside passes the recorder before it is answered. Must not know: how the parts
//! of [`State`] are opened or closed, and where its settings come from.

pub mod accept;
pub mod access;
pub mod auth;
pub mod bodies;
pub mod campaign;
pub mod click;
pub mod client;
pub mod connections;
pub mod conversion;
pub mod cookie;
pub mod cost;
pub mod customer;
pub mod engagement;
pub mod error;
pub mod flood_bound;
pub mod health;
mod host;
pub mod idempotency;
pub mod inbox;
pub mod json;
pub mod key_uses;
pub mod lead;
pub mod limit;
pub mod link;
pub mod network;
pub mod openapi;
pub mod orphan;
pub mod own;
pub mod page;
pub mod person;
pub mod post;
pub mod postback;
mod process;
pub mod promo_code;
pub mod rates;
pub mod redirect;
pub mod report;
pub mod snippet;
pub mod source;
pub mod stream;
pub mod table;
pub mod time_span;
pub mod webhook;
pub mod workspace;

use std::sync::Arc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use actix_web::middleware::{Next, from_fn};
use actix_web::{HttpResponse, Resource, Responder, Route, guard, web};
use arc_swap::Guard;
use ipnet::IpNet;
use tokio::sync::watch;
use utoipa_actix_web::scope::scope;

use crate::attribution::Terms;
use crate::clock::Clock;
use crate::enrich::visitor::Pseudonyms;
use crate::event_log::EventLog;
use crate::link::domain::table::DomainTable;
use crate::link_resolver::LinkResolver;
use crate::metric::Metrics;
use crate::network::Registry;
use crate::readiness::Readiness;
use crate::sources::Sources;
use crate::store::Store;
use crate::vault::Vault;
use crate::worker::erasure::Eraser;
use error::Problem;

/// The faces that a program shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Surfaces {
    /// Short links.
    pub links: bool,
    /// The API.
    pub api: bool,
}

/// Everything that handlers work with.
#[derive(Debug)]
pub struct State {
    /// Rows.
    pub store: Store,
    /// The event log, for its depth; the way into it is each thread's own recorder.
    pub log: EventLog,
    /// Whether store and log work.
    pub readiness: Readiness,
    /// The link cache.
    pub resolver: LinkResolver,
    /// Who may send webhooks.
    pub sources: Sources,
    /// The networks.
    pub registry: Arc<Registry>,
    /// Secrets.
    pub vault: Arc<Vault>,
    /// Visitors' pseudonyms.
    pub pseudonyms: Arc<Pseudonyms>,
    /// The time.
    pub clock: Clock,
    /// On which day each key was used last.
    pub key_uses: key_uses::KeyUses,
    /// Who may ask how much.
    pub limits: limit::Limits,
    /// How often an address may click a link.
    pub flood_bound: flood_bound::FloodBound,
    /// Bodies under way.
    pub bodies: bodies::BodyPools,
    /// Streams that are being read.
    pub streams: Arc<stream::open::OpenStreams>,
    /// Connections to the public listener.
    pub connections: Arc<connections::Connections>,
    /// Clicks whose sender a proxy hides.
    pub hidden_origins: client::HiddenOrigins,
    /// What is counted.
    pub metrics: Metrics,
    /// Tells when the worker has committed something.
    pub progress: watch::Receiver<u64>,
    /// What data-driven models gave.
    pub shares: report::Shares,
    /// What can be set.
    pub settings: Settings,
}

/// What can be set about the HTTP faces.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What short links on the default domain begin with, without a slash at the end; the API is
    /// below it as well.
    pub public_url: String,
    /// Proxies whose forwarding headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The header that those proxies write.
    pub forwarded_header: client::ForwardedHeader,
    /// The owner's own networks, whose clicks are marked as such.
    pub own_networks: Vec<IpNet>,
    /// Whether visitors get a cookie, by which they are known for longer than a day.
    pub visitor_cookie: bool,
    /// Largest body, in bytes.
    pub body_limit_bytes: usize,
    /// Whether a prefetch is answered with the redirect.
    pub answer_prefetch: bool,
    /// How long a reported conversion waits to be joined.
    pub answer_deadline: Duration,
    /// Most links brought into memory at the start.
    pub preload_links: usize,
    /// What credits are made by.
    pub terms: Terms,
}

impl Settings {
    /// What a test changes the parts of that it is about.
    #[cfg(test)]
    fn for_tests() -> Settings {
        Settings {
            public_url: "https://go.example".to_owned(),
            trusted_proxies: Vec::new(),
            forwarded_header: client::ForwardedHeader::XForwardedFor,
            own_networks: Vec::new(),
            visitor_cookie: false,
            body_limit_bytes: 1 << 20,
            answer_prefetch: false,
            answer_deadline: Duration::ZERO,
            preload_links: 0,
            terms: Terms {
                window_days: 30,
                sale_window_days: 30,
                half_life_days: 7,
            },
        }
    }

    /// Whether short links are asked for over TLS.
    pub fn is_secure(&self) -> bool {
        self.public_url.starts_with("https:")
    }

    /// The path before the default domain's slugs and its API; empty for most.
    pub fn public_path(&self) -> &str {
        let host = self
            .public_url
            .split_once("://")
            .map_or("", |(_, rest)| rest);
        host.find('/').map_or("", |at| &host[at..])
    }
}

impl State {
    /// The domains of this service, for as long as one request takes.
    pub fn domains(&self) -> Guard<Arc<DomainTable>> {
        self.resolver.domains().table()
    }

    /// What people are erased with.
    pub fn eraser(&self) -> Eraser<'_> {
        Eraser {
            store: &self.store,
            vault: &self.vault,
            registry: &self.registry,
            terms: self.settings.terms,
        }
    }
}

/// A scope, of actix or of the generator of the description, with every route of the API. To serve
/// them no description is made: that takes megabytes, on each thread that answers.
macro_rules! with_api {
    ($scope:expr) => {
        $scope
            // First, because routes are tried in turn, and most requests are webhooks.
            .service(webhook::receive)
            .route(
                "/webhooks/{source_id}/v1/{call:.+}",
                web::post().to(webhook::receive_call),
            )
            .service(campaign::make)
            .service(campaign::list)
            .service(campaign::read)
            .service(campaign::edit)
            .service(campaign::archive)
            .service(link::fan_out::fan_out)
            .service(report::read)
            .service(report::expected::read)
            .service(report::next::read)
            .service(report::workspace::read)
            .service(link::make)
            .service(link::list)
            .service(link::read)
            .service(link::edit)
            .service(link::archive)
            .service(network::list)
            .service(source::make)
            .service(source::list)
            .service(source::read)
            .service(source::edit)
            .service(source::archive)
            .service(source::sample::test)
            .service(postback::by_get)
            .service(postback::by_post)
            .service(inbox::list)
            .service(inbox::request)
            .service(inbox::replay_all)
            .service(inbox::replay)
            .service(promo_code::make)
            .service(promo_code::list)
            .service(promo_code::remove)
            .service(post::read)
            .service(post::edit)
            .service(cost::tell)
            .service(cost::list)
            .service(cost::remove)
            .service(engagement::tell)
            .service(engagement::list)
            .service(engagement::remove)
            .service(conversion::make)
            .service(conversion::list::list)
            .service(lead::make)
            .route("/leads", web::method(Method::OPTIONS).to(lead::preflight))
            .service(customer::lifetime::read)
            .service(customer::list)
            .service(customer::read)
            .service(click::list)
            .service(own::invite)
            .service(orphan::list)
            .service(person::erase)
            .service(rates::load)
            .service(rates::list)
            .service(workspace::read)
            .service(workspace::edit)
            .service(openapi::serve)
    };
}

/// The API as it is described.
fn described() -> utoipa_actix_web::scope::Scope<
    impl actix_web::dev::ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    with_api!(scope("/api/v1"))
}

/// The routes of the public listener, below `path` as well where short links have one before their
/// slugs: a proxy may take it away or leave it.
pub fn routes(config: &mut web::ServiceConfig, surfaces: Surfaces, path: &str) {
    if !path.is_empty() {
        config.service(web::scope(path).configure(|config| routes_below(config, surfaces)));
    }
    routes_below(config, surfaces);
}

/// Short links come last and without any pattern: whatever is no other path is asked for as a slug,
/// so that a click passes a handful of comparisons only.
fn routes_below(config: &mut web::ServiceConfig, surfaces: Surfaces) {
    config
        .service(read_only("/healthz", web::to(health::alive)))
        .service(read_only("/readyz", web::to(health::ready)))
        // On nodes of either face, so that it loads wherever a proxy sends its path.
        .service(read_only("/js/leadline.js", web::to(snippet::serve)));
    if surfaces.api {
        config.service(
            with_api!(web::scope("/api/v1"))
                .wrap(from_fn(access::check))
                .wrap(from_fn(finish)),
        );
        config.service(read_only("/", web::to(front)));
    }
    if surfaces.links {
        config.service(read_only("/_self", web::to(own::page)));
        config.default_service(web::to(redirect::redirect));
    } else {
        config.default_service(web::to(nothing));
    }
}

/// The routes of the admin listener.
pub fn admin_routes(config: &mut web::ServiceConfig) {
    config
        .service(read_only("/metrics", web::to(health::metrics)))
        .service(read_only("/healthz", web::to(health::alive)))
        .service(read_only("/readyz", web::to(health::ready_in_detail)));
}

/// A page outside the API: it answers `GET` and `HEAD`, and says so to every other method.
fn read_only(path: &str, page: Route) -> Resource {
    web::resource(path)
        .route(page.guard(guard::Any(guard::Get()).or(guard::Head())))
        .default_service(web::to(only_read))
}

async fn front() -> impl Responder {
    "Leadline: short links that know what they yield.\nThe API is described at \
     /api/v1/openapi.json\n"
}

async fn nothing(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let problem = Problem::RouteNotFound;
    Metrics::count(&state.metrics.api_errors, problem.code());
    Err(problem)
}

/// What every answer of the API gets: no cache keeps it, and no browser takes it for another type.
/// Problems are counted by their code.
async fn finish(
    state: web::Data<State>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let answering = connections::begin_answer(request.request());
    let mut answered = next.call(request).await?;
    drop(answering);
    let error = answered.response().error();
    if let Some(problem) = error.and_then(actix_web::Error::as_error::<Problem>) {
        Metrics::count(&state.metrics.api_errors, problem.code());
    }
    let headers = answered.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(answered)
}

/// Answers a method that a page outside the API does not have.
async fn only_read() -> Result<HttpResponse, Problem> {
    Err(Problem::MethodNotAllowed("GET, HEAD".to_owned()))
}
