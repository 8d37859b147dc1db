//! Short links answer under every name that they were ever published with.

mod edits;
mod moves;
mod names;
mod owners;
mod proxies;
mod turns;

use leadline::link_resolver::domains::FormerDomain;
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::app::{Answer, Size, TestApp, location};

/// What a request for a slug with this `Host` leads to: the destination without its tags, or the
/// status.
async fn leads_to(app: &TestApp, host: &str, path: &str) -> String {
    let link = format!("{}{path}", app.base);
    let answer = app.click(&link, &[("host", host)]).await;
    match answer.status() {
        StatusCode::FOUND => {
            let to = location(&answer);
            to.split('?').next().unwrap().to_owned()
        }
        status => status.as_str().to_owned(),
    }
}

async fn make(app: &TestApp, body: Value) -> Answer {
    app.post("/links", &body).await
}

/// A link to a destination of its own; gives its slug.
async fn link_to(app: &TestApp, page: &str) -> Value {
    let made = make(app, json!({"url": format!("https://shop.example/{page}")})).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    made.body
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap()
}

fn warnings(value: &Value) -> String {
    let all = value["warnings"].as_array().into_iter().flatten();
    all.map(|one| one.as_str().unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

#[rstest]
#[tokio::test]
async fn links_answer_after_the_address_has_changed(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let before = TestApp::spawn_in(size).await;
    let made = link_to(&before, "lamp").await;
    let (old, slug, id) = (
        text(&made, "domain"),
        text(&made, "slug"),
        text(&made, "id"),
    );
    assert!(
        warnings(&made).starts_with("only this machine can open"),
        "{made}"
    );
    let after = before
        .spawn_beside(|config| {
            config.server.public_url = "https://go.example.com".to_owned();
            config.server.domains = vec!["s.example.com".to_owned()];
        })
        .await;
    let path = format!("/{slug}");
    for host in [
        "go.example.com",
        old,
        "whoever.example",
        "GO.example.com.:443",
    ] {
        assert_eq!(
            leads_to(&after, host, &path).await,
            "https://shop.example/lamp",
            "{host}"
        );
    }
    // What is named beside the default domain has slugs of its own.
    assert_eq!(leads_to(&after, "s.example.com", &path).await, "404");

    let shown = after.get(&format!("/links/{id}")).await.body;
    assert_eq!(text(&shown, "short_url"), format!("http://{old}/{slug}"));
    assert!(warnings(&shown).contains("leadline domain move"), "{shown}");
    let domains = after.state.context.resolver.domains();
    let notes = domains.notes(&after.state.context.store).await.unwrap();
    let former = FormerDomain {
        host: old.to_owned(),
        links: 1,
        answering: 1,
    };
    assert_eq!(notes.former, [former]);

    let new = link_to(&after, "desk").await;
    assert_eq!(
        (text(&new, "domain"), warnings(&new).as_str()),
        ("go.example.com", "")
    );
    let body = json!({"url": "https://shop.example/other", "slug": slug});
    let taken = make(&after, body.clone()).await;
    assert_eq!(
        (taken.status, taken.code()),
        (StatusCode::CONFLICT, "slug_taken")
    );
    assert!(text(&taken.body, "detail").contains(old), "{taken:?}");
    // A domain of its own has room for the slug; the old name goes on.
    let mut elsewhere = body;
    elsewhere["domain"] = json!("s.example.com");
    assert_eq!(make(&after, elsewhere).await.status, StatusCode::CREATED);
    assert_eq!(
        leads_to(&after, old, &path).await,
        "https://shop.example/lamp"
    );
    let refused = make(
        &after,
        json!({"url": "https://shop.example/", "domain": old}),
    )
    .await;
    assert_eq!(refused.code(), "unknown_domain");
}

#[tokio::test]
async fn an_edit_of_a_link_reaches_the_names_it_is_cached_under() {
    let before = TestApp::spawn().await;
    let made = link_to(&before, "lamp").await;
    let (old, id) = (text(&made, "domain"), text(&made, "id"));
    let path = format!("/{}", text(&made, "slug"));
    let after = before
        .spawn_beside(|config| config.server.public_url = "https://go.example.com".to_owned())
        .await;
    for host in [old, "go.example.com"] {
        assert_eq!(
            leads_to(&after, host, &path).await,
            "https://shop.example/lamp"
        );
    }
    let edited = after
        .patch(
            &format!("/links/{id}"),
            &json!({"url": "https://shop.example/bulb"}),
        )
        .await;
    assert_eq!(edited.status, StatusCode::OK, "{edited:?}");
    for host in [old, "go.example.com"] {
        assert_eq!(
            leads_to(&after, host, &path).await,
            "https://shop.example/bulb",
            "{host}"
        );
    }
    after.delete(&format!("/links/{id}")).await;
    for host in [old, "go.example.com"] {
        assert_eq!(leads_to(&after, host, &path).await, "410", "{host}");
    }
}

#[tokio::test]
async fn a_click_under_a_former_name_is_the_links_click() {
    let before = TestApp::spawn().await;
    let made = link_to(&before, "lamp").await;
    let after = before
        .spawn_beside(|config| config.server.public_url = "https://go.example.com".to_owned())
        .await;
    after.later(10_000);
    let path = format!("/{}", text(&made, "slug"));
    leads_to(&after, "go.example.com", &path).await;
    after.drain().await;
    let clicks = after.get("/clicks").await.body;
    assert_eq!(clicks["clicks"][0]["link_id"], made["id"], "{clicks}");
    assert_eq!(clicks["clicks"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_link_that_hides_behind_a_new_page_is_named_at_the_start() {
    let app = TestApp::spawn().await;
    let made = link_to(&app, "lamp").await;
    let refused = make(&app, json!({"url": "https://shop.example/", "slug": "App"})).await;
    assert_eq!(refused.code(), "invalid_slug");
    let mut tx = app.state.context.store.write().await.unwrap();
    let id = text(&made, "id").parse().unwrap();
    let link = leadline::store::link::by_id(&mut tx, app.workspace_id, id).await;
    let link = leadline::link::Link {
        id: leadline::id::LinkId::new(app.clock.now()),
        slug: "App".to_owned(),
        ..link.unwrap().unwrap()
    };
    assert!(leadline::store::link::insert(&mut tx, &link).await.unwrap());
    tx.commit().await.unwrap();
    let domains = app.state.context.resolver.domains();
    let notes = domains.notes(&app.state.context.store).await.unwrap();
    assert_eq!(notes.reserved.len(), 1);
    assert_eq!(notes.reserved[0].slug, "App");
}

#[tokio::test]
async fn an_address_that_others_cannot_open_is_named_when_it_is_given_out() {
    let app = TestApp::spawn().await;
    let source = json!({"provider": "standard", "name": "Shop"});
    let made = app.post("/sources", &source).await.body;
    assert!(
        warnings(&made).starts_with("only this machine can open 127.0.0.1"),
        "{made}"
    );
    let campaign = app.campaign("Spring").await;
    let body = json!({"url": "https://shop.example/", "networks": ["x", "facebook"]});
    let posted = app
        .post(&format!("/campaigns/{campaign}/links"), &body)
        .await;
    for link in posted.body["links"].as_array().unwrap() {
        assert!(warnings(link).contains("server.public_url"), "{link}");
    }
    for (url, who) in [
        (
            "http://192.168.1.20:8080",
            "only machines of your own network",
        ),
        ("http://nas.local", "only machines of your own network"),
        ("http://[::1]:8080", "only this machine"),
        ("https://go.example.com", ""),
    ] {
        let there = app
            .spawn_beside(|config| config.server.public_url = url.to_owned())
            .await;
        let made = there.post("/sources", &source).await.body;
        assert!(warnings(&made).starts_with(who), "{url}: {made}");
        assert_eq!(warnings(&made).is_empty(), who.is_empty(), "{url}");
        let link = link_to(&there, "lamp").await;
        assert_eq!(warnings(&link), warnings(&made), "{url}");
    }
}
