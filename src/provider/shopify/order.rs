//! A Shopify order, which each of its webhooks contains whole.
//!
//! # Invariants
//! The facts follow from the order alone, not from the topic. The time of the sale is the earlier
//! of `created_at` and `processed_at`: neither changes, and an order imported from another shop has
//! its original date in the latter. Money is in the shop's currency.
//!
//! # Out of scope
//! The forms of other webhooks.

use serde::Deserialize;

use super::customer::ShopifyCustomer;
use super::notes::TEST_ORDER;
use super::refund::{MoneyBag, ShopifyRefund};
use crate::clock::Millis;
use crate::conversion::order::{OrderFact, RefundState};
use crate::money::Money;
use crate::provider::attribution_hints::AttributionHints;
use crate::provider::order::{self, OrderReport};
use crate::provider::parsed_webhook::{ParsedWebhook, WebhookEffect};
use crate::provider::report;
use crate::provider::report_error::ReportError;
use crate::provider::settings::SourceSettings;
use crate::provider::{amount, lax_serde};

/// The used fields of an order.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ShopifyOrder {
    #[serde(deserialize_with = "lax_serde::text")]
    id: Option<String>,
    created_at: Option<Millis>,
    processed_at: Option<Millis>,
    updated_at: Option<Millis>,
    cancelled_at: Option<Millis>,
    #[serde(deserialize_with = "lax_serde::or_default")]
    test: bool,
    #[serde(deserialize_with = "lax_serde::text")]
    financial_status: Option<String>,
    #[serde(deserialize_with = "lax_serde::text")]
    currency: Option<String>,
    #[serde(deserialize_with = "lax_serde::text")]
    total_price: Option<String>,
    #[serde(deserialize_with = "lax_serde::text")]
    current_total_price: Option<String>,
    #[serde(deserialize_with = "lax_serde::text")]
    total_outstanding: Option<String>,
    #[serde(deserialize_with = "lax_serde::fitting")]
    total_price_set: Option<MoneyBag>,
    #[serde(deserialize_with = "lax_serde::or_default")]
    refunds: Vec<ShopifyRefund>,
    #[serde(deserialize_with = "lax_serde::fitting")]
    customer: Option<ShopifyCustomer>,
    #[serde(deserialize_with = "lax_serde::text")]
    email: Option<String>,
    #[serde(deserialize_with = "lax_serde::text")]
    contact_email: Option<String>,
    #[serde(deserialize_with = "lax_serde::text")]
    landing_site: Option<String>,
    #[serde(deserialize_with = "lax_serde::list")]
    note_attributes: Vec<Attribute>,
    #[serde(deserialize_with = "lax_serde::list")]
    discount_codes: Vec<Discount>,
    #[serde(deserialize_with = "lax_serde::list")]
    discount_applications: Vec<Discount>,
}

/// An attribute that the shop's page added to the cart.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Attribute {
    #[serde(deserialize_with = "lax_serde::text")]
    name: Option<String>,
    #[serde(deserialize_with = "lax_serde::text")]
    value: Option<String>,
}

/// A discount. Only the type `discount_code` has a code.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Discount {
    #[serde(deserialize_with = "lax_serde::text")]
    code: Option<String>,
}

/// The state of the payment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Payment {
    /// Everything is paid, and not everything went back.
    Paid,
    /// Everything that was paid went back.
    Back,
    /// A part is paid.
    Part,
    /// It will not be paid.
    Never,
    /// It is not paid yet.
    Open,
}

impl ShopifyOrder {
    pub(super) fn parse(self, settings: &SourceSettings) -> Result<ParsedWebhook, ReportError> {
        if self.test && !settings.accept_test {
            return Ok(ParsedWebhook::nothing(TEST_ORDER));
        }
        let id = self.id.as_deref();
        let id = id.ok_or_else(|| ReportError::payload("the order has no `id`"))?;
        let version = self.updated_at.ok_or_else(|| {
            ReportError::payload(format!(
                "order {id} has no `updated_at`, so nothing says how new this is"
            ))
        })?;
        let payment = self.payment();
        let mut facts = Vec::new();
        let refunds = self.refunds(settings)?;
        if matches!(payment, Payment::Paid | Payment::Back) {
            facts.push(("paid".to_owned(), self.paid(id, &refunds)?));
        }
        facts.extend(self.standing(payment, &refunds, version));
        facts.extend(refunds);
        let report = OrderReport {
            names: vec![(0, id.to_owned())],
            version,
            record: "order",
            hints: self.hints(),
            facts,
        };
        Ok(ParsedWebhook {
            effects: vec![WebhookEffect::Order(report)],
            failed: None,
            note: match payment {
                Payment::Paid | Payment::Back => None,
                Payment::Part => Some("waits for the rest of its payment"),
                Payment::Open => Some("waits for payment"),
                Payment::Never => Some("was called off before it was paid"),
            },
        })
    }

    fn payment(&self) -> Payment {
        let status = self.financial_status.as_deref().unwrap_or_default();
        match status.to_ascii_lowercase().as_str() {
            "paid" | "partially_refunded" => Payment::Paid,
            "refunded" => Payment::Back,
            "partially_paid" => Payment::Part,
            "voided" => Payment::Never,
            _ if self.cancelled_at.is_some() => Payment::Never,
            _ => Payment::Open,
        }
    }

    fn paid(&self, id: &str, refunds: &[(String, OrderFact)]) -> Result<OrderFact, ReportError> {
        let lacks =
            |field| ReportError::payload(format!("order {id} is paid, but has no `{field}`"));
        let times = [self.created_at, self.processed_at];
        let at = times.into_iter().flatten().min();
        let currency = self.currency.as_deref();
        let currency = amount::currency(currency.ok_or_else(|| lacks("currency"))?)?;
        let total = self.total_price.as_deref();
        let total = amount::decimal(total.ok_or_else(|| lacks("total_price"))?, currency)?;
        if total.amount < 0 {
            return Err(ReportError::AmountNegative);
        }
        Ok(OrderFact::Paid {
            at: at.ok_or_else(|| lacks("created_at"))?,
            total: self.received(total, refunds)?,
        })
    }

    /// The amount that the shop received. `total_price` does not subtract reductions from before
    /// the payment, so the current total is used: minus what is still owed, plus what went back.
    /// Each refund that was converted to the shop's currency may be off by one minor unit.
    fn received(
        &self,
        total: Money,
        refunds: &[(String, OrderFact)],
    ) -> Result<Money, ReportError> {
        let Some(now) = self.current_total_price.as_deref() else {
            return Ok(total);
        };
        let now = amount::decimal(now, total.currency)?.amount;
        let owed = match self.total_outstanding.as_deref() {
            Some(owed) => amount::decimal(owed, total.currency)?.amount,
            None => 0,
        };
        let back = refunds.iter().filter_map(|(_, fact)| match fact {
            OrderFact::Refund { amount, state, .. } if *state != RefundState::Failed => {
                Some(amount)
            }
            _ => None,
        });
        let back: Vec<i64> = back
            .filter(|amount| amount.currency == total.currency)
            .map(|amount| amount.amount)
            .collect();
        let rounded = i64::try_from(back.len()).unwrap_or(i64::MAX);
        let received = now.saturating_sub(owed);
        let received = back
            .iter()
            .fold(received, |sum, amount| sum.saturating_add(*amount));
        if received.saturating_add(rounded) >= total.amount {
            return Ok(total);
        }
        Ok(Money {
            amount: received.max(0),
            ..total
        })
    }

    /// Refunds report what went back. If everything went back, the rest was never paid, such as the
    /// remainder after a deposit.
    fn standing(
        &self,
        payment: Payment,
        refunds: &[(String, OrderFact)],
        version: Millis,
    ) -> Vec<(String, OrderFact)> {
        let made = refunds.iter().filter_map(|(_, fact)| match fact {
            OrderFact::Refund { at, .. } => Some(*at),
            _ => None,
        });
        let is_void = matches!(payment, Payment::Never | Payment::Back);
        let at = self.cancelled_at.or(made.max()).unwrap_or(version);
        order::standing(is_void, at)
    }

    fn refunds(&self, settings: &SourceSettings) -> Result<Vec<(String, OrderFact)>, ReportError> {
        let shop = self.currency.as_deref();
        let whole = self.total_price_set.as_ref();
        let facts = self
            .refunds
            .iter()
            .filter_map(|refund| refund.fact(whole, shop, settings).transpose());
        facts.collect()
    }

    fn hints(self) -> AttributionHints {
        let customer = self.customer.unwrap_or_default();
        let mut hints = AttributionHints {
            landing_urls: self.landing_site.into_iter().collect(),
            customer: report::ReportedCustomer {
                external_id: customer.id,
                email: self.email.or(self.contact_email).or(customer.email),
            },
            ..AttributionHints::default()
        };
        for attribute in self.note_attributes {
            if let (Some(name), Some(value)) = (attribute.name, attribute.value) {
                hints.take(&name, &value);
            }
        }
        let discounts = self.discount_codes.into_iter();
        let discounts = discounts.chain(self.discount_applications);
        for code in discounts.filter_map(|discount| discount.code) {
            if !hints.promo_codes.contains(&code) {
                hints.promo_codes.push(code);
            }
        }
        hints
    }
}

#[cfg(test)]
mod tests;
