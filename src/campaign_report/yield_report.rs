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

/// The yield of a campaign's networks.
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
    /// The window in days: that of the request, or else the campaign's own from click to lead.
    pub window_days: u32,
    /// Which time puts a conversion into the period: that of its click or its own.
    pub axis: ReportAxis,
    /// What the rows stand for.
    #[schema(example = "network")]
    pub by: String,
    /// Currency of all money in the report, except in `currencies`.
    #[schema(value_type = String, example = "EUR")]
    pub currency: Currency,
    /// Start of the period.
    #[schema(value_type = String, format = DateTime)]
    pub from: Millis,
    /// End of the period, exclusive.
    #[schema(value_type = String, format = DateTime)]
    pub to: Millis,
    /// IANA time zone of the days.
    pub time_zone: String,
    /// The goal.
    pub goal: GoalState,
    /// One row for each network, or for the values of `by`.
    pub rows: Vec<ReportRow>,
    /// Data of the campaign that belong to no row.
    pub unattributed: ReportRow,
    /// The total of the campaign: its rows and `unattributed`.
    pub total: ReportRow,
    /// Conversions of the whole workspace in the period without a known campaign. They are not in
    /// the sums of any campaign, and each report shows the same ones. `null` in a filtered report.
    #[serde(default)]
    pub workspace_unattributed: Option<ReportRow>,
    /// The steps from impressions to repeat customers, for everything in the rows.
    pub funnel: Vec<FunnelStep>,
    /// How costs that belong to no single row were shared; `null` in a filtered report.
    pub cost_allocation: Option<CostAllocation>,
    /// Engagement compared with leads; `null` if none was imported.
    pub engagement: Option<EngagementSummary>,
    /// The row with the best lead rate, if one can be named; `null` with fewer than two rows, and
    /// for rows by time.
    pub best: Option<BestRow>,
    /// Totals of other currencies. The sums above include converted amounts and exclude the others.
    pub currencies: Vec<CurrencyTotals>,
    /// How many conversions each match rule joined.
    #[serde(serialize_with = "figures::serialize_counts")]
    pub joined_by: BTreeMap<String, f64>,
    /// The comparison, if the request asked for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<ComparedReport>,
    /// Notes on how to read the figures.
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
