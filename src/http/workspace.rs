//! The caller's own workspace: its name, its UTM convention, and what its links hand on.

use actix_web::{HttpResponse, get, patch, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::State;
use super::auth::Caller;
use super::error::{Problem, ProblemDetails};
use super::json::{Json, change, given};
use crate::clock::Millis;
use crate::id::WorkspaceId;
use crate::link::handed_on::HandedOn;
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
    /// Query parameters of a click that its new links hand on to the destination.
    #[schema(example = json!(["gclid", "fbclid"]))]
    handed_on: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Millis,
}

/// Changes of a workspace.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceChange {
    /// The new convention, whole; links made before keep their tags.
    #[schema(value_type = UtmConvention, required = false)]
    #[serde(default, deserialize_with = "given")]
    utm_convention: Option<UtmConvention>,
    /// Query parameters of a click that new links hand on to the destination, at most 40; an empty
    /// list hands on none, `null` the click ids of ad networks (`gclid`, `fbclid`, `msclkid` …).
    #[schema(value_type = Option<Vec<String>>, max_items = 40)]
    #[serde(default, deserialize_with = "change")]
    handed_on: Option<Option<Vec<String>>>,
}

impl From<Workspace> for WorkspaceBody {
    fn from(workspace: Workspace) -> Self {
        WorkspaceBody {
            id: workspace.id,
            name: workspace.name,
            utm_convention: workspace.convention,
            handed_on: workspace.handed_on.names(""),
            created_at: workspace.created_at,
        }
    }
}

/// A list of parameters as somebody gave it; `null` is that of ad networks.
pub(super) fn read_handed_on(names: Option<Vec<String>>) -> Result<HandedOn, Problem> {
    names.map_or(Ok(HandedOn::AdNetworks), |names| {
        HandedOn::listed(names).map_err(|error| Problem::Field("handed_on", error.to_string()))
    })
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
    let WorkspaceChange {
        utm_convention,
        handed_on,
    } = body.value;
    if let Some(convention) = &utm_convention {
        convention.check()?;
    }
    let handed_on = handed_on.map(read_handed_on).transpose()?;
    let mut tx = state.store.write().await?;
    if let Some(convention) = &utm_convention {
        workspace::set_convention(&mut tx, caller.workspace, convention).await?;
    }
    if let Some(handed_on) = &handed_on {
        workspace::set_handed_on(&mut tx, caller.workspace, handed_on).await?;
    }
    let workspace = find(&mut tx, &caller).await?;
    tx.commit().await?;
    Ok(HttpResponse::Ok().json(WorkspaceBody::from(workspace)))
}
