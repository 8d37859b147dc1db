//! The caller's own workspace over the API.

use actix_web::{HttpResponse, get, patch, web};

use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::json::Json;
use crate::http::state::State;
use crate::operations::actor::Actor;
use crate::operations::workspace;
use crate::operations::workspace::{WorkspaceChange, WorkspaceView};

/// Read the workspace
#[utoipa::path(
    operation_id = "read_workspace",
    tag = "workspace",
    responses(
        (status = 200, description = "The workspace", body = WorkspaceView),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/workspace")]
pub(in crate::http) async fn read(
    state: web::Data<State>,
    actor: Actor,
) -> Result<HttpResponse, Problem> {
    let workspace = workspace::read(&state.context, &actor).await?;
    Ok(HttpResponse::Ok().json(workspace))
}

/// Update the workspace
#[utoipa::path(
    operation_id = "update_workspace",
    tag = "workspace",
    request_body = WorkspaceChange,
    responses(
        (status = 200, description = "The workspace as it is now", body = WorkspaceView),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[patch("/workspace")]
pub(in crate::http) async fn update(
    state: web::Data<State>,
    actor: Actor,
    body: Json<WorkspaceChange>,
) -> Result<HttpResponse, Problem> {
    let workspace = workspace::update(&state.context, &actor, body.value).await?;
    Ok(HttpResponse::Ok().json(workspace))
}
