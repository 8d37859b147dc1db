//! The name of a campaign in a request: its id or its tag (`utm_campaign`).
//!
//! # Invariants
//! Every path, query and body resolves campaigns here, so all of them accept the same. Ids precede
//! tags. A name that is unknown in the actor's workspace is `campaign_not_found`.

use serde::{Deserialize, Serialize};

use crate::campaign::Campaign;
use crate::id::{CampaignId, WorkspaceId};
use crate::operations::error::{Error, Noun};
use crate::store::{self, Tx};

/// Longest text that can be a tag.
pub const MAX_NAME: usize = 128;

/// The id or the tag of a campaign, as a request gave it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct CampaignRef(String);

impl CampaignRef {
    /// The text of the request.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The campaign.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the workspace has no campaign with this id or tag.
    pub async fn find(&self, tx: &mut Tx, workspace: WorkspaceId) -> Result<Campaign, Error> {
        let found = campaign_called(tx, workspace, &self.0).await?;
        Noun::Campaign.found(found)
    }

    /// The campaign for new links.
    ///
    /// # Errors
    /// [`Error::NotFound`] as above, [`Error::CampaignArchived`] for an archived one.
    pub async fn find_open(&self, tx: &mut Tx, workspace: WorkspaceId) -> Result<Campaign, Error> {
        let campaign = self.find(tx, workspace).await?;
        if campaign.archived_at.is_some() {
            return Err(Error::CampaignArchived);
        }
        Ok(campaign)
    }

    /// The campaign, locked for a change: other writers wait.
    ///
    /// # Errors
    /// [`Error::NotFound`] as above.
    pub async fn find_to_change(
        &self,
        tx: &mut Tx,
        workspace: WorkspaceId,
    ) -> Result<Campaign, Error> {
        let campaign = self.find(tx, workspace).await?;
        store::campaign::lock(tx, campaign.id).await?;
        let locked = store::campaign::by_id(tx, workspace, campaign.id).await?;
        Noun::Campaign.found(locked)
    }
}

impl From<CampaignId> for CampaignRef {
    fn from(id: CampaignId) -> CampaignRef {
        CampaignRef(id.to_string())
    }
}

/// The campaign of a filter, if it names one.
///
/// # Errors
/// [`Error::NotFound`] when the workspace has no campaign with this id or tag.
pub async fn find_named(
    tx: &mut Tx,
    workspace: WorkspaceId,
    name: Option<&CampaignRef>,
) -> Result<Option<Campaign>, Error> {
    match name {
        Some(name) => name.find(tx, workspace).await.map(Some),
        None => Ok(None),
    }
}

/// The campaign with this id, or else with this tag.
///
/// # Errors
/// When the store does not answer.
pub async fn campaign_called(
    tx: &mut Tx,
    workspace: WorkspaceId,
    text: &str,
) -> Result<Option<Campaign>, store::Error> {
    if let Ok(id) = text.parse::<CampaignId>()
        && let Some(found) = store::campaign::by_id(tx, workspace, id).await?
    {
        return Ok(Some(found));
    }
    if text.len() > MAX_NAME || text.contains('\0') {
        return Ok(None);
    }
    store::campaign::by_tag(tx, workspace, text).await
}
