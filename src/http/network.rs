//! The network registry over the API.

use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::State;
use super::error::{Body, Problem};
use crate::network::Network;

/// Every network.
#[derive(Debug, Serialize, ToSchema)]
pub struct Networks {
    /// In the registry's own order.
    networks: Vec<Network>,
}

/// List the networks that links can be made for
#[utoipa::path(
    tag = "networks",
    responses(
        (status = 200, body = Networks),
        (status = "4XX", body = Body, content_type = "application/problem+json"),
    ),
)]
#[get("/networks")]
pub(super) async fn list(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let networks = state.registry.iter().cloned().collect();
    Ok(HttpResponse::Ok().json(Networks { networks }))
}
