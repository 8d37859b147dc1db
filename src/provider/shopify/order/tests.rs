//! Orders: when they are sales, and who placed them.

use crate::clock::Millis;
use crate::conversion::Brought;
use crate::provider::shopify::tests::{PART_BACK, SALE, changed, told};
use crate::provider::story::{self, ledger};

#[test]
fn an_order_that_is_not_paid_waits() {
    let reading = told("orders-create");
    assert_eq!(reading.note, Some("waits for payment"));
    assert!(ledger(&[reading]).is_empty());
    for (status, note) in [
        ("authorized", "waits for payment"),
        ("expired", "waits for payment"),
        ("partially_paid", "waits for the rest of its payment"),
        ("voided", "was called off before it was paid"),
    ] {
        let reading = changed(
            "orders-create",
            &[("\"pending\"", &format!("\"{status}\""))],
        );
        assert_eq!(reading.note, Some(note), "{status}");
        assert!(ledger(&[reading]).is_empty(), "{status}");
    }
}

#[test]
fn a_paid_order_is_a_sale_at_the_time_it_was_placed() {
    let reading = told("orders-paid");
    let report = story::order(&reading);
    assert_eq!(report.names, [(0, "5678901234567".to_owned())]);
    assert_eq!(
        report.version,
        Millis::parse("2026-03-12T09:30:00+01:00").unwrap()
    );
    assert_eq!((report.record, reading.note), ("order", None));
    assert_eq!(ledger(std::slice::from_ref(&reading)), [SALE]);
    assert_eq!(ledger(&[told("orders-create"), reading]), [SALE]);
    let imported = [("2026-03-10T12:04:09+01:00", "2024-12-24T10:00:00+01:00")];
    assert_eq!(
        ledger(&[changed("orders-paid", &imported)]),
        ["sale  2024-12-24T09:00:00.000Z 114.00 EUR"],
        "an order of another shop keeps its date"
    );
}

#[test]
fn the_trail_leads_to_the_click() {
    let evidence = story::evidence(&[told("orders-paid")]);
    let clicks: Vec<_> = evidence
        .clicks()
        .map(|(id, by)| (id.to_string(), by))
        .collect();
    assert_eq!(
        clicks,
        [
            ("clk_01arz3ndektsv4rrffq69g5fav".to_owned(), Brought::Path),
            ("clk_01m85vy6cvfcc9txcmfk0m8vaa".to_owned(), Brought::Given),
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
    let landed = story::evidence(&[changed("orders-paid", &without)]);
    let clicks: Vec<_> = landed.clicks().map(|(_, by)| by).collect();
    assert_eq!(clicks, [Brought::Landing]);

    let guest = story::evidence(&[told("orders-cancelled")]);
    assert_eq!(
        guest.email_hash.as_deref(),
        Some("hash of bea@people.example")
    );
    assert_eq!((guest.external_id, guest.click_ids.len()), (None, 0));
    let kept = format!("{:?}", told("orders-paid"));
    for private in ["203.0.113.7", "Muster", "Lindenweg", "iPhone", "Bea"] {
        assert!(!kept.contains(private), "{private}");
    }
}

#[test]
fn an_order_that_is_called_off_leaves_nothing() {
    let cancelled = told("orders-cancelled");
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
        ledger(&[told("orders-paid"), all_back]),
        [
            SALE,
            PART_BACK,
            "refund void 2026-03-16T14:20:00.000Z -94.00 EUR"
        ],
        "only 20.00 had been paid"
    );
}
