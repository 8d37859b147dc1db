//! The cost of each row, also for each of its leads and customers.
//!
//! # Invariants
//! The costs of rows and `unattributed` sum to the total. `unattributed` has the costs of no row.
//!
//! # Out of scope
//! How a cost is shared: [`super::cost`].

use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;

use super::cost::ratios::{CostRatios, RatioInputs};
use super::cost::{CostFit, ValuedCost, allocate};
use super::declared::PeriodCosts;
use super::dimension::Dimension;
use super::observed::Observed;
use super::query::ReportQuery;
use super::row::ReportRow;
use super::row_key::RowKey;
use super::row_sums::RowSums;
use super::time_unit::TimeUnit;
use crate::id::LinkId;
use crate::money::Money;

/// Sets the costs of rows, `unattributed` and `total`.
pub(super) fn allocate_costs(
    query: &ReportQuery,
    observed: &Observed,
    costs: &PeriodCosts,
    rows: &mut [(ReportRow, RowSums)],
    unattributed: &mut ReportRow,
    total: &mut ReportRow,
) {
    let placements = if costs.rows.is_empty() {
        RowPlacements::default()
    } else {
        RowPlacements::of(query, observed)
    };
    let cut = CostCut::of(query);
    let mut by_period: BTreeMap<Option<CompactString>, Vec<ValuedCost>> = BTreeMap::new();
    for cost in cut.costs(costs) {
        by_period.entry(cut.of_cost(&cost)).or_default().push(cost);
    }
    let mut people: BTreeMap<Option<CompactString>, Vec<(RowKey, i64)>> = BTreeMap::new();
    for (row, _) in rows.iter() {
        let of_period = people.entry(cut.of_row(&row.key)).or_default();
        of_period.push((row.key.clone(), row.visitors));
    }
    let (mut by_row, mut unallocated, mut whole) = (BTreeMap::new(), 0i64, 0i64);
    for (period, costs) in by_period {
        let people = people.get(&period).map_or(&[][..], Vec::as_slice);
        let shared = allocate(people, &costs, query.cost_allocation, |cost, key| {
            placements.fit(cost, key)
        });
        by_row.extend(shared.by_row);
        unallocated = unallocated.saturating_add(shared.unallocated);
        whole = whole.saturating_add(shared.total);
    }
    for (row, _) in rows.iter_mut() {
        let cost = by_row.get(&row.key).copied().unwrap_or(0);
        let ratios = ratios(row, cost);
        set_cost(row, cost, &ratios);
    }
    unattributed.cost = Some(Money {
        amount: unallocated,
        ..unattributed.revenue
    });
    let ratios = ratios(total, whole);
    set_cost(total, whole, &ratios);
}

/// The ratios of a cost to the figures of the row.
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

fn set_cost(row: &mut ReportRow, amount: i64, ratios: &CostRatios) {
    row.cost = Some(Money {
        amount,
        ..row.revenue
    });
    row.cost_per_lead = ratios.cost_per_lead;
    row.cost_per_customer = ratios.cost_per_customer;
    row.return_on_cost = ratios.return_on_cost;
}

/// The unit of time of the rows. Costs are split by it, and each part is shared only among the rows
/// of its own day or week.
enum CostCut {
    Days,
    Weeks,
    /// Rows are not separated by day or week.
    Whole,
}

impl CostCut {
    fn of(query: &ReportQuery) -> CostCut {
        let dimensions = query.breakdown.dimensions();
        if dimensions.contains(&Dimension::Time(TimeUnit::Day)) {
            CostCut::Days
        } else if dimensions.contains(&Dimension::Time(TimeUnit::CohortWeek)) {
            CostCut::Weeks
        } else {
            CostCut::Whole
        }
    }

    fn costs(&self, costs: &PeriodCosts) -> Vec<ValuedCost> {
        let by_day = |cost: &ValuedCost| cost.by_day(&costs.days);
        match self {
            CostCut::Days | CostCut::Weeks => costs.rows.iter().flat_map(by_day).collect(),
            CostCut::Whole => costs.rows.clone(),
        }
    }

    fn of_cost(&self, cost: &ValuedCost) -> Option<CompactString> {
        let day = *cost.days.start();
        match self {
            CostCut::Days => Some(TimeUnit::date(day).into()),
            CostCut::Weeks => Some(TimeUnit::date(TimeUnit::monday(day)).into()),
            CostCut::Whole => None,
        }
    }

    fn of_row(&self, key: &RowKey) -> Option<CompactString> {
        match self {
            CostCut::Days => key.day.clone(),
            CostCut::Weeks => key.cohort_week.clone(),
            CostCut::Whole => None,
        }
    }
}

/// The networks and links that occur in each row.
#[derive(Default)]
struct RowPlacements<'a> {
    networks: BTreeMap<RowKey, BTreeSet<&'a str>>,
    links: BTreeMap<RowKey, BTreeSet<LinkId>>,
}

impl<'a> RowPlacements<'a> {
    fn of(query: &ReportQuery, observed: &'a Observed) -> RowPlacements<'a> {
        let (mut networks, mut links) = (BTreeMap::new(), BTreeMap::new());
        let clicks = observed.clicks.iter().map(|sum| &sum.segment);
        let credits = observed.credits.iter().map(|sum| &sum.segment);
        for segment in clicks.chain(credits) {
            let breakdown = &query.breakdown;
            let Some(key) = breakdown.row_key(segment, &observed.links, &query.granularity) else {
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

    /// How a cost fits a row. A cost that names the row's network, link or day is `Named`. A cost
    /// that names a network or link that does not occur in the row is `No`. Others are `Shared`.
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
                // The report does not separate links.
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
