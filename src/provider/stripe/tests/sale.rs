//! Sessions, invoices and captures: everything that each fixture reports.

use super::*;

#[test]
fn a_checkout_tells_of_the_payment_and_of_how_it_came() {
    let lamp = AttributionHints {
        path: texts(&[SECOND_CLICK, FIRST_CLICK]),
        promo_codes: texts(&["promo_1T9aSpringQ9RKHgCVdK"]),
        utm: UtmTags {
            source: Some("mastodon".into()),
            ..UtmTags::default()
        },
        ..hints(&[FIRST_CLICK], None, Some("ann@example.com"))
    };
    let facts = paid(1_773_136_800, euros(4999));
    let expected = order(&LAMP, 1_773_136_920, "session", lamp, facts);
    assert_eq!(parsed_order("session_payment"), (expected, None));

    let plan = AttributionHints {
        promo_codes: texts(&["ANN10", "promo_1T9xAnnQ9RKHgCVdK", "SPRING"]),
        ..hints(&[SECOND_CLICK], Some(BEA), Some("bea@example.org"))
    };
    let names = [(0, PLAN), (2, "cs_live_b1Plan4tRnE8sU6aJp3vXw5gHk")];
    let facts = paid(1_773_223_200, euros(2900));
    let expected = order(&names, 1_773_223_322, "session", plan, facts);
    assert_eq!(parsed_order("session_subscription"), (expected, None));
}

#[test]
fn a_checkout_counts_once_it_is_paid() {
    let names = [
        (1, "pi_3TAcabQ9RKHgCVdK0konbini"),
        (2, "cs_live_c1Konb6yPzD3nL8fVq7jSr2tMb"),
    ];
    let dai = || hints(&[FIRST_CLICK], None, Some("dai@example.com"));
    let (unpaid, note) = parsed_order("session_unpaid");
    assert_eq!(
        unpaid,
        order(&names, 1_773_396_180, "session", dai(), vec![])
    );
    assert!(note.unwrap().contains("async_payment_succeeded"));
    let facts = paid(1_773_396_000, money(4800, "JPY"));
    let expected = order(&names, 1_773_558_000, "session", dai(), facts);
    assert_eq!(parsed_order("session_async_succeeded"), (expected, None));
}

#[test]
fn a_trial_is_a_lead_and_its_invoice_of_nothing_no_sale() {
    let names = [
        (0, "in_1TAdTrialQ9RKHgCVdKd001"),
        (2, "cs_live_d1Tria5wMxC1kN7gBt6lQv9zRs"),
    ];
    let eda = |clicks| hints(clicks, Some("cus_UbTrial3kLm9Xy"), Some("eda@example.com"));
    let at = Millis(1_773_400_000_000);
    let facts = vec![("lead".to_owned(), OrderFact::Lead { at })];
    let expected = order(
        &names,
        1_773_400_090,
        "session",
        eda(&[SECOND_CLICK]),
        facts,
    );
    assert_eq!(parsed_order("session_trial"), (expected, None));
    let (nothing, note) = parsed_order("invoice_trial");
    let expected = order(&names[..1], 1_773_400_089, "invoice", eda(&[]), vec![]);
    assert_eq!(nothing, expected);
    assert!(note.unwrap().contains("nothing was paid"));
}

#[test]
fn every_invoice_is_an_order_of_its_own_in_either_shape() {
    // The line and the subscription both have it.
    let bea = || {
        hints(
            &[SECOND_CLICK, SECOND_CLICK],
            Some(BEA),
            Some("bea@example.org"),
        )
    };
    let facts = paid(1_773_223_316, euros(2900));
    let expected = order(&[(0, PLAN)], 1_773_223_320, "invoice", bea(), facts);
    assert_eq!(parsed_order("invoice_first"), (expected, None));

    let names = [
        (0, "in_1TL8RenewQ9RKHgCVdKb002"),
        (1, "pi_3TL8abQ9RKHgCVdK1renewPay"),
    ];
    let facts = paid(1_775_901_716, euros(2900));
    let expected = order(&names, 1_775_905_265, "invoice", bea(), facts);
    assert_eq!(parsed_order("invoice_renewal"), (expected, None));

    let names = [
        (0, "in_1O5oldQ9RKHgCVdKe0000001"),
        (1, "pi_3O5oldQ9RKHgCVdK1intent1"),
        (3, "ch_3O5oldQ9RKHgCVdK1charge1"),
    ];
    let fritz = AttributionHints {
        promo_codes: texts(&["TREUE"]),
        utm: UtmTags {
            campaign: Some("herbst".into()),
            ..UtmTags::default()
        },
        ..hints(
            &[FIRST_CLICK, FIRST_CLICK],
            Some("cus_OldFritz001"),
            Some("fritz@example.net"),
        )
    };
    let facts = paid(1_698_400_000, euros(3900));
    let expected = order(&names, 1_698_403_605, "invoice", fritz, facts);
    assert_eq!(parsed_order("invoice_old_api"), (expected, None));
}

#[test]
fn an_invoice_its_payment_intent_and_its_charge_are_tied_together() {
    let invoice = (0, PLAN);
    let bea = || hints(&[], Some(BEA), Some("bea@example.org"));
    for (name, names, seconds, record, hints) in [
        (
            "invoice_payment",
            vec![invoice, PLAN_INTENT],
            1_773_223_320,
            "invoice_payment",
            AttributionHints::default(),
        ),
        (
            "payment_intent",
            vec![invoice, PLAN_INTENT, PLAN_CHARGE],
            1_773_223_318,
            "payment_intent",
            bea(),
        ),
        (
            "charge_succeeded",
            vec![PLAN_INTENT, PLAN_CHARGE],
            1_773_223_318,
            "charge",
            bea(),
        ),
    ] {
        let (found, note) = parsed_order(name);
        assert_eq!(found, order(&names, seconds, record, hints, vec![]));
        assert!(note.unwrap().starts_with("payments count by"), "{name}");
    }
}

#[test]
fn what_was_only_authorised_counts_by_what_was_captured() {
    let names = [
        (1, "pi_3T9capQ9RKHgCVdK1holdPay"),
        (3, "ch_3T9capQ9RKHgCVdK1holdChg"),
    ];
    let cem = hints(&[FIRST_CLICK], None, Some("cem@example.net"));
    let facts = paid(1_773_226_800, euros(6500));
    let expected = order(&names, 1_773_230_400, "charge", cem, facts);
    assert_eq!(parsed_order("charge_captured"), (expected, None));
    let released = read("charge_released");
    assert!(released.effects.is_empty() && released.note.unwrap().contains("authorisation"));
}
