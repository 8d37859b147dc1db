//! A link by each of its names: id, slug and short URL.

use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::app::{Answer, Size, TestApp};

async fn two_domains(size: Size) -> TestApp {
    TestApp::spawn_with_in(size, |config| {
        "https://new.example".clone_into(&mut config.server.public_url);
        config.server.domains = vec!["b\u{fc}cher.example".to_owned()];
    })
    .await
}

async fn link(app: &TestApp, domain: &str, slug: &str) -> Value {
    let new = json!({"url": "https://shop.example/lamp", "domain": domain, "slug": slug});
    let made = app.post("/links", &new).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    made.body
}

fn path(name: &str) -> String {
    let name = name.replace('%', "%25").replace('/', "%2F");
    let name = name.replace('?', "%3F").replace('#', "%23");
    format!("/links/{}", name.replace('\u{fc}', "%C3%BC"))
}

fn id(answer: &Answer) -> &str {
    answer.body["id"].as_str().unwrap_or(answer.code())
}

#[rstest]
#[tokio::test]
async fn a_link_has_several_names(#[values(Size::Embedded, Size::Server)] size: Size) {
    let app = two_domains(size).await;
    let lamp = link(&app, "new.example", "lamp").await;
    let book = link(&app, "b\u{fc}cher.example", "book").await;
    let (lamp, book) = (lamp["id"].as_str().unwrap(), book["id"].as_str().unwrap());
    for (name, meant) in [
        (lamp, lamp),
        ("lamp", lamp),
        ("https://new.example/lamp", lamp),
        ("http://NEW.example/lamp/", lamp),
        ("new.example/lamp?utm_source=x#top", lamp),
        ("book", book),
        ("https://xn--bcher-kva.example/book", book),
        ("b\u{fc}cher.example/book", book),
        ("new.example/book", "link_not_found"),
        ("https://elsewhere.example/lamp", "link_not_found"),
        ("lnk_01kb3v9w8e7q4t2n5r6s8y0zxa", "link_not_found"),
        ("Lamp", "link_not_found"),
        ("https://new.example/", "link_not_found"),
        ("/", "link_not_found"),
    ] {
        assert_eq!(id(&app.get(&path(name)).await), meant, "{name}");
    }
    let change = json!({"url": "https://shop.example/bulb"});
    let changed = app.patch(&path("new.example/lamp"), &change).await;
    assert_eq!(changed.body["url"], "https://shop.example/bulb");
    assert!(app.delete(&path("lamp")).await.body["archived_at"].is_string());
    let restored = app.patch(&path("lamp"), &json!({"archived": false})).await;
    assert_eq!(restored.body["archived_at"], Value::Null);
    let clicks = app
        .get("/clicks?link_id=https%3A%2F%2Fnew.example%2Flamp")
        .await;
    assert_eq!(clicks.body["clicks"], json!([]), "{clicks:?}");

    let key = app.key_of_another_workspace().await;
    for name in [lamp, "lamp", "https://new.example/lamp"] {
        let foreign = app.get_with_key(&key, &path(name)).await;
        assert_eq!(foreign.code(), "link_not_found", "{name}");
    }
}

#[rstest]
#[tokio::test]
async fn a_slug_of_two_domains_names_no_link(#[values(Size::Embedded, Size::Server)] size: Size) {
    let app = two_domains(size).await;
    let lamp = link(&app, "new.example", "lamp").await;
    let other = link(&app, "xn--bcher-kva.example", "lamp").await;
    for (request, path) in [
        (Method::GET, "/links/lamp"),
        (Method::PATCH, "/links/lamp"),
        (Method::DELETE, "/links/lamp"),
        (Method::GET, "/clicks?link_id=lamp"),
    ] {
        let request = app.request(request, path).json(&json!({}));
        let refused = crate::support::app::read(request.send().await.unwrap()).await;
        assert_eq!(
            (refused.status, refused.code()),
            (StatusCode::UNPROCESSABLE_ENTITY, "ambiguous_name"),
            "{refused:?}"
        );
        assert_eq!(
            refused.body["detail"],
            "\"lamp\" names several links; give one of https://new.example/lamp, \
             https://xn--bcher-kva.example/lamp"
        );
    }
    for link in [&lamp, &other] {
        for name in ["id", "short_url"].map(|field| link[field].as_str().unwrap()) {
            assert_eq!(id(&app.get(&path(name)).await), link["id"], "{name}");
        }
    }
    // A cost that names its link so is refused as well.
    let campaign = app.campaign("Spring").await;
    let cost = json!({"rows": [{"campaign_id": campaign, "link_id": "lamp", "day": "2026-03-10",
        "money": {"amount": 1000, "currency": "EUR"}}]});
    let refused = app.post("/costs", &cost).await;
    assert_eq!(refused.code(), "invalid_rows");
    let problem = refused.body["rows"][0]["problem"].as_str().unwrap();
    assert!(problem.contains("names several links"), "{refused:?}");
    // A link of another workspace takes no name from this one's.
    let key = app.key_of_another_workspace().await;
    let new = json!({"url": "https://shop.example/", "slug": "desk"});
    app.with_key(&key, app.request(Method::POST, "/links"), &new)
        .await;
    let desk = link(&app, "xn--bcher-kva.example", "desk").await;
    assert_eq!(id(&app.get("/links/desk").await), desk["id"]);
}
