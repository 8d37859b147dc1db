//! Stripe: which requests are accepted. The modules below test what events become.

use secrecy::SecretString;

use crate::clock::Millis;
use crate::conversion::order::OrderFact;
use crate::link::utm::UtmTags;
use crate::money::Money;
use crate::provider::attribution_hints::AttributionHints;
use crate::provider::report::ReportedCustomer;
use crate::provider::{
    Delivery, Error, OrderReport, ParsedWebhook, ProviderKind, ReportError, SourceSettings,
    WebhookEffect, signature,
};

mod back;
mod life;
mod refusal;
mod sale;

const SECRET: &str = "whsec_test_secret";
const BODY: &[u8] = br#"{"id":820982911946154508,"total_price":"409.94"}"#;
const SIGNATURE: &str = "a3859c269f9599e7548ae108804e04b9c23199488f7dae5dbf7840c7da65def8";
const AT: Millis = Millis(1_492_774_577_000);

const FIRST_CLICK: &str = "clk_01m85vy6cvfcc9txcmfk0m8vaa";
const SECOND_CLICK: &str = "clk_01m85vy6cvfcc9txcmfk0m8vab";

fn check(header: Option<&str>, body: &[u8], secrets: &[&str], now: Millis) -> Result<(), Error> {
    let delivery = Delivery {
        headers: header
            .map(|value| ("stripe-signature".to_owned(), value.to_owned()))
            .into_iter()
            .collect(),
        body: body.to_vec(),
        ..Delivery::default()
    };
    let secrets: Vec<SecretString> = secrets
        .iter()
        .map(|secret| (*secret).to_owned().into())
        .collect();
    ProviderKind::Stripe
        .verify(&delivery, &secrets, &SourceSettings::default(), now)
        .map(drop)
}

fn sign(body: &[u8], secret: &str, time: &str) -> String {
    let parts = [time.as_bytes(), b".", body];
    let signature = signature::hmac_sha256(secret.as_bytes(), &parts);
    format!("t={time},v1={}", hex::encode(signature))
}

#[test]
fn whoever_knows_a_secret_is_believed() {
    let wrong = "0".repeat(64);
    for header in [
        format!("t=1492774577,v1={SIGNATURE}"),
        format!("t=1492774577,v0={wrong},v1={wrong},v1={SIGNATURE}"),
        format!("t=1492774577,v1={wrong},v1=xyz,v1={SIGNATURE},v1={wrong}"),
        format!("v1={SIGNATURE},t=1492774577,t=1492774577"),
    ] {
        assert_eq!(
            check(Some(&header), BODY, &[SECRET], AT),
            Ok(()),
            "{header}"
        );
    }
    let header = format!("t=1492774577,v1={SIGNATURE}");
    let secrets = ["whsec_older_secret", SECRET];
    assert_eq!(check(Some(&header), BODY, &secrets, AT), Ok(()));
    for ms in [-300_000, 300_000] {
        assert_eq!(
            check(Some(&header), BODY, &[SECRET], AT.plus_ms(ms)),
            Ok(())
        );
    }
    let no_text = [0xff, 0xfe, 0x00];
    let header = sign(&no_text, SECRET, "1492774577");
    assert_eq!(check(Some(&header), &no_text, &[SECRET], AT), Ok(()));
}

#[test]
fn whatever_proves_nothing_is_refused() {
    let right = format!("t=1492774577,v1={SIGNATURE}");
    let missing = Err(Error::MissingHeader("stripe-signature"));
    assert_eq!(check(None, BODY, &[SECRET], AT), missing);
    let wrong = "0".repeat(64);
    for (header, error) in [
        (String::new(), Error::Timestamp),
        (format!("v1={SIGNATURE}"), Error::Timestamp),
        (format!("t=,v1={SIGNATURE}"), Error::Timestamp),
        (format!("t=soon,v1={SIGNATURE}"), Error::Timestamp),
        (
            format!("t=1492774577,t=1492774578,v1={SIGNATURE}"),
            Error::Timestamp,
        ),
        ("t=1492774577".to_owned(), Error::Signature),
        ("t=1492774577,v1=".to_owned(), Error::Signature),
        (format!("t=1492774577,v0={SIGNATURE}"), Error::Signature),
        (
            format!("t=1492774577,v1={}", &SIGNATURE[..62]),
            Error::Signature,
        ),
        (format!("t=1492774577,v1={SIGNATURE}00"), Error::Signature),
        (
            format!("t=1492774577,v1={wrong},v1={wrong}"),
            Error::Signature,
        ),
        (format!("t=1492774578,v1={SIGNATURE}"), Error::Signature),
    ] {
        assert_eq!(
            check(Some(&header), BODY, &[SECRET], AT),
            Err(error),
            "{header}"
        );
    }
    for (body, secrets, now, error) in [
        (&b"{}"[..], &[SECRET][..], AT, Error::Signature),
        (BODY, &["whsec_other_secret"], AT, Error::Signature),
        (BODY, &[], AT, Error::Signature),
        (BODY, &[SECRET], AT.plus_ms(301_000), Error::TooOld),
        (BODY, &[SECRET], AT.plus_ms(-301_000), Error::TooNew),
    ] {
        assert_eq!(check(Some(&right), body, secrets, now), Err(error));
    }
    let secret = |text: &str| ProviderKind::Stripe.check_secret(&text.to_owned().into());
    assert_eq!(secret(""), Err(Error::SecretLength));
    assert_eq!(secret(SECRET), Ok(()));
}

fn body(name: &str) -> Vec<u8> {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/providers/stripe"
    );
    std::fs::read(format!("{folder}/{name}.json")).unwrap()
}

fn read_body(body: &[u8], settings: &SourceSettings) -> Result<ParsedWebhook, ReportError> {
    let delivery = Delivery {
        headers: vec![(
            "stripe-signature".to_owned(),
            sign(body, SECRET, "1492774577"),
        )],
        body: body.to_vec(),
        ..Delivery::default()
    };
    let secrets = [SECRET.to_owned().into()];
    let verified = ProviderKind::Stripe
        .verify(&delivery, &secrets, settings, AT)
        .unwrap();
    ProviderKind::Stripe.read(verified, settings, AT)
}

fn read(name: &str) -> ParsedWebhook {
    read_body(&body(name), &SourceSettings::default()).unwrap()
}

/// The only order in a fixture, and the note.
fn parsed_order(name: &str) -> (OrderReport, Option<&'static str>) {
    let ParsedWebhook {
        mut effects, note, ..
    } = read(name);
    assert_eq!(effects.len(), 1, "{name}");
    match effects.remove(0) {
        WebhookEffect::Order(order) => (order, note),
        other => panic!("{name}: {other:?}"),
    }
}

fn money(amount: i64, code: &str) -> Money {
    Money {
        amount,
        currency: code.parse().unwrap(),
    }
}

fn euros(amount: i64) -> Money {
    money(amount, "EUR")
}

fn paid(at: i64, total: Money) -> Vec<(String, OrderFact)> {
    let at = Millis(at * 1000);
    vec![("paid".to_owned(), OrderFact::Paid { at, total })]
}

fn order(
    names: &[(u8, &str)],
    seconds: i64,
    record: &'static str,
    hints: AttributionHints,
    facts: Vec<(String, OrderFact)>,
) -> OrderReport {
    OrderReport {
        names: names
            .iter()
            .map(|(rank, name)| (*rank, (*name).to_owned()))
            .collect(),
        version: Millis(seconds * 1000),
        record,
        hints,
        facts,
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn hints(clicks: &[&str], customer: Option<&str>, email: Option<&str>) -> AttributionHints {
    AttributionHints {
        click_ids: texts(clicks),
        customer: ReportedCustomer {
            external_id: customer.map(str::to_owned),
            email: email.map(str::to_owned),
        },
        ..AttributionHints::default()
    }
}

const LAMP: [(u8, &str); 2] = [
    (1, "pi_3T9abcQ9RKHgCVdK0lampPay1"),
    (2, "cs_live_a1Lamp7xQvB2mT9eKz4hWc0dYf"),
];
const LAMP_CHARGE: [(u8, &str); 2] = [LAMP[0], (3, "ch_3T9abcQ9RKHgCVdK0lampChg")];
const PLAN: &str = "in_1T9xFirstQ9RKHgCVdKb001";
const PLAN_INTENT: (u8, &str) = (1, "pi_3T9xplQ9RKHgCVdK1firstPay");
const PLAN_CHARGE: (u8, &str) = (3, "ch_3T9xplQ9RKHgCVdK1firstChg");
const BEA: &str = "cus_UbPlan7mQx2Rz1";

/// A fixture with some fields of its object replaced.
fn changed(name: &str, fields: &serde_json::Value) -> Result<ParsedWebhook, ReportError> {
    let mut event: serde_json::Value = serde_json::from_slice(&body(name)).unwrap();
    for (field, value) in fields.as_object().unwrap() {
        event["data"]["object"][field] = value.clone();
    }
    read_body(event.to_string().as_bytes(), &SourceSettings::default())
}
