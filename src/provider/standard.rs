//! Standard Webhooks: the open signature scheme, for any shop or form that has none of its own.
//!
//! Source: the Standard Webhooks specification, version 1.0. Signed is `{id}.{timestamp}.{body}`,
//! either with HMAC-SHA256 under the base64 part of a `whsec_…` secret (`v1`), or with the ed25519
//! key of which the source has the public half, `whpk_…` and 32 bytes in base64 (`v1a`);
//! `webhook-signature` lists pairs like `v1,<base64>`, separated by spaces. Live secrets may be of
//! both kinds.
//!
//! Holds: a signature is held only against keys of its own version. Must not know: storage, HTTP.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{PUBLIC_KEY_LENGTH, Signature, VerifyingKey};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::value::RawValue;
use subtle::ConstantTimeEq;

use super::report::{self, ConversionReport, ReportError};
use super::signature::{self, MAX_SIGNATURES, TOLERANCE_MS};
use super::{Delivery, Error, Reading, Told, json};
use crate::clock::Millis;

/// The headers looked at.
pub(super) const HEADERS: &[&str] = &["webhook-id", "webhook-timestamp", "webhook-signature"];

/// What proves the sender: a key that both sides know, or the public one of the sender's two.
enum Key {
    Shared(Vec<u8>),
    Public(VerifyingKey),
}

impl Key {
    /// The key in a secret.
    fn of(secret: &SecretString) -> Result<Key, Error> {
        let text = secret.expose_secret();
        let key = if let Some(text) = text.strip_prefix("whsec_") {
            let key = STANDARD.decode(text).ok();
            let key = key.filter(|key| (24..=64).contains(&key.len()));
            key.map(Key::Shared)
        } else if let Some(text) = text.strip_prefix("whpk_") {
            let key = STANDARD.decode(text).ok();
            let key = key.and_then(|key| <[u8; PUBLIC_KEY_LENGTH]>::try_from(key).ok());
            let key = key.and_then(|key| VerifyingKey::from_bytes(&key).ok());
            // A weak one would take a signature for that of many bodies.
            key.filter(|key| !key.is_weak()).map(Key::Public)
        } else {
            None
        };
        key.ok_or(Error::Secret)
    }

    /// The version that its signatures have.
    fn version(&self) -> &'static str {
        match self {
            Key::Shared(_) => "v1",
            Key::Public(_) => "v1a",
        }
    }

    fn fits(&self, signature: &[u8], signed: &[&[u8]]) -> bool {
        match self {
            Key::Shared(key) => signature::hmac_sha256(key, signed).ct_eq(signature).into(),
            Key::Public(key) => Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(&signed.concat(), &signature).is_ok()),
        }
    }
}

pub(super) fn check_secret(secret: &SecretString) -> Result<(), Error> {
    Key::of(secret).map(drop)
}

pub(super) fn verify(
    delivery: &Delivery,
    secrets: &[SecretString],
    now: Millis,
) -> Result<(), Error> {
    let id = delivery.needed("webhook-id")?;
    let timestamp = delivery.needed("webhook-timestamp")?;
    let signatures = delivery.needed("webhook-signature")?;
    if id.contains('.') || !(1..=200).contains(&id.len()) {
        return Err(Error::Id);
    }
    signature::check_time(signature::seconds(timestamp)?, now, TOLERANCE_MS)?;
    let given: Vec<(&str, Vec<u8>)> = signatures
        .split(' ')
        .take(MAX_SIGNATURES)
        .filter_map(|signature| signature.split_once(','))
        .filter_map(|(version, text)| Some((version, STANDARD.decode(text).ok()?)))
        .collect();
    let (id, timestamp) = (id.as_bytes(), timestamp.as_bytes());
    let signed = [id, b".", timestamp, b".", &delivery.body];
    for secret in secrets {
        let key = Key::of(secret)?;
        let mut own = given
            .iter()
            .filter(|(version, _)| *version == key.version());
        if own.any(|(_, signature)| key.fits(signature, &signed)) {
            return Ok(());
        }
    }
    Err(Error::Signature)
}

/// The payload that the specification recommends.
#[derive(Deserialize)]
struct Envelope<'a> {
    r#type: String,
    timestamp: Option<Millis>,
    #[serde(borrow)]
    data: &'a RawValue,
}

/// `{"type": "lead.created", "timestamp": …, "data": {…}}`, or the report itself. Where it has no
/// event id, the delivery's id takes its place: it stays the same on every retry.
pub(super) fn read(delivery: &Delivery) -> Result<Reading, ReportError> {
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
        report.event_id = delivery.header("webhook-id").map(str::to_owned);
    }
    Ok(vec![Told::Conversion(report)].into())
}

#[cfg(test)]
mod tests;
