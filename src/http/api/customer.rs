//! Customers over the API.

use actix_web::{HttpResponse, get, web};

use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::json::Query;
use crate::http::state::State;
use crate::operations::actor::Actor;
use crate::operations::customer;
use crate::operations::customer::body::{CustomerDetails, CustomerPage, CustomerQuery};
use crate::operations::customer::lifetime::{LifetimeQuery, LifetimeReport};

/// Read a customer
///
/// Use the id that begins with `cus_`, or your own id, percent-encoded: `/customers/cust%2F17`. If
/// your own id is the word `lifetime`, use the other one.
#[utoipa::path(
    operation_id = "read_customer",
    tag = "customers",
    params(("id" = String, Path, description = "`cus_…`, or your own id of the customer")),
    responses(
        (status = 200, description = "The customer", body = CustomerDetails),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/customers/{id}")]
pub(in crate::http) async fn read(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let customer = customer::read(&state.context, &actor, &id).await?;
    Ok(HttpResponse::Ok().json(customer))
}

/// List customers
#[utoipa::path(
    operation_id = "list_customers",
    tag = "customers",
    params(CustomerQuery),
    responses(
        (status = 200, description = "A page of customers", body = CustomerPage),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/customers")]
pub(in crate::http) async fn list(
    state: web::Data<State>,
    actor: Actor,
    Query(query): Query<CustomerQuery>,
) -> Result<HttpResponse, Problem> {
    let page = customer::list(&state.context, &actor, query).await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Read lifetime value by first network
///
/// Customers begin with their first touch, or with their first conversion if no touch is known. A
/// column of days counts the customers who began at least that many days ago (`ages` says how
/// many). It sums what they bought within that many days. A later refund is subtracted from its
/// sale.
#[utoipa::path(
    operation_id = "read_lifetime_report",
    tag = "customers",
    params(LifetimeQuery),
    responses(
        (status = 200, description = "The report", body = LifetimeReport),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/customers/lifetime")]
pub(in crate::http) async fn lifetime(
    state: web::Data<State>,
    actor: Actor,
    Query(query): Query<LifetimeQuery>,
) -> Result<HttpResponse, Problem> {
    let report = customer::lifetime::read(&state.context, &actor, query).await?;
    Ok(HttpResponse::Ok().json(report))
}
