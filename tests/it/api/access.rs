//! The key is checked first: every operation answers 401 and 403 before anything else of the
//! request is read, including its body.

use leadline::http::access::{Access, needed};
use leadline::store::key::Scope;
use serde_json::json;

use crate::support::app::{Answer, TestApp};
use crate::support::raw_http::RawConnection;

/// An operation of the description.
struct Operation {
    method: String,
    path: String,
    is_open: bool,
}

fn operations() -> Vec<Operation> {
    let described = serde_json::to_value(leadline::http::openapi::document()).unwrap();
    crate::api::openapi::operations(&described)
        .into_iter()
        .map(|(method, path, operation)| Operation {
            method,
            path,
            is_open: operation["security"] == json!([{}]),
        })
        .collect()
}

/// The answer to a head that announces a body, of which nothing is sent.
async fn answer_to_head(app: &TestApp, method: &str, target: &str, key: &str) -> Answer {
    let mut connection = RawConnection::open(app).await;
    connection.head(method, target, key, 1000).await;
    connection.answer().await
}

#[tokio::test]
async fn the_key_comes_before_the_query_and_the_body() {
    let app = TestApp::spawn().await;
    let mut keys = Vec::new();
    for scope in Scope::ALL {
        let (_, token) = app.other_key(&[scope]).await;
        keys.push((scope, format!("Authorization: Bearer {token}\r\n")));
    }
    let keyed: Vec<Operation> = operations().into_iter().filter(|it| !it.is_open).collect();
    assert!(keyed.len() > 40, "{}", keyed.len());
    for Operation { method, path, .. } in keyed {
        // No query and no id is as it should be.
        let target = path.replace('{', "%7B").replace('}', "%7D") + "?limit=x&from=%00";
        let wanted = match needed(&method, &path) {
            Some(Access::Key(scope)) => scope,
            // Looks at the address first, then at the key by itself.
            Some(Access::Open) if path == "/api/v1/leads" => Scope::Lead,
            other => panic!("{method} {path} has no scope in http/access.rs: {other:?}"),
        };
        for (key, code) in [
            ("", "key_missing"),
            ("Authorization: Bearer ll_wrong\r\n", "key_unknown"),
        ] {
            let answer = answer_to_head(&app, &method, &target, key).await;
            let seen = (answer.status.as_u16(), answer.code());
            assert_eq!(seen, (401, code), "{method} {path}");
        }
        for (_, key) in keys.iter().filter(|(scope, _)| *scope != wanted) {
            let answer = answer_to_head(&app, &method, &target, key).await;
            let seen = (answer.status.as_u16(), answer.code());
            assert_eq!(seen, (403, "scope_missing"), "{method} {path} {key}");
        }
    }
}

#[tokio::test]
async fn every_operation_is_reached_with_its_scope() {
    let app = TestApp::spawn().await;
    for Operation { method, path, .. } in operations() {
        let below = path.strip_prefix("/api/v1").unwrap();
        let request = app.request(method.parse().unwrap(), &below.replace(['{', '}'], ""));
        let key = app.key.clone();
        let answer = app.with_key(&key, request, &json!({"x": 1})).await;
        assert!(
            ![
                "route_not_found",
                "method_not_allowed",
                "scope_missing",
                "key_missing"
            ]
            .contains(&answer.code()),
            "{method} {path} needs an entry in http/access.rs: {answer:?}"
        );
    }
    for (method, path, code) in [
        ("PUT", "/campaigns", "method_not_allowed"),
        ("GET", "/nowhere", "route_not_found"),
        ("PUT", "/self", "method_not_allowed"),
    ] {
        let request = app.request(method.parse().unwrap(), path);
        let answer = app.with_key("ll_wrong", request, &json!({})).await;
        assert_eq!(answer.code(), code, "{method} {path}");
    }
    for path in ["/healthz", "/readyz", "/js/leadline.js", "/", "/_self"] {
        let url = format!("{}{path}", app.base);
        let answer = reqwest::Client::new().put(url).send().await.unwrap();
        assert_eq!(answer.status(), 405, "{path}");
        assert_eq!(answer.headers()["allow"], "GET, HEAD", "{path}");
    }
}

#[tokio::test]
async fn whoever_makes_keys_up_is_stopped_and_takes_nothing_from_who_has_one() {
    let app = TestApp::spawn_with(|config| config.limits.unknown_slugs_per_minute = 5).await;
    assert_eq!(app.get("/campaigns").await.status, 200);
    let mut codes = Vec::new();
    for n in 0..8 {
        let answer = app.get_with_key(&format!("ll_{n}"), "/campaigns").await;
        codes.push(answer.code().to_owned());
    }
    assert_eq!(codes[..4], ["key_unknown"; 4]);
    assert_eq!(
        codes[4..],
        ["rate_limited"; 4],
        "the first was the key's own"
    );
    assert_eq!(
        app.get("/campaigns").await.status,
        200,
        "a known key goes on"
    );
}
