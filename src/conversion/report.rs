//! A verified report of a conversion.

use serde::{Deserialize, Serialize};

use super::evidence::JoinEvidence;
use super::kind::ConversionKind;
use crate::clock::Millis;
use crate::id::{ConversionId, OrderId, SourceId, WorkspaceId};
use crate::money::Money;

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
    /// What it is joined by.
    pub evidence: JoinEvidence,
    /// The order that it is a line of, if the provider reported a whole order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderPart>,
}

/// Which line of an order a conversion is. Within an order, each kind and part has one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPart {
    /// The order.
    pub id: OrderId,
    /// The part; empty for the lead and the sale themselves.
    pub part: String,
}
