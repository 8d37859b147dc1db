//! Promo codes: their conversions, from before and after their creation.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::TestApp;

async fn conversion(app: &TestApp, event: &str) -> Value {
    let found = app.get("/conversions").await.body;
    let found = found["conversions"].as_array().unwrap();
    let is_it = |it: &&Value| it["event_id"] == event;
    found.iter().find(is_it).unwrap().clone()
}

async fn sale(app: &TestApp, event: &str, code: &str) {
    let sale = json!({"kind": "sale", "event_id": event, "promo_code": code,
        "value": {"amount": 4999, "currency": "EUR"}});
    assert!(app.post("/conversions", &sale).await.status.is_success());
    app.drain().await;
}

#[tokio::test]
async fn a_code_brings_its_campaign_and_network_whichever_came_first() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    sale(&app, "before", "pod10 ").await;
    let waiting = conversion(&app, "before").await;
    assert_eq!(
        (&waiting["joined_by"], &waiting["unjoined"]),
        (&json!("none"), &json!("code_unknown"))
    );
    let code = json!({"code": "POD10", "campaign_id": campaign, "network": "instagram"});
    let made = app.post("/promo-codes", &code).await;
    assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.body);
    app.drain().await;
    sale(&app, "after", "Pod10").await;
    for event in ["before", "after"] {
        let found = conversion(&app, event).await;
        assert_eq!(found["joined_by"], "promo_code", "{event}");
        assert_eq!(found["campaign_id"], json!(campaign), "{event}");
        assert_eq!(found["network"], "instagram");
        assert_eq!(found.get("unjoined"), None);
    }
    let again = app.post("/promo-codes", &code).await;
    assert_eq!(
        (again.status, again.code()),
        (StatusCode::CONFLICT, "promo_code_taken")
    );
    let listed = app.get("/promo-codes").await.body;
    assert_eq!(listed["promo_codes"][0]["code"], "POD10");
    let removed = app.delete("/promo-codes/pod10").await;
    assert_eq!(
        (removed.status, &removed.body["code"]),
        (StatusCode::OK, &json!("POD10"))
    );
    app.drain().await;
    assert_eq!(conversion(&app, "after").await["joined_by"], "none");
    let gone = app.delete("/promo-codes/pod10").await;
    assert_eq!(
        (gone.status, gone.code()),
        (StatusCode::NOT_FOUND, "promo_code_not_found")
    );
}

#[tokio::test]
async fn a_code_of_a_link_takes_its_campaign_and_network() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let links = app
        .post(
            &format!("/campaigns/{campaign}/links"),
            &json!({"url": "https://shop.example/lamp", "networks": ["x"]}),
        )
        .await
        .body;
    let link = &links["links"][0]["id"];
    let made = app
        .post("/promo-codes", &json!({"code": "X5", "link_id": link}))
        .await
        .body;
    assert_eq!(
        (&made["campaign_id"], &made["network"]),
        (&json!(campaign), &json!("x"))
    );
    app.drain().await;
    sale(&app, "s", "x5").await;
    assert_eq!(conversion(&app, "s").await["link_id"], *link);
}

#[tokio::test]
async fn a_code_needs_a_campaign_of_its_own_workspace() {
    let mut app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let lone = app.post("/promo-codes", &json!({"code": "A"})).await;
    assert_eq!(
        (lone.status, lone.code()),
        (StatusCode::UNPROCESSABLE_ENTITY, "invalid_field")
    );
    app.key = app.key_of_another_workspace().await;
    let foreign = app
        .post(
            "/promo-codes",
            &json!({"code": "A", "campaign_id": campaign}),
        )
        .await;
    assert_eq!(
        (foreign.status, foreign.code()),
        (StatusCode::NOT_FOUND, "campaign_not_found")
    );
}
