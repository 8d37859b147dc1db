//! How a request names a campaign: by its id, or by its tag (`utm_campaign`).
//!
//! # Invariants
//! Every path, query and body that names a campaign is resolved here, so all of them take the same.
//! Ids go before tags. What names nothing in the actor's workspace is `campaign_not_found`.

use serde::{Deserialize, Serialize};

use crate::campaign::Campaign;
use crate::id::{CampaignId, WorkspaceId};
use crate::operations::error::{Error, Noun};
use crate::store::{self, Tx};

/// Longer texts are no tag.
pub const MAX_NAME: usize = 128;

/// The id or the tag of a campaign, as a request gives it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct CampaignRef(String);

impl CampaignRef {
    /// What the request gave.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The campaign.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the workspace has none of this id or tag.
    pub async fn find(&self, tx: &mut Tx, workspace: WorkspaceId) -> Result<Campaign, Error> {
        let found = campaign_called(tx, workspace, &self.0).await?;
        Noun::Campaign.found(found)
    }

    /// The campaign, which new links are to be made for.
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

    /// The campaign, to be written back: other writers wait.
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

/// The campaign that a filter names, if it names one.
///
/// # Errors
/// [`Error::NotFound`] where the workspace has none of this id or tag.
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

/// The campaign of this id, else of this tag.
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
