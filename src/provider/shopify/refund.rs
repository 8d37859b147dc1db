//! A Shopify refund, alone in `refunds/create` and inside each later webhook of its order.
//!
//! # Invariants
//! The money that moved counts, not the returned goods. Transactions are in the customer's
//! currency. They are converted to the shop's currency at the order's own rate, so that they match
//! its sale.
//!
//! # Out of scope
//! Orders.

use rust_decimal::Decimal;
use serde::Deserialize;

use super::notes::TEST_ORDER;
use crate::clock::Millis;
use crate::conversion::order::{OrderFact, RefundState};
use crate::money::{Currency, Money};
use crate::provider::attribution_hints::AttributionHints;
use crate::provider::order::OrderReport;
use crate::provider::parsed_webhook::{ParsedWebhook, WebhookEffect};
use crate::provider::report_error::ReportError;
use crate::provider::settings::SourceSettings;
use crate::provider::{amount, lax_serde};

/// The used fields of a refund.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ShopifyRefund {
    #[serde(deserialize_with = "lax_serde::text")]
    id: Option<String>,
    #[serde(deserialize_with = "lax_serde::text")]
    order_id: Option<String>,
    created_at: Option<Millis>,
    processed_at: Option<Millis>,
    #[serde(deserialize_with = "lax_serde::or_default")]
    transactions: Vec<RefundTransaction>,
    #[serde(rename = "refund_line_items", deserialize_with = "lax_serde::list")]
    goods: Vec<RefundPart>,
    #[serde(rename = "refund_shipping_lines", deserialize_with = "lax_serde::list")]
    shipping: Vec<RefundPart>,
    #[serde(rename = "order_adjustments", deserialize_with = "lax_serde::list")]
    adjustments: Vec<RefundPart>,
}

/// Money that moved, or should have moved.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RefundTransaction {
    #[serde(deserialize_with = "lax_serde::text")]
    kind: Option<String>,
    #[serde(deserialize_with = "lax_serde::text")]
    status: Option<String>,
    #[serde(deserialize_with = "lax_serde::or_default")]
    test: bool,
    #[serde(deserialize_with = "lax_serde::text")]
    amount: Option<String>,
    #[serde(deserialize_with = "lax_serde::text")]
    currency: Option<String>,
    #[serde(deserialize_with = "lax_serde::fitting")]
    amount_set: Option<MoneyBag>,
}

/// The refunded amount in both currencies.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RefundPart {
    #[serde(
        alias = "amount_set",
        alias = "subtotal_amount_set",
        deserialize_with = "lax_serde::fitting"
    )]
    subtotal_set: Option<MoneyBag>,
}

/// One amount in the shop's currency and in the customer's.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct MoneyBag {
    shop_money: Price,
    #[serde(default)]
    presentment_money: Price,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Price {
    #[serde(deserialize_with = "lax_serde::text")]
    amount: Option<String>,
    #[serde(deserialize_with = "lax_serde::text")]
    currency_code: Option<String>,
}

impl ShopifyRefund {
    pub(super) fn parse(self, settings: &SourceSettings) -> Result<ParsedWebhook, ReportError> {
        let order = self.order_id.as_deref();
        let order = order.ok_or_else(|| ReportError::payload("the refund has no `order_id`"))?;
        let Some(fact) = self.fact(None, None, settings)? else {
            return Ok(ParsedWebhook::nothing(
                if self.money().any(|transaction| transaction.test) {
                    TEST_ORDER
                } else {
                    "no money went back: goods were restocked, or removed from the order"
                },
            ));
        };
        let report = OrderReport {
            names: vec![(0, order.to_owned())],
            version: self.told_at()?,
            record: "refund",
            hints: AttributionHints::default(),
            facts: vec![fact],
        };
        Ok(vec![WebhookEffect::Order(report)].into())
    }

    /// The refund as a part of its order; `None` if no money moved. `whole` is the order's total in
    /// both currencies, and `shop` is the shop's currency, if they are known.
    pub(super) fn fact(
        &self,
        whole: Option<&MoneyBag>,
        shop: Option<&str>,
        settings: &SourceSettings,
    ) -> Result<Option<(String, OrderFact)>, ReportError> {
        let money: Vec<&RefundTransaction> = self
            .money()
            .filter(|transaction| settings.accept_test || !transaction.test)
            .collect();
        let of = |state| {
            money
                .iter()
                .filter(move |transaction| transaction.state() == state)
        };
        let state = if of(RefundState::Pending).next().is_some() {
            RefundState::Pending
        } else if of(RefundState::Done).next().is_some() {
            RefundState::Done
        } else {
            RefundState::Failed
        };
        let rate = whole.filter(|whole| whole.rate().is_some());
        let rate = rate.or_else(|| self.rate());
        let mut sum: Option<Money> = None;
        for transaction in money.iter().filter(|transaction| {
            // A refund that was tried again does not include its failed attempts.
            state == RefundState::Failed || transaction.state() != RefundState::Failed
        }) {
            let next = transaction.value(rate, shop)?;
            sum = Some(match sum {
                None => next,
                Some(sum) if sum.currency == next.currency => Money {
                    amount: sum.amount.saturating_add(next.amount),
                    ..sum
                },
                Some(_) => {
                    return Err(ReportError::payload(
                        "the refund's transactions are in several currencies",
                    ));
                }
            });
        }
        let Some(amount) = sum.filter(|sum| sum.amount != 0) else {
            return Ok(None);
        };
        let id = self.id.as_deref();
        let id = id.ok_or_else(|| ReportError::payload("the refund has no `id`"))?;
        let at = self.told_at()?;
        let at = self.processed_at.map_or(at, |imported| imported.min(at));
        Ok(Some((
            format!("refund:{id}"),
            OrderFact::Refund { at, amount, state },
        )))
    }

    /// Transactions that return money; other ones only release a reserved amount.
    fn money(&self) -> impl Iterator<Item = &RefundTransaction> {
        let is_refund =
            |transaction: &&RefundTransaction| transaction.kind.as_deref() == Some("refund");
        self.transactions.iter().filter(is_refund)
    }

    fn told_at(&self) -> Result<Millis, ReportError> {
        let at = self.created_at.or(self.processed_at);
        at.ok_or_else(|| ReportError::payload("the refund has no `created_at`"))
    }

    /// The largest of its parts, because its rate is the most precise.
    fn rate(&self) -> Option<&MoneyBag> {
        let parts = self.goods.iter();
        let parts = parts.chain(&self.shipping).chain(&self.adjustments);
        parts
            .filter_map(|part| part.subtotal_set.as_ref())
            .filter_map(|bag| bag.rate().map(|(_, paid)| (paid, bag)))
            .max_by_key(|(paid, _)| *paid)
            .map(|(_, bag)| bag)
    }
}

impl RefundTransaction {
    fn state(&self) -> RefundState {
        match self.status.as_deref() {
            Some("success") => RefundState::Done,
            Some("failure" | "error") => RefundState::Failed,
            _ => RefundState::Pending,
        }
    }

    /// Its value in the shop's currency, or in its own if no rate is known. It is never negative.
    fn value(&self, rate: Option<&MoneyBag>, shop: Option<&str>) -> Result<Money, ReportError> {
        let own = self.amount_set.as_ref().map(|bag| &bag.shop_money);
        let own = own.and_then(|price| price.amount.as_deref().zip(price.currency_code.as_deref()));
        let given = self
            .amount
            .as_deref()
            .zip(self.currency.as_deref().or(shop));
        let (number, code) = own.or(given).ok_or_else(|| {
            ReportError::payload("a transaction of the refund has no `amount` or no `currency`")
        })?;
        let currency = amount::currency(code)?;
        let rated = match rate {
            Some(bag) if own.is_none() => bag.converted(number, currency)?,
            _ => None,
        };
        let money = rated.map_or_else(|| amount::decimal(number, currency), Ok)?;
        Ok(Money {
            amount: money.amount.abs(),
            ..money
        })
    }
}

impl MoneyBag {
    /// Both amounts, the shop's first; `None` if they cannot give a rate.
    fn rate(&self) -> Option<(Decimal, Decimal)> {
        let number = |price: &Price| {
            let number = Decimal::from_str_exact(price.amount.as_deref()?)
                .ok()?
                .abs();
            (!number.is_zero()).then_some(number)
        };
        Some((number(&self.shop_money)?, number(&self.presentment_money)?))
    }

    /// Converts an amount of the customer's currency to the shop's; `None` for any other currency.
    fn converted(&self, number: &str, currency: Currency) -> Result<Option<Money>, ReportError> {
        let code =
            |price: &Price| amount::currency(price.currency_code.as_deref().unwrap_or_default());
        let (Ok(shop), Ok(paid)) = (code(&self.shop_money), code(&self.presentment_money)) else {
            return Ok(None);
        };
        let (Some((whole, whole_paid)), Ok(part)) = (self.rate(), Decimal::from_str_exact(number))
        else {
            return Ok(None);
        };
        if currency == shop || currency != paid {
            return Ok(None);
        }
        let part = part.checked_mul(whole);
        let part = part.and_then(|part| part.checked_div(whole_paid));
        let part = part.ok_or(ReportError::AmountTooLarge)?;
        amount::decimal(&part.to_string(), shop).map(Some)
    }
}

#[cfg(test)]
mod tests;
