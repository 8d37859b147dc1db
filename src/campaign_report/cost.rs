//! Shares the costs of a campaign among the rows of its report.
//!
//! # Invariants
//! - The costs of rows and the costs of no row sum exactly to the total, in minor units.
//! - The order of costs and rows does not change the result.
//! - The costs of consecutive periods sum to the total as well.
//!
//! # Out of scope
//! Where costs are stored, and what rows stand for.

pub mod ratios;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::time_unit::TimeUnit;
use crate::attribution::split;
use crate::clock::Millis;
use crate::id::LinkId;
use crate::money::{Currency, Money};

/// Minutes of an hour.
const HOUR: i128 = 60;

/// What was spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CostAmount {
    /// Minor units of the campaign's currency, zero or more.
    Money(i64),
    /// Minutes of work, at least one.
    Minutes(i64),
}

impl CostAmount {
    /// The value in minor units: the money, or the work at `hourly_rate` (minor units an hour),
    /// rounded half up. `None` for work without a rate.
    pub fn value(self, hourly_rate: Option<i64>) -> Option<i64> {
        match (self, hourly_rate) {
            (CostAmount::Money(amount), _) => Some(amount),
            (CostAmount::Minutes(_), None) => None,
            (CostAmount::Minutes(minutes), Some(rate)) => {
                let units = (i128::from(minutes) * i128::from(rate) + HOUR / 2).div_euclid(HOUR);
                Some(i64::try_from(units).unwrap_or(i64::MAX))
            }
        }
    }
}

/// A cost with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValuedCost {
    /// Canonical name of the network it was spent on; `None` for the whole campaign.
    pub network: Option<String>,
    /// The link it was spent on.
    pub link_id: Option<LinkId>,
    /// Days of the campaign's time zone, since 1970-01-01.
    pub days: RangeInclusive<i64>,
    /// Minor units.
    pub amount: i64,
}

impl ValuedCost {
    /// The part of the cost in `period`; `None` if none of its days is in `period`.
    #[must_use]
    pub fn within(&self, period: &RangeInclusive<i64>) -> Option<ValuedCost> {
        let from = *self.days.start().max(period.start());
        let to = *self.days.end().min(period.end());
        (from <= to).then(|| ValuedCost {
            days: from..=to,
            amount: share_of_days(self.amount, &self.days, &(from..=to)),
            ..self.clone()
        })
    }

    /// The part in `period` as one cost for each day, for rows by day.
    pub fn by_day(&self, period: &RangeInclusive<i64>) -> Vec<ValuedCost> {
        let inside = self.within(period).map(|row| row.days);
        inside
            .into_iter()
            .flatten()
            .filter_map(|day| self.within(&(day..=day)))
            .collect()
    }
}

/// Spreads `whole` evenly over `days`. Returns the part of the days `inside`. Units that the
/// division leaves over go to the earliest days.
pub fn share_of_days(whole: i64, days: &RangeInclusive<i64>, inside: &RangeInclusive<i64>) -> i64 {
    let count = i128::from(*days.end()) - i128::from(*days.start()) + 1;
    let (each, over) = (
        i128::from(whole).div_euclid(count),
        i128::from(whole).rem_euclid(count),
    );
    let until = |day: i128| {
        let before = day - i128::from(*days.start());
        before * each + before.min(over)
    };
    let sum = until(i128::from(*inside.end()) + 1) - until(i128::from(*inside.start()));
    i64::try_from(sum).unwrap_or(whole)
}

/// Costs that a report leaves out, because their days lie outside its period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutsideCosts {
    /// How many costs lie outside the period, completely or in part.
    pub count: u64,
    /// Their amount outside the period, in minor units.
    pub amount: i64,
    /// Their first and last day outside the period.
    pub days: Option<(i64, i64)>,
}

impl OutsideCosts {
    /// Adds the part of a cost over `days` that lies in `outside`.
    pub fn add(&mut self, amount: i64, days: RangeInclusive<i64>, outside: RangeInclusive<i64>) {
        let from = *days.start().max(outside.start());
        let to = *days.end().min(outside.end());
        if from > to {
            return;
        }
        self.count += 1;
        self.amount = self
            .amount
            .saturating_add(share_of_days(amount, &days, &(from..=to)));
        let (first, last) = self.days.unwrap_or((from, to));
        self.days = Some((first.min(from), last.max(to)));
    }

    /// A note about these costs; `None` if there are none. `what` says where their days lie, `fix`
    /// what to do.
    pub fn note(&self, currency: Currency, what: &str, fix: &str) -> Option<String> {
        let (first, last) = self.days?;
        let money = Money {
            amount: self.amount,
            currency,
        };
        let days = if first == last {
            format!("on {}", TimeUnit::date(first))
        } else {
            format!("from {} to {}", TimeUnit::date(first), TimeUnit::date(last))
        };
        Some(format!("{money} of costs ({days}) {what}: {fix}."))
    }
}

/// The days that a period touches, in the campaign's time zone. Each counts as a whole day.
pub fn days_of_period(from: Millis, to: Millis, zone: &TimeZone) -> RangeInclusive<i64> {
    let last = to.plus_ms(-1).max(from);
    TimeUnit::Day.bucket(from, zone)..=TimeUnit::Day.bucket(last, zone)
}

/// How to share a cost that belongs to no single row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CostAllocation {
    /// The rows share it by their people. If nobody came, it is shown under `unattributed`.
    #[default]
    #[serde(alias = "people")]
    ByPeople,
    /// Each row gets an equal share.
    Evenly,
    /// It is not shared. It is shown under `unattributed`.
    None,
}

/// How a cost fits a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CostFit {
    /// It was spent on something else.
    No,
    /// It names the network, link or day of the row.
    Named,
    /// It was spent on this row and on others, and names none of them.
    Shared,
}

/// Costs by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllocatedCosts<K> {
    /// The rule that shared the costs of several rows.
    pub rule: CostAllocation,
    /// The cost of every row, in minor units.
    pub by_row: BTreeMap<K, i64>,
    /// The costs that no row has.
    pub unallocated: i64,
    /// Rows and `unallocated` together.
    pub total: i64,
}

/// Shares `costs` among `rows`. Each row has its key and its number of people.
///
/// A cost that names exactly one row belongs to that row, whatever the rule. A cost that names
/// several rows, or fits several without naming any, is shared among them by `rule`.
/// [`CostAllocation::None`] does not share such costs. Costs of the same rows are shared together,
/// by the largest remainders. So many small costs do not favour a row. A cost that fits no row is
/// unallocated.
pub fn allocate<K: Ord + Clone>(
    rows: &[(K, i64)],
    costs: &[ValuedCost],
    rule: CostAllocation,
    fit: impl Fn(&ValuedCost, &K) -> CostFit,
) -> AllocatedCosts<K> {
    let rows: BTreeMap<&K, i64> = rows.iter().map(|(key, people)| (key, *people)).collect();
    let mut pools: BTreeMap<(bool, Vec<&K>), i64> = BTreeMap::new();
    let mut total = 0i64;
    for cost in costs {
        total = total.saturating_add(cost.amount);
        let fitting = |wanted| {
            let keys = rows.keys().copied();
            keys.filter(|key| fit(cost, key) == wanted)
                .collect::<Vec<_>>()
        };
        let named = fitting(CostFit::Named);
        let pool = if named.is_empty() {
            (false, fitting(CostFit::Shared))
        } else {
            (true, named)
        };
        let sum = pools.entry(pool).or_default();
        *sum = sum.saturating_add(cost.amount);
    }
    let mut by_row: BTreeMap<K, i64> = rows.keys().map(|key| ((*key).clone(), 0)).collect();
    let mut unallocated = 0i64;
    for ((is_named, keys), amount) in pools {
        let weights: Vec<i64> = match rule {
            _ if is_named && keys.len() == 1 => vec![1],
            CostAllocation::ByPeople => keys.iter().map(|key| rows[key].max(0)).collect(),
            CostAllocation::Evenly => vec![1; keys.len()],
            CostAllocation::None => Vec::new(),
        };
        if weights.iter().all(|weight| *weight == 0) {
            unallocated = unallocated.saturating_add(amount);
            continue;
        }
        for (key, share) in keys.into_iter().zip(split(amount, &weights)) {
            if let Some(sum) = by_row.get_mut(key) {
                *sum = sum.saturating_add(share);
            }
        }
    }
    AllocatedCosts {
        rule,
        by_row,
        unallocated,
        total,
    }
}

#[cfg(test)]
mod tests;
