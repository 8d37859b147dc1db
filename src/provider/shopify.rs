//! Shopify: orders, refunds and customers by webhook.
//!
//! The signature is the base64 HMAC-SHA256 of the raw body with the app's secret. For webhooks
//! created in the admin, Settings → Notifications shows the secret. The headers are not signed,
//! so `x-shopify-topic` only says which form the body has. Deliveries of Shopify's Events use the
//! same headers without `x-`. Their content depends on the subscription's query, so they never
//! count.
//!
//! # Invariants
//! Deliveries are identified by what they report about an order, never by `x-shopify-event-id`,
//! because `orders/create` and `orders/paid` of one purchase share it.
//!
//! # Out of scope
//! How the ledger follows from an order.

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

/// The headers that are read.
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
            "the header `x-shopify-topic` is missing, so the kind of this request is unknown",
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
            "orders/updated reports the changes of an edit; subscribe to that",
        )),
        "orders/delete" => Ok(ParsedWebhook::nothing(
            "a deleted order keeps its money; refunds/create reports what went back",
        )),
        "customers/data_request" => Ok(ParsedWebhook::nothing(
            "a customer asks for their data: find them with GET /customers/{id} and send the shop what \
             it shows, within 30 days",
        )),
        "shop/redact" => Ok(ParsedWebhook::nothing(
            "the shop is gone and wants its customers' data erased: archive this source and erase them",
        )),
        "app/uninstalled" => Ok(ParsedWebhook::nothing(
            "the shop removed the app: it will send nothing more to this source",
        )),
        // The topics of Events are resources only, such as `ShopifyOrder`.
        topic if topic.starts_with(|c: char| c.is_ascii_uppercase()) => Ok(ParsedWebhook::nothing(
            "an Event of Shopify has only what its query asks for; also subscribe to webhooks, by \
             topics such as orders/paid",
        )),
        _ => Ok(ParsedWebhook::nothing(
            "this topic has nothing that counts; unsubscribe from it",
        )),
    }
}

#[cfg(test)]
mod tests;
