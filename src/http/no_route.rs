//! The answer where no route is.

use actix_web::{HttpResponse, web};

use crate::http::error::Problem;
use crate::http::state::State;
use crate::metric::Metrics;

/// Answers that there is no such path, and counts it.
///
/// # Errors
/// Always: [`Problem::RouteNotFound`].
pub(super) async fn no_route(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let problem = Problem::RouteNotFound;
    Metrics::count(&state.context.metrics.api_errors, problem.code());
    Err(problem)
}
