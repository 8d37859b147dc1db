//! Orders: when they count as sales, what is refunded, and who placed them.

use crate::clock::Millis;
use crate::conversion::ClickIdSource;
use crate::provider::order_scenarios::{self, fixture, ledger};
use crate::provider::woocommerce::tests::{
    PART_BACK, REST_BACK, SALE, changed, parsed_fixture, read,
};
use crate::provider::{ParsedWebhook, ProviderKind, SourceSettings};

/// The new order, in another status at another hour.
fn in_status(status: &str, hour: &str, settings: &SourceSettings) -> ParsedWebhook {
    let status = format!("\"status\": \"{status}\"");
    let modified = format!("\"date_modified_gmt\": \"2026-03-10T{hour}:00:00\"");
    let changes = [
        ("\"status\": \"on-hold\"", status.as_str()),
        ("\"date_modified_gmt\": \"2026-03-10T12:15:02\"", &modified),
    ];
    changed("order-created", &changes, settings)
}

#[test]
fn an_order_is_a_sale_once_it_is_paid() {
    let created = parsed_fixture("order-created");
    assert_eq!(created.note, Some("waits for payment"));
    assert!(ledger(std::slice::from_ref(&created)).is_empty());
    let paid = parsed_fixture("order-updated");
    let report = order_scenarios::order(&paid);
    assert_eq!(report.names, [(0, "7301".to_owned())]);
    assert_eq!(
        report.version,
        Millis::parse("2026-03-11T09:00:00Z").unwrap()
    );
    assert_eq!((report.record, paid.note), ("order", None));
    assert_eq!(
        ledger(std::slice::from_ref(&paid)),
        [SALE],
        "as in a shop that never reported its creation"
    );
    assert_eq!(ledger(&[paid, created]), [SALE]);
}

#[test]
fn the_source_says_which_statuses_are_paid() {
    let own = SourceSettings {
        paid_statuses: vec!["shipped".to_owned(), "completed".to_owned()],
        ..SourceSettings::default()
    };
    for (status, settings, sold, note) in [
        ("processing", &SourceSettings::default(), 1, None),
        ("completed", &SourceSettings::default(), 1, None),
        (
            "shipped",
            &SourceSettings::default(),
            0,
            Some("has a custom status"),
        ),
        ("shipped", &own, 1, None),
        ("processing", &own, 0, Some("waits for payment")),
        ("pending", &own, 0, Some("waits for payment")),
        ("failed", &own, 0, Some("is cancelled")),
    ] {
        let parsed = in_status(status, "14", settings);
        let begins = parsed
            .note
            .map(|known| note.is_some_and(|note| known.starts_with(note)));
        assert_eq!(begins, note.map(|_| true), "{status}");
        assert_eq!(ledger(&[parsed]).len(), sold, "{status}");
    }
}

#[test]
fn refunds_are_told_one_by_one_and_stay_where_they_were_first_told() {
    let part = parsed_fixture("order-updated-refund");
    assert_eq!(
        ledger(&[parsed_fixture("order-updated"), part.clone()]),
        [SALE, PART_BACK]
    );
    let later = [("2026-03-15T09:00:00", "2026-04-02T09:00:00")];
    let touched = changed("order-updated-refund", &later, &SourceSettings::default());
    assert_eq!(ledger(&[touched, part.clone()]), [SALE, PART_BACK]);
    let all = parsed_fixture("order-updated-refunded");
    assert_eq!(all.note, None);
    assert_eq!(ledger(&[part, all]), [SALE, PART_BACK, REST_BACK]);
    let early = changed(
        "order-updated-refunded",
        &[("\"-49.00\"", "\"0\"")],
        &SourceSettings::default(),
    );
    assert_eq!(
        ledger(&[early])[2],
        "refund void 2026-03-20T09:00:00.000Z -49.00 EUR",
        "reported before the shop had refunded the rest"
    );
}

#[test]
fn a_refund_that_the_shop_deletes_goes() {
    let own = SourceSettings::default();
    let at = |time: &str, list: &str| {
        let body = fixture(ProviderKind::Woocommerce, "order-updated-refund");
        let (before, rest) = body.split_once("\"refunds\": [").unwrap();
        let (_, after) = rest.split_once("],").unwrap();
        let body = format!("{before}{list}{after}").replace("2026-03-15T09:00:00", time);
        read("order.updated", &body, &own).unwrap()
    };
    let refunded = parsed_fixture("order-updated-refund");
    let deleted = at("2026-03-16T09:00:00", "\"refunds\": [],");
    let untold = at("2026-03-16T09:00:00", "");
    let before = at("2026-03-14T09:00:00", "\"refunds\": [],");
    let same_second = at("2026-03-15T09:00:00", "\"refunds\": [],");
    let other = at(
        "2026-03-17T09:00:00",
        "\"refunds\": [{\"id\": 7345, \"total\": \"-20.00\"}],",
    );
    let other_back = "refund refund:7345 2026-03-17T09:00:00.000Z -20.00 EUR";
    for (second, expected) in [
        (&deleted, vec![SALE]),
        (&untold, vec![SALE, PART_BACK]),
        (&before, vec![SALE, PART_BACK]),
        (&same_second, vec![SALE, PART_BACK]),
        (&other, vec![SALE, other_back]),
    ] {
        assert_eq!(ledger(&[refunded.clone(), second.clone()]), expected);
        assert_eq!(ledger(&[second.clone(), refunded.clone()]), expected);
    }
    let all = [deleted, other, refunded];
    assert_eq!(ledger(&all), [SALE, other_back]);
}

#[test]
fn an_order_that_is_off_leaves_nothing_until_it_is_on_again() {
    let at = |status, hour| in_status(status, hour, &SourceSettings::default());
    let cash_on_delivery = parsed_fixture("order-updated-cancelled");
    assert!(ledger(std::slice::from_ref(&cash_on_delivery)).is_empty());
    assert!(cash_on_delivery.note.unwrap().starts_with("is cancelled"));
    for off in ["cancelled", "failed", "trash"] {
        let off_again = [at("processing", "13"), at(off, "14")];
        let back = "refund void 2026-03-10T14:00:00.000Z -59.00 EUR";
        assert_eq!(ledger(&off_again), [SALE, back], "{off}");
        for on in ["processing", "on-hold", "pending"] {
            let [paid, off] = off_again.clone();
            assert_eq!(ledger(&[at(on, "15"), off, paid]), [SALE], "{on}");
        }
    }
    let deleted = parsed_fixture("order-deleted");
    assert!(deleted.effects.is_empty() && deleted.note.unwrap().contains("keeps its money"));
}

#[test]
fn the_trail_leads_to_the_click() {
    let evidence = order_scenarios::evidence(&[parsed_fixture("order-updated")]);
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
    assert_eq!(evidence.external_id.as_deref(), Some("88"));
    assert_eq!(
        evidence.email_hash.as_deref(),
        Some("hash of bea@people.example")
    );
    assert_eq!(evidence.promo_codes, ["bea10"]);
    assert_eq!(evidence.utm.campaign.as_deref(), Some("summer-sale"));

    let bare = [("_ll_click", "_colour"), ("_ll_path", "_size")];
    let landed =
        order_scenarios::evidence(&[changed("order-updated", &bare, &SourceSettings::default())]);
    let clicks: Vec<_> = landed.clicks().map(|(_, by)| by).collect();
    assert_eq!(clicks, [ClickIdSource::Landing]);

    let typed_in = order_scenarios::evidence(&[parsed_fixture("order-updated-cancelled")]);
    assert!(typed_in.utm.is_empty(), "`(direct)` is no tag");
    assert_eq!(typed_in.external_id, None, "0 is every guest");
    let kept = format!("{:?}", parsed_fixture("order-updated"));
    for private in [
        "203.0.113.9",
        "Beispiel",
        "Marktplatz",
        "Firefox",
        "wc_order_",
    ] {
        assert!(!kept.contains(private), "{private}");
    }
}
