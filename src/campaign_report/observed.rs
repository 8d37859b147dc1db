//! What was counted for a report: sums that storage keeps ready.
//!
//! # Out of scope
//! Where they come from.

use std::collections::BTreeMap;

use compact_str::CompactString;

use super::filter::SegmentFilter;
use super::row_key::RowKey;
use super::segment::{LinkIndex, Segment};
use crate::click::ClickClass;
use crate::conversion::{ConversionKind, MatchRule};
use crate::id::LinkId;
use crate::money::Currency;

/// Clicks that are alike, summed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClickSum {
    /// Their segment.
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
    /// Whether they were counted one by one instead of estimated.
    pub is_exact: bool,
}

/// How long a lead took from the credited click.
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
    /// How many came on it for the first time.
    pub visitors: i64,
}

/// Who paid: the bytes of the click's id, or of the conversion's if no click is known.
pub type PayerId = [u8; 16];

/// The part of a credit sum that counts in the campaign's currency, though its own is another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvertedAmount {
    /// Minor units of the campaign's currency, negative for refunds.
    pub amount: i64,
    /// Day of the latest rate behind it: days since 1970-01-01.
    pub latest_day: i64,
}

/// Credits of one kind, summed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditSum {
    /// The segment of their touches.
    pub segment: Segment,
    /// What happened.
    pub kind: ConversionKind,
    /// The event's name, for [`ConversionKind::Event`].
    pub name: Option<String>,
    /// Currency of `amount`; `None` for conversions without a value.
    pub currency: Option<Currency>,
    /// The rule that joined them.
    pub joined_by: MatchRule,
    /// Whether the click lies within the attribution window before the conversion.
    pub in_window: bool,
    /// Millionths of conversions.
    pub weight: i64,
    /// Of sales: millionths that are customers' first sales.
    pub first_sales: i64,
    /// Of sales: millionths that are customers' second sales.
    pub second_sales: i64,
    /// Of leads: how long they took.
    pub lags: Vec<LeadLag>,
    /// Of sales and what takes them back: who paid how much, in minor units of the campaign's
    /// currency if it was converted, else of `currency`.
    pub payments: Vec<(PayerId, i64)>,
    /// Minor units, negative for refunds.
    pub amount: i64,
    /// The amount in the campaign's currency, if it was converted.
    pub converted: Option<ConvertedAmount>,
}

/// Leads by network, and by link, in millionths.
#[derive(Clone, Debug, Default)]
pub struct LeadTotals {
    /// By network.
    pub by_network: BTreeMap<String, i64>,
    /// By link.
    pub by_link: BTreeMap<LinkId, i64>,
}

/// Everything that was counted for a report.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// Networks of the campaign's links; each gets a row, clicked or not.
    pub networks: Vec<String>,
    /// Facts of the links, if the granularity needs them.
    pub links: LinkIndex,
    /// The campaign's clicks in the period.
    pub clicks: Vec<ClickSum>,
    /// Their visitors by day; a narrowed report does not use them.
    pub visitor_days: Vec<VisitorDay>,
    /// The people behind these clicks; `None` if they are not kept that far back.
    pub people: Option<People>,
    /// The campaign's credits in the period.
    pub credits: Vec<CreditSum>,
    /// The campaign's credits up to its goal's deadline, which the goal is compared with.
    pub goal_credits: Vec<CreditSum>,
    /// The workspace's conversions in the period that no campaign is known for.
    pub workspace_unattributed: Vec<CreditSum>,
    /// Leads that rows assisted in.
    pub assisted: BTreeMap<RowKey, i64>,
    /// Leads to compare engagement with.
    pub leads: LeadTotals,
    /// Days of the period on which a proxy that is not configured hid who clicked.
    pub hidden_origin_days: i64,
}

impl Observed {
    /// The campaign's credits that pass the filter, with or without a row.
    pub(super) fn shown_credits<'a>(
        &'a self,
        filter: &'a SegmentFilter,
    ) -> impl Iterator<Item = &'a CreditSum> {
        let passes = move |sum: &&CreditSum| filter.allows(&sum.segment, &self.links);
        self.credits.iter().filter(passes)
    }
}
