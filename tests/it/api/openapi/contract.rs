//! Rules for every operation: headers of answers, methods, bodies that are arrays.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{description, operations};
use crate::support::app::{TestApp, read};

#[tokio::test]
async fn no_answer_is_kept_by_a_cache_or_taken_for_another_type() {
    let app = TestApp::spawn().await;
    let described = operations(&description());
    let own = described
        .iter()
        .map(|(method, path, _)| (method.as_str(), path.as_str()));
    let others = [
        ("GET", "/api/v1/nowhere"),
        ("PUT", "/api/v1/campaigns"),
        ("OPTIONS", "/api/v1/leads"),
    ];
    for (method, path) in own.chain(others) {
        for key in [app.key.as_str(), "ll_wrong"] {
            let path = path.replace(['{', '}'], "");
            let url = format!("{}{path}", app.base);
            let request = reqwest::Client::new().request(method.parse().unwrap(), url);
            let answer = request.bearer_auth(key).body("{}").send().await.unwrap();
            let header = |name: &str| {
                answer
                    .headers()
                    .get(name)
                    .map(|value| value.to_str().unwrap())
            };
            assert_eq!(header("cache-control"), Some("no-store"), "{method} {path}");
            assert_eq!(
                header("x-content-type-options"),
                Some("nosniff"),
                "{method} {path}"
            );
        }
    }
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let app = TestApp::spawn().await;
    let described = operations(&description());
    for (_, path, _) in &described {
        let of_path = described.iter().filter(|(_, other, _)| other == path);
        let right: Vec<&str> = of_path.map(|(method, ..)| method.as_str()).collect();
        for wrong in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"] {
            if right.contains(&wrong) {
                continue;
            }
            let below = path
                .strip_prefix("/api/v1")
                .unwrap()
                .replace(['{', '}'], "");
            let request = app.request(wrong.parse().unwrap(), &below);
            let answer = request.send().await.unwrap();
            let allowed = answer
                .headers()
                .get("allow")
                .map(|value| value.to_str().unwrap());
            let allowed: Vec<String> = allowed
                .unwrap_or_else(|| panic!("{wrong} {path}: {answer:?}"))
                .split(", ")
                .map(str::to_owned)
                .collect();
            assert!(
                right
                    .iter()
                    .all(|method| allowed.contains(&(*method).to_owned()))
            );
            let answer = read(answer).await;
            assert_eq!(
                (answer.status, answer.code()),
                (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
                "{wrong} {path}"
            );
        }
    }
    for page in ["/", "/_self", "/js/leadline.js"] {
        let client = reqwest::Client::new();
        let url = format!("{}{page}", app.base);
        let answer = client.put(&url).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{page}");
        assert_eq!(answer.headers()["allow"], "GET, HEAD", "{page}");
    }
    let head = app.visit(Method::HEAD, &app.base, &[]).await;
    assert_eq!(head.status(), StatusCode::OK);
}

/// Every object of a body, replaced by an array in turn.
fn with_arrays(body: &Value) -> Vec<Value> {
    let mut made = Vec::new();
    if let Value::Object(fields) = body {
        made.push(json!([]));
        made.push(fields.values().cloned().collect());
        for (name, field) in fields {
            for changed in with_arrays(field) {
                let mut fields = fields.clone();
                fields.insert(name.clone(), changed);
                made.push(Value::Object(fields));
            }
        }
    }
    made
}

#[tokio::test]
async fn no_array_is_taken_for_an_object() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let utm = json!({"source": "x"});
    let convention = json!({"lower_case": false, "separator": "_", "allowed": {}, "required": []});
    let generic = json!({"event_id": "/id", "kind": {"at": "/type", "map": {"a": "lead"}},
                         "timestamp": {"header": "x-time"}});
    let sale = json!({"kind": "sale", "event_id": "s", "customer": {"external_id": "c"}, "utm": utm,
                      "value": {"amount": 1, "currency": "EUR"}});
    let post = format!("/campaigns/{campaign}/links");
    let bodies = [
        (
            "POST",
            "/campaigns",
            json!({"name": "n", "goal": {"metric": "leads", "target": 1},
                                      "currency": "EUR", "time_zone": "UTC"}),
        ),
        (
            "POST",
            "/links",
            json!({"url": "https://shop.example/", "utm": utm}),
        ),
        (
            "POST",
            &post,
            json!({"url": "https://shop.example/", "networks": ["x"], "utm": utm}),
        ),
        (
            "POST",
            "/sources",
            json!({"provider": "generic", "name": "n", "settings": {"generic": generic}}),
        ),
        ("POST", "/conversions", sale),
        ("PATCH", "/workspace", json!({"utm_convention": convention})),
        ("DELETE", "/people", json!({"customer": "c"})),
    ];
    let before = app.get("/workspace").await.body;
    for (method, path, body) in &bodies {
        let send = async |body: &Value| {
            let request = app.request(method.parse().unwrap(), path).json(body);
            read(request.send().await.unwrap()).await
        };
        for changed in with_arrays(body) {
            let answer = send(&changed).await;
            assert!(
                answer.status.is_client_error(),
                "{method} {path} {changed}: {answer:?}"
            );
            assert_eq!(
                answer.code(),
                "invalid_field",
                "{method} {path} {changed}: {answer:?}"
            );
        }
    }
    assert_eq!(app.get("/workspace").await.body, before);
    let empty = app
        .patch("/workspace", &json!({"utm_convention": []}))
        .await;
    assert_eq!(empty.code(), "invalid_field");
}
