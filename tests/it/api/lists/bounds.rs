//! Places of streams: a limited number for each key, and none for a client that does not read.

use std::time::{Duration, Instant};

use leadline::store::key::Scope;
use reqwest::StatusCode;
use rstest::rstest;
use secrecy::ExposeSecret;

use super::streams::{MANY, NDJSON, begin, begin_at, many_clicks, rest, stream};
use crate::support::app::{Size, TestApp, read};
use crate::support::process::{free_port, leadline};

/// Waits until the server has come so far.
async fn until(holds: impl Fn() -> bool) {
    let wait = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait)
        .await
        .expect("the server comes so far");
}

#[rstest]
#[tokio::test]
async fn a_key_reads_so_many_streams_at_a_time(#[values(Size::Embedded, Size::Server)] size: Size) {
    let app = TestApp::spawn_with_in(size, |config| config.limits.streams_per_key = 2).await;
    many_clicks(&app).await;
    let open = || app.state.context.metrics.connections.get();
    let first = begin(&app).await;
    let _second = begin(&app).await;
    for path in ["/clicks", "/conversions"] {
        let refused = stream(&app, path, NDJSON).await;
        assert_eq!(refused.headers()["retry-after"], "10");
        let refused = read(refused).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(refused.code(), "too_many_streams", "{}", refused.body);
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.contains("2 streams") && detail.contains("`cursor`"));
    }
    let page = stream(&app, "/clicks?limit=1", "application/json").await;
    assert_eq!(page.status(), StatusCode::OK, "pages take no place");
    let (_, other) = app.other_key(&[Scope::Read]).await;
    let of_other = reqwest::Client::new()
        .get(format!("{}/api/v1/clicks?limit=3", app.base))
        .bearer_auth(other)
        .header("accept", NDJSON);
    let of_other = of_other.send().await.unwrap();
    assert_eq!(of_other.status(), StatusCode::OK, "another key has its own");
    // Whoever hangs up gives the place back, and so does a stream that was read to its end.
    let before = open();
    drop(first);
    until(|| open() < before).await;
    for _ in 0..3 {
        let text = stream(&app, "/clicks?limit=600", NDJSON).await;
        assert_eq!(text.text().await.unwrap().lines().count(), 600);
    }
}

#[rstest]
#[tokio::test]
async fn a_client_that_takes_nothing_is_hung_up_on(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_with_in(size, |config| {
        config.limits.streams_per_key = 1;
        config.limits.stream_idle_s = 60;
    })
    .await;
    many_clicks(&app).await;
    let ended = || {
        let metrics = app.state.context.metrics.encode().unwrap();
        metrics.contains("leadline_connections_closed_total{reason=\"stalled\"} 1\n")
    };
    let slow = begin(&app).await;
    app.state
        .streams
        .close_stalled(Instant::now() + Duration::from_secs(50));
    assert!(!ended(), "it may still take something");
    until(|| {
        app.state
            .streams
            .close_stalled(Instant::now() + Duration::from_secs(61));
        ended()
    })
    .await;
    // Its place is free although it has not closed the connection, and never did.
    let text = async {
        loop {
            let answer = stream(&app, "/clicks", NDJSON).await;
            if answer.status() == StatusCode::OK {
                break answer.text().await.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let text = tokio::time::timeout(Duration::from_secs(20), text).await;
    assert_eq!(text.expect("a place").lines().count(), MANY as usize);
    let rest = rest(slow).await;
    assert!(!rest.ends_with(b"0\r\n\r\n"), "the answer seems whole");
    let rows = memchr::memmem::find_iter(&rest, "{\"id\":\"clk_").count();
    assert!(rows < MANY as usize / 2, "{rows} rows");
}

/// In a program of its own, whose clock goes by itself.
#[tokio::test(flavor = "multi_thread")]
async fn the_log_names_the_key_of_a_stream_that_was_ended() {
    let app = TestApp::spawn().await;
    many_clicks(&app).await;
    let dir = tempfile::tempdir().unwrap();
    std::fs::copy(app.dir().join("master.key"), dir.path().join("master.key")).unwrap();
    let (store, port) = (app.store_url.expose_secret(), free_port());
    let settings = [
        ("LEADLINE__STORE__URL", store),
        ("LEADLINE__LIMITS__STREAM_IDLE_S", "1"),
    ];
    let _server = leadline("serve", dir.path(), port, &settings);
    let slow = begin_at(&format!("127.0.0.1:{port}"), &app.key).await;
    let log = dir.path().join("stderr");
    let told = || {
        let log = std::fs::read_to_string(&log).unwrap();
        let mut lines = log.lines();
        lines
            .find(|line| line.contains("a stream was ended"))
            .map(str::to_owned)
    };
    until(|| told().is_some()).await;
    let told = told().unwrap();
    assert!(
        told.contains("key.id=key_") && told.contains("limits.stream_idle_s"),
        "{told}"
    );
    assert!(
        !told.contains("ll_") && !told.contains("127.0.0.1"),
        "{told}"
    );
    assert!(
        !rest(slow).await.ends_with(b"0\r\n\r\n"),
        "the answer seems whole"
    );
}
