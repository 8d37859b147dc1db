//! Webhooks of the `standard` provider, signed by the scheme's own library.

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use standardwebhooks::Webhook;

use crate::support::app::{Answer, NOON, TestApp, click_id, location, read};

pub(crate) struct Shop {
    url: String,
    pub(crate) id: String,
    pub(crate) secret: String,
}

pub(crate) async fn shop(app: &TestApp) -> Shop {
    let made = app
        .post("/sources", &json!({"provider": "standard", "name": "Shop"}))
        .await
        .body;
    let text = |field: &str| made[field].as_str().unwrap().to_owned();
    Shop {
        url: text("webhook_url"),
        id: text("id"),
        secret: text("secret"),
    }
}

impl Shop {
    pub(crate) async fn send(&self, app: &TestApp, id: &str, body: &Value) -> Answer {
        self.send_signed(app, id, body, &self.secret).await
    }

    pub(crate) async fn send_signed(
        &self,
        app: &TestApp,
        id: &str,
        body: &Value,
        secret: &str,
    ) -> Answer {
        self.send_as(app, id, body.to_string(), secret).await
    }

    async fn send_raw(&self, app: &TestApp, id: &str, body: &str) -> Answer {
        self.send_as(app, id, body.to_owned(), &self.secret).await
    }

    /// A signed request of the shop, not sent yet.
    pub(crate) fn request(&self, app: &TestApp, id: &str, body: &Value) -> RequestBuilder {
        self.signed(app, id, body.to_string(), &self.secret)
    }

    async fn send_as(&self, app: &TestApp, id: &str, body: String, secret: &str) -> Answer {
        read(self.signed(app, id, body, secret).send().await.unwrap()).await
    }

    fn signed(&self, app: &TestApp, id: &str, body: String, secret: &str) -> RequestBuilder {
        let seconds = app.clock.now().0 / 1000;
        let signature = Webhook::new(secret)
            .unwrap()
            .sign(id, seconds, body.as_bytes())
            .unwrap();
        let path = self.url.split("/api/v1").nth(1).unwrap();
        app.request(Method::POST, path)
            .header("webhook-id", id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", signature)
            .body(body)
    }
}

async fn source(app: &TestApp, shop: &Shop) -> Value {
    app.get(&format!("/sources/{}", shop.id)).await.body
}

#[tokio::test]
async fn a_signed_lead_is_durable_at_once_and_counted_once() {
    let app = TestApp::spawn().await;
    let shop = shop(&app).await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["linkedin"]).await.remove(0);
    let click = click_id(&location(&app.click(&link, &[]).await));
    app.later(1000);
    let body = json!({"type": "lead.created", "data": {"event_id": "l1", "click_id": click}});
    for _ in 0..3 {
        let answer = shop.send(&app, "msg_1", &body).await;
        assert_eq!(
            (answer.status, &answer.body["received"]),
            (StatusCode::OK, &json!(1))
        );
    }
    assert_eq!(
        app.log().depth().await.unwrap(),
        4,
        "one click and three reports"
    );
    app.drain().await;
    let found = app.get("/conversions").await.body;
    let found = found["conversions"].as_array().unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (&found[0]["joined_by"], &found[0]["source_id"]),
        (&json!("click_id"), &json!(shop.id))
    );
    assert_eq!(source(&app, &shop).await["accepted"], 3);
}

/// The sender gets its 200; who looks after the source reads it in the inbox.
#[tokio::test]
async fn a_repeat_with_another_amount_is_noted_in_the_inbox() {
    let app = TestApp::spawn().await;
    let shop = shop(&app).await;
    let sale = |amount: i64, email: &str| {
        json!({"type": "sale", "data": {"event_id": "o-1", "customer": {"email": email},
            "value": {"amount": amount, "currency": "EUR"}}})
    };
    let (ann, ben) = ("ann@shop.example", "ben@shop.example");
    for (id, body) in [
        ("msg_1", sale(4999, ann)),
        ("msg_2", sale(4999, ann)),
        ("msg_3", sale(9999, ben)),
    ] {
        assert_eq!(shop.send(&app, id, &body).await.status, StatusCode::OK);
        app.drain().await;
        app.later(3_600_000);
    }
    let inbox = app.get("/inbox").await.body;
    let noted: Vec<&Value> = inbox["deliveries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["detail"])
        .filter(|detail| !detail.is_null())
        .collect();
    assert_eq!(
        noted,
        [
            "this event was reported before, and the first report counts: `value` was 49.99 EUR and is \
             99.99 EUR now; `customer` is another one. Give another `event_id` if it is another event"
        ]
    );
    let found = app.get("/conversions").await.body["conversions"].clone();
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!(found[0]["value"]["amount"], 4999);
}

#[tokio::test]
async fn an_event_without_an_id_of_its_own_takes_that_of_its_delivery() {
    let app = TestApp::spawn().await;
    let shop = shop(&app).await;
    for _ in 0..2 {
        shop.send(&app, "msg_7", &json!({"type": "lead", "data": {}}))
            .await;
    }
    app.drain().await;
    let found = app.get("/conversions").await.body;
    assert_eq!(found["conversions"][0]["event_id"], "msg_7");
    assert_eq!(found["conversions"].as_array().unwrap().len(), 1);
}

/// Anybody may post to the URL. Before anything is accepted a bad signature says that the secret is
/// wrong.
#[tokio::test]
async fn a_strangers_request_leaves_a_source_that_works_as_it_is() {
    let app = TestApp::spawn().await;
    let shop = shop(&app).await;
    let lead = json!({"kind": "lead", "event_id": "l1"});
    let stranger = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let lead = &*lead.to_string();
    let status = async |id: &str, secret: &str, body: &str| {
        app.later(1000);
        shop.send_as(&app, id, body.to_owned(), secret).await;
        app.drain().await;
        source(&app, &shop).await["status"].clone()
    };
    assert_eq!(source(&app, &shop).await["status"], "waiting");
    for (id, secret, body, expected) in [
        ("msg_1", stranger, lead, "failing"),
        ("msg_2", &shop.secret, lead, "ok"),
        ("msg_3", stranger, lead, "ok"),
        ("msg_4", &shop.secret, "no JSON", "failing"),
        ("msg_5", stranger, lead, "failing"),
        ("msg_6", &shop.secret, lead, "ok"),
    ] {
        assert_eq!(status(id, secret, body).await, expected, "{id}");
    }
    let counted = source(&app, &shop).await;
    assert_eq!(
        json!([
            counted["accepted"],
            counted["rejected"],
            counted["unproven"]
        ]),
        json!([2, 1, 3])
    );
    assert_eq!(counted["last_unproven"], "signature_invalid");
    let listed = app.get("/sources").await.body["sources"][0].clone();
    assert_eq!(listed, counted);
}

#[tokio::test]
async fn what_cannot_be_trusted_or_understood_is_refused_with_a_counted_trace() {
    let app = TestApp::spawn().await;
    let shop = shop(&app).await;
    let lead = json!({"kind": "lead", "event_id": "l1"});
    let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let forged = shop.send_signed(&app, "msg_1", &lead, other).await;
    assert_eq!(
        (forged.status, forged.code()),
        (StatusCode::UNAUTHORIZED, "signature_invalid")
    );
    let unsigned = app
        .post(shop.url.split("/api/v1").nth(1).unwrap(), &lead)
        .await;
    assert_eq!(
        (unsigned.status, unsigned.code()),
        (StatusCode::UNAUTHORIZED, "signature_missing")
    );
    let odd = shop.send_raw(&app, "msg_2", "no JSON").await;
    assert_eq!(
        (odd.status, odd.code()),
        (StatusCode::BAD_REQUEST, "invalid_json")
    );
    let counted = source(&app, &shop).await;
    assert_eq!(
        json!([
            counted["accepted"],
            counted["rejected"],
            counted["unproven"]
        ]),
        json!([0, 1, 2])
    );
    assert_eq!(counted["last_rejection"], "invalid_json");
    assert_eq!(counted["last_unproven"], "signature_missing");
    assert_eq!(app.log().depth().await.unwrap(), 0);
    let metrics = app.state.context.metrics.encode().unwrap();
    assert!(
        metrics.contains("webhooks_rejected_total{reason=\"signature_invalid\"} 1"),
        "{metrics}"
    );
}

#[tokio::test]
async fn secrets_are_never_shown_again_and_can_be_changed() {
    let app = TestApp::spawn().await;
    let shop = shop(&app).await;
    assert!(shop.secret.starts_with("whsec_"));
    assert!(source(&app, &shop).await.get("secret").is_none());
    let fresh = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let path = format!("/sources/{}", shop.id);
    let change = json!({"secret": fresh, "drop_previous_secret": true});
    app.patch(&path, &change).await;
    let lead = json!({"kind": "lead", "event_id": "l1"});
    assert_eq!(
        shop.send(&app, "msg_1", &lead).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        shop.send_signed(&app, "msg_1", &lead, fresh).await.status,
        StatusCode::OK
    );
    app.delete(&path).await;
    let gone = shop.send_signed(&app, "msg_2", &lead, fresh).await;
    assert_eq!(
        (gone.status, gone.code()),
        (StatusCode::GONE, "source_archived")
    );
    assert_eq!(app.get("/sources").await.body["sources"], json!([]));
    let all = app.get("/sources?archived=true").await.body;
    assert_eq!(all["sources"][0]["status"], "archived", "{all}");
    let restored = app.patch(&path, &json!({"archived": false})).await.body;
    assert_eq!(restored["archived_at"], json!(null), "{restored}");
    let accepted = shop.send_signed(&app, "msg_2", &lead, fresh).await;
    assert_eq!(accepted.status, StatusCode::OK);
    let null = app.patch(&path, &json!({"archived": null})).await;
    assert_eq!(null.code(), "invalid_field");
}

#[tokio::test]
async fn old_signatures_are_refused() {
    let app = TestApp::spawn().await;
    let shop = shop(&app).await;
    let body = json!({"kind": "lead", "event_id": "l1"}).to_string();
    let seconds = NOON.0 / 1000 - 301;
    let signature = Webhook::new(&shop.secret)
        .unwrap()
        .sign("msg_1", seconds, body.as_bytes())
        .unwrap();
    let request = app
        .request(Method::POST, shop.url.split("/api/v1").nth(1).unwrap())
        .header("webhook-id", "msg_1")
        .header("webhook-timestamp", seconds)
        .header("webhook-signature", signature)
        .body(body);
    let answer = read(request.send().await.unwrap()).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::UNAUTHORIZED, "signature_time")
    );
}

/// Nothing that names a person, or opens anything, lies readable in the data folder.
#[tokio::test]
async fn no_secret_address_or_email_is_at_rest() {
    let app = TestApp::spawn().await;
    let shop = shop(&app).await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    app.click(&link, &[("x-forwarded-for", "203.0.113.77")])
        .await;
    let lead = json!({"kind": "lead", "event_id": "l1", "customer": {"email": "ann@shop.example"}});
    shop.send(&app, "msg_1", &lead).await;
    app.drain().await;
    let mut folders = vec![app.dir().to_owned()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let bytes = std::fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            for secret in [
                &shop.secret,
                &app.key,
                "ann@shop",
                "203.0.113.77",
                "127.0.0.1\"",
            ] {
                assert!(!text.contains(secret), "{} holds {secret}", path.display());
            }
        }
    }
    assert!(files >= 4, "only {files} files looked at");
}

#[tokio::test]
async fn a_sender_that_makes_its_secret_gets_none_from_here() {
    let app = TestApp::spawn().await;
    let made = app
        .post("/sources", &json!({"provider": "stripe", "name": "Shop"}))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let path = format!("/sources/{}", made.body["id"].as_str().unwrap());
    let rotated = app.patch(&path, &json!({"rotate": true})).await;
    assert_eq!(rotated.code(), "invalid_field", "{}", rotated.body);
    let first = app
        .patch(&path, &json!({"secret": "whsec_first0123456789abcdef"}))
        .await
        .body;
    assert_eq!(
        first["previous_secret_until"],
        Value::Null,
        "there was none: {first}"
    );
    let second = app
        .patch(&path, &json!({"secret": "whsec_second123456789abcdef"}))
        .await
        .body;
    assert!(second["previous_secret_until"].is_string(), "{second}");
}
