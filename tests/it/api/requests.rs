//! Rules of the whole API: scopes, limits, repeats, pages, its description.

use leadline::store::key::Scope;
use leadline::{operations, store};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::app::{NOON, TestApp, read};
use crate::support::body::{campaign_body, with};

#[tokio::test]
async fn bodies_are_limited_and_read_whole() {
    let app = TestApp::spawn_with(|config| config.server.body_limit_bytes = 1000).await;
    let large = with(campaign_body(), "name", json!("a".repeat(1000)));
    let answer = app.post("/campaigns", &large).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large")
    );
    let broken = app
        .request(Method::POST, "/campaigns")
        .body("{\"name\": ")
        .send()
        .await
        .unwrap();
    assert_eq!(broken.headers()["content-type"], "application/problem+json");
    let broken = read(broken).await;
    assert_eq!(
        (broken.status, broken.code()),
        (StatusCode::BAD_REQUEST, "invalid_json")
    );
}

#[tokio::test]
async fn headers_are_limited() {
    let app = TestApp::spawn().await;
    let request = app
        .request(Method::GET, "/networks")
        .header("x-large", "a".repeat(200_000));
    // The server refuses, or hangs up while the header is still being sent.
    if let Ok(answer) = request.send().await {
        assert!(answer.status().is_client_error(), "{}", answer.status());
    }
    assert_eq!(app.get("/networks").await.status, StatusCode::OK);
}

#[tokio::test]
async fn keys_open_what_their_scopes_say_and_nothing_once_revoked() {
    let app = TestApp::spawn().await;
    let (id, reader) = app.other_key(&[Scope::Read]).await;
    assert_eq!(
        app.get_with_key(&reader, "/campaigns").await.status,
        StatusCode::OK
    );
    for path in ["/campaigns", "/conversions", "/links", "/sources"] {
        let body = match path {
            "/campaigns" => campaign_body(),
            "/links" => json!({"url": "https://shop.example/"}),
            "/sources" => json!({"provider": "standard", "name": "s"}),
            _ => json!({"kind": "lead", "event_id": "l"}),
        };
        let post = app.request(Method::POST, path);
        let refused = app.with_key(&reader, post, &body).await;
        assert_eq!(
            (refused.status, refused.code()),
            (StatusCode::FORBIDDEN, "scope_missing"),
            "{path}"
        );
    }
    let (_, writer) = app.other_key(&[Scope::Read, Scope::Write]).await;
    let post = app.request(Method::POST, "/sources");
    let source = json!({"provider": "standard", "name": "s"});
    let refused = app.with_key(&writer, post, &source).await;
    assert_eq!(
        refused.code(),
        "scope_missing",
        "a source's secret opens the way for conversions"
    );
    let mut tx = app.state.context.store.write().await.unwrap();
    assert!(
        store::key::revoke(&mut tx, id.parse().unwrap(), NOON)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    for (key, code) in [
        (reader.as_str(), "key_revoked"),
        ("ll_wrong", "key_unknown"),
        ("", "key_missing"),
    ] {
        let refused = app.get_with_key(key, "/campaigns").await;
        assert_eq!(
            (refused.status, refused.code()),
            (StatusCode::UNAUTHORIZED, code)
        );
    }
}

#[tokio::test]
async fn a_key_sees_nothing_of_another_workspace() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Mine").await;
    app.links(&campaign, &["x"]).await;
    let link = app.get("/links").await.body["links"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let source = app
        .post("/sources", &json!({"provider": "standard", "name": "s"}))
        .await
        .body;
    let source = source["id"].as_str().unwrap();
    let stranger = app.key_of_another_workspace().await;
    for (path, code) in [
        (format!("/campaigns/{campaign}"), "campaign_not_found"),
        (
            format!("/campaigns/{campaign}/report"),
            "campaign_not_found",
        ),
        (format!("/links/{link}"), "link_not_found"),
        (format!("/sources/{source}"), "source_not_found"),
    ] {
        let answer = app.get_with_key(&stranger, &path).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::NOT_FOUND, code),
            "{path}"
        );
    }
    for (path, rows) in [
        ("/campaigns", "campaigns"),
        ("/links", "links"),
        ("/sources", "sources"),
        ("/clicks", "clicks"),
        ("/conversions", "conversions"),
    ] {
        assert_eq!(
            app.get_with_key(&stranger, path).await.body[rows],
            json!([]),
            "{path}"
        );
    }
    for path in [format!("/campaigns/{campaign}"), format!("/links/{link}")] {
        let delete = app.request(Method::DELETE, &path);
        let answer = app.with_key(&stranger, delete, &json!({})).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_repeated_create_gets_the_first_answer() {
    let app = TestApp::spawn().await;
    let create = |path: &'static str, body: Value| {
        let request = app
            .request(Method::POST, path)
            .header("idempotency-key", "k-1")
            .json(&body);
        async { request.send().await.unwrap() }
    };
    let first = read(create("/campaigns", campaign_body()).await).await;
    let repeat = create("/campaigns", campaign_body()).await;
    assert_eq!(repeat.headers()["idempotent-replayed"], "true");
    let repeat = read(repeat).await;
    assert_eq!(
        (repeat.status, &repeat.body),
        (StatusCode::CREATED, &first.body)
    );
    let listed = app.get("/campaigns").await.body;
    assert_eq!(listed["campaigns"].as_array().unwrap().len(), 1);
    let other = with(campaign_body(), "name", json!("Other"));
    let reused = read(create("/campaigns", other).await).await;
    assert_eq!(reused.code(), "idempotency_key_reused");
    let empty = app
        .request(Method::POST, "/campaigns")
        .header("idempotency-key", "");
    let empty = read(empty.json(&campaign_body()).send().await.unwrap()).await;
    assert_eq!(empty.code(), "invalid_idempotency_key");
}

#[tokio::test]
async fn lists_come_in_pages_without_gaps_or_doubles() {
    let app = TestApp::spawn().await;
    for n in 0..5 {
        app.campaign(&format!("Campaign {n}")).await;
        app.later(1);
    }
    let mut seen = Vec::new();
    let mut path = "/campaigns?limit=2".to_owned();
    loop {
        let page = app.get(&path).await.body;
        let rows = page["campaigns"].as_array().unwrap();
        assert!(rows.len() <= 2);
        seen.extend(
            rows.iter()
                .map(|row| row["name"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/campaigns?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(
        seen,
        [
            "Campaign 0",
            "Campaign 1",
            "Campaign 2",
            "Campaign 3",
            "Campaign 4"
        ]
    );
    for (query, code) in [
        ("limit=0", "invalid_query"),
        ("limit=201", "invalid_query"),
        ("limit=many", "invalid_query"),
        ("cursor=lnk_00000000000000000000000000", "invalid_cursor"),
        // As long as an id, and none: letters that ids leave out, capitals, too large.
        ("cursor=cmp_0000000000000000000000000u", "invalid_cursor"),
        ("cursor=cmp_0000000000000000000000000A", "invalid_cursor"),
        ("cursor=cmp_80000000000000000000000000", "invalid_cursor"),
        ("colour=red", "invalid_query"),
    ] {
        assert_eq!(
            app.get(&format!("/campaigns?{query}")).await.code(),
            code,
            "{query}"
        );
    }
}

#[tokio::test]
async fn the_description_equals_its_snapshot() {
    let committed =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json"));
    let current = leadline::http::openapi::text().unwrap();
    assert!(
        committed.unwrap() == current,
        "the API has changed: run `make openapi` and look at the difference"
    );
    let app = TestApp::spawn().await;
    assert_eq!(
        app.get("/openapi.json").await.body,
        serde_json::from_str::<Value>(&current).unwrap()
    );
}

#[tokio::test]
async fn a_second_start_makes_no_second_key() {
    let app = TestApp::spawn().await;
    assert!(
        operations::key::on_store::first_key(&app.state.context.store, NOON)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_key_has_so_many_requests_a_minute() {
    let app = TestApp::spawn_with(|config| config.limits.api_per_minute = 2).await;
    for _ in 0..2 {
        assert_eq!(app.get("/networks").await.status, StatusCode::OK);
    }
    let refused = app.get("/networks").await;
    assert_eq!(refused.code(), "rate_limited");
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let (_, other) = app.other_key(&[leadline::store::key::Scope::Read]).await;
    let answer = app.get_with_key(&other, "/networks").await;
    assert_eq!(answer.status, StatusCode::OK, "another key has its own");
}
