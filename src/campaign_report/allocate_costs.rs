//! What rows cost, and what that comes to for each lead and customer.
//!
//! Holds: rows and `unattributed`, which has what no row can be charged with, sum to the total; of
//! a narrowed report nothing is told, because costs know less than clicks. Shares: [`super::cost`].

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use compact_str::CompactString;

use super::cost::ratios::{CostRatios, RatioInputs};
use super::cost::{CostAllocation, CostFit, OutsideCosts, ValuedCost, allocate};
use super::dimension::Dimension;
use super::row_key::RowKey;
use super::sums::RowSums;
use super::time_unit::TimeUnit;
use super::{ReportInputs, ReportRow};
use crate::id::LinkId;
use crate::money::Money;

/// What a campaign cost in the report's period.
#[derive(Clone, Copy, Debug)]
pub struct PeriodCosts<'a> {
    /// Costs that have a value, each cut to the period.
    pub rows: &'a [ValuedCost],
    /// Days of the period, in the campaign's time zone.
    pub days: &'a RangeInclusive<i64>,
    /// Minutes of work without a value, as the campaign has no hourly rate.
    pub unvalued_minutes: i64,
    /// What is left out, because it lies before or after the campaign's own period.
    pub outside: &'a [OutsideCosts; 2],
    /// How a cost is shared that belongs to no row alone.
    pub rule: CostAllocation,
}

/// Charges rows, `unattributed` and `total`.
pub(super) fn allocate_costs(
    inputs: &ReportInputs<'_>,
    rows: &mut [(ReportRow, RowSums)],
    unattributed: &mut ReportRow,
    total: &mut ReportRow,
) {
    let Some(period_costs) = &inputs.costs else {
        return;
    };
    let places = if period_costs.rows.is_empty() {
        RowPlacements::default()
    } else {
        RowPlacements::of(inputs)
    };
    let slots = CostPeriods::of(inputs);
    let mut costs: BTreeMap<Option<CompactString>, Vec<ValuedCost>> = BTreeMap::new();
    for cost in slots.cut(period_costs) {
        costs.entry(slots.of_cost(&cost)).or_default().push(cost);
    }
    let mut people: BTreeMap<Option<CompactString>, Vec<(RowKey, i64)>> = BTreeMap::new();
    for (row, _) in rows.iter() {
        let of_slot = people.entry(slots.of_row(&row.key)).or_default();
        of_slot.push((row.key.clone(), row.visitors));
    }
    let (mut by_row, mut unallocated, mut whole) = (BTreeMap::new(), 0i64, 0i64);
    for (slot, costs) in costs {
        let people = people.get(&slot).map_or(&[][..], Vec::as_slice);
        let shared = allocate(people, &costs, period_costs.rule, |cost, key| {
            places.fit(cost, key)
        });
        by_row.extend(shared.by_row);
        unallocated = unallocated.saturating_add(shared.unallocated);
        whole = whole.saturating_add(shared.total);
    }
    for (row, _) in rows.iter_mut() {
        let cost = by_row.get(&row.key).copied().unwrap_or(0);
        let ratios = ratios(row, cost);
        put(row, cost, &ratios);
    }
    unattributed.cost = Some(Money {
        amount: unallocated,
        ..unattributed.revenue
    });
    let ratios = ratios(total, whole);
    put(total, whole, &ratios);
}

/// What a cost comes to for each of what the row brought.
fn ratios(row: &ReportRow, amount: i64) -> CostRatios {
    CostRatios::of(&RatioInputs {
        cost: Money {
            amount,
            ..row.revenue
        },
        net_revenue: row.net_revenue,
        leads: row.leads,
        customers: row.customers,
        visitors: row.visitors,
    })
}

fn put(row: &mut ReportRow, amount: i64, ratios: &CostRatios) {
    row.cost = Some(Money {
        amount,
        ..row.revenue
    });
    row.cost_per_lead = ratios.cost_per_lead;
    row.cost_per_customer = ratios.cost_per_customer;
    row.return_on_cost = ratios.return_on_cost;
}

/// The unit of time that rows are made by, in which costs are cut: only costs and rows of the same
/// unit have to do with each other.
enum CostPeriods {
    Days,
    Weeks,
    /// Rows are made by no days.
    Whole,
}

impl CostPeriods {
    fn of(inputs: &ReportInputs<'_>) -> CostPeriods {
        let made_by = |time| inputs.by.dimensions().contains(&Dimension::Time(time));
        match () {
            () if made_by(TimeUnit::Day) => CostPeriods::Days,
            () if made_by(TimeUnit::CohortWeek) => CostPeriods::Weeks,
            () => CostPeriods::Whole,
        }
    }

    fn cut(&self, costs: &PeriodCosts<'_>) -> Vec<ValuedCost> {
        let days = |cost: &ValuedCost| cost.by_day(costs.days);
        match self {
            CostPeriods::Days | CostPeriods::Weeks => costs.rows.iter().flat_map(days).collect(),
            CostPeriods::Whole => costs.rows.to_vec(),
        }
    }

    fn of_cost(&self, cost: &ValuedCost) -> Option<CompactString> {
        let day = *cost.days.start();
        match self {
            CostPeriods::Days => Some(TimeUnit::date(day).into()),
            CostPeriods::Weeks => Some(TimeUnit::date(TimeUnit::monday(day)).into()),
            CostPeriods::Whole => None,
        }
    }

    fn of_row(&self, key: &RowKey) -> Option<CompactString> {
        match self {
            CostPeriods::Days => key.day.clone(),
            CostPeriods::Weeks => key.cohort_week.clone(),
            CostPeriods::Whole => None,
        }
    }
}

/// The networks and links that each row is of, where rows are not made by these.
#[derive(Default)]
struct RowPlacements<'a> {
    networks: BTreeMap<RowKey, BTreeSet<&'a str>>,
    links: BTreeMap<RowKey, BTreeSet<LinkId>>,
}

impl<'a> RowPlacements<'a> {
    fn of(inputs: &ReportInputs<'a>) -> RowPlacements<'a> {
        let (mut networks, mut links) = (BTreeMap::new(), BTreeMap::new());
        let clicks = inputs.clicks.iter().map(|sum| &sum.segment);
        let credits = inputs.credits.iter().map(|sum| &sum.segment);
        for segment in clicks.chain(credits) {
            let Some(key) = inputs.by.row_key(segment, inputs.links, inputs.granularity) else {
                continue;
            };
            if let Some(link) = segment.link {
                let of_row: &mut BTreeSet<LinkId> = links.entry(key.clone()).or_default();
                of_row.insert(link);
            }
            if let Some(network) = &segment.network {
                let of_row: &mut BTreeSet<&str> = networks.entry(key).or_default();
                of_row.insert(network);
            }
        }
        RowPlacements { networks, links }
    }

    /// Where a cost names nothing that the row is made by, it was spent on the row among others,
    /// unless it names a network or link that the row has nothing of.
    fn fit(&self, cost: &ValuedCost, key: &RowKey) -> CostFit {
        let mut fit = CostFit::Shared;
        if let Some(network) = &cost.network {
            match (&key.network, self.networks.get(key)) {
                (Some(own), _) if own == network => fit = CostFit::Named,
                (None, Some(of_row)) if of_row.contains(network.as_str()) => {}
                _ => return CostFit::No,
            }
        }
        if let Some(link) = cost.link_id {
            match (&key.link_id, self.links.get(key)) {
                (Some(own), _) if *own == link.to_string() => fit = CostFit::Named,
                (None, Some(of_row)) if of_row.contains(&link) => {}
                // Rows that tell no links apart.
                (None, None) => {}
                _ => return CostFit::No,
            }
        }
        let is_of_one_day = cost.days.start() == cost.days.end();
        if key.day.is_some() && is_of_one_day {
            fit = CostFit::Named;
        }
        fit
    }
}
