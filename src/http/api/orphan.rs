//! Orphans over the API.

use actix_web::{HttpResponse, get, web};

use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::json::Query;
use crate::http::state::State;
use crate::operations::actor::Actor;
use crate::operations::orphan;
use crate::operations::orphan::{OrphanPage, OrphanQuery};

/// List requests for unknown slugs
#[utoipa::path(
    operation_id = "list_orphans",
    tag = "clicks",
    params(OrphanQuery),
    responses(
        (status = 200, description = "A page of unknown slugs", body = OrphanPage),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/orphans")]
pub(in crate::http) async fn list(
    state: web::Data<State>,
    actor: Actor,
    Query(query): Query<OrphanQuery>,
) -> Result<HttpResponse, Problem> {
    let page = orphan::list(&state.context, &actor, query).await?;
    Ok(HttpResponse::Ok().json(page))
}
