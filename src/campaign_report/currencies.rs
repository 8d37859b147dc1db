//! Money of other currencies than the campaign's: the part that was converted, and the rest.
//!
//! # Invariants
//! Blocks are shown beside the sums and are never added to them, nor to each other. Converted money
//! is in the sums already.
//!
//! # Out of scope
//! The rates.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::figures::{self, conversions};
use super::observed::{CreditSum, Observed};
use super::query::ReportQuery;
use crate::clock::Millis;
use crate::conversion::ConversionKind;
use crate::money::{Currency, Money};

/// Totals of one other currency, converted or not. Amounts are in that currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CurrencyTotals {
    /// The currency.
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    /// Whether the report's sums include it, converted at the rates of its days. If not, it is not
    /// in any sum.
    pub converted: bool,
    /// Sales credited.
    #[serde(serialize_with = "figures::serialize_count")]
    pub sales: f64,
    /// Money of the sales.
    pub revenue: Money,
    /// Refunds and chargebacks, as a positive amount.
    pub refunds: Money,
    /// Revenue minus refunds.
    pub net_revenue: Money,
    /// Value of named events.
    pub events: Money,
    /// `net_revenue` as included in the sums, in the campaign's currency; `null` if it is not
    /// included.
    pub counted_as: Option<Money>,
    /// Day of the latest rate used; `null` if no rate was used.
    #[schema(value_type = Option<String>, format = Date, example = "2026-11-24")]
    pub latest_rate: Option<String>,
}

/// Sums of one block.
#[derive(Default)]
struct CurrencyBlock {
    sales: i64,
    revenue: i64,
    refunds: i64,
    events: i64,
    counted_as: i64,
    latest_day: Option<i64>,
}

impl CurrencyBlock {
    fn add(&mut self, sum: &CreditSum) {
        let counted = sum.converted.map_or(0, |converted| converted.amount);
        match sum.kind {
            ConversionKind::Lead => {}
            ConversionKind::Sale => {
                self.sales += sum.weight;
                self.revenue = self.revenue.saturating_add(sum.amount);
                self.counted_as = self.counted_as.saturating_add(counted);
            }
            ConversionKind::Refund
            | ConversionKind::Chargeback
            | ConversionKind::ChargebackReversal => {
                self.refunds = self.refunds.saturating_sub(sum.amount);
                self.counted_as = self.counted_as.saturating_add(counted);
            }
            ConversionKind::Event => self.events = self.events.saturating_add(sum.amount),
        }
        let day = sum.converted.map(|converted| converted.latest_day);
        self.latest_day = self.latest_day.max(day);
    }
}

/// At most two blocks for each currency, by its code: what was not converted, then what was.
pub(super) fn blocks(
    query: &ReportQuery,
    observed: &Observed,
    own: Currency,
) -> Vec<CurrencyTotals> {
    let mut blocks: BTreeMap<(&str, bool), (Currency, CurrencyBlock)> = BTreeMap::new();
    for sum in observed.shown_credits(&query.filter) {
        let Some(currency) = sum.currency.filter(|currency| *currency != own) else {
            continue;
        };
        // The value of leads is in no sum of any currency.
        if sum.kind != ConversionKind::Lead {
            let key = (currency.code(), sum.converted.is_some());
            let block = blocks.entry(key);
            block
                .or_insert((currency, CurrencyBlock::default()))
                .1
                .add(sum);
        }
    }
    let blocks = blocks.into_iter();
    blocks
        .map(|((_, converted), (currency, sums))| {
            let money = |amount| Money { amount, currency };
            CurrencyTotals {
                currency,
                converted,
                sales: conversions(sums.sales),
                revenue: money(sums.revenue),
                refunds: money(sums.refunds),
                net_revenue: money(sums.revenue.saturating_sub(sums.refunds)),
                events: money(sums.events),
                counted_as: converted.then_some(Money {
                    amount: sums.counted_as,
                    currency: own,
                }),
                latest_rate: sums.latest_day.map(|day| Millis::of_day(day).date()),
            }
        })
        .collect()
}

/// What a block holds, and whether the sums include it; `None` if it holds no money.
pub(super) fn note(block: &CurrencyTotals, own: Currency) -> Option<String> {
    let mut parts = Vec::new();
    if block.sales > 0.0 {
        // A part of a sale is singular as well.
        let s = if block.sales > 1.0 { "s" } else { "" };
        parts.push(format!("{} of {} sale{s}", block.revenue, block.sales));
    }
    for (money, what) in [(block.refunds, "refunds"), (block.events, "events")] {
        if money.amount != 0 {
            parts.push(format!("{money} of {what}"));
        }
    }
    if parts.is_empty() {
        return None;
    }
    let what = parts.join(" and ");
    Some(match &block.latest_rate {
        Some(day) => format!(
            "{what} were converted to {own} at the rates of their days that were loaded (latest {day})."
        ),
        None => format!(
            "{what} are not in any of these sums, which are in {own}. Either no rate of their days is \
             loaded (`leadline rates import` loads rates), or no campaign is known for them."
        ),
    })
}
