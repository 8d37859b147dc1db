//! What rows cost, and what that comes to for each lead and customer.
//!
//! Holds: rows and `unattributed`, which has what no row can be charged with, sum to the total; of a
//! narrowed report nothing is told, because costs know less than clicks. Shares: [`super::cost`].

use std::ops::RangeInclusive;

use super::by::{Dimension, Key};
use super::cost::ratios::{Figures, Ratios};
use super::cost::{CostRow, Fit, Rule, allocate};
use super::grain::Time;
use super::sums::Sums;
use super::{Inputs, Row};
use crate::money::Money;

/// What a campaign cost in the report's period.
#[derive(Clone, Copy, Debug)]
pub struct Spending<'a> {
    /// Costs that have a value, each cut to the period.
    pub rows: &'a [CostRow],
    /// Days of the period, in the campaign's time zone.
    pub days: &'a RangeInclusive<i64>,
    /// Minutes of work without a value, as the campaign has no hourly rate.
    pub unvalued_minutes: i64,
    /// How a cost is shared that belongs to no row alone.
    pub rule: Rule,
}

/// Charges rows, `unattributed` and `total`.
pub(super) fn charge(
    inputs: &Inputs<'_>,
    rows: &mut [(Row, Sums)],
    unattributed: &mut Row,
    total: &mut Row,
) {
    let Some(spending) = &inputs.spending else {
        return;
    };
    let by_day = inputs.by.dimensions().contains(&Dimension::Time(Time::Day));
    let costs: Vec<CostRow> = if by_day {
        let days = |cost: &CostRow| cost.by_day(spending.days);
        spending.rows.iter().flat_map(days).collect()
    } else {
        spending.rows.to_vec()
    };
    let people: Vec<(Key, i64)> = rows
        .iter()
        .map(|(row, _)| (row.key.clone(), row.visitors))
        .collect();
    let shared = allocate(&people, &costs, spending.rule, fit);
    for (row, _) in rows.iter_mut() {
        let cost = shared.by_row.get(&row.key).copied().unwrap_or(0);
        put(row, cost);
    }
    unattributed.cost = Some(Money {
        amount: shared.unallocated,
        ..unattributed.revenue
    });
    put(total, shared.total);
}

fn put(row: &mut Row, amount: i64) {
    let cost = Money {
        amount,
        ..row.revenue
    };
    let ratios = Ratios::of(&Figures {
        cost,
        net_revenue: row.net_revenue,
        leads: row.leads,
        customers: row.customers,
        visitors: row.visitors,
    });
    row.cost = Some(cost);
    row.cost_per_lead = ratios.cost_per_lead;
    row.cost_per_customer = ratios.cost_per_customer;
    row.return_on_cost = ratios.return_on_cost;
}

/// Where a cost names nothing that the row is made by, it was spent on the row among others.
fn fit(cost: &CostRow, key: &Key) -> Fit {
    let day = (cost.days.start() == cost.days.end()).then(|| Time::date(*cost.days.start()));
    let named = [
        (&cost.network, &key.network),
        (&cost.link_id.map(|id| id.to_string()), &key.link_id),
        (&day, &key.day),
    ];
    let both = named
        .into_iter()
        .filter_map(|(of_cost, of_row)| Some((of_cost.as_ref()?, of_row.as_ref()?)));
    let mut fit = Fit::Shared;
    for (of_cost, of_row) in both {
        if of_cost != of_row {
            return Fit::No;
        }
        fit = Fit::Named;
    }
    fit
}
