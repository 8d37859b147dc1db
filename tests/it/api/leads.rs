//! Leads from pages, with a public key.

use leadline::clock::DAY_MS;
use leadline::store::key::Scope;
use reqwest::{Method, Response, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::app::{Size, TestApp, click_id, location, read};

const ANY: &str = "access-control-allow-origin";

async fn send(app: &TestApp, key: &str, body: &Value, headers: &[(&str, &str)]) -> Response {
    let mut request = reqwest::Client::new()
        .post(format!("{}/api/v1/leads", app.base))
        .bearer_auth(key)
        .header("origin", "https://shop.example")
        .json(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers()[ANY], "*", "any page can read {answer:?}");
    assert!(
        !answer
            .headers()
            .contains_key("access-control-allow-credentials")
    );
    answer
}

#[tokio::test]
async fn a_page_reports_a_lead_and_is_told_nothing_of_it() {
    let app = TestApp::spawn().await;
    let (_, key) = app.other_key(&[Scope::Lead]).await;
    assert!(key.starts_with("ll_pub_"), "seen to be publishable");
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    let click = click_id(&location(&app.click(&link, &[]).await));
    app.later(1000);
    let lead = json!({
        "event_id": "signup-1", "click_id": click, "path": [click], "promo_code": "SPRING",
        "customer": {"external_id": "ann", "email": "ann@shop.example"},
        "utm": {"campaign": "spring"},
    });
    // Who declines tracking has typed it all the same.
    for headers in [&[][..], &[("sec-gpc", "1"), ("dnt", "1")]] {
        let answer = read(send(&app, &key, &lead, headers).await).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED);
        assert_eq!(answer.body, json!({"status": "queued"}));
        app.drain().await;
    }
    let found = app.get("/conversions").await.body["conversions"].clone();
    assert_eq!(found.as_array().unwrap().len(), 1, "the repeat is none");
    assert_eq!(found[0]["kind"], "lead");
    assert_eq!(found[0]["joined_by"], "click_id");
    assert_eq!(found[0]["click_id"], click);
    assert_eq!(found[0]["customer_external_id"], "ann");
    assert_eq!(found[0]["occurred_at"], app.clock.now().to_string());
    let unmarked = json!({"event_id": "signup-2"});
    let answer = send(&app, &key, &unmarked, &[("sec-gpc", "1")]).await;
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    app.drain().await;
    let report = app.report(&campaign).await;
    assert_eq!(report["total"]["leads"], 1, "the other has no campaign");
    assert_eq!(report["workspace_unattributed"]["leads"], 1);
}

/// A robot can read the key in the page, and send the click id that it was given.
#[rstest]
#[tokio::test]
async fn a_lead_with_a_publishable_key_makes_no_robot_a_person(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let (_, key) = app.other_key(&[Scope::Lead]).await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    // Half a second after the link was made: taken for a preview.
    app.later(-4500);
    let click = click_id(&location(&app.click(&link, &[]).await));
    app.later(4500);
    let class = async || {
        app.drain().await;
        app.get("/clicks").await.body["clicks"][0]["class_rule"].clone()
    };
    let before = class().await;
    assert_eq!(before, "behaviour:young_link");
    let lead = json!({"event_id": "signup-1", "click_id": click, "path": [click]});
    let answer = send(&app, &key, &lead, &[]).await;
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    assert_eq!(class().await, before, "the page's lead proves nothing");
    let found = app.get("/conversions").await.body["conversions"].clone();
    assert_eq!(
        found[0]["joined_by"], "click_id",
        "it is joined all the same"
    );
    // The server repeats it: without the click, then with another one, then with that very click.
    let other = "clk_01kb3v9w8e7q4t2n5r6s8y0zxa";
    for (named, expected) in [
        (Value::Null, "behaviour:young_link"),
        (json!(other), "behaviour:young_link"),
        (json!(click), "converted:behaviour:young_link"),
        (json!(click), "converted:behaviour:young_link"),
    ] {
        let again = json!({"kind": "lead", "event_id": "signup-1", "click_id": named});
        let told = app.post("/conversions", &again).await;
        assert_eq!(told.status, StatusCode::OK, "{told:?}");
        assert_eq!(told.body["id"], found[0]["id"], "the first report counts");
        assert_eq!(class().await, expected, "{named}");
    }
}

#[tokio::test]
async fn without_an_id_a_person_counts_once_for_each_page_and_day() {
    let app = TestApp::spawn().await;
    let (_, key) = app.other_key(&[Scope::Lead]).await;
    let tell = async |page: &str, customer: Value| {
        let lead = json!({"page": page, "customer": customer});
        let answer = read(send(&app, &key, &lead, &[]).await).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
        app.later(1000);
        answer.body["event_id"].as_str().unwrap().to_owned()
    };
    let ann = json!({"email": "ann@shop.example"});
    let first = tell("shop.example/signup", ann.clone()).await;
    for (page, customer) in [
        ("shop.example/signup", json!({"email": " Ann@Shop.example"})),
        (
            "shop.example/signup?utm_source=x#form",
            json!({"email": "ann@shop.example", "external_id": "1"}),
        ),
    ] {
        assert_eq!(tell(page, customer).await, first, "{page}");
    }
    for (page, customer) in [
        ("shop.example/demo", ann.clone()),
        ("shop.example/signup", json!({"email": "ben@shop.example"})),
        ("shop.example/signup", json!({"external_id": "ann"})),
    ] {
        assert_ne!(tell(page, customer).await, first, "{page}");
    }
    app.later(DAY_MS);
    assert_ne!(tell("shop.example/signup", ann).await, first);
    app.drain().await;
    let found = app.get("/conversions").await.body["conversions"].clone();
    assert_eq!(found.as_array().unwrap().len(), 5);
    assert_eq!(found[0]["event_id"], json!(first));
    let digits = first.strip_prefix("page:").unwrap();
    assert!(digits.bytes().all(|it| it.is_ascii_hexdigit()), "{first}");

    for nobody in [
        json!({"page": "shop.example/signup"}),
        json!({"page": "shop.example/signup", "customer": {}}),
        json!({"customer": {"email": "ann@shop.example"}}),
    ] {
        let refused = read(send(&app, &key, &nobody, &[]).await).await;
        assert_eq!(refused.code(), "event_id_missing", "{nobody}");
    }
}

#[tokio::test]
async fn a_publishable_key_does_nothing_else() {
    let app = TestApp::spawn().await;
    let (_, key) = app.other_key(&[Scope::Lead]).await;
    let described = serde_json::to_value(leadline::http::openapi::document()).unwrap();
    let mut tried = 0;
    for (path, operations) in described["paths"].as_object().unwrap() {
        let path = path.strip_prefix("/api/v1").unwrap();
        for (method, operation) in operations.as_object().unwrap() {
            let is_open = operation["security"] == json!([{}]);
            if is_open || path == "/leads" {
                continue;
            }
            let path = path.replace("{id}", &app.workspace_id.to_string());
            let method: Method = method.to_uppercase().parse().unwrap();
            let request = app.request(method, &path);
            let answer = app.with_key(&key, request, &json!(null)).await;
            assert_eq!(answer.code(), "scope_missing", "{path}: {answer:?}");
            tried += 1;
        }
    }
    assert!(tried > 12, "only {tried} were tried");
    let campaign =
        json!({"name": "S", "goal_waiver": "none", "currency": "EUR", "time_zone": "UTC"});
    let lead = json!({"kind": "lead", "event_id": "1"});
    for (method, path, body) in [
        (Method::POST, "/campaigns", campaign),
        (
            Method::POST,
            "/links",
            json!({"url": "https://shop.example"}),
        ),
        (Method::POST, "/conversions", lead),
        (
            Method::POST,
            "/sources",
            json!({"provider": "standard", "name": "S"}),
        ),
        (Method::PATCH, "/workspace", json!({"utm_convention": {}})),
        (Method::DELETE, "/people", json!({"customer": "ann"})),
    ] {
        let request = app.request(method, path);
        let answer = app.with_key(&key, request, &body).await;
        assert_eq!(answer.code(), "scope_missing", "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn a_lead_is_what_it_is_and_no_more() {
    let app = TestApp::spawn().await;
    let (_, key) = app.other_key(&[Scope::Lead]).await;
    for (field, value) in [
        ("kind", json!("sale")),
        ("value", json!({"amount": 1, "currency": "EUR"})),
        ("occurred_at", json!("2026-03-01T00:00:00Z")),
        ("of", json!("order-1")),
    ] {
        let lead = json!({"event_id": "1", field: value});
        let refused = read(send(&app, &key, &lead, &[]).await).await;
        assert_eq!(refused.code(), "unknown_field", "{field}: {refused:?}");
    }
    let refused = read(send(&app, &key, &json!({}), &[]).await).await;
    assert_eq!(refused.code(), "event_id_missing");
    let long = json!({"event_id": "1", "path": ["x".repeat(8 * 1024)]});
    let refused = read(send(&app, &key, &long, &[]).await).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    let lead = json!({"event_id": "1"});
    let refused = read(send(&app, "ll_pub_wrong", &lead, &[]).await).await;
    assert_eq!(refused.code(), "key_unknown");
    let (_, other) = app.other_key(&[Scope::Read, Scope::Convert]).await;
    let refused = read(send(&app, &other, &lead, &[]).await).await;
    assert_eq!(refused.code(), "scope_missing");
    app.drain().await;
    let found = app.get("/conversions").await.body;
    assert_eq!(found["conversions"], json!([]));
}

#[tokio::test]
async fn a_browser_may_send_leads_from_any_page_and_nothing_else() {
    let app = TestApp::spawn().await;
    let ask = async |path: &str| {
        let request = reqwest::Client::new()
            .request(Method::OPTIONS, format!("{}/api/v1{path}", app.base))
            .header("origin", "https://shop.example")
            .header("access-control-request-method", "POST");
        request.send().await.unwrap()
    };
    let asked = ask("/leads").await;
    assert_eq!(asked.status(), StatusCode::NO_CONTENT);
    assert_eq!(asked.headers()[ANY], "*");
    assert_eq!(asked.headers()["access-control-allow-methods"], "POST");
    let headers = &asked.headers()["access-control-allow-headers"];
    assert_eq!(headers, "Authorization, Content-Type");
    assert_eq!(asked.headers()["access-control-max-age"], "86400");
    assert!(
        !asked
            .headers()
            .contains_key("access-control-allow-credentials")
    );
    let refused = StatusCode::METHOD_NOT_ALLOWED;
    for (path, status) in [
        ("/conversions", refused),
        ("/campaigns", refused),
        ("/leads/1", StatusCode::NOT_FOUND),
    ] {
        let asked = ask(path).await;
        assert_eq!(asked.status(), status, "{path}");
        assert!(!asked.headers().contains_key(ANY), "{path}");
    }
    let listed = app.request(Method::GET, "/conversions").send().await;
    assert!(!listed.unwrap().headers().contains_key(ANY));
}

#[tokio::test]
async fn an_address_reports_so_many_leads_a_minute() {
    let app = TestApp::spawn_with(|config| {
        config.limits.leads_per_minute = 2;
        config.server.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    })
    .await;
    let (_, key) = app.other_key(&[Scope::Lead]).await;
    let lead = json!({"event_id": "1"});
    let from = async |address: &str, key: &str| {
        send(&app, key, &lead, &[("x-forwarded-for", address)]).await
    };
    let wrong = from("203.0.113.9", "ll_pub_wrong").await;
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED, "and it counts");
    assert_eq!(
        from("203.0.113.9", &key).await.status(),
        StatusCode::ACCEPTED
    );
    let refused = from("203.0.113.9", &key).await;
    assert_eq!(refused.headers()["retry-after"], "60");
    let refused = read(refused).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.code(), "rate_limited");
    assert_eq!(
        from("203.0.113.8", &key).await.status(),
        StatusCode::ACCEPTED
    );
}
