//! Reports in our own format: what they become, and what is refused.

use super::*;
use crate::id::ClickId;

const NOW: Millis = Millis(1_780_000_000_000);

fn read(body: &str) -> Result<NewConversion, ReportError> {
    crate::provider::report::parse(body.as_bytes())?.into_conversion(&ReportContext {
        id: ConversionId::from_parts(NOW, [1; 10]),
        workspace_id: WorkspaceId::from_parts(NOW, [2; 10]),
        source_id: None,
        now: NOW,
        email_hash: &|email| format!("hash of {email}"),
    })
}

fn code(body: &str) -> &'static str {
    read(body).expect_err(body).code()
}

#[test]
fn a_sale_becomes_a_conversion() {
    let sale = read(
        r#"{"kind":"sale","event_id":"o-1","value":{"amount":4999,"currency":"EUR"},
            "customer":{"external_id":"c-1","email":"a@b.example"},"utm":{"campaign":"spring"}}"#,
    )
    .unwrap();
    assert_eq!(sale.value.unwrap().to_string(), "49.99 EUR");
    assert_eq!(sale.occurred_at, NOW);
    assert_eq!(
        sale.evidence.email_hash.as_deref(),
        Some("hash of a@b.example")
    );
}

#[test]
fn refunds_are_given_positive_and_kept_negative() {
    let body =
        r#"{"kind":"refund","event_id":"r","of":"o-1","value":{"amount":5,"currency":"JPY"}}"#;
    let refund = read(body).unwrap();
    assert_eq!(refund.value.unwrap().amount, -5);
    assert_eq!(refund.refund_of.as_deref(), Some("o-1"));
}

#[test]
fn garbled_click_ids_cost_nothing_but_themselves() {
    let [a, b] = [1, 2].map(|at| ClickId::from_parts(Millis(at), [0; 10]));
    let body =
        format!(r#"{{"kind":"lead","event_id":"l","path":["{a}","junk","{b}"],"click_id":"{a}"}}"#);
    assert_eq!(read(&body).unwrap().evidence.click_ids, [b, a]);
}

#[test]
fn what_cannot_be_counted_is_refused() {
    for (body, expected) in [
        (r#"{"kind":"lead"}"#, "event_id_missing"),
        (r#"{"kind":"lead","event_id":" "}"#, "invalid_field"),
        (r#"{"kind":"like","event_id":"e"}"#, "invalid_field"),
        (
            r#"{"kind":"lead","event_id":"e","colour":1}"#,
            "unknown_field",
        ),
        (r#"{"kind":"lead","event_id":"e""#, "invalid_json"),
        (r#"{"kind":"event","event_id":"e"}"#, "event_name"),
        (r#"{"kind":"lead","event_id":"e","name":"x"}"#, "event_name"),
        (r#"{"kind":"sale","event_id":"e"}"#, "value_missing"),
        (
            r#"{"kind":"sale","event_id":"e","of":"o","value":{"amount":1,"currency":"EUR"}}"#,
            "of_not_allowed",
        ),
        (
            r#"{"kind":"sale","event_id":"e","value":{"amount":1,"currency":"EURO"}}"#,
            "unknown_currency",
        ),
        (
            r#"{"kind":"sale","event_id":"e","value":{"amount":49.99,"currency":"EUR"}}"#,
            "amount_fraction",
        ),
        (
            r#"{"kind":"sale","event_id":"e","value":{"amount":-1,"currency":"EUR"}}"#,
            "amount_negative",
        ),
        (
            r#"{"kind":"sale","event_id":"e","value":{"amount":1000000000001,"currency":"EUR"}}"#,
            "amount_too_large",
        ),
        (
            r#"{"kind":"sale","event_id":"e","value":{"amount":99999999999999999999,"currency":"EUR"}}"#,
            "amount_too_large",
        ),
    ] {
        assert_eq!(code(body), expected, "{body}");
    }
    let body = r#"{"kind":"sale","event_id":"e","value":{"amount":49.99,"currency":"KWD"}}"#;
    let message = read(body).unwrap_err().to_string();
    assert!(message.contains("so 1 KWD is 1000"), "{message}");
}

#[test]
fn an_address_is_kept_as_its_hash_wherever_it_stands() {
    let body = r#"{"kind":"refund","event_id":"ann@shop.example","of":" ann@shop.example",
        "value":{"amount":1,"currency":"EUR"},"customer":{"external_id":"ann@shop.example"},
        "utm":{"campaign":"spring","content":"ann@shop.example","term":""}}"#;
    let kept = read(body).unwrap();
    let hash = kept.evidence.email_hash.unwrap();
    let hidden = format!("email:{hash}");
    assert_eq!(kept.event_id, hidden);
    assert_eq!(kept.refund_of.as_ref(), Some(&hidden));
    assert_eq!(kept.evidence.external_id.as_ref(), Some(&hidden));
    let tags = kept.evidence.utm.pairs();
    assert_eq!(
        tags,
        [("utm_campaign", "spring")],
        "what is no tag costs itself only"
    );
    for id in ["1001@eu", "SAVE@10", "@shop.example", "Ann@Realm"] {
        let body = format!(r#"{{"kind":"lead","event_id":"{id}"}}"#);
        assert_eq!(read(&body).unwrap().event_id, id);
    }
}

#[test]
fn a_backslash_is_no_escape() {
    let body = r#"{"kind":"lead","event_id":"a\\u0000b"}"#;
    assert_eq!(read(body).unwrap().event_id, r"a\u0000b");
}

#[test]
fn what_cannot_be_kept_is_refused() {
    for (body, expected) in [
        (
            r#"{"kind":"lead","event_id":"e","occurred_at":"2999-01-01T00:00:00Z"}"#,
            "occurred_in_future",
        ),
        (
            r#"{"kind":"lead","event_id":"e","occurred_at":"1970-01-02T00:00:00Z"}"#,
            "occurred_too_early",
        ),
        (
            r#"{"kind":"lead","event_id":"e","occurred_at":"yesterday"}"#,
            "invalid_field",
        ),
        (
            r#"{"kind":"lead","event_id":"e","customer":{"email":"a@b@c"}}"#,
            "email_malformed",
        ),
        (r#"{"kind":"lead","event_id":"a\u0000b"}"#, "invalid_json"),
    ] {
        assert_eq!(code(body), expected, "{body}");
    }
}
