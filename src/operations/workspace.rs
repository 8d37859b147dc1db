//! The actor's own workspace: its name, its UTM convention, what its links hand on, and what its
//! campaigns take by default.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::campaign;
use crate::clock::Millis;
use crate::id::WorkspaceId;
use crate::link::handed_on::HandedOn;
use crate::link::utm::UtmConvention;
use crate::money::Currency;
use crate::operations::actor::Actor;
use crate::operations::context::Context;
use crate::operations::error::{Error, Noun};
use crate::operations::patch::{change, given};
use crate::operations::shown_name;
use crate::store::Tx;
use crate::store::workspace::{self, Workspace};

/// A workspace.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Workspace)]
pub struct WorkspaceView {
    /// Id.
    #[schema(value_type = String, example = "ws_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    pub id: WorkspaceId,
    /// Display name.
    pub name: String,
    /// The convention for the UTM values of its links.
    pub utm_convention: UtmConvention,
    /// Query parameters of a click that its new links pass on to the destination.
    #[schema(example = json!(["gclid", "fbclid"]))]
    pub handed_on: Vec<String>,
    /// ISO 4217 currency of new campaigns without their own.
    #[schema(value_type = Option<String>, example = "EUR")]
    pub currency: Option<Currency>,
    /// IANA time zone of new campaigns without their own.
    #[schema(example = "Europe/Berlin")]
    pub time_zone: Option<String>,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
}

/// Changes of a workspace.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceChange {
    /// Display name, 1 to 200 characters.
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub name: Option<String>,
    /// The whole new convention; existing links keep their tags.
    #[schema(value_type = UtmConvention, required = false)]
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub utm_convention: Option<UtmConvention>,
    /// Query parameters of a click that new links pass on to the destination, at most 40. An empty
    /// list passes on none; `null` means the click ids of ad networks (`gclid`, `fbclid`, `msclkid`
    /// …).
    #[schema(value_type = Option<Vec<String>>, max_items = 40)]
    #[serde(
        default,
        deserialize_with = "change",
        skip_serializing_if = "Option::is_none"
    )]
    pub handed_on: Option<Option<Vec<String>>>,
    /// ISO 4217 currency of new campaigns that name none; `null` removes it. Campaigns created
    /// before keep theirs.
    #[schema(value_type = Option<String>, pattern = "^[A-Z]{3}$")]
    #[serde(
        default,
        deserialize_with = "change",
        skip_serializing_if = "Option::is_none"
    )]
    pub currency: Option<Option<String>>,
    /// IANA time zone of new campaigns that name none; `null` removes it. Campaigns created before
    /// keep theirs.
    #[schema(value_type = Option<String>)]
    #[serde(
        default,
        deserialize_with = "change",
        skip_serializing_if = "Option::is_none"
    )]
    pub time_zone: Option<Option<String>>,
}

impl From<Workspace> for WorkspaceView {
    fn from(workspace: Workspace) -> Self {
        WorkspaceView {
            id: workspace.id,
            name: workspace.name,
            utm_convention: workspace.convention,
            handed_on: workspace.handed_on.names(""),
            currency: workspace.currency,
            time_zone: workspace.time_zone,
            created_at: workspace.created_at,
        }
    }
}

/// Reads a list of parameters from a user; `null` means the list for ad networks.
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

/// Changes the actor's workspace. Existing links and campaigns keep their values.
///
/// # Errors
/// A field that breaks a rule, or a store that does not answer.
pub async fn update(
    context: &Context,
    actor: &Actor,
    change: WorkspaceChange,
) -> Result<WorkspaceView, Error> {
    let mut tx = context.store.write().await?;
    workspace::lock(&mut tx, actor.workspace).await?;
    let workspace = changed(find(&mut tx, actor).await?, change)?;
    workspace::update(&mut tx, &workspace).await?;
    tx.commit().await?;
    Ok(workspace.into())
}

fn changed(mut workspace: Workspace, change: WorkspaceChange) -> Result<Workspace, Error> {
    if let Some(name) = change.name {
        shown_name::check(&name)?;
        workspace.name = name;
    }
    if let Some(convention) = change.utm_convention {
        convention.check()?;
        workspace.convention = convention;
    }
    if let Some(names) = change.handed_on {
        workspace.handed_on = read_handed_on(names)?;
    }
    if let Some(code) = change.currency {
        workspace.currency = code.map(|code| code.parse()).transpose()?;
    }
    if let Some(zone) = change.time_zone {
        zone.as_deref().map(campaign::time_zone).transpose()?;
        workspace.time_zone = zone;
    }
    Ok(workspace)
}
