//! Standard Webhooks: the open signature scheme, for any shop or form that has none of its own.
//!
//! Source: the Standard Webhooks specification, version 1.0. Signed is `{id}.{timestamp}.{body}`
//! with HMAC-SHA256 under the base64 part of a `whsec_…` secret; `webhook-signature` lists
//! `v1,<base64>` pairs, separated by spaces.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::value::RawValue;
use subtle::ConstantTimeEq;

use super::report::{self, Report, ReportError};
use super::signature::{self, MAX_SIGNATURES, TOLERANCE_MS};
use super::{Delivery, Error, Reading, Told, json};
use crate::clock::Millis;

/// The headers looked at.
pub(super) const HEADERS: &[&str] = &["webhook-id", "webhook-timestamp", "webhook-signature"];

pub(super) fn check_secret(secret: &SecretString) -> Result<(), Error> {
    key(secret).map(drop)
}

/// The key in a secret.
fn key(secret: &SecretString) -> Result<Vec<u8>, Error> {
    secret
        .expose_secret()
        .strip_prefix("whsec_")
        .and_then(|text| STANDARD.decode(text).ok())
        .filter(|key| (24..=64).contains(&key.len()))
        .ok_or(Error::Secret)
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
    let given: Vec<Vec<u8>> = signatures
        .split(' ')
        .take(MAX_SIGNATURES)
        .filter_map(|signature| signature.strip_prefix("v1,"))
        .filter_map(|text| STANDARD.decode(text).ok())
        .collect();
    for secret in secrets {
        let parts = [
            id.as_bytes(),
            b".",
            timestamp.as_bytes(),
            b".",
            &delivery.body,
        ];
        let expected = signature::hmac_sha256(&key(secret)?, &parts);
        if given
            .iter()
            .any(|signature| bool::from(expected.ct_eq(signature.as_slice())))
        {
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
            let mut report: Report = json::read(data.to_string().as_bytes())?;
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
        let headers = headers.into_iter();
        let delivery = Delivery {
            headers: headers
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            body: body.to_vec(),
            ..Delivery::default()
        };
        verify(&delivery, &[secret], now)
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
            let delivery = Delivery {
                headers: vec![("webhook-id".into(), "msg_1".into())],
                body: body.as_bytes().to_vec(),
                ..Delivery::default()
            };
            match super::read(&delivery).unwrap().told.remove(0) {
                Told::Conversion(report) => report,
                other => panic!("{other:?}"),
            }
        };
        let enveloped = read(
            r#"{"type":"lead.created","timestamp":"2026-03-29T12:00:00Z","data":{"click_id":"c"}}"#,
        );
        let bare = read(r#"{"kind":"lead","occurred_at":"2026-03-29T12:00:00Z","click_id":"c"}"#);
        assert_eq!(enveloped, bare);
        assert_eq!(enveloped.event_id.as_deref(), Some("msg_1"));
    }
}
