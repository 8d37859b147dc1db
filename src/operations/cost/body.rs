//! Requests for costs and their results.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::campaign::Campaign;
use crate::campaign_report::cost::CostAmount;
use crate::clock::Millis;
use crate::export_file::{FileRead, PassedOver};
use crate::id::{CampaignId, CostId, LinkId};
use crate::money::Money;
use crate::operations::patch::{change, given};
use crate::store::cost::Cost;

/// A cost of a campaign: money, or minutes of work.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCost {
    /// The campaign: its id, `utm_campaign` or whole name; that of the link when absent.
    #[serde(alias = "campaign")]
    pub campaign_id: Option<String>,
    /// The network it was spent on, if only one: its name or an alias; that of the link when
    /// absent.
    #[schema(example = "x")]
    pub network: Option<String>,
    /// The link it was spent on: its id, slug or short URL.
    #[schema(max_length = 2048)]
    #[serde(alias = "link")]
    pub link_id: Option<String>,
    /// The day, in the campaign's time zone.
    #[schema(value_type = Option<String>, format = Date, example = "2026-03-10")]
    pub day: Option<String>,
    /// Instead of `day`: the first of several days, which share the cost equally.
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<String>,
    /// The last of these days.
    #[schema(value_type = Option<String>, format = Date)]
    pub to: Option<String>,
    /// Money, in the campaign's currency: 0 to 1000000000000 minor units.
    pub money: Option<Money>,
    /// Instead of `money`: minutes of work, at least 1, valued at the campaign's `hourly_rate`.
    #[schema(example = 90, minimum = 1, maximum = 1_000_000_000)]
    pub minutes: Option<i64>,
    /// What it was for, at most 200 characters.
    #[schema(max_length = 200)]
    pub note: Option<String>,
    /// Your own id of it, 1 to 200 characters; a cost with a known id replaces the earlier one.
    #[schema(example = "invoice-17", min_length = 1, max_length = 200)]
    pub event_id: Option<String>,
}

/// Rows of costs.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct NewCosts {
    /// The rows. A plain array of rows is also accepted.
    pub rows: Vec<NewCost>,
}

/// Changes of a cost. Its campaign and `event_id` stay.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CostChange {
    /// The network it was spent on: a name or an alias; `null` for all of the campaign. A link's
    /// cost is always on the link's network.
    #[schema(value_type = Option<String>, example = "x")]
    #[serde(
        default,
        deserialize_with = "change",
        skip_serializing_if = "Option::is_none"
    )]
    pub network: Option<Option<String>>,
    /// The link it was spent on: its id, slug or short URL; `null` for none. The cost gets the
    /// link's network.
    #[schema(value_type = Option<String>, max_length = 2048)]
    #[serde(
        default,
        alias = "link",
        deserialize_with = "change",
        skip_serializing_if = "Option::is_none"
    )]
    pub link_id: Option<Option<String>>,
    /// The day, in the campaign's time zone; takes the place of a range of days.
    #[schema(value_type = String, required = false, format = Date, example = "2026-03-10")]
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub day: Option<String>,
    /// The first of several days.
    #[schema(value_type = String, required = false, format = Date)]
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub from: Option<String>,
    /// The last of them.
    #[schema(value_type = String, required = false, format = Date)]
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub to: Option<String>,
    /// Money, in the campaign's currency: 0 to 1000000000000 minor units; takes the place of work.
    #[schema(value_type = Money, required = false)]
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub money: Option<Money>,
    /// Minutes of work, at least 1; takes the place of money.
    #[schema(
        value_type = i64,
        required = false,
        example = 90,
        minimum = 1,
        maximum = 1_000_000_000
    )]
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub minutes: Option<i64>,
    /// What for, at most 200 characters; `null` removes it.
    #[schema(value_type = Option<String>, max_length = 200)]
    #[serde(
        default,
        deserialize_with = "change",
        skip_serializing_if = "Option::is_none"
    )]
    pub note: Option<Option<String>>,
}

/// A cost.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Cost)]
pub struct CostView {
    /// Id.
    #[schema(value_type = String, example = "cst_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    pub id: CostId,
    /// The campaign.
    #[schema(value_type = String)]
    pub campaign_id: CampaignId,
    /// Its network; `null` for the whole campaign.
    pub network: Option<String>,
    /// The link it was spent on, if it is for one link.
    #[schema(value_type = Option<String>)]
    pub link_id: Option<LinkId>,
    /// First day, in the campaign's time zone.
    #[schema(value_type = String, format = Date)]
    pub from: String,
    /// Last day; equal to the first day for a cost of one day.
    #[schema(value_type = String, format = Date)]
    pub to: String,
    /// Minutes of work; `null` for money.
    pub minutes: Option<i64>,
    /// Its value: the money, or the work at the campaign's current `hourly_rate`. `null` for work
    /// without a rate, which is not in any sum.
    pub value: Option<Money>,
    /// What it was for.
    pub note: Option<String>,
    /// Your own id of it.
    pub event_id: Option<String>,
    /// When it was first imported.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
}

impl CostView {
    pub(super) fn new(cost: &Cost, campaign: &Campaign) -> CostView {
        CostView {
            id: cost.id,
            campaign_id: cost.campaign_id,
            network: cost.network.clone(),
            link_id: cost.link_id,
            from: Millis::of_day(*cost.days.start()).date(),
            to: Millis::of_day(*cost.days.end()).date(),
            minutes: match cost.spent {
                CostAmount::Money(_) => None,
                CostAmount::Minutes(minutes) => Some(minutes),
            },
            value: cost.spent.value(campaign.hourly_rate).map(|amount| Money {
                amount,
                currency: campaign.currency,
            }),
            note: cost.note.clone(),
            event_id: cost.event_id.clone(),
            created_at: cost.created_at,
        }
    }
}

/// What an import changed.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct CostImportResult {
    /// Rows that did not exist before.
    pub new: u64,
    /// Rows that replaced others with their ids.
    pub changed: u64,
    /// Rows that existed before with the same values.
    pub unchanged: u64,
    /// The sum of all rows, one amount for each currency; work counts if there is an hourly rate.
    pub spent: Vec<Money>,
    /// The stored rows; empty if there are more than 200.
    pub costs: Vec<CostView>,
    /// Columns of a table that were ignored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns_left_out: Vec<String>,
    /// Skipped lines of a table that are sums of other lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub totals_left_out: Vec<u64>,
    /// All skipped lines of a table with the cause; at most 1000.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<PassedOver>,
    /// How a table was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FileRead>,
    /// Whether this was a dry run, which stores nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// Notes about the rows, such as days outside the default period of reports.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A page of costs.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct CostPage {
    /// In the order of their import.
    pub costs: Vec<CostView>,
    /// `cursor` for the next page; `null` on the last page.
    pub next_cursor: Option<String>,
}
