//! The enrichment of a click on its way into the store: its class, where it was seen, where it came
//! from.

use std::path::Path;

use leadline::config::Config;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::app::{Size, TestApp, click_id, location};

const LINKEDIN_APP: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) \
     AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [LinkedInApp]/9.30.1234";

async fn clicks(app: &TestApp) -> Vec<Value> {
    app.drain().await;
    let page = app.get("/clicks").await.body;
    page["clicks"].as_array().unwrap().clone()
}

/// A service that believes its peers, and knows the addresses of the tests' databases.
fn behind_a_proxy(config: &mut Config) {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/geo");
    config.geo.database = fixtures.join("city.mmdb");
    config.geo.asn_database = fixtures.join("asn.mmdb");
    config.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
}

/// Each kind of request, told from a person's click by one thing alone.
#[tokio::test]
async fn every_layer_has_its_rule() {
    let app = TestApp::spawn_with(|config| {
        behind_a_proxy(config);
        config.visitor.own_networks = vec!["192.0.2.0/24".parse().unwrap()];
    })
    .await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    let from = |address| ("x-forwarded-for", address);
    let own = format!("{link}?ll_self");
    for (method, link, header, rule) in [
        (Method::GET, &link, ("x-nothing", "here"), "default"),
        (Method::HEAD, &link, ("x-nothing", "here"), "head"),
        (Method::GET, &link, ("sec-purpose", "prefetch"), "prefetch"),
        (Method::GET, &own, ("x-nothing", "here"), "self:parameter"),
        (Method::GET, &link, from("192.0.2.9"), "self:address"),
        (
            Method::GET,
            &link,
            ("user-agent", LINKEDIN_APP),
            "in_app:linkedin",
        ),
        (
            Method::GET,
            &link,
            ("user-agent", "Twitterbot/1.0"),
            "preview:twitterbot",
        ),
        (
            Method::GET,
            &link,
            ("accept-language", ""),
            "behaviour:no_language",
        ),
        (Method::GET, &link, from("198.51.100.7"), "hosting"),
    ] {
        let answer = app.visit(method, link, &[header]).await;
        assert!(!answer.status().is_client_error(), "{header:?}: {answer:?}");
        app.later(60_000);
        let last = clicks(&app).await.pop().unwrap();
        assert_eq!(last["class_rule"], rule, "{header:?}: {last}");
        assert_eq!(last["rules"], leadline::enrich::RULES_VERSION);
    }
    let young = app.links(&campaign, &["linkedin"]).await.remove(0);
    app.later(-4_000);
    app.click(&young, &[]).await;
    let last = clicks(&app).await.pop().unwrap();
    assert_eq!(last["class_rule"], "behaviour:young_link", "{last}");
}

#[tokio::test]
async fn who_opens_every_link_at_once_is_a_scanner() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let networks = [
        "x", "facebook", "linkedin", "reddit", "mastodon", "bluesky", "threads", "tiktok",
    ];
    let links = app.links(&campaign, &networks).await;
    for link in &links {
        // A browser that fetches a whole page of links ahead has opened none of them.
        app.click(link, &[("sec-purpose", "prefetch")]).await;
        app.visit(Method::HEAD, link, &[]).await;
    }
    for link in &links {
        app.click(link, &[]).await;
        app.click(link, &[("user-agent", LINKEDIN_APP)]).await;
        app.later(100);
    }
    let clicks = clicks(&app).await;
    let of = |rule: &str| clicks.iter().filter(|it| it["class_rule"] == rule).count();
    assert_eq!(of("behaviour:many_slugs"), 1, "the eighth link");
    assert_eq!(of("default"), 7);
    assert_eq!(
        of("in_app:linkedin"),
        8,
        "apps are people's whatever else speaks against it"
    );
}

#[tokio::test]
async fn a_click_tells_where_it_was_seen_and_where_it_came_from() {
    for size in [Size::Embedded, Size::Server] {
        let app = TestApp::spawn_with_in(size, behind_a_proxy).await;
        let campaign = app.campaign("Spring").await;
        let link = app.links(&campaign, &["x"]).await.remove(0);
        let headers = [
            ("x-forwarded-for", "192.0.2.200"),
            ("referer", "https://t.co/AbC123?amp=1"),
        ];
        app.click(&link, &headers).await;
        let click = clicks(&app).await.remove(0);
        for (field, value) in [
            ("network", "x"),
            ("network_seen", "x"),
            ("seen_by", "referrer"),
            ("post_hint", "AbC123"),
            ("browser", "Chrome"),
            ("os", "Windows"),
            ("device", "desktop"),
            ("continent", "EU"),
            ("country", "DE"),
            ("region", "DE-BE"),
            ("city", "Berlin"),
        ] {
            assert_eq!(click[field], value, "{field}: {click}");
        }
        assert_eq!(click["asn"], 64496);
        // The address that stands for its network is the only one that goes anywhere.
        let log = std::fs::read_dir(app.dir().join("log"));
        for file in log.into_iter().flatten() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            assert!(!text.contains("192.0.2.200"), "an address is in the log");
        }
    }
}

#[tokio::test]
async fn without_databases_and_for_who_declines_there_is_no_place() {
    for (change, header) in [
        (
            (|_: &mut Config| {}) as fn(&mut Config),
            ("x-nothing", "here"),
        ),
        (behind_a_proxy, ("sec-gpc", "1")),
    ] {
        let app = TestApp::spawn_with(change).await;
        let campaign = app.campaign("Spring").await;
        let link = app.links(&campaign, &["x"]).await.remove(0);
        let answer = app
            .click(&link, &[("x-forwarded-for", "192.0.2.200"), header])
            .await;
        assert_eq!(answer.status(), StatusCode::FOUND);
        let click = clicks(&app).await.remove(0);
        for field in ["continent", "country", "region", "city", "asn"] {
            assert_eq!(click[field], Value::Null, "{field}: {click}");
        }
        assert_eq!(click["class"], "human");
    }
}

/// Who is not a trusted proxy may claim what it likes: pseudonym, place and class stay the same.
#[tokio::test]
async fn a_forged_address_changes_nothing() {
    let app = TestApp::spawn_with(|config| {
        behind_a_proxy(config);
        config.server.trusted_proxies = vec!["198.51.100.0/24".parse().unwrap()];
        config.visitor.own_networks = vec!["192.0.2.0/24".parse().unwrap()];
    })
    .await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    app.click(&link, &[]).await;
    for header in ["x-forwarded-for", "forwarded", "x-real-ip"] {
        for value in ["192.0.2.9", "for=192.0.2.9", "192.0.2.9, 198.51.100.1"] {
            app.click(&link, &[(header, value)]).await;
        }
    }
    let clicks = clicks(&app).await;
    assert_eq!(clicks.len(), 10);
    for click in &clicks {
        for field in ["visitor", "class", "class_rule", "country", "asn"] {
            assert_eq!(click[field], clicks[0][field], "{field}");
        }
    }
    assert_eq!(clicks[0]["class"], "human");
}

/// Network, network seen, people's clicks and leads of each row.
async fn rows_by(app: &TestApp, campaign: &str, by: &str) -> Vec<(String, String, i64, i64)> {
    let path = format!("/campaigns/{campaign}/report?by={by}");
    let report = app.get(&path).await.body;
    assert_eq!(report["total"]["leads"], 6);
    assert_eq!(report["unattributed"]["clicks"]["all"], 0);
    let row = |row: &Value| {
        let name = |field: &str| row[field].as_str().unwrap_or("-").to_owned();
        let count = |value: &Value| value.as_i64().unwrap();
        let clicks = count(&row["clicks"]["human"]);
        (
            name("network"),
            name("network_seen"),
            clicks,
            count(&row["leads"]),
        )
    };
    report["rows"].as_array().unwrap().iter().map(row).collect()
}

#[tokio::test]
async fn the_leak_matrix_shows_where_links_were_passed_on() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let links = app.links(&campaign, &["x", "linkedin"]).await;
    let told = format!("{}?ll_network=mastodon", links[1]);
    for (link, header) in [
        (&links[0], ("referer", "https://t.co/AbC")),
        (&links[0], ("user-agent", LINKEDIN_APP)),
        (&links[0], ("x-nothing", "here")),
        (&links[0], ("referer", "https://notx.com/a")),
        (
            &links[1],
            ("referer", "android-app://com.linkedin.android/"),
        ),
        (&told, ("referer", "https://t.co/AbC")),
    ] {
        let answer = app.click(link, &[header]).await;
        let lead = json!({"kind": "lead", "event_id": app.clock.now().0.to_string(), "click_id": click_id(&location(&answer))});
        app.later(1_000);
        assert_eq!(
            app.post("/conversions", &lead).await.status,
            StatusCode::ACCEPTED
        );
    }
    app.drain().await;
    let rows = |rows: &[(&str, &str, i64)]| -> Vec<(String, String, i64, i64)> {
        let row = |it: &(&str, &str, i64)| (it.0.to_owned(), it.1.to_owned(), it.2, it.2);
        rows.iter().map(row).collect()
    };
    assert_eq!(
        rows_by(&app, &campaign, "network,network_seen").await,
        rows(&[
            ("linkedin", "linkedin", 1),
            ("linkedin", "mastodon", 1),
            ("x", "linkedin", 1),
            ("x", "unknown", 2),
            ("x", "x", 1),
        ])
    );
    assert_eq!(
        rows_by(&app, &campaign, "network_seen").await,
        rows(&[
            ("-", "linkedin", 2),
            ("-", "mastodon", 1),
            ("-", "unknown", 2),
            ("-", "x", 1)
        ])
    );
    assert_eq!(
        rows_by(&app, &campaign, "network").await,
        rows(&[("linkedin", "-", 2), ("x", "-", 4)])
    );
}
