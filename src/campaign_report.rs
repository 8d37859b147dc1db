//! The yield report: what each network of a campaign brought, with how sure that is.
//!
//! Holds: for every column, the rows and `unattributed` sum to `total`, to the last minor unit, and
//! all of it is the campaign's. Conversions that no campaign is known for stand beside it, in no
//! sum. Money of another currency than the campaign's is added only as what it was converted to,
//! else it stands in a block of its own. Everything is made of sums that storage keeps ready. Must
//! not know: where those sums come from, HTTP.

mod add_statistics;
mod allocate_costs;
pub mod breakdown;
mod comparison;
pub mod cost;
pub mod credits;
mod currencies;
pub mod dimension;
mod engagement;
pub mod expected;
pub mod filter;
mod funnel;
pub mod granularity;
mod inputs;
pub mod next_posts;
mod notes;
pub mod period;
pub mod reallocate;
mod row;
pub mod row_key;
pub mod segment;
pub mod statistics;
mod sums;
pub mod text_table;
pub mod time_unit;
pub mod wilson;
pub mod workspace;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::campaign::goal::current_version;
use crate::campaign::{GoalMetric, GoalOrWaiver, GoalVerdict};
use crate::clock::Millis;
use crate::conversion::MatchRule;
use crate::id::CampaignId;
use crate::money::Currency;
use dimension::Dimension;
use row_key::RowKey;
use segment::Segment;
use sums::{RowSums, conversions, real};

pub use add_statistics::{BestRow, EarningsPerVisitor, RowBehind};
pub use allocate_costs::PeriodCosts;
pub use comparison::ComparedReport;
pub use currencies::{ConvertedAmount, CurrencyTotals};
pub use engagement::{EngagementSummary, LeadTotals};
pub use funnel::FunnelStep;
pub use inputs::{ClickSum, CreditSum, LeadLag, PayerId, People, ReportInputs, VisitorDay};
pub use row::{ClickCounts, EventTotals, ReportRow};

/// Which moment puts a conversion into a period.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ReportAxis {
    /// That of the click credited: what the clicks of the period have yielded since.
    #[default]
    Click,
    /// That of the conversion: what came in during the period.
    Conversion,
}

/// The goal and how it stands, of the whole campaign up to the goal's deadline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct GoalState {
    /// `leads`, `sales`, `revenue` or `event:NAME`; `null` when the goal is waived.
    pub metric: Option<String>,
    /// What is to be reached; minor units for revenue.
    pub target: Option<i64>,
    /// What is reached; minor units (net) for revenue.
    #[serde(serialize_with = "sums::optional_count")]
    pub actual: Option<f64>,
    /// Until when.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub by: Option<Millis>,
    /// How it stands.
    pub verdict: GoalVerdict,
    /// What it comes to by the deadline at the pace so far; `null` while it is too early to tell,
    /// and without a deadline.
    pub projected: Option<f64>,
    /// What each day until the deadline must bring to reach the target; `null` when the deadline
    /// has passed without it, and without a deadline.
    pub needed_per_day: Option<f64>,
    /// The share of the time from start to deadline that is over, 0 to 1; `null` without a
    /// deadline.
    pub elapsed: Option<f64>,
    /// Which version of the goal this is; it was changed after the start where it is more than 1
    /// (`goal_versions` of the campaign).
    pub version: i64,
    /// Why there is no goal, where there is none.
    pub goal_waiver: Option<String>,
}

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
    pub cost_allocation: Option<cost::CostAllocation>,
    /// Likes and impressions beside leads; `null` where nobody told of any.
    pub engagement: Option<EngagementSummary>,
    /// Whether one row's lead rate is the best; `null` where there are fewer than two rows to
    /// compare, and for rows made by times.
    pub best: Option<BestRow>,
    /// What came in in other currencies. What was converted is in the sums above, what was not is
    /// in none of them.
    pub currencies: Vec<CurrencyTotals>,
    /// How many conversions each rung of the join ladder found.
    #[serde(serialize_with = "sums::counts")]
    pub joined_by: BTreeMap<String, f64>,
    /// What the report is held against, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<ComparedReport>,
    /// What to know when reading the figures.
    pub notes: Vec<String>,
}

/// Makes the report.
pub fn yield_report(inputs: &ReportInputs<'_>) -> YieldReport {
    let campaign = inputs.campaign;
    let currency = campaign.currency;
    let (by_key, unattributed) = gather(inputs);
    let mut attributed = RowSums::default();
    for sums in by_key.values() {
        attributed.add(sums);
    }
    let mut total = unattributed.clone();
    total.add(&attributed);
    // Leads without a row are no success of the visitors counted.
    let mut total = ReportRow {
        lead_rate: attributed.row(RowKey::default(), currency).lead_rate,
        people: inputs
            .people
            .filter(|_| inputs.filter.is_empty())
            .map(|people| people.all),
        ..total.row(RowKey::default(), currency)
    };
    // The unattributed have no visitors of their own to be a rate of.
    let mut unattributed = ReportRow {
        lead_rate: None,
        ..unattributed.row(RowKey::default(), currency)
    };
    let mut rows = rows(inputs, by_key);
    let best = add_statistics::add_statistics(inputs, &mut rows, &mut total, &attributed);
    let together = attributed.row(RowKey::default(), currency);
    allocate_costs::allocate_costs(inputs, &mut rows, &mut unattributed, &mut total);
    let rows: Vec<ReportRow> = rows.into_iter().map(|(row, _)| row).collect();
    let currencies = currencies::blocks(inputs);
    YieldReport {
        campaign: campaign.id,
        campaign_name: campaign.name.clone(),
        model: inputs.model.to_string(),
        window_days: inputs.window_days,
        axis: inputs.axis,
        by: inputs.by.to_string(),
        currency,
        from: inputs.period.from,
        to: inputs.period.to,
        time_zone: campaign.time_zone.clone(),
        goal: goal_state(inputs),
        comparison: None,
        funnel: funnel::steps(engagement::impressions(inputs.engagement), &together),
        cost_allocation: inputs.costs.map(|it| it.rule),
        engagement: engagement::summarize(inputs.engagement, inputs.leads),
        best,
        notes: notes::of(inputs, &rows, &currencies),
        rows,
        unattributed,
        total,
        workspace_unattributed: workspace_unattributed(inputs),
        currencies,
        joined_by: joined_by(inputs),
    }
}

/// How many conversions each rung of the join ladder found.
fn joined_by(inputs: &ReportInputs<'_>) -> BTreeMap<String, f64> {
    let none = |match_rule: &MatchRule| (match_rule.to_string(), 0);
    let mut joined_by: BTreeMap<String, i64> = MatchRule::ALL.iter().map(none).collect();
    for sum in inputs.told() {
        *joined_by.entry(sum.joined_by.to_string()).or_default() += sum.weight;
    }
    let joined_by = joined_by.into_iter();
    joined_by
        .map(|(match_rule, weight)| (match_rule, conversions(weight)))
        .collect()
}

/// The rows with the sums behind them.
fn rows(inputs: &ReportInputs<'_>, by_key: BTreeMap<RowKey, RowSums>) -> Vec<(ReportRow, RowSums)> {
    let leads = |key: &RowKey| real(inputs.assisted.get(key).copied().unwrap_or(0));
    let row = |(key, sums): (RowKey, RowSums)| {
        let row = ReportRow {
            people: people(inputs, &key),
            assisted_leads: Some(leads(&key)),
            ..sums.row(key, inputs.campaign.currency)
        };
        (row, sums)
    };
    by_key.into_iter().map(row).collect()
}

/// Those of the row, where rows are made by network.
fn people(inputs: &ReportInputs<'_>, key: &RowKey) -> Option<i64> {
    let by_network = inputs.by.is_network() && inputs.filter.is_empty();
    let people = inputs.people.filter(|_| by_network)?;
    let network = key.network.as_deref()?;
    Some(people.by_network.get(network).copied().unwrap_or(0))
}

/// The sums of each row, and of what belongs to none.
fn gather(inputs: &ReportInputs<'_>) -> (BTreeMap<RowKey, RowSums>, RowSums) {
    let currency = inputs.campaign.currency;
    let mut unattributed = RowSums::default();
    let mut by_key: BTreeMap<RowKey, RowSums> = BTreeMap::new();
    let key = |segment: &Segment| inputs.by.row_key(segment, inputs.links, inputs.granularity);
    let allows = |segment: &Segment| inputs.filter.allows(segment, inputs.links);
    if inputs.by.is_network() {
        for network in inputs.networks {
            let segment = Segment::of(network);
            if inputs.filter.is_empty()
                && let Some(key) = key(&segment)
            {
                by_key.insert(key, RowSums::default());
            }
        }
    }
    let by_link = inputs.by.is_by_link() || inputs.filter.dimensions().any(Dimension::is_of_links);
    let clicks = inputs
        .clicks
        .chunk_by(|one, next| one.segment == next.segment);
    for alike in clicks.filter(|alike| allows(&alike[0].segment)) {
        let sums = match key(&alike[0].segment) {
            Some(key) => by_key.entry(key).or_default(),
            None => &mut unattributed,
        };
        for sum in alike {
            sums.add_clicks(sum, by_link);
        }
    }
    let credits = inputs
        .credits
        .chunk_by(|one, next| one.segment == next.segment);
    for alike in credits.filter(|alike| allows(&alike[0].segment)) {
        let key = key(&alike[0].segment);
        for sum in alike {
            let sums = match &key {
                Some(key) if sum.in_window => by_key.entry(key.clone()).or_default(),
                _ => &mut unattributed,
            };
            sums.add_credit(sum, currency);
        }
    }
    (by_key, unattributed)
}

/// Conversions that no campaign is known for; nothing is known of them that a filter could let
/// through.
fn workspace_unattributed(inputs: &ReportInputs<'_>) -> Option<ReportRow> {
    let currency = inputs.campaign.currency;
    let mut sums = RowSums::default();
    for sum in inputs.strays {
        sums.add_credit(sum, currency);
    }
    inputs.filter.is_empty().then(|| ReportRow {
        lead_rate: None,
        ..sums.row(RowKey::default(), currency)
    })
}

/// Holds the goal against every credit of the campaign, however the report is narrowed: it counts
/// what the total of a report over the whole campaign counts.
fn goal_state(inputs: &ReportInputs<'_>) -> GoalState {
    let version = current_version(inputs.past_goals);
    let campaign = inputs.campaign;
    let goal = match &campaign.aim {
        GoalOrWaiver::Goal(goal) => goal,
        GoalOrWaiver::Waived(reason) => {
            return GoalState {
                metric: None,
                target: None,
                actual: None,
                by: None,
                verdict: GoalVerdict::Waived,
                projected: None,
                needed_per_day: None,
                elapsed: None,
                version,
                goal_waiver: Some(reason.clone()),
            };
        }
    };
    let mut sums = RowSums::default();
    for sum in inputs.whole {
        sums.add_credit(sum, campaign.currency);
    }
    let actual = match &goal.metric {
        GoalMetric::Leads => conversions(sums.leads),
        GoalMetric::Sales => conversions(sums.sales),
        GoalMetric::Revenue => real(sums.revenue - sums.refunds),
        GoalMetric::Event(name) => conversions(sums.events.get(name).map_or(0, |event| event.0)),
    };
    let start = campaign.starts_at.unwrap_or(campaign.created_at);
    let projection = goal.projection(actual, start, campaign.ends_at, inputs.now);
    GoalState {
        metric: Some(goal.metric.to_string()),
        target: Some(goal.target),
        actual: Some(actual),
        by: goal.by.or(campaign.ends_at),
        verdict: projection.verdict,
        projected: projection.projected,
        needed_per_day: projection.needed_per_day,
        elapsed: projection.elapsed,
        version,
        goal_waiver: None,
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "sums of whole credits are exact")]
mod tests;
