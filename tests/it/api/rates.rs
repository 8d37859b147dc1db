//! Exchange rates: imported over the API or by the command, and their effect on reports.

use leadline::clock::{DAY_MS, Millis};
use leadline::store::key::Scope;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::app::{Answer, NOON, Size, TestApp, click_id, location, read};

/// 2026-03-10 is the day of [`NOON`].
const LIST: &str =
    "Date,USD,JPY,CYP,\n2026-03-10,1.0521,163.20,N/A,\n2026-03-09,1.0400,N/A,0.58,\n";

async fn load(app: &TestApp, list: &str) -> Answer {
    let request = app.request(Method::POST, "/rates").body(list.to_owned());
    read(
        request
            .header("content-type", "text/csv")
            .send()
            .await
            .unwrap(),
    )
    .await
}

#[rstest]
#[tokio::test]
async fn a_list_is_loaded_once_and_listed(#[values(Size::Embedded, Size::Server)] size: Size) {
    let app = TestApp::spawn_in(size).await;
    let loaded = load(&app, LIST).await;
    assert_eq!(loaded.status, StatusCode::OK, "{loaded:?}");
    assert_eq!(
        loaded.body,
        json!({
            "currencies": ["JPY", "USD"], "left_out": ["CYP"], "first_day": "2026-03-09",
            "last_day": "2026-03-10", "new": 3, "changed": 0, "unchanged": 0, "converted": 0,
        })
    );
    let again = load(&app, LIST).await.body;
    assert_eq!((&again["new"], &again["unchanged"]), (&json!(0), &json!(3)));
    let same = "Date,USD,JPY,\n2026-03-10,1.05210,163.2,\n2026-03-09,1.04,N/A,\n";
    for list in [same, LIST] {
        let again = load(&app, list).await.body;
        assert_eq!(
            (&again["changed"], &again["unchanged"]),
            (&json!(0), &json!(3)),
            "the same values with other zeros"
        );
    }
    let daily = "Date, USD, JPY, \n10 March 2026, 1.0521, 163.30, \n";
    let mended = load(&app, daily).await.body;
    assert_eq!(
        (&mended["changed"], &mended["unchanged"]),
        (&json!(1), &json!(1))
    );
    let rates = app.get("/rates").await.body;
    assert_eq!(
        rates["rates"],
        json!([
            {"currency": "JPY", "first_day": "2026-03-10", "last_day": "2026-03-10", "days": 1},
            {"currency": "USD", "first_day": "2026-03-09", "last_day": "2026-03-10", "days": 2},
        ])
    );
}

#[tokio::test]
async fn who_may_not_or_brings_no_list_changes_nothing() {
    let app = TestApp::spawn().await;
    let (_, key) = app
        .other_key(&[Scope::Read, Scope::Write, Scope::Convert])
        .await;
    let request = app.request(Method::POST, "/rates");
    let refused = app.with_key(&key, request, &json!({})).await;
    assert_eq!(refused.code(), "scope_missing");
    let broken = load(&app, "Date,USD,\n2026-03-10,1.05,\n2026-03-09,many,\n").await;
    assert_eq!(
        (broken.status.as_u16(), broken.code()),
        (422, "invalid_rates")
    );
    let detail = broken.body["detail"].as_str().unwrap();
    assert!(
        detail.contains("line 3, USD: \"many\" is not a rate"),
        "{detail}"
    );
    assert_eq!(app.get("/rates").await.body["rates"], json!([]));
}

/// The history is larger than other bodies may be.
#[tokio::test]
async fn the_whole_history_is_taken() {
    let app = TestApp::spawn().await;
    let codes = [
        "USD", "JPY", "GBP", "CHF", "SEK", "PLN", "CZK", "HUF", "DKK", "NOK", "TRY", "AUD",
    ];
    let mut list = format!("Date,{},\n", codes.join(","));
    for day in 0..12_000 {
        let date = Millis::of_day(20_000 - day).date();
        let rate = format!(",{}.{:04}", 1 + day % 7, day % 9_973);
        list.push_str(&date);
        list.push_str(&rate.repeat(codes.len()));
        list.push_str(",\n");
    }
    assert!(list.len() > 1024 * 1024, "{} bytes", list.len());
    let loaded = load(&app, &list).await;
    assert_eq!(loaded.body["new"], 144_000, "{loaded:?}");
    let rates = app.get("/rates").await.body;
    assert_eq!(rates["rates"].as_array().unwrap().len(), codes.len());
    assert_eq!(rates["rates"][0]["days"], 12_000);
}

/// What cannot be counted is refused at the door, or stays in its own currency: no figure wraps.
#[tokio::test]
async fn amounts_are_bounded_and_so_is_what_they_become() {
    let shop = Shop::open(Size::Embedded).await;
    let most = 1_000_000_000_000i64;
    for amount in [
        json!(most + 1),
        json!(i64::MAX),
        json!(1e18),
        json!(u64::MAX),
    ] {
        let sale = json!({"kind": "sale", "event_id": "s0", "value": {"amount": amount, "currency": "EUR"}});
        let refused = shop.app.post("/conversions", &sale).await;
        assert_eq!(refused.code(), "amount_too_large", "{amount}");
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.contains("1000000000000 minor units"), "{detail}");
    }
    let rate = json!({"hourly_rate": {"amount": most + 1, "currency": "EUR"}});
    let refused = shop
        .app
        .patch(&format!("/campaigns/{}", shop.campaign), &rate)
        .await;
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("0 to 1000000000000"), "{detail}");

    load(&shop.app, "Date,USD,JPY,\n2026-03-10,0.0000001,0.1,\n").await;
    for at in 0..12 {
        shop.sale(&format!("usd-{at}"), most, "USD").await;
        shop.sale(&format!("jpy-{at}"), most / 1000, "JPY").await;
    }
    let report = shop.app.report(&shop.campaign).await;
    let total = &report["total"];
    assert_eq!(total["revenue"]["amount"], 12 * most);
    assert_eq!(report["rows"][0]["revenue"], total["revenue"]);
    let blocks = report["currencies"].as_array().unwrap();
    let dollars = blocks.iter().find(|it| it["currency"] == "USD").unwrap();
    assert_eq!(
        json!([dollars["converted"], dollars["revenue"]["amount"]]),
        json!([false, 12 * most])
    );
}

struct Shop {
    app: TestApp,
    campaign: String,
    click: String,
}

impl Shop {
    /// A campaign in euros, and a click on its link.
    async fn open(size: Size) -> Shop {
        let app = TestApp::spawn_in(size).await;
        let campaign = app.campaign("Spring").await;
        let link = app.links(&campaign, &["x"]).await.remove(0);
        let click = click_id(&location(&app.click(&link, &[]).await));
        app.drain().await;
        Shop {
            app,
            campaign,
            click,
        }
    }

    async fn tell(&self, body: &Value) {
        let answer = self.app.post("/conversions", body).await;
        assert!(answer.status.is_success(), "{answer:?}");
        self.app.drain().await;
    }

    async fn sale(&self, event: &str, amount: i64, currency: &str) {
        let value = json!({"amount": amount, "currency": currency});
        self.tell(
            &json!({"kind": "sale", "event_id": event, "click_id": self.click, "value": value}),
        )
        .await;
    }

    async fn refund(&self, event: &str, of: &str, amount: i64, currency: &str) {
        let value = json!({"amount": amount, "currency": currency});
        self.tell(&json!({"kind": "refund", "event_id": event, "of": of, "value": value}))
            .await;
    }

    /// Revenue, refunds and net revenue of the total, checked against rows and unattributed.
    async fn money(&self) -> ([i64; 3], Value) {
        let report = self.app.report(&self.campaign).await;
        let of = |row: &Value| {
            ["revenue", "refunds", "net_revenue"].map(|what| row[what]["amount"].as_i64().unwrap())
        };
        let mut parts = of(&report["unattributed"]);
        for row in report["rows"].as_array().unwrap() {
            parts = [0, 1, 2].map(|at| parts[at] + of(row)[at]);
        }
        assert_eq!(parts, of(&report["total"]), "{report}");
        (parts, report)
    }
}

#[rstest]
#[tokio::test]
async fn what_waited_is_converted_and_then_never_moves(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let shop = Shop::open(size).await;
    shop.sale("s1", 12_000, "USD").await;
    shop.sale("s2", 5_000, "EUR").await;
    shop.sale("s3", 70_000, "CLP").await;
    let (money, report) = shop.money().await;
    assert_eq!(money, [5_000, 0, 5_000]);
    assert_eq!(report["currencies"].as_array().unwrap().len(), 2);
    assert_eq!(report["currencies"][1]["converted"], false);
    assert_eq!(report["currencies"][1]["net_revenue"]["amount"], 12_000);
    let notes = report["notes"].to_string();
    assert!(
        notes.contains("120.00 USD of 1 sale are not in any of these sums"),
        "{notes}"
    );

    assert_eq!(load(&shop.app, LIST).await.body["converted"], 1);
    let (money, report) = shop.money().await;
    assert_eq!(money, [16_406, 0, 16_406]);
    let dollars = &report["currencies"][1];
    assert_eq!(
        (&dollars["converted"], &dollars["latest_rate"]),
        (&json!(true), &json!("2026-03-10"))
    );
    assert_eq!(
        dollars["counted_as"],
        json!({"amount": 11_406, "currency": "EUR"})
    );
    let notes = report["notes"].to_string();
    assert!(notes.contains("(latest 2026-03-10)"), "{notes}");

    // Rates that are mended, or loaded again, move nothing that is there; new sales go by them.
    let mended = load(&shop.app, "Date,USD\n2026-03-10,2\n").await.body;
    assert_eq!(
        (&mended["changed"], &mended["converted"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(shop.money().await.0, [16_406, 0, 16_406]);
    shop.sale("s4", 100, "USD").await;
    assert_eq!(shop.money().await.0, [16_456, 0, 16_456]);

    // A refund goes by its sale's rate, whatever the rates say by then.
    shop.app.later(20 * DAY_MS);
    shop.refund("r1", "s1", 4_001, "USD").await;
    shop.refund("r2", "s1", 7_999, "USD").await;
    let (money, _) = shop.money().await;
    assert_eq!(money, [16_456, 11_406, 5_050]);
}

/// A sale, its refund and the rates in every order: a whole refund comes to nothing.
#[tokio::test]
async fn every_order_ends_the_same() {
    for order in ["srl", "slr", "rsl", "rls", "lsr", "lrs"] {
        let shop = Shop::open(Size::Embedded).await;
        for step in order.chars() {
            match step {
                's' => shop.sale("s1", 3_333, "USD").await,
                'r' => shop.refund("r1", "s1", 3_333, "USD").await,
                _ => assert_eq!(load(&shop.app, LIST).await.status, StatusCode::OK),
            }
        }
        let (money, _) = shop.money().await;
        assert_eq!(money, [3_168, 3_168, 0], "{order}");
    }
}

#[tokio::test]
async fn a_sale_goes_by_the_last_rates_of_a_week_and_a_join_anew_keeps_them() {
    let shop = Shop::open(Size::Embedded).await;
    load(&shop.app, LIST).await;
    let customer = json!({"external_id": "ann"});
    let sale = |event: &str| {
        json!({"kind": "sale", "event_id": event, "customer": customer,
               "utm": {"campaign": "spring", "source": "facebook"},
               "value": {"amount": 10_521, "currency": "USD"}})
    };
    for (event, days) in [("s1", 7), ("s2", 8)] {
        shop.app.clock.set(NOON.plus_ms(days * DAY_MS));
        shop.tell(&sale(event)).await;
    }
    assert_eq!(shop.money().await.0[0], 10_000);

    // A rate that is nearer comes later: only what has waited goes by it.
    load(&shop.app, "Date,USD\n2026-03-17,2\n").await;
    let (money, report) = shop.money().await;
    assert_eq!(money[0], 10_000 + 5_261);
    assert_eq!(report["joined_by"]["utm"], 2);

    // The customer's click becomes known, and both sales go to its network.
    let lead = json!({"kind": "lead", "event_id": "l1", "customer": customer, "click_id": shop.click,
                      "occurred_at": NOON.plus_ms(DAY_MS).to_string()});
    shop.tell(&lead).await;
    let (money, report) = shop.money().await;
    assert_eq!(money[0], 10_000 + 5_261);
    assert_eq!(report["joined_by"]["customer"], 2);
}

/// Without a campaign there is no currency to convert to.
#[tokio::test]
async fn what_no_campaign_is_known_for_stays_in_its_currency() {
    let shop = Shop::open(Size::Embedded).await;
    load(&shop.app, LIST).await;
    let value = json!({"amount": 900, "currency": "USD"});
    shop.tell(&json!({"kind": "sale", "event_id": "s1", "value": value}))
        .await;
    let (money, report) = shop.money().await;
    assert_eq!(money, [0, 0, 0]);
    assert_eq!(report["currencies"], json!([]));
    let of_none = &report["workspace_unattributed"];
    assert_eq!(
        (&of_none["sales"], &of_none["revenue"]["amount"]),
        (&json!(1), &json!(0))
    );
    let all = shop.app.get("/report").await.body;
    let money = &all["unattributed"]["money"][0];
    assert_eq!(money["net_revenue"], value);
}
