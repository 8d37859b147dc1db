//! Clicks beyond the bound: how many of a link, and of nobody.
//!
//! # Invariants
//! Nothing of who clicked is in here.
//!
//! # Out of scope
//! What the bound is.

use serde::{Deserialize, Serialize};

use super::raw::{RawClick, RequestContext};
use crate::clock::Millis;
use crate::id::{CampaignId, ClickId, LinkId, WorkspaceId};

/// Clicks beyond the bound of one address on one link: counted, and nothing else is known of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flood {
    /// Tells it from every other one, so that it counts once.
    pub id: ClickId,
    /// When the first of them was answered.
    pub at: Millis,
    /// How many.
    pub clicks: u32,
    /// The link that was clicked.
    pub link: FloodedLink,
}

/// A link as it was when it was clicked beyond the bound.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FloodedLink {
    /// Owner of the link.
    pub workspace_id: WorkspaceId,
    /// The link.
    pub link_id: LinkId,
    /// The link's campaign at that moment.
    pub campaign_id: Option<CampaignId>,
    /// The link's network at that moment.
    pub network: Option<String>,
}

impl Flood {
    /// As one click of which nobody knows more, by which its placement is found.
    pub fn as_hit(&self) -> RawClick {
        let FloodedLink {
            workspace_id,
            link_id,
            campaign_id,
            ref network,
        } = self.link;
        RawClick {
            id: self.id,
            workspace_id,
            link_id,
            campaign_id,
            network: network.clone(),
            clicked_at: self.at,
            visitor: None,
            user_agent: None,
            referrer: None,
            context: RequestContext::default(),
        }
    }
}
