//! Redis that loses confirmed entries: the loss is noticed, counted and reported, and the log
//! continues.

use leadline::event_log::condition::LogProblemKind;
use leadline::event_log::redis::RedisLogSettings;
use leadline::event_log::{self, EventLog, LogTarget, SyncMode};
use serde_json::json;

use super::{PATIENCE, Rig, has};
use crate::support::process::redis_server_with;
use crate::support::redis;

/// How an entry that was confirmed is lost.
#[derive(Clone, Copy, Debug)]
enum Loss {
    Flushed,
    /// Its memory only, killed.
    Restarted,
    /// As when it makes room.
    Evicted,
}

#[rstest::rstest]
#[tokio::test]
async fn entries_that_are_gone_are_counted_and_told(
    #[values(Loss::Flushed, Loss::Restarted, Loss::Evicted)] loss: Loss,
) {
    let mut rig = Rig::start().await;
    rig.click().await;
    rig.rows().await;
    rig.app.log().watch().await.unwrap();
    for _ in 0..5 {
        rig.click().await;
    }
    rig.app.log().watch().await.unwrap();
    assert_eq!(rig.app.log().lost(), 0);
    match loss {
        Loss::Flushed => drop(rig.redis::<String>(&["FLUSHALL"]).await),
        Loss::Evicted => drop(rig.redis::<i64>(&["DEL", "{leadline:0}:entries"]).await),
        Loss::Restarted => {
            rig.redis.take().unwrap().kill();
            std::fs::remove_dir_all(rig.dir.path().join("appendonlydir")).unwrap();
            rig.redis = Some(redis_server_with(rig.dir.path(), rig.port, &[]));
        }
    }
    let begun = std::time::Instant::now();
    while rig.app.log().lost() == 0 {
        assert!(begun.elapsed() < PATIENCE);
        let _ = rig.app.log().watch().await;
    }
    assert_eq!(rig.app.log().lost(), 5);
    let says = rig
        .readiness_where(|says| has(says, "redis_lost_entries"))
        .await;
    assert!(says.to_string().contains("at most 5"), "{says}");
    assert_eq!(says["log"], json!("ok"), "{says}");
    // The log goes on, and what comes now is not taken for lost.
    rig.settle().await;
    let after = rig.click().await;
    assert!(rig.rows().await.contains(&after));
    rig.app.log().watch().await.unwrap();
    assert_eq!(rig.app.log().lost(), 5);
}

#[tokio::test]
async fn a_loss_while_the_program_was_away_is_noticed_at_its_start() {
    let dir = tempfile::tempdir().unwrap();
    let redis = redis::settings();
    let key = format!("{{{}:0}}:entries", redis.prefix);
    let open = async |redis: &RedisLogSettings| {
        let target = LogTarget::Spilling {
            redis: redis.clone(),
            dir: dir.path().to_owned(),
            deadline: PATIENCE,
        };
        let sync = SyncMode::Process;
        let log = EventLog::open(&event_log::LogSettings { target, sync })
            .await
            .unwrap();
        log.watch().await.unwrap();
        log
    };
    let log = open(&redis).await;
    log.append(&["one", "two"].iter().collect()).await.unwrap();
    drop(log);
    let log = open(&redis).await;
    assert_eq!(log.lost(), 0);
    log.append(&["three"].iter().collect()).await.unwrap();
    let read = log.read(10, std::time::Duration::ZERO).await.unwrap();
    assert_eq!(read.len(), 3);
    drop(log);
    let log = open(&redis).await;
    assert_eq!(log.lost(), 0, "nothing is gone");
    log.append(&["four", "five"].iter().collect())
        .await
        .unwrap();
    log.watch().await.unwrap();
    drop(log);
    redis::run(&["DEL", &key]).await;
    let log = open(&redis).await;
    assert_eq!(log.lost(), 2);
    let condition = log.check().await;
    let told = condition
        .problems
        .iter()
        .any(|problem| problem.kind == LogProblemKind::LostEntries);
    assert!(told, "{condition:?}");
}
