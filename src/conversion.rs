//! A conversion: a lead, sale, refund or named event that a provider reported.
//!
//! Holds: conversions form a ledger. A row is never overwritten by another report; refunds are
//! rows of their own with a negative amount. Which click a conversion belongs to is a function of
//! its [`JoinEvidence`] and the clicks known, never of the order in which things arrived.
//! Must not know: signatures, storage, HTTP.

pub mod erasure;
pub mod evidence;
pub mod order;
pub mod repeat;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Millis;
use crate::id::{ConversionId, OrderId, SourceId, WorkspaceId};
use crate::money::Money;
pub use evidence::{ClickIdSource, JoinEvidence};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConversionKind {
    /// Somebody became known: signed up, asked, subscribed.
    Lead,
    /// Somebody paid.
    Sale,
    /// Money went back.
    Refund,
    /// Money that the customer's bank took back.
    Chargeback,
    /// Money of a chargeback that came back.
    ChargebackReversal,
    /// A named event with an optional unit value.
    Event,
}

impl ConversionKind {
    /// Whether it follows a sale, whose touches it is credited to with the same weights.
    pub fn follows_a_sale(self) -> bool {
        match self {
            ConversionKind::Refund
            | ConversionKind::Chargeback
            | ConversionKind::ChargebackReversal => true,
            ConversionKind::Lead | ConversionKind::Sale | ConversionKind::Event => false,
        }
    }

    /// The word used outside and at rest.
    pub fn as_str(self) -> &'static str {
        match self {
            ConversionKind::Lead => "lead",
            ConversionKind::Sale => "sale",
            ConversionKind::Refund => "refund",
            ConversionKind::Chargeback => "chargeback",
            ConversionKind::ChargebackReversal => "chargeback_reversal",
            ConversionKind::Event => "event",
        }
    }
}

impl fmt::Display for ConversionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no kind of conversion.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a kind of conversion; use lead, sale, refund, chargeback, chargeback_reversal or event"
)]
pub struct UnknownConversionKind(pub String);

impl FromStr for ConversionKind {
    type Err = UnknownConversionKind;

    fn from_str(text: &str) -> Result<Self, UnknownConversionKind> {
        match text {
            "lead" => Ok(ConversionKind::Lead),
            "sale" => Ok(ConversionKind::Sale),
            "refund" => Ok(ConversionKind::Refund),
            "chargeback" => Ok(ConversionKind::Chargeback),
            "chargeback_reversal" => Ok(ConversionKind::ChargebackReversal),
            "event" => Ok(ConversionKind::Event),
            _ => Err(UnknownConversionKind(text.chars().take(32).collect())),
        }
    }
}

/// A verified report, ready for the event log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewConversion {
    /// The id it gets if it is the first report of its event.
    pub id: ConversionId,
    /// Owner.
    pub workspace_id: WorkspaceId,
    /// The source that reported it; `None` for the API.
    pub source_id: Option<SourceId>,
    /// The provider's id of the event; the same id from the same source is a repeat.
    pub event_id: String,
    /// What happened.
    pub kind: ConversionKind,
    /// The event's name, for [`ConversionKind::Event`] only.
    pub name: Option<String>,
    /// When it happened.
    pub occurred_at: Millis,
    /// When it was reported to us.
    pub received_at: Millis,
    /// Signed: negative for refunds.
    pub value: Option<Money>,
    /// Event id of the sale that a refund or chargeback takes back.
    pub refund_of: Option<String>,
    /// What to join it by.
    pub evidence: JoinEvidence,
    /// The order that it is a line of, where a provider told of a whole order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderPart>,
}

/// Which line of an order a conversion is: within the order one of its kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPart {
    /// The order.
    pub id: OrderId,
    /// The part; empty for the lead and the sale themselves.
    pub part: String,
}

/// The rung of the join ladder that found the credited click or campaign.
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
    utoipa::ToSchema,
)]
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
    // Packed days hold a rung by its number here, so a new one comes last.
    /// Campaign and network of an earlier conversion of the customer, which a promo code or UTM
    /// tags joined.
    CustomerCampaign,
}

impl MatchRule {
    /// Every rung, strongest first.
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
        match self {
            MatchRule::ClickId => "click_id",
            MatchRule::LandingUrl => "landing_url",
            MatchRule::Path => "path",
            MatchRule::Customer => "customer",
            MatchRule::Email => "email",
            MatchRule::PromoCode => "promo_code",
            MatchRule::Utm => "utm",
            MatchRule::CustomerCampaign => "customer_campaign",
            MatchRule::Sale => "sale",
            MatchRule::None => "none",
        }
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

    /// The rung of a stored word; an unknown word joins nothing.
    pub fn from_stored(word: &str) -> MatchRule {
        MatchRule::ALL
            .into_iter()
            .find(|match_rule| match_rule.as_str() == word)
            .unwrap_or(MatchRule::None)
    }
}

impl fmt::Display for MatchRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why nothing matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnjoinedReason {
    /// The report brought nothing to join it by.
    NoEvidence,
    /// It names clicks that are not known, or not yet.
    ClickUnknown,
    /// It names clicks that came after it.
    ClickLater,
    /// It names clicks of the owner's own.
    ClickOwn,
    /// A customer of whom neither a click nor a campaign is known.
    CustomerUnknown,
    /// A promo code that no campaign has.
    CodeUnknown,
    /// UTM tags that name no campaign, or several.
    TagsUnknown,
    /// A refund or chargeback of a sale that was not told of.
    SaleUnknown,
}

impl UnjoinedReason {
    /// Every reason.
    pub const ALL: [UnjoinedReason; 8] = [
        UnjoinedReason::NoEvidence,
        UnjoinedReason::ClickUnknown,
        UnjoinedReason::ClickLater,
        UnjoinedReason::ClickOwn,
        UnjoinedReason::CustomerUnknown,
        UnjoinedReason::CodeUnknown,
        UnjoinedReason::TagsUnknown,
        UnjoinedReason::SaleUnknown,
    ];

    /// The word used outside and at rest.
    pub fn as_str(self) -> &'static str {
        match self {
            UnjoinedReason::NoEvidence => "no_evidence",
            UnjoinedReason::ClickUnknown => "click_unknown",
            UnjoinedReason::ClickLater => "click_later",
            UnjoinedReason::ClickOwn => "click_own",
            UnjoinedReason::CustomerUnknown => "customer_unknown",
            UnjoinedReason::CodeUnknown => "code_unknown",
            UnjoinedReason::TagsUnknown => "tags_unknown",
            UnjoinedReason::SaleUnknown => "sale_unknown",
        }
    }

    /// The reason of a stored word; an unknown word is none.
    pub fn from_stored(word: &str) -> Option<UnjoinedReason> {
        UnjoinedReason::ALL
            .into_iter()
            .find(|it| it.as_str() == word)
    }
}
