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
    /// People: classes `human` and `likely_human`.
    pub human: i64,
    /// Programs, and what may be some: classes `preview`, `crawler`, `scanner` and `unknown`.
    pub bot: i64,
    /// Every request for a link: people, programs, the owner's own clicks, HEAD, prefetches and
    /// floods.
    pub all: i64,
    /// The same by class; classes that did not come are left out.
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

/// Named events of one name.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EventTotals {
    /// How many.
    #[serde(serialize_with = "figures::serialize_count")]
    pub count: f64,
    /// What they are worth.
    pub value: Money,
}

/// Money for each visitor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EarningsPerVisitor {
    /// Net revenue for each visitor, in minor units of the campaign's currency.
    pub value: f64,
    /// Lower end of the 95 % interval; `null` below ten paying visits, and in rows by `markov` or
    /// `shapley`, which credit journeys as wholes.
    pub low: Option<f64>,
    /// Upper end of it.
    pub high: Option<f64>,
}

/// One row of the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ReportRow {
    /// What the row is of.
    #[serde(flatten)]
    pub key: RowKey,
    /// Requests for links.
    pub clicks: ClickCounts,
    /// People, each counted once for a network and day; where rows are made by, or narrowed to,
    /// `link`, `intent` or `post`, once for a link and day.
    pub visitors: i64,
    /// Different people of the whole period, so rows do not add up: who came by two networks is one
    /// person. Pseudonyms last a UTC day, so who comes back on another day counts again. `null`
    /// where rows are not made by `network` alone, and for clicks that are not kept any more.
    pub people: Option<i64>,
    /// Leads credited; a fraction where a model shares them.
    #[serde(serialize_with = "figures::serialize_count")]
    pub leads: f64,
    /// Leads for each visitor with the 95 % Wilson interval; `null` where there are no visitors
    /// to divide by, or fewer than leads.
    pub lead_rate: Option<LeadRate>,
    /// The same, drawn towards the campaign's usual rate the more, the fewer visitors the row has
    /// (empirical Bayes), with the 95 % credible interval; `null` as above, and in `unattributed`
    /// and `total`.
    pub lead_rate_shrunk: Option<Estimate>,
    /// Probability that the row's true lead rate is the highest of all rows, from 0 to 1; `null` as
    /// above.
    pub probability_best: Option<f64>,
    /// Leads that choosing the row loses for each visitor, on average, against the row that is
    /// really the best.
    pub expected_loss: Option<f64>,
    /// Leads that the row's clicks were part of, but that last touch credits to another row; `null`
    /// in `unattributed` and `total`.
    #[serde(serialize_with = "figures::serialize_optional_count")]
    pub assisted_leads: Option<f64>,
    /// Days within which half of the leads came after their clicks; `null` in rows by `markov` or
    /// `shapley`.
    pub median_days_to_lead: Option<f64>,
    /// Share of their final leads that clicks of this age have brought so far, from 0 to 1; `null`
    /// below 20 leads, by `axis=conversion`, and in rows that are not made by `network` alone.
    pub mature: Option<f64>,
    /// Sales credited.
    #[serde(serialize_with = "figures::serialize_count")]
    pub sales: f64,
    /// Customers: those of the sales that are somebody's first.
    #[serde(serialize_with = "figures::serialize_count")]
    pub customers: f64,
    /// Customers who came back: those of the sales that are somebody's second.
    #[serde(serialize_with = "figures::serialize_count")]
    pub repeat_customers: f64,
    /// Money of the sales.
    pub revenue: Money,
    /// Money that went back, as a positive amount.
    pub refunds: Money,
    /// Revenue less refunds.
    pub net_revenue: Money,
    /// What it cost, money and work, in the campaign's currency; in `unattributed` what no row can
    /// be charged with. `null` in a narrowed report.
    pub cost: Option<Money>,
    /// Cost for each lead; `null` without cost or leads.
    pub cost_per_lead: Option<Money>,
    /// Cost for each customer; `null` without cost or customers.
    pub cost_per_customer: Option<Money>,
    /// (Net revenue − cost) / cost: 0.5 for 1.50 that came back for each 1.00 spent; `null`
    /// without cost.
    pub return_on_cost: Option<f64>,
    /// Net revenue for each visitor with its 95 % interval; `null` without visitors.
    pub earnings_per_visitor: Option<EarningsPerVisitor>,
    /// Named events, by name.
    pub events: BTreeMap<String, EventTotals>,
}

/// Whether a best row can be named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BestRow {
    /// Name of the row that is the best; `null` while chance alone may have put the rows in their
    /// order.
    pub row: Option<String>,
    /// How sure that is, from 0 to 1.
    pub probability: Option<f64>,
    /// About so many more visitors would tell; `null` where a row is named, and where it is more
    /// than a million.
    pub more_visitors: Option<u64>,
    /// Rows that are clearly behind no other, the highest rate first: which of them is the best
    /// cannot be told.
    #[serde(default)]
    pub leading: Vec<String>,
    /// Rows that are clearly behind others, the highest rate first.
    #[serde(default)]
    pub behind: Vec<RowBehind>,
    /// The same in words.
    pub sentence: String,
}

/// A row whose true lead rate is below that of others with at least 97.5 % probability.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RowBehind {
    /// Name of the row.
    pub row: String,
    /// Names of those that it is clearly behind, the highest rate first.
    pub of: Vec<String>,
}
