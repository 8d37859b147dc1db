//! The life of orders: late, repeated and reordered events, combined by shared names as the store
//! does it.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Value;

use super::{SourceSettings, WebhookEffect, body, read, read_body};
use crate::conversion::order::{self, OrderFacts, OrderObservation, evidence, ledger};
use crate::provider::testing::LATE;
use crate::provider::{OrderReport, ParsedWebhook};

/// The stored state of one order.
#[derive(Clone, Debug, Default, PartialEq)]
struct OrderState {
    names: BTreeSet<(u8, String)>,
    parts: OrderFacts,
}

impl OrderState {
    fn take(&mut self, observation: OrderObservation) {
        order::apply(&mut self.parts, observation);
    }

    fn observations(&self) -> Vec<OrderObservation> {
        self.parts.values().cloned().collect()
    }

    /// Kind, part and amount of every line.
    fn lines(&self) -> Vec<String> {
        let lines = ledger(&self.observations()).into_iter();
        let shown = lines.map(|line| {
            let value = line.value.map_or("-".to_owned(), |value| value.to_string());
            format!("{} {} {value}", line.kind, line.part)
        });
        shown.collect()
    }
}

fn keep(orders: &mut Vec<OrderState>, report: &OrderReport) {
    let mut all = OrderState::default();
    all.names.extend(report.names.iter().cloned());
    let (same, others) = std::mem::take(orders)
        .into_iter()
        .partition(|order| !order.names.is_disjoint(&all.names));
    *orders = others;
    for order in same {
        all.names.extend(order.names);
        for part in order.parts.into_values() {
            all.take(part);
        }
    }
    let observations = report
        .observations(LATE, &|email| format!("hash of {email}"))
        .unwrap();
    for observation in observations {
        all.take(observation);
    }
    orders.push(all);
}

/// The orders that follow from these deliveries, by name.
fn orders<'a>(readings: impl IntoIterator<Item = &'a ParsedWebhook>) -> Vec<OrderState> {
    let mut orders = Vec::new();
    for effect in readings.into_iter().flat_map(|parsed| &parsed.effects) {
        match effect {
            WebhookEffect::Order(report) => keep(&mut orders, report),
            other => panic!("{other:?}"),
        }
    }
    orders.sort_by(|a, b| a.names.cmp(&b.names));
    orders
}

/// The lines of the only order that follows from these fixtures.
fn lines(names: &[&str]) -> Vec<String> {
    let readings: Vec<ParsedWebhook> = names.iter().map(|name| read(name)).collect();
    let orders = orders(&readings);
    assert_eq!(orders.len(), 1, "{names:?} are one order");
    orders[0].lines()
}

const LAMP: &str = "refunded:ch_3T9abcQ9RKHgCVdK0lampChg";
const BACK: &str = "refund:re_3T9xplQ9RKHgCVdK1back001";
const DISPUTE: &str = "dispute:dp_1TAaQ9RKHgCVdKdispute01";

#[test]
fn one_payment_is_one_sale_whichever_event_tells_of_it() {
    for (names, expected) in [
        (&["session_payment"][..], "sale  49.99 EUR"),
        (
            &["session_unpaid", "session_async_succeeded"],
            "sale  4800 JPY",
        ),
        (
            &["session_async_succeeded", "session_unpaid"],
            "sale  4800 JPY",
        ),
        (
            &["session_subscription", "invoice_first"],
            "sale  29.00 EUR",
        ),
        (
            &["invoice_first", "session_subscription", "invoice_first"],
            "sale  29.00 EUR",
        ),
        (
            &["payment_intent", "charge_succeeded", "invoice_first"],
            "sale  29.00 EUR",
        ),
        (&["session_trial", "invoice_trial"], "lead  -"),
        (&["invoice_old_api"], "sale  39.00 EUR"),
        (&["charge_captured"], "sale  65.00 EUR"),
    ] {
        assert_eq!(lines(names), [expected], "{names:?}");
    }
}

#[test]
fn a_renewal_is_an_order_of_its_own() {
    let readings = ["session_subscription", "invoice_first", "invoice_renewal"].map(read);
    let orders = orders(&readings);
    assert_eq!(orders.len(), 2);
    for order in orders {
        assert_eq!(order.lines(), ["sale  29.00 EUR"]);
        let evidence = evidence(&order.observations());
        assert_eq!(evidence.external_id.as_deref(), Some("cus_UbPlan7mQx2Rz1"));
        assert_eq!(evidence.click_ids.len(), 1);
    }
}

#[test]
fn sums_of_refunds_become_steps() {
    let sale = "sale  49.99 EUR".to_owned();
    let first = format!("refund {LAMP}:0000000001500 -15.00 EUR");
    let second = format!("refund {LAMP}:0000000004999 -34.99 EUR");
    let order_scenarios = ["session_payment", "charge_refunded_partial"];
    assert_eq!(lines(&order_scenarios), [sale.clone(), first.clone()]);
    let order_scenarios = [
        "charge_refunded_full",
        "charge_refunded_partial",
        "session_payment",
    ];
    assert_eq!(lines(&order_scenarios), [sale, first, second]);
}

#[test]
fn a_refund_that_is_told_twice_over_counts_once() {
    let order_scenarios = ["invoice_old_api", "charge_refunded_old_api"];
    let back = "refund refund:re_3O5oldQ9RKHgCVdK1back001 -10.00 EUR";
    assert_eq!(lines(&order_scenarios), ["sale  39.00 EUR", back]);
}

#[test]
fn a_refund_that_fails_counts_for_nothing() {
    let sale = "sale  29.00 EUR".to_owned();
    let back = format!("refund {BACK} -9.00 EUR");
    let tied = ["invoice_first", "invoice_payment"];
    for (events, expected) in [
        (&["refund_created"][..], vec![sale.clone(), back.clone()]),
        (
            &["refund_updated", "refund_created"],
            vec![sale.clone(), back],
        ),
        (
            &["refund_failed", "refund_updated", "refund_created"],
            vec![sale],
        ),
    ] {
        assert_eq!(lines(&[&tied, events].concat()), expected, "{events:?}");
    }
}

#[test]
fn a_dispute_takes_the_money_until_it_is_won() {
    let sale = "sale  29.00 EUR".to_owned();
    let taken = format!("chargeback {DISPUTE} -29.00 EUR");
    let given = format!("chargeback_reversal {DISPUTE} 29.00 EUR");
    let order_scenarios = ["dispute_created", "payment_intent", "invoice_first"];
    assert_eq!(lines(&order_scenarios), [sale.clone(), taken.clone()]);
    let order_scenarios = [
        "dispute_won",
        "dispute_created",
        "payment_intent",
        "invoice_first",
    ];
    assert_eq!(lines(&order_scenarios), [sale, taken, given]);
}

/// All events about a subscription's first payment, its refund and its dispute.
const FIRST_PAYMENT: [&str; 10] = [
    "session_subscription",
    "invoice_first",
    "invoice_payment",
    "payment_intent",
    "charge_succeeded",
    "refund_created",
    "refund_updated",
    "refund_failed",
    "dispute_created",
    "dispute_won",
];

fn shuffled_twice() -> impl Strategy<Value = Vec<usize>> {
    let twice: Vec<usize> = (0..FIRST_PAYMENT.len())
        .chain(0..FIRST_PAYMENT.len())
        .collect();
    Just(twice).prop_shuffle()
}

/// Any place in a fixture, and a value to put there.
fn odd_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(Value::from("")),
        Just(Value::from("\u{1f4a1}".repeat(300))),
        Just(Value::from(vec![Value::Null])),
        Just(serde_json::json!({"id": {"id": 7}})),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
    ]
}

fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                places(value, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (place, value) in items.iter().enumerate() {
                places(value, &format!("{at}/{place}"), found);
            }
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn any_order_and_any_repeats_end_in_the_same_orders(places in shuffled_twice()) {
        let readings = FIRST_PAYMENT.map(read);
        let in_order = orders(&readings);
        prop_assert_eq!(in_order.len(), 1);
        let shuffled = orders(places.iter().map(|place| &readings[*place]));
        prop_assert_eq!(&shuffled, &in_order);
        prop_assert_eq!(shuffled[0].lines(), in_order[0].lines());
        prop_assert_eq!(in_order[0].lines(), [
            "sale  29.00 EUR".to_owned(),
            format!("chargeback {DISPUTE} -29.00 EUR"),
            format!("chargeback_reversal {DISPUTE} 29.00 EUR"),
        ]);
    }

    #[test]
    fn odd_events_are_read_or_refused(
        name in prop::sample::select(&FIRST_PAYMENT[..]),
        place in any::<prop::sample::Index>(),
        odd in odd_value(),
    ) {
        let mut event: Value = serde_json::from_slice(&body(name)).unwrap();
        let mut all = Vec::new();
        places(&event, "", &mut all);
        *event.pointer_mut(place.get(all.as_slice()).as_str()).unwrap() = odd;
        if let Ok(parsed) = read_body(event.to_string().as_bytes(), &SourceSettings::default()) {
            for effect in parsed.effects {
                if let WebhookEffect::Order(report) = effect {
                    // At the latest, names that cannot be stored are refused here.
                    drop(report.observations(LATE, &|email| format!("hash of {email}")));
                }
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(read_body(&bytes, &SourceSettings::default()));
    }
}
