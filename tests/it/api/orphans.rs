//! Requests for unknown slugs: what is stored, and what the owner sees.

use std::path::Path;

use leadline::click::{Orphan, RequestContext};
use leadline::event_log::entry::Entry;
use leadline::id::ClickId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::app::{Answer, CHROME, Size, TestApp};

/// A link with a slug of the owner's choice; gives its short URL.
async fn link(app: &TestApp, slug: &str) -> String {
    let body = json!({"url": "https://shop.example/lamp", "network": "x", "slug": slug});
    let made = app.post("/links", &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    made.body["short_url"].as_str().unwrap().to_owned()
}

async fn ask(app: &TestApp, method: Method, slug: &str, header: (&str, &str)) -> StatusCode {
    let url = format!("{}/{slug}", app.base);
    app.visit(method, &url, &[header]).await.status()
}

const PLAIN: (&str, &str) = ("x-nothing", "here");

async fn orphans(app: &TestApp, query: &str) -> Answer {
    app.drain().await;
    let answer = app.get(&format!("/orphans{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer
}

fn rows(answer: &Answer) -> &Vec<Value> {
    answer.body["orphans"].as_array().unwrap()
}

#[tokio::test]
async fn a_typo_is_counted_by_who_made_it_and_the_link_that_was_meant_is_named() {
    for size in [Size::Embedded, Size::Server] {
        let app = TestApp::spawn_in(size).await;
        let meant = link(&app, "summer-lamp").await;
        link(&app, "winter-lamp").await;
        for header in [
            ("referer", "https://t.co/AbC"),
            PLAIN,
            ("user-agent", "Twitterbot/1.0"),
            ("sec-purpose", "prefetch"),
        ] {
            let status = ask(&app, Method::GET, "sumer-lamp", header).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{header:?}");
        }
        let status = ask(&app, Method::HEAD, "sumer-lamp", PLAIN).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        ask(&app, Method::GET, "nothing-like-it?ll_self", PLAIN).await;
        let answer = orphans(&app, "").await;
        let table = app.state.context.domains();
        let domain = table.default_domain().address.host.as_str();
        let at = app.clock.now().to_string();
        assert_eq!(
            rows(&answer),
            &[
                json!({
                    "domain": domain, "slug": "sumer-lamp", "people": 2, "bots": 1,
                    "by_class": {"human": 2, "preview": 1, "prefetch": 1, "head": 1},
                    "networks_seen": {"x": 1, "unknown": 4}, "last_at": at,
                    "did_you_mean": meant,
                }),
                json!({
                    "domain": domain, "slug": "nothing-like-it", "people": 0, "bots": 0,
                    "by_class": {"self": 1}, "networks_seen": {"unknown": 1}, "last_at": at,
                    "did_you_mean": null,
                }),
            ],
            "{size:?}"
        );
        assert_eq!(answer.body["next_cursor"], Value::Null);
        let clicks = app.get("/clicks").await.body;
        assert_eq!(clicks["clicks"], json!([]), "an orphan is no click");
    }
}

#[tokio::test]
async fn what_is_delivered_twice_counts_once() {
    for size in [Size::Embedded, Size::Server] {
        let app = TestApp::spawn_in(size).await;
        let orphan = |n: u8| {
            let entry = Entry::Orphan(Orphan {
                id: ClickId::from_parts(app.clock.now(), [n; 10]),
                at: app.clock.now(),
                domain: app
                    .state
                    .context
                    .domains()
                    .default_domain()
                    .address
                    .host
                    .clone(),
                slug: "sumer-lamp".to_owned(),
                user_agent: Some(CHROME.to_owned()),
                referrer: None,
                context: RequestContext::default(),
            });
            entry.encode().unwrap()
        };
        let [one, two] = [orphan(1), orphan(2)];
        for records in [vec![&one, &two, &one], vec![&two, &one]] {
            let records = records.into_iter().cloned().collect::<Vec<_>>();
            app.log().append(&records.iter().collect()).await.unwrap();
            app.drain().await;
        }
        let answer = orphans(&app, "").await;
        assert_eq!(rows(&answer)[0]["people"], 2, "{size:?}: {answer:?}");
        assert_eq!(app.log().dead_depth().await.unwrap(), 0);
    }
}

#[tokio::test]
async fn what_no_link_could_have_and_what_is_over_the_limit_is_not_kept() {
    let app = TestApp::spawn_with(|config| config.limits.unknown_slugs_per_minute = 3).await;
    for slug in ["favicon.ico", "one", "two", "three", "four"] {
        let status = ask(&app, Method::GET, slug, PLAIN).await;
        let limited = matches!(slug, "three" | "four");
        let expected = if limited {
            StatusCode::TOO_MANY_REQUESTS
        } else {
            StatusCode::NOT_FOUND
        };
        assert_eq!(status, expected, "{slug}");
    }
    assert_eq!(app.log().depth().await.unwrap(), 2);
    let answer = orphans(&app, "").await;
    let slugs: Vec<_> = rows(&answer).iter().map(|row| &row["slug"]).collect();
    assert_eq!(slugs, ["one", "two"]);
}

#[tokio::test]
async fn a_suggestion_is_made_only_when_there_is_one() {
    let app = TestApp::spawn().await;
    let lamp = link(&app, "Lamp-A").await;
    link(&app, "lamp-b").await;
    let desk = link(&app, "desk").await;
    let taken_back = app.get("/links?q=desk").await.body["links"][0]["id"].clone();
    app.delete(&format!("/links/{}", taken_back.as_str().unwrap()))
        .await;
    for (slug, meant) in [
        ("lamp-a", json!(lamp)),
        ("lamp-c", Value::Null),
        ("deks", json!(desk)),
        ("dseks", Value::Null),
    ] {
        ask(&app, Method::GET, slug, PLAIN).await;
        let answer = orphans(&app, "").await;
        let row = rows(&answer).iter().find(|row| row["slug"] == slug);
        assert_eq!(row.unwrap()["did_you_mean"], meant, "{slug}");
    }
    // A link that is made for the typo does not name itself.
    link(&app, "lamp-c").await;
    let answer = orphans(&app, "").await;
    let row = rows(&answer).iter().find(|row| row["slug"] == "lamp-c");
    assert_eq!(row.unwrap()["did_you_mean"], Value::Null);
}

#[tokio::test]
async fn another_workspace_sees_what_is_nobodys_and_not_what_is_near_our_links() {
    let app = TestApp::spawn().await;
    link(&app, "summer-lamp").await;
    ask(&app, Method::GET, "sumer-lamp", PLAIN).await;
    ask(&app, Method::GET, "anything", PLAIN).await;
    assert_eq!(rows(&orphans(&app, "").await).len(), 2);
    let key = app.key_of_another_workspace().await;
    let answer = app.get_with_key(&key, "/orphans").await;
    let slugs: Vec<_> = rows(&answer).iter().map(|row| &row["slug"]).collect();
    assert_eq!(slugs, ["anything"]);
    let (_, converts) = app.other_key(&[leadline::store::key::Scope::Convert]).await;
    let refused = app.get_with_key(&converts, "/orphans").await;
    assert_eq!(refused.code(), "scope_missing");
}

#[tokio::test]
async fn days_and_pages_narrow_the_list() {
    let app = TestApp::spawn().await;
    for (slug, times) in [("one", 1), ("two", 2), ("three", 3)] {
        for _ in 0..times {
            ask(&app, Method::GET, slug, PLAIN).await;
        }
        app.later(leadline::clock::DAY_MS);
    }
    let (mut slugs, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = orphans(&app, &format!("?limit=1{cursor}")).await;
        slugs.extend(rows(&page).iter().map(|row| row["slug"].clone()));
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(slugs, ["three", "two", "one"]);
    for (query, count) in [
        ("?from=2026-03-11", 2),
        ("?to=2026-03-11", 2),
        ("?from=2026-03-11&to=2026-03-11", 1),
        ("?from=2026-03-13", 0),
    ] {
        assert_eq!(rows(&orphans(&app, query).await).len(), count, "{query}");
    }
    for (query, code) in [
        ("?from=2026-03-12&to=2026-03-11", "invalid_period"),
        ("?from=2026-03-11T00:00:00Z", "invalid_period"),
        ("?limit=0", "invalid_query"),
        ("?cursor=lnk_1", "invalid_cursor"),
        ("?cursor=1~a/b~x", "invalid_cursor"),
        ("?day=1", "invalid_query"),
    ] {
        assert_eq!(
            app.get(&format!("/orphans{query}")).await.code(),
            code,
            "{query}"
        );
    }
}

/// Who declines tracking is counted, and its network goes nowhere.
#[tokio::test]
async fn who_declines_tracking_leaves_no_network() {
    let app = TestApp::spawn_with(|config| {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/geo");
        config.geo.asn_database = fixtures.join("asn.mmdb");
        config.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let from = ("x-forwarded-for", "198.51.100.7");
    for header in [PLAIN, ("sec-gpc", "1")] {
        let url = format!("{}/sumer", app.base);
        app.visit(Method::GET, &url, &[from, header]).await;
    }
    let answer = orphans(&app, "").await;
    let by_class = &rows(&answer)[0]["by_class"];
    assert_eq!(
        *by_class,
        json!({"unknown": 1, "human": 1}),
        "a data centre"
    );
}

#[tokio::test]
async fn the_answer_does_not_depend_on_the_log() {
    let app = TestApp::spawn().await;
    let (recorder, flusher) = leadline::recorder::new();
    drop(flusher);
    let test = actix_web::test::init_service(
        actix_web::App::new()
            .app_data(app.state.clone())
            .app_data(actix_web::web::Data::new(recorder))
            .configure(|config| {
                let surfaces = leadline::http::Surfaces {
                    links: true,
                    api: false,
                };
                leadline::http::routes(config, surfaces, "");
            }),
    )
    .await;
    let request = actix_web::test::TestRequest::get()
        .uri("/sumer")
        .to_request();
    let answer = actix_web::test::call_service(&test, request).await;
    assert_eq!(answer.status().as_u16(), 404);
    let metrics = app.state.context.metrics.encode().unwrap();
    let mut lost = metrics
        .lines()
        .filter(|line| line.starts_with("leadline_clicks_lost_total"));
    assert!(
        lost.all(|line| line.ends_with(" 0")),
        "no click was lost: {metrics}"
    );
}
