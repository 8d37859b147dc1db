//! Orders: when they count as sales, and who placed them.

use crate::clock::Millis;
use crate::conversion::ClickIdSource;
use crate::provider::order_scenarios::{self, ledger};
use crate::provider::shopify::tests::{PART_BACK, SALE, changed, parsed_fixture};

#[test]
fn an_order_that_is_not_paid_waits() {
    let parsed = parsed_fixture("orders-create");
    assert_eq!(parsed.note, Some("waits for payment"));
    assert!(ledger(&[parsed]).is_empty());
    for (status, note) in [
        ("authorized", "waits for payment"),
        ("expired", "waits for payment"),
        ("partially_paid", "waits for the rest of its payment"),
        ("voided", "was called off before it was paid"),
    ] {
        let parsed = changed(
            "orders-create",
            &[("\"pending\"", &format!("\"{status}\""))],
        );
        assert_eq!(parsed.note, Some(note), "{status}");
        assert!(ledger(&[parsed]).is_empty(), "{status}");
    }
}

#[test]
fn a_paid_order_is_a_sale_at_the_time_it_was_placed() {
    let parsed = parsed_fixture("orders-paid");
    let report = order_scenarios::order(&parsed);
    assert_eq!(report.names, [(0, "5678901234567".to_owned())]);
    assert_eq!(
        report.version,
        Millis::parse("2026-03-12T09:30:00+01:00").unwrap()
    );
    assert_eq!((report.record, parsed.note), ("order", None));
    assert_eq!(ledger(std::slice::from_ref(&parsed)), [SALE]);
    assert_eq!(ledger(&[parsed_fixture("orders-create"), parsed]), [SALE]);
    let imported = [("2026-03-10T12:04:09+01:00", "2024-12-24T10:00:00+01:00")];
    assert_eq!(
        ledger(&[changed("orders-paid", &imported)]),
        ["sale  2024-12-24T09:00:00.000Z 114.00 EUR"],
        "an order of another shop keeps its date"
    );
}

#[test]
fn what_was_taken_off_before_payment_is_no_part_of_the_sale() {
    let removed = r#""refunds": [{"id": 1, "order_id": 5678901234567, "transactions": [],
        "created_at": "2026-03-11T08:00:00Z", "refund_line_items": [{"subtotal": 54.0}]}]"#;
    let now = "\"current_total_price\": \"114.00\"";
    let (none, owed) = ("\"refunds\": []", "\"total_outstanding\": \"0.00\"");
    let sold = |changes: &[(&str, &str)]| ledger(&[changed("orders-paid", changes)]);
    let sixty = SALE.replace("114.00", "60.00");
    let less = "\"current_total_price\": \"60.00\"";
    assert_eq!(sold(&[(now, less), (none, removed)]), [sixty.as_str()]);
    assert_eq!(sold(&[(now, less)]), [sixty.as_str()], "a discount, say");
    // A reduction after the payment: the shop owes it to the customer, and still has the money.
    let owes = "\"total_outstanding\": \"-54.00\"";
    assert_eq!(sold(&[(now, less), (none, removed), (owed, owes)]), [SALE]);
    for odd in ["\"current_total_price\": null", "\"was\": \"60.00\""] {
        assert_eq!(sold(&[(now, odd)]), [SALE]);
    }
    // A rounded cent is not a reduction, and what went back had been received before.
    for (from, to, expected) in [
        ("94.00", "93.99", SALE.to_owned()),
        ("94.00", "40.00", SALE.replace("114.00", "60.00")),
    ] {
        let [from, to] = [from, to].map(|total| format!("\"current_total_price\": \"{total}\""));
        let changes = [(from.as_str(), to.as_str())];
        assert_eq!(
            ledger(&[changed("orders-updated", &changes)]),
            [expected.as_str(), PART_BACK]
        );
    }
    let before = changed("orders-create", &[]);
    let paid = changed("orders-paid", &[(now, less), (none, removed)]);
    assert_eq!(ledger(&[paid, before]), [sixty.as_str()]);
}

#[test]
fn the_trail_leads_to_the_click() {
    let evidence = order_scenarios::evidence(&[parsed_fixture("orders-paid")]);
    let clicks: Vec<_> = evidence
        .clicks()
        .map(|(id, by)| (id.to_string(), by))
        .collect();
    assert_eq!(
        clicks,
        [
            (
                "clk_01arz3ndektsv4rrffq69g5fav".to_owned(),
                ClickIdSource::Path
            ),
            (
                "clk_01m85vy6cvfcc9txcmfk0m8vaa".to_owned(),
                ClickIdSource::Given
            ),
        ]
    );
    assert_eq!(evidence.external_id.as_deref(), Some("7012345678901"));
    assert_eq!(
        evidence.email_hash.as_deref(),
        Some("hash of ada@people.example")
    );
    assert_eq!(evidence.promo_codes, ["ANN10"]);
    assert_eq!(evidence.utm.campaign.as_deref(), Some("summer-sale"));

    let without = [("\"ll_click\"", "\"colour\""), ("\"ll_path\"", "\"size\"")];
    let landed = order_scenarios::evidence(&[changed("orders-paid", &without)]);
    let clicks: Vec<_> = landed.clicks().map(|(_, by)| by).collect();
    assert_eq!(clicks, [ClickIdSource::Landing]);

    let guest = order_scenarios::evidence(&[parsed_fixture("orders-cancelled")]);
    assert_eq!(
        guest.email_hash.as_deref(),
        Some("hash of bea@people.example")
    );
    assert_eq!((guest.external_id, guest.click_ids.len()), (None, 0));
    let kept = format!("{:?}", parsed_fixture("orders-paid"));
    for private in ["203.0.113.7", "Muster", "Lindenweg", "iPhone", "Bea"] {
        assert!(!kept.contains(private), "{private}");
    }
}

#[test]
fn an_order_that_is_called_off_leaves_nothing() {
    let cancelled = parsed_fixture("orders-cancelled");
    assert_eq!(cancelled.note, Some("was called off before it was paid"));
    assert!(ledger(&[cancelled]).is_empty());
    let cancel = (
        "\"cancelled_at\": null",
        "\"cancelled_at\": \"2026-03-17T08:00:00Z\"",
    );
    assert_eq!(
        ledger(&[changed("orders-updated", &[cancel])]),
        [SALE, PART_BACK],
        "refunds tell what went back of a paid one"
    );
    let all_back = changed(
        "orders-updated",
        &[("\"partially_refunded\"", "\"refunded\"")],
    );
    assert_eq!(
        ledger(&[parsed_fixture("orders-paid"), all_back]),
        [
            SALE,
            PART_BACK,
            "refund void 2026-03-16T14:20:00.000Z -94.00 EUR"
        ],
        "only 20.00 had been paid"
    );
}
