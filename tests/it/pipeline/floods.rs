//! A sender without a key cannot harm those with one: bodies, connections and clicks of one address
//! are bounded.

mod aborted;

use std::time::Duration;

use leadline::click::{ClickClass, Flood, FloodedLink};
use leadline::clock::DAY_MS;
use leadline::id::{CampaignId, ClickId};
use leadline::store::click_event::writer::ClickWriter;
use leadline::store::click_event::{raw_sums, sums};
use leadline::worker::retention::{self, RetentionTimes};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::json;

use crate::support::app::{NOON, Size, TestApp, location, read};
use crate::support::body::campaign_body;
use crate::support::finest;
use crate::support::raw_http::RawConnection;

/// A source, and the path that it is sent to.
async fn source(app: &TestApp, provider: &str) -> (String, String) {
    let new = json!({"provider": provider, "name": "s"});
    let made = app.post("/sources", &new).await.body;
    let url = made["webhook_url"].as_str().unwrap();
    let path = url.split_once("/api/v1").unwrap().1;
    (
        made["id"].as_str().unwrap().to_owned(),
        format!("/api/v1{path}"),
    )
}

/// Begins a body and sends so much of it.
async fn begin(app: &TestApp, path: &str, length: usize, sent: usize) -> RawConnection {
    let mut connection = RawConnection::open(app).await;
    connection.head("POST", path, "", length).await;
    connection.send(&vec![b' '; sent]).await;
    connection
}

#[tokio::test]
async fn a_source_is_looked_up_before_the_body_is_read() {
    let app = TestApp::spawn().await;
    let (postback, _) = source(&app, "postback").await;
    let unknown = "src_01kb3v9w8e7q4t2n5r6s8y0zxa";
    for (path, status, code) in [
        (format!("/webhooks/{unknown}"), 404, "source_not_found"),
        ("/webhooks/none".to_owned(), 404, "source_not_found"),
        (format!("/webhooks/{postback}"), 404, "source_not_found"),
        (format!("/postback/{unknown}/key"), 404, "source_not_found"),
        (
            format!("/postback/{postback}/wrong"),
            401,
            "signature_invalid",
        ),
    ] {
        let path = format!("/api/v1{path}");
        let mut connection = begin(&app, &path, 1000, 0).await;
        let answer = connection.answer().await;
        let seen = (answer.status.as_u16(), answer.code());
        assert_eq!(seen, (status, code), "{path} {answer:?}");
    }
}

#[tokio::test]
async fn a_body_that_stops_coming_is_given_up() {
    let app = TestApp::spawn_with(|config| config.limits.body_grace_s = 1).await;
    let (_, path) = source(&app, "standard").await;
    let mut open = begin(&app, &path, 1000, 10).await;
    let key = format!("Authorization: Bearer {}\r\n", app.key);
    let mut keyed = RawConnection::open(&app).await;
    keyed.head("POST", "/api/v1/campaigns", &key, 1000).await;
    for connection in [&mut open, &mut keyed] {
        let answer = connection.answer().await;
        assert_eq!(answer.status, StatusCode::REQUEST_TIMEOUT);
        assert_eq!(answer.code(), "body_too_slow");
        assert!(connection.is_closed().await);
    }
}

#[tokio::test]
async fn bodies_without_a_key_take_no_room_from_those_with_one() {
    for (bodies, bytes) in [(1, 1_000_000), (100, 100_000)] {
        let app = TestApp::spawn_with(|config| {
            config.limits.bodies = bodies;
            config.limits.bodies_bytes = bytes;
        })
        .await;
        let (_, path) = source(&app, "standard").await;
        let first = begin(&app, &path, 70_000, 60_000).await;
        until(|| app.state.bodies.open.under_way() >= 60_000).await;
        let mut second = begin(&app, &path, 70_000, 60_000).await;
        let answer = second.answer().await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.code(), "bodies_full");
        let made = app.post("/campaigns", &campaign_body()).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        // Whoever hangs up gives back what he took.
        drop(first);
        until(|| app.state.bodies.open.under_way() == 0).await;
        let request = app.request(Method::POST, path.strip_prefix("/api/v1").unwrap());
        let refused = read(request.body("{}").send().await.unwrap()).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{refused:?}");
    }
}

/// Waits until the server has come so far.
async fn until(holds: impl Fn() -> bool) {
    let wait = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), wait)
        .await
        .expect("the server comes so far");
}

#[tokio::test]
async fn connections_that_keep_their_place_make_room_for_clicks() {
    let app = TestApp::spawn_with(|config| config.server.max_connections = 8).await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    let (_, path) = source(&app, "standard").await;
    let mut slow = Vec::new();
    for n in 0..40 {
        let mut connection = RawConnection::open(&app).await;
        match n % 3 {
            0 => {}
            1 => connection.send(b"GET /abc HTTP/1.1\r\nHos").await,
            _ => connection.head("POST", &path, "", 1000).await,
        }
        slow.push(connection);
    }
    // A connection of its own: those that rest since their answer may be the ones that make room.
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let clicked = client.build().unwrap().get(&link).send().await.unwrap();
    assert_eq!(clicked.status(), StatusCode::FOUND);
    let ready = reqwest::get(format!("{}/readyz", app.base)).await.unwrap();
    assert_eq!(ready.status(), StatusCode::OK);
    assert!(slow[0].is_closed().await, "the first is the slowest");
    let metrics = app.state.context.metrics.encode().unwrap();
    let closed = "leadline_connections_closed_total{reason=\"crowded\"}";
    assert!(metrics.contains(closed), "{metrics}");
    assert!(
        metrics.contains("leadline_connections_limit 8"),
        "{metrics}"
    );
}

/// A service behind a proxy that it trusts, with a bound on clicks.
async fn bounded(size: Size, clicks_per_minute: u32) -> TestApp {
    TestApp::spawn_with_in(size, |config| {
        config.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        config.limits.clicks_per_minute = clicks_per_minute;
    })
    .await
}

/// Clicks so often from an address; gives how many got a click id. All get the same 302 else.
async fn click_from(app: &TestApp, link: &str, address: &str, times: usize) -> usize {
    let mut with_id = 0;
    for _ in 0..times {
        let answer = app.click(link, &[("x-forwarded-for", address)]).await;
        assert_eq!(answer.status(), StatusCode::FOUND);
        let to = location(&answer);
        assert!(to.contains("utm_source="), "{to}");
        with_id += usize::from(to.contains("ll_click="));
    }
    with_id
}

/// The campaign's clicks counted by the roll-up and one by one must be the same; gives those of the
/// class.
async fn counted(app: &TestApp, campaign: &str) -> i64 {
    let id: CampaignId = campaign.parse().unwrap();
    let (from, to) = (NOON.plus_ms(-DAY_MS / 2), NOON.plus_ms(10 * DAY_MS));
    let mut tx = app.state.context.store.read().await.unwrap();
    let rolled_up = sums(&mut tx, id, from, to, &finest()).await.unwrap();
    let raw = raw_sums(&mut tx, id, from, to, &finest()).await.unwrap();
    let by_class = |sums: &[leadline::campaign_report::ClickSum]| {
        let mut found: Vec<_> = sums.iter().map(|sum| format!("{sum:?}")).collect();
        found.sort();
        found
    };
    assert_eq!(by_class(&rolled_up.sums), by_class(&raw.sums));
    let floods = rolled_up
        .sums
        .iter()
        .filter(|sum| sum.class == ClickClass::Flood);
    floods.map(|sum| sum.clicks).sum()
}

#[rstest]
#[tokio::test]
async fn clicks_beyond_the_bound_are_counted_and_nobody(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = bounded(size, 5).await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    assert_eq!(click_from(&app, &link, "203.0.113.9", 20).await, 5);
    assert_eq!(
        click_from(&app, &link, "203.0.113.10", 1).await,
        1,
        "another"
    );
    app.later(60_000);
    assert_eq!(
        click_from(&app, &link, "203.0.113.9", 7).await,
        5,
        "a minute later"
    );
    app.drain().await;
    let clicks = app.report(&campaign).await["total"]["clicks"].clone();
    assert_eq!(clicks["by_class"], json!({"human": 11, "flood": 17}));
    assert_eq!(
        [&clicks["human"], &clicks["bot"], &clicks["all"]],
        [11, 0, 28]
    );
    assert_eq!(
        app.get("/clicks").await.body["clicks"]
            .as_array()
            .unwrap()
            .len(),
        11
    );
    assert_eq!(counted(&app, &campaign).await, 17);
    // Packed, with more that comes late; then dropped by its age, which changes no report.
    app.clock.set(NOON.plus_ms(2 * DAY_MS));
    let kept = RetentionTimes::default();
    retention::step(&app.state.context.store, &app.clock, &kept)
        .await
        .unwrap();
    assert_eq!(counted(&app, &campaign).await, 17);
    let again = a_flood(&app, &link, 3).await;
    for (known, new) in [(&again, 3), (&again, 0)] {
        let mut tx = app.state.context.store.ingest().await.unwrap();
        let mut writer = ClickWriter::default();
        let added = writer
            .add_floods(&mut tx, &[known, known], app.clock.now())
            .await;
        assert_eq!(added.unwrap(), new, "each counts once");
        tx.commit().await.unwrap();
    }
    assert_eq!(counted(&app, &campaign).await, 20);
    let kept = RetentionTimes {
        clicks_days: [(ClickClass::Flood, 1)].into(),
        ..RetentionTimes::default()
    };
    retention::step(&app.state.context.store, &app.clock, &kept)
        .await
        .unwrap();
    let after = app.report(&campaign).await["total"]["clicks"]["by_class"].clone();
    assert_eq!(after, json!({"human": 11, "flood": 20}));
}

/// Clicks beyond the bound, as the log brings them, of the moment that the link was clicked first.
async fn a_flood(app: &TestApp, link: &str, clicks: u32) -> Flood {
    let body = app.get("/clicks").await.body["clicks"][0].clone();
    let id = |field: &str| body[field].as_str().unwrap();
    assert!(link.starts_with(&app.base));
    Flood {
        id: ClickId::new(NOON),
        at: NOON,
        clicks,
        link: FloodedLink {
            workspace_id: app.workspace_id,
            link_id: id("link_id").parse().unwrap(),
            campaign_id: Some(id("campaign_id").parse().unwrap()),
            network: Some("x".to_owned()),
        },
    }
}

#[tokio::test]
async fn who_shares_an_address_or_is_hidden_is_not_bounded() {
    let app = bounded(Size::Embedded, 10).await;
    let campaign = app.campaign("Spring").await;
    let links = app.links(&campaign, &["x", "facebook", "linkedin"]).await;
    // A household, an office, a mobile network: many browsers at one address.
    for n in 0..60 {
        let agent = format!("Mozilla/5.0 (Windows NT 10.0) Chrome/{}.0.0.0", n % 9);
        let headers = [("x-forwarded-for", "203.0.113.9"), ("user-agent", &*agent)];
        let answer = app.click(&links[0], &headers).await;
        assert!(location(&answer).contains("ll_click="), "{n}");
    }
    // An address that nobody can read is nobody's.
    assert_eq!(click_from(&app, &links[1], "unknown", 20).await, 20);
    let app = TestApp::spawn_with(|config| config.limits.clicks_per_minute = 1).await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    assert_eq!(
        click_from(&app, &link, "203.0.113.9", 30).await,
        30,
        "hidden by a proxy"
    );
}
