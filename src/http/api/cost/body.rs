//! What the API says of costs, and what it is told.

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
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCost {
    /// The campaign: its id, `utm_campaign` or whole name; the link's when absent.
    #[serde(alias = "campaign")]
    pub(super) campaign_id: Option<String>,
    /// The network it was spent on, where on one: a name or an alias; the link's when absent.
    #[schema(example = "x")]
    pub(super) network: Option<String>,
    /// The link it was spent on: its id, slug or short URL.
    #[serde(alias = "link")]
    pub(super) link_id: Option<String>,
    /// The day, in the campaign's time zone.
    #[schema(value_type = Option<String>, format = Date, example = "2026-03-10")]
    pub(super) day: Option<String>,
    /// Instead of a day the first of several, on each of which the same was spent.
    #[schema(value_type = Option<String>, format = Date)]
    pub(super) from: Option<String>,
    /// The last of them.
    #[schema(value_type = Option<String>, format = Date)]
    pub(super) to: Option<String>,
    /// Money, in the campaign's currency: 0 to 1000000000000 minor units.
    pub(super) money: Option<Money>,
    /// Instead of money, minutes of work, at least 1; worth the campaign's `hourly_rate`.
    #[schema(example = 90, minimum = 1, maximum = 1_000_000_000)]
    pub(super) minutes: Option<i64>,
    /// What for, at most 200 characters.
    #[schema(max_length = 200)]
    pub(super) note: Option<String>,
    /// Your own id of it, 1 to 200 characters; told again it changes what was told with it.
    #[schema(example = "invoice-17", min_length = 1, max_length = 200)]
    pub(super) event_id: Option<String>,
}

/// Rows of costs.
#[derive(Debug, ToSchema)]
#[expect(
    dead_code,
    reason = "the description's form of what is read as a list or as this"
)]
pub struct NewCosts {
    /// The rows; an array of them alone is taken as well.
    rows: Vec<NewCost>,
}

/// A cost.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Cost)]
pub struct CostBody {
    #[schema(value_type = String, example = "cst_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    id: CostId,
    #[schema(value_type = String)]
    campaign_id: CampaignId,
    /// `null` for all of the campaign.
    network: Option<String>,
    #[schema(value_type = Option<String>)]
    link_id: Option<LinkId>,
    /// First day, in the campaign's time zone.
    #[schema(value_type = String, format = Date)]
    from: String,
    /// Last day; the same where it is of one.
    #[schema(value_type = String, format = Date)]
    to: String,
    /// Minutes of work; `null` for money.
    minutes: Option<i64>,
    /// What it is worth: the money, or the work at the campaign's `hourly_rate` as it is now.
    /// `null` for work without a rate, which then is in no sum.
    value: Option<Money>,
    note: Option<String>,
    event_id: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Millis,
}

impl CostBody {
    pub(super) fn new(cost: &Cost, campaign: &Campaign) -> CostBody {
        CostBody {
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

/// What became of rows that were told.
#[derive(Debug, Serialize, ToSchema)]
pub struct CostImportResult {
    /// They were not there.
    pub(super) new: u64,
    /// Others were there under their ids; these took their place.
    pub(super) changed: u64,
    /// They were there.
    pub(super) unchanged: u64,
    /// What all of them sum to, one amount for each currency; work counts where there is a rate.
    pub(super) spent: Vec<Money>,
    /// The rows as they are kept; none of more than 200.
    pub(super) costs: Vec<CostBody>,
    /// Columns of a table that nothing was taken from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) columns_left_out: Vec<String>,
    /// Lines of a table that are sums of other lines; nothing was taken from them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) totals_left_out: Vec<u64>,
    /// All lines of a table that nothing was taken from, with the cause; at most 1000.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) passed_over: Vec<PassedOver>,
    /// How a table was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<FileRead>,
    /// Whether nothing was kept, as the request asked.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) dry_run: bool,
    /// What to know of the rows: those that no report shows unless it is asked for their days.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) notes: Vec<String>,
}

/// A page of costs.
#[derive(Debug, Serialize, ToSchema)]
pub struct CostPage {
    /// In the order in which they were told.
    pub(super) costs: Vec<CostBody>,
    /// `cursor` of the next page; `null` on the last one.
    pub(super) next_cursor: Option<String>,
}
