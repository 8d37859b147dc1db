//! Lists of rows that belong to campaigns, optionally of one campaign only.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::id::{CampaignId, WorkspaceId};
use crate::operations::campaign::name::{CampaignRef, find_named};
use crate::operations::error::Error;
use crate::store::Tx;

/// The filters of such a list: posts, costs, engagement numbers, promo codes.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CampaignRowsQuery {
    /// Only rows of this campaign: its id or its tag (`utm_campaign`).
    #[param(value_type = Option<String>)]
    pub campaign_id: Option<CampaignRef>,
    /// Rows of the page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

impl CampaignRowsQuery {
    /// The campaign of the filter, if any.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the workspace has no such campaign.
    pub async fn campaign(
        &self,
        tx: &mut Tx,
        workspace: WorkspaceId,
    ) -> Result<Option<CampaignId>, Error> {
        let campaign = find_named(tx, workspace, self.campaign_id.as_ref()).await?;
        Ok(campaign.map(|campaign| campaign.id))
    }
}
