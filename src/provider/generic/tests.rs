//! Generic webhooks: which requests are accepted, and what a mapping reads from a body.

use serde_json::json;

use super::*;
use crate::provider::testing::{self, BODY, CLICK, KEY, at, delivery, fixture};

const KIND: crate::provider::ProviderKind = crate::provider::ProviderKind::Generic;
const NOW: Millis = Millis(1_773_144_006_000);

fn mapping(change: Value) -> GenericMapping {
    let mut mapping = json!({
        "prefix": "sha256=",
        "items": "/events",
        "kind": {"at": "/type", "map": {
            "order.paid": "sale", "order.refunded": "refund", "order.packed": "ignore",
            "newsletter.joined": "lead",
        }},
        "event_id": "/order/number",
        "occurred_at": "/order/placed_at",
        "amount": "/order/total/gross",
        "currency": "/order/total/currency",
        "click_id": "/session/click",
        "landing_url": "/session/entry",
        "external_id": "/buyer/id",
        "email": "/buyer/mail",
        "promo_code": "/order/voucher",
        "of": "/order/of",
    });
    let Value::Object(change) = change else {
        panic!()
    };
    for (field, value) in change {
        mapping[field] = value;
    }
    serde_json::from_value(mapping).unwrap()
}

fn settings(change: Value) -> SourceSettings {
    SourceSettings {
        generic: Some(mapping(change)),
        ..SourceSettings::default()
    }
}

fn sign(body: &[u8], key: &str) -> Delivery {
    let signature = hex::encode(signature::hmac_sha256(key.as_bytes(), &[body]));
    delivery(&[("x-signature-256", &format!("sha256={signature}"))], body)
}

#[test]
fn the_signature_proves_the_sender() {
    let known = "sha256=8d2573c16414ef58b78a2d49a2da724e49985148bc866581da019c2727d9c03c";
    assert_eq!(sign(BODY, KEY).header("x-signature-256"), Some(known));
    let settings = settings(json!({}));
    testing::refuses_what_proves_nothing(KIND, &settings, NOW, "x-signature-256", sign);
}

#[test]
fn signatures_may_be_base64_and_of_the_time_too() {
    let settings = settings(json!({
        "signature_header": "X-Shop-Signature",
        "prefix": "",
        "encoding": "base64",
        "timestamp": {"header": "X-Shop-Time", "tolerance_seconds": 60},
    }));
    let headers = settings.generic.as_ref().unwrap().headers();
    assert_eq!(headers, ["x-shop-signature", "x-shop-time"]);
    let sign = |body: &[u8], key: &str| {
        let parts = [b"1773144006.".as_slice(), body];
        let signature = STANDARD.encode(signature::hmac_sha256(key.as_bytes(), &parts));
        let headers = [
            ("x-shop-signature", signature.as_str()),
            ("x-shop-time", "1773144006"),
        ];
        delivery(&headers, body)
    };
    testing::refuses_what_proves_nothing(KIND, &settings, NOW, "x-shop-signature", sign);
    let check = |ms| {
        let (signed, keys) = (sign(BODY, KEY), testing::secrets(&[KEY]));
        verify(&signed, &keys, &settings, NOW.plus_ms(ms))
    };
    assert_eq!((check(60_000), check(-60_000)), (Ok(()), Ok(())));
    assert_eq!(
        (check(61_000), check(-61_000)),
        (Err(Error::TooOld), Err(Error::TooNew))
    );
}

#[test]
fn the_mapping_says_what_everything_means() {
    let body = fixture("generic/orders.json");
    let settings = settings(json!({}));
    let parsed = testing::read(KIND, &sign(&body, KEY), &settings, NOW).unwrap();
    let customer = |id: &str, email: Option<&str>| {
        Some(ReportedCustomer {
            external_id: Some(id.into()),
            email: email.map(str::to_owned),
        })
    };
    let value = |amount: i64| {
        let currency = "EUR".to_owned();
        Some(Amount {
            amount: amount.into(),
            currency,
        })
    };
    let sale = ConversionReport {
        kind: ConversionKind::Sale,
        name: None,
        event_id: Some("A-1001".into()),
        occurred_at: Some(at("2026-03-10T12:00:00Z")),
        click_id: Some(CLICK.into()),
        path: vec![],
        landing_url: Some(
            "https://shop.example/lamps?utm_source=x&utm_campaign=summer-sale".into(),
        ),
        customer: customer("17", Some("ann@people.example")),
        promo_code: Some("ANN10".into()),
        utm: None,
        value: value(4999),
        of: None,
    };
    let bare = ConversionReport {
        click_id: None,
        landing_url: None,
        promo_code: None,
        ..sale.clone()
    };
    let refund = ConversionReport {
        kind: ConversionKind::Refund,
        event_id: Some("R-88".into()),
        occurred_at: Some(at("2026-03-12T09:30:00Z")),
        customer: customer("17", None),
        value: value(1050),
        of: Some("A-1001".into()),
        ..bare.clone()
    };
    let lead = ConversionReport {
        kind: ConversionKind::Lead,
        event_id: Some("N-7".into()),
        customer: customer("18", None),
        value: None,
        ..bare
    };
    let effects = [sale, refund, lead].map(WebhookEffect::Conversion).to_vec();
    assert_eq!(parsed, effects.into());
    let dry = dry_run(settings.generic.as_ref().unwrap(), &body).unwrap();
    assert_eq!(dry, parsed, "a dry run reads the same");
}

fn try_out(change: &Value, body: &Value) -> Result<ConversionReport, String> {
    let mut whole = json!({"items": null, "kind": "sale", "event_id": "/id", "amount": "/sum"});
    for (field, value) in change.as_object().unwrap() {
        whole[field] = value.clone();
    }
    let parsed = dry_run(&mapping(whole), body.to_string().as_bytes());
    match parsed.map_err(|error| error.to_string())?.effects.pop() {
        Some(WebhookEffect::Conversion(report)) => Ok(report),
        other => Err(format!("{other:?}")),
    }
}

#[test]
fn amounts_come_in_either_unit() {
    let sum = |unit: &str, currency: &str, sum: Value| {
        let change = json!({"amount_unit": unit, "currency": currency});
        let report = try_out(&change, &json!({"id": 1, "sum": sum}))?;
        Ok::<_, String>(report.value.unwrap().amount.as_i64().unwrap())
    };
    assert_eq!(sum("major", "EUR", json!("49.99")), Ok(4999));
    assert_eq!(sum("major", "JPY", json!(4999)), Ok(4999));
    assert_eq!(sum("minor", "EUR", json!(4999)), Ok(4999));
    assert_eq!(sum("minor", "KWD", json!("4999")), Ok(4999));
    for odd in [json!("49.99"), json!(49.5), json!("much"), json!(1e30)] {
        assert!(
            sum("minor", "EUR", odd.clone())
                .unwrap_err()
                .contains("amount"),
            "{odd}"
        );
    }
}

#[test]
fn an_event_has_a_name_and_perhaps_a_value() {
    let change = json!({"kind": "event", "name": "/what", "currency": "EUR"});
    let report = try_out(&change, &json!({"id": "e", "what": "trial"})).unwrap();
    assert_eq!(
        (report.name.as_deref(), report.value),
        (Some("trial"), None)
    );
    assert!(
        try_out(&change, &json!({"id": "e"}))
            .unwrap_err()
            .contains("`name`")
    );
}

#[test]
fn what_cannot_be_read_names_its_place() {
    let by_type = json!({"kind": {"at": "/type", "map": {"a": "sale"}}, "currency": "EUR"});
    let at_all = json!({"currency": "/cur", "occurred_at": "/when"});
    for (change, body, says) in [
        (
            &by_type,
            json!({"id": 1, "sum": 1, "type": "b"}),
            r#""b" at `/type`"#,
        ),
        (&by_type, json!({"id": 1, "sum": 1}), "the kind at `/type`"),
        (&at_all, json!({"sum": 1, "cur": "EUR"}), "id at `/id`"),
        (&at_all, json!({"id": 1, "cur": "EUR"}), "amount at `/sum`"),
        (&at_all, json!({"id": 1, "sum": 1}), "currency at `/cur`"),
        (
            &at_all,
            json!({"id": 1, "sum": 1, "cur": "EUR", "when": "soon"}),
            "not a time",
        ),
        (&json!({"items": "/all"}), json!({}), "no list at `/all`"),
    ] {
        let text = try_out(change, &body).unwrap_err();
        assert!(text.contains(says), "{body}: {text}");
    }
    let others =
        json!({"kind": {"at": "/paid", "map": {"true": "sale", "*": "ignore"}}, "currency": "EUR"});
    let paid = try_out(&others, &json!({"id": 1, "sum": 1, "paid": true}));
    assert_eq!(paid.unwrap().kind, ConversionKind::Sale);
    let ignored = try_out(&others, &json!({"id": 1, "sum": 1, "paid": false}));
    assert_eq!(ignored.unwrap_err(), "None");
}

#[test]
fn a_mapping_is_checked_before_it_is_used() {
    assert_eq!(settings(json!({})).check(KIND), Ok(()));
    assert_eq!(mapping(json!({"items": ""})).check(), Ok(()));
    for (change, says) in [
        (json!({"event_id": "order.number"}), "`event_id`"),
        (json!({"items": "events"}), "`items`"),
        (
            json!({"kind": {"at": "type", "map": {"a": "lead"}}}),
            "`kind.at`",
        ),
        (json!({"kind": {"at": "/type", "map": {}}}), "`kind.map`"),
        (json!({"kind": "event"}), "`name`"),
        (json!({"kind": "event", "name": "My Event"}), "`name`"),
        (json!({"currency": "EURO"}), "`currency`"),
        (json!({"amount": null}), "`amount`"),
        (json!({"signature_header": "x signature"}), "not a header"),
        (
            json!({"timestamp": {"header": "t", "tolerance_seconds": 0}}),
            "tolerance",
        ),
    ] {
        let text = mapping(change).check().unwrap_err();
        assert!(text.contains(says), "{says}: {text}");
    }
}

#[test]
fn whatever_comes_is_answered() {
    testing::survives_anything(
        KIND,
        &settings(json!({})),
        &[fixture("generic/orders.json")],
    );
}
