//! The network registry over the API.

use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::State;
use super::auth::Caller;
use super::error::{Body, Problem};
use crate::network::Network;
use crate::store::key::Scope;

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
pub(super) async fn list(state: web::Data<State>, caller: Caller) -> Result<HttpResponse, Problem> {
    caller.needs(Scope::Read)?;
    let networks = state.registry.iter().cloned().collect();
    Ok(HttpResponse::Ok().json(Networks { networks }))
}
