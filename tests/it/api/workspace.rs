//! The workspace: its settings affect only what is created later, and only in this workspace.

use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::app::{Size, TestApp};

fn without_defaults() -> Value {
    json!({"name": "Spring", "goal": {"metric": "leads", "target": 1}})
}

#[rstest]
#[tokio::test]
async fn a_campaign_takes_the_currency_and_time_zone_that_it_does_not_name(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let before = app.get("/workspace").await.body;
    assert_eq!(
        (&before["currency"], &before["time_zone"]),
        (&Value::Null, &Value::Null)
    );
    for (field, option) in [("currency", "--currency"), ("time_zone", "--time-zone")] {
        let refused = app.post("/campaigns", &without_defaults()).await;
        assert_eq!(
            (refused.status, refused.code()),
            (StatusCode::UNPROCESSABLE_ENTITY, "invalid_field")
        );
        let detail = refused.body["detail"].as_str().unwrap();
        for remedy in [&format!("`{field}`"), "PATCH /api/v1/workspace", option] {
            assert!(detail.contains(remedy), "{detail}");
        }
        let default = ["JPY", "Asia/Tokyo"][usize::from(field == "time_zone")];
        let changed = app.patch("/workspace", &json!({field: default})).await;
        assert_eq!(changed.body[field], default, "{changed:?}");
    }
    let made = app.post("/campaigns", &without_defaults()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    assert_eq!(
        (&made.body["currency"], &made.body["time_zone"]),
        (&json!("JPY"), &json!("Asia/Tokyo"))
    );
    let mut named = without_defaults();
    named["currency"] = json!("EUR");
    let named = app.post("/campaigns", &named).await;
    assert_eq!(
        (&named.body["currency"], &named.body["time_zone"]),
        (&json!("EUR"), &json!("Asia/Tokyo"))
    );

    // A campaign keeps what it was created with.
    let removed = app
        .patch("/workspace", &json!({"currency": null, "time_zone": null}))
        .await;
    assert_eq!(removed.body["currency"], Value::Null, "{removed:?}");
    let path = format!("/campaigns/{}", made.body["id"].as_str().unwrap());
    assert_eq!(app.get(&path).await.body["currency"], "JPY");
    let refused = app.post("/campaigns", &without_defaults()).await;
    assert_eq!(refused.code(), "invalid_field");
}

#[tokio::test]
async fn a_workspace_is_renamed_and_keeps_all_else() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let convention = json!({"utm_convention": {"separator": "_"}, "handed_on": ["ref"]});
    let before = app.patch("/workspace", &convention).await.body;
    let renamed = app.patch("/workspace", &json!({"name": "Lamp shop"})).await;
    assert_eq!(renamed.status, StatusCode::OK, "{renamed:?}");
    let mut expected = before;
    expected["name"] = json!("Lamp shop");
    assert_eq!(app.get("/workspace").await.body, expected);
    let found = app.get(&format!("/campaigns/{campaign}")).await;
    assert_eq!(found.status, StatusCode::OK);

    let other = app.key_of_another_workspace().await;
    let theirs = app.get_with_key(&other, "/workspace").await;
    assert_eq!(theirs.body["name"], "Other");
    for (change, code) in [
        (json!({"name": " "}), "invalid_field"),
        (json!({"name": "x".repeat(201)}), "invalid_field"),
        (json!({"name": null}), "invalid_field"),
        (json!({"currency": "EURO"}), "unknown_currency"),
        (json!({"time_zone": "Mars/North"}), "unknown_time_zone"),
    ] {
        let refused = app.patch("/workspace", &change).await;
        assert_eq!(refused.code(), code, "{change} {refused:?}");
    }
    assert_eq!(app.get("/workspace").await.body, expected);
}
