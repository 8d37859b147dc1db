//! Requests for costs and their results.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::campaign::Campaign;
use crate::campaign_report::cost::CostAmount;
use crate::clock::Millis;
use crate::export_file::{FileRead, PassedOver};
use crate::id::{CampaignId, CostId, LinkId};
use crate::money::Money;
use crate::store::cost::Cost;

/// Something that a campaign cost: money, or minutes of work.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCost {
    /// The campaign: its id, `utm_campaign` or whole name; the link's when absent.
    #[serde(alias = "campaign")]
    pub campaign_id: Option<String>,
    /// The network it was spent on, where on one: a name or an alias; the link's when absent.
    #[schema(example = "x")]
    pub network: Option<String>,
    /// The link it was spent on: its id, slug or short URL.
    #[serde(alias = "link")]
    pub link_id: Option<String>,
    /// The day, in the campaign's time zone.
    #[schema(value_type = Option<String>, format = Date, example = "2026-03-10")]
    pub day: Option<String>,
    /// Instead of a day the first of several, on each of which the same was spent.
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<String>,
    /// The last of them.
    #[schema(value_type = Option<String>, format = Date)]
    pub to: Option<String>,
    /// Money, in the campaign's currency: 0 to 1000000000000 minor units.
    pub money: Option<Money>,
    /// Instead of money, minutes of work, at least 1; worth the campaign's `hourly_rate`.
    #[schema(example = 90, minimum = 1, maximum = 1_000_000_000)]
    pub minutes: Option<i64>,
    /// What for, at most 200 characters.
    #[schema(max_length = 200)]
    pub note: Option<String>,
    /// Your own id of it, 1 to 200 characters; a cost with a known id replaces the earlier one.
    #[schema(example = "invoice-17", min_length = 1, max_length = 200)]
    pub event_id: Option<String>,
}

/// Rows of costs.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct NewCosts {
    /// The rows. An array of rows alone is taken as well.
    pub rows: Vec<NewCost>,
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
    /// `null` for all of the campaign.
    pub network: Option<String>,
    /// The link it was spent on, where on one.
    #[schema(value_type = Option<String>)]
    pub link_id: Option<LinkId>,
    /// First day, in the campaign's time zone.
    #[schema(value_type = String, format = Date)]
    pub from: String,
    /// Last day; the first one again for a cost of one day.
    #[schema(value_type = String, format = Date)]
    pub to: String,
    /// Minutes of work; `null` for money.
    pub minutes: Option<i64>,
    /// What it is worth: the money, or the work at the campaign's `hourly_rate` as it is now.
    /// `null` for work without a rate, which then is in no sum.
    pub value: Option<Money>,
    /// What for.
    pub note: Option<String>,
    /// Your own id of it.
    pub event_id: Option<String>,
    /// When it was imported first.
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
    /// Rows that were not there.
    pub new: u64,
    /// Rows that replaced others with their ids.
    pub changed: u64,
    /// Rows that were there already.
    pub unchanged: u64,
    /// What all of them sum to, one amount for each currency; work counts where there is a rate.
    pub spent: Vec<Money>,
    /// The rows as they are kept; none of more than 200.
    pub costs: Vec<CostView>,
    /// Columns of a table that nothing was taken from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns_left_out: Vec<String>,
    /// Lines of a table that are sums of other lines. Nothing was taken from them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub totals_left_out: Vec<u64>,
    /// All lines of a table that nothing was taken from, with the cause; at most 1000.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<PassedOver>,
    /// How a table was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FileRead>,
    /// Whether this was a dry run, which keeps nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// What to know of the rows, such as days that reports leave out unless asked for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A page of costs.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct CostPage {
    /// In the order of their import.
    pub costs: Vec<CostView>,
    /// `cursor` of the next page; `null` on the last one.
    pub next_cursor: Option<String>,
}
