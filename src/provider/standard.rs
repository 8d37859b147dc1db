//! Standard Webhooks: the open signature scheme, for any shop or form that has none of its own.
//!
//! Source: the Standard Webhooks specification, version 1.0. Signed is `{id}.{timestamp}.{body}`
//! with HMAC-SHA256 under the base64 part of a `whsec_…` secret; `webhook-signature` lists
//! `v1,<base64>` pairs, separated by spaces.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::report::{self, Report, ReportError};
use super::{Error, Verified, json};
use crate::clock::Millis;

/// How far the time of signing may lie from ours, both ways.
const TOLERANCE_MS: i64 = 5 * 60 * 1000;

/// Most signatures that are looked at.
const MAX_SIGNATURES: usize = 16;

/// The key in a secret.
pub(super) fn key(secret: &SecretString) -> Result<Vec<u8>, Error> {
    secret
        .expose_secret()
        .strip_prefix("whsec_")
        .and_then(|text| STANDARD.decode(text).ok())
        .filter(|key| (24..=64).contains(&key.len()))
        .ok_or(Error::Secret)
}

pub(super) fn verify<'a>(
    secrets: &[SecretString],
    header: &dyn Fn(&str) -> Option<&'a str>,
    body: &'a [u8],
    now: Millis,
) -> Result<Verified<'a>, Error> {
    let need = |name: &'static str| header(name).ok_or(Error::MissingHeader(name));
    let id = need("webhook-id")?;
    let timestamp = need("webhook-timestamp")?;
    let signatures = need("webhook-signature")?;
    if id.contains('.') || !(1..=200).contains(&id.len()) {
        return Err(Error::Id);
    }
    let seconds: i64 = timestamp.parse().map_err(|_| Error::Timestamp)?;
    let signed_at = seconds.checked_mul(1000).ok_or(Error::Timestamp)?;
    if signed_at < now.0 - TOLERANCE_MS {
        return Err(Error::TooOld);
    }
    if signed_at > now.0 + TOLERANCE_MS {
        return Err(Error::TooNew);
    }
    let given: Vec<Vec<u8>> = signatures
        .split(' ')
        .take(MAX_SIGNATURES)
        .filter_map(|signature| signature.strip_prefix("v1,"))
        .filter_map(|text| STANDARD.decode(text).ok())
        .collect();
    for secret in secrets {
        let expected = sign(&key(secret)?, id, timestamp, body);
        if given
            .iter()
            .any(|signature| bool::from(expected.ct_eq(signature.as_slice())))
        {
            return Ok(Verified { id, body });
        }
    }
    Err(Error::Signature)
}

fn sign(key: &[u8], id: &str, timestamp: &str, body: &[u8]) -> [u8; 32] {
    // The secret has at most the 64 bytes of a block, so padding it with zeros is what HMAC does.
    let mut block = [0u8; 64];
    block[..key.len()].copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
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
pub(super) fn reports(verified: &Verified<'_>) -> Result<Vec<Report>, ReportError> {
    let mut report = match serde_json::from_slice::<Envelope<'_>>(verified.body) {
        Ok(envelope) => {
            let kind = envelope.r#type.split('.').next().unwrap_or_default();
            let mut data: serde_json::Value = json::read(envelope.data.get().as_bytes())?;
            if let Some(fields) = data.as_object_mut() {
                fields.entry("kind").or_insert_with(|| kind.into());
            }
            let mut report: Report = json::read(data.to_string().as_bytes())?;
            report.occurred_at = report.occurred_at.or(envelope.timestamp);
            report
        }
        Err(_) => report::parse(verified.body)?,
    };
    report
        .event_id
        .get_or_insert_with(|| verified.id.to_owned());
    Ok(vec![report])
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::Kind;
    use super::*;

    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const ID: &str = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
    const BODY: &[u8] = br#"{"email":"test@example.com","username":"test_user"}"#;
    const SIGNATURE: &str = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";
    const AT: Millis = Millis(1_649_367_553_000);

    fn check(
        changes: &[(&str, Option<&'static str>)],
        body: &[u8],
        now: Millis,
    ) -> Result<(), Error> {
        let mut headers = HashMap::from([
            ("webhook-id", ID),
            ("webhook-timestamp", "1649367553"),
            ("webhook-signature", SIGNATURE),
        ]);
        for (name, value) in changes {
            match value {
                Some(value) => headers.insert(name, value),
                None => headers.remove(name),
            };
        }
        let secret: SecretString = SECRET.to_owned().into();
        let body = body.to_vec();
        let header = |name: &str| headers.get(name).copied();
        verify(&[secret], &header, &body, now).map(drop)
    }

    #[test]
    fn the_specification_s_own_vector_passes() {
        assert_eq!(check(&[], BODY, AT), Ok(()));
        let list = "v1,AAAA v1a,xxx v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";
        assert_eq!(
            check(&[("webhook-signature", Some(list))], BODY, AT),
            Ok(())
        );
    }

    #[test]
    fn whatever_proves_nothing_is_refused() {
        for header in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            assert!(matches!(
                check(&[(header, None)], BODY, AT),
                Err(Error::MissingHeader(_))
            ));
        }
        for signature in [
            "v1,",
            "v1",
            "",
            "tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3",
            "v2,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
        ] {
            let refused = check(&[("webhook-signature", Some(signature))], BODY, AT);
            assert_eq!(refused, Err(Error::Signature), "{signature}");
        }
        assert_eq!(check(&[], b"{}", AT), Err(Error::Signature));
        assert_eq!(check(&[], &[0xff, 0xfe], AT), Err(Error::Signature));
        assert_eq!(
            check(&[("webhook-id", Some("a.b"))], BODY, AT),
            Err(Error::Id)
        );
        assert_eq!(
            check(&[("webhook-timestamp", Some("soon"))], BODY, AT),
            Err(Error::Timestamp)
        );
        assert_eq!(check(&[], BODY, AT.plus_ms(301_000)), Err(Error::TooOld));
        assert_eq!(check(&[], BODY, AT.plus_ms(-301_000)), Err(Error::TooNew));
        assert_eq!(check(&[], BODY, AT.plus_ms(299_000)), Ok(()));
    }

    #[test]
    fn secrets_are_checked() {
        let check = |text: &str| Kind::Standard.check_secret(&text.to_owned().into());
        assert_eq!(check(SECRET), Ok(()));
        for bad in ["", "whsec_", "whsec_c2hvcnQ=", "hush", "whsec_***"] {
            assert_eq!(check(bad), Err(Error::Secret), "{bad}");
        }
    }

    #[test]
    fn the_scheme_s_own_library_agrees() {
        let library = standardwebhooks::Webhook::new(SECRET).unwrap();
        let signature = library.sign(ID, 1_649_367_553, BODY).unwrap();
        assert_eq!(signature, SIGNATURE);
    }

    #[test]
    fn envelope_and_bare_report_say_the_same() {
        let read = |body: &'static str| {
            let verified = Verified {
                id: "msg_1",
                body: body.as_bytes(),
            };
            Kind::Standard.reports(&verified).unwrap().remove(0)
        };
        let enveloped = read(
            r#"{"type":"lead.created","timestamp":"2026-03-29T12:00:00Z","data":{"click_id":"c"}}"#,
        );
        let bare = read(r#"{"kind":"lead","occurred_at":"2026-03-29T12:00:00Z","click_id":"c"}"#);
        assert_eq!(enveloped, bare);
        assert_eq!(enveloped.event_id.as_deref(), Some("msg_1"));
    }
}
