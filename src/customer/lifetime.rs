//! Lifetime value: what customers have brought, by the network that they came from first.
//!
//! # Invariants
//! - A customer is in one row.
//! - A column of so many days has only customers who began at least so many days ago, and only what
//!   they bought up to that age.
//! - Currencies are never added.
//!
//! # Out of scope
//! Where sums come from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::money::{Currency, Money};

/// Ages of customers, in days, that have a column.
pub const AGES: [i64; 4] = [30, 60, 90, 180];

/// How many of a network's customers are old enough, and how many bought up to that age.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerCounts {
    /// Network of the first touch, if known.
    pub network: Option<String>,
    /// Customers.
    pub customers: i64,
    /// Customers with a sale.
    pub buyers: i64,
    /// Those with several.
    pub repeat_buyers: i64,
}

/// What they brought up to that age, in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LifetimeRevenue {
    /// Network of the first touch, if known.
    pub network: Option<String>,
    /// Sales less refunds and chargebacks.
    pub net_revenue: Money,
}

/// The sums of one age.
#[derive(Clone, Debug, Default)]
pub struct LifetimeSums {
    /// Customers by network.
    pub heads: Vec<CustomerCounts>,
    /// Money by network and currency.
    pub takings: Vec<LifetimeRevenue>,
}

/// Customers who began in a period, by the network of their first touch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LifetimeRow {
    /// Network of the first touch; `null` if it is not known.
    #[schema(example = "linkedin")]
    pub network: Option<String>,
    /// Customers, whatever their age.
    pub customers: i64,
    /// Customers with a sale.
    pub buyers: i64,
    /// Customers with several sales.
    pub repeat_buyers: i64,
    /// The customers in each column of days.
    pub ages: Vec<LifetimeAge>,
    /// Their money by currency. Never add different currencies.
    pub currencies: Vec<LifetimeCurrency>,
}

/// The customers who are old enough for a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LifetimeAge {
    /// Days after the beginning.
    #[schema(example = 30)]
    pub days: i64,
    /// Customers who began at least that many days ago.
    pub customers: i64,
    /// Those of them with a sale by that age.
    pub buyers: i64,
}

/// Money in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LifetimeCurrency {
    /// The currency.
    #[schema(value_type = String, example = "EUR")]
    pub currency: Currency,
    /// Sales minus refunds and chargebacks, until now.
    pub net_revenue: Money,
    /// `net_revenue` divided by the row's customers.
    pub per_customer: Option<Money>,
    /// `net_revenue` divided by the row's buyers.
    pub per_buyer: Option<Money>,
    /// Columns of days, as in the row's `ages`.
    pub ages: Vec<LifetimeValue>,
}

/// Money of the customers who are old enough, by that age.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LifetimeValue {
    /// Days after the beginning.
    #[schema(example = 30)]
    pub days: i64,
    /// Sales by that age, minus all their refunds, even later ones.
    pub net_revenue: Money,
    /// `net_revenue` divided by the customers who are old enough; `null` if none is.
    pub per_customer: Option<Money>,
    /// `net_revenue` divided by those of them with a sale by that age; `null` if none has one.
    pub per_buyer: Option<Money>,
}

/// The rows of each network, in alphabetical order and the unknown one last, and that of all
/// together. `so_far` has everybody and everything up to now, `by_age` the sums of each of
/// [`AGES`].
pub fn rows(so_far: &LifetimeSums, by_age: &[LifetimeSums]) -> (Vec<LifetimeRow>, LifetimeRow) {
    let mut networks: Vec<Option<&str>> = so_far
        .heads
        .iter()
        .map(|heads| heads.network.as_deref())
        .collect();
    networks.sort_by_key(|network| (network.is_none(), *network));
    networks.dedup();
    let of = |network: Option<&str>| {
        let row = row(so_far, by_age, |name| name == network);
        LifetimeRow {
            network: network.map(str::to_owned),
            ..row
        }
    };
    let rows = networks.into_iter().map(of).collect();
    (rows, row(so_far, by_age, |_| true))
}

fn row(
    so_far: &LifetimeSums,
    by_age: &[LifetimeSums],
    is_in: impl Fn(Option<&str>) -> bool,
) -> LifetimeRow {
    let all = count(so_far, &is_in);
    let aged: Vec<(i64, CustomerCounts, BTreeMap<&str, Money>)> = AGES
        .into_iter()
        .zip(by_age)
        .map(|(days, sums)| (days, count(sums, &is_in), money(sums, &is_in)))
        .collect();
    let block = |(code, net_revenue): (&str, Money)| LifetimeCurrency {
        currency: net_revenue.currency,
        net_revenue,
        per_customer: share(net_revenue, all.customers),
        per_buyer: share(net_revenue, all.buyers),
        ages: aged
            .iter()
            .map(|(days, heads, sums)| {
                let nothing = Money {
                    amount: 0,
                    currency: net_revenue.currency,
                };
                let net_revenue = sums.get(code).copied().unwrap_or(nothing);
                LifetimeValue {
                    days: *days,
                    net_revenue,
                    per_customer: share(net_revenue, heads.customers),
                    per_buyer: share(net_revenue, heads.buyers),
                }
            })
            .collect(),
    };
    LifetimeRow {
        network: None,
        customers: all.customers,
        buyers: all.buyers,
        repeat_buyers: all.repeat_buyers,
        ages: aged
            .iter()
            .map(|(days, heads, _)| LifetimeAge {
                days: *days,
                customers: heads.customers,
                buyers: heads.buyers,
            })
            .collect(),
        currencies: money(so_far, &is_in).into_iter().map(block).collect(),
    }
}

fn count(sums: &LifetimeSums, is_in: &impl Fn(Option<&str>) -> bool) -> CustomerCounts {
    let mut all = CustomerCounts {
        network: None,
        customers: 0,
        buyers: 0,
        repeat_buyers: 0,
    };
    for heads in sums
        .heads
        .iter()
        .filter(|heads| is_in(heads.network.as_deref()))
    {
        all.customers += heads.customers;
        all.buyers += heads.buyers;
        all.repeat_buyers += heads.repeat_buyers;
    }
    all
}

fn money<'a>(
    sums: &'a LifetimeSums,
    is_in: &impl Fn(Option<&str>) -> bool,
) -> BTreeMap<&'a str, Money> {
    let mut by_currency: BTreeMap<&str, Money> = BTreeMap::new();
    for takings in sums
        .takings
        .iter()
        .filter(|sum| is_in(sum.network.as_deref()))
    {
        let brought = takings.net_revenue;
        by_currency
            .entry(brought.currency.code())
            .and_modify(|sum| sum.amount = sum.amount.saturating_add(brought.amount))
            .or_insert(brought);
    }
    by_currency
}

/// The amount for each of so many, rounded half away from zero; `None` for nobody.
fn share(sum: Money, heads: i64) -> Option<Money> {
    if heads <= 0 {
        return None;
    }
    let (amount, heads) = (i128::from(sum.amount), i128::from(heads));
    let half = if amount < 0 { -heads } else { heads };
    let rounded = (2 * amount + half) / (2 * heads);
    Some(Money {
        amount: i64::try_from(rounded).ok()?,
        currency: sum.currency,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn euros(amount: i64) -> Money {
        Money {
            amount,
            currency: "EUR".parse().unwrap(),
        }
    }

    #[test]
    fn a_share_is_rounded_half_away_from_zero() {
        for (amount, heads, expected) in [
            (100, 3, Some(33)),
            (5, 2, Some(3)),
            (-5, 2, Some(-3)),
            (-4, 3, Some(-1)),
            (7, 0, None),
        ] {
            assert_eq!(share(euros(amount), heads), expected.map(euros), "{amount}");
        }
    }

    #[test]
    fn networks_sum_to_the_total_and_the_unknown_one_comes_last() {
        let heads = |network: Option<&str>, customers, buyers| CustomerCounts {
            network: network.map(str::to_owned),
            customers,
            buyers,
            repeat_buyers: 0,
        };
        let takings = |network: Option<&str>, amount| LifetimeRevenue {
            network: network.map(str::to_owned),
            net_revenue: euros(amount),
        };
        let so_far = LifetimeSums {
            heads: vec![heads(None, 1, 1), heads(Some("x"), 4, 2)],
            takings: vec![takings(None, 50), takings(Some("x"), 1000)],
        };
        let young = LifetimeSums {
            heads: vec![heads(Some("x"), 2, 1)],
            takings: vec![takings(Some("x"), 300)],
        };
        let by_age = [
            young,
            LifetimeSums::default(),
            LifetimeSums::default(),
            LifetimeSums::default(),
        ];
        let (rows, total) = rows(&so_far, &by_age);
        let names: Vec<_> = rows.iter().map(|row| row.network.as_deref()).collect();
        assert_eq!(names, [Some("x"), None]);
        let block = &rows[0].currencies[0];
        assert_eq!(block.per_customer, Some(euros(250)));
        assert_eq!(block.ages[0].per_customer, Some(euros(150)));
        assert_eq!(block.ages[0].per_buyer, Some(euros(300)));
        assert_eq!(block.ages[1].net_revenue, euros(0));
        assert_eq!(block.ages[1].per_customer, None);
        assert_eq!((total.customers, total.buyers), (5, 3));
        assert_eq!(total.currencies[0].net_revenue, euros(1050));
        assert_eq!(total.ages[0].customers, 2);
    }
}
