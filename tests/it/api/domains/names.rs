//! One domain in every spelling of its name; and a path before slugs.

use super::*;

async fn named(public_url: &str, domains: &[&str]) -> TestApp {
    TestApp::spawn_with(|config| {
        public_url.clone_into(&mut config.server.public_url);
        config.server.domains = domains.iter().map(|&domain| domain.to_owned()).collect();
    })
    .await
}

#[rstest]
#[tokio::test]
async fn a_domain_answers_however_it_is_written(
    #[values(
        "größe.example",
        "💩.la",
        "例え.jp",
        "xn--gre-6ka8i.example",
        "S.example."
    )]
    domain: &str,
    #[values(true, false)] is_default: bool,
) {
    let app = if is_default {
        named(&format!("https://{domain}"), &[]).await
    } else {
        named("https://go.example.com", &[domain]).await
    };
    let body = json!({"url": "https://shop.example/lamp", "domain": domain});
    let made = make(&app, body.clone()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let host = text(&made.body, "domain").to_owned();
    assert!(host.is_ascii() && !host.ends_with('.'), "{host}");
    let path = format!("/{}", text(&made.body, "slug"));
    assert_eq!(
        text(&made.body, "short_url"),
        format!("https://{host}{path}")
    );
    if host.contains("xn--") {
        let shown = leadline::link::domain::unicode(&host).unwrap();
        assert_eq!(
            text(&made.body, "display_url"),
            format!("https://{shown}{path}")
        );
    } else {
        assert!(made.body["display_url"].is_null());
    }
    for asked in [
        host.clone(),
        host.to_uppercase(),
        format!("{host}."),
        format!("{host}:443"),
        format!("{host}:80"),
        format!("{host}.:8443"),
    ] {
        assert_eq!(
            leads_to(&app, &asked, &path).await,
            "https://shop.example/lamp",
            "{asked}"
        );
    }
    let mut ascii = body;
    ascii["domain"] = json!(host);
    assert_eq!(make(&app, ascii).await.status, StatusCode::CREATED);
    let looped = make(&app, json!({"url": format!("http://{host}.:443/x")})).await;
    assert_eq!(looped.code(), "url_loop", "{looped:?}");
}

#[rstest]
#[tokio::test]
async fn links_of_an_earlier_version_get_the_one_form(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let before = TestApp::spawn_in(size).await;
    let made = link_to(&before, "lamp").await;
    let slug = text(&made, "slug");
    let mut tx = before.state.context.store.write().await.unwrap();
    for (n, domain) in ["größe.example", "s.example:443", "old.example"]
        .iter()
        .enumerate()
    {
        let id = text(&made, "id").parse().unwrap();
        let link = leadline::store::link::by_id(&mut tx, before.workspace_id, id).await;
        let link = leadline::link::Link {
            id: leadline::id::LinkId::new(before.clock.now()),
            domain: (*domain).to_owned(),
            destination: format!("https://shop.example/{n}"),
            ..link.unwrap().unwrap()
        };
        assert!(leadline::store::link::insert(&mut tx, &link).await.unwrap());
    }
    tx.commit().await.unwrap();
    let after = before
        .spawn_beside(|config| {
            config.server.public_url = "https://go.example".to_owned();
            config.server.domains = vec!["größe.example".to_owned()];
        })
        .await;
    let path = format!("/{slug}");
    for (host, page) in [
        ("xn--gre-6ka8i.example", "https://shop.example/0"),
        ("s.example", "https://shop.example/1"),
        ("old.example", "https://shop.example/2"),
        (text(&made, "domain"), "https://shop.example/lamp"),
    ] {
        assert_eq!(leads_to(&after, host, &path).await, page, "{host}");
    }
    let notes = after
        .state
        .context
        .resolver
        .domains()
        .notes(&after.state.context.store)
        .await
        .unwrap();
    let mut former: Vec<_> = notes
        .former
        .iter()
        .map(|domain| domain.host.as_str())
        .collect();
    former.sort_unstable();
    let mut expected = ["s.example", "old.example", text(&made, "domain")];
    expected.sort_unstable();
    assert_eq!(former, expected);
}

#[tokio::test]
async fn links_and_api_have_a_path_before_them() {
    let app = named("https://www.shop.example/l/go/", &[]).await;
    let host = "www.shop.example";
    // The shop itself is no domain of ours, only what lies below the path.
    let made = make(&app, json!({"url": "https://www.shop.example/lamp"})).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let slug = text(&made.body, "slug");
    assert_eq!(
        text(&made.body, "short_url"),
        format!("https://{host}/l/go/{slug}")
    );
    let looped = make(
        &app,
        json!({"url": format!("https://{host}/l/go/{slug}?a=b")}),
    )
    .await;
    assert_eq!(looped.code(), "url_loop");
    for path in ["", "/l/go"] {
        let links = format!("{path}/{slug}");
        assert_eq!(
            leads_to(&app, host, &links).await,
            "https://www.shop.example/lamp",
            "{links}"
        );
        let alive = app.click(&format!("{}{path}/healthz", app.base), &[]).await;
        assert_eq!(alive.status(), StatusCode::OK, "{path}");
        let script = app
            .click(&format!("{}{path}/js/leadline.js", app.base), &[])
            .await;
        assert_eq!(script.status(), StatusCode::OK, "{path}");
        let api = format!("{}{path}/api/v1/openapi.json", app.base);
        assert_eq!(
            app.click(&api, &[]).await.status(),
            StatusCode::OK,
            "{path}"
        );
        let unknown = app
            .click(&format!("{}{path}/api/v1/nothing", app.base), &[])
            .await;
        assert_eq!(unknown.status(), StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(leads_to(&app, host, &format!("/other/{slug}")).await, "404");
    let marks = app.get("/self").await.body;
    let mark = marks["urls"][0].as_str().unwrap();
    let path = mark.strip_prefix("https://www.shop.example").unwrap();
    assert!(path.starts_with("/l/go/_self?mark="), "{mark}");
    let marked = app.click(&format!("{}{path}", app.base), &[]).await;
    assert!(marked.headers().contains_key("set-cookie"), "{marked:?}");
}

#[tokio::test]
async fn a_webhook_is_verified_below_the_path_too() {
    let app = named("https://www.shop.example/shorts", &[]).await;
    let reserved = make(
        &app,
        json!({"url": "https://shop.example/", "slug": "shorts"}),
    )
    .await;
    assert_eq!(reserved.code(), "invalid_slug");
    let source = json!({"provider": "postback", "name": "Tracker"});
    let made = app.post("/sources", &source).await.body;
    let url = text(&made, "webhook_url")
        .strip_prefix("https://www.shop.example")
        .unwrap();
    for path in [url, url.strip_prefix("/shorts").unwrap()] {
        let sent = format!("{}{path}?event_id={}&kind=lead", app.base, path.len());
        let answer = app.click(&sent, &[]).await;
        assert!(answer.status().is_success(), "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn an_address_that_cannot_be_is_refused_by_name() {
    for (url, part) in [
        ("https://go.example/api", "server.public_url"),
        ("https://go.example/a b", "server.public_url"),
        ("https://go.example/?x", "server.public_url"),
        ("go.example", "server.public_url"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_leadline"))
            .args(["config", "check"])
            .env("LEADLINE__DATA__DIR", dir.path())
            .env("LEADLINE__SERVER__PUBLIC_URL", url)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && said.contains(part),
            "{url}: {said}"
        );
    }
}
