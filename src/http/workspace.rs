//! The caller's own workspace: its name and its UTM convention.

use actix_web::{HttpResponse, get, patch, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::State;
use super::auth::Caller;
use super::error::{Problem, ProblemDetails};
use super::json::Json;
use crate::clock::Millis;
use crate::id::WorkspaceId;
use crate::link::utm::UtmConvention;
use crate::store::Tx;
use crate::store::workspace::{self, Workspace};

/// A workspace.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Workspace)]
pub struct WorkspaceBody {
    #[schema(value_type = String, example = "ws_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    id: WorkspaceId,
    name: String,
    /// What the UTM values of its links must look like.
    utm_convention: UtmConvention,
    #[schema(value_type = String, format = DateTime)]
    created_at: Millis,
}

/// Changes of a workspace.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceChange {
    /// The new convention, whole; links made before keep their tags.
    utm_convention: UtmConvention,
}

impl From<Workspace> for WorkspaceBody {
    fn from(workspace: Workspace) -> Self {
        WorkspaceBody {
            id: workspace.id,
            name: workspace.name,
            utm_convention: workspace.convention,
            created_at: workspace.created_at,
        }
    }
}

async fn find(tx: &mut Tx, caller: &Caller) -> Result<Workspace, Problem> {
    workspace::by_id(tx, caller.workspace)
        .await?
        .ok_or(Problem::NotFound("workspace"))
}

/// Read the workspace
#[utoipa::path(
    operation_id = "read_workspace",
    tag = "workspace",
    responses(
        (status = 200, description = "The workspace", body = WorkspaceBody),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/workspace")]
pub(super) async fn read(state: web::Data<State>, caller: Caller) -> Result<HttpResponse, Problem> {
    let mut tx = state.store.read().await?;
    let workspace = find(&mut tx, &caller).await?;
    Ok(HttpResponse::Ok().json(WorkspaceBody::from(workspace)))
}

/// Update the workspace
#[utoipa::path(
    operation_id = "update_workspace",
    tag = "workspace",
    request_body = WorkspaceChange,
    responses(
        (status = 200, description = "The workspace as it is now", body = WorkspaceBody),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[patch("/workspace")]
pub(super) async fn edit(
    state: web::Data<State>,
    caller: Caller,
    body: Json<WorkspaceChange>,
) -> Result<HttpResponse, Problem> {
    let convention = body.value.utm_convention;
    convention.check()?;
    let mut tx = state.store.write().await?;
    workspace::set_convention(&mut tx, caller.workspace, &convention).await?;
    let workspace = find(&mut tx, &caller).await?;
    tx.commit().await?;
    Ok(HttpResponse::Ok().json(WorkspaceBody::from(workspace)))
}
