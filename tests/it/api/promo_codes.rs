//! Promo codes: their conversions, from before and after a creation, change or deletion.

use leadline::store::promo_code::{self, PromoCode};
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::app::{Size, TestApp};

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

/// A request that fails between the store and the log is mended by its repetition.
#[tokio::test]
async fn a_repeated_request_joins_what_the_first_one_left() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    sale(&app, "s", "POD10").await;
    let store = &app.state.context.store;
    let stored = PromoCode {
        workspace_id: app.workspace_id,
        code: "POD10".to_owned(),
        campaign_id: campaign.parse().unwrap(),
        network: None,
        link_id: None,
        created_at: app.state.context.clock.now(),
    };
    let mut tx = store.write().await.unwrap();
    promo_code::insert(&mut tx, &stored).await.unwrap();
    tx.commit().await.unwrap();
    let code = json!({"code": "POD10", "campaign_id": campaign});
    assert_eq!(
        app.post("/promo-codes", &code).await.code(),
        "promo_code_taken"
    );
    app.drain().await;
    assert_eq!(conversion(&app, "s").await["joined_by"], "promo_code");

    let mut tx = store.write().await.unwrap();
    promo_code::delete(&mut tx, app.workspace_id, "POD10")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let gone = app.delete("/promo-codes/POD10").await;
    assert_eq!(gone.code(), "promo_code_not_found");
    app.drain().await;
    assert_eq!(conversion(&app, "s").await["joined_by"], "none");
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
    for (code, field) in [("X6", "slug"), ("X7", "short_url")] {
        let by_name = json!({"code": code, "link_id": links["links"][0][field]});
        let made = app.post("/promo-codes", &by_name).await.body;
        assert_eq!(made["link_id"], *link, "{made}");
    }
}

#[rstest]
#[tokio::test]
async fn a_changed_code_brings_earlier_conversions_to_where_it_belongs_now(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let spring = app.campaign("Spring").await;
    let summer = app.campaign("Summer").await;
    let links = json!({"url": "https://shop.example/lamp", "networks": ["x"], "slug": "lamp"});
    app.post(&format!("/campaigns/{summer}/links"), &links)
        .await;
    let code = json!({"code": "POD10", "campaign_id": spring, "network": "instagram"});
    let made = app.post("/promo-codes", &code).await.body;
    assert_eq!(app.get("/promo-codes/pod10").await.body, made);
    app.drain().await;
    sale(&app, "s", "POD10").await;
    assert_eq!(conversion(&app, "s").await["network"], "instagram");

    let changed = app
        .patch("/promo-codes/pod10", &json!({"network": "tiktok"}))
        .await;
    assert_eq!(changed.status, StatusCode::OK, "{changed:?}");
    app.drain().await;
    let found = conversion(&app, "s").await;
    assert_eq!(
        (&found["campaign_id"], &found["network"]),
        (&json!(spring), &json!("tiktok"))
    );

    let of_none = json!({"campaign_id": "summer", "link_id": "table"});
    let refused = app.patch("/promo-codes/POD10", &of_none).await;
    assert_eq!(refused.code(), "link_not_found");
    let of_link = json!({"campaign_id": "summer", "link_id": "lamp"});
    let moved = app.patch("/promo-codes/POD10", &of_link).await.body;
    assert_eq!(
        (
            &moved["campaign_id"],
            &moved["network"],
            &moved["created_at"]
        ),
        (&json!(summer), &json!("x"), &made["created_at"])
    );
    app.drain().await;
    let found = conversion(&app, "s").await;
    assert_eq!(
        (&found["campaign_id"], &found["network"], &found["link_id"]),
        (&json!(summer), &json!("x"), &moved["link_id"])
    );

    let removed = app
        .patch("/promo-codes/POD10", &json!({"network": null}))
        .await;
    assert_eq!(removed.code(), "invalid_field", "{removed:?}");
    let of_any = json!({"url": "https://shop.example/", "campaign_id": summer, "slug": "any"});
    app.post("/links", &of_any).await;
    let of_any = app
        .patch("/promo-codes/POD10", &json!({"link_id": "any"}))
        .await
        .body;
    assert_eq!(of_any["network"], Value::Null, "the new link has none");

    let back = app
        .patch("/promo-codes/POD10", &json!({"campaign_id": spring}))
        .await;
    assert_eq!(
        back.code(),
        "invalid_field",
        "its link is of the other campaign"
    );
    let wide = json!({"network": null, "link_id": null});
    let wide = app.patch("/promo-codes/POD10", &wide).await.body;
    assert_eq!(
        (&wide["network"], &wide["link_id"]),
        (&Value::Null, &Value::Null)
    );
    app.drain().await;
    let found = conversion(&app, "s").await;
    assert_eq!(
        (&found["campaign_id"], &found["network"]),
        (&json!(summer), &Value::Null)
    );
    let reports = [&spring, &summer].map(|campaign| format!("/campaigns/{campaign}/report"));
    let mut sales = Vec::new();
    for path in reports {
        sales.push(app.get(&path).await.body["total"]["sales"].clone());
    }
    assert_eq!(sales, [json!(0), json!(1)]);
    let unknown = app.patch("/promo-codes/none", &json!({})).await;
    assert_eq!(unknown.code(), "promo_code_not_found");
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
    let code = json!({"code": "B", "campaign_id": campaign});
    app.post("/promo-codes", &code).await;
    app.key = app.key_of_another_workspace().await;
    let theirs = app.get("/promo-codes/B").await;
    assert_eq!(theirs.code(), "promo_code_not_found");
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
