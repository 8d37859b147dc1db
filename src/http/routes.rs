//! Every route of the public and of the admin listener, in one file.
//!
//! # Invariants
//! A route of the API is served only with an entry in [`super::access`]. Short links match last.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use actix_web::middleware::{Next, from_fn};
use actix_web::{HttpResponse, Resource, Responder, Route, guard, web};
use utoipa_actix_web::scope::scope;

use crate::http::error::Problem;
use crate::http::no_route::no_route;
use crate::http::state::State;
use crate::http::{
    access, api, connections, description, health, postback, redirect, snippet, webhook,
};
use crate::metric::Metrics;

/// The surfaces that a program serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Surfaces {
    /// Short links.
    pub links: bool,
    /// The API.
    pub api: bool,
}

/// A scope with every route of the API, either of actix or of the description's generator. Serving
/// does not generate a description, which would take megabytes on each answering thread.
macro_rules! with_api {
    ($scope:expr) => {
        $scope
            // First, because routes are tried in order, and most requests are webhooks.
            .service(webhook::receive)
            .route(
                "/webhooks/{source_id}/v1/{call:.+}",
                web::post().to(webhook::receive_call),
            )
            .service(api::campaign::create)
            .service(api::campaign::list)
            .service(api::campaign::read)
            .service(api::campaign::update)
            .service(api::campaign::archive)
            .service(api::post::fan_out)
            .service(api::report::read)
            .service(api::report::expected::read)
            .service(api::report::next::read)
            .service(api::report::workspace::read)
            .service(api::link::create)
            .service(api::link::list)
            .service(api::link::read)
            .service(api::link::update)
            .service(api::link::archive)
            .service(api::network::list)
            .service(api::source::create)
            .service(api::source::list)
            .service(api::source::read)
            .service(api::source::update)
            .service(api::source::archive)
            .service(api::source::test)
            .service(postback::by_get)
            .service(postback::by_post)
            .service(api::inbox::list)
            .service(api::inbox::request)
            .service(api::inbox::replay_all)
            .service(api::inbox::replay)
            .service(api::promo_code::create)
            .service(api::promo_code::list)
            .service(api::promo_code::read)
            .service(api::promo_code::update)
            .service(api::promo_code::delete)
            .service(api::post::list)
            .service(api::post::read)
            .service(api::post::update)
            .service(api::cost::import)
            .service(api::cost::list)
            .service(api::cost::read)
            .service(api::cost::update)
            .service(api::cost::delete)
            .service(api::engagement::import)
            .service(api::engagement::list)
            .service(api::engagement::read)
            .service(api::engagement::delete)
            .service(api::conversion::create)
            .service(api::conversion::list)
            .service(api::conversion::read)
            .service(api::lead::create)
            .route(
                "/leads",
                web::method(Method::OPTIONS).to(api::lead::preflight),
            )
            .service(api::customer::lifetime)
            .service(api::customer::list)
            .service(api::customer::read)
            .service(api::click::list)
            .service(api::click::read)
            .service(api::self_traffic::invite)
            .service(api::orphan::list)
            .service(api::person::erase)
            .service(api::rate::import)
            .service(api::rate::list)
            .service(api::domain::create)
            .service(api::domain::list)
            .service(api::domain::delete)
            .service(api::key::create)
            .service(api::key::list)
            .service(api::key::read)
            .service(api::key::update)
            .service(api::key::revoke)
            .service(api::workspace::read)
            .service(api::workspace::update)
            .service(description::serve)
    };
}

/// The API for its description.
pub(super) fn described() -> utoipa_actix_web::scope::Scope<
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

/// The routes of the public listener. If short links have a path before their slugs, the routes
/// also exist below `path`, because a proxy may remove it or leave it.
pub fn routes(config: &mut web::ServiceConfig, surfaces: Surfaces, path: &str) {
    if !path.is_empty() {
        config.service(web::scope(path).configure(|config| routes_below(config, surfaces)));
    }
    routes_below(config, surfaces);
}

/// Short links are last and have no pattern: every other path is a slug, so a click costs only a
/// few comparisons.
fn routes_below(config: &mut web::ServiceConfig, surfaces: Surfaces) {
    config
        .service(read_only("/healthz", web::to(health::alive)))
        .service(read_only("/readyz", web::to(health::ready)))
        // On programs of either surface, so that the script loads wherever a proxy sends its path.
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
        config.service(read_only("/_self", web::to(api::self_traffic::page)));
        config.default_service(web::to(redirect::redirect));
    } else {
        config.default_service(web::to(no_route));
    }
}

/// The routes of the admin listener.
pub fn admin_routes(config: &mut web::ServiceConfig) {
    config
        .service(read_only("/metrics", web::to(health::metrics)))
        .service(read_only("/healthz", web::to(health::alive)))
        .service(read_only("/readyz", web::to(health::ready_in_detail)));
}

/// A page outside the API. It answers `GET` and `HEAD`, and 405 to every other method.
fn read_only(path: &str, page: Route) -> Resource {
    web::resource(path)
        .route(page.guard(guard::Any(guard::Get()).or(guard::Head())))
        .default_service(web::to(only_read))
}

async fn front() -> impl Responder {
    "Leadline: short links that know what they yield.\nThe API is described at \
     /api/v1/openapi.json\n"
}

/// Adds headers to every answer of the API: no cache may store it, and no browser may guess its
/// type. Problems are counted by code.
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
        Metrics::count(&state.context.metrics.api_errors, problem.code());
    }
    let headers = answered.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(answered)
}

/// Answers a method that a page outside the API does not support.
async fn only_read() -> Result<HttpResponse, Problem> {
    Err(Problem::MethodNotAllowed("GET, HEAD".to_owned()))
}
