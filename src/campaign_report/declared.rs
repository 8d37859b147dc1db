//! What the owner of a campaign stated: the campaign with its goal, its costs, its engagement.

use std::ops::RangeInclusive;

use super::cost::{OutsideCosts, ValuedCost};
use crate::campaign::Campaign;
use crate::campaign::engagement::EngagementSum;
use crate::campaign::goal::GoalVersion;

/// What a campaign cost in the report's period.
#[derive(Clone, Debug)]
pub struct PeriodCosts {
    /// Costs that have a value, each cut to the period.
    pub rows: Vec<ValuedCost>,
    /// Days of the period, in the campaign's time zone.
    pub days: RangeInclusive<i64>,
    /// Minutes of work without a value, because the campaign has no hourly rate.
    pub unvalued_minutes: i64,
    /// Costs before and after the period. They are left out, and noted if nobody gave that bound.
    pub outside: [OutsideCosts; 2],
}

/// Everything that the owner stated for a report.
#[derive(Clone, Debug)]
pub struct Declared {
    /// The campaign.
    pub campaign: Campaign,
    /// Its goal before each change after the start.
    pub past_goals: Vec<GoalVersion>,
    /// What it cost in the period.
    pub costs: PeriodCosts,
    /// Engagement of its posts in the period.
    pub engagement: Vec<EngagementSum>,
    /// Days with engagement before and after the period, if nobody gave that bound.
    pub engagement_outside: [i64; 2],
}
