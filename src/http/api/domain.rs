//! Domains of short links over the API.

use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};

use crate::http::api::idempotency::{created, repeat_key};
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::json::{Json, Query};
use crate::http::state::State;
use crate::operations::actor::Actor;
use crate::operations::domain;
use crate::operations::domain::body::{DomainPage, DomainQuery, DomainView, NewDomain};

/// Add a domain
///
/// Only the key's workspace may create links on it. Other nodes use it within five seconds. Set up
/// DNS and the proxy yourself.
#[utoipa::path(
    operation_id = "create_domain",
    tag = "domains",
    params(("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 128, pattern = "^[!-~]+$", description = "Makes a repeat return the first result")),
    request_body = NewDomain,
    responses(
        (status = 201, description = "The domain", body = DomainView),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/domains")]
pub(in crate::http) async fn create(
    state: web::Data<State>,
    actor: Actor,
    request: HttpRequest,
    body: Json<NewDomain>,
) -> Result<HttpResponse, Problem> {
    let repeat = repeat_key(&request, &body.raw)?;
    let domain = domain::create(&state.context, &actor, repeat.as_ref(), body.value).await?;
    Ok(created(domain))
}

/// List domains
///
/// Lists the domains of the workspace, and those that every workspace may use.
#[utoipa::path(
    operation_id = "list_domains",
    tag = "domains",
    params(DomainQuery),
    responses(
        (status = 200, description = "A page of domains", body = DomainPage),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/domains")]
pub(in crate::http) async fn list(
    state: web::Data<State>,
    actor: Actor,
    Query(query): Query<DomainQuery>,
) -> Result<HttpResponse, Problem> {
    let page = domain::list(&state.context, &actor, query).await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Delete a domain
///
/// It is refused while the domain has links, including archived ones, or if links were moved from
/// or to it.
/// A domain that no workspace owns is deleted on the server.
#[utoipa::path(
    operation_id = "delete_domain",
    tag = "domains",
    params(("id" = String, Path, description = "Id or host of the domain")),
    responses(
        (status = 200, description = "The deleted object", body = DomainView),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[delete("/domains/{id}")]
pub(in crate::http) async fn delete(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let domain = domain::delete(&state.context, &actor, &id).await?;
    Ok(HttpResponse::Ok().json(domain))
}
