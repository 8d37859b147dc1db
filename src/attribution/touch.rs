//! A touch: a click before a conversion.

use crate::clock::Millis;
use crate::id::{CampaignId, ClickId, LinkId};

/// A click before a conversion, or a visit that only UTM tags describe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touch {
    /// The click; `None` if only UTM tags are known.
    pub click_id: Option<ClickId>,
    /// Its campaign, if the link had one.
    pub campaign_id: Option<CampaignId>,
    /// Its network, if known.
    pub network: Option<String>,
    /// The network it was seen on, if known.
    pub network_seen: Option<String>,
    /// ISO code of the country it came from, if known.
    pub country: Option<String>,
    /// The kind of device it came from, if known.
    pub device: Option<String>,
    /// Its link, if known.
    pub link_id: Option<LinkId>,
    /// Its time; `None` if only UTM tags are known.
    pub clicked_at: Option<Millis>,
}
