//! Standard Webhooks: the specification's test vector, its own library, and requests without proof.

use std::collections::HashMap;

use ed25519_dalek::{Signer, SigningKey};

use super::super::ProviderKind;
use super::*;

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const ID: &str = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
const BODY: &[u8] = br#"{"email":"test@example.com","username":"test_user"}"#;
const SIGNATURE: &str = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";
const AT: Millis = Millis(1_649_367_553_000);

fn check(changes: &[(&str, Option<&'static str>)], body: &[u8], now: Millis) -> Result<(), Error> {
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
    let check = |text: &str| ProviderKind::Standard.check_secret(&text.to_owned().into());
    assert_eq!(check(SECRET), Ok(()));
    for bad in [
        "",
        "whsec_",
        "whsec_c2hvcnQ=",
        "hush",
        "whsec_***",
        "no base64 at all",
    ] {
        assert_eq!(check(bad), Err(Error::Secret), "{bad}");
    }
}

/// The libraries accept secrets of any length, with or without padding and `whsec_`.
#[test]
fn a_secret_is_the_same_key_in_every_form_that_libraries_take() {
    for length in [8, 16, 20, 24, 32, 75, 300] {
        let bytes: Vec<u8> = (0..=255).cycle().take(length).collect();
        let padded = STANDARD.encode(&bytes);
        let library = standardwebhooks::Webhook::from_bytes(bytes).unwrap();
        let signature = library.sign(ID, 1_649_367_553, BODY).unwrap();
        let bare = padded.trim_end_matches('=');
        for secret in [
            padded.clone(),
            bare.to_owned(),
            format!("whsec_{padded}"),
            format!("whsec_{bare}"),
            format!(" whsec_{padded}\n"),
        ] {
            let secrets: SecretString = secret.clone().into();
            assert_eq!(
                ProviderKind::Standard.check_secret(&secrets),
                Ok(()),
                "{secret}"
            );
            assert_eq!(
                check_with(&[&secret], &signature, BODY, AT),
                Ok(()),
                "{secret}"
            );
        }
        let other = STANDARD.encode(vec![7; length]);
        let refused = check_with(&[&other], &signature, BODY, AT);
        assert_eq!(refused, Err(Error::Signature), "{length}");
    }
}

/// Only signed headers are read: an unsigned header cannot turn a repeat into another event.
#[test]
fn svix_headers_are_read_where_the_scheme_s_own_are_not() {
    let of_svix = [
        ("svix-id", Some(ID)),
        ("svix-timestamp", Some("1649367553")),
        ("svix-signature", Some(SIGNATURE)),
    ];
    let own = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let mut changes = of_svix.to_vec();
    changes.extend(own.map(|name| (name, None)));
    assert_eq!(check(&changes, BODY, AT), Ok(()));
    assert_eq!(check(&changes, b"{}", AT), Err(Error::Signature));
    let both = [
        ("svix-signature", Some(SIGNATURE)),
        ("webhook-signature", Some("v1,AAAA")),
    ];
    assert_eq!(check(&both, BODY, AT), Ok(()), "one of the two will do");
    changes[3] = ("webhook-id", Some("msg_other"));
    assert_eq!(check(&changes, BODY, AT), Err(Error::Signature));
    let delivery = Delivery {
        headers: vec![("svix-id".into(), "msg_9".into())],
        body: br#"{"kind":"lead"}"#.to_vec(),
        ..Delivery::default()
    };
    let WebhookEffect::Conversion(report) = super::read(&delivery).unwrap().effects.remove(0)
    else {
        panic!("no conversion")
    };
    assert_eq!(report.event_id.as_deref(), Some("msg_9"));
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
        match super::read(&delivery).unwrap().effects.remove(0) {
            WebhookEffect::Conversion(report) => report,
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

/// The sender's key pair of that seed, with the public key as text.
fn key_pair(seed: u8) -> (SigningKey, String) {
    let key = SigningKey::from_bytes(&[seed; 32]);
    let public = STANDARD.encode(key.verifying_key().as_bytes());
    (key, format!("whpk_{public}"))
}

/// A signature by a key, in the form of the header.
fn signed_by(key: &SigningKey, body: &[u8]) -> String {
    let signed = [ID.as_bytes(), b".1649367553.", body].concat();
    format!("v1a,{}", STANDARD.encode(key.sign(&signed).to_bytes()))
}

fn check_with(secrets: &[&str], signature: &str, body: &[u8], now: Millis) -> Result<(), Error> {
    let headers = [
        ("webhook-id", ID),
        ("webhook-timestamp", "1649367553"),
        ("webhook-signature", signature),
    ];
    let delivery = Delivery {
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        body: body.to_vec(),
        ..Delivery::default()
    };
    let secrets: Vec<SecretString> = secrets
        .iter()
        .map(|secret| (*secret).to_owned().into())
        .collect();
    verify(&delivery, &secrets, now)
}

#[test]
fn a_public_key_proves_the_sender_as_well() {
    let (key, public) = key_pair(7);
    let (_, other) = key_pair(8);
    let right = signed_by(&key, BODY);
    let wrong = signed_by(&key, b"{}");
    for (secrets, signatures) in [
        (&[&public[..]][..], right.clone()),
        (&[&public], format!("v1,AAAA {wrong} v1a,xxx {right}")),
        (&[&other, &public], right.clone()),
        (&[SECRET, &public], right.clone()),
        (&[SECRET, &public], SIGNATURE.to_owned()),
        (&[&public, SECRET], format!("{wrong} {SIGNATURE}")),
    ] {
        let checked = check_with(secrets, &signatures, BODY, AT);
        assert_eq!(checked, Ok(()), "{signatures}");
    }
    let no_text = [0xff, 0xfe];
    let signature = signed_by(&key, &no_text);
    assert_eq!(check_with(&[&public], &signature, &no_text, AT), Ok(()));
}

#[test]
fn whatever_a_public_key_does_not_prove_is_refused() {
    let (key, public) = key_pair(7);
    let (stranger, other) = key_pair(8);
    let right = signed_by(&key, BODY);
    let bare = right.trim_start_matches("v1a,");
    for (secrets, signatures) in [
        (&[&public[..]][..], "v1a,".to_owned()),
        (&[&public], String::new()),
        (&[&public], bare.to_owned()),
        (&[&public], format!("v1,{bare}")),
        (&[&public], right[..right.len() - 8].to_owned()),
        (&[&public], signed_by(&stranger, BODY)),
        (&[&public], format!("{0} {0}", signed_by(&key, b"{}"))),
        (&[&public], SIGNATURE.to_owned()),
        (&[&other], right.clone()),
        (&[SECRET], right.clone()),
        (&[], right.clone()),
    ] {
        let refused = check_with(secrets, &signatures, BODY, AT);
        assert_eq!(refused, Err(Error::Signature), "{signatures}");
    }
    for (body, now, error) in [
        (&b"{}"[..], AT, Error::Signature),
        (BODY, AT.plus_ms(301_000), Error::TooOld),
        (BODY, AT.plus_ms(-301_000), Error::TooNew),
    ] {
        assert_eq!(check_with(&[&public], &right, body, now), Err(error));
    }
}

#[test]
fn public_keys_are_checked() {
    let check = |text: &str| ProviderKind::Standard.check_secret(&text.to_owned().into());
    let (_, public) = key_pair(7);
    assert_eq!(check(&public), Ok(()));
    let encode = |bytes: [u8; 32]| format!("whpk_{}", STANDARD.encode(bytes));
    let weak = encode(std::array::from_fn(|place| u8::from(place == 0)));
    let no_point = encode(std::array::from_fn(|place| if place == 0 { 2 } else { 0 }));
    for bad in [
        "whpk_",
        "whpk_***",
        &public[..public.len() - 4],
        &public.replace("whpk_", "whsk_"),
        &weak,
        &no_point,
    ] {
        assert_eq!(check(bad), Err(Error::Secret), "{bad}");
    }
}
