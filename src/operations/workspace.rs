//! The actor's own workspace: its name, its UTM convention, and what its links hand on.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Millis;
use crate::id::WorkspaceId;
use crate::link::handed_on::HandedOn;
use crate::link::utm::UtmConvention;
use crate::operations::actor::Actor;
use crate::operations::context::Context;
use crate::operations::error::{Error, Noun};
use crate::operations::patch::{change, given};
use crate::store::Tx;
use crate::store::workspace::{self, Workspace};

/// A workspace.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Workspace)]
pub struct WorkspaceView {
    /// Id.
    #[schema(value_type = String, example = "ws_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    pub id: WorkspaceId,
    /// Shown name.
    pub name: String,
    /// What the UTM values of its links must look like.
    pub utm_convention: UtmConvention,
    /// Query parameters of a click that its new links hand on to the destination.
    #[schema(example = json!(["gclid", "fbclid"]))]
    pub handed_on: Vec<String>,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
}

/// Changes of a workspace.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceChange {
    /// The new convention, whole; links made before keep their tags.
    #[schema(value_type = UtmConvention, required = false)]
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub utm_convention: Option<UtmConvention>,
    /// Query parameters of a click that new links hand on to the destination, at most 40; an empty
    /// list hands on none, `null` the click ids of ad networks (`gclid`, `fbclid`, `msclkid` …).
    #[schema(value_type = Option<Vec<String>>, max_items = 40)]
    #[serde(
        default,
        deserialize_with = "change",
        skip_serializing_if = "Option::is_none"
    )]
    pub handed_on: Option<Option<Vec<String>>>,
}

impl From<Workspace> for WorkspaceView {
    fn from(workspace: Workspace) -> Self {
        WorkspaceView {
            id: workspace.id,
            name: workspace.name,
            utm_convention: workspace.convention,
            handed_on: workspace.handed_on.names(""),
            created_at: workspace.created_at,
        }
    }
}

/// A list of parameters as somebody gave it; `null` is that of ad networks.
pub(in crate::operations) fn read_handed_on(names: Option<Vec<String>>) -> Result<HandedOn, Error> {
    names.map_or(Ok(HandedOn::AdNetworks), |names| {
        HandedOn::listed(names).map_err(|error| Error::Field("handed_on", error.to_string()))
    })
}

async fn find(tx: &mut Tx, actor: &Actor) -> Result<Workspace, Error> {
    Noun::Workspace.found(workspace::by_id(tx, actor.workspace).await?)
}

/// The actor's workspace.
///
/// # Errors
/// When the store does not answer.
pub async fn read(context: &Context, actor: &Actor) -> Result<WorkspaceView, Error> {
    let mut tx = context.store.read().await?;
    Ok(find(&mut tx, actor).await?.into())
}

/// Changes the actor's workspace.
///
/// # Errors
/// A convention or a list that cannot be, or a store that does not answer.
pub async fn update(
    context: &Context,
    actor: &Actor,
    change: WorkspaceChange,
) -> Result<WorkspaceView, Error> {
    let WorkspaceChange {
        utm_convention,
        handed_on,
    } = change;
    if let Some(convention) = &utm_convention {
        convention.check()?;
    }
    let handed_on = handed_on.map(read_handed_on).transpose()?;
    let mut tx = context.store.write().await?;
    if let Some(convention) = &utm_convention {
        workspace::set_convention(&mut tx, actor.workspace, convention).await?;
    }
    if let Some(handed_on) = &handed_on {
        workspace::set_handed_on(&mut tx, actor.workspace, handed_on).await?;
    }
    let workspace = find(&mut tx, actor).await?;
    tx.commit().await?;
    Ok(workspace.into())
}
