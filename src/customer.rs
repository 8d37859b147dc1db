//! A customer: whoever conversions tie together by their marks.
//!
//! Holds: a customer follows from the ledger alone, its id included, so every order of arrival ends
//! in the same customers. Money is no part of it; sums come from the ledger. Must not know:
//! storage, HTTP.

pub mod lifetime;

use crate::attribution;
use crate::clock::Millis;
use crate::conversion::NewConversion;
use crate::id::{CampaignId, ConversionId, CustomerId, LinkId, WorkspaceId};

/// What a customer came by: a click, or what a promo code or UTM tags tell of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerTouch {
    /// Its campaign, if known.
    pub campaign_id: Option<CampaignId>,
    /// Its network, if known.
    pub network: Option<String>,
    /// Its link, if known.
    pub link_id: Option<LinkId>,
    /// Its place in time: that of the click, else of the conversion that told of it.
    pub touched_at: Millis,
    /// When it was clicked; unknown where no click is.
    pub clicked_at: Option<Millis>,
}

/// What is kept of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// Its id.
    pub id: CustomerId,
    /// Owner.
    pub workspace_id: WorkspaceId,
    /// The earliest touch; `None` where no conversion brought one.
    pub first_touch: Option<CustomerTouch>,
    /// The latest touch.
    pub last_touch: Option<CustomerTouch>,
    /// The earliest conversion.
    pub first_seen_at: Millis,
    /// The earliest sale, if there is one.
    pub became_customer_at: Option<Millis>,
}

/// The id of a customer of whom this conversion was told first.
pub fn customer_id_of(conversion: ConversionId) -> CustomerId {
    CustomerId::from_bytes(*conversion.as_bytes())
}

/// The touches that a conversion itself brought, earliest first.
pub fn touches(report: &NewConversion, found: &[attribution::Touch]) -> Vec<CustomerTouch> {
    let mut found: Vec<&attribution::Touch> = found.iter().collect();
    found.sort_by_key(|touch| (touch.clicked_at, touch.click_id));
    let touch = |touch: &attribution::Touch| CustomerTouch {
        campaign_id: touch.campaign_id,
        network: touch.network.clone(),
        link_id: touch.link_id,
        touched_at: touch.clicked_at.unwrap_or(report.occurred_at),
        clicked_at: touch.clicked_at,
    };
    found.into_iter().map(touch).collect()
}
