//! What a report is made of: sums that storage keeps ready.
//!
//! Must not know: where they come from.

use std::collections::BTreeMap;

use compact_str::CompactString;

use super::allocate_costs::PeriodCosts;
use super::breakdown::Breakdown;
use super::engagement::LeadTotals;
use super::filter::SegmentFilter;
use super::granularity::Granularity;
use super::period::Period;
use super::row_key::RowKey;
use super::segment::LinkIndex;
use super::segment::Segment;
use super::{ConvertedAmount, ReportAxis};
use crate::attribution::data_driven::RequestedModel;
use crate::campaign::Campaign;
use crate::campaign::engagement::EngagementSum;
use crate::campaign::goal::GoalVersion;
use crate::click::ClickClass;
use crate::clock::Millis;
use crate::conversion::{ConversionKind, MatchRule};
use crate::money::Currency;

/// Clicks that are alike, summed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClickSum {
    /// Where they stand.
    pub segment: Segment,
    /// Who made them.
    pub class: ClickClass,
    /// How many.
    pub clicks: i64,
    /// Visitors, each counted at its first human click for a network of the campaign and a day.
    pub visitors: i64,
    /// The same for a link and a day.
    pub link_visitors: i64,
}

/// Different people of a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct People {
    /// In all its networks.
    pub all: i64,
    /// By network; under an empty name those of links without one.
    pub by_network: BTreeMap<String, i64>,
    /// Whether they were counted one by one, and not estimated.
    pub is_exact: bool,
}

/// How long a lead took from the click that is credited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeadLag {
    /// Minutes from the click to the lead; a few below zero where clocks differ.
    pub minutes: i64,
    /// When the click came: minutes since 1970-01-01.
    pub clicked_minute: i64,
    /// Millionths of the lead.
    pub weight: i64,
}

/// Visitors of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitorDay {
    /// Canonical name of the network of the link, if it has one.
    pub network: Option<CompactString>,
    /// UTC day, since 1970-01-01.
    pub day: i64,
    /// How many came first on it.
    pub visitors: i64,
}

/// Whose payment it is: the bytes of a click's id, or of the conversion's where no click is known.
pub type PayerId = [u8; 16];

/// Credits of one kind, summed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditSum {
    /// Where they stand, by their touches.
    pub segment: Segment,
    /// What happened.
    pub kind: ConversionKind,
    /// The event's name, for [`ConversionKind::Event`].
    pub name: Option<String>,
    /// Currency of `amount`; `None` for conversions without a value.
    pub currency: Option<Currency>,
    /// The rung that joined them.
    pub joined_by: MatchRule,
    /// Whether the click lies within the attribution window before the conversion.
    pub in_window: bool,
    /// Millionths of conversions.
    pub weight: i64,
    /// Of sales: how much of that is customers' first sales.
    pub first_sales: i64,
    /// Of sales: how much of that is customers' second sales.
    pub second_sales: i64,
    /// Of leads: how long they took.
    pub lags: Vec<LeadLag>,
    /// Of sales and what takes them back: the click, or the conversion where none is known, with
    /// minor units of the campaign's currency where it was converted, else of `currency`.
    pub payments: Vec<(PayerId, i64)>,
    /// Minor units, negative for refunds.
    pub amount: i64,
    /// What that is in the campaign's currency, where it was converted.
    pub converted: Option<ConvertedAmount>,
}

/// Everything a report is made of.
#[derive(Clone, Debug)]
pub struct ReportInputs<'a> {
    /// The campaign.
    pub campaign: &'a Campaign,
    /// Networks its links stand for; each gets a row, clicked or not.
    pub networks: &'a [String],
    /// What rows are made by.
    pub by: &'a Breakdown,
    /// What they are narrowed to.
    pub filter: &'a SegmentFilter,
    /// How finely the sums below are told apart.
    pub granularity: &'a Granularity,
    /// Facts of the links, where the grain needs them.
    pub links: &'a LinkIndex,
    /// How credit is shared.
    pub model: RequestedModel,
    /// Which moment counts.
    pub axis: ReportAxis,
    /// Days a click may lie before its conversion: as asked for, else before its lead as the
    /// campaign has it.
    pub window_days: u32,
    /// The period.
    pub period: Period,
    /// The campaign's clicks in the period.
    pub clicks: &'a [ClickSum],
    /// The same visitors by day; a narrowed report has no use for them.
    pub visitor_days: &'a [VisitorDay],
    /// The people behind these clicks; `None` when they are not kept that far back.
    pub people: Option<&'a People>,
    /// The campaign's credits in the period.
    pub credits: &'a [CreditSum],
    /// The workspace's conversions in the period that no campaign is known for.
    pub strays: &'a [CreditSum],
    /// What the campaign cost in the period; `None` in a narrowed report.
    pub costs: Option<PeriodCosts<'a>>,
    /// What was told of its posts in the period.
    pub engagement: &'a [EngagementSum],
    /// Days before and after the period of which something was told as well, where nobody gave that
    /// bound.
    pub engagement_outside: [i64; 2],
    /// Leads that stand beside it.
    pub leads: &'a LeadTotals,
    /// What its goal was before it was changed after the start.
    pub past_goals: &'a [GoalVersion],
    /// Leads that rows assisted in.
    pub assisted: &'a BTreeMap<RowKey, i64>,
    /// The campaign's credits up to its goal's deadline, which the goal is held against.
    pub whole: &'a [CreditSum],
    /// When the report is made.
    pub now: Millis,
}

impl<'a> ReportInputs<'a> {
    /// Every credit of the campaign that the report tells of, with a row or without: in a narrowed
    /// one those that the filter lets through.
    pub(super) fn told(&self) -> impl Iterator<Item = &'a CreditSum> {
        let (filter, links) = (self.filter, self.links);
        let credits = self.credits.iter();
        credits.filter(move |sum| filter.allows(&sum.segment, links))
    }
}
