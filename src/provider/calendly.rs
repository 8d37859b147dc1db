//! Calendly's webhooks: a booked meeting is a lead.
//!
//! # Invariants
//! To move a meeting, Calendly cancels one invitee and creates another. Both name each other, so
//! the chain is one lead at the time of its first booking, in any order of arrival. A cancellation
//! does not remove the lead.
//!
//! # Out of scope
//! Storage, HTTP.

use secrecy::SecretString;
use serde_json::Value;

use super::attribution_hints::AttributionHints;
use super::delivery::Delivery;
use super::json::{self, text_at};
use super::order::OrderReport;
use super::parsed_webhook::{ParsedWebhook, WebhookEffect};
use super::report_error::ReportError;
use super::settings::SourceSettings;
use super::signature::{self, Error};
use crate::clock::Millis;
use crate::conversion::order::OrderFact;
use crate::id::ClickId;

/// The headers that are read.
pub(super) const HEADERS: &[&str] = &["calendly-webhook-signature"];

/// Largest difference between the time of signing and our clock, in both directions.
const TOLERANCE_MS: i64 = 3 * 60 * 1000;

/// Advice for the operator about payments.
const PAYMENT: &str =
    "the payment of the meeting is not counted; connect the account that takes it";

pub(super) fn verify(
    delivery: &Delivery,
    secrets: &[SecretString],
    now: Millis,
) -> Result<(), Error> {
    let header = delivery.needed("calendly-webhook-signature")?;
    let parts = || {
        header
            .split(',')
            .filter_map(|part| part.trim().split_once('='))
    };
    let time = parts().find_map(|(name, value)| (name == "t").then_some(value));
    let time = time.ok_or(Error::Timestamp)?;
    signature::check_time(signature::seconds(time)?, now, TOLERANCE_MS)?;
    let given: Vec<Vec<u8>> = parts()
        .filter(|(name, _)| *name == "v1")
        .filter_map(|(_, value)| hex::decode(value).ok())
        .collect();
    signature::one_fits(&given, secrets, |key| {
        signature::hmac_sha256(key, &[time.as_bytes(), b".", &delivery.body])
    })
}

pub(super) fn read(
    delivery: &Delivery,
    _settings: &SourceSettings,
) -> Result<ParsedWebhook, ReportError> {
    let body: Value = json::read(&delivery.body)?;
    let event = text_at(&body, "/event").ok_or_else(|| lacks("event"))?;
    if !["invitee.created", "invitee.canceled"].contains(&event.as_str()) {
        return Ok(ParsedWebhook::nothing("only booked meetings are leads"));
    }
    let invitee = body.pointer("/payload").ok_or_else(|| lacks("payload"))?;
    let uri = text_at(invitee, "/uri").ok_or_else(|| lacks("payload.uri"))?;
    let time = |value: &Value, place| Millis::parse(&text_at(value, place)?).ok();
    let booked_at = time(invitee, "/created_at").ok_or_else(|| lacks("payload.created_at"))?;
    let before = text_at(invitee, "/old_invitee");
    let after = text_at(invitee, "/new_invitee");
    let own = name(&uri);
    // The first invitee of the chain names the lead, once it is known.
    let mut names = vec![(u8::from(before.is_some()), own.clone())];
    names.extend(before.iter().chain(&after).map(|uri| (1, name(uri))));
    // Each booking reports its own time; the ledger uses the earliest.
    let booked = (format!("lead:{own}"), OrderFact::Lead { at: booked_at });
    let is_booking = event == "invitee.created";
    let report = OrderReport {
        names,
        version: time(&body, "/created_at").unwrap_or(booked_at),
        record: match (&before, is_booking) {
            (None, _) => "invitee",
            (Some(_), _) => "invitee moved",
        },
        hints: hints(invitee),
        facts: is_booking.then_some(booked).into_iter().collect(),
    };
    let is_paid = is_booking && invitee.pointer("/payment/amount").is_some();
    let note = if is_booking {
        is_paid.then_some(PAYMENT)
    } else {
        Some("a cancelled meeting stays a lead")
    };
    Ok(ParsedWebhook {
        effects: vec![WebhookEffect::Order(report)],
        failed: None,
        note,
    })
}

fn lacks(field: &str) -> ReportError {
    ReportError::Payload(format!(
        "the body lacks `{field}`, which Calendly always sends"
    ))
}

/// An invitee's id, taken from its URI.
fn name(uri: &str) -> String {
    let id = uri.trim_end_matches('/').rsplit('/').next();
    format!("invitee:{}", id.unwrap_or(uri))
}

/// Calendly passes on UTM tags and one id of Salesforce, so one of these carries the click id.
fn hints(invitee: &Value) -> AttributionHints {
    let mut hints = AttributionHints::default();
    let tracking = invitee.pointer("/tracking").and_then(Value::as_object);
    for (tag, value) in tracking.into_iter().flatten() {
        match value.as_str() {
            Some(value) if is_click(value) => hints.click_ids.push(value.trim().to_owned()),
            Some(value) if !value.is_empty() => drop(hints.take(tag, value)),
            _ => {}
        }
    }
    let asked = invitee.pointer("/questions_and_answers");
    for asked in asked.and_then(Value::as_array).into_iter().flatten() {
        let question = text_at(asked, "/question").unwrap_or_default();
        match text_at(asked, "/answer") {
            Some(answer) if is_click(&answer) => hints.click_ids.push(answer),
            Some(answer) => drop(hints.take(&question, &answer)),
            None => {}
        }
    }
    hints.customer.email = text_at(invitee, "/email");
    hints
}

fn is_click(text: &str) -> bool {
    text.trim().parse::<ClickId>().is_ok()
}

#[cfg(test)]
mod tests;
