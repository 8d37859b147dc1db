//! The whole chain in both sizes, and the effect of an outage of Redis or PostgreSQL.

use reqwest::StatusCode;
use rstest::rstest;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::support::app::{Size, TestApp, click_id, location};
use crate::support::database::postgres_schema;
use crate::support::proxy::{Proxy, in_front_of, through};
use crate::support::redis;

#[rstest]
#[tokio::test]
async fn from_a_post_to_its_yield(#[values(Size::Embedded, Size::Server)] size: Size) {
    let app = TestApp::spawn_in(size).await;
    let campaign = app.campaign("Spring").await;
    let links = app.links(&campaign, &["x", "linkedin"]).await;
    let mut clicks = Vec::new();
    for link in [&links[0], &links[0], &links[1]] {
        app.later(1000);
        let agent = format!("{} {}", crate::support::app::CHROME, clicks.len());
        let answer = app.click(link, &[("user-agent", &agent)]).await;
        clicks.push(click_id(&location(&answer)));
    }
    app.click(&links[1], &[("user-agent", "LinkedInBot/1.0")])
        .await;
    app.later(1000);
    let value = |amount: i64| json!({"amount": amount, "currency": "EUR"});
    let ann = json!({"external_id": "ann"});
    for body in [
        json!({"kind": "lead", "event_id": "ann", "click_id": clicks[0], "customer": ann}),
        json!({"kind": "sale", "event_id": "o-1", "value": value(4999), "customer": ann}),
        json!({"kind": "refund", "event_id": "o-1", "of": "o-1", "value": value(1000)}),
        json!({"kind": "lead", "event_id": "ben"}),
        json!({"kind": "event", "name": "support_case", "event_id": "o-1", "click_id": clicks[2]}),
    ] {
        let answer = app.post("/conversions", &body).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
        let repeat = app.post("/conversions", &body).await;
        assert_eq!(
            repeat.status,
            StatusCode::ACCEPTED,
            "not ingested yet: {repeat:?}"
        );
    }
    app.drain().await;

    let report = app.report(&campaign).await;
    let figures = |row: &Value| {
        let count = |name: &str| row[name].as_f64().unwrap();
        let clicks = |name: &str| row["clicks"][name].as_i64().unwrap();
        let net = row["net_revenue"]["amount"].as_i64().unwrap();
        (
            clicks("human"),
            clicks("bot"),
            count("visitors"),
            count("leads"),
            count("sales"),
            net,
        )
    };
    assert_eq!(report["rows"][0]["network"], "linkedin");
    assert_eq!(figures(&report["rows"][0]), (1, 1, 1.0, 0.0, 0.0, 0));
    assert_eq!(report["rows"][0]["events"]["support_case"]["count"], 1);
    assert_eq!(report["rows"][1]["network"], "x");
    assert_eq!(figures(&report["rows"][1]), (2, 0, 2.0, 1.0, 1.0, 3999));
    assert_eq!(figures(&report["unattributed"]), (0, 0, 0.0, 0.0, 0.0, 0));
    assert_eq!(figures(&report["total"]), (3, 1, 3.0, 1.0, 1.0, 3999));
    let of_none = &report["workspace_unattributed"];
    assert_eq!(figures(of_none), (0, 0, 0.0, 1.0, 0.0, 0));
}

/// A service on Redis behind a proxy.
async fn app_behind(proxy: &Proxy, url: &SecretString) -> TestApp {
    TestApp::spawn_with(|config| {
        config.log.url = through(proxy, url);
        config.log.prefix = redis::prefix();
    })
    .await
}

/// Brings back what was spilled; the connection comes back by itself, how soon is the client's
/// affair.
async fn drain_spill(app: &TestApp) {
    let begun = std::time::Instant::now();
    while app.log().spill().unwrap().depth > 0 {
        assert!(
            begun.elapsed().as_secs() < 30,
            "Redis is back, its log is not"
        );
        // An error means that Redis is not heard yet.
        let _ = app.log().drain(app.clock.now()).await;
    }
}

#[tokio::test]
async fn without_redis_clicks_and_conversions_are_kept_on_disk_and_follow() {
    let url = redis::url();
    let proxy = in_front_of(&url).await;
    let app = app_behind(&proxy, &url).await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    let mut answered = vec![click_id(&location(&app.click(&link, &[]).await))];

    proxy.cut();
    for _ in 0..3 {
        app.later(1);
        let answer = app.click(&link, &[]).await;
        assert_eq!(answer.status(), StatusCode::FOUND);
        answered.push(click_id(&location(&answer)));
    }
    let lead = json!({"kind": "lead", "event_id": "l-1", "click_id": answered[3]});
    let told = app.post("/conversions", &lead).await;
    assert_eq!(told.status, StatusCode::ACCEPTED, "{told:?}");
    let spill = app.log().spill().unwrap();
    assert_eq!(
        (spill.redis_is_well, spill.depth, spill.spilled),
        (false, 4, 4)
    );

    proxy.mend();
    drain_spill(&app).await;
    assert!(app.log().spill().unwrap().redis_is_well);
    app.click(&link, &[]).await;
    assert_eq!(app.log().spill().unwrap().spilled, 4, "Redis is used again");
    app.drain().await;
    let kept = app.get("/clicks").await.body["clicks"].clone();
    let kept: Vec<&Value> = kept
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["id"])
        .collect();
    assert_eq!(kept.len(), 5);
    for id in answered {
        assert_eq!(kept.iter().filter(|kept| **kept == &id).count(), 1, "{id}");
    }
    assert_eq!(app.report(&campaign).await["total"]["leads"], 1.0);
}

#[tokio::test]
async fn a_start_without_redis_is_only_a_warning() {
    let url = redis::url();
    let proxy = in_front_of(&url).await;
    proxy.cut();
    let app = app_behind(&proxy, &url).await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    assert_eq!(app.click(&link, &[]).await.status(), StatusCode::FOUND);
    let ready = app
        .visit(reqwest::Method::GET, &format!("{}/readyz", app.base), &[])
        .await;
    assert_eq!(ready.status(), StatusCode::OK);
    let ready: Value = ready.json().await.unwrap();
    assert_eq!(
        (&ready["log"], &ready["spill_depth"]),
        (&json!("spilling"), &json!(1))
    );
    proxy.mend();
    drain_spill(&app).await;
    app.drain().await;
    assert_eq!(app.report(&campaign).await["total"]["clicks"]["human"], 1);
}

#[tokio::test]
async fn without_postgresql_clicks_and_webhooks_wait_in_the_log() {
    let url = postgres_schema().await;
    let proxy = in_front_of(&url).await;
    let app = TestApp::spawn_with(|config| config.store.url = through(&proxy, &url)).await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    app.click(&link, &[]).await;
    app.drain().await;

    proxy.cut();
    for _ in 0..3 {
        app.later(1);
        assert_eq!(app.click(&link, &[]).await.status(), StatusCode::FOUND);
    }
    assert_eq!(app.log().depth().await.unwrap(), 3);
    assert!(app.step().await.is_err(), "nothing is taken out of the log");
    assert_eq!(app.log().depth().await.unwrap(), 3);

    proxy.mend();
    app.drain().await;
    assert_eq!(app.report(&campaign).await["total"]["clicks"]["human"], 4);
}
