//! Requests for promo codes and their results.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Millis;
use crate::id::{CampaignId, LinkId};
use crate::operations::campaign::name::CampaignRef;
use crate::operations::patch::{change, given};
use crate::store::promo_code::PromoCode;

/// A new promo code.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPromoCode {
    /// 1 to 100 characters; case does not matter.
    #[schema(example = "POD10", min_length = 1, max_length = 100)]
    pub code: String,
    /// The campaign of its conversions: id or tag (`utm_campaign`); that of the link when absent.
    #[schema(value_type = Option<String>, max_length = 128)]
    pub campaign_id: Option<CampaignRef>,
    /// The network, if the code was published on only one; that of the link when absent.
    #[schema(example = "instagram")]
    pub network: Option<String>,
    /// The link, if it was given out with only one: its id, slug or short URL.
    #[schema(max_length = 2048)]
    pub link_id: Option<String>,
}

/// Changes of a promo code. The code itself stays.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PromoCodeChange {
    /// The campaign that its conversions belong to, by its id or its tag (`utm_campaign`). It must
    /// be the link's, where the code has a link.
    #[schema(value_type = String, required = false, max_length = 128)]
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub campaign_id: Option<CampaignRef>,
    /// The network; `null` if it was given out on several, and then a link's own. A new link
    /// brings its network, unless one is given.
    #[schema(value_type = Option<String>, example = "instagram")]
    #[serde(
        default,
        deserialize_with = "change",
        skip_serializing_if = "Option::is_none"
    )]
    pub network: Option<Option<String>>,
    /// The link: its id, slug or short URL; `null` if it was given out with none or several.
    #[schema(value_type = Option<String>, max_length = 2048)]
    #[serde(
        default,
        deserialize_with = "change",
        skip_serializing_if = "Option::is_none"
    )]
    pub link_id: Option<Option<String>>,
}

/// A promo code.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = PromoCode)]
pub struct PromoCodeView {
    /// The code.
    #[schema(example = "POD10")]
    pub code: String,
    /// The campaign of its conversions.
    #[schema(value_type = String)]
    pub campaign_id: CampaignId,
    /// The network, if the code was published on only one.
    pub network: Option<String>,
    /// The link, if the code was published with only one.
    #[schema(value_type = Option<String>)]
    pub link_id: Option<LinkId>,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
}

/// A page of promo codes.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct PromoCodePage {
    /// In alphabetical order.
    pub promo_codes: Vec<PromoCodeView>,
    /// `cursor` for the next page; `null` on the last page.
    pub next_cursor: Option<String>,
}

impl From<PromoCode> for PromoCodeView {
    fn from(code: PromoCode) -> PromoCodeView {
        PromoCodeView {
            code: code.code,
            campaign_id: code.campaign_id,
            network: code.network,
            link_id: code.link_id,
            created_at: code.created_at,
        }
    }
}
