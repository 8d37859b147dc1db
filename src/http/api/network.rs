//! The network registry over the API.

use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::error::{Problem, ProblemDetails};
use crate::http::state::State;
use crate::network::Network;

/// Every network.
#[derive(Debug, Serialize, ToSchema)]
pub struct NetworkList {
    /// In the registry's own order.
    networks: Vec<Network>,
}

/// List networks
#[utoipa::path(
    operation_id = "list_networks",
    tag = "networks",
    responses(
        (status = 200, description = "Every network", body = NetworkList),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/networks")]
pub(in crate::http) async fn list(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let networks = state.context.registry.iter().cloned().collect();
    Ok(HttpResponse::Ok().json(NetworkList { networks }))
}
