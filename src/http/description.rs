//! Serves the API's own description.
//!
//! # Out of scope
//! The content of the description: [`openapi`](crate::http::openapi).

use actix_web::{HttpResponse, get, web};

use crate::http::error::Problem;
use crate::http::state::State;
use crate::operations::error::Error;

/// Read the description of the API
#[utoipa::path(
    operation_id = "read_openapi",
    tag = "meta",
    security(()),
    responses((status = 200, description = "OpenAPI document", content_type = "application/json")),
)]
#[get("/openapi.json")]
pub(super) async fn serve(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let text = state.description.as_ref().map_err(|_| Error::Broken)?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .body(text.clone()))
}
