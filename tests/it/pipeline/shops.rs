//! Orders of real shops: in every order of deliveries, the ledger and the report are the same.

mod erasure;
mod late;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leadline::clock::Millis;
use leadline::provider::signature::hmac_sha256;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::app::{Answer, Size, TestApp, click_id, location, read};

/// The secret that every shop here signs with.
pub(crate) const SECRET: &str = "whsec_test_secret";

/// The click id that fixtures carry.
pub(crate) const CLICK: &str = "clk_01m85vy6cvfcc9txcmfk0m8vaa";

/// Another one that they carry.
const ANOTHER: &str = "clk_01m85vy6cvfcc9txcmfk0m8vab";

/// 2026-03-10T10:00:00Z: before the orders of the fixtures.
const BEFORE: Millis = Millis(1_773_136_800_000);

/// 2026-05-01T00:00:00Z: behind everything.
const AFTER: Millis = Millis(1_777_593_600_000);

/// A delivery: what the provider says in a header, and its body.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) topic: &'static str,
    pub(crate) body: String,
}

/// The fixture of that name, with `click` for the click that it names.
pub(crate) fn told(provider: &str, topic: &'static str, name: &str, click: &str) -> Told {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/providers");
    let path = format!("{folder}/{provider}/{name}.json");
    let body = std::fs::read_to_string(&path).expect(&path);
    Told {
        topic,
        body: body.replace(CLICK, click).replace(ANOTHER, click),
    }
}

/// One order's life at each shop.
pub(crate) fn story(provider: &str, click: &str) -> Vec<Told> {
    let parts: &[(&str, &str)] = match provider {
        "shopify" => &[
            ("orders/create", "orders-create"),
            ("orders/paid", "orders-paid"),
            ("orders/updated", "orders-updated"),
            ("refunds/create", "refunds-create"),
            ("refunds/create", "refunds-create-one-failed"),
        ],
        "woocommerce" => &[
            ("order.created", "order-created"),
            ("order.updated", "order-updated"),
            ("order.updated", "order-updated-refund"),
            ("order.updated", "order-updated-refunded"),
            ("order.deleted", "order-deleted"),
        ],
        "stripe" => &[
            ("", "session_subscription"),
            ("", "invoice_first"),
            ("", "invoice_payment"),
            ("", "charge_succeeded"),
            ("", "refund_created"),
            ("", "refund_updated"),
            ("", "dispute_created"),
            ("", "dispute_won"),
        ],
        other => panic!("{other} has no story"),
    };
    let told = |(topic, name): &(&'static str, &str)| told(provider, topic, name, click);
    parts.iter().map(told).collect()
}

/// The headers with which the provider sends a delivery.
pub(crate) fn headers(provider: &str, told: &Told, now: Millis) -> Vec<(&'static str, String)> {
    let base64 = || STANDARD.encode(hmac_sha256(SECRET.as_bytes(), &[told.body.as_bytes()]));
    match provider {
        "shopify" => vec![
            ("x-shopify-topic", told.topic.to_owned()),
            ("x-shopify-hmac-sha256", base64()),
            (
                "x-shopify-webhook-id",
                "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043".to_owned(),
            ),
        ],
        "woocommerce" => vec![
            ("x-wc-webhook-topic", told.topic.to_owned()),
            ("x-wc-webhook-signature", base64()),
            ("x-wc-webhook-delivery-id", "5b4a2f".to_owned()),
        ],
        "stripe" => {
            let at = (now.0 / 1000).to_string();
            let parts = [at.as_bytes(), b".", told.body.as_bytes()];
            let signature = hex::encode(hmac_sha256(SECRET.as_bytes(), &parts));
            vec![("stripe-signature", format!("t={at},v1={signature}"))]
        }
        other => panic!("{other} signs nothing"),
    }
}

pub(crate) async fn source(app: &TestApp, provider: &str) -> Value {
    let new = json!({"provider": provider, "name": "Shop", "secret": SECRET});
    let made = app.post("/sources", &new).await;
    assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.body);
    made.body
}

pub(crate) async fn send(app: &TestApp, provider: &str, source: &Value, told: &Told) -> Answer {
    let id = source["id"].as_str().unwrap();
    let mut request = app.request(Method::POST, &format!("/webhooks/{id}"));
    for (name, value) in headers(provider, told, app.clock.now()) {
        request = request.header(name, value);
    }
    read(request.body(told.body.clone()).send().await.unwrap()).await
}

/// The lines of a source's ledger, without the ids that are made here.
pub(crate) async fn ledger(app: &TestApp, source: &Value) -> Vec<Value> {
    let mut lines = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = app
            .get(&format!("/conversions?limit=200{cursor}"))
            .await
            .body;
        lines.extend(page["conversions"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    lines.retain(|line| line["source_id"] == source["id"]);
    let mut lines: Vec<Value> = lines.into_iter().map(plain).collect();
    lines.sort_by_key(ToString::to_string);
    lines
}

/// A line without what differs from run to run.
pub(crate) fn plain(mut line: Value) -> Value {
    for made in ["id", "source_id", "received_at", "joined_via"] {
        line.as_object_mut().unwrap().remove(made);
    }
    line
}

/// A campaign whose link was clicked before the orders came; gives the campaign and the click.
pub(crate) async fn clicked(app: &TestApp) -> (String, String) {
    app.clock.set(BEFORE);
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["linkedin"]).await.remove(0);
    let click = click_id(&location(&app.click(&link, &[]).await));
    app.drain().await;
    app.clock.set(AFTER);
    (campaign, click)
}

#[rstest]
#[case("shopify", &[("sale", 11400), ("refund", -3000)])]
#[case("woocommerce", &[("sale", 5900), ("refund", -1000), ("refund", -4900)])]
#[case("stripe", &[("sale", 2900), ("refund", -900), ("chargeback", -2900), ("chargeback_reversal", 2900)])]
#[tokio::test]
async fn an_order_finds_its_tweet(
    #[case] provider: &str,
    #[case] expected: &[(&str, i64)],
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let (campaign, click) = clicked(&app).await;
    let source = source(&app, provider).await;
    for told in story(provider, &click) {
        let answer = send(&app, provider, &source, &told).await;
        assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
    }
    app.drain().await;
    let failed = app.get("/inbox?status=failed").await.body;
    assert_eq!(failed["deliveries"], json!([]));
    let lines = ledger(&app, &source).await;
    for line in &lines {
        assert_eq!(line["campaign_id"], json!(campaign), "{line}");
        assert_eq!(line["network"], "linkedin", "{line}");
    }
    for (kind, amount) in expected {
        let of_kind = lines.iter().filter(|line| line["kind"] == *kind);
        let amounts: Vec<i64> = of_kind
            .map(|line| line["value"]["amount"].as_i64().unwrap())
            .collect();
        assert!(amounts.contains(amount), "{kind}: {amounts:?}");
    }
}

#[rstest]
#[tokio::test]
async fn any_deliveries_in_any_order_end_in_the_same_ledger_and_report(
    #[values("shopify", "woocommerce", "stripe")] provider: &str,
) {
    let mut reports = Vec::new();
    let mut ledgers = Vec::new();
    for seed in 0..6 {
        let app = TestApp::spawn().await;
        let mut dice = StdRng::seed_from_u64(seed);
        let (campaign, click) = clicked(&app).await;
        let source = source(&app, provider).await;
        let mut told = story(provider, &click);
        if seed > 0 {
            let again: Vec<Told> = told.iter().filter(|_| dice.random()).cloned().collect();
            told.extend(again);
            told.shuffle(&mut dice);
        }
        for told in &told {
            send(&app, provider, &source, told).await;
            if dice.random() {
                app.drain().await;
            }
        }
        app.drain().await;
        let mut lines = ledger(&app, &source).await;
        for line in &mut lines {
            for made in ["campaign_id", "click_id", "link_id"] {
                line.as_object_mut().unwrap().remove(made);
            }
        }
        ledgers.push(lines);
        let mut report = app
            .get(&format!("/campaigns/{campaign}/report?window_days=90"))
            .await
            .body;
        report["campaign"] = Value::Null;
        reports.push(report);
    }
    for (ledger, report) in ledgers.iter().zip(&reports) {
        assert_eq!(ledger, &ledgers[0]);
        assert_eq!(report, &reports[0]);
    }
    assert!(ledgers[0].len() > 1, "{:?}", ledgers[0]);
}

/// Orders of one source, each told of in its own shuffled way, in one store.
#[tokio::test]
async fn many_ways_lead_to_one_ledger() {
    let app = TestApp::spawn().await;
    let (_, click) = clicked(&app).await;
    let mut first = None;
    for seed in 0..40 {
        let mut dice = StdRng::seed_from_u64(seed);
        let source = source(&app, "stripe").await;
        let mut told = story("stripe", &click);
        told.extend(told.clone());
        told.shuffle(&mut dice);
        for told in &told {
            send(&app, "stripe", &source, told).await;
        }
        app.drain().await;
        let lines = ledger(&app, &source).await;
        let first = first.get_or_insert_with(|| lines.clone());
        assert_eq!(&lines, first, "seed {seed}");
    }
}

#[tokio::test]
async fn a_shop_asks_whether_somebody_is_there() {
    let app = TestApp::spawn().await;
    let source = source(&app, "woocommerce").await;
    let id = source["id"].as_str().unwrap();
    let ping = app
        .request(Method::POST, &format!("/webhooks/{id}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("webhook_id=17");
    assert_eq!(ping.send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(app.log().depth().await.unwrap(), 0);
}

/// A secret that the sender makes comes after the source whose URL it needs.
#[tokio::test]
async fn a_source_waits_for_its_senders_secret() {
    let app = TestApp::spawn().await;
    let made = app
        .post("/sources", &json!({"provider": "shopify", "name": "Shop"}))
        .await
        .body;
    assert_eq!(made["needs_secret"], true);
    assert_eq!(made.get("secret"), None);
    let paid = story("shopify", CLICK).remove(1);
    let refused = send(&app, "shopify", &made, &paid).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    let path = format!("/sources/{}", made["id"].as_str().unwrap());
    let given = app.patch(&path, &json!({"secret": SECRET})).await.body;
    assert_eq!(given["needs_secret"], false);
    assert_eq!(
        send(&app, "shopify", &made, &paid).await.status,
        StatusCode::OK
    );
}

/// What a source would make of a body can be seen before anybody sends one.
#[tokio::test]
async fn a_sample_is_tried_and_nothing_is_kept() {
    let app = TestApp::spawn().await;
    app.clock.set(AFTER);
    let source = source(&app, "shopify").await;
    let paid = story("shopify", CLICK).remove(1);
    let path = format!("/sources/{}/test", source["id"].as_str().unwrap());
    let tried = app
        .request(Method::POST, &path)
        .header("x-shopify-topic", "orders/paid")
        .body(paid.body);
    let tried = read(tried.send().await.unwrap()).await.body;
    let line = &tried["conversions"][0];
    assert_eq!(
        (&line["kind"], &line["value"]["amount"]),
        (&json!("sale"), &json!(11400))
    );
    assert!(line["click_ids"].to_string().contains(CLICK), "{tried}");
    assert_eq!(app.log().depth().await.unwrap(), 0);
}
