//! What all of Stripe's objects share when they report an order: names, times and hints.
//!
//! # Invariants
//! An id gives the same name in every object.
//!
//! # Out of scope
//! The facts that follow from an object.

use super::payload::{Discount, Metadata, ObjectId, PromotionCode, StripeEvent};
use crate::clock::Millis;
use crate::conversion::order::OrderFact;
use crate::provider::attribution_hints::AttributionHints;
use crate::provider::order::OrderReport;
use crate::provider::parsed_webhook::{ParsedWebhook, WebhookEffect};
use crate::provider::report_error::ReportError;

/// Rank of an invoice's id as an order's name: the best, because each renewal has its own.
pub(super) const INVOICE: u8 = 0;
/// Rank of a payment intent's id.
pub(super) const PAYMENT_INTENT: u8 = 1;
/// Rank of a session's id.
pub(super) const SESSION: u8 = 2;
/// Rank of a charge's id.
pub(super) const CHARGE: u8 = 3;

/// Most names of one order; those with the worst rank are dropped.
const MAX_NAMES: usize = 20;

/// 2000 to 2100, in seconds. A payment cannot be outside.
const SECONDS: std::ops::Range<i64> = 946_684_800..4_102_444_800;

/// What an event reports about an order.
pub(super) struct PaymentReport<'a> {
    /// The ids by which the event knows the order.
    pub names: Vec<(u8, Option<&'a str>)>,
    /// The object that the hints come from.
    pub record: &'static str,
    pub hints: AttributionHints,
    pub facts: Vec<(String, OrderFact)>,
    pub note: Option<&'static str>,
}

impl PaymentReport<'_> {
    /// The parsed webhook, as of the event's time.
    pub(super) fn parsed_at<T>(self, event: &StripeEvent<T>) -> Result<ParsedWebhook, ReportError> {
        let names = self.names.into_iter();
        let names = names.filter_map(|(rank, id)| Some((rank, id?.to_owned())));
        let mut names: Vec<_> = names.filter(|(_, id)| !id.is_empty()).collect();
        names.sort_unstable();
        names.dedup();
        names.truncate(MAX_NAMES);
        let report = OrderReport {
            names,
            version: time(event.created)?,
            record: self.record,
            hints: self.hints,
            facts: self.facts,
        };
        Ok(ParsedWebhook {
            effects: vec![WebhookEffect::Order(report)],
            failed: None,
            note: self.note,
        })
    }
}

/// The text of an optional id.
pub(super) fn text(id: Option<&ObjectId>) -> Option<&str> {
    id.map(ObjectId::text)
}

/// A time as Stripe writes it, in seconds.
pub(super) fn time(seconds: i64) -> Result<Millis, ReportError> {
    if SECONDS.contains(&seconds) {
        Ok(Millis(seconds * 1000))
    } else {
        Err(ReportError::Payload(format!(
            "`created` is {seconds}, which is not a time in seconds since 1970"
        )))
    }
}

/// Adds who paid: the customer, or the account that replaces it since the API of 2026.
pub(super) fn take_customer<'a>(
    hints: &mut AttributionHints,
    [customer, account]: [Option<&ObjectId>; 2],
    emails: impl IntoIterator<Item = Option<&'a String>>,
) {
    // Charges do not have the account, so the customer is used if both are given.
    hints.customer.external_id = text(customer.or(account)).map(str::to_owned);
    hints.customer.email = emails.into_iter().flatten().next().cloned();
}

/// Adds the metadata of the shop's own code; values of a later call win.
pub(super) fn take_metadata(hints: &mut AttributionHints, metadata: &Metadata) {
    for (name, value) in metadata.iter().flatten() {
        if let Some(value) = value.as_str() {
            hints.take(name, value);
        }
    }
}

/// Adds the codes of discounts: the code that the customer typed, if it is given, and the ids that
/// represent it.
pub(super) fn take_discounts<'a>(
    hints: &mut AttributionHints,
    discounts: impl IntoIterator<Item = &'a Discount>,
) {
    for discount in discounts {
        let Discount::Whole {
            promotion_code,
            coupon,
            source,
        } = discount
        else {
            continue;
        };
        match promotion_code {
            Some(PromotionCode::Id(id)) => hints.promo_codes.push(id.clone()),
            Some(PromotionCode::Whole { id, code }) => {
                hints.promo_codes.extend(code.clone());
                hints.promo_codes.push(id.clone());
            }
            None => {}
        }
        let coupon = coupon
            .as_ref()
            .or_else(|| source.as_ref().and_then(|source| source.coupon.as_ref()));
        hints.promo_codes.extend(text(coupon).map(str::to_owned));
    }
}
