//! Stripe: events of Checkout, Billing, refunds and disputes, as snapshots (API v1).
//!
//! Signed is `{t}.{body}` with HMAC-SHA256 under the whole `whsec_…` text; `stripe-signature` has
//! `t=` once and any number of `v1=` in hex. An endpoint should send `checkout.session.completed`,
//! `checkout.session.async_payment_succeeded`, `invoice.paid`, `invoice_payment.paid`,
//! `charge.captured`, `charge.refunded`, `refund.*` and `charge.dispute.*`; others do no harm.
//!
//! # Invariants
//! One payment is one order, by whatever of its objects it is told. They share names: the invoice,
//! the payment intent, the session, the charge. Of these Stripe makes each id once over all
//! accounts, so names of connected accounts need nothing before them. Amounts go by Stripe's own
//! exponents.
//!
//! # Out of scope
//! Storage, HTTP.

mod back;
mod exponent;
mod order;
mod payload;
mod sale;

use secrecy::SecretString;
use serde::Deserialize;

use super::delivery::Delivery;
use super::json;
use super::parsed_webhook::ParsedWebhook;
use super::report_error::ReportError;
use super::settings::SourceSettings;
use super::signature::Error;
use super::signature::{self, MAX_SIGNATURES, TOLERANCE_MS};
use crate::clock::Millis;

/// The headers looked at.
pub(super) const HEADERS: &[&str] = &["stripe-signature"];

pub(super) fn verify(
    delivery: &Delivery,
    secrets: &[SecretString],
    now: Millis,
) -> Result<(), Error> {
    let header = delivery.needed("stripe-signature")?;
    let pairs = || header.split(',').filter_map(|pair| pair.split_once('='));
    let values = |name: &'static str| pairs().filter(move |it| it.0.trim() == name).map(|it| it.1);
    let mut times = values("t");
    let time = times.next().ok_or(Error::Timestamp)?;
    // With two of them nobody could tell which one is signed.
    if times.any(|other| other != time) {
        return Err(Error::Timestamp);
    }
    signature::check_time(signature::seconds(time)?, now, TOLERANCE_MS)?;
    let given: Vec<Vec<u8>> = values("v1")
        .take(MAX_SIGNATURES)
        .filter_map(|text| hex::decode(text.trim()).ok())
        .collect();
    signature::one_fits(&given, secrets, |key| {
        signature::hmac_sha256(key, &[time.as_bytes(), b".", &delivery.body])
    })
}

/// What every event has, and what tells events of the other protocol apart.
#[derive(Deserialize)]
struct EventHead {
    object: String,
    r#type: String,
    livemode: bool,
    data: Option<EventSubject>,
}

/// What an event is about.
#[derive(Deserialize)]
struct EventSubject {
    object: Option<ObjectKind>,
}

/// What kind of object it is.
#[derive(Deserialize)]
struct ObjectKind {
    object: Option<String>,
}

pub(super) fn read(
    delivery: &Delivery,
    settings: &SourceSettings,
) -> Result<ParsedWebhook, ReportError> {
    let body = &delivery.body;
    let head: EventHead = json::read(body)?;
    if head.object.starts_with("v2.") {
        return thin(&head.r#type);
    }
    if head.object != "event" {
        return Err(ReportError::Payload(
            "this is no event of Stripe: its `object` is not `event`".to_owned(),
        ));
    }
    if !head.livemode && !settings.accept_test {
        return Ok(ParsedWebhook::nothing(
            "of Stripe's test mode; such events count once the source's settings have `accept_test`",
        ));
    }
    let object = head.data.and_then(|it| it.object?.object);
    if object.is_some_and(|object| !may_be(&head.r#type, &object)) {
        return Ok(ParsedWebhook::nothing(
            "events of this type have another object than here is known; nothing was counted",
        ));
    }
    snapshot(&head.r#type, body)
}

/// Whether an event of this type is about such an object, as far as it is counted.
fn may_be(kind: &str, object: &str) -> bool {
    let known = match kind.rsplit_once('.').map(|(of, _)| of) {
        Some("charge.refund") => "refund",
        Some("charge.dispute") => "dispute",
        Some("checkout.session") => "checkout.session",
        Some(of @ ("invoice" | "invoice_payment" | "payment_intent" | "charge" | "refund")) => of,
        _ => return true,
    };
    object == known
}

/// A thin event: a failure where its snapshot would count.
fn thin(kind: &str) -> Result<ParsedWebhook, ReportError> {
    let of_v1 = kind.strip_prefix("v1.").unwrap_or_default();
    let counted = [
        "checkout.session.",
        "invoice.",
        "invoice_payment.",
        "payment_intent.",
        "charge.",
        "refund.",
    ];
    if counted.iter().any(|begin| of_v1.starts_with(begin)) {
        return Err(ReportError::Payload(
            "this is a thin event, which does not say what happened; have the event destination send \
             snapshot events (API v1)"
                .to_owned(),
        ));
    }
    Ok(ParsedWebhook::nothing(
        "a thin event of no payment; have the event destination send snapshot events (API v1) of payments",
    ))
}

fn snapshot(kind: &str, body: &[u8]) -> Result<ParsedWebhook, ReportError> {
    match kind {
        "checkout.session.completed" | "checkout.session.async_payment_succeeded" => {
            sale::session(&json::read(body)?)
        }
        "checkout.session.async_payment_failed" => Ok(ParsedWebhook::nothing(
            "the payment of this checkout failed; it was not counted",
        )),
        "invoice.paid" | "invoice.payment_succeeded" => sale::invoice(&json::read(body)?),
        "invoice_payment.paid" => sale::invoice_payment(&json::read(body)?),
        "payment_intent.succeeded" => sale::payment_intent(&json::read(body)?),
        "charge.succeeded" => sale::charge(&json::read(body)?),
        "charge.captured" => sale::captured(&json::read(body)?),
        "charge.refunded" => back::refunded(&json::read(body)?),
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
            back::refund(&json::read(body)?)
        }
        "charge.dispute.created"
        | "charge.dispute.updated"
        | "charge.dispute.closed"
        | "charge.dispute.funds_withdrawn"
        | "charge.dispute.funds_reinstated" => back::dispute(&json::read(body)?),
        _ => Ok(ParsedWebhook::nothing(
            "events of this type tell of no payment, refund or dispute; the endpoint need not send them",
        )),
    }
}

#[cfg(test)]
mod tests;
