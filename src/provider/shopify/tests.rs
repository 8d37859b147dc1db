//! Shopify's deliveries, from the bytes to the ledger.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use crate::clock::Millis;
use crate::conversion::ConversionKind as What;
use crate::provider::order_scenarios::{self, SECRET, delivery, fixture, ledger, verified};
use crate::provider::report::ReportedCustomer;
use crate::provider::signature::hmac_sha256;
use crate::provider::{
    Delivery, Error, ParsedWebhook, ProviderKind, ReportError, SourceSettings, WebhookEffect,
};

const BODY: &[u8] = br#"{"id":820982911946154508,"total_price":"409.94"}"#;
const VECTOR: &str = "jSVzwWQU71i3ii1JotpyTkmYUUi8hmWB2gGcJyfZwDw=";
const HMAC: &str = "x-shopify-hmac-sha256";

pub(super) const SALE: &str = "sale  2026-03-10T11:04:09.000Z 114.00 EUR";
pub(super) const PART_BACK: &str = "refund refund:901234567801 2026-03-16T14:20:00.000Z -20.00 EUR";

pub(super) fn signed(topic: &str, body: &[u8]) -> Delivery {
    let signature = STANDARD.encode(hmac_sha256(SECRET.as_bytes(), &[body]));
    delivery(&[("x-shopify-topic", topic), (HMAC, &signature)], body)
}

pub(super) fn read(topic: &str, body: &str) -> Result<ParsedWebhook, ReportError> {
    let delivery = signed(topic, body.as_bytes());
    order_scenarios::read(ProviderKind::Shopify, &delivery, &SourceSettings::default())
}

/// A parsed fixture; its name begins with its topic.
pub(super) fn parsed_fixture(name: &str) -> ParsedWebhook {
    changed(name, &[])
}

pub(super) fn changed(name: &str, changes: &[(&str, &str)]) -> ParsedWebhook {
    let (resource, rest) = name.split_once('-').unwrap();
    let event = rest.split('-').next().unwrap();
    let mut body = fixture(ProviderKind::Shopify, name);
    for (old, new) in changes {
        assert!(body.contains(old), "{old}");
        body = body.replace(old, new);
    }
    read(&format!("{resource}/{event}"), &body).unwrap()
}

#[test]
fn signatures_are_checked() {
    let check = |signature: Option<&str>, body: &[u8], secrets: &[&str]| {
        let headers: Vec<_> = signature
            .map(|signature| (HMAC, signature))
            .into_iter()
            .collect();
        verified(ProviderKind::Shopify, &delivery(&headers, body), secrets)
    };
    assert_eq!(check(Some(VECTOR), BODY, &["hush"]), Ok(()));
    let rotated = check(Some(VECTOR), BODY, &["newer", "hush"]);
    assert_eq!(rotated, Ok(()), "while a secret is changed both live");
    let no_text = [0xff, 0xfe, b'{'];
    let signature = STANDARD.encode(hmac_sha256(b"hush", &[&no_text]));
    assert_eq!(check(Some(&signature), &no_text, &["hush"]), Ok(()));

    let missing = Err(Error::MissingHeader(HMAC));
    assert_eq!(check(None, BODY, &["hush"]), missing);
    let hex = hex::encode(hmac_sha256(b"hush", &[BODY]));
    let list = format!("{VECTOR} {VECTOR}");
    let spaced = format!(" {VECTOR}");
    let wrong = STANDARD.encode([0; 32]);
    for odd in ["", "=", &VECTOR[..40], &hex, &list, &spaced, &wrong] {
        assert_eq!(
            check(Some(odd), BODY, &["hush"]),
            Err(Error::Signature),
            "{odd}"
        );
    }
    for (body, secrets) in [
        (b"{}".as_slice(), ["hush"].as_slice()),
        (BODY, &["hus"]),
        (BODY, &[]),
    ] {
        assert_eq!(check(Some(VECTOR), body, secrets), Err(Error::Signature));
    }
    for empty in ["", "       ", "short"] {
        let secret = empty.to_owned().into();
        assert_eq!(
            ProviderKind::Shopify.check_secret(&secret),
            Err(Error::SecretLength)
        );
    }
}

/// Shopify's Events omit `x-`.
#[test]
fn headers_of_events_are_read_as_well() {
    let events = |topic: &str, body: &[u8]| {
        let mut delivery = signed(topic, body);
        for (name, _) in &mut delivery.headers {
            *name = name.trim_start_matches("x-").to_owned();
        }
        delivery
    };
    let kind = ProviderKind::Shopify;
    let paid = events("orders/paid", fixture(kind, "orders-paid").as_bytes());
    let mut forged = paid.clone();
    forged.body.push(b' ');
    assert_eq!(verified(kind, &paid, &[SECRET]), Ok(()));
    assert_eq!(verified(kind, &forged, &[SECRET]), Err(Error::Signature));
    let read =
        |delivery| order_scenarios::read(kind, delivery, &SourceSettings::default()).unwrap();
    assert_eq!(ledger(&[read(&paid)]), [SALE]);
    let own = events(
        "Order",
        br#"{"topic":"Order","action":"create","handle":"new-orders"}"#,
    );
    let parsed = read(&own);
    assert!(parsed.effects.is_empty());
    assert!(parsed.note.unwrap().contains("orders/paid"));
}

#[test]
fn one_purchase_s_create_and_paid_both_count() {
    let shared = |topic, name| {
        let mut delivery = signed(topic, fixture(ProviderKind::Shopify, name).as_bytes());
        let event = ("x-shopify-event-id".to_owned(), "98880550-7158".to_owned());
        delivery.headers.push(event);
        order_scenarios::read(ProviderKind::Shopify, &delivery, &SourceSettings::default()).unwrap()
    };
    let create = shared("orders/create", "orders-create");
    let paid = shared("orders/paid", "orders-paid");
    assert_eq!(ledger(&[create, paid]), [SALE]);
}

#[test]
fn test_orders_count_where_the_source_says_so() {
    let test = |name: &str, topic: &str, accept_test| {
        let body =
            fixture(ProviderKind::Shopify, name).replace("\"test\": false", "\"test\": true");
        let settings = SourceSettings {
            accept_test,
            ..SourceSettings::default()
        };
        order_scenarios::read(
            ProviderKind::Shopify,
            &signed(topic, body.as_bytes()),
            &settings,
        )
        .unwrap()
    };
    for (name, topic) in [
        ("orders-paid", "orders/paid"),
        ("refunds-create", "refunds/create"),
    ] {
        let parsed = test(name, topic, false);
        assert_eq!(
            (parsed.effects, parsed.note),
            (vec![], Some(super::notes::TEST_ORDER))
        );
        assert_eq!(ledger(&[test(name, topic, true)]).len(), 1);
    }
}

#[test]
fn customers_are_leads_and_are_erased() {
    let customer = ReportedCustomer {
        external_id: Some("7012345678901".to_owned()),
        email: Some("ada@people.example".to_owned()),
    };
    let parsed = parsed_fixture("customers-create");
    let [WebhookEffect::Conversion(lead)] = parsed.effects.as_slice() else {
        panic!("{parsed:?}");
    };
    assert_eq!(lead.kind, What::Lead);
    assert_eq!(lead.event_id.as_deref(), Some("customer:7012345678901"));
    assert_eq!(
        lead.occurred_at,
        Some(Millis::parse("2026-03-10T11:03:02Z").unwrap())
    );
    assert_eq!(lead.customer.as_ref(), Some(&customer));

    assert_eq!(
        parsed_fixture("customers-redact").effects,
        [WebhookEffect::Erase(customer)]
    );
    let nobody = read("customers/redact", r#"{"customer":{"phone":"1"}}"#);
    assert_eq!(nobody.unwrap_err().code(), "payload_unexpected");
    let asked = parsed_fixture("customers-data_request");
    assert!(asked.effects.is_empty() && asked.note.unwrap().contains("GET /customers/{id}"));
}

#[test]
fn other_topics_say_why_nothing_comes_of_them() {
    for (topic, word) in [
        ("orders/edited", "orders/updated"),
        ("orders/delete", "keeps its money"),
        ("shop/redact", "archive"),
        ("app/uninstalled", "removed"),
        ("products/update", "unsubscribe"),
        ("", "unsubscribe"),
    ] {
        let parsed = read(topic, "{}").unwrap();
        assert!(
            parsed.effects.is_empty() && parsed.note.unwrap().contains(word),
            "{topic}"
        );
    }
}

#[test]
fn what_cannot_be_understood_says_what_is_missing() {
    let paid = |fields: &str| {
        let body = format!(
            r#"{{"id":1,"updated_at":"2026-03-10T12:00:00Z","financial_status":"paid"{fields}}}"#
        );
        read("orders/paid", &body).unwrap_err().to_string()
    };
    for (fields, word) in [
        ("", "`currency`"),
        (r#","currency":"EUR""#, "`total_price`"),
        (r#","currency":"EUR","total_price":"1""#, "`created_at`"),
        (r#","currency":"EUX","total_price":"1""#, "EUX"),
        (r#","currency":"EUR","total_price":"1,50""#, "1,50"),
        (r#","created_at":"yesterday""#, "`created_at`"),
        (
            r#","refunds":[{"id":7,"transactions":[{"kind":"refund","amount":"1"}]}]"#,
            "`currency`",
        ),
    ] {
        assert!(paid(fields).contains(word), "{fields}: {}", paid(fields));
    }
    for body in ["{}", "[]", "7", "null", r#"{"id":1}"#, "{", "\u{fffd}"] {
        for topic in ["orders/create", "refunds/create", "customers/redact"] {
            assert!(read(topic, body).is_err(), "{topic} {body}");
        }
    }
    let nobody = read("customers/create", "{}").unwrap_err();
    assert!(nobody.to_string().contains("`id`"));
    let no_topic = delivery(&[], b"{}");
    let no_topic = super::read(&no_topic, &SourceSettings::default()).unwrap_err();
    assert!(no_topic.to_string().contains("x-shopify-topic"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn however_an_order_s_deliveries_come_the_ledger_is_the_same(
        names in Just(vec![
            "orders-create", "orders-paid", "orders-paid", "refunds-create", "refunds-create",
            "orders-updated", "refunds-create-one-failed", "refunds-create-restock",
        ]).prop_shuffle()
    ) {
        let readings: Vec<ParsedWebhook> = names.into_iter().map(parsed_fixture).collect();
        let second = "refund refund:901234567802 2026-03-18T09:00:00.000Z -30.00 EUR";
        prop_assert_eq!(ledger(&readings), [SALE, PART_BACK, second]);
    }

    #[test]
    fn no_bytes_make_it_panic(topic in 0..6usize, body in any::<Vec<u8>>(), cut in any::<prop::sample::Index>()) {
        let topic = ["orders/paid", "refunds/create", "customers/create", "customers/redact", "x", ""][topic];
        let settings = SourceSettings::default();
        let _ = super::read(&signed(topic, &body), &settings);
        let whole = fixture(ProviderKind::Shopify, "orders-updated-abroad");
        let cut = cut.index(whole.len());
        let mut spoilt = whole.into_bytes();
        spoilt.splice(cut..(cut + body.len()).min(spoilt.len()), body);
        let _ = super::read(&signed(topic, &spoilt), &settings);
    }

    #[test]
    fn no_number_makes_it_panic(number in "[-+]?[0-9]{0,30}[.]?[0-9]{0,30}([eE][-+]?[0-9]{0,12})?") {
        let body = fixture(ProviderKind::Shopify, "orders-updated-abroad").replace("142.50", &number);
        let _ = read("orders/updated", &body.replace("114.00", &number));
    }
}
