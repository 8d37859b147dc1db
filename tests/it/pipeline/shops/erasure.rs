//! People who are erased from data of shops: from orders and from the inbox, permanently.

use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use super::{Told, clicked, ledger, send, source, story, told};
use crate::pipeline::webhooks::shop;
use crate::support::app::{Answer, Size, TestApp, read};
use crate::support::database::Raw;

async fn erase(app: &TestApp, person: &Value) -> Answer {
    let request = app.request(Method::DELETE, "/people").json(person);
    let answer = read(request.send().await.unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
    answer
}

/// Bodies that the inbox still holds.
async fn bodies(app: &TestApp) -> Vec<String> {
    let mut held = Vec::new();
    for delivery in app.get("/inbox").await.body["deliveries"]
        .as_array()
        .unwrap()
    {
        let path = format!("/inbox/{}/request", delivery["id"].as_str().unwrap());
        let request = app.get(&path).await;
        held.extend(request.body["body"].as_str().map(str::to_owned));
    }
    held
}

/// A JSON body with some of its fields changed, by pointer.
fn changed(told: &Told, changes: &[(&str, Value)]) -> Told {
    let mut body: Value = serde_json::from_str(&told.body).unwrap();
    for (place, value) in changes {
        *body.pointer_mut(place).expect(place) = value.clone();
    }
    Told {
        topic: told.topic,
        body: body.to_string(),
    }
}

async fn net(app: &TestApp, campaign: &str) -> i64 {
    let report = app.get(&format!("/campaigns/{campaign}/report")).await.body;
    let rows = report["rows"].as_array().unwrap();
    rows.iter()
        .map(|row| row["net_revenue"]["amount"].as_i64().unwrap())
        .sum()
}

#[tokio::test]
async fn a_person_is_erased_from_orders_and_the_inbox_too() {
    let app = TestApp::spawn().await;
    let (_, click) = clicked(&app).await;
    let source = source(&app, "shopify").await;
    let story = story("shopify", &click);
    for told in &story[..3] {
        send(&app, "shopify", &source, told).await;
    }
    app.drain().await;
    let before = ledger(&app, &source).await;
    let customer = before
        .iter()
        .find_map(|line| line["customer_external_id"].as_str());
    let erased = app
        .request(Method::DELETE, "/people")
        .json(&json!({"customer": customer.unwrap()}));
    assert_eq!(
        read(erased.send().await.unwrap()).await.status,
        StatusCode::OK
    );
    // What comes late brings nobody back, and changes only what it tells.
    for told in &story {
        send(&app, "shopify", &source, told).await;
    }
    app.drain().await;
    let after = ledger(&app, &source).await;
    let amounts = |lines: &[Value]| {
        lines
            .iter()
            .map(|line| line["value"].clone())
            .collect::<Vec<_>>()
    };
    assert!(
        amounts(&before)
            .iter()
            .all(|value| amounts(&after).contains(value))
    );
    assert!(
        after
            .iter()
            .all(|line| line["customer_external_id"].is_null()),
        "{after:#?}"
    );
    let mut emptied = 0;
    for delivery in app.get("/inbox").await.body["deliveries"]
        .as_array()
        .unwrap()
    {
        let path = format!("/inbox/{}/request", delivery["id"].as_str().unwrap());
        let request = app.get(&path).await;
        let names_them = request.body.to_string().contains(customer.unwrap());
        assert!(!names_them, "{:?}", request.body);
        emptied += usize::from(request.code() == "delivery_emptied");
    }
    assert!(emptied >= 6, "{emptied} of three before and three after");
}

#[tokio::test]
async fn a_shop_has_its_customer_erased() {
    let app = TestApp::spawn().await;
    let (_, click) = clicked(&app).await;
    let source = source(&app, "shopify").await;
    let redact = told("shopify", "customers/redact", "customers-redact", &click);
    let customer: Value = serde_json::from_str(&redact.body).unwrap();
    let id = customer["customer"]["id"].to_string();
    let mut paid = story("shopify", &click).remove(1);
    let mut order: Value = serde_json::from_str(&paid.body).unwrap();
    order["customer"]["id"] = customer["customer"]["id"].clone();
    paid.body = order.to_string();
    send(&app, "shopify", &source, &paid).await;
    app.drain().await;
    let known = ledger(&app, &source).await;
    assert_eq!(known[0]["customer_external_id"], json!(id));
    assert_eq!(
        send(&app, "shopify", &source, &redact).await.status,
        StatusCode::OK
    );
    app.drain().await;
    let left = ledger(&app, &source).await;
    assert!(left[0]["customer_external_id"].is_null(), "{left:#?}");
    assert_eq!(left[0]["value"], known[0]["value"]);
    assert_eq!(
        left[0]["network"], "linkedin",
        "what it was joined to stays"
    );
}

/// The campaign keeps what an erased person bought, also when the order is told of again with
/// another total.
#[rstest]
#[tokio::test]
async fn what_was_credited_stays_credited(#[values(Size::Embedded, Size::Server)] size: Size) {
    let app = TestApp::spawn_in(size).await;
    let (campaign, click) = clicked(&app).await;
    let source = source(&app, "shopify").await;
    let paid = story("shopify", &click).remove(1);
    send(&app, "shopify", &source, &paid).await;
    app.drain().await;
    assert_eq!(net(&app, &campaign).await, 11400);
    let email: Value = serde_json::from_str(&paid.body).unwrap();
    erase(&app, &json!({"email": email["email"]})).await;
    let later = [
        ("/total_price", json!("120.00")),
        ("/current_total_price", json!("120.00")),
        ("/updated_at", json!("2026-03-21T09:00:00Z")),
    ];
    send(&app, "shopify", &source, &changed(&paid, &later)).await;
    app.drain().await;
    assert_eq!(net(&app, &campaign).await, 12000);
    let line = ledger(&app, &source).await.remove(0);
    assert!(
        line["customer_external_id"].is_null() && line["click_id"].is_null(),
        "{line}"
    );
    // Its refund goes where the sale stands.
    send(
        &app,
        "shopify",
        &source,
        &story("shopify", &click).remove(3),
    )
    .await;
    app.drain().await;
    assert_eq!(net(&app, &campaign).await, 10000);
}

/// Somebody whose order waits for payment has no line in the ledger yet.
#[rstest]
#[tokio::test]
async fn who_has_only_ordered_is_erased_as_well(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let (_, click) = clicked(&app).await;
    let source = source(&app, "shopify").await;
    let story = story("shopify", &click);
    send(&app, "shopify", &source, &story[0]).await;
    app.drain().await;
    assert!(ledger(&app, &source).await.is_empty());
    let order: Value = serde_json::from_str(&story[0].body).unwrap();
    let email = order["email"].as_str().unwrap();
    erase(&app, &json!({"email": email})).await;
    assert!(bodies(&app).await.is_empty());
    let customer = order["customer"]["id"].to_string();
    let mut raw = Raw::open(&app.store_url).await;
    assert_eq!(raw.holding(&[&customer, &click]).await, [""; 0]);
    send(&app, "shopify", &source, &story[1]).await;
    app.drain().await;
    let line = ledger(&app, &source).await.remove(0);
    assert_eq!(line["value"]["amount"], 11400);
    assert!(line["customer_external_id"].is_null(), "{line}");
    assert_eq!(raw.holding(&[&customer]).await, [""; 0]);
    assert!(bodies(&app).await.iter().all(|body| !body.contains(email)));
    assert_eq!(app.get("/customers").await.body["customers"], json!([]));
}

/// A postback's order is known by its click.
#[rstest]
#[tokio::test]
async fn an_order_that_is_named_by_a_person_gets_another_name(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let (campaign, click) = clicked(&app).await;
    // The click lies months back.
    let windows = json!({"lead_window_days": 365});
    let path = format!("/campaigns/{campaign}");
    assert_eq!(app.patch(&path, &windows).await.status, StatusCode::OK);
    let new = json!({"provider": "postback", "name": "Tracker"});
    let made = app.post("/sources", &new).await.body;
    let path = made["webhook_url"]
        .as_str()
        .unwrap()
        .split("/api/v1")
        .nth(1)
        .unwrap()
        .to_owned();
    let call = async |query: &str| {
        let called = app
            .get(&format!("{path}?click_id={click}&currency=EUR&{query}"))
            .await;
        assert_eq!(called.status, StatusCode::OK, "{:?}", called.body);
        app.drain().await;
    };
    call("txid=9&status=sale&amount=50").await;
    assert_eq!(net(&app, &campaign).await, 5000);
    erase(&app, &json!({"click_id": click})).await;
    let mut raw = Raw::open(&app.store_url).await;
    assert_eq!(raw.holding(&[&click]).await, [""; 0]);
    call("txid=9&status=rejected").await;
    call("txid=9&status=sale&amount=50").await;
    call("txid=9&status=rejected").await;
    call("txid=10&status=lead").await;
    assert_eq!(raw.holding(&[&click]).await, [""; 0], "it came back");
    let lines = ledger(&app, &made).await;
    let sales = lines.iter().filter(|line| line["kind"] == "sale").count();
    assert_eq!(sales, 1, "{lines:#?}");
    assert_eq!(net(&app, &campaign).await, 0, "{lines:#?}");
}

#[tokio::test]
async fn a_retry_s_body_goes_with_the_first() {
    let app = TestApp::spawn().await;
    let shop = shop(&app).await;
    let customer = json!({"external_id": "c-1", "email": "ann@shop.example"});
    let lead = json!({"kind": "lead", "event_id": "l1", "customer": customer});
    for id in ["m1", "m1", "m2"] {
        shop.send(&app, id, &lead).await;
    }
    app.drain().await;
    assert_eq!(bodies(&app).await.len(), 3);
    erase(&app, &json!({"customer": "c-1"})).await;
    assert_eq!(bodies(&app).await, [""; 0]);
}

#[tokio::test]
async fn what_was_refused_is_not_kept_once_it_is_known_whose_it_is() {
    let app = TestApp::spawn().await;
    let shop = shop(&app).await;
    let right = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let lead = json!({"kind": "lead", "event_id": "l1", "customer": {"external_id": "c-1"}});
    shop.send_signed(&app, "m1", &lead, right).await;
    erase(&app, &json!({"customer": "c-1"})).await;
    app.patch(&format!("/sources/{}", shop.id), &json!({"secret": right}))
        .await;
    app.post("/inbox/replay?status=refused", &json!({})).await;
    app.drain().await;
    assert_eq!(bodies(&app).await, [""; 0]);
    let found = app.get("/conversions").await.body;
    assert!(
        found["conversions"][0]["customer_external_id"].is_null(),
        "{found}"
    );
}

#[tokio::test]
async fn an_order_s_name_that_is_an_address_is_hashed() {
    let app = TestApp::spawn().await;
    let new = json!({"provider": "postback", "name": "Tracker"});
    let made = app.post("/sources", &new).await.body;
    let path = made["webhook_url"]
        .as_str()
        .unwrap()
        .split("/api/v1")
        .nth(1)
        .unwrap()
        .to_owned();
    let query = "click_id=ann@shop.example&txid=bob@shop.example&status=lead";
    assert_eq!(
        app.get(&format!("{path}?{query}")).await.status,
        StatusCode::OK
    );
    app.drain().await;
    assert_eq!(ledger(&app, &made).await.len(), 1);
    let mut raw = Raw::open(&app.store_url).await;
    assert_eq!(raw.holding(&["@shop.example"]).await, [""; 0]);
}
