//! Requests that are refused, and events that do not count, each with a reason.

use super::*;

#[test]
fn money_that_cannot_be_read_is_told_with_its_place() {
    for (name, fields, code, word) in [
        (
            "session_payment",
            r#"{"amount_total": null}"#,
            "payload_unexpected",
            "amount_total",
        ),
        (
            "session_payment",
            r#"{"amount_total": "49.99"}"#,
            "invalid_field",
            "data.object.amount_total",
        ),
        (
            "session_payment",
            r#"{"currency": null}"#,
            "unknown_currency",
            "ISO 4217",
        ),
        (
            "session_payment",
            r#"{"created": 0}"#,
            "payload_unexpected",
            "created",
        ),
        (
            "invoice_first",
            r#"{"amount_paid": -5}"#,
            "amount_negative",
            "refund",
        ),
        (
            "invoice_first",
            r#"{"currency": "lampen"}"#,
            "unknown_currency",
            "LAMPEN",
        ),
        (
            "charge_captured",
            r#"{"amount_captured": null}"#,
            "payload_unexpected",
            "amount_captured",
        ),
        (
            "refund_created",
            r#"{"amount": 9000000000000000}"#,
            "amount_too_large",
            "minor units",
        ),
    ] {
        let fields: serde_json::Value = serde_json::from_str(fields).unwrap();
        let error = changed(name, &fields).unwrap_err();
        assert_eq!(error.code(), code, "{name}: {error}");
        assert!(error.to_string().contains(word), "{name}: {error}");
    }
}

#[test]
fn objects_that_stand_there_whole_are_read_as_their_ids() {
    let whole = serde_json::json!({
        "payment_intent": {"id": LAMP[0].1, "object": "payment_intent"},
        "customer": {"id": "cus_Whole", "object": "customer", "email": "x@example.com"},
        "discounts": [{"source": {"coupon": {"id": "LAMPE"}, "type": "coupon"}}, "di_1", null],
        "metadata": null,
    });
    let parsed = changed("session_payment", &whole).unwrap();
    let [WebhookEffect::Order(order)] = &parsed.effects[..] else {
        panic!("{parsed:?}")
    };
    assert_eq!(order.names[0].1, LAMP[0].1);
    assert_eq!(
        order.hints.customer.external_id.as_deref(),
        Some("cus_Whole")
    );
    assert_eq!(order.hints.promo_codes, ["LAMPE"]);
}

/// Since the API of 2026, an account may replace the customer.
#[test]
fn an_account_is_the_customer_where_there_is_no_other() {
    for name in ["session_payment", "invoice_renewal", "payment_intent"] {
        for (customer, id) in [
            (serde_json::json!(null), "acct_Ann"),
            (serde_json::json!("cus_Ann"), "cus_Ann"),
        ] {
            let fields = serde_json::json!({"customer": customer, "customer_account": "acct_Ann"});
            let parsed = changed(name, &fields).unwrap();
            let [WebhookEffect::Order(order)] = &parsed.effects[..] else {
                panic!("{parsed:?}")
            };
            let found = order.hints.customer.external_id.as_deref();
            assert_eq!(found, Some(id), "{name}");
        }
    }
}

/// An object that a newer version of the API may use.
#[test]
fn an_unknown_object_of_a_known_event_is_noted() {
    for name in [
        "session_payment",
        "invoice_first",
        "refund_created",
        "dispute_won",
    ] {
        let parsed = changed(name, &serde_json::json!({"object": "of_next_year"})).unwrap();
        assert!(parsed.effects.is_empty(), "{parsed:?}");
        assert!(parsed.note.unwrap().contains("unknown object"), "{name}");
    }
}

#[test]
fn what_counts_for_nothing_says_why() {
    let nothing = |parsed: ParsedWebhook| {
        assert!(parsed.effects.is_empty(), "{parsed:?}");
        parsed.note.unwrap()
    };
    assert!(nothing(read("session_test_mode")).contains("accept_test"));
    let setup = serde_json::json!({"mode": "setup", "payment_status": "no_payment_required"});
    assert!(nothing(changed("session_trial", &setup).unwrap()).contains("kept a card"));
    let balance = serde_json::json!({"charge": null, "payment_intent": null});
    assert!(nothing(changed("refund_created", &balance).unwrap()).contains("balance"));
    for (kind, word) in [
        ("checkout.session.async_payment_failed", "failed"),
        ("customer.created", "not about a payment"),
    ] {
        let body = String::from_utf8(body("session_unpaid")).unwrap();
        let body = body.replace("checkout.session.completed", kind);
        let parsed = read_body(body.as_bytes(), &SourceSettings::default()).unwrap();
        assert!(nothing(parsed).contains(word), "{kind}");
    }
    let settings = SourceSettings {
        accept_test: true,
        ..SourceSettings::default()
    };
    let accepted = read_body(&body("session_test_mode"), &settings).unwrap();
    assert_eq!((accepted.effects.len(), accepted.note), (1, None));
}

#[test]
fn events_of_another_protocol_say_what_to_set_up() {
    let thin = String::from_utf8(body("thin")).unwrap();
    let as_type = |kind: &str| {
        let body = thin.replace("v1.billing.meter.error_report_triggered", kind);
        read_body(body.as_bytes(), &SourceSettings::default())
    };
    for kind in ["v1.charge.refunded", "v1.invoice.paid", "v1.refund.created"] {
        let error = as_type(kind).unwrap_err();
        assert!(error.to_string().contains("snapshot events"), "{error}");
    }
    for kind in [
        "v1.billing.meter.error_report_triggered",
        "v2.core.account.created",
    ] {
        let noted = as_type(kind).unwrap();
        assert!(noted.effects.is_empty(), "{noted:?}");
        assert!(noted.note.unwrap().contains("snapshot events"), "{kind}");
    }
    for (body, code) in [
        (
            r#"{"object": "charge", "type": "x", "livemode": true}"#,
            "payload_unexpected",
        ),
        (
            r#"{"object": "event", "type": "charge.refunded"}"#,
            "invalid_field",
        ),
        ("[]", "invalid_field"),
        ("", "invalid_json"),
        ("\u{fffd}", "invalid_json"),
    ] {
        let error = read_body(body.as_bytes(), &SourceSettings::default()).unwrap_err();
        assert_eq!(error.code(), code, "{body}");
    }
}
