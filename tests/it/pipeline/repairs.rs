//! Short links as people and apps change them: the click is stored, with the repair of its path.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::app::{Size, TestApp};

async fn visit(app: &TestApp, path: &str) -> (StatusCode, String) {
    let answer = app
        .visit(Method::GET, &format!("{}/{path}", app.base), &[])
        .await;
    let location = answer.headers().get("location");
    let location = location.map_or("", |it| it.to_str().unwrap()).to_owned();
    (answer.status(), location)
}

async fn app_with(slug: &str, size: Size) -> TestApp {
    let app = TestApp::spawn_in(size).await;
    let body = json!({"url": "https://shop.example/lamp", "network": "x", "slug": slug});
    assert_eq!(app.post("/links", &body).await.status, StatusCode::CREATED);
    app.later(10_000);
    app
}

#[tokio::test]
async fn what_is_glued_to_a_link_loses_no_click_and_is_noted_with_it() {
    for size in [Size::Embedded, Size::Server] {
        let app = app_with("spring-lamp", size).await;
        let asked = [
            ("spring-lamp", Value::Null),
            ("spring-lamp.", json!("sign")),
            ("spring-lamp)", json!("sign")),
            ("spring-lamp,", json!("sign")),
            ("spring-lamp!", json!("sign")),
            ("spring-lamp%E2%80%A6", json!("sign")),
            ("spring-lamp_", json!("sign")),
            ("spring-lamp%E2%80%8B", json!("invisible")),
            ("spring-lamp%E3%81%A7%E3%81%99", json!("text")),
            ("spring-lamp&fbclid=1", json!("query")),
            ("spring%2Dlamp", json!("encoding")),
            ("spring-lamp/amp", json!("path")),
            ("/spring-lamp", json!("sign")),
            ("%E2%80%9Cspring-lamp%E2%80%9D", json!("sign")),
            ("spring%252Dlamp", json!("encoding")),
        ];
        for (path, _) in &asked {
            let (status, location) = visit(&app, path).await;
            assert_eq!(status, StatusCode::FOUND, "{path}");
            assert!(
                location.starts_with("https://shop.example/lamp?"),
                "{location}"
            );
            assert!(!location.contains("fbclid"), "{location}");
            app.later(60_000);
        }
        app.drain().await;
        let clicks = app.get("/clicks").await.body;
        let repairs: Vec<&Value> = clicks["clicks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|click| &click["slug_repair"])
            .collect();
        let expected: Vec<&Value> = asked.iter().map(|(_, repair)| repair).collect();
        assert_eq!(repairs, expected);
    }
}

#[tokio::test]
async fn a_last_plus_and_what_follows_a_tilde_are_not_mended_and_are_kept() {
    let app = app_with("lamp", Size::Embedded).await;
    for path in [
        "lamp+",
        "lamp%2B",
        "lamp~stats",
        "lamp.~x",
        "lamb.",
        "lamp%20~",
    ] {
        let (status, _) = visit(&app, path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in [".env", "favicon.ico", "metrics", "lamp/~x", "lamb/amp"] {
        assert_eq!(visit(&app, path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    app.drain().await;
    let orphans = app.get("/orphans").await.body;
    let mut slugs: Vec<&str> = orphans["orphans"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["slug"].as_str().unwrap())
        .collect();
    slugs.sort_unstable();
    assert_eq!(slugs, ["lamb.", "lamp ~", "lamp+", "lamp.~x", "lamp~stats"]);
}

#[tokio::test]
async fn a_link_is_never_reached_by_the_name_of_another() {
    let app = app_with("lamp", Size::Embedded).await;
    for path in ["lamps", "lam", "lamp-2", "lampnext", "xlamp.", "lamp1)"] {
        let (status, _) = visit(&app, path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
}
