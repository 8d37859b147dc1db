//! Segment: the events that a site or server tracks, named as in Segment's specification.
//!
//! The events come from Segment's webhook destination or directly from one of its libraries; see
//! `envelope`. The version of an order is its `timestamp`, which Segment corrects. Segment takes
//! money without a currency as dollars. Here it is refused unless the source's settings name a
//! currency, because a wrong sum is worse than an error.
//!
//! # Out of scope
//! Storage, HTTP.

mod envelope;

use serde_json::Value;

use super::amount;
use super::attribution_hints::AttributionHints;
use super::delivery::Delivery;
use super::json::{self, text_at};
use super::order::OrderReport;
use super::order::standing;
use super::parsed_webhook::{ParsedWebhook, WebhookEffect};
use super::report::{ReportedCustomer, ReportedValue as Amount};
use super::report_error::ReportError;
use super::settings::SourceSettings;
use crate::clock::Millis;
use crate::conversion::ConversionKind;
use crate::conversion::order::{OrderFact, RefundState};
use crate::money::Money;
pub(super) use envelope::{CALLS, HEADERS, plain, verify};

/// Advice for the operator about batches.
const BATCH: &str = "only the first event of a batch is signed, so the others are left out; switch batching \
     off in Segment's destination";

/// What an event reports about its order, by part.
type Facts = Vec<(String, OrderFact)>;

/// Most events of one batch. Segment's own limits allow some hundred.
const MAX_EVENTS: usize = 2000;

/// Longest name of an event.
const MAX_NAME: usize = 64;

pub(super) fn check_form(delivery: &Delivery) -> Result<(), ReportError> {
    Ok(json::check_brackets(&plain(&delivery.body)?)?)
}

pub(super) fn read(
    delivery: &Delivery,
    settings: &SourceSettings,
    received_at: Millis,
) -> Result<ParsedWebhook, ReportError> {
    let body = plain(&delivery.body)?;
    let defaults = Defaults {
        kind: envelope::type_by_path(delivery),
        currency: settings.currency.as_deref(),
        received_at,
    };
    let read = |text: &[u8]| {
        let mut whole: Value = json::read(text)?;
        defaults.fill(&mut whole);
        event(&whole)
    };
    let Some(batch) = envelope::batch(&body) else {
        return read(&body);
    };
    if batch.len() > MAX_EVENTS {
        return Err(ReportError::Payload(format!(
            "a batch may have at most {MAX_EVENTS} events; send smaller batches"
        )));
    }
    let proven = envelope::proven(delivery, &batch);
    let mut all = ParsedWebhook::default();
    let mut why_nothing = "the batch is empty";
    for (place, event) in proven.iter().enumerate() {
        match read(event.get().as_bytes()) {
            Ok(parsed) => {
                all.effects.extend(parsed.effects);
                why_nothing = parsed.note.unwrap_or(why_nothing);
            }
            Err(error) => {
                let error = || ReportError::Payload(format!("event {}: {error}", place + 1));
                all.failed.get_or_insert_with(error);
            }
        }
    }
    if all.effects.is_empty() {
        all.note = Some(why_nothing);
        if let Some(error) = all.failed {
            return Err(error);
        }
    }
    if proven.len() < batch.len() {
        all.note = Some(BATCH);
    }
    Ok(all)
}

/// Fields for an event that does not have them itself.
struct Defaults<'a> {
    kind: Option<&'static str>,
    currency: Option<&'a str>,
    received_at: Millis,
}

impl Defaults<'_> {
    fn fill(&self, event: &mut Value) {
        let Some(fields) = event.as_object_mut() else {
            return;
        };
        if let Some(kind) = self.kind {
            fields.entry("type").or_insert_with(|| kind.into());
        }
        let received_at = || self.received_at.to_string().into();
        fields.entry("receivedAt").or_insert_with(received_at);
        let has_currency = text_at(event, "/properties/currency").is_some();
        let properties = event.pointer_mut("/properties");
        let properties = properties.and_then(Value::as_object_mut);
        if let (false, Some(code), Some(properties)) = (has_currency, self.currency, properties) {
            properties.insert("currency".to_owned(), code.into());
        }
    }
}

fn event(event: &Value) -> Result<ParsedWebhook, ReportError> {
    match text_at(event, "/type").as_deref() {
        Some("track") => {}
        Some("identify" | "page" | "screen" | "group" | "alias") => {
            return Ok(ParsedWebhook::nothing(
                "only `track` calls report conversions",
            ));
        }
        _ => return Err(lacks("a `type` such as `track`")),
    }
    let name = text_at(event, "/event").ok_or_else(|| lacks("a name in `event`"))?;
    let at = ["/timestamp", "/originalTimestamp", "/receivedAt"];
    let at = at
        .into_iter()
        .find_map(|place| Millis::parse(&text_at(event, place)?).ok())
        .ok_or_else(|| lacks("a `timestamp`"))?;
    let effect = match slug(&name).as_str() {
        "order_completed" => WebhookEffect::Order(order(event, at, paid(event, at)?)?),
        "order_refunded" => WebhookEffect::Order(order(event, at, refunded(event, at)?)?),
        "order_cancelled" | "order_canceled" => {
            WebhookEffect::Order(order(event, at, standing(true, at))?)
        }
        "signed_up" | "lead_generated" | "lead_captured" => lead(event, at)?,
        "" => return Err(lacks("a name in `event` with a letter or digit a-z 0-9")),
        name => other(event, name.to_owned(), at)?,
    };
    Ok(vec![effect].into())
}

fn lacks(what: &str) -> ReportError {
    ReportError::Payload(format!(
        "the event lacks {what}; send what Segment's specification asks for"
    ))
}

/// An event's name in Leadline's form: `Trial Started` becomes `trial_started`.
fn slug(name: &str) -> String {
    let lower = name.to_lowercase();
    let kept = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let words = lower
        .split(|c| !kept(c))
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>();
    let mut slug = words.join("_");
    slug.truncate(MAX_NAME);
    slug
}

fn order(event: &Value, version: Millis, facts: Facts) -> Result<OrderReport, ReportError> {
    let id = text_at(event, "/properties/order_id").ok_or_else(|| lacks("`order_id`"))?;
    Ok(OrderReport {
        names: vec![(0, id)],
        version,
        record: "order",
        hints: hints(event),
        facts,
    })
}

fn paid(event: &Value, at: Millis) -> Result<Facts, ReportError> {
    let total = money(event)?.ok_or_else(|| lacks("`total` or `revenue`"))?;
    if total.amount < 0 {
        return Err(ReportError::AmountNegative);
    }
    Ok(vec![("paid".to_owned(), OrderFact::Paid { at, total })])
}

/// A refund of the given amount, or of everything without an amount.
fn refunded(event: &Value, at: Millis) -> Result<Facts, ReportError> {
    let Some(Money { amount, currency }) = money(event)? else {
        return Ok(standing(true, at));
    };
    let id = text_at(event, "/messageId").ok_or(ReportError::EventIdMissing)?;
    let amount = Money {
        amount: amount.abs(),
        currency,
    };
    let state = RefundState::Done;
    Ok(vec![(
        format!("refund:{id}"),
        OrderFact::Refund { at, amount, state },
    )])
}

/// The value of an event: the total, or the revenue if there is no total.
fn money(event: &Value) -> Result<Option<Money>, ReportError> {
    let total = text_at(event, "/properties/total");
    let Some(total) = total.or_else(|| text_at(event, "/properties/revenue")) else {
        return Ok(None);
    };
    let currency = text_at(event, "/properties/currency");
    let currency = currency.ok_or_else(|| {
        ReportError::Payload(
            "the event has an amount but no `currency`; send one, such as EUR, or set `currency` in the \
             source's settings for all that come without"
                .to_owned(),
        )
    })?;
    amount::decimal(&total, amount::currency(&currency)?).map(Some)
}

/// A person becomes a lead once, whatever the event is called.
fn lead(event: &Value, at: Millis) -> Result<WebhookEffect, ReportError> {
    let id = text_at(event, "/userId").or_else(|| text_at(event, "/messageId"));
    let id = id.ok_or(ReportError::EventIdMissing)?;
    Ok(WebhookEffect::Conversion(hints(event).report(
        ConversionKind::Lead,
        id,
        Some(at),
    )))
}

fn other(event: &Value, name: String, at: Millis) -> Result<WebhookEffect, ReportError> {
    let id = text_at(event, "/messageId").ok_or(ReportError::EventIdMissing)?;
    let mut report = hints(event).report(ConversionKind::Event, id, Some(at));
    report.name = Some(name);
    let revenue = text_at(event, "/properties/revenue");
    if let (Some(revenue), Some(code)) = (revenue, text_at(event, "/properties/currency")) {
        let money = amount::decimal(&revenue, amount::currency(&code)?)?;
        report.value = Some(Amount {
            amount: money.amount.into(),
            currency: money.currency.code().to_owned(),
        });
    }
    Ok(WebhookEffect::Conversion(report))
}

fn hints(event: &Value) -> AttributionHints {
    let mut hints = AttributionHints::default();
    for place in ["/context", "/context/traits", "/traits", "/properties"] {
        let fields = event.pointer(place).and_then(Value::as_object);
        for (name, value) in fields.into_iter().flatten() {
            if let Value::String(value) = value {
                hints.take(name, value);
            }
        }
    }
    for (tag, value) in [
        ("utm_campaign", "/context/campaign/name"),
        ("utm_source", "/context/campaign/source"),
        ("utm_medium", "/context/campaign/medium"),
        ("utm_term", "/context/campaign/term"),
        ("utm_content", "/context/campaign/content"),
        ("utm_id", "/context/campaign/id"),
    ] {
        if let Some(value) = text_at(event, value) {
            hints.take(tag, &value);
        }
    }
    hints
        .landing_urls
        .extend(text_at(event, "/context/page/url"));
    let emails = [
        "/context/traits/email",
        "/traits/email",
        "/properties/email",
    ];
    hints.customer = ReportedCustomer {
        external_id: text_at(event, "/userId"),
        email: emails.iter().find_map(|place| text_at(event, place)),
    };
    let products = event.pointer("/properties/products");
    let products = products.and_then(Value::as_array).into_iter().flatten();
    let coupons = products.filter_map(|product| text_at(product, "/coupon"));
    let coupon = text_at(event, "/properties/coupon");
    hints.promo_codes = coupon.into_iter().chain(coupons).collect();
    hints
}

#[cfg(test)]
mod tests;
