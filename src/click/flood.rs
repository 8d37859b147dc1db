//! Floods: clicks of one address on one link above the bound, which are only counted.
//!
//! # Invariants
//! A flood holds nothing about the person who clicked.
//!
//! # Out of scope
//! The size of the bound.

use serde::{Deserialize, Serialize};

use super::raw::{RawClick, RequestContext};
use crate::clock::Millis;
use crate::id::{CampaignId, ClickId, LinkId, WorkspaceId};

/// Clicks above the bound of one address on one link. Only their number is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flood {
    /// A unique id, so that a flood counts only once.
    pub id: ClickId,
    /// When the first of them was answered.
    pub at: Millis,
    /// How many clicks.
    pub clicks: u32,
    /// The link that was clicked.
    pub link: FloodedLink,
}

/// The link at the time of its clicks.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FloodedLink {
    /// Owner of the link.
    pub workspace_id: WorkspaceId,
    /// The id of the link.
    pub link_id: LinkId,
    /// The link's campaign at that moment.
    pub campaign_id: Option<CampaignId>,
    /// The link's network at that moment.
    pub network: Option<String>,
}

impl Flood {
    /// A click without details, which is used to find the placement.
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
