//! A conversion as the API shows it: an object, and a line of a table.

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Millis;
use crate::conversion::{ConversionKind, MatchRule, UnjoinedReason};
use crate::http::api::stream::{Listed, text};
use crate::id::{CampaignId, ClickId, ConversionId, LinkId, SourceId};
use crate::money::Money;
use crate::store::conversion::Conversion;

/// A conversion and what it was joined to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Conversion)]
pub struct ConversionBody {
    #[schema(value_type = String, example = "cnv_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    id: ConversionId,
    kind: ConversionKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    event_id: String,
    /// The source that reported it; `null` for the API.
    #[schema(value_type = Option<String>)]
    source_id: Option<SourceId>,
    #[schema(value_type = String, format = DateTime)]
    occurred_at: Millis,
    #[schema(value_type = String, format = DateTime)]
    received_at: Millis,
    /// Minor units; negative for refunds.
    value: Option<Money>,
    /// Event id of the sale that a refund takes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<String>,
    /// Your own id of the customer.
    customer_external_id: Option<String>,
    /// The rung of the join ladder that found what is credited.
    joined_by: MatchRule,
    /// Why nothing matched, where `joined_by` is `none`. Later evidence joins it still.
    #[serde(skip_serializing_if = "Option::is_none")]
    unjoined: Option<UnjoinedReason>,
    /// The customer's earlier conversion that led to the click.
    #[schema(value_type = Option<String>)]
    joined_via: Option<ConversionId>,
    /// The click credited.
    #[schema(value_type = Option<String>)]
    click_id: Option<ClickId>,
    /// The campaign credited.
    #[schema(value_type = Option<String>)]
    campaign_id: Option<CampaignId>,
    /// The network credited.
    network: Option<String>,
    /// The link credited.
    #[schema(value_type = Option<String>)]
    link_id: Option<LinkId>,
    /// What was left out of this request, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) warnings: Vec<String>,
}

/// A report that is durable but not joined yet.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueuedConversion {
    /// The id it gets if it is the first report of its event.
    #[schema(value_type = String)]
    pub(super) id: ConversionId,
    pub(super) event_id: String,
    /// Always `queued`.
    pub(super) status: &'static str,
}

/// A page of conversions.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConversionPage {
    /// In the order in which they were reported.
    pub(super) conversions: Vec<ConversionBody>,
    /// `cursor` of the next page; `null` on the last one.
    pub(super) next_cursor: Option<String>,
}

impl From<Conversion> for ConversionBody {
    fn from(conversion: Conversion) -> Self {
        let report = conversion.report;
        let join = conversion.join;
        ConversionBody {
            id: report.id,
            kind: report.kind,
            name: report.name,
            event_id: report.event_id,
            source_id: report.source_id,
            occurred_at: report.occurred_at,
            received_at: report.received_at,
            value: report.value,
            of: report.refund_of,
            customer_external_id: report.evidence.external_id,
            joined_by: join.joined_by,
            unjoined: join.unjoined,
            joined_via: join.via,
            click_id: join.click_id,
            campaign_id: join.campaign_id,
            network: join.network,
            link_id: join.link_id,
            warnings: Vec::new(),
        }
    }
}

impl Listed for ConversionBody {
    const FILE_NAME: &'static str = "conversions.csv";

    const COLUMNS: &'static [&'static str] = &[
        "id",
        "kind",
        "name",
        "event_id",
        "source_id",
        "occurred_at",
        "received_at",
        "amount",
        "currency",
        "of",
        "customer_external_id",
        "joined_by",
        "unjoined",
        "joined_via",
        "click_id",
        "campaign_id",
        "network",
        "link_id",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            self.kind.to_string(),
            text(self.name.as_ref()),
            self.event_id.clone(),
            text(self.source_id),
            self.occurred_at.to_string(),
            self.received_at.to_string(),
            text(self.value.map(Money::number)),
            text(self.value.map(|value| value.currency)),
            text(self.of.as_ref()),
            text(self.customer_external_id.as_ref()),
            self.joined_by.to_string(),
            text(self.unjoined.map(UnjoinedReason::as_str)),
            text(self.joined_via),
            text(self.click_id),
            text(self.campaign_id),
            text(self.network.as_ref()),
            text(self.link_id),
        ]
    }

    fn cursor(&self) -> String {
        self.id.to_string()
    }
}
