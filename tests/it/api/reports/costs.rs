//! Costs and engagement in reports.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::{CHROME, TestApp, click_id, location};

async fn told(app: &TestApp, path: &str, rows: &Value) {
    let answer = app.post(path, rows).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
}

/// Three people on x, of whom one becomes a lead and pays 60 EUR; one on linkedin.
async fn played(app: &TestApp) -> (String, Vec<String>) {
    let campaign = app.campaign("Spring").await;
    let links = app.links(&campaign, &["x", "linkedin"]).await;
    for (n, link) in [0, 0, 0, 1].into_iter().enumerate() {
        let agent = format!("{CHROME} {n}");
        let answer = app.click(&links[link], &[("user-agent", &agent)]).await;
        app.later(1000);
        if n == 0 {
            let click = click_id(&location(&answer));
            let lead = json!({"kind": "lead", "event_id": "l", "click_id": click});
            app.post("/conversions", &lead).await;
            let sale = json!({"kind": "sale", "event_id": "s", "click_id": click,
                              "value": {"amount": 6000, "currency": "EUR"}});
            app.post("/conversions", &sale).await;
        }
    }
    app.drain().await;
    (campaign, links)
}

fn row<'a>(report: &'a Value, network: &str) -> &'a Value {
    let mut rows = report["rows"].as_array().unwrap().iter();
    rows.find(|row| row["network"] == network).unwrap()
}

#[tokio::test]
async fn costs_are_charged_to_what_they_name_and_shared_else() {
    let app = TestApp::spawn().await;
    let (campaign, _) = played(&app).await;
    let path = format!("/campaigns/{campaign}/report");
    let free = app.get(&path).await.body;
    assert_eq!(row(&free, "x")["cost"]["amount"], 0);
    assert_eq!(
        row(&free, "x")["return_on_cost"],
        Value::Null,
        "not infinite"
    );
    told(
        &app,
        "/costs",
        &json!([
            {"campaign_id": campaign, "network": "x", "day": "2026-03-10",
             "money": {"amount": 1000, "currency": "EUR"}},
            {"campaign_id": campaign, "day": "2026-03-10",
             "money": {"amount": 2001, "currency": "EUR"}},
        ]),
    )
    .await;
    let report = app.get(&path).await.body;
    // The rest goes by people, three to one: 1500.75 and 500.25.
    let (x, linkedin) = (row(&report, "x"), row(&report, "linkedin"));
    assert_eq!(
        (&x["cost"]["amount"], &linkedin["cost"]["amount"]),
        (&json!(2501), &json!(500))
    );
    assert_eq!(report["total"]["cost"]["amount"], 3001);
    assert_eq!(report["unattributed"]["cost"]["amount"], 0);
    assert_eq!(report["cost_allocation"], "by_people");
    assert_eq!(x["cost_per_lead"]["amount"], 2501);
    let back = x["return_on_cost"].as_f64().unwrap();
    assert!((back - (6000.0 - 2501.0) / 2501.0).abs() < 1e-9);
    assert_eq!(linkedin["cost_per_lead"], Value::Null, "no leads");
    let none = app.get(&format!("{path}?allocation=none")).await.body;
    assert_eq!(row(&none, "x")["cost"]["amount"], 1000);
    assert_eq!(none["unattributed"]["cost"]["amount"], 2001);
    assert_eq!(none["total"]["cost"]["amount"], 3001);
    let narrowed = app.get(&format!("{path}?network=x")).await.body;
    assert_eq!(row(&narrowed, "x")["cost"], Value::Null);
    // A network's cost is none of another network's links, days or weeks.
    let by_link = app.get(&format!("{path}?by=link")).await.body;
    let mut costs: Vec<i64> = by_link["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["cost"]["amount"].as_i64().unwrap())
        .collect();
    costs.sort_unstable();
    assert_eq!(costs, [500, 2501]);
    let by_week = app
        .get(&format!("{path}?by=cohort_week,network"))
        .await
        .body;
    assert_eq!(row(&by_week, "x")["cost"]["amount"], 2501);
    assert_eq!(row(&by_week, "x")["cohort_week"], "2026-03-09");
}

#[tokio::test]
async fn what_nobody_is_known_for_is_no_return_of_a_campaign_s_cost() {
    let app = TestApp::spawn().await;
    let (campaign, _) = played(&app).await;
    let path = format!("/campaigns/{campaign}/report");
    let cost = json!([{"campaign_id": campaign, "day": "2026-03-10",
                       "money": {"amount": 3001, "currency": "EUR"}}]);
    told(&app, "/costs", &cost).await;
    let stray = json!({"kind": "lead", "event_id": "stray"});
    app.post("/conversions", &stray).await;
    app.drain().await;
    let report = app.get(&path).await.body;
    assert_eq!(report["total"]["leads"], 1);
    assert_eq!(report["total"]["cost_per_lead"]["amount"], 3001);
    assert_eq!(report["workspace_unattributed"]["leads"], 1);
}

#[tokio::test]
async fn likes_stand_beside_leads() {
    let app = TestApp::spawn().await;
    let (campaign, _) = played(&app).await;
    let path = format!("/campaigns/{campaign}/report");
    assert_eq!(app.get(&path).await.body["engagement"], Value::Null);
    told(
        &app,
        "/engagement",
        &json!([
            {"campaign_id": campaign, "network": "x", "day": "2026-03-10", "impressions": 500, "likes": 3},
            {"campaign_id": campaign, "network": "linkedin", "day": "2026-03-10", "impressions": 9000,
             "likes": 400},
        ]),
    )
    .await;
    let report = app.get(&path).await.body;
    let rows = report["engagement"]["rows"].as_array().unwrap();
    assert_eq!(rows[0]["network"], "x", "most leads first");
    assert_eq!(rows[0]["leads_per_thousand_impressions"], 2.0);
    assert_eq!(rows[1]["likes"], 400);
    let likes = &report["engagement"]["predictions"][1];
    assert_eq!(
        (&likes["measure"], &likes["rank"]),
        (&json!("likes"), &Value::Null)
    );
    assert!(
        likes["sentence"]
            .as_str()
            .unwrap()
            .contains("cannot be told yet")
    );
    assert_eq!(report["funnel"][0]["count"], 9500);
    let narrowed = app.get(&format!("{path}?network=x")).await.body;
    assert_eq!(narrowed["funnel"][0]["count"], 500);
    assert_eq!(narrowed["engagement"]["rows"].as_array().unwrap().len(), 1);
    let narrowed = app.get(&format!("{path}?device=desktop")).await.body;
    assert_eq!(narrowed["engagement"], Value::Null, "posts know no devices");
}
