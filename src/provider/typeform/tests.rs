//! Typeform: which requests are accepted, and what a response becomes.

use super::*;
use crate::link::utm::UtmTags;
use crate::provider::ConversionReport;
use crate::provider::testing::{self, BODY, CLICK, KEY, at, delivery, fixture};

const KIND: crate::provider::ProviderKind = crate::provider::ProviderKind::Typeform;

fn sign(body: &[u8], key: &str) -> Delivery {
    let signature = STANDARD.encode(signature::hmac_sha256(key.as_bytes(), &[body]));
    let signature = format!("sha256={signature}");
    delivery(&[("typeform-signature", &signature)], body)
}

fn parse(body: &[u8]) -> Result<ParsedWebhook, ReportError> {
    testing::read(
        KIND,
        &sign(body, KEY),
        &SourceSettings::default(),
        Millis(0),
    )
}

fn read(name: &str) -> ParsedWebhook {
    parse(&fixture(&format!("typeform/{name}.json"))).unwrap()
}

#[test]
fn the_signature_proves_the_sender() {
    let known = "sha256=jSVzwWQU71i3ii1JotpyTkmYUUi8hmWB2gGcJyfZwDw=";
    assert_eq!(sign(BODY, KEY).header("typeform-signature"), Some(known));
    let settings = SourceSettings::default();
    let header = "typeform-signature";
    testing::refuses_what_proves_nothing(KIND, &settings, Millis(0), header, sign);
    let bare = delivery(&[(header, &known["sha256=".len()..])], BODY);
    assert_eq!(
        verify(&bare, &testing::secrets(&[KEY])),
        Err(Error::Signature)
    );
}

#[test]
fn a_response_is_a_lead() {
    let report = ConversionReport {
        kind: ConversionKind::Lead,
        name: None,
        event_id: Some("a3a12ec67a1365927098a606107fac15".into()),
        occurred_at: Some(at("2026-03-10T12:00:00Z")),
        click_id: Some(CLICK.into()),
        path: vec![],
        landing_url: None,
        customer: Some(ReportedCustomer {
            external_id: Some("usr-17".into()),
            email: Some("ann@people.example".into()),
        }),
        promo_code: None,
        utm: Some(UtmTags {
            source: Some("x".into()),
            campaign: Some("summer-sale".into()),
            ..UtmTags::default()
        }),
        value: None,
        of: None,
    };
    assert_eq!(
        read("response"),
        vec![WebhookEffect::Conversion(report)].into()
    );
}

#[test]
fn a_payment_is_left_to_who_takes_it() {
    let parsed = read("payment");
    assert_eq!(parsed.note, Some(PAYMENT));
    let [WebhookEffect::Conversion(report)] = &parsed.effects[..] else {
        panic!("{parsed:?}");
    };
    assert_eq!((report.kind, &report.value), (ConversionKind::Lead, &None));
    let body = String::from_utf8(fixture("typeform/payment.json")).unwrap();
    let failed = body.replace("\"success\": true", "\"success\": false");
    assert_eq!(parse(failed.as_bytes()).unwrap().note, None);
}

#[test]
fn what_was_not_sent_off_is_no_lead() {
    let parsed = read("partial");
    assert_eq!((parsed.effects.len(), parsed.note.is_some()), (0, true));
}

#[test]
fn what_cannot_be_read_says_what_to_mend() {
    let body = String::from_utf8(fixture("typeform/response.json")).unwrap();
    for field in ["event_type", "form_response", "token", "submitted_at"] {
        let without = body.replace(&format!("\"{field}\":"), "\"other\":");
        let text = parse(without.as_bytes()).unwrap_err().to_string();
        assert!(text.contains(field), "{field}: {text}");
    }
}

#[test]
fn whatever_comes_is_answered() {
    let samples = ["response", "payment"].map(|name| fixture(&format!("typeform/{name}.json")));
    testing::survives_anything(KIND, &SourceSettings::default(), &samples);
}
