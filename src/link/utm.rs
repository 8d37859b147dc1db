//! UTM tags: the nine parameters GA4 reads, and the workspace's convention for their values.

use serde::{Deserialize, Serialize};

/// The nine UTM parameters, each optional. Field names are the parameters without `utm_`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Utm {
    /// `utm_source`: where the person came from; the network's own by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// `utm_medium`: kind of traffic, such as `social`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medium: Option<String>,
    /// `utm_campaign`: the campaign's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// `utm_term`: keyword.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<String>,
    /// `utm_content`: which of several links.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// `utm_id`: id of the campaign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `utm_source_platform`: platform that directs the traffic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_platform: Option<String>,
    /// `utm_creative_format`: kind of creative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creative_format: Option<String>,
    /// `utm_marketing_tactic`: targeting criteria.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marketing_tactic: Option<String>,
}

impl Utm {
    /// Whether no tag is set.
    pub fn is_empty(&self) -> bool {
        *self == Utm::default()
    }
}
