//! A WooCommerce order, as its REST API shows it.
//!
//! # Invariants
//! - The time of the sale is the creation of the order, `date_created_gmt`.
//! - A refund has no time of its own here. Its time is `date_modified_gmt` of the first delivery
//!   that lists it, because the ledger keeps the first time of a refund.
//! - The newest list of refunds wins.
//! - Names, addresses and the order's key are not read.
//!
//! # Out of scope
//! The forms of other webhooks.

use serde::Deserialize;

use super::meta::{self, OrderField};
use crate::clock::Millis;
use crate::conversion::order::{OrderFact, RefundState};
use crate::money::{Currency, Money};
use crate::provider::attribution_hints::AttributionHints;
use crate::provider::order::{self, OrderReport};
use crate::provider::parsed_webhook::{ParsedWebhook, WebhookEffect};
use crate::provider::report;
use crate::provider::report_error::ReportError;
use crate::provider::settings::SourceSettings;
use crate::provider::{amount, lax_serde};

/// The used fields of an order. Times are texts in UTC, without a zone.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WooOrder {
    #[serde(deserialize_with = "lax_serde::text")]
    id: Option<String>,
    #[serde(deserialize_with = "lax_serde::text")]
    status: Option<String>,
    #[serde(deserialize_with = "lax_serde::text")]
    currency: Option<String>,
    #[serde(deserialize_with = "lax_serde::text")]
    total: Option<String>,
    #[serde(deserialize_with = "lax_serde::text")]
    date_created_gmt: Option<String>,
    #[serde(deserialize_with = "lax_serde::text")]
    date_modified_gmt: Option<String>,
    refunds: Option<Vec<Refund>>,
    #[serde(deserialize_with = "lax_serde::text")]
    customer_id: Option<String>,
    #[serde(deserialize_with = "lax_serde::fitting")]
    billing: Option<BillingAddress>,
    #[serde(deserialize_with = "lax_serde::list")]
    coupon_lines: Vec<CouponLine>,
    #[serde(deserialize_with = "lax_serde::list")]
    meta_data: Vec<OrderField>,
    /// The reason, if the shop may not show the order.
    #[serde(deserialize_with = "lax_serde::text")]
    code: Option<String>,
}

/// One refund; its total is negative.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Refund {
    #[serde(deserialize_with = "lax_serde::text")]
    id: Option<String>,
    #[serde(deserialize_with = "lax_serde::text")]
    total: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct BillingAddress {
    #[serde(deserialize_with = "lax_serde::text")]
    email: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CouponLine {
    #[serde(deserialize_with = "lax_serde::text")]
    code: Option<String>,
}

/// The meaning of an order's status.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OrderStatus {
    /// It is paid.
    Paid,
    /// It was paid, and everything went back.
    Back,
    /// It is cancelled.
    Off,
    /// It is valid, but not paid yet.
    Open,
    /// A custom status of the shop that is not listed as paid.
    Unknown,
}

impl WooOrder {
    pub(super) fn parse(self, settings: &SourceSettings) -> Result<ParsedWebhook, ReportError> {
        let Some(id) = self.id.clone() else {
            return Err(self.not_an_order());
        };
        let created = moment("date_created_gmt", self.date_created_gmt.as_deref())?;
        let modified = moment("date_modified_gmt", self.date_modified_gmt.as_deref())?;
        let version = modified.or(created).ok_or_else(|| {
            ReportError::payload(format!(
                "order {id} has no `date_modified_gmt`, so nothing says how new this is"
            ))
        })?;
        let standing = self.standing(settings);
        let mut facts = Vec::new();
        if matches!(standing, OrderStatus::Paid | OrderStatus::Back) {
            let at = created.ok_or_else(|| {
                ReportError::payload(format!("order {id} is paid, but has no `date_created_gmt`"))
            })?;
            let total = self.total()?;
            facts.push(("paid".to_owned(), OrderFact::Paid { at, total }));
        }
        if standing != OrderStatus::Unknown {
            let is_void = matches!(standing, OrderStatus::Off | OrderStatus::Back);
            facts.extend(order::standing(is_void, version));
        }
        facts.extend(self.refunds(version)?);
        let report = OrderReport {
            names: vec![(0, id)],
            version,
            record: "order",
            hints: self.hints(),
            facts,
        };
        Ok(ParsedWebhook {
            effects: vec![WebhookEffect::Order(report)],
            failed: None,
            note: match standing {
                OrderStatus::Paid | OrderStatus::Back => None,
                OrderStatus::Off => Some("is cancelled: earlier payments are reversed"),
                OrderStatus::Open => Some("waits for payment"),
                OrderStatus::Unknown => Some(
                    "has a custom status; if orders are paid in it, add it to the source's \
                     `paid_statuses`",
                ),
            },
        })
    }

    fn not_an_order(&self) -> ReportError {
        match &self.code {
            Some(code) => ReportError::payload(format!(
                "instead of an order the shop sent its error {:?}: the user who created the webhook may not see \
                 orders; create it again as an administrator",
                code.chars().take(64).collect::<String>()
            )),
            None => ReportError::payload(
                "there is no order with an `id`; set the hook's API version to WP REST API Integration v3",
            ),
        }
    }

    fn standing(&self, settings: &SourceSettings) -> OrderStatus {
        let status = self.status.as_deref().unwrap_or_default();
        match status {
            status if settings.is_paid_status(status) => OrderStatus::Paid,
            "refunded" => OrderStatus::Back,
            "cancelled" | "failed" | "trash" => OrderStatus::Off,
            "pending" | "on-hold" | "processing" | "completed" | "checkout-draft" => {
                OrderStatus::Open
            }
            _ => OrderStatus::Unknown,
        }
    }

    fn currency(&self) -> Result<Currency, ReportError> {
        let code = self.currency.as_deref();
        amount::currency(code.ok_or_else(|| ReportError::payload("the order has no `currency`"))?)
    }

    fn total(&self) -> Result<Money, ReportError> {
        let total = self.total.as_deref();
        let total =
            total.ok_or_else(|| ReportError::payload("the order is paid, but has no `total`"))?;
        let total = amount::decimal(total, self.currency()?)?;
        if total.amount < 0 {
            return Err(ReportError::AmountNegative);
        }
        Ok(total)
    }

    /// The refunds, and the list of all of them. An order lists every refund that it has, so a
    /// missing one was deleted. WooCommerce reports refunds when they are created.
    fn refunds(&self, at: Millis) -> Result<Vec<(String, OrderFact)>, ReportError> {
        let Some(refunds) = &self.refunds else {
            return Ok(Vec::new());
        };
        let mut facts = Vec::new();
        let mut parts = Vec::new();
        for refund in refunds {
            let known = refund.id.as_deref().zip(refund.total.as_deref());
            let (id, total) = known.ok_or_else(|| {
                ReportError::payload("a refund of the order has no `id` or no `total`")
            })?;
            let total = amount::decimal(total, self.currency()?)?;
            let part = format!("refund:{id}");
            parts.push(part.clone());
            if total.amount == 0 {
                continue;
            }
            let fact = OrderFact::Refund {
                at,
                amount: Money {
                    amount: total.amount.abs(),
                    ..total
                },
                state: RefundState::Done,
            };
            facts.push((part, fact));
        }
        parts.sort_unstable();
        facts.push(("refund_list".to_owned(), OrderFact::RefundList { parts }));
        Ok(facts)
    }

    fn hints(self) -> AttributionHints {
        let coupons = self.coupon_lines.into_iter();
        let mut hints = AttributionHints {
            customer: report::ReportedCustomer {
                // 0 stands for every guest.
                external_id: self.customer_id.filter(|id| id != "0"),
                email: self.billing.and_then(|billing| billing.email),
            },
            promo_codes: coupons.filter_map(|coupon| coupon.code).collect(),
            ..AttributionHints::default()
        };
        meta::take(self.meta_data, &mut hints);
        hints
    }
}

/// A time of the order, in UTC.
fn moment(field: &str, text: Option<&str>) -> Result<Option<Millis>, ReportError> {
    let Some(text) = text else { return Ok(None) };
    let read = Millis::parse(text).or_else(|_| Millis::parse(&format!("{text}Z")));
    read.map(Some).map_err(|_| {
        ReportError::payload(format!(
            "`{field}` is not a time such as 2026-03-10T12:00:00"
        ))
    })
}

#[cfg(test)]
mod tests;
