//! A user of Redis with few permissions: the line in the documentation is enough, and a missing
//! permission is reported.

use reqwest::StatusCode;

use super::{Rig, has};
use crate::support::process::{free_port, redis_server_with};

/// The line in `docs/reliability.md` that makes the user.
fn documented() -> Vec<String> {
    let text = include_str!("../../../../docs/reliability.md");
    let mut lines = text
        .lines()
        .filter(|line| line.starts_with("ACL SETUSER leadline "));
    let line = lines.next().expect("docs/reliability.md has the line");
    let words = line.replace("PASSWORD", "secret");
    words.split_whitespace().map(str::to_owned).collect()
}

async fn with_rights(rights: &[&str]) -> Rig {
    let (dir, port) = (tempfile::tempdir().unwrap(), free_port());
    let redis = redis_server_with(dir.path(), port, &[]);
    let owner = redis::Client::open(format!("redis://127.0.0.1:{port}/0")).unwrap();
    let mut owner = owner.get_multiplexed_async_connection().await.unwrap();
    let mut acl = redis::cmd(rights[0]);
    let () = acl.arg(&rights[1..]).query_async(&mut owner).await.unwrap();
    Rig::on(
        redis,
        dir,
        port,
        &format!("redis://leadline:secret@127.0.0.1:{port}/0"),
    )
    .await
}

#[tokio::test]
async fn the_documented_rights_are_enough_for_everything() {
    let line = documented();
    let words: Vec<&str> = line.iter().map(String::as_str).collect();
    let rig = with_rights(&words).await;
    let mut clicks = vec![rig.click().await, rig.click().await];
    let log = rig.app.log();
    log.append(&["no entry"].iter().collect()).await.unwrap();
    log.watch().await.unwrap();
    let mut cursor = leadline::redis_links::FeedCursor::default();
    for _ in 0..2 {
        let wait = std::time::Duration::from_millis(1);
        rig.app
            .state
            .context
            .resolver
            .follow(&mut cursor, wait)
            .await
            .unwrap();
        rig.app.links(&rig.campaign, &["linkedin"]).await;
    }
    rig.app
        .state
        .pseudonyms
        .prepare(rig.app.clock.now())
        .await
        .unwrap();
    clicks.sort_unstable();
    assert_eq!(rig.rows().await, clicks);
    assert_eq!(log.dead_letters(10).await.unwrap().len(), 1);
    assert!(log.redis_condition().unwrap().appendonly);
    let says = rig.readiness_where(|_| true).await;
    assert_eq!(says["problems"], serde_json::json!([]), "{says}");
    assert_eq!(log.spill().unwrap().spilled, 0);
    let denied: Vec<redis::Value> = rig.redis(&["ACL", "LOG"]).await;
    assert!(denied.is_empty(), "{denied:?}");
}

#[tokio::test]
async fn a_user_that_loses_its_rights_is_named_and_clicks_are_kept() {
    let line = documented();
    let words: Vec<&str> = line.iter().map(String::as_str).collect();
    let rig = with_rights(&words).await;
    let mut clicks = vec![rig.click().await];
    assert_eq!(rig.rows().await, clicks);
    let _: String = rig.redis(&["ACL", "SETUSER", "leadline", "-@all"]).await;
    clicks.push(rig.click().await);
    assert!(rig.app.step().await.is_err(), "nothing can be read");
    let says = rig
        .readiness_where(|says| has(says, "redis_not_allowed"))
        .await;
    assert!(has(&says, "log_not_read"), "{says}");
    assert_eq!(says["log"], "spilling", "{says}");
    let answer = rig.app.get("/campaigns").await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let again: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| *word != "-@all")
        .collect();
    let mut acl = vec![];
    acl.extend(again);
    let _: String = rig.redis(&acl).await;
    rig.settle().await;
    clicks.sort_unstable();
    assert_eq!(rig.rows().await, clicks);
    rig.readiness_where(|says| says["problems"] == serde_json::json!([]))
        .await;
}

#[tokio::test]
async fn a_wrong_password_is_told_from_a_redis_that_is_away() {
    let (dir, port) = (tempfile::tempdir().unwrap(), free_port());
    let redis = redis_server_with(dir.path(), port, &["--requirepass", "secret"]);
    let rig = Rig::on(
        redis,
        dir,
        port,
        &format!("redis://:wrong@127.0.0.1:{port}/0"),
    )
    .await;
    rig.click().await;
    let says = rig
        .readiness_where(|says| has(says, "redis_not_allowed"))
        .await;
    assert!(!says.to_string().contains("wrong"), "{says}");
    assert_eq!(says["spill_depth"], 1, "{says}");
}
