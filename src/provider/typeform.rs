//! Typeform's webhooks: a response to a form is a lead.
//!
//! # Invariants
//! The token identifies a response, so each is one lead, however often it is sent. The form's
//! hidden fields carry the click id and the UTM tags. Payments do not count here: Stripe processes
//! them and also reports their refunds.
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
use super::parsed_webhook::{ParsedWebhook, WebhookEffect};
use super::report::ReportedCustomer;
use super::report_error::ReportError;
use super::settings::SourceSettings;
use super::signature::{self, Error};
use crate::clock::Millis;
use crate::conversion::ConversionKind;

/// The headers that are read.
pub(super) const HEADERS: &[&str] = &["typeform-signature"];

/// Advice for the operator about payments.
const PAYMENT: &str =
    "the payment in the response is not counted; connect the Stripe account that takes it";

/// Placeholder for a hidden field's value in the link that Typeform offers to share.
const UNFILLED: &str = "xxxxx";

/// Hidden fields in which forms store the customer's id.
const CUSTOMER_FIELDS: [&str; 4] = ["external_id", "customer_id", "user_id", "userid"];

/// Hidden fields in which forms store the address of the page.
const URL_FIELDS: [&str; 3] = ["landing_url", "page_url", "url"];

pub(super) fn verify(delivery: &Delivery, secrets: &[SecretString]) -> Result<(), Error> {
    let given = delivery.needed("typeform-signature")?.trim();
    let given = given.strip_prefix("sha256=").ok_or(Error::Signature)?;
    let given = STANDARD.decode(given).map_err(|_| Error::Signature)?;
    signature::one_fits(&[given], secrets, |key| {
        signature::hmac_sha256(key, &[&delivery.body])
    })
}

pub(super) fn read(
    delivery: &Delivery,
    _settings: &SourceSettings,
) -> Result<ParsedWebhook, ReportError> {
    let body: Value = json::read(&delivery.body)?;
    match text_at(&body, "/event_type").as_deref() {
        Some("form_response") => {}
        Some("form_response_partial") => {
            return Ok(ParsedWebhook::nothing("the form was not submitted yet"));
        }
        Some(_) => return Ok(ParsedWebhook::nothing("only responses to forms are leads")),
        None => return Err(lacks("event_type")),
    }
    let response = body
        .pointer("/form_response")
        .ok_or_else(|| lacks("form_response"))?;
    let token = text_at(response, "/token").ok_or_else(|| lacks("form_response.token"))?;
    let at = text_at(response, "/submitted_at")
        .and_then(|text| Millis::parse(&text).ok())
        .ok_or_else(|| lacks("form_response.submitted_at"))?;
    let answers = response.pointer("/answers").and_then(Value::as_array);
    let answers = answers.map(Vec::as_slice).unwrap_or_default();
    let report = hints(response, answers).report(ConversionKind::Lead, token, Some(at));
    let is_paid = |answer: &Value| {
        answer
            .pointer("/payment/success")
            .is_some_and(|success| *success != Value::Bool(false))
    };
    Ok(ParsedWebhook {
        effects: vec![WebhookEffect::Conversion(report)],
        failed: None,
        note: answers.iter().any(is_paid).then_some(PAYMENT),
    })
}

fn lacks(field: &str) -> ReportError {
    ReportError::Payload(format!(
        "the body lacks `{field}`, which Typeform always sends"
    ))
}

fn hints(response: &Value, answers: &[Value]) -> AttributionHints {
    let mut hints = AttributionHints::default();
    let hidden = response.pointer("/hidden").unwrap_or(&Value::Null);
    for name in hidden.as_object().into_iter().flat_map(|all| all.keys()) {
        if let Some(value) = field(hidden, name) {
            hints.take(name, &value);
        }
    }
    let one_of = |names: &[&str]| names.iter().find_map(|name| field(hidden, name));
    hints.landing_urls.extend(one_of(&URL_FIELDS));
    let asked = answers.iter().find_map(|answer| text_at(answer, "/email"));
    hints.customer = ReportedCustomer {
        external_id: one_of(&CUSTOMER_FIELDS),
        email: asked.or_else(|| one_of(&["email"])),
    };
    hints
}

/// A filled hidden field.
fn field(hidden: &Value, name: &str) -> Option<String> {
    let value = match hidden.get(name)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!value.is_empty() && value != UNFILLED).then_some(value)
}

#[cfg(test)]
mod tests;
