//! A disk that is full.

use std::time::Instant;

use super::pause;
use crate::support::ground::Ground;
use crate::support::load::Load;
use crate::support::process::{answer_of, free_port, leadline, leadline_on_a_full_disk};

#[tokio::test]
async fn a_full_disk_is_seen_at_once_while_redirects_still_answer() {
    let ground = Ground::on_shared_postgres().await;
    let port = free_port();
    let settings: Vec<_> = ground.settings().collect();
    let quiet = [&settings[..], &[("LEADLINE__WORKER__INGEST", "false")]].concat();
    let folder = ground.folder("full");
    let service = leadline_on_a_full_disk("serve", &folder, port, &quiet);
    let ready = async || {
        let answer = reqwest::get(format!("http://127.0.0.1:{port}/readyz"));
        let answer = answer.await.unwrap();
        let status = answer.status().as_u16();
        let body: serde_json::Value = answer.json().await.unwrap();
        (status, body["log"].clone())
    };
    assert_eq!(ready().await, (200, "ok".into()));
    let load = Load::on(&[port], 4);
    let begun = Instant::now();
    while ready().await == (200, "ok".into()) {
        assert!(begun.elapsed().as_secs() < 30, "the disk does not fill");
    }
    pause(200).await;
    let seen = load.stop();
    assert_eq!(ready().await, (503, "failing".into()));
    assert_eq!(seen.failed, 0, "every visitor goes on");
    service.kill();

    // With room again, everything that the disk had taken follows.
    let _service = leadline("serve", &folder, port, &settings);
    let begun = Instant::now();
    let fits = 128 * 1024 / 300;
    while ground.stored().await.clicks.len() < fits {
        assert!(
            begun.elapsed().as_secs() < 30,
            "what was kept does not follow"
        );
        pause(100).await;
    }
    let stored = ground.stored().await.clicks;
    assert!(stored.len() <= seen.clicks.len() && stored.values().all(|times| *times == 1));
}

#[tokio::test]
async fn room_on_the_disk_is_found_without_a_click() {
    let ground = Ground::on_shared_postgres().await;
    let port = free_port();
    let settings: Vec<_> = ground.settings().collect();
    let quiet = [&settings[..], &[("LEADLINE__WORKER__INGEST", "false")]].concat();
    let folder = ground.folder("full");
    let service = leadline_on_a_full_disk("serve", &folder, port, &quiet);
    let status = async || {
        let answer = reqwest::get(format!("http://127.0.0.1:{port}/readyz"));
        answer.await.unwrap().status().as_u16()
    };
    let load = Load::on(&[port], 4);
    let begun = Instant::now();
    // A write of many clicks fails while one of a few has room still: full is what stays full.
    let mut refused = 0;
    while refused < 5 {
        refused = if status().await == 200 {
            0
        } else {
            refused + 1
        };
        assert!(begun.elapsed().as_secs() < 30, "the disk does not fill");
        pause(100).await;
    }
    load.stop();
    assert_eq!(status().await, 503);
    let (told, says) = answer_of("healthcheck", &folder, port);
    assert!(!told.success(), "{says}");
    assert!(says.contains("disk_refuses"), "{says}");

    service.lift_file_limit();
    let begun = Instant::now();
    while status().await == 503 {
        assert!(begun.elapsed().as_secs() < 30, "room is not found");
        pause(50).await;
    }
    assert!(answer_of("healthcheck", &folder, port).0.success());
}
