//! The yield report of one campaign.
//!
//! # Invariants
//! - For every column, the rows and `unattributed` sum to `total`, to the last minor unit.
//! - Everything in these sums belongs to the campaign. Conversions that no campaign is known for
//!   are shown beside it, in no sum.
//! - Money of another currency is summed only as what it was converted to. Otherwise it is shown in
//!   a block of its own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::add_statistics::add_statistics;
use super::allocate_costs::allocate_costs;
use super::comparison::ComparedReport;
use super::cost::CostAllocation;
use super::currencies::{self, CurrencyTotals};
use super::declared::Declared;
use super::engagement::{self, EngagementSummary};
use super::figures::{self, conversions};
use super::funnel::{self, FunnelStep};
use super::goal_state::{GoalState, goal_state};
use super::notes;
use super::observed::Observed;
use super::query::{ReportAxis, ReportQuery};
use super::row::{BestRow, ReportRow};
use super::row_key::RowKey;
use super::row_sums::RowSums;
use super::rows::{rows, sum_by_row};
use crate::clock::Millis;
use crate::conversion::MatchRule;
use crate::id::CampaignId;
use crate::money::Currency;

/// What a campaign's networks yielded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct YieldReport {
    /// The campaign's id.
    #[schema(value_type = String, example = "cmp_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    pub campaign: CampaignId,
    /// The campaign's name.
    pub campaign_name: String,
    /// Attribution model.
    #[schema(example = "last_touch")]
    pub model: String,
    /// Days a click may lie before its conversion: as asked for, else before its lead as the
    /// campaign has it.
    pub window_days: u32,
    /// Which moment puts a conversion into the period.
    pub axis: ReportAxis,
    /// What rows are made by.
    #[schema(example = "network")]
    pub by: String,
    /// Currency of all money below but that in `currencies`.
    #[schema(value_type = String, example = "EUR")]
    pub currency: Currency,
    /// Start of the period.
    #[schema(value_type = String, format = DateTime)]
    pub from: Millis,
    /// End of the period, exclusive.
    #[schema(value_type = String, format = DateTime)]
    pub to: Millis,
    /// IANA zone that days are cut in.
    pub time_zone: String,
    /// The goal.
    pub goal: GoalState,
    /// One row for each network, or whatever else rows are made by.
    pub rows: Vec<ReportRow>,
    /// What is the campaign's, but no row's.
    pub unattributed: ReportRow,
    /// The campaign: its rows and what is `unattributed`.
    pub total: ReportRow,
    /// Conversions of the whole workspace in the period that no campaign is known for; they are in
    /// no campaign's sums. Each report shows the same ones. `null` in a narrowed report.
    #[serde(default)]
    pub workspace_unattributed: Option<ReportRow>,
    /// From being shown to coming back, of all that rows are credited with.
    pub funnel: Vec<FunnelStep>,
    /// How costs were shared that belong to no row alone; `null` in a narrowed report.
    pub cost_allocation: Option<CostAllocation>,
    /// Likes and impressions beside leads; `null` where nobody told of any.
    pub engagement: Option<EngagementSummary>,
    /// Whether one row's lead rate is the best; `null` where there are fewer than two rows to
    /// compare, and for rows made by times.
    pub best: Option<BestRow>,
    /// What came in in other currencies. What was converted is in the sums above, what was not is
    /// in none of them.
    pub currencies: Vec<CurrencyTotals>,
    /// How many conversions each rung of the join ladder found.
    #[serde(serialize_with = "figures::serialize_counts")]
    pub joined_by: BTreeMap<String, f64>,
    /// What the report is held against, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<ComparedReport>,
    /// What to know when reading the figures.
    pub notes: Vec<String>,
}

impl From<YieldReport> for ComparedReport {
    fn from(report: YieldReport) -> ComparedReport {
        ComparedReport {
            campaign: report.campaign,
            campaign_name: report.campaign_name,
            currency: report.currency,
            from: report.from,
            to: report.to,
            rows: report.rows,
            unattributed: report.unattributed,
            total: report.total,
        }
    }
}

/// Creates the report.
pub fn yield_report(query: &ReportQuery, observed: &Observed, declared: &Declared) -> YieldReport {
    let campaign = &declared.campaign;
    let currency = campaign.currency;
    let (by_key, unattributed) = sum_by_row(query, observed, currency);
    let mut attributed = RowSums::default();
    for sums in by_key.values() {
        attributed.add(sums);
    }
    let mut total = unattributed.clone();
    total.add(&attributed);
    let people = observed.people.as_ref();
    let together = attributed.row(RowKey::default(), currency);
    let mut total = ReportRow {
        // Leads without a row are not successes of the visitors counted.
        lead_rate: together.lead_rate,
        people: people
            .filter(|_| !query.is_narrowed())
            .map(|people| people.all),
        ..total.row(RowKey::default(), currency)
    };
    let mut unattributed = without_rate(unattributed.row(RowKey::default(), currency));
    let mut rows = rows(query, observed, currency, by_key);
    let best = add_statistics(query, observed, &mut rows, &mut total, &attributed);
    let costs = (!query.is_narrowed()).then_some(&declared.costs);
    if let Some(costs) = costs {
        allocate_costs(
            query,
            observed,
            costs,
            &mut rows,
            &mut unattributed,
            &mut total,
        );
    }
    let rows: Vec<ReportRow> = rows.into_iter().map(|(row, _)| row).collect();
    let currencies = currencies::blocks(query, observed, currency);
    let goal_credits = &observed.goal_credits;
    YieldReport {
        campaign: campaign.id,
        campaign_name: campaign.name.clone(),
        model: query.model.to_string(),
        window_days: query.shown_window_days(campaign),
        axis: query.axis,
        by: query.breakdown.to_string(),
        currency,
        from: query.period.from,
        to: query.period.to,
        time_zone: campaign.time_zone.clone(),
        goal: goal_state(campaign, &declared.past_goals, goal_credits, query.now),
        comparison: None,
        funnel: funnel::steps(engagement::impressions(&declared.engagement), &together),
        cost_allocation: costs.map(|_| query.cost_allocation),
        engagement: engagement::summarize(&declared.engagement, &observed.leads),
        best,
        notes: notes::of_campaign(query, observed, declared, &rows, &currencies),
        rows,
        unattributed,
        total,
        workspace_unattributed: workspace_unattributed(query, observed, currency),
        currencies,
        joined_by: joined_by(query, observed),
    }
}

/// What is unattributed has no visitors of its own, so it has no rate.
fn without_rate(row: ReportRow) -> ReportRow {
    ReportRow {
        lead_rate: None,
        ..row
    }
}

/// How many conversions each rule of the join ladder matched.
fn joined_by(query: &ReportQuery, observed: &Observed) -> BTreeMap<String, f64> {
    let none = |rule: &MatchRule| (rule.to_string(), 0);
    let mut joined_by: BTreeMap<String, i64> = MatchRule::ALL.iter().map(none).collect();
    for sum in observed.shown_credits(&query.filter) {
        *joined_by.entry(sum.joined_by.to_string()).or_default() += sum.weight;
    }
    joined_by
        .into_iter()
        .map(|(rule, weight)| (rule, conversions(weight)))
        .collect()
}

/// Conversions that no campaign is known for. A filter lets none of them pass, because their
/// dimensions are not known.
fn workspace_unattributed(
    query: &ReportQuery,
    observed: &Observed,
    currency: Currency,
) -> Option<ReportRow> {
    let mut sums = RowSums::default();
    for sum in &observed.workspace_unattributed {
        sums.add_credit(sum, currency);
    }
    (!query.is_narrowed()).then(|| without_rate(sums.row(RowKey::default(), currency)))
}
