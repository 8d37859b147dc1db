//! Domains that are added and removed, over the API and by the command.

use leadline::link::domain::{DomainAddress, Scheme};
use leadline::link_resolver::domain_move::DomainMove;
use leadline::operations;
use leadline::operations::actor::Actor;
use leadline::operations::domain::on_store;
use leadline::operations::error::Error;
use leadline::store;
use reqwest::Method;

use super::*;
use crate::contract::store::link;
use crate::support::app::NOON;
use crate::support::database::after_commit;

async fn add(app: &TestApp, address: &str) -> Answer {
    app.post("/domains", &json!({"address": address})).await
}

async fn hosts(app: &TestApp, key: &str) -> Vec<String> {
    let all = app.get_with_key(key, "/domains").await.body;
    let all = all["domains"].as_array().unwrap().iter();
    all.map(|domain| text(domain, "host").to_owned()).collect()
}

/// Adds a domain that every workspace may use, as the command does.
async fn add_shared(app: &TestApp, host: &str) {
    let address = DomainAddress::parse(host, Scheme::Https).unwrap();
    let resolver = &app.state.context.resolver;
    resolver.add_domain(&address, None, NOON).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn a_domain_is_added_used_and_removed(#[values(Size::Embedded, Size::Server)] size: Size) {
    let app = TestApp::spawn_in(size).await;
    let beside = app.spawn_beside(|_| {}).await;
    let refresh = async || {
        let resolver = &beside.state.context.resolver;
        resolver.refresh_domains().await.unwrap();
    };
    let made = link_to(&app, "lamp").await;
    let path = format!("/{}", text(&made, "slug"));

    let added = add(&app, "https://s.example.com").await;
    assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
    assert_eq!(added.body["state"], "added");
    // The domain has slugs of its own, on every node.
    refresh().await;
    for app in [&app, &beside] {
        assert_eq!(leads_to(app, "s.example.com", &path).await, "404");
    }
    let removed = app.delete("/domains/S.example.com").await;
    assert_eq!(removed.body["host"], "s.example.com", "{removed:?}");
    refresh().await;
    for app in [&app, &beside] {
        assert_eq!(
            leads_to(app, "s.example.com", &path).await,
            "https://shop.example/lamp"
        );
    }
    let there = json!({"url": "https://shop.example/", "domain": "s.example.com"});
    assert_eq!(make(&app, there.clone()).await.code(), "unknown_domain");

    let again = add(&app, "s.example.com").await.body;
    let link = make(&app, there).await;
    assert_eq!(link.status, StatusCode::CREATED, "{link:?}");
    let path = format!("/domains/{}", text(&again, "id"));
    let refused = app.delete(&path).await;
    assert_eq!(
        (refused.status, refused.code()),
        (StatusCode::CONFLICT, "domain_in_use")
    );
    app.delete(&format!("/links/{}", text(&link.body, "id")))
        .await;
    let refused = app.delete(&path).await;
    assert_eq!(refused.code(), "domain_in_use", "an archived link stays");
}

#[rstest]
#[tokio::test]
async fn links_that_moved_keep_both_their_domains(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    for host in ["old.example.com", "new.example.com"] {
        add(&app, host).await;
    }
    let there = json!({"url": "https://shop.example/", "domain": "old.example.com"});
    make(&app, there).await;
    let resolver = &app.state.context.resolver;
    let wanted = DomainMove {
        from: "old.example.com",
        to: "new.example.com",
        skip_taken: false,
        dry_run: false,
    };
    resolver.move_domain(&wanted, NOON).await.unwrap();
    for host in ["old.example.com", "new.example.com"] {
        let refused = app.delete(&format!("/domains/{host}")).await;
        assert_eq!(refused.code(), "domain_in_use", "{host}");
    }
}

#[tokio::test]
async fn a_workspace_sees_and_removes_its_own_domains() {
    let app = TestApp::spawn_with(|config| {
        config.server.public_url = "https://go.example.com".to_owned();
        config.server.domains = vec!["further.example.com".to_owned()];
    })
    .await;
    let other = app.key_of_another_workspace().await;
    add(&app, "mine.example.com").await;
    add_shared(&app, "shared.example.com").await;
    let shared = [
        "go.example.com",
        "further.example.com",
        "shared.example.com",
    ];
    let mut own = hosts(&app, &app.key).await;
    own.sort_unstable();
    let mut expected = [&shared[..], &["mine.example.com"]].concat();
    expected.sort_unstable();
    assert_eq!(own, expected);
    let mut theirs = hosts(&app, &other).await;
    theirs.sort_unstable();
    expected.retain(|host| *host != "mine.example.com");
    assert_eq!(theirs, expected);

    let delete = app.request(Method::DELETE, "/domains/mine.example.com");
    let refused = app.with_key(&other, delete, &json!({})).await;
    assert_eq!(
        (refused.status, refused.code()),
        (StatusCode::NOT_FOUND, "domain_not_found")
    );
    let post = app.request(Method::POST, "/domains");
    let taken = json!({"address": "mine.example.com"});
    let refused = app.with_key(&other, post, &taken).await;
    assert_eq!(refused.code(), "domain_taken");
    for host in shared {
        let refused = app.delete(&format!("/domains/{host}")).await;
        assert_eq!(
            (refused.status, refused.code()),
            (StatusCode::CONFLICT, "domain_managed"),
            "{host}"
        );
        assert_eq!(add(&app, host).await.code(), "domain_taken", "{host}");
    }
    for address in ["", "ftp://a.example", "https://a.example/?q", "a b"] {
        let refused = add(&app, address).await;
        assert_eq!(refused.code(), "invalid_field", "{address} {refused:?}");
    }
    let page = app.get("/domains?limit=1").await.body;
    let cursor = text(&page, "next_cursor");
    let rest = app.get(&format!("/domains?cursor={cursor}")).await.body;
    assert_eq!(rest["domains"].as_array().unwrap().len(), 3, "{rest}");

    // Whoever can open the store removes what every workspace may use.
    let (resolver, store) = (&app.state.context.resolver, &app.state.context.store);
    let removed = on_store::remove(resolver, store, "shared.example.com", NOON).await;
    assert_eq!(removed.unwrap(), "shared.example.com");
    let kept = on_store::remove(resolver, store, "further.example.com", NOON).await;
    assert!(kept.unwrap_err().to_string().contains("`server.domains`"));
}

#[tokio::test]
async fn a_former_domain_is_taken_over_by_whose_links_it_has() {
    let before = TestApp::spawn_with(|config| {
        config.server.domains = vec!["old.example.com".to_owned()];
    })
    .await;
    let there = json!({"url": "https://shop.example/lamp", "domain": "old.example.com"});
    assert_eq!(make(&before, there.clone()).await.status, 201);
    let app = before.spawn_beside(|_| {}).await;
    assert_eq!(make(&app, there.clone()).await.code(), "unknown_domain");
    let other = app.key_of_another_workspace().await;
    let old = json!({"address": "old.example.com"});
    let post = app.request(Method::POST, "/domains");
    let refused = app.with_key(&other, post, &old).await;
    assert_eq!(refused.code(), "domain_taken");
    let taken_over = add(&app, "old.example.com").await;
    assert_eq!(taken_over.status, StatusCode::CREATED, "{taken_over:?}");
    assert_eq!(
        (&taken_over.body["state"], &taken_over.body["links"]),
        (&json!("added"), &json!(1))
    );
    assert_eq!(make(&app, there).await.status, StatusCode::CREATED);
}

#[rstest]
#[tokio::test]
async fn a_link_and_the_removal_of_its_domain_take_turns(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let (context, host) = (&app.state.context, "s.example.com");
    let actor = Actor::program(app.workspace_id);
    add(&app, host).await;

    let mut tx = context.store.write().await.unwrap();
    assert!(store::domain::lock(&mut tx, host).await.unwrap());
    let created = leadline::link::Link {
        campaign_id: None,
        domain: host.to_owned(),
        ..link(app.workspace_id, 1, 1, "x")
    };
    store::link::insert(&mut tx, &created).await.unwrap();
    let removal = operations::domain::delete(context, &actor, host);
    let removed = after_commit(tx, removal).await;
    assert!(matches!(removed, Err(Error::DomainInUse(_))), "{removed:?}");

    add(&app, "t.example.com").await;
    let mut tx = context.store.write().await.unwrap();
    assert!(store::domain::lock(&mut tx, "t.example.com").await.unwrap());
    store::domain::delete(&mut tx, "t.example.com")
        .await
        .unwrap();
    let new = json!({"url": "https://shop.example/", "domain": "t.example.com"});
    let new = serde_json::from_value(new).unwrap();
    let creation = operations::link::create(context, &actor, None, new);
    let refused = after_commit(tx, creation).await;
    assert!(matches!(refused, Err(Error::Domain(_))), "{refused:?}");
}
