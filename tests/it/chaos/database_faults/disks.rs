//! Disks that fail without being full: they become read-only, or do not answer.

use std::time::{Duration, Instant};

use leadline::store::Store;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::disk::LoopDisk;
use crate::support::ground::Ground;
use crate::support::load::{Load, Seen};
use crate::support::process::free_port;

/// How long a fault may take to be seen, or to be over, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

async fn pause(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

async fn readiness(base: &str) -> (StatusCode, Value) {
    let answer = reqwest::get(format!("{base}/readyz")).await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

/// The codes of the problems that readiness names.
fn codes(says: &Value) -> Vec<&str> {
    let problems = says["problems"].as_array().unwrap().iter();
    problems.map(|it| it["code"].as_str().unwrap()).collect()
}

/// Waits until each click that was promised stands in the store, once.
async fn holds_once(ground: &Ground, promised: &Seen) {
    let begun = Instant::now();
    loop {
        let stored = ground.stored().await.clicks;
        assert!(stored.values().all(|times| *times == 1));
        let missing = promised
            .clicks
            .iter()
            .filter(|id| !stored.contains_key(*id));
        let missing = missing.count();
        if missing == 0 {
            break;
        }
        let all = promised.clicks.len();
        assert!(begun.elapsed() < PATIENCE, "{missing} of {all} are missing");
        pause(100).await;
    }
}

/// Store and log on one disk, as the embedded service has them.
#[tokio::test]
async fn a_disk_that_turns_read_only_costs_nothing_that_was_promised_before() {
    let Some(disk) = LoopDisk::mount(64) else {
        return;
    };
    let mut ground = Ground::embedded_in(tempfile::tempdir_in(disk.path()).unwrap()).await;
    // What the system has in memory only is gone with such a disk.
    ground.set("LEADLINE__LOG__SYNC", "disk");
    let (port, key) = (free_port(), ground.key().await);
    let base = format!("http://127.0.0.1:{port}");
    let server = ground.node("serve", "s", port);
    disk.sync();
    let load = Load::on(&[port], 2);
    pause(500).await;
    let promised = load.stop();
    assert_eq!(readiness(&base).await.0, StatusCode::OK);

    disk.turn_read_only();
    let load = Load::on(&[port], 2);
    pause(300).await;
    let seen = load.stop();
    assert_eq!(seen.failed, 0, "every visitor goes on");
    let begun = Instant::now();
    let says = loop {
        let (status, says) = readiness(&base).await;
        if status == StatusCode::SERVICE_UNAVAILABLE && codes(&says).len() >= 2 {
            break says;
        }
        assert!(begun.elapsed() < PATIENCE, "{says}");
        pause(100).await;
    };
    assert_eq!(says["log"], "failing", "{says}");
    assert_eq!(says["store"], "unavailable", "{says}");
    assert_eq!(
        codes(&says),
        ["store_unavailable", "disk_refuses"],
        "{says}"
    );

    let api = async |method: Method, path: &str, body: Value| {
        let request = reqwest::Client::new().request(method, format!("{base}/api/v1{path}"));
        let request = request.bearer_auth(&key).json(&body);
        request.send().await.unwrap().status()
    };
    let link = json!({"url": "https://shop.example/lamp"});
    let lead = json!({"kind": "lead", "event_id": "lead-1"});
    for (path, body) in [("/links", link), ("/conversions", lead)] {
        let status = api(Method::POST, path, body).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
    }

    server.kill();
    ground.store.close().await;
    disk.repair();
    let url = format!("sqlite:{}/leadline.db", ground.dir.path().display());
    ground.store = Store::open(&url.into(), 2).await.unwrap();
    let _server = ground.node("serve", "s", port);
    holds_once(&ground, &promised).await;
    assert_eq!(readiness(&base).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_disk_that_does_not_answer_is_seen_in_time() {
    let Some(mut disk) = LoopDisk::mount(16) else {
        return;
    };
    let data = disk.path().join("data");
    let store = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/leadline.db", store.path().display());
    let app = TestApp::spawn_with(|config| {
        config.store.url = url.into();
        config.data.dir = data;
    })
    .await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    assert_eq!(app.click(&link, &[]).await.status(), StatusCode::FOUND);
    assert_eq!(readiness(&app.base).await.0, StatusCode::OK);

    disk.freeze();
    let begun = Instant::now();
    let says = loop {
        let (status, says) = readiness(&app.base).await;
        if status == StatusCode::SERVICE_UNAVAILABLE {
            break says;
        }
        assert!(begun.elapsed() < PATIENCE, "{says}");
        pause(100).await;
    };
    assert_eq!(codes(&says), ["log_stuck"], "{says}");
    assert_eq!(says["log"], "failing", "{says}");
    // A click that comes now waits for the disk.
    let click = app.click(&link, &[]);
    let thaw = async {
        pause(200).await;
        disk.thaw();
    };
    let (answer, ()) = futures_util::future::join(click, thaw).await;
    assert_eq!(answer.status(), StatusCode::FOUND);
    let begun = Instant::now();
    while readiness(&app.base).await.0 != StatusCode::OK {
        assert!(begun.elapsed() < PATIENCE, "the disk answers again");
        pause(100).await;
    }
    app.drain().await;
    let rows = app.get("/clicks").await.body["clicks"].clone();
    assert_eq!(rows.as_array().unwrap().len(), 2);
}
