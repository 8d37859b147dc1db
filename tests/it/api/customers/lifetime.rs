//! Lifetime value by first network.

use leadline::clock::DAY_MS;
use rstest::rstest;
use serde_json::{Value, json};

use super::{at, euros, tell, two_clicks};
use crate::support::app::{NOON, Size, TestApp};

async fn lifetime(app: &TestApp, query: &str) -> Value {
    app.get(&format!("/customers/lifetime{query}")).await.body
}

fn row<'a>(body: &'a Value, network: &str) -> &'a Value {
    let rows = body["rows"].as_array().unwrap();
    let found = rows.iter().find(|row| row["network"] == network);
    found.unwrap_or_else(|| panic!("no {network} in {body}"))
}

/// One customer of X buys twice and brings a part back, one buys late, one of LinkedIn never; one
/// whom nobody knows the network of buys in dollars.
#[rstest]
#[tokio::test]
async fn what_was_sold_by_each_age_is_shared_among_those_old_enough(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let (campaign, [x, linkedin]) = two_clicks(&app).await;
    app.clock.set(NOON.plus_ms(70 * DAY_MS));
    let by = |id: &str| json!({"external_id": id});
    for (id, click) in [("a", &x), ("b", &x), ("c", &linkedin)] {
        let event = format!("lead-{id}");
        tell(
            &app,
            2,
            json!({"kind": "lead", "event_id": event, "customer": by(id),
                             "click_id": click}),
        )
        .await;
    }
    for (event, id, days, amount) in [
        ("a1", "a", 1, 1000),
        ("a2", "a", 40, 500),
        ("b1", "b", 35, 300),
    ] {
        tell(
            &app,
            days * 24,
            json!({"kind": "sale", "event_id": event, "customer": by(id),
                                     "value": euros(amount)}),
        )
        .await;
    }
    let dollars = json!({"amount": 800, "currency": "USD"});
    tell(
        &app,
        24,
        json!({"kind": "sale", "event_id": "d1", "customer": by("d"), "value": dollars}),
    )
    .await;
    let before = lifetime(&app, "").await;
    assert_eq!(
        row(&before, "x")["currencies"][0]["ages"][0]["net_revenue"],
        euros(1000)
    );
    // It comes back after 60 days, and counts against what was sold within 30.
    tell(
        &app,
        60 * 24,
        json!({"kind": "refund", "event_id": "r1", "of": "a1",
                               "value": euros(200)}),
    )
    .await;

    let body = lifetime(&app, "").await;
    let of_x = row(&body, "x");
    let heads = ["customers", "buyers", "repeat_buyers"].map(|field| of_x[field].as_i64().unwrap());
    assert_eq!(heads, [2, 2, 1]);
    assert_eq!(
        of_x["ages"],
        json!([
            {"days": 30, "customers": 2, "buyers": 1}, {"days": 60, "customers": 2, "buyers": 2},
            {"days": 90, "customers": 0, "buyers": 0}, {"days": 180, "customers": 0, "buyers": 0},
        ])
    );
    let block = &of_x["currencies"][0];
    assert_eq!(block["net_revenue"], euros(1600));
    assert_eq!(block["per_customer"], euros(800));
    let worth = |at: usize| {
        let age = &block["ages"][at];
        (
            age["net_revenue"].clone(),
            age["per_customer"].clone(),
            age["per_buyer"].clone(),
        )
    };
    assert_eq!(worth(0), (euros(800), euros(400), euros(800)));
    assert_eq!(worth(1), (euros(1600), euros(800), euros(800)));
    assert_eq!(worth(2), (euros(0), Value::Null, Value::Null));
    let of_linkedin = row(&body, "linkedin");
    assert_eq!(
        (&of_linkedin["customers"], &of_linkedin["buyers"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(of_linkedin["currencies"], json!([]));
    let unknown = &body["rows"][2];
    assert_eq!(unknown["network"], Value::Null);
    assert_eq!(unknown["currencies"][0]["per_buyer"], dollars);
    let total = &body["total"];
    assert_eq!(total["customers"], 4);
    let blocks = total["currencies"].as_array().unwrap().iter();
    let codes: Vec<&Value> = blocks.map(|block| &block["currency"]).collect();
    assert_eq!(codes, ["EUR", "USD"]);

    let narrowed = lifetime(&app, &format!("?campaign_id={campaign}")).await;
    assert_eq!(narrowed["total"]["customers"], 3);
    let day = "2026-03-10";
    let narrowed = lifetime(&app, &format!("?from={day}&to={day}")).await;
    assert_eq!(narrowed["total"]["customers"], 3);
    assert_eq!(narrowed["from"], day);
    let later = lifetime(&app, "?from=2026-03-12").await;
    assert_eq!(
        (&later["rows"], &later["total"]["customers"]),
        (&json!([]), &json!(0))
    );
    assert_eq!(at(0), NOON);
    let refused = app.get("/customers/lifetime?from=spring").await;
    assert_eq!(refused.code(), "invalid_period");
    let none = app.get("/customers/lifetime?campaign_id=cmp_x").await;
    assert_eq!(none.code(), "campaign_not_found");
}
