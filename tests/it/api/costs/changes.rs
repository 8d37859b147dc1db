//! Costs that are changed one by one, by the rules of the import.

use super::*;

/// A cost of one day on x.
async fn cost(app: &TestApp, campaign: &str) -> Value {
    let row = json!([{"campaign_id": campaign, "network": "x", "day": "2026-03-10",
        "money": euros(500), "note": "ads", "event_id": "i-1"}]);
    let told = app.post("/costs", &row).await;
    assert_eq!(counts(&told), [1, 0, 0]);
    told.body["costs"][0].clone()
}

fn path(cost: &Value) -> String {
    format!("/costs/{}", cost["id"].as_str().unwrap())
}

#[rstest]
#[tokio::test]
async fn what_a_change_does_not_name_stays(#[values(Size::Embedded, Size::Server)] size: Size) {
    let app = TestApp::spawn_in(size).await;
    let spring = campaign(&app, "Spring", euros(4_000)).await;
    let before = cost(&app, &spring).await;
    let path = path(&before);
    assert_eq!(app.get(&path).await.body, before);
    let same = app.patch(&path, &json!({})).await;
    assert_eq!((same.status, same.body), (StatusCode::OK, before.clone()));

    let steps = [
        (json!({"money": euros(700)}), json!({"value": euros(700)})),
        (
            json!({"minutes": 90}),
            json!({"minutes": 90, "value": euros(6_000)}),
        ),
        (json!({"to": "2026-03-12"}), json!({"to": "2026-03-12"})),
        (json!({"from": "2026-03-11"}), json!({"from": "2026-03-11"})),
        (
            json!({"day": "2026-03-15"}),
            json!({"from": "2026-03-15", "to": "2026-03-15"}),
        ),
        (
            json!({"network": "fb", "note": null}),
            json!({"network": "facebook", "note": null}),
        ),
        (json!({"network": null}), json!({"network": null})),
    ];
    let mut expected = before;
    for (change, fields) in steps {
        let changed = app.patch(&path, &change).await;
        assert_eq!(changed.status, StatusCode::OK, "{change}: {changed:?}");
        for (field, value) in fields.as_object().unwrap() {
            expected[field] = value.clone();
        }
        assert_eq!(changed.body, expected, "{change}");
        assert_eq!(app.get(&path).await.body, expected, "{change}");
    }
    assert_eq!(
        sum(&app, &spring, "2026-03-01", "2026-03-31").await,
        (6_000, 0)
    );

    // The same event id, imported again, takes the place of what was changed.
    let again =
        json!([{"campaign_id": spring, "day": "2026-03-10", "money": euros(1), "event_id": "i-1"}]);
    assert_eq!(counts(&app.post("/costs", &again).await), [0, 1, 0]);
    assert_eq!(app.get(&path).await.body["value"], euros(1));
}

#[tokio::test]
async fn a_link_brings_its_network() {
    let app = TestApp::spawn().await;
    let spring = campaign(&app, "Spring", Value::Null).await;
    let links =
        json!({"url": "https://shop.example/", "networks": ["x", "facebook"], "slug": "lamp"});
    let made = app
        .post(&format!("/campaigns/{spring}/links"), &links)
        .await;
    let path = path(&cost(&app, &spring).await);
    let on_facebook = app.patch(&path, &json!({"link_id": "lamp-facebook"})).await;
    assert_eq!(
        (&on_facebook.body["network"], &on_facebook.body["link_id"]),
        (&json!("facebook"), &made.body["links"][1]["id"])
    );
    let other = app.patch(&path, &json!({"network": "x"})).await;
    assert_eq!(other.code(), "invalid_field", "{other:?}");
    let removed = app.patch(&path, &json!({"network": null})).await;
    assert_eq!(removed.code(), "invalid_field", "{removed:?}");
    let detail = removed.body["detail"].as_str().unwrap();
    assert!(detail.contains("the link has facebook"), "{detail}");
    let of_none = json!({"url": "https://shop.example/", "campaign_id": spring, "slug": "any"});
    app.post("/links", &of_none).await;
    let on_any = app.patch(&path, &json!({"link_id": "any"})).await.body;
    assert_eq!(on_any["network"], Value::Null);
    let both = json!({"network": "x", "link_id": null});
    let both = app.patch(&path, &both).await.body;
    assert_eq!(
        (&both["network"], &both["link_id"]),
        (&json!("x"), &Value::Null)
    );
}

#[tokio::test]
async fn a_change_against_the_rules_of_the_import_is_refused() {
    let mut app = TestApp::spawn().await;
    let spring = campaign(&app, "Spring", Value::Null).await;
    let before = cost(&app, &spring).await;
    let path = path(&before);
    let of_none = json!({"url": "https://shop.example/", "slug": "table"});
    app.post("/links", &of_none).await;
    for (change, field) in [
        (
            json!({"money": {"amount": 1, "currency": "USD"}}),
            "currency",
        ),
        (json!({"money": euros(-1)}), "money"),
        (json!({"money": euros(1), "minutes": 1}), "money"),
        (json!({"money": null}), "money"),
        (json!({"minutes": 0}), "minutes"),
        (json!({"minutes": 30}), "`hourly_rate`"),
        (json!({"to": "2026-03-09"}), "to"),
        (json!({"day": "soon"}), "day"),
        (json!({"note": "n".repeat(201)}), "note"),
        (json!({"network": "nowhere"}), "network"),
        (json!({"link_id": "table"}), "link_id"),
    ] {
        let refused = app.patch(&path, &change).await;
        assert_eq!(refused.code(), "invalid_field", "{change}: {refused:?}");
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.contains(field), "{change}: {detail}");
    }
    let nowhere = app.patch(&path, &json!({"link_id": "nowhere"})).await;
    assert_eq!(nowhere.code(), "link_not_found");
    let unknown = app.patch(&path, &json!({"campaign_id": spring})).await;
    assert_eq!(unknown.code(), "unknown_field");
    assert_eq!(app.get(&path).await.body, before);
    app.key = app.key_of_another_workspace().await;
    assert_eq!(app.get(&path).await.code(), "cost_not_found");
    let foreign = app.patch(&path, &json!({"note": "mine"})).await;
    assert_eq!(foreign.code(), "cost_not_found");
}
