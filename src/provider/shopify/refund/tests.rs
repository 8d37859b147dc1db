//! Refunds: how much money went back, and in which currency.

use crate::clock::Millis;
use crate::conversion::order::{OrderFact, RefundState};
use crate::provider::order_scenarios::{self, ledger};
use crate::provider::shopify::tests::{PART_BACK, SALE, changed, parsed_fixture};

#[test]
fn a_refund_is_the_same_by_itself_and_in_its_order() {
    let itself = parsed_fixture("refunds-create");
    let report = order_scenarios::order(&itself);
    assert_eq!(report.names, [(0, "5678901234567".to_owned())]);
    assert_eq!(
        report.version,
        Millis::parse("2026-03-16T15:20:00+01:00").unwrap()
    );
    assert_eq!((report.record, report.facts.len()), ("refund", 1));
    let updated = parsed_fixture("orders-updated");
    assert!(
        order_scenarios::order(&updated)
            .facts
            .contains(&report.facts[0])
    );
    for order_scenarios in [
        vec![parsed_fixture("orders-paid"), itself.clone()],
        vec![updated.clone()],
        vec![updated, itself],
    ] {
        assert_eq!(ledger(&order_scenarios), [SALE, PART_BACK]);
    }
}

#[test]
fn of_a_refund_only_money_that_moved_counts() {
    let state =
        |name, changes: &[_]| match &order_scenarios::order(&changed(name, changes)).facts[0].1 {
            OrderFact::Refund { amount, state, .. } => (amount.to_string(), *state),
            other => panic!("{other:?}"),
        };
    let (one_failed, status) = ("refunds-create-one-failed", "\"status\": \"success\"");
    for (changes, amount, expected) in [
        (vec![], "30.00 EUR", RefundState::Done),
        (
            vec![("\"failure\"", "\"pending\"")],
            "94.00 EUR",
            RefundState::Pending,
        ),
        (
            vec![(status, "\"status\": \"error\"")],
            "94.00 EUR",
            RefundState::Failed,
        ),
        (
            vec![("\"failure\"", "\"success\"")],
            "94.00 EUR",
            RefundState::Done,
        ),
        (vec![("\"30.00\"", "30")], "30.00 EUR", RefundState::Done),
    ] {
        assert_eq!(state(one_failed, &changes), (amount.to_owned(), expected));
    }
    let restock = parsed_fixture("refunds-create-restock");
    assert!(restock.effects.is_empty() && restock.note.unwrap().starts_with("no money went back"));
    let nothing = changed("refunds-create", &[("\"20.00\"", "\"0.00\"")]);
    assert_eq!((nothing.effects, nothing.note), (vec![], restock.note));
    let failed = changed(one_failed, &[(status, "\"status\": \"failure\"")]);
    assert_eq!(ledger(&[parsed_fixture("orders-paid"), failed]), [SALE]);
}

#[test]
fn a_refund_in_the_customer_s_currency_is_brought_to_the_shop_s() {
    let back = "refund refund:901234567805 2026-03-20T09:00:00.000Z -114.00 EUR";
    let itself = parsed_fixture("refunds-create-abroad");
    assert_eq!(
        ledger(&[parsed_fixture("orders-paid"), itself.clone()]),
        [SALE, back]
    );
    assert_eq!(
        ledger(&[parsed_fixture("orders-updated-abroad")]),
        [SALE, back]
    );
    assert_eq!(
        ledger(&[parsed_fixture("orders-updated-abroad"), itself]),
        [SALE, back]
    );
    let shop_money = r#""amount_set": {"shop_money": {"amount": "113.99", "currency_code": "EUR"}}, "kind": "refund""#;
    let abroad = changed(
        "refunds-create-abroad",
        &[(r#""kind": "refund""#, shop_money)],
    );
    assert!(ledger(&[abroad])[0].ends_with("-113.99 EUR"));
}
