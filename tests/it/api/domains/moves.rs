//! `leadline domain move`: links move to another domain and keep their old name.

use std::process::{Command, Output};
use std::time::Duration;

use leadline::link_resolver::domain_move::DomainMove;
use leadline::redis_links::FeedCursor;
use secrecy::ExposeSecret;

use super::*;
use crate::support::database::{Database, postgres_schema};
use crate::support::redis;

/// The command on the store of a running service.
fn domain(app: &TestApp, arguments: &[&str]) -> Output {
    let table = app.state.context.domains();
    let named = table.iter().filter(|domain| !domain.is_former);
    let hosts: Vec<&str> = named.map(|domain| domain.address.host.as_str()).collect();
    Command::new(env!("CARGO_BIN_EXE_leadline"))
        .arg("domain")
        .args(arguments)
        .env("LEADLINE__DATA__DIR", app.dir())
        .env("LEADLINE__STORE__URL", app.store_url.expose_secret())
        .env(
            "LEADLINE__SERVER__PUBLIC_URL",
            &app.state.context.public_url,
        )
        .env("LEADLINE__SERVER__DOMAINS", hosts.join(","))
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    let texts = [&output.stdout, &output.stderr];
    let texts = texts.map(|text| String::from_utf8_lossy(text).into_owned());
    texts.concat()
}

/// A slug of somebody's choice on a domain.
async fn named_link(app: &TestApp, domain: &str, slug: &str, page: &str) -> Value {
    let url = format!("https://shop.example/{page}");
    let made = make(app, json!({"url": url, "domain": domain, "slug": slug})).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    made.body
}

async fn two_domains(size: Size) -> TestApp {
    TestApp::spawn_with_in(size, |config| {
        "https://new.example".clone_into(&mut config.server.public_url);
        config.server.domains = vec!["old.example".to_owned()];
    })
    .await
}

#[rstest]
#[tokio::test]
async fn links_that_moved_answer_under_both_names(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = two_domains(size).await;
    let made = named_link(&app, "old.example", "spring", "lamp").await;
    named_link(&app, "old.example", "summer", "desk").await;
    // One is in the cache, the other is not.
    assert_eq!(
        leads_to(&app, "old.example", "/spring").await,
        "https://shop.example/lamp"
    );

    let tried = domain(&app, &["move", "old.example", "new.example", "--dry-run"]);
    assert!(
        said(&tried).contains("2 links would move"),
        "{}",
        said(&tried)
    );
    assert_eq!(leads_to(&app, "new.example", "/winter").await, "404");
    let moved = domain(&app, &["move", "OLD.example.", "new.example"]);
    assert!(moved.status.success(), "{}", said(&moved));
    assert!(said(&moved).contains("2 links moved from old.example to new.example"));

    // The running service has not looked for moves yet.
    for host in ["old.example", "new.example"] {
        for (path, page) in [("/spring", "lamp"), ("/summer", "desk")] {
            let page = format!("https://shop.example/{page}");
            assert_eq!(leads_to(&app, host, path).await, page, "{host}{path}");
        }
    }
    app.state.context.resolver.refresh_domains().await.unwrap();
    let id = text(&made, "id");
    let shown = app.get(&format!("/links/{id}")).await.body;
    assert_eq!(text(&shown, "short_url"), "https://new.example/spring");
    let change = json!({"url": "https://shop.example/bulb"});
    app.patch(&format!("/links/{id}"), &change).await;
    for host in ["old.example", "new.example"] {
        assert_eq!(
            leads_to(&app, host, "/spring").await,
            "https://shop.example/bulb",
            "{host}"
        );
    }
    // The old name stays the moved link's.
    let body = json!({"url": "https://shop.example/", "domain": "old.example", "slug": "spring"});
    assert_eq!(make(&app, body).await.code(), "slug_taken");

    let again = domain(&app, &["move", "old.example", "third.example"]);
    assert!(
        said(&again).contains("no link stands on old.example"),
        "{}",
        said(&again)
    );
    let further = domain(&app, &["move", "new.example", "third.example"]);
    assert!(further.status.success(), "{}", said(&further));
    let listed = said(&domain(&app, &["list"]));
    for part in [
        "https://new.example",
        "default",
        "third.example",
        "added",
        "2",
    ] {
        assert!(listed.contains(part), "{part}: {listed}");
    }
    app.state.context.resolver.refresh_domains().await.unwrap();
    for host in ["old.example", "new.example", "third.example"] {
        assert_eq!(
            leads_to(&app, host, "/summer").await,
            "https://shop.example/desk",
            "{host}"
        );
    }
}

#[rstest]
#[tokio::test]
async fn a_taken_slug_stops_a_move_or_stays(#[values(Size::Embedded, Size::Server)] size: Size) {
    let app = two_domains(size).await;
    for slug in ["spring", "summer", "winter"] {
        named_link(&app, "old.example", slug, &format!("old-{slug}")).await;
    }
    named_link(&app, "new.example", "spring", "new-spring").await;
    let refused = domain(&app, &["move", "old.example", "new.example"]);
    let text = said(&refused);
    assert!(
        !refused.status.success() && text.contains("nothing was moved"),
        "{text}"
    );
    assert!(
        text.contains("old.example/spring: new.example/spring is another link"),
        "{text}"
    );
    assert!(!text.contains("summer"), "{text}");
    assert_eq!(
        leads_to(&app, "new.example", "/summer").await,
        "404",
        "half done"
    );
    let tried = domain(
        &app,
        &[
            "move",
            "old.example",
            "new.example",
            "--skip-taken",
            "--dry-run",
        ],
    );
    assert!(
        said(&tried).contains("2 links would move"),
        "{}",
        said(&tried)
    );
    let moved = domain(
        &app,
        &["move", "old.example", "new.example", "--skip-taken"],
    );
    assert!(said(&moved).contains("2 links moved"), "{}", said(&moved));
    assert!(said(&moved).contains("1 link stayed"), "{}", said(&moved));
    app.state.context.resolver.refresh_domains().await.unwrap();
    for (host, path, page) in [
        ("old.example", "/spring", "old-spring"),
        ("new.example", "/spring", "new-spring"),
        ("old.example", "/summer", "old-summer"),
        ("new.example", "/winter", "old-winter"),
    ] {
        // What was not there is remembered for a while.
        app.state.context.resolver.refresh_domains().await.unwrap();
        assert_eq!(
            leads_to(&app, host, path).await,
            format!("https://shop.example/{page}"),
            "{host}{path}"
        );
    }
}

#[tokio::test]
async fn a_slug_that_answers_on_the_new_domain_by_another_is_taken_too() {
    let before = TestApp::spawn_with(|config| {
        config.server.public_url = "https://first.example".to_owned();
        config.server.domains = vec!["second.example".to_owned()];
    })
    .await;
    named_link(&before, "first.example", "spring", "first").await;
    named_link(&before, "second.example", "spring", "second").await;
    let after = before
        .spawn_beside(|config| {
            config.server.public_url = "https://go.example".to_owned();
            config.server.domains = vec!["second.example".to_owned()];
        })
        .await;
    assert_eq!(
        leads_to(&after, "go.example", "/spring").await,
        "https://shop.example/first"
    );
    let refused = domain(&after, &["move", "second.example", "go.example"]);
    assert!(
        said(&refused).contains("first.example/spring is another link"),
        "{}",
        said(&refused)
    );
    let moved = domain(&after, &["move", "first.example", "go.example"]);
    assert!(moved.status.success(), "{}", said(&moved));
    after
        .state
        .context
        .resolver
        .refresh_domains()
        .await
        .unwrap();
    assert_eq!(
        leads_to(&after, "first.example", "/spring").await,
        "https://shop.example/first"
    );
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn every_node_hears_of_a_move_and_of_edits_after_it() {
    let (store, prefix) = (postgres_schema().await, redis::prefix());
    let here = TestApp::spawn_with(|config| {
        config.store.url = store.clone();
        config.log.url = redis::url();
        config.log.prefix.clone_from(&prefix);
        "https://new.example".clone_into(&mut config.server.public_url);
        config.server.domains = vec!["old.example".to_owned()];
    })
    .await;
    let there = here
        .spawn_beside(|config| {
            config.log.url = redis::url();
            config.log.prefix.clone_from(&prefix);
            "https://new.example".clone_into(&mut config.server.public_url);
            config.server.domains = vec!["old.example".to_owned()];
        })
        .await;
    let mut cursor = FeedCursor::default();
    let follow = async |cursor: &mut FeedCursor| {
        while there
            .state
            .context
            .resolver
            .follow(cursor, Duration::ZERO)
            .await
            .unwrap()
            > 0
        {}
    };
    follow(&mut cursor).await;
    let made = named_link(&here, "old.example", "spring", "lamp").await;
    follow(&mut cursor).await;
    for (host, status) in [
        ("old.example", "https://shop.example/lamp"),
        ("new.example", "404"),
    ] {
        assert_eq!(leads_to(&there, host, "/spring").await, status);
    }
    let wanted = DomainMove {
        from: "old.example",
        to: "new.example",
        skip_taken: false,
        dry_run: false,
    };
    let outcome = here
        .state
        .context
        .resolver
        .move_domain(&wanted, here.clock.now())
        .await
        .unwrap();
    assert_eq!((outcome.moved, outcome.stayed), (1, 0));
    follow(&mut cursor).await;
    // It remembered that there is no such link; the feed says that there is.
    for host in ["old.example", "new.example"] {
        assert_eq!(
            leads_to(&there, host, "/spring").await,
            "https://shop.example/lamp",
            "{host}"
        );
    }
    there
        .state
        .context
        .resolver
        .refresh_domains()
        .await
        .unwrap();
    for host in ["old.example", "new.example"] {
        leads_to(&there, host, "/spring").await;
    }
    let change = json!({"url": "https://shop.example/bulb"});
    here.patch(&format!("/links/{}", text(&made, "id")), &change)
        .await;
    follow(&mut cursor).await;
    for host in ["old.example", "new.example"] {
        assert_eq!(
            leads_to(&there, host, "/spring").await,
            "https://shop.example/bulb",
            "{host}"
        );
    }
    // A node that has nothing in memory yet finds neither name older in Redis.
    let late = here
        .spawn_beside(|config| {
            config.log.url = redis::url();
            config.log.prefix.clone_from(&prefix);
            "https://new.example".clone_into(&mut config.server.public_url);
            config.server.domains = vec!["old.example".to_owned()];
        })
        .await;
    for host in ["old.example", "new.example"] {
        assert_eq!(
            leads_to(&late, host, "/spring").await,
            "https://shop.example/bulb",
            "{host}"
        );
    }
}

#[rstest]
#[tokio::test]
async fn a_domain_that_a_command_adds_is_its_workspaces_own(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let size = match database {
        Database::Sqlite => Size::Embedded,
        Database::Postgres => Size::Server,
    };
    let app = two_domains(size).await;
    let workspace = app.workspace_id.to_string();
    let added = domain(
        &app,
        &[
            "add",
            "https://www.shop.example/go",
            "--workspace",
            &workspace,
        ],
    );
    assert!(
        said(&added).contains("https://www.shop.example/go"),
        "{}",
        said(&added)
    );
    let body = json!({"url": "https://shop.example/lamp", "domain": "www.shop.example"});
    let made = make(&app, body.clone()).await;
    let short = format!("https://www.shop.example/go/{}", text(&made.body, "slug"));
    assert_eq!(text(&made.body, "short_url"), short, "{made:?}");
    app.state.context.resolver.refresh_domains().await.unwrap();
    for path in ["", "/go"] {
        let path = format!("{path}/{}", text(&made.body, "slug"));
        assert_eq!(
            leads_to(&app, "www.shop.example", &path).await,
            "https://shop.example/lamp"
        );
    }
    let other = app.key_of_another_workspace().await;
    let request = app.request(reqwest::Method::POST, "/links");
    let refused = app.with_key(&other, request, &body).await;
    assert_eq!(refused.code(), "unknown_domain");
    for wrong in ["http://", "a/b c", "https://go.example/api"] {
        let refused = domain(&app, &["add", wrong]);
        assert!(!refused.status.success(), "{wrong}: {}", said(&refused));
    }
}
