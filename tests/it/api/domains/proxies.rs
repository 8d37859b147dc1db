//! Behind an nginx that changes `Host`, and one that keeps it.

use leadline::http::extract::client::ForwardedHeader;

use super::*;
use crate::support::nginx::Nginx;
use crate::support::process::free_port;

/// An nginx in front of the service, with these lines for where it passes requests on.
fn nginx(app: &TestApp, location: &str, lines: &str) -> Nginx {
    let port = free_port();
    let upstream = app.base.strip_prefix("http://").unwrap();
    let blocks = format!(
        "upstream inside {{ server {upstream}; }}\n\
         server {{ listen 127.0.0.1:{port}; server_name _; location {location} {{ {lines} }} }}"
    );
    Nginx::start(port, &blocks)
}

/// What a request through the proxy leads to.
async fn through(app: &TestApp, proxy: &Nginx, host: &str, path: &str) -> String {
    let link = format!("{}{path}", proxy.base);
    let answer = app.click(&link, &[("host", host)]).await;
    match answer.status() {
        StatusCode::FOUND => location(&answer).split('?').next().unwrap().to_owned(),
        status => status.as_str().to_owned(),
    }
}

#[rstest]
#[tokio::test]
async fn a_second_domain_answers_behind_a_proxy_that_changes_the_host(
    #[values(ForwardedHeader::XForwardedFor, ForwardedHeader::Forwarded)] header: ForwardedHeader,
    #[values(true, false)] is_trusted: bool,
) {
    let app = TestApp::spawn_with(|config| {
        config.server.public_url = "https://go.example".to_owned();
        config.server.domains = vec!["s.example".to_owned()];
        config.server.forwarded_header = header;
        if is_trusted {
            config.server.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
        }
    })
    .await;
    let body = json!({"url": "https://shop.example/lamp", "domain": "s.example"});
    let made = make(&app, body).await.body;
    let path = format!("/{}", text(&made, "slug"));
    let line = match header {
        ForwardedHeader::XForwardedFor => "proxy_set_header X-Forwarded-Host $host:$server_port;",
        ForwardedHeader::Forwarded => "proxy_set_header Forwarded \"for=$remote_addr;host=$host\";",
    };
    let changing = nginx(&app, "/", &format!("{line} proxy_pass http://inside;"));
    let expected = if is_trusted {
        "https://shop.example/lamp"
    } else {
        "404"
    };
    for host in ["s.example", "S.EXAMPLE."] {
        assert_eq!(
            through(&app, &changing, host, &path).await,
            expected,
            "{host}"
        );
    }
    assert_eq!(through(&app, &changing, "go.example", &path).await, "404");
    let keeping = nginx(
        &app,
        "/",
        "proxy_set_header Host $host; proxy_pass http://inside;",
    );
    assert_eq!(
        through(&app, &keeping, "s.example", &path).await,
        "https://shop.example/lamp"
    );
}

#[rstest]
#[tokio::test]
async fn a_path_of_a_shop_leads_here_with_the_path_taken_away_or_not(
    #[values("http://inside", "http://inside/")] upstream: &str,
) {
    let app = TestApp::spawn_with(|config| {
        config.server.public_url = "https://www.shop.example/go".to_owned();
    })
    .await;
    let made = link_to(&app, "lamp").await;
    let path = format!("/go/{}", text(&made, "slug"));
    let line = format!("proxy_set_header Host $host; proxy_pass {upstream};");
    let proxy = nginx(&app, "/go/", &line);
    let to = through(&app, &proxy, "www.shop.example", &path).await;
    assert_eq!(to, "https://shop.example/lamp");
    let api = app
        .click(&format!("{}/go/api/v1/openapi.json", proxy.base), &[])
        .await;
    assert_eq!(api.status(), StatusCode::OK);
    let shop = app.click(&format!("{}/lamp", proxy.base), &[]).await;
    assert_eq!(shop.status(), StatusCode::NOT_FOUND);
}
