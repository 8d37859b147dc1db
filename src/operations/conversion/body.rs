//! Queries for conversions and what they are answered with.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::clock::Millis;
use crate::conversion::{ConversionKind, MatchRule, UnjoinedReason};
use crate::id::{CampaignId, ClickId, ConversionId, LinkId, SourceId};
use crate::money::Money;
use crate::operations::campaign::name::CampaignRef;
use crate::store::conversion::Conversion;

/// What a list of conversions is narrowed to.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ConversionQuery {
    /// Start of the time in which they occurred: a day in `time_zone`, or a time with an offset;
    /// open when absent.
    #[param(example = "2026-03-01")]
    pub from: Option<String>,
    /// End: a day, which is included, or a time, which is not; open when absent.
    #[param(example = "2026-03-31")]
    pub to: Option<String>,
    /// IANA zone that days are cut in; that of the campaign when absent, or UTC where no campaign
    /// is given.
    #[param(example = "Europe/Berlin")]
    pub time_zone: Option<String>,
    /// Only those credited by last touch to this campaign: its id or its tag (`utm_campaign`).
    #[param(value_type = Option<String>)]
    pub campaign_id: Option<CampaignRef>,
    /// Only those credited by last touch to this network: a name or an alias.
    #[param(example = "linkedin")]
    pub network: Option<String>,
    /// Only those that this source reported; `api` for those reported over the API.
    pub source_id: Option<String>,
    /// Only this kind.
    pub kind: Option<ConversionKind>,
    /// Only those joined by this match rule; `none` lists what could not be joined.
    pub joined_by: Option<MatchRule>,
    /// Rows of the page, 1 to 1000; 50 when absent. A stream has all rows when it is absent.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A conversion and what it was joined to.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Conversion)]
pub struct ConversionView {
    /// Id.
    #[schema(value_type = String, example = "cnv_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    pub id: ConversionId,
    /// What happened.
    pub kind: ConversionKind,
    /// Name of an `event`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The reporter's id of the event.
    pub event_id: String,
    /// The source that reported it; `null` for the API.
    #[schema(value_type = Option<String>)]
    pub source_id: Option<SourceId>,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub occurred_at: Millis,
    /// When it was reported.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Millis,
    /// Minor units; negative for refunds.
    pub value: Option<Money>,
    /// Event id of the sale that a refund takes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Your own id of the customer.
    pub customer_external_id: Option<String>,
    /// The match rule that found what is credited.
    pub joined_by: MatchRule,
    /// Why nothing matched, where `joined_by` is `none`. Later evidence joins it still.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unjoined: Option<UnjoinedReason>,
    /// The customer's earlier conversion that led to the click.
    #[schema(value_type = Option<String>)]
    pub joined_via: Option<ConversionId>,
    /// The click credited.
    #[schema(value_type = Option<String>)]
    pub click_id: Option<ClickId>,
    /// The campaign credited.
    #[schema(value_type = Option<String>)]
    pub campaign_id: Option<CampaignId>,
    /// The network credited.
    pub network: Option<String>,
    /// The link credited.
    #[schema(value_type = Option<String>)]
    pub link_id: Option<LinkId>,
    /// What was left out of this request, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A report that is durable but not joined yet.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct QueuedConversion {
    /// The id it gets if it is the first report of its event.
    #[schema(value_type = String)]
    pub id: ConversionId,
    /// The reporter's id of the event.
    pub event_id: String,
    /// Always `queued`.
    pub status: String,
}

/// A page of conversions.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct ConversionPage {
    /// In the order in which they were reported.
    pub conversions: Vec<ConversionView>,
    /// `cursor` of the next page; `null` on the last one.
    pub next_cursor: Option<String>,
}

impl From<Conversion> for ConversionView {
    fn from(conversion: Conversion) -> Self {
        let report = conversion.report;
        let join = conversion.join;
        ConversionView {
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
