//! The sums behind one row: millionths of conversions and minor units.
//!
//! # Invariants
//! Nothing is rounded before everything is added, and no sum wraps.

use std::collections::BTreeMap;

use super::figures::{conversions, float};
use super::observed::{ClickSum, CreditSum, LeadLag, PayerId};
use super::row::{ClickCounts, EventTotals, ReportRow};
use super::row_key::RowKey;
use super::wilson::LeadRate;
use crate::conversion::ConversionKind;
use crate::money::{Currency, Money};

/// Sums of one row, in millionths and minor units.
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

fn add_payment(payments: &mut BTreeMap<PayerId, i64>, payer: PayerId, amount: i64) {
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
                add_payment(&mut self.payments, *click, *amount);
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
            add_payment(&mut self.payments, *click, *amount);
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
            lead_rate: LeadRate::wilson(leads, float(self.visitors)),
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::attribution::WHOLE;
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
                prop_assert!(sums.refunds >= back.iter().map(|amount| amount.saturating_neg()).max().unwrap_or(0));
            }
        }
    }
}
