//! Ratios of a row: cost for each lead and customer, return on cost, earnings for each visitor.
//!
//! # Invariants
//! Nothing is divided by zero: such a ratio is absent, never infinite.

use serde::{Deserialize, Serialize};

use crate::money::Money;

/// The figures that a row's ratios are computed from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatioInputs {
    /// The cost of the row.
    pub cost: Money,
    /// Revenue less refunds, in the same currency.
    pub net_revenue: Money,
    /// Leads credited; a fraction if the model shares them.
    pub leads: f64,
    /// Customers credited; also a fraction if the model shares them.
    pub customers: f64,
    /// Visitors.
    pub visitors: i64,
}

/// Ratios of a row. All but the last are `null` without a cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CostRatios {
    /// Cost for each lead, rounded; `null` without leads.
    pub cost_per_lead: Option<Money>,
    /// Cost for each customer, rounded; `null` without customers.
    pub cost_per_customer: Option<Money>,
    /// (Net revenue − cost) / cost. It is 0.5 if each 1.00 spent brought 1.50, and −1 if it
    /// brought nothing.
    pub return_on_cost: Option<f64>,
    /// Net revenue for each visitor, in minor units; `null` without visitors.
    pub earnings_per_visitor: Option<f64>,
}

impl CostRatios {
    /// The ratios of these figures.
    pub fn of(figures: &RatioInputs) -> CostRatios {
        let cost = real(figures.cost.amount);
        let net = real(figures.net_revenue.amount);
        let ratio = |what: f64, by: f64| (by > 0.0).then(|| what / by);
        let spent = |value: Option<f64>| value.filter(|_| cost > 0.0);
        let money = |units: f64| Money {
            amount: whole(units),
            currency: figures.cost.currency,
        };
        CostRatios {
            cost_per_lead: spent(ratio(cost, figures.leads)).map(money),
            cost_per_customer: spent(ratio(cost, figures.customers)).map(money),
            return_on_cost: ratio(net - cost, cost),
            earnings_per_visitor: ratio(net, real(figures.visitors)),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "exact up to 9e15, far above any amount"
)]
fn real(units: i64) -> f64 {
    units as f64
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "no more than the cost for each millionth of a lead, which fits"
)]
fn whole(units: f64) -> i64 {
    units.round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratios(cost: i64, net: i64, leads: f64, customers: f64, visitors: i64) -> CostRatios {
        let money = |amount| Money {
            amount,
            currency: "EUR".parse().unwrap(),
        };
        CostRatios::of(&RatioInputs {
            cost: money(cost),
            net_revenue: money(net),
            leads,
            customers,
            visitors,
        })
    }

    #[test]
    fn what_is_spent_is_divided_by_what_came_of_it() {
        let made = ratios(10_000, 15_000, 3.0, 2.5, 400);
        assert_eq!(made.cost_per_lead.unwrap().to_string(), "33.33 EUR");
        assert_eq!(made.cost_per_customer.unwrap().to_string(), "40.00 EUR");
        assert_eq!(made.return_on_cost, Some(0.5));
        assert_eq!(made.earnings_per_visitor, Some(37.5));
        assert_eq!(ratios(10_000, 0, 0.0, 0.0, 0).return_on_cost, Some(-1.0));
        let taken_back = ratios(10_000, -5_000, 1.0, 1.0, 10);
        assert_eq!(taken_back.return_on_cost, Some(-1.5));
        assert_eq!(taken_back.earnings_per_visitor, Some(-500.0));
    }

    #[test]
    fn nothing_is_divided_by_zero() {
        let free = ratios(0, 15_000, 3.0, 2.0, 400);
        assert_eq!((free.cost_per_lead, free.cost_per_customer), (None, None));
        assert_eq!(free.return_on_cost, None);
        assert_eq!(free.earnings_per_visitor, Some(37.5));
        let vain = ratios(10_000, 0, 0.0, 0.0, 0);
        assert_eq!((vain.cost_per_lead, vain.cost_per_customer), (None, None));
        assert_eq!(vain.earnings_per_visitor, None);
    }
}
