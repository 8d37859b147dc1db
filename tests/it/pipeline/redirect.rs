//! The redirect: the answer to a click, and what is stored of it.

use leadline::click::{RawClick, Visitor};
use leadline::config::PrefetchPolicy;
use leadline::event_log::entry::Entry;
use leadline::id::ClickId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::app::{CHROME, NOON, TestApp, click_id, location};

async fn clicks(app: &TestApp) -> Vec<Value> {
    app.drain().await;
    app.get("/clicks").await.body["clicks"]
        .as_array()
        .unwrap()
        .clone()
}

/// The classes of all clicks, in alphabetical order.
async fn classes(app: &TestApp) -> Vec<String> {
    let clicks = clicks(app).await;
    let class = |click: &Value| click["class"].as_str().unwrap().to_owned();
    let mut classes: Vec<String> = clicks.iter().map(class).collect();
    classes.sort();
    classes
}

#[tokio::test]
async fn a_click_is_answered_as_promised_and_kept_with_what_reports_need() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let body = json!({"url": "https://shop.example/a?b=%7e&c#top", "networks": ["twitter"]});
    let made = app
        .post(&format!("/campaigns/{campaign}/links"), &body)
        .await
        .body;
    let short = made["links"][0]["short_url"].as_str().unwrap();

    let answer = app
        .click(short, &[("referer", "https://t.co/AbC?x=1")])
        .await;
    assert_eq!(answer.status(), StatusCode::FOUND);
    assert_eq!(answer.headers()["cache-control"], "no-store, private");
    assert_eq!(answer.headers()["x-robots-tag"], "noindex");
    let to = location(&answer);
    let id = click_id(&to);
    assert_eq!(
        to,
        format!(
            "https://shop.example/a?b=%7e&c&utm_source=x&utm_medium=social&utm_campaign=spring\
             &ll_click={id}#top"
        )
    );
    let kept = clicks(&app).await;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0]["id"], id);
    assert_eq!(kept[0]["network"], "x");
    assert_eq!(kept[0]["campaign_id"], campaign);
    assert_eq!(
        (&kept[0]["class"], &kept[0]["first"]),
        (&json!("human"), &json!(true))
    );
    assert_eq!(kept[0]["referrer"], "https://t.co/AbC");
    assert_eq!(kept[0]["visitor"].as_str().unwrap().len(), 16);
}

#[tokio::test]
async fn looking_is_not_clicking() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    let head = app.visit(Method::HEAD, &link, &[]).await;
    assert_eq!(head.status(), StatusCode::FOUND);
    assert!(!location(&head).contains("ll_click"));
    for header in [
        ("sec-purpose", "prefetch;prerender"),
        ("purpose", "prefetch"),
        ("x-moz", "prefetch"),
    ] {
        let refused = app.click(&link, &[header]).await;
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(refused.headers()["cache-control"], "no-store, private");
    }
    assert_eq!(
        classes(&app).await,
        ["head", "prefetch", "prefetch", "prefetch"]
    );
    let total = &app.report(&campaign).await["total"];
    let counts = &total["clicks"];
    assert_eq!((&counts["human"], &counts["bot"]), (&json!(0), &json!(0)));
    assert_eq!(counts["all"], 4);
    assert_eq!(counts["by_class"], json!({"head": 1, "prefetch": 3}));
    assert_eq!(total["visitors"], 0);
}

#[tokio::test]
async fn a_prefetch_may_be_answered_and_is_still_no_click() {
    let app = TestApp::spawn_with(|config| config.server.prefetch = PrefetchPolicy::Answer).await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    let answer = app.click(&link, &[("sec-purpose", "prefetch")]).await;
    assert_eq!(answer.status(), StatusCode::FOUND);
    assert!(!location(&answer).contains("ll_click"));
    assert_eq!(classes(&app).await, ["prefetch"]);
}

#[tokio::test]
async fn who_declines_tracking_gets_no_identity() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    for header in [("sec-gpc", "1"), ("dnt", "1")] {
        let answer = app.click(&link, &[header]).await;
        assert_eq!(answer.status(), StatusCode::FOUND);
        assert!(!location(&answer).contains("ll_click"), "{header:?}");
        assert!(answer.headers().get("set-cookie").is_none());
    }
    let kept = clicks(&app).await;
    assert_eq!(kept.len(), 2);
    for click in kept {
        assert_eq!(
            (&click["visitor"], &click["class"]),
            (&Value::Null, &json!("human"))
        );
    }
}

#[tokio::test]
async fn programs_are_kept_with_their_reason() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    for agent in ["Twitterbot/1.0", "curl/8.5.0"] {
        app.click(&link, &[("user-agent", agent)]).await;
        app.later(1);
    }
    let rules: Vec<Value> = clicks(&app)
        .await
        .iter()
        .map(|it| it["class_rule"].clone())
        .collect();
    assert_eq!(rules, ["preview:twitterbot", "library:curl"]);
}

#[tokio::test]
async fn unknown_and_archived_links_say_so() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let body = json!({"url": "https://shop.example/", "campaign_id": campaign,
        "network": "x", "slug": "lamp"});
    let unknown = app.click(&format!("{}/lamp", app.base), &[]).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    let link = app.post("/links", &body).await.body;
    let short = link["short_url"].as_str().unwrap();
    assert_eq!(
        app.click(short, &[]).await.status(),
        StatusCode::FOUND,
        "not unknown any more"
    );

    let id = link["id"].as_str().unwrap();
    let change = json!({"url": "https://shop.example/new"});
    assert_eq!(
        app.patch(&format!("/links/{id}"), &change).await.status,
        StatusCode::OK
    );
    let to = location(&app.click(short, &[]).await);
    assert!(to.starts_with("https://shop.example/new?"), "{to}");
    app.delete(&format!("/links/{id}")).await;
    assert_eq!(app.click(short, &[]).await.status(), StatusCode::GONE);
    let back = app
        .patch(&format!("/links/{id}"), &json!({"archived": false}))
        .await;
    assert_eq!(back.body["archived_at"], Value::Null);
    assert_eq!(
        app.click(&format!("{short}/"), &[]).await.status(),
        StatusCode::FOUND
    );
}

#[tokio::test]
async fn a_cached_link_works_without_the_store_and_its_click_waits_in_the_log() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    app.click(&link, &[]).await;
    app.drain().await;
    app.state.context.store.close().await;
    assert_eq!(app.click(&link, &[]).await.status(), StatusCode::FOUND);
    assert_eq!(app.log().depth().await.unwrap(), 1);
    for impossible in ["%00x", "favicon.ico"] {
        let answer = app.click(&format!("{}/{impossible}", app.base), &[]).await;
        assert_eq!(
            answer.status(),
            StatusCode::NOT_FOUND,
            "no store needed for {impossible}"
        );
    }
    let uncached = app.click(&format!("{}/nothere", app.base), &[]).await;
    assert_eq!(uncached.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(uncached.headers()["retry-after"], "1");
}

fn hit(app: &TestApp, link: &Value, n: u8) -> Entry {
    let text = |field: &str| link[field].as_str().unwrap();
    Entry::Click(RawClick {
        id: ClickId::from_parts(NOON.plus_ms(60_000), [n; 10]),
        workspace_id: app.workspace_id,
        link_id: text("id").parse().unwrap(),
        campaign_id: Some(text("campaign_id").parse().unwrap()),
        network: Some(text("network").to_owned()),
        clicked_at: NOON.plus_ms(60_000),
        visitor: Some(Visitor(n.into())),
        user_agent: Some(CHROME.to_owned()),
        referrer: None,
        context: leadline::click::RequestContext::default(),
    })
}

#[tokio::test]
async fn entries_that_come_twice_count_once_and_unreadable_ones_stop_nobody() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    app.links(&campaign, &["x"]).await;
    let link = app.get("/links").await.body["links"][0].clone();
    let [one, two] = [1, 2].map(|n| hit(&app, &link, n).encode().unwrap());
    let records = [
        one.clone(),
        b"not json".to_vec(),
        br#"{"v":99,"entry":"click"}"#.to_vec(),
        one,
        two,
    ];
    app.log().append(&records.iter().collect()).await.unwrap();
    assert_eq!(clicks(&app).await.len(), 2);
    let dead = app.log().dead_letters(10).await.unwrap();
    assert_eq!(dead.len(), 2);
    assert_eq!(dead[0].bytes, b"not json");
    assert!(dead[1].reason.contains("version 99"), "{}", dead[1].reason);
    let report = app.get(&format!("/campaigns/{campaign}/report")).await.body;
    assert_eq!(report["total"]["clicks"]["human"], 2);
    assert_eq!(report["total"]["visitors"], 2);
}

#[tokio::test]
async fn who_tries_slugs_is_slowed_down_and_links_go_on() {
    let app = TestApp::spawn_with(|config| config.limits.unknown_slugs_per_minute = 3).await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    let guess = |n: u32| format!("{}/guess{n}", app.base);
    for n in 0..3 {
        let answer = app.click(&guess(n), &[]).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    }
    let refused = app.click(&guess(3), &[]).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "60");
    assert_eq!(app.click(&link, &[]).await.status(), StatusCode::FOUND);
}

#[tokio::test]
async fn clients_that_send_slowly_or_too_much_hold_nobody_up() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    let host = app.base.strip_prefix("http://").unwrap();
    let mut slow = Vec::new();
    for _ in 0..200 {
        let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
        stream
            .write_all(b"GET /abc HTTP/1.1\r\nHost: a")
            .await
            .unwrap();
        slow.push(stream);
    }
    let mut large = tokio::net::TcpStream::connect(host).await.unwrap();
    let line = format!("GET /{} HTTP/1.1\r\n", "a".repeat(300_000));
    // The service may close before it has read all of it.
    let _ = large.write_all(line.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = large.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP/1.1 2") && !answer.starts_with(b"HTTP/1.1 3"));
    assert_eq!(app.click(&link, &[]).await.status(), StatusCode::FOUND);
    let mut answer = Vec::new();
    slow[0].read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

/// Whoever steps the worker may give a step up at any point; the next one knows nothing that was
/// not kept.
#[tokio::test]
async fn a_step_that_is_given_up_leaves_nothing_behind() {
    for polls in [1, 2, 3, 5, 8, 13, 21, 34, 55] {
        let app = TestApp::spawn().await;
        let campaign = app.campaign("Spring").await;
        let link = app.links(&campaign, &["x"]).await.remove(0);
        for version in ["131", "132"] {
            let agent = CHROME.replace("131", version);
            app.click(&link, &[("user-agent", &agent)]).await;
        }
        app.give_up_after(polls).await;
        let kept = clicks(&app).await;
        assert_eq!(kept.len(), 2, "{polls} polls");
        assert!(kept.iter().all(|click| click["first"] == true), "{polls}");
        let total = &app.report(&campaign).await["total"];
        let figures = [
            &total["visitors"],
            &total["people"],
            &total["clicks"]["human"],
        ];
        assert_eq!(figures, [2, 2, 2], "{polls} polls");
    }
}
