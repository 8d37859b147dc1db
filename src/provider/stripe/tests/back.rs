//! Refunds and disputes: everything that each fixture reports.

use super::*;
use crate::conversion::order::{DisputeState, RefundState};

#[test]
fn refunds_are_told_by_their_sum_and_one_by_one() {
    let ann = || hints(&[], None, Some("ann@example.com"));
    for (name, seconds, sum, part) in [
        (
            "charge_refunded_partial",
            1_773_309_600,
            1500,
            "refunded:ch_3T9abcQ9RKHgCVdK0lampChg:0000000001500",
        ),
        (
            "charge_refunded_full",
            1_773_396_000,
            4999,
            "refunded:ch_3T9abcQ9RKHgCVdK0lampChg:0000000004999",
        ),
    ] {
        let (at, amount) = (Millis(seconds * 1000), euros(sum));
        let facts = vec![(part.to_owned(), OrderFact::RefundedInAll { at, amount })];
        let expected = order(&LAMP_CHARGE, seconds, "charge", ann(), facts);
        assert_eq!(parsed_order(name), (expected, None));
    }
    let at = Millis(1_773_482_400_000);
    for (name, seconds, state) in [
        ("refund_created", 1_773_482_400, RefundState::Pending),
        ("refund_updated", 1_773_486_000, RefundState::Done),
        ("refund_failed", 1_773_741_600, RefundState::Failed),
    ] {
        let fact = OrderFact::Refund {
            at,
            amount: euros(900),
            state,
        };
        let facts = vec![("refund:re_3T9xplQ9RKHgCVdK1back001".to_owned(), fact)];
        let names = [PLAN_INTENT, PLAN_CHARGE];
        let expected = order(
            &names,
            seconds,
            "refund",
            AttributionHints::default(),
            facts,
        );
        assert_eq!(parsed_order(name), (expected, None));
    }
    let (old, _) = parsed_order("charge_refunded_old_api");
    let parts: Vec<_> = old.facts.iter().map(|(part, _)| part.as_str()).collect();
    let sum = "refunded:ch_3O5oldQ9RKHgCVdK1charge1:0000000001000";
    assert_eq!(parts, [sum, "refund:re_3O5oldQ9RKHgCVdK1back001"]);
    assert_eq!(old.names[0], (0, "in_1O5oldQ9RKHgCVdKe0000001".to_owned()));
}

#[test]
fn disputes_are_told_with_how_far_they_are() {
    for (name, seconds, state) in [
        ("dispute_created", 1_773_828_001, DisputeState::Open),
        ("dispute_won", 1_775_210_400, DisputeState::Won),
    ] {
        let fact = OrderFact::Dispute {
            at: Millis(1_773_828_000_000),
            amount: euros(2900),
            state,
            changed_at: Millis(seconds * 1000),
        };
        let facts = vec![("dispute:dp_1TAaQ9RKHgCVdKdispute01".to_owned(), fact)];
        let names = [PLAN_INTENT, PLAN_CHARGE];
        let expected = order(
            &names,
            seconds,
            "dispute",
            AttributionHints::default(),
            facts,
        );
        assert_eq!(parsed_order(name), (expected, None));
    }
}

fn fact(parsed: &ParsedWebhook) -> OrderFact {
    match &parsed.effects[..] {
        [WebhookEffect::Order(order)] => order.facts[0].1.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_status_has_a_meaning_and_an_unknown_one_is_noted() {
    for (status, expected) in [
        ("warning_needs_response", DisputeState::Inquiry),
        ("warning_under_review", DisputeState::Inquiry),
        ("warning_closed", DisputeState::Inquiry),
        ("prevented", DisputeState::Inquiry),
        ("needs_response", DisputeState::Open),
        ("under_review", DisputeState::Open),
        ("appeal_needs_response", DisputeState::Open),
        ("appeal_under_review", DisputeState::Open),
        ("lost", DisputeState::Lost),
        ("won", DisputeState::Won),
    ] {
        let parsed = changed("dispute_created", &serde_json::json!({"status": status}));
        let state = match fact(&parsed.unwrap()) {
            OrderFact::Dispute { state, .. } => state,
            other => panic!("{other:?}"),
        };
        assert_eq!(state, expected, "{status}");
    }
    for (status, expected) in [
        ("pending", RefundState::Pending),
        ("requires_action", RefundState::Pending),
        ("succeeded", RefundState::Done),
        ("failed", RefundState::Failed),
        ("canceled", RefundState::Failed),
    ] {
        let parsed = changed("refund_created", &serde_json::json!({"status": status}));
        let state = match fact(&parsed.unwrap()) {
            OrderFact::Refund { state, .. } => state,
            other => panic!("{other:?}"),
        };
        assert_eq!(state, expected, "{status}");
    }
    for (name, field) in [
        ("dispute_created", "status"),
        ("refund_created", "status"),
        ("session_payment", "payment_status"),
    ] {
        let parsed = changed(name, &serde_json::json!({field: "dancing"})).unwrap();
        let [WebhookEffect::Order(order)] = &parsed.effects[..] else {
            panic!("{parsed:?}");
        };
        assert!(
            order.facts.is_empty() && !order.names.is_empty(),
            "{order:?}"
        );
        assert!(parsed.note.unwrap().contains("not known here"), "{name}");
    }
}
