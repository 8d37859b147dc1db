//! The sums behind one row while they gather: millionths of conversions and minor units.
//!
//! Holds: nothing is rounded before everything is added.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::row_key::RowKey;
use super::wilson::LeadRate;
use super::{ClickCounts, ClickSum, CreditSum, EventTotals, LeadLag, PayerId, ReportRow};
use crate::attribution::WHOLE;
use crate::conversion::ConversionKind;
use crate::money::{Currency, Money};

/// Whole counts are written without a fraction.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
pub(super) fn count<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "guarded by the bound before it"
    )]
    if value.fract() == 0.0 && value.abs() < 9e15 {
        serializer.serialize_i64(*value as i64)
    } else {
        serializer.serialize_f64(*value)
    }
}

#[expect(clippy::ref_option, reason = "serde passes a reference")]
pub(super) fn optional_count<S: Serializer>(
    value: &Option<f64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => count(value, serializer),
        None => serializer.serialize_none(),
    }
}

pub(super) fn counts<S: Serializer>(
    values: &BTreeMap<String, f64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    struct Count(f64);
    impl Serialize for Count {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            count(&self.0, serializer)
        }
    }
    serializer.collect_map(values.iter().map(|(name, value)| (name, Count(*value))))
}

/// Sums of one row while they gather, in millionths and minor units.
#[derive(Clone, Debug, Default)]
pub(super) struct RowSums {
    pub(super) clicks: ClickCounts,
    pub(super) visitors: i64,
    pub(super) leads: i64,
    pub(super) sales: i64,
    pub(super) customers: i64,
    pub(super) repeat_customers: i64,
    pub(super) lags: Vec<LeadLag>,
    /// Minor units by click.
    pub(super) payments: BTreeMap<PayerId, i64>,
    pub(super) revenue: i64,
    pub(super) refunds: i64,
    pub(super) events: BTreeMap<String, (i64, i64)>,
}

/// Adds what somebody paid.
fn pay(payments: &mut BTreeMap<PayerId, i64>, payer: PayerId, amount: i64) {
    let sum = payments.entry(payer).or_default();
    *sum = sum.saturating_add(amount);
}

impl RowSums {
    pub(super) fn add_clicks(&mut self, sum: &ClickSum, by_link: bool) {
        self.clicks.add(sum.class, sum.clicks);
        self.visitors += if by_link {
            sum.link_visitors
        } else {
            sum.visitors
        };
    }

    /// Counts the conversions; their money only if it is in the campaign's currency or was
    /// converted to it.
    pub(super) fn add_credit(&mut self, sum: &CreditSum, currency: Currency) {
        let amount = if sum.currency == Some(currency) {
            sum.amount
        } else {
            sum.converted.map_or(0, |converted| converted.amount)
        };
        if sum.currency == Some(currency) || sum.converted.is_some() {
            for (click, amount) in &sum.payments {
                pay(&mut self.payments, *click, *amount);
            }
        }
        match sum.kind {
            ConversionKind::Lead => {
                self.leads += sum.weight;
                self.lags.extend_from_slice(&sum.lags);
            }
            ConversionKind::Sale => {
                self.sales += sum.weight;
                self.customers += sum.first_sales;
                self.repeat_customers += sum.second_sales;
                self.revenue = self.revenue.saturating_add(amount);
            }
            ConversionKind::Refund
            | ConversionKind::Chargeback
            | ConversionKind::ChargebackReversal => {
                self.refunds = self.refunds.saturating_sub(amount);
            }
            ConversionKind::Event => {
                let name = sum.name.clone().unwrap_or_default();
                let entry = self.events.entry(name).or_default();
                entry.0 += sum.weight;
                entry.1 = entry.1.saturating_add(amount);
            }
        }
    }

    pub(super) fn add(&mut self, other: &RowSums) {
        self.clicks.human += other.clicks.human;
        self.clicks.bot += other.clicks.bot;
        self.clicks.all += other.clicks.all;
        for (class, clicks) in &other.clicks.by_class {
            *self.clicks.by_class.entry(*class).or_default() += clicks;
        }
        self.visitors += other.visitors;
        self.leads += other.leads;
        self.sales += other.sales;
        self.customers += other.customers;
        self.repeat_customers += other.repeat_customers;
        self.lags.extend_from_slice(&other.lags);
        for (click, amount) in &other.payments {
            pay(&mut self.payments, *click, *amount);
        }
        self.revenue = self.revenue.saturating_add(other.revenue);
        self.refunds = self.refunds.saturating_add(other.refunds);
        for (name, (weight, amount)) in &other.events {
            let entry = self.events.entry(name.clone()).or_default();
            entry.0 += weight;
            entry.1 = entry.1.saturating_add(*amount);
        }
    }

    pub(super) fn row(&self, key: RowKey, currency: Currency) -> ReportRow {
        let money = |amount| Money { amount, currency };
        let leads = conversions(self.leads);
        ReportRow {
            key,
            clicks: self.clicks.clone(),
            visitors: self.visitors,
            people: None,
            leads,
            lead_rate: LeadRate::wilson(leads, real(self.visitors)),
            lead_rate_shrunk: None,
            probability_best: None,
            expected_loss: None,
            assisted_leads: None,
            median_days_to_lead: None,
            mature: None,
            sales: conversions(self.sales),
            customers: conversions(self.customers),
            repeat_customers: conversions(self.repeat_customers),
            cost: None,
            cost_per_lead: None,
            cost_per_customer: None,
            return_on_cost: None,
            earnings_per_visitor: None,
            revenue: money(self.revenue),
            refunds: money(self.refunds),
            net_revenue: money(self.revenue.saturating_sub(self.refunds)),
            events: self
                .events
                .iter()
                .map(|(name, (weight, amount))| {
                    let events = EventTotals {
                        count: conversions(*weight),
                        value: money(*amount),
                    };
                    (name.clone(), events)
                })
                .collect(),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "exact up to 9e15, far above any count"
)]
pub(super) fn real(count: i64) -> f64 {
    count as f64
}

pub(super) fn conversions(weight: i64) -> f64 {
    real(weight) / real(WHOLE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::campaign_report::segment::Segment;
    use crate::conversion::MatchRule;

    fn credit(kind: ConversionKind, amount: i64) -> CreditSum {
        CreditSum {
            segment: Segment::default(),
            kind,
            name: None,
            currency: Some("EUR".parse().unwrap()),
            joined_by: MatchRule::Path,
            in_window: true,
            weight: WHOLE,
            first_sales: 0,
            second_sales: 0,
            lags: Vec::new(),
            payments: vec![([7; 16], amount)],
            amount,
            converted: None,
        }
    }

    proptest! {
        #[test]
        fn sums_of_money_never_wrap(
            sold in prop::collection::vec(0..=i64::MAX, 0..9),
            back in prop::collection::vec(i64::MIN..=0, 0..9),
        ) {
            let euro = "EUR".parse().unwrap();
            let mut sums = RowSums::default();
            for amount in &sold {
                sums.add_credit(&credit(ConversionKind::Sale, *amount), euro);
            }
            for amount in &back {
                sums.add_credit(&credit(ConversionKind::Refund, *amount), euro);
            }
            let mut twice = sums.clone();
            twice.add(&sums);
            for sums in [sums, twice] {
                prop_assert!(sums.revenue >= *sold.iter().max().unwrap_or(&0));
                prop_assert!(sums.refunds >= back.iter().map(|it| it.saturating_neg()).max().unwrap_or(0));
            }
        }
    }
}
