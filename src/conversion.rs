//! A conversion: a lead, sale, refund or named event that a provider reported.
//!
//! Holds: conversions form a ledger. A row is never overwritten by another report; refunds are
//! rows of their own with a negative amount. Which click a conversion belongs to is a function of
//! its [`Evidence`] and the clicks known, never of the order in which things arrived.
//! Must not know: signatures, storage, HTTP.

pub mod erasure;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Millis;
use crate::id::{ClickId, ConversionId, SourceId, WorkspaceId};
use crate::link::utm::Utm;
use crate::money::Money;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Somebody became known: signed up, asked, subscribed.
    Lead,
    /// Somebody paid.
    Sale,
    /// Money went back.
    Refund,
    /// A named event with an optional unit value.
    Event,
}

impl Kind {
    /// The word used outside and at rest.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Lead => "lead",
            Kind::Sale => "sale",
            Kind::Refund => "refund",
            Kind::Event => "event",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no kind of conversion.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a kind of conversion; use lead, sale, refund or event")]
pub struct UnknownKind(pub String);

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        match text {
            "lead" => Ok(Kind::Lead),
            "sale" => Ok(Kind::Sale),
            "refund" => Ok(Kind::Refund),
            "event" => Ok(Kind::Event),
            _ => Err(UnknownKind(text.chars().take(32).collect())),
        }
    }
}

/// What a report brings along to find its click. Holds no e-mail address, only its keyed hash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Click ids the provider gave, oldest first; the explicit `click_id` comes last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub click_ids: Vec<ClickId>,
    /// The provider's own id of the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Keyed hash of the normalised e-mail address, hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_hash: Option<String>,
    /// Promo code used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promo_code: Option<String>,
    /// UTM tags the shop saw.
    #[serde(default, skip_serializing_if = "Utm::is_empty")]
    pub utm: Utm,
}

impl Evidence {
    /// Whether nothing tells of a person: none was told of, or the person was erased.
    pub fn is_nobodys(&self) -> bool {
        self.click_ids.is_empty()
            && self.external_id.is_none()
            && self.email_hash.is_none()
            && self.promo_code.is_none()
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
    pub kind: Kind,
    /// The event's name, for [`Kind::Event`] only.
    pub name: Option<String>,
    /// When it happened.
    pub occurred_at: Millis,
    /// When it was reported to us.
    pub received_at: Millis,
    /// Signed: negative for refunds.
    pub value: Option<Money>,
    /// Event id of the sale that a refund takes back.
    pub refund_of: Option<String>,
    /// What to join it by.
    pub evidence: Evidence,
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
#[serde(rename_all = "snake_case")]
pub enum JoinedBy {
    /// A click id in the report.
    ClickId,
    /// The customer's external id, bound to a click by an earlier conversion.
    Customer,
    /// The customer's hashed e-mail, bound to a click by an earlier conversion.
    Email,
    /// UTM tags: campaign and network are known, the click is not.
    Utm,
    /// A refund, by the sale it takes back.
    Sale,
    /// Nothing matched.
    None,
}

impl JoinedBy {
    /// Every rung, strongest first.
    pub const ALL: [JoinedBy; 6] = [
        JoinedBy::ClickId,
        JoinedBy::Customer,
        JoinedBy::Email,
        JoinedBy::Utm,
        JoinedBy::Sale,
        JoinedBy::None,
    ];

    /// The word used outside and at rest.
    pub fn as_str(self) -> &'static str {
        match self {
            JoinedBy::ClickId => "click_id",
            JoinedBy::Customer => "customer",
            JoinedBy::Email => "email",
            JoinedBy::Utm => "utm",
            JoinedBy::Sale => "sale",
            JoinedBy::None => "none",
        }
    }

    /// The rung of a stored word; an unknown word joins nothing.
    pub fn from_stored(word: &str) -> JoinedBy {
        JoinedBy::ALL
            .into_iter()
            .find(|rung| rung.as_str() == word)
            .unwrap_or(JoinedBy::None)
    }
}

impl fmt::Display for JoinedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
