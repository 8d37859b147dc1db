//! The senders' own libraries, in JavaScript and Python, at the versions that `tests/senders` pins:
//! the program accepts everything that they send.

mod program;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leadline::clock::Millis;
use leadline::provider::signature::hmac_sha256;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::app::{TestApp, click_id, location};

/// The folder with the libraries.
fn libraries() -> &'static Path {
    static INSTALLED: OnceLock<PathBuf> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("senders");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/senders/install");
        let installed = Command::new(script).arg(&folder).status();
        assert!(installed.unwrap().success(), "tests/senders/install");
        folder
    })
}

/// Lets a program with the libraries send what is asked for; gives what it printed.
fn run(program: &str, script: &str, asked: &str) -> Vec<u8> {
    let folder = libraries();
    let mut run = Command::new(folder.join(program))
        .arg(folder.join(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = run.stdin.take().unwrap();
    input.write_all(asked.as_bytes()).unwrap();
    drop(input);
    let output = run.wait_with_output().unwrap();
    assert!(output.status.success(), "{script}");
    output.stdout
}

/// Lets the libraries of one language send what is asked for, now by the app's clock; gives what
/// they were answered.
async fn send_by(app: &TestApp, language: &str, asked: &mut Value) -> Vec<(String, u64)> {
    asked["time"] = (app.clock.now().0 / 1000).into();
    let asked = asked.to_string();
    let (program, script) = match language {
        "node" => ("node", "send.mjs"),
        _ => ("venv/bin/python", "send.py"),
    };
    let printed = tokio::task::spawn_blocking(move || run(program, script, &asked)).await;
    let answers: Vec<Value> = serde_json::from_slice(&printed.unwrap()).unwrap();
    let answer = |it: &Value| {
        let by = it["by"].as_str().unwrap().to_owned();
        (by, it["status"].as_u64().unwrap())
    };
    answers.iter().map(answer).collect()
}

struct Source {
    id: String,
    url: String,
    secret: String,
}

async fn source(app: &TestApp, new: &Value) -> Source {
    let made = app.post("/sources", new).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let id = made.body["id"].as_str().unwrap().to_owned();
    let secret = new["secret"].as_str().or(made.body["secret"].as_str());
    Source {
        url: format!("{}/api/v1/webhooks/{id}", app.base),
        secret: secret.unwrap().to_owned(),
        id,
    }
}

/// A click of a link that came about a while ago.
async fn click(app: &TestApp) -> String {
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    let id = click_id(&location(&app.click(&link, &[]).await));
    app.later(60_000);
    id
}

async fn conversions(app: &TestApp) -> Vec<Value> {
    app.drain().await;
    let found = app.get("/conversions?limit=1000").await.body;
    found["conversions"].as_array().unwrap().clone()
}

/// How many of each kind there are.
fn count(conversions: &[Value], kind: &str) -> usize {
    let of_kind = |it: &&Value| it["kind"] == kind;
    conversions.iter().filter(of_kind).count()
}

async fn failed(app: &TestApp) -> Value {
    app.get("/inbox?status=failed").await.body["deliveries"].clone()
}

#[tokio::test]
async fn standard_webhooks_come_with_every_secret_and_header_of_the_libraries() {
    let app = TestApp::spawn().await;
    let click = click(&app).await;
    let mut cases = Vec::new();
    for length in [16, 20, 24, 32, 75] {
        let padded = STANDARD.encode(vec![u8::try_from(length).unwrap(); length]);
        let bare = padded.trim_end_matches('=');
        for secret in [
            format!("whsec_{padded}"),
            format!("whsec_{bare}"),
            bare.to_owned(),
        ] {
            let new = json!({"provider": "standard", "name": "Shop", "secret": secret});
            let source = source(&app, &new).await;
            let body = json!({"type": "lead.created", "data": {"click_id": click}}).to_string();
            let id = format!("msg_{}", cases.len());
            cases.push(json!({"url": source.url, "secret": secret, "id": id, "body": body}));
        }
    }
    let sent = cases.len() * 4;
    let mut asked = json!({"standard": cases});
    let mut answers = send_by(&app, "node", &mut asked).await;
    answers.extend(send_by(&app, "python", &mut asked).await);
    assert_eq!(answers.len(), sent);
    for (by, status) in answers {
        assert_eq!(status, 200, "{by}");
    }
    let found = conversions(&app).await;
    assert_eq!(found.len(), sent);
    assert!(found.iter().all(|it| it["joined_by"] == "click_id"));
}

/// Segment's libraries send straight here, with the write key: batches, in Python also packed.
#[tokio::test]
async fn segments_libraries_send_without_segment_between() {
    let app = TestApp::spawn().await;
    let click = click(&app).await;
    let at = app.clock.now().to_string();
    let new = json!({"provider": "segment", "name": "App", "settings": {"currency": "EUR"}});
    let source = source(&app, &new).await;
    let events = |of: &str| {
        let event = |event: &str, properties: Value| {
            json!({"event": event, "userId": format!("usr-{of}"), "timestamp": at,
                "messageId": format!("{event}-{of}"), "properties": properties})
        };
        json!([
            event("Signed Up", json!({"ll_click": click})),
            event(
                "Order Completed",
                json!({"order_id": of, "total": 27.5, "ll_click": click})
            ),
            event("Order Refunded", json!({"order_id": of, "total": 6})),
            event("Trial Started", json!({})),
        ])
    };
    let case = |of: &str, key: &str, gzip: bool| {
        json!({"host": app.base, "path": format!("/api/v1/webhooks/{}", source.id),
            "writeKey": key, "gzip": gzip, "events": events(of)})
    };
    let mut by_node = json!({"segment": [case("js", &source.secret, false)]});
    // The library in Python adds a path of its own to its host.
    let mut by_python = [
        case("py", &source.secret, false),
        case("gz", &source.secret, true),
    ];
    for case in &mut by_python {
        case["host"] = source.url.clone().into();
        case["path"] = format!("/api/v1/webhooks/{}/v1/batch", source.id).into();
    }
    let mut answers = send_by(&app, "node", &mut by_node).await;
    answers.extend(send_by(&app, "python", &mut json!({"segment": by_python})).await);
    assert!(answers.len() >= 3, "{answers:?}");
    for (by, status) in answers {
        assert_eq!(status, 200, "{by}");
    }
    let found = conversions(&app).await;
    let counts = ["lead", "sale", "refund", "event"].map(|kind| count(&found, kind));
    assert_eq!(counts, [3; 4], "{found:?}");
    let sales = found.iter().filter(|it| it["kind"] == "sale");
    for sale in sales {
        assert_eq!(sale["value"], json!({"amount": 2750, "currency": "EUR"}));
        assert_eq!(sale["joined_by"], "click_id");
    }
    assert_eq!(failed(&app).await, json!([]));
    nothing_shows_the_key(&app, &source).await;

    let wrong = json!([case("no", "whsec_of_another_source", false)]);
    let refused = send_by(&app, "node", &mut json!({"segment": wrong})).await;
    assert_eq!(refused, [("npm @segment/analytics-node".to_owned(), 401)]);
}

/// The libraries write the key into their bodies as well.
async fn nothing_shows_the_key(app: &TestApp, source: &Source) {
    let inbox = app.get("/inbox").await.body;
    let deliveries = inbox["deliveries"].as_array().unwrap();
    assert!(deliveries.len() >= 3);
    for delivery in deliveries {
        let id = delivery["id"].as_str().unwrap();
        let shown = app.get(&format!("/inbox/{id}/request")).await.body;
        let body = shown["body"].as_str().unwrap();
        assert!(
            body.contains("batch") && body.contains("writeKey"),
            "{body}"
        );
        assert!(!shown.to_string().contains(&source.secret), "{shown}");
    }
}

/// A checkout and a renewal of an account that takes the customer's place, as the API of 2026 tells
/// them.
fn of_an_account(app: &TestApp, of: &str, click: &str) -> Vec<Value> {
    let created = app.clock.now().0 / 1000;
    let event = |kind: &str, object: Value| {
        json!({"id": format!("evt_{of}_{kind}"), "object": "event", "created": created,
            "livemode": true, "type": kind, "data": {"object": object}})
    };
    let session = json!({"id": format!("cs_live_{of}"), "object": "checkout.session",
        "created": created, "mode": "subscription", "payment_status": "paid",
        "amount_total": 2900, "currency": "eur", "invoice": format!("in_first_{of}"),
        "client_reference_id": click, "customer": null, "customer_account": format!("acct_{of}")});
    let invoice = json!({"id": format!("in_renewal_{of}"), "object": "invoice",
        "created": created, "amount_paid": 2900, "currency": "eur", "customer": null,
        "customer_account": format!("acct_{of}"), "metadata": {}});
    vec![
        event("checkout.session.completed", session),
        event("invoice.paid", invoice),
    ]
}

#[tokio::test]
async fn everything_that_stripes_types_name_is_taken() {
    let app = TestApp::spawn().await;
    let click = click(&app).await;
    let new = json!({"provider": "stripe", "name": "Shop", "secret": "whsec_test_secret"});
    let [renewals, all] = [source(&app, &new).await, source(&app, &new).await];
    let events = |of: &str| of_an_account(&app, of, &click);
    let stripe = |events: Vec<Value>, source: &Source| json!([{"url": source.url, "secret": source.secret, "events": events}]);
    let mut by_node = json!({"stripe": stripe(events("js"), &renewals)});
    let mut by_python = json!({"stripe": stripe(events("py"), &renewals)});
    let mut answers = send_by(&app, "node", &mut by_node).await;
    answers.extend(send_by(&app, "python", &mut by_python).await);
    let found = conversions(&app).await;
    let joined = found
        .iter()
        .map(|it| it["joined_by"].as_str().unwrap_or_default());
    let mut joined: Vec<&str> = joined.collect();
    joined.sort_unstable();
    assert_eq!(
        joined,
        ["click_id", "click_id", "customer", "customer"],
        "{found:?}"
    );

    // After everything that the fixtures tell.
    app.clock
        .set(Millis::parse("2026-11-01T00:00:00Z").unwrap());
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/providers/stripe");
    let mut every = json!({"stripe": stripe(Vec::new(), &all)});
    every["stripe"][0]["fixtures"] = fixtures.to_str().unwrap().into();
    answers.extend(send_by(&app, "node", &mut every).await);
    assert!(answers.len() > 250, "only {} requests", answers.len());
    for (by, status) in answers {
        assert_eq!(status, 200, "{by}");
    }
    app.drain().await;
    assert_eq!(failed(&app).await, json!([]));
}

/// Webhooks have `X-` before Shopify's headers, Events have not.
#[tokio::test]
async fn shopify_proves_itself_with_x_and_without() {
    let app = TestApp::spawn().await;
    app.later(30 * 86_400_000);
    let new = json!({"provider": "shopify", "name": "Shop", "secret": "hush-hush"});
    let source = source(&app, &new).await;
    let fixture = |name: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/providers/shopify");
        std::fs::read_to_string(folder.join(name)).unwrap()
    };
    let event = json!({"topic": "Order", "action": "update", "handle": "paid-orders",
        "fields_changed": ["order[id: 'gid://shopify/Order/1'].displayFinancialStatus"],
        "query_variables": {"orderId": "gid://shopify/Order/1"}});
    for (prefix, topic, body) in [
        ("X-Shopify", "orders/paid", fixture("orders-paid.json")),
        ("Shopify", "orders/updated", fixture("orders-updated.json")),
        ("Shopify", "Order", event.to_string()),
    ] {
        let signature = STANDARD.encode(hmac_sha256(b"hush-hush", &[body.as_bytes()]));
        let request = |signature: &str| {
            app.request(Method::POST, &format!("/webhooks/{}", source.id))
                .header(format!("{prefix}-Topic"), topic)
                .header(format!("{prefix}-Hmac-Sha256"), signature)
                .header(
                    format!("{prefix}-Webhook-Id"),
                    "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
                )
                .body(body.clone())
        };
        let wrong = request(&STANDARD.encode([0; 32])).send().await.unwrap();
        assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED, "{prefix} {topic}");
        let taken = request(&signature).send().await.unwrap();
        assert_eq!(taken.status(), StatusCode::OK, "{prefix} {topic}");
    }
    assert_eq!(count(&conversions(&app).await, "sale"), 1);
    assert_eq!(failed(&app).await, json!([]));
    let noted = app.get("/inbox?status=nothing").await.body["deliveries"].clone();
    let detail = noted[0]["detail"].as_str().unwrap();
    assert!(detail.contains("orders/paid"), "{noted}");
}

/// People copy a tracker's URL out of a page's source, or encode it once too often.
#[tokio::test]
async fn a_postback_url_copied_out_of_html_tells_the_same() {
    let app = TestApp::spawn().await;
    let click = click(&app).await;
    let made = app
        .post(
            "/sources",
            &json!({"provider": "postback", "name": "Tracker"}),
        )
        .await
        .body;
    let url = made["webhook_url"].as_str().unwrap();
    let path = url.split("/api/v1").nth(1).unwrap();
    let call = async |sign: &str| {
        let query = ["status=sale", "txid=7", "amount=5", "currency=EUR"].join(sign);
        let path = format!("{path}?click_id={click}{sign}{query}");
        let answer = app.get(&path).await;
        assert_eq!(answer.status, StatusCode::OK, "{sign}: {answer:?}");
    };
    for sign in ["&amp;", "&", "&amp;amp;"] {
        call(sign).await;
    }
    let found = conversions(&app).await;
    assert_eq!(
        (found.len(), &found[0]["kind"]),
        (1, &json!("sale")),
        "{found:?}"
    );
    assert_eq!(found[0]["joined_by"], "click_id");
    for sign in ["%26amp%3B", ";"] {
        call(sign).await;
    }
    assert_eq!(conversions(&app).await.len(), 1);
    let failed = failed(&app).await;
    assert_eq!(failed.as_array().unwrap().len(), 2);
    let detail = failed[1]["detail"].as_str().unwrap();
    assert!(
        detail.contains("`click_id` holds another parameter"),
        "{detail}"
    );
}
