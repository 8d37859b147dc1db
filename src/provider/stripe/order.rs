//! What all of Stripe's objects have in common when they tell of an order: names, times, the trail.
//!
//! # Invariants
//! An id makes the same name wherever it stands.
//!
//! # Out of scope
//! Which fact follows from what.

use super::payload::{Discount, Metadata, ObjectId, PromotionCode, StripeEvent};
use crate::clock::Millis;
use crate::conversion::order::OrderFact;
use crate::provider::attribution_hints::AttributionHints;
use crate::provider::order::OrderReport;
use crate::provider::parsed_webhook::{ParsedWebhook, WebhookEffect};
use crate::provider::report_error::ReportError;

/// How well an invoice's id stands for an order: best, as each renewal has one.
pub(super) const INVOICE: u8 = 0;
/// How well a payment intent's id does.
pub(super) const PAYMENT_INTENT: u8 = 1;
/// How well a session's id does.
pub(super) const SESSION: u8 = 2;
/// How well a charge's id does.
pub(super) const CHARGE: u8 = 3;

/// Most names of one order; the worst are left out beyond.
const MAX_NAMES: usize = 20;

/// 2000 to 2100, in seconds: what lies outside is no time of a payment.
const SECONDS: std::ops::Range<i64> = 946_684_800..4_102_444_800;

/// What an event tells of an order.
pub(super) struct PaymentReport<'a> {
    /// The ids that it knows the order by.
    pub names: Vec<(u8, Option<&'a str>)>,
    /// Which of the order's objects the trail stands in.
    pub record: &'static str,
    pub hints: AttributionHints,
    pub facts: Vec<(String, OrderFact)>,
    pub note: Option<&'static str>,
}

impl PaymentReport<'_> {
    /// The parsed webhook that says so, as of the event's time.
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

/// The text of an id that may be absent.
pub(super) fn text(id: Option<&ObjectId>) -> Option<&str> {
    id.map(ObjectId::text)
}

/// A time as Stripe writes it, in seconds.
pub(super) fn time(seconds: i64) -> Result<Millis, ReportError> {
    if SECONDS.contains(&seconds) {
        Ok(Millis(seconds * 1000))
    } else {
        Err(ReportError::Payload(format!(
            "`created` is {seconds}, which is no time in seconds since 1970"
        )))
    }
}

/// Adds who paid: the customer, or the account that takes its place since the API of 2026.
pub(super) fn take_customer<'a>(
    hints: &mut AttributionHints,
    [customer, account]: [Option<&ObjectId>; 2],
    emails: impl IntoIterator<Item = Option<&'a String>>,
) {
    // Charges know of no account, so where both are told the customer is the same everywhere.
    hints.customer.external_id = text(customer.or(account)).map(str::to_owned);
    hints.customer.email = emails.into_iter().flatten().next().cloned();
}

/// Adds what the shop's own code wrote down; the words of a later call win.
pub(super) fn take_metadata(hints: &mut AttributionHints, metadata: &Metadata) {
    for (name, value) in metadata.iter().flatten() {
        if let Some(value) = value.as_str() {
            hints.take(name, value);
        }
    }
}

/// Adds the codes of discounts: what the customer typed where it is told, and the ids that stand
/// for it.
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
