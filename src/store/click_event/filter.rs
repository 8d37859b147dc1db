//! Which clicks a list holds.

use std::ops::Range;

use crate::click::ClickClass;
use crate::clock::Millis;
use crate::id::{CampaignId, LinkId};

/// Narrows a list of clicks.
#[derive(Clone, Debug)]
pub struct ClickFilter {
    /// Only clicks in this range of time.
    pub time: Range<Millis>,
    /// Only this campaign's.
    pub campaign_id: Option<CampaignId>,
    /// Only clicks on this link.
    pub link_id: Option<LinkId>,
    /// Only clicks on links of this network.
    pub network: Option<String>,
    /// Only clicks of this class.
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
    /// Values to compare with; an empty text matches everything.
    pub(super) fn texts(&self) -> [String; 4] {
        let campaign = self.campaign_id.map(|id| id.to_string());
        let link = self.link_id.map(|id| id.to_string());
        let class = self.class.map(|class| class.as_str().to_owned());
        [campaign, link, self.network.clone(), class].map(Option::unwrap_or_default)
    }
}
