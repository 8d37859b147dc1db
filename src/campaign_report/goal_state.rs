//! How a campaign's goal stands.
//!
//! # Invariants
//! The goal is compared with every credit of the campaign, however the report is narrowed: it
//! counts what the total of a report over the whole campaign counts.

use serde::{Deserialize, Serialize};

use super::figures::{self, conversions, float};
use super::observed::CreditSum;
use super::row_sums::RowSums;
use crate::campaign::goal::{GoalVersion, current_version};
use crate::campaign::{Campaign, GoalMetric, GoalOrWaiver, GoalVerdict};
use crate::clock::Millis;

/// The goal and its progress, for the whole campaign up to the goal's deadline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct GoalState {
    /// `leads`, `sales`, `revenue` or `event:NAME`; `null` when the goal is waived.
    #[schema(value_type = Option<String>)]
    pub metric: Option<GoalMetric>,
    /// The target; for revenue, in minor units.
    pub target: Option<i64>,
    /// What has been reached; for revenue, in minor units (net).
    #[serde(serialize_with = "figures::serialize_optional_count")]
    pub actual: Option<f64>,
    /// The deadline.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub by: Option<Millis>,
    /// The verdict.
    pub verdict: GoalVerdict,
    /// The projected result at the deadline, at the current pace; `null` if it is too early, and
    /// without a deadline.
    pub projected: Option<f64>,
    /// What each remaining day must bring to reach the target; `null` if the deadline passed before
    /// the target was reached, and without a deadline.
    pub needed_per_day: Option<f64>,
    /// The elapsed share of the time from start to deadline, 0 to 1; `null` without a deadline.
    pub elapsed: Option<f64>,
    /// Number of this version of the goal. If it is more than 1, the goal changed after the start;
    /// see `goal_versions` of the campaign.
    pub version: i64,
    /// Why there is no goal, if there is none.
    pub goal_waiver: Option<String>,
}

/// Compares the goal with the campaign's credits up to its deadline.
pub(super) fn goal_state(
    campaign: &Campaign,
    past_goals: &[GoalVersion],
    credits: &[CreditSum],
    now: Millis,
) -> GoalState {
    let version = current_version(past_goals);
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
    for sum in credits {
        sums.add_credit(sum, campaign.currency);
    }
    let actual = match &goal.metric {
        GoalMetric::Leads => conversions(sums.leads),
        GoalMetric::Sales => conversions(sums.sales),
        GoalMetric::Revenue => float(sums.revenue - sums.refunds),
        GoalMetric::Event(name) => conversions(sums.events.get(name).map_or(0, |event| event.0)),
    };
    let projection = goal.projection(actual, campaign.start(), campaign.ends_at, now);
    GoalState {
        metric: Some(goal.metric.clone()),
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
