//! The touches of a customer.

use crate::attribution::Touch;
use crate::clock::Millis;
use crate::conversion::NewConversion;
use crate::id::{CampaignId, LinkId};

/// How a customer came: by a click, or by what a promo code or UTM tags say of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerTouch {
    /// Its campaign, if known.
    pub campaign_id: Option<CampaignId>,
    /// Its network, if known.
    pub network: Option<String>,
    /// Its link, if known.
    pub link_id: Option<LinkId>,
    /// When it happened: the time of the click, else of the conversion that named it.
    pub touched_at: Millis,
    /// When it was clicked, if the click is known.
    pub clicked_at: Option<Millis>,
}

/// The touches that a conversion itself has, earliest first.
pub fn touches(report: &NewConversion, found: &[Touch]) -> Vec<CustomerTouch> {
    let mut found: Vec<&Touch> = found.iter().collect();
    found.sort_by_key(|touch| (touch.clicked_at, touch.click_id));
    let touch = |touch: &Touch| CustomerTouch {
        campaign_id: touch.campaign_id,
        network: touch.network.clone(),
        link_id: touch.link_id,
        touched_at: touch.clicked_at.unwrap_or(report.occurred_at),
        clicked_at: touch.clicked_at,
    };
    found.into_iter().map(touch).collect()
}
