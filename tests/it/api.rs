//! The API's manners: what is refused and how, who may do what, repeats, pages.

use leadline::store::key::Scope;
use leadline::{app, store};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::app::{NOON, TestApp, read};

fn campaign_body() -> Value {
    json!({"name": "Spring", "goal": {"metric": "leads", "target": 10}, "currency": "EUR",
           "time_zone": "Europe/Berlin"})
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

fn without(mut body: Value, field: &str) -> Value {
    body.as_object_mut().unwrap().remove(field);
    body
}

#[tokio::test]
async fn each_bad_input_has_its_own_code() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Taken").await;
    let links = format!("/campaigns/{campaign}/links");
    let post = json!({"url": "https://shop.example/", "networks": ["x"]});
    let sale = json!({"kind": "sale", "event_id": "s", "value": {"amount": 1, "currency": "EUR"}});
    app.post(&links, &with(post.clone(), "slug", json!("taken")))
        .await;
    let unknown = "cmp_00000000000000000000000000";
    let body = campaign_body;
    for (path, body, status, code) in [
        ("/campaigns", without(body(), "goal"), 422, "goal_required"),
        (
            "/campaigns",
            with(body(), "goal_waiver", json!("why")),
            422,
            "goal_required",
        ),
        (
            "/campaigns",
            with(body(), "goal", json!({"metric": "likes", "target": 1})),
            422,
            "unknown_metric",
        ),
        (
            "/campaigns",
            with(body(), "goal", json!({"metric": "leads", "target": 0})),
            422,
            "target_too_small",
        ),
        (
            "/campaigns",
            with(body(), "currency", json!("EURO")),
            422,
            "unknown_currency",
        ),
        (
            "/campaigns",
            with(
                body(),
                "hourly_rate",
                json!({"amount": 1, "currency": "USD"}),
            ),
            422,
            "currency_mismatch",
        ),
        (
            "/campaigns",
            with(body(), "time_zone", json!("Mars/Base")),
            422,
            "unknown_time_zone",
        ),
        (
            "/campaigns",
            with(body(), "colour", json!("red")),
            400,
            "unknown_field",
        ),
        ("/campaigns", without(body(), "name"), 400, "invalid_field"),
        (
            &links,
            with(post.clone(), "networks", json!(["linkdin"])),
            422,
            "unknown_network",
        ),
        (
            &links,
            with(post.clone(), "networks", json!([])),
            422,
            "invalid_networks",
        ),
        (
            &links,
            with(post.clone(), "networks", json!(["x", "twitter"])),
            422,
            "invalid_networks",
        ),
        (
            &links,
            with(post.clone(), "slug", json!("taken")),
            409,
            "slug_taken",
        ),
        (
            &links,
            with(post.clone(), "slug", json!("api")),
            422,
            "invalid_slug",
        ),
        (
            &links,
            with(post.clone(), "domain", json!("evil.example")),
            422,
            "unknown_domain",
        ),
        (
            &links,
            with(post.clone(), "url", json!("shop.example")),
            422,
            "url_malformed",
        ),
        (
            &links,
            with(post.clone(), "url", json!("javascript:alert(1)")),
            422,
            "url_scheme",
        ),
        (
            &links,
            with(post.clone(), "url", json!("https://a:b@shop.example/")),
            422,
            "url_credentials",
        ),
        (
            &links,
            with(post.clone(), "url", json!(format!("{}/abc", app.base))),
            422,
            "url_loop",
        ),
        (
            &links,
            with(
                post.clone(),
                "url",
                json!("https://shop.example/?utm_source=Z"),
            ),
            422,
            "utm_conflict",
        ),
        (
            &links,
            with(post.clone(), "utm", json!({"content": "Big Banner"})),
            422,
            "utm_convention",
        ),
        (
            &format!("/campaigns/{unknown}/links"),
            post.clone(),
            404,
            "campaign_not_found",
        ),
        (
            "/links",
            json!({"url": "https://shop.example/", "campaign_id": unknown}),
            404,
            "campaign_not_found",
        ),
        (
            "/sources",
            json!({"provider": "standard", "name": "s", "secret": "weak"}),
            422,
            "invalid_field",
        ),
        (
            "/sources",
            json!({"provider": "fax", "name": "s"}),
            422,
            "invalid_field",
        ),
        (
            "/conversions",
            with(
                sale.clone(),
                "value",
                json!({"amount": 49.99, "currency": "EUR"}),
            ),
            422,
            "amount_fraction",
        ),
        (
            "/conversions",
            with(
                sale.clone(),
                "value",
                json!({"amount": 1, "currency": "euro"}),
            ),
            422,
            "unknown_currency",
        ),
        (
            "/conversions",
            with(sale.clone(), "occurred_at", json!("2026-03-10T12:06:00Z")),
            422,
            "occurred_in_future",
        ),
        (
            "/conversions",
            without(sale.clone(), "event_id"),
            422,
            "event_id_missing",
        ),
        ("/nothing", json!({}), 404, "route_not_found"),
    ] {
        let answer = app.post(path, &body).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (status, code),
            "{path} {body}"
        );
        assert_eq!(answer.body["status"], status);
        assert!(
            answer.body["detail"].as_str().unwrap().len() > 10,
            "{answer:?}"
        );
        assert_eq!(answer.body["type"], format!("urn:leadline:problem:{code}"));
    }
    let log = app.log().depth().await.unwrap();
    assert_eq!(log, 0, "nothing refused was put into the log");
}

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
    let mut tx = app.state.store.write().await.unwrap();
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
async fn campaigns_change_and_keep_what_must_stay() {
    let app = TestApp::spawn().await;
    let first = app.campaign("Same name").await;
    let second = app.campaign("Same name").await;
    let second = app.get(&format!("/campaigns/{second}")).await.body;
    assert_eq!(second["utm_campaign"], "same-name-2");
    let path = format!("/campaigns/{first}");
    let waived = app
        .patch(
            &path,
            &json!({"goal_waiver": "brand only", "ends_at": null}),
        )
        .await;
    assert_eq!(
        (&waived.body["goal"], &waived.body["goal_waiver"]),
        (&Value::Null, &json!("brand only"))
    );
    assert_eq!(
        app.patch(&path, &json!({"currency": "USD"})).await.code(),
        "unknown_field"
    );
    let early = json!({"ends_at": "2020-01-01T00:00:00Z"});
    assert_eq!(app.patch(&path, &early).await.code(), "period_reversed");
    let archived = app.delete(&path).await.body;
    assert!(archived["archived_at"].is_string());
    assert_eq!(
        app.get("/campaigns").await.body["campaigns"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let report = app.get(&format!("{path}/report")).await;
    assert_eq!(
        (report.status, &report.body["goal"]["verdict"]),
        (StatusCode::OK, &json!("waived"))
    );
}

#[tokio::test]
async fn the_workspace_s_convention_is_enforced_from_then_on() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let path = format!("/campaigns/{campaign}/links");
    let convention = json!({"utm_convention": {
        "separator": "_", "required": ["utm_source", "utm_content"],
        "allowed": {"utm_content": ["video", "big_image"]}}});
    assert_eq!(
        app.patch("/workspace", &convention).await.status,
        StatusCode::OK
    );
    let post = json!({"url": "https://shop.example/", "networks": ["x"]});
    let missing = app.post(&path, &post).await;
    assert!(
        missing.body["detail"]
            .as_str()
            .unwrap()
            .contains("`utm.content`"),
        "{missing:?}"
    );
    let wrong = app
        .post(
            &path,
            &with(post.clone(), "utm", json!({"content": "text"})),
        )
        .await;
    assert!(
        wrong.body["detail"]
            .as_str()
            .unwrap()
            .contains("video, big_image"),
        "{wrong:?}"
    );
    let right = app
        .post(&path, &with(post, "utm", json!({"content": "big_image"})))
        .await;
    assert_eq!(right.status, StatusCode::CREATED, "{right:?}");
    let (_, writer) = app.other_key(&[Scope::Read, Scope::Write]).await;
    let patch = app.request(Method::PATCH, "/workspace");
    let refused = app.with_key(&writer, patch, &convention).await;
    assert_eq!(refused.code(), "scope_missing");
}

#[tokio::test]
async fn posts_are_ready_to_paste_and_signed_urls_are_left_alone() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let path = format!("/campaigns/{campaign}/links");
    let body = json!({"url": "https://shop.example/", "networks": ["x", "bluesky", "email"],
                      "text": "a".repeat(290), "slug": "post"});
    let made = app.post(&path, &body).await.body;
    let posts: Vec<_> = made["links"]
        .as_array()
        .unwrap()
        .iter()
        .map(|link| &link["post"])
        .collect();
    assert_eq!(
        (&posts[0]["length"], &posts[0]["fits"]),
        (&json!(290 + 1 + 23), &json!(false))
    );
    assert!(
        made["links"][0]["warnings"][0]
            .as_str()
            .unwrap()
            .contains("34 over X's limit")
    );
    let link = made["links"][1]["short_url"].as_str().unwrap();
    assert_eq!(posts[1]["length"], 290 + 1 + link.len());
    assert_eq!(*posts[2], Value::Null, "e-mail has no limit");
    assert!(link.ends_with("/post-bluesky"), "{link}");

    let signed = "https://files.example/a?X-Amz-Signature=abc";
    let body = json!({"url": signed, "networks": ["x"]});
    let made = app.post(&path, &body).await.body;
    assert_eq!(made["links"][0]["destination"], signed);
    assert_eq!(made["links"][0]["click_id_param"], Value::Null);
    assert!(
        made["links"][0]["warnings"][0]
            .as_str()
            .unwrap()
            .contains("signed")
    );
    let forced = app
        .post(&path, &with(body, "click_id", json!("always")))
        .await
        .body;
    assert_eq!(forced["links"][0]["click_id_param"], "ll_click");
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
        app::first_key(&app.state.store, NOON)
            .await
            .unwrap()
            .is_none()
    );
}
