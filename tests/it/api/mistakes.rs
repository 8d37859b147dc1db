//! Bad input: each kind has its own stable code, a status, and a text that says how to fix it; none
//! of it reaches the log.

use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::body::{campaign_body, with};

/// A field, a value that is refused in it, and what answers.
type Mistake = (&'static str, Value, u16, &'static str);

/// Posts `right` with one mistake at a time.
async fn refused(app: &TestApp, path: &str, right: &Value, mistakes: &[Mistake]) {
    for (field, value, status, code) in mistakes {
        let body = with(right.clone(), field, value.clone());
        let answer = app.post(path, &body).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (*status, *code),
            "{path} {body}"
        );
        assert_eq!(answer.body["status"], *status);
        assert_eq!(answer.body["type"], format!("urn:leadline:problem:{code}"));
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.len() > 10, "{answer:?}");
    }
    assert_eq!(
        app.log().depth().await.unwrap(),
        0,
        "nothing refused reached the log"
    );
}

#[tokio::test]
async fn in_a_campaign() {
    let app = TestApp::spawn().await;
    let goal = |metric: &str, target: i64| json!({"metric": metric, "target": target});
    let dollar = json!({"amount": 1, "currency": "USD"});
    let mistakes = [
        ("goal", Value::Null, 422, "goal_required"),
        (
            "goal_waiver",
            json!("with a goal as well"),
            422,
            "goal_required",
        ),
        ("goal", goal("likes", 1), 422, "unknown_metric"),
        ("goal", goal("leads", 0), 422, "target_too_small"),
        ("currency", json!("EURO"), 422, "unknown_currency"),
        ("hourly_rate", dollar, 422, "currency_mismatch"),
        ("time_zone", json!("Mars/Base"), 422, "unknown_time_zone"),
        ("colour", json!("red"), 400, "unknown_field"),
        ("name", Value::Null, 400, "invalid_field"),
    ];
    refused(&app, "/campaigns", &campaign_body(), &mistakes).await;
}

#[tokio::test]
async fn in_a_link() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let path = format!("/campaigns/{campaign}/links");
    let right = json!({"url": "https://shop.example/", "networks": ["x"]});
    app.post(&path, &with(right.clone(), "slug", json!("taken")))
        .await;
    let own = json!(format!("{}/abc", app.base));
    let mistakes = [
        ("networks", json!(["linkdin"]), 422, "unknown_network"),
        ("networks", json!([]), 422, "invalid_networks"),
        ("networks", json!(["x", "twitter"]), 422, "invalid_networks"),
        ("slug", json!("taken"), 409, "slug_taken"),
        ("slug", json!("api"), 422, "invalid_slug"),
        ("slug", json!("not a slug"), 422, "invalid_slug"),
        ("domain", json!("evil.example"), 422, "unknown_domain"),
        ("url", json!("shop.example"), 422, "url_malformed"),
        ("url", json!("javascript:alert(1)"), 422, "url_scheme"),
        (
            "url",
            json!("https://a:b@shop.example/"),
            422,
            "url_credentials",
        ),
        ("url", own, 422, "url_loop"),
        (
            "url",
            json!("https://shop.example/?utm_source=Z"),
            422,
            "utm_conflict",
        ),
        (
            "utm",
            json!({"content": "Big Banner"}),
            422,
            "utm_convention",
        ),
        ("colour", json!("red"), 400, "unknown_field"),
    ];
    refused(&app, &path, &right, &mistakes).await;
    let unknown = "cmp_00000000000000000000000000";
    let lost = [("campaign_id", json!(unknown), 404, "campaign_not_found")];
    refused(
        &app,
        "/links",
        &json!({"url": "https://shop.example/"}),
        &lost,
    )
    .await;
    let fan_out = [("slug", json!("fine"), 404, "campaign_not_found")];
    refused(
        &app,
        &format!("/campaigns/{unknown}/links"),
        &right,
        &fan_out,
    )
    .await;
}

#[tokio::test]
async fn in_a_source_or_a_path() {
    let app = TestApp::spawn().await;
    let right = json!({"provider": "standard", "name": "shop"});
    let mistakes = [
        ("secret", json!("weak"), 422, "invalid_field"),
        ("provider", json!("fax"), 422, "invalid_field"),
        ("colour", json!("red"), 400, "unknown_field"),
    ];
    refused(&app, "/sources", &right, &mistakes).await;
    let nowhere = [("name", json!("n"), 404, "route_not_found")];
    refused(&app, "/nothing", &right, &nowhere).await;
}

#[tokio::test]
async fn in_a_conversion() {
    let app = TestApp::spawn().await;
    let right = json!({"kind": "sale", "event_id": "s", "value": {"amount": 1, "currency": "EUR"}});
    let value = |amount: Value, currency: &str| json!({"amount": amount, "currency": currency});
    let mistakes = [
        ("value", value(json!(49.99), "EUR"), 422, "amount_fraction"),
        ("value", value(json!(1), "euro"), 422, "unknown_currency"),
        (
            "occurred_at",
            json!("2026-03-10T12:06:00Z"),
            422,
            "occurred_in_future",
        ),
        ("event_id", Value::Null, 422, "event_id_missing"),
        ("colour", json!("red"), 400, "unknown_field"),
    ];
    refused(&app, "/conversions", &right, &mistakes).await;
}
