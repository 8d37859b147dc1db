//! Behind proxies: configured ones name the client, others are noticed, and a header that cannot be
//! read never gives a client.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde_json::{Value, json};

use crate::support::app::{CHROME, TestApp};
use crate::support::nginx::Nginx;
use crate::support::process::free_port;

/// How many people click; more different links in ten seconds than one person opens.
const PEOPLE: usize = 12;

const NETWORKS: [&str; 3] = ["x", "facebook", "linkedin"];

/// Links of four posts on three networks, and their campaign.
async fn twelve_links(app: &TestApp) -> (String, Vec<String>) {
    let campaign = app.campaign("Spring").await;
    let mut links = Vec::new();
    for _ in 0..PEOPLE / NETWORKS.len() {
        links.extend(app.links(&campaign, &NETWORKS).await);
    }
    (campaign, links)
}

/// An address in a network of its own.
fn address(person: usize) -> String {
    format!("198.51.{person}.7")
}

/// The value of a field of every click.
async fn of_clicks(app: &TestApp, field: &str) -> Vec<String> {
    let clicks = app.get("/clicks").await.body["clicks"].clone();
    let clicks = clicks.as_array().unwrap();
    let text = |click: &Value| click[field].as_str().unwrap_or_default().to_owned();
    clicks.iter().map(text).collect()
}

#[tokio::test]
async fn people_behind_an_unknown_proxy_are_no_robots_and_the_operator_hears_of_it() {
    let app = TestApp::spawn_with(|config| {
        config.visitor.own_networks = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let is_noticed = || async {
        let ready = reqwest::get(format!("{}/readyz", app.base)).await.unwrap();
        ready.text().await.unwrap().contains("untrusted_proxy")
    };
    assert!(!is_noticed().await);
    let (campaign, links) = twelve_links(&app).await;
    for (person, link) in links.iter().enumerate() {
        app.click(link, &[("x-forwarded-for", &address(person))])
            .await;
    }
    app.drain().await;
    assert_eq!(of_clicks(&app, "class").await, vec!["human"; PEOPLE]);
    let metrics = app.state.context.metrics.encode().unwrap();
    assert!(
        metrics.contains("leadline_hidden_origins_total 12"),
        "{metrics}"
    );
    assert!(is_noticed().await);
    let notes = |report: Value| report["notes"].to_string().contains("trusted_proxies");
    assert!(!notes(app.report(&campaign).await));
    let (state, now) = (&app.state, app.clock.now());
    for _ in 0..2 {
        state
            .hidden_origins
            .save(&state.context.store, now)
            .await
            .unwrap();
    }
    assert!(notes(app.report(&campaign).await));
    // Whoever comes without such a header is a client himself.
    app.click(&links[0], &[]).await;
    app.drain().await;
    let classes = of_clicks(&app, "class").await;
    assert_eq!(classes.iter().filter(|it| *it == "self").count(), 1);
}

#[tokio::test]
async fn a_header_that_cannot_be_read_makes_nobody_the_client() {
    let app = TestApp::spawn_with(|config| {
        let loopback = vec!["127.0.0.0/8".parse().unwrap()];
        config.server.trusted_proxies.clone_from(&loopback);
        config.visitor.own_networks = loopback;
    })
    .await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    let latin = reqwest::header::HeaderValue::from_bytes(b"203.0.113.9\xe9").unwrap();
    let request = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
        .get(&link)
        .header("user-agent", CHROME)
        .header("accept-language", "de")
        .header("x-forwarded-for", latin);
    assert_eq!(request.send().await.unwrap().status(), 302);
    app.click(&link, &[("x-forwarded-for", "unknown")]).await;
    app.drain().await;
    assert_eq!(of_clicks(&app, "class").await, ["human", "human"]);
}

/// nginx as docs/proxies.md configures it, in front of a service.
fn nginx(port: u16, upstream: &str) -> Nginx {
    let page = include_str!("../../../docs/proxies.md");
    let (_, example) = page.split_once("```nginx\n").unwrap();
    let (server, _) = example.split_once("```").unwrap();
    let server = server.replace("127.0.0.1:8080", upstream);
    let server = server.replace("listen 443 ssl;", &format!("listen 127.0.0.1:{port};"));
    let kept = |line: &&str| !line.trim_start().starts_with("ssl_");
    let lines: Vec<&str> = server.lines().filter(kept).collect();
    Nginx::start(port, &lines.join("\n"))
}

#[tokio::test]
async fn nginx_as_documented_passes_clients_and_hosts_on() {
    let port = free_port();
    let mut upstream = String::new();
    let app = TestApp::spawn_with(|config| {
        upstream = config.server.listen.to_string();
        config.server.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
        config.server.public_url = format!("http://127.0.0.1:{port}");
        config.server.domains = vec!["go.example".to_owned()];
    })
    .await;
    let _nginx = nginx(port, &upstream);
    let (_, links) = twelve_links(&app).await;
    for (person, link) in links.iter().enumerate() {
        // What a client claims to have come from is not what nginx saw.
        let claim = ("x-forwarded-for", "127.0.0.1");
        assert_eq!(get_from(person, link, claim).await, 302);
    }
    app.drain().await;
    assert_eq!(of_clicks(&app, "class").await, vec!["human"; PEOPLE]);
    let visitors: BTreeSet<String> = of_clicks(&app, "visitor").await.into_iter().collect();
    assert_eq!(visitors.len(), PEOPLE, "each has an address of his own");
    assert!(!app.state.hidden_origins.is_any());
    let new = json!({"url": "https://shop.example/", "domain": "go.example", "slug": "lamp"});
    assert_eq!(app.post("/links", &new).await.status, 201);
    let link = format!("{}/lamp", app.base);
    assert_eq!(get_from(1, &link, ("host", "go.example")).await, 302);
    assert_eq!(
        get_from(1, &link, ("x-other", "")).await,
        404,
        "another domain"
    );
}

/// Asks from an address of a person's own network.
async fn get_from(person: usize, url: &str, header: (&'static str, &str)) -> u16 {
    let from: IpAddr = format!("127.{}.0.1", person + 1).parse().unwrap();
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .local_address(from)
        .build()
        .unwrap();
    let request = client
        .get(url)
        .header("user-agent", CHROME)
        .header("accept-language", "de")
        .header(header.0, header.1);
    request.send().await.unwrap().status().as_u16()
}
