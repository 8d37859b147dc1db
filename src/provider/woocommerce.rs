//! WooCommerce: orders by webhook, each as its REST API shows it.
//!
//! The signature is the base64 HMAC-SHA256 of the raw body with the secret as it was typed.
//! WooCommerce never retries, and disables a webhook after five failures, so deliveries without
//! effect are accepted too.
//!
//! # Invariants
//! Deliveries are identified by what they report about an order: `x-wc-webhook-delivery-id` is the
//! same for two orders in one second. WooCommerce sends an unsigned ping when a webhook is saved.
//!
//! # Out of scope
//! How the ledger follows from an order.

mod meta;
mod order;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;

use super::delivery::Delivery;
use super::json;
use super::parsed_webhook::ParsedWebhook;
use super::report_error::ReportError;
use super::settings::SourceSettings;
use super::signature::{self, Error};

const TOPIC: &str = "x-wc-webhook-topic";
const SIGNATURE: &str = "x-wc-webhook-signature";

/// The headers that are read.
pub(super) const HEADERS: &[&str] = &[TOPIC, SIGNATURE];

/// The start of the ping's form, before the webhook's number.
const PING: &[u8] = b"webhook_id=";

/// Most digits of that number.
const PING_DIGITS: usize = 20;

pub(super) fn verify(delivery: &Delivery, secrets: &[SecretString]) -> Result<(), Error> {
    let given = STANDARD.decode(delivery.needed(SIGNATURE)?);
    let given = given.map_err(|_| Error::Signature)?;
    let sign = |key: &[u8]| signature::hmac_sha256(key, &[&delivery.body]);
    signature::one_fits(&[given], secrets, sign)
}

pub(super) fn read(
    delivery: &Delivery,
    settings: &SourceSettings,
) -> Result<ParsedWebhook, ReportError> {
    let topic = delivery.header(TOPIC).map(str::trim);
    let topic = topic.ok_or_else(|| {
        ReportError::payload(
            "the header `x-wc-webhook-topic` is missing, so the kind of this request is unknown",
        )
    })?;
    match topic {
        "order.created" | "order.updated" | "order.restored" => {
            json::read::<order::WooOrder>(&delivery.body)?.parse(settings)
        }
        "order.deleted" => Ok(ParsedWebhook::nothing(
            "a deleted order keeps its money: it is unknown whether it went back; cancel or refund it \
             in the shop before",
        )),
        _ => Ok(ParsedWebhook::nothing(
            "this topic has nothing that counts; create webhooks for order.created and order.updated",
        )),
    }
}

pub(super) fn is_ping(delivery: &Delivery) -> bool {
    let number = delivery.body.trim_ascii().strip_prefix(PING);
    let number = number.filter(|number| (1..=PING_DIGITS).contains(&number.len()));
    delivery.header(TOPIC).is_none()
        && delivery.header(SIGNATURE).is_none()
        && number.is_some_and(|number| number.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests;
