//! Stripe: events of Checkout, Billing, refunds and disputes, as snapshots (API v1).
//!
//! The signature is the hex HMAC-SHA256 of `{t}.{body}` with the whole `whsec_…` text.
//! `stripe-signature` has `t=` once, and any number of `v1=`. An endpoint should send
//! `checkout.session.completed`, `checkout.session.async_payment_succeeded`, `invoice.paid`,
//! `invoice_payment.paid`, `charge.captured`, `charge.refunded`, `refund.*` and `charge.dispute.*`.
//! Other events do no harm.
//!
//! # Invariants
//! - One payment is one order, whichever of its objects reports it. The objects share names: the
//!   invoice, the payment intent, the session, the charge.
//! - Stripe's ids are unique over all accounts, so names from connected accounts need no prefix.
//! - Amounts use Stripe's own exponents.
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

/// The headers that are read.
pub(super) const HEADERS: &[&str] = &["stripe-signature"];

pub(super) fn verify(
    delivery: &Delivery,
    secrets: &[SecretString],
    now: Millis,
) -> Result<(), Error> {
    let header = delivery.needed("stripe-signature")?;
    let pairs = || header.split(',').filter_map(|pair| pair.split_once('='));
    let values = |name: &'static str| {
        pairs()
            .filter(move |pair| pair.0.trim() == name)
            .map(|pair| pair.1)
    };
    let mut times = values("t");
    let time = times.next().ok_or(Error::Timestamp)?;
    // If there are two, it is unknown which one is signed.
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

/// Fields of every event, including those that identify events of the other protocol.
#[derive(Deserialize)]
struct EventHead {
    object: String,
    r#type: String,
    livemode: bool,
    data: Option<EventSubject>,
}

/// The object of an event.
#[derive(Deserialize)]
struct EventSubject {
    object: Option<ObjectKind>,
}

/// The type of the object.
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
            "this is not an event of Stripe: its `object` is not `event`".to_owned(),
        ));
    }
    if !head.livemode && !settings.accept_test {
        return Ok(ParsedWebhook::nothing(
            "of Stripe's test mode; such events count once the source's settings have `accept_test`",
        ));
    }
    let object = head.data.and_then(|data| data.object?.object);
    if object.is_some_and(|object| !may_be(&head.r#type, &object)) {
        return Ok(ParsedWebhook::nothing(
            "this type of event has an unknown object; nothing was counted",
        ));
    }
    snapshot(&head.r#type, body)
}

/// Whether an event of this type may have such an object, for the types that count.
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

/// A thin event. It is an error if its snapshot would count.
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
            "events of this type are not about a payment, refund or dispute; the endpoint need not send them",
        )),
    }
}

#[cfg(test)]
mod tests;
