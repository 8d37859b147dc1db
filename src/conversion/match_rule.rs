//! The rules of the join ladder.

use serde::{Deserialize, Serialize};

/// The match rule that found the credited click or campaign.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    utoipa::ToSchema,
)]
#[strum(serialize_all = "snake_case")]
#[schema(as = JoinedBy)]
#[serde(rename_all = "snake_case")]
pub enum MatchRule {
    /// A click id in the report.
    ClickId,
    /// A click id in the URL of the page that the customer landed on.
    LandingUrl,
    /// A click id that the shop's page has seen in the browser.
    Path,
    /// The customer's external id, bound to a click by an earlier conversion.
    Customer,
    /// The customer's hashed e-mail, bound to a click by an earlier conversion.
    Email,
    /// A promo code tied to a link, network or campaign: the click is not known.
    PromoCode,
    /// UTM tags: campaign and network are known, the click is not.
    Utm,
    /// A refund, by the sale it takes back.
    Sale,
    /// Nothing matched.
    None,
    // Packed days store a rule by its number here, so a new rule comes last.
    /// Campaign and network of an earlier conversion of the customer, which a promo code or UTM
    /// tags joined.
    CustomerCampaign,
}

impl MatchRule {
    /// Every rule, strongest first.
    pub const ALL: [MatchRule; 10] = [
        MatchRule::ClickId,
        MatchRule::LandingUrl,
        MatchRule::Path,
        MatchRule::Customer,
        MatchRule::Email,
        MatchRule::PromoCode,
        MatchRule::Utm,
        MatchRule::CustomerCampaign,
        MatchRule::Sale,
        MatchRule::None,
    ];

    /// The word used outside and at rest.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether clicks were found by ids in the report itself.
    pub fn is_own_clicks(self) -> bool {
        matches!(
            self,
            MatchRule::ClickId | MatchRule::LandingUrl | MatchRule::Path
        )
    }

    /// Whether what was found follows from the report itself, whoever its customer is: clicks by
    /// their ids, or a campaign by a promo code or UTM tags.
    pub fn is_own_evidence(self) -> bool {
        self.is_own_clicks() || matches!(self, MatchRule::PromoCode | MatchRule::Utm)
    }

    /// Whether later conversions of the customer may be joined to what was found.
    pub fn serves_customer(self) -> bool {
        !matches!(self, MatchRule::Sale | MatchRule::None)
    }

    /// The rule of a stored word; an unknown word joins nothing.
    pub fn from_stored(word: &str) -> MatchRule {
        word.parse().unwrap_or(MatchRule::None)
    }
}
