//! Webhooks of a HubSpot app: events of contacts, up to a hundred in one request.
//!
//! An app should subscribe to `contact.creation`, and to `contact.propertyChange` of `ll_click`,
//! `email`, `hs_analytics_first_url` (the landing page with its UTM tags) and `lifecyclestage`.
//! `contact.privacyDeletion` erases.
//!
//! # Invariants
//! - The signature covers method, public address, body and time together. So the address is the
//!   configured one, never the one that a proxy sends.
//! - An event names a contact and one of its properties, and events arrive in any order. So a
//!   contact is reported as an order, to which each event adds its lead or its hints.
//!
//! # Out of scope
//! Storage, HTTP.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use serde_json::Value;

use super::attribution_hints::AttributionHints;
use super::delivery::Delivery;
use super::json::{self, text_at};
use super::order::OrderReport;
use super::parsed_webhook::{ParsedWebhook, WebhookEffect};
use super::report::ReportedCustomer;
use super::report_error::ReportError;
use super::settings::SourceSettings;
use super::signature::{self, Error};
use crate::campaign::is_event_name;
use crate::clock::Millis;
use crate::conversion::ConversionKind;
use crate::conversion::order::OrderFact;

/// The headers that are read.
pub(super) const HEADERS: &[&str] = &["x-hubspot-signature-v3", "x-hubspot-request-timestamp"];

/// The characters that HubSpot decodes in an address before it signs it.
const DECODED: [(&[u8; 2], u8); 12] = [
    (b"3A", b':'),
    (b"2F", b'/'),
    (b"3F", b'?'),
    (b"40", b'@'),
    (b"21", b'!'),
    (b"24", b'$'),
    (b"27", b'\''),
    (b"28", b'('),
    (b"29", b')'),
    (b"2A", b'*'),
    (b"2C", b','),
    (b"3B", b';'),
];

/// The type of contacts in subscriptions by object.
const CONTACT: &str = "0-1";

pub(super) fn verify(
    delivery: &Delivery,
    secrets: &[SecretString],
    now: Millis,
) -> Result<(), Error> {
    let given = delivery.needed("x-hubspot-signature-v3")?;
    let timestamp = delivery.needed("x-hubspot-request-timestamp")?;
    let signed_at = Millis(timestamp.parse().map_err(|_| Error::Timestamp)?);
    signature::check_time(signed_at, now, signature::TOLERANCE_MS)?;
    let given = STANDARD
        .decode(given.trim())
        .map_err(|_| Error::Signature)?;
    let address = decoded(&delivery.url);
    signature::one_fits(&[given], secrets, |key| {
        let parts = [
            delivery.method.as_bytes(),
            &address,
            &delivery.body,
            timestamp.as_bytes(),
        ];
        signature::hmac_sha256(key, &parts)
    })
}

/// The address in the form that HubSpot signs.
fn decoded(url: &str) -> Vec<u8> {
    let mut rest = url.as_bytes();
    let mut decoded = Vec::with_capacity(rest.len());
    while let [first, after @ ..] = rest {
        let code = after.first_chunk::<2>().filter(|_| *first == b'%');
        let known = code.and_then(|code| {
            let mut known = DECODED.iter();
            known.find(|(known, _)| code.eq_ignore_ascii_case(*known))
        });
        decoded.push(known.map_or(*first, |(_, sign)| *sign));
        rest = if known.is_some() { &after[2..] } else { after };
    }
    decoded
}

pub(super) fn read(
    delivery: &Delivery,
    _settings: &SourceSettings,
) -> Result<ParsedWebhook, ReportError> {
    let body: Value = json::read(&delivery.body)?;
    let Value::Array(events) = body else {
        return Err(ReportError::Payload(
            "the body is not a list of events; send the webhooks of an app's subscriptions, not those of \
             a workflow"
                .to_owned(),
        ));
    };
    let mut parsed =
        ParsedWebhook::nothing("none of the events is about a lead, its click or its stage");
    for event in &events {
        let kind = text_at(event, "/subscriptionType").ok_or_else(|| lacks("subscriptionType"))?;
        let (object, change) = kind.split_once('.').unwrap_or((&kind, ""));
        let is_contact = match object {
            "object" => text_at(event, "/objectTypeId").as_deref() == Some(CONTACT),
            object => object == "contact",
        };
        match change {
            "creation" if is_contact => parsed.effects.push(created(event)?),
            "propertyChange" if is_contact => parsed.effects.extend(changed(event)?),
            "privacyDeletion" if is_contact => {
                parsed.effects.push(WebhookEffect::Erase(ReportedCustomer {
                    external_id: Some(contact(event)?),
                    email: None,
                }));
            }
            "propertyChange" if is_won(event) => parsed.note = Some(DEAL),
            _ => {}
        }
    }
    if !parsed.effects.is_empty() && parsed.note != Some(DEAL) {
        parsed.note = None;
    }
    Ok(parsed)
}

const DEAL: &str = "a deal that was won has no amount and no contact here, so it does not count as a sale; have a \
     workflow report it to a source of the kind `generic`";

fn is_won(event: &Value) -> bool {
    let is = |place, word| text_at(event, place).as_deref() == Some(word);
    is("/propertyName", "dealstage") && is("/propertyValue", "closedwon")
}

fn lacks(field: &str) -> ReportError {
    ReportError::Payload(format!(
        "an event lacks `{field}`, which HubSpot always sends"
    ))
}

fn contact(event: &Value) -> Result<String, ReportError> {
    text_at(event, "/objectId").ok_or_else(|| lacks("objectId"))
}

fn at(event: &Value) -> Result<Millis, ReportError> {
    let at = event.pointer("/occurredAt").and_then(Value::as_i64);
    at.map(Millis).ok_or_else(|| lacks("occurredAt"))
}

/// The report of a contact, which its id names.
fn of_contact(event: &Value, record: &'static str) -> Result<OrderReport, ReportError> {
    let id = contact(event)?;
    let mut hints = AttributionHints::default();
    hints.customer.external_id = Some(id.clone());
    Ok(OrderReport {
        names: vec![(0, format!("contact:{id}"))],
        version: at(event)?,
        record,
        hints,
        facts: Vec::new(),
    })
}

fn created(event: &Value) -> Result<WebhookEffect, ReportError> {
    let mut report = of_contact(event, "creation")?;
    let at = report.version;
    report
        .facts
        .push(("lead".to_owned(), OrderFact::Lead { at }));
    Ok(WebhookEffect::Order(report))
}

/// A property's new value, if it leads to a click or is a lifecycle stage.
fn changed(event: &Value) -> Result<Option<WebhookEffect>, ReportError> {
    let name = text_at(event, "/propertyName").ok_or_else(|| lacks("propertyName"))?;
    let Some(value) = text_at(event, "/propertyValue") else {
        return Ok(None);
    };
    let record = match name.as_str() {
        "ll_click" | "_ll_click" | "click_id" | "leadline_click" => "ll_click",
        "ll_path" | "_ll_path" | "leadline_path" => "ll_path",
        "hs_analytics_first_url" => "first_url",
        "email" => "email",
        "lifecyclestage" => return stage(event, &value),
        _ => return Ok(None),
    };
    let mut report = of_contact(event, record)?;
    match record {
        "first_url" => report.hints.landing_urls.push(value),
        "email" => report.hints.customer.email = Some(value),
        _ => drop(report.hints.take(&name, &value)),
    }
    Ok(Some(WebhookEffect::Order(report)))
}

/// A stage becomes an event of its name: `marketingqualifiedlead`, `customer`. Each counts once.
fn stage(event: &Value, stage: &str) -> Result<Option<WebhookEffect>, ReportError> {
    let name = stage.to_ascii_lowercase();
    if !is_event_name(&name) {
        return Ok(None);
    }
    let id = contact(event)?;
    let event_id = format!("{name}:{id}");
    let mut hints = AttributionHints::default();
    hints.customer.external_id = Some(id);
    let mut report = hints.report(ConversionKind::Event, event_id, Some(at(event)?));
    report.name = Some(name);
    Ok(Some(WebhookEffect::Conversion(report)))
}

#[cfg(test)]
mod tests;
