//! The inbox: requests of providers are stored before they are read, and replayed when the cause of
//! a failure is fixed.

use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use crate::pipeline::webhooks::shop;
use crate::support::app::{Size, TestApp};

const HOUR_MS: i64 = 60 * 60 * 1000;

async fn inbox(app: &TestApp, query: &str) -> Vec<Value> {
    let page = app.get(&format!("/inbox{query}")).await.body;
    page["deliveries"].as_array().unwrap().clone()
}

#[rstest]
#[tokio::test]
async fn what_cannot_be_read_waits_with_its_reason(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let shop = shop(&app).await;
    let good = json!({"kind": "lead", "event_id": "l1"});
    let odd = json!({"kind": "sale", "event_id": "s1"});
    let sent = shop.send(&app, "msg_1", &good).await;
    assert_eq!(shop.send(&app, "msg_2", &odd).await.status, StatusCode::OK);
    app.drain().await;
    let failed = inbox(&app, "?status=failed").await;
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["code"], "value_missing");
    assert!(failed[0]["detail"].as_str().unwrap().contains("`value`"));
    let read = inbox(&app, "?status=read").await;
    assert_eq!(read[0]["id"], sent.body["delivery_id"]);
    assert_eq!(
        (&read[0]["told"], &read[0]["tries"]),
        (&json!(1), &json!(1))
    );

    let id = failed[0]["id"].as_str().unwrap();
    let request = app.get(&format!("/inbox/{id}/request")).await.body;
    assert_eq!(request["body"], odd.to_string());
    assert!(!request.to_string().contains("v1,"), "{request}");
    let replayed = app.post("/inbox/replay", &json!({})).await.body;
    assert_eq!(
        (&replayed["replayed"], &replayed["next_cursor"]),
        (&json!(1), &Value::Null)
    );
    app.drain().await;
    assert_eq!(inbox(&app, "?status=failed").await[0]["tries"], 2);
}

#[tokio::test]
async fn reading_again_counts_nothing_twice() {
    let app = TestApp::spawn().await;
    let shop = shop(&app).await;
    let lead = json!({"kind": "lead", "event_id": "l1"});
    let id = shop.send(&app, "msg_1", &lead).await.body["delivery_id"].clone();
    app.drain().await;
    let path = format!("/inbox/{}/replay", id.as_str().unwrap());
    for _ in 0..2 {
        assert_eq!(app.post(&path, &json!({})).await.body["replayed"], 1);
        app.drain().await;
    }
    let found = app.get("/conversions").await.body;
    assert_eq!(found["conversions"].as_array().unwrap().len(), 1);
    let source = app.get(&format!("/sources/{}", shop.id)).await.body;
    assert_eq!(source["accepted"], 1);
    assert_eq!(inbox(&app, "").await[0]["tries"], 3);
}

#[tokio::test]
async fn with_the_right_secret_what_was_refused_is_read() {
    let app = TestApp::spawn().await;
    let shop = shop(&app).await;
    let right = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let lead = json!({"kind": "lead", "event_id": "l1"});
    let refused = shop.send_signed(&app, "msg_1", &lead, right).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(source(&app, &shop.id).await["status"], "failing");
    let replay = "/inbox/replay?status=refused";
    let still = app.post(replay, &json!({})).await.body;
    assert_eq!(
        (&still["replayed"], &still["refused"]),
        (&json!(0), &json!(1))
    );
    // Hours later, when the signature's time is long past.
    app.later(5 * HOUR_MS);
    app.patch(&format!("/sources/{}", shop.id), &json!({"secret": right}))
        .await;
    assert_eq!(app.post(replay, &json!({})).await.body["replayed"], 1);
    app.drain().await;
    let found = app.get("/conversions").await.body;
    assert_eq!(found["conversions"].as_array().unwrap().len(), 1);
    assert_eq!(source(&app, &shop.id).await["accepted"], 1);
}

async fn source(app: &TestApp, id: &str) -> Value {
    app.get(&format!("/sources/{id}")).await.body
}

#[tokio::test]
async fn of_requests_that_prove_nothing_the_latest_few_are_kept() {
    let app = TestApp::spawn().await;
    let shop = shop(&app).await;
    let lead = json!({"kind": "lead", "event_id": "l1"});
    let wrong = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for n in 0..30 {
        app.later(1);
        let refused = shop
            .send_signed(&app, &format!("msg_{n}"), &lead, wrong)
            .await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(inbox(&app, "?status=refused&limit=200").await.len(), 20);
    let metrics = app.state.context.metrics.encode().unwrap();
    let counted = "webhooks_rejected_total{reason=\"signature_invalid\"} 30";
    assert!(metrics.contains(counted), "{metrics}");
}

#[tokio::test]
async fn both_secrets_work_while_a_sender_changes_over() {
    let app = TestApp::spawn().await;
    let mut shop = shop(&app).await;
    let path = format!("/sources/{}", shop.id);
    let old = shop.secret.clone();
    let rotated = app.patch(&path, &json!({"rotate": true})).await.body;
    shop.secret = rotated["secret"].as_str().unwrap().to_owned();
    assert!(rotated["previous_secret_until"].is_string(), "{rotated}");
    let send = async |id: &str, secret: &str| {
        let lead = json!({"kind": "lead", "event_id": id});
        shop.send_signed(&app, id, &lead, secret).await.status
    };
    assert_eq!(send("m1", &old).await, StatusCode::OK);
    assert_eq!(send("m2", &shop.secret).await, StatusCode::OK);
    app.later(8 * 24 * HOUR_MS);
    assert_eq!(send("m3", &old).await, StatusCode::UNAUTHORIZED);
    assert_eq!(send("m4", &shop.secret).await, StatusCode::OK);
}

#[tokio::test]
async fn silence_is_told() {
    let app = TestApp::spawn().await;
    let shop = shop(&app).await;
    let path = format!("/sources/{}", shop.id);
    assert_eq!(source(&app, &shop.id).await["status"], "waiting");
    app.patch(&path, &json!({"quiet_after_hours": 48})).await;
    shop.send(&app, "m1", &json!({"kind": "lead", "event_id": "l1"}))
        .await;
    app.drain().await;
    assert_eq!(source(&app, &shop.id).await["status"], "ok");
    app.later(49 * HOUR_MS);
    assert_eq!(source(&app, &shop.id).await["status"], "quiet");
    let never = app
        .patch(&path, &json!({"quiet_after_hours": null}))
        .await
        .body;
    assert_eq!(never["status"], "ok");
}

#[tokio::test]
async fn a_source_in_memory_needs_no_store() {
    let app = TestApp::spawn_in(Size::Server).await;
    let shop = shop(&app).await;
    app.state.context.sources.refresh().await.unwrap();
    app.state.context.store.close().await;
    let lead = json!({"kind": "lead", "event_id": "l1"});
    assert_eq!(shop.send(&app, "m1", &lead).await.status, StatusCode::OK);
    assert_eq!(app.log().depth().await.unwrap(), 1);
    let wrong = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let forged = shop.send_signed(&app, "m2", &lead, wrong).await;
    assert_eq!(forged.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn another_workspace_sees_none_of_it() {
    let mut app = TestApp::spawn().await;
    let shop = shop(&app).await;
    let lead = json!({"kind": "lead", "event_id": "l1"});
    let id = shop.send(&app, "m1", &lead).await.body["delivery_id"].clone();
    app.drain().await;
    app.key = app.key_of_another_workspace().await;
    assert!(inbox(&app, "").await.is_empty());
    let id = id.as_str().unwrap();
    for path in [
        format!("/inbox/{id}/request"),
        format!("/inbox/{id}/replay"),
    ] {
        let answer = if path.ends_with("replay") {
            app.post(&path, &json!({})).await
        } else {
            app.get(&path).await
        };
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::NOT_FOUND, "delivery_not_found")
        );
    }
}
