//! Shopify: orders, refunds and customers by webhook.
//!
//! Signed is the raw body, with HMAC-SHA256 under the app's secret (for hooks that are made in the
//! admin, the one that Settings → Notifications shows), in base64. The headers are not signed, so
//! `x-shopify-topic` only says which form the body has. Deliveries of Shopify's Events name the
//! same headers without `x-`; what they say is up to the subscription's query, so none is counted.
//!
//! # Invariants
//! Deliveries are told apart by what they say of an order, never by `x-shopify-event-id`, which
//! `orders/create` and `orders/paid` of one purchase share.
//!
//! # Out of scope
//! How a ledger follows.

mod customer;
mod notes;
mod order;
mod refund;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;

use super::delivery::Delivery;
use super::json;
use super::parsed_webhook::ParsedWebhook;
use super::report_error::ReportError;
use super::settings::SourceSettings;
use super::signature::{self, Error};

const TOPIC: &str = "x-shopify-topic";
const SIGNATURE: &str = "x-shopify-hmac-sha256";
const EVENTS_TOPIC: &str = "shopify-topic";
const EVENTS_SIGNATURE: &str = "shopify-hmac-sha256";

/// The headers looked at.
pub(super) const HEADERS: &[&str] = &[TOPIC, SIGNATURE, EVENTS_TOPIC, EVENTS_SIGNATURE];

pub(super) fn verify(delivery: &Delivery, secrets: &[SecretString]) -> Result<(), Error> {
    let given = [SIGNATURE, EVENTS_SIGNATURE].map(|name| delivery.header(name));
    if given.iter().all(Option::is_none) {
        return Err(Error::MissingHeader(SIGNATURE));
    }
    let given = given.into_iter().flatten();
    let given: Vec<Vec<u8>> = given
        .filter_map(|text| STANDARD.decode(text).ok())
        .collect();
    let sign = |key: &[u8]| signature::hmac_sha256(key, &[&delivery.body]);
    signature::one_fits(&given, secrets, sign)
}

pub(super) fn read(
    delivery: &Delivery,
    settings: &SourceSettings,
) -> Result<ParsedWebhook, ReportError> {
    let body = &delivery.body;
    let topic = [TOPIC, EVENTS_TOPIC].map(|name| delivery.header(name));
    let topic = topic.into_iter().flatten().next().ok_or_else(|| {
        ReportError::payload(
            "the header `x-shopify-topic` is missing, so nothing says what this is",
        )
    })?;
    match topic.trim() {
        "orders/create"
        | "orders/paid"
        | "orders/updated"
        | "orders/cancelled"
        | "orders/fulfilled"
        | "orders/partially_fulfilled" => json::read::<order::ShopifyOrder>(body)?.parse(settings),
        "refunds/create" => json::read::<refund::ShopifyRefund>(body)?.parse(settings),
        "customers/create" => json::read::<customer::ShopifyCustomer>(body)?.lead(),
        "customers/redact" => json::read::<customer::RedactionRequest>(body)?.erasure(),
        "orders/edited" => Ok(ParsedWebhook::nothing(
            "what an edit changed comes with orders/updated; subscribe to that",
        )),
        "orders/delete" => Ok(ParsedWebhook::nothing(
            "a deleted order keeps its money; what went back comes with refunds/create",
        )),
        "customers/data_request" => Ok(ParsedWebhook::nothing(
            "a customer asks for their data: find them with GET /customers/{id} and send the shop what \
             it shows, within 30 days",
        )),
        "shop/redact" => Ok(ParsedWebhook::nothing(
            "the shop is gone and wants its customers' data erased: archive this source and erase them",
        )),
        "app/uninstalled" => Ok(ParsedWebhook::nothing(
            "the shop removed the app: nothing more will come to this source",
        )),
        // The topics of Events name resources alone, such as `ShopifyOrder`.
        topic if topic.starts_with(|c: char| c.is_ascii_uppercase()) => Ok(ParsedWebhook::nothing(
            "an Event of Shopify says only what its query asks for; subscribe to webhooks beside it, by \
             topics such as orders/paid",
        )),
        _ => Ok(ParsedWebhook::nothing(
            "nothing is counted by this topic; unsubscribe from it",
        )),
    }
}

#[cfg(test)]
mod tests;
