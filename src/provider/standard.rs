//! Standard Webhooks: the open signature scheme, for shops and forms without their own scheme.
//!
//! Source: the Standard Webhooks specification, version 1.0, and what its official libraries and
//! those of Svix accept.
//!
//! - The signature covers `{id}.{timestamp}.{body}`. `webhook-signature` lists pairs like
//!   `v1,<base64>`, separated by spaces. Svix names the three headers `svix-…`.
//! - `v1` is HMAC-SHA256 with the bytes of a base64 secret.
//! - `v1a` is ed25519. The source has the public key: `whpk_…` and 32 bytes in base64.
//! - `whsec_` before a secret and the padding after it are optional.
//! - A source may have secrets of both kinds at the same time.
//!
//! # Invariants
//! A signature is checked only with keys of its own version. The id that is read is the one that
//! was signed.
//!
//! # Out of scope
//! Storage, HTTP.

use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use base64::engine::{DecodePaddingMode, Engine};
use ed25519_dalek::{PUBLIC_KEY_LENGTH, Signature, VerifyingKey};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::value::RawValue;
use subtle::ConstantTimeEq;

use super::delivery::Delivery;
use super::json;
use super::parsed_webhook::{ParsedWebhook, WebhookEffect};
use super::report::{self, ConversionReport};
use super::report_error::ReportError;
use super::signature::Error;
use super::signature::{self, MAX_SIGNATURES, TOLERANCE_MS};
use crate::clock::Millis;

/// The headers that are read.
pub(super) const HEADERS: &[&str] = &[
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "svix-id",
    "svix-timestamp",
    "svix-signature",
];

/// Base64 as the official libraries read secrets: with or without padding.
const SECRETS: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Bytes of a shared key. The specification recommends 24 to 64; the libraries accept any number.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 8..=500;

/// The key that proves the sender: a shared secret, or the sender's public key.
enum SenderKey {
    Shared(Vec<u8>),
    Public(VerifyingKey),
}

impl SenderKey {
    /// The key in a secret.
    fn of(secret: &SecretString) -> Result<SenderKey, Error> {
        let text = secret.expose_secret().trim().trim_end_matches('=');
        let key = if let Some(text) = text.strip_prefix("whpk_") {
            let key = SECRETS.decode(text).ok();
            let key = key.and_then(|key| <[u8; PUBLIC_KEY_LENGTH]>::try_from(key).ok());
            let key = key.and_then(|key| VerifyingKey::from_bytes(&key).ok());
            // A weak key would accept one signature for many bodies.
            key.filter(|key| !key.is_weak()).map(SenderKey::Public)
        } else {
            let text = text.strip_prefix("whsec_").unwrap_or(text);
            let key = SECRETS.decode(text).ok();
            let key = key.filter(|key| KEY_BYTES.contains(&key.len()));
            key.map(SenderKey::Shared)
        };
        key.ok_or(Error::Secret)
    }

    /// The version of its signatures.
    fn version(&self) -> &'static str {
        match self {
            SenderKey::Shared(_) => "v1",
            SenderKey::Public(_) => "v1a",
        }
    }

    fn fits(&self, signature: &[u8], signed: &[&[u8]]) -> bool {
        match self {
            SenderKey::Shared(key) => signature::hmac_sha256(key, signed).ct_eq(signature).into(),
            SenderKey::Public(key) => Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(&signed.concat(), &signature).is_ok()),
        }
    }
}

/// One of the three headers, by either name; the scheme's own name is tried first.
fn header<'a>(
    delivery: &'a Delivery,
    name: &'static str,
    of_svix: &'static str,
) -> Result<&'a str, Error> {
    let found = delivery.header(name).or_else(|| delivery.header(of_svix));
    found.ok_or(Error::MissingHeader(name))
}

fn id(delivery: &Delivery) -> Result<&str, Error> {
    header(delivery, "webhook-id", "svix-id")
}

pub(super) fn check_secret(secret: &SecretString) -> Result<(), Error> {
    SenderKey::of(secret).map(drop)
}

pub(super) fn verify(
    delivery: &Delivery,
    secrets: &[SecretString],
    now: Millis,
) -> Result<(), Error> {
    let id = id(delivery)?;
    let timestamp = header(delivery, "webhook-timestamp", "svix-timestamp")?;
    let signatures = ["webhook-signature", "svix-signature"].map(|name| delivery.header(name));
    if signatures.iter().all(Option::is_none) {
        return Err(Error::MissingHeader("webhook-signature"));
    }
    if id.contains('.') || !(1..=200).contains(&id.len()) {
        return Err(Error::Id);
    }
    signature::check_time(signature::seconds(timestamp)?, now, TOLERANCE_MS)?;
    let given: Vec<(&str, Vec<u8>)> = signatures
        .into_iter()
        .flatten()
        .flat_map(|list| list.split(' '))
        .take(MAX_SIGNATURES)
        .filter_map(|signature| signature.split_once(','))
        .filter_map(|(version, text)| Some((version, STANDARD.decode(text).ok()?)))
        .collect();
    let (id, timestamp) = (id.as_bytes(), timestamp.as_bytes());
    let signed = [id, b".", timestamp, b".", &delivery.body];
    for secret in secrets {
        let key = SenderKey::of(secret)?;
        let mut own = given
            .iter()
            .filter(|(version, _)| *version == key.version());
        if own.any(|(_, signature)| key.fits(signature, &signed)) {
            return Ok(());
        }
    }
    Err(Error::Signature)
}

/// The payload form that the specification recommends.
#[derive(Deserialize)]
struct Envelope<'a> {
    r#type: String,
    timestamp: Option<Millis>,
    #[serde(borrow)]
    data: &'a RawValue,
}

/// Reads `{"type": "lead.created", "timestamp": …, "data": {…}}`, or the report itself. Without
/// an event id, the delivery's id is used, which every retry repeats.
pub(super) fn read(delivery: &Delivery) -> Result<ParsedWebhook, ReportError> {
    let mut report = match serde_json::from_slice::<Envelope<'_>>(&delivery.body) {
        Ok(envelope) => {
            let kind = envelope.r#type.split('.').next().unwrap_or_default();
            let mut data: serde_json::Value = json::read(envelope.data.get().as_bytes())?;
            if let Some(fields) = data.as_object_mut() {
                fields.entry("kind").or_insert_with(|| kind.into());
            }
            let mut report: ConversionReport = json::read(data.to_string().as_bytes())?;
            report.occurred_at = report.occurred_at.or(envelope.timestamp);
            report
        }
        Err(_) => report::parse(&delivery.body)?,
    };
    if report.event_id.is_none() {
        report.event_id = id(delivery).ok().map(str::to_owned);
    }
    Ok(vec![WebhookEffect::Conversion(report)].into())
}

#[cfg(test)]
mod tests;
