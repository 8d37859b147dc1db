//! Segment: which requests are accepted, and what orders, refunds and people become.

mod libraries;

use super::*;
use crate::link::utm::UtmTags;
use crate::provider::ConversionReport;
use crate::provider::testing::{self, BODY, CLICK, KEY, at, delivery, fixture};
use crate::provider::{Error, ProviderKind, signature};

fn sign(body: &[u8], key: &str) -> Delivery {
    let signature = hex::encode(signature::hmac_sha1(key.as_bytes(), &[body]));
    delivery(&[("x-signature", &signature)], body)
}

fn parse(body: &[u8]) -> Result<ParsedWebhook, ReportError> {
    let settings = SourceSettings::default();
    testing::read(
        ProviderKind::Segment,
        &sign(body, KEY),
        &settings,
        Millis(0),
    )
}

fn read(name: &str) -> ParsedWebhook {
    parse(&fixture(&format!("segment/{name}.json"))).unwrap()
}

/// The error for a fixture in which `from` is replaced by `to`.
fn refusal(name: &str, from: &str, to: &str) -> String {
    let body = String::from_utf8(fixture(&format!("segment/{name}.json"))).unwrap();
    assert!(body.contains(from), "{from}");
    parse(body.replace(from, to).as_bytes())
        .unwrap_err()
        .to_string()
}

#[test]
fn the_signature_proves_the_sender() {
    let kind = ProviderKind::Segment;
    let known = "6f3c7a38ef0adf328b6b76731048a58ab5327b48";
    assert_eq!(sign(BODY, KEY).header("x-signature"), Some(known));
    let settings = SourceSettings::default();
    testing::refuses_what_proves_nothing(kind, &settings, Millis(0), "x-signature", sign);
}

#[test]
fn of_a_batch_only_the_signed_event_is_read() {
    let first = r#"{ "type":"track", "event":"Signed Up","messageId":"m-1","timestamp":"2026-03-10T12:00:00Z" }"#;
    let second = first.replace("m-1", "m-2");
    for body in [
        format!("[{first},{second}]"),
        format!(r#"{{"batch": [ {first} , {second} ], "sentAt": "2026-03-10T12:00:01Z"}}"#),
    ] {
        let mut batch = sign(first.as_bytes(), KEY);
        batch.body = body.into_bytes();
        let settings = SourceSettings::default();
        let parsed = testing::read(ProviderKind::Segment, &batch, &settings, Millis(0)).unwrap();
        assert_eq!(parsed.note, Some(BATCH));
        let [WebhookEffect::Conversion(report)] = &parsed.effects[..] else {
            panic!("{parsed:?}");
        };
        assert_eq!(report.event_id.as_deref(), Some("m-1"));
        let mut forged = batch.clone();
        forged.headers = sign(second.as_bytes(), KEY).headers;
        let keys = testing::secrets(&[KEY]);
        assert_eq!(verify(&forged, &keys), Err(Error::Signature));
    }
    assert!(parse(b"[]").unwrap().effects.is_empty());
}

#[test]
fn a_completed_order_is_a_sale() {
    let placed = at("2026-03-10T12:00:01Z");
    let report = OrderReport {
        names: vec![(0, "50314b8e9bcf000000000000".into())],
        version: placed,
        record: "order",
        hints: AttributionHints {
            landing_urls: vec![format!(
                "https://shop.example/checkout/thank-you?ll_click={CLICK}"
            )],
            customer: ReportedCustomer {
                external_id: Some("usr-17".into()),
                email: Some("ann@people.example".into()),
            },
            promo_codes: vec!["ANN10".into(), "LAMP5".into()],
            utm: UtmTags {
                campaign: Some("summer-sale".into()),
                source: Some("x".into()),
                medium: Some("social".into()),
                term: Some("lamps".into()),
                content: Some("post-2".into()),
                ..UtmTags::default()
            },
            ..AttributionHints::default()
        },
        facts: vec![(
            "paid".into(),
            OrderFact::Paid {
                at: placed,
                total: amount::decimal("27.50", "EUR".parse().unwrap()).unwrap(),
            },
        )],
    };
    assert_eq!(
        read("order_completed"),
        vec![WebhookEffect::Order(report)].into()
    );
}

#[test]
fn an_order_s_life_ends_in_one_ledger() {
    let order_scenarios = ["order_completed", "order_refunded", "order_cancelled"].map(read);
    assert_eq!(
        testing::ledger(&order_scenarios),
        [
            "sale  27.50 EUR at 2026-03-10T12:00:01.000Z",
            "refund refund:node-next-1773310000000-refund-1 -6.00 EUR at 2026-03-12T10:06:40.000Z",
            "refund void -21.50 EUR at 2026-03-13T11:06:40.000Z",
        ]
    );
}

#[test]
fn a_refund_of_no_sum_is_of_everything() {
    let body = String::from_utf8(fixture("segment/order_refunded.json")).unwrap();
    let whole = parse(body.replace("\"total\"", "\"count\"").as_bytes()).unwrap();
    assert_eq!(
        testing::ledger(&[read("order_completed"), whole])[1],
        "refund void -27.50 EUR at 2026-03-12T10:06:40.000Z"
    );
}

#[test]
fn who_signs_up_is_a_lead() {
    let report = ConversionReport {
        kind: ConversionKind::Lead,
        name: None,
        event_id: Some("usr-17".into()),
        occurred_at: Some(at("2026-03-10T10:53:20Z")),
        click_id: Some(CLICK.into()),
        path: vec![],
        landing_url: Some("https://app.example/welcome?utm_campaign=summer-sale".into()),
        customer: Some(ReportedCustomer {
            external_id: Some("usr-17".into()),
            email: Some("ann@people.example".into()),
        }),
        promo_code: None,
        utm: Some(UtmTags {
            campaign: Some("summer-sale".into()),
            source: Some("x".into()),
            medium: Some("social".into()),
            ..UtmTags::default()
        }),
        value: None,
        of: None,
    };
    assert_eq!(
        read("signed_up"),
        vec![WebhookEffect::Conversion(report)].into()
    );
}

#[test]
fn any_other_event_is_one_of_its_name() {
    let parsed = read("trial_started");
    let [WebhookEffect::Conversion(report)] = &parsed.effects[..] else {
        panic!("{parsed:?}");
    };
    assert_eq!(report.kind, ConversionKind::Event);
    assert_eq!(report.name.as_deref(), Some("trial_started"));
    assert_eq!(
        report.event_id.as_deref(),
        Some("5f7d4a6e-3d1b-4f0f-8d2e-9f3ad1a7c001")
    );
    let value = report.value.as_ref().unwrap();
    assert_eq!(
        (value.amount.as_i64(), value.currency.as_str()),
        (Some(1200), "EUR")
    );
    assert_eq!(slug("  Größe: X/L, 2.0 "), "gr_e_x_l_2.0");
    let other = parse(br#"{"type":"identify","userId":"usr-17","traits":{}}"#).unwrap();
    assert_eq!((other.effects.len(), other.note.is_some()), (0, true));
}

#[test]
fn what_cannot_be_counted_says_what_to_mend() {
    for (from, to, says) in [
        ("\"currency\"", "\"money\"", "`currency`"),
        ("\"order_id\"", "\"id\"", "`order_id`"),
        ("\"EUR\"", "\"EURO\"", "ISO 4217"),
        ("27.5\n", "\"27,50\"\n", "not an amount"),
        ("27.5\n", "-27.5\n", "must not be negative"),
        ("\"track\"", "\"trick\"", "`type`"),
        ("Order Completed", "…", "a-z 0-9"),
    ] {
        let text = refusal("order_completed", from, to);
        assert!(text.contains(says), "{from}: {text}");
    }
    assert!(refusal("trial_started", "\"messageId\"", "\"id\"").contains("event_id"));
}

#[test]
fn whatever_comes_is_answered() {
    let names = [
        "order_completed",
        "order_refunded",
        "signed_up",
        "trial_started",
    ];
    let mut samples = names
        .map(|name| fixture(&format!("segment/{name}.json")))
        .to_vec();
    samples.push([b"[".as_slice(), &samples[0], b"]"].concat());
    testing::survives_anything(ProviderKind::Segment, &SourceSettings::default(), &samples);
}
