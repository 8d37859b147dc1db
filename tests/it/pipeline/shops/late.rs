//! Late reports about an order: reports and joins end as if they had been in time.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{Told, clicked, ledger, send, source, story};
use crate::support::app::TestApp;

fn with(told: &Told, changes: &[(&str, Value)]) -> Told {
    let mut body: Value = serde_json::from_str(&told.body).unwrap();
    for (place, value) in changes {
        *body.pointer_mut(place).expect(place) = value.clone();
    }
    Told {
        topic: told.topic,
        body: body.to_string(),
    }
}

/// 2026-03-31T21:58:00Z: two minutes before the month ends in Berlin.
const END_OF_MARCH: i64 = 1_774_994_280;

#[tokio::test]
async fn a_sale_stands_in_the_period_of_its_time_whichever_delivery_came_first() {
    let mut seen = Vec::new();
    for order in [[0, 1], [1, 0]] {
        let app = TestApp::spawn().await;
        let (campaign, click) = clicked(&app).await;
        let source = source(&app, "stripe").await;
        let story = story("stripe", &click);
        let times = [END_OF_MARCH, END_OF_MARCH + 240];
        for n in order {
            let at = json!(times[n]);
            let told = with(
                &story[n],
                &[("/created", at.clone()), ("/data/object/created", at)],
            );
            assert_eq!(
                send(&app, "stripe", &source, &told).await.status,
                StatusCode::OK
            );
            app.drain().await;
        }
        let report = |day: &str| {
            let path = format!(
                "/campaigns/{campaign}/report?axis=conversion&window_days=90&from={day}&to={day}"
            );
            let app = &app;
            async move { app.get(&path).await.body["total"]["sales"].clone() }
        };
        let line = ledger(&app, &source).await.remove(0);
        let days = (report("2026-03-31").await, report("2026-04-01").await);
        seen.push((line["occurred_at"].clone(), days));
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn a_mark_that_comes_late_joins_the_customer_s_later_conversions() {
    let app = TestApp::spawn().await;
    let (_, click) = clicked(&app).await;
    let source = source(&app, "shopify").await;
    let paid = story("shopify", &click).remove(1);
    let nobody = [
        ("/customer", Value::Null),
        ("/email", Value::Null),
        ("/contact_email", Value::Null),
    ];
    send(&app, "shopify", &source, &with(&paid, &nobody)).await;
    app.drain().await;
    let customer: Value = serde_json::from_str(&paid.body).unwrap();
    let id = customer["customer"]["id"].to_string();
    let lead = json!({"kind": "lead", "event_id": "call", "customer": {"external_id": id},
        "occurred_at": "2026-03-20T10:00:00Z"});
    app.post("/conversions", &lead).await;
    app.drain().await;
    let joined = async || {
        let found = app.get("/conversions?kind=lead").await.body;
        found["conversions"][0]["joined_by"].clone()
    };
    assert_eq!(joined().await, "none");
    let later = [("/updated_at", json!("2026-03-21T09:00:00Z"))];
    send(&app, "shopify", &source, &with(&paid, &later)).await;
    app.drain().await;
    assert_eq!(joined().await, "customer");
}

/// Two shops number their orders alike.
#[tokio::test]
async fn a_refund_is_of_its_own_shop_s_order() {
    let app = TestApp::spawn().await;
    let (_, click) = clicked(&app).await;
    let [one, other] = [source(&app, "shopify").await, source(&app, "shopify").await];
    let story = story("shopify", &click);
    send(&app, "shopify", &one, &story[1]).await;
    send(&app, "shopify", &other, &story[3]).await;
    app.drain().await;
    let refund = ledger(&app, &other).await.remove(0);
    assert_eq!(
        (&refund["kind"], &refund["joined_by"], &refund["unjoined"]),
        (&json!("refund"), &json!("none"), &json!("sale_unknown"))
    );
    send(&app, "shopify", &other, &story[1]).await;
    app.drain().await;
    let lines = ledger(&app, &other).await;
    let refund = lines.iter().find(|line| line["kind"] == "refund").unwrap();
    assert_eq!(refund["joined_by"], "sale");
}

#[tokio::test]
async fn a_secret_given_twice_leaves_the_one_before_alive() {
    let app = TestApp::spawn().await;
    let source = source(&app, "shopify").await;
    let path = format!("/sources/{}", source["id"].as_str().unwrap());
    for _ in 0..2 {
        app.patch(&path, &json!({"secret": "another-secret"})).await;
    }
    let paid = story("shopify", super::CLICK).remove(1);
    assert_eq!(
        send(&app, "shopify", &source, &paid).await.status,
        StatusCode::OK
    );
}
