//! Which clicks a list holds.

use std::ops::Range;

use crate::click::ClickClass;
use crate::clock::Millis;
use crate::id::{CampaignId, LinkId};

/// Narrows a list of clicks.
#[derive(Clone, Debug)]
pub struct ClickFilter {
    /// Only those made from the first moment until before the last.
    pub time: Range<Millis>,
    /// Only this campaign's.
    pub campaign_id: Option<CampaignId>,
    /// Only this link's.
    pub link_id: Option<LinkId>,
    /// Only those of links of this network.
    pub network: Option<String>,
    /// Only this class.
    pub class: Option<ClickClass>,
}

impl Default for ClickFilter {
    fn default() -> ClickFilter {
        ClickFilter {
            time: Millis(i64::MIN)..Millis(i64::MAX),
            campaign_id: None,
            link_id: None,
            network: None,
            class: None,
        }
    }
}

impl ClickFilter {
    /// What statements compare with; empty where everything is wanted.
    pub(super) fn texts(&self) -> [String; 4] {
        let campaign = self.campaign_id.map(|id| id.to_string());
        let link = self.link_id.map(|id| id.to_string());
        let class = self.class.map(|class| class.as_str().to_owned());
        [campaign, link, self.network.clone(), class].map(Option::unwrap_or_default)
    }
}
