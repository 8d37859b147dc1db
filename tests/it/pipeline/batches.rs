//! Batches of Segment's libraries: events next to one that cannot be read.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::TestApp;

struct Library {
    id: String,
    secret: String,
}

async fn library(app: &TestApp) -> Library {
    let new = json!({"provider": "segment", "name": "App"});
    let made = app.post("/sources", &new).await.body;
    let text = |field: &str| made[field].as_str().unwrap().to_owned();
    Library {
        id: text("id"),
        secret: text("secret"),
    }
}

impl Library {
    async fn send(&self, app: &TestApp, events: &[Value]) -> StatusCode {
        let url = format!("{}/api/v1/webhooks/{}/v1/batch", app.base, self.id);
        let request = reqwest::Client::new().post(url);
        let request = request.basic_auth(&self.secret, Some(""));
        let batch = json!({"batch": events, "writeKey": self.secret});
        let status = request.json(&batch).send().await.unwrap().status();
        // The inbox lists by time.
        app.later(1000);
        app.drain().await;
        status
    }
}

fn event(app: &TestApp, name: &str, id: &str, properties: &Value) -> Value {
    json!({"type": "track", "event": name, "messageId": id, "userId": id,
        "timestamp": app.clock.now().to_string(), "properties": properties})
}

async fn kinds(app: &TestApp) -> Vec<String> {
    let found = app.get("/conversions").await.body;
    let found = found["conversions"].as_array().unwrap();
    let kinds = found
        .iter()
        .map(|it| it["kind"].as_str().unwrap().to_owned());
    let mut kinds: Vec<String> = kinds.collect();
    kinds.sort_unstable();
    kinds
}

async fn inbox(app: &TestApp) -> Value {
    app.get("/inbox").await.body["deliveries"].clone()
}

#[tokio::test]
async fn a_batch_waits_for_what_is_missing_and_nothing_else_waits_with_it() {
    let app = TestApp::spawn().await;
    let library = library(&app).await;
    let batch = [
        event(&app, "Signed Up", "ann", &json!({})),
        event(
            &app,
            "Order Completed",
            "o1",
            &json!({"order_id": "1", "total": 5}),
        ),
        event(&app, "Signed Up", "bob", &json!({})),
    ];
    assert_eq!(library.send(&app, &batch).await, StatusCode::OK);
    assert_eq!(kinds(&app).await, ["lead", "lead"]);
    let waiting = inbox(&app).await;
    let shown = ["status", "told", "code"].map(|field| waiting[0][field].clone());
    assert_eq!(
        shown,
        [json!("failed"), json!(2), json!("payload_unexpected")]
    );
    let detail = waiting[0]["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("event 2: ") && detail.contains("`currency`"),
        "{detail}"
    );
    assert!(detail.ends_with("; the other events were read"), "{detail}");

    let change = json!({"settings": {"currency": "CHF"}});
    let changed = app
        .patch(&format!("/sources/{}", library.id), &change)
        .await;
    assert_eq!(changed.status, StatusCode::OK, "{changed:?}");
    let replayed = app.post("/inbox/replay", &json!({})).await.body;
    assert_eq!(replayed["replayed"], 1);
    app.drain().await;
    assert_eq!(kinds(&app).await, ["lead", "lead", "sale"]);
    let read = inbox(&app).await;
    assert_eq!(
        json!([read[0]["status"], read[0]["told"]]),
        json!(["read", 3])
    );
}

/// What is found out only when an event is written counts as well.
#[tokio::test]
async fn an_event_of_another_time_takes_no_other_with_it() {
    let app = TestApp::spawn().await;
    let library = library(&app).await;
    let mut early = event(&app, "Signed Up", "ann", &json!({}));
    early["timestamp"] = json!("1999-01-01T00:00:00Z");
    let late = event(&app, "Signed Up", "bob", &json!({}));
    assert_eq!(
        library.send(&app, &[early.clone(), late]).await,
        StatusCode::OK
    );
    assert_eq!(kinds(&app).await, ["lead"]);
    assert_eq!(inbox(&app).await[0]["code"], "occurred_too_early");
    assert_eq!(library.send(&app, &[early]).await, StatusCode::OK);
    let alone = inbox(&app).await;
    assert_eq!(
        json!([alone[1]["status"], alone[1]["told"]]),
        json!(["failed", 0])
    );
}

/// Each library adds a path of its own to the host that it is given; some end it in a slash.
#[tokio::test]
async fn the_paths_that_libraries_add_are_taken_and_no_others() {
    let app = TestApp::spawn().await;
    let library = library(&app).await;
    let lead = json!({"event": "Signed Up", "userId": "ann"});
    for (call, status) in [
        ("/v1/track", 200),
        ("/v1/t/", 200),
        ("/v1/import/", 200),
        ("/v1/nowhere", 404),
        ("/v1/batch/x", 404),
        ("/v2/batch", 404),
    ] {
        let url = format!("{}/api/v1/webhooks/{}{call}", app.base, library.id);
        let request = reqwest::Client::new().post(url).json(&lead);
        let request = request.basic_auth(&library.secret, Some(""));
        let answered = request.send().await.unwrap().status();
        assert_eq!(answered, status, "{call}");
        app.later(1000);
    }
    app.drain().await;
    assert_eq!(kinds(&app).await, ["lead"], "a person becomes a lead once");
    let statuses = inbox(&app).await;
    let statuses = statuses.as_array().unwrap().iter();
    let statuses: Vec<&Value> = statuses.map(|it| &it["status"]).collect();
    assert_eq!(
        statuses,
        ["read", "read", "failed"],
        "an import says the type itself"
    );

    let other = json!({"provider": "stripe", "name": "Shop", "secret": "hush-hush"});
    let other = app.post("/sources", &other).await.body;
    let path = format!("/webhooks/{}/v1/batch", other["id"].as_str().unwrap());
    assert_eq!(app.post(&path, &lead).await.status, StatusCode::NOT_FOUND);
}
