//! WooCommerce's deliveries, from the bytes to the ledger.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use crate::provider::order_scenarios::{self, SECRET, delivery, fixture, ledger, verified};
use crate::provider::signature::hmac_sha256;
use crate::provider::{Delivery, Error, ParsedWebhook, ProviderKind, ReportError, SourceSettings};

const BODY: &[u8] = br#"{"id":820982911946154508,"total_price":"409.94"}"#;
const VECTOR: &str = "jSVzwWQU71i3ii1JotpyTkmYUUi8hmWB2gGcJyfZwDw=";
const HMAC: &str = "x-wc-webhook-signature";

pub(super) const SALE: &str = "sale  2026-03-10T12:15:00.000Z 59.00 EUR";
pub(super) const PART_BACK: &str = "refund refund:7344 2026-03-15T09:00:00.000Z -10.00 EUR";
pub(super) const REST_BACK: &str = "refund refund:7360 2026-03-20T09:00:00.000Z -49.00 EUR";

pub(super) fn signed(topic: &str, body: &[u8]) -> Delivery {
    let signature = STANDARD.encode(hmac_sha256(SECRET.as_bytes(), &[body]));
    delivery(&[("x-wc-webhook-topic", topic), (HMAC, &signature)], body)
}

pub(super) fn read(
    topic: &str,
    body: &str,
    settings: &SourceSettings,
) -> Result<ParsedWebhook, ReportError> {
    let delivery = signed(topic, body.as_bytes());
    order_scenarios::read(ProviderKind::Woocommerce, &delivery, settings)
}

pub(super) fn parsed_fixture(name: &str) -> ParsedWebhook {
    changed(name, &[], &SourceSettings::default())
}

/// A parsed fixture; its name begins with its topic.
pub(super) fn changed(
    name: &str,
    changes: &[(&str, &str)],
    settings: &SourceSettings,
) -> ParsedWebhook {
    let topic: Vec<_> = name.split('-').take(2).collect();
    let mut body = fixture(ProviderKind::Woocommerce, name);
    for (old, new) in changes {
        assert!(body.contains(old), "{old}");
        body = body.replace(old, new);
    }
    read(&topic.join("."), &body, settings).unwrap()
}

#[test]
fn signatures_are_checked() {
    let check = |signature: Option<&str>, body: &[u8], secrets: &[&str]| {
        let headers: Vec<_> = signature
            .map(|signature| (HMAC, signature))
            .into_iter()
            .collect();
        verified(
            ProviderKind::Woocommerce,
            &delivery(&headers, body),
            secrets,
        )
    };
    assert_eq!(check(Some(VECTOR), BODY, &["hush"]), Ok(()));
    assert_eq!(check(Some(VECTOR), BODY, &["newer", "hush"]), Ok(()));
    let typed = "iR4U/avZUh1GgjiCZIutpc2AwaXk/jiG+S+j/pzGcy0=";
    assert_eq!(
        check(Some(typed), BODY, &["a&b"]),
        Ok(()),
        "as it was typed"
    );
    let no_text = [0xff, 0xfe, b'{'];
    let signature = STANDARD.encode(hmac_sha256(b"hush", &[&no_text]));
    assert_eq!(check(Some(&signature), &no_text, &["hush"]), Ok(()));

    let missing = Err(Error::MissingHeader(HMAC));
    assert_eq!(check(None, BODY, &["hush"]), missing);
    let wrong = STANDARD.encode([0; 32]);
    for odd in ["", "=", &VECTOR[..40], "not base64", typed, &wrong] {
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
    let empty = String::new().into();
    assert_eq!(
        ProviderKind::Woocommerce.check_secret(&empty),
        Err(Error::SecretLength)
    );
}

#[test]
fn the_ping_is_known_and_nothing_else_is_one() {
    let is_ping = |headers: &[(&str, &str)], body: &str| {
        ProviderKind::Woocommerce.is_ping(&delivery(headers, body.as_bytes()))
    };
    assert!(is_ping(&[], "webhook_id=17") && is_ping(&[], "webhook_id=17\n"));
    let long = format!("webhook_id={}", "1".repeat(21));
    for body in [
        "",
        "webhook_id=",
        "webhook_id=x",
        "webhook_id=17&x=1",
        "{}",
        &long,
    ] {
        assert!(!is_ping(&[], body), "{body}");
    }
    for header in ["x-wc-webhook-topic", HMAC] {
        assert!(!is_ping(&[(header, "x")], "webhook_id=17"), "{header}");
    }
    let ping = delivery(&[], b"webhook_id=17");
    assert!(!ProviderKind::Shopify.is_ping(&ping));
    let missing = Err(Error::MissingHeader(HMAC));
    assert_eq!(
        verified(ProviderKind::Woocommerce, &ping, &["hush"]),
        missing
    );
}

#[test]
fn what_cannot_be_understood_says_what_to_mend() {
    let refused = |body: &str| {
        let read = read("order.updated", body, &SourceSettings::default());
        read.unwrap_err().to_string()
    };
    let order = |fields: &str| format!(r#"{{"id":7,"status":"completed"{fields}}}"#);
    let made = r#","date_created_gmt":"2026-03-10T12:00:00""#;
    for (body, word) in [
        ("{}".to_owned(), "API version"),
        (r#"{"order":{"id":7}}"#.to_owned(), "API version"),
        (
            r#"{"code":"woocommerce_rest_cannot_view","message":"Sorry","data":{"status":401}}"#
                .to_owned(),
            "administrator",
        ),
        (order(""), "`date_modified_gmt`"),
        (
            order(r#","date_modified_gmt":"2026-03-10T12:00:00""#),
            "`date_created_gmt`",
        ),
        (
            order(r#","date_modified_gmt":"soon""#),
            "`date_modified_gmt`",
        ),
        (order(made), "`total`"),
        (order(&format!(r#"{made},"total":"9""#)), "`currency`"),
        (
            order(&format!(r#"{made},"total":"9","currency":"BTC""#)),
            "BTC",
        ),
        (
            order(&format!(r#"{made},"total":"nine","currency":"EUR""#)),
            "nine",
        ),
        (
            order(&format!(
                r#"{made},"total":9,"currency":"EUR","refunds":[{{"id":1}}]"#
            )),
            "refund",
        ),
        ("{".to_owned(), "not JSON"),
        ("7".to_owned(), "expected"),
    ] {
        assert!(refused(&body).contains(word), "{body}: {}", refused(&body));
    }
    for topic in ["customer.created", "action.woocommerce_add_to_cart", ""] {
        let parsed = read(topic, "{}", &SourceSettings::default()).unwrap();
        assert!(parsed.effects.is_empty() && parsed.note.unwrap().contains("order.updated"));
    }
    let no_topic = super::read(&delivery(&[], b"{}"), &SourceSettings::default()).unwrap_err();
    assert!(no_topic.to_string().contains("x-wc-webhook-topic"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn however_an_order_s_deliveries_come_the_ledger_is_the_same(
        names in Just(vec![
            "order-created", "order-updated", "order-updated", "order-updated-refund",
            "order-updated-refunded", "order-updated-refunded", "order-deleted",
        ]).prop_shuffle()
    ) {
        let readings: Vec<ParsedWebhook> = names.into_iter().map(parsed_fixture).collect();
        prop_assert_eq!(ledger(&readings), [SALE, PART_BACK, REST_BACK]);
    }

    #[test]
    fn no_bytes_make_it_panic(body in any::<Vec<u8>>(), cut in any::<prop::sample::Index>()) {
        let settings = SourceSettings::default();
        let _ = super::is_ping(&delivery(&[], &body));
        let _ = super::read(&signed("order.updated", &body), &settings);
        let whole = fixture(ProviderKind::Woocommerce, "order-updated-refunded");
        let cut = cut.index(whole.len());
        let mut spoilt = whole.into_bytes();
        spoilt.splice(cut..(cut + body.len()).min(spoilt.len()), body);
        let _ = super::read(&signed("order.updated", &spoilt), &settings);
    }
}
