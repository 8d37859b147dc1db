//! Any JSON that is signed by an HMAC in a header. The settings of the source say where each field
//! is.
//!
//! # Invariants
//! A dry run and a real delivery read the same. An amount, a time or a kind that cannot be read is
//! refused, and the error names its place. An unreadable identifier of a customer is dropped.
//!
//! # Out of scope
//! Storage, HTTP.

pub mod mapping;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rust_decimal::Decimal;
use secrecy::SecretString;
use serde_json::Value;

use mapping::{AmountUnit, GenericMapping, KindByValue, KindRule, MappedKind, SignatureEncoding};

use super::attribution_hints::AttributionHints;
use super::delivery::Delivery;
use super::json::{self, text_at};
use super::parsed_webhook::{ParsedWebhook, WebhookEffect};
use super::report::ConversionReport;
use super::report::{ReportedCustomer, ReportedValue as Amount};
use super::report_error::ReportError;
use super::settings::SourceSettings;
use super::signature::Error;
use super::{amount, signature, timestamp};
use crate::clock::Millis;
use crate::conversion::ConversionKind;
use crate::money::Money;

/// The headers that are read, besides those of [`GenericMapping::headers`].
pub(super) const HEADERS: &[&str] = &[];

/// Most items of one delivery.
const MAX_ITEMS: usize = 1000;

pub(super) fn verify(
    delivery: &Delivery,
    secrets: &[SecretString],
    settings: &SourceSettings,
    now: Millis,
) -> Result<(), Error> {
    let mapping = settings.generic.as_ref().ok_or(Error::MissingSignature)?;
    let header = |name: &str| {
        let value = delivery.header(&name.to_ascii_lowercase());
        value.map(str::trim).ok_or(Error::MissingSignature)
    };
    let given = header(&mapping.signature_header)?;
    let given = given.strip_prefix(mapping.prefix.as_str());
    let given = given.ok_or(Error::Signature)?;
    let given = match mapping.encoding {
        SignatureEncoding::Hex => hex::decode(given).map_err(|_| Error::Signature)?,
        SignatureEncoding::Base64 => STANDARD.decode(given).map_err(|_| Error::Signature)?,
    };
    let mut signed = Vec::new();
    if let Some(time) = &mapping.timestamp {
        let text = header(&time.header)?;
        let signed_at = timestamp::read(text).ok_or(Error::Timestamp)?;
        let tolerance_ms = i64::from(time.tolerance_seconds) * 1000;
        signature::check_time(signed_at, now, tolerance_ms)?;
        signed.extend([text.as_bytes(), b"."]);
    }
    signed.push(&delivery.body);
    signature::one_fits(&[given], secrets, |key| {
        signature::hmac_sha256(key, &signed)
    })
}

pub(super) fn read(
    delivery: &Delivery,
    settings: &SourceSettings,
) -> Result<ParsedWebhook, ReportError> {
    let mapping = settings.generic.as_ref().ok_or_else(|| {
        ReportError::Payload("the source has no mapping; set `generic` in its settings".to_owned())
    })?;
    dry_run(mapping, &delivery.body)
}

/// What a mapping reads from a body.
///
/// # Errors
/// When the body cannot be read; the message names the place to fix.
pub fn dry_run(mapping: &GenericMapping, sample: &[u8]) -> Result<ParsedWebhook, ReportError> {
    let body: Value = json::read(sample)?;
    let items = match &mapping.items {
        None => std::slice::from_ref(&body),
        Some(place) => body
            .pointer(place)
            .and_then(Value::as_array)
            .ok_or_else(|| ReportError::Payload(format!("there is no list at `{place}`")))?,
    };
    if items.len() > MAX_ITEMS {
        return Err(ReportError::Payload(format!(
            "a delivery may have at most {MAX_ITEMS} items; send smaller batches"
        )));
    }
    let mut conversions = Vec::new();
    for item in items {
        conversions.extend(read_item(mapping, item)?.map(WebhookEffect::Conversion));
    }
    if conversions.is_empty() {
        return Ok(ParsedWebhook::nothing("the mapping ignores it"));
    }
    Ok(conversions.into())
}

fn read_item(
    mapping: &GenericMapping,
    item: &Value,
) -> Result<Option<ConversionReport>, ReportError> {
    let kind = match meaning(&mapping.kind, item)? {
        MappedKind::Lead => ConversionKind::Lead,
        MappedKind::Sale => ConversionKind::Sale,
        MappedKind::Refund => ConversionKind::Refund,
        MappedKind::Chargeback => ConversionKind::Chargeback,
        MappedKind::Event => ConversionKind::Event,
        MappedKind::Ignore => return Ok(None),
    };
    let at = |place: &Option<String>| text_at(item, place.as_deref()?);
    let event_id = at(&Some(mapping.event_id.clone()))
        .ok_or_else(|| nothing_at("the event's id", &mapping.event_id))?;
    let occurred_at = at(&mapping.occurred_at).map(|text| {
        timestamp::read(&text).ok_or_else(|| {
            ReportError::Payload(format!(
                "{:?} is not a time; write it like 2026-03-29T12:00:00Z, or in seconds or milliseconds \
                 since 1970",
                text.chars().take(40).collect::<String>()
            ))
        })
    });
    let hints = AttributionHints {
        click_ids: at(&mapping.click_id).into_iter().collect(),
        landing_urls: at(&mapping.landing_url).into_iter().collect(),
        customer: ReportedCustomer {
            external_id: at(&mapping.external_id),
            email: at(&mapping.email),
        },
        promo_codes: at(&mapping.promo_code).into_iter().collect(),
        ..AttributionHints::default()
    };
    let mut report = hints.report(kind, event_id, occurred_at.transpose()?);
    if kind == ConversionKind::Event {
        report.name = Some(said(mapping.name.as_deref(), item).ok_or(ReportError::EventName)?);
    }
    if kind.follows_a_sale() {
        report.of = at(&mapping.of);
    }
    if kind != ConversionKind::Lead {
        report.value = value(mapping, item, kind)?;
    }
    Ok(Some(report))
}

fn nothing_at(what: &str, place: &str) -> ReportError {
    ReportError::Payload(format!(
        "there is no text or number for {what} at `{place}`"
    ))
}

fn meaning(rule: &KindRule, item: &Value) -> Result<MappedKind, ReportError> {
    let (place, map) = match rule {
        KindRule::Always(meaning) => return Ok(*meaning),
        KindRule::ByValue(KindByValue { at, map }) => (at, map),
    };
    let value = match item.pointer(place) {
        Some(Value::Bool(value)) => Some(value.to_string()),
        _ => text_at(item, place),
    };
    let rest = map.get("*").copied();
    match value {
        None => rest.ok_or_else(|| nothing_at("the kind", place)),
        Some(value) => map.get(&value).copied().or(rest).ok_or_else(|| {
            ReportError::Payload(format!(
                "the value {:?} at `{place}` is none of the mapping's; add it, or `*` for all others",
                value.chars().take(64).collect::<String>()
            ))
        }),
    }
}

/// A constant, or the text at a pointer.
fn said(rule: Option<&str>, item: &Value) -> Option<String> {
    match rule? {
        place if place.starts_with('/') => text_at(item, place),
        constant => Some(constant.to_owned()),
    }
}

fn value(
    mapping: &GenericMapping,
    item: &Value,
    kind: ConversionKind,
) -> Result<Option<Amount>, ReportError> {
    let place = mapping.amount.as_deref();
    let Some(text) = place.and_then(|place| text_at(item, place)) else {
        return match kind {
            ConversionKind::Event => Ok(None),
            _ => Err(nothing_at("the amount", place.unwrap_or("amount"))),
        };
    };
    let code = said(mapping.currency.as_deref(), item);
    let code = code.ok_or_else(|| {
        let place = mapping.currency.as_deref().unwrap_or("currency");
        nothing_at("the currency", place)
    })?;
    let currency = amount::currency(&code)?;
    let Money { amount, currency } = match mapping.amount_unit {
        AmountUnit::Major => amount::decimal(&text, currency)?,
        AmountUnit::Minor => {
            let units = Decimal::from_str_exact(&text).ok();
            let units = units.filter(|units| units.fract().is_zero());
            let units = units.and_then(|units| i64::try_from(units).ok());
            let units = units.ok_or(ReportError::AmountMalformed(
                text.chars().take(32).collect(),
            ))?;
            amount::scaled(units, currency.exponent(), currency)?
        }
    };
    // Senders write refunds with either sign.
    let amount = if kind.follows_a_sale() {
        amount.abs()
    } else {
        amount
    };
    Ok(Some(Amount {
        amount: amount.into(),
        currency: currency.code().to_owned(),
    }))
}

#[cfg(test)]
mod tests;
