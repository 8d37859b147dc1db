//! The rows of the yield report, and which of them is the best, as the API shows them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::figures;
use super::row_key::RowKey;
use super::statistics::Estimate;
use super::wilson::LeadRate;
use crate::click::ClickClass;
use crate::money::Money;

/// Clicks by who made them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ClickCounts {
    /// Clicks of people: classes `human` and `likely_human`.
    pub human: i64,
    /// Clicks of programs and possible programs: classes `preview`, `crawler`, `scanner` and
    /// `unknown`.
    pub bot: i64,
    /// Every request for a link: people, programs, the owner's own clicks, HEAD, prefetches and
    /// floods.
    pub all: i64,
    /// Clicks by class; classes without clicks are left out.
    #[schema(value_type = BTreeMap<String, i64>)]
    pub by_class: BTreeMap<ClickClass, i64>,
}

impl ClickCounts {
    /// Counts `count` requests of that class.
    pub fn add(&mut self, class: ClickClass, count: i64) {
        *self.by_class.entry(class).or_default() += count;
        self.all += count;
        match class {
            ClickClass::Human | ClickClass::LikelyHuman => self.human += count,
            ClickClass::Preview
            | ClickClass::Crawler
            | ClickClass::Scanner
            | ClickClass::Unknown => self.bot += count,
            ClickClass::Own | ClickClass::Head | ClickClass::Prefetch | ClickClass::Flood => {}
        }
    }
}

/// Events with one name.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EventTotals {
    /// How many.
    #[serde(serialize_with = "figures::serialize_count")]
    pub count: f64,
    /// Their value.
    pub value: Money,
}

/// Money per visitor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EarningsPerVisitor {
    /// Net revenue per visitor, in minor units of the campaign's currency.
    pub value: f64,
    /// Lower end of the 95 % interval; `null` below ten paying visits, and for `markov` and
    /// `shapley`, which credit whole journeys.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
}

/// One row of the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ReportRow {
    /// What the row stands for.
    #[serde(flatten)]
    pub key: RowKey,
    /// Requests for links.
    pub clicks: ClickCounts,
    /// People, each counted once for a network and day. If rows are by `link`, `intent` or `post`,
    /// or filtered by them, once for a link and day.
    pub visitors: i64,
    /// Different people in the whole period. Rows do not add up, because a person on two networks
    /// counts once in the total. Pseudonyms last one UTC day, so a person who returns on another
    /// day counts again. `null` unless rows are by `network` only, and for clicks that are no
    /// longer stored.
    pub people: Option<i64>,
    /// Leads credited; a fraction if the model shares them.
    #[serde(serialize_with = "figures::serialize_count")]
    pub leads: f64,
    /// Leads per visitor with the 95 % Wilson interval; `null` without visitors, or with fewer
    /// visitors than leads.
    pub lead_rate: Option<LeadRate>,
    /// The lead rate, shrunk towards the campaign's usual rate (empirical Bayes), with the 95 %
    /// credible interval. Fewer visitors mean more shrinkage. `null` like `lead_rate`, and in
    /// `unattributed` and `total`.
    pub lead_rate_shrunk: Option<Estimate>,
    /// Probability that the row's true lead rate is the highest of all rows, from 0 to 1; `null`
    /// like `lead_rate_shrunk`.
    pub probability_best: Option<f64>,
    /// Leads per visitor that choosing this row loses on average, compared with the truly best row.
    pub expected_loss: Option<f64>,
    /// Leads with clicks of this row that last touch credits to another row; `null` in
    /// `unattributed` and `total`.
    #[serde(serialize_with = "figures::serialize_optional_count")]
    pub assisted_leads: Option<f64>,
    /// Median time from click to lead, in days; `null` for `markov` and `shapley`.
    pub median_days_to_lead: Option<f64>,
    /// Share of their final leads that clicks of this age have brought so far, from 0 to 1; `null`
    /// below 20 leads, with `axis=conversion`, and unless rows are by `network` only.
    pub mature: Option<f64>,
    /// Sales credited.
    #[serde(serialize_with = "figures::serialize_count")]
    pub sales: f64,
    /// New customers: sales that are their customer's first.
    #[serde(serialize_with = "figures::serialize_count")]
    pub customers: f64,
    /// Returning customers: sales that are their customer's second.
    #[serde(serialize_with = "figures::serialize_count")]
    pub repeat_customers: f64,
    /// Money of the sales.
    pub revenue: Money,
    /// Refunds and chargebacks, as a positive amount.
    pub refunds: Money,
    /// Revenue minus refunds.
    pub net_revenue: Money,
    /// Cost of money and work, in the campaign's currency; in `unattributed`, the cost that belongs
    /// to no row. `null` in a filtered report.
    pub cost: Option<Money>,
    /// Cost per lead; `null` without a cost or leads.
    pub cost_per_lead: Option<Money>,
    /// Cost per customer; `null` without a cost or customers.
    pub cost_per_customer: Option<Money>,
    /// (Net revenue − cost) / cost: 0.5 means that 1.00 spent returned 1.50; `null` without a
    /// cost.
    pub return_on_cost: Option<f64>,
    /// Net revenue per visitor with its 95 % interval; `null` without visitors.
    pub earnings_per_visitor: Option<EarningsPerVisitor>,
    /// Named events, by name.
    pub events: BTreeMap<String, EventTotals>,
}

/// The best row, if one can be named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BestRow {
    /// Name of the best row; `null` while the order of the rows may be chance.
    pub row: Option<String>,
    /// Probability that this is true, from 0 to 1.
    pub probability: Option<f64>,
    /// About how many more visitors are needed to name the best row; `null` if a row is named, or
    /// if it is more than a million.
    pub more_visitors: Option<u64>,
    /// Rows that are not clearly behind another, highest rate first. Any of them may be the best.
    #[serde(default)]
    pub leading: Vec<String>,
    /// Rows that are clearly behind others, highest rate first.
    #[serde(default)]
    pub behind: Vec<RowBehind>,
    /// The same in words.
    pub sentence: String,
}

/// A row whose true lead rate is lower than that of others with at least 97.5 % probability.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RowBehind {
    /// Name of the row.
    pub row: String,
    /// Names of the rows that it is clearly behind, highest rate first.
    pub of: Vec<String>,
}
